//! Files that Alembic takes for migrations and that are none.

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Place, Rule, Severity};
use crate::source::{Declared, ScriptKind};
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "not-a-migration",
    group: Group::Loading,
    is_repairable: false,
    summary: "A Python file among the migrations declares no revision.",
    severity: Severity::Error,
    explanation: include_str!("not_a_migration.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in context.audited.scripts.iter().filter(|script| script.kind == ScriptKind::NoRevision) {
        let name = script.path.file_name();
        let mut finding = Finding::new(&RULE, format!("{name} declares no revision"));
        let range = match &script.down_revision {
            Declared::Literal(literal) => literal.statement,
            Declared::Known { range, .. } | Declared::Unknown { range, .. } => *range,
            Declared::Absent => TextRange::empty(0),
        };
        let place = Place { path: script.path.clone(), range };
        finding.evidence = vec![place.clone()];
        finding.place = Some(place);
        finding.consequence = format!(
            "Alembic takes every .py file in this folder for a migration. All commands stop with \"Could not determine \
             revision id from filename {name}\"."
        );
        finding.advice = match &script.down_revision {
            Declared::Absent => "Move the file out of this folder.".to_owned(),
            _ => "If it is a migration, add its `revision = …` line; otherwise move it out of this folder."
                .to_owned(),
        };
        if script.down_revision == Declared::Absent {
            finding.by_hand = Some("Move the file out of this folder".to_owned());
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_a_helper_beside_the_migrations() {
        let mut tree = project("a: a <- None");
        let path = TreePath::parse("migrations/versions/helpers.py").expect("relative");
        tree.insert(path, b"def table_exists(name):\n    return False\n".to_vec());
        assert_eq!(
            found("not-a-migration", &tree),
            ["error migrations/versions/helpers.py: helpers.py declares no revision"]
        );
    }

    #[test]
    fn stays_silent_on_init_files_and_on_unknown_ids() {
        let mut tree = project("a: a <- None");
        for (name, source) in [("__init__.py", ""), ("b.py", "revision = make()\ndown_revision = 'a'\n")] {
            let path = TreePath::parse(&format!("migrations/versions/{name}")).expect("relative");
            tree.insert(path, source.as_bytes().to_vec());
        }
        assert!(found("not-a-migration", &tree).is_empty());
    }
}
