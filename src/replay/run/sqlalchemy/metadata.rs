//! `MetaData`: the tables that it has been told of.

use std::sync::Arc;

use super::{reflection, table};
use crate::replay::run::value::{MetaDataValue, Object, Place, TableValue, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::Touches;

/// `MetaData()`.
pub(super) fn made(machine: &mut Machine<'_>) -> Value {
    Value::MetaData(empty(machine))
}

/// A new one.
pub(in crate::replay::run) fn empty(machine: &mut Machine<'_>) -> Place {
    machine.allocate(Object::MetaData(MetaDataValue::default()))
}

/// What is known of one.
pub(super) fn known<'m>(machine: &'m Machine<'_>, place: Place) -> Option<&'m MetaDataValue> {
    match machine.state.object(place) {
        Object::MetaData(metadata) => Some(metadata),
        _ => None,
    }
}

/// Tells it of a table.
pub(in crate::replay::run) fn register(machine: &mut Machine<'_>, place: Place, table: Arc<TableValue>) {
    if let Object::MetaData(metadata) = machine.state.object_mut(place) {
        metadata.tables.push(table);
    }
}

pub(in crate::replay::run) fn attribute(
    machine: &mut Machine<'_>,
    place: Place,
    name: &str,
) -> Option<Value> {
    let metadata = known(machine, place);
    match name {
        "tables" => {
            let pairs = metadata.and_then(|metadata| metadata.tables.iter().map(named).collect());
            Some(machine.dict(pairs))
        }
        _ => None,
    }
}

/// A table by its name, as `tables` has it.
fn named(table: &Arc<TableValue>) -> Option<(Value, Value)> {
    let name = table.name.as_ref()?;
    Some((Value::text(&name.to_string()), Value::Table(Arc::clone(table))))
}

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Evaluated {
    match call.name {
        "reflect" => {
            reflect(machine, place, call.arguments);
            Ok(Value::None)
        }
        "create_all" | "drop_all" => all(machine, place, call),
        _ => Ok(Value::Data),
    }
}

fn reflect(machine: &mut Machine<'_>, place: Place, arguments: &Arguments) {
    let schema = &machine.state.schema;
    let is_known = schema.tables_are_known() && arguments.keyword("schema").is_none();
    let tables: Option<Vec<_>> =
        schema.tables().map(|(_, table)| reflection::table(machine, &table.name).map(Arc::new)).collect();
    *machine.state.object_mut(place) = match tables {
        Some(tables) if is_known => Object::MetaData(MetaDataValue { tables }),
        _ => Object::Lost,
    };
}

/// `create_all` or `drop_all`.
fn all(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Evaluated {
    let tables = match (known(machine, place), call.arguments.get(1, "tables")) {
        (None, _) => None,
        (Some(own), None | Some(Value::None)) => Some(own.tables.clone()),
        (Some(_), Some(given)) => given_tables(machine, given),
    };
    let Some(tables) = tables else {
        machine.unknown("tables of what is not known", Touches::Everything, call.range)?;
        return Ok(Value::None);
    };
    for table in tables {
        if call.name == "create_all" {
            table::create(machine, &table, true, call.range)?;
        } else {
            table::drop(machine, &table, true, call.range)?;
        }
    }
    Ok(Value::None)
}

fn given_tables(machine: &Machine<'_>, given: &Value) -> Option<Vec<Arc<TableValue>>> {
    let of = |item| if let Value::Table(table) = item { Some(table) } else { None };
    machine.items(given)?.into_iter().map(of).collect()
}
