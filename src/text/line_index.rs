//! From byte offsets to lines and columns.

use std::ops::Range;

use super::{Encoding, Secrets, TextRange};

/// A place shown to people: line from 1, column from 1 in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// The line starts of one file. `\n`, `\r\n` and a lone `\r` end a line, as in Python.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    source: &'a [u8],
    starts: Vec<u32>,
    encoding: Encoding,
    is_ascii: bool,
}

/// A part of a line: all of it where it is not long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePart {
    /// The text of the part, without secrets.
    pub text: String,
    /// The byte at which it starts.
    pub start: u32,
    /// Whether something of the line stands before it.
    pub is_cut_before: bool,
    /// Whether something of the line stands after it.
    pub is_cut_after: bool,
    /// Whether a secret is hidden in it.
    pub hides: bool,
}

/// As many bytes as a character takes in UTF-8.
const LONGEST_CHARACTER: usize = 4;

impl<'a> LineIndex<'a> {
    /// Reads the line starts of `source`, finding its encoding first.
    pub fn new(source: &'a [u8]) -> Self {
        let mut starts = vec![0];
        for (at, byte) in source.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => source.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(at as u32 + 1);
            }
        }
        Self { source, starts, encoding: Encoding::of(source), is_ascii: source.is_ascii() }
    }

    /// The line and column of a byte offset; an offset past the end gives the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = offset.min(self.source.len() as u32);
        let line = self.line(offset) as usize;
        let start = self.starts[line - 1] as usize;
        if self.is_ascii {
            return LineColumn { line: line as u32, column: offset - start as u32 + 1 };
        }
        let before = &self.source[start..offset as usize];
        let before = if line == 1 { before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before) } else { before };
        LineColumn { line: line as u32, column: self.encoding.decode(before).chars().count() as u32 + 1 }
    }

    /// The byte at which a line (from 1) starts; past the end, the end of the file.
    pub fn line_start(&self, line: u32) -> u32 {
        let at = line.saturating_sub(1) as usize;
        self.starts.get(at).copied().unwrap_or(self.source.len() as u32)
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset).max(1) as u32
    }

    /// The text of a line (from 1), without its line end.
    pub fn line_text(&self, line: u32) -> String {
        self.encoding.decode(self.bytes(line).1)
    }

    /// What stands around some bytes of a line (from 1), up to so many bytes after them, half as many before, so that they
    /// are in sight, and not more of them themselves; without the line's end, and without the secrets of the file.
    pub fn line_part(&self, line: u32, bounds: TextRange, most: usize, secrets: &Secrets) -> LinePart {
        let (start, bytes) = self.bytes(line);
        let at = (bounds.start() as usize).clamp(start, start + bytes.len()) - start;
        let end = (bounds.end() as usize).clamp(start + at, start + bytes.len()) - start;
        let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| matches!(byte, 0x80..=0xbf));
        let mut from = at.saturating_sub(most / 2);
        let mut to = (end.min(at + most) + most).min(bytes.len());
        // A short line is shown whole, and so is one of which a byte alone may be no character.
        if bytes.len() <= 2 * most || !(self.is_ascii || self.encoding == Encoding::Utf8) {
            (from, to) = (0, bytes.len());
        }
        // No character takes more, so that what goes on is none.
        for _ in 1..LONGEST_CHARACTER {
            from -= usize::from(from > 0 && is_inside(from));
            to += usize::from(is_inside(to));
        }
        let part = start + from..start + to;
        LinePart {
            hides: secrets.are_in(part.clone()),
            text: secrets.hidden_bytes(self.source, part, |bytes| self.encoding.decode(bytes)),
            start: (start + from) as u32,
            is_cut_before: from > 0,
            is_cut_after: to < bytes.len(),
        }
    }

    /// What stands in a range, without the secrets of the file.
    pub fn text(&self, range: TextRange, secrets: &Secrets) -> String {
        let end = (range.end() as usize).min(self.source.len());
        let part = (range.start() as usize).min(end)..end;
        secrets.hidden_bytes(self.source, part, |bytes| self.encoding.decode(bytes))
    }

    /// The bytes of the lines that a range stands on.
    pub fn whole_lines(&self, range: TextRange) -> Range<usize> {
        let (first, last) = (self.line(range.start()), self.line(range.end()));
        self.line_start(first) as usize..self.line_start(last + 1) as usize
    }

    /// The bytes of a line (from 1), without its line end and a mark before the first, and where they start.
    fn bytes(&self, line: u32) -> (usize, &[u8]) {
        let Some(&start) = self.starts.get(line.saturating_sub(1) as usize) else {
            return (self.source.len(), &[]);
        };
        let end = self.starts.get(line as usize).map_or(self.source.len(), |&end| end as usize);
        let mut bytes = &self.source[start as usize..end];
        while let [rest @ .., b'\n' | b'\r'] = bytes {
            bytes = rest;
        }
        match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if line == 1 => (start as usize + 3, rest),
            _ => (start as usize, bytes),
        }
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether the file has no byte at all.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: &[u8], offset: u32) -> (u32, u32) {
        let place = LineIndex::new(source).line_column(offset);
        (place.line, place.column)
    }

    #[test]
    fn columns_count_characters_and_lines_count_every_line_end() {
        assert_eq!(at("é = 1\r\nb".as_bytes(), 3), (1, 3));
        assert_eq!(at(b"a\r\nb\rc\nd", 3), (2, 1));
        assert_eq!(at(b"a\r\nb\rc\nd", 5), (3, 1));
        assert_eq!(at(b"a\r\nb\rc\nd", 99), (4, 2));
        assert_eq!(at(b"\xef\xbb\xbfab", 4), (1, 2));
        assert_eq!(at(b"# coding: latin-1\nx = '\xe9\xe9'", 24), (2, 7));
    }

    #[test]
    fn a_line_is_read_without_its_end() {
        let index = LineIndex::new(b"\xef\xbb\xbfa\r\nb\r\n");
        assert_eq!([index.line_text(1), index.line_text(2), index.line_text(3)], ["a", "b", ""]);
    }

    #[test]
    fn a_part_of_what_is_no_text_is_within_its_line() {
        for line in [&b"\x9d"[..], b"\x9dx = 1", b"\x80\xbf\x80\xbf\x80\xbf", b"x\xf0\x9f", &[0x9d; 200]] {
            let source = [b"\xff\n", line, b"\ny = 2\n"].concat();
            let index = LineIndex::new(&source);
            for at in 0..source.len() as u32 + 2 {
                for most in [0, 1, 2, 5, 1000] {
                    let part = index.line_part(2, TextRange::new(at, at + 1), most, &Secrets::default());
                    let end = 2 + line.len();
                    assert!(part.start as usize >= 2 && part.start as usize <= end, "{line:?} {at} {most}");
                    let shown = part.text.chars().count();
                    assert!(shown <= line.len().min(2 * most + 8), "{line:?} {at} {most}: {shown}");
                }
            }
        }
    }

    #[test]
    fn of_a_long_line_a_part_is_read() {
        let source = format!("# {}\nx = '{}é{}' # end\n", "a".repeat(50), "b".repeat(100), "c".repeat(100));
        let index = LineIndex::new(source.as_bytes());
        let at = source.find('é').expect("there") as u32;
        let none = Secrets::default();
        let part = index.line_part(2, TextRange::new(at, at + 2), 10, &none);
        assert_eq!(part.text, format!("{}é{}", "b".repeat(5), "c".repeat(10)));
        assert_eq!((part.is_cut_before, part.is_cut_after, part.start), (true, true, at - 5));
        // Of what is long itself, its beginning.
        let part = index.line_part(2, TextRange::new(at - 100, at + 102), 10, &none);
        assert_eq!(part.text, format!("x = '{}", "b".repeat(20)));
        assert_eq!((part.is_cut_before, part.is_cut_after), (false, true));
        // Not through a character.
        let part = index.line_part(2, TextRange::new(at - 9, at - 9), 10, &none);
        assert!(part.text.ends_with("bbbé"), "{}", part.text);
        let whole = index.line_part(1, TextRange::new(5, 6), 30, &none);
        assert_eq!((whole.text, whole.is_cut_before, whole.is_cut_after), (index.line_text(1), false, false));
        assert_eq!(index.line_part(9, TextRange::new(5, 6), 30, &none).text, "");
    }
}
