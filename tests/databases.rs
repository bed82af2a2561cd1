//! Real Alembic on SQLite and PostgreSQL, and the replay beside it: the schema after every revision, and the first failure.
//!
//! `tests/databases.toml` lists the locations. A sample of them is asked about, with `RECHAIN_FULL` every one.
//! `tests/databases/` has what came of all of them; with `RECHAIN_RECORD` too, a full run writes it anew.
//!
//! `RECHAIN_BATCH` names another list, of projects that lie in folders of this machine: each is judged as an audit of the
//! whole project reads it, up and down, and printed with what took certainty away (`-- batch --nocapture`).

mod judge;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use judge::batch::{Loss, Product};
use judge::databases::{
    Agreement, Comparison, DIALECTS, Databases, Failure, Followed, Location, Mutations, WayDown, Wheels,
    locations,
};
use judge::table::Table;
use judge::{Random, SEED, full, python_with_databases, repository, seed};
use rechain::schema::Dialect;

/// So many locations are a sample, on each database.
const LOCATIONS: usize = 6;

/// How many mutated folders are asked about; `RECHAIN_FOLDERS` asks about so many.
fn n_folders() -> usize {
    let n = std::env::var("RECHAIN_FOLDERS").ok().and_then(|n| n.parse().ok());
    n.unwrap_or(if full() { 300 } else { 25 })
}

/// The fixed list.
fn list() -> PathBuf {
    repository("tests/databases.toml")
}

/// `numerator` of `denominator` in hundredths of a per cent; nothing of nothing is all of it.
fn per_ten_thousand(numerator: usize, denominator: usize) -> usize {
    (numerator * 10_000).checked_div(denominator).unwrap_or(10_000)
}

