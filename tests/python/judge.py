"""Asks real Alembic about folders of migrations: one JSON object a line comes in, one goes out.

A question has `dir`, the folder that holds alembic.ini. It may have `script_location`, `version_locations` and
`recursive`, which then count instead of what a configuration says, `run`, to run `alembic upgrade head` with the
folder's own env.py, and `texts`, the commands whose printed text is wanted: `heads -v`, `show a1`. Each question gets a
fresh ScriptDirectory.

With the argument `--stubs`, modules that cannot be imported are replaced (see stubs.py): real projects import
themselves.
"""

import io
import json
import os
import signal
import sys
import warnings
from unittest import mock

import alembic.command
from alembic.config import Config
from alembic.runtime.migration import HeadMaintainer
from alembic.script import ScriptDirectory
from alembic.script.base import Script
from alembic.util import CommandError, to_tuple

# Some folders with loops keep Alembic busy for ever.
LIMIT = 3.0


class Endless(BaseException):
    """Alembic was still busy when the time was over."""


def on_alarm(*_):
    raise Endless("still busy when the time was over")


def limited(work, seconds=LIMIT):
    """Runs `work`, and stops it when the time is over; without alarms the asking side's own patience decides."""
    if not hasattr(signal, "setitimer"):
        return work()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def described(error):
    return {"class": type(error).__name__, "message": str(error)}


def tried(work, seconds=LIMIT):
    """The result of `work`, or the error it ends with."""
    try:
        return limited(work, seconds), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, described(error)


def configuration(question):
    folder = question["dir"]
    os.chdir(folder)
    pyproject = os.path.join(folder, "pyproject.toml")
    known = {"toml_file": pyproject} if os.path.exists(pyproject) else {}
    config = Config(os.path.join(folder, "alembic.ini"), **known)
    config.stdout = open(os.devnull, "w")
    if question.get("script_location") is not None:
        config.set_main_option("script_location", escaped(folder, question["script_location"]))
    if question.get("version_locations"):
        config.set_main_option("path_separator", "newline")
        places = [escaped(folder, place) for place in question["version_locations"]]
        config.set_main_option("version_locations", "\n".join(places))
    if question.get("recursive"):
        config.set_main_option("recursive_version_locations", "true")
    return config


def escaped(folder, place):
    return os.path.join(folder, place).replace("%", "%%")


def below(folder, path):
    return os.path.relpath(os.path.realpath(str(path)), os.path.realpath(folder)).replace(os.sep, "/")


def row(folder, script):
    return {
        "path": below(folder, script.path),
        "revision": script.revision,
        "down_revision": list(to_tuple(script.down_revision, default=())),
        "depends_on": list(to_tuple(script.dependencies, default=())),
        "is_base": script.is_base,
        "is_head": script.is_head,
        "is_branch_point": script.is_branch_point,
        "is_merge_point": script.is_merge_point,
    }


def declared(folder, directory):
    """What each file says for itself, where the folder as a whole cannot be loaded."""
    rows = []
    for location in directory._version_locations:
        for path in Script._list_py_dir(directory, location):
            try:
                module = __import__("alembic.util", fromlist=["util"]).load_python_file(
                    os.path.dirname(str(path)), os.path.basename(str(path))
                )
                rows.append({
                    "path": below(folder, path),
                    "revision": module.revision,
                    "down_revision": list(to_tuple(module.down_revision, default=())),
                    "depends_on": list(to_tuple(getattr(module, "depends_on", None), default=())),
                })
            except BaseException:
                continue
    return rows


def plan(directory):
    """What `alembic upgrade head` would run on an empty database, the bookkeeping of alembic_version included."""
    steps = directory._upgrade_revs("head", ())
    heads = HeadMaintainer(mock.Mock(), ())
    for step in steps:
        heads.update_to_step(step)
    return [step.revision.revision for step in steps]


class Console(io.StringIO):
    """What commands print to; without an encoding Alembic writes ASCII."""

    encoding = "utf-8"


class Settled(frozenset):
    """A set that comes out in the same order every time."""

    def __iter__(self):
        return iter(sorted(frozenset.__iter__(self)))


def settle(known):
    """Gives one order to what Alembic keeps as sets, and therefore prints and walks in another order in each process.

    Labels and children are sorted. Several dependencies of one revision keep the order in which they are declared,
    which is one of those in which Alembic walks them. Lists (parents, `depends_on`) are left alone.
    """
    for script in known.values():
        if script is None:
            continue
        script.nextrev = Settled(script.nextrev)
        script.branch_labels = Settled(script.branch_labels)
        needed = script._normalized_resolved_dependencies
        if len(needed) > 1:
            declared = dict.fromkeys(script._resolved_dependencies)
            script._normalized_resolved_dependencies = tuple(name for name in declared if name in needed)


