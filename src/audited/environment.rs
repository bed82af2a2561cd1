//! One environment with everything that was read of it.

use std::ops::Deref;

use crate::alembic::{Cause, EnvFile, Reading, Stopped, Surroundings};
use crate::graph::RevisionGraph;
use crate::ingest::{SourceTree, TreePath};
use crate::replay::Account;
use crate::source::{Database, Environment, Script, Sight, TargetMetadata, VersionPlace};

/// One environment, as Alembic loads it: what its commands that only print look at.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Where it is.
    pub environment: Environment,
    /// Whether its migrations are one package of a family.
    pub is_of_a_family: bool,
    /// Its migrations, in load order.
    pub scripts: Vec<Script>,
    /// Their graph.
    pub graph: RevisionGraph,
    /// What real Alembic makes of them.
    pub reading: Reading,
    /// What could not be decided: path, line from 1, what.
    pub unknown: Vec<(TreePath, u32, String)>,
    /// Where something is missing: the file of the project that gives Alembic more folders when it runs, if one does.
    pub folders_by_code: Option<String>,
    /// Where Alembic looks for `env.py`, if it is certain that nothing is there.
    pub missing_env_py: Option<String>,
}

/// One environment, read: what is loaded, and what becomes of it when it runs.
#[derive(Debug, Clone)]
pub struct Audited {
    /// What is loaded.
    pub loaded: Loaded,
    /// What becomes of the migrations when they run.
    pub account: Account,
    /// Which database they run on, as far as the project tells.
    pub database: Database,
    /// Where that keeps its revision.
    pub version_place: VersionPlace,
    /// Which models autogenerate sees.
    pub sight: Sight,
}

impl Audited {
    /// The tables that migrations create for models which autogenerate does not see: it would drop them.
    pub fn tables_not_seen(&self) -> Vec<&str> {
        let (Sight::Misses { models, .. }, Some(replay)) = (&self.sight, self.account.best()) else {
            return Vec::new();
        };
        if self.environment.env_py.as_ref().is_some_and(|env_py| env_py.leaves_out) {
            return Vec::new();
        }
        let Some(last) = replay.steps.last() else { return Vec::new() };
        let is_there = |name: &&str| {
            let mut same = last.after.tables().filter(|(table, _)| *table.name == **name);
            same.any(|(_, table)| table.certain)
        };
        models.iter().filter_map(|model| model.table.as_deref()).filter(is_there).collect()
    }
}

/// Whoever looks at an audited environment looks at a loaded one, of which more is known.
impl Deref for Audited {
    type Target = Loaded;

    fn deref(&self) -> &Loaded {
        &self.loaded
    }
}

impl Loaded {
    /// What stands beside the migrations and matters to Alembic's commands.
    pub fn surroundings(&self) -> Surroundings<'_> {
        let environment = &self.environment;
        let settings = environment.config.as_ref().map(|config| &config.settings);
        let env_py = match &environment.env_py {
            Some(env_py) if !env_py.syntax_faults.is_empty() => {
                EnvFile::Broken(&env_py.syntax_faults[0].what)
            }
            Some(env_py) => EnvFile::Is {
                path: &env_py.path,
                metadata: match env_py.target_metadata {
                    TargetMetadata::None { .. } => Some(false),
                    TargetMetadata::Expression { .. } => Some(true),
                    TargetMetadata::Absent | TargetMetadata::Unknown { .. } => None,
                },
            },
            None => self.missing_env_py.as_deref().map_or(EnvFile::Unknown, EnvFile::Missing),
        };
        Surroundings {
            revision_environment: settings.and_then(|settings| settings.revision_environment.as_deref()),
            env_py,
        }
    }

    /// Whether something unknown could add a revision or an edge, so that what seems missing may be there.
    pub fn is_partly_unknown(&self) -> bool {
        self.graph.is_partly_unknown() || !self.environment.complete
    }

    /// What becomes of `upgrade heads` on an empty database where it does not come to its end although the files load: a
    /// phrase that follows the command.
    pub fn upgrade_error(&self) -> Option<String> {
        Some(match self.upgrade_stop()? {
            Stopped::NeverEnds => "never comes to an end".to_owned(),
            Stopped::Raises(raised) => {
                let at = match raised.cause {
                    Cause::Merge(at) => self.scripts[at].id(),
                    _ => None,
                };
                let at = at.map_or_else(String::new, |id| format!(" at {id}"));
                format!("stops{at} with {}: {}", raised.class, raised.message)
            }
        })
    }

    /// Migrations that are there and were not read, as they are too large.
    pub fn left_out<'t>(&self, tree: &'t SourceTree) -> Vec<&'t TreePath> {
        let mut found = Vec::new();
        for folder in &self.environment.version_locations {
            found.extend(
                tree.unread_in(folder)
                    .into_iter()
                    .filter(|path| path.file_name().rsplit('.').next() == Some("py")),
            );
        }
        found
    }

    /// Whether what looks like a head is one, whether the files load or not: nothing is missing, comes twice or goes round.
    pub fn heads_are_certain(&self) -> bool {
        let graph = &self.graph;
        let is_known = |script: &Script| script.id().is_some() && script.down_revision.is_text();
        !self.is_partly_unknown()
            && self.folders_by_code.is_none()
            && self.environment.refusals.is_empty()
            && graph.ghosts().next().is_none()
            && graph.missing_dependencies().is_empty()
            && graph.shadowed().is_empty()
            && graph.cycles().is_empty()
            && !graph.revisions().any(|ix| graph.node(ix).self_parent)
            && self.scripts.iter().all(is_known)
    }

    /// Why `upgrade heads` on an empty database does not come to its end although the files load.
    pub fn upgrade_stop(&self) -> Option<Stopped> {
        self.reading.map()?.upgrades().err()
    }

    /// Why Alembic cannot load the folder, as a sentence, if that is certain.
    pub fn load_error(&self) -> Option<String> {
        if let Some(refusal) = self.environment.refusals.first() {
            return Some(format!("{}: {}.", refusal.path, refusal.what));
        }
        self.reading.certain_error(&self.scripts).map(|raised| raised.sentence())
    }
}
