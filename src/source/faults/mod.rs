//! What Python refuses: what the grammar cannot parse, and what it lets pass: bytes that are no text, indentation,
//! statements of Python 2, and what only Python's own parser and compiler look at. Refused is what each release since 3.10 refuses.

mod grammar;
mod indentation;
mod literals;
mod scopes;

use self::grammar::refused_by_parser;
use self::indentation::indentation;
use self::scopes::refused_by_compiler;
use super::python::Module;
use crate::text::{Encoding, TextRange, coding_fault, is_undecided};

/// A place that Python would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    /// Where.
    pub range: TextRange,
    /// What, as a phrase.
    pub what: String,
    /// Whether it is a merge-conflict marker.
    pub conflict_marker: bool,
}

impl SyntaxFault {
    /// The class of what Python raises.
    pub fn class(&self) -> &'static str {
        match self.what.as_str() {
            what if what.starts_with("inconsistent use of tabs") => "TabError",
            what if what.contains("indent") => "IndentationError",
            _ => "SyntaxError",
        }
    }
}

/// Finds what Python refuses: bytes that are no text to it, merge-conflict markers, what tree-sitter could not parse, and
/// what it lets pass. The first is the one that Python comes to first, as far as that is known.
pub(super) fn syntax_faults(module: &Module<'_>) -> Vec<SyntaxFault> {
    let mut faults: Vec<SyntaxFault> = unreadable(module)
        .into_iter()
        .map(|(range, what)| SyntaxFault { range, what, conflict_marker: false })
        .collect();
    if is_undecided(module.source()) {
        return faults;
    }
    let markers = conflict_markers(module);
    let marked = !markers.is_empty();
    faults.extend(markers);
    if !marked && module.root().has_error() {
        module.root().walk(|node| {
            if node.kind() == "ERROR" || node.is_missing() {
                let what = if node.is_missing() {
                    format!("`{}` is missing here", node.kind())
                } else {
                    "Python cannot parse this".to_owned()
                };
                faults.push(SyntaxFault {
                    range: first_line(module, node.range()),
                    what,
                    conflict_marker: false,
                });
                return false;
            }
            node.has_error()
        });
    }
    if faults.is_empty()
        && let Some((range, what)) = refused(module)
    {
        faults.push(SyntaxFault { range, what, conflict_marker: false });
    }
    faults
}

fn first_line(module: &Module<'_>, range: TextRange) -> TextRange {
    let bytes = range.slice(module.source());
    let length = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    TextRange::new(range.start(), range.start() + length as u32)
}

/// The marker lines that git leaves, if both the first and the last kind stand outside of strings.
fn conflict_markers(module: &Module<'_>) -> Vec<SyntaxFault> {
    if !module.root().has_error() {
        return Vec::new();
    }
    let mut markers = Vec::new();
    let mut start = 0_u32;
    for line in module.source().split_inclusive(|&byte| byte == b'\n') {
        let marker = [b"<<<<<<< ".as_slice(), b">>>>>>> ", b"======="].iter().position(|marker| {
            line.starts_with(marker) && (marker.ends_with(b" ") || line.trim_ascii_end() == *marker)
        });
        if let Some(kind) = marker {
            let range = TextRange::new(start, start + line.trim_ascii_end().len() as u32);
            markers.push((kind, range));
        }
        start += line.len() as u32;
    }
    let has = |wanted| markers.iter().any(|(kind, _)| *kind == wanted);
    if !has(0) || !has(1) {
        return Vec::new();
    }
    markers
        .into_iter()
        .map(|(_, range)| SyntaxFault {
            range,
            what: "git left a merge-conflict marker here".to_owned(),
            conflict_marker: true,
        })
        .collect()
}

/// Why the bytes are no source at all: NUL comes first, then the encoding.
fn unreadable(module: &Module<'_>) -> Option<(TextRange, String)> {
    let source = module.source();
    let nul = source.iter().position(|&byte| byte == 0).map(|at| at as u32);
    let nul = nul.map(|at| (TextRange::new(at, at + 1), "source code cannot contain NUL bytes".to_owned()));
    nul.or_else(|| coding_fault(source))
}

/// The first such fault: where, and what.
fn refused(module: &Module<'_>) -> Option<(TextRange, String)> {
    let parsing = [undecodable(module), invisible(module), misparsed(module), indentation(module)];
    let first = parsing.into_iter().flatten().min_by_key(|(range, _)| range.start());
    // The compiler comes when everything is parsed.
    first.or_else(|| refused_by_compiler(module))
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

/// What the parser refuses; whatever stands first in the file.
fn misparsed(module: &Module<'_>) -> Option<(TextRange, String)> {
    let mut found = None;
    module.root().walk(|node| {
        if found.is_none() {
            found = refused_by_parser(node).map(|what| (node.range(), what));
        }
        found.is_none()
    });
    found
}

/// Characters that nobody sees, which the grammar takes for blanks.
fn invisible(module: &Module<'_>) -> Option<(TextRange, String)> {
    let source = std::str::from_utf8(module.source()).ok().filter(|_| module.encoding() == Encoding::Utf8)?;
    let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let hidden = |c: char| matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}');
    source[start..].find(hidden)?;
    let opaque = ranges(module, &["comment", "string"]);
    source[start..].match_indices(hidden).find_map(|(at, found)| {
        let at = (start + at) as u32;
        let range = TextRange::new(at, at + found.len() as u32);
        let is_text = opaque.iter().any(|opaque| opaque.start() <= at && at < opaque.end());
        let code = found.chars().next().map(u32::from)?;
        (!is_text).then(|| (range, format!("invisible character U+{code:04X}")))
    })
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
            (b"x = b'\xc3\xa9'\n", "bytes can only hold ASCII"),
            (b"x\xe2\x80\x8b = 1\n", "invisible character U+200B"),
            (b"x = 1\n\xef\xbb\xbfy = 2\n", "invisible character U+FEFF"),
        ] {
            let said = what(source).unwrap_or_default();
            assert!(said.starts_with(begins), "{}: {said}", String::from_utf8_lossy(source));
        }
    }

    /// One snippet a line, with `⏎` for the end of one. Each was given to `compile()` of `CPython` 3.10 to 3.13, and all
    /// four said the same.
    fn snippets(listed: &str) -> impl Iterator<Item = String> + '_ {
        listed.lines().map(|line| line.replace('⏎', "\n") + "\n")
    }

    #[test]
    fn what_each_python_refuses_is_refused() {
        for source in snippets(include_str!("refused.txt")) {
            assert!(what(source.as_bytes()).is_some(), "{source}");
        }
    }

    #[test]
    fn what_each_python_takes_is_left_alone() {
        for source in snippets(include_str!("taken.txt")) {
            assert_eq!(what(source.as_bytes()), None, "{source}");
            assert!(!Module::parse(source.as_bytes()).root().has_error(), "{source}");
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
