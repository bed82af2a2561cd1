//! The facts of the row that is picked out.

use leptos::prelude::*;

use super::by_hand::ChangeParent;
use super::copyable::Copyable;
use super::prose::prose;
use super::step::Step;
use super::{actions, state};
use crate::report::present::{NEW_FILE, NO_FILE, declared_parents, new_parents, parents};
use crate::ui::actions::can_move;
use crate::ui::state::{Selection, View};

/// The facts of the picked revision, under the drawing.
#[component]
pub(crate) fn Revision(view: Memo<View>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let facts = move || {
        let Selection::Revision(id) = state.selection.get() else { return None };
        view.with(|view| facts(view, &id)).map(|rows| {
            let can_be_moved =
                view.with(|view| view.environment().is_some_and(|environment| can_move(environment, &id)));
            let concerns = view.with(|view| concerning(view, &id));
            view! {
                <section class="revision" id="picked" aria-label="The picked revision">
                    <div class="revision-head">
                        <h3><Copyable text=id.clone()/></h3>
                        <button type="button" class="button quiet" on:click=move |_| actions.select(Selection::Nothing)>"Close"</button>
                    </div>
                    <dl class="pairs">
                        {rows.into_iter().map(|(name, text, mono)| view! {
                            <dt>{name}</dt>
                            <dd>{if mono { view! { <Copyable text/> }.into_any() } else { view! { {prose(&text)} }.into_any() }}</dd>
                        }).collect::<Vec<_>>()}
                        {(!concerns.is_empty()).then(|| view! {
                            <dt>"Findings"</dt>
                            <dd><ul class="plain-list">{concerns.into_iter().map(|(index, message)| view! {
                                <li><button type="button" class="link-button" on:click=move |_| {
                                    actions.select(Selection::Finding(index));
                                    crate::ui::browser::focus(&format!("finding-{index}"));
                                }>{prose(&message)}</button></li>
                            }).collect::<Vec<_>>()}</ul></dd>
                        })}
                    </dl>
                    {can_be_moved.then(|| view! { <ChangeParent revision=id.clone()/> })}
                    <Step view id=id.clone()/>
                </section>
            }
        })
    };
    view! { {facts} }
}

/// Names and texts, and whether the text is to be copied.
fn facts(view: &View, id: &str) -> Option<Vec<(&'static str, String, bool)>> {
    let environment = view.environment()?;
    let mut rows = Vec::new();
    for revision in environment.revisions.iter().filter(|revision| revision.revision == id) {
        rows.push(("File", revision.path.to_string(), true));
        if !revision.message.is_empty() {
            rows.push(("Message", revision.message.to_string(), false));
        }
        rows.push(("down_revision", declared_parents(revision), false));
        if !revision.depends_on.is_empty() {
            rows.push(("depends_on", parents(&revision.depends_on), false));
        }
        if !revision.branch_labels.is_empty() {
            rows.push(("branch_labels", parents(&revision.branch_labels), false));
        }
        if let Some(date) = &revision.create_date {
            rows.push(("Created", date.to_string(), false));
        }
    }
    let row = view.drawing()?.rows.iter().find(|row| row.revision == id)?;
    if row.ghost {
        rows.push(("File", NO_FILE.to_owned(), false));
    }
    if let Some(change) =
        view.plan().and_then(|plan| plan.changes.iter().find(|change| change.revision == id))
    {
        let text = if change.added { NEW_FILE.to_owned() } else { new_parents(change) };
        rows.push(("Proposed parent", text, false));
        if !change.reason.is_empty() {
            rows.push(("Why", change.reason.to_string(), false));
        }
    } else if let Some(note) = &row.note {
        rows.push(("Place", note.to_string(), false));
    }
    let (proposes, word) = if view.proposes() { (true, "Remains") } else { (false, "Wrong") };
    if let Some(fault) = row.fault_on(proposes) {
        rows.push((word, fault.to_string(), false));
    }
    Some(rows)
}

/// The findings that name a revision.
fn concerning(view: &View, id: &str) -> Vec<(usize, String)> {
    let named = view.findings().filter(|(_, finding)| finding.revisions.iter().any(|named| named == id));
    named.map(|(index, finding)| (index, finding.message.to_string())).collect()
}
