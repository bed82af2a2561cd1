//! The report as one HTML file: no script, nothing fetched, light and dark, fit for print.
//!
//! Its policy forbids everything but its own styles. All text is escaped by the writer, and what hides or reorders is
//! shown as an escape.

mod chain;
mod finding;
mod plan;
mod replay;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::present::{
    self, CHECKLIST, NOT_READ, NOW, ON_EMPTY, Open, PREVENTION, Part, RECOMMENDED, REQUIRED, STAYS_IN_ORDER,
    Span, Tone, UNDECIDED, WHAT_IS_WRONG, WHAT_TO_DO, WHY_UNDECIDED, after, count_noun, counted, left_out,
    open, place, spans,
};
use super::{ActionReport, ChecklistItem, Report};
use crate::drawing::{DRAWING_CSS, TOKENS_CSS, without_comments};
use crate::text::{Shown, capital, number, plural, stopped, visible};

/// As many lines of what is open are listed.
const LINES: usize = 200;

const REPORT_CSS: &str = include_str!("../../../style/report.css");
/// Nothing but the styles in the file itself.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// Writes the report as a self-contained HTML document; `today` is the date it bears.
pub fn write_html(report: &Report, today: &str) -> String {
    let css = [TOKENS_CSS, REPORT_CSS, DRAWING_CSS].map(without_comments).concat();
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (report.headline) " · migration audit" }
                style { (PreEscaped("\n")) (PreEscaped(css)) }
            }
            body {
                main {
                    (opening(report, &visible(today)))
                    (contents(report))
                    (finding::section(report))
                    @for (at, environment) in report.environments.iter().enumerate() {
                        (chain::section(at, environment))
                        (plan::section(at, environment))
                        (replay::section(at, environment))
                    }
                    @for (at, part) in present::parts(report).iter().enumerate() {
                        (actions(at, part))
                        (checklist(at, part))
                    }
                    (chain::files(report))
                    (chain::environments(report))
                    (undecided(report))
                    (skipped(report))
                    (prevention())
                }
                footer { @for line in present::how_made(report) { p { (prose(&line)) } } }
            }
        }
    };
    let mut text = document.into_string();
    text.push('\n');
    text
}

/// A sentence: what stands between backticks as code.
fn prose(text: &str) -> Markup {
    html! {
        @for span in spans(text) {
            @match span {
                Span::Text(text) => { (text) }
                Span::Code(code) => { code { (code) } }
            }
        }
    }
}

/// A name or path, whole, in monospace.
fn code(text: &str) -> Markup {
    html! { code { (text) } }
}

fn opening(report: &Report, today: &str) -> Markup {
    let live = report.environments.iter().find(|environment| environment.live);
    let facts = live.map(|live| {
        [
            (live.revisions.len(), "migration", false),
            (live.bases.len(), "base", true),
            (live.heads.len(), "head", true),
        ]
    });
    let figure = |number: usize| self::number(number as u64);
    html! {
        header .opening {
            p .over { "Migration audit · " time datetime=(today) { (today) } }
            h1 { (prose(&stopped(&report.headline))) }
            p .summary { (prose(&report.summary)) }
            dl .facts {
                div { dt { "Severity" } dd class=(Tone::from(report.grade).class()) { (present::severity(report.verdict)) } }
                @for of in counted(&report.findings) {
                    div { dt { (capital(&of.noun())) } dd class=(Tone::from(of.severity).class()) { (figure(of.number)) } }
                }
                @for (number, noun, one_belongs) in facts.into_iter().flatten() {
                    div {
                        @let tone = if one_belongs && number != 1 { Tone::Breaks } else { Tone::Quiet };
                        dt { (capital(&count_noun(number, noun))) }
                        dd class=(tone.class()) { (figure(number)) }
                    }
                }
            }
        }
    }
}

fn contents(report: &Report) -> Markup {
    let chains = report.environments.iter().any(|environment| !environment.revisions.is_empty());
    let plans = report.environments.iter().any(|environment| !environment.plans.is_empty());
    let entries = [
        (!report.findings.is_empty(), "#findings", WHAT_IS_WRONG),
        (chains, "#chain-0", "The chain"),
        (plans, "#plans-0", "Repairs"),
        (chains, "#replay-0", ON_EMPTY),
        (!report.actions.is_empty(), "#actions", WHAT_TO_DO),
        (!report.checklist.is_empty(), "#checklist", CHECKLIST),
        (chains, "#files", "Files"),
    ];
    html! {
        nav aria-label="Contents" {
            @for (_, target, title) in entries.into_iter().filter(|(there, ..)| *there) { a href=(target) { (title) } }
        }
    }
}

