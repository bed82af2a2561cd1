//! rechain and Alembic say the same of small folders, each made for one question, and of the histories of real projects.
//!
//! `tests/agreement/` holds the folders, the commands that were run in them, and what real Alembic answered;
//! `record.py` there asks again. Every folder on which the two differ stands in `differences.toml` with the reason, and
//! one that no longer differs must go from it.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::read::GzDecoder;
use judge::texts::WHOLE;
use judge::{rechain, repository};
use rechain::text::ShownLines;
use serde::Deserialize;
use serde_json::Value;

/// What Alembic answered of one folder.
#[derive(Debug, Deserialize)]
struct Answer {
    error: Option<Error>,
    warnings: Vec<String>,
    #[serde(default)]
    heads: Vec<Value>,
    #[serde(default)]
    bases: Vec<Value>,
    #[serde(default)]
    branch_points: Vec<Value>,
    #[serde(default)]
    merge_points: Vec<Value>,
    #[serde(default)]
    revisions: Vec<Row>,
    #[serde(default)]
    upgrade_order: Option<Value>,
    #[serde(default)]
    order_varies: bool,
}

#[derive(Debug, Deserialize)]
struct Error {
    class: String,
    message: String,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: Value,
    file: String,
    down_revision: Value,
    depends_on: Value,
    own_branch_labels: Value,
}

/// What was typed in one folder, and what came.
#[derive(Debug, Deserialize)]
struct Recorded {
    results: Vec<Ran>,
}

#[derive(Debug, Deserialize)]
struct Ran {
    cmd: String,
    rc: i32,
    stdout: String,
}

/// Why the two differ on a folder.
#[derive(Debug, Deserialize)]
struct Differences {
    /// Folders of which rechain says that it cannot tell, and why nobody could who reads.
    unknown: BTreeMap<String, String>,
    /// Folders of which it says something else.
    differs: BTreeMap<String, String>,
    /// The configuration that Alembic was told of by its surroundings.
    told: BTreeMap<String, String>,
}

fn unpacked() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let archive = std::fs::File::open(repository("tests/agreement/cases.tar.gz")).expect("it is there");
    tar::Archive::new(GzDecoder::new(archive)).unpack(dir.path()).expect("it unpacks");
    dir
}

fn gunzipped(path: &str) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(repository(path)).expect("it is there");
    GzDecoder::new(file).read_to_string(&mut text).expect("it is text");
    text
}

/// The recorded commands that rechain has too.
///
/// Alembic reads `default`, the `alembic.ini` in the folder where it is started, unless the command names another.
fn own<'a>(command: &'a str, default: &'a str) -> Option<(&'a str, Vec<&'a str>)> {
    let mut rest = command;
    let mut configured = vec!["-c", default];
    for option in ["-c ", "-n "] {
        let Some(after) = rest.strip_prefix(option) else { continue };
        let (value, command) = after.split_once(' ')?;
        // Started in a folder of the folder, it would take relative paths from there.
        if value.starts_with("../") || command.starts_with("-c ") {
            return None;
        }
        match option {
            "-c " => configured = vec!["-c", value],
            _ => configured.extend(["-n", value]),
        }
        rest = command;
    }
    WHOLE.contains(&rest).then(|| (rest, rest.split(' ').chain(configured).collect()))
}

/// A text with every list that Alembic prints in any order sorted.
fn sorted(command: &str, text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            if let Some(message) = line.strip_prefix("FAILED: ") {
                return format!("FAILED: {}", settled(message));
            }
            for start in ["Branches into: ", "Branch names: "] {
                if let Some(rest) = line.strip_prefix(start) {
                    return format!("{start}{}", listed(rest));
                }
            }
            with_sorted_labels(command, line).unwrap_or_else(|| line.to_owned())
        })
        .collect();
    if command.starts_with("branches") {
        lines.sort();
    }
    lines.join("\n")
}

/// A line with the labels after its id sorted. What stands before the arrow are parents and `depends_on`, whose order is
/// that of the file; and `-v` prints blocks, which have labels in a line of their own, except for children.
fn with_sorted_labels(command: &str, line: &str) -> Option<String> {
    let at = line.find(" -> ").map_or(0, |at| at + " -> ".len());
    if command.ends_with(" -v") && at == 0 || command.starts_with("show") {
        return None;
    }
    let (id, rest) = line[at..].split_once(" (")?;
    let (labels, after) = rest.split_once(')')?;
    // Otherwise it is a bracket of the message.
    let is_id = !id.contains([' ', ',']);
    is_id.then(|| format!("{}{id} ({}){after}", &line[..at], listed(labels)))
}

