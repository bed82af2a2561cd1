//! What is certainly refused, asked of real databases: ids that do not fit into `alembic_version` at the time when they
//! are written, and revisions that each database refuses for a reason of its own.

mod judge;

use std::path::Path;
use std::time::Duration;

use judge::{Talk, files, take_in, write_file};
use rechain::audit::examine;
use rechain::report::{Direction, Grade, Report, Severity};
use serde_json::{Value, json};

const LONG: &str = "add_a_very_long_description_as_the_id"; // 37 characters
const ENV_PY: &str = "from alembic import context\nfrom app import Base\n\ntarget_metadata = Base.metadata\n";

/// A history that widens the column, or does not: ids with the bodies of `upgrade()`.
struct Widening {
    name: &'static str,
    migrations: &'static [(&'static str, &'static str)],
    /// What stands in `env.py`, beside the rest.
    env_py: &'static str,
    /// The severity of `revision-too-long`, if it is found.
    found: Option<Severity>,
}

const WIDEN: &str = "op.execute('ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(64)')";

const WIDENINGS: &[Widening] = &[
    Widening {
        name: "never",
        migrations: &[("a", "pass"), (LONG, "pass")],
        env_py: "",
        found: Some(Severity::Error),
    },
    Widening {
        name: "by a later migration",
        migrations: &[("a", "pass"), (LONG, "pass"), ("c", WIDEN)],
        env_py: "",
        found: Some(Severity::Error),
    },
    Widening {
        name: "by an earlier one",
        migrations: &[("a", WIDEN), (LONG, "pass")],
        env_py: "",
        found: None,
    },
    Widening { name: "by itself", migrations: &[("a", "pass"), (LONG, WIDEN)], env_py: "", found: None },
    Widening {
        name: "by a directive",
        migrations: &[
            (
                "a",
                "op.alter_column('alembic_version', 'version_num', type_=sa.String(128), existing_type=sa.String(32))",
            ),
            (LONG, "pass"),
        ],
        env_py: "",
        found: None,
    },
    Widening {
        name: "to text, in a loop",
        migrations: &[
            (
                "a",
                "for table in ['alembic_version']:\n        op.execute(f'ALTER TABLE {table} ALTER COLUMN version_num TYPE TEXT')",
            ),
            (LONG, "pass"),
        ],
        env_py: "",
        found: None,
    },
    Widening {
        name: "not enough",
        migrations: &[
            ("a", "op.execute('ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(36)')"),
            (LONG, "pass"),
        ],
        env_py: "",
        found: Some(Severity::Error),
    },
    Widening {
        name: "another column of that name",
        migrations: &[
            (
                "a",
                "op.create_table('t', sa.Column('version_num', sa.String(8)))\n    op.alter_column('t', 'version_num', type_=sa.String(99))",
            ),
            (LONG, "pass"),
        ],
        env_py: "",
        found: Some(Severity::Error),
    },
    Widening {
        name: "in a comment only",
        migrations: &[("a", "# version_num is too short for what comes\n    pass"), (LONG, "pass")],
        env_py: "",
        found: Some(Severity::Error),
    },
];

/// What only `env.py` or the run decides.
const OTHERS: &[Widening] = &[
    Widening {
        name: "by env.py",
        migrations: &[("a", "pass"), (LONG, "pass")],
        env_py: "from sqlalchemy import text\ndef widen(connection):\n    connection.execute(text('ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(64)'))\n",
        found: None,
    },
    Widening {
        name: "by a comment of env.py",
        migrations: &[("a", "pass"), (LONG, "pass")],
        env_py: "# Alembic makes version_num with 32 characters.\n",
        found: Some(Severity::Error),
    },
    Widening {
        name: "not enough, by env.py",
        migrations: &[("a", "pass"), (LONG, "pass")],
        env_py: "from sqlalchemy import text\ndef widen(connection):\n    connection.execute(text('ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(33)'))\n",
        found: Some(Severity::Error),
    },
    Widening {
        name: "perhaps",
        migrations: &[
            (
                "a",
                "if op.get_bind().scalar(sa.text('SELECT 1')):\n        op.alter_column('alembic_version', 'version_num', type_=sa.String(64))",
            ),
            (LONG, "pass"),
        ],
        env_py: "",
        found: Some(Severity::Warning),
    },
    Widening {
        name: "by code that is not here",
        migrations: &[("a", "from helpers import widen\n    widen(op)"), (LONG, "pass")],
        env_py: "",
        found: Some(Severity::Warning),
    },
];

/// Revisions that both databases refuse, each for a reason of its own.
const REFUSED: &[(&str, &str)] = &[
    (
        "op.create_table('t', sa.Column('id', sa.Integer()))",
        "op.execute('ALTER TABLE t DROP CONSTRAINT gone')",
    ),
    (
        "op.create_table('t', sa.Column('id', sa.Integer()))",
        "op.create_unique_constraint('uq', 't', ['gone'])",
    ),
    (
        "op.create_table('t', sa.Column('id', sa.Integer()))",
        "op.drop_constraint('gone', 't', type_='unique')",
    ),
];

