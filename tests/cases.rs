//! Small projects of ours, each with one kind of fault: all are examined, and always in the same words.
//!
//! `tests/cases/README.md` and `tests/replay-cases/README.md` have the right answers.

mod judge;

use std::collections::{BTreeMap, BTreeSet};

use judge::{files, folders, repository, take_in};
use rechain::audit::examine;
use rechain::ingest::Ingested;
use rechain::report::write_json;

const CASES: [&str; 2] = ["tests/cases", "tests/replay-cases"];

/// The first word of a row of a table, or of a folder's name, is the case's number.
fn number(text: &str) -> String {
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn every_case_is_examined_and_says_the_same_whatever_order_its_files_come_in() {
    let json = |ingested: Ingested| write_json(&examine(ingested, &mut |_| {}).report);
    for folder in CASES {
        for name in folders(folder) {
            // Shown when this fails.
            println!("{folder}/{name}");
            let files = files(&repository(folder).join(&name));
            let first = json(take_in(&files));
            assert!(first.contains("\"revision\""), "it has revisions");
            assert_eq!(json(take_in(&files)), first, "asked again");
            assert_eq!(json(take_in(files.iter().rev())), first, "from the last file to the first");
        }
    }
}

#[test]
fn every_case_has_its_right_answer() {
    for folder in CASES {
        let table = std::fs::read_to_string(repository(folder).join("README.md")).expect("it is there");
        let rows: BTreeSet<_> =
            table.lines().filter_map(|line| line.strip_prefix("| ")).skip(1).map(number).collect();
        let cases: BTreeSet<_> = folders(folder).iter().map(|name| number(name)).collect();
        assert_eq!(rows, cases, "{folder}");
    }
}

/// Cases that real Alembic runs as they stand, on the database that their configuration names.
const RUN: [&str; 9] = ["02a", "02e", "06", "09c", "10a", "13a", "14", "20", "37"];

#[test]
fn the_commands_foreseen_are_what_real_alembic_does() {
    let Some(python) = judge::python_with_databases("the_commands_foreseen_are_what_real_alembic_does")
    else {
        return;
    };
    let commands = ["upgrade head", "upgrade heads"];
    let mut differences = Vec::new();
    for name in folders("tests/cases").iter().filter(|name| RUN.contains(&number(name).as_str())) {
        let dir = tempfile::tempdir().expect("a folder for the test");
        judge::copy(&repository("tests/cases").join(name), dir.path());
        let output = std::process::Command::new(&python)
            .arg(repository("tests/python/commands.py"))
            .arg(dir.path())
            .args(commands)
            .output()
            .expect("Python starts");
        let statuses: BTreeMap<String, i32> = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{name}: {error}: {output:?}"));
        let report = examine(judge::read(dir.path()), &mut |_| {}).report;
        for command in commands {
            let typed = format!("alembic {command}");
            let foreseen = report.environments[0].commands.iter().find(|foreseen| foreseen.command == typed);
            let ours = foreseen.expect("it is foreseen").status.map(i32::from);
            if ours != statuses.get(command).copied() {
                let said = String::from_utf8_lossy(&output.stderr);
                differences.push(format!("{name}: {command}: {ours:?}, and really {statuses:?}: {said}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
