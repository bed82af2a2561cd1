//! What importing a project's modules comes to: what certainly fails on the way, and what does more than import.
//!
//! Modules are loaded as Python loads them, one within the other, each once: a name can be taken from one that is still being
//! loaded only if it is bound by then. Nothing is called.

use std::collections::{BTreeMap, BTreeSet};

use super::PythonFiles;
use super::imports::imports_of;
use super::modules::{Meant, is_package, packages_above};
use super::program::{Argument, Expression, ExpressionKind, Node, Statement, StatementKind};
use super::reach::{imported, inner};
use crate::ingest::TreePath;
use crate::text::TextRange;

/// Something for which a module is not imported with certainty, or does more when it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hitch {
    /// The file.
    pub path: TreePath,
    /// What its line says: `from users import User`.
    pub text: String,
    /// What it comes to.
    pub kind: HitchKind,
}

/// What a hitch comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HitchKind {
    /// The import fails, whatever is installed and set.
    Fails,
    /// Tables are made, or read from a database.
    Tables,
    /// It may need an application, or lead nowhere.
    Unsure,
}

/// More modules, or deeper ones, are not followed.
const MOST_MODULES: usize = 2000;
const DEEPEST: usize = 150;

/// The hitches of loading a module and all that it imports; `first` are the folders that Python surely looks into first.
pub fn hitches(files: &PythonFiles<'_>, module: &TreePath, first: &[String]) -> BTreeSet<Hitch> {
    let mut loading = Loading {
        files,
        first,
        modules: BTreeMap::new(),
        n_packages: BTreeMap::new(),
        found: BTreeSet::new(),
        depth: 0,
    };
    loading.load(module);
    loading.found
}

struct Loading<'t> {
    files: &'t PythonFiles<'t>,
    first: &'t [String],
    modules: BTreeMap<TreePath, Module>,
    /// In how many packages each module stands that was imported by its whole name.
    n_packages: BTreeMap<TreePath, usize>,
    found: BTreeSet<Hitch>,
    depth: usize,
}

/// A module that is loaded, or on the way.
#[derive(Default)]
struct Module {
    /// The names that it has by now.
    bound: BTreeSet<String>,
    /// Whether it may have any other.
    is_open: bool,
}

impl Module {
    fn has(&self, name: &str) -> bool {
        self.is_open || self.bound.contains(name) || name.starts_with("__")
    }
}

