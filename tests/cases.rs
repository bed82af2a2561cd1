//! Small projects of ours, each with one kind of fault: all are examined, and always in the same words.
//!
//! `tests/cases/README.md` and `tests/replay-cases/README.md` have the right answers.

mod judge;
mod kinds;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use judge::{files, folders, repository, take_in};
use rechain::alembic::Command;
use rechain::audit::{Outcome, examine};
use rechain::ingest::{Ingested, Intake, Limits};
use rechain::report::{
    ChangeReport, Direction, EnvironmentReport, FailureReport, FindingReport, Flavour, Grade, PlanKind,
    Question, Report, Severity, Status, write_json,
};
use rechain::source::Script;

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
pub(crate) enum Says {
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
    /// Those whose upgrade may fail there, and does not for certain.
    May(&'static [&'static str]),
    /// The database that the project uses.
    Database(&'static str),
    /// The exit status of `alembic upgrade heads` on an empty database.
    Exits(u8),
    /// The answer to a question of the checklist.
    Answers(Question, Status),
    /// What the single chain rewrites, as `id <- parents`.
    Chains(&'static [&'static str]),
    /// A repair that is on offer, with the ends of the paths of the files that it changes.
    Offers(PlanKind, &'static [&'static str]),
}

use Says::{Answers, Chains, Database, Exits, Fails, Finds, Is, May, Offers, Proposes, Silent};

