//! The schema at the picked revision: a list of tables, and beside it the one that is chosen.

use leptos::prelude::*;

use super::table::Table;
use super::{actions, state};
use crate::report::ReplayReport;
use crate::report::present::NOT_CERTAIN;
use crate::text::{Shown, number, plural};
use crate::ui::schema::{self, Listed, Moment, Touch};
use crate::ui::state::{Selection, View};

/// Tables listed before the reader asks for all.
const SHOWN: usize = 200;

/// The schema after the picked revision, or at the end.
#[component]
pub(crate) fn Schema(view: Memo<View>) -> impl IntoView {
    let environment = Memo::new(move |_| view.with(|view| view.environment));
    let choice = Choice::new(environment);
    let (moment, looking) = moments(view);
    let tables = Memo::new(move |_| {
        let Some(moment) = moment.get() else { return Vec::new() };
        let listed =
            |filter: &String| view.with(|view| Some(schema::listed(replay_of(view)?, moment.step, filter)));
        choice.filter.with(listed).unwrap_or_default()
    });
    // What the reader chose, or else the first of the list.
    let table = Memo::new(move |_| {
        choice.table.get().or_else(|| tables.with(|tables| tables.first().map(|table| table.name.clone())))
    });
    let is_there = Memo::new(move |_| {
        let has_any = |replay: &ReplayReport| !replay.steps.is_empty() && !replay.tables.is_empty();
        view.with(|view| replay_of(view).is_some_and(has_any))
    });
    view! {
        {move || is_there.get().then(|| view! {
            <section class="panel schema" id="schema" tabindex="-1" aria-labelledby="schema-title">
                <h2 id="schema-title">"The schema"</h2>
                <Timeline view moment looking/>
                <div class="schema-body">
                    <List moment tables table choice/>
                    {move || {
                        // A table of the same name in another environment is another.
                        let _is_another = environment.get();
                        table.get().map(|name| view! { <Table view moment name/> })
                    }}
                </div>
            </section>
        })}
    }
}

/// What the reader chose in the list of tables; another environment begins anew.
#[derive(Clone, Copy)]
struct Choice {
    /// None until a table is chosen.
    table: RwSignal<Option<Shown>>,
    filter: RwSignal<String>,
    /// Whether the list is shown whole.
    all: RwSignal<bool>,
}

impl Choice {
    fn new(environment: Memo<usize>) -> Self {
        let choice =
            Self { table: RwSignal::new(None), filter: RwSignal::default(), all: RwSignal::new(false) };
        Effect::new(move |_| {
            // Read, and not only tracked: a memo that nobody reads never learns of a change.
            let _is_another = environment.get();
            choice.table.set(None);
            choice.filter.set(String::new());
            choice.all.set(false);
        });
        choice
    }
}

/// The moment on screen, and the step that a hand on the slider looks ahead to; letting go picks it.
fn moments(view: Memo<View>) -> (Memo<Option<Moment>>, RwSignal<Option<usize>>) {
    let state = state();
    let looking = RwSignal::new(None::<usize>);
    Effect::new(move |_| {
        state.selection.track();
        looking.set(None);
    });
    let moment = Memo::new(move |_| {
        let selection = state.selection.get();
        let picked = view.with(|view| schema::moment(replay_of(view)?, &selection))?;
        Some(looking.get().map_or(picked, |step| Moment { step, is_picked: true }))
    });
    (moment, looking)
}

/// The replay of the environment on screen with its steps and tables; none where nothing was followed.
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
    let go = move |to: usize| {
        if let Some(id) = view.with_untracked(|view| revision_at(view, to)) {
            actions.select(Selection::Revision(id));
        }
    };
    let name = move || view.with(|view| revision_at(view, step()).unwrap_or_default().to_string());
    let place = move || place(step(), steps.get());
    let dialect = move || view.with(dialect);
    let wanted = |event: &leptos::ev::Event| event_target_value(event).parse::<usize>().ok();
    view! {
        <div class="timeline">
            <p class="moment" role="status">"After " <code>{name}</code> <span class="fine">{place} {dialect}</span></p>
            <div class="steer">
                <button type="button" class="button" disabled=move || step() == 0 on:click=move |_| go(step().saturating_sub(1))>"Earlier"</button>
                <input
                    type="range" min="0" max=move || steps.get().saturating_sub(1).to_string() aria-label="Revision" aria-valuetext=name
                    prop:value=move || step().to_string()
                    on:input=move |event| looking.set(wanted(&event)) on:change=move |event| { if let Some(to) = wanted(&event) { go(to); } }
                />
                <button type="button" class="button" disabled=move || { step() + 1 >= steps.get() } on:click=move |_| go(step() + 1)>"Later"</button>
            </div>
        </div>
    }
}

/// The id of the revision of a step; none where there is no such step, or it has no id.
fn revision_at(view: &View, step: usize) -> Option<Shown> {
    let step = replay_of(view)?.steps.get(step)?;
    (!step.revision.is_empty()).then(|| step.revision.clone())
}

/// Where a step stands among all: `3 of 12 revisions`, at the last `12 of 12 revisions, the end`.
fn place(step: usize, steps: usize) -> String {
    let end = if step + 1 == steps { ", the end" } else { "" };
    format!("{} of {}{end}", number(step as u64 + 1), plural(steps, "revision"))
}

/// The dialect of the schema, where there are others too.
fn dialect(view: &View) -> Option<String> {
    let environment = view.environment()?;
    let replay = environment.replay.as_ref().filter(|_| environment.dialects().len() > 1)?;
    Some(format!(", as on {}", replay.title()))
}

/// The tables of the moment on screen, with a filter.
#[component]
fn List(
    moment: Memo<Option<Moment>>,
    tables: Memo<Vec<Listed>>,
    table: Memo<Option<Shown>>,
    choice: Choice,
) -> impl IntoView {
    let Choice { table: chosen, filter, all } = choice;
    let count = move || {
        tables.with(|tables| {
            let there = tables.iter().filter(|table| table.touch != Touch::Dropped).count();
            plural(there, "table")
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
                <button type="button" class="link-button" on:click=move |_| all.set(true)>{plural(rest(), "more table")}</button>
            })}
        </div>
    }
}

/// One table of the list.
fn item(listed: Listed, table: Memo<Option<Shown>>, chosen: RwSignal<Option<Shown>>) -> impl IntoView {
    let Listed { name, touch, certain } = listed;
    let shown = name.to_string();
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
                {(!certain).then(|| view! { <span class="tag may">{NOT_CERTAIN}</span> })}
            </button>
        </li>
    }
}
