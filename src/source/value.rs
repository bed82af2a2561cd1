//! Values that a file says: literal, known, absent, or unknown.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use super::bulk::{Bulk, Bulky, Items, LARGEST};
use super::program::{Expression, ExpressionKind};
use crate::text::TextRange;

/// What a module says about one of its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// The module never binds the name.
    Absent,
    /// One literal assignment at module level decides the value, and an edit of it changes the value.
    Literal(Literal),
    /// The value is certain, but no single literal that an edit could change decides it.
    Known {
        /// The value.
        value: Value,
        /// The statement that binds it last.
        range: TextRange,
    },
    /// The value is computed at run time, or bound in a way that only running tells.
    Unknown {
        /// The statement that binds it, or the last of them.
        range: TextRange,
        /// What makes it unknown, as a phrase: `down_revision is computed`.
        why: String,
    },
}

/// A value of Python, as far as reading the text tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(Arc<str>),
    /// `b'…'`: its bytes.
    Bytes(Arc<[u8]>),
    /// `(…)`.
    Tuple(Items<Self>),
    /// `[…]`.
    List(Items<Self>),
    /// `{…}`, in written order, each once.
    Set(Items<Self>),
    /// The keys of `{…: …}`, in written order, each once.
    Keys(Items<Self>),
    /// Anything else of which only the type is known: `function`, `ellipsis`, `module`.
    Other(&'static str),
}

impl Bulky for Value {
    fn bulk(&self) -> Bulk {
        match self {
            Self::Text(text) => Bulk::of_text(text.len()),
            Self::Bytes(bytes) => Bulk::of_text(bytes.len()),
            Self::Tuple(items) | Self::List(items) | Self::Set(items) | Self::Keys(items) => items.bulk(),
            Self::None | Self::Bool(_) | Self::Int(_) | Self::Other(_) => Bulk::ONE,
        }
    }
}

impl Value {
    /// What iterating over it gives, where that is certain and not more than is followed.
    pub fn items(&self) -> Option<Items<Self>> {
        match self {
            Self::Tuple(items) | Self::List(items) | Self::Set(items) | Self::Keys(items) => {
                Some(items.clone())
            }
            Self::Text(text) if text.len() < LARGEST => {
                Items::new(text.chars().map(|c| Self::Text(c.to_string().into())).collect::<Vec<_>>())
            }
            Self::Bytes(bytes) if bytes.len() < LARGEST => {
                Items::new(bytes.iter().map(|&byte| Self::Int(byte.into())).collect::<Vec<_>>())
            }
            Self::Text(_) | Self::Bytes(_) | Self::None | Self::Bool(_) | Self::Int(_) | Self::Other(_) => {
                None
            }
        }
    }

    /// Whether Python takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Text(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::Tuple(items) | Self::List(items) | Self::Set(items) | Self::Keys(items) => {
                !items.is_empty()
            }
            Self::Other(_) => true,
        }
    }

    /// As `str()` shows it, as far as it matters here.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::None => "None".to_owned(),
            other => format!("<{}>", other.type_name()),
        }
    }

    /// Whether whoever has it can change it.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Keys(_))
    }

    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Text(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Keys(_) => "dict",
            Self::Other(name) => name,
        }
    }

    /// `a + b + c`, where all are texts, tuples or lists, and together not more than is followed.
    pub(super) fn sum(all: &[Self]) -> Option<Self> {
        let size = all.iter().map(|one| one.bulk().size).fold(0, usize::saturating_add);
        let first = all.first().filter(|_| size <= LARGEST)?;
        let items = |of: fn(&Self) -> Option<&Items<Self>>| {
            let parts: Option<Vec<_>> = all.iter().map(|one| of(one).map(|items| &**items)).collect();
            Items::new(parts?.concat())
        };
        match first {
            Self::Text(_) => {
                let text = |one: &'_ Self| match one {
                    Self::Text(text) => Some(Arc::clone(text)),
                    _ => None,
                };
                let parts: Option<Vec<_>> = all.iter().map(text).collect();
                Some(Self::Text(parts?.concat().into()))
            }
            Self::Tuple(_) => {
                items(|one| if let Self::Tuple(items) = one { Some(items) } else { None }).map(Self::Tuple)
            }
            Self::List(_) => {
                items(|one| if let Self::List(items) = one { Some(items) } else { None }).map(Self::List)
            }
            _ => None,
        }
    }

    /// As Alembic takes a value for a list of names: `None` is none, a text or a number one, an iterable its elements;
    /// a single element stands for itself, so that `(None,)` is none too.
    pub fn names(&self) -> Vec<Self> {
        let names = match self {
            Self::None => Vec::new(),
            Self::Text(_) => vec![self.clone()],
            _ => self.items().map_or_else(|| vec![self.clone()], |items| items.to_vec()),
        };
        if names == [Self::None] { Vec::new() } else { names }
    }
}

/// A literal value of `None`, strings, or tuples and lists of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What kind of literal it is.
    pub shape: LiteralShape,
    /// The strings in it, in order; none for `None` and empty sequences.
    pub items: Vec<Text>,
    /// The bytes of the whole value, parentheses included.
    pub range: TextRange,
    /// The bytes of the whole statement.
    pub statement: TextRange,
}

