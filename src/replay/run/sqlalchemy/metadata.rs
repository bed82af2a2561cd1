//! `MetaData`: the tables that it has been told of.
//!
//! One that a module of the project makes while it is imported may belong to the whole project: other modules, which
//! `env.py` imports and a migration need not, tell it of their tables. So it may hold others than those that were seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{reflection, table};
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{MetaDataValue, Object, Place, TableValue, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::{ConstraintKind, DialectRules, NamingConvention, Operation, TableName, Touches};
use crate::text::TextRange;

/// `MetaData()`. One with a schema gives it to its tables, which are not followed then.
pub(super) fn made(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let has_schema = arguments.keyword("schema").is_some_and(|schema| *schema != Value::None);
    let place = if has_schema { machine.allocate(Object::Lost) } else { empty(machine) };
    if let Some(convention) = arguments.keyword("naming_convention") {
        assign(machine, place, "naming_convention", convention);
    }
    Value::MetaData(place)
}

/// `metadata.name = value`.
pub(in crate::replay::run) fn assign(machine: &mut Machine<'_>, place: Place, name: &str, value: &Value) {
    let convention = (name == "naming_convention").then(|| Arc::new(convention(machine, value)));
    if let (Some(convention), Object::MetaData(metadata)) = (convention, machine.state.object_mut(place)) {
        metadata.convention = Some(convention);
    }
}

/// The naming convention that a dict is.
fn convention(machine: &Machine<'_>, value: &Value) -> NamingConvention {
    if *value == Value::None {
        return NamingConvention::default();
    }
    let Some(pairs) = machine.pairs(value) else { return NamingConvention::unknown() };
    let known = |(key, template)| Some((Value::known_text(key)?, Value::known_text(template)));
    let templates = pairs.iter().map(|(key, template)| known((key, template))).collect::<Option<Vec<_>>>();
    templates.map_or_else(NamingConvention::unknown, NamingConvention::written)
}

/// A new one, which those may add to who can import it.
pub(in crate::replay::run) fn empty(machine: &mut Machine<'_>) -> Place {
    let is_open = machine.imports.last().is_some_and(|module| machine.project.is_shared(module));
    machine.allocate(Object::MetaData(MetaDataValue { is_open, ..MetaDataValue::default() }))
}

/// The one that something has which is not here, a class or a module: its tables and its convention are not known.
pub(in crate::replay::run) fn from_elsewhere(machine: &mut Machine<'_>, path: Arc<str>) -> Value {
    if let Some(place) = machine.state.elsewhere.get(&path) {
        return Value::MetaData(*place);
    }
    let place = machine.allocate(Object::MetaData(MetaDataValue {
        is_open: true,
        convention: Some(Arc::new(NamingConvention::unknown())),
        path: Some(Arc::clone(&path)),
        ..MetaDataValue::default()
    }));
    machine.state.elsewhere.insert(path, place);
    Value::MetaData(place)
}

/// The dotted name of a method that is none of a `MetaData`: what is not here is something else then.
pub(in crate::replay::run) fn not_its_own(machine: &Machine<'_>, place: Place, name: &str) -> Option<String> {
    let path = known(machine, place)?.path.as_ref()?;
    let is_own = matches!(name, "reflect" | "create_all" | "drop_all" | "clear" | "remove");
    (!is_own).then(|| format!("{path}.{name}"))
}

/// The one that a declarative base is given, or of its own.
pub(in crate::replay::run) fn of_base(machine: &mut Machine<'_>, given: Option<&Value>) -> Place {
    match given {
        Some(Value::MetaData(place)) => *place,
        None | Some(Value::None) => empty(machine),
        Some(_) => machine.allocate(Object::Lost),
    }
}

impl Machine<'_> {
    /// Does something to tables of a metadata, whose own convention names what has no name.
    pub(super) fn by_convention_of<T>(
        &mut self,
        place: Option<Place>,
        act: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let Some(place) = place else { return act(self) };
        let own = known(self, place).map_or_else(NamingConvention::unknown, |own| {
            own.convention.as_deref().cloned().unwrap_or_default()
        });
        let outer = Arc::clone(self.schema().rules());
        if own == outer.convention {
            return act(self);
        }
        self.state.schema.go_by(DialectRules { convention: own, ..(*outer).clone() });
        let done = act(self);
        self.state.schema.go_by(outer);
        done
    }
}

