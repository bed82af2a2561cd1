//! The proof: the patch is applied in memory, the result audited again, and the two audits compared.

use std::collections::{BTreeMap, BTreeSet};

use super::repair::{Broken, Repair};
use super::{Draft, Plan, harm};
use crate::alembic::{Reading, RevisionMap, states};
use crate::audited::Audited;
use crate::finding::{Applicability, Finding, Group, Rule, Severity};
use crate::ingest::TreePath;
use crate::replay::{Certainty, Direction, Failing, Origin};
use crate::rules::ALEMBIC_STOPS;
use crate::schema::FailureKind;

/// Why a draft is no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unproved {
    /// All else holds, and Alembic's own order runs a migration before the one that creates what it needs.
    RunsTooEarly,
    /// It adds a finding, resolves none, breaks an order that stood, or does not load.
    Other,
}

/// How many findings of each rule there are, by the rule's name.
type Counts = BTreeMap<&'static str, (&'static Rule, usize)>;

/// Proves a draft.
pub(super) fn prove(broken: &Broken<'_>, repair: &Repair, draft: Draft) -> Result<Plan, Unproved> {
    let &Broken { tree, audit, again, index, .. } = broken;
    let patched = draft.patch.apply(tree);
    let changed: Vec<TreePath> = draft.patch.files.iter().map(|file| file.path.clone()).collect();
    let mut again = again(&patched, &changed);
    let before = &audit.environments[index];
    let position = again.environments.iter().position(|after| {
        after.environment.script_location == before.environment.script_location
            && after.environment.version_locations == before.environment.version_locations
    });
    let Some(position) = position else { return Err(Unproved::Other) };
    // What migrations do to the schema depends on the order, and shows only once there is one; it is judged below.
    let of_chain = |finding: &Finding| finding.rule.group != Group::Content;
    let counts_before = count(&audit.findings, of_chain);
    let counts_after = count(&again.findings, of_chain);
    let is_error = |finding: &Finding| of_chain(finding) && finding.severity == Severity::Error;
    let more = |after: &Counts, before: &Counts| {
        after.iter().any(|(name, (_, n))| before.get(name).is_none_or(|(_, before)| n > before))
    };
    // A warning that becomes an error is worse as well.
    let worse = more(&count(&again.findings, is_error), &count(&audit.findings, is_error));
    let adds = worse || more(&counts_after, &counts_before);
    let own_before = count(&audit.findings, |finding| finding.environment == Some(index));
    let own_after = count(&again.findings, |finding| finding.environment == Some(position));
    let resolves: Vec<_> = own_before
        .iter()
        .filter(|(name, _)| !own_after.contains_key(*name))
        .map(|(_, (rule, _))| *rule)
        .collect();
    let after = again.environments.swap_remove(position);
    if adds
        || resolves.is_empty()
        || !keeps_order(before, &after)
        || !loads(&after, repair, &again.findings, position)
    {
        return Err(Unproved::Other);
    }
    // A merge leaves the histories as they are, whatever order Alembic runs them in.
    let too_early = |after: &Audited| {
        after.reading.map().is_some_and(|map| !runs_what_is_needed_first(before, after, map))
            || uses_what_comes_later(after, before)
    };
    if repair.sets_order && too_early(&after) {
        return Err(Unproved::RunsTooEarly);
    }
    let runs = |map: &RevisionMap| Some(map.upgrade_order().ok()?.into_iter().map(str::to_owned).collect());
    let order: Vec<String> = match after.reading.map().and_then(runs) {
        Some(order) if repair.sets_order => order,
        _ => draft.order,
    };
    let states = match (before.reading.map(), after.reading.map()) {
        (Some(before), Some(after)) => states(before, after),
        _ => None,
    };
    let mut cautions = match draft.applicability {
        Applicability::Unsafe => harm::told(states.as_deref()),
        Applicability::Safe | Applicability::DisplayOnly => Vec::new(),
    };
    cautions.extend(draft.cautions);
    Ok(Plan {
        kind: repair.kind,
        patch: draft.patch,
        changes: draft.changes,
        resolves,
        leaves: own_after.into_values().map(|(rule, _)| rule).collect(),
        order,
        applicability: draft.applicability,
        states,
        cautions,
        after,
    })
}

