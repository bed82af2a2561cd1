//! Expressions.

use std::sync::Arc;

use super::flow::Flow;
use super::loops::unknown_item;
use super::python::collections::set;
use super::raised::Raised;
use super::sqlalchemy::statement::clause;
use super::value::{HOLE, Str, Value};
use super::{Evaluated, Machine};
use crate::source::program::{Comparison, Expression, ExpressionKind, Piece};
use crate::source::unique;

impl Machine<'_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &Expression) -> Evaluated {
        let range = expression.range;
        Ok(match &expression.kind {
            ExpressionKind::None => Value::None,
            ExpressionKind::Bool(value) => Value::Bool(*value),
            ExpressionKind::Int(value) => Value::Int(*value),
            ExpressionKind::Float(value) => Value::Float((**value).into()),
            ExpressionKind::Text(text) => Value::Text(Str::new(Arc::clone(text))),
            ExpressionKind::Name(name) => return self.name(name, range),
            ExpressionKind::Attribute(object, name) => {
                let object = self.value(object)?;
                return self.attribute(&object, name, range);
            }
            ExpressionKind::Item(object, index) => {
                let object = self.value(object)?;
                match index {
                    Some(index) => {
                        let index = self.value(index)?;
                        self.item(&object, &index)
                    }
                    // A slice.
                    None => unknown_item(&object),
                }
            }
            ExpressionKind::Call { function, arguments } => {
                return self.call_expression(function, arguments, range);
            }
            ExpressionKind::List(items) => {
                let items = self.elements(items)?;
                self.list(items)
            }
            ExpressionKind::Set(items) => {
                let items = self.elements(items)?;
                self.list(items.map(unique))
            }
            ExpressionKind::Tuple(items) => self.elements(items)?.map_or(Value::Data, Value::tuple),
            ExpressionKind::Dict(pairs) => {
                let pairs = self.dict_display(pairs)?;
                self.dict(pairs)
            }
            ExpressionKind::Star(inner) => self.value(inner)?,
            ExpressionKind::Format(pieces) => self.format(pieces)?,
            ExpressionKind::Binary(left, operator, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                self.binary(left, *operator, right)
            }
            ExpressionKind::And(left, right) => return self.short_circuit(left, right, true),
            ExpressionKind::Or(left, right) => return self.short_circuit(left, right, false),
            ExpressionKind::Not(inner) => {
                let value = self.value(inner)?;
                self.truth(&value).map_or(Value::Data, |truth| Value::Bool(!truth))
            }
            ExpressionKind::Minus(inner) => negative(&self.value(inner)?),
            ExpressionKind::Compare(first, rest) => return self.comparison(first, rest),
            ExpressionKind::Choice { condition, then, otherwise } => {
                return self.choice(condition, then, otherwise);
            }
            ExpressionKind::Comprehension { kind, element, value, clauses } => {
                return self.comprehension(*kind, element, value.as_deref(), clauses);
            }
            ExpressionKind::Lambda(function) => Value::Function(Arc::clone(function), self.scope),
            ExpressionKind::Walrus(name, inner) => {
                let value = self.value(inner)?;
                self.bind_outside(name, value.clone());
                value
            }
            ExpressionKind::Yield(inner) => {
                self.yielded = match inner {
                    Some(inner) => self.value(inner)?,
                    None => Value::None,
                };
                Value::Data
            }
            ExpressionKind::Bytes | ExpressionKind::Other => Value::Data,
        })
    }

    /// `first < second <= third`.
    fn comparison(&mut self, first: &Expression, rest: &[(Comparison, Expression)]) -> Evaluated {
        let mut left = self.value(first)?;
        let mut result = Some(true);
        for (comparison, right) in rest {
            let right = self.value(right)?;
            if let Some(clause) = clause(&[&left, &right]) {
                return Ok(clause);
            }
            result = match (result, self.compare(&left, *comparison, &right)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            left = right;
        }
        Ok(result.map_or(Value::Data, Value::Bool))
    }

    /// `then if condition else otherwise`.
    fn choice(&mut self, condition: &Expression, then: &Expression, otherwise: &Expression) -> Evaluated {
        let condition = self.value(condition)?;
        match self.truth(&condition) {
            Some(true) => self.value(then),
            Some(false) => self.value(otherwise),
            None => self.either(then, otherwise),
        }
    }

    /// One of two expressions, where which is not known: both are followed.
    fn either(&mut self, one: &Expression, other: &Expression) -> Evaluated {
        let (mut first, mut second) = (Value::Data, Value::Data);
        let flow = self.both(
            |machine| match machine.value(one) {
                Ok(value) => {
                    first = value;
                    Flow::Next
                }
                Err(raised) => Flow::Raise(raised),
            },
            |machine| match machine.value(other) {
                Ok(value) => {
                    second = value;
                    Flow::Next
                }
                Err(raised) => Flow::Raise(raised),
            },
        );
        match flow {
            Flow::Raise(raised) => Err(raised),
            _ if first == second => Ok(first),
            _ if matches!(first, Value::Foreign(_)) || matches!(second, Value::Foreign(_)) => {
                Ok(Value::Foreign(None))
            }
            _ => Ok(Value::Data),
        }
    }

    fn short_circuit(&mut self, left: &Expression, right: &Expression, is_and: bool) -> Evaluated {
        let value = self.value(left)?;
        match self.truth(&value) {
            Some(truth) if truth == is_and => self.value(right),
            Some(_) => Ok(value),
            None => {
                let mut second = Value::Data;
                let flow = self.both(
                    |machine| match machine.value(right) {
                        Ok(value) => {
                            second = value;
                            Flow::Next
                        }
                        Err(raised) => Flow::Raise(raised),
                    },
                    |_| Flow::Next,
                );
                if let Flow::Raise(raised) = flow {
                    return Err(raised);
                }
                // `unknown and False` is false whatever the unknown is.
                Ok(match self.truth(&second) {
                    Some(truth) if truth != is_and => Value::Bool(truth),
                    _ => Value::Data,
                })
            }
        }
    }

    fn elements(&mut self, expressions: &[Expression]) -> Result<Option<Vec<Value>>, Raised> {
        let mut items = Some(Vec::new());
        for expression in expressions {
            let value = self.value(expression)?;
            if matches!(expression.kind, ExpressionKind::Star(_)) {
                match self.items(&value) {
                    Some(more) => items.iter_mut().for_each(|items| items.extend(more.iter().cloned())),
                    None => items = None,
                }
            } else {
                items.iter_mut().for_each(|items| items.push(value.clone()));
            }
        }
        Ok(items)
    }

    /// The pairs of `{key: value, **others}`, if all are known.
    fn dict_display(
        &mut self,
        pairs: &[(Option<Expression>, Expression)],
    ) -> Result<Option<Vec<(Value, Value)>>, Raised> {
        let mut dict: Option<Vec<(Value, Value)>> = Some(Vec::new());
        for (key, value) in pairs {
            let key = match key {
                Some(key) => Some(self.value(key)?),
                None => None,
            };
            let value = self.value(value)?;
            match key {
                Some(key) => dict.iter_mut().for_each(|dict| set(dict, key.clone(), value.clone())),
                None => match self.pairs(&value) {
                    Some(more) => {
                        for (key, value) in more {
                            dict.iter_mut().for_each(|dict| set(dict, key.clone(), value.clone()));
                        }
                    }
                    None => dict = None,
                },
            }
        }
        Ok(dict)
    }

    fn format(&mut self, pieces: &[Piece]) -> Evaluated {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Value(value) => {
                    let value = self.value(value)?;
                    text.push_str(&value.shown_or_hole());
                }
                Piece::Formatted(value) => {
                    self.value(value)?;
                    text.push(HOLE);
                }
            }
        }
        Ok(Value::Text(Str::new(text)))
    }
}

fn negative(value: &Value) -> Value {
    match value {
        Value::Int(value) => value.checked_neg().map_or(Value::Data, Value::Int),
        Value::Float(value) => Value::Float(format!("-{value}").into()),
        _ => Value::Data,
    }
}
