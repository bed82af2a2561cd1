//! From a patch to disk: the only writer of files.
//!
//! A patch is written whole or not at all. What it changes is kept first (`write/journal.rs`), then the new contents are written
//! beside the files, then each takes its file's place. A process that ends in between leaves each file with its old or its
//! new content, and the next one that writes here gives all of them their old ones back.

mod journal;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use crate::ingest::KEPT_FOR_UNDO;
use crate::patch::{FilePatch, PatchSet};
use crate::text::listed;
use journal::Stage;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is a symbolic link; it is not written through", path.display())]
    Link { path: PathBuf },
    #[error("{} cannot be the path of a file here; it is not written", path.display())]
    Path { path: PathBuf },
    #[error("{} is read-only; it is not rewritten", path.display())]
    ReadOnly { path: PathBuf },
    #[error("{} has changed since it was read", path.display())]
    Changed { path: PathBuf },
    #[error("{} is already there", path.display())]
    Taken { path: PathBuf },
    #[error("{source}; this was written before, and could not be taken back: {}", listed(written))]
    Half { source: Box<Self>, written: Vec<String> },
    #[error(
        "an earlier repair was interrupted, and {} is neither as it was nor as the repair leaves it; what both are is kept in \
         {KEPT_FOR_UNDO}/running. Put the file right, or delete that folder",
        path.display()
    )]
    Torn { path: PathBuf },
    #[error(
        "{} is not as the repair left it, so it is not undone; {KEPT_FOR_UNDO}/undo/reverse.patch shows what it would be",
        listed(paths)
    )]
    Edited { paths: Vec<String> },
}

/// What is told of each step, as it is about to be done; a test ends the process's work there.
pub(super) type Watch<'w> = &'w mut dyn FnMut();

/// Writes a patch below `root`. Every file is checked before the first is written; what was changed can be undone.
pub(super) fn write_patch(root: &Path, patch: &PatchSet, watch: Watch<'_>) -> Result<(), WriteError> {
    for file in &patch.files {
        check(root, file)?;
    }
    carry_out(root, patch, journal::end, watch)
}

/// Whether a patch was interrupted there.
pub(super) fn is_interrupted(root: &Path) -> bool {
    journal::exists(root, Stage::Running)
}

/// Whether a patch was written there that may be taken back.
pub(super) fn is_repaired(root: &Path) -> bool {
    journal::exists(root, Stage::Undo)
}

/// Takes an interrupted patch back; says which files it gave their old content.
pub(super) fn roll_back(root: &Path) -> Result<Option<Vec<String>>, WriteError> {
    if !is_interrupted(root) {
        journal::tidy(root).map_err(|source| of_journal(root, source))?;
        return Ok(None);
    }
    let patch = journal::read(root, Stage::Running).map_err(|source| of_journal(root, source))?;
    let mut back = Vec::new();
    for file in &patch.files {
        let path = safe_target(root, file)?;
        fs::remove_file(beside(&path)).ok();
        let now = content(&path)?;
        if now.as_deref() == file.before.as_deref() {
            continue;
        }
        if now.as_deref() != file.after.as_deref() {
            return Err(WriteError::Torn { path });
        }
        back.push(file);
    }
    for file in &back {
        let path = target(root, file);
        match &file.before {
            Some(before) => {
                stage_beside(&path, before, journal::permissions(root, file))?;
                put_in_place(&path)?;
            }
            None => remove(&path)?,
        }
    }
    journal::forget(root, Stage::Running).map_err(|source| of_journal(root, source))?;
    Ok(Some(back.iter().map(|file| file.path.to_string()).collect()))
}

