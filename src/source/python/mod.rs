//! From a file's bytes to its [`Program`] and to all that Python refuses in it, in one walk of the parser's tree.
//!
//! `grammar` parses, `lowering` builds from the leaves up as nodes are left, and `refused` judges each node by the way.
//! After that nobody sees the parser's tree.

mod expressions;
mod grammar;
mod leaves;
mod literals;
mod lowering;
mod made;
mod refused;
mod statements;

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::grammar::Grammar;
use self::lowering::Room;
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

impl Parsed {
    /// As bytes, for another worker: it need not have the source.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("nothing in it is of unknown length or borrowed from elsewhere")
    }

    /// From such bytes; nothing where they are others.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// Reads Python files one after the other; names that several have are kept once.
pub struct Parser {
    grammar: Grammar,
    names: Names,
    room: Room,
}

impl Parser {
    /// A parser that has read nothing.
    pub fn new() -> Self {
        Self { grammar: Grammar::new(), names: Names::default(), room: Room::default() }
    }

    /// Reads one file. Never fails: what does not parse is a fault.
    pub fn read(&mut self, source: &[u8]) -> Parsed {
        lowering::lower(&mut self.grammar, &mut self.names, &mut self.room, source)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::program::{DEEPEST, Expression, ExpressionKind, Node};

    #[test]
    fn a_parsed_file_is_the_same_from_its_bytes() {
        for source in [
            include_str!("refused/taken.txt").replace('⏎', "\n"),
            "def f(a, *b, c=1, **d):\n    try:\n        return [x async for x in a]\n    except (E, F) as e:\n        raise\n"
                .to_owned(),
            "x = (\n".to_owned(),
        ] {
            let parsed = Parser::new().read(source.as_bytes());
            let bytes = parsed.to_bytes();
            assert_eq!(Parsed::from_bytes(&bytes), Some(parsed));
            assert!(bytes.len() < 100 + 4 * source.len(), "{} bytes for {}", bytes.len(), source.len());
            assert_eq!(Parsed::from_bytes(&bytes[..bytes.len() / 2]), None);
        }
    }

    #[test]
    fn nothing_is_deeper_than_it_may_be() {
        let deepest = |program: &Program| {
            let (mut open, mut deepest) = (Vec::new(), 0);
            open.extend(program.body.iter().map(|statement| (Node::Statement(statement), 0)));
            while let Some((node, depth)) = open.pop() {
                deepest = depth.max(deepest);
                let below = depth + usize::from(matches!(node, Node::Expression(_)));
                open.extend(node.inner().into_iter().map(|inner| (inner, below)));
            }
            deepest
        };
        for (open, middle, close) in [
            ("(", "a", ")"),
            ("f(", "a", ")"),
            ("f(a=", "a", ")"),
            ("[", "a", "]"),
            ("{1: ", "a", "}"),
            ("a[", "a", "]"),
            ("not ", "a", ""),
            ("a ** ", "a", ""),
            ("lambda: ", "a", ""),
            ("[a for a in ", "b", "]"),
            ("a if b else ", "c", ""),
            ("", "a", ".b"),
            ("", "a", "()"),
            ("", "a", "[0]"),
            ("", "a", " < (a)"),
            ("(a := ", "b", ")"),
        ] {
            let source = format!("x = {}{middle}{}\n", open.repeat(5000), close.repeat(5000));
            let program = Parser::new().read(source.as_bytes()).program;
            assert!(deepest(&program) <= DEEPEST + 3, "{open}{middle}{close}: {}", deepest(&program));
            let bound: Vec<_> =
                program.body.iter().flat_map(|statement| Node::Statement(statement).bound()).collect();
            assert_eq!(bound.len(), 1, "{open}{middle}{close}");
        }
        // What is side by side is not deep, and is kept.
        for (first, more) in
            [("'a'", " + 'a'"), ("a", " and a"), ("a", " or a"), ("a", " < a"), ("'a'", " 'a'")]
        {
            let program =
                Parser::new().read(format!("x = {first}{}\n", more.repeat(5000)).as_bytes()).program;
            let mut is_known = true;
            program.walk(|node| {
                is_known &=
                    !matches!(node, Node::Expression(Expression { kind: ExpressionKind::Other(_), .. }));
                is_known
            });
            assert!(is_known && deepest(&program) <= 3, "{first}{more}");
        }
    }
}
