//! Columns: added, dropped, altered, renamed.

use std::sync::Arc;

use super::Applying;
use super::children::Inherited;
use super::constants::written;
use crate::schema::conditions::{plain_columns, replaced};
use crate::schema::list::Key;
use crate::schema::names::same;
use crate::schema::table::{LinkKind, rename_in};
use crate::schema::types::{Values, family};
use crate::schema::{
    Column, ColumnChange, ColumnDef, ConstraintDef, ConstraintKind, Dialect, Edit, FailureKind, Name,
    ObjectName, Schema, SchemaChange, Table, TableName, Truth, TypeDef,
};

impl Applying<'_> {
    pub(super) fn add_column(&mut self, table: &TableName, column: &ColumnDef, if_not_exists: bool) {
        self.check_type(table, &column.name, &column.kind);
        if column.is_placed {
            let message = "Can't specify insert_before or insert_after when using ALTER; please specify \
                           recreate='always'";
            self.fail_in_batch(
                FailureKind::Other,
                ObjectName::column(table, &column.name),
                message.to_owned(),
            );
        }
        self.need_table(table);
        self.refuse_virtual(table, "altered");
        // What is wrong with the table is told first.
        if if_not_exists && self.is(Dialect::Sqlite) && !self.has_failed() {
            self.fail_table(FailureKind::NotSupported, table, "near \"EXISTS\": syntax error".to_owned());
        }
        let dialect = self.dialect();
        let found = self.schema.table(table);
        let has = found.map_or(Truth::Maybe, |table| table.has_column(&column.name, dialect));
        if has.is_yes() {
            if !if_not_exists {
                self.column_exists(table, &column.name);
            }
            return;
        }
        self.need_type(&column.kind);
        self.need_default(column.default.as_deref());
        self.check_default(table, &column.name, &column.kind, column.default.as_deref());
        self.check_rows(table, column);
        let mut made = super::tables::made(column);
        if !column.in_sql && column.primary_key {
            // Alembic adds the column alone; the key stays as it is.
            made.nullable = Some(false);
        }
        if if_not_exists && has.is_maybe() {
            // It is there then, as it is declared or as it was before.
            let before = self.schema.table(table).and_then(|table| table.column(&column.name, dialect));
            let has_default = made.default.is_some() || before.is_some_and(|own| own.default.is_some());
            made = Column { certain: !has_default, ..Column::assumed(&column.name) };
        }
        self.refuse_in_partition(table, &column.name, "cannot add column to a partition");
        self.check_computed(table, &made);
        self.hand_down(table, &column.name, &Inherited::Added(&made));
        self.schema.edit(table, |table| {
            table.columns.retain_by(&Key::name(dialect, &column.name), |_| false);
            table.columns.push(Arc::new(made));
        });
        self.changed(SchemaChange::ColumnAdded { table: table.clone(), column: column.name.clone() });
        self.add_column_constraints(table, column);
        if column.index {
            self.create_index(table, &super::tables::own_index(column), false);
        }
        if column.may_bring_more {
            self.open_constraints(table);
        }
    }

    /// A table may have more constraints and indexes than are known.
    pub(super) fn open_constraints(&mut self, table: &TableName) {
        self.schema.edit(table, |table| {
            table.constraints_known = false;
            table.indexes_known = false;
        });
    }

    fn add_column_constraints(&mut self, table: &TableName, column: &ColumnDef) {
        let mut declared = self.column_constraints(column);
        if column.primary_key && (column.in_sql || column.inline_primary_key) {
            let kind = ConstraintKind::PrimaryKey { columns: Some(vec![column.name.clone()]) };
            declared.insert(0, (None, ConstraintDef { name: Name::Default, kind }));
        }
        if !declared.is_empty() {
            self.open_children(table);
        }
        for (inside, mut constraint) in declared {
            let is_inline = match constraint.kind {
                ConstraintKind::ForeignKey { .. } => column.in_sql || column.inline_references,
                ConstraintKind::PrimaryKey { .. } => true,
                _ => column.in_sql,
            };
            if is_inline && !column.in_sql {
                // Alembic writes `REFERENCES` alone.
                constraint.name = Name::Default;
            }
            let is_check = matches!(constraint.kind, ConstraintKind::Check { .. });
            if self.is(Dialect::Sqlite) && is_check && inside.is_none() {
                // The check of a type: Alembic warns, and leaves it out.
                continue;
            }
            if self.is(Dialect::Sqlite) && is_inline {
                self.add_inline_on_sqlite(table, column, &constraint.kind);
            }
            if inside.is_none() && !(is_inline && self.is(Dialect::Sqlite)) {
                self.add_constraint(table, &constraint);
            } else if let Some(mut altered) = self.schema.table(table).cloned() {
                let inside = inside.or_else(|| Some(column.name.clone()));
                self.add_to(&mut altered, inside, &constraint, FailureKind::ConstraintExists);
                self.schema.put_table(table, Some(altered));
            }
        }
    }

    /// SQLite takes a foreign key in the declaration of a new column, and no key.
    fn add_inline_on_sqlite(&mut self, table: &TableName, column: &ColumnDef, kind: &ConstraintKind) {
        let word = match kind {
            ConstraintKind::PrimaryKey { .. } => "PRIMARY KEY",
            ConstraintKind::Unique { .. } => "UNIQUE",
            ConstraintKind::ForeignKey { .. }
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclude { .. }
            | ConstraintKind::Unknown => return,
        };
        let object = ObjectName::column(table, &column.name);
        self.fail(FailureKind::NotSupported, object, format!("Cannot add a {word} column"));
    }

    pub(super) fn alter_column(&mut self, table: &TableName, column: Option<&str>, change: &ColumnChange) {
        if let Some(kind) = &change.kind {
            self.check_type(table, column.unwrap_or("?"), kind);
        }
        let only_renames =
            change.kind.is_none() && change.nullable.is_keep() && change.default.is_keep() && !change.other;
        if *change == ColumnChange::default() {
            return;
        }
        if self.is(Dialect::Sqlite) && !only_renames {
            self.fail_table(FailureKind::NotSupported, table, "near \"ALTER\": syntax error".to_owned());
        }
        if self.is(Dialect::Postgresql)
            && self.schema.has_table(table).is_no()
            && self.schema.has_view(table).is_yes()
        {
            self.alter_view_column(table, column, change);
            return;
        }
        self.need_table(table);
        self.refuse_virtual(table, "altered");
        let Some(column) = column else {
            self.schema.edit(table, Table::make_contents_uncertain);
            self.changed(SchemaChange::ColumnAltered {
                table: table.clone(),
                column: None,
                what: String::new(),
            });
            return;
        };
        self.need_column(table, column);
        self.check_alteration(table, column, change);
        if let Edit::Set(default) = &change.default {
            self.need_default(default.as_deref());
            // The type is changed first.
            if let Some(kind) = change.kind.clone().or_else(|| self.sure_type(table, column)) {
                self.check_default(table, column, &kind, default.as_deref());
            }
        }
        self.alter(table, column, change);
        self.hand_down(table, column, &Inherited::Altered(change));
        match &change.name {
            Edit::Keep => {}
            Edit::Set(to) => self.rename_column(table, column, Some(to)),
            Edit::Unknown => self.rename_column(table, column, None),
        }
    }

    /// What a column's values are made of must be there.
    fn check_computed(&mut self, table: &TableName, column: &Column) {
        if let Some(found) = self.schema.table(table).cloned() {
            self.check_computed_in(&found, column);
        }
    }

    /// The same in a table that is being made. PostgreSQL takes none that is made of others itself.
    pub(super) fn check_computed_in(&mut self, table: &Table, column: &Column) {
        let dialect = self.dialect();
        let Some(computed) = &column.computed else { return };
        for named in plain_columns(computed).into_iter().flatten() {
            let small = named.to_ascii_lowercase();
            let named = if dialect == Dialect::Postgresql { &small } else { named };
            let found = table.column(named, dialect).filter(|found| found.certain);
            if table.has_column(named, dialect).is_no() && !same(dialect, named, &column.name) {
                self.no_column(&table.name, named);
            } else if dialect == Dialect::Postgresql && found.is_some_and(|own| own.computed.is_some()) {
                let message =
                    format!("cannot use generated column \"{named}\" in column generation expression");
                self.fail(FailureKind::Other, ObjectName::column(&table.name, named), message);
            }
        }
    }

    /// What PostgreSQL refuses.
    fn check_alteration(&mut self, table: &TableName, column: &str, change: &ColumnChange) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let object = || ObjectName::column(table, column);
        if let Some(kind) = &change.kind {
            self.need_type(kind);
            let what = format!("cannot alter inherited column \"{column}\"");
            self.refuse_in_partition(table, column, &what);
            if self.views_showing(table, column).iter().any(|(_, certain)| *certain) {
                let message = "cannot alter type of a column used by a view or rule".to_owned();
                self.fail(FailureKind::NotSupported, object(), message);
            }
            if let Some(user) = self.made_of(table, column) {
                let message =
                    format!("cannot alter type of a column used by a generated column: {user} uses {column}");
                self.fail(FailureKind::NotSupported, object(), message);
            }
            self.check_type_of_keys(table, column, kind);
            // Alembic writes the cast of a column that it copies.
            let is_cast = change.using || self.applied.copies;
            if !is_cast && !self.has_failed() && self.schema.casts(table, column, kind).is_no() {
                let to = written(kind);
                let message = format!("column \"{column}\" cannot be cast automatically to type {to}");
                self.fail(FailureKind::Other, object(), message);
            } else if !self.applied.copies
                && !self.has_failed()
                && self.schema.casts_default(table, column, kind).is_no()
            {
                let to = written(kind);
                let message =
                    format!("default for column \"{column}\" cannot be cast automatically to type {to}");
                self.fail(FailureKind::Other, object(), message);
            }
        }
        let dialect = self.dialect();
        let own = self.schema.table(table).and_then(|table| table.column(column, dialect));
        if !change.default.is_keep() && own.is_some_and(|own| own.certain && own.computed.is_some()) {
            let message = format!("column \"{column}\" of relation \"{table}\" is a generated column");
            self.fail(FailureKind::NotSupported, object(), message);
        }
        let is_key = |table: &Table| table.has_key(Some(column), dialect);
        if change.nullable == Edit::Set(true) && self.schema.table(table).is_some_and(is_key) {
            let message = format!("column \"{column}\" is in a primary key");
            self.fail(FailureKind::Other, object(), message);
        }
    }

    /// A foreign key compares columns of one family of types.
    fn check_type_of_keys(&mut self, name: &TableName, column: &str, kind: &TypeDef) {
        let dialect = self.dialect();
        let Some(family) = family(&kind.written).filter(|_| !kind.is_custom) else { return };
        let key = self.schema.fold(name);
        let Some(table) = self.schema.table(name) else { return };
        let others = self.schema.linked(LinkKind::Table, name).filter_map(|user| self.schema.table(user));
        let mut pairs = Vec::new();
        for user in others.chain([table]) {
            for own in user.constraints.iter().filter(|own| own.certain && user.certain) {
                let ConstraintKind::ForeignKey {
                    columns: Some(columns),
                    table: Some(to),
                    referred: Some(referred),
                } = &own.kind
                else {
                    continue;
                };
                let is_own = self.schema.fold(&user.name) == key;
                let is_to = self.schema.fold(to) == key;
                for (one, two) in columns.iter().zip(referred) {
                    if is_own && same(dialect, one, column) {
                        pairs.push((to.clone(), two.clone(), true));
                    } else if is_to && same(dialect, two, column) {
                        pairs.push((user.name.clone(), one.clone(), false));
                    }
                }
            }
        }
        let differs = |(other, of, refers): &(TableName, Box<str>, bool)| {
            let theirs = self.family_of(self.schema.table(other)?.column(of, dialect)?)?;
            Some(if *refers { !family.fits(theirs) } else { !theirs.fits(family) })
        };
        if pairs.iter().any(|pair| differs(pair) == Some(true)) {
            let message = "foreign key cannot be implemented: incompatible types".to_owned();
            self.fail(FailureKind::Other, ObjectName::column(name, column), message);
        }
    }

    /// All that changes but the name.
    pub(super) fn alter(&mut self, table: &TableName, column: &str, change: &ColumnChange) {
        let dialect = self.dialect();
        let is_done = !self.has_failed();
        self.schema.edit(table, |table| {
            if table.column(column, dialect).is_none() {
                // A column that nobody knew of.
                table.columns.push(Arc::new(Column::assumed(column)));
            }
            table.columns.retain_by(&Key::name(dialect, column), |own| {
                let own = Arc::make_mut(own);
                if is_done && change.kind.is_some() && own.default.is_some() && own.default_kind.is_none() {
                    // It is cast from the type that it has to the new one.
                    own.default_kind = Some(Arc::new(own.kind.clone()));
                }
                change_all_but_the_name(own, change);
                true
            });
        });
        let what = phrase(change);
        if !what.is_empty() {
            self.changed(SchemaChange::ColumnAltered {
                table: table.clone(),
                column: Some(column.into()),
                what,
            });
        }
    }

    fn rename_column(&mut self, table: &TableName, column: &str, to: Option<&str>) {
        let dialect = self.dialect();
        let Some(to) = to else {
            self.schema.edit(table, Table::make_contents_uncertain);
            self.changed(SchemaChange::ColumnRenamed {
                table: table.clone(),
                column: column.into(),
                to: None,
            });
            return;
        };
        self.check_broken_views();
        let found = self.schema.table(table);
        let has = found.map_or(Truth::Maybe, |table| table.has_column(to, dialect));
        if has.is_yes() && !(self.is(Dialect::Sqlite) && column == to) {
            self.column_exists(table, to);
            return;
        }
        if column != to {
            self.check_views_of_views(table, column);
        }
        let what = format!("cannot rename inherited column \"{column}\"");
        self.refuse_in_partition(table, column, &what);
        self.schema.edit(table, |table| rename_column(table, column, to, dialect));
        self.hand_down(table, column, &Inherited::Renamed(to));
        let key = self.schema.fold(table);
        let users: Vec<_> = self.schema.linked(LinkKind::Table, table).cloned().collect();
        for user in users {
            self.schema.edit(&user, |other| {
                other.constraints.each(|constraint| {
                    if let ConstraintKind::ForeignKey { table: Some(to_table), .. } = &constraint.kind
                        && crate::schema::names::fold(dialect, to_table) == key
                        && let ConstraintKind::ForeignKey { referred, .. } =
                            &mut Arc::make_mut(constraint).kind
                    {
                        rename_in(referred.as_mut(), column, to, dialect);
                    }
                });
            });
        }
        self.rename_used(table, column, &Edit::Set(to.into()));
        let (column, to) = (column.into(), Some(to.into()));
        self.changed(SchemaChange::ColumnRenamed { table: table.clone(), column, to });
    }
}

