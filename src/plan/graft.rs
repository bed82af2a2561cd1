//! The merge where one history needs another: what needs something is put after it, and the heads are joined.
//!
//! Alembic runs histories side by side in an order of its own, and may run a migration before the one that makes what it
//! needs. What a revision needs becomes a parent of it; no other file changes. A database that ran what needs something has
//! run what it needs, so what is new below it is nothing that it lacks; one that still holds a row for each stops.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Drafting};
use super::order::revision_of;
use super::repair::{Broken, Repair};
use super::{Plan, PlanKind, merge};
use crate::audited::Audited;
use crate::finding::Applicability;
use crate::graph::RevisionIx;
use crate::replay::Prerequisite;
use crate::rules::MULTIPLE_HEADS;

/// The merge, with each history after what it needs.
pub(super) static REPAIR: Repair =
    Repair { kind: PlanKind::Graft, sets_order: true, is_whole: true, must_mend: true, plan };

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    let audited = broken.audited();
    let applies =
        !broken.is_ambiguous() && broken.errors.contains(&&MULTIPLE_HEADS) && audited.load_error().is_none();
    if !applies {
        return None;
    }
    let draft = grafted(broken)?;
    // Where one history ends up on the other, no heads are left to join.
    let joined = broken.then(&draft, &[&merge::REPAIR]).pop().map(|both| both.draft);
    broken.prove(&REPAIR, joined.unwrap_or(draft)).ok()
}

/// What each revision needs and would not come after otherwise, with the first reason; nothing where they would go round.
fn needs(audited: &Audited) -> Option<BTreeMap<RevisionIx, (Vec<RevisionIx>, &Prerequisite)>> {
    let graph = &audited.graph;
    let ix_of = revision_of(audited);
    let mut reasons: BTreeMap<(RevisionIx, RevisionIx), &Prerequisite> = BTreeMap::new();
    for needed in audited.account.prerequisites() {
        if let (Some(ix), Some(on)) = (ix_of[needed.script], ix_of[needed.on])
            && ix != on
        {
            reasons.entry((on, ix)).or_insert(needed);
        }
    }
    // What stands the other way round is not put right by this.
    let pairs: Vec<_> = reasons.keys().flat_map(|&(on, ix)| [(on, ix), (ix, on)]).collect();
    let mut are_below = graph.are_below(&pairs).into_iter();
    reasons.retain(|_, _| {
        let is_below = [are_below.next(), are_below.next()];
        !is_below.contains(&Some(true))
    });
    let further: Vec<_> = reasons.keys().copied().collect();
    // What it comes after by way of the others is no need of its own.
    let mut are_implied = graph.are_implied(&further)?.into_iter();
    reasons.retain(|_, _| are_implied.next() == Some(false));
    let mut needs = BTreeMap::new();
    for ((on, ix), why) in reasons {
        needs.entry(ix).or_insert_with(|| (Vec::new(), why)).0.push(on);
    }
    Some(needs)
}

/// Each revision after what it needs; nothing where none needs anything, or a file cannot be written.
fn grafted(broken: &Broken<'_>) -> Option<Draft> {
    let audited = broken.audited();
    let graph = &audited.graph;
    let needs = needs(audited)?;
    // Of its own parents go those that lie below what it needs.
    let pairs = needs.iter().flat_map(|(&ix, (on, _))| {
        graph.parents(ix).into_iter().flat_map(move |parent| on.iter().map(move |&on| (parent, on)))
    });
    let pairs: Vec<_> = pairs.collect();
    let are_below = graph.are_below(&pairs);
    let covered: BTreeSet<_> =
        pairs.iter().zip(are_below).filter_map(|(pair, is_so)| is_so.then_some(*pair)).collect();
    let mut drafting = Drafting::default();
    for (ix, (on, why)) in needs {
        let script = &audited.scripts[graph.node(ix).script?];
        let goes = |&parent: &RevisionIx| on.iter().any(|&on| covered.contains(&(parent, on)));
        let stays = graph.parents(ix).into_iter().filter(|parent| !goes(parent));
        let parents = stays.chain(on.iter().copied()).map(|ix| graph.id(ix).to_owned()).collect();
        let needed = audited.scripts[why.on].id().unwrap_or_default();
        let reason = format!("{}, which {needed} {}", why.why, why.does);
        drafting.reparent(broken.tree, script, graph.id(ix), parents, reason)?;
    }
    drafting.done(Applicability::Unsafe)
}

#[cfg(test)]
mod tests {
    use crate::audit::audit_again;
    use crate::plan::{Plan, PlanKind, plans};
    use crate::rules::fixture::{audited, bodies};

    const TABLE: &str = "op.create_table('z', sa.Column('id', sa.Integer()))";
    const COLUMN: &str = "op.add_column('z', sa.Column('c', sa.Integer()))";

    fn grafted(files: &[(&str, &str, &str, &str)]) -> Option<Plan> {
        let tree = bodies(files);
        let audit = audited(&tree);
        let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
        let plans = plans(&tree, &audit, &again).swap_remove(0);
        plans.into_iter().find(|plan| plan.kind == PlanKind::Graft)
    }

    #[test]
    fn a_base_goes_on_top_of_what_it_needs() {
        let files =
            [("z", "None", TABLE, "pass"), ("y", "'z'", "pass", "pass"), ("b", "None", COLUMN, "pass")];
        let plan = grafted(&files).expect("b needs z");
        assert_eq!((plan.after.graph.bases().len(), plan.after.graph.real_heads().len()), (1, 1));
        assert_eq!(plan.changes.iter().filter(|change| !change.added).count(), 1);
        assert!(plan.changes.iter().any(|change| change.revision == "b" && change.after == ["z"]));
    }

    #[test]
    fn what_stands_on_something_stands_on_what_it_needs_too() {
        let files =
            [("z", "None", TABLE, "pass"), ("b", "None", "pass", "pass"), ("c", "'b'", COLUMN, "pass")];
        let plan = grafted(&files).expect("c needs z");
        assert_eq!((plan.after.graph.bases().len(), plan.after.graph.real_heads().len()), (2, 1));
        let order = |id: &str| plan.order.iter().position(|own| own == id);
        assert!(order("z") < order("c") && order("b") < order("c"), "{:?}", plan.order);
        let changed: Vec<_> =
            plan.changes.iter().map(|change| (&*change.revision, change.after.join(" "))).collect();
        assert_eq!(changed, [("c", "b z".to_owned())], "and nothing is left to merge");
        assert_eq!(plan.changes[0].reason, "alters table z, which z creates");
    }

    #[test]
    fn where_nothing_needs_anything_there_is_only_the_merge() {
        let files = [("z", "None", TABLE, "pass"), ("b", "None", "pass", "pass")];
        assert!(grafted(&files).is_none());
    }
}
