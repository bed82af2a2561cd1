//! What a plan does to databases that have run something: rechain's word against real Alembic on real databases.
//!
//! A database is brought to a state with the files as they are, or, where Alembic does not load them, as they were before a
//! fault was put into them; then it is upgraded with the files as a plan leaves them. What ran, what never ran and what was
//! raised must be what was foretold.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use judge::{Random, full, printed, python, repository, write};
use rechain::alembic::{RevisionMap, databases_of};
use rechain::audit::{Outcome, examine_with};
use rechain::audited::AuditOptions;
use rechain::ingest::{Ingested, SourceTree, TreePath};
use rechain::report::{StateOutcome, StateReport};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many folders are made.
fn n_folders() -> u64 {
    let n = std::env::var("RECHAIN_FOLDERS").ok().and_then(|n| n.parse().ok());
    n.unwrap_or(if full() { 80 } else { 12 })
}

#[derive(Debug, Deserialize)]
struct Answer {
    rows: Option<Vec<String>>,
    #[serde(default)]
    ran: BTreeSet<String>,
    #[serde(default)]
    current: String,
    #[serde(default)]
    upgrades: Vec<Upgrade>,
    #[serde(default)]
    mended: Vec<Mended>,
}

#[derive(Debug, Deserialize)]
struct Upgrade {
    ran: Vec<String>,
    raised: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Mended {
    raised: Option<String>,
    rows: Vec<String>,
    tables: BTreeSet<String>,
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

/// One revision, before it is written.
#[derive(Debug, Clone, PartialEq)]
struct Revision {
    id: String,
    parents: Vec<String>,
    depends_on: Option<String>,
}

/// A sound history with forks, roots and dependencies, oldest first.
fn sound(random: &mut Random) -> Vec<Revision> {
    let n = 3 + random.below(7);
    let mut revisions: Vec<Revision> = Vec::new();
    for at in 0..n {
        let pool: Vec<String> = revisions.iter().map(|revision| revision.id.clone()).collect();
        let parents = match random.below(20) {
            _ if at == 0 => Vec::new(),
            0..10 => vec![pool[at - 1].clone()],
            10..15 => random.sample(&pool, 1),
            15..17 => Vec::new(),
            _ => {
                let heads =
                    pool.iter().filter(|id| !revisions.iter().any(|other| other.parents.contains(id)));
                random.sample(&heads.cloned().collect::<Vec<_>>(), 2)
            }
        };
        let depends_on = (at > 0 && random.chance(8)).then(|| random.pick(&pool).clone());
        let depends_on = depends_on.filter(|id| !parents.contains(id));
        revisions.push(Revision {
            id: format!("{:012x}", random.next() & 0xffff_ffff_ffff),
            parents,
            depends_on,
        });
    }
    revisions
}

/// The same with a fault, or as it is.
fn broken(random: &mut Random, sound: &[Revision]) -> Vec<Revision> {
    let mut revisions = sound.to_vec();
    let at = random.below(revisions.len());
    match random.below(8) {
        0 => {
            revisions.remove(at);
        }
        1 => revisions[at].parents = vec![revisions[at].id.clone()],
        2 => revisions[at].parents = vec!["gone_long_ago".to_owned()],
        3 => revisions[at].parents.clear(),
        4 => {
            let later = random.pick(&revisions[at..]).id.clone();
            revisions[at].parents = vec![later];
        }
        5 => revisions[at].id = format!("{}x", revisions[at].id),
        _ => {}
    }
    revisions
}

fn tree(revisions: &[Revision]) -> SourceTree {
    let mut tree = SourceTree::default();
    let mut add = |path: String, text: String| {
        tree.insert(TreePath::parse(&path).expect("relative"), text.into_bytes());
    };
    add("alembic.ini".to_owned(), "[alembic]\nscript_location = %(here)s/migrations\n".to_owned());
    add("migrations/env.py".to_owned(), ENV_PY.to_owned());
    for (at, Revision { id, parents, depends_on }) in revisions.iter().enumerate() {
        let parents = match parents.as_slice() {
            [] => "None".to_owned(),
            [one] => format!("'{one}'"),
            several => format!("('{}')", several.join("', '")),
        };
        let depends_on = depends_on.as_ref().map_or("None".to_owned(), |id| format!("'{id}'"));
        let text = format!(
            "\"\"\"step\n\nCreate Date: 2024-01-{:02} 10:00:00\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
             revision = '{id}'\ndown_revision = {parents}\nbranch_labels = None\ndepends_on = {depends_on}\n\n\n\
             def upgrade():\n    op.create_table('t_{id}', sa.Column('id', sa.Integer()))\n\n\n\
             def downgrade():\n    op.drop_table('t_{id}')\n",
            at + 1
        );
        add(format!("migrations/versions/{id}_step.py"), text);
    }
    tree
}

/// Rows that databases may hold: none, each alone, and some pairs.
fn states(random: &mut Random, revisions: &[Revision]) -> Vec<Vec<String>> {
    let ids: Vec<&String> = revisions.iter().map(|revision| &revision.id).collect();
    let mut states = vec![Vec::new()];
    states.extend(ids.iter().map(|id| vec![(*id).clone()]));
    for _ in 0..4 {
        let mut pair: Vec<String> = random.sample(&ids, 2).into_iter().cloned().collect();
        pair.sort_unstable();
        states.push(pair);
    }
    states
}

fn examined(tree: &SourceTree, stamped: Vec<Vec<String>>) -> Outcome {
    let ingested = Ingested { tree: tree.clone(), ..Ingested::default() };
    examine_with(ingested, AuditOptions { stamped, ..AuditOptions::default() }, &mut |_| {})
}

fn answers(python: &std::ffi::OsStr, root: &Path, questions: &[Value]) -> Vec<Answer> {
    let mut child = Command::new(python)
        .arg(repository("tests/python/states.py"))
        .arg(root)
        .env("PYTHONUTF8", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("RECHAIN_PYTHON runs");
    let asked = serde_json::to_vec(questions).expect("plain data");
    child.stdin.take().expect("it is piped").write_all(&asked).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", printed(&output));
    serde_json::from_slice(&output.stdout).expect("answers")
}

fn word(outcome: StateOutcome) -> &'static str {
    match outcome {
        StateOutcome::Runs => "runs",
        StateOutcome::Skips => "skips",
        StateOutcome::Repeats => "repeats",
        StateOutcome::TooEarly => "too early",
        StateOutcome::Overlaps => "overlaps",
        StateOutcome::CannotLocate => "cannot-locate",
        StateOutcome::Stops => "stops",
    }
}

/// What happened, in the words of the report.
fn happened(answer: &Answer, upgrade: &Upgrade, all: &BTreeSet<String>) -> (StateOutcome, BTreeSet<String>) {
    let skipped: BTreeSet<String> =
        all.iter().filter(|id| !answer.ran.contains(*id) && !upgrade.ran.contains(id)).cloned().collect();
    match &upgrade.raised {
        Some(raised) if raised.contains(" overlaps with ") => (StateOutcome::Overlaps, BTreeSet::new()),
        Some(raised) if raised.contains("Can't locate revision") => {
            (StateOutcome::CannotLocate, BTreeSet::new())
        }
        Some(_) => (StateOutcome::Stops, BTreeSet::new()),
        None if skipped.is_empty() => (StateOutcome::Runs, skipped),
        None => (StateOutcome::Skips, skipped),
    }
}

/// The commands of a recovery, word by word.
fn commands(told: &StateReport) -> Vec<Vec<&str>> {
    let lines = told.by_hand.iter().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().skip(1).collect()).collect()
}

/// What a recovery leaves undone.
fn lacks(mended: &Mended, map: &RevisionMap, was: &SourceTree) -> Option<String> {
    let heads: BTreeSet<&str> = map.real_heads().into_iter().collect();
    let creates = |id: &str| was.iter().any(|(path, _)| path.file_name().starts_with(id));
    let missing: Vec<_> = map
        .revisions()
        .filter(|revision| creates(&revision.id) && !mended.tables.contains(&format!("t_{}", revision.id)))
        .collect();
    let is_whole = mended.raised.is_none() && missing.is_empty();
    (!is_whole || !mended.rows.iter().map(String::as_str).eq(heads)).then(|| format!("by hand: {mended:?}"))
}

/// What of a foretold state did not happen.
fn differs(told: &StateReport, answer: &Answer, upgrade: &Upgrade, all: &BTreeSet<String>) -> Option<String> {
    let (outcome, skipped) = happened(answer, upgrade, all);
    let foretold: BTreeSet<String> = told.skips.iter().map(ToString::to_string).collect();
    let runs = upgrade.raised.is_some()
        || told.runs.iter().map(|id| &**id).eq(upgrade.ran.iter().map(String::as_str));
    let skips = told.outcome.is_none_or(|own| own == outcome && foretold == skipped);
    let stops = |outcome| !matches!(outcome, StateOutcome::Runs | StateOutcome::Skips);
    // Where what has run is not known, at least that it comes to an end.
    let ends = told.outcome.is_some() || !stops(outcome);
    (!runs || !skips || !ends)
        .then(|| format!("foretold {told:?}, and {upgrade:?} happened, without {skipped:?}"))
}

#[test]
fn what_a_plan_does_to_a_database_is_what_was_foretold() {
    let Some(python) = python("what_a_plan_does_to_a_database_is_what_was_foretold") else { return };
    let root = tempfile::tempdir().expect("a folder for the test");
    let (mut questions, mut foretold) = (Vec::new(), Vec::new());
    for seed in 0..n_folders() {
        let mut random = Random::new(seed);
        let was = sound(&mut random);
        let is = broken(&mut random, &was);
        let states = states(&mut random, &was);
        let outcome = examined(&tree(&is), states.clone());
        let folder = |name: &str| format!("{seed}-{name}");
        let loads = outcome.audit.environments[0].reading.map().is_some();
        let lived = if loads { outcome.tree.clone() } else { tree(&was) };
        write(&lived, &root.path().join(folder("was")));
        let mut after = Vec::new();
        for plan in &outcome.plans[0] {
            write(&plan.patch.apply(&outcome.tree), &root.path().join(folder(plan.kind.name())));
            after.push(folder(plan.kind.name()));
        }
        if after.is_empty() {
            continue;
        }
        for (at, rows) in states.iter().enumerate() {
            let by_hand: Vec<_> = outcome.report.environments[0]
                .plans
                .iter()
                .filter(|plan| !plan.stamped[at].by_hand.is_empty())
                .map(|plan| (folder(plan.name.name()), commands(&plan.stamped[at])))
                .collect();
            questions
                .push(json!({ "before": folder("was"), "rows": rows, "after": after, "by_hand": by_hand }));
        }
        foretold.push((seed, loads, states, outcome));
    }
    let mut told_of = answers(&python, root.path(), &questions).into_iter();
    let (mut differences, mut n_triples, mut n_elsewhere, mut n_read) = (Vec::new(), 0, 0, 0);
    let (mut n_mended, mut n_left) = (0, 0);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for (seed, loads, states, outcome) in foretold {
        for (at, rows) in states.iter().enumerate() {
            let answer = told_of.next().expect("an answer for each question");
            if answer.rows.as_ref() != Some(rows) {
                n_elsewhere += 1;
                continue;
            }
            if loads && !rows.is_empty() {
                let read = databases_of(&answer.current).expect("it was printed");
                let now = examined(&outcome.tree, read).report.environments.swap_remove(0).stamped;
                n_read += 1;
                if now.len() != 1 || now[0].stamped != *rows {
                    differences.push(format!("seed {seed}, {rows:?}: read back as {now:?}"));
                }
            }
            let mut mended = answer.mended.iter();
            for (place, plan) in outcome.report.environments[0].plans.iter().enumerate() {
                let map = outcome.plans[0][place].after.reading.map();
                let all = map
                    .into_iter()
                    .flat_map(RevisionMap::revisions)
                    .map(|revision| revision.id.clone())
                    .collect();
                let upgrade = &answer.upgrades[place];
                let told = &plan.stamped[at];
                let group = plan.states.iter().flatten().find(|group| group.stamped == *rows);
                for told in std::iter::once(told).chain(group) {
                    if let Some(difference) = differs(told, &answer, upgrade, &all) {
                        differences.push(format!("seed {seed}, plan {}, {rows:?}: {difference}", plan.name));
                    }
                }
                if !told.by_hand.is_empty() {
                    n_mended += 1;
                    let done = mended.next().expect("an answer for each recovery");
                    let lacking = map.and_then(|map| lacks(done, map, &outcome.tree));
                    differences.extend(
                        lacking.map(|what| format!("seed {seed}, plan {}, {rows:?}: {what}", plan.name)),
                    );
                } else if told.outcome.is_some_and(|outcome| outcome != StateOutcome::Runs) {
                    n_left += 1;
                }
                n_triples += 1;
                let fares = told.outcome.map_or("not known", word);
                *kinds.entry(format!("{}: {fares}", plan.name)).or_default() += 1;
            }
        }
    }
    println!(
        "{n_triples} triples of a folder, a state and a plan, {n_elsewhere} states that Alembic does not leave, {n_read} read \
         back, {n_mended} mended by hand and {n_left} not: {kinds:?}"
    );
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    // In a sample no row may happen to be gone.
    let wanted = &["runs", "skips", "overlaps", "cannot-locate"][..if full() { 4 } else { 3 }];
    let missing: Vec<_> =
        wanted.iter().filter(|kind| !kinds.keys().any(|known| known.ends_with(**kind))).collect();
    assert!(missing.is_empty(), "no database had {missing:?}");
}
