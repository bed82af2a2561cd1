//! Constraints, and the names of constraints, of indexes and of columns.

use std::sync::Arc;

use super::index;
use crate::replay::run::value::{ColumnValue, TableValue, Value};
use crate::replay::run::{Arguments, Machine};
use crate::schema::{ConstraintDef, ConstraintKind, Dialect, Name, TableName};

/// What a foreign key refers to: a table, and the column where it is known.
type Target = (TableName, Option<Box<str>>);

/// `ForeignKey(…)`, `UniqueConstraint(…)` and their like, by the name of the class.
pub(super) fn made(machine: &Machine<'_>, class: &str, arguments: &Arguments) -> Value {
    // What is to be added by ALTER is not made with the table; SQLite, which cannot, makes it all the same.
    if machine.rules().dialect != Dialect::Sqlite {
        match arguments.flag("use_alter") {
            Some(true) => return Value::None,
            Some(false) => {}
            None => {
                let perhaps = ConstraintDef { name: Name::Unknown, kind: ConstraintKind::Unknown };
                return Value::Constraint(Arc::new(perhaps));
            }
        }
    }
    let name = name_of(match class {
        "CheckConstraint" => arguments.get(1, "name"),
        "ForeignKeyConstraint" => arguments.get(2, "name"),
        _ => arguments.by_name("name"),
    });
    Value::Constraint(Arc::new(ConstraintDef { name, kind: kind(machine, class, arguments) }))
}

fn kind(machine: &Machine<'_>, class: &str, arguments: &Arguments) -> ConstraintKind {
    let columns = || {
        let names: Option<Vec<_>> = arguments.positional.iter().map(column_name).collect();
        names.filter(|_| !arguments.is_open())
    };
    match class {
        "PrimaryKeyConstraint" => ConstraintKind::PrimaryKey { columns: columns() },
        "UniqueConstraint" => ConstraintKind::Unique { columns: columns() },
        "CheckConstraint" => ConstraintKind::Check { condition: condition(arguments.first()) },
        "ExcludeConstraint" => {
            let elements = arguments.by_place().unwrap_or_default();
            ConstraintKind::Exclude { columns: None, access: index::excluding(machine, elements, arguments) }
        }
        "ForeignKey" => {
            let target = referred(arguments.first().or_else(|| arguments.keyword("column")));
            let (table, column) = target.unzip();
            ConstraintKind::ForeignKey {
                columns: Some(Vec::new()),
                table,
                referred: column.flatten().map(|column| vec![column]),
            }
        }
        _ => {
            let targets = arguments.get(1, "refcolumns").and_then(|value| machine.items(value));
            let targets = targets.and_then(|targets| {
                targets.iter().map(|target| referred(Some(target))).collect::<Option<Vec<_>>>()
            });
            let table = targets.as_ref().and_then(|targets| targets.first()).map(|(table, _)| table.clone());
            let referred =
                targets.and_then(|targets| targets.into_iter().map(|(_, column)| column).collect());
            let columns = machine.column_names(arguments.get(0, "columns"));
            ConstraintKind::ForeignKey { columns, table, referred }
        }
    }
}

/// An attribute of a constraint, or of a foreign key of one column.
pub(in crate::replay::run) fn attribute(own: &Arc<ConstraintDef>, name: &str) -> Value {
    let texts = |names: Option<&[Box<str>]>| {
        names.map_or(Value::Data, |names| Value::tuple(names.iter().map(|name| Value::text(name)).collect()))
    };
    let columns = match &own.kind {
        ConstraintKind::PrimaryKey { columns }
        | ConstraintKind::Unique { columns }
        | ConstraintKind::ForeignKey { columns, .. } => columns.as_deref(),
        ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } | ConstraintKind::Unknown => None,
    };
    match (name, &own.kind) {
        ("name", _) => match &own.name {
            Name::Given { name, .. } => Value::text(name),
            Name::Unnamed | Name::Default => Value::None,
            Name::Unknown => Value::Data,
        },
        ("constraint", ConstraintKind::ForeignKey { .. }) => Value::Constraint(Arc::clone(own)),
        ("column_keys", _) => texts(columns),
        ("referred_table", ConstraintKind::ForeignKey { table: Some(table), .. }) => {
            Value::Table(Arc::new(TableValue { name: Some(table.clone()), ..TableValue::default() }))
        }
        ("columns", _) => columns.map_or(Value::Data, |columns| {
            let named = |name: &str| {
                Value::Column(Arc::new(ColumnValue { name: Some(name.into()), ..ColumnValue::default() }))
            };
            Value::tuple(columns.iter().map(|name| named(name)).collect())
        }),
        _ => Value::Data,
    }
}

/// Whether a constraint is an object of a class of SQLAlchemy, by its name.
pub(in crate::replay::run) fn is_of_class(own: &ConstraintDef, class: &str) -> Option<bool> {
    let is = |wanted: &str| Some(class == wanted || class == "Constraint");
    match &own.kind {
        ConstraintKind::PrimaryKey { .. } => is("PrimaryKeyConstraint"),
        ConstraintKind::Unique { .. } => is("UniqueConstraint"),
        ConstraintKind::ForeignKey { .. } if class != "ForeignKey" => is("ForeignKeyConstraint"),
        ConstraintKind::Check { .. } => is("CheckConstraint"),
        _ => None,
    }
}

/// A check's condition as written; empty when it is not known.
pub(in crate::replay::run) fn condition(value: Option<&Value>) -> Box<str> {
    match value {
        Some(Value::Text(text) | Value::Sql(text)) if text.is_known() => (*text.text).into(),
        _ => Box::default(),
    }
}

/// What `'table.column'` or a column names.
fn referred(value: Option<&Value>) -> Option<Target> {
    if let Value::Column(column) = value? {
        return Some((column.table.clone()?, column.name.clone()));
    }
    let (table, column) = value?.known_text()?.rsplit_once('.')?;
    let name = match table.rsplit_once('.') {
        Some((schema, table)) => TableName::new(Some(schema), table),
        None => TableName::plain(table),
    };
    Some((name, Some(column.into())))
}

/// A constraint's or an index's name.
pub(in crate::replay::run) fn name_of(value: Option<&Value>) -> Name {
    match value {
        None | Some(Value::None) => Name::Unnamed,
        Some(Value::Text(text)) if text.is_known() => {
            Name::Given { name: (*text.text).into(), is_final: text.is_final }
        }
        Some(_) => Name::Unknown,
    }
}

pub(super) fn column_name(value: &Value) -> Option<Box<str>> {
    match value {
        Value::Column(column) => column.name.clone(),
        other => other.known_text().map(Into::into),
    }
}

impl Machine<'_> {
    /// Names of columns in a list or a tuple, or a single one.
    pub(in crate::replay::run) fn column_names(&self, value: Option<&Value>) -> Option<Vec<Box<str>>> {
        let value = value?;
        if let Some(text) = value.known_text() {
            return Some(vec![text.into()]);
        }
        self.items(value)?.iter().map(column_name).collect()
    }
}
