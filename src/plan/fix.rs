//! The fix of a finding: the plans that resolve it, and where none does, what is left to a person.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, PlanKind};
use crate::finding::{Applicability, Finding};
use crate::text::capital;

/// The fix of a finding, as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it is.
    pub title: String,
    /// Whether it may be applied without a decision: the best of its plans.
    pub applicability: Applicability,
    /// The plans that resolve the finding, the best first.
    pub plans: Vec<PlanKind>,
}

/// The fix of one of an audit's findings, where `plans` are those of its environment, the best first.
pub fn fix_of(findings: &[Finding], at: usize, plans: &[Plan]) -> Option<Fix> {
    let mends: Vec<&Plan> = plans.iter().filter(|plan| plan.mends.contains(&at)).collect();
    let Some(applicability) = mends.iter().map(|plan| plan.applicability).max() else {
        let title = findings[at].by_hand.clone()?;
        return Some(Fix { title, applicability: Applicability::DisplayOnly, plans: Vec::new() });
    };
    // The other way round is the same repair, one choice further.
    let ways = mends.iter().map(|plan| plan.kind.other_way_of().unwrap_or(plan.kind));
    let mut kinds: Vec<PlanKind> = Vec::new();
    ways.for_each(|kind| {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    });
    let titles: Vec<_> = kinds.iter().map(|kind| kind.title().to_lowercase()).collect();
    let plans = mends.iter().map(|plan| plan.kind).collect();
    Some(Fix { title: capital(&titles.join(", or ")), applicability, plans })
}

/// The findings of an environment that are gone after a repair, by their places. Of a rule of which some are left, one is gone
/// only if it is clear which.
pub(super) fn mended(
    before: &[Finding],
    index: usize,
    after: &[Finding],
    position: usize,
) -> BTreeSet<usize> {
    let mut left: BTreeMap<&str, Left<'_>> = BTreeMap::new();
    for finding in after.iter().filter(|finding| finding.environment == Some(position)) {
        left.entry(finding.rule.name).or_default().add(finding);
    }
    let mut own: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, finding) in before.iter().enumerate().filter(|(_, finding)| finding.environment == Some(index)) {
        own.entry(finding.rule.name).or_default().push(at);
    }
    let gone = own.into_iter().flat_map(|(rule, own)| {
        let Some(left) = left.get(rule) else { return own };
        let gone: Vec<usize> = own.iter().copied().filter(|&at| !left.may_be(&before[at])).collect();
        let n = |ats: &[usize]| ats.iter().map(|&at| before[at].count).sum::<usize>();
        if n(&gone) + left.n <= n(&own) { gone } else { Vec::new() }
    });
    gone.collect()
}

/// What is left of a rule: how many faults, at which files, of which revisions.
#[derive(Default)]
struct Left<'f> {
    n: usize,
    paths: BTreeSet<Option<String>>,
    revisions: BTreeSet<&'f [String]>,
}

impl<'f> Left<'f> {
    fn add(&mut self, finding: &'f Finding) {
        self.n += finding.count;
        self.paths.insert(finding.path_text());
        self.revisions.insert(&finding.revisions);
    }

    fn may_be(&self, finding: &Finding) -> bool {
        self.paths.contains(&finding.path_text()) || self.revisions.contains(&*finding.revisions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::audit_again;
    use crate::ingest::SourceTree;
    use crate::rules::fixture::{audited, bodies, project};

    /// The fix of every finding of a project, as `rule: title (applicability)`.
    fn fixes(tree: &SourceTree) -> Vec<String> {
        let audit = audited(tree);
        let again = |patched: &SourceTree, changed: &[_]| audit_again(patched, &audit, changed);
        let plans = crate::plan::plans(tree, &audit, &again);
        let told = |at: usize| {
            let rule = audit.findings[at].rule.name;
            match fix_of(&audit.findings, at, &plans[0]) {
                Some(fix) => {
                    assert_eq!(fix.plans.is_empty(), fix.applicability == Applicability::DisplayOnly);
                    format!("{rule}: {} ({})", fix.title, fix.applicability.word())
                }
                None => format!("{rule}: none"),
            }
        };
        (0..audit.findings.len()).map(told).collect()
    }

    #[test]
    fn it_is_what_the_plans_do_that_resolve_the_finding() {
        assert_eq!(
            fixes(&project("a: a <- None\nb: b <- None")),
            [
                "multiple-roots: Single chain (unsafe)",
                "multiple-heads: Merge revision, or single chain (safe)"
            ]
        );
        // No chain is offered where two branches make the same table in different ways.
        let [one, other] = ["Integer", "Text"]
            .map(|kind| format!("op.create_table('t', sa.Column('{}', sa.{kind}()))", kind.to_lowercase()));
        let fork = bodies(&[
            ("a", "None", "pass", "pass"),
            ("b", "'a'", &one, "op.drop_table('t')"),
            ("c", "'a'", &other, "op.drop_table('t')"),
        ]);
        let heads = fixes(&fork).into_iter().find(|told| told.starts_with("multiple-heads")).expect("found");
        let audit = audited(&fork);
        let again = |patched: &SourceTree, changed: &[_]| audit_again(patched, &audit, changed);
        let kinds: Vec<_> =
            crate::plan::plans(&fork, &audit, &again)[0].iter().map(|plan| plan.kind).collect();
        assert_eq!(heads.contains("single chain"), kinds.contains(&PlanKind::Chain), "{heads} {kinds:?}");
    }

    #[test]
    fn what_no_plan_resolves_is_left_to_a_person() {
        // Two of them name each other, and one cannot be written.
        let computed = project("a: a <- None\nb: b <- 'gone'\nc: c <- make()");
        assert!(
            fixes(&computed).iter().all(|told| told.ends_with("none)")
                || told.ends_with(": none")
                || told.contains("display-only")),
            "{:?}",
            fixes(&computed)
        );
    }

    #[test]
    fn of_a_rule_of_which_some_are_left_only_those_are_gone_that_are_not_there_any_more() {
        let all = audited(&project("a: a <- None\nb: b <- 'x'\nc: c <- 'y'")).findings;
        let one = audited(&project("a: a <- None\nb: b <- 'a'\nc: c <- 'y'")).findings;
        let at = |revision: &str| {
            let is_it =
                |finding: &Finding| finding.revisions[0] == revision && finding.rule.name == "missing-parent";
            all.iter().position(is_it).expect("found")
        };
        let gone = mended(&all, 0, &one, 0);
        assert!(gone.contains(&at("b")) && !gone.contains(&at("c")), "{gone:?}");
        assert!(mended(&all, 0, &all, 0).is_empty());
        assert_eq!(mended(&all, 0, &[], 0).len(), all.len());
    }
}
