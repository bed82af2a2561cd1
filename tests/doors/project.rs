//! A small folder of migrations, made of the bytes that an engine turns over: mostly right, and wrong in every way that is
//! known to hurt.

use std::fmt::Write as _;

use arbitrary::{Result, Unstructured};
use rechain::audited::{AuditOptions, Pinned};
use rechain::ingest::{SourceTree, TreePath};
use rechain::schema::Dialect;

/// A folder, and what is asked of it.
pub(super) struct Asked {
    pub(super) tree: SourceTree,
    pub(super) options: AuditOptions,
}

/// A password that stands in connection strings of the folder, and must not come out of it.
pub(super) const PASSWORD: &str = "kQ9zzTop5ecret";

const MOST_REVISIONS: usize = 7;
const MOST_STATEMENTS: usize = 4;

const TABLES: [&str; 4] = ["users", "orders", "Users", "app.items"];
const COLUMNS: [&str; 5] = ["id", "name", "user_id", "select", "naïve"];
const TYPES: [&str; 8] = [
    "sa.Integer()",
    "sa.String(20)",
    "sa.String",
    "sa.Enum('a', 'b', name='kind')",
    "sa.DateTime(timezone=True)",
    "sa.Numeric(10, 2)",
    "postgresql.JSONB()",
    "unknown.Type()",
];
/// Names that mean something elsewhere.
const NAMES: [&str; 8] = [
    "add users",
    "<script>alert(1)</script>",
    "\u{1b}[31mred",
    "left\u{202e}right",
    "a`b`|c*_d",
    "it's \"quoted\" \\ $(here)",
    "%(here)s {0} {{x}}",
    "naïve — ünïcode",
];
const SQL: [&str; 14] = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "ALTER TABLE users ADD COLUMN name VARCHAR(20) DEFAULT 'x'",
    "ALTER TABLE orders DROP COLUMN user_id",
    "UPDATE users SET name = 'x' WHERE id > 1",
    "INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b')",
    "DROP TABLE IF EXISTS orders CASCADE",
    "CREATE UNIQUE INDEX ix ON users (lower(name)) WHERE id > 0",
    "CREATE TYPE kind AS ENUM ('a', 'b'); ALTER TYPE kind ADD VALUE 'c'",
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'kind') THEN CREATE TYPE kind AS ENUM ('a'); END IF; END $$",
    "ALTER TABLE users RENAME TO orders",
    "CREATE VIEW w AS SELECT id, name FROM users",
    "PRAGMA foreign_keys=OFF",
    "CREATE EXTENSION IF NOT EXISTS pgcrypto",
    "SELEC 1 FROM",
];

/// A folder of whatever the bytes say, and what is asked of it.
pub(super) fn asked(u: &mut Unstructured<'_>) -> Result<Asked> {
    let mut project = Project { u, tree: SourceTree::default() };
    project.configuration()?;
    let n = project.u.int_in_range(1..=MOST_REVISIONS)?;
    for at in 0..n {
        project.migration(at, n)?;
    }
    project.beside()?;
    let options = project.options(n)?;
    Ok(Asked { tree: project.tree, options })
}

struct Project<'u, 'b> {
    u: &'u mut Unstructured<'b>,
    tree: SourceTree,
}

impl Project<'_, '_> {
    fn add(&mut self, path: &str, text: impl Into<Vec<u8>>) {
        self.tree.insert(TreePath::parse(path).expect("relative"), text.into());
    }

    /// Whether something comes that comes once in so many times; bytes that are at an end say no.
    fn seldom(&mut self, times: u8) -> Result<bool> {
        Ok(self.u.int_in_range(0..=times - 1)? == times - 1)
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> Result<&'t str> {
        self.u.choose(of).copied()
    }

