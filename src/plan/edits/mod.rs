//! Single edits that the files alone decide: each kind is a file of its own, and says which finding it mends.
//!
//! What keeps Alembic from loading the files comes first: every other repair stands on the files as those edits leave them.

mod conflict;
mod dependency;
mod illegal_id;
mod long_id;
mod misplaced_op;
mod reference;
#[cfg(test)]
mod tests;
mod witnesses;

use std::collections::BTreeMap;

use super::draft::{Draft, Drafting, RevisionChange};
use super::repair::{Broken, REPAIRS, Repair};
use super::{Plan, PlanKind};
use crate::finding::{Applicability, Rule};
use crate::text::{Edit, TextEdit};

/// The edits that are certain.
pub(super) static REPAIR: Repair = Repair {
    kind: PlanKind::Edits,
    sets_order: false,
    is_whole: true,
    must_mend: true,
    plan: |broken| {
        let all = [LOADING, RUNNING].concat();
        proved(broken, &REPAIR, draft(broken, &all)?)
            .or_else(|| proved(broken, &REPAIR, draft(broken, LOADING)?))
    },
};

/// Ids that fit into the version table.
pub(super) static SHORT_IDS: Repair = Repair {
    kind: PlanKind::ShortIds,
    sets_order: false,
    is_whole: true,
    must_mend: true,
    plan: |broken| proved(broken, &SHORT_IDS, draft(broken, &[&long_id::KIND])?),
};

/// Those of what keeps Alembic from loading the files.
const LOADING: &[&Kind] = &[&conflict::KIND, &dependency::KIND, &witnesses::KIND, &illegal_id::KIND];

/// Those of what fails when it runs.
const RUNNING: &[&Kind] = &[&misplaced_op::KIND];

/// A kind of edit.
struct Kind {
    /// The rule that finds what it mends.
    mends: &'static Rule,
    find: fn(&Broken<'_>) -> Vec<FileEdit>,
}

/// What is edited in one file.
struct FileEdit {
    /// The file, by its place among the scripts.
    script: usize,
    edits: Vec<Edit>,
    /// As a clause.
    reason: String,
    /// The id that it has from now on, where that is another.
    id: Option<String>,
    /// The parents that it names from now on, where those are others.
    parents: Option<Vec<String>>,
    applicability: Applicability,
    cautions: Vec<String>,
}

impl FileEdit {
    fn new(script: usize, edits: Vec<Edit>, reason: String) -> Self {
        let applicability = Applicability::Safe;
        Self { script, edits, reason, id: None, parents: None, applicability, cautions: Vec::new() }
    }
}

/// Whether some edit may mend what a rule finds.
pub(super) fn may_mend(rule: &Rule) -> bool {
    [LOADING, RUNNING, &[&long_id::KIND]].concat().iter().any(|kind| kind.mends == rule)
}

/// The edits, and every other repair as it is made of the files that they leave; nothing where no edit lets Alembic load
/// more, or nothing of it holds. Whoever reads the files as they are takes a slip for what was meant.
pub(super) fn plans(broken: &Broken<'_>) -> Vec<Plan> {
    let Some(draft) = draft(broken, LOADING) else { return Vec::new() };
    let others: Vec<&'static Repair> =
        REPAIRS.iter().copied().filter(|repair| repair.kind != PlanKind::Edits).collect();
    let both = broken.then(&draft, &others).into_iter();
    both.filter_map(|both| proved(broken, both.repair, both.draft)).chain((REPAIR.plan)(broken)).collect()
}

fn proved(broken: &Broken<'_>, repair: &Repair, draft: Draft) -> Option<Plan> {
    broken.prove(repair, draft).ok()
}

/// What edits of some kinds make of the files; nothing where there are none, or where two of them touch the same bytes.
fn draft(broken: &Broken<'_>, kinds: &[&Kind]) -> Option<Draft> {
    let audited = broken.audited();
    let kinds = kinds.iter().filter(|kind| broken.errors.contains(&kind.mends));
    let mut found: Vec<FileEdit> = kinds.flat_map(|kind| (kind.find)(broken)).collect();
    found.sort_by(|one, other| {
        let path = |edit: &FileEdit| &audited.scripts[edit.script].path;
        path(one).cmp(path(other))
    });
    let applicability = found.iter().map(|edit| edit.applicability).min()?;
    let cautions = found.iter_mut().flat_map(|edit| std::mem::take(&mut edit.cautions)).collect();
    let mut of_files: BTreeMap<usize, Vec<FileEdit>> = BTreeMap::new();
    for edit in found {
        of_files.entry(edit.script).or_default().push(edit);
    }
    let mut drafting = Drafting::default();
    for (at, own) in of_files {
        let script = &audited.scripts[at];
        let source = broken.tree.get(&script.path)?;
        let mut reasons: Vec<&str> = own.iter().map(|edit| &*edit.reason).collect();
        reasons.dedup();
        let old = script.id().unwrap_or_default();
        let mut change = RevisionChange::of(script, old, reasons.join("; "));
        if let Some(id) = own.iter().find_map(|edit| edit.id.clone()) {
            change.old_revision = Some(std::mem::replace(&mut change.revision, id));
        }
        if let Some(parents) = own.iter().find_map(|edit| edit.parents.clone()) {
            change.after = parents;
        }
        let edits = own.into_iter().flat_map(|edit| edit.edits).collect();
        drafting.rewrite(source, Some(TextEdit::new(edits).ok()?.apply(source).ok()?), change);
    }
    // What is unsafe whatever the states are: an id or a parent was another one on some side.
    let tells_of_another_past = applicability == Applicability::Unsafe;
    Some(Draft { cautions, tells_of_another_past, ..drafting.done(applicability)? })
}
