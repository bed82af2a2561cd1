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

use std::collections::BTreeSet;

use super::prove::Unproved;
use super::repair::{Broken, REPAIRS, Repair};
use super::{Draft, Plan, PlanKind};
use crate::audited::Audited;
use crate::finding::{Applicability, Severity};
use crate::rules::DUPLICATE_REVISION;
use decide::{Decisions, Way};
use files::Files;
use place::{Place, place};

/// The oldest file keeps the id, unless the files say otherwise.
pub(super) static REPAIR: Repair = Repair {
    kind: PlanKind::Duplicate,
    sets_order: true,
    is_whole: true,
    must_mend: true,
    plan: |broken| plan(broken, &REPAIR, Way::Older),
};

/// Where only their age told them apart, another one keeps it.
pub(super) static OTHER_WAY: Repair = Repair {
    kind: PlanKind::DuplicateOtherWay,
    sets_order: true,
    is_whole: true,
    must_mend: true,
    plan: |broken| plan(broken, &OTHER_WAY, Way::Other),
};

/// The most files that share ids, counted once for each file that there is: each is tried in its place among all.
const MOST: usize = 1_000_000;

/// The repairs of ids, which are not made upon one another.
const DUPLICATES: [PlanKind; 2] = [PlanKind::Duplicate, PlanKind::DuplicateOtherWay];

/// Whether so many files share an id that no repair is tried.
pub(super) fn are_too_many(audited: &Audited) -> bool {
    let shadowed = audited.graph.shadowed();
    let n_shared = shadowed.len() + shadowed.iter().map(|lost| lost.kept).collect::<BTreeSet<_>>().len();
    n_shared * audited.scripts.len() > MOST
}

fn plan(broken: &Broken<'_>, repair: &Repair, way: Way) -> Option<Plan> {
    if !broken.is_ambiguous() || are_too_many(broken.audited()) {
        return None;
    }
    let files = Files::of(broken.audited(), broken.tree);
    let decisions = Decisions::of(&files, way);
    if way == Way::Other && !decisions.has_choice {
        return None;
    }
    [Place::OnTop, Place::Beneath, Place::Above].into_iter().find_map(|at| {
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
    let apart: Vec<&'static Repair> =
        REPAIRS.iter().copied().filter(|repair| !DUPLICATES.contains(&repair.kind)).collect();
    let mut both = broken.then(draft, &apart);
    both.sort_by_key(|both| {
        let n_errors = both.leaves.iter().filter(|rule| rule.severity == Severity::Error).count();
        (n_errors, both.applicability != Applicability::Safe)
    });
    both.into_iter().map(|both| both.draft).collect()
}
