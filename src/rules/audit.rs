//! Runs every stage and every rule over a tree.

use std::collections::BTreeMap;

use super::audited::Audited;
use super::context::{Context, EnvironmentContext};
use super::{Check, RULES};
use crate::alembic::Reading;
use crate::finding::{Finding, Rule};
use crate::graph::RevisionGraph;
use crate::ingest::{Resolved, SourceTree, TreePath};
use crate::replay::{Needs, Replay};
use crate::schema::{Convention, Dialect, NamingConvention, Rules};
use crate::source::{
    Declared, Environment, FoundConvention, Importable, ModelBase, Modules, Origin, ProjectModules, Script,
    ScriptKind, find_convention, find_environments, find_models, read_importing, sets_version_locations,
};
use crate::text::LineIndex;

/// The result of an audit.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Every environment, live ones first.
    pub environments: Vec<Audited>,
    /// What carries metadata, best first.
    pub models: Vec<ModelBase>,
    /// What is wrong: worst first, then in the order of [`RULES`], of paths and of places.
    pub findings: Vec<Finding>,
    /// What was asked.
    pub options: AuditOptions,
}

/// What an audit is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditOptions {
    /// The dialect to replay on; by default the configuration's, or all where it names none.
    pub dialect: Option<Dialect>,
}

/// Audits a tree. `progress` is told how many of how many migrations have been parsed.
pub fn audit(tree: &SourceTree, options: AuditOptions, progress: &mut dyn FnMut(usize, usize)) -> Audit {
    let environments = find_environments(tree);
    let models = find_models(tree);
    run(tree, environments, models, &BTreeMap::new(), options, progress)
}

/// Audits a tree that differs from an audited one in `changed` files only; what did not change is not parsed again.
pub fn audit_again(tree: &SourceTree, before: &Audit, changed: &[TreePath]) -> Audit {
    let known = before
        .environments
        .iter()
        .flat_map(|audited| &audited.scripts)
        .filter(|script| !changed.contains(&script.path))
        .map(|script| (&script.path, script))
        .collect();
    run(tree, find_environments(tree), before.models.clone(), &known, before.options, &mut |_, _| {})
}

