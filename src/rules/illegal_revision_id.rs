//! Characters that Alembic keeps for itself.

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "illegal-revision-id",
    group: Group::Chain,
    is_repairable: false,
    summary: "A revision id holds a character that Alembic does not allow.",
    severity: Severity::Error,
    explanation: include_str!("illegal_revision_id.md"),
};

/// What Alembic allows in no id.
pub(crate) const ILLEGAL: [char; 4] = ['@', '-', '+', ':'];

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for ix in context.audited.graph.revisions() {
        let id = context.id(ix);
        let mut illegal: Vec<char> = id.chars().filter(|c| ILLEGAL.contains(c)).collect();
        illegal.sort_unstable();
        illegal.dedup();
        if illegal.is_empty() {
            continue;
        }
        let listed: Vec<_> = illegal.iter().map(ToString::to_string).collect();
        let listed = listed.join(", ");
        let mut finding = Finding::new(&RULE, format!("the revision id {id} holds {listed}"));
        finding.place = context.id_place(ix);
        finding.evidence = finding.place.iter().cloned().collect();
        finding.consequence = format!(
            "Every command stops with \"Character(s) '{listed}' not allowed in revision identifier '{id}'\" (the colon \
             since Alembic 1.17.1)."
        );
        finding.advice =
            "Rename the id here and wherever it is named as parent or dependency. A database that ran \
                          it keeps the old id in alembic_version until it is changed there too."
                .to_owned();
        finding.revisions = vec![id];
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_the_characters() {
        assert_eq!(
            found("illegal-revision-id", &project("a: a-1@x <- None")),
            ["error migrations/versions/a.py: the revision id a-1@x holds -, @"]
        );
    }

    #[test]
    fn stays_silent_on_spaces_and_dots() {
        assert!(found("illegal-revision-id", &project("a: v1.0 é b <- None")).is_empty());
    }
}
