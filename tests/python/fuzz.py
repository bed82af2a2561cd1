"""Writes random folders of migrations, each with what real Alembic says of it.

    fuzz.py OUT FIRST N

OUT/SEED/ holds alembic.ini, migrations/versions/*.py and expected.json, for N seeds from FIRST. A seed makes the same
folder whatever others are made beside it. expected.json has `warnings`, `texts` (what commands print, and their exit
statuses, see judge.py) and either

    error          class, message, and how many labels clash: of several Alembic names any

or

    heads, real_heads, bases, real_bases, branch_points, merge_points    ids, in Alembic's order
    nodes          of each revision its labels, children, and dependencies that no ancestor has
    upgrade_order  of `upgrade heads` on an empty database; null with `upgrade`, which says why there is none
    version_rows   what the database then holds; null where Alembic loses count
    stamped        the same of databases that hold rows already: `rows`, and `raised`, or `runs` and `then` (null as above)
    order_is_stable  whether that order is the same in each process; here dependencies come as they are declared
    labels_vary    whether the labels differ from process to process
"""

import json
import os
import random
import re
import sys
import warnings
from unittest import mock

from alembic.config import Config
from alembic.runtime.migration import HeadMaintainer
from alembic.script import ScriptDirectory

import judge

# A sound walk of ten revisions takes a few thousandths of a second.
LIMIT = 1.0
WHOLE = ["heads", "heads -v", "heads --resolve-dependencies", "branches", "branches -v", "history", "history -v"]
DOCS = ["m %s", "m %s", "m %s", "(b, a) -> %s (head), x", "two\nlines of %s", "", None]


def graph(chance):
    """Revisions as (id, parents, dependencies, labels), in any order; some with faults."""
    # Names of four characters and more can be given by their start.
    starts = ["abcd", "abce", "xyz"] if chance.random() < 0.3 else "abxyz"
    ids = ["%s%d" % (chance.choice(starts), number) for number in range(chance.randint(0, 10))]
    loops = chance.random() < 0.2
    revisions, labels = [], []
    for number, id in enumerate(ids):
        known = [other for other in (ids if loops else ids[:number]) if other != id or chance.random() < 0.05]
        parents = chance.sample(known, min(chance.choice([0, 1, 1, 1, 1, 1, 2, 3]), len(known)))
        needed = []
        if chance.random() < 0.2:
            needed = chance.sample(known, min(chance.choice([1, 1, 2]), len(known)))
        if labels and chance.random() < 0.1:
            needed.append(chance.choice(labels))
        own = [chance.choice(["L%d", "abcd_L%d"]) % number] if chance.random() < 0.2 else []
        if own and chance.random() < 0.2:
            own.append("K%d" % number)
        labels += own
        if chance.random() < 0.02:
            parents.append("nope")
        if chance.random() < 0.01:
            needed.append("nodep")
        if chance.random() < 0.005:
            needed.append(id)
        if chance.random() < 0.02:
            own.append(chance.choice(ids))
        if chance.random() < 0.01:
            id += chance.choice("@-+:")
        revisions.append((id, parents, needed, own))
    if revisions and chance.random() < 0.08:
        id, parents, _, _ = chance.choice(revisions)
        revisions.append((id, chance.choice([parents, []]), [], []))
    chance.shuffle(revisions)
    return revisions


def literal(chance, names):
    if not names:
        return chance.choice(["None", "None", "None", "()"])
    if len(names) == 1 and chance.random() < 0.8:
        return repr(names[0])
    return repr(chance.choice([tuple, list])(names))


def script(chance, id, parents, needed, labels):
    annotated = chance.random() < 0.5
    lines = []

    def assign(name, type, value):
        lines.append("%s%s = %s" % (name, ": " + type if annotated else "", value))

    doc = chance.choice(DOCS)
    if doc is not None:
        told = doc % id if "%s" in doc else doc
        lines.append('"""%s\n\nRevision ID: %s\nRevises: %s\n"""' % (told, id, ", ".join(parents)))
    assign("revision", "str", repr(id))
    assign("down_revision", "str | None", literal(chance, parents))
    if labels or chance.random() < 0.7:
        assign("branch_labels", "tuple | None", literal(chance, labels))
    if needed or chance.random() < 0.7:
        assign("depends_on", "tuple | None", literal(chance, needed))
    return "\n".join(lines) + "\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def clashes(revisions):
    """How many labels stand where an id or another label stands already."""
    labels = [label for _, _, _, own in revisions for label in own]
    names = labels + [id for id in {id for id, _, _, _ in revisions}]
    return len(names) - len(set(names))


def labels_vary(revisions):
    """Whether a file that is lost, since a later one has its id, has a label, and another file has one too.

    Alembic comes to labelled files in any order, and a lost one hands its labels down to its parents only, which may
    have handed theirs up by then.
    """
    labelled = [number for number, (_, _, _, own) in enumerate(revisions) if own]
    later = [{id for id, _, _, _ in revisions[number + 1 :]} for number in labelled]
    return len(labelled) > 1 and any(revisions[number][0] in ids for number, ids in zip(labelled, later))