fn listed(list: &str) -> String {
    let mut items: Vec<&str> = list.split(", ").collect();
    items.sort_unstable();
    items.join(", ")
}

/// A value as Python's `str()` shows it.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn texts(values: &[Value]) -> BTreeSet<String> {
    values.iter().map(text).collect()
}

/// What came of comparing one folder.
enum Outcome {
    Agrees,
    Unknown(String),
    Differs(String),
}

fn compare(
    folder: &Path,
    answer: &Answer,
    recorded: &Recorded,
    default: &str,
    n_compared: &AtomicUsize,
) -> Outcome {
    let shown = rechain(folder, &["check", "--output-format", "json"]);
    let Ok(report) = serde_json::from_slice::<Value>(&shown.stdout) else {
        return Outcome::Differs(format!("check: {}", judge::printed(&shown)));
    };
    let environments = report["environments"].as_array().expect("a list");
    // Started in the folder, Alembic reads its `alembic.ini` and its `pyproject.toml`, and no other.
    let is_default = |environment: &&Value| {
        let section = environment["section"].as_str().unwrap_or_default();
        matches!(environment["config"].as_str(), Some("alembic.ini" | "pyproject.toml"))
            && matches!(section, "alembic" | "tool.alembic")
    };
    let unconfigured = serde_json::json!({
        "unknown": [],
        "alembic_error":
            {"class": "CommandError", "message": "No 'script_location' key found in configuration."},
    });
    let environment = environments.iter().find(is_default).unwrap_or(&unconfigured);
    // What is unknown in a file does not matter to Alembic where another stops it for certain.
    let is_unknown = environment["unknown"].as_array().is_some_and(|unknown| !unknown.is_empty());
    if is_unknown && environment["alembic_error"].is_null() {
        return Outcome::Unknown(text(&environment["unknown"][0]["what"]));
    }
    n_compared.fetch_add(1, Ordering::Relaxed);
    let here = folder.canonicalize().expect("it is there").to_string_lossy().into_owned();
    if let Err(difference) = same_facts(environment, answer) {
        return Outcome::Differs(difference);
    }
    for ran in &recorded.results {
        let Some((command, arguments)) = own(&ran.cmd, default) else { continue };
        // A command that Alembic never ended was stopped from outside.
        let never_ends = ran.rc < 0;
        let printed = rechain(folder, &arguments);
        // What hides is written out, whatever Alembic prints.
        let expected = ShownLines::lines(&ran.stdout.replace("<DIR>", &here)).to_string();
        let status = if never_ends { 2 } else { ran.rc };
        let ours = String::from_utf8_lossy(&printed.stdout).into_owned();
        n_compared.fetch_add(1, Ordering::Relaxed);
        if printed.status.code() != Some(status) {
            return Outcome::Differs(format!(
                "{}: exits with {:?}, not {status}",
                ran.cmd,
                printed.status.code()
            ));
        }
        let varies =
            answer.order_varies && (command.starts_with("history") || command.starts_with("branches"));
        let key = if varies { "branches" } else { command };
        if sorted(key, &ours) != sorted(key, &expected) {
            return Outcome::Differs(format!("{} prints\n{ours}\nand not\n{expected}", ran.cmd));
        }
    }
    Outcome::Agrees
}

/// A message with the revisions sorted of which Alembic names the one that it comes to first, by chance.
fn settled(message: &str) -> String {
    let mut words: Vec<&str> = message.split(' ').collect();
    if message.starts_with("Branch name ") {
        words.sort_unstable();
    }
    words.join(" ")
}

