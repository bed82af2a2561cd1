//! What holds whichever of two ways was taken.

use std::sync::Arc;

use super::State;
use super::reach::common;
use super::value::{BatchChange, BatchValue, Object, Scope, StatementValue, TableValue, Value};
use crate::schema::{SearchPath, TypeDef};

impl State {
    /// What both agree on.
    pub(super) fn join(&self, other: &Self) -> Self {
        // What only one of them made has no meaning in the other; its place is not given to anything else.
        let length = self.heap.len().max(other.heap.len());
        let lost = Arc::new(Object::Lost);
        let heap = (0..length)
            .map(|at| match (self.heap.get(at), other.heap.get(at)) {
                (Some(a), Some(b)) if Arc::ptr_eq(a, b) => Arc::clone(a),
                (Some(a), Some(b)) => Arc::new(joined(a, b)),
                _ => Arc::clone(&lost),
            })
            .collect();
        let mut loaded = self.loaded.clone();
        loaded.retain(|name, place| other.loaded.get(name) == Some(place));
        let mut elsewhere = self.elsewhere.clone();
        elsewhere.retain(|name, place| other.elsewhere.get(name) == Some(place));
        Self {
            heap,
            vague_below: self.vague_below.max(other.vague_below),
            schema: self.schema.join(&other.schema),
            transaction: self.transaction.join(other.transaction),
            search_path: if self.search_path == other.search_path {
                self.search_path.clone()
            } else {
                SearchPath::NotKnown { is_listed: false }
            },
            loaded,
            elsewhere,
        }
    }
}

fn joined(a: &Object, b: &Object) -> Object {
    if a == b {
        return a.clone();
    }
    match (a, b) {
        (Object::Scope(a), Object::Scope(b)) if a.parent == b.parent => {
            let mut scope = Scope { is_open: a.is_open | b.is_open, ..a.clone() };
            for (name, value) in &mut scope.names {
                let other = b.names.get(name);
                if other != Some(value) {
                    *value = either(Some(value), other);
                }
            }
            for (name, value) in &b.names {
                if !scope.names.contains_key(name) {
                    scope.names.insert(name.clone(), either(None, Some(value)));
                }
            }
            Object::Scope(scope)
        }
        // What only one of them asks for may be asked for or not.
        (Object::Batch(a), Object::Batch(b)) if a.table == b.table && a.is_open == b.is_open => {
            let n_same = a.changes.iter().zip(&b.changes).take_while(|(a, b)| a == b).count();
            let (same, rest) = a.changes.split_at(n_same);
            let others = rest.iter().chain(&b.changes[n_same..]);
            let doubted = others.map(|change| BatchChange { in_doubt: true, ..change.clone() });
            Object::Batch(BatchValue { changes: same.iter().cloned().chain(doubted).collect(), ..a.clone() })
        }
        _ => Object::Lost,
    }
}

/// What two tables of one name have in common.
fn joined_tables(a: &TableValue, b: &TableValue) -> TableValue {
    fn common<T: Clone + PartialEq>(a: &[T], b: &[T]) -> Vec<T> {
        a.iter().filter(|own| b.contains(own)).cloned().collect()
    }
    let has_same = a.constraints == b.constraints;
    TableValue {
        name: a.name.clone(),
        columns: common(&a.columns, &b.columns),
        constraints: common(&a.constraints, &b.constraints),
        indexes: common(&a.indexes, &b.indexes),
        is_complete: a.is_complete && b.is_complete && a.columns == b.columns && a.indexes == b.indexes,
        has_all_constraints: a.has_all_constraints && b.has_all_constraints && has_same,
        has_all_keys: a.has_all_keys && b.has_all_keys && has_same,
        is_temporary: a.is_temporary || b.is_temporary,
        metadata: a.metadata.filter(|_| a.metadata == b.metadata),
    }
}

/// One of two values.
pub(super) fn either(a: Option<&Value>, b: Option<&Value>) -> Value {
    let may_act = |value: Option<&Value>| {
        matches!(
            value,
            Some(
                Value::Foreign(_)
                    | Value::Function(..)
                    | Value::Decorated(..)
                    | Value::Class(_)
                    | Value::Path(_)
                    | Value::Partial(_)
                    | Value::Method(_)
            )
        )
    };
    if let (Some(Value::Column(a)), Some(Value::Column(b))) = (a, b)
        && a.name == b.name
        && a.name.is_some()
    {
        // A column of that name, and the rest is not known.
        let mut column = (**a).clone();
        if a.def.kind != b.def.kind {
            column.def.kind = TypeDef::default();
        }
        if a.def.nullable != b.def.nullable {
            column.def.nullable = None;
        }
        return Value::Column(Arc::new(column));
    }
    match (a, b) {
        // Rows are read or changed, and what both use is used.
        (Some(Value::Statement(a)), Some(Value::Statement(b))) if a.verb == b.verb => {
            let uses = a.uses.iter().filter(|used| b.uses.contains(used)).cloned().collect();
            let calls = [a.calls.as_slice(), b.calls.as_slice()].concat();
            Value::Statement(Arc::new(StatementValue { calls, ..StatementValue::new(a.verb, uses) }))
        }
        (Some(Value::Table(a)), Some(Value::Table(b))) if a.name == b.name => {
            Value::Table(Arc::new(joined_tables(a, b)))
        }
        (Some(a @ Value::Foreign(_)), Some(b @ Value::Foreign(_))) => common(a, b),
        _ if may_act(a) || may_act(b) => Value::Foreign(None),
        _ => Value::Data,
    }
}
