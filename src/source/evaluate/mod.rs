//! What a module's variables hold after its statements have run in order, as far as the text alone tells.
//!
//! It follows assignments, deletions, conditions and loops over values that are certain. Where something only running
//! would tell comes in, that name is unknown from there on, and no other. Where a condition is not known, both ways are
//! followed, and only what both agree on stays certain. Nothing is ever called.

mod effects;
mod expressions;
mod outside;
mod statements;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use super::program::{Name, Node, Program};
use super::value::{Literal, Value};
use crate::text::TextRange;
use effects::{GlobalChange, changes_by_functions};
pub use outside::{Importable, Imported};
use statements::Run;
use ways::Changes;

/// What a module binds.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    names: BTreeMap<Name, Bound>,
    /// Names of lists that may be the same list.
    aliases: BTreeSet<Name>,
    /// The error with which its statements end for certain.
    pub(super) raises: Option<Raise>,
    /// A statement that may bind any name: a star import of something that is not known.
    pub(super) open: Option<TextRange>,
    /// What may be taken back.
    changes: Changes,
}

/// A name's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// Certainly this.
    Known {
        value: Value,
        /// The statement.
        range: TextRange,
        /// The literal that alone decides it, so that an edit of it changes the value.
        literal: Option<Box<Literal>>,
    },
    /// Bound, or perhaps bound, to what is not known.
    Unknown {
        /// The statement.
        range: TextRange,
        /// What makes it so, as a phrase that follows the name: `is computed`.
        why: &'static str,
    },
}

/// An error that ends a module for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise {
    /// Its class.
    pub class: String,
    /// Its message, as Python gives it.
    pub message: String,
    /// The statement.
    pub range: TextRange,
    /// Whether it fails only while `env.py` does not run.
    pub needs_env: bool,
}

const COMPUTED: &str = "is computed";
pub(super) const DEPENDS: &str = "is bound in a way that only running tells";
const IMPORTED: &str = "is imported from another module";
const REBOUND: &str = "is rebound inside a function";
pub(super) const REPLACED: &str = "may be replaced by a star import below it";

/// What `from alembic import op` and `from alembic import context` bind.
const OP: &str = "alembic.op";
const CONTEXT: &str = "alembic.context";

const TOO_MUCH: &str = "takes more than is followed, which is 262,144 values or 4 MiB of text at once";

/// Longer loops than this are not followed.
const LONGEST_LOOP: usize = 1000;
/// No more is made than this in one module, counted as [`Bulk::size`](crate::source::Bulk) is, and a turn of a loop
/// as what it says.
const MOST_MADE: usize = 1 << 22;

impl Variables {
    /// Follows a module's statements.
    pub(super) fn of(program: &Program, source: &[u8], importable: Importable<'_>) -> Self {
        let mut state = Run::through(program, source, importable);
        if !program.has_global && !state.names.values().any(is_list) {
            return state;
        }
        for GlobalChange { name, range, rebinds } in changes_by_functions(program) {
            if state.get(name).is_some_and(|bound| rebinds || is_list(bound)) {
                state.set(name, Some(Bound::Unknown { range, why: REBOUND }));
            }
        }
        state
    }

    /// The state of a name; nothing when it is certainly not bound.
    pub(super) fn get(&self, name: &str) -> Option<&Bound> {
        self.names.get(name)
    }
}

impl Variables {
    /// A call or an assignment may change each list that it names, and each that may be the same under another name.
    fn forget_lists(&mut self, node: Node<'_>, range: TextRange) {
        let mut names = Vec::new();
        node.walk(|inner| {
            names.extend(inner.name());
            true
        });
        let is_alias = names.iter().any(|name| self.aliases.contains(*name));
        let aliases = if is_alias { std::mem::take(&mut self.aliases) } else { BTreeSet::new() };
        for name in names.into_iter().chain(&aliases) {
            if self.names.get(name).is_some_and(is_list) {
                self.set(name, Some(Bound::Unknown { range, why: DEPENDS }));
            }
        }
    }
}

fn bound(value: Option<Value>, range: TextRange, why: &'static str) -> Bound {
    match value {
        Some(value) => Bound::Known { value, range, literal: None },
        None => Bound::Unknown { range, why },
    }
}

fn is_list(bound: &Bound) -> bool {
    matches!(bound, Bound::Known { value, .. } if value.is_list())
}
