"""Runs single statements of migrations on a real, empty database: one JSON object a line comes in, one goes out.

A question has `dialect`, `sqlite` or `postgresql`, and `pieces`, each the body of an `upgrade()`, which are run by real
Alembic one after the other up to the first that fails. It may also have

    convention  the naming convention of the project's metadata
    look        the first piece after which the database is looked at; 0

The answer has

    states   for each piece that went through and is looked at, what is there then: `tables`, `views`, `enums`,
             `sequences`, `schemas`
    failure  null, or that of the first piece that fails: `at`, `kind` and what else faults.py tells

Everything is done in one process. On PostgreSQL a question is one transaction that is rolled back, on SQLite a database
in memory.
"""

import json
import os
import re
import sys
import warnings

import psycopg2
import sqlalchemy
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

import databases
import faults

BEGINNING = "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n"

# What is rolled back leaves its rows in the catalogue.
BETWEEN_CLEANINGS = 400

# All that is there, as one value. What a constraint keeps for itself, and what belongs to a column or an extension, is
# left out. Kinds of relations: r table, p partitioned table, f foreign table, v view, m materialized view, S sequence.
CATALOGUE = """
WITH spaces AS (
    SELECT oid, nspname AS name, CASE WHEN nspname = 'public' THEN '' ELSE nspname || '.' END AS prefix
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), relations AS (
    SELECT c.oid, s.prefix || c.relname AS name, c.relkind
    FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), columns AS (
    SELECT a.attrelid AS oid, json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', NOT a.attnotnull, 'key', false,
        'default', a.atthasdef OR a.attidentity <> '', 'generated', a.attgenerated <> '' OR a.attidentity <> ''
    ) ORDER BY a.attnum) AS all
    FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
), constraints AS (
    SELECT c.conrelid AS oid, json_agg(json_build_object(
        'name', c.conname, 'kind', c.contype,
        'columns', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
                    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),
        'to', (SELECT r.name FROM relations r WHERE r.oid = c.confrelid),
        'to_columns', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k(attnum, n)
                       JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum)
    ) ORDER BY c.conname) AS all
    FROM pg_constraint c WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') GROUP BY c.conrelid
), indexes AS (
    SELECT i.indrelid AS oid, json_agg(json_build_object(
        'name', c.relname, 'unique', i.indisunique,
        'columns', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
                    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
                    WHERE k.n <= i.indnkeyatts)
    ) ORDER BY c.relname) AS all
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
    GROUP BY i.indrelid
)
SELECT json_build_object(
    'tables', (SELECT coalesce(json_object_agg(r.name, json_build_object(
        'columns', coalesce(c.all, '[]'), 'constraints', coalesce(o.all, '[]'), 'indexes', coalesce(i.all, '[]'))), '{}')
        FROM relations r LEFT JOIN columns c USING (oid) LEFT JOIN constraints o USING (oid) LEFT JOIN indexes i USING (oid)
        WHERE r.relkind IN ('r', 'p', 'f')),
    'views', (SELECT coalesce(json_object_agg(r.name, json_build_object(
        'columns', coalesce(c.all, '[]'), 'constraints', '[]'::json, 'indexes', coalesce(i.all, '[]'))), '{}')
        FROM relations r LEFT JOIN columns c USING (oid) LEFT JOIN indexes i USING (oid) WHERE r.relkind IN ('v', 'm')),
    'enums', (SELECT coalesce(json_object_agg(s.prefix || t.typname, (
        SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e WHERE e.enumtypid = t.oid)), '{}')
        FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace
        WHERE t.typtype IN ('e', 'd') OR t.typtype = 'c' AND EXISTS (
            SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c')),
    'sequences', (SELECT coalesce(json_agg(r.name), '[]') FROM relations r WHERE r.relkind = 'S'),
    'schemas', (SELECT json_agg(name) FROM spaces)
)
"""


class Postgresql:
    def __init__(self):
        self.url = URL.create(
            "postgresql+psycopg2", "postgres", database=databases.server.database(), query={"host": databases.server.folder}
        )
        self.connection = sqlalchemy.create_engine(self.url, poolclass=NullPool).connect()
        self.n = 0

    def begin(self):
        self.n += 1
        if self.n % BETWEEN_CLEANINGS == 0:
            self.connection.rollback()
            driver = self.connection.connection.dbapi_connection
            driver.autocommit = True
            with driver.cursor() as cursor:
                cursor.execute("VACUUM")
            driver.autocommit = False
        self.connection.begin()
        return self.connection

    def look(self):
        with self.connection.connection.dbapi_connection.cursor() as cursor:
            cursor.execute(CATALOGUE)
            return cursor.fetchone()[0]

    def end(self):
        self.connection.rollback()


