//! A migration's docstring, and what Alembic's templates write into it.

use super::program::{ExpressionKind, Program, StatementKind};
use crate::text::{Encoding, TextRange};

/// The docstring's parts that Alembic's templates write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Docstring {
    /// The bytes of the string literal, quotes included.
    pub range: TextRange,
    /// Its value.
    pub text: String,
    /// The part before the first empty line, as Alembic shows it.
    pub message: String,
    /// The value after `Revision ID:`, and its bytes.
    pub revision_id: Option<(String, TextRange)>,
    /// The value after `Revises:`, trimmed, and its bytes; where there is none, those from after the colon to the end of
    /// the line.
    pub revises: Option<(String, TextRange)>,
    /// The value after `Create Date:`, trimmed.
    pub create_date: Option<String>,
}

impl Docstring {
    /// A docstring of which only the value is known.
    pub(super) fn plain(range: TextRange, text: String) -> Self {
        let message = text.trim().split("\n\n").next().unwrap_or_default().to_owned();
        Self { range, text, message, revision_id: None, revises: None, create_date: None }
    }

    /// Reads the module's docstring.
    pub(super) fn read(program: &Program, source: &[u8]) -> Option<Self> {
        let StatementKind::Expression(value) = &program.body.first()?.kind else { return None };
        let ExpressionKind::Text(text) = &value.kind else { return None };
        let mut docstring = Self::plain(value.range, text.value.as_ref().to_owned());
        if text.is_joined || text.range != value.range {
            return Some(docstring);
        }
        let encoding = Encoding::of(source);
        let mut start = text.range.start();
        for line in text.range.slice(source).split_inclusive(|&byte| byte == b'\n') {
            let next = start + line.len() as u32;
            if let Some((revision_id, range)) = field(encoding, line, start, "Revision ID:") {
                docstring.revision_id.get_or_insert((revision_id, range));
            } else if let Some((revises, range)) = field(encoding, line, start, "Revises:") {
                docstring.revises.get_or_insert((revises, range));
            } else if let Some((date, _)) = field(encoding, line, start, "Create Date:") {
                docstring.create_date.get_or_insert(date);
            }
            start = next;
        }
        Some(docstring)
    }
}

/// The value after `name` on a line that starts at byte `start`, and its bytes; where there is none, those from the colon
/// to the end of the line.
fn field(encoding: Encoding, line: &[u8], start: u32, name: &str) -> Option<(String, TextRange)> {
    let indent = line.len() - line.trim_ascii_start().len();
    let rest = line.get(indent..)?.strip_prefix(name.as_bytes())?;
    let mut value = rest;
    while let [inner @ .., b'\n' | b'\r'] = value {
        value = inner;
    }
    for quotes in [b"\"\"\"".as_slice(), b"'''"] {
        if let Some(inner) = value.strip_suffix(quotes) {
            value = inner;
            break;
        }
    }
    let mut from = start + (indent + name.len()) as u32;
    let text = encoding.decode(value).trim().to_owned();
    if !text.is_empty() {
        from += (value.len() - value.trim_ascii_start().len()) as u32;
        value = value.trim_ascii();
    }
    Some((text, TextRange::new(from, from + value.len() as u32)))
}
