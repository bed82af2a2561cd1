//! The migration context.

use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Call, Evaluated, Machine};

pub(in crate::replay::run) fn attribute(name: &str) -> Option<Value> {
    match name {
        "dialect" => Some(Value::Dialect),
        "bind" | "connection" => Some(Value::Bind),
        "as_sql" => Some(Value::Bool(false)),
        // What it is configured with is read from `alembic.ini`.
        "config" => Some(Value::path("alembic.context.config")),
        _ if METHODS.contains(&name) => None,
        _ => Some(Value::Data),
    }
}

/// What is called of it; all else are plain attributes.
const METHODS: [&str; 6] = [
    "autocommit_block",
    "begin_transaction",
    "execute",
    "get_current_heads",
    "get_current_revision",
    "stamp",
];

/// `config.get_main_option(name, default)`: the default where nothing in the project sets an option of that name.
pub(super) fn option(machine: &Machine<'_>, arguments: &Arguments) -> Value {
    match arguments.get(0, "name").and_then(Value::known_text) {
        Some(name) if machine.project.never_names(name) => {
            arguments.get(1, "default").cloned().unwrap_or(Value::None)
        }
        _ => Value::Data,
    }
}

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, call: Call<'_>) -> Evaluated {
    Ok(match call.name {
        "execute" => {
            machine.execute(call.arguments.first().unwrap_or(&Value::Data), call.range)?;
            Value::None
        }
        "autocommit_block" => Value::Autocommit,
        _ => Value::Data,
    })
}
