//! Alembic environments: where migrations live, and what points at them.

use std::collections::{BTreeMap, BTreeSet};

use super::config::{Configuration, find_configurations};
use super::env_py::uses_alembic_context;
use super::locations::{Fit, Folders, HERE, Location, as_pathlib, intended, is_absolute, is_foreign, join};
use super::script::read_script;
use super::{ConfigSource, Declared, EnvPy, Refusal};
use crate::ingest::{Resolved, SourceTree, TreePath};
use crate::text::{contains, python_repr};

/// One Alembic environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The configuration that names it, if one does.
    pub config: Option<ConfigSource>,
    /// How it was found.
    pub origin: Origin,
    /// The folder of `env.py`; empty when it is the top of what was dropped.
    pub script_location: String,
    /// The folders whose files are migrations, in configured order; the first that is configured where none is there.
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
    /// What is wrong with the configuration, in the order in which Alembic meets it: it stops at the first.
    pub refusals: Vec<Refusal>,
    /// The version locations that Alembic passes over, because no folder is there.
    pub passed_over: Vec<PassedOver>,
    /// What comes between the files, in load order.
    pub interruptions: Vec<Interruption>,
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

/// A version location that Alembic passes over in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The path, as the configuration writes it.
    pub value: String,
    /// Where it is configured.
    pub path: TreePath,
    /// The line, from 1.
    pub line: u32,
    /// Whether a file stands there; else nothing does.
    pub is_file: bool,
}

/// Something that happens while Alembic goes through the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    /// How many of `scripts` come before it.
    pub after: usize,
    /// What it is.
    pub load: Load,
}

