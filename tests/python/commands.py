"""What real commands exit with, on empty databases of the kind that a project names.

    commands.py FOLDER COMMAND...

Runs each command of Alembic in the folder, on a database of its own: SQLite, or PostgreSQL where the project's
alembic.ini names that. Prints the exit statuses as JSON, by command, and what was said to standard error.
"""

import json
import os
import re
import subprocess
import sys

from databases import server

URL = re.compile(r"^sqlalchemy\.url *=.*$", re.M)


def main(folder, commands):
    ini = os.path.join(folder, "alembic.ini")
    with open(ini) as file:
        text = file.read()
    named = URL.search(text)
    is_postgresql = named is not None and "postgresql" in named.group()
    statuses = {}
    for at, command in enumerate(commands):
        if is_postgresql:
            url = "postgresql+psycopg2://postgres@/%s?host=%s" % (server.database(), server.folder)
        else:
            url = "sqlite:///empty%d.db" % at
        with open(ini, "w") as file:
            file.write(URL.sub(lambda _: "sqlalchemy.url = " + url.replace("%", "%%"), text))
        # A project that makes its own engine finds no database of an earlier command.
        for name in os.listdir(folder):
            if name.endswith((".db", ".sqlite")):
                os.remove(os.path.join(folder, name))
        ran = subprocess.run(
            [sys.executable, "-m", "alembic", *command.split()], cwd=folder, capture_output=True, text=True
        )
        sys.stderr.write("%s: %s\n" % (command, (ran.stderr or ran.stdout).strip().splitlines()[-1:]))
        statuses[command] = ran.returncode
    with open(ini, "w") as file:
        file.write(text)
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
