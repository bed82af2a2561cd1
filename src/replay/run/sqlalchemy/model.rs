//! Declarative classes, each with the table that it describes.

use std::sync::Arc;

use super::column::give_name;
use super::metadata;
use crate::replay::run::value::{Class, Object, Scope, TableValue, Value};
use crate::replay::run::{Arguments, Machine};
use crate::schema::TableName;

/// `declarative_base()`.
pub(super) fn base(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let metadata = metadata::of_base(machine, arguments.keyword("metadata"));
    let scope = machine.allocate(Object::Scope(Scope::default()));
    Value::Class(Arc::new(Class {
        name: "Base".into(),
        scope,
        order: Vec::new(),
        is_enum: false,
        metadata: Some(metadata),
        bases: Vec::new(),
        is_open: false,
    }))
}

impl Machine<'_> {
    /// The table that a declarative class describes.
    pub(in crate::replay::run) fn table_of(&self, class: &Class) -> Option<Arc<TableValue>> {
        let Object::Scope(scope) = self.state.object(class.scope) else { return None };
        if let Some(Value::Table(table)) = scope.names.get("__table__") {
            return Some(Arc::clone(table));
        }
        let name = scope.names.get("__tablename__")?.known_text()?;
        let mut table = TableValue {
            name: Some(TableName::plain(name)),
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            // A mixin may bring more columns.
            is_complete: class.metadata.is_some() && !scope.names.contains_key("__table_args__"),
            has_all_constraints: false,
        };
        for attribute in &class.order {
            match scope.names.get(attribute) {
                Some(Value::Column(column)) => {
                    let mut column = (**column).clone();
                    give_name(&mut column, attribute);
                    table.columns.push(column);
                }
                Some(Value::Text(_) | Value::Function(..) | Value::None) => {}
                _ => table.is_complete &= attribute.starts_with("__"),
            }
        }
        // Constraints and indexes, and a dict of options.
        if let Some(Value::Tuple(others)) = scope.names.get("__table_args__") {
            table.constraints.extend(others.iter().filter_map(|other| match other {
                Value::Constraint(constraint) => Some((**constraint).clone()),
                _ => None,
            }));
        }
        table.take_types_from(|_| true);
        Some(Arc::new(table))
    }
}
