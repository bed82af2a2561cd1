//! The dialect of a connection.

use super::release::{self, Release};
use super::table::table_name;
use super::{reflection, tri};
use crate::replay::run::value::{HOLE, Str, Value};
use crate::replay::run::{Call, Machine};
use crate::schema::Dialect;

/// Its name, where the migration learns it.
pub(super) fn name(machine: &Machine<'_>) -> Value {
    machine.dialect().map_or(Value::Data, |dialect| Value::text(dialect.name()))
}

/// The address that the engine was made with. It begins with the dialect's name, and a driver may follow; what asks for
/// MariaDB may say so or `mysql`. Source: `make_url` and `URL.get_dialect` of `sqlalchemy/engine/url.py`.
pub(super) fn url(machine: &Machine<'_>) -> Value {
    match machine.dialect() {
        Some(dialect @ (Dialect::Postgresql | Dialect::Sqlite)) => {
            Value::Url(Str::new(format!("{}{HOLE}", dialect.name())))
        }
        Some(Dialect::Mysql) | None => Value::Data,
    }
}

pub(in crate::replay::run) fn url_attribute(text: &Str, name: &str) -> Option<Value> {
    match name {
        "drivername" => Some(Value::Text(text.clone())),
        "username" | "password" | "host" | "port" | "database" | "query" => Some(Value::Data),
        _ => None,
    }
}

pub(in crate::replay::run) fn url_method(machine: &Machine<'_>, text: &Str, method: &str) -> Value {
    match method {
        "render_as_string" | "__str__" | "__to_string__" => Value::Text(text.clone()),
        "get_backend_name" => name(machine),
        "get_dialect" => Value::Dialect,
        _ => Value::Data,
    }
}

pub(in crate::replay::run) fn attribute(machine: &Machine<'_>, name: &str) -> Option<Value> {
    match name {
        "name" => Some(self::name(machine)),
        "default_schema_name" => Some(default_schema(machine)),
        "identifier_preparer" => Some(Value::path("sqlalchemy.identifier_preparer")),
        "server_version_info" => Some(release::told(machine, Release::Numbers).unwrap_or(Value::Data)),
        "driver" | "is_mariadb" | "paramstyle" => Some(Value::Data),
        _ => None,
    }
}

/// `isinstance(dialect, class)`. The class of a driver's own, or of MariaDB's, may be it or not.
pub(in crate::replay::run) fn is_of_class(machine: &Machine<'_>, class: &str) -> Option<bool> {
    let (package, last) = class.strip_prefix("sqlalchemy.dialects.")?.split_once('.')?;
    let is_own = Dialect::named(package)? == machine.dialect()?;
    let is_base = matches!(last.rsplit('.').next()?, "SQLiteDialect" | "PGDialect" | "MySQLDialect");
    (is_base || !is_own).then_some(is_own)
}

/// The schema that PostgreSQL and SQLite begin with.
pub(in crate::replay::run) fn default_schema(machine: &Machine<'_>) -> Value {
    match machine.dialect() {
        Some(Dialect::Postgresql) => Value::text("public"),
        Some(Dialect::Sqlite) => Value::text("main"),
        Some(Dialect::Mysql) | None => Value::Data,
    }
}

/// `identifier_preparer.quote(name)`: quoted whether it need be or not.
pub(super) fn quoted(machine: &Machine<'_>, name: Option<&Value>) -> Value {
    let quote = if machine.rules().dialect == Dialect::Mysql { '`' } else { '"' };
    match name.and_then(Value::known_text) {
        Some(name) if !name.contains(quote) => Value::text(&format!("{quote}{name}{quote}")),
        _ => Value::Data,
    }
}

/// Its methods are handed the connection first.
pub(in crate::replay::run) fn method(machine: &Machine<'_>, call: Call<'_>) -> Value {
    let arguments = call.arguments;
    match call.name {
        "has_table" => {
            let table = table_name(arguments.get(1, "table_name"), arguments.get(2, "schema"));
            tri(table.and_then(|table| reflection::has_table(machine, &table)))
        }
        "has_index" => {
            let table = table_name(arguments.get(1, "table_name"), arguments.keyword("schema"));
            let index = arguments.get(2, "index_name").and_then(Value::known_text);
            tri(table.zip(index).and_then(|(table, index)| reflection::has_index(machine, &table, index)))
        }
        _ => Value::Data,
    }
}
