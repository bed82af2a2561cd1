//! What runs when `env.py` does: the modules of the project that it imports, and those that they import in their turn.
//!
//! *Surely* runs what is imported by statements that run whatever happens, and by functions that such statements call.
//! *Perhaps* runs what stands under a condition, in a `try`, or in a function whose name is said somewhere in what runs, or
//! which somebody may call without saying it: a decorator, the class that its own class inherits from. Everything else
//! never runs, unless something is *open*: an import whose name is worked out when it runs, or that leads to no file
//! that is certain. Of what is not reached nothing is known then.

mod application;
mod imports;
mod walk;

use std::collections::BTreeMap;

use super::environment::Environment;
use super::modules::Meant;
use super::{Flavour, PythonFiles};
use crate::ingest::TreePath;
use crate::text::TextRange;
use walk::Task;

/// The modules that an `env.py` brings with it, itself among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Each, and whether it surely runs.
    modules: BTreeMap<TreePath, bool>,
    /// What may import anything.
    pub open: Option<Open>,
}

/// A place that may import modules which nobody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The file.
    pub path: TreePath,
    /// The bytes of the import.
    pub range: TextRange,
}

/// Whether a module runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It does.
    Surely,
    /// It may.
    Perhaps,
    /// It does not.
    Never,
}

impl Reach {
    /// What runs with the `env.py` of an environment; nothing where there is none.
    pub fn of(files: &PythonFiles<'_>, environment: &Environment) -> Option<Self> {
        let env_py = environment.env_py.as_ref()?;
        let mut begin = vec![Task::Module(env_py.path.clone(), true)];
        let is_flask = environment.flavour == Flavour::FlaskMigrate;
        if is_flask {
            begin.extend(application::application(files, environment));
        }
        let is_lost = is_flask && begin.len() == 1;
        let mut reach = walk::follow(files, begin, &environment.prepended);
        if is_lost {
            reach.open = Some(Open { path: env_py.path.clone(), range: TextRange::empty(0) });
        }
        Some(reach)
    }

    /// Whether a module runs.
    pub fn has(&self, path: &TreePath) -> Reached {
        match self.modules.get(path) {
            Some(true) => Reached::Surely,
            Some(false) => Reached::Perhaps,
            None if self.open.is_some() => Reached::Perhaps,
            None => Reached::Never,
        }
    }

    /// The modules that are seen to run, surely or perhaps.
    pub fn modules(&self) -> impl Iterator<Item = &TreePath> {
        self.modules.keys()
    }
}

/// The file that an import means, seen from the file that has it.
pub(super) fn imported<'t>(
    files: &'t PythonFiles<'_>,
    module: &str,
    user: &TreePath,
    first: &[String],
) -> Meant<'t> {
    files.modules().imported(files.tree(), module, user, first)
}

