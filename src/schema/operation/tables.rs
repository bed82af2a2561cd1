//! What operations are made of, and the tables that they name.

use std::sync::Arc;

use super::{Condition, ConstraintDef, ConstraintKind, Operation, TableName, Touches, Written};
use crate::schema::Edit;

impl Operation {
    /// Hands each operation that may be done by this one, and this one itself, to `each`.
    pub fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a Self)) {
        each(self);
        match self {
            Self::Batch { changes, .. } => changes.iter().for_each(|change| change.visit(each)),
            Self::If { then, otherwise, .. } => {
                then.iter().chain(otherwise).for_each(|change| change.visit(each));
            }
            Self::Try { body, handlers } => {
                let handled = handlers.iter().flat_map(|(_, handled)| handled);
                body.iter().chain(handled).for_each(|change| change.visit(each));
            }
            _ => {}
        }
    }

    /// Hands each table's name to `resolve`, and whether it is one that comes into being.
    pub fn resolve_tables(&mut self, resolve: &mut dyn FnMut(&mut TableName, bool)) {
        let constraint = |constraint: &mut ConstraintDef, resolve: &mut dyn FnMut(&mut TableName, bool)| {
            if let ConstraintKind::ForeignKey { table: Some(table), .. } = &mut constraint.kind {
                resolve(table, false);
            }
        };
        match self {
            Self::CreateTable { table, columns, constraints, .. } => {
                resolve(table, true);
                let own = columns.iter_mut().flat_map(|column| &mut column.constraints);
                constraints.iter_mut().chain(own).for_each(|own| constraint(own, resolve));
            }
            Self::AddColumn { table, column, .. } => {
                resolve(table, false);
                column.constraints.iter_mut().for_each(|own| constraint(own, resolve));
            }
            Self::AddConstraint { table, constraint: own } => {
                resolve(table, false);
                constraint(own, resolve);
            }
            Self::Constants { all } => {
                all.iter_mut().flat_map(Written::tables_mut).for_each(|table| resolve(table, false));
            }
            Self::RenameTable { table: name, to } | Self::Rename { name, to, .. } => {
                let moves = to.schema.is_some() && to.schema != name.schema;
                resolve(name, false);
                if to.schema.is_none() {
                    to.schema.clone_from(&name.schema);
                }
                if moves && to == name {
                    // It is there already.
                    *self = Self::noted("SET SCHEMA", Some(name.clone()));
                }
            }
            Self::CreateView { view, query, .. } => {
                resolve(view, true);
                query.reads.iter_mut().for_each(|(table, _)| resolve(table, false));
            }
            Self::CreateSequence { name, owner, .. } => {
                resolve(name, true);
                owner.iter_mut().for_each(|owner| resolve(owner, false));
            }
            Self::Inherits { table, parents, .. } => {
                resolve(table, false);
                parents.iter_mut().for_each(|parent| resolve(parent, false));
            }
            Self::AlterSequence { name, owner, .. } => {
                resolve(name, false);
                if let Edit::Set(Some(owner)) = owner {
                    resolve(owner, false);
                }
            }
            Self::If { condition, then, otherwise } => {
                condition.resolve_tables(resolve);
                then.iter_mut().chain(otherwise).for_each(|change| change.resolve_tables(resolve));
            }
            Self::Try { body, handlers } => {
                let handled = handlers.iter_mut().flat_map(|(_, handled)| handled);
                body.iter_mut().chain(handled).for_each(|change| change.resolve_tables(resolve));
            }
            Self::Data { uses, .. } => uses.iter_mut().for_each(|(table, _)| resolve(table, false)),
            Self::Batch { table, changes, .. } => {
                resolve(table, false);
                changes.iter_mut().for_each(|change| change.resolve_tables(resolve));
            }
            Self::DropColumn { table, .. }
            | Self::AlterColumn { table, .. }
            | Self::CreateIndex { table, .. }
            | Self::DropConstraint { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::NeedConstraint { table, .. }
            | Self::PromoteIndex { table, .. }
            | Self::DropSequence { name: table, .. } => resolve(table, false),
            Self::DropTable { table, together, .. } | Self::DropView { view: table, together, .. } => {
                resolve(table, false);
                let resolved = |own: &TableName| {
                    let mut own = own.clone();
                    resolve(&mut own, false);
                    own
                };
                *together = Arc::new(together.iter().map(resolved).collect());
            }
            Self::DropIndex { table, .. } | Self::Noted { table, .. } | Self::Refused { table, .. } => {
                table.iter_mut().for_each(|table| resolve(table, false));
            }
            Self::Unknown { touches, .. } => match touches {
                Touches::Table(table) | Touches::TableItself(table) | Touches::ConstraintsOf(table) => {
                    resolve(table, false);
                }
                Touches::Everything
                | Touches::Constraints
                | Touches::Column(_)
                | Touches::NewTables
                | Touches::Enums
                | Touches::Casts
                | Touches::Nothing => {}
            },
            // Names of types and of indexes are not looked up here; the others have none.
            Self::CreateEnum { .. }
            | Self::DropEnum { .. }
            | Self::RenameEnum { .. }
            | Self::RenameEnumValue { .. }
            | Self::NeedType { .. }
            | Self::AddEnumValue { .. }
            | Self::CreateSchema { .. }
            | Self::RenameSchema { .. }
            | Self::OutsideTransaction { .. }
            | Self::Raise { .. }
            | Self::Savepoint { .. }
            | Self::EndSavepoint { .. }
            | Self::TemporaryTable { .. }
            | Self::NeedIndex { .. }
            | Self::NeedFunction { .. }
            | Self::CreateExtension { .. }
            | Self::DropExtension { .. }
            | Self::DropSchema { .. }
            | Self::SearchPath { .. } => {}
        }
    }
}

impl Condition {
    /// Hands each table's name to `resolve`.
    pub fn resolve_tables(&mut self, resolve: &mut dyn FnMut(&mut TableName, bool)) {
        match self {
            // The others are names in a catalogue, which knows no search path.
            Self::Relation(table) => resolve(table, false),
            Self::Not(inner) => inner.resolve_tables(resolve),
            Self::And(one, two) | Self::Or(one, two) => {
                one.resolve_tables(resolve);
                two.resolve_tables(resolve);
            }
            Self::Constraint(..)
            | Self::Table(_)
            | Self::Index(_)
            | Self::Column(..)
            | Self::RelationAnywhere(_)
            | Self::Type(_)
            | Self::Known(_)
            | Self::Unknown => {}
        }
    }
}
