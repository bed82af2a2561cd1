//! Indentation that the tokenizer refuses.

use super::Opaque;
use crate::text::TextRange;

/// As many levels of indentation, the outermost counted. Source: `MAXINDENT` of `CPython`'s tokenizer.
const DEEPEST: usize = 100;

/// Indentation, by the tokenizer's own rule: columns are counted with tabs of eight and of one, and both must agree.
/// Source: `CPython`'s `tok_nextc` and `tok_get`.
pub(super) fn refused(source: &[u8], opaque: &[Opaque]) -> Option<(TextRange, String)> {
    let mut levels = vec![(0_usize, 0_usize)];
    let mut opens_block = false;
    let fault = |range, what: &str| Some((range, what.to_owned()));
    for line in LogicalLines::of(source, opaque) {
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
}

impl<'s> LogicalLines<'s> {
    fn of(source: &'s [u8], opaque: &'s [Opaque]) -> Self {
        Self { source, opaque, at: if source.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 } }
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
                    b'(' | b'[' | b'{' => depth += 1,
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
