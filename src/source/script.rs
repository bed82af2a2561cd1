//! One migration file: its identifiers, its docstring, its faults.
//!
//! A variable is *known* only when one plain assignment at module level decides it and nothing else could bind the
//! name; anything else is [`Declared::Unknown`].

use std::sync::Arc;

use super::conflict::Conflict;
use super::docstring::Docstring;
use super::evaluate::{Bound, DEPENDS, Importable, REPLACED, Raise, Variables};
use super::program::{Node, Program, Statement, StatementKind};
use super::python::{Parsed, Parser, SyntaxFault};
use super::{Declared, Literal, LiteralShape, Value};
use crate::ingest::TreePath;
use crate::text::{TextRange, is_undecided};

/// One `.py` file of a version location, as far as it can be read without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where it stands.
    pub path: TreePath,
    /// Whether it is a migration at all.
    pub kind: ScriptKind,
    /// `revision`.
    pub revision: Declared,
    /// `down_revision`.
    pub down_revision: Declared,
    /// `depends_on`.
    pub depends_on: Declared,
    /// `branch_labels`.
    pub branch_labels: Declared,
    /// The module's docstring.
    pub docstring: Option<Docstring>,
    /// Whether there is an `upgrade` to call; where that is not certain, it is taken to be there.
    pub has_upgrade: bool,
    /// The same of `downgrade`.
    pub has_downgrade: bool,
    /// The error with which its statements end for certain when it is loaded.
    pub raises: Option<Raise>,
    /// Places that Python would refuse, in order.
    pub syntax_faults: Vec<SyntaxFault>,
    /// The two sides of a conflict that git left in it.
    pub conflict: Option<Box<Conflict>>,
    /// Its statements, for whoever follows them.
    pub program: Arc<Program>,
}

/// What a file is to Alembic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptKind {
    /// It declares `revision`, or has a name that Alembic takes for one.
    Migration,
    /// It declares no revision: Alembic stops at it.
    NoRevision,
    /// It does not parse.
    Unparsable,
}

impl Script {
    /// The revision id, if it is known: the literal, or the file's stem for the names that Alembic before 0.2 wrote.
    pub fn id(&self) -> Option<&str> {
        match &self.revision {
            Declared::Literal(Literal { shape: LiteralShape::Str, items, .. }) => {
                items.first().map(|item| item.value.as_str())
            }
            Declared::Known { value: Value::Text(id), .. } => Some(id),
            Declared::Absent if self.kind != ScriptKind::NoRevision => legacy_id(&self.path),
            _ => None,
        }
    }

    /// The message of the docstring on one line; empty when there is none.
    pub fn message(&self) -> String {
        let message = self.docstring.as_ref().map_or("", |docstring| docstring.message.as_str());
        message.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The create date as written.
    pub fn create_date(&self) -> Option<&str> {
        self.docstring.as_ref()?.create_date.as_deref()
    }

    /// The ids that the docstring's `Revises:` names; nothing when there is no such line. Templates write them as they
    /// are, or as Python shows a text or a tuple.
    pub fn revises(&self) -> Option<Vec<&str>> {
        let (text, _) = self.docstring.as_ref()?.revises.as_ref()?;
        let text =
            text.strip_prefix(['(', '[']).and_then(|text| text.strip_suffix([')', ']'])).unwrap_or(text);
        Some(
            text.split(',')
                .map(str::trim)
                .map(|id| unquoted(id).unwrap_or(id))
                .filter(|id| !id.is_empty() && *id != "None" && *id != "<base>")
                .collect(),
        )
    }
}

/// What stands in quotes, if something does.
fn unquoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text.strip_prefix(quote)?.strip_suffix(quote)
}

/// The variables that Alembic reads of a migration.
pub(crate) const NAMES: [&str; 4] = ["revision", "down_revision", "depends_on", "branch_labels"];

/// Reads one migration file. Never fails: what cannot be read is unknown or a fault.
pub fn read_script(path: &TreePath, source: &[u8]) -> Script {
    script_of(path, source, &Parser::new().read(source), Importable::default())
}

