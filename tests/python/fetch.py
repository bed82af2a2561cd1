"""Puts a wheel of a pinned version and hash into a folder, from the package index or from an earlier run.

    fetch.py FOLDER NAME VERSION FILE SHA256

Exits with 0 when the file is there and right, with 3 when the network cannot be reached, with 1 for anything else.
"""

import hashlib
import os
import subprocess
import sys
import tempfile

UNREACHABLE = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ConnectionRefusedError",
    "ProxyError",
    "Temporary failure in name resolution",
    "Name or service not known",
    "nodename nor servname",
    "getaddrinfo failed",
    "Network is unreachable",
)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main(folder, name, version, file, sha256):
    os.makedirs(folder, exist_ok=True)
    kept = os.path.join(folder, file)
    if os.path.exists(kept):
        if digest(kept) == sha256:
            return 0
        os.unlink(kept)
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        # Nothing is installed, so the Python that the package asks for is no matter.
        command += ["--only-binary", ":all:", "--ignore-requires-python", "--retries", "1", "--timeout", "30"]
        command += ["--dest", fresh]
        pip = subprocess.run(command + ["%s==%s" % (name, version)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if pip.returncode != 0:
            said = pip.stdout.decode("utf-8", "replace")
            print(said)
            return 3 if any(word in said for word in UNREACHABLE) else 1
        got = os.path.join(fresh, file)
        if not os.path.exists(got):
            print("pip brought %s instead of %s" % (os.listdir(fresh), file))
            return 1
        if digest(got) != sha256:
            print("%s has the sha256 %s, not %s" % (file, digest(got), sha256))
            return 1
        os.replace(got, kept)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
