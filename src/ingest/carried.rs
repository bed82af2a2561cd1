//! The files of a zip that no audit reads, for a download of the whole tree.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::archive::entry_name;
use super::{ArchiveError, Limits, TreePath};

/// The files in `ingested.carried` with their bytes, read from the zip that `ingested` came from.
///
/// They may be larger than what an audit reads, but never more than [`Limits::zip_bytes`] in all; what is encrypted or
/// damaged is left out.
pub fn read_carried(
    bytes: &[u8],
    carried: &[TreePath],
    wrapper: Option<&str>,
    limits: &Limits,
) -> Result<Vec<(TreePath, Vec<u8>)>, ArchiveError> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| ArchiveError::Damaged(error.to_string()))?;
    let mut files = Vec::new();
    let mut left = limits.zip_bytes;
    for index in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(index) else { continue };
        if entry.is_dir() || entry.is_symlink() {
            continue;
        }
        let name = entry_name(entry.name_raw(), entry.name().ok().as_deref());
        let Ok(path) = TreePath::parse(&name) else { continue };
        let inner = wrapper.and_then(|folder| path.as_str().strip_prefix(folder)?.strip_prefix('/'));
        let Ok(path) = TreePath::parse(inner.unwrap_or(path.as_str())) else { continue };
        if carried.binary_search(&path).is_err() {
            continue;
        }
        let mut content = Vec::new();
        let read = entry.by_ref().take(left + 1).read_to_end(&mut content);
        let size = content.len() as u64;
        if size > left {
            return Err(ArchiveError::TooLarge { bytes: limits.zip_bytes + 1, limit: limits.zip_bytes });
        }
        left -= size;
        if read.is_ok() {
            files.push((path, content));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Ingested, read_zip};
    use crate::patch::bundle;

    fn zip_of(files: &[(&str, &str)]) -> (Vec<u8>, Ingested) {
        let bytes = bundle(files.iter().map(|(path, text)| (*path, text.as_bytes())));
        let ingested = read_zip(&bytes, &Limits::default()).expect("a zip of ours");
        (bytes, ingested)
    }

    #[test]
    fn what_was_not_read_comes_back_under_its_own_path() {
        let (bytes, ingested) = zip_of(&[
            ("panel/migrations/env.py", "from alembic import context"),
            ("panel/README.md", "read me"),
            ("panel/node_modules/x.js", "no"),
        ]);
        let files = read_carried(&bytes, &ingested.carried, ingested.wrapper.as_deref(), &Limits::default());
        let readme = TreePath::parse("README.md").expect("relative");
        assert_eq!(files, Ok(vec![(readme, b"read me".to_vec())]));
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        let (bytes, ingested) = zip_of(&[("a.md", "0123456789"), ("b.py", "")]);
        let limits = Limits { zip_bytes: 9, ..Limits::default() };
        let result = read_carried(&bytes, &ingested.carried, ingested.wrapper.as_deref(), &limits);
        assert!(matches!(result, Err(ArchiveError::TooLarge { limit: 9, .. })), "{result:?}");
    }
}
