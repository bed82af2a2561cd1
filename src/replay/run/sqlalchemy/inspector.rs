//! Inspectors: what is in the database.

use std::sync::Arc;

use super::reflection::Row;
use super::table::table_name;
use super::{reflection, tri};
use crate::replay::run::python::pairs::Pairs;
use crate::replay::run::value::{Listed, Listing, Object, Place, Question, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::TableName;

/// `inspect(bind)`.
pub(super) fn made(machine: &mut Machine<'_>, of: Option<&Value>) -> Value {
    match of {
        Some(Value::Bind | Value::Session) => Value::Inspector(machine.allocate(Object::Asked(Vec::new()))),
        _ => Value::Data,
    }
}

/// A method of an inspector, which asks the database once.
pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Evaluated {
    if call.name == "clear_cache" {
        *machine.state.object_mut(place) = Object::Asked(Vec::new());
        return Ok(Value::None);
    }
    let question = Question { method: call.name.into(), arguments: call.arguments.clone() };
    if let Object::Asked(asked) = machine.state.object(place)
        && let Some((_, answer)) = asked.iter().find(|(known, _)| *known == question)
    {
        return Ok(answer.clone());
    }
    if OF_TABLE.contains(&call.name)
        && let Some(table) = asked_table(call.arguments)
    {
        if call.name == "get_columns" {
            machine.need_schema_of(&table, call.range)?;
        }
        machine.need_to_read(&table, call.range)?;
    }
    let answer = ask(machine, call.name, call.arguments);
    if let Object::Asked(asked) = machine.state.object_mut(place) {
        asked.push((question, answer.clone()));
    }
    Ok(answer)
}

/// What it tells of a table only where that is there.
const OF_TABLE: [&str; 6] = [
    "get_check_constraints",
    "get_columns",
    "get_foreign_keys",
    "get_indexes",
    "get_pk_constraint",
    "get_unique_constraints",
];

fn ask(machine: &mut Machine<'_>, name: &str, arguments: &Arguments) -> Value {
    match name {
        "has_table" => {
            let table = asked_table(arguments);
            tri(table.and_then(|table| reflection::has_table(machine, &table)))
        }
        "has_index" => {
            let table = table_name(arguments.get(0, "table_name"), arguments.keyword("schema"));
            let index = arguments.get(1, "index_name").and_then(Value::known_text);
            tri(table.zip(index).and_then(|(table, index)| reflection::has_index(machine, &table, index)))
        }
        "get_table_names" => names_of(machine, Listed::Tables, arguments),
        "get_view_names" => names_of(machine, Listed::Views, arguments),
        "get_sequence_names" => names_of(machine, Listed::Sequences, arguments),
        "get_enums" => listing(Listing { of: Listed::Enums, table: None, is_names: false }),
        "get_columns" => rows_of(machine, Listed::Columns, arguments),
        "get_indexes" => rows_of(machine, Listed::Indexes, arguments),
        "get_unique_constraints" => rows_of(machine, Listed::UniqueConstraints, arguments),
        "get_check_constraints" => rows_of(machine, Listed::CheckConstraints, arguments),
        "get_foreign_keys" => rows_of(machine, Listed::ForeignKeys, arguments),
        "get_pk_constraint" => {
            let table = asked_table(arguments);
            match table.and_then(|table| reflection::primary_key(machine, &table)) {
                Some(row) => dict_of(machine, row),
                None => Value::Data,
            }
        }
        _ => Value::Data,
    }
}

fn asked_table(arguments: &Arguments) -> Option<TableName> {
    table_name(arguments.get(0, "table_name"), arguments.get(1, "schema"))
}

/// The names of all things of a kind in a schema.
fn names_of(machine: &mut Machine<'_>, of: Listed, arguments: &Arguments) -> Value {
    let schema = match arguments.get(0, "schema") {
        None | Some(Value::None) => None,
        Some(schema) => match schema.known_text() {
            Some(schema) => Some(schema),
            None => return Value::Data,
        },
    };
    let names = Listing { of, table: Some(TableName::new(schema, "")), is_names: true };
    // Migrations change the list that they are given.
    match reflection::listed(machine, &names) {
        Some(all) if of == Listed::Tables => machine.list(Some(all)),
        _ => listing(names),
    }
}

/// What a table has of a kind: a dict for each.
fn rows_of(machine: &mut Machine<'_>, of: Listed, arguments: &Arguments) -> Value {
    let Some(table) = asked_table(arguments) else { return Value::Data };
    let Some(rows) = reflection::rows(machine, of, &table) else {
        return listing(Listing { of, table: Some(table), is_names: false });
    };
    let rows = rows.into_iter().map(|row| dict_of(machine, row)).collect();
    machine.list(Some(rows))
}

fn dict_of(machine: &mut Machine<'_>, row: Row) -> Value {
    let mut pairs = Pairs::default();
    for (key, value) in row {
        // Migrations change the lists that they are given.
        let value = match value {
            Value::Tuple(items) => machine.list(Some(items.to_vec())),
            value => value,
        };
        pairs.set(Value::text(key), value);
    }
    machine.dict(Some(pairs))
}

fn listing(of: Listing) -> Value {
    Value::Listing(Arc::new(of))
}

/// A method of what an inspector lists.
pub(in crate::replay::run) fn listing_method(of: &Arc<Listing>, name: &str) -> Value {
    match name {
        "union" | "copy" => Value::Listing(Arc::clone(of)),
        _ => Value::Data,
    }
}
