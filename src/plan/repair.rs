//! The repairs there are: each is a file of its own, which says when it applies, drafts it, and what its proof must hold.

use std::cell::OnceCell;
use std::sync::Arc;

use super::order::{self, Sound};
use super::past::{self, Past};
use super::prove::{self, Unproved};
use super::{
    Again, Draft, Plan, PlanKind, chain, cut, duplicate, edits, errors_of, graft, merge, other_way,
    pass_through, reparent, stands_elsewhere,
};
use crate::alembic::Reading;
use crate::audited::{Audit, Audited};
use crate::finding::{Applicability, Rule};
use crate::ingest::{SourceTree, TreePath};
use crate::rules::REVISION_CYCLE;

/// Every repair, in the order in which people are told of them.
pub(super) static REPAIRS: [&Repair; 10] = [
    &chain::REPAIR,
    &other_way::REPAIR,
    &reparent::REPAIR,
    &pass_through::REPAIR,
    &merge::REPAIR,
    &graft::REPAIR,
    &duplicate::REPAIR,
    &duplicate::OTHER_WAY,
    &edits::REPAIR,
    &edits::SHORT_IDS,
];

/// A repair of the chain.
pub(super) struct Repair {
    /// Which it is.
    pub(super) kind: PlanKind,
    /// Whether it says in which order revisions run: then none may run before what it needs, and the order is the one in
    /// which Alembic runs them.
    pub(super) sets_order: bool,
    /// Whether Alembic must load the result, so that what becomes of its migrations is known: others may leave a fault that is
    /// told.
    pub(super) is_whole: bool,
    /// Whether it must resolve something and keep every order that stood. What somebody chose may leave the faults as they
    /// are, and chooses the order.
    pub(super) must_mend: bool,
    /// Drafts it and has it proved; nothing where it does not apply, or no draft is proved.
    pub(super) plan: fn(&Broken<'_>) -> Option<Plan>,
}

/// An environment that is to be repaired.
pub(super) struct Broken<'a> {
    pub(super) tree: &'a SourceTree,
    pub(super) audit: &'a Audit,
    pub(super) again: Again<'a>,
    /// Which environment of the audit it is.
    pub(super) index: usize,
    /// The rules of which it has errors.
    pub(super) errors: Vec<&'static Rule>,
    /// Worked out when one first asks for it.
    sound: OnceCell<Sound>,
    bound: OnceCell<Vec<Vec<usize>>>,
    order: OnceCell<Vec<usize>>,
    past: OnceCell<Option<Arc<Past>>>,
}

/// A draft, and the repair of what it leaves, in one.
pub(super) struct Both {
    pub(super) draft: Draft,
    /// The repair that comes second.
    pub(super) repair: &'static Repair,
    /// What that leaves, and whether it is safe by itself.
    pub(super) leaves: Vec<&'static Rule>,
    pub(super) applicability: Applicability,
}

impl<'a> Broken<'a> {
    /// An environment, whether it can be repaired or not.
    pub(super) fn new(tree: &'a SourceTree, audit: &'a Audit, again: Again<'a>, index: usize) -> Self {
        let errors = errors_of(audit, index);
        let (sound, bound, order, past) = Default::default();
        Self { tree, audit, again, index, errors, sound, bound, order, past }
    }

    /// The part of its graph that stays.
    pub(super) fn sound(&self) -> &Sound {
        self.sound.get_or_init(|| cut::sound(self.audited()))
    }

    /// What must come before each revision; see [`order::bound`].
    pub(super) fn bound(&self) -> &[Vec<usize>] {
        self.bound.get_or_init(|| order::bound(self.audited(), self.sound()))
    }

    /// The order of the single chain.
    pub(super) fn order(&self) -> &[usize] {
        self.order.get_or_init(|| order::cheapest_order(self.audited(), self.sound(), self.bound(), &[]))
    }

    /// What databases have run, where Alembic does not load the files; see [`past::past`].
    pub(super) fn past(&self) -> Option<Arc<Past>> {
        self.past.get_or_init(|| past::past(self).map(Arc::new)).clone()
    }

    /// An environment that can be repaired, as far as it is known.
    pub(super) fn of(tree: &'a SourceTree, audit: &'a Audit, again: Again<'a>, index: usize) -> Option<Self> {
        let broken = Self::new(tree, audit, again, index);
        // A loop is worth cutting even where Alembic overlooks it.
        let loops = audit.findings_of(index).any(|finding| finding.rule == &REVISION_CYCLE);
        let can_mend = |rule: &&Rule| rule.is_repairable || edits::may_mend(rule);
        let is_repairable = loops || broken.errors.iter().any(can_mend);
        let can_be = is_repairable
            && broken.is_certain()
            && !stands_elsewhere(audit, index)
            && broken.audited().environment.live;
        can_be.then_some(broken)
    }

    pub(super) fn audited(&self) -> &Audited {
        &self.audit.environments[self.index]
    }

    /// Whether all that a repair of the chain rests on is known.
    pub(super) fn is_certain(&self) -> bool {
        let audited = self.audited();
        // Of a conflict that is settled, what the file declares is known.
        let is_unreadable = |script: &crate::source::Script| {
            !script.syntax_faults.is_empty()
                && script.conflict.as_ref().is_none_or(|conflict| conflict.kept.is_none())
                && (script.id().is_none() || script.down_revision.literal().is_none())
        };
        // A dependency that only running tells is an order that a repair could break.
        let is_undecided = audited.is_partly_unknown() || matches!(audited.reading, Reading::Unknown);
        !is_undecided && !audited.scripts.iter().any(is_unreadable)
    }

    /// Whether files share an id: then nothing is known to stand on either but for the repair that tells them apart.
    pub(super) fn is_ambiguous(&self) -> bool {
        !self.audited().graph.shadowed().is_empty()
    }

    /// Which environment of another audit it is.
    pub(super) fn index_in(&self, audit: &Audit) -> Option<usize> {
        let own = &self.audited().environment;
        audit.environments.iter().position(|other| {
            other.environment.script_location == own.script_location
                && other.environment.version_locations == own.version_locations
        })
    }

    /// A draft with each of these repairs of what it leaves, in their order.
    pub(super) fn then(&self, draft: &Draft, repairs: &[&'static Repair]) -> Vec<Both> {
        let patched = draft.patch.apply(self.tree);
        let changed: Vec<TreePath> = draft.patch.files.iter().map(|file| file.path.clone()).collect();
        let audit = (self.again)(&patched, &changed);
        let Some(index) = self.index_in(&audit) else { return Vec::new() };
        // What has changed already is no longer as it was audited.
        let again = |tree: &SourceTree, more: &[TreePath]| (self.again)(tree, &[&changed, more].concat());
        let Some(rest) = Broken::of(&patched, &audit, &again, index) else { return Vec::new() };
        let both = |repair: &&'static Repair| {
            let plan = (repair.plan)(&rest)?;
            let (leaves, applicability) = (plan.leaves.clone(), plan.applicability);
            Some(Both { draft: draft.clone().then(plan), repair, leaves, applicability })
        };
        repairs.iter().filter_map(both).collect()
    }

    pub(super) fn prove(&self, repair: &Repair, draft: Draft) -> Result<Plan, Unproved> {
        prove::prove(self, repair, draft)
    }
}
