//! Which database a project uses, as far as its files tell.
//!
//! What tells it has a rank. *Certain*: the address that Alembic connects to, written out. *Likely*: the default of a
//! setting, a driver that `env.py` or a migration imports, a type of one database that a migration uses without a
//! condition, a migration that raises on every other one. A *hint*: containers, CI, examples of settings, requirements,
//! addresses in what `env.py` imports. The best rank decides where all of it agree. SQLite as a default is a hint, and
//! decides nothing: many projects take a file where nothing is set, and a server where they are deployed.
//!
//! Of an address only the scheme is ever kept. `.env` is never read: it is where passwords stand, it belongs to one machine,
//! and what it tells of the database, its example and the code tell too.

mod calls;
mod driver;
mod env_py;
mod hints;
mod migrations;
mod values;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Environment, PythonFiles, Reach, Script};
use crate::ingest::TreePath;
pub use driver::Asyncpg;
pub(super) use driver::names_asyncpg;
use env_py::Override;
pub use hints::Hints;
pub(super) use values::given_to;
use values::{Found, Values};

/// What is known of a project's database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Database {
    /// SQLAlchemy's name of its dialect; nothing where nothing tells, or where what tells it best does not agree.
    pub name: Option<&'static str>,
    /// What tells, best first.
    pub evidence: Vec<Evidence>,
    /// Whether migrations reach it through asyncpg.
    pub asyncpg: Asyncpg,
}

/// A place that tells which database is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// How much it tells.
    pub rank: Rank,
    /// The file.
    pub path: TreePath,
    /// The line, from 1.
    pub line: u32,
    /// SQLAlchemy's name of the dialect.
    pub name: &'static str,
    /// What stands there, as a phrase: `sqlalchemy.url`.
    pub what: String,
}

/// How much a place tells of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    /// It is what Alembic connects to.
    Certain,
    /// It is so unless something else is set.
    Likely,
    /// It points that way.
    Hint,
}

/// Which database an environment's migrations run on; `reach` is what its `env.py` imports, and `hints` what stands beside
/// the code.
pub fn find_database(
    files: &PythonFiles<'_>,
    hints: &Hints<'_>,
    environment: &Environment,
    reach: Option<&Reach>,
    scripts: &[Script],
) -> Database {
    let mut evidence = Vec::new();
    let values = Values::of(files, &environment.prepended);
    let said = env_py::read(&values, environment, reach);
    let configured = environment.config.as_ref().and_then(|config| config.settings.database.as_ref());
    if let Some(url) = configured.filter(|_| said.overrides != Override::Always) {
        let is_default = said.overrides == Override::Perhaps;
        evidence.push(Evidence {
            rank: rank(url.name, is_default),
            path: url.path.clone(),
            line: url.line,
            name: url.name,
            what: "sqlalchemy.url".to_owned(),
        });
    }
    let is_required = || hints.require("asyncpg");
    let asyncpg = match environment.env_py.as_ref().and_then(|own| Some((own, files.parsed(&own.path)?))) {
        Some((env_py, parsed)) => driver::asyncpg(env_py, &parsed.program, configured, &said, is_required),
        None => Asyncpg::Never,
    };
    let is_told = !said.found.is_empty();
    let (aside, found): (Vec<_>, Vec<_>) = said.found.into_iter().partition(|found| found.is_aside);
    evidence.extend(found.into_iter().map(|found| told(files, found)));
    // Defaults that do not agree are hints.
    let is_one = evidence.iter().all(|one| one.name == evidence[0].name);
    if !is_one && evidence.iter().all(|one| one.rank != Rank::Certain) {
        evidence.iter_mut().for_each(|one| one.rank = Rank::Hint);
    }
    evidence.extend(aside.into_iter().map(|found| Evidence { rank: Rank::Hint, ..told(files, found) }));
    evidence.extend(migrations::evidence(files, environment, scripts));
    if !is_told && said.overrides != Override::Never {
        evidence.extend(hints::addresses(files, reach));
    }
    evidence.extend(hints.beside(environment.project()));
    evidence.sort();
    evidence.dedup_by(|one, other| (&one.path, one.line, one.name) == (&other.path, other.line, other.name));
    let name = decide(&evidence);
    let mut told = BTreeMap::<_, usize>::new();
    evidence.retain(|one| {
        let n = told.entry((one.rank, one.name)).or_default();
        *n += 1;
        *n <= MOST
    });
    Database { name, evidence, asyncpg }
}

