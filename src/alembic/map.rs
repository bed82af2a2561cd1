//! The revision map, built in Alembic's order, so that the first failure is its first failure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use fixedbitset::FixedBitSet;

use super::load::{Cause, Loaded, Raised};
use super::order::Stopped;
use crate::graph::parts_in_order;
use crate::source::Script;

/// A revision as Alembic holds it.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its id.
    pub id: String,
    /// The script that declares it, by index into the scripts given.
    pub script: usize,
    /// `down_revision`, as written, repeated ones too.
    pub down: Vec<String>,
    /// `depends_on`, as written: ids and labels.
    pub depends_on: Vec<String>,
    /// The dependencies as positions in the map, each once.
    pub(super) resolved: Vec<usize>,
    /// Those of them that no ancestor has already.
    pub(super) normalized: Vec<usize>,
    /// Who names it as parent.
    pub(super) next: BTreeSet<usize>,
    /// Who names it as parent or as dependency.
    pub(super) all_next: BTreeSet<usize>,
    odd_label: Option<&'static str>,
    own_labels: Vec<String>,
    down_fault: Option<Raised>,
    dep_fault: Option<(usize, Raised)>,
}

/// Every revision that loads; positions count in load order.
#[derive(Debug, Clone)]
pub struct RevisionMap {
    /// Every loaded file, those that Alembic loses too.
    revisions: Vec<Revision>,
    /// The ids in map order, each with the revision that Alembic keeps.
    ids: Vec<usize>,
    /// What ids and labels name.
    names: BTreeMap<String, usize>,
    heads: Vec<usize>,
    real_heads: Vec<usize>,
    bases: Vec<usize>,
    real_bases: Vec<usize>,
    /// Parents and then normalized dependencies of each, each once.
    below: Vec<Vec<usize>>,
    /// The order, newest first, once somebody has asked for it.
    pub(super) order: Asked<Result<Vec<usize>, Stopped>>,
    /// What lies below each, itself too, once somebody has asked for it; see [`RevisionMap::ancestors_of_each`].
    pub(super) ancestors: Asked<Option<Vec<FixedBitSet>>>,
    /// Whether some label is no text.
    pub(super) has_odd_labels: bool,
    /// Whose labels each has, once somebody has asked for them.
    lent: Asked<Lent>,
    pub(super) warnings: Vec<String>,
}

/// What is found out once, when somebody asks for it. That nobody has yet makes no map another one.
#[derive(Clone)]
pub(super) struct Asked<T>(Box<OnceLock<T>>);

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T> std::fmt::Debug for Asked<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked")
    }
}

impl<T> Asked<T> {
    pub(super) fn or_find(&self, find: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(find)
    }
}

/// The labels of a revision.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    /// All of them, those of its branch too.
    pub(super) all: BTreeSet<String>,
    /// The type of a label of its branch that is no text: no line that tells the labels can be printed.
    pub(super) odd: Option<&'static str>,
}

/// Whose labels each revision has: where each file has one, their texts would be much.
#[derive(Debug, Clone, Default)]
struct Lent {
    /// The revisions that have labels of their own.
    by: Vec<usize>,
    /// By the places of those, to each revision; nothing where none has any.
    to: Vec<FixedBitSet>,
}

impl Labels {
    /// Adds those that a revision has of its own.
    fn add(&mut self, revision: &Revision) {
        self.all.extend(revision.own_labels.iter().cloned());
        self.odd = self.odd.or(revision.odd_label);
    }
}

impl Revision {
    /// Whether nobody names it as parent.
    pub fn is_head(&self) -> bool {
        self.next.is_empty()
    }

    /// Whether nobody names it as parent or dependency.
    pub fn is_real_head(&self) -> bool {
        self.all_next.is_empty()
    }

    /// Whether two or more name it as parent.
    pub fn is_branch_point(&self) -> bool {
        self.next.len() > 1
    }

    fn is_labelled(&self) -> bool {
        !self.own_labels.is_empty() || self.odd_label.is_some()
    }

    /// Whether it names two or more parents, repeated ones counted.
    pub fn is_merge_point(&self) -> bool {
        self.down.len() > 1
    }
}

/// A revision that is known without its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// The ids of its parents.
    pub parents: Vec<String>,
    /// The ids of what it depends on.
    pub depends_on: Vec<String>,
}

