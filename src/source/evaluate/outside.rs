//! What a module of the drop gives to one that imports it, where it is certain that Python finds this one.
//!
//! A migration is loaded as a module of its own, and its folder is not searched. Alembic puts the folders of
//! `prepend_sys_path` before all others, so a module there wins over everything that is installed, but not over what
//! Python or Alembic has imported already.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Bound, IMPORTED, Variables};
use crate::ingest::{SourceTree, TreePath, in_folder};
use crate::source::faults::syntax_faults;
use crate::source::python::Module;
use crate::text::{TextRange, is_undecided};

/// The modules that Python may have imported before the first migration: its own, and those that Alembic needs.
const IMPORTED_BEFORE: &str = "
abc aifc alembic annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64
bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop
collections colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg crypt
csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum
errno faulthandler fcntl filecmp fileinput flask flask_migrate flask_sqlalchemy fnmatch fractions ftplib
functools gc genericpath getopt getpass gettext glob graphlib greenlet grp gzip hashlib heapq hmac html http
idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale
logging lzma mailbox mailcap mako markupsafe marshal math mimetypes mmap modulefinder msilib msvcrt
multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib
pdb pickle pickletools pipes pkg_resources pkgutil platform plistlib poplib posix posixpath pprint profile
pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource
rlcompleter runpy sched secrets select selectors setuptools shelve shlex shutil signal site smtpd smtplib sndhdr
socket socketserver spwd sqlalchemy sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
textwrap this threading time timeit tkinter token tokenize tomli tomllib trace traceback tracemalloc tty turtle
turtledemo types typing typing_extensions unicodedata unittest urllib uu uuid venv warnings wave weakref
webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
";

/// The modules that migrations can import from some folders of the tree, each read once.
#[derive(Debug)]
pub struct Modules<'t> {
    tree: &'t SourceTree,
    folders: &'t [String],
    read: RefCell<BTreeMap<String, Option<Rc<Variables>>>>,
}

impl<'t> Modules<'t> {
    /// Those of the folders that `prepend_sys_path` names, in order.
    pub fn new(tree: &'t SourceTree, folders: &'t [String]) -> Self {
        Self { tree, folders, read: RefCell::default() }
    }

    fn read(&self, name: &str) -> Option<Variables> {
        let (tree, folders) = (self.tree, self.folders);
        let is_taken = IMPORTED_BEFORE.split_whitespace().any(|taken| taken == name) || name.starts_with('_');
        if is_taken || name.contains('.') {
            return None;
        }
        let file = |folder: &String| in_folder(folder, &format!("{name}.py"));
        let (at, source) =
            folders.iter().enumerate().find_map(|(at, folder)| Some((at, tree.get_str(&file(folder))?)))?;
        // A package, or a compiled module, comes before the file of the same name; what was not read may be either.
        let is_hidden = folders[..=at].iter().any(|folder| {
            let (package, start) =
                (in_folder(folder, &format!("{name}/")), in_folder(folder, &format!("{name}.")));
            let own = file(folder);
            let hides = |path: &TreePath| {
                path.as_str().starts_with(&package)
                    || path.as_str().starts_with(&start) && path.as_str() != own
            };
            tree.iter().any(|(path, _)| hides(path))
                || tree.unread().any(|path| hides(path) || path.as_str() == own)
        });
        if is_hidden {
            return None;
        }
        let module = Module::parse(source);
        if is_undecided(source) || !syntax_faults(&module).is_empty() {
            return None;
        }
        let variables = Variables::of(&module, Importable::default());
        if variables.raises.is_some() || variables.open.is_some() {
            return None;
        }
        Some(variables)
    }
}

/// Where a file's imports are looked for; by default nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Importable<'t>(Option<&'t Modules<'t>>);

impl<'t> Importable<'t> {
    /// Among these.
    pub fn from(modules: &'t Modules<'t>) -> Self {
        Self(Some(modules))
    }

    /// The variables of a module, if all of it is certain. What it imports itself is not looked for, so modules that
    /// import one another come to an end.
    pub(super) fn module(self, name: &str) -> Option<Rc<Variables>> {
        let modules = self.0?;
        if let Some(known) = modules.read.borrow().get(name) {
            return known.clone();
        }
        let read = modules.read(name).map(Rc::new);
        modules.read.borrow_mut().insert(name.to_owned(), read.clone());
        read
    }
}

impl Variables {
    /// What an import statement binds to a name of this module. A list may be changed by whoever else has it.
    pub(super) fn given(&self, name: &str, range: TextRange) -> Bound {
        match self.get(name) {
            Some(Bound::Known { value, .. }) if !value.is_list() => {
                Bound::Known { value: value.clone(), range }
            }
            _ => Bound::Unknown { range, why: IMPORTED },
        }
    }
}
