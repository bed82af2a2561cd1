//! What holds whichever of two ways was taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::list::{Key, List, Listed};
use super::state::{Detail, Object, ObjectKind, Schema};
use super::{Column, Constraint, Dialect, Index, Table, TypeDef, ViewQuery};

impl Schema {
    /// What holds whichever of two ways was taken: what is equal stays, and the rest may be. Costs as much as the ways
    /// have changed since they parted.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let mut joined = self.clone();
        let dialect = self.dialect();
        for (kind, name) in self.apart(other) {
            if kind != ObjectKind::Table {
                let one = self.object(kind, &name).map(AsRef::as_ref);
                let two = other.object(kind, &name).map(AsRef::as_ref);
                if one != two {
                    joined.put_object(kind, &name, join_objects(one, two));
                }
                continue;
            }
            let table = match (self.shared_table(&name), other.shared_table(&name)) {
                (Some(one), Some(two)) if Arc::ptr_eq(one, two) || one == two => continue,
                (Some(one), Some(two)) => Some(join_tables(one, two, dialect)),
                // It may be there already.
                (Some(table), None) if other.known.tables && !table.certain => continue,
                (Some(table), None) => Some(perhaps(table, other.known.tables)),
                (None, Some(table)) => Some(perhaps(table, self.known.tables)),
                (None, None) => continue,
            };
            joined.put_table(&name, table);
        }
        joined.known = self.known.both(other.known);
        joined.has_guards |= other.has_guards;
        joined.filled = self.filled_with(other);
        joined.transaction = self.transaction.join(&other.transaction);
        if !self.has_same_savepoints(other) {
            joined.savepoints = None;
        }
        joined
    }
}

impl Schema {
    /// Whether the savepoints that stand are the very same.
    fn has_same_savepoints(&self, other: &Self) -> bool {
        match (&self.savepoints, &other.savepoints) {
            (Some(one), Some(two)) => {
                one.len() == two.len()
                    && one.iter().zip(two).all(|(one, two)| one.0 == two.0 && Arc::ptr_eq(&one.1, &two.1))
            }
            _ => false,
        }
    }
}

/// A table that is there on one of two ways. On the other it may be there with anything in it, unless it is known not to.
fn perhaps(table: &Table, is_gone_there: bool) -> Table {
    let mut table = table.clone();
    if is_gone_there {
        table.certain = false;
    } else {
        table.make_uncertain();
    }
    table
}

fn join_objects(one: Option<&Object>, two: Option<&Object>) -> Option<Object> {
    let (Some(one), Some(two)) = (one, two) else {
        return one.or(two).map(|object| Object { certain: false, ..object.clone() });
    };
    let detail = match (&one.detail, &two.detail) {
        (one, two) if one == two => one.clone(),
        (Detail::View(one), Detail::View(two)) => {
            let mut reads: Vec<_> = one.reads.iter().chain(&two.reads).cloned().collect();
            reads.sort();
            reads.dedup();
            Detail::View(ViewQuery {
                columns: one.columns.clone().filter(|_| one.columns == two.columns),
                reads,
                is_whole: false,
                shows_all: one.shows_all && two.shows_all,
                materialized: one.materialized && two.materialized,
                temporary: one.temporary && two.temporary,
            })
        }
        (Detail::Enum { .. } | Detail::Composite, _) => Detail::Enum { values: None },
        _ => Detail::Nothing,
    };
    let is_same_view = !matches!(detail, Detail::View(_)) || one.detail == two.detail;
    // Of two ways of writing a name, the first by the alphabet.
    let name = one.name.clone().min(two.name.clone());
    Some(Object { name, certain: one.certain && two.certain && is_same_view, detail })
}

/// A table that is there on both ways.
pub(super) fn join_tables(one: &Table, two: &Table, dialect: Dialect) -> Table {
    let columns_known = one.columns_known && two.columns_known;
    let constraints_known = one.constraints_known && two.constraints_known;
    let indexes_known = one.indexes_known && two.indexes_known;
    let (columns, is_ordered) = join_columns(&one.columns, &two.columns, dialect);
    Table {
        name: one.name.clone().min(two.name.clone()),
        certain: one.certain && two.certain,
        columns,
        columns_known,
        order_known: one.order_known && two.order_known && is_ordered,
        constraints: join_lists(
            &one.constraints,
            &two.constraints,
            |own| Constraint { certain: false, ..own.clone() },
            dialect,
        ),
        constraints_known,
        indexes: join_lists(
            &one.indexes,
            &two.indexes,
            |own| Index { certain: false, ..own.clone() },
            dialect,
        ),
        indexes_known,
        is_guarded: one.is_guarded || two.is_guarded,
    }
}

