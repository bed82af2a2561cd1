//! What `--fix` is about to write, or has written, kept beside the project's files so that it is undone: `.rechain/`.
//!
//! ```text
//! .rechain/.gitignore   keeps all of it out of commits
//! .rechain/next/        is being written; nothing in the project has changed
//! .rechain/running/     all of it is there; files of the project may be changed
//! .rechain/undo/        all files of the project are changed
//! ```
//!
//! Each of the last three holds `journal.json`, which names the files, and `N.before` and `N.after`, what the file N holds
//! before and after, with the permissions that it has; one that is not there has no such file. A folder goes from one name to
//! the next in one step, and without its `journal.json` it is none: what is left of one goes whenever somebody comes by. No
//! name in it ends as a migration does, so Alembic never loads anything of it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ingest::{KEPT_FOR_UNDO, TreePath};
use crate::patch::{FilePatch, PatchSet, unified};

const FORMAT: u32 = 1;
const JOURNAL: &str = "journal.json";
const REVERSE: &str = "reverse.patch";

/// What a journal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Running,
    Undo,
}

#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    format: u32,
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    before: bool,
    after: bool,
}

fn folder(root: &Path) -> PathBuf {
    root.join(KEPT_FOR_UNDO)
}

fn stage(root: &Path, stage: Stage) -> PathBuf {
    folder(root).join(match stage {
        Stage::Running => "running",
        Stage::Undo => "undo",
    })
}

/// Whether there is a journal of that stage. One that stands elsewhere, and to which a link leads, is none.
pub(super) fn exists(root: &Path, of: Stage) -> bool {
    is_folder(&folder(root)) && is_journal(&stage(root, of))
}

fn is_journal(folder: &Path) -> bool {
    is_folder(folder) && folder.join(JOURNAL).exists()
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Keeps what a patch is about to change; from then on it is [`Stage::Running`].
pub(super) fn begin(root: &Path, patch: &PatchSet) -> io::Result<()> {
    let folder = folder(root);
    if fs::symlink_metadata(&folder).is_ok_and(|metadata| !metadata.is_dir()) {
        return Err(io::Error::other("it is no folder"));
    }
    tidy(root)?;
    let next = folder.join("next");
    fs::create_dir_all(&next)?;
    write(&folder.join(".gitignore"), b"*\n")?;
    let mut files = Vec::new();
    for (at, file) in patch.files.iter().enumerate() {
        let permissions = permissions(root, file);
        for (bytes, end) in [(&file.before, "before"), (&file.after, "after")] {
            let Some(bytes) = bytes else { continue };
            let kept = next.join(format!("{at}.{end}"));
            write(&kept, bytes)?;
            if let Some(permissions) = &permissions {
                fs::set_permissions(kept, permissions.clone())?;
            }
        }
        let (before, after) = (file.before.is_some(), file.after.is_some());
        files.push(Entry { path: file.path.as_str().to_owned(), before, after });
    }
    write(&next.join(REVERSE), &unified(&reversed(patch)))?;
    let journal = serde_json::to_vec(&Journal { format: FORMAT, files }).map_err(io::Error::other)?;
    write(&next.join(JOURNAL), &journal)?;
    sync(&next);
    fs::rename(&next, stage(root, Stage::Running))?;
    sync(&folder);
    Ok(())
}

/// The patch of a journal. What it names is not trusted: it may have come with the project.
pub(super) fn read(root: &Path, of: Stage) -> io::Result<PatchSet> {
    let folder = stage(root, of);
    let mut files = Vec::new();
    for (at, entry) in entries(root, of)?.into_iter().enumerate() {
        let path = TreePath::parse(&entry.path).map_err(io::Error::other)?;
        let content = |there: bool, end: &str| -> io::Result<Option<Arc<[u8]>>> {
            there.then(|| fs::read(folder.join(format!("{at}.{end}"))).map(Into::into)).transpose()
        };
        files.push(FilePatch {
            path,
            before: content(entry.before, "before")?,
            after: content(entry.after, "after")?,
        });
    }
    Ok(PatchSet::new(files))
}

fn entries(root: &Path, of: Stage) -> io::Result<Vec<Entry>> {
    let journal = fs::read(stage(root, of).join(JOURNAL))?;
    let journal: Journal = serde_json::from_slice(&journal).map_err(io::Error::other)?;
    if journal.format != FORMAT {
        return Err(io::Error::other("another release wrote it"));
    }
    Ok(journal.files)
}

/// The permissions of a file of a patch, or those that it had before the last patch took it away.
pub(super) fn permissions(root: &Path, file: &FilePatch) -> Option<fs::Permissions> {
    let own = fs::metadata(root.join(file.path.as_str()));
    let kept = || [Stage::Running, Stage::Undo].into_iter().find_map(|of| kept(root, of, file));
    own.ok().or_else(|| fs::metadata(kept()?).ok()).map(|metadata| metadata.permissions())
}

/// Where a stage keeps what a file held before.
fn kept(root: &Path, of: Stage, file: &FilePatch) -> Option<PathBuf> {
    let journal = exists(root, of).then(|| entries(root, of).ok()).flatten()?;
    let at = journal.iter().position(|entry| entry.path == file.path.as_str() && entry.before)?;
    Some(stage(root, of).join(format!("{at}.before")))
}

/// All files of the project are written: what was running can be undone.
pub(super) fn end(root: &Path) -> io::Result<()> {
    let undo = stage(root, Stage::Undo);
    if undo.exists() {
        fs::rename(&undo, old(root))?;
    }
    fs::rename(stage(root, Stage::Running), undo)?;
    sync(&folder(root));
    // It is done, whether or not what is not needed any more goes now.
    tidy(root).ok();
    Ok(())
}

/// There is nothing to roll back, or nothing to undo, any more.
pub(super) fn forget(root: &Path, of: Stage) -> io::Result<()> {
    // Without it the rest is no journal.
    fs::remove_file(stage(root, of).join(JOURNAL)).or_else(only_if_there)?;
    tidy(root).ok();
    Ok(())
}

/// The last repair but one, as the last one is about to take its place.
fn old(root: &Path) -> PathBuf {
    folder(root).join("old")
}

/// Takes away what a process has left that ended as it wrote or forgot a journal. A folder that holds nothing else goes too.
pub(super) fn tidy(root: &Path) -> io::Result<()> {
    if !is_folder(&folder(root)) {
        return Ok(());
    }
    remove(&folder(root).join("next"))?;
    for of in [Stage::Running, Stage::Undo] {
        if !exists(root, of) {
            remove(&stage(root, of))?;
        }
    }
    let (running, undo) = (exists(root, Stage::Running), exists(root, Stage::Undo));
    if undo || !is_journal(&old(root)) {
        remove(&old(root))?;
    } else if !running {
        fs::rename(old(root), stage(root, Stage::Undo))?;
        return Ok(());
    }
    if running || undo { Ok(()) } else { remove(&folder(root)) }
}

/// The patch that takes another one back.
pub(super) fn reversed(patch: &PatchSet) -> PatchSet {
    let back = |file: &FilePatch| FilePatch {
        path: file.path.clone(),
        before: file.after.clone(),
        after: file.before.clone(),
    };
    PatchSet::new(patch.files.iter().map(back).collect())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn remove(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder).or_else(only_if_there)
}

fn only_if_there(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// A folder's own entries come to the disk; where a system has no such thing, they do so by themselves.
pub(super) fn sync(folder: &Path) {
    if cfg!(unix) {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).ok();
    }
}
