//! A half-open range of bytes.

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets into one file; `start <= end` always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
pub struct TextRange {
    start: u32,
    end: u32,
}

impl From<(u32, u32)> for TextRange {
    fn from((start, end): (u32, u32)) -> Self {
        Self::new(start, end)
    }
}

impl From<TextRange> for (u32, u32) {
    fn from(range: TextRange) -> Self {
        (range.start, range.end)
    }
}

impl TextRange {
    /// Makes the range `start..end`; the two are swapped if given in the wrong order.
    pub const fn new(start: u32, end: u32) -> Self {
        if start <= end { Self { start, end } } else { Self { start: end, end: start } }
    }

    /// Makes the empty range at `offset`.
    pub const fn empty(offset: u32) -> Self {
        Self { start: offset, end: offset }
    }

    /// The first byte.
    pub const fn start(self) -> u32 {
        self.start
    }

    /// The byte after the last.
    pub const fn end(self) -> u32 {
        self.end
    }

    /// The number of bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether no byte is inside.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether another range is in it, or is the same.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The range as `usize` bounds, to slice with.
    pub const fn bounds(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The bytes of `source` that the range covers, or nothing when it lies outside.
    pub fn slice(self, source: &[u8]) -> &[u8] {
        source.get(self.bounds()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_in_itself_and_in_what_is_around_it() {
        let own = TextRange::new(2, 5);
        for (around, expected) in
            [((2, 5), true), ((0, 9), true), ((3, 9), false), ((0, 4), false), ((6, 9), false)]
        {
            assert_eq!(TextRange::from(around).contains(own), expected, "{around:?}");
        }
    }
}
