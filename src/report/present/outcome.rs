//! What a plan comes to, in a sentence or two: how much it mends, and where an empty database stops after it.

use crate::report::{ChecklistItem, EnvironmentReport, FailureReport, PlanReport, Question, Status};
use crate::text::listed;

impl EnvironmentReport {
    /// How many of the errors a plan mends, and what becomes of an empty database after it; empty where neither is known.
    pub fn plan_outcome(&self, plan: &PlanReport) -> String {
        let parts = [mended(plan), self.upgrade_after(plan)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn upgrade_after(&self, plan: &PlanReport) -> String {
        let fails_now = answer(&self.checklist).is_some_and(|item| item.status == Status::Fail);
        let still = if fails_now { "still" } else { "then" };
        let Some(item) = answer(&plan.checklist) else { return String::new() };
        match item.status {
            Status::Pass => "An upgrade from an empty database then finds nothing that fails.".to_owned(),
            Status::Unknown => {
                "Whether an upgrade from an empty database then gets to its end is not known.".to_owned()
            }
            Status::Fail => match stops(plan).as_slice() {
                [] => format!("An upgrade from an empty database {still} fails. {}", item.detail),
                [(on, stop)] if on.is_empty() => {
                    format!(
                        "An empty database {still} stops at {}: {}.",
                        stop.revision,
                        first_sentence(&stop.message)
                    )
                }
                several => {
                    let told = several.iter().map(|(on, stop)| {
                        format!("on {} at {}: {}", listed(on), stop.revision, first_sentence(&stop.message))
                    });
                    format!("An empty database {still} stops {}.", told.collect::<Vec<_>>().join("; "))
                }
            },
        }
    }
}

fn answer(checklist: &[ChecklistItem]) -> Option<&ChecklistItem> {
    checklist.iter().find(|item| item.item == Question::UpgradeFromEmpty)
}

fn mended(plan: &PlanReport) -> String {
    let of = plan.mends;
    match (of.errors, of.of) {
        (0, 0) => String::new(),
        (1, 1) => "Mends the only error.".to_owned(),
        (2, 2) => "Mends both errors.".to_owned(),
        (errors, of) if errors == of => format!("Mends all {of} errors."),
        (0, 1) => "Leaves the only error.".to_owned(),
        (0, of) => format!("Mends none of {of} errors."),
        (errors, of) => format!("Mends {errors} of {of} errors."),
    }
}

/// Where databases stop after it, in the order in which revisions run, each with the kinds of database that stop there;
/// without them where all do, and for the same.
fn stops(plan: &PlanReport) -> Vec<(Vec<&'static str>, &FailureReport)> {
    let mut found: Vec<(Vec<&'static str>, &FailureReport)> = Vec::new();
    for replay in &plan.replays {
        let Some(stop) = replay.stops_at() else { continue };
        let is_same = |of: &FailureReport| {
            (&of.revision, of.line, &of.message) == (&stop.revision, stop.line, &stop.message)
        };
        match found.iter_mut().find(|(_, of)| is_same(of)) {
            Some((on, _)) => on.push(replay.title()),
            None => found.push((vec![replay.title()], stop)),
        }
    }
    if let [(on, _)] = found.as_mut_slice()
        && on.len() == plan.replays.len()
    {
        on.clear();
    }
    let place = |stop: &FailureReport| plan.order.iter().position(|id| *id == stop.revision);
    found.sort_by_key(|(_, stop)| place(stop));
    found
}

/// The revisions at which an empty database stops after it, on one kind of database or another.
pub(super) fn stopping(plan: &PlanReport) -> impl Iterator<Item = &str> {
    plan.replays.iter().filter_map(|replay| replay.stops_at()).map(|stop| &*stop.revision)
}

/// What a message says first; advice follows it in some.
pub(super) fn first_sentence(message: &str) -> &str {
    message.split_once(". ").map_or(message, |(first, _)| first)
}