impl RevisionMap {
    /// The map of revisions whose files nobody reads; nothing where one of them names none of the others, or they go round.
    /// None of them has a script.
    pub fn of(revisions: Vec<Known>) -> Option<Self> {
        let ids: BTreeSet<&str> = revisions.iter().map(|revision| revision.id.as_str()).collect();
        let mut named =
            revisions.iter().flat_map(|revision| revision.parents.iter().chain(&revision.depends_on));
        if ids.len() < revisions.len() || !named.all(|id| ids.contains(id.as_str())) {
            return None;
        }
        let loaded = revisions.into_iter().map(|Known { id, parents, depends_on }| Loaded {
            id,
            down: parents,
            down_fault: None,
            deps: depends_on,
            dep_fault: None,
            labels: Vec::new(),
            odd_label: None,
            script: usize::MAX,
        });
        Self::build(loaded.collect(), &[], &mut Vec::new()).ok()
    }

    pub(super) fn build(
        loaded: Vec<Loaded>,
        scripts: &[Script],
        warnings: &mut Vec<String>,
    ) -> Result<Self, Raised> {
        let mut map = Self {
            revisions: loaded
                .into_iter()
                .map(|one| Revision {
                    id: one.id,
                    script: one.script,
                    down: one.down,
                    depends_on: one.deps,
                    own_labels: one.labels,
                    odd_label: one.odd_label,
                    down_fault: one.down_fault,
                    dep_fault: one.dep_fault,
                    resolved: Vec::new(),
                    normalized: Vec::new(),
                    next: BTreeSet::new(),
                    all_next: BTreeSet::new(),
                })
                .collect(),
            ids: Vec::new(),
            names: BTreeMap::new(),
            heads: Vec::new(),
            real_heads: Vec::new(),
            bases: Vec::new(),
            real_bases: Vec::new(),
            below: Vec::new(),
            order: Asked::default(),
            ancestors: Asked::default(),
            has_odd_labels: false,
            lent: Asked::default(),
            warnings: Vec::new(),
        };
        map.name_ids();
        map.has_odd_labels = map.revisions.iter().any(|revision| revision.odd_label.is_some());
        let labelled = map.name_labels()?;
        map.resolve_dependencies()?;
        map.link(&labelled, scripts, warnings)?;
        map.normalize()?;
        map.find_cycles()?;
        map.below = (0..map.revisions.len()).map(|at| map.find_below(at)).collect();
        Ok(map)
    }

    /// The last file of an id wins, at the first one's place.
    fn name_ids(&mut self) {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (at, revision) in self.revisions.iter().enumerate() {
            if let Some(&place) = places.get(&revision.id) {
                self.ids[place] = at;
            } else {
                places.insert(revision.id.clone(), self.ids.len());
                self.ids.push(at);
            }
        }
        self.names = self.ids.iter().map(|&at| (self.revisions[at].id.clone(), at)).collect();
    }

    /// Labels are names too. Gives the labelled revisions in the order in which Alembic comes to them.
    fn name_labels(&mut self) -> Result<Vec<usize>, Raised> {
        let mut labelled = Vec::new();
        for (at, revision) in self.revisions.iter().enumerate() {
            for label in &revision.own_labels {
                if let Some(&other) = self.names.get(label) {
                    return Err(Raised::new(
                        "RevisionError",
                        format!(
                            "Branch name '{label}' in revision {} already used by revision {}",
                            revision.id, self.revisions[other].id
                        ),
                    ));
                }
                self.names.insert(label.clone(), at);
                labelled.push(at);
            }
            if revision.odd_label.is_some() {
                labelled.push(at);
            }
        }
        Ok(labelled)
    }

    fn resolve_dependencies(&mut self) -> Result<(), Raised> {
        for at in 0..self.revisions.len() {
            let mut resolved = Vec::new();
            for (number, name) in self.revisions[at].depends_on.iter().enumerate() {
                if let Some((_, fault)) =
                    self.revisions[at].dep_fault.as_ref().filter(|fault| fault.0 == number)
                {
                    return Err(fault.clone());
                }
                // Alembic takes an empty text for no dependency here.
                if name.is_empty() {
                    continue;
                }
                let &target = self
                    .names
                    .get(name)
                    .ok_or_else(|| Raised::key_error(name).because(Cause::MissingDependency(name.clone())))?;
                let target = self.kept(target);
                if !resolved.contains(&target) {
                    resolved.push(target);
                }
            }
            self.revisions[at].resolved = resolved;
        }
        Ok(())
    }

