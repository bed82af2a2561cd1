//! The rest: what could not be decided, what each command would do, what was not read.

use leptos::prelude::*;

use super::prose::prose;
use crate::report::present::{NOT_READ, Open, Tone, UNDECIDED, WHY_UNDECIDED, left_out, place};
use crate::report::{CommandReport, SkippedKind};
use crate::text::plural;
use crate::ui::state::{Loaded, View};
use crate::ui::words;

/// Skipped paths listed before the rest is counted.
const SHOWN: usize = 200;

/// Ignored folders named before the rest is counted.
const NAMED: usize = 12;

/// What could not be decided.
#[component]
pub(crate) fn Undecided(view: Memo<View>) -> impl IntoView {
    move || {
        view.with(|view| {
            let lines = view.environment()?.open().into_iter().map(|Open { word, path, line, what }| {
                let word =
                    if word == UNDECIDED { String::new() } else { format!("{}: ", word.to_lowercase()) };
                let place = view! { <span class="where">{place(path, Some(line), None)}</span> }.into_any();
                [place, format!(" {word}").into_any()].into_iter().chain(prose(what)).collect()
            });
            list("unknown-title", UNDECIDED, Some(WHY_UNDECIDED), lines.collect())
        })
    }
}

/// What Alembic itself would say.
#[component]
pub(crate) fn AlembicSays(view: Memo<View>) -> impl IntoView {
    move || {
        view.with(|view| {
            let environment = view.environment()?;
            let error =
                environment.alembic_error.iter().map(|error| format!("{}: {}", error.class, error.message));
            let says = error.chain(environment.alembic_warnings.iter().map(ToString::to_string));
            // Its own words may have several lines.
            let lines = says.map(|text| vec![view! { <code>{words::visible(&text)}</code> }.into_any()]);
            list("says-title", "What Alembic itself says of this folder", None, lines.collect())
        })
    }
}

/// A panel with a list; nothing where there is nothing to list.
fn list(
    id: &'static str,
    title: &'static str,
    why: Option<&'static str>,
    lines: Vec<Vec<AnyView>>,
) -> Option<AnyView> {
    let lines: Vec<_> = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect();
    (!lines.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby=id>
                <h2 id=id>{title}</h2>
                {why.map(|why| view! { <p class="fine">{why}</p> })}
                <ul class="plain-list">{lines}</ul>
            </section>
        }
        .into_any()
    })
}

/// An exit status; a dash where only running would tell.
fn exit(status: Option<u8>) -> impl IntoView {
    let class = format!("answer {}", Tone::of_exit(status).class());
    let status = status.map_or_else(|| "\u{2013}".to_owned(), |status| status.to_string());
    view! { <span class=class>{status}</span> }
}

/// What each of Alembic's commands would do.
#[component]
pub(crate) fn Commands(view: Memo<View>) -> impl IntoView {
    let body = move || {
        view.with(|view| {
            let environment = view.environment()?;
            let rows: Vec<_> = environment
                .commands_in_short()
                .into_iter()
                .map(|command| {
                    let CommandReport { command, status, says, at_head } = command;
                    let at_head = at_head.map(|at_head| view! {
                        <tr>
                            <td class="fine">"at the head"</td>
                            <td>{exit(at_head.status)}</td>
                            <td>{prose(&at_head.says)}</td>
                        </tr>
                    });
                    view! {
                        <tr>
                            <td><code>{command.to_string()}</code></td>
                            <td>{exit(status)}</td>
                            <td>{prose(&says)}</td>
                        </tr>
                        {at_head}
                    }
                })
                .collect();
            (!rows.is_empty()).then(|| view! {
                <section class="panel" aria-labelledby="commands-title">
                    <h2 id="commands-title">"What each command would do"</h2>
                    <p class="fine">"With these files, on an empty database, and on one that stands at the head where that is something else. Nothing was run."</p>
                    <div class="scroll-x" tabindex="0" role="region" aria-label="Commands"><table>
                        <thead><tr><th scope="col">"Command"</th><th scope="col">"Exits with"</th><th scope="col">"Does or says"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table></div>
                </section>
            })
        })
    };
    view! { {body} }
}

/// What was not read, and why.
#[component]
pub(crate) fn Skipped(loaded: Loaded) -> impl IntoView {
    let (ignored, skipped): (Vec<_>, Vec<_>) =
        loaded.report.skipped.iter().partition(|skipped| skipped.kind == SkippedKind::IgnoredFolder);
    let ignored = (!ignored.is_empty()).then(|| {
        let more = ignored.len().saturating_sub(NAMED);
        let names = ignored.iter().take(NAMED).enumerate().map(|(at, skipped)| {
            view! {
                {(at > 0).then_some(", ")}<code>{skipped.path.to_string()}</code>
            }
        });
        view! {
            <p class="fine">
                "Not looked into: " {names.collect::<Vec<_>>()}
                {(more > 0).then(|| view! { " and " {plural(more, "more folder")} })} "."
            </p>
        }
    });
    let total = skipped.len();
    if total == 0 {
        return ignored.map(|ignored| view! { <div id="skipped">{ignored}</div> }.into_any());
    }
    Some({
        let rows = skipped.iter().take(SHOWN).map(|skipped| view! {
            <tr><th scope="row"><code>{skipped.path.to_string()}</code></th><td>{prose(&skipped.reason)}</td></tr>
        });
        let rest = left_out(total.saturating_sub(SHOWN), "path");
        view! {
            <section class="panel" id="skipped" aria-labelledby="skipped-title">
                <h2 id="skipped-title">{NOT_READ}" "<span class="fine">{plural(total, "path")}</span></h2>
                <div class="scroll-x"><table>
                    <thead><tr><th scope="col">"Path"</th><th scope="col">"Why"</th></tr></thead>
                    <tbody>{rows.collect::<Vec<_>>()}</tbody>
                </table></div>
                {rest.map(|rest| view! { <p class="fine">{rest}</p> })}
                {ignored}
            </section>
        }
        .into_any()
    })
}
