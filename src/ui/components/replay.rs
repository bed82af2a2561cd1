//! What becomes of the migrations on an empty database: how it ends on each kind, and every line that fails.

use leptos::prelude::*;

use super::actions;
use super::prose::prose;
use crate::report::ReplayReport;
use crate::report::present::{
    DialectRow, Ending, FOLLOWED_ON, HOW_FOLLOWED, NOW, ON_EMPTY, RevisionFailures, SharedFailure, Told,
    Tone, WHAT_FAILS, after, first_lines, left_out, place, told,
};
use crate::text::plural;
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
                    <h2 id="replay-title">{ON_EMPTY} " " <span class="fine">{HOW_FOLLOWED}</span></h2>
                    {why_not}{rows}{failing}
                </section>
            })
        })
    };
    view! { {body} }
}

/// How it ends on each dialect, now and after the plan on screen.
fn endings(view: &View, rows: &[DialectRow<'_>]) -> impl IntoView + use<> {
    let after = view.plan().map(after);
    let cell = |replay: Option<&ReplayReport>, now: Option<&ReplayReport>| match told(replay, now) {
        Told::Words(words) => view! { <span class="fine">{words}</span> }.into_any(),
        Told::Ending(how) => ending(how).into_any(),
    };
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let certain = row.now.map(|now| view! { <p class="fine">{prose(&now.known)}</p> });
            let then = row
                .after
                .first()
                .map(|then| view! { <td data-label=after.clone()>{cell(*then, row.now)}</td> });
            view! {
                <tr>
                    <th scope="row">{row.title} {certain}</th>
                    <td data-label=NOW>{cell(row.now, None)}</td>
                    {then}
                </tr>
            }
        })
        .collect();
    view! {
        <table class="endings">
            <thead><tr><th scope="col">"Database"</th><th scope="col">{NOW}</th>{after.map(|after| view! { <th scope="col">{after}</th> })}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// How it ends on one dialect.
fn ending(ending: Ending<'_>) -> impl IntoView + use<> {
    let actions = actions();
    let rest = ending.rest().map(|rest| view! { <p class="fine">{words::sentence(&rest)}</p> });
    let word = view! { <b class=Tone::from(ending).class()>{ending.word()}</b> };
    let what = match ending.stop {
        Some(stop) => {
            let revision = stop.revision.clone();
            view! {
                <p>
                    {word} " "
                    <button type="button" class="link-button" on:click=move |_| actions.show_revision(&revision)><code>{stop.revision.to_string()}</code></button>
                </p>
                <p class="where">{place(&stop.path, Some(stop.line), None)}</p>
                <p>{words::sentence(&stop.message)}</p>
            }
            .into_any()
        }
        None => view! { <p>{word}</p> }.into_any(),
    };
    view! { {what} {rest} }
}

/// Every line that fails, by revision.
fn what_fails(failing: &[RevisionFailures<'_>]) -> impl IntoView + use<> {
    let actions = actions();
    let all: usize = failing.iter().map(|of| of.failures.len()).sum();
    let (shown, rest) = first_lines(failing, SHOWN);
    let groups: Vec<_> = shown
        .into_iter()
        .map(|(of, lines)| {
            let id = of.revision.to_owned();
            view! {
                <li>
                    <h4><button type="button" class="link-button" on:click=move |_| actions.show_revision(&id)><code>{of.revision.to_owned()}</code></button></h4>
                    <p class="where">{of.path.to_owned()}</p>
                    {failing_lines(lines)}
                </li>
            }
        })
        .collect();
    (all > 0).then(|| {
        view! {
            <h3 id="fails-title">{WHAT_FAILS} " " <span class="fine">{plural(all, "line")}</span></h3>
            <p class="fine">{FOLLOWED_ON}</p>
            <ul class="failing" aria-labelledby="fails-title">{groups}</ul>
            {left_out(rest, "line").map(|rest| view! { <p class="fine">{rest}</p> })}
        }
    })
}

/// Lines of one file, each with what it says.
pub(super) fn failing_lines(lines: &[SharedFailure<'_>]) -> impl IntoView + use<> {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| {
            let limits = line.limits();
            let limits = (!limits.is_empty()).then(|| view! { <span class="tag">{limits}</span> });
            let class = format!("line {}", Tone::of_failure(line.failure.certain).class());
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
