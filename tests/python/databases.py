"""Runs migrations with real Alembic on a real, empty database: one JSON object a line comes in, one goes out.

A question has `dir`, a folder, and `dialect`, `sqlite` or `postgresql`. Without more, the folder's alembic.ini counts;
`script_location` and `version_locations` count instead of what it says. It may also have

    stubs      replaces what cannot be imported (see standins.py), and imports first what env.py imports, where a
               migration speaks of metadata
    sys_path   folders to import from, besides `dir`
    arguments  keywords with which the migrations' functions are called, as the project's own env.py does
    autocommit   each statement is a transaction of its own, as the project's own env.py has it
    naming_convention  that of the project's metadata, which names constraints that migrations leave unnamed
    setup      statements that are executed first, as the project's own program does; `url` is the database's address
    passed_over  revisions that are taken for done without being run
    downgrade  after all the upgrades, runs each downgrade on what its own upgrade left
    limit      seconds; 120, and as many for the downgrades

The answer has

    order      the revisions that were applied
    steps      one for each: `revision`, `path`, `tables`, `enums`, and `stubbed`, the stand-ins that its file uses. Only
               tables and enums that are others than a step before are there; null is one that is gone
    failure    null, or the first failure: `revision` (null if Alembic did not come to run any), `path`, `class`,
               `message`, `kind`, `origin`, `line` in the migration's file; from a database also `code` and `statement`.
               Kinds and origins are those of faults.py, and `time-limit`
    heads      those of the folder
    down       where downgrades were asked for and the upgrade went through: `back`, which has `revision` and `failure`,
               null or such a one, for each, and `failure`, why the rest of them were not come to
    stubbed    the stand-ins that the migrations use, `modules` of the project that did not load, and why, and `partly`,
               the migrations of which only some statements could be run

The folder's env.py is not run, but perhaps for the imports at its top. Each revision is a transaction of its own. For the way back
a database is made anew, by a command for each upgrade, and each downgrade is a command on a copy of it. Each question is
answered in processes of its own, with a home of its own, that may write nowhere else and start nothing: a seat belt, not a
sandbox.
"""

import ast
import atexit
import contextlib
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings

import alembic.command  # noqa: F401, loaded once for all the processes that answer
import psycopg2
import sqlalchemy
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep
from alembic.script import ScriptDirectory
import sqlalchemy.orm  # noqa: F401, every project's env.py brings it in with its models
from sqlalchemy import inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.pool import NullPool

import faults
import judge
import standins
import stubs

LIMIT = 120
# A stand-in where a number is meant can make a program that never has enough.
MEMORY = 4 << 30
HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "alembic_version"


# What a database holds.


def typed(type_, dialect):
    try:
        return type_.compile(dialect=dialect)
    except Exception:
        return str(type_)


def described(columns, primary, unique, foreign, indexes, checks, dialect):
    """A table or a view, with everything that has no order of its own sorted."""
    table = {
        "columns": [
            {
                "name": column["name"],
                "type": typed(column["type"], dialect),
                "nullable": column["nullable"],
                "default": column.get("default"),
            }
            for column in columns
        ],
        "primary_key": {"name": primary.get("name"), "columns": primary.get("constrained_columns", [])},
        "unique": [{"name": row["name"], "columns": row["column_names"]} for row in unique],
        "foreign_keys": [
            {
                "name": row["name"],
                "columns": row["constrained_columns"],
                "to": ".".join(filter(None, [row.get("referred_schema"), row["referred_table"]])),
                "to_columns": row["referred_columns"],
                "ondelete": row.get("options", {}).get("ondelete"),
            }
            for row in foreign
        ],
        "indexes": [
            {"name": row["name"], "columns": row.get("expressions") or row["column_names"], "unique": bool(row["unique"])}
            for row in indexes
            if not row.get("duplicates_constraint")
        ],
        "checks": [row["name"] for row in checks],
    }
    for name in ("unique", "foreign_keys", "indexes", "checks"):
        table[name].sort(key=lambda row: json.dumps(row, default=str))
    return table


