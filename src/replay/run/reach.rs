//! What a call that is not followed can reach.
//!
//! Code that is not here comes to the database by what is handed to it: a connection, a session, Alembic's directives, a
//! function that has one of them. Code of the project may hold a connection of its own. A library that is not here, is
//! none about databases and is handed none of all that does nothing to a schema.

use super::Machine;
use super::value::{Object, Place, Value};
use crate::source::program::{Node, Statement, StatementKind};
use crate::source::top;

/// Deeper than this nobody looks into what is handed over.
const DEEPEST: usize = 5;

impl Machine<'_> {
    /// Whether what a dotted name stands for may come to the database by itself.
    pub(super) fn acts_by_itself(&self, path: Option<&str>) -> bool {
        let Some((top, path)) = path.map(|path| (top(path), path)) else { return true };
        // A class from elsewhere, or what is made of one, has the connection that it is given.
        let is_of_class = path.split('.').rev().skip(1).any(|part| part.starts_with(char::is_uppercase));
        !is_of_class && (top == UNKNOWN || is_about_databases(top) || !self.project.is_elsewhere(top))
    }

    /// Whether a value may be a way to the database, or hold one.
    pub(super) fn may_be_way(&self, value: &Value) -> bool {
        self.leads(value, DEEPEST, true)
    }

    /// Whether a value is known to be one, or to hold one.
    pub(super) fn is_way(&self, value: &Value) -> bool {
        self.leads(value, DEEPEST, false)
    }

    /// The same; what is not known is one if `in_doubt`.
    fn leads(&self, value: &Value, depth: usize, in_doubt: bool) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return in_doubt };
        match value {
            Value::Bind
            | Value::Raw
            | Value::Session
            | Value::Context
            | Value::Batch(_)
            | Value::Inspector(_)
            | Value::Savepoint(_)
            | Value::Autocommit
            | Value::Flask(_)
            | Value::Globals => true,
            Value::Foreign(None) => in_doubt,
            Value::Foreign(Some(path)) => {
                in_doubt && is_called_like_a_way(path) && self.acts_by_itself(Some(path))
            }
            Value::Path(path) => top(path) == "alembic",
            Value::Tuple(items) => items.iter().any(|item| self.leads(item, depth, in_doubt)),
            Value::List(place) | Value::Dict(place) => match self.state.object(*place) {
                Object::List(items) => items.iter().any(|item| self.leads(item, depth, in_doubt)),
                Object::Dict(pairs) => pairs.iter().any(|(_, value)| self.leads(value, depth, in_doubt)),
                _ => false,
            },
            // What code of the project does that is called back, it does by what it is known to have.
            Value::Function(function, scope) | Value::Decorated(function, scope) => {
                self.block_leads(&function.body, *scope, depth, false)
            }
            Value::Method(method) => self.leads(&method.0, depth, in_doubt),
            Value::Super(of) => self.leads(&of.1, depth, in_doubt),
            Value::Partial(partial) => std::iter::once(&partial.0)
                .chain(partial.1.values())
                .any(|own| self.leads(own, depth, in_doubt)),
            Value::Class(class) => self.scope_leads(class.scope, depth, false),
            Value::Instance(class, place) => {
                self.scope_leads(*place, depth, false) || self.scope_leads(class.scope, depth, false)
            }
            _ => false,
        }
    }

    /// Whether any attribute of a class or of an object does.
    fn scope_leads(&self, scope: Place, depth: usize, in_doubt: bool) -> bool {
        match self.state.object(scope) {
            Object::Scope(scope) => scope.names.values().any(|value| self.leads(value, depth, in_doubt)),
            _ => in_doubt,
        }
    }

    /// Whether statements that run in a scope may come to the database.
    pub(super) fn may_act(&self, statements: &[Statement], scope: Place) -> bool {
        self.block_leads(statements, scope, DEEPEST, true)
    }

    /// Whether statements use anything that does.
    fn block_leads(&self, statements: &[Statement], scope: Place, depth: usize, in_doubt: bool) -> bool {
        let mut leads = false;
        for statement in statements {
            Node::Statement(statement).walk(|node| {
                leads = leads
                    || match node {
                        Node::Statement(statement) => {
                            in_doubt
                                && matches!(
                                    &statement.kind,
                                    StatementKind::From { .. }
                                        | StatementKind::Import(_)
                                        | StatementKind::Other(_)
                                )
                        }
                        Node::Expression(_) => node
                            .name()
                            .and_then(|name| self.lookup_from(name, scope))
                            .is_some_and(|value| self.leads(&value, depth, in_doubt)),
                    };
                !leads && self.spend(1)
            });
        }
        leads
    }
}

/// Whether what is not known has a name that people give to connections and the like.
fn is_called_like_a_way(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    ["conn", "engine", "session", "bind", "db", "metadata", "op", UNKNOWN].iter().any(|word| {
        if word.len() > 3 { name.contains(word) } else { name.split('_').any(|part| part == *word) }
    })
}

/// Stands before the name of something that comes from nobody knows where.
pub(super) const UNKNOWN: &str = "?";

/// Whether a library is one that has to do with databases.
fn is_about_databases(top: &str) -> bool {
    ["alembic", "sqlalchemy", "sqlmodel"].iter().any(|word| top.to_ascii_lowercase().contains(word))
}

/// An element of what is not known: where the whole comes from, it comes from.
pub(super) fn part_of(path: Option<&str>) -> Value {
    Value::Foreign(path.map(|path| [path, ".", UNKNOWN].concat().into()))
}

/// What two values that may do something have in common: one name may stand for both.
pub(super) fn common(one: &Value, other: &Value) -> Value {
    let (Value::Foreign(Some(one)), Value::Foreign(Some(other))) = (one, other) else {
        return Value::Foreign(None);
    };
    let parts = one.split('.').zip(other.split('.'));
    let same: Vec<_> = parts.take_while(|(one, other)| one == other).map(|(part, _)| part).collect();
    Value::Foreign((!same.is_empty()).then(|| [same.join(".").as_str(), ".", UNKNOWN].concat().into()))
}
