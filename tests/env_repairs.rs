//! The repaired `env.py`, and the stale environment that is taken away: real Alembic loads what is left, and compares it with
//! an empty database. What it would add are the tables that the models declare, all of them and no other.
//!
//! The projects are made from a seed. `RECHAIN_SEED` asks for others, `RECHAIN_FULL` for more.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use judge::compare::outcome;
use judge::{Random, answered, full, python, repository, seed};
use rechain::ingest::{SourceTree, TreePath};
use rechain::patch::PatchSet;
use serde::Deserialize;
use serde_json::{Value, json};

/// What makes the tables known, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Declarative,
    Function,
    Abstract,
    Generated,
    Mapped,
    Imperative,
    Tables,
    Flask,
    FlaskOnAClass,
    FlaskTable,
    Dataclass,
    Decorated,
    Sqlmodel,
    TwoBases,
    BasesOfOneName,
    BasesOnOneMetadata,
    BaseAndTables,
    SqlmodelAndBase,
    BaseImportsModels,
    ModelsImportEachOther,
    ABaseWithoutModels,
    // What is not certain, or certainly fails.
    OneKeyTwice,
    FlaskWithItsApp,
    FlaskNeedsAnApp,
    FlaskWithBinds,
    Raises,
    ImportsWhatIsGone,
    TakesANameThatIsNotThere,
    InACircle,
    MakesTheTables,
    Automap,
    Reflected,
    DoesNotParse,
}

use Kind::*;

const OFFERED: [Kind; 21] = [
    Declarative,
    Function,
    Abstract,
    Generated,
    Mapped,
    Imperative,
    Tables,
    Flask,
    FlaskOnAClass,
    FlaskTable,
    Dataclass,
    Decorated,
    Sqlmodel,
    TwoBases,
    BasesOfOneName,
    BasesOnOneMetadata,
    BaseAndTables,
    SqlmodelAndBase,
    BaseImportsModels,
    ModelsImportEachOther,
    ABaseWithoutModels,
];

const NOT_OFFERED: [Kind; 12] = [
    OneKeyTwice,
    FlaskWithItsApp,
    FlaskNeedsAnApp,
    FlaskWithBinds,
    Raises,
    ImportsWhatIsGone,
    TakesANameThatIsNotThere,
    InACircle,
    MakesTheTables,
    Automap,
    Reflected,
    DoesNotParse,
];

/// Where the models stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    OneModule,
    Modules,
    Package,
    PackageThatImportsSome,
    Src,
}

const PLACES: [Place; 5] =
    [Place::OneModule, Place::Modules, Place::Package, Place::PackageThatImportsSome, Place::Src];

/// How the `env.py` of the live environment looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Generic,
    Async,
    Crlf,
    /// `None` in both calls of `configure`.
    InConfigure,
    /// The same, the one that counts first.
    OnlineFirst,
    /// The metadata is there, and what stands on it is not imported.
    BaseOnly,
    /// Nothing is missing.
    Sound,
}

const LOOKS: [Look; 7] = [
    Look::Generic,
    Look::Async,
    Look::Crlf,
    Look::InConfigure,
    Look::OnlineFirst,
    Look::BaseOnly,
    Look::Sound,
];

#[derive(Debug, Clone, Copy)]
struct Case {
    kind: Kind,
    place: Place,
    look: Look,
    is_prepended: bool,
    has_stale: bool,
}

/// A module of a project: what it imports from libraries, from the module of the base, and what it says.
struct Module {
    libraries: &'static str,
    needs: &'static str,
    body: String,
}

const ORM: &str = "from sqlalchemy.orm import Mapped, mapped_column\n";
const BASE: &str = "class Base(DeclarativeBase):\n    pass\n";
const DECLARATIVE: &str = "from sqlalchemy.orm import DeclarativeBase\n";
const COLUMNS: &str = "from sqlalchemy import Column, Integer, Table\n";
const METADATA: &str = "from sqlalchemy import MetaData\n";

fn module(libraries: &'static str, needs: &'static str, body: impl Into<String>) -> Module {
    Module { libraries, needs, body: body.into() }
}