/// Columns of both, in their order where that is one, or by name, and which of the two; then those of one only, by name.
fn join_columns(one: &List<Column>, two: &List<Column>, dialect: Dialect) -> (List<Column>, bool) {
    let perhaps = |own: &Column| Arc::new(Column { certain: false, ..own.clone() });
    // Of several of one name, the first.
    let mut places: BTreeMap<Key, (usize, &Arc<Column>)> = BTreeMap::new();
    for (at, own) in two.iter().enumerate() {
        places.entry(Key::name(dialect, &own.name)).or_insert((at, own));
    }
    let mut both = Vec::new();
    let mut rest = Vec::new();
    let mut at_last = None;
    let mut is_ordered = true;
    for own in one {
        match places.get(&Key::name(dialect, &own.name)) {
            Some((at, other)) => {
                is_ordered &= at_last < Some(*at);
                at_last = Some(*at);
                both.push(join_column(own, other));
            }
            None => rest.push(perhaps(own)),
        }
    }
    let only_there = two.iter().filter(|own| one.by(&Key::name(dialect, &own.name)).next().is_none());
    rest.extend(only_there.map(|own| perhaps(own)));
    if !is_ordered {
        both.sort_by(|one, two| one.name.cmp(&two.name));
    }
    rest.sort_by(|one, two| one.name.cmp(&two.name));
    both.extend(rest);
    (List::of(dialect, both), is_ordered)
}

fn join_column(one: &Arc<Column>, two: &Arc<Column>) -> Arc<Column> {
    if one == two {
        return one.clone();
    }
    let kind = if one.kind == two.kind { one.kind.clone() } else { TypeDef::default() };
    Arc::new(Column {
        name: one.name.clone().min(two.name.clone()),
        kind,
        nullable: one.nullable.filter(|_| one.nullable == two.nullable),
        default: one.default.clone().filter(|_| one.default == two.default),
        default_kind: if one.default_kind == two.default_kind {
            one.default_kind.clone()
        } else {
            Some(Arc::default())
        },
        generated: one.generated && two.generated,
        computed: one.computed.clone().filter(|_| one.computed == two.computed),
        certain: one.certain && two.certain,
    })
}

/// Equal ones stay; the others may be there.
fn join_lists<T: Ord + Listed>(
    one: &List<T>,
    two: &List<T>,
    perhaps: impl Fn(&T) -> T,
    dialect: Dialect,
) -> List<T> {
    // Where the first like each stands.
    let places = |list: &List<T>| {
        let mut places: BTreeMap<Arc<T>, usize> = BTreeMap::new();
        list.iter().enumerate().for_each(|(at, own)| {
            places.entry(Arc::clone(own)).or_insert(at);
        });
        places
    };
    let (in_one, in_two) = (places(one), places(two));
    let mut both = Vec::new();
    let mut rest = BTreeSet::new();
    let mut at_last = None;
    let mut is_ordered = true;
    for (at, own) in one.iter().enumerate() {
        match in_two.get(own) {
            Some(there) if in_one.get(own) == Some(&at) => {
                is_ordered &= at_last < Some(*there);
                at_last = Some(*there);
                both.push(Arc::clone(own));
            }
            Some(_) => {}
            None => {
                rest.insert(Arc::new(perhaps(own)));
            }
        }
    }
    let only_there = two.iter().filter(|own| !in_one.contains_key(*own));
    rest.extend(only_there.map(|own| Arc::new(perhaps(own))));
    if !is_ordered {
        both.sort();
    }
    let is_in_both = |own: &Arc<T>| in_one.contains_key(own) && in_two.contains_key(own);
    let rest: Vec<_> = rest.into_iter().filter(|own| !is_in_both(own)).collect();
    both.extend(rest);
    List::of(dialect, both)
}