    fn configuration(&mut self) -> Result<()> {
        let url = self.one(&[
            "sqlite:///d.db",
            "postgresql://u:PASSWORD@h/d",
            "mysql+pymysql://u:PASSWORD@h/d",
            "",
        ])?;
        let url = url.replace("PASSWORD", PASSWORD);
        let more = self.one(&[
            "",
            "version_locations = migrations/versions more",
            "version_locations = %(here)s/migrations/versions:more\nversion_path_separator = os",
            "recursive_version_locations = true",
            "sourceless = true\nversion_table = v",
            "script_location = other",
        ])?;
        match self.u.int_in_range(0..=5)? {
            0 => self.add(
                "pyproject.toml",
                format!("[tool.alembic]\nscript_location = \"migrations\"\nsqlalchemy.url = \"{url}\"\n"),
            ),
            1 => {}
            _ => self.add(
                "alembic.ini",
                format!("[alembic]\nscript_location = migrations\nsqlalchemy.url = {url}\n{more}\n"),
            ),
        }
        let env_py = self.one(&[
            "context.configure(target_metadata=None)",
            "from app import Base\ncontext.configure(target_metadata=Base.metadata)",
            "from flask import current_app\nmetadata = current_app.extensions['migrate'].db.metadata\ncontext.configure(target_metadata=metadata)",
            "target_metadata = None\ncontext.configure(url='postgresql://u:PASSWORD@h/d', target_metadata=target_metadata, version_table='v', transaction_per_migration=True)",
            "def run(:",
        ])?;
        self.add(
            "migrations/env.py",
            format!("from alembic import context\n{}\n", env_py.replace("PASSWORD", PASSWORD)),
        );
        Ok(())
    }

    /// An id: mostly that of the place, seldom one that is wrong.
    fn id(&mut self, at: usize) -> Result<String> {
        Ok(match self.u.int_in_range(0..=31)? {
            0 => "r0".to_owned(),
            1 => format!("r@{at}"),
            2 => format!("a_name_that_is_longer_than_the_version_table_takes_{at}"),
            3 => NAMES[at % NAMES.len()].to_owned(),
            4 => "base".to_owned(),
            _ => format!("r{at}"),
        })
    }

    /// The parents of a revision, mostly the one before.
    fn parents(&mut self, at: usize, n: usize) -> Result<Vec<String>> {
        let mut parents = Vec::new();
        let many = match self.u.int_in_range(0..=9)? {
            0 => 0,
            1 => 2,
            2 => 3,
            _ => usize::from(at > 0),
        };
        for _ in 0..many {
            parents.push(match self.u.int_in_range(0..=11)? {
                0 => "gone".to_owned(),
                1 => format!("r{at}"),
                2 => self.id(at)?,
                3 => format!("r{}", self.u.int_in_range(0..=n - 1)?),
                4 | 5 => format!("r{}", self.u.int_in_range(0..=at)?),
                _ => format!("r{}", at.saturating_sub(1)),
            });
        }
        Ok(parents)
    }

    fn migration(&mut self, at: usize, n: usize) -> Result<()> {
        let (id, parents) = (self.id(at)?, self.parents(at, n)?);
        let message = self.one(&NAMES)?;
        let mut text = String::new();
        if self.seldom(16)? {
            text.push_str("# -*- coding: latin-1 -*-\n");
        }
        if !self.seldom(3)? {
            let revises = if self.seldom(12)? { "r0".to_owned() } else { parents.join(", ") };
            let said = if self.seldom(12)? { "r1" } else { id.as_str() };
            let message = message.replace('\\', "\\\\");
            let _ = write!(
                text,
                "\"\"\"{message}\n\nRevision ID: {said}\nRevises: {revises}\nCreate Date: 2025-01-0{at}\n\n\"\"\"\n"
            );
        }
        text.push_str(
            "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n",
        );
        let written = written(&parents, self.u.int_in_range(0..=3)?);
        match self.u.int_in_range(0..=31)? {
            0 => {
                let _ = write!(
                    text,
                    "<<<<<<< HEAD\nrevision = {}\ndown_revision = {written}\n=======\nrevision = {}\ndown_revision = None\n>>>>>>> other\n",
                    literal(&id),
                    literal(&id)
                );
            }
            1 => {
                let _ = write!(text, "revision = make({})\ndown_revision = {written}\n", literal(&id));
            }
            2 => text.push_str("revision = (\n"),
            3 => {
                let _ = write!(
                    text,
                    "if True:\n    revision = {}\n    down_revision = {written}\n",
                    literal(&id)
                );
            }
            _ => {
                let _ = write!(text, "revision = {}\ndown_revision = {written}\n", literal(&id));
            }
        }
        if self.seldom(10)? {
            let label = self.one(&["('main',)", "'main'", "'r0'", "['x', 'y']", "label()"])?;
            let _ = writeln!(text, "branch_labels = {label}");
        }
        if self.seldom(10)? {
            let on = format!("r{}", self.u.int_in_range(0..=n)?);
            let _ = writeln!(text, "depends_on = {}", literal(&on));
        }
        self.body(&mut text, "upgrade")?;
        if !self.seldom(8)? {
            self.body(&mut text, "downgrade")?;
        }
        if self.seldom(8)? {
            text = text.replace('\n', "\r\n");
        }
        let name = match self.u.int_in_range(0..=15)? {
            0 => format!("more/{at}.py"),
            1 => format!("migrations/versions/sub/{at}.py"),
            2 => format!("migrations/{at}.py"),
            3 => format!("migrations/versions/{at} {}.py", NAMES[at % 2].replace('/', "")),
            _ => format!("migrations/versions/{at}_x.py"),
        };
        self.add(&name, text);
        Ok(())
    }

