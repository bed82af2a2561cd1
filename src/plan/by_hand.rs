//! Parents that somebody chose: made into files, and proved as every repair is; or why not, in plain words.
//!
//! What was not chosen stays as it is, faults too, and is told. So nothing needs to be resolved; but nothing may become
//! worse, and no migration may run before what it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Drafting};
use super::order::id_of;
use super::prove::Unproved;
use super::repair::{Broken, Repair};
use super::{Again, Plan, PlanKind};
use crate::audited::{Audit, Audited, Pinned};
use crate::finding::Applicability;
use crate::graph::RevisionIx;
use crate::ingest::SourceTree;
use crate::text::listed;

/// The parents that somebody chose. Made only where some are, and never among the repairs that are found.
static REPAIR: Repair = Repair {
    kind: PlanKind::ByHand,
    sets_order: true,
    is_whole: false,
    must_mend: false,
    plan: |broken| chosen(broken).ok(),
};

/// What became of the parents that were chosen in one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByHand {
    /// Those that are of this environment.
    pub pinned: Vec<Pinned>,
    /// Why there is no plan of them, in a sentence or two.
    pub refused: Option<String>,
}

/// The plan of the parents that were chosen in an environment; nothing where none was.
pub fn by_hand(
    tree: &SourceTree,
    audit: &Audit,
    again: Again<'_>,
    index: usize,
) -> Option<(ByHand, Option<Plan>)> {
    let pinned = pinned_in(audit, index);
    if pinned.is_empty() {
        return None;
    }
    let broken = Broken::new(tree, audit, again, index);
    let (refused, plan) = match chosen(&broken) {
        Ok(plan) => (None, Some(plan)),
        Err(why) => (Some(why), None),
    };
    Some((ByHand { pinned, refused }, plan))
}

/// What was chosen of an environment: the last for each revision, in order of ids. Alembic loads only what is in use.
fn pinned_in(audit: &Audit, index: usize) -> Vec<Pinned> {
    let audited = &audit.environments[index];
    let is_own = |pinned: &&Pinned| audited.environment.live && declared(audited, &pinned.revision).is_some();
    let own = audit.options.pinned.iter().filter(is_own);
    let last: BTreeMap<&str, &Pinned> = own.map(|pinned| (pinned.revision.as_str(), pinned)).collect();
    last.into_values().cloned().collect()
}

pub(super) fn declared(audited: &Audited, id: &str) -> Option<RevisionIx> {
    audited.graph.find(id).filter(|&ix| !audited.graph.is_ghost(ix))
}

fn chosen(broken: &Broken<'_>) -> Result<Plan, String> {
    let audited = broken.audited();
    let pinned = pinned_in(broken.audit, broken.index);
    if !broken.is_certain() {
        return Err(
            "Something about the chain is only known when it runs, so what these parents do is not known."
                .to_owned(),
        );
    }
    if let Some(lost) = audited.graph.shadowed().first() {
        let id = audited.graph.id(lost.kept);
        return Err(format!(
            "Files share the id {id}. Give each its own first: which of them is meant is not known."
        ));
    }
    let edges = Edges::of(audited, &pinned)?;
    if let Some(found) = edges.loops(audited) {
        return Err(found);
    }
    let draft = draft(broken.tree, audited, &pinned)?;
    broken.prove(&REPAIR, draft).map_err(|unproved| match unproved {
        Unproved::RunsTooEarly(why) | Unproved::Other(why) => why,
    })
}

/// Who stands on whom, with what was chosen.
pub(super) struct Edges {
    /// The parents of each revision that are there, by number.
    pub(super) parents: Vec<Vec<usize>>,
    /// Those whose parents were chosen.
    pinned: BTreeSet<usize>,
}

