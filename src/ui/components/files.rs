//! The revision table: everything the drawing says, for those who read instead of look.

use leptos::prelude::*;

use super::copyable::Copyable;
use super::{actions, state};
use crate::report::RevisionReport;
use crate::report::present::{day, declared_parents, parents, roles};
use crate::text::{number, plural};
use crate::ui::query;
use crate::ui::state::{Selection, View};

/// Rows shown before the reader asks for all.
const SHOWN: usize = 60;

/// One row a file, in the report's order.
#[component]
pub(crate) fn Files(view: Memo<View>) -> impl IntoView {
    let state = state();
    let all = RwSignal::new(false);
    let found = Memo::new(move |_| view.with(|view| Found::of(view, &state.query.get())));
    let rows = move || {
        found.with(|found| {
            let shown = if all.get() { found.indices.len() } else { found.indices.len().min(SHOWN) };
            view.with(|view| rows(view, &found.indices[..shown]))
        })
    };
    let count = move || found.with(Found::words);
    let rest = move || found.with(|found| found.indices.len() > SHOWN) && !all.get();
    let any = Memo::new(move |_| found.with(|found| found.of > 0));
    view! {
        {move || any.get().then(|| view! {
            <section class="panel" id="files" aria-labelledby="files-title">
                <h2 id="files-title">"Files" <span class="fine">{count}</span></h2>
                <div class="scroll-x">
                    <table class="files"><Head view/><tbody>{rows}</tbody></table>
                </div>
                {move || rest().then(|| view! {
                    <button type="button" class="button" on:click=move |_| all.set(true)>"Show all files"</button>
                })}
            </section>
        })}
    }
}

/// The revisions that the search finds, by their index in the report.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    indices: Vec<usize>,
    /// How many there are, found or not.
    of: usize,
}

impl Found {
    fn of(view: &View, query: &str) -> Self {
        let revisions = view.environment().map_or(&[][..], |environment| &environment.revisions);
        let found = revisions.iter().enumerate();
        let found = found.filter(|(_, revision)| query::finds_revision(revision, query));
        Self { indices: found.map(|(index, _)| index).collect(), of: revisions.len() }
    }

    fn words(&self) -> String {
        let Self { indices, of } = self;
        if indices.len() == *of {
            return plural(*of, "migration");
        }
        format!("{} of {}", number(indices.len() as u64), plural(*of, "migration"))
    }
}

fn rows(view: &View, indices: &[usize]) -> Vec<impl IntoView + use<>> {
    let revisions = view.environment().map_or(&[][..], |environment| &environment.revisions);
    let shown = indices.iter().filter_map(|&index| revisions.get(index));
    let rows = shown.map(|revision| {
        let mut changes = view.plan().into_iter().flat_map(|plan| &plan.changes);
        let change = changes.find(|change| change.path == revision.path);
        let proposed = change.map(|change| parents(&change.after));
        view! { <Row revision=revision.clone() proposed/> }
    });
    rows.collect()
}

/// The names of the columns; that of the proposal only where there is one.
#[component]
fn Head(view: Memo<View>) -> impl IntoView {
    let proposes = Memo::new(move |_| view.with(|view| view.plan().is_some()));
    view! {
        <thead><tr>
            <th scope="col">"Revision"</th><th scope="col">"Is"</th><th scope="col">"down_revision"</th>
            {move || proposes.get().then(|| view! { <th scope="col">"Proposed"</th> })}
            <th scope="col">"Message"</th><th scope="col">"Created"</th><th scope="col">"File"</th>
        </tr></thead>
    }
}

/// One file; `proposed` are the parents that the plan on screen writes, absent where it writes none.
#[component]
fn Row(revision: RevisionReport, #[prop(optional_no_strip)] proposed: Option<String>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let id = revision.revision.clone();
    let picked = {
        let id = id.clone();
        move || {
            let is_it = |selection: &Selection| matches!(selection, Selection::Revision(it) if *it == id);
            state.selection.with(is_it)
        }
    };
    let proposes = state.view.with_untracked(|view| view.as_ref().is_some_and(|view| view.plan().is_some()));
    let show = id.clone();
    view! {
        <tr class:picked=picked>
            <th scope="row">
                <Copyable text=id/>
                <button type="button" class="link-button" on:click=move |_| actions.select(Selection::Revision(show.clone()))>"show"</button>
            </th>
            <td>{roles(&revision)}</td>
            <td><code>{declared_parents(&revision)}</code></td>
            {proposes.then(|| proposed_cell(proposed))}
            <td>{revision.message.to_string()}</td>
            <td class="date">{day(revision.create_date.as_deref())}</td>
            <td><code class="path">{revision.path.to_string()}</code></td>
        </tr>
    }
}

fn proposed_cell(parents: Option<String>) -> AnyView {
    match parents {
        Some(parents) => view! { <td class="changed-cell"><code>{parents}</code></td> }.into_any(),
        None => view! { <td class="fine">"unchanged"</td> }.into_any(),
    }
}