    fn body(&mut self, text: &mut String, name: &str) -> Result<()> {
        let _ = writeln!(text, "\ndef {name}():");
        let n = self.u.int_in_range(0..=MOST_STATEMENTS)?;
        let inside = match self.u.int_in_range(0..=11)? {
            0 => "    if op.get_bind().dialect.name == 'postgresql':\n",
            1 => "    for t in ('users', 'orders'):\n",
            2 => "    try:\n",
            3 => "    with op.batch_alter_table('users') as batch_op:\n",
            4 => "    if sa.inspect(op.get_bind()).has_table('users'):\n",
            5 => "    if settings.FLAG:\n",
            _ => "",
        };
        text.push_str(inside);
        let indent = if inside.is_empty() { "    " } else { "        " };
        for _ in 0..n {
            let batch = inside.contains("batch_op");
            let statement =
                if batch { self.batch_statement()? } else { self.statement(inside.contains("for t"))? };
            let _ = writeln!(text, "{indent}{statement}");
        }
        let _ = writeln!(text, "{indent}pass");
        if inside.contains("try:") {
            text.push_str("    except Exception:\n        pass\n");
        }
        Ok(())
    }

    fn column(&mut self) -> Result<String> {
        let (name, of) = (self.one(&COLUMNS)?, self.one(&TYPES)?);
        let more = self.one(&[
            "",
            ", nullable=False",
            ", primary_key=True",
            ", server_default='x'",
            ", sa.ForeignKey('users.id')",
            ", unique=True",
            ", index=True",
            ", server_default=sa.text('now()'), nullable=False",
        ])?;
        Ok(format!("sa.Column('{name}', {of}{more})"))
    }

    /// A statement of a migration, on the table `t` where a loop has one.
    fn statement(&mut self, loops: bool) -> Result<String> {
        let table = self.one(&TABLES)?;
        let table = if loops { "t".to_owned() } else { quoted_table(table) };
        let column = self.one(&COLUMNS)?;
        Ok(match self.u.int_in_range(0..=17)? {
            0..=2 => {
                let (one, two) = (self.column()?, self.column()?);
                let more = self.one(&[
                    "",
                    ", sa.UniqueConstraint('name')",
                    ", sa.PrimaryKeyConstraint('id')",
                    ", sa.CheckConstraint('id > 0', name='c')",
                ])?;
                format!("op.create_table({table}, {one}, {two}{more})")
            }
            3 => format!("op.drop_table({table})"),
            4 | 5 => format!("op.add_column({table}, {})", self.column()?),
            6 => format!("op.drop_column({table}, '{column}')"),
            7 => format!("op.create_index('ix', {table}, ['{column}'], unique=True)"),
            8 => "op.drop_index('ix')".to_owned(),
            9 => format!("op.alter_column({table}, '{column}', new_column_name='name', nullable=False)"),
            10 => format!("op.alter_column({table}, '{column}', type_={})", self.one(&TYPES)?),
            11 => format!("op.create_foreign_key(None, {table}, 'users', ['user_id'], ['id'])"),
            12 => format!("op.rename_table({table}, 'users')"),
            13 => format!("op.create_unique_constraint('uq', {table}, ['{column}'])"),
            14 => format!("op.drop_constraint('uq', {table}, type_='unique')"),
            15 => format!("op.bulk_insert(sa.table('users', sa.column('{column}')), [{{'{column}': 1}}])"),
            16 => self
                .one(&[
                    "sa.op.f()",
                    "raise NotImplementedError()",
                    "x = undefined_name",
                    "op.get_bind().execute(sa.text(query()))",
                    "return",
                ])?
                .to_owned(),
            _ => format!("op.execute({})", literal(self.one(&SQL)?)),
        })
    }

