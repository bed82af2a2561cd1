//! The foreign keys of a table, one for each column of a constraint.

use std::sync::Arc;

use super::metadata;
use crate::replay::run::Machine;
use crate::replay::run::value::{ForeignKeyValue, TableValue, Value};
use crate::schema::{ConstraintDef, ConstraintKind, TableName};

/// All that a table has, where they are known.
pub(super) fn of_table(table: &TableValue) -> Option<impl Iterator<Item = ForeignKeyValue>> {
    let of = |constraint: &ConstraintDef| {
        let ConstraintKind::ForeignKey { columns, .. } = &constraint.kind else { return Some(Vec::new()) };
        let key = |at| ForeignKeyValue {
            constraint: constraint.clone(),
            at,
            table: table.name.clone(),
            metadata: table.metadata,
        };
        Some((0..columns.as_ref()?.len()).map(key).collect())
    };
    let keys: Vec<Vec<_>> =
        table.all_constraints().filter(|_| table.has_all_keys).map(of).collect::<Option<_>>()?;
    Some(keys.into_iter().flatten())
}

impl ForeignKeyValue {
    /// Its own column's name.
    pub(super) fn column(&self) -> Option<&str> {
        self.constraint.kind.columns()?.get(self.at).map(AsRef::as_ref)
    }

    /// What it refers to: a table, and the column where it is known.
    fn target(&self) -> Option<(&TableName, Option<&str>)> {
        let ConstraintKind::ForeignKey { table, referred, .. } = &self.constraint.kind else { return None };
        Some((
            table.as_ref()?,
            referred.as_ref().and_then(|referred| referred.get(self.at)).map(AsRef::as_ref),
        ))
    }
}

impl From<ForeignKeyValue> for Value {
    fn from(key: ForeignKeyValue) -> Self {
        Self::ForeignKey(Arc::new(key))
    }
}

pub(in crate::replay::run) fn attribute(machine: &Machine<'_>, key: &ForeignKeyValue, name: &str) -> Value {
    let column = |table: Option<&TableName>, column: Option<&str>| match table.zip(column) {
        Some((table, column)) => metadata::table(machine, key.metadata, table).column_of(column),
        None => Value::Data,
    };
    let found = match name {
        "parent" => Some(column(key.table.as_ref(), key.column())),
        "column" => key.target().map(|(table, referred)| column(Some(table), referred)),
        "constraint" => Some(Value::Constraint(Arc::new(key.constraint.clone()))),
        "name" => key.constraint.name.written().map(Value::text),
        "target_fullname" | "_colspec" => {
            key.target().and_then(|(table, column)| Some(Value::text(&format!("{table}.{}", column?))))
        }
        _ => None,
    };
    found.unwrap_or(Value::Data)
}
