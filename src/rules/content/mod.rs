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

use crate::audited::Audited;
use crate::finding::{Finding, Place};
use crate::replay::{Placed, Replay, Run, Step};
use crate::schema::{Change, Dialect, Failure, ObjectName};
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

/// Which steps bring and take each object, in their order.
#[derive(Debug)]
struct Comings {
    brings: Moments,
    takes: Moments,
}

/// Objects, each with the step and the call that brings or takes it.
#[derive(Debug)]
struct Moments {
    dialect: Dialect,
    /// By the words that each is found by.
    all: BTreeMap<Box<str>, Vec<(ObjectName, usize, TextRange)>>,
}

impl Moments {
    fn of(replay: &Replay, objects: fn(&Change) -> Vec<ObjectName>) -> Self {
        let mut moments = Self { dialect: replay.rules.dialect, all: BTreeMap::new() };
        for (at, step) in replay.steps.iter().enumerate() {
            for Placed { range, what } in &step.upgrade.changes {
                for object in objects(what) {
                    moments.all.entry(object.key()).or_default().push((object, at, *range));
                }
            }
        }
        moments
    }

    /// When an object came or went, as the database compares names; in order.
    fn get(&self, object: Option<&ObjectName>) -> impl DoubleEndedIterator<Item = (usize, TextRange)> {
        let alike = object.and_then(|object| self.all.get(&object.key())).into_iter().flatten();
        alike.filter_map(move |(own, at, range)| {
            object.is_some_and(|object| own.is(object, Some(self.dialect))).then_some((*at, *range))
        })
    }
}

impl Comings {
    fn of(replay: &Replay) -> Self {
        Self { brings: Moments::of(replay, Change::brings), takes: Moments::of(replay, Change::takes) }
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
