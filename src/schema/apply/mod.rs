//! One operation applied to the virtual schema, by the rules of its database.
//!
//! What is merely possible is not reported: a failure is told where something is known to be in the way. After a failure
//! the schema goes on as if the operation had found what it needs, so that one fault is told once.

mod batch;
mod children;
mod columns;
mod conditional;
mod constants;
mod constraints;
mod copy;
mod data;
mod decided;
mod drop_column;
mod extensions;
mod given;
mod indexes;
mod names;
mod objects;
mod references;
mod tables;
mod types;
mod views;
mod virtual_tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::{is_built_in, same};
use super::state::{Detail, ObjectKind, Schema};
use super::table::LinkKind;
use super::{
    Applied, Column, Dialect, Exception, Failure, FailureKind, Name, ObjectName, OnRows, Operation, Part,
    Recreate, SchemaChange, Table, TableName,
};

/// An operation in the making.
struct Applying<'a> {
    schema: &'a mut Schema,
    applied: Applied,
    told: Told,
}

/// What is told already.
#[derive(Debug, Default)]
struct Told {
    /// The places of the failures, by their kind and a word for what they are about.
    places: BTreeMap<(FailureKind, Option<Box<str>>), Vec<usize>>,
    /// Whether one of them is certain.
    has_failed: bool,
}

impl Schema {
    /// Applies one operation as its database would: what it refuses, and what it changes.
    pub fn apply(&mut self, operation: &Operation) -> Applied {
        let mut applying = Applying::on(self);
        applying.apply(operation);
        applying.applied
    }

    /// Whether a batch of these changes copies its table on this database, instead of making each by itself.
    pub fn copies(&self, changes: &[Operation], recreate: Recreate) -> bool {
        let mut schema = self.clone();
        Applying::on(&mut schema).copies(changes, recreate)
    }
}

impl<'a> Applying<'a> {
    fn on(schema: &'a mut Schema) -> Self {
        Self { schema, applied: Applied::default(), told: Told::default() }
    }
}

