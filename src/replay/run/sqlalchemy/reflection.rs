//! What the database would tell of itself, as far as it is known.

use std::sync::Arc;

use super::{metadata, reflected};
use crate::replay::run::Machine;
use crate::replay::run::value::{ColumnValue, Listed, Listing, Place, TableValue, Value};
use crate::schema::{
    Column, ColumnDef, Constraint, ConstraintDef, ConstraintKind, Dialect, List, Name, Table, TableName,
    Truth,
};

/// What a dict of an inspector holds.
pub(super) type Row = Vec<(&'static str, Value)>;

/// A table as it is in the database and as a metadata reads it, if all of its columns are known.
pub(super) fn table(machine: &Machine<'_>, name: &TableName, metadata: Option<Place>) -> Option<TableValue> {
    let table = machine.schema().table(&machine.looked_up(name)?)?;
    let columns = columns(table)?;
    let convention = metadata.and_then(|place| metadata::known(machine, place)?.convention.clone());
    let mut constraints = constraints(table);
    // It names what has no name in the database.
    for own in constraints.iter_mut().flatten() {
        own.name = convention.as_ref().map_or(own.name.clone(), |convention| convention.name(name, own));
    }
    let key = table.primary_key().filter(|key| key.certain).and_then(Constraint::columns).unwrap_or_default();
    let column = |column: &Arc<Column>| ColumnValue {
        name: Some(kept(machine, &column.name)),
        def: ColumnDef {
            name: kept(machine, &column.name),
            primary_key: key.contains(&column.name),
            kind: column.kind.clone(),
            nullable: column.nullable,
            default: column.default.clone(),
            ..ColumnDef::default()
        },
        ..ColumnValue::default()
    };
    Some(TableValue {
        name: Some(name.clone()),
        columns: columns.iter().map(column).collect(),
        has_all_constraints: constraints.is_some(),
        has_all_keys: constraints.is_some(),
        constraints: constraints.unwrap_or_default(),
        indexes: Vec::new(),
        is_complete: true,
        is_temporary: false,
        metadata,
    })
}

/// A table's constraints, if all are known for certain.
fn constraints(table: &Table) -> Option<Vec<ConstraintDef>> {
    let known = |own: &Arc<Constraint>| {
        let is_known = own.certain && own.name != Name::Unknown && own.kind != ConstraintKind::Unknown;
        is_known.then(|| ConstraintDef { name: own.name.clone(), kind: own.kind.clone() })
    };
    if table.constraints_known { table.constraints.iter().map(known).collect() } else { None }
}

/// The names of a table's columns, if all are known for certain.
pub(super) fn column_names(machine: &Machine<'_>, table: &TableName) -> Option<Vec<Value>> {
    let columns = columns(machine.schema().table(&machine.looked_up(table)?)?)?;
    Some(columns.iter().map(|column| told(machine, &column.name)).collect())
}

/// A table's columns, if all are known for certain.
fn columns(table: &Table) -> Option<&List<Column>> {
    let is_known = table.certain && table.columns_known && table.columns.iter().all(|column| column.certain);
    is_known.then_some(&table.columns)
}

/// What an inspector lists of a table, if all of it is known.
pub(super) fn rows(machine: &Machine<'_>, of: Listed, table: &TableName) -> Option<Vec<Row>> {
    let table = machine.schema().table(&machine.looked_up(table)?).filter(|table| table.certain)?;
    match of {
        Listed::Columns => Some(columns(table)?.iter().map(|column| column_row(machine, column)).collect()),
        Listed::Indexes => index_rows(machine, table),
        Listed::UniqueConstraints | Listed::CheckConstraints | Listed::ForeignKeys => {
            constraint_rows(machine, table, of)
        }
        Listed::Tables | Listed::Views | Listed::Enums | Listed::Sequences => None,
    }
}

fn column_row(machine: &Machine<'_>, column: &Column) -> Row {
    vec![
        ("name", told(machine, &column.name)),
        ("type", reflected::read_back(&column.kind, machine.rules().dialect)),
        ("nullable", column.nullable.map_or(Value::Data, Value::Bool)),
        ("default", Value::Data),
        ("autoincrement", Value::Data),
        ("comment", Value::Data),
        ("primary_key", Value::Data),
    ]
}

fn index_rows(machine: &Machine<'_>, table: &Table) -> Option<Vec<Row>> {
    let dialect = machine.rules().dialect;
    if !table.indexes_known || !table.constraints_known {
        return None;
    }
    let mut rows = Vec::new();
    for index in &table.indexes {
        let columns = index.columns.as_deref().filter(|_| !index.has_expressions)?;
        let name = index.name.written().filter(|_| index.certain)?;
        rows.push((name, index_row(machine, name, columns, index.unique)));
    }
    // PostgreSQL and MySQL list the indexes of unique constraints too.
    let lists = |own: &&Arc<Constraint>| {
        matches!(
            own.kind,
            ConstraintKind::Unique { .. } | ConstraintKind::Exclude { .. } | ConstraintKind::Unknown
        )
    };
    for own in table.constraints.iter().filter(lists).filter(|_| dialect != Dialect::Sqlite) {
        let name = own.name.written().filter(|_| own.certain && dialect == Dialect::Postgresql)?;
        let mut row = index_row(machine, name, own.columns()?, true);
        row.push(("duplicates_constraint", told(machine, name)));
        rows.push((name, row));
    }
    if dialect == Dialect::Postgresql {
        rows.sort_by_key(|(name, _)| *name);
    }
    Some(rows.into_iter().map(|(_, row)| row).collect())
}

fn index_row(machine: &Machine<'_>, name: &str, columns: &[Box<str>], unique: bool) -> Row {
    vec![
        ("name", told(machine, name)),
        ("column_names", texts(machine, columns)),
        ("unique", Value::Bool(unique)),
        ("dialect_options", Value::Data),
    ]
}

fn constraint_rows(machine: &Machine<'_>, table: &Table, of: Listed) -> Option<Vec<Row>> {
    if !table.constraints_known {
        return None;
    }
    let mut rows = Vec::new();
    for constraint in &table.constraints {
        let is_wanted = match constraint.kind {
            ConstraintKind::Unique { .. } => of == Listed::UniqueConstraints,
            ConstraintKind::Check { .. } => of == Listed::CheckConstraints,
            ConstraintKind::ForeignKey { .. } => of == Listed::ForeignKeys,
            ConstraintKind::PrimaryKey { .. } => false,
            ConstraintKind::Exclude { .. } | ConstraintKind::Unknown => return None,
        };
        if is_wanted {
            rows.push(constraint_row(machine, constraint)?);
        }
    }
    Some(rows)
}

/// What an inspector tells of a primary key, where that is known; of none, it tells an empty one.
pub(super) fn primary_key(machine: &Machine<'_>, table: &TableName) -> Option<Row> {
    let table = machine.schema().table(&machine.looked_up(table)?)?;
    let constraints = constraints(table).filter(|_| table.certain)?;
    let key = constraints.iter().find(|own| matches!(own.kind, ConstraintKind::PrimaryKey { .. }));
    let columns = key.map_or(Some(&[][..]), |own| own.kind.columns())?;
    // Source: `get_pk_constraint` of SQLAlchemy's dialect of MySQL, which gives every key the name `None`.
    let is_named = machine.rules().dialect != Dialect::Mysql;
    let name = key.filter(|_| is_named).and_then(|own| own.name.written());
    let name = name.map_or(Value::None, |name| told(machine, name));
    Some(vec![
        ("constrained_columns", texts(machine, columns)),
        ("name", name),
        ("comment", Value::Data),
        ("dialect_options", Value::Data),
    ])
}

fn constraint_row(machine: &Machine<'_>, constraint: &Constraint) -> Option<Row> {
    let texts = |names: &[Box<str>]| texts(machine, names);
    let name = match &constraint.name {
        Name::Given { name, .. } => told(machine, name),
        Name::Unnamed | Name::Default => Value::None,
        Name::Unknown => return None,
    };
    let columns = constraint.columns().filter(|_| constraint.certain).map_or(Value::Data, texts);
    let mut row = vec![("name", name), ("column_names", columns.clone()), ("sqltext", Value::Data)];
    if let ConstraintKind::ForeignKey { table, referred, .. } = &constraint.kind {
        let table = table.as_ref().map_or(Value::Data, |table| told(machine, &table.name));
        row.push(("constrained_columns", columns));
        row.push(("referred_table", table));
        row.push(("referred_columns", referred.as_deref().map_or(Value::Data, texts)));
        row.push(("referred_schema", Value::Data));
        row.push(("options", Value::Data));
    }
    Some(row)
}

fn texts(machine: &Machine<'_>, names: &[Box<str>]) -> Value {
    Value::tuple(names.iter().map(|name| told(machine, name)).collect())
}

/// A name as the database tells it.
fn told(machine: &Machine<'_>, name: &str) -> Value {
    Value::text(&kept(machine, name))
}

/// A name as the database keeps it: PostgreSQL shortens long ones.
fn kept(machine: &Machine<'_>, name: &str) -> Box<str> {
    match machine.rules().dialect {
        Dialect::Postgresql => machine.schema().fold(&TableName::plain(name)).name,
        Dialect::Sqlite | Dialect::Mysql => name.into(),
    }
}

/// Whether a table is there.
pub(super) fn has_table(machine: &Machine<'_>, table: &TableName) -> Option<bool> {
    // With a name that is longer, the driver decides what is compared.
    if *kept(machine, &table.name) != *table.name {
        return None;
    }
    machine.schema().has_table(&machine.looked_up(table)?).known()
}

/// Whether a table has an index.
pub(super) fn has_index(machine: &Machine<'_>, table: &TableName, index: &str) -> Option<bool> {
    machine.schema().has_index(&machine.looked_up(table)?, index).known()
}

/// Whether an inspector lists a name.
pub(in crate::replay::run) fn lists(machine: &Machine<'_>, listing: &Listing, name: &str) -> Option<bool> {
    let schema = machine.schema();
    if *kept(machine, name) != *name {
        return Some(false);
    }
    let named = || TableName::new(listing.table.as_ref().and_then(|table| table.schema.as_deref()), name);
    // Lists are those of the schema that the connection began with.
    if matches!(listing.of, Listed::Tables | Listed::Views) && !machine.lists_what_is_looked_up() {
        return None;
    }
    let table = match &listing.table {
        Some(table) if !listing.is_names => Some(machine.looked_up(table)?),
        table => table.clone(),
    };
    let has = match (listing.of, &table) {
        (Listed::Tables, _) => schema.has_table(&named()),
        (Listed::Views, _) => schema.has_view(&named()),
        (Listed::Sequences, _) => schema.has_sequence(&named()),
        (Listed::Columns, Some(table)) => schema.has_column(table, name),
        (Listed::Indexes, Some(table)) => schema.has_index(table, name),
        (Listed::UniqueConstraints | Listed::CheckConstraints | Listed::ForeignKeys, Some(table)) => {
            schema.has_constraint(table, name)
        }
        (Listed::Enums, _) => schema.has_enum(&TableName::plain(name)),
        (_, None) => Truth::Maybe,
    };
    has.known()
}

/// All names that an inspector lists, where they are known.
pub(in crate::replay::run) fn listed(machine: &Machine<'_>, listing: &Listing) -> Option<Vec<Value>> {
    if !listing.is_names {
        return None;
    }
    let schema = machine.schema();
    match (listing.of, &listing.table) {
        (Listed::Tables, place) => {
            if !machine.lists_what_is_looked_up()
                || !schema.tables_are_known()
                || schema.tables().any(|(_, table)| !table.certain)
            {
                return None;
            }
            let wanted = place.as_ref().and_then(|place| place.schema.clone());
            let own = schema.tables().filter(|(name, _)| name.schema == wanted);
            // SQLite gives names back as they were written.
            let is_as_written = machine.rules().dialect == Dialect::Sqlite;
            let shown = own.map(|(name, table)| if is_as_written { &table.name.name } else { &name.name });
            let mut names: Vec<_> = shown.map(|name| Value::text(name)).collect();
            if wanted.is_none() {
                names.push(Value::text("alembic_version"));
            }
            Some(names)
        }
        (Listed::Columns, Some(table)) => {
            let table = schema.table(table).filter(|table| table.certain && table.columns_known)?;
            table.columns.iter().map(|column| column.certain.then(|| told(machine, &column.name))).collect()
        }
        _ => None,
    }
}
