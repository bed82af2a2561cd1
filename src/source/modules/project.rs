//! The project's own modules, as its migrations import them.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use super::is_package;
use super::libraries::lists_packages;
use crate::ingest::TreePath;
use crate::source::PythonFiles;
use crate::source::program::Program;
use crate::source::sharing::Names;
use crate::text::contains;

/// The modules of a tree, each read when somebody asks for it.
#[derive(Debug)]
pub struct ProjectModules<'t> {
    /// The files; nothing where no modules are wanted.
    files: Option<&'t PythonFiles<'t>>,
    sql_files: Vec<&'t TreePath>,
    has_sqlalchemy_2: OnceCell<bool>,
    /// Words that somebody has asked for, with what makes them mean nothing, and whether no file but migrations says
    /// them.
    never_named: RefCell<HashMap<(String, Option<Harmless>), bool>>,
    /// Functions that somebody has asked for, and whether nobody makes one of that name for the database.
    never_made: RefCell<HashMap<String, bool>>,
    makes_casts: OnceCell<bool>,
    /// What somebody has asked for by its name, and whether some file tells of it.
    told: RefCell<HashMap<(Told, String), bool>>,
    read: RefCell<HashMap<String, Option<ProjectModule>>>,
    /// Which modules others may add to, as far as somebody has asked.
    shared: RefCell<HashMap<String, bool>>,
}

/// What a file may tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Told {
    /// A function that is made for the database.
    Function,
    /// A function that takes rows of a table.
    FunctionOfRows,
    /// An extension that is created.
    Extension,
}

/// Whether what follows a word makes it mean nothing.
type Harmless = fn(&[u8]) -> bool;

/// One module.
#[derive(Debug, Clone)]
pub struct ProjectModule {
    /// Its statements.
    pub program: Arc<Program>,
    /// Whether it is a package, so that `.x` is looked for in it and not beside it.
    pub is_package: bool,
}

impl<'t> ProjectModules<'t> {
    /// No modules.
    pub fn none() -> Self {
        Self {
            files: None,
            sql_files: Vec::new(),
            has_sqlalchemy_2: OnceCell::new(),
            never_named: RefCell::default(),
            never_made: RefCell::default(),
            makes_casts: OnceCell::new(),
            told: RefCell::default(),
            read: RefCell::default(),
            shared: RefCell::default(),
        }
    }

    /// Those of a tree.
    pub fn of(files: &'t PythonFiles<'t>) -> Self {
        let is_sql = |path: &TreePath| path.as_str().to_ascii_lowercase().ends_with(".sql");
        Self {
            files: Some(files),
            sql_files: files.tree().iter().map(|(path, _)| path).filter(|path| is_sql(path)).collect(),
            ..Self::none()
        }
    }

    /// The text of the one SQL file whose path ends with `tail`.
    pub fn sql(&self, tail: &str) -> Option<String> {
        let tail = tail.trim_start_matches(['/', '.']);
        if !tail.to_ascii_lowercase().ends_with(".sql") {
            return None;
        }
        let files = self.files?;
        let ends = |path: &TreePath| {
            let path = path.as_str();
            path == tail || path.strip_suffix(tail).is_some_and(|rest| rest.ends_with('/'))
        };
        let mut meant = self.sql_files.iter().filter(|path| ends(path));
        let path = meant.next()?;
        if meant.next().is_some() {
            return None;
        }
        std::str::from_utf8(files.tree().get(path)?).ok().map(ToOwned::to_owned)
    }

    /// Whether a package is certainly none of the project's own.
    pub fn is_elsewhere(&self, top: &str) -> bool {
        self.files.is_some_and(|files| files.modules().is_elsewhere(top))
    }

    /// Whether the project is here and no file of it has a word but migrations.
    pub fn never_names(&self, word: &str) -> bool {
        self.is_nowhere(word, None)
    }

    /// Whether the project is here and no file of it, nor any migration, makes a function of that name, or functions that
    /// cannot be told, for its database.
    pub fn never_makes(&self, function: &str) -> bool {
        if let Some(known) = self.never_made.borrow().get(function) {
            return *known;
        }
        let is_never = self.files.is_some_and(|files| {
            files.modules().is_whole() && !files.tree().iter().any(|(_, text)| makes(text, function))
        });
        self.never_made.borrow_mut().insert(function.to_owned(), is_never);
        is_never
    }