impl Applying<'_> {
    fn apply(&mut self, operation: &Operation) {
        use Operation as O;
        match operation {
            O::CreateTable { table, columns, complete, constraints, indexes, if_not_exists } => {
                self.create_table(table, columns, constraints, indexes, *complete, *if_not_exists);
            }
            O::DropTable { table, if_exists, cascade, together } => {
                self.drop_table(table, *if_exists, *cascade, together);
            }
            O::RenameTable { table, to } if self.is(Dialect::Postgresql) => {
                self.rename(None, table, to, false);
            }
            O::RenameTable { table, to } => self.rename_table(table, to),
            O::AddColumn { table, column, if_not_exists } => self.add_column(table, column, *if_not_exists),
            O::DropColumn { table, column, if_exists, cascade } => {
                self.drop_column(table, column.as_deref(), *if_exists, *cascade);
            }
            O::AlterColumn { table, column, change } => self.alter_column(table, column.as_deref(), change),
            O::CreateIndex { table, index, if_not_exists } => self.create_index(table, index, *if_not_exists),
            O::DropIndex { name, schema, table, if_exists, cascade } => {
                self.drop_index(name, schema.as_deref(), table.as_ref(), *if_exists, *cascade);
            }
            O::Rename { kind, name, to, if_exists } => self.rename(Some(*kind), name, to, *if_exists),
            O::PromoteIndex { table, index, name, primary } => {
                self.promote_index(table, index, name.as_deref(), *primary);
            }
            O::NeedConstraint { table, name } => self.need_constraint(table, name),
            O::If { condition, then, otherwise } => self.conditional(condition, then, otherwise),
            O::Try { body, handlers } => self.tried(body, handlers),
            O::AddConstraint { table, constraint } => self.add_constraint(table, constraint),
            O::DropConstraint { table, name, in_sql: true, .. } if self.is(Dialect::Sqlite) => {
                self.refuse_drop_constraint(table, name);
            }
            O::DropConstraint { table, name, word, if_exists, cascade, in_sql } => {
                self.drop_constraint(table, name, *word, *if_exists, *cascade, *in_sql);
            }
            O::RenameConstraint { table, name, to } => self.rename_constraint(table, name, to),
            O::Batch { table, changes, recreate, names_unnamed, given } => {
                self.applied.copies = self.copies(changes, *recreate);
                if self.applied.copies && self.is(Dialect::Sqlite) {
                    self.copy_table(table, changes, *names_unnamed, given.as_ref());
                } else {
                    if let Some(given) = given.as_ref().filter(|_| *recreate == Recreate::Always) {
                        self.need_given(table, changes, given);
                    }
                    for change in changes {
                        self.part(|applying| applying.apply(change));
                    }
                }
            }
            O::Constants { all } => self.check_constants(all),
            O::Data { verb, uses, rows } => self.data(verb, uses, *rows),
            O::Noted { table, rows, .. } => {
                if let Some(table) = table {
                    self.need_relation(table);
                    if *rows == OnRows::Guards {
                        self.refuse_virtual(table, "given triggers");
                    }
                }
                self.change_rows(*rows, table.as_ref());
            }
            O::Unknown { touches, .. } => {
                self.schema.taint(touches);
                self.doubt_children(touches);
                self.schema.forget_rows();
            }
            O::Refused { message, by, table } => {
                if by.contains(&self.dialect()) {
                    table.iter().for_each(|table| self.need_relation(table));
                    self.report(FailureKind::NotSupported, None, message.to_string(), true);
                }
            }
            O::CreateEnum { kind, if_not_exists } => self.create_named_enum(kind, *if_not_exists),
            O::DropEnum { name, schema, if_exists, cascade } => {
                let name = name.as_deref().map(|name| TableName::new(schema.as_deref(), name));
                self.drop_enum(name.as_ref(), *if_exists, *cascade);
            }
            O::RenameEnum { name, to } => self.rename_enum(name, to),
            O::RenameEnumValue { name, value, to } => self.rename_enum_value(name, value, to),
            O::NeedType { name } => self.need_enum(name),
            O::AddEnumValue { name, value, if_not_exists } => {
                self.add_enum_value(name, value, *if_not_exists);
            }
            O::CreateView { view, query, replace, if_not_exists } => {
                self.create_view(view, query, *replace, *if_not_exists);
            }
            O::DropView { view, materialized, if_exists, cascade, together } => {
                self.drop_view(view, *materialized, *if_exists, *cascade, together);
            }
            O::CreateSequence { name, owner, if_not_exists } => {
                self.create_sequence(name, owner.as_ref(), *if_not_exists);
            }
            O::DropSequence { name, if_exists, cascade } => self.drop_sequence(name, *if_exists, *cascade),
            O::AlterSequence { name, owner, if_exists } => self.alter_sequence(name, owner, *if_exists),
            O::CreateSchema { name, if_not_exists } => self.create_namespace(name, *if_not_exists),
            O::RenameSchema { name, to } => self.rename_namespace(name, to),
            O::Savepoint { name } => self.begin_savepoint(name),
            O::EndSavepoint { name, rolls_back } => self.end_savepoint(name, *rolls_back),
            O::Inherits { table, parents, is_partition } => {
                self.inherit(table, parents, *is_partition);
            }
            O::TemporaryTable { table } => {
                self.hide(table);
                self.put(ObjectKind::OfSession, table, true, Detail::Nothing);
                if self.schema.table(table).is_none() {
                    self.schema.put_table(table, Some(Table::assumed(table.clone(), self.dialect())));
                }
            }
            O::NeedIndex { name } => self.need_index(name),
            O::NeedFunction { name } => {
                self.need_function(name);
            }
            O::OutsideTransaction { what } => self.need_no_transaction(what),
            O::CreateExtension { name, if_not_exists, cascade } => {
                self.create_extension(name.as_deref(), *if_not_exists, *cascade);
            }
            O::DropExtension { name, if_exists, cascade } => self.drop_extension(name, *if_exists, *cascade),
            O::Raise { message } => self.report(FailureKind::Other, None, message.to_string(), true),
            O::DropSchema { name, if_exists, cascade } => self.drop_namespace(name, *if_exists, *cascade),
            // Whoever hands operations over has put the schemas into their names.
            O::SearchPath { .. } => {}
        }
    }

    /// PostgreSQL: what cannot be undone is refused inside a transaction.
    fn need_no_transaction(&mut self, what: &str) {
        let is_shared = self.schema.is_in_transaction();
        if self.is(Dialect::Postgresql) && !is_shared.is_no() {
            let message = format!("{what} cannot run inside a transaction block");
            let failure = Failure::new(FailureKind::Other, None, message, is_shared.is_yes());
            self.tell(Failure { exception: Exception::Database, ..failure });
        }
    }

    /// One change of a batch is made.
    fn part(&mut self, change: impl FnOnce(&mut Self)) {
        let (n_failures, n_changes) = (self.applied.failures.len(), self.applied.changes.len());
        change(self);
        let failures = n_failures..self.applied.failures.len();
        let changes = n_changes..self.applied.changes.len();
        self.applied.parts.push(Part { failures, changes });
    }

    fn dialect(&self) -> Dialect {
        self.schema.dialect()
    }

    fn is(&self, dialect: Dialect) -> bool {
        self.dialect() == dialect
    }

    /// A failure that happens for certain.
    fn fail(&mut self, kind: FailureKind, object: ObjectName, message: String) {
        self.report(kind, Some(object), message, true);
    }

    /// A failure of a table that happens for certain.
    fn fail_table(&mut self, kind: FailureKind, table: &TableName, message: String) {
        self.fail(kind, ObjectName::Table(table.clone()), message);
    }

    /// A failure of Alembic's batch mode, which happens before the database is asked.
    fn fail_in_batch(&mut self, kind: FailureKind, object: ObjectName, message: String) {
        let failure = Failure::new(kind, Some(object), message, true);
        self.tell(Failure { exception: Exception::Value, ..failure });
    }

    fn report(&mut self, kind: FailureKind, object: Option<ObjectName>, message: String, certain: bool) {
        self.tell(Failure::new(kind, object, message, certain));
    }

    fn tell(&mut self, failure: Failure) {
        let dialect = self.dialect();
        let all = &mut self.applied.failures;
        let key = (failure.kind, failure.object.as_ref().map(ObjectName::key));
        let alike = self.told.places.entry(key).or_default();
        if !alike.iter().any(|&at| all[at].is_same(&failure, dialect)) {
            alike.push(all.len());
            self.told.has_failed |= failure.certain;
            all.push(failure);
        }
    }

    fn changed(&mut self, change: SchemaChange) {
        self.applied.changes.push(change);
    }

    /// Whether the operation has failed for certain.
    fn has_failed(&self) -> bool {
        self.told.has_failed
    }

    /// A table must be there to be altered. One that is missing is taken to be there from now on.
    fn need_table(&mut self, table: &TableName) {
        if is_built_in(self.dialect(), table) || !self.schema.has_table(table).is_no() {
            return;
        }
        if self.schema.has(ObjectKind::View, table).is_yes() {
            self.fail_table(FailureKind::Other, table, format!("{table} is a view, not a table"));
            return;
        }
        // A view of the session may be in front of it, or there may be another, which PostgreSQL lets alter.
        if self.schema.has_view_of_session(table)
            || self.is(Dialect::Postgresql) && self.view(table).is_some()
        {
            return;
        }
        if self.is(Dialect::Postgresql) && self.is_index(table) {
            self.fail_table(FailureKind::Other, table, format!("{table} is an index, not a table"));
            return;
        }
        if self.is(Dialect::Postgresql) && self.schema.has(ObjectKind::Sequence, table).is_yes() {
            self.fail_table(FailureKind::Other, table, format!("{table} is a sequence, not a table"));
            return;
        }
        self.no_table(table);
    }

    /// A table or a view must be there to be read.
    fn need_relation(&mut self, table: &TableName) {
        let has = self.schema.has_table(table).or(self.schema.has_view(table));
        let is_index = self.is(Dialect::Postgresql) && self.index_owner(table).is_some();
        if !is_built_in(self.dialect(), table) && !is_index && has.or(self.schema.has_sequence(table)).is_no()
        {
            self.no_table(table);
        }
    }

    fn no_table(&mut self, table: &TableName) {
        self.fail_table(FailureKind::NoSuchTable, table, format!("no such table: {table}"));
        self.schema.put_table(table, Some(Table::assumed(table.clone(), self.dialect())));
    }

    fn no_column(&mut self, table: &TableName, column: &str) {
        let object = ObjectName::column(table, column);
        let message = format!("no such column: {object}");
        self.fail(FailureKind::NoSuchColumn, object, message);
    }

    fn column_exists(&mut self, table: &TableName, column: &str) {
        let object = ObjectName::column(table, column);
        let message = format!("duplicate column name: {object}");
        self.fail(FailureKind::ColumnExists, object, message);
    }

    /// A column must be there. One that is missing is taken to be there from now on.
    fn need_column(&mut self, table: &TableName, column: &str) {
        let dialect = self.dialect();
        let Some(found) = self.schema.table(table) else {
            let columns = self.all_columns(table);
            if columns.is_some_and(|columns| !columns.iter().any(|own| same(dialect, own, column))) {
                self.no_column(table, column);
            }
            return;
        };
        if !found.has_column(column, dialect).is_no() || self.is_hidden_column(table, column) {
            return;
        }
        self.no_column(table, column);
        let assumed = Column::assumed(column);
        self.schema.edit(table, |table| table.columns.push(Arc::new(assumed)));
    }

    /// Whether something is moved to the schema that it is in, by another way to write it: `SET SCHEMA public`.
    fn is_moved_nowhere(&self, name: &TableName, to: &TableName) -> bool {
        name.schema != to.schema && self.schema.fold(name) == self.schema.fold(to)
    }

    /// Whether a name is certainly taken by a table, a view, a sequence or an index.
    fn is_taken(&self, name: &TableName) -> bool {
        let shared = !self.is(Dialect::Mysql);
        self.schema.has_table(name).is_yes()
            || self.schema.has(ObjectKind::View, name).is_yes()
            || (self.is(Dialect::Postgresql) && self.schema.has(ObjectKind::Sequence, name).is_yes())
            || self.schema.has(ObjectKind::Index, name).is_yes()
            || (shared && self.index_owner(name).is_some_and(|(_, certain)| certain))
    }

    /// The table that has an index of that name, one of a constraint too, and whether that is certain.
    fn index_owner(&self, name: &TableName) -> Option<(TableName, bool)> {
        let dialect = self.dialect();
        let has_own_indexes = self.is(Dialect::Postgresql);
        let owners = self.schema.linked(LinkKind::Index, name).filter_map(|key| {
            let table = self.schema.table(key)?;
            let is_it = |own: &Name| own.written().is_some_and(|own| same(dialect, own, &name.name));
            let keys =
                table.constraints.iter().filter(|own| has_own_indexes && own.is_index() && is_it(&own.name));
            let indexes = table.indexes.iter().filter(|own| is_it(&own.name));
            let certain = keys.map(|own| own.certain).chain(indexes.map(|own| own.certain)).max()?;
            Some((key.clone(), certain && table.certain))
        });
        owners.max_by_key(|(_, certain)| *certain)
    }

    /// Whether a batch copies the table. Source: `requires_recreate_in_batch`.
    fn copies(&self, changes: &[Operation], recreate: Recreate) -> bool {
        match recreate {
            Recreate::Always => true,
            Recreate::Never => false,
            Recreate::Auto if !self.is(Dialect::Sqlite) => false,
            Recreate::Auto => changes.iter().any(|change| match change {
                Operation::AddColumn { column, .. } => {
                    (column.unique && !column.index)
                        || !column.constraints.iter().all(|own| own.kind.word() == CHECK)
                        || self.type_check(column).is_some()
                }
                Operation::CreateIndex { .. } | Operation::DropIndex { .. } => false,
                _ => true,
            }),
        }
    }
}

/// The word of constraints that stand in a column's own declaration.
const CHECK: Option<super::ConstraintType> = Some(super::ConstraintType::Check);
