"""Lets the migrations of real projects load where the projects themselves are not installed.

A module that cannot be found becomes a permissive one: whatever is asked of it is there, can be called, iterated and
inherited from. Alembic, SQLAlchemy and the standard library are never replaced, nor anything on behalf of an installed
library. A migration that used a stub and then raised, or that cannot import a name, is run again statement by statement,
and keeps what works.
Loading a migration has no business writing files, starting programs or opening connections: those are refused. That
is a seat belt, not a sandbox.
"""

import ast
import importlib.abc
import importlib.machinery
import inspect
import os
import sys
import sysconfig
import types

from alembic import util

NEVER = {"alembic", "sqlalchemy", "mako"} | set(sys.stdlib_module_names)
INSTALLED = tuple(
    {os.path.realpath(sysconfig.get_paths()[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    | {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
importers = set()


class Base:
    """What a stub turns into when something inherits from it."""

    def __init__(self, *args, **keywords):
        pass

    def __init_subclass__(cls, **keywords):
        pass


class Anything:
    """Agrees to everything."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        value = Anything("%s.%s" % (self.__dict__["_name"], name))
        self.__dict__[name] = value
        return value

    def __setattr__(self, name, value):
        self.__dict__[name] = value

    def __call__(self, *args, **keywords):
        if len(args) == 1 and not keywords and (inspect.isfunction(args[0]) or inspect.isclass(args[0])):
            return args[0]
        return Anything(self.__dict__["_name"] + "()")

    def __mro_entries__(self, bases):
        return (type("Stub", (Base,), {}),)

    def __getitem__(self, key):
        return Anything(self.__dict__["_name"] + "[]")

    def __setitem__(self, key, value):
        pass

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return True

    def __contains__(self, value):
        return False

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def __index__(self):
        return 0

    __int__ = __index__

    def __float__(self):
        return 0.0

    def __str__(self):
        return "<stub %s>" % self.__dict__["_name"]

    __repr__ = __fspath__ = __str__

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other

    def __lt__(self, other):
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def _itself(self, *args):
        return self


for operator in "add sub mul truediv floordiv mod pow lshift rshift and xor or matmul".split():
    for prefix in ("", "r", "i"):
        setattr(Anything, "__%s%s__" % (prefix, operator), Anything._itself)


class Module(types.ModuleType):
    """A module in which every name exists."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        value = Anything("%s.%s" % (self.__name__, name))
        self.__dict__[name] = value
        return value


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last, when nobody else knows the module."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in NEVER:
            return None
        frame = sys._getframe(1)
        while frame is not None and (
            frame.f_code.co_filename.startswith("<frozen importlib")
            or frame.f_globals.get("__name__", "").startswith("importlib")
        ):
            frame = frame.f_back
        importer = frame.f_code.co_filename if frame is not None else ""
        if self.does_without(importer):
            return None
        importers.add(importer)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def does_without(self, importer):
        """Whether a file is to find out that the module is not there."""
        return importer.startswith(INSTALLED)

    def create_module(self, spec):
        module = Module(spec.name)
        module.__path__ = []
        module.__file__ = "<stub>"
        module.__all__ = []
        return module

    def exec_module(self, module):
        pass


def piecewise(path):
    """A module made of those statements of a file that work."""
    with open(path, "rb") as file:
        tree = ast.parse(file.read(), path)
    module = types.ModuleType("piecewise")
    module.__file__ = path
    module.__doc__ = ast.get_docstring(tree, clean=False)
    for statement in tree.body:
        try:
            exec(compile(ast.Module([statement], []), path, "exec", dont_inherit=True), module.__dict__)
        except Exception:
            continue
    return module


REFUSED = {
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile",
    "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "os.remove", "os.rename", "os.rmdir",
    "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "shutil.rmtree", "shutil.move", "os.kill",
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse(event, args):
    if event in REFUSED:
        raise PermissionError("a migration that is only loaded may not do this: %s" % event)
    if event == "open" and args[0] != os.devnull and isinstance(args[2], int) and args[2] & WRITING:
        raise PermissionError("a migration that is only loaded may not write %r" % (args[0],))


def install():
    """From now on, in this process."""
    load = util.load_python_file

    def load_file(folder, name):
        path = os.path.join(str(folder), str(name))
        try:
            return load(folder, name)
        except SyntaxError:
            raise
        except Exception as error:
            # A name that a library no longer has is not the migration's place in the history either.
            if path not in importers and not isinstance(error, ImportError):
                raise
            return piecewise(path)

    util.load_python_file = load_file
    sys.meta_path.append(Finder())
    sys.addaudithook(refuse)
