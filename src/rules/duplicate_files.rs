//! What tells files of one id apart: their age, what they do, and another id that one of them says.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::audited::Loaded;
use crate::graph::Below;
use crate::source::program::{Expression, ExpressionKind, Node, Program, Statement, StatementKind};
use crate::source::{Declared, NAMES, Script, Value};
use crate::text::TextRange;

/// How old files of one id are, by what comes before them.
#[derive(Debug)]
pub struct Ages<'a> {
    loaded: &'a Loaded,
    /// What comes before each file whose id another one has.
    below: BTreeMap<usize, Below>,
}

impl<'a> Ages<'a> {
    /// Those of all files of an environment.
    pub fn of(loaded: &'a Loaded) -> Self {
        let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, script) in loaded.scripts.iter().enumerate() {
            if let Some(id) = script.id() {
                of.entry(id).or_default().push(at);
            }
        }
        let files: Vec<usize> = of.into_values().filter(|files| files.len() > 1).flatten().collect();
        let parents = |at: &usize| {
            let script = &loaded.scripts[*at];
            let own = loaded.graph.find(script.id()?)?;
            let parents = script.down_revision.values();
            Some((parents.into_iter().filter_map(|id| loaded.graph.find(id)).collect(), own))
        };
        let sets: Vec<_> = files.iter().filter_map(parents).collect();
        Self { loaded, below: files.into_iter().zip(loaded.graph.below(&sets)).collect() }
    }

    /// Whether a file comes after one that names its id as parent.
    fn closes_loop(&self, at: usize) -> bool {
        self.below.get(&at).is_some_and(|below| below.comes_back)
    }

    /// How many revisions come before a file.
    fn n_below(&self, at: usize) -> usize {
        self.below.get(&at).map_or(0, |below| below.n)
    }

    /// Files, each by its place among the scripts, the oldest first: one that comes after what names the id is younger than
    /// what that names; then by the create date where all have one, by how much comes before them, and the one that has the
    /// id in its name. Where nothing tells, the one that Alembic runs comes first: a database that was upgraded with these
    /// files has run it.
    pub fn oldest_first(&self, files: &[usize]) -> Vec<usize> {
        let scripts = &self.loaded.scripts;
        let dated = files.iter().all(|&at| scripts[at].create_date().is_some());
        let mut aged = files.to_vec();
        aged.sort_by_cached_key(|&at| {
            let script = &scripts[at];
            let date = script.create_date().filter(|_| dated).map(ToOwned::to_owned);
            (self.closes_loop(at), date, self.n_below(at), !has_id_in_name(script), Reverse(at))
        });
        aged
    }

    /// What shows that a file is older than another of the same id, as a clause.
    pub fn why_older(&self, older: usize, younger: usize) -> String {
        let [first, second] = [older, younger].map(|at| &self.loaded.scripts[at]);
        let name = first.path.file_name();
        match (first.create_date(), second.create_date()) {
            _ if self.closes_loop(younger) && !self.closes_loop(older) => {
                format!("{} would close a loop", second.path.file_name())
            }
            (Some(one), Some(other)) if one != other => format!("by the Create Date, {name} is older"),
            _ if self.n_below(older) != self.n_below(younger) => format!("less comes before {name}"),
            _ if has_id_in_name(first) && !has_id_in_name(second) => format!("{name} has the id in its name"),
            _ => format!("nothing tells which is older, and of the two Alembic runs {name}"),
        }
    }
}

fn has_id_in_name(script: &Script) -> bool {
    script.id().is_some_and(|id| script.path.stem().contains(id))
}

/// Another id that a file says than the one it declares, and where it does, as a clause. `wanted` says of an id that others
/// name it although no file declares it.
pub fn other_id<'s>(script: &'s Script, wanted: &dyn Fn(&str) -> bool) -> Option<(&'s str, String)> {
    let own = script.id()?;
    let docstring = script.docstring.as_ref().and_then(|docstring| docstring.revision_id.as_ref());
    let said = docstring.map(|(said, _)| said.trim_matches(['\'', '"']));
    let in_docstring = said.map(|said| (said, format!("its docstring says Revision ID: {said}")));
    // Alembic puts the id first.
    let begins = script.path.stem().split('_').next().unwrap_or_default();
    let is_made = begins.len() == 12 && begins.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let in_name = (is_made || wanted(begins)).then(|| (begins, format!("its name begins with {begins}")));
    let is_id = |id: &str| {
        id != own && !id.is_empty() && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
    };
    let mut found: Vec<_> =
        [in_docstring, in_name].into_iter().flatten().filter(|(id, _)| is_id(id)).collect();
    // What others name outranks what nobody does.
    found.sort_by_key(|(id, _)| !wanted(id));
    found.into_iter().next()
}

/// What a file does on the way up: all its statements but for the docstring, the ids, comments and `downgrade()`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Deeds {
    /// What it depends on, and its branch labels.
    besides: [Option<Value>; 2],
    statements: Vec<Vec<u8>>,
}

