//! Files before and after, and a patch applied in memory.

use std::sync::Arc;

use crate::ingest::{SourceTree, TreePath};

/// The files that a repair changes or adds, in order of path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchSet {
    /// The files; each path once.
    pub files: Vec<FilePatch>,
}

/// One changed or added file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePatch {
    /// The file.
    pub path: TreePath,
    /// Its bytes before; `None` when it is added.
    pub before: Option<Arc<[u8]>>,
    /// Its bytes after.
    pub after: Arc<[u8]>,
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

    /// The tree with the patch applied; what the patch does not name is shared, not copied.
    pub fn apply(&self, tree: &SourceTree) -> SourceTree {
        let mut patched = tree.clone();
        for file in &self.files {
            patched.insert(file.path.clone(), Arc::clone(&file.after));
        }
        patched
    }
}
