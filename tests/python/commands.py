"""What real commands do, on empty databases of the kind that a project names, and on databases that stand at the heads.

    commands.py FOLDER [--at-head] COMMAND...

Runs each command of Alembic, or `flask db …`, in a copy of the folder, on a database of its own: SQLite, or PostgreSQL
where the project's alembic.ini names that. Prints as JSON, by command, the exit status and the last line of what went wrong.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

URL = re.compile(r"^sqlalchemy\.url *=.*$", re.M)


def address(text):
    named = URL.search(text)
    if named is None or "postgresql" not in named.group():
        return "sqlite:///empty.db"
    from databases import server

    return "postgresql+psycopg2://postgres@/%s?host=%s" % (server.database(), server.folder)


def alembic(folder, command):
    words = command.split() if command.startswith("flask ") else ["alembic", *command.split()]
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True)


def run(folder, command, at_head):
    with tempfile.TemporaryDirectory() as scratch:
        # A project that makes its own engine finds no database of an earlier command.
        copy = shutil.copytree(
            folder, os.path.join(scratch, "project"), ignore=shutil.ignore_patterns("*.db", "*.sqlite")
        )
        ini = os.path.join(copy, "alembic.ini")
        with open(ini) as file:
            text = file.read()
        url = address(text)
        with open(ini, "w") as file:
            file.write(URL.sub(lambda _: "sqlalchemy.url = " + url.replace("%", "%%"), text))
        if at_head:
            alembic(copy, "upgrade heads")
        ran = alembic(copy, command)
        failed = [line for line in ran.stdout.splitlines() if line.startswith("FAILED: ")]
        said = failed or ran.stderr.strip().splitlines()
        return ran.returncode, said[-1] if said and ran.returncode else ""


def main(folder, *commands):
    at_head = commands[:1] == ("--at-head",)
    print(json.dumps({command: run(folder, command, at_head) for command in commands[at_head:]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
