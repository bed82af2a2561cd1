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
    TooEarly,
    Repeats,
    Skips,
    Runs,
}

impl Fate {
    fn kind(&self) -> Kind {
        match self {
            Self::CannotLocate(_) => Kind::CannotLocate,
            Self::Overlaps => Kind::Overlaps,
            Self::TooEarly { .. } => Kind::TooEarly,
            Self::Repeats { .. } => Kind::Repeats,
            Self::Skips(_) => Kind::Skips,
            Self::Runs => Kind::Runs,
        }
    }
}

/// A row while it is gathered.
struct Gathered {
    /// The number and the rows of the last of its states.
    last: usize,
    stamped: Vec<usize>,
    count: usize,
    moved: BTreeSet<usize>,
    /// What each repair does to some of them.
    told: Vec<Sum>,
}

/// What one repair does to some states of a row.
#[derive(Clone, Default)]
struct Sum {
    skips: FixedBitSet,
    again: FixedBitSet,
    /// What it does not find.
    gone: Option<usize>,
    /// What runs too early, and what must run first.
    early: Option<(usize, usize)>,
}

/// One of the repairs: the files as it leaves them, the ids that it renames, and which cannot run but after which, as in
/// [`super::states`].
#[derive(Debug, Clone)]
pub struct Column<'a> {
    /// The files.
    pub after: &'a RevisionMap,
    /// By the ids that they had.
    pub renamed: &'a BTreeMap<String, String>,
    /// By the ids that they have.
    pub needs: Vec<(&'a str, &'a str)>,
}

