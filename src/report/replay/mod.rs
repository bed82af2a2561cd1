//! The replay in the report: what each migration does to the schema, where it stops, and the life of each table.

mod build;
mod json;
mod text;

use serde::{Deserialize, Serialize};

pub use crate::replay::{Direction, Fate, WayBack};
use crate::schema::{Dialect, FailureKind};
use crate::text::Shown;
pub(super) use build::{fates, replays};
pub use json::write_replay_json;
pub use text::write_replay;

/// What becomes of the migrations on an empty database of one dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayReport {
    /// `sqlite`, `postgresql` or `mysql`.
    pub dialect: Dialect,
    /// Whether no failure of the upgrade is certain.
    pub ok: bool,
    /// What fails, in order; the replay goes on after each.
    pub failures: Vec<FailureReport>,
    /// How much of the upgrades was understood.
    pub understood: Understood,
    /// How much of the schema at the head is certain, and what took the rest, as sentences.
    #[serde(default)]
    pub known: Shown,
    /// The same in numbers; the page has no use for them, and is smaller without.
    #[cfg_attr(feature = "ui", serde(skip))]
    #[cfg_attr(not(feature = "ui"), serde(default))]
    pub certainty: CertaintyReport,
    /// Each revision in Alembic's order; empty in a summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepReport>,
    /// Each table in the order of names and times; empty in a summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableReport>,
}

/// A place in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the first revision.
    Base,
    /// After a revision, by its place among the steps.
    After(usize),
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReport {
    /// The revision.
    pub revision: Shown,
    /// Its file.
    pub path: Shown,
    /// The line of the call, from 1.
    pub line: u32,
    /// In which of the two functions.
    pub direction: Direction,
    /// Whether it happens for certain.
    pub certain: bool,
    /// What is said.
    pub message: Shown,
    /// `no-such-table` and the like.
    pub kind: FailureKind,
    /// The object that it is about, such as `user.status`; empty where there is none.
    #[serde(default)]
    pub object: Shown,
}

/// What becomes of one revision's upgrade, over all dialects in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FateReport {
    /// The revision.
    pub revision: Shown,
    /// Its file.
    pub path: Shown,
    /// What becomes of its upgrade on an empty database.
    pub upgrade: Fate,
}

/// How many operations were met, and how many of them were not understood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Understood {
    /// All.
    pub operations: usize,
    /// Those that were not.
    pub unknown: usize,
}

/// How much of the schema at the head is certain, and what took the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertaintyReport {
    /// The tables and columns that are there for certain.
    pub certain: usize,
    /// All that are there or may be.
    pub all: usize,
    /// Whether there may be tables that no migration names.
    pub may_have_more: bool,
    /// What took the rest, the most first; empty in a summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<TakenReport>,
}

/// A call that took the certainty of tables and columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenReport {
    /// The revision.
    pub revision: Shown,
    /// Its file.
    pub path: Shown,
    /// The line of the call, from 1.
    pub line: u32,
    /// The call as written, in one line.
    pub text: Shown,
    /// What is not known of it: `a DO block`.
    pub what: Shown,
    /// How many tables and columns at the head are in doubt because of it.
    pub count: usize,
}

/// One revision of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// The revision.
    pub revision: Shown,
    /// Its file.
    pub path: Shown,
    /// How much of its upgrade was understood.
    pub understood: Understood,
    /// What was not understood, and why.
    pub unknown: Vec<NoteReport>,
    /// What the upgrade changes, in order.
    pub changes: Vec<NoteReport>,
    /// What the downgrade gives back.
    pub downgrade: WayBack,
    /// What the downgrade leaves behind or takes away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Shown>,
}

/// A sentence's end about one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteReport {
    /// The line, from 1.
    pub line: u32,
    /// What: `adds column user.oauth_id`.
    pub what: Shown,
}

/// A table from its creation to its end. Times are places in `steps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableReport {
    /// Its name, with its schema if it has one.
    pub name: Shown,
    /// Whether it is certain, at the end of its time, that it is there with these columns and no others.
    pub certain: bool,
    /// When that is in doubt: the step that brought the doubt, and the one that took it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<(usize, Option<usize>)>,
    /// The step that brought it.
    pub from: usize,
    /// The step that took it.
    pub until: Option<usize>,
    /// Its columns.
    pub columns: Vec<ColumnReport>,
    /// Its keys, constraints and indexes, as phrases.
    pub others: Vec<OtherReport>,
    /// What was done to it.
    pub events: Vec<EventReport>,
}

