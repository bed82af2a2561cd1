//! Expressions.

use std::sync::Arc;

use super::{Evaluated, Flow, LONGEST_LOOP, Machine, Raised};
use crate::replay::value::{CLAUSE, ColumnValue, HOLE, Listed, Listing, Object, StatementValue, Str, Value};
use crate::schema::{TableName, Truth};
use crate::source::program::{
    Clause, Comparison, ComprehensionKind, Expression, ExpressionKind, Operator, Piece,
};
use crate::text::TextRange;

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
            ExpressionKind::Bytes => Value::Data,
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
                    None => match object {
                        Value::Foreign(_) => Value::Foreign(None),
                        _ => Value::Data,
                    },
                }
            }
            ExpressionKind::Call { function, arguments } => {
                return self.call_expression(function, arguments, range);
            }
            ExpressionKind::List(items) | ExpressionKind::Set(items) => match self.elements(items)? {
                Some(items) => Value::List(self.allocate(Object::List(items))),
                None => Value::List(self.allocate(Object::Lost)),
            },
            ExpressionKind::Tuple(items) => match self.elements(items)? {
                Some(items) => Value::tuple(items),
                None => Value::Data,
            },
            ExpressionKind::Dict(pairs) => self.dict(pairs)?,
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
            ExpressionKind::Minus(inner) => match self.value(inner)? {
                Value::Int(value) => value.checked_neg().map_or(Value::Data, Value::Int),
                Value::Float(value) => Value::Float(format!("-{value}").into()),
                _ => Value::Data,
            },
            ExpressionKind::Compare(first, rest) => {
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
                result.map_or(Value::Data, Value::Bool)
            }
            ExpressionKind::Choice { condition, then, otherwise } => {
                let condition = self.value(condition)?;
                match self.truth(&condition) {
                    Some(true) => return self.value(then),
                    Some(false) => return self.value(otherwise),
                    None => return self.either(then, otherwise),
                }
            }
            ExpressionKind::Comprehension { kind, element, value, clauses } => {
                return self.comprehension(*kind, element, value.as_deref(), clauses);
            }
            ExpressionKind::Lambda(function) => Value::Function(Arc::clone(function), self.scope),
            ExpressionKind::Walrus(name, inner) => {
                let value = self.value(inner)?;
                self.bind(name, value.clone());
                value
            }
            ExpressionKind::Yield(inner) => {
                self.yielded = match inner {
                    Some(inner) => self.value(inner)?,
                    None => Value::None,
                };
                Value::Data
            }
            ExpressionKind::Other => Value::Data,
        })
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

    /// The value of a name.
    fn name(&mut self, name: &str, range: TextRange) -> Evaluated {
        if let Some(value) = self.lookup(name) {
            if let Value::Foreign(Some(path)) = &value
                && let Some(found) = self.resolve(&Arc::clone(path))
            {
                return Ok(found);
            }
            return Ok(value);
        }
        if let Some(value) = super::builtins::builtin(name) {
            return Ok(value);
        }
        if self.is_open() {
            return Ok(Value::Foreign(Some(name.into())));
        }
        self.undefined(format!("name '{name}' is not defined"), "NameError", range)
    }

    /// What a name is bound to, in the scope at hand or around it.
    pub(super) fn lookup(&self, name: &str) -> Option<Value> {
        let mut at = Some(self.scope);
        while let Some(place) = at {
            let Object::Scope(scope) = self.state.object(place) else { return None };
            if scope.globals.iter().any(|global| &**global == name) && place != self.root() {
                at = Some(self.root());
                continue;
            }
            if let Some(value) = scope.names.get(name) {
                return Some(value.clone());
            }
            at = scope.parent;
        }
        None
    }

    /// Whether a star import may have bound any name.
    fn is_open(&self) -> bool {
        matches!(self.state.object(self.root()), Object::Scope(scope) if scope.is_open)
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

    fn dict(&mut self, pairs: &[(Option<Expression>, Expression)]) -> Evaluated {
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
        Ok(Value::Dict(self.allocate(dict.map_or(Object::Lost, Object::Dict))))
    }

    fn format(&mut self, pieces: &[Piece]) -> Evaluated {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Value(value) => {
                    let value = self.value(value)?;
                    text.push_str(&self.shown(&value).unwrap_or_else(|| HOLE.to_string()));
                }
                Piece::Formatted(value) => {
                    self.value(value)?;
                    text.push(HOLE);
                }
            }
        }
        Ok(Value::Text(Str::new(text)))
    }

    /// A value as `str()` gives it, where that is known; holes stay holes.
    pub(super) fn shown(&self, value: &Value) -> Option<String> {
        Some(match value {
            Value::Text(text) | Value::Sql(text) => text.text.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::None => "None".to_owned(),
            Value::Table(table) => table.name.as_ref()?.to_string(),
            Value::Refusal(refusal) => refusal.1.to_string(),
            _ => return None,
        })
    }

    pub(super) fn binary(&mut self, left: Value, operator: Operator, right: Value) -> Value {
        if let Some(clause) = clause(&[&left, &right]) {
            return clause;
        }
        match (left, operator, right) {
            (Value::Text(a), Operator::Add, Value::Text(b)) => {
                Value::Text(Str::new(format!("{}{}", a.text, b.text)))
            }
            (Value::Text(a), Operator::Add, Value::Data | Value::Foreign(_)) => {
                Value::Text(Str::new(format!("{}{HOLE}", a.text)))
            }
            (Value::Data | Value::Foreign(_), Operator::Add, Value::Text(b)) => {
                Value::Text(Str::new(format!("{HOLE}{}", b.text)))
            }
            (Value::Text(a), Operator::Multiply, Value::Int(n)) if (0..1000).contains(&n) => {
                Value::Text(Str::new(a.text.repeat(usize::try_from(n).unwrap_or(0))))
            }
            (Value::Text(format), Operator::Modulo, values) => {
                Value::Text(Str::new(self.percent(&format.text, &values)))
            }
            (Value::Int(a), Operator::Add, Value::Int(b)) => a.checked_add(b).map_or(Value::Data, Value::Int),
            (Value::Int(a), Operator::Subtract, Value::Int(b)) => {
                a.checked_sub(b).map_or(Value::Data, Value::Int)
            }
            (Value::Int(a), Operator::Multiply, Value::Int(b)) => {
                a.checked_mul(b).map_or(Value::Data, Value::Int)
            }
            (Value::Tuple(a), Operator::Add, Value::Tuple(b)) => Value::tuple([&*a, &*b].concat()),
            (a @ Value::List(_), Operator::Add | Operator::Or, b) => match (self.items(&a), self.items(&b)) {
                (Some(mut a), Some(b)) => {
                    a.extend(b);
                    Value::List(self.allocate(Object::List(a)))
                }
                _ => Value::List(self.allocate(Object::Lost)),
            },
            (a @ Value::List(_), Operator::Subtract, b) => match (self.items(&a), self.items(&b)) {
                (Some(a), Some(b)) => {
                    let left = a.into_iter().filter(|item| !b.contains(item)).collect();
                    Value::List(self.allocate(Object::List(left)))
                }
                _ => Value::List(self.allocate(Object::Lost)),
            },
            // Parts of a path.
            (Value::Data | Value::Foreign(_), Operator::Divide, Value::Text(b)) => {
                Value::File(Str::new(format!("{HOLE}/{}", b.text)))
            }
            (Value::File(a), Operator::Divide, Value::Text(b)) => {
                Value::File(Str::new(format!("{}/{}", a.text, b.text)))
            }
            (Value::Foreign(_), ..) | (_, _, Value::Foreign(_)) => Value::Data,
            _ => Value::Data,
        }
    }

    /// `format % values`.
    fn percent(&self, format: &str, values: &Value) -> String {
        let positional = match values {
            Value::Tuple(items) => Some(items.to_vec()),
            Value::Dict(_) => None,
            other => Some(vec![other.clone()]),
        };
        let named = self.pairs(values);
        let mut out = String::new();
        let mut chars = format.chars().peekable();
        let mut next = 0;
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut value = None;
            if chars.peek() == Some(&'(') {
                let name: String = chars.by_ref().skip(1).take_while(|&c| c != ')').collect();
                value = named.as_ref().and_then(|pairs| {
                    pairs
                        .iter()
                        .find(|(key, _)| key.known_text() == Some(&name))
                        .map(|(_, value)| value.clone())
                });
            } else if chars.peek() != Some(&'%') {
                value = positional.as_ref().and_then(|items| items.get(next).cloned());
                next += 1;
            }
            match chars.next() {
                Some('%') => out.push('%'),
                Some('s' | 'd') => {
                    let shown = value.and_then(|value| self.shown(&value));
                    out.push_str(&shown.unwrap_or_else(|| HOLE.to_string()));
                }
                _ => out.push(HOLE),
            }
        }
        out
    }

    /// Whether Python takes a value for true.
    pub(super) fn truth(&self, value: &Value) -> Option<bool> {
        match value {
            Value::Data | Value::Foreign(_) => None,
            Value::None => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            Value::Float(value) => value.parse::<f64>().ok().map(|value| value != 0.0),
            Value::Text(text) => {
                if text.is_known() {
                    Some(!text.text.is_empty())
                } else {
                    text.text.chars().any(|c| c != HOLE).then_some(true)
                }
            }
            Value::Tuple(items) => Some(!items.is_empty()),
            Value::List(place) => match self.state.object(*place) {
                Object::List(items) => Some(!items.is_empty()),
                _ => None,
            },
            Value::Dict(place) => match self.state.object(*place) {
                Object::Dict(pairs) => Some(!pairs.is_empty()),
                _ => None,
            },
            Value::Listing(_) => self.items(value).map(|items| !items.is_empty()),
            Value::Path(_) | Value::Statement(_) | Value::Sql(_) | Value::File(_) => None,
            _ => Some(true),
        }
    }

    fn compare(&self, left: &Value, comparison: Comparison, right: &Value) -> Option<bool> {
        match comparison {
            Comparison::Equal => self.equal(left, right),
            Comparison::Unequal => self.equal(left, right).map(|equal| !equal),
            Comparison::Is | Comparison::IsNot => {
                let same = match (left, right) {
                    (Value::None, Value::None) => Some(true),
                    (Value::Data | Value::Foreign(_), _) | (_, Value::Data | Value::Foreign(_)) => None,
                    (Value::None, _) | (_, Value::None) => Some(false),
                    (Value::Bool(a), Value::Bool(b)) => Some(a == b),
                    _ => None,
                }?;
                Some(same == (comparison == Comparison::Is))
            }
            Comparison::In => self.contains(right, left),
            Comparison::NotIn => self.contains(right, left).map(|contains| !contains),
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                let (Value::Int(a), Value::Int(b)) = (left, right) else { return None };
                Some(match comparison {
                    Comparison::Less => a < b,
                    Comparison::LessOrEqual => a <= b,
                    Comparison::Greater => a > b,
                    _ => a >= b,
                })
            }
        }
    }

    pub(super) fn equal(&self, left: &Value, right: &Value) -> Option<bool> {
        match (left, right) {
            (Value::Text(a), Value::Text(b)) if a.is_known() && b.is_known() => Some(a.text == b.text),
            (Value::None | Value::Bool(_) | Value::Int(_), Value::None | Value::Bool(_) | Value::Int(_)) => {
                Some(left == right)
            }
            (Value::Text(_), Value::None | Value::Int(_)) | (Value::None | Value::Int(_), Value::Text(_)) => {
                Some(false)
            }
            (Value::Member(a), Value::Member(b)) => Some(a == b),
            _ => None,
        }
    }

    /// `item in of`.
    fn contains(&self, of: &Value, item: &Value) -> Option<bool> {
        match of {
            Value::Listing(listing) if listing.is_names => return self.lists(listing, item.known_text()?),
            Value::Text(text) => {
                let part = item.known_text()?;
                let is_there = text.text.contains(part);
                return (is_there || text.is_known() || is_no_word_of(&text.text, part)).then_some(is_there);
            }
            Value::Globals => {
                let name = item.known_text()?;
                let Object::Scope(scope) = self.state.object(self.root()) else { return None };
                return if scope.names.contains_key(name) {
                    Some(true)
                } else {
                    (!scope.is_open).then_some(false)
                };
            }
            Value::Dict(place) => {
                let Object::Dict(pairs) = self.state.object(*place) else { return None };
                return any(pairs.iter().map(|(key, _)| self.equal(key, item)));
            }
            _ => {}
        }
        let items = self.items(of)?;
        any(items.iter().map(|one| self.equal(one, item)))
    }

    /// What iterating gives, where that is known.
    pub(super) fn items(&self, value: &Value) -> Option<Vec<Value>> {
        match value {
            Value::Tuple(items) => Some(items.to_vec()),
            Value::List(place) => match self.state.object(*place) {
                Object::List(items) => Some(items.clone()),
                _ => None,
            },
            Value::Dict(place) => match self.state.object(*place) {
                Object::Dict(pairs) => Some(pairs.iter().map(|(key, _)| key.clone()).collect()),
                _ => None,
            },
            Value::Text(text) if text.is_known() && text.text.len() < 1000 => {
                Some(text.text.chars().map(|c| Value::text(&c.to_string())).collect())
            }
            Value::Listing(listing) => self.listed(listing),
            Value::Table(table) if table.is_complete => Some(
                table
                    .columns
                    .iter()
                    .map(|column| {
                        Value::Column(Arc::new(ColumnValue { table: table.name.clone(), ..column.clone() }))
                    })
                    .collect(),
            ),
            Value::Class(class) if class.is_enum => {
                let Object::Scope(scope) = self.state.object(class.scope) else { return None };
                Some(
                    class
                        .order
                        .iter()
                        .filter(|name| !name.starts_with('_'))
                        .map(|name| {
                            let value = scope.names.get(name).cloned().unwrap_or(Value::Data);
                            Value::Member(Arc::new((name.clone(), value)))
                        })
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// The pairs of a dict, where they are known.
    pub(super) fn pairs(&self, value: &Value) -> Option<Vec<(Value, Value)>> {
        let Value::Dict(place) = value else { return None };
        match self.state.object(*place) {
            Object::Dict(pairs) => Some(pairs.clone()),
            _ => None,
        }
    }

    /// `of[index]`.
    fn item(&self, of: &Value, index: &Value) -> Value {
        match (of, index) {
            (Value::Globals, name) => match name.known_text() {
                Some(name) => match self.state.object(self.root()) {
                    Object::Scope(scope) => scope.names.get(name).cloned().unwrap_or(Value::Foreign(None)),
                    _ => Value::Foreign(None),
                },
                None => Value::Foreign(None),
            },
            (Value::Foreign(_), _) => Value::Foreign(None),
            (Value::Dict(_), key) => self
                .pairs(of)
                .and_then(|pairs| pairs.into_iter().find(|(name, _)| self.equal(name, key) == Some(true)))
                .map_or(Value::Data, |(_, value)| value),
            (Value::Class(class), key) if class.is_enum => {
                match (key.known_text(), self.state.object(class.scope)) {
                    (Some(key), Object::Scope(scope)) => match scope.names.get(key) {
                        Some(value) => Value::Member(Arc::new((key.into(), value.clone()))),
                        None => Value::Data,
                    },
                    _ => Value::Data,
                }
            }
            (of, Value::Int(index)) => self
                .items(of)
                .and_then(|items| {
                    let from_end = usize::try_from(index.unsigned_abs()).ok()?;
                    let at = if *index < 0 { items.len().checked_sub(from_end)? } else { from_end };
                    items.get(at).cloned()
                })
                .unwrap_or(Value::Data),
            // The columns of a table, by name.
            (Value::Table(table), key) => match key.known_text() {
                Some(key) => self.column_of(table, key),
                None => Value::Data,
            },
            _ => Value::Data,
        }
    }

    pub(super) fn set_item(&mut self, of: &Value, index: Value, value: Value) {
        match (of, &index) {
            (Value::Dict(place), key) if !key.is_unknown() => {
                if let Object::Dict(pairs) = self.state.object_mut(*place) {
                    set(pairs, index, value);
                }
            }
            (Value::List(place), Value::Int(at)) => {
                if let Object::List(items) = self.state.object_mut(*place)
                    && let Some(item) = usize::try_from(*at).ok().and_then(|at| items.get_mut(at))
                {
                    *item = value;
                }
            }
            _ => self.forget(of),
        }
    }

    /// A list or dict may have been changed by whoever has it.
    pub(super) fn forget(&mut self, value: &Value) {
        if let Value::List(place) | Value::Dict(place) = value {
            *self.state.object_mut(*place) = Object::Lost;
        }
    }

    fn comprehension(
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
                    self.assign(
                        target,
                        if matches!(over, Value::Foreign(_)) { Value::Foreign(None) } else { Value::Data },
                    )?;
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

    /// Whether an inspector lists a name.
    fn lists(&self, listing: &Listing, name: &str) -> Option<bool> {
        let schema = &self.state.schema;
        let named = || TableName::new(listing.table.as_ref().and_then(|table| table.schema.as_deref()), name);
        let has = match (listing.of, &listing.table) {
            (Listed::Tables, _) => schema.has_table(&named()),
            (Listed::Views, _) => schema.has_view(&named()),
            (Listed::Sequences, _) => schema.has_sequence(&named()),
            (Listed::Columns, Some(table)) => schema.has_column(table, name),
            (Listed::Indexes, Some(table)) => schema.has_index(table, name),
            (Listed::Constraints | Listed::ForeignKeys, Some(table)) => schema.has_constraint(table, name),
            (Listed::Enums, _) => schema.has_enum(&TableName::plain(name)),
            _ => Truth::Maybe,
        };
        has.known()
    }

    /// All that an inspector lists, where that is known.
    pub(super) fn listed(&self, listing: &Listing) -> Option<Vec<Value>> {
        let schema = &self.state.schema;
        if !listing.is_names {
            return None;
        }
        match (listing.of, &listing.table) {
            (Listed::Tables, place) => {
                if !schema.tables_are_known() || schema.tables().any(|(_, table)| !table.certain) {
                    return None;
                }
                let wanted = place.as_ref().and_then(|place| place.schema.clone());
                let mut names: Vec<_> = schema
                    .tables()
                    .filter(|(name, _)| name.schema == wanted)
                    .map(|(name, _)| Value::text(&name.name))
                    .collect();
                if wanted.is_none() {
                    names.push(Value::text("alembic_version"));
                }
                Some(names)
            }
            (Listed::Columns, Some(table)) => {
                let table = schema.table(table).filter(|table| table.certain && table.columns_known)?;
                table.columns.iter().map(|column| column.certain.then(|| Value::text(&column.name))).collect()
            }
            _ => None,
        }
    }
}

fn any(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(false);
    for one in each {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

fn set(pairs: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    match pairs.iter_mut().find(|(known, _)| *known == key) {
        Some(pair) => pair.1 = value,
        None => pairs.push((key, value)),
    }
}

/// Whether a database's refusal, of which only the statement is not known, certainly does not say something that
/// databases say of tables and columns: no statement says it.
fn is_no_word_of(refusal: &str, part: &str) -> bool {
    const SAID: [&str; 5] =
        ["already exists", "does not exist", "duplicate column", "no such table", "no such column"];
    let is_refusal = refusal.strip_suffix(HOLE).is_some_and(|known| {
        !known.contains(HOLE) && known.to_ascii_lowercase().ends_with(&super::STATEMENT.to_ascii_lowercase())
    });
    let part = part.to_ascii_lowercase();
    is_refusal && !refusal.to_ascii_lowercase().contains(&part) && SAID.iter().any(|said| part.contains(said))
}

/// What an operator makes of columns and of clauses: a clause that uses the same.
fn clause(operands: &[&Value]) -> Option<Value> {
    let uses: Vec<_> = operands.iter().flat_map(|operand| uses_of(operand)).collect();
    (!uses.is_empty()).then(|| Value::Statement(Arc::new(StatementValue { verb: CLAUSE, uses })))
}

/// The columns that a value uses where it stands in a statement.
pub(super) fn uses_of(value: &Value) -> Vec<(TableName, Vec<Box<str>>)> {
    match value {
        Value::Column(column) => {
            let name = column.name.clone().filter(|name| !name.contains(HOLE));
            column.table.clone().zip(name).map(|(table, name)| (table, vec![name])).into_iter().collect()
        }
        Value::Statement(statement) if statement.verb == CLAUSE => statement.uses.clone(),
        _ => Vec::new(),
    }
}
