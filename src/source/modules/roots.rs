//! The folders that modules are counted from, and the names that modules have there.

use std::collections::BTreeSet;

use super::{PACKAGE, is_package};
use crate::ingest::{SourceTree, TreePath, in_folder};

/// The folders that Python may be started in: the top, those that hold a project's own files, and their `src`.
#[derive(Debug)]
pub(crate) struct ImportRoots(BTreeSet<String>);

/// The files that mark the folder of a project.
const MARKS: [&str; 7] =
    ["alembic.ini", "pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "Pipfile", "manage.py"];

impl ImportRoots {
    /// Those of a tree.
    pub(crate) fn of(tree: &SourceTree) -> Self {
        let mut roots = BTreeSet::from([String::new(), "src".to_owned()]);
        for (path, _) in tree.iter() {
            let folder = path.folder();
            // A package is imported by its name, whatever it holds; so is a folder of migrations no place to start in.
            if MARKS.contains(&path.file_name())
                && !holds(tree, folder, PACKAGE)
                && !holds(tree, folder, "env.py")
            {
                roots.insert(folder.to_owned());
                roots.insert(in_folder(folder, "src"));
            }
        }
        roots.retain(|root| root.is_empty() || !holds(tree, root, PACKAGE));
        Self(roots)
    }

    /// The nearest root above a file, and the dotted name from there.
    pub(crate) fn name_of(&self, path: &TreePath) -> (String, String) {
        let mut root = path.folder();
        while !self.0.contains(root) {
            root = root.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        let inner = if is_package(path) { path.folder() } else { path.as_str() };
        let inner = inner.get(root.len()..).unwrap_or_default().trim_start_matches('/');
        (root.to_owned(), inner.strip_suffix(".py").unwrap_or(inner).replace('/', "."))
    }

    /// Whether the project has a module or a package that is imported by this first name.
    pub(crate) fn have(&self, tree: &SourceTree, top: &str) -> bool {
        let is_there = |root: &String| {
            tree.has_folder(&in_folder(root, top))
                || tree.get_str(&in_folder(root, &format!("{top}.py"))).is_some()
        };
        !top.is_empty() && self.0.iter().any(is_there)
    }
}

fn holds(tree: &SourceTree, folder: &str, name: &str) -> bool {
    !folder.is_empty() && tree.get_str(&format!("{folder}/{name}")).is_some()
}

/// The module that a relative import names, counted from the package it stands in.
pub(crate) fn absolute(module: &str, package: &str) -> Option<String> {
    let dots = module.len() - module.trim_start_matches('.').len();
    if dots == 0 {
        return Some(module.to_owned());
    }
    let mut names: Vec<&str> = package.split('.').filter(|name| !name.is_empty()).collect();
    names.truncate((names.len() + 1).checked_sub(dots)?);
    names.extend(module[dots..].split('.').filter(|name| !name.is_empty()));
    Some(names.join("."))
}
