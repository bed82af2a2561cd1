//! Whether it is decided that an operation is done.

use crate::schema::names::Convention;
use crate::schema::state::{ObjectKind, Schema};
use crate::schema::table::LinkKind;
use crate::schema::{ConstraintType, Dialect, Name, Operation, Stands, Table, TableName};

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
            Operation::Savepoint { .. }
            | Operation::EndSavepoint { .. }
            | Operation::SearchPath { .. }
            | Operation::OutsideTransaction { .. }
            | Operation::Raise { .. }
            | Operation::TemporaryTable { .. } => true,
            Operation::Data { uses, .. } => uses.iter().all(|(table, _)| is_sure(table)),
            Operation::Constants { all } => {
                all.iter().all(|own| !matches!(own.stands, Stands::Cast(_)) && own.tables().all(is_sure))
            }
            Operation::AddColumn { table, column, .. } => {
                let is_plain = column.constraints.is_empty() && column.kind.named.is_none();
                let brings = column.unique || column.index || column.primary_key || column.may_bring_more;
                is_closed(table) && is_plain && !brings
            }
            Operation::AlterColumn { table, change, .. } => {
                is_closed(table) && change.name.is_keep() && change.kind.is_none()
            }
            _ => false,
        };
        (by_itself || self.is_whole()) && self.is_told(operation)
    }

    /// Whether a failure of it would be told, if nothing is unknown of the schema: what is not followed may be refused for
    /// any reason, rows that are added may break a constraint, and a name that is left out may be missed.
    fn is_told(&self, operation: &Operation) -> bool {
        match operation {
            Operation::Unknown { .. } | Operation::Noted { .. } | Operation::CreateExtension { .. } => false,
            Operation::Data { verb, .. } => *verb != "INSERT",
            Operation::AlterColumn { table, column: Some(column), change, .. } => {
                let casts = |kind| !change.using && !self.casts(table, column, kind).is_maybe();
                self.dialect() != Dialect::Postgresql || change.kind.as_ref().is_none_or(casts)
            }
            Operation::CreateIndex { index, .. } => {
                !index.has_expressions && is_known_name(&index.name, Some(&self.rules.convention.ix))
            }
            Operation::DropIndex { name, .. } => is_known_name(name, Some(&self.rules.convention.ix)),
            Operation::AddConstraint { constraint, .. } => {
                is_known_name(&constraint.name, self.convention(constraint.kind.word()))
            }
            Operation::DropConstraint { table, name, word, .. } => {
                is_known_name(name, self.convention(*word))
                    && name.written().is_none_or(|name| !self.has_constraint(table, name).is_maybe())
            }
            Operation::Batch { changes, .. } => changes.iter().all(|change| self.is_told(change)),
            _ => true,
        }
    }

    fn convention(&self, word: Option<ConstraintType>) -> Option<&Convention> {
        word.map(|word| self.rules.convention.of(word))
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

/// Whether it is known what SQLAlchemy makes of a name: of none, a convention that is not known may make one.
fn is_known_name(name: &Name, convention: Option<&Convention>) -> bool {
    match name {
        Name::Unnamed => !matches!(convention, Some(Convention::Unknown | Convention::OfUnnamed)),
        Name::Unknown => false,
        Name::Default | Name::Given { .. } => true,
    }
}
