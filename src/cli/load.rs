//! From disk to a tree: the only reader of files.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::ingest::{ArchiveError, Ingested, Intake, Limits, SkipReason, ignored_name, read_zip};

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Zip { path: PathBuf, source: ArchiveError },
    #[error("{} is neither a folder nor a zip", path.display())]
    NeitherFolderNorZip { path: PathBuf },
}

/// What was given: where a repair could be written to, and the files.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The folder, if it was one.
    pub(super) folder: Option<PathBuf>,
    pub(super) ingested: Ingested,
}

/// Reads a folder or a zip.
pub(super) fn load(path: &Path) -> Result<Loaded, LoadError> {
    let limits = Limits::default();
    let io = |source| LoadError::Io { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return Ok(Loaded { folder: Some(path.to_owned()), ingested: load_folder(path, limits) });
    }
    let zip = |source| LoadError::Zip { path: path.to_owned(), source };
    if metadata.len() > limits.zip_bytes {
        return Err(zip(ArchiveError::TooLarge { bytes: metadata.len(), limit: limits.zip_bytes }));
    }
    // A pipe would wait for whoever writes, and a device may never end.
    if !metadata.is_file() {
        return Err(LoadError::NeitherFolderNorZip { path: path.to_owned() });
    }
    let bytes = read(path, limits.zip_bytes).map_err(io)?;
    match read_zip(&bytes, &limits) {
        Ok(ingested) => Ok(Loaded { folder: None, ingested }),
        Err(ArchiveError::NotAZip) => Err(LoadError::NeitherFolderNorZip { path: path.to_owned() }),
        Err(source) => Err(zip(source)),
    }
}

fn load_folder(root: &Path, limits: Limits) -> Ingested {
    let mut intake = Intake::new(limits);
    let mut ignored = Vec::new();
    let walk = WalkDir::new(root).follow_links(false).sort_by_file_name().into_iter().filter_entry(|entry| {
        let reason = (entry.depth() > 0 && entry.file_type().is_dir())
            .then(|| entry.file_name().to_str().and_then(ignored_name))
            .flatten();
        if let Some(reason) = reason {
            ignored.push((relative(root, entry.path()), SkipReason::IgnoredFolder(reason)));
        }
        reason.is_none()
    });
    for entry in walk {
        match entry {
            Ok(entry) => add(&mut intake, &limits, root, &entry),
            Err(error) => {
                let path = error.path().map_or_else(String::new, |path| relative(root, path));
                let text = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                intake.skip(&path, SkipReason::Unreadable(text));
            }
        }
    }
    for (path, reason) in ignored {
        intake.skip(&path, reason);
    }
    intake.finish()
}

fn add(intake: &mut Intake, limits: &Limits, root: &Path, entry: &DirEntry) {
    let path = relative(root, entry.path());
    if entry.file_type().is_dir() {
        intake.folder(&path);
        return;
    }
    if entry.path_is_symlink() {
        match fs::read_link(entry.path()) {
            Ok(target) => intake.link(&path, &target.to_string_lossy()),
            Err(error) => intake.skip(&path, SkipReason::Unreadable(error.to_string())),
        }
        return;
    }
    // A pipe or a socket would block whoever reads it.
    if !entry.file_type().is_file() {
        intake.skip(&path, SkipReason::Unreadable("it is no regular file".to_owned()));
        return;
    }
    let size = entry.metadata().map_or(0, |metadata| metadata.len());
    if !intake.wants(&path, size) {
        return;
    }
    // What grows meanwhile, or does not tell its size, is read up to where it is too large.
    match read(entry.path(), limits.of(&path).saturating_add(1)) {
        Ok(bytes) => intake.add(&path, bytes),
        Err(error) => intake.skip(&path, SkipReason::Unreadable(error.to_string())),
    }
}

/// The bytes of a file, and not more than are wanted.
fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The path below `root` with `/` between names; bytes that are no text become U+FFFD.
fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<_> = below.components().map(|name| name.as_os_str().to_string_lossy()).collect();
    names.join("/")
}