fn class(name: &str, base: &str, table: &str) -> String {
    format!(
        "class {name}({base}):\n    __tablename__ = \"{table}\"\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
}

fn table(name: &str, metadata: &str) -> String {
    format!("{name}_table = Table(\"{name}\", {metadata}, Column(\"id\", Integer, primary_key=True))\n")
}

fn flask(name: &str) -> String {
    format!("class {name}(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n")
}

impl Kind {
    /// The modules of the base, of users and of posts.
    fn modules(self) -> [Module; 3] {
        let users = || module(ORM, "Base", class("User", "Base", "users"));
        let posts = || module(ORM, "Base", class("Post", "Base", "posts"));
        let base = |body: &str| module(DECLARATIVE, "", body);
        let flask_db = |body: &str| module("from flask_sqlalchemy import SQLAlchemy\n", "", body);
        match self {
            Declarative => [base(BASE), users(), posts()],
            Function => [
                module("from sqlalchemy.orm import declarative_base\n", "", "Base = declarative_base()\n"),
                users(),
                posts(),
            ],
            Abstract => [
                base(&format!("{BASE}\n\nclass Timed(Base):\n    __abstract__ = True\n")),
                module(ORM, "Timed", class("User", "Timed", "users")),
                posts(),
            ],
            Generated => [
                module(
                    "from sqlalchemy.orm import registry\n",
                    "",
                    "reg = registry()\nBase = reg.generate_base()\n",
                ),
                users(),
                module(COLUMNS, "reg", table("posts", "reg.metadata")),
            ],
            Mapped => [
                module("from sqlalchemy.orm import registry\n", "", "reg = registry()\n"),
                module(ORM, "reg", format!("@reg.mapped\n{}", class("User", "object", "users"))),
                module(ORM, "reg", format!("@reg.mapped\n{}", class("Post", "object", "posts"))),
            ],
            Imperative => {
                let mapped = |name: &str, of: &str| {
                    format!(
                        "{}\n\nclass {name}:\n    pass\n\n\nreg.map_imperatively({name}, {of}_table)\n",
                        table(of, "reg.metadata")
                    )
                };
                [
                    module("from sqlalchemy.orm import registry\n", "", "reg = registry()\n"),
                    module(COLUMNS, "reg", mapped("User", "users")),
                    module(COLUMNS, "reg", mapped("Post", "posts")),
                ]
            }
            Tables => [
                module(METADATA, "", "metadata = MetaData()\n"),
                module(COLUMNS, "metadata", table("users", "metadata")),
                module(COLUMNS, "metadata", table("posts", "metadata")),
            ],
            Flask => [
                flask_db("db = SQLAlchemy()\n"),
                module("", "db", flask("User")),
                module("", "db", flask("BlogPost")),
            ],
            FlaskOnAClass => [
                module(
                    "from flask_sqlalchemy import SQLAlchemy\nfrom sqlalchemy.orm import DeclarativeBase\n",
                    "",
                    format!("{BASE}\n\ndb = SQLAlchemy(model_class=Base)\n"),
                ),
                module("", "db", flask("User")),
                module("", "db", flask("BlogPost")),
            ],
            FlaskTable => [
                flask_db("db = SQLAlchemy()\n"),
                module("", "db", flask("User")),
                module(
                    "",
                    "db",
                    "links = db.Table(\"links\", db.Column(\"id\", db.Integer, primary_key=True))\n",
                ),
            ],
            Dataclass => [
                module(
                    "from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass\n",
                    "",
                    "class Base(MappedAsDataclass, DeclarativeBase):\n    pass\n",
                ),
                users(),
                posts(),
            ],
            Decorated => [
                module(
                    "from sqlalchemy.orm import as_declarative\n",
                    "",
                    "@as_declarative()\nclass Base:\n    pass\n",
                ),
                users(),
                posts(),
            ],
            Sqlmodel => [
                module(
                    "from sqlmodel import Field, SQLModel\n",
                    "",
                    "class Named(SQLModel):\n    name: str = \"\"\n",
                ),
                module(
                    "from sqlmodel import Field, SQLModel\n",
                    "",
                    "class User(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n",
                ),
                module(
                    "from sqlmodel import Field\n",
                    "Named",
                    "class Post(Named, table=True):\n    __tablename__ = \"posts\"\n    id: int = Field(primary_key=True)\n",
                ),
            ],
            TwoBases => [
                base(&format!("{BASE}\n\nclass LogBase(DeclarativeBase):\n    pass\n")),
                users(),
                module(ORM, "LogBase", class("Post", "LogBase", "posts")),
            ],
            BasesOfOneName => [
                module("", "", "LIMIT = 20\n"),
                module(
                    "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n",
                    "",
                    format!("{BASE}\n\n{}", class("User", "Base", "users")),
                ),
                module(
                    "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n",
                    "",
                    format!("{BASE}\n\n{}", class("Post", "Base", "posts")),
                ),
            ],
            BasesOnOneMetadata => [
                module(
                    "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase\n",
                    "",
                    "shared = MetaData()\n\n\nclass Base(DeclarativeBase):\n    metadata = shared\n",
                ),
                users(),
                module(COLUMNS, "shared", table("posts", "shared")),
            ],
            BaseAndTables => [
                module(
                    "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase\n",
                    "",
                    format!("{BASE}\n\nmetadata = MetaData()\n"),
                ),
                users(),
                module(COLUMNS, "metadata", table("posts", "metadata")),
            ],
            SqlmodelAndBase => [
                base(BASE),
                users(),
                module(
                    "from sqlmodel import Field, SQLModel\n",
                    "",
                    "class Post(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n",
                ),
            ],
            BaseImportsModels => {
                [base(&format!("{BASE}\n\nfrom USERS import User  # noqa: E402, F401\n")), users(), posts()]
            }
            ModelsImportEachOther => [
                base(BASE),
                module(
                    ORM,
                    "Base",
                    format!(
                        "{}\n\nfrom POSTS import Post  # noqa: E402, F401\n",
                        class("User", "Base", "users")
                    ),
                ),
                module(
                    ORM,
                    "Base",
                    format!("import USERS  # noqa: F401\n\n\n{}", class("Post", "Base", "posts")),
                ),
            ],
            ABaseWithoutModels => {
                [base(&format!("{BASE}\n\nclass Unused(DeclarativeBase):\n    pass\n")), users(), posts()]
            }
            OneKeyTwice => [
                base(&format!("{BASE}\n\nclass LogBase(DeclarativeBase):\n    pass\n")),
                users(),
                module(ORM, "LogBase", class("Post", "LogBase", "users")),
            ],
            FlaskWithItsApp => [
                module(
                    "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n",
                    "",
                    "app = Flask(__name__)\ndb = SQLAlchemy(app)\n",
                ),
                module("", "db", flask("User")),
                module("", "db", flask("BlogPost")),
            ],
            FlaskNeedsAnApp => [
                flask_db("db = SQLAlchemy()\n"),
                module(
                    "from flask import current_app\n",
                    "db",
                    format!("PREFIX = current_app.config[\"PREFIX\"]\n\n\n{}", flask("User")),
                ),
                module("", "db", flask("BlogPost")),
            ],
            FlaskWithBinds => [
                flask_db("db = SQLAlchemy()\n"),
                module("", "db", flask("User")),
                module(
                    "",
                    "db",
                    "class BlogPost(db.Model):\n    __bind_key__ = \"blog\"\n    id = db.Column(db.Integer, primary_key=True)\n",
                ),
            ],
            Raises => [
                base(BASE),
                users(),
                module(
                    ORM,
                    "Base",
                    format!("{}\n\nraise RuntimeError(\"not yet\")\n", class("Post", "Base", "posts")),
                ),
            ],
            ImportsWhatIsGone => [
                base(BASE),
                users(),
                module(
                    ORM,
                    "Base",
                    format!("from USERS.gone import LIMIT\n\n\n{}", class("Post", "Base", "posts")),
                ),
            ],
            TakesANameThatIsNotThere => [
                base(BASE),
                users(),
                module(
                    ORM,
                    "Base",
                    format!("from USERS import Account\n\n\n{}", class("Post", "Base", "posts")),
                ),
            ],
            InACircle => [
                base(BASE),
                module(
                    ORM,
                    "Base",
                    format!("from POSTS import Post\n\n\n{}", class("User", "Base", "users")),
                ),
                module(
                    ORM,
                    "Base",
                    format!("from USERS import User\n\n\n{}", class("Post", "Base", "posts")),
                ),
            ],
            MakesTheTables => [
                module(
                    "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import DeclarativeBase\n",
                    "",
                    format!("{BASE}\n\nengine = create_engine(\"sqlite:///x.db\")\n"),
                ),
                users(),
                module(
                    ORM,
                    "Base, engine",
                    format!("{}\n\nBase.metadata.create_all(engine)\n", class("Post", "Base", "posts")),
                ),
            ],
            Automap => [
                module("from sqlalchemy.ext.automap import automap_base\n", "", "Base = automap_base()\n"),
                users(),
                posts(),
            ],
            Reflected => [
                module(
                    "from sqlalchemy import MetaData, create_engine\n",
                    "",
                    "metadata = MetaData()\nmetadata.reflect(create_engine(\"sqlite:///other.db\"))\n",
                ),
                module(COLUMNS, "metadata", table("users", "metadata")),
                module(COLUMNS, "metadata", table("posts", "metadata")),
            ],
            DoesNotParse => [
                base(BASE),
                users(),
                module(ORM, "Base", format!("{}\nbreak\n", class("Post", "Base", "posts"))),
            ],
        }
    }

    /// What an `env.py` takes from the module of the base, and the metadata.
    fn metadata(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Mapped | Imperative => ("reg", "reg.metadata"),
            Tables | Reflected => ("metadata", "metadata"),
            Flask | FlaskOnAClass | FlaskTable => ("db", "db.metadata"),
            Sqlmodel => ("", "SQLModel.metadata"),
            TwoBases | OneKeyTwice => ("Base, LogBase", "[Base.metadata, LogBase.metadata]"),
            BaseAndTables => ("Base, metadata", "[Base.metadata, metadata]"),
            SqlmodelAndBase => ("Base", "[Base.metadata, SQLModel.metadata]"),
            // Their base stands with the models, or importing it is what is not certain.
            BasesOfOneName | FlaskWithItsApp | FlaskNeedsAnApp | FlaskWithBinds => return None,
            _ => ("Base", "Base.metadata"),
        })
    }

    fn tables(self) -> [&'static str; 2] {
        match self {
            Flask | FlaskOnAClass => ["user", "blog_post"],
            FlaskTable => ["user", "links"],
            Sqlmodel => ["user", "posts"],
            SqlmodelAndBase => ["users", "post"],
            _ => ["users", "posts"],
        }
    }

    /// Whether it says what only a module of its own can say.
    fn needs_modules(self) -> bool {
        matches!(
            self,
            BasesOfOneName
                | BaseImportsModels
                | ModelsImportEachOther
                | ImportsWhatIsGone
                | TakesANameThatIsNotThere
                | InACircle
        )
    }
}

