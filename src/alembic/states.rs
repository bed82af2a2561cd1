//! What changed files do to databases that have run something already: the states that a database can be in, in groups
//! that fare alike.
//!
//! What a database has run is what lies below its rows in the files as they were; what Alembic takes for run is what lies
//! below them in the files as they are. A row that is no moved revision, nor above one, has the same below it in both.
//! Above a moved one, what is new below the row is skipped without a word, what lies below it no longer runs again, and of
//! two rows one may have come to lie below the other, which stops every upgrade.
//!
//! What runs is a file, and a row is an id: where an id goes from one file to another, they are told apart.

mod matrix;
#[cfg(test)]
mod tests;

pub use matrix::{Column, MatrixRow, matrix};

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::map::RevisionMap;

/// The most revisions whose states are told: each is compared with each other.
const MOST: usize = 8192;

/// The most where two rows are looked at that are not above one another in the files as they are either.
const MOST_PAIRS: usize = 1024;

/// Databases that fare alike with `alembic upgrade heads`. Counted are those without a row, those with one row, of any
/// revision, and those with two, of which none lies below the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateGroup {
    /// The rows of one of them; none for an empty database.
    pub stamped: Vec<String>,
    /// How many states there are in it.
    pub count: usize,
    /// The lowest moved revisions of its rows: each of its states has a row there, or above; what is above may fare in
    /// another way. None for the group of all others.
    pub at_or_above: Vec<String>,
    /// How they fare.
    pub fares: Fares,
}

/// How a database fares, worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fares {
    /// Every upgrade stops, since no file declares this row.
    CannotLocate(String),
    /// Every upgrade stops, since one row lies below another.
    Overlaps,
    /// An upgrade fails at this revision, which Alembic runs before the one that makes what it needs.
    TooEarly {
        /// What fails.
        revision: String,
        /// What must run first.
        needs: String,
    },
    /// It has run `again`, and an upgrade runs them once more; it never runs `skips`.
    Repeats {
        /// In the order in which an empty database ran them.
        again: Vec<String>,
        /// In the same order.
        skips: Vec<String>,
    },
    /// It comes to its end, and never runs these; in the order in which an empty database ran them.
    Skips(Vec<String>),
    /// It runs all that it has not run.
    Runs,
}

/// How a state fares, by positions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    CannotLocate(usize),
    Overlaps,
    TooEarly { is_empty: bool, revision: usize, needs: usize },
    Repeats { again: FixedBitSet, skips: FixedBitSet },
    Skips(FixedBitSet),
    Runs,
}

/// States that fare alike, while they are gathered.
#[derive(Default)]
struct Gathered {
    /// The number and the rows of the last of them.
    last: usize,
    stamped: Vec<usize>,
    count: usize,
    moved: BTreeSet<usize>,
}

/// All of them.
#[derive(Default)]
struct Groups {
    of: BTreeMap<Fate, Gathered>,
    /// Those that run all that they lack, if nothing runs too early.
    waiting: Vec<Waiting>,
    /// How many have been gone through.
    n_seen: usize,
}

struct Waiting {
    number: usize,
    rows: Vec<usize>,
    moved: Vec<usize>,
}

impl Groups {
    /// The number of the next of those that are gone through.
    fn number(&mut self) -> usize {
        self.n_seen += 1;
        self.n_seen
    }

    /// Adds states, of which the last has this number and these rows, some of them moved.
    fn add(&mut self, fate: Fate, count: usize, number: usize, rows: &[usize], moved: &[usize]) {
        let group = self.of.entry(fate).or_default();
        group.count += count;
        group.moved.extend(moved);
        if group.last < number {
            group.last = number;
            group.stamped.clear();
            group.stamped.extend_from_slice(rows);
        }
    }
}

/// The most that is looked at, over all pairs: sets of files, and needs.
const MOST_LOOKS: usize = 32_000_000;