/// The module of a name in another: `a.b` for `b` of `a`.
pub(super) fn inner(module: &str, name: &str) -> String {
    if module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;

    /// The modules that run with `env.py`: those that only may with a `?`; `…` where others may.
    fn reached(env_py: &str, files: &[(&str, &str)]) -> String {
        let at = |path: &str| TreePath::parse(path).expect("relative");
        let mut tree = SourceTree::default();
        for (path, text) in files.iter().chain([&("alembic/env.py", env_py), &("alembic.ini", "")]) {
            tree.insert(at(path), text.as_bytes().to_vec());
        }
        let files = PythonFiles::of(&tree);
        let reach = walk::follow(&files, vec![Task::Module(at("alembic/env.py"), true)], &[]);
        let own = reach.modules.iter().filter(|(path, _)| path.file_name() != "env.py");
        let shown = own.map(|(path, surely)| format!("{path}{}", if *surely { "" } else { "?" }));
        let open = reach.open.is_some().then(|| "…".to_owned());
        shown.chain(open).collect::<Vec<_>>().join(" ")
    }

    const APP: [(&str, &str); 7] = [
        ("app/__init__.py", ""),
        ("app/db.py", "Base = 1\ndef load():\n    from app.models import tag\n"),
        ("app/models/__init__.py", "from .user import User\n"),
        ("app/models/user.py", "from app.base import Base\n"),
        ("app/base.py", ""),
        ("app/models/tag.py", ""),
        ("app/late.py", "from app.db import load\n"),
    ];

    #[test]
    fn every_form_of_import_is_followed() {
        let models = "app/__init__.py app/base.py app/models/__init__.py app/models/user.py";
        let tag = &models.replace("app/models/user", "app/models/tag.py app/models/user");
        let from_db = &tag.replace("app/models/__", "app/db.py app/models/__");
        let from_late = &from_db.replace("app/models/__", "app/late.py app/models/__");
        for (env_py, expected) in [
            ("import app.models", models),
            ("import app.models as m", models),
            ("from app import models", models),
            ("from app.models import *", models),
            ("from app.models import User", models),
            ("from app.models import tag", tag),
            ("from app.models.tag import Tag", tag),
            ("import importlib\nimportlib.import_module('app.models.tag')", tag),
            ("from app.db import load\nload()", from_db),
            ("from app import db\ndb.load()", from_db),
            ("from app.late import load\nload()", from_late),
            ("def run():\n    from app.models import tag\ndef go():\n    run()\ngo()", tag),
            ("import asyncio\nasync def run():\n    import app.models.tag\nasyncio.run(run())", tag),
            (
                "from alembic import context\nif context.is_offline_mode():\n    pass\nelse:\n    import app.models.tag",
                tag,
            ),
        ] {
            assert_eq!(reached(env_py, &APP), expected, "{env_py}");
        }
    }

    #[test]
    fn what_only_running_tells_is_perhaps_and_what_never_runs_is_not_there() {
        let perhaps = "app/__init__.py? app/models/__init__.py? app/models/tag.py?";
        let package: [(&str, &str); 3] =
            [("app/__init__.py", ""), ("app/models/__init__.py", ""), ("app/models/tag.py", "")];
        for (env_py, expected) in [
            ("try:\n    import app.models.tag\nexcept ImportError:\n    pass", perhaps),
            ("if x:\n    import app.models.tag", perhaps),
            ("def never_called():\n    import app.models.tag", ""),
            ("class A:\n    def never_called(self):\n        import app.models.tag", ""),
            ("def handed_over():\n    import app.models.tag\nx = {'a': handed_over}", perhaps),
            ("@made\ndef called():\n    import app.models.tag", perhaps),
            ("class A(B):\n    def called(self):\n        import app.models.tag", perhaps),
            ("class A:\n    def load(self):\n        import app.models.tag\nA().load()", perhaps),
            ("with suppress(ImportError):\n    import app.models.tag", perhaps),
            ("for x in y:\n    import app.models.tag", perhaps),
            ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import app.models.tag", ""),
            ("if __name__ == '__main__':\n    import app.models.tag", ""),
            ("from sqlmodel import SQLModel\nimport os", ""),
            ("import importlib\nimportlib.import_module(name)", "…"),
            ("import pkgutil\nfor m in pkgutil.walk_packages(x):\n    pass", "…"),
            ("from app.generated import models", "…"),
        ] {
            assert_eq!(reached(env_py, &package), expected, "{env_py}");
        }
    }

    #[test]
    fn a_star_import_of_a_package_runs_what_all_names() {
        let package = |all: &'static str| [("m/__init__.py", all), ("m/a.py", ""), ("m/b.py", "")];
        assert_eq!(reached("from m import *", &package("__all__ = ['a']")), "m/__init__.py m/a.py");
        assert_eq!(reached("import m", &package("__all__ = ['a']")), "m/__init__.py");
        assert_eq!(
            reached("from m import *", &package("__all__ = [f[:-3] for f in files]")),
            "m/__init__.py …"
        );
    }

    #[test]
    fn of_several_files_the_one_around_env_py_is_meant() {
        let files = [("one/app/models.py", ""), ("two/app/models.py", "")];
        assert_eq!(reached("import app.models", &files), "…");
        let near = [("alembic/app/models.py", ""), ("two/app/models.py", "")];
        assert_eq!(reached("import app.models", &near), "alembic/app/models.py");
    }
}
