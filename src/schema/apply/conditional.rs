//! What is done under a condition, and what is tried: a block of PL/pgSQL, `ALTER TABLE IF EXISTS`.

use super::Applying;
use crate::schema::state::{ObjectKind, Schema};
use crate::schema::{
    Applied, Condition, Dialect, Failure, FailureKind, ObjectName, Operation, TableName, Truth,
};

impl Schema {
    /// Whether a condition holds.
    pub fn holds(&self, condition: &Condition) -> Truth {
        let mut schema = self.clone();
        Applying::on(&mut schema).truth(condition)
    }
}

impl Applying<'_> {
    pub(super) fn conditional(&mut self, condition: &Condition, then: &[Operation], otherwise: &[Operation]) {
        match self.truth(condition) {
            Truth::Yes => then.iter().for_each(|operation| self.apply(operation)),
            Truth::No => otherwise.iter().for_each(|operation| self.apply(operation)),
            Truth::Maybe => self.either(then, otherwise),
        }
    }

    /// One of two ways, and nobody knows which. Of a way that fails for certain, nobody sees what it left.
    fn either(&mut self, one: &[Operation], two: &[Operation]) {
        self.applied.in_doubt = true;
        let mut other = self.schema.clone();
        let first = self.attempt(one);
        std::mem::swap(self.schema, &mut other);
        let second = self.attempt(two);
        let fails = |applied: &Applied| applied.failures.iter().any(|failure| failure.certain);
        let (one_fails, two_fails) = (fails(&first), fails(&second));
        if two_fails && !one_fails {
            *self.schema = other;
        } else if one_fails == two_fails {
            *self.schema = self.schema.join(&other);
        }
        for applied in [first, second] {
            self.take(applied, false);
        }
    }

    /// Applies operations one after the other, and tells apart what came of them.
    fn attempt(&mut self, operations: &[Operation]) -> Applied {
        let (before, told) = (std::mem::take(&mut self.applied), std::mem::take(&mut self.told));
        operations.iter().for_each(|operation| self.apply(operation));
        self.told = told;
        std::mem::replace(&mut self.applied, before)
    }

    /// What came of some operations came of this one.
    fn take(&mut self, applied: Applied, certain: bool) {
        self.applied.in_doubt |= applied.in_doubt;
        self.applied.changes.extend(applied.changes);
        for failure in applied.failures {
            self.tell(Failure { certain: failure.certain && certain, ..failure });
        }
    }

    /// A block that catches failures: PostgreSQL rolls back to its beginning then.
    pub(super) fn tried(&mut self, body: &[Operation], handlers: &[(Vec<Box<str>>, Vec<Operation>)]) {
        let before = self.schema.clone();
        let is_whole = before.is_whole();
        let done = self.attempt(body);
        let failure = done.failures.iter().find(|failure| failure.certain).cloned();
        let Some(failure) = failure else {
            let is_sure = is_whole && done.failures.is_empty() && !done.in_doubt;
            self.take(Applied { failures: Vec::new(), ..done }, true);
            if !is_sure {
                // It may have failed, and then a handler ran.
                let after = self.schema.clone();
                *self.schema = before;
                let handled = handlers.first().map_or(&[][..], |(_, handled)| handled);
                let handled = self.attempt(handled);
                self.take(handled, false);
                *self.schema = self.schema.join(&after);
            }
            return;
        };
        let caught = |words: &Vec<Box<str>>| {
            words.iter().map(|word| catches(word, &failure)).fold(Truth::No, Truth::or)
        };
        for (words, handled) in handlers {
            match caught(words) {
                Truth::No => {}
                Truth::Yes => {
                    *self.schema = before;
                    let handled = self.attempt(handled);
                    self.take(handled, true);
                    return;
                }
                Truth::Maybe => {
                    let after = std::mem::replace(self.schema, before);
                    let handled = self.attempt(handled);
                    self.take(handled, false);
                    self.take(done, false);
                    *self.schema = self.schema.join(&after);
                    self.applied.in_doubt = true;
                    return;
                }
            }
        }
        self.take(done, true);
    }

    fn truth(&self, condition: &Condition) -> Truth {
        match condition {
            Condition::Known(known) => (*known).into(),
            Condition::Unknown => Truth::Maybe,
            Condition::Not(inner) => !self.truth(inner),
            Condition::And(one, two) => self.truth(one).and(self.truth(two)),
            Condition::Or(one, two) => self.truth(one).or(self.truth(two)),
            Condition::Relation(name) => self.has_relation(name),
            Condition::RelationAnywhere(name) => {
                self.anywhere(&TableName::plain(name), |name| self.has_relation(name))
            }
            Condition::Table(name) => {
                self.anywhere(name, |name| self.schema.has_table(name).or(self.schema.has_view(name)))
            }
            Condition::Column(table, column) => self.anywhere(table, |table| {
                let of_view = match self.view(table).map(|query| &query.columns) {
                    Some(Some(columns)) => {
                        let has = columns.iter().any(|own| own == column);
                        Truth::from(has).and(self.schema.has_view(table))
                    }
                    Some(None) => Truth::Maybe,
                    None => Truth::No,
                };
                self.schema.has_column(table, column).or(of_view)
            }),
            Condition::Constraint(Some(table), name) => {
                self.anywhere(table, |table| self.schema.has_constraint(table, name))
            }
            Condition::Constraint(None, name) => {
                let of = |(key, _): (&TableName, _)| self.schema.has_constraint(key, name);
                let known = if self.schema.tables_are_known() { Truth::No } else { Truth::Maybe };
                self.schema.tables().map(of).fold(known, Truth::or)
            }
            Condition::Index(name) => {
                let name = TableName::plain(name);
                if self.is_index(&name) {
                    Truth::Yes
                } else if self.index_owner(&name).is_some() || self.schema.has_open_indexes() {
                    Truth::Maybe
                } else {
                    Truth::No
                }
            }
            Condition::Type(name) => self.anywhere(name, |name| self.schema.has_enum(name)),
        }
    }

    /// A relation of any kind.
    fn has_relation(&self, name: &TableName) -> Truth {
        let index = if self.is_index(name) {
            Truth::Yes
        } else if self.index_owner(name).is_some() || self.schema.has_open_indexes() {
            Truth::Maybe
        } else {
            self.schema.has(ObjectKind::Index, name)
        };
        let index = if self.is(Dialect::Postgresql) { index } else { Truth::No };
        let has = self.schema.has_table(name).or(self.schema.has_view(name)).or(index);
        if has.is_yes() { has } else { has.or(self.schema.has_sequence(name)) }
    }

    /// A name without a schema may be in any: a catalogue is asked, which knows no search path.
    fn anywhere(&self, name: &TableName, has: impl Fn(&TableName) -> Truth) -> Truth {
        if name.schema.is_some() {
            return has(name);
        }
        let schemas = self.schema.objects_of(ObjectKind::Namespace).map(|own| own.name.name.clone());
        let places = schemas.map(|schema| TableName::new(Some(&schema), &name.name));
        std::iter::once(name.clone()).chain(places).map(|name| has(&name)).fold(Truth::No, Truth::or)
    }

    /// `ALTER TABLE … VALIDATE CONSTRAINT …`.
    pub(super) fn need_constraint(&mut self, table: &TableName, name: &str) {
        self.need_table(table);
        let dialect = self.dialect();
        if self.schema.table(table).is_some_and(|found| found.has_constraint(name, dialect).is_no()) {
            let message = format!("constraint \"{name}\" of relation \"{table}\" does not exist");
            self.fail(FailureKind::NoSuchConstraint, ObjectName::constraint(table, name), message);
        } else if self
            .schema
            .table(table)
            .and_then(|found| found.constraint(name, dialect))
            .is_some_and(|own| own.certain && own.is_index())
        {
            let message = format!("cannot validate constraint \"{name}\" of relation \"{table}\"");
            self.fail(FailureKind::Other, ObjectName::constraint(table, name), message);
        }
    }
}

