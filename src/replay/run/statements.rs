//! Statements.

use std::sync::Arc;

use super::arguments::Arguments;
use super::{Exits, FORK, Flow, LONGEST_LOOP, MIGRATION, MOST_STEPS, Machine, Raised};
use crate::replay::value::{Class, Object, Scope, Value};
use crate::schema::Touches;
use crate::source::program::{Expression, ExpressionKind, Handler, Operator, Statement, StatementKind};
use crate::text::TextRange;

impl Machine<'_> {
    /// Runs a block.
    pub(super) fn block(&mut self, statements: &[Statement]) -> Flow {
        for statement in statements {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                if self.steps == MOST_STEPS + 1 {
                    let _told = self.unknown("too many statements", Touches::Everything, statement.range);
                }
                return Flow::Return(Value::Data);
            }
            match self.statement(statement) {
                Ok(Flow::Next) => {}
                Ok(flow) => return flow,
                Err(raised) => return Flow::Raise(raised),
            }
        }
        Flow::Next
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, Raised> {
        let range = statement.range;
        match &statement.kind {
            StatementKind::Expression(value) => {
                self.value(value)?;
            }
            StatementKind::Assign { targets, value } => {
                let value = self.value(value)?;
                for target in targets {
                    self.assign(target, value.clone())?;
                }
            }
            StatementKind::Augment { target, operator, value } => self.augment(target, *operator, value)?,
            StatementKind::If { arms, otherwise } => return self.choose(arms, otherwise),
            StatementKind::For { target, over, body, otherwise } => {
                return self.repeat(target, over, body, otherwise);
            }
            StatementKind::While { condition, body } => return self.while_loop(condition, body),
            StatementKind::Try { body, handlers, otherwise, finally } => {
                return Ok(self.attempt(body, handlers, otherwise, finally));
            }
            StatementKind::With { items, body } => return self.with(items, body),
            StatementKind::Function(function) => {
                let value = Value::Function(Arc::clone(function), self.scope);
                let plain = function.decorators.iter().all(keeps_function);
                let value = if plain { value } else { Value::Foreign(Some((*function.name).into())) };
                self.bind(&function.name, value);
            }
            StatementKind::Class { name, bases, body } => self.class(name, bases, body, range)?,
            StatementKind::Return(value) => {
                let value = match value {
                    Some(value) => self.value(value)?,
                    None => Value::None,
                };
                return Ok(Flow::Return(value));
            }
            StatementKind::Raise(value) => return self.raise(value.as_ref(), range),
            StatementKind::Import(imports) => {
                for (module, bound) in imports {
                    let is_whole = module.split('.').next() == Some(bound);
                    let path = if is_whole { bound } else { module };
                    self.bind(bound, super::imports::module(path));
                }
            }
            StatementKind::From { module, names } => self.import_from(module, names),
            StatementKind::Delete(targets) => {
                for target in targets {
                    if let ExpressionKind::Name(name) = &target.kind
                        && let Object::Scope(scope) = self.state.object_mut(self.scope)
                    {
                        scope.names.remove(name);
                    }
                }
            }
            StatementKind::Global(names) => {
                if let Object::Scope(scope) = self.state.object_mut(self.scope) {
                    scope.globals.extend(names.iter().cloned());
                }
            }
            StatementKind::Assert(condition) => {
                self.value(condition)?;
            }
            StatementKind::Pass => {}
            StatementKind::Break => return Ok(Flow::Break),
            StatementKind::Continue => return Ok(Flow::Continue),
            StatementKind::Other => {
                // It may bind any name.
                let root = self.root();
                if let Object::Scope(scope) = self.state.object_mut(root) {
                    scope.is_open = true;
                }
                self.unknown("a statement that is not understood", Touches::Everything, range)?;
            }
        }
        Ok(Flow::Next)
    }

    /// Binds a name in the scope at hand.
    pub(super) fn bind(&mut self, name: &str, value: Value) {
        let mut at = self.scope;
        let root = self.root();
        if let Object::Scope(scope) = self.state.object(at)
            && scope.globals.iter().any(|global| &**global == name)
        {
            at = root;
        }
        if let Object::Scope(scope) = self.state.object_mut(at) {
            scope.names.insert(name.into(), value);
        }
    }

    pub(super) fn assign(&mut self, target: &Expression, value: Value) -> Result<(), Raised> {
        match &target.kind {
            ExpressionKind::Name(name) => self.bind(name, value),
            ExpressionKind::Tuple(targets) | ExpressionKind::List(targets) => {
                let items = self.items(&value).filter(|items| {
                    items.len() == targets.len()
                        && !targets.iter().any(|target| matches!(target.kind, ExpressionKind::Star(_)))
                });
                for (at, target) in targets.iter().enumerate() {
                    let item = match &items {
                        Some(items) => items[at].clone(),
                        None => unknown_item(&value),
                    };
                    self.assign(target, item)?;
                }
            }
            ExpressionKind::Star(target) => self.assign(target, Value::Data)?,
            ExpressionKind::Item(object, index) => {
                let object = self.value(object)?;
                let index = match index {
                    Some(index) => self.value(index)?,
                    None => Value::Data,
                };
                self.set_item(&object, index, value);
            }
            ExpressionKind::Attribute(object, name) => {
                let object = self.value(object)?;
                match &object {
                    Value::Instance(_, place) => {
                        if let Object::Scope(scope) = self.state.object_mut(*place) {
                            scope.names.insert(name.clone(), value);
                        }
                    }
                    _ => self.forget(&object),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn augment(&mut self, target: &Expression, operator: Operator, value: &Expression) -> Result<(), Raised> {
        let before = self.value(target)?;
        let value = self.value(value)?;
        if let (Value::List(place), Operator::Add) = (&before, operator) {
            let more = self.items(&value);
            match (self.state.object_mut(*place), more) {
                (Object::List(items), Some(more)) => items.extend(more),
                (object, _) => *object = Object::Lost,
            }
            return Ok(());
        }
        let after = self.binary(before, operator, value);
        self.assign(target, after)
    }

    fn choose(
        &mut self,
        arms: &[(Expression, Vec<Statement>)],
        otherwise: &[Statement],
    ) -> Result<Flow, Raised> {
        let Some(((condition, then), rest)) = arms.split_first() else { return Ok(self.block(otherwise)) };
        let condition = self.value(condition)?;
        match self.truth(&condition) {
            Some(true) => Ok(self.block(then)),
            Some(false) => self.choose(rest, otherwise),
            None => Ok(self.both(
                |machine| machine.block(then),
                |machine| machine.choose(rest, otherwise).unwrap_or_else(Flow::Raise),
            )),
        }
    }

    /// Follows both of two ways, in doubt.
    pub(super) fn both(
        &mut self,
        one: impl FnOnce(&mut Self) -> Flow,
        other: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        self.steps += FORK;
        let before = self.state.clone();
        self.doubt += 1;
        let first = one(self);
        let after = std::mem::replace(&mut self.state, before);
        let second = other(self);
        self.doubt -= 1;
        match (first, second) {
            (Flow::Next, Flow::Next) => {
                self.state = after.join(&self.state);
                Flow::Next
            }
            // That something is raised depends on what is not known: it is taken not to be.
            (Flow::Raise(_), second @ (Flow::Next | Flow::Return(_) | Flow::Break | Flow::Continue)) => {
                self.may_have_raised = true;
                second
            }
            (first, Flow::Raise(raised)) => {
                if matches!(first, Flow::Raise(_)) {
                    self.state = after.join(&self.state);
                    return Flow::Raise(raised);
                }
                self.may_have_raised = true;
                self.state = after;
                first
            }
            (first, Flow::Next) => {
                self.leave_early(after, first);
                Flow::Next
            }
            (Flow::Next, second) => {
                let left = std::mem::replace(&mut self.state, after);
                self.leave_early(left, second);
                Flow::Next
            }
            (Flow::Return(a), Flow::Return(b)) => {
                self.state = after.join(&self.state);
                Flow::Return(if a == b { a } else { Value::Data })
            }
            (first, second) => {
                // One ends the loop, the other the function, or only this turn.
                let returns = matches!(first, Flow::Return(_));
                let (state, flow, other) = if returns {
                    (after, first, second)
                } else {
                    (std::mem::replace(&mut self.state, after), second, first)
                };
                self.leave_early(state, flow);
                other
            }
        }
    }

    fn repeat(
        &mut self,
        target: &Expression,
        over: &Expression,
        body: &[Statement],
        otherwise: &[Statement],
    ) -> Result<Flow, Raised> {
        let over = self.value(over)?;
        let items = self.items(&over).filter(|items| items.len() <= LONGEST_LOOP);
        let Some(items) = items else {
            // Once or more, or not at all; what it does, it may do several times.
            let item = unknown_item(&over);
            self.enter(false);
            let flow = self.both(
                |machine| match machine.assign(target, item) {
                    Ok(()) => match machine.block(body) {
                        Flow::Break | Flow::Continue => Flow::Next,
                        flow => flow,
                    },
                    Err(raised) => Flow::Raise(raised),
                },
                |_| Flow::Next,
            );
            self.leave();
            return Ok(flow);
        };
        self.enter(false);
        let mut broke = false;
        for item in items {
            self.assign(target, item)?;
            // What left this turn early joins before the next.
            self.enter(false);
            let flow = self.block(body);
            self.leave();
            match flow {
                Flow::Next | Flow::Continue => {}
                Flow::Break => {
                    broke = true;
                    break;
                }
                flow @ (Flow::Return(_) | Flow::Raise(_)) => {
                    self.leave();
                    return Ok(flow);
                }
            }
        }
        self.leave();
        Ok(if broke { Flow::Next } else { self.block(otherwise) })
    }

    fn while_loop(&mut self, condition: &Expression, body: &[Statement]) -> Result<Flow, Raised> {
        self.enter(false);
        let mut flow = Flow::Next;
        for turn in 0..1000 {
            let value = self.value(condition)?;
            match self.truth(&value) {
                Some(false) => break,
                Some(true) => match self.block(body) {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => break,
                    other => {
                        flow = other;
                        break;
                    }
                },
                None => {
                    flow = self.both(
                        |machine| match machine.block(body) {
                            Flow::Break | Flow::Continue => Flow::Next,
                            flow => flow,
                        },
                        |_| Flow::Next,
                    );
                    break;
                }
            }
            // It was left in doubt: what another turn would do, this one did.
            let was_left = self.exits.last().is_some_and(|exits| !exits.left.is_empty());
            if was_left && turn > 0 {
                break;
            }
            if turn == 999 {
                self.unknown("a loop that only running ends", Touches::Everything, condition.range)?;
            }
        }
        self.leave();
        Ok(flow)
    }

    fn attempt(
        &mut self,
        body: &[Statement],
        handlers: &[Handler],
        otherwise: &[Statement],
        finally: &[Statement],
    ) -> Flow {
        let before = self.state.clone();
        let outer = std::mem::take(&mut self.may_have_raised);
        let catches = !handlers.is_empty();
        self.tries += usize::from(catches);
        let mut flow = self.block(body);
        self.tries -= usize::from(catches);
        let may_have_raised = std::mem::replace(&mut self.may_have_raised, outer);
        match flow {
            Flow::Raise(raised) if catches => flow = self.handle(raised, handlers),
            Flow::Raise(_) => {}
            _ if may_have_raised && catches => {
                let flow_after = flow.clone();
                let handler = &handlers[0];
                flow = self.both(
                    |machine| match flow_after {
                        Flow::Next => machine.block(otherwise),
                        flow => flow,
                    },
                    |machine| {
                        // Where in the block it was raised is not known.
                        machine.state = machine.state.join(&before);
                        if let Some(name) = &handler.name {
                            machine.bind(name, Value::Data);
                        }
                        machine.block(&handler.body)
                    },
                );
            }
            Flow::Next => flow = self.block(otherwise),
            _ => {}
        }
        if !finally.is_empty() {
            match self.block(finally) {
                Flow::Next => {}
                other => return other,
            }
        }
        flow
    }

    fn handle(&mut self, raised: Raised, handlers: &[Handler]) -> Flow {
        for handler in handlers {
            let catches = match &handler.classes {
                None => Some(true),
                Some(classes) => match self.value(classes) {
                    Ok(classes) => self.catches(&classes, &raised.class),
                    Err(_) => None,
                },
            };
            if catches == Some(false) {
                continue;
            }
            if let Some(name) = &handler.name {
                let class = Arc::clone(&raised.class);
                let error = match &raised.words {
                    Some(words) => Value::Refusal(Arc::new((class, Arc::clone(words)))),
                    None => Value::Error(class),
                };
                self.bind(name, error);
            }
            let unsure = catches.is_none();
            self.doubt += usize::from(unsure);
            let flow = self.block(&handler.body);
            self.doubt -= usize::from(unsure);
            return match flow {
                // A bare `raise` raises the same again.
                Flow::Raise(again) if again.class.is_empty() => Flow::Raise(raised),
                flow => flow,
            };
        }
        Flow::Raise(raised)
    }

    /// Whether `except classes` takes an exception of that class.
    fn catches(&self, classes: &Value, class: &str) -> Option<bool> {
        match classes {
            Value::Tuple(classes) => {
                let each: Vec<_> = classes.iter().map(|one| self.catches(one, class)).collect();
                if each.contains(&Some(true)) {
                    Some(true)
                } else if each.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Value::ErrorClass(name) | Value::Path(name) | Value::Foreign(Some(name)) => {
                // SQLAlchemy hands on what the drivers raise as errors of its own.
                let is_of_the_driver =
                    ["psycopg", "sqlite3", "asyncpg"].iter().any(|driver| name.starts_with(driver));
                let name = name.rsplit('.').next().unwrap_or(name);
                Some(match (name, class) {
                    ("Exception" | "BaseException", _) => true,
                    (_, "?") => return None,
                    (_, "ProgrammingError" | "OperationalError") if is_of_the_driver => false,
                    (
                        "SQLAlchemyError" | "StatementError" | "DBAPIError" | "DatabaseError",
                        "DBAPIError" | "ProgrammingError" | "OperationalError",
                    ) => true,
                    (
                        "OperationalError"
                        | "ProgrammingError"
                        | "IntegrityError"
                        | "InternalError"
                        | "NoSuchTableError"
                        | "InvalidRequestError"
                        | "Error",
                        "DBAPIError",
                    ) => return None,
                    ("RuntimeError", "NotImplementedError") => true,
                    (name, class) => name == class,
                })
            }
            _ => None,
        }
    }

    fn with(
        &mut self,
        items: &[(Expression, Option<Expression>)],
        body: &[Statement],
    ) -> Result<Flow, Raised> {
        let suppresses = |machine: &mut Self, item: &Expression| match &item.kind {
            ExpressionKind::Call { function, .. } => match &function.kind {
                ExpressionKind::Name(name) | ExpressionKind::Attribute(_, name) if &**name == "suppress" => {
                    let function = machine.value(function)?;
                    Ok(matches!(function, Value::Path(path) if &*path == "contextlib.suppress"))
                }
                _ => Ok(false),
            },
            _ => Ok(false),
        };
        // `with suppress(…)` is a `try` whose handler does nothing.
        if let [(only, _)] = items
            && suppresses(self, only)?
        {
            let handler = Handler { classes: None, name: None, body: Vec::new() };
            return Ok(self.attempt(body, &[handler], &[], &[]));
        }
        let mut batches = Vec::new();
        for (value, target) in items {
            let given = self.value(value)?;
            if let Value::Batch(place) = given {
                batches.push((place, value.range));
            }
            if let Some(target) = target {
                self.assign(target, given)?;
            }
        }
        let flow = self.block(body);
        if !matches!(flow, Flow::Raise(_)) {
            for (place, range) in batches.into_iter().rev() {
                self.flush(place, range)?;
            }
        }
        Ok(flow)
    }

    fn raise(&mut self, value: Option<&Expression>, range: TextRange) -> Result<Flow, Raised> {
        let mut class: Arc<str> = "".into();
        let mut message = String::new();
        let mut words = None;
        if let Some(expression) = value {
            let value = self.value(expression)?;
            class = match &value {
                Value::Refusal(refusal) => {
                    words = Some(Arc::clone(&refusal.1));
                    Arc::clone(&refusal.0)
                }
                Value::Error(class) | Value::ErrorClass(class) => Arc::clone(class),
                Value::Foreign(Some(path)) | Value::Path(path) => {
                    path.rsplit('.').next().unwrap_or(path).into()
                }
                _ => "Exception".into(),
            };
            message = format!("raises {class}");
        }
        Ok(Flow::Raise(Raised {
            class,
            // Code of the project outside of the migration depends on more than the database.
            is_certain: self.doubt == 0 && self.root() == MIGRATION,
            range: self.site.unwrap_or(range),
            message,
            words,
        }))
    }

    fn class(
        &mut self,
        name: &str,
        bases: &[Expression],
        body: &[Statement],
        range: TextRange,
    ) -> Result<(), Raised> {
        let mut is_enum = false;
        let mut metadata = None;
        let mut is_error = false;
        let mut known = Vec::new();
        let mut is_open = false;
        for base in bases {
            match self.value(base)? {
                Value::Path(path) | Value::Foreign(Some(path)) => {
                    let last = path.rsplit('.').next().unwrap_or(&path).to_owned();
                    let harmless = path.starts_with("sqlalchemy")
                        || path.starts_with("builtins.")
                        || super::imports::is_harmless(&path);
                    is_open |= !harmless;
                    is_enum |=
                        path.starts_with("enum.") || matches!(last.as_str(), "Enum" | "StrEnum" | "IntEnum");
                    if matches!(last.as_str(), "DeclarativeBase" | "DeclarativeBaseNoMeta") {
                        metadata = Some(self.allocate(Object::MetaData(Vec::new())));
                    }
                }
                Value::ErrorClass(_) => is_error = true,
                Value::Class(class) => {
                    is_enum |= class.is_enum;
                    metadata = metadata.or(class.metadata);
                    known.push(class);
                }
                _ => is_open = true,
            }
        }
        if is_error {
            self.bind(name, Value::ErrorClass(name.into()));
            return Ok(());
        }
        let outer = self.scope;
        let scope = self.allocate(Object::Scope(Scope { parent: Some(outer), ..Scope::default() }));
        self.scope = scope;
        self.exits.push(Exits { is_call: true, ..Exits::default() });
        let flow = self.block(body);
        self.leave();
        self.scope = outer;
        if let Flow::Raise(raised) = flow {
            return Err(raised);
        }
        let order = body
            .iter()
            .filter_map(|statement| match &statement.kind {
                StatementKind::Assign { targets, .. } => match &targets.first()?.kind {
                    ExpressionKind::Name(name) => Some(name.clone()),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let class =
            Arc::new(Class { name: name.into(), scope, order, is_enum, metadata, bases: known, is_open });
        self.declare_table_args(&class, range)?;
        if let (Some(metadata), Some(table)) = (metadata, self.table_of(&class))
            && let Object::MetaData(tables) = self.state.object_mut(metadata)
        {
            tables.push(table);
        }
        self.bind(name, Value::Class(class));
        Ok(())
    }

    /// `__table_args__` as a function, which SQLAlchemy calls when the class is made.
    fn declare_table_args(&mut self, class: &Arc<Class>, range: TextRange) -> Result<(), Raised> {
        const NAME: &str = "__table_args__";
        let Object::Scope(own) = self.state.object(class.scope) else { return Ok(()) };
        let Some(Value::Function(function, scope)) = own.names.get(NAME) else { return Ok(()) };
        let (function, scope) = (Arc::clone(function), *scope);
        let arguments =
            Arguments { positional: vec![Value::Class(Arc::clone(class))], ..Arguments::default() };
        let value = self.call_function(&function, scope, &arguments, range)?;
        if let Object::Scope(own) = self.state.object_mut(class.scope) {
            own.names.insert(NAME.into(), value);
        }
        Ok(())
    }
}

/// Whether a decorator leaves the function what it is, as far as a schema is concerned.
fn keeps_function(decorator: &Expression) -> bool {
    let name = match &decorator.kind {
        ExpressionKind::Name(name) | ExpressionKind::Attribute(_, name) => name,
        ExpressionKind::Call { function, .. } => return keeps_function(function),
        _ => return false,
    };
    matches!(
        &**name,
        "staticmethod"
            | "classmethod"
            | "property"
            | "contextmanager"
            | "asynccontextmanager"
            | "wraps"
            | "lru_cache"
            | "cache"
            | "cached_property"
            | "declared_attr"
            | "abstractmethod"
            | "override"
            | "validator"
            | "no_type_check"
            | "deprecated"
    )
}

/// An element of something whose elements are not known.
fn unknown_item(of: &Value) -> Value {
    match of {
        Value::Foreign(_) => Value::Foreign(None),
        _ => Value::Data,
    }
}
