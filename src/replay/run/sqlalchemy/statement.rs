//! Statements that read and change rows, and the clauses that they are made of.

use std::sync::Arc;

use super::{query, rows};
use crate::replay::run::value::{HOLE, StatementValue, Str, Value};
use crate::replay::run::{Arguments, Call, Machine};
use crate::schema::{Dialect, TableName};
use crate::source::program::Comparison;

/// Deeper than this nobody looks into what a statement is handed.
const DEEPEST: usize = 5;

/// Tables, each with the columns that are looked for there.
pub(super) type Uses = Vec<(TableName, Vec<Box<str>>)>;

/// `text(…)` or `DDL(…)`, which has no bind parameters.
pub(super) fn text(text: Option<&Value>, is_bound: bool) -> Value {
    match text {
        Some(Value::Text(text)) => Value::Sql(Str { is_bound, ..text.clone() }),
        _ => Value::Sql(Str::new(HOLE.to_string())),
    }
}

/// `true()`, `false()` or `null()`, as SQLAlchemy writes it. Source: `supports_native_boolean` of its dialects.
pub(super) fn word(machine: &Machine<'_>, name: &str) -> Value {
    let is_number = machine.rules().dialect == Dialect::Sqlite;
    Value::Sql(Str::new(match name {
        "true" if is_number => "1".to_owned(),
        "false" if is_number => "0".to_owned(),
        name => name.to_owned(),
    }))
}

/// `select(…)`, `insert(…)`, `update(…)` or `delete(…)`.
pub(super) fn of_rows(machine: &Machine<'_>, verb: &'static str, arguments: &Arguments) -> Value {
    let mut uses = Uses::new();
    for value in &arguments.positional {
        match value {
            _ if verb == "SELECT" => uses.extend(query::entity(machine, value)),
            Value::Table(table) => uses.extend(table.name.clone().map(|name| (name, Vec::new()))),
            Value::Column(column) => {
                let name = column.name.clone();
                uses.extend(column.table.clone().zip(name).map(|(table, name)| (table, vec![name])));
            }
            Value::Class(class) => {
                let table = machine.table_of(class).and_then(|table| table.name.clone());
                uses.extend(table.map(|name| (name, Vec::new())));
            }
            _ => {}
        }
    }
    let calls = calls_of(machine, &arguments.positional);
    Value::Statement(Arc::new(StatementValue { calls, ..StatementValue::new(Some(verb), uses) }))
}

/// `func.name(…)`: a clause, where it may do more than give a value.
pub(super) fn function(machine: &Machine<'_>, name: &str, arguments: &Arguments) -> Value {
    let mut calls = calls_of(machine, arguments.values());
    let call = format!("{name}()");
    if machine.may_do_something(&call) {
        calls.push(call.into());
    }
    if calls.is_empty() {
        return Value::Data;
    }
    let uses = arguments.values().flat_map(uses_of).collect();
    Value::Statement(Arc::new(StatementValue { calls, ..StatementValue::new(None, uses) }))
}

/// What values call that may do something.
pub(super) fn calls_of<'v>(
    machine: &Machine<'_>,
    values: impl IntoIterator<Item = &'v Value>,
) -> Vec<Box<str>> {
    let mut calls = Vec::new();
    values.into_iter().for_each(|value| add_calls(machine, value, DEEPEST, &mut calls));
    calls
}

fn add_calls(machine: &Machine<'_>, value: &Value, depth: usize, calls: &mut Vec<Box<str>>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Statement(statement) | Value::Query(statement) => calls.extend(statement.calls.clone()),
        Value::Dict(_) => {
            let pairs = machine.pairs(value).filter(|pairs| machine.spend(pairs.len()));
            pairs.into_iter().flatten().for_each(|(_, value)| add_calls(machine, value, depth, calls));
        }
        Value::List(_) | Value::Tuple(_) => {
            let items = machine.items(value).unwrap_or_default();
            items.iter().for_each(|item| add_calls(machine, item, depth, calls));
        }
        _ => {}
    }
}

/// A statement on one table.
pub(super) fn on_table(verb: &'static str, table: Option<&TableName>) -> Value {
    let uses = table.map(|name| (name.clone(), Vec::new())).into_iter().collect();
    Value::Statement(Arc::new(StatementValue::new(Some(verb), uses)))
}

/// Of a text that is SQL.
pub(in crate::replay::run) fn attribute(text: &Str, name: &str) -> Option<Value> {
    (name == "text").then(|| Value::Text(text.clone()))
}

