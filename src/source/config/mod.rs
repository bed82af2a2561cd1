//! Configuration: `alembic.ini` and `pyproject.toml`.
//!
//! Per option the ini wins over the `pyproject.toml`, as in Alembic. Which folder Alembic is started in is not known
//! here, so paths stay as they are written; `locations` finds what they mean.

mod ini;
mod options;
mod pyproject;
mod refusal;
mod split;

use ini::Ini;
use options::{IniPart, Options, TomlPart};
use pyproject::Pyproject;

pub use refusal::Refusal;

use super::database::{named, names_asyncpg};
use super::locations::HERE;
use crate::ingest::{Resolved, SourceTree, TreePath, in_folder};
use crate::text::{contains, python_repr};

/// The configuration that names an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSource {
    /// The file.
    pub path: TreePath,
    /// The section, such as `alembic`; `tool.alembic` in `pyproject.toml`.
    pub section: String,
    /// The line of `script_location`, from 1, if it has one.
    pub line: Option<u32>,
    /// The settings read from it.
    pub settings: Settings,
}

/// The settings that decide which files are migrations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `script_location`, as written.
    pub script_location: Option<String>,
    /// `version_locations`, as written, split; empty when not set.
    pub version_locations: Vec<String>,
    /// `recursive_version_locations`.
    pub recursive: bool,
    /// `prepend_sys_path`, split: folders that Python looks for modules in, `%(here)s` where the configuration's own
    /// folder is meant.
    pub prepend_sys_path: Vec<String>,
    /// `revision_environment`, where it is set: whether `history` runs `env.py`.
    pub revision_environment: Option<String>,
    /// The database that `sqlalchemy.url` names; the rest of the address is not kept.
    pub database: Option<Url>,
    /// `file_template`, where it is a text.
    pub file_template: Option<String>,
    /// `truncate_slug_length`, as written.
    pub slug_length: Option<String>,
    /// `databases`, split, which Alembic's template for several of them reads.
    pub databases: Vec<String>,
}

/// The database that `sqlalchemy.url` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// SQLAlchemy's name of its dialect, such as `postgresql`.
    pub name: &'static str,
    /// Whether it names the driver asyncpg.
    pub by_asyncpg: bool,
    /// The file.
    pub path: TreePath,
    /// The line, from 1.
    pub line: u32,
}

/// A configuration with its paths interpolated, [`HERE`] standing for the file's own folder.
#[derive(Debug, Clone)]
pub(super) struct Configuration {
    pub(super) source: ConfigSource,
    /// Nothing when the file does not set it, as Flask-Migrate's does not, or not so that it can be used.
    pub(super) script_location: Option<String>,
    /// Whether it sets a `script_location` that cannot be used.
    pub(super) location_is_faulty: bool,
    /// Nothing when Alembic's default counts.
    pub(super) version_locations: Option<Vec<String>>,
    /// Where `version_locations` is set.
    pub(super) locations_line: (TreePath, u32),
    /// Whether it may mean other folders than those.
    pub(super) hides_folders: bool,
    /// Its text, where it is no list.
    pub(super) characters: Option<String>,
    /// Folders that Python looks for modules in, interpolated.
    pub(super) sys_path: Vec<String>,
    pub(super) refusals: Vec<Refusal>,
    /// How many refusals come before Alembic looks for the folder of `script_location`.
    pub(super) n_before_location: usize,
    pub(super) unknown: Vec<(TreePath, u32, String)>,
    /// Where `sourceless` is set: compiled files count too.
    pub(super) sourceless: Option<(TreePath, u32)>,
    /// A `script_location` that the `pyproject.toml` sets in vain.
    pub(super) overruled: Option<Overruled>,
}

/// A `script_location` of a `pyproject.toml` over which an ini wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// The folder, interpolated; in [`super::Environment`], found in the tree.
    pub folder: String,
    /// The `pyproject.toml`.
    pub path: TreePath,
    /// The line, from 1.
    pub line: u32,
    /// The ini that wins.
    pub by: TreePath,
}

impl Configuration {
    /// Whether it belongs to a template: somebody fills `{name}` in before Alembic reads it.
    pub(super) fn is_template(&self) -> bool {
        let braces = |value: &String| {
            let at = value.find('{').filter(|at| !value[..*at].ends_with('$'));
            at.is_some_and(|at| value[at..].contains('}'))
        };
        self.script_location.as_ref().is_some_and(braces)
    }
}

/// Every configuration in the tree: `alembic.ini` files before others, those near the top first.
pub(super) fn find_configurations(tree: &SourceTree) -> Vec<Configuration> {
    let paths = tree.iter().map(|(path, _)| path).chain(tree.links());
    let mut files: Vec<&TreePath> = paths.filter(|path| is_config(path)).collect();
    files.sort_by_key(|path| (path.as_str().matches('/').count(), order(path.file_name()), *path));
    let mut found = Vec::new();
    for path in files {
        let Some(source) = content(tree, path) else { continue };
        if path.file_name() == "pyproject.toml" {
            found.extend(from_toml(tree, path, source));
        } else {
            found.extend(from_ini(tree, path, source));
        }
    }
    found
}

fn is_config(path: &TreePath) -> bool {
    let name = path.file_name();
    name == "pyproject.toml" || matches!(name.rsplit_once('.'), Some((_, "ini" | "cfg")))
}

fn order(name: &str) -> u8 {
    match name {
        "alembic.ini" => 0,
        "pyproject.toml" => 1,
        _ => 2,
    }
}

/// The bytes of a file that may be a link, whose own folder counts all the same.
fn content<'t>(tree: &'t SourceTree, path: &TreePath) -> Option<&'t [u8]> {
    match tree.resolve(path.as_str()) {
        Resolved::File(path) => tree.get(&path),
        _ => None,
    }
}

