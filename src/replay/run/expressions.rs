//! Expressions.

use std::sync::Arc;

use super::budget::{Draft, Inside};
use super::flow::Flow;
use super::join::either as one_of;
use super::loops::unknown_item;
use super::python::pairs::Pairs;
use super::raised::Raised;
use super::sqlalchemy::statement::compared;
use super::value::{HOLE_TEXT, Str, Value};
use super::{Evaluated, Machine};
use crate::source::program::{Comparison, Expression, ExpressionKind, Name, Operator, Piece, Unary};
use crate::text::TextRange;

impl Machine<'_> {
    /// The value of an expression, where it is followed.
    pub(super) fn value(&mut self, expression: &Expression) -> Evaluated {
        if self.is_spent() {
            return Ok(Value::Data);
        }
        if let Some(value) = plain(&expression.kind) {
            return Ok(self.followed(value));
        }
        if !self.goes_into(Inside::Expression) {
            self.too_deep(expression.range)?;
            return Ok(Value::Data);
        }
        let value = self.evaluated(expression);
        self.comes_out_of(Inside::Expression);
        value.map(|value| self.followed(value))
    }

    /// What is in one another stands on the stack together: each kind has a function of its own, and little of its own here.
    fn evaluated(&mut self, expression: &Expression) -> Evaluated {
        let range = expression.range;
        match &expression.kind {
            ExpressionKind::Name(name) => self.name(name, range),
            ExpressionKind::Attribute(object, name) => self.attribute_of(object, name, range),
            ExpressionKind::Item(item) => self.item_of(&item.0, &item.1),
            ExpressionKind::Call { function, arguments } => self.call_expression(function, arguments, range),
            ExpressionKind::List(items) => self.list_display(items),
            ExpressionKind::Set(items) => self.set_display(items),
            ExpressionKind::Tuple(items) => self.tuple_display(items),
            ExpressionKind::Dict(pairs) => self.dict_display(pairs),
            ExpressionKind::Star(inner) => self.value(inner),
            ExpressionKind::Format(pieces) => self.format(pieces),
            ExpressionKind::Binary(first, rest) => self.operation(first, rest),
            ExpressionKind::And(operands) => self.short_circuit(operands, true),
            ExpressionKind::Or(operands) => self.short_circuit(operands, false),
            ExpressionKind::Unary(operator, inner) => self.unary(*operator, inner),
            ExpressionKind::Compare(first, rest) => self.comparison(first, rest),
            ExpressionKind::Choice(choice) => self.choice(&choice.condition, &choice.then, &choice.otherwise),
            ExpressionKind::Comprehension(inner) => {
                self.comprehension(inner.kind, &inner.element, inner.value.as_ref(), &inner.clauses)
            }
            ExpressionKind::Lambda(function) => Ok(Value::Function(Arc::clone(function), self.scope)),
            ExpressionKind::Walrus(name, inner) => self.walrus(name, inner),
            ExpressionKind::Yield(inner) => self.yielded(inner.as_deref()),
            ExpressionKind::YieldFrom(inner) => self.yielded_from(inner),
            _ => Ok(Value::Data),
        }
    }

    fn attribute_of(&mut self, object: &Expression, name: &str, range: TextRange) -> Evaluated {
        let object = self.value(object)?;
        self.attribute(&object, name, range)
    }

    /// `of[index]`, `of[start:end]`.
    fn item_of(&mut self, of: &Expression, index: &Expression) -> Evaluated {
        let object = self.value(of)?;
        if let ExpressionKind::Slice(bounds) = &index.kind {
            return self.slice(&object, bounds);
        }
        let index = self.value(index)?;
        Ok(self.item(&object, &index))
    }

    fn list_display(&mut self, items: &[Expression]) -> Evaluated {
        let items = self.elements(items)?;
        Ok(self.list(items))
    }

    fn set_display(&mut self, items: &[Expression]) -> Evaluated {
        let items = self.elements(items)?.and_then(|items| self.unique(items));
        Ok(self.list(items))
    }

    fn tuple_display(&mut self, items: &[Expression]) -> Evaluated {
        Ok(self.elements(items)?.map_or(Value::Data, Value::tuple))
    }

    /// `{key: value, **others}`.
    fn dict_display(&mut self, pairs: &[(Option<Expression>, Expression)]) -> Evaluated {
        let pairs = self.pairs_of(pairs)?;
        Ok(self.dict(pairs))
    }

    /// `first + second - third`.
    fn operation(&mut self, first: &Expression, rest: &[(Operator, Expression)]) -> Evaluated {
        let mut value = self.value(first)?;
        for (operator, operand) in rest {
            let operand = self.value(operand)?;
            value = self.binary(value, *operator, operand);
        }
        Ok(value)
    }

    fn unary(&mut self, operator: Unary, inner: &Expression) -> Evaluated {
        let value = self.value(inner)?;
        Ok(match operator {
            Unary::Not => self.truth(&value).map_or(Value::Data, |truth| Value::Bool(!truth)),
            Unary::Minus => negative(&value),
            Unary::Plus | Unary::Invert => Value::Data,
        })
    }

    fn walrus(&mut self, name: &Name, inner: &Expression) -> Evaluated {
        let value = self.value(inner)?;
        self.bind_outside(name, value.clone());
        Ok(value)
    }

    fn yielded(&mut self, inner: Option<&Expression>) -> Evaluated {
        let value = match inner {
            Some(inner) => self.value(inner)?,
            None => Value::None,
        };
        let own = self.yielded.last();
        if let Some(block) = own.and_then(|own| own.surrounds.clone()) {
            return self.run_surrounded(&block, value);
        }
        self.yields(Some(vec![value]));
        Ok(Value::Data)
    }

    fn yielded_from(&mut self, inner: &Expression) -> Evaluated {
        let value = self.value(inner)?;
        let values = self.items(&value);
        self.yields(values);
        Ok(Value::Data)
    }

    fn yields(&mut self, values: Option<Vec<Value>>) {
        let doubt = self.doubt;
        if let Some(own) = self.yielded.last_mut() {
            own.is_open |= values.is_none() || doubt > own.doubt;
            own.values.extend(values.unwrap_or_default());
        }
    }

    /// `of[start:end]`.
    fn slice(&mut self, of: &Value, bounds: &(Option<Expression>, Option<Expression>)) -> Evaluated {
        let mut bound = |bound: &Option<Expression>| bound.as_ref().map(|own| self.value(own)).transpose();
        let (start, end) = (bound(&bounds.0)?, bound(&bounds.1)?);
        let known = || {
            let items = self.items(of)?;
            let place = |bound: Option<&Value>, otherwise: usize| match bound {
                None | Some(Value::None) => Some(otherwise),
                Some(Value::Int(bound)) => {
                    let distance = usize::try_from(bound.unsigned_abs()).ok()?;
                    let at = if *bound < 0 { items.len().saturating_sub(distance) } else { distance };
                    Some(at.min(items.len()))
                }
                Some(_) => None,
            };
            let (start, end) = (place(start.as_ref(), 0)?, place(end.as_ref(), items.len())?);
            Some(items[start.min(end)..end].to_vec())
        };
        Ok(match (known(), of) {
            (Some(items), Value::Text(_)) => {
                let texts: Option<Vec<_>> = items.iter().map(Value::known_text).collect();
                texts.map_or(Value::Data, |texts| Value::text(&texts.concat()))
            }
            (Some(items), Value::List(_)) => self.list(Some(items)),
            (Some(items), _) => Value::tuple(items),
            (None, Value::List(_)) => self.list(None),
            (None, of) => unknown_item(of),
        })
    }

    /// `first < second <= third`.
    fn comparison(&mut self, first: &Expression, rest: &[(Comparison, Expression)]) -> Evaluated {
        let mut left = self.value(first)?;
        let mut result = Some(true);
        for (comparison, right) in rest {
            let right = self.value(right)?;
            if let Some(clause) = compared(&left, *comparison, &right) {
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
            _ => Ok(one_of(Some(&first), Some(&second))),
        }
    }

    /// `a and b and c`, `a or b or c`.
    fn short_circuit(&mut self, operands: &[Expression], is_and: bool) -> Evaluated {
        // The state at each operand of which it is not known whether the next is asked.
        let mut open = Vec::new();
        let mut result = Ok(Value::Bool(is_and));
        for (at, operand) in operands.iter().enumerate() {
            result = self.value(operand);
            let Ok(value) = &result else { break };
            match self.truth(value) {
                _ if at + 1 == operands.len() => {}
                Some(truth) if truth == is_and => {}
                Some(_) => break,
                None => open.push(self.fork()),
            }
        }
        for before in open.into_iter().rev() {
            let (flow, second) = match result {
                Ok(value) => (Flow::Next, value),
                Err(raised) => (Flow::Raise(raised), Value::Data),
            };
            let after = std::mem::replace(&mut self.state, before);
            result = match self.meet(flow, after, Flow::Next) {
                Flow::Raise(raised) => Err(raised),
                // `unknown and False` is false whatever the unknown is.
                _ => Ok(match self.truth(&second) {
                    Some(truth) if truth != is_and => Value::Bool(truth),
                    _ => Value::Data,
                }),
            };
        }
        result
    }

    fn elements(&mut self, expressions: &[Expression]) -> Result<Option<Vec<Value>>, Raised> {
        let mut items = Some(Vec::with_capacity(expressions.len()));
        for expression in expressions {
            let value = self.value(expression)?;
            if matches!(expression.kind, ExpressionKind::Star(_)) {
                items = items.zip(self.items(&value)).map(|(mut items, more): (Vec<_>, _)| {
                    items.extend(more);
                    items
                });
            } else if let Some(items) = &mut items {
                items.push(value);
            }
        }
        Ok(items)
    }

    /// The pairs of a dict, if all are known.
    fn pairs_of(&mut self, pairs: &[(Option<Expression>, Expression)]) -> Result<Option<Pairs>, Raised> {
        let mut dict = Some(Pairs::default());
        for (key, value) in pairs {
            let key = match key {
                Some(key) => Some(self.value(key)?),
                None => None,
            };
            let value = self.value(value)?;
            match key {
                Some(key) => dict.iter_mut().for_each(|dict| dict.set(key.clone(), value.clone())),
                None => match self.pairs(&value) {
                    Some(more) if self.spend(more.len()) => {
                        for (key, value) in more {
                            dict.iter_mut().for_each(|dict| dict.set(key.clone(), value.clone()));
                        }
                    }
                    _ => dict = None,
                },
            }
        }
        Ok(dict)
    }

    fn format(&mut self, pieces: &[Piece]) -> Evaluated {
        let mut text = Draft::default();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push(piece),
                Piece::Value(value) => {
                    let value = self.value(value)?;
                    text.push(&value.shown_or_hole());
                }
                Piece::Formatted(value) => {
                    self.value(value)?;
                    text.push(HOLE_TEXT);
                }
            }
        }
        Ok(self.made(text.text()))
    }
}

/// What says by itself what it is.
fn plain(kind: &ExpressionKind) -> Option<Value> {
    Some(match kind {
        ExpressionKind::None => Value::None,
        ExpressionKind::Bool(value) => Value::Bool(*value),
        ExpressionKind::Int(value) => Value::Int(*value),
        ExpressionKind::Float(value) => Value::Float(Arc::clone(value)),
        ExpressionKind::Text(text) => Value::Text(Str::new(Arc::clone(&text.value))),
        ExpressionKind::Bytes(_)
        | ExpressionKind::Ellipsis
        | ExpressionKind::Slice(_)
        | ExpressionKind::Other(_) => Value::Data,
        _ => return None,
    })
}

fn negative(value: &Value) -> Value {
    match value {
        Value::Int(value) => value.checked_neg().map_or(Value::Data, Value::Int),
        Value::Float(value) => Value::Float(format!("-{value}").into()),
        _ => Value::Data,
    }
}