/// As many places are told of one database and rank.
const MOST: usize = 3;

/// What the best rank agrees on.
fn decide(evidence: &[Evidence]) -> Option<&'static str> {
    let first = evidence.first()?;
    let agrees =
        evidence.iter().filter(|other| other.rank == first.rank).all(|other| other.name == first.name);
    (agrees && (first.rank, first.name) != (Rank::Hint, SQLITE)).then_some(first.name)
}

const SQLITE: &str = "sqlite";

fn rank(name: &str, is_default: bool) -> Rank {
    match (is_default, name) {
        (false, _) => Rank::Certain,
        (true, SQLITE) => Rank::Hint,
        (true, _) => Rank::Likely,
    }
}

fn told(files: &PythonFiles<'_>, found: Found) -> Evidence {
    let Found { name, path, range, is_default, .. } = found;
    let what = if is_default { "the default of a setting" } else { "the address" };
    Evidence {
        rank: rank(name, is_default),
        line: files.line(&path, range),
        path,
        name,
        what: what.to_owned(),
    }
}

/// SQLAlchemy's name of the dialect that an address begins with: `postgresql` for `postgres+asyncpg://…`; nothing for what is no
/// database.
pub(super) fn named(address: &str) -> Option<&'static str> {
    let scheme = address.trim_start().split_once("://")?.0;
    dialect(scheme.split('+').next().unwrap_or(scheme))
}

/// The dialect of that name, or of another that the same database goes by.
fn dialect(name: &str) -> Option<&'static str> {
    /// SQLAlchemy's own dialects and the commonest of others; a name, and what else it is called.
    const DIALECTS: [(&str, &[&str]); 11] = [
        ("postgresql", &["postgres", "postgis", "pgsql", "psql"]),
        ("mysql", &["mariadb"]),
        (SQLITE, &["sqlite3"]),
        ("mssql", &["sqlserver"]),
        ("oracle", &[]),
        ("cockroachdb", &["cockroach"]),
        ("redshift", &[]),
        ("snowflake", &[]),
        ("bigquery", &[]),
        ("clickhouse", &["clickhousedb"]),
        ("duckdb", &[]),
    ];
    let lower = name.to_ascii_lowercase();
    let is_it = |(own, others): &&(&str, &[&str])| *own == lower || others.contains(&lower.as_str());
    DIALECTS.iter().find(is_it).map(|(own, _)| *own)
}

