//! DDL elements that are executed: `CreateTable(table)` and its like.

use super::table;
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{DdlValue, Value};
use crate::replay::run::{Arguments, Machine};
use crate::schema::{Operation, Touches};
use crate::text::TextRange;

/// Whether a class of SQLAlchemy is one, by its name: `CreateEnumType` of PostgreSQL's dialect, `SetTableComment` and the like.
pub(super) fn is_one(class: &str) -> bool {
    ["Create", "Drop", "Add", "Alter", "Set"]
        .iter()
        .any(|verb| class.strip_prefix(verb).is_some_and(|what| what.starts_with(char::is_uppercase)))
}

/// One, not executed yet.
pub(super) fn made(class: &str, arguments: &Arguments) -> DdlValue {
    DdlValue {
        class: class.into(),
        of: arguments.first().cloned().unwrap_or(Value::Data),
        is_lenient: arguments.is_lenient(),
        cascade: arguments.flag("cascade"),
    }
}

/// Executes one.
pub(super) fn execute(machine: &mut Machine<'_>, ddl: &DdlValue, range: TextRange) -> Result<(), Raised> {
    let DdlValue { class, of, is_lenient, cascade } = ddl;
    let (class, is_lenient) = (&**class, *is_lenient);
    let operation = match (class, of) {
        ("CreateTable", Value::Table(table)) => {
            return table::create(machine, &table.without_indexes(), is_lenient, range);
        }
        ("DropTable", Value::Table(table)) => return table::drop(machine, table, is_lenient, range),
        ("CreateSequence", Value::Sequence(name)) => {
            Operation::CreateSequence { name: (**name).clone(), owner: None, if_not_exists: is_lenient }
        }
        ("DropSequence", Value::Sequence(name)) => {
            Operation::DropSequence { name: (**name).clone(), if_exists: is_lenient, cascade: false }
        }
        ("CreateEnumType" | "DropEnumType", Value::Type(kind)) if let Some(named) = &kind.def.named => {
            if class == "CreateEnumType" {
                Operation::CreateEnum { kind: named.clone(), if_not_exists: false }
            } else {
                let (name, schema) = (named.name.clone(), named.schema.clone());
                Operation::DropEnum { name, schema, if_exists: false, cascade: false }
            }
        }
        (_, Value::Table(_) | Value::Column(_)) if class.ends_with("Comment") => {
            Operation::noted(class, None)
        }
        (_, name) => match (class, name.known_text()) {
            ("CreateSchema", Some(name)) => {
                Operation::CreateSchema { name: name.into(), if_not_exists: is_lenient }
            }
            ("DropSchema", Some(name)) if let Some(cascade) = *cascade => {
                Operation::DropSchema { name: name.into(), if_exists: is_lenient, cascade }
            }
            _ => {
                let what = format!("{class} of what is not known");
                return machine.unknown(what, Touches::Everything, range);
            }
        },
    };
    machine.perform(operation, range)
}
