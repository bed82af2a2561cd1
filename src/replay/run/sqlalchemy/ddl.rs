//! DDL elements that are executed: `CreateTable(table)` and its like.

use super::table;
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{DdlValue, Value};
use crate::replay::run::{Arguments, Machine};
use crate::schema::{Operation, Touches};
use crate::text::TextRange;

/// One, not executed yet.
pub(super) fn made(class: &str, arguments: &Arguments) -> DdlValue {
    DdlValue {
        class: class.into(),
        of: arguments.first().cloned().unwrap_or(Value::Data),
        is_lenient: arguments.flag("if_exists") || arguments.flag("if_not_exists"),
        cascade: arguments.flag("cascade"),
    }
}

/// Executes one.
pub(super) fn execute(machine: &mut Machine<'_>, ddl: &DdlValue, range: TextRange) -> Result<(), Raised> {
    let DdlValue { class, of, is_lenient, cascade } = ddl;
    let (class, is_lenient) = (&**class, *is_lenient);
    let operation = match (class, of) {
        ("CreateTable", Value::Table(table)) => return table::create(machine, table, false, range),
        ("DropTable", Value::Table(table)) => return table::drop(machine, table, false, range),
        ("CreateSequence", Value::Sequence(name)) => {
            Operation::CreateSequence { name: (**name).clone(), owner: None, if_not_exists: is_lenient }
        }
        ("DropSequence", Value::Sequence(name)) => {
            Operation::DropSequence { name: (**name).clone(), if_exists: is_lenient, cascade: false }
        }
        (_, name) => match (class, name.known_text()) {
            ("CreateSchema", Some(name)) => {
                Operation::CreateSchema { name: name.into(), if_not_exists: is_lenient }
            }
            ("DropSchema", Some(name)) => {
                Operation::DropSchema { name: name.into(), if_exists: is_lenient, cascade: *cascade }
            }
            _ => {
                let what = format!("{class} of what is not known");
                return machine.unknown(what, Touches::Everything, range);
            }
        },
    };
    machine.perform(operation, range)
}
