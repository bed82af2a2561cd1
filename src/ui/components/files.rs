//! The revision table: everything the drawing says, for those who read instead of look.

use leptos::prelude::*;

use super::copyable::Copyable;
use super::{actions, state};
use crate::report::RevisionReport;
use crate::ui::query;
use crate::ui::state::{Selection, View};
use crate::ui::words;

/// Rows shown before the reader asks for all.
const SHOWN: usize = 60;

/// One row a file, oldest facts and all.
#[component]
pub(crate) fn Files(
    /// What is on screen.
    view: Memo<View>,
) -> impl IntoView {
    let state = state();
    let all = RwSignal::new(false);
    let found = Memo::new(move |_| {
        let query = state.query.get();
        view.with(|view| {
            let revisions = view.environment().map_or(&[][..], |environment| &environment.revisions);
            let found =
                revisions.iter().enumerate().filter(|(_, revision)| query::finds_revision(revision, &query));
            (revisions.len(), found.map(|(index, _)| index).collect::<Vec<_>>())
        })
    });
    let rows = move || {
        let shown = if all.get() { usize::MAX } else { SHOWN };
        let (_, found) = found.get();
        view.with(|view| {
            let revisions = view.environment().map_or(&[][..], |environment| &environment.revisions);
            let rows = found.iter().take(shown).filter_map(|&index| revisions.get(index));
            rows.map(|revision| {
                let change = view
                    .plan()
                    .and_then(|plan| plan.changes.iter().find(|change| change.path == revision.path));
                let proposed = change.map(|change| words::parents(&change.after));
                view! { <Row revision=revision.clone() proposed/> }
            })
            .collect::<Vec<_>>()
        })
    };
    let count = move || {
        found.with(|(total, found)| {
            if total == &found.len() {
                words::count(*total, "revision", "revisions")
            } else {
                format!("{} of {} revisions", words::number(found.len() as u64), words::number(*total as u64))
            }
        })
    };
    let rest = move || found.with(|(_, found)| found.len().saturating_sub(SHOWN)) > 0 && !all.get();
    let any = Memo::new(move |_| found.with(|(total, _)| *total > 0));
    let proposes = Memo::new(move |_| view.with(|view| view.plan().is_some()));
    view! {
        {move || any.get().then(|| view! {
            <section class="panel" id="files" aria-labelledby="files-title">
                <h2 id="files-title">"Files" <span class="fine">{count}</span></h2>
                <div class="scroll-x">
                    <table class="files">
                        <thead><tr>
                            <th scope="col">"Revision"</th><th scope="col">"Is"</th><th scope="col">"Parent now"</th>
                            {proposes.get().then(|| view! { <th scope="col">"Proposed"</th> })}
                            <th scope="col">"Message"</th><th scope="col">"Made"</th><th scope="col">"File"</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {move || rest().then(|| view! {
                    <button type="button" class="button" on:click=move |_| all.set(true)>"Show all files"</button>
                })}
            </section>
        })}
    }
}

/// One file.
#[component]
fn Row(revision: RevisionReport, #[prop(optional_no_strip)] proposed: Option<String>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let id = revision.revision.clone();
    let picked = {
        let id = id.clone();
        move || {
            state
                .selection
                .with(|selection| matches!(selection, Selection::Revision(picked) if *picked == id))
        }
    };
    let mut is = Vec::new();
    for (flag, word) in [
        (revision.is_base, "root"),
        (revision.is_head, "head"),
        (revision.is_branch_point, "branch point"),
        (revision.is_merge_point, "merge point"),
    ] {
        if flag {
            is.push(word);
        }
    }
    let proposes = state.view.with_untracked(|view| view.as_ref().is_some_and(|view| view.plan().is_some()));
    let proposed = proposes.then(|| match proposed {
        Some(parents) => view! { <td class="changed-cell"><code>{parents}</code></td> }.into_any(),
        None => view! { <td class="fine">"unchanged"</td> }.into_any(),
    });
    let date = revision
        .create_date
        .as_deref()
        .map(|date| date.get(..10).unwrap_or(date).to_owned())
        .unwrap_or_default();
    let show = id.clone();
    view! {
        <tr class:picked=picked>
            <th scope="row">
                <Copyable text=id/>
                <button type="button" class="link-button" on:click=move |_| actions.select(Selection::Revision(show.clone()))>"show"</button>
            </th>
            <td>{is.join(", ")}</td>
            <td><code>{words::declared_parents(&revision)}</code></td>
            {proposed}
            <td>{words::visible(&revision.message)}</td>
            <td class="date">{words::visible(&date)}</td>
            <td><code class="path">{words::visible(&revision.path)}</code></td>
        </tr>
    }
}