/// One migration file, parsed already, where the modules that it imports from are known.
pub(super) fn script_of(
    path: &TreePath,
    source: &[u8],
    parsed: &Parsed,
    importable: Importable<'_>,
) -> Script {
    // Alembic takes two names for its own that it cannot load, whatever is in the file: `.py`, and one with a line end.
    let has_no_ending = path.file_name() == ".py" || path.file_name().ends_with('\n');
    let syntax_faults = if has_no_ending { Vec::new() } else { parsed.faults.clone() };
    let unparsable = !syntax_faults.is_empty();
    let program = &parsed.program;
    let (mut raises, mut has_upgrade, mut has_downgrade) = (None, true, true);
    let mut docstring = Docstring::read(program, source);
    let declared = if is_undecided(source) {
        let why = |name: &str| format!("{name} stands in a file whose encoding is not read here");
        NAMES.map(|name| Declared::Unknown { range: TextRange::empty(0), why: why(name) })
    } else if unparsable {
        declared_in_broken(program)
    } else {
        let variables = Variables::of(program, source, importable);
        let has = |name| variables.get(name).is_some() || variables.open.is_some();
        (has_upgrade, has_downgrade) = (has("upgrade"), has("downgrade"));
        if let Some(Bound::Known { value: Value::Text(text), range, .. }) = variables.get("__doc__") {
            docstring = Some(Docstring::plain(*range, text.to_string()));
        }
        let declared = NAMES.map(|name| declared(name, &variables));
        raises = variables.raises;
        declared
    };
    if has_no_ending {
        raises = Some(Raise {
            class: "AssertionError".to_owned(),
            message: String::new(),
            range: TextRange::empty(0),
            needs_env: false,
        });
    }
    let [revision, down_revision, depends_on, branch_labels] = declared;
    let is_conflicted = syntax_faults.iter().any(|fault| fault.conflict_marker);
    let conflict = if is_conflicted { Conflict::of(path, source, importable) } else { None };
    let kind = if unparsable {
        ScriptKind::Unparsable
    } else if revision == Declared::Absent && legacy_id(path).is_none() {
        ScriptKind::NoRevision
    } else {
        ScriptKind::Migration
    };
    Script {
        path: path.clone(),
        kind,
        revision,
        down_revision,
        depends_on,
        branch_labels,
        docstring,
        has_upgrade,
        has_downgrade,
        raises,
        syntax_faults,
        conflict,
        program: if unparsable { Arc::default() } else { Arc::clone(program) },
    }
}

/// The stem of a file named `[a-f0-9]+.py`, which Alembic takes for the id when the file declares none.
fn legacy_id(path: &TreePath) -> Option<&str> {
    let stem = path.file_name().strip_suffix(".py")?;
    let hex = !stem.is_empty() && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    hex.then_some(stem)
}

/// An id of more bytes is not followed: it would be shown, compared and counted wherever it is named.
const LONGEST_ID: usize = 1000;

fn is_endless(value: &Value) -> bool {
    let is_long = |value: &Value| matches!(value, Value::Text(text) if text.len() > LONGEST_ID);
    is_long(value)
        || !matches!(value, Value::Text(_)) && value.items().is_some_and(|items| items.iter().any(is_long))
}

/// What a module says of one variable after its statements have run.
fn declared(name: &str, variables: &Variables) -> Declared {
    match variables.get(name) {
        Some(Bound::Known { value, range, .. }) if is_endless(value) => Declared::Unknown {
            range: *range,
            why: format!("{name} holds an id of more than {LONGEST_ID} bytes, and none as long is followed"),
        },
        Some(Bound::Known { value, range, literal }) => {
            // `(None,)` names no revision, but is a label.
            let said = literal.as_deref().map(|literal| Declared::Literal(literal.clone()));
            let is_same = |said: &Declared| {
                said.value().is_some_and(|said| {
                    said.names() == value.names() && (name != "branch_labels" || said == *value)
                })
            };
            let known = || Declared::Known { value: value.clone(), range: *range };
            said.filter(is_same).unwrap_or_else(known)
        }
        Some(Bound::Unknown { range, why }) => {
            Declared::Unknown { range: *range, why: format!("{name} {why}") }
        }
        None => match variables.open {
            // Alembic needs these two, so what may bind any name most likely binds them.
            Some(range) if matches!(name, "revision" | "down_revision") => Declared::Unknown {
                range,
                why: format!("{name} may be bound by a statement that binds any name"),
            },
            _ => Declared::Absent,
        },
    }
}

