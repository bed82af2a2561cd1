//! Migrations without `upgrade()`.

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Place, Rule, Severity};
use crate::source::ScriptKind;
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "no-upgrade",
    group: Group::Loading,
    is_repairable: false,
    summary: "A migration has no upgrade().",
    severity: Severity::Error,
    explanation: include_str!("no_upgrade.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        let is_read = script.kind == ScriptKind::Migration && script.syntax_faults.is_empty();
        if !is_read || script.has_upgrade || script.raises.is_some() {
            continue;
        }
        let id = script.id().unwrap_or_default();
        let mut finding = Finding::new(&RULE, format!("{id} has no upgrade()"));
        finding.place = Some(Place { path: script.path.clone(), range: TextRange::empty(0) });
        finding.consequence = format!(
            "`{}` looks for every upgrade() before it runs the first, and stops with AttributeError.",
            context.upgrade_command()
        );
        finding.advice =
            "Write one; `pass` is enough where there is nothing to do. If the file was cut short, take it from version \
             control."
                .to_owned();
        finding.revisions.extend(script.id().map(ToOwned::to_owned));
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{bodies, found};

    #[test]
    fn reports_a_migration_that_cannot_run() {
        let mut tree = bodies(&[("a", "None", "pass", "pass")]);
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        tree.insert(path, b"revision = 'b'\ndown_revision = 'a'\ndef downgrade():\n    pass\n".to_vec());
        assert_eq!(found("no-upgrade", &tree), ["error migrations/versions/b.py: b has no upgrade()"]);
    }

    #[test]
    fn stays_silent_where_the_name_may_be_bound() {
        for body in ["from shared import *\n", "from shared import upgrade\n", "upgrade = lambda: None\n"] {
            let mut tree = bodies(&[]);
            let path = TreePath::parse("migrations/versions/b.py").expect("relative");
            tree.insert(path, format!("{body}revision = 'b'\ndown_revision = None\n").into_bytes());
            assert!(found("no-upgrade", &tree).is_empty(), "{body}");
        }
    }
}
