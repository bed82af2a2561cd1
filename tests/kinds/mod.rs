//! Two further projects and more of each kind of `tests/cases`, of other forms.

use super::Says::{self, Answers, Database, Exits, Fails, Finds, Is, May, Proposes, Silent};
use rechain::report::{Grade, Question, Severity, Status};

/// A small project: what is not among `files` is as in [`Project::files`].
pub(crate) struct Project {
    /// The number of the case whose kind it is of.
    pub(crate) case: &'static str,
    /// Its address, for `sqlalchemy.url`.
    url: &'static str,
    /// Paths, each with its text.
    files: &'static [(&'static str, &'static str)],
    /// Migrations: an id or `file: id`, perhaps ` of ` a day, the parents as written, and the body of `upgrade()`.
    migrations: &'static [(&'static str, &'static str, &'static str)],
    /// What holds of the report.
    pub(crate) says: &'static [Says],
    /// A command, and its exit status on an empty database of the kind that the address names; nothing where that needs what
    /// the tests do not have.
    pub(crate) really: Option<(&'static str, i32)>,
}

const INI: &str = "[alembic]\nscript_location = m\nprepend_sys_path = .\n";

impl Project {
    /// All of its files.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, String)> = vec![
            ("alembic.ini".to_owned(), format!("{INI}sqlalchemy.url = {}\n", self.url)),
            ("m/env.py".to_owned(), super::ENV_PY.to_owned()),
        ];
        for (name, parents, body) in self.migrations {
            let (name, day) = name.split_once(" of ").unwrap_or((name, ""));
            let (file, id) = name.split_once(": ").unwrap_or((name, name));
            let docstring = if day.is_empty() {
                String::new()
            } else {
                format!("\"\"\"{file}\n\nCreate Date: {day}\n\n\"\"\"\n")
            };
            let body = if body.is_empty() { &"pass" } else { body };
            // What is no body is the text behind the parents.
            let rest = if body.contains("def ") {
                (*body).to_owned()
            } else {
                format!("def upgrade():\n    {}\ndef downgrade():\n    pass\n", body.replace('\n', "\n    "))
            };
            files.push((
                format!("m/versions/{file}.py"),
                format!(
                    "{docstring}from alembic import op\nimport sqlalchemy as sa\nrevision = '{id}'\ndown_revision = {parents}\n{rest}\n"
                ),
            ));
        }
        for (path, text) in self.files {
            files.retain(|(own, _)| own != path);
            files.push(((*path).to_owned(), (*text).to_owned()));
        }
        files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect()
    }
}

const LITE: &str = "sqlite:///x.db";
const POST: &str = "postgresql://u:p@h/d";
const UP: &str = "upgrade heads";
const FAILS: Option<(&str, i32)> = Some((UP, 1));
const RUNS: Option<(&str, i32)> = Some((UP, 0));

/// Makes a table with a key.
const T: &str = "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True))";

/// Makes another one.
const U: &str = "op.create_table('u', sa.Column('id', sa.Integer()))";
/// Adds a column to the first.
const N: &str = "op.add_column('t', sa.Column('n', sa.Integer()))";

/// `env.py` of Alembic's template for several databases, in short.
const MULTI: &str = "import re\nfrom alembic import context\nfrom sqlalchemy import create_engine\nconfig = context.config\n\
    names = config.get_main_option('databases', '')\nengines = {}\nfor name in re.split(r',\\s*', names):\n    \
    engines[name] = {'engine': create_engine('sqlite:///%s.db' % name)}\nfor name, rec in engines.items():\n    \
    with rec['engine'].begin() as connection:\n        context.configure(connection=connection, \
    upgrade_token='%s_upgrades' % name, downgrade_token='%s_downgrades' % name)\n        \
    context.run_migrations(engine_name=name)\n";
const MULTI_INI: &str = "[alembic]\nscript_location = m\nprepend_sys_path = .\ndatabases = first, second\n\
    [first]\nsqlalchemy.url = sqlite:///first.db\n[second]\nsqlalchemy.url = sqlite:///second.db\n";
/// The same with the names in a list.
const LISTED: &str = "from alembic import context\nfrom sqlalchemy import create_engine\nDATABASES = ['first', 'second']\n\n\n\
    def run(name):\n    pass\n\n\nfor name in DATABASES:\n    engine = create_engine(f'sqlite:///{name}.db')\n    \
    with engine.begin() as connection:\n        context.configure(connection=connection)\n        \
    context.run_migrations(engine_name=name)\n";
/// `env.py` of Flask-Migrate for several databases, in short, and an application with one more.
const FLASK_MULTI: &str = "from alembic import context\nfrom flask import current_app\n\
    db = current_app.extensions['migrate'].db\nbinds = list(current_app.config['SQLALCHEMY_BINDS'].keys())\n\
    engines = {'': db.engines[None]}\nfor name in binds:\n    engines[name] = db.engines[name]\n\
    for name, engine in engines.items():\n    with engine.begin() as connection:\n        \
    context.configure(connection=connection)\n        context.run_migrations(engine_name=name)\n";
const FLASK_APP: &str = "from flask import Flask\nfrom flask_migrate import Migrate\nfrom flask_sqlalchemy import SQLAlchemy\n\n\
    db = SQLAlchemy()\nmigrate = Migrate(directory='m')\n\n\nclass Config:\n    SQLALCHEMY_DATABASE_URI = 'sqlite:///main.db'\n    \
    SQLALCHEMY_BINDS = {'log': 'sqlite:///log.db'}\n\n\ndef create_app():\n    app = Flask(__name__)\n    \
    app.config.from_object(Config)\n    db.init_app(app)\n    migrate.init_app(app, db)\n    return app\n";
const FLASK_INI: &str = "[alembic]\n";
const FLASK: Option<(&str, i32)> = Some(("flask db upgrade", 1));

