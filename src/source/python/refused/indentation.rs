//! Indentation and brackets that the tokenizer refuses.

use std::collections::BTreeSet;

use super::Opaque;
use crate::text::TextRange;

/// As many levels of indentation, the outermost counted. Source: `MAXINDENT` of `CPython`'s tokenizer.
const DEEPEST: usize = 100;
/// As many brackets in one another. Source: `MAXLEVEL` there.
const MOST_BRACKETS: usize = 200;
/// As many different columns at which lines begin: more are not read. The parser's scanner keeps those of the blocks that are
/// open in 1024 bytes, beside one for each literal that is open, and of two bytes each; and it keeps no column twice.
const MOST_COLUMNS: usize = 380;

/// A line with which there are more columns than the parser can keep. A column is counted as the scanner does: it takes a tab
/// for eight, and a line that goes on behind a backslash for the same line.
pub(in crate::source::python) fn beyond_the_scanner(source: &[u8]) -> Option<(TextRange, String)> {
    let mut columns = BTreeSet::new();
    let (mut column, mut begins) = (0_u16, true);
    for (at, byte) in source.iter().enumerate() {
        match byte {
            b'\n' if at > 0 && source[at - 1] == b'\\' => begins = true,
            b'\n' | b'\r' | b'\x0c' => (column, begins) = (0, true),
            b' ' if begins => column = column.wrapping_add(1),
            b'\t' if begins => column = column.wrapping_add(8),
            b'\\' if begins => {}
            _ if begins => {
                begins = false;
                columns.insert(column);
                if columns.len() > MOST_COLUMNS {
                    let what =
                        format!("lines begin at more than {MOST_COLUMNS} columns, and no more are read");
                    return Some((TextRange::new(at as u32, at as u32 + 1), what));
                }
            }
            _ => {}
        }
    }
    None
}

/// Indentation, by the tokenizer's own rule: columns are counted with tabs of eight and of one, and both must agree.
/// Source: `CPython`'s `tok_nextc` and `tok_get`.
pub(super) fn refused(source: &[u8], opaque: &[Opaque]) -> Option<(TextRange, String)> {
    let mut levels = vec![(0_usize, 0_usize)];
    let mut opens_block = false;
    let fault = |range, what: &str| Some((range, what.to_owned()));
    let mut lines = LogicalLines::of(source, opaque);
    while let Some(line) = lines.next() {
        if let Some(at) = lines.too_deep {
            return fault(TextRange::new(at, at + 1), "too many nested parentheses");
        }
        let (column, narrow) = columns(line.indent.slice(source));
        let &(top, narrow_top) = levels.last()?;
        if column > top {
            if !opens_block {
                return fault(line.range, "unexpected indent");
            }
            if narrow <= narrow_top {
                return fault(line.range, "inconsistent use of tabs and spaces in indentation");
            }
            if levels.len() >= DEEPEST {
                return fault(line.range, "too many levels of indentation");
            }
            levels.push((column, narrow));
        } else {
            if column == top && narrow != narrow_top {
                return fault(line.range, "inconsistent use of tabs and spaces in indentation");
            }
            if opens_block {
                return fault(line.range, "expected an indented block");
            }
            while levels.last().is_some_and(|&(level, _)| level > column) {
                levels.pop();
            }
            let &(level, narrow_level) = levels.last()?;
            if level != column {
                return fault(line.range, "unindent does not match any outer indentation level");
            }
            if narrow_level != narrow {
                return fault(line.range, "inconsistent use of tabs and spaces in indentation");
            }
        }
        opens_block = line.opens_block;
    }
    let end = source.len() as u32;
    opens_block.then(|| (TextRange::empty(end), "expected an indented block".to_owned()))
}

/// The column after some blanks, with tabs of eight and with tabs of one.
fn columns(blanks: &[u8]) -> (usize, usize) {
    blanks.iter().fold((0, 0), |(wide, narrow), byte| match byte {
        b'\t' => ((wide / 8 + 1) * 8, narrow + 1),
        b' ' => (wide + 1, narrow + 1),
        // A form feed starts anew.
        _ => (0, 0),
    })
}