fn run(
    tree: &SourceTree,
    environments: Vec<Environment>,
    models: Vec<ModelBase>,
    known: &BTreeMap<&TreePath, &Script>,
    options: AuditOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Audit {
    let n_scripts = environments.iter().map(|environment| environment.scripts.len()).sum();
    let mut n_read = 0;
    let convention = convention(tree, &models);
    let project = ProjectModules::of(tree);
    let environments: Vec<_> = environments
        .into_iter()
        .map(|environment| {
            let modules = Modules::new(tree, &environment.prepended);
            let importable = Importable::from(&modules);
            let scripts: Vec<_> = environment
                .scripts
                .iter()
                .filter_map(|path| {
                    n_read += 1;
                    progress(n_read, n_scripts);
                    match known.get(path) {
                        Some(script) => Some((*script).clone()),
                        None => tree.get(path).map(|source| read_importing(path, source, importable)),
                    }
                })
                .collect();
            let graph = RevisionGraph::build(&scripts);
            let unknown = unknown(tree, &environment, &scripts);
            let missing = graph.ghosts().next().is_some() || !graph.missing_dependencies().is_empty();
            let folders_by_code = missing.then(|| sets_version_locations(tree)).flatten();
            let reading = match environment.refusals.first() {
                Some(refusal) => Reading::refused(refusal),
                // Revisions may stand in folders that a program adds when it runs.
                None if environment.complete && folders_by_code.is_none() => {
                    Reading::of(&scripts, &environment.interruptions)
                }
                None => Reading::Unknown,
            };
            let missing_env_py = missing_env_py(tree, &environment);
            let mut audited = Audited {
                environment,
                scripts,
                graph,
                reading,
                needs: Needs::default(),
                replays: Vec::new(),
                unknown,
                folders_by_code,
                missing_env_py,
            };
            let dialect = options.dialect.or_else(|| audited.configured_dialect());
            audited.needs = Needs::of(&audited.scripts, dialect, &project);
            audited.replays = replays(&audited, dialect, &convention, &project);
            audited
        })
        .collect();
    let mut findings = Vec::new();
    let all = Context { tree, environments: &environments, models: &models };
    for (_, check) in RULES {
        match check {
            Check::Tree(check) => check(&all, &mut findings),
            Check::Environment(check) => {
                for (index, audited) in environments.iter().enumerate() {
                    let from = findings.len();
                    check(&EnvironmentContext { all, index, audited }, &mut findings);
                    findings[from..].iter_mut().for_each(|finding| finding.environment = Some(index));
                }
            }
        }
    }
    let place_of = |rule: &Rule| RULES.iter().position(|(own, _)| *own == rule);
    findings.sort_by_cached_key(|finding| {
        (
            std::cmp::Reverse(finding.severity),
            finding.environment,
            place_of(finding.rule),
            finding.path_text(),
            finding.place.clone(),
        )
    });
    Audit { environments, models, findings, options }
}

/// The naming convention that the project's metadata has.
fn convention(tree: &SourceTree, models: &[ModelBase]) -> NamingConvention {
    match find_convention(tree) {
        // Models that are not here may have one.
        FoundConvention::None if models.is_empty() => NamingConvention::unknown(),
        FoundConvention::None => NamingConvention::default(),
        FoundConvention::One(templates) => {
            let mut convention = NamingConvention::empty();
            for (key, template) in templates {
                if let Some(kind) = convention.get_mut(&key) {
                    *kind = Convention::Template(template.into());
                }
            }
            convention
        }
        FoundConvention::Unknown => NamingConvention::unknown(),
    }
}

/// The migrations on an empty database, in Alembic's order, for each dialect that comes into question.
fn replays(
    audited: &Audited,
    dialect: Option<Dialect>,
    convention: &NamingConvention,
    project: &ProjectModules<'_>,
) -> Vec<Replay> {
    let environment = &audited.environment;
    let is_whole =
        environment.complete && audited.folders_by_code.is_none() && environment.refusals.is_empty();
    let order = audited.reading.upgrade_order(&audited.scripts, &environment.interruptions);
    let Some(order) = order.filter(|_| is_whole) else { return Vec::new() };
    let dialects = match dialect {
        Some(dialect) => vec![dialect],
        None => Dialect::ALL.to_vec(),
    };
    dialects
        .into_iter()
        .map(|dialect| {
            let rules = Rules { dialect, convention: convention.clone() };
            Replay::of(&audited.scripts, &order, rules, project)
        })
        .collect()
}

/// Where Alembic looks for `env.py`, if a configuration says so for certain and nothing is there.
fn missing_env_py(tree: &SourceTree, environment: &Environment) -> Option<String> {
    let is_certain = environment.origin == Origin::Configured && environment.complete && !tree.is_partial();
    let folder = &environment.script_location;
    let path = if folder.is_empty() { "env.py".to_owned() } else { format!("{folder}/env.py") };
    (is_certain && matches!(tree.resolve(&path), Resolved::Missing(_))).then_some(path)
}

fn unknown(tree: &SourceTree, environment: &Environment, scripts: &[Script]) -> Vec<(TreePath, u32, String)> {
    let mut unknown = environment.unknown.clone();
    for script in scripts {
        let declared = [&script.revision, &script.down_revision, &script.depends_on, &script.branch_labels];
        let mut lines = None;
        for declared in declared {
            if let Declared::Unknown { range, why } = declared {
                let lines =
                    lines.get_or_insert_with(|| LineIndex::new(tree.get(&script.path).unwrap_or_default()));
                unknown.push((script.path.clone(), lines.line_column(range.start()).line, why.clone()));
            }
        }
        if script.kind == ScriptKind::Unparsable && script.id().is_none() {
            unknown.push((
                script.path.clone(),
                1,
                "the file does not parse, so its revision is not known".to_owned(),
            ));
        }
    }
    unknown.sort();
    unknown.dedup();
    unknown
}
