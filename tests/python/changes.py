"""Says in what two recordings of Alembic's answers differ; tests/agreement/record.py makes them.

    changes.py OLD.json.gz NEW.json.gz

Prints folder, field, old and new; exits with 1 if anything differs.
"""

import gzip
import json
import sys

# A longer value is cut: what differs is seen, and the recordings have the rest.
WIDTH = 300


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def release(answers):
    return ", ".join(sorted({str(answer.get("alembic")) for answer in answers.values()}))


def fields(answer):
    """The facts of a folder, each by its name; a revision's by its file."""
    told = {}
    for name, value in answer.items():
        if name == "alembic":
            continue
        if name == "revisions":
            for row in value:
                told.update({"%s of %s" % (field, row["file"]): row[field] for field in row if field != "file"})
        elif name == "error" and value:
            told["error"] = "%s: %s" % (value["class"], value["message"])
            told["file of the error"] = value["file"]
        else:
            told[name] = value
    return told


def shown(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDTH else text[:WIDTH] + "..."


def by_chance(name, before, after):
    """Whether it is another one of several errors that Alembic comes to in any order: of two revisions with the same
    label, it names either as the one that has it already."""
    clash = "RevisionError: Branch name "
    return name == "error" and all(str(text).startswith(clash) for text in (before, after)) and (
        sorted(before.split()) == sorted(after.split())
    )


def changes(old, new):
    """Each difference of two answers: field, old, new."""
    old, new = fields(old), fields(new)
    names = old.keys() | new.keys()
    if (old.get("error") is None) != (new.get("error") is None):
        # Everything else is there only once.
        names = {"error", "heads", "upgrade_order"}
    for name in sorted(names):
        before, after = old.get(name), new.get(name)
        if before != after and not by_chance(name, before, after):
            yield name, before, after


def main(old, new):
    old, new = read(old), read(new)
    changed = set()
    for folder in sorted(old.keys() | new.keys()):
        for field, before, after in changes(old.get(folder, {}), new.get(folder, {})):
            changed.add(folder)
            print("%s, %s" % (folder, field))
            print("    old  %s" % shown(before))
            print("    new  %s" % shown(after))
    print("%d folders, %d changed: Alembic %s, then %s" % (len(new), len(changed), release(old), release(new)))
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
