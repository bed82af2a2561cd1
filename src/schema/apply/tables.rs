//! Tables: created, dropped, renamed.

use std::sync::Arc;

use super::Applying;
use crate::schema::join::join_tables;
use crate::schema::list::Key;
use crate::schema::names::{is_built_in, is_quoted, same};
use crate::schema::state::{Detail, Object, ObjectKind};
use crate::schema::{
    Access, Column, ColumnDef, Completeness, Constraint, ConstraintDef, ConstraintKind, Dialect, EnumDef,
    Exception, Failure, FailureKind, IndexDef, Name, ObjectName, SchemaChange, Table, TableName, Together,
    Truth, TypeDef, Unsuited,
};

impl Applying<'_> {
    pub(super) fn create_table(
        &mut self,
        name: &TableName,
        columns: &[ColumnDef],
        constraints: &[ConstraintDef],
        indexes: &[IndexDef],
        complete: Completeness,
        if_not_exists: bool,
    ) {
        self.check_declaration(name, columns, constraints, indexes, complete);
        self.make_types(columns);
        for column in columns {
            self.check_type(name, &column.name, &column.kind);
        }
        self.need_namespace(name);
        let before = self.schema.shared_table(&self.schema.fold(name)).cloned();
        let is_there = self.schema.has_table(name).is_yes();
        if is_there && if_not_exists {
            // SQLAlchemy creates the indexes all the same.
            self.create_indexes(name, columns, indexes);
            return;
        }
        if is_there || self.is_taken(name) {
            if !(if_not_exists && self.is(Dialect::Postgresql)) {
                self.fail_table(FailureKind::TableExists, name, format!("table {name} already exists"));
            }
            return;
        }
        self.check_type_name(name);
        for column in columns {
            self.check_default(name, &column.name, &column.kind, column.default.as_deref());
        }
        let mut table = Table::new(name.clone(), self.dialect());
        let has_all_keys =
            complete != Completeness::Open && !columns.iter().any(|column| column.may_bring_more);
        table.columns_known = complete.is_whole();
        table.constraints_known = has_all_keys;
        table.indexes_known = has_all_keys;
        if columns.is_empty() && complete.is_whole() && !self.is(Dialect::Postgresql) {
            self.fail_table(FailureKind::Other, name, format!("table {name} has no columns"));
        }
        for column in columns {
            if let Some(other) = table.column(&column.name, self.dialect()) {
                // SQLAlchemy itself has told of those that are written alike.
                if other.name != column.name {
                    self.column_exists(name, &column.name);
                }
                continue;
            }
            table.columns.push(Arc::new(made(column)));
        }
        for column in table.columns.iter().filter(|column| column.computed.is_some()) {
            self.check_computed_in(&table, column);
        }
        let declared = self.declared(name, columns, constraints);
        for (inside, constraint) in declared {
            self.add_to(&mut table, inside, &constraint, FailureKind::TableExists);
        }
        if self.is(Dialect::Sqlite) {
            // Its keys allow NULL where text of SQL does not say otherwise.
            let mut columns = columns.iter();
            table.columns.each(|own| {
                if let Some(declared) = columns.next().filter(|declared| declared.in_sql) {
                    Arc::make_mut(own).nullable = declared.nullable;
                }
            });
        }
        // Where it may have been there, it may be another one.
        let may_be_there = before.is_some() || !self.schema.has_table(name).is_no();
        if if_not_exists && may_be_there {
            let mut before =
                before.map_or_else(|| Table::assumed(name.clone(), self.dialect()), Arc::unwrap_or_clone);
            before.certain = true;
            table = join_tables(&before, &table, self.dialect());
        }
        let names = columns.iter().map(|column| column.name.clone()).collect();
        self.schema.put_table(name, Some(table));
        self.changed(SchemaChange::TableCreated { table: name.clone(), columns: names });
        self.create_indexes(name, columns, indexes);
    }

    fn create_indexes(&mut self, name: &TableName, columns: &[ColumnDef], indexes: &[IndexDef]) {
        for column in columns.iter().filter(|column| column.index) {
            self.create_index(name, &own_index(column), false);
        }
        for index in indexes {
            self.create_index(name, index, false);
        }
    }

    /// What SQLAlchemy refuses before it asks the database.
    fn check_declaration(
        &mut self,
        name: &TableName,
        columns: &[ColumnDef],
        constraints: &[ConstraintDef],
        indexes: &[IndexDef],
        complete: Completeness,
    ) {
        let mut names: Vec<_> = columns.iter().map(|column| &column.name).collect();
        names.sort();
        if let Some([twice, ..]) = names.windows(2).find(|two| two[0] == two[1]) {
            self.column_exists(name, twice);
        }
        if !complete.is_whole() {
            return;
        }
        let used = constraints.iter().filter_map(|constraint| constraint.kind.columns());
        let used = used.chain(indexes.iter().filter_map(|index| index.columns.as_deref())).flatten();
        for column in used {
            // SQLAlchemy itself tells capital from small letters; SQL does not.
            if !columns.iter().any(|own| same(self.dialect(), &own.name, column)) {
                self.no_column(name, column);
                return;
            }
        }
        let own = self.schema.fold(name);
        for constraint in constraints.iter().chain(columns.iter().flat_map(|column| &column.constraints)) {
            let ConstraintKind::ForeignKey { referred: Some(referred), .. } = &constraint.kind else {
                continue;
            };
            if let Some(column) =
                referred.iter().find(|theirs| columns.iter().all(|own| own.name != **theirs))
                && self.refers(&constraint.kind, &own)
            {
                // SQLAlchemy adds the column for the moment, and finds that it has no type.
                let message =
                    format!("(in table '{name}', column '{column}'): Can't generate DDL for NullType()");
                self.fail(FailureKind::Other, ObjectName::column(name, column), message);
                return;
            }
        }
    }

    /// The constraints of a table in the order in which the database makes them, each with the column that it stands in.
    fn declared(
        &mut self,
        table: &TableName,
        columns: &[ColumnDef],
        constraints: &[ConstraintDef],
    ) -> Vec<(Option<Box<str>>, ConstraintDef)> {
        // SQLAlchemy makes the constraints of columns when it makes the table, after those that are given.
        let mut all: Vec<_> = constraints.iter().map(|constraint| (None, constraint.clone())).collect();
        let keys: Vec<_> = columns.iter().filter(|own| own.primary_key).map(|own| own.name.clone()).collect();
        let is_key = |own: &ConstraintDef| matches!(own.kind, ConstraintKind::PrimaryKey { .. });
        // Of several keys, SQLAlchemy takes the last.
        let last = constraints.iter().rposition(is_key);
        let mut at = 0..;
        all.retain(|(_, own)| at.next() == last || !is_key(own));
        if !keys.is_empty() && last.is_none() {
            // Others may be of it.
            let is_known = !columns.iter().any(|own| own.may_bring_more && !own.primary_key);
            let kind = ConstraintKind::PrimaryKey { columns: is_known.then_some(keys) };
            let in_sql = columns.iter().any(|own| own.primary_key && own.in_sql);
            all.push((None, ConstraintDef { name: unnamed(in_sql), kind }));
        }
        for column in columns {
            all.extend(self.column_constraints(column));
        }
        // Foreign keys last: they may need a key of the same table.
        all.sort_by_key(|(_, constraint)| match constraint.kind {
            ConstraintKind::PrimaryKey { .. } => 0,
            ConstraintKind::ForeignKey { .. } => 2,
            ConstraintKind::Unique { .. }
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclude { .. }
            | ConstraintKind::Unknown => 1,
        });
        if self.is(Dialect::Postgresql) {
            self.merge_keys(table, &mut all);
        }
        all
    }

    /// PostgreSQL makes keys of the same columns into one, if they come in one statement; it has the first name given.
    fn merge_keys(&mut self, table: &TableName, all: &mut Vec<(Option<Box<str>>, ConstraintDef)>) {
        let mut at = 0;
        while let Some((_, constraint)) = all.get(at) {
            let is_same = |(_, other): &(_, ConstraintDef)| {
                matches!(other.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. })
                    && other.kind.columns() == constraint.kind.columns()
            };
            let is_unique = matches!(constraint.kind, ConstraintKind::Unique { columns: Some(_) });
            let Some(first) = all[..at].iter().position(is_same).filter(|_| is_unique) else {
                at += 1;
                continue;
            };
            let (_, constraint) = all.remove(at);
            let (_, first) = &mut all[first];
            if self.gets_a_name(table, &first.name, &first.kind).is_no() {
                first.name = constraint.name;
            }
        }
    }

    /// The constraints that a column declares, its type too, each with the column that it stands in.
    pub(super) fn column_constraints(&self, column: &ColumnDef) -> Vec<(Option<Box<str>>, ConstraintDef)> {
        let mut all = Vec::new();
        if column.unique && !column.index {
            let kind = ConstraintKind::Unique { columns: Some(vec![column.name.clone()]) };
            all.push((None, ConstraintDef { name: unnamed(column.in_sql), kind }));
        }
        if let Some(name) = self.type_check(column) {
            let own = &column.name;
            let condition = if is_quoted(own) {
                format!("\"{}\" IN (0, 1)", own.replace('"', "\"\"")).into()
            } else {
                format!("{own} IN (0, 1)").into()
            };
            all.push((None, ConstraintDef { name, kind: ConstraintKind::Check { condition } }));
        }
        for constraint in &column.constraints {
            let stands_inside = match constraint.kind {
                ConstraintKind::Check { .. } => true,
                // SQLAlchemy writes it beside the columns.
                ConstraintKind::ForeignKey { .. } => column.in_sql,
                _ => false,
            };
            all.push((stands_inside.then(|| column.name.clone()), constraint.clone()));
        }
        all
    }

    /// Adds a constraint to a table that is being made or altered. `exists` is what a taken name is called.
    pub(super) fn add_to(
        &mut self,
        table: &mut Table,
        inside: Option<Box<str>>,
        constraint: &ConstraintDef,
        exists: FailureKind,
    ) {
        let name = self.constraint_name(table, &constraint.name, &constraint.kind);
        self.check_constraint(table, &name, &constraint.kind, exists);
        if let ConstraintKind::PrimaryKey { columns: Some(columns) } = &constraint.kind {
            let dialect = self.dialect();
            let keys: Vec<_> = columns.iter().map(|own| Key::name(dialect, own)).collect();
            table.columns.retain_by_any(&keys, |column| {
                Arc::make_mut(column).nullable = Some(false);
                true
            });
        }
        // A column that is missing has been told of, and is taken to be there from now on.
        for column in constraint.kind.columns().unwrap_or_default() {
            if table.has_column(column, self.dialect()).is_no() {
                table.columns.push(Arc::new(super::Column::assumed(column)));
            }
        }
        let mut kind = constraint.kind.clone();
        if let ConstraintKind::ForeignKey { table: Some(to), referred: referred @ None, .. } = &mut kind
            && self.is(Dialect::Postgresql)
        {
            // PostgreSQL keeps the columns of the primary key.
            let is_own = self.schema.fold(to) == self.schema.fold(&table.name);
            let target = if is_own { Some(&*table) } else { self.schema.table(to) };
            let key = target.and_then(Table::primary_key).filter(|key| key.certain);
            *referred = key.and_then(Constraint::columns).map(Into::into);
        }
        if matches!(kind, ConstraintKind::PrimaryKey { .. }) {
            // Another one that may have been there was not, or this one would have been refused.
            table.constraints.retain_by(&Key::Primary, |own| own.certain);
        }
        table.constraints.push(Arc::new(Constraint { name, kind, inside, certain: true }));
    }

    /// PostgreSQL: enum types that `create_table` makes, and those that must be there.
    fn make_types(&mut self, columns: &[ColumnDef]) {
        if !self.is(Dialect::Postgresql) {
            return;
        }
        for ColumnDef { kind, default, .. } in columns {
            self.need_suited(kind);
            self.need_functions(default.as_deref());
            let Some(named) = &kind.named else { continue };
            let Some(name) = &named.name else {
                if named.with_table {
                    self.schema.known.enums = false;
                    self.schema.known.made = false;
                }
                continue;
            };
            let name = TableName::new(named.schema.as_deref(), name);
            if named.with_table {
                match self.schema.has(ObjectKind::Made, &name) {
                    Truth::No => self.create_enum(&name, named, false),
                    Truth::Maybe if !self.schema.has_enum(&name).is_yes() => {
                        self.put(
                            ObjectKind::Enum,
                            &name,
                            true,
                            Detail::Enum { values: named.values.clone() },
                        );
                    }
                    Truth::Yes | Truth::Maybe => {}
                }
                self.put(ObjectKind::Made, &name, true, Detail::Nothing);
            }
            self.need_named(named);
        }
    }

    /// SQLAlchemy must be able to write the type for this database.
    pub(super) fn check_type(&mut self, table: &TableName, column: &str, kind: &TypeDef) {
        if kind.refused_by.iter().any(|(own, _)| *own == self.dialect()) {
            let message = format!("{} has no type {}", self.dialect().title(), kind.written);
            self.fail(FailureKind::NotSupported, ObjectName::column(table, column), message);
        }
    }

    /// PostgreSQL: the type of a column must be there, and take what it is written with.
    pub(super) fn need_type(&mut self, kind: &TypeDef) {
        if self.is(Dialect::Postgresql) {
            self.need_suited(kind);
            kind.named.iter().for_each(|named| self.need_named(named));
        }
    }

    /// A type of another database is there if a migration has made one of that name.
    fn need_suited(&mut self, kind: &TypeDef) {
        self.need_type_of_extension(kind);
        match kind.unsuited {
            None | Some(Unsuited::OfExtension(_)) => {}
            Some(Unsuited::NoType(name)) => {
                let name = TableName::plain(name);
                let is_nowhere = !self.has_enum_anywhere(&name) && self.schema.has_enum(&name).is_no();
                if is_nowhere && self.schema.lacks_relation(&name) {
                    self.no_type(&name);
                }
            }
            Some(Unsuited::Modified(name)) => {
                let message = format!("type modifier is not allowed for type \"{name}\"");
                let failure = Failure::new(FailureKind::NotSupported, None, message, true);
                self.tell(Failure { exception: Exception::Database, ..failure });
            }
        }
    }

    fn need_named(&mut self, named: &EnumDef) {
        let Some(name) = &named.name else { return };
        let name = TableName::new(named.schema.as_deref(), name);
        if self.schema.has_enum(&name).is_no() && (!named.is_any || self.is_dropped_type(&name)) {
            self.no_type(&name);
            self.put(ObjectKind::Enum, &name, false, Detail::Enum { values: named.values.clone() });
        }
    }

    /// Something that is no table is there from now on, for certain or perhaps.
    pub(super) fn put(&mut self, sort: ObjectKind, name: &TableName, certain: bool, detail: Detail) {
        self.schema.put_object(sort, name, Some(Object { name: name.clone(), certain, detail }));
        if sort == ObjectKind::Enum && self.schema.object(ObjectKind::Dropped, name).is_some() {
            self.schema.put_object(ObjectKind::Dropped, name, None);
        }
    }

    /// A schema that the table is named with should be there. Nobody knows what else makes one.
    pub(super) fn need_namespace(&mut self, table: &TableName) {
        let key = self.schema.fold(table);
        let Some(schema) = &key.schema else { return };
        let namespace = TableName::plain(schema);
        let is_own = self.is(Dialect::Sqlite) && &**schema == "temp";
        if self.is(Dialect::Mysql) || is_own || !self.schema.has(ObjectKind::Namespace, &namespace).is_no() {
            return;
        }
        let message = match self.dialect() {
            Dialect::Sqlite => format!("unknown database {schema}"),
            Dialect::Postgresql | Dialect::Mysql => format!("schema \"{schema}\" does not exist"),
        };
        let failure =
            Failure::new(FailureKind::Other, Some(ObjectName::Schema(schema.clone())), message, false);
        self.tell(Failure { exception: Exception::Database, ..failure });
        self.put(ObjectKind::Namespace, &namespace, false, Detail::Nothing);
    }

    pub(super) fn drop_table(
        &mut self,
        name: &TableName,
        if_exists: bool,
        cascade: bool,
        together: &Together,
    ) {
        if self.schema.has_table(name).is_no() {
            if self.schema.has(ObjectKind::View, name).is_yes() || self.is_other_relation(name) {
                self.fail_table(FailureKind::Other, name, format!("{name} is a view, not a table"));
            } else if !if_exists && !is_built_in(self.dialect(), name) {
                self.fail_table(FailureKind::NoSuchTable, name, format!("no such table: {name}"));
            }
            return;
        }
        if cascade && self.is(Dialect::Postgresql) {
            self.drop_dependents(name);
        } else {
            self.check_references(name, together);
        }
        if self.schema.objects_of(ObjectKind::Child).next().is_some() {
            // Rows may be those of another table, which goes.
            self.schema.forget_rows();
        }
        self.drop_children(name, cascade, together);
        self.drop_owned(name);
        self.schema.put_table(name, None);
        self.schema.put_object(ObjectKind::OfSession, name, None);
        self.changed(SchemaChange::TableDropped { table: name.clone() });
    }

    pub(super) fn rename_table(&mut self, name: &TableName, to: &TableName) {
        self.need_table(name);
        if self.is_moved_nowhere(name, to) {
            return;
        }
        let (from, key) = (self.schema.fold(name), self.schema.fold(to));
        if self.is_taken(to) || from == key {
            self.fail_table(FailureKind::TableExists, to, format!("table {to} already exists"));
            return;
        }
        self.check_broken_views();
        if from.schema != key.schema {
            self.need_namespace(to);
            self.check_moved_indexes(name, to);
        }
        self.check_type_name(to);
        let mut table = match self.schema.shared_table(&from) {
            Some(table) => table.as_ref().clone(),
            // Nobody knows whether it is there; if the operation succeeds, it was.
            None => Table::assumed(to.clone(), self.dialect()),
        };
        table.name = to.clone();
        if self.is(Dialect::Mysql) {
            rename_made_names(&mut table, &name.name, &to.name);
        }
        let has_rows = self.schema.has_rows(name);
        self.rename_shadows(name, to);
        self.rename_among_children(name, to);
        self.rename_of_session(name, to);
        self.schema.put_table(name, None);
        self.schema.put_table(to, Some(table));
        if has_rows {
            self.schema.fill(to);
        }
        self.redirect(&from, to);
        self.changed(SchemaChange::TableRenamed { table: name.clone(), to: to.clone() });
    }

    /// A table of the session stays one under its new name.
    pub(super) fn rename_of_session(&mut self, name: &TableName, to: &TableName) {
        if self.schema.object(ObjectKind::OfSession, name).is_some() {
            self.schema.put_object(ObjectKind::OfSession, name, None);
            self.put(ObjectKind::OfSession, to, true, Detail::Nothing);
        }
    }
}

