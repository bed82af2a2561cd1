"""What real Alembic does to databases that have run something, with the files as they were and as a repair leaves them.

    python states.py FOLDER < questions.json > answers.json

A question names folders below FOLDER: `before`, `rows`, and the folders `after`. A database is brought to the rows with
the files of `before`, and a copy of it is upgraded with those of each `after`. An answer has

    rows      what its version table holds then; nothing where Alembic does not come there
    ran       what ran on the way
    current   what `alembic current` prints there
    mended    for each of `by_hand`, a folder and commands: the rows and tables after them, and what was raised
    upgrades  for each `after`: what ran, and what was raised
"""

import io
import json
import logging
import os
import shutil
import sqlite3
import sys
import warnings

from alembic import command
from alembic.config import Config


def asked(folder, database, run):
    """What ran, what was raised and what was printed while a command ran."""
    printed, ran = io.StringIO(), []
    config = Config(os.path.join(folder, "alembic.ini"), stdout=printed)
    config.attributes.update(url="sqlite:///" + database, ran=ran)
    raised = None
    try:
        run(config)
    except Exception as error:
        raised = "%s: %s" % (type(error).__name__, error)
    return ran, raised, printed.getvalue()


def rows_of(database):
    with sqlite3.connect(database) as connection:
        try:
            return sorted(row for row, in connection.execute("SELECT version_num FROM alembic_version"))
        except sqlite3.OperationalError:
            return []


def mended(root, place, after, commands):
    copied = place + ".copy"
    shutil.copy(place, copied) if os.path.exists(place) else None
    raised = None
    for name, *rest in commands:
        purge, revisions = "--purge" in rest, [word for word in rest if word != "--purge"]
        run = {
            "stamp": lambda config: command.stamp(config, revisions, purge=purge),
            "upgrade": lambda config: command.upgrade(config, revisions[0]),
        }[name]
        raised = raised or asked(os.path.join(root, after), copied, run)[1]
    with sqlite3.connect(copied) as connection:
        tables = [name for name, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    told = {"raised": raised, "rows": rows_of(copied), "tables": tables}
    os.remove(copied)
    return told


def answered(root, question, place):
    before = os.path.join(root, question["before"])
    ran = []
    for row in question["rows"]:
        done, raised, _ = asked(before, place, lambda config: command.upgrade(config, row))
        ran += done
        if raised:
            return {"rows": None, "why": raised}
    told = {"rows": rows_of(place), "ran": ran, "upgrades": []}
    _, _, told["current"] = asked(before, place, command.current)
    told["mended"] = [mended(root, place, *case) for case in question["by_hand"]]
    for after in question["after"]:
        copied = place + ".copy"
        shutil.copy(place, copied) if os.path.exists(place) else None
        done, raised, _ = asked(os.path.join(root, after), copied, lambda config: command.upgrade(config, "heads"))
        told["upgrades"].append({"ran": done, "raised": raised})
        os.path.exists(copied) and os.remove(copied)
    return told


def main(root):
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    answers = []
    for question in json.load(sys.stdin):
        place = os.path.join(root, "database")
        answers.append(answered(root, question, place))
        os.path.exists(place) and os.remove(place)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
