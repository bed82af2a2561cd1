//! The groups are what each database does, state by state.

use super::*;
use crate::alembic::{Reading, Stopped};
use crate::graph::fixture::{Draw, scripts};

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
fn of_many_revisions_no_state_is_lost_for_what_one_of_them_needs() {
    let line = |name: &str| {
        let ids = (0..=MOST_PAIRS / 2).map(|at| match at {
            0 => format!("{name}0:"),
            _ => format!("{name}{at}:{name}{}", at - 1),
        });
        ids.collect::<Vec<_>>().join("; ")
    };
    let top = MOST_PAIRS / 2;
    let before = format!("{}; {}", line("a"), line("b"));
    let (old, new) = (map(&before), map(&format!("{before}; m:a{top},b{top}")));
    let needed = format!("a{top}");
    let n_states = |needs: &[(&str, &str)]| -> usize {
        let groups = states(&old, &new, &BTreeMap::new(), needs).expect("they have an order");
        groups.iter().map(|group| group.count).sum()
    };
    // One cannot be: the head of the first history alone.
    assert_eq!(n_states(&[(&needed, "b0")]) + 1, n_states(&[]));
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
    let heads: Vec<usize> = (0..n).filter(|at| !after.iter().any(|parents| parents.contains(at))).collect();
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
        for rows in std::iter::once(Vec::new()).chain(alone).chain(pairs.filter(|rows| rows[0] < rows[1])) {
            // Alembic would not leave these rows behind.
            let Ok(left) = old.upgrade_from(&rows) else { continue };
            let fares = match new.upgrade_from(&rows) {
                Err(Stopped::Raises(raised)) if raised.message.contains(" overlaps with ") => Fares::Overlaps,
                Err(stopped) => panic!("{before} -> {after}, {rows:?}: {stopped:?}"),
                Ok(upgraded) => {
                    let skipped = left.runs.iter().filter(|id| !upgraded.runs.contains(id));
                    let skipped: BTreeSet<&str> = skipped.copied().collect();
                    let skipped: Vec<String> =
                        ids.iter().filter(|id| skipped.contains(*id)).map(|id| (*id).to_owned()).collect();
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
        let pairs = pairs.flat_map(|(at, one)| rows[..at].iter().map(move |other| vec![one.as_str(), other]));
        let states =
            std::iter::once(Vec::new()).chain(rows.iter().map(|row| vec![row.as_str()])).chain(pairs);
        for rows in states.filter(|rows| are_apart(rows)) {
            let ran: BTreeSet<String> = rows.iter().flat_map(|row| below(&before, row)).map(now).collect();
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

#[test]
fn what_runs_too_early_is_what_each_upgrade_does() {
    let mut draw = Draw(305);
    let mut seen = [0; 2];
    for _ in 0..1000 {
        // A merge of which one parent lies below another makes Alembic lose count.
        let [before, after] = drawn(&mut draw);
        let (old, new) = (map(&before), map(&after));
        let ids = old.upgrade_order().expect("there is an order");
        let below = |id: &str| old.at_or_below(&[id]).unwrap_or_default();
        let needs: Vec<(&str, &str)> = (0..draw.below(4))
            .map(|_| (ids[draw.below(ids.len())], ids[draw.below(ids.len())]))
            .filter(|(id, on)| !below(id).contains(on) && !below(on).contains(id))
            .collect();
        let mut expected = BTreeMap::<Option<(String, String)>, usize>::new();
        let pairs = ids.iter().flat_map(|one| ids.iter().map(move |other| vec![*one, *other]));
        let alone = ids.iter().map(|one| vec![*one]);
        for rows in std::iter::once(Vec::new()).chain(alone).chain(pairs.filter(|rows| rows[0] < rows[1])) {
            let ran = old.at_or_below(&rows).unwrap_or_default();
            let can_be = needs.iter().all(|(id, on)| !ran.contains(id) || ran.contains(on));
            if !can_be || old.upgrade_from(&rows).is_err() {
                continue;
            }
            // Where it harms the database in another way, that is told.
            let taken = new.at_or_below(&rows).unwrap_or_default();
            let upgraded = new.upgrade_from(&rows).ok().filter(|_| taken.is_subset(&ran));
            let early = upgraded.and_then(|upgraded| {
                let early = crate::alembic::too_early(&upgraded.runs, needs.iter().copied(), |id| id);
                early.first().map(|&(id, on)| (id.to_owned(), on.to_owned()))
            });
            *expected.entry(early).or_default() += 1;
        }
        let mut found = BTreeMap::new();
        for group in states(&old, &new, &BTreeMap::new(), &needs).expect("they have an order") {
            let early = match group.fares {
                Fares::TooEarly { revision, needs } => Some((revision, needs)),
                _ => None,
            };
            seen[usize::from(early.is_some())] += group.count;
            *found.entry(early).or_default() += group.count;
        }
        assert_eq!(found, expected, "{before} -> {after}, {needs:?}");
    }
    assert!(seen.iter().all(|&n| n > 300), "{seen:?}");
}

#[test]
fn long_histories_of_which_one_needs_the_other_are_told_and_too_long_ones_are_not() {
    let told = |n: usize| {
        let side = |name: &str| {
            let one = |at: usize| match at {
                0 => format!("{name}0:"),
                _ => format!("{name}{at}:{name}{}", at - 1),
            };
            (0..n).map(one).collect::<Vec<_>>().join("; ")
        };
        let before = format!("{}; {}", side("a"), side("b"));
        let after = format!("{before}; m:a{},b{}", n - 1, n - 1);
        let ids: Vec<[String; 2]> = (0..n).map(|at| [format!("b{at}"), format!("a{at}")]).collect();
        let needs: Vec<(&str, &str)> = ids.iter().map(|[id, on]| (id.as_str(), on.as_str())).collect();
        states(&map(&before), &map(&after), &BTreeMap::new(), &needs)
    };
    let groups = told(100).expect("they are not too many");
    // Nothing, one of the first side, or one of each, of which the second has not run more.
    assert_eq!(groups.iter().map(|group| group.count).sum::<usize>(), 1 + 100 + 100 * 101 / 2);
    assert!(told(400).is_none());
}
