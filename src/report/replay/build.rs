//! From a replay to its report.

use super::{
    CertaintyReport, ColumnReport, EventReport, FailureReport, FateReport, NoteReport, OtherReport,
    ReplayReport, StepReport, TableReport, TakenReport, Understood,
};
use crate::audited::Audited;
use crate::replay::{Direction, Fate, Known, Replay, Step, Taken, lives};
use crate::report::build::Lines;
use crate::report::words;
use crate::text::{Shown, TextRange, shorten, shown};

/// The longest text of a call that took the certainty.
const LONGEST_CALL: usize = 160;

/// The summary of each dialect that comes into question, and the whole of the one that fits best: the one with the
/// fewest revisions that fail.
pub(in crate::report) fn replays(
    audited: &Audited,
    lines: &mut Lines<'_>,
) -> (Option<ReplayReport>, Vec<ReplayReport>) {
    let account = &audited.account;
    let summaries: Vec<_> =
        account.replays().iter().map(|replay| replay_report(audited, replay, lines, false)).collect();
    let best = account.best().map(|replay| replay_report(audited, replay, lines, true));
    (best, summaries)
}

/// What becomes of each revision that does not simply run, in the order in which they run.
pub(in crate::report) fn fates(audited: &Audited) -> Vec<FateReport> {
    let Some(best) = audited.account.best() else { return Vec::new() };
    let fates = best.steps.iter().map(|step| {
        let script = &audited.scripts[step.script];
        FateReport {
            revision: script.id().unwrap_or_default().into(),
            path: script.path.as_str().into(),
            upgrade: audited.account.fate(step.script),
        }
    });
    fates.filter(|fate| fate.upgrade != Fate::Runs).collect()
}

/// One replay; `is_whole` with its steps and tables.
fn replay_report(audited: &Audited, replay: &Replay, lines: &mut Lines<'_>, is_whole: bool) -> ReplayReport {
    let dialect = replay.rules.dialect;
    let place = |script: usize, lines: &mut Lines<'_>, range: TextRange| {
        lines.of(&audited.scripts[script].path).line_column(range.start()).line
    };
    let told = |script: usize, lines: &mut Lines<'_>, range: TextRange, text: &str| {
        lines.told(&audited.scripts[script].path, range, text)
    };
    let mut failures = Vec::new();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        for failing in audited.account.failures(direction) {
            // What stands in no order is not part of the history.
            let Some(on) = failing.on(dialect).filter(|_| replay.step_of(failing.script).is_some()) else {
                continue;
            };
            let script = &audited.scripts[failing.script];
            failures.push(FailureReport {
                revision: script.id().unwrap_or_default().into(),
                path: script.path.as_str().into(),
                line: place(failing.script, lines, failing.range),
                direction,
                certain: on.certain,
                message: told(failing.script, lines, failing.range, &on.message),
                kind: failing.kind,
                object: failing.object_words().into(),
            });
        }
    }
    let (operations, unknown) = replay.understood();
    let certainty = certainty(audited, replay, lines);
    let mut report = ReplayReport {
        dialect,
        ok: audited.account.first_failure_on(dialect).is_none(),
        failures,
        understood: Understood { operations, unknown },
        known: Shown::default(),
        certainty,
        steps: Vec::new(),
        tables: Vec::new(),
    };
    report.known = words::known(&report).into();
    if !is_whole {
        report.certainty.taken.clear();
        return report;
    }
    for Step { script, upgrade, differences, .. } in &replay.steps {
        let mut note = |range: TextRange, what: String| NoteReport {
            line: place(*script, lines, range),
            what: told(*script, lines, range, &what),
        };
        report.steps.push(StepReport {
            revision: audited.scripts[*script].id().unwrap_or_default().into(),
            path: audited.scripts[*script].path.as_str().into(),
            understood: Understood { operations: upgrade.operations, unknown: upgrade.unknown.len() },
            unknown: upgrade
                .unknown
                .iter()
                .map(|placed| note(placed.range, placed.what.to_string()))
                .collect(),
            changes: upgrade
                .changes
                .iter()
                .map(|placed| note(placed.range, placed.what.to_string()))
                .collect(),
            downgrade: audited.account.way_back(*script),
            differences: shown(differences.iter().map(ToString::to_string)),
        });
    }
    for life in lives(replay) {
        report.tables.push(TableReport {
            name: life.name.to_string().into(),
            certain: life.doubts.iter().all(|doubt| doubt.until.is_some()),
            doubts: life.doubts.into_iter().map(|doubt| (doubt.from, doubt.until)).collect(),
            from: life.from,
            until: life.until,
            columns: life
                .columns
                .into_iter()
                .map(|span| ColumnReport {
                    name: Shown::from(&*span.what.name),
                    kind: Shown::from(&*span.what.kind),
                    nullable: span.what.nullable,
                    default: span
                        .what
                        .default
                        .as_deref()
                        .map(|default| Shown::value_of(&span.what.name, default)),
                    certain: span.what.certain,
                    from: span.from,
                    until: span.until,
                })
                .collect(),
            others: life
                .others
                .into_iter()
                .map(|span| OtherReport {
                    what: Shown::from(&*span.what),
                    from: span.from,
                    until: span.until,
                })
                .collect(),
            events: life
                .events
                .into_iter()
                .map(|event| EventReport {
                    step: event.step,
                    line: place(replay.steps[event.step].script, lines, event.range),
                    what: told(replay.steps[event.step].script, lines, event.range, &event.what),
                })
                .collect(),
        });
    }
    report
}

/// How much of the schema at the head is certain.
fn certainty(audited: &Audited, replay: &Replay, lines: &mut Lines<'_>) -> CertaintyReport {
    let Known { extent, may_have_more, taken } = replay.known();
    let taken = taken.into_iter().map(|Taken { script, range, what, count }| {
        let script = &audited.scripts[script];
        TakenReport {
            revision: script.id().unwrap_or_default().into(),
            path: script.path.as_str().into(),
            line: lines.of(&script.path).line_column(range.start()).line,
            text: Shown::from(&*shorten(&Shown::line(&lines.text(&script.path, range)), LONGEST_CALL)),
            what: lines.told(&script.path, range, &what),
            count,
        }
    });
    let taken = taken.collect();
    CertaintyReport { certain: extent.certain, all: extent.all, may_have_more, taken }
}
