//! From a patch to disk: the only writer of files.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use crate::patch::{FilePatch, PatchSet};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is a symbolic link; it is not written through", path.display())]
    Link { path: PathBuf },
    #[error("{} cannot be the path of a file here; it is not written", path.display())]
    Path { path: PathBuf },
    #[error("{} has changed since it was read", path.display())]
    Changed { path: PathBuf },
    #[error("{} is already there", path.display())]
    Taken { path: PathBuf },
}

/// Writes a patch below `root`. Every file is checked before the first is written, and each is replaced whole, or removed.
pub(super) fn write_patch(root: &Path, patch: &PatchSet) -> Result<(), WriteError> {
    for file in &patch.files {
        check(root, file)?;
    }
    patch.files.iter().try_for_each(|file| match &file.after {
        Some(after) => replace(&target(root, file), after),
        None => remove(&target(root, file)),
    })
}

/// Writes one file that was asked for by name.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    fs::write(path, bytes).map_err(|source| WriteError::Io { path: path.to_owned(), source })
}

fn target(root: &Path, file: &FilePatch) -> PathBuf {
    file.path.as_str().split('/').fold(root.to_owned(), |path, name| path.join(name))
}

fn check(root: &Path, file: &FilePatch) -> Result<(), WriteError> {
    let path = target(root, file);
    let mut at = root.to_owned();
    for name in file.path.as_str().split('/') {
        // On Windows `c:x` would lead to another drive.
        let is_plain = matches!(Path::new(name).components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
        if !is_plain {
            return Err(WriteError::Path { path: at.join(name) });
        }
        at.push(name);
        if fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(WriteError::Link { path: at });
        }
    }
    match &file.before {
        None if path.exists() => Err(WriteError::Taken { path }),
        None => Ok(()),
        Some(before) => {
            let now = fs::read(&path).map_err(|source| WriteError::Io { path: path.clone(), source })?;
            if now == **before { Ok(()) } else { Err(WriteError::Changed { path }) }
        }
    }
}

fn remove(path: &Path) -> Result<(), WriteError> {
    fs::remove_file(path).map_err(|source| WriteError::Io { path: path.to_owned(), source })
}

/// Writes beside the file and renames, so that nobody ever sees half of it; its permissions stay.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".rechain-{}", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || -> io::Result<()> {
        let mut file = fs::File::create_new(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Ok(metadata) = fs::metadata(path) {
            fs::set_permissions(&beside, metadata.permissions())?;
        }
        fs::rename(&beside, path)
    };
    write().map_err(|error| {
        // The half-written neighbour is of no use; that it cannot be removed changes nothing about the error.
        fs::remove_file(&beside).ok();
        io(error)
    })
}
