//! One look at the tree, and the environments that configurations name.

use std::collections::BTreeSet;

use super::files::{has_compiled, is_script_name, is_script_of, load_order};
use super::histories::assigns_version_locations;
use super::{Environment, Flavour, Origin, PassedOver, is_within};
use crate::ingest::{Resolved, SourceTree, TreePath, in_folder};
use crate::source::config::Configuration;
use crate::source::env_py::{may_use_alembic_context, uses_alembic_context};
use crate::source::locations::{
    Fit, Folders, HERE, Location, as_pathlib, intended, is_absolute, is_foreign, join,
};
use crate::source::modules::libraries::lists_packages;
use crate::source::{ConfigSource, EnvPy, Overruled, PythonFiles, Refusal};
use crate::text::{contains, python_repr};

/// What one look at the tree tells.
pub(super) struct Survey<'t> {
    pub(super) files: &'t PythonFiles<'t>,
    pub(super) tree: &'t SourceTree,
    pub(super) folders: Folders<'t>,
    /// The folders of each `env.py` that uses Alembic.
    pub(super) env_pys: BTreeSet<&'t str>,
    /// The files that may be migrations, by a look at their bytes.
    pub(super) candidates: Vec<&'t TreePath>,
    /// The folders of files that tell of Flask-Migrate.
    flask: BTreeSet<&'t str>,
}

/// What is noted about a configuration while its folders are looked for.
struct Notes {
    refusals: Vec<Refusal>,
    unknown: Vec<(TreePath, u32, String)>,
    passed_over: Vec<PassedOver>,
    /// Whether the folders are all that Alembic would look into.
    complete: bool,
}