/// The most groups, counted once for each revision: a database of each is followed through all of them, and each may name
/// all of them.
const MOST_TOLD: usize = 1_000_000;

/// The most upgrades that are followed step by step, to see what runs too early, counted once for each revision.
const MOST_FOLLOWED: usize = 1_200_000;

/// The same files in two maps, by their place in the order in which the first runs them.
struct Moved<'m> {
    after: &'m RevisionMap,
    /// What runs, and what must have run before it does, of what stands beside one another.
    needs: Vec<(usize, usize)>,
    /// Those of them that no file as it is says.
    minded: Vec<(usize, usize)>,
    /// What must have run where each row stands.
    needed: Vec<FixedBitSet>,
    /// Of [`MOST_FOLLOWED`], what is left.
    left: Cell<usize>,
    /// What may be looked at yet.
    looks: Cell<usize>,
    /// The ids that they had, and so the rows.
    rows: Vec<&'m str>,
    /// The ids that they have, and after them those of files that only the second map has.
    ids: Vec<&'m str>,
    /// The file of each position of the second map.
    files: Vec<Option<usize>>,
    /// What lies below each row, itself too: in the files as they were, and as they are. Nothing where it is gone.
    old: Vec<FixedBitSet>,
    new: Vec<Option<FixedBitSet>>,
    /// The file that each row names as they are.
    named: Vec<usize>,
    /// The rows below which is no longer what was.
    changed: FixedBitSet,
}

/// The states of databases that ran `before`, by what `after` does to them, worst first; nothing where either has no order,
/// or where there are too many revisions. `renamed` has the ids of `before` whose file has another one in `after`; `needs`,
/// by the ids of `after`, which revision cannot run but where another one has. A database that would have run the one
/// without the other is none that can be.
pub fn states(
    before: &RevisionMap,
    after: &RevisionMap,
    renamed: &BTreeMap<String, String>,
    needs: &[(&str, &str)],
) -> Option<Vec<StateGroup>> {
    let moved = Moved::of(before, after, renamed, needs)?;
    let mut groups = Groups::default();
    moved.gather(&mut groups, Fate::Runs, &[], &[])?;
    for at in 0..moved.old.len() {
        if moved.can_be(&[at]) {
            moved.gather(&mut groups, moved.alone(at), &[at], &[at])?;
        }
    }
    let are_few = |groups: &Groups| groups.of.len() * moved.ids.len() <= MOST_TOLD;
    are_few(&groups).then(|| moved.pairs(&mut groups))??;
    for Waiting { number, rows, moved: own } in std::mem::take(&mut groups.waiting) {
        groups.add(moved.in_order(&rows), 1, number, &rows, &own);
    }
    if !are_few(&groups) {
        return None;
    }
    let mut told: Vec<StateGroup> =
        groups.of.into_iter().map(|(fate, group)| moved.told(fate, &group)).collect();
    told.sort_by(|one, other| one.fares.cmp(&other.fares));
    Some(told)
}