/// `env.py` with an asynchronous engine.
const ASYNC: &str = "import asyncio\nfrom alembic import context\nfrom sqlalchemy.ext.asyncio import create_async_engine\n\
    from app.settings import settings\n\n\ndef go(connection):\n    context.configure(connection=connection)\n    \
    with context.begin_transaction():\n        context.run_migrations()\n\n\nasync def main():\n    \
    engine = create_async_engine(settings.database_url)\n    async with engine.connect() as connection:\n        \
    await connection.run_sync(go)\n\n\nasyncio.run(main())\n";
const SETTINGS: &str = "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    \
    database_url: str = 'postgresql+asyncpg://u:p@h/d'\n\n\nsettings = Settings()\n";
const WRAPPED: &str = "from alembic import context\nfrom sqlalchemy import engine_from_config, pool\n\
    from sqlalchemy.ext.asyncio import AsyncEngine\nimport asyncio\n\n\ndef go(connection):\n    \
    context.configure(connection=connection)\n    with context.begin_transaction():\n        context.run_migrations()\n\n\n\
    async def main():\n    engine = AsyncEngine(engine_from_config(context.config.get_section('alembic'), prefix='sqlalchemy.', \
    poolclass=pool.NullPool, future=True))\n    async with engine.connect() as connection:\n        await connection.run_sync(go)\n\n\n\
    if not context.is_offline_mode():\n    asyncio.run(main())\n";
const SYNC: &str = "from alembic import context\nfrom sqlalchemy import create_engine\nfrom app.settings import settings\n\
    url = settings.database_url.replace('+asyncpg', '')\nwith create_engine(url).connect() as connection:\n    \
    context.configure(connection=connection)\n    with context.begin_transaction():\n        context.run_migrations()\n";
const SEVERAL: &str = "op.execute('CREATE SCHEMA a; CREATE SCHEMA b')";

/// `env.py` of a project whose models it imports.
const MODELS_ENV: &str = "from alembic import context\nfrom sqlalchemy import create_engine\nfrom app import models\n\
    from app.base import Base\n\ntarget_metadata = Base.metadata\n\
    with create_engine(context.config.get_main_option('sqlalchemy.url')).connect() as connection:\n    \
    context.configure(connection=connection, target_metadata=target_metadata)\n    with context.begin_transaction():\n        \
    context.run_migrations()\n";
const BASE: (&str, &str) =
    ("app/base.py", "from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n");
/// Two models, of which the first refers to the second.
const MODELS: &str = "from sqlalchemy import Column, ForeignKey, Integer, String\nfrom app.base import Base\n\n\nclass Order(Base):\n    \
    __tablename__ = 'orders'\n    id = Column(Integer, primary_key=True)\n    user_id = Column(ForeignKey('users.id'))\n\n\n\
    class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    name = Column(String(50))\n    \
    email = Column(String(50))\n";
const CREATE_ALL: &str = "from app.base import Base\nBase.metadata.create_all(op.get_bind())";
const USERS: &str = "op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(50)))";
const EMAIL: &str = "op.add_column('users', sa.Column('email', sa.String(50)))";

