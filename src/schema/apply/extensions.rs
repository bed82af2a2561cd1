//! Extensions of PostgreSQL: what is there only with one of them.

use super::Applying;
use crate::schema::failure::no_function;
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::types::in_words;
use crate::schema::{
    Access, Column, Dialect, Exception, Failure, FailureKind, ObjectName, SchemaChange, Table, TableName,
    Touches, Truth, TypeDef, extensions, sql,
};

impl Applying<'_> {
    pub(super) fn create_extension(&mut self, name: Option<&str>, if_not_exists: bool, cascade: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let Some(name) = name else {
            self.schema.known.extensions = false;
            return;
        };
        let own = TableName::plain(name);
        if self.schema.has(ObjectKind::Extension, &own).is_yes() || name == "plpgsql" {
            if !if_not_exists {
                let message = format!("extension \"{name}\" already exists");
                self.fail(FailureKind::Other, ObjectName::Extension(name.into()), message);
            }
            return;
        }
        self.schema.known.extensions &= !cascade;
        self.put(ObjectKind::Extension, &own, true, Detail::Nothing);
        self.changed(SchemaChange::ExtensionCreated { name: name.into() });
    }

    pub(super) fn drop_extension(&mut self, name: &str, if_exists: bool, cascade: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let own = TableName::plain(name);
        if self.schema.has(ObjectKind::Extension, &own).is_no() && name != "plpgsql" {
            if !if_exists {
                let message = format!("extension \"{name}\" does not exist");
                self.fail(FailureKind::Other, ObjectName::Extension(name.into()), message);
            }
            return;
        }
        if cascade {
            self.schema.taint(&Touches::Everything);
        } else if let Some((table, column)) = self.user_of_extension(name) {
            let message =
                format!("cannot drop extension {name} because column {table}.{column} depends on it");
            self.fail(FailureKind::StillReferenced, ObjectName::Extension(name.into()), message);
        }
        self.schema.put_object(ObjectKind::Extension, &own, None);
        self.changed(SchemaChange::ExtensionDropped { name: name.into() });
    }

    /// A column that certainly depends on an extension.
    fn user_of_extension(&self, name: &str) -> Option<(TableName, Box<str>)> {
        let is_its = |kind: &TypeDef| extensions::with_type(kind).is_some_and(|(own, _)| own == name);
        let uses = |column: &Column| {
            let called = column.default.as_deref().map(sql::called).unwrap_or_default();
            is_its(&column.kind)
                || called.iter().any(|function| extensions::with_function(function) == Some(name))
        };
        let tables = self.schema.tables().filter(|(_, table)| table.certain);
        let of_table = |table: &Table| {
            let used = table.columns.iter().find(|column| column.certain && uses(column))?;
            Some((table.name.clone(), used.name.clone()))
        };
        tables.into_iter().find_map(|(_, table)| of_table(table))
    }

    /// What is there with an extension only. One that is missing is taken to be there from now on.
    pub(super) fn need_extension(&mut self, name: &'static str, kind: FailureKind, message: String) {
        let own = TableName::plain(name);
        // What is not known to bring it may bring it.
        let others = self.schema.objects_of(ObjectKind::Extension);
        let has_strange = others.into_iter().any(|own| !extensions::is_known(&own.name.name));
        let may_be = if has_strange { Truth::Maybe } else { Truth::No };
        if !self.is(Dialect::Postgresql) || !self.schema.has(ObjectKind::Extension, &own).or(may_be).is_no() {
            return;
        }
        let failure = Failure::new(kind, Some(ObjectName::Extension(name.into())), message, true);
        self.tell(Failure { exception: Exception::Database, ..failure });
        self.put(ObjectKind::Extension, &own, false, Detail::Nothing);
    }

    /// A type that only an extension brings.
    pub(super) fn need_type_of_extension(&mut self, kind: &TypeDef) {
        let Some((extension, name)) = extensions::with_type(kind) else { return };
        let own = TableName::plain(&name);
        let is_nowhere = !self.has_enum_anywhere(&own) && self.schema.has_enum(&own).is_no();
        if is_nowhere && self.schema.lacks_relation(&own) {
            self.need_extension(extension, FailureKind::Other, format!("type \"{name}\" does not exist"));
        }
    }

    /// PostgreSQL: what an index compares its columns by must be there.
    pub(super) fn check_access(&mut self, table: &Table, access: &Access) {
        let method = &access.method;
        if !self.is(Dialect::Postgresql) || method.is_empty() {
            return;
        }
        for class in &access.classes {
            if let Some(extension) = extensions::with_class(class) {
                let message =
                    format!("operator class \"{class}\" does not exist for access method \"{method}\"");
                self.need_extension(extension, FailureKind::Other, message);
            }
        }
        for column in &access.bare {
            let own = table.column(column, self.dialect()).filter(|own| own.certain && table.certain);
            let Some(kind) = own.map(|own| &own.kind) else { continue };
            let values = self.schema.values(kind);
            let Some(values) = values.filter(|values| !values.have_class(&kind.written, method)) else {
                continue;
            };
            let message = format!(
                "data type {} has no default operator class for access method \"{method}\"",
                kind.named
                    .as_ref()
                    .and_then(|named| named.name.as_deref())
                    .unwrap_or(&in_words(&kind.written))
            );
            match values.class_brought_by(method) {
                Some(extension) => self.need_extension(extension, FailureKind::Other, message),
                None => self.fail(FailureKind::Other, ObjectName::column(&table.name, column), message),
            }
        }
    }

    /// A function that the database does not have by itself.
    pub(super) fn need_function(&mut self, name: &str) {
        let message = no_function(self.dialect(), name);
        match extensions::with_function(name).filter(|_| self.is(Dialect::Postgresql)) {
            Some(extension) => self.need_extension(extension, FailureKind::NotSupported, message),
            None => self.report(FailureKind::NotSupported, None, message, true),
        }
    }

    /// Functions that a default calls and that the database does not have by itself.
    pub(super) fn need_functions(&mut self, default: Option<&str>) {
        let called = default.filter(|_| self.is(Dialect::Postgresql)).map(sql::called).unwrap_or_default();
        for function in called {
            if sql::lacks(Dialect::Postgresql, &function) {
                self.need_function(&function);
            }
        }
    }
}
