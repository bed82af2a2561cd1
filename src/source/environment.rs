//! Alembic environments: where migrations live, and what points at them.

use std::collections::{BTreeMap, BTreeSet};

use super::config::{Configuration, find_configurations};
use super::env_py::uses_alembic_context;
use super::locations::{Fit, Folders, HERE, Location, intended, is_foreign};
use super::script::read_script;
use super::{ConfigSource, Declared, EnvPy};
use crate::ingest::{SourceTree, TreePath};
use crate::text::contains;

/// One Alembic environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The configuration that names it, if one does.
    pub config: Option<ConfigSource>,
    /// How it was found.
    pub origin: Origin,
    /// The folder of `env.py`; empty when it is the top of what was dropped.
    pub script_location: String,
    /// The folders whose files are migrations, in configured order.
    pub version_locations: Vec<String>,
    /// Whether sub-folders of them count too.
    pub recursive: bool,
    /// Its `env.py`, read.
    pub env_py: Option<EnvPy>,
    /// The files of its version locations that Alembic would load, in load order.
    pub scripts: Vec<TreePath>,
    /// Whether something points at it, or it is the only one.
    pub live: bool,
    /// Whose commands fit.
    pub flavour: Flavour,
    /// Why Alembic cannot use the configuration, where that is certain.
    pub refusal: Option<Refusal>,
    /// What could not be decided about the configuration, or had to be assumed: path, line from 1, what.
    pub unknown: Vec<(TreePath, u32, String)>,
    /// Whether `scripts` are all that Alembic would load, as far as `unknown` can tell: an assumed folder hides
    /// nothing, a version location that only running tells does.
    pub complete: bool,
}

impl Environment {
    /// The folder of the project that it belongs to: that of its configuration, or the one around its own folder.
    pub fn project(&self) -> &str {
        let around = self.script_location.rsplit_once('/').map_or("", |(parent, _)| parent);
        match &self.config {
            Some(config) if !is_within(config.path.folder(), &self.script_location) => config.path.folder(),
            _ => around,
        }
    }

    /// Whether a file of the tree belongs to the same project as far as the environments tell: no other one is nearer.
    pub fn shares_project_with<'e>(
        &self,
        path: &TreePath,
        others: impl IntoIterator<Item = &'e Self>,
    ) -> bool {
        let own = self.project();
        let is_in = |project: &str| is_within(path.folder(), project);
        let nearer = |other: &Self| is_in(other.project()) && other.project().len() > own.len();
        let elsewhere = |other: &Self| other.live && is_in(other.project()) && !is_in(own);
        !others.into_iter().any(|other| elsewhere(other) || is_in(own) && other.live && nearer(other))
    }
}

/// A configuration that Alembic reads and cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file.
    pub path: TreePath,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong, as a phrase.
    pub what: String,
    /// The class of what Alembic raises.
    pub class: &'static str,
    /// Its message.
    pub message: String,
}

/// How an environment was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A configuration names it.
    Configured,
    /// A Flask-Migrate folder: its `alembic.ini` has no `script_location`.
    FlaskMigrate,
    /// An `env.py` that uses `alembic.context`.
    EnvPy,
    /// Migration files, and nothing else.
    BareMigrations,
}

/// Whose commands the project uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// `alembic …`.
    Alembic,
    /// `flask db …`.
    FlaskMigrate,
}

impl Flavour {
    /// The command that upgrades a database to the newest revision: `flask db upgrade`, `alembic upgrade head`.
    pub fn upgrade_command(self) -> String {
        match self {
            Self::Alembic => "alembic upgrade head".to_owned(),
            Self::FlaskMigrate => "flask db upgrade".to_owned(),
        }
    }

    /// The command line for an Alembic command: `flask db upgrade` or `alembic upgrade head`.
    pub fn command(self, command: &str) -> String {
        match self {
            Self::Alembic => format!("alembic {command}"),
            Self::FlaskMigrate => format!("flask db {command}"),
        }
    }
}

