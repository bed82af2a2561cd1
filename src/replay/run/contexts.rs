//! `with`: the contexts of Alembic and SQLAlchemy, those of the project's own classes, and its generators.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::budget::Inside;
use super::flow::Flow;
use super::raised::{ErrorClass, Raised};
use super::value::{Class, Place, Value};
use super::{Arguments, Call, Evaluated, Machine};
use crate::source::program::{Argument, Expression, ExpressionKind, Handler, Node, Statement, StatementKind};
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
        if !self.goes_into(Inside::With) {
            let range = items.first().map_or(TextRange::empty(0), |(context, _)| context.range);
            return self.too_deep(range).map_or_else(Flow::Raise, |()| Flow::Next);
        }
        let flow = self.with(items, body).unwrap_or_else(Flow::Raise);
        self.comes_out_of(Inside::With);
        flow
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

/// Whether a decorator makes a context of a generator.
pub(super) fn makes_context(decorator: &Expression) -> bool {
    matches!(decorator.last_name(), Some("contextmanager" | "asynccontextmanager"))
}
