//! What changed files do to databases that have run something already: the states that a database can be in, in groups
//! that fare alike.
//!
//! What a database has run is what lies below its rows in the files as they were; what Alembic takes for run is what lies
//! below them in the files as they are. A row that is no moved revision, nor above one, has the same below it in both.
//! Above a moved one, what is new below the row is skipped without a word, and of two rows one may have come to lie below
//! the other, which stops every upgrade.

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

/// The same revisions in two maps, by their place in the order in which the first runs them.
struct Moved<'m> {
    /// The ids, and after them those that only the second map has.
    ids: Vec<&'m str>,
    /// What lies below each, itself too: in the files as they were, and as they are. Nothing where it is gone.
    old: Vec<FixedBitSet>,
    new: Vec<Option<FixedBitSet>>,
}

/// The states of databases that ran `before`, by what `after` does to them, worst first; nothing where either has no order,
/// where something that lay below a revision does so no longer, or where there are too many revisions.
pub fn states(before: &RevisionMap, after: &RevisionMap) -> Option<Vec<StateGroup>> {
    let moved = Moved::of(before, after)?;
    let mut groups = Groups::default();
    groups.add(Fate::Runs, 1, &[], &[]);
    for at in 0..moved.old.len() {
        groups.add(moved.alone(at), 1, &[at], &[at]);
    }
    moved.pairs(&mut groups);
    let mut told: Vec<StateGroup> =
        groups.0.into_iter().map(|(fate, group)| moved.told(fate, &group)).collect();
    told.sort_by(|one, other| one.fares.cmp(&other.fares));
    Some(told)
}

impl<'m> Moved<'m> {
    fn of(before: &'m RevisionMap, after: &'m RevisionMap) -> Option<Self> {
        let order = before.newest_first().ok()?;
        if order.len() > MOST {
            return None;
        }
        let mut ids: Vec<&str> = order.iter().rev().map(|&place| before.at(place).id.as_str()).collect();
        let known: BTreeSet<&str> = ids.iter().copied().collect();
        let added = after.newest_first().ok()?.iter().rev().map(|&place| after.at(place).id.as_str());
        ids.extend(added.filter(|id| !known.contains(id)));
        let at_of = ids.iter().enumerate().map(|(at, &id)| (id, at)).collect();
        let (old, new) = (below_each(before, &at_of)?, below_each(after, &at_of)?);
        let old: Vec<_> = ids
            .iter()
            .take(order.len())
            .map(|id| old.get(before.named(id)?).cloned())
            .collect::<Option<_>>()?;
        // A row that is no id any more may be the start of one.
        let found = |(at, id): (usize, &&str)| match after.resolve(id).ok()?.as_slice() {
            [place] => new.get(*place).cloned().map(|mut new| {
                new.insert(at);
                new
            }),
            _ => None,
        };
        let new: Vec<_> = ids.iter().take(order.len()).enumerate().map(found).collect();
        // What has run must stay below the rows, or it would run again.
        let keeps = |(old, new): (&FixedBitSet, &Option<FixedBitSet>)| {
            new.as_ref().is_none_or(|new| old.is_subset(new))
        };
        old.iter().zip(&new).all(keeps).then_some(Self { ids, old, new })
    }

    /// How a database with one row fares.
    fn alone(&self, at: usize) -> Fate {
        match &self.new[at] {
            Some(new) => Self::skips(new, &self.old[at]),
            None => Fate::CannotLocate(at),
        }
    }

    /// What is taken for run, and what has run.
    fn skips(new: &FixedBitSet, old: &FixedBitSet) -> Fate {
        let mut skipped = new.clone();
        skipped.difference_with(old);
        if skipped.is_clear() { Fate::Runs } else { Fate::Skips(skipped) }
    }

