//! Which folders are looked into, decided by name alone; the engine decides about files.

use std::collections::BTreeSet;

use crate::ingest::ignored_name;
use crate::worker::{LeftOut, Why};

/// What was met while going through what was dropped.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// What was left out, and why.
    pub(super) left_out: Vec<LeftOut>,
    /// The folders that hold nothing.
    pub(super) empty_folders: Vec<String>,
    /// How many files were named.
    pub(super) files: u32,
    ignored: BTreeSet<String>,
}

impl Listing {
    /// Whether to look into a folder; if not, it is noted once.
    pub(super) fn enters(&mut self, folder: &str) -> bool {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        if ignored_name(name).is_none() {
            return true;
        }
        if self.ignored.insert(folder.to_owned()) {
            self.left_out.push(LeftOut { path: folder.to_owned(), why: Why::Ignored });
        }
        false
    }

    /// Whether a file of a list that names every file of a folder stands in folders that are looked into.
    pub(super) fn reaches(&mut self, path: &str) -> bool {
        path.match_indices('/').all(|(at, _)| self.enters(&path[..at]))
    }

    /// Notes what the browser could not read.
    pub(super) fn unreadable(&mut self, path: &str, problem: String) {
        self.left_out.push(LeftOut { path: path.to_owned(), why: Why::Unreadable(problem) });
    }
}

/// The path without the folder that was picked, whose name is no part of any path.
pub(super) fn inside(path: &str) -> &str {
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_folder_is_noted_once() {
        let mut listing = Listing::default();
        assert!(listing.reaches("api/migrations/env.py"));
        assert!(!listing.reaches("api/node_modules/a/b.py"));
        assert!(!listing.reaches("api/node_modules/c.py"));
        assert_eq!(listing.left_out, [LeftOut { path: "api/node_modules".to_owned(), why: Why::Ignored }]);
    }

    #[test]
    fn the_picked_folder_is_no_part_of_a_path() {
        assert_eq!([inside("panel/migrations/env.py"), inside("env.py")], ["migrations/env.py", "env.py"]);
    }
}
