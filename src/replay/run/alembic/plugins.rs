//! Directives that libraries add to Alembic's.
//!
//! Source: `alembic_helpers.py` of `GeoAlchemy2`, `reversible_op.py` of `alembic_utils`, `operations/sync_enum_values.py`
//! of `alembic-postgresql-enum`.

use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Evaluated, Machine};
use crate::schema::{OnRows, Operation, Touches};
use crate::text::TextRange;

/// Alembic's own directive, of which that of `GeoAlchemy2` is one that looks after spatial indexes too.
pub(super) fn plain(name: &str) -> &str {
    match name {
        "add_geospatial_column" => "add_column",
        "drop_geospatial_column" => "drop_column",
        "create_geospatial_table" => "create_table",
        "drop_geospatial_table" => "drop_table",
        "create_geospatial_index" => "create_index",
        "drop_geospatial_index" => "drop_index",
        name => name,
    }
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
    let class = match arguments.get(0, "entity") {
        Some(Value::Foreign(Some(path))) => path.rsplit('.').next().map(str::to_owned),
        _ => None,
    };
    let is_lonely = arguments.keyword("cascade").is_none_or(|cascade| *cascade == Value::Bool(false));
    match class.as_deref() {
        Some("PGFunction" | "PGTrigger" | "PGPolicy" | "PGGrantTable" | "PGExtension") if is_lonely => None,
        Some("PGView" | "PGMaterializedView") if is_lonely => Some(Touches::NewTables),
        _ => Some(Touches::Everything),
    }
}