/// Every project.
pub(crate) const PROJECTS: &[Project] = &[
    Project {
        case: "01",
        url: LITE,
        files: &[],
        migrations: &[("one: a1", "None", T), ("two_more: b2", "'a1'", ""), ("three: c3", "'two_more'", "")],
        says: &[Is(Grade::CannotDeploy), Proposes("missing-parent", &["b2"])],
        really: FAILS,
    },
    Project {
        case: "01",
        url: LITE,
        files: &[],
        migrations: &[("add_phone_to_user", "None", T), ("drop_fax", "'add_phone_user'", "")],
        says: &[Is(Grade::CannotDeploy), Proposes("missing-parent", &["add_phone_to_user"])],
        really: FAILS,
    },
    Project {
        case: "02a",
        url: POST,
        files: &[],
        migrations: &[
            ("a_revision_id_that_is_much_too_long", "None", T),
            (
                "b",
                "'a_revision_id_that_is_much_too_long'",
                "op.execute('ALTER TABLE alembic_version ALTER version_num TYPE varchar(64)')",
            ),
        ],
        says: &[Is(Grade::Stops), Fails(&["a_revision_id_that_is_much_too_long"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "02a",
        url: POST,
        files: &[],
        migrations: &[
            ("a", "None", T),
            ("add_everything_that_anyone_asked_for", "'a'", N),
            (
                "c",
                "'add_everything_that_anyone_asked_for'",
                "op.alter_column('alembic_version', 'version_num', type_=sa.String(128), existing_type=sa.String(32))",
            ),
        ],
        says: &[Is(Grade::Stops), Fails(&["add_everything_that_anyone_asked_for"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "02e",
        url: POST,
        files: &[],
        migrations: &[
            ("a", "None", T),
            ("thirty_three_characters_are_many__", "'a'", "# version_num would have to be wider\npass"),
        ],
        says: &[
            Finds("revision-too-long", Severity::Error, "many__.py", 3, &["34 characters"]),
            Fails(&["thirty_three_characters_are_many__"]),
            Answers(Question::UpgradeFromEmpty, Status::Fail),
        ],
        really: FAILS,
    },
    Project {
        case: "02e",
        url: POST,
        files: &[],
        migrations: &[("2026_01_01_120000_create_the_first_tables", "None", T)],
        says: &[Is(Grade::Stops), Exits(1), Fails(&["2026_01_01_120000_create_the_first_tables"])],
        really: FAILS,
    },
    Project {
        case: "03",
        url: LITE,
        files: &[],
        migrations: &[("001", "None", T), ("002", "'001'", ""), ("004", "'003'", ""), ("005", "'004'", "")],
        says: &[Proposes("missing-parent", &["002"])],
        really: FAILS,
    },
    Project {
        case: "03",
        url: LITE,
        files: &[],
        migrations: &[("10", "None", T), ("11", "'10'", ""), ("13", "'12'", ""), ("15", "'14'", "")],
        says: &[Proposes("missing-parent", &["11", "13"])],
        really: FAILS,
    },
    Project {
        case: "03b",
        url: LITE,
        files: &[],
        migrations: &[
            ("01", "None", T),
            ("03", "'02'", ""),
            ("04", "'03'", ""),
            ("05", "'04'", ""),
            ("06", "'05'", ""),
            ("07", "'06'", ""),
        ],
        says: &[Proposes("missing-parent", &["01"])],
        really: FAILS,
    },
    Project {
        case: "03b",
        url: LITE,
        files: &[],
        migrations: &[
            ("0100", "None", T),
            ("0101", "'0100'", ""),
            ("0103", "'0102'", ""),
            ("0105", "'0104'", ""),
            ("0106", "'0105'", ""),
            ("0107", "'0106'", ""),
            ("0108", "'0107'", ""),
        ],
        says: &[Proposes("missing-parent", &["0101", "0103"])],
        really: FAILS,
    },
    Project {
        case: "05",
        url: LITE,
        files: &[],
        migrations: &[
            ("a_first: a1a1a1a1a1a1 of 2026-01-01", "None", T),
            ("b_next: b2b2b2b2b2b2", "'a1a1a1a1a1a1'", ""),
            ("c_copied: a1a1a1a1a1a1 of 2026-03-01", "'b2b2b2b2b2b2'", U),
        ],
        says: &[
            Finds("duplicate-revision", Severity::Error, "a_first.py", 8, &["Give c_copied.py a new id"]),
            Finds("revision-cycle", Severity::Error, "c_copied.py", 9, &["the loop is gone"]),
        ],
        really: Some((UP, 255)),
    },
    Project {
        case: "05",
        url: LITE,
        files: &[],
        migrations: &[
            ("1_init: aaaa00000001", "None", T),
            ("2_users: aaaa00000002 of 2026-01-01", "'aaaa00000001'", USERS),
            ("3_more: aaaa00000003", "'aaaa00000002'", ""),
            ("4_last: aaaa00000004", "'aaaa00000003'", ""),
            (
                "5_view: aaaa00000002 of 2026-03-01",
                "'aaaa00000004'",
                "op.execute('CREATE VIEW v AS SELECT 1')",
            ),
        ],
        says: &[
            Finds("duplicate-revision", Severity::Error, "2_users.py", 8, &["Give 5_view.py a new id"]),
            Finds("revision-cycle", Severity::Error, "5_view.py", 9, &["the loop is gone"]),
        ],
        really: Some((UP, 255)),
    },
    Project {
        case: "06",
        url: LITE,
        files: &[],
        migrations: &[
            ("a", "None\nbranch_labels = ('core',)", T),
            ("b", "'a'", U),
            ("c", "'a'", "op.add_column('u', sa.Column('n', sa.Integer()))"),
            ("d", "'a'", N),
        ],
        says: &[Exits(1), Finds("used-before-created", Severity::Error, "c.py", 6, &["b creates `u`"])],
        really: FAILS,
    },
    Project {
        case: "06",
        url: POST,
        files: &[],
        migrations: &[
            ("r", "None\nbranch_labels = ('main',)", T),
            ("y1", "'r'", "op.execute('INSERT INTO u (id) VALUES (1)')"),
            ("x1", "'r'", U),
        ],
        says: &[Exits(1), Finds("used-before-created", Severity::Error, "y1.py", 6, &["x1 creates `u`"])],
        really: FAILS,
    },
    Project {
        case: "07",
        url: "",
        files: &[("m/env.py", ASYNC), ("app/__init__.py", ""), ("app/settings.py", SETTINGS)],
        migrations: &[("a", "None", T), ("b", "'a'", SEVERAL)],
        says: &[
            Database("postgresql"),
            Is(Grade::Stops),
            Fails(&["b"]),
            Finds("failing-operation", Severity::Error, "b.py", 6, &["asyncpg", "one `op.execute`"]),
        ],
        really: None,
    },
    Project {
        case: "07",
        url: "postgresql+asyncpg://u:p@h/d",
        files: &[("m/env.py", WRAPPED)],
        migrations: &[(
            "a",
            "None",
            "bind = op.get_bind()\nbind.execute(sa.text(\"\"\"\nCREATE TABLE t (id int);\n-- and a row\nINSERT INTO t VALUES (1);\n\"\"\"))",
        )],
        says: &[Is(Grade::Stops), Fails(&["a"]), Exits(1)],
        really: None,
    },
    // Another driver is put in its place.
    Project {
        case: "07",
        url: "",
        files: &[("m/env.py", SYNC), ("app/__init__.py", ""), ("app/settings.py", SETTINGS)],
        migrations: &[("a", "None", T), ("b", "'a'", SEVERAL)],
        says: &[Database("postgresql"), Is(Grade::Sound), Exits(0)],
        really: None,
    },
    // Which one it is nobody knows.
    Project {
        case: "07",
        url: "",
        files: &[
            ("m/env.py", ASYNC),
            ("app/__init__.py", ""),
            ("app/settings.py", "import os\n\n\nclass settings:\n    database_url = os.environ['URL']\n"),
            ("docker-compose.yml", "services:\n  db:\n    image: postgres:17\n"),
        ],
        migrations: &[("a", "None", T), ("b", "'a'", SEVERAL)],
        says: &[
            Database("postgresql"),
            Fails(&[]),
            May(&["b"]),
            Answers(Question::UpgradeFromEmpty, Status::Unknown),
        ],
        really: None,
    },
    Project {
        case: "08",
        url: LITE,
        files: &[("m/env.py", MULTI), ("alembic.ini", MULTI_INI)],
        migrations: &[
            ("a", "None", T),
            (
                "b",
                "'a'",
                "def upgrade(engine_name):\n    globals()['upgrade_%s' % engine_name]()\ndef downgrade(engine_name):\n    pass\n\
                 def upgrade_first():\n    pass\ndef upgrade_second():\n    pass\n",
            ),
        ],
        says: &[
            Fails(&["a"]),
            Exits(1),
            Finds(
                "failing-operation",
                Severity::Error,
                "a.py",
                5,
                &["upgrade() got an unexpected keyword argument 'engine_name'", "def upgrade(engine_name):"],
            ),
        ],
        really: FAILS,
    },
    // The other way round: nothing is handed over.
    Project {
        case: "08",
        url: LITE,
        files: &[],
        migrations: &[
            ("a", "None", T),
            (
                "b",
                "'a'",
                "def upgrade(engine_name):\n    eval('upgrade_%s' % engine_name)()\ndef upgrade_main():\n    pass\n",
            ),
        ],
        says: &[
            Fails(&["b"]),
            Exits(1),
            Finds(
                "failing-operation",
                Severity::Error,
                "b.py",
                5,
                &["is missing the required positional argument", "take `engine_name` away"],
            ),
        ],
        really: FAILS,
    },
    Project {
        case: "08",
        url: "",
        files: &[
            ("m/env.py", FLASK_MULTI),
            ("app.py", FLASK_APP),
            ("alembic.ini", ""),
            ("m/alembic.ini", FLASK_INI),
        ],
        migrations: &[("a", "None", T)],
        says: &[Fails(&["a"])],
        really: FLASK,
    },
    // What takes anything is called with it.
    Project {
        case: "08",
        url: LITE,
        files: &[("m/env.py", LISTED)],
        migrations: &[
            (
                "a",
                "None",
                "def upgrade(**kw):\n    op.create_table('t_' + kw['engine_name'], sa.Column('id', sa.Integer()))\ndef downgrade(**kw):\n    op.drop_table('t_' + kw['engine_name'])\n",
            ),
            (
                "b",
                "'a'",
                "def upgrade(engine_name, other=None):\n    op.add_column('t_' + engine_name, sa.Column('n', sa.Integer()))\ndef downgrade(engine_name):\n    op.drop_column('t_' + engine_name, 'n')\n",
            ),
        ],
        says: &[Is(Grade::Sound), Exits(0)],
        really: RUNS,
    },
    Project {
        case: "08b",
        url: LITE,
        files: &[("m/env.py", MULTI), ("alembic.ini", MULTI_INI)],
        migrations: &[(
            "a",
            "None",
            "def upgrade(engine_name):\n    globals()[f'upgrade_{engine_name}']()\ndef downgrade(engine_name):\n    pass\n\
             def upgrade_first():\n    op.create_table('t', sa.Column('id', sa.Integer()))\n\
             def upgrade_second():\n    op.add_column('t', sa.Column('n', sa.Integer()))\n",
        )],
        says: &[Fails(&["a"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "08b",
        url: "",
        files: &[
            ("m/env.py", FLASK_MULTI),
            ("app.py", FLASK_APP),
            ("alembic.ini", ""),
            ("m/alembic.ini", FLASK_INI),
        ],
        migrations: &[(
            "a",
            "None",
            "def upgrade(engine_name):\n    globals()['upgrade_%s' % engine_name]()\ndef downgrade(engine_name):\n    pass\n\
             def upgrade_():\n    op.create_table('t', sa.Column('id', sa.Integer()))\ndef upgrade_log():\n    op.drop_table('t')\n",
        )],
        says: &[Fails(&["a"])],
        really: FLASK,
    },
    // Two databases may have tables of one name.
    Project {
        case: "08b",
        url: LITE,
        files: &[("m/env.py", LISTED)],
        migrations: &[
            (
                "a",
                "None",
                "def upgrade(engine_name):\n    globals()['upgrade_' + engine_name]()\ndef downgrade(engine_name):\n    op.drop_table('log')\n\
                 def upgrade_first():\n    op.create_table('log', sa.Column('id', sa.Integer()))\n\
                 def upgrade_second():\n    op.create_table('log', sa.Column('at', sa.DateTime()))\n",
            ),
            (
                "b",
                "'a'",
                "def upgrade(engine_name):\n    if engine_name == 'second':\n        op.add_column('log', sa.Column('id', sa.Integer()))\n\
                 def downgrade(engine_name):\n    if engine_name == 'second':\n        op.drop_column('log', 'id')\n",
            ),
        ],
        says: &[Is(Grade::Sound), Exits(0)],
        really: RUNS,
    },
    Project {
        case: "09c",
        url: POST,
        files: &[],
        migrations: &[
            ("a", "None", T),
            (
                "b",
                "'a'",
                "with op.batch_alter_table('t') as batch_op:\n    batch_op.add_column(sa.Column('k', sa.Enum('x', 'y', name='kind')))",
            ),
        ],
        says: &[
            Is(Grade::Stops),
            Fails(&["b"]),
            Finds(
                "failing-operation",
                Severity::Error,
                "b.py",
                7,
                &["does not exist", "kind", ".create(op.get_bind(), checkfirst=True)"],
            ),
        ],
        really: FAILS,
    },
    Project {
        case: "09c",
        url: POST,
        files: &[],
        migrations: &[
            ("a", "None", T),
            (
                "b",
                "'a'",
                "from sqlalchemy.dialects import postgresql\nop.add_column('t', sa.Column('k', postgresql.ENUM('x', name='mood', create_type=False)))",
            ),
        ],
        says: &[Is(Grade::Stops), Fails(&["b"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "10a",
        url: POST,
        files: &[],
        migrations: &[(
            "a",
            "None",
            "op.execute(\"CREATE TYPE kind AS ENUM ('x')\")\nop.create_table('t', sa.Column('k', sa.Enum('x', name='kind')))",
        )],
        says: &[
            Is(Grade::Stops),
            Finds(
                "failing-operation",
                Severity::Error,
                "a.py",
                7,
                &["already exists", "Line 6", "create_type=False"],
            ),
        ],
        really: FAILS,
    },
    Project {
        case: "10a",
        url: POST,
        files: &[],
        migrations: &[
            ("a", "None", "sa.Enum('x', name='kind').create(op.get_bind())"),
            ("b", "'a'", "op.create_table('t', sa.Column('k', sa.Enum('x', name='kind')))"),
        ],
        says: &[
            Is(Grade::Stops),
            Fails(&["b"]),
            Finds("failing-operation", Severity::Error, "b.py", 6, &["already exists", "a.py:6"]),
        ],
        really: FAILS,
    },
    Project {
        case: "10c",
        url: "",
        files: &[
            (
                "m/env.py",
                "from alembic import context\nfrom app.config import get_settings\ncontext.config.set_main_option('sqlalchemy.url', get_settings().url)\n",
            ),
            ("app/__init__.py", ""),
            (
                "app/config.py",
                "from dataclasses import dataclass\n\n\n@dataclass\nclass Settings:\n    url: str = 'postgresql://h/d'\n\n\ndef get_settings():\n    return Settings()\n",
            ),
        ],
        migrations: &[(
            "a",
            "None",
            "op.execute(\"CREATE TYPE k AS ENUM ('x')\")\nop.create_table('t', sa.Column('k', sa.Enum('x', name='k')))",
        )],
        says: &[Database("postgresql"), Is(Grade::Stops), Fails(&["a"])],
        really: None,
    },
    Project {
        case: "10c",
        url: "",
        files: &[
            (
                "m/env.py",
                "from alembic import context\nfrom conf import DB\ncontext.config.set_main_option('sqlalchemy.url', DB['url'])\n",
            ),
            ("conf.py", "import os\n\nDB = {'url': os.environ.get('DB_URL', 'postgresql+psycopg://h/d')}\n"),
        ],
        migrations: &[("a", "None", T), ("b", "'a'", "op.alter_column('t', 'gone', type_=sa.Text())")],
        says: &[Database("postgresql"), Is(Grade::Stops), Fails(&["b"])],
        really: None,
    },
    Project {
        case: "10d",
        url: "",
        files: &[(
            "m/env.py",
            "import os\nfrom alembic import context\nurl = os.environ.get('URL') or 'postgresql://h/d'\ncontext.config.set_main_option('sqlalchemy.url', url)\n",
        )],
        migrations: &[
            ("a", "None", T),
            ("b", "'a'", "op.add_column('t', sa.Column('k', sa.Enum('x', name='k')))"),
        ],
        says: &[Database("postgresql"), Is(Grade::Stops), Fails(&["b"])],
        really: None,
    },
    Project {
        case: "10d",
        url: "",
        files: &[(
            "m/env.py",
            "from os import getenv\nfrom alembic import context\nfrom sqlalchemy import create_engine\nengine = create_engine(getenv('DB', default='postgresql+psycopg2://h/d'))\nwith engine.connect() as c:\n    context.configure(connection=c)\n",
        )],
        migrations: &[("a", "None", "op.create_table('t', sa.Column('k', sa.Enum('x')))")],
        says: &[Database("postgresql"), Is(Grade::Stops), Fails(&["a"])],
        really: None,
    },
    Project {
        case: "11a",
        url: LITE,
        files: &[
            (
                "m/env.py",
                "from alembic import context\nfrom app.base import Base\ntarget_metadata = Base.metadata\ncontext.configure(target_metadata=target_metadata)\n",
            ),
            ("app/__init__.py", ""),
            BASE,
            ("app/models.py", MODELS),
        ],
        migrations: &[("a", "None", USERS)],
        says: &[
            Finds("models-not-imported", Severity::Warning, "env.py", 3, &["Order", "User"]),
            Answers(Question::Autogenerate, Status::Fail),
        ],
        really: None,
    },
    Project {
        case: "11a",
        url: LITE,
        files: &[
            (
                "m/env.py",
                "from alembic import context\nfrom meta import metadata\ncontext.configure(target_metadata=metadata)\n",
            ),
            ("meta.py", "from sqlalchemy import MetaData\n\nmetadata = MetaData()\n"),
            (
                "tables.py",
                "from sqlalchemy import Column, Integer, Table\nfrom meta import metadata\n\nt = Table('t', metadata, Column('id', Integer))\n",
            ),
        ],
        migrations: &[("a", "None", T)],
        says: &[Answers(Question::Autogenerate, Status::Fail)],
        really: None,
    },
    Project {
        case: "13a",
        url: LITE,
        files: &[],
        migrations: &[
            (
                "a",
                "None",
                "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('n', sa.Integer(), unique=True))",
            ),
            (
                "b",
                "'a'",
                "with op.batch_alter_table('t') as b:\n    b.drop_constraint('uq_t_n', type_='unique')",
            ),
        ],
        says: &[Is(Grade::Stops), Fails(&["b"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "13a",
        url: LITE,
        files: &[],
        migrations: &[
            ("a", "None", "op.execute('CREATE TABLE t (id INTEGER, n INTEGER, UNIQUE (id, n))')"),
            (
                "b",
                "'a'",
                "with op.batch_alter_table('t') as b:\n    b.drop_constraint('t_id_n_key', type_='unique')",
            ),
        ],
        says: &[Is(Grade::Stops), Fails(&["b"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "13b",
        url: LITE,
        files: &[
            ("m/env.py", MODELS_ENV),
            ("app/__init__.py", ""),
            ("app/models.py", ""),
            (
                "app/base.py",
                "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import declarative_base\n\nBase = declarative_base(metadata=MetaData(naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s'}))\n",
            ),
        ],
        migrations: &[
            (
                "a",
                "None",
                "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('n', sa.Integer()), sa.UniqueConstraint('n'))",
            ),
            (
                "b",
                "'a'",
                "with op.batch_alter_table('t') as b:\n    b.drop_constraint('uq_t_n', type_='unique')",
            ),
        ],
        says: &[Answers(Question::UpgradeFromEmpty, Status::Pass), Exits(0)],
        really: RUNS,
    },
    Project {
        case: "13b",
        url: LITE,
        files: &[
            ("m/env.py", MODELS_ENV),
            ("app/__init__.py", ""),
            (
                "app/models.py",
                "from app.base import Base\n\nBase.metadata.naming_convention = {'uq': 'u_%(table_name)s'}\n",
            ),
            BASE,
        ],
        migrations: &[
            ("a", "None", "op.create_table('t', sa.Column('id', sa.Integer()), sa.UniqueConstraint('id'))"),
            (
                "b",
                "'a'",
                "with op.batch_alter_table('t') as b:\n    b.drop_constraint('u_t', type_='unique')",
            ),
        ],
        says: &[Answers(Question::UpgradeFromEmpty, Status::Pass), Exits(0)],
        really: RUNS,
    },
    Project {
        case: "14",
        url: LITE,
        files: &[],
        migrations: &[
            ("a", "None", "op.add_column('accounts', sa.Column('n', sa.Integer()))"),
            ("b", "'a'", T),
        ],
        says: &[
            Is(Grade::NoEmptyDatabase),
            Fails(&["a"]),
            Finds("tables-made-elsewhere", Severity::Warning, "a.py", 6, &["none of them creates: accounts"]),
            Exits(1),
        ],
        really: FAILS,
    },
    Project {
        case: "14",
        url: POST,
        files: &[],
        migrations: &[("a", "None", "op.create_index('ix', 'accounts', ['n'])"), ("b", "'a'", USERS)],
        says: &[Is(Grade::NoEmptyDatabase), Fails(&["a"]), Answers(Question::UpgradeFromEmpty, Status::Fail)],
        really: FAILS,
    },
    Project {
        case: "15c",
        url: LITE,
        files: &[("m/env.py", MODELS_ENV), ("app/__init__.py", ""), BASE, ("app/models.py", MODELS)],
        migrations: &[
            ("a", "None", CREATE_ALL),
            (
                "b",
                "'a'",
                "op.add_column('users', sa.Column('note', sa.Text()))\nop.create_index('ix_orders_user', 'orders', ['user_id'])",
            ),
        ],
        says: &[Fails(&[]), Answers(Question::UpgradeFromEmpty, Status::Pass), Exits(0)],
        really: RUNS,
    },
    Project {
        case: "15c",
        url: POST,
        files: &[
            ("m/env.py", MODELS_ENV),
            ("app/__init__.py", ""),
            (
                "app/base.py",
                "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n",
            ),
            (
                "app/models.py",
                "from sqlalchemy import Column, Enum, ForeignKey, Integer, Table\nfrom app.base import Base\n\n\
                 links = Table('links', Base.metadata, Column('a', ForeignKey('tags.id')), Column('b', Integer))\n\
                 tags = Table('tags', Base.metadata, Column('id', Integer, primary_key=True), Column('k', Enum('x', name='kind')))\n",
            ),
        ],
        migrations: &[
            ("a", "None", CREATE_ALL),
            ("b", "'a'", "op.execute(\"ALTER TYPE kind ADD VALUE 'y'\")\nop.drop_column('links', 'b')"),
        ],
        says: &[Fails(&[]), Answers(Question::UpgradeFromEmpty, Status::Pass), Exits(0)],
        really: RUNS,
    },
    // What the models have today is there already.
    Project {
        case: "15c",
        url: LITE,
        files: &[("m/env.py", MODELS_ENV), ("app/__init__.py", ""), BASE, ("app/models.py", MODELS)],
        migrations: &[("a", "None", CREATE_ALL), ("b", "'a'", EMAIL)],
        says: &[Fails(&["b"]), Exits(1)],
        really: FAILS,
    },
    // Whether the models are imported nobody knows.
    Project {
        case: "15c",
        url: LITE,
        files: &[
            (
                "m/env.py",
                "import importlib\nfrom alembic import context\nfrom app.base import Base\nfor name in NAMES:\n    importlib.import_module(name)\ntarget_metadata = Base.metadata\ncontext.configure(target_metadata=target_metadata)\ncontext.run_migrations()\n",
            ),
            ("app/__init__.py", ""),
            BASE,
            ("app/models.py", MODELS),
        ],
        migrations: &[("a", "None", CREATE_ALL), ("b", "'a'", EMAIL)],
        says: &[Fails(&[]), Answers(Question::UpgradeFromEmpty, Status::Unknown)],
        really: None,
    },
    Project {
        case: "17",
        url: LITE,
        files: &[(
            "m/versions/b.py",
            "from alembic import op\nrevision = 'b'\n<<<<<<< HEAD\ndown_revision = 'a'\n=======\ndown_revision = 'z'\n>>>>>>> other\n\n\ndef upgrade():\n    pass\n",
        )],
        migrations: &[("a", "None", T)],
        says: &[
            Finds("syntax-error", Severity::Error, "b.py", 3, &["Keep the side of HEAD"]),
            Silent("missing-parent"),
        ],
        really: FAILS,
    },
    Project {
        case: "17",
        url: LITE,
        files: &[(
            "m/versions/b.py",
            "from alembic import op\n<<<<<<< HEAD\nrevision = 'b1'\n=======\nrevision = 'b2'\n>>>>>>> feature\ndown_revision = 'a'\n\n\ndef upgrade():\n    pass\n",
        )],
        migrations: &[("a", "None", T), ("c", "'b2'", "")],
        says: &[
            Finds("syntax-error", Severity::Error, "b.py", 2, &["Keep the side of feature", "c.py names it"]),
            Silent("missing-parent"),
        ],
        really: FAILS,
    },
    Project {
        case: "18a",
        url: LITE,
        files: &[("m/env.py", MODELS_ENV), ("app/__init__.py", ""), BASE, ("app/models.py", MODELS)],
        migrations: &[
            ("a", "None", USERS),
            (
                "b",
                "'a'",
                "from app.models import User\nfrom sqlalchemy.orm import sessionmaker\nsession = sessionmaker(bind=op.get_bind())()\nsession.query(User).filter(User.name == 'x').first()",
            ),
            ("c", "'b'", EMAIL),
        ],
        says: &[
            Fails(&["b"]),
            Finds("used-before-created", Severity::Error, "b.py", 9, &["c creates `users.email`"]),
            Exits(1),
        ],
        really: FAILS,
    },
    Project {
        case: "18a",
        url: POST,
        files: &[("m/env.py", MODELS_ENV), ("app/__init__.py", ""), BASE, ("app/models.py", MODELS)],
        migrations: &[
            ("a", "None", USERS),
            ("b", "'a'", "from app.models import User\nop.get_bind().execute(sa.select(User)).all()"),
            ("c", "'b'", EMAIL),
        ],
        says: &[Fails(&["b"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "20",
        url: LITE,
        files: &[("m/env.py", MULTI), ("alembic.ini", MULTI_INI)],
        migrations: &[(
            "a",
            "None",
            "def upgrade(engine_name):\n    globals()['upgrade_%s' % engine_name]()\ndef downgrade(engine_name):\n    pass\n\
             def upgrade_first():\n    pass\n\
             def upgrade_second():\n    op.create_table('t', sa.Column('id', sa.Integer()))\n    op.create_unique_constraint('uq', 't', ['id'])\n",
        )],
        says: &[
            Exits(1),
            // Without an address of one database, three are followed.
            Fails(&["a"]),
        ],
        really: FAILS,
    },
    Project {
        case: "20",
        url: LITE,
        files: &[("m/env.py", LISTED)],
        migrations: &[(
            "a",
            "None",
            "def upgrade(engine_name):\n    globals()['upgrade_' + engine_name]()\ndef downgrade(engine_name):\n    pass\n\
             def upgrade_first():\n    op.create_table('t', sa.Column('id', sa.Integer()))\n    op.drop_constraint('ck', 't', type_='check')\n\
             def upgrade_second():\n    pass\n",
        )],
        says: &[
            Is(Grade::Stops),
            Exits(1),
            Finds("failing-operation", Severity::Error, "a.py", 11, &["batch_alter_table('t')"]),
        ],
        really: FAILS,
    },
    Project {
        case: "23",
        url: LITE,
        files: &[],
        migrations: &[
            ("0001_a: 0001", "None", T),
            ("0002_a: 0002 of 2026-01-01", "'0001'", USERS),
            ("0002_b: 0002 of 2026-02-01", "'0001'", "op.create_table('v', sa.Column('id', sa.Integer()))"),
            ("0003_a: 0003", "'0002'", ""),
        ],
        says: &[Finds("duplicate-revision", Severity::Error, "0002_a.py", 8, &["Give 0002_b.py a new id"])],
        really: None,
    },
    Project {
        case: "23",
        url: LITE,
        files: &[],
        migrations: &[
            ("a: a", "None", T),
            ("b: b of 2026-01-01", "'a'", USERS),
            ("b_copy: b of 2026-02-01", "'a'", "op.create_table('v', sa.Column('id', sa.Integer()))"),
            ("c: c of 2026-01-02", "'b'", "op.add_column('users', sa.Column('n', sa.Integer()))"),
            ("c_copy: c of 2026-02-02", "'b'", "op.create_table('w', sa.Column('id', sa.Integer()))"),
        ],
        says: &[
            Finds("duplicate-revision", Severity::Error, "b.py", 8, &["Give b_copy.py a new id"]),
            Finds("duplicate-revision", Severity::Error, "c.py", 8, &["Give c_copy.py a new id"]),
        ],
        really: None,
    },
    Project {
        case: "25",
        url: POST,
        files: &[],
        migrations: &[
            (
                "a",
                "None",
                "op.create_table('t', sa.Column('id', sa.Integer()), sa.UniqueConstraint('id', name='uq_id'))",
            ),
            (
                "b",
                "'a'",
                "op.create_table('u', sa.Column('id', sa.Integer()), sa.UniqueConstraint('id', name='uq_id'))",
            ),
        ],
        says: &[Is(Grade::Stops), Fails(&["b"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "25",
        url: POST,
        files: &[],
        migrations: &[
            (
                "a",
                "None",
                "op.create_table('t', sa.Column('id', sa.Integer()))\nop.create_index('ix_id', 't', ['id'])",
            ),
            (
                "b",
                "'a'",
                "op.create_table('u', sa.Column('id', sa.Integer()))\nop.create_index('ix_id', 'u', ['id'])",
            ),
        ],
        says: &[Is(Grade::Stops), Fails(&["b"]), Exits(1)],
        really: FAILS,
    },
    Project {
        case: "32",
        url: POST,
        files: &[],
        migrations: &[
            ("1_first: f1", "None", "op.add_column('outside', sa.Column('n', sa.Integer()))"),
            ("2_second: s2", "'1_first'", "op.add_column('outside', sa.Column('m', sa.Integer()))"),
        ],
        says: &[Is(Grade::CannotDeploy), Proposes("missing-parent", &["f1"])],
        really: FAILS,
    },
    Project {
        case: "32",
        url: LITE,
        files: &[],
        migrations: &[
            ("2026_start: abc123", "None", "op.drop_column('outside', 'n')"),
            ("2026_next: def456", "'2026_start.py'", T),
        ],
        says: &[Is(Grade::CannotDeploy), Proposes("missing-parent", &["abc123"])],
        really: FAILS,
    },
    Project {
        case: "33",
        url: LITE,
        files: &[(
            "m/versions/c.py",
            "\"\"\"c\n\nRevision ID: c3c3c3c3c3c3\nRevises: b2b2b2b2b2b2\n\n\"\"\"\nfrom alembic import op\nrevision = 'c3c3c3c3c3c3'\ndown_revision = 'ffffffffffff'\n\n\ndef upgrade():\n    pass\n",
        )],
        migrations: &[("a: a1a1a1a1a1a1", "None", T), ("b: b2b2b2b2b2b2", "'a1a1a1a1a1a1'", "")],
        says: &[Proposes("missing-parent", &["b2b2b2b2b2b2"])],
        really: FAILS,
    },
    Project {
        case: "33",
        url: LITE,
        files: &[(
            "m/versions/d.py",
            "\"\"\"d\n\nRevision ID: d4\nRevises: a1\n\n\"\"\"\nfrom alembic import op\nrevision: str = 'd4'\ndown_revision: str = 'gone99'\n\n\ndef upgrade():\n    pass\n",
        )],
        migrations: &[("a: a1", "None", T), ("b: b2", "'a1'", "")],
        says: &[Proposes("missing-parent", &["a1"])],
        really: FAILS,
    },
    Project {
        case: "35b",
        url: LITE,
        files: &[],
        migrations: &[
            ("one: o1", "None", T),
            (
                "two: t2",
                "'o1'",
                "if 'n' in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')]:\n    op.drop_column('t', 'n')",
            ),
            ("three: h3", "'two'", N),
        ],
        says: &[Finds("missing-parent", Severity::Error, "three.py", 4, &["Write t2"])],
        really: FAILS,
    },
    Project {
        case: "35b",
        url: POST,
        files: &[],
        migrations: &[
            ("a_base: base1", "None", T),
            (
                "b_guard: guard2",
                "'a_base'",
                "if sa.inspect(op.get_bind()).has_table('later'):\n    op.drop_table('later')",
            ),
            ("c_later: later3", "'guard2'", "op.create_table('later', sa.Column('id', sa.Integer()))"),
        ],
        says: &[Finds("missing-parent", Severity::Error, "b_guard.py", 4, &["Write base1"])],
        really: FAILS,
    },
    Project {
        case: "36",
        url: LITE,
        files: &[],
        migrations: &[
            ("a", "None", T),
            (
                "b",
                "'a'",
                "if sa.inspect(op.get_bind()).has_table('u'):\n    op.add_column('u', sa.Column('m', sa.Integer()))",
            ),
            ("c", "'b'", U),
            ("d", "'b'", ""),
        ],
        says: &[
            Finds("multiple-heads", Severity::Error, "c.py", 3, &["c and d"]),
            Silent("used-before-created"),
        ],
        really: Some(("upgrade head", 255)),
    },
    Project {
        case: "36",
        url: POST,
        files: &[],
        migrations: &[
            ("a", "None", T),
            ("b", "'a'", "op.execute('ALTER TABLE IF EXISTS u ADD COLUMN m integer')"),
            ("c", "'b'", U),
            ("d", "'b'", N),
        ],
        says: &[
            Finds("multiple-heads", Severity::Error, "c.py", 3, &["c and d"]),
            Silent("used-before-created"),
        ],
        really: Some(("upgrade head", 255)),
    },
    // Of two parents one may be an ancestor of the other.
    Project {
        case: "37",
        url: LITE,
        files: &[],
        migrations: &[("a", "None", T), ("b", "'a'", ""), ("c", "'b'", ""), ("d", "('c', 'a')", "")],
        says: &[Is(Grade::Sound), Silent("alembic-stops"), Exits(0)],
        really: RUNS,
    },
    Project {
        case: "37",
        url: LITE,
        files: &[],
        migrations: &[
            ("a1", "None", T),
            ("b2", "'a1'", ""),
            ("c3", "'a1'", ""),
            ("d4", "('b2', 'c3')", ""),
            ("e5", "'d4'", ""),
            ("f6", "'d4'", ""),
            ("g7", "('e5', 'f6', 'c3')", ""),
        ],
        says: &[
            Finds("alembic-stops", Severity::Error, "g7.py", 4, &["Take c3 out of the down_revision of g7"]),
            Exits(1),
        ],
        really: FAILS,
    },
    Project {
        case: "40",
        url: LITE,
        files: &[
            ("pyproject.toml", "[tool.alembic]\nscript_location = 'new'\n"),
            ("new/env.py", "from alembic import context\n"),
            ("new/versions/n.py", "revision = 'n'\ndown_revision = None\ndef upgrade():\n    pass\n"),
        ],
        migrations: &[("a", "None", T)],
        says: &[Finds(
            "orphan-environment",
            Severity::Warning,
            "new",
            0,
            &["alembic.ini wins over the pyproject.toml"],
        )],
        really: RUNS,
    },
    Project {
        case: "40",
        url: LITE,
        files: &[
            (
                "pyproject.toml",
                "[project]\nname = 'x'\n\n[tool.alembic]\nscript_location = \"%(here)s/db/migrations\"\n",
            ),
            ("db/migrations/env.py", "from alembic import context\ncontext.run_migrations()\n"),
            (
                "db/migrations/versions/n.py",
                "revision = 'n'\ndown_revision = None\ndef upgrade():\n    pass\n",
            ),
        ],
        migrations: &[("a", "None", T)],
        says: &[Finds(
            "orphan-environment",
            Severity::Warning,
            "db/migrations",
            0,
            &["alembic.ini wins over the pyproject.toml"],
        )],
        really: RUNS,
    },
];
