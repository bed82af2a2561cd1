//! From a replay to its report.

use super::{
    ColumnReport, EventReport, FailureReport, FateReport, NoteReport, OtherReport, ReplayReport, StepReport,
    TableReport, Understood,
};
use crate::audited::Audited;
use crate::replay::{Direction, Fate, Replay, Step, lives};
use crate::report::build::Lines;
use crate::text::{TextRange, redact};

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
            revision: script.id().unwrap_or_default().to_owned(),
            path: script.path.to_string(),
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
    let mut failures = Vec::new();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        for failing in audited.account.failures(direction) {
            // What stands in no order is not part of the history.
            let Some(on) = failing.on(dialect).filter(|_| replay.step_of(failing.script).is_some()) else {
                continue;
            };
            let script = &audited.scripts[failing.script];
            failures.push(FailureReport {
                revision: script.id().unwrap_or_default().to_owned(),
                path: script.path.to_string(),
                line: place(failing.script, lines, failing.range),
                direction,
                certain: on.certain,
                message: redact(&on.message),
                kind: failing.kind.word().to_owned(),
                object: redact(&failing.object_words()),
            });
        }
    }
    let (operations, unknown) = replay.understood();
    let mut report = ReplayReport {
        dialect: dialect.name().to_owned(),
        ok: audited.account.first_failure_on(dialect).is_none(),
        failures,
        understood: Understood { operations, unknown },
        steps: Vec::new(),
        tables: Vec::new(),
    };
    if !is_whole {
        return report;
    }
    for Step { script, upgrade, differences, .. } in &replay.steps {
        let mut note = |range: TextRange, what: String| NoteReport {
            line: place(*script, lines, range),
            what: redact(&what),
        };
        report.steps.push(StepReport {
            revision: audited.scripts[*script].id().unwrap_or_default().to_owned(),
            path: audited.scripts[*script].path.to_string(),
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
            differences: differences.iter().map(|difference| redact(&difference.to_string())).collect(),
        });
    }
    for life in lives(replay) {
        report.tables.push(TableReport {
            name: redact(&life.name.to_string()),
            certain: life.certain,
            from: life.from,
            until: life.until,
            columns: life
                .columns
                .into_iter()
                .map(|span| ColumnReport {
                    name: redact(&span.what.name),
                    kind: redact(&span.what.kind),
                    nullable: span.what.nullable,
                    default: span.what.default.map(|default| redact(&default)),
                    certain: span.what.certain,
                    from: span.from,
                    until: span.until,
                })
                .collect(),
            others: life
                .others
                .into_iter()
                .map(|span| OtherReport { what: redact(&span.what), from: span.from, until: span.until })
                .collect(),
            events: life
                .events
                .into_iter()
                .map(|event| EventReport {
                    step: event.step,
                    line: place(replay.steps[event.step].script, lines, event.range),
                    what: redact(&event.what),
                })
                .collect(),
        });
    }
    report
}