/// The kind of a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiteralShape {
    /// `None`.
    None,
    /// A string, in parentheses or not, of one piece or several.
    Str,
    /// A tuple of strings.
    Tuple,
    /// A list of strings.
    List,
}

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its value.
    pub value: String,
    /// Its bytes, quotes included; from the first piece to the last for implicit concatenation.
    pub range: TextRange,
    /// Its first quote character, `'` or `"`.
    pub quote: char,
}

impl Literal {
    /// The literal that an expression is, if it is one; `statement` is the statement around it.
    pub(super) fn of(value: &Expression, statement: TextRange) -> Option<Self> {
        let (shape, items) = match &value.kind {
            ExpressionKind::None => (LiteralShape::None, Vec::new()),
            ExpressionKind::Text(text) => (LiteralShape::Str, vec![Text::of(text, text.range)]),
            ExpressionKind::Tuple(items) => (LiteralShape::Tuple, texts(items)?),
            ExpressionKind::List(items) => (LiteralShape::List, texts(items)?),
            _ => return None,
        };
        Some(Self { shape, items, range: value.range, statement })
    }
}

impl Text {
    fn of(text: &super::program::Text, range: TextRange) -> Self {
        Self { value: text.value.as_ref().to_owned(), range, quote: text.quote }
    }
}

/// The texts of a tuple or a list; Alembic takes `(None,)` for a base.
fn texts(items: &[Expression]) -> Option<Vec<Text>> {
    if let [Expression { kind: ExpressionKind::None, .. }] = items {
        return Some(Vec::new());
    }
    let text = |item: &Expression| match &item.kind {
        ExpressionKind::Text(text) => Some(Text::of(text, item.range)),
        _ => None,
    };
    items.iter().map(text).collect()
}

impl Declared {
    /// The literal, if it is one.
    pub fn literal(&self) -> Option<&Literal> {
        match self {
            Self::Literal(literal) => Some(literal),
            Self::Absent | Self::Known { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Whether only running would tell.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// Whether it names revisions by texts and by nothing else, as it should; absent names none.
    pub fn is_text(&self) -> bool {
        match self {
            Self::Literal(_) => true,
            Self::Known { value, .. } => value.names().iter().all(|name| matches!(name, Value::Text(_))),
            Self::Absent | Self::Unknown { .. } => false,
        }
    }

    /// The texts in it; none when absent, `None` or unknown.
    pub fn values(&self) -> Vec<&str> {
        match self {
            Self::Literal(literal) => literal.items.iter().map(|item| item.value.as_str()).collect(),
            Self::Known { value: Value::Text(text), .. } => vec![&**text],
            Self::Known {
                value: Value::Tuple(items) | Value::List(items) | Value::Set(items) | Value::Keys(items),
                ..
            } => items
                .iter()
                .filter_map(|item| match item {
                    Value::Text(text) => Some(&**text),
                    _ => None,
                })
                .collect(),
            Self::Known { .. } | Self::Absent | Self::Unknown { .. } => Vec::new(),
        }
    }

    /// As Alembic takes it for branch labels.
    pub fn labels(&self) -> Vec<Value> {
        match self.value() {
            // `(None,)` names no revision, but is a label.
            Some(Value::Tuple(items) | Value::List(items)) => items.to_vec(),
            value => value.map(|value| value.names()).unwrap_or_default(),
        }
    }

    /// The value as Python has it, if it is certain and there is one.
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Known { value, .. } => Some(value.clone()),
            Self::Literal(literal) => {
                let text = |item: &Text| Value::Text(item.value.as_str().into());
                let items = || Items::new(literal.items.iter().map(text).collect::<Vec<_>>());
                match literal.shape {
                    LiteralShape::None => Some(Value::None),
                    LiteralShape::Str => Some(literal.items.first().map_or(Value::None, text)),
                    LiteralShape::Tuple => items().map(Value::Tuple),
                    LiteralShape::List => items().map(Value::List),
                }
            }
            Self::Absent | Self::Unknown { .. } => None,
        }
    }
}
/// The items of a set: each once, in the order in which they come.
pub(crate) fn unique<T: Clone + Eq + Hash>(items: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::with_capacity(items.len());
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::hash::Hasher;

    use super::*;

    /// A number that counts how often it is compared.
    #[derive(Debug, Clone)]
    struct Counted<'c>(u32, &'c Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Counted<'_> {}

    impl Hash for Counted<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    #[test]
    fn a_large_set_is_made_without_comparing_all_with_all() {
        const N: u32 = 5000;
        let n_compared = Cell::new(0);
        let twice = (0..N).rev().chain(0..N).map(|number| Counted(number, &n_compared)).collect();
        let kept: Vec<_> = unique(twice).into_iter().map(|item| item.0).collect();
        assert!(kept.into_iter().eq((0..N).rev()));
        assert!(n_compared.get() < 4 * N as usize, "{}", n_compared.get());
    }
}