/// Finds every environment in the tree, live ones first.
pub fn find_environments(tree: &SourceTree) -> Vec<Environment> {
    let survey = Survey::of(tree);
    let mut found: Vec<Environment> = Vec::new();
    let mut refused = Vec::new();
    for configuration in find_configurations(tree) {
        match survey.configured(configuration) {
            Err(unknown) => refused.extend(unknown),
            Ok(environment) => {
                let same = |other: &&mut Environment| {
                    other.script_location == environment.script_location
                        && other.version_locations == environment.version_locations
                };
                match found.iter_mut().find(same) {
                    Some(first) if environment.flavour == Flavour::FlaskMigrate => {
                        first.flavour = Flavour::FlaskMigrate;
                    }
                    Some(_) => {}
                    None => found.push(environment),
                }
            }
        }
    }
    for folder in &survey.env_pys {
        if found.iter().all(|environment| environment.script_location != *folder) {
            found.extend(survey.unconfigured(folder, &found));
        }
    }
    found.extend(survey.bare(&found));
    decide_live(&mut found);
    let missing = |environment: &Environment| environment.env_py.is_none() && environment.scripts.is_empty();
    found.sort_by_key(|environment| (!environment.live, missing(environment)));
    // A configuration that cannot be read may be that of any environment.
    if let Some(first) = found.first_mut() {
        first.unknown.extend(refused);
    }
    found
}

/// A configuration decides; without one that leads anywhere, the only environment, or those with migrations.
fn decide_live(found: &mut [Environment]) {
    let leads = |environment: &Environment| {
        matches!(environment.origin, Origin::Configured | Origin::FlaskMigrate)
            && (environment.env_py.is_some() || !environment.scripts.is_empty())
    };
    let decided = found.iter().any(leads);
    let alone = found.len() == 1;
    for environment in found {
        let configured = matches!(environment.origin, Origin::Configured | Origin::FlaskMigrate);
        environment.live = configured || alone || (!decided && !environment.scripts.is_empty());
    }
}

/// What one look at the tree tells.
struct Survey<'t> {
    tree: &'t SourceTree,
    folders: Folders<'t>,
    /// The folders of each `env.py` that uses Alembic.
    env_pys: BTreeSet<&'t str>,
    /// The files that may be migrations, by a look at their bytes.
    candidates: Vec<&'t TreePath>,
    /// The folders of files that tell of Flask-Migrate.
    flask: BTreeSet<&'t str>,
}

impl<'t> Survey<'t> {
    fn of(tree: &'t SourceTree) -> Self {
        let mut survey = Self {
            tree,
            folders: Folders::of(tree),
            env_pys: BTreeSet::new(),
            candidates: Vec::new(),
            flask: BTreeSet::new(),
        };
        for (path, bytes) in tree.iter() {
            if is_vendored(path) {
                continue;
            }
            if path.file_name() == "env.py" && uses_alembic_context(bytes) {
                survey.env_pys.insert(path.folder());
            }
            if matches!(path.file_name().rsplit_once('.'), Some((_, "py")))
                && contains(bytes, "down_revision")
            {
                survey.candidates.push(path);
            }
            if tells_of_flask_migrate(path, bytes) {
                survey.flask.insert(path.folder());
            }
        }
        survey
    }

