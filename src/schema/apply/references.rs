//! What leads to a table: foreign keys of others, and views.

use std::sync::Arc;

use super::Applying;
use crate::schema::names::fold;
use crate::schema::state::{Detail, Object, ObjectKind};
use crate::schema::table::LinkKind;
use crate::schema::{ConstraintKind, Dialect, FailureKind, ObjectName, SchemaChange, TableName};

/// How many views are looked at for one that finds nothing.
const MOST_VIEWS: usize = 200;

impl Applying<'_> {
    /// Tables with a foreign key to this one, other than itself, and whether each is certain.
    pub(super) fn referrers(&self, name: &TableName) -> Vec<(TableName, bool)> {
        let key = self.schema.fold(name);
        let mut referrers = Vec::new();
        for other in self.schema.linked(LinkKind::Table, name).filter(|other| **other != key) {
            let Some(table) = self.schema.table(other) else { continue };
            let certain = table.constraints.iter().any(|own| own.certain && self.refers(&own.kind, &key));
            if table.constraints.iter().any(|own| self.refers(&own.kind, &key)) {
                referrers.push((table.name.clone(), certain && table.certain));
            }
        }
        referrers
    }

    /// Whether it is a foreign key to that table.
    pub(super) fn refers(&self, kind: &ConstraintKind, key: &TableName) -> bool {
        matches!(kind, ConstraintKind::ForeignKey { table: Some(table), .. } if self.schema.fold(table) == *key)
    }

    /// Views that read a table, and whether each is certain.
    pub(super) fn readers(&self, name: &TableName) -> Vec<(TableName, bool)> {
        let views = self.schema.linked(LinkKind::Table, name);
        let views = views.filter_map(|other| self.schema.object(ObjectKind::View, other));
        let reads = |view: &&Arc<Object>| {
            let key = self.schema.fold(name);
            matches!(&view.detail, Detail::View { reads, .. } if reads.iter().any(|own| self.schema.fold(own) == key))
        };
        views.filter(reads).map(|view| (view.name.clone(), view.certain)).collect()
    }

    /// SQLite looks at every view when it renames anything or drops a column: each must find what it reads.
    pub(super) fn check_broken_views(&mut self) {
        if !self.is(Dialect::Sqlite) {
            return;
        }
        let is_broken = |(view, certain): &(&TableName, bool)| {
            let object = self.schema.object(ObjectKind::View, view).filter(|_| *certain);
            let Some(Detail::View { reads, .. }) = object.map(|object| &object.detail) else { return false };
            reads.iter().any(|table| self.schema.has_table(table).or(self.schema.has_view(table)).is_no())
        };
        let broken = self.schema.views().take(MOST_VIEWS).find(is_broken).map(|(view, _)| view.clone());
        if let Some(view) = broken {
            let message = format!("error in view {view}: no such table");
            self.fail(FailureKind::StillReferenced, ObjectName::View(view), message);
        }
    }

    /// Foreign keys and views keep PostgreSQL from dropping a table, foreign keys MySQL.
    pub(super) fn check_references(&mut self, name: &TableName) {
        if self.is(Dialect::Sqlite) {
            return;
        }
        let mut users = self.referrers(name);
        if self.is(Dialect::Postgresql) {
            users.extend(self.readers(name));
        }
        if let Some((user, _)) = users.iter().find(|(_, certain)| *certain) {
            let message = format!("cannot drop table {name} because {user} depends on it");
            self.fail_table(FailureKind::StillReferenced, name, message);
        }
    }

    /// What goes with a table by CASCADE.
    pub(super) fn drop_dependents(&mut self, name: &TableName) {
        let key = self.schema.fold(name);
        for (other, _) in self.referrers(name) {
            let dropped: Vec<_> = self
                .schema
                .table(&other)
                .map(|table| table.constraints.iter().map(|own| self.refers(&own.kind, &key)).collect())
                .unwrap_or_default();
            let mut at = dropped.iter();
            self.schema
                .edit(&other, |table| table.constraints.retain(|_| !at.next().copied().unwrap_or_default()));
        }
        let mut views: Vec<_> = self.readers(name).into_iter().map(|(view, _)| view).collect();
        while let Some(view) = views.pop() {
            if self.schema.object(ObjectKind::View, &view).is_some() {
                views.extend(self.readers(&view).into_iter().map(|(view, _)| view));
                self.schema.put_object(ObjectKind::View, &view, None);
                self.changed(SchemaChange::ViewDropped { view });
            }
        }
    }

    /// Foreign keys and views follow a table that is renamed.
    pub(super) fn redirect(&mut self, from: &TableName, to: &TableName) {
        let users: Vec<_> = self.schema.linked(LinkKind::Table, from).cloned().collect();
        let dialect = self.dialect();
        let points = |table: &TableName| fold(dialect, table) == *from;
        for user in users {
            self.schema.edit(&user, |table| {
                for constraint in &mut table.constraints {
                    if matches!(&constraint.kind, ConstraintKind::ForeignKey { table: Some(table), .. } if points(table))
                        && let ConstraintKind::ForeignKey { table, .. } = &mut Arc::make_mut(constraint).kind
                    {
                        *table = Some(to.clone());
                    }
                }
            });
            if let Some(view) = self.schema.object(ObjectKind::View, &user).cloned()
                && let Detail::View { columns, reads } = &view.detail
            {
                let reads = reads.iter().map(|read| if points(read) { to } else { read }).cloned().collect();
                self.put(
                    ObjectKind::View,
                    &user,
                    view.certain,
                    Detail::View { columns: columns.clone(), reads },
                );
            }
        }
    }
}