def stamps(chance, revisions):
    """Rows that a version table may hold, sound or not."""
    ids = sorted({id for id, _, _, _ in revisions})
    for size in (1, 1, 2, 2, 3):
        yield chance.sample(ids, min(size, len(ids)))
    for odd in ("gone", "abcd", "xyz"):
        yield chance.sample(ids, min(1, len(ids))) + [odd]


def upgraded(directory, rows):
    """What `upgrade heads` does to a database with these rows."""
    told = {"rows": rows}
    steps, told["raised"] = judge.tried(lambda: directory._upgrade_revs("heads", tuple(rows)), LIMIT)
    if told["raised"]:
        return told
    told["runs"] = [step.revision.revision for step in steps]
    heads = HeadMaintainer(mock.Mock(), rows)
    for step in steps:
        step.revision_map = directory.revision_map
    try:
        for step in steps:
            heads.update_to_step(step)
        told["then"] = sorted(heads.heads)
    except (KeyError, AssertionError):
        told["then"] = None
    return told


def loaded(directory, config, revisions):
    """What Alembic says of a folder that it loads."""
    known = directory.revision_map._revision_map
    scripts = [script for key, script in known.items() if script is not None and key == script.revision]
    told = {
        "heads": list(directory.revision_map.heads),
        "real_heads": list(directory.revision_map._real_heads),
        "bases": list(directory.revision_map.bases),
        "real_bases": list(directory.revision_map._real_bases),
        "branch_points": [script.revision for script in scripts if script.is_branch_point],
        "merge_points": [script.revision for script in scripts if script.is_merge_point],
        "nodes": {
            script.revision: {
                "labels": sorted(script.branch_labels),
                "next": sorted(script.nextrev),
                "deps": sorted(script._normalized_resolved_dependencies),
            }
            for script in scripts
        },
        "labels_vary": labels_vary(revisions),
        "order_is_stable": all(len(script._normalized_resolved_dependencies) < 2 for script in scripts),
    }
    judge.settle(known)
    steps, raised = judge.tried(lambda: directory._upgrade_revs("heads", ()), LIMIT)
    told["upgrade"] = raised
    told["upgrade_order"] = None if raised else [step.revision.revision for step in steps]
    if not raised:
        heads = HeadMaintainer(mock.Mock(), ())
        try:
            for step in steps:
                heads.update_to_step(step)
            told["version_rows"] = sorted(heads.heads)
        except KeyError:
            told["version_rows"] = None
    told["stamped"] = []
    if not (raised and raised["class"] == "Endless"):
        told["stamped"] = [upgraded(directory, rows) for rows in stamps(random.Random(len(revisions)), revisions)]
    shown = sorted({label for _, _, _, own in revisions for label in own})[:2]
    lines = WHOLE + ["show " + name for name in ("heads", "head", "base", "nope", "nope@base", "a", "abcd", "abce")]
    lines += ["show %s" % id for id, _, _, _ in revisions[:2]]
    for label in shown:
        lines += ["show " + label]
        lines += ["show %s@%s" % (label, name) for name in ("head", "heads", "abcd", "abce")]
        lines += ["show %s@%s" % (label, id) for id, _, _, _ in revisions[:2]]
    endless = raised if raised and raised["class"] == "Endless" else None
    told["texts"] = judge.printed(config, directory, lines, endless)
    return told


def asked(folder, revisions):
    """What Alembic says of a folder."""
    config = Config(os.path.join(folder, "alembic.ini"))
    directory = ScriptDirectory.from_config(config)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            told = loaded(directory, config, revisions)
        except Exception as error:
            told = {"error": dict(judge.described(error), clashes=clashes(revisions))}
        told["warnings"] = [str(warning.message) for warning in caught if warning.category is UserWarning]
        if "error" in told:
            told["texts"] = judge.printed(config, directory, ["heads", "history"])
    return told


def made(folder, seed):
    chance = random.Random(seed)
    versions = os.path.join(folder, "migrations", "versions")
    os.makedirs(versions)
    write(os.path.join(folder, "alembic.ini"), "[alembic]\nscript_location = %(here)s/migrations\n")
    write(os.path.join(folder, "migrations", "env.py"), "from alembic import context\n\ncontext.run_migrations()\n")
    revisions = graph(chance)
    for number, revision in enumerate(revisions):
        name = "%02d_%s.py" % (number, re.sub(r"\W", "_", revision[0]))
        write(os.path.join(versions, name), script(chance, *revision))
    return revisions


def main(out, first, n):
    sys.dont_write_bytecode = True
    for seed in range(int(first), int(first) + int(n)):
        # Alembic says where a file is with every link resolved.
        folder = os.path.join(os.path.realpath(out), str(seed))
        told = asked(folder, made(folder, seed))
        write(os.path.join(folder, "expected.json"), json.dumps(told, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
