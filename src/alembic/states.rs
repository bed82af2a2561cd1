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

/// One group while it is gathered, by positions.
struct Gathered {
    stamped: Vec<usize>,
    count: usize,
    moved: BTreeSet<usize>,
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
    let mut groups: BTreeMap<Fares, Gathered> = BTreeMap::new();
    let mut add = |fares: Fares, stamped: &[usize], moved: &[usize]| {
        let group = groups.entry(fares).or_insert_with(|| Gathered {
            stamped: Vec::new(),
            count: 0,
            moved: BTreeSet::new(),
        });
        group.stamped = stamped.to_vec();
        group.count += 1;
        group.moved.extend(moved);
    };
    add(Fares::Runs, &[], &[]);
    for at in 0..moved.old.len() {
        add(moved.fares_alone(at), &[at], &[at]);
    }
    moved.pairs(&mut add);
    let id = |at: &usize| moved.ids[*at].to_owned();
    let group = |(fares, group): (Fares, Gathered)| {
        let lowest =
            |&at: &usize| !moved.old[at].ones().any(|below| below != at && group.moved.contains(&below));
        let lowest = if fares == Fares::Runs {
            Vec::new()
        } else {
            group.moved.iter().copied().filter(lowest).collect()
        };
        let mut stamped: Vec<String> = group.stamped.iter().map(id).collect();
        stamped.sort_unstable();
        StateGroup { stamped, count: group.count, at_or_above: lowest.iter().map(id).collect(), fares }
    };
    Some(groups.into_iter().map(group).collect())
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

    /// What a database with one row skips.
    fn fares_alone(&self, at: usize) -> Fares {
        match &self.new[at] {
            Some(new) => self.skips(new.difference(&self.old[at])),
            None => Fares::CannotLocate(self.ids[at].to_owned()),
        }
    }

    fn skips(&self, skipped: impl Iterator<Item = usize>) -> Fares {
        let skipped: Vec<String> = skipped.map(|at| self.ids[at].to_owned()).collect();
        if skipped.is_empty() { Fares::Runs } else { Fares::Skips(skipped) }
    }

    /// Two rows, of which none lay below the other.
    fn pairs(&self, add: &mut impl FnMut(Fares, &[usize], &[usize])) {
        let n = self.old.len();
        let is_moved = |at: usize| self.new[at].as_ref() != Some(&self.old[at]);
        for later in 0..n {
            for earlier in self.old[later].zeroes().take_while(|&earlier| earlier < later) {
                let both = [earlier, later];
                let moved: &[usize] = match both.map(is_moved) {
                    [true, true] => &both,
                    [true, false] => &both[..1],
                    [false, true] => &both[1..],
                    [false, false] => &[],
                };
                let fares = match (&self.new[earlier], &self.new[later]) {
                    _ if moved.is_empty() => Fares::Runs,
                    (None, _) => Fares::CannotLocate(self.ids[earlier].to_owned()),
                    (_, None) => Fares::CannotLocate(self.ids[later].to_owned()),
                    (Some(one), Some(other)) if one.contains(later) || other.contains(earlier) => {
                        Fares::Overlaps
                    }
                    _ if n > MOST_PAIRS => continue,
                    (Some(one), Some(other)) => {
                        let (mut new, mut old) = (one.clone(), self.old[earlier].clone());
                        new.union_with(other);
                        old.union_with(&self.old[later]);
                        self.skips(new.difference(&old))
                    }
                };
                add(fares, &both, moved);
            }
        }
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
