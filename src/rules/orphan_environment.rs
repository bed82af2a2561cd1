//! Migrations that nothing points at.

use super::Context;
use super::duplicate_environments::{points_at, shown};
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "orphan-environment",
    group: Group::Environment,
    is_repairable: false,
    summary: "An environment has migrations, and nothing points at it.",
    severity: Severity::Warning,
    explanation: include_str!("orphan_environment.md"),
};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(live) = context.environments.iter().find(|audited| audited.environment.live) else { return };
    for (index, audited) in context.environments.iter().enumerate() {
        let environment = &audited.environment;
        if environment.live || audited.scripts.is_empty() {
            continue;
        }
        let folder = shown(&environment.script_location);
        let n_scripts = audited.scripts.len();
        let noun = if n_scripts == 1 { "migration" } else { "migrations" };
        let mut finding =
            Finding::new(&RULE, format!("{folder} has {n_scripts} {noun}, and nothing points at it"));
        finding.environment = Some(index);
        finding.path = Some(environment.script_location.clone());
        finding.consequence = format!("{} What stands in {folder} never runs.", points_at(live));
        finding.advice =
            "If these migrations are still needed, name the folder in a configuration; otherwise delete it."
                .to_owned();
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_migrations_that_no_configuration_names() {
        let mut tree = project("a: a <- None");
        for (path, source) in [
            ("old/env.py", "from alembic import context\nfrom app import B\ntarget_metadata = B.metadata\n"),
            ("old/versions/x.py", "revision = 'x'\ndown_revision = None\n"),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        assert_eq!(
            found("orphan-environment", &tree),
            ["warning old: old/ has 1 migration, and nothing points at it"]
        );
    }

    #[test]
    fn stays_silent_on_a_single_environment() {
        assert!(found("orphan-environment", &project("a: a <- None")).is_empty());
    }
}