    /// The revision that Alembic keeps of the same id: a lost one may be named by its label.
    fn kept(&self, at: usize) -> usize {
        self.names.get(&self.revisions[at].id).copied().unwrap_or(at)
    }

    /// Parents and children, and who is neither's. A lost file counts only if a label still names it.
    fn link(
        &mut self,
        labelled: &[usize],
        scripts: &[Script],
        warnings: &mut Vec<String>,
    ) -> Result<(), Raised> {
        let mut continued = vec![false; self.revisions.len()];
        let mut needed = vec![false; self.revisions.len()];
        let named: Vec<usize> = self.ids.iter().chain(labelled).copied().collect();
        for at in named {
            let own = self.kept(at);
            let mut seen = BTreeSet::new();
            for name in self.revisions[at].down.clone() {
                if !seen.insert(name.clone()) {
                    continue;
                }
                let Some(&parent) = self.names.get(&name) else {
                    if let Some(fault) = self.revisions[at].down_fault.clone() {
                        return Err(fault);
                    }
                    let line = self.one_line(at, scripts);
                    warnings.push(format!("Revision {name} referenced from {line} is not present"));
                    return Err(Raised::key_error(&name).because(Cause::MissingParent(name)));
                };
                self.revisions[parent].all_next.insert(own);
                if self.revisions[parent].id == name {
                    self.revisions[parent].next.insert(own);
                }
                continued[parent] = true;
                needed[parent] = true;
            }
            for target in self.revisions[at].resolved.clone() {
                self.revisions[target].all_next.insert(own);
                needed[target] = true;
            }
        }
        let all = || 0..self.revisions.len();
        self.heads = all().filter(|&at| !continued[at]).collect();
        self.real_heads = all().filter(|&at| !needed[at]).collect();
        self.bases = all().filter(|&at| self.revisions[at].down.is_empty()).collect();
        let alone = |&at: &usize| {
            let revision = &self.revisions[at];
            revision.down.is_empty() && revision.depends_on.is_empty()
        };
        self.real_bases = all().filter(alone).collect();
        Ok(())
    }

    /// Leaves out of each revision's dependencies what an ancestor through parents depends on already.
    fn normalize(&mut self) -> Result<(), Raised> {
        let mut n_dependants = vec![0_usize; self.revisions.len()];
        self.revisions.iter().flat_map(|revision| &revision.resolved).for_each(|&at| n_dependants[at] += 1);
        for at in 0..self.revisions.len() {
            let mut own = self.revisions[at].resolved.clone();
            if own.is_empty() {
                continue;
            }
            let mut open = self.parents_by_name(at)?;
            let mut seen = FixedBitSet::with_capacity(self.revisions.len());
            // Who alone depends on something keeps it.
            let is_shared = |own: &[usize]| own.iter().any(|&target| n_dependants[target] > 1);
            while is_shared(&own)
                && let Some(ancestor) = open.pop()
            {
                if ancestor != at && !seen.put(ancestor) {
                    own.retain(|target| !self.revisions[ancestor].resolved.contains(target));
                    open.extend(self.parents_by_name(ancestor)?);
                }
            }
            self.revisions[at].normalized = own;
        }
        Ok(())
    }