/// The four variables of a file that Python refuses. A name that is bound twice is unknown: one of the two may be the
/// other side of a merge conflict.
fn declared_in_broken(program: &Program) -> [Declared; 4] {
    let mut found = NAMES.map(|_| Declared::Absent);
    let mut bind = |name: &str, range: TextRange, literal: Option<Literal>, why: &str| {
        for (own, found) in NAMES.into_iter().zip(&mut found) {
            let unknown = |why: &str| Declared::Unknown { range, why: format!("{own} {why}") };
            match (&*found, &literal) {
                // A star import changes what is there already.
                (Declared::Literal(_), _) if name == "*" => *found = unknown(REPLACED),
                _ if name != own => {}
                (Declared::Absent, Some(literal)) => *found = Declared::Literal(literal.clone()),
                (Declared::Absent, None) => *found = unknown(why),
                (Declared::Unknown { .. }, _) => {}
                _ => *found = unknown("is assigned more than once in a file that does not parse"),
            }
        }
    };
    for statement in &program.body {
        let range = statement.range;
        if let StatementKind::Assign { targets, value } = &statement.kind {
            for target in targets {
                if let Some(name) = target.as_name() {
                    bind(name, range, Literal::of(value, range), "is computed");
                } else {
                    let why = "is unpacked from another value";
                    target.bound_names().into_iter().for_each(|name| bind(name, range, None, why));
                }
            }
        }
        Node::Statement(statement).walk(|node| {
            if node != Node::Statement(statement) || !matches!(statement.kind, StatementKind::Assign { .. }) {
                node.bound().into_iter().for_each(|name| bind(name, range, None, DEPENDS));
            }
            match node {
                Node::Statement(Statement { kind: StatementKind::Class(_), .. }) => false,
                _ if node.function().is_some() => {
                    node.walk(|inner| {
                        if let Node::Statement(Statement { kind: StatementKind::Global(names), .. }) = inner {
                            let why = "is rebound inside a function";
                            names.iter().for_each(|name| bind(name, range, None, why));
                        }
                        true
                    });
                    false
                }
                _ => true,
            }
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Imported, PythonFiles};

    fn read(source: &str) -> Script {
        read_script(&TreePath::parse("versions/x.py").expect("relative"), source.as_bytes())
    }

    fn shown(declared: &Declared) -> String {
        match declared {
            Declared::Absent => "absent".to_owned(),
            Declared::Literal(literal) => format!("{:?} {:?}", literal.shape, declared.values()),
            Declared::Known { value, .. } => format!("known: {value:?}"),
            Declared::Unknown { why, .. } => format!("unknown: {why}"),
        }
    }

    #[test]
    fn what_the_text_decides_is_known_and_everything_else_is_unknown() {
        for (source, expected) in [
            ("down_revision = None", "None []"),
            ("down_revision = 'a'", "Str [\"a\"]"),
            ("down_revision: str | None = \"a\"", "Str [\"a\"]"),
            ("down_revision: Union[str, Sequence[str], None] = ('a', 'b')", "Tuple [\"a\", \"b\"]"),
            ("down_revision = ['a']", "List [\"a\"]"),
            ("down_revision = 'a', 'b'", "Tuple [\"a\", \"b\"]"),
            ("down_revision = ()", "Tuple []"),
            ("down_revision = (None,)", "Tuple []"),
            ("down_revision = ('a')", "Str [\"a\"]"),
            ("down_revision = ('a'\n    'b')", "Str [\"ab\"]"),
            ("down_revision = (\n    'a',  # first\n    'b',\n)", "Tuple [\"a\", \"b\"]"),
            ("down_revision = ('a', \\\n    'b')", "Tuple [\"a\", \"b\"]"),
            ("down_revision = \\\n    'a'", "Str [\"a\"]"),
            ("x = down_revision = 'a'", "Str [\"a\"]"),
            ("down_revision = 'a'\ndown_revision = 'b'", "Str [\"b\"]"),
            ("down_revision: str", "absent"),
            ("class A:\n    down_revision = 'a'\n", "absent"),
            ("def f():\n    down_revision = 'a'\n", "absent"),
            ("print(down_revision)", "absent"),
            ("down_revision = other", "unknown: down_revision is computed"),
            ("down_revision = 'a' + 'b'", "known: Text(\"ab\")"),
            ("down_revision = f'a'", "known: Text(\"a\")"),
            ("down_revision = {'a'}", "known: Set([Text(\"a\")])"),
            ("down_revision = ('a', None)", "known: Tuple([Text(\"a\"), None])"),
            ("revision, down_revision = 'a', 'b'", "known: Text(\"b\")"),
            ("revision, down_revision = f()", "unknown: down_revision is unpacked from another value"),
            ("P = 'a'\ndown_revision = P", "known: Text(\"a\")"),
            ("P = 'a'\ndown_revision = f'{P}1'", "known: Text(\"a1\")"),
            ("for down_revision in ('a', 'b'): pass", "known: Text(\"b\")"),
            ("if True:\n    down_revision = 'a'\nelse:\n    down_revision = 'b'\n", "known: Text(\"a\")"),
            ("if x():\n    down_revision = 'a'\nelse:\n    down_revision = 'a'\n", "known: Text(\"a\")"),
            (
                "try:\n    down_revision = 'a'\nexcept Exception:\n    down_revision = 'b'\n",
                "known: Text(\"a\")",
            ),
            (
                "try:\n    import x\n    down_revision = 'a'\nexcept ImportError:\n    down_revision = 'b'\n",
                "unknown: down_revision is bound in a way that only running tells",
            ),
            ("down_revision = 'a'\ndel down_revision", "absent"),
            ("down_revision = None\nglobals()['down_revision'] = 'a'", "known: Text(\"a\")"),
            ("(down_revision := 'a')", "known: Text(\"a\")"),
            (
                "down_revision = ['a']\ndown_revision.append(x)",
                "unknown: down_revision is bound in a way that only running tells",
            ),
            ("down_revision = ['a']\nlog = logging.getLogger('x')", "List [\"a\"]"),
            (
                "down_revision = ['a']\ndef f():\n    down_revision.append('b')\nf()",
                "unknown: down_revision is rebound inside a function",
            ),
            ("down_revision = 'a'\ndef upgrade():\n    print(down_revision.upper())", "Str [\"a\"]"),
            (
                "from typing import TYPE_CHECKING\ndown_revision = 'a'\nif TYPE_CHECKING:\n    down_revision = 'b'",
                "Str [\"a\"]",
            ),
            (
                "if x:\n    down_revision = 'a'\n",
                "unknown: down_revision is bound in a way that only running tells",
            ),
            ("down_revision = 'a'\ndown_revision += 'b'", "known: Text(\"ab\")"),
            ("if x:\n    down_revision = 'a'\nelse:\n    down_revision = 'a'\n", "known: Text(\"a\")"),
            (
                "down_revision = 'a'\ntry:\n    down_revision = f()\nexcept E:\n    pass\n",
                "unknown: down_revision is bound in a way that only running tells",
            ),
            ("down_revision = 'a'\nif x:\n    b = 1\nelif y:\n    c = 1\n", "Str [\"a\"]"),
            ("down_revision = 'a'\nif x:\n    raise E\nelse:\n    down_revision = 'b'", "known: Text(\"b\")"),
            (
                "down_revision = 'a'\nwhile x:\n    down_revision = 'b'\n",
                "unknown: down_revision is bound in a way that only running tells",
            ),
            ("down_revision = 'a'\nwhile False:\n    down_revision = 'b'\n", "Str [\"a\"]"),
            ("from x import down_revision", "unknown: down_revision is imported from another module"),
            ("def down_revision(): pass", "known: Other(\"function\")"),
            (
                "down_revision = 'a'\nfrom x import *",
                "unknown: down_revision may be replaced by a star import below it",
            ),
            ("from x import *\ndown_revision = 'a'", "Str [\"a\"]"),
            (
                "down_revision = 'a'\ndef f():\n    global down_revision\n    down_revision = 'b'\nf()",
                "unknown: down_revision is rebound inside a function",
            ),
        ] {
            assert_eq!(shown(&read(source).down_revision), expected, "{source}");
        }
    }

    #[test]
    fn what_grows_without_end_is_not_known() {
        let told = "unknown: down_revision takes more than is followed, which is 262,144 values or 4 MiB of text at once";
        for (first, line) in [
            ("'a'", "x = x + x"),
            ("'a'", "x = f'{x}{x}'"),
            ("'a'", "x += x"),
            ("['a']", "x = x + x"),
            ("['a']", "x = [x, x]"),
            ("('a',)", "x = (x, x)"),
            ("('a',)", "x = {(x, 1), (x, 2)}"),
            ("['a']", "x = [x]"),
            ("('a',)", "x = tuple(list(x + x))"),
        ] {
            let source = |n: usize| {
                format!("x = {first}\n{}", format!("{line}\n").repeat(n)).replace('x', "down_revision")
            };
            assert!(matches!(read(&source(2)).down_revision, Declared::Known { .. }), "{line}");
            assert!(read(&source(60)).down_revision.is_unknown(), "{line}");
            let mut grown = (3..60).map(|n| read(&source(n)).down_revision);
            let first = grown.find(Declared::is_unknown).expect("it is at 60");
            let is_told = [
                told,
                "unknown: down_revision holds an id of more than 1000 bytes, and none as long is followed",
            ];
            assert!(is_told.contains(&shown(&first).as_str()), "{line}: {}", shown(&first));
        }
        let turns = "for a in 'aaaaaaaaaaaaaaaaaaaa':\n";
        let loops: String = (0..8).map(|at| " ".repeat(at) + turns).collect();
        let source = format!("down_revision = 'a'\n{loops}{}down_revision = 'b'\n", " ".repeat(8));
        assert_eq!(shown(&read(&source).down_revision), told);
    }

    #[test]
    fn the_docstring_s_lines_are_found_with_their_bytes() {
        let source = "\"\"\"add users\n\nRevision ID: b\nRevises: a, c\r\nCreate Date: 2025-01-01 10:00:00\n\n\"\"\"\n";
        let docstring = read(source).docstring.expect("there is one");
        assert_eq!(docstring.message, "add users");
        let (revises, range) = docstring.revises.expect("it has the line");
        assert_eq!((revises.as_str(), &source[range.bounds()]), ("a, c", "a, c"));
        assert_eq!(docstring.create_date.as_deref(), Some("2025-01-01 10:00:00"));
    }

    #[test]
    fn a_string_after_the_imports_is_no_docstring() {
        assert_eq!(read("import x\n\"\"\"Revises: a\"\"\"\n").docstring, None);
        assert_eq!(read("f\"\"\"Revises: a\"\"\"\n").docstring, None);
    }

    #[test]
    fn conflict_markers_make_the_contested_names_unknown() {
        let script = read(
            "revision = 'x'\n<<<<<<< HEAD\ndown_revision = 'a'\n=======\ndown_revision = 'b'\n>>>>>>> feature\n",
        );
        assert_eq!(script.kind, ScriptKind::Unparsable);
        assert_eq!(script.syntax_faults.len(), 3);
        assert!(script.syntax_faults.iter().all(|fault| fault.conflict_marker));
        assert!(script.down_revision.is_unknown());
        assert_eq!(script.id(), Some("x"));
    }

    #[test]
    fn an_underline_in_a_docstring_is_no_conflict() {
        assert_eq!(read("\"\"\"title\n=======\n\"\"\"\nrevision = 'a'\n").kind, ScriptKind::Migration);
    }

    #[test]
    fn a_file_in_an_encoding_that_is_not_read_is_unknown() {
        let read = |source: &[u8]| read_script(&TreePath::parse("versions/x.py").expect("relative"), source);
        let script = read(b"# coding: gbk\nrevision = 'a'\ndown_revision = '\xd6\xd0'\n");
        assert!(script.revision.is_unknown() && script.down_revision.is_unknown());
        assert_eq!(script.syntax_faults, []);
        let script = read(b"# coding: gbk\nrevision = 'a'\ndown_revision = None\n");
        assert_eq!(script.id(), Some("a"));
        let script = read(b"# coding: nope\nrevision = 'a'\ndown_revision = None\n");
        assert_eq!((script.kind, script.id()), (ScriptKind::Unparsable, Some("a")));
        let script = read(b"\xff\xfer\0e\0v\0\n\0");
        assert_eq!(script.syntax_faults[0].what, "source code cannot contain NUL bytes");
    }

    #[test]
    fn what_a_module_of_the_drop_gives_is_known_where_python_finds_it_for_certain() {
        let at = |path: &str| TreePath::parse(path).expect("relative");
        let imported = |files: &[(&str, &str)], source: &str| {
            let mut tree = crate::ingest::SourceTree::default();
            for (path, text) in files {
                tree.insert(at(path), text.as_bytes().to_vec());
            }
            let folders = [String::new(), "lib".to_owned()];
            let files = PythonFiles::of(&tree);
            let modules = Imported::new(&files, &folders);
            let parsed = Parser::new().read(source.as_bytes());
            let importable = Importable::from(&modules);
            let script = script_of(&at("versions/x.py"), source.as_bytes(), &parsed, importable);
            shown(&script.down_revision)
        };
        let known = "known: Text(\"a\")";
        let sib = ("sib.py", "down_revision = 'a'\n_hidden = 'b'\n");
        assert_eq!(imported(&[sib], "from sib import down_revision\n"), known);
        assert_eq!(imported(&[sib], "from sib import *\n"), known);
        assert_eq!(imported(&[sib], "from sib import down_revision as d\ndown_revision = d\n"), known);
        assert_eq!(imported(&[("lib/sib.py", "down_revision = 'a'\n")], "from sib import *\n"), known);
        for (files, source) in [
            (&[sib, ("sib/__init__.py", "")][..], "from sib import down_revision\n"),
            (&[sib, ("sib.so", "")], "from sib import down_revision\n"),
            (&[("types.py", "down_revision = 'a'\n")], "from types import down_revision\n"),
            (&[("versions/sib.py", "down_revision = 'a'\n")], "from sib import down_revision\n"),
            (&[("sib.py", "down_revision = f()\n")], "from sib import down_revision\n"),
            (&[("sib.py", "down_revision = ['a']\n")], "from sib import down_revision\n"),
            (&[("sib.py", "down_revision = 'a'\nraise E\n")], "from sib import down_revision\n"),
            (&[("sib.py", "down_revision = 'a'\nfrom other import *\n")], "from sib import down_revision\n"),
            (&[("sib.py", "__all__ = []\ndown_revision = 'a'\n")], "from sib import *\n"),
        ] {
            assert!(imported(files, source).starts_with("unknown"), "{files:?} {source}");
        }
    }

    #[test]
    fn nesting_of_any_depth_is_read() {
        for (open, middle, close) in [
            ("(", "", ")"),
            ("f(", "", ")"),
            ("(a := ", "1", ")"),
            ("lambda: ", "1", ""),
            ("[a for a in ", "b", "]"),
        ] {
            let nested = format!("{}{middle}{}", open.repeat(2000), close.repeat(2000));
            let source = format!("revision = 'a'\ndown_revision = {nested}\ndel {nested}\n");
            assert_eq!(read(&source).id(), Some("a"), "{open}");
        }
    }

    #[test]
    fn a_file_that_has_only_an_ending_for_its_name_is_never_loaded() {
        let script = read_script(&TreePath::parse("versions/.py").expect("relative"), b"def (\n");
        assert_eq!(
            (script.raises.map(|raise| raise.class).as_deref(), script.syntax_faults),
            (Some("AssertionError"), vec![])
        );
    }

    #[test]
    fn a_hexadecimal_file_name_stands_in_for_a_missing_id() {
        let path = TreePath::parse("versions/2ca6.py").expect("relative");
        assert_eq!(read_script(&path, b"down_revision = None\n").id(), Some("2ca6"));
        assert_eq!(read("down_revision = None\n").kind, ScriptKind::NoRevision);
    }
}
