//! Constraints.

use std::sync::Arc;

use super::Applying;
use super::children::Inherited;
use crate::schema::conditions::plain_columns;
use crate::schema::list::Key;
use crate::schema::names::{fold, same};
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::table::LinkKind;
use crate::schema::types::{Family, family};
use crate::schema::{
    Access, Column, ColumnChange, Constraint, ConstraintDef, ConstraintKind, ConstraintType, Dialect, Edit,
    Exception, Failure, FailureKind, Name, ObjectName, SchemaChange, Table, TableName, Truth,
};

/// What Alembic says of constraints on SQLite.
const NO_ALTER: &str = "No support for ALTER of constraints in SQLite dialect. Please refer to the batch mode feature \
                        which allows for SQLite migrations using a copy-and-move strategy";

impl Applying<'_> {
    /// What a database checks before it adds a constraint to a table. `exists` is what a taken name is called.
    pub(super) fn check_constraint(
        &mut self,
        table: &Table,
        name: &Name,
        kind: &ConstraintKind,
        exists: FailureKind,
    ) {
        if self.is(Dialect::Sqlite) {
            self.check_condition(table, kind);
            return;
        }
        if let ConstraintKind::ForeignKey { columns, table: Some(referred), referred: their } = kind {
            self.check_name(table, name, false, exists);
            self.check_foreign_key(table, columns.as_deref(), referred, their.as_deref());
            return;
        }
        let columns = match kind {
            ConstraintKind::Exclude { columns, .. } => columns.as_deref(),
            kind => kind.columns(),
        };
        for column in columns.unwrap_or_default() {
            self.check_column(table, column);
        }
        match (kind, columns) {
            (ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }, Some(columns)) => {
                self.check_access(table, &Access::plain(columns));
            }
            (ConstraintKind::Exclude { access, .. }, _) => self.check_access(table, access),
            _ => {}
        }
        self.check_condition(table, kind);
        if matches!(kind, ConstraintKind::PrimaryKey { .. }) && table.has_key(None, self.dialect()) {
            let message = format!("multiple primary keys for table \"{}\" are not allowed", table.name);
            self.fail_table(FailureKind::Other, &table.name, message);
        }
        self.check_name(table, name, !matches!(kind, ConstraintKind::Check { .. }), exists);
    }

    /// A name must be free: that of a key among all tables and indexes of PostgreSQL, others within their table.
    fn check_name(&mut self, table: &Table, name: &Name, is_index: bool, exists: FailureKind) {
        let Some(name) = name.written() else { return };
        let dialect = self.dialect();
        let whole = TableName::new(table.name.schema.as_deref(), name);
        let is_own = same(dialect, name, &table.name.name);
        if self.is(Dialect::Postgresql) && is_index && (is_own || self.is_taken(&whole)) {
            self.fail(
                if is_own { exists } else { FailureKind::ConstraintExists },
                ObjectName::wanted(&table.name, name),
                format!("relation \"{name}\" already exists"),
            );
        } else if table.has_constraint(name, dialect).is_yes()
            || self.is(Dialect::Mysql) && is_index && table.has_index(name, dialect).is_yes()
        {
            let message = format!("constraint \"{name}\" for relation \"{}\" already exists", table.name);
            self.fail(FailureKind::ConstraintExists, ObjectName::wanted(&table.name, name), message);
        }
    }

    /// The family of a column's type, where that is sure.
    pub(super) fn family_of(&self, column: &Column) -> Option<Family> {
        if !column.certain {
            return None;
        }
        let name = column.kind.named.as_ref().and_then(|named| Some((named, named.name.as_deref()?)));
        if let Some((named, name)) = name {
            let name = TableName::new(named.schema.as_deref(), name);
            let object = self.schema.object(ObjectKind::Enum, &name).filter(|object| object.certain);
            let is_enum = object.is_some_and(|own| matches!(own.detail, Detail::Enum { values: Some(_) }));
            return is_enum.then_some(Family::Enum);
        }
        family(&column.kind.written).filter(|_| !column.kind.is_custom)
    }

    /// What a condition certainly names must be a column.
    pub(super) fn check_condition(&mut self, table: &Table, kind: &ConstraintKind) {
        let dialect = self.dialect();
        let ConstraintKind::Check { condition } = kind else { return };
        for column in plain_columns(condition).into_iter().flatten() {
            // PostgreSQL reads a word without quotes in small letters.
            let small = column.to_ascii_lowercase();
            let column = if dialect == Dialect::Postgresql { &small } else { column };
            self.check_column(table, column);
        }
    }

    fn check_column(&mut self, table: &Table, column: &str) {
        if table.has_column(column, self.dialect()).is_no() {
            self.no_column(&table.name, column);
        }
    }

    fn check_foreign_key(
        &mut self,
        table: &Table,
        columns: Option<&[Box<str>]>,
        referred: &TableName,
        their: Option<&[Box<str>]>,
    ) {
        let is_own = self.schema.fold(referred) == self.schema.fold(&table.name);
        if !is_own {
            self.need_table(referred);
        }
        for column in columns.unwrap_or_default() {
            self.check_column(table, column);
        }
        if !is_own {
            their.into_iter().flatten().for_each(|column| self.need_column(referred, column));
        }
        let shared = self.schema.shared_table(&self.schema.fold(referred)).cloned();
        let target = if is_own { Some(table) } else { shared.as_deref() };
        let Some(target) = target else { return };
        let dialect = self.dialect();
        // Without columns it references the primary key.
        let key = target.primary_key().filter(|key| key.certain).and_then(Constraint::columns);
        let key: Option<Vec<Box<str>>> = key.map(Into::into);
        if their.is_none() && key.is_none() && target.certain && target.constraints_known {
            let has_key = target
                .constraints
                .iter()
                .any(|own| matches!(own.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unknown));
            if !has_key && self.is(Dialect::Postgresql) {
                let message = format!("there is no primary key for referenced table \"{}\"", target.name);
                self.fail_table(FailureKind::Other, &target.name, message);
            }
            return;
        }
        let Some(their) = their.or(key.as_deref()).filter(|their| !their.is_empty()) else { return };
        if columns.is_some_and(|own| own.len() != their.len()) && self.is(Dialect::Postgresql) {
            let message = "number of referencing and referenced columns for foreign key disagree".to_owned();
            self.fail_table(FailureKind::Other, &table.name, message);
            return;
        }
        if is_own {
            for column in their {
                self.check_column(table, column);
            }
        }
        if self.has_failed() || !self.is(Dialect::Postgresql) {
            return;
        }
        if has_key(target, their, dialect).is_no() {
            let message = format!(
                "there is no unique constraint matching given keys for referenced table \"{}\"",
                target.name
            );
            self.fail_table(FailureKind::Other, &target.name, message);
            return;
        }
        let pairs = columns.into_iter().flatten().zip(their);
        for (own, other) in pairs {
            let kind = |table: &Table, column: &str| {
                let column = table.column(column, dialect)?;
                self.family_of(column)
            };
            if let (Some(one), Some(two)) = (kind(table, own), kind(target, other))
                && !one.fits(two)
            {
                let message = format!(
                    "foreign key cannot be implemented: {}.{own} and {}.{other} are of incompatible types",
                    table.name, target.name
                );
                self.fail(FailureKind::Other, ObjectName::column(&table.name, own), message);
                return;
            }
        }
    }

    pub(super) fn add_constraint(&mut self, table: &TableName, constraint: &ConstraintDef) {
        if self.is(Dialect::Sqlite) {
            self.fail_table(FailureKind::NotSupported, table, NO_ALTER.to_owned());
            let name = constraint.name.clone();
            let assumed = Constraint { name, kind: constraint.kind.clone(), inside: None, certain: false };
            self.schema.edit(table, |table| table.constraints.push(Arc::new(assumed)));
            return;
        }
        // SQLAlchemy refuses a name before the database is asked.
        self.gets_a_name(table, &constraint.name, &constraint.kind);
        self.need_table(table);
        let Some(mut altered) = self.schema.table(table).cloned() else {
            let name = constraint.name.written().map(Into::into);
            let kind = constraint.kind.clone();
            self.changed(SchemaChange::ConstraintAdded { table: table.clone(), name, kind });
            return;
        };
        self.open_children(table);
        if let ConstraintKind::PrimaryKey { columns: Some(columns) } = &constraint.kind {
            // Whether those of tables that go with it take no NULL either is up to the release.
            let change = ColumnChange { nullable: Edit::Unknown, ..ColumnChange::default() };
            columns.iter().for_each(|own| self.hand_down(table, own, &Inherited::Altered(&change)));
        }
        // A naming convention takes the table's name as it is written.
        let kept = std::mem::replace(&mut altered.name, table.clone());
        self.add_to(&mut altered, None, constraint, FailureKind::ConstraintExists);
        altered.name = kept;
        let added = altered.constraints.iter().next_back().cloned();
        self.schema.put_table(table, Some(altered));
        if let Some(added) = added {
            let name = added.name.written().map(Into::into);
            self.changed(SchemaChange::ConstraintAdded {
                table: table.clone(),
                name,
                kind: added.kind.clone(),
            });
        }
    }

    pub(super) fn drop_constraint(
        &mut self,
        table: &TableName,
        name: &Name,
        word: Option<ConstraintType>,
        if_exists: bool,
        cascade: bool,
        in_sql: bool,
    ) {
        if self.is(Dialect::Sqlite) {
            self.fail_table(FailureKind::NotSupported, table, NO_ALTER.to_owned());
        } else if self.is(Dialect::Mysql) && word.is_none() && !if_exists && !in_sql {
            let message = "No generic 'DROP CONSTRAINT' in MySQL - please specify constraint type".to_owned();
            self.fail_table(FailureKind::NotSupported, table, message);
        }
        let name = self.name_to_drop(table, name, word);
        let is_mysql_key = self.is(Dialect::Mysql) && word == Some(ConstraintType::Primary);
        if name == Name::Unnamed && !self.is(Dialect::Sqlite) && !is_mysql_key {
            let message = "Can't emit DROP CONSTRAINT for a constraint that has no name".to_owned();
            self.fail_table(FailureKind::NotSupported, table, message);
            return;
        }
        if !self.is(Dialect::Sqlite) {
            self.need_table(table);
        }
        let name = if is_mysql_key { Name::exact("PRIMARY") } else { name };
        let Some(written) = name.written() else {
            // One of them is gone, and nobody knows which.
            self.schema.edit(table, Table::make_constraints_uncertain);
            self.changed(SchemaChange::ConstraintDropped { table: table.clone(), name: None });
            return;
        };
        let dialect = self.dialect();
        // MySQL itself takes the word for any kind since 8.0.19, MariaDB since 10.2.
        let as_index =
            self.is(Dialect::Mysql) && (word == Some(ConstraintType::Unique) || in_sql && word.is_none());
        let found = self.schema.table(table);
        let has = found.map(|found| {
            let index = as_index && found.index(written, dialect).is_some();
            if index { Truth::Yes } else { found.has_constraint(written, dialect) }
        });
        if has == Some(Truth::No) {
            if !if_exists && !self.has_failed() {
                let object = ObjectName::constraint(table, written);
                let message = format!("constraint \"{written}\" of relation \"{table}\" does not exist");
                self.fail(FailureKind::NoSuchConstraint, object, message);
            }
            return;
        }
        self.check_key_users(table, written, cascade);
        self.schema.edit(table, |table| {
            let key = Key::name(dialect, written);
            if table.constraint(written, dialect).is_none() {
                table.make_unknown_names_uncertain();
            }
            table.constraints.retain_by(&key, |_| false);
            if as_index {
                table.indexes.retain_by(&key, |_| false);
            }
        });
        self.changed(SchemaChange::ConstraintDropped { table: table.clone(), name: Some(written.into()) });
    }

    /// SQLite does not know `DROP CONSTRAINT`; since 3.53 it drops checks, which then may have gone.
    pub(super) fn refuse_drop_constraint(&mut self, table: &TableName, name: &Name) {
        let dialect = self.dialect();
        let may_be_check = self.schema.table(table).is_none_or(|found| match name.written() {
            Some(name) => match found.constraint(name, dialect) {
                Some(own) => matches!(own.kind, ConstraintKind::Check { .. } | ConstraintKind::Unknown),
                None => found.has_constraint(name, dialect) != Truth::No,
            },
            None => true,
        });
        let message = "near \"CONSTRAINT\": syntax error".to_owned();
        let object = Some(ObjectName::Table(table.clone()));
        let failure = Failure::new(FailureKind::NotSupported, object, message, !may_be_check);
        self.tell(Failure { exception: Exception::Database, ..failure });
        if may_be_check {
            self.schema.edit(table, Table::make_constraints_uncertain);
        }
    }

    /// PostgreSQL: a key that a foreign key needs is not dropped, or takes it along.
    fn check_key_users(&mut self, table: &TableName, name: &str, cascade: bool) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        let dialect = self.dialect();
        let Some(found) = self.schema.table(table) else { return };
        let Some(constraint) = found.constraint(name, dialect) else {
            if cascade && found.has_constraint(name, dialect) == Truth::Maybe {
                self.drop_key_users(table, None, false);
            }
            return;
        };
        if !constraint.is_index() {
            return;
        }
        let columns = constraint.columns().map(<[Box<str>]>::to_vec);
        // Another key of the same columns may be the one that it needs.
        let is_only = columns.as_ref().is_some_and(|columns| n_keys(found, columns, dialect) == Some(1));
        if cascade {
            self.drop_key_users(table, columns.as_deref(), is_only);
        } else if let Some(user) = columns.and_then(|own| self.key_user(table, &own)) {
            let message =
                format!("cannot drop constraint {name} on table {table} because {user} depends on it");
            let object = Some(ObjectName::constraint(table, name));
            self.report(FailureKind::StillReferenced, object, message, is_only);
        }
    }

    /// `CASCADE`: the foreign keys that need a key of these columns, or of those that nobody knows, go with it, or may.
    pub(super) fn drop_key_users(&mut self, table: &TableName, columns: Option<&[Box<str>]>, certain: bool) {
        let key = self.schema.fold(table);
        let dialect = self.dialect();
        let users: Vec<_> = self.schema.linked(LinkKind::Table, table).cloned().collect();
        for user in users {
            self.schema.edit(&user, |other| {
                other.constraints.retain(|own| {
                    let ConstraintKind::ForeignKey { table: Some(to), referred, .. } = &own.kind else {
                        return true;
                    };
                    if fold(dialect, to) != key {
                        return true;
                    }
                    let needs = match (referred, columns) {
                        (Some(referred), Some(columns)) => {
                            Truth::from(same_columns(referred, columns, dialect))
                        }
                        _ => Truth::Maybe,
                    };
                    if needs.is_yes() && certain {
                        return false;
                    }
                    if !needs.is_no() {
                        Arc::make_mut(own).certain = false;
                    }
                    true
                });
            });
        }
    }

    /// `ADD CONSTRAINT … USING INDEX …`.
    pub(super) fn promote_index(
        &mut self,
        table: &TableName,
        index: &str,
        name: Option<&str>,
        primary: bool,
    ) {
        self.need_table(table);
        let dialect = self.dialect();
        let whole = TableName::new(table.schema.as_deref(), index);
        let Some(found) = self.schema.table(table) else { return };
        let Some(own) = found.index(index, dialect).cloned() else {
            let is_other = self.schema.has_table(&whole).or(self.schema.has_view(&whole)).is_yes();
            if is_other || self.index_owner(&whole).is_some_and(|(_, certain)| certain) {
                let message = format!("index \"{index}\" does not belong to table \"{table}\"");
                self.fail(FailureKind::Other, ObjectName::index(Some(table), index), message);
            } else if found.has_index(index, dialect).is_no() && self.index_owner(&whole).is_none() {
                let message = format!("index \"{index}\" does not exist");
                self.fail(FailureKind::NoSuchIndex, ObjectName::index(Some(table), index), message);
            } else {
                self.schema.edit(table, Table::make_constraints_uncertain);
            }
            return;
        };
        let object = ObjectName::index(Some(table), index);
        if own.certain && !own.unique {
            self.fail(FailureKind::Other, object, format!("\"{index}\" is not a unique index"));
            return;
        }
        if own.certain && own.has_expressions {
            self.fail(FailureKind::Other, object, format!("index \"{index}\" contains expressions"));
            return;
        }
        if own.certain && own.is_partial {
            self.fail(FailureKind::Other, object, format!("\"{index}\" is a partial index"));
            return;
        }
        let columns = own.columns.clone();
        let kind =
            if primary { ConstraintKind::PrimaryKey { columns } } else { ConstraintKind::Unique { columns } };
        self.schema.edit(table, |table| {
            table.indexes.retain_by(&Key::name(dialect, index), |_| false);
        });
        let name = Name::exact(name.unwrap_or(index));
        self.add_constraint(table, &ConstraintDef { name, kind });
    }

    /// A foreign key that certainly needs a key of these columns: the table that has it.
    pub(super) fn key_user(&self, table: &TableName, columns: &[Box<str>]) -> Option<TableName> {
        let key = self.schema.fold(table);
        let dialect = self.dialect();
        self.schema.linked(LinkKind::Table, table).find_map(|other| {
            let other = self.schema.table(other).filter(|other| other.certain)?;
            let needs = |own: &&Arc<Constraint>| {
                own.certain
                    && self.refers(&own.kind, &key)
                    && matches!(&own.kind, ConstraintKind::ForeignKey { referred: Some(referred), .. }
                        if same_columns(referred, columns, dialect))
            };
            other.constraints.iter().find(needs).map(|_| other.name.clone())
        })
    }

    /// PostgreSQL: whether the new name of a key is that of something that shares its names with indexes.
    fn is_index_to_be(&self, table: &TableName, name: &str, to: &str) -> bool {
        let own = self.schema.table(table).and_then(|table| table.constraint(name, self.dialect()));
        self.is(Dialect::Postgresql)
            && own.is_some_and(|own| own.certain && own.is_index())
            && self.is_taken(&TableName::new(table.schema.as_deref(), to))
    }

    pub(super) fn rename_constraint(&mut self, table: &TableName, name: &str, to: &str) {
        self.need_table(table);
        let dialect = self.dialect();
        let Some(found) = self.schema.table(table) else { return };
        let (has, has_to) = (found.has_constraint(name, dialect), found.has_constraint(to, dialect));
        if has.is_no() {
            let message = format!("constraint \"{name}\" for table \"{table}\" does not exist");
            self.fail(FailureKind::NoSuchConstraint, ObjectName::constraint(table, name), message);
        } else if has_to.is_yes() || self.is_index_to_be(table, name, to) {
            let message = format!("constraint \"{to}\" for relation \"{table}\" already exists");
            self.fail(FailureKind::ConstraintExists, ObjectName::wanted(table, to), message);
            return;
        }
        self.schema.edit(table, |table| {
            table.constraints.retain_by(&Key::name(dialect, name), |constraint| {
                Arc::make_mut(constraint).name = Name::exact(to);
                true
            });
        });
        self.changed(SchemaChange::ConstraintRenamed {
            table: table.clone(),
            name: name.into(),
            to: to.into(),
        });
    }
}

/// Whether two lists name the same columns, in any order.
fn same_columns(one: &[Box<str>], two: &[Box<str>], dialect: Dialect) -> bool {
    one.len() == two.len() && one.iter().all(|one| two.iter().any(|two| same(dialect, one, two)))
}

/// How many keys of exactly these columns a table has, two where there are more; `None` where there may be others.
pub(super) fn n_keys(table: &Table, columns: &[Box<str>], dialect: Dialect) -> Option<usize> {
    let is_open = !table.constraints_known
        || !table.indexes_known
        || table.constraints.by(&Key::OfAny).next().is_some()
        || table.indexes.by(&Key::OfAny).next().is_some();
    let key = Key::of(dialect, columns);
    let constraints = table.constraints.by(&key).filter_map(|own| own.columns());
    let indexes = table.indexes.by(&key).filter_map(|own| own.columns.as_deref());
    let alike = constraints.chain(indexes).filter(|own| own.len() == columns.len());
    (!is_open).then(|| alike.take(2).count())
}

/// Whether a table has a key of exactly these columns.
fn has_key(table: &Table, columns: &[Box<str>], dialect: Dialect) -> Truth {
    n_keys(table, columns, dialect).map_or(Truth::Maybe, |n| Truth::from(n > 0))
}
