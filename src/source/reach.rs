//! What runs when `env.py` does: the modules of the project that it imports, and those that they import in their turn.
//!
//! *Surely* runs what is imported by statements that run whatever happens, and by functions that such statements call.
//! *Perhaps* runs what stands under a condition, in a `try`, or in a function whose name is said somewhere in what runs, or
//! which somebody may call without saying it: a decorator, the class that its own class inherits from. Everything else
//! never runs, unless something is *open*: an import whose name is worked out when it runs, or that leads to no file
//! that is certain. Of what is not reached nothing is known then.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use super::environment::Environment;
use super::imports::{Import, imports_of};
use super::models::is_project_code;
use super::modules::{Meant, is_package, packages_above};
use super::program::{
    Argument, Expression, ExpressionKind, Function, Name, Node, Program, Statement, StatementKind,
};
use super::{Flavour, PythonFiles};
use crate::ingest::TreePath;
use crate::text::{TextRange, contains};

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
            begin.extend(application(files, environment));
        }
        let is_lost = is_flask && begin.len() == 1;
        let mut reach = Self::from(files, begin, &environment.prepended);
        if is_lost {
            reach.open = Some(Open { path: env_py.path.clone(), range: TextRange::empty(0) });
        }
        Some(reach)
    }

    /// What runs with some files; `first` are the folders that Python surely looks into before all others.
    fn from(files: &PythonFiles<'_>, todo: Vec<Task>, first: &[String]) -> Self {
        let reach = Self::default();
        let (called, said, asleep) = (BTreeSet::new(), HashSet::new(), Vec::new());
        let todo = todo.into();
        let mut walk = Walk { files, first, reach, called, said, asleep, todo, left: MOST_BYTES };
        loop {
            while let Some(task) = walk.todo.pop_front() {
                walk.run(task);
            }
            if !walk.wake() {
                break;
            }
        }
        walk.reach
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

/// What is read of the modules that one `env.py` brings with it; whole frameworks are more, and of those nobody can tell in
/// the time that people wait.
const MOST_BYTES: usize = 3 << 20;

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

/// What `flask db` loads before `env.py`: the module that makes the application, with the function that does, and perhaps
/// those beside the folder of migrations, of which one names it.
fn application(files: &PythonFiles<'_>, environment: &Environment) -> Vec<Task> {
    let project = environment.project();
    let mut makers = Vec::new();
    let mut beside = Vec::new();
    for (path, bytes) in files.tree().under(project).filter(|(path, _)| is_project_code(path)) {
        if path.folder() == project {
            beside.push(Task::Module(path.clone(), false));
        }
        if !contains(bytes, "Flask(") {
            continue;
        }
        let Some(parsed) = files.parsed(path) else { continue };
        let makes = |node: Node<'_>| {
            let mut found = false;
            node.walk(|inner| {
                found |= matches!(inner, Node::Expression(Expression {
                    kind: ExpressionKind::Call { function, .. }, ..
                }) if function.last_name() == Some("Flask"));
                !found
            });
            found
        };
        for statement in parsed.program.body.iter().filter(|statement| makes(Node::Statement(statement))) {
            makers.push((
                path.clone(),
                Node::Statement(statement).function().map(|function| function.name.to_string()),
            ));
        }
    }
    // Where several are made, which of them is meant is not known.
    let surely = makers.len() == 1;
    let mut tasks: Vec<Task> = Vec::new();
    for (path, factory) in makers {
        tasks.extend(factory.filter(|_| surely).map(|name| Task::Function(path.clone(), name)));
        tasks.push(Task::Module(path, surely));
    }
    if !tasks.is_empty() {
        tasks.extend(beside);
    }
    tasks
}

/// Something that is still to be followed.
enum Task {
    /// A module, and whether it surely runs.
    Module(TreePath, bool),
    /// A function of a module, which surely runs.
    Function(TreePath, String),
}

/// The module whose statements are followed.
struct Here<'p> {
    path: TreePath,
    program: &'p Program,
    /// All of its imports, wherever they stand.
    imports: Vec<Import<'p>>,
}

impl<'p> Here<'p> {
    fn of(path: TreePath, program: &'p Program) -> Self {
        let mut imports = Vec::new();
        program.walk(|node| {
            if let Node::Statement(statement) = node {
                imports.extend(imports_of(statement));
            }
            true
        });
        Self { path, program, imports }
    }
}

struct Walk<'t> {
    files: &'t PythonFiles<'t>,
    first: &'t [String],
    reach: Reach,
    called: BTreeSet<(TreePath, String)>,
    /// The names that what runs says.
    said: HashSet<Name>,
    /// Functions whose name nothing has said yet.
    asleep: Vec<(TreePath, Arc<Function>)>,
    todo: VecDeque<Task>,
    /// How many more bytes of modules are read.
    left: usize,
}