impl<'m> Moved<'m> {
    fn of(
        before: &'m RevisionMap,
        after: &'m RevisionMap,
        renamed: &'m BTreeMap<String, String>,
        needs: &[(&str, &str)],
    ) -> Option<Self> {
        let (order, order_now) = (before.newest_first_kept().ok()?, after.newest_first_kept().ok()?);
        if order.len() > MOST {
            return None;
        }
        let rows = oldest_first(before, &order);
        let mut ids: Vec<&str> = rows.iter().map(|&id| renamed.get(id).map_or(id, String::as_str)).collect();
        let known: BTreeSet<&str> = ids.iter().copied().collect();
        ids.extend(oldest_first(after, &order_now).into_iter().filter(|id| !known.contains(id)));
        let places = |ids: &[&'m str]| ids.iter().enumerate().map(|(at, &id)| (id, at)).collect();
        let (at_old, at_new): (BTreeMap<_, _>, BTreeMap<_, _>) = (places(&rows), places(&ids));
        let old = below_each(before, &order, &at_old, ids.len());
        let new = below_each(after, &order_now, &at_new, ids.len());
        let old: Vec<_> = rows.iter().map(|id| old.get(before.named(id)?).cloned()).collect::<Option<_>>()?;
        let mut gone = FixedBitSet::with_capacity(ids.len());
        gone.extend((0..rows.len()).filter(|&at| after.named(ids[at]).is_none()));
        // A row that is no id any more may be the start of one.
        let found = |(at, id): (usize, &&str)| {
            let &[place] = after.resolve(id).ok()?.as_slice() else { return None };
            let mut below = new.get(place)?.clone();
            // What is gone cannot run again.
            below.union_with(&(&old[at] & &gone));
            Some((below, *at_new.get(after.at(place).id.as_str())?))
        };
        let found: Vec<_> = rows.iter().enumerate().map(found).collect();
        let named = found.iter().enumerate().map(|(at, found)| found.as_ref().map_or(at, |(_, now)| *now));
        let named = named.collect();
        let new: Vec<_> = found.into_iter().map(|found| found.map(|(below, _)| below)).collect();
        let moved = (0..rows.len()).filter(|&at| new[at].as_ref() != Some(&old[at])).collect();
        let needs = needs.iter().filter_map(|(id, on)| Some((*at_new.get(id)?, *at_new.get(on)?)));
        // Where the files put the one below the other, databases have run them so, whatever that needs.
        let is_loose = |&(at, on): &(usize, usize)| {
            let are_apart = |old: &[FixedBitSet]| !old[at].contains(on) && !old[on].contains(at);
            at.max(on) < rows.len() && are_apart(&old)
        };
        let needs: Vec<(usize, usize)> = needs.filter(is_loose).collect();
        let is_minded = |&&(at, on): &&(usize, usize)| {
            !new[at].as_ref().is_some_and(|below: &FixedBitSet| below.contains(on))
        };
        let minded = needs.iter().filter(is_minded).copied().collect();
        let mut needed_by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        needs.iter().for_each(|&(at, on)| needed_by.entry(at).or_default().push(on));
        let needing: FixedBitSet = needed_by.keys().copied().collect();
        let needed = |old: &FixedBitSet| {
            let mut needed = FixedBitSet::with_capacity(old.len());
            if !needed_by.is_empty() {
                needed.extend(old.intersection(&needing).flat_map(|at| &needed_by[&at]).copied());
            }
            needed
        };
        let needed = old.iter().map(needed).collect();
        let files = (0..after.len()).map(|place| at_new.get(after.at(place).id.as_str()).copied()).collect();
        Some(Self {
            after,
            needs,
            minded,
            needed,
            left: Cell::new(MOST_FOLLOWED),
            looks: Cell::new(MOST_LOOKS),
            files,
            rows,
            ids,
            old,
            new,
            named,
            changed: moved,
        })
    }

    /// How a database with one row fares.
    fn alone(&self, at: usize) -> Fate {
        match &self.new[at] {
            Some(new) => Self::fate(new, &self.old[at]),
            None => Fate::CannotLocate(at),
        }
    }

    /// Whether a database can have run what lies below these rows.
    fn can_be(&self, rows: &[usize]) -> bool {
        self.needs.is_empty()
            || rows.iter().all(|&row| {
                let mut needed = self.needed[row].as_slice().iter().enumerate();
                let ran = |at: usize| rows.iter().fold(0, |all, &row| all | self.old[row].as_slice()[at]);
                needed.all(|(at, needed)| needed & !ran(at) == 0)
            })
    }

    /// Takes note of so many looks; nothing where they are too many.
    fn look(&self, n: usize) -> Option<()> {
        let left = self.looks.get().checked_sub(n)?;
        self.looks.set(left);
        Some(())
    }

    /// Adds a state, or has it wait. Nothing where it is too much.
    fn gather(&self, groups: &mut Groups, fate: Fate, rows: &[usize], moved: &[usize]) -> Option<()> {
        let number = groups.number();
        if self.waits(&fate, rows)? {
            groups.waiting.push(Waiting { number, rows: rows.to_vec(), moved: moved.to_vec() });
        } else {
            groups.add(fate, 1, number, rows, moved);
        }
        Some(())
    }

    /// Whether only its upgrade tells if something runs too early; where it is harmed in another way, that is told. Nothing
    /// where that is too much.
    fn waits(&self, fate: &Fate, rows: &[usize]) -> Option<bool> {
        if *fate != Fate::Runs || self.minded.is_empty() {
            return Some(false);
        }
        self.look(self.minded.len())?;
        let waits = self.open(rows).next().is_some();
        if waits {
            self.left.set(self.left.get().checked_sub(self.ids.len())?);
        }
        Some(waits)
    }

    /// What must run before another, where neither is taken for run.
    fn open(&self, rows: &[usize]) -> impl Iterator<Item = (usize, usize)> {
        let taken = |at: usize| {
            rows.iter().any(|&row| self.new[row].as_ref().is_some_and(|below| below.contains(at)))
        };
        self.minded.iter().copied().filter(move |&(at, on)| !taken(at) && !taken(on))
    }

    /// How it fares where Alembic also minds what must run first.
    fn in_order(&self, rows: &[usize]) -> Fate {
        let ids: Vec<&str> = rows.iter().map(|&at| self.rows[at]).collect();
        let Ok(runs) = self.after.runs_from(&ids) else { return Fate::Runs };
        let mut turns = vec![usize::MAX; self.ids.len()];
        for (turn, place) in runs.into_iter().enumerate() {
            if let Some(file) = self.files[place] {
                turns[file] = turn;
            }
        }
        let early = self.open(rows).filter(|&(at, on)| turns[at] < turns[on] && turns[on] < usize::MAX);
        match early.min_by_key(|&(at, _)| turns[at]) {
            Some((revision, needs)) => Fate::TooEarly { is_empty: rows.is_empty(), revision, needs },
            None => Fate::Runs,
        }
    }

    /// What becomes of a database by what is taken for run, and what has run.
    fn fate(new: &FixedBitSet, old: &FixedBitSet) -> Fate {
        let (mut skips, mut again) = (new.clone(), old.clone());
        skips.difference_with(old);
        again.difference_with(new);
        match (again.is_clear(), skips.is_clear()) {
            (true, true) => Fate::Runs,
            (true, false) => Fate::Skips(skips),
            (false, _) => Fate::Repeats { again, skips },
        }
    }

    /// Two rows, of which none lay below the other. Those of which none has moved are counted and not looked at. Nothing
    /// where they are too many.
    fn pairs(&self, groups: &mut Groups) -> Option<()> {
        let n = self.old.len();
        let moved = &self.changed;
        for later in 0..n {
            let mut earlier = self.old[later].clone();
            earlier.toggle_range(..later);
            earlier.set(later, false);
            // What may run too early is looked at one by one.
            if !moved.contains(later) && self.needs.is_empty() {
                let mut staying = earlier.clone();
                staying.difference_with(moved);
                if let Some(last) = staying.maximum() {
                    let number = groups.number();
                    groups.add(Fate::Runs, staying.count_ones(..), number, &[last, later], &[]);
                }
                earlier.intersect_with(moved);
            }
            for earlier in earlier.ones() {
                let rows = [earlier, later];
                self.look(self.n_looks(rows))?;
                if !self.can_be(&rows) {
                    continue;
                }
                let Some(fate) = self.pair(rows) else { continue };
                match rows.map(|at| moved.contains(at)) {
                    [true, false] => self.gather(groups, fate, &rows, &rows[..1])?,
                    [false, true] => self.gather(groups, fate, &rows, &rows[1..])?,
                    _ => self.gather(groups, fate, &rows, &rows)?,
                }
            }
        }
        Some(())
    }

    /// How much is looked at for each pair.
    fn n_looks(&self, rows: [usize; 2]) -> usize {
        /// As many files are looked at at once.
        const AT_ONCE: usize = 64;
        let has_moved = self.old.len() <= MOST_PAIRS && rows.iter().any(|&at| self.changed.contains(at));
        if has_moved || !self.needs.is_empty() { 1 + self.ids.len() / AT_ONCE } else { 1 }
    }

    /// How a database with two rows fares, whatever must run first; nothing where that is not looked at.
    fn pair(&self, rows: [usize; 2]) -> Option<Fate> {
        let has_moved = rows.iter().any(|&at| self.changed.contains(at));
        if has_moved { self.together(rows) } else { Some(Fate::Runs) }
    }

    /// The same where one of them has moved.
    fn together(&self, [earlier, later]: [usize; 2]) -> Option<Fate> {
        let (one, other) = match (&self.new[earlier], &self.new[later]) {
            (None, _) => return Some(Fate::CannotLocate(earlier)),
            (_, None) => return Some(Fate::CannotLocate(later)),
            (Some(one), Some(other)) => (one, other),
        };
        if one.contains(self.named[later]) || other.contains(self.named[earlier]) {
            return Some(Fate::Overlaps);
        }
        (self.old.len() <= MOST_PAIRS)
            .then(|| Self::fate(&(one | other), &(&self.old[earlier] | &self.old[later])))
    }

    /// A group, by the names of its revisions.
    fn told(&self, fate: Fate, group: &Gathered) -> StateGroup {
        let row = |at: usize| self.rows[at].to_owned();
        let ids = |files: &FixedBitSet| files.ones().map(|at| self.ids[at].to_owned()).collect();
        let moved: FixedBitSet = group.moved.iter().copied().collect();
        let is_lowest = |at: usize| self.old[at].intersection(&moved).all(|below| below == at);
        let lowest = group.moved.iter().copied().filter(|&at| fate != Fate::Runs && is_lowest(at));
        let at_or_above = lowest.map(row).collect();
        let mut stamped: Vec<String> = group.stamped.iter().map(|&at| row(at)).collect();
        stamped.sort_unstable();
        let fares = match fate {
            Fate::CannotLocate(at) => Fares::CannotLocate(row(at)),
            Fate::Overlaps => Fares::Overlaps,
            Fate::TooEarly { revision, needs, .. } => {
                Fares::TooEarly { revision: self.ids[revision].to_owned(), needs: self.ids[needs].to_owned() }
            }
            Fate::Repeats { again, skips } => Fares::Repeats { again: ids(&again), skips: ids(&skips) },
            Fate::Skips(skips) => Fares::Skips(ids(&skips)),
            Fate::Runs => Fares::Runs,
        };
        StateGroup { stamped, count: group.count, at_or_above, fares }
    }
}

/// The ids of positions that are given newest first.
fn oldest_first<'m>(map: &'m RevisionMap, newest_first: &[usize]) -> Vec<&'m str> {
    newest_first.iter().rev().map(|&place| map.at(place).id.as_str()).collect()
}

/// What lies below each position of a map, itself too, among `n` files.
fn below_each(
    map: &RevisionMap,
    newest_first: &[usize],
    at_of: &BTreeMap<&str, usize>,
    n: usize,
) -> Vec<FixedBitSet> {
    let mut below = vec![FixedBitSet::with_capacity(n); map.len()];
    for &place in newest_first.iter().rev() {
        let mut own = std::mem::take(&mut below[place]);
        for &parent in map.below(place) {
            own.union_with(&below[parent]);
        }
        if let Some(&at) = at_of.get(map.at(place).id.as_str()) {
            own.insert(at);
        }
        below[place] = own;
    }
    below
}
