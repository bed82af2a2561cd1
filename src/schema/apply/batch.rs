//! A batch on SQLite: the table is copied into one that is as it should be, and takes its place.
//!
//! Alembic reads the table from the database, applies the changes to what it has read, and only then makes the new
//! table. So it goes by the names that columns had before, leaves out in silence what no longer fits, and loses what
//! cannot be read. Source: Alembic's `operations/batch.py`.

use std::sync::Arc;

use super::Applying;
use super::copy::{Copy, index_of};
use crate::schema::conditions::{mentions_bare, plain_columns};
use crate::schema::list::{Key, List};
use crate::schema::names::{is_built_in, is_quoted, same};
use crate::schema::{
    Access, Column, ColumnChange, ColumnDef, Constraint, ConstraintDef, ConstraintKind, ConstraintType, Edit,
    FailureKind, GivenTable, IndexDef, Name, ObjectName, Operation, SchemaChange, Table, TableName,
};

/// What Alembic says of a constraint without a name.
const UNNAMED: &str = "Constraint must have a name";

impl Applying<'_> {
    pub(super) fn copy_table(
        &mut self,
        name: &TableName,
        changes: &[Operation],
        names_unnamed: bool,
        given: Option<&GivenTable>,
    ) {
        self.need_table(name);
        // Reading a table reads all that it references.
        if let Some(missing) = self.missing_referent(name).filter(|_| given.is_none()) {
            self.no_table(&missing);
        }
        let before =
            self.schema.table(name).cloned().unwrap_or_else(|| Table::assumed(name.clone(), self.dialect()));
        if let Some(given) = given {
            self.need_given(name, changes, given);
        }
        // Either way, Alembic knows of constraints what it would not read, or knows them by other names.
        let are_told = names_unnamed || given.is_some();
        let mut copy = Copy::of(&before, are_told, given.is_some());
        copy.names_unnamed = names_unnamed && given.is_none();
        if let Some(given) = given {
            copy.keep_given(given);
        }
        for change in changes {
            self.part(|applying| applying.change_copy(&before, &mut copy, change, are_told));
        }
        self.check_copy(&before, &copy);
        for change in changes {
            if let Operation::AddColumn { column, .. } = change
                && copy.columns.iter().any(|(key, own)| *key == column.name && own.nullable == Some(false))
            {
                self.check_rows(name, column);
            }
        }
        self.check_copy_named(name);
        self.make_plain(name);
        let indexes = self.finish(before, copy);
        for index in indexes {
            self.create_index(name, &index, false);
        }
        for change in changes {
            match change {
                Operation::Unknown { .. } => self.apply(change),
                Operation::AddColumn { column, .. } if column.may_bring_more => self.open_constraints(name),
                _ => {}
            }
        }
    }

    fn change_copy(&mut self, before: &Table, copy: &mut Copy, change: &Operation, are_told: bool) {
        let table = &before.name;
        match change {
            Operation::AddColumn { column, .. } => self.add_to_copy(copy, column),
            Operation::DropColumn { column: Some(column), .. } => {
                self.drop_from_copy(before, copy, column);
            }
            Operation::AlterColumn { column: Some(column), change, .. } => {
                self.need_copied(before, copy, column);
                self.alter_copy(copy, column, change);
            }
            Operation::DropColumn { column: None, .. } | Operation::AlterColumn { column: None, .. } => {
                copy.columns.iter_mut().for_each(|(_, column)| column.certain = false);
            }
            Operation::AddConstraint { constraint, .. } => self.constrain_copy(copy, constraint, false),
            Operation::DropConstraint { name, word, .. } => {
                let name = self.name_to_drop(table, name, *word);
                self.release_copy(before, copy, &name, *word, are_told);
            }
            Operation::CreateIndex { index, .. } => {
                let name = self.index_name(table, index);
                copy.add_index(name, index);
            }
            Operation::DropIndex { name, .. } => match name.written() {
                Some(name) => {
                    let n_before = copy.indexes.len();
                    copy.indexes.retain(|own| own.name.written() != Some(name));
                    if copy.indexes.len() == n_before && !before.has_open_indexes(self.dialect()) {
                        let object = ObjectName::index(Some(table), name);
                        let message = format!("No such index: '{name}'");
                        self.fail_in_batch(FailureKind::NoSuchIndex, object, message);
                    }
                    let name = Some(name.into());
                    self.changed(SchemaChange::IndexDropped { table: Some(table.clone()), name });
                }
                None => copy.indexes.iter_mut().for_each(|own| own.certain = false),
            },
            // What is not understood is applied to the table that takes this one's place; the others no batch can hold.
            Operation::Unknown { .. }
            | Operation::CreateTable { .. }
            | Operation::DropTable { .. }
            | Operation::RenameTable { .. }
            | Operation::Rename { .. }
            | Operation::PromoteIndex { .. }
            | Operation::NeedConstraint { .. }
            | Operation::RenameEnumValue { .. }
            | Operation::NeedType { .. }
            | Operation::AlterSequence { .. }
            | Operation::RenameSchema { .. }
            | Operation::If { .. }
            | Operation::Try { .. }
            | Operation::OutsideTransaction { .. }
            | Operation::Constants { .. }
            | Operation::Raise { .. }
            | Operation::Savepoint { .. }
            | Operation::EndSavepoint { .. }
            | Operation::TemporaryTable { .. }
            | Operation::Inherits { .. }
            | Operation::NeedIndex { .. }
            | Operation::NeedFunction { .. }
            | Operation::CreateExtension { .. }
            | Operation::DropExtension { .. }
            | Operation::RenameConstraint { .. }
            | Operation::Batch { .. }
            | Operation::CreateEnum { .. }
            | Operation::DropEnum { .. }
            | Operation::RenameEnum { .. }
            | Operation::AddEnumValue { .. }
            | Operation::CreateView { .. }
            | Operation::DropView { .. }
            | Operation::CreateSequence { .. }
            | Operation::DropSequence { .. }
            | Operation::CreateSchema { .. }
            | Operation::DropSchema { .. }
            | Operation::Data { .. }
            | Operation::Noted { .. }
            | Operation::SearchPath { .. }
            | Operation::Refused { .. } => {}
        }
    }

    /// Whether the column was there; Python's `KeyError` where it was not.
    fn need_copied(&mut self, before: &Table, copy: &mut Copy, column: &str) -> bool {
        if copy.columns.iter().any(|(key, _)| **key == *column) {
            return true;
        }
        if before.columns_known {
            self.no_column(&copy.name, column);
        }
        copy.columns.push((column.into(), super::Column::assumed(column)));
        copy.existing.push(column.into());
        !before.columns_known
    }

    fn drop_from_copy(&mut self, before: &Table, copy: &mut Copy, column: &str) {
        let table = copy.name.clone();
        if self.need_copied(before, copy, column) && !copy.existing.iter().any(|own| **own == *column) {
            // Python's `list.remove`: a column that the same batch adds is not in the list.
            let message = "list.remove(x): x not in list".to_owned();
            self.fail(FailureKind::Other, ObjectName::column(&table, column), message);
        }
        copy.drop_column(column);
        self.changed(SchemaChange::ColumnDropped { table, column: Some(column.into()) });
    }

    fn add_to_copy(&mut self, copy: &mut Copy, column: &ColumnDef) {
        let made = super::tables::made(column);
        let is_followed = copy.is_followed(&column.name);
        if let Some((_, own)) = copy.columns.iter_mut().find(|(key, _)| *key == column.name) {
            // The new one takes its place, unless that contradicts the order of the columns.
            if is_followed && own.certain {
                copy.contradictions.push(column.name.clone());
            }
            *own = made;
        } else {
            copy.columns.push((column.name.clone(), made));
        }
        let table = copy.name.clone();
        self.changed(SchemaChange::ColumnAdded { table: table.clone(), column: column.name.clone() });
        for (inside, constraint) in self.column_constraints(column) {
            let is_check = matches!(constraint.kind, ConstraintKind::Check { .. });
            if inside.is_some() {
                let name = self.constraint_name(
                    &Table::new(table.clone(), self.dialect()),
                    &constraint.name,
                    &constraint.kind,
                );
                copy.constraints.push(Constraint { name, kind: constraint.kind, inside, certain: true });
            } else {
                self.constrain_copy(copy, &constraint, is_check);
            }
        }
        if column.unique && !column.index {
            // The copied column says `unique=True` as well.
            let kind = ConstraintKind::Unique { columns: Some(vec![column.name.clone()]) };
            copy.constraints.push(Constraint { name: Name::Unnamed, kind, inside: None, certain: true });
        }
        if column.index {
            let index = super::tables::own_index(column);
            let name = self.index_name(&table, &index);
            copy.add_index(name, &index);
            let temporary: String = format!("_alembic_tmp_{}", table.name).chars().take(50).collect();
            let name = Name::exact(&format!("ix_{temporary}_{}", column.name));
            copy.stray.push(index_of(name, &index));
        }
    }

    fn alter_copy(&mut self, copy: &mut Copy, column: &str, change: &ColumnChange) {
        let table = copy.name.clone();
        if let Some((_, own)) = copy.columns.iter_mut().find(|(key, _)| **key == *column) {
            super::columns::change_all_but_the_name(own, change);
            match &change.name {
                Edit::Keep => {}
                Edit::Set(to) => own.name.clone_from(to),
                Edit::Unknown => own.certain = false,
            }
        }
        let what = super::columns::phrase(change);
        if !what.is_empty() {
            self.changed(SchemaChange::ColumnAltered {
                table: table.clone(),
                column: Some(column.into()),
                what,
            });
        }
        let to = match &change.name {
            Edit::Keep => return,
            Edit::Set(to) => Some(to.clone()),
            Edit::Unknown => None,
        };
        self.changed(SchemaChange::ColumnRenamed { table, column: column.into(), to });
    }

    /// Adds a constraint. One without a name is refused, except for that of a type.
    fn constrain_copy(&mut self, copy: &mut Copy, constraint: &ConstraintDef, may_be_unnamed: bool) {
        let table = copy.name.clone();
        let is_named = self.gets_a_name(&table, &constraint.name, &constraint.kind);
        if is_named.is_no() && !may_be_unnamed {
            let object = ObjectName::Table(table.clone());
            self.fail_in_batch(FailureKind::Other, object, UNNAMED.to_owned());
        }
        let name = self.constraint_name(
            &Table::new(table.clone(), self.dialect()),
            &constraint.name,
            &constraint.kind,
        );
        let kind = constraint.kind.clone();
        if matches!(kind, ConstraintKind::PrimaryKey { .. }) {
            copy.has_new_key = true;
            let key =
                copy.constraints.iter().find(|own| matches!(own.kind, ConstraintKind::PrimaryKey { .. }));
            copy.replaced_key = key.cloned().or(copy.replaced_key.take());
            copy.constraints.retain(|own| !matches!(own.kind, ConstraintKind::PrimaryKey { .. }));
        }
        // One whose columns are not known is left out where these are not there.
        let is_known = !matches!(&kind, ConstraintKind::Check { condition } if condition.is_empty());
        let made = Constraint { name: name.clone(), kind: kind.clone(), inside: None, certain: is_known };
        let same_name = |own: &&mut Constraint| own.name == name && name.written().is_some();
        match copy.constraints.iter_mut().find(same_name) {
            Some(own) => *own = made,
            None => copy.constraints.push(made),
        }
        let name = name.written().map(Into::into);
        self.changed(SchemaChange::ConstraintAdded { table, name, kind });
    }

    /// Drops a constraint by its name.
    fn release_copy(
        &mut self,
        before: &Table,
        copy: &mut Copy,
        name: &Name,
        word: Option<ConstraintType>,
        are_told: bool,
    ) {
        let table = copy.name.clone();
        match name {
            Name::Unnamed | Name::Default => {
                self.fail_in_batch(FailureKind::Other, ObjectName::Table(table), UNNAMED.to_owned());
            }
            Name::Unknown => copy.constraints.iter_mut().for_each(|own| own.certain = false),
            Name::Given { name, .. } => {
                if let Some(at) = copy.constraints.iter().position(|own| own.name.written() == Some(name)) {
                    copy.constraints.remove(at);
                    copy.released.push(name.clone());
                } else if are_told {
                    // The one without a name whose name Alembic was told how to make.
                    let fits = |own: &Constraint| {
                        matches!(own.name, Name::Unnamed | Name::Default)
                            && (word.is_none() || own.word() == word)
                    };
                    if copy.constraints.iter().filter(|own| fits(own)).count() == 1 {
                        copy.constraints.retain(|own| !fits(own));
                    } else {
                        copy.constraints
                            .iter_mut()
                            .filter(|own| fits(own))
                            .for_each(|own| own.certain = false);
                    }
                } else if before.has_constraint(name, self.dialect()).is_no()
                    || copy.unread.iter().any(|own| own.written() == Some(name))
                    || copy.released.contains(name)
                {
                    let message = format!("No such constraint: '{name}'");
                    let object = ObjectName::constraint(&table, name);
                    self.fail_in_batch(FailureKind::NoSuchConstraint, object, message);
                }
                self.changed(SchemaChange::ConstraintDropped { table, name: Some(name.clone()) });
            }
        }
    }

    /// What SQLite refuses when the new table is made.
    fn check_copy(&mut self, before: &Table, copy: &Copy) {
        let dialect = self.dialect();
        let name = &copy.name;
        if copy.columns.is_empty() && before.columns_known {
            self.fail_table(FailureKind::NotSupported, name, "near \")\": syntax error".to_owned());
        }
        for (_, column) in copy.columns.iter().filter(|(_, column)| column.certain) {
            self.check_type(name, &column.name, &column.kind);
            // SQLAlchemy has read none.
            if column.kind.is_missing && !self.has_failed() {
                let message = format!("(column '{}'): Can't generate DDL for NullType()", column.name);
                self.fail(FailureKind::NotSupported, ObjectName::column(name, &column.name), message);
            }
        }
        for column in &copy.contradictions {
            self.column_exists(name, column);
        }
        for (at, (_, column)) in copy.columns.iter().enumerate() {
            let twice = |(_, other): &(_, Column)| other.certain && same(dialect, &other.name, &column.name);
            if column.certain && copy.columns[..at].iter().any(twice) {
                self.column_exists(name, &column.name);
            }
        }
        let checks = copy.constraints.iter().filter(|own| own.certain).filter_map(|own| match &own.kind {
            ConstraintKind::Check { condition } => Some(condition),
            _ => None,
        });
        let columns = copy.columns.iter().filter(|(_, own)| own.certain);
        for condition in checks.chain(columns.filter_map(|(_, own)| own.computed.as_ref())) {
            let is_gone = |column: &&str| {
                mentions_bare(condition, column, dialect)
                    && !copy.columns.iter().any(|(_, own)| same(dialect, &own.name, column))
            };
            let is_missing = |column: &&str| {
                before.columns_known && !copy.columns.iter().any(|(_, own)| same(dialect, &own.name, column))
            };
            // One that the same batch adds may have another name by now, too.
            let names = before.columns.iter().map(|column| &column.name);
            let names = names.chain(copy.columns.iter().map(|(key, _)| key)).chain(&copy.gone);
            let gone = names.map(AsRef::as_ref).find(is_gone);
            let named = plain_columns(condition).unwrap_or_default();
            if let Some(column) = gone.or_else(|| named.into_iter().find(is_missing)) {
                self.no_column(name, column);
            }
        }
        if before.columns_known && copy.existing.is_empty() && !copy.columns.is_empty() {
            // No column is left that its rows could be copied by.
            self.fail_table(FailureKind::Other, name, "'insert_from_select'".to_owned());
        }
        // Alembic copies the values of all that were there before.
        let is_computed = |(key, own): &&(Box<str>, Column)| {
            own.certain && own.computed.is_some() && copy.existing.contains(key)
        };
        if let Some((_, own)) = copy.columns.iter().find(is_computed).filter(|_| !self.has_failed()) {
            let message = format!("cannot INSERT into generated column \"{}\"", own.name);
            self.fail(FailureKind::Other, ObjectName::column(name, &own.name), message);
        }
    }

    /// What SQLite refuses when the new table gets the name of the old one, which is no more.
    fn check_copy_named(&mut self, name: &TableName) {
        self.check_broken_views();
        if let Some((view, _)) = self.readers(name).iter().find(|(_, certain)| *certain) {
            let message = format!("error in view {view}: no such table: main.{name}");
            self.fail_table(FailureKind::StillReferenced, name, message);
        }
    }

    /// Puts the copy in the place of the table. What is left to do: the indexes that were asked for.
    fn finish(&mut self, before: Table, mut copy: Copy) -> Vec<IndexDef> {
        let name = copy.name.clone();
        if before.columns_known {
            copy.leave_out_what_does_not_fit();
        }
        let dialect = self.dialect();
        let mut table = Table {
            columns: List::new(dialect),
            constraints: List::new(dialect),
            indexes: List::new(dialect),
            ..before
        };
        for own in &copy.constraints {
            let mut own = own.clone();
            copy.rename_in_constraint(&mut own.kind);
            if copy.names_unnamed && matches!(own.name, Name::Unnamed | Name::Default) {
                // `naming_convention` gives it one.
                own.name = Name::Unknown;
            }
            table.constraints.push(Arc::new(own));
        }
        for own in copy.indexes.iter().chain(&copy.stray) {
            let mut own = own.clone();
            for column in own.columns.iter_mut().flatten() {
                match copy.now(column) {
                    Some(now) => *column = now.into(),
                    // SQLite takes a name in quotes that is no column for a text.
                    None if is_quoted(column) => own.has_expressions = true,
                    None if table.columns_known && own.certain => {
                        self.no_column(&name, column);
                    }
                    None => {}
                }
            }
            if let Some(columns) = own.columns.as_mut().filter(|_| own.has_expressions) {
                columns.retain(|column| copy.columns.iter().any(|(_, own)| own.name == *column));
            }
            table.indexes.push(Arc::new(own));
        }
        let mut wanted = Vec::new();
        for own in &copy.added {
            // They too go by the names that columns had before.
            let mut columns = own.columns.clone();
            for column in columns.iter_mut().flatten() {
                if let Some(now) = copy.now(column) {
                    *column = now.into();
                } else if table.columns_known {
                    self.no_column(&name, column);
                }
            }
            wanted.push(IndexDef {
                name: own.name.clone(),
                columns,
                has_expressions: own.has_expressions,
                is_partial: own.is_partial,
                condition: None,
                quoted: None,
                used: own.used.clone(),
                unique: own.unique,
                access: Access::default(),
            });
        }
        for (_, column) in copy.columns {
            if table.column(&column.name, dialect).is_none() {
                table.columns.push(Arc::new(column));
            } else if column.certain {
                // Of two with one name, one was only assumed.
                let column = Arc::new(column);
                table.columns.retain_by(&Key::name(dialect, &column.name), |own| {
                    *own = Arc::clone(&column);
                    true
                });
            }
        }
        if !is_built_in(dialect, &name) || self.schema.table(&name).is_some() {
            self.schema.put_table(&name, Some(table));
        }
        wanted
    }
}