    /// Whether a file that is here, or a migration, makes a function of that name for its database.
    pub fn makes(&self, function: &str) -> bool {
        self.tells(Told::Function, function, |files| {
            files.tree().iter().any(|(_, text)| makes(text, function))
        })
    }

    /// What the files say, which are gone through once for each name.
    fn tells(&self, kind: Told, name: &str, look: impl FnOnce(&PythonFiles<'_>) -> bool) -> bool {
        let key = (kind, name.to_owned());
        if let Some(known) = self.told.borrow().get(&key) {
            return *known;
        }
        let is_told = self.files.is_some_and(look);
        self.told.borrow_mut().insert(key, is_told);
        is_told
    }

    /// Whether a file that is here, and no migration, creates an extension of that name, or one that cannot be told.
    pub fn creates(&self, extension: &str) -> bool {
        let is_of_name = |own: char| own.is_alphanumeric() || own == '_';
        let creates = |text: &[u8]| {
            let text = String::from_utf8_lossy(text).to_ascii_lowercase();
            text.match_indices("create extension").any(|(at, _)| {
                let after = &text[at..text.ceil_char_boundary((at + DEFINITION).min(text.len()))];
                // A text that ends before the name is put together with one.
                let words = after.trim_start_matches("create extension").trim_start();
                let words = words.trim_start_matches("if not exists").trim_start();
                let ends = words.strip_prefix(['"', '\'']).is_some_and(|rest| !rest.starts_with(is_of_name));
                after.contains(extension) || after.contains(['{', '%']) || ends
            })
        };
        self.tells(Told::Extension, extension, |files| {
            let mut others = files.tree().iter().filter(|(_, text)| !contains(text, "down_revision"));
            others.any(|(_, text)| says(text, EXTENSION) && creates(text))
        })
    }

    /// Whether a text that is here gives rows of a table what looks like a column and is a function of that name.
    /// Source: `Using Composite Types in Queries` of PostgreSQL's documentation.
    pub fn makes_of_rows(&self, function: &str) -> bool {
        self.tells(Told::FunctionOfRows, function, |files| {
            files.tree().iter().any(|(_, text)| defines(text, function))
        })
    }

    /// Whether a file that is here, and no migration, makes casts from one type to another.
    pub fn makes_casts(&self) -> bool {
        *self.makes_casts.get_or_init(|| {
            self.files.is_some_and(|files| {
                files.tree().iter().any(|(_, text)| says(text, CAST) && !contains(text, "down_revision"))
            })
        })
    }

    /// Whether the project is here and wherever a file of it but migrations has a word, what follows makes it mean nothing.
    pub fn never_says(&self, word: &str, means_nothing: Harmless) -> bool {
        self.is_nowhere(word, Some(means_nothing))
    }

    fn is_nowhere(&self, word: &str, means_nothing: Option<Harmless>) -> bool {
        let key = (word.to_owned(), means_nothing);
        if let Some(known) = self.never_named.borrow().get(&key) {
            return *known;
        }
        let says = |text: &[u8]| {
            let Some(means_nothing) = means_nothing else { return contains(text, word) };
            contains(text, word)
                && (0..text.len())
                    .filter_map(|at| text[at..].strip_prefix(word.as_bytes()))
                    .any(|after| !means_nothing(after))
        };
        let is_never = self.files.is_some_and(|files| {
            let mut others = files.tree().iter().filter(|(_, text)| !contains(text, "down_revision"));
            files.modules().is_whole() && !others.any(|(_, text)| says(text))
        });
        self.never_named.borrow_mut().insert(key, is_never);
        is_never
    }

    /// Whether what migrations meet is certainly SQLAlchemy 2 or later, which takes no plain texts for statements: the
    /// project's lists of packages ask for it, or none of them names it.
    pub fn has_sqlalchemy_2(&self) -> bool {
        *self.has_sqlalchemy_2.get_or_init(|| {
            let lists = self.files.into_iter().flat_map(|files| files.tree().iter());
            let lists = lists.filter(|(path, _)| lists_packages(path));
            let texts = lists.map(|(_, text)| String::from_utf8_lossy(text).to_ascii_lowercase());
            let named: Vec<bool> =
                texts.flat_map(|text| text.lines().filter_map(asks_for_2).collect::<Vec<_>>()).collect();
            named.is_empty() || named.iter().all(|asks| *asks)
        })
    }

    /// The module of a dotted name, if one file alone can be meant.
    pub fn module(&self, dotted: &str) -> Option<ProjectModule> {
        if let Some(known) = self.read.borrow().get(dotted) {
            return known.clone();
        }
        let module = self.find(dotted);
        self.read.borrow_mut().insert(dotted.to_owned(), module.clone());
        module
    }

    fn find(&self, dotted: &str) -> Option<ProjectModule> {
        let files = self.files?;
        let path = files.modules().likely(dotted)?;
        let parsed = files.parsed(path)?;
        if !parsed.faults.is_empty() {
            return None;
        }
        Some(ProjectModule { program: Arc::clone(&parsed.program), is_package: is_package(path) })
    }

    /// Whether other files of the project may add tables to what a module holds. Migrations and `env.py` do not: what they
    /// tell of comes after.
    pub fn is_shared(&self, dotted: &str) -> bool {
        if let Some(known) = self.shared.borrow().get(dotted) {
            return *known;
        }
        let is_shared = self.files.is_none_or(|files| {
            files.modules().likely(dotted).is_none_or(|own| is_added_to(files, dotted, own))
        });
        self.shared.borrow_mut().insert(dotted.to_owned(), is_shared);
        is_shared
    }
}

fn is_added_to(files: &PythonFiles<'_>, dotted: &str, own: &TreePath) -> bool {
    // What stands in a package may name it by dots alone.
    let package = is_package(own).then(|| format!("{}/", own.folder()));
    let Some(parsed) = files.parsed(own) else { return true };
    let names = Names::of(dotted, &parsed.program);
    let adds = |path: &TreePath| {
        let is_within = package.as_deref().is_some_and(|package| path.as_str().starts_with(package));
        let user = files.tree().get(path).unwrap_or_default();
        is_within
            || !contains(user, "down_revision")
                && names.may_be_imported_by(user)
                && files.parsed(path).is_some_and(|user| names.may_be_added_to_by(&user.program))
    };
    let mut others = files.modules().files().filter(|path| *path != own && path.file_name() != "env.py");
    others.any(adds)
}

/// How far before a function's name its definition's first word may stand: `CREATE FUNCTION IF NOT EXISTS "schema".name`.
const DEFINITION: usize = 64;

/// What a text says that creates an extension, in any letters.
const EXTENSION: &[u8] = b"create extension";

/// Whether a text has words, in any letters.
fn says(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|own| own.eq_ignore_ascii_case(words))
}

