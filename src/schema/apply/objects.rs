//! Sequences and schemas, and other names for what is no table.

use std::sync::Arc;

use super::Applying;
use crate::schema::list::Key;
use crate::schema::names::same;
use crate::schema::state::{Detail, ObjectKind};
use crate::schema::{
    Dialect, Edit, FailureKind, ObjectName, Relation, SchemaChange, Table, TableName, Touches,
};

impl Applying<'_> {
    pub(super) fn create_sequence(
        &mut self,
        name: &TableName,
        owner: Option<&TableName>,
        if_not_exists: bool,
    ) {
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
        self.need_namespace(name);
        self.check_type_name(name);
        if let Some(owner) = owner {
            self.need_table(owner);
            self.check_owner(name, owner);
        }
        self.put(ObjectKind::Sequence, name, true, Detail::Sequence { owner: owner.cloned() });
        self.changed(SchemaChange::SequenceCreated { name: name.clone() });
    }

    fn check_owner(&mut self, name: &TableName, owner: &TableName) {
        if self.schema.fold(name).schema != self.schema.fold(owner).schema && !self.has_failed() {
            let message = "sequence must be in same schema as table it is linked to".to_owned();
            self.fail(FailureKind::Other, ObjectName::Sequence(name.clone()), message);
        }
    }

    /// A sequence must be there; whether it is.
    fn need_sequence(&mut self, name: &TableName, if_exists: bool) -> bool {
        if !self.schema.has_sequence(name).is_no() {
            return true;
        }
        let object = ObjectName::Sequence(name.clone());
        if self.is_other_relation(name) || self.schema.has_view(name).is_yes() {
            self.fail(FailureKind::Other, object, format!("\"{name}\" is not a sequence"));
        } else if !if_exists && self.schema.has_table(name).is_no() {
            self.fail(FailureKind::NoSuchTable, object, format!("sequence \"{name}\" does not exist"));
        }
        false
    }

    pub(super) fn drop_sequence(&mut self, name: &TableName, if_exists: bool, cascade: bool) {
        if !self.is(Dialect::Postgresql) || !self.need_sequence(name, if_exists) {
            return;
        }
        let key = self.schema.fold(name);
        let mut users = Vec::new();
        for (_, table) in self.schema.tables() {
            for column in &table.columns {
                if column.default.as_deref().is_some_and(|default| takes_from(default, &key)) {
                    users.push((table.name.clone(), column.name.clone(), column.certain && table.certain));
                }
            }
        }
        if let Some((table, column, _)) = users.iter().find(|(_, _, certain)| *certain && !cascade) {
            let message = format!("cannot drop sequence {name} because {table}.{column} depends on it");
            self.fail(FailureKind::StillReferenced, ObjectName::Sequence(name.clone()), message);
        }
        let dialect = self.dialect();
        for (table, of, _) in users {
            self.schema.edit(&table, |table| {
                table.columns.retain_by(&Key::name(dialect, &of), |column| {
                    if column.name == of {
                        Arc::make_mut(column).set_default(None);
                    }
                    true
                });
            });
        }
        self.schema.put_object(ObjectKind::Sequence, name, None);
        self.changed(SchemaChange::SequenceDropped { name: name.clone() });
    }

    /// PostgreSQL: the functions that a default calls must be there, and the sequence that it takes its values from.
    pub(super) fn need_default(&mut self, default: Option<&str>) {
        self.need_functions(default);
        let Some(name) = default.filter(|_| self.is(Dialect::Postgresql)).and_then(taken_from) else {
            return;
        };
        let name = match name.split_once('.') {
            Some((schema, name)) => TableName::new(Some(schema), name),
            None => TableName::plain(&name),
        };
        if self.schema.has_sequence(&name).or(self.schema.has_table(&name)).is_no() {
            let message = format!("sequence \"{name}\" does not exist");
            self.fail(FailureKind::NoSuchTable, ObjectName::Sequence(name), message);
        }
    }

    pub(super) fn alter_sequence(
        &mut self,
        name: &TableName,
        owner: &Edit<Option<TableName>>,
        if_exists: bool,
    ) {
        if !self.is(Dialect::Postgresql) || !self.need_sequence(name, if_exists) {
            return;
        }
        let certain = self.schema.has(ObjectKind::Sequence, name).is_yes();
        match owner {
            Edit::Set(owner) => {
                if let Some(owner) = owner {
                    self.need_table(owner);
                    self.check_owner(name, owner);
                }
                if self.schema.object(ObjectKind::Sequence, name).is_some() {
                    let owner = owner.clone();
                    self.put(ObjectKind::Sequence, name, certain, Detail::Sequence { owner });
                }
            }
            Edit::Keep | Edit::Unknown => {}
        }
    }

    /// Sequences that go with a table.
    pub(super) fn drop_owned(&mut self, table: &TableName) {
        let key = self.schema.fold(table);
        let is_owned = |detail: &Detail| matches!(detail, Detail::Sequence { owner: Some(owner) } if self.schema.fold(owner) == key);
        let sequences = self.schema.objects_of(ObjectKind::Sequence);
        let owned: Vec<_> =
            sequences.filter(|own| is_owned(&own.detail)).map(|own| own.name.clone()).collect();
        for name in owned {
            self.schema.put_object(ObjectKind::Sequence, &name, None);
            self.changed(SchemaChange::SequenceDropped { name });
        }
    }

    /// Whether a name is certainly that of a table, a sequence or an index of PostgreSQL, and of no view.
    pub(super) fn is_other_relation(&self, name: &TableName) -> bool {
        let is_postgresql = self.is(Dialect::Postgresql);
        self.schema.has_table(name).is_yes()
            || is_postgresql && self.schema.has(ObjectKind::Sequence, name).is_yes()
            || is_postgresql && self.is_index(name)
    }

    /// Whether a name is certainly that of an index.
    pub(super) fn is_index(&self, name: &TableName) -> bool {
        self.index_owner(name).is_some_and(|(_, certain)| certain)
            || self.schema.has(ObjectKind::Index, name).is_yes()
    }

    pub(super) fn begin_savepoint(&mut self, name: &str) {
        let now = Arc::new(self.schema.clone());
        if let Some(savepoints) = &mut self.schema.savepoints {
            savepoints.push((name.into(), now));
        }
    }

    /// A savepoint ends, and those that began after it. One that is rolled back to stands on.
    pub(super) fn end_savepoint(&mut self, name: &str, rolls_back: bool) {
        let dialect = self.dialect();
        if self.is(Dialect::Mysql) {
            // What changes the schema there has ended it before.
            return;
        }
        let Some(savepoints) = &mut self.schema.savepoints else {
            if rolls_back {
                self.schema.taint(&Touches::Everything);
            }
            return;
        };
        let Some(at) = savepoints.iter().rposition(|(own, _)| same(dialect, own, name)) else {
            self.report(FailureKind::Other, None, format!("no such savepoint: {name}"), true);
            return;
        };
        savepoints.truncate(at + 1);
        let last = savepoints.last().map(|(_, schema)| Arc::clone(schema));
        if let Some(before) = last.filter(|_| rolls_back) {
            let mut back = (*before).clone();
            back.savepoints = self.schema.savepoints.take();
            *self.schema = back;
        } else if let Some(savepoints) = &mut self.schema.savepoints {
            savepoints.pop();
        }
    }

    /// Another name for what is, or is said to be, no table. PostgreSQL takes `ALTER TABLE` and `ALTER INDEX` for anything.
    pub(super) fn rename(
        &mut self,
        kind: Option<Relation>,
        name: &TableName,
        to: &TableName,
        if_exists: bool,
    ) {
        let takes = |wanted: Relation| kind.is_none_or(|kind| kind == wanted || kind == Relation::Index);
        let view = self.view(name).map(|query| query.materialized);
        let fits = if self.schema.has_table(name).is_yes() {
            kind.is_none_or(|kind| kind == Relation::Index)
        } else if let Some(materialized) = view {
            takes(if materialized { Relation::MaterializedView } else { Relation::View })
        } else if self.schema.has(ObjectKind::Sequence, name).is_yes() {
            takes(Relation::Sequence)
        } else if self.is_index(name) {
            takes(Relation::Index)
        } else {
            self.rename_what_may_be(kind, name, to, if_exists);
            return;
        };
        if !fits {
            self.fail_table(FailureKind::Other, name, format!("\"{name}\" is something else"));
            return;
        }
        let moves = self.schema.fold(name).schema != self.schema.fold(to).schema;
        if moves && self.keep_in_session(name) {
            return;
        }
        if self.schema.has_table(name).is_yes() {
            self.rename_table(name, to);
            return;
        }
        if moves && self.is_index(name) {
            self.fail_table(FailureKind::Other, name, format!("cannot change the schema of index {name}"));
            return;
        }
        if moves {
            self.need_namespace(to);
        }
        if self.is_moved_nowhere(name, to) {
            return;
        }
        if self.is_taken(to) {
            let kind = if kind == Some(Relation::Index) {
                FailureKind::IndexExists
            } else {
                FailureKind::TableExists
            };
            self.fail_table(kind, to, format!("relation \"{to}\" already exists"));
            return;
        }
        if view.is_some() {
            self.check_type_name(to);
            self.rename_view(name, to);
        } else if let Some(sequence) = self.schema.object(ObjectKind::Sequence, name).cloned() {
            self.schema.put_object(ObjectKind::Sequence, name, None);
            self.put(ObjectKind::Sequence, to, sequence.certain, sequence.detail.clone());
            self.rename_in_defaults(name, to);
            self.changed(SchemaChange::SequenceDropped { name: name.clone() });
            self.changed(SchemaChange::SequenceCreated { name: to.clone() });
        } else if let Some(index) = self.schema.object(ObjectKind::Index, name).cloned() {
            self.schema.put_object(ObjectKind::Index, name, None);
            self.put(ObjectKind::Index, to, index.certain, index.detail.clone());
            self.changed(SchemaChange::IndexRenamed { name: name.name.clone(), to: to.name.clone() });
        } else {
            self.rename_index(name, &to.name);
        }
    }

    /// PostgreSQL: what is of the session stays there; whether it is.
    fn keep_in_session(&mut self, name: &TableName) -> bool {
        let Some(own) = self.schema.object(ObjectKind::OfSession, name) else { return false };
        let is_sure = own.certain;
        let message = "cannot move objects into or out of temporary schemas".to_owned();
        let object = Some(ObjectName::Table(name.clone()));
        self.report(FailureKind::NotSupported, object, message, is_sure);
        is_sure
    }

    /// Of a name that is none of what is certainly there.
    fn rename_what_may_be(
        &mut self,
        kind: Option<Relation>,
        name: &TableName,
        to: &TableName,
        if_exists: bool,
    ) {
        let moves = self.schema.fold(name).schema != self.schema.fold(to).schema;
        if moves && self.keep_in_session(name) {
            return;
        }
        let may_be_index = self.schema.has_open_indexes() || self.index_owner(name).is_some();
        let may_be_sequence = !self.schema.has_sequence(name).is_no();
        let may_be_view = !self.schema.has_view(name).is_no();
        let may_be_table = !self.schema.has_table(name).is_no();
        let may_be = match kind {
            None | Some(Relation::Index) => may_be_index || may_be_sequence || may_be_view || may_be_table,
            Some(Relation::Sequence) => may_be_sequence,
            Some(Relation::View | Relation::MaterializedView) => may_be_view,
        };
        if !may_be {
            if !if_exists && kind == Some(Relation::Index) {
                let object = ObjectName::index(None, &name.name);
                self.fail(FailureKind::NoSuchIndex, object, format!("no such index: {name}"));
            } else if !if_exists {
                self.fail_table(FailureKind::NoSuchTable, name, format!("no such table: {name}"));
            }
            return;
        }
        let is_table = kind.is_none() && may_be_table && !may_be_index && !may_be_sequence && !may_be_view;
        if !is_table {
            self.redirect_perhaps(name);
        }
        match kind {
            Some(Relation::Index) if self.index_owner(name).is_some() => self.rename_index(name, &to.name),
            Some(Relation::View | Relation::MaterializedView) => {
                self.schema.put_object(ObjectKind::View, name, None);
                let detail = Detail::View(crate::schema::ViewQuery {
                    materialized: kind == Some(Relation::MaterializedView),
                    ..crate::schema::ViewQuery::default()
                });
                self.put(ObjectKind::View, to, !if_exists, detail);
            }
            Some(Relation::Sequence) => {
                self.put(ObjectKind::Sequence, to, !if_exists, Detail::Sequence { owner: None });
            }
            None if is_table => self.rename_table(name, to),
            None if may_be_table => {
                let mut table = self
                    .schema
                    .table(name)
                    .cloned()
                    .unwrap_or_else(|| Table::assumed(to.clone(), self.dialect()));
                table.name = to.clone();
                table.make_uncertain();
                self.schema.edit(name, Table::make_uncertain);
                self.schema.put_table(to, Some(table));
                self.rename_of_session(name, to);
            }
            _ => {}
        }
    }

    /// Defaults follow a sequence that is renamed.
    fn rename_in_defaults(&mut self, name: &TableName, to: &TableName) {
        let key = self.schema.fold(name);
        let takes = |table: &Table| {
            table.columns.iter().any(|own| own.default.as_deref().is_some_and(|own| takes_from(own, &key)))
        };
        let users: Vec<_> =
            self.schema.tables().filter(|(_, table)| takes(table)).map(|(name, _)| name.clone()).collect();
        for user in users {
            self.schema.edit(&user, |table| {
                table.columns.each(|column| {
                    if column.default.as_deref().is_some_and(|own| takes_from(own, &key)) {
                        Arc::make_mut(column).set_default(Some(format!("nextval('{to}')").into()));
                    }
                });
            });
        }
    }

    pub(super) fn create_namespace(&mut self, name: &str, if_not_exists: bool) {
        let namespace = TableName::plain(name);
        let is_there = self.schema.has(ObjectKind::Namespace, &namespace).is_yes() || name == "public";
        if is_there {
            if !if_not_exists {
                self.schema_exists(name);
            }
            return;
        }
        self.put(ObjectKind::Namespace, &namespace, true, Detail::Nothing);
        self.changed(SchemaChange::SchemaCreated { name: name.into() });
    }

    fn schema_exists(&mut self, name: &str) {
        let message = format!("schema \"{name}\" already exists");
        self.fail(FailureKind::Other, ObjectName::Schema(name.into()), message);
    }

    /// Something outside of the migrations may have made a schema that they do not make: that it is missing is not certain.
    fn no_schema(&mut self, name: &str) {
        let message = format!("schema \"{name}\" does not exist");
        self.report(FailureKind::Other, Some(ObjectName::Schema(name.into())), message, false);
    }

    /// What is in a schema, by kind and name.
    fn inside(&self, name: &str) -> Vec<(ObjectKind, TableName)> {
        let key = self.schema.fold(&TableName::new(Some(name), "")).schema;
        let mut inside: Vec<_> =
            self.schema.tables_in(name).map(|table| (ObjectKind::Table, table)).collect();
        for kind in [ObjectKind::View, ObjectKind::Enum, ObjectKind::Sequence, ObjectKind::Index] {
            let own = self.schema.objects_of(kind).map(|object| self.schema.fold(&object.name));
            inside.extend(own.filter(|own| own.schema == key).map(|own| (kind, own)));
        }
        inside
    }

    pub(super) fn drop_namespace(&mut self, name: &str, if_exists: bool, cascade: bool) {
        let namespace = TableName::plain(name);
        if name != "public" && self.schema.has(ObjectKind::Namespace, &namespace).is_no() {
            if !if_exists {
                self.no_schema(name);
            }
            return;
        }
        let inside = self.inside(name);
        let is_there = |(kind, own): &(ObjectKind, TableName)| match kind {
            ObjectKind::Table => self.schema.has_table(own).is_yes(),
            kind => self.schema.has(*kind, own).is_yes(),
        };
        if !cascade && inside.iter().any(is_there) {
            let message = format!("cannot drop schema {name} because other objects depend on it");
            self.fail(FailureKind::StillReferenced, ObjectName::Schema(name.into()), message);
        }
        for (kind, own) in inside {
            match kind {
                ObjectKind::Table => {
                    self.drop_dependents(&own);
                    self.schema.put_table(&own, None);
                    self.changed(SchemaChange::TableDropped { table: own });
                }
                ObjectKind::View if self.schema.object(kind, &own).is_some() => {
                    self.drop_readers(&own);
                    self.remove_view(&own);
                }
                ObjectKind::Enum => self.drop_enum(Some(&own), true, true),
                ObjectKind::Sequence => self.drop_sequence(&own, true, true),
                kind => self.schema.put_object(kind, &own, None),
            }
        }
        self.schema.put_object(ObjectKind::Namespace, &namespace, None);
        self.changed(SchemaChange::SchemaDropped { name: name.into() });
    }

    /// All that is in a schema goes by its new name.
    pub(super) fn rename_namespace(&mut self, name: &str, to: &str) {
        let (from, target) = (TableName::plain(name), TableName::plain(to));
        if self.schema.has(ObjectKind::Namespace, &from).is_no() && name != "public" {
            self.no_schema(name);
        }
        if self.schema.has(ObjectKind::Namespace, &target).is_yes() || to == "public" {
            self.schema_exists(to);
            return;
        }
        let certain = self.schema.has(ObjectKind::Namespace, &from).is_yes();
        self.schema.put_object(ObjectKind::Namespace, &from, None);
        self.put(ObjectKind::Namespace, &target, certain, Detail::Nothing);
        for (kind, own) in self.inside(name) {
            let moved = TableName::new(Some(to), &own.name);
            match kind {
                ObjectKind::Table => self.rename_table(&own, &moved),
                ObjectKind::View => self.rename_view(&own, &moved),
                ObjectKind::Enum => self.rename_enum(&own, &moved),
                kind => {
                    if let Some(object) = self.schema.object(kind, &own).cloned() {
                        self.schema.put_object(kind, &own, None);
                        self.put(kind, &moved, object.certain, object.detail.clone());
                    }
                }
            }
        }
    }
}

/// Whether a default takes its values from that sequence.
fn takes_from(default: &str, sequence: &TableName) -> bool {
    taken_from(default).is_some_and(|name| name == sequence.to_string())
}

/// The sequence that a default takes its values from, as its text has it: `nextval('s.name')`.
fn taken_from(default: &str) -> Option<String> {
    let start = default.find("nextval(")?;
    let text = unquoted(default[start..].split('\'').nth(1)?);
    Some(text.strip_prefix("public.").unwrap_or(&text).to_owned())
}

/// A name with its schema, without the quotes of its parts. PostgreSQL reads what stands outside of them in small letters.
fn unquoted(name: &str) -> String {
    let mut text = String::new();
    let mut is_quoted = false;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => text.push('"'),
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => text.push(character),
            _ => text.push(character.to_ascii_lowercase()),
        }
    }
    text
}
