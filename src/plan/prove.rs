//! The proof: the patch is applied in memory, the result audited again, and the two audits compared.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::cut::lies_below;
use super::harm::Harms;
use super::order::{comes_before, places};
use super::repair::{Broken, Repair};
use super::stamped::{self, After};
use super::{Draft, Plan, fix, history};
use crate::alembic::{Fares, Reading, RevisionMap, StateGroup, states};
use crate::audited::Audited;
use crate::finding::{Applicability, Finding, Group, Rule, Severity};
use crate::graph::RevisionIx;
use crate::ingest::TreePath;
use crate::replay::{Certainty, Direction, Failing, Origin, Prerequisite};
use crate::rules::ALEMBIC_STOPS;
use crate::schema::FailureKind;
use crate::text::stopped;

/// Why a draft is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unproved {
    /// All else holds, and Alembic's own order runs a migration before the one that creates what it needs; as a sentence.
    RunsTooEarly(String),
    /// It adds a finding, resolves none, breaks an order that stood, or does not load; as a sentence.
    Other(String),
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
    let Some(position) = broken.index_in(&again) else {
        return Err(Unproved::Other("The environment is not the same one after it.".to_owned()));
    };
    // What migrations do to the schema depends on the order, and shows only once there is one; it is judged below.
    let of_chain = |finding: &Finding| finding.rule.group != Group::Content;
    let counts_before = count(&audit.findings, of_chain);
    let counts_after = count(&again.findings, of_chain);
    let is_error = |finding: &Finding| of_chain(finding) && finding.severity == Severity::Error;
    let more = |after: &Counts, before: &Counts| {
        let is_more =
            |(name, (_, n)): &(&&str, &(_, usize))| before.get(*name).is_none_or(|(_, before)| n > before);
        after.iter().find(is_more).map(|(_, (rule, _))| *rule)
    };
    // A warning that becomes an error is worse as well.
    let (errors_before, errors_after) = (count(&audit.findings, is_error), count(&again.findings, is_error));
    let added = more(&errors_after, &errors_before).or(more(&counts_after, &counts_before));
    let own_before = count(&audit.findings, |finding| finding.environment == Some(index));
    let own_after = count(&again.findings, |finding| finding.environment == Some(position));
    let resolves: Vec<_> = own_before
        .iter()
        .filter(|(name, _)| !own_after.contains_key(*name))
        .map(|(_, (rule, _))| *rule)
        .collect();
    let after = again.environments.swap_remove(position);
    let files = Files::of(broken, &after, &draft.copies);
    if let Some(rule) = added {
        return Err(Unproved::Other(told_added(rule, &audit.findings, &again.findings)));
    }
    if repair.must_mend && (resolves.is_empty() || !files.keep_order()) || files.clash() {
        return Err(Unproved::Other("It mends nothing, or moves what stood in order.".to_owned()));
    }
    if !loads(&after, repair, &again.findings, position) {
        return Err(Unproved::Other("Alembic would not load the result.".to_owned()));
    }
    // A merge leaves the histories as they are, whatever order Alembic runs them in.
    let too_early = |after: &Audited| {
        after.reading.map().and_then(|map| files.runs_too_early(map)).or_else(|| files.lacks_what_moved())
    };
    if repair.sets_order
        && let Some(why) = too_early(&after)
    {
        return Err(Unproved::RunsTooEarly(why));
    }
    let runs = |map: &RevisionMap| Some(map.upgrade_order().ok()?.into_iter().map(str::to_owned).collect());
    let order: Vec<String> = after.reading.map().and_then(runs).unwrap_or_default();
    let renamed = before.reading.map().map(|map| files.renamed(map)).unwrap_or_default();
    // What somebody chose need not be what was; of an id that is written anew it is not known which of the two has run.
    let keeps_ids = draft.changes.iter().all(|change| change.old_revision.is_none());
    let past = if repair.must_mend && keeps_ids { broken.past() } else { None };
    let as_left = After::of(&after, &renamed, past.as_deref());
    let states = match (history(before, past.as_deref()), after.reading.map()) {
        (Some(before), Some(map)) => states(before, map, &renamed, &as_left.needs),
        _ => None,
    };
    let is_assumed = past.as_deref().is_some_and(|past| !past.takes.is_empty());
    // Where it is certain what has run, no id stands twice and none tells of another past, the states are all that its effect
    // depends on.
    let harms_nobody = |groups: &Vec<StateGroup>| groups.iter().all(|group| group.fares == Fares::Runs);
    let applicability = match draft.applicability {
        Applicability::Unsafe
            if !draft.tells_of_another_past
                && !is_assumed
                && states.as_ref().is_some_and(harms_nobody)
                && before.graph.shadowed().is_empty() =>
        {
            Applicability::Safe
        }
        own => own,
    };
    let only_adds = draft.patch.files.iter().all(|file| file.before.is_none());
    let groups = states.as_deref().unwrap_or_default();
    let (examples, stamped) =
        (stamped::examples(before, &as_left, groups), stamped::stamped(audit, index, &as_left));
    let harms = Harms {
        states: states.as_deref(),
        examples: &examples,
        is_assumed,
        loads: before.load_error().is_none(),
        flavour: before.environment.flavour,
    };
    let mut cautions = match applicability {
        Applicability::Unsafe if states.is_some() || !only_adds => harms.told(),
        _ => harms.not_helped(),
    };
    cautions.extend(draft.cautions);
    Ok(Plan {
        kind: repair.kind,
        patch: draft.patch,
        changes: draft.changes,
        resolves,
        mends: fix::mended(&audit.findings, index, &again.findings, position),
        leaves: own_after.into_values().map(|(rule, _)| rule).collect(),
        order,
        applicability,
        examples,
        states,
        stamped,
        renamed,
        past,
        cautions,
        after,
    })
}

