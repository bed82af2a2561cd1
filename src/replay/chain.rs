//! A whole chain: every `upgrade()` from an empty database in Alembic's order, and every `downgrade()` back.
//!
//! It goes on after a failure, as if what failed had been there, so that each fault is told once. Each downgrade runs on
//! the schema that its own upgrade left, and must give back the schema before. Where there are several databases, each
//! revision runs on every one of them, which has a schema of its own; the tables of all are shown side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::doubts::{Doubts, Known};
use super::run::{Entry, Followed, Module};
use super::version::{self, Width};
use crate::schema::{
    ConstraintType, Dialect, DialectRules, Difference, Failure, FailureKind, Name, Operation, Schema,
    SchemaChange, TableName, Touches,
};
use crate::source::{Databases, Running, Script, Transactions, takes};
use crate::text::TextRange;

/// A chain followed on one dialect.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The dialect, and the naming convention.
    pub rules: Arc<DialectRules>,
    /// Every revision in Alembic's order.
    pub steps: Vec<Step>,
    /// The place of each script among the steps.
    places: BTreeMap<usize, usize>,
    /// Every database that is migrated; never empty.
    databases: Vec<Migrated>,
}

/// One database, as far as it is migrated.
#[derive(Debug, Clone)]
struct Migrated {
    /// Its name; empty for the default one, and where there are no others.
    name: String,
    schema: Schema,
    /// What of the schema is in doubt.
    doubts: Doubts,
    /// How wide the column is that holds the revision.
    width: Width,
}

/// One revision of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The script, by its place among the scripts.
    pub script: usize,
    /// Its `upgrade()`.
    pub upgrade: Run,
    /// Its `downgrade()`, on the schema after the upgrade.
    pub downgrade: Run,
    /// What the downgrade leaves behind or takes away, for certain; empty where it was not understood in full.
    pub differences: Vec<Difference>,
    /// The schema after the upgrade.
    pub after: Schema,
}

/// What following one function gave.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Whether there is such a function.
    pub is_there: bool,
    /// What fails, in order: for the account to judge, and for nobody else.
    pub(super) failures: Vec<Placed<Failure>>,
    /// What it changes, in order.
    pub changes: Vec<Placed<SchemaChange>>,
    /// How many operations were met.
    pub operations: usize,
    /// Those that were not understood, and why.
    pub unknown: Vec<Placed<Box<str>>>,
    /// What is worth knowing of single operations, in order.
    pub notes: Vec<Placed<Note>>,
    /// How many operations run only under conditions that are not known.
    pub in_doubt: usize,
    /// Whether some of the changes hang on no condition that is not known.
    pub certainly_changes: bool,
    /// Tables of which rows are deleted, perhaps all.
    pub empties: Vec<TableName>,
    /// Tables that it makes or drops whether they are there or not (`IF EXISTS`, `IF NOT EXISTS`), or drops where none is.
    pub(super) guards: Vec<TableName>,
    /// The class of the exception that it raises by itself, for certain.
    pub raises: Option<Placed<String>>,
}

/// Something worth knowing of one operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// A constraint without a name is added to a table that is there already: what it is, and the table.
    Unnamed(&'static str, TableName),
    /// A constraint without a name is dropped from a table: its kind where that is named, and the table.
    DropsUnnamed(Option<ConstraintType>, TableName),
    /// A column that refuses NULL and has no default is added to a table: the table, and the column.
    NotNull(TableName, Box<str>),
    /// The revision's id is longer than `alembic_version` holds on other databases.
    TooLong,
}

/// Something with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed<T> {
    /// The call.
    pub range: TextRange,
    /// The thing.
    pub what: T,
}

impl Replay {
    /// Nothing followed yet.
    pub(super) fn begin(rules: DialectRules, width: Width, running: &Running) -> Self {
        let rules = Arc::new(rules);
        let begin = |name: &String| Migrated {
            name: name.clone(),
            schema: Schema::empty(Arc::clone(&rules)),
            doubts: Doubts::default(),
            width,
        };
        let names = running.databases.as_ref().map_or(&[][..], |databases| &databases.names);
        let databases =
            if names.is_empty() { vec![begin(&String::new())] } else { names.iter().map(begin).collect() };
        Self { rules, steps: Vec::new(), places: BTreeMap::new(), databases }
    }

