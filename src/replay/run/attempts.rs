//! `try`, `raise` and `with`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::flow::Flow;
use super::python::operators::any;
use super::raised::{ErrorClass, Raised};
use super::value::{Class, Place, Value};
use super::{Arguments, Call, Evaluated, MIGRATION, Machine};
use crate::source::program::{
    Argument, Expression, ExpressionKind, Handler, Node, Statement, StatementKind, Try,
};
use crate::text::TextRange;

const EXIT: &str = "__exit__";
const NOTHING_RAISED: [Value; 3] = [Value::None, Value::None, Value::None];

/// The block of a `with` whose context is a generator, which runs where that yields.
#[derive(Debug)]
pub(super) struct Block {
    target: Option<Expression>,
    /// The contexts within.
    items: Vec<(Expression, Option<Expression>)>,
    body: Vec<Statement>,
    scope: Place,
    site: Option<TextRange>,
    /// How many functions and loops, and how many generators, it stands in.
    n_exits: usize,
    n_yielded: usize,
    is_begun: Cell<bool>,
    /// How it ended, if nothing was raised.
    end: RefCell<Option<Flow>>,
}

impl Machine<'_> {
    pub(super) fn attempt(&mut self, attempt: &Try) -> Flow {
        let Try { body, handlers, otherwise, finally } = attempt;
        let run = |machine: &mut Self| machine.block(body);
        let done = |machine: &mut Self, flow| match flow {
            Flow::Next => machine.block(otherwise),
            flow => flow,
        };
        let flow = if handlers.is_empty() {
            match run(self) {
                Flow::Next => done(self, Flow::Next),
                flow => flow,
            }
        } else {
            self.guarded(body, run, |machine, raised| machine.caught(raised, handlers), done)
        };
        if !finally.is_empty() {
            match self.block(finally) {
                Flow::Next => {}
                other => return other,
            }
        }
        flow
    }

    /// Runs a block in which what is raised may be caught: `caught` follows what is done about it, which is nothing where it
    /// is not known what was raised, and `done` what is done after the end of the block.
    fn guarded(
        &mut self,
        body: &[Statement],
        run: impl FnOnce(&mut Self) -> Flow,
        caught: impl Fn(&mut Self, Option<Raised>) -> Flow,
        done: impl FnOnce(&mut Self, Flow) -> Flow,
    ) -> Flow {
        let before = self.state.clone();
        let outer = std::mem::take(&mut self.may_have_raised);
        self.tries += 1;
        let flow = run(self);
        self.tries -= 1;
        let may_have_raised = std::mem::replace(&mut self.may_have_raised, outer);
        match flow {
            Flow::Raise(raised) => {
                if may_have_raised {
                    // If something before that has raised, what stands between was not run.
                    self.state = self.state.join(&before);
                }
                if self.site.is_some() || !comes_to(body, raised.range) {
                    self.doubt_abort(before.transaction);
                }
                caught(self, Some(raised))
            }
            flow if may_have_raised => self.both(
                |machine| done(machine, flow),
                |machine| {
                    // Where in the block it was raised is not known.
                    machine.state = machine.state.join(&before);
                    caught(machine, None)
                },
            ),
            flow => done(self, flow),
        }
    }

    /// What handlers do about an exception; the first of them, where it is not known.
    fn caught(&mut self, raised: Option<Raised>, handlers: &[Handler]) -> Flow {
        match (raised, handlers) {
            (Some(raised), _) => self.handle(raised, handlers),
            (None, [first, ..]) => {
                if let Some(name) = &first.name {
                    self.bind(name, Value::Data);
                }
                self.block(&first.body)
            }
            (None, []) => Flow::Next,
        }
    }

    fn handle(&mut self, raised: Raised, handlers: &[Handler]) -> Flow {
        for handler in handlers {
            let catches = match &handler.classes {
                None => Some(true),
                Some(classes) => match self.value(classes) {
                    Ok(classes) => catches(&classes, &raised.class),
                    Err(_) => None,
                },
            };
            if catches == Some(false) {
                continue;
            }
            if let Some(name) = &handler.name {
                let class = raised.class.clone();
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
                Flow::Raise(again) if again.class == ErrorClass::Handled => Flow::Raise(raised),
                flow => flow,
            };
        }
        Flow::Raise(raised)
    }

    /// `with items: body`.
    pub(super) fn with(
        &mut self,
        items: &[(Expression, Option<Expression>)],
        body: &[Statement],
    ) -> Result<Flow, Raised> {
        let Some(((context, target), rest)) = items.split_first() else { return Ok(self.block(body)) };
        // `with suppress(…)` is a `try` whose handler does nothing.
        if let Some(classes) = self.suppressed(context)? {
            let handlers = [Handler { classes: Some(classes), name: None, body: Vec::new() }];
            let caught = |machine: &mut Self, raised| machine.caught(raised, &handlers);
            return Ok(self.guarded(body, |machine| machine.inside(rest, body), caught, |_, flow| flow));
        }
        let given = match &context.kind {
            ExpressionKind::Call { function, arguments } => {
                let function = self.value(function)?;
                let arguments = self.arguments(arguments)?;
                let block = may_be_generator(&function).then(|| {
                    Rc::new(Block {
                        target: target.clone(),
                        items: rest.to_vec(),
                        body: body.to_vec(),
                        scope: self.scope,
                        site: self.site,
                        n_exits: self.exits.len(),
                        n_yielded: self.yielded.len(),
                        is_begun: Cell::new(false),
                        end: RefCell::new(None),
                    })
                });
                self.surrounded.clone_from(&block);
                let given = self.call_value(&function, arguments, context.range);
                self.surrounded = None;
                let given = given?;
                if let Some(block) = block.filter(|block| block.is_begun.get()) {
                    return Ok(block.end.take().unwrap_or(Flow::Next));
                }
                given
            }
            _ => self.value(context)?,
        };
        if let Value::Instance(class, _) = &given {
            return self.with_instance(&class.clone(), &given, (context.range, target.as_ref()), rest, body);
        }
        let before = matches!(given, Value::Autocommit).then(|| self.begin_autocommit());
        if let Some(target) = target {
            self.assign(target, given.clone())?;
        }
        let flow = self.inside(rest, body);
        match (given, before) {
            (Value::Batch(place), _) if !matches!(flow, Flow::Raise(_)) => {
                self.flush(place, context.range)?;
            }
            (Value::Savepoint(place), _) if matches!(flow, Flow::Raise(_)) => self.roll_back(place),
            (_, Some(before)) => self.end_autocommit(before),
            _ => {}
        }
        Ok(flow)
    }

    /// What is left of a `with`.
    fn inside(&mut self, items: &[(Expression, Option<Expression>)], body: &[Statement]) -> Flow {
        self.with(items, body).unwrap_or_else(Flow::Raise)
    }

    /// An object of the project's own class is the context: its methods are called before and after, and may take what is
    /// raised between.
    fn with_instance(
        &mut self,
        class: &Class,
        object: &Value,
        (range, target): (TextRange, Option<&Expression>),
        rest: &[(Expression, Option<Expression>)],
        body: &[Statement],
    ) -> Result<Flow, Raised> {
        let is_own = |method: &Value| matches!(method, Value::Function(..) | Value::Decorated(..));
        let entered = if is_own(&self.class_attribute(class, "__enter__")) {
            let arguments = &Arguments::default();
            self.call_method(object, Call { name: "__enter__", arguments, range })?
        } else {
            object.clone()
        };
        if let Some(target) = target {
            self.assign(target, entered)?;
        }
        let may_take = match self.class_attribute(class, EXIT) {
            Value::Function(function, _) => gives_something(&function.body),
            Value::Decorated(..) => true,
            _ => class.is_open,
        };
        if !may_take {
            return Ok(match self.inside(rest, body) {
                Flow::Raise(raised) => {
                    self.leave_context(object, &raised.values(), range)?;
                    Flow::Raise(raised)
                }
                flow => {
                    self.leave_context(object, &NOTHING_RAISED, range)?;
                    flow
                }
            });
        }
        let caught = |machine: &mut Self, raised: Option<Raised>| {
            let values = raised.as_ref().map_or([Value::Data, Value::Data, Value::Data], Raised::values);
            match (machine.leave_context(object, &values, range), raised) {
                (Err(other), _) => Flow::Raise(other),
                (Ok(Some(false)), Some(raised)) => Flow::Raise(raised),
                (Ok(Some(false)), None) => {
                    Flow::Raise(machine.raised(ErrorClass::Unknown, String::new(), None, range))
                }
                (Ok(_), _) => Flow::Next,
            }
        };
        let done = |machine: &mut Self, flow| match machine.leave_context(object, &NOTHING_RAISED, range) {
            Ok(_) => flow,
            Err(raised) => Flow::Raise(raised),
        };
        Ok(self.guarded(body, |machine| machine.inside(rest, body), caught, done))
    }

    /// `object.__exit__(…)`: whether it takes what was raised.
    fn leave_context(
        &mut self,
        object: &Value,
        raised: &[Value; 3],
        range: TextRange,
    ) -> Result<Option<bool>, Raised> {
        let arguments = &Arguments { positional: raised.to_vec(), ..Arguments::default() };
        let value = self.call_method(object, Call { name: EXIT, arguments, range })?;
        Ok(self.truth(&value))
    }

    /// A generator that is a context yields: the block that it stands around runs.
    pub(super) fn run_surrounded(&mut self, block: &Block, value: Value) -> Evaluated {
        block.is_begun.set(true);
        let exits = self.exits.split_off(block.n_exits);
        let yielded = self.yielded.split_off(block.n_yielded);
        let scope = std::mem::replace(&mut self.scope, block.scope);
        let site = std::mem::replace(&mut self.site, block.site);
        let assigned = block.target.as_ref().map_or(Ok(()), |target| self.assign(target, value));
        let flow = match assigned {
            Ok(()) => self.inside(&block.items, &block.body),
            Err(raised) => Flow::Raise(raised),
        };
        (self.scope, self.site) = (scope, site);
        self.exits.extend(exits);
        self.yielded.extend(yielded);
        match flow {
            Flow::Raise(raised) => Err(raised),
            flow => {
                block.end.replace(Some(flow));
                Ok(Value::Data)
            }
        }
    }

    /// What a call of `contextlib.suppress` takes, as a tuple; nothing where it is another one.
    fn suppressed(&mut self, item: &Expression) -> Result<Option<Expression>, Raised> {
        let ExpressionKind::Call { function, arguments } = &item.kind else { return Ok(None) };
        match &function.kind {
            ExpressionKind::Name(name) | ExpressionKind::Attribute(_, name) if &**name == "suppress" => {
                let function = self.value(function)?;
                let is_it = matches!(function, Value::Path(path) if &*path == "contextlib.suppress");
                let classes = arguments.iter().map(|argument| match argument {
                    Argument::Positional(class) => class.clone(),
                    _ => Expression { kind: ExpressionKind::Other(Vec::new()), range: item.range },
                });
                let kind = ExpressionKind::Tuple(classes.collect());
                Ok(is_it.then_some(Expression { kind, range: item.range }))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn raise(&mut self, value: Option<&Expression>, range: TextRange) -> Result<Flow, Raised> {
        let mut class = ErrorClass::Handled;
        let mut message = String::new();
        let mut words = None;
        if let Some(expression) = value {
            class = match self.value(expression)? {
                Value::Refusal(refusal) => {
                    words = Some(Arc::clone(&refusal.1));
                    refusal.0.clone()
                }
                Value::Error(class) => class,
                Value::ErrorClass(class) => ErrorClass::Named(class),
                Value::Foreign(Some(path)) | Value::Path(path) => {
                    ErrorClass::named(path.rsplit('.').next().unwrap_or(&path))
                }
                _ => ErrorClass::named("Exception"),
            };
            message = format!("raises {class}");
        }
        Ok(Flow::Raise(self.raised(class, message, words, range)))
    }

    /// `assert` of what does not hold.
    pub(super) fn fail_assertion(&self, range: TextRange) -> Flow {
        let class = ErrorClass::named("AssertionError");
        let message = format!("raises {class}");
        Flow::Raise(self.raised(class, message, None, range))
    }

    fn raised(
        &self,
        class: ErrorClass,
        message: String,
        words: Option<Arc<str>>,
        range: TextRange,
    ) -> Raised {
        Raised {
            class,
            // Code of the project outside of the migration depends on more than the database.
            is_certain: self.doubt == 0 && self.root() == MIGRATION,
            range: self.site.unwrap_or(range),
            message,
            words,
        }
    }
}

impl Raised {
    /// What `__exit__` is told of it.
    fn values(&self) -> [Value; 3] {
        let class = match &self.class {
            ErrorClass::Named(name) => Value::ErrorClass(Arc::clone(name)),
            ErrorClass::Unknown | ErrorClass::Handled => Value::Data,
        };
        let error = match &self.words {
            Some(words) => Value::Refusal(Arc::new((self.class.clone(), Arc::clone(words)))),
            None => Value::Error(self.class.clone()),
        };
        [class, error, Value::Data]
    }
}

/// Whether what is called may be a generator of the project.
fn may_be_generator(function: &Value) -> bool {
    match function {
        Value::Function(function, _) => function.is_generator,
        Value::Method(method) => matches!(method.0, Value::Instance(..) | Value::Super(_)),
        Value::Partial(_) => true,
        _ => false,
    }
}

/// Whether a function may give something that is true.
fn gives_something(body: &[Statement]) -> bool {
    let mut gives = false;
    for statement in body {
        Node::Statement(statement).walk(|node| {
            if let Node::Statement(Statement { kind: StatementKind::Return(Some(value)), .. }) = node {
                gives |= !matches!(value.kind, ExpressionKind::None | ExpressionKind::Bool(false));
            }
            !gives
        });
    }
    gives
}

/// Whether `except classes` takes an exception of that class.
fn catches(classes: &Value, class: &ErrorClass) -> Option<bool> {
    match classes {
        Value::Tuple(classes) => any(classes.iter().map(|one| catches(one, class))),
        Value::ErrorClass(name) | Value::Path(name) | Value::Foreign(Some(name)) => takes(name, class),
        _ => None,
    }
}

/// The same for one class, by its dotted path.
fn takes(path: &str, class: &ErrorClass) -> Option<bool> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let class = match class {
        _ if matches!(name, "Exception" | "BaseException") => return Some(true),
        ErrorClass::Named(class) => &**class,
        ErrorClass::Unknown => return None,
        ErrorClass::Handled => "",
    };
    // SQLAlchemy hands on what the drivers raise as errors of its own.
    let is_of_the_driver = ["psycopg", "sqlite3", "asyncpg"].iter().any(|driver| path.starts_with(driver));
    match (name, class) {
        (_, "ProgrammingError" | "OperationalError") if is_of_the_driver => Some(false),
        (
            "SQLAlchemyError" | "StatementError" | "DBAPIError" | "DatabaseError",
            "DBAPIError" | "ProgrammingError" | "OperationalError",
        )
        | ("SQLAlchemyError", "ObjectNotExecutableError" | "ArgumentError" | "NoSuchTableError")
        | ("ArgumentError", "ObjectNotExecutableError")
        | ("InvalidRequestError", "NoSuchTableError")
        | ("RuntimeError", "NotImplementedError") => Some(true),
        (
            "OperationalError"
            | "ProgrammingError"
            | "IntegrityError"
            | "InternalError"
            | "NoSuchTableError"
            | "InvalidRequestError"
            | "Error",
            "DBAPIError",
        ) => None,
        (name, class) => Some(name == class),
    }
}

/// Whether nothing in a block may raise before it comes to a place.
fn comes_to(block: &[Statement], place: TextRange) -> bool {
    let is_within = |own: &&Statement| own.range.contains(place);
    let Some(at) = block.iter().position(|own| is_within(&own)) else { return block.iter().all(is_tame) };
    let comes_there = match &block[at].kind {
        StatementKind::Expression(_) | StatementKind::Assign { .. } => true,
        StatementKind::If { arms, otherwise } => {
            let mut blocks = arms.iter().map(|(_, block)| block).chain([otherwise]);
            blocks.any(|block| block.iter().any(|own| is_within(&own)) && comes_to(block, place))
        }
        StatementKind::With { body, .. } => comes_to(body, place),
        // Each time all of it has run before.
        StatementKind::For(own) => {
            let others = |own: &&Statement| !is_within(own);
            comes_to(&own.body, place) && own.body.iter().filter(others).all(is_tame)
        }
        _ => false,
    };
    comes_there && block[..at].iter().all(is_tame)
}

/// Whether a statement only calls what stands in a module or an object, as Alembic's directives do, or binds a value.
fn is_tame(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Expression(value) => is_tame_value(value),
        StatementKind::Assign { value, .. } => is_tame_value(value),
        StatementKind::If { arms, otherwise } => {
            arms.iter().flat_map(|(_, block)| block).chain(otherwise).all(is_tame)
        }
        StatementKind::With { body, .. } => body.iter().all(is_tame),
        StatementKind::Pass => true,
        _ => false,
    }
}

fn is_tame_value(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Call { function, .. } => match &function.kind {
            ExpressionKind::Attribute(object, _) => object.as_name().is_some(),
            ExpressionKind::Name(name) => &**name == "print",
            _ => false,
        },
        ExpressionKind::Text(_) | ExpressionKind::Format(_) | ExpressionKind::Name(_) => true,
        _ => false,
    }
}
