//! What becomes of the migrations on an empty database: where they stop, the schema they leave, each table's life.

use maud::{Markup, html};

use super::{code, prose};
use crate::report::present::{
    Ending, FOLLOWED_ON, HOW_FOLLOWED, NOT_CERTAIN, NOT_KNOWN, NOW, ON_EMPTY, RevisionFailures,
    SharedFailure, Told, Tone, WHAT_FAILS, after, environment_name, file_name, first_lines, left_out,
    nullable, place, told,
};
use crate::report::{EnvironmentReport, ReplayReport, TableReport};
use crate::text::{plural, stopped};

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
                h2 { (ON_EMPTY) " " span .count { (HOW_FOLLOWED) } }
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
            @match told(replay, now) {
                Told::Words(words) => span .detail { (words) },
                Told::Ending(ending) => (self::ending(ending)),
            }
        }
    };
    html! {
        @if !rows.is_empty() {
            div .wide tabindex="0" role="region" aria-label="How the upgrade ends" {
                table .checklist {
                    thead { tr {
                        th scope="col" { "Database" }
                        th scope="col" { (NOW) }
                        @for plan in &plans { th scope="col" { (after(plan)) } }
                    } }
                    tbody {
                        @for row in &rows {
                            tr {
                                th scope="row" {
                                    (row.title)
                                    @if let Some(now) = row.now { div .detail { (prose(&now.known)) } }
                                }
                                td data-label=(NOW) { (cell(row.now, None)) }
                                @for (plan, then) in plans.iter().zip(&row.after) {
                                    td data-label=(after(plan)) { (cell(*then, row.now)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ending(ending: Ending<'_>) -> Markup {
    let class = Tone::from(ending).class();
    html! {
        strong class=(class) { (ending.word()) }
        @if let Some(stop) = ending.stop {
            " " (code(&stop.revision)) " "
            span .detail {
                (code(&place(file_name(&stop.path), Some(stop.line), None))) " " (stopped(&stop.message))
            }
        }
        @if let Some(rest) = ending.rest() { " " span .detail { (stopped(&rest)) } }
    }
}

/// Every line that fails, by revision.
fn failures(failures: &[RevisionFailures<'_>]) -> Markup {
    let all: usize = failures.iter().map(|of| of.failures.len()).sum();
    let (shown, rest) = first_lines(failures, LINES);
    html! {
        @if !failures.is_empty() {
            h3 { (WHAT_FAILS) " " span .count { (plural(all, "line")) } }
            p .aside { (FOLLOWED_ON) }
            @for (of, lines) in shown {
                h4 { (code(of.revision)) " " span .aside { (code(of.path)) } }
                ul .lines .numbered { @for line in lines { (failing_line(line)) } }
            }
            (more(rest, "line"))
        }
    }
}

fn failing_line(line: &SharedFailure<'_>) -> Markup {
    let limits = line.limits();
    html! {
        li {
            code .number { (line.failure.line) } " "
            span {
                (line.failure.message)
                @if !limits.is_empty() { " " span .aside { "(" (limits) ")" } }
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
                h3 { (title) " " span .count { (plural(tables.len(), "table")) (whose) } }
                @for table in tables.iter().take(TABLES) { (one_table(replay, table, last)) }
                (more(tables.len().saturating_sub(TABLES), "table"))
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
    let others: Vec<_> = table.others_at(last).collect();
    let rest = |all: usize, noun: &str| more(all.saturating_sub(PARTS), noun);
    html! {
        details .table {
            summary {
                (code(&table.name)) " "
                span .aside {
                    @if !table.is_at(last) { "dropped" }
                    @else if columns.is_empty() && !table.certain { "columns " (NOT_KNOWN) }
                    @else { (plural(columns.len(), "column")) }
                    ", " (plural(table.events.len(), "event"))
                    @if !table.certain { " · " (NOT_CERTAIN) }
                }
            }
            @if !columns.is_empty() {
                div .wide tabindex="0" role="region" aria-label={ "Columns of " (table.name) } {
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
                                        @if !column.certain { " " span class=(Tone::May.class()) { (NOT_CERTAIN) } }
                                    }
                                    td { @match column.known_type() { Some(kind) => (code(kind)), None => (NOT_KNOWN) } }
                                    td { (nullable(column.nullable)) }
                                    td { @if let Some(default) = &column.default { (code(default)) } }
                                }
                            }
                        }
                    }
                }
                (rest(columns.len(), "column"))
            }
            @if !others.is_empty() {
                ul .others { @for other in others.iter().take(PARTS) { li { (other) } } }
                (rest(others.len(), "line"))
            }
            p .aside { "Its life" }
            ol .lines {
                @for event in table.events.iter().take(PARTS) {
                    @let path = replay.steps.get(event.step).map_or("", |step| &step.path);
                    li {
                        @if let Some(step) = replay.steps.get(event.step) { (code(&step.revision)) " " }
                        (event.what) " " span .aside { (code(&place(file_name(path), Some(event.line), None))) }
                    }
                }
            }
            (rest(table.events.len(), "event"))
        }
    }
}

/// What was left out of a list, if anything.
fn more(number: usize, noun: &str) -> Markup {
    html! { @if let Some(rest) = left_out(number, noun) { p .aside { (rest) } } }
}
