//! Operators and comparisons, and what Python takes for true.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::format::percent;
use crate::replay::run::Machine;
use crate::replay::run::budget::Draft;
use crate::replay::run::raised::STATEMENT;
use crate::replay::run::sqlalchemy::release::turned;
use crate::replay::run::sqlalchemy::{metadata, reflection, statement};
use crate::replay::run::value::{HOLE, Object, Str, Value};
use crate::source::program::{Comparison, Operator};

impl Machine<'_> {
    pub(in crate::replay::run) fn binary(&mut self, left: Value, operator: Operator, right: Value) -> Value {
        if let Some(clause) = statement::clause(&[&left, &right]) {
            return clause;
        }
        match (left, operator, right) {
            (Value::Text(a), Operator::Add, Value::Text(b)) => self.made([&*a.text, &b.text].concat()),
            (Value::Text(a), Operator::Add, Value::Data | Value::Foreign(_)) => {
                Value::Text(Str::new(format!("{}{HOLE}", a.text)))
            }
            (Value::Data | Value::Foreign(_), Operator::Add, Value::Text(b)) => {
                Value::Text(Str::new(format!("{HOLE}{}", b.text)))
            }
            (Value::Text(a), Operator::Multiply, Value::Int(n)) if (0..1000).contains(&n) => {
                let mut text = Draft::default();
                (0..n).for_each(|_| text.push(&a.text));
                self.made(text.text())
            }
            (Value::Text(format), Operator::Modulo, values) => {
                self.made(percent(self, &format.text, &values))
            }
            (Value::Int(a), Operator::Add, Value::Int(b)) => a.checked_add(b).map_or(Value::Data, Value::Int),
            (Value::Int(a), Operator::Subtract, Value::Int(b)) => {
                a.checked_sub(b).map_or(Value::Data, Value::Int)
            }
            (Value::Int(a), Operator::Multiply, Value::Int(b)) => {
                a.checked_mul(b).map_or(Value::Data, Value::Int)
            }
            (Value::Int(a), Operator::Modulo, Value::Int(b)) if b > 0 => Value::Int(a.rem_euclid(b)),
            (Value::Tuple(a), Operator::Add, Value::Tuple(b)) => Value::tuple([&*a, &*b].concat()),
            (a @ Value::List(_), Operator::Add | Operator::Or, b) => {
                let both = self.items(&a).zip(self.items(&b)).map(|(a, b)| [a, b].concat());
                self.list(both)
            }
            (a @ Value::List(_), Operator::And, b) => {
                let both = self.items(&a).zip(self.items(&b)).map(|(mut a, b)| {
                    a.retain(|item| self.spend(b.len()) && b.contains(item));
                    a
                });
                self.list(both)
            }
            (a @ Value::List(_), Operator::Subtract, b) => {
                let left = self.items(&a).zip(self.items(&b)).map(|(mut a, b)| {
                    a.retain(|item| self.spend(b.len()) && !b.contains(item));
                    a
                });
                self.list(left)
            }
            // Parts of a path.
            (Value::Data | Value::Foreign(_), Operator::Divide, Value::Text(b)) => {
                Value::File(Str::new(format!("{HOLE}/{}", b.text)))
            }
            (Value::File(a), Operator::Divide, Value::Text(b)) => {
                Value::File(Str::new(format!("{}/{}", a.text, b.text)))
            }
            _ => Value::Data,
        }
    }

    /// Whether Python takes a value for true.
    pub(in crate::replay::run) fn truth(&self, value: &Value) -> Option<bool> {
        match value {
            Value::None => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            Value::Float(value) => value.parse::<f64>().ok().map(|value| value != 0.0),
            Value::Text(text) => {
                if text.is_known() {
                    Some(!text.text.is_empty())
                } else {
                    text.text.chars().any(|c| c != HOLE).then_some(true)
                }
            }
            Value::Tuple(items) => Some(!items.is_empty()),
            Value::List(place) | Value::Dict(place) => match self.state.object(*place) {
                Object::List(items) => Some(!items.is_empty()),
                Object::Dict(pairs) => Some(!pairs.is_empty()),
                _ => None,
            },
            Value::Statement(statement) => statement.truth,
            // Nothing that runs finds it true.
            Value::Path(path) | Value::Foreign(Some(path)) if path.ends_with("typing.TYPE_CHECKING") => {
                Some(false)
            }
            Value::Listing(_) => self.items(value).map(|items| !items.is_empty()),
            Value::Data
            | Value::Foreign(_)
            | Value::Path(_)
            | Value::Sql(_)
            | Value::File(_)
            | Value::Tables(_) => None,
            _ => Some(true),
        }
    }

    pub(in crate::replay::run) fn compare(
        &self,
        left: &Value,
        comparison: Comparison,
        right: &Value,
    ) -> Option<bool> {
        match (left, right) {
            (Value::Release(form), other) => return form.compare(comparison, other),
            (other, Value::Release(form)) => return form.compare(turned(comparison), other),
            _ => {}
        }
        match comparison {
            Comparison::Equal => self.are_equal(left, right),
            Comparison::Unequal => self.are_equal(left, right).map(|equal| !equal),
            Comparison::Is | Comparison::IsNot => {
                let same = match (left, right) {
                    (Value::None, Value::None) => Some(true),
                    (Value::Data | Value::Foreign(_), _) | (_, Value::Data | Value::Foreign(_)) => None,
                    (Value::None, _) | (_, Value::None) => Some(false),
                    (Value::Bool(a), Value::Bool(b)) => Some(a == b),
                    (Value::Column(_), Value::Column(_)) => left.equals(right),
                    _ => None,
                }?;
                Some(same == (comparison == Comparison::Is))
            }
            Comparison::In => self.contains(right, left),
            Comparison::NotIn => self.contains(right, left).map(|contains| !contains),
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                let (Value::Int(a), Value::Int(b)) = (left, right) else { return None };
                Some(match comparison {
                    Comparison::Less => a < b,
                    Comparison::LessOrEqual => a <= b,
                    Comparison::Greater => a > b,
                    _ => a >= b,
                })
            }
        }
    }

    /// Whether Python takes both for equal.
    fn are_equal(&self, left: &Value, right: &Value) -> Option<bool> {
        let is_list = |value: &Value| matches!(value, Value::List(_));
        if !is_list(left) || !is_list(right) {
            return left.equals(right);
        }
        let (left, right) = (self.items(left)?, self.items(right)?);
        if !self.spend(left.len().saturating_mul(right.len())) {
            return None;
        }
        let among = |one: &Value, others: &[Value]| any(others.iter().map(|other| one.equals(other)));
        // As lists they are told apart by their order too, as sets they are not.
        let pairwise = all(left.iter().zip(&right).map(|(one, other)| one.equals(other)));
        let within =
            all(left.iter().map(|one| among(one, &right)).chain(right.iter().map(|one| among(one, &left))));
        match (left.len() == right.len(), pairwise, within) {
            (_, _, Some(false)) => Some(false),
            (true, Some(true), _) => Some(true),
            _ => None,
        }
    }

    /// `item in of`.
    fn contains(&self, of: &Value, item: &Value) -> Option<bool> {
        match of {
            Value::Listing(listing) if listing.is_names => {
                return reflection::lists(self, listing, item.known_text()?);
            }
            Value::Text(text) => {
                let part = item.known_text()?;
                let is_there = text.text.contains(part);
                return (is_there || text.is_known() || is_no_word_of(&text.text, part)).then_some(is_there);
            }
            Value::Tables(place) => return metadata::has_table(self, *place, item),
            // The columns of a table, by name.
            Value::Table(table) if matches!(item, Value::Text(_)) => {
                return table.has_column(item.known_text()?);
            }
            Value::Globals => {
                let name = item.known_text()?;
                let Object::Scope(scope) = self.state.object(self.root()) else { return None };
                return if scope.names.contains_key(name) {
                    Some(true)
                } else {
                    (!scope.is_open).then_some(false)
                };
            }
            Value::Dict(place) => {
                let Object::Dict(pairs) = self.state.object(*place) else { return None };
                return pairs.contains(item);
            }
            _ => {}
        }
        let own = self.elements_of(of);
        if own.is_some_and(|own| !self.spend(own.len())) {
            return None;
        }
        let items = own.map_or_else(|| self.items(of).map(Cow::Owned), |own| Some(Cow::Borrowed(own)))?;
        any(items.iter().map(|one| one.equals(item)))
    }
}

