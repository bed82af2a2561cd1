//! What migrations ask of the connection, the inspector, and of tables and types themselves.

use std::sync::Arc;

use super::arguments::Arguments;
use super::expressions::uses_of;
use super::{Evaluated, Machine, Raised};
use crate::replay::value::{CLAUSE, HOLE, Listed, Listing, Object, StatementValue, Str, TableValue, Value};
use crate::schema::sql::{self, SqlText};
use crate::schema::{ConstraintKind, Dialect, Name, Operation, TableName, Touches};
use crate::source::program::ExpressionKind;
use crate::text::TextRange;

impl Machine<'_> {
    /// Executes what `op.execute`, `bind.execute` and their like are given.
    pub(super) fn execute(&mut self, statement: &Value, range: TextRange) -> Result<(), Raised> {
        match statement {
            Value::Text(text) | Value::Sql(text) => {
                let sql = SqlText::with_placeholder(&text.text, &HOLE.to_string());
                for operation in sql::operations(&sql, self.rules.dialect) {
                    self.perform(operation, range)?;
                }
                Ok(())
            }
            Value::Statement(statement) if statement.verb == CLAUSE => Ok(()),
            Value::Statement(statement) => {
                let operation = Operation::Data { verb: statement.verb, uses: statement.uses.clone() };
                self.perform(operation, range)
            }
            Value::Ddl(ddl) => self.execute_ddl(&ddl.0, &ddl.1, range),
            Value::List(_) | Value::Tuple(_) => match self.items(statement) {
                Some(items) => {
                    for item in items {
                        self.execute(&item, range)?;
                    }
                    Ok(())
                }
                None => self.unknown("SQL that is computed", Touches::Everything, range),
            },
            // A clause of SQLAlchemy that is not followed in detail reads or changes rows.
            Value::Path(path) if path.starts_with("sqlalchemy") => Ok(()),
            Value::Type(_) | Value::Column(_) | Value::Class(_) => Ok(()),
            _ => self.unknown("SQL that is computed", Touches::Everything, range),
        }
    }

    /// What an SQL file of the project holds, if one file alone can be meant.
    pub(super) fn sql_file(&self, path: &str) -> Value {
        let tail = path.rsplit(HOLE).next().unwrap_or(path);
        match self.project.sql(tail) {
            Some(text) => Value::Text(Str::new(text)),
            None => Value::Data,
        }
    }

    fn execute_ddl(&mut self, name: &str, of: &Value, range: TextRange) -> Result<(), Raised> {
        match (name, of) {
            ("CreateTable", Value::Table(table)) => self.create(table, false, range),
            ("DropTable", Value::Table(table)) => self.drop_table(table, false, range),
            ("CreateSequence", Value::Sequence(name)) => self
                .perform(Operation::CreateSequence { name: (**name).clone(), if_not_exists: false }, range),
            ("DropSequence", Value::Sequence(name)) => {
                self.perform(Operation::DropSequence { name: (**name).clone(), if_exists: false }, range)
            }
            ("CreateSchema", name) if name.known_text().is_some() => {
                let name = name.known_text().unwrap_or_default().into();
                self.perform(Operation::CreateSchema { name, if_not_exists: false }, range)
            }
            ("DropSchema", name) if name.known_text().is_some() => {
                let name = name.known_text().unwrap_or_default().into();
                self.perform(Operation::DropSchema { name, if_exists: false, cascade: false }, range)
            }
            _ => self.unknown(format!("{name} of what is not known"), Touches::Everything, range),
        }
    }

    fn create(&mut self, table: &TableValue, if_not_exists: bool, range: TextRange) -> Result<(), Raised> {
        let Some(name) = table.name.clone() else {
            return self.unknown("creates a table whose name is computed", Touches::Everything, range);
        };
        let operation = Operation::CreateTable {
            table: name,
            columns: table.definitions(),
            complete: table.is_complete,
            constraints: table.constraints.clone(),
            indexes: table.indexes.clone(),
            if_not_exists,
        };
        self.perform(operation, range)
    }

    fn drop_table(&mut self, table: &TableValue, if_exists: bool, range: TextRange) -> Result<(), Raised> {
        let Some(table) = table.name.clone() else {
            return self.unknown("drops a table whose name is computed", Touches::Everything, range);
        };
        self.perform(Operation::DropTable { table, if_exists, cascade: false }, range)
    }

    /// `object.name(…)`.
    pub(super) fn call_method(
        &mut self,
        object: &Value,
        name: &str,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        let first = arguments.positional.first();
        // `checkfirst` is true by default, but for types of their own.
        let checks = |default: bool| match arguments.get(1, "checkfirst") {
            Some(Value::Bool(value)) => *value,
            Some(_) | None => default,
        };
        Ok(match object {
            Value::Bind | Value::Session => match name {
                "execute" | "exec_driver_sql" | "scalar" | "scalars" | "exec" => {
                    let statement = first
                        .or_else(|| arguments.keyword("statement"))
                        .or_else(|| arguments.keyword("clause"))
                        .cloned()
                        .unwrap_or(Value::Data);
                    self.execute(&statement, range)?;
                    Value::Data
                }
                "connection" | "get_bind" | "connect" | "begin" | "execution_options" | "get_engine"
                | "engine_connect" => {
                    if *object == Value::Session && name == "begin" {
                        Value::Session
                    } else {
                        Value::Bind
                    }
                }
                "__enter__" => object.clone(),
                "run_callable" | "run_sync" => {
                    self.unknown(format!("{name}, which is not followed"), Touches::Everything, range)?;
                    Value::Data
                }
                _ => Value::Data,
            },
            Value::Dialect => match name {
                "has_table" => {
                    let table = self.table_name(arguments.get(1, "table_name"), arguments.get(2, "schema"));
                    tri(table.and_then(|table| self.state.schema.has_table(&table).known()))
                }
                "has_index" => {
                    let table = self.table_name(arguments.get(1, "table_name"), arguments.keyword("schema"));
                    let index = arguments.get(2, "index_name").and_then(Value::known_text);
                    tri(table
                        .zip(index)
                        .and_then(|(table, index)| self.state.schema.has_index(&table, index).known()))
                }
                _ => Value::Data,
            },
            Value::Context => match name {
                "execute" => {
                    self.execute(first.unwrap_or(&Value::Data), range)?;
                    Value::None
                }
                _ => Value::Data,
            },
            Value::Inspector(place) => {
                let place = *place;
                if name == "clear_cache" {
                    *self.state.object_mut(place) = Object::Asked(Vec::new());
                    return Ok(Value::None);
                }
                let question = format!("{name} {:?} {:?}", arguments.positional, arguments.named);
                if let Object::Asked(asked) = self.state.object(place)
                    && let Some((_, answer)) = asked.iter().find(|(known, _)| *known == question)
                {
                    return Ok(answer.clone());
                }
                let answer = self.inspect(name, arguments);
                if let Object::Asked(asked) = self.state.object_mut(place) {
                    asked.push((question, answer.clone()));
                }
                answer
            }
            Value::Batch(place) => return self.batch_directive(*place, name, arguments, range),
            Value::Table(table) => match name {
                "create" => {
                    self.create(&Arc::clone(table), checks(false), range)?;
                    Value::None
                }
                "drop" => {
                    self.drop_table(&Arc::clone(table), checks(false), range)?;
                    Value::None
                }
                "insert" | "update" | "delete" | "select" => {
                    let verb = match name {
                        "insert" => "INSERT",
                        "update" => "UPDATE",
                        "delete" => "DELETE",
                        _ => "SELECT",
                    };
                    let uses = table.name.clone().map(|name| (name, Vec::new())).into_iter().collect();
                    Value::Statement(Arc::new(StatementValue { verb, uses }))
                }
                _ => Value::Data,
            },
            Value::Type(kind) => match name {
                "create" | "drop" => {
                    let Some(named) = kind.def.named.clone() else { return Ok(Value::None) };
                    // Only PostgreSQL's own type looks first unless it is told not to.
                    let checked = checks(kind.is_native);
                    let operation = if name == "create" {
                        match &named.name {
                            Some(_) => Operation::CreateEnum { kind: named, if_not_exists: checked },
                            None => Operation::Unknown {
                                what: "creates a type whose name is computed".into(),
                                touches: Touches::Enums,
                            },
                        }
                    } else {
                        Operation::DropEnum {
                            name: named.name,
                            schema: named.schema,
                            if_exists: checked,
                            cascade: false,
                        }
                    };
                    self.perform(operation, range)?;
                    Value::None
                }
                "with_variant" => {
                    let dialects = arguments.positional.get(1..).unwrap_or_default();
                    let own = self.rules.dialect.name();
                    match first {
                        Some(variant) if dialects.iter().any(|name| name.known_text() == Some(own)) => {
                            variant.clone()
                        }
                        _ => object.clone(),
                    }
                }
                "copy" | "evaluates_none" | "adapt" => object.clone(),
                _ => Value::Data,
            },
            Value::Sequence(sequence) => {
                let sequence = (**sequence).clone();
                match name {
                    "create" => {
                        let if_not_exists = checks(true);
                        self.perform(Operation::CreateSequence { name: sequence, if_not_exists }, range)?;
                    }
                    "drop" => {
                        let if_exists = checks(true);
                        self.perform(Operation::DropSequence { name: sequence, if_exists }, range)?;
                    }
                    _ => {}
                }
                Value::Data
            }
            Value::MetaData(place) => {
                let place = *place;
                match name {
                    "reflect" => {
                        let schema = &self.state.schema;
                        let is_known = schema.tables_are_known() && arguments.keyword("schema").is_none();
                        let names: Vec<_> = schema.tables().map(|(_, table)| table.name.clone()).collect();
                        let tables: Option<Vec<_>> =
                            names.iter().map(|name| self.reflected(name).map(Arc::new)).collect();
                        *self.state.object_mut(place) = match tables {
                            Some(tables) if is_known => Object::MetaData(tables),
                            _ => Object::Lost,
                        };
                        Value::None
                    }
                    "create_all" | "drop_all" => {
                        let Object::MetaData(own) = self.state.object(place).clone() else {
                            self.unknown("tables of what is not known", Touches::Everything, range)?;
                            return Ok(Value::None);
                        };
                        let tables = match arguments.get(1, "tables") {
                            None | Some(Value::None) => Some(own),
                            Some(given) => self.items(given).and_then(|items| {
                                items
                                    .into_iter()
                                    .map(
                                        |item| {
                                            if let Value::Table(table) = item { Some(table) } else { None }
                                        },
                                    )
                                    .collect()
                            }),
                        };
                        let Some(tables) = tables else {
                            self.unknown("tables of what is not known", Touches::Everything, range)?;
                            return Ok(Value::None);
                        };
                        let is_create = name == "create_all";
                        for table in tables {
                            if is_create {
                                self.create(&table, true, range)?;
                            } else {
                                self.drop_table(&table, true, range)?;
                            }
                        }
                        Value::None
                    }
                    _ => Value::Data,
                }
            }
            Value::Column(_) if matches!(name, "copy" | "_copy") => object.clone(),
            Value::File(path) => match name {
                "read" | "read_text" => self.sql_file(&path.text),
                "open" | "resolve" | "absolute" => object.clone(),
                "joinpath" | "with_name" | "__truediv__" => match first.and_then(Value::known_text) {
                    Some(part) if name == "joinpath" => {
                        Value::File(Str::new(format!("{}/{part}", path.text)))
                    }
                    Some(part) => Value::File(Str::new(format!("{HOLE}/{part}"))),
                    None => Value::Data,
                },
                _ => Value::Data,
            },
            Value::Index(_) if matches!(name, "create" | "drop") => {
                self.unknown("an index of a table that is not known", Touches::Everything, range)?;
                Value::Data
            }
            Value::Statement(_) | Value::Sql(_) => match name {
                "execute" | "scalar" => Value::Data,
                "format" => Value::Sql(Str::new(HOLE.to_string())),
                _ => with_uses(object, name, arguments),
            },
            Value::Instance(class, _) => {
                let Value::Function(function, scope) = self.class_attribute(&Arc::clone(class), name) else {
                    return Ok(Value::Data);
                };
                let mut arguments = arguments.clone();
                let is_static = function.decorators.iter().any(|decorator| {
                    matches!(&decorator.kind, ExpressionKind::Name(name) if &**name == "staticmethod")
                });
                if !is_static {
                    arguments.positional.insert(0, object.clone());
                }
                return self.call_function(&function, scope, &arguments, range);
            }
            Value::Text(_) | Value::List(_) | Value::Dict(_) | Value::Listing(_) => {
                return self.call_data_method(object, name, arguments);
            }
            _ => Value::Data,
        })
    }

    /// What an inspector lists of a table, if all of it is known.
    fn rows(&self, method: &str, table: &TableName) -> Option<Vec<Vec<(&'static str, Value)>>> {
        let table = self.state.schema.table(table).filter(|table| table.certain)?;
        let names =
            |columns: &[Box<str>]| Value::tuple(columns.iter().map(|name| Value::text(name)).collect());
        if method == "get_columns" {
            if !table.columns_known || table.columns.iter().any(|column| !column.certain) {
                return None;
            }
            let row = |column: &Arc<crate::schema::Column>| {
                vec![
                    ("name", Value::text(&column.name)),
                    ("type", Value::Data),
                    ("nullable", column.nullable.map_or(Value::Data, Value::Bool)),
                    ("default", Value::Data),
                    ("autoincrement", Value::Data),
                    ("comment", Value::Data),
                    ("primary_key", Value::Data),
                ]
            };
            return Some(table.columns.iter().map(row).collect());
        }
        if method == "get_indexes" {
            if !table.indexes_known || !table.constraints_known {
                return None;
            }
            let row = |index: &Arc<crate::schema::Index>| {
                let columns = index.columns.as_deref().filter(|_| !index.has_expressions)?;
                let name = index.name.written().filter(|_| index.certain)?;
                Some(vec![
                    ("name", Value::text(name)),
                    ("column_names", names(columns)),
                    ("unique", Value::Bool(index.unique)),
                    ("dialect_options", Value::Data),
                ])
            };
            // PostgreSQL and MySQL list the indexes of unique constraints too.
            let more = table
                .constraints
                .iter()
                .any(|constraint| matches!(constraint.kind, ConstraintKind::Unique { .. }));
            if more && self.rules.dialect != Dialect::Sqlite {
                return None;
            }
            return table.indexes.iter().map(row).collect();
        }
        if !table.constraints_known {
            return None;
        }
        let mut rows = Vec::new();
        for constraint in &table.constraints {
            let wanted = match constraint.kind {
                ConstraintKind::Unique { .. } => method == "get_unique_constraints",
                ConstraintKind::Check { .. } => method == "get_check_constraints",
                ConstraintKind::ForeignKey { .. } => method == "get_foreign_keys",
                ConstraintKind::PrimaryKey { .. } => false,
                ConstraintKind::Exclude | ConstraintKind::Unknown => return None,
            };
            if !wanted {
                continue;
            }
            let name = match &constraint.name {
                Name::Given { name, .. } => Value::text(name),
                Name::Unnamed => Value::None,
                Name::Unknown => return None,
            };
            let columns = constraint.columns().filter(|_| constraint.certain);
            let columns = columns.map_or(Value::Data, names);
            let mut row = vec![("name", name), ("column_names", columns.clone()), ("sqltext", Value::Data)];
            if let ConstraintKind::ForeignKey { table, referred, .. } = &constraint.kind {
                row.push(("constrained_columns", columns));
                row.push((
                    "referred_table",
                    table.as_ref().map_or(Value::Data, |table| Value::text(&table.name)),
                ));
                row.push(("referred_columns", referred.as_deref().map_or(Value::Data, names)));
                row.push(("referred_schema", Value::Data));
                row.push(("options", Value::Data));
            }
            rows.push(row);
        }
        Some(rows)
    }

    /// A method of an inspector.
    fn inspect(&mut self, name: &str, arguments: &Arguments) -> Value {
        let text = |value: Option<&Value>| value.and_then(Value::known_text).map(ToOwned::to_owned);
        let listing = |of, table, is_names| Self::listing(Listing { of, table, is_names });
        let schema_first = match arguments.get(0, "schema") {
            None | Some(Value::None) => Some(None),
            Some(schema) => text(Some(schema)).map(Some),
        };
        let place = |schema: Option<String>| Some(TableName::new(schema.as_deref(), ""));
        let table = self.table_name(arguments.get(0, "table_name"), arguments.get(1, "schema"));
        match name {
            "has_table" => tri(table.and_then(|table| self.state.schema.has_table(&table).known())),
            "has_index" => {
                let table = self.table_name(arguments.get(0, "table_name"), arguments.keyword("schema"));
                let index = text(arguments.get(1, "index_name"));
                tri(table
                    .zip(index)
                    .and_then(|(table, index)| self.state.schema.has_index(&table, &index).known()))
            }
            "get_table_names" => match schema_first {
                Some(schema) => {
                    let listing = Listing { of: Listed::Tables, table: place(schema), is_names: true };
                    match self.listed(&listing) {
                        Some(names) => Value::List(self.allocate(Object::List(names))),
                        None => Self::listing(listing),
                    }
                }
                None => Value::Data,
            },
            "get_view_names" => match schema_first {
                Some(schema) => listing(Listed::Views, place(schema), true),
                None => Value::Data,
            },
            "get_sequence_names" => match schema_first {
                Some(schema) => listing(Listed::Sequences, place(schema), true),
                None => Value::Data,
            },
            "get_enums" => listing(Listed::Enums, None, false),
            "get_columns"
            | "get_indexes"
            | "get_unique_constraints"
            | "get_check_constraints"
            | "get_foreign_keys"
                if let Some(rows) = table.as_ref().and_then(|table| self.rows(name, table)) =>
            {
                let rows = rows
                    .into_iter()
                    .map(|row| {
                        let mut pairs = Vec::new();
                        for (key, value) in row {
                            // Migrations change the lists that they are given.
                            let value = match value {
                                Value::Tuple(items) => {
                                    Value::List(self.allocate(Object::List(items.to_vec())))
                                }
                                value => value,
                            };
                            pairs.push((Value::text(key), value));
                        }
                        Value::Dict(self.allocate(Object::Dict(pairs)))
                    })
                    .collect();
                Value::List(self.allocate(Object::List(rows)))
            }
            "get_columns" if table.is_some() => listing(Listed::Columns, table, false),
            "get_indexes" if table.is_some() => listing(Listed::Indexes, table, false),
            "get_unique_constraints" | "get_check_constraints" if table.is_some() => {
                listing(Listed::Constraints, table, false)
            }
            "get_foreign_keys" if table.is_some() => listing(Listed::ForeignKeys, table, false),
            _ => Value::Data,
        }
    }
}

/// A three-valued answer as a value.
fn tri(answer: Option<bool>) -> Value {
    answer.map_or(Value::Data, Value::Bool)
}

/// A statement after `.where(…)` and its like, which use columns.
fn with_uses(statement: &Value, name: &str, arguments: &Arguments) -> Value {
    let Value::Statement(before) = statement else { return statement.clone() };
    if !matches!(name, "where" | "filter" | "order_by" | "group_by" | "having") {
        return statement.clone();
    }
    let uses = arguments.positional.iter().flat_map(uses_of);
    let uses = before.uses.iter().cloned().chain(uses).collect();
    Value::Statement(Arc::new(StatementValue { verb: before.verb, uses }))
}
