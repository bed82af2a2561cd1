//! The life of each table: when it and its columns came and went.
//!
//! Made by comparing, after each revision, only the tables that it touched or may have touched. Times are places in the order of the replay,
//! so the schema at a revision is what came by then and has not gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Placed, Replay};
use crate::schema::{Column, Constraint, Index, Table, TableName};
use crate::text::TextRange;

/// A table from its creation to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLife {
    /// Its name during that time.
    pub name: TableName,
    /// The step that brought it.
    pub from: usize,
    /// The step that took it, if one did.
    pub until: Option<usize>,
    /// When it is in doubt whether it is there, or which columns it has.
    pub doubts: Vec<Span<()>>,
    /// Its columns, in the order in which they came.
    pub columns: Vec<Span<ColumnLife>>,
    /// Its keys, constraints and indexes, as phrases.
    pub others: Vec<Span<String>>,
    /// What was done to it.
    pub events: Vec<Event>,
}

/// Something with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<T> {
    /// The thing.
    pub what: T,
    /// The step that brought it.
    pub from: usize,
    /// The step that took it or changed it, if one did.
    pub until: Option<usize>,
}

/// A column as it is for a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnLife {
    /// Its name.
    pub name: String,
    /// Its type as written.
    pub kind: String,
    /// Whether NULL is allowed.
    pub nullable: Option<bool>,
    /// The server's default as written.
    pub default: Option<String>,
    /// Whether all of that is certain: it is in doubt, too, where its table is.
    pub certain: bool,
}

/// One thing that was done to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The step.
    pub step: usize,
    /// The call.
    pub range: TextRange,
    /// What, as the end of a sentence: `adds column user.oauth_id`.
    pub what: String,
}

/// The lives of all tables of a replay, in order of name and time.
pub fn lives(replay: &Replay) -> Vec<TableLife> {
    let mut open: BTreeMap<TableName, Living<'_>> = BTreeMap::new();
    let mut closed = Vec::new();
    for (at, step) in replay.steps.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| &replay.steps[at].after);
        let mut touched = BTreeSet::new();
        for Placed { what, .. } in &step.upgrade.changes {
            touched.extend(what.tables().cloned());
        }
        touched.extend(before.into_iter().flat_map(|before| step.after.tables_apart(before)));
        // One table, however it is written.
        let written = |name| {
            let table = step.after.table(&name).or_else(|| before?.table(&name));
            table.map_or(name, |table| table.name.clone())
        };
        let touched: BTreeSet<_> = touched.into_iter().map(written).collect();
        for name in &touched {
            let now = step.after.table(name);
            match (open.get_mut(name), now) {
                (Some(life), Some(table)) => life.update(at, table),
                (None, Some(table)) => {
                    let life = TableLife {
                        name: name.clone(),
                        from: at,
                        until: None,
                        doubts: Vec::new(),
                        columns: Vec::new(),
                        others: Vec::new(),
                        events: Vec::new(),
                    };
                    let mut living = Living::new(life);
                    living.update(at, table);
                    open.insert(name.clone(), living);
                }
                (_, None) => {}
            }
        }
        for Placed { range, what } in &step.upgrade.changes {
            for name in what.tables() {
                if let Some(life) = open.get_mut(&written(name.clone())) {
                    life.life.events.push(Event { step: at, range: *range, what: what.to_string() });
                }
            }
        }
        for name in touched {
            if step.after.table(&name).is_none()
                && let Some(Living { mut life, .. }) = open.remove(&name)
            {
                life.until = Some(at);
                closed.push(life);
            }
        }
    }
    closed.extend(open.into_values().map(|living| living.life));
    closed.sort_by(|a, b| (&a.name, a.from).cmp(&(&b.name, b.from)));
    closed
}

/// A table that is there, or may be.
struct Living<'a> {
    life: TableLife,
    /// How it was the last time.
    last: Option<&'a Table>,
    /// The places of what has not ended, in order.
    doubts: Places<()>,
    columns: Places<ColumnLife>,
    others: Places<String>,
}

/// Where each of some things is.
type Places<T> = BTreeMap<T, Vec<usize>>;

impl<'a> Living<'a> {
    fn new(life: TableLife) -> Self {
        let (doubts, columns, others) = (Places::new(), Places::new(), Places::new());
        Self { life, last: None, doubts, columns, others }
    }

