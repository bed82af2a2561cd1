//! Tables.

use std::sync::Arc;

use super::{foreign_key, metadata, reflection, statement};
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{ColumnValue, TableValue, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::{
    ColumnDef, Completeness, ConstraintDef, ConstraintKind, Operation, TableName, Together, Touches,
};
use crate::text::TextRange;

/// `Table(name, metadata, autoload_with=…)` reads it from the database, unless the metadata knows it.
pub(in crate::replay::run) fn read(
    machine: &mut Machine<'_>,
    arguments: &Arguments,
    range: TextRange,
) -> Result<(), Raised> {
    let with = arguments.keyword("autoload_with");
    if let (Some(Value::Bind | Value::Inspector(_)), Some(name)) = (with, described(arguments).name)
        && let Some(Value::MetaData(place)) = arguments.get(1, "metadata")
        && metadata::known(machine, *place).is_some_and(|own| !own.is_open && own.table(&name).is_none())
    {
        machine.need_to_read(&name, range)?;
    }
    Ok(())
}

/// `Table(name, metadata, …)` or `table(name, …)`; the metadata is told of it.
pub(super) fn declared(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let mut table = known(machine, arguments);
    table.take_types_from(|_| true);
    let Some(Value::MetaData(place)) = arguments.get(1, "metadata") else {
        return Value::Table(Arc::new(table));
    };
    // It may get other columns then, which are others than those that were there.
    table.metadata = (arguments.flag("extend_existing") == Some(false)).then_some(*place);
    let table = Arc::new(table);
    metadata::register(machine, *place, &table);
    if is_reflected(arguments) {
        metadata::reflect_referred(machine, *place, &table);
    }
    Value::Table(table)
}

/// The table that the arguments describe, that the metadata knows already, or that is read from the database.
fn known(machine: &Machine<'_>, arguments: &Arguments) -> TableValue {
    let mut table = described(arguments);
    table.is_temporary = is_temporary(machine, arguments);
    let Some(name) = table.name.as_ref().filter(|_| table.columns.is_empty()) else { return table };
    let place = match arguments.get(1, "metadata") {
        Some(Value::MetaData(place)) => Some(*place),
        _ => None,
    };
    if let Some(metadata) = place.and_then(|place| metadata::known(machine, place)) {
        if let Some(known) = metadata.table(name) {
            return (**known).clone();
        }
        // Another module may have described it.
        table.is_complete &= !metadata.is_open;
        table.has_all_keys &= !metadata.is_open;
    }
    if is_reflected(arguments)
        && let Some(read) = table.name.as_ref().and_then(|name| reflection::table(machine, name, place))
    {
        return read;
    }
    table
}

/// Whether the columns are read from the database, or may be.
fn is_reflected(arguments: &Arguments) -> bool {
    !matches!(arguments.keyword("autoload_with"), None | Some(Value::None))
        || arguments.flag("autoload") != Some(false)
}

/// The table that the arguments describe.
pub(in crate::replay::run) fn described(arguments: &Arguments) -> TableValue {
    let name = arguments.first().or_else(|| arguments.keyword("name")).and_then(Value::known_text);
    let name = match arguments.keyword("schema") {
        None | Some(Value::None) => name.map(TableName::plain),
        Some(schema) => schema.known_text().and_then(|schema| Some(TableName::new(Some(schema), name?))),
    };
    // It has the columns of those tables, too.
    let inherits = !matches!(arguments.keyword("postgresql_inherits"), None | Some(Value::None));
    let mut table = TableValue {
        name,
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        is_complete: !arguments.is_open() && !is_reflected(arguments) && !inherits,
        has_all_constraints: false,
        has_all_keys: false,
        metadata: None,
        is_temporary: false,
    };
    for value in arguments.positional.iter().skip(1) {
        match value {
            Value::Column(column) => {
                table.is_complete &= column.name.is_some();
                table.columns.push((**column).clone());
            }
            Value::Constraint(constraint) => table.constraints.push((**constraint).clone()),
            Value::Index(index) => table.indexes.push((**index).clone()),
            Value::MetaData(_) | Value::None | Value::Generated(_) => {}
            _ => table.is_complete = false,
        }
    }
    table.has_all_keys = table.is_complete;
    table
}

/// `prefixes=["TEMPORARY"]`.
pub(in crate::replay::run) fn is_temporary(machine: &Machine<'_>, arguments: &Arguments) -> bool {
    let prefixes = arguments.keyword("prefixes").and_then(|prefixes| machine.items(prefixes));
    let prefixes = prefixes.unwrap_or_default();
    let is_word = |text: &str| matches!(text.to_ascii_uppercase().as_str(), "TEMPORARY" | "TEMP");
    prefixes.iter().filter_map(Value::known_text).any(is_word)
}

pub(in crate::replay::run) fn attribute(
    machine: &mut Machine<'_>,
    table: &TableValue,
    object: &Value,
    name: &str,
) -> Option<Value> {
    Some(match name {
        "constraints" | "foreign_key_constraints" => {
            let is_wanted = |own: &ConstraintDef| {
                name == "constraints" || matches!(own.kind, ConstraintKind::ForeignKey { .. })
            };
            let is_known = if name == "constraints" { table.has_all_constraints } else { table.has_all_keys };
            let all = table.all_constraints().filter(|own| is_wanted(own));
            let all = is_known.then(|| all.map(|own| Value::Constraint(Arc::new(own.clone()))).collect());
            machine.list(all)
        }
        "foreign_keys" => {
            let keys = foreign_key::of_table(table).map(|keys| keys.map(Value::from).collect());
            machine.list(keys)
        }
        "c" | "columns" => object.clone(),
        "name" | "fullname" => table.name.as_ref().map_or(Value::Data, |name| Value::text(&name.name)),
        "schema" => match &table.name {
            Some(TableName { schema: Some(schema), .. }) => Value::text(schema),
            Some(_) => Value::None,
            None => Value::Data,
        },
        "insert" | "update" | "delete" | "select" | "create" | "drop" | "to_metadata" | "tometadata"
        | "append_column" | "append_constraint" => return None,
        _ => table.column(name),
    })
}

pub(in crate::replay::run) fn method(
    machine: &mut Machine<'_>,
    table: &TableValue,
    call: Call<'_>,
) -> Evaluated {
    let name = table.name.as_ref();
    let checks_first = call.arguments.checks_first(false);
    Ok(match call.name {
        "create" => {
            measure(machine, table, call.range)?;
            create(machine, table, checks_first, call.range)?;
            Value::None
        }
        "drop" => {
            measure(machine, table, call.range)?;
            drop(machine, table, checks_first, call.range)?;
            Value::None
        }
        "append_column" | "append_constraint" => {
            append(machine, table, call.name == "append_column", call.arguments.first());
            Value::None
        }
        "to_metadata" | "tometadata" => copied(machine, table, call.arguments),
        "insert" => statement::on_table("INSERT", name),
        "update" => statement::on_table("UPDATE", name),
        "delete" => statement::on_table("DELETE", name),
        "select" => statement::on_table("SELECT", name),
        _ => Value::Data,
    })
}

/// SQLAlchemy measures a table's names before it asks the database for it. Source: `_can_create_table` and `_can_drop_table` of
/// its `sql/ddl.py`.
pub(super) fn measure(machine: &mut Machine<'_>, table: &TableValue, range: TextRange) -> Result<(), Raised> {
    let Some(longest) = machine.rules().dialect.longest_name() else { return Ok(()) };
    let names = table.name.iter().flat_map(|name| [Some(&name.name), name.schema.as_ref()]).flatten();
    let Some(name) = names.into_iter().find(|name| name.chars().count() > longest) else { return Ok(()) };
    let message = format!("Identifier '{name}' exceeds maximum length of {longest} characters").into();
    machine.perform(Operation::Raise { message }, range)
}

/// `table.to_metadata(metadata, name=…)`. Its keys may refer to others there, and its indexes have other names.
fn copied(machine: &mut Machine<'_>, table: &TableValue, arguments: &Arguments) -> Value {
    let place = match arguments.get(0, "metadata") {
        Some(Value::MetaData(place)) => Some(*place),
        _ => None,
    };
    let name = match arguments.by_name("name") {
        None | Some(Value::None) => table.name.clone(),
        Some(name) => table_name(Some(name), None),
    };
    let is_plain = !arguments.is_open() && arguments.by_name("schema").is_none() && place.is_some();
    let is_alike = name == table.name;
    let copy = Arc::new(TableValue {
        name: name.filter(|_| is_plain),
        metadata: place,
        indexes: if is_alike { table.indexes.clone() } else { Vec::new() },
        is_complete: table.is_complete && (is_alike || table.indexes.is_empty()),
        ..table.clone()
    });
    if let Some(place) = place {
        metadata::register(machine, place, &copy);
    }
    Value::Table(copy)
}

/// A column or a constraint is added to a table, whoever has it.
fn append(machine: &mut Machine<'_>, table: &TableValue, is_column: bool, what: Option<&Value>) {
    let mut changed = table.clone();
    match what {
        Some(Value::Column(column)) if column.name.is_some() => {
            changed.columns.push((**column).clone());
        }
        Some(Value::Constraint(own)) => changed.constraints.push((**own).clone()),
        _ => {
            changed.is_complete &= !is_column;
            changed.has_all_keys = false;
        }
    }
    let (before, after) = (Value::Table(Arc::new(table.clone())), Arc::new(changed));
    machine.replace(&before, &Value::Table(Arc::clone(&after)));
    metadata::replace(machine, table, &after);
}

pub(super) fn create(
    machine: &mut Machine<'_>,
    table: &TableValue,
    if_not_exists: bool,
    range: TextRange,
) -> Result<(), Raised> {
    let looked_up = table.name.as_ref().and_then(|name| machine.looked_up(name));
    let is_there = looked_up.is_some_and(|name| machine.schema().has_table(&name).is_yes());
    // Where it looks first and finds the table, it makes nothing of it.
    let made = if if_not_exists && is_there { table.without_indexes() } else { table.clone() };
    let (Some(operation), Some(name)) = (made.creation(if_not_exists), &table.name) else {
        return machine.unknown("creates a table whose name is computed", Touches::NewTables, range);
    };
    machine.by_convention_of(table.metadata, |machine| machine.perform(operation, range))?;
    if table.is_complete && !table.has_all_keys {
        let touches = Touches::ConstraintsOf(name.clone());
        return machine.unknown("a table with constraints that are not known", touches, range);
    }
    Ok(())
}

pub(super) fn drop(
    machine: &mut Machine<'_>,
    table: &TableValue,
    if_exists: bool,
    range: TextRange,
) -> Result<(), Raised> {
    let Some(table) = table.name.clone() else {
        return machine.unknown("drops a table whose name is computed", Touches::Everything, range);
    };
    machine.perform(
        Operation::DropTable { table, if_exists, cascade: false, together: Together::default() },
        range,
    )
}

/// A table's name and schema, if both are known.
pub(in crate::replay::run) fn table_name(name: Option<&Value>, schema: Option<&Value>) -> Option<TableName> {
    let name = match name? {
        Value::Table(table) => return table.name.clone(),
        name => name.known_text()?,
    };
    match schema {
        None | Some(Value::None) => Some(TableName::plain(name)),
        Some(schema) => Some(TableName::new(Some(schema.known_text()?), name)),
    }
}

impl TableValue {
    /// The operation that creates it, if its name is known.
    pub(in crate::replay::run) fn creation(&self, if_not_exists: bool) -> Option<Operation> {
        if self.is_temporary {
            return Some(Operation::TemporaryTable { table: self.name.clone()? });
        }
        Some(Operation::CreateTable {
            table: self.name.clone()?,
            columns: self.definitions(),
            complete: Completeness::of(self.is_complete),
            constraints: self.constraints.clone(),
            indexes: self.indexes.clone(),
            if_not_exists,
        })
    }

    /// The same without its indexes, each of which is made by a statement of its own.
    pub(super) fn without_indexes(&self) -> Self {
        let mut table = self.clone();
        table.indexes.clear();
        for column in &mut table.columns {
            // With an index, that is what is unique.
            column.def.unique &= !column.def.index;
            column.def.index = false;
        }
        table
    }

    /// Columns without a type take it from those that they refer to, in the tables for which `is_known` holds.
    pub(in crate::replay::run) fn take_types_from(&mut self, is_known: impl Fn(Option<&TableName>) -> bool) {
        let refers = self.constraints.iter().any(|own| match &own.kind {
            ConstraintKind::ForeignKey { table, .. } => is_known(table.as_ref()),
            _ => false,
        });
        for column in self.columns.iter_mut().filter(|column| refers || column.refers_to(&is_known)) {
            column.def.kind.is_missing = false;
        }
    }

    /// The tables that its foreign keys refer to.
    pub(super) fn referred(&self) -> impl Iterator<Item = &TableName> {
        self.all_constraints().filter_map(|own| match &own.kind {
            ConstraintKind::ForeignKey { table, .. } => table.as_ref(),
            _ => None,
        })
    }

    /// The columns' definitions.
    fn definitions(&self) -> Vec<ColumnDef> {
        self.columns.iter().filter(|column| column.name.is_some()).map(|column| column.def.clone()).collect()
    }

    /// A column, by name.
    pub(in crate::replay::run) fn column(&self, name: &str) -> Value {
        self.find(name).map_or(Value::Data, |column| self.own(column))
    }

    fn find(&self, name: &str) -> Option<&ColumnValue> {
        self.columns.iter().find(|column| column.name.as_deref() == Some(name))
    }

    /// A column that it certainly has, of which nothing else may be known.
    pub(in crate::replay::run) fn column_of(&self, name: &str) -> Value {
        let unknown = || ColumnValue { name: Some(name.into()), ..ColumnValue::default() };
        self.find(name).map_or_else(|| self.own(&unknown()), |column| self.own(column))
    }

    /// Whether it has a column, where that is known.
    pub(in crate::replay::run) fn has_column(&self, name: &str) -> Option<bool> {
        (self.is_complete || self.find(name).is_some()).then(|| self.find(name).is_some())
    }

    /// The constraints that are known, those of its columns too.
    pub(super) fn all_constraints(&self) -> impl Iterator<Item = &ConstraintDef> {
        let of_columns = self.columns.iter().flat_map(|column| &column.def.constraints);
        self.constraints.iter().chain(of_columns)
    }

    /// All columns, if they are known.
    pub(in crate::replay::run) fn all_columns(&self) -> Option<Vec<Value>> {
        self.is_complete.then(|| self.columns.iter().map(|column| self.own(column)).collect())
    }

    /// A column that knows its table.
    fn own(&self, column: &ColumnValue) -> Value {
        let (table, metadata) = (self.name.clone(), self.metadata);
        Value::Column(Arc::new(ColumnValue { table, metadata, ..column.clone() }))
    }
}
