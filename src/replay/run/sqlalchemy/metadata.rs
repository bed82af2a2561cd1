//! `MetaData`: the tables that it has been told of.
//!
//! One that a module of the project makes while it is imported may belong to the whole project: other modules, which
//! `env.py` imports and a migration need not, tell it of their tables. So it may hold others than those that were seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{reflection, table};
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{MetaDataValue, Object, Place, TableValue, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::{Operation, TableName, Touches};
use crate::text::TextRange;

/// `MetaData()`. One with a schema gives it to its tables, which are not followed then.
pub(super) fn made(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let has_schema = arguments.keyword("schema").is_some_and(|schema| *schema != Value::None);
    let place = if has_schema { machine.allocate(Object::Lost) } else { empty(machine) };
    Value::MetaData(place)
}

/// A new one, which those may add to who can import it.
pub(in crate::replay::run) fn empty(machine: &mut Machine<'_>) -> Place {
    let is_open = machine.imports.last().is_some_and(|module| machine.project.is_shared(module));
    machine.allocate(Object::MetaData(MetaDataValue { is_open, ..MetaDataValue::default() }))
}

/// The one that a declarative base is given, or of its own.
pub(in crate::replay::run) fn of_base(machine: &mut Machine<'_>, given: Option<&Value>) -> Place {
    match given {
        Some(Value::MetaData(place)) => *place,
        None | Some(Value::None) => empty(machine),
        Some(_) => machine.allocate(Object::Lost),
    }
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

/// A table that was changed is another one in every metadata that has it.
pub(super) fn replace(machine: &mut Machine<'_>, before: &TableValue, after: &Arc<TableValue>) {
    let has_it = |object: &Object| match object {
        Object::MetaData(metadata) => metadata.tables.iter().any(|table| **table == *before),
        _ => false,
    };
    for object in machine.state.heap.iter_mut().filter(|object| has_it(object)) {
        if let Object::MetaData(metadata) = Arc::make_mut(object) {
            metadata
                .tables
                .iter_mut()
                .filter(|table| ***table == *before)
                .for_each(|table| *table = Arc::clone(after));
        }
    }
}

pub(in crate::replay::run) fn attribute(
    machine: &mut Machine<'_>,
    place: Place,
    name: &str,
) -> Option<Value> {
    let metadata = known(machine, place);
    let is_open = metadata.is_some_and(|metadata| metadata.is_open);
    match name {
        "tables" if is_open => Some(Value::Tables(place)),
        "tables" => {
            let pairs = metadata.and_then(|metadata| metadata.tables.iter().map(named).collect());
            Some(machine.dict(pairs))
        }
        "sorted_tables" if is_open => Some(Value::Foreign(None)),
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
    let is_open = known(machine, place).is_some_and(|metadata| metadata.is_open);
    let schema = machine.schema();
    let is_known = schema.tables_are_known() && arguments.keyword("schema").is_none();
    let tables: Option<Vec<_>> =
        schema.tables().map(|(_, table)| reflection::table(machine, &table.name).map(Arc::new)).collect();
    *machine.state.object_mut(place) = match tables {
        Some(tables) if is_known => Object::MetaData(MetaDataValue { tables, is_open, is_vague: false }),
        _ => Object::Lost,
    };
}

/// `create_all` or `drop_all`: of all tables, those that others refer to first, or last.
fn all(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Evaluated {
    let (tables, are_all) = match call.arguments.get(1, "tables") {
        None | Some(Value::None) => own_tables(machine, place),
        Some(given) => match given_tables(machine, given) {
            Some(tables) => (tables, true),
            None => (Vec::new(), false),
        },
    };
    let creates = call.name == "create_all";
    if !are_all {
        // What is there is left alone, and what others make may be referred to.
        let touches = if creates { Touches::NewTables } else { Touches::Everything };
        machine.unknown("tables of what is not known", touches, call.range)?;
    }
    let (mut tables, circle) = in_order(tables);
    if !circle.is_empty() {
        machine.unknown("tables that refer to one another", Touches::NewTables, call.range)?;
    }
    if !creates {
        tables.reverse();
    }
    for table in &tables {
        if creates {
            table::create(machine, table, true, call.range)?;
        } else if are_all {
            table::drop(machine, table, true, call.range)?;
        }
    }
    if !creates && are_all {
        drop_types(machine, &tables, call.range)?;
    }
    Ok(Value::None)
}

/// `drop_all` takes the enum types along. Source: SQLAlchemy's `NamedType._on_metadata_drop`.
fn drop_types(machine: &mut Machine<'_>, tables: &[Arc<TableValue>], range: TextRange) -> Result<(), Raised> {
    let columns = tables.iter().flat_map(|table| &table.columns);
    let types = columns.filter_map(|column| column.def.kind.named.as_ref()).filter(|kind| kind.with_table);
    let names = types.filter_map(|kind| Some((kind.name.clone()?, kind.schema.clone())));
    for (name, schema) in names.collect::<BTreeSet<_>>() {
        let operation = Operation::DropEnum { name: Some(name), schema, if_exists: true, cascade: false };
        machine.perform(operation, range)?;
    }
    Ok(())
}

/// The tables that a metadata has when somebody asks for all of them, and whether there are no others.
fn own_tables(machine: &mut Machine<'_>, place: Place) -> (Vec<Arc<TableValue>>, bool) {
    let is_open = known(machine, place).is_some_and(|own| own.is_open);
    let is_whole = !is_open || machine.load_imported();
    known(machine, place).map_or((Vec::new(), false), |own| (own.tables.clone(), is_whole && !own.is_vague))
}

/// Tables with those that they refer to before them, and those of which none can be the first.
fn in_order(mut open: Vec<Arc<TableValue>>) -> (Vec<Arc<TableValue>>, Vec<Arc<TableValue>>) {
    let mut ordered: Vec<Arc<TableValue>> = Vec::with_capacity(open.len());
    let mut waiting: BTreeSet<TableName> = open.iter().filter_map(|table| table.name.clone()).collect();
    loop {
        let waits = |table: &Arc<TableValue>| {
            let mut targets = table.referred();
            targets.any(|target| Some(target) != table.name.as_ref() && waiting.contains(target))
        };
        let (later, now): (Vec<_>, Vec<_>) = open.into_iter().partition(waits);
        for name in now.iter().filter_map(|table| table.name.as_ref()) {
            waiting.remove(name);
        }
        let is_done = now.is_empty();
        ordered.extend(now);
        open = later;
        if is_done {
            return (ordered, open);
        }
    }
}

/// It is told of a table that is not known.
pub(in crate::replay::run) fn make_vague(machine: &mut Machine<'_>, place: Place) {
    if let Object::MetaData(metadata) = machine.state.object_mut(place) {
        metadata.is_vague = true;
    }
}

/// One of them is told of a table; nobody knows which.
pub(in crate::replay::run) fn make_all_vague(machine: &mut Machine<'_>) {
    for place in 0..machine.state.heap.len() {
        if matches!(machine.state.object(place), Object::MetaData(_)) {
            make_vague(machine, place);
        }
    }
}

fn given_tables(machine: &Machine<'_>, given: &Value) -> Option<Vec<Arc<TableValue>>> {
    let of = |item| if let Value::Table(table) = item { Some(table) } else { None };
    machine.items(given)?.into_iter().map(of).collect()
}

/// `metadata.tables[name]`, where others may be there too.
pub(in crate::replay::run) fn table_named(machine: &Machine<'_>, place: Place, name: &Value) -> Value {
    find(machine, place, name).map_or(Value::Foreign(None), Value::Table)
}

/// `name in metadata.tables`, where others may be there too.
pub(in crate::replay::run) fn has_table(machine: &Machine<'_>, place: Place, name: &Value) -> Option<bool> {
    find(machine, place, name).map(|_| true)
}

fn find(machine: &Machine<'_>, place: Place, name: &Value) -> Option<Arc<TableValue>> {
    let name = name.known_text()?;
    let is_meant = |table: &TableValue| table.name.as_ref().is_some_and(|own| own.to_string() == name);
    known(machine, place)?.tables.iter().find(|table| is_meant(table)).map(Arc::clone)
}

/// A method of `metadata.tables`, where others may be there too: what it gives may be any table.
pub(in crate::replay::run) fn tables_method(machine: &Machine<'_>, place: Place, call: Call<'_>) -> Value {
    match (call.name, call.arguments.first()) {
        ("get", Some(name)) => table_named(machine, place, name),
        ("keys", _) => Value::Data,
        _ => Value::Foreign(None),
    }
}
