//! Statements, in order.

use super::effects::{cannot_fail, leaves, raised};
use super::ways::Way;
use super::{
    Bound, COMPUTED, CONTEXT, DEPENDS, IMPORTED, Importable, LONGEST_LOOP, MOST_MADE, OP, REPLACED, Raise,
    TOO_MUCH, Variables, bound,
};
use crate::source::bulk::LARGEST;
use crate::source::modules::libraries;
use crate::source::program::{
    Expression, ExpressionKind, For, Name, Node, Operator, Program, Statement, StatementKind, Try, While,
};
use crate::source::value::{Literal, Value};
use crate::text::TextRange;

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// At its end.
    On,
    /// By an error, for certain.
    Raised,
    /// By `break` or `continue`.
    Left,
}

/// A run through statements.
pub(super) struct Run<'t> {
    pub(super) state: Variables,
    source: &'t [u8],
    importable: Importable<'t>,
    /// How many conditions, loops and the like stand around.
    depth: usize,
    /// How much has been made.
    n_made: usize,
    /// Whether what is being worked out took more than is followed.
    pub(super) is_too_much: bool,
}

impl<'t> Run<'t> {
    /// What holds after a module's statements.
    pub(super) fn through(program: &Program, source: &'t [u8], importable: Importable<'t>) -> Variables {
        let mut run =
            Self { state: Variables::default(), source, importable, depth: 0, n_made: 0, is_too_much: false };
        run.statements(&program.body);
        run.state
    }