    /// Takes in what others than the migrations may do.
    pub(super) fn taint(&mut self, touches: &Touches) {
        self.databases.iter_mut().for_each(|database| database.schema.taint(touches));
    }

    /// Takes in what a migration may do while it is loaded, which all are before the first one runs.
    pub(super) fn load(&mut self, module: &mut Module<'_>) {
        for database in &mut self.databases {
            for operation in module.at_loading(&database.schema) {
                let mut done = database.schema.clone();
                done.apply(&operation);
                database.schema = database.schema.join(&done);
            }
        }
    }

    /// Follows one more revision.
    pub(super) fn step(&mut self, at: usize, script: &Script, module: &mut Module<'_>, running: &Running) {
        let are_several = self.databases.len() > 1;
        let mut step = Step {
            script: at,
            upgrade: Run::default(),
            downgrade: Run::default(),
            differences: Vec::new(),
            after: self
                .steps
                .last()
                .map_or_else(|| Schema::empty(Arc::clone(&self.rules)), |step| step.after.clone()),
        };
        for database in &mut self.databases {
            let before = database.schema.clone();
            let (mut upgrade, mut downgrade, mut differences) = database.step(at, script, module, running);
            if are_several {
                differences.iter_mut().for_each(|difference| difference.put_within(&database.name));
                upgrade.name_tables_within(&database.name);
                downgrade.name_tables_within(&database.name);
                step.after.show(&database.name, &before, &database.schema);
            } else {
                step.after = database.schema.clone();
            }
            step.upgrade.join(upgrade);
            step.downgrade.join(downgrade);
            step.differences.extend(differences);
        }
        self.places.insert(at, self.steps.len());
        self.steps.push(step);
    }

    /// The name of a table, without the one of several databases that it is in.
    pub fn without_database(&self, name: &TableName) -> TableName {
        let mut databases = self.databases.iter().filter(|_| self.databases.len() > 1);
        databases.find_map(|database| name.out_of(&database.name)).unwrap_or_else(|| name.clone())
    }

    /// A change as a migration writes it: without the one of several databases that it is in.
    pub fn as_written(&self, change: &SchemaChange) -> SchemaChange {
        let mut change = change.clone();
        change.names_mut().into_iter().for_each(|name| *name = self.without_database(name));
        change
    }

    /// The step of a script; nothing where it is in no order.
    pub fn step_of(&self, script: usize) -> Option<&Step> {
        self.places.get(&script).map(|&at| &self.steps[at])
    }

    /// How much of the schema at the head is certain, and what took the rest.
    pub fn known(&self) -> Known {
        let all = self.databases.iter().map(|database| database.doubts.known(&database.schema));
        all.reduce(Known::and).unwrap_or_default()
    }

    /// How many operations were met in all upgrades, and how many were not understood.
    pub fn understood(&self) -> (usize, usize) {
        self.steps.iter().fold((0, 0), |(all, unknown), step| {
            (all + step.upgrade.operations, unknown + step.upgrade.unknown.len())
        })
    }
}