impl Schema {
    /// Whether PostgreSQL makes the values of a column those of another type by itself.
    pub(super) fn casts(&self, table: &TableName, column: &str, to: &TypeDef) -> Truth {
        let own = self.table(table).and_then(|found| found.column(column, self.dialect()));
        let Some(from) = own.filter(|own| own.certain).map(|own| &own.kind) else { return Truth::Maybe };
        self.becomes(from, to)
    }

    /// Whether the default of a column becomes one of another type by itself; `USING` says nothing of it.
    fn casts_default(&self, table: &TableName, column: &str, to: &TypeDef) -> Truth {
        let found = self.table(table).filter(|found| found.certain);
        let own = found.and_then(|found| found.column(column, self.dialect())).filter(|own| own.certain);
        let Some(own) = own.filter(|own| own.default.is_some()) else { return Truth::Maybe };
        self.becomes(own.default_kind.as_deref().unwrap_or(&own.kind), to)
    }

    fn becomes(&self, from: &TypeDef, to: &TypeDef) -> Truth {
        match (self.values(from), self.values(to)) {
            (Some(Values::Enum), Some(Values::Enum)) => {
                let name = |kind: &TypeDef| {
                    let named = kind.named.as_ref()?;
                    Some(self.fold(&TableName::new(named.schema.as_deref(), named.name.as_deref()?)))
                };
                Truth::from(name(from) == name(to))
            }
            (Some(from), Some(to)) => Truth::from(from.become_by_themselves(to)),
            _ => Truth::Maybe,
        }
    }
}

