#!/usr/bin/env python3
"""record.py CASES.tar.gz OUT.json.gz - asks real Alembic, through oracle.py, about every folder of an archive.

Run it with the Python whose Alembic is asked. `cargo xtask test` compares rechain with what it wrote; run it again to
see what a new release of Alembic changes. The folders' own code is executed, in a child process with a time limit.
"""
import gzip
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONS = ["--strict-config", "--no-stubs", "--real-imports", "--timeout", "15", "--seeds", "3", "--indent", "0"]
ROW = ("id", "file", "down_revision", "depends_on", "own_branch_labels")
LISTS = ("heads", "real_heads", "bases", "real_bases", "branch_points", "merge_points")


def ask(folder):
    command = [sys.executable, os.path.join(HERE, "oracle.py"), *OPTIONS, "--python", sys.executable, folder]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answer = json.loads(said.replace(os.path.realpath(folder), "<DIR>"))
    error = answer.get("error")
    kept = {
        "alembic": answer.get("alembic"),
        "error": error and {"class": error["class"], "message": error["message"], "file": error.get("file")},
        "warnings": [
            warning["message"]
            for warning in answer.get("warnings", [])
            if warning["category"] == "UserWarning" and warning["from_alembic"]
        ],
    }
    if not error:
        kept.update({name: answer[name] for name in LISTS})
        kept["revisions"] = [{name: row[name] for name in ROW} for row in answer["revisions"] + answer["shadowed"]]
        failed = answer.get("upgrade_error")
        kept["upgrade_order"] = None if failed else answer["upgrade_order"]
        kept["upgrade_error"] = failed and failed["class"]
        kept["order_varies"] = any(path.startswith("/upgrade_order") for path in answer.get("nondeterministic", []))
    return kept


def main(archive, out):
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder)
        root = os.path.join(folder, "cases")
        names = sorted(name for name in os.listdir(root) if os.path.isdir(os.path.join(root, name)))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            answers = dict(zip(names, pool.map(lambda name: ask(os.path.join(root, name)), names)))
    with open(out, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(json.dumps(answers, sort_keys=True, separators=(",", ":")).encode())
    print(f"{len(answers)} folders, Alembic {next(iter(answers.values()))['alembic']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
