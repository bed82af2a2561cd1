//! Indexes.

use super::constraint::{column_name, name_of};
use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::{IndexDef, Touches};

/// `Index(name, …)`.
pub(super) fn made(arguments: &Arguments) -> IndexDef {
    let (columns, has_expressions) = columns(arguments.positional.get(1..).unwrap_or_default());
    IndexDef {
        name: name_of(arguments.get(0, "name")),
        columns: columns.filter(|_| !arguments.is_open()),
        has_expressions,
        used: Vec::new(),
        unique: arguments.flag("unique"),
    }
}

/// The plain columns among an index's elements, and whether there are expressions.
pub(in crate::replay::run) fn columns(elements: &[Value]) -> (Option<Vec<Box<str>>>, bool) {
    let mut names = Some(Vec::new());
    let mut has_expressions = false;
    for element in elements {
        match element {
            Value::Sql(_) | Value::Data => has_expressions = true,
            other => match column_name(other) {
                Some(name) => names.iter_mut().for_each(|names| names.push(name.clone())),
                None => names = None,
            },
        }
    }
    (names, has_expressions)
}

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, call: Call<'_>) -> Evaluated {
    if matches!(call.name, "create" | "drop") {
        machine.unknown("an index of a table that is not known", Touches::Everything, call.range)?;
    }
    Ok(Value::Data)
}
