//! Repairs. A plan is made from an audit, applied in memory, and audited again before anyone sees it.
//!
//! Where files share an id, each but one gets an id of its own, or goes. Else two are offered: a single chain, which rewrites
//! the fewest files it can, and the merge revision that `alembic merge heads` would write. Where something about the chain is
//! unknown, none is.

mod beside;
mod by_hand;
mod chain;
mod cheapest;
mod choice;
mod cut;
mod draft;
mod duplicate;
mod edits;
mod env_repair;
mod fix;
mod fresh_id;
mod graft;
mod harm;
mod mentions;
mod merge;
mod order;
mod other_way;
mod parent_choices;
mod pass_through;
mod past;
mod prove;
mod question;
mod recovery;
mod removal;
mod repair;
mod reparent;
mod rewrite;
mod stamped;
#[cfg(test)]
mod tests;

pub use beside::{Beside, BesideKind, beside};
pub use by_hand::{ByHand, by_hand};
pub use choice::{equals, recommended};
pub use draft::RevisionChange;
pub use env_repair::{EnvRepair, EnvRepairSource, import_models, repair_env};
pub use fix::{Fix, fix_of};
pub use parent_choices::{ChoiceKind, ParentChoice, Parents, in_line, parents_of};
pub use past::{Past, history};
pub use question::{Answer, Databases, Question, question};
pub use recovery::{NoRecovery, Recovery, Step};
pub use removal::{Kept, Removal, kept, removals};
pub use stamped::{Fails, Stamped, Upgrade, stamped_now};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::alembic::{Reading, StateGroup};
use crate::audited::{Audit, Audited};
use crate::finding::{Applicability, Rule, Severity};
use crate::graph::RevisionIx;
use crate::ingest::{SourceTree, TreePath};
use crate::patch::{FilePatch, PatchSet};
use crate::rules::DUPLICATE_REVISION;
use crate::schema::Dialect;
use crate::source::PythonFiles;
use draft::Draft;
use repair::{Broken, REPAIRS};
use stamped::After;

/// Which repair a plan is; the order is that in which people are told of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// Everything in a single chain: parents are rewritten.
    Chain,
    /// The same with the other side on top.
    ChainOtherWay,
    /// Faulty parents alone, where branches are kept apart on purpose.
    Reparent,
    /// A revision that does nothing, for each whose file is gone.
    PassThrough,
    /// The merge revision that `alembic merge heads` would write.
    Merge,
    /// The same, and what needs another history after it.
    Graft,
    /// One file for each id: the oldest keeps it.
    Duplicate,
    /// The same where another one keeps it.
    DuplicateOtherWay,
    /// Single edits that the files alone decide.
    Edits,
    /// Other ids for those that do not fit into the version table.
    ShortIds,
    /// The parents that somebody chose.
    ByHand,
}

impl PlanKind {
    /// Every one of them.
    pub const ALL: [Self; 11] = [
        Self::Chain,
        Self::ChainOtherWay,
        Self::Reparent,
        Self::PassThrough,
        Self::Merge,
        Self::Graft,
        Self::Duplicate,
        Self::DuplicateOtherWay,
        Self::Edits,
        Self::ShortIds,
        Self::ByHand,
    ];

    /// Its name on the command line and in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::ChainOtherWay => "chain-other-way",
            Self::Reparent => "reparent",
            Self::PassThrough => "pass-through",
            Self::Merge => "merge",
            Self::Graft => "graft",
            Self::Duplicate => "duplicate",
            Self::DuplicateOtherWay => "duplicate-other-way",
            Self::Edits => "edits",
            Self::ShortIds => "short-ids",
            Self::ByHand => "by-hand",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Chain => "Single chain",
            Self::ChainOtherWay => "Single chain, the other way round",
            Self::Reparent => "Parents mended",
            Self::PassThrough => "Stand-in for the missing file",
            Self::Merge => "Merge revision",
            Self::Graft => "Ordered merge",
            Self::Duplicate => "One file for each id",
            Self::DuplicateOtherWay => "One file for each id, the other way round",
            Self::Edits => "Certain edits",
            Self::ShortIds => "Shorter ids",
            Self::ByHand => "By hand",
        }
    }

    /// The repair of which it is the other direction.
    pub fn other_way_of(self) -> Option<Self> {
        match self {
            Self::ChainOtherWay => Some(Self::Chain),
            Self::DuplicateOtherWay => Some(Self::Duplicate),
            _ => None,
        }
    }

    /// Where it is the one to take, as a clause.
    pub fn fits(self) -> &'static str {
        match self {
            Self::Chain => "where no database has run these revisions",
            Self::ChainOtherWay => "where databases have run only what the single chain moves",
            Self::Reparent => "where branches are kept apart on purpose",
            Self::PassThrough => "where databases have run the revision whose file is gone",
            Self::Merge => "whatever the databases have run",
            Self::Graft => "where no database holds both histories",
            Self::Duplicate => "where databases have run the file that keeps the id, or nothing",
            Self::DuplicateOtherWay => "where they have run the other one",
            Self::Edits => "where no database has run what is edited under another id or parent",
            Self::ShortIds => "where no database has one of the ids that are too long",
            Self::ByHand => "where you know the right parents",
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
    /// The findings that it resolves, by their places among those of the audit.
    pub mends: BTreeSet<usize>,
    /// The order it gives, oldest first.
    pub order: Vec<String>,
    /// Whether its effect depends on what databases have run.
    pub applicability: Applicability,
    /// How databases that have run something fare with it, worst first; nothing where it is not known what they have run.
    pub states: Option<Vec<StateGroup>>,
    /// One database of each of these groups, in the same order, as if it had been asked about.
    pub examples: Vec<Option<Stamped>>,
    /// How the databases fare with it that were asked about.
    pub stamped: Vec<Stamped>,
    /// The ids that Alembic knew whose file has another one with it, and that one.
    pub renamed: BTreeMap<String, String>,
    /// What databases are taken to have run where Alembic does not load the files as they are.
    pub past: Option<Arc<Past>>,
    /// What must be known before it is used.
    pub cautions: Vec<String>,
    /// The environment as the plan leaves it, audited.
    pub after: Audited,
}

