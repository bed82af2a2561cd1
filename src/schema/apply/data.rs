//! Rows: what is read and written must be there.

use super::{Applying, is_built_in};
use crate::schema::TableName;

impl Applying<'_> {
    /// Every table, and every column that is certainly looked for there.
    pub(super) fn data(&mut self, uses: &[(TableName, Vec<Box<str>>)]) {
        for (table, columns) in uses {
            self.need_relation(table);
            if !is_built_in(table) {
                for column in columns {
                    self.need_column(table, column);
                }
            }
        }
    }
}
