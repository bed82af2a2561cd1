//! The same states with several repairs at once: groups that fare alike with each of them, by the kind of what happens.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::{Fares, Fate, MOST_PAIRS, Moved};
use crate::alembic::map::RevisionMap;

/// Databases that fare alike with each of several repairs, as far as its kind goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// The rows of one of them; none for an empty database.
    pub stamped: Vec<String>,
    /// How many states there are in it; as in [`super::StateGroup`].
    pub count: usize,
    /// The lowest moved revisions of its rows; none where nothing that has moved meets them.
    pub at_or_above: Vec<String>,
    /// How they fare with each repair; what is skipped or run again is what that can be for any of them.
    pub fares: Vec<Fares>,
}

/// The kind of what happens, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    CannotLocate,
    Overlaps,
    Repeats,
    Skips,
    Runs,
}

impl Fate {
    fn kind(&self) -> Kind {
        match self {
            Self::CannotLocate(_) => Kind::CannotLocate,
            Self::Overlaps => Kind::Overlaps,
            Self::Repeats { .. } => Kind::Repeats,
            Self::Skips(_) => Kind::Skips,
            Self::Runs => Kind::Runs,
        }
    }
}

/// A row while it is gathered.
struct Gathered {
    stamped: Vec<usize>,
    count: usize,
    moved: BTreeSet<usize>,
    /// What each repair lacks, runs again, and does not find.
    told: Vec<(FixedBitSet, FixedBitSet, Option<usize>)>,
}

/// The states of databases that ran `before`, by what each of several repairs does to them, worst first; nothing where
/// one has no order, or where there are too many revisions to look at each pair.
pub fn matrix(
    before: &RevisionMap,
    afters: &[(&RevisionMap, &BTreeMap<String, String>)],
) -> Option<Vec<MatrixRow>> {
    let each: Vec<Moved<'_>> =
        afters.iter().map(|(after, renamed)| Moved::of(before, after, renamed)).collect::<Option<_>>()?;
    let first = each.first()?;
    let n = first.old.len();
    if n > MOST_PAIRS {
        return None;
    }
    let mut rows: BTreeMap<Vec<Kind>, Gathered> = BTreeMap::new();
    let mut add = |fates: Vec<Fate>, stamped: &[usize]| {
        let kinds: Vec<Kind> = fates.iter().map(Fate::kind).collect();
        let row = rows.entry(kinds).or_insert_with(|| Gathered {
            stamped: Vec::new(),
            count: 0,
            moved: BTreeSet::new(),
            told: vec![Default::default(); each.len()],
        });
        row.stamped = stamped.to_vec();
        row.count += 1;
        for ((fate, told), own) in fates.into_iter().zip(&mut row.told).zip(&each) {
            if fate != Fate::Runs {
                row.moved.extend(stamped.iter().filter(|&&at| own.has_moved(at)));
            }
            told.0.grow(own.ids.len());
            told.1.grow(own.ids.len());
            match fate {
                Fate::Skips(skips) => told.0.union_with(&skips),
                Fate::Repeats { again, skips } => {
                    told.0.union_with(&skips);
                    told.1.union_with(&again);
                }
                Fate::CannotLocate(at) => told.2 = Some(at),
                Fate::Overlaps | Fate::Runs => {}
            }
        }
    };
    add(each.iter().map(|_| Fate::Runs).collect(), &[]);
    for at in 0..n {
        add(each.iter().map(|own| own.alone(at)).collect(), &[at]);
    }
    for later in 0..n {
        for earlier in (0..later).filter(|&earlier| !first.old[later].contains(earlier)) {
            let pair = [earlier, later];
            let together = |own: &Moved<'_>| {
                let moves = pair.iter().any(|&at| own.has_moved(at));
                if moves { own.together(pair) } else { Some(Fate::Runs) }
            };
            if let Some(fates) = each.iter().map(together).collect::<Option<Vec<_>>>() {
                add(fates, &pair);
            }
        }
    }
    let mut rows: Vec<(Vec<Kind>, Gathered)> = rows.into_iter().collect();
    rows.sort_by_cached_key(|(kinds, _)| {
        let mut worst_first = kinds.clone();
        worst_first.sort_unstable();
        (worst_first, kinds.clone())
    });
    Some(rows.into_iter().map(|(kinds, row)| told(&each, &kinds, &row)).collect())
}

