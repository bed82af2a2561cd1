//! Whether it is decided that an operation is done.

use crate::schema::names::Convention;
use crate::schema::state::{ObjectKind, Schema};
use crate::schema::table::LinkKind;
use crate::schema::types::{Family, family};
use crate::schema::{ConstraintType, Dialect, Edit, Name, Operation, Table, TableName, TypeDef};

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
            Operation::Constants { all } => all.iter().all(|own| own.stands.table().is_some_and(is_sure)),
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
            Operation::CreateTable { columns, .. } => {
                columns.iter().all(|own| self.takes(&own.kind, own.default.as_deref()))
            }
            Operation::AddColumn { column, .. } => self.takes(&column.kind, column.default.as_deref()),
            Operation::AlterColumn { table, column: Some(column), change, .. } => {
                let own = self.table(table).and_then(|found| found.column(column, self.dialect()));
                // That of the column is made one of the new type.
                let has_default = own.is_none_or(|own| own.default.is_some());
                let casts =
                    |kind| !change.using && !has_default && !self.casts(table, column, kind).is_maybe();
                let takes = match &change.default {
                    Edit::Keep | Edit::Set(None) => true,
                    Edit::Set(default) => {
                        let kind = change.kind.as_ref().or(own.map(|own| &own.kind));
                        kind.is_some_and(|kind| self.takes(kind, default.as_deref()))
                    }
                    Edit::Unknown => self.dialect() != Dialect::Postgresql,
                };
                takes && (self.dialect() != Dialect::Postgresql || change.kind.as_ref().is_none_or(casts))
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

    /// Whether a default certainly is a value of a type; PostgreSQL alone minds.
    fn takes(&self, kind: &TypeDef, default: Option<&str>) -> bool {
        let Some(default) = default.filter(|_| self.dialect() == Dialect::Postgresql) else { return true };
        let quoted = default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let word = quoted.unwrap_or(default).to_ascii_lowercase();
        let is_number = !word.is_empty() && word.len() < 5 && word.bytes().all(|byte| byte.is_ascii_digit());
        if kind.is_custom || kind.named.is_some() || default.contains('…') {
            return false;
        }
        match family(&kind.written) {
            Some(Family::Text) => quoted.is_some(),
            Some(Family::Number | Family::Exact) => is_number,
            Some(Family::Boolean) => word == "true" || word == "false",
            Some(Family::Time) => quoted.is_none() && ["now()", "current_timestamp"].contains(&word.as_str()),
            Some(Family::Uuid | Family::Enum) | None => false,
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
