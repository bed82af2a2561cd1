//! `object.name` and `object.name(…)`: what the object is decides who answers.

use std::sync::Arc;

use super::alembic::{batch, context};
use super::python::{classes, collections, files, text};
use super::raised::Undefined;
use super::sqlalchemy::release::{self, Release};
use super::sqlalchemy::{
    bind, column, constraint, dialect, flask, foreign_key, index, inspector, metadata, query, rows, sequence,
    signatures, statement, table, types,
};
use super::value::Value;
use super::{Call, Evaluated, Machine};
use crate::text::TextRange;

impl Machine<'_> {
    /// An attribute of a value. What is no attribute that is known is taken for a method.
    pub(super) fn attribute(&mut self, object: &Value, name: &str, range: TextRange) -> Evaluated {
        let attribute = match object {
            Value::Path(path) if &**path == "sqlalchemy" && name == "op" => {
                return self.undefined(Undefined::Attribute { module: "sqlalchemy", name }, range);
            }
            Value::Path(path) => Some(Value::path([path, ".", name].concat())),
            Value::Foreign(path) => Some(self.foreign_attribute(path.as_deref(), name)),
            Value::Bind | Value::Session => bind::attribute(self, object, name),
            Value::Raw if name == "server_version" => release::told(self, Release::Whole),
            Value::Raw => name.ends_with("connection").then_some(Value::Raw),
            Value::Dialect => dialect::attribute(self, name),
            Value::Url(text) => dialect::url_attribute(text, name),
            Value::Context => context::attribute(name),
            Value::Inspector(_) if name == "default_schema_name" => Some(dialect::default_schema(self)),
            Value::Table(table) => table::attribute(self, table, object, name),
            Value::Constraint(_) if matches!(name, "copy" | "_copy") => None,
            Value::Constraint(own) => Some(constraint::attribute(own, name)),
            Value::ForeignKey(key) => Some(foreign_key::attribute(self, key, name)),
            Value::Column(column) => column::attribute(self, column, name),
            Value::Type(kind) => types::attribute(self, kind, name),
            Value::MetaData(place) => metadata::attribute(self, *place, name),
            Value::Sql(text) => statement::attribute(text, name),
            Value::Flask(place) => flask::attribute(self, *place, name),
            Value::Class(class) => Some(self.of_class(class, name)),
            Value::Instance(class, place) => match classes::property(self, class, object, name, range) {
                Some(value) => return value,
                None => classes::instance_attribute(self, class, *place, name),
            },
            Value::Super(of) => match classes::super_attribute(self, of, name, range) {
                Some(value) => return value,
                None => None,
            },
            Value::Member(member) => Some(classes::member_attribute(member, name)),
            Value::File(_) => files::attribute(name),
            Value::Data
            | Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::ErrorClass(_)
            | Value::Error(_)
            | Value::Refusal(_)
            | Value::Generated(_) => Some(Value::Data),
            Value::Text(_)
            | Value::Tuple(_)
            | Value::List(_)
            | Value::Dict(_)
            | Value::Function(..)
            | Value::Decorated(..)
            | Value::Method(_)
            | Value::Partial(_)
            | Value::Index(_)
            | Value::Tables(_)
            | Value::Statement(_)
            | Value::Query(_)
            | Value::Ddl(_)
            | Value::Sequence(_)
            | Value::Batch(_)
            | Value::Inspector(_)
            | Value::Listing(_)
            | Value::Savepoint(_)
            | Value::Autocommit
            | Value::Release(_)
            | Value::Rows(_)
            | Value::Globals => None,
        };
        Ok(attribute.unwrap_or_else(|| Value::Method(Arc::new((object.clone(), name.into())))))
    }

    /// An attribute of what is not known.
    fn foreign_attribute(&mut self, path: Option<&str>, name: &str) -> Value {
        match path {
            Some(path) => {
                let path: Arc<str> = format!("{path}.{name}").into();
                match self.resolve(&path) {
                    Some(found) => found,
                    None if name == "metadata" => metadata::from_elsewhere(self, path),
                    None => Value::Foreign(Some(path)),
                }
            }
            // A class by its name, wherever it comes from.
            None if name.starts_with(char::is_uppercase) => Value::Foreign(Some(format!("?.{name}").into())),
            None => Value::Foreign(None),
        }
    }

    /// Calls a method of a value.
    pub(super) fn call_method(&mut self, object: &Value, call: Call<'_>) -> Evaluated {
        signatures::check_method(self, object, call)?;
        match object {
            Value::Bind | Value::Session => bind::method(self, object, call),
            Value::Raw => bind::raw_method(self, call),
            Value::Dialect => Ok(dialect::method(self, call)),
            Value::Url(text) => Ok(dialect::url_method(self, text, call.name)),
            Value::Savepoint(place) => {
                if call.name == "rollback" {
                    self.roll_back(*place);
                }
                Ok(Value::None)
            }
            Value::Inspector(place) => inspector::method(self, *place, call),
            Value::Listing(listing) => Ok(inspector::listing_method(listing, call.name)),
            Value::Table(table) => table::method(self, table, call),
            Value::Column(_) => Ok(column::method(object, call)),
            Value::Constraint(_) => Ok(object.clone()),
            Value::Type(kind) => types::method(self, object, kind, call),
            Value::Index(_) => index::method(self, call),
            Value::Sequence(name) => sequence::method(self, name, call),
            Value::MetaData(place) => match metadata::not_its_own(self, *place, call.name) {
                Some(path) => self.call_foreign(Some(&path), call.arguments, call.range),
                None => metadata::method(self, *place, call),
            },
            Value::Tables(place) => Ok(metadata::tables_method(self, *place, call)),
            Value::Flask(place) => flask::method(self, *place, call),
            Value::Query(query) => query::method(self, query, call),
            Value::Rows(found) => Ok(rows::method(self, found, call)),
            Value::Statement(_) | Value::Sql(_) => Ok(statement::method(self, object, call)),
            Value::Release(form) => Ok(form.method(call)),
            Value::Batch(place) => batch::method(self, *place, call),
            Value::Context => context::method(self, call),
            Value::Instance(class, _) => classes::instance_method(self, class, object, call),
            Value::Super(of) => classes::super_method(self, of, call),
            Value::Text(text) => Ok(text::method(self, text, call)),
            Value::List(place) => Ok(collections::list_method(self, *place, call)),
            Value::Dict(place) => Ok(collections::dict_method(self, *place, call)),
            Value::File(path) => Ok(files::method(self, path, object, call)),
            Value::Data
            | Value::Foreign(_)
            | Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Tuple(_)
            | Value::Function(..)
            | Value::Decorated(..)
            | Value::Class(_)
            | Value::Member(_)
            | Value::Path(_)
            | Value::Partial(_)
            | Value::Method(_)
            | Value::Generated(_)
            | Value::ForeignKey(_)
            | Value::Ddl(_)
            | Value::Globals
            | Value::ErrorClass(_)
            | Value::Error(_)
            | Value::Autocommit
            | Value::Refusal(_) => Ok(Value::Data),
        }
    }
}
