//! Calls.

use std::sync::Arc;

use super::budget::Inside;
use super::contexts::makes_context;
use super::join::either;
use super::python::pairs::Pairs;
use super::python::{classes, functions, library};
use super::raised::ErrorClass;
use super::value::{Object, Place, Scope, Value};
use super::{Arguments, Call, Evaluated, Flow, MIGRATION, Machine, Yielded, alembic, sqlalchemy};
use crate::schema::{Operation, Touches};
use crate::source::program::{Argument, Expression, ExpressionKind, Function, Name, ParameterKind};
use crate::source::{is_harmless, top};
use crate::text::TextRange;

/// Deeper calls than this are not followed.
const DEEPEST_CALL: usize = 24;
/// How often a function is followed into itself.
const RECURSION: usize = 2;

/// Functions that other people's modules have and that do nothing to a schema.
const KNOWN: [&str; 12] = [
    "_",
    "_LI",
    "_LW",
    "_LE",
    "_LC",
    "getLogger",
    "get_logger",
    "lazy_gettext",
    "gettext",
    "now",
    "utcnow",
    "uuid4",
];

impl Machine<'_> {
    pub(super) fn call_expression(
        &mut self,
        function: &Expression,
        arguments: &[Argument],
        range: TextRange,
    ) -> Evaluated {
        let function = self.value(function)?;
        let arguments = self.arguments(arguments)?;
        self.call_value(&function, arguments, range)
    }

    /// Calls a value with these arguments.
    pub(super) fn call(
        &mut self,
        function: &Value,
        positional: Vec<Value>,
        named: Vec<(Name, Value)>,
        range: TextRange,
    ) -> Evaluated {
        self.call_value(function, Arguments { positional, named, ..Arguments::default() }, range)
    }

    pub(super) fn call_value(
        &mut self,
        function: &Value,
        arguments: Arguments,
        range: TextRange,
    ) -> Evaluated {
        self.doubt_transaction_by(&arguments);
        match function {
            Value::Path(path) => self.call_path(&Arc::clone(path), &arguments, range),
            Value::Method(method) => {
                let (object, name) = (&method.0, &method.1);
                self.call_method(object, Call { name, arguments: &arguments, range })
            }
            Value::Partial(partial) => {
                let (function, before) = (&partial.0, partial.1.clone());
                self.call_value(function, before.followed_by(arguments), range)
            }
            Value::Function(function, scope) if is_cached(function) => {
                self.call_cached(function, *scope, &arguments, range)
            }
            Value::Function(function, scope) => self.call_function(function, *scope, &arguments, range),
            Value::Decorated(function, scope) => self.call_decorated(function, *scope, &arguments, range),
            Value::Class(class) => self.instantiate(class, &arguments, range),
            Value::Instance(class, _) => self.call_instance(class, function, &arguments, range),
            Value::ErrorClass(class) => Ok(Value::Error(ErrorClass::Named(Arc::clone(class)))),
            Value::Foreign(path) => self.call_foreign(path.as_deref(), &arguments, range),
            _ => Ok(Value::Data),
        }
    }

    /// Something that is not known is called: it may do anything.
    pub(super) fn call_foreign(
        &mut self,
        path: Option<&str>,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        let hands_a_way = arguments.values().any(|value| self.may_be_way(value));
        let is_given_one = arguments.values().any(|value| self.is_way(value));
        for value in arguments.values() {
            self.forget(value);
        }
        let name = path.and_then(|path| path.rsplit('.').next());
        if path == Some("flask_sqlalchemy.SQLAlchemy") {
            return Ok(sqlalchemy::flask::made(self, arguments));
        }
        if let Some(name) = name {
            // A class is made: a type, a model, a date.
            if name.starts_with(char::is_uppercase) {
                return Ok(match name {
                    _ if name.ends_with("Error") || name.ends_with("Exception") => {
                        Value::Error(ErrorClass::named(name))
                    }
                    _ if name.ends_with("Session") => Value::Session,
                    _ if is_given_one => Value::Foreign(None),
                    _ => Value::Foreign(path.map(Into::into)),
                });
            }
            if KNOWN.contains(&name) || path.is_some_and(is_harmless) {
                return Ok(Value::Data);
            }
        }
        // A library may raise what it likes.
        self.may_have_raised |= self.tries > 0;
        if !hands_a_way && !self.acts_by_itself(path) {
            return Ok(Value::Foreign(path.map(Into::into)));
        }
        if self.is_loading {
            return Ok(Value::Foreign(None));
        }
        let what = match path {
            Some(path) => format!("calls {path}, which is not followed"),
            None => "calls what is not known".to_owned(),
        };
        self.unknown(what, Touches::Everything, range)?;
        Ok(Value::Foreign(None))
    }

    fn call_path(&mut self, path: &str, arguments: &Arguments, range: TextRange) -> Evaluated {
        let name = path.rsplit('.').next().unwrap_or(path);
        match path.split_once('.') {
            Some(("builtins", name)) => functions::call(self, name, arguments),
            Some(("sqlalchemy", _)) => {
                sqlalchemy::signatures::check(self, path, arguments, range)?;
                if name == "Table" {
                    sqlalchemy::table::read(self, arguments, range)?;
                }
                Ok(sqlalchemy::construct(self, path, name, arguments))
            }
            Some(("alembic", _)) => alembic::call(self, path, name, arguments, range),
            _ => {
                let value = library::call(self, path, arguments);
                // What is not followed may raise, unless it only writes down what happens.
                self.may_have_raised |= self.tries > 0 && value == Value::Data && top(path) != "logging";
                Ok(value)
            }
        }
    }

    /// A parameter's default, in the scope where the function is defined.
    fn default(&mut self, default: &Expression, scope: Place) -> Value {
        // It was made once, when the function was: in a function around it, or as a list, it may be another one by now.
        let is_open = matches!(
            default.kind,
            ExpressionKind::List(_) | ExpressionKind::Dict(_) | ExpressionKind::Set(_)
        );
        let is_constant = matches!(
            default.kind,
            ExpressionKind::Text(_) | ExpressionKind::Int(_) | ExpressionKind::Bool(_) | ExpressionKind::None
        );
        let is_of_module = matches!(self.state.object(scope), Object::Scope(own) if own.parent.is_none());
        if is_open || !is_constant && !is_of_module {
            return Value::Data;
        }
        let outer = (self.scope, self.is_loading);
        (self.scope, self.is_loading) = (scope, true);
        let value = self.value(default).unwrap_or(Value::Data);
        (self.scope, self.is_loading) = outer;
        value
    }

    /// Calls a function of the file.
    pub(super) fn call_function(
        &mut self,
        function: &Arc<Function>,
        scope: Place,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        let own = Arc::as_ptr(function);
        let is_context = function.is_generator && function.decorators.iter().any(makes_context);
        let surrounds = self.surrounded.take().filter(|_| is_context);
        if self.repeats(own) {
            return Ok(Value::Data);
        }
        if self.depth >= DEEPEST_CALL || !self.goes_into(Inside::Call) {
            if !self.may_act(&function.body, scope) && !arguments.values().any(|value| self.may_be_way(value))
            {
                return Ok(Value::Data);
            }
            let what = format!("calls {}, which is not followed", function.name);
            self.unknown(what, Touches::Everything, range)?;
            return Ok(Value::Foreign(None));
        }
        let names = self.parameters(function, scope, arguments);
        let outer = self.scope;
        self.scope = self.allocate(Object::Scope(names));
        let site = self.site;
        if site.is_none() && self.root() != MIGRATION {
            self.site = Some(range);
        }
        self.depth += 1;
        self.calls.push((own, self.log.len()));
        self.yielded.push(Yielded { doubt: self.doubt, surrounds, ..Yielded::default() });
        self.enter(true);
        let flow = self.block(&function.body);
        let left = self.leave();
        self.calls.pop();
        self.comes_out_of(Inside::Call);
        let yielded = self.yielded.pop().unwrap_or_default();
        self.depth -= 1;
        self.site = site;
        self.scope = outer;
        let value = match flow {
            Flow::Return(_) | Flow::Next if function.is_generator => {
                let Yielded { mut values, is_open, .. } = yielded;
                // As a context it gives what it yields.
                if is_context {
                    return Ok(if values.is_empty() { Value::Data } else { values.swap_remove(0) });
                }
                return Ok(self.list((!is_open && left.is_empty()).then_some(values)));
            }
            Flow::Return(value) => value,
            Flow::Raise(raised) if left.is_empty() && (raised.is_certain || self.tries > 0) => {
                return Err(raised);
            }
            // Some way through it does not raise.
            Flow::Raise(_) => Value::Data,
            _ => Value::None,
        };
        Ok(if left.iter().all(|other| other.as_ref() == Some(&value)) { value } else { Value::Data })
    }

    /// Calls a function that is called only once with the same arguments.
    fn call_cached(
        &mut self,
        function: &Arc<Function>,
        scope: Place,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        let name = classes::role(&function.name, "cache");
        let known = match self.state.object(scope) {
            Object::Scope(own) => own.names.get(&name).cloned(),
            _ => None,
        };
        let pairs = known.map_or(Some(Pairs::default()), |known| self.pairs(&known).cloned());
        let is_known = !arguments.is_open() && !arguments.values().any(Value::is_unknown);
        let (Some(mut pairs), true) = (pairs, is_known) else {
            // It may have been called so.
            return self.call_decorated(function, scope, arguments, range);
        };
        let named =
            arguments.named.iter().map(|(name, value)| Value::tuple(vec![Value::text(name), value.clone()]));
        let key = Value::tuple(arguments.positional.iter().cloned().chain(named).collect());
        self.spend(pairs.len());
        if let Some((_, value)) = pairs.iter().find(|(own, _)| *own == key) {
            return Ok(value.clone());
        }
        let value = self.call_function(function, scope, arguments, range)?;
        pairs.set(key, value.clone());
        let pairs = self.dict(Some(pairs));
        if let Object::Scope(own) = self.state.object_mut(scope) {
            own.names.insert(name, pairs);
        }
        Ok(value)
    }

    /// Calls what a decorator that is not known made of a function: it may call it or not, and make something of what it
    /// gives.
    fn call_decorated(
        &mut self,
        function: &Arc<Function>,
        scope: Place,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        let mut given = Value::Data;
        self.maybe(|machine| {
            given = machine.call_function(function, scope, arguments, range)?;
            Ok(false)
        })?;
        Ok(either(Some(&given), None))
    }

    /// Whether a function that calls itself has done already what it would do again.
    fn repeats(&self, function: *const Function) -> bool {
        let mut around = self.calls.iter().filter(|(own, _)| *own == function);
        let Some((_, before)) = around.next() else { return false };
        around.count() >= RECURSION
            && self.log[*before..].iter().all(|entry| {
                matches!(
                    entry.operation,
                    Operation::Data { .. } | Operation::Constants { .. } | Operation::Noted { .. }
                )
            })
    }

    /// The scope of a call, with a value for each parameter.
    fn parameters(&mut self, function: &Function, scope: Place, arguments: &Arguments) -> Scope {
        let receiver = arguments.first().cloned();
        let mut names = Scope { parent: Some(scope), receiver, ..Scope::default() };
        let mut positional = arguments.placed().iter();
        let mut taken = Vec::new();
        for parameter in &function.parameters {
            let value = match parameter.kind {
                ParameterKind::Rest if arguments.gap.is_some() => arguments.unknown(),
                ParameterKind::Rest => Value::tuple(positional.by_ref().cloned().collect()),
                ParameterKind::Keywords if arguments.are_more_named => self.dict(None),
                ParameterKind::Keywords => {
                    let rest = arguments.named.iter().filter(|(name, _)| !taken.contains(&name));
                    let pairs = rest.map(|(name, value)| (Value::text(name), value.clone())).collect();
                    self.dict(Some(pairs))
                }
                ParameterKind::Plain | ParameterKind::Named => {
                    let is_plain = parameter.kind == ParameterKind::Plain;
                    let by_place = if is_plain { positional.next() } else { None };
                    taken.push(&parameter.name);
                    let may_be_given =
                        arguments.are_more_named || by_place.is_none() && is_plain && arguments.gap.is_some();
                    match (by_place.or_else(|| arguments.keyword(&parameter.name)), &parameter.default) {
                        (Some(value), _) => value.clone(),
                        (None, _) if may_be_given => arguments.unknown(),
                        (None, Some(default)) => self.default(default, scope),
                        (None, None) => Value::Data,
                    }
                }
            };
            names.names.insert(parameter.name.clone(), value);
        }
        names
    }
}

/// Whether what a function gives is kept.
fn is_cached(function: &Function) -> bool {
    function.decorators.iter().any(|decorator| {
        let maker = match &decorator.kind {
            ExpressionKind::Call { function, .. } => function,
            _ => decorator,
        };
        matches!(maker.last_name(), Some("cache" | "lru_cache"))
    })
}
