//! Revisions that wait for each other.

use super::EnvironmentContext;
use super::context::value_place;
use super::revision_cycle::what_alembic_does;
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "dependency-cycle",
    group: Group::Chain,
    is_repairable: false,
    summary: "Revisions wait for each other through depends_on.",
    severity: Severity::Error,
    explanation: include_str!("dependency_cycle.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.audited.graph;
    let itself = graph.revisions().filter(|&ix| graph.node(ix).self_dependency).map(|ix| vec![ix]);
    for (n_before, found) in graph.dependency_cycles().into_iter().chain(itself).enumerate() {
        let ids: Vec<_> = found.iter().map(|&ix| context.id(ix)).collect();
        let mut shown = ids.clone();
        shown.extend(ids.first().cloned());
        let mut finding =
            Finding::new(&RULE, format!("revisions wait for each other: {}", shown.join(" -> ")));
        finding.evidence = found
            .iter()
            .filter_map(|&ix| context.script(ix))
            .filter(|script| !script.depends_on.values().is_empty())
            .map(|script| value_place(script, &script.depends_on))
            .collect();
        finding.place = finding.evidence.first().cloned();
        what_alembic_does(context, &mut finding, n_before);
        finding.advice = "Take one of the dependencies out.".to_owned();
        finding.revisions = ids;
        findings.push(finding);
    }
    for script in context.lost_scripts() {
        let Some(id) = script.id().filter(|id| script.depends_on.values().contains(id)) else { continue };
        let mut finding = Finding::new(&RULE, format!("revisions wait for each other: {id} -> {id}"));
        finding.place = Some(value_place(script, &script.depends_on));
        finding.evidence = finding.place.iter().cloned().collect();
        finding.consequence =
            "Alembic stops with \"Dependency self-loop is detected in revisions\".".to_owned();
        finding.advice = "Take the dependency out.".to_owned();
        finding.revisions = vec![id.to_owned()];
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(depends_on: &str) -> Vec<String> {
        let mut tree = project("a: a <- None\nc: c <- 'b'");
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        tree.insert(
            path,
            format!("revision = 'b'\ndown_revision = 'a'\ndepends_on = '{depends_on}'\n").into_bytes(),
        );
        found("dependency-cycle", &tree)
    }

    #[test]
    fn reports_a_revision_that_depends_on_what_follows_it_or_on_itself() {
        assert_eq!(with("c"), ["error migrations/versions/b.py: revisions wait for each other: b -> c -> b"]);
        assert_eq!(with("b"), ["error migrations/versions/b.py: revisions wait for each other: b -> b"]);
    }

    #[test]
    fn a_file_that_alembic_loses_counts_too() {
        let mut tree = project("a: a <- None\nc: b <- 'a'");
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        tree.insert(path, b"revision = 'b'\ndown_revision = 'a'\ndepends_on = 'b'\n".to_vec());
        let found = found("dependency-cycle", &tree);
        assert_eq!(found, ["error migrations/versions/b.py: revisions wait for each other: b -> b"]);
    }

    #[test]
    fn stays_silent_on_a_dependency_on_an_ancestor() {
        assert!(with("a").is_empty());
    }
}
