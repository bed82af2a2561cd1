//! What runs the check by itself: a git hook, a configuration for the pre-commit framework, a workflow.

use super::filled;
use super::guide::is_plain;
use crate::report::EnvironmentReport;

/// A git hook that audits what is about to be committed.
pub(super) const HOOK: &str = include_str!("templates/pre-commit.sh");

/// A workflow that audits every pull request.
pub(super) const WORKFLOW: &str = include_str!("templates/migrations.yml");

/// A configuration for the pre-commit framework, which runs for the project's own folders of migrations.
pub(super) fn pre_commit_config(environments: &[EnvironmentReport]) -> String {
    let live = environments.iter().filter(|environment| environment.live);
    let folders: Vec<&str> =
        live.flat_map(|environment| &environment.version_locations).map(String::as_str).collect();
    // A name that would have to be escaped twice, for YAML and for a pattern, is not worth the risk.
    let files = if folders.is_empty() || folders.iter().any(|folder| !is_plain(folder)) {
        r"\.(py|ini|toml|cfg)$".to_owned()
    } else {
        let folders: Vec<_> = folders.iter().map(|folder| folder.replace('.', r"\.")).collect();
        format!(r"(^|/)({})/.*\.py$|(^|/)(env\.py|alembic\.ini|pyproject\.toml)$", folders.join("|"))
    };
    filled(include_str!("templates/pre-commit-config.yaml"), &[("files", &files)])
}