/// What Alembic meets in place of a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// A file that was loaded already, which it warns of.
    Twice(TreePath),
    /// A link that leads to this path, where nothing is: it stops.
    Missing(String),
    /// A link that leads nowhere but to itself: it stops.
    Loop(TreePath),
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
            Err(configuration) => refused.push(configuration),
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
                    None => {
                        let environments = survey.by_code(environment, &found);
                        found.extend(environments);
                    }
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
    for configuration in refused {
        survey.give_back(configuration, &mut found);
    }
    decide_live(&mut found);
    let missing = |environment: &Environment| environment.env_py.is_none() && environment.scripts.is_empty();
    found.sort_by_key(|environment| (!environment.live, missing(environment)));
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

    /// The environment that a configuration names; the configuration again if it names none.
    fn configured(&self, configuration: Configuration) -> Result<Environment, Box<Configuration>> {
        let home = configuration.source.path.folder().to_owned();
        let (location, origin) = match &configuration.script_location {
            Some(value) => (self.folders.script_location(value, &home), Origin::Configured),
            None if !configuration.location_is_faulty && self.folders.is_script_location(&home) => {
                let location = Location { folder: home.clone(), base: String::new(), fit: Fit::Exact };
                (location, Origin::FlaskMigrate)
            }
            None => return Err(Box::new(configuration)),
        };
        let Configuration { source, script_location, version_locations, locations_line, .. } = configuration;
        let mut refusals = configuration.refusals;
        let mut unknown = configuration.unknown;
        let line = source.line.unwrap_or(1);
        let mut location = location;
        let refuse = |what: String, advice, (class, template)| Refusal {
            path: source.path.clone(),
            line,
            what,
            advice,
            class,
            template,
        };
        let written = source.settings.script_location.as_deref().unwrap_or_default();
        let subject = format!("script_location `{written}`");
        if let Some(value) = &script_location {
            if let Some(error) = package_error(value) {
                let what = format!("{subject} is taken for a path in a package, because of its `:`");
                let advice = "Take the `:` out of the path, or write `%(here)s/` before it.";
                refusals.insert(configuration.n_before_location, refuse(what, advice, error));
            }
            if let Some((meant, why)) = self.not_there(value, &location, &configuration.sys_path, &home) {
                let (what, advice) = match intended(written) {
                    Some((_, why)) => (
                        format!("script_location names no folder: {why}"),
                        "Write the path alone, without anything around it.",
                    ),
                    None => (format!("{subject} is not there"), "Write the path of the folder with env.py."),
                };
                location = meant;
                let message = format!(
                    "Path doesn't exist: {why}.  Please use the 'init' command to create a new scripts folder."
                );
                refusals.push(refuse(what, advice, ("CommandError", message)));
            }
        }
        let is_refused = !refusals.is_empty();
        if !is_refused && let Some(what) = location.assumption(&subject) {
            unknown.push((source.path.clone(), line, what));
        }
        let mut complete = is_refused || location.fit != Fit::Missing;
        let mut version_folders = Vec::new();
        let mut passed_over = Vec::new();
        let mut skipped = Vec::new();
        let starts_at_base = home.is_empty()
            || location.fit == Fit::Exact
                && script_location.as_deref().is_some_and(|value| !is_foreign(value));
        for value in version_locations.iter().flatten() {
            let found = self.folders.version_location(value, &home, &location.base);
            let shown = value.replace(HERE, "%(here)s");
            let is_certain =
                !self.tree.is_partial() && (value.starts_with(HERE) || !is_foreign(value) && starts_at_base);
            if let Some(error) = package_error(value) {
                let what = format!(
                    "version location `{shown}` is taken for a path in a package, because of its `:`"
                );
                let advice = "Take the `:` out of the path, or name a `path_separator`.";
                refusals.push(refuse(what, advice, error));
            } else if is_certain && matches!(found.fit, Fit::Missing | Fit::File) {
                let (path, line) = locations_line.clone();
                let is_file = found.fit == Fit::File;
                passed_over.push(PassedOver { value: shown, path, line, is_file });
                skipped.push(found.folder);
                continue;
            } else if let Some(what) = found.assumption(&format!("version location `{shown}`")) {
                unknown.push((locations_line.0.clone(), locations_line.1, what));
                // Alembic skips what is not there; but a folder of another machine may be there.
                complete &= found.fit != Fit::Missing;
                // A folder of a package, guessed by its last names, may be one of several that were meant.
                complete &= found.fit != Fit::Likely || !value.contains(':') || value.contains(HERE);
            }
            version_folders.push(found.folder);
        }
        if version_folders.is_empty() {
            version_folders.extend(skipped.into_iter().next());
        }
        if version_locations.is_none() {
            let versions = inside(&location.folder, "versions");
            version_folders.push(match self.tree.resolve(&versions) {
                Resolved::Folder(folder) => folder,
                Resolved::Outside(target) => {
                    let what = format!("`{versions}` is a link to `{target}`, which is not here");
                    unknown.push((source.path.clone(), line, what));
                    complete = false;
                    versions
                }
                Resolved::File(_) | Resolved::Missing(_) | Resolved::Loop => versions,
            });
        }
        if let Some((path, line)) = configuration.sourceless
            && version_folders.iter().any(|folder| has_compiled(self.tree, folder))
        {
            let what = "`sourceless` is set: compiled files count too, and are not read".to_owned();
            unknown.push((path, line, what));
            complete = false;
        }
        let recursive = source.settings.recursive;
        let mut environment =
            self.environment(origin, location.folder, version_folders, recursive, Some(source));
        environment.unknown.splice(0..0, unknown);
        environment.complete &= complete;
        environment.refusals = refusals;
        environment.passed_over = passed_over;
        Ok(environment)
    }

    /// Where it is certain that nothing is at `script_location`: the folder that was meant, and the path as Alembic
    /// prints it.
    fn not_there(
        &self,
        value: &str,
        location: &Location,
        sys_path: &[String],
        home: &str,
    ) -> Option<(Location, String)> {
        let printed = |value: &str| {
            let absolute = value.replace(HERE, &format!("{HERE}/{home}"));
            as_pathlib(&absolute)
        };
        if matches!(location.fit, Fit::Exact | Fit::File) {
            return None;
        }
        if let Some((meant, _)) = intended(value) {
            let found = self.folders.script_location(&meant, home);
            if found.fit != Fit::Missing {
                return Some((Location { fit: Fit::Exact, ..found }, printed(value)));
            }
        }
        if let Some((package, rest)) = value.split_once(':')
            && !is_absolute(value)
            && !value.contains(HERE)
        {
            // The package is there, and the folder in it is not.
            let folder = self.folders.package(package, sys_path, home)?;
            let path = format!("{HERE}/{folder}/{}", rest.replace(':', "/"));
            return (location.fit == Fit::Missing).then(|| (location.clone(), as_pathlib(&path)));
        }
        let is_elsewhere = location.fit == Fit::Likely
            && !value.starts_with(HERE)
            && join(&location.base, value).is_none_or(|lexical| lexical != location.folder);
        (!is_elsewhere && self.folders.is_missing(value, home)).then(|| (location.clone(), printed(value)))
    }

    /// A configuration that cannot be used and does not say where its migrations are: it is that of the environment that
    /// has none, or of one that nobody else names.
    fn give_back(&self, configuration: Box<Configuration>, found: &mut Vec<Environment>) {
        let Configuration { source, refusals, unknown, .. } = *configuration;
        if refusals.is_empty() && unknown.is_empty() {
            return;
        }
        let home = source.path.folder().to_owned();
        let is_its = |environment: &&mut Environment| {
            environment.config.is_none() && is_within(&environment.script_location, &home)
        };
        let mut candidates: Vec<&mut Environment> = found.iter_mut().filter(is_its).collect();
        if let [environment] = candidates.as_mut_slice() {
            environment.origin = Origin::Configured;
            environment.config = Some(source);
            environment.unknown.extend(unknown);
            environment.refusals = refusals;
        } else if !refusals.is_empty() && candidates.is_empty() {
            let mut environment = self.environment(Origin::Configured, home, Vec::new(), false, Some(source));
            environment.unknown.extend(unknown);
            environment.refusals = refusals;
            found.push(environment);
        }
    }

    /// The environments of an `env.py` that no configuration names; several when its folder holds several histories.
    fn unconfigured(&self, folder: &str, others: &[Environment]) -> Vec<Environment> {
        let versions = inside(folder, "versions");
        let default = self.environment(Origin::EnvPy, folder.to_owned(), vec![versions], false, None);
        let histories = self.histories_beyond(&default, others);
        if histories.is_empty() {
            return vec![default];
        }
        let what = "no configuration says where its migrations are";
        histories.into_iter().map(|folders| self.with_folders(&default, folders, what)).collect()
    }

    /// A configured environment; where a program names the folders of its migrations, those that hold a history.
    fn by_code(&self, default: Environment, others: &[Environment]) -> Vec<Environment> {
        let is_default =
            default.config.as_ref().is_some_and(|config| config.settings.version_locations.is_empty());
        let says_itself = |env_py: &EnvPy| {
            self.tree.get(&env_py.path).is_some_and(|source| assigns_version_locations(source).is_some())
        };
        if !is_default || default.recursive {
            return vec![default];
        }
        let histories = self.histories_beyond(&default, others);
        if histories.is_empty()
            || !default.env_py.as_ref().is_some_and(says_itself)
                && sets_version_locations(self.tree).is_none()
        {
            return vec![default];
        }
        let what = "a program says where its migrations are when it runs";
        histories.into_iter().map(|folders| self.with_folders(&default, folders, what)).collect()
    }

    /// The same environment with other version locations, which are only likely.
    fn with_folders(&self, default: &Environment, folders: Vec<String>, what: &str) -> Environment {
        let location = default.script_location.clone();
        let mut environment =
            self.environment(default.origin, location, folders, false, default.config.clone());
        environment.refusals.clone_from(&default.refusals);
        if let Some(env_py) = &environment.env_py {
            environment.unknown.push((env_py.path.clone(), 1, what.to_owned()));
        }
        environment.complete = false;
        environment
    }

    /// The histories in an environment's folder that its default version location does not hold: those that continue it,
    /// or all where it holds none.
    fn histories_beyond(&self, default: &Environment, others: &[Environment]) -> Vec<Vec<String>> {
        let folder = &default.script_location;
        let inside_only = |path: &TreePath| {
            path.is_under(folder)
                && !self
                    .env_pys
                    .iter()
                    .any(|inner| *inner != folder && is_within(inner, folder) && path.is_under(inner))
        };
        let loaded: BTreeSet<&TreePath> = default.scripts.iter().collect();
        if !self.candidates.iter().any(|path| inside_only(path) && !loaded.contains(path)) {
            return Vec::new();
        }
        let mut histories = self.histories(others, inside_only);
        if !default.scripts.is_empty() {
            // Sub-folders that continue what stands in versions/ are named by the program, as neutron does.
            let versions = &default.version_locations[0];
            histories.retain(|folders| {
                folders.len() > 1
                    && folders.contains(versions)
                    && folders.iter().all(|folder| is_within(folder, versions))
            });
        }
        histories
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
        let env_py = match self.tree.resolve(&inside(&script_location, "env.py")) {
            Resolved::File(path) => self.tree.get(&path).map(|source| (EnvPy::read(&path, source), source)),
            _ => None,
        };
        let mut unknown = Vec::new();
        if let Some((env_py, source)) = &env_py {
            if let Some(line) = assigns_version_locations(source) {
                let what = "env.py says `version_locations` itself when it runs".to_owned();
                unknown.push((env_py.path.clone(), line, what));
            }
        }
        // A migration that was not read is no absent one.
        for location in &version_locations {
            let unread = self.tree.unread().filter(|path| is_script_of(path, location, recursive));
            unknown.extend(unread.map(|path| {
                (path.clone(), 1, "this file was not read, so its revision is not known".to_owned())
            }));
            let ignored = self.tree.ignored_folders().filter(|folder| {
                recursive && folder.is_under(location) && !folder.as_str().ends_with("__pycache__")
            });
            unknown.extend(ignored.map(|folder| {
                let what = "Alembic looks for migrations in this folder too, which is never read".to_owned();
                (folder.clone(), 1, what)
            }));
        }
        let files = load_order(self.tree, &version_locations, recursive);
        unknown.extend(
            files
                .outside
                .into_iter()
                .map(|(link, target)| (link, 1, format!("this is a link to `{target}`, which is not here"))),
        );
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
            scripts: files.scripts,
            interruptions: files.interruptions,
            script_location,
            version_locations,
            recursive,
            env_py: env_py.map(|(env_py, _)| env_py),
            live: false,
            flavour: if is_flask { Flavour::FlaskMigrate } else { Flavour::Alembic },
            complete: unknown.is_empty(),
            refusals: Vec::new(),
            passed_over: Vec::new(),
            unknown,
        }
    }
}

