//! Sequences.

use std::sync::Arc;

use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::{Operation, TableName};

/// `Sequence(name)`.
pub(super) fn made(arguments: &Arguments) -> Value {
    let Some(name) = arguments.first().and_then(Value::known_text) else { return Value::Data };
    let schema = arguments.keyword("schema").and_then(Value::known_text);
    Value::Sequence(Arc::new(TableName::new(schema, name)))
}

pub(in crate::replay::run) fn method(
    machine: &mut Machine<'_>,
    name: &TableName,
    call: Call<'_>,
) -> Evaluated {
    let name = name.clone();
    let checks_first = call.arguments.checks_first(true);
    let operation = match call.name {
        "create" => Operation::CreateSequence { name, owner: None, if_not_exists: checks_first },
        "drop" => Operation::DropSequence { name, if_exists: checks_first, cascade: false },
        _ => return Ok(Value::Data),
    };
    machine.perform(operation, call.range)?;
    Ok(Value::Data)
}
