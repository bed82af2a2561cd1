//! Whether it is decided that an operation is done.

use crate::schema::state::{ObjectKind, Schema};
use crate::schema::table::LinkKind;
use crate::schema::{Operation, Table, TableName};

impl Schema {
    /// Whether nothing that is not known can be in the way of an operation. Where it is caught, what is not known decides
    /// whether it was done.
    pub fn decides(&self, operation: &Operation) -> bool {
        let is_closed = |table: &TableName| {
            let columns = |found: &Table| found.columns.iter().all(|own| own.certain);
            self.table(table).is_some_and(|found| found.is_closed() && columns(found))
        };
        let is_sure = |table: &TableName| is_closed(table) || self.has_view(table).is_yes();
        let by_itself = match operation {
            Operation::Unknown { .. }
            | Operation::Noted { table: None, .. }
            | Operation::Savepoint { .. }
            | Operation::EndSavepoint { .. }
            | Operation::SearchPath { .. }
            | Operation::Raise { .. }
            | Operation::TemporaryTable { .. } => true,
            Operation::Noted { table: Some(table), .. } => is_sure(table),
            Operation::Data { uses, .. } => uses.iter().all(|(table, _)| is_sure(table)),
            Operation::AddColumn { table, column, .. } => {
                let is_plain = column.constraints.is_empty() && column.kind.named.is_none();
                is_closed(table) && is_plain && !column.unique && !column.index && !column.primary_key
            }
            Operation::AlterColumn { table, change, .. } => {
                is_closed(table) && change.name.is_keep() && change.kind.is_none()
            }
            _ => false,
        };
        by_itself || self.is_whole()
    }

    /// Whether everything about it is certain.
    pub(super) fn is_whole(&self) -> bool {
        let known = self.known;
        let none_is_open = self.linked(LinkKind::OpenIndexes, &TableName::plain("")).next().is_none();
        known.tables
            && known.enums
            && known.others
            && none_is_open
            && self.tables().all(|(_, table)| {
                table.certain
                    && table.columns_known
                    && table.constraints_known
                    && table.columns.iter().all(|own| own.certain)
                    && table.constraints.iter().all(|own| own.certain)
                    && table.indexes.iter().all(|own| own.certain)
            })
            && [ObjectKind::View, ObjectKind::Enum, ObjectKind::Sequence, ObjectKind::Index]
                .into_iter()
                .all(|kind| self.objects_of(kind).all(|object| object.certain))
    }
}
