//! Docstrings that name another id than the code.

use super::EnvironmentContext;
use super::context::value_place;
use crate::finding::{Finding, Group, Place, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "revision-id-mismatch",
    group: Group::Chain,
    is_repairable: false,
    summary: "The docstring says another Revision ID than revision.",
    severity: Severity::Warning,
    explanation: include_str!("revision_id_mismatch.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        let Some((said, range)) =
            script.docstring.as_ref().and_then(|docstring| docstring.revision_id.as_ref())
        else {
            continue;
        };
        let Some(id) = script.id().filter(|_| script.revision.literal().is_some()) else { continue };
        let said = said.trim_matches(['\'', '"']);
        if said.is_empty() || said == id {
            continue;
        }
        let mut finding =
            Finding::new(&RULE, format!("the docstring says Revision ID: {said}, the code says {id}"));
        let place = Place { path: script.path.clone(), range: *range };
        finding.evidence = vec![place.clone(), value_place(script, &script.revision)];
        finding.place = Some(place);
        finding.consequence =
            "Alembic reads the code only, so nothing fails. Whoever looks for the id of the docstring \
                               finds nothing; a file that was copied or renamed by hand often looks so."
                .to_owned();
        finding.advice = "If the code is right, write its id into the docstring. If databases know the docstring's id, the \
                          code was changed after they ran it."
            .to_owned();
        finding.revisions = vec![id.to_owned()];
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(docstring: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        let source = format!("\"\"\"b\n\n{docstring}\n\"\"\"\nrevision = 'b'\ndown_revision = 'a'\n");
        tree.insert(TreePath::parse("migrations/versions/b.py").expect("relative"), source.into_bytes());
        found("revision-id-mismatch", &tree)
    }

    #[test]
    fn reports_another_id() {
        assert_eq!(
            with("Revision ID: c\nRevises: a"),
            ["warning migrations/versions/b.py: the docstring says Revision ID: c, the code says b"]
        );
    }

    #[test]
    fn stays_silent_on_the_same_id_and_on_none() {
        for docstring in ["Revision ID: b", "Revision ID: 'b'", "Revision ID:", "Revises: a"] {
            assert!(with(docstring).is_empty(), "{docstring}");
        }
    }
}