    /// The environment that a configuration names; if it names none, what cannot be read in it.
    fn configured(&self, configuration: Configuration) -> Result<Environment, Vec<(TreePath, u32, String)>> {
        let Configuration { source, script_location, version_locations, mut unknown, sourceless } =
            configuration;
        let home = source.path.folder().to_owned();
        let line = source.line.unwrap_or(1);
        let (location, origin) = match script_location {
            Some(value) => (self.folders.script_location(&value, &home), Origin::Configured),
            // Written, but not readable: `unknown` says why.
            None if source.settings.script_location.is_some() => return Err(unknown),
            None if self.folders.is_script_location(&home) => {
                let location = Location { folder: home.clone(), base: String::new(), fit: Fit::Exact };
                (location, Origin::FlaskMigrate)
            }
            None => return Err(unknown),
        };
        let mut location = location;
        let mut refusal = None;
        if location.fit != Fit::Exact
            && let Some(value) = &source.settings.script_location
            && let Some((meant, what)) = intended(value)
        {
            let found = self.folders.script_location(&meant, &home);
            if found.fit != Fit::Missing {
                location = Location { fit: Fit::Exact, ..found };
                refusal = Some(Refusal {
                    path: source.path.clone(),
                    line,
                    what: format!("script_location names no folder: {what}"),
                    class: "CommandError",
                    message: format!(
                        "Path doesn't exist: {value}.  Please use the 'init' command to create a new scripts folder."
                    ),
                });
            }
        }
        let mut tell = |what: String| unknown.push((source.path.clone(), line, what));
        let written = source.settings.script_location.as_deref().unwrap_or_default();
        if let Some(what) = location.assumption(&format!("script_location `{written}`")) {
            tell(what);
        }
        let mut complete = location.fit != Fit::Missing && !sourceless;
        let mut version_folders = Vec::new();
        for value in version_locations.iter().flatten() {
            let found = self.folders.version_location(value, &home, &location.base);
            let shown = value.replace(HERE, "%(here)s");
            if let Some(what) = found.assumption(&format!("version location `{shown}`")) {
                tell(what);
            }
            // Alembic skips what is not there; but a folder of another machine may be there.
            complete &= found.fit != Fit::Missing || !is_foreign(value);
            // A folder of a package, guessed by its last names, may be one of several that were meant.
            complete &= found.fit != Fit::Likely || !value.contains(':') || value.contains(HERE);
            version_folders.push(found.folder);
        }
        if version_locations.is_none() {
            version_folders.push(inside(&location.folder, "versions"));
        }
        let recursive = source.settings.recursive;
        let mut environment =
            self.environment(origin, location.folder, version_folders, recursive, Some(source));
        environment.unknown.splice(0..0, unknown);
        environment.complete &= complete;
        environment.refusal = refusal;
        Ok(environment)
    }

    /// The environments of an `env.py` that no configuration names; several when its folder holds several histories.
    fn unconfigured(&self, folder: &str, others: &[Environment]) -> Vec<Environment> {
        let versions = inside(folder, "versions");
        let default = self.environment(Origin::EnvPy, folder.to_owned(), vec![versions], false, None);
        if !default.scripts.is_empty() {
            return vec![default];
        }
        let inside_only = |path: &TreePath| {
            path.is_under(folder)
                && !self
                    .env_pys
                    .iter()
                    .any(|inner| *inner != folder && is_within(inner, folder) && path.is_under(inner))
        };
        let histories = self.histories(others, inside_only);
        if histories.is_empty() {
            return vec![default];
        }
        let line = 1;
        histories
            .into_iter()
            .map(|folders| {
                let mut environment =
                    self.environment(Origin::EnvPy, folder.to_owned(), folders, false, None);
                if let Some(env_py) = &environment.env_py {
                    let what = "no configuration says where its migrations are".to_owned();
                    environment.unknown.push((env_py.path.clone(), line, what));
                }
                environment.complete = false;
                environment
            })
            .collect()
    }

    /// Migrations that stand in no environment.
    fn bare(&self, others: &[Environment]) -> Vec<Environment> {
        let outside = |path: &TreePath| {
            !others.iter().any(|environment| {
                path.is_under(&environment.script_location) && self.folders.has(&environment.script_location)
            })
        };
        let histories = self.histories(others, outside);
        histories
            .into_iter()
            .map(|folders| {
                let script_location = common_folder(&folders);
                let script_location = match script_location.rsplit_once('/') {
                    Some((parent, "versions")) => parent.to_owned(),
                    None if script_location == "versions" => String::new(),
                    _ => script_location,
                };
                self.environment(Origin::BareMigrations, script_location, folders, false, None)
            })
            .collect()
    }