    /// Takes what changed. Costs as much as that, or as all of it where the table comes into doubt, or out of it.
    fn update(&mut self, at: usize, table: &'a Table) {
        let doubts = |table: &Table| if table.is_closed() { Vec::new() } else { vec![()] };
        let last = self.last.replace(table);
        let before = last.map(doubts).unwrap_or_default();
        renew(&mut self.life.doubts, &mut self.doubts, before, doubts(table), at);
        let alike = last.filter(|last| last.is_closed() == table.is_closed());
        let (gone, come) = match alike {
            Some(last) => last.columns.apart(&table.columns),
            None => (
                last.map(|last| last.columns.iter().collect()).unwrap_or_default(),
                table.columns.iter().collect(),
            ),
        };
        let gone = gone.into_iter().filter_map(|own| Some(column_life(last?, own))).collect();
        let come = come.into_iter().map(|own| column_life(table, own)).collect();
        renew(&mut self.life.columns, &mut self.columns, gone, come, at);
        let (gone, come) = match last {
            Some(last) => {
                let (constraints, new_constraints) = last.constraints.apart(&table.constraints);
                let (indexes, new_indexes) = last.indexes.apart(&table.indexes);
                (others(constraints, indexes), others(new_constraints, new_indexes))
            }
            None => (Vec::new(), others(&table.constraints, &table.indexes)),
        };
        renew(&mut self.life.others, &mut self.others, gone, come, at);
    }
}

fn column_life(table: &Table, column: &Column) -> ColumnLife {
    ColumnLife {
        name: column.name.to_string(),
        kind: column.kind.written.to_string(),
        nullable: column.nullable,
        default: column.default.as_deref().map(ToOwned::to_owned),
        certain: table.is_certain(column),
    }
}

/// Ends what is no longer there, and begins what is new. What goes and comes alike stays.
fn renew<T: Ord + Clone>(
    spans: &mut Vec<Span<T>>,
    places: &mut Places<T>,
    gone: Vec<T>,
    come: Vec<T>,
    at: usize,
) {
    let mut left: BTreeMap<T, usize> = BTreeMap::new();
    gone.into_iter().for_each(|what| *left.entry(what).or_default() += 1);
    for what in come {
        if let Some(n) = left.get_mut(&what).filter(|n| **n > 0) {
            *n -= 1;
            continue;
        }
        places.entry(what.clone()).or_default().push(spans.len());
        spans.push(Span { what, from: at, until: None });
    }
    for (what, n) in left {
        let own = places.get_mut(&what).into_iter().flatten();
        // Of several alike the last ones end.
        own.rev().take(n).for_each(|&mut place| spans[place].until = Some(at));
        if let Some(own) = places.get_mut(&what) {
            own.truncate(own.len().saturating_sub(n));
        }
    }
}

/// Keys, constraints and indexes as phrases.
fn others<'a>(
    constraints: impl IntoIterator<Item = &'a Arc<Constraint>>,
    indexes: impl IntoIterator<Item = &'a Arc<Index>>,
) -> Vec<String> {
    let list =
        |columns: Option<&[Box<str>]>| columns.map_or_else(|| "…".to_owned(), |columns| columns.join(", "));
    let named = |name: Option<&str>| name.map_or(String::new(), |name| format!(" {name}"));
    let mut phrases = Vec::new();
    for constraint in constraints {
        let name = named(constraint.name.written());
        let columns =
            constraint.columns().map_or(String::new(), |columns| format!(" ({})", columns.join(", ")));
        let target = match &constraint.kind {
            crate::schema::ConstraintKind::ForeignKey { table: Some(table), referred, .. } => {
                let referred =
                    referred.as_deref().map_or(String::new(), |columns| format!(" ({})", columns.join(", ")));
                format!(" to {table}{referred}")
            }
            _ => String::new(),
        };
        phrases.push(format!("{}{name}{columns}{target}", constraint.kind.title()));
    }
    for index in indexes {
        let unique = if index.unique { "unique index" } else { "index" };
        phrases.push(format!("{unique}{} ({})", named(index.name.written()), list(index.columns.as_deref())));
    }
    phrases
}
