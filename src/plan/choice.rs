//! Which repair is the one to take.

use std::cmp::Reverse;

use super::{Plan, PlanKind};
use crate::alembic::Fares;
use crate::finding::Applicability;
use crate::rules::REVISES_MISMATCH;

impl Plan {
    fn is_by_hand(&self) -> bool {
        self.kind == PlanKind::ByHand
    }

    fn is_safe(&self) -> bool {
        self.applicability == Applicability::Safe
    }

    /// Whether it is right for every database that was asked about; nothing where that is not known. A safe one is right
    /// for all that it does not stop.
    fn serves(&self) -> Option<bool> {
        let each: Vec<_> =
            self.stamped.iter().map(|one| one.is_right().or(self.is_safe().then_some(true))).collect();
        let is_wrong = each.contains(&Some(false));
        if is_wrong { Some(false) } else { each.into_iter().all(|one| one.is_some()).then_some(true) }
    }

    /// In how many states of databases it is right.
    fn n_right(&self) -> usize {
        let groups = self.states.iter().flatten().filter(|group| group.fares == Fares::Runs);
        groups.map(|group| group.count).sum()
    }

    /// Whether databases were asked about, and none of them has run anything: then nothing can be harmed.
    fn is_for_empty_ones(&self) -> bool {
        !self.stamped.is_empty() && self.stamped.iter().all(|one| one.rows.is_empty())
    }

    /// Less is better: what is known to be right for the databases that were asked about, then what is safe, then what is
    /// right in the most states. Of what is right for the databases that were asked about, what leaves the fewest faults of
    /// the chain comes first.
    fn rank(&self) -> impl Ord + use<> {
        let serves = match self.serves() {
            Some(true) => 0,
            None => 1,
            Some(false) => 2,
        };
        let n_left = self.leaves.iter().filter(|rule| rule.is_repairable).count();
        let n_left = if self.stamped.is_empty() || serves > 0 { 0 } else { n_left };
        let (is_risky, n_right) =
            if self.is_for_empty_ones() { (false, 0) } else { (!self.is_safe(), self.n_right()) };
        // What the files tell of their own past is left as it stands by none that is as good otherwise.
        let disagrees = self.leaves.contains(&&REVISES_MISMATCH);
        // What somebody chose is no advice.
        (self.is_by_hand(), serves, n_left, is_risky, disagrees, Reverse(n_right))
    }
}

/// Puts the best first; what is as good stays in the order in which people are told of repairs.
pub(super) fn best_first(plans: &mut [Plan]) {
    plans.sort_by_key(Plan::rank);
}

/// The plan to take, of an environment's plans as [`super::plans`] gives them: the first, unless a database that was asked
/// about is known to be harmed by it.
pub fn recommended(plans: &[Plan]) -> Option<&Plan> {
    plans.first().filter(|plan| !plan.is_by_hand() && plan.serves() != Some(false))
}