    /// The folders of migrations that `counts` accepts and no environment loads, those that name each other's
    /// revisions together.
    fn histories(&self, others: &[Environment], counts: impl Fn(&TreePath) -> bool) -> Vec<Vec<String>> {
        let loaded: BTreeSet<&TreePath> =
            others.iter().flat_map(|environment| &environment.scripts).collect();
        let mut folders: BTreeMap<&str, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for path in self.candidates.iter().copied().filter(|path| counts(path) && !loaded.contains(path)) {
            let script = read_script(path, self.tree.get(path).unwrap_or_default());
            if script.revision == Declared::Absent || script.down_revision == Declared::Absent {
                continue;
            }
            let (ids, parents) = folders.entry(path.folder()).or_default();
            ids.extend(script.revision.values().into_iter().map(str::to_owned));
            let named = [script.down_revision.values(), script.depends_on.values()].concat();
            parents.extend(named.into_iter().map(str::to_owned));
        }
        let mut groups: Vec<(Vec<String>, BTreeSet<String>, BTreeSet<String>)> = Vec::new();
        for (folder, (mut ids, mut parents)) in folders {
            let mut joined = vec![folder.to_owned()];
            // Names that two folders share, such as numbers, tie nothing: an id must be one folder's own.
            groups.retain_mut(|(names, other_ids, other_parents)| {
                let foreign =
                    |parents: &BTreeSet<String>, own: &BTreeSet<String>, other: &BTreeSet<String>| {
                        parents.iter().any(|parent| !own.contains(parent) && other.contains(parent))
                    };
                let tied = foreign(&parents, &ids, other_ids) || foreign(other_parents, other_ids, &ids);
                if tied {
                    joined.append(names);
                    ids.append(other_ids);
                    parents.append(other_parents);
                }
                !tied
            });
            joined.sort();
            groups.push((joined, ids, parents));
        }
        let mut histories: Vec<Vec<String>> = groups.into_iter().map(|(names, ..)| names).collect();
        histories.sort();
        histories
    }

    fn environment(
        &self,
        origin: Origin,
        script_location: String,
        version_locations: Vec<String>,
        recursive: bool,
        config: Option<ConfigSource>,
    ) -> Environment {
        let path = TreePath::parse(&inside(&script_location, "env.py")).ok();
        let env_py = path.and_then(|path| {
            let source = self.tree.get(&path)?;
            Some((EnvPy::read(&path, source), source))
        });
        let mut unknown = Vec::new();
        if let Some((env_py, source)) = &env_py {
            let assigns =
                |line: &str| line.find("version_locations").is_some_and(|at| !line[..at].contains('#'));
            if let Some(at) = String::from_utf8_lossy(source).lines().position(assigns) {
                let what = "env.py says `version_locations` itself when it runs".to_owned();
                unknown.push((env_py.path.clone(), at as u32 + 1, what));
            }
        }
        // A migration that was not read is no absent one.
        for location in &version_locations {
            let unread = self.tree.unread().filter(|path| is_script_of(path, location, recursive));
            unknown.extend(unread.map(|path| {
                (path.clone(), 1, "this file was not read, so its revision is not known".to_owned())
            }));
        }
        let home = config.as_ref().map_or(script_location.as_str(), |config| config.path.folder());
        // `flask db` looks for `alembic.ini` beside env.py; where that reads the file and there is none, it fails,
        // whatever the application imports.
        let own_ini = TreePath::parse(&inside(&script_location, "alembic.ini")).ok();
        let is_flask = origin == Origin::FlaskMigrate
            || env_py.as_ref().is_some_and(|(env_py, _)| env_py.flask_migrate)
            || (own_ini.is_some_and(|path| self.tree.contains(&path))
                || env_py.as_ref().is_some_and(|(env_py, _)| !env_py.reads_ini))
                && self.flask.iter().any(|folder| is_within(folder, home) || is_within(home, folder));
        Environment {
            config,
            origin,
            scripts: load_order(self.tree, &version_locations, recursive),
            script_location,
            version_locations,
            recursive,
            env_py: env_py.map(|(env_py, _)| env_py),
            live: false,
            flavour: if is_flask { Flavour::FlaskMigrate } else { Flavour::Alembic },
            complete: unknown.is_empty(),
            refusal: None,
            unknown,
        }
    }
}

