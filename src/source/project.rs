//! The project's own modules, by the names under which its migrations import them.
//!
//! Where Python looks is not known, but one file alone in all that was given can be meant by `a.b.c`: the one whose path
//! ends with it. Where several can, none is taken.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::faults::syntax_faults;
use super::program::Program;
use super::python::Module;
use super::sharing::Names;
use crate::ingest::{SourceTree, TreePath};
use crate::text::contains;

/// The modules of a tree, each read once, when somebody asks for it.
#[derive(Debug)]
pub struct ProjectModules<'t> {
    tree: Option<&'t SourceTree>,
    /// The Python files, by their last name: `c` for `a/b/c.py` and for `a/b/c/__init__.py`.
    by_name: BTreeMap<&'t str, Vec<&'t TreePath>>,
    sql_files: Vec<&'t TreePath>,
    /// Every name of a folder or a file, without its ending.
    names: BTreeSet<&'t str>,
    /// Whether there is more than the migrations.
    is_whole: bool,
    read: RefCell<HashMap<String, Option<ProjectModule>>>,
    /// Which modules others may add to, as far as somebody has asked.
    shared: RefCell<HashMap<String, bool>>,
}

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
            tree: None,
            by_name: BTreeMap::new(),
            sql_files: Vec::new(),
            names: BTreeSet::new(),
            is_whole: false,
            read: RefCell::default(),
            shared: RefCell::default(),
        }
    }

    /// Those of a tree.
    pub fn of(tree: &'t SourceTree) -> Self {
        let mut by_name: BTreeMap<&str, Vec<&TreePath>> = BTreeMap::new();
        let mut names = BTreeSet::new();
        let mut is_whole = false;
        let mut sql_files = Vec::new();
        for (path, _) in tree.iter() {
            if path.as_str().to_ascii_lowercase().ends_with(".sql") {
                sql_files.push(path);
            }
            let Some(stem) = path.as_str().strip_suffix(".py") else { continue };
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            let name = stem.rsplit('/').next().unwrap_or(stem);
            by_name.entry(name).or_default().push(path);
            names.extend(stem.split('/'));
            is_whole |= name != "env" && path.folder().rsplit('/').next() != Some("versions");
        }
        Self {
            tree: Some(tree),
            by_name,
            sql_files,
            names,
            is_whole,
            read: RefCell::default(),
            shared: RefCell::default(),
        }
    }

    /// The text of the one SQL file whose path ends with `tail`.
    pub fn sql(&self, tail: &str) -> Option<String> {
        let tail = tail.trim_start_matches(['/', '.']);
        if !tail.to_ascii_lowercase().ends_with(".sql") {
            return None;
        }
        let tree = self.tree?;
        let ends = |path: &TreePath| {
            let path = path.as_str();
            path == tail || path.strip_suffix(tail).is_some_and(|rest| rest.ends_with('/'))
        };
        let mut meant = self.sql_files.iter().filter(|path| ends(path));
        let path = meant.next()?;
        if meant.next().is_some() {
            return None;
        }
        std::str::from_utf8(tree.get(path)?).ok().map(ToOwned::to_owned)
    }

    /// Whether a package is certainly none of the project's own: the project is here, and nothing in it has that name.
    pub fn is_elsewhere(&self, root: &str) -> bool {
        self.is_whole && !self.names.contains(root)
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

    /// Whether other files of the project may add tables to what a module holds. Migrations and `env.py` do not: what they
    /// tell of comes after.
    pub fn is_shared(&self, dotted: &str) -> bool {
        if let Some(known) = self.shared.borrow().get(dotted) {
            return *known;
        }
        let is_shared = self.path_of(dotted).is_none_or(|own| self.is_added_to(dotted, own));
        self.shared.borrow_mut().insert(dotted.to_owned(), is_shared);
        is_shared
    }

    fn is_added_to(&self, dotted: &str, own: &TreePath) -> bool {
        let source = |path: &TreePath| self.tree.and_then(|tree| tree.get(path)).unwrap_or_default();
        // What stands in a package may name it by dots alone.
        let package = (own.file_name() == "__init__.py").then(|| format!("{}/", own.folder()));
        let names = Names::of(dotted, source(own));
        let adds = |path: &TreePath| {
            let is_within = package.as_deref().is_some_and(|package| path.as_str().starts_with(package));
            let user = source(path);
            is_within || !contains(user, "down_revision") && names.may_be_added_to_by(user)
        };
        let mut others =
            self.by_name.values().flatten().filter(|path| **path != own && path.file_name() != "env.py");
        others.any(|path| adds(path))
    }

    /// The file of a dotted name, if one alone can be meant.
    fn path_of(&self, dotted: &str) -> Option<&'t TreePath> {
        let name = dotted.rsplit('.').next()?;
        let candidates = self.by_name.get(name)?;
        let file = format!("{}.py", dotted.replace('.', "/"));
        let package = format!("{}/__init__.py", dotted.replace('.', "/"));
        let ends = |path: &TreePath, end: &str| {
            let path = path.as_str();
            path == end || path.strip_suffix(end).is_some_and(|rest| rest.ends_with('/'))
        };
        let mut meant = candidates.iter().filter(|path| ends(path, &file) || ends(path, &package));
        let path = meant.next()?;
        if meant.next().is_some() { None } else { Some(*path) }
    }

    fn find(&self, dotted: &str) -> Option<ProjectModule> {
        let path = self.path_of(dotted)?;
        let module = Module::parse(self.tree?.get(path)?);
        if !syntax_faults(&module).is_empty() {
            return None;
        }
        let program = Arc::new(Program::of(&module));
        Some(ProjectModule { program, is_package: path.file_name() == "__init__.py" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_the_one_file_that_its_name_can_mean() {
        let mut tree = SourceTree::default();
        for path in ["src/app/db.py", "src/app/__init__.py", "one/x.py", "two/x.py", "bad.py"] {
            let source: &[u8] = if path == "bad.py" { b"(" } else { b"a = 1" };
            tree.insert(TreePath::parse(path).expect("relative"), source.to_vec());
        }
        let modules = ProjectModules::of(&tree);
        assert!(modules.module("app.db").is_some_and(|module| !module.is_package));
        assert!(modules.module("app").is_some_and(|module| module.is_package));
        assert!(modules.module("one.x").is_some());
        tree.insert(TreePath::parse("src/app/sql/a.sql").expect("relative"), b"SELECT 1".to_vec());
        let modules = ProjectModules::of(&tree);
        assert_eq!(modules.sql("../sql/a.sql").as_deref(), Some("SELECT 1"));
        assert_eq!(modules.sql("b.sql").or(modules.sql("l/a.sql")).or(modules.sql("app/db.py")), None);
        for absent in ["x", "pp.db", "app.db.a", "bad", "sqlalchemy"] {
            assert!(modules.module(absent).is_none(), "{absent}");
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
        let modules = ProjectModules::of(&tree);
        let shared: Vec<_> =
            ["app.base", "tables", "app.model", "app.frozen"].map(|name| modules.is_shared(name)).into();
        assert_eq!(shared, [true, true, false, false]);
    }
}
