//! Rows: what is read and written must be there.

use super::Applying;
use crate::schema::names::is_built_in;
use crate::schema::{ColumnDef, Dialect, FailureKind, ObjectName, OnRows, TableName};

impl Applying<'_> {
    /// Every table, and every column that is certainly looked for there.
    pub(super) fn data(&mut self, verb: &str, uses: &[(TableName, Vec<Box<str>>)], rows: OnRows) {
        // PostgreSQL goes query by query, and comes to the columns that an UPDATE sets last. Columns to insert come first
        // everywhere, and those to set in SQLite.
        let tables_first = match self.dialect() {
            Dialect::Postgresql => verb == "UPDATE",
            Dialect::Sqlite => verb != "INSERT" && verb != "UPDATE",
            Dialect::Mysql => verb != "INSERT",
        };
        if tables_first {
            uses.iter().for_each(|(table, _)| self.need_relation(table));
        }
        for (table, columns) in uses {
            self.need_relation(table);
            if !is_built_in(self.dialect(), table) {
                for column in columns {
                    self.need_column(table, column);
                }
            }
        }
        uses.iter().for_each(|(table, _)| self.need_what_a_view_reads(table));
        let is_index = |name: &TableName| {
            let has = self.schema.has_table(name).or(self.schema.has_view(name));
            has.is_no() && !self.schema.has_view_of_session(name) && self.is_index(name)
        };
        if let Some((name, _)) = uses.iter().find(|(name, _)| is_index(name))
            && self.is(Dialect::Postgresql)
            && !self.has_failed()
        {
            self.fail_table(FailureKind::Other, name, format!("cannot open relation \"{name}\""));
        }
        if verb == "TRUNCATE" && self.is(Dialect::Postgresql) && !self.has_failed() {
            self.check_truncated(uses);
        }
        let rows = if self.schema.may_call(uses) { OnRows::MayTake } else { rows };
        self.change_rows(rows, uses.first().map(|(table, _)| table));
    }

    /// Which tables certainly have rows from now on.
    pub(super) fn change_rows(&mut self, rows: OnRows, first: Option<&TableName>) {
        match rows {
            OnRows::Keeps => {}
            OnRows::Adds => {
                if let Some(table) = first.filter(|_| !self.has_failed()) {
                    self.schema.fill(table);
                }
            }
            // Rows of other tables may go with those that go.
            OnRows::MayTake => self.schema.forget_rows(),
            OnRows::Guards => self.schema.guard(first),
        }
    }

    /// A column that is added may be NULL, or have a value for the rows that are there.
    pub(super) fn check_rows(&mut self, table: &TableName, column: &ColumnDef) {
        let is_filled = column.nullable != Some(false)
            || column.default.is_some()
            || self.applied.copies && column.fills
            || column.generated
            || column.primary_key
            || column.kind.named.is_some()
            || column.kind.is_custom;
        if is_filled || self.is(Dialect::Mysql) || self.has_failed() || !self.schema.has_rows(table) {
            return;
        }
        let message = format!("column {} contains null values: {table} has rows", column.name);
        self.fail(FailureKind::Other, ObjectName::column(table, &column.name), message);
    }

    /// PostgreSQL empties no table that another references, unless that is emptied too.
    fn check_truncated(&mut self, uses: &[(TableName, Vec<Box<str>>)]) {
        for (table, _) in uses {
            let is_emptied = |other: &TableName| {
                uses.iter().any(|(own, _)| self.schema.fold(own) == self.schema.fold(other))
            };
            let user =
                self.referrers(table).into_iter().find(|(other, certain)| *certain && !is_emptied(other));
            if let Some((user, _)) = user {
                let message = format!("cannot truncate {table}: the foreign key of {user} references it");
                self.fail_table(FailureKind::NotSupported, table, message);
            }
        }
    }
}
