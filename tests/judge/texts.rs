//! Compares what rechain's commands print with what Alembic's print, byte for byte.
//!
//! What Alembic keeps as a set it prints in any order; the judge gives those sets one order before it prints, so that
//! nothing has to be sorted here, and the order of parents and of `depends_on` counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rechain::alembic::{Command, Printer, Reading, Stopped};
use rechain::audited::Audited;
use serde::Deserialize;

use super::Raised as Theirs;

/// The commands that print the whole of a folder.
pub(crate) const WHOLE: [&str; 10] = [
    "heads",
    "heads -v",
    "heads --resolve-dependencies",
    "branches",
    "branches -v",
    "history",
    "history -v",
    "show heads",
    "show head",
    "show base",
];

/// What came of one of Alembic's commands.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Printed {
    /// Its exit status; nothing where it never ends.
    pub(crate) status: Option<u8>,
    text: String,
    raised: Option<Theirs>,
}

/// The commands worth asking about an environment: those of [`WHOLE`], and `show` for a few revisions, for the start of
/// an id, for labels and what lies on their branches, and for what does not exist.
pub(crate) fn commands(audited: &Audited) -> Vec<String> {
    let mut commands: Vec<String> = WHOLE.iter().map(ToString::to_string).collect();
    let Reading::Loads(map) = &audited.reading else { return commands };
    let revisions: Vec<_> = map.revisions().collect();
    let step = revisions.len().div_ceil(SHOWN).max(1);
    let mut labels = BTreeSet::new();
    for revision in revisions.iter().step_by(step) {
        let start: String = revision.id.chars().take(4).collect();
        commands.extend([format!("show {}", revision.id), format!("show {start}")]);
        labels.extend(map.labels_of(&revision.id));
        // A label that stands on other revisions is a branch of which this one may be no member.
        commands.extend(labels.iter().map(|label| format!("show {label}@{}", revision.id)));
    }
    let branches = labels.iter().map(String::as_str).chain(["no-such-branch"]);
    for branch in branches.take(SHOWN) {
        commands.push(format!("show {branch}"));
        commands.extend(["head", "heads", "base"].map(|name| format!("show {branch}@{name}")));
    }
    commands.sort();
    commands.dedup();
    commands
}

/// So many revisions of an environment are shown by themselves.
const SHOWN: usize = 6;

/// Compares each text, and says how many there were.
pub(crate) fn compare(
    audited: &Audited,
    folder: &Path,
    theirs: &BTreeMap<String, Printed>,
) -> Result<usize, String> {
    let folder = folder.canonicalize().expect("it is there");
    let folder = format!("{}/", folder.to_string_lossy().replace('\\', "/"));
    for (command, theirs) in theirs {
        let (status, text) = match &audited.reading {
            Reading::Unknown => return Ok(0),
            Reading::Raises { raised, .. } => (Some(raised.exit_status(asked(command))), Err(raised.clone())),
            Reading::Loads(map) => {
                let verbose = command.ends_with(" -v");
                let printer =
                    Printer { map, scripts: &audited.scripts, folder: &folder, verbose, is_silent: false };
                match print(printer, command) {
                    Ok(text) => (Some(0), Ok(text)),
                    Err(Stopped::NeverEnds) => (None, Ok(String::new())),
                    Err(Stopped::Raises(raised)) => (Some(raised.exit_status(asked(command))), Err(raised)),
                }
            }
        };
        if status != theirs.status {
            return Err(format!("{command}: rechain exits with {status:?}, Alembic with {theirs:?}"));
        }
        // Why a folder cannot be loaded is compared elsewhere.
        if audited.reading.raised().is_some() || status.is_none() {
            continue;
        }
        match (&text, &theirs.raised) {
            (Ok(ours), None) if *ours == theirs.text => {}
            (Ok(ours), None) => {
                return Err(format!("{command}: rechain prints\n{ours}\nand Alembic\n{}", theirs.text));
            }
            (Err(ours), Some(raised)) if settled(&ours.message) == settled(&raised.message) => {}
            (ours, raised) => return Err(format!("{command}: rechain {ours:?}, Alembic {raised:?}")),
        }
    }
    Ok(theirs.len())
}

/// The command, as far as it decides the exit status: `heads` alone forgets to translate some errors.
fn asked(command: &str) -> Command {
    if command == "heads" { Command::Heads } else { Command::Branches }
}

/// A message with the one list that Alembic takes from a set in one order.
pub(crate) fn settled(message: &str) -> String {
    let Some((before, list)) = message.split_once(" overlaps with other requested revisions ") else {
        return message.to_owned();
    };
    let mut ids: Vec<&str> = list.split(", ").collect();
    ids.sort_unstable();
    format!("{before} overlaps with {}", ids.join(", "))
}

fn print(printer: Printer<'_>, command: &str) -> Result<String, Stopped> {
    let printed = match command {
        "heads" | "heads -v" => printer.heads(false),
        "heads --resolve-dependencies" => printer.heads(true),
        "branches" | "branches -v" => printer.branches(),
        "history" | "history -v" => printer.history(),
        _ => printer.show(command.strip_prefix("show ").unwrap_or_else(|| panic!("no command `{command}`"))),
    };
    printed.stopped.map_or(Ok(printed.text), Err)
}
