//! The files of version locations, in the order in which Alembic loads them.

use std::collections::BTreeSet;

use crate::ingest::{Resolved, SourceTree, TreePath};

/// Something that happens while Alembic goes through the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    /// How many of `scripts` come before it.
    pub after: usize,
    /// What it is.
    pub load: Load,
}

/// What Alembic meets in place of a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// A file that was loaded already, which it warns of.
    Twice(TreePath),
    /// A link that leads to this path, where nothing is: it stops.
    Missing(String),
    /// A link that leads nowhere but to itself: it stops.
    Loop(TreePath),
}

/// What Alembic would load from some folders.
#[derive(Default)]
pub(super) struct Files {
    /// Each once, in Alembic's order.
    pub(super) scripts: Vec<TreePath>,
    pub(super) interruptions: Vec<Interruption>,
    /// Links out of the tree, and where they lead.
    pub(super) outside: Vec<(TreePath, String)>,
}

/// The files that Alembic would load from these folders. It follows links, takes each file once, and looks at the name
/// only then. Source: `_load_revisions` and `_list_py_dir` of Alembic's `script/base.py`.
pub(super) fn load_order(tree: &SourceTree, version_locations: &[String], recursive: bool) -> Files {
    let mut seen = BTreeSet::new();
    let mut found = Files::default();
    for location in version_locations {
        let mut files: Vec<&TreePath> =
            tree.listing(location).filter(|path| is_listed(path, location, recursive)).collect();
        // A folder's own files come before its folders; names are compared one by one, by code point.
        files.sort_by(|a, b| walk_key(a, location).cmp(walk_key(b, location)));
        for path in files {
            let interrupt = |load| Interruption { after: found.scripts.len(), load };
            let real = match tree.resolve(path.as_str()) {
                Resolved::File(path) => path,
                Resolved::Folder(_) => continue,
                Resolved::Outside(target) => {
                    if is_script_name(target.rsplit('/').next().unwrap_or_default()) {
                        found.outside.push((path.clone(), target));
                    }
                    continue;
                }
                Resolved::Loop => {
                    found.interruptions.push(interrupt(Load::Loop(path.clone())));
                    continue;
                }
                Resolved::Missing(target) => {
                    if is_script_name(target.rsplit('/').next().unwrap_or_default()) {
                        found.interruptions.push(interrupt(Load::Missing(target)));
                    }
                    continue;
                }
            };
            if !seen.insert(real.clone()) {
                found.interruptions.push(interrupt(Load::Twice(real)));
            } else if is_script_name(real.file_name()) && tree.contains(&real) {
                found.scripts.push(real);
            }
        }
    }
    found
}

/// Whether something in a version location is listed: a file, or a link, of any name.
fn is_listed(path: &TreePath, location: &str, recursive: bool) -> bool {
    (path.folder() == location || recursive && path.is_under(location))
        && !path.folder().ends_with("__pycache__")
}

/// Whether a version location holds compiled files.
pub(super) fn has_compiled(tree: &SourceTree, location: &str) -> bool {
    let is_compiled = |path: &TreePath| matches!(path.file_name().rsplit_once('.'), Some((_, "pyc" | "pyo")));
    tree.listing(location).any(is_compiled)
        || tree
            .ignored_folders()
            .any(|folder| folder.is_under(location) && folder.as_str().ends_with("__pycache__"))
}

/// Whether Alembic would load a file from a version location.
pub(super) fn is_script_of(path: &TreePath, location: &str, recursive: bool) -> bool {
    is_listed(path, location, recursive) && is_script_name(path.file_name())
}

/// The names of a path below `location`, each with whether it is a folder.
fn walk_key<'p>(path: &'p TreePath, location: &str) -> impl Iterator<Item = (bool, &'p str)> {
    let inner = path.as_str()[location.len()..].trim_start_matches('/');
    let depth = inner.matches('/').count();
    inner.split('/').enumerate().map(move |(at, name)| (at < depth, name))
}

/// Alembic's pattern for names: `(?!\.\#|__init__)(.*\.py)$`, which a line break may follow.
pub(super) fn is_script_name(name: &str) -> bool {
    let name = name.strip_suffix('\n').unwrap_or(name);
    matches!(name.rsplit_once('.'), Some((_, "py")))
        && !name.contains('\n')
        && !name.starts_with(".#")
        && !name.starts_with("__init__")
}