/// A line of code, however many lines of text it takes.
struct LogicalLine {
    /// The blanks before it.
    indent: TextRange,
    /// Its first line of text, without the blanks.
    range: TextRange,
    /// Whether it ends in a colon.
    opens_block: bool,
}

/// The lines of code of a file, in order.
struct LogicalLines<'s> {
    source: &'s [u8],
    /// The comments and string literals that are still to come.
    opaque: &'s [Opaque],
    at: usize,
    /// A bracket with which there are too many.
    too_deep: Option<u32>,
}

impl<'s> LogicalLines<'s> {
    fn of(source: &'s [u8], opaque: &'s [Opaque]) -> Self {
        let at = if source.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { source, opaque, at, too_deep: None }
    }

    /// Goes to the end of a line of code; gives its last byte that is no blank, `"` for a string, and whether brackets
    /// are open there.
    fn skip_line(&mut self) -> (Option<u8>, bool) {
        let source = self.source;
        let mut depth = 0_usize;
        let mut last = None;
        loop {
            while let Some((range, _)) = self.opaque.first()
                && range.end() as usize <= self.at
                && range.end() > range.start()
            {
                self.opaque = &self.opaque[1..];
            }
            // The code up to the next of them.
            let next = self.opaque.first().map(|(range, _)| *range);
            let end = next.map_or(source.len(), |next| next.start() as usize);
            while self.at < end {
                let byte = source[self.at];
                self.at += 1;
                match byte {
                    b'(' | b'[' | b'{' => {
                        depth += 1;
                        if depth > MOST_BRACKETS {
                            self.too_deep.get_or_insert(self.at as u32 - 1);
                        }
                    }
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    b'\\' if matches!(source.get(self.at), Some(b'\n' | b'\r')) => {
                        self.at += if source[self.at..].starts_with(b"\r\n") { 2 } else { 1 };
                        continue;
                    }
                    b'\n' | b'\r' if depth == 0 => {
                        self.at += usize::from(byte == b'\r' && source.get(self.at) == Some(&b'\n'));
                        return (last, true);
                    }
                    b' ' | b'\t' | b'\x0c' | b'\n' | b'\r' => continue,
                    _ => {}
                }
                last = Some(byte);
            }
            let Some(next) = next else { break };
            if source.get(self.at).is_some_and(|byte| *byte != b'#') {
                last = Some(b'"');
            }
            self.at = (next.end() as usize).max(self.at + 1);
        }
        (last, depth == 0)
    }
}

impl Iterator for LogicalLines<'_> {
    type Item = LogicalLine;

    fn next(&mut self) -> Option<LogicalLine> {
        while self.at < self.source.len() {
            let start = self.at;
            let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\x0c');
            self.at += self.source[start..].iter().take_while(is_blank).count();
            let first = self.at;
            let (last, is_closed) = self.skip_line();
            if let Some(last) = last {
                let rest = &self.source[first..];
                let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
                return Some(LogicalLine {
                    indent: TextRange::new(start as u32, first as u32),
                    range: TextRange::new(first as u32, (first + length) as u32),
                    opens_block: last == b':' && is_closed,
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::beyond_the_scanner;

    #[test]
    fn no_more_columns_are_read_than_the_scanner_keeps() {
        let lines = |n: usize, before: &str, after: &str| -> String {
            (0..n).map(|at| [before, &" ".repeat(at), "if a:", after, "\n"].concat()).collect()
        };
        for (source, is_beyond) in [
            (lines(380, "", ""), false),
            (lines(381, "", ""), true),
            (lines(381, "", "\r"), true),
            (lines(400, "(", ""), false),
            (lines(380, "", "").repeat(3), false),
            (format!("'''\n{}'''", lines(381, "", "")), true),
            (lines(100, "\t", "").repeat(9), false),
            (format!("if a:\n{}", " \\\n".repeat(500)), false),
        ] {
            assert_eq!(beyond_the_scanner(source.as_bytes()).is_some(), is_beyond, "{}", &source[..20]);
        }
    }
}
