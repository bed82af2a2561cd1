//! What migrations do to the schema, and where that fails: rules over the replay.
//!
//! A failure counts only if it is certain on every dialect in question; what fails on some of them is shown by the
//! replay itself. Where Alembic comes to no order nothing is replayed, and these rules are silent.

pub(super) mod asymmetric_downgrade;
pub(super) mod failing_operation;
pub(super) mod irreversible_downgrade;
pub(super) mod not_null_without_default;
pub(super) mod object_added_twice;
pub(super) mod undefined_name;
pub(super) mod unnamed_constraint;
pub(super) mod used_before_created;

use std::collections::BTreeMap;

use super::audited::Audited;
use crate::finding::{Finding, Place};
use crate::replay::{Placed, Run, Step};
use crate::schema::{Change, Failure};
use crate::text::TextRange;

/// The failures of each step that are certain on every dialect in question, in the order of the replay that fits best.
fn failures(audited: &Audited, run: fn(&Step) -> &Run) -> Vec<(&Step, Vec<&Placed<Failure>>)> {
    let Some(best) = audited.best_replay() else { return Vec::new() };
    let everywhere = |script: usize, failure: &Placed<Failure>| {
        audited.replays.iter().all(|replay| {
            let step = replay.steps.iter().find(|step| step.script == script);
            step.is_some_and(|step| {
                run(step).failures.iter().any(|other| {
                    other.range == failure.range
                        && other.what.certain
                        // What is called alike on every dialect.
                        && other.what.is_same(&failure.what, None)
                })
            })
        })
    };
    best.steps
        .iter()
        .filter_map(|step| {
            let own: Vec<_> = run(step)
                .failures
                .iter()
                .filter(|failure| failure.what.certain && everywhere(step.script, failure))
                .collect();
            (!own.is_empty()).then_some((step, own))
        })
        .collect()
}

/// Which steps bring and take each table, column and index, by their names: `user`, `user.email`, `ix_user_email`.
#[derive(Debug, Default)]
struct Comings {
    brings: BTreeMap<String, Vec<(usize, TextRange)>>,
    takes: BTreeMap<String, Vec<(usize, TextRange)>>,
}

impl Comings {
    fn of(steps: &[Step]) -> Self {
        let mut comings = Self::default();
        for (at, step) in steps.iter().enumerate() {
            for Placed { range, what } in &step.upgrade.changes {
                let mut brings = |name: String| comings.brings.entry(name).or_default().push((at, *range));
                match what {
                    Change::TableCreated { table, columns } => {
                        columns.iter().for_each(|column| brings(format!("{table}.{column}")));
                        brings(table.to_string());
                    }
                    Change::TableRenamed { table, to } => {
                        brings(to.to_string());
                        comings.takes.entry(table.to_string()).or_default().push((at, *range));
                    }
                    Change::ColumnAdded { table, column } => brings(format!("{table}.{column}")),
                    Change::ColumnRenamed { table, column, to } => {
                        if let Some(to) = to {
                            brings(format!("{table}.{to}"));
                        }
                        comings.takes.entry(format!("{table}.{column}")).or_default().push((at, *range));
                    }
                    Change::IndexCreated { name: Some(name), .. }
                    | Change::ConstraintAdded { name: Some(name), .. } => brings(name.to_string()),
                    Change::ViewCreated { view } => brings(view.to_string()),
                    Change::TableDropped { table } => {
                        comings.takes.entry(table.to_string()).or_default().push((at, *range));
                    }
                    Change::ColumnDropped { table, column: Some(column) } => {
                        comings.takes.entry(format!("{table}.{column}")).or_default().push((at, *range));
                    }
                    Change::IndexDropped { name: Some(name), .. }
                    | Change::ConstraintDropped { name: Some(name), .. } => {
                        comings.takes.entry(name.to_string()).or_default().push((at, *range));
                    }
                    _ => {}
                }
            }
        }
        comings
    }
}

/// The id of a step's revision.
fn id(audited: &Audited, step: &Step) -> String {
    audited.scripts[step.script].id().unwrap_or_default().to_owned()
}

/// A place in a step's file.
fn place(audited: &Audited, step: &Step, range: TextRange) -> Place {
    Place { path: audited.scripts[step.script].path.clone(), range }
}

/// Puts a finding at the first of some places of a step, with all of them as evidence.
fn put(finding: &mut Finding, audited: &Audited, step: &Step, ranges: &[TextRange]) {
    finding.evidence = ranges.iter().map(|range| place(audited, step, *range)).collect();
    finding.place = finding.evidence.first().cloned();
    finding.revisions.push(id(audited, step));
}