class Sqlite:
    def __init__(self):
        self.engine = sqlalchemy.create_engine("sqlite://", poolclass=NullPool)

    def begin(self):
        self.connection = self.engine.connect()
        return self.connection

    def look(self):
        reader = inspect(self.connection)
        found = {"tables": {}, "views": {}, "enums": {}, "sequences": [], "schemas": []}
        for kind, name in self.rows("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"):
            if kind == "view":
                found["views"][name] = {}
            elif kind == "table":
                found["tables"][name] = self.table(reader, name)
        return found

    def rows(self, statement):
        return self.connection.exec_driver_sql(statement).all()

    def about(self, pragma, name):
        return self.rows('PRAGMA %s("%s")' % (pragma, name.replace('"', '""')))

    def table(self, reader, name):
        columns = [
            {"name": column, "type": type_, "nullable": not not_null, "default": default is not None, "key": bool(key),
             "generated": hidden > 1}
            for _, column, type_, not_null, default, key, hidden in self.about("table_xinfo", name)
            # A virtual table's own.
            if hidden != 1
        ]
        # SQLite itself knows no names of constraints: SQLAlchemy reads them from the text, as far as it understands that.
        text = self.rows("SELECT sql FROM sqlite_master WHERE name = '%s'" % name.replace("'", "''"))[0][0]
        named = re.search("CONSTRAINT", text, re.IGNORECASE)
        constraints = [
            {"kind": "f", "name": row["name"] or ("" if named else None), "columns": row["constrained_columns"], "to": row["referred_table"],
             "to_columns": row["referred_columns"]}
            for row in reader.get_foreign_keys(name)
        ]
        # Of two foreign keys that are alike, SQLAlchemy reads one.
        read = [(part["columns"], part["to"]) for part in constraints]
        keys = {}
        for key, _, to, column, *_ in self.about("foreign_key_list", name):
            keys.setdefault(key, (to, []))[1].append(column)
        for to, own in keys.values():
            if (own, to) in read:
                read.remove((own, to))
            else:
                constraints.append({"kind": "f", "name": "", "columns": own, "to": to, "to_columns": None})
        constraints += [
            {"kind": "c", "name": row["name"], "columns": None} for row in reader.get_check_constraints(name)
        ]
        key = reader.get_pk_constraint(name)
        if key["constrained_columns"]:
            constraints.append({"kind": "p", "name": key["name"], "columns": key["constrained_columns"]})
        names = {tuple(row["column_names"]): row["name"] for row in reader.get_unique_constraints(name)}
        # Of two that are alike SQLite makes one.
        origins = [row[3] for row in self.about("index_list", name)]
        merged = len(re.findall("UNIQUE", text, re.IGNORECASE)) > origins.count("u")
        indexes = []
        for _, index, unique, origin, _ in self.about("index_list", name):
            of = [column for _, _, column in self.about("index_info", index)]
            if origin == "u":
                known = names.get(tuple(of), "")
                known = "" if merged else known
                constraints.append({"kind": "u", "name": known, "columns": of})
            elif origin == "c":
                indexes.append({"name": index, "unique": bool(unique), "columns": of})
        for part in constraints:
            # A name with a quote is several that SQLAlchemy has read as one.
            if '"' in (part["name"] or ""):
                part["name"] = ""
        return {"columns": columns, "constraints": constraints, "indexes": indexes}

    def end(self):
        self.connection.close()


def answered(question, base):
    states, failure, at = [], None, 0
    look = question.get("look", 0)
    connection = base.begin()
    try:
        metadata = sqlalchemy.MetaData(naming_convention=question.get("convention"))
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        with Operations.context(context):
            for at, piece in enumerate(question["pieces"]):
                exec(compile(BEGINNING + piece, "piece", "exec"), {})
                if at >= look:
                    states.append(base.look())
    except Exception as error:
        failure = {"at": at, **faults.told(error, "piece")}
    finally:
        base.end()
    return {"states": states, "failure": failure}


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    databases.plain_percents()
    warnings.simplefilter("ignore")
    bases = {}
    for line in sys.stdin.buffer:
        question = json.loads(line)
        dialect = question["dialect"]
        if dialect not in bases:
            bases[dialect] = Postgresql() if dialect == "postgresql" else Sqlite()
        answers.write(json.dumps(answered(question, bases[dialect])) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
