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
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The rows of the last of them.
    stamped: Vec<usize>,
    count: usize,
    moved: BTreeSet<usize>,
}

/// All of them.
#[derive(Default)]
struct Groups(BTreeMap<Fate, Gathered>);

impl Groups {
    /// Adds states, of which the last has these rows, some of them moved.
    fn add(&mut self, fate: Fate, count: usize, stamped: &[usize], moved: &[usize]) {
        let group = self.0.entry(fate).or_default();
        group.stamped.clear();
        group.stamped.extend_from_slice(stamped);
        group.count += count;
        group.moved.extend(moved);
    }
}

/// The most upgrades that are followed step by step, to see what runs too early.
const MOST_FOLLOWED: usize = 2048;

/// The same files in two maps, by their place in the order in which the first runs them.
struct Moved<'m> {
    after: &'m RevisionMap,
    /// What runs, and what must have run before it does, of what stands beside one another.
    needs: Vec<(usize, usize)>,
    /// Upgrades that may be followed yet; nothing where it were more.
    left: Cell<Option<usize>>,
    /// The ids that they had, and so the rows.
    rows: Vec<&'m str>,
    /// The ids that they have, and after them those of files that only the second map has.
    ids: Vec<&'m str>,
    /// What lies below each row, itself too: in the files as they were, and as they are. Nothing where it is gone.
    old: Vec<FixedBitSet>,
    new: Vec<Option<FixedBitSet>>,
    /// The file that each row names as they are.
    named: Vec<usize>,
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
    groups.add(moved.in_order(Fate::Runs, &[]), 1, &[], &[]);
    for at in 0..moved.old.len() {
        if moved.can_be(&moved.old[at]) {
            groups.add(moved.in_order(moved.alone(at), &[at]), 1, &[at], &[at]);
        }
    }
    moved.pairs(&mut groups);
    moved.left.get()?;
    let mut told: Vec<StateGroup> =
        groups.0.into_iter().map(|(fate, group)| moved.told(fate, &group)).collect();
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
        // A row that is no id any more may be the start of one.
        let found = |(at, id): (usize, &&str)| {
            let &[place] = after.resolve(id).ok()?.as_slice() else { return None };
            let mut below = new.get(place)?.clone();
            // What is gone cannot run again.
            below.set(at, below.contains(at) || after.named(ids[at]).is_none());
            Some((below, *at_new.get(after.at(place).id.as_str())?))
        };
        let found: Vec<_> = rows.iter().enumerate().map(found).collect();
        let named = found.iter().enumerate().map(|(at, found)| found.as_ref().map_or(at, |(_, now)| *now));
        let named = named.collect();
        let new = found.into_iter().map(|found| found.map(|(below, _)| below)).collect();
        let needs = needs.iter().filter_map(|(id, on)| Some((*at_new.get(id)?, *at_new.get(on)?)));
        // Where the files put the one below the other, databases have run them so, whatever that needs.
        let is_loose = |&(at, on): &(usize, usize)| {
            let are_apart = |old: &[FixedBitSet]| !old[at].contains(on) && !old[on].contains(at);
            at.max(on) < rows.len() && are_apart(&old)
        };
        let needs = needs.filter(is_loose).collect();
        Some(Self { after, needs, left: Cell::new(Some(MOST_FOLLOWED)), rows, ids, old, new, named })
    }

    /// How a database with one row fares.
    fn alone(&self, at: usize) -> Fate {
        match &self.new[at] {
            Some(new) => Self::fate(new, &self.old[at]),
            None => Fate::CannotLocate(at),
        }
    }

    /// Whether a database can have run these.
    fn can_be(&self, ran: &FixedBitSet) -> bool {
        self.needs.iter().all(|&(at, on)| !ran.contains(at) || ran.contains(on))
    }

    /// How it fares where Alembic also minds what must run first; where it harms it in another way, that is told.
    fn in_order(&self, fate: Fate, rows: &[usize]) -> Fate {
        if fate != Fate::Runs {
            return fate;
        }
        let taken = |at: usize| {
            rows.iter().any(|&row| self.new[row].as_ref().is_some_and(|below| below.contains(at)))
        };
        let is_open = |&&(at, on): &&(usize, usize)| {
            !taken(at) && !taken(on) && !self.new[at].as_ref().is_some_and(|below| below.contains(on))
        };
        let open: Vec<_> = self.needs.iter().filter(is_open).collect();
        if open.is_empty() {
            return fate;
        }
        self.left.set(self.left.get().and_then(|left| left.checked_sub(1)));
        if self.left.get().is_none() {
            return fate;
        }
        let rows: Vec<&str> = rows.iter().map(|&at| self.rows[at]).collect();
        let Ok(upgraded) = self.after.upgrade_from(&rows) else { return fate };
        let at: BTreeMap<&str, usize> = upgraded.runs.iter().enumerate().map(|(at, &id)| (id, at)).collect();
        let place = |file: usize| at.get(self.ids[file]);
        let early = open.into_iter().filter(|&&(file, on)| place(file) < place(on));
        match early.min_by_key(|(file, _)| place(*file)) {
            Some(&(revision, needs)) => Fate::TooEarly { is_empty: rows.is_empty(), revision, needs },
            None => fate,
        }
    }

    /// Whether what lies below a row is no longer what it was.
    fn has_moved(&self, at: usize) -> bool {
        self.new[at].as_ref() != Some(&self.old[at])
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

    /// Two rows, of which none lay below the other. Those of which none has moved are counted and not looked at.
    fn pairs(&self, groups: &mut Groups) {
        let n = self.old.len();
        let mut moved = FixedBitSet::with_capacity(self.ids.len());
        moved.extend((0..n).filter(|&at| self.has_moved(at)));
        for later in 0..n {
            let mut earlier = self.old[later].clone();
            earlier.toggle_range(..later);
            earlier.set(later, false);
            // What may run too early is looked at one by one.
            if !moved.contains(later) && self.needs.is_empty() {
                let mut staying = earlier.clone();
                staying.difference_with(&moved);
                if let Some(last) = staying.maximum() {
                    groups.add(Fate::Runs, staying.count_ones(..), &[last, later], &[]);
                }
                earlier.intersect_with(&moved);
            }
            for earlier in earlier.ones() {
                let rows = [earlier, later];
                if !self.needs.is_empty() && !self.can_be(&(&self.old[earlier] | &self.old[later])) {
                    continue;
                }
                let Some(fate) = self.together(rows) else { continue };
                let fate = self.in_order(fate, &rows);
                match rows.map(|at| moved.contains(at)) {
                    [true, false] => groups.add(fate, 1, &rows, &rows[..1]),
                    [false, true] => groups.add(fate, 1, &rows, &rows[1..]),
                    _ => groups.add(fate, 1, &rows, &rows),
                }
            }
        }
    }

    /// How a database with two rows fares of which one has moved; nothing where that is not looked at.
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
        let is_lowest =
            |at: usize| !self.old[at].ones().any(|below| below != at && group.moved.contains(&below));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alembic::{Reading, Stopped};
    use crate::graph::fixture::scripts;

    fn map(spec: &str) -> RevisionMap {
        let Reading::Loads(map) = Reading::of(&scripts(spec), &[]) else { panic!("{spec} loads") };
        map
    }

    fn told(before: &str, after: &str) -> Vec<String> {
        told_of(before, after, &[])
    }

    fn told_of(before: &str, after: &str, renamed: &[(&str, &str)]) -> Vec<String> {
        told_with(before, after, renamed, &[])
    }

    fn told_with(before: &str, after: &str, renamed: &[(&str, &str)], needs: &[(&str, &str)]) -> Vec<String> {
        let renamed = renamed.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
        let groups = states(&map(before), &map(after), &renamed, needs).expect("they have an order");
        let told = groups.iter().map(|group| {
            let StateGroup { stamped, count, at_or_above, fares } = group;
            let fares = match fares {
                Fares::Skips(ids) => format!("skips {}", ids.join(" ")),
                Fares::Runs => "runs".to_owned(),
                Fares::Overlaps => "overlaps".to_owned(),
                Fares::CannotLocate(id) => format!("cannot locate {id}"),
                Fares::TooEarly { revision, needs } => format!("runs {revision} before {needs}"),
                Fares::Repeats { again, skips } => {
                    format!("repeats {}, skips {}", again.join(" "), skips.join(" "))
                }
            };
            format!("{count} at or above {at_or_above:?}, as {stamped:?}: {fares}").replace('"', "")
        });
        told.collect()
    }

    #[test]
    fn a_merge_harms_nobody() {
        assert_eq!(told("a:; b:a; c:a", "a:; b:a; c:a; m:b,c"), ["5 at or above [], as [b, c]: runs"]);
    }

    #[test]
    fn what_runs_before_what_it_needs_is_told_and_what_cannot_have_run_is_not_counted() {
        // z needs c, which stands beside it: which of them runs first is Alembic's own order.
        let (before, after) = ("z:; b:; c:b", "z:; b:; c:b; m:c,z");
        assert_eq!(map(after).upgrade_from(&["b"]).expect("it runs").runs, ["z", "c", "m"]);
        assert_eq!(
            told_with(before, after, &[], &[("z", "c")]),
            [
                "1 at or above [b], as [b]: runs z before c",
                "1 at or above [], as []: runs z before c",
                "2 at or above [], as [c, z]: runs"
            ],
            "never z alone, or with b"
        );
        // Where it is put after it there is nothing to tell of those, and one that holds both stops.
        assert_eq!(
            told_with(before, "b:; c:b; z:c", &[], &[("z", "c")]),
            ["1 at or above [z], as [c, z]: overlaps", "3 at or above [], as [c]: runs"]
        );
    }

    #[test]
    fn who_stands_on_the_moved_side_skips_the_other_and_who_stands_on_both_overlaps() {
        assert_eq!(
            told("a:; b:a; d:b; c:a; e:c", "a:; b:a; d:b; c:d; e:c"),
            [
                "4 at or above [c], as [d, e]: overlaps",
                "2 at or above [c], as [e]: skips b d",
                "4 at or above [], as [d]: runs",
            ]
        );
    }

    #[test]
    fn a_third_branch_stays_as_it_was() {
        assert_eq!(
            told("a:; b:a; c:a; d:a", "a:; b:a; c:b; d:a"),
            [
                "1 at or above [c], as [b, c]: overlaps",
                "2 at or above [c], as [c, d]: skips b",
                "5 at or above [], as [b, d]: runs",
            ]
        );
    }

    #[test]
    fn a_row_that_is_gone_is_not_found_and_one_that_starts_another_id_is() {
        assert_eq!(
            told("a:; bcde:a", "a:; x:a"),
            ["1 at or above [bcde], as [bcde]: cannot locate bcde", "2 at or above [], as [a]: runs"]
        );
        assert_eq!(
            told("a:; bcde:a", "a:; bcdef:a"),
            ["1 at or above [bcde], as [bcde]: skips bcdef", "2 at or above [], as [a]: runs"]
        );
    }

    #[test]
    fn what_has_run_and_lies_below_no_longer_runs_again() {
        assert_eq!(
            told("a:; b:a; c:b", "a:; b:a; c:a"),
            ["1 at or above [c], as [c]: repeats b, skips ", "3 at or above [], as [b]: runs"]
        );
    }

    #[test]
    fn a_row_is_an_id_and_what_has_run_is_a_file() {
        // Alembic runs the second b; the first gets a new id, and then the second does.
        let before = "a:; b:a; b:a; c:b";
        assert_eq!(told_of(before, "a:; n:c; b:a; c:b", &[]), ["4 at or above [], as [c]: runs"]);
        assert_eq!(
            told_of(before, "a:; b:a; n:c; c:b", &[("b", "n")]),
            ["2 at or above [b], as [c]: repeats n, skips b", "2 at or above [], as [a]: runs"]
        );
        // Both get one.
        assert_eq!(
            told_of(before, "a:; m:a; n:a; c:n", &[("b", "n")]),
            ["1 at or above [b], as [b]: cannot locate b", "3 at or above [], as [c]: runs"]
        );
        // The one that stood on the other branch overlaps where its id now is.
        assert_eq!(
            told_of("a:; b:a; d:a; b:d", "a:; b:a; d:b; n:d", &[("b", "n")])[0],
            "1 at or above [b], as [b]: repeats d n, skips b"
        );
    }

    /// Numbers that look random, the same each time.
    struct Draw(u64);

    impl Draw {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % n
        }
    }

    /// Two graphs: what lies below a revision in the first lies below it in the second, where some have other parents.
    fn drawn(draw: &mut Draw) -> [String; 2] {
        let n = 1 + draw.below(7);
        let mut before: Vec<BTreeSet<usize>> = Vec::new();
        for at in 0..n {
            let n_parents = if at == 0 { 0 } else { [0, 1, 1, 1, 2][draw.below(5)] };
            before.push((0..n_parents).map(|_| draw.below(at)).collect());
        }
        let mut after = before.clone();
        for _ in 0..draw.below(3) {
            let (at, other) = (draw.below(n), draw.below(n));
            if other < at {
                after[at].insert(other);
            }
        }
        // A merge of which one parent lies below another makes Alembic lose count.
        for parents in [&mut before, &mut after] {
            for at in 0..n {
                let below = |from: usize| {
                    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
                    while let Some(at) = open.pop() {
                        open.extend(parents[at].iter().filter(|parent| found.insert(**parent)));
                    }
                    found
                };
                let covered: BTreeSet<usize> = parents[at].iter().flat_map(|&parent| below(parent)).collect();
                let own = parents[at].difference(&covered).copied().collect();
                parents[at] = own;
            }
        }
        let is_merged = draw.below(2) == 0;
        let spec = |parents: &[BTreeSet<usize>]| {
            let one = |(at, parents): (usize, &BTreeSet<usize>)| {
                let parents: Vec<_> = parents.iter().map(|parent| format!("r{parent}")).collect();
                format!("r{at}:{}", parents.join(","))
            };
            parents.iter().enumerate().map(one).collect::<Vec<_>>().join("; ")
        };
        let heads: Vec<usize> =
            (0..n).filter(|at| !after.iter().any(|parents| parents.contains(at))).collect();
        let mut merged = after.clone();
        if is_merged && heads.len() == 2 {
            merged.push(heads.into_iter().collect());
        }
        [spec(&before), spec(&merged)]
    }

    #[test]
    fn the_groups_are_what_each_database_does() {
        let mut draw = Draw(1129);
        let mut seen = BTreeMap::<&str, usize>::new();
        for _ in 0..1000 {
            let [before, after] = drawn(&mut draw);
            let (old, new) = (map(&before), map(&after));
            let Some(groups) = states(&old, &new, &BTreeMap::new(), &[]) else {
                panic!("{before} -> {after}: no states")
            };
            let ids: Vec<&str> = old.upgrade_order().expect("there is an order");
            let mut expected = BTreeMap::<Fares, usize>::new();
            let pairs = ids.iter().flat_map(|one| ids.iter().map(move |other| vec![*one, *other]));
            let alone = ids.iter().map(|one| vec![*one]);
            for rows in std::iter::once(Vec::new()).chain(alone).chain(pairs.filter(|rows| rows[0] < rows[1]))
            {
                // Alembic would not leave these rows behind.
                let Ok(left) = old.upgrade_from(&rows) else { continue };
                let fares = match new.upgrade_from(&rows) {
                    Err(Stopped::Raises(raised)) if raised.message.contains(" overlaps with ") => {
                        Fares::Overlaps
                    }
                    Err(stopped) => panic!("{before} -> {after}, {rows:?}: {stopped:?}"),
                    Ok(upgraded) => {
                        let skipped = left.runs.iter().filter(|id| !upgraded.runs.contains(id));
                        let skipped: BTreeSet<&str> = skipped.copied().collect();
                        let skipped: Vec<String> = ids
                            .iter()
                            .filter(|id| skipped.contains(*id))
                            .map(|id| (*id).to_owned())
                            .collect();
                        if skipped.is_empty() { Fares::Runs } else { Fares::Skips(skipped) }
                    }
                };
                *expected.entry(fares).or_default() += 1;
            }
            let found: BTreeMap<Fares, usize> =
                groups.into_iter().map(|group| (group.fares, group.count)).collect();
            assert_eq!(found, expected, "{before} -> {after}");
            for fares in found.keys() {
                let kind = match fares {
                    Fares::Runs => "runs",
                    Fares::Overlaps => "overlaps",
                    Fares::Repeats { .. } => "repeats",
                    Fares::Skips(_) => "skips",
                    Fares::CannotLocate(_) => "cannot locate",
                    Fares::TooEarly { .. } => "too early",
                };
                *seen.entry(kind).or_default() += 1;
            }
        }
        assert!(
            ["runs", "overlaps", "skips"].iter().all(|kind| seen.get(kind).is_some_and(|&n| n > 100)),
            "{seen:?}"
        );
    }

    /// Everything below an id, itself too, in a graph as `id:parent` that may have an id twice: the last counts.
    fn below<'s>(spec: &'s [(String, String)], id: &str) -> BTreeSet<&'s str> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if let Some((id, parent)) = spec.iter().rev().find(|(own, _)| own == id)
                && found.insert(id.as_str())
            {
                open.push(parent);
            }
        }
        found
    }

    #[test]
    fn where_an_id_goes_to_another_file_the_groups_are_what_each_database_does() {
        let mut draw = Draw(7);
        let mut seen = BTreeMap::<bool, usize>::new();
        for _ in 0..1000 {
            let n = 2 + draw.below(6);
            let id = |at: usize| format!("r{at}");
            let mut before: Vec<(String, String)> =
                (0..n).map(|at| (id(at), if at == 0 { String::new() } else { id(draw.below(at)) })).collect();
            let twice = draw.below(n);
            // The file that Alembic loses is loaded first.
            let lost_parent = if twice == 0 { String::new() } else { id(draw.below(twice)) };
            before.insert(0, (id(twice), lost_parent.clone()));
            let keeps = draw.below(2) == 0;
            let mut after = before[1..].to_vec();
            let on = id(draw.below(n));
            let renamed: BTreeMap<String, String> = if keeps {
                after.push(("new".to_owned(), on));
                BTreeMap::new()
            } else {
                after[twice].1 = lost_parent;
                after.push(("new".to_owned(), on));
                [(id(twice), "new".to_owned())].into()
            };
            let spec = |graph: &[(String, String)]| {
                graph.iter().map(|(id, parent)| format!("{id}:{parent}")).collect::<Vec<_>>().join("; ")
            };
            let (old, new) = (map(&spec(&before)), map(&spec(&after)));
            let now = |id: &str| renamed.get(id).map_or(id, String::as_str).to_owned();
            let mut expected = BTreeMap::<(bool, BTreeSet<String>, BTreeSet<String>), usize>::new();
            let rows: Vec<String> = (0..n).map(id).collect();
            let are_apart = |rows: &[&str]| {
                rows.iter()
                    .all(|one| rows.iter().all(|other| one == other || !below(&before, one).contains(other)))
            };
            let pairs = rows.iter().enumerate();
            let pairs =
                pairs.flat_map(|(at, one)| rows[..at].iter().map(move |other| vec![one.as_str(), other]));
            let states =
                std::iter::once(Vec::new()).chain(rows.iter().map(|row| vec![row.as_str()])).chain(pairs);
            for rows in states.filter(|rows| are_apart(rows)) {
                let ran: BTreeSet<String> =
                    rows.iter().flat_map(|row| below(&before, row)).map(now).collect();
                let key = match new.upgrade_from(&rows) {
                    Err(_) => (true, BTreeSet::new(), BTreeSet::new()),
                    Ok(upgraded) => {
                        let runs: BTreeSet<String> = upgraded.runs.iter().map(|&id| id.to_owned()).collect();
                        let all = after.iter().map(|(id, _)| id.clone());
                        let skips = all.filter(|id| !ran.contains(id) && !runs.contains(id)).collect();
                        (false, ran.intersection(&runs).cloned().collect(), skips)
                    }
                };
                *expected.entry(key).or_default() += 1;
            }
            let groups = super::states(&old, &new, &renamed, &[]).expect("they have an order");
            let mut found = BTreeMap::new();
            for group in groups {
                let key = match group.fares {
                    Fares::Overlaps => (true, BTreeSet::new(), BTreeSet::new()),
                    Fares::Runs => (false, BTreeSet::new(), BTreeSet::new()),
                    Fares::Skips(skips) => (false, BTreeSet::new(), skips.into_iter().collect()),
                    Fares::Repeats { again, skips } => {
                        (false, again.into_iter().collect(), skips.into_iter().collect())
                    }
                    Fares::CannotLocate(id) => panic!("{id} is there"),
                    Fares::TooEarly { .. } => panic!("nothing needs anything"),
                };
                *seen.entry(keeps).or_default() += 1;
                *found.entry(key).or_default() += group.count;
            }
            assert_eq!(found, expected, "{} -> {}", spec(&before), spec(&after));
        }
        assert_eq!(seen.len(), 2);
    }
}
