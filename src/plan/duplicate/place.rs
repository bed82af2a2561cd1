//! Where a file stands that gets another id.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::Decisions;
use super::files::Files;

/// Where a file goes that nothing else says the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On top of the head that its parents lead to.
    OnTop,
    /// Right below the file that keeps the id, where both have the same parents: what comes after needs both.
    Beneath,
    /// Right above the file that keeps the id, and below all that stands on that: what comes after needs both, and it needs
    /// the one that keeps the id.
    Above,
}

/// Files that get other parents, and why, as a clause.
pub(super) type Moved = BTreeMap<usize, (Vec<usize>, String)>;

/// Finds a place for every file that gets another id. One that others stand on stays where it is, and so does one whose
/// parents are heads, or lead to several.
pub(super) fn place<'a>(files: &Files<'a>, decisions: &Decisions<'a>, place: Place) -> Moved {
    let all = (0..files.audited.scripts.len()).filter(|at| !decisions.gone.contains_key(at));
    let mut parents: BTreeMap<usize, Vec<usize>> = all
        .map(|at| (at, files.parents(at).filter_map(|name| decisions.named(files, at, name)).collect()))
        .collect();
    let has_children = |at: usize| parents.values().flatten().any(|&parent| parent == at);
    let open = decisions.renewed.iter().map(|renewed| renewed.file).filter(|&at| !has_children(at));
    let open: Vec<(usize, Vec<usize>)> =
        open.collect::<Vec<_>>().into_iter().filter_map(|at| Some((at, parents.remove(&at)?))).collect();
    let mut moved = Moved::new();
    for (at, own) in open {
        let keeper = decisions.keepers[files.id(at)];
        let is_whole = own.len() == files.parents(at).count();
        match place {
            Place::OnTop => {
                let start = if own.is_empty() { &[keeper][..] } else { &own };
                let heads = tops(&parents, start);
                let shared: BTreeSet<_> = heads.intersection(&tops(&parents, &[keeper])).copied().collect();
                let heads = if shared.is_empty() { heads } else { shared };
                let head = heads.first().copied().filter(|_| heads.len() == 1);
                match head.filter(|&head| own != [head] || !is_whole) {
                    Some(head) => {
                        let why = format!("it goes on top of {}", decisions.id(files, head));
                        moved.insert(at, (vec![head], why));
                        parents.insert(at, vec![head]);
                    }
                    None => {
                        parents.insert(at, own);
                    }
                }
            }
            Place::Beneath | Place::Above if !is_whole || parents.get(&keeper) != Some(&own) => {
                parents.insert(at, own);
            }
            Place::Beneath => {
                let why = format!("{} comes right before it, as what follows may need both", files.name(at));
                moved.insert(keeper, (vec![at], why));
                parents.insert(keeper, vec![at]);
                parents.insert(at, own);
            }
            Place::Above => {
                for (&child, own) in &mut parents {
                    if let Some(below) = own.iter_mut().find(|below| **below == keeper) {
                        *below = at;
                        let why = format!("{} comes right before it, as it may need that", files.name(at));
                        moved.insert(child, (own.clone(), why));
                    }
                }
                moved.insert(at, (vec![keeper], format!("it comes right after {}", files.name(keeper))));
                parents.insert(at, vec![keeper]);
            }
        }
    }
    moved
}

/// The heads that some files lead to.
fn tops(parents: &BTreeMap<usize, Vec<usize>>, from: &[usize]) -> BTreeSet<usize> {
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (&child, own) in parents {
        for &parent in own {
            children.entry(parent).or_default().push(child);
        }
    }
    let (mut seen, mut open): (BTreeSet<usize>, _) = (from.iter().copied().collect(), from.to_vec());
    let mut tops = BTreeSet::new();
    while let Some(at) = open.pop() {
        match children.get(&at) {
            Some(children) => open.extend(children.iter().copied().filter(|&child| seen.insert(child))),
            None => {
                tops.insert(at);
            }
        }
    }
    tops
}