/// A column has another name, in whatever of its table uses it too.
pub(super) fn rename_column(table: &mut Table, column: &str, to: &str, dialect: Dialect) {
    // One that may have had that name had not, or the renaming would have failed.
    table.columns.retain_by(&Key::name(dialect, to), |own| same(dialect, &own.name, column));
    table.columns.retain_by(&Key::name(dialect, column), |own| {
        Arc::make_mut(own).name = to.into();
        true
    });
    table.columns.retain_by(&Key::Computed, |own| {
        if own.is_made_of(column, dialect)
            && let Some(computed) = &mut Arc::make_mut(own).computed
        {
            *computed = replaced(computed, column, to, dialect);
        }
        true
    });
    // One that stands in a column need not use it.
    table.constraints.each(|constraint| {
        let is_inside = constraint.inside.as_ref().is_some_and(|inside| same(dialect, inside, column));
        if !is_inside && constraint.uses(column, dialect).is_no() {
            return;
        }
        let constraint = Arc::make_mut(constraint);
        constraint.kind.rename_column(column, to, dialect);
        if let Some(inside) = &mut constraint.inside
            && same(dialect, inside, column)
        {
            *inside = to.into();
        }
    });
    table.indexes.retain_by_any(&[Key::uses(dialect, column)], |index| {
        let index = Arc::make_mut(index);
        rename_in(index.columns.as_mut(), column, to, dialect);
        rename_in(Some(&mut index.used), column, to, dialect);
        true
    });
}

