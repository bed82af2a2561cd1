//! The release of the database's server, in the forms in which it is told.
//!
//! No more is known of it than that it is one of those that its makers still look after, or the one before them. What is so
//! in each of these is so.

use crate::replay::run::value::Value;
use crate::replay::run::{Call, Machine};
use crate::schema::Dialect;
use crate::source::program::Comparison;

/// The oldest release of PostgreSQL in question.
const OLDEST: i64 = 13;

/// A form in which the release is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::replay::run) enum Release {
    /// `'17.2'`.
    Text,
    /// That, split at its dots.
    Parts,
    /// `(17, 2)`.
    Numbers,
    /// The first of these, as a text or as a number.
    First,
    /// `170002`, as a text or as a number.
    Whole,
}

/// What the statements that ask for it have in common.
pub(super) const ASKED: &str = "server_version";

/// What the statements that ask for it give.
pub(super) fn asked(machine: &Machine<'_>, statement: &str) -> Option<Value> {
    let words: Vec<_> = statement.trim().trim_end_matches(';').split_whitespace().collect();
    let form = match words.join(" ").to_ascii_lowercase().as_str() {
        "show server_version" | "select current_setting('server_version')" => Release::Text,
        "show server_version_num"
        | "select current_setting('server_version_num')"
        | "select current_setting('server_version_num')::int"
        | "select current_setting('server_version_num')::integer" => Release::Whole,
        _ => return None,
    };
    told(machine, form)
}

/// It in that form, where it is PostgreSQL's.
pub(in crate::replay::run) fn told(machine: &Machine<'_>, form: Release) -> Option<Value> {
    (machine.dialect() == Some(Dialect::Postgresql)).then_some(Value::Release(form))
}

impl Release {
    /// A method of the text.
    pub(in crate::replay::run) fn method(self, call: Call<'_>) -> Value {
        match (self, call.name, call.arguments.first().and_then(Value::known_text)) {
            (Self::Text, "split" | "partition", Some(".")) => Value::Release(Self::Parts),
            (Self::Text, "strip", _) => Value::Release(self),
            _ => Value::Data,
        }
    }

    pub(in crate::replay::run) fn item(self, index: &Value) -> Value {
        match (self, index) {
            (Self::Parts | Self::Numbers, Value::Int(0)) => Value::Release(Self::First),
            _ => Value::Data,
        }
    }

    /// How it compares with a number, or with several, where that holds for each release in question.
    pub(in crate::replay::run) fn compare(self, comparison: Comparison, other: &Value) -> Option<bool> {
        let (least, other) = match (self, other) {
            (Self::First, Value::Int(other)) => (OLDEST, *other),
            (Self::Whole, Value::Int(other)) => (OLDEST * 10_000, *other),
            (Self::Numbers, Value::Tuple(numbers)) => match numbers.first() {
                // What stands behind it decides where the first is the same.
                Some(Value::Int(first)) => (OLDEST, first + i64::from(numbers.len() > 1)),
                _ => return None,
            },
            _ => return None,
        };
        match comparison {
            Comparison::GreaterOrEqual if other <= least => Some(true),
            Comparison::Greater | Comparison::Unequal if other < least => Some(true),
            Comparison::Less if other <= least => Some(false),
            Comparison::LessOrEqual | Comparison::Equal if other < least => Some(false),
            _ => None,
        }
    }
}

/// The comparison as the other side sees it.
pub(in crate::replay::run) fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}
