//! `ALTER TABLE`.

use sqlparser::ast::{AlterTable, AlterTableOperation, DropBehavior, RenameTableNameKind, TableConstraint};

use super::super::{
    ColumnChange, Condition, ConstraintKind, ConstraintType, Dialect, Edit, Name, Operation, TableName,
    Touches,
};
use super::names::Names;
use super::table::Part;

/// An operation that is not understood.
pub(super) fn unknown(what: impl Into<Box<str>>, touches: Touches) -> Operation {
    Operation::Unknown { what: what.into(), touches }
}

/// Something that the virtual schema does not keep.
pub(super) fn noted(what: impl Into<Box<str>>, table: Option<TableName>) -> Operation {
    Operation::noted(what, table)
}

/// When PostgreSQL does a clause among others. Source: `AlterTablePass` of its `commands/tablecmds.c`.
fn pass(operation: &Operation) -> u8 {
    match operation {
        Operation::DropColumn { .. } | Operation::DropConstraint { .. } => 0,
        Operation::AlterColumn { change, .. } if change.kind.is_some() => 1,
        Operation::AddColumn { .. } => 2,
        // What is taken from a column goes with what is dropped, a default comes last.
        Operation::AlterColumn { change, .. } => match (&change.nullable, &change.default) {
            (Edit::Set(true), _) | (_, Edit::Set(None)) => 0,
            (_, Edit::Set(Some(_))) => 5,
            _ => 3,
        },
        Operation::PromoteIndex { .. } => 4,
        Operation::AddConstraint { constraint, .. } => match constraint.kind {
            ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::Exclude { .. } => 4,
            _ => 5,
        },
        _ => 6,
    }
}

