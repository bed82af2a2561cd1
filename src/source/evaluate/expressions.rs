//! Expressions: a value where it is certain.

use super::statements::Run;
use super::{Bound, CONTEXT, DEPENDS, OP, Raise, bound};
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
            ExpressionKind::Text(text) => Some(Value::Text(text.value.as_ref().to_owned())),
            ExpressionKind::Bytes(bytes) => bytes.as_ref().map(|bytes| Value::Bytes(bytes.to_vec())),
            ExpressionKind::Format(pieces) => self.format(pieces),
            ExpressionKind::Tuple(items) => self.values(items).map(Value::Tuple),
            ExpressionKind::List(items) => self.values(items).map(Value::List),
            ExpressionKind::Set(items) => self.values(items).map(|items| Value::Set(unique(items))),
            ExpressionKind::Dict(pairs) => self.keys(pairs),
            ExpressionKind::Name(name) => self.name(name),
            ExpressionKind::Lambda(_) => Some(Value::Other("function")),
            ExpressionKind::Walrus(name, value) => {
                let value = self.value(value);
                let range = expression.range;
                self.state.names.insert(Name::clone(name), bound(value.clone(), range, super::COMPUTED));
                value
            }
            ExpressionKind::Binary(first, rest) => {
                let mut sum = self.value(first);
                for (operator, operand) in rest {
                    let operand = self.value(operand);
                    sum = match (sum, operand) {
                        (Some(sum), Some(operand)) if *operator == Operator::Add => sum.plus(operand),
                        _ => None,
                    };
                }
                sum
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
                let (items, Value::Int(at)) = (object?.items()?, key?) else { return None };
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
        match self.state.names.get(name) {
            Some(Bound::Known { value, .. }) => Some(value.clone()),
            // A migration is loaded under a name made from its file's, which is never `__main__`.
            None if &**name == "__name__" => Some(Value::Text("a migration".to_owned())),
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
        keys.into_iter().collect::<Option<Vec<_>>>().map(|keys| Value::Keys(unique(keys)))
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
        }
        text.map(Value::Text)
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
        let is_own = self.state.names.contains_key(name);
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
            ("tuple", []) => Some(Value::Tuple(Vec::new())),
            ("list", []) => Some(Value::List(Vec::new())),
            ("set" | "frozenset", []) => Some(Value::Set(Vec::new())),
            ("tuple", [value]) => value.items().map(Value::Tuple),
            ("list", [value]) => value.items().map(Value::List),
            ("set" | "frozenset", [value]) => value.items().map(|items| Value::Set(unique(items))),
            _ => None,
        }
    }
}