    /// Two rows, of which none lay below the other. Those of which none has moved are counted and not looked at.
    fn pairs(&self, groups: &mut Groups) {
        let n = self.old.len();
        let mut moved = FixedBitSet::with_capacity(self.ids.len());
        moved.extend((0..n).filter(|&at| self.new[at].as_ref() != Some(&self.old[at])));
        for later in 0..n {
            let mut earlier = self.old[later].clone();
            earlier.toggle_range(..later);
            earlier.set(later, false);
            if !moved.contains(later) {
                let mut staying = earlier.clone();
                staying.difference_with(&moved);
                if let Some(last) = staying.maximum() {
                    groups.add(Fate::Runs, staying.count_ones(..), &[last, later], &[]);
                }
                earlier.intersect_with(&moved);
            }
            for earlier in earlier.ones() {
                let rows = [earlier, later];
                let Some(fate) = self.together(rows) else { continue };
                match rows.map(|at| moved.contains(at)) {
                    [true, true] => groups.add(fate, 1, &rows, &rows),
                    [true, false] => groups.add(fate, 1, &rows, &rows[..1]),
                    _ => groups.add(fate, 1, &rows, &rows[1..]),
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
        if one.contains(later) || other.contains(earlier) {
            return Some(Fate::Overlaps);
        }
        (self.old.len() <= MOST_PAIRS)
            .then(|| Self::skips(&(one | other), &(&self.old[earlier] | &self.old[later])))
    }

    /// A group, by the names of its revisions.
    fn told(&self, fate: Fate, group: &Gathered) -> StateGroup {
        let id = |at: usize| self.ids[at].to_owned();
        let is_lowest =
            |at: usize| !self.old[at].ones().any(|below| below != at && group.moved.contains(&below));
        let lowest = group.moved.iter().copied().filter(|&at| fate != Fate::Runs && is_lowest(at));
        let at_or_above = lowest.map(id).collect();
        let mut stamped: Vec<String> = group.stamped.iter().map(|&at| id(at)).collect();
        stamped.sort_unstable();
        let fares = match fate {
            Fate::CannotLocate(at) => Fares::CannotLocate(id(at)),
            Fate::Overlaps => Fares::Overlaps,
            Fate::Skips(skipped) => Fares::Skips(skipped.ones().map(id).collect()),
            Fate::Runs => Fares::Runs,
        };
        StateGroup { stamped, count: group.count, at_or_above, fares }
    }
}

/// What lies below each position of a map, itself too, among the revisions of another; nothing where there is no order.
fn below_each(map: &RevisionMap, at_of: &BTreeMap<&str, usize>) -> Option<Vec<FixedBitSet>> {
    let mut below = vec![FixedBitSet::with_capacity(at_of.len()); map.len()];
    for &place in map.newest_first().ok()?.iter().rev() {
        let mut own = std::mem::take(&mut below[place]);
        for &parent in map.below(place) {
            own.union_with(&below[parent]);
        }
        if let Some(&at) = at_of.get(map.at(place).id.as_str()) {
            own.insert(at);
        }
        below[place] = own;
    }
    Some(below)
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
        let groups = states(&map(before), &map(after)).expect("they have an order");
        let told = groups.iter().map(|group| {
            let StateGroup { stamped, count, at_or_above, fares } = group;
            let fares = match fares {
                Fares::Skips(ids) => format!("skips {}", ids.join(" ")),
                Fares::Runs => "runs".to_owned(),
                Fares::Overlaps => "overlaps".to_owned(),
                Fares::CannotLocate(id) => format!("cannot locate {id}"),
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
    fn nothing_is_said_where_what_has_run_would_run_again() {
        assert_eq!(states(&map("a:; b:a; c:b"), &map("a:; b:a; c:a")), None);
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
            let Some(groups) = states(&old, &new) else { panic!("{before} -> {after}: no states") };
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
                    Fares::Skips(_) => "skips",
                    Fares::CannotLocate(_) => "cannot locate",
                };
                *seen.entry(kind).or_default() += 1;
            }
        }
        assert!(
            ["runs", "overlaps", "skips"].iter().all(|kind| seen.get(kind).is_some_and(|&n| n > 100)),
            "{seen:?}"
        );
    }
}
