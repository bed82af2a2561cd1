//! Connections and sessions.

use super::{dialect, query, rows};
use crate::replay::run::value::Value;
use crate::replay::run::{Call, Evaluated, Machine};
use crate::schema::{OnRows, Operation, Touches};
use crate::text::TextRange;

pub(in crate::replay::run) fn attribute(machine: &Machine<'_>, object: &Value, name: &str) -> Option<Value> {
    Some(match name {
        "dialect" => Value::Dialect,
        "engine" if *object == Value::Bind => Value::Bind,
        "connection" if *object == Value::Bind => Value::Raw,
        "bind" => Value::Bind,
        "name" => dialect::name(machine),
        "url" => dialect::url(machine),
        "closed" | "info" | "driver" => Value::Data,
        _ => return None,
    })
}

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, object: &Value, call: Call<'_>) -> Evaluated {
    let Call { name, arguments, range } = call;
    if matches!(name, "commit" | "rollback") {
        machine.doubt_transaction();
    }
    Ok(match name {
        "execute" | "exec_driver_sql" | "scalar" | "scalars" | "exec" => {
            let statement = arguments
                .first()
                .or_else(|| arguments.keyword("statement"))
                .or_else(|| arguments.keyword("clause"));
            let statement = statement.unwrap_or(&Value::Data);
            if let (Value::Text(_), false) = (statement, name == "exec_driver_sql") {
                let message = "SQLAlchemy 2 executes no plain text: write sa.text(…) around it".to_owned();
                machine.not_taken("ObjectNotExecutableError", message, range)?;
            }
            // A session hands more to it.
            let is_alone = arguments.positional.len() == 1 && !arguments.is_open();
            if let (Value::Sql(text), true) = (statement, is_alone && arguments.named.is_empty()) {
                machine.need_values(text, range)?;
            }
            machine.execute(statement, range)?;
            match (rows::of(machine, statement, arguments), name) {
                (Value::Rows(rows), "scalar" | "scalars") => rows::method(machine, &rows, call),
                (rows, _) => rows,
            }
        }
        "query" => query::made(machine, arguments),
        "delete" if *object == Value::Session => take_rows(machine, "DELETE", range)?,
        // Rows go that belong to nothing any more.
        "flush" | "commit" if *object == Value::Session && machine.deletes_orphans => {
            take_rows(machine, "COMMIT", range)?
        }
        "raw_connection" => Value::Raw,
        "begin_nested" => machine.savepoint(),
        "begin" if *object == Value::Session => Value::Session,
        "connection" | "get_bind" | "connect" | "begin" | "execution_options" | "get_engine"
        | "engine_connect" => Value::Bind,
        "__enter__" => object.clone(),
        "run_callable" | "run_sync" => {
            machine.unknown(format!("{name}, which is not followed"), Touches::Everything, range)?;
            Value::Data
        }
        _ => Value::Data,
    })
}

/// A session deletes rows of some table, and those that refer to them may go with them.
fn take_rows(machine: &mut Machine<'_>, what: &str, range: TextRange) -> Evaluated {
    machine.perform(Operation::Noted { what: what.into(), table: None, rows: OnRows::MayTake }, range)?;
    Ok(Value::None)
}

/// A method of the driver's own connection, or of a cursor.
pub(in crate::replay::run) fn raw_method(machine: &mut Machine<'_>, call: Call<'_>) -> Evaluated {
    let Call { name, arguments, range } = call;
    if matches!(name, "commit" | "rollback" | "set_isolation_level" | "set_session") {
        machine.doubt_transaction();
    }
    match (name, arguments.first()) {
        ("execute" | "executemany" | "mogrify", Some(text)) => machine.execute(text, range)?,
        ("executescript", Some(Value::Text(text))) => machine.execute_each(text, range)?,
        ("executescript", _) => machine.unknown("SQL that is computed", Touches::Everything, range)?,
        ("cursor", _) => return Ok(Value::Raw),
        _ => {}
    }
    Ok(Value::Data)
}
