//! How databases that have run something fare with a plan.

use super::{StateOutcome, StateReport, StepDown};
use crate::alembic::{Fares, RevisionMap, StateGroup};
use crate::plan::Plan;
use crate::text::shown;

pub(super) fn states(plan: &Plan) -> Option<Vec<StateReport>> {
    let map = plan.after.reading.map();
    plan.states.as_ref().map(|groups| groups.iter().map(|group| state(map, group)).collect())
}

fn state(map: Option<&RevisionMap>, group: &StateGroup) -> StateReport {
    let rows: Vec<&str> = group.stamped.iter().map(String::as_str).collect();
    let upgraded = map.and_then(|map| map.upgrade_from(&rows).ok());
    let (outcome, again, skips) = match &group.fares {
        Fares::Runs => (StateOutcome::Runs, Vec::new(), Vec::new()),
        Fares::Skips(skips) => (StateOutcome::Skips, Vec::new(), shown(skips)),
        Fares::Repeats { again, skips } => (StateOutcome::Repeats, shown(again), shown(skips)),
        Fares::Overlaps => (StateOutcome::Overlaps, Vec::new(), Vec::new()),
        Fares::CannotLocate(_) => (StateOutcome::CannotLocate, Vec::new(), Vec::new()),
    };
    let is_ambiguous = upgraded.as_ref().is_some_and(|upgraded| match upgraded.rows.as_slice() {
        [row] => map.is_some_and(|map| {
            map.revisions().any(|revision| revision.id == *row && revision.is_merge_point())
        }),
        _ => false,
    });
    StateReport {
        stamped: shown(&group.stamped),
        count: group.count,
        at_or_above: shown(&group.at_or_above),
        outcome,
        downgrade: is_ambiguous.then_some(StepDown::Ambiguous),
        runs: upgraded.map(|upgraded| shown(&upgraded.runs)).unwrap_or_default(),
        again,
        skips,
    }
}
