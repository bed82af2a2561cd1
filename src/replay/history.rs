//! The life of each table: when it and its columns came and went.
//!
//! Made by comparing, after each revision, only the tables that it touched or may have touched. Times are places in the order of the replay,
//! so the schema at a revision is what came by then and has not gone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Placed, Replay};
use crate::schema::{Table, TableName};
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    let mut open: BTreeMap<TableName, TableLife> = BTreeMap::new();
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
                    let mut life = TableLife {
                        name: name.clone(),
                        from: at,
                        until: None,
                        doubts: Vec::new(),
                        columns: Vec::new(),
                        others: Vec::new(),
                        events: Vec::new(),
                    };
                    life.update(at, table);
                    open.insert(name.clone(), life);
                }
                (_, None) => {}
            }
        }
        for Placed { range, what } in &step.upgrade.changes {
            for name in what.tables() {
                if let Some(life) = open.get_mut(&written(name.clone())) {
                    life.events.push(Event { step: at, range: *range, what: what.to_string() });
                }
            }
        }
        for name in touched {
            if step.after.table(&name).is_none()
                && let Some(mut life) = open.remove(&name)
            {
                life.until = Some(at);
                closed.push(life);
            }
        }
    }
    closed.extend(open.into_values());
    closed.sort_by(|a, b| (&a.name, a.from).cmp(&(&b.name, b.from)));
    closed
}

impl TableLife {
    /// Takes what changed.
    fn update(&mut self, at: usize, table: &Table) {
        let doubt = if table.is_closed() { Vec::new() } else { vec![()] };
        renew(&mut self.doubts, doubt, at);
        let columns: Vec<ColumnLife> = table
            .columns
            .iter()
            .map(|column| ColumnLife {
                name: column.name.to_string(),
                kind: column.kind.written.to_string(),
                nullable: column.nullable,
                default: column.default.as_deref().map(ToOwned::to_owned),
                certain: table.is_certain(column),
            })
            .collect();
        renew(&mut self.columns, columns, at);
        renew(&mut self.others, others(table), at);
    }
}

/// Ends what is no longer there, and begins what is new.
fn renew<T: PartialEq>(spans: &mut Vec<Span<T>>, mut now: Vec<T>, at: usize) {
    for span in spans.iter_mut().filter(|span| span.until.is_none()) {
        match now.iter().position(|what| *what == span.what) {
            Some(place) => {
                now.remove(place);
            }
            None => span.until = Some(at),
        }
    }
    spans.retain(|span| span.until != Some(span.from));
    spans.extend(now.into_iter().map(|what| Span { what, from: at, until: None }));
}

/// Keys, constraints and indexes as phrases.
fn others(table: &Table) -> Vec<String> {
    let list =
        |columns: Option<&[Box<str>]>| columns.map_or_else(|| "…".to_owned(), |columns| columns.join(", "));
    let named = |name: Option<&str>| name.map_or(String::new(), |name| format!(" {name}"));
    let mut phrases = Vec::new();
    for constraint in &table.constraints {
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
    for index in &table.indexes {
        let unique = if index.unique { "unique index" } else { "index" };
        phrases.push(format!("{unique}{} ({})", named(index.name.written()), list(index.columns.as_deref())));
    }
    phrases
}
