//! The tree of files that everything else reads.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::TreePath;

/// Paths and bytes, in order of path. Cloning is cheap: the bytes are shared.
///
/// Beside the files that were read it knows what else stands there: a migration that was not read is no absent one, and
/// a link leads to another file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTree {
    entries: BTreeMap<TreePath, Entry>,
    is_partial: bool,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// A file that was read.
    File(Arc<[u8]>),
    /// A file that an audit would have read.
    Unread(String),
    /// A file that no audit reads, such as `README`.
    Other,
    /// A symbolic link, and the path that it holds.
    Link(String),
    /// A folder that may hold no file.
    Folder,
    /// A folder that is never read, such as `node_modules`.
    IgnoredFolder,
}

/// What a path is once every link on the way is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// A file, under its own path.
    File(TreePath),
    /// A folder, under its own path; empty for the top.
    Folder(String),
    /// Nothing stands there: the path that the last link leads to.
    Missing(String),
    /// A link leads out of the tree, to this path.
    Outside(String),
    /// Links lead to each other without end.
    Loop,
}

impl SourceTree {
    /// Adds or replaces a file.
    pub fn insert(&mut self, path: TreePath, bytes: impl Into<Arc<[u8]>>) {
        self.entries.insert(path, Entry::File(bytes.into()));
    }

    /// Takes a file away.
    pub fn remove(&mut self, path: &TreePath) {
        self.entries.remove(path);
    }

    /// Notes a file that is there and was not read, so that nobody takes it for absent.
    pub fn insert_unread(&mut self, path: TreePath, why: impl Into<String>) {
        self.note(path, Entry::Unread(why.into()));
    }

    /// Notes a file that no audit reads.
    pub fn insert_other(&mut self, path: TreePath) {
        self.note(path, Entry::Other);
    }

    /// Notes a symbolic link and the path that it holds, as it is written.
    pub fn insert_link(&mut self, path: TreePath, target: String) {
        self.note(path, Entry::Link(target));
    }

    /// Notes a folder, which need not hold a file.
    pub fn insert_folder(&mut self, path: TreePath) {
        self.note(path, Entry::Folder);
    }

    /// Notes a folder that is there and never read.
    pub fn insert_ignored_folder(&mut self, path: TreePath) {
        self.note(path, Entry::IgnoredFolder);
    }

    /// Notes that more may belong to the tree than was given, so that what is not here may be there all the same.
    pub fn set_partial(&mut self) {
        self.is_partial = true;
    }

    /// Whether more may belong to the tree than was given.
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    fn note(&mut self, path: TreePath, entry: Entry) {
        self.entries.entry(path).or_insert(entry);
    }

    /// The files that are there and were not read, in order of path.
    pub fn unread(&self) -> impl Iterator<Item = &TreePath> {
        self.of_kind(|entry| matches!(entry, Entry::Unread(_)))
    }

