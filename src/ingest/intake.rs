//! Files come in one by one, in any order; the same tree comes out.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::select::{VIRTUAL_ENVIRONMENT, rank};
use super::{Choice, Ingested, Limits, SkipReason, Skipped, SourceTree, TreePath, choose, ignored_folder};

/// Collects files within [`Limits`], and notes what is left out.
///
/// When not everything fits, what an audit is about comes first, then order of path decides, so the order of adding
/// never does.
#[derive(Debug)]
pub struct Intake {
    limits: Limits,
    files: BTreeMap<Key, File>,
    /// What the kept files were charged.
    bytes: u64,
    /// The first key that did not fit; neither does any after it.
    full: Option<Key>,
    overflow: BTreeSet<String>,
    skipped: BTreeSet<Skipped>,
    carried: BTreeSet<TreePath>,
    virtual_environments: BTreeSet<String>,
}

type Key = (u8, TreePath);

#[derive(Debug)]
struct File {
    /// The path as it was given.
    given: String,
    bytes: Arc<[u8]>,
    /// The other files of the same path, as given.
    twins: Vec<String>,
    /// The bytes of all of them, so that which one came first does not change what fits.
    charge: u64,
}

impl Intake {
    /// Starts with nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            files: BTreeMap::new(),
            bytes: 0,
            full: None,
            overflow: BTreeSet::new(),
            skipped: BTreeSet::new(),
            carried: BTreeSet::new(),
            virtual_environments: BTreeSet::new(),
        }
    }

    /// Says whether the file's bytes are wanted, for callers who pay for reading; if not, it notes why.
    pub fn wants(&mut self, path: &str, size: u64) -> bool {
        self.admit(path, size).is_some()
    }

    /// Adds a file; what is not wanted is noted and dropped.
    pub fn add(&mut self, path: &str, bytes: impl Into<Arc<[u8]>>) {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        let Some(key) = self.admit(path, size) else { return };
        self.bytes += size;
        match self.files.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(File { given: path.to_owned(), bytes, twins: Vec::new(), charge: size });
            }
            Entry::Occupied(mut entry) => {
                let kept = entry.get_mut();
                kept.charge += size;
                if (path, &bytes) < (kept.given.as_str(), &kept.bytes) {
                    kept.bytes = bytes;
                    kept.twins.push(std::mem::replace(&mut kept.given, path.to_owned()));
                } else {
                    kept.twins.push(path.to_owned());
                }
            }
        }
        self.evict();
    }

    /// Notes that a path is left out.
    pub fn skip(&mut self, path: &str, reason: SkipReason) {
        self.skipped.insert(Skipped { path: path.to_owned(), reason });
    }

    /// The tree of what was added, and the list of what was not.
    pub fn finish(mut self) -> Ingested {
        let full = if self.files.len() >= self.limits.files {
            SkipReason::TooManyFiles { limit: self.limits.files }
        } else {
            SkipReason::TotalTooLarge { limit: self.limits.total_bytes }
        };
        for path in std::mem::take(&mut self.overflow) {
            self.skip(&path, full.clone());
        }
        let mut tree = SourceTree::default();
        for ((_, path), file) in std::mem::take(&mut self.files) {
            for twin in &file.twins {
                self.skip(twin, SkipReason::SamePathTwice);
            }
            tree.insert(path, file.bytes);
        }
        for folder in std::mem::take(&mut self.virtual_environments) {
            self.leave_out(&mut tree, &folder);
        }
        for skipped in self.skipped.iter().filter(|skipped| skipped.reason.leaves_unread()) {
            if let Ok(path) = TreePath::parse(&skipped.path) {
                tree.insert_unread(path);
            }
        }
        Ingested {
            tree,
            skipped: self.skipped.into_iter().collect(),
            carried: self.carried.into_iter().collect(),
            wrapper: None,
        }
    }

    /// Takes a virtual environment out again, whatever it is called.
    fn leave_out(&mut self, tree: &mut SourceTree, folder: &str) {
        let inside: Vec<TreePath> = tree.under(folder).map(|(path, _)| path.clone()).collect();
        for path in &inside {
            tree.remove(path);
        }
        self.carried.retain(|path| !path.is_under(folder));
        self.skipped
            .retain(|skipped| !TreePath::parse(&skipped.path).is_ok_and(|path| path.is_under(folder)));
        self.skip(folder, SkipReason::IgnoredFolder(VIRTUAL_ENVIRONMENT));
    }

    /// The key of a file that is to be read.
    fn admit(&mut self, given: &str, size: u64) -> Option<Key> {
        let path = match TreePath::parse(given) {
            Ok(path) => path,
            Err(error) => {
                self.skip(given, SkipReason::BadPath(error));
                return None;
            }
        };
        match choose(&path) {
            Choice::Read => {}
            Choice::Carry => {
                self.carried.insert(path);
                return None;
            }
            Choice::Skip(reason @ SkipReason::IgnoredFolder(_)) => {
                let folder = ignored_folder(&path).map_or(given, |(folder, _)| folder).to_owned();
                self.skip(&folder, reason);
                return None;
            }
            Choice::Skip(reason) => {
                self.skip(given, reason);
                self.carried.insert(path);
                return None;
            }
        }
        if path.file_name() == "pyvenv.cfg" && !path.folder().is_empty() {
            self.virtual_environments.insert(path.folder().to_owned());
        }
        if size > self.limits.file_bytes {
            self.skip(given, SkipReason::FileTooLarge { bytes: size, limit: self.limits.file_bytes });
            self.carried.insert(path);
            return None;
        }
        let key = (rank(&path), path);
        if self.full.as_ref().is_some_and(|full| key >= *full) {
            self.overflow.insert(given.to_owned());
            self.carried.insert(key.1);
            return None;
        }
        Some(key)
    }

    /// Lets go of the last files until the rest fits.
    fn evict(&mut self) {
        while self.files.len() > self.limits.files || self.bytes > self.limits.total_bytes {
            let Some((key, file)) = self.files.pop_last() else { return };
            self.bytes -= file.charge;
            self.overflow.extend(file.twins);
            self.overflow.insert(file.given);
            self.carried.insert(key.1.clone());
            self.full = Some(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_read_is_noted_as_there() {
        let mut intake = Intake::new(Limits { file_bytes: 10, ..Limits::default() });
        intake.add("v/a.py", vec![b'#'; 11]);
        intake.add("v/b.py", b"x".as_slice());
        intake.skip("v/c.py", SkipReason::Link);
        intake.skip("v/b.py", SkipReason::SamePathTwice);
        intake.skip("../d.py", SkipReason::Encrypted);
        intake.add("node_modules/e.py", b"x".as_slice());
        let ingested = intake.finish();
        let unread: Vec<_> = ingested.tree.unread().map(TreePath::as_str).collect();
        assert_eq!(unread, ["v/a.py", "v/c.py"]);
    }
}