impl Deeds {
    /// Those of a file; nothing where it does not parse.
    pub fn of(script: &Script, source: &[u8]) -> Option<Self> {
        let is_read = script.syntax_faults.is_empty() && script.has_upgrade;
        is_read.then(|| Self {
            besides: [&script.depends_on, &script.branch_labels].map(Declared::value),
            statements: essence(&script.program, source),
        })
    }
}

/// Whether two files do the same on the way up. Nothing is said of a file that does not parse.
pub fn does_the_same(one: (&Script, &[u8]), other: (&Script, &[u8])) -> bool {
    Deeds::of(one.0, one.1).is_some_and(|deeds| Some(deeds) == Deeds::of(other.0, other.1))
}

/// Whether two files do the same on the way down.
pub fn undoes_the_same(one: (&Script, &[u8]), other: (&Script, &[u8])) -> bool {
    let downgrades = |(script, source): (&Script, &[u8])| -> Vec<Vec<u8>> {
        let is_it = |statement: &&Statement| {
            Node::Statement(statement).function().is_some_and(|function| &*function.name == "downgrade")
        };
        script.program.body.iter().filter(is_it).map(|own| without_comments(own, source)).collect()
    };
    downgrades(one) == downgrades(other)
}

/// Whether `upgrade()` does nothing at all.
pub fn runs_nothing(script: &Script) -> bool {
    let upgrades = script.program.body.iter().filter_map(|statement| Node::Statement(statement).function());
    let mut upgrades = upgrades.filter(|function| &*function.name == "upgrade").peekable();
    upgrades.peek().is_some() && upgrades.all(|upgrade| upgrade.body.iter().all(is_empty))
}

fn is_empty(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Pass => true,
        StatementKind::Expression(value) => {
            matches!(value.kind, ExpressionKind::Text(_) | ExpressionKind::Ellipsis)
        }
        _ => false,
    }
}

/// The statements of a migration that matter to `upgrade()`, without comments.
fn essence(program: &Program, source: &[u8]) -> Vec<Vec<u8>> {
    let matters = |statement: &&Statement| match &statement.kind {
        StatementKind::Assign { targets, .. } => {
            !targets.iter().all(|target| target.as_name().is_some_and(|name| NAMES.contains(&&**name)))
        }
        StatementKind::Function(function) => &*function.name != "downgrade",
        _ => !is_empty(statement),
    };
    program.body.iter().filter(matters).map(|statement| without_comments(statement, source)).collect()
}

