//! The arguments of a call.

use super::value::Value;
use super::{Machine, Raised};
use crate::source::program::{Argument, Name};
use crate::text::TextRange;

/// A call of a method: its name, what is handed to it, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a Arguments,
    pub(super) range: TextRange,
}

/// The values of a call's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Value>,
    pub(super) named: Vec<(Name, Value)>,
    /// Whether more were given that are not known.
    pub(super) is_open: bool,
    /// What those are the elements of.
    pub(super) spread: Vec<Value>,
}

impl Machine<'_> {
    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Result<Arguments, Raised> {
        let n_named = arguments.iter().filter(|given| matches!(given, Argument::Named(..))).count();
        let mut given = Arguments {
            positional: Vec::with_capacity(arguments.len() - n_named),
            named: Vec::with_capacity(n_named),
            is_open: false,
            spread: Vec::new(),
        };
        for argument in arguments {
            match argument {
                Argument::Positional(value) => {
                    let value = self.value(value)?;
                    given.positional.push(value);
                }
                Argument::Named(name, value) => {
                    let value = self.value(value)?;
                    given.named.push((name.clone(), value));
                }
                Argument::Rest(value) => {
                    let value = self.value(value)?;
                    match self.items(&value) {
                        Some(items) => given.positional.extend(items),
                        None => given.spread.push(value),
                    }
                }
                Argument::Keywords(value) => {
                    let value = self.value(value)?;
                    match self.pairs(&value) {
                        Some(pairs) => {
                            for (key, value) in pairs {
                                match key.known_text() {
                                    Some(name) => given.named.push((name.into(), value)),
                                    None => given.is_open = true,
                                }
                            }
                        }
                        None => given.spread.push(value),
                    }
                }
            }
        }
        given.is_open |= !given.spread.is_empty();
        Ok(given)
    }
}

impl Arguments {
    /// Those that are given before others; of two of one name the later counts.
    pub(super) fn followed_by(mut self, others: Self) -> Self {
        self.positional.extend(others.positional);
        self.named.extend(others.named);
        self.is_open |= others.is_open;
        self.spread.extend(others.spread);
        self
    }

    /// The first that is given by place.
    pub(super) fn first(&self) -> Option<&Value> {
        self.positional.first()
    }

    /// All that are known, and what the others are elements of.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.positional.iter().chain(self.named.iter().map(|(_, value)| value)).chain(&self.spread)
    }

    /// The argument of a parameter, by place or name; `None` when it is not given. Where others that are not known may
    /// be it, it is [`Value::Data`].
    pub(super) fn get(&self, place: usize, name: &str) -> Option<&Value> {
        self.positional.get(place).or_else(|| self.keyword(name)).or(self.is_open.then_some(&Value::Data))
    }

    /// The argument of a parameter that is given by name only.
    pub(super) fn keyword(&self, name: &str) -> Option<&Value> {
        self.named.iter().rev().find(|(given, _)| &**given == name).map(|(_, value)| value)
    }

    /// A flag that is given by name: false where it is not given or not known.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.keyword(name), Some(Value::Bool(true)))
    }

    /// `checkfirst` of `create` and `drop`, whose first argument is the connection.
    pub(super) fn checks_first(&self, default: bool) -> bool {
        match self.get(1, "checkfirst") {
            Some(Value::Bool(value)) => *value,
            _ => default,
        }
    }
}
