//! Alembic environments: where migrations live, and what points at them.

mod files;
mod histories;
mod survey;

pub use files::{Interruption, Load};
pub use histories::sets_main_option;

use serde::{Deserialize, Serialize};

use super::config::find_configurations;
use super::locations::{as_pathlib, is_foreign};
use super::{ConfigSource, EnvPy, Overruled, PythonFiles, Refusal};
use crate::ingest::{Resolved, SourceTree, TreePath};
use survey::Survey;

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
    /// What would point at it, did an ini not win.
    pub overruled: Option<Overruled>,
    /// Whose commands fit.
    pub flavour: Flavour,
    /// The folders that Python looks for modules in before all others, in order; none where the first is not certain.
    pub prepended: Vec<String>,
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

    /// Its `script_location` as Alembic prints it, where that counts from where Alembic is started and leads nowhere from
    /// the top of the tree.
    pub fn missing_from_the_top(&self, tree: &SourceTree) -> Option<String> {
        let written = self.config.as_ref()?.settings.script_location.as_deref()?;
        let is_relative = !is_foreign(written) && !written.contains('%');
        let is_missing = is_relative && matches!(tree.resolve(written), Resolved::Missing(_));
        // What is missing wherever it counts from is told with the configuration.
        (is_missing && self.refusals.is_empty()).then(|| as_pathlib(written))
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
    /// Whether it is a text where a list belongs, of which Alembic takes each character for a path.
    pub is_text: bool,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
pub fn find_environments(files: &PythonFiles<'_>) -> Vec<Environment> {
    let survey = Survey::of(files);
    let mut found: Vec<Environment> = Vec::new();
    let (mut refused, mut overruled) = (Vec::new(), Vec::new());
    for configuration in find_configurations(files.tree()) {
        if configuration.is_template() && !survey.is_there(&configuration) {
            continue;
        }
        overruled.extend(configuration.overruled.clone());
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
        survey.give_back(*configuration, &mut found);
    }
    decide_live(&mut found);
    for overruled in overruled {
        survey.overrule(overruled, &mut found);
    }
    // One with migrations goes before one of which nothing can be said.
    found.sort_by_key(|environment| {
        (!environment.live, environment.scripts.is_empty(), environment.env_py.is_none())
    });
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

/// Whether `folder` is `outer` or stands in it.
fn is_within(folder: &str, outer: &str) -> bool {
    outer.is_empty()
        || folder == outer
        || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}
