//! Other values for `revision` and `down_revision`, and for the docstring's lines that repeat them, in the fewest bytes.
//!
//! Quotes, comments, the annotation, parentheses, line ends and encoding stay as they are.

use crate::source::{Literal, LiteralShape, Script, Text};
use crate::text::{Edit, Encoding, TextEdit, TextRange, python_literal};

/// What a script is to say from now on; what is not given stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rewrite<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) parents: Option<&'a [String]>,
    /// Whether its labels go.
    pub(super) no_labels: bool,
}

/// The edits that give a script other parents; nothing when the value is no literal, or the file's encoding cannot
/// hold the new ids.
pub(super) fn rewrite_parents(script: &Script, source: &[u8], parents: &[String]) -> Option<TextEdit> {
    Rewrite { parents: Some(parents), ..Rewrite::default() }.of(script, source)
}

impl Rewrite<'_> {
    /// The edits; nothing when a value that changes is no literal, or the file's encoding cannot hold what is written.
    pub(super) fn of(self, script: &Script, source: &[u8]) -> Option<TextEdit> {
        let (revision, docstring) = (script.revision.literal(), script.docstring.as_ref());
        let first = |literal: Option<&Literal>| Some(literal?.items.first()?.quote);
        let quote = first(script.down_revision.literal()).or(first(revision)).unwrap_or('"');
        let mut edits: Vec<(TextRange, String)> = Vec::new();
        if let Some(id) = self.id {
            edits.extend(rewrite_literal(revision?, source, &[id.to_owned()], quote));
            let said = docstring.and_then(|docstring| docstring.revision_id.as_ref());
            edits.extend(said.and_then(|said| in_docstring(said, &[id.to_owned()])));
        }
        if let Some(parents) = self.parents
            && script.down_revision.values() != parents
        {
            edits.extend(rewrite_literal(script.down_revision.literal()?, source, parents, quote));
        }
        if let Some(parents) = self.parents {
            let said = docstring.and_then(|docstring| docstring.revises.as_ref());
            edits.extend(said.and_then(|said| in_docstring(said, parents)));
        }
        if self.no_labels {
            edits.push((script.branch_labels.literal()?.range, "None".to_owned()));
        }
        let encoding = Encoding::of(source);
        let encode =
            |(delete, insert): (TextRange, String)| Some(Edit { delete, insert: encoding.encode(&insert)? });
        TextEdit::new(edits.into_iter().map(encode).collect::<Option<Vec<_>>>()?).ok()
    }
}

/// The edit of a line of the docstring that says some ids; nothing where they cannot stand there.
fn in_docstring((said, range): &(String, TextRange), ids: &[String]) -> Option<(TextRange, String)> {
    let is_plain = |id: &String| !id.contains(['"', '\'', '\\', '\n', '\r']);
    let gap = if said.is_empty() { " " } else { "" };
    ids.iter().all(is_plain).then(|| (*range, format!("{gap}{}", ids.join(", "))))
}

fn rewrite_literal(
    literal: &Literal,
    source: &[u8],
    parents: &[String],
    quote: char,
) -> Vec<(TextRange, String)> {
    let items = &literal.items;
    if !items.is_empty() && items.len() == parents.len() {
        let changed = items.iter().zip(parents).filter(|(item, parent)| item.value != **parent);
        return changed.map(|(item, parent)| (item.range, python_literal(parent, item.quote))).collect();
    }
    let is_sequence = matches!(literal.shape, LiteralShape::Tuple | LiteralShape::List);
    if let ([parent], [first, others @ ..]) = (parents, items.as_slice())
        && is_sequence
        && literal.range.slice(source).contains(&b'#')
    {
        // Comments inside the brackets stay: only the strings and their commas go.
        let mut edits = vec![(first.range, python_literal(parent, first.quote))];
        edits.extend(others.iter().map(|item| (with_comma(item, literal, source), String::new())));
        return edits;
    }
    let value = match parents {
        [] => "None".to_owned(),
        [one] => python_literal(one, quote),
        many => {
            let many: Vec<_> = many.iter().map(|parent| python_literal(parent, quote)).collect();
            if literal.shape == LiteralShape::List {
                format!("[{}]", many.join(", "))
            } else {
                format!("({})", many.join(", "))
            }
        }
    };
    vec![(literal.range, value)]
}

