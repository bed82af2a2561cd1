//! How databases that have run something fare with a plan.

use super::{StateOutcome, StateReport, StepDown};
use crate::alembic::{Fares, RevisionMap, StateGroup, Stopped};
use crate::plan::{Plan, Stamped};
use crate::source::Flavour;
use crate::text::{Shown, listed, shown};

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
        by_hand: Vec::new(),
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
        by_hand: by_hand(of, flavour),
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

/// Each revision that the database lacks is run alone, on top of what lies right below it.
fn by_hand(of: &Stamped, flavour: Flavour) -> Vec<Shown> {
    let Some(lacking) = &of.by_hand else { return Vec::new() };
    // An id that a shell would read in its own way is typed by nobody unseen.
    let is_plain = |id: &String| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if !lacking.iter().all(|alone| is_plain(&alone.revision) && alone.above.iter().all(is_plain)) {
        return Vec::new();
    }
    let stands = if of.rows.is_empty() { "nothing".to_owned() } else { listed(&of.rows) };
    let mut commands = vec![
        "# Back up the database first.".to_owned(),
        format!("# Only where `{}` prints {stands}.", flavour.command("current")),
    ];
    for alone in lacking {
        match alone.above.split_first() {
            None => commands.push(flavour.command("stamp --purge base")),
            Some((first, others)) => {
                commands.push(flavour.command(&format!("stamp --purge {first}")));
                commands.extend(others.iter().map(|row| flavour.command(&format!("stamp {row}"))));
            }
        }
        commands.push(flavour.command(&format!("upgrade {}", alone.revision)));
    }
    commands.push(flavour.command("stamp --purge heads"));
    shown(commands)
}
