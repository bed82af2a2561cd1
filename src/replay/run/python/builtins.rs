//! What names mean that nothing binds.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::errors;
use crate::replay::run::value::Value;

/// Functions and classes that do nothing to a schema.
const FUNCTIONS: &str = "
abs all any bool bytearray bytes callable chr classmethod dict dir divmod enumerate filter float format frozenset getattr
globals hasattr hash hex id input int isinstance issubclass iter len list locals map max min next object open ord pow print
property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip
";

/// What may do anything.
const FOREIGN: &str = "__import__ compile eval exec";

/// Other names, of which nothing comes that matters.
const OTHERS: &str = "
__builtins__ __debug__ __doc__ __file__ __loader__ __name__ __package__ __spec__ Ellipsis NotImplemented aiter anext ascii
bin breakpoint complex copyright credits delattr exit help license memoryview oct quit
";

/// What a name means where nothing binds it.
pub(in crate::replay::run) fn builtin(name: &str) -> Option<Value> {
    /// Each name, and the list that it stands in.
    static ALL: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        let named = |names: &'static str| names.split_whitespace().map(move |name| (name, names));
        [OTHERS, FOREIGN, FUNCTIONS].into_iter().flat_map(named).collect()
    });
    let list = ALL.get(name).copied();
    let among = |names: &str| list == Some(names);
    if among(FUNCTIONS) {
        Some(Value::path(format!("builtins.{name}")))
    } else if errors::is_builtin(name) {
        Some(Value::ErrorClass(name.into()))
    } else if among(FOREIGN) {
        Some(Value::Foreign(None))
    } else {
        among(OTHERS).then_some(Value::Data)
    }
}
