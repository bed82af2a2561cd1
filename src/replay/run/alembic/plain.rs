//! Directives that do something by themselves: on whole tables, on rows, and in SQL.

use std::sync::Arc;

use super::directives::Given;
use crate::replay::run::sqlalchemy::constraint::name_of;
use crate::replay::run::sqlalchemy::table::{described, is_temporary, table_name};
use crate::replay::run::value::{Str, TableValue, Value};
use crate::replay::run::{Evaluated, Machine};
use crate::schema::{
    Constant, ConstraintDef, ConstraintKind, Dialect, Name, OnRows, Operation, Stands, TableName, Together,
    Touches, Values, Written,
};
use crate::text::TextRange;

/// `f(name)`: no convention changes that name.
pub(super) fn final_name(given: &Given<'_>) -> Value {
    match given.arguments.first() {
        Some(Value::Text(text)) => Value::Text(Str { is_final: true, ..text.clone() }),
        Some(other) => other.clone(),
        None => Value::Data,
    }
}

pub(super) fn execute(machine: &mut Machine<'_>, given: &Given<'_>, range: TextRange) -> Evaluated {
    let statement = given.get("sqltext").unwrap_or(&Value::Data);
    if let Value::Text(text) | Value::Sql(text) = statement {
        machine.need_values(text, range)?;
    }
    machine.execute(statement, range)?;
    Ok(Value::None)
}

pub(super) fn bulk_insert(machine: &mut Machine<'_>, given: &Given<'_>, range: TextRange) -> Evaluated {
    if let Some(Value::Table(table)) = given.get("table")
        && let Some(name) = table.name.clone()
    {
        let rows = given.get("rows").and_then(|rows| machine.items(rows));
        if rows.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Value::None);
        }
        let on_rows = if rows.is_some() { OnRows::Adds } else { OnRows::Keeps };
        let columns = row_keys(machine, given.get("rows"));
        let all = texts_of_rows(machine, table, &name, rows.as_deref().unwrap_or_default());
        if !all.is_empty() {
            machine.perform(Operation::Constants { all }, range)?;
        }
        machine
            .perform(Operation::Data { verb: "INSERT", uses: vec![(name, columns)], rows: on_rows }, range)?;
    }
    Ok(Value::None)
}

/// The texts that rows to insert set in columns, where SQLAlchemy hands them on as they are: it makes nothing of those of a
/// text and of an enum type of texts.
fn texts_of_rows(
    machine: &Machine<'_>,
    table: &TableValue,
    name: &TableName,
    rows: &[Value],
) -> Vec<Written> {
    let is_handed_on = |column: &str| {
        let mut own = table.columns.iter().filter(|own| own.name.as_deref() == Some(column));
        own.next().is_some_and(|own| {
            let kind = &own.def.kind;
            let of_texts = kind.named.as_ref().is_some_and(|named| named.values.is_some());
            !kind.is_custom && (of_texts || Values::of(&kind.written) == Some(Values::Text))
        })
    };
    let mut all = Vec::new();
    for (key, value) in rows.iter().filter_map(|row| machine.pairs(row)).flatten() {
        // A member of an enum class is sent by its name or its value, as its type says.
        if let (Some(column), Value::Text(_), Some(text)) = (key.known_text(), value, value.known_text())
            && is_handed_on(column)
        {
            let stands = Stands::Assigned(name.clone(), column.into());
            all.push(Written { stands, constant: Constant::Text(text.into()) });
        }
    }
    all
}

/// The columns that rows to insert name: those of the first, as SQLAlchemy takes them.
fn row_keys(machine: &Machine<'_>, rows: Option<&Value>) -> Vec<Box<str>> {
    let first = rows.map(|rows| machine.item(rows, &Value::Int(0)));
    let pairs = first.as_ref().and_then(|row| machine.pairs(row));
    pairs.into_iter().flatten().filter_map(|(key, _)| Some(key.known_text()?.into())).collect()
}

pub(super) fn create(machine: &mut Machine<'_>, given: &Given<'_>, range: TextRange) -> Evaluated {
    let mut table = described(given.arguments);
    table.is_temporary = is_temporary(machine, given.arguments);
    if let Some(name) = given.arguments.keyword("table_name") {
        table.name = table_name(Some(name), given.arguments.keyword("schema"));
    }
    if machine.rules().dialect == Dialect::Sqlite
        && given.arguments.flag("sqlite_autoincrement") == Some(true)
    {
        write_key_inline(&mut table);
    }
    // Alembic knows the other tables by their names only.
    let own = table.name.clone();
    table.take_types_from(|other| other.is_none() || other == own.as_ref());
    let Some(operation) = table.creation(given.arguments.is_lenient()) else {
        machine.unknown("creates a table whose name is computed", Touches::NewTables, range)?;
        return Ok(Value::Data);
    };
    for column in &mut table.columns {
        column.table.clone_from(&table.name);
    }
    machine.perform(operation, range)?;
    Ok(Value::Table(Arc::new(table)))
}

/// `AUTOINCREMENT` stands behind a key in the declaration of its column, where it has no name.
fn write_key_inline(table: &mut TableValue) {
    let is_key = |own: &ConstraintDef| matches!(own.kind, ConstraintKind::PrimaryKey { .. });
    let keys: Vec<_> =
        table.columns.iter().filter(|own| own.def.primary_key).map(|own| own.def.name.clone()).collect();
    if keys.len() == 1 && !table.constraints.iter().any(is_key) {
        let kind = ConstraintKind::PrimaryKey { columns: Some(keys) };
        table.constraints.push(ConstraintDef { name: Name::Default, kind });
    }
}

pub(super) fn drop(machine: &mut Machine<'_>, given: &Given<'_>, range: TextRange) -> Evaluated {
    match table_name(given.get("table_name"), given.get("schema")) {
        Some(table) => {
            let if_exists = given.arguments.is_lenient();
            machine.perform(
                Operation::DropTable { table, if_exists, cascade: false, together: Together::default() },
                range,
            )?;
        }
        None => machine.unknown("drops a table whose name is computed", Touches::Everything, range)?,
    }
    Ok(Value::None)
}

pub(super) fn rename(machine: &mut Machine<'_>, given: &Given<'_>, range: TextRange) -> Evaluated {
    let schema = given.get("schema");
    let table = table_name(given.get("old_table_name"), schema);
    let to = table_name(given.get("new_table_name"), schema);
    match table.zip(to) {
        Some((table, to)) => machine.perform(Operation::RenameTable { table, to }, range)?,
        None => machine.unknown("renames a table to a computed name", Touches::Everything, range)?,
    }
    Ok(Value::None)
}

/// Outside of a batch, an index may be dropped without its table.
pub(super) fn drop_index(machine: &mut Machine<'_>, given: &Given<'_>, range: TextRange) -> Evaluated {
    let operation = Operation::DropIndex {
        name: name_of(given.get("index_name")),
        schema: given.text("schema"),
        table: table_name(given.some("table_name"), given.get("schema")),
        if_exists: given.arguments.is_lenient(),
        cascade: false,
    };
    machine.perform(operation, range)?;
    Ok(Value::None)
}
