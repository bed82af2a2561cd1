//! The order of a single chain.
//!
//! A topological order of what is sound (parents and dependencies), chosen so that few files need another parent: a
//! branch is followed to its end before the next begins. Among what may come next, a migration whose tables exist by
//! then comes first, and one that is known to fail last. Source: Kahn's algorithm with a priority.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::audited::Audited;

/// The graph that is put in order; revisions are numbered as in the environment's graph.
pub(super) struct Sound {
    /// The parents that stay, of each revision; empty for ghosts.
    pub(super) parents: Vec<Vec<usize>>,
    /// What must come before, of each revision: the parents, and what it depends on.
    pub(super) before: Vec<Vec<usize>>,
    /// Whether a parent that the file names is not among `parents`.
    pub(super) faulty: Vec<bool>,
    /// Whether a parent that the file names is gone from `parents`, and not only written in full there.
    pub(super) lost: Vec<bool>,
    /// Which numbers are revisions and no ghosts.
    pub(super) declared: Vec<bool>,
}

/// Sort key of a revision that may come next: the smallest is taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Something it needs is not there yet.
    waits: bool,
    /// What it needs and nobody creates: nothing, referenced tables only, or more; and how many objects.
    unmet: (u8, usize),
    /// It follows something; a root comes later, one that lost its parent last.
    root: u8,
    /// Among roots, the one with most revisions connected to it comes first.
    size: Reverse<usize>,
    date: String,
    path: String,
    ix: usize,
}

/// The order: every declared revision once, everything after what must come before it.
pub(super) fn order(audited: &Audited, sound: &Sound) -> Vec<usize> {
    let n = sound.parents.len();
    let mut after = vec![Vec::new(); n];
    let mut waiting = vec![0_usize; n];
    for (ix, before) in sound.before.iter().enumerate() {
        for &earlier in before {
            after[earlier].push(ix);
            waiting[ix] += 1;
        }
    }
    let (mut lacking, wanted_by) = prerequisites(audited, n);
    let sizes = audited.graph.component_sizes();
    let rank = |ix: usize, lacking: &[usize]| rank(audited, sound, &sizes, ix, lacking[ix] > 0);

    let mut ready: BTreeSet<Rank> =
        (0..n).filter(|&ix| sound.declared[ix] && waiting[ix] == 0).map(|ix| rank(ix, &lacking)).collect();
    let mut order = Vec::with_capacity(n);
    let mut last: Option<usize> = None;
    while let Some(first) = ready.first() {
        // A child of the last one keeps its edge; it is preferred unless something better in kind is ready.
        let child = last
            .into_iter()
            .flat_map(|last| &after[last])
            .filter(|&&ix| waiting[ix] == 0)
            .map(|&ix| rank(ix, &lacking))
            .filter(|child| ready.contains(child) && (child.waits, child.unmet) <= (first.waits, first.unmet))
            .min();
        let next = child.unwrap_or_else(|| first.clone());
        ready.remove(&next);
        let next = next.ix;
        order.push(next);
        last = Some(next);
        for &wanting in &wanted_by[next] {
            let was_ready = ready.remove(&rank(wanting, &lacking));
            lacking[wanting] -= 1;
            if was_ready {
                ready.insert(rank(wanting, &lacking));
            }
        }
        for &later in &after[next] {
            waiting[later] -= 1;
            if waiting[later] == 0 {
                ready.insert(rank(later, &lacking));
            }
        }
    }
    order
}

fn rank(audited: &Audited, sound: &Sound, sizes: &[usize], ix: usize, waits: bool) -> Rank {
    let script = script_of(audited, ix);
    let unmet = script
        .and_then(|at| audited.account.unmet(at))
        .map_or((0, 0), |unmet| (if unmet.only_references { 1 } else { 2 }, unmet.missing.len()));
    let root = match (sound.parents[ix].is_empty(), sound.faulty[ix]) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => 2,
    };
    Rank {
        waits,
        unmet,
        root,
        size: Reverse(if root == 0 { 0 } else { sizes[ix] }),
        date: script.and_then(|at| audited.scripts[at].create_date()).unwrap_or("9").to_owned(),
        path: script.map(|at| audited.scripts[at].path.to_string()).unwrap_or_default(),
        ix,
    }
}

/// The script of a revision.
pub(super) fn script_of(audited: &Audited, ix: usize) -> Option<usize> {
    audited.graph.by_index(ix).and_then(|ix| audited.graph.node(ix).script)
}

/// How many prerequisites each revision still lacks, and who waits for each.
fn prerequisites(audited: &Audited, n: usize) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut ix_of = vec![None; audited.scripts.len()];
    for ix in audited.graph.revisions() {
        if let Some(script) = audited.graph.node(ix).script {
            ix_of[script] = Some(ix.index());
        }
    }
    let mut lacking = vec![0; n];
    let mut wanted_by = vec![Vec::new(); n];
    for prerequisite in audited.account.prerequisites() {
        if let (Some(ix), Some(on)) = (ix_of[prerequisite.script], ix_of[prerequisite.on]) {
            lacking[ix] += 1;
            wanted_by[on].push(ix);
        }
    }
    (lacking, wanted_by)
}
