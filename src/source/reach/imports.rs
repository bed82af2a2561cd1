//! Where imports lead: to modules of the project, to what is none of its own, or to what nobody can tell.

use super::walk::{Task, Walk};
use super::{Open, imported, inner};
use crate::ingest::TreePath;
use crate::source::imports::Import;
use crate::source::modules::{Meant, is_package, packages_above};
use crate::source::program::{Expression, ExpressionKind, StatementKind};
use crate::text::TextRange;

impl Walk<'_> {
    pub(super) fn import(&mut self, at: &TreePath, import: &Import<'_>, surely: bool) {
        let Import { module, name, statement, .. } = *import;
        let Some(name) = name else { return self.module(at, module, surely, statement) };
        let inner_there = name != "*" && self.submodule(at, module, name, surely);
        match imported(self.files, module, at, self.first) {
            Meant::File(path) => {
                let path = path.clone();
                if name == "*" {
                    self.all_of(&path, surely);
                }
                self.found(path, module, surely);
            }
            Meant::Elsewhere => {}
            Meant::NotKnown if inner_there => {}
            Meant::NotKnown => self.open(at, statement),
        }
    }

    /// What a star import of a package runs beside it.
    fn all_of(&mut self, package: &TreePath, surely: bool) {
        let Some(parsed) = self.files.parsed(package).filter(|_| is_package(package)) else { return };
        for statement in &parsed.program.body {
            if let StatementKind::Assign { targets, value } = &statement.kind
                && targets.iter().any(|target| target.is_dotted("__all__"))
            {
                match &value.kind {
                    ExpressionKind::List(items) | ExpressionKind::Tuple(items) => {
                        for name in items.iter().filter_map(Expression::as_text) {
                            self.submodule(package, ".", name, surely);
                        }
                    }
                    _ => self.open(package, value.range),
                }
            }
        }
    }

    /// A module in a package, where there is one of that name.
    fn submodule(&mut self, at: &TreePath, module: &str, name: &str, surely: bool) -> bool {
        let dotted = inner(module, name);
        let Meant::File(path) = imported(self.files, &dotted, at, self.first) else { return false };
        let path = path.clone();
        self.found(path, &dotted, surely);
        true
    }

    pub(super) fn module(&mut self, at: &TreePath, module: &str, surely: bool, range: TextRange) {
        match imported(self.files, module, at, self.first) {
            Meant::File(path) => {
                let path = path.clone();
                self.found(path, module, surely);
            }
            Meant::Elsewhere => {}
            Meant::NotKnown => self.open(at, range),
        }
    }

    fn found(&mut self, path: TreePath, dotted: &str, surely: bool) {
        for package in packages_above(self.files.tree(), &path, dotted) {
            self.todo.push_back(Task::Module(package.clone(), surely));
        }
        self.todo.push_back(Task::Module(path, surely));
    }

    pub(super) fn open(&mut self, at: &TreePath, range: TextRange) {
        self.reach.open.get_or_insert_with(|| Open { path: at.clone(), range });
    }
}

/// Whether a function imports what it is given the name of.
pub(super) fn imports_by_name(function: &Expression) -> bool {
    const NAMES: [&str; 10] = [
        "import_module",
        "__import__",
        "import_string",
        "walk_packages",
        "iter_modules",
        "find_modules",
        "exec_module",
        "load_module",
        "exec",
        "eval",
    ];
    function.last_name().is_some_and(|name| NAMES.contains(&name))
}