fn write(folder: &Path, url: &str, env_py: &str, migrations: &[(&str, &str)]) {
    let ini = format!("[alembic]\nscript_location = migrations\n{url}\n");
    write_file(&folder.join("alembic.ini"), ini.as_bytes());
    write_file(&folder.join("migrations/env.py"), format!("{ENV_PY}{env_py}").as_bytes());
    let models = "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n\n\n\
                  class T(Base):\n    __tablename__ = 't'\n    id = Column(Integer, primary_key=True)\n";
    write_file(&folder.join("app.py"), models.as_bytes());
    let mut parent = "None".to_owned();
    for (at, (id, body)) in migrations.iter().enumerate() {
        let text = format!(
            "from alembic import op\nimport sqlalchemy as sa\n\nrevision = '{id}'\ndown_revision = {parent}\n\n\n\
             def upgrade():\n    {body}\n\n\ndef downgrade():\n    pass\n"
        );
        write_file(&folder.join(format!("migrations/versions/{at}.py")), text.as_bytes());
        parent = format!("'{id}'");
    }
}

const POSTGRESQL: &str = "sqlalchemy.url = postgresql://u@h/d";

fn report(url: &str, env_py: &str, migrations: &[(&str, &str)]) -> Report {
    let dir = tempfile::tempdir().expect("a folder for the test");
    write(dir.path(), url, env_py, migrations);
    examine(take_in(&files(dir.path())), &mut |_| {}).report
}

/// The revision where the upgrade certainly stops.
fn stops_at(report: &Report) -> Option<String> {
    let replay = report.environments[0].replay.as_ref().expect("it was followed");
    let mut failures = replay.failures.iter();
    let certain = failures.find(|failure| failure.certain && failure.direction == Direction::Upgrade);
    certain.map(|failure| failure.revision.to_string())
}

#[test]
fn an_id_is_too_long_at_the_time_when_it_is_written() {
    for Widening { name, migrations, env_py, found } in WIDENINGS.iter().chain(OTHERS) {
        let report = report(POSTGRESQL, env_py, migrations);
        let told = report.findings.iter().find(|finding| finding.rule == "revision-too-long");
        assert_eq!(told.map(|finding| finding.severity), *found, "{name}");
        // The rule, the replay, the checklist and the commands say the same.
        let is_error = *found == Some(Severity::Error);
        assert_eq!(report.grade == Grade::Stops, is_error, "{name}");
        assert_eq!(stops_at(&report).as_deref(), is_error.then_some(LONG), "{name}");
        let command =
            report.environments[0].commands.iter().find(|own| own.command == "alembic upgrade heads");
        let status = command.expect("foreseen").status;
        assert_eq!(status == Some(1), is_error, "{name}: {status:?}");
    }
}

#[test]
fn what_each_database_refuses_for_its_own_reason_is_an_error() {
    for (first, second) in REFUSED {
        let report = report("", "", &[("a", first), ("b", second)]);
        assert_eq!(report.grade, Grade::Stops, "{second}");
        let errors: Vec<_> =
            report.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let [error] = errors[..] else { panic!("one error: {errors:?}") };
        assert!(
            error.message.contains("on SQLite ") && error.message.contains("PostgreSQL"),
            "{}",
            error.message
        );
        assert!(!report.findings.iter().any(|finding| finding.rule == "dialect-dependent"), "{second}");
    }
    // Each at another revision: nobody knows which.
    let elsewhere = [
        ("a", "op.create_table('t', sa.Column('id', sa.Integer()))"),
        ("b", "if op.get_bind().dialect.name == 'sqlite':\n        op.drop_table('x')"),
        ("c", "op.create_index('i', 't', ['gone'])"),
    ];
    assert_eq!(report("", "", &elsewhere).grade, Grade::Stops);
    let each = [
        elsewhere[0],
        elsewhere[1],
        ("c", "if op.get_bind().dialect.name != 'sqlite':\n        op.drop_column('t', 'x')"),
    ];
    assert_ne!(report("", "", &each).grade, Grade::Stops);
}

#[test]
fn real_databases_say_the_same() {
    let Some(python) = judge::python_with_databases("real_databases_say_the_same") else { return };
    let mut talk = Talk::start(&python, "databases.py", &[]);
    let mut really = |dialect: &str, migrations: &[(&str, &str)]| {
        let dir = tempfile::tempdir().expect("a folder for the test");
        write(dir.path(), "", "", migrations);
        let question = json!({"dir": dir.path(), "dialect": dialect, "limit": 60});
        let answer: Value = talk.ask(&question, Duration::from_secs(90)).expect("an answer");
        answer["failure"]["revision"].as_str().map(ToOwned::to_owned)
    };
    let mut differences = Vec::new();
    for Widening { name, migrations, .. } in WIDENINGS {
        let (ours, theirs) =
            (stops_at(&report(POSTGRESQL, "", migrations)), really("postgresql", migrations));
        if ours != theirs {
            differences.push(format!("{name}: {ours:?}, and really {theirs:?}"));
        }
    }
    for (first, second) in REFUSED {
        for dialect in ["sqlite", "postgresql"] {
            let theirs = really(dialect, &[("a", first), ("b", second)]);
            if theirs.as_deref() != Some("b") {
                differences.push(format!("{second} on {dialect}: {theirs:?}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