/// What is known of one.
pub(super) fn known<'m>(machine: &'m Machine<'_>, place: Place) -> Option<&'m MetaDataValue> {
    match machine.state.object(place) {
        Object::MetaData(metadata) => Some(metadata),
        _ => None,
    }
}

/// A table of one, of which its name may be all that is known.
pub(super) fn table(machine: &Machine<'_>, place: Option<Place>, name: &TableName) -> Arc<TableValue> {
    let told = place.and_then(|place| known(machine, place)).and_then(|metadata| metadata.table(name));
    told.map_or_else(
        || Arc::new(TableValue { name: Some(name.clone()), metadata: place, ..TableValue::default() }),
        Arc::clone,
    )
}

/// Tells it of a table.
pub(in crate::replay::run) fn register(machine: &mut Machine<'_>, place: Place, table: &Arc<TableValue>) {
    if let Object::MetaData(metadata) = machine.state.object_mut(place) {
        // It has one table of a name.
        let at = table.name.as_ref().and_then(|name| metadata.by_name.get(name));
        match at {
            Some(at) => metadata.tables[*at] = Arc::clone(table),
            None => {
                let last = metadata.tables.len();
                metadata.by_name.extend(table.name.clone().map(|name| (name, last)));
                metadata.tables.push(Arc::clone(table));
            }
        }
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
        "sorted_tables" => {
            let tables = metadata.filter(|_| !is_vague(machine, place)).and_then(sorted);
            Some(machine.list(tables.map(|tables| tables.into_iter().map(Value::Table).collect())))
        }
        _ => None,
    }
}