impl Loading<'_> {
    fn load(&mut self, path: &TreePath) {
        if self.modules.contains_key(path) {
            return;
        }
        let Some(parsed) = self.files.parsed(path) else { return };
        if self.modules.len() >= MOST_MODULES || self.depth >= DEEPEST {
            return self.note(path, TextRange::empty(0), HitchKind::Unsure);
        }
        self.modules.insert(path.clone(), Module::default());
        if parsed.has_error || !parsed.faults.is_empty() {
            return self.note(path, TextRange::empty(0), HitchKind::Fails);
        }
        self.depth += 1;
        for statement in &parsed.program.body {
            // What only a condition binds may be there from the start.
            if !matches!(statement.kind, StatementKind::Import(_) | StatementKind::From { .. })
                && is_compound(statement)
            {
                self.bind(path, names_bound(statement));
            }
        }
        for statement in parsed.program.outright() {
            self.statement(path, statement);
        }
        self.depth -= 1;
    }

    fn statement(&mut self, path: &TreePath, statement: &Statement) {
        for import in imports_of(statement) {
            self.import(path, import.module, import.name, import.bound, statement.range);
        }
        match &statement.kind {
            StatementKind::Import(_) | StatementKind::From { .. } => return,
            StatementKind::Raise(_) => self.note(path, statement.range, HitchKind::Fails),
            StatementKind::Expression(Expression { kind: ExpressionKind::Call { function, .. }, .. })
                if ["sys.exit", "exit", "quit", "os._exit"].iter().any(|name| function.is_dotted(name)) =>
            {
                self.note(path, statement.range, HitchKind::Fails);
            }
            StatementKind::Function(function) if &*function.name == "__getattr__" => self.open(path),
            _ => {}
        }
        if let Some((range, kind)) = acts(statement) {
            self.note(path, range, kind);
        }
        self.bind(path, names_bound(statement));
    }

    fn import(&mut self, at: &TreePath, module: &str, name: Option<&str>, bound: &str, range: TextRange) {
        let n_up = module.len() - module.trim_start_matches('.').len();
        let n_packages = self.n_packages.get(at).copied();
        if n_up > n_packages.unwrap_or_default() {
            // Of a module that is loaded by a file's name alone the packages are not known.
            let kind = if n_packages.is_some() { HitchKind::Fails } else { HitchKind::Unsure };
            self.note(at, range, kind);
            self.bind(at, [bound.to_owned()]);
            return;
        }
        let meant = imported(self.files, module, at, self.first);
        let found = match meant {
            Meant::File(file) => {
                let file = file.clone();
                self.load_with_packages(at, &file, module);
                Some(file)
            }
            Meant::Elsewhere => None,
            Meant::NotKnown => {
                let is_there = name.is_some_and(|name| name != "*" && self.submodule(at, module, name));
                if !is_there {
                    self.note(at, range, HitchKind::Unsure);
                }
                self.bind(at, [bound.to_owned()]);
                return;
            }
        };
        match (name, found) {
            (Some("*"), Some(file)) => {
                let (all, is_open) = self
                    .modules
                    .get(&file)
                    .map_or((BTreeSet::new(), true), |module| (module.bound.clone(), module.is_open));
                self.bind(at, all);
                if is_open {
                    self.open(at);
                }
            }
            (Some("*"), None) => self.open(at),
            (Some(name), Some(file)) => {
                let is_bound = self.modules.get(&file).is_none_or(|module| module.has(name));
                if !is_bound && !self.submodule(at, module, name) {
                    self.note(at, range, HitchKind::Fails);
                }
                self.bind(at, [bound.to_owned()]);
            }
            (Some(name), None) => {
                // A folder without the file of a package is one all the same.
                self.submodule(at, module, name);
                self.bind(at, [bound.to_owned()]);
            }
            (None, _) => self.bind(at, [bound.to_owned()]),
        }
    }

    /// Loads a module of a package; whether there is one.
    fn submodule(&mut self, at: &TreePath, module: &str, name: &str) -> bool {
        let dotted = inner(module, name);
        let Meant::File(path) = imported(self.files, &dotted, at, self.first) else { return false };
        let path = path.clone();
        self.load_with_packages(at, &path, &dotted);
        true
    }

    fn load_with_packages(&mut self, at: &TreePath, path: &TreePath, dotted: &str) {
        let above: Vec<TreePath> =
            packages_above(self.files.tree(), path, dotted).into_iter().cloned().collect();
        let n_parts = dotted.split('.').filter(|part| !part.is_empty()).count();
        let n_own = if is_package(path) { n_parts } else { n_parts.saturating_sub(1) };
        // How deep the folder lies that the packages are counted from: that of whoever imports it, or as its name says.
        let root = match self.n_packages.get(at) {
            Some(packages) if dotted.starts_with('.') => Some(n_folders(at).saturating_sub(*packages)),
            _ if dotted.starts_with('.') => None,
            _ => Some(n_folders(path).saturating_sub(n_own)),
        };
        if let Some(root) = root {
            for path in above.iter().chain([path]) {
                self.n_packages.entry(path.clone()).or_insert(n_folders(path).saturating_sub(root));
            }
        }
        above.iter().chain([path]).for_each(|path| self.load(path));
    }

    fn bind(&mut self, path: &TreePath, names: impl IntoIterator<Item = String>) {
        self.modules.entry(path.clone()).or_default().bound.extend(names);
    }

    fn open(&mut self, path: &TreePath) {
        self.modules.entry(path.clone()).or_default().is_open = true;
    }

    fn note(&mut self, path: &TreePath, range: TextRange, kind: HitchKind) {
        let text = crate::text::written(self.files.tree().get(path).unwrap_or_default(), range);
        self.found.insert(Hitch { path: path.clone(), text, kind });
    }
}

fn n_folders(path: &TreePath) -> usize {
    path.as_str().matches('/').count()
}

/// Whether other statements stand in it that run when it does, if they do.
fn is_compound(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::If { .. }
            | StatementKind::For(_)
            | StatementKind::While(_)
            | StatementKind::Try(_)
            | StatementKind::With { .. }
            | StatementKind::Other(_)
    )
}

/// The names that a statement binds in its module.
fn names_bound(statement: &Statement) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    Node::Statement(statement).walk(|node| {
        names.extend(node.bound().into_iter().map(ToString::to_string));
        node.function().is_none()
            && !matches!(node, Node::Statement(Statement { kind: StatementKind::Class(_), .. }))
    });
    names
}

/// Where a statement that runs on import does more than describe: it makes or reads tables, or needs an application.
fn acts(statement: &Statement) -> Option<(TextRange, HitchKind)> {
    let mut found = None;
    Node::Statement(statement).walk(|node| {
        if node.function().is_some() {
            return false;
        }
        let kind = match node {
            Node::Expression(Expression { kind: ExpressionKind::Call { function, arguments }, .. }) => {
                called(function, arguments)
            }
            Node::Expression(expression) if expression.is_dotted("current_app") => Some(HitchKind::Unsure),
            Node::Statement(Statement { kind: StatementKind::Assign { targets, .. }, .. })
                if targets.iter().any(|target| target.is_dotted("__bind_key__")) =>
            {
                Some(HitchKind::Unsure)
            }
            Node::Statement(Statement { kind: StatementKind::Class(class), .. })
                if class.bases().any(|base| base.last_name() == Some("DeferredReflection")) =>
            {
                Some(HitchKind::Tables)
            }
            _ => None,
        };
        if let Some(kind) = kind {
            found.get_or_insert((node.range(), kind));
        }
        found.is_none()
    });
    found
}

