//! Python's own modules, and others that do nothing to a schema.

use super::files;
use crate::replay::run::imports;
use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Machine};

/// Calls something of one, by its dotted path.
pub(in crate::replay::run) fn call(machine: &Machine<'_>, path: &str, arguments: &Arguments) -> Value {
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
        // A function that is called later, elsewhere.
        "functools.partial" => Value::Foreign(None),
        _ => Value::Data,
    }
}
