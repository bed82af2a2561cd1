//! What `from module import name` binds.

use super::Machine;
use super::value::Value;

/// Modules of Python's own library and of others whose functions do nothing to a schema.
const HARMLESS: &str = "
__future__ abc argparse array ast asyncio atexit base64 binascii bisect calendar cmath codecs collections colorsys concurrent configparser contextlib contextvars copy csv dataclasses datetime
decimal difflib enum errno fractions functools gc glob hashlib heapq hmac html importlib inspect io ipaddress itertools json
keyword linecache locale logging lzma mimetypes math numbers operator os pathlib pickle platform pprint queue random re sched secrets select shelve shlex shutil sqlite3 ssl stat signal socket
statistics string struct subprocess sys tarfile tempfile textwrap threading timeit time traceback types typing typing_extensions
unicodedata urllib uuid warnings tomllib weakref xml zipfile zlib zoneinfo
dateutil pytz six slugify yaml structlog loguru oslo_db oslo_log oslo_config oslo_utils oslo_serialization bcrypt passlib
cryptography werkzeug click tqdm rich numpy pandas requests tabulate packaging simplejson orjson pydantic jinja2 pendulum arrow
shortuuid nanoid ulid faker sqlparse
";

/// Whether calling what comes from there does nothing to a schema.
pub(super) fn is_harmless(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    HARMLESS.split_whitespace().any(|name| name == root)
}

/// A module, or something in it.
pub(super) fn module(path: &str) -> Value {
    let root = path.split('.').next().unwrap_or(path);
    if matches!(root, "alembic" | "sqlalchemy") || is_harmless(path) {
        Value::path(path)
    } else {
        Value::Foreign(Some(path.into()))
    }
}

impl Machine<'_> {
    /// `import module as bound`; without `as`, the first part of the name is bound.
    pub(super) fn import(&mut self, module: &str, bound: &str) {
        let is_whole = module.split('.').next() == Some(bound);
        self.bind(bound, self::module(if is_whole { bound } else { module }));
    }

    pub(super) fn import_from(&mut self, module: &str, names: &[(Box<str>, Box<str>)]) {
        let absolute = self.absolute(module);
        let module = absolute.as_deref().unwrap_or(module);
        for (name, bound) in names {
            if &**name == "*" {
                // The constructs of SQLAlchemy come by their own names; of others, anything may come.
                self.open_module();
                continue;
            }
            let path = format!("{module}.{name}");
            self.bind(bound, self::module(&path));
        }
    }
}