fn told(each: &[Moved<'_>], kinds: &[Kind], row: &Gathered) -> MatrixRow {
    let first = &each[0];
    let is_lowest = |at: usize| !first.old[at].ones().any(|below| below != at && row.moved.contains(&below));
    let fares = each.iter().zip(kinds).zip(&row.told).map(|((own, kind), (skips, again, gone))| {
        let ids = |files: &FixedBitSet| files.ones().map(|at| own.ids[at].to_owned()).collect();
        match kind {
            Kind::CannotLocate => Fares::CannotLocate(gone.map_or("", |at| own.rows[at]).to_owned()),
            Kind::Overlaps => Fares::Overlaps,
            Kind::Repeats => Fares::Repeats { again: ids(again), skips: ids(skips) },
            Kind::Skips => Fares::Skips(ids(skips)),
            Kind::Runs => Fares::Runs,
        }
    });
    let mut stamped: Vec<String> = row.stamped.iter().map(|&at| first.rows[at].to_owned()).collect();
    stamped.sort_unstable();
    let lowest = row.moved.iter().copied().filter(|&at| is_lowest(at));
    MatrixRow {
        stamped,
        count: row.count,
        at_or_above: lowest.map(|at| first.rows[at].to_owned()).collect(),
        fares: fares.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{StateGroup, states};
    use super::*;
    use crate::alembic::Reading;
    use crate::graph::fixture::scripts;

    fn map(spec: &str) -> RevisionMap {
        let Reading::Loads(map) = Reading::of(&scripts(spec), &[]) else { panic!("{spec} loads") };
        map
    }

    const BEFORE: &str = "a:; b:a; d:b; c:a; e:c";
    const AFTERS: [&str; 4] = [
        "a:; b:a; d:b; c:d; e:c",
        "a:; b:e; d:b; c:a; e:c",
        "a:; b:a; d:b; c:a; e:c; m:d,e",
        "a:; d:a; b:d; c:b; e:c",
    ];

    #[test]
    fn each_column_has_the_states_of_its_own_plan() {
        let (before, afters, none) = (map(BEFORE), AFTERS.map(map), BTreeMap::new());
        let given: Vec<_> = afters.iter().map(|after| (after, &none)).collect();
        let rows = matrix(&before, &given).expect("they have an order");
        let kind = |fares: &Fares| match fares {
            Fares::CannotLocate(_) => "gone",
            Fares::Overlaps => "overlaps",
            Fares::Repeats { .. } => "repeats",
            Fares::Skips(_) => "skips",
            Fares::Runs => "runs",
        };
        for (at, after) in afters.iter().enumerate() {
            let (mut own, mut joint) = (BTreeMap::new(), BTreeMap::new());
            for StateGroup { count, fares, .. } in states(&before, after, &none).expect("an order") {
                *own.entry(kind(&fares)).or_insert(0) += count;
            }
            for row in &rows {
                *joint.entry(kind(&row.fares[at])).or_insert(0) += row.count;
            }
            assert_eq!(joint, own, "{}", AFTERS[at]);
        }
    }

    #[test]
    fn the_worst_stand_first_and_say_whom_they_meet() {
        let (before, none) = (map(BEFORE), BTreeMap::new());
        let afters = [map(AFTERS[0]), map(AFTERS[2])];
        let given: Vec<_> = afters.iter().map(|after| (after, &none)).collect();
        let told: Vec<String> = matrix(&before, &given)
            .expect("they have an order")
            .iter()
            .map(|row| format!("{} {:?} {:?}", row.count, row.at_or_above, row.fares))
            .collect();
        assert_eq!(
            told,
            ["4 [\"c\"] [Overlaps, Runs]", "2 [\"c\"] [Skips([\"b\", \"d\"]), Runs]", "4 [] [Runs, Runs]"]
        );
        assert_eq!(matrix(&before, &[]), None);
    }
}
