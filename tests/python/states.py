"""What real Alembic does to databases that have run something, with the files as they were and as a repair leaves them.

    python states.py FOLDER < questions.json > answers.json

A question names folders below FOLDER: `before`, `rows`, and the folders `after`; `dialect`, `sqlite` or `postgresql`; `table`,
where the revision is kept, and `schemas` that are made first. A database is brought to the rows with the files of `before`,
and a copy of it is upgraded with those of each `after`. An answer has

    rows      what its version table holds then; nothing where Alembic does not come there
    ran       what ran on the way
    tables    the tables that are there then
    current   what `alembic current` prints there
    mended    for each of `by_hand`, a folder and commands: the rows and tables after them, and what was raised
    scripts   for each of `scripts`, a folder, a script and whether a shell is to run it: the same after it, whether the schema
              is that which an empty database gets, and whether it left a database alone that holds another row too
    upgrades  for each `after`: what ran, and what was raised
"""

import io
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings

from alembic import command
from alembic.config import Config

# What an empty database gets with the files of a folder.
EMPTY = {}
# Lines of a script that only a shell needs.
OF_THE_SHELL = ("#", "set -eu", ": ", "sql() {", "record=", "mark=", "printf ")

SHIMS = {
    "alembic": "from alembic.config import main\nmain(prog='alembic', argv=sys.argv[1:])\n",
    "sqlite3": "import sqlite3\nsqlite3.connect(sys.argv[-1], isolation_level=None).executescript(sys.stdin.read())\n",
    "psql": "import psycopg2\nc = psycopg2.connect(sys.argv[-1])\nc.autocommit = True\nc.cursor().execute(sys.stdin.read())\n",
}


