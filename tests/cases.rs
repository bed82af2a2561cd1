//! Small projects of ours, each with one kind of fault: all are examined, and always in the same words.
//!
//! `tests/cases/README.md` and `tests/replay-cases/README.md` have the right answers.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use judge::{files, folders, repository, take_in};
use rechain::alembic::Command;
use rechain::audit::examine;
use rechain::ingest::Ingested;
use rechain::report::{EnvironmentReport, Flavour, write_json};

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
        let really = really(&python, dir.path(), &commands);
        let report = examine(judge::read(dir.path()), &mut |_| {}).report;
        for command in commands {
            let ours = foreseen(&report.environments[0], command, false).0.map(i32::from);
            let (status, said) = &really[command];
            if ours != Some(*status) {
                differences.push(format!("{name}: {command}: {ours:?}, and really {status}: {said}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What real Alembic does in a folder: the exit status of each command, and the last line of what went wrong.
fn really(python: &OsStr, folder: &Path, arguments: &[&str]) -> BTreeMap<String, (i32, String)> {
    let output = std::process::Command::new(python)
        .arg(repository("tests/python/commands.py"))
        .arg(folder)
        .args(arguments)
        .output()
        .expect("Python starts");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// What is foreseen of a command: its exit status, and what it says.
fn foreseen(environment: &EnvironmentReport, command: &str, at_head: bool) -> (Option<u8>, String) {
    let typed = format!("alembic {command}");
    let found =
        environment.commands.iter().find(|foreseen| foreseen.command == typed).expect("it is foreseen");
    match &found.at_head {
        Some(outcome) if at_head => (outcome.status, outcome.says.to_string()),
        _ => (found.status, found.says.to_string()),
    }
}

/// A migration's id, its parents, and whatever else it says of itself.
type Migration = (&'static str, &'static str, &'static str);

/// Small histories.
const HISTORIES: [(&str, &[Migration]); 10] = [
    ("two heads", &[("a", "None", ""), ("b", "'a'", ""), ("c", "'a'", "")]),
    ("a line", &[("a", "None", ""), ("b", "'a'", ""), ("c", "'b'", "")]),
    ("joined", &[("a", "None", ""), ("b", "'a'", ""), ("c", "'a'", ""), ("d", "('b', 'c')", "")]),
    ("two bases", &[("a", "None", ""), ("b", "None", "")]),
    ("two bases and labels", &[("a", "None", "branch_labels = 'x'"), ("b", "None", "branch_labels = 'y'")]),
    ("a head that depends on the other", &[("a", "None", ""), ("b", "None", "depends_on = 'a'")]),
    ("a lost parent", &[("a", "None", ""), ("b", "'gone'", "")]),
    ("a loop", &[("a", "'b'", ""), ("b", "'a'", "")]),
    ("an id twice", &[("a", "None", ""), ("b", "'a'", ""), ("b", "'a'", "")]),
    ("nothing", &[]),
];

const ENV_PY: &str = "from alembic import context\nfrom sqlalchemy import MetaData, create_engine\n\n\
    target_metadata = MetaData()\nurl = context.config.get_main_option('sqlalchemy.url')\n\
    with create_engine(url).connect() as connection:\n    \
    context.configure(connection=connection, target_metadata=target_metadata)\n    \
    with context.begin_transaction():\n        context.run_migrations()\n";

#[test]
fn every_command_is_foreseen_on_every_shape_of_history() {
    let Some(python) = judge::python("every_command_is_foreseen_on_every_shape_of_history") else { return };
    let commands: Vec<_> = Command::ALL.into_iter().map(|command| command.typed(Flavour::Alembic)).collect();
    let (mut differences, mut n) = (Vec::new(), 0);
    let histories = if judge::full() { &HISTORIES[..] } else { &HISTORIES[..2] };
    for (name, history) in histories {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let ini = "[alembic]\nscript_location = m\nsqlalchemy.url = sqlite:///x.db\n";
        judge::write_file(&dir.path().join("alembic.ini"), ini.as_bytes());
        judge::write_file(&dir.path().join("m/env.py"), ENV_PY.as_bytes());
        judge::write_file(
            &dir.path().join("m/script.py.mako"),
            b"revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n",
        );
        std::fs::create_dir_all(dir.path().join("m/versions")).expect("a new folder");
        for (at, (id, parent, more)) in history.iter().enumerate() {
            let text = format!(
                "revision = '{id}'\ndown_revision = {parent}\n{more}\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n"
            );
            judge::write_file(&dir.path().join(format!("m/versions/{at}_{id}.py")), text.as_bytes());
        }
        let report = examine(judge::read(dir.path()), &mut |_| {}).report;
        // What does not load stands at no head.
        let loads = report.environments[0].alembic_error.is_none();
        for at_head in [false, true].into_iter().filter(|at_head| loads || !at_head) {
            let arguments: Vec<_> =
                at_head.then_some("--at-head").into_iter().chain(commands.clone()).collect();
            let really = really(&python, dir.path(), &arguments);
            for command in &commands {
                let (ours, says) = foreseen(&report.environments[0], command, at_head);
                let (status, said) = &really[*command];
                n += 1;
                // Python names the module of a class too.
                let (class, message) = said.split_once(": ").unwrap_or((said, ""));
                let class = class.rsplit('.').next().unwrap_or(class);
                let said = if message.is_empty() { class.to_owned() } else { format!("{class}: {message}") };
                let same = ours.is_none_or(|ours| {
                    i32::from(ours) == *status && (*status == 0 || says.ends_with(said.as_str()))
                });
                if !same {
                    let at = if at_head { " at the head" } else { "" };
                    differences
                        .push(format!("{name}: {command}{at}: {ours:?} {says}, and really {status} {said}"));
                }
            }
        }
    }
    println!("{n} commands");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