    /// Whatever no head and no base reaches is called a cycle, innocent descendants included; a loop between the two
    /// is overlooked.
    fn find_cycles(&self) -> Result<(), Raised> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let down = |at| self.parents_by_id(at);
        let up = |at: usize| Ok(self.revisions[at].next.iter().copied().collect());
        self.find_cycle("CycleDetected", "Cycle", [&self.heads, &self.bases], down, up)?;
        let down = |at| {
            let mut all = self.parents_by_id(at)?;
            all.extend(&self.revisions[at].resolved);
            Ok(all)
        };
        let up = |at: usize| Ok(self.revisions[at].all_next.iter().copied().collect());
        let ends = [&self.real_heads, &self.real_bases];
        self.find_cycle("DependencyCycleDetected", "Dependency cycle", ends, down, up)
    }

    fn find_cycle(
        &self,
        class: &str,
        what: &str,
        [heads, bases]: [&Vec<usize>; 2],
        down: impl Fn(usize) -> Result<Vec<usize>, Raised>,
        up: impl Fn(usize) -> Result<Vec<usize>, Raised>,
    ) -> Result<(), Raised> {
        let error = |ids: &[&str]| {
            Raised::new(class, format!("{what} is detected in revisions ({})", ids.join(", ")))
                .because(Cause::Loop)
        };
        if heads.is_empty() || bases.is_empty() {
            let ids: Vec<&str> = self.ids.iter().map(|&at| self.revisions[at].id.as_str()).collect();
            return Err(error(&ids));
        }
        let ids = |ats: Vec<usize>| {
            ats.into_iter().map(|at| self.revisions[at].id.as_str()).collect::<BTreeSet<&str>>()
        };
        let from_heads = ids(self.walk(heads.iter().copied(), down)?);
        let from_bases = ids(self.walk(bases.iter().copied(), up)?);
        let lost: BTreeSet<&str> = self
            .ids
            .iter()
            .map(|&at| self.revisions[at].id.as_str())
            .filter(|id| !from_heads.contains(id) || !from_bases.contains(id))
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        Err(error(&lost.into_iter().collect::<Vec<_>>()))
    }

    /// The labels of what an id names, those of its branch too.
    pub fn labels_of(&self, id: &str) -> BTreeSet<String> {
        self.named(id).map(|at| self.labels(at).all).unwrap_or_default()
    }

    /// The labels of a revision, those of its branch too.
    pub(super) fn labels(&self, at: usize) -> Labels {
        let lent = self.lent.or_find(|| self.lend_labels());
        let mut labels = Labels::default();
        lent.to.get(at).into_iter().flat_map(FixedBitSet::ones).for_each(|place| {
            labels.add(&self.revisions[lent.by[place]]);
        });
        labels
    }

    /// Labels go up to every descendant, and from the last of those down a line that nothing forks from or joins.
    fn lend_labels(&self) -> Lent {
        let is_labelled = |at: &usize| self.revisions[*at].is_labelled();
        let by: Vec<usize> = (0..self.revisions.len()).filter(is_labelled).collect();
        if by.is_empty() {
            return Lent::default();
        }
        let mut to = vec![FixedBitSet::with_capacity(by.len()); self.revisions.len()];
        by.iter().enumerate().for_each(|(place, &at)| to[at].insert(place));
        let next = |at: usize| self.revisions[at].next.iter().copied();
        let edges = (0..self.revisions.len()).flat_map(|at| next(at).map(move |child| (at, child)));
        // What goes round in a loop has the same, and comes before what stands on it.
        for part in parts_in_order(self.revisions.len(), edges) {
            let mut all = FixedBitSet::with_capacity(by.len());
            part.iter().for_each(|&at| all.union_with(&to[at]));
            for at in part {
                to[at].clone_from(&all);
                next(at).for_each(|child| to[child].union_with(&all));
            }
        }
        for tip in (0..self.revisions.len()).filter(|&at| self.revisions[at].next.is_empty()) {
            let (all, mut passed, mut below) = (to[tip].clone(), BTreeSet::new(), Some(tip));
            while let Some(at) = below
                && self.is_on_a_line(at)
                && passed.insert(at)
            {
                to[at].union_with(&all);
                below = self.revisions[at].down.first().and_then(|name| self.named(name));
            }
        }
        Lent { by, to }
    }

    /// Whether nothing forks from it or joins in it.
    fn is_on_a_line(&self, at: usize) -> bool {
        self.revisions[at].all_next.len() <= 1 && self.revisions[at].down.len() <= 1
    }

    fn parents_by_name(&self, at: usize) -> Result<Vec<usize>, Raised> {
        let named = |name: &String| self.names.get(name).copied().ok_or_else(|| Raised::key_error(name));
        self.revisions[at].down.iter().map(named).collect()
    }

    /// The parents, where each is named by its id; a label gives Alembic's bare `KeyError`.
    fn parents_by_id(&self, at: usize) -> Result<Vec<usize>, Raised> {
        let named = |name: &String| {
            let found = self.names.get(name).copied().filter(|&found| self.revisions[found].id == *name);
            found.ok_or_else(|| Raised::key_error(name))
        };
        self.revisions[at].down.iter().map(named).collect()
    }

    /// Everything that can be reached, in the order in which Alembic comes to it.
    pub(super) fn walk(
        &self,
        starts: impl IntoIterator<Item = usize>,
        near: impl Fn(usize) -> Result<Vec<usize>, Raised>,
    ) -> Result<Vec<usize>, Raised> {
        let mut seen = vec![false; self.revisions.len()];
        let mut found = Vec::new();
        for start in starts {
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                if std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                found.push(at);
                open.extend(near(at)?);
            }
        }
        Ok(found)
    }

    /// Parents and then normalized dependencies, each once.
    pub(super) fn below(&self, at: usize) -> &[usize] {
        &self.below[at]
    }

    fn find_below(&self, at: usize) -> Vec<usize> {
        let revision = &self.revisions[at];
        let mut below: Vec<usize> = Vec::new();
        let parents = revision.down.iter().filter_map(|name| self.names.get(name));
        for &target in parents.chain(&revision.normalized) {
            if !below.contains(&target) {
                below.push(target);
            }
        }
        below
    }

    /// A revision by its position.
    pub(super) fn at(&self, at: usize) -> &Revision {
        &self.revisions[at]
    }

    /// How many files were loaded.
    pub(super) fn len(&self) -> usize {
        self.revisions.len()
    }

    /// The positions that Alembic keeps, in map order.
    pub(super) fn kept_in_order(&self) -> &[usize] {
        &self.ids
    }

    /// What an id or a label names.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Every id and label that starts so, sorted.
    pub(super) fn names_that_start<'m>(&'m self, start: &'m str) -> impl Iterator<Item = (&'m str, usize)> {
        let from = (std::ops::Bound::Included(start), std::ops::Bound::Unbounded);
        let names = self.names.range::<str, _>(from).map(|(name, &at)| (name.as_str(), at));
        names.take_while(move |(name, _)| name.starts_with(start))
    }

    /// The positions of the heads as they are kept; a lost file's id comes twice.
    pub(super) fn head_positions(&self) -> Vec<usize> {
        self.heads.iter().map(|&at| self.kept(at)).collect()
    }

    /// The same of the real heads.
    pub(super) fn real_head_positions(&self) -> Vec<usize> {
        self.real_heads.iter().map(|&at| self.kept(at)).collect()
    }

    /// The positions of the bases as they are kept.
    pub(super) fn base_positions(&self) -> Vec<usize> {
        self.bases.iter().map(|&at| self.kept(at)).collect()
    }

    fn ids_of<'m>(&'m self, ats: &'m [usize]) -> impl Iterator<Item = &'m str> {
        ats.iter().map(|&at| self.revisions[at].id.as_str())
    }

    /// The revisions that Alembic keeps, in map order.
    pub fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.ids.iter().map(|&at| &self.revisions[at])
    }

    /// The revisions by the index of their script, those that Alembic loses too.
    pub fn by_script(&self) -> BTreeMap<usize, &Revision> {
        self.revisions.iter().map(|revision| (revision.script, revision)).collect()
    }

    /// The ids that nobody names as parent, in load order; the id of a lost file too.
    pub fn heads(&self) -> Vec<&str> {
        self.ids_of(&self.heads).collect()
    }

    /// The heads that nobody depends on either.
    pub fn real_heads(&self) -> Vec<&str> {
        self.ids_of(&self.real_heads).collect()
    }

    /// The ids that two or more name as parent, in map order.
    pub fn branch_points(&self) -> Vec<&str> {
        self.revisions()
            .filter(|revision| revision.is_branch_point())
            .map(|revision| revision.id.as_str())
            .collect()
    }

    /// The ids without a parent, in load order.
    pub fn bases(&self) -> Vec<&str> {
        self.ids_of(&self.bases).collect()
    }

    /// The bases without a dependency.
    pub fn real_bases(&self) -> Vec<&str> {
        self.ids_of(&self.real_bases).collect()
    }

    /// Whether the order in which Alembic runs is the same each time: a set of two dependencies changes it.
    pub fn is_stable(&self) -> bool {
        self.revisions().all(|revision| revision.normalized.len() < 2)
    }
}
