//! One environment, read: its files, their graph, what Alembic makes of them, and what becomes of them when they run.

use std::collections::BTreeMap;

use crate::alembic::Reading;
use crate::audited::{AuditOptions, Audited};
use crate::graph::RevisionGraph;
use crate::ingest::{Resolved, SourceTree, TreePath};
use crate::replay::{Needs, Replay};
use crate::schema::{Convention, Dialect, NamingConvention, Rules};
use crate::source::{
    Declared, Environment, FoundConvention, Importable, ModelBase, Modules, Origin, ProjectModules, Script,
    ScriptKind, find_convention, read_importing, sets_version_locations,
};
use crate::text::LineIndex;

/// Reads environments of one tree.
pub(super) struct Reader<'a> {
    tree: &'a SourceTree,
    options: AuditOptions,
    convention: NamingConvention,
    project: ProjectModules<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(tree: &'a SourceTree, models: &[ModelBase], options: AuditOptions) -> Self {
        let convention = convention(tree, models);
        Self { tree, options, convention, project: ProjectModules::of(tree) }
    }

    /// The migrations of an environment, in load order; those that are known already are not parsed. Tells of each.
    pub(super) fn scripts(
        &self,
        environment: &Environment,
        known: &BTreeMap<&TreePath, &Script>,
        progress: &mut dyn FnMut(),
    ) -> Vec<Script> {
        let modules = Modules::new(self.tree, &environment.prepended);
        let importable = Importable::from(&modules);
        let mut read = |path: &TreePath| {
            progress();
            match known.get(path) {
                Some(script) => Some((*script).clone()),
                None => self.tree.get(path).map(|source| read_importing(path, source, importable)),
            }
        };
        environment.scripts.iter().filter_map(&mut read).collect()
    }

    /// Everything about an environment that its files tell.
    pub(super) fn audited(&self, environment: Environment, scripts: Vec<Script>) -> Audited {
        let tree = self.tree;
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
        let dialect = self.options.dialect.or_else(|| audited.configured_dialect());
        audited.needs = Needs::of(&audited.scripts, dialect, &self.project);
        audited.replays = replays(&audited, dialect, &self.convention, &self.project);
        audited
    }
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
