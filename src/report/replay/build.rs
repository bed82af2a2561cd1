//! From a replay to its report.

use super::{
    ColumnReport, EventReport, FailureReport, NoteReport, OtherReport, ReplayReport, StepReport, TableReport,
    Understood,
};
use crate::audited::Audited;
use crate::replay::{Placed, Replay, Run, Step, lives};
use crate::report::build::Lines;
use crate::schema::Failure;
use crate::text::{TextRange, redact};

/// The summary of each dialect that comes into question, and the whole of the one that fits best: the one with the
/// fewest revisions that fail.
pub(in crate::report) fn replays(
    audited: &Audited,
    lines: &mut Lines<'_>,
) -> (Option<ReplayReport>, Vec<ReplayReport>) {
    let summaries: Vec<_> =
        audited.replays.iter().map(|replay| replay_report(audited, replay, lines, false)).collect();
    let best = audited.best_replay().map(|replay| replay_report(audited, replay, lines, true));
    (best, summaries)
}

/// One replay; `is_whole` with its steps and tables.
fn replay_report(audited: &Audited, replay: &Replay, lines: &mut Lines<'_>, is_whole: bool) -> ReplayReport {
    let place = |script: usize, lines: &mut Lines<'_>, range: TextRange| {
        lines.of(&audited.scripts[script].path).line_column(range.start()).line
    };
    let mut failures = Vec::new();
    let mut push = |script: usize, failure: &Placed<Failure>, direction: &str, lines: &mut Lines<'_>| {
        let Placed { range, what } = failure;
        failures.push(FailureReport {
            revision: audited.scripts[script].id().unwrap_or_default().to_owned(),
            path: audited.scripts[script].path.to_string(),
            line: place(script, lines, *range),
            direction: direction.to_owned(),
            certain: what.certain,
            message: redact(&what.message),
            kind: what.kind.word().to_owned(),
            object: redact(&what.object_words()),
        });
    };
    for (script, failure) in replay.upgrade_failures() {
        push(script, failure, "upgrade", lines);
    }
    for (script, failure) in replay.downgrade_failures() {
        push(script, failure, "downgrade", lines);
    }
    let (operations, unknown) = replay.understood();
    let mut report = ReplayReport {
        dialect: replay.rules.dialect.name().to_owned(),
        ok: replay.stops_at().is_none(),
        failures,
        understood: Understood { operations, unknown },
        steps: Vec::new(),
        tables: Vec::new(),
    };
    if !is_whole {
        return report;
    }
    for Step { script, upgrade, downgrade, differences, .. } in &replay.steps {
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
            downgrade: downgrade_word(upgrade, downgrade, !differences.is_empty()).to_owned(),
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

/// What a downgrade is, in a word.
fn downgrade_word(upgrade: &Run, downgrade: &Run, differs: bool) -> &'static str {
    if !downgrade.is_there {
        "missing"
    } else if downgrade.raises.is_some() {
        "raises"
    } else if downgrade.failures.iter().any(|failure| failure.what.certain) {
        "fails"
    } else if downgrade.operations == 0 && upgrade.operations > 0 {
        "empty"
    } else if differs {
        "differs"
    } else if downgrade.unknown.is_empty() && upgrade.unknown.is_empty() && downgrade.failures.is_empty() {
        "undoes"
    } else {
        "unknown"
    }
}
