//! The repairs there are: each is a file of its own, which says when it applies, drafts it, and what its proof must hold.

use super::prove::{self, Unproved};
use super::{Again, Draft, Plan, PlanKind, chain, merge};
use crate::alembic::Reading;
use crate::audited::{Audit, Audited};
use crate::finding::Rule;
use crate::ingest::SourceTree;

/// Every repair, in the order in which people are told of them.
pub(super) static REPAIRS: [&Repair; 2] = [&chain::REPAIR, &merge::REPAIR];

/// A repair of the chain.
pub(super) struct Repair {
    /// Which it is.
    pub(super) kind: PlanKind,
    /// Whether it says in which order revisions run: then none may run before what it needs, and the order is the one in
    /// which Alembic runs them.
    pub(super) sets_order: bool,
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
}

impl Broken<'_> {
    pub(super) fn audited(&self) -> &Audited {
        &self.audit.environments[self.index]
    }

    /// Whether all that a repair of the chain rests on is known.
    pub(super) fn is_certain(&self) -> bool {
        let audited = self.audited();
        let is_unreadable = |script: &crate::source::Script| {
            !script.syntax_faults.is_empty()
                && (script.id().is_none() || script.down_revision.literal().is_none())
        };
        // Which of two files with one id a database has run cannot be known, so nothing is built on either.
        let is_ambiguous = !audited.graph.shadowed().is_empty();
        // A dependency that only running tells is an order that a repair could break.
        let is_undecided = audited.is_partly_unknown() || matches!(audited.reading, Reading::Unknown);
        !is_undecided && !is_ambiguous && !audited.scripts.iter().any(is_unreadable)
    }

    pub(super) fn prove(&self, repair: &Repair, draft: Draft) -> Result<Plan, Unproved> {
        prove::prove(self, repair, draft)
    }
}
