//! Parents that somebody chose: rechain's word against real Alembic.
//!
//! Histories are made, and parents of some of their revisions chosen, alone or in line. Where a plan comes of it, real
//! Alembic loads the files and runs them in the promised order, and does to each database that has run something what was
//! foretold of it.

mod judge;

use std::collections::{BTreeMap, BTreeSet};

use judge::{Random, answered, full, python, write};
use rechain::audit::{Outcome, examine_with};
use rechain::audited::{AuditOptions, Pinned};
use rechain::ingest::{Ingested, SourceTree, TreePath};
use rechain::plan::in_line;
use rechain::report::{PlanKind, PlanReport, StateOutcome, StateReport};
use serde::Deserialize;
use serde_json::json;

/// How many histories are made.
fn n_folders() -> u64 {
    let n = std::env::var("RECHAIN_FOLDERS").ok().and_then(|n| n.parse().ok());
    n.unwrap_or(if full() { 400 } else { 40 })
}

#[derive(Debug, Deserialize)]
struct Answer {
    rows: Option<Vec<String>>,
    #[serde(default)]
    ran: BTreeSet<String>,
    #[serde(default)]
    upgrades: Vec<Upgrade>,
}

#[derive(Debug, Deserialize)]
struct Upgrade {
    ran: Vec<String>,
    raised: Option<String>,
}

const ENV_PY: &str = "from alembic import context
from sqlalchemy import create_engine

told = context.config.attributes