/// A column as it is for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnReport {
    /// Its name.
    pub name: Shown,
    /// Its type as written; empty when not known.
    #[serde(rename = "type")]
    pub kind: Shown,
    /// Whether NULL is allowed; `null` when not known.
    pub nullable: Option<bool>,
    /// The server's default as written.
    pub default: Option<Shown>,
    /// Whether all of that is certain.
    pub certain: bool,
    /// The step that brought it.
    pub from: usize,
    /// The step that took or changed it.
    pub until: Option<usize>,
}

/// A key, a constraint or an index, as a phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherReport {
    /// The phrase: `index ix_user_email (email)`.
    pub what: Shown,
    /// The step that brought it.
    pub from: usize,
    /// The step that took it.
    pub until: Option<usize>,
}

/// One thing that was done to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventReport {
    /// The step.
    pub step: usize,
    /// The line, from 1.
    pub line: u32,
    /// What.
    pub what: Shown,
}

impl ReplayReport {
    /// The first certain failure of the upgrade: where a database would stop.
    pub fn stops_at(&self) -> Option<&FailureReport> {
        self.failures.iter().find(|failure| failure.certain && failure.direction == Direction::Upgrade)
    }

    /// The tables at a moment, each with the step after which it is told.
    pub fn tables_then(&self, moment: Moment) -> Vec<(&TableReport, usize)> {
        match moment {
            Moment::Base => Vec::new(),
            Moment::After(step) => self.tables_at(step).map(|table| (table, step)).collect(),
        }
    }

    /// The tables after a step.
    pub fn tables_at(&self, step: usize) -> impl Iterator<Item = &TableReport> {
        self.tables.iter().filter(move |table| table.is_at(step))
    }

    /// The place of a revision among the steps.
    pub fn step_of(&self, revision: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.revision == revision)
    }

    /// When all of some revisions have run; nothing where one of them is not followed.
    pub fn moment(&self, revisions: &[impl AsRef<str>]) -> Option<Moment> {
        let steps: Option<Vec<usize>> =
            revisions.iter().map(|revision| self.step_of(revision.as_ref())).collect();
        Some(steps?.into_iter().max().map_or(Moment::Base, Moment::After))
    }
}

impl TableReport {
    /// Whether it is there after a step.
    pub fn is_at(&self, step: usize) -> bool {
        is_at(step, self.from, self.until)
    }

    /// Whether it is certain, after a step, that it is there with its columns and no others.
    pub fn is_certain_at(&self, step: usize) -> bool {
        !self.doubts.iter().any(|&(from, until)| is_at(step, from, until))
    }

    /// Whether a step did something to it.
    pub fn is_touched_by(&self, step: usize) -> bool {
        let at = self.events.partition_point(|event| event.step < step);
        self.from == step
            || self.until == Some(step)
            || self.events.get(at).is_some_and(|event| event.step == step)
    }

    /// Its columns after a step.
    pub fn columns_at(&self, step: usize) -> impl Iterator<Item = &ColumnReport> {
        self.columns.iter().filter(move |column| column.is_at(step))
    }

    /// Its keys, constraints and indexes after a step.
    pub fn others_at(&self, step: usize) -> impl Iterator<Item = &str> {
        self.others.iter().filter(move |other| other.is_at(step)).map(|other| &*other.what)
    }
}

impl ColumnReport {
    /// Whether it is there, and is so, after a step.
    pub fn is_at(&self, step: usize) -> bool {
        is_at(step, self.from, self.until)
    }

    /// Its type, where that is known.
    pub fn known_type(&self) -> Option<&str> {
        Some(&*self.kind).filter(|kind| !kind.is_empty())
    }
}

impl OtherReport {
    /// Whether it is there after a step.
    pub fn is_at(&self, step: usize) -> bool {
        is_at(step, self.from, self.until)
    }
}

fn is_at(step: usize, from: usize, until: Option<usize>) -> bool {
    from <= step && until.is_none_or(|until| step < until)
}