/// What a text says that makes a cast, in any letters.
const CAST: &[u8] = b"create cast";

/// Whether a text may make a function of that name for a database: in SQL, by `alembic_utils`, or from Python, where its
/// name may be computed.
fn makes(text: &[u8], function: &str) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let from_python = ["create_function", "createscalarfunction", "create_scalar_function", "load_extension"];
    from_python.iter().any(|word| text.contains(word))
        || text.match_indices(function).any(|(at, _)| {
            let before = &text[text.floor_char_boundary(at.saturating_sub(DEFINITION))..at];
            before.contains("function") || before.contains("signature")
        })
}

/// Whether a text has the head of a function of that name, as SQL has it or as `alembic_utils` is told it.
fn defines(text: &[u8], function: &str) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let function = function.to_ascii_lowercase();
    let is_of_name = |own: char| own.is_alphanumeric() || matches!(own, '_' | '$');
    text.match_indices(&function).any(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        let before =
            before.trim_end_matches(|own: char| own == '.' || own == '"' || is_of_name(own)).trim_end();
        let before = before.trim_end_matches(['"', '\'', '=']).trim_end();
        let opens = after.trim_start_matches('"').trim_start().starts_with('(');
        opens && (before.ends_with("function") || before.ends_with("signature"))
    })
}