def note(ctx, step, heads, run_args):
    told[\"ran\"].append(step.up_revision_id)


with create_engine(told[\"url\"]).connect() as connection:
    context.configure(connection=connection, on_version_apply=note)
    with context.begin_transaction():
        context.run_migrations()
";

/// A history with forks, roots and merges, oldest first: ids and parents.
fn history(random: &mut Random) -> Vec<(String, Vec<String>)> {
    let mut made: Vec<(String, Vec<String>)> = Vec::new();
    for at in 0..3 + random.below(6) {
        let pool: Vec<String> = made.iter().map(|(id, _)| id.clone()).collect();
        let parents = match random.below(12) {
            _ if at == 0 => Vec::new(),
            0 => Vec::new(),
            1 | 2 => random.sample(&pool, 1),
            3 => {
                let is_head = |id: &&String| !made.iter().any(|(_, parents)| parents.contains(id));
                random.sample(&pool.iter().filter(is_head).cloned().collect::<Vec<_>>(), 2)
            }
            _ => vec![pool[at - 1].clone()],
        };
        made.push((format!("{:08x}", random.next() & 0xffff_ffff), parents));
    }
    made
}

/// The migrations do nothing, so that one may run a second time.
fn tree(history: &[(String, Vec<String>)]) -> SourceTree {
    let mut tree = SourceTree::default();
    let mut add = |path: String, text: String| {
        tree.insert(TreePath::parse(&path).expect("relative"), text.into_bytes());
    };
    add("alembic.ini".to_owned(), "[alembic]\nscript_location = %(here)s/migrations\n".to_owned());
    add("migrations/env.py".to_owned(), ENV_PY.to_owned());
    for (id, parents) in history {
        let parents = match parents.as_slice() {
            [] => "None".to_owned(),
            [one] => format!("'{one}'"),
            several => format!("('{}')", several.join("', '")),
        };
        let text = format!(
            "revision = '{id}'\ndown_revision = {parents}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
        );
        add(format!("migrations/versions/{id}.py"), text);
    }
    tree
}

fn examined(tree: &SourceTree, stamped: &[Vec<String>], pinned: Vec<Pinned>) -> Outcome {
    let options = AuditOptions { stamped: stamped.to_vec(), pinned, ..AuditOptions::default() };
    examine_with(Ingested { tree: tree.clone(), ..Ingested::default() }, options, &mut |_| {})
}

/// A parent that is chosen, or a move in line.
fn chosen(random: &mut Random, tree: &SourceTree, ids: &[String]) -> Vec<Pinned> {
    let (revision, onto) = (random.pick(ids).clone(), random.pick(ids).clone());
    if random.chance(60) {
        let audit = rechain::audit::audit(tree, AuditOptions::default(), &mut |_, _| {});
        return in_line(&audit.environments[0], &[], &revision, Some(&onto)).unwrap_or_default();
    }
    vec![Pinned { revision, parents: if random.chance(8) { Vec::new() } else { vec![onto] } }]
}

/// What happened to a database, in the words of the report.
fn happened(answer: &Answer, upgrade: &Upgrade, all: &[String]) -> StateOutcome {
    let is_left = |id: &&String| !answer.ran.contains(*id) && !upgrade.ran.contains(id);
    match &upgrade.raised {
        Some(raised) if raised.contains(" overlaps with ") => StateOutcome::Overlaps,
        Some(_) => StateOutcome::Stops,
        None if upgrade.ran.iter().any(|id| answer.ran.contains(id)) => StateOutcome::Repeats,
        None if all.iter().any(|id| is_left(&id)) => StateOutcome::Skips,
        None => StateOutcome::Runs,
    }
}

fn by_hand(outcome: &Outcome) -> Option<&PlanReport> {
    outcome.report.environments[0].plans.iter().find(|plan| plan.name == PlanKind::ByHand)
}

#[test]
fn chosen_parents_do_what_was_promised() {
    let Some(python) = python("chosen_parents_do_what_was_promised") else { return };
    let root = tempfile::tempdir().expect("a folder for the test");
    let (mut questions, mut foretold) = (Vec::new(), Vec::new());
    let mut n_refused: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..n_folders() {
        let mut random = Random::new(seed);
        let history = history(&mut random);
        let ids: Vec<String> = history.iter().map(|(id, _)| id.clone()).collect();
        let tree = tree(&history);
        let mut states: Vec<Vec<String>> = vec![Vec::new()];
        states.extend(ids.iter().map(|id| vec![id.clone()]));
        let mut pair = random.sample(&ids, 2);
        pair.sort_unstable();
        states.push(pair);
        let outcome = examined(&tree, &states, chosen(&mut random, &tree, &ids));
        let Some(plan) = by_hand(&outcome) else {
            let why = outcome.by_hand[0].refused.clone().unwrap_or_default();
            let kind = ["come before itself", "its own parent", "these parents already", "add a fault"];
            let kind = kind.into_iter().find(|kind| why.contains(kind)).unwrap_or("nowhere to move");
            *n_refused.entry(kind.to_owned()).or_default() += 1;
            continue;
        };
        let (was, is) = (format!("{seed}-was"), format!("{seed}-is"));
        let patch =
            &outcome.plans[0].iter().find(|plan| plan.kind == PlanKind::ByHand).expect("it is there").patch;
        write(&tree, &root.path().join(&was));
        write(&patch.apply(&tree), &root.path().join(&is));
        for rows in &states {
            questions.push(json!({ "before": was, "rows": rows, "after": [is], "by_hand": [] }));
        }
        foretold.push((seed, ids, states, plan.clone()));
    }
    let mut told_of = answered::<Answer>(&python, "states.py", root.path(), &questions).into_iter();
    let (mut differences, mut kinds) = (Vec::new(), BTreeMap::<String, usize>::new());
    let n_plans = foretold.len();
    for (seed, ids, states, plan) in foretold {
        for (at, rows) in states.iter().enumerate() {
            let answer = told_of.next().expect("an answer for each question");
            if answer.rows.as_ref() != Some(rows) {
                continue;
            }
            let upgrade = &answer.upgrades[0];
            let happened = happened(&answer, upgrade, &ids);
            if rows.is_empty()
                && !plan.order.iter().map(|id| &**id).eq(upgrade.ran.iter().map(String::as_str))
            {
                differences.push(format!("seed {seed}: promised {:?}, ran {upgrade:?}", plan.order));
            }
            let group = plan.states.iter().flatten().find(|group| group.stamped == *rows);
            let told: Vec<&StateReport> = std::iter::once(&plan.stamped[at]).chain(group).collect();
            for told in told {
                if told.outcome != Some(happened) {
                    differences.push(format!(
                        "seed {seed}, {rows:?}: foretold {told:?}, was {happened:?}: {upgrade:?}"
                    ));
                }
            }
            *kinds.entry(format!("{happened:?}")).or_default() += 1;
        }
    }
    println!("{n_plans} plans by hand, refused: {n_refused:?}; databases: {kinds:?}");
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    for kind in ["Runs", "Skips", "Repeats"] {
        assert!(kinds.contains_key(kind), "no database {kind}");
    }
    assert!(n_plans > 10 && n_refused.contains_key("come before itself"), "{n_plans}: {n_refused:?}");
}