pub(in crate::replay::run) fn method(machine: &Machine<'_>, statement: &Value, call: Call<'_>) -> Value {
    let calls = |before: &StatementValue| {
        let more = calls_of(machine, call.arguments.values());
        [before.calls.as_slice(), &more].concat()
    };
    match (call.name, statement) {
        ("execute" | "scalar", _) => Value::Data,
        ("bindparams" | "params", Value::Sql(text)) => {
            let given = call.arguments.named.iter();
            let filled = given.fold(text.text.to_string(), |text, (name, value)| match value.known_text() {
                Some(value) => rows::filled(&text, name, value),
                None => text,
            });
            Value::Sql(Str { is_bound: true, ..Str::new(filled) })
        }
        ("format", _) => Value::Sql(Str::new(HOLE.to_string())),
        ("where" | "filter" | "order_by" | "group_by" | "having", Value::Statement(before)) => {
            let uses = call.arguments.positional.iter().flat_map(uses_of);
            let uses = before.uses.iter().cloned().chain(uses).collect();
            let calls = calls(before);
            Value::Statement(Arc::new(StatementValue { calls, ..StatementValue::new(before.verb, uses) }))
        }
        ("select_from" | "join" | "outerjoin", Value::Statement(before)) => {
            let tables = call.arguments.positional.iter().filter_map(|value| match value {
                Value::Table(table) => Some((table.name.clone()?, Vec::new())),
                _ => None,
            });
            let uses = before.uses.iter().cloned().chain(tables).collect();
            let calls = calls(before);
            Value::Statement(Arc::new(StatementValue { calls, ..StatementValue::new(before.verb, uses) }))
        }
        // Some columns are left out, or only these are read.
        ("options" | "with_only_columns", Value::Statement(before)) => {
            let uses = query::less(&before.uses, call.arguments);
            let calls = calls(before);
            Value::Statement(Arc::new(StatementValue { calls, ..StatementValue::new(before.verb, uses) }))
        }
        ("values", Value::Statement(before)) => {
            let has_row = !call.arguments.named.is_empty()
                || call.arguments.first().is_some_and(|given| match given {
                    Value::Dict(_) => true,
                    given => machine.items(given).is_some_and(|rows| !rows.is_empty()),
                });
            let adds = before.verb == Some("INSERT") && has_row;
            let calls = calls(before);
            Value::Statement(Arc::new(StatementValue { calls, adds, ..(**before).clone() }))
        }
        (name, Value::Statement(before)) => {
            // What a conflict or another query leaves out is not known.
            let adds = before.adds && matches!(name, "returning" | "execution_options");
            let calls = calls(before);
            Value::Statement(Arc::new(StatementValue { calls, adds, ..(**before).clone() }))
        }
        _ => statement.clone(),
    }
}

/// What an operator makes of columns and of clauses: a clause that uses the same.
pub(in crate::replay::run) fn clause(operands: &[&Value]) -> Option<Value> {
    clause_as(operands, None)
}

/// The same, with what SQL has for it.
fn clause_as(operands: &[&Value], sql: Option<String>) -> Option<Value> {
    let uses: Uses = operands.iter().flat_map(|operand| uses_of(operand)).collect();
    let calls: Vec<_> = operands
        .iter()
        .flat_map(|operand| match operand {
            Value::Statement(statement) => statement.calls.clone(),
            _ => Vec::new(),
        })
        .collect();
    let sql = sql.map(Into::into);
    let is_one = !uses.is_empty() || !calls.is_empty() || sql.is_some();
    is_one
        .then(|| Value::Statement(Arc::new(StatementValue { uses, calls, sql, ..StatementValue::default() })))
}

/// What a method of a column or of a clause makes of it.
pub(super) fn clause_of(own: &Value, call: Call<'_>) -> Value {
    let operands: Vec<_> = std::iter::once(own).chain(&call.arguments.positional).collect();
    let is_null = matches!(call.arguments.positional.as_slice(), [Value::None]);
    let words = match call.name {
        "is_" if is_null => Some("IS NULL"),
        "is_not" | "isnot" if is_null => Some("IS NOT NULL"),
        _ => None,
    };
    let sql = words.and_then(|words| Some(format!("{} {words}", sql_of(own)?)));
    clause_as(&operands, sql).unwrap_or(Value::Data)
}

/// What SQL has for a value within a clause, where that is sure.
fn sql_of(value: &Value) -> Option<String> {
    match value {
        Value::Column(column) if column.table.is_none() => {
            let name = column.name.as_deref().filter(|name| !name.contains(HOLE))?;
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            // One that needs quotes is not looked for.
            name.bytes().all(is_plain).then(|| name.to_owned())
        }
        Value::Int(number) => Some(number.to_string()),
        Value::Text(text) if text.is_known() => Some(format!("'{}'", text.text.replace('\'', "''"))),
        _ => None,
    }
}

/// What a comparison makes of columns and of clauses. Python takes one of two columns for true or false by whether they
/// are the same.
pub(in crate::replay::run) fn compared(left: &Value, comparison: Comparison, right: &Value) -> Option<Value> {
    let (sign, truth) = match comparison {
        Comparison::Equal => ("=", left.equals(right)),
        Comparison::Unequal => ("!=", left.equals(right).map(|equal| !equal)),
        Comparison::Less => ("<", None),
        Comparison::LessOrEqual => ("<=", None),
        Comparison::Greater => (">", None),
        Comparison::GreaterOrEqual => (">=", None),
        // What classes cannot say for themselves.
        Comparison::In | Comparison::NotIn | Comparison::Is | Comparison::IsNot => return None,
    };
    let is_column = matches!(left, Value::Column(_)) || matches!(right, Value::Column(_));
    let sql = sql_of(left).zip(sql_of(right)).filter(|_| is_column);
    let clause = clause_as(&[left, right], sql.map(|(left, right)| format!("{left} {sign} {right}")))?;
    match clause {
        Value::Statement(statement) if truth.is_some() => {
            Some(Value::Statement(Arc::new(StatementValue { truth, ..(*statement).clone() })))
        }
        clause => Some(clause),
    }
}

/// The columns that a value uses where it stands in a statement.
pub(super) fn uses_of(value: &Value) -> Uses {
    match value {
        Value::Column(column) => {
            let name = column.name.clone().filter(|name| !name.contains(HOLE));
            column.table.clone().zip(name).map(|(table, name)| (table, vec![name])).into_iter().collect()
        }
        Value::Statement(statement) if statement.verb.is_none() => statement.uses.clone(),
        _ => Vec::new(),
    }
}
