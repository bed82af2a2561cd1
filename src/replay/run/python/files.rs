//! Paths and files: a migration may read its SQL from one of the project.

use crate::replay::run::value::{HOLE, Str, Value};
use crate::replay::run::{Arguments, Call, Machine};
use crate::source::below;

/// `os.path.join(…)` or `Path(…)`.
pub(super) fn joined(arguments: &Arguments) -> Value {
    let part = |part: &Value| match part {
        Value::File(text) => text.text.to_string(),
        part => part.shown_or_hole(),
    };
    // What is not known may stand anywhere from there on.
    let (placed, others) = arguments.positional.split_at(arguments.placed().len());
    let gap = arguments.gap.map(|_| HOLE.to_string());
    let parts: Vec<_> = placed.iter().map(part).chain(gap).chain(others.iter().map(part)).collect();
    Value::File(Str::new(parts.join("/")))
}

/// A file of a package, by the name of the package and its own.
pub(super) fn of_package(arguments: &Arguments) -> Option<Str> {
    let package = folder(arguments.first()?)?;
    let name = arguments.at(1).and_then(Value::known_text)?;
    Some(Str::new(format!("{package}/{name}")))
}

/// The folder of a package.
fn folder(package: &Value) -> Option<String> {
    match package {
        Value::Foreign(Some(path)) => Some(below(path)),
        package => package.known_text().map(below),
    }
}

/// `importlib.resources.files(package)`.
pub(super) fn of_resources(package: Option<&Value>) -> Value {
    match package {
        Some(Value::Foreign(Some(path))) => Value::File(Str::new(below(path))),
        Some(Value::Text(text)) => Value::File(Str::new(below(&text.text))),
        _ => Value::Data,
    }
}

pub(in crate::replay::run) fn attribute(name: &str) -> Option<Value> {
    matches!(name, "parent" | "name" | "stem" | "suffix").then_some(Value::Data)
}

pub(in crate::replay::run) fn method(
    machine: &Machine<'_>,
    path: &Str,
    object: &Value,
    call: Call<'_>,
) -> Value {
    let part = call.arguments.first().and_then(Value::known_text);
    match (call.name, part) {
        ("read" | "read_text", _) => read(machine, path),
        ("open" | "resolve" | "absolute", _) => object.clone(),
        ("joinpath", Some(part)) => Value::File(Str::new(format!("{}/{part}", path.text))),
        ("with_name" | "__truediv__", Some(part)) => Value::File(Str::new(format!("{HOLE}/{part}"))),
        _ => Value::Data,
    }
}

/// What an SQL file of the project holds, if one file alone can be meant.
pub(super) fn read(machine: &Machine<'_>, path: &Str) -> Value {
    let tail = path.text.rsplit(HOLE).next().unwrap_or(&path.text);
    match machine.project.sql(tail) {
        Some(text) => Value::Text(Str::new(text)),
        None => Value::Data,
    }
}
