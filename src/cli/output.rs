//! What leaves the program: text on standard output or in a file, lines on standard error, and why a command ended.

use std::io::{self, Write as _};
use std::path::Path;

use super::load::LoadError;
use super::write::{WriteError, write_file};
use crate::text::ShownLines;

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

/// Writes to a file, or to standard output.
pub(super) fn emit(output: Option<&Path>, bytes: &[u8]) -> Result<(), CliError> {
    match output {
        Some(path) => Ok(write_file(path, bytes)?),
        None => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes)?;
            stdout.flush().map_err(CliError::Output)
        }
    }
}

/// Writes a line to standard error, as it may be shown; if that is closed there is nobody to tell.
pub(super) fn tell(line: &str) {
    writeln!(io::stderr(), "{}", ShownLines::lines(line)).ok();
}
