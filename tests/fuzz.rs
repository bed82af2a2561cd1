//! Random folders of migrations: rechain says of each exactly what real Alembic says.
//!
//! `tests/python/fuzz.py` makes them, small and tangled, and asks Alembic; what is compared here is every fact that a
//! folder has, in Alembic's order, and every text. `tests/alembic.rs` makes folders in every style of writing instead.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use judge::compare::outcome;
use judge::texts::{self, Printed};
use judge::{Raised, full, printed, python, read, repository};
use rechain::alembic::{Reading, RevisionMap, Stopped};
use rechain::report::EnvironmentReport;
use rechain::text::shown;
use serde::Deserialize;

/// What Alembic says of one folder; `fuzz.py` explains the fields.
#[derive(Debug, Deserialize)]
struct Expected {
    error: Option<Refused>,
    warnings: Vec<String>,
    texts: BTreeMap<String, Printed>,
    #[serde(flatten)]
    loaded: Option<Loaded>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    class: String,
    message: String,
    clashes: usize,
}

#[derive(Debug, Deserialize)]
struct Loaded {
    heads: Vec<String>,
    real_heads: Vec<String>,
    bases: Vec<String>,
    real_bases: Vec<String>,
    branch_points: Vec<String>,
    merge_points: Vec<String>,
    nodes: BTreeMap<String, Node>,
    labels_vary: bool,
    order_is_stable: bool,
    upgrade: Option<Raised>,
    upgrade_order: Option<Vec<String>>,
    #[serde(default)]
    version_rows: Option<Vec<String>>,
    stamped: Vec<Stamped>,
}

/// What becomes of a database that holds rows already.
#[derive(Debug, Deserialize)]
struct Stamped {
    rows: Vec<String>,
    raised: Option<Raised>,
    #[serde(default)]
    runs: Vec<String>,
    then: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Node {
    labels: BTreeSet<String>,
    next: BTreeSet<String>,
    deps: BTreeSet<String>,
}

/// The first seed, and how many there are: `RECHAIN_SEED` asks for a single one, `RECHAIN_FOLDERS` for as many.
fn seeds() -> (u64, u64) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("RECHAIN_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("RECHAIN_FOLDERS").unwrap_or(if full() { 10_000 } else { SAMPLE })),
    }
}

/// So many folders are a sample in which every kind of answer comes.
const SAMPLE: u64 = 400;

/// The kinds of answers that a sample must have, or it would prove little.
const KINDS: [&str; 10] = [
    "Branch name",
    "Character(s)",
    "CycleDetected",
    "DependencyCycleDetected",
    "DependencyLoopDetected",
    "KeyError",
    "LoopDetected",
    "loads",
    "never ends",
    "overlaps",
];

/// The kind of an answer.
fn kind(expected: &Expected) -> &str {
    let upgrade = expected.loaded.as_ref().and_then(|loaded| loaded.upgrade.as_ref());
    match (&expected.error, upgrade) {
        (Some(error), _) if error.class == "RevisionError" => ["Branch name", "Character(s)"]
            .into_iter()
            .find(|start| error.message.starts_with(start))
            .unwrap_or("RevisionError"),
        (Some(error), _) => &error.class,
        (None, Some(raised)) if raised.class == "Endless" => "never ends",
        (None, Some(raised)) if raised.message.contains(" overlaps with ") => "overlaps",
        (None, Some(raised)) => &raised.class,
        (None, None) => "loads",
    }
}

/// Compares one thing after the other, counts them, and keeps the first that differs.
#[derive(Default)]
struct Comparison {
    n: usize,
    difference: Option<String>,
}

impl Comparison {
    fn same<T: PartialEq + std::fmt::Debug + ?Sized>(&mut self, what: &str, ours: &T, theirs: &T) {
        self.n += 1;
        if ours != theirs && self.difference.is_none() {
            self.difference = Some(format!("{what}: rechain {ours:?}, Alembic {theirs:?}"));
        }
    }
}

