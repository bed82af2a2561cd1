//! Python's own modules, and others that do nothing to a schema.

use std::sync::Arc;

use super::{classes, files};
use crate::replay::run::imports;
use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, LONGEST_LOOP, Machine};
use crate::source::program::Name;

/// Calls something of one, by its dotted path.
pub(in crate::replay::run) fn call(machine: &mut Machine<'_>, path: &str, arguments: &Arguments) -> Value {
    let first = arguments.first();
    match path {
        "os.path.join" | "posixpath.join" | "pathlib.Path" | "pathlib.PurePath" => files::joined(arguments),
        "importlib.resources.open_text" => files::of_package(arguments).map_or(Value::Data, Value::File),
        "importlib.resources.read_text" | "pkgutil.get_data" => {
            files::of_package(arguments).map_or(Value::Data, |path| files::read(machine, &path))
        }
        "importlib.resources.files" => files::of_resources(first),
        "importlib.import_module" => match first.and_then(Value::known_text) {
            Some(module) => imports::module(module),
            None => Value::Foreign(None),
        },
        "asyncio.run" | "textwrap.dedent" | "inspect.cleandoc" | "copy.copy" | "copy.deepcopy" => {
            first.cloned().unwrap_or(Value::Data)
        }
        "functools.partial" => match arguments.clone().split_first() {
            Some(function) => Value::Partial(Arc::new(function)),
            None => Value::Foreign(None),
        },
        "collections.namedtuple" => named_tuple(machine, arguments),
        // As a decorator, with arguments.
        "dataclasses.dataclass" => Value::path(path),
        "itertools.chain" => {
            let parts = machine.all_items(arguments);
            machine.list(parts.map(|parts| parts.concat()))
        }
        "itertools.chain.from_iterable" => {
            let parts = first.and_then(|first| machine.items(first));
            let parts = parts.and_then(|parts| machine.items_of_each(&parts));
            machine.list(parts.map(|parts| parts.concat()))
        }
        "itertools.product" if arguments.named.is_empty() && !arguments.are_more_named => {
            let rows = machine.all_items(arguments).and_then(|parts| product(&parts));
            machine.list(rows)
        }
        _ => Value::Data,
    }
}

/// Each of the first with each of the second, and so on.
fn product(parts: &[Vec<Value>]) -> Option<Vec<Value>> {
    let n_rows = parts.iter().try_fold(1_usize, |n_rows, part| n_rows.checked_mul(part.len()))?;
    let mut rows = vec![Vec::new()];
    for part in parts.iter().filter(|_| n_rows <= LONGEST_LOOP) {
        let with = |row: &Vec<Value>| {
            part.iter().map(|last| [row.as_slice(), std::slice::from_ref(last)].concat()).collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(with).collect();
    }
    (n_rows <= LONGEST_LOOP).then(|| rows.into_iter().map(Value::tuple).collect())
}

/// `namedtuple(name, fields)`.
fn named_tuple(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let name = arguments.get(0, "typename").and_then(Value::known_text);
    let fields: Option<Vec<Name>> =
        arguments.get(1, "field_names").and_then(|fields| match fields.known_text() {
            Some(text) => {
                Some(text.split([',', ' ']).filter(|name| !name.is_empty()).map(Name::from).collect())
            }
            None => machine.items(fields)?.iter().map(|name| Some(Name::from(name.known_text()?))).collect(),
        });
    let (Some(name), Some(fields)) = (name, fields.filter(|_| arguments.keyword("defaults").is_none()))
    else {
        return Value::Data;
    };
    classes::of_fields(machine, name, fields)
}
