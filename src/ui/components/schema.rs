//! The schema at the picked revision: a list of tables, and beside it the one that is chosen.

use leptos::prelude::*;

use super::table::Table;
use super::{actions, state};
use crate::report::{ReplayReport, StepReport};
use crate::ui::schema::{self, Listed, Moment, Touch};
use crate::ui::state::{Selection, View};
use crate::ui::words;

/// Tables listed before the reader asks for all.
const SHOWN: usize = 200;

/// The schema after the picked revision, or at the end.
#[component]
pub(crate) fn Schema(
    /// What is on screen.
    view: Memo<View>,
) -> impl IntoView {
    let state = state();
    // Dragging the slider looks ahead; letting go picks.
    let looking = RwSignal::new(None::<usize>);
    let chosen = RwSignal::new(None::<String>);
    let filter = RwSignal::new(String::new());
    let all = RwSignal::new(false);
    let environment = Memo::new(move |_| view.with(|view| view.environment));
    Effect::new(move |_| {
        environment.track();
        chosen.set(None);
        filter.set(String::new());
        all.set(false);
    });
    Effect::new(move |_| {
        state.selection.track();
        looking.set(None);
    });
    let moment = Memo::new(move |_| {
        let selection = state.selection.get();
        let picked = view.with(|view| schema::moment(replay_of(view)?, &selection))?;
        Some(looking.get().map_or(picked, |step| Moment { step, is_picked: true }))
    });
    let tables = Memo::new(move |_| {
        let Some(moment) = moment.get() else { return Vec::new() };
        let filter = filter.get();
        view.with(|view| replay_of(view).map(|replay| schema::listed(replay, moment.step, &filter)))
            .unwrap_or_default()
    });
    // What the reader chose, or else the first of the list.
    let table = Memo::new(move |_| {
        chosen.get().or_else(|| tables.with(|tables| tables.first().map(|table| table.name.clone())))
    });
    let is_there = Memo::new(move |_| {
        view.with(|view| {
            replay_of(view).is_some_and(|replay| !replay.steps.is_empty() && !replay.tables.is_empty())
        })
    });
    view! {
        {move || is_there.get().then(|| view! {
            <section class="panel schema" id="schema" tabindex="-1" aria-labelledby="schema-title">
                <h2 id="schema-title">"The schema"</h2>
                <Timeline view moment looking/>
                <div class="schema-body">
                    <List moment tables table chosen filter all/>
                    {move || {
                        // A table of the same name in another environment is another.
                        environment.track();
                        table.get().map(|name| view! { <Table view moment name/> })
                    }}
                </div>
            </section>
        })}
    }
}

/// The whole replay of the environment on screen.
pub(super) fn replay_of(view: &View) -> Option<&ReplayReport> {
    view.environment()?.replay.as_ref()
}

/// Which revision it is, with what goes to another.
#[component]
fn Timeline(
    view: Memo<View>,
    moment: Memo<Option<Moment>>,
    looking: RwSignal<Option<usize>>,
) -> impl IntoView {
    let actions = actions();
    let steps = Memo::new(move |_| view.with(|view| replay_of(view).map_or(0, |replay| replay.steps.len())));
    let step = move || moment.get().map_or(0, |moment| moment.step);
    let of_step = move |at: usize, read: fn(&StepReport) -> &str| {
        view.with(|view| replay_of(view)?.steps.get(at).map(read).map(ToOwned::to_owned)).unwrap_or_default()
    };
    let go = move |to: usize| {
        let id = of_step(to, |step| &step.revision);
        if !id.is_empty() {
            actions.select(Selection::Revision(id));
        }
    };
    let place = move || {
        let at = step();
        let end = if at + 1 == steps.get() { ", the end" } else { "" };
        format!(
            "{} of {}{end}",
            words::number(at as u64 + 1),
            words::count(steps.get(), "revision", "revisions")
        )
    };
    let dialect = move || {
        view.with(|view| {
            let environment = view.environment()?;
            let replay = environment.replay.as_ref().filter(|_| environment.dialects().len() > 1)?;
            Some(format!("as on {}", words::visible(replay.title())))
        })
    };
    let name = move || words::visible(&of_step(step(), |step| &step.revision));
    let number = |event: &leptos::ev::Event| event_target_value(event).parse::<usize>().ok();
    view! {
        <div class="timeline">
            <p class="moment" role="status">"After " <code>{name}</code> <span class="fine">{place} {move || dialect().map(|dialect| format!(", {dialect}"))}</span></p>
            <div class="steer">
                <button type="button" class="button" disabled=move || step() == 0 on:click=move |_| go(step().saturating_sub(1))>"Earlier"</button>
                <input
                    type="range" min="0" max=move || steps.get().saturating_sub(1).to_string() aria-label="Revision" aria-valuetext=name
                    prop:value=move || step().to_string()
                    on:input=move |event| looking.set(number(&event)) on:change=move |event| { if let Some(to) = number(&event) { go(to); } }
                />
                <button type="button" class="button" disabled=move || { step() + 1 >= steps.get() } on:click=move |_| go(step() + 1)>"Later"</button>
            </div>
        </div>
    }
}

/// The tables by name.
#[component]
fn List(
    moment: Memo<Option<Moment>>,
    tables: Memo<Vec<Listed>>,
    table: Memo<Option<String>>,
    chosen: RwSignal<Option<String>>,
    filter: RwSignal<String>,
    all: RwSignal<bool>,
) -> impl IntoView {
    let count = move || {
        tables.with(|tables| {
            let there = tables.iter().filter(|table| table.touch != Touch::Dropped).count();
            words::count(there, "table", "tables")
        })
    };
    let items = move || {
        let shown = if all.get() { usize::MAX } else { SHOWN };
        tables.with(|tables| {
            tables.iter().take(shown).cloned().map(|listed| item(listed, table, chosen)).collect::<Vec<_>>()
        })
    };
    let rest = move || if all.get() { 0 } else { tables.with(Vec::len).saturating_sub(SHOWN) };
    let is_empty = move || tables.with(Vec::is_empty) && moment.get().is_some();
    view! {
        <div class="table-list">
            <p class="count" role="status">{count}</p>
            <input
                type="search" placeholder="Filter" aria-label="Filter tables" autocomplete="off" spellcheck="false"
                prop:value=move || filter.get() on:input=move |event| filter.set(event_target_value(&event))
            />
            <ul aria-label="Tables">{items}</ul>
            {move || is_empty().then(|| view! { <p class="fine">{if filter.with(String::is_empty) { "There is no table yet." } else { "No table matches." }}</p> })}
            {move || (rest() > 0).then(|| view! {
                <button type="button" class="link-button" on:click=move |_| all.set(true)>{words::count(rest(), "more table", "more tables")}</button>
            })}
        </div>
    }
}

/// One table of the list.
fn item(listed: Listed, table: Memo<Option<String>>, chosen: RwSignal<Option<String>>) -> impl IntoView {
    let Listed { name, touch, certain } = listed;
    let shown = words::visible(&name);
    let pressed = {
        let name = name.clone();
        move || table.with(|table| table.as_deref() == Some(&*name)).to_string()
    };
    let class = touch.word().unwrap_or_default();
    view! {
        <li>
            <button type="button" class=class aria-pressed=pressed on:click=move |_| chosen.set(Some(name.clone()))>
                <span class="table-name">{shown}</span>
                {touch.word().map(|word| view! { <span class="tag">{word}</span> })}
                {(!certain).then(|| view! { <span class="tag may">"not certain"</span> })}
            </button>
        </li>
    }
}
