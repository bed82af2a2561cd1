//! The files of an environment by their ids, of which several may have one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::audited::Audited;
use crate::ingest::SourceTree;
use crate::rules::{Deeds, runs_nothing, undoes_the_same};
use crate::source::Script;

/// The files, each by its place among the scripts.
pub(super) struct Files<'a> {
    pub(super) audited: &'a Audited,
    pub(super) tree: &'a SourceTree,
    /// Those of each id, in load order: Alembic runs the last.
    pub(super) of: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Files<'a> {
    pub(super) fn of(audited: &'a Audited, tree: &'a SourceTree) -> Self {
        let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, script) in audited.scripts.iter().enumerate() {
            if let Some(id) = script.id() {
                of.entry(id).or_default().push(at);
            }
        }
        Self { audited, tree, of }
    }

    pub(super) fn script(&self, at: usize) -> &'a Script {
        &self.audited.scripts[at]
    }

    pub(super) fn name(&self, at: usize) -> &'a str {
        self.script(at).path.file_name()
    }

    pub(super) fn id(&self, at: usize) -> &'a str {
        self.script(at).id().unwrap_or_default()
    }

    /// The ids that several files have.
    pub(super) fn shared(&self) -> impl Iterator<Item = (&'a str, &Vec<usize>)> {
        self.of.iter().filter(|(_, files)| files.len() > 1).map(|(&id, files)| (id, files))
    }

    /// The parents that a file names, itself left out.
    pub(super) fn parents(&self, at: usize) -> impl Iterator<Item = &'a str> {
        let own = self.id(at);
        self.script(at).down_revision.values().into_iter().filter(move |&parent| parent != own)
    }

    /// Every file that comes before one, where `named` is the file that an id stands for; itself only on a loop.
    pub(super) fn below(&self, from: usize, named: &dyn Fn(&str) -> Option<usize>) -> BTreeSet<usize> {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(at) = open.pop() {
            open.extend(self.parents(at).filter_map(named).filter(|&parent| found.insert(parent)));
        }
        found
    }

    /// Groups of two and more among files that do the same on the way up.
    pub(super) fn alike(&self, files: &[usize]) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<Deeds, usize> = HashMap::new();
        for &at in files {
            let Some(deeds) = self.read(at).and_then(|(script, source)| Deeds::of(script, source)) else {
                continue;
            };
            let place = *known.entry(deeds).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[place].push(at);
        }
        groups.retain(|group| group.len() > 1);
        groups
    }

    fn read(&self, at: usize) -> Option<(&'a Script, &'a [u8])> {
        Some((self.script(at), self.tree.get(&self.script(at).path)?))
    }

    /// Whether two files do the same on the way down.
    pub(super) fn are_undone_alike(&self, one: usize, other: usize) -> bool {
        self.read(one).zip(self.read(other)).is_some_and(|(one, other)| undoes_the_same(one, other))
    }

    /// Which of files that are alike stays, so that the others can go: the one with which there is no loop, no missing parent
    /// and the fewest heads; where they are even, the one that Alembic runs. Nothing where each may have its own place.
    pub(super) fn stays(&self, id: &str, alike: &[usize], eldest: &BTreeMap<&str, usize>) -> Option<usize> {
        let faults: Vec<_> = alike.iter().map(|&at| self.faults_with(id, at, eldest)).collect();
        let least = faults.iter().min()?;
        let best: Vec<_> =
            alike.iter().zip(&faults).filter(|(_, own)| *own == least).map(|(&at, _)| at).collect();
        let parents = |at: &usize| self.parents(*at).collect::<BTreeSet<_>>();
        let agree = best.iter().all(|at| parents(at) == parents(&best[0]));
        // What runs nothing can stand in two places.
        let is_told = agree || !runs_nothing(self.script(best[0]));
        best.last().copied().filter(|_| is_told)
    }

    /// Whether there is a loop where a file has the id alone, how many parents it lacks, and how many heads there are.
    fn faults_with(&self, id: &str, alone: usize, eldest: &BTreeMap<&str, usize>) -> (bool, usize, usize) {
        let named = |name: &str| if name == id { Some(alone) } else { eldest.get(name).copied() };
        let n_missing = self.parents(alone).filter(|parent| !self.of.contains_key(parent)).count();
        let is_there = |at: usize| at == alone || self.id(at) != id;
        let all = (0..self.audited.scripts.len()).filter(|&at| is_there(at));
        let parents: BTreeSet<&str> = all.flat_map(|at| self.parents(at)).collect();
        let n_heads = self.of.keys().filter(|id| !parents.contains(*id)).count();
        (self.below(alone, &named).contains(&alone), n_missing, n_heads)
    }
}
