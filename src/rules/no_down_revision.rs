//! Migrations that do not say what they follow.

use super::EnvironmentContext;
use super::context::value_place;
use crate::finding::{Finding, Group, Rule, Severity};
use crate::source::{Declared, ScriptKind};

pub(super) static RULE: Rule = Rule {
    name: "no-down-revision",
    group: Group::Loading,
    is_repairable: false,
    summary: "A migration has a revision and no down_revision.",
    severity: Severity::Error,
    explanation: include_str!("no_down_revision.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        if script.kind != ScriptKind::Migration || script.down_revision != Declared::Absent {
            continue;
        }
        let id = script.id().unwrap_or_default().to_owned();
        let mut finding = Finding::new(&RULE, format!("{} has no down_revision", script.path.file_name()));
        finding.place = Some(value_place(script, &script.revision));
        finding.evidence = finding.place.iter().cloned().collect();
        finding.consequence =
            "Every command stops with an AttributeError: module has no attribute 'down_revision'.".to_owned();
        finding.advice =
            "Add `down_revision = …` with the revision that this one follows, or None if it is the first."
                .to_owned();
        finding.revisions = vec![id];
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_a_revision_without_down_revision() {
        let mut tree = project("a: a <- None");
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        tree.insert(path, b"revision = 'b'\ndown_revision: str\n".to_vec());
        assert_eq!(
            found("no-down-revision", &tree),
            ["error migrations/versions/b.py: b.py has no down_revision"]
        );
    }

    #[test]
    fn stays_silent_where_it_is_none() {
        assert!(found("no-down-revision", &project("a: a <- None")).is_empty());
    }
}
