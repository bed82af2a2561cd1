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

/// What each revision needs and does not come after, by index, with the first reason.
fn needs(audited: &Audited) -> BTreeMap<RevisionIx, (Vec<RevisionIx>, &Prerequisite)> {
    let graph = &audited.graph;
    let ix_of = revision_of(audited);
    let mut needs: BTreeMap<RevisionIx, (Vec<RevisionIx>, &Prerequisite)> = BTreeMap::new();
    let mut below: BTreeMap<RevisionIx, BTreeSet<RevisionIx>> = BTreeMap::new();
    for needed in audited.account.prerequisites() {
        let (Some(ix), Some(on)) = (ix_of[needed.script], ix_of[needed.on]) else { continue };
        let is_below =
            |below: &mut BTreeMap<RevisionIx, BTreeSet<RevisionIx>>, ix: RevisionIx, other: RevisionIx| {
                below.entry(ix).or_insert_with(|| graph.ancestors(ix)).contains(&other)
            };
        // What stands the other way round is not put right by this.
        if !is_below(&mut below, ix, on) && !is_below(&mut below, on, ix) {
            needs.entry(ix).or_insert_with(|| (Vec::new(), needed)).0.push(on);
        }
    }
    // What one below it needs as well, it comes after anyway; and of what it needs the topmost is enough.
    let all = needs.clone();
    for (ix, (own, _)) in &mut needs {
        let under = below.get(ix).into_iter().flatten().filter(|under| *under != ix);
        let inherited: BTreeSet<RevisionIx> =
            under.filter_map(|under| all.get(under)).flat_map(|(on, _)| on.iter().copied()).collect();
        let stand = own.iter().chain(&inherited);
        let covered: BTreeSet<RevisionIx> =
            stand.flat_map(|&on| graph.ancestors(on).into_iter().filter(move |&below| below != on)).collect();
        own.retain(|on| !covered.contains(on) && !inherited.contains(on));
        own.sort_unstable();
        own.dedup();
    }
    needs.retain(|_, (own, _)| !own.is_empty());
    needs
}

/// Each revision after what it needs; nothing where none needs anything, or a file cannot be written.
fn grafted(broken: &Broken<'_>) -> Option<Draft> {
    let audited = broken.audited();
    let graph = &audited.graph;
    let mut drafting = Drafting::default();
    for (ix, (on, why)) in needs(audited) {
        let script = &audited.scripts[graph.node(ix).script?];
        // Of its own parents go those that lie below what it needs.
        let covered: BTreeSet<RevisionIx> = on.iter().flat_map(|&on| graph.ancestors(on)).collect();
        let stays = graph.parents(ix).into_iter().filter(|parent| !covered.contains(parent));
        let parents = stays.chain(on).map(|ix| graph.id(ix).to_owned()).collect();
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
