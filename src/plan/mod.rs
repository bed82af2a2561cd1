//! Repairs. A plan is made from an audit, applied in memory, and audited again before anyone sees it.
//!
//! Two are offered: a single chain, which rewrites the fewest files it can, and the merge revision that
//! `alembic merge heads` would write. Where something about the chain is unknown, none is.

mod chain;
mod cheapest;
mod cut;
mod env_repair;
mod harm;
mod merge;
mod order;
mod prove;
mod repair;
mod rewrite;
#[cfg(test)]
mod tests;

pub use env_repair::{EnvRepair, EnvRepairSource, import_models, repair_env};

use serde::{Deserialize, Serialize};

use crate::alembic::{Reading, StateGroup};
use crate::audited::{Audit, Audited};
use crate::finding::{Applicability, Rule, Severity};
use crate::graph::RevisionIx;
use crate::ingest::{SourceTree, TreePath};
use crate::patch::{FilePatch, PatchSet};
use crate::rules::{DUPLICATE_REVISION, MODELS_NOT_IMPORTED, REVISION_CYCLE, TARGET_METADATA_NONE};
use crate::source::{PythonFiles, Sight};
use repair::{Broken, REPAIRS};

/// Which repair a plan is; the order is that in which people are told of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// Everything in a single chain: parents are rewritten.
    Chain,
    /// The merge revision that `alembic merge heads` would write.
    Merge,
}

impl PlanKind {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Chain, Self::Merge];

    /// Its name on the command line and in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Merge => "merge",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Chain => "Single chain",
            Self::Merge => "Merge revision",
        }
    }

    /// The plan of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl std::fmt::Display for PlanKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A proved repair of one environment.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which it is.
    pub kind: PlanKind,
    /// The files it changes and adds.
    pub patch: PatchSet,
    /// What it does to each revision it touches, in order of path.
    pub changes: Vec<RevisionChange>,
    /// The rules whose findings it resolves, by name.
    pub resolves: Vec<&'static Rule>,
    /// The rules of which findings remain, by name.
    pub leaves: Vec<&'static Rule>,
    /// The order it gives, oldest first.
    pub order: Vec<String>,
    /// Whether its effect depends on what databases have run.
    pub applicability: Applicability,
    /// How databases that have run something fare with it, worst first; nothing where the files do not load before it, or
    /// where that is not known.
    pub states: Option<Vec<StateGroup>>,
    /// What must be known before it is used.
    pub cautions: Vec<String>,
    /// The environment as the plan leaves it, audited.
    pub after: Audited,
}

/// What a plan does to one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionChange {
    /// The file.
    pub path: TreePath,
    /// The revision.
    pub revision: String,
    /// Whether the plan adds it.
    pub added: bool,
    /// Its parents as written before.
    pub before: Vec<String>,
    /// Its parents after.
    pub after: Vec<String>,
    /// Why, as a clause: `alters table user, which 2ca607eff9c8 creates`.
    pub reason: String,
}

/// A plan that has not been proved.
struct Draft {
    patch: PatchSet,
    changes: Vec<RevisionChange>,
    order: Vec<String>,
    applicability: Applicability,
    cautions: Vec<String>,
}

/// Every revision once, oldest first: the order in which rows are drawn, and the one a single chain would have.
pub fn row_order(audited: &Audited) -> Vec<RevisionIx> {
    let sound = cut::sound(audited);
    order::order(audited, &sound).into_iter().filter_map(|ix| audited.graph.by_index(ix)).collect()
}

/// Audits a tree that differs from the audited one in the files given.
pub type Again<'a> = &'a dyn Fn(&SourceTree, &[TreePath]) -> Audit;

/// The plans of every environment, by its index; each environment's best first. `again` proves them.
pub fn plans(tree: &SourceTree, audit: &Audit, again: Again<'_>) -> Vec<Vec<Plan>> {
    (0..audit.environments.len()).map(|index| plans_of(tree, audit, again, index)).collect()
}