/// Whether Alembic can load the result and upgrade an empty database with it, as far as its own bookkeeping goes. What
/// keeps it from loading must stand among the findings that are left, so that nobody takes the plan for the whole repair;
/// a repair that gives migrations another place or id must load.
fn loads(after: &Audited, repair: &Repair, findings: &[Finding], position: usize) -> bool {
    match &after.reading {
        Reading::Unknown => false,
        Reading::Raises { .. } if repair.is_whole => false,
        Reading::Raises { .. } => findings.iter().any(|finding| {
            finding.environment == Some(position)
                && finding.severity == Severity::Error
                && finding.rule != &ALEMBIC_STOPS
        }),
        Reading::Loads(map) => map.real_heads().len() > 1 || map.upgrades().is_ok(),
    }
}

/// Whether it fails for certain on some database.
fn is_certain(failing: &Failing) -> bool {
    failing.certainty() != Certainty::InDoubt
}

/// What is worse than before of a rule: its first finding that was not there, in its own words.
fn told_added(rule: &Rule, before: &[Finding], after: &[Finding]) -> String {
    let told: BTreeSet<&str> =
        before.iter().filter(|old| old.rule == rule).map(|old| old.message.as_str()).collect();
    let is_new = |finding: &&Finding| finding.rule == rule && !told.contains(finding.message.as_str());
    match after.iter().find(is_new).or_else(|| after.iter().find(|finding| finding.rule == rule)) {
        Some(finding) => stopped(&format!("It would add a fault ({}): {}", rule.name, finding.message)),
        None => format!("It would add a fault ({}).", rule.name),
    }
}

fn count(findings: &[Finding], wanted: impl Fn(&Finding) -> bool) -> Counts {
    let mut counts = Counts::new();
    for finding in findings.iter().filter(|finding| wanted(finding)) {
        counts.entry(finding.rule.name).or_insert((finding.rule, 0)).1 += finding.count;
    }
    counts
}

