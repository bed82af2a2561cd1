//! Expressions: a value where it is certain.

use std::sync::Arc;

use super::statements::Run;
use super::{Bound, COMPUTED, CONTEXT, DEPENDS, OP, Raise};
use crate::source::bulk::{Bulk, Bulky as _, Items, LARGEST};
use crate::source::program::{
    Argument, Choice, Comparison, Expression, ExpressionKind, Name, Node, Operator, Piece, Unary,
};
use crate::source::value::{Value, unique};
use crate::text::TextRange;

impl Run<'_> {
    /// The value of an expression, where it is certain.
    pub(super) fn value(&mut self, expression: &Expression) -> Option<Value> {
        match &expression.kind {
            ExpressionKind::None => Some(Value::None),
            ExpressionKind::Bool(value) => Some(Value::Bool(*value)),
            ExpressionKind::Ellipsis => Some(Value::Other("ellipsis")),
            ExpressionKind::Float(_) => Some(Value::Other("float")),
            ExpressionKind::Int(value) => Some(Value::Int(*value)),
            ExpressionKind::Text(text) => Some(Value::Text(Arc::clone(&text.value))),
            ExpressionKind::Bytes(bytes) => bytes.as_ref().map(|bytes| Value::Bytes(bytes.to_vec().into())),
            ExpressionKind::Format(pieces) => self.format(pieces),
            ExpressionKind::Tuple(items) => {
                self.values(items).and_then(|items| self.kept(items)).map(Value::Tuple)
            }
            ExpressionKind::List(items) => {
                self.values(items).and_then(|items| self.kept(items)).map(Value::List)
            }
            ExpressionKind::Set(items) => {
                self.values(items).and_then(|items| self.kept(unique(items))).map(Value::Set)
            }
            ExpressionKind::Dict(pairs) => self.keys(pairs),
            ExpressionKind::Name(name) => self.name(name),
            ExpressionKind::Lambda(_) => Some(Value::Other("function")),
            ExpressionKind::Walrus(name, value) => {
                let value = self.value(value);
                let range = expression.range;
                self.bind(name, value.clone(), range, COMPUTED);
                value
            }
            ExpressionKind::Binary(first, rest) => {
                let operands =
                    self.values([&**first].into_iter().chain(rest.iter().map(|(_, operand)| operand)));
                let adds = rest.iter().all(|(operator, _)| *operator == Operator::Add);
                operands.filter(|_| adds).and_then(|operands| self.sum(&operands))
            }
            ExpressionKind::Unary(operator, value) => match (operator, self.value(value)?) {
                (Unary::Not, value) => Some(Value::Bool(!value.is_true())),
                (Unary::Minus, Value::Int(value)) => value.checked_neg().map(Value::Int),
                _ => None,
            },
            ExpressionKind::And(operands) => self.first_that_decides(operands, false),
            ExpressionKind::Or(operands) => self.first_that_decides(operands, true),
            ExpressionKind::Choice(choice) => self.choice(choice),
            ExpressionKind::Compare(first, rest) => self.comparison(first, rest),
            ExpressionKind::Item(item) => {
                let (object, key) = (self.value(&item.0), self.value(&item.1));
                let (object, Value::Int(at)) = (object?, key?) else { return None };
                let items = self.items(&object)?;
                let length = i64::try_from(items.len()).ok()?;
                let at = if at < 0 { at + length } else { at };
                items.get(usize::try_from(at).ok()?).cloned()
            }
            ExpressionKind::Call { function, arguments } => self.call(expression, function, arguments),
            ExpressionKind::Attribute(object, name) => {
                self.without_proxy(object, name, expression.range, false);
                None
            }
            ExpressionKind::Slice(_)
            | ExpressionKind::Star(_)
            | ExpressionKind::Comprehension(_)
            | ExpressionKind::Yield(_)
            | ExpressionKind::YieldFrom(_)
            | ExpressionKind::Other(_) => {
                self.lose(Node::Expression(expression), DEPENDS);
                None
            }
        }
    }

    /// Several values, where they are not more than is followed.
    pub(super) fn kept(&mut self, items: Vec<Value>) -> Option<Items<Value>> {
        let items = Items::new(items);
        self.made(items.as_ref().map_or(LARGEST + 1, |items| items.bulk().size)).then_some(items).flatten()
    }

    /// What iterating over a value gives.
    pub(super) fn items(&mut self, value: &Value) -> Option<Items<Value>> {
        match value {
            Value::Text(_) | Value::Bytes(_) if !self.made(LARGEST.min(value.bulk().size * 16)) => None,
            _ => value.items(),
        }
    }

    /// `a + b + c`.
    pub(super) fn sum(&mut self, all: &[Value]) -> Option<Value> {
        let size = all.iter().map(|one| one.bulk().size).fold(0, usize::saturating_add);
        self.made(size).then(|| Value::sum(all)).flatten()
    }

    fn values<'p>(&mut self, expressions: impl IntoIterator<Item = &'p Expression>) -> Option<Vec<Value>> {
        // Each is looked at, since each may bind a name.
        let values: Vec<_> = expressions.into_iter().map(|expression| self.value(expression)).collect();
        values.into_iter().collect()
    }

    /// `a and b and c`, `a or b or c`: the first that is true, or not, or the last.
    fn first_that_decides(&mut self, operands: &[Expression], truth: bool) -> Option<Value> {
        let (last, before) = operands.split_last()?;
        for (at, operand) in before.iter().enumerate() {
            match self.value(operand) {
                Some(value) if value.is_true() == truth => return Some(value),
                Some(_) => {}
                None => {
                    let rest = &operands[at + 1..];
                    rest.iter().for_each(|operand| self.lose(Node::Expression(operand), DEPENDS));
                    return None;
                }
            }
        }
        self.value(last)
    }

    /// `op.get_bind()` and `context.config` work only while `env.py` runs; `heads` and `history` load migrations without.
    fn without_proxy(&mut self, object: &Expression, name: &str, range: TextRange, called: bool) {
        let raise = match object.as_name().and_then(|object| self.name(object)) {
            Some(Value::Other(OP)) if called => Raise {
                class: "NameError".to_owned(),
                message: format!(
                    "Can't invoke function '{name}', as the proxy object has not yet been established for the Alembic \
                     'Operations' class.  Try placing this code inside a callable."
                ),
                range,
                needs_env: true,
            },
            Some(Value::Other(CONTEXT)) if name == "config" => Raise {
                class: "AttributeError".to_owned(),
                message: "module 'alembic.context' has no attribute 'config'".to_owned(),
                range,
                needs_env: true,
            },
            _ => return,
        };
        self.state.raises.get_or_insert(raise);
    }

    fn name(&self, name: &Name) -> Option<Value> {
        match self.state.get(name) {
            Some(Bound::Known { value, .. }) => Some(value.clone()),
            // A migration is loaded under a name made from its file's, which is never `__main__`.
            None if &**name == "__name__" => Some(Value::Text("a migration".into())),
            Some(Bound::Unknown { .. }) | None => None,
        }
    }

    fn keys(&mut self, pairs: &[(Option<Expression>, Expression)]) -> Option<Value> {
        let mut keys = Vec::new();
        for (key, value) in pairs {
            let key = key.as_ref().and_then(|key| self.value(key));
            self.value(value);
            keys.push(key);
        }
        let keys = keys.into_iter().collect::<Option<Vec<_>>>()?;
        self.kept(unique(keys)).map(Value::Keys)
    }

    fn format(&mut self, pieces: &[Piece]) -> Option<Value> {
        let mut text = Some(String::new());
        for piece in pieces {
            let more = match piece {
                Piece::Text(piece) => Some(piece.to_string()),
                Piece::Value(value) => match self.value(value) {
                    Some(value @ (Value::Text(_) | Value::Int(_))) => Some(value.shown()),
                    _ => None,
                },
                Piece::Formatted(value) => {
                    self.value(value);
                    None
                }
            };
            text = text.zip(more).map(|(text, more)| text + &more);
            if text.as_ref().is_some_and(|text| !Bulk::of_text(text.len()).is_followed()) {
                (text, self.is_too_much) = (None, true);
            }
        }
        let text = text?;
        self.made(Bulk::of_text(text.len()).size).then(|| Value::Text(text.into()))
    }

    fn choice(&mut self, choice: &Choice) -> Option<Value> {
        match self.value(&choice.condition) {
            Some(value) => self.value(if value.is_true() { &choice.then } else { &choice.otherwise }),
            None => {
                self.lose(Node::Expression(&choice.then), DEPENDS);
                self.lose(Node::Expression(&choice.otherwise), DEPENDS);
                None
            }
        }
    }

    fn comparison(&mut self, first: &Expression, rest: &[(Comparison, Expression)]) -> Option<Value> {
        let values = self.values([first].into_iter().chain(rest.iter().map(|(_, operand)| operand)))?;
        if !self.made(values.iter().map(|value| value.bulk().size).min()?) {
            return None;
        }
        let ([left, right], [(comparison, _)]) = (values.as_slice(), rest) else { return None };
        let simple = |value: &Value| !matches!(value, Value::Other(_) | Value::Int(_) | Value::Bool(_));
        match comparison {
            Comparison::Equal if simple(left) && simple(right) => Some(Value::Bool(left == right)),
            Comparison::Unequal if simple(left) && simple(right) => Some(Value::Bool(left != right)),
            Comparison::Is if *right == Value::None => Some(Value::Bool(*left == Value::None)),
            _ => None,
        }
    }

    /// The few calls whose result is certain: making one kind of list from another.
    fn call(&mut self, call: &Expression, function: &Expression, arguments: &[Argument]) -> Option<Value> {
        if let ExpressionKind::Attribute(object, name) = &function.kind {
            self.without_proxy(object, name, function.range, true);
        }
        let name = function.as_name().map_or("", |name| name);
        if matches!(name, "exec" | "eval" | "globals" | "vars" | "locals" | "setattr") {
            self.open(call.range, DEPENDS);
            return None;
        }
        let is_own = self.state.get(name).is_some();
        let plain = |argument: &Argument| matches!(argument, Argument::Positional(_));
        if is_own
            || !["tuple", "list", "set", "frozenset", "str"].contains(&name)
            || !arguments.iter().all(plain)
        {
            self.lose(Node::Expression(call), DEPENDS);
            return None;
        }
        let values = self.values(arguments.iter().map(Argument::value))?;
        match (name, values.as_slice()) {
            ("str", [Value::Text(text)]) => Some(Value::Text(text.clone())),
            ("tuple", []) => Some(Value::Tuple(Items::none())),
            ("list", []) => Some(Value::List(Items::none())),
            ("set" | "frozenset", []) => Some(Value::Set(Items::none())),
            ("tuple", [value]) => self.items(value).map(Value::Tuple),
            ("list", [value]) => self.items(value).map(Value::List),
            ("set" | "frozenset", [value]) => {
                let items = self.items(value)?;
                self.kept(unique(items.to_vec())).map(Value::Set)
            }
            _ => None,
        }
    }
}
