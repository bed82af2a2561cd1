//! The migration context.

use crate::replay::run::value::Value;
use crate::replay::run::{Call, Evaluated, Machine};

pub(in crate::replay::run) fn attribute(name: &str) -> Option<Value> {
    match name {
        "dialect" => Some(Value::Dialect),
        "bind" | "connection" => Some(Value::Bind),
        "as_sql" => Some(Value::Bool(false)),
        "opts" | "config" | "environment_context" | "impl" | "script" => Some(Value::Data),
        _ => None,
    }
}

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, call: Call<'_>) -> Evaluated {
    if call.name != "execute" {
        return Ok(Value::Data);
    }
    machine.execute(call.arguments.first().unwrap_or(&Value::Data), call.range)?;
    Ok(Value::None)
}
