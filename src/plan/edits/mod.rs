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

use super::prove::Unproved;
use super::repair::{Broken, REPAIRS, Repair};
use super::{Draft, Plan, PlanKind, RevisionChange};
use crate::finding::{Applicability, Rule};
use crate::patch::{FilePatch, PatchSet};
use crate::text::{Edit, TextEdit};

/// The edits that are certain.
pub(super) static REPAIR: Repair = Repair {
    kind: PlanKind::Edits,
    sets_order: false,
    is_whole: true,
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
    let mut plans = with_the_rest(broken);
    if draft(broken, LOADING).is_some() {
        plans.extend((REPAIR.plan)(broken));
    }
    plans
}

fn with_the_rest(broken: &Broken<'_>) -> Vec<Plan> {
    let Some(draft) = draft(broken, LOADING) else { return Vec::new() };
    let others: Vec<&'static Repair> =
        REPAIRS.iter().copied().filter(|repair| repair.kind != PlanKind::Edits).collect();
    let both = broken.then(&draft, &others).into_iter();
    both.filter_map(|both| proved(broken, both.repair, both.draft)).collect()
}

fn proved(broken: &Broken<'_>, repair: &Repair, draft: Draft) -> Option<Plan> {
    let proof: Result<Plan, Unproved> = broken.prove(repair, draft);
    proof.ok()
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
    let mut files = Vec::new();
    let mut changes = Vec::new();
    for (at, own) in of_files {
        let script = &audited.scripts[at];
        let source = broken.tree.get(&script.path)?;
        let before: Vec<String> = script.down_revision.values().into_iter().map(str::to_owned).collect();
        let new_id = own.iter().find_map(|edit| edit.id.clone());
        let after = own.iter().find_map(|edit| edit.parents.clone()).unwrap_or_else(|| before.clone());
        let mut reasons: Vec<&str> = own.iter().map(|edit| &*edit.reason).collect();
        reasons.dedup();
        let old = script.id().unwrap_or_default().to_owned();
        changes.push(RevisionChange {
            path: script.path.clone(),
            revision: new_id.clone().unwrap_or_else(|| old.clone()),
            old_revision: new_id.map(|_| old),
            added: false,
            removed: false,
            before,
            after,
            reason: reasons.join("; "),
        });
        let edits = own.into_iter().flat_map(|edit| edit.edits).collect();
        let after = TextEdit::new(edits).ok()?.apply(source).ok()?;
        files.push(FilePatch {
            path: script.path.clone(),
            before: Some(source.into()),
            after: Some(after.into()),
        });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Some(Draft {
        patch: PatchSet::new(files),
        changes,
        order: Vec::new(),
        applicability,
        cautions,
        tells_of_another_past: false,
        copies: BTreeMap::new(),
    })
}
