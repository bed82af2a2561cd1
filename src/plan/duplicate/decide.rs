//! What becomes of each file whose id another one has: it keeps the id, goes, or gets another.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Files;
use crate::plan::fresh_id::fresh_id;
use crate::rules::{Ages, other_id, runs_nothing};

/// Which file keeps an id where only their age tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The oldest.
    Older,
    /// Another one: that which Alembic runs, unless it is the oldest.
    Other,
}

/// What becomes of the files.
#[derive(Debug, Default)]
pub(super) struct Decisions<'a> {
    /// The file that keeps each shared id.
    pub(super) keepers: BTreeMap<&'a str, usize>,
    /// The files that go, each with the one that does the same and stays.
    pub(super) gone: BTreeMap<usize, usize>,
    /// The files that get another id, the oldest first.
    pub(super) renewed: Vec<Renewed>,
    /// The file that is meant, where one names a shared id and does not mean its keeper.
    pub(super) meant: BTreeMap<(usize, &'a str), usize>,
    /// Whether only age told who keeps an id.
    pub(super) has_choice: bool,
}

/// A file that gets another id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Renewed {
    pub(super) file: usize,
    pub(super) id: String,
    /// As a clause.
    pub(super) why: String,
}

impl<'a> Decisions<'a> {
    /// Decides for every shared id.
    pub(super) fn of(files: &Files<'a>, way: Way) -> Self {
        let loaded = &files.audited.loaded;
        let ages = Ages::of(loaded);
        let mut decisions = Self::default();
        let eldest = files.of.iter().map(|(&id, own)| (id, ages.oldest_first(own)[0])).collect();
        let said = said(files);
        let mut renewed = Vec::new();
        for (id, own) in files.shared() {
            // What runs nothing and says another id is no copy.
            let is_copy = |at: &usize| !(said.contains_key(at) && runs_nothing(files.script(*at)));
            let copies: Vec<_> = own.iter().copied().filter(is_copy).collect();
            for alike in files.alike(&copies) {
                if let Some(stays) = files.stays(id, &alike, &eldest) {
                    decisions.gone.extend(alike.into_iter().filter(|&at| at != stays).map(|at| (at, stays)));
                }
            }
            let left: Vec<_> = own.iter().copied().filter(|at| !decisions.gone.contains_key(at)).collect();
            let plain: Vec<_> = left.iter().copied().filter(|at| !said.contains_key(at)).collect();
            let aged = ages.oldest_first(if plain.is_empty() { &left } else { &plain });
            let keeper = match (way, aged.as_slice()) {
                (Way::Other, [oldest, next, ..]) => {
                    let runs = own.iter().rev().copied().find(|at| aged.contains(at));
                    runs.filter(|at| at != oldest).unwrap_or(*next)
                }
                _ => aged[0],
            };
            decisions.has_choice |= aged.len() > 1;
            decisions.keepers.insert(id, keeper);
            for file in left.into_iter().filter(|&at| at != keeper) {
                let name = files.name(keeper);
                let (said, why) = match said.get(&file) {
                    Some((said, why)) => (Some((*said).to_owned()), why.clone()),
                    None if keeper == aged[0] => {
                        (None, format!("{name} keeps {id}: {}", ages.why_older(keeper, file)))
                    }
                    None => (None, format!("{name} keeps {id}")),
                };
                renewed.push((file, said, why));
            }
        }
        let order = ages.oldest_first(&renewed.iter().map(|(file, ..)| *file).collect::<Vec<_>>());
        let places: BTreeMap<_, _> = order.iter().enumerate().map(|(place, at)| (at, place)).collect();
        renewed.sort_by_key(|(file, ..)| places.get(file).copied());
        let mut taken: BTreeSet<String> = said.values().map(|(id, _)| (*id).to_owned()).collect();
        for (file, said, why) in renewed {
            let script = files.script(file);
            let id = said.unwrap_or_else(|| {
                let is_taken = |id: &str| loaded.graph.find(id).is_some() || taken.contains(id);
                fresh_id(&[files.id(file), script.path.as_str()], is_taken)
            });
            taken.insert(id.clone());
            decisions.renewed.push(Renewed { file, id, why });
        }
        decisions.find_meant(files);
        decisions
    }

    /// The file that a name of a parent stands for.
    pub(super) fn named(&self, files: &Files<'a>, child: usize, name: &'a str) -> Option<usize> {
        let own = || Some(*files.of.get(name)?.first()?);
        let keeper = || self.meant.get(&(child, name)).or(self.keepers.get(name)).copied();
        let said = || self.renewed.iter().find(|renewed| renewed.id == name).map(|renewed| renewed.file);
        keeper().or_else(own).or_else(said)
    }

    /// The id that a file has from now on.
    pub(super) fn id<'d>(&'d self, files: &Files<'d>, at: usize) -> &'d str {
        let renewed = self.renewed.iter().find(|renewed| renewed.file == at);
        renewed.map_or_else(|| files.id(at), |renewed| &renewed.id)
    }

    /// A file that comes before the keeper of an id, and names it as parent, means the only other one that it can.
    fn find_meant(&mut self, files: &Files<'a>) {
        let eldest = |name: &str| self.keepers.get(name).or_else(|| files.of.get(name)?.first()).copied();
        let mut meant = Vec::new();
        for (&id, &keeper) in &self.keepers {
            let named = |name: &str| if name == id { None } else { eldest(name) };
            let below_keeper = files.below(keeper, &named);
            let others = self.renewed.iter().filter(|renewed| files.id(renewed.file) == id);
            let others: Vec<_> =
                others.map(|renewed| (renewed.file, files.below(renewed.file, &named))).collect();
            for &child in &below_keeper {
                let names_it = files.parents(child).any(|parent| parent == id);
                let mut possible = others.iter().filter(|(_, below)| !below.contains(&child));
                if let (true, Some((other, _)), None) = (names_it, possible.next(), possible.next()) {
                    meant.push(((child, id), *other));
                }
            }
        }
        self.meant = meant.into_iter().collect();
    }
}

/// The other ids that files say, each said by one file, which shares its own, and declared by none; and why.
fn said<'a>(files: &Files<'a>) -> BTreeMap<usize, (&'a str, String)> {
    let graph = &files.audited.graph;
    let is_ghost = |id: &str| graph.find(id).is_some_and(|ix| graph.is_ghost(ix));
    let missing: BTreeSet<&str> = graph.missing_dependencies().iter().map(|(_, name)| &**name).collect();
    let wanted = |id: &str| is_ghost(id) || missing.contains(id);
    let shared = files.shared().flat_map(|(_, own)| own.iter().copied());
    let said: Vec<_> = shared
        .filter_map(|at| Some((at, other_id(files.script(at), &wanted)?)))
        .filter(|(_, (id, _))| !files.of.contains_key(id))
        .collect();
    let mut n_saying: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, (id, _)) in &said {
        *n_saying.entry(id).or_default() += 1;
    }
    said.iter().filter(|(_, (id, _))| n_saying[id] == 1).cloned().collect()
}
