//! Faulty parents alone: where branches are kept apart on purpose they stay apart.

use super::chain::{Scope, draft, joins};
use super::repair::{Broken, Repair};
use super::{Plan, PlanKind};

/// Each faulty parent becomes the one that was meant.
pub(super) static REPAIR: Repair =
    Repair { kind: PlanKind::Reparent, sets_order: true, is_whole: true, must_mend: true, plan };

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    if broken.is_ambiguous() || joins(broken) {
        return None;
    }
    broken.prove(&REPAIR, draft(broken, Scope::FaultyOnly, &[])?.draft).ok()
}
