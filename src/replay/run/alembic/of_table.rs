//! Directives that change one table: the operation that each makes of its arguments.

use super::directives::Given;
use crate::replay::run::Machine;
use crate::replay::run::sqlalchemy::column::default_text;
use crate::replay::run::sqlalchemy::constraint::{self, name_of};
use crate::replay::run::sqlalchemy::index;
use crate::replay::run::sqlalchemy::table::table_name;
use crate::replay::run::sqlalchemy::types::type_def;
use crate::replay::run::value::Value;
use crate::schema::{
    ColumnChange, ColumnDef, ConstraintDef, ConstraintKind, ConstraintType, Dialect, Edit, IndexDef,
    Operation, TableName,
};

pub(super) fn add_column(machine: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    let Some(Value::Column(column)) = given.get("column") else { return None };
    column.name.as_ref()?;
    let flag = |name| given.arguments.flag(name);
    let has_key = column.refers_to(|_| true);
    Some(Operation::AddColumn {
        table,
        column: ColumnDef {
            // What may stand in the column's own clause or not matters only where it has such a thing.
            inline_references: has_key && flag("inline_references")?,
            inline_primary_key: column.def.primary_key && flag("inline_primary_key")?,
            is_placed: ["insert_after", "insert_before"]
                .iter()
                .any(|place| given.some(place).and_then(Value::known_text).is_some()),
            ..column.def.clone()
        },
        if_not_exists: is_lenient(machine, given),
    })
}

pub(super) fn drop_column(machine: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    Some(Operation::DropColumn {
        table,
        column: given.text("column_name"),
        if_exists: is_lenient(machine, given),
        cascade: false,
    })
}

/// Whether a column may be there, or missing. SQLite, which refuses these words, comes to its end only without them.
fn is_lenient(machine: &Machine<'_>, given: &Given<'_>) -> bool {
    let flags = ["if_exists", "if_not_exists"].map(|flag| given.arguments.flag(flag));
    let is_certain = flags.contains(&Some(true));
    is_certain || machine.rules().dialect != Dialect::Sqlite && given.arguments.is_lenient()
}

pub(super) fn alter_column(_: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    let change = ColumnChange {
        name: given
            .some("new_column_name")
            .map_or(Edit::Keep, |name| Edit::to(name.known_text().map(Into::into))),
        kind: given.some("type_").map(type_def),
        nullable: match given.some("nullable") {
            None => Edit::Keep,
            Some(Value::Bool(nullable)) => Edit::Set(*nullable),
            Some(_) => Edit::Unknown,
        },
        default: match given.get("server_default") {
            None | Some(Value::Bool(false)) => Edit::Keep,
            Some(Value::None) => Edit::Set(None),
            Some(value) => Edit::Set(Some(default_text(value))),
        },
        using: given.some("type_").is_some() && given.some("postgresql_using").is_some(),
        other: !matches!(given.get("comment"), None | Some(Value::Bool(false))),
    };
    Some(Operation::AlterColumn { table, column: given.text("column_name"), change })
}

pub(super) fn create_index(machine: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    let elements = given.get("columns").and_then(|columns| match columns {
        columns @ Value::Text(_) => Some(vec![columns.clone()]),
        columns => machine.items(columns),
    });
    let index = IndexDef {
        name: name_of(given.get("index_name")),
        ..index::of(machine, elements.as_deref(), given.arguments)
    };
    Some(Operation::CreateIndex { table, index, if_not_exists: given.arguments.is_lenient() })
}

pub(super) fn drop_index(_: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    Some(Operation::DropIndex {
        name: name_of(given.get("index_name")),
        schema: table.schema.clone(),
        table: Some(table),
        if_exists: given.arguments.is_lenient(),
        cascade: false,
    })
}

pub(super) fn create_primary_key(
    machine: &Machine<'_>,
    table: TableName,
    given: &Given<'_>,
) -> Option<Operation> {
    let columns = machine.column_names(given.get("columns"));
    Some(add(table, given, ConstraintKind::PrimaryKey { columns }))
}

pub(super) fn create_unique(machine: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    let columns = machine.column_names(given.get("columns"));
    Some(add(table, given, ConstraintKind::Unique { columns }))
}

pub(super) fn create_check(machine: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    let condition = match given.get("condition") {
        // A batch that copies leaves one out whose columns it does not find.
        Some(Value::Statement(clause)) if machine.rules().dialect != Dialect::Sqlite => {
            clause.sql.clone().unwrap_or_default()
        }
        condition => constraint::condition(condition),
    };
    Some(add(table, given, ConstraintKind::Check { condition }))
}

pub(super) fn create_exclude(
    machine: &Machine<'_>,
    table: TableName,
    given: &Given<'_>,
) -> Option<Operation> {
    let elements = given.arguments.by_place().and_then(|all| all.get(2..)).unwrap_or_default();
    let access = index::excluding(machine, elements, given.arguments);
    Some(add(table, given, ConstraintKind::Exclude { columns: None, access }))
}

pub(super) fn create_foreign_key(
    machine: &Machine<'_>,
    table: TableName,
    given: &Given<'_>,
) -> Option<Operation> {
    let kind = ConstraintKind::ForeignKey {
        table: table_name(given.get("referent_table"), given.get("referent_schema")),
        columns: machine.column_names(given.get("local_cols")),
        referred: machine.column_names(given.get("remote_cols")),
    };
    Some(add(table, given, kind))
}

fn add(table: TableName, given: &Given<'_>, kind: ConstraintKind) -> Operation {
    let constraint = ConstraintDef { name: name_of(given.get("constraint_name")), kind };
    Operation::AddConstraint { table, constraint }
}

pub(super) fn drop_constraint(_: &Machine<'_>, table: TableName, given: &Given<'_>) -> Option<Operation> {
    let word = match given.get("type_").and_then(Value::known_text) {
        Some("primary") => Some(ConstraintType::Primary),
        Some("unique") => Some(ConstraintType::Unique),
        Some("foreignkey") => Some(ConstraintType::ForeignKey),
        Some("check") => Some(ConstraintType::Check),
        _ => None,
    };
    Some(Operation::DropConstraint {
        table,
        name: name_of(given.get("constraint_name")),
        word,
        if_exists: given.arguments.is_lenient(),
        cascade: false,
        in_sql: false,
    })
}

pub(super) fn comment(machine: &Machine<'_>, table: TableName, _: &Given<'_>) -> Option<Operation> {
    if machine.rules().dialect == Dialect::Sqlite {
        let message = "near \"COMMENT\": syntax error".into();
        return Some(Operation::Refused { message, by: vec![Dialect::Sqlite], table: None });
    }
    Some(Operation::noted("COMMENT", Some(table)))
}
