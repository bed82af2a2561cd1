//! Which edges stay: without missing parents, self-parents and one edge of every loop. What lost its parent gets the one
//! that the files tell of, if they do.

use std::collections::BTreeSet;

use super::order::{Sound, date, number, script_of};
use crate::audited::Audited;
use crate::graph::RevisionIx;
use crate::rules::{certain_candidate, likely_candidate, parent_candidates, said_parents};
use crate::source::Script;

/// The sound part of an environment's graph. A missing parent that can only have meant one revision becomes an edge to
/// it; the other faults lose theirs, and may find another.
pub(super) fn sound(audited: &Audited) -> Sound {
    let graph = &audited.graph;
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
            let near = parent_candidates(&audited.scripts, script, graph.id(parent));
            // What stands on a revision was never its parent, however alike the names are.
            let is_above = |meant: &RevisionIx| graph.ancestors(*meant).contains(&ix);
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
    while let Some(found) = find_loop(&sound.before) {
        cut(audited, &mut sound, &found);
    }
    let (bases, others): (Vec<_>, Vec<_>) = graph.revisions().partition(|&ix| graph.is_base(ix));
    others.into_iter().for_each(|ix| find_parent(audited, &mut sound, ix));
    // What a base says counts only where one too many is there.
    if bases.len() > 1 && !audited.has_bases_by_design() {
        bases.into_iter().for_each(|ix| find_parent(audited, &mut sound, ix));
    }
    sound
}

/// Whether an empty text stands for no parent: the docstring names none either.
fn means_none(script: &Script, parent: &str) -> bool {
    parent.is_empty() && script.revises().is_some_and(|said| said.is_empty())
}

/// Gives a revision that lost its parent, or says that it has none, the one that the files tell of, unless that would
/// close a loop.
fn find_parent(audited: &Audited, sound: &mut Sound, ix: RevisionIx) {
    let (graph, at) = (&audited.graph, ix.index());
    let Some(script) = script_of(audited, at).map(|at| &audited.scripts[at]) else { return };
    if !sound.lost[at] && !graph.is_base(ix) {
        return;
    }
    let missing: Vec<_> = graph.parents(ix).into_iter().filter(|&parent| graph.is_ghost(parent)).collect();
    let meant = |missing: &RevisionIx| {
        let near = parent_candidates(&audited.scripts, script, graph.id(*missing));
        likely_candidate(&near).map(|candidate| (candidate.revision.clone(), candidate.why.clone()))
    };
    let mut told: Vec<(String, String)> = missing.iter().filter_map(meant).collect();
    if missing.is_empty() {
        let said = said_parents(&audited.scripts, script).into_iter();
        told.extend(said.map(|(id, why)| (id.to_owned(), why)));
    }
    for (id, why) in told {
        let Some(parent) = graph.find(&id).map(RevisionIx::index) else { continue };
        if !sound.parents[at].contains(&parent) && !comes_before(&sound.before, at, parent) {
            sound.parents[at].push(parent);
            sound.before[at].push(parent);
            (sound.faulty[at], sound.lost[at]) = (true, true);
            sound.found[at] = Some(why);
        }
    }
}

/// Takes away the edge into one member of a loop: one whose docstring disagrees with its code, else one whose parent has
/// other children too, else the oldest.
fn cut(audited: &Audited, sound: &mut Sound, found: &[usize]) {
    let script = |ix: usize| script_of(audited, ix).map(|at| &audited.scripts[at]);
    let disagrees = |script: &Script| {
        let says_all = |said: Vec<&str>| script.down_revision.values().iter().all(|id| said.contains(id));
        script.revises().is_some_and(|said| !says_all(said))
    };
    let is_only_child =
        |&parent: &usize| sound.parents.iter().filter(|parents| parents.contains(&parent)).nth(1).is_none();
    let last = |&ix: &usize| {
        let own = script(ix);
        let n_left = sound.parents[ix]
            .iter()
            .filter(|parent| found.contains(parent))
            .filter(|&parent| is_only_child(parent))
            .count();
        let date = own.and_then(date);
        let number = own.and_then(number);
        let age = (date.is_none(), date, number.is_none(), number, own.map(|script| &script.path));
        (!own.is_some_and(disagrees), n_left, age)
    };
    let Some(&member) = found.iter().min_by_key(|ix| last(ix)) else { return };
    sound.before[member].retain(|earlier| !found.contains(earlier));
    let n_parents = sound.parents[member].len();
    sound.parents[member].retain(|parent| !found.contains(parent));
    let loses = sound.parents[member].len() < n_parents;
    sound.faulty[member] |= loses;
    sound.lost[member] |= loses;
}

/// Whether one revision must come before another.
pub(super) fn comes_before(before: &[Vec<usize>], earlier: usize, later: usize) -> bool {
    let mut seen = vec![false; before.len()];
    let mut open = vec![later];
    while let Some(ix) = open.pop() {
        if ix == earlier {
            return true;
        }
        open.extend(before[ix].iter().copied().filter(|&below| !std::mem::replace(&mut seen[below], true)));
    }
    false
}

/// The revisions that are in order, each after what must come before it, and how many each of the others waits for.
pub(super) fn peel(before: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let n = before.len();
    let mut after = vec![Vec::new(); n];
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    for (ix, before) in before.iter().enumerate() {
        for &earlier in before {
            after[earlier].push(ix);
        }
    }
    let mut peeled: Vec<usize> = (0..n).filter(|&ix| waiting[ix] == 0).collect();
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

/// Some loop, or nothing: peels off what is in order, then walks backwards through what is left until it meets itself.
pub(super) fn find_loop(before: &[Vec<usize>]) -> Option<Vec<usize>> {
    let n = before.len();
    let (peeled, waiting) = peel(before);
    if peeled.len() == n {
        return None;
    }
    let mut at = (0..n).find(|&ix| waiting[ix] > 0)?;
    let mut path = Vec::new();
    let mut seen = vec![None; n];
    loop {
        if let Some(start) = seen[at] {
            return Some(path.split_off(start));
        }
        seen[at] = Some(path.len());
        path.push(at);
        at = before[at].iter().copied().find(|&earlier| waiting[earlier] > 0)?;
    }
}
