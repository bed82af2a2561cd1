//! A second environment beside the one in use.

use std::collections::BTreeMap;

use super::Context;
use crate::audited::Audited;
use crate::finding::{Finding, Group, Rule, Severity};
use crate::text::plural;

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-environments",
    group: Group::Environment,
    is_repairable: false,
    summary: "A second Alembic environment stands beside the one in use.",
    severity: Severity::Warning,
    explanation: include_str!("duplicate_environments.md"),
};

/// An environment is compared with so many that declare the same id, the first ones.
const MOST_COPIES: usize = 20;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(live) = context.environments.iter().find(|audited| audited.environment.live) else { return };
    for (index, audited) in context.environments.iter().enumerate() {
        let environment = &audited.environment;
        if environment.live
            || !audited.scripts.is_empty()
            || is_imported(context, &environment.script_location)
        {
            continue;
        }
        let folder = shown(&environment.script_location);
        let mut finding =
            Finding::new(&RULE, format!("{folder} is a second environment, and nothing points at it"));
        finding.environment = Some(index);
        finding.path = Some(environment.script_location.clone());
        let points = points_at(live);
        finding.consequence = format!(
            "{points} Whoever works in {folder}, or runs a command there by mistake, changes files that no deployment \
             reads."
        );
        finding.advice = format!(
            "Keep {} and delete {folder}, or say in it why it stays.",
            shown(&live.environment.script_location)
        );
        findings.push(finding);
    }
    // The first environments that declare each id.
    let mut declared: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, audited) in context.environments.iter().enumerate() {
        let mut shared_with: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        // Numbers count the same everywhere, and tell of no copy.
        let is_own = |id: &&str| !id.bytes().all(|byte| byte.is_ascii_digit());
        for id in audited.graph.revisions().map(|ix| audited.graph.id(ix)).filter(is_own) {
            let others = declared.entry(id).or_default();
            others.iter().for_each(|&other| shared_with.entry(other).or_default().push(id));
            if others.len() < MOST_COPIES {
                others.push(index);
            }
        }
        for (earlier, shared) in shared_with {
            let earlier = &context.environments[earlier];
            let same_files = audited.environment.version_locations == earlier.environment.version_locations
                || audited.environment.scripts.iter().any(|path| earlier.environment.scripts.contains(path));
            // A few ids may be the same by chance, such as those that people make up; a copy shares most.
            let smaller = audited.scripts.len().min(earlier.scripts.len());
            if shared.len() * 2 < smaller || same_files {
                continue;
            }
            let (this, that) =
                (shown(&audited.environment.script_location), shown(&earlier.environment.script_location));
            let mut finding = Finding::new(
                &RULE,
                format!("{this} and {that} declare {} of the same ids", plural(shared.len(), "revision")),
            );
            finding.environment = Some(index);
            finding.path = Some(audited.environment.script_location.clone());
            finding.consequence =
                "Both write the same ids into alembic_version. A database upgraded from one folder \
                                   counts as upgraded for the other, and its migrations are skipped."
                    .to_owned();
            finding.advice =
                "Keep one of the folders, or give each its own ids and its own version table.".to_owned();
            finding.revisions = shared.into_iter().take(10).map(ToOwned::to_owned).collect();
            findings.push(finding);
        }
    }
}

/// Whether another `env.py` imports the one of this folder: `from app.db.alembic import env`.
fn is_imported(context: &Context<'_>, folder: &str) -> bool {
    let names: Vec<_> = folder.split('/').collect();
    let module = names[names.len().saturating_sub(2)..].join(".");
    let imports = [format!("{module} import env"), format!("{module}.env")];
    let others = context.environments.iter().filter(|audited| audited.environment.script_location != folder);
    others.filter_map(|audited| audited.environment.env_py.as_ref()).any(|env_py| {
        let source = String::from_utf8_lossy(context.tree.get(&env_py.path).unwrap_or_default());
        imports.iter().any(|import| source.contains(import.as_str()))
    })
}

