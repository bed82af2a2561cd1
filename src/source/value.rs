//! Values read from the syntax tree: literal, absent, or unknown.

use crate::text::TextRange;

/// What a module says about one of its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// The module never binds the name.
    Absent,
    /// One literal assignment at module level decides the value.
    Literal(Literal),
    /// The value is computed at run time, or bound in a way that only running tells.
    Unknown {
        /// The statement that binds it, or the last of them.
        range: TextRange,
        /// What makes it unknown, as a phrase: `down_revision is computed`.
        why: String,
    },
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

impl Declared {
    /// The literal, if it is one.
    pub fn literal(&self) -> Option<&Literal> {
        match self {
            Self::Literal(literal) => Some(literal),
            Self::Absent | Self::Unknown { .. } => None,
        }
    }

    /// Whether only running would tell.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// The values of the strings; none when absent, `None` or unknown.
    pub fn values(&self) -> Vec<&str> {
        self.literal()
            .map(|literal| literal.items.iter().map(|item| item.value.as_str()).collect())
            .unwrap_or_default()
    }
}