impl Migrated {
    /// Follows one more revision: its upgrade, its downgrade, and what that leaves behind or takes away.
    fn step(
        &mut self,
        at: usize,
        script: &Script,
        module: &mut Module<'_>,
        running: &Running,
    ) -> (Run, Run, Vec<Difference>) {
        let program = &script.program;
        let dialect = self.schema.rules().dialect;
        let databases = running.databases.as_ref();
        let is_there = |name: &str| program.function(name).is_some();
        // Nobody knows whether there is a database of that name.
        let is_of_unknown = |databases: &Databases, name: &str| {
            let function = program.function(name);
            !databases.are_known && function.is_some_and(|function| takes(function, &databases.keyword))
        };
        let mut run =
            |name: &str, schema: Schema| module.follow(name, Some(&self.name), schema, Some(dialect));
        match running.transactions {
            Transactions::OfEach => self.schema.commit(true),
            Transactions::Shared => {}
            Transactions::NotKnown => self.schema.commit(false),
        }
        let before = self.schema.clone();
        let up = run("upgrade", before.clone());
        let after = up.schema.clone();
        self.doubts.step(at, &up.log, &before, &after);
        self.width = self.width.after(&up.log);
        let mut state = after.clone();
        state.begin_command();
        let down = run("downgrade", state);
        let back = down.schema.clone();
        let mut upgrade = Run::from(up, is_there("upgrade"));
        upgrade.raising_is_failing();
        let mut downgrade = Run::from(down, is_there("downgrade"));
        for (run, name) in [(&mut upgrade, "upgrade"), (&mut downgrade, "downgrade")] {
            if databases.is_some_and(|databases| is_of_unknown(databases, name)) {
                run.failures.iter_mut().for_each(|placed| placed.what.certain = false);
            }
        }
        match version::refusal(script, self.width) {
            // It stores what others refuse.
            Some(Placed { range, what }) if dialect == Dialect::Sqlite => {
                upgrade.notes.extend(what.certain.then_some(Placed { range, what: Note::TooLong }));
            }
            refused => upgrade.failures.extend(refused),
        }
        let is_clear = upgrade.in_doubt + downgrade.in_doubt == 0
            && !upgrade.changes.is_empty()
            && upgrade.unknown.is_empty()
            && downgrade.unknown.is_empty()
            && upgrade.failures.is_empty()
            && downgrade.failures.is_empty()
            && downgrade.raises.is_none();
        let differences = if is_clear { before.differences(&back) } else { Vec::new() };
        self.schema = after;
        (upgrade, downgrade, differences)
    }
}

impl Run {
    /// Takes in the same function, as it runs on another database.
    fn join(&mut self, other: Self) {
        let Self {
            is_there,
            failures,
            changes,
            operations,
            unknown,
            notes,
            in_doubt,
            certainly_changes,
            empties,
            guards,
            raises,
        } = other;
        self.is_there |= is_there;
        // What has nothing to do with a database is told once.
        join_each(&mut self.failures, failures);
        self.failures.sort_by_key(|failure| failure.range);
        self.changes.extend(changes);
        self.operations += operations;
        self.unknown.extend(unknown);
        join_each(&mut self.notes, notes);
        self.in_doubt += in_doubt;
        self.certainly_changes |= certainly_changes;
        self.empties.extend(empties);
        self.guards.extend(guards);
        self.raises = self.raises.take().or(raises);
    }

    /// Names every table with the database that it is in.
    fn name_tables_within(&mut self, database: &str) {
        let objects = self.failures.iter_mut().filter_map(|placed| placed.what.object.as_mut());
        objects.for_each(|object| object.names_mut().into_iter().for_each(|name| name.put_within(database)));
        let changes = self.changes.iter_mut().flat_map(|placed| placed.what.names_mut());
        let notes = self.notes.iter_mut().filter_map(|placed| match &mut placed.what {
            Note::Unnamed(_, table) | Note::DropsUnnamed(_, table) | Note::NotNull(table, _) => Some(table),
            Note::TooLong => None,
        });
        let others = self.empties.iter_mut().chain(&mut self.guards);
        changes.chain(notes).chain(others).for_each(|name| name.put_within(database));
    }

    /// Whether it is known to run: all of it was understood, and nothing fails or may.
    pub fn is_clear(&self) -> bool {
        self.unknown.is_empty() && self.in_doubt == 0 && self.failures.is_empty()
    }

