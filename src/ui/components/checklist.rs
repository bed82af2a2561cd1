//! The testing checklist, answered now and after the plan, and what is to be done.

use leptos::prelude::*;

use super::copyable::Copyable;
use super::prose::{prose, sentence};
use crate::report::present::{self, CHECKLIST, NOW, RECOMMENDED, Tone, after};
use crate::report::{ActionReport, ChecklistItem, Status};
use crate::text::Shown;
use crate::ui::state::View;

/// Each item of the checklist, now and after the plan on screen.
#[component]
pub(crate) fn Checklist(view: Memo<View>) -> impl IntoView {
    let body = move || {
        view.with(|view| {
            let items = view.environment().map_or(&[][..], |environment| &environment.checklist);
            if items.is_empty() {
                return None;
            }
            let after = view.plan().map(|plan| (after(plan), plan.checklist.clone()));
            let rows: Vec<_> = items
                .iter()
                .map(|item| {
                    let unanswered = || ChecklistItem { status: Status::Unknown, detail: Shown::default(), ..item.clone() };
                    let then = after.as_ref().map(|(_, items)| {
                        items.iter().find(|after| after.item == item.item).cloned().unwrap_or_else(unanswered)
                    });
                    view! { <Row item=item.clone() then/> }
                })
                .collect();
            let title = after.as_ref().map(|(title, _)| view! { <th scope="col">{title.clone()}</th> });
            Some(view! {
                <section class="panel" aria-labelledby="checklist-title">
                    <h2 id="checklist-title">{CHECKLIST}</h2>
                    <div class="scroll-x">
                        <table class="checklist">
                            <thead><tr><th scope="col">"Question"</th><th scope="col">{NOW}</th>{title}</tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                </section>
            })
        })
    };
    view! { {body} }
}

/// One item; `then` is absent when there is no plan.
#[component]
fn Row(item: ChecklistItem, #[prop(optional_no_strip)] then: Option<ChecklistItem>) -> impl IntoView {
    let detail = match &then {
        Some(after) if after.detail != item.detail && !after.detail.is_empty() => {
            let after = sentence(&after.detail);
            view! { <p class="fine">{sentence(&item.detail)}</p><p class="fine"><b>"After: "</b>{after}</p> }
                .into_any()
        }
        _ => view! { <p class="fine">{sentence(&item.detail)}</p> }.into_any(),
    };
    let after = then.map(|after| view! { <td>{answer(after.status)}</td> });
    view! {
        <tr>
            <th scope="row">{prose(&item.title)}{detail}</th>
            <td>{answer(item.status)}</td>
            {after}
        </tr>
    }
}

/// An answer by word, sign and colour.
fn answer(status: Status) -> impl IntoView {
    let sign = match status {
        Status::Pass => "M3 8.5L6.5 12L13 4.5",
        Status::Fail => "M4 4L12 12M12 4L4 12",
        Status::Unknown => "M4 8H12",
    };
    let class = Tone::from(status).class();
    view! {
        <span class=format!("answer {class}")>
            <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true"><path d=sign fill="none" stroke="currentColor" stroke-width="2"/></svg>
            {present::status(status)}
        </span>
    }
}

/// What is to be done, in order.
#[component]
pub(crate) fn Actions(view: Memo<View>) -> impl IntoView {
    let body = move || {
        let actions = view.with(|view| match view.plan() {
            Some(plan) => plan.actions.clone(),
            None => view.environment().map(|environment| environment.actions.clone()).unwrap_or_default(),
        });
        (!actions.is_empty()).then(|| {
            let steps: Vec<_> = actions.iter().map(step).collect();
            view! {
                <section class="panel" aria-labelledby="actions-title">
                    <h2 id="actions-title">"What to do, in order"</h2>
                    <ol class="steps">{steps}</ol>
                </section>
            }
        })
    };
    view! { {body} }
}

/// One thing to be done.
fn step(action: &ActionReport) -> impl IntoView + use<> {
    let commands: Vec<_> =
        action.commands.iter().map(|command| view! { <li><Copyable text=command.clone()/></li> }).collect();
    let detail = (!action.detail.is_empty()).then(|| view! { <p>{sentence(&action.detail)}</p> });
    let when = (!action.required).then(|| view! { <span class="tag">{RECOMMENDED.to_lowercase()}</span> });
    view! {
        <li>
            <h3>{prose(&action.title)} " " {when}</h3>
            {detail}
            {(!commands.is_empty()).then(|| view! { <ul class="commands">{commands}</ul> })}
        </li>
    }
}