    /// Those that stand in a folder itself.
    pub fn unread_in<'t>(&'t self, folder: &str) -> Vec<&'t TreePath> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let under = self.entries.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        under
            .take_while(|(path, _)| path.is_under(folder))
            .filter(|(path, entry)| path.folder() == folder && matches!(entry, Entry::Unread(_)))
            .map(|(path, _)| path)
            .collect()
    }

    /// Why a file was not read that is there, as a sentence without a final dot.
    pub fn why_unread(&self, path: &TreePath) -> Option<&str> {
        match self.entries.get(path)? {
            Entry::Unread(why) => Some(why),
            _ => None,
        }
    }

    /// The folders that are never read, in order of path.
    pub fn ignored_folders(&self) -> impl Iterator<Item = &TreePath> {
        self.of_kind(|entry| *entry == Entry::IgnoredFolder)
    }

    /// The links, in order of path.
    pub fn links(&self) -> impl Iterator<Item = &TreePath> {
        self.of_kind(|entry| matches!(entry, Entry::Link(_)))
    }

    fn of_kind(&self, is: impl Fn(&Entry) -> bool) -> impl Iterator<Item = &TreePath> {
        self.entries.iter().filter(move |(_, entry)| is(entry)).map(|(path, _)| path)
    }

    /// The bytes of a file.
    pub fn get(&self, path: &TreePath) -> Option<&[u8]> {
        match self.entries.get(path)? {
            Entry::File(bytes) => Some(bytes.as_ref()),
            _ => None,
        }
    }

    /// The path of a file, by its text.
    pub fn path_of(&self, path: &str) -> Option<&TreePath> {
        let (path, entry) = self.entries.get_key_value(&TreePath::parse(path).ok()?)?;
        matches!(entry, Entry::File(_)).then_some(path)
    }

    /// The bytes of a file, by the text of its path.
    pub fn get_str(&self, path: &str) -> Option<&[u8]> {
        self.get(&TreePath::parse(path).ok()?)
    }

    /// Whether the file was read.
    pub fn contains(&self, path: &TreePath) -> bool {
        self.get(path).is_some()
    }

    /// Whether any file that was read stands in `folder`, at any depth.
    pub fn has_folder(&self, folder: &str) -> bool {
        self.under(folder).next().is_some()
    }

    /// Every file that was read, in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &[u8])> {
        self.under("")
    }

    /// The files in `folder` that were read, at any depth, in order of path.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a TreePath, &'a [u8])> {
        self.entries_under(folder).filter_map(|(path, entry)| match entry {
            Entry::File(bytes) => Some((path, bytes.as_ref())),
            _ => None,
        })
    }

    /// Every file and link in `folder`, at any depth, read or not, in order of path.
    pub fn listing<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a TreePath> {
        self.entries_under(folder)
            .filter(|(_, entry)| !matches!(entry, Entry::Folder | Entry::IgnoredFolder))
            .map(|(path, _)| path)
    }

    fn entries_under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a TreePath, &'a Entry)> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.entries
            .range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded))
            .take_while(move |(path, _)| path.is_under(folder))
    }

    /// What stands at a path, which may hold `.` and `..`, with every link on the way followed.
    pub fn resolve(&self, path: &str) -> Resolved {
        /// As many links as Linux follows.
        const LINKS: usize = 40;
        let mut n_left = LINKS;
        let mut open: Vec<&str> = path.split('/').rev().collect();
        let mut at: Vec<&str> = Vec::new();
        while let Some(name) = open.pop() {
            match name {
                "" | "." => continue,
                ".." => {
                    let here = at.join("/");
                    if !here.is_empty() && !TreePath::parse(&here).is_ok_and(|here| self.is_folder(&here)) {
                        return Resolved::Missing(here);
                    }
                    if at.pop().is_none() {
                        return Resolved::Outside(path.to_owned());
                    }
                    continue;
                }
                _ => at.push(name),
            }
            let Some(Entry::Link(target)) = self.entries.get(at.join("/").as_str()) else { continue };
            let Some(left) = n_left.checked_sub(1) else { return Resolved::Loop };
            n_left = left;
            if target.starts_with('/') {
                return Resolved::Outside(target.clone());
            }
            at.pop();
            open.extend(target.split('/').rev());
        }
        let path = at.join("/");
        match TreePath::parse(&path) {
            Err(_) => Resolved::Folder(String::new()),
            Ok(file) if self.is_file(&file) => Resolved::File(file),
            Ok(folder) if self.is_folder(&folder) => Resolved::Folder(path),
            Ok(_) => Resolved::Missing(path),
        }
    }

    fn is_file(&self, path: &TreePath) -> bool {
        matches!(self.entries.get(path), Some(Entry::File(_) | Entry::Unread(_) | Entry::Other))
    }

    fn is_folder(&self, path: &TreePath) -> bool {
        matches!(self.entries.get(path), Some(Entry::Folder | Entry::IgnoredFolder))
            || self.entries_under(path.as_str()).next().is_some()
    }

    /// Everything that is known of the tree with each path led through `rename`; what it names nothing is left out.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(&TreePath) -> Option<TreePath>) -> Self {
        let renamed = self.entries.into_iter().filter_map(|(path, entry)| Some((rename(&path)?, entry)));
        Self { entries: renamed.collect(), is_partial: self.is_partial }
    }

    /// The number of files that were read.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no file was read.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
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
        !matches!(
            self,
            Self::IgnoredFolder(_)
                | Self::BadPath(_)
                | Self::SamePathTwice
                | Self::NestedArchive
                | Self::Link
        )
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
    /// A symbolic link that leads to nothing in the tree.
    #[error("not read: this symbolic link leads to nothing in what was given")]
    Link,
    /// Reading failed.
    #[error("could not be read: {0}")]
    Unreadable(String),
}
