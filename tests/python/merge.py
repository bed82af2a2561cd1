"""What `alembic merge -m "merge heads" heads` writes.

    merge.py --templates
    merge.py FOLDER ID

The first prints the templates that Alembic and Flask-Migrate bring, by name; the second joins the heads of a project under
that id, and prints the files that are new. Both print JSON.
"""

import glob
import json
import os
import sys

import alembic
import flask_migrate
from alembic import command
from alembic.config import Config


def templates():
    found = {}
    for package in (alembic, flask_migrate):
        pattern = os.path.join(os.path.dirname(package.__file__), "templates", "*", "script.py.mako")
        for path in sorted(glob.glob(pattern)):
            name = "%s/%s" % (package.__name__, os.path.basename(os.path.dirname(path)))
            with open(path, encoding="utf-8") as file:
                found[name] = file.read()
    return found


def files(folder):
    paths = glob.glob(os.path.join(folder, "**", "*.py"), recursive=True)
    return {os.path.relpath(path, folder).replace(os.sep, "/"): path for path in paths}


def merged(folder, revision):
    os.chdir(folder)
    before = files(folder)
    config = Config(os.path.join(folder, "alembic.ini"))
    command.merge(config, "heads", message="merge heads", rev_id=revision)
    new = {path: at for path, at in files(folder).items() if path not in before}
    return {path: open(at, encoding="utf-8", newline="").read() for path, at in new.items()}


if __name__ == "__main__":
    if sys.argv[1] == "--templates":
        print(json.dumps(templates()))
    else:
        print(json.dumps(merged(os.path.realpath(sys.argv[1]), sys.argv[2])))