/// The folder with a slash, or words for the top.
pub(super) fn shown(folder: &str) -> String {
    if folder.is_empty() { "the top folder".to_owned() } else { format!("{folder}/") }
}

/// A sentence that says what names the live environment.
pub(super) fn points_at(live: &Audited) -> String {
    let folder = &live.environment.script_location;
    match &live.environment.config {
        Some(config) if config.settings.script_location.is_some() => {
            format!(
                "{} [{}] says script_location = {}.",
                config.path,
                config.section,
                config.settings.script_location.as_deref().unwrap_or(folder)
            )
        }
        _ => format!("The migrations in use are those of {}.", shown(folder)),
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_an_environment_without_migrations_that_nothing_points_at() {
        let mut tree = project("a: a <- None");
        let source = b"from alembic import context\nfrom app import Base\ntarget_metadata = Base.metadata\n";
        tree.insert(TreePath::parse("alembic/env.py").expect("relative"), source.to_vec());
        assert_eq!(
            found("duplicate-environments", &tree),
            ["warning alembic: alembic/ is a second environment, and nothing points at it"]
        );
    }

    #[test]
    fn stays_silent_on_an_env_py_that_another_imports() {
        let mut tree = project("a: a <- None");
        for (path, source) in [
            (
                "app/common/alembic/env.py",
                "from alembic import context\ndef run(target_metadata):\n    context.configure()\n",
            ),
            (
                "migrations/env.py",
                "from alembic import context\nfrom app.common.alembic import env\nenv.run(context)\n",
            ),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        assert!(found("duplicate-environments", &tree).is_empty());
    }

    #[test]
    fn stays_silent_on_two_configured_environments_with_ids_of_their_own() {
        let mut tree = project("a: a <- None");
        for (path, source) in [
            ("alembic.ini", "[alembic]\nscript_location = migrations\n[tenant]\nscript_location = tenants\n"),
            (
                "tenants/env.py",
                "from alembic import context\nfrom app import T\ntarget_metadata = T.metadata\n",
            ),
            ("tenants/versions/x.py", "revision = 'x'\ndown_revision = None\n"),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        assert!(found("duplicate-environments", &tree).is_empty());
        assert!(found("orphan-environment", &tree).is_empty());
    }

    #[test]
    fn reports_two_environments_that_share_ids() {
        let mut tree = project("a: a <- None");
        for (path, source) in [
            ("alembic.ini", "[alembic]\nscript_location = migrations\n[tenant]\nscript_location = tenants\n"),
            (
                "tenants/env.py",
                "from alembic import context\nfrom app import T\ntarget_metadata = T.metadata\n",
            ),
            ("tenants/versions/x.py", "revision = 'a'\ndown_revision = None\n"),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        assert_eq!(found("duplicate-environments", &tree).len(), 1);
    }

    #[test]
    fn stays_silent_on_numbers_and_on_an_id_that_two_large_histories_share_by_chance() {
        let tenants = |files: &[(&str, &str)]| {
            let mut tree = project("a: 001 <- None\nb: a1b2c3 <- '001'\nc: c <- 'a1b2c3'\nd: d <- 'c'");
            let ini = "[alembic]\nscript_location = migrations\n[tenant]\nscript_location = tenants\n";
            let env = "from alembic import context\nfrom app import T\ntarget_metadata = T.metadata\n";
            for (path, source) in [("alembic.ini", ini), ("tenants/env.py", env)].iter().chain(files) {
                tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
            }
            found("duplicate-environments", &tree)
        };
        assert!(tenants(&[("tenants/versions/x.py", "revision = '001'\ndown_revision = None\n")]).is_empty());
        let large = [
            ("tenants/versions/x.py", "revision = 'a1b2c3'\ndown_revision = None\n"),
            ("tenants/versions/y.py", "revision = 'y'\ndown_revision = 'a1b2c3'\n"),
            ("tenants/versions/z.py", "revision = 'z'\ndown_revision = 'y'\n"),
        ];
        assert!(tenants(&large).is_empty());
    }
}