/// The states of databases that ran `before`, by what each of several repairs does to them, worst first; nothing where
/// one has no order, or where there are too many revisions to look at each pair.
pub fn matrix(before: &RevisionMap, columns: &[Column<'_>]) -> Option<Vec<MatrixRow>> {
    let moved = columns.iter().map(|column| Moved::of(before, column.after, column.renamed, &column.needs));
    let each: Vec<Moved<'_>> = moved.collect::<Option<_>>()?;
    let first = each.first()?;
    let n = first.old.len();
    if n > MOST_PAIRS {
        return None;
    }
    // An empty database that fares ill is told apart: it stands nowhere.
    let mut rows: BTreeMap<(Vec<Kind>, bool), Gathered> = BTreeMap::new();
    let mut add = |number: usize, fates: Vec<Fate>, stamped: &[usize]| {
        let kinds: Vec<Kind> = fates.iter().map(Fate::kind).collect();
        let stands_nowhere = stamped.is_empty() && kinds.iter().any(|&kind| kind != Kind::Runs);
        let row = rows.entry((kinds, stands_nowhere)).or_insert_with(|| Gathered {
            last: 0,
            stamped: Vec::new(),
            count: 0,
            moved: BTreeSet::new(),
            told: vec![Sum::default(); each.len()],
        });
        let is_last = row.last < number;
        if is_last {
            row.last = number;
            row.stamped = stamped.to_vec();
        }
        row.count += 1;
        for ((fate, told), own) in fates.into_iter().zip(&mut row.told).zip(&each) {
            let is_early = matches!(fate, Fate::TooEarly { .. });
            if fate != Fate::Runs {
                row.moved.extend(stamped.iter().filter(|&&at| is_early || own.changed.contains(at)));
            }
            told.skips.grow(own.ids.len());
            told.again.grow(own.ids.len());
            match fate {
                Fate::Skips(skips) => told.skips.union_with(&skips),
                Fate::Repeats { again, skips } => {
                    told.skips.union_with(&skips);
                    told.again.union_with(&again);
                }
                Fate::CannotLocate(at) if is_last => told.gone = Some(at),
                Fate::TooEarly { revision, needs, .. } if is_last => told.early = Some((revision, needs)),
                Fate::CannotLocate(_) | Fate::TooEarly { .. } | Fate::Overlaps | Fate::Runs => {}
            }
        }
    };
    let (mut number, mut waiting) = (0, Vec::new());
    let mut gather = |fates: Vec<Fate>, rows: &[usize]| {
        number += 1;
        let waits = each.iter().zip(&fates).map(|(own, fate)| own.waits(fate, rows));
        let waits: Vec<bool> = waits.collect::<Option<_>>()?;
        if waits.contains(&true) {
            waiting.push((number, fates, waits, rows.to_vec()));
        } else {
            add(number, fates, rows);
        }
        Some(())
    };
    gather(vec![Fate::Runs; each.len()], &[])?;
    for at in 0..n {
        if each.iter().all(|own| own.can_be(&[at])) {
            gather(each.iter().map(|own| own.alone(at)).collect(), &[at])?;
        }
    }
    for later in 0..n {
        for earlier in (0..later).filter(|&earlier| !first.old[later].contains(earlier)) {
            let pair = [earlier, later];
            each.iter().map(|own| own.look(own.n_looks(pair))).collect::<Option<()>>()?;
            if !each.iter().all(|own| own.can_be(&pair)) {
                continue;
            }
            if let Some(fates) = each.iter().map(|own| own.pair(pair)).collect::<Option<Vec<_>>>() {
                gather(fates, &pair)?;
            }
        }
    }
    for (number, mut fates, waits, rows) in waiting {
        let each = each.iter().zip(&mut fates).zip(waits).filter(|(_, waits)| *waits);
        each.for_each(|((own, fate), _)| *fate = own.in_order(&rows));
        add(number, fates, &rows);
    }
    let mut rows: Vec<((Vec<Kind>, bool), Gathered)> = rows.into_iter().collect();
    rows.sort_by_cached_key(|((kinds, _), _)| {
        let mut worst_first = kinds.clone();
        worst_first.sort_unstable();
        (worst_first, kinds.clone())
    });
    Some(rows.into_iter().map(|((kinds, _), row)| told(&each, &kinds, &row)).collect())
}

fn told(each: &[Moved<'_>], kinds: &[Kind], row: &Gathered) -> MatrixRow {
    let first = &each[0];
    let moved: FixedBitSet = row.moved.iter().copied().collect();
    let is_lowest = |at: usize| first.old[at].intersection(&moved).all(|below| below == at);
    let fares = each.iter().zip(kinds).zip(&row.told).map(|((own, kind), sum)| {
        let ids = |files: &FixedBitSet| files.ones().map(|at| own.ids[at].to_owned()).collect();
        match kind {
            Kind::CannotLocate => Fares::CannotLocate(sum.gone.map_or("", |at| own.rows[at]).to_owned()),
            Kind::Overlaps => Fares::Overlaps,
            Kind::TooEarly => {
                let id = |at: Option<usize>| at.map_or("", |at| own.ids[at]).to_owned();
                Fares::TooEarly {
                    revision: id(sum.early.map(|(revision, _)| revision)),
                    needs: id(sum.early.map(|(_, needs)| needs)),
                }
            }
            Kind::Repeats => Fares::Repeats { again: ids(&sum.again), skips: ids(&sum.skips) },
            Kind::Skips => Fares::Skips(ids(&sum.skips)),
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

    fn column<'a>(
        after: &'a RevisionMap,
        renamed: &'a BTreeMap<String, String>,
        needs: &[(&'a str, &'a str)],
    ) -> Column<'a> {
        Column { after, renamed, needs: needs.to_vec() }
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
        let kind = |fares: &Fares| match fares {
            Fares::CannotLocate(_) => "gone",
            Fares::Overlaps => "overlaps",
            Fares::TooEarly { .. } => "too early",
            Fares::Repeats { .. } => "repeats",
            Fares::Skips(_) => "skips",
            Fares::Runs => "runs",
        };
        let none_needed: &[(&str, &str)] = &[];
        for needs in [none_needed, &[("d", "c")], &[("c", "d")]] {
            let given: Vec<_> = afters.iter().map(|after| column(after, &none, needs)).collect();
            let rows = matrix(&before, &given).expect("they have an order");
            for (at, after) in afters.iter().enumerate() {
                let (mut own, mut joint) = (BTreeMap::new(), BTreeMap::new());
                for StateGroup { count, fares, .. } in states(&before, after, &none, needs).expect("an order")
                {
                    *own.entry(kind(&fares)).or_insert(0) += count;
                }
                for row in &rows {
                    *joint.entry(kind(&row.fares[at])).or_insert(0) += row.count;
                }
                assert_eq!(joint, own, "{}, {needs:?}", AFTERS[at]);
            }
        }
    }

    #[test]
    fn the_worst_stand_first_and_say_whom_they_meet() {
        let (before, none) = (map(BEFORE), BTreeMap::new());
        let afters = [map(AFTERS[0]), map(AFTERS[2])];
        let given: Vec<_> = afters.iter().map(|after| column(after, &none, &[])).collect();
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
