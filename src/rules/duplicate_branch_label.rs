//! One branch label for two things.

use std::collections::BTreeMap;

use super::EnvironmentContext;
use super::context::value_place;
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "duplicate-branch-label",
    group: Group::Chain,
    is_repairable: false,
    summary: "A branch label is used twice, or is a revision id as well.",
    severity: Severity::Error,
    explanation: include_str!("duplicate_branch_label.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.audited.graph;
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    // Files that Alembic loses count: it notes their labels before it loses them.
    for script in &context.audited.scripts {
        let Some(id) = script.id().map(ToOwned::to_owned) else { continue };
        for label in script.branch_labels.values() {
            let taken = first.get(label).cloned().or_else(|| {
                graph.find(label).filter(|&other| !graph.is_ghost(other)).map(|other| context.id(other))
            });
            let Some(by) = taken else {
                first.insert(label.to_owned(), id.clone());
                continue;
            };
            let mut finding =
                Finding::new(&RULE, format!("the branch label {label} of {id} is already used by {by}"));
            finding.place = Some(value_place(script, &script.branch_labels));
            finding.evidence = finding.place.iter().cloned().collect();
            finding.consequence =
                "Every command stops with \"Branch name … already used by revision …\".".to_owned();
            finding.advice = "Give one of the two another label.".to_owned();
            finding.revisions = vec![id.clone(), by];
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(first: &str, second: &str) -> Vec<String> {
        let mut tree = project("r: r <- None");
        for (id, label) in [("a", first), ("b", second)] {
            let path = TreePath::parse(&format!("migrations/versions/{id}.py")).expect("relative");
            let source = format!("revision = '{id}'\ndown_revision = 'r'\nbranch_labels = ('{label}',)\n");
            tree.insert(path, source.into_bytes());
        }
        found("duplicate-branch-label", &tree)
    }

    #[test]
    fn reports_a_label_used_twice_or_equal_to_an_id() {
        assert_eq!(
            with("x", "x"),
            ["error migrations/versions/b.py: the branch label x of b is already used by a"]
        );
        assert_eq!(
            with("x", "r"),
            ["error migrations/versions/b.py: the branch label r of b is already used by r"]
        );
    }

    #[test]
    fn copies_of_a_revision_with_a_label_collide() {
        let mut tree = project("r: r <- None");
        for name in ["a", "a_copy"] {
            let path = TreePath::parse(&format!("migrations/versions/{name}.py")).expect("relative");
            tree.insert(path, b"revision = 'a'\ndown_revision = 'r'\nbranch_labels = 'x'\n".to_vec());
        }
        assert_eq!(
            found("duplicate-branch-label", &tree),
            ["error migrations/versions/a_copy.py: the branch label x of a is already used by a"]
        );
    }

    #[test]
    fn stays_silent_on_labels_of_their_own() {
        assert!(with("x", "y").is_empty());
    }
}
