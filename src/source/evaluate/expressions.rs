//! Expressions: a value where it is certain.

use super::statements::Run;
use super::{Bound, COMPUTED, CONTEXT, DEEPEST, DEPENDS, OP, Raise};
use crate::source::python::Syntax;
use crate::source::value::{Value, unique};

impl Run<'_> {
    /// The value of an expression, where it is certain.
    pub(super) fn value(&mut self, node: Syntax<'_>) -> Option<Value> {
        if node.has_error() || self.depth > DEEPEST {
            self.lose(node, DEPENDS);
            return None;
        }
        self.depth += 1;
        let value = self.evaluate(node);
        self.depth -= 1;
        value
    }

    fn values(&mut self, nodes: &[Syntax<'_>]) -> Option<Vec<Value>> {
        // Each is looked at, since each may bind a name.
        let values: Vec<_> = nodes.iter().map(|&node| self.value(node)).collect();
        values.into_iter().collect()
    }

    fn evaluate(&mut self, node: Syntax<'_>) -> Option<Value> {
        match node.kind() {
            "none" => Some(Value::None),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "ellipsis" => Some(Value::Other("ellipsis")),
            "float" => Some(Value::Other("float")),
            "integer" => node.text().replace('_', "").parse().ok().map(Value::Int),
            "string" if is_formatted(node) => self.formatted(node),
            "string" | "concatenated_string" => {
                node.string_value().map(Value::Text).or_else(|| node.bytes_value().map(Value::Bytes))
            }
            "parenthesized_expression" => match node.children().as_slice() {
                [inner] => self.value(*inner),
                _ => None,
            },
            "tuple" | "expression_list" => self.values(&node.children()).map(Value::Tuple),
            "list" => self.values(&node.children()).map(Value::List),
            "set" => self.values(&node.children()).map(|items| Value::Set(unique(items))),
            "dictionary" => self.keys(node),
            "identifier" => self.name(node),
            "lambda" => Some(Value::Other("function")),
            "named_expression" => {
                let value = node.field("value").and_then(|value| self.value(value));
                self.bind(node.field("name"), value.clone(), node.range(), COMPUTED);
                value
            }
            "binary_operator" => {
                let left = node.field("left").and_then(|left| self.value(left));
                let right = node.field("right").and_then(|right| self.value(right));
                let plus_sign = node.field("operator").is_some_and(|operator| operator.is("+"));
                let (left, right) = (left?, right?);
                if plus_sign { left.plus(right) } else { None }
            }
            "unary_operator" => {
                let minus = node.bytes().starts_with(b"-");
                match node.field("argument").and_then(|argument| self.value(argument))? {
                    Value::Int(value) if minus => value.checked_neg().map(Value::Int),
                    _ => None,
                }
            }
            "not_operator" => {
                let value = node.field("argument").and_then(|argument| self.value(argument))?;
                Some(Value::Bool(!value.is_true()))
            }
            "boolean_operator" => {
                let left = node.field("left").and_then(|left| self.value(left));
                let is_and = node.field("operator").is_some_and(|operator| operator.is("and"));
                let right = node.field("right")?;
                match left {
                    Some(left) if left.is_true() != is_and => Some(left),
                    Some(_) => self.value(right),
                    None => {
                        self.lose(right, DEPENDS);
                        None
                    }
                }
            }
            "conditional_expression" => self.choice(node),
            "comparison_operator" => self.comparison(node),
            "subscript" => {
                let object = node.field("value").and_then(|object| self.value(object));
                let key = node.field("subscript").and_then(|key| self.value(key));
                let (items, Value::Int(at)) = (object?.items()?, key?) else { return None };
                let length = i64::try_from(items.len()).ok()?;
                let at = if at < 0 { at + length } else { at };
                items.get(usize::try_from(at).ok()?).cloned()
            }
            "call" => self.call(node),
            "attribute" => {
                self.without_proxy(node, false);
                None
            }
            _ => {
                self.lose(node, DEPENDS);
                None
            }
        }
    }

    /// `op.get_bind()` and `context.config` work only while `env.py` runs; `heads` and `history` load migrations without.
    fn without_proxy(&mut self, attribute: Syntax<'_>, called: bool) {
        let object = attribute.field("object").filter(|object| object.kind() == "identifier");
        let Some(name) = attribute.field("attribute").map(Syntax::text) else { return };
        let raise = match object.and_then(|object| self.name(object)) {
            Some(Value::Other(OP)) if called => Raise {
                class: "NameError".to_owned(),
                message: format!(
                    "Can't invoke function '{name}', as the proxy object has not yet been established for the Alembic \
                     'Operations' class.  Try placing this code inside a callable."
                ),
                range: attribute.range(),
                needs_env: true,
            },
            Some(Value::Other(CONTEXT)) if name == "config" => Raise {
                class: "AttributeError".to_owned(),
                message: "module 'alembic.context' has no attribute 'config'".to_owned(),
                range: attribute.range(),
                needs_env: true,
            },
            _ => return,
        };
        self.state.raises.get_or_insert(raise);
    }

    fn name(&self, node: Syntax<'_>) -> Option<Value> {
        let name = node.text();
        match self.state.names.get(&name) {
            Some(Bound::Known { value, .. }) => Some(value.clone()),
            // A migration is loaded under a name made from its file's, which is never `__main__`.
            None if name == "__name__" => Some(Value::Text("a migration".to_owned())),
            Some(Bound::Unknown { .. }) | None => None,
        }
    }

    fn keys(&mut self, node: Syntax<'_>) -> Option<Value> {
        let mut keys = Vec::new();
        for pair in node.children() {
            let key = pair.field("key").and_then(|key| self.value(key));
            if let Some(value) = pair.field("value") {
                self.value(value);
            }
            keys.push(key);
        }
        keys.into_iter().collect::<Option<Vec<_>>>().map(|keys| Value::Keys(unique(keys)))
    }

    fn formatted(&mut self, node: Syntax<'_>) -> Option<Value> {
        let mut text = String::new();
        for part in node.children() {
            match part.kind() {
                "string_start" | "string_end" => {}
                "string_content" => {
                    let content = part.text();
                    // Escapes and doubled braces are rare here, and left alone.
                    if content.contains(['\\', '{', '}']) {
                        return None;
                    }
                    text.push_str(&content);
                }
                "interpolation" => match part.children().as_slice() {
                    [expression] => match self.value(*expression)? {
                        Value::Text(value) => text.push_str(&value),
                        Value::Int(value) => text.push_str(&value.to_string()),
                        _ => return None,
                    },
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(Value::Text(text))
    }

    fn choice(&mut self, node: Syntax<'_>) -> Option<Value> {
        let children = node.children();
        let [yes, condition, no] = children.as_slice() else { return None };
        match self.value(*condition) {
            Some(value) => self.value(if value.is_true() { *yes } else { *no }),
            None => {
                self.lose(*yes, DEPENDS);
                self.lose(*no, DEPENDS);
                None
            }
        }
    }

    fn comparison(&mut self, node: Syntax<'_>) -> Option<Value> {
        let children = node.children();
        let values = self.values(&children);
        let operator = node.field("operators")?.text();
        let values = values?;
        let [left, right] = values.as_slice() else { return None };
        let simple = |value: &Value| !matches!(value, Value::Other(_) | Value::Int(_) | Value::Bool(_));
        match operator.as_str() {
            "==" if simple(left) && simple(right) => Some(Value::Bool(left == right)),
            "!=" if simple(left) && simple(right) => Some(Value::Bool(left != right)),
            "is" if *right == Value::None => Some(Value::Bool(*left == Value::None)),
            _ => None,
        }
    }

    /// The few calls whose result is certain: making one kind of list from another.
    fn call(&mut self, node: Syntax<'_>) -> Option<Value> {
        let function = node.field("function")?;
        let arguments = node.field("arguments").map(Syntax::children).unwrap_or_default();
        if function.kind() == "attribute" {
            self.without_proxy(function, true);
            self.lose(node, DEPENDS);
            return None;
        }
        let name = function.text();
        if matches!(name.as_str(), "exec" | "eval" | "globals" | "vars" | "locals" | "setattr") {
            self.state.open = Some(node.range());
            self.lose_all(node.range());
            return None;
        }
        let own = self.state.names.contains_key(&name);
        let makes = ["tuple", "list", "set", "frozenset", "str"].contains(&name.as_str());
        if own || !makes {
            self.lose(node, DEPENDS);
            return None;
        }
        let values = self.values(&arguments)?;
        match (name.as_str(), values.as_slice()) {
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

fn is_formatted(node: Syntax<'_>) -> bool {
    node.children().iter().any(|child| child.kind() == "interpolation")
        || node.bytes().first().is_some_and(|byte| matches!(byte, b'f' | b'F'))
}
