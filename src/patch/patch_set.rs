//! Files before and after, and a patch applied in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ingest::{SourceTree, TreePath};

/// The files that a repair changes, adds or removes, in order of path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchSet {
    /// The files; each path once.
    pub files: Vec<FilePatch>,
}

/// One changed, added or removed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePatch {
    /// The file.
    pub path: TreePath,
    /// Its bytes before; `None` when it is added.
    pub before: Option<Arc<[u8]>>,
    /// Its bytes after; `None` when it is removed.
    pub after: Option<Arc<[u8]>>,
}

/// What a patch does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileChange {
    /// It writes other bytes into it.
    Rewritten,
    /// It makes it.
    Added,
    /// It takes it away.
    Removed,
}

impl FileChange {
    /// In one word: `rewrote`, `added`, `removed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rewritten => "rewrote",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

impl FilePatch {
    /// What becomes of the file.
    pub fn change(&self) -> FileChange {
        match (&self.before, &self.after) {
            (_, None) => FileChange::Removed,
            (None, Some(_)) => FileChange::Added,
            (Some(_), Some(_)) => FileChange::Rewritten,
        }
    }
}

impl PatchSet {
    /// Sorts the files by path.
    pub fn new(mut files: Vec<FilePatch>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many files it changes so.
    pub fn count(&self, change: FileChange) -> usize {
        self.files.iter().filter(|file| file.change() == change).count()
    }

    /// This patch, and one of the files as it leaves them, in one.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let mut files: BTreeMap<TreePath, FilePatch> =
            self.files.into_iter().map(|file| (file.path.clone(), file)).collect();
        for file in next.files {
            match files.get_mut(&file.path) {
                Some(own) => own.after = file.after,
                None => {
                    files.insert(file.path.clone(), file);
                }
            }
        }
        // What was added and removed again, or changed and changed back, was never touched.
        Self { files: files.into_values().filter(|file| file.before != file.after).collect() }
    }

    /// The tree with the patch applied; what the patch does not name is shared, not copied.
    pub fn apply(&self, tree: &SourceTree) -> SourceTree {
        let mut patched = tree.clone();
        for file in &self.files {
            match &file.after {
                Some(after) => patched.insert(file.path.clone(), Arc::clone(after)),
                None => patched.remove(&file.path),
            }
        }
        patched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, before: Option<&str>, after: Option<&str>) -> FilePatch {
        let bytes = |text: &str| Arc::from(text.as_bytes());
        let path = TreePath::parse(path).expect("relative");
        FilePatch { path, before: before.map(bytes), after: after.map(bytes) }
    }

    #[test]
    fn one_patch_after_another_is_one() {
        let mut tree = SourceTree::default();
        for (path, text) in [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")] {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let first = PatchSet::new(vec![
            file("a", Some("1"), Some("2")),
            file("b", Some("1"), None),
            file("e", None, Some("1")),
            file("d", Some("1"), Some("2")),
        ]);
        let second = PatchSet::new(vec![
            file("a", Some("2"), Some("3")),
            file("c", Some("1"), None),
            file("e", Some("1"), None),
            file("d", Some("2"), Some("1")),
        ]);
        let patched = second.apply(&first.apply(&tree));
        let both = first.then(second);
        assert_eq!(both.apply(&tree), patched);
        let told: Vec<_> = both.files.iter().map(|file| (file.path.as_str(), file.change().word())).collect();
        assert_eq!(told, [("a", "rewrote"), ("b", "removed"), ("c", "removed")]);
        assert_eq!((both.count(FileChange::Removed), both.count(FileChange::Added)), (2, 0));
    }
}
