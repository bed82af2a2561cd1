//! The modules of libraries: what is known of them, in one list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::ingest::TreePath;

/// What importing a library's module can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Library {
    /// Whether Python may have imported it before the first migration, so that no file of its name is found.
    is_loaded_before: bool,
    /// Whether calling what it has does nothing to a schema.
    is_harmless: bool,
}

/// Python's own, of every release since 3.8.
const STANDARD: (&str, Library) = (
    "
__future__ abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64
bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop
collections colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg crypt
csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum
errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass
gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io
ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes
mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator
optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath
pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib
resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr
socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep
struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this
threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types
typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib
xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
",
    Library { is_loaded_before: true, is_harmless: true },
);

/// What Alembic and Flask-Migrate need and load themselves.
const NEEDED: (&str, Library) = (
    "alembic flask flask_migrate flask_sqlalchemy greenlet mako markupsafe pkg_resources setuptools sqlalchemy tomli",
    Library { is_loaded_before: true, is_harmless: false },
);

/// Other people's that migrations use, and that have nothing to do with a schema.
const OTHERS: (&str, Library) = (
    "
arrow bcrypt click cryptography dateutil faker jinja2 loguru nanoid numpy orjson oslo_config oslo_db oslo_log
oslo_serialization oslo_utils packaging pandas passlib pendulum pydantic pytz requests rich shortuuid simplejson
six slugify sqlparse structlog tabulate tqdm ulid werkzeug yaml
",
    Library { is_loaded_before: false, is_harmless: true },
);

/// The same, which Alembic loads before.
const BOTH: (&str, Library) = ("typing_extensions", Library { is_loaded_before: true, is_harmless: true });

/// Modules that export none of the names that matter to Alembic, whoever star-imports them.
const WITHOUT_REVISIONS: [&str; 4] = ["alembic", "sqlalchemy", "typing", "geoalchemy2"];

/// The first name of a dotted one.
pub(crate) fn top(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or(dotted)
}

/// Whether a file lists the packages that a project wants.
pub(crate) fn lists_packages(path: &TreePath) -> bool {
    let name = path.file_name();
    matches!(name, "pyproject.toml" | "setup.cfg" | "setup.py" | "Pipfile" | "METADATA")
        || matches!(name.rsplit_once('.'), Some((_, "txt" | "in")))
}

fn library(dotted: &str) -> Option<Library> {
    static LIBRARIES: LazyLock<BTreeMap<&str, Library>> = LazyLock::new(|| {
        let of = |(names, library): (&'static str, Library)| {
            names.split_ascii_whitespace().map(move |name| (name, library))
        };
        [STANDARD, NEEDED, OTHERS, BOTH].into_iter().flat_map(of).collect()
    });
    LIBRARIES.get(top(dotted)).copied()
}

/// Whether Python may have imported a module before the first migration: its own, and those that Alembic needs.
pub(crate) fn is_loaded_before(dotted: &str) -> bool {
    library(dotted).is_some_and(|library| library.is_loaded_before)
}

/// Whether calling what comes from a module does nothing to a schema.
pub(crate) fn is_harmless(dotted: &str) -> bool {
    library(dotted).is_some_and(|library| library.is_harmless)
}

/// Whether a star import of it certainly binds none of the names that Alembic reads.
pub(crate) fn exports_no_revisions(dotted: &str) -> bool {
    WITHOUT_REVISIONS.contains(&top(dotted))
}
