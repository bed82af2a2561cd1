//! Several revisions that nobody continues.

use std::collections::{BTreeMap, BTreeSet};

use super::EnvironmentContext;
use super::context::listed;
use crate::finding::{Finding, Group, Rule, Severity};
use crate::graph::RevisionIx;

pub(crate) static RULE: Rule = Rule {
    name: "multiple-heads",
    group: Group::Chain,
    is_repairable: true,
    summary: "Several revisions are not continued by any other.",
    severity: Severity::Error,
    explanation: include_str!("multiple_heads.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.audited.graph;
    let heads = graph.tips();
    // What has unknown parents continues something, most likely one of these.
    if heads.len() < 2 + graph.n_open() {
        return;
    }
    let ids: Vec<_> = heads.iter().map(|&ix| context.id(ix)).collect();
    let mut n_children: BTreeMap<RevisionIx, usize> = BTreeMap::new();
    for parent in graph.revisions().flat_map(|ix| graph.parents(ix)) {
        *n_children.entry(parent).or_default() += 1;
    }
    let forks: BTreeSet<_> =
        heads.iter().filter_map(|&head| fork_below(context, &n_children, head)).collect();
    let forks: Vec<_> = forks.into_iter().map(|ix| context.id(ix)).collect();
    let mut finding = Finding::new(&RULE, format!("{} heads: {}", heads.len(), listed(&ids)));
    finding.evidence = heads.iter().filter_map(|&ix| context.id_place(ix)).collect();
    finding.place = finding.evidence.first().cloned();
    let origin =
        if forks.is_empty() { String::new() } else { format!(" The history forks at {}.", listed(&forks)) };
    let upgrade = context.upgrade_command();
    let is_certain = context.audited.load_error().is_none() || context.audited.heads_are_certain();
    finding.consequence = if context.audited.load_error().is_some() {
        let unless = if is_certain { "" } else { ", unless what is mended first joins them" };
        format!(
            "Alembic cannot load these files yet. Once it can, `{upgrade}` stops with \"Multiple head revisions are \
             present\"{unless}.{origin}"
        )
    } else {
        format!(
            "`{upgrade}` stops with \"Multiple head revisions are present\" and does not say which.{origin}"
        )
    };
    if !is_certain {
        finding.advice = "Mend what keeps Alembic from loading the files, then check again: one of these may be no head then."
            .to_owned();
    } else {
        finding.advice =
            "If any database has already run these revisions, join the heads with a merge revision. If none \
                          has, put them into one chain."
                .to_owned();
    }
    finding.revisions = ids;
    if context.audited.has_heads_by_design() {
        finding.severity = Severity::Warning;
        finding.consequence = format!(
            "The branches have labels, so this may be meant: `{}` runs them all, while `{upgrade}` stops, since it wants \
             one.{origin}",
            context.command("upgrade heads")
        );
        finding.advice =
            "If the branches are meant to stay apart, deploy with heads. Otherwise join them.".to_owned();
    }
    let computed = context.audited.scripts.iter().any(|script| script.branch_labels.is_unknown());
    if context.is_partly_unknown() || computed {
        finding.because_unknown();
    }
    findings.push(finding);
}

/// Where the line that ends in a head leaves the others: down to the first revision with another child.
fn fork_below(
    context: &EnvironmentContext<'_>,
    n_children: &BTreeMap<RevisionIx, usize>,
    head: RevisionIx,
) -> Option<RevisionIx> {
    let graph = &context.audited.graph;
    let mut at = head;
    loop {
        let [parent] = graph.parents(at)[..] else { return None };
        if graph.is_ghost(parent) {
            return None;
        }
        if n_children.get(&parent).is_some_and(|&n| n > 1) {
            return Some(parent);
        }
        at = parent;
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{audited, found, project};

    #[test]
    fn reports_the_heads_and_where_they_fork() {
        let tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'");
        assert_eq!(found("multiple-heads", &tree), ["error migrations/versions/b.py: 2 heads: b and c"]);
        assert!(audited(&tree).findings[0].consequence.ends_with("The history forks at a."));
    }

    #[test]
    fn names_only_the_forks_that_lead_to_heads() {
        let tree =
            project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- ('b', 'c')\ne: e <- 'd'\nf: f <- 'd'");
        assert!(audited(&tree).findings[0].consequence.ends_with("The history forks at d."));
    }

    #[test]
    fn stays_silent_where_a_merge_joins_them() {
        assert!(
            found("multiple-heads", &project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- ('b', 'c')"))
                .is_empty()
        );
    }

    #[test]
    fn is_only_likely_where_an_unknown_parent_could_be_one_of_them() {
        let tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- compute()");
        assert_eq!(found("multiple-heads", &tree), ["warning migrations/versions/b.py: 3 heads: b, c and d"]);
    }

    #[test]
    fn stays_silent_where_the_unknown_may_continue_all_but_one() {
        assert!(found("multiple-heads", &project("a: a <- None\nb: b <- compute()")).is_empty());
        let tree = project("a: a <- None\nb: b <- compute()\nc: c <- compute()");
        assert!(found("multiple-heads", &tree).is_empty());
    }

    #[test]
    fn a_label_that_several_heads_share_keeps_none_apart() {
        let mut tree = project("b: b <- 'a'\nc: c <- 'a'");
        let path = crate::ingest::TreePath::parse("migrations/versions/a.py").expect("relative");
        tree.insert(path, b"revision = 'a'\ndown_revision = None\nbranch_labels = ('main',)\n".to_vec());
        assert!(found("multiple-heads", &tree)[0].starts_with("error"));
    }

    #[test]
    fn only_warns_where_branches_have_labels() {
        let mut tree = project("a: a <- None\nb: b <- 'a'");
        let path = crate::ingest::TreePath::parse("migrations/versions/c.py").expect("relative");
        tree.insert(path, b"revision = 'c'\ndown_revision = 'a'\nbranch_labels = ('side',)\n".to_vec());
        assert!(found("multiple-heads", &tree)[0].starts_with("warning"));
    }

    #[test]
    fn a_label_that_is_computed_is_a_label() {
        let mut tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'");
        let path = crate::ingest::TreePath::parse("migrations/versions/b.py").expect("relative");
        let source =
            "from app import names\nrevision = 'b'\ndown_revision = 'a'\nbranch_labels = names.EXPAND\n";
        tree.insert(path, source.as_bytes());
        assert_eq!(found("multiple-heads", &tree), ["warning migrations/versions/b.py: 2 heads: b and c"]);
    }
}
