//! What a plan does to databases that have run something: rechain's word against real Alembic on real databases.
//!
//! A database is brought to a state with the files as they are, or, where Alembic does not load them, as they were before a
//! fault was put into them; then it is upgraded with the files as a plan leaves them. What ran, what never ran and what was
//! raised must be what was foretold.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use judge::{Random, answered, full, python, python_with_databases, seed, write};
use rechain::alembic::{Known, RevisionMap, databases_of};
use rechain::audit::{Outcome, examine_with};
use rechain::audited::AuditOptions;
use rechain::ingest::{Ingested, SourceTree, TreePath};
use rechain::plan::{NoRecovery, Past, Plan};
use rechain::report::{PlanReport, RecoveryForm, StateOutcome, StateReport, recovery_script};
use rechain::schema::Dialect;
use serde::Deserialize;
use serde_json::json;

/// The seeds of the folders that are made: on SQLite all up to a number, on PostgreSQL some of them.
fn seeds(dialect: Dialect) -> Vec<u64> {
    let n = std::env::var("RECHAIN_FOLDERS").ok().and_then(|n| n.parse().ok());
    let n = n.unwrap_or(if full() { 100 } else { 12 });
    let all: Vec<u64> = (0..n).collect();
    match dialect {
        Dialect::Sqlite => all,
        _ => Random::new(seed()).sample(&all, if full() { 25 } else { 2 }),
    }
}

/// One in so many scripts goes through a shell; the others are read line by line.
const ONE_IN_SHELL: usize = 40;

/// Where the revision is kept, by the options that `env.py` hands over: the table, and the schema that it is in.
fn place(seed: u64, dialect: Dialect) -> (&'static str, &'static str, Option<&'static str>) {
    match (seed % 3, dialect) {
        (0, _) => ("", "alembic_version", None),
        (1, Dialect::Postgresql) => {
            (", version_table='Own', version_table_schema='kept'", "kept.\"Own\"", Some("kept"))
        }
        _ => (", version_table='own_versions'", "own_versions", None),
    }
}

#[derive(Debug, Deserialize)]
struct Answer {
    rows: Option<Vec<String>>,
    #[serde(default)]
    current: String,
    #[serde(default)]
    upgrades: Vec<Upgrade>,
    #[serde(default)]
    mended: Vec<Mended>,
    #[serde(default)]
    scripts: Vec<Recovered>,
}

#[derive(Debug, Deserialize)]
struct Recovered {
    raised: Option<String>,
    rows: Vec<String>,
    heads: Vec<String>,
    tables: BTreeSet<String>,
    is_whole: bool,
    is_guarded: bool,
}

