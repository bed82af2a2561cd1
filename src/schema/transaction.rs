//! What the transaction at hand has made and not committed yet.
//!
//! Source: PostgreSQL's documentation of ALTER TYPE, and its errors 25001, `active_sql_transaction`, and 55P04,
//! `unsafe_new_enum_value_usage`. A label that is added to a type of the same transaction may be used in it since PostgreSQL 17.

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use super::state::Schema;
use super::{TableName, Truth};

/// A transaction, from the beginning or from the last commit on.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    /// Whether statements share one, so that a statement stands in it that has begun before.
    is_shared: Truth,
    /// Types that it may have made.
    types: RedBlackTreeSetSync<TableName>,
    /// Labels that it may have added to a type, and whether each certainly is one.
    labels: RedBlackTreeMapSync<Label, bool>,
}

/// A label of an enum type, by the name under which that is kept.
type Label = (TableName, Box<str>);

impl Transaction {
    pub(super) fn new() -> Self {
        Self {
            is_shared: Truth::Yes,
            types: RedBlackTreeSetSync::new_sync(),
            labels: RedBlackTreeMapSync::new_sync(),
        }
    }

    /// What holds whichever of two ways was taken.
    pub(super) fn join(&self, other: &Self) -> Self {
        let is_shared = if self.is_shared == other.is_shared { self.is_shared } else { Truth::Maybe };
        let mut joined = Self { is_shared, ..self.clone() };
        for name in &other.types {
            joined.types.insert_mut(name.clone());
        }
        let both = |label: &Label, one: &Self, two: &Self| one.is_certain(label) && two.is_certain(label);
        for label in self.labels.keys().chain(other.labels.keys()) {
            joined.labels.insert_mut(label.clone(), both(label, self, other));
        }
        joined
    }

    fn is_certain(&self, label: &Label) -> bool {
        self.labels.get(label) == Some(&true)
    }

    /// What is not understood may have committed it.
    pub(super) fn doubt(&mut self) {
        self.labels = RedBlackTreeMapSync::new_sync();
    }
}

impl Schema {
    /// From now on statements share a transaction, or each is one of its own.
    pub fn share_transaction(&mut self, is_shared: Truth) {
        self.transaction.is_shared = is_shared;
    }

    /// Whether statements share a transaction.
    pub(super) fn is_in_transaction(&self) -> Truth {
        self.transaction.is_shared
    }

    /// A transaction ends, certainly or perhaps, and another one begins.
    pub fn commit(&mut self, is_certain: bool) {
        self.transaction.doubt();
        if is_certain {
            self.transaction.types = RedBlackTreeSetSync::new_sync();
        }
    }

    /// A type is made.
    pub(super) fn note_type(&mut self, name: &TableName) {
        if !self.transaction.is_shared.is_no() {
            let key = self.fold(name);
            self.transaction.types.insert_mut(key);
        }
    }

    /// A label is added to a type.
    pub(super) fn note_label(&mut self, name: &TableName, label: &str, is_certain: bool) {
        if !self.transaction.is_shared.is_no() {
            let key = (self.fold(name), label.into());
            self.transaction.labels.insert_mut(key, is_certain);
        }
    }

    /// Labels and types go by other names; without one they are gone.
    pub(super) fn rename_type_in_transaction(&mut self, name: &TableName, to: Option<&TableName>) {
        let key = self.fold(name);
        let to = to.map(|to| self.fold(to));
        if self.transaction.types.remove_mut(&key)
            && let Some(to) = &to
        {
            self.transaction.types.insert_mut(to.clone());
        }
        let own = self.transaction.labels.range((key.clone(), "".into())..);
        let own: Vec<_> = own
            .take_while(|((of, _), _)| *of == key)
            .map(|(label, is_certain)| (label.clone(), *is_certain))
            .collect();
        for (label, is_certain) in own {
            self.transaction.labels.remove_mut(&label);
            if let Some(to) = &to {
                self.transaction.labels.insert_mut((to.clone(), label.1), is_certain);
            }
        }
    }

    /// A label goes by another name.
    pub(super) fn rename_label_in_transaction(&mut self, name: &TableName, label: &str, to: &str) {
        let key = self.fold(name);
        let before = (key.clone(), label.into());
        if let Some(is_certain) = self.transaction.labels.get(&before).copied() {
            self.transaction.labels.remove_mut(&before);
            self.transaction.labels.insert_mut((key, to.into()), is_certain);
        }
    }

    /// Whether a label may not be used before the transaction is committed.
    pub(super) fn is_uncommitted(&self, name: &TableName, label: &str) -> Truth {
        let key = self.fold(name);
        // Of a type that is made here too, it is for the server's release to say.
        let is_of_new_type = self.transaction.types.contains(&key);
        match self.transaction.labels.get(&(key, label.into())) {
            None => Truth::No,
            Some(true) if !is_of_new_type => self.transaction.is_shared,
            Some(_) if self.transaction.is_shared.is_no() => Truth::No,
            Some(_) => Truth::Maybe,
        }
    }
}
