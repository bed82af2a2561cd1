//! `try` and `raise`.

use std::sync::Arc;

use super::flow::Flow;
use super::python::operators::any;
use super::raised::{ErrorClass, Raised};
use super::value::Value;
use super::{MIGRATION, Machine};
use crate::source::program::{Expression, ExpressionKind, Handler, Statement, StatementKind, Try};
use crate::text::TextRange;

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
    pub(super) fn guarded(
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
    pub(super) fn caught(&mut self, raised: Option<Raised>, handlers: &[Handler]) -> Flow {
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

    pub(super) fn raised(
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