    fn statements(&mut self, statements: &[Statement]) -> Flow {
        for statement in statements {
            let flow = self.statement(statement);
            if self.state.raises.is_some() {
                return Flow::Raised;
            }
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    /// The block of a statement.
    fn block(&mut self, statements: &[Statement]) -> Flow {
        self.depth += 1;
        let flow = self.statements(statements);
        self.depth -= 1;
        flow
    }

    /// What a block would do, which is taken back; nothing where it certainly ends with an error.
    fn way(&mut self, statements: &[Statement]) -> Option<Way> {
        let mark = self.state.begin();
        let flow = self.block(statements);
        let way = self.state.take_back(&mark);
        (flow != Flow::Raised).then_some(way)
    }

    /// Counts what is made; whether it is followed.
    pub(super) fn made(&mut self, size: usize) -> bool {
        let is_followed = size <= LARGEST && self.spend(size);
        self.is_too_much |= !is_followed;
        is_followed
    }

    fn spend(&mut self, size: usize) -> bool {
        self.n_made = self.n_made.saturating_add(size);
        self.n_made <= MOST_MADE
    }

    fn statement(&mut self, statement: &Statement) -> Flow {
        let range = statement.range;
        match &statement.kind {
            StatementKind::Expression(value) => {
                if let Some(raise) = leaves(value, range, self.source) {
                    self.state.raises = Some(raise);
                    return Flow::Raised;
                }
                self.value(value);
            }
            StatementKind::Assign { targets, value } => self.assignment(targets, value, range),
            StatementKind::Augment { target, operator, value } => {
                self.augmented(target, *operator, value, range);
            }
            StatementKind::Delete(targets) => targets.iter().for_each(|target| self.delete(target)),
            StatementKind::If { arms, otherwise } => return self.condition(arms, otherwise, range),
            StatementKind::For(inner) => return self.for_loop(statement, inner),
            StatementKind::While(inner) => self.while_loop(statement, inner),
            StatementKind::Try(inner) => return self.attempt(inner, range),
            StatementKind::Function(function) => {
                if &*function.name == "__getattr__" {
                    self.state.open = Some(range);
                }
                let is_plain = function.decorators.is_empty();
                self.bind(&function.name, is_plain.then_some(Value::Other("function")), range, COMPUTED);
            }
            StatementKind::Class(class) => {
                let is_plain = class.decorators.is_empty();
                self.bind(&class.name, is_plain.then_some(Value::Other("type")), range, COMPUTED);
            }
            StatementKind::Import(imports) => {
                for (module, name) in imports {
                    // `import a.b as c` binds what may be anything.
                    let is_whole = module.split('.').next() == Some(&**name);
                    self.bind(name, is_whole.then_some(Value::Other("module")), range, IMPORTED);
                }
            }
            StatementKind::From { module, names } => return self.import(module, names, range),
            StatementKind::Raise(value) => {
                self.state.raises = Some(raised(value.as_deref(), range, self.source));
                return Flow::Raised;
            }
            StatementKind::Break | StatementKind::Continue => return Flow::Left,
            StatementKind::Pass | StatementKind::Declare(_) | StatementKind::Global(_) => {}
            StatementKind::With { .. }
            | StatementKind::Return(_)
            | StatementKind::Nonlocal(_)
            | StatementKind::Assert(_)
            | StatementKind::Other(_) => self.lose(Node::Statement(statement), DEPENDS),
        }
        Flow::On
    }

    fn assignment(&mut self, targets: &[Expression], value: &Expression, range: TextRange) {
        if value.as_name().is_some() || targets.len() > 1 {
            let names = targets.iter().chain([value]).flat_map(Expression::bound_names);
            self.state.aliases.extend(names.cloned());
        }
        // An edit of what stands under a condition changes only one of the ways.
        let literal = if self.depth == 0 { Literal::of(value, range) } else { None };
        self.is_too_much = false;
        let value = self.value(value);
        for target in targets {
            match (target.as_name(), &value, &literal) {
                (Some(name), Some(value), Some(literal)) => {
                    let literal = Some(Box::new(literal.clone()));
                    let known = Bound::Known { value: value.clone(), range, literal };
                    self.state.set(name, Some(known));
                }
                _ => self.assign(target, value.as_ref(), range),
            }
        }
    }

    fn assign(&mut self, target: &Expression, value: Option<&Value>, range: TextRange) {
        let targets = match &target.kind {
            ExpressionKind::Name(name) => return self.bind(name, value.cloned(), range, COMPUTED),
            ExpressionKind::Attribute(..) => return,
            ExpressionKind::Item(item) => return self.assign_item(target, &item.0, &item.1, value, range),
            ExpressionKind::Tuple(targets) | ExpressionKind::List(targets) => targets,
            _ => return self.lose_names(target, range, DEPENDS),
        };
        let is_star = |target: &Expression| matches!(target.kind, ExpressionKind::Star(_));
        let n_stars = targets.iter().filter(|target| is_star(target)).count();
        match value.and_then(|value| self.items(value)) {
            Some(items) if n_stars == 0 && items.len() == targets.len() => {
                for (target, item) in targets.iter().zip(items.iter()) {
                    self.assign(target, Some(item), range);
                }
            }
            Some(items) if n_stars == 1 && items.len() + 1 >= targets.len() => {
                let n_extra = items.len() + 1 - targets.len();
                let mut items = items.iter();
                for target in targets {
                    if let ExpressionKind::Star(inner) = &target.kind {
                        let rest = self.kept(items.by_ref().take(n_extra).cloned().collect());
                        self.assign(inner, rest.map(Value::List).as_ref(), range);
                    } else {
                        self.assign(target, items.next(), range);
                    }
                }
            }
            _ => self.lose_names(target, range, "is unpacked from another value"),
        }
    }

    /// `globals()['name'] = …` binds a name; any other item changes a list that was known.
    fn assign_item(
        &mut self,
        target: &Expression,
        object: &Expression,
        key: &Expression,
        value: Option<&Value>,
        range: TextRange,
    ) {
        let is_globals =
            matches!(&object.kind, ExpressionKind::Call { function, .. } if function.is_dotted("globals"));
        if !is_globals {
            self.state.forget_lists(Node::Expression(target), range);
            return;
        }
        match self.value(key) {
            Some(Value::Text(name)) => {
                self.bind(&name, value.cloned(), range, COMPUTED);
            }
            _ => self.open(range, DEPENDS),
        }
    }

    fn augmented(&mut self, target: &Expression, operator: Operator, value: &Expression, range: TextRange) {
        self.is_too_much = false;
        let before = self.value(target);
        let added = self.value(value);
        let Some(name) = target.as_name() else {
            self.state.forget_lists(Node::Expression(target), range);
            return;
        };
        let sum = match (before, added) {
            (Some(before), Some(added)) if operator == Operator::Add => self.sum(&[before, added]),
            _ => None,
        };
        self.bind(name, sum, range, DEPENDS);
    }

    fn delete(&mut self, target: &Expression) {
        match &target.kind {
            ExpressionKind::Name(name) => {
                self.state.set(name, None);
            }
            ExpressionKind::Attribute(..) => {}
            ExpressionKind::Item(_) => self.state.forget_lists(Node::Expression(target), target.range),
            ExpressionKind::Tuple(targets) | ExpressionKind::List(targets) => {
                targets.iter().for_each(|target| self.delete(target));
            }
            _ => self.lose_names(target, target.range, DEPENDS),
        }
    }

    fn condition(
        &mut self,
        arms: &[(Expression, Vec<Statement>)],
        otherwise: &[Statement],
        range: TextRange,
    ) -> Flow {
        let mut ways = Vec::new();
        for (condition, body) in arms {
            let truth = self.value(condition).map(|value| value.is_true());
            match truth {
                Some(false) => continue,
                Some(true) if ways.is_empty() => return self.block(body),
                _ => {}
            }
            ways.extend(self.way(body));
            if truth == Some(true) {
                break;
            }
        }
        if ways.is_empty() {
            return self.block(otherwise);
        }
        ways.extend(self.way(otherwise));
        self.state.join(ways, range);
        Flow::On
    }

    fn for_loop(&mut self, statement: &Statement, inner: &For) -> Flow {
        let items = self.value(&inner.over).and_then(|value| self.items(&value));
        let items = items.filter(|items| items.len() <= LONGEST_LOOP && inner.otherwise.is_empty());
        let Some(items) = items else {
            self.lose(Node::Statement(statement), DEPENDS);
            return Flow::On;
        };
        for item in items.iter() {
            if !self.spend(1 + statement.range.len() as usize / 8) {
                self.lose(Node::Statement(statement), TOO_MUCH);
                return Flow::On;
            }
            self.assign(&inner.target, Some(item), statement.range);
            match self.block(&inner.body) {
                Flow::On => {}
                Flow::Raised => return Flow::Raised,
                // Which of the two it was is not kept.
                Flow::Left => {
                    self.lose(Node::Statement(statement), DEPENDS);
                    return Flow::On;
                }
            }
        }
        Flow::On
    }

    fn while_loop(&mut self, statement: &Statement, inner: &While) {
        let mark = self.state.begin();
        self.lose(Node::Statement(statement), DEPENDS);
        // `while False` and a loop that never runs leave what was.
        let condition = self.value(&inner.condition);
        let is_left_out = inner.otherwise.is_empty() && condition.is_some_and(|value| !value.is_true());
        let way = self.state.take_back(&mark);
        if !is_left_out {
            self.state.take(way);
        }
    }

    /// What no statement of the body can keep from happening is certain; the rest only where each way agrees.
    fn attempt(&mut self, inner: &Try, range: TextRange) -> Flow {
        let mark = self.state.begin();
        let flow = self.block(&inner.body);
        let is_safe = flow == Flow::On && inner.body.iter().all(cannot_fail);
        let body = self.state.take_back(&mark);
        let mut ways = Vec::new();
        // The body may have come to any of its statements.
        let caught = self.state.begin();
        self.state.join(vec![self.state.nothing(), body.clone()], range);
        for handler in inner.handlers.iter().filter(|_| !is_safe) {
            let mark = self.state.begin();
            if let Some(classes) = &handler.classes {
                self.lose(Node::Expression(classes), DEPENDS);
            }
            // It is gone after the block.
            if let Some(name) = &handler.name {
                self.bind(name, None, range, DEPENDS);
            }
            let flow = self.block(&handler.body);
            let way = self.state.take_back(&mark);
            ways.extend((flow != Flow::Raised).then_some(way));
        }
        let is_handled = !ways.is_empty();
        if is_handled {
            self.state.join(std::mem::take(&mut ways), range);
        }
        ways.extend(Some(self.state.take_back(&caught)).filter(|_| is_handled));
        let mut otherwise = Flow::On;
        if flow != Flow::Raised {
            let mark = self.state.begin();
            self.state.take(body);
            otherwise = self.block(&inner.otherwise);
            let way = self.state.take_back(&mark);
            ways.extend((otherwise != Flow::Raised).then_some(way));
        }
        let flow = if ways.is_empty() {
            // Each way ends with an error, but not with the same.
            self.lose_all(range, DEPENDS);
            otherwise
        } else {
            self.state.join(ways, range);
            Flow::On
        };
        match self.block(&inner.finally) {
            Flow::On => flow,
            ended => ended,
        }
    }

    fn import(&mut self, module: &Name, names: &[(Name, Name)], range: TextRange) -> Flow {
        if module.starts_with('.') {
            // A migration is loaded as a module of its own, in no package.
            self.state.raises = Some(Raise {
                class: "ImportError".to_owned(),
                message: "attempted relative import with no known parent package".to_owned(),
                range,
                needs_env: false,
            });
            return Flow::Raised;
        }
        let found = self.importable.module(module);
        for (name, to) in names {
            match &found {
                Some(found) if &**name == "*" && !found.names.contains_key("__all__") => {
                    for name in found.names.keys().filter(|name| !name.starts_with('_')) {
                        self.state.set(name, Some(found.given(name, range)));
                    }
                }
                _ if &**name == "*" => {
                    if !libraries::exports_no_revisions(module) {
                        self.open(range, REPLACED);
                    }
                }
                Some(found) => {
                    self.state.set(to, Some(found.given(name, range)));
                }
                None => {
                    let value = match (&**module, &**name) {
                        _ if name != to => None,
                        ("typing", "TYPE_CHECKING") => Some(Value::Bool(false)),
                        ("alembic", "op") => Some(Value::Other(OP)),
                        ("alembic", "context") => Some(Value::Other(CONTEXT)),
                        _ => None,
                    };
                    self.bind(to, value, range, IMPORTED);
                }
            }
        }
        Flow::On
    }

    pub(super) fn bind(&mut self, name: &Name, value: Option<Value>, range: TextRange, why: &'static str) {
        let why = if value.is_none() && std::mem::take(&mut self.is_too_much) { TOO_MUCH } else { why };
        self.state.set(name, Some(bound(value, range, why)));
    }

    /// Every name that something in the node binds is unknown after it.
    pub(super) fn lose(&mut self, node: Node<'_>, why: &'static str) {
        let range = node.range();
        let mut names = Vec::new();
        node.walk(|inner| {
            match inner {
                Node::Statement(Statement {
                    kind: StatementKind::Function(_) | StatementKind::Class(_),
                    ..
                }) => {
                    names.extend(inner.bound());
                    return false;
                }
                Node::Expression(expression) => match &expression.kind {
                    ExpressionKind::Lambda(_) => return false,
                    ExpressionKind::Call { .. } | ExpressionKind::Other(_) => {
                        self.state.forget_lists(inner, range);
                        names.extend(inner.bound());
                    }
                    _ => names.extend(inner.bound()),
                },
                Node::Statement(_) => names.extend(inner.bound()),
            }
            true
        });
        for name in names {
            if &**name == "*" {
                self.state.open = Some(range);
            } else {
                self.state.set(name, Some(Bound::Unknown { range, why }));
            }
        }
    }

    fn lose_names(&mut self, target: &Expression, range: TextRange, why: &'static str) {
        target.bound_names().into_iter().for_each(|name| self.bind(name, None, range, why));
    }

    /// Any name may be bound to anything.
    pub(super) fn open(&mut self, range: TextRange, why: &'static str) {
        self.state.open = Some(range);
        self.lose_all(range, why);
    }

    fn lose_all(&mut self, range: TextRange, why: &'static str) {
        let names: Vec<_> = self.state.names.keys().cloned().collect();
        for name in names {
            self.state.set(&name, Some(Bound::Unknown { range, why }));
        }
    }
}