    fn from(followed: Followed, is_there: bool) -> Self {
        let mut run = Self { is_there, ..Self::default() };
        for (range, failure) in followed.errors {
            run.failures.push(Placed { range, what: failure });
        }
        let mut caught = Vec::new();
        for entry in followed.log {
            let places: Vec<_> =
                (0..entry.outcome.failures.len()).map(|at| entry.place_of_failure(at)).collect();
            let changed: Vec<_> =
                (0..entry.outcome.changes.len()).map(|at| entry.place_of_change(at)).collect();
            let Entry { operation, range, parts, outcome, is_caught, is_certain, .. } = entry;
            // What is asked of a statement beside what it does is no operation of its own.
            let is_asked =
                matches!(operation, Operation::Constants { .. } | Operation::OutsideTransaction { .. });
            run.operations += usize::from(!is_asked);
            let is_data = is_asked || matches!(operation, Operation::Data { .. } | Operation::Noted { .. });
            run.in_doubt += usize::from((!is_certain && !is_data) || outcome.in_doubt);
            run.certainly_changes |=
                is_certain && !is_caught && !outcome.in_doubt && !outcome.changes.is_empty();
            if is_certain && !is_caught {
                note(&operation, range, &parts, outcome.copies, &mut run.notes);
            }
            if let Operation::Data { verb: "DELETE" | "TRUNCATE" | "TRUNCATE CASCADE", uses, .. } = &operation
            {
                run.empties.extend(uses.iter().map(|(table, _)| table.clone()));
            }
            let is_missing = outcome.failures.iter().any(|failure| failure.kind == FailureKind::NoSuchTable);
            operation.visit(&mut |operation| match operation {
                Operation::Unknown { what, .. } => run.unknown.push(Placed { range, what: what.clone() }),
                Operation::DropTable { table, if_exists, .. } if *if_exists || is_missing => {
                    run.guards.push(table.clone());
                }
                Operation::CreateTable { table, if_not_exists: true, .. } => run.guards.push(table.clone()),
                _ => {}
            });
            let failures = if is_caught { &mut caught } else { &mut run.failures };
            failures.extend(placed(outcome.failures, places));
            run.changes.extend(placed(outcome.changes, changed));
        }
        // A caught failure may have been raised again.
        if let Some(raised) = followed.raised.filter(|raised| raised.is_certain) {
            let is_told = run.failures.iter().any(|failure| failure.range == raised.range);
            let again =
                caught.into_iter().rfind(|failure| failure.range == raised.range && failure.what.certain);
            if let Some(again) = again.filter(|_| raised.words.is_some()) {
                run.failures.push(again);
            } else if !is_told {
                run.raises = Some(Placed { range: raised.range, what: raised.class.to_string() });
            }
        }
        run.failures.sort_by_key(|failure| failure.range);
        run
    }

    /// An upgrade that raises by itself fails; a downgrade that does says that there is no way back.
    fn raising_is_failing(&mut self) {
        let Some(Placed { range, what: class }) = self.raises.take() else { return };
        let kind =
            if class == "NotImplementedError" { FailureKind::NotSupported } else { FailureKind::Other };
        let message = format!("raises {class}");
        self.failures.push(Placed { range, what: Failure::new(kind, None, message, true) });
    }
}

/// Takes in those that are not there yet, each once.
fn join_each<T: Ord>(own: &mut Vec<T>, others: Vec<T>) {
    let is_new: Vec<bool> = {
        let mut seen: BTreeSet<&T> = own.iter().collect();
        others.iter().map(|other| seen.insert(other)).collect()
    };
    own.extend(others.into_iter().zip(is_new).filter_map(|(other, is_new)| is_new.then_some(other)));
}

/// Each with its place.
fn placed<T>(all: Vec<T>, places: Vec<TextRange>) -> impl Iterator<Item = Placed<T>> {
    all.into_iter().zip(places).map(|(what, range)| Placed { range, what })
}

/// What is worth knowing of an operation.
fn note(
    operation: &Operation,
    range: TextRange,
    parts: &[TextRange],
    copies: bool,
    notes: &mut Vec<Placed<Note>>,
) {
    let what = match operation {
        Operation::AddConstraint { table, constraint } if constraint.name == Name::Unnamed => {
            Note::Unnamed(constraint.kind.title(), table.clone())
        }
        Operation::DropConstraint { table, name: Name::Unnamed, word, .. } => {
            Note::DropsUnnamed(*word, table.clone())
        }
        Operation::AddColumn { table, column, .. }
            if column.nullable == Some(false)
                && column.default.is_none()
                && !column.generated
                && !column.primary_key
                // Rows that are copied get Python's.
                && !(copies && column.fills) =>
        {
            Note::NotNull(table.clone(), column.name.clone())
        }
        Operation::Batch { changes, .. } => {
            let places = parts.iter().copied().chain(std::iter::repeat(range));
            return changes
                .iter()
                .zip(places)
                .for_each(|(change, range)| note(change, range, &[], copies, notes));
        }
        _ => return,
    };
    notes.push(Placed { range, what });
}

#[cfg(test)]
mod tests {
    use super::join_each;

    #[test]
    fn what_is_there_already_is_taken_in_once() {
        let mut own = vec![3, 1];
        join_each(&mut own, vec![2, 3, 2, 0]);
        assert_eq!(own, [3, 1, 2, 0]);
    }
}
