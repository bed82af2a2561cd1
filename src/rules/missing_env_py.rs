//! Environments without `env.py`.

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "missing-env-py",
    group: Group::Environment,
    is_repairable: false,
    summary: "The folder that the configuration names has no env.py.",
    severity: Severity::Error,
    explanation: include_str!("missing_env_py.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let Some(path) = &audited.missing_env_py else { return };
    // A configuration that cannot be used stops everything before that.
    if !audited.environment.refusals.is_empty() {
        return;
    }
    let mut finding = Finding::new(&RULE, format!("{path} is not there"));
    finding.path = Some(audited.environment.script_location.clone());
    finding.consequence = format!(
        "`{}` and every other command that looks at a database stop with ImportError: Can't find Python file {path}.",
        context.upgrade_command()
    );
    finding.advice =
        "Bring it back from version control, or correct script_location in the configuration.".to_owned();
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{found, tree};

    const INI: (&str, &str) = ("alembic.ini", "[alembic]\nscript_location = migrations\n");
    const MIGRATION: (&str, &str) =
        ("migrations/versions/a.py", "revision = 'a'\ndown_revision = None\ndef upgrade():\n    pass\n");

    #[test]
    fn reports_the_file_that_alembic_runs() {
        assert_eq!(
            found("missing-env-py", &tree(&[INI, MIGRATION])),
            ["error migrations: migrations/env.py is not there"]
        );
    }

    #[test]
    fn stays_silent_where_it_is_there_or_nothing_says_where_it_must_be() {
        let env_py = ("migrations/env.py", "from alembic import context\ncontext.run_migrations()\n");
        assert!(found("missing-env-py", &tree(&[INI, MIGRATION, env_py])).is_empty());
        assert!(found("missing-env-py", &tree(&[MIGRATION])).is_empty());
    }
}