/// The line, from 1, on which an `env.py` speaks of `version_locations`.
fn assigns_version_locations(source: &[u8]) -> Option<u32> {
    let assigns = |line: &str| line.find("version_locations").is_some_and(|at| !line[..at].contains('#'));
    let at = String::from_utf8_lossy(source).lines().position(assigns)?;
    Some(at as u32 + 1)
}

/// The file of the project that gives Alembic folders when it runs, so that revisions may stand elsewhere.
pub fn sets_version_locations(tree: &SourceTree) -> Option<String> {
    let sets = |line: &str| {
        line.contains("version_locations")
            && line.find("set_main_option").is_some_and(|at| !line[..at].contains('#'))
    };
    let is_code = |path: &TreePath| {
        matches!(path.file_name().rsplit_once('.'), Some((_, "py")))
            && !path.as_str().split('/').any(|name| name.starts_with("test"))
    };
    let mut code = tree.iter().filter(|(path, source)| is_code(path) && contains(source, "set_main_option"));
    code.find(|(_, source)| String::from_utf8_lossy(source).lines().any(sets))
        .map(|(path, _)| path.to_string())
}

/// What Alembic would load from some folders.
#[derive(Default)]
struct Files {
    /// Each once, in Alembic's order.
    scripts: Vec<TreePath>,
    interruptions: Vec<Interruption>,
    /// Links out of the tree, and where they lead.
    outside: Vec<(TreePath, String)>,
}

