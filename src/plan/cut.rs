//! Which edges stay: without missing parents, self-parents and one edge of every loop.

use std::collections::BTreeSet;

use super::order::Sound;
use crate::audited::Audited;
use crate::rules::{candidates, certain_candidate};

/// The sound part of an environment's graph. A missing parent that can only have meant one revision becomes an edge to
/// it; the other faults lose theirs.
pub(super) fn sound(audited: &Audited) -> Sound {
    let graph = &audited.graph;
    let n = graph.len();
    let mut sound = Sound {
        parents: vec![Vec::new(); n],
        before: vec![Vec::new(); n],
        faulty: vec![false; n],
        lost: vec![false; n],
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
            let near = candidates(&audited.scripts, graph.id(parent));
            let meant = certain_candidate(&near).and_then(|candidate| graph.find(&candidate.revision));
            match meant.filter(|&meant| meant != ix) {
                Some(meant) => sound.parents[at].push(meant.index()),
                None => sound.lost[at] = true,
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
    sound
}

/// Takes away the edge into one member of a loop: the one whose docstring disagrees with its code, else the oldest.
fn cut(audited: &Audited, sound: &mut Sound, found: &[usize]) {
    let oldest = |&ix: &usize| {
        let script = super::order::script_of(audited, ix).map(|at| &audited.scripts[at]);
        let disagrees = script.is_some_and(|script| {
            script
                .revises()
                .is_some_and(|said| !script.down_revision.values().iter().all(|parent| said.contains(parent)))
        });
        let date = script.and_then(|script| script.create_date()).unwrap_or("9").to_owned();
        (!disagrees, date, script.map(|script| script.path.to_string()))
    };
    let Some(&member) = found.iter().min_by_key(|ix| oldest(ix)) else { return };
    sound.before[member].retain(|earlier| !found.contains(earlier));
    let n_parents = sound.parents[member].len();
    sound.parents[member].retain(|parent| !found.contains(parent));
    let loses = sound.parents[member].len() < n_parents;
    sound.faulty[member] |= loses;
    sound.lost[member] |= loses;
}

/// Some loop, or nothing: peels off what is in order, then walks backwards through what is left until it meets itself.
fn find_loop(before: &[Vec<usize>]) -> Option<Vec<usize>> {
    let n = before.len();
    let mut after = vec![Vec::new(); n];
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    for (ix, before) in before.iter().enumerate() {
        for &earlier in before {
            after[earlier].push(ix);
        }
    }
    let mut open: Vec<usize> = (0..n).filter(|&ix| waiting[ix] == 0).collect();
    let mut left = n;
    while let Some(ix) = open.pop() {
        left -= 1;
        for &later in &after[ix] {
            waiting[later] -= 1;
            if waiting[later] == 0 {
                open.push(later);
            }
        }
    }
    if left == 0 {
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