/// Compares what rechain says of a folder with what Alembic says; nothing where rechain cannot tell.
fn compare(folder: &Path, expected: &Expected) -> Option<Comparison> {
    let ours = outcome(&read(folder).tree);
    let mut comparison = Comparison::default();
    let [environment] = ours.report.environments.as_slice() else {
        comparison.same("environments", &ours.report.environments.len(), &1);
        return Some(comparison);
    };
    let audited = &ours.audit.environments[0];
    comparison.same("warnings", audited.reading.warnings(), &expected.warnings);
    let told: Vec<String> = environment.alembic_warnings.iter().map(ToString::to_string).collect();
    comparison.same("warnings of the report", &told, &expected.warnings);
    match (&audited.reading, &expected.error, &expected.loaded) {
        (Reading::Unknown, _, _) => return None,
        (Reading::Raises { raised, .. }, Some(error), _) => {
            comparison.same("class", &raised.class, &error.class);
            // Alembic comes to labels in any order, so of several that clash it names any.
            let any = error.clashes > 1 && error.message.starts_with("Branch name ");
            if !(any && raised.message.starts_with("Branch name ")) {
                comparison.same("message", &raised.message, &error.message);
            }
            let told = environment.alembic_error.as_ref();
            comparison.same(
                "error of the report",
                &told.map(|error| error.class.as_str()),
                &Some(&error.class),
            );
        }
        (Reading::Loads(map), None, Some(loaded)) => same_map(&mut comparison, map, environment, loaded),
        (reading, error, loaded) => {
            let loads = loaded.is_some();
            comparison.difference =
                Some(format!("error: rechain {:?}, Alembic {error:?}, loads: {loads}", reading.raised()));
        }
    }
    for command in ["heads", "history"] {
        let typed = format!("alembic {command}");
        let foreseen = environment.commands.iter().find(|foreseen| foreseen.command == typed);
        let status = expected.texts[command].status;
        comparison.same(command, &foreseen.map(|foreseen| foreseen.status), &Some(status));
    }
    if expected.loaded.as_ref().is_some_and(|loaded| loaded.labels_vary) {
        return Some(comparison);
    }
    match texts::compare(audited, folder, &expected.texts) {
        Ok(n) => comparison.n += n,
        Err(difference) => comparison.difference = comparison.difference.or(Some(difference)),
    }
    Some(comparison)
}

fn same_map(
    comparison: &mut Comparison,
    map: &RevisionMap,
    environment: &EnvironmentReport,
    theirs: &Loaded,
) {
    let merge_points = map.revisions().filter(|revision| revision.is_merge_point());
    for (what, ours, theirs) in [
        ("heads", map.heads(), &theirs.heads),
        ("real heads", map.real_heads(), &theirs.real_heads),
        ("bases", map.bases(), &theirs.bases),
        ("real bases", map.real_bases(), &theirs.real_bases),
        ("branch points", map.branch_points(), &theirs.branch_points),
        ("merge points", merge_points.map(|revision| revision.id.as_str()).collect(), &theirs.merge_points),
    ] {
        comparison.same(what, &ours.into_iter().map(ToOwned::to_owned).collect(), theirs);
    }
    for (what, ours, theirs) in [
        ("heads of the report", &environment.heads, &theirs.heads),
        ("bases of the report", &environment.bases, &theirs.bases),
    ] {
        let sorted: BTreeSet<&String> = theirs.iter().collect();
        comparison.same(what, ours, &shown(sorted));
    }
    comparison.same("revisions", &map.revisions().count(), &theirs.nodes.len());
    for revision in map.revisions() {
        let Some(node) = theirs.nodes.get(&revision.id) else {
            comparison.same("revision", &Some(&revision.id), &None);
            continue;
        };
        if !theirs.labels_vary {
            comparison.same(
                &format!("labels of {}", revision.id),
                &map.labels_of(&revision.id),
                &node.labels,
            );
        }
        let children = (revision.is_head(), revision.is_branch_point());
        comparison.same(
            &format!("children of {}", revision.id),
            &children,
            &(node.next.is_empty(), node.next.len() > 1),
        );
    }
    let stable = theirs.nodes.values().all(|node| node.deps.len() < 2);
    comparison.same("is_stable", &map.is_stable(), &(stable && theirs.order_is_stable));
    comparison.same(
        "order of the report",
        &environment.upgrade_order,
        &theirs.upgrade_order.as_ref().map(shown),
    );
    let why = match map.upgrade_order() {
        Ok(_) => None,
        Err(Stopped::NeverEnds) => Some("Endless".to_owned()),
        Err(Stopped::Raises(raised)) => Some(texts::settled(&raised.message)),
    };
    let theirs_why = theirs.upgrade.as_ref().map(|raised| match raised.class.as_str() {
        "Endless" => "Endless".to_owned(),
        _ => texts::settled(&raised.message),
    });
    comparison.same("why there is no order", &why, &theirs_why);
    if theirs.upgrade.is_none() {
        comparison.same("comes to its end", &map.upgrades().is_ok(), &theirs.version_rows.is_some());
    }
    for stamped in &theirs.stamped {
        same_upgrade(comparison, map, stamped);
    }
}

