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
use rechain::report::{
    Direction, EnvironmentReport, FindingReport, Flavour, Grade, Question, Report, Severity, Status,
    write_json,
};

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

/// What has to hold of the report of a case.
enum Holds {
    /// The grade.
    Is(Grade),
    /// A finding of a rule with this severity, at the end of a path and a line, whose message, consequence or advice says
    /// all of this.
    Finds(&'static str, Severity, &'static str, u32, &'static [&'static str]),
    /// What a finding of a rule proposes, each finding's own first.
    Proposes(&'static str, &'static [&'static str]),
    /// No finding of a rule.
    Silent(&'static str),
    /// The revisions whose upgrade certainly fails on the database that fits best.
    Fails(&'static [&'static str]),
    /// The exit status of `alembic upgrade heads` on an empty database.
    Exits(u8),
    /// The answer to a question of the checklist.
    Answers(Question, Status),
}

use Holds::{Answers, Exits, Fails, Finds, Is, Proposes, Silent};

/// The right answers, by the number of the case. Where a repair is the answer, it is not here.
const ANSWERS: &[(&str, &[Holds])] = &[
    (
        "01",
        &[
            Is(Grade::CannotDeploy),
            Proposes("missing-parent", &["20251104_serial", "20251104_add_source_configs"]),
        ],
    ),
    (
        "02a",
        &[
            Is(Grade::Stops),
            Finds("revision-too-long", Severity::Error, "20260820_runs.py", 12, &["37 characters"]),
            Fails(&["20260820_add_backup_verification_runs", "20260820_add_poller_stall_threshold_setting"]),
            Exits(1),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
        ],
    ),
    (
        "02e",
        &[
            Is(Grade::Stops),
            Finds("revision-too-long", Severity::Error, "20260820_runs.py", 12, &["PostgreSQL refuses"]),
            Fails(&["20260820_add_backup_verification_runs"]),
            Exits(1),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
        ],
    ),
    ("03b", &[Proposes("missing-parent", &["0026", "0029"])]),
    (
        "05",
        &[
            Finds(
                "duplicate-revision",
                Severity::Error,
                "add_polling_intervals.py",
                12,
                &["Give add_place_stay_view.py a new id"],
            ),
            Finds(
                "revision-cycle",
                Severity::Error,
                "add_place_stay_view.py",
                13,
                &["add_place_stay_view.py closes the loop", "the loop is gone"],
            ),
        ],
    ),
    (
        "06",
        &[
            Exits(1),
            Finds(
                "used-before-created",
                Severity::Error,
                "b2_rehearsal_step.py",
                19,
                &["c0a1aa000002 creates `guest_group`"],
            ),
        ],
    ),
    (
        "09c",
        &[
            Is(Grade::Stops),
            Finds(
                "failing-operation",
                Severity::Error,
                "e2_kind.py",
                19,
                &[
                    "does not exist",
                    "`e3_orders.py:19` creates the type",
                    ".create(op.get_bind(), checkfirst=True)`",
                ],
            ),
        ],
    ),
    (
        "10a",
        &[
            Is(Grade::Stops),
            Finds(
                "failing-operation",
                Severity::Error,
                "e1_first.py",
                20,
                &["already exists", "line 19 has created the type", "create_type=False"],
            ),
        ],
    ),
    (
        "13a",
        &[
            Is(Grade::Stops),
            Finds(
                "used-before-created",
                Severity::Error,
                "f2_drop_unique.py",
                20,
                &["naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s'}"],
            ),
        ],
    ),
    (
        "14",
        &[
            Is(Grade::NoEmptyDatabase),
            Fails(&["34e600000001"]),
            Finds("tables-made-elsewhere", Severity::Warning, "u1_uuids.py", 19, &["1 migration relies"]),
            Exits(1),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
        ],
    ),
    (
        "17",
        &[
            Finds(
                "syntax-error",
                Severity::Error,
                "059_add_title.py",
                12,
                &["Keep the side of HEAD", "060_index.py names that as its parent"],
            ),
            Silent("missing-parent"),
        ],
    ),
    (
        "20",
        &[
            Is(Grade::Stops),
            Exits(1),
            Finds(
                "failing-operation",
                Severity::Error,
                "k2_lists.py",
                29,
                &["batch_op.create_foreign_key(…)"],
            ),
        ],
    ),
    (
        "23",
        &[
            Finds(
                "duplicate-revision",
                Severity::Error,
                "0003_add_alert_history.py",
                12,
                &["Give 0003_add_alert_history.py a new id"],
            ),
            Finds(
                "duplicate-revision",
                Severity::Error,
                "0004_add_framework.py",
                12,
                &["Give 0004_add_framework.py a new id"],
            ),
        ],
    ),
    (
        "33",
        &[
            Proposes("missing-parent", &["b5ac48000002"]),
            Finds(
                "revises-mismatch",
                Severity::Warning,
                "c.py",
                4,
                &["write b5ac48000002 into down_revision"],
            ),
        ],
    ),
    (
        "35b",
        &[Finds(
            "missing-parent",
            Severity::Error,
            "20251105_add_stream.py",
            13,
            &["Write 20251104_source_configs"],
        )],
    ),
    (
        "36",
        &[
            Finds("multiple-heads", Severity::Error, "h1.py", 12, &["a00000000004 and a00000000005"]),
            Silent("used-before-created"),
        ],
    ),
    (
        "37",
        &[
            Finds(
                "alembic-stops",
                Severity::Error,
                "m2.py",
                13,
                &["Take c70000000002 out of the down_revision of c70000000007"],
            ),
            Exits(1),
        ],
    ),
];

/// What does not hold of a report.
fn wrong(report: &Report, holds: &Holds) -> Option<String> {
    let environment = &report.environments[0];
    let of = |rule: &'static str| report.findings.iter().filter(move |finding| finding.rule == rule);
    match holds {
        Is(grade) => (report.grade != *grade).then(|| format!("it is {:?}", report.grade)),
        Finds(rule, severity, path, line, says) => {
            let fits = |finding: &&FindingReport| {
                let at = finding.path.as_ref().is_some_and(|own| own.ends_with(path))
                    && finding.line == Some(*line);
                let text = format!("{} {} {}", finding.message, finding.consequence, finding.advice);
                at && finding.severity == *severity && says.iter().all(|part| text.contains(part))
            };
            let told = |own: &FindingReport| {
                let place = own.path.as_ref().map_or("", |path| path.as_str());
                format!(
                    "{:?} {place}:{:?} {} {} {}",
                    own.severity, own.line, own.message, own.consequence, own.advice
                )
            };
            let found: Vec<_> = of(rule).map(told).collect();
            (!of(rule).any(|finding| fits(&finding))).then(|| format!("{rule}: {found:?}"))
        }
        Proposes(rule, wanted) => {
            let first = |finding: &FindingReport| finding.candidates.first().map(ToString::to_string);
            let found: Vec<_> = of(rule).filter_map(first).collect();
            (found != *wanted).then(|| format!("{rule} proposes {found:?}"))
        }
        Silent(rule) => of(rule).next().map(|finding| finding.message.to_string()),
        Fails(wanted) => {
            let failures = environment.replay.iter().flat_map(|replay| &replay.failures);
            let certain = failures.filter(|own| own.certain && own.direction == Direction::Upgrade);
            let mut found: Vec<_> = certain.map(|own| own.revision.as_str()).collect();
            found.dedup();
            (found != *wanted).then(|| format!("{found:?} fail"))
        }
        Exits(status) => {
            let (found, says) = foreseen(environment, "upgrade heads", false);
            (found != Some(*status)).then(|| format!("upgrade heads exits with {found:?}: {says}"))
        }
        Answers(question, status) => {
            let item = environment.checklist.iter().find(|item| item.item == *question).expect("it is asked");
            (item.status != *status).then(|| format!("{question:?}: {:?}, {}", item.status, item.detail))
        }
    }
}

#[test]
fn the_right_answers_hold() {
    let mut differences = Vec::new();
    for (case, answers) in ANSWERS {
        let names = folders("tests/cases");
        let name = names.iter().find(|name| number(name) == *case).expect("there is such a case");
        let report = examine(take_in(&files(&repository("tests/cases").join(name))), &mut |_| {}).report;
        let found = answers.iter().filter_map(|holds| wrong(&report, holds));
        differences.extend(found.map(|difference| format!("{case}: {difference}")));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
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