/// The files that Alembic would load from these folders. It follows links, takes each file once, and looks at the name
/// only then. Source: `_load_revisions` and `_list_py_dir` of Alembic's `script/base.py`.
fn load_order(tree: &SourceTree, version_locations: &[String], recursive: bool) -> Files {
    let mut seen = BTreeSet::new();
    let mut found = Files::default();
    for location in version_locations {
        let mut files: Vec<&TreePath> =
            tree.listing(location).filter(|path| is_listed(path, location, recursive)).collect();
        // A folder's own files come before its folders; names are compared one by one, by code point.
        files.sort_by(|a, b| walk_key(a, location).cmp(walk_key(b, location)));
        for path in files {
            let interrupt = |load| Interruption { after: found.scripts.len(), load };
            let real = match tree.resolve(path.as_str()) {
                Resolved::File(path) => path,
                Resolved::Folder(_) => continue,
                Resolved::Outside(target) => {
                    if is_script_name(target.rsplit('/').next().unwrap_or_default()) {
                        found.outside.push((path.clone(), target));
                    }
                    continue;
                }
                Resolved::Loop => {
                    found.interruptions.push(interrupt(Load::Loop(path.clone())));
                    continue;
                }
                Resolved::Missing(target) => {
                    if is_script_name(target.rsplit('/').next().unwrap_or_default()) {
                        found.interruptions.push(interrupt(Load::Missing(target)));
                    }
                    continue;
                }
            };
            if !seen.insert(real.clone()) {
                found.interruptions.push(interrupt(Load::Twice(real)));
            } else if is_script_name(real.file_name()) && tree.contains(&real) {
                found.scripts.push(real);
            }
        }
    }
    found
}

