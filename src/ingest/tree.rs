//! The tree of files that everything else reads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use super::TreePath;

/// Paths and bytes, in order of path. Cloning is cheap: the bytes are shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTree {
    files: BTreeMap<TreePath, Arc<[u8]>>,
    unread: BTreeSet<TreePath>,
}

impl SourceTree {
    /// Adds or replaces a file.
    pub fn insert(&mut self, path: TreePath, bytes: impl Into<Arc<[u8]>>) {
        self.unread.remove(&path);
        self.files.insert(path, bytes.into());
    }

    /// Takes a file away.
    pub fn remove(&mut self, path: &TreePath) {
        self.files.remove(path);
    }

    /// Notes a file that is there and was not read, so that nobody takes it for absent.
    pub fn insert_unread(&mut self, path: TreePath) {
        if !self.contains(&path) {
            self.unread.insert(path);
        }
    }

    /// The files that are there and were not read, in order of path.
    pub fn unread(&self) -> impl Iterator<Item = &TreePath> {
        self.unread.iter()
    }

    /// The bytes of a file.
    pub fn get(&self, path: &TreePath) -> Option<&[u8]> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// The bytes of a file, by the text of its path.
    pub fn get_str(&self, path: &str) -> Option<&[u8]> {
        self.get(&TreePath::parse(path).ok()?)
    }

    /// Whether the file is there.
    pub fn contains(&self, path: &TreePath) -> bool {
        self.files.contains_key(path)
    }

    /// Whether any file stands in `folder`, at any depth.
    pub fn has_folder(&self, folder: &str) -> bool {
        self.under(folder).next().is_some()
    }

    /// Every file, in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path, bytes.as_ref()))
    }

    /// The files in `folder`, at any depth, in order of path.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a TreePath, &'a [u8])> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.files
            .range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded))
            .take_while(move |(path, _)| path.is_under(folder))
            .map(|(path, bytes)| (path, bytes.as_ref()))
    }

    /// Every file with its shared bytes, in order of path.
    pub fn into_files(self) -> impl Iterator<Item = (TreePath, Arc<[u8]>)> {
        self.files.into_iter()
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// What was read, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    /// The files that were read.
    pub tree: SourceTree,
    /// What was left out, and why; sorted by path.
    pub skipped: Vec<Skipped>,
    /// The files whose bytes were not kept but which belong to the tree: a download of the whole tree takes them from
    /// what was dropped. Sorted.
    pub carried: Vec<TreePath>,
    /// The single top folder of a zip, when it is no part of the paths.
    pub wrapper: Option<String>,
}

/// A path that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path as it was given, which need not be one a tree could hold.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
}

impl SkipReason {
    /// Whether a file stands at the path that an audit would have read.
    pub(super) fn leaves_unread(&self) -> bool {
        !matches!(self, Self::IgnoredFolder(_) | Self::BadPath(_) | Self::SamePathTwice | Self::NestedArchive)
    }
}

/// Why a path was left out; its `Display` is a plain sentence that names the limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum SkipReason {
    /// A folder that holds no migrations of the project's own, such as `node_modules`.
    #[error("this folder is never read: {0}")]
    IgnoredFolder(&'static str),
    /// The file is larger than [`super::Limits::file_bytes`].
    #[error("{bytes} bytes: larger than the limit of {limit} bytes a file")]
    FileTooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Reading on would pass [`super::Limits::total_bytes`].
    #[error("not read: together the files pass the limit of {limit} bytes")]
    TotalTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Reading on would pass [`super::Limits::files`].
    #[error("not read: there are more than {limit} files")]
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
    /// The path cannot stand in a tree.
    #[error("not read: {0}")]
    BadPath(super::PathError),
    /// Two entries have the same path; one is kept.
    #[error("not read: the same path occurs twice, only one of them is read")]
    SamePathTwice,
    /// The entry is encrypted.
    #[error("not read: the entry is encrypted")]
    Encrypted,
    /// The entry unpacks to far more bytes than it has.
    #[error("not read: it unpacks to more than {ratio} times its size")]
    TooCompressed {
        /// The largest ratio allowed.
        ratio: u64,
    },
    /// A zip inside a zip.
    #[error("not read: archives inside archives are not opened")]
    NestedArchive,
    /// A symbolic link.
    #[error("not read: symbolic links are not followed")]
    Link,
    /// Reading failed.
    #[error("could not be read: {0}")]
    Unreadable(String),
}
