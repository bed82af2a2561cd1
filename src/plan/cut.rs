//! Which edges stay: without missing parents, self-parents and one edge of every loop. What lost its parent gets the one
//! that the files tell of, if they do.

use std::collections::BTreeSet;

use super::order::{Sound, date, number, script_of};
use crate::audited::Audited;
use crate::graph::{RevisionGraph, RevisionIx};
use crate::rules::{Ids, certain_candidate, likely_candidate};
use crate::source::Script;

/// The sound part of an environment's graph. A missing parent that can only have meant one revision becomes an edge to
/// it; the other faults lose theirs, and may find another.
pub(super) fn sound(audited: &Audited) -> Sound {
    let graph = &audited.graph;
    let ids = Ids::of(&audited.scripts);
    let n = graph.len();
    let mut sound = Sound {
        parents: vec![Vec::new(); n],
        before: vec![Vec::new(); n],
        faulty: vec![false; n],
        lost: vec![false; n],
        found: vec![None; n],
        declared: vec![false; n],
    };
    for ix in graph.revisions() {
        let at = ix.index();
        sound.declared[at] = true;
        sound.faulty[at] = graph.node(ix).self_parent;
        sound.lost[at] = graph.node(ix).self_parent;
        for parent in graph.parents(ix) {
            if !graph.is_ghost(parent) {
                sound.parents[at].push(parent.index());
                continue;
            }
            sound.faulty[at] = true;
            let Some(script) = script_of(audited, at).map(|at| &audited.scripts[at]) else { continue };
            let near = ids.parent_candidates(script, graph.id(parent));
            // What stands on a revision was never its parent, however alike the names are.
            let is_above = |meant: &RevisionIx| lies_below(graph, ix, *meant);
            let meant = certain_candidate(&near).and_then(|candidate| graph.find(&candidate.revision));
            match meant.filter(|meant| !is_above(meant)) {
                Some(meant) => sound.parents[at].push(meant.index()),
                None => sound.lost[at] |= !means_none(script, graph.id(parent)),
            }
        }
        let mut seen = BTreeSet::new();
        sound.parents[at].retain(|parent| seen.insert(*parent));
        sound.before[at].clone_from(&sound.parents[at]);
        for dependency in graph.dependencies(ix) {
            if seen.insert(dependency.index()) {
                sound.before[at].push(dependency.index());
            }
        }
    }
    cut_loops(audited, &mut sound);
    let mut after = after(&sound.before);
    let (bases, others): (Vec<_>, Vec<_>) = graph.revisions().partition(|&ix| graph.is_base(ix));
    others.into_iter().for_each(|ix| find_parent(audited, &ids, &mut sound, &mut after, ix));
    // What a base says counts only where one too many is there.
    if bases.len() > 1 && !audited.has_bases_by_design() {
        bases.into_iter().for_each(|ix| find_parent(audited, &ids, &mut sound, &mut after, ix));
    }
    sound
}

/// Whether an empty text stands for no parent: the docstring names none either.
fn means_none(script: &Script, parent: &str) -> bool {
    parent.is_empty() && script.revises().is_some_and(|said| said.is_empty())
}

/// Gives a revision that lost its parent, or says that it has none, the one that the files tell of, unless that would
/// close a loop.
fn find_parent(
    audited: &Audited,
    ids: &Ids<'_>,
    sound: &mut Sound,
    after: &mut [Vec<usize>],
    ix: RevisionIx,
) {
    let (graph, at) = (&audited.graph, ix.index());
    let Some(script) = script_of(audited, at).map(|at| &audited.scripts[at]) else { return };
    if !sound.lost[at] && !graph.is_base(ix) {
        return;
    }
    let missing: Vec<_> = graph.parents(ix).into_iter().filter(|&parent| graph.is_ghost(parent)).collect();
    let meant = |missing: &RevisionIx| {
        let near = ids.parent_candidates(script, graph.id(*missing));
        likely_candidate(&near).map(|candidate| (candidate.revision.clone(), candidate.why.clone()))
    };
    let mut told: Vec<(String, String)> = missing.iter().filter_map(meant).collect();
    if missing.is_empty() {
        let said = ids.said_parents(script).into_iter();
        told.extend(said.map(|(id, why)| (id.to_owned(), why.into_owned())));
    }
    for (id, why) in told {
        let Some(parent) = graph.find(&id).map(RevisionIx::index) else { continue };
        if !sound.parents[at].contains(&parent)
            && !leads(at, parent, &|ix| after[ix].clone(), &|ix| sound.before[ix].clone())
        {
            sound.parents[at].push(parent);
            sound.before[at].push(parent);
            after[parent].push(at);
            (sound.faulty[at], sound.lost[at]) = (true, true);
            sound.found[at] = Some(why);
        }
    }
}

