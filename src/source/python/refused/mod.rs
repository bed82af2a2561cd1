//! What Python refuses: what the grammar cannot parse, and what it lets pass: bytes that are no text, indentation,
//! statements of Python 2, and what only Python's own parser and compiler look at. Refused is what each release since
//! 3.10 refuses.

mod compiler;
mod indentation;
mod parser;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

pub(super) use self::compiler::Frame;
use self::compiler::Scopes;
pub(super) use self::indentation::beyond_the_scanner;
use super::grammar::{Kind, Node};
use super::made::{Made, Marks};
use crate::source::program::Statement;
use crate::text::{Encoding, TextRange, coding_fault, is_undecided};

/// A place that Python would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntaxFault {
    /// Where.
    pub range: TextRange,
    /// What, as a phrase.
    pub what: String,
    /// Whether it is a merge-conflict marker.
    pub conflict_marker: bool,
}

impl SyntaxFault {
    pub(super) fn new(range: TextRange, what: impl Into<String>) -> Self {
        Self { range, what: what.into(), conflict_marker: false }
    }

    /// The class of what Python raises.
    pub fn class(&self) -> &'static str {
        match self.what.as_str() {
            what if what.starts_with("inconsistent use of tabs") => "TabError",
            what if what.contains("indent") => "IndentationError",
            _ => "SyntaxError",
        }
    }
}

/// A node that is left, with what was made of the nodes in it.
pub(super) struct Closed<'m> {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    pub(super) marks: Marks,
    pub(super) inner: &'m [Made],
    /// What the node around it is.
    pub(super) around: Option<Kind>,
}

impl Closed<'_> {
    /// A node with nothing in it.
    pub(super) fn leaf(node: Node, around: Option<Kind>) -> Self {
        Self { kind: node.kind, range: node.range, marks: Marks::default(), inner: &[], around }
    }
}

/// The first of several faults: the one that begins first, and of several there the outermost.
#[derive(Debug, Default)]
struct First(Option<SyntaxFault>);

impl First {
    fn add(&mut self, range: TextRange, what: Option<String>) {
        let Some(what) = what else { return };
        let key = |range: TextRange| (range.start(), Reverse(range.end()));
        if self.0.as_ref().is_none_or(|first| key(range) < key(first.range)) {
            self.0 = Some(SyntaxFault::new(range, what));
        }
    }
}

/// What is refused, as far as the walk has come.
pub(super) struct Refusals<'s> {
    source: &'s [u8],
    encoding: Encoding,
    /// What did not parse, the outermost only.
    unparsed: Vec<SyntaxFault>,
    /// What Python's parser refuses, and its compiler.
    parser: First,
    scopes: Scopes,
    /// The comments and string literals, the outermost only.
    opaque: Vec<Opaque>,
}

/// A comment or a string literal, and whether it is a comment.
pub(super) type Opaque = (TextRange, bool);

impl<'s> Refusals<'s> {
    pub(super) fn new(source: &'s [u8], encoding: Encoding, opaque: Vec<Opaque>) -> Self {
        Self {
            source,
            encoding,
            unparsed: Vec::new(),
            parser: First::default(),
            scopes: Scopes::default(),
            opaque,
        }
    }

    /// Whether something did not parse.
    pub(super) fn has_error(&self) -> bool {
        !self.unparsed.is_empty()
    }

    /// Whether there is a `global` statement.
    pub(super) fn has_global(&self) -> bool {
        self.scopes.has_global
    }

    /// Notes a node that did not parse, if it is one.
    pub(super) fn unparsed(&mut self, node: Node) {
        let what = match (node.kind, node.missing) {
            (_, Some(name)) => format!("`{name}` is missing here"),
            (Kind::Error, None) => "Python cannot parse this".to_owned(),
            _ => return,
        };
        let is_within = |outer: &SyntaxFault| outer.range.end() > node.range.start();
        if !self.unparsed.last().is_some_and(is_within) {
            self.unparsed.push(SyntaxFault::new(node.range, what));
        }
    }

    pub(super) fn comment(&mut self, range: TextRange) {
        self.note(range, true);
    }

    pub(super) fn string(&mut self, range: TextRange) {
        self.note(range, false);
    }

    fn note(&mut self, range: TextRange, is_comment: bool) {
        if self.opaque.last().is_none_or(|(outer, _)| outer.end() <= range.start()) {
            self.opaque.push((range, is_comment));
        }
    }

    /// Notes what Python's parser refuses, if it does.
    pub(super) fn by_parser(&mut self, range: TextRange, what: Option<String>) {
        self.parser.add(range, what);
    }

    pub(super) fn open(&mut self, frame: Frame) {
        self.scopes.open(frame);
    }

    /// Closes the frame that was opened last; says whether it yields.
    pub(super) fn close(&mut self) -> bool {
        self.scopes.close()
    }

    /// Judges a node that is left.
    pub(super) fn leave(&mut self, node: &Closed<'_>) {
        self.by_parser(node.range, parser::refused(node, self.source));
        self.place(node);
    }

