//! Migrations that nothing points at.

use super::Context;
use super::duplicate_environments::{points_at, shown};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::source::Overruled;

pub(crate) static RULE: Rule = Rule {
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
        let family = live.needed_by(audited);
        let why = match (&environment.overruled, family) {
            (Some(Overruled { by, path, .. }), _) => format!("{by} wins over the {path} that names it"),
            (None, Some(id)) => format!(
                "they belong to those of {}: they need {id}",
                shown(&live.environment.script_location)
            ),
            (None, None) => "nothing points at it".to_owned(),
        };
        let mut finding = Finding::new(&RULE, format!("{folder} has {n_scripts} {noun}, and {why}"));
        finding.environment = Some(index);
        finding.path = Some(environment.script_location.clone());
        finding.consequence = format!("{} What stands in {folder} never runs.", points_at(live));
        finding.advice =
            "If these migrations are still needed, name the folder in a configuration; otherwise delete it."
                .to_owned();
        if let Some(Overruled { by, path, line, .. }) = &environment.overruled {
            finding.consequence = format!(
                "Alembic takes script_location from {by} and does not look at {path}:{line}. What stands in {folder} never runs."
            );
            finding.advice = format!(
                "Write {folder} into {by}, or take script_location out of it, so that {path} counts; if these migrations \
                 are no longer needed, delete the folder."
            );
        } else if family.is_some() {
            finding.severity = Severity::Info;
            finding.consequence =
                "They are one package of a family, whose folders a program gives Alembic when it runs."
                    .to_owned();
            finding.advice =
                "To have them audited together, name all folders in version_locations.".to_owned();
        }
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

    const OTHER: &str = "from alembic import context\nfrom app import B\ntarget_metadata = B.metadata\n";

    #[test]
    fn names_the_ini_that_wins_over_a_pyproject_toml() {
        let mut tree = project("a: a <- None");
        for (path, source) in [
            ("pyproject.toml", "[tool.alembic]\nscript_location = '%(here)s/new'\n"),
            ("new/env.py", OTHER),
            ("new/versions/x.py", "revision = 'x'\ndown_revision = None\n"),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        assert_eq!(
            found("orphan-environment", &tree),
            ["warning new: new/ has 1 migration, and alembic.ini wins over the pyproject.toml that names it"]
        );
    }

    #[test]
    fn only_mentions_a_package_that_needs_what_the_live_one_has() {
        let mut tree = project("a: a <- None");
        let source = "revision = 'x'\ndown_revision = None\nbranch_labels = ('billing',)\ndepends_on = 'a'\n";
        let path = TreePath::parse("billing/versions/x.py").expect("relative");
        tree.insert(path, source.as_bytes().to_vec());
        assert_eq!(
            found("orphan-environment", &tree),
            ["info billing: billing/ has 1 migration, and they belong to those of migrations/: they need a"]
        );
        assert!(found("missing-dependency", &tree)[0].starts_with("warning"));
    }

    #[test]
    fn stays_silent_on_a_single_environment() {
        assert!(found("orphan-environment", &project("a: a <- None")).is_empty());
    }
}