/// Takes away an edge of each loop.
fn cut_loops(audited: &Audited, sound: &mut Sound) {
    let mut n_children = vec![0_usize; sound.parents.len()];
    sound.parents.iter().flatten().for_each(|&parent| n_children[parent] += 1);
    let mut loops = Loops::of(&sound.before);
    while let Some(found) = loops.next(&sound.before) {
        cut(audited, sound, &mut loops, &mut n_children, &found);
    }
}

/// Takes away the edge into one member of a loop: one whose docstring disagrees with its code, else one whose parent has
/// other children too, else the oldest.
fn cut(audited: &Audited, sound: &mut Sound, loops: &mut Loops, n_children: &mut [usize], found: &[usize]) {
    let members: BTreeSet<usize> = found.iter().copied().collect();
    let script = |ix: usize| script_of(audited, ix).map(|at| &audited.scripts[at]);
    let disagrees = |script: &Script| {
        let says_all = |said: Vec<&str>| {
            let said: BTreeSet<&str> = said.into_iter().collect();
            script.down_revision.values().iter().all(|id| said.contains(id))
        };
        script.revises().is_some_and(|said| !says_all(said))
    };
    let last = |&ix: &usize| {
        let own = script(ix);
        let n_left = sound.parents[ix]
            .iter()
            .filter(|parent| members.contains(parent))
            .filter(|&&parent| n_children[parent] <= 1)
            .count();
        let date = own.and_then(date);
        let number = own.and_then(number);
        let age = (date.is_none(), date, number.is_none(), number, own.map(|script| &script.path));
        (!own.is_some_and(disagrees), n_left, age)
    };
    let Some(&member) = found.iter().min_by_key(|ix| last(ix)) else { return };
    loops.remove(&mut sound.before, member, |earlier| members.contains(&earlier));
    let n_parents = sound.parents[member].len();
    sound.parents[member].retain(|parent| {
        let stays = !members.contains(parent);
        n_children[*parent] -= usize::from(!stays);
        stays
    });
    let loses = sound.parents[member].len() < n_parents;
    sound.faulty[member] |= loses;
    sound.lost[member] |= loses;
}

/// Whether a revision is another one, or lies below it through parents.
pub(super) fn lies_below(graph: &RevisionGraph, lower: RevisionIx, upper: RevisionIx) -> bool {
    let near = |found: Vec<RevisionIx>| found.into_iter().map(RevisionIx::index).collect();
    let above = |at: usize| graph.by_index(at).map(|ix| near(graph.children(ix))).unwrap_or_default();
    let below = |at: usize| graph.by_index(at).map(|ix| near(graph.parents(ix))).unwrap_or_default();
    leads(lower.index(), upper.index(), &above, &below)
}

/// Whether steps upwards lead from one revision to another. It is looked for from both ends, so that it costs no more than
/// the shorter of the two walks, twice.
fn leads(
    lower: usize,
    upper: usize,
    above: &dyn Fn(usize) -> Vec<usize>,
    below: &dyn Fn(usize) -> Vec<usize>,
) -> bool {
    let mut ways = [(lower, upper, above), (upper, lower, below)]
        .map(|(from, to, next)| (to, next, BTreeSet::from([from]), vec![from]));
    loop {
        for (to, next, seen, open) in &mut ways {
            let Some(ix) = open.pop() else { return false };
            if ix == *to {
                return true;
            }
            open.extend(next(ix).into_iter().filter(|&near| seen.insert(near)));
        }
    }
}

/// What waits for each revision.
fn after(before: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut after = vec![Vec::new(); before.len()];
    for (ix, before) in before.iter().enumerate() {
        for &earlier in before {
            after[earlier].push(ix);
        }
    }
    after
}

/// The revisions that are in order, each after what must come before it, and how many each of the others waits for.
pub(super) fn peel(before: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let after = after(before);
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut peeled: Vec<usize> = (0..before.len()).filter(|&ix| waiting[ix] == 0).collect();
    let mut at = 0;
    while let Some(&ix) = peeled.get(at) {
        at += 1;
        for &later in &after[ix] {
            waiting[later] -= 1;
            if waiting[later] == 0 {
                peeled.push(later);
            }
        }
    }
    (peeled, waiting)
}

