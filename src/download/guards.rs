//! What runs the check by itself: a git hook, a configuration for the pre-commit framework, a workflow.

/// A git hook that audits what is about to be committed.
pub(super) const HOOK: &str = include_str!("templates/pre-commit.sh");

/// A workflow that audits every pull request.
pub(super) const WORKFLOW: &str = include_str!("templates/migrations.yml");

/// A configuration for the pre-commit framework. It runs for every commit: the framework tells no hook of a file that
/// was deleted, and a deleted migration breaks the chain.
pub(super) const PRE_COMMIT_CONFIG: &str = include_str!("templates/pre-commit-config.yaml");
