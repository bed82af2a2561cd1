//! What each repair does to databases that have run something: the states by the plans, and those that were asked about.

use leptos::prelude::*;

use super::prose::{prose, sentence};
use super::{actions, state};
use crate::report::present::{BY_HAND, ON_DATABASES};
use crate::text::number;
use crate::ui::state::View;

/// The matrix, and under it what becomes of the databases of the answer.
#[component]
pub(crate) fn Databases(view: Memo<View>) -> impl IntoView {
    let body = move || {
        view.with(|view| {
            let environment = view.environment()?;
            let rows = environment.matrix_rows();
            if rows.is_empty() && environment.stamped.is_empty() {
                return None;
            }
            Some(view! {
                <section class="panel databases" id="databases" aria-labelledby="databases-title">
                    <h2 id="databases-title">{ON_DATABASES}</h2>
                    <p class="fine">{prose(&environment.how_states())}</p>
                    {matrix(view)}
                    {stamped(view)}
                </section>
            })
        })
    };
    view! { {body} }
}

fn matrix(view: &View) -> Option<impl IntoView + use<>> {
    let (actions, state) = (actions(), state());
    let environment = view.environment()?;
    let plans = environment.plans.iter().enumerate().map(|(index, plan)| {
        let title = environment.plan_title(plan);
        view! {
            <th scope="col" class:shown=move || state.plan.get() == index>
                <button
                    type="button" class="link-button" aria-pressed=move || (state.plan.get() == index).to_string()
                    on:click=move |_| actions.show_plan(index)
                >{title}</button>
            </th>
        }
    });
    let rows = environment.matrix_rows().into_iter().map(|row| {
        let fares = row.fares.into_iter().zip(&environment.plans).enumerate().map(|(index, (fares, plan))| {
            let title = plan.title.to_string();
            view! {
                <td class=format!("cell {}", fares.tone.class()) class:shown=move || state.plan.get() == index data-plan=title>
                    {fares.words}
                </td>
            }
        });
        let fares: Vec<_> = fares.collect();
        let count = row.count.map(|count| number(count as u64));
        view! { <tr><th scope="row">{row.whom}</th>{fares}<td class="count" data-plan="States">{count}</td></tr> }
    });
    let (plans, rows): (Vec<_>, Vec<_>) = (plans.collect(), rows.collect());
    (!rows.is_empty()).then(|| {
        view! {
            <table class="matrix">
                <thead><tr><th scope="col">"Databases"</th>{plans}<th scope="col">"States"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    })
}

/// What becomes of each database of the answer, and what brings it to the heads by hand.
fn stamped(view: &View) -> Vec<impl IntoView + use<>> {
    let Some(environment) = view.environment() else { return Vec::new() };
    let rows = environment.stamped_rows().into_iter().map(|row| {
        let fares = row.fares.iter().map(|own| {
            let commands = (!own.by_hand.is_empty()).then(|| {
                let lines: Vec<String> = own.by_hand.iter().map(ToString::to_string).collect();
                view! { <details><summary>{BY_HAND}</summary><pre class="by-hand-commands">{lines.join("\n")}</pre></details> }
            });
            view! {
                <li><b>{own.title.clone()} ": "</b><span class=own.fares.tone.class()>{sentence(&own.fares.words)}</span>{commands}</li>
            }
        });
        let fares: Vec<_> = fares.collect();
        view! { <div class="stamped"><h3>{row.title()}</h3><ul class="plain-list">{fares}</ul></div> }
    });
    rows.collect()
}