/// The loops, one after another, while edges are taken away.
pub(super) struct Loops {
    after: Vec<Vec<usize>>,
    /// How many each revision waits for, of what is not in order.
    waiting: Vec<usize>,
    gone: BTreeSet<(usize, usize)>,
    /// All before it are in order.
    first: usize,
    /// The way backwards from the first, and the place of each in it.
    path: Vec<usize>,
    place: Vec<Option<usize>>,
}

impl Loops {
    pub(super) fn of(before: &[Vec<usize>]) -> Self {
        let place = vec![None; before.len()];
        let waiting = peel(before).1;
        Self { after: after(before), waiting, gone: BTreeSet::new(), first: 0, path: Vec::new(), place }
    }

    /// Some loop, or nothing: goes backwards through what is not in order until it meets itself.
    pub(super) fn next(&mut self, before: &[Vec<usize>]) -> Option<Vec<usize>> {
        // What was peeled off since lies at the end of the way.
        let stays = self.path.iter().position(|&ix| self.waiting[ix] == 0).unwrap_or(self.path.len());
        self.cut_path(stays);
        let mut at = match self.path.pop() {
            Some(last) => {
                self.place[last] = None;
                last
            }
            None => {
                while *self.waiting.get(self.first)? == 0 {
                    self.first += 1;
                }
                self.first
            }
        };
        loop {
            if let Some(start) = self.place[at] {
                let found = self.path[start..].to_vec();
                self.cut_path(start);
                return Some(found);
            }
            self.place[at] = Some(self.path.len());
            self.path.push(at);
            at = before[at].iter().copied().find(|&earlier| self.waiting[earlier] > 0)?;
        }
    }

    fn cut_path(&mut self, to: usize) {
        for ix in self.path.drain(to..) {
            self.place[ix] = None;
        }
    }

    /// Takes away what need not come before a revision any more, and peels off what is in order then.
    pub(super) fn remove(&mut self, before: &mut [Vec<usize>], ix: usize, is_gone: impl Fn(usize) -> bool) {
        let mut open = Vec::new();
        before[ix].retain(|&earlier| {
            let goes = is_gone(earlier);
            if goes && self.gone.insert((earlier, ix)) && self.waiting[earlier] > 0 {
                self.waiting[ix] -= 1;
                if self.waiting[ix] == 0 {
                    open.push(ix);
                }
            }
            !goes
        });
        while let Some(ix) = open.pop() {
            for &later in &self.after[ix] {
                if !self.gone.contains(&(ix, later)) {
                    self.waiting[later] -= 1;
                    if self.waiting[later] == 0 {
                        open.push(later);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first loop, where all is looked at anew.
    fn find_loop(before: &[Vec<usize>]) -> Option<Vec<usize>> {
        let (peeled, waiting) = peel(before);
        let mut at = (0..before.len()).find(|&ix| waiting[ix] > 0 && peeled.len() < before.len())?;
        let mut path = Vec::new();
        let mut seen = vec![None; before.len()];
        loop {
            if let Some(start) = seen[at] {
                return Some(path.split_off(start));
            }
            seen[at] = Some(path.len());
            path.push(at);
            at = before[at].iter().copied().find(|&earlier| waiting[earlier] > 0)?;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn loops_are_those_that_are_found_where_all_is_looked_at_anew(
            before in proptest::collection::vec(proptest::collection::btree_set(0_usize..8, 0..4), 8),
            cuts in proptest::collection::vec((0_usize..8, 0_usize..2), 40),
        ) {
            let mut before: Vec<Vec<usize>> =
                before.into_iter().map(|before| before.into_iter().rev().collect()).collect();
            let mut loops = Loops::of(&before);
            for (member, one) in cuts {
                let found = loops.next(&before);
                prop_assert_eq!(&found, &find_loop(&before));
                let Some(found) = found else { break };
                let at = member % found.len();
                let next = found[(at + 1) % found.len()];
                loops.remove(&mut before, found[at], |earlier| {
                    if one == 0 { earlier == next } else { found.contains(&earlier) }
                });
            }
        }

        #[test]
        fn a_way_is_found_from_both_ends(
            before in proptest::collection::vec(proptest::collection::vec(0_usize..8, 0..3), 8),
            lower in 0_usize..8,
            upper in 0_usize..8,
        ) {
            let after = after(&before);
            let mut below = BTreeSet::from([upper]);
            let mut open = vec![upper];
            while let Some(ix) = open.pop() {
                open.extend(before[ix].iter().copied().filter(|&earlier| below.insert(earlier)));
            }
            let found = leads(lower, upper, &|ix| after[ix].clone(), &|ix| before[ix].clone());
            prop_assert_eq!(found, below.contains(&lower));
        }
    }
}