    /// Judges where a node stands that is left.
    pub(super) fn place(&mut self, node: &Closed<'_>) {
        self.scopes.misplaced(node);
        if node.around == Some(Kind::Module) {
            self.scopes.after_statement(node, self.source);
        }
    }

    /// What is refused in all: bytes that are no text to Python, merge-conflict markers, what did not parse, and what
    /// parses and is refused. The first is the one that Python comes to first, as far as that is known.
    pub(super) fn faults(&mut self, body: &[Statement]) -> Vec<SyntaxFault> {
        let mut faults: Vec<SyntaxFault> =
            self.unreadable().into_iter().map(|(range, what)| SyntaxFault::new(range, what)).collect();
        if is_undecided(self.source) {
            return faults;
        }
        if self.has_error() {
            let markers = conflict_markers(self.source);
            if markers.is_empty() {
                faults.extend(
                    self.unparsed
                        .iter()
                        .map(|fault| SyntaxFault { range: self.first_line(fault.range), ..fault.clone() }),
                );
            } else {
                faults.extend(markers);
            }
        }
        if faults.is_empty() {
            faults.extend(self.refused(body));
        }
        faults
    }

    /// The first place that is refused though it parses.
    fn refused(&mut self, body: &[Statement]) -> Option<SyntaxFault> {
        let fault = |(range, what)| SyntaxFault::new(range, what);
        let parsing = [
            self.undecodable().map(fault),
            self.invisible().map(fault),
            self.parser.0.clone(),
            indentation::refused(self.source, &self.opaque).map(fault),
        ];
        let first = parsing.into_iter().flatten().min_by_key(|fault| fault.range.start());
        // The compiler comes when everything is parsed.
        first.or_else(|| self.scopes.first(body))
    }

    /// The room that comments and literals took.
    pub(super) fn into_opaque(mut self) -> Vec<Opaque> {
        self.opaque.clear();
        self.opaque
    }

    fn first_line(&self, range: TextRange) -> TextRange {
        let bytes = range.slice(self.source);
        let length = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
        TextRange::new(range.start(), range.start() + length as u32)
    }

    /// Why the bytes are no source at all: NUL comes first, then the encoding.
    fn unreadable(&self) -> Option<(TextRange, String)> {
        let nul = self.source.iter().position(|&byte| byte == 0).map(|at| at as u32);
        let nul =
            nul.map(|at| (TextRange::new(at, at + 1), "source code cannot contain NUL bytes".to_owned()));
        nul.or_else(|| coding_fault(self.source))
    }

    /// A byte that is no UTF-8, where nothing says that it is something else. Python minds it everywhere but in comments.
    fn undecodable(&self) -> Option<(TextRange, String)> {
        let source = self.source;
        if self.encoding != Encoding::Utf8 || std::str::from_utf8(source).is_ok() {
            return None;
        }
        let mut at = 0;
        while let Err(error) = std::str::from_utf8(&source[at..]) {
            let bad = at + error.valid_up_to();
            if !self.is_within(bad as u32, true) {
                let what = format!(
                    "byte 0x{:02x} is no UTF-8, and no coding line names another encoding",
                    source[bad]
                );
                return Some((TextRange::new(bad as u32, bad as u32 + 1), what));
            }
            at = bad + 1;
        }
        None
    }

    /// Characters that nobody sees, which the grammar takes for blanks.
    fn invisible(&self) -> Option<(TextRange, String)> {
        if self.source.is_ascii() {
            return None;
        }
        let source = std::str::from_utf8(self.source).ok().filter(|_| self.encoding == Encoding::Utf8)?;
        let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
        let hidden = |c: char| matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}');
        source[start..].match_indices(hidden).find_map(|(at, found)| {
            let at = (start + at) as u32;
            let range = TextRange::new(at, at + found.len() as u32);
            let code = found.chars().next().map(u32::from)?;
            (!self.is_within(at, false)).then(|| (range, format!("invisible character U+{code:04X}")))
        })
    }

    /// Whether a byte stands in a comment, or in a string literal too.
    fn is_within(&self, at: u32, only_comments: bool) -> bool {
        let after = self.opaque.partition_point(|(range, _)| range.end() <= at);
        self.opaque
            .get(after)
            .is_some_and(|(range, is_comment)| range.start() <= at && (*is_comment || !only_comments))
    }
}

/// The marker lines that git leaves, if both the first and the last kind stand there.
fn conflict_markers(source: &[u8]) -> Vec<SyntaxFault> {
    let mut markers = Vec::new();
    let mut start = 0_u32;
    for line in source.split_inclusive(|&byte| byte == b'\n') {
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
    let fault = |range| SyntaxFault {
        range,
        what: "git left a merge-conflict marker here".to_owned(),
        conflict_marker: true,
    };
    markers.into_iter().map(|(_, range)| fault(range)).collect()
}

#[cfg(test)]
mod tests {
    use crate::source::python::Parser;

    fn what(source: &[u8]) -> Option<String> {
        Parser::new().read(source).faults.into_iter().next().map(|fault| fault.what)
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
            assert!(!Parser::new().read(source.as_bytes()).has_error, "{source}");
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