/// Whether Alembic can load the result and upgrade an empty database with it, as far as its own bookkeeping goes. What
/// keeps it from loading must stand among the findings that are left, so that nobody takes the plan for the whole repair;
/// what sets an order must load.
fn loads(after: &Audited, repair: &Repair, findings: &[Finding], position: usize) -> bool {
    match &after.reading {
        Reading::Unknown => false,
        Reading::Raises { .. } if repair.sets_order => false,
        Reading::Raises { .. } => findings.iter().any(|finding| {
            finding.environment == Some(position)
                && finding.severity == Severity::Error
                && finding.rule != &ALEMBIC_STOPS
        }),
        Reading::Loads(map) => map.real_heads().len() > 1 || map.upgrades().is_ok(),
    }
}

/// Whether Alembic's own order runs no migration before the one that creates what it needs. The arms of a history that
/// forks and joins run in an order that the files do not state.
fn runs_what_is_needed_first(before: &Audited, after: &Audited, map: &RevisionMap) -> bool {
    let Ok(order) = map.upgrade_order() else { return true };
    if map.real_heads().len() > 1 {
        return true;
    }
    let at: BTreeMap<&str, usize> = order.into_iter().enumerate().map(|(at, id)| (id, at)).collect();
    let place = |script: usize| after.scripts[script].id().and_then(|id| at.get(id));
    after.account.prerequisites().iter().all(|needed| match (place(needed.script), place(needed.on)) {
        (Some(script), Some(on)) => on < script || stood(before, after, needed.script, needed.on),
        _ => true,
    })
}

/// Whether one script came before another in the files as they were: what comes of that is not the plan's doing.
fn stood(before: &Audited, after: &Audited, earlier: usize, later: usize) -> bool {
    let graph = &before.graph;
    let find = |script: usize| after.scripts[script].id().and_then(|id| graph.find(id));
    let Some((earlier, later)) = find(earlier).zip(find(later)) else { return false };
    graph.ancestors(later).contains(&earlier) && !graph.ancestors(earlier).contains(&later)
}

/// Whether a revision certainly fails for want of something that a later one creates, and did not fail for it before the
/// plan as well.
fn uses_what_comes_later(after: &Audited, before: &Audited) -> bool {
    after.account.failures(Direction::Upgrade).any(|failing| {
        let is_early = matches!(failing.kind, FailureKind::NoSuchTable | FailureKind::NoSuchColumn)
            && matches!(&failing.origin, Origin::Later(moment) if !stood(before, after, failing.script, moment.script));
        is_early && is_certain(failing) && !failed_before(before, after.scripts[failing.script].id(), failing)
    })
}

fn failed_before(before: &Audited, id: Option<&str>, failing: &Failing) -> bool {
    before
        .account
        .failures(Direction::Upgrade)
        .any(|own| is_certain(own) && before.scripts[own.script].id() == id && own.is_about_the_same(failing))
}

/// Whether it fails for certain on some database.
fn is_certain(failing: &Failing) -> bool {
    failing.certainty() != Certainty::InDoubt
}

fn count(findings: &[Finding], wanted: impl Fn(&Finding) -> bool) -> Counts {
    let mut counts = Counts::new();
    for finding in findings.iter().filter(|finding| wanted(finding)) {
        counts.entry(finding.rule.name).or_insert((finding.rule, 0)).1 += 1;
    }
    counts
}

/// Whether every parent that stood outside of loops still comes before its child. Only rewritten revisions are looked
/// at: the others keep their parents.
fn keeps_order(before: &Audited, after: &Audited) -> bool {
    let looped = before.graph.on_cycles();
    before.graph.revisions().all(|ix| {
        let id = before.graph.id(ix);
        let Some(now) = after.graph.find(id) else { return false };
        let parents: Vec<_> =
            before.graph.parents(ix).into_iter().filter(|&parent| !before.graph.is_ghost(parent)).collect();
        let new: BTreeSet<_> =
            after.graph.parents(now).into_iter().map(|parent| after.graph.id(parent)).collect();
        if parents.iter().all(|&parent| new.contains(before.graph.id(parent))) {
            return true;
        }
        let below = after.graph.ancestors(now);
        parents.iter().all(|&parent| {
            let both_looped = looped.contains(&parent) && looped.contains(&ix);
            both_looped
                || after.graph.find(before.graph.id(parent)).is_some_and(|parent| below.contains(&parent))
        })
    })
}