impl Value {
    /// Whether Python takes both for equal.
    pub(in crate::replay::run) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) if a.is_known() && b.is_known() => Some(a.text == b.text),
            (Self::Text(open), Self::Text(known)) | (Self::Text(known), Self::Text(open))
                if known.is_known() =>
            {
                (!known.text.starts_with(open.start())).then_some(false)
            }
            (Self::None | Self::Bool(_) | Self::Int(_), Self::None | Self::Bool(_) | Self::Int(_)) => {
                Some(self == other)
            }
            (Self::Text(_), Self::None | Self::Int(_)) | (Self::None | Self::Int(_), Self::Text(_)) => {
                Some(false)
            }
            (Self::Member(a), Self::Member(b)) => Some(a == b),
            (Self::Column(a), Self::Column(b)) => a.is_same(b),
            _ => None,
        }
    }
}

impl Value {
    /// Which of two comes first where Python sorts them.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(_), Self::Text(_)) => Some(self.known_text()?.cmp(other.known_text()?)),
            (Self::Int(one), Self::Int(other)) => Some(one.cmp(other)),
            (Self::Bool(one), Self::Bool(other)) => Some(one.cmp(other)),
            (Self::Tuple(one), Self::Tuple(other)) => {
                for (one, other) in one.iter().zip(&**other) {
                    match one.order(other)? {
                        Ordering::Equal => {}
                        decided => return Some(decided),
                    }
                }
                Some(one.len().cmp(&other.len()))
            }
            _ => None,
        }
    }
}

/// Whether all of them are true.
pub(in crate::replay::run) fn all(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(each.map(|one| one.map(|one| !one))).map(|one_is_not| !one_is_not)
}

/// Whether one of them is true.
pub(in crate::replay::run) fn any(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(false);
    for one in each {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

/// Whether a database's refusal, of which only the statement is not known, certainly does not say something that
/// databases say of tables and columns: no statement says it.
fn is_no_word_of(refusal: &str, part: &str) -> bool {
    const SAID: [&str; 5] =
        ["already exists", "does not exist", "duplicate column", "no such table", "no such column"];
    let is_refusal = refusal.strip_suffix(HOLE).is_some_and(|known| {
        !known.contains(HOLE) && known.to_ascii_lowercase().ends_with(&STATEMENT.to_ascii_lowercase())
    });
    let part = part.to_ascii_lowercase();
    is_refusal && !refusal.to_ascii_lowercase().contains(&part) && SAID.iter().any(|said| part.contains(said))
}