/// The bytes of an item, with the comma after it or, for the last one without, nothing more.
fn with_comma(item: &Text, literal: &Literal, source: &[u8]) -> TextRange {
    let after = TextRange::new(item.range.end(), literal.range.end()).slice(source);
    let n_blank = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let comma = after.get(n_blank) == Some(&b',');
    TextRange::new(item.range.start(), item.range.end() + if comma { n_blank as u32 + 1 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::TreePath;
    use crate::source::read_script;

    fn rewritten(source: &[u8], parents: &[&str]) -> Vec<u8> {
        let script = read_script(&TreePath::parse("x.py").expect("relative"), source);
        let parents: Vec<_> = parents.iter().map(|&parent| parent.to_owned()).collect();
        rewrite_parents(&script, source, &parents).expect("a literal").apply(source).expect("inside")
    }

    fn check(before: &str, parents: &[&str], after: &str) {
        let head = "revision = 'r'\n";
        let given = format!("{head}{before}");
        let bytes = rewritten(given.as_bytes(), parents);
        assert_eq!(String::from_utf8(bytes).expect("utf-8"), format!("{head}{after}"));
    }

    #[test]
    fn an_id_is_written_where_it_stands_and_labels_go() {
        let given = "\"\"\"t\n\nRevision ID: a\nRevises: p\n\"\"\"\nrevision: str = 'a'  # me\ndown_revision = \"p\"\nbranch_labels = ('x',)\n";
        let script = read_script(&TreePath::parse("x.py").expect("relative"), given.as_bytes());
        let parents = ["q".to_owned()];
        let rewrite = Rewrite { id: Some("b"), parents: Some(&parents), no_labels: true };
        let after = rewrite.of(&script, given.as_bytes()).and_then(|edit| edit.apply(given.as_bytes()).ok());
        assert_eq!(
            String::from_utf8(after.expect("literals")).expect("UTF-8"),
            "\"\"\"t\n\nRevision ID: b\nRevises: q\n\"\"\"\nrevision: str = 'b'  # me\ndown_revision = \"q\"\nbranch_labels = None\n"
        );
        let computed = "revision = f()\ndown_revision = None\n";
        let script = read_script(&TreePath::parse("x.py").expect("relative"), computed.as_bytes());
        assert!(rewrite.of(&script, computed.as_bytes()).is_none());
    }

    #[test]
    fn only_the_value_changes() {
        check("down_revision = None  # set me", &["x"], "down_revision = 'x'  # set me");
        check("down_revision: Union[str, None] = \"a\"", &["x"], "down_revision: Union[str, None] = \"x\"");
        check("down_revision = ('a')", &["x"], "down_revision = ('x')");
        check("down_revision = ('a', 'b')", &["a", "x"], "down_revision = ('a', 'x')");
        check("down_revision = ['a', 'b']", &["x"], "down_revision = 'x'");
        check("down_revision = ['a',]", &["x"], "down_revision = ['x',]");
        check("down_revision = 'a'", &["x", "y"], "down_revision = ('x', 'y')");
        check("down_revision = 'a'", &[], "down_revision = None");
        check("down_revision = ()", &["x"], "down_revision = 'x'");
        check("down_revision = 'a' 'b'", &["x"], "down_revision = 'x'");
        check(
            "down_revision = (\n    'a',  # one\n    'b',  # two\n)",
            &["x"],
            "down_revision = (\n    'x',  # one\n      # two\n)",
        );
        check("down_revision = 'a'", &["it's"], "down_revision = 'it\\'s'");
    }

    #[test]
    fn the_docstring_follows_and_line_ends_stay() {
        let given = "\u{feff}\"\"\"t\r\n\r\nRevises: a\r\nCreate Date: 1\r\n\"\"\"\r\nrevision = \"r\"\ndown_revision = \"a\"\r\n";
        let expected = given.replace("Revises: a", "Revises: x, y").replace("= \"a\"", "= (\"x\", \"y\")");
        assert_eq!(rewritten(given.as_bytes(), &["x", "y"]), expected.as_bytes());
    }

    #[test]
    fn latin_1_bytes_stay() {
        let given =
            b"# coding: latin-1\n'''\xe9\n\nRevises: a\n'''\nrevision = 'r'\ndown_revision = 'a' # \xe9\n";
        let expected =
            b"# coding: latin-1\n'''\xe9\n\nRevises: x\n'''\nrevision = 'r'\ndown_revision = 'x' # \xe9\n";
        assert_eq!(rewritten(given, &["x"]), expected);
    }

    #[test]
    fn a_docstring_s_last_line_may_hold_the_field() {
        check("down_revision = None", &["x"], "down_revision = 'x'");
        let given = b"\"\"\"t\n\nRevises: \"\"\"\nrevision = 'r'\ndown_revision = None\n";
        assert_eq!(
            rewritten(given, &["x"]),
            b"\"\"\"t\n\nRevises: x\"\"\"\nrevision = 'r'\ndown_revision = 'x'\n"
        );
    }
}
