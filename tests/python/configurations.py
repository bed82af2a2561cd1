"""Reads configurations as Alembic does: a JSON list of {"ini": bytes or null, "toml": bytes or null} on standard input, a JSON
list of what came on standard output.

Each stands in a folder of its own, with `migrations/versions/` and `other/` beside it, and Alembic is started there.
"""

import json
import os
import sys
import tempfile
import warnings

from alembic.config import Config
from alembic.script import ScriptDirectory


def read(folder):
    os.chdir(folder)
    before = list(sys.path)
    try:
        script = ScriptDirectory.from_config(Config("alembic.ini", toml_file="pyproject.toml"))
        return {
            "dir": str(script.dir),
            "version_locations": script.version_locations,
            "found": [str(path) for path in script._version_locations],
            "recursive": script.recursive_version_locations,
        }
    except Exception as error:
        return {"class": type(error).__name__, "message": str(error)}
    finally:
        sys.path[:] = before


def main():
    warnings.simplefilter("ignore")
    answers = []
    with tempfile.TemporaryDirectory() as top:
        top = os.path.realpath(top)
        for number, case in enumerate(json.load(sys.stdin)):
            folder = os.path.join(top, str(number))
            for name in ("migrations/versions", "other"):
                os.makedirs(os.path.join(folder, name))
            for name, key in (("alembic.ini", "ini"), ("pyproject.toml", "toml")):
                if case[key] is not None:
                    with open(os.path.join(folder, name), "wb") as file:
                        file.write(bytes(case[key]))
            answers.append(json.loads(json.dumps(read(folder)).replace(folder, "<DIR>")))
            os.chdir(top)
        os.chdir("/")
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
