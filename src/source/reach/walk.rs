//! What of a module's statements runs: surely, perhaps, or never.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use super::imports::imports_by_name;
use super::{Reach, imported, inner};
use crate::ingest::TreePath;
use crate::source::PythonFiles;
use crate::source::imports::{Import, imports_of};
use crate::source::modules::Meant;
use crate::source::program::{
    Argument, Expression, ExpressionKind, Function, Name, Node, Program, Statement, StatementKind,
};
use crate::text::TextRange;

/// What is read of the modules that one `env.py` brings with it; whole frameworks are more, and of those nobody can tell in
/// the time that people wait.
const MOST_BYTES: usize = 3 << 20;

/// What runs with some files; `first` are the folders that Python surely looks into before all others.
pub(super) fn follow(files: &PythonFiles<'_>, todo: Vec<Task>, first: &[String]) -> Reach {
    let reach = Reach::default();
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

/// Something that is still to be followed.
pub(super) enum Task {
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

pub(super) struct Walk<'t> {
    pub(super) files: &'t PythonFiles<'t>,
    pub(super) first: &'t [String],
    pub(super) reach: Reach,
    called: BTreeSet<(TreePath, String)>,
    /// The names that what runs says.
    said: HashSet<Name>,
    /// Functions whose name nothing has said yet.
    asleep: Vec<(TreePath, Arc<Function>)>,
    pub(super) todo: VecDeque<Task>,
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
}
