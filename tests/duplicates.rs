//! An id that stands in two files: every repair that is offered does in real Alembic what it says.
//!
//! A sound history is made from a seed, and one of its ids, or two, made to stand twice in one of the ways in which people
//! come to it. `RECHAIN_SEED` asks for one history, `RECHAIN_FOLDERS` for as many, `RECHAIN_FULL` for more.

mod judge;

use std::collections::BTreeMap;

use judge::compare::outcome;
use judge::repairs::{Migration, Style, history, project, seeds, shown, try_plan};
use judge::{Judge, Random, full};
use rechain::finding::Applicability;
use rechain::ingest::SourceTree;
use rechain::plan::PlanKind;

/// How an id comes to stand twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// A file was copied as it is.
    Copied,
    /// The same, with another date and comment, and another parent.
    Moved,
    /// A new migration was made from an old one: its id stayed.
    Pasted,
    /// The same, and its docstring says what its id was to be.
    Told,
    /// Two people gave two migrations one id.
    Chosen,
    /// Three did.
    ThreeChose,
    /// Two ids stand twice.
    TwoIds,
    /// One id stands twice, and there is a second head beside it.
    WithHead,
    /// One id stands twice, and a parent is missing.
    WithHole,
}

const WAYS: [Way; 9] = [
    Way::Copied,
    Way::Moved,
    Way::Pasted,
    Way::Told,
    Way::Chosen,
    Way::ThreeChose,
    Way::TwoIds,
    Way::WithHead,
    Way::WithHole,
];

/// A history in which ids stand twice, and the days go on.
fn spoilt(random: &mut Random, way: Way) -> (SourceTree, Style) {
    let mut made = history(random);
    let style = Style {
        quote: *random.pick(&['\'', '"']),
        dated: random.chance(70),
        told: true,
        empty: way != Way::Copied && random.chance(15),
    };
    let head = made.last().map(|last| last.id.clone()).expect("there is one");
    let first = random.below(made.len());
    let twice = |made: &mut Vec<Migration>, at: usize, random: &mut Random| {
        let own = made[at].clone();
        let day = made.len() + 1;
        let id = own.id.clone();
        // One that sorts before the other, and one that sorts after it.
        let name = *random.pick(&["0000_more", "zz_more", "again"]);
        let name = format!("{name}_{day}");
        let on = if random.chance(50) { own.parents.clone() } else { vec![head.clone()] };
        // The head itself cannot stand on itself.
        let parents = if on.contains(&id) { own.parents } else { on };
        let table = format!("t{day}");
        made.push(Migration {
            name,
            id: id.clone(),
            said: id,
            parents,
            day,
            table,
            alters: None,
            comment: false,
        });
    };
    match way {
        Way::Copied | Way::Moved => {
            let mut copy = made[first].clone();
            copy.name = format!("{}{}_copy", *random.pick(&["0 ", "", "zz"]), copy.name);
            if way == Way::Moved {
                copy.day += 1;
                copy.comment = true;
                if random.chance(50) && copy.id != head {
                    copy.parents = vec![head.clone()];
                }
            }
            made.push(copy);
        }
        Way::Pasted => {
            let at = made.len() - 1;
            let parents = if first == at { made[at].parents.clone() } else { vec![head.clone()] };
            twice(&mut made, first, random);
            let last = made.len() - 1;
            made[last].parents = parents;
        }
        Way::Told => {
            twice(&mut made, first, random);
            let last = made.len() - 1;
            made[last].said = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
        }
        Way::Chosen => twice(&mut made, first, random),
        Way::ThreeChose => {
            twice(&mut made, first, random);
            twice(&mut made, first, random);
        }
        Way::TwoIds => {
            let second = random.below(made.len());
            twice(&mut made, first, random);
            if second != first {
                twice(&mut made, second, random);
            }
        }
        Way::WithHead | Way::WithHole => {
            let parent = if way == Way::WithHead {
                made[random.below(made.len())].id.clone()
            } else {
                "gone_without_a_trace".to_owned()
            };
            let day = made.len() + 1;
            let id = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
            made.push(Migration {
                name: format!("{id}_beside"),
                said: id.clone(),
                id,
                parents: vec![parent],
                day,
                table: format!("t{day}"),
                alters: None,
                comment: false,
            });
            twice(&mut made, first, random);
        }
    }
    let tree = project(&made, &style);
    (tree, style)
}

#[test]
fn every_plan_for_an_id_that_stands_twice_does_in_alembic_what_it_says() {
    let Some(mut judge) =
        Judge::start("every_plan_for_an_id_that_stands_twice_does_in_alembic_what_it_says", &[])
    else {
        return;
    };
    let mut counts: BTreeMap<(Way, String), usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for seed in seeds(if full() { 4000 } else { 90 }) {
        let mut random = Random::new(seed);
        let way = WAYS[seed as usize % WAYS.len()];
        let (tree, _) = spoilt(&mut random, way);
        let before = outcome(&tree);
        let plans = &before.plans[0];
        for plan in plans {
            if let Err(difference) = try_plan(&mut judge, &tree, &before, plan, false) {
                differences
                    .push((format!("seed {seed}, {way:?}, plan {}: {difference}", plan.kind), shown(&tree)));
            }
        }
        let names: Vec<_> =
            plans.iter().map(|plan| format!("{} ({})", plan.kind, plan.applicability.word())).collect();
        if !plans.iter().any(|plan| plan.kind == PlanKind::Duplicate) {
            differences.push((format!("seed {seed}, {way:?}: no plan"), shown(&tree)));
        }
        let removes = plans.iter().any(|plan| plan.changes.iter().any(|change| change.removed));
        let safe = plans.iter().any(|plan| plan.applicability == Applicability::Safe);
        if way == Way::Copied && !(removes && safe && plans.len() == 1) {
            differences.push((format!("seed {seed}: a copy is removed without harm"), shown(&tree)));
        }
        *counts.entry((way, names.join(", "))).or_default() += 1;
    }
    for ((way, plans), n) in &counts {
        println!("{way:?}: {n} folders: {plans}");
    }
    let lines: Vec<_> = differences.iter().map(|(difference, _)| difference.as_str()).collect();
    let first = differences.first().map_or("", |(_, folder)| folder);
    assert!(differences.is_empty(), "{} differences\n{}\n{first}", lines.len(), lines.join("\n"));
}