fn called(function: &Expression, arguments: &[Argument]) -> Option<HitchKind> {
    let has = |words: &[&str]| {
        arguments
            .iter()
            .any(|argument| matches!(argument, Argument::Named(word, _) if words.contains(&&**word)))
    };
    let takes_app =
        || has(&["app"]) || arguments.iter().any(|argument| !matches!(argument, Argument::Named(..)));
    match function.last_name().unwrap_or_default() {
        "create_all" | "drop_all" | "reflect" | "prepare" | "automap_base" | "upgrade" => {
            Some(HitchKind::Tables)
        }
        _ if has(&["autoload", "autoload_with"]) => Some(HitchKind::Tables),
        "SQLAlchemy" if takes_app() => Some(HitchKind::Unsure),
        "init_app" | "create_app" | "app_context" => Some(HitchKind::Unsure),
        _ if has(&["bind_key"]) => Some(HitchKind::Unsure),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;

    /// By the kind of a hitch.
    const MARKS: [&str; 3] = ["!", "*", ""];

    /// What is in the way of loading `main.py`: what fails with a `!`, what makes or reads tables with a `*`.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let mut tree = SourceTree::default();
        for (path, text) in files {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let main = TreePath::parse("main.py").expect("relative");
        let found = hitches(&PythonFiles::of(&tree), &main, &[]);
        let shown =
            found.iter().map(|hitch| format!("{}{}: {}", hitch.path, MARKS[hitch.kind as usize], hitch.text));
        shown.collect()
    }

    #[test]
    fn a_name_is_taken_only_once_it_is_bound() {
        let circle = [("a.py", "from b import B\nA = 1\n"), ("b.py", "from a import A\nB = 1\n")];
        let with = |main: &'static str, more: &[(&'static str, &'static str)]| {
            found(&[[("main.py", main)].as_slice(), more].concat())
        };
        assert_eq!(with("import a\n", &circle), ["b.py!: from a import A"]);
        let late = [("a.py", "A = 1\nfrom b import B\n"), ("b.py", "from a import A\nB = 1\n")];
        assert_eq!(with("import a\n", &late), [""; 0], "it is bound by then");
        assert_eq!(with("import b\n", &late), ["a.py!: from b import B"], "and from the other end it is not");
        let modules = [("a.py", "import b\nA = b\n"), ("b.py", "import a\n")];
        assert_eq!(with("import b\n", &modules), [""; 0], "modules need no names");
        let package =
            [("p/__init__.py", "from .m import M\n"), ("p/m.py", "from p import n\nM = 1\n"), ("p/n.py", "")];
        assert_eq!(with("import p.m\n", &package), [""; 0], "a module of a package is found");
    }

    #[test]
    fn what_is_not_there_or_only_running_tells_is_told_apart() {
        for (text, expected) in [
            ("from a import A\n", "main.py!: from a import A"),
            ("from a import *\nfrom main import B\n", "main.py!: from main import B"),
            ("from a.gone import A\n", "main.py: from a.gone import A"),
            ("from sqlalchemy import Column\n", ""),
            ("raise E\n", "main.py!: raise E"),
            ("if x:\n    raise E\n", ""),
            ("try:\n    from a import A\nexcept ImportError:\n    pass\n", ""),
            ("def f():\n    from a import A\n    Base.metadata.create_all()\n", ""),
            ("Base.metadata.create_all(engine)\n", "main.py*: Base.metadata.create_all(engine)"),
            ("db = SQLAlchemy()\n", ""),
            ("db = SQLAlchemy(app)\n", "main.py: SQLAlchemy(app)"),
            ("db = SQLAlchemy(model_class=Base)\n", ""),
            ("x = current_app.config\n", "main.py: current_app"),
            ("t = Table('t', m, autoload_with=e)\n", "main.py*: Table('t', m, autoload_with=e)"),
            ("break\n", "main.py!: "),
        ] {
            let told = found(&[("main.py", text), ("a.py", "if x:\n    C = 1\n")]);
            assert_eq!(told.join(" "), expected, "{text}");
        }
        assert_eq!(found(&[("main.py", "from a import C\n"), ("a.py", "if x:\n    C = 1\n")]), [""; 0]);
        // Beside no package a module has nothing to be relative to.
        let beside = [("main.py", "import a\n"), ("a.py", "from .b import B\n"), ("b.py", "B = 1\n")];
        assert_eq!(found(&beside), ["a.py!: from .b import B"]);
        let within = [
            ("main.py", "import p.q.a\n"),
            ("p/__init__.py", ""),
            ("p/q/__init__.py", "from . import b\n"),
            ("p/q/a.py", "from ..c import C\nfrom .b import B\n"),
            ("p/q/b.py", "from ..c import C\nB = C\n"),
            ("p/c.py", "C = 1\n"),
        ];
        assert_eq!(found(&within), [""; 0]);
        let any = ("a.py", "def __getattr__(name):\n    return 1\n");
        assert_eq!(found(&[("main.py", "from a import C\n"), any]), [""; 0]);
    }
}