/// The repaired `env.py` of every environment of which a rule says that autogenerate does not see the models, where a
/// repair is certain. `again` proves what only adds imports.
pub fn env_repairs(files: &PythonFiles<'_>, audit: &Audit, again: Again<'_>) -> Vec<FilePatch> {
    let environments: Vec<_> = audit.environments.iter().map(|audited| &audited.environment).collect();
    let of = |rule: &'static Rule| {
        let named = audit.findings.iter().filter(move |finding| finding.rule == rule);
        named.filter_map(|finding| finding.environment)
    };
    let repaired = of(&TARGET_METADATA_NONE)
        .filter_map(|index| repair_env(files, environments[index], &environments, &audit.models));
    let completed = of(&MODELS_NOT_IMPORTED).filter_map(|index| {
        let Sight::Misses { models, .. } = &audit.environments[index].sight else { return None };
        let repair = import_models(files, environments[index], &environments, models)?;
        let mut tree = files.tree().clone();
        tree.insert(repair.path.clone(), repair.after.clone());
        let after = again(&tree, std::slice::from_ref(&repair.path));
        let sees = |audited: &Audited| !matches!(audited.sight, Sight::Misses { .. });
        after.environments.get(index).is_some_and(sees).then_some(repair)
    });
    let patch = |repair: EnvRepair| {
        let before = files.tree().get(&repair.path).map(Into::into);
        FilePatch { path: repair.path, before, after: repair.after.into() }
    };
    repaired.chain(completed).map(patch).collect()
}

fn plans_of(tree: &SourceTree, audit: &Audit, again: Again<'_>, index: usize) -> Vec<Plan> {
    let broken = Broken { tree, audit, again, index, errors: errors_of(audit, index) };
    // A loop is worth cutting even where Alembic overlooks it.
    let loops = audit.findings_of(index).any(|finding| finding.rule == &REVISION_CYCLE);
    let repairable = loops || broken.errors.iter().any(|rule| rule.is_repairable);
    if !repairable
        || !broken.is_certain()
        || stands_elsewhere(audit, index)
        || !broken.audited().environment.live
    {
        return Vec::new();
    }
    REPAIRS.iter().filter_map(|repair| (repair.plan)(&broken)).collect()
}

/// The rules of which an environment has errors.
fn errors_of(audit: &Audit, index: usize) -> Vec<&'static Rule> {
    let own = audit.findings.iter().filter(|finding| finding.environment == Some(index));
    own.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.rule).collect()
}

/// Whether a parent that is missing here stands in another folder: then it is not to be cut, but to be brought together.
fn stands_elsewhere(audit: &Audit, index: usize) -> bool {
    let graph = &audit.environments[index].graph;
    graph.ghosts().any(|ghost| {
        let declares =
            |other: &Audited| other.graph.find(graph.id(ghost)).is_some_and(|ix| !other.graph.is_ghost(ix));
        audit.environments.iter().enumerate().any(|(at, other)| at != index && declares(other))
    })
}

/// Why an environment with errors has no plan, as a sentence or two; nothing where it has one or needs none.
pub fn why_none(audit: &Audit, index: usize, plans: &[Plan]) -> Option<String> {
    let audited = &audit.environments[index];
    let errors = errors_of(audit, index);
    if errors.is_empty() || !plans.is_empty() {
        return None;
    }
    let why = if audited.scripts.iter().any(|script| !script.syntax_faults.is_empty()) {
        "A file does not parse, so its place in the chain is not certain. Mend it first, then check again."
    } else if !audited.environment.live {
        "No configuration points at this folder, so Alembic never loads it. If it is not in use, delete it."
    } else if stands_elsewhere(audit, index) {
        "A revision that is missing here stands in another folder. Move its file here, or list both folders in \
         version_locations; then check again."
    } else if audited.is_partly_unknown() || matches!(audited.reading, Reading::Unknown) {
        "Something about the chain is only known when it runs, and a repair around it would be a guess."
    } else if errors.contains(&&DUPLICATE_REVISION) {
        "Files share an id, and only you can tell which of them your databases have run. Give each but one a new id, \
         then check again."
    } else {
        "What is wrong has to be mended by hand; what to do stands with each finding."
    };
    Some(why.to_owned())
}
