//! Enum types, views, sequences and schemas.

use super::Applying;
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::table::LinkKind;
use crate::schema::{Dialect, EnumDef, FailureKind, ObjectName, SchemaChange, TableName, Truth};

impl Applying<'_> {
    pub(super) fn create_named_enum(&mut self, kind: &EnumDef, if_not_exists: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        match &kind.name {
            Some(name) => {
                let name = TableName::new(kind.schema.as_deref(), name);
                self.create_enum(&name, kind.values.clone(), if_not_exists);
            }
            None => self.schema.known.enums = false,
        }
    }

    pub(super) fn create_enum(
        &mut self,
        name: &TableName,
        values: Option<Vec<Box<str>>>,
        if_not_exists: bool,
    ) {
        let has = self.schema.has_enum(name);
        let is_taken = has.is_yes() || self.schema.has_table(name).is_yes();
        if is_taken {
            if !if_not_exists {
                self.fail(
                    FailureKind::Other,
                    ObjectName::Type(name.clone()),
                    format!("type \"{name}\" already exists"),
                );
            }
            return;
        }
        // One that is there already keeps its values.
        let values = if has == Truth::Maybe && if_not_exists { None } else { values };
        self.put(ObjectKind::Enum, name, true, Detail::Enum { values });
        self.changed(SchemaChange::EnumCreated { name: name.clone() });
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
            if !if_exists {
                self.fail(
                    FailureKind::Other,
                    ObjectName::Type(name.clone()),
                    format!("type \"{name}\" does not exist"),
                );
            }
            return;
        }
        let key = self.schema.fold(name);
        let users: Vec<_> = self.schema.linked(LinkKind::Enum, name).cloned().collect();
        for user in users {
            if cascade {
                self.schema.edit(&user, |table| {
                    table.columns.retain(|column| {
                        let kind = column.kind.named.as_ref().and_then(|kind| kind.name.as_deref());
                        kind != Some(&*key.name)
                    });
                });
                continue;
            }
            let Some(table) = self.schema.table(&user).filter(|table| table.certain) else { continue };
            let has_it = |column: &crate::schema::Column| {
                let kind = column.kind.named.as_ref().and_then(|kind| kind.name.as_deref());
                column.certain && kind == Some(&*key.name)
            };
            if let Some(column) = table.columns.iter().find(|column| has_it(column)) {
                let column = &column.name;
                let message = format!("cannot drop type {name} because column {user}.{column} depends on it");
                self.fail(FailureKind::StillReferenced, ObjectName::Type(name.clone()), message);
                break;
            }
        }
        self.schema.put_object(ObjectKind::Enum, name, None);
        self.changed(SchemaChange::EnumDropped { name: name.clone() });
    }

    fn need_enum(&mut self, name: &TableName) {
        if self.schema.has_enum(name).is_no() {
            self.fail(
                FailureKind::Other,
                ObjectName::Type(name.clone()),
                format!("type \"{name}\" does not exist"),
            );
            self.put(ObjectKind::Enum, name, false, Detail::Enum { values: None });
        }
    }

    pub(super) fn rename_enum(&mut self, name: &str, to: &str) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let (name, to) = (TableName::plain(name), TableName::plain(to));
        self.need_enum(&name);
        if self.schema.has_enum(&to).is_yes() {
            self.fail(
                FailureKind::Other,
                ObjectName::Type(to.clone()),
                format!("type \"{to}\" already exists"),
            );
            return;
        }
        let object = self.schema.object(ObjectKind::Enum, &name).cloned();
        let certain = object.as_ref().is_none_or(|object| object.certain);
        let detail = object.map_or(Detail::Enum { values: None }, |object| object.detail.clone());
        self.schema.put_object(ObjectKind::Enum, &name, None);
        self.put(ObjectKind::Enum, &to, certain, detail);
        let users: Vec<_> = self.schema.linked(LinkKind::Enum, &name).cloned().collect();
        for user in users {
            self.schema.edit(&user, |table| {
                for column in &mut table.columns {
                    if column
                        .kind
                        .named
                        .as_ref()
                        .is_some_and(|kind| kind.name.as_deref() == Some(&*name.name))
                        && let Some(kind) = &mut std::sync::Arc::make_mut(column).kind.named
                    {
                        kind.name = Some(to.name.clone());
                    }
                }
            });
        }
        self.changed(SchemaChange::EnumRenamed { name, to });
    }

    pub(super) fn add_enum_value(&mut self, name: &str, value: &str, if_not_exists: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let name = TableName::plain(name);
        self.need_enum(&name);
        let Some(object) = self.schema.object(ObjectKind::Enum, &name).cloned() else { return };
        let Detail::Enum { values } = &object.detail else { return };
        if object.certain && values.as_ref().is_some_and(|values| values.iter().any(|own| **own == *value)) {
            if !if_not_exists {
                let message = format!("enum label \"{value}\" already exists");
                self.fail(FailureKind::Other, ObjectName::Value { of: name, value: value.into() }, message);
            }
            return;
        }
        let mut values = values.clone();
        if let Some(values) = &mut values {
            values.push(value.into());
        }
        self.put(ObjectKind::Enum, &name, object.certain, Detail::Enum { values });
        self.changed(SchemaChange::EnumValueAdded { name, value: value.into() });
    }

    pub(super) fn create_view(
        &mut self,
        view: &TableName,
        columns: Option<&Vec<Box<str>>>,
        reads: &[TableName],
        replace: bool,
        if_not_exists: bool,
    ) {
        // SQLite looks at what a view reads when the view is read.
        if !self.is(Dialect::Sqlite) {
            for table in reads {
                self.need_relation(table);
            }
        }
        let is_view = self.schema.has(ObjectKind::View, view).is_yes();
        if self.is_taken(view) && !(replace && is_view) {
            if !if_not_exists {
                self.fail(
                    FailureKind::TableExists,
                    ObjectName::View(view.clone()),
                    format!("table {view} already exists"),
                );
            }
            return;
        }
        self.put(
            ObjectKind::View,
            view,
            true,
            Detail::View { columns: columns.cloned(), reads: reads.to_vec() },
        );
        self.changed(SchemaChange::ViewCreated { view: view.clone() });
    }

    pub(super) fn drop_view(&mut self, view: &TableName, if_exists: bool) {
        if self.schema.has(ObjectKind::View, view).is_no() {
            if self.schema.has_table(view).is_yes() {
                self.fail(
                    FailureKind::Other,
                    ObjectName::View(view.clone()),
                    format!("{view} is a table, not a view"),
                );
            } else if !if_exists && self.schema.has_table(view).is_no() {
                self.fail(
                    FailureKind::NoSuchTable,
                    ObjectName::View(view.clone()),
                    format!("no such view: {view}"),
                );
            }
            return;
        }
        let users = if self.is(Dialect::Postgresql) { self.readers(view) } else { Vec::new() };
        if let Some((user, _)) = users.iter().find(|(_, certain)| *certain) {
            let message = format!("cannot drop view {view} because view {user} depends on it");
            self.fail(FailureKind::StillReferenced, ObjectName::View(view.clone()), message);
        }
        self.schema.put_object(ObjectKind::View, view, None);
        self.changed(SchemaChange::ViewDropped { view: view.clone() });
    }

    pub(super) fn create_sequence(&mut self, name: &TableName, if_not_exists: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        if self.is_taken(name) {
            if !if_not_exists {
                let message = format!("relation \"{name}\" already exists");
                self.fail(FailureKind::TableExists, ObjectName::Sequence(name.clone()), message);
            }
            return;
        }
        self.put(ObjectKind::Sequence, name, true, Detail::Nothing);
        self.changed(SchemaChange::SequenceCreated { name: name.clone() });
    }

    pub(super) fn drop_sequence(&mut self, name: &TableName, if_exists: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        if self.schema.has_sequence(name).is_no() {
            if !if_exists {
                let message = format!("sequence \"{name}\" does not exist");
                self.fail(FailureKind::NoSuchTable, ObjectName::Sequence(name.clone()), message);
            }
            return;
        }
        self.schema.put_object(ObjectKind::Sequence, name, None);
        self.changed(SchemaChange::SequenceDropped { name: name.clone() });
    }

    pub(super) fn create_namespace(&mut self, name: &str, if_not_exists: bool) {
        let namespace = TableName::plain(name);
        let is_there = self.schema.has(ObjectKind::Namespace, &namespace).is_yes() || name == "public";
        if is_there {
            if !if_not_exists {
                self.fail(
                    FailureKind::Other,
                    ObjectName::Schema(name.into()),
                    format!("schema \"{name}\" already exists"),
                );
            }
            return;
        }
        self.put(ObjectKind::Namespace, &namespace, true, Detail::Nothing);
        self.changed(SchemaChange::SchemaCreated { name: name.into() });
    }

    pub(super) fn drop_namespace(&mut self, name: &str, if_exists: bool, cascade: bool) {
        let namespace = TableName::plain(name);
        if name != "public" && self.schema.has(ObjectKind::Namespace, &namespace).is_no() {
            if !if_exists {
                // Something outside of the migrations may have made it.
                let message = format!("schema \"{name}\" does not exist");
                self.report(FailureKind::Other, Some(ObjectName::Schema(name.into())), message, false);
            }
            return;
        }
        let inside: Vec<_> = self.schema.tables_in(name).collect();
        if !cascade && inside.iter().any(|table| self.schema.has_table(table).is_yes()) {
            let message = format!("cannot drop schema {name} because other objects depend on it");
            self.fail(FailureKind::StillReferenced, ObjectName::Schema(name.into()), message);
        }
        for table in inside {
            self.drop_dependents(&table);
            self.schema.put_table(&table, None);
            self.changed(SchemaChange::TableDropped { table });
        }
        self.schema.put_object(ObjectKind::Namespace, &namespace, None);
        self.changed(SchemaChange::SchemaDropped { name: name.into() });
    }
}
