//! What leads to a table: foreign keys of others, and views.

use std::sync::Arc;

use super::Applying;
use crate::schema::names::{fold, same};
use crate::schema::state::{Detail, Object, ObjectKind};
use crate::schema::table::LinkKind;
use crate::schema::{ConstraintKind, Dialect, FailureKind, ObjectName, TableName, Together};

/// How many views are looked at for one that finds nothing.
pub(super) const MOST_VIEWS: usize = 200;

impl Applying<'_> {
    /// Tables with a foreign key to this one, other than itself, and whether each is certain: behind a table of the
    /// session may stand another of the name, which is the one that they mean.
    pub(super) fn referrers(&self, name: &TableName) -> Vec<(TableName, bool)> {
        let key = self.schema.fold(name);
        let is_meant = !self.schema.is_of_session(name);
        let mut referrers = Vec::new();
        for other in self.schema.linked(LinkKind::Table, name).filter(|other| **other != key) {
            let Some(table) = self.schema.table(other) else { continue };
            let certain = table.constraints.iter().any(|own| own.certain && self.refers(&own.kind, &key));
            if table.constraints.iter().any(|own| self.refers(&own.kind, &key)) {
                referrers.push((table.name.clone(), certain && table.certain && is_meant));
            }
        }
        referrers
    }

    /// Whether it is a foreign key to that table.
    pub(super) fn refers(&self, kind: &ConstraintKind, key: &TableName) -> bool {
        matches!(kind, ConstraintKind::ForeignKey { table: Some(table), .. } if self.schema.fold(table) == *key)
    }

    /// Views that read a table, and whether each is certain, as [`referrers`](Self::referrers) are.
    pub(super) fn readers(&self, name: &TableName) -> Vec<(TableName, bool)> {
        let views = self.schema.linked(LinkKind::Table, name);
        let views = views.filter_map(|other| self.schema.object(ObjectKind::View, other));
        let reads = |view: &&Arc<Object>| {
            let key = self.schema.fold(name);
            matches!(&view.detail, Detail::View(query) if query.reads.iter().any(|(own, _)| self.schema.fold(own) == key))
        };
        let is_meant = !self.schema.is_of_session(name);
        views.filter(reads).map(|view| (view.name.clone(), view.certain && is_meant)).collect()
    }

    /// SQLite looks at every view when it renames anything or drops a column: each must find what it reads.
    pub(super) fn check_broken_views(&mut self) {
        if !self.is(Dialect::Sqlite) {
            return;
        }
        let is_broken = |(view, certain): &(&TableName, bool)| {
            let object = self.schema.object(ObjectKind::View, view).filter(|_| *certain);
            let Some(Detail::View(query)) = object.map(|object| &object.detail) else { return false };
            let is_gone =
                |table: &TableName| self.schema.has_table(table).or(self.schema.has_view(table)).is_no();
            query.reads.iter().any(|(table, _)| is_gone(table))
        };
        // Those of the session too.
        let views = self.schema.objects_of(ObjectKind::View).map(|own| (&own.name, own.certain));
        let broken = views.take(MOST_VIEWS).find(is_broken).map(|(view, _)| view.clone());
        if let Some(view) = broken {
            let message = format!("error in view {view}: no such table");
            self.fail(FailureKind::StillReferenced, ObjectName::View(view), message);
        }
    }

    /// SQLite writes the views anew that use a column which is renamed, and then finds that those which read these views do
    /// not find the column any more.
    pub(super) fn check_views_of_views(&mut self, table: &TableName, column: &str) {
        if !self.is(Dialect::Sqlite) {
            return;
        }
        let dialect = self.dialect();
        let uses = |view: &TableName, of: &TableName| {
            let key = self.schema.fold(of);
            let reads = self.view(view).into_iter().flat_map(|query| &query.reads);
            let mut used = reads.filter(|(own, _)| self.schema.fold(own) == key).flat_map(|(_, used)| used);
            used.any(|own| same(dialect, own, column))
        };
        let shows = |view: &TableName| {
            let columns = self.view(view).and_then(|query| query.columns.as_ref());
            columns.is_some_and(|columns| columns.iter().any(|own| same(dialect, own, column)))
        };
        for (view, certain) in self.readers(table) {
            if !certain || !uses(&view, table) || !shows(&view) {
                continue;
            }
            let broken =
                self.readers(&view).into_iter().find(|(other, certain)| *certain && uses(other, &view));
            if let Some((other, _)) = broken {
                let message = format!("error in view {other} after rename: no such column: {column}");
                self.fail(FailureKind::StillReferenced, ObjectName::View(other), message);
                return;
            }
        }
    }

    /// Foreign keys and views keep PostgreSQL from dropping a table, foreign keys MySQL.
    pub(super) fn check_references(&mut self, name: &TableName, together: &Together) {
        if self.is(Dialect::Sqlite) {
            return;
        }
        let mut users = self.referrers(name);
        if self.is(Dialect::Postgresql) {
            users.extend(self.readers(name));
        }
        let stays = |user: &TableName| !self.is_among(user, together);
        if let Some((user, _)) = users.iter().find(|(user, certain)| *certain && stays(user)) {
            let message = format!("cannot drop table {name} because {user} depends on it");
            self.fail_table(FailureKind::StillReferenced, name, message);
        }
    }

    /// Whether something is one of those that the same statement drops.
    pub(super) fn is_among(&self, name: &TableName, together: &Together) -> bool {
        together.contains(&self.schema.fold(name))
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
        self.drop_readers(name);
    }

    /// Foreign keys and views may follow what may be renamed.
    pub(super) fn redirect_perhaps(&mut self, from: &TableName) {
        let users: Vec<_> = self.schema.linked(LinkKind::Table, from).cloned().collect();
        let key = self.schema.fold(from);
        for user in users {
            let refers: Vec<_> = self.schema.table(&user).map_or_else(Vec::new, |table| {
                table.constraints.iter().map(|own| self.refers(&own.kind, &key)).collect()
            });
            self.schema.edit(&user, |table| {
                let mut refers = refers.into_iter();
                table.constraints.each(|constraint| {
                    if refers.next().unwrap_or_default() {
                        Arc::make_mut(constraint).certain = false;
                    }
                });
            });
            if let Some(view) = self.schema.object(ObjectKind::View, &user).cloned() {
                self.put(ObjectKind::View, &user, false, view.detail.clone());
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
                table.constraints.each(|constraint| {
                    if matches!(&constraint.kind, ConstraintKind::ForeignKey { table: Some(table), .. } if points(table))
                        && let ConstraintKind::ForeignKey { table, .. } = &mut Arc::make_mut(constraint).kind
                    {
                        *table = Some(to.clone());
                    }
                });
            });
            if let Some(view) = self.schema.object(ObjectKind::View, &user).cloned()
                && let Detail::View(query) = &view.detail
            {
                let mut query = query.clone();
                for (read, _) in query.reads.iter_mut().filter(|(read, _)| points(read)) {
                    *read = to.clone();
                }
                self.put(ObjectKind::View, &user, view.certain, Detail::View(query));
            }
        }
    }
}