/// The plans that stand beside the recommended one as its equals: each mends a fault of the chain that those before it leave.
pub fn equals(plans: &[Plan]) -> impl Iterator<Item = &Plan> {
    let first = recommended(plans);
    let left = first.into_iter().flat_map(|first| &first.leaves);
    let mut left: Vec<_> = left.filter(|rule| rule.is_repairable).collect();
    let mends_more = move |plan: &&Plan| {
        let n_left = left.len();
        left.retain(|rule| !plan.resolves.contains(rule));
        left.len() < n_left
    };
    let others = plans.iter().skip(1).filter(|plan| !plan.is_by_hand() && plan.serves() != Some(false));
    others.filter(mends_more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{audit, audit_again};
    use crate::audited::AuditOptions;
    use crate::rules::fixture::project;

    /// The plans, the best first, and with `*` the recommended one; what stands beside it is in brackets.
    fn told(migrations: &str, stamped: &[&str]) -> String {
        let tree = project(migrations);
        let stamped =
            stamped.iter().map(|rows| rows.split_whitespace().map(str::to_owned).collect()).collect();
        let options = AuditOptions { stamped, ..AuditOptions::default() };
        let audit = audit(&tree, options, &mut |_, _| {});
        let plans =
            crate::plan::plans(&tree, &audit, &|patched, changed| audit_again(patched, &audit, changed))
                .swap_remove(0);
        let first = recommended(&plans).map(|plan| plan.kind);
        let beside: Vec<_> = equals(&plans).map(|plan| plan.kind).collect();
        let name = |plan: &Plan| match plan.kind {
            kind if first == Some(kind) => format!("*{kind}"),
            kind if beside.contains(&kind) => format!("[{kind}]"),
            kind => kind.to_string(),
        };
        plans.iter().map(name).collect::<Vec<_>>().join(" ")
    }

    const FORK: &str = "a: a <- None\nb: b <- 'a'\nc: c <- 'a'";
    const ROOTS: &str = "a: a <- None\nb: b <- 'a'\nc: c <- None";

    #[test]
    fn what_is_safe_comes_first_and_an_unsafe_one_where_there_is_no_other() {
        assert_eq!(told(FORK, &[]), "*merge chain chain-other-way");
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nc: c <- 'gone'", &[]), "*pass-through chain");
    }

    #[test]
    fn what_mends_a_fault_that_the_recommended_one_leaves_stands_beside_it() {
        assert_eq!(told(ROOTS, &[]), "*merge [chain] chain-other-way");
    }

    #[test]
    fn what_is_right_for_the_databases_given_comes_before_all() {
        for (database, plans) in [
            ("a", "*merge chain chain-other-way"),
            ("b", "*merge chain chain-other-way"),
            ("c", "*merge chain-other-way chain"),
            ("b c", "*merge chain chain-other-way"),
            ("gone", "merge chain chain-other-way"),
        ] {
            assert_eq!(told(FORK, &[database]), plans, "{database}");
        }
        // Where no database has run anything, all is as good, and the first is the chain.
        assert_eq!(told(FORK, &[""]), "*chain chain-other-way merge");
        assert_eq!(told(ROOTS, &["", ""]), "*chain chain-other-way merge");
        assert_eq!(told(FORK, &["", "c"]), "*merge chain-other-way chain");
        // What leaves a fault of the chain comes after what mends it, and what harms one of them last.
        assert_eq!(told(ROOTS, &["b"]), "*chain merge chain-other-way");
        assert_eq!(told(ROOTS, &["c"]), "*chain-other-way merge chain");
        assert_eq!(told(ROOTS, &["b", "c"]), "*merge chain chain-other-way");
        assert_eq!(told(FORK, &["b", "gone"]), "merge chain chain-other-way");
    }

    #[test]
    fn a_database_that_holds_what_is_gone_gets_a_stand_in_for_it() {
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nc: c <- 'gone'", &["gone"]), "*pass-through chain");
    }

    #[test]
    fn what_the_files_tell_of_their_past_comes_before_a_merge() {
        let mut tree = project("a: a <- None\nc: c <- 'a'");
        let path = crate::ingest::TreePath::parse("migrations/versions/b.py").expect("relative");
        let text = "\"\"\"b\n\nRevision ID: b\nRevises: a\n\"\"\"\nrevision = 'b'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n";
        tree.insert(path, text.as_bytes().to_vec());
        let audit = audit(&tree, AuditOptions::default(), &mut |_, _| {});
        let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
        let plans = crate::plan::plans(&tree, &audit, &again).swap_remove(0);
        let first = recommended(&plans).map(|plan| (plan.kind, plan.applicability));
        assert_eq!(first, Some((crate::plan::PlanKind::Chain, Applicability::Unsafe)));
        let merge =
            plans.iter().find(|plan| plan.kind == crate::plan::PlanKind::Merge).expect("there are two heads");
        assert_eq!(merge.applicability, Applicability::Unsafe);
        assert!(
            merge.cautions.iter().any(|caution| caution.contains("runs it again")),
            "{:?}",
            merge.cautions
        );
    }

    #[test]
    fn what_moves_nothing_that_a_database_has_run_is_safe() {
        // The merge of three stops Alembic, and a parent that lies below another one is no loss.
        let merge = "a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- ('a', 'b', 'c')";
        assert_eq!(told(merge, &[]), "*chain");
    }
}