/// `sorted_tables`. Nothing where something of them is not known, or they refer to one another in a circle.
fn sorted(metadata: &MetaDataValue) -> Option<Vec<Arc<TableValue>>> {
    let is_known = |table: &Arc<TableValue>| table.name.is_some() && table.has_all_keys;
    if !metadata.tables.iter().all(is_known) {
        return None;
    }
    let (ordered, circle) = in_order(&metadata.tables);
    circle.is_empty().then_some(ordered)
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

/// Reads the tables of a schema, or those of them that `only` names, and those that they refer to. What it has been told
/// of stays.
fn reflect(machine: &mut Machine<'_>, place: Place, arguments: &Arguments) {
    let schema = match arguments.get(1, "schema") {
        None | Some(Value::None) => Some(None),
        Some(schema) => schema.known_text().map(Some),
    };
    let only = match arguments.get(3, "only") {
        None | Some(Value::None) => Some(None),
        Some(only) => machine.items(only).and_then(|only| {
            only.iter()
                .map(|name| Some(Box::from(name.known_text()?)))
                .collect::<Option<Vec<Box<str>>>>()
                .map(Some)
        }),
    };
    // Elsewhere it would be looked for in the schemas of the path.
    let is_plain = machine.lists_what_is_looked_up();
    let (Some(schema), Some(only), true) = (schema, only, is_plain) else {
        *machine.state.object_mut(place) = Object::Lost;
        return;
    };
    let is_wanted = |name: &TableName| {
        name.schema.as_deref() == schema && only.as_ref().is_none_or(|only| only.contains(&name.name))
    };
    let database = machine.schema();
    let mut is_known = only.is_some() || database.tables_are_known();
    let mut read = Vec::new();
    for (_, table) in database.tables().filter(|(name, _)| is_wanted(name)) {
        match reflection::table(machine, &table.name, Some(place)) {
            Some(table) => read.push(Arc::new(table)),
            None => is_known = false,
        }
    }
    is_known &= only.is_none_or(|only| only.len() == read.len());
    if let Object::MetaData(metadata) = machine.state.object_mut(place) {
        metadata.is_open |= !is_known;
    }
    for table in &read {
        register(machine, place, table);
        reflect_referred(machine, place, table);
    }
}

/// With a table, those are read that it refers to.
pub(super) fn reflect_referred(machine: &mut Machine<'_>, place: Place, table: &TableValue) {
    let mut waiting = table.constraints.clone();
    while let Some(constraint) = waiting.pop() {
        let ConstraintKind::ForeignKey { table: Some(name), .. } = &constraint.kind else { continue };
        if known(machine, place).is_some_and(|metadata| metadata.table(name).is_none())
            && let Some(read) = reflection::table(machine, name, Some(place))
        {
            waiting.extend(read.constraints.iter().cloned());
            register(machine, place, &Arc::new(read));
        }
    }
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
    let (mut tables, circle) = in_order(&tables);
    if !circle.is_empty() {
        machine.unknown("tables that refer to one another", Touches::NewTables, call.range)?;
    }
    if !creates {
        tables.reverse();
    }
    if creates || are_all {
        tables.iter().try_for_each(|own| table::measure(machine, own, call.range))?;
    }
    for table in &tables {
        if creates {
            machine
                .by_convention_of(Some(place), |machine| table::create(machine, table, true, call.range))?;
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
    let is_whole = is_whole && !is_vague(machine, place);
    known(machine, place).map_or((Vec::new(), false), |own| (own.tables.clone(), is_whole))
}

/// Tables with those that they refer to before them, by their names where that leaves it open; and those of which none can be
/// the first. Source: SQLAlchemy's `sort_tables`.
fn in_order(tables: &[Arc<TableValue>]) -> (Vec<Arc<TableValue>>, Vec<Arc<TableValue>>) {
    let by_name: BTreeMap<_, _> =
        tables.iter().enumerate().filter_map(|(at, table)| Some((table.name.as_ref()?, at))).collect();
    let mut waits_for: Vec<BTreeSet<usize>> = Vec::with_capacity(tables.len());
    let mut users = vec![Vec::new(); tables.len()];
    for (at, table) in tables.iter().enumerate() {
        let referred: BTreeSet<_> = table
            .referred()
            .filter_map(|name| by_name.get(name).copied())
            .filter(|other| *other != at)
            .collect();
        referred.iter().for_each(|other| users[*other].push(at));
        waits_for.push(referred);
    }
    let mut row: Vec<_> = (0..tables.len()).filter(|at| waits_for[*at].is_empty()).collect();
    let mut ordered = Vec::with_capacity(tables.len());
    while !row.is_empty() {
        row.sort_by_key(|at| &tables[*at].name);
        let mut next = Vec::new();
        for at in row {
            ordered.push(Arc::clone(&tables[at]));
            for user in std::mem::take(&mut users[at]) {
                waits_for[user].remove(&at);
                if waits_for[user].is_empty() {
                    next.push(user);
                }
            }
        }
        row = next;
    }
    let circle = tables.iter().zip(&waits_for).filter(|(_, waits)| !waits.is_empty());
    (ordered, circle.map(|(table, _)| Arc::clone(table)).collect())
}

/// It is told of a table that is not known.
pub(in crate::replay::run) fn make_vague(machine: &mut Machine<'_>, place: Place) {
    if let Object::MetaData(metadata) = machine.state.object_mut(place) {
        metadata.is_vague = true;
    }
}

/// One of them is told of a table; nobody knows which.
pub(in crate::replay::run) fn make_all_vague(machine: &mut Machine<'_>) {
    machine.state.vague_below = machine.state.heap.len();
}

/// Whether it may have been told of a table that is not known.
fn is_vague(machine: &Machine<'_>, place: Place) -> bool {
    place < machine.state.vague_below || known(machine, place).is_none_or(|own| own.is_vague)
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

impl MetaDataValue {
    /// The table of a name.
    pub(super) fn table(&self, name: &TableName) -> Option<&Arc<TableValue>> {
        self.tables.get(*self.by_name.get(name)?)
    }
}