    fn batch_statement(&mut self) -> Result<String> {
        let column = self.one(&COLUMNS)?;
        Ok(match self.u.int_in_range(0..=5)? {
            0 => format!("batch_op.add_column({})", self.column()?),
            1 => format!("batch_op.drop_column('{column}')"),
            2 => format!(
                "batch_op.alter_column('{column}', nullable=False, existing_type={})",
                self.one(&TYPES)?
            ),
            3 => "batch_op.create_unique_constraint('uq', ['name'])".to_owned(),
            4 => "batch_op.drop_constraint('uq', type_='unique')".to_owned(),
            _ => format!("batch_op.create_index('ix', ['{column}'])"),
        })
    }

    /// What stands beside the migrations: models, and a second environment that nothing may use.
    fn beside(&mut self) -> Result<()> {
        if self.seldom(2)? {
            self.add(
                "app.py",
                "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\nBase = declarative_base()\nclass User(Base):\n    __tablename__ = 'users'\n    id = sa.Column(sa.Integer, primary_key=True)\n",
            );
        }
        if self.seldom(4)? {
            self.add("alembic/env.py", "from alembic import context\ntarget_metadata = None\n");
            let parent = self.one(&["None", "'r0'", "'gone'"])?;
            self.add(
                "alembic/versions/o.py",
                format!("revision = 'o'\ndown_revision = {parent}\ndef upgrade():\n    pass\n"),
            );
        }
        if self.seldom(8)? {
            let names = self.one(&["COPY alembic /alembic\n", "CMD alembic upgrade heads\n"])?;
            self.add("Dockerfile", names);
        }
        Ok(())
    }

    fn options(&mut self, n: usize) -> Result<AuditOptions> {
        let mut options = AuditOptions::default();
        if self.seldom(4)? {
            options.dialect = Some(*self.u.choose(&Dialect::ALL)?);
        }
        for _ in 0..self.u.int_in_range(0..=2)? {
            let rows = self.u.int_in_range(0..=2)?;
            let row = |u: &mut Unstructured<'_>| Ok(format!("r{}", u.int_in_range(0..=n)?));
            options.stamped.push((0..rows).map(|_| row(self.u)).collect::<Result<_>>()?);
        }
        if self.seldom(4)? {
            let id = |u: &mut Unstructured<'_>| Ok(format!("r{}", u.int_in_range(0..=n - 1)?));
            let (revision, parent) = (id(self.u)?, id(self.u)?);
            let parents = if self.seldom(3)? { Vec::new() } else { vec![parent] };
            options.pinned.push(Pinned { revision, parents });
        }
        Ok(options)
    }
}

/// The name of a table as an argument, with its schema.
fn quoted_table(table: &str) -> String {
    format!("'{}'", table.rsplit('.').next().unwrap_or(table))
}

/// Parents as Python writes them, in one of four ways.
fn written(parents: &[String], way: u8) -> String {
    let each: Vec<_> = parents.iter().map(|parent| literal(parent)).collect();
    match (each.as_slice(), way) {
        ([], 0) => "()".to_owned(),
        ([], _) => "None".to_owned(),
        ([one], 0..=2) => one.clone(),
        (many, 1) => format!("[{}]", many.join(", ")),
        (many, _) => format!("({},)", many.join(", ")),
    }
}

/// A text as a literal of Python.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
