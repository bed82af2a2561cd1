//! Histories that no configuration names: found by the files that name each other's revisions.

use std::collections::{BTreeMap, BTreeSet};

use super::survey::Survey;
use super::{Environment, Origin, is_within};
use crate::ingest::{SourceTree, TreePath, in_folder};
use crate::source::{Declared, EnvPy, Importable};
use crate::text::contains;

impl Survey<'_> {
    /// The environments of an `env.py` that no configuration names; several when its folder holds several histories.
    pub(super) fn unconfigured(&self, folder: &str, others: &[Environment]) -> Vec<Environment> {
        let versions = in_folder(folder, "versions");
        let default = self.environment(Origin::EnvPy, folder.to_owned(), vec![versions], false, None);
        let histories = self.histories_beyond(&default, others);
        if histories.is_empty() {
            return vec![default];
        }
        let what = "no configuration says where its migrations are";
        histories.into_iter().map(|folders| self.with_folders(&default, folders, what)).collect()
    }

    /// A configured environment; where a program names the folders of its migrations, those that hold a history.
    pub(super) fn by_code(&self, default: Environment, others: &[Environment]) -> Vec<Environment> {
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
                && sets_main_option(self.tree, "version_locations").is_none()
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
    pub(super) fn bare(&self, others: &[Environment]) -> Vec<Environment> {
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
            let Some(script) = self.files.script(path, Importable::default()) else { continue };
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
}

/// The line, from 1, on which an `env.py` speaks of `version_locations`.
pub(super) fn assigns_version_locations(source: &[u8]) -> Option<u32> {
    let assigns = |line: &str| line.find("version_locations").is_some_and(|at| !line[..at].contains('#'));
    let at = String::from_utf8_lossy(source).lines().position(assigns)?;
    Some(at as u32 + 1)
}

/// The file of the project that gives Alembic an option of the main section when it runs, whatever the configuration says.
pub fn sets_main_option(tree: &SourceTree, option: &str) -> Option<String> {
    let sets = |text: &str| {
        text.match_indices("set_main_option").any(|(at, _)| {
            let before = text[..at].rsplit('\n').next().unwrap_or_default();
            let name = text[at..].split(',').next().unwrap_or_default();
            !before.contains('#') && name.contains(option)
        })
    };
    let is_code = |path: &TreePath| {
        matches!(path.file_name().rsplit_once('.'), Some((_, "py")))
            && !path.as_str().split('/').any(|name| name.starts_with("test"))
    };
    let mut code = tree.iter().filter(|(path, source)| is_code(path) && contains(source, "set_main_option"));
    code.find(|(_, source)| sets(&String::from_utf8_lossy(source))).map(|(path, _)| path.to_string())
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
