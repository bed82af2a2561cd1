//! Types that columns have: enum types, and on PostgreSQL domains and composite types, which are kept as they are.

use std::sync::Arc;

use super::Applying;
use crate::schema::list::Key;
use crate::schema::names::same;
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::table::LinkKind;
use crate::schema::{
    Column, ColumnChange, Dialect, Edit, EnumDef, FailureKind, ObjectName, SchemaChange, Table, TableName,
    Truth, TypeDef,
};

/// A column that depends on a type.
struct User {
    table: TableName,
    column: Box<str>,
    /// Whether it does for its default only.
    is_default: bool,
    certain: bool,
}

impl Applying<'_> {
    pub(super) fn create_named_enum(&mut self, kind: &EnumDef, if_not_exists: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        match &kind.name {
            Some(name) => {
                let name = TableName::new(kind.schema.as_deref(), name);
                self.create_enum(&name, kind, if_not_exists);
            }
            None => self.schema.known.enums = false,
        }
    }

    pub(super) fn create_enum(&mut self, name: &TableName, kind: &EnumDef, if_not_exists: bool) {
        let has = self.schema.has_enum(name);
        let is_taken = has.is_yes() || self.has_row_type(name);
        if is_taken {
            if !if_not_exists {
                self.type_exists(name);
            }
            return;
        }
        self.need_namespace(name);
        // One that is there already keeps its values.
        let values = kind.values.clone().filter(|_| has != Truth::Maybe || !if_not_exists);
        let detail = if kind.is_composite { Detail::Composite } else { Detail::Enum { values } };
        self.put(ObjectKind::Enum, name, true, detail);
        self.schema.note_type(name);
        self.changed(SchemaChange::EnumCreated { name: name.clone() });
    }

    /// Each table and view of PostgreSQL brings a type of its name.
    fn has_row_type(&self, name: &TableName) -> bool {
        self.schema.has_table(name).is_yes() || self.schema.has_view(name).is_yes()
    }

    fn type_exists(&mut self, name: &TableName) {
        let message = format!("type \"{name}\" already exists");
        self.fail(FailureKind::Other, ObjectName::Type(name.clone()), message);
    }

    /// PostgreSQL: a table or a view brings a type of its name, which must be free.
    pub(super) fn check_type_name(&mut self, relation: &TableName) {
        if self.is(Dialect::Postgresql) && self.schema.has_enum(relation).is_yes() {
            self.type_exists(relation);
        }
    }

    pub(super) fn no_type(&mut self, name: &TableName) {
        let message = format!("type \"{name}\" does not exist");
        self.fail(FailureKind::Other, ObjectName::Type(name.clone()), message);
    }

    /// Whether it is the type of that name, under which it is kept, where a column of a table has it.
    fn is_type(&self, kind: &EnumDef, table: &TableName, key: &TableName) -> bool {
        kind.name.as_deref().is_some_and(|name| {
            let schema = kind.schema.as_deref().or(table.schema.as_deref());
            let own = |schema| self.schema.fold(&TableName::new(schema, name)) == *key;
            own(schema) || own(kind.schema.as_deref())
        })
    }

    /// What depends on a type.
    fn users_of_type(&self, name: &TableName) -> Vec<User> {
        let key = self.schema.fold(name);
        let mut users = Vec::new();
        for user in self.schema.linked(LinkKind::Enum, name) {
            let Some(table) = self.schema.table(user) else { continue };
            for column in &table.columns {
                let used = column.types().filter(|(kind, _)| self.is_type(kind, &table.name, &key));
                users.extend(used.map(|(_, is_default)| User {
                    table: table.name.clone(),
                    column: column.name.clone(),
                    is_default,
                    certain: column.certain && table.certain,
                }));
            }
        }
        users
    }

    pub(super) fn drop_enum(&mut self, name: Option<&TableName>, if_exists: bool, cascade: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let Some(name) = name else {
            self.schema.taint(&crate::schema::Touches::Enums);
            return;
        };
        if self.schema.has_enum(name).is_no() {
            if self.has_row_type(name) {
                let message = format!("cannot drop type {name} because table {name} requires it");
                self.fail(FailureKind::StillReferenced, ObjectName::Type(name.clone()), message);
            } else if !if_exists {
                self.no_type(name);
            }
            return;
        }
        let users = self.users_of_type(name);
        if cascade {
            self.doubt_untyped_columns();
            // A default before its column.
            for User { table, column, is_default, .. } in users.into_iter().rev() {
                if is_default {
                    let change = ColumnChange { default: Edit::Set(None), ..ColumnChange::default() };
                    self.alter(&table, &column, &change);
                } else {
                    self.drop_column(&table, Some(&column), false, true);
                }
            }
        } else if let Some(User { table, column, is_default, .. }) = users.iter().find(|own| own.certain) {
            let what = if *is_default { "default of column" } else { "column" };
            let message = format!("cannot drop type {name} because {what} {table}.{column} depends on it");
            self.fail(FailureKind::StillReferenced, ObjectName::Type(name.clone()), message);
        }
        self.forget_type(name);
        self.changed(SchemaChange::EnumDropped { name: name.clone() });
    }

    /// A column whose type is not known may be of one that goes.
    fn doubt_untyped_columns(&mut self) {
        let is_untyped = |column: &Column| column.kind == TypeDef::default();
        let has_some = |table: &Table| table.columns.iter().any(|column| is_untyped(column));
        let tables = self.schema.tables().filter(|(_, table)| has_some(table));
        let tables: Vec<TableName> = tables.map(|(_, table)| table.name.clone()).collect();
        for table in tables {
            self.schema.edit(&table, |table| {
                table.columns.each(|column| {
                    if is_untyped(column) {
                        Arc::make_mut(column).certain = false;
                    }
                });
            });
        }
    }

    /// A type is there no more. One that was certainly there is known to be gone.
    fn forget_type(&mut self, name: &TableName) {
        let was_there = self.schema.has_enum(name).is_yes();
        self.schema.put_object(ObjectKind::Enum, name, None);
        self.schema.rename_type_in_transaction(name, None);
        if was_there {
            self.put(ObjectKind::Dropped, name, true, Detail::Nothing);
        }
    }

    /// Whether a type certainly was dropped, and none of that name is in another schema, where a path may lead to it.
    pub(super) fn is_dropped_type(&self, name: &TableName) -> bool {
        self.schema.has(ObjectKind::Dropped, name).is_yes() && !self.has_enum_anywhere(name)
    }

    /// Whether a type of that name may be in any schema.
    pub(super) fn has_enum_anywhere(&self, name: &TableName) -> bool {
        self.schema.enums().any(|(own, _)| same(self.dialect(), &own.name, &name.name))
    }

    pub(super) fn need_enum(&mut self, name: &TableName) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        if self.has_row_type(name) && !self.schema.has_enum(name).is_maybe() {
            let message = format!("{name} is a table's row type");
            self.fail(FailureKind::Other, ObjectName::Type(name.clone()), message);
            return;
        }
        if self.schema.has_enum(name).is_no() {
            self.no_type(name);
            self.put(ObjectKind::Enum, name, false, Detail::Enum { values: None });
        }
    }

    pub(super) fn rename_enum(&mut self, name: &TableName, to: &TableName) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        self.need_enum(name);
        if self.is_moved_nowhere(name, to) {
            return;
        }
        let moves = self.schema.fold(name).schema != self.schema.fold(to).schema;
        if moves {
            self.need_namespace(to);
        }
        if self.schema.has_enum(to).is_yes() || self.has_row_type(to) {
            self.type_exists(to);
            return;
        }
        let object = self.schema.object(ObjectKind::Enum, name).cloned();
        let certain = object.as_ref().is_none_or(|object| object.certain);
        let detail = object.map_or(Detail::Enum { values: None }, |object| object.detail.clone());
        let dialect = self.dialect();
        let users = self.users_of_type(name);
        self.schema.rename_type_in_transaction(name, Some(to));
        self.forget_type(name);
        self.put(ObjectKind::Enum, to, certain, detail);
        for User { table, column: of, is_default, .. } in users {
            self.schema.edit(&table, |table| {
                table.columns.retain_by(&Key::name(dialect, &of), |column| {
                    if column.name != of {
                        return true;
                    }
                    let column = Arc::make_mut(column);
                    let kind = match &mut column.default_kind {
                        Some(kind) if is_default => Arc::make_mut(kind),
                        _ => &mut column.kind,
                    };
                    if let Some(kind) = &mut kind.named {
                        kind.name = Some(to.name.clone());
                        kind.schema = to.schema.clone().or_else(|| moves.then(|| "public".into()));
                    }
                    true
                });
            });
        }
        self.changed(SchemaChange::EnumRenamed { name: name.clone(), to: to.clone() });
    }

    pub(super) fn rename_enum_value(&mut self, name: &TableName, value: &str, to: &str) {
        self.need_enum(name);
        let Some(object) = self.schema.object(ObjectKind::Enum, name).cloned() else { return };
        let Detail::Enum { values: Some(values) } = &object.detail else { return };
        let has = |value: &str| values.iter().any(|own| **own == *value);
        let wrong = match (has(value), has(to)) {
            (false, _) => Some(format!("\"{value}\" is not an existing enum label")),
            (true, true) => Some(format!("enum label \"{to}\" already exists")),
            (true, false) => None,
        };
        if let Some(message) = wrong.filter(|_| object.certain) {
            let object = ObjectName::Value { of: name.clone(), value: value.into() };
            self.fail(FailureKind::Other, object, message);
            return;
        }
        let renamed = |own: &str| if *own == *value { to.into() } else { own.into() };
        let values = Some(values.iter().map(|own| renamed(own)).collect());
        self.schema.rename_label_in_transaction(name, value, to);
        self.put(ObjectKind::Enum, name, object.certain, Detail::Enum { values });
    }

    pub(super) fn add_enum_value(&mut self, name: &TableName, value: &str, if_not_exists: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        self.need_enum(name);
        let Some(object) = self.schema.object(ObjectKind::Enum, name).cloned() else { return };
        let Detail::Enum { values } = &object.detail else { return };
        if object.certain && values.as_ref().is_some_and(|values| values.iter().any(|own| **own == *value)) {
            if !if_not_exists {
                let message = format!("enum label \"{value}\" already exists");
                let object = ObjectName::Value { of: name.clone(), value: value.into() };
                self.fail(FailureKind::Other, object, message);
            }
            return;
        }
        let mut values = values.clone();
        let is_new = object.certain && (values.is_some() || !if_not_exists);
        if let Some(values) = &mut values {
            values.push(value.into());
        }
        self.schema.note_label(name, value, is_new);
        self.put(ObjectKind::Enum, name, object.certain, Detail::Enum { values });
        self.changed(SchemaChange::EnumValueAdded { name: name.clone(), value: value.into() });
    }
}