/// What becomes of a database that holds rows already.
fn same_upgrade(comparison: &mut Comparison, map: &RevisionMap, theirs: &Stamped) {
    let rows: Vec<&str> = theirs.rows.iter().map(String::as_str).collect();
    let what = format!("upgrade from {rows:?}");
    let ours = map.upgrade_from(&rows);
    match (&ours, &theirs.raised, &theirs.then) {
        (Err(Stopped::Raises(ours)), Some(raised), _) => {
            comparison.same(&what, &texts::settled(&ours.message), &texts::settled(&raised.message));
        }
        (Err(Stopped::NeverEnds), Some(raised), _) => comparison.same(&what, "Endless", &raised.class),
        (Err(_), None, then) => comparison.same(&what, &ours.is_err(), &then.is_none()),
        (Ok(ours), None, Some(then)) => {
            comparison.same(&what, &shown(&ours.runs), &shown(&theirs.runs));
            comparison.same(&what, &shown(&ours.rows), &shown(then));
        }
        (Ok(_), ..) => comparison.same(&what, "runs", &format!("{theirs:?}")),
    }
}

/// Makes folders and compares them, as many at once as the machine has cores.
fn compared(python: &OsStr, first: u64, n: u64) -> Vec<(u64, String, Option<Comparison>, String)> {
    // So many folders are made by one Python process, and are on the disk at once.
    const BATCH: u64 = 100;
    let next = AtomicU64::new(first);
    let work = || {
        let mut done = Vec::new();
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            if start >= first + n {
                return done;
            }
            let end = (start + BATCH).min(first + n);
            let dir = tempfile::tempdir().expect("a folder for the test");
            let output = Command::new(python)
                .arg(repository("tests/python/fuzz.py"))
                .arg(dir.path())
                .args([start.to_string(), (end - start).to_string()])
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .env("PYTHONUTF8", "1")
                .env_remove("ALEMBIC_CONFIG")
                .env_remove("PYTHONWARNINGS")
                .output()
                .expect("RECHAIN_PYTHON runs");
            assert!(output.status.success(), "{}", printed(&output));
            for seed in start..end {
                let folder = dir.path().join(seed.to_string());
                let said = std::fs::read_to_string(folder.join("expected.json")).expect("it was written");
                let expected: Expected = serde_json::from_str(&said)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{said}"));
                let comparison = compare(&folder, &expected);
                let differs = comparison.as_ref().is_none_or(|comparison| comparison.difference.is_some());
                let shown = if differs { contents(&folder) } else { String::new() };
                done.push((seed, kind(&expected).to_owned(), comparison, shown));
            }
        }
    };
    let n_threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it compares")).collect()
    })
}

/// The folder's files, for a failed test's message.
fn contents(folder: &Path) -> String {
    let mut text = String::new();
    for (path, bytes) in read(folder).tree.iter().filter(|(path, _)| path.as_str().contains("/versions/")) {
        text.push_str(&format!("---- {path}\n{}", String::from_utf8_lossy(bytes)));
    }
    text
}

#[test]
fn rechain_says_of_random_folders_exactly_what_alembic_says() {
    let Some(python) = python("rechain_says_of_random_folders_exactly_what_alembic_says") else { return };
    let (first, n) = seeds();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut n_compared, mut n_unknown) = (0, 0);
    let mut differences: BTreeMap<u64, (String, String)> = BTreeMap::new();
    for (seed, kind, comparison, shown) in compared(&python, first, n) {
        *kinds.entry(kind).or_default() += 1;
        let difference = match comparison {
            Some(comparison) => {
                n_compared += comparison.n;
                comparison.difference
            }
            None => {
                n_unknown += 1;
                Some("rechain cannot tell, and nothing here is computed".to_owned())
            }
        };
        if let Some(difference) = difference {
            differences.insert(seed, (difference, shown));
        }
    }
    println!(
        "{n} folders, {n_compared} comparisons, {n_unknown} unknown, {} disagreements: {kinds:?}",
        differences.len() - n_unknown
    );
    let lines: Vec<_> =
        differences.iter().map(|(seed, (difference, _))| format!("seed {seed}: {difference}")).collect();
    let first = differences.values().next().map_or("", |(_, shown)| shown);
    assert!(lines.is_empty(), "{} differences\n{}\n{first}", lines.len(), lines.join("\n"));
    if n >= SAMPLE {
        let missing: Vec<_> = KINDS.iter().filter(|kind| !kinds.contains_key(**kind)).collect();
        assert!(missing.is_empty(), "no folder had {missing:?}");
    }
}
