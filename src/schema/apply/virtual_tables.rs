//! Virtual tables of SQLite: the tables that such a one is kept in go with it. Source: SQLite's `vtab.html`, `alter.c`.

use super::Applying;
use crate::schema::names::same;
use crate::schema::{Dialect, FailureKind, Table, TableName, Together};

impl Applying<'_> {
    /// Whether it is a virtual table: others are kept for it.
    fn is_virtual(&self, table: &TableName) -> bool {
        self.is(Dialect::Sqlite) && self.children(table).iter().any(|(_, is_kept_for_it)| *is_kept_for_it)
    }

    /// Whether a virtual table has a column of that name besides those that are declared.
    pub(super) fn is_hidden_column(&self, table: &TableName, column: &str) -> bool {
        let is_older = self.children(table).iter().any(|(own, _)| own.name.ends_with("_segdir"));
        let hidden = if is_older { ["docid", "__langid"] } else { ["rank", "rank"] };
        let hidden = [&*table.name, hidden[0], hidden[1]];
        hidden.iter().any(|own| same(Dialect::Sqlite, own, column)) && self.is_virtual(table)
    }

    /// A virtual table stays as it is made.
    pub(super) fn refuse_virtual(&mut self, table: &TableName, what: &str) {
        if self.is_virtual(table) && self.schema.has_table(table).is_yes() && !self.has_failed() {
            self.fail_table(FailureKind::Other, table, format!("virtual tables may not be {what}"));
        }
    }

    /// The copy of a virtual table is a plain one, and what the other was kept in is gone.
    pub(super) fn make_plain(&mut self, table: &TableName) {
        if self.is_virtual(table) {
            self.drop_children(table, false, &Together::default());
        }
    }

    /// The tables that a virtual table is kept in follow its name.
    pub(super) fn rename_shadows(&mut self, from: &TableName, to: &TableName) {
        if !self.is(Dialect::Sqlite) {
            return;
        }
        for (child, _) in self.children(from) {
            let Some(ending) = child.name.strip_prefix(&*from.name) else { continue };
            let renamed =
                TableName { schema: child.schema.clone(), name: format!("{}{ending}", to.name).into() };
            let Some(table) = self.schema.table(&child).cloned() else { continue };
            self.rename_among_children(&child, &renamed);
            self.schema.put_table(&child, None);
            self.schema.put_table(&renamed, Some(Table { name: renamed.clone(), ..table }));
        }
    }
}
