//! DDL elements that are executed: `CreateTable(table)` and its like.

use super::table;
use crate::replay::run::Machine;
use crate::replay::run::raised::Raised;
use crate::replay::run::value::Value;
use crate::schema::{Operation, Touches};
use crate::text::TextRange;

/// Executes one, by its class and its first argument.
pub(super) fn execute(
    machine: &mut Machine<'_>,
    class: &str,
    of: &Value,
    range: TextRange,
) -> Result<(), Raised> {
    let operation = match (class, of) {
        ("CreateTable", Value::Table(table)) => return table::create(machine, table, false, range),
        ("DropTable", Value::Table(table)) => return table::drop(machine, table, false, range),
        ("CreateSequence", Value::Sequence(name)) => {
            Operation::CreateSequence { name: (**name).clone(), owner: None, if_not_exists: false }
        }
        ("DropSequence", Value::Sequence(name)) => {
            Operation::DropSequence { name: (**name).clone(), if_exists: false, cascade: false }
        }
        (_, name) => match (class, name.known_text()) {
            ("CreateSchema", Some(name)) => {
                Operation::CreateSchema { name: name.into(), if_not_exists: false }
            }
            ("DropSchema", Some(name)) => {
                Operation::DropSchema { name: name.into(), if_exists: false, cascade: false }
            }
            _ => {
                let what = format!("{class} of what is not known");
                return machine.unknown(what, Touches::Everything, range);
            }
        },
    };
    machine.perform(operation, range)
}
