//! What must be there before a batch copies a table: what `copy_from` gives, and what its foreign keys lead to.

use std::collections::BTreeSet;

use super::Applying;
use crate::schema::{ConstraintKind, Dialect, FailureKind, GivenTable, ObjectName, Operation, TableName};

/// How many tables are looked at for a foreign key that leads nowhere.
const MOST_TABLES: usize = 500;

impl Applying<'_> {
    /// Rows are copied by the columns of the table that was given, whatever the database's own has. On PostgreSQL the
    /// constraints that were given are dropped before that, as the copy takes their names.
    pub(super) fn need_given(&mut self, name: &TableName, changes: &[Operation], given: &GivenTable) {
        let dialect = self.dialect();
        let Some(table) = self.schema.table(name).cloned() else { return };
        if self.dialect() == Dialect::Postgresql {
            let is_dropped = |constraint: &str| {
                changes.iter().any(|change| {
                    matches!(change, Operation::DropConstraint { name, .. } if name.written() == Some(constraint))
                })
            };
            for constraint in given.constraints.iter().filter(|constraint| !is_dropped(constraint)) {
                if table.has_constraint(constraint, dialect).is_no() {
                    let message =
                        format!("constraint \"{constraint}\" of relation \"{name}\" does not exist");
                    self.fail(
                        FailureKind::NoSuchConstraint,
                        ObjectName::constraint(name, constraint),
                        message,
                    );
                }
            }
        }
        let is_dropped = |column: &str| {
            changes.iter().any(|change| match change {
                Operation::DropColumn { column: Some(dropped), .. } => **dropped == *column,
                Operation::DropColumn { column: None, .. } => true,
                // It is new, so that nothing is copied into it.
                Operation::AddColumn { column: added, .. } => *added.name == *column,
                _ => false,
            })
        };
        for column in given.columns.iter().map(|own| &*own.name).filter(|column| !is_dropped(column)) {
            if table.has_column(column, dialect).is_no() {
                self.no_column(name, column);
            }
        }
    }

    /// A table that is certainly missing and that a foreign key leads to, from this table over any others.
    pub(super) fn missing_referent(&self, name: &TableName) -> Option<TableName> {
        if !self.schema.has_dangling_links() {
            return None;
        }
        let mut seen = BTreeSet::new();
        let mut next = vec![name.clone()];
        while let Some(name) = next.pop() {
            let key = self.schema.fold(&name);
            if seen.len() > MOST_TABLES || !seen.insert(key) {
                continue;
            }
            let Some(table) = self.schema.table(&name) else { continue };
            for own in table.constraints.iter().filter(|own| own.certain) {
                let ConstraintKind::ForeignKey { table: Some(referred), .. } = &own.kind else { continue };
                if self.schema.has_table(referred).or(self.schema.has_view(referred)).is_no() {
                    return Some(referred.clone());
                }
                next.push(referred.clone());
            }
        }
        None
    }
}
