//! Histories that are kept apart on purpose.

use std::collections::{BTreeMap, BTreeSet};

use super::Loaded;
use crate::graph::{RevisionGraph, RevisionIx};
use crate::source::{Environment, Script};

/// Whether migrations without `env.py` and configuration are one package of a family: each of their histories has a branch
/// label of its own where it begins, and hangs on a revision that stands in another.
pub fn is_of_a_family(environment: &Environment, scripts: &[Script], graph: &RevisionGraph) -> bool {
    if environment.env_py.is_some() || environment.config.is_some() {
        return false;
    }
    let missing: BTreeSet<RevisionIx> = graph.missing_dependencies().iter().map(|(ix, _)| *ix).collect();
    let script = |ix: &RevisionIx| graph.node(*ix).script.map(|at| &scripts[at]);
    let labelled =
        |ix: &RevisionIx| script(ix).is_some_and(|script| !script.branch_labels.values().is_empty());
    let mut starts = graph.bases();
    starts.extend(graph.ghosts().flat_map(|ghost| graph.children(ghost)));
    let hangs_on_others = !missing.is_empty() || graph.ghosts().next().is_some();
    hangs_on_others && starts.iter().all(labelled)
}

/// The fewest letters of an id that no two histories have by chance.
const LONG: usize = 8;

impl Loaded {
    /// Whether a revision that is missing in another folder is one of these files, which nobody uses where they are. What a
    /// configuration of its own points at is another history, and so may be what has a short id or a running number.
    pub fn may_lend(&self, id: &str) -> bool {
        let is_told = id.chars().count() >= LONG && !id.bytes().all(|byte| byte.is_ascii_digit());
        is_told && !self.environment.live && self.graph.find(id).is_some_and(|ix| !self.graph.is_ghost(ix))
    }

    /// The first revision of this history that another one, without `env.py` and configuration, depends on.
    pub fn needed_by<'o>(&self, other: &'o Self) -> Option<&'o str> {
        if !other.is_of_a_family {
            return None;
        }
        let ghosts = other.graph.ghosts().map(|ghost| other.graph.id(ghost));
        let mut missing = other.graph.missing_dependencies().iter().map(|(_, id)| id.as_str()).chain(ghosts);
        let is_here = |id: &&str| self.graph.find(id).is_some_and(|ix| !self.graph.is_ghost(ix));
        missing.find(is_here)
    }

    /// Several bases are a documented feature where each has a branch label, a version location of its own, or a
    /// dependency that says what comes before it.
    pub fn has_bases_by_design(&self) -> bool {
        let bases = self.graph.bases();
        let scripts: Vec<_> =
            bases.iter().filter_map(|&ix| self.graph.node(ix).script).map(|at| &self.scripts[at]).collect();
        let settled = |script: &&&Script| {
            [&script.branch_labels, &script.depends_on]
                .iter()
                .any(|declared| !declared.values().is_empty() || declared.is_unknown())
        };
        let labelled = scripts.iter().filter(settled).count();
        let mut folders: Vec<_> = scripts.iter().map(|script| script.path.folder()).collect();
        folders.sort_unstable();
        folders.dedup();
        let own_folders = self.environment.version_locations.len() > 1 && folders.len() == scripts.len();
        labelled + 1 >= scripts.len() && labelled > 0 || own_folders
    }

    /// Several heads are meant where all but one stand on a branch label of their own, which no other head shares: such a
    /// project deploys with `upgrade heads`.
    pub fn has_heads_by_design(&self) -> bool {
        let graph = &self.graph;
        let heads = graph.tips();
        if heads.len() < 2 {
            return false;
        }
        // The only head above each revision; nothing where there are several. So none is visited more than twice.
        let mut above: BTreeMap<RevisionIx, Option<RevisionIx>> = BTreeMap::new();
        for &head in &heads {
            let mut open = vec![head];
            while let Some(ix) = open.pop() {
                match above.get(&ix).copied() {
                    None => above.insert(ix, Some(head)),
                    Some(Some(other)) if other != head => above.insert(ix, None),
                    Some(_) => continue,
                };
                open.extend(graph.parents(ix));
            }
        }
        // A label that only running tells is one all the same.
        let has_label = |ix: RevisionIx| {
            graph.node(ix).script.is_some_and(|at| {
                let script = &self.scripts[at];
                !script.branch_labels.values().is_empty() || script.branch_labels.is_unknown()
            })
        };
        let own: BTreeSet<_> =
            above.into_iter().filter(|&(ix, _)| has_label(ix)).filter_map(|(_, head)| head).collect();
        own.len() + 1 >= heads.len()
    }
}
