//! What becomes of the migrations on an empty database: how it ends on each kind, and every line that fails.

use leptos::prelude::*;

use super::actions;
use super::prose::prose;
use crate::report::{DialectRow, ReplayReport, RevisionFailures, SharedFailure};
use crate::ui::state::View;
use crate::ui::words;

/// Failing lines shown before the rest is counted.
const SHOWN: usize = 120;

/// Where an upgrade of an empty database stops, now and after the plan on screen.
#[component]
pub(crate) fn Replay(view: Memo<View>) -> impl IntoView {
    let body = move || {
        view.with(|view| {
            let environment = view.environment().filter(|environment| !environment.revisions.is_empty())?;
            let why_not = environment.why_not_followed().map(|why| view! { <p class="caution">{why}</p> });
            let rows = environment.dialect_rows(view.plan().as_slice());
            let rows = (!rows.is_empty()).then(|| endings(view, &rows));
            let failing = what_fails(&environment.failures());
            Some(view! {
                <section class="panel replay" id="replay" aria-labelledby="replay-title">
                    <h2 id="replay-title">"On an empty database" <span class="fine">"every upgrade() in order, followed without running it"</span></h2>
                    {why_not}{rows}{failing}
                </section>
            })
        })
    };
    view! { {body} }
}

/// How it ends on each dialect, now and after the plan on screen.
fn endings(view: &View, rows: &[DialectRow<'_>]) -> impl IntoView + use<> {
    let after = view.plan().map(|plan| format!("After: {}", words::visible(&plan.title)));
    let cell = |replay: Option<&ReplayReport>, now: Option<&ReplayReport>| match replay {
        None => view! { <span class="fine">"not followed"</span> }.into_any(),
        Some(replay) if now.is_some_and(|now| now.ending() == replay.ending()) => {
            view! { <span class="fine">"the same"</span> }.into_any()
        }
        Some(replay) => ending(replay).into_any(),
    };
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let understood = row.now.map(|now| view! { <p class="fine">{now.understood.words()}</p> });
            let then = row
                .after
                .first()
                .map(|then| view! { <td data-label=after.clone()>{cell(*then, row.now)}</td> });
            view! {
                <tr>
                    <th scope="row">{words::visible(row.title)} {understood}</th>
                    <td data-label="Now">{cell(row.now, None)}</td>
                    {then}
                </tr>
            }
        })
        .collect();
    view! {
        <table class="endings">
            <thead><tr><th scope="col">"Database"</th><th scope="col">"Now"</th>{after.map(|after| view! { <th scope="col">{after}</th> })}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// How it ends on one dialect.
fn ending(replay: &ReplayReport) -> impl IntoView + use<> {
    let actions = actions();
    let ending = replay.ending();
    let rest = ending.rest().map(|rest| view! { <p class="fine">{rest} "."</p> });
    let what = match ending.stop {
        Some(stop) => {
            let revision = stop.revision.clone();
            view! {
                <p>
                    <b class="breaks">{ending.word()}</b> " "
                    <button type="button" class="link-button" on:click=move |_| actions.show_revision(&revision)><code>{words::visible(&stop.revision)}</code></button>
                </p>
                <p class="where">{words::place(Some(&stop.path), Some(stop.line))}</p>
                <p>{words::sentence(&stop.message)}</p>
            }
            .into_any()
        }
        None => {
            let class = if ending.unknown + ending.doubtful == 0 { "proved" } else { "may" };
            view! { <p><b class=class>{ending.word()}</b></p> }.into_any()
        }
    };
    view! { {what} {rest} }
}

/// Every line that fails, by revision.
fn what_fails(failing: &[RevisionFailures<'_>]) -> impl IntoView + use<> {
    let actions = actions();
    let all: usize = failing.iter().map(|of| of.failures.len()).sum();
    let mut room = SHOWN;
    let groups: Vec<_> = failing
        .iter()
        .map_while(|of| {
            let lines = &of.failures[..of.failures.len().min(room)];
            room -= lines.len();
            let id = of.revision.to_owned();
            (!lines.is_empty()).then(|| view! {
                <li>
                    <h4><button type="button" class="link-button" on:click=move |_| actions.show_revision(&id)><code>{words::visible(of.revision)}</code></button></h4>
                    <p class="where">{words::visible(of.path)}</p>
                    {failing_lines(lines)}
                </li>
            })
        })
        .collect();
    let left_out = all.saturating_sub(SHOWN);
    (all > 0).then(|| view! {
        <h3 id="fails-title">"What fails " <span class="fine">{words::count(all, "line", "lines")}</span></h3>
        <p class="fine">"It is followed on after a failure, as if what failed had been there, so that each fault is told once."</p>
        <ul class="failing" aria-labelledby="fails-title">{groups}</ul>
        {(left_out > 0).then(|| view! { <p class="fine">{words::count(left_out, "more line fails", "more lines fail")} "; they stand in the JSON report."</p> })}
    })
}

/// Lines of one file, each with what it says.
pub(super) fn failing_lines(lines: &[SharedFailure<'_>]) -> impl IntoView + use<> {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| {
            let limits = line.limits();
            let limits =
                (!limits.is_empty()).then(|| view! { <span class="tag">{words::visible(&limits)}</span> });
            let class = if line.failure.certain { "line breaks" } else { "line may" };
            view! {
                <li>
                    <span class=class><span class="unseen">"line "</span>{line.failure.line}</span>
                    <span>{prose(&line.failure.message)} {limits}</span>
                </li>
            }
        })
        .collect();
    view! { <ul class="lines">{lines}</ul> }
}
