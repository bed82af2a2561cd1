//! What becomes of repairs that were made before: one that was interrupted is taken back, and the last one if that is asked for.

use std::path::Path;
use std::process::ExitCode;

use super::output::{CliError, tell};
use super::write::{is_interrupted, is_repaired, roll_back, undo as take_back};

/// Takes the last repair of a folder back.
pub(super) fn undo(folder: &Path) -> Result<ExitCode, CliError> {
    if mend_interrupted(folder)? {
        return Ok(ExitCode::SUCCESS);
    }
    match take_back(folder, &mut || {})? {
        Some(patch) => {
            for file in &patch.files {
                tell(&format!("{} {}", file.change().word(), file.path));
            }
            Ok(ExitCode::SUCCESS)
        }
        None => Err(CliError::Refused(format!("there is no repair to undo in {}", folder.display()))),
    }
}

/// Takes a repair back that was interrupted; says whether there was one.
pub(super) fn mend_interrupted(folder: &Path) -> Result<bool, CliError> {
    let Some(back) = roll_back(folder)? else { return Ok(false) };
    let what = if back.is_empty() { "no file was changed yet".to_owned() } else { back.join(", ") };
    tell(&format!("rechain: an earlier repair was interrupted; taken back: {what}"));
    Ok(true)
}

/// Says of a folder that is only read that a repair was interrupted there.
pub(super) fn warn_of_interrupted(folder: &Path) {
    if is_interrupted(folder) {
        tell(
            "rechain: an earlier repair was interrupted, and some files may be as it leaves them; `rechain undo` gives all of \
             them their old content",
        );
    }
}

/// What is told of a database rests on the files that it ran, and after a repair those are others.
pub(super) fn warn_of_repair(path: &Path) {
    if is_repaired(path) {
        tell(
            "rechain: a repair was made here, and databases are told of as if they had run the files as they are now. If one ran \
             them as they were before, take the repair back with `rechain undo`, ask again, and repair again",
        );
    }
}