impl Edges {
    /// The edges; or why a choice cannot stand.
    pub(super) fn of(audited: &Audited, pinned: &[Pinned]) -> Result<Self, String> {
        let graph = &audited.graph;
        let mut parents = vec![Vec::new(); graph.len()];
        for ix in graph.revisions() {
            let there = graph.parents(ix).into_iter().filter(|&parent| !graph.is_ghost(parent));
            parents[ix.index()] = there.map(RevisionIx::index).collect();
        }
        let mut own = BTreeSet::new();
        for Pinned { revision, parents: chosen } in pinned {
            let Some(ix) = declared(audited, revision) else { return Err(unknown(revision)) };
            let mut new: Vec<usize> = Vec::new();
            for parent in chosen {
                let at = declared(audited, parent).ok_or_else(|| unknown(parent))?.index();
                if at == ix.index() {
                    return Err(format!("{revision} cannot be its own parent."));
                }
                if !new.contains(&at) {
                    new.push(at);
                }
            }
            parents[ix.index()] = new;
            own.insert(ix.index());
        }
        Ok(Self { parents, pinned: own })
    }

    /// Who stands on each.
    pub(super) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.parents.len()];
        for (ix, parents) in self.parents.iter().enumerate() {
            parents.iter().for_each(|&parent| children[parent].push(ix));
        }
        children
    }

    /// A loop that a choice closes, over what revisions depend on too; in words.
    fn loops(&self, audited: &Audited) -> Option<String> {
        let graph = &audited.graph;
        let needs = |ix: usize| {
            let depends = graph.by_index(ix).map(|ix| graph.dependencies(ix)).unwrap_or_default();
            self.parents[ix]
                .iter()
                .copied()
                .chain(depends.into_iter().map(RevisionIx::index))
                .collect::<Vec<_>>()
        };
        self.pinned.iter().find_map(|&start| {
            let mut from: BTreeMap<usize, usize> = BTreeMap::new();
            let mut open: Vec<usize> = vec![start];
            while let Some(ix) = open.pop() {
                for below in needs(ix) {
                    if below == start {
                        let mut path = vec![ix];
                        while let Some(&above) = from.get(path.last().expect("it has one")) {
                            path.push(above);
                        }
                        path.reverse();
                        return Some(told_loop(audited, &path));
                    }
                    from.entry(below).or_insert_with(|| {
                        open.push(below);
                        ix
                    });
                }
            }
            None
        })
    }
}

/// The revisions that stand on one, at whatever distance, and itself; `children` has who stands on each.
pub(super) fn above(children: &[Vec<usize>], ix: usize) -> BTreeSet<usize> {
    let (mut found, mut open) = (BTreeSet::from([ix]), vec![ix]);
    while let Some(ix) = open.pop() {
        open.extend(children[ix].iter().copied().filter(|&child| found.insert(child)));
    }
    found
}

/// A loop in words; `path` begins with the revision and goes down.
fn told_loop(audited: &Audited, path: &[usize]) -> String {
    let mut ids: Vec<&str> = path.iter().map(|&ix| id_of(audited, ix)).collect();
    let first = ids[0];
    ids.push(first);
    let steps: Vec<String> = ids[1..].iter().map(|id| format!("on {id}")).collect();
    let (shown, left) = steps.split_at(if steps.len() > 6 { 4 } else { steps.len() });
    let left =
        if left.is_empty() { String::new() } else { format!(", and so on, {}", steps[steps.len() - 1]) };
    format!("{first} would come before itself: it would stand {}{left}.", shown.join(", which stands "))
}

fn unknown(id: &str) -> String {
    format!("No migration here has the revision {id}.")
}

fn draft(tree: &SourceTree, audited: &Audited, pinned: &[Pinned]) -> Result<Draft, String> {
    let mut drafting = Drafting::default();
    for Pinned { revision, parents } in pinned {
        let script = declared(audited, revision).and_then(|ix| audited.graph.node(ix).script);
        let Some(script) = script.map(|at| &audited.scripts[at]) else { return Err(unknown(revision)) };
        let mut after: Vec<String> = Vec::new();
        for parent in parents {
            if !after.contains(parent) {
                after.push(parent.clone());
            }
        }
        let reason = "chosen by hand".to_owned();
        drafting.reparent(tree, script, revision, after, reason).ok_or_else(|| {
            format!(
                "The parents of {revision} are not written in a form that can be rewritten; edit {} by hand.",
                script.path
            )
        })?;
    }
    // Where the files load, the states tell better.
    drafting.done(Applicability::Unsafe).ok_or_else(|| {
        let own: Vec<&str> = pinned.iter().map(|pinned| pinned.revision.as_str()).collect();
        format!("The files give {} these parents already; nothing changes.", listed(&own))
    })
}
