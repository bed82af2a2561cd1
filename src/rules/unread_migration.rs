//! Migrations that are there and were not read.

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "unread-migration",
    group: Group::Loading,
    is_repairable: false,
    summary: "A migration is there and was not read.",
    severity: Severity::Warning,
    explanation: include_str!("unread_migration.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let tree = context.all.tree;
    for path in context.audited.left_out(tree) {
        let why = tree.why_unread(path).unwrap_or_default();
        let mut finding = Finding::new(&RULE, format!("{} was not read: {}", path.file_name(), reason(why)));
        finding.path = Some(path.to_string());
        finding.consequence =
            "Nothing is known of its revision, so nothing that is said of the chain is certain.".to_owned();
        finding.advice =
            "Give it so that it can be read: out of the zip, with the permission to open it, below the limit.".to_owned();
        findings.push(finding);
    }
}

/// A reason without what the message says already.
fn reason(why: &str) -> &str {
    let why = why.strip_prefix("not read: ").unwrap_or(why);
    why.strip_prefix("could not be read: ").unwrap_or(why)
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    #[test]
    fn names_what_alembic_would_read_and_why_it_was_not() {
        let mut tree = project("a: a <- None");
        for path in ["migrations/versions/b.py", "migrations/versions/b.txt", "migrations/c.py", "d.py"] {
            let path = TreePath::parse(path).expect("relative");
            tree.insert_unread(path, "3000000 bytes: larger than the limit of 2097152 bytes a file");
        }
        let why = "b.py was not read: 3000000 bytes: larger than the limit of 2097152 bytes a file";
        assert_eq!(found("unread-migration", &tree), [format!("warning migrations/versions/b.py: {why}")]);
    }
}
