//! Which tables certainly have rows: what an insert has written and nothing since can have taken.

use rpds::RedBlackTreeSetSync;

use super::state::{ObjectKind, Schema};
use super::{Dialect, TableName, Truth};

impl Schema {
    /// Whether a table certainly has rows.
    pub(super) fn has_rows(&self, table: &TableName) -> bool {
        let key = self.fold(table);
        self.has_table(table) == Truth::Yes
            && self.filled.as_ref().is_some_and(|filled| filled.contains(&key))
    }

    /// A table has rows from now on.
    pub(super) fn fill(&mut self, table: &TableName) {
        let key = self.fold(table);
        if let Some(filled) = &mut self.filled {
            filled.insert_mut(key);
        }
    }

    /// Any row may be gone.
    pub(super) fn forget_rows(&mut self) {
        if let Some(filled) = self.filled.as_mut().filter(|filled| !filled.is_empty()) {
            *filled = RedBlackTreeSetSync::new_sync();
        }
    }

    /// A table has triggers or rules from now on; where it is not known which, any table may have some.
    pub(super) fn guard(&mut self, table: Option<&TableName>) {
        // Those of a view see only what is done to that.
        let is_view =
            |name: &TableName| self.table(name).is_none() && self.object(ObjectKind::View, name).is_some();
        if table.is_some_and(is_view)
            || table.and_then(|table| self.edit(table, |table| table.is_guarded = true)).is_some()
        {
            self.has_guards = true;
        } else {
            self.filled = None;
        }
    }

    /// Whether a change of the rows of these tables may call triggers or rules, which may take any rows.
    pub(super) fn may_call(&self, tables: &[(TableName, Vec<Box<str>>)]) -> bool {
        let is_guarded = |name: &TableName| self.table(name).is_none_or(|table| table.is_guarded);
        // In PostgreSQL, the rows of one may be those of another that goes with it.
        let has_children =
            || self.dialect() != Dialect::Sqlite && self.objects_of(ObjectKind::Child).next().is_some();
        self.has_guards
            && (tables.is_empty() || tables.iter().any(|(name, _)| is_guarded(name)) || has_children())
    }

    /// Tables that have rows whichever of two ways was taken.
    pub(super) fn filled_with(&self, other: &Self) -> Option<RedBlackTreeSetSync<TableName>> {
        let (one, two) = (self.filled.as_ref()?, other.filled.as_ref()?);
        Some(one.iter().filter(|table| two.contains(table)).cloned().collect())
    }
}
