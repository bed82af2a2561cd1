//! `try`, `raise` and `with`.

use std::sync::Arc;

use super::flow::Flow;
use super::python::operators::any;
use super::raised::{ErrorClass, Raised};
use super::value::Value;
use super::{MIGRATION, Machine};
use crate::source::program::{Argument, Expression, ExpressionKind, Handler, Statement, StatementKind, Try};
use crate::text::TextRange;

impl Machine<'_> {
    pub(super) fn attempt(&mut self, attempt: &Try) -> Flow {
        let Try { body, handlers, otherwise, finally } = attempt;
        self.guarded(body, handlers, otherwise, finally)
    }

    fn guarded(
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
            Flow::Raise(raised) if catches => {
                if may_have_raised {
                    // If something before that has raised, what stands between was not run.
                    self.state = self.state.join(&before);
                }
                if self.site.is_some() || !comes_to(body, raised.range) {
                    self.doubt_abort(before.transaction);
                }
                flow = self.handle(raised, handlers);
            }
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

    pub(super) fn with(
        &mut self,
        items: &[(Expression, Option<Expression>)],
        body: &[Statement],
    ) -> Result<Flow, Raised> {
        // `with suppress(…)` is a `try` whose handler does nothing.
        if let [(only, _)] = items
            && let Some(classes) = self.suppressed(only)?
        {
            let handler = Handler { classes: Some(classes), name: None, body: Vec::new() };
            return Ok(self.guarded(body, &[handler], &[], &[]));
        }
        let mut contexts = Vec::new();
        for (value, target) in items {
            let given = self.value(value)?;
            let before = match given {
                Value::Autocommit => Some(self.begin_autocommit()),
                _ => None,
            };
            contexts.push((given.clone(), before, value.range));
            if let Some(target) = target {
                self.assign(target, given)?;
            }
        }
        let mut flow = self.block(body);
        for (context, before, range) in contexts.into_iter().rev() {
            match (context, before) {
                (Value::Batch(place), _) if !matches!(flow, Flow::Raise(_)) => {
                    if let Err(raised) = self.flush(place, range) {
                        flow = Flow::Raise(raised);
                    }
                }
                (Value::Savepoint(place), _) if matches!(flow, Flow::Raise(_)) => self.roll_back(place),
                (_, Some(before)) => self.end_autocommit(before),
                _ => {}
            }
        }
        Ok(flow)
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