class Sqlite:
    def __init__(self, path):
        self.path = path
        self.url = "sqlite:///" + path
        self.client = path

    def copy(self):
        if os.path.exists(self.path):
            shutil.copy(self.path, self.path + ".copy")
        return Sqlite(self.path + ".copy")

    def fresh(self):
        return Sqlite(self.path + ".fresh")

    def execute(self, script):
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            connection.executescript(script)
        finally:
            connection.close()

    def asked(self, query):
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def tables(self):
        return [name for name, in self.asked("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def columns(self):
        return self.asked("SELECT name, sql FROM sqlite_master WHERE type = 'table'")

    def drop(self):
        if os.path.exists(self.path):
            os.remove(self.path)


class Postgresql:
    def __init__(self, name=None):
        from databases import server

        self.server = server
        self.name = name or server.database()
        self.url = "postgresql+psycopg2://postgres@/%s?host=%s" % (self.name, server.folder)
        self.client = "postgresql://postgres@/%s?host=%s" % (self.name, server.folder)

    def copy(self):
        from databases import administer

        name = self.name + "_copy"
        administer(self.server.folder, "CREATE DATABASE %s TEMPLATE %s" % (name, self.name))
        return Postgresql(name)

    def fresh(self):
        return Postgresql()

    def connection(self):
        import psycopg2

        connection = psycopg2.connect(self.client)
        connection.autocommit = True
        return connection

    def execute(self, script):
        connection = self.connection()
        try:
            connection.cursor().execute(script)
        finally:
            connection.close()

    def asked(self, query):
        import psycopg2

        connection = self.connection()
        try:
            cursor = connection.cursor()
            cursor.execute(query)
            return cursor.fetchall()
        except psycopg2.Error:
            return []
        finally:
            connection.close()

    def tables(self):
        return [name for name, in self.asked("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]

    def columns(self):
        return self.asked(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public'"
        )

    def drop(self):
        from databases import administer

        administer(self.server.folder, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % self.name)


class Asked:
    """What is asked about one state."""

    def __init__(self, root, question):
        self.root = root
        self.question = question
        self.table = question.get("table", "alembic_version")

    def rows(self, database):
        return sorted(row for row, in database.asked("SELECT version_num FROM %s" % self.table))

    def schema(self, database):
        own = self.table.rsplit(".", 1)[-1]
        return sorted(row for row in database.columns() if row[0] != own)

    def made(self, database):
        for schema in self.question.get("schemas", ()):
            database.execute("CREATE SCHEMA %s" % schema)
        return database

    def run(self, folder, database, run):
        """What ran, what was raised and what was printed while a command ran."""
        printed, ran = io.StringIO(), []
        config = Config(os.path.join(self.root, folder, "alembic.ini"), stdout=printed)
        config.attributes.update(url=database.url, ran=ran)
        raised = None
        try:
            run(config)
        except Exception as error:
            raised = "%s: %s" % (type(error).__name__, error)
        return ran, raised, printed.getvalue()

    def command(self, folder, database, words):
        name, *rest = words
        purge, revisions = "--purge" in rest, [word for word in rest if word != "--purge"]
        run = {
            "stamp": lambda config: command.stamp(config, revisions, purge=purge),
            "upgrade": lambda config: command.upgrade(config, revisions[0]),
            "current": command.current,
        }[name]
        return self.run(folder, database, run)[1]

    def mended(self, database, folder, commands):
        copied, raised = database.copy(), None
        for words in commands:
            raised = raised or self.command(folder, copied, words)
        told = {"raised": raised, "rows": self.rows(copied), "tables": copied.tables()}
        copied.drop()
        return told

    def carried_out(self, database, folder, script):
        """What was raised while a script was carried out, step by step."""
        lines = iter(script.splitlines())
        for line in lines:
            if line == "sql <<'SQL'":
                text = "\n".join(iter(lambda: next(lines), "SQL"))
                try:
                    database.execute(text)
                except Exception as error:
                    return "%s: %s" % (type(error).__name__, error)
            elif line.startswith("alembic "):
                raised = self.command(folder, database, line.split()[1:])
                if raised:
                    return raised
            elif line.startswith("if ["):
                # It looks for its own record, which only a shell keeps.
                list(iter(lambda: next(lines), "fi"))
            elif line and not line.startswith(OF_THE_SHELL):
                return "what is this? " + line
        return None

    def by_shell(self, database, folder, script):
        """The same in a shell, with what it calls."""
        programs = os.path.join(self.root, "programs")
        if not os.path.exists(programs):
            os.makedirs(programs)
            for name, text in SHIMS.items():
                if name == "alembic" or not shutil.which(name):
                    place = os.path.join(programs, name)
                    with open(place, "w") as file:
                        file.write("#!%s\nimport sys\n%s" % (sys.executable, text))
                    os.chmod(place, 0o755)
        path = programs + os.pathsep + os.environ.get("PATH", "")
        env = dict(os.environ, PATH=path, STATES_URL=database.url, DATABASE=database.client)
        place = os.path.join(self.root, folder)

        def run():
            return subprocess.run(["sh"], input=script, cwd=place, env=env, capture_output=True, text=True)

        record = os.path.join(place, "recovery.done")
        if os.path.exists(record):
            os.remove(record)
        done = run()
        if done.returncode == 0:
            again = run()
            if again.returncode == 0 or "Nothing was done" not in again.stderr:
                return "it runs a second time: " + again.stdout + again.stderr
        return None if done.returncode == 0 else done.stdout + done.stderr

    def empty(self, database, folder):
        """The rows and the schema that an empty database gets, once for each folder."""
        if (folder, self.table) not in EMPTY:
            fresh = self.made(database.fresh())
            _, raised, _ = self.run(folder, fresh, lambda config: command.upgrade(config, "heads"))
            EMPTY[folder, self.table] = (raised, self.rows(fresh), self.schema(fresh))
            fresh.drop()
        return EMPTY[folder, self.table]

    def recovered(self, database, folder, script, by_shell):
        carry_out = self.by_shell if by_shell else self.carried_out
        copied, is_guarded = database.copy(), True
        if self.question["rows"]:
            copied.execute("INSERT INTO %s (version_num) VALUES ('another')" % self.table)
            before = (self.rows(copied), self.schema(copied))
            refused = carry_out(copied, folder, script)
            is_guarded = refused is not None and before == (self.rows(copied), self.schema(copied))
            copied.execute("DELETE FROM %s WHERE version_num = 'another'" % self.table)
        raised = carry_out(copied, folder, script)
        told = {"raised": raised, "rows": self.rows(copied), "tables": copied.tables(), "is_guarded": is_guarded}
        failed, told["heads"], schema = self.empty(database, folder)
        # What a revision made whose file is gone stays, and nothing else is there that the files do not make.
        before, made = ({row[0] for row in rows} for rows in (self.schema(database), schema))
        own = [row for row in self.schema(copied) if row[0] in made or row[0] not in before]
        told["is_whole"] = failed is None and own == schema
        copied.drop()
        return told

    def answered(self, database):
        question = self.question
        before, ran = question["before"], []
        for row in question["rows"]:
            done, raised, _ = self.run(before, database, lambda config: command.upgrade(config, row))
            ran += done
            if raised:
                return {"rows": None, "why": raised}
        told = {"rows": self.rows(database), "ran": ran, "tables": database.tables(), "upgrades": []}
        _, _, told["current"] = self.run(before, database, command.current)
        told["mended"] = [self.mended(database, *case) for case in question["by_hand"]]
        told["scripts"] = [self.recovered(database, *case) for case in question.get("scripts", [])]
        for after in question["after"]:
            copied = database.copy()
            done, raised, _ = self.run(after, copied, lambda config: command.upgrade(config, "heads"))
            told["upgrades"].append({"ran": done, "raised": raised, "tables": copied.tables()})
            copied.drop()
        return told


def main(root):
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    answers = []
    for question in json.load(sys.stdin):
        asked = Asked(root, question)
        is_sqlite = question.get("dialect", "sqlite") == "sqlite"
        database = Sqlite(os.path.join(root, "database")) if is_sqlite else Postgresql()
        try:
            answers.append(asked.answered(asked.made(database)))
        finally:
            database.drop()
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
