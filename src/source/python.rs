//! Python's syntax tree. The only file that names tree-sitter: others see [`Syntax`], ranges and text.
//!
//! Offsets are those of the file, whatever its encoding: bytes that are no UTF-8 are masked before parsing, one for
//! one, and text is decoded from the file's own bytes.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::text::{Encoding, TextRange};

/// A parsed Python file.
pub(crate) struct Module<'s> {
    source: &'s [u8],
    encoding: Encoding,
    tree: tree_sitter::Tree,
}

/// A node of the syntax tree.
#[derive(Clone, Copy)]
pub(crate) struct Syntax<'m> {
    node: tree_sitter::Node<'m>,
    source: &'m [u8],
    encoding: Encoding,
}

impl<'s> Module<'s> {
    /// Parses `source`. Never fails: what does not parse becomes `ERROR` nodes.
    pub(crate) fn parse(source: &'s [u8]) -> Self {
        let encoding = Encoding::of(source);
        let masked = mask(source, encoding);
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&tree_sitter_python::LANGUAGE.into())
            .expect("the grammar's version fits the library's, both are pinned");
        let tree =
            parser.parse(masked.as_ref(), None).expect("no time limit is set, so parsing ends with a tree");
        Self { source, encoding, tree }
    }

    /// The file's bytes.
    pub(crate) fn source(&self) -> &'s [u8] {
        self.source
    }

    /// How its bytes become text.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The whole module.
    pub(crate) fn root(&self) -> Syntax<'_> {
        Syntax { node: self.tree.root_node(), source: self.source, encoding: self.encoding }
    }
}

impl<'m> Syntax<'m> {
    fn wrap(self, node: tree_sitter::Node<'m>) -> Self {
        Self { node, ..self }
    }

    /// The node's kind, by the grammar's name, such as `call` or `ERROR`.
    pub(crate) fn kind(self) -> &'static str {
        kind_of(self.node)
    }

    /// Its bytes.
    pub(crate) fn range(self) -> TextRange {
        TextRange::new(self.node.start_byte() as u32, self.node.end_byte() as u32)
    }

    /// Its text, decoded by the file's encoding.
    pub(crate) fn text(self) -> String {
        self.encoding.decode(self.range().slice(self.source))
    }

    /// Its raw bytes.
    pub(crate) fn bytes(self) -> &'m [u8] {
        self.range().slice(self.source)
    }

    /// Whether its bytes are exactly `text`.
    pub(crate) fn is(self, text: &str) -> bool {
        self.bytes() == text.as_bytes()
    }

    /// Its named children; comments and the backslash at a line's end are none.
    pub(crate) fn children(self) -> Vec<Self> {
        let mut cursor = self.node.walk();
        self.node
            .named_children(&mut cursor)
            .filter(|&node| !matches!(kind_of(node), "comment" | "line_continuation"))
            .map(|node| self.wrap(node))
            .collect()
    }

    /// Its children without a name: operators, keywords, brackets.
    pub(crate) fn tokens(self) -> Vec<Self> {
        let mut cursor = self.node.walk();
        self.node.children(&mut cursor).filter(|node| !node.is_named()).map(|node| self.wrap(node)).collect()
    }

    /// The child in a field of the grammar, such as `left` or `arguments`.
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        self.node.child_by_field_name(name).map(|node| self.wrap(node))
    }

    /// The node around it.
    pub(crate) fn parent(self) -> Option<Self> {
        self.node.parent().map(|node| self.wrap(node))
    }

    /// Whether it, or anything in it, did not parse.
    pub(crate) fn has_error(self) -> bool {
        self.node.has_error()
    }

    /// Whether the parser put it there because it was missing.
    pub(crate) fn is_missing(self) -> bool {
        self.node.is_missing()
    }

    /// Visits it and everything in it, parents first, without recursion; `enter` says whether to go inside.
    pub(crate) fn walk(self, mut enter: impl FnMut(Self) -> bool) {
        let mut cursor = self.node.walk();
        let mut depth = 0_usize;
        loop {
            if enter(self.wrap(cursor.node())) && cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            loop {
                if depth == 0 {
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                cursor.goto_parent();
                depth -= 1;
            }
        }
    }

    /// The value of a string literal, of one piece or several, in parentheses or not; nothing for f-strings, bytes and
    /// everything that is no string.
    pub(crate) fn string_value(self) -> Option<String> {
        let inner = self.without_parentheses();
        match inner.kind() {
            "string" => inner.piece_value(),
            "concatenated_string" => inner.children().into_iter().map(Syntax::piece_value).collect(),
            _ => None,
        }
    }

    /// What parentheses around it hold, however many there are.
    pub(crate) fn without_parentheses(self) -> Self {
        let mut inner = self;
        while inner.kind() == "parenthesized_expression"
            && let [only] = inner.children().as_slice()
        {
            inner = *only;
        }
        inner
    }

    /// The bytes of `b'…'` without escapes; nothing for everything else.
    pub(crate) fn bytes_value(self) -> Option<Vec<u8>> {
        let text = self.text();
        let rest = text.strip_prefix(['b', 'B'])?;
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let content = rest.strip_prefix(quote)?.strip_suffix(quote)?;
        (!content.contains(['\\', quote]) && content.is_ascii()).then(|| content.as_bytes().to_vec())
    }

    /// The text of a part of an f-string between its values.
    pub(crate) fn format_text(self, is_raw: bool) -> Option<String> {
        let text =
            self.text().replace("\r\n", "\n").replace('\r', "\n").replace("{{", "{").replace("}}", "}");
        if is_raw { Some(text) } else { unescape(&text) }
    }

    fn piece_value(self) -> Option<String> {
        if self.has_error() {
            return None;
        }
        let text = self.text();
        let quote_at = text.find(['"', '\''])?;
        let prefix = text[..quote_at].to_ascii_lowercase();
        if prefix.contains(['f', 'b', 't']) {
            return None;
        }
        let quoted = &text[quote_at..];
        let width = if quoted.len() >= 6 && (quoted.starts_with("\"\"\"") || quoted.starts_with("'''")) {
            3
        } else {
            1
        };
        let content = quoted.get(width..quoted.len() - width)?;
        let content = content.replace("\r\n", "\n").replace('\r', "\n");
        if prefix.contains('r') { Some(content) } else { unescape(&content) }
    }
}