class Sqlite:
    """Looks again only at tables of which SQLite keeps another text than before."""

    def __init__(self, folder):
        self.url = URL.create("sqlite", database=os.path.join(folder, "database.sqlite"))
        self.options = {}
        self.texts = {}
        self.tables = {}

    @contextlib.contextmanager
    def copied(self):
        """The address of a copy, which is gone afterwards."""
        copy = self.url.database + ".copy"
        shutil.copyfile(self.url.database, copy)
        try:
            yield self.url.set(database=copy)
        finally:
            os.remove(copy)

    def look(self, connection):
        texts = {}
        kinds = {}
        for kind, name, table, sql in connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master")):
            if table.startswith("sqlite_") or table == MARK:
                continue
            texts.setdefault(table, []).append((kind, name, sql or ""))
            if kind in ("table", "view"):
                kinds[table] = kind
        reader = inspect(connection)
        tables = {}
        for name, kind in kinds.items():
            texts[name].sort()
            same = texts[name] == self.texts.get(name)
            tables[name] = self.tables[name] if same else self.table(reader, name, kind, connection.dialect)
        self.texts, self.tables = texts, tables
        return tables, {}

    def table(self, reader, name, kind, dialect):
        try:
            if kind == "view":
                return {"view": True, **described(reader.get_columns(name), {}, [], [], [], [], dialect)}
            return described(
                reader.get_columns(name),
                reader.get_pk_constraint(name),
                reader.get_unique_constraints(name),
                reader.get_foreign_keys(name),
                reader.get_indexes(name),
                reader.get_check_constraints(name),
                dialect,
            )
        except Exception as error:
            # A view whose table is gone, or a definition that SQLAlchemy does not understand.
            return {"unreadable": "%s: %s" % (type(error).__name__, error)}


