//! What `from module import name` binds.

use super::Machine;
use super::value::Value;
use crate::source::program::Name;
use crate::source::{is_harmless, top};

/// A module, or something in it.
pub(super) fn module(path: &str) -> Value {
    if matches!(top(path), "alembic" | "sqlalchemy") || is_harmless(path) {
        Value::path(path)
    } else {
        Value::Foreign(Some(path.into()))
    }
}

impl Machine<'_> {
    /// `import module as bound`; without `as`, the first part of the name is bound.
    pub(super) fn import(&mut self, module: &str, bound: &Name) {
        let is_whole = top(module) == &**bound;
        self.bind(bound, self::module(if is_whole { bound } else { module }));
    }

    pub(super) fn import_from(&mut self, module: &str, names: &[(Name, Name)]) {
        let absolute = self.absolute(module);
        let module = absolute.as_deref().unwrap_or(module);
        for (name, bound) in names {
            if &**name == "*" {
                self.import_all(module);
                continue;
            }
            let path = [module, ".", name].concat();
            self.bind(bound, self::module(&path));
        }
    }
}