/// Whether something in a version location is listed: a file, or a link, of any name.
fn is_listed(path: &TreePath, location: &str, recursive: bool) -> bool {
    (path.folder() == location || recursive && path.is_under(location))
        && !path.folder().ends_with("__pycache__")
}

/// Whether a version location holds compiled files.
fn has_compiled(tree: &SourceTree, location: &str) -> bool {
    let is_compiled = |path: &TreePath| matches!(path.file_name().rsplit_once('.'), Some((_, "pyc" | "pyo")));
    tree.listing(location).any(is_compiled)
        || tree
            .ignored_folders()
            .any(|folder| folder.is_under(location) && folder.as_str().ends_with("__pycache__"))
}

/// What Alembic raises of a path whose `:` makes it one in a package that no package can be.
fn package_error(value: &str) -> Option<(&'static str, String)> {
    let (package, _) = value.split_once(':').filter(|_| !is_absolute(value) && !value.contains(HERE))?;
    if package.is_empty() {
        return Some(("ValueError", "Empty module name".to_owned()));
    }
    package.starts_with('.').then(|| {
        let message = "the 'package' argument is required to perform a relative import for";
        ("TypeError", format!("{message} {}", python_repr(package)))
    })
}

/// Whether Alembic would load a file from a version location.
fn is_script_of(path: &TreePath, location: &str, recursive: bool) -> bool {
    is_listed(path, location, recursive) && is_script_name(path.file_name())
}

/// The names of a path below `location`, each with whether it is a folder.
fn walk_key<'p>(path: &'p TreePath, location: &str) -> impl Iterator<Item = (bool, &'p str)> {
    let inner = path.as_str()[location.len()..].trim_start_matches('/');
    let depth = inner.matches('/').count();
    inner.split('/').enumerate().map(move |(at, name)| (at < depth, name))
}

/// Alembic's pattern for names: `(?!\.\#|__init__)(.*\.py)$`, which a line break may follow.
fn is_script_name(name: &str) -> bool {
    let name = name.strip_suffix('\n').unwrap_or(name);
    matches!(name.rsplit_once('.'), Some((_, "py")))
        && !name.contains('\n')
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
