"""Says in fixed words what kind of failure an exception is, and whose: the database's, SQLAlchemy's, Alembic's,
the migration's own (`python`), or that of the program around it (`surroundings`)."""

import os
import re
import traceback

import alembic
import sqlalchemy
from sqlalchemy import exc

# By SQLSTATE. Where PostgreSQL has one state for several things, its words decide.
STATES = {
    "42P01": "no-such-table",
    "42703": "no-such-column",
    "42701": "column-exists",
    "42P07": "table-exists",
    "2BP01": "still-referenced",
    "0A000": "not-supported",
    "42601": "not-supported",
    "42883": "not-supported",
}

# The state of a transaction in which something has failed already.
ABORTED = "25P02"

# SQLite tells by its words alone. The first that is found counts.
WORDS = [
    (r"^error in .*: duplicate column name", "column-exists"),
    (r"^error in .* after add column: no such column", "no-such-column"),
    (r"^error in (index|view|trigger|table) ", "still-referenced"),
    (r"^cannot drop PRIMARY KEY column", "not-supported"),
    (r"^Cannot add a (PRIMARY KEY|UNIQUE) column", "not-supported"),
    (r"^cannot drop UNIQUE column", "still-referenced"),
    (r"^cannot drop column .*: (UNIQUE|PRIMARY KEY|.*used in)", "still-referenced"),
    (r"^no such (table|view)\b", "no-such-table"),
    (r"^no such column\b", "no-such-column"),
    (r"has no column named", "no-such-column"),
    (r"^unknown column .* in foreign key", "no-such-column"),
    (r"^duplicate column name", "column-exists"),
    (r"^no such index\b", "no-such-index"),
    (r"^index .* already exists", "index-exists"),
    (r"^(table|view) .* already exists", "table-exists"),
    (r"^there is already (a table|an index|another table or index)", "table-exists"),
    (r"^no such (function|module|collation)", "not-supported"),
]

CREATE_INDEX = re.compile(r"\s*CREATE\s+(UNIQUE\s+)?INDEX", re.IGNORECASE)
ALTER_INDEX = re.compile(r"\s*(ALTER|REINDEX|COMMENT\s+ON)\s+INDEX", re.IGNORECASE)
CREATE_TABLE = re.compile(
    r"\s*CREATE\s+(?:\w+\s+)*?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?((?:\"(?:[^\"]|\"\")*\"|[^\s\"(])+)", re.IGNORECASE
)
# What is of a table, and made on one.
CREATE_ON = re.compile(r"\s*CREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?(TRIGGER|RULE|POLICY)\b", re.IGNORECASE)
# As PostgreSQL keeps names.
LONGEST = 63


def of_postgresql(state, message, statement):
    # A statement within a block.
    inner = re.search(r'CONTEXT:  SQL statement "(.*)"\nPL/pgSQL', message, re.DOTALL)
    statement = inner[1] if inner else statement
    made = CREATE_TABLE.match(statement)
    lacks = re.search(r'schema "(.*)" does not exist', message)
    if state == "3F000" and (CREATE_INDEX.match(statement) or CREATE_ON.match(statement)):
        return "no-such-table"
    if state == "3F000" and re.match(r"\s*(DROP|REINDEX|COMMENT\s+ON)\s+INDEX\b", statement, re.IGNORECASE):
        return "no-such-index"
    if state == "3F000" and made and lacks and not made[1].strip('"').startswith(lacks[1]):
        return "no-such-table"
    if state == "3F000" and lacks and re.match(r'\s*ALTER\s+TABLE\s+"?%s"?\.' % re.escape(lacks[1]), statement, re.IGNORECASE):
        return "no-such-table"
    if state == "3F000" and not re.match(r"\s*(CREATE|DROP\s+SCHEMA|ALTER\s+SCHEMA|.*SET\s+SCHEMA)", statement, re.IGNORECASE):
        return "no-such-table"
    if state == "42P07":
        if CREATE_INDEX.match(statement) or ALTER_INDEX.match(statement):
            return "index-exists"
        made = CREATE_TABLE.match(statement)
        named = re.search(r'"(.*)" already exists', message)
        if made and named and last_name(made[1]) != named[1]:
            return "constraint-exists"
        if re.match(r"\s*ALTER\s+TABLE\s+.*\b(ADD|RENAME\s+CONSTRAINT)\b", statement, re.IGNORECASE | re.DOTALL):
            return "constraint-exists"
    if state == "42P01" and ALTER_INDEX.match(statement):
        return "no-such-index"
    if state in ("42704", "42710"):
        for thing in ("constraint", "index"):
            if message.startswith(thing):
                return "%s-exists" % thing if state == "42710" else "no-such-%s" % thing
    return STATES.get(state, "other")


