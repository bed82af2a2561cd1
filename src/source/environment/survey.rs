//! One look at the tree, and the environments that configurations name.

use std::collections::BTreeSet;

use super::files::{has_compiled, is_script_of, load_order};
use super::histories::assigns_version_locations;
use super::{Environment, Flavour, Origin, PassedOver, inside, is_within};
use crate::ingest::{Resolved, SourceTree, TreePath};
use crate::source::config::Configuration;
use crate::source::env_py::uses_alembic_context;
use crate::source::locations::{
    Fit, Folders, HERE, Location, as_pathlib, intended, is_absolute, is_foreign, join,
};
use crate::source::{ConfigSource, EnvPy, Refusal};
use crate::text::{contains, python_repr};

/// What one look at the tree tells.
pub(super) struct Survey<'t> {
    pub(super) tree: &'t SourceTree,
    pub(super) folders: Folders<'t>,
    /// The folders of each `env.py` that uses Alembic.
    pub(super) env_pys: BTreeSet<&'t str>,
    /// The files that may be migrations, by a look at their bytes.
    pub(super) candidates: Vec<&'t TreePath>,
    /// The folders of files that tell of Flask-Migrate.
    flask: BTreeSet<&'t str>,
}

impl<'t> Survey<'t> {
    pub(super) fn of(tree: &'t SourceTree) -> Self {
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
    pub(super) fn configured(&self, configuration: Configuration) -> Result<Environment, Box<Configuration>> {
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
    pub(super) fn give_back(&self, configuration: Box<Configuration>, found: &mut Vec<Environment>) {
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

    pub(super) fn environment(
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