/// Whether a condition of PL/pgSQL catches a failure. Source: PostgreSQL's manual, `Error Codes`.
fn catches(condition: &str, failure: &Failure) -> Truth {
    let kinds: &[FailureKind] = match condition.to_ascii_lowercase().as_str() {
        "others" => return Truth::Yes,
        "duplicate_table" => &[FailureKind::TableExists, FailureKind::IndexExists],
        "duplicate_column" => &[FailureKind::ColumnExists],
        "undefined_table" => &[FailureKind::NoSuchTable],
        "undefined_column" => &[FailureKind::NoSuchColumn],
        "dependent_objects_still_exist" => &[FailureKind::StillReferenced],
        // A key's name may be that of a relation, which is another condition.
        "duplicate_object" if failure.kind == FailureKind::ConstraintExists => {
            return if failure.message.starts_with("relation") { Truth::No } else { Truth::Yes };
        }
        "duplicate_object" if failure.kind == FailureKind::Other => {
            return failure.message.ends_with("already exists").into();
        }
        "undefined_object" if failure.kind == FailureKind::Other => {
            return failure.message.ends_with("does not exist").into();
        }
        "undefined_object" => &[FailureKind::NoSuchConstraint, FailureKind::NoSuchIndex],
        "duplicate_object" => &[],
        _ if failure.kind == FailureKind::Other || failure.kind == FailureKind::NotSupported => {
            return Truth::Maybe;
        }
        _ => &[],
    };
    kinds.contains(&failure.kind).into()
}