/// The files that Alembic would load from these folders, in its order, each once.
fn load_order(tree: &SourceTree, version_locations: &[String], recursive: bool) -> Vec<TreePath> {
    let mut seen = BTreeSet::new();
    let mut scripts = Vec::new();
    for location in version_locations {
        let mut files: Vec<&TreePath> = tree
            .under(location)
            .map(|(path, _)| path)
            .filter(|path| is_script_of(path, location, recursive))
            .collect();
        // A folder's own files come before its folders; names are compared one by one, by code point.
        files.sort_by(|a, b| walk_key(a, location).cmp(walk_key(b, location)));
        scripts.extend(files.into_iter().filter(|path| seen.insert(*path)).cloned());
    }
    scripts
}

/// Whether Alembic would load a file from a version location.
fn is_script_of(path: &TreePath, location: &str, recursive: bool) -> bool {
    (path.folder() == location || recursive && path.is_under(location))
        && is_script_name(path.file_name())
        && !path.folder().ends_with("__pycache__")
}

/// The names of a path below `location`, each with whether it is a folder.
fn walk_key<'p>(path: &'p TreePath, location: &str) -> impl Iterator<Item = (bool, &'p str)> {
    let inner = path.as_str()[location.len()..].trim_start_matches('/');
    let depth = inner.matches('/').count();
    inner.split('/').enumerate().map(move |(at, name)| (at < depth, name))
}

/// Alembic's pattern for names: `(?!\.\#|__init__)(.*\.py)$`.
fn is_script_name(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "py")))
        && !name.starts_with(".#")
        && !name.starts_with("__init__")
}

/// Alembic's and Flask-Migrate's own templates, where someone put the libraries into the tree.
fn is_vendored(path: &TreePath) -> bool {
    let path = format!("/{path}");
    ["alembic", "flask_migrate"].iter().any(|library| path.contains(&format!("/{library}/templates/")))
}

fn tells_of_flask_migrate(path: &TreePath, bytes: &[u8]) -> bool {
    let name = path.file_name();
    if matches!(name.rsplit_once('.'), Some((_, "py"))) {
        return contains(bytes, "flask_migrate")
            && String::from_utf8_lossy(bytes).lines().any(|line| {
                let line = line.trim_start();
                line.starts_with("from flask_migrate ") || line.starts_with("import flask_migrate")
            });
    }
    let names_packages = matches!(name, "pyproject.toml" | "setup.cfg" | "Pipfile")
        || matches!(name.rsplit_once('.'), Some((_, "txt" | "in")));
    names_packages
        && String::from_utf8_lossy(bytes).lines().any(|line| {
            let line = line.trim_start().to_lowercase().replace('_', "-");
            !line.starts_with('#') && line.contains("flask-migrate")
        })
}

/// Whether `folder` is `outer` or stands in it.
fn is_within(folder: &str, outer: &str) -> bool {
    outer.is_empty()
        || folder == outer
        || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

fn inside(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn common_folder(folders: &[String]) -> String {
    let mut common = folders.first().cloned().unwrap_or_default();
    for folder in folders {
        while !is_within(folder, &common) {
            common = common.rsplit_once('/').map_or_else(String::new, |(parent, _)| parent.to_owned());
        }
    }
    common
}
