//! Loops and comprehensions.

use std::sync::Arc;

use super::flow::Flow;
use super::python::collections::set;
use super::raised::Raised;
use super::value::{Listing, Object, Value};
use super::{Evaluated, LONGEST_LOOP, Machine};
use crate::schema::Touches;
use crate::source::program::{Clause, ComprehensionKind, Expression, ExpressionKind, Statement};

/// More turns than this of one `while` are not followed.
const MOST_TURNS: usize = 1000;

impl Machine<'_> {
    pub(super) fn repeat(
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
                    Ok(()) => machine.block(body).of_last_turn(),
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

    pub(super) fn while_loop(&mut self, condition: &Expression, body: &[Statement]) -> Result<Flow, Raised> {
        self.enter(false);
        let mut flow = Flow::Next;
        for turn in 0..MOST_TURNS {
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
                    flow = self.both(|machine| machine.block(body).of_last_turn(), |_| Flow::Next);
                    break;
                }
            }
            // It was left in doubt: what another turn would do, this one did.
            if self.was_left() && turn > 0 {
                break;
            }
            if turn + 1 == MOST_TURNS {
                self.unknown("a loop that only running ends", Touches::Everything, condition.range)?;
            }
        }
        self.leave();
        Ok(flow)
    }

    pub(super) fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        element: &Expression,
        value: Option<&Expression>,
        clauses: &[Clause],
    ) -> Evaluated {
        // `[column["name"] for column in inspector.get_columns(table)]`: the names, whether all are known or not.
        if let ([Clause::For(target, over)], None) = (clauses, value)
            && let (ExpressionKind::Name(bound), ExpressionKind::Item(object, Some(key))) =
                (&target.kind, &element.kind)
            && matches!(&object.kind, ExpressionKind::Name(name) if name == bound)
            && matches!(&key.kind, ExpressionKind::Text(text) if &**text == "name")
            && let Value::Listing(listing) = self.value(over)?
            && !listing.is_names
        {
            return Ok(Value::Listing(Arc::new(Listing { is_names: true, ..(*listing).clone() })));
        }
        if let ([Clause::For(target, over)], ExpressionKind::Name(name)) = (clauses, &element.kind)
            && matches!(&target.kind, ExpressionKind::Name(bound) if bound == name)
            && value.is_none()
            && let listing @ Value::Listing(_) = self.value(over)?
        {
            return Ok(listing);
        }
        let mut made = Vec::new();
        let is_known = self.clauses(clauses, element, value, &mut made)?;
        let object = match kind {
            _ if !is_known => Object::Lost,
            ComprehensionKind::Dict => {
                let mut pairs = Vec::new();
                for (key, value) in made {
                    set(&mut pairs, key, value);
                }
                Object::Dict(pairs)
            }
            _ => Object::List(made.into_iter().map(|(element, _)| element).collect()),
        };
        let place = self.allocate(object);
        Ok(if kind == ComprehensionKind::Dict { Value::Dict(place) } else { Value::List(place) })
    }

    /// Runs the clauses from outside in; false where something was not known.
    fn clauses(
        &mut self,
        clauses: &[Clause],
        element: &Expression,
        value: Option<&Expression>,
        made: &mut Vec<(Value, Value)>,
    ) -> Result<bool, Raised> {
        let Some((clause, rest)) = clauses.split_first() else {
            let element = self.value(element)?;
            let value = match value {
                Some(value) => self.value(value)?,
                None => Value::None,
            };
            made.push((element, value));
            return Ok(true);
        };
        match clause {
            Clause::For(target, over) => {
                let over = self.value(over)?;
                let Some(items) = self.items(&over).filter(|items| items.len() <= LONGEST_LOOP) else {
                    // What the element does, it does in doubt.
                    self.assign(target, unknown_item(&over))?;
                    self.doubt += 1;
                    let mut nothing = Vec::new();
                    let done = self.clauses(rest, element, value, &mut nothing);
                    self.doubt -= 1;
                    done?;
                    return Ok(false);
                };
                let mut is_known = true;
                for item in items {
                    self.assign(target, item)?;
                    is_known &= self.clauses(rest, element, value, made)?;
                }
                Ok(is_known)
            }
            Clause::If(condition) => {
                let condition = self.value(condition)?;
                match self.truth(&condition) {
                    Some(true) => self.clauses(rest, element, value, made),
                    Some(false) => Ok(true),
                    None => Ok(false),
                }
            }
        }
    }
}

/// An element of something whose elements are not known.
pub(super) fn unknown_item(of: &Value) -> Value {
    match of {
        Value::Foreign(_) => Value::Foreign(None),
        _ => Value::Data,
    }
}
