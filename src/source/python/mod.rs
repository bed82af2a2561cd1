//! From a file's bytes to its [`Program`] and to all that Python refuses in it, in one walk of the parser's tree.
//!
//! `grammar` parses, `lowering` builds from the leaves up as nodes are left, and `refused` judges each node by the way.
//! After that nobody sees the parser's tree.

mod expressions;
mod grammar;
mod literals;
mod lowering;
mod refused;
mod statements;

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::grammar::Grammar;
pub use self::refused::SyntaxFault;
use super::program::{Name, Program};

/// A Python file, read once: its statements, and what Python refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsed {
    /// Its statements; those of a file that Python refuses are what could be made of it.
    pub program: Arc<Program>,
    /// Places that Python would refuse, in order.
    pub faults: Vec<SyntaxFault>,
    /// Whether the parser found errors.
    pub has_error: bool,
}

/// Reads Python files one after the other; names that several have are kept once.
pub struct Parser {
    grammar: Grammar,
    names: Names,
}

impl Parser {
    /// A parser that has read nothing.
    pub fn new() -> Self {
        Self { grammar: Grammar::new(), names: Names::default() }
    }

    /// Reads one file. Never fails: what does not parse is a fault.
    pub fn read(&mut self, source: &[u8]) -> Parsed {
        lowering::lower(&mut self.grammar, &mut self.names, source)
    }
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Parser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parser").finish_non_exhaustive()
    }
}

/// The names that were met, each once.
#[derive(Debug, Default)]
struct Names(HashSet<Name, BuildHasherDefault<DefaultHasher>>);

impl Names {
    fn name(&mut self, text: &str) -> Name {
        match self.0.get(text) {
            Some(known) => Arc::clone(known),
            None => {
                let name = Name::from(text);
                self.0.insert(Arc::clone(&name));
                name
            }
        }
    }
}
