//! Migrations beside those that Alembic loads: in sub-folders of a version location, and outside of all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Place, Rule, Severity};
use crate::ingest::TreePath;
use crate::source::{Declared, Flavour, read_script, sets_main_option};
use crate::text::{TextRange, contains};

/// Migrations in a sub-folder.
pub(super) static SUBFOLDER: Rule = Rule {
    name: "ignored-subfolder",
    group: Group::Environment,
    is_repairable: false,
    summary: "A sub-folder of a version location holds migrations that are never loaded.",
    severity: Severity::Warning,
    explanation: include_str!("ignored_subfolder.md"),
};

/// Migrations beside the version locations.
pub(super) static OUTSIDE: Rule = Rule {
    name: "migration-outside-versions",
    group: Group::Environment,
    is_repairable: false,
    summary: "Migrations stand beside env.py, outside every version location.",
    severity: Severity::Warning,
    explanation: include_str!("migration_outside_versions.md"),
};

pub(super) fn check_subfolders(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for (folder, paths) in ignored(context, true) {
        let count = n_migrations(paths.len());
        let mut finding =
            Finding::new(&SUBFOLDER, format!("{folder}/ holds {count} that Alembic never loads"));
        finding.consequence =
            "Alembic looks into the version location itself and into no folder below it, without a word."
                .to_owned();
        finding.advice = format!(
            "If {} to the history, write `recursive_version_locations = true` in the configuration; otherwise move {} \
             out of the version location.",
            if paths.len() == 1 { "it belongs" } else { "they belong" },
            if paths.len() == 1 { "it" } else { "them" },
        );
        findings.push(told(finding, &paths));
    }
}

pub(super) fn check_outside(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for (folder, paths) in ignored(context, false) {
        let count = n_migrations(paths.len());
        let shown = if folder.is_empty() { "The top folder".to_owned() } else { format!("{folder}/") };
        let mut finding =
            Finding::new(&OUTSIDE, format!("{shown} holds {count} outside every version location"));
        finding.consequence = "Alembic never loads what stands there, and does not say so.".to_owned();
        finding.advice =
            "Move what belongs to the history into the version location, and delete what does not."
                .to_owned();
        findings.push(told(finding, &paths));
    }
}

fn told(mut finding: Finding, paths: &BTreeSet<&TreePath>) -> Finding {
    let places = paths.iter().map(|path| Place { path: (*path).clone(), range: TextRange::empty(0) });
    finding.evidence = places.collect();
    finding.place = finding.evidence.first().cloned();
    finding
}

fn n_migrations(n: usize) -> String {
    if n == 1 { "a migration".to_owned() } else { format!("{n} migrations") }
}

/// The files inside the environment that declare a revision and are loaded by nobody, by folder.
fn ignored<'c>(
    context: &EnvironmentContext<'c>,
    below_versions: bool,
) -> BTreeMap<&'c str, BTreeSet<&'c TreePath>> {
    let audited = context.audited;
    let environment = &audited.environment;
    // Without a configuration the program that runs the migrations may name more folders, as neutron's does.
    let is_configured = environment.config.is_some() || environment.flavour == Flavour::FlaskMigrate;
    // Where the characters of a text were taken for folders, nothing is known of the folders that were meant.
    let is_known = environment.complete && !environment.passed_over.iter().any(|passed| passed.is_text);
    if !environment.live || !is_configured || !is_known {
        return BTreeMap::new();
    }
    let all = || context.all.environments.iter();
    let loaded: BTreeSet<&TreePath> = all().flat_map(|audited| &audited.environment.scripts).collect();
    let is_version_location =
        |path: &TreePath| environment.version_locations.iter().any(|location| path.is_under(location));
    // What stands in another environment is that one's.
    let is_foreign = |path: &TreePath| {
        all().map(|audited| &audited.environment).any(|other| {
            other.script_location.len() > environment.script_location.len()
                && path.is_under(&other.script_location)
        })
    };
    let roots: BTreeSet<&str> = if below_versions {
        environment.version_locations.iter().map(String::as_str).collect()
    } else {
        BTreeSet::from([environment.script_location.as_str()])
    };
    let mut found: BTreeMap<&str, BTreeSet<&TreePath>> = BTreeMap::new();
    for root in roots {
        for (path, source) in context.all.tree.under(root) {
            let is_ignored = matches!(path.file_name().rsplit_once('.'), Some((_, "py")))
                && path.file_name() != "env.py"
                && is_version_location(path) == below_versions
                && !environment.version_locations.iter().any(|location| path.folder() == location)
                && !loaded.contains(path)
                && contains(source, "down_revision")
                && !is_foreign(path)
                && declares_a_revision(path, source);
            if is_ignored {
                found.entry(path.folder()).or_default().insert(path);
            }
        }
    }
    // A program may name these folders when it runs.
    if !found.is_empty() && sets_main_option(context.all.tree, "version_locations").is_some() {
        found.clear();
    }
    found
}

fn declares_a_revision(path: &TreePath, source: &[u8]) -> bool {
    let script = read_script(path, source);
    script.revision != Declared::Absent && script.down_revision != Declared::Absent
}

#[cfg(test)]
mod tests {
    use crate::ingest::{SourceTree, TreePath};
    use crate::rules::fixture::{found, project};

    fn with(path: &str, source: &str) -> SourceTree {
        let mut tree = project("a: a <- None");
        tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        tree
    }

    const MIGRATION: &str = "revision = 'x'\ndown_revision = 'a'\n";

    #[test]
    fn reports_migrations_in_a_sub_folder() {
        let tree = with("migrations/versions/2024/x.py", MIGRATION);
        assert_eq!(
            found("ignored-subfolder", &tree),
            [
                "warning migrations/versions/2024/x.py: migrations/versions/2024/ holds a migration that Alembic never loads"
            ]
        );
        assert!(found("migration-outside-versions", &tree).is_empty());
    }

    #[test]
    fn reports_migrations_beside_the_version_location() {
        let tree = with("migrations/versions_old/x.py", MIGRATION);
        assert_eq!(
            found("migration-outside-versions", &tree),
            [
                "warning migrations/versions_old/x.py: migrations/versions_old/ holds a migration outside every version location"
            ]
        );
        assert!(found("ignored-subfolder", &tree).is_empty());
    }

    #[test]
    fn stays_silent_where_no_configuration_says_which_folders_count() {
        let mut tree = with("migrations/versions/newton/expand/x.py", MIGRATION);
        tree.remove(&TreePath::parse("alembic.ini").expect("relative"));
        assert!(found("ignored-subfolder", &tree).is_empty());
    }

    #[test]
    fn stays_silent_on_what_is_loaded_and_on_what_is_no_migration() {
        for tree in [
            project("a: a <- None"),
            with("migrations/versions/helpers/x.py", "def down_revision_of(x):\n    return x\n"),
            with("migrations/helper.py", "from alembic import op\n"),
        ] {
            assert!(found("ignored-subfolder", &tree).is_empty());
            assert!(found("migration-outside-versions", &tree).is_empty());
        }
        let mut recursive = with("migrations/versions/2024/x.py", MIGRATION);
        let ini = b"[alembic]\nscript_location = migrations\nrecursive_version_locations = true\n";
        recursive.insert(TreePath::parse("alembic.ini").expect("relative"), ini.as_slice());
        assert!(found("ignored-subfolder", &recursive).is_empty());
    }
}