/// A column is as it is altered, with the name that it had.
pub(super) fn change_all_but_the_name(column: &mut Column, change: &ColumnChange) {
    if let Some(kind) = &change.kind {
        column.kind = kind.clone();
    }
    match change.nullable {
        Edit::Keep => {}
        Edit::Set(nullable) => column.nullable = Some(nullable),
        Edit::Unknown => column.nullable = None,
    }
    match &change.default {
        Edit::Keep => {}
        Edit::Set(default) => column.set_default(default.clone()),
        // The text is only shown.
        Edit::Unknown => column.set_default(None),
    }
}

/// What changes of a column, as a phrase.
pub(super) fn phrase(change: &ColumnChange) -> String {
    let mut parts = Vec::new();
    if let Some(kind) = &change.kind {
        parts.push(if kind.written.is_empty() {
            "to another type".to_owned()
        } else {
            format!("to {}", kind.written)
        });
    }
    match change.nullable {
        Edit::Keep => {}
        Edit::Set(true) => parts.push("to NULL".to_owned()),
        Edit::Set(false) => parts.push("to NOT NULL".to_owned()),
        Edit::Unknown => parts.push("to NULL or NOT NULL".to_owned()),
    }
    match &change.default {
        Edit::Keep => {}
        Edit::Set(Some(default)) => parts.push(format!("to default {default}")),
        Edit::Set(None) => parts.push("to no default".to_owned()),
        Edit::Unknown => parts.push("to another default".to_owned()),
    }
    parts.join(" and ")
}