fn same_facts(environment: &Value, answer: &Answer) -> Result<(), String> {
    let ours = &environment["alembic_error"];
    if let Some(error) = &answer.error {
        // Python's own words for what does not parse are Python's.
        let words = ["SyntaxError", "IndentationError", "TabError", "TOMLDecodeError"]
            .contains(&error.class.as_str());
        let same = ours["class"] == error.class.as_str()
            && (words || settled(&text(&ours["message"])) == settled(&error.message.replace("<DIR>/", "")));
        return if same { Ok(()) } else { Err(format!("{ours}; Alembic: {error:?}")) };
    }
    if !ours.is_null() {
        return Err(format!("{ours}; Alembic loads it"));
    }
    let warnings: Vec<String> = answer.warnings.iter().map(|text| text.replace("<DIR>/", "")).collect();
    if environment["alembic_warnings"] != serde_json::json!(warnings) {
        return Err(format!("warnings {}; Alembic: {warnings:?}", environment["alembic_warnings"]));
    }
    let ours: BTreeMap<String, &Value> = environment["revisions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (text(&row["path"]), row))
        .collect();
    let files: BTreeSet<&str> = answer.revisions.iter().map(|row| row.file.as_str()).collect();
    if ours.keys().map(String::as_str).collect::<BTreeSet<_>>() != files {
        return Err(format!("files {:?}; Alembic: {files:?}", ours.keys().collect::<Vec<_>>()));
    }
    for theirs in &answer.revisions {
        let row = ours[&theirs.file];
        let set = |value: &Value| texts(value.as_array().map_or(&[][..], Vec::as_slice));
        let same = text(&row["revision"]) == text(&theirs.id)
            && row["down_revision"] == theirs.down_revision
            && row["depends_on"] == theirs.depends_on
            && set(&row["branch_labels"]) == set(&theirs.own_branch_labels);
        if !same {
            return Err(format!("{row}; Alembic: {theirs:?}"));
        }
    }
    for (name, theirs) in [
        ("heads", &answer.heads),
        ("bases", &answer.bases),
        ("branch_points", &answer.branch_points),
        ("merge_points", &answer.merge_points),
    ] {
        let ours = texts(environment[name].as_array().expect("a list"));
        if ours != texts(theirs) {
            return Err(format!("{name} {ours:?}; Alembic: {theirs:?}"));
        }
    }
    let order = answer.upgrade_order.clone().unwrap_or(Value::Null);
    if !answer.order_varies && environment["upgrade_order"] != order {
        return Err(format!("order {}; Alembic: {order}", environment["upgrade_order"]));
    }
    Ok(())
}

#[test]
fn only_what_alembic_prints_in_any_order_is_sorted() {
    let same = |command, one, other| sorted(command, one) == sorted(command, other);
    assert!(same("history", "a (y, x) -> b (m, l) (head), doc", "a (y, x) -> b (l, m) (head), doc"));
    assert!(!same("history", "a (y, x) -> b (l), doc", "a (x, y) -> b (l), doc"));
    assert!(!same("history", "y, x -> b, doc (2, 1)", "y, x -> b, doc (1, 2)"));
    assert!(same("heads", "b (m, l) (head)", "b (l, m) (head)"));
    assert!(same("branches -v", "  -> b (m, l), doc", "  -> b (l, m), doc"));
    assert!(same("history -v", "Branch names: m, l", "Branch names: l, m"));
    assert!(!same("history -v", "Also depends on: m, l", "Also depends on: l, m"));
}

#[test]
fn rechain_says_of_every_small_folder_what_alembic_says() {
    let dir = unpacked();
    let root = dir.path().join("cases");
    let answers: BTreeMap<String, Answer> =
        serde_json::from_str(&gunzipped("tests/agreement/answers.json.gz")).expect("JSON");
    let recorded = std::fs::read_to_string(root.join("results.json")).expect("it is there");
    let recorded: BTreeMap<String, Recorded> = serde_json::from_str(&recorded).expect("JSON");
    let listed =
        std::fs::read_to_string(repository("tests/agreement/differences.toml")).expect("it is there");
    let listed: Differences = toml::from_str(&listed).expect("it is right");

    let names: Vec<&String> = answers.keys().collect();
    let next = AtomicUsize::new(0);
    let n_compared = AtomicUsize::new(0);
    let n_threads = std::thread::available_parallelism().map_or(2, usize::from);
    let outcomes: BTreeMap<&String, Outcome> = std::thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            while let Some(&name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                let default = listed.told.get(name).map_or("alembic.ini", String::as_str);
                let outcome =
                    compare(&root.join(name), &answers[name], &recorded[name], default, &n_compared);
                done.push((name, outcome));
            }
            done
        };
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it compares")).collect()
    });

    let mut problems = Vec::new();
    let (mut n_unknown, mut n_differ) = (0, 0);
    for (name, outcome) in &outcomes {
        let known = (listed.unknown.contains_key(*name), listed.differs.contains_key(*name));
        match outcome {
            Outcome::Agrees if known == (false, false) => {}
            Outcome::Agrees => problems.push(format!("{name} agrees now: take it from differences.toml")),
            Outcome::Unknown(what) => {
                n_unknown += 1;
                println!("unknown  {name}: {what}");
                if !known.0 {
                    problems.push(format!("{name} is unknown: {what}"));
                }
            }
            Outcome::Differs(what) => {
                n_differ += 1;
                println!("differs  {name}: {}", listed.differs.get(*name).map_or("?", String::as_str));
                if !known.1 {
                    problems.push(format!("{name} differs: {what}"));
                }
            }
        }
    }
    println!(
        "{} folders, {} comparisons, {n_unknown} unknown, {n_differ} disagreements that are listed",
        outcomes.len(),
        n_compared.into_inner()
    );
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}
