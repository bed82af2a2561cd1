//! Ids that do not fit into the version table: others take their place, wherever they are named.

use super::reference::all_renamed;
use super::{FileEdit, Kind};
use crate::finding::Applicability;
use crate::plan::fresh_id::fresh_id;
use crate::plan::repair::Broken;
use crate::replay::Direction;
use crate::rules::REVISION_TOO_LONG;

pub(super) static KIND: Kind = Kind { mends: &REVISION_TOO_LONG, find };

fn find(broken: &Broken<'_>) -> Vec<FileEdit> {
    let audited = broken.audited();
    let failures = audited.account.failures(Direction::Upgrade);
    let mut files: Vec<usize> =
        failures.filter(|failing| failing.is_of_the_version()).map(|failing| failing.script).collect();
    files.sort_unstable();
    files.dedup();
    let mut renames: Vec<(usize, String, String)> = Vec::new();
    for at in files {
        let Some(old) = audited.scripts[at].id() else { continue };
        let is_taken =
            |id: &str| audited.graph.find(id).is_some() || renames.iter().any(|(_, other, _)| other == id);
        let new = fresh_id(&[old], is_taken);
        renames.push((at, new, format!("{old} is longer than the version table takes")));
    }
    all_renamed(broken, &renames, Applicability::Unsafe).unwrap_or_default()
}
