//! PostgreSQL: values that are written out must be values of the types that they stand for. It says so when it reads a
//! statement, whatever rows there are.
//!
//! Source: each was asked of PostgreSQL 15 and 18; what becomes of what: `Values`.

use super::Applying;
use crate::schema::sql::constant_of_default;
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::types::{Values, in_words, is_whole_number};
use crate::schema::{
    Constant, Dialect, Exception, Failure, FailureKind, NO_LABEL, ObjectName, Schema, Stands, TableName,
    Truth, TypeDef, Written,
};

impl Applying<'_> {
    pub(super) fn check_constants(&mut self, all: &[Written]) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        for Written { stands, constant } in all {
            match stands {
                Stands::Assigned(table, column) => {
                    if let Some(kind) = self.sure_type(table, column) {
                        self.check_assigned((table, column), &kind, constant, "expression");
                    }
                }
                Stands::Compared(table, column) => {
                    if let Some(kind) = self.sure_type(table, column) {
                        self.check_compared((table, column), &kind, constant);
                    }
                }
                Stands::Cast(name) => {
                    if let Constant::Text(text) = constant {
                        self.check_label(name, text);
                    }
                }
            }
            if self.has_failed() {
                return;
            }
        }
    }

    /// The default of a column must be a value of its type.
    pub(super) fn check_default(
        &mut self,
        table: &TableName,
        column: &str,
        kind: &TypeDef,
        default: Option<&str>,
    ) {
        if !self.is(Dialect::Postgresql) || self.has_failed() {
            return;
        }
        if let Some(constant) = default.and_then(|default| constant_of_default(default, self.dialect())) {
            self.check_assigned((table, column), kind, &constant, "default expression");
        }
    }

    /// The type of a column that is there for certain.
    pub(super) fn sure_type(&self, table: &TableName, column: &str) -> Option<TypeDef> {
        let found = self.schema.table(table).filter(|found| found.certain)?;
        let own = found.column(column, self.dialect()).filter(|own| own.certain)?;
        Some(own.kind.clone())
    }

    fn check_assigned(
        &mut self,
        (table, column): (&TableName, &str),
        kind: &TypeDef,
        constant: &Constant,
        what: &str,
    ) {
        if let Constant::Text(text) = constant {
            return self.check_text((table, column), kind, text);
        }
        let Some(own) = self.sort_of(constant) else { return };
        if self.schema.values(kind).is_some_and(|values| !own.become_by_themselves(values)) {
            let (is, to) = (own.word(), written(kind));
            let message = format!("column \"{column}\" is of type {to} but {what} is of type {is}");
            self.refuse_column(table, column, message);
        }
    }

    fn check_compared(&mut self, (table, column): (&TableName, &str), kind: &TypeDef, constant: &Constant) {
        if let Constant::Text(text) = constant {
            return self.check_text((table, column), kind, text);
        }
        let Some(own) = self.sort_of(constant) else { return };
        if self.schema.values(kind).is_some_and(|values| !values.compare(own)) {
            let message = format!("operator does not exist: {} = {}", written(kind), own.word());
            self.refuse_column(table, column, message);
        }
    }

    /// The sort of a value that has a type, where that is sure.
    fn sort_of(&self, constant: &Constant) -> Option<Values> {
        match constant {
            Constant::Text(_) => None,
            Constant::Of(values) => Some(*values),
            Constant::OfColumn(table, column) => {
                self.sure_type(table, column).and_then(|kind| self.schema.values(&kind))
            }
        }
    }

    /// A text is read as a value of a type.
    fn check_text(&mut self, (table, column): (&TableName, &str), kind: &TypeDef, text: &str) {
        let Some(values) = self.schema.values(kind) else { return };
        if let (Values::Enum, Some(name)) = (values, named(kind)) {
            self.check_label(&name, text);
        } else if !values.may_be(text, is_whole_number(&kind.written)) {
            let message = match values {
                Values::Json => "invalid input syntax for type json".to_owned(),
                _ => format!("invalid input syntax for type {}: \"{text}\"", in_words(&kind.written)),
            };
            self.refuse_column(table, column, message);
        }
    }

    /// A text must be a label of an enum type, and one that is committed.
    fn check_label(&mut self, name: &TableName, text: &str) {
        let Some(object) = self.schema.object(ObjectKind::Enum, name) else { return };
        let Detail::Enum { values: Some(labels) } = &object.detail else { return };
        let value = ObjectName::Value { of: name.clone(), value: text.into() };
        if !labels.iter().any(|label| **label == *text) {
            // Which of several types of one name is meant is for the search path to say.
            let n_called_so = self.schema.enums().filter(|(own, _)| own.name == name.name).count();
            if object.certain && n_called_so == 1 {
                let message = format!("{NO_LABEL} {name}: \"{text}\"");
                self.refuse(value, message, Truth::Yes);
            }
            return;
        }
        let is_uncommitted = self.schema.is_uncommitted(name, text);
        if !is_uncommitted.is_no() {
            self.refuse(
                value,
                format!("unsafe use of new value \"{text}\" of enum type {name}"),
                is_uncommitted,
            );
        }
    }

    fn refuse_column(&mut self, table: &TableName, column: &str, message: String) {
        self.refuse(ObjectName::column(table, column), message, Truth::Yes);
    }

    fn refuse(&mut self, object: ObjectName, message: String, is_certain: Truth) {
        let failure = Failure::new(FailureKind::Other, Some(object), message, is_certain.is_yes());
        self.tell(Failure { exception: Exception::Database, ..failure });
    }
}

/// The name of an enum type.
fn named(kind: &TypeDef) -> Option<TableName> {
    let named = kind.named.as_ref()?;
    Some(TableName::new(named.schema.as_deref(), named.name.as_deref()?))
}

/// A type as messages have it.
pub(super) fn written(kind: &TypeDef) -> String {
    named(kind).map_or_else(|| in_words(&kind.written), |name| name.name.to_string())
}

impl Schema {
    /// The sort of values that a type has, where that is sure.
    pub(super) fn values(&self, kind: &TypeDef) -> Option<Values> {
        if kind.is_custom || kind.unsuited.is_some() || !self.known.casts {
            return None;
        }
        let Some(name) = named(kind) else {
            return if kind.named.is_some() { None } else { Values::of(&kind.written) };
        };
        // What is made of an enum type is another one.
        if kind.written.contains("ARRAY") || kind.written.contains('[') {
            return None;
        }
        let object = self.object(ObjectKind::Enum, &name).filter(|object| object.certain)?;
        match object.detail {
            Detail::Enum { values: Some(_) } => Some(Values::Enum),
            Detail::Composite => Some(Values::Row),
            _ => None,
        }
    }
}