#[derive(Debug, Deserialize)]
struct Upgrade {
    ran: Vec<String>,
    raised: Option<String>,
    tables: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Mended {
    raised: Option<String>,
    rows: Vec<String>,
    tables: BTreeSet<String>,
}

const ENV_PY: &str = "import os

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

told = context.config.attributes


def note(ctx, step, heads, run_args):
    told.setdefault(\"ran\", []).append(step.up_revision_id)


url = told.get(\"url\") or os.environ[\"STATES_URL\"]
with create_engine(url, poolclass=NullPool).connect() as connection:
    context.configure(connection=connection, on_version_apply=noteOPTIONS)
    with context.begin_transaction():
        context.run_migrations()
";

/// One revision, before it is written.
#[derive(Debug, Clone, PartialEq)]
struct Revision {
    id: String,
    parents: Vec<String>,
    /// What its docstring says that it stands on, where that says so.
    said: Option<Vec<String>>,
    depends_on: Option<String>,
    /// Its file, without its ending, and the table that it makes.
    file: String,
    table: String,
    /// What else its upgrade does, which fails.
    fault: Option<String>,
}

/// A sound history with forks, roots and dependencies, oldest first.
fn sound(random: &mut Random, is_told: bool) -> Vec<Revision> {
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
        let id = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
        let (file, table) = (format!("{id}_step"), format!("t_{id}"));
        let said = is_told.then(|| parents.clone());
        revisions.push(Revision { id, parents, said, depends_on, file, table, fault: None });
    }
    revisions
}

/// The same with a fault, or as it is.
fn broken(random: &mut Random, sound: &[Revision]) -> Vec<Revision> {
    let mut revisions = sound.to_vec();
    let at = random.below(revisions.len());
    match random.below(10) {
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
        // An id twice: a later one takes that of another, or a copy of a file was changed.
        6 => {
            let other = random.below(revisions.len());
            revisions[at].id = revisions[other].id.clone();
        }
        7 => {
            let mut copy = revisions[at].clone();
            copy.file = format!("{}{}", *random.pick(&["0_", "z_"]), copy.file);
            copy.table.push_str("_more");
            if random.chance(50) {
                copy.parents = vec![revisions.last().expect("there is one").id.clone()];
            }
            revisions.push(copy);
        }
        _ => {}
    }
    revisions
}

fn tree(revisions: &[Revision], options: &str) -> SourceTree {
    let mut tree = SourceTree::default();
    let mut add = |path: String, text: String| {
        tree.insert(TreePath::parse(&path).expect("relative"), text.into_bytes());
    };
    add("alembic.ini".to_owned(), "[alembic]\nscript_location = %(here)s/migrations\n".to_owned());
    add("migrations/env.py".to_owned(), ENV_PY.replace("OPTIONS", options));
    for (at, Revision { id, parents, said, depends_on, file, table, fault }) in revisions.iter().enumerate() {
        let parents = match parents.as_slice() {
            [] => "None".to_owned(),
            [one] => format!("'{one}'"),
            several => format!("('{}')", several.join("', '")),
        };
        let depends_on = depends_on.as_ref().map_or("None".to_owned(), |id| format!("'{id}'"));
        let fault = fault.as_ref().map_or(String::new(), |fault| format!("    {fault}\n"));
        let said = said.as_ref().map_or(String::new(), |said| format!("Revises: {}\n", said.join(", ")));
        let text = format!(
            "\"\"\"step\n\n{said}Create Date: 2024-01-{:02} 10:00:00\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
             revision = '{id}'\ndown_revision = {parents}\nbranch_labels = None\ndepends_on = {depends_on}\n\n\n\
             def upgrade():\n    op.create_table('{table}', sa.Column('id', sa.Integer()))\n{fault}\n\n\
             def downgrade():\n    op.drop_table('{table}')\n",
            at + 1
        );
        add(format!("migrations/versions/{file}.py"), text);
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

fn examined(tree: &SourceTree, stamped: Vec<Vec<String>>, dialect: Dialect) -> Outcome {
    let ingested = Ingested { tree: tree.clone(), ..Ingested::default() };
    examine_with(
        ingested,
        AuditOptions { dialect: Some(dialect), stamped, ..AuditOptions::default() },
        &mut |_| {},
    )
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

/// The table that each revision of a folder makes; that of the last file by name, where ids stand twice.
fn tables_of(tree: &SourceTree) -> BTreeMap<String, String> {
    let mut made = BTreeMap::new();
    for (path, bytes) in tree.iter().filter(|(path, _)| path.folder().ends_with("versions")) {
        let text = String::from_utf8_lossy(bytes);
        let between = |start: &str| {
            let (_, rest) = text.split_once(start)?;
            rest.split_once('\'').map(|(found, _)| found.to_owned())
        };
        let Some(id) = between("\nrevision = '").or_else(|| between("\nrevision: str = '")) else {
            panic!("{path} has an id: {text}")
        };
        if let Some(table) = between("create_table('") {
            made.insert(id, table);
        }
    }
    made
}

/// What happened, in the words of the report, and the tables that are not there in the end.
fn happened(upgrade: &Upgrade, all: &BTreeMap<String, String>) -> (StateOutcome, BTreeSet<String>) {
    let skipped: BTreeSet<String> =
        all.values().filter(|table| !upgrade.tables.contains(*table)).cloned().collect();
    let outcome = match &upgrade.raised {
        Some(raised) if raised.contains(" overlaps with ") => StateOutcome::Overlaps,
        Some(raised) if raised.contains("Can't locate revision") => StateOutcome::CannotLocate,
        Some(raised) if raised.contains("already exists") => StateOutcome::Repeats,
        Some(_) => StateOutcome::Stops,
        None if skipped.is_empty() => return (StateOutcome::Runs, skipped),
        None => return (StateOutcome::Skips, skipped),
    };
    (outcome, BTreeSet::new())
}

/// The commands of a recovery, word by word.
fn commands(told: &StateReport) -> Vec<Vec<&str>> {
    let lines = told.by_hand.iter().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().skip(1).collect()).collect()
}

/// What the bare commands leave undone.
fn lacks(mended: &Mended, map: &RevisionMap, all: &BTreeMap<String, String>) -> Option<String> {
    let heads: BTreeSet<&str> = map.real_heads().into_iter().collect();
    let is_whole = mended.raised.is_none() && all.values().all(|table| mended.tables.contains(table));
    (!is_whole || !mended.rows.iter().map(String::as_str).eq(heads)).then(|| format!("by hand: {mended:?}"))
}

/// What a script leaves undone, or does where it must not.
fn fails(done: &Recovered, rows: &[String], all: &BTreeMap<String, String>) -> Option<String> {
    let is_right = done.raised.is_none()
        && done.is_whole
        && (done.is_guarded || rows.is_empty())
        && done.rows == done.heads
        && all.values().all(|table| done.tables.contains(table));
    (!is_right).then(|| format!("script: {done:?}"))
}

/// What of a foretold state did not happen.
fn differs(told: &StateReport, upgrade: &Upgrade, all: &BTreeMap<String, String>) -> Option<String> {
    let (outcome, skipped) = happened(upgrade, all);
    let foretold: BTreeSet<String> = told.skips.iter().filter_map(|id| all.get(&**id)).cloned().collect();
    let runs = upgrade.raised.is_some()
        || told.runs.iter().map(|id| &**id).eq(upgrade.ran.iter().map(String::as_str));
    // Which table was made before another one is there already hangs on the order alone.
    let skips = told
        .outcome
        .is_none_or(|own| own == outcome && (foretold == skipped || own == StateOutcome::Repeats));
    let stops = |outcome| !matches!(outcome, StateOutcome::Runs | StateOutcome::Skips);
    // Where what has run is not known, it may be run once more; Alembic itself comes to an end at least.
    let ends = told.outcome.is_some() || !stops(outcome) || outcome == StateOutcome::Repeats;
    (!runs || !skips || !ends)
        .then(|| format!("foretold {told:?}, and {upgrade:?} happened, without {skipped:?}"))
}

/// Whether what a plan takes databases to have run is what they ran.
fn holds(past: &Past, was: &[Revision]) -> bool {
    let known = was.iter().map(|Revision { id, parents, depends_on, .. }| Known {
        id: id.clone(),
        parents: parents.clone(),
        depends_on: depends_on.iter().cloned().collect(),
    });
    let lived = RevisionMap::of(known.collect()).expect("it is sound");
    was.iter().all(|Revision { id, .. }| {
        // What never was has not run.
        let taken = past.map.at_or_below(&[id]).map(|mut taken| {
            taken.retain(|id| was.iter().any(|own| own.id == *id));
            taken
        });
        taken.is_none_or(|taken| lived.at_or_below(&[id]) == Some(taken))
    })
}

/// One folder with its states, and what was foretold of them.
struct Folder {
    seed: u64,
    was: Vec<Revision>,
    loads: bool,
    states: Vec<Vec<String>>,
    outcome: Outcome,
}

impl Folder {
    fn of(
        seed: u64,
        was: Vec<Revision>,
        is: &[Revision],
        states: Vec<Vec<String>>,
        options: &str,
        dialect: Dialect,
    ) -> Self {
        let outcome = examined(&tree(is, options), states.clone(), dialect);
        let loads = outcome.audit.environments[0].reading.map().is_some();
        Self { seed, was, loads, states, outcome }
    }

    /// What the folder with these files is called: `was`, or a plan.
    fn named(&self, files: &str) -> String {
        format!("{}-{files}", self.seed)
    }

    /// Writes the files that databases ran, and those that each plan leaves; gives what these are called.
    fn written(&self, root: &Path, options: &str) -> Vec<String> {
        let lived = if self.loads { self.outcome.tree.clone() } else { tree(&self.was, options) };
        write(&lived, &root.join(self.named("was")));
        let plan = |plan: &Plan| {
            let folder = self.named(plan.kind.name());
            write(&plan.patch.apply(&self.outcome.tree), &root.join(&folder));
            folder
        };
        self.outcome.plans[0].iter().map(plan).collect()
    }
}

/// Why no script is written, in one word.
fn why_none(why: &NoRecovery) -> &'static str {
    match why {
        NoRecovery::Undeclared(_) => "no file declares the row",
        NoRecovery::Shared(_) => "an id twice",
        NoRecovery::BelowIsBroken => "broken below the row",
        NoRecovery::NotWhereItWas => "was elsewhere",
        NoRecovery::Stops => "stops",
        NoRecovery::Tangled(_) => "depends on what comes after it",
    }
}

#[test]
fn what_a_plan_does_to_a_database_is_what_was_foretold() {
    let Some(python) = python("what_a_plan_does_to_a_database_is_what_was_foretold") else { return };
    let kinds = tried(&python, Dialect::Sqlite);
    // In a sample no row may happen to be gone.
    let wanted = &["runs", "skips", "overlaps", "cannot-locate"][..if full() { 4 } else { 3 }];
    let missing: Vec<_> =
        wanted.iter().filter(|kind| !kinds.keys().any(|known| known.ends_with(**kind))).collect();
    assert!(missing.is_empty(), "no database had {missing:?}");
}

#[test]
fn what_a_plan_does_to_a_server_is_what_was_foretold() {
    let Some(python) = python_with_databases("what_a_plan_does_to_a_server_is_what_was_foretold") else {
        return;
    };
    tried(&python, Dialect::Postgresql);
}

/// What fails by itself: for want of what nobody makes, or what comes later; by what is there; by a name that is not.
fn failing(random: &mut Random, revisions: &mut [Revision]) {
    let (at, other) = (random.below(revisions.len()), random.pick(revisions).table.clone());
    let fault = match random.below(8) {
        0 => "op.drop_table('never_there')".to_owned(),
        1 => "nobody_knows_this()".to_owned(),
        2 => "raise RuntimeError('by hand')".to_owned(),
        3 => format!("op.add_column('{other}', sa.Column('id', sa.Integer()))"),
        4 => format!("op.create_table('{other}', sa.Column('id', sa.Integer()))"),
        // It needs what another one makes, which may run later.
        _ => format!("op.add_column('{other}', sa.Column('more', sa.Integer()))"),
    };
    revisions[at].fault = Some(fault);
}

/// A database comes to what fails by itself: it stops there for certain, it may, or nothing was said of it.
#[test]
fn a_database_stops_at_what_was_foretold_to_fail() {
    let Some(python) = python("a_database_stops_at_what_was_foretold_to_fail") else { return };
    let root = tempfile::tempdir().expect("a folder for the test");
    let (mut questions, mut folders) = (Vec::new(), Vec::new());
    for seed in 0..if full() { 150 } else { 15 } {
        let mut random = Random::new(7_000 + seed);
        let mut was = sound(&mut random, true);
        failing(&mut random, &mut was);
        let is = broken(&mut random, &was);
        let states = states(&mut random, &was);
        let own = Folder::of(seed, was, &is, states, "", Dialect::Sqlite);
        let mut after = own.written(root.path(), "");
        if own.loads {
            after.insert(0, own.named("was"));
        }
        for (at, rows) in own.states.iter().enumerate() {
            let early = |plan: &&PlanReport| plan.stamped[at].outcome == Some(StateOutcome::TooEarly);
            let plans = own.outcome.report.environments[0].plans.iter().filter(early);
            let by_hand: Vec<_> =
                plans.map(|plan| (own.named(plan.name.name()), commands(&plan.stamped[at]))).collect();
            questions.push(json!({
                "before": own.named("was"), "rows": rows, "after": after, "by_hand": by_hand, "scripts": [],
                "dialect": "sqlite", "table": "alembic_version", "schemas": [],
            }));
        }
        folders.push(own);
    }
    let mut told_of = answered::<Answer>(&python, "states.py", root.path(), &questions).into_iter();
    let (mut differences, mut kinds) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for Folder { seed, was, loads, states, outcome } in &folders {
        let environment = &outcome.report.environments[0];
        for (at, rows) in states.iter().enumerate() {
            let answer = told_of.next().expect("an answer for each question");
            if answer.rows.as_ref() != Some(rows) {
                continue;
            }
            let mut mended = answer.mended.iter();
            for (plan, own) in environment.plans.iter().zip(&outcome.plans[0]) {
                let told = &plan.stamped[at];
                if told.outcome != Some(StateOutcome::TooEarly) {
                    continue;
                }
                let done = mended.next().expect("an answer for each recovery");
                // Where the order alone is wrong, the commands bring it to the heads.
                let by_order = |of: &Revision| of.fault.as_ref().is_none_or(|fault| fault.contains("'more'"));
                let is_judged = !told.by_hand.is_empty() && was.iter().all(by_order);
                let all = tables_of(&own.patch.apply(&outcome.tree));
                *kinds.entry("brought to the heads by commands").or_default() += usize::from(is_judged);
                let lack = own.after.reading.map().and_then(|map| lacks(done, map, &all));
                differences
                    .extend(lack.filter(|_| is_judged).map(|lack| format!("seed {seed}, {rows:?}: {lack}")));
            }
            let now = loads.then(|| (&environment.stamped[at], None));
            let plans = environment.plans.iter().zip(&outcome.plans[0]);
            let plans = plans.map(|(plan, own)| (&plan.stamped[at], own.past.as_ref()));
            for ((told, past), upgrade) in now.into_iter().chain(plans).zip(&answer.upgrades) {
                let ran_before = |id: &str| {
                    let runs = told.runs.iter().map(|id| &**id).take_while(|own| *own != id);
                    runs.eq(upgrade.ran.iter().map(String::as_str))
                };
                if past.is_some_and(|past| !holds(past, was)) {
                    continue;
                }
                if told.outcome == Some(StateOutcome::TooEarly) {
                    *kinds.entry("stops too early").or_default() += 1;
                    if upgrade.raised.is_none() {
                        differences
                            .push(format!("seed {seed}, {rows:?}: {told:?}, and {upgrade:?} happened"));
                    }
                }
                if told.outcome != Some(StateOutcome::Runs) {
                    continue;
                }
                let (kind, is_right) = match (&told.fails, upgrade.raised.is_some()) {
                    (Some(fails), failed) if fails.certain => {
                        ("stops where it must", failed && ran_before(&fails.revision))
                    }
                    (Some(_), true) => ("stops and may", true),
                    (Some(_), false) => ("runs and might have stopped", true),
                    (None, true) => ("stops, and nothing was said", true),
                    (None, false) => ("runs, and nothing else was said", true),
                };
                *kinds.entry(kind).or_default() += 1;
                if !is_right || kind.starts_with("stops, and") {
                    differences
                        .push(format!("seed {seed}, {rows:?}, {kind}: {told:?}, and {upgrade:?} happened"));
                }
            }
        }
    }
    println!("Databases and what fails by itself: {kinds:?}");
    for kind in ["stops where it must", "stops and may", "stops too early"] {
        assert!(kinds.contains_key(kind), "no database of the kind: {kind}");
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

/// Tries what every repair of some folders does to their states, and what is to mend it; gives how often each outcome came.
fn tried(python: &std::ffi::OsStr, dialect: Dialect) -> BTreeMap<String, usize> {
    let root = tempfile::tempdir().expect("a folder for the test");
    let (mut questions, mut folders, mut n_scripts) = (Vec::new(), Vec::new(), 0_usize);
    for seed in seeds(dialect) {
        let mut random = Random::new(seed);
        let (options, table, schema) = place(seed, dialect);
        let was = sound(&mut random, seed % 3 == 0);
        let is = broken(&mut random, &was);
        let states = states(&mut random, &was);
        let own = Folder::of(seed, was, &is, states, options, dialect);
        let after = own.written(root.path(), options);
        if after.is_empty() {
            continue;
        }
        let (folder, outcome) = (|name: &str| own.named(name), &own.outcome);
        for (at, rows) in own.states.iter().enumerate() {
            let plans = outcome.report.environments[0].plans.iter();
            let by_hand: Vec<_> = plans
                .filter(|plan| !plan.stamped[at].by_hand.is_empty())
                .map(|plan| (folder(plan.name.name()), commands(&plan.stamped[at])))
                .collect();
            let mut scripts = Vec::new();
            for plan in &outcome.plans[0] {
                if let Ok(script) = recovery_script(&outcome.audit, 0, Some(plan), &plan.stamped[at], None) {
                    assert_eq!(script.form, RecoveryForm::Sql, "{:?}", script.why_no_sql);
                    let by_shell = n_scripts.is_multiple_of(ONE_IN_SHELL);
                    scripts.push((folder(plan.kind.name()), script.text, by_shell));
                    n_scripts += 1;
                }
            }
            questions.push(json!({
                "before": folder("was"), "rows": rows, "after": after, "by_hand": by_hand, "scripts": scripts,
                "dialect": dialect.name(), "table": table, "schemas": schema.into_iter().collect::<Vec<_>>(),
            }));
        }
        folders.push(own);
    }
    let mut told_of = answered::<Answer>(python, "states.py", root.path(), &questions).into_iter();
    let (mut differences, mut n_triples, mut n_elsewhere, mut n_read) = (Vec::new(), 0, 0, 0);
    let (mut n_mended, mut n_none, mut n_twice) = (0, BTreeMap::<&str, usize>::new(), 0);
    let (mut n_past, mut n_other_past) = (0, 0);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for Folder { seed, was, loads, states, outcome } in &folders {
        let environment = &outcome.report.environments[0];
        for (at, rows) in states.iter().enumerate() {
            let answer = told_of.next().expect("an answer for each question");
            if answer.rows.as_ref() != Some(rows) {
                n_elsewhere += 1;
                continue;
            }
            if *loads && !rows.is_empty() {
                let read = databases_of(&answer.current).expect("it was printed");
                let now = examined(&outcome.tree, read, dialect).report.environments.swap_remove(0).stamped;
                n_read += 1;
                if now.len() != 1 || now[0].stamped != *rows {
                    differences.push(format!("seed {seed}, {rows:?}: read back as {now:?}"));
                }
            }
            let (mut mended, mut scripts) = (answer.mended.iter(), answer.scripts.iter());
            for (place, plan) in environment.plans.iter().enumerate() {
                let own = &outcome.plans[0][place];
                let map = own.after.reading.map();
                let all = tables_of(&own.patch.apply(&outcome.tree));
                let upgrade = &answer.upgrades[place];
                let told = &plan.stamped[at];
                // Where what is told to be taken for so is not so, nothing is promised.
                let is_other_past = own.past.as_ref().is_some_and(|past| !holds(past, was));
                n_other_past += usize::from(is_other_past);
                n_past += usize::from(own.past.is_some() && !is_other_past && told.outcome.is_some());
                let group = plan.states.iter().flatten().find(|group| group.stamped == *rows);
                let mut found = Vec::new();
                for told in std::iter::once(told).chain(group) {
                    found.extend(differs(told, upgrade, &all));
                }
                if !told.by_hand.is_empty() {
                    let done = mended.next().expect("an answer for each recovery");
                    found.extend(map.and_then(|map| lacks(done, map, &all)));
                }
                match &own.stamped[at].recovery {
                    Some(Ok(_)) => {
                        n_mended += 1;
                        let done = scripts.next().expect("an answer for each script");
                        found.extend(fails(done, rows, &all));
                    }
                    Some(Err(why)) => {
                        *n_none.entry(why_none(why)).or_default() += 1;
                        // Where every file has its own id and what lies below is whole, what has run is known.
                        if *loads && matches!(why, NoRecovery::BelowIsBroken | NoRecovery::NotWhereItWas) {
                            found.push(format!("{why:?} where the files load"));
                        }
                    }
                    None if told.outcome != Some(StateOutcome::Runs) => {
                        found.push(format!("nothing is said of what mends {told:?}"));
                    }
                    None => {}
                }
                n_twice += usize::from(!told.taken_for_run.is_empty());
                if is_other_past {
                    continue;
                }
                differences.extend(
                    found
                        .into_iter()
                        .map(|what| format!("seed {seed}, plan {}, {rows:?}: {what}", plan.name)),
                );
                n_triples += 1;
                let fares = told.outcome.map_or("not known", word);
                *kinds.entry(format!("{}: {fares}", plan.name)).or_default() += 1;
            }
        }
    }
    println!(
        "{}: {n_triples} triples of a folder, a state and a plan, {n_elsewhere} states that Alembic does not leave, {n_read} read back, {n_twice} below an id that stands twice, {n_past} of a past that Alembic does not load and {n_other_past} where that was another one, {n_mended} mended by a script and none for {n_none:?}: {kinds:?}",
        dialect.title()
    );
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    kinds
}
