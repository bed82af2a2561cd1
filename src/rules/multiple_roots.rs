//! Several revisions without a parent.

use super::EnvironmentContext;
use super::context::listed;
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "multiple-roots",
    group: Group::Chain,
    is_repairable: true,
    summary: "Several revisions have no parent.",
    severity: Severity::Error,
    explanation: include_str!("multiple_roots.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.audited.graph;
    let bases = graph.bases();
    if bases.len() < 2 {
        return;
    }
    let ids: Vec<_> = bases.iter().map(|&ix| context.id(ix)).collect();
    let mut finding = Finding::new(&RULE, format!("{} revisions say down_revision = None", bases.len()));
    finding.evidence = bases.iter().filter_map(|&ix| context.parents_place(ix)).collect();
    finding.place = finding.evidence.first().cloned();
    // Branches that are kept apart on purpose are deployed together, so nothing stops.
    let several_heads = graph.tips().len() > 1 && !context.audited.has_heads_by_design();
    finding.consequence = if several_heads {
        format!(
            "Alembic sees {} separate histories and says nothing about it. An upgrade runs them in an order that \
             the files do not state, and `{}` stops with \"Multiple head revisions are present\".",
            bases.len(),
            context.upgrade_command()
        )
    } else {
        format!(
            "Alembic sees {} separate histories and says nothing about it. Which of them runs first is not stated by \
             the files.",
            bases.len()
        )
    };
    finding.advice = format!(
        "Decide which of {} came first, and let each of the others name the revision it belongs after.",
        listed(&ids)
    );
    finding.by_hand = Some("Give every root but the first a parent".to_owned());
    finding.revisions = ids;
    if context.audited.has_bases_by_design() {
        finding.severity = Severity::Info;
        finding.consequence =
            "Each further root has a branch label, a folder of its own or a dependency, so this is \
                               most likely meant: Alembic documents it as working with multiple bases."
                .to_owned();
        finding.advice = "If it is meant, nothing is to be done.".to_owned();
        finding.by_hand = None;
    } else if !several_heads {
        finding.severity = Severity::Warning;
    }
    if context.is_partly_unknown() {
        finding.because_unknown();
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_every_root_where_there_are_several() {
        assert_eq!(
            found("multiple-roots", &project("a: a <- None\nb: b <- ()\nc: c <- 'b'")),
            ["error migrations/versions/a.py: 2 revisions say down_revision = None"]
        );
    }

    #[test]
    fn only_warns_where_a_merge_joins_the_roots_again() {
        assert_eq!(
            found("multiple-roots", &project("a: a <- None\nb: b <- None\nm: m <- ('a', 'b')")),
            ["warning migrations/versions/a.py: 2 revisions say down_revision = None"]
        );
    }

    #[test]
    fn stays_silent_on_one_root_and_on_a_missing_parent() {
        assert!(found("multiple-roots", &project("a: a <- None\nb: b <- 'a'")).is_empty());
        assert!(found("multiple-roots", &project("a: a <- None\nb: b <- 'zz'")).is_empty());
    }

    #[test]
    fn only_mentions_it_where_every_further_root_has_a_branch_label() {
        let mut tree = project("a: a <- None");
        let path = crate::ingest::TreePath::parse("migrations/versions/b.py").expect("relative");
        tree.insert(path, b"revision = 'b'\ndown_revision = None\nbranch_labels = ('side',)\n".to_vec());
        assert!(found("multiple-roots", &tree)[0].starts_with("info"));
    }
}
