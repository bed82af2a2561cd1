"""Lets the migrations of real projects run where the libraries that the projects use are not installed.

What can be imported is imported: the project's own modules are on the path. A module of the project that fails to load
keeps what it had defined until then, and whatever else is asked of it is a stand-in, as is everything of a library that
is not there, and every driver that SQLAlchemy asks for and that is not there. A stand-in agrees to everything (see
stubs.py), is a text where it is used as a column's type, and 255 where it is a length.
What a migration itself takes from stand-ins is written down, so that whoever compares can leave those steps out.
"""

import abc
import importlib.machinery
import os
import sys

import stubs
from alembic import util
from sqlalchemy import dialects, types
from sqlalchemy.sql import type_api

LENGTH = 255
DIALECTS = os.path.join(os.path.dirname(dialects.__file__), "")


class Used:
    """Who used what: the names by migration file, the project's modules that did not load, the files read in part."""

    def __init__(self):
        self.folders = ()
        self.names = {}
        self.modules = {}
        self.files = []

    def note(self, name):
        """Writes the name down if a migration asks for it."""
        frame = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        path = frame.f_code.co_filename if frame is not None else ""
        if path.startswith(self.folders):
            self.names.setdefault(path, set()).add(name)

    def by(self, path):
        return sorted(self.names.get(path, ()))

    def all(self):
        return sorted(set().union(*self.names.values()))


used = Used()


class Text(types.TypeDecorator):
    """What a stand-in is as the type of a column."""

    impl = types.Text
    cache_ok = True


def any_schema(*_):
    """What pydantic asks of a type."""
    from pydantic_core import core_schema

    return core_schema.any_schema()


class Base(stubs.Base):
    """What a stand-in is as a base class beside others, whose metaclasses count."""

    _sqla_type = True
    __get_pydantic_core_schema__ = classmethod(any_schema)

    def __getattr__(self, name):
        return public(self, name)


class Lavish(abc.ABCMeta):
    """Gives a class every name."""

    def __getattr__(cls, name):
        return public(cls, name)


class Rich(Base, metaclass=Lavish):
    """What a stand-in is as a base class by itself."""


def public(owner, name):
    if name.startswith("_"):
        raise AttributeError(name)
    return Anything(name)


class Anything(stubs.Anything):
    """Agrees to everything."""

    _sqla_type = True

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        value = Anything("%s.%s" % (self.__dict__["_name"], name))
        self.__dict__[name] = value
        return value

    def __call__(self, *args, **keywords):
        value = super().__call__(*args, **keywords)
        return Anything(value.__dict__["_name"]) if isinstance(value, stubs.Anything) else value

    def __getitem__(self, key):
        return Anything(self.__dict__["_name"] + "[]")

    def __mro_entries__(self, bases):
        alone = all(isinstance(base, Anything) or type(base) in (type, abc.ABCMeta, Lavish) for base in bases)
        return (type(Rich if alone else Base)("StandIn", (Rich if alone else Base,), {}),)

    def __get_pydantic_core_schema__(self, source, handler):
        return any_schema()

    def __instancecheck__(self, value):
        return False

    __subclasscheck__ = __instancecheck__


class Module(stubs.Module):
    """A module in which every name exists."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        used.note("%s.%s" % (self.__name__, name))
        return self.__dict__.setdefault(name, Anything("%s.%s" % (self.__name__, name)))


class Finder(stubs.Finder):
    """Asked last, when nobody else knows the module."""

    def does_without(self, importer):
        # What a project makes an engine with while it is loaded is not connected to.
        return super().does_without(importer) and not importer.startswith(DIALECTS)

    def create_module(self, spec):
        module = Module(spec.name)
        module.__path__ = []
        module.__file__ = "<stub>"
        module.__all__ = []
        return module


class Lenient:
    """Loads a module of the project as far as it goes."""

    def __init__(self, loader):
        self.loader = loader

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        try:
            self.loader.exec_module(module)
        except (Exception, SystemExit) as error:
            used.modules[module.__name__] = "%s: %s" % (type(error).__name__, error)
            module.__class__ = Module


class Project:
    """Asked first, for the modules below the folders of the project."""

    def __init__(self, folders):
        self.folders = tuple(os.path.join(folder, "") for folder in folders)

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None or not str(spec.origin).startswith(self.folders):
            return None
        spec.loader = Lenient(spec.loader)
        return spec


def install(migrations, projects):
    """From now on, in this process: for the migrations below these folders, of projects below those."""
    used.folders = tuple(os.path.join(folder, "") for folder in migrations)
    load = util.load_python_file
    to_instance = type_api.to_instance
    string = types.String.__init__

    def load_file(folder, name):
        path = os.path.join(str(folder), str(name))
        try:
            return load(folder, name)
        except SyntaxError:
            raise
        except Exception as error:
            if path not in used.names and not isinstance(error, ImportError):
                raise
            used.files.append(path)
            return stubs.piecewise(path)

    def to_type(type_, *args, **keywords):
        if isinstance(type_, (Anything, Base)) or isinstance(type_, type) and issubclass(type_, Base):
            return Text()
        return to_instance(type_, *args, **keywords)

    def sized(self, length=None, *args, **keywords):
        string(self, LENGTH if isinstance(length, Anything) else length, *args, **keywords)

    util.load_python_file = load_file
    type_api.to_instance = to_type
    types.String.__init__ = sized
    sys.meta_path.insert(0, Project(projects))
    sys.meta_path.append(Finder())