/// The files of an environment before and after, which need not keep their ids.
struct Files<'a> {
    broken: &'a Broken<'a>,
    before: &'a Audited,
    after: &'a Audited,
    /// Where each script is afterwards, or that which stands for it.
    now: Vec<Option<usize>>,
    /// Where each script came from.
    was: BTreeMap<usize, usize>,
    places: OnceCell<Vec<usize>>,
}

impl<'a> Files<'a> {
    fn of(broken: &'a Broken<'a>, after: &'a Audited, copies: &BTreeMap<TreePath, TreePath>) -> Self {
        let before = broken.audited();
        let places: BTreeMap<&TreePath, usize> =
            after.scripts.iter().enumerate().map(|(at, script)| (&script.path, at)).collect();
        let now = |path: &TreePath| places.get(copies.get(path).unwrap_or(path)).copied();
        let was = before.scripts.iter().enumerate();
        let was = was.filter_map(|(at, script)| Some((*places.get(&script.path)?, at))).collect();
        let now = before.scripts.iter().map(|script| now(&script.path)).collect();
        Self { broken, before, after, now, was, places: OnceCell::new() }
    }

    /// The id of a script afterwards.
    fn id_now(&self, script: usize) -> Option<&'a str> {
        self.after.scripts[self.now[script]?].id()
    }

    /// The ids that Alembic knew whose file has another one now.
    fn renamed(&self, map: &RevisionMap) -> BTreeMap<String, String> {
        let ids = map
            .revisions()
            .filter_map(|revision| Some((revision.id.as_str(), self.id_now(revision.script)?)));
        ids.filter(|(old, new)| old != new).map(|(old, new)| (old.to_owned(), new.to_owned())).collect()
    }

    /// Whether every parent that stood outside of loops still comes before its child; of a name that several files had,
    /// one of them. Only rewritten files are looked at: the others keep their parents.
    fn keep_order(&self) -> bool {
        let (before, after) = (&self.before.graph, &self.after.graph);
        let looped = before.on_cycles();
        let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, script) in self.before.scripts.iter().enumerate() {
            of.entry(script.id().unwrap_or_default()).or_default().push(at);
        }
        let place = |at: usize| self.id_now(at).and_then(|id| after.find(id));
        // What must lie below each revision, of which any will do.
        let mut asked: Vec<(RevisionIx, Vec<RevisionIx>)> = Vec::new();
        let is_kept = self.before.scripts.iter().enumerate().all(|(at, script)| {
            let Some(ix) = script.id().and_then(|id| before.find(id)) else { return true };
            let Some(now) = place(at) else { return false };
            // What goes is kept by what stands for it.
            if self.now[at].and_then(|now| self.was.get(&now)) != Some(&at) {
                return true;
            }
            let parents: Vec<_> = script
                .down_revision
                .values()
                .into_iter()
                .filter(|parent| Some(*parent) != script.id())
                .filter_map(|parent| Some((before.find(parent)?, of.get(parent)?)))
                .collect();
            let new: BTreeSet<_> = after.parents(now).into_iter().collect();
            for (parent, files) in parents {
                let meant: Vec<_> = files.iter().filter_map(|&at| place(at)).collect();
                let may_go = looped.contains(&parent) && looped.contains(&ix);
                if !may_go && !meant.iter().any(|parent| new.contains(parent)) {
                    asked.push((now, meant));
                }
            }
            true
        });
        if !is_kept || asked.is_empty() {
            return is_kept;
        }
        let pairs: Vec<_> =
            asked.iter().flat_map(|(now, meant)| meant.iter().map(|&parent| (parent, *now))).collect();
        let mut are_below = after.are_below(&pairs).into_iter();
        asked.iter().all(|(_, meant)| are_below.by_ref().take(meant.len()).fold(false, |any, one| any | one))
    }

    /// A migration that Alembic's own order runs before the one that creates what it needs, as a sentence. The arms of a
    /// history that forks and joins run in an order that the files do not state.
    fn runs_too_early(&self, map: &RevisionMap) -> Option<String> {
        let order = map.upgrade_order().ok()?;
        if map.real_heads().len() > 1 {
            return None;
        }
        let at: BTreeMap<&str, usize> = order.into_iter().enumerate().map(|(at, id)| (id, at)).collect();
        let place = |script: usize| self.after.scripts[script].id().and_then(|id| at.get(id));
        let prerequisites = self.after.account.prerequisites();
        let early = prerequisites.iter().find(|needed| match (place(needed.script), place(needed.on)) {
            (Some(script), Some(on)) => on > script && !self.stood(needed.script, needed.on),
            _ => false,
        })?;
        let id = |script: usize| self.after.scripts[script].id().unwrap_or_default();
        Some(format!(
            "{own} {why}, which {on} {does}, and {own} would run before {on}.",
            own = id(early.script),
            why = early.why,
            on = id(early.on),
            does = early.does
        ))
    }

    /// Whether that one script comes before another is not the plan's doing: it did in the files as they were, or what one
    /// needs of the other goes round in a loop, so that no order is right.
    fn stood(&self, earlier: usize, later: usize) -> bool {
        let graph = &self.before.graph;
        let find = |script: usize| {
            let was = *self.was.get(&script)?;
            let found = self.before.scripts[was].id().and_then(|id| graph.find(id))?;
            Some((was, found)).filter(|&(_, ix)| graph.node(ix).script == Some(was))
        };
        let Some(((script, earlier), (on, later))) = find(earlier).zip(find(later)) else { return false };
        let came_before = lies_below(graph, earlier, later) && !lies_below(graph, later, earlier);
        let is_needed = |needed: &Prerequisite| needed.on == on;
        came_before
            || self.before.account.prerequisites_of(script).iter().any(is_needed)
                && !comes_before(self.broken.bound(), self.places(), later.index(), earlier.index())
    }

    /// A revision that certainly fails for want of something that a later one creates, or that one takes away which came
    /// after it, and did not fail for it before the plan as well; as a sentence.
    fn lacks_what_moved(&self) -> Option<String> {
        let is_missing =
            |kind: FailureKind| matches!(kind, FailureKind::NoSuchTable | FailureKind::NoSuchColumn);
        self.new_failures().find_map(|failing| {
            let (other, does) = match &failing.origin {
                Origin::Later(moment)
                    if is_missing(failing.kind) && !self.stood(failing.script, moment.script) =>
                {
                    (moment.script, "creates it, and would run after it")
                }
                Origin::Gone(moment) if self.stood(failing.script, moment.script) => {
                    (moment.script, "takes it away, and would run before it")
                }
                _ => return None,
            };
            let id = |script: usize| self.after.scripts[script].id().unwrap_or_default();
            Some(format!("{} would fail: {}; {} {does}.", id(failing.script), failing.message(), id(other)))
        })
    }

    /// Whether a file that Alembic lost so far makes it certain that one fails for what another one does.
    fn clash(&self) -> bool {
        !self.before.graph.shadowed().is_empty()
            && self.new_failures().any(|failing| {
                matches!(failing.origin, Origin::Earlier(_) | Origin::Later(_) | Origin::Gone(_))
            })
    }

    /// The place of each revision where all come after what must come before them.
    fn places(&self) -> &[usize] {
        self.places.get_or_init(|| places(self.broken.bound()))
    }

    /// What certainly fails on the way up, and did not before the plan.
    fn new_failures(&self) -> impl Iterator<Item = &'a Failing> {
        let failed_before = |failing: &Failing| {
            let mut own = self.before.account.failures(Direction::Upgrade);
            own.any(|own| {
                is_certain(own)
                    && self.was.get(&failing.script) == Some(&own.script)
                    && own.is_about_the_same(failing)
            })
        };
        let failures = self.after.account.failures(Direction::Upgrade);
        failures.filter(move |failing| is_certain(failing) && !failed_before(failing))
    }
}