class Postgresql:
    def __init__(self, folder, name):
        self.folder = folder
        self.url = URL.create("postgresql+psycopg2", "postgres", database=name, query={"host": folder})
        self.options = {"connect_args": {"options": "-c lock_timeout=10s"}}

    @contextlib.contextmanager
    def copied(self):
        """The same. Nobody may be connected, as after a command nobody is, unless the project itself has connected."""
        name, copy = self.url.database, self.url.database + "_copy"
        administer(self.folder, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'" % name)
        administer(self.folder, "CREATE DATABASE %s TEMPLATE %s" % (copy, name))
        try:
            yield self.url.set(database=copy)
        finally:
            administer(self.folder, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % copy)

    def look(self, connection):
        reader = inspect(connection)
        tables, enums = {}, {}
        for schema in reader.get_schema_names():
            if schema == "information_schema" or schema.startswith("pg_"):
                continue
            asked = {"schema": None if schema == "public" else schema, "kind": ObjectKind.ANY}
            columns = reader.get_multi_columns(**asked)
            if columns:
                views = set(reader.get_view_names(asked["schema"])) | set(
                    reader.get_materialized_view_names(asked["schema"])
                )
                primary = reader.get_multi_pk_constraint(**asked)
                unique = reader.get_multi_unique_constraints(**asked)
                foreign = reader.get_multi_foreign_keys(**asked)
                indexes = reader.get_multi_indexes(**asked)
                checks = reader.get_multi_check_constraints(**asked)
            for key in columns:
                if key == (None, MARK):
                    continue
                table = described(
                    columns[key],
                    primary.get(key) or {},
                    unique.get(key) or [],
                    foreign.get(key) or [],
                    indexes.get(key) or [],
                    checks.get(key) or [],
                    connection.dialect,
                )
                if key[1] in views:
                    table = {"view": True, **table}
                tables[".".join(filter(None, key))] = table
            for row in reader.get_enums(asked["schema"]):
                enums[".".join(filter(None, [asked["schema"], row["name"]]))] = row["labels"]
        return tables, enums


def changed(old, new):
    """What is another one than before; null for what is gone."""
    rows = {name: value for name, value in new.items() if old.get(name) != value}
    rows.update({name: None for name in old if name not in new})
    return rows


# One answer, in a process of its own.


class Run:
    """Upgrades and downgrades, and tells after each step what has changed."""

    def __init__(self, question, base, tell):
        self.question = question
        self.base = base
        self.tell = tell
        self.step = None
        self.engine = None
        self.seen = ({}, {})
        # For which types Alembic has been at work.
        self.memo = {}

    def connect(self, url):
        options = {"isolation_level": "AUTOCOMMIT"} if self.question.get("autocommit") else {}
        self.engine = sqlalchemy.create_engine(url, poolclass=NullPool, **self.base.options, **options)

    def look(self):
        """The changes since the last look."""
        with self.engine.connect() as connection:
            found = self.base.look(connection)
        tables, enums = changed(self.seen[0], found[0]), changed(self.seen[1], found[1])
        self.seen = found
        return {"tables": tables, "enums": enums}

    def walked(self, steps):
        """The steps, one by one; after each, what it did."""
        for step in steps:
            self.begin(step.revision)
            # Alembic runs it, commits, and asks for the next.
            yield self.allowed(step)
            script = self.step
            self.tell({
                "step": {
                    "revision": script.revision,
                    "path": judge.below(self.question["dir"], script.path),
                    "stubbed": standins.used.by(script.path),
                    **self.look(),
                }
            })
            self.step = None

    def begin(self, script):
        self.step = script
        self.tell({"begun": script.revision})

    def allowed(self, step):
        """The step, which does nothing where it is passed over."""
        if step.revision.revision in self.question.get("passed_over", ()):
            step.migration_fn = lambda **_: None
        return step

    def go(self, config, directory, steps, memo=None):
        """A command that takes the steps; what they are depends on the revisions that the database has. With a memo it
        goes on with what another one has made."""
        environment = EnvironmentContext(config, directory, fn=lambda heads, context: steps(heads), as_sql=False)
        with environment, self.engine.connect() as connection:
            metadata = sqlalchemy.MetaData(naming_convention=self.question.get("naming_convention"))
            environment.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
            if memo is not None:
                environment.get_context().impl.memo = memo
            with environment.begin_transaction():
                environment.run_migrations(**self.question.get("arguments", {}))

    def failure(self, error):
        script = self.step
        path = script.path if script is not None else self.loading
        return {
            "revision": script.revision if script is not None else None,
            "path": judge.below(self.question["dir"], path) if path is not None else None,
            **faults.told(error, path),
        }

    def answer(self):
        self.loading = None
        try:
            config = judge.configuration(self.question)
            config.set_main_option("sqlalchemy.url", self.engine.url.render_as_string(False).replace("%", "%%"))
            directory = ScriptDirectory.from_config(config)
            if self.question.get("stubs"):
                standins.install(directory._version_locations, self.question["sys_path"])
                if speak_of_metadata(directory._version_locations):
                    imported(os.path.join(directory.dir, "env.py"))
            exec(self.question.get("setup", ""), {"url": self.engine.url.render_as_string(False)})
            self.note_loading()
            if "back" in self.question:
                known = self.load(directory).revision_map
                for revision in self.question["back"]:
                    self.back(config, directory, known.get_revision(revision))
            else:
                self.go(config, directory, lambda heads: self.walked(self.load(directory)._upgrade_revs("heads", heads)))
        except Exception as error:
            self.tell({"failure": self.failure(error)})

    def back(self, config, directory, script):
        """Runs an upgrade, and in a copy of what it left its downgrade."""
        self.begin(script)

        def command(url, make, memo=None):
            self.connect(url)
            self.go(config, directory, lambda _: [self.allowed(make(directory.revision_map, script))], memo)

        # All the upgrades are meant to be one command.
        command(self.base.url, MigrationStep.upgrade_from_script, self.memo)
        failure = None
        with self.base.copied() as copy:
            try:
                command(copy, MigrationStep.downgrade_from_script)
            except Exception as error:
                failure = self.failure(error)
        self.step = None
        self.tell({"back": {"revision": script.revision, "failure": failure}})

    def load(self, directory):
        """Loads the files where `alembic upgrade` does: with a connection, which what is outside of functions may use."""
        known = directory.revision_map._revision_map
        self.loading = None
        judge.settle(known)
        self.tell({"heads": sorted(directory.revision_map._real_heads)})
        return directory

    def note_loading(self):
        """Keeps the path of the file that Alembic is loading."""
        load = alembic.util.load_python_file

        def noted(folder, name):
            self.loading = os.path.join(str(folder), str(name))
            return load(folder, name)

        alembic.util.load_python_file = noted


def speak_of_metadata(folders):
    """Whether a migration asks a model or a base for its metadata. Others do not need what env.py imports, which may do more
    than a project's models: set up its own database, for one."""
    for folder in folders:
        for entry in os.scandir(folder):
            if entry.name.endswith(".py"):
                with open(entry.path, "rb") as file:
                    if b".metadata" in file.read():
                        return True
    return False


def imported(env_py):
    """Runs the imports at the top of env.py: that is how a project's models come to its metadata."""
    try:
        with open(env_py, "rb") as file:
            statements = ast.parse(file.read()).body
    except (OSError, SyntaxError, ValueError):
        return
    space = {"__name__": "env_py", "__file__": env_py}
    for statement in statements:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            try:
                exec(compile(ast.Module([statement], []), env_py, "exec"), space)
            except (Exception, SystemExit):
                # Without it, the migrations still say what they say.
                pass


def plain_percents():
    """Lets a statement with a per cent sign that is no placeholder pass, as drivers do that have other placeholders."""
    execute = sqlalchemy.Connection.exec_driver_sql

    def exec_driver_sql(self, statement, parameters=None, execution_options=None):
        if parameters is None and re.search(r"%(?![%s(])", statement):
            execution_options = {**(execution_options or {}), "no_parameters": True}
        return execute(self, statement, parameters, execution_options)

    sqlalchemy.Connection.exec_driver_sql = exec_driver_sql


def belted(home):
    """Refuses to write outside the home, to start programs and to open connections."""
    home = os.path.join(os.path.realpath(home), "")

    def at_home(path):
        return isinstance(path, (str, bytes)) and os.path.realpath(os.fsdecode(path)).startswith(home)

    def refuse(name, args):
        if name == "open":
            writes = isinstance(args[2], int) and args[2] & stubs.WRITING
            if writes and args[0] != os.devnull and not isinstance(args[0], int) and not at_home(args[0]):
                raise PermissionError("a migration may not write %r" % (args[0],))
        elif name in stubs.REFUSED and not (name.startswith(("os.m", "os.r", "shutil.")) and at_home(args[0])):
            raise PermissionError("a migration may not do this: %s" % name)

    sys.addaudithook(refuse)


def answer_in(home, question, base, pipe):
    """What the process does that answers."""
    signal.alarm(int(question["limit"]) + 5)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    out = os.fdopen(pipe, "w", encoding="utf-8")

    def tell(part):
        out.write(json.dumps(part, default=repr) + "\n")
        out.flush()

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.environ.clear()
    os.environ.update({"HOME": home, "TMPDIR": home, "PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"})
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = os.path.join(home, name.lower())
    tempfile.tempdir = home
    sys.argv = ["alembic"]
    sys.path[:] = [place for place in sys.path if os.path.realpath(place or ".") != os.path.realpath(HERE)]
    sys.path += question["sys_path"]
    run = Run(question, base, tell)
    run.connect(base.url)
    plain_percents()
    belted(home)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.answer()
    partly = [judge.below(question["dir"], path) for path in standins.used.files]
    tell({"end": {"stubbed": standins.used.all(), "modules": standins.used.modules, "partly": partly}})


# The process that asks for answers.


def administer(folder, statement):
    """Runs a statement outside of all the databases that are asked about."""
    connection = psycopg2.connect(host=folder, user="postgres", dbname="template1")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


class Server:
    """PostgreSQL, started when the first question needs it."""

    def __init__(self):
        self.folder = None
        self.process = None
        self.n = 0

    def start(self):
        folder = os.path.join(tempfile.mkdtemp(prefix="judge-"), "")
        # Its end is that of this process: then its standard input is closed.
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "server.py"), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.folder = self.process.stdout.readline().decode().strip()
        if not self.folder:
            raise SystemExit("there is no PostgreSQL")
        atexit.register(self.stop)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def database(self):
        if self.process is None:
            self.start()
        self.n += 1
        name = "judge%d" % self.n
        administer(self.folder, "CREATE DATABASE %s TEMPLATE template0" % name)
        return name

    def drop(self, name):
        for own in (name, name + "_copy"):
            administer(self.folder, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % own)