/// Whether a line of a list of packages, in small letters, asks for SQLAlchemy 2 or later; nothing where it does not name
/// it.
fn asks_for_2(line: &str) -> Option<bool> {
    let (before, rest) = line.split_once("sqlalchemy")?;
    // Another package's name goes on, or has begun before.
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if rest.starts_with(is_name) || before.ends_with(is_name) || line.trim_start().starts_with('#') {
        return None;
    }
    let rest: String = rest.chars().filter(|c| !c.is_whitespace()).collect();
    Some(
        ["==2", ">=2", "~=2", "^2", "~2", ">2", "=\"2", "=\"^2", "=\"~2", "=\"==2"]
            .iter()
            .any(|asked| rest.contains(asked)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;

    #[test]
    fn a_module_is_the_one_file_that_its_name_can_mean() {
        let mut tree = SourceTree::default();
        for path in ["src/app/db.py", "src/app/__init__.py", "one/x.py", "two/x.py", "bad.py"] {
            let source: &[u8] = if path == "bad.py" { b"(" } else { b"a = 1" };
            tree.insert(TreePath::parse(path).expect("relative"), source.to_vec());
        }
        let files = PythonFiles::of(&tree);
        let modules = ProjectModules::of(&files);
        assert!(modules.module("app.db").is_some_and(|module| !module.is_package));
        assert!(modules.module("app").is_some_and(|module| module.is_package));
        assert!(modules.module("one.x").is_some());
        tree.insert(TreePath::parse("src/app/sql/a.sql").expect("relative"), b"SELECT 1".to_vec());
        let files = PythonFiles::of(&tree);
        let modules = ProjectModules::of(&files);
        assert_eq!(modules.sql("../sql/a.sql").as_deref(), Some("SELECT 1"));
        assert_eq!(modules.sql("b.sql").or(modules.sql("l/a.sql")).or(modules.sql("app/db.py")), None);
        for absent in ["x", "pp.db", "app.db.a", "bad", "sqlalchemy"] {
            assert!(modules.module(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn a_function_is_made_where_its_definition_may_stand() {
        let makes = |text: &str| makes(text.as_bytes(), "last_insert_id");
        for text in [
            "CREATE OR REPLACE FUNCTION public.last_insert_id() RETURNS int",
            "op.execute('create function LAST_INSERT_ID() ...')",
            "PGFunction(schema='public', signature='last_insert_id()')",
            "connection.create_function(name, 0, lambda: 1)",
        ] {
            assert!(makes(text), "{text}");
        }
        for text in ["SELECT last_insert_id()", "CREATE FUNCTION other() RETURNS int"] {
            assert!(!makes(text), "{text}");
        }
    }

    #[test]
    fn what_makes_a_word_mean_nothing_is_asked_each_time() {
        let mut tree = SourceTree::default();
        tree.insert(TreePath::parse("app/db.py").expect("relative"), b"engine(autocommit=False)".to_vec());
        let files = PythonFiles::of(&tree);
        let modules = ProjectModules::of(&files);
        for _ in 0..2 {
            assert!(modules.never_says("autocommit", |after| after.starts_with(b"=False")));
            assert!(!modules.never_says("autocommit", |after| after.starts_with(b"=None")));
            assert!(!modules.never_names("autocommit"));
            assert!(modules.never_names("AUTOCOMMIT"));
        }
    }

    #[test]
    fn a_module_is_shared_if_more_than_migrations_name_it() {
        let mut tree = SourceTree::default();
        for (path, source) in [
            ("app/base.py", "base = 1"),
            ("app/model.py", "from .base import Base"),
            ("tables/__init__.py", "meta = 1"),
            ("tables/one.py", "from . import meta"),
            ("app/frozen.py", "from app import based, my_base"),
            ("app/migrations/env.py", "from app import frozen, model"),
            ("app/migrations/versions/a.py", "from app import base, frozen"),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        let files = PythonFiles::of(&tree);
        let modules = ProjectModules::of(&files);
        let shared: Vec<_> =
            ["app.base", "tables", "app.model", "app.frozen"].map(|name| modules.is_shared(name)).into();
        assert_eq!(shared, [true, true, false, false]);
    }
}
