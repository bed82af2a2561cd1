//! Parents by hand: what was chosen, why it cannot be, and the list to choose from.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::prose::sentence;
use super::{actions, state};
use crate::report::PinnedReport;
use crate::text::Shown;
use crate::ui::browser;
use crate::ui::state::{Chooser, View};
use crate::worker::{Choice, ChoiceKind};

/// What was chosen so far, with its undoing, or what a row that is carried would do.
#[component]
pub(crate) fn ByHand(view: Memo<View>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let chosen = Memo::new(move |_| view.with(|view| view.environment()?.by_hand.clone()));
    let carried = move || {
        let carried = state.carried.get()?;
        let onto = match carried.over {
            Some((_, onto)) => format!("Let go: {} stands on {onto}", carried.revision),
            None => format!("Drop {} on the revision that it is to stand on", carried.revision),
        };
        Some(view! { <p class="carry">{onto}</p> })
    };
    let body = move || {
        let by_hand = chosen.get()?;
        let several = by_hand.pinned.len() > 1;
        let chips: Vec<_> = by_hand.pinned.iter().map(chip).collect();
        let refused = by_hand.refused.as_deref().map(|why| {
            view! { <p class="refused breaks"><b>"Not possible so: "</b>{sentence(why)}</p> }
        });
        let all = several.then(|| {
            view! { <button type="button" class="link-button" on:click=move |_| actions.undo_choice(None)>"Undo all"</button> }
        });
        Some(view! {
            <section class="by-hand" aria-label="Chosen by hand" aria-busy=move || state.asking.get().to_string()>
                <b>"By hand"</b>
                <ul>{chips}</ul>
                {all}
                {refused}
            </section>
        })
    };
    view! { {body}{carried} }
}

fn chip(pinned: &PinnedReport) -> impl IntoView + use<> {
    let actions = actions();
    let revision = pinned.revision.clone();
    let parents: Vec<&str> = pinned.parents.iter().map(Shown::as_str).collect();
    let onto = if parents.is_empty() { "no parent".to_owned() } else { parents.join(", ") };
    let label = format!("Undo: {revision} on {onto}");
    let id = revision.to_string();
    view! {
        <li class="chip">
            <code>{id}</code> " on " <code>{onto}</code>
            <button type="button" class="button quiet icon" aria-label=label.clone() title=label on:click=move |_| actions.undo_choice(Some(&revision))>"\u{d7}"</button>
        </li>
    }
}

/// The button that opens the list of parents of a revision, and the list.
#[component]
pub(super) fn ChangeParent(revision: Shown) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let own = revision.clone();
    let open =
        Memo::new(move |_| state.chooser.with(|open| open.as_ref().is_some_and(|open| open.revision == own)));
    let id = revision.clone();
    view! {
        {move || if open.get() {
            view! { <List revision=revision.clone()/> }.into_any()
        } else {
            let id = id.clone();
            view! {
                <p class="change-parent">
                    <button type="button" class="button" id="change-parent" on:click=move |_| { actions.choose_parent_of(&id); }>"Change parent"</button>
                    " " <span class="fine">"or drag its handle onto another row; key " <kbd>"c"</kbd></span>
                </p>
            }.into_any()
        }}
    }
}

/// The list: a text that looks for revisions, and what each would do.
#[component]
fn List(revision: Shown) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let own = revision.clone();
    let take = move |choice: &Choice, line: bool| {
        if choice.kind != ChoiceKind::Refused {
            actions.choose_parent(&own, choice.revision.as_ref(), line);
        }
    };
    let take = StoredValue::new_local(take);
    let key = move |event: KeyboardEvent| {
        let Some(open) = state.chooser.get_untracked() else { return };
        let n = open.choices.as_ref().map_or(0, |found| found.choices.len());
        let to = match event.key().as_str() {
            "ArrowDown" => (open.active + 1).min(n.saturating_sub(1)),
            "ArrowUp" => open.active.saturating_sub(1),
            "Enter" => {
                event.prevent_default();
                if let Some(choice) = open.choices.iter().flat_map(|found| &found.choices).nth(open.active) {
                    take.with_value(|take| take(choice, open.line));
                }
                return;
            }
            "Escape" => {
                event.prevent_default();
                return actions.close_chooser();
            }
            _ => return,
        };
        event.prevent_default();
        state.chooser.update(|open| open.iter_mut().for_each(|open| open.active = to));
        browser::scroll_to(&format!("parent-{to}"));
    };
    let line = move || state.chooser.with(|open| open.as_ref().is_some_and(|open| open.line));
    let set_line = move |line: bool| {
        state.chooser.update(|open| open.iter_mut().for_each(|open| open.line = line));
        browser::focus("parent-search");
    };
    let choices = Memo::new(move |_| {
        state.chooser.with(|open| open.as_ref().and_then(|open: &Chooser| open.choices.clone()))
    });
    let rows = move || {
        let found = choices.get()?;
        let rows = found.choices.into_iter().enumerate().map(|(at, choice)| {
            let is_active = move || state.chooser.with(|open| open.as_ref().is_some_and(|open| open.active == at));
            let name = match &choice.revision {
                Some(id) => view! { <code>{id.to_string()}</code> }.into_any(),
                None => view! { <b>"No parent"</b> }.into_any(),
            };
            let (message, effect) = (choice.message.to_string(), choice.effect.to_string());
            let class = format!("option {}", tone(choice.kind));
            view! {
                <li
                    class=class id=format!("parent-{at}") role="option" aria-selected=move || is_active().to_string()
                    aria-disabled=(choice.kind == ChoiceKind::Refused).to_string()
                    on:click=move |_| take.with_value(|take| take(&choice, line()))
                >{name} " " <span class="about">{message}</span> <span class="effect">{effect}</span></li>
            }
        });
        let rows: Vec<_> = rows.collect();
        let nothing = rows.is_empty().then(|| view! { <li class="fine">"No revision is called so."</li> });
        let more = (found.n_more > 0).then(
            || view! { <li class="fine">{found.n_more} " more; type a part of an id or a message."</li> },
        );
        Some(view! { {rows}{nothing}{more} })
    };
    let title = format!("What {revision} is to stand on");
    let (group, label) = (title.clone(), title.clone());
    view! {
        <div class="chooser" role="group" aria-label=group>
            <div class="chooser-head">
                <label for="parent-search">{label}</label>
                <button type="button" class="button quiet" on:click=move |_| actions.close_chooser()>"Cancel"</button>
            </div>
            <input
                type="search" id="parent-search" role="combobox" aria-expanded="true" aria-controls="parents" autocomplete="off"
                spellcheck="false" placeholder="Find an id, a message or a file"
                aria-activedescendant=move || state.chooser.with(|open| open.as_ref().map(|open| format!("parent-{}", open.active)))
                on:input=move |event| actions.look_for_parent(event_target_value(&event)) on:keydown=key
            />
            <div class="switch" role="group" aria-label="What moves">
                <button type="button" aria-pressed=move || (!line()).to_string() on:click=move |_| set_line(false)>"Its parent only"</button>
                <button type="button" aria-pressed=move || line().to_string() title="What stood on the new parent stands on it, and what stood on it closes the gap" on:click=move |_| set_line(true)>"Move it there in line"</button>
            </div>
            <ul id="parents" role="listbox" aria-label=title>{rows}</ul>
        </div>
    }
}

fn tone(kind: ChoiceKind) -> &'static str {
    match kind {
        ChoiceKind::Current => "current",
        ChoiceKind::Meant => "proved",
        ChoiceKind::Free => "",
        ChoiceKind::Lacks => "may",
        ChoiceKind::Refused => "refused",
    }
}
