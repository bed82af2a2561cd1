//! Columns.

use std::sync::Arc;

use super::types::type_def;
use super::{foreign_key, metadata, statement};
use crate::replay::run::value::{ColumnValue, HOLE, TypeValue, Value};
use crate::replay::run::{Arguments, Call, Machine};
use crate::schema::{ColumnDef, ConstraintDef, ConstraintKind, TableName};

/// `Column(name, type, …)`.
pub(super) fn made(arguments: &Arguments) -> ColumnValue {
    let (name, rest) = named(arguments);
    let mut def = ColumnDef { name: name.clone().unwrap_or_default(), ..ColumnDef::default() };
    let mut kind = arguments.keyword("type_");
    let mut is_identity = false;
    for value in rest {
        match value {
            Value::Constraint(constraint) => {
                let mut constraint = (**constraint).clone();
                fill_columns(&mut constraint, name.as_deref());
                def.constraints.push(constraint);
            }
            Value::Generated(how) => {
                def.generated |= how.is_written;
                def.computed = def.computed.or_else(|| how.computed.clone());
                is_identity |= how.is_identity;
            }
            Value::Sequence(_) | Value::None => {}
            value => kind = kind.or(Some(value)),
        }
    }
    match kind {
        Some(kind) => def.kind = type_def(kind),
        None => def.kind.is_missing = !arguments.is_open(),
    }
    let is_key = arguments.flag("primary_key");
    let (unique, index) = (arguments.flag("unique"), arguments.flag("index"));
    def.primary_key = is_key == Some(true);
    def.unique = unique == Some(true);
    def.index = index == Some(true);
    def.may_bring_more = [is_key, unique, index].contains(&None);
    def.autoincrement = arguments.flag("autoincrement") == Some(true);
    match arguments.keyword("server_default") {
        Some(Value::None) | None => {}
        Some(Value::Generated(how)) => {
            def.generated |= how.is_written;
            def.computed = def.computed.or_else(|| how.computed.clone());
            is_identity |= how.is_identity;
        }
        Some(value) => def.default = Some(default_text(value)),
    }
    def.nullable = match arguments.keyword("nullable") {
        Some(Value::Bool(value)) => Some(*value),
        Some(_) => None,
        None if arguments.are_more_named => None,
        None if is_identity => Some(false),
        None => is_key.map(|is_key| !is_key),
    };
    let fills = |name: &str| !matches!(arguments.keyword(name), None | Some(Value::None));
    def.fills = fills("default") || fills("insert_default");
    ColumnValue { name, def, ..ColumnValue::default() }
}

impl ColumnValue {
    /// The same where a type that is missing comes from the column that it refers to, or is not written.
    pub(in crate::replay::run) fn without_need_of_type(mut self) -> Self {
        self.def.kind.is_missing = false;
        self
    }

    /// Whether both are one column of one table, where their tables are known.
    pub(in crate::replay::run) fn is_same(&self, other: &Self) -> Option<bool> {
        let own = self.table.as_ref().zip(self.name.as_ref())?;
        let is_same = own == other.table.as_ref().zip(other.name.as_ref())?;
        // Two tables of one name are one in one metadata.
        let is_one = self.metadata.is_some() && self.metadata == other.metadata;
        (!is_same || is_one).then_some(is_same)
    }

    /// Whether it refers to a column of a table for which `is_it` holds.
    pub(in crate::replay::run) fn refers_to(&self, is_it: impl Fn(Option<&TableName>) -> bool) -> bool {
        self.def.constraints.iter().any(|own| match &own.kind {
            ConstraintKind::ForeignKey { table, .. } => is_it(table.as_ref()),
            _ => false,
        })
    }
}

/// The column's name, if it is known, and the arguments after it.
fn named(arguments: &Arguments) -> (Option<Box<str>>, &[Value]) {
    let by_keyword = arguments.keyword("name");
    let (name, rest) = match arguments.positional.split_first() {
        // The name may be among those that are not known.
        _ if arguments.gap == Some(0) => (None, arguments.positional.as_slice()),
        Some((Value::Text(text), rest)) => (text.is_known().then(|| (*text.text).into()), rest),
        Some((Value::None, rest)) => (None, rest),
        Some((Value::Data, rest)) if by_keyword.is_none() && !rest.is_empty() => (None, rest),
        _ => (None, arguments.positional.as_slice()),
    };
    match by_keyword {
        Some(name) => (name.known_text().map(Into::into), rest),
        None => (name, rest),
    }
}

/// Gives its name to a column that has none, as a declarative class does to its attributes.
pub(in crate::replay::run) fn give_name(column: &mut ColumnValue, name: &str) {
    if column.name.is_some() {
        return;
    }
    column.name = Some(name.into());
    column.def.name = name.into();
    for constraint in &mut column.def.constraints {
        fill_columns(constraint, Some(name));
    }
}

/// A column's own foreign key is one of that column, whose name may be known only later.
fn fill_columns(constraint: &mut ConstraintDef, column: Option<&str>) {
    match &mut constraint.kind {
        ConstraintKind::ForeignKey { columns, .. }
        | ConstraintKind::Unique { columns }
        | ConstraintKind::PrimaryKey { columns }
            if columns.as_ref().is_none_or(Vec::is_empty) =>
        {
            *columns = column.map(|column| vec![column.into()]);
        }
        _ => {}
    }
}

pub(in crate::replay::run) fn attribute(
    machine: &mut Machine<'_>,
    column: &ColumnValue,
    name: &str,
) -> Option<Value> {
    let kind = &column.def.kind;
    Some(match name {
        "name" | "key" => column.name.as_deref().map_or(Value::Data, Value::text),
        "type" if !kind.written.is_empty() => {
            Value::Type(Arc::new(TypeValue { def: kind.clone(), ..TypeValue::default() }))
        }
        "nullable" => column.def.nullable.map_or(Value::Data, Value::Bool),
        "primary_key" => Value::Bool(column.def.primary_key),
        "table" => match &column.table {
            Some(table) => Value::Table(metadata::table(machine, column.metadata, table)),
            None => Value::Data,
        },
        "foreign_keys" => {
            let keys = column.table.as_ref().and_then(|table| {
                let table = metadata::table(machine, column.metadata, table);
                let keys = foreign_key::of_table(&table)?;
                Some(keys.filter(|key| key.column() == column.name.as_deref()).map(Value::from).collect())
            });
            machine.list(keys)
        }
        "type" | "server_default" | "default" | "unique" | "index" => Value::Data,
        _ => return None,
    })
}

pub(in crate::replay::run) fn method(column: &Value, call: Call<'_>) -> Value {
    match call.name {
        "copy" | "_copy" => column.clone(),
        "is_"
        | "is_not"
        | "isnot"
        | "in_"
        | "not_in"
        | "notin_"
        | "like"
        | "not_like"
        | "notlike"
        | "ilike"
        | "not_ilike"
        | "notilike"
        | "between"
        | "startswith"
        | "endswith"
        | "contains"
        | "is_distinct_from"
        | "is_not_distinct_from"
        | "isnot_distinct_from" => statement::clause_of(column, call),
        _ => Value::Data,
    }
}

/// A server default as it is shown.
pub(in crate::replay::run) fn default_text(value: &Value) -> Box<str> {
    match value {
        Value::Text(text) => format!("'{}'", text.text.replace(HOLE, "…")).into(),
        Value::Sql(text) => text.text.replace(HOLE, "…").into(),
        other => other.shown().unwrap_or_else(|| "…".to_owned()).into(),
    }
}