/// The dialect whose databases a Python package speaks to.
fn driver(package: &str) -> Option<&'static str> {
    let name = package.to_ascii_lowercase().replace('-', "_");
    Some(match name.as_str() {
        "psycopg" | "psycopg2" | "psycopg2_binary" | "psycopg_binary" | "asyncpg" | "pg8000" => "postgresql",
        "pymysql" | "mysqldb" | "mysqlclient" | "aiomysql" | "asyncmy" | "mysql_connector_python" => "mysql",
        "aiosqlite" => SQLITE,
        "pymssql" | "pyodbc" => "mssql",
        "cx_oracle" | "oracledb" => "oracle",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;
    use crate::source::{Importable, find_environments};

    /// The database of a project whose `env.py` is given, and each evidence as `rank name file:line`.
    pub(super) fn database(env_py: &str, files: &[(&str, &str)]) -> (Option<&'static str>, Vec<String>) {
        let found = found(env_py, files);
        let shown =
            |one: &Evidence| format!("{:?} {} {}:{}", one.rank, one.name, one.path, one.line).to_lowercase();
        (found.name, found.evidence.iter().map(shown).collect())
    }

    fn found(env_py: &str, files: &[(&str, &str)]) -> Database {
        let mut tree = SourceTree::default();
        let env_py = format!("from alembic import context\n{env_py}");
        let own =
            [("m/env.py", env_py.as_str()), ("m/versions/a.py", "revision = 'a'\ndown_revision = None\n")];
        let ini = ("alembic.ini", "[alembic]\nscript_location = m\nprepend_sys_path = .\n");
        for (path, text) in own.iter().chain([&ini]).chain(files) {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let files = PythonFiles::of(&tree);
        let environment = &find_environments(&files)[0];
        let script = |path| files.script(path, Importable::default());
        let scripts: Vec<_> = environment.scripts.iter().filter_map(script).collect();
        let reach = Reach::of(&files, environment);
        find_database(&files, &Hints::of(&tree), environment, reach.as_ref(), &scripts)
    }

    const POSTGRESQL: Option<&str> = Some("postgresql");
    const SET: &str = "config.set_main_option('sqlalchemy.url', ";

    #[test]
    fn what_env_py_sets_is_followed_to_where_it_is_written() {
        for (url, more) in [
            ("'postgresql://u:p@h/d'", ""),
            ("os.getenv('URL', 'postgresql://h/d')", ""),
            ("os.environ.get('URL', default='postgres://h/d')", ""),
            ("os.environ.get('URL') or 'postgresql+asyncpg://h/d'", ""),
            ("f'postgresql+psycopg://{user}:{password}@{host}'", ""),
            ("f'{driver}://{user}'", "driver = 'postgresql'"),
            ("scheme + '://' + host", "scheme = 'postgresql+asyncpg'"),
            ("'postgresql://%s@%s' % (a, b)", ""),
            ("'postgresql://{}'.format(a)", ""),
            ("str(URL.create('postgresql+psycopg2', host=h))", ""),
            ("URL.create(drivername='postgresql').render_as_string(hide_password=False)", ""),
            (
                "get_url()",
                "def get_url():\n    user = os.getenv('USER', 'x')\n    return f'postgresql://{user}'",
            ),
            ("url", "url = 'postgresql://h/d'.replace('%', '%%')"),
            ("config('DATABASE_URL', default='postgresql://h')", "from decouple import config"),
        ] {
            let env_py = format!("{more}\n{SET}{url})\n");
            assert_eq!(database(&env_py, &[]).0, POSTGRESQL, "{env_py}");
        }
    }

    #[test]
    fn settings_of_the_project_are_followed() {
        let class = "class Settings(BaseSettings):\n";
        for (import, url, settings) in [
            ("from app.config import settings", "settings.url", format!("{class}    url: str = 'postgresql://h'\nsettings = Settings()")),
            ("from app.config import settings", "str(settings.url)", format!("{class}    url: PostgresDsn\nsettings = Settings()")),
            (
                "from app.config import settings",
                "settings.url.unicode_string()",
                format!("{class}    @property\n    def url(self):\n        return MultiHostUrl.build(scheme='postgresql+psycopg', host=self.h)\nsettings = Settings()"),
            ),
            (
                "from app.config import get_settings",
                "get_settings().url",
                format!("{class}    url: str = Field('postgresql://h', env='X')\ndef get_settings():\n    return Settings()"),
            ),
            (
                "from app.config import settings",
                "settings.url",
                format!("{class}    url: str = None\n    @validator('url', pre=True)\n    def make(cls, v):\n        return PostgresDsn.build(scheme='postgresql', host='h')\nsettings = Settings()"),
            ),
            ("import app.config", "app.config.URL", "URL = 'postgresql://h'".to_owned()),
            ("from app import config as c", "c.URL", "URL = os.environ.get('URL', 'postgresql://h')".to_owned()),
            (
                "from app.config import Config",
                "Config().url",
                "@dataclass\nclass Config:\n    host: str = 'h'\n    url: str = field(default_factory=lambda: 'postgresql://h')".to_owned(),
            ),
            ("from app.config import config", "config['db']['url']", "config = {'db': {'url': 'postgresql://h'}}".to_owned()),
            ("from app.config import db", "db.settings.url", "db = Db(url='postgresql://h')".to_owned()),
            (
                "from app.config import settings",
                "settings.url",
                "class S:\n    def __init__(self):\n        self.driver = 'postgresql'\n        self.url = f'{self.driver}://h'\nsettings = S()".to_owned(),
            ),
        ] {
            let env_py = format!("{import}\n{SET}{url})\n");
            let files = [("app/__init__.py", ""), ("app/config.py", settings.as_str())];
            assert_eq!(database(&env_py, &files).0, POSTGRESQL, "{url}: {settings}");
        }
    }

    #[test]
    fn asyncpg_is_certain_where_every_address_names_it_and_the_engine_is_asynchronous() {
        let ini = (
            "alembic.ini",
            "[alembic]\nscript_location = m\nsqlalchemy.url = postgresql+asyncpg://h/d\nprepend_sys_path = .\n",
        );
        let settings = "class Settings(BaseSettings):\n    url: str = 'postgresql+asyncpg://h/d'\n    \
                        plain: str = 'postgresql://h/d'\nsettings = Settings()\n";
        let others = [
            ini,
            ("app/config.py", settings),
            ("app/db.py", "from app.config import settings\nengine = create_async_engine(settings.url)\n"),
        ];
        let taken = "engine_from_config(config.get_section('alembic'))";
        let import = "from app.config import settings\n";
        let run = "async def go():\n    async with engine.connect() as c:\n        await c.run_sync(go_on)\n";
        for (env_py, expected) in [
            ("engine = async_engine_from_config(config.get_section('alembic'))".to_owned(), Asyncpg::Surely),
            (format!("engine = AsyncEngine({taken})"), Asyncpg::Surely),
            (format!("{import}engine = create_async_engine(settings.url)"), Asyncpg::Surely),
            (format!("{import}{SET}settings.url)\nengine = AsyncEngine({taken})"), Asyncpg::Surely),
            (
                format!(
                    "{import}engine = create_async_engine(settings.plain.replace('postgresql://', 'postgresql+asyncpg://'))"
                ),
                Asyncpg::Surely,
            ),
            (format!("from app.db import engine\n{run}"), Asyncpg::Surely),
            // Another driver is put in its place, or may be.
            (format!("{import}{SET}settings.url.replace('+asyncpg', ''))\n{taken}"), Asyncpg::Never),
            (
                format!("{import}{SET}settings.url.replace('+asyncpg', '+psycopg'))\nAsyncEngine({taken})"),
                Asyncpg::Never,
            ),
            (format!("{import}{SET}settings.url.replace(old, new))\nAsyncEngine({taken})"), Asyncpg::Perhaps),
            (
                format!("{import}from lib import other\n{SET}other(settings.url))\nAsyncEngine({taken})"),
                Asyncpg::Perhaps,
            ),
            (
                format!("{import}engine = create_async_engine(make_url(settings.url).set(drivername=name))"),
                Asyncpg::Perhaps,
            ),
            // It is not known which is used.
            (format!("if x:\n    {taken}\nelse:\n    async_engine_from_config(y)"), Asyncpg::Perhaps),
            (format!("connection = config.attributes['connection']\nAsyncEngine({taken})"), Asyncpg::Perhaps),
            (format!("{SET}os.environ['URL'])\nAsyncEngine({taken})"), Asyncpg::Perhaps),
            (taken.to_owned(), Asyncpg::Never),
        ] {
            assert_eq!(found(&env_py, &others).asyncpg, expected, "{env_py}");
        }
        let elsewhere = "from lib import engine\nwith engine.connect() as c:\n    go_on(c)\n";
        assert_eq!(found(elsewhere, &[]).asyncpg, Asyncpg::Never);
        let asked = ("requirements.txt", "asyncpg==0.30\n");
        assert_eq!(found(elsewhere, &[asked]).asyncpg, Asyncpg::Perhaps);
        let said = ("requirements.txt", "psycopg\n  # asyncpg==0.30\n");
        assert_eq!(found(elsewhere, &[said]).asyncpg, Asyncpg::Never);
        let offline = "if context.is_offline_mode():\n    context.configure(url='postgresql://h')\n";
        let env_py = format!("{import}{offline}engine = create_async_engine(settings.url)");
        assert_eq!(found(&env_py, &others).asyncpg, Asyncpg::Perhaps, "the addresses do not agree");
    }

    #[test]
    fn what_is_for_tests_or_only_written_out_does_not_count_beside_another() {
        let online =
            "engine = create_engine('postgresql://h/d')\nwith engine.connect() as c:\n    go_on(c)\n";
        let settings = (
            "app/config.py",
            "class S:\n    TEST_URL = 'sqlite:///t'\n    URL = 'postgresql://h/d'\nsettings = S()\n",
        );
        for (env_py, expected) in [
            (format!("def offline():\n    context.configure(url='sqlite:///off.db')\n{online}"), POSTGRESQL),
            (format!("def offline():\n    context.configure(url='mysql://h/d')\n{online}"), POSTGRESQL),
            ("if x:\n    url = 'sqlite:///test.db'\nelse:\n    url = 'postgresql://h/d'\ncreate_engine(url)".to_owned(), POSTGRESQL),
            ("if x:\n    url = 'sqlite://'\nelse:\n    url = 'postgresql://h/d'\ncreate_engine(url)".to_owned(), POSTGRESQL),
            ("from app.config import settings as s\ncreate_engine(s.TEST_URL if x else s.URL)".to_owned(), POSTGRESQL),
            // What is not plain is not known.
            ("if x:\n    url = 'sqlite:///latest.db'\nelse:\n    url = 'postgresql://h/d'\ncreate_engine(url)".to_owned(), None),
            ("if x:\n    url = 'sqlite:///' + y\nelse:\n    url = 'postgresql://h/d'\ncreate_engine(url)".to_owned(), None),
            ("if x:\n    url = 'postgresql://h/test'\nelse:\n    url = 'sqlite:///x.db'\ncreate_engine(url)".to_owned(), None),
            (format!("cache = create_engine('sqlite:///cache.db')\n{online}"), None),
            (
                "def url():\n    if x:\n        return u.set(drivername='sqlite+aiosqlite')\n    return u.set(drivername='postgresql+asyncpg')\n\
                 create_engine(url())"
                    .to_owned(),
                None,
            ),
            ("create_engine(URL.create('sqlite', database=f) if x else 'postgresql://h/d')".to_owned(), None),
            // Alone it counts.
            ("create_engine('sqlite:///test.db')".to_owned(), Some(SQLITE)),
            ("context.configure(url='sqlite:///off.db')".to_owned(), Some(SQLITE)),
            ("url = 'sqlite:///off.db'\ncontext.configure(url=url)\ncreate_engine(url)".to_owned(), Some(SQLITE)),
        ] {
            assert_eq!(database(&env_py, &[settings]).0, expected, "{env_py}");
        }
    }

    #[test]
    fn a_migration_that_raises_on_every_other_database_tells_which() {
        for (upgrade, expected) in [
            ("if op.get_bind().dialect.name != 'postgresql':\n        raise NotImplementedError", POSTGRESQL),
            (
                "bind = op.get_bind()\n    if bind.engine.name != 'mysql':\n        raise RuntimeError('no')",
                Some("mysql"),
            ),
            ("if dialect not in ('mysql', 'mariadb'):\n        raise RuntimeError('no')", Some("mysql")),
            (
                "if op.get_context().dialect.name == 'postgresql':\n        pass\n    else:\n        raise E",
                POSTGRESQL,
            ),
            // It refuses one, or not all others, or asks something else.
            ("if op.get_bind().dialect.name == 'sqlite':\n        raise NotImplementedError", None),
            ("if dialect not in ('mysql', 'postgresql'):\n        raise RuntimeError('no')", None),
            (
                "if dialect == 'mysql':\n        pass\n    elif dialect == 'sqlite':\n        pass\n    else:\n        raise E",
                None,
            ),
            ("if op.get_bind().dialect.name != 'postgresql':\n        return", None),
            ("if bind.name != 'postgresql':\n        raise E", None),
            ("raise NotImplementedError", None),
        ] {
            let migration = format!(
                "from alembic import op\nrevision = 'a'\ndown_revision = None\n\n\ndef upgrade():\n    {upgrade}\n"
            );
            let own = ("m/versions/a.py", migration.as_str());
            assert_eq!(database("", &[own]).0, expected, "{upgrade}");
        }
    }

    #[test]
    fn an_engine_counts_wherever_it_is_made() {
        let online = "with engine.connect() as c:\n    context.configure(connection=c)\n";
        let here = format!("engine = create_async_engine('postgresql+asyncpg://h')\n{online}");
        assert_eq!(database(&here, &[]).0, POSTGRESQL);
        let there = format!("from app.db import engine\n{online}");
        let db = ("app/db.py", "from app.config import URL\nengine = create_engine(URL)\n");
        let config = ("app/config.py", "URL = 'postgresql://h'\n");
        let (name, evidence) = database(&there, &[db, config]);
        assert_eq!((name, evidence[0].as_str()), (POSTGRESQL, "certain postgresql app/config.py:1"));
        let configured = "context.configure(url='postgresql://h')\n";
        assert_eq!(database(configured, &[]).0, POSTGRESQL);
    }

    const INI: (&str, &str) = (
        "alembic.ini",
        "[alembic]\nscript_location = m\nsqlalchemy.url = sqlite:///x.db\nprepend_sys_path = .\n",
    );

    #[test]
    fn the_configuration_s_address_counts_where_env_py_takes_it() {
        let takes = "engine_from_config(config.get_section('alembic'))\n";
        assert_eq!(
            database(takes, &[INI]),
            (Some("sqlite"), vec!["certain sqlite alembic.ini:3".to_owned()])
        );
        let overridden = format!("{takes}{SET}os.environ['URL'])\n");
        assert_eq!(database(&overridden, &[INI]), (None, vec![]));
        let section = format!(
            "section = config.get_section('alembic')\nsection['sqlalchemy.url'] = 'postgresql://h'\n{takes}"
        );
        assert_eq!(database(&section, &[INI]).0, POSTGRESQL);
        let perhaps = format!("{takes}if os.getenv('URL'):\n    {SET}os.environ['URL'])\n");
        assert_eq!(database(&perhaps, &[INI]), (None, vec!["hint sqlite alembic.ini:3".to_owned()]));
        let own = "config.get_main_option('sqlalchemy.url')";
        for falls_back in [
            format!("{takes}{SET}os.environ.get('URL', {own}))\n"),
            format!("{takes}url = os.getenv('URL') or {own}\n{SET}url)\n"),
            format!("{takes}def get_url():\n    return os.getenv('URL') or {own}\n{SET}get_url())\n"),
        ] {
            assert_eq!(database(&falls_back, &[INI]).1, ["hint sqlite alembic.ini:3"], "{falls_back}");
        }
        let program = (
            "app.py",
            "def run(url):\n    config = Config('alembic.ini')\n    config.set_main_option('sqlalchemy.url', url)\n",
        );
        assert_eq!(database(takes, &[INI, program]).1, ["hint sqlite alembic.ini:3"]);
        let driven = format!("connection = config.attributes.get('connection')\n{takes}");
        assert_eq!(database(&driven, &[INI]), (None, vec!["hint sqlite alembic.ini:3".to_owned()]));
        let template = (
            "alembic.ini",
            "[alembic]\nscript_location = m\nsqlalchemy.url = driver://user:pass@localhost/dbname\n",
        );
        assert_eq!(database(takes, &[template]), (None, vec![]));
    }

    #[test]
    fn a_default_of_sqlite_decides_nothing() {
        let env_py = format!("{SET}os.getenv('URL', 'sqlite:///x.db'))\n");
        assert_eq!(database(&env_py, &[]), (None, vec!["hint sqlite m/env.py:2".to_owned()]));
        let compose = ("docker-compose.yml", "services:\n  db:\n    image: \"postgres:16\"\n");
        assert_eq!(database(&env_py, &[compose]).0, None);
        let migration = (
            "m/versions/a.py",
            "from sqlalchemy.dialects import postgresql\nrevision = 'a'\ndown_revision = None\n\
             def upgrade():\n    op.add_column('t', sa.Column('c', postgresql.JSONB()))\n",
        );
        assert_eq!(database(&env_py, &[migration]).0, POSTGRESQL);
    }

    #[test]
    fn defaults_that_do_not_agree_decide_nothing() {
        let one = "os.getenv('A', 'postgresql://h')";
        let other = "os.getenv('B', 'sqlite:///x.db')";
        let env_py = format!("if x:\n    {SET}{one})\nelse:\n    {SET}{other})\n");
        assert_eq!(database(&env_py, &[]).0, None);
    }

    #[test]
    fn what_does_not_agree_is_not_known() {
        let env_py = format!("if x:\n    {SET}'postgresql://h')\nelse:\n    {SET}'mysql://h')\n");
        assert_eq!(database(&env_py, &[]).0, None);
    }

    #[test]
    fn hints_decide_where_nothing_else_does() {
        for (path, text) in [
            ("docker-compose.yml", "services:\n  db:\n    image: postgis/postgis:16-3.4\n"),
            (".github/workflows/ci.yml", "      - image: postgres\n"),
            (".env.example", "# URL=mysql://h\nDATABASE_URL=postgresql+asyncpg://user:secret@db/app\n"),
            ("requirements.txt", "fastapi\npsycopg2-binary==2.9\n"),
            ("pyproject.toml", "[project]\ndependencies = [\n  \"asyncpg>=0.29\",\n]\n"),
        ] {
            let env_py = format!("{SET}os.environ['URL'])\n");
            assert_eq!(database(&env_py, &[(path, text)]).0, POSTGRESQL, "{path}");
        }
        assert_eq!(
            database(&format!("{SET}x)\n"), &[("other/deep/in/docker-compose.yml", "image: mysql\n")]).0,
            None
        );
    }

    #[test]
    fn a_type_of_one_database_counts_where_no_condition_stands_before_it() {
        let used = |upgrade: &str| {
            let text = format!(
                "from sqlalchemy.dialects import postgresql\nfrom sqlalchemy.dialects.postgresql import JSONB\n\
                 revision = 'a'\ndown_revision = None\ndef upgrade():\n    {upgrade}\n"
            );
            database("context.run_migrations()\n", &[("m/versions/a.py", &text)]).0
        };
        for upgrade in [
            "op.create_table('t', sa.Column('c', postgresql.ARRAY(sa.Text())))",
            "op.add_column('t', sa.Column('c', JSONB))",
            "with op.batch_alter_table('t') as b:\n        b.add_column(sa.Column('c', JSONB()))",
        ] {
            assert_eq!(used(upgrade), POSTGRESQL, "{upgrade}");
        }
        for upgrade in [
            "if op.get_bind().dialect.name == 'postgresql':\n        op.add_column('t', sa.Column('c', JSONB))",
            "if name != 'postgresql':\n        return\n    op.add_column('t', sa.Column('c', JSONB))",
            "op.add_column('t', sa.Column('c', sa.JSON().with_variant(JSONB(), 'postgresql')))",
            "op.alter_column('t', 'c', existing_type=postgresql.UUID())",
            "pass",
        ] {
            assert_eq!(used(upgrade), None, "{upgrade}");
        }
    }

    #[test]
    fn a_flask_application_tells_its_database() {
        let env_py = "from flask import current_app\ndb = current_app.extensions['migrate'].db\n\
                      with db.engine.connect() as c:\n    context.configure(connection=c)\n";
        let app = |config: &str| format!("app = Flask(__name__)\n{config}\ndb = SQLAlchemy(app)\n");
        for config in [
            "app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql://h'",
            "app.config.update(SQLALCHEMY_DATABASE_URI='postgresql://h')",
            "app.config.from_mapping({'SQLALCHEMY_DATABASE_URI': 'postgresql://h'})",
            "class TestConfig:\n    SQLALCHEMY_DATABASE_URI = 'sqlite://'\nclass Config:\n    SQLALCHEMY_DATABASE_URI = os.environ.get('X', 'postgresql://h')",
        ] {
            assert_eq!(database(env_py, &[("app.py", &app(config))]).0, POSTGRESQL, "{config}");
        }
    }
}