impl<'t> Survey<'t> {
    pub(super) fn of(files: &'t PythonFiles<'t>) -> Self {
        let tree = files.tree();
        let mut survey = Self {
            files,
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
            if path.file_name() == "env.py"
                && may_use_alembic_context(bytes)
                && files.parsed(path).is_some_and(|parsed| uses_alembic_context(&parsed.program))
            {
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

    /// Whether the folder that a configuration names is there.
    pub(super) fn is_there(&self, configuration: &Configuration) -> bool {
        let home = configuration.source.path.folder();
        let location = configuration.script_location.as_ref();
        location.is_some_and(|value| self.folders.script_location(value, home).fit != Fit::Missing)
    }

    /// Notes at the environment that a `pyproject.toml` names why that does not count.
    pub(super) fn overrule(&self, overruled: Overruled, found: &mut [Environment]) {
        let meant = self.folders.script_location(&overruled.folder, overruled.path.folder());
        let is_it =
            |environment: &&mut Environment| !environment.live && environment.script_location == meant.folder;
        if let Some(environment) = found.iter_mut().find(is_it) {
            environment.overruled = Some(Overruled { folder: meant.folder, ..overruled });
        }
    }

    /// The environment that a configuration names; the configuration again if it names none.
    pub(super) fn configured(&self, configuration: Configuration) -> Result<Environment, Box<Configuration>> {
        let home = configuration.source.path.folder().to_owned();
        let (location, origin) = match &configuration.script_location {
            Some(value) => (self.folders.script_location(value, &home), Origin::Configured),
            None if !configuration.location_is_faulty && self.folders.is_script_location(&home) => {
                let location = Location { folder: home, base: String::new(), fit: Fit::Exact };
                (location, Origin::FlaskMigrate)
            }
            None => return Err(Box::new(configuration)),
        };
        let mut notes = Notes {
            refusals: configuration.refusals.clone(),
            unknown: configuration.unknown.clone(),
            passed_over: Vec::new(),
            complete: true,
        };
        let location = self.script_folder(&configuration, location, &mut notes);
        let folders = match &configuration.version_locations {
            Some(values) => self.version_folders(&configuration, values, &location, &mut notes),
            None => vec![self.default_folder(&configuration, &location, &mut notes)],
        };
        let compiled = |folder: &String| has_compiled(self.tree, folder);
        if let Some((path, line)) = configuration.sourceless.clone()
            && folders.iter().any(compiled)
        {
            let what = "`sourceless` is set: compiled files count too, and are not read".to_owned();
            notes.unknown.push((path, line, what));
            notes.complete = false;
        }
        let prepended = self.folders.prepended(
            &configuration.sys_path,
            configuration.source.path.folder(),
            start(&configuration, &location),
        );
        let source = configuration.source;
        let recursive = source.settings.recursive;
        let mut environment = self.environment(origin, location.folder, folders, recursive, Some(source));
        environment.unknown.splice(0..0, notes.unknown);
        environment.complete &= notes.complete;
        environment.prepended = prepended;
        environment.refusals = notes.refusals;
        environment.passed_over = notes.passed_over;
        Ok(environment)
    }

    /// What `script_location` means, with what has to be told about it.
    fn script_folder(
        &self,
        configuration: &Configuration,
        location: Location,
        notes: &mut Notes,
    ) -> Location {
        let source = &configuration.source;
        let line = source.line.unwrap_or(1);
        let Some(value) = &configuration.script_location else { return location };
        let written = source.settings.script_location.as_deref().unwrap_or_default();
        let subject = format!("script_location `{written}`");
        let refuse = |what: String, advice, raises| Refusal::new((&source.path, line), what, advice, raises);
        if let Some(error) = package_error(value) {
            let what = format!("{subject} is taken for a path in a package, because of its `:`");
            let advice = "Take the `:` out of the path, or write `%(here)s/` before it.";
            notes.refusals.insert(configuration.n_before_location, refuse(what, advice, error));
        }
        let home = source.path.folder();
        if let Some((meant, path)) = self.not_there(value, &location, &configuration.sys_path, home) {
            let (what, advice) = match intended(written) {
                Some((_, why)) => (
                    format!("script_location names no folder: {why}"),
                    "Write the path alone, without anything around it.",
                ),
                None => (format!("{subject} is not there"), "Write the path of the folder with env.py."),
            };
            let message = format!(
                "Path doesn't exist: {path}.  Please use the 'init' command to create a new scripts folder."
            );
            let mut refusal = refuse(what, advice, ("CommandError", message));
            refusal.rests_on_start = !is_foreign(value);
            refusal.is_of_script_location = true;
            notes.refusals.push(refusal);
            return meant;
        }
        if notes.refusals.is_empty() {
            notes.complete = location.fit != Fit::Missing;
            if let Some(what) = location.assumption(&subject) {
                notes.unknown.push((source.path.clone(), line, what));
            }
        }
        location
    }

    /// The folders that `version_locations` names and that are there, the first of them where none is.
    fn version_folders(
        &self,
        configuration: &Configuration,
        values: &[String],
        location: &Location,
        notes: &mut Notes,
    ) -> Vec<String> {
        let home = configuration.source.path.folder();
        let (path, line) = &configuration.locations_line;
        let start_is_known = start(configuration, location).is_some();
        let mut folders = Vec::new();
        let mut skipped = Vec::new();
        for value in values {
            let found = self.folders.version_location(value, home, &location.base);
            let shown = value.replace(HERE, "%(here)s");
            let is_certain =
                !self.tree.is_partial() && (value.starts_with(HERE) || !is_foreign(value) && start_is_known);
            let is_certain = is_certain || configuration.characters.is_some();
            if let Some(error) = package_error(value) {
                let what = format!(
                    "version location `{shown}` is taken for a path in a package, because of its `:`"
                );
                let advice = "Take the `:` out of the path, or name a `path_separator`.";
                notes.refusals.push(Refusal::new((path, *line), what, advice, error));
            } else if is_certain && found.fit != Fit::Exact {
                let is_file = found.fit == Fit::File;
                let (path, line) = (path.clone(), *line);
                notes.passed_over.push(PassedOver { value: shown, path, line, is_file, is_text: false });
                let nowhere = || as_pathlib(&value.replace(HERE, ""));
                skipped.push(if found.fit == Fit::Likely { nowhere() } else { found.folder });
                continue;
            } else if let Some(what) = found.assumption(&format!("version location `{shown}`")) {
                notes.unknown.push((path.clone(), *line, what));
                // Alembic skips what is not there; but a folder of another machine may be there.
                notes.complete &= found.fit != Fit::Missing;
                // A folder of a package, guessed by its last names, may be one of several that were meant.
                notes.complete &= found.fit != Fit::Likely || !value.contains(':') || value.contains(HERE);
            }
            folders.push(found.folder);
        }
        if let Some(text) = &configuration.characters
            && let Some(first) = notes.passed_over.first().cloned()
        {
            notes.passed_over = vec![PassedOver { value: text.clone(), is_text: true, ..first }];
        }
        notes.complete &= !configuration.hides_folders;
        if folders.is_empty() {
            folders.extend(skipped.into_iter().next());
        }
        folders
    }

    /// `versions/` beside `env.py`.
    fn default_folder(
        &self,
        configuration: &Configuration,
        location: &Location,
        notes: &mut Notes,
    ) -> String {
        let versions = in_folder(&location.folder, "versions");
        match self.tree.resolve(&versions) {
            Resolved::Folder(folder) => folder,
            Resolved::Outside(target) => {
                let source = &configuration.source;
                let what = format!("`{versions}` is a link to `{target}`, which is not here");
                notes.unknown.push((source.path.clone(), source.line.unwrap_or(1), what));
                notes.complete = false;
                versions
            }
            Resolved::File(_) | Resolved::Missing(_) | Resolved::Loop => versions,
        }
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
    pub(super) fn give_back(&self, configuration: Configuration, found: &mut Vec<Environment>) {
        let is_silent = configuration.script_location.is_none() && !configuration.location_is_faulty;
        let Configuration { source, mut refusals, unknown, .. } = configuration;
        if is_silent && self.is_for_nobody(&source, found) {
            let what = format!("no script_location is set in [{}]", source.section);
            let advice = "Write `script_location` and the folder with env.py into the section [alembic].";
            let message = "No 'script_location' key found in configuration.".to_owned();
            refusals.push(Refusal::new((&source.path, 1), what, advice, ("CommandError", message)));
        }
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
        } else if !refusals.is_empty() && found.is_empty() {
            let mut environment = self.environment(Origin::Configured, home, Vec::new(), false, Some(source));
            environment.unknown.extend(unknown);
            environment.refusals = refusals;
            found.push(environment);
        }
    }

    /// Whether an `alembic.ini` names no folder in any section, and no program of the project does it in its place.
    fn is_for_nobody(&self, source: &ConfigSource, found: &[Environment]) -> bool {
        let is_used = |environment: &Environment| {
            environment.config.as_ref().is_some_and(|config| config.path == source.path)
        };
        let is_set_by_code = || {
            let mut code = self.tree.iter().filter(|(path, _)| is_script_name(path.file_name()));
            code.any(|(_, bytes)| contains(bytes, "script_location"))
        };
        source.path.file_name() == "alembic.ini"
            && !self.tree.is_partial()
            && !found.iter().any(is_used)
            && !is_set_by_code()
    }

    pub(super) fn environment(
        &self,
        origin: Origin,
        script_location: String,
        version_locations: Vec<String>,
        recursive: bool,
        config: Option<ConfigSource>,
    ) -> Environment {
        let env_py = match self.tree.resolve(&in_folder(&script_location, "env.py")) {
            Resolved::File(path) => {
                let read = self.tree.get(&path).zip(self.files.parsed(&path));
                read.map(|(source, parsed)| (EnvPy::of(&path, source, &parsed), source))
            }
            _ => None,
        };
        let mut unknown = Vec::new();
        if let Some((env_py, source)) = &env_py
            && let Some(line) = assigns_version_locations(source)
        {
            let what = "env.py says `version_locations` itself when it runs".to_owned();
            unknown.push((env_py.path.clone(), line, what));
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
        let own_ini = TreePath::parse(&in_folder(&script_location, "alembic.ini")).ok();
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
            overruled: None,
            flavour: if is_flask { Flavour::FlaskMigrate } else { Flavour::Alembic },
            complete: unknown.is_empty(),
            prepended: Vec::new(),
            refusals: Vec::new(),
            passed_over: Vec::new(),
            unknown,
        }
    }
}

/// The folder that Alembic is started in, as far as it is certain: the top where the configuration stands there, or where a
/// relative `script_location` was found from.
fn start<'l>(configuration: &Configuration, location: &'l Location) -> Option<&'l str> {
    if configuration.source.path.folder().is_empty() {
        return Some("");
    }
    let is_relative = configuration.script_location.as_ref().is_some_and(|value| !is_foreign(value));
    (location.fit == Fit::Exact && is_relative).then_some(location.base.as_str())
}

/// What Alembic raises of a path whose `:` makes it one in a package that no package can be.
fn package_error(value: &str) -> Option<(&'static str, String)> {
    let (package, _) = value.split_once(':').filter(|_| !is_absolute(value) && !value.contains(HERE))?;
    if package.is_empty() {
        return Some(("ValueError", "Empty module name".to_owned()));
    }
    if package.contains('/') && !package.starts_with('.') {
        return Some(("ModuleNotFoundError", format!("No module named {}", python_repr(package))));
    }
    package.starts_with('.').then(|| {
        let message = "the 'package' argument is required to perform a relative import for";
        ("TypeError", format!("{message} {}", python_repr(package)))
    })
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
    lists_packages(path)
        && String::from_utf8_lossy(bytes).lines().any(|line| {
            let line = line.trim_start().to_lowercase().replace('_', "-");
            !line.starts_with('#') && line.contains("flask-migrate")
        })
}
