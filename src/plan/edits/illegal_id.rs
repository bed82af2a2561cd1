//! Ids with a character that Alembic refuses: it becomes `_`, wherever the id is named.

use super::reference::all_renamed;
use super::{FileEdit, Kind};
use crate::finding::Applicability;
use crate::plan::repair::Broken;
use crate::replay::VERSION_WIDTH;
use crate::rules::{ILLEGAL_CHARACTERS, ILLEGAL_REVISION_ID};

pub(super) static KIND: Kind = Kind { mends: &ILLEGAL_REVISION_ID, find };

fn find(broken: &Broken<'_>) -> Vec<FileEdit> {
    let audited = broken.audited();
    let mut renames = Vec::new();
    for (at, script) in audited.scripts.iter().enumerate() {
        let Some(old) = script.id().filter(|id| id.contains(ILLEGAL_CHARACTERS)) else { continue };
        let new = old.replace(ILLEGAL_CHARACTERS, "_");
        // A name that others use already, and none declares, is what this one was meant to be.
        let is_taken = audited.graph.find(&new).is_some_and(|ix| !audited.graph.is_ghost(ix));
        let is_again = renames.iter().any(|(_, other, _): &(usize, String, String)| *other == new);
        if is_taken || is_again || new.chars().count() > VERSION_WIDTH {
            return Vec::new();
        }
        renames.push((at, new, format!("Alembic takes no id like {old}")));
    }
    // The colon was allowed until 1.17, so a database may have it.
    let is_new = renames.iter().any(|(at, ..)| audited.scripts[*at].id().is_some_and(|id| id.contains(':')));
    let applicability = if is_new { Applicability::Unsafe } else { Applicability::Safe };
    all_renamed(broken, &renames, applicability).unwrap_or_default()
}
