//! How databases that have run something fare with a plan.

use super::recovery::by_hand;
use super::{StateOutcome, StateReport, StepDown};
use crate::alembic::{Fares, RevisionMap, StateGroup, Stopped};
use crate::ingest::TreePath;
use crate::plan::{Plan, Stamped};
use crate::source::Flavour;
use crate::text::shown;

pub(super) fn states(plan: &Plan, flavour: Flavour) -> Option<Vec<StateReport>> {
    let map = plan.after.reading.map();
    let groups = plan.states.as_ref()?.iter().zip(&plan.examples);
    Some(groups.map(|(group, example)| state(map, group, example.as_ref(), flavour)).collect())
}

fn state(
    map: Option<&RevisionMap>,
    group: &StateGroup,
    example: Option<&Stamped>,
    flavour: Flavour,
) -> StateReport {
    // What serves all of them needs no commands for one.
    let example = example.filter(|_| group.fares != Fares::Runs);
    let (commands, no_by_hand) = example.map(|of| by_hand(of, flavour, true)).unwrap_or_default();
    let rows: Vec<&str> = group.stamped.iter().map(String::as_str).collect();
    let upgraded = map.and_then(|map| map.upgrade_from(&rows).ok());
    let (outcome, again, skips) = match &group.fares {
        Fares::Runs => (StateOutcome::Runs, Vec::new(), Vec::new()),
        Fares::Skips(skips) => (StateOutcome::Skips, Vec::new(), shown(skips)),
        Fares::Repeats { again, skips } => (StateOutcome::Repeats, shown(again), shown(skips)),
        Fares::Overlaps => (StateOutcome::Overlaps, Vec::new(), Vec::new()),
        Fares::TooEarly { .. } => (StateOutcome::TooEarly, Vec::new(), Vec::new()),
        Fares::CannotLocate(_) => (StateOutcome::CannotLocate, Vec::new(), Vec::new()),
    };
    let is_ambiguous = upgraded
        .as_ref()
        .is_some_and(|upgraded| map.is_some_and(|map| map.is_ambiguous_below(&upgraded.rows)));
    StateReport {
        stamped: shown(&group.stamped),
        count: group.count,
        at_or_above: shown(&group.at_or_above),
        outcome: Some(outcome),
        downgrade: is_ambiguous.then_some(StepDown::Ambiguous),
        runs: upgraded.map(|upgraded| shown(&upgraded.runs)).unwrap_or_default(),
        again,
        skips,
        undeclared: Vec::new(),
        by_hand: commands,
        no_by_hand,
        taken_for_run: example
            .map(|of| shown(of.taken_for_run.iter().map(TreePath::as_str)))
            .unwrap_or_default(),
        says: match &group.fares {
            Fares::TooEarly { revision, needs } => Some(
                format!("{revision} runs before {needs}, which makes what it needs; run {needs} first")
                    .into(),
            ),
            _ => None,
        },
    }
}

/// One database that was asked about.
pub(super) fn stamped(of: &Stamped, flavour: Flavour) -> StateReport {
    let (commands, no_by_hand) = by_hand(of, flavour, false);
    let mut report = StateReport {
        stamped: shown(&of.rows),
        count: 1,
        at_or_above: Vec::new(),
        outcome: None,
        downgrade: None,
        runs: Vec::new(),
        again: Vec::new(),
        skips: Vec::new(),
        undeclared: shown(&of.undeclared),
        by_hand: commands,
        no_by_hand,
        taken_for_run: shown(of.taken_for_run.iter().map(TreePath::as_str)),
        says: None,
    };
    match &of.upgrade {
        Ok(upgrade) => {
            report.outcome = match (upgrade.again.as_slice(), upgrade.skips.as_deref()) {
                ([], None) => None,
                ([], Some([])) => Some(StateOutcome::Runs),
                ([], Some(_)) => Some(StateOutcome::Skips),
                _ => Some(StateOutcome::Repeats),
            };
            report.again = shown(&upgrade.again);
            report.downgrade = upgrade.is_ambiguous.then_some(StepDown::Ambiguous);
            report.runs = shown(&upgrade.runs);
            report.skips = upgrade.skips.as_ref().map(shown).unwrap_or_default();
        }
        Err(Stopped::Raises(raised)) => {
            report.outcome = Some(match raised.message.as_str() {
                message if message.contains(" overlaps with ") => StateOutcome::Overlaps,
                message if message.starts_with("Can't locate revision") => StateOutcome::CannotLocate,
                _ => StateOutcome::Stops,
            });
            report.says = Some(raised.sentence().into());
        }
        Err(Stopped::NeverEnds) => {
            report.outcome = Some(StateOutcome::Stops);
            report.says = Some("Alembic never comes to an end.".into());
        }
    }
    report
}