def typed(config, line):
    """Runs a command as it is typed after `alembic`."""
    name, *words = line.split(" ")
    if name == "show":
        return alembic.command.show(config, line[len("show "):])
    options = {"-v": "verbose", "--resolve-dependencies": "resolve_dependencies"}
    return getattr(alembic.command, name)(config, **{options[word]: True for word in words})


def printed(config, directory, lines, endless=None):
    """What each command prints, what it raises, and its exit status: 255 for Alembic's own errors, 1 for Python's.

    What walked for ever once (`endless`, as `tried` describes it) walks for ever again, and is not tried.
    """
    texts = {}
    with mock.patch.object(ScriptDirectory, "from_config", classmethod(lambda *_: directory)):
        for line in lines:
            walks = line.startswith(("history", "branches"))
            config.stdout = Console()
            raised, status = None, 0
            if walks and endless:
                raised = endless
            else:
                try:
                    limited(lambda: typed(config, line))
                except KeyboardInterrupt:
                    raise
                except BaseException as error:
                    raised = described(error)
                    status = 255 if isinstance(error, CommandError) else 1
            if raised and raised["class"] == "Endless":
                status = None
                endless = raised if walks else endless
            texts[line] = {"status": status, "text": config.stdout.getvalue(), "raised": raised}
    return texts


def judged(question, told):
    folder = question["dir"]
    answer = {"error": None, "alembic": alembic.__version__}
    told["phase"] = "configuration"
    loaded = []
    from_path = Script.__dict__["_from_path"].__func__

    def note(cls, directory, path):
        told["path"] = below(folder, path)
        script = from_path(cls, directory, path)
        told["path"] = None
        if script is not None:
            loaded.append(script)
        return script

    config = configuration(question)
    directory = ScriptDirectory.from_config(config)
    told["config"] = config
    told["phase"] = "load"
    told["directory"] = directory
    with mock.patch.object(Script, "_from_path", classmethod(note)):
        known = limited(lambda: directory.revision_map._revision_map)
    revisions = [script for key, script in known.items() if script is not None and key == script.revision]
    told["phase"] = "answer"
    answer["files"] = [row(folder, script) for script in loaded]
    answer["heads"] = sorted(set(directory.revision_map.heads))
    answer["bases"] = sorted(set(directory.revision_map.bases))
    answer["branch_points"] = sorted(script.revision for script in revisions if script.is_branch_point)
    answer["merge_points"] = sorted(script.revision for script in revisions if script.is_merge_point)
    history, answer["history_error"] = tried(lambda: [script.revision for script in directory.walk_revisions()])
    answer["history"] = history
    answer["upgrade"], answer["upgrade_error"] = tried(lambda: plan(directory))
    steps, answer["upgrade_heads_error"] = tried(lambda: directory._upgrade_revs("heads", ()))
    answer["upgrade_heads"] = steps and [step.revision.revision for step in steps]
    ends = tuple(directory.revision_map._real_heads)
    if len(ends) == 1:
        down, answer["downgrade_error"] = tried(lambda: directory._downgrade_revs("-1", ends))
        answer["downgrade"] = down and [step.revision.revision for step in down]
    # Two dependencies are a set, and a set's order is another one in each process.
    answer["order_varies"] = any(len(script._normalized_resolved_dependencies) > 1 for script in revisions)
    if question.get("run"):
        _, answer["run_error"] = tried(lambda: alembic.command.upgrade(config, "head"))
    if question.get("texts"):
        settle(known)
        walked = answer["upgrade_heads_error"]
        endless = walked if walked and walked["class"] == "Endless" else None
        answer["texts"] = printed(config, directory, question["texts"], endless)
    return answer


def answered(question):
    told = {"path": None}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = judged(question, told)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            answer = {"error": described(error), "phase": told["phase"], "path": told["path"]}
            if "directory" in told:
                answer["files"] = declared(question["dir"], told["directory"])
                if question.get("texts"):
                    # Every command meets the same error, but not every one exits with the same status.
                    answer["texts"] = printed(told["config"], told["directory"], ["heads", "history"])
    answer["warnings"] = [str(warning.message) for warning in caught if warning.category is UserWarning]
    return answer


def main():
    # What migrations print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.dont_write_bytecode = True
    if "--stubs" in sys.argv[1:]:
        import stubs

        stubs.install()
    for line in sys.stdin.buffer:
        question = json.loads(line)
        answers.write(json.dumps(answered(question), default=repr) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