impl Place {
    /// The modules of the base, of users and of posts, dotted.
    fn names(self) -> [&'static str; 3] {
        match self {
            Self::OneModule => ["models"; 3],
            Self::Modules => ["db", "users", "posts"],
            Self::Package | Self::PackageThatImportsSome | Self::Src => {
                ["app.db", "app.models.users", "app.models.posts"]
            }
        }
    }

    fn root(self) -> &'static str {
        if self == Self::Src { "src/" } else { "" }
    }
}

const LOGGING: &str = "
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARNING
handlers = console
qualname =
[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic
[formatter_generic]
format = %(message)s
";

const OFFLINE: &str = "def run_migrations_offline():
    context.configure(url=config.get_main_option(\"sqlalchemy.url\"), target_metadata=None, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
";

const ONLINE: &str = "def run_migrations_online():
    section = config.get_section(config.config_ini_section, {})
    connectable = engine_from_config(section, prefix=\"sqlalchemy.\", poolclass=pool.NullPool)
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=None)
        with context.begin_transaction():
            context.run_migrations()
";

fn in_configure(first: &str, second: &str) -> String {
    format!(
        "from alembic import context\nfrom sqlalchemy import engine_from_config, pool\n\nconfig = context.config\n\n\n\
         {first}\n\n{second}\n\nif context.is_offline_mode():\n    run_migrations_offline()\nelse:\n    run_migrations_online()\n"
    )
}

/// Where Alembic's own templates have it.
const NONE: &str = "target_metadata = None\n";

fn put(tree: &mut SourceTree, path: &str, text: &str) {
    tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
}

impl Case {
    fn env_py(self, templates: &BTreeMap<String, String>) -> String {
        let generic = &templates["generic"];
        let [db, users, posts] = self.place.names();
        let with = |modules: &[&str]| {
            let (names, expression) = self.kind.metadata().expect("asked for only where there is one");
            let mut lines = String::new();
            if !self.is_prepended || self.place == Place::Src {
                let folder = self.place.root().trim_end_matches('/');
                lines.push_str(&format!(
                    "import sys\nfrom pathlib import Path\n\nsys.path.insert(0, str(Path(__file__).resolve().parents[1] / \"{folder}\"))\n"
                ));
            }
            if !names.is_empty() {
                lines.push_str(&format!("from {db} import {names}\n"));
            }
            if expression.contains("SQLModel") {
                lines.push_str("from sqlmodel import SQLModel\n");
            }
            modules.iter().for_each(|module| lines.push_str(&format!("import {module}\n")));
            generic.replace(NONE, &format!("{lines}target_metadata = {expression}\n"))
        };
        match self.look {
            Look::Generic => generic.clone(),
            Look::Async => templates["async"].clone(),
            Look::Crlf => generic.replace('\n', "\r\n"),
            Look::InConfigure => in_configure(OFFLINE, ONLINE),
            Look::OnlineFirst => in_configure(ONLINE, OFFLINE),
            Look::BaseOnly => with(&[]),
            Look::Sound => with(&[users, posts]),
        }
    }

    fn tree(self, templates: &BTreeMap<String, String>) -> SourceTree {
        let mut tree = SourceTree::default();
        let driver = if self.look == Look::Async { "sqlite+aiosqlite" } else { "sqlite" };
        let prepend = if self.is_prepended { "prepend_sys_path = .\n" } else { "" };
        let ini = format!(
            "[alembic]\nscript_location = migrations\n{prepend}sqlalchemy.url = {driver}:///x.db\n{LOGGING}"
        );
        put(&mut tree, "alembic.ini", &ini);
        put(&mut tree, "migrations/env.py", &self.env_py(templates));
        put(&mut tree, "migrations/script.py.mako", "");
        put(
            &mut tree,
            "migrations/versions/a.py",
            "revision = \"a\"\ndown_revision = None\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n",
        );
        if self.has_stale {
            let template = if self.look == Look::Async { "async" } else { "generic" };
            put(&mut tree, "alembic/env.py", &templates[template]);
            put(&mut tree, "alembic/README", "Generic single-database configuration.\n");
            put(&mut tree, "alembic/script.py.mako", "");
        }
        let names = self.place.names();
        let [db, users, posts] = names;
        let mut texts: BTreeMap<&str, (String, String)> = BTreeMap::new();
        for (name, module) in names.into_iter().zip(self.kind.modules()) {
            let (above, below) = texts.entry(name).or_default();
            for line in module.libraries.split_inclusive('\n') {
                if !above.contains(line) {
                    above.push_str(line);
                }
            }
            if !module.needs.is_empty() && name != db {
                above.push_str(&format!("from {db} import {}\n", module.needs));
            }
            below.push_str(&format!("\n\n{}", module.body));
        }
        for (name, (above, below)) in texts {
            let text = format!("{above}{below}").replace("USERS", users).replace("POSTS", posts);
            put(&mut tree, &format!("{}{}.py", self.place.root(), name.replace('.', "/")), &text);
        }
        if db.contains('.') {
            let some = match (self.place, self.kind) {
                (Place::PackageThatImportsSome, Imperative | Sqlmodel) => "from . import users\n",
                (Place::PackageThatImportsSome, Tables | Reflected) => "from .users import users_table\n",
                (Place::PackageThatImportsSome, _) => "from app.models.users import User\n",
                _ => "",
            };
            put(&mut tree, &format!("{}app/__init__.py", self.place.root()), "");
            put(&mut tree, &format!("{}app/models/__init__.py", self.place.root()), some);
        }
        tree
    }

    /// Whether anything is missing in the live `env.py`.
    fn is_live_faulty(self) -> bool {
        match self.look {
            Look::Sound => false,
            Look::BaseOnly => self.place != Place::OneModule,
            _ => true,
        }
    }
}

fn cases() -> Vec<Case> {
    let rounds = if full() { 40 } else { 3 };
    let mut random = Random::new(seed());
    let mut cases = Vec::new();
    for round in 0..rounds {
        for kind in OFFERED.into_iter().chain(NOT_OFFERED) {
            let mut place = *random.pick(&PLACES);
            if kind.needs_modules() && place == Place::OneModule {
                place = Place::Modules;
            }
            let mut look = LOOKS[(round + random.below(LOOKS.len())) % LOOKS.len()];
            if kind.metadata().is_none() && matches!(look, Look::BaseOnly | Look::Sound) {
                look = Look::Generic;
            }
            if look == Look::Sound && NOT_OFFERED.contains(&kind) {
                look = Look::Crlf;
            }
            let has_stale = random.chance(40) || look == Look::Sound;
            cases.push(Case { kind, place, look, is_prepended: random.chance(60), has_stale });
        }
    }
    cases
}

/// What Alembic makes of a project.
#[derive(Debug, Clone, Deserialize)]
struct Compared {
    tables: BTreeSet<String>,
    other: Vec<String>,
    error: Option<String>,
}

impl Compared {
    fn adds(&self, tables: &[&str]) -> bool {
        self.error.is_none()
            && self.other.is_empty()
            && self.tables.iter().map(String::as_str).eq(tables.iter().copied().collect::<BTreeSet<_>>())
    }
}

fn templates(python: &OsStr) -> BTreeMap<String, String> {
    let mut asked = Command::new(python);
    let output = asked.arg(repository("tests/python/env_repairs.py")).arg("--templates").output();
    serde_json::from_slice(&output.expect("Python starts").stdout).expect("JSON")
}

/// Writes a tree to a numbered folder, and the question what Alembic makes of it.
fn question(root: &Path, nth: usize, tree: &SourceTree, location: &str) -> (PathBuf, Value) {
    let dir = root.join(nth.to_string());
    judge::write(tree, &dir);
    // The tree holds no empty folders.
    for folder in ["migrations/versions", "alembic/versions"] {
        std::fs::create_dir_all(dir.join(folder)).expect("it can be made");
    }
    let asked = json!({ "dir": dir, "location": location });
    (dir, asked)
}

#[test]
fn a_repaired_env_py_loads_and_autogenerate_sees_every_table_and_no_other() {
    let name = "a_repaired_env_py_loads_and_autogenerate_sees_every_table_and_no_other";
    let Some(python) = python(name) else { return };
    let templates = templates(&python);
    let root = tempfile::tempdir().expect("a folder for the test");
    let (mut questions, mut asked, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    let mut counts: BTreeMap<Kind, [usize; 4]> = BTreeMap::new();
    for case in cases() {
        let tree = case.tree(&templates);
        let outcome = outcome(&tree);
        let repairs = &outcome.env_repairs;
        for (path, is_faulty) in
            [("migrations/env.py", case.is_live_faulty()), ("alembic/env.py", case.has_stale)]
        {
            if !is_faulty {
                continue;
            }
            let location = path.strip_suffix("/env.py").expect("it ends so");
            let Some(repair) = repairs.iter().find(|repair| repair.path.as_str() == path) else {
                counts.entry(case.kind).or_default()[1] += 1;
                if OFFERED.contains(&case.kind) {
                    let rules: Vec<_> = outcome.audit.findings.iter().map(|found| found.rule.name).collect();
                    missing.push(format!("{location}: {case:?} {rules:?}"));
                }
                continue;
            };
            counts.entry(case.kind).or_default()[0] += 1;
            let patched = PatchSet::new(vec![repair.clone()]).apply(&tree);
            questions.push(question(root.path(), questions.len(), &patched, location).1);
            let text = String::from_utf8_lossy(repair.after.as_deref().expect("it stays")).into_owned();
            asked.push((case, location, text));
        }
    }
    let answers: Vec<Compared> = answered(&python, "env_repairs.py", root.path(), &questions);
    let mut wrong = Vec::new();
    for ((case, location, text), answer) in asked.iter().zip(&answers) {
        let is_right = answer.adds(&case.kind.tables());
        counts.entry(case.kind).or_default()[if is_right { 2 } else { 3 }] += 1;
        if !is_right {
            wrong.push(format!("{location}: {case:?} {answer:?}"));
            if std::env::var_os("RECHAIN_SHOW").is_some() {
                wrong.push(text.clone());
            }
        }
    }
    for (kind, [offered, not, right, wrong]) in &counts {
        println!("{kind:?}: {offered} offered, {not} not; {right} right, {wrong} wrong");
    }
    let sum = |at: usize| counts.values().map(|counts| counts[at]).sum::<usize>();
    println!("{} offered, {} not; {} right, {} wrong", sum(0), sum(1), sum(2), sum(3));
    assert!(wrong.is_empty() && missing.is_empty(), "{}\nMissing:\n{}", wrong.join("\n"), missing.join("\n"));
}

/// What a stale environment holds, and what names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    Generated,
    CopyOfAll,
    CopyOfSome,
    OtherEnvPy,
    RevisionsOfItsOwn,
    ChangedCopy,
    NamedByDockerfile,
    NamedByScript,
    NamedByPyproject,
    HoldsAHelper,
}

const STALE: [Stale; 10] = [
    Stale::Generated,
    Stale::CopyOfAll,
    Stale::CopyOfSome,
    Stale::OtherEnvPy,
    Stale::RevisionsOfItsOwn,
    Stale::ChangedCopy,
    Stale::NamedByDockerfile,
    Stale::NamedByScript,
    Stale::NamedByPyproject,
    Stale::HoldsAHelper,
];

const LIVE_ENV_PY: &str = "from alembic import context
from sqlalchemy import create_engine

with create_engine(\"sqlite://\").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
";

/// A line of migrations in `migrations/`, and a stale folder beside it.
fn with_stale(
    random: &mut Random,
    stale: Stale,
    folder: &str,
    templates: &BTreeMap<String, String>,
) -> SourceTree {
    let mut tree = SourceTree::default();
    put(&mut tree, "alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n");
    put(&mut tree, "migrations/env.py", LIVE_ENV_PY);
    let line_end = if random.chance(50) { "\r\n" } else { "\n" };
    let text = |id: usize, parent: &str| {
        format!(
            "revision = \"{id:03}\"\ndown_revision = {parent}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
        )
    };
    let n = 2 + random.below(5);
    let n_copied = match stale {
        Stale::CopyOfAll | Stale::ChangedCopy => n,
        Stale::CopyOfSome => 1 + random.below(n - 1),
        _ => 0,
    };
    for id in 0..n {
        let parent = if id == 0 { "None".to_owned() } else { format!("\"{:03}\"", id - 1) };
        let text = text(id, &parent);
        put(&mut tree, &format!("migrations/versions/{id:03}.py"), &text);
        if id < n_copied {
            let text =
                if stale == Stale::ChangedCopy { text.replace("    pass", "    print()") } else { text };
            put(&mut tree, &format!("{folder}/versions/{id:03}.py"), &text.replace('\n', line_end));
        }
    }
    let env_py = match stale {
        Stale::CopyOfAll | Stale::CopyOfSome => LIVE_ENV_PY.replace('\n', line_end),
        Stale::OtherEnvPy => LIVE_ENV_PY.replace("sqlite://", "sqlite:///other.db"),
        _ => templates[if random.chance(50) { "generic" } else { "async" }].clone(),
    };
    put(&mut tree, &format!("{folder}/env.py"), &env_py);
    let mut also = |path: &str, text: &str| put(&mut tree, path, text);
    match stale {
        Stale::RevisionsOfItsOwn => also(&format!("{folder}/versions/own.py"), &text(900, "None")),
        Stale::NamedByDockerfile => {
            also("Dockerfile", &format!("FROM python\nCOPY {folder} /srv/{folder}\n"));
        }
        Stale::NamedByScript => also("bin/run.sh", &format!("alembic -c {folder}/own.ini upgrade head\n")),
        Stale::NamedByPyproject => {
            also("pyproject.toml", &format!("[tool.black]\nexclude = \"{folder}/versions\"\n"));
        }
        Stale::HoldsAHelper => also(&format!("{folder}/tools.py"), "def names():\n    return []\n"),
        _ => {}
    }
    tree
}

#[test]
fn a_stale_environment_goes_and_alembic_runs_the_other_one_as_before() {
    let name = "a_stale_environment_goes_and_alembic_runs_the_other_one_as_before";
    let Some(python) = python(name) else { return };
    let Some(mut judge) = judge::Judge::start(name, &[]) else { return };
    let templates = templates(&python);
    let mut counts: BTreeMap<(Stale, String), usize> = BTreeMap::new();
    let rounds = if full() { 20 } else { 2 };
    for nth in 0..rounds * STALE.len() {
        let mut random = Random::new(seed() * 10_000 + nth as u64);
        let stale = STALE[nth % STALE.len()];
        let folder = *random.pick(&["alembic", "old_migrations", "app/db/migrations"]);
        let tree = with_stale(&mut random, stale, folder, &templates);
        let before = outcome(&tree);
        let context = || format!("{stale:?} {nth} {folder}: {:?}", before.removals);
        let removal = before.removals.first();
        let expected = match stale {
            Stale::Generated | Stale::CopyOfAll | Stale::CopyOfSome | Stale::OtherEnvPy => "unsafe",
            _ => "not offered",
        };
        let offered = removal.map_or("not offered", |removal| removal.applicability.word());
        *counts.entry((stale, offered.to_owned())).or_default() += 1;
        assert_eq!(offered, expected, "{}", context());
        let Some(removal) = removal else { continue };
        let goes = |path: &TreePath| path.is_under(folder);
        assert!(
            removal.patch.files.iter().all(|file| file.after.is_none() && goes(&file.path)),
            "{}",
            context()
        );
        let patched = removal.patch.apply(&tree);
        assert!(
            tree.iter().filter(|(path, _)| !goes(path)).eq(patched.iter()),
            "{}: nothing else",
            context()
        );
        let mut asked = |tree: &SourceTree| {
            let dir = judge::compare::written(tree);
            let answer = judge.ask(&json!({ "dir": dir.path(), "run": true }));
            assert!(answer.error.is_none() && answer.run_error.is_none(), "{}: {answer:?}", context());
            (answer.heads, answer.bases, answer.history, answer.upgrade)
        };
        assert_eq!(asked(&patched), asked(&tree), "{}", context());
        let after = outcome(&patched);
        assert!(after.removals.is_empty() && after.audit.environments.len() == 1, "{}", context());
        let left: Vec<_> = after.audit.findings.iter().map(|finding| &finding.message).collect();
        let told = before.audit.findings.iter().filter(|finding| finding.environment == Some(0));
        assert_eq!(left, told.map(|finding| &finding.message).collect::<Vec<_>>(), "{}", context());
    }
    for ((stale, offered), n) in &counts {
        println!("{stale:?}: {n} folders, {offered}");
    }
}

#[test]
fn what_leaves_the_chain_alone_is_shown_written_and_taken_back_by_its_name() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::copy(&repository("samples/panel"), dir.path());
    let env_py = dir.path().join("alembic/env.py");
    let before = std::fs::read(&env_py).expect("it is there");
    let run = |arguments: &[&str]| {
        let output = judge::rechain(dir.path(), arguments);
        (output.status.code(), judge::printed(&output))
    };
    let (_, diff) = run(&["check", "--plan", "env", "--diff"]);
    assert!(diff.contains("+target_metadata = db.metadata"), "{diff}");
    let remove = ["check", "--plan", "remove-environment", "--fix"];
    let (code, said) = run(&remove);
    assert!(code == Some(2) && said.contains("What only alembic/env.py says is lost"), "{said}");
    assert_eq!(std::fs::read(&env_py).expect("it stays"), before);
    let (_, said) = run(&[&remove[..], &["--unsafe-fixes"]].concat());
    assert!(said.contains("removed alembic/env.py") && !env_py.exists(), "{said}");
    let (code, said) = run(&["check", "--plan", "remove-environment", "--diff"]);
    assert!(code == Some(1) && said.contains("is not on offer here"), "{said}");
    run(&["undo"]);
    assert_eq!(std::fs::read(&env_py).expect("it is back"), before);
    let (code, _) = run(&["check", "--plan", "env", "--fix"]);
    assert!(code == Some(2), "importing modules runs them");
    let (_, said) = run(&["check", "--plan", "env", "--fix", "--unsafe-fixes"]);
    assert!(said.contains("rewrote alembic/env.py") && !said.contains("target-metadata-none"), "{said}");
}
