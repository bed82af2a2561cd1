//! What migrations import from their own project is looked up there, when it is first used.

use std::sync::Arc;

use super::Machine;
use super::value::{Object, Place, Scope, Value};
use crate::source::absolute;
use crate::text::TextRange;

/// Modules that import one another deeper than this are not followed.
const DEEPEST_IMPORT: usize = 8;

/// For one name no more than this are looked up.
const MOST_LOOKUPS: usize = 100;

impl Machine<'_> {
    /// What a dotted name of the project stands for, if its module is here and says so. Modules may take a name from one
    /// another in a circle, in which it may grow with each round.
    pub(super) fn resolve(&mut self, path: &str) -> Option<Value> {
        let (depth, n) = self.lookups;
        if depth >= DEEPEST_IMPORT || n >= MOST_LOOKUPS {
            return None;
        }
        self.lookups = (depth + 1, n + 1);
        let found = self.look_up(path);
        self.lookups = (depth, if depth == 0 { 0 } else { self.lookups.1 });
        found
    }

    fn look_up(&mut self, path: &str) -> Option<Value> {
        let mut end = path.len();
        while let Some(dot) = path[..end].rfind('.') {
            end = dot;
            let Some(place) = self.load_module(&path[..end]) else { continue };
            let mut names = path[end + 1..].split('.');
            let first = names.next()?;
            let Object::Scope(scope) = self.state.object(place) else { return None };
            let mut value = scope.names.get(first)?.clone();
            for name in names {
                value = self.attribute(&value, name, TextRange::empty(0)).ok()?;
            }
            // What the module imports itself is looked up in its turn.
            return match &value {
                Value::Foreign(Some(other)) if &**other != path => {
                    let other = Arc::clone(other);
                    self.resolve(&other).or(Some(value))
                }
                Value::Foreign(_) => None,
                _ => Some(value),
            };
        }
        None
    }

    /// The scope of a module of the project, after its statements have run.
    fn load_module(&mut self, dotted: &str) -> Option<Place> {
        if let Some(known) = self.state.loaded.get(dotted) {
            let place = (*known)?;
            return matches!(self.state.object(place), Object::Scope(_)).then_some(place);
        }
        let found = self.project.module(dotted)?;
        // A module that imports itself in a circle finds what is there so far.
        let package: Arc<str> = if found.is_package {
            dotted.into()
        } else {
            dotted.rsplit_once('.').map_or("", |(package, _)| package).into()
        };
        let place = self.allocate(Object::Scope(Scope { package: Some(package), ..Scope::default() }));
        self.state.loaded.insert(dotted.into(), Some(place));
        if self.imports.len() >= DEEPEST_IMPORT {
            return None;
        }
        self.imports.push(dotted.into());
        let outer = (self.scope, self.is_loading, self.doubt, self.tries, self.may_have_raised);
        (self.scope, self.is_loading, self.doubt, self.tries) = (place, true, 0, 0);
        let n_errors = self.errors.len();
        // Most of what a module says is names that nobody asks for.
        self.spends_a_part(10, |machine| {
            machine.enter(true);
            let _flow = machine.block(&found.program.body);
            machine.leave();
        });
        self.errors.truncate(n_errors);
        (self.scope, self.is_loading, self.doubt, self.tries, self.may_have_raised) = outer;
        self.imports.pop();
        matches!(self.state.object(place), Object::Scope(_)).then_some(place)
    }

    /// Loads all that `env.py` has loaded by now; whether it is known what that is, and all of it could be followed.
    pub(super) fn load_imported(&mut self) -> bool {
        let imported = self.running.imported.as_deref();
        imported.is_some_and(|imported| imported.iter().all(|module| self.load_module(module).is_some()))
            && !self.is_cut
    }

    /// The absolute name of a module that an import names, seen from the module at hand.
    pub(super) fn absolute(&self, module: &str) -> Option<String> {
        if !module.starts_with('.') {
            return Some(module.to_owned());
        }
        let Object::Scope(scope) = self.state.object(self.root()) else { return None };
        absolute(module, scope.package.as_deref()?)
    }
}
