//! Names, and the scopes that bind them.

use std::sync::Arc;

use super::python::builtins;
use super::raised::Undefined;
use super::reach::UNKNOWN;
use super::value::{Object, Place, Scope, Value};
use super::{Evaluated, Machine};
use crate::source::program::Name;
use crate::source::top;
use crate::text::TextRange;

impl Machine<'_> {
    /// The value of a name.
    pub(super) fn name(&mut self, name: &str, range: TextRange) -> Evaluated {
        if let Some(value) = self.lookup(name) {
            if let Value::Foreign(Some(path)) = &value
                && let Some(found) = self.resolve(&Arc::clone(path))
            {
                return Ok(found);
            }
            return Ok(value);
        }
        if let Some(value) = self.starred(name).or_else(|| builtins::builtin(name)) {
            return Ok(value);
        }
        if self.is_open() {
            return Ok(Value::Foreign(Some([UNKNOWN, ".", name].concat().into())));
        }
        self.undefined(Undefined::Name(name), range)
    }

    /// What a name is bound to, in the scope at hand or around it.
    pub(super) fn lookup(&self, name: &str) -> Option<Value> {
        self.lookup_from(name, self.scope)
    }

    /// The same, seen from another scope.
    pub(super) fn lookup_from(&self, name: &str, scope_at: Place) -> Option<Value> {
        let mut at = Some(scope_at);
        while let Some(place) = at {
            let Object::Scope(scope) = self.state.object(place) else { return None };
            if scope.globals.iter().any(|global| &**global == name) && place != self.root_of(scope_at) {
                at = Some(self.root_of(scope_at));
                continue;
            }
            if let Some(value) = scope.names.get(name) {
                return Some(value.clone());
            }
            at = scope.parent;
        }
        None
    }

    /// What the last star import that certainly binds a name binds it to.
    fn starred(&mut self, name: &str) -> Option<Value> {
        let Object::Scope(scope) = self.state.object(self.root()) else { return None };
        let stars = scope.stars.clone();
        stars.iter().rev().find_map(|module| {
            let path = [module, ".", name].concat();
            // What SQLAlchemy makes columns of.
            let is_construct = top(module) == "sqlalchemy"
                && (name.starts_with(char::is_uppercase) || matches!(name, "text" | "select" | "func"));
            if is_construct { Some(Value::path(path)) } else { self.resolve(&path) }
        })
    }

    /// Whether a star import may have bound any name.
    fn is_open(&self) -> bool {
        matches!(self.state.object(self.root()), Object::Scope(scope) if scope.is_open)
    }

    /// Binds a name in the scope at hand, or where `global` and `nonlocal` send it.
    pub(super) fn bind(&mut self, name: &Name, value: Value) {
        let home = self.home(name);
        if let Object::Scope(scope) = self.state.object_mut(home) {
            scope.names.insert(Name::clone(name), value);
        }
    }

    fn home(&self, name: &str) -> Place {
        let Object::Scope(own) = self.state.object(self.scope) else { return self.scope };
        let is_of = |names: &[Name]| names.iter().any(|own| &**own == name);
        if is_of(&own.globals) {
            return self.root();
        }
        let mut around = own.parent.filter(|_| is_of(&own.nonlocals));
        while let Some(place) = around
            && let Object::Scope(scope) = self.state.object(place)
        {
            if scope.names.contains_key(name) {
                return place;
            }
            around = scope.parent;
        }
        self.scope
    }

    /// What is bound to a value in the scope at hand and around it is bound to another one.
    pub(super) fn replace(&mut self, before: &Value, after: &Value) {
        let mut at = Some(self.scope);
        while let Some(place) = at
            && let Object::Scope(scope) = self.state.object_mut(place)
        {
            scope
                .names
                .values_mut()
                .filter(|value| *value == before)
                .for_each(|value| *value = after.clone());
            at = scope.parent;
        }
    }

    /// `name := value`: outside of the comprehensions that it stands in.
    pub(super) fn bind_outside(&mut self, name: &Name, value: Value) {
        let inner = self.scope;
        while let Object::Scope(Scope { is_comprehension: true, parent: Some(parent), .. }) =
            self.state.object(self.scope)
        {
            self.scope = *parent;
        }
        self.bind(name, value);
        self.scope = inner;
    }

    /// `del name`.
    pub(super) fn unbind(&mut self, name: &str) {
        if let Object::Scope(scope) = self.state.object_mut(self.scope) {
            scope.names.remove(name);
        }
    }

    /// `global names`.
    pub(super) fn declare_global(&mut self, names: &[Name]) {
        if let Object::Scope(scope) = self.state.object_mut(self.scope) {
            scope.globals.extend(names.iter().cloned());
        }
    }

    /// `nonlocal names`.
    pub(super) fn declare_nonlocal(&mut self, names: &[Name]) {
        if let Object::Scope(scope) = self.state.object_mut(self.scope) {
            scope.nonlocals.extend(names.iter().cloned());
        }
    }

    /// Something may have bound any name of the module.
    pub(super) fn open_module(&mut self) {
        let root = self.root();
        if let Object::Scope(scope) = self.state.object_mut(root) {
            scope.is_open = true;
        }
    }

    /// `from module import *`.
    pub(super) fn import_all(&mut self, module: &str) {
        self.open_module();
        let root = self.root();
        if let Object::Scope(scope) = self.state.object_mut(root) {
            scope.stars.push(module.into());
        }
    }

    /// The scope of the module around the scope at hand.
    pub(super) fn root(&self) -> Place {
        self.root_of(self.scope)
    }

    fn root_of(&self, scope: Place) -> Place {
        let mut at = scope;
        while let Object::Scope(scope) = self.state.object(at)
            && let Some(parent) = scope.parent
        {
            at = parent;
        }
        at
    }
}
