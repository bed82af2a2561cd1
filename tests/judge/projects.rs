//! Real projects from the package index.
//!
//! `tests/projects.toml` lists them. Their files are downloaded once, checked by hash, and never kept in the repository.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use rechain::ingest::{SourceTree, TreePath};
use serde::Deserialize;

use super::{full, printed, read, repository, write_file};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Projects {
    project: Vec<Project>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) revisions: usize,
    /// Script locations with their migrations in `versions/`.
    #[serde(default)]
    pub(crate) folders: Vec<String>,
    /// Those with their migrations elsewhere.
    #[serde(default)]
    pub(crate) histories: Vec<History>,
    #[serde(default)]
    pub(crate) findings: BTreeMap<String, usize>,
    #[serde(default)]
    pub(crate) broken: Vec<String>,
    #[serde(default)]
    pub(crate) raises: Option<String>,
    #[serde(default)]
    pub(crate) unasked: Vec<String>,
    #[serde(default)]
    pub(crate) full: bool,
}

/// A script location, and where its migrations are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    pub(crate) script_location: String,
    pub(crate) version_locations: Vec<String>,
}

impl Project {
    /// Every history that Alembic is asked about.
    pub(crate) fn all(&self) -> Vec<History> {
        let usual = self.folders.iter().map(|folder| History {
            script_location: folder.clone(),
            version_locations: vec![format!("{folder}/versions")],
        });
        usual.chain(self.histories.iter().cloned()).collect()
    }

    /// Whether Alembic can load it here.
    pub(crate) fn is_asked(&self, history: &History) -> bool {
        !self.unasked.contains(&history.script_location)
    }
}

/// Every history of the projects that can be had, each a folder of its own, with the project's name.
pub(crate) fn histories(python: &OsStr) -> Vec<(String, SourceTree)> {
    let mut found = Vec::new();
    for project in projects().iter().filter(|project| full() || !project.full) {
        let Some(wheel) = fetched(python, project) else {
            writeln!(std::io::stderr(), "skipped: {}: the package index cannot be reached", project.name)
                .expect("standard error is open");
            continue;
        };
        let tree = read(unpacked(&wheel).path()).tree;
        found.extend(project.all().iter().map(|history| (project.name.clone(), history.alone(&tree))));
    }
    found
}

impl History {
    /// Its Python files alone, with a configuration that names its folders.
    fn alone(&self, project: &SourceTree) -> SourceTree {
        let mut tree = SourceTree::default();
        let folders: Vec<_> = self.version_locations.iter().chain([&self.script_location]).collect();
        let is_in = |path: &TreePath| {
            folders.iter().any(|folder| {
                path.as_str().strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let is_python = |path: &TreePath| path.file_name().rsplit('.').next() == Some("py");
        let files = project.iter().filter(|(path, _)| is_in(path) && is_python(path));
        files.for_each(|(path, source)| tree.insert(path.clone(), source.to_vec()));
        let locations: Vec<_> =
            self.version_locations.iter().map(|folder| format!("    %(here)s/{folder}\n")).collect();
        let ini = format!(
            "[alembic]\nscript_location = %(here)s/{}\npath_separator = newline\nversion_locations =\n{}",
            self.script_location,
            locations.concat()
        );
        tree.insert(TreePath::parse("alembic.ini").expect("relative"), ini.into_bytes());
        tree
    }

    /// The environment that holds it, of their script and version locations: several may have the same script location.
    pub(crate) fn among<'e, T: AsRef<str> + 'e>(
        &self,
        mut all: impl Iterator<Item = (usize, &'e str, &'e [T])>,
    ) -> Option<usize> {
        let of_it = |location: &str| location == self.script_location;
        let mut fallback = None;
        let exact = all.find(|(at, location, versions)| {
            if of_it(location) {
                fallback.get_or_insert(*at);
            }
            let mut versions: Vec<&str> = versions.iter().map(AsRef::as_ref).collect();
            let mut own: Vec<&str> = self.version_locations.iter().map(String::as_str).collect();
            versions.sort_unstable();
            own.sort_unstable();
            of_it(location) && versions == own
        });
        exact.map(|(at, ..)| at).or(fallback)
    }
}

pub(crate) fn projects() -> Vec<Project> {
    let text = std::fs::read_to_string(repository("tests/projects.toml")).expect("the list is there");
    toml::from_str::<Projects>(&text).expect("the list is right").project
}

/// Where downloads are kept between runs: in the person's own folder, as cargo xtask keeps its tools.
fn cache() -> PathBuf {
    let home = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    home("XDG_CACHE_HOME")
        .or_else(|| {
            if cfg!(windows) { home("LOCALAPPDATA") } else { home("HOME").map(|home| home.join(".cache")) }
        })
        .unwrap_or_else(std::env::temp_dir)
        .join("rechain")
        .join("projects")
}

/// The wheel's path; nothing when it is not kept here and the network cannot be reached.
pub(crate) fn fetched(python: &OsStr, project: &Project) -> Option<PathBuf> {
    let output = Command::new(python)
        .arg(repository("tests/python/fetch.py"))
        .arg(cache())
        .args([&project.name, &project.version, &project.file, &project.sha256])
        .output()
        .expect("Python runs");
    match output.status.code() {
        Some(0) => Some(cache().join(&project.file)),
        Some(3) => None,
        _ => panic!("{} {}: {}", project.name, project.version, printed(&output)),
    }
}

/// A wheel is a zip.
pub(crate) fn unpacked(wheel: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let bytes = std::fs::read(wheel).expect("it was downloaded");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a wheel is a zip");
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("it can be read");
        let Some(path) = entry.enclosed_name().filter(|_| entry.is_file()) else { continue };
        let mut content = Vec::new();
        std::io::copy(&mut entry, &mut content).expect("it can be unpacked");
        write_file(&folder.path().join(path), &content);
    }
    folder
}