impl Applying<'_> {
    /// PostgreSQL: the names of a table's indexes must be free in the schema that it moves to.
    fn check_moved_indexes(&mut self, name: &TableName, to: &TableName) {
        let Some(table) = self.schema.table(name).filter(|_| self.is(Dialect::Postgresql)) else { return };
        let keys = table.constraints.iter().filter(|own| own.certain && own.is_index()).map(|own| &own.name);
        let indexes = table.indexes.iter().filter(|own| own.certain).map(|own| &own.name);
        let moved = keys.chain(indexes).filter_map(Name::written);
        let moved = moved.map(|name| TableName::new(to.schema.as_deref(), name));
        let taken = { moved }.find(|moved| self.is_taken(moved));
        if let Some(taken) = taken {
            self.fail_table(FailureKind::TableExists, to, format!("relation \"{taken}\" already exists"));
        }
    }
}

/// Names that begin as those do that MySQL makes follow the name of their table: its manual, `ALTER TABLE … RENAME`.
fn rename_made_names(table: &mut Table, from: &str, to: &str) {
    table.constraints.each(|constraint| {
        let label = match constraint.kind {
            ConstraintKind::ForeignKey { .. } => "_ibfk_",
            ConstraintKind::Check { .. } => "_chk_",
            _ => return,
        };
        let rest = constraint.name.written().and_then(|own| own.strip_prefix(from)?.strip_prefix(label));
        if let Some(name) = rest.map(|rest| format!("{to}{label}{rest}")) {
            Arc::make_mut(constraint).name = Name::exact(&name);
        }
    });
}

/// A constraint without a name, in text of SQL or not.
pub(super) fn unnamed(in_sql: bool) -> Name {
    if in_sql { Name::Default } else { Name::Unnamed }
}

/// A column as it is declared.
pub(super) fn made(column: &ColumnDef) -> Column {
    let mut made = Column {
        name: column.name.clone(),
        kind: column.kind.clone(),
        nullable: if column.primary_key && !column.in_sql { Some(false) } else { column.nullable },
        default: None,
        default_kind: None,
        generated: column.generated,
        computed: column.computed.clone(),
        certain: true,
    };
    made.set_default(column.default.clone());
    made
}

/// The index that `index=True` makes.
pub(super) fn own_index(column: &ColumnDef) -> IndexDef {
    IndexDef {
        name: Name::Unnamed,
        columns: Some(vec![column.name.clone()]),
        has_expressions: false,
        is_partial: false,
        condition: None,
        quoted: None,
        used: Vec::new(),
        unique: column.unique,
        access: Access::plain(std::slice::from_ref(&column.name)),
    }
}
