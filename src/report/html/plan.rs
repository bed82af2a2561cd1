//! The repairs on offer: what each resolves and leaves, what it costs, and its diff.

use maud::{Markup, html};

use super::{chain, code, commands, prose};
use crate::report::present::{
    AS_A_SCRIPT, BEFORE_USE, BY_HAND, NEW_FILE, NO_REPAIR, NOT_KNOWN, ON_DATABASES, ONE_BY_SCRIPT,
    RecoveryTold, SCRIPTS, StampedFares, Tone, applicability, change_name, cost, diff_command, diff_lines,
    environment_name, fix_command, names, new_parents, parents, recover_command,
};
use crate::report::{EnvironmentReport, PlanReport};
use crate::text::{number, plural};

/// A longer diff is folded.
const OPEN_LINES: usize = 120;

pub(super) fn section(at: usize, environment: &EnvironmentReport) -> Markup {
    html! {
        @if let Some(why) = &environment.no_plan {
            section .plans {
                h2 { (NO_REPAIR) }
                p { (prose(why)) }
            }
        }
        @if !environment.plans.is_empty() {
            section .plans id={ "plans-" (at) } {
                h2 { "Repairs on offer " span .count { "each proved on a copy in memory" } }
                @for (at, plan) in environment.plans.iter().enumerate() { (article(at, environment, plan)) }
            }
            (states(environment))
        }
        @for row in environment.stamped_rows() {
            section .states {
                h2 { (row.title()) }
                @for StampedFares { title, fares, by_hand, recovery } in &row.fares {
                    p { strong { (title) ": " } span class=(fares.tone.class()) { (fares.words) } }
                    @if !by_hand.is_empty() {
                        p { (BY_HAND) ":" }
                        (commands(by_hand))
                    }
                    @match recovery {
                        Some(RecoveryTold::By(given)) => p { (AS_A_SCRIPT) ": " (code(&recover_command(given, None))) }
                        Some(RecoveryTold::NotKnown(why)) => p { (BY_HAND) ": " (NOT_KNOWN) ". " (prose(why)) }
                        None => {}
                    }
                }
            }
        }
    }
}

fn states(environment: &EnvironmentReport) -> Markup {
    let rows = environment.matrix_rows();
    html! {
        section .states {
            h2 { (ON_DATABASES) }
            p { (prose(&environment.how_states())) }
            div .wide tabindex="0" role="region" aria-label=(ON_DATABASES) {
                @if !rows.is_empty() {
                    table .matrix {
                        thead { tr {
                            th scope="col" { "Databases" }
                            th scope="col" { "States" }
                            @for plan in &environment.plans { th scope="col" { (environment.plan_title(plan)) } }
                        } }
                        tbody { @for row in &rows {
                            tr {
                                th scope="row" { (row.whom) }
                                td { @if let Some(count) = row.count { (number(count as u64)) } }
                                @for fares in &row.fares {
                                    td { span class=(fares.tone.class()) { (fares.words) } }
                                }
                            }
                        } }
                    }
                    @let scripts = environment.scripts();
                    @if !scripts.is_empty() {
                        p { (SCRIPTS) }
                        ul { @for (whom, given) in &scripts { li { (whom) ": " (code(&recover_command(given, None))) } } }
                    }
                } @else {
                table {
                    thead { tr {
                        th scope="col" { "Databases" }
                        th scope="col" { "States" }
                        th scope="col" { "Repair" }
                        th scope="col" { "What becomes of them" }
                    } }
                    tbody { @for row in environment.state_rows() {
                        tr {
                            th scope="row" { (row.whom) }
                            td { @if let Some(count) = row.count { (number(count as u64)) } }
                            td { (row.plan) }
                            td {
                                span class=(row.fares.tone.class()) { (row.fares.words) }
                                @if let Some(RecoveryTold::By(given)) = &row.recovery {
                                    "; " (ONE_BY_SCRIPT) " " (code(&recover_command(given, None)))
                                }
                            }
                        }
                    } }
                }
                }
            }
        }
    }
}

fn article(at: usize, environment: &EnvironmentReport, plan: &PlanReport) -> Markup {
    html! {
        article .plan {
            h3 { (prose(&environment.plan_title(plan))) " " span .count { (cost(plan)) } }
            @let outcome = environment.plan_outcome(plan);
            @if !outcome.is_empty() { p { (prose(&outcome)) } }
            dl {
                dt { "Resolves" } dd .proved { (names(&plan.resolves)) }
                dt { "Leaves" } dd { (names(&plan.leaves)) }
                dt { "Ends with" } dd {
                    (plural(plan.bases.len(), "base")) " (" (code(&names(&plan.bases))) "), "
                    (plural(plan.heads.len(), "head")) " (" (code(&names(&plan.heads))) ")"
                }
                dt { "To apply it" } dd { (applicability(plan.applicability)) }
            }
            @if !plan.cautions.is_empty() {
                div .cautions {
                    p { strong class=(Tone::May.class()) { (BEFORE_USE) } }
                    ul { @for caution in &plan.cautions { li { (prose(caution)) } } }
                }
            }
            (commands(&[diff_command(plan, None).into(), fix_command(plan, None).into()]))
            @if at > 0 && plan.drawing.proposed.is_some() {
                details {
                    summary { "The chain it leaves" }
                    (chain::figure(&plan.drawing, environment_name(environment)))
                }
            }
            (changes(plan))
            (diff(&plan.diff))
        }
    }
}

fn changes(plan: &PlanReport) -> Markup {
    html! {
        @if !plan.changes.is_empty() {
            div .wide tabindex="0" role="region" aria-label="Changed revisions" {
                table {
                    thead { tr {
                        th scope="col" { "Revision" }
                        th scope="col" { "Parent before" }
                        th scope="col" { "Parent after" }
                        th scope="col" { "Why" }
                    } }
                    tbody {
                        @for change in &plan.changes {
                            tr {
                                th scope="row" { (code(&change_name(change))) }
                                td { @if change.added { (NEW_FILE) } @else { (code(&parents(&change.before))) } }
                                td { (code(&new_parents(change))) }
                                td { (prose(&change.reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn diff(diff: &str) -> Markup {
    let n_lines = diff.lines().count();
    html! {
        @if n_lines > 0 {
            details open[n_lines <= OPEN_LINES] {
                summary { "The diff, " (plural(n_lines, "line")) }
                pre .diff tabindex="0" {
                    @for (kind, line) in diff_lines(diff) { span class=[kind.class()] { (line) } "\n" }
                }
            }
        }
    }
}
