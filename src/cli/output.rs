//! What leaves the program: text on standard output or in a file, lines on standard error, and why a command ended.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use super::args::OutputArgs;
use super::load::LoadError;
use super::write::{WriteError, write_file};
use crate::ingest::{Choice, TreePath, choose};
use crate::text::{ShownLines, visible_lines};

/// Why a command could not run: exit code 2.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("{0}; nothing more was written")]
    Write(#[from] WriteError),
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
    #[error("there is no rule {0}; `rechain rules` lists them")]
    NoRule(String),
    #[error("{}; nothing was written", .0.trim_end_matches('.'))]
    Refused(String),
    #[error("only running would tell what Alembic prints: {0}")]
    OnlyRunning(String),
    #[error(
        "Alembic never comes to an end here: revisions form a loop that it overlooks; `rechain check` names it, and \
             `alembic {0}` has to be stopped by hand"
    )]
    NeverEnds(&'static str),
}

/// Writes to standard output.
pub(super) fn emit(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush().map_err(CliError::Output)
}

/// Writes what an audit of `audited` gave to a file, or to standard output.
pub(super) fn emit_to(to: &OutputArgs, audited: &Path, bytes: &[u8]) -> Result<(), CliError> {
    match &to.output {
        Some(path) => write_output(path, to.force, audited, bytes),
        None => emit(bytes),
    }
}

/// The same of a diff: its bytes, but for a terminal, which would obey what stands in them.
pub(super) fn emit_diff(to: &OutputArgs, audited: &Path, diff: &[u8]) -> Result<(), CliError> {
    if to.output.is_some() || !io::stdout().is_terminal() {
        return emit_to(to, audited, diff);
    }
    let text = String::from_utf8_lossy(diff);
    let seen = visible_lines(&text);
    if seen != text {
        tell(
            "rechain: what a terminal would obey, or nobody see, is written out here; in a file or a pipe the diff is exact",
        );
    }
    emit(seen.as_bytes())
}

/// Writes what an audit of `audited` gave to a file; only with `force` to one that the audit read.
pub(super) fn write_output(path: &Path, force: bool, audited: &Path, bytes: &[u8]) -> Result<(), CliError> {
    if !force && is_read(path, audited) {
        let what = format!("{} is a file that was read; --force writes over it", path.display());
        return Err(CliError::Refused(what));
    }
    Ok(write_file(path, bytes)?)
}

/// Whether a file is there, and an audit of a folder or a zip reads it.
fn is_read(file: &Path, audited: &Path) -> bool {
    let (Ok(file), Ok(audited)) = (file.canonicalize(), audited.canonicalize()) else { return false };
    match file.strip_prefix(&audited) {
        Ok(below) if below.as_os_str().is_empty() => true,
        Ok(below) => {
            let path = TreePath::parse(&below.to_string_lossy());
            path.is_ok_and(|path| matches!(choose(&path), Choice::Read))
        }
        Err(_) => false,
    }
}

/// Writes a line to standard error, as it may be shown; if that is closed there is nobody to tell.
pub(super) fn tell(line: &str) {
    writeln!(io::stderr(), "{}", ShownLines::lines(line)).ok();
}
