//! From byte offsets to lines and columns.

use super::Encoding;

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
}

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
        Self { source, starts, encoding: Encoding::of(source) }
    }

    /// The line and column of a byte offset; an offset past the end gives the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = offset.min(self.source.len() as u32);
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts[line - 1] as usize;
        let before = &self.source[start..offset as usize];
        let before = if line == 1 { before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before) } else { before };
        LineColumn { line: line as u32, column: self.encoding.decode(before).chars().count() as u32 + 1 }
    }

    /// The byte at which a line (from 1) starts; past the end, the end of the file.
    pub fn line_start(&self, line: u32) -> u32 {
        let at = line.saturating_sub(1) as usize;
        self.starts.get(at).copied().unwrap_or(self.source.len() as u32)
    }

    /// The text of a line (from 1), without its line end.
    pub fn line_text(&self, line: u32) -> String {
        let Some(&start) = self.starts.get(line.saturating_sub(1) as usize) else { return String::new() };
        let end = self.starts.get(line as usize).map_or(self.source.len(), |&end| end as usize);
        let mut bytes = &self.source[start as usize..end];
        while let [rest @ .., b'\n' | b'\r'] = bytes {
            bytes = rest;
        }
        let bytes = if line == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        self.encoding.decode(bytes)
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
}
