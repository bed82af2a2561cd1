//! What Python refuses and the grammar lets pass: bytes that are no text, indentation, statements of Python 2.

use super::python::Module;
use crate::text::{Encoding, TextRange, coding_fault};

/// Why the bytes are no source at all: NUL comes first, then the encoding.
pub(super) fn unreadable(module: &Module<'_>) -> Option<(TextRange, String)> {
    let source = module.source();
    let nul = source.iter().position(|&byte| byte == 0).map(|at| at as u32);
    let nul = nul.map(|at| (TextRange::new(at, at + 1), "source code cannot contain NUL bytes".to_owned()));
    nul.or_else(|| coding_fault(source))
}

/// The first such fault: where, and what.
pub(super) fn refused(module: &Module<'_>) -> Option<(TextRange, String)> {
    undecodable(module).or_else(|| python_2(module)).or_else(|| indentation(module))
}

/// A byte that is no UTF-8, where nothing says that it is something else. Python minds it everywhere but in comments.
fn undecodable(module: &Module<'_>) -> Option<(TextRange, String)> {
    let source = module.source();
    if module.encoding() != Encoding::Utf8 || std::str::from_utf8(source).is_ok() {
        return None;
    }
    let comments = ranges(module, &["comment"]);
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(&source[at..]) {
        let bad = at + error.valid_up_to();
        if !comments.iter().any(|range| (range.start() as usize..range.end() as usize).contains(&bad)) {
            let what =
                format!("byte 0x{:02x} is no UTF-8, and no coding line names another encoding", source[bad]);
            return Some((TextRange::new(bad as u32, bad as u32 + 1), what));
        }
        at = bad + 1;
    }
    None
}

/// Statements and numbers that only Python 2 takes.
fn python_2(module: &Module<'_>) -> Option<(TextRange, String)> {
    let mut found = None;
    module.root().walk(|node| {
        let is_old = match node.kind() {
            // `print (x), y` and `print >> f` are expressions of Python 3.
            "print_statement" | "exec_statement" => {
                let rest = node.bytes().iter().skip_while(|byte| byte.is_ascii_alphabetic());
                let next = rest.copied().find(|byte| !matches!(byte, b' ' | b'\t'));
                next.is_some_and(|byte| !matches!(byte, b'(' | b'>'))
            }
            "raise_statement" => {
                node.children().first().is_some_and(|child| child.kind() == "expression_list")
            }
            "<>" => true,
            "integer" => {
                let bytes = node.bytes();
                let octal = bytes.len() > 1 && bytes.iter().all(u8::is_ascii_digit) && bytes[0] == b'0';
                bytes.ends_with(b"L")
                    || bytes.ends_with(b"l")
                    || octal && bytes.iter().any(|&byte| byte != b'0')
            }
            _ => false,
        };
        if is_old && found.is_none() {
            found = Some((node.range(), "this is Python 2".to_owned()));
        }
        found.is_none()
    });
    found
}

/// Indentation, by the tokenizer's own rule: columns are counted with tabs of eight and of one, and both must agree.
/// Source: `CPython`'s `tok_nextc` and `tok_get`.
fn indentation(module: &Module<'_>) -> Option<(TextRange, String)> {
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

/// The bytes of every node of some kinds, in order, the outermost only.
fn ranges(module: &Module<'_>, kinds: &[&str]) -> Vec<TextRange> {
    let mut found = Vec::new();
    module.root().walk(|node| {
        let wanted = kinds.contains(&node.kind());
        if wanted {
            found.push(node.range());
        }
        !wanted
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(source: &[u8]) -> Option<String> {
        refused(&Module::parse(source)).map(|(_, what)| what)
    }

    #[test]
    fn what_python_refuses_is_named() {
        for (source, begins) in [
            (b"def f():\n\tif x:\n        pass\n".as_slice(), "inconsistent use of tabs"),
            (b"def f():\n        x = 1\n    y = 2\n", "unindent does not match"),
            (b"x = 1\n    y = 2\n", "unexpected indent"),
            (b"def f():\n\ndef g():\n    pass\n", "expected an indented block"),
            (b"def f():\n    # only this\n", "expected an indented block"),
            (b"name = '\xe9'\n", "byte 0xe9 is no UTF-8"),
            (b"# \xe9\nname = '\xe9'\n", "byte 0xe9 is no UTF-8"),
            (b"print 'x'\n", "this is Python 2"),
            (b"raise E, 'x'\n", "this is Python 2"),
            (b"x = 0755\n", "this is Python 2"),
        ] {
            let said = what(source).unwrap_or_default();
            assert!(said.starts_with(begins), "{}: {said}", String::from_utf8_lossy(source));
        }
    }

    #[test]
    fn what_python_takes_is_left_alone() {
        for source in [
            b"# \xe9\nx = 1\n".as_slice(),
            b"# coding: latin-1\nname = '\xe9'\n",
            b"\xef\xbb\xbfdef f():\r\n    pass\r\n",
            b"def f():\n\tif x:\n\t\tpass\n",
            b"def f():\n    if x:\n    \tpass\n",
            b"def f():\n    '''\nzero\n  two\n    '''\n    return (1,\n2)\n",
            b"def f():\n    # a\n  # b\n# c\n    x = 1 + \\\n 2\n\n   \n    return x\n",
            b"x = {\n    'a': 1,\n  'b':\n        2,\n}\n",
            b"if x: pass\nelif y:  # why\n    pass\nelse: pass\n",
            b"class A:\n    x: int\n    def f(self) -> 'A': return lambda: 1\n",
            b"match x:\n    case [1, *_]:\n        pass\n",
            b"x = f'{a:>{b}}' f\"{'c'}\"\ny = x[1:]\n",
            b"print(x)\nprint (x), y\nx = 0\ny = 00\nz = 0o17\n",
            b"try:\n    pass\nexcept (A, B) as e:\n    raise E('x') from e\n",
            b"\x0cdef f():\n    pass\n",
            b"@a.b(\n    1\n)\nasync def f(\n    a,\n    b=1,\n):\n    pass",
            b"",
        ] {
            assert_eq!(what(source), None, "{}", String::from_utf8_lossy(source));
        }
    }
}
