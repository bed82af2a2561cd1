"""Says which Python files of the standard library and of the installed packages Python compiles.

Takes a number: of the files in order of path, only each so many-th is tried. Prints a line of JSON for each: its path, and
whether it compiles.
"""

import json
import os
import sys
import sysconfig
import warnings

warnings.simplefilter("ignore")
step = int(sys.argv[1])
folders = {sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")}
found = set()
for top in folders:
    for folder, _, names in os.walk(top):
        found.update(os.path.join(folder, name) for name in names if name.endswith(".py"))
for path in sorted(found)[::step]:
    with open(path, "rb") as file:
        source = file.read()
    try:
        compile(source, path, "exec", dont_inherit=True)
        compiles = True
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        compiles = False
    print(json.dumps({"path": path, "compiles": compiles}))