/// The right answers, by the number of the case.
const ANSWERS: &[(&str, &[Says])] = &[
    (
        "01",
        &[
            Is(Grade::CannotDeploy),
            Proposes("missing-parent", &["20251104_serial", "20251104_add_source_configs"]),
            Chains(&[
                "20251105_add_display_tables <- 20251105_add_stream_support",
                "20251105_add_stream_support <- 20251104_add_source_configs",
            ]),
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
    (
        "03",
        &[
            Proposes("missing-parent", &["0026", "0031", "0034"]),
            Chains(&["0028 <- 0026", "0033 <- 0031", "0036 <- 0034"]),
        ],
    ),
    ("03b", &[Proposes("missing-parent", &["0026", "0029"]), Chains(&["0028 <- 0026", "0031 <- 0029"])]),
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
        "07",
        &[
            Is(Grade::Stops),
            Fails(&["0011_rls_barriers"]),
            Finds(
                "failing-operation",
                Severity::Error,
                "0011_rls_barriers.py",
                37,
                &["asyncpg", "one `op.execute` for each statement"],
            ),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
        ],
    ),
    (
        "08",
        &[
            Is(Grade::Stops),
            Fails(&["2f1a00000001", "2f1a00000002"]),
            Finds(
                "failing-operation",
                Severity::Error,
                "2f1a_users.py",
                18,
                &["unexpected keyword argument 'engine_name'", "def upgrade(engine_name):"],
            ),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
        ],
    ),
    (
        "08b",
        &[
            Fails(&["2f1a00000004"]),
            Finds(
                "tables-made-elsewhere",
                Severity::Warning,
                "2f1d_more.py",
                34,
                &["stats.hits", "no such table: hits"],
            ),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
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
                &["already exists", "Line 19 has created the type", "create_type=False"],
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
            Finds(
                "tables-made-elsewhere",
                Severity::Warning,
                "u1_uuids.py",
                19,
                &["none of them creates: checkpoints and datasets"],
            ),
            Exits(1),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
        ],
    ),
    ("15c", &[Fails(&[]), Exits(0), Answers(Question::UpgradeFromEmpty, Status::Pass)]),
    (
        "17",
        &[
            Finds(
                "syntax-error",
                Severity::Error,
                "059_add_title.py",
                12,
                &["Keep the side of HEAD", "060_index.py names it"],
            ),
            Silent("missing-parent"),
            Offers(PlanKind::Edits, &["059_add_title.py"]),
        ],
    ),
    (
        "18a",
        &[
            Is(Grade::Stops),
            Fails(&["4e6a00000002"]),
            Finds(
                "used-before-created",
                Severity::Error,
                "d2_slug.py",
                22,
                &["4e6a00000003 creates `datasources.params`"],
            ),
            Exits(1),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
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
        "32",
        &[
            Is(Grade::CannotDeploy),
            Proposes("missing-parent", &["20251104_source_configs"]),
            Silent("used-before-created"),
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
            // It comes after that one, and the other child of that one stays as it is.
            Chains(&["967016000003 <- e7c3b9000004"]),
        ],
    ),
    (
        "35b",
        &[
            Finds(
                "missing-parent",
                Severity::Error,
                "20251105_add_stream.py",
                13,
                &["Write 20251104_source_configs"],
            ),
            Chains(&["20251105_add_stream <- 20251104_source_configs"]),
        ],
    ),
    (
        "36",
        &[
            Finds("multiple-heads", Severity::Error, "h1.py", 12, &["a00000000004 and a00000000005"]),
            Silent("used-before-created"),
            Chains(&["a00000000005 <- a00000000004"]),
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
            Chains(&["c70000000007 <- c70000000005 c70000000006"]),
            Exits(1),
        ],
    ),
];

/// What does not hold of a report.
fn wrong(report: &Report, holds: &Says) -> Option<String> {
    let environment = &report.environments[0];
    let of = |rule: &'static str| report.findings.iter().filter(move |finding| finding.rule == rule);
    match holds {
        Is(grade) => (report.grade != *grade).then(|| format!("it is {:?}", report.grade)),
        Finds(rule, severity, path, line, says) => {
            let fits = |finding: &&FindingReport| {
                let at = finding.path.as_ref().is_some_and(|own| own.ends_with(path))
                    && finding.line.unwrap_or_default() == *line;
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
            let found = failing(environment, true);
            (found != *wanted).then(|| format!("{found:?} fail"))
        }
        May(wanted) => {
            let certain = failing(environment, true);
            let mut found = failing(environment, false);
            found.retain(|revision| !certain.contains(revision));
            (found != *wanted).then(|| format!("{found:?} may fail"))
        }
        Database(name) => {
            let found = environment.database.name.as_deref();
            (found != Some(*name)).then(|| format!("the database is {found:?}"))
        }
        Exits(status) => {
            let (found, says) = foreseen(environment, "upgrade heads", false);
            (found != Some(*status)).then(|| format!("upgrade heads exits with {found:?}: {says}"))
        }
        Answers(question, status) => {
            let item = environment.checklist.iter().find(|item| item.item == *question).expect("it is asked");
            (item.status != *status).then(|| format!("{question:?}: {:?}, {}", item.status, item.detail))
        }
        Offers(kind, wanted) => {
            let plan = environment.plans.iter().find(|plan| plan.name == *kind);
            let files: Vec<_> =
                plan.into_iter().flat_map(|plan| &plan.changes).map(|change| &change.path).collect();
            let is_it = |(at, end): (usize, &&str)| files[at].ends_with(end);
            let holds = files.len() == wanted.len() && wanted.iter().enumerate().all(is_it);
            (!holds).then(|| format!("{kind} changes {files:?}"))
        }
        Chains(wanted) => {
            let chain = environment.plans.iter().find(|plan| plan.name == PlanKind::Chain);
            let changes = chain.into_iter().flat_map(|plan| &plan.changes);
            let told = |change: &ChangeReport| {
                let after: Vec<_> = change.after.iter().map(ToString::to_string).collect();
                format!("{} <- {}", change.revision, after.join(" "))
            };
            let found: Vec<_> = changes.map(told).collect();
            (found != *wanted).then(|| format!("the chain rewrites {found:?}"))
        }
    }
}

/// The revisions whose upgrade fails, for certain or perhaps, on the database that fits best.
fn failing(environment: &EnvironmentReport, certain: bool) -> Vec<&str> {
    let failures = environment.replay.iter().flat_map(|replay| &replay.failures);
    let wanted = failures.filter(|own| own.certain == certain && own.direction == Direction::Upgrade);
    let mut found: Vec<_> = wanted.map(|own| own.revision.as_str()).collect();
    found.dedup();
    found
}

/// A further project as it would be dropped.
fn given(project: &kinds::Project) -> Ingested {
    let mut intake = Intake::new(Limits::default());
    for (path, text) in project.files() {
        intake.add(&path, text);
    }
    intake.finish()
}

#[test]
fn what_is_said_of_the_further_projects_holds() {
    let mut differences = Vec::new();
    for (at, project) in kinds::PROJECTS.iter().enumerate() {
        let report = examine(given(project), &mut |_| {}).report;
        let found = project.says.iter().filter_map(|holds| wrong(&report, holds));
        differences.extend(found.map(|difference| format!("{} of kind {}: {difference}", at, project.case)));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_kind_has_two_further_projects_and_every_case_an_answer() {
    for name in folders("tests/cases") {
        let case = number(&name);
        let n = kinds::PROJECTS.iter().filter(|project| project.case == case).count();
        assert!(n >= 2, "{case} has {n}");
        let is_answered =
            ANSWERS.iter().any(|(own, _)| *own == case) || RIGHT.iter().any(|(own, _)| *own == case);
        assert!(is_answered, "{case}");
    }
}

#[test]
fn what_is_said_of_the_cases_holds() {
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

/// What must hold of the report about a case.
type Holds = fn(&Outcome);

/// The right answers of `tests/cases/README.md`, by case.
const RIGHT: [(&str, Holds); 10] = [
    ("10c", |outcome| {
        assert_eq!(database(outcome), Some("postgresql"));
        assert_eq!(stops_at(outcome), Some("e2000000aa01"));
    }),
    ("10d", |outcome| {
        assert_eq!(database(outcome), Some("postgresql"));
        assert_eq!(stops_at(outcome), Some("e2000000aa01"));
    }),
    ("11a", |outcome| {
        assert_eq!(rules(outcome), ["models-not-imported"]);
        let (status, detail) = answer(outcome, Question::Autogenerate);
        assert_eq!(status, Status::Fail);
        assert!(detail.ends_with("it would drop recording, tag, task and user_account."), "{detail}");
        let repair =
            String::from_utf8_lossy(outcome.env_repairs[0].after.as_deref().expect("it stays")).into_owned();
        for module in ["recording", "tag", "task", "user_account"] {
            assert!(repair.contains(&format!("import backend.models.{module}  # noqa")), "{repair}");
        }
    }),
    ("13a", |outcome| assert_eq!(stops_at(outcome), Some("50a100000002"))),
    ("13b", |outcome| assert_eq!(answer(outcome, Question::UpgradeFromEmpty).0, Status::Pass)),
    ("17", |outcome| {
        assert_eq!(rules(outcome), ["syntax-error"]);
        let advice = &outcome.report.findings[0].advice;
        assert!(
            advice.contains("Keep the side of HEAD") && advice.contains("revision = add_title_to_items"),
            "{advice}"
        );
        assert!(advice.contains("060_index.py names it"), "{advice}");
        assert_eq!(answer(outcome, Question::SingleRoot).0, Status::Pass);
    }),
    ("05", |outcome| {
        let left = left(outcome, "duplicate");
        assert_eq!(left["de8349efe7f2_add_places.py"], ["a1b2c3d4e5f6_add_polling_intervals.py"]);
        assert_eq!(left["add_place_stay_view.py"], ["b2c3d4e5f6a8_add_stays.py"]);
    }),
    ("23", |outcome| {
        let left = left(outcome, "duplicate");
        assert_eq!(left["0003_add_api_keys.py"], ["0002_tokens.py"]);
        assert_eq!(left["0004_normalize_email.py"], ["0003_add_api_keys.py"]);
        assert_eq!(left["0003_add_alert_history.py"], ["0007_docker_image.py"]);
        assert_eq!(left["0004_add_framework.py"], ["0003_add_alert_history.py"]);
    }),
    ("25", |outcome| {
        assert_eq!(database(outcome), Some("postgresql"));
        assert_eq!(stops_at(outcome), Some("7a1700000002"));
    }),
    ("40", |outcome| {
        let orphan = outcome.report.findings.iter().find(|finding| finding.rule == "orphan-environment");
        let message = &orphan.expect("it is found").message;
        assert!(message.contains("alembic.ini wins over the pyproject.toml"), "{message}");
        assert_eq!(outcome.report.environments[0].script_location, "old_migrations");
    }),
];

#[test]
fn the_right_answers_hold() {
    for folder in folders("tests/cases") {
        for (case, holds) in RIGHT.iter().filter(|(case, _)| *case == number(&folder)) {
            // Shown when this fails.
            println!("{case}");
            holds(&examine(judge::read(&repository("tests/cases").join(&folder)), &mut |_| {}));
        }
    }
}

/// What a plan leaves: each file with those of its parents.
fn left<'o>(outcome: &'o Outcome, plan: &str) -> BTreeMap<&'o str, Vec<&'o str>> {
    let plan = outcome.plans[0].iter().find(|own| own.kind.name() == plan).expect("it is on offer");
    let name = |script: &'o Script| script.path.file_name();
    let scripts = &plan.after.scripts;
    let of = |id: &str| scripts.iter().find(|script| script.id() == Some(id)).map_or("missing", name);
    let left = scripts
        .iter()
        .map(|script| (name(script), script.down_revision.values().into_iter().map(of).collect()));
    left.collect()
}

/// The database that the project of the first environment uses.
fn database(outcome: &Outcome) -> Option<&str> {
    outcome.report.environments[0].database.name.as_deref()
}

/// The revision at which the upgrade of an empty database stops for certain.
fn stops_at(outcome: &Outcome) -> Option<&str> {
    let replay = outcome.report.environments[0].replay.as_ref()?;
    let failing = |failure: &&FailureReport| failure.certain && failure.direction == Direction::Upgrade;
    replay.failures.iter().find(failing).map(|failure| failure.revision.as_str())
}

fn rules(outcome: &Outcome) -> Vec<&str> {
    outcome.report.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

fn answer(outcome: &Outcome, question: Question) -> (Status, &str) {
    let item = outcome.report.checklist.iter().find(|item| item.item == question).expect("it is asked");
    (item.status, &item.detail)
}

/// An `env.py` of a project with two models, and whether autogenerate sees both; nothing where only running tells.
const ENV_PYS: [(&str, Option<bool>); 14] = [
    ("from app.base import Base\nimport app.user\nimport app.tag\n", Some(true)),
    ("from app.base import Base\nfrom app.models import *\n", Some(true)),
    ("from app.base import Base\nfrom app import models\n", Some(true)),
    ("from app.models.every import User\nfrom app.base import Base\n", Some(true)),
    ("from app.base import Base, load\nload()\n", Some(true)),
    ("from app.base import Base\nimport importlib\nimportlib.import_module('app.models')\n", Some(true)),
    ("from app.models import Base\n", Some(true)),
    ("from app.base import Base\n", Some(false)),
    ("from app.base import Base\nfrom app.user import User\n", Some(false)),
    (
        "from app.base import Base\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import app.models\n",
        Some(false),
    ),
    ("from app.base import Base\nfrom app.other import x\n", Some(false)),
    ("from app.base import Base\ntry:\n    import app.models\nexcept ImportError:\n    pass\n", None),
    (
        "from app.base import Base\nimport importlib\nfor name in ['app.models']:\n    importlib.import_module(name)\n",
        None,
    ),
    (
        "from app.base import Base\nimport pkgutil, app\nfor m in pkgutil.iter_modules(app.__path__):\n    pass\n",
        None,
    ),
];

#[test]
fn what_autogenerate_sees_is_what_real_alembic_compares_with() {
    let Some(python) = judge::python("what_autogenerate_sees_is_what_real_alembic_compares_with") else {
        return;
    };
    let model = |class: &str, table: &str| {
        format!(
            "from sqlalchemy.orm import Mapped, mapped_column\nfrom app.base import Base\n\n\nclass {class}(Base):\n    \
             __tablename__ = '{table}'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        )
    };
    let create = |table: &str| {
        format!("    op.create_table('{table}', sa.Column('id', sa.Integer(), primary_key=True))\n")
    };
    let migration = format!(
        "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\ndef upgrade():\n{}{}\
         def downgrade():\n    pass\n",
        create("user"),
        create("tag")
    );
    for (_, &(imports, sees)) in judge::some(&ENV_PYS, 4) {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let env_py = format!("{imports}{}", ENV_PY.replace("MetaData()", "Base.metadata"));
        for (path, text) in [
            (
                "alembic.ini",
                "[alembic]\nscript_location = m\nprepend_sys_path = .\nsqlalchemy.url = sqlite:///x.db\n",
            ),
            ("m/env.py", env_py.as_str()),
            ("m/versions/a.py", &migration),
            ("app/__init__.py", ""),
            (
                "app/base.py",
                "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\ndef load():\n    \
                 import app.models\n",
            ),
            ("app/user.py", &model("User", "user")),
            ("app/tag.py", &model("Tag", "tag")),
            ("app/other.py", "x = 1\n"),
            (
                "app/models/__init__.py",
                "from app.base import Base\nfrom app.tag import Tag\nfrom app.user import User\n",
            ),
            ("app/models/every.py", "from app.models import Tag, User\n"),
        ] {
            judge::write_file(&dir.path().join(path), text.as_bytes());
        }
        let outcome = examine(judge::read(dir.path()), &mut |_| {});
        let status = match sees {
            Some(true) => Status::Pass,
            Some(false) => Status::Fail,
            None => Status::Unknown,
        };
        let (ours, detail) = answer(&outcome, Question::Autogenerate);
        assert_eq!(ours, status, "{imports}: {detail}");
        // What would be dropped is what is named, and nothing where all is seen or the repair is applied.
        let check = |folder: &Path| really(&python, folder, &["--at-head", "check"])["check"].clone();
        let (code, said) = check(dir.path());
        match sees {
            Some(true) => assert_eq!(code, 0, "{imports}: {said}"),
            Some(false) => {
                let dropped = |table: &str| said.contains(&format!("('remove_table', Table('{table}'"));
                for table in ["user", "tag"] {
                    let told = detail.rsplit("it would drop ").next().unwrap_or_default();
                    assert_eq!(
                        told.contains(table),
                        dropped(table),
                        "{imports}: {detail}, and really {said}"
                    );
                }
                let repair = &outcome.env_repairs[0];
                let after = repair.after.as_deref().expect("it stays");
                judge::write_file(&dir.path().join(repair.path.as_str()), after);
                assert_eq!(check(dir.path()).0, 0, "{imports}: repaired");
            }
            None => {}
        }
    }
}

/// An `env.py` that gives its metadata a naming convention, or does not.
const CONVENTIONS: [&str; 10] = [
    "target_metadata.naming_convention = {'uq': 'uq_%(table_name)s_%(column_0_name)s'}\n",
    "from naming import N\ntarget_metadata.naming_convention = N\n",
    "import naming\ntarget_metadata = MetaData(naming_convention=naming.N)\n",
    "from base import Base\ntarget_metadata = Base.metadata\n",
    "from base import Base\nBase.metadata.naming_convention = dict(uq='uq_%(table_name)s_%(column_0_name)s')\ntarget_metadata = Base.metadata\n",
    "from base import other as target_metadata\n",
    "from base import Base\ntarget_metadata = [Base.metadata]\n",
    "from base import Base\ntarget_metadata = None\n",
    "import os\n",
    "from base import Base\n",
];

#[test]
fn a_naming_convention_counts_where_real_alembic_goes_by_it() {
    let Some(python) = judge::python("a_naming_convention_counts_where_real_alembic_goes_by_it") else {
        return;
    };
    let mut differences = Vec::new();
    for (_, lines) in judge::some(&CONVENTIONS, 3) {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let env_py = ENV_PY
            .replace("target_metadata = MetaData()\n", &format!("target_metadata = MetaData()\n{lines}"));
        for (path, text) in [
            (
                "alembic.ini",
                "[alembic]\nscript_location = m\nprepend_sys_path = .\nsqlalchemy.url = sqlite:///x.db\n",
            ),
            ("m/env.py", env_py.as_str()),
            ("naming.py", "N = {'uq': 'uq_%(table_name)s_%(column_0_name)s'}\n"),
            (
                "base.py",
                "from naming import N\nfrom sqlalchemy import MetaData\nfrom sqlalchemy.orm import declarative_base\n\n\
                 Base = declarative_base(metadata=MetaData(naming_convention=N))\nother = MetaData()\n",
            ),
            (
                "m/versions/a.py",
                "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\ndef upgrade():\n    \
                 op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer()), \
                 sa.UniqueConstraint('n'))\ndef downgrade():\n    pass\n",
            ),
            (
                "m/versions/b.py",
                "from alembic import op\nrevision = 'b'\ndown_revision = 'a'\ndef upgrade():\n    \
                 with op.batch_alter_table('t') as batch_op:\n        \
                 batch_op.drop_constraint('uq_t_n', type_='unique')\ndef downgrade():\n    pass\n",
            ),
        ] {
            judge::write_file(&dir.path().join(path), text.as_bytes());
        }
        let outcome = examine(judge::read(dir.path()), &mut |_| {});
        let runs = match answer(&outcome, Question::UpgradeFromEmpty).0 {
            Status::Pass => Some(true),
            Status::Fail => Some(false),
            Status::Unknown => None,
        };
        let (status, said) = really(&python, dir.path(), &["upgrade head"])["upgrade head"].clone();
        if runs.is_some_and(|runs| runs != (status == 0)) {
            differences.push(format!("{lines}: {runs:?}, and really {status}: {said}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Cases that real Alembic runs as they stand, on the database that their configuration names.
const RUN: [&str; 13] =
    ["02a", "02e", "06", "09c", "10a", "11a", "13a", "13b", "14", "18a", "20", "37", "40"];

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

#[test]
fn what_is_said_of_the_further_projects_is_what_real_alembic_does() {
    let test = "what_is_said_of_the_further_projects_is_what_real_alembic_does";
    let (Some(alembic), Some(flask)) = (judge::python_with_databases(test), judge::python(test)) else {
        return;
    };
    let mut differences = Vec::new();
    for (at, project) in judge::some(kinds::PROJECTS, 6) {
        let Some((command, status)) = project.really else { continue };
        let dir = tempfile::tempdir().expect("a folder for the test");
        for (path, text) in project.files() {
            judge::write_file(&dir.path().join(path), &text);
        }
        let python = if command.starts_with("flask") { &flask } else { &alembic };
        let (really, said) = &really(python, dir.path(), &[command])[command];
        if *really != status {
            differences.push(format!("{at} of kind {}: really {really}: {said}", project.case));
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
