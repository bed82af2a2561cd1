//! Which file a module's name means here, and how certain that is: the one place that knows.
//!
//! A migration is loaded as a module of its own, and its folder is not searched. Alembic puts the folders of
//! `prepend_sys_path` before all others, so a module there wins over everything that is installed, but not over what
//! Python or Alembic has imported already: that is *certain*. Where else Python looks is not known, but one file alone
//! in all that was given can be meant by `a.b.c`, the one whose path ends with it: that is *likely*. Where several can,
//! none is taken.

pub(crate) mod libraries;
mod project;
mod roots;

use std::collections::{BTreeMap, BTreeSet};

pub use self::project::{ProjectModule, ProjectModules};
pub(crate) use self::roots::{ImportRoots, absolute};
use crate::ingest::{Resolved, SourceTree, TreePath, in_folder};

const PACKAGE: &str = "__init__.py";

/// The file that a name certainly means, where Python looks into `folders` first, in their order: nothing where another
/// module may be meant.
pub(super) fn certain<'t>(tree: &'t SourceTree, name: &str, folders: &[String]) -> Option<&'t TreePath> {
    if libraries::is_loaded_before(name) || name.starts_with('_') || name.contains('.') {
        return None;
    }
    let file = |folder: &String| in_folder(folder, &format!("{name}.py"));
    let found = folders.iter().enumerate().find_map(|(at, folder)| Some((at, tree.path_of(&file(folder))?)));
    let (at, found) = found?;
    // A package, or a compiled module, comes before the file of the same name; what was not read may be either.
    let is_hidden = folders[..=at].iter().any(|folder| {
        let (package, start) =
            (in_folder(folder, &format!("{name}/")), in_folder(folder, &format!("{name}.")));
        let own = file(folder);
        let hides = |path: &TreePath| {
            path.as_str().starts_with(&package) || path.as_str().starts_with(&start) && path.as_str() != own
        };
        tree.iter().any(|(path, _)| hides(path))
            || tree.unread().any(|path| hides(path) || path.as_str() == own)
    });
    (!is_hidden).then_some(found)
}

/// What an import means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant<'t> {
    /// A file of the tree.
    File(&'t TreePath),
    /// Nothing of the project's own.
    Elsewhere,
    /// One of several files, or one that is not here.
    NotKnown,
}

/// The modules of a tree, by their names.
#[derive(Debug)]
pub(super) struct Modules {
    /// The Python files, by their last name: `c` for `a/b/c.py` and for `a/b/c/__init__.py`.
    by_name: BTreeMap<String, Vec<TreePath>>,
    /// Every name of a folder or a file, without its ending.
    names: BTreeSet<String>,
    /// Whether there is more than the migrations.
    is_whole: bool,
}

impl Modules {
    /// Those of a tree.
    pub(super) fn of(tree: &SourceTree) -> Self {
        let mut modules = Self { by_name: BTreeMap::new(), names: BTreeSet::new(), is_whole: false };
        for (path, _) in tree.iter() {
            let Some(stem) = path.as_str().strip_suffix(".py") else { continue };
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            let name = stem.rsplit('/').next().unwrap_or(stem);
            modules.by_name.entry(name.to_owned()).or_default().push(path.clone());
            modules.names.extend(stem.split('/').map(ToOwned::to_owned));
            modules.is_whole |= name != "env" && path.folder().rsplit('/').next() != Some("versions");
        }
        modules
    }

    /// The file that a dotted name likely means: the only one whose path ends with it.
    pub(super) fn likely(&self, dotted: &str) -> Option<&TreePath> {
        match self.ending_with(dotted).as_slice() {
            [(_, path)] => Some(path),
            _ => None,
        }
    }

