//! Tables that go with others: partitions and what is made with `INHERITS` in PostgreSQL, what SQLite keeps a full-text table
//! in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Applying;
use crate::schema::list::Key;
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::table::LinkKind;
use crate::schema::{
    Column, ColumnChange, Constraint, ConstraintKind, Dialect, FailureKind, ObjectName, Table, TableName,
    Together, Touches,
};

/// What happens to a column of a table, and so to that of the tables that go with it.
pub(super) enum Inherited<'a> {
    Added(&'a Column),
    Dropped,
    Altered(&'a ColumnChange),
    Renamed(&'a str),
}

/// A table that goes with another, at whatever remove.
struct Child {
    name: TableName,
    is_partition: bool,
    certain: bool,
}

impl Applying<'_> {
    /// A table goes with others from now on, or with none.
    pub(super) fn inherit(&mut self, table: &TableName, parents: &[TableName], is_partition: bool) {
        if parents.is_empty() {
            self.schema.put_object(ObjectKind::Child, table, None);
            return;
        }
        let detail = Detail::Child { parents: parents.to_vec(), is_partition };
        self.put(ObjectKind::Child, table, true, detail);
        let dialect = self.dialect();
        // The tables that SQLite keeps a full-text table in have columns of their own.
        if dialect == Dialect::Sqlite {
            return;
        }
        let found: Vec<_> = parents.iter().map(|parent| self.schema.table(parent).cloned()).collect();
        let is_known =
            found.iter().all(|parent| parent.as_ref().is_some_and(|own| own.certain && own.columns_known));
        // A partition has the keys and indexes of the whole, under names of its own, and whatever inherits has its checks.
        let is_its = |own: &Arc<Constraint>| {
            is_partition || matches!(own.kind, ConstraintKind::Check { .. } | ConstraintKind::Unknown)
        };
        let brings = found.iter().any(|parent| {
            parent.as_ref().is_none_or(|own| {
                !own.constraints_known
                    || own.constraints.iter().any(is_its)
                    || is_partition && (!own.indexes_known || !own.indexes.is_empty())
            })
        });
        self.schema.edit(table, |table| {
            // All that it declares is known.
            let was_whole = table.constraints_known;
            if brings {
                table.constraints_known = false;
                table.indexes_known &= !is_partition;
            }
            for parent in found.iter().flatten() {
                for column in &parent.columns {
                    if table.column(&column.name, dialect).is_some() {
                        continue;
                    }
                    let mut column = Arc::clone(column);
                    if column.certain && !parent.certain {
                        Arc::make_mut(&mut column).certain = false;
                    }
                    table.columns.push(column);
                }
            }
            table.columns_known |= was_whole && is_known;
        });
    }

    /// What a table gets, those that go with it get under names of their own: its partitions keys and indexes, all of them
    /// its checks.
    pub(super) fn open_children(&mut self, of: &TableName) {
        if self.is(Dialect::Postgresql) {
            for child in self.descendants(of) {
                self.open_constraints(&child.name);
            }
        }
    }

    /// Tables that go with one: their names, and whether each is a partition.
    pub(super) fn children(&self, of: &TableName) -> Vec<(TableName, bool)> {
        let children = self.schema.linked(LinkKind::Parent, of);
        let children = children.filter_map(|own| self.schema.object(ObjectKind::Child, own));
        let own = children.filter_map(|own| match &own.detail {
            Detail::Child { is_partition, .. } => Some((own.name.clone(), *is_partition)),
            _ => None,
        });
        own.collect()
    }

    pub(super) fn drop_children(&mut self, name: &TableName, cascade: bool, together: &Together) {
        for (child, is_partition) in self.children(name) {
            if self.is_among(&child, together) {
                continue;
            }
            let has = self.schema.has_table(&child);
            if !cascade && !is_partition && has.is_yes() {
                let message = format!("cannot drop table {name} because {child} depends on it");
                self.fail_table(FailureKind::StillReferenced, name, message);
            }
            // Its own children first, so that this comes to an end whatever is whose.
            self.schema.put_object(ObjectKind::Child, &child, None);
            if !has.is_no() {
                self.drop_table(&child, true, cascade || is_partition, together);
            }
        }
        self.schema.put_object(ObjectKind::Child, name, None);
    }

    /// A table has another name, as child and as parent.
    pub(super) fn rename_among_children(&mut self, name: &TableName, to: &TableName) {
        let key = self.schema.fold(name);
        if let Some(own) = self.schema.object(ObjectKind::Child, name).cloned() {
            self.schema.put_object(ObjectKind::Child, name, None);
            self.put(ObjectKind::Child, to, own.certain, own.detail.clone());
        }
        for (child, is_partition) in self.children(name) {
            let Some(own) = self.schema.object(ObjectKind::Child, &child).cloned() else { continue };
            let Detail::Child { parents, .. } = &own.detail else { continue };
            let renamed = |parent: &TableName| {
                if self.schema.fold(parent) == key { to.clone() } else { parent.clone() }
            };
            let parents = parents.iter().map(renamed).collect();
            self.put(ObjectKind::Child, &child, own.certain, Detail::Child { parents, is_partition });
        }
    }

    /// All that go with a table, at whatever remove.
    fn descendants(&self, of: &TableName) -> Vec<Child> {
        let mut seen = BTreeSet::from([self.schema.fold(of)]);
        let mut found: Vec<Child> = Vec::new();
        let mut at = 0;
        let mut parent = Some((of.clone(), true, true));
        while let Some((name, certain, partitions)) = parent {
            for (child, is_partition) in self.children(&name) {
                if seen.insert(self.schema.fold(&child)) {
                    let link = self.schema.object(ObjectKind::Child, &child);
                    let certain = certain && link.is_some_and(|own| own.certain);
                    found.push(Child { name: child, is_partition: partitions && is_partition, certain });
                }
            }
            parent = found.get(at).map(|child| (child.name.clone(), child.certain, child.is_partition));
            at += 1;
        }
        found
    }

    /// What happens to a column happens to that of the tables that go with this one.
    pub(super) fn hand_down(&mut self, table: &TableName, column: &str, change: &Inherited<'_>) {
        let dialect = self.dialect();
        if dialect == Dialect::Sqlite {
            return;
        }
        for child in self.descendants(table) {
            // One that a child has of its own stays when that of its parent goes.
            let is_sure = child.certain && (child.is_partition || !matches!(change, Inherited::Dropped));
            self.schema.edit(&child.name, |table| {
                if !is_sure {
                    table.doubt_column(column, dialect);
                    if let Inherited::Renamed(to) = change {
                        table.doubt_column(to, dialect);
                    }
                    return;
                }
                match change {
                    Inherited::Added(made) => {
                        if !table.has_column(column, dialect).is_yes() {
                            table.columns.retain_by(&Key::name(dialect, column), |_| false);
                            table.columns.push(Arc::new((*made).clone()));
                        }
                    }
                    Inherited::Dropped => super::drop_column::remove_column(table, column, dialect, false),
                    Inherited::Altered(change) => {
                        table.columns.retain_by(&Key::name(dialect, column), |own| {
                            super::columns::change_all_but_the_name(Arc::make_mut(own), change);
                            true
                        });
                    }
                    Inherited::Renamed(to) => super::columns::rename_column(table, column, to, dialect),
                }
            });
        }
    }

    /// What may have been done to a table may have been done to those that go with it.
    pub(super) fn doubt_children(&mut self, touches: &Touches) {
        if let Touches::Table(table) | Touches::TableItself(table) = touches {
            for child in self.descendants(table) {
                self.schema.edit(&child.name, Table::make_uncertain);
            }
        }
    }

    /// PostgreSQL changes the columns of a partition with those of its parent alone.
    pub(super) fn refuse_in_partition(&mut self, table: &TableName, column: &str, what: &str) {
        let link = self.schema.object(ObjectKind::Child, table).filter(|own| own.certain);
        if link.is_some_and(|own| matches!(own.detail, Detail::Child { is_partition: true, .. })) {
            self.fail(FailureKind::Other, ObjectName::column(table, column), what.to_owned());
        }
    }
}