def last_name(written):
    """A table's name as PostgreSQL keeps it, of one with a schema and quotes."""
    last = re.findall(r'"(?:[^"]|"")*"|[^."]+', written)[-1]
    last = last[1:-1].replace('""', '"') if last.startswith('"') else last.lower()
    return last.encode()[:LONGEST].decode(errors="ignore")


def of_sqlite(message, statement):
    if message.startswith("there is already a table") and CREATE_INDEX.match(statement):
        return "index-exists"
    for words, kind in WORDS:
        if re.search(words, message):
            return kind
    # What a database has no words for, it does not have.
    return "not-supported" if re.search(r"syntax error|^unrecognized token", message) else "other"


def of_python(error, last):
    """The kind of what the database never saw. `last` is the file that raised it."""
    message = str(error)
    if isinstance(error, (exc.NoSuchTableError, exc.NoReferencedTableError)):
        return "no-such-table"
    if isinstance(error, exc.NoReferencedColumnError) or type(error).__name__ == "ConstraintColumnNotFoundError":
        return "no-such-column"
    if type(error).__name__ == "DuplicateColumnError":
        return "column-exists"
    if isinstance(error, (NotImplementedError, exc.CompileError)):
        return "not-supported"
    if isinstance(error, ValueError) and message.startswith("No such constraint"):
        return "no-such-constraint"
    if isinstance(error, ValueError) and message.startswith("No such index"):
        return "no-such-index"
    if isinstance(error, KeyError) and last.endswith(os.path.join("alembic", "operations", "batch.py")):
        return "no-such-column"
    if isinstance(error, (KeyError, AttributeError)) and last.endswith(os.path.join("sqlalchemy", "sql", "base.py")):
        # A table's `c` has no such name.
        return "no-such-column"
    if isinstance(error, NameError) or isinstance(error, AttributeError) and message.startswith("module "):
        return "undefined-name"
    if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
        return "undefined-name"
    return "other"


def below(path, package):
    return path.startswith(os.path.join(os.path.dirname(package.__file__), ""))


def cause(error):
    """The error itself; or the one that it hides, where PostgreSQL refuses to clean up after that one."""
    hidden = error
    while getattr(getattr(error, "orig", None), "pgcode", None) == ABORTED and hidden.__context__ is not None:
        hidden = hidden.__context__
        if isinstance(hidden, exc.DBAPIError):
            error = hidden
    return error


def told(error, path):
    """A failure of a migration, whose file is `path`, as an object."""
    error = cause(error)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if path is not None and frame.filename == path]
    if isinstance(error, SyntaxError) and error.filename == path:
        lines.append(error.lineno)
    last = frames[-1].filename if frames else ""
    failure = {"class": type(error).__name__, "message": str(error), "line": lines[-1] if lines else None}
    if isinstance(error, exc.DBAPIError) and error.orig is not None:
        statement = error.statement or ""
        state = getattr(error.orig, "pgcode", None)
        failure["origin"] = "database"
        failure["class"] = type(error.orig).__name__
        failure["code"] = state or getattr(error.orig, "sqlite_errorname", None)
        failure["message"] = str(error.orig).strip()
        failure["statement"] = statement.strip()
        is_sqlite = state is None
        failure["kind"] = (
            of_sqlite(failure["message"], statement) if is_sqlite else of_postgresql(state, failure["message"], statement)
        )
        return failure
    module = type(error).__module__.split(".")[0]
    if module == "sqlalchemy" or module == "builtins" and below(last, sqlalchemy):
        failure["origin"] = "sqlalchemy"
    elif module == "alembic" or module == "builtins" and below(last, alembic):
        failure["origin"] = "alembic"
    elif type(error).__module__.startswith(("psycopg2", "sqlite3")):
        failure["origin"] = "database"
    elif module == "builtins" and last == path:
        failure["origin"] = "python"
    else:
        # A program that has not been set up, a connection of its own that leads nowhere.
        failure["origin"] = "surroundings"
    failure["kind"] = of_python(error, last)
    return failure
