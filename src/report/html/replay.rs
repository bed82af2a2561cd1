//! What becomes of the migrations on an empty database: where they stop, the schema they leave, each table's life.

use maud::{Markup, html};

use super::{code, prose};
use crate::report::phrases::environment_name;
use crate::report::{
    EnvironmentReport, OtherReport, ReplayReport, RevisionFailures, SharedFailure, TableReport,
};
use crate::text::{plural, visible};

/// Failing lines told before the rest is counted.
const LINES: usize = 120;
/// Tables told before the rest is counted.
const TABLES: usize = 150;
/// Columns, constraints and events of one table told before the rest is counted.
const PARTS: usize = 80;

pub(super) fn section(at: usize, environment: &EnvironmentReport) -> Markup {
    html! {
        @if !environment.revisions.is_empty() {
            section .replay id={ "replay-" (at) } {
                h2 { "On an empty database " span .count { "followed without running it" } }
                @if let Some(why) = environment.why_not_followed() { p { (why) } }
                (endings(environment))
                (failures(&environment.failures()))
                @if let Some(replay) = &environment.replay { (tables(environment, replay)) }
            }
        }
    }
}

/// One row a dialect: how it ends now, and after each repair.
fn endings(environment: &EnvironmentReport) -> Markup {
    let plans: Vec<_> = environment.plans.iter().collect();
    let rows = environment.dialect_rows(&plans);
    let cell = |replay: Option<&ReplayReport>, now: Option<&ReplayReport>| {
        html! {
            @match replay {
                None => span .detail { "not followed" },
                Some(replay) if now.is_some_and(|now| now.ending() == replay.ending()) => span .detail { "the same" },
                Some(replay) => (ending(replay)),
            }
        }
    };
    html! {
        @if !rows.is_empty() {
            div .wide tabindex="0" role="region" aria-label="How the upgrade ends" {
                table .checklist {
                    thead { tr {
                        th scope="col" { "Database" }
                        th scope="col" { "Now" }
                        @for plan in &plans { th scope="col" { "After: " (prose(&plan.title)) } }
                    } }
                    tbody {
                        @for row in &rows {
                            tr {
                                th scope="row" {
                                    (visible(row.title))
                                    @if let Some(now) = row.now { div .detail { (now.understood.words()) } }
                                }
                                td data-label="Now" { (cell(row.now, None)) }
                                @for (plan, after) in plans.iter().zip(&row.after) {
                                    td data-label={ "After: " (visible(&plan.title)) } { (cell(*after, row.now)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ending(replay: &ReplayReport) -> Markup {
    let ending = replay.ending();
    html! {
        @match ending.stop {
            Some(stop) => {
                strong .breaks { (ending.word()) } " " (code(&stop.revision)) " "
                span .detail {
                    (code(&format!("{}:{}", file_name(&stop.path), stop.line))) " "
                    (visible(stop.message.trim_end_matches('.'))) "."
                }
            }
            None => strong .(if ending.unknown + ending.doubtful == 0 { "proved" } else { "may" }) { (ending.word()) },
        }
        @if let Some(rest) = ending.rest() { " " span .detail { (rest) "." } }
    }
}

/// Every line that fails, by revision.
fn failures(failures: &[RevisionFailures<'_>]) -> Markup {
    let all: usize = failures.iter().map(|of| of.failures.len()).sum();
    let mut room = LINES;
    let shown = failures.iter().map_while(|of| {
        let lines = &of.failures[..of.failures.len().min(room)];
        room -= lines.len();
        (!lines.is_empty()).then_some((of, lines))
    });
    html! {
        @if !failures.is_empty() {
            h3 { "What fails " span .count { (plural(all, "line")) } }
            p .aside { "It is followed on after a failure, as if what failed had been there, so that each fault is told once." }
            @for (of, lines) in shown {
                h4 { (code(of.revision)) " " span .aside { (code(of.path)) } }
                ul .lines .numbered { @for line in lines { (failing_line(line)) } }
            }
            @if all > LINES { p .aside { (plural(all - LINES, "more failing line")) " left out here; the JSON has them." } }
        }
    }
}

fn failing_line(line: &SharedFailure<'_>) -> Markup {
    let limits = line.limits();
    html! {
        li {
            code .number { (line.failure.line) } " "
            span {
                (visible(&line.failure.message))
                @if !limits.is_empty() { " " span .aside { "(" (visible(&limits)) ")" } }
            }
        }
    }
}

/// The schema at the end, and what became of every table on the way.
fn tables(environment: &EnvironmentReport, replay: &ReplayReport) -> Markup {
    let Some(last) = replay.steps.len().checked_sub(1) else { return html! {} };
    let (kept, gone): (Vec<_>, Vec<_>) = replay.tables.iter().partition(|table| table.is_at(last));
    let whose =
        if environment.dialects().len() > 1 { format!(", as on {}", replay.title()) } else { String::new() };
    let group = |title: &str, tables: &[&TableReport]| {
        html! {
            @if !tables.is_empty() {
                h3 { (title) " " span .count { (plural(tables.len(), "table")) (visible(&whose)) } }
                @for table in tables.iter().take(TABLES) { (one_table(replay, table, last)) }
                @if tables.len() > TABLES {
                    p .aside { (plural(tables.len() - TABLES, "more table")) " left out here; the page and the JSON have them." }
                }
            }
        }
    };
    html! {
        (group("The schema at the end", &kept))
        (group("No longer there at the end", &gone))
        @if replay.tables.is_empty() {
            p .aside { "No table comes of the migrations in " (code(environment_name(environment))) "." }
        }
    }
}

/// One table, folded: its columns, what binds them, and its life.
fn one_table(replay: &ReplayReport, table: &TableReport, last: usize) -> Markup {
    let columns: Vec<_> = table.columns_at(last).collect();
    let others: Vec<&OtherReport> = table
        .others
        .iter()
        .filter(|other| other.from <= last && other.until.is_none_or(|until| last < until))
        .collect();
    let doubt = if table.certain { "" } else { " · not certain" };
    let left_out = |all: usize, noun: &str| {
        html! { @if all > PARTS { p .aside { (plural(all - PARTS, noun)) " left out here." } } }
    };
    html! {
        details .table {
            summary {
                (code(&table.name)) " "
                span .aside {
                    @if !table.is_at(last) { "dropped" }
                    @else if columns.is_empty() && !table.certain { "columns not known" }
                    @else { (plural(columns.len(), "column")) }
                    ", " (plural(table.events.len(), "event")) (doubt)
                }
            }
            @if !columns.is_empty() {
                div .wide tabindex="0" role="region" aria-label={ "Columns of " (visible(&table.name)) } {
                    table {
                        thead { tr {
                            th scope="col" { "Column" } th scope="col" { "Type" } th scope="col" { "NULL" }
                            th scope="col" { "Default" }
                        } }
                        tbody {
                            @for column in columns.iter().take(PARTS) {
                                tr {
                                    th scope="row" {
                                        (code(&column.name))
                                        @if !column.certain { " " span .may { "not certain" } }
                                    }
                                    td { @if column.kind.is_empty() { "not known" } @else { (code(&column.kind)) } }
                                    td { (null_word(column.nullable)) }
                                    td { @if let Some(default) = &column.default { (code(default)) } }
                                }
                            }
                        }
                    }
                }
                (left_out(columns.len(), "more column"))
            }
            @if !others.is_empty() {
                ul .others { @for other in others.iter().take(PARTS) { li { (visible(&other.what)) } } }
                (left_out(others.len(), "more line"))
            }
            p .aside { "Its life" }
            ol .lines {
                @for event in table.events.iter().take(PARTS) {
                    @let path = replay.steps.get(event.step).map_or("", |step| &step.path);
                    li {
                        @if let Some(step) = replay.steps.get(event.step) { (code(&step.revision)) " " }
                        (visible(&event.what)) " " span .aside { (code(&format!("{}:{}", file_name(path), event.line))) }
                    }
                }
            }
            (left_out(table.events.len(), "more event"))
        }
    }
}

fn null_word(nullable: Option<bool>) -> &'static str {
    match nullable {
        Some(true) => "allowed",
        Some(false) => "NOT NULL",
        None => "not known",
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
