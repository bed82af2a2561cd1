//! One environment, read: its files, their graph, what Alembic makes of them, and what becomes of them when they run.

use std::collections::BTreeMap;

use crate::alembic::Reading;
use crate::audited::{AuditOptions, Audited, Loaded, is_of_a_family};
use crate::graph::RevisionGraph;
use crate::ingest::{Resolved, SourceTree, TreePath, in_folder};
use crate::replay::{Account, History, Width, is_too_long};
use crate::schema::{Dialect, NamingConvention};
use crate::source::{
    Declared, Environment, FoundConvention, Hints, Import, Importable, Imported, Model, ModelBase, Origin,
    ProjectModules, PythonFiles, Reach, Script, ScriptKind, find_convention, find_database, find_running,
    find_sight, find_version_place, imports, sets_main_option, settle_conflicts, version_width,
};
use crate::text::LineIndex;

/// Everything about an environment that Alembic's loading it decides. Migrations that are known already are not read
/// again; tells of each.
pub(super) fn load(
    files: &PythonFiles<'_>,
    mut environment: Environment,
    known: &BTreeMap<&TreePath, &Script>,
    progress: &mut dyn FnMut(),
) -> Loaded {
    let scripts = scripts(files, &environment, known, progress);
    let tree = files.tree();
    let graph = RevisionGraph::build(&scripts);
    let is_of_a_family = is_of_a_family(&environment, &scripts, &graph);
    if is_of_a_family {
        environment.complete = false;
        let what = "this is one package of a family: what it depends on stands in another".to_owned();
        environment.unknown.extend(scripts.first().map(|script| (script.path.clone(), 1, what)));
    }
    let unknown = unknown(tree, &environment, &scripts);
    let missing = graph.ghosts().next().is_some() || !graph.missing_dependencies().is_empty();
    let folders_by_code = missing.then(|| sets_main_option(tree, "version_locations")).flatten();
    let reading = match environment.refusals.first() {
        Some(refusal) => Reading::refused(refusal),
        // Revisions may stand in folders that a program adds when it runs.
        None if environment.complete && folders_by_code.is_none() => {
            Reading::of(&scripts, &environment.interruptions)
        }
        None => Reading::Unknown,
    };
    let missing_env_py = missing_env_py(tree, &environment);
    Loaded { environment, is_of_a_family, scripts, graph, reading, unknown, folders_by_code, missing_env_py }
}

/// The migrations of an environment, in load order.
fn scripts(
    files: &PythonFiles<'_>,
    environment: &Environment,
    known: &BTreeMap<&TreePath, &Script>,
    progress: &mut dyn FnMut(),
) -> Vec<Script> {
    let modules = Imported::new(files, &environment.prepended);
    let importable = Importable::from(&modules);
    let mut read = |path: &TreePath| {
        progress();
        match known.get(path) {
            Some(script) => Some((*script).clone()),
            None => files.script(path, importable),
        }
    };
    let mut scripts: Vec<Script> = environment.scripts.iter().filter_map(&mut read).collect();
    settle_conflicts(&mut scripts);
    scripts
}

/// Follows the migrations of environments of one tree.
pub(super) struct Follower<'a> {
    files: &'a PythonFiles<'a>,
    models: &'a [ModelBase],
    options: &'a AuditOptions,
    project: ProjectModules<'a>,
    hints: Hints<'a>,
}

impl<'a> Follower<'a> {
    pub(super) fn of(files: &'a PythonFiles<'a>, models: &'a [ModelBase], options: &'a AuditOptions) -> Self {
        Self { files, models, options, project: ProjectModules::of(files), hints: Hints::of(files.tree()) }
    }

    /// What becomes of the migrations of an environment when they run.
    pub(super) fn follow(&self, loaded: Loaded, all: &[Environment]) -> Audited {
        let Loaded { environment, scripts, reading, .. } = &loaded;
        // Where files are missing, or folders, the order is not that of what is here.
        let is_whole =
            environment.complete && loaded.folders_by_code.is_none() && environment.refusals.is_empty();
        let order = reading.upgrade_order(scripts, &environment.interruptions).filter(|_| is_whole);
        let reach = Reach::of(self.files, environment);
        let found = find_convention(self.files, environment, reach.as_ref());
        let convention = convention(found, self.models);
        let database = find_database(self.files, &self.hints, environment, reach.as_ref(), scripts);
        let running = find_running(self.files, environment, reach.as_ref(), scripts, database.asyncpg);
        let version_place = find_version_place(self.files, environment, &running);
        let account = Account::of(&History {
            scripts,
            order: order.as_deref(),
            dialect: self.options.dialect.or_else(|| database.name.and_then(Dialect::named)),
            convention: &convention,
            project: &self.project,
            width: self.width(environment, scripts),
            running: &running,
        });
        let is_own = |model: &Model| environment.shares_project_with(&model.path, all);
        let sight = find_sight(self.files, environment, reach.as_ref(), self.models, &is_own);
        Audited { loaded, account, database, version_place, sight }
    }

    /// How wide `env.py` makes the column in which Alembic keeps the revision; nobody looks where no id is too long.
    fn width(&self, environment: &Environment, scripts: &[Script]) -> Width {
        let env_py = environment.env_py.as_ref().filter(|_| scripts.iter().any(is_too_long));
        let Some(parsed) = env_py.and_then(|env_py| self.files.parsed(&env_py.path)) else {
            return Width::default();
        };
        if let Some(width) = version_width(&parsed.program) {
            return Width::Is(width);
        }
        // What it imports may do so too, when it is called.
        let may_widen = |import: Import<'_>| {
            let module = self.project.module(import.module);
            let within =
                import.name.and_then(|name| self.project.module(&format!("{}.{name}", import.module)));
            [module, within].into_iter().flatten().any(|module| version_width(&module.program).is_some())
        };
        if imports(&parsed.program).any(may_widen) { Width::Unknown } else { Width::default() }
    }
}

/// The naming convention that the project's metadata has.
fn convention(found: FoundConvention, models: &[ModelBase]) -> NamingConvention {
    match found {
        // Models that are not here may have one.
        FoundConvention::None if models.is_empty() => NamingConvention::unknown(),
        FoundConvention::None | FoundConvention::Default => NamingConvention::default(),
        FoundConvention::One(templates) => {
            NamingConvention::written(templates.iter().map(|(key, template)| (&**key, Some(&**template))))
        }
        FoundConvention::Unknown => NamingConvention::unknown(),
    }
}

/// Where Alembic looks for `env.py`, if a configuration says so for certain and nothing is there.
fn missing_env_py(tree: &SourceTree, environment: &Environment) -> Option<String> {
    let is_certain = environment.origin == Origin::Configured && environment.complete && !tree.is_partial();
    let folder = &environment.script_location;
    let path = in_folder(folder, "env.py");
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
