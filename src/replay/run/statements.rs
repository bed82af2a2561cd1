//! Statements.

use std::sync::Arc;

use super::Machine;
use super::budget::{Inside, MOST_STEPS, STATEMENT, fits};
use super::flow::Flow;
use super::loops::unknown_item;
use super::python::classes;
use super::raised::Raised;
use super::reach::UNKNOWN;
use super::sqlalchemy::metadata;
use super::value::{Object, Value};
use crate::schema::Touches;
use crate::source::program::{Expression, ExpressionKind, Function, Operator, Statement, StatementKind};
use crate::text::TextRange;

impl Machine<'_> {
    /// Runs a block.
    pub(super) fn block(&mut self, statements: &[Statement]) -> Flow {
        for statement in statements {
            self.spend(STATEMENT);
            let flow = if self.is_spent() { Ok(Flow::Next) } else { self.statement(statement) };
            if self.is_spent() {
                self.tell_spent(statement.range);
                return Flow::Return(Value::Data);
            }
            match flow {
                Ok(Flow::Next) => {}
                Ok(flow) => return flow,
                Err(raised) => return Flow::Raise(raised),
            }
        }
        Flow::Next
    }

    /// Nothing is known of what the rest does.
    pub(super) fn tell_spent(&mut self, range: TextRange) {
        // It may bind any name.
        self.open_module();
        self.is_cut = true;
        // What modules do as they are loaded is not told, and they count for a part only.
        if !self.is_told && !self.is_loading {
            let what = match self.most_steps {
                MOST_STEPS.. => {
                    format!("more than the {MOST_STEPS} steps that are followed of one migration")
                }
                most => format!("more than {most} steps, and what is followed of a whole history is used up"),
            };
            let _told = self.unknown(what, Touches::Everything, range);
            self.is_told = true;
        }
    }

    /// Blocks that are in one another stand on the stack together: see [`Machine::evaluated`].
    fn statement(&mut self, statement: &Statement) -> Result<Flow, Raised> {
        let what = match &statement.kind {
            StatementKind::Class(_) => Inside::Class,
            StatementKind::With { .. } => Inside::With,
            StatementKind::For(_) | StatementKind::While(_) => Inside::Loop,
            _ => Inside::Statement,
        };
        if !self.goes_into(what) {
            self.too_deep(statement.range)?;
            return Ok(Flow::Next);
        }
        let flow = self.followed_statement(statement);
        self.comes_out_of(what);
        flow
    }

    fn followed_statement(&mut self, statement: &Statement) -> Result<Flow, Raised> {
        let range = statement.range;
        match &statement.kind {
            StatementKind::If { arms, otherwise } => self.choose(arms, otherwise),
            StatementKind::For(inner) => {
                self.repeat(&inner.target, &inner.over, &inner.body, &inner.otherwise)
            }
            StatementKind::While(inner) => self.while_loop(&inner.condition, &inner.body, &inner.otherwise),
            StatementKind::Try(inner) => Ok(self.attempt(inner)),
            StatementKind::With { items, body } => self.with(items, body),
            StatementKind::Class(class) => self.define_class(class, range).map(|()| Flow::Next),
            StatementKind::Return(value) => self.returned(value.as_deref()),
            StatementKind::Raise(value) => self.raise(value.as_deref(), range),
            StatementKind::Assert(condition) => self.assert(condition, range),
            StatementKind::Break => Ok(Flow::Break),
            StatementKind::Continue => Ok(Flow::Continue),
            _ => self.simple_statement(statement).map(|()| Flow::Next),
        }
    }

    fn returned(&mut self, value: Option<&Expression>) -> Result<Flow, Raised> {
        Ok(Flow::Return(match value {
            Some(value) => self.value(value)?,
            None => Value::None,
        }))
    }

    fn assert(&mut self, condition: &Expression, range: TextRange) -> Result<Flow, Raised> {
        let value = self.value(condition)?;
        Ok(if self.truth(&value) == Some(false) { self.fail_assertion(range) } else { Flow::Next })
    }

    /// A statement after which the next one comes.
    fn simple_statement(&mut self, statement: &Statement) -> Result<(), Raised> {
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
            StatementKind::Function(function) => self.define_function(function)?,
            StatementKind::Import(imports) => {
                imports.iter().for_each(|(module, bound)| self.import(module, bound));
            }
            StatementKind::From { module, names } => self.import_from(module, names),
            StatementKind::Delete(targets) => targets.iter().try_for_each(|target| self.delete(target))?,
            StatementKind::Global(names) => self.declare_global(names),
            StatementKind::Nonlocal(names) => self.declare_nonlocal(names),
            StatementKind::Other(_) => {
                // It may bind any name.
                self.open_module();
                self.unknown("a statement that is not understood", Touches::Everything, statement.range)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn delete(&mut self, target: &Expression) -> Result<(), Raised> {
        match &target.kind {
            ExpressionKind::Name(name) => self.unbind(name),
            ExpressionKind::Item(item) => {
                let object = self.value(&item.0)?;
                let index = self.value(&item.1)?;
                self.delete_item(&object, &index);
            }
            ExpressionKind::Attribute(object, name) => {
                if let Value::Instance(_, place) = self.value(object)?
                    && let Object::Scope(scope) = self.state.object_mut(place)
                {
                    scope.names.remove(name);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn define_function(&mut self, function: &Arc<Function>) -> Result<(), Raised> {
        let mut value = Value::Function(Arc::clone(function), self.scope);
        for decorator in function.decorators.iter().rev() {
            let range = decorator.range;
            value = match self.value(decorator)? {
                decorator @ (Value::Function(..)
                | Value::Partial(_)
                | Value::Class(_)
                | Value::Instance(..)) => self.call(&decorator, vec![value], Vec::new(), range)?,
                Value::Method(method) => match (&method.0, &*method.1) {
                    (Value::Instance(..) | Value::Super(_), _) => {
                        let decorator = Value::Method(Arc::clone(&method));
                        self.call(&decorator, vec![value], Vec::new(), range)?
                    }
                    // The property stays what it is, and knows one more function.
                    (Value::Function(..), role @ ("setter" | "deleter")) => {
                        self.bind(&classes::role(&function.name, role), value);
                        method.0.clone()
                    }
                    _ => value,
                },
                Value::Foreign(path) if self.acts_by_itself(path.as_deref()) => {
                    Value::Foreign(Some([UNKNOWN, ".", &function.name].concat().into()))
                }
                Value::Foreign(_) => Value::Decorated(Arc::clone(function), self.scope),
                // Python's own and SQLAlchemy's leave the function what it is, as far as a schema is concerned.
                _ => value,
            };
        }
        self.bind(&function.name, value);
        Ok(())
    }

    pub(super) fn assign(&mut self, target: &Expression, value: Value) -> Result<(), Raised> {
        match &target.kind {
            ExpressionKind::Name(name) => self.bind(name, value),
            ExpressionKind::Tuple(targets) | ExpressionKind::List(targets) => {
                let items = self.items(&value).and_then(|items| self.shared_out(items, targets));
                for (at, target) in targets.iter().enumerate() {
                    let item = match &items {
                        Some(items) => items[at].clone(),
                        None => unknown_item(&value),
                    };
                    self.assign(target, item)?;
                }
            }
            ExpressionKind::Star(target) => self.assign(target, value)?,
            ExpressionKind::Item(item) => {
                let object = self.value(&item.0)?;
                let index = self.value(&item.1)?;
                self.set_item(&object, index, value);
            }
            ExpressionKind::Attribute(object, name) => {
                let object = self.value(object)?;
                match &object {
                    Value::Instance(class, place) => {
                        if let Some(set) =
                            classes::set_property(self, class, &object, name, &value, target.range)
                        {
                            return set;
                        }
                        if let Object::Scope(scope) = self.state.object_mut(*place) {
                            scope.names.insert(Arc::clone(name), value);
                        }
                    }
                    Value::MetaData(place) => metadata::assign(self, *place, name, &value),
                    Value::Raw if matches!(&**name, "autocommit" | "isolation_level") => {
                        self.doubt_transaction();
                    }
                    _ => self.forget(&object),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What each of several targets gets; one with a star gets a list of what the others leave.
    fn shared_out(&mut self, mut items: Vec<Value>, targets: &[Expression]) -> Option<Vec<Value>> {
        let star = targets.iter().position(|target| matches!(target.kind, ExpressionKind::Star(_)));
        if let Some(at) = star {
            let n_rest = (items.len() + 1).checked_sub(targets.len())?;
            let rest = items.splice(at..at + n_rest, [Value::None]).collect();
            items[at] = self.list(Some(rest));
        }
        (items.len() == targets.len()).then_some(items)
    }

    fn augment(&mut self, target: &Expression, operator: Operator, value: &Expression) -> Result<(), Raised> {
        let before = self.value(target)?;
        let value = self.value(value)?;
        if let (Value::List(place), Operator::Add) = (&before, operator) {
            let more = self.items(&value);
            match (self.state.object_mut(*place), more) {
                (Object::List(items), Some(more)) if fits(items.len() + more.len()) => items.extend(more),
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
        // Each arm that may be taken or not, with what comes of it.
        let mut open = Vec::new();
        let mut taken = None;
        for (condition, then) in arms {
            let truth = match self.value(condition) {
                Ok(condition) => self.truth(&condition),
                Err(raised) if open.is_empty() => return Err(raised),
                Err(raised) => {
                    taken = Some(Flow::Raise(raised));
                    break;
                }
            };
            match truth {
                Some(true) => {
                    taken = Some(self.block(then));
                    break;
                }
                Some(false) => {}
                None => {
                    let before = self.fork();
                    let flow = self.block(then);
                    open.push((flow, std::mem::replace(&mut self.state, before)));
                }
            }
        }
        let last = taken.unwrap_or_else(|| self.block(otherwise));
        Ok(open.into_iter().rev().fold(last, |other, (flow, after)| self.meet(flow, after, other)))
    }
}
