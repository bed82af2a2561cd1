//! Indexes.

use std::sync::Arc;

use super::Applying;
use crate::schema::list::Key;
use crate::schema::names::is_quoted;
use crate::schema::state::ObjectKind;
use crate::schema::table::LinkKind;
use crate::schema::{
    Constraint, Dialect, FailureKind, Index, IndexDef, Name, ObjectName, SchemaChange, Table, TableName,
};

impl Applying<'_> {
    pub(super) fn create_index(&mut self, table: &TableName, index: &IndexDef, if_not_exists: bool) {
        let name = self.index_name(table, index);
        if name == Name::Unnamed && !(index.name == Name::Default && self.is(Dialect::Postgresql)) {
            let message = "CREATE INDEX requires that the index have a name".to_owned();
            self.fail_table(FailureKind::Other, table, message);
        }
        let is_view = self.schema.has_view(table).is_yes() || self.schema.has_view_of_session(table);
        let is_of_view = self.is(Dialect::Postgresql) && self.schema.has_table(table).is_no() && is_view;
        if self.is(Dialect::Sqlite) {
            // It stands before the index's own name.
            self.need_namespace(table);
        }
        if !is_of_view {
            self.need_table(table);
            self.refuse_virtual(table, "indexed");
        }
        let exists = self.index_exists(table, &name);
        // SQLite minds a table of that name all the same.
        let whole = TableName::new(table.schema.as_deref(), name.written().unwrap_or_default());
        let is_relation = self.schema.has_table(&whole).or(self.schema.has_view(&whole)).is_yes();
        // PostgreSQL looks at the columns all the same.
        let is_kept = exists && if_not_exists && !(is_relation && self.is(Dialect::Sqlite));
        if is_kept && !self.is(Dialect::Postgresql) {
            return;
        }
        if is_of_view && !exists {
            self.create_view_index(table, index, &name);
            return;
        }
        // SQLite looks at the name first, the others at the columns.
        if self.is(Dialect::Sqlite) && exists {
            self.index_is_there(table, &name);
            return;
        }
        let mut index = index.clone();
        let has_texts = self.is(Dialect::Sqlite) && self.leave_out_texts(table, &mut index);
        for column in index.columns.iter().flatten().chain(&index.used) {
            self.need_column(table, column);
        }
        if let Some(found) = self.schema.shared_table(&self.schema.fold(table)).cloned() {
            self.check_access(&found, &index.access);
        }
        if exists {
            if !is_kept {
                self.index_is_there(table, &name);
            }
            return;
        }
        let made = Index {
            name: name.clone(),
            columns: index.columns.clone(),
            has_expressions: index.has_expressions,
            is_partial: index.is_partial,
            used: index.used.clone(),
            unique: index.unique,
            // With a text, the next change of the table's columns may fail for it.
            certain: !self.has_failed() && !has_texts,
        };
        let dialect = self.dialect();
        self.open_children(table);
        self.schema.edit(table, |table| {
            if let Some(name) = name.written() {
                table.indexes.retain_by(&Key::name(dialect, name), |_| false);
            }
            table.indexes.push(Arc::new(made));
        });
        let (name, columns) = (name.written().map(Into::into), index.columns);
        self.changed(SchemaChange::IndexCreated { table: table.clone(), name, columns });
    }

    /// SQLite takes a name in quotes that is no column for a text; whether there is one.
    fn leave_out_texts(&self, table: &TableName, index: &mut IndexDef) -> bool {
        let dialect = self.dialect();
        let Some(table) = self.schema.table(table) else { return false };
        let quoted = index.quoted.as_ref();
        let has_quotes = |column: &str| {
            quoted.map_or_else(|| is_quoted(column), |quoted| quoted.iter().any(|own| **own == *column))
        };
        let is_text = |column: &str| has_quotes(column) && table.has_column(column, dialect).is_no();
        if let Some(columns) = &mut index.columns
            && columns.iter().any(|column| is_text(column))
        {
            columns.retain(|column| !is_text(column));
            index.has_expressions = true;
            return true;
        }
        false
    }

    fn index_is_there(&mut self, table: &TableName, name: &Name) {
        let name = name.written().unwrap_or_default();
        let object = ObjectName::index(Some(table), name);
        self.fail(FailureKind::IndexExists, object, format!("index {name} already exists"));
    }

    /// Whether the name of an index is certainly taken.
    fn index_exists(&self, table: &TableName, name: &Name) -> bool {
        let Some(name) = name.written() else { return false };
        if self.is(Dialect::Mysql) {
            let dialect = self.dialect();
            return self.schema.table(table).is_some_and(|table| {
                table.has_index(name, dialect).is_yes()
                    || table.constraint(name, dialect).is_some_and(|own| own.certain && own.is_index())
            });
        }
        self.is_taken(&TableName::new(table.schema.as_deref(), name))
    }

    pub(super) fn drop_index(
        &mut self,
        name: &Name,
        schema: Option<&str>,
        table: Option<&TableName>,
        if_exists: bool,
        cascade: bool,
    ) {
        let name = match table {
            Some(table) => self.index_name_to_drop(table, name),
            None => self.index_name_to_drop(&TableName::new(schema, ""), name),
        };
        let Some(written) = name.written() else {
            match table {
                Some(table) => {
                    self.schema.edit(table, Table::make_constraints_uncertain);
                }
                None => self.make_all_indexes_uncertain(),
            }
            self.changed(SchemaChange::IndexDropped { table: table.cloned(), name: None });
            return;
        };
        if self.is(Dialect::Mysql) {
            self.drop_index_on_mysql(written, table, if_exists);
            return;
        }
        let schema = schema.or_else(|| table.and_then(|table| table.schema.as_deref()));
        let whole = TableName::new(schema, written);
        if self.is(Dialect::Postgresql) && self.schema.has(ObjectKind::Index, &whole).is_yes() {
            self.schema.put_object(ObjectKind::Index, &whole, None);
            self.changed(SchemaChange::IndexDropped { table: None, name: Some(written.into()) });
            return;
        }
        let is_other = self.schema.has_table(&whole).is_yes()
            || self.schema.has_view(&whole).is_yes()
            || self.schema.has(ObjectKind::Sequence, &whole).is_yes();
        if self.is(Dialect::Postgresql) && is_other {
            let object = ObjectName::index(table, written);
            self.fail(FailureKind::Other, object, format!("\"{written}\" is not an index"));
            return;
        }
        let Some((owner, _)) = self.index_owner(&whole) else {
            if !if_exists && !self.schema.has_open_indexes() {
                let message = format!("no such index: {written}");
                self.fail(FailureKind::NoSuchIndex, ObjectName::index(table, written), message);
            }
            if self.schema.has_open_indexes() {
                self.changed(SchemaChange::IndexDropped {
                    table: table.cloned(),
                    name: Some(written.into()),
                });
            }
            return;
        };
        self.check_index_users(&owner, written, cascade);
        let dialect = self.dialect();
        self.schema.edit(&owner, |table| {
            table.indexes.retain_by(&Key::name(dialect, written), |_| false);
        });
        let table = self.schema.table(&owner).map(|table| table.name.clone());
        self.changed(SchemaChange::IndexDropped { table, name: Some(written.into()) });
    }

    /// PostgreSQL keeps an index that a constraint or a foreign key needs.
    fn check_index_users(&mut self, owner: &TableName, name: &str, cascade: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let dialect = self.dialect();
        let Some(table) = self.schema.table(owner) else { return };
        let object = ObjectName::index(Some(&table.name), name);
        if table.index(name, dialect).is_none() {
            let key = Key::name(dialect, name);
            let is_key = |own: &Arc<Constraint>| own.is_index() && own.certain && table.certain;
            if { table.constraints.by(&key) }.any(is_key) {
                // Where another table may have one of that name, that one may be the one that goes.
                let whole = TableName::new(owner.schema.as_deref(), name);
                let is_alone = self.schema.linked(LinkKind::Index, &whole).count() == 1;
                let message = format!("cannot drop index {name} because constraint {name} requires it");
                self.report(FailureKind::StillReferenced, Some(object), message, is_alone);
            }
            return;
        }
        let Some(index) = table.index(name, dialect).filter(|index| index.unique && index.certain) else {
            return;
        };
        let Some(columns) = index.columns.clone() else { return };
        let is_only = super::constraints::n_keys(table, &columns, dialect) == Some(1);
        if cascade {
            self.drop_key_users(owner, Some(&columns), is_only);
        } else if let Some(user) = self.key_user(owner, &columns) {
            let message = format!("cannot drop index {name} because {user} depends on it");
            self.report(FailureKind::StillReferenced, Some(object), message, is_only);
        }
    }

    fn drop_index_on_mysql(&mut self, name: &str, table: Option<&TableName>, if_exists: bool) {
        let Some(table) = table else {
            // Alembic writes a table called `no_table`, which is no object that anybody lacks.
            let message =
                "no such table: no_table, which stands in for a table_name that is not given".to_owned();
            self.fail(FailureKind::Other, ObjectName::index(None, name), message);
            return;
        };
        self.need_table(table);
        let dialect = self.dialect();
        let Some(found) = self.schema.table(table) else { return };
        let is_key = found.constraint(name, dialect).is_some_and(|own| own.is_index());
        // A foreign key brings an index of its own name.
        let is_own = found.constraint(name, dialect).is_some();
        if !is_own && !is_key && found.has_index(name, dialect).is_no() {
            if !if_exists && found.constraints_known && found.certain {
                let message = format!("Can't DROP '{name}'; check that column/key exists");
                self.fail(FailureKind::NoSuchIndex, ObjectName::index(Some(table), name), message);
            }
            return;
        }
        self.schema.edit(table, |table| {
            let key = Key::name(dialect, name);
            table.indexes.retain_by(&key, |_| false);
            table.constraints.retain_by(&key, |own| !own.is_index());
        });
        self.changed(SchemaChange::IndexDropped { table: Some(table.clone()), name: Some(name.into()) });
    }

    fn make_all_indexes_uncertain(&mut self) {
        let all: Vec<_> = self.schema.tables().map(|(name, _)| name.clone()).collect();
        for table in all {
            self.schema.edit(&table, Table::make_constraints_uncertain);
        }
    }

    /// An index must be there.
    pub(super) fn need_index(&mut self, name: &TableName) {
        if self.is_index(name) || self.index_owner(name).is_some() || self.schema.has_open_indexes() {
            return;
        }
        let has = self.schema.has_table(name).or(self.schema.has_view(name));
        if has.or(self.schema.has_sequence(name)).is_no() {
            let object = ObjectName::index(None, &name.name);
            self.fail(FailureKind::NoSuchIndex, object, format!("no such index: {name}"));
        } else if has.is_yes() {
            let object = ObjectName::index(None, &name.name);
            self.fail(FailureKind::Other, object, format!("\"{name}\" is not an index"));
        }
    }

    /// An index that is there, or may be, has another name.
    pub(super) fn rename_index(&mut self, whole: &TableName, to: &str) {
        let Some((owner, _)) = self.index_owner(whole) else { return };
        let name = &*whole.name;
        let dialect = self.dialect();
        let key = Key::name(dialect, name);
        self.schema.edit(&owner, |table| {
            table.indexes.retain_by(&key, |index| {
                Arc::make_mut(index).name = Name::exact(to);
                true
            });
            table.constraints.retain_by(&key, |own| {
                if own.is_index() {
                    Arc::make_mut(own).name = Name::exact(to);
                }
                true
            });
        });
        self.changed(SchemaChange::IndexRenamed { name: name.into(), to: to.into() });
    }
}
