//! Whether it is known of an operation that it succeeds, or that it fails: what a `try` around it has to know.

use super::names::{Convention, is_built_in};
use super::state::{ObjectKind, Schema};
use super::table::LinkKind;
use super::{ColumnDef, ConstraintDef, ConstraintKind, ConstraintType, Name, Operation, Table, TableName};

impl Schema {
    /// Whether all that an operation goes by is known, so that it succeeds unless a failure of it is told.
    pub fn is_sure(&self, operation: &Operation) -> bool {
        use Operation as O;
        let new = |kind: ObjectKind, name: &TableName| !self.has(kind, name).is_maybe();
        self.knows_tables(operation)
            && match operation {
                O::CreateTable { columns, constraints, .. } => {
                    columns.iter().all(|column| self.is_sure_of_column(column))
                        && constraints.iter().all(|own| self.is_sure_of_name(own))
                }
                O::DropTable { table, .. } => {
                    self.linked(LinkKind::Table, table).all(|user| self.knows(user))
                }
                O::AddColumn { column, .. } => self.is_sure_of_column(column),
                O::DropColumn { column, .. } | O::AlterColumn { column, .. } => column.is_some(),
                O::RenameTable { to, .. } => !self.has_table(to).or(self.has_view(to)).is_maybe(),
                O::CreateIndex { index, .. } => {
                    !index.has_expressions
                        && index.columns.is_some()
                        && self.is_known_name(&index.name, Some(&self.rules.convention.ix))
                }
                O::DropIndex { name, table, .. } => {
                    self.is_known_name(name, Some(&self.rules.convention.ix))
                        && (table.is_some() || !self.has_open_indexes())
                }
                O::AddConstraint { constraint, .. } => self.is_sure_of_name(constraint),
                O::DropConstraint { name, word, .. } => {
                    self.is_known_name(name, word.map(|word| self.convention(word)))
                }
                O::Batch { changes, .. } => changes.iter().all(|change| self.is_sure(change)),
                O::CreateEnum { kind, .. } => kind
                    .name
                    .as_ref()
                    .is_some_and(|name| new(ObjectKind::Enum, &TableName::new(kind.schema.as_deref(), name))),
                O::DropEnum { name: Some(name), schema, .. } => {
                    new(ObjectKind::Enum, &TableName::new(schema.as_deref(), name))
                }
                O::CreateSequence { name, .. } | O::DropSequence { name, .. } => {
                    new(ObjectKind::Sequence, name)
                }
                O::DropView { view, .. } => new(ObjectKind::View, view),
                O::CreateSchema { name, .. } => new(ObjectKind::Namespace, &TableName::plain(name)),
                // Rows that are added may break a constraint.
                O::Data { verb, .. } => *verb != "INSERT",
                O::Refused { .. } | O::Raise { .. } | O::Savepoint { .. } | O::EndSavepoint { .. } => true,
                _ => false,
            }
    }

    /// Whether all is known of the tables that it names.
    fn knows_tables(&self, operation: &Operation) -> bool {
        if let Operation::Data { uses, .. } = operation {
            return uses.iter().all(|(table, columns)| {
                is_built_in(self.dialect(), table)
                    || !self.has_table(table).or(self.has_view(table)).is_maybe()
                        && columns.iter().all(|column| !self.has_column(table, column).is_maybe())
            });
        }
        let mut knows = true;
        operation.clone().resolve_tables(&mut |table, is_new| {
            let is_there = self.has_table(table).or(self.has_view(table));
            knows &= if is_new { !is_there.is_maybe() } else { is_there.is_no() || self.knows(table) };
        });
        knows
    }

    /// Whether a table is there for certain, and all that it has is known.
    fn knows(&self, table: &TableName) -> bool {
        self.table(table).is_some_and(Table::is_known)
    }

    fn is_sure_of_column(&self, column: &ColumnDef) -> bool {
        let is_known_type = column.kind.named.as_ref().is_none_or(|kind| {
            let name = kind.name.as_ref().map(|name| TableName::new(kind.schema.as_deref(), name));
            name.is_some_and(|name| !self.has_enum(&name).is_maybe())
        });
        is_known_type && column.constraints.iter().all(|own| self.is_sure_of_name(own))
    }

    fn is_sure_of_name(&self, own: &ConstraintDef) -> bool {
        own.kind != ConstraintKind::Unknown
            && self.is_known_name(&own.name, own.kind.word().map(|word| self.convention(word)))
    }

    fn convention(&self, word: ConstraintType) -> &Convention {
        self.rules.convention.of(word)
    }

    /// Whether SQLAlchemy may be asked for a name without refusing it. What a convention that is not known would make of
    /// none, nobody knows.
    fn is_known_name(&self, name: &Name, convention: Option<&Convention>) -> bool {
        match name {
            Name::Unnamed => !matches!(convention, Some(Convention::Unknown | Convention::OfUnnamed)),
            Name::Unknown => false,
            Name::Default | Name::Given { .. } => true,
        }
    }
}

impl Table {
    /// Whether it is there for certain, with what it has and nothing else.
    fn is_known(&self) -> bool {
        self.is_closed()
            && self.constraints_known
            && self.indexes_known
            && self.columns.iter().all(|own| own.certain)
            && self.constraints.iter().all(|own| own.certain && own.name != Name::Unknown)
            && self.indexes.iter().all(|own| own.certain && own.name != Name::Unknown)
    }
}
