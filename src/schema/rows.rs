//! Which tables certainly have rows: what an insert has written and nothing since can have taken.

use rpds::RedBlackTreeSetSync;

use super::state::Schema;
use super::{TableName, Truth};

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

    /// Tables that have rows whichever of two ways was taken.
    pub(super) fn filled_with(&self, other: &Self) -> Option<RedBlackTreeSetSync<TableName>> {
        let (one, two) = (self.filled.as_ref()?, other.filled.as_ref()?);
        Some(one.iter().filter(|table| two.contains(table)).cloned().collect())
    }
}
