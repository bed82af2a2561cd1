"""Makes histories that went wrong out of good ones: one JSON object a line comes in, one goes out.

A question has `dir` and `version_locations`, where the migrations are, `seed`, a number, and `into`, a folder that is not
there yet. It may have `among`, the revisions to choose from, and `only`, one of the three mutations:

    delete     takes a migration out; its children then come after its parents
    swap       two neighbours of which the second comes right after the first change places
    duplicate  the same migration stands a second time further on, under another id

The folder gets an alembic.ini, an env.py and the migrations, all in one place, so that Alembic and rechain read the same.
Only what stands behind `revision` and `down_revision` is edited. The answer says what was done: `mutation`, `revision`,
`other`, the second of two that were swapped, or the id of the copy, and `after`, which the copy comes right after. It is
null where the history has nothing to choose from. The same seed chooses the same.
"""

import ast
import json
import os
import random
import shutil
import sys

MUTATIONS = ("delete", "swap", "duplicate")
# A copy comes at most so many steps later.
FURTHER = 5

INI = "[alembic]\nscript_location = migrations\n"
ENV = '''from alembic import context
from sqlalchemy import engine_from_config

config = context.config
engine = engine_from_config(config.get_section(config.config_ini_section), prefix="sqlalchemy.")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
'''


class Migration:
    """A file, and where in its text the ids stand."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)
        with open(path, encoding="utf-8", newline="") as file:
            self.text = file.read()
        self.values = {}
        for statement in ast.parse(self.text).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            for target in targets:
                if isinstance(target, ast.Name) and getattr(statement, "value", None) is not None:
                    self.values[target.id] = statement.value
        self.revision = self.literal("revision")
        self.parents = listed(self.literal("down_revision"))
        self.needs = listed(self.literal("depends_on")) if "depends_on" in self.values else []
        self.is_labelled = "branch_labels" in self.values and bool(self.literal("branch_labels", default=True))

    def literal(self, name, default=None):
        try:
            return ast.literal_eval(self.values[name])
        except (KeyError, ValueError):
            return default

    def span(self, name):
        """Where the value begins and ends in the text."""
        value = self.values[name]
        lines = self.text.splitlines(keepends=True)

        def at(line, column):
            return len("".join(lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())

        return at(value.lineno, value.col_offset), at(value.end_lineno, value.end_col_offset)

    def edited(self, changes):
        """The text with other values."""
        text = self.text
        for name in sorted(changes, key=lambda name: self.span(name), reverse=True):
            begin, end = self.span(name)
            text = text[:begin] + changes[name] + text[end:]
        return text


def listed(value):
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def written(parents):
    """Parents as a migration declares them."""
    if len(parents) < 2:
        return json.dumps(parents[0]) if parents else "None"
    return "(%s)" % ", ".join(map(json.dumps, parents))


def replaced(parents, old, new):
    found = []
    for parent in parents:
        found += new if parent == old else [parent]
    return list(dict.fromkeys(found))


class History:
    def __init__(self, folder, locations):
        self.others = []
        self.migrations = {}
        for location in locations:
            place = os.path.join(folder, location)
            for name in sorted(os.listdir(place)):
                path = os.path.join(place, name)
                if not os.path.isfile(path) or name == "__init__.py":
                    continue
                migration = Migration(path) if name.endswith(".py") else None
                if migration is None or migration.revision is None:
                    self.others.append(path)
                else:
                    self.migrations[migration.revision] = migration

    def children(self, revision):
        return [migration for migration in self.migrations.values() if revision in migration.parents]

    def is_needed(self, revision):
        return any(revision in migration.needs for migration in self.migrations.values())

    def follower(self, revision):
        """The one that comes right after it and nothing else."""
        children = self.children(revision)
        return children[0] if len(children) == 1 and children[0].parents == [revision] else None

    def write(self, into):
        versions = os.path.join(into, "migrations", "versions")
        os.makedirs(versions)
        for path, text in ((("alembic.ini",), INI), (("migrations", "env.py"), ENV)):
            with open(os.path.join(into, *path), "w", encoding="utf-8") as file:
                file.write(text)
        for path in self.others:
            shutil.copyfile(path, os.path.join(versions, os.path.basename(path)))
        for migration in self.migrations.values():
            with open(os.path.join(versions, migration.name), "w", encoding="utf-8", newline="") as file:
                file.write(migration.text)


def relinked(changes, migration, old, new):
    parents = changes.get(migration.revision, {}).get("down_revision", migration.parents)
    changes.setdefault(migration.revision, {})["down_revision"] = replaced(parents, old, new)


def mutated(history, mutation, revision, chance):
    """Carries one out, if it can be done to this revision, and says what was done."""
    chosen = history.migrations[revision]
    changes, copies, gone = {}, [], []
    told = {"mutation": mutation, "revision": revision}
    if chosen.is_labelled:
        return None
    if mutation == "delete":
        if history.is_needed(revision) or not history.children(revision):
            return None
        for child in history.children(revision):
            relinked(changes, child, revision, chosen.parents)
        gone.append(revision)
    elif mutation == "swap":
        second = history.follower(revision)
        if second is None or second.is_labelled or revision in second.needs:
            return None
        for child in history.children(second.revision):
            relinked(changes, child, second.revision, [revision])
        changes[second.revision] = {"down_revision": chosen.parents}
        changes[revision] = {"down_revision": [second.revision]}
        told["other"] = second.revision
    else:
        after = chosen
        for _ in range(chance.randrange(FURTHER + 1)):
            after = history.follower(after.revision) or after
        copy = "%012x" % chance.getrandbits(48)
        for child in history.children(after.revision):
            relinked(changes, child, after.revision, [copy])
        copies.append((copy, after.revision))
        told.update({"other": copy, "after": after.revision})
    for name, values in changes.items():
        migration = history.migrations[name]
        migration.text = migration.edited({key: written(value) for key, value in values.items()})
    for copy, after in copies:
        twin = Migration(chosen.path)
        twin.text = twin.edited({"revision": json.dumps(copy), "down_revision": written([after])})
        twin.name = "%s_%s" % (copy, chosen.name)
        history.migrations[copy] = twin
    for name in gone:
        del history.migrations[name]
    return told


def answered(question):
    history = History(question["dir"], question["version_locations"])
    chance = random.Random(question["seed"])
    names = [name for name in question.get("among", sorted(history.migrations)) if name in history.migrations]
    kinds = [question["only"]] if question.get("only") else chance.sample(MUTATIONS, len(MUTATIONS))
    for kind in kinds:
        for name in chance.sample(names, len(names)):
            told = mutated(history, kind, name, chance)
            if told is not None:
                history.write(question["into"])
                return told
    return None


def main():
    for line in sys.stdin:
        print(json.dumps(answered(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