fn beside<'t>(tree: &'t SourceTree, folder: &str, name: &str) -> Option<(TreePath, &'t [u8])> {
    let path = TreePath::parse(&in_folder(folder, name)).ok()?;
    let bytes = content(tree, &path)?;
    Some((path, bytes))
}

fn from_ini(tree: &SourceTree, path: &TreePath, source: &[u8]) -> Vec<Configuration> {
    let is_alembic_s = path.file_name() == "alembic.ini";
    if !is_alembic_s && !contains(source, "script_location") && !contains(source, "[alembic]") {
        return Vec::new();
    }
    let ini = Ini::parse(source, &shown(path));
    let mut names: Vec<&str> = ini
        .sections
        .iter()
        .filter(|section| section.name != "DEFAULT" && section.get("script_location").is_some())
        .map(|section| section.name.as_str())
        .collect();
    if !names.contains(&"alembic") && (is_alembic_s || ini.section("alembic").is_some()) {
        names.push("alembic");
    }
    names.sort_by_key(|name| *name != "alembic");
    let toml_in = |folder| {
        let (path, bytes) = beside(tree, folder, "pyproject.toml")?;
        Some((path, Pyproject::read(bytes)))
    };
    let toml = toml_in(path.folder());
    // Alembic reads the one of the folder where it is started, which is often the top.
    let top = (!path.folder().is_empty()).then(|| toml_in("")).flatten();
    let top = top.filter(|(_, file)| file.problem().is_none() && file.is_alembic_s());
    let read = |section: &str| {
        let part = IniPart { path, ini: &ini, section };
        let names_none = ini.get(section, "script_location").is_none();
        let other = top.as_ref().filter(|_| names_none);
        let toml = toml.as_ref().filter(|(_, file)| other.is_none() || file.is_alembic_s()).or(other);
        let overruled = toml.filter(|_| !names_none).and_then(|(file, toml)| {
            let (value, line) = toml.get("script_location")?;
            let folder = pyproject::interpolate(value.as_str()?, HERE).ok()?;
            Some(Overruled { folder, path: file.clone(), line, by: path.clone() })
        });
        let read = configuration(
            options::read(Some(part), toml.map(|(path, file)| TomlPart { path, file })),
            path,
            section,
            ini.get(section, "sqlalchemy.url").and_then(|url| {
                let (name, by_asyncpg) = (named(&url.value)?, names_asyncpg(&url.value));
                Some(Url { name, by_asyncpg, path: path.clone(), line: url.line })
            }),
        );
        let databases = ini.get(section, "databases").map(|own| ini.interpolate(section, own, HERE));
        let databases = databases
            .and_then(Result::ok)
            .map(|names| names.split(',').map(|name| name.trim_start().to_owned()).collect());
        let mut read = Configuration { overruled, ..read };
        read.source.settings.databases = databases.unwrap_or_default();
        read
    };
    names.into_iter().map(read).collect()
}

/// A path as `configparser` shows it, with [`HERE`] and a `/` before it.
fn shown(path: &TreePath) -> String {
    let path = python_repr(path.as_str());
    let (quote, rest) = path.split_at(1);
    format!("PosixPath({quote}{HERE}/{rest})")
}

/// A `pyproject.toml` with no `alembic.ini` beside it; with one, that file's configuration holds its settings.
fn from_toml(tree: &SourceTree, path: &TreePath, source: &[u8]) -> Option<Configuration> {
    if !contains(source, "alembic") && !contains(source, "tool") {
        return None;
    }
    let file = Pyproject::read(source);
    if !file.is_alembic_s() || beside(tree, path.folder(), "alembic.ini").is_some() {
        return None;
    }
    Some(configuration(options::read(None, Some(TomlPart { path, file: &file })), path, TABLE, None))
}

/// The table of a `pyproject.toml`, where another configuration has a section.
const TABLE: &str = "tool.alembic";

/// What the options of `section` in `path` say.
fn configuration(options: Options, path: &TreePath, section: &str, database: Option<Url>) -> Configuration {
    let as_written = |value: &str| value.replace(HERE, "%(here)s");
    let all = |values: &[String]| values.iter().map(|value| as_written(value)).collect::<Vec<_>>();
    let settings = Settings {
        script_location: options.script_location.as_ref().map(|set| as_written(&set.value)),
        version_locations: options.version_locations.as_ref().map(|set| all(&set.value)).unwrap_or_default(),
        recursive: options.recursive,
        prepend_sys_path: all(&options.sys_path),
        revision_environment: options.revision_environment.clone(),
        database,
        file_template: options.file_template.clone(),
        slug_length: options.slug_length.clone(),
        databases: Vec::new(),
    };
    let own = |section: &str| (path.clone(), section.to_owned(), None);
    let (named_by, section, line) = match &options.script_location {
        Some(set) if set.by_ini => (set.path.clone(), section.to_owned(), Some(set.line)),
        Some(set) => (set.path.clone(), TABLE.to_owned(), Some(set.line)),
        None => own(section),
    };
    let locations = options.version_locations.as_ref();
    Configuration {
        locations_line: locations.map_or((path.clone(), 1), |set| (set.path.clone(), set.line)),
        hides_folders: options.hides_folders,
        characters: options.characters,
        source: ConfigSource { path: named_by, section, line, settings },
        script_location: options.script_location.map(|set| set.value),
        location_is_faulty: options.location_is_faulty,
        version_locations: options.version_locations.map(|set| set.value),
        sys_path: options.sys_path,
        refusals: options.refusals,
        n_before_location: options.n_before_location,
        unknown: options.unknown,
        sourceless: options.sourceless.map(|set| (set.path, set.line)),
        overruled: None,
    }
}
