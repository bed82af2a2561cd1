//! Identifiers that only running tells.

use super::EnvironmentContext;
use crate::finding::{Confidence, Finding, Group, Place, Rule, Severity};
use crate::source::Declared;

pub(super) static RULE: Rule = Rule {
    name: "dynamic-revision",
    group: Group::Chain,
    is_repairable: false,
    summary: "A revision or its parents are computed when the file runs.",
    severity: Severity::Info,
    explanation: include_str!("dynamic_revision.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    // In a file that does not parse nothing is computed: the syntax error says it all.
    for script in context.audited.scripts.iter().filter(|script| script.syntax_faults.is_empty()) {
        for declared in [&script.revision, &script.down_revision, &script.depends_on, &script.branch_labels] {
            let Declared::Unknown { range, why } = declared else { continue };
            let mut finding = Finding::new(&RULE, why.clone());
            let place = Place { path: script.path.clone(), range: *range };
            finding.evidence = vec![place.clone()];
            finding.place = Some(place);
            finding.consequence =
                "This was read without running it, so the value is not known here. What depends on \
                                   it is called unknown or likely, never certain."
                    .to_owned();
            finding.advice =
                "Write the value as a plain string, a tuple of strings or None, as Alembic does.".to_owned();
            finding.confidence = Confidence::Certain;
            finding.revisions = script.id().map(ToOwned::to_owned).into_iter().collect();
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_a_computed_parent() {
        assert_eq!(
            found("dynamic-revision", &project("a: a <- None\nb: b <- parent_of('b')")),
            ["info migrations/versions/b.py: down_revision is computed"]
        );
    }

    #[test]
    fn stays_silent_on_literals() {
        assert!(found("dynamic-revision", &project("a: a <- None\nb: b <- ('a')\nc: c <- ['b']")).is_empty());
    }
}
