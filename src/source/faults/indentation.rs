//! Indentation that the tokenizer refuses.

use super::ranges;
use crate::source::python::Module;
use crate::text::TextRange;

/// As many levels of indentation, the outermost counted. Source: `MAXINDENT` of `CPython`'s tokenizer.
const DEEPEST: usize = 100;

/// Indentation, by the tokenizer's own rule: columns are counted with tabs of eight and of one, and both must agree.
/// Source: `CPython`'s `tok_nextc` and `tok_get`.
pub(super) fn indentation(module: &Module<'_>) -> Option<(TextRange, String)> {
    let mut levels = vec![(0_usize, 0_usize)];
    let mut opens_block = false;
    let fault = |range, what: &str| Some((range, what.to_owned()));
    for line in logical_lines(module) {
        let (column, narrow) = columns(line.indent.slice(module.source()));
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
    let end = module.source().len() as u32;
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

fn logical_lines(module: &Module<'_>) -> Vec<LogicalLine> {
    let source = module.source();
    let opaque = ranges(module, &["comment", "string"]);
    let mut opaque = opaque.iter().peekable();
    let mut lines = Vec::new();
    let mut at = if source.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while at < source.len() {
        let start = at;
        let n_blanks = source[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        at += n_blanks;
        let first = at;
        let mut depth = 0_usize;
        let mut last = None;
        while at < source.len() {
            while opaque
                .next_if(|range| (range.end() as usize) <= at && range.end() > range.start())
                .is_some()
            {}
            if let Some(range) = opaque.peek().filter(|range| range.start() as usize == at) {
                if source[at] != b'#' {
                    last = Some(b'"');
                }
                at = (range.end() as usize).max(at + 1);
                continue;
            }
            let byte = source[at];
            at += 1;
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b'\\' if matches!(source.get(at), Some(b'\n' | b'\r')) => {
                    at += if source[at..].starts_with(b"\r\n") { 2 } else { 1 };
                    continue;
                }
                b'\n' | b'\r' if depth == 0 => {
                    at += usize::from(byte == b'\r' && source.get(at) == Some(&b'\n'));
                    break;
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() && byte != b'\x0c' {
                last = Some(byte);
            }
        }
        if let Some(last) = last {
            let length = source[first..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let end = length.map_or(source.len(), |length| first + length);
            lines.push(LogicalLine {
                indent: TextRange::new(start as u32, first as u32),
                range: TextRange::new(first as u32, end as u32),
                opens_block: last == b':' && depth == 0,
            });
        }
    }
    lines
}
