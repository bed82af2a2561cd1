//! Views, materialized or not, and the indexes of those that are.

use std::collections::BTreeSet;

use super::Applying;
use super::references::MOST_VIEWS;
use crate::schema::names::{is_built_in, same};
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::{
    ColumnChange, Dialect, Edit, FailureKind, IndexDef, Name, ObjectName, SchemaChange, Table, TableName,
    Together, ViewQuery,
};

impl Applying<'_> {
    /// SQLite looks at what a view reads when the view is read.
    fn need_what_is_shown(&mut self, query: &ViewQuery) {
        if self.is(Dialect::Sqlite) {
            return;
        }
        for (table, columns) in &query.reads {
            self.need_relation(table);
            columns.iter().for_each(|column| self.need_column(table, column));
        }
    }

    /// SQLite: what a view reads must be there when the view is read.
    pub(super) fn need_what_a_view_reads(&mut self, view: &TableName) {
        if !self.is(Dialect::Sqlite) || self.has_failed() || self.schema.table(view).is_some() {
            return;
        }
        let (mut seen, mut next) = (BTreeSet::new(), vec![view.clone()]);
        while let Some(name) = next.pop().filter(|_| seen.len() < MOST_VIEWS) {
            let object = self.schema.object(ObjectKind::View, &name).filter(|own| own.certain);
            let Some(Detail::View(query)) = object.map(|own| &own.detail) else { continue };
            for (read, _) in &query.reads {
                let has = self.schema.has_table(read).or(self.schema.has_view(read));
                let is_of_session = self.schema.has_view_of_session(read);
                if has.is_no() && !is_of_session && !is_built_in(self.dialect(), read) {
                    let read = read.clone();
                    self.fail_table(FailureKind::NoSuchTable, &read, format!("no such table: main.{read}"));
                    return;
                }
                if seen.insert(self.schema.fold(read)) {
                    next.push(read.clone());
                }
            }
        }
    }

    /// What a view shows, where `*` is written out when it is made. SQLite does so whenever the view is read.
    fn written_out(&self, query: &ViewQuery) -> ViewQuery {
        let mut query = query.clone();
        if self.is(Dialect::Sqlite) || !query.shows_all {
            return query;
        }
        query.shows_all = false;
        let Some((read, used)) = query.reads.first_mut() else { return query };
        let Some(all) = self.all_columns(read) else {
            query.is_whole = false;
            return query;
        };
        used.clone_from(&all);
        // Those that are listed are the first.
        let rest = all.into_iter().skip(query.columns.as_ref().map_or(0, Vec::len));
        query.columns = Some(query.columns.take().into_iter().flatten().chain(rest).collect());
        query
    }

    /// The columns of a table or of a view, if they are all known.
    pub(super) fn all_columns(&self, name: &TableName) -> Option<Vec<Box<str>>> {
        if let Some(table) = self.schema.table(name) {
            let is_sure =
                table.is_closed() && table.order_known && table.columns.iter().all(|own| own.certain);
            return is_sure.then(|| table.columns.iter().map(|own| own.name.clone()).collect());
        }
        let view = self.view(name).filter(|_| self.schema.has_view(name).is_yes())?;
        match view.reads.first() {
            Some((read, _)) if view.shows_all && view.columns.is_none() => {
                self.schema.table(read).and_then(|_| self.all_columns(read))
            }
            _ => view.columns.clone(),
        }
    }

    pub(super) fn create_view(
        &mut self,
        view: &TableName,
        query: &ViewQuery,
        replace: bool,
        if_not_exists: bool,
    ) {
        let query = &self.written_out(query);
        // PostgreSQL: what reads something of the session is of it too. Source: `CREATE VIEW`, `TEMPORARY`.
        let reads_session = self.is(Dialect::Postgresql)
            && query.reads.iter().any(|(table, _)| self.schema.is_of_session(table));
        if query.temporary || reads_session && !query.materialized {
            self.need_what_is_shown(query);
            self.hide(view);
            self.put(ObjectKind::OfSession, view, true, Detail::Nothing);
            if self.view(view).is_none() {
                let query = ViewQuery { temporary: true, ..query.clone() };
                self.put(ObjectKind::View, view, true, Detail::View(query));
            }
            return;
        }
        if self.is(Dialect::Sqlite) {
            self.need_namespace(view);
        }
        let before = self.view(view).cloned();
        let is_there = self.is_taken(view);
        if is_there && if_not_exists {
            return;
        }
        self.need_what_is_shown(query);
        if reads_session && !self.has_failed() {
            let message = "materialized views must not use temporary tables or views".to_owned();
            self.report(FailureKind::NotSupported, Some(ObjectName::View(view.clone())), message, false);
        }
        let is_replaced =
            replace && before.as_ref().is_some_and(|before| !before.materialized && !query.materialized);
        if is_there && !is_replaced {
            if replace && !query.materialized && self.is(Dialect::Postgresql) {
                self.fail(
                    FailureKind::Other,
                    ObjectName::View(view.clone()),
                    format!("\"{view}\" is not a view"),
                );
                return;
            }
            let message = format!("table {view} already exists");
            self.fail(FailureKind::TableExists, ObjectName::View(view.clone()), message);
            return;
        }
        if is_there && let Some(before) = &before {
            self.check_replaced_columns(view, before, query);
        }
        if !is_there {
            self.check_type_name(view);
        }
        self.put(ObjectKind::View, view, true, Detail::View(query.clone()));
        self.changed(SchemaChange::ViewCreated { view: view.clone() });
    }

    /// Something of the session stands in front of what has that name, and which of the two is meant from now on depends.
    pub(super) fn hide(&mut self, name: &TableName) {
        if !self.schema.has_table(name).is_no() {
            self.schema.edit(name, Table::make_uncertain);
            self.schema.known.tables = false;
        }
        if !self.schema.has_view(name).is_no() {
            self.schema.doubt(ObjectKind::View, name);
            self.schema.known.others = false;
        }
    }

    /// PostgreSQL: a view that is replaced keeps its columns, and may have more after them.
    fn check_replaced_columns(&mut self, view: &TableName, before: &ViewQuery, query: &ViewQuery) {
        let (Some(old), Some(new)) = (&before.columns, &query.columns) else { return };
        let is_certain = self.schema.has_view(view).is_yes();
        if self.is(Dialect::Postgresql) && is_certain && !new.starts_with(old) {
            let message = format!("cannot drop or rename columns of view {view}");
            self.fail(FailureKind::Other, ObjectName::View(view.clone()), message);
        }
    }

    /// What a view shows that is there or may be.
    pub(super) fn view(&self, view: &TableName) -> Option<&ViewQuery> {
        match &self.schema.object(ObjectKind::View, view)?.detail {
            Detail::View(query) => Some(query),
            _ => None,
        }
    }

    pub(super) fn drop_view(
        &mut self,
        view: &TableName,
        materialized: bool,
        if_exists: bool,
        cascade: bool,
        together: &Together,
    ) {
        let object = || ObjectName::View(view.clone());
        let has = self.schema.has_view(view);
        if has.is_no() {
            if self.is_other_relation(view) {
                self.fail(FailureKind::Other, object(), format!("{view} is a table, not a view"));
            } else if cascade && self.is_among(view, together) {
                // It was looked for before the first was dropped, and went with that.
            } else if !if_exists && self.schema.has_table(view).is_no() {
                self.fail(FailureKind::NoSuchTable, object(), format!("no such view: {view}"));
            }
            return;
        }
        let is_other = self.view(view).is_some_and(|query| query.materialized != materialized);
        if has.is_yes() && is_other && self.is(Dialect::Postgresql) {
            let word = if materialized { "a materialized view" } else { "a view" };
            self.fail(FailureKind::Other, object(), format!("\"{view}\" is not {word}"));
            return;
        }
        let users = if self.is(Dialect::Postgresql) { self.readers(view) } else { Vec::new() };
        let stays = |user: &TableName| !self.is_among(user, together);
        if let Some((user, _)) = users.iter().find(|(user, certain)| *certain && !cascade && stays(user)) {
            let message = format!("cannot drop view {view} because view {user} depends on it");
            self.fail(FailureKind::StillReferenced, object(), message);
        }
        if cascade {
            self.drop_readers(view);
        }
        self.remove_view(view);
    }

    /// Views that read a table or a view go, and those that read them.
    pub(super) fn drop_readers(&mut self, name: &TableName) {
        let mut views: Vec<_> = self.readers(name).into_iter().map(|(view, _)| view).collect();
        while let Some(view) = views.pop() {
            if self.schema.object(ObjectKind::View, &view).is_some() {
                views.extend(self.readers(&view).into_iter().map(|(view, _)| view));
                self.remove_view(&view);
            }
        }
    }

    /// A view is gone, with its indexes.
    pub(super) fn remove_view(&mut self, view: &TableName) {
        for index in self.indexes_of_view(view) {
            self.schema.put_object(ObjectKind::Index, &index, None);
        }
        self.schema.put_object(ObjectKind::View, view, None);
        self.schema.put_object(ObjectKind::OfSession, view, None);
        self.changed(SchemaChange::ViewDropped { view: view.clone() });
    }

    fn indexes_of_view(&self, view: &TableName) -> Vec<TableName> {
        let key = self.schema.fold(view);
        let is_its =
            |detail: &Detail| matches!(detail, Detail::Index { view } if self.schema.fold(view) == key);
        let indexes = self.schema.objects_of(ObjectKind::Index);
        indexes.filter(|own| is_its(&own.detail)).map(|own| own.name.clone()).collect()
    }

    /// A view has another name, or is in another schema.
    pub(super) fn rename_view(&mut self, view: &TableName, to: &TableName) {
        let Some(object) = self.schema.object(ObjectKind::View, view).cloned() else { return };
        let indexes = self.indexes_of_view(view);
        let from = self.schema.fold(view);
        self.schema.put_object(ObjectKind::View, view, None);
        self.put(ObjectKind::View, to, object.certain, object.detail.clone());
        self.rename_of_session(view, to);
        for index in indexes {
            let certain = self.schema.object(ObjectKind::Index, &index).is_some_and(|object| object.certain);
            self.schema.put_object(ObjectKind::Index, &index, None);
            let moved = TableName::new(to.schema.as_deref(), &index.name);
            self.put(ObjectKind::Index, &moved, certain, Detail::Index { view: to.clone() });
        }
        self.redirect(&from, to);
        self.changed(SchemaChange::ViewDropped { view: view.clone() });
        self.changed(SchemaChange::ViewCreated { view: to.clone() });
    }

    /// PostgreSQL takes `ALTER TABLE` for a view too: a default, and another name of a column.
    pub(super) fn alter_view_column(
        &mut self,
        view: &TableName,
        column: Option<&str>,
        change: &ColumnChange,
    ) {
        let dialect = self.dialect();
        let Some(object) = self.schema.object(ObjectKind::View, view).cloned() else { return };
        let Detail::View(mut query) = object.detail.clone() else { return };
        let changes_more = change.kind.is_some() || !change.nullable.is_keep();
        if changes_more || query.materialized && !change.default.is_keep() {
            self.fail_table(FailureKind::Other, view, format!("{view} is a view, not a table"));
            return;
        }
        let (Some(column), Some(columns)) = (column, &mut query.columns) else {
            query.columns = None;
            self.put(ObjectKind::View, view, object.certain, Detail::View(query));
            return;
        };
        if !columns.iter().any(|own| same(dialect, own, column)) {
            self.no_column(view, column);
            return;
        }
        match &change.name {
            Edit::Keep => return,
            Edit::Set(to) if columns.iter().any(|own| same(dialect, own, to)) => {
                self.column_exists(view, to);
                return;
            }
            Edit::Set(to) => {
                for own in columns.iter_mut().filter(|own| same(dialect, own, column)) {
                    *own = to.clone();
                }
            }
            Edit::Unknown => query.columns = None,
        }
        self.put(ObjectKind::View, view, object.certain, Detail::View(query));
        self.rename_used(view, column, &change.name);
    }

    /// Views that use a column of a table or a view know it by its new name.
    pub(super) fn rename_used(&mut self, of: &TableName, column: &str, to: &Edit<Box<str>>) {
        let dialect = self.dialect();
        let key = self.schema.fold(of);
        for (view, certain) in self.readers(of) {
            let Some(mut query) = self.view(&view).cloned() else { continue };
            let is_it = |name: &TableName| crate::schema::names::fold(dialect, name) == key;
            for (_, columns) in query.reads.iter_mut().filter(|(name, _)| is_it(name)) {
                for own in columns.iter_mut().filter(|own| same(dialect, own, column)) {
                    match to {
                        Edit::Set(to) => *own = to.clone(),
                        Edit::Keep | Edit::Unknown => query.is_whole = false,
                    }
                }
            }
            self.put(ObjectKind::View, &view, certain, Detail::View(query));
        }
    }

    /// An index on a view: PostgreSQL has them on those that are materialized.
    pub(super) fn create_view_index(&mut self, view: &TableName, index: &IndexDef, name: &Name) {
        let Some(query) = self.view(view).cloned() else { return };
        if !query.materialized {
            self.fail_table(FailureKind::Other, view, format!("{view} is a view, not a table"));
            return;
        }
        let dialect = self.dialect();
        if let Some(own) = &query.columns {
            for column in index.columns.iter().flatten() {
                if !own.iter().any(|own| same(dialect, own, column)) {
                    self.no_column(view, column);
                }
            }
        }
        let Some(name) = name.written() else { return };
        let whole = TableName::new(view.schema.as_deref(), name);
        self.put(ObjectKind::Index, &whole, !self.has_failed(), Detail::Index { view: view.clone() });
        let (name, columns) = (Some(name.into()), index.columns.clone());
        self.changed(SchemaChange::IndexCreated { table: view.clone(), name, columns });
    }
}