impl Walk<'_> {
    /// Follows the functions whose names were said meanwhile; whether there were any.
    fn wake(&mut self) -> bool {
        let asleep = std::mem::take(&mut self.asleep);
        let (awake, asleep) =
            asleep.into_iter().partition(|(_, function)| self.said.contains(&function.name));
        self.asleep = asleep;
        let mut awake: Vec<(TreePath, Arc<Function>)> = awake;
        awake.sort_by(|(one, _), (other, _)| one.cmp(other));
        for of_file in awake.chunk_by(|(one, _), (other, _)| one == other) {
            let path = &of_file[0].0;
            let Some(parsed) = self.files.parsed(path) else { continue };
            let here = Here::of(path.clone(), &parsed.program);
            of_file.iter().for_each(|(_, function)| self.block(&here, &function.body, false));
        }
        !awake.is_empty()
    }

    fn run(&mut self, task: Task) {
        match task {
            Task::Module(path, surely) => {
                let known = self.reach.modules.get(&path).copied();
                if known.is_some_and(|known| known || !surely) {
                    return;
                }
                // What env.py imports itself comes first.
                let size = self.files.tree().get(&path).map_or(0, <[u8]>::len);
                match (known, self.left.checked_sub(size)) {
                    (None, None) => return self.open(&path, TextRange::empty(0)),
                    (None, Some(left)) => self.left = left,
                    (Some(_), _) => {}
                }
                let Some(parsed) = self.files.parsed(&path) else { return };
                self.reach.modules.insert(path.clone(), surely);
                let here = Here::of(path, &parsed.program);
                self.block(&here, &parsed.program.body, surely);
            }
            Task::Function(path, name) => {
                let Some(parsed) = self.files.parsed(&path) else { return };
                if !self.called.insert((path.clone(), name.clone())) {
                    return;
                }
                let here = Here::of(path, &parsed.program);
                match here.program.function(&name) {
                    Some(function) => self.block(&here, &function.body, true),
                    // A package hands on what its modules define.
                    None => self.call(&here, &name),
                }
            }
        }
    }

    fn block(&mut self, here: &Here<'_>, statements: &[Statement], surely: bool) {
        for statement in statements {
            self.statement(here, statement, surely);
        }
    }

    fn statement(&mut self, here: &Here<'_>, statement: &Statement, surely: bool) {
        for import in imports_of(statement) {
            self.import(&here.path, &import, surely);
        }
        match &statement.kind {
            StatementKind::If { arms, otherwise } => self.condition(here, arms, otherwise, surely),
            StatementKind::Try(attempt) => {
                self.block(here, &attempt.body, surely && attempt.handlers.is_empty());
                attempt.handlers.iter().for_each(|handler| self.block(here, &handler.body, false));
                self.block(here, &attempt.otherwise, false);
                self.block(here, &attempt.finally, surely);
            }
            StatementKind::With { items, body } => {
                let catches = |value: &Expression| {
                    matches!(&value.kind, ExpressionKind::Call { function, .. }
                        if function.last_name() == Some("suppress"))
                };
                items.iter().for_each(|(value, _)| self.expression(here, value, surely));
                let surely = surely && !items.iter().any(|(value, _)| catches(value));
                self.block(here, body, surely);
            }
            StatementKind::Function(function) => self.function(here, function, false, surely),
            StatementKind::Class(class) => {
                let given = class.arguments.iter().map(Argument::value);
                let run = class.decorators.iter().chain(given);
                run.for_each(|value| self.expression(here, value, surely));
                let is_plain = class.arguments.is_empty() && class.decorators.is_empty();
                for inner in &class.body {
                    match &inner.kind {
                        StatementKind::Function(method) => {
                            let is_called = !is_plain || method.name.starts_with("__");
                            self.function(here, method, is_called, surely);
                        }
                        _ => self.statement(here, inner, surely),
                    }
                }
            }
            _ => {
                let is_loop = matches!(&statement.kind, StatementKind::For(_) | StatementKind::While(_));
                for node in Node::Statement(statement).inner() {
                    match node {
                        Node::Statement(inner) => self.statement(here, inner, surely && !is_loop),
                        Node::Expression(value) => self.expression(here, value, surely),
                    }
                }
            }
        }
    }

    /// `if TYPE_CHECKING:` and `if __name__ == "__main__":` do not run; autogenerate is never offline.
    fn condition(
        &mut self,
        here: &Here<'_>,
        arms: &[(Expression, Vec<Statement>)],
        otherwise: &[Statement],
        surely: bool,
    ) {
        let names = |condition: &Expression, wanted: &[&str]| {
            let mut found = false;
            Node::Expression(condition).walk(|node| {
                found |= matches!(node, Node::Expression(inner)
                    if inner.last_name().is_some_and(|name| wanted.contains(&name)));
                !found
            });
            found
        };
        let mut rest_runs = surely;
        for (condition, block) in arms {
            self.expression(here, condition, surely);
            let never = names(condition, &["TYPE_CHECKING", "__name__"]);
            let is_offline = matches!(condition.kind, ExpressionKind::Call { .. })
                && names(condition, &["is_offline_mode"]);
            if !never {
                self.block(here, block, false);
            }
            rest_runs &= never || is_offline;
        }
        self.block(here, otherwise, rest_runs);
    }

    /// A function that is defined; whether somebody may call it without saying its name.
    fn function(&mut self, here: &Here<'_>, function: &Arc<Function>, is_called: bool, surely: bool) {
        let defaults = function.parameters.iter().filter_map(|parameter| parameter.default.as_ref());
        let run = function.decorators.iter().chain(defaults);
        run.for_each(|value| self.expression(here, value, surely));
        if is_called || !function.decorators.is_empty() {
            self.block(here, &function.body, false);
        } else {
            self.asleep.push((here.path.clone(), Arc::clone(function)));
        }
    }

    /// The calls in an expression: of functions of the project, and of what imports by a name.
    fn expression(&mut self, here: &Here<'_>, expression: &Expression, surely: bool) {
        let mut calls = Vec::new();
        let mut lambdas: Vec<&Function> = Vec::new();
        let said = &mut self.said;
        Node::Expression(expression).walk(|node| match node {
            Node::Expression(Expression { kind: ExpressionKind::Lambda(function), .. }) => {
                lambdas.push(function);
                false
            }
            Node::Expression(Expression { range, kind: ExpressionKind::Call { function, arguments } }) => {
                calls.push((*range, &**function, arguments.as_slice()));
                true
            }
            Node::Expression(inner) => {
                match &inner.kind {
                    ExpressionKind::Name(name) | ExpressionKind::Attribute(_, name) => {
                        said.insert(Arc::clone(name));
                    }
                    // `getattr(module, "name")`.
                    ExpressionKind::Text(text) if text.value.len() < 40 => {
                        said.insert(Arc::clone(&text.value));
                    }
                    _ => {}
                }
                true
            }
            Node::Statement(_) => true,
        });
        for function in lambdas {
            self.block(here, &function.body, false);
        }
        for (range, function, arguments) in calls {
            if imports_by_name(function) {
                match arguments.first().map(Argument::value).and_then(Expression::as_text) {
                    Some(module) if arguments.len() == 1 => self.module(&here.path, module, surely, range),
                    _ => self.open(&here.path, range),
                }
            } else if surely {
                let handed = arguments.iter().map(Argument::value).filter(|value| value.as_name().is_some());
                for name in [function].into_iter().chain(handed).filter_map(Expression::dotted) {
                    self.call(here, &name);
                }
            }
        }
    }

    /// A function that is called, or handed to what may call it.
    fn call(&mut self, here: &Here<'_>, dotted: &str) {
        if here.program.function(dotted).is_some() {
            self.todo.push_back(Task::Function(here.path.clone(), dotted.to_owned()));
            return;
        }
        let (head, last) = dotted.rsplit_once('.').unwrap_or((dotted, dotted));
        for import in here.imports.iter().filter(|import| import.bound == head) {
            let (module, name) = match import.name {
                Some(name) if head == last => (import.module.to_owned(), name),
                Some(name) => (inner(import.module, name), last),
                None => (import.module.to_owned(), last),
            };
            if let Meant::File(path) = imported(self.files, &module, &here.path, self.first) {
                self.todo.push_back(Task::Function(path.clone(), name.to_owned()));
            }
        }
    }

    fn import(&mut self, at: &TreePath, import: &Import<'_>, surely: bool) {
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

    fn module(&mut self, at: &TreePath, module: &str, surely: bool, range: TextRange) {
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

    fn open(&mut self, at: &TreePath, range: TextRange) {
        self.reach.open.get_or_insert_with(|| Open { path: at.clone(), range });
    }
}

/// Whether a function imports what it is given the name of.
fn imports_by_name(function: &Expression) -> bool {
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
        let reach = Reach::from(&files, vec![Task::Module(at("alembic/env.py"), true)], &[]);
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
