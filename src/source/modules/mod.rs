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
        let candidates = self.by_name.get(dotted.rsplit('.').next()?)?;
        let stem = below(dotted);
        let (file, package) = (format!("{stem}.py"), format!("{stem}/{PACKAGE}"));
        let ends = |path: &TreePath, end: &str| {
            let path = path.as_str();
            path == end || path.strip_suffix(end).is_some_and(|rest| rest.ends_with('/'))
        };
        let mut meant = candidates.iter().filter(|path| ends(path, &file) || ends(path, &package));
        let path = meant.next()?;
        if meant.next().is_some() { None } else { Some(path) }
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

/// Where a module stands below the folder that its name is counted from, without an ending: `a/b` for `a.b`.
pub(crate) fn below(dotted: &str) -> String {
    dotted.replace('.', "/")
}

/// The folder of a package, where Python looks for it in `folder`.
pub(crate) fn package_in(tree: &SourceTree, folder: &str, dotted: &str) -> Option<String> {
    match tree.resolve(&in_folder(folder, &below(dotted))) {
        Resolved::Folder(folder) => Some(folder),
        _ => None,
    }
}
