//! Files come in one by one, in any order; the same tree comes out.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::select::{VIRTUAL_ENVIRONMENT, rank};
use super::{
    Choice, Ingested, Limits, Resolved, SkipReason, Skipped, SourceTree, TreePath, choose, ignored_folder,
};

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
    links: BTreeMap<TreePath, String>,
    folders: BTreeSet<TreePath>,
    is_partial: bool,
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
            links: BTreeMap::new(),
            folders: BTreeSet::new(),
            is_partial: false,
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

    /// Notes a symbolic link and the path that it holds; whether that leads to something is seen at the end.
    pub fn link(&mut self, path: &str, target: &str) {
        match TreePath::parse(path) {
            Ok(link) => match choose(&link) {
                Choice::Skip(reason @ SkipReason::IgnoredFolder(_)) => self.skip_folder(&link, path, reason),
                _ => {
                    self.links.insert(link, target.to_owned());
                }
            },
            Err(error) => self.skip(path, SkipReason::BadPath(error)),
        }
    }

    /// Notes a folder, which need not hold a file.
    pub fn folder(&mut self, path: &str) {
        if let Ok(path) = TreePath::parse(path)
            && ignored_folder(&path).is_none()
        {
            self.folders.insert(path);
        }
    }

    /// Notes that single files were given, to which more may belong.
    pub fn set_partial(&mut self) {
        self.is_partial = true;
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
        for (path, target) in std::mem::take(&mut self.links) {
            tree.insert_link(path, target);
        }
        for folder in std::mem::take(&mut self.virtual_environments) {
            self.leave_out(&mut tree, &folder);
        }
        for skipped in &self.skipped {
            let Ok(path) = TreePath::parse(&skipped.path) else { continue };
            match skipped.reason {
                SkipReason::IgnoredFolder(_) => tree.insert_ignored_folder(path),
                ref reason if reason.leaves_unread() => tree.insert_unread(path, reason.to_string()),
                _ => {}
            }
        }
        self.carried.iter().for_each(|path| tree.insert_other(path.clone()));
        self.folders.iter().for_each(|path| tree.insert_folder(path.clone()));
        if self.is_partial {
            tree.set_partial();
        }
        let leads_nowhere = |link: &&TreePath| {
            !matches!(tree.resolve(link.as_str()), Resolved::File(_) | Resolved::Folder(_))
        };
        let nowhere: Vec<TreePath> = tree.links().filter(leads_nowhere).cloned().collect();
        for link in nowhere {
            self.skip(link.as_str(), SkipReason::Link);
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
        let inside: Vec<TreePath> = tree.listing(folder).cloned().collect();
        for path in &inside {
            tree.remove(path);
        }
        self.carried.retain(|path| !path.is_under(folder));
        self.skipped
            .retain(|skipped| !TreePath::parse(&skipped.path).is_ok_and(|path| path.is_under(folder)));
        self.skip(folder, SkipReason::IgnoredFolder(VIRTUAL_ENVIRONMENT));
    }

    /// Notes the folder around a path that is never read.
    fn skip_folder(&mut self, path: &TreePath, given: &str, reason: SkipReason) {
        let folder = ignored_folder(path).map_or(given, |(folder, _)| folder).to_owned();
        self.skip(&folder, reason);
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
                self.skip_folder(&path, given, reason);
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
        let limit = self.limits.of(given);
        if size > limit {
            self.skip(given, SkipReason::FileTooLarge { bytes: size, limit });
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
        intake.skip("v/c.py", SkipReason::Unreadable("denied".to_owned()));
        intake.skip("v/b.py", SkipReason::SamePathTwice);
        intake.skip("../d.py", SkipReason::Encrypted);
        intake.add("node_modules/e.py", b"x".as_slice());
        let ingested = intake.finish();
        let unread: Vec<_> = ingested.tree.unread().map(TreePath::as_str).collect();
        assert_eq!(unread, ["v/a.py", "v/c.py"]);
        assert_eq!(ingested.tree.resolve("node_modules"), Resolved::Folder("node_modules".to_owned()));
    }

    #[test]
    fn links_are_followed_inside_the_tree_and_told_of_elsewhere() {
        let mut intake = Intake::new(Limits::default());
        intake.add("real/a.py", b"x".as_slice());
        intake.add("real/README", b"x".as_slice());
        intake.folder("empty");
        for (link, target) in [
            ("file.py", "real/a.py"),
            ("m/versions", "../real"),
            ("m/again", "versions/a.py"),
            ("readme", "./real//README"),
            ("none.py", "nowhere.py"),
            ("out.py", "../../etc/passwd"),
            ("root.py", "/etc/passwd"),
            ("loop", "m/loop"),
            ("m/loop", "../loop"),
            ("node_modules/x", "../real"),
        ] {
            intake.link(link, target);
        }
        let ingested = intake.finish();
        let tree = &ingested.tree;
        let file = |path: &str| Resolved::File(TreePath::parse(path).expect("relative"));
        let folder = |path: &str| Resolved::Folder(path.to_owned());
        for (path, expected) in [
            ("file.py", file("real/a.py")),
            ("m/versions", folder("real")),
            ("m/versions/a.py", file("real/a.py")),
            ("m/versions/../m", folder("m")),
            ("m/again", file("real/a.py")),
            ("readme", file("real/README")),
            ("none.py", Resolved::Missing("nowhere.py".to_owned())),
            ("root.py", Resolved::Outside("/etc/passwd".to_owned())),
            ("loop", Resolved::Loop),
            ("empty", folder("empty")),
            ("", folder("")),
            ("x/../m", Resolved::Missing("x".to_owned())),
            ("real/../m", folder("m")),
        ] {
            assert_eq!(tree.resolve(path), expected, "{path}");
        }
        assert!(matches!(tree.resolve("out.py"), Resolved::Outside(_)));
        let skipped: Vec<_> = ingested.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
        assert_eq!(skipped, ["loop", "m/loop", "node_modules", "none.py", "out.py", "root.py"]);
    }
}
