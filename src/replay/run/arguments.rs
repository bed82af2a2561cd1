//! The arguments of a call.

use super::loops::unknown_item;
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
    /// Where among those by place others may stand that are not known: the place of none from there on is.
    pub(super) gap: Option<usize>,
    /// Whether more were given by name that are not known.
    pub(super) are_more_named: bool,
    /// What those that are not known are the elements of.
    pub(super) spread: Vec<Value>,
}

impl Machine<'_> {
    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Result<Arguments, Raised> {
        let n_named = arguments.iter().filter(|given| matches!(given, Argument::Named(..))).count();
        let mut given = Arguments {
            positional: Vec::with_capacity(arguments.len() - n_named),
            named: Vec::with_capacity(n_named),
            ..Arguments::default()
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
                        None => {
                            given.gap = given.gap.or(Some(given.positional.len()));
                            given.spread.push(value);
                        }
                    }
                }
                Argument::Keywords(value) => {
                    let value = self.value(value)?;
                    match self.pairs(&value).filter(|pairs| self.spend(pairs.len())) {
                        Some(pairs) => {
                            for (key, value) in pairs {
                                match key.known_text() {
                                    Some(name) => given.named.push((name.into(), value.clone())),
                                    None => given.are_more_named = true,
                                }
                            }
                        }
                        None => {
                            given.are_more_named = true;
                            given.spread.push(value);
                        }
                    }
                }
            }
        }
        Ok(given)
    }
}

impl Arguments {
    /// Those that are given before others; of two of one name the later counts.
    pub(super) fn followed_by(mut self, others: Self) -> Self {
        self.gap = self.gap.or(others.gap.map(|at| self.positional.len() + at));
        self.positional.extend(others.positional);
        self.named.extend(others.named);
        self.are_more_named |= others.are_more_named;
        self.spread.extend(others.spread);
        self
    }

    /// The same after one more.
    pub(super) fn after(self, first: Value) -> Self {
        Self { positional: vec![first], ..Self::default() }.followed_by(self)
    }

    /// The first, and the others; nothing where it is not known to be one.
    pub(super) fn split_first(mut self) -> Option<(Value, Self)> {
        self.first()?;
        self.gap = self.gap.map(|at| at - 1);
        Some((self.positional.remove(0), self))
    }

    /// Whether more were given that are not known.
    pub(super) fn is_open(&self) -> bool {
        self.gap.is_some() || self.are_more_named
    }

    /// Those whose places are known.
    pub(super) fn placed(&self) -> &[Value] {
        &self.positional[..self.gap.unwrap_or(self.positional.len())]
    }

    /// All that are given by place, if all are known.
    pub(super) fn by_place(&self) -> Option<&[Value]> {
        self.gap.is_none().then_some(&self.positional)
    }

    /// The one at a place.
    pub(super) fn at(&self, place: usize) -> Option<&Value> {
        self.placed().get(place)
    }

    /// The first that is given by place.
    pub(super) fn first(&self) -> Option<&Value> {
        self.at(0)
    }

    /// What one of those is that are not known.
    pub(super) fn unknown(&self) -> Value {
        let foreign = self.spread.iter().find(|value| matches!(value, Value::Foreign(_)));
        foreign.map_or(Value::Data, unknown_item)
    }

    /// All that are known, and what the others are elements of.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.positional.iter().chain(self.named.iter().map(|(_, value)| value)).chain(&self.spread)
    }

    /// The argument of a parameter, by place or name; `None` when it is not given. Where others that are not known may
    /// be it, it is [`Value::Data`].
    pub(super) fn get(&self, place: usize, name: &str) -> Option<&Value> {
        self.at(place).or_else(|| self.keyword(name)).or(self.is_open().then_some(&Value::Data))
    }

    /// The argument of a parameter that is given by name only.
    pub(super) fn keyword(&self, name: &str) -> Option<&Value> {
        self.named.iter().rev().find(|(given, _)| &**given == name).map(|(_, value)| value)
    }

    /// The same; where others that are not known may be it, it is [`Value::Data`].
    pub(super) fn by_name(&self, name: &str) -> Option<&Value> {
        self.keyword(name).or(self.are_more_named.then_some(&Value::Data))
    }

    /// A flag that is given by name: false where it is not given, and nothing where it is not known.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.by_name(name) {
            None | Some(Value::None) => Some(false),
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::Int(number)) => Some(*number != 0),
            Some(_) => None,
        }
    }

    /// Whether `create` or `drop`, whose first argument is the connection, may look first.
    pub(super) fn checks_first(&self, default: bool) -> bool {
        self.get(1, "checkfirst").map_or(default, may_be_true)
    }

    /// Whether `if_exists` or `if_not_exists` may be true: what is done where it is not fails, and nothing comes after it.
    pub(super) fn is_lenient(&self) -> bool {
        ["if_exists", "if_not_exists"].iter().any(|flag| self.by_name(flag).is_some_and(may_be_true))
    }
}

/// Whether Python may take a value for true.
fn may_be_true(value: &Value) -> bool {
    !matches!(value, Value::None | Value::Bool(false))
}
