//! Directives that libraries add to Alembic's.
//!
//! Source: `alembic_helpers.py` of `GeoAlchemy2` 0.17.1, `reversible_op.py` of `alembic_utils`,
//! `operations/sync_enum_values.py` of `alembic-postgresql-enum`.

use super::directives::Given;
use super::of_table as make;
use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Evaluated, Machine};
use crate::schema::{Dialect, OnRows, Operation, TableName, Touches};
use crate::text::TextRange;

/// `GeoAlchemy2` adds a column as Alembic does on PostgreSQL alone; elsewhere a function of the database adds it, or nobody
/// does, and neither fails.
pub(super) fn add_geospatial_column(
    machine: &Machine<'_>,
    table: TableName,
    given: &Given<'_>,
) -> Option<Operation> {
    if machine.rules().dialect == Dialect::Postgresql {
        return make::add_column(machine, table, given);
    }
    let what = "op.add_geospatial_column".into();
    Some(Operation::Unknown { what, touches: Touches::Table(table) })
}

/// SQLite's own spatial indexes are no indexes to it, and its function for them never fails.
pub(super) fn create_geospatial_index(
    machine: &Machine<'_>,
    table: TableName,
    given: &Given<'_>,
) -> Option<Operation> {
    spatial_index(machine, "CreateSpatialIndex").or_else(|| make::create_index(machine, table, given))
}

/// The same for one that is dropped.
pub(super) fn drop_geospatial_index(
    machine: &Machine<'_>,
    table: TableName,
    given: &Given<'_>,
) -> Option<Operation> {
    spatial_index(machine, "DisableSpatialIndex").or_else(|| make::drop_index(machine, table, given))
}

fn spatial_index(machine: &Machine<'_>, function: &str) -> Option<Operation> {
    let is_apart = machine.rules().dialect == Dialect::Sqlite;
    is_apart.then(|| Operation::noted(function, None))
}

/// One that does something else than Alembic's own; nothing where it is of no library that is known.
pub(super) fn call(
    machine: &mut Machine<'_>,
    name: &str,
    arguments: &Arguments,
    range: TextRange,
) -> Option<Evaluated> {
    let touches = match name {
        "create_entity" | "replace_entity" | "drop_entity" => of_entity(arguments),
        "sync_enum_values" => Some(Touches::Enums),
        _ => return None,
    };
    let done = match touches {
        _ if is_entity(arguments, &["PGExtension"]) => {
            // Its name is not known.
            let operation = Operation::CreateExtension { name: None, if_not_exists: true, cascade: false };
            machine.perform(operation, range)
        }
        Some(touches) => machine.unknown(format!("op.{name}"), touches, range),
        None => {
            // A trigger is one of those.
            let what = format!("op.{name}").into();
            machine.perform(Operation::Noted { what, table: None, rows: OnRows::Guards }, range)
        }
    };
    Some(done.map(|()| Value::None))
}

/// What an entity of `alembic_utils` touches: a view is a relation as a table is, and functions, triggers, policies and
/// grants are nothing that is kept here.
fn of_entity(arguments: &Arguments) -> Option<Touches> {
    let is_lonely = arguments.keyword("cascade").is_none_or(|cascade| *cascade == Value::Bool(false));
    let is_one = |classes: &[&str]| is_lonely && is_entity(arguments, classes);
    if is_one(&["PGFunction", "PGTrigger", "PGPolicy", "PGGrantTable"]) {
        None
    } else if is_one(&["PGView", "PGMaterializedView"]) {
        Some(Touches::NewTables)
    } else {
        Some(Touches::Everything)
    }
}

/// Whether an entity is of one of these classes.
fn is_entity(arguments: &Arguments, classes: &[&str]) -> bool {
    match arguments.get(0, "entity") {
        Some(Value::Foreign(Some(path))) => {
            path.rsplit('.').next().is_some_and(|class| classes.contains(&class))
        }
        _ => false,
    }
}
