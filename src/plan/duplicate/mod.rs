//! One file for each id: a stale copy goes, and of other files all but one get ids of their own.
//!
//! Which file keeps an id, what becomes of the others and where they stand is decided here, and proved as every repair is.
//! What else is wrong with the chain shows only then: where a repair mends that, both are one plan.

mod decide;
mod edit;
mod files;
mod place;
#[cfg(test)]
mod tests;

use super::prove::Unproved;
use super::repair::{Broken, REPAIRS, Repair};
use super::{Draft, Plan, PlanKind};
use crate::finding::{Applicability, Severity};
use crate::ingest::{SourceTree, TreePath};
use crate::rules::DUPLICATE_REVISION;
use decide::{Decisions, Way};
use files::Files;
use place::{Place, place};

/// The oldest file keeps the id, unless the files say otherwise.
pub(super) static REPAIR: Repair = Repair {
    kind: PlanKind::Duplicate,
    sets_order: true,
    is_whole: true,
    plan: |broken| plan(broken, &REPAIR, Way::Older),
};

/// Where only their age told them apart, another one keeps it.
pub(super) static OTHER_WAY: Repair = Repair {
    kind: PlanKind::DuplicateOtherWay,
    sets_order: true,
    is_whole: true,
    plan: |broken| plan(broken, &OTHER_WAY, Way::Other),
};

fn plan(broken: &Broken<'_>, repair: &Repair, way: Way) -> Option<Plan> {
    if !broken.is_ambiguous() {
        return None;
    }
    let files = Files::of(broken.audited(), broken.tree);
    let decisions = Decisions::of(&files, way);
    if way == Way::Other && !decisions.has_choice {
        return None;
    }
    [Place::OnTop, Place::Beneath].into_iter().find_map(|at| {
        let moved = place(&files, &decisions, at);
        let draft = edit::draft(&files, &decisions, &moved)?;
        let mut whole = with_the_rest(broken, &draft);
        whole.push(draft);
        whole.into_iter().find_map(|draft| proved(broken, repair, draft).ok())
    })
}

/// Why a draft is none.
const STILL_TWICE: &str = "Files would share an id still.";

fn proved(broken: &Broken<'_>, repair: &Repair, draft: Draft) -> Result<Plan, Unproved> {
    let plan = broken.prove(repair, draft)?;
    if plan.resolves.contains(&&DUPLICATE_REVISION) {
        Ok(plan)
    } else {
        Err(Unproved::Other(STILL_TWICE.to_owned()))
    }
}

/// The draft with each repair of what it leaves, the best first: that which leaves the fewest errors, a safe one before others.
fn with_the_rest(broken: &Broken<'_>, draft: &Draft) -> Vec<Draft> {
    let patched = draft.patch.apply(broken.tree);
    let changed: Vec<TreePath> = draft.patch.files.iter().map(|file| file.path.clone()).collect();
    let audit = (broken.again)(&patched, &changed);
    let Some(index) = broken.index_in(&audit) else { return Vec::new() };
    // What has changed already is no longer as it was audited.
    let again = |tree: &SourceTree, more: &[TreePath]| (broken.again)(tree, &[&changed, more].concat());
    let Some(rest) = Broken::of(&patched, &audit, &again, index).filter(|rest| !rest.is_ambiguous()) else {
        return Vec::new();
    };
    let mut plans: Vec<Plan> = REPAIRS.iter().filter_map(|repair| (repair.plan)(&rest)).collect();
    plans.sort_by_key(|plan| {
        let n_errors = plan.leaves.iter().filter(|rule| rule.severity == Severity::Error).count();
        (n_errors, plan.applicability != Applicability::Safe)
    });
    plans.into_iter().map(|plan| draft.clone().then(plan)).collect()
}
