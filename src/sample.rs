//! The built-in sample: "Panel", a Flask application whose migrations have three roots and five heads.
//!
//! Neither file names nor dates give its migrations a valid order; only what they do to the schema does. It stands
//! as a folder in `samples/panel/` and is compiled in, so the page shows it without loading anything.

use crate::ingest::{SourceTree, TreePath};

/// The sample's files.
pub fn panel() -> SourceTree {
    let mut tree = SourceTree::default();
    for (path, bytes) in FILES {
        if let Ok(path) = TreePath::parse(path) {
            tree.insert(path, *bytes);
        }
    }
    tree
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../samples/panel/", $path)))),*]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "alembic.ini",
    "alembic/env.py",
    "app.py",
    "migrations/env.py",
    "migrations/script.py.mako",
    "migrations/versions/2ca607eff9c8_autogen_cms_forum.py",
    "migrations/versions/3fd9eaf414fb_add_server_connection_fields.py",
    "migrations/versions/64c2f8fecc18_autogen_cms_forum_tables.py",
    "migrations/versions/add_ptero_eggs_tracking.py",
    "migrations/versions/bbda3883b503_autogen_cms_forum_include_cms_forum.py",
    "migrations/versions/dc4e5affd5bc_add_user_security_fields.py",
    "migrations/versions/oauth_fields.py",
    "migrations/versions/perf_indexes_001_add_performance_indexes.py",
    "migrations/versions/push_notifications.py",
    "migrations/versions/rbac_system_init.py",
    "requirements.txt",
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Every file below a folder, found without recursion.
    fn on_disk(root: &Path) -> SourceTree {
        let mut tree = SourceTree::default();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
                tree.insert(TreePath::parse(&name).expect("relative"), std::fs::read(&path).expect("a file"));
            }
        }
        tree
    }

    #[test]
    fn the_sample_is_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/panel");
        let disk = on_disk(&root);
        let paths = |tree: &SourceTree| tree.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>();
        assert_eq!(paths(&panel()), paths(&disk));
        assert!(panel() == disk, "a file differs");
    }

    #[test]
    fn the_sample_is_small() {
        let bytes: usize = panel().iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 40_000, "{bytes}");
    }
}
