//! Zip files become trees, in memory; nothing is ever extracted.
//!
//! Sizes that a zip declares are believed only where they make it refuse more: bytes are counted while they inflate.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::path::LONGEST;
use super::select::rank;
use super::wrapper::unwrap;
use super::{Choice, Ingested, Intake, Limits, PathError, SkipReason, TreePath, choose};

/// Why a zip could not be opened at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It does not look like a zip.
    #[error("this is no zip file")]
    NotAZip,
    /// It begins like a zip, but its list of contents cannot be read.
    #[error("this zip is damaged or cut off: {0}")]
    Damaged(String),
    /// It is larger than [`Limits::zip_bytes`].
    #[error("this zip has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// It has more entries than [`Limits::zip_entries`].
    #[error("this zip has more than {limit} entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
}

/// How much an entry may unpack to, whatever the ratio.
const ALWAYS_ALLOWED: u64 = 1 << 20;

/// Reads a zip in memory.
pub fn read_zip(bytes: &[u8], limits: &Limits) -> Result<Ingested, ArchiveError> {
    let size = bytes.len() as u64;
    if size > limits.zip_bytes {
        return Err(ArchiveError::TooLarge { bytes: size, limit: limits.zip_bytes });
    }
    if count_headers(bytes, limits.zip_entries) > limits.zip_entries {
        return Err(ArchiveError::TooManyEntries { limit: limits.zip_entries });
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| cannot_open(bytes, &error))?;
    let mut intake = Intake::new(*limits);
    note_twins(bytes, &archive, &mut intake);

    let mut wanted = Vec::new();
    let mut links = Vec::new();
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_data(index) else { continue };
        let name = entry_name(entry.name_raw(), entry.name().ok().as_deref());
        if entry.is_dir() {
            if let Err(error @ (PathError::Climbs | PathError::Absolute | PathError::TooLong)) =
                TreePath::parse(&name)
            {
                intake.skip(&name, SkipReason::BadPath(error));
            }
            intake.folder(&name);
            continue;
        }
        let size = entry.size();
        let refusal = match TreePath::parse(&name).as_ref().map(choose) {
            Err(_) | Ok(Choice::Skip(_)) => None,
            _ if entry.encrypted() => Some(SkipReason::Encrypted),
            _ => None,
        };
        if let Some(reason) = refusal {
            intake.skip(&name, reason);
        } else if entry.is_symlink() {
            links.push((index, name));
        } else if intake.wants(&name, size)
            && let Ok(path) = TreePath::parse(&name)
        {
            wanted.push(((rank(&path), path), index, name));
        }
    }

    wanted.sort();
    // Everything that inflates counts, kept or not, so that time is bounded too.
    let mut left = limits.total_bytes;
    for (_, index, name) in wanted {
        let read = match archive.by_index(index) {
            Ok(mut entry) => inflate(&mut entry, &name, limits, &mut left),
            Err(error) => Err(SkipReason::Unreadable(error.to_string())),
        };
        match read {
            Ok(content) => intake.add(&name, content),
            Err(reason) => intake.skip(&name, reason),
        }
    }
    for (index, name) in links {
        match archive.by_index(index).map(|entry| read_link(entry, &mut left)) {
            Ok(Some(target)) => intake.link(&name, &target),
            Ok(None) => intake.skip(&name, SkipReason::Link),
            Err(error) => intake.skip(&name, SkipReason::Unreadable(error.to_string())),
        }
    }
    Ok(unwrap(intake.finish()))
}

/// The path that a symbolic link holds, which is its content.
fn read_link(entry: ZipFile<'_, Cursor<&[u8]>>, left: &mut u64) -> Option<String> {
    let mut target = String::new();
    entry.take((LONGEST as u64).min(*left)).read_to_string(&mut target).ok()?;
    *left -= target.len() as u64;
    Some(target)
}

/// Reads one entry; `left` is what may still be inflated in all.
fn inflate(
    entry: &mut ZipFile<'_, Cursor<&[u8]>>,
    name: &str,
    limits: &Limits,
    left: &mut u64,
) -> Result<Vec<u8>, SkipReason> {
    let by_ratio = entry.compressed_size().saturating_mul(limits.ratio).max(ALWAYS_ALLOWED);
    let file_bytes = limits.of(name);
    let bound = by_ratio.min(file_bytes).min(*left);
    let mut content = Vec::new();
    let result = entry.by_ref().take(bound + 1).read_to_end(&mut content);
    let size = content.len() as u64;
    *left = left.saturating_sub(size);
    if size > bound {
        return Err(if bound == by_ratio && by_ratio < file_bytes {
            SkipReason::TooCompressed { ratio: limits.ratio }
        } else if bound == file_bytes {
            SkipReason::FileTooLarge { bytes: entry.size().max(size), limit: file_bytes }
        } else {
            SkipReason::TotalTooLarge { limit: limits.total_bytes }
        });
    }
    match result {
        Ok(_) => Ok(content),
        Err(error) => Err(SkipReason::Unreadable(error.to_string())),
    }
}

/// Names are UTF-8 when they can be, whatever the flags say; else code page 437.
pub(super) fn entry_name(raw: &[u8], decoded: Option<&str>) -> String {
    match (std::str::from_utf8(raw), decoded) {
        (Ok(name), _) | (Err(_), Some(name)) => name.to_owned(),
        (Err(_), None) => String::from_utf8_lossy(raw).into_owned(),
    }
}

fn cannot_open(bytes: &[u8], error: &ZipError) -> ArchiveError {
    if bytes.starts_with(b"PK") { ArchiveError::Damaged(error.to_string()) } else { ArchiveError::NotAZip }
}

const HEADER: &[u8; 4] = b"PK\x01\x02";

/// An upper bound of the number of entries, found without believing the zip; counting stops past `limit`.
fn count_headers(bytes: &[u8], limit: usize) -> usize {
    if bytes.len() / 46 <= limit {
        return 0;
    }
    bytes.windows(HEADER.len()).filter(|window| *window == HEADER).take(limit + 1).count()
}

/// Notes names that occur twice in the list of contents; the library keeps the last of them.
fn note_twins(bytes: &[u8], archive: &ZipArchive<Cursor<&[u8]>>, intake: &mut Intake) {
    if !archive.has_duplicate_names() {
        return;
    }
    let number = |at: usize| -> usize {
        bytes.get(at..at + 2).map_or(0, |pair| usize::from(u16::from_le_bytes([pair[0], pair[1]])))
    };
    let mut names = std::collections::BTreeSet::new();
    let mut at = archive.central_directory_start() as usize;
    while bytes.get(at..at + HEADER.len()).is_some_and(|magic| magic == HEADER) {
        let (name, extra, comment) = (number(at + 28), number(at + 30), number(at + 32));
        let Some(raw) = bytes.get(at + 46..at + 46 + name) else { return };
        if !names.insert(raw) {
            intake.skip(&String::from_utf8_lossy(raw), SkipReason::SamePathTwice);
        }
        at += 46 + name + extra + comment;
    }
}
