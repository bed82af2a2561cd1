//! SQLAlchemy: its constructs, and the objects that they make, one a file.

pub(super) mod bind;
pub(super) mod column;
pub(super) mod constraint;
mod ddl;
pub(super) mod dialect;
mod execute;
pub(super) mod flask;
pub(super) mod foreign_key;
pub(super) mod index;
pub(super) mod inspector;
pub(super) mod metadata;
pub(super) mod model;
pub(super) mod query;
pub(super) mod reflected;
pub(super) mod reflection;
mod refused;
pub(super) mod release;
pub(super) mod rows;
pub(super) mod sequence;
pub(super) mod signatures;
pub(super) mod statement;
pub(super) mod table;
pub(super) mod types;

use std::sync::Arc;

use super::value::{GeneratedValue, Value};
use super::{Arguments, Machine};
use crate::schema::Dialect;

/// Calls something of SQLAlchemy, by its dotted path and by its last name.
pub(super) fn construct(machine: &mut Machine<'_>, path: &str, name: &str, arguments: &Arguments) -> Value {
    // A function of the database may have any name.
    if let Some((_, function)) = path.split_once(".func.") {
        return statement::function(machine, function, arguments);
    }
    match name {
        "Column" => Value::Column(Arc::new(column::made(arguments))),
        // The type comes from elsewhere, or is never written.
        "column" | "mapped_column" => Value::Column(Arc::new(column::made(arguments).without_need_of_type())),
        "ForeignKey"
        | "ForeignKeyConstraint"
        | "PrimaryKeyConstraint"
        | "UniqueConstraint"
        | "CheckConstraint"
        | "ExcludeConstraint" => constraint::made(machine, name, arguments),
        "Index" => Value::Index(Arc::new(index::made(machine, arguments))),
        "Computed" | "Identity" | "FetchedValue" => {
            let is_identity = name == "Identity";
            // SQLAlchemy writes nothing of it for the others.
            let has_identities = machine.rules().dialect == Dialect::Postgresql;
            let is_written = name == "Computed" || is_identity && has_identities;
            let computed = (name == "Computed").then(|| constraint::condition(arguments.first()));
            Value::Generated(GeneratedValue { is_written, is_identity, computed })
        }
        "Table" | "table" => table::declared(machine, arguments),
        "MetaData" => metadata::made(machine, arguments),
        "relationship" | "backref"
            if !matches!(arguments.by_name("cascade"), None | Some(Value::None))
                && !machine.deletes_orphans =>
        {
            machine.deletes_orphans = true;
            Value::None
        }
        // Attributes of models that are no columns.
        "relationship" | "backref" | "dynamic_loader" | "synonym" | "association_proxy" => Value::None,
        "declarative_base" => model::base(machine, arguments),
        "text" => statement::text(arguments.first(), arguments.positional.len() + arguments.named.len() > 1),
        "DDL" => statement::text(arguments.first(), true),
        "true" | "false" | "null" => statement::word(machine, name),
        _ if ddl::is_one(name) => Value::Ddl(Arc::new(ddl::made(name, arguments))),
        "Sequence" => sequence::made(arguments),
        "inspect" | "Inspector" | "from_engine" => inspector::made(machine, arguments.first()),
        "Session" | "scoped_session" | "AsyncSession" => Value::Session,
        // Called once more, it gives a session.
        "sessionmaker" => Value::path("sqlalchemy.orm.Session"),
        "create_engine" | "engine_from_config" => Value::Foreign(Some(path.into())),
        "select" | "Select" => statement::of_rows(machine, "SELECT", arguments),
        "insert" | "Insert" => statement::of_rows(machine, "INSERT", arguments),
        "update" | "Update" => statement::of_rows(machine, "UPDATE", arguments),
        "delete" | "Delete" => statement::of_rows(machine, "DELETE", arguments),
        "quote" | "quote_identifier" => dialect::quoted(machine, arguments.first()),
        "TextClause" => Value::Data,
        _ if name.starts_with(char::is_uppercase) && !path.starts_with("sqlalchemy.exc") => {
            Value::Type(Arc::new(types::made(name, path, arguments)))
        }
        _ => Value::Data,
    }
}

/// A three-valued answer as a value.
fn tri(answer: Option<bool>) -> Value {
    answer.map_or(Value::Data, Value::Bool)
}
