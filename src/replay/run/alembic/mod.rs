//! Alembic: its directives, batches, and the migration context.

pub(super) mod batch;
pub(super) mod context;
mod directives;
#[expect(clippy::unnecessary_wraps, reason = "all have the shape that the table of directives takes")]
mod of_table;
mod plain;
mod plugins;

use super::value::Value;
use super::{Arguments, Evaluated, Machine};
use crate::text::TextRange;

/// Calls something of Alembic, by its dotted path and by its last name.
pub(super) fn call(
    machine: &mut Machine<'_>,
    path: &str,
    name: &str,
    arguments: &Arguments,
    range: TextRange,
) -> Evaluated {
    if let Some(name) = path.strip_prefix("alembic.op.") {
        return directives::call(machine, name, arguments, range);
    }
    Ok(match name {
        "is_offline_mode" => Value::Bool(false),
        "get_context" | "configure" | "MigrationContext" => Value::Context,
        "get_bind" => Value::Bind,
        "get_main_option" => context::option(machine, arguments),
        "Operations" => Value::path("alembic.op"),
        "op" => Value::Foreign(None),
        _ => Value::Data,
    })
}