/// The grammar's name of a node's kind. The library measures and checks a C text each time it is asked, and each node is
/// asked many times.
fn kind_of(node: tree_sitter::Node<'_>) -> &'static str {
    static KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        // Made once and kept, as the names are.
        let language: &'static tree_sitter::Language =
            Box::leak(Box::new(tree_sitter_python::LANGUAGE.into()));
        let ids = 0..language.node_kind_count();
        ids.map(|id| language.node_kind_for_id(id as u16).unwrap_or_default()).collect()
    });
    // `ERROR` has a number of its own beyond the grammar's.
    KINDS.get(usize::from(node.kind_id())).copied().unwrap_or("ERROR")
}

/// Makes the bytes parsable as UTF-8 without moving any.
fn mask(source: &[u8], encoding: Encoding) -> Cow<'_, [u8]> {
    let lone = |at: usize| source[at] == b'\r' && source.get(at + 1) != Some(&b'\n');
    let is_utf8 = encoding == Encoding::Utf8 && std::str::from_utf8(source).is_ok();
    // The grammar does not know the line ends of old, Python does.
    let has_lone = (0..source.len()).any(lone);
    if is_utf8 && !has_lone {
        return Cow::Borrowed(source);
    }
    let masked = (0..source.len()).map(|at| match source[at] {
        _ if lone(at) => b'\n',
        byte if is_utf8 || byte.is_ascii() => byte,
        _ => b'_',
    });
    Cow::Owned(masked.collect())
}

/// Python's escapes in a string literal. `\N{…}` gives nothing: its table is not here.
fn unescape(content: &str) -> Option<String> {
    if !content.contains('\\') {
        return Some(content.to_owned());
    }
    let mut out = String::with_capacity(content.len());
    let mut chars = content.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let simple = match chars.next()? {
            '\n' => None,
            c @ ('\\' | '\'' | '"') => Some(c),
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            'N' => return None,
            c @ ('x' | 'u' | 'U') => {
                let n_digits = match c {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits: String = chars.by_ref().take(n_digits).collect();
                Some(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?)
            }
            c @ '0'..='7' => {
                let mut value = c.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                    value = value * 8 + digit;
                    chars.next();
                }
                Some(char::from_u32(value)?)
            }
            other => {
                out.push('\\');
                Some(other)
            }
        };
        out.extend(simple);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(expression: &str) -> Option<String> {
        let module = Module::parse(expression.as_bytes());
        let statement = module.root().children().into_iter().next()?;
        statement.children().into_iter().next()?.string_value()
    }

    #[test]
    fn string_literals_have_python_s_values() {
        for (literal, expected) in [
            ("'a'", Some("a")),
            (r#""a" 'b'"#, Some("ab")),
            ("('a')", Some("a")),
            ("('a'\n 'b')", Some("ab")),
            (r"'a\x41\n\101'", Some("aA\nA")),
            (r"r'a\n'", Some("a\\n")),
            ("u'x'", Some("x")),
            ("'''a\r\nb'''", Some("a\nb")),
            ("''", Some("")),
            ("f'a'", None),
            ("b'a'", None),
            ("'a' + 'b'", None),
            (r"'\N{BULLET}'", None),
        ] {
            assert_eq!(value(literal).as_deref(), expected, "{literal}");
        }
    }

    #[test]
    fn offsets_hold_in_latin_1() {
        let source = b"# coding: latin-1\nx = '\xe9t\xe9'\n";
        let module = Module::parse(source);
        let mut found = None;
        module.root().walk(|node| {
            if node.kind() == "string" {
                found = Some((node.string_value(), node.bytes().to_vec()));
            }
            true
        });
        assert_eq!(found, Some((Some("été".to_owned()), b"'\xe9t\xe9'".to_vec())));
    }
}