impl Plan {
    /// Which revisions cannot run but after which, by the ids that it leaves.
    pub fn needs(&self) -> Vec<(&str, &str)> {
        needs(&self.after)
    }
}

/// What fails where it runs before what it needs: what it needs only so that a foreign key has its table does not on SQLite.
fn needs(audited: &Audited) -> Vec<(&str, &str)> {
    let id = |script: usize| audited.scripts[script].id();
    let minds_references = audited.account.dialects().iter().any(|dialect| *dialect != Dialect::Sqlite);
    let prerequisites =
        audited.account.prerequisites().iter().filter(|needed| minds_references || !needed.is_reference);
    prerequisites.filter_map(|needed| Some((id(needed.script)?, id(needed.on)?))).collect()
}

/// Every revision once, oldest first: the order in which rows are drawn, and the one a single chain would have.
pub fn row_order(audited: &Audited) -> Vec<RevisionIx> {
    let sound = cut::sound(audited);
    order::order(audited, &sound).into_iter().filter_map(|ix| audited.graph.by_index(ix)).collect()
}

/// Audits a tree that differs from the audited one in the files given.
pub type Again<'a> = &'a dyn Fn(&SourceTree, &[TreePath]) -> Audit;

/// The most environments with errors, counted once for each environment that there is: each repair is proved on the whole
/// of what was given.
const MOST_BROKEN: usize = 10_000;

/// Whether so many environments have errors that no repair of any is tried.
fn are_too_many(audit: &Audit) -> bool {
    let broken: BTreeSet<_> = audit
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .filter_map(|finding| finding.environment)
        .collect();
    broken.len() * audit.environments.len() > MOST_BROKEN
}

/// The plans of every environment, by its index; each environment's best first. `again` proves them.
pub fn plans(tree: &SourceTree, audit: &Audit, again: Again<'_>) -> Vec<Vec<Plan>> {
    if are_too_many(audit) {
        return vec![Vec::new(); audit.environments.len()];
    }
    (0..audit.environments.len()).map(|index| plans_of(tree, audit, again, index)).collect()
}

/// Tries the plans of an environment on the databases that are asked about now, and puts the best first again.
pub fn try_again(plans: &mut [Plan], audit: &Audit, index: usize) {
    for plan in &mut *plans {
        plan.stamped =
            stamped::stamped(audit, index, &After::of(&plan.after, &plan.renamed, plan.past.as_deref()));
    }
    plans.sort_by_key(|plan| plan.kind);
    choice::best_first(plans);
}

/// The repaired `env.py` of every environment of which a rule says that autogenerate does not see the models, where a
/// repair is certain. `again` proves it.
pub fn env_repairs(files: &PythonFiles<'_>, audit: &Audit, again: Again<'_>) -> Vec<FilePatch> {
    env_repair::env_repairs(files, audit, again)
}

fn plans_of(tree: &SourceTree, audit: &Audit, again: Again<'_>, index: usize) -> Vec<Plan> {
    let Some(broken) = Broken::of(tree, audit, again, index) else { return Vec::new() };
    let mut plans = edits::plans(&broken);
    if plans.is_empty() {
        plans = REPAIRS.iter().filter_map(|repair| (repair.plan)(&broken)).collect();
    }
    choice::best_first(&mut plans);
    plans
}

/// The rules of which an environment has errors.
fn errors_of(audit: &Audit, index: usize) -> Vec<&'static Rule> {
    let own = audit.findings.iter().filter(|finding| finding.environment == Some(index));
    own.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.rule).collect()
}

/// Whether a parent that is missing here stands in another folder: then it is not to be cut, but to be brought together.
fn stands_elsewhere(audit: &Audit, index: usize) -> bool {
    let graph = &audit.environments[index].graph;
    let others = || audit.environments.iter().enumerate().filter(|(at, _)| *at != index);
    graph.ghosts().any(|ghost| others().any(|(_, other)| other.may_lend(graph.id(ghost))))
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
    } else if are_too_many(audit) {
        "So many environments have errors that no repair was tried. Give the folder of one of them, and check that by itself."
    } else if duplicate::are_too_many(audited) {
        "So many files share an id that no repair was tried. Keep the one that your databases have run, delete the others or \
         give them new ids, then check again."
    } else if errors.contains(&&DUPLICATE_REVISION) {
        "Files share an id, and no plan that gives each its own holds: two of them make the same thing in different ways, or \
         the id of one is computed. Keep the one that your databases have run, delete the other or give it a new id, then \
         check again."
    } else {
        "What is wrong has to be mended by hand; what to do stands with each finding."
    };
    Some(why.to_owned())
}