fn actions(at: usize, part: &Part<'_>) -> Markup {
    let group = |title: &str, actions: &[&ActionReport]| {
        html! {
            @if !actions.is_empty() {
                h3 { (title) }
                ol .actions {
                    @for action in actions {
                        li {
                            p { strong { (prose(&action.title)) } }
                            @if !action.detail.is_empty() { p { (prose(&action.detail)) } }
                            @if !action.commands.is_empty() { (commands(&action.commands)) }
                        }
                    }
                }
            }
        }
    };
    let (required, recommended): (Vec<_>, Vec<_>) = part.actions.iter().partition(|action| action.required);
    html! {
        @if !part.actions.is_empty() {
            section id={ "actions" (suffix(at)) } {
                h2 { (WHAT_TO_DO) (of(part)) }
                (group(REQUIRED, &required))
                (group(RECOMMENDED, &recommended))
            }
        }
    }
}

fn commands(commands: &[Shown]) -> Markup {
    html! { pre .commands tabindex="0" { @for command in commands { code { (command) } "\n" } } }
}

/// ` in services/billing`, where there are several environments.
fn of(part: &Part<'_>) -> Markup {
    html! { @if let Some(name) = part.name { " in " (code(name)) } }
}

/// Nothing for the first part, so that its section keeps its plain name.
fn suffix(at: usize) -> String {
    if at == 0 { String::new() } else { format!("-{at}") }
}

fn checklist(at: usize, part: &Part<'_>) -> Markup {
    let plan = part.environment.and_then(|environment| environment.plans.first());
    let answer = |item: &ChecklistItem| {
        html! {
            strong class={ "answer " (Tone::from(item.status).class()) } { (present::status(item.status)) }
            @if !item.detail.is_empty() { " " span .detail { (prose(&item.detail)) } }
        }
    };
    html! {
        @if !part.checklist.is_empty() {
            section id={ "checklist" (suffix(at)) } {
                h2 { (CHECKLIST) (of(part)) }
                div .wide tabindex="0" role="region" aria-label=(CHECKLIST) {
                    table .checklist {
                        thead { tr {
                            th scope="col" { "Question" }
                            th scope="col" { (NOW) }
                            @if let Some(plan) = plan { th scope="col" { (after(plan)) } }
                        } }
                        tbody {
                            @for (at, item) in part.checklist.iter().enumerate() {
                                tr {
                                    th scope="row" { (prose(&item.title)) }
                                    td data-label=(NOW) { (answer(item)) }
                                    @if let Some(plan) = plan {
                                        td data-label=(after(plan)) {
                                            @if let Some(item) = plan.checklist.get(at) { (answer(item)) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn undecided(report: &Report) -> Markup {
    let open = open(report);
    html! {
        @if !open.is_empty() {
            section #unknown {
                h2 { (UNDECIDED) }
                p { (WHY_UNDECIDED) }
                ul {
                    @for Open { word, path, line, what } in open.iter().take(LINES) {
                        li {
                            (code(&place(path, Some(*line), None))) " "
                            @if *word != UNDECIDED { (word.to_lowercase()) ": " }
                            (prose(what))
                        }
                    }
                    @if let Some(rest) = left_out(open.len().saturating_sub(LINES), "line") { li { (rest) } }
                }
            }
        }
    }
}

fn skipped(report: &Report) -> Markup {
    html! {
        @if !report.skipped.is_empty() {
            section #skipped {
                h2 { (NOT_READ) }
                details open[report.skipped.len() <= 12] {
                    summary { (plural(report.skipped.len(), "path")) }
                    ul { @for skipped in &report.skipped {
                        li { (code(&skipped.path)) " " (prose(&skipped.reason)) }
                    } }
                }
            }
        }
    }
}

fn prevention() -> Markup {
    html! {
        section #prevention {
            h2 { (STAYS_IN_ORDER) }
            ul { @for line in PREVENTION { li { (prose(line)) } } }
        }
    }
}
