//! Queries of SQLAlchemy's ORM: rows are read when one of their methods asks for them.

use std::sync::Arc;

use super::statement::{Uses, calls_of, uses_of};
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{StatementValue, TableValue, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::Operation;
use crate::text::TextRange;

/// `session.query(…)`.
pub(super) fn made(machine: &Machine<'_>, arguments: &Arguments) -> Value {
    let uses = arguments.positional.iter().flat_map(|value| entity(machine, value)).collect();
    let calls = calls_of(machine, &arguments.positional);
    Value::Query(Arc::new(StatementValue { calls, ..StatementValue::new(Some("SELECT"), uses) }))
}

/// What is read of an entity: of a model, every column that it has.
pub(super) fn entity(machine: &Machine<'_>, value: &Value) -> Uses {
    match value {
        Value::Class(class) => machine.table_of(class).map_or_else(Vec::new, |table| columns_of(&table)),
        Value::Table(table) => columns_of(table),
        other => uses_of(other),
    }
}

/// `Model.query`.
pub(in crate::replay::run) fn of_table(table: &TableValue) -> Arc<StatementValue> {
    Arc::new(StatementValue::new(Some("SELECT"), columns_of(table)))
}

/// What is read where some columns may be left out: those of the arguments.
pub(super) fn less(uses: &Uses, arguments: &Arguments) -> Uses {
    let tables = uses.iter().map(|(table, _)| (table.clone(), Vec::new()));
    tables.chain(arguments.positional.iter().flat_map(uses_of)).collect()
}

fn columns_of(table: &TableValue) -> Uses {
    let columns = table.columns.iter().filter_map(|column| column.name.clone()).collect();
    table.name.clone().map(|name| (name, columns)).into_iter().collect()
}

/// A method of a query.
pub(in crate::replay::run) fn method(
    machine: &mut Machine<'_>,
    query: &Arc<StatementValue>,
    call: Call<'_>,
) -> Evaluated {
    let more = calls_of(machine, call.arguments.values());
    let calls = [query.calls.as_slice(), &more].concat();
    let with = |uses, calls| {
        Value::Query(Arc::new(StatementValue { calls, ..StatementValue::new(query.verb, uses) }))
    };
    let verb = match call.name {
        "all" | "first" | "one" | "one_or_none" | "scalar" | "count" | "get" => "SELECT",
        "update" => "UPDATE",
        "delete" => "DELETE",
        "options" | "with_entities" => {
            let uses = less(&query.uses, call.arguments);
            return Ok(with(uses, calls));
        }
        _ => {
            let more = call.arguments.positional.iter().flat_map(uses_of);
            let uses = query.uses.iter().cloned().chain(more).collect();
            return Ok(with(uses, calls));
        }
    };
    let mut uses = query.uses.clone();
    if verb != "SELECT" {
        // Only what is looked for and what is set is named.
        uses.iter_mut().take(1).for_each(|(_, columns)| columns.clear());
    }
    machine.perform_rows(Operation::data(verb, uses), &calls, call.range)?;
    Ok(Value::Data)
}

impl Machine<'_> {
    /// What a value reads when it is gone through.
    pub(in crate::replay::run) fn read(&mut self, value: &Value, range: TextRange) -> Result<(), Raised> {
        match value {
            Value::Query(query) => {
                self.perform_rows(Operation::data("SELECT", query.uses.clone()), &query.calls, range)
            }
            _ => Ok(()),
        }
    }
}
