//! How databases that have run something fare with a plan.

use super::recovery::by_hand;
use super::{FailsReport, FaresReport, MatrixReport, StateOutcome, StateReport, StepDown};
use crate::alembic::{self, Column, Fares, MatrixRow, RevisionMap, StateGroup, Stopped};
use crate::audited::Audited;
use crate::ingest::TreePath;
use crate::plan::{Fails, Plan, Stamped, history};
use crate::replay::Outlook;
use crate::source::Flavour;
use crate::text::{Shown, shown};

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
    let (outcome, again, skips) = outcome(&group.fares);
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
        says: says(&group.fares),
        fails: None,
    }
}

/// How databases fare with each plan of an environment.
pub(super) fn matrix(before: &Audited, plans: &[Plan]) -> Vec<MatrixReport> {
    let unknown = |plan: &Plan| FaresReport {
        plan: plan.kind,
        outcome: None,
        again: Vec::new(),
        skips: Vec::new(),
        says: None,
    };
    let known: Vec<_> = plans
        .iter()
        .filter(|plan| plan.states.is_some())
        .filter_map(|plan| {
            let after = plan.after.reading.map()?;
            Some(Column { after, renamed: &plan.renamed, needs: plan.needs() })
        })
        .collect();
    let past = plans.iter().find_map(|plan| plan.past.as_deref());
    let rows = match history(before, past) {
        Some(before) if !known.is_empty() => alembic::matrix(before, &known).unwrap_or_default(),
        _ if plans.is_empty() => Vec::new(),
        _ => {
            let fares = plans.iter().map(unknown).collect();
            return vec![MatrixReport { stamped: Vec::new(), count: 1, at_or_above: Vec::new(), fares }];
        }
    };
    let row = |row: MatrixRow| {
        let mut told = row.fares.iter();
        let fares = plans.iter().map(|plan| match plan.states.as_ref().and_then(|_| told.next()) {
            Some(fares) => {
                let (outcome, again, skips) = outcome(fares);
                FaresReport { plan: plan.kind, outcome: Some(outcome), again, skips, says: says(fares) }
            }
            None => unknown(plan),
        });
        MatrixReport {
            stamped: shown(&row.stamped),
            count: row.count,
            at_or_above: shown(&row.at_or_above),
            fares: fares.collect(),
        }
    };
    rows.into_iter().map(row).collect()
}

/// The outcome of a group, what it runs again, and what it never runs.
fn outcome(fares: &Fares) -> (StateOutcome, Vec<Shown>, Vec<Shown>) {
    match fares {
        Fares::Runs => (StateOutcome::Runs, Vec::new(), Vec::new()),
        Fares::Skips(skips) => (StateOutcome::Skips, Vec::new(), shown(skips)),
        Fares::Repeats { again, skips } => (StateOutcome::Repeats, shown(again), shown(skips)),
        Fares::Overlaps => (StateOutcome::Overlaps, Vec::new(), Vec::new()),
        Fares::TooEarly { .. } => (StateOutcome::TooEarly, Vec::new(), Vec::new()),
        Fares::CannotLocate(_) => (StateOutcome::CannotLocate, Vec::new(), Vec::new()),
    }
}

/// Why an upgrade stops that runs something too early, as a clause.
fn says(fares: &Fares) -> Option<Shown> {
    let Fares::TooEarly { revision, needs } = fares else { return None };
    Some(format!("unless {needs} has run: {revision} runs before it, and needs what it makes").into())
}

fn without(revision: &str, needs: &str) -> Shown {
    format!("{revision} needs what {needs} makes, and may fail").into()
}

fn early(revision: &str, needs: &str) -> Shown {
    format!("{revision} runs before {needs}, which makes what it needs").into()
}

impl FailsReport {
    /// What is shown of it.
    pub(super) fn of(Fails { revision, other, stop }: &Fails) -> Self {
        Self {
            revision: Shown::line(revision),
            has_run: other.as_deref().map(Shown::line),
            message: Shown::line(&stop.message),
            on: if stop.is_everywhere { Vec::new() } else { stop.on.clone() },
            certain: stop.outlook == Outlook::Certain,
            met: stop.outlook == Outlook::Met,
        }
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
        fails: of.fails.as_ref().map(FailsReport::of),
    };
    match &of.upgrade {
        Ok(upgrade) => {
            report.outcome = match (upgrade.again.as_slice(), upgrade.skips.as_deref()) {
                ([], None) => None,
                ([], Some([])) if upgrade.is_too_early() => Some(StateOutcome::TooEarly),
                ([], Some([])) => Some(StateOutcome::Runs),
                ([], Some(_)) => Some(StateOutcome::Skips),
                _ => Some(StateOutcome::Repeats),
            };
            let early = upgrade.too_early.as_ref().map(|(revision, needs)| early(revision, needs));
            let wants = upgrade.wants.as_ref().map(|(revision, needs)| without(revision, needs));
            report.says = early.or(wants);
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
