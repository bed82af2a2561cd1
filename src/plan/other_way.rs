//! The single chain the other way round: what it moves stays where it is, and the other side goes on top.

use super::chain::{Scope, draft, joins};
use super::repair::{Broken, Repair};
use super::{Plan, PlanKind};

/// The other direction of the single chain, where there is one.
pub(super) static REPAIR: Repair =
    Repair { kind: PlanKind::ChainOtherWay, sets_order: true, is_whole: true, must_mend: true, plan };

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    if broken.is_ambiguous() || !joins(broken) {
        return None;
    }
    let stays = draft(broken, Scope::Whole, &[])?.moved;
    if stays.is_empty() {
        return None;
    }
    let drafted = draft(broken, Scope::Whole, &stays)?;
    // Where there are more sides than two, one of them moves either way.
    if drafted.moved.iter().any(|ix| stays.contains(ix)) {
        return None;
    }
    broken.prove(&REPAIR, drafted.draft).ok()
}

#[cfg(test)]
mod tests {
    use crate::audit::audit_again;
    use crate::plan::{PlanKind, plans};
    use crate::rules::fixture::{audited, project};

    /// Both directions: which revisions get which parents.
    fn told(migrations: &str) -> [String; 2] {
        let tree = project(migrations);
        let audit = audited(&tree);
        let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
        let plans = plans(&tree, &audit, &again).swap_remove(0);
        [PlanKind::Chain, PlanKind::ChainOtherWay].map(|kind| {
            let plan = plans.iter().find(|plan| plan.kind == kind);
            let changes = plan.into_iter().flat_map(|plan| &plan.changes);
            let changes = changes.map(|change| format!("{} <- {}", change.revision, change.after.join(" ")));
            changes.collect::<Vec<_>>().join(", ")
        })
    }

    #[test]
    fn the_smaller_side_moves_and_the_other_way_round_the_larger() {
        // Which of the two is written first, or older, is not asked.
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nd: d <- 'b'\nc: c <- 'a'"), ["c <- d", "b <- c"]);
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- 'c'"), ["b <- d", "c <- b"]);
    }

    #[test]
    fn bases_go_either_way_round() {
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nc: c <- None"), ["c <- b", "a <- c"]);
    }

    #[test]
    fn there_is_no_other_way_where_a_fault_or_a_need_decides_or_more_sides_than_two_are_there() {
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nc: c <- 'gone'")[1], "");
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- 'a'")[1], "");
        let tree = crate::rules::fixture::bodies(&[
            ("a", "None", "op.create_table('t', sa.Column('id', sa.Integer()))", "pass"),
            ("b", "'a'", "op.create_table('u', sa.Column('id', sa.Integer()))", "pass"),
            ("c", "'a'", "op.add_column('u', sa.Column('c', sa.Integer()))", "pass"),
        ]);
        let audit = audited(&tree);
        let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
        let plans = plans(&tree, &audit, &again).swap_remove(0);
        assert!(plans.iter().any(|plan| plan.kind == PlanKind::Chain));
        assert!(!plans.iter().any(|plan| plan.kind == PlanKind::ChainOtherWay));
    }
}