    /// The file that a dotted name means where `user` imports it: in the first of the folders that Python surely looks
    /// into, else the only one, else the only one that is counted from a folder around the user.
    pub(super) fn meant(&self, dotted: &str, user: &TreePath, first: &[String]) -> Meant<'_> {
        if libraries::is_loaded_before(dotted) {
            return Meant::Elsewhere;
        }
        let all = self.ending_with(dotted);
        let at = |folder: &String| all.iter().find(|(root, _)| root == folder);
        if let Some((_, path)) = first.iter().find_map(at) {
            return Meant::File(path);
        }
        let around: Vec<_> = all.iter().filter(|(root, _)| root.is_empty() || user.is_under(root)).collect();
        match (all.as_slice(), around.as_slice()) {
            ([(_, path)], _) | (_, [(_, path)]) => Meant::File(path),
            ([], _) if self.is_elsewhere(libraries::top(dotted)) => Meant::Elsewhere,
            _ => Meant::NotKnown,
        }
    }

    /// The same of a name that may begin with the dots of a relative import.
    pub(super) fn imported<'t>(
        &'t self,
        tree: &'t SourceTree,
        module: &str,
        user: &TreePath,
        first: &[String],
    ) -> Meant<'t> {
        let rest = module.trim_start_matches('.');
        let n_dots = module.len() - rest.len();
        if n_dots == 0 {
            return self.meant(module, user, first);
        }
        let mut folder = user.folder();
        for _ in 1..n_dots {
            folder = parent(folder);
        }
        let stem = in_folder(folder, &below(rest));
        let stem = stem.trim_end_matches('/');
        let file = |path: String| tree.path_of(&path);
        let found = file(in_folder(stem, PACKAGE)).or_else(|| file(format!("{stem}.py")));
        match found {
            Some(path) => Meant::File(path),
            // A folder without the file of a package is one all the same.
            None if tree.has_folder(stem) => Meant::Elsewhere,
            None => Meant::NotKnown,
        }
    }

    /// The files whose path ends with a dotted name, each with the folder that the name is counted from.
    fn ending_with(&self, dotted: &str) -> Vec<(&str, &TreePath)> {
        let name = dotted.rsplit('.').next().unwrap_or(dotted);
        let stem = below(dotted);
        let ends = [format!("{stem}.py"), format!("{stem}/{PACKAGE}")];
        let root = |path: &'_ TreePath| {
            let head = ends.iter().find_map(|end| path.as_str().strip_suffix(end.as_str()))?.len();
            let head = &path.as_str()[..head];
            (head.is_empty() || head.ends_with('/')).then(|| head.trim_end_matches('/').len())
        };
        let candidates = self.by_name.get(name).into_iter().flatten();
        candidates.filter_map(|path| Some((&path.as_str()[..root(path)?], path))).collect()
    }

    /// Whether there is more than the migrations.
    fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether a package is certainly none of the project's own: the project is here, and nothing in it has that name.
    pub(super) fn is_elsewhere(&self, top: &str) -> bool {
        self.is_whole && !self.names.contains(top)
    }

    /// The Python files, in no order that means something.
    fn files(&self) -> impl Iterator<Item = &TreePath> {
        self.by_name.values().flatten()
    }
}

/// Whether a module is a package, so that `.x` is looked for in it and not beside it.
pub(crate) fn is_package(path: &TreePath) -> bool {
    path.file_name() == PACKAGE
}

/// The files of the packages that Python runs before a module that is imported by a dotted name.
pub(crate) fn packages_above<'t>(tree: &'t SourceTree, path: &TreePath, dotted: &str) -> Vec<&'t TreePath> {
    let mut folder = if is_package(path) { parent(path.folder()) } else { path.folder() };
    let mut found = Vec::new();
    for _ in 0..dotted.trim_start_matches('.').matches('.').count() {
        found.extend(tree.path_of(&in_folder(folder, PACKAGE)));
        folder = parent(folder);
    }
    found.reverse();
    found
}

fn parent(folder: &str) -> &str {
    folder.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Where a module stands below the folder that its name is counted from, without an ending: `a/b` for `a.b`.
pub(crate) fn below(dotted: &str) -> String {
    dotted.replace('.', "/")
}

/// The name of a package that stands in a folder: `a.b` for `a/b`.
pub(crate) fn dotted(folder: &str) -> String {
    folder.replace('/', ".")
}

/// The folder of a package, where Python looks for it in `folder`.
pub(crate) fn package_in(tree: &SourceTree, folder: &str, dotted: &str) -> Option<String> {
    match tree.resolve(&in_folder(folder, &below(dotted))) {
        Resolved::Folder(folder) => Some(folder),
        _ => None,
    }
}
