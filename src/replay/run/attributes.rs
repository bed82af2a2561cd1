//! `object.name`.

use std::sync::Arc;

use super::{Evaluated, Machine};
use crate::replay::value::{Class, Object, Str, TableValue, TypeValue, Value};
use crate::schema::TableName;
use crate::text::TextRange;

impl Machine<'_> {
    /// An attribute of a value.
    pub(super) fn attribute(&mut self, object: &Value, name: &str, range: TextRange) -> Evaluated {
        let method = || Value::Method(Arc::new((object.clone(), name.into())));
        Ok(match object {
            Value::Path(path) if &**path == "sqlalchemy" && name == "op" => {
                return self.undefined(
                    "module 'sqlalchemy' has no attribute 'op'".to_owned(),
                    "AttributeError",
                    range,
                );
            }
            Value::Path(path) => Value::path(format!("{path}.{name}")),
            Value::Foreign(Some(path)) => {
                let path = format!("{path}.{name}");
                self.resolve(&path).unwrap_or_else(|| Value::Foreign(Some(path.into())))
            }
            // A class by its name, wherever it comes from.
            Value::Foreign(None) if name.starts_with(char::is_uppercase) => {
                Value::Foreign(Some(format!("?.{name}").into()))
            }
            Value::Foreign(None) => Value::Foreign(None),
            Value::Bind | Value::Session => match name {
                "dialect" => Value::Dialect,
                "engine" | "connection" if *object == Value::Bind => Value::Bind,
                "bind" => Value::Bind,
                "name" => self.dialect_name(),
                "closed" | "info" | "url" | "driver" => Value::Data,
                _ => method(),
            },
            Value::Dialect => match name {
                "name" => self.dialect_name(),
                "driver" | "server_version_info" | "is_mariadb" | "identifier_preparer" | "paramstyle" => {
                    Value::Data
                }
                _ => method(),
            },
            Value::Context => match name {
                "dialect" => Value::Dialect,
                "bind" | "connection" => Value::Bind,
                "as_sql" => Value::Bool(false),
                "opts" | "config" | "environment_context" | "impl" | "script" => Value::Data,
                _ => method(),
            },
            Value::Table(table) => match name {
                "c" | "columns" => object.clone(),
                "name" | "fullname" => {
                    table.name.as_ref().map_or(Value::Data, |name| Value::text(&name.name))
                }
                "schema" => match &table.name {
                    Some(TableName { schema: Some(schema), .. }) => Value::text(schema),
                    Some(_) => Value::None,
                    None => Value::Data,
                },
                "insert" | "update" | "delete" | "select" | "create" | "drop" => method(),
                _ => self.column_of(table, name),
            },
            Value::Column(column) => match name {
                "name" | "key" => column.name.as_deref().map_or(Value::Data, Value::text),
                "type" if !column.def.kind.written.is_empty() => {
                    Value::Type(Arc::new(TypeValue { def: column.def.kind.clone(), ..TypeValue::default() }))
                }
                "nullable" => column.def.nullable.map_or(Value::Data, Value::Bool),
                "primary_key" => Value::Bool(column.def.primary_key),
                "type" | "server_default" | "default" | "table" | "foreign_keys" | "unique" | "index" => {
                    Value::Data
                }
                _ => method(),
            },
            Value::Type(kind) => match name {
                "name" => kind
                    .def
                    .named
                    .as_ref()
                    .and_then(|named| named.name.as_deref())
                    .map_or(Value::Data, Value::text),
                "enums" => {
                    let values = kind.def.named.as_ref().and_then(|named| named.values.clone());
                    let items = values.map(|values| values.iter().map(|value| Value::text(value)).collect());
                    Value::List(self.allocate(items.map_or(Object::Lost, Object::List)))
                }
                _ => method(),
            },
            Value::Class(class) => self.class_attribute(class, name),
            Value::Instance(class, place) => {
                if let Object::Scope(scope) = self.state.object(*place)
                    && let Some(value) = scope.names.get(name)
                {
                    return Ok(value.clone());
                }
                match self.class_attribute(class, name) {
                    Value::Function(..) => method(),
                    value => value,
                }
            }
            Value::MetaData(place) if name == "tables" => {
                let place = *place;
                let object = match self.state.object(place) {
                    Object::MetaData(tables) => {
                        let named = tables.iter().map(|table| {
                            let name = table.name.as_ref()?;
                            Some((Value::text(&name.to_string()), Value::Table(Arc::clone(table))))
                        });
                        named.collect::<Option<Vec<_>>>().map_or(Object::Lost, Object::Dict)
                    }
                    _ => Object::Lost,
                };
                Value::Dict(self.allocate(object))
            }
            Value::Member(member) => match name {
                "value" => member.1.clone(),
                "name" => Value::text(&member.0),
                _ => Value::Data,
            },
            Value::File(_) if matches!(name, "parent" | "name" | "stem" | "suffix") => Value::Data,
            Value::Sql(text) if name == "text" => Value::Text(Str::clone(text)),
            Value::Data
            | Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Error(_)
            | Value::Refusal(_)
            | Value::Constraint(_)
            | Value::Generated => Value::Data,
            Value::ErrorClass(_) => Value::Data,
            _ => method(),
        })
    }

    fn dialect_name(&self) -> Value {
        self.dialect.map_or(Value::Data, |dialect| Value::text(dialect.name()))
    }

    /// A column of a table, by name.
    pub(super) fn column_of(&self, table: &TableValue, name: &str) -> Value {
        let found = table.columns.iter().find(|column| column.name.as_deref() == Some(name));
        found.map_or(Value::Data, |column| {
            let mut column = column.clone();
            column.table.clone_from(&table.name);
            Value::Column(Arc::new(column))
        })
    }

    pub(super) fn class_attribute(&mut self, class: &Arc<Class>, name: &str) -> Value {
        if name == "__table__" {
            return self.table_of(class).map_or(Value::Data, Value::Table);
        }
        if name == "metadata"
            && let Some(place) = class.metadata
        {
            return Value::MetaData(place);
        }
        let Object::Scope(scope) = self.state.object(class.scope) else { return Value::Data };
        match scope.names.get(name) {
            Some(value) if class.is_enum => Value::Member(Arc::new((name.into(), value.clone()))),
            Some(value) => value.clone(),
            None if name.starts_with("__") => Value::Data,
            None => {
                for base in class.bases.clone() {
                    match self.class_attribute(&base, name) {
                        Value::Foreign(None) | Value::Data => {}
                        value => return value,
                    }
                }
                // What models have by themselves reads and changes rows.
                let is_model = class.metadata.is_some() || self.table_of(class).is_some();
                if is_model || !class.is_open {
                    Value::Data
                } else {
                    Value::Foreign(Some(format!("{}.{name}", class.name).into()))
                }
            }
        }
    }

    /// The table that a declarative class describes.
    pub(super) fn table_of(&self, class: &Class) -> Option<Arc<TableValue>> {
        let Object::Scope(scope) = self.state.object(class.scope) else { return None };
        if let Some(Value::Table(table)) = scope.names.get("__table__") {
            return Some(Arc::clone(table));
        }
        let name = scope.names.get("__tablename__")?.known_text()?.to_owned();
        let mut columns = Vec::new();
        let mut is_complete = true;
        for attribute in &class.order {
            match scope.names.get(attribute) {
                Some(Value::Column(column)) => {
                    let mut column = (**column).clone();
                    if column.name.is_none() {
                        column.name = Some(attribute.clone());
                        column.def.name = attribute.clone();
                    }
                    columns.push(column);
                }
                Some(Value::Text(_) | Value::Function(..) | Value::None) => {}
                _ => is_complete &= attribute.starts_with("__"),
            }
        }
        // Constraints and indexes, and a dict of options.
        let others = match scope.names.get("__table_args__") {
            Some(Value::Tuple(others)) => &others[..],
            _ => &[],
        };
        let constraints = others.iter().filter_map(|other| match other {
            Value::Constraint(constraint) => Some((**constraint).clone()),
            _ => None,
        });
        Some(Arc::new(TableValue {
            name: Some(TableName::plain(&name)),
            columns,
            constraints: constraints.collect(),
            indexes: Vec::new(),
            // A mixin may bring more columns.
            is_complete: is_complete
                && !scope.names.contains_key("__table_args__")
                && class.metadata.is_some(),
        }))
    }
}
