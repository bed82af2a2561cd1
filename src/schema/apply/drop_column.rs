//! Columns: dropped, with what uses them.

use std::sync::Arc;

use super::Applying;
use super::children::Inherited;
use crate::schema::list::Key;
use crate::schema::names::{fold, is_quoted, same};
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::table::LinkKind;
use crate::schema::{
    Constraint, ConstraintKind, Dialect, FailureKind, ObjectName, SchemaChange, Table, TableName, Truth,
};

impl Applying<'_> {
    pub(super) fn drop_column(
        &mut self,
        table: &TableName,
        column: Option<&str>,
        if_exists: bool,
        cascade: bool,
    ) {
        if if_exists && self.is(Dialect::Sqlite) {
            self.fail_table(FailureKind::NotSupported, table, "near \"EXISTS\": syntax error".to_owned());
        }
        self.need_table(table);
        self.refuse_virtual(table, "altered");
        let Some(column) = column else {
            self.schema.edit(table, Table::make_contents_uncertain);
            self.changed(SchemaChange::ColumnDropped { table: table.clone(), column: None });
            return;
        };
        let dialect = self.dialect();
        if self.schema.table(table).is_none() && self.has_failed() {
            return;
        }
        if let Some(found) = self.schema.table(table)
            && found.has_column(column, dialect).is_no()
        {
            if !if_exists {
                self.no_column(table, column);
            }
            return;
        }
        match self.dialect() {
            Dialect::Sqlite => self.check_drop_on_sqlite(table, column),
            Dialect::Postgresql if cascade => self.drop_column_users(table, column),
            Dialect::Postgresql => self.check_drop_on_postgresql(table, column),
            Dialect::Mysql => self.check_drop_on_mysql(table, column),
        }
        self.check_views(table, column, cascade);
        self.check_broken_views();
        let what = format!("cannot drop inherited column \"{column}\"");
        self.refuse_in_partition(table, column, &what);
        self.hand_down(table, column, &Inherited::Dropped);
        let is_mysql = self.is(Dialect::Mysql);
        self.schema.edit(table, |table| remove_column(table, column, dialect, is_mysql));
        self.changed(SchemaChange::ColumnDropped { table: table.clone(), column: Some(column.into()) });
    }

    /// SQLite drops no column that anything else uses.
    fn check_drop_on_sqlite(&mut self, name: &TableName, column: &str) {
        let dialect = self.dialect();
        let Some(table) = self.schema.table(name) else { return };
        let object = ObjectName::column(name, column);
        let uses = |own: &&Arc<Constraint>| own.certain && own.uses(column, dialect).is_yes();
        let stands_elsewhere =
            |own: &&Arc<Constraint>| own.inside.as_ref().is_none_or(|inside| !same(dialect, inside, column));
        let keys = [Key::uses(dialect, column), Key::MayUse];
        let users = || keys.iter().flat_map(|key| table.constraints.by(key));
        let refusal = if table.constraints.by(&Key::Primary).any(|own| uses(&own)) {
            Some((FailureKind::NotSupported, format!("cannot drop PRIMARY KEY column: \"{column}\"")))
        } else if table.columns_known && table.columns.len() == 1 {
            Some((FailureKind::Other, format!("cannot drop column \"{column}\": no other columns exist")))
        } else if users().filter(stands_elsewhere).any(|own| uses(&own))
            || self.made_of(name, column).is_some()
        {
            let message = format!("error in table {name} after drop column: no such column: {column}");
            Some((FailureKind::StillReferenced, message))
        } else {
            let user = table.indexes.iter().find(|own| own.certain && own.uses(column, dialect).is_yes());
            user.map(|index| {
                let index = index.name.written().unwrap_or_default();
                let message = format!("error in index {index} after drop column: no such column: {column}");
                (FailureKind::StillReferenced, message)
            })
        };
        if let Some((kind, message)) = refusal {
            self.fail(kind, object, message);
        }
    }

    /// Another column whose values are certainly made of those of this one.
    pub(super) fn made_of(&self, name: &TableName, column: &str) -> Option<Box<str>> {
        let dialect = self.dialect();
        let mut columns = self.schema.table(name)?.columns.by(&Key::Computed);
        let user = columns.find(|own| own.certain && own.is_made_of(column, dialect));
        user.map(|own| own.name.clone())
    }

    /// PostgreSQL drops no column that a foreign key references, or of which another is made.
    fn check_drop_on_postgresql(&mut self, name: &TableName, column: &str) {
        if let Some(user) = self.made_of(name, column) {
            let message = format!("cannot drop column {column} of table {name} because {user} depends on it");
            self.fail(FailureKind::StillReferenced, ObjectName::column(name, column), message);
        }
        let users = self.column_users(name, column);
        if let Some((user, _)) = users.iter().find(|(_, certain)| *certain) {
            let message = format!("cannot drop column {column} of table {name} because {user} depends on it");
            self.fail(FailureKind::StillReferenced, ObjectName::column(name, column), message);
        }
    }

    fn check_drop_on_mysql(&mut self, name: &TableName, column: &str) {
        let dialect = self.dialect();
        let Some(table) = self.schema.table(name) else { return };
        let blocks = |own: &Arc<Constraint>| {
            let kinds = matches!(own.kind, ConstraintKind::ForeignKey { .. });
            own.certain && kinds && own.uses(column, dialect).is_yes()
        };
        let own = table.constraints.iter().any(blocks);
        if own || self.column_users(name, column).iter().any(|(_, certain)| *certain) {
            let object = ObjectName::column(name, column);
            let message = format!("Cannot drop column '{column}': needed in a foreign key constraint");
            self.fail(FailureKind::StillReferenced, object, message);
        }
    }

    /// Tables with a foreign key that references a column, and whether that is certain. A foreign key that goes with the
    /// column does not count.
    fn column_users(&self, name: &TableName, column: &str) -> Vec<(TableName, bool)> {
        let key = self.schema.fold(name);
        let dialect = self.dialect();
        let mut users = Vec::new();
        for other in self.schema.linked(LinkKind::Table, name) {
            let Some(table) = self.schema.table(other) else { continue };
            for own in table.constraints.iter().filter(|own| self.refers(&own.kind, &key)) {
                let ConstraintKind::ForeignKey { columns, referred, .. } = &own.kind else { continue };
                let goes_too = *other == key
                    && columns.as_ref().is_none_or(|own| own.iter().any(|own| same(dialect, own, column)));
                let refers = |columns: &Vec<Box<str>>| columns.iter().any(|own| same(dialect, own, column));
                if !goes_too && referred.as_ref().is_none_or(refers) {
                    users.push((table.name.clone(), own.certain && table.certain && referred.is_some()));
                }
            }
        }
        users
    }

    /// `CASCADE`: foreign keys that reference the column go with it.
    fn drop_column_users(&mut self, name: &TableName, column: &str) {
        let dialect = self.dialect();
        let key = self.schema.fold(name);
        for (user, _) in self.column_users(name, column) {
            self.schema.edit(&user, |table| {
                table.constraints.retain(|own| {
                    let ConstraintKind::ForeignKey { table: Some(to), referred, .. } = &own.kind else {
                        return true;
                    };
                    let refers =
                        referred.as_ref().is_some_and(|own| own.iter().any(|own| same(dialect, own, column)));
                    !(refers && fold(dialect, to) == key)
                });
            });
        }
    }

    /// A view that shows the column keeps PostgreSQL and SQLite from dropping it.
    fn check_views(&mut self, name: &TableName, column: &str, cascade: bool) {
        if self.is(Dialect::Mysql) {
            return;
        }
        // SQLite takes a name in quotes that is no column any more for a text.
        let is_text = self.is(Dialect::Sqlite) && is_quoted(column);
        for (view, certain) in self.views_showing(name, column) {
            let certain = certain && !is_text;
            if cascade && self.is(Dialect::Postgresql) {
                if self.schema.object(ObjectKind::View, &view).is_some() {
                    self.drop_readers(&view);
                    self.remove_view(&view);
                }
            } else if certain {
                let message =
                    format!("cannot drop column {column} of table {name} because view {view} depends on it");
                self.fail(FailureKind::StillReferenced, ObjectName::column(name, column), message);
            }
        }
    }

    /// Views that show a column of this table, and whether that is certain.
    pub(super) fn views_showing(&self, name: &TableName, column: &str) -> Vec<(TableName, bool)> {
        let dialect = self.dialect();
        let key = self.schema.fold(name);
        let showing = self.readers(name).into_iter().filter_map(|(view, certain)| {
            let object = self.schema.object(ObjectKind::View, &view)?;
            let Detail::View(query) = &object.detail else { return None };
            let is_it = |own: &TableName| fold(dialect, own) == key;
            let mut used = query.reads.iter().filter(|(own, _)| is_it(own)).flat_map(|(_, columns)| columns);
            let uses = used.any(|own| same(dialect, own, column));
            (uses || !query.is_whole).then_some((view, certain && uses))
        });
        showing.collect()
    }
}