fn percent(numerator: usize, denominator: usize) -> String {
    let hundredths = per_ten_thousand(numerator, denominator);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// Says so straight to standard error, so that it is seen although the test passes.
fn skipped(what: &str) {
    writeln!(std::io::stderr(), "skipped: {what}: the package index cannot be reached")
        .expect("standard error is open");
}

/// What is kept of an earlier run.
struct Record {
    path: PathBuf,
    text: String,
}

impl Record {
    fn named(name: &str) -> Self {
        let path = repository("tests/databases").join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Self { path, text }
    }

    /// Whether this run writes it anew.
    fn is_made() -> bool {
        full() && seed() == SEED && std::env::var_os("RECHAIN_RECORD").is_some()
    }

    fn write(&self, text: &str) {
        let folder = self.path.parent().expect("it is in a folder");
        std::fs::create_dir_all(folder).expect("it can be made");
        std::fs::write(&self.path, text).expect("it can be written");
    }
}

const HEADING: [&str; 10] =
    ["project", "migrations", "database", "revisions", "applied", "ended", "states", "right", "of", "replay"];

/// The word for a history that came to its end.
const HEADS: &str = "heads";

/// The first two cells of a row and the third, which tell it from the others.
fn names(location: &Location, dialect: Dialect) -> [String; 3] {
    [location.project.clone(), location.place().to_owned(), dialect.title().to_owned()]
}

#[test]
fn the_replayed_schema_is_that_of_real_databases_after_every_revision() {
    let test = "the_replayed_schema_is_that_of_real_databases_after_every_revision";
    let Some(python) = python_with_databases(test) else { return };
    let record = Record::named("locations.md");
    let recorded = Table::read(&HEADING, &record.text);
    let mut databases = Databases::start(&python);
    let mut wheels = Wheels::new(&python);
    let mut asked = locations(&list());
    if !full() {
        asked = Random::new(seed()).sample(&asked, LOCATIONS);
    }
    let mut table = Table::new(&HEADING);
    let (mut right, mut all, mut at_heads) = (0, 0, 0);
    let mut problems = Vec::new();
    for location in &asked {
        wheels.clear();
        let Some(wheel) = wheels.of(location) else {
            skipped(&location.project);
            continue;
        };
        let mut both = (0, 0);
        let mut comes_to_heads = false;
        for dialect in DIALECTS {
            let answer = databases.location(location, &wheel, dialect);
            let followed = Followed::location(location, &wheel, dialect);
            let found = match &followed {
                Some(followed) => followed.compare(&answer),
                // Alembic does not come to run any revision either.
                None => Comparison::of_nothing(&answer),
            };
            both.0 += found.right;
            both.1 += found.all;
            comes_to_heads |= answer.failure.is_none();
            let ended = answer.failure.as_ref().map_or_else(|| HEADS.to_owned(), ToString::to_string);
            let mut row = names(location, dialect).to_vec();
            let name = row.join(" ");
            row.extend([
                followed.as_ref().map_or(0, Followed::n_revisions).to_string(),
                answer.order.len().to_string(),
                ended,
                found.states.to_string(),
                found.right.to_string(),
                found.all.to_string(),
                found.agreement.to_string(),
            ]);
            problems.extend(found.problems.into_iter().map(|problem| format!("{name}: {problem}")));
            if let Agreement::FalseAlarm(_) = found.agreement {
                problems.push(format!("{name}: {}", found.agreement.difference(answer.failure.as_ref())));
            }
            if !Record::is_made() && !recorded.rows.contains(&row) {
                problems.push(format!("{name}: the record has no such row: {}", row.join(" | ")));
            }
            table.rows.push(row);
        }
        if (per_ten_thousand(both.0, both.1) < 9000) == location.unknown.is_empty() {
            problems.push(format!(
                "{}: {} are right, and what is unknown is said to be: {}",
                location.place(),
                percent(both.0, both.1),
                location.unknown
            ));
        }
        right += both.0;
        all += both.1;
        at_heads += usize::from(comes_to_heads);
    }
    let summary = format!(
        "{right} of {all} tables and columns are right: {}. {at_heads} of {} locations run to their heads.",
        percent(right, all),
        asked.len()
    );
    println!("{table}\n{summary}");
    if per_ten_thousand(right, all) < 9800 {
        problems.push(format!("only {} of all tables and columns are right", percent(right, all)));
    }
    if full() && at_heads < 10 {
        problems.push(format!("only {at_heads} locations run to their heads"));
    }
    if Record::is_made() {
        record.write(&format!("{LOCATIONS_INTRODUCTION}\n{summary}\n\n{table}"));
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

const LOCATIONS_INTRODUCTION: &str = "\
# Real histories on real databases

Written by `RECHAIN_FULL=1 RECHAIN_RECORD=1 cargo test --test databases`. Each location of `tests/databases.toml` was run by
real Alembic, up to its heads or to its first failure. After each revision that was applied, every table and column that
the database or the replay has was compared; a table or column that is not certain in the replay is not right. The last
column is the replay's first certain failure beside the database's.
";

const FOLDERS_HEADING: [&str; 6] = ["seed", "migrations", "database", "mutation", "ended", "replay"];

#[test]
fn the_replay_names_the_first_failure_of_real_databases_in_mutated_histories() {
    let test = "the_replay_names_the_first_failure_of_real_databases_in_mutated_histories";
    let Some(python) = python_with_databases(test) else { return };
    let recorded = Table::read(&HEADING, &Record::named("locations.md").text);
    // Only what runs to its heads can be said to fail because of the mutation.
    let mut runs = Vec::new();
    for location in locations(&list()) {
        for dialect in DIALECTS {
            let names = names(&location, dialect);
            let comes_to_heads = |row: &&Vec<String>| row[..3] == names && row[5] == HEADS && row[3] != "1";
            if recorded.rows.iter().find(comes_to_heads).is_some() {
                runs.push((location.clone(), dialect));
            }
        }
    }
    assert!(!runs.is_empty(), "the record has locations that run to their heads");
    let mut wheels = Wheels::new(&python);
    runs.retain(|(location, _)| wheels.of(location).is_some());
    if runs.is_empty() {
        skipped(test);
        return;
    }
    let mut databases = Databases::start(&python);
    let mut mutations = Mutations::start(&python);
    let mut random = Random::new(seed());
    let mut table = Table::new(&FOLDERS_HEADING);
    let (mut asked, mut failing, mut same, mut surroundings) = (0, 0, 0, 0);
    let (mut right, mut all) = (0, 0);
    let mut problems = Vec::new();
    let mut missed = Vec::new();
    while asked < n_folders() {
        let (location, dialect) = random.pick(&runs).clone();
        let seed = random.next() >> 32;
        let wheel = wheels.of(&location).expect("it was there before");
        let folder = tempfile::tempdir().expect("a folder for the test");
        let made = folder.path().join("made");
        let Some(mutation) = mutations.make(&location, &wheel, seed, &made) else { continue };
        asked += 1;
        let answer = databases.folder(&made, &location, &wheel, dialect);
        let followed = Followed::folder(&made, &location, &wheel, dialect);
        let found =
            followed.map_or_else(|| Comparison::of_nothing(&answer), |followed| followed.compare(&answer));
        right += found.right;
        all += found.all;
        let name = format!("{seed} {} {} {mutation}", location.place(), dialect.title());
        let difference = format!("{name}: {}", found.agreement.difference(answer.failure.as_ref()));
        problems.extend(found.problems.into_iter().map(|problem| format!("{name}: {problem}")));
        let mut replay = found.agreement.to_string();
        match &answer.failure {
            Some(failure) if failure.is_of_the_surroundings() => {
                surroundings += 1;
                replay.push_str(" (not the database's)");
            }
            Some(_) => {
                failing += 1;
                same += usize::from(found.agreement.is_the_same());
                if !found.agreement.is_the_same() {
                    missed.push(difference.clone());
                }
            }
            None => {}
        }
        if let Agreement::FalseAlarm(_) = found.agreement {
            problems.push(difference);
        }
        table.rows.push(vec![
            seed.to_string(),
            location.place().to_owned(),
            dialect.title().to_owned(),
            mutation.to_string(),
            answer.failure.as_ref().map_or_else(|| HEADS.to_owned(), ToString::to_string),
            replay,
        ]);
    }
    let summary = format!(
        "{asked} mutated folders, {failing} of which fail; the replay names the same revision and kind of failure in {same}: {}. \
         {surroundings} more fail because of their surroundings. {right} of {all} tables and columns are right: {}.",
        percent(same, failing),
        percent(right, all)
    );
    println!("{table}\n{}\n\n{summary}", missed.join("\n"));
    if per_ten_thousand(right, all) < 9800 {
        problems.push(format!("only {} of all tables and columns are right", percent(right, all)));
    }
    // One of a few is already more than a twentieth.
    let allowed = if full() { failing / 20 } else { failing.div_ceil(20) };
    if failing - same > allowed {
        problems.push(format!("only {same} of {failing} failures are the same\n{}", missed.join("\n")));
    }
    if Record::is_made() {
        Record::named("mutations.md").write(&format!("{FOLDERS_INTRODUCTION}\n{summary}\n\n{table}"));
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

const FOLDERS_INTRODUCTION: &str = "\
# Histories that went wrong, on real databases

Written by `RECHAIN_FULL=1 RECHAIN_RECORD=1 cargo test --test databases`. Each folder was made by `tests/python/mutations.py`
from a location that runs to its heads on that database: a migration was deleted, two were swapped, or one was duplicated.
The last column is the replay's first certain failure beside the database's.
";

#[test]
fn the_judge_has_the_models_of_env_py_and_runs_each_downgrade_on_what_its_upgrade_left() {
    let test = "the_judge_has_the_models_of_env_py_and_runs_each_downgrade_on_what_its_upgrade_left";
    let Some(python) = python_with_databases(test) else { return };
    let dir = tempfile::tempdir().expect("a folder for the test");
    let migration = |id: &str, parents: &str, up: &str, down: &str| {
        format!(
            "from alembic import op\nimport sqlalchemy as sa\nrevision = '{id}'\ndown_revision = {parents}\n\n\n\
             def upgrade():\n    {up}\n\n\ndef downgrade():\n    {down}\n"
        )
    };
    let create_all = "from app.base import Base\n    Base.metadata.create_all(op.get_bind())";
    let create =
        "op.create_table('u', sa.Column('id', sa.Integer(), sa.ForeignKey('t.id'), primary_key=True))";
    for (path, text) in [
        ("app/__init__.py", String::new()),
        // Its driver is not here.
        (
            "app/base.py",
            "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import declarative_base\n\n\
             engine = create_engine('mysql+pymysql://u:p@h/d')\nBase = declarative_base()\n"
                .to_owned(),
        ),
        (
            "app/models.py",
            "from app.base import Base\nfrom sqlalchemy import Column, Integer\n\n\nclass T(Base):\n    \
             __tablename__ = 't'\n    id = Column(Integer, primary_key=True)\n"
                .to_owned(),
        ),
        (
            "m/env.py",
            "import app.no_such_module.of_all\nfrom app import models\n\nraise SystemExit\n".to_owned(),
        ),
        ("m/versions/a.py", migration("a", "None", create_all, "op.drop_table('t')")),
        // What it leaves would be in the way of the one before.
        ("m/versions/b.py", migration("b", "'a'", create, "op.execute('SELECT 1')")),
        ("m/versions/c.py", migration("c", "'b'", "pass", "op.drop_table('v')")),
    ] {
        judge::write_file(&dir.path().join(path), text.as_bytes());
    }
    let list = dir.path().join("batch.toml");
    let text = format!(
        "[[location]]\nproject = 'x'\nfolder = '{}'\nscript_location = 'm'\nversion_locations = ['m/versions']\n",
        dir.path().display()
    );
    judge::write_file(&list, text.as_bytes());
    let mut databases = Databases::start(&python);
    for dialect in DIALECTS {
        let mut answer = databases.batch(&locations(&list)[0], dialect);
        assert!(answer.failure.is_none(), "{:?}", answer.failure);
        let down = answer.down.take().expect("it is asked for");
        assert!(down.failure.is_none(), "{:?}", down.failure);
        let back: Vec<_> = down.back.iter().map(|back| (&*back.revision, back.failure.is_some())).collect();
        assert_eq!(back, [("a", false), ("b", false), ("c", true)], "{dialect:?}");
        let tables = answer.ended().tables;
        assert_eq!(tables.keys().collect::<Vec<_>>(), ["t", "u"], "{dialect:?}");
    }
}

const BATCH_HEADING: [&str; 13] = [
    "project",
    "migrations",
    "database",
    "revisions",
    "applied",
    "ended",
    "states",
    "right",
    "named",
    "wrong",
    "of",
    "replay",
    "downgrade",
];

/// What is counted over a batch.
#[derive(Default)]
struct Counted {
    runs: usize,
    not_run: usize,
    at_heads: usize,
    surroundings: usize,
    same: usize,
    states: usize,
    right: usize,
    named: usize,
    all: usize,
    /// Runs with tables, those of them that are right in all, and the sum of the shares that are, each in ten thousandths.
    with_tables: usize,
    whole: usize,
    shares: usize,
    wrong: usize,
    false_up: usize,
    false_down: usize,
    down: usize,
    same_down: usize,
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ran = self.runs - self.not_run;
        write!(
            f,
            "{} runs, of which {} begin and {} come to their heads; {} states. {} of {} tables and columns are right: {}; \
             of the {} runs with any, {} are right in all, and {} of a run in the mean; {} are named rightly: {}; {} are certain and wrong. Certain failures that the database has not: {} up, {} down. \
             The first failure is the same in {} of {}: {}, but for {} that fail because of their surroundings; on the way \
             down in {} of {}.",
            self.runs,
            ran,
            self.at_heads,
            self.states,
            self.right,
            self.all,
            percent(self.right, self.all),
            self.with_tables,
            self.whole,
            percent(self.shares, 10_000 * self.with_tables),
            self.named,
            percent(self.named, self.all),
            self.wrong,
            self.false_up,
            self.false_down,
            self.same,
            ran - self.surroundings,
            percent(self.same, ran - self.surroundings),
            self.surroundings,
            self.same_down,
            self.down,
        )
    }
}

#[test]
fn a_batch_of_other_locations_is_judged() {
    let test = "a_batch_of_other_locations_is_judged";
    let Some(batch) = std::env::var_os("RECHAIN_BATCH").map(PathBuf::from) else {
        writeln!(std::io::stderr(), "skipped: {test}: RECHAIN_BATCH names no list")
            .expect("standard error is open");
        return;
    };
    let Some(python) = python_with_databases(test) else { return };
    let mut databases = Databases::start(&python);
    let mut table = Table::new(&BATCH_HEADING);
    let mut counted = Counted::default();
    let mut losses: Vec<(String, Loss)> = Vec::new();
    let mut told: Vec<String> = Vec::new();
    for location in locations(&batch) {
        for dialect in DIALECTS {
            let mut row = names(&location, dialect).to_vec();
            let name = row.join(" ");
            writeln!(std::io::stderr(), "{name}").expect("standard error is open");
            let answer = databases.batch(&location, dialect);
            let product = Product::of(&location, dialect);
            let found = match &product {
                Some(product) => product.compare(&answer),
                None => Comparison::of_nothing(&answer),
            };
            let mut measured = product.as_ref().map(|product| product.measure(&answer)).unwrap_or_default();
            let down = product.as_ref().and_then(|product| product.way_down(&answer));
            let failure = answer.failure.as_ref();
            counted.runs += 1;
            counted.at_heads += usize::from(failure.is_none());
            counted.states += found.states;
            counted.right += found.right;
            counted.named += measured.named;
            counted.all += found.all;
            if found.all > 0 {
                counted.with_tables += 1;
                counted.whole += usize::from(found.right == found.all);
                counted.shares += 10_000 * found.right / found.all;
            }
            counted.wrong += measured.wrong.len();
            counted.false_up += measured.false_up.len();
            counted.false_down += measured.false_down.len();
            let is_of_the_surroundings = failure.is_some_and(Failure::is_of_the_surroundings);
            if failure.is_some_and(|failure| failure.revision.is_none()) {
                counted.not_run += 1;
            } else if is_of_the_surroundings {
                counted.surroundings += 1;
            } else {
                counted.same += usize::from(found.agreement.is_the_same());
            }
            if let Some(down) = &down {
                counted.down += 1;
                counted.same_down += usize::from(down.is_the_same());
            }
            let ended = failure.map_or_else(|| HEADS.to_owned(), ToString::to_string);
            row.extend([
                product.as_ref().map_or(0, |product| product.followed.n_revisions()).to_string(),
                answer.order.len().to_string(),
                ended,
                found.states.to_string(),
                found.right.to_string(),
                measured.named.to_string(),
                measured.wrong.len().to_string(),
                found.all.to_string(),
                found.agreement.to_string(),
                down.as_ref().map_or_else(|| "not asked".to_owned(), ToString::to_string),
            ]);
            table.rows.push(row);
            if product.is_none() {
                told.push(format!("{name}: no environment of its is found"));
            }
            if !location.note.is_empty() {
                told.push(format!("{name}: {}", location.note));
            }
            if failure.is_some() || !found.agreement.is_the_same() {
                let whose = if is_of_the_surroundings { " (surroundings)" } else { "" };
                told.push(format!("{name}: {}{whose}", found.agreement.difference(failure)));
            }
            let unasked = answer.down.as_ref().and_then(|down| down.failure.as_ref());
            told.extend(unasked.map(|why| format!("{name}: down: no further: {why}: {}", why.words())));
            let failure = answer.down.as_ref().and_then(WayDown::first_failure);
            if let Some(down) = down.filter(|down| !down.is_the_same()) {
                told.push(format!("{name}: down: {}", down.difference(failure)));
            }
            told.extend(found.problems.into_iter().map(|problem| format!("{name}: {problem}")));
            for (what, all) in [
                ("wrong", &measured.wrong),
                ("false, up", &measured.false_up),
                ("false, down", &measured.false_down),
            ] {
                told.extend(all.iter().map(|one| format!("{name}: {what}: {one}")));
            }
            measured.losses.sort_by_key(|loss| std::cmp::Reverse(loss.items));
            losses.extend(measured.losses.into_iter().map(|loss| (name.clone(), loss)));
        }
    }
    println!("{table}\n{counted}\n\n## What differs\n");
    told.iter().for_each(|line| println!("{line}"));
    println!("\n## What took certainty away, location by location\n");
    for (name, Loss { place, words, items, stubbed }) in losses.iter().filter(|(_, loss)| loss.items > 0) {
        let stubbed = if *stubbed { " (stand-ins)" } else { "" };
        println!("{items:6} {name} {place}{stubbed}: {words}");
    }
    println!("\n## By kind\n");
    let mut kinds: BTreeMap<String, Vec<&(String, Loss)>> = BTreeMap::new();
    for lost in losses.iter().filter(|(_, loss)| loss.items > 0) {
        kinds.entry(lost.1.kind()).or_default().push(lost);
    }
    let sum = |lost: &[&(String, Loss)]| lost.iter().map(|(_, loss)| loss.items).sum::<usize>();
    let mut kinds: Vec<_> = kinds.into_iter().map(|(kind, lost)| (sum(&lost), kind, lost)).collect();
    kinds.sort_by_key(|(items, ..)| std::cmp::Reverse(*items));
    for (items, kind, lost) in kinds {
        println!("{items:6} at {} places: {kind}", lost.len());
    }
}