impl Names<'_> {
    /// An index that becomes a constraint.
    fn promotion(&self, table: &TableName, constraint: &TableConstraint) -> Option<Operation> {
        let (using, primary) = match constraint {
            TableConstraint::PrimaryKeyUsingIndex(using) => (using, true),
            TableConstraint::UniqueUsingIndex(using) => (using, false),
            _ => return None,
        };
        let name = match &using.name {
            Some(name) => Some(self.ident(name)?),
            None => None,
        };
        let index = self.ident(&using.index_name)?;
        Some(Operation::PromoteIndex { table: table.clone(), index, name, primary })
    }

    /// What `ALTER TABLE` asks for, one operation for each of its clauses.
    pub(super) fn alter_table(&self, alter: &AlterTable) -> Vec<Operation> {
        let Some(table) = self.table(&alter.name) else {
            return vec![unknown("ALTER TABLE of a table whose name is computed", Touches::Everything)];
        };
        let mut operations = Vec::new();
        for clause in &alter.operations {
            self.clause(&table, clause, &mut operations);
        }
        if operations.is_empty() {
            return vec![unknown("ALTER TABLE", Touches::Table(table))];
        }
        if self.dialect == Dialect::Postgresql {
            operations.sort_by_key(pass);
        }
        if alter.if_exists {
            let condition = Condition::Relation(table);
            return vec![Operation::If { condition, then: operations, otherwise: Vec::new() }];
        }
        operations
    }

    fn clause(&self, table: &TableName, clause: &AlterTableOperation, operations: &mut Vec<Operation>) {
        use AlterTableOperation as Clause;
        let own = || table.clone();
        let cascades = |behaviour: &Option<DropBehavior>| *behaviour == Some(DropBehavior::Cascade);
        let vague = |what: &str| unknown(what, Touches::Table(own()));
        let drop = |name: Name, word, if_exists, cascade| Operation::DropConstraint {
            table: own(),
            name,
            word,
            if_exists,
            cascade,
            in_sql: true,
        };
        let operation = match clause {
            Clause::AddConstraint { constraint, .. } if self.promotion(table, constraint).is_some() => {
                operations.extend(self.promotion(table, constraint));
                return;
            }
            Clause::AddConstraint { constraint, .. } => match self.part(constraint) {
                Part::Constraint(constraint) => {
                    if let (ConstraintKind::Unique { columns: None }, Name::Unknown) =
                        (&constraint.kind, &constraint.name)
                    {
                        unknown("ADD CONSTRAINT", Touches::ConstraintsOf(own()))
                    } else {
                        Operation::AddConstraint { table: own(), constraint }
                    }
                }
                Part::Index(index) => Operation::CreateIndex { table: own(), index, if_not_exists: false },
            },
            Clause::AddColumn { if_not_exists, column_def, .. } => match self.column(column_def) {
                Some(column) => Operation::AddColumn { table: own(), column, if_not_exists: *if_not_exists },
                None => vague("ADD COLUMN of a column whose name is computed"),
            },
            Clause::DropColumn { column_names, if_exists, drop_behavior, .. } => {
                operations.extend(column_names.iter().map(|name| Operation::DropColumn {
                    table: own(),
                    column: self.ident(name),
                    if_exists: *if_exists,
                    cascade: cascades(drop_behavior),
                }));
                return;
            }
            Clause::DropConstraint { if_exists, name, drop_behavior } => {
                drop(self.given(Some(name)), None, *if_exists, cascades(drop_behavior))
            }
            Clause::DropPrimaryKey { drop_behavior } => {
                drop(Name::Unnamed, Some(ConstraintType::Primary), false, cascades(drop_behavior))
            }
            Clause::DropForeignKey { name, drop_behavior } => {
                drop(self.given(Some(name)), Some(ConstraintType::ForeignKey), false, cascades(drop_behavior))
            }
            Clause::DropIndex { name } => Operation::DropIndex {
                name: self.given(Some(name)),
                schema: table.schema.clone(),
                table: Some(own()),
                if_exists: false,
                cascade: false,
            },
            Clause::RenameColumn { old_column_name, new_column_name } => Operation::AlterColumn {
                table: own(),
                column: self.ident(old_column_name),
                change: ColumnChange {
                    name: Edit::to(self.ident(new_column_name)),
                    ..ColumnChange::default()
                },
            },
            Clause::RenameTable { table_name } => {
                let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = table_name;
                Self::rename_table(table, self.table(to))
            }
            Clause::ChangeColumn { old_name, new_name, data_type, options, .. } => {
                let mut change = self.declared(data_type, options);
                if new_name.value != old_name.value {
                    change.name = Edit::to(self.ident(new_name));
                }
                Operation::AlterColumn { table: own(), column: self.ident(old_name), change }
            }
            Clause::ModifyColumn { col_name, data_type, options, .. } => Operation::AlterColumn {
                table: own(),
                column: self.ident(col_name),
                change: self.declared(data_type, options),
            },
            Clause::AlterColumn { column_name, op } => Operation::AlterColumn {
                table: own(),
                column: self.ident(column_name),
                change: self.change(op),
            },
            Clause::RenameConstraint { old_name, new_name } => {
                match (self.ident(old_name), self.ident(new_name)) {
                    (Some(name), Some(to)) => Operation::RenameConstraint { table: own(), name, to },
                    _ => unknown(
                        "RENAME CONSTRAINT with a name that is computed",
                        Touches::ConstraintsOf(own()),
                    ),
                }
            }
            Clause::DisableRowLevelSecurity
            | Clause::EnableRowLevelSecurity
            | Clause::ForceRowLevelSecurity
            | Clause::NoForceRowLevelSecurity
            | Clause::DisableRule { .. }
            | Clause::DisableTrigger { .. }
            | Clause::EnableAlwaysRule { .. }
            | Clause::EnableAlwaysTrigger { .. }
            | Clause::EnableReplicaRule { .. }
            | Clause::EnableReplicaTrigger { .. }
            | Clause::EnableRule { .. }
            | Clause::EnableTrigger { .. }
            | Clause::ReplicaIdentity { .. }
            | Clause::SetTblProperties { .. }
            | Clause::SetLogged
            | Clause::OwnerTo { .. }
            | Clause::Algorithm { .. }
            | Clause::Lock { .. }
            | Clause::AutoIncrement { .. }
            | Clause::SetOptionsParens { .. }
            | Clause::ResetOptions { .. } => noted("ALTER TABLE", Some(own())),
            // Foreign keys may lead from it to no other that is not so.
            Clause::SetUnlogged => unknown("SET UNLOGGED", Touches::ConstraintsOf(own())),
            Clause::ValidateConstraint { name } => match self.ident(name) {
                Some(name) => Operation::NeedConstraint { table: own(), name },
                None => noted("ALTER TABLE", Some(own())),
            },
            Clause::AttachPartitionOf { partition, .. } | Clause::DetachPartitionOf { partition, .. } => {
                // Both have the same columns, or the database refuses; keys and indexes come with the other's, and stay.
                let what = "a partition comes or goes";
                let Some(partition) = self.table(partition) else {
                    operations.push(unknown(what, Touches::Everything));
                    return;
                };
                operations.push(unknown(what, Touches::Nothing));
                let comes = matches!(clause, Clause::AttachPartitionOf { .. });
                let parents = if comes { vec![own()] } else { Vec::new() };
                Operation::Inherits { table: partition, parents, is_partition: comes }
            }
            _ => vague("a clause of ALTER TABLE"),
        };
        operations.push(operation);
    }

    /// `RENAME TO`.
    pub(super) fn rename_table(table: &TableName, to: Option<TableName>) -> Operation {
        let Some(mut to) = to else {
            return unknown("a table's new name is computed", Touches::Everything);
        };
        if to.schema.is_none() {
            to.schema = table.schema.clone();
        }
        Operation::RenameTable { table: table.clone(), to }
    }
}