/// A column goes, and takes what uses it along. MySQL makes indexes narrower instead, as long as something is left.
pub(super) fn remove_column(table: &mut Table, column: &str, dialect: Dialect, is_mysql: bool) {
    // With CASCADE, what is made of it goes too.
    table.columns.retain_by(&Key::name(dialect, column), |_| false);
    table.columns.retain_by(&Key::Computed, |own| !own.is_made_of(column, dialect));
    let left = |columns: &[Box<str>]| -> Vec<Box<str>> {
        columns.iter().filter(|own| !same(dialect, own, column)).cloned().collect()
    };
    let users = [Key::uses(dialect, column), Key::MayUse];
    table.constraints.retain_by_any(&users, |own| match own.uses(column, dialect) {
        Truth::No => true,
        Truth::Maybe => {
            Arc::make_mut(own).certain = false;
            true
        }
        Truth::Yes => {
            let narrower = own.columns().map(left).filter(|left| is_mysql && !left.is_empty());
            match (&mut Arc::make_mut(own).kind, narrower) {
                (ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns }, Some(left)) => {
                    *columns = Some(left);
                    true
                }
                (ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }, None)
                | (
                    ConstraintKind::ForeignKey { .. }
                    | ConstraintKind::Check { .. }
                    | ConstraintKind::Exclude { .. }
                    | ConstraintKind::Unknown,
                    _,
                ) => false,
            }
        }
    });
    table.indexes.retain_by_any(&users, |own| match own.uses(column, dialect) {
        Truth::No => true,
        Truth::Maybe => {
            Arc::make_mut(own).certain = false;
            true
        }
        Truth::Yes => {
            let narrower = own.columns.as_deref().map(left).filter(|left| is_mysql && !left.is_empty());
            let stays = narrower.is_some();
            if stays {
                Arc::make_mut(own).columns = narrower;
            }
            stays
        }
    });
}
