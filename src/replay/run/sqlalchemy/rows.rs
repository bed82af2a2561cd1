//! The rows that a question to the database's own catalogue gives, as far as they are known.

use std::sync::Arc;

use super::{reflection, release};
use crate::replay::run::value::{HOLE, Str, Value};
use crate::replay::run::{Arguments, Call, Machine};
use crate::schema::sql::{self, Rows, SqlText};
use crate::schema::{Dialect, Truth};

/// What executing a text gives: its rows where they are known, and otherwise something that is not.
pub(super) fn of(machine: &Machine<'_>, statement: &Value, arguments: &Arguments) -> Value {
    let (Value::Sql(text) | Value::Text(text)) = statement else { return Value::Data };
    let dialect = machine.rules().dialect;
    // The words of a catalogue: most texts ask something else.
    let asks = match dialect {
        Dialect::Sqlite => ["sqlite_", "table_info"].as_slice(),
        Dialect::Postgresql => &["information_schema", "pg_", "to_reg", release::ASKED],
        Dialect::Mysql => &["information_schema"],
    };
    let has = |word: &&str| {
        text.text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    if !asks.iter().any(has) {
        return Value::Data;
    }
    if let Some(told) = release::asked(machine, &text.text) {
        return Value::Rows([Value::tuple(vec![told])].into());
    }
    let text = with_parameters(machine, &text.text, arguments);
    if has_parameters(&text) {
        return Value::Data;
    }
    let sql = SqlText::with_placeholder(&text, &HOLE.to_string());
    let found = sql::rows(&sql, dialect).and_then(|rows| known(machine, &rows));
    found.map_or(Value::Data, |rows| Value::Rows(rows.into()))
}

fn known(machine: &Machine<'_>, rows: &Rows) -> Option<Vec<Value>> {
    let holds = |condition| machine.schema().holds(&machine.condition_looked_up(condition)?).known();
    let row = |value: Value| Value::tuple(vec![value]);
    Some(match rows {
        Rows::If(condition) => holds(condition)?.then(|| row(Value::Int(1))).into_iter().collect(),
        Rows::Count(condition) => vec![row(Value::Int(i64::from(holds(condition)?)))],
        Rows::Name(condition) if holds(condition)? => vec![row(Value::Text(Str::new(format!("{HOLE}name"))))],
        Rows::Name(_) => vec![row(Value::None)],
        Rows::Truth(condition) => vec![row(Value::Bool(holds(condition)?))],
        Rows::Columns { table, place } => {
            if machine.schema().has_table(&machine.looked_up(table)?) == Truth::No {
                return Some(Vec::new());
            }
            let names = reflection::column_names(machine, table)?;
            let cells = |name: Value| (0..*place).map(|_| Value::Data).chain([name]).collect();
            names.into_iter().map(|name| Value::tuple(cells(name))).collect()
        }
    })
}

/// A text with the parameters that it is executed with, as far as they are known.
fn with_parameters(machine: &Machine<'_>, text: &str, arguments: &Arguments) -> String {
    let given = arguments.get(1, "parameters");
    let pairs = given.and_then(|given| machine.pairs(given));
    let named = arguments.named.iter().map(|(name, value)| (name.to_string(), value.clone()));
    let by_dict = pairs.into_iter().flatten();
    let by_dict = by_dict.filter_map(|(key, value)| Some((key.known_text()?.to_owned(), value.clone())));
    let mut text = text.to_owned();
    for (name, value) in by_dict.chain(named) {
        if let Some(value) = value.known_text().filter(|_| machine.spend(1 + text.len() / 64)) {
            text = filled(&text, &name, value);
        }
    }
    text
}

/// Whether a text may hold parameters whose values are not known.
fn has_parameters(text: &str) -> bool {
    let named = text.match_indices(':').any(|(at, _)| {
        let after = text[at + 1..].starts_with(|c: char| c.is_alphabetic() || c == '_');
        after && !text[..at].ends_with(':')
    });
    named || text.contains(['?', '%'])
}

/// A text in which a parameter, `:name`, has a value.
pub(super) fn filled(text: &str, name: &str, value: &str) -> String {
    let wanted = [":", name].concat();
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(&wanted) {
        let (before, after) = (&rest[..at], &rest[at + wanted.len()..]);
        let goes_on = after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        filled.push_str(before);
        // `::name` casts.
        if goes_on || before.ends_with(':') {
            filled.push_str(&wanted);
        } else {
            filled.push_str(&format!("'{}'", value.replace('\'', "''")));
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A method of a result.
pub(in crate::replay::run) fn method(
    machine: &mut Machine<'_>,
    rows: &Arc<[Value]>,
    call: Call<'_>,
) -> Value {
    let cell = |row: &Value| match row {
        Value::Tuple(cells) => cells.first().cloned().unwrap_or(Value::Data),
        other => other.clone(),
    };
    match call.name {
        "fetchone" | "first" | "one_or_none" | "one" => rows.first().cloned().unwrap_or(Value::None),
        "scalar" | "scalar_one" | "scalar_one_or_none" => rows.first().map_or(Value::None, cell),
        "fetchall" | "all" => machine.list(Some(rows.to_vec())),
        "scalars" => Value::Rows(rows.iter().map(cell).collect()),
        _ => Value::Data,
    }
}