/// Takes the last patch back, if its files are as it left them; nothing where there is none.
pub(super) fn undo(root: &Path, watch: Watch<'_>) -> Result<Option<PatchSet>, WriteError> {
    if !is_repaired(root) {
        return Ok(None);
    }
    let patch = journal::read(root, Stage::Undo).map_err(|source| of_journal(root, source))?;
    let back = journal::reversed(&patch);
    let is_back = |file: &FilePatch| -> Result<bool, WriteError> {
        Ok(content(&safe_target(root, file)?)?.as_deref() == file.after.as_deref())
    };
    // A process that ended here had only to forget it.
    if back.files.iter().map(is_back).collect::<Result<Vec<_>, _>>()?.into_iter().all(|is_back| is_back) {
        journal::forget(root, Stage::Undo).map_err(|source| of_journal(root, source))?;
        return Ok(Some(back));
    }
    let mut edited = Vec::new();
    for file in &back.files {
        match check(root, file) {
            Ok(()) => {}
            Err(WriteError::Changed { .. } | WriteError::Taken { .. }) => edited.push(file.path.to_string()),
            Err(WriteError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                edited.push(file.path.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    if !edited.is_empty() {
        return Err(WriteError::Edited { paths: edited });
    }
    carry_out(root, &back, |root| journal::forget(root, Stage::Running), watch)?;
    // The files are back. Should it still be there, the next one sees that, and forgets it.
    journal::forget(root, Stage::Undo).ok();
    Ok(Some(back))
}

/// Writes one file that was asked for by name.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    // A terminal, a pipe: whoever names it wants it written to.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, bytes).map_err(io);
    }
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(WriteError::Link { path: path.to_owned() });
    }
    // A process that ended as it wrote the same file has left it.
    fs::remove_file(beside(path)).ok();
    stage_beside(path, bytes, fs::metadata(path).ok().map(|metadata| metadata.permissions()))?;
    put_in_place(path)
}

/// Keeps what a patch changes, changes it, and ends the journal as it is to end; all of it, or nothing.
fn carry_out(
    root: &Path,
    patch: &PatchSet,
    end: impl FnOnce(&Path) -> io::Result<()>,
    watch: Watch<'_>,
) -> Result<(), WriteError> {
    journal::begin(root, patch).map_err(|source| {
        // What was kept so far goes again, or when the next one comes by.
        journal::tidy(root).ok();
        of_journal(root, source)
    })?;
    let mut written = Vec::new();
    let change = || -> Result<(), WriteError> {
        for file in &patch.files {
            if let Some(after) = &file.after {
                watch();
                stage_beside(&target(root, file), after, journal::permissions(root, file))?;
            }
        }
        for file in &patch.files {
            watch();
            let path = target(root, file);
            if file.after.is_some() {
                put_in_place(&path)?;
            } else {
                remove(&path)?;
            }
            written.push(file.path.to_string());
        }
        watch();
        end(root).map_err(|source| of_journal(root, source))
    };
    let changed = change();
    changed.map_err(|source| match roll_back(root) {
        Ok(_) => source,
        Err(_) => WriteError::Half { source: Box::new(source), written },
    })
}

fn of_journal(root: &Path, source: io::Error) -> WriteError {
    WriteError::Io { path: root.join(KEPT_FOR_UNDO), source }
}

fn target(root: &Path, file: &FilePatch) -> PathBuf {
    file.path.as_str().split('/').fold(root.to_owned(), |path, name| path.join(name))
}

/// The same, where no link leads elsewhere and every name is one.
fn safe_target(root: &Path, file: &FilePatch) -> Result<PathBuf, WriteError> {
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
    Ok(at)
}

fn check(root: &Path, file: &FilePatch) -> Result<(), WriteError> {
    let path = safe_target(root, file)?;
    match &file.before {
        None if path.exists() => Err(WriteError::Taken { path }),
        None => Ok(()),
        Some(before) => {
            let io = |source| WriteError::Io { path: path.clone(), source };
            if fs::read(&path).map_err(io)? != **before {
                return Err(WriteError::Changed { path });
            }
            if fs::metadata(&path).map_err(io)?.permissions().readonly() {
                return Err(WriteError::ReadOnly { path });
            }
            Ok(())
        }
    }
}

/// What a file holds; nothing where there is none.
fn content(path: &Path) -> Result<Option<Vec<u8>>, WriteError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Io { path: path.to_owned(), source }),
    }
}

fn remove(path: &Path) -> Result<(), WriteError> {
    fs::remove_file(path).map_err(|source| WriteError::Io { path: path.to_owned(), source })?;
    path.parent().into_iter().for_each(journal::sync);
    Ok(())
}

/// Where the new content of a file is written first; Alembic loads no file of such a name.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".rechain-new");
    path.with_file_name(name)
}

/// Writes the new content beside the file, with the permissions that it is to have.
fn stage_beside(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> Result<(), WriteError> {
    let beside = beside(path);
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    let mut file = fs::File::create_new(&beside).map_err(io)?;
    let write = || -> io::Result<()> {
        file.write_all(bytes)?;
        file.sync_all()?;
        permissions.map_or(Ok(()), |permissions| fs::set_permissions(&beside, permissions))
    };
    write().map_err(|source| {
        fs::remove_file(&beside).ok();
        io(source)
    })
}

/// The new content takes the file's place, so that nobody ever sees half of it.
fn put_in_place(path: &Path) -> Result<(), WriteError> {
    fs::rename(beside(path), path).map_err(|source| {
        fs::remove_file(beside(path)).ok();
        WriteError::Io { path: path.to_owned(), source }
    })?;
    path.parent().into_iter().for_each(journal::sync);
    Ok(())
}
