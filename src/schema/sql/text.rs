//! A text of SQL, parts of which may be computed.

use std::collections::BTreeSet;

/// A text of SQL as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlText {
    /// Its pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a text of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Known text.
    Text(String),
    /// Something that is computed.
    Hole,
}

impl From<&str> for SqlText {
    fn from(text: &str) -> Self {
        Self { pieces: vec![Piece::Text(text.to_owned())] }
    }
}

impl SqlText {
    /// A text in which each `placeholder` stands for something that is computed.
    pub fn with_placeholder(text: &str, placeholder: &str) -> Self {
        if placeholder.is_empty() {
            return Self::from(text);
        }
        let mut pieces = Vec::new();
        for (at, known) in text.split(placeholder).enumerate() {
            if at > 0 {
                pieces.push(Piece::Hole);
            }
            if !known.is_empty() {
                pieces.push(Piece::Text(known.to_owned()));
            }
        }
        Self { pieces }
    }

    /// Whether nothing is known before the first hole.
    pub fn starts_with_hole(&self) -> bool {
        let first = self.pieces.iter().find(|piece| match piece {
            Piece::Text(text) => !text.trim().is_empty(),
            Piece::Hole => true,
        });
        first == Some(&Piece::Hole)
    }

    /// One string with `hole` in place of every hole.
    pub(super) fn filled(&self, hole: &Hole) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Hole => hole.word(),
        });
        pieces.collect()
    }
}

/// The word that stands for a hole: an identifier that the text does not hold otherwise.
#[derive(Debug, Clone)]
pub(super) struct Hole(String);

impl Hole {
    const STEM: &str = "rechain_hole";

    /// A word that the known pieces do not hold, whatever their case.
    pub(super) fn of(sql: &SqlText) -> Self {
        let mut known = String::new();
        for piece in &sql.pieces {
            match piece {
                Piece::Text(text) => known.push_str(text),
                Piece::Hole => known.push(' '),
            }
        }
        known.make_ascii_lowercase();
        let taken: BTreeSet<usize> = known
            .match_indices(Self::STEM)
            .filter_map(|(at, stem)| {
                let rest = &known[at + stem.len()..];
                rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
            })
            .collect();
        let free = taken.iter().zip(0..).find(|(taken, number)| *taken != number).map(|(_, number)| number);
        Self(format!("{}{}_", Self::STEM, free.unwrap_or(taken.len())))
    }

    /// The word itself.
    pub(super) fn word(&self) -> &str {
        &self.0
    }

    /// Whether `text` holds a hole.
    pub(super) fn is_in(&self, text: &str) -> bool {
        // Names are lower-cased by some dialects and upper-cased by none.
        text.contains(&self.0)
    }

    /// `text` with a question mark in place of every hole.
    pub(super) fn shown(&self, text: &str) -> String {
        text.replace(&self.0, "?")
    }
}