/// The bytes of a statement without comments, empty lines and what ends its lines; texts stay as they are.
fn without_comments(statement: &Statement, source: &[u8]) -> Vec<u8> {
    let mut texts: Vec<TextRange> = Vec::new();
    Node::Statement(statement).walk(|node| {
        let whole = match node {
            Node::Expression(Expression { range, kind }) => match kind {
                ExpressionKind::Text(_)
                | ExpressionKind::Bytes(_)
                | ExpressionKind::Format(_)
                | ExpressionKind::Other(_) => Some(*range),
                _ => None,
            },
            Node::Statement(Statement { range, kind: StatementKind::Other(_) }) => Some(*range),
            Node::Statement(_) => None,
        };
        texts.extend(whole);
        whole.is_none()
    });
    texts.sort_unstable();
    let mut texts = texts.into_iter().peekable();
    let (mut out, mut kept) = (Vec::new(), 0);
    let (mut at, end) = (statement.range.start(), statement.range.end());
    let end_line = |out: &mut Vec<u8>, kept: usize| {
        while out.len() > kept && matches!(out.last(), Some(b' ' | b'\t' | b'\r')) {
            out.pop();
        }
        if out.last() != Some(&b'\n') {
            out.push(b'\n');
        }
    };
    while at < end {
        if let Some(text) = texts.next_if(|text| text.start() <= at) {
            let rest = TextRange::new(at.min(text.end()), text.end());
            out.extend_from_slice(rest.slice(source));
            (at, kept) = (at.max(text.end()), out.len());
            continue;
        }
        let rest = TextRange::new(at, end).slice(source);
        match rest[0] {
            b'#' => at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()) as u32,
            b'\n' => {
                end_line(&mut out, kept);
                at += 1;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    end_line(&mut out, kept);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::TreePath;
    use crate::rules::fixture::{audited, project};
    use crate::source::read_script;

    fn script(path: &str, source: &str) -> Script {
        read_script(&TreePath::parse(path).expect("relative"), source.as_bytes())
    }

    fn same(one: &str, other: &str) -> bool {
        does_the_same((&script("a.py", one), one.as_bytes()), (&script("b.py", other), other.as_bytes()))
    }

    #[test]
    fn what_only_looks_different_does_the_same() {
        let one = "\"\"\"t\n\nCreate Date: 1\n\"\"\"\nfrom alembic import op\n\n# ids\nrevision = 'a'\ndown_revision = 'p'\n\n\n\
                   def upgrade():\n    op.drop_table('t')  # gone\n\n    op.execute('''x # y\n\n  z''')\n\n\ndef downgrade():\n    pass\n";
        for (from, to, is_same) in [
            ("Create Date: 1", "Create Date: 2", true),
            ("# ids\n", "", true),
            ("  # gone", "", true),
            ("  # gone\n\n", "   \n", true),
            ("'p'", "'q'", true),
            ("revision = 'a'", "revision: str = 'a'", true),
            ("    pass", "    op.create_table('t')", true),
            ("\n", "\r\n", false),
            ("'t'", "'u'", false),
            ("# y", "# w", false),
            ("# y\n\n", "# y\n", false),
            ("down_revision = 'p'", "down_revision = 'p'\ndepends_on = 'q'", false),
            ("down_revision = 'p'", "down_revision = 'p'\nbranch_labels = 'q'", false),
            ("op.drop_table('t')", "if True:\n        op.drop_table('t')", false),
            ("def upgrade", "X = 1\n\n\ndef upgrade", false),
            ("def upgrade", "def upgrade2", false),
            ("def upgrade", "def def upgrade", false),
        ] {
            let other = one.replace(from, to);
            assert_ne!(one, other, "{from}");
            assert_eq!(same(one, &other), is_same, "{from} -> {to}");
            assert_eq!(same(&other, one), is_same, "{to} -> {from}");
        }
        // In a text a line end is part of it; elsewhere it is none.
        let plain = one.replace("x # y\n\n  z", "x");
        assert!(same(&plain, &plain.replace('\n', "\r\n")));
    }

    #[test]
    fn what_does_nothing_is_seen() {
        for (body, nothing) in
            [("pass", true), ("'''text'''\n    pass", true), ("...", true), ("f()", false), ("return", false)]
        {
            assert_eq!(
                runs_nothing(&script("a.py", &format!("def upgrade():\n    {body}\n"))),
                nothing,
                "{body}"
            );
        }
        assert!(!runs_nothing(&script("a.py", "revision = 'a'")));
    }

    #[test]
    fn another_id_stands_in_the_docstring_or_begins_the_name() {
        let said = |path: &str, docstring: &str, wanted: &str| {
            let source = format!("\"\"\"t\n\nRevision ID: {docstring}\n\"\"\"\nrevision = 'own'\n");
            let script = script(path, &source);
            other_id(&script, &|id| id == wanted).map(|(id, _)| id.to_owned())
        };
        for (path, docstring, wanted, expected) in [
            ("own_t.py", "own", "", None),
            ("t.py", "other", "", Some("other")),
            ("t.py", "", "", None),
            ("t.py", "two words", "", None),
            ("2ca607eff9c8_t.py", "own", "", Some("2ca607eff9c8")),
            ("2ca607eff9c8_t.py", "other", "", Some("other")),
            ("2ca607eff9c8_t.py", "other", "2ca607eff9c8", Some("2ca607eff9c8")),
            ("0004_t.py", "own", "", None),
            ("0004_t.py", "own", "0004", Some("0004")),
        ] {
            assert_eq!(said(path, docstring, wanted).as_deref(), expected, "{path} {docstring} {wanted}");
        }
    }

    #[test]
    fn the_older_file_is_found_by_what_comes_before_it_and_by_its_name() {
        let aged = |migrations: &str, id: &str| {
            let audit = audited(&project(migrations));
            let loaded = &audit.environments[0].loaded;
            let of_id = |at: &usize| loaded.scripts[*at].id() == Some(id);
            let files: Vec<_> = (0..loaded.scripts.len()).filter(of_id).collect();
            let ages = Ages::of(loaded);
            let aged = ages.oldest_first(&files);
            let name = |at: &usize| loaded.scripts[*at].path.stem().to_owned();
            (aged.iter().map(name).collect::<Vec<_>>(), ages.why_older(aged[0], aged[1]))
        };
        let (names, why) = aged("a: a <- None\nx: b <- 'c'\nc: c <- 'b'\ny: b <- 'a'", "b");
        assert_eq!(
            (names, why),
            (vec!["y".to_owned(), "x".to_owned()], "x.py would close a loop".to_owned())
        );
        let (names, why) = aged("a: a <- None\nx: b <- 'c'\nc: c <- 'a'\ny: b <- 'a'", "b");
        assert_eq!((names.concat(), &*why), ("yx".to_owned(), "less comes before y.py"));
        let (names, why) = aged("a: a <- None\nx: bcd <- 'a'\ny_bcd: bcd <- 'a'", "bcd");
        assert_eq!(names, ["y_bcd", "x"]);
        assert_eq!(why, "y_bcd.py has the id in its name");
        let (names, why) = aged("a: a <- None\nx: b <- 'a'\ny: b <- 'a'", "b");
        assert_eq!(
            (names.concat(), &*why),
            ("yx".to_owned(), "nothing tells which is older, and of the two Alembic runs y.py")
        );
    }
}