server = Server()


def collected(pipe, limit):
    """What the process told until it ended or the time was over: the answer, and whether it came to its end."""
    answer = {"order": [], "steps": [], "back": [], "failure": None, "heads": None}
    begun, ended = None, False
    until = time.monotonic() + limit
    left = b""
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0, until - time.monotonic()))
        part = os.read(pipe, 1 << 20) if ready else b""
        *lines, left = (left + part).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "begun" in told:
                begun = told["begun"]
            elif "step" in told:
                begun = None
                answer["order"].append(told["step"]["revision"])
                answer["steps"].append(told["step"])
            elif "back" in told:
                begun = None
                answer["back"].append(told["back"])
            elif "heads" in told:
                answer["heads"] = told["heads"]
            elif "failure" in told:
                begun = None
                answer["failure"] = told["failure"]
            else:
                answer.update(told["end"])
                ended = True
        if not part:
            break
    if not ended:
        over = not ready
        answer["failure"] = {
            "revision": begun,
            "path": None,
            "class": "TimeLimit" if over else "Died",
            "message": "still busy after %s seconds" % limit if over else "the process ended before its answer did",
            "kind": "time-limit" if over else "other",
            "origin": "python",
            "line": None,
        }
    return answer


def answered(question):
    question = dict(question)
    question["dir"] = os.path.realpath(question["dir"])
    question["sys_path"] = [question["dir"]] + [os.path.realpath(place) for place in question.get("sys_path", [])]
    question.setdefault("limit", LIMIT)
    answer = asked(question)
    del answer["back"]
    answer["down"] = None
    if question.get("downgrade") and answer["failure"] is None:
        down = asked({**question, "back": answer["order"]})
        answer["down"] = {"back": down["back"], "failure": down["failure"]}
    return {
        "alembic": alembic.__version__,
        "sqlalchemy": sqlalchemy.__version__,
        "dialect": question["dialect"],
        "stubbed": [],
        "modules": {},
        "partly": [],
        **answer,
    }


def asked(question):
    """What a process of its own tells, on a database of its own."""
    name = server.database() if question["dialect"] == "postgresql" else None
    home = tempfile.mkdtemp(prefix="judge-home-")
    try:
        base = Postgresql(server.folder, name) if name else Sqlite(home)
        incoming, outgoing = os.pipe()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
                os.close(incoming)
                answer_in(home, question, base, outgoing)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(outgoing)
        try:
            return collected(incoming, question["limit"])
        finally:
            os.close(incoming)
            try:
                os.killpg(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.waitpid(child, 0)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        if name:
            server.drop(name)


def main():
    # What migrations print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.dont_write_bytecode = True
    for line in sys.stdin.buffer:
        answers.write(json.dumps(answered(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
