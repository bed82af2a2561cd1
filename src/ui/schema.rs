//! The schema at one revision, and which revisions fail: plain functions over the report.
//!
//! Everything is worked out for the revision on screen alone, in one walk over the tables.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::Sides;
use super::query;
use super::state::{Selection, View};
use crate::drawing::Row;
use crate::report::{ColumnReport, Fate, ReplayReport, TableReport};
use crate::text::Shown;

/// How the upgrades of files fare that fail somewhere, by their paths: several files may have one id.
pub(super) type Fates = BTreeMap<Shown, Fate>;

/// Who fails on an empty database: after the plan where only the proposed side is drawn, else now.
pub(super) fn fates(view: &View, sides: Sides) -> Fates {
    let now = || view.environment().map(|environment| &environment.fates[..]);
    let after = || view.plan().map(|plan| &plan.fates[..]);
    let fates = if sides == Sides::Proposed { after() } else { now() };
    let failing = fates.unwrap_or_default().iter().filter(|fate| fate.upgrade > Fate::NotUnderstood);
    failing.map(|fate| (fate.path.clone(), fate.upgrade)).collect()
}

/// How the file of a row fares, if it fails somewhere.
pub(super) fn fate_of(fates: &Fates, row: &Row) -> Option<Fate> {
    fates.get(row.path.as_deref()?).copied()
}

/// The step of what is picked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// The step whose schema is shown.
    pub(super) step: usize,
    /// Whether a revision was picked that has this step; else it is the end.
    pub(super) is_picked: bool,
}

/// The step that is on screen; none where nothing was followed.
pub(super) fn moment(replay: &ReplayReport, selection: &Selection) -> Option<Moment> {
    let last = replay.steps.len().checked_sub(1)?;
    let picked = match selection {
        Selection::Revision(id) => replay.step_of(id),
        Selection::Nothing | Selection::Finding(_) => None,
    };
    Some(Moment { step: picked.unwrap_or(last), is_picked: picked.is_some() })
}

/// What a step did to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Touch {
    /// It created it.
    New,
    /// It changed it.
    Changed,
    /// It dropped it, so it is not there any more after the step.
    Dropped,
    /// It left it alone.
    Untouched,
}

impl Touch {
    /// The word that stands beside it, and is its class; none where nothing was done.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::New => Some("new"),
            Self::Changed => Some("changed"),
            Self::Dropped => Some("dropped"),
            Self::Untouched => None,
        }
    }
}

/// A table in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its name, with its schema where it has one.
    pub(super) name: Shown,
    /// What the step did to it.
    pub(super) touch: Touch,
    /// Whether it is certain that it is there, with these columns and no others.
    pub(super) certain: bool,
}

/// The tables at a step that a search lets through, those that the step touched first.
pub(super) fn listed(replay: &ReplayReport, step: usize, query: &str) -> Vec<Listed> {
    let mut tables: Vec<Listed> = replay
        .tables
        .iter()
        .filter(|table| table.is_at(step) || table.until == Some(step))
        .filter(|table| query.is_empty() || query::matches(query, &[&table.name]))
        .map(|table| Listed {
            name: table.name.clone(),
            touch: touch(table, step),
            certain: table.is_certain_at(step),
        })
        .collect();
    // The report has them in order of their names.
    tables.sort_by_key(|table| table.touch == Touch::Untouched);
    tables
}

fn touch(table: &TableReport, step: usize) -> Touch {
    if table.until == Some(step) {
        Touch::Dropped
    } else if table.from == step {
        Touch::New
    } else if table.is_touched_by(step) {
        Touch::Changed
    } else {
        Touch::Untouched
    }
}

/// The tables of a name, one after the other in time.
pub(super) fn lives<'r>(replay: &'r ReplayReport, name: &str) -> Vec<&'r TableReport> {
    replay.tables.iter().filter(|table| table.name == name).collect()
}

/// The columns of a table at a step, those too that the step dropped, in the order in which their names came.
pub(super) fn columns(table: &TableReport, step: usize) -> Vec<(&ColumnReport, Touch)> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, column) in table.columns.iter().enumerate() {
        places.entry(&column.name).or_insert(place);
    }
    let begun: BTreeSet<&str> = names(table, |column| column.from == step);
    let ended: BTreeSet<&str> = names(table, |column| column.until == Some(step));
    let is_old = table.from != step;
    let mut columns: Vec<_> = table
        .columns
        .iter()
        .filter_map(|column| {
            let name = &*column.name;
            if column.until == Some(step) {
                let is_gone = table.until != Some(step) && !begun.contains(name);
                return is_gone.then_some((column, Touch::Dropped));
            }
            // What is in doubt from now on has not changed.
            let touch = match (column.from == step && is_old && column.certain, ended.contains(name)) {
                (true, true) => Touch::Changed,
                (true, false) => Touch::New,
                (false, _) => Touch::Untouched,
            };
            column.is_at(step).then_some((column, touch))
        })
        .collect();
    columns.sort_by_key(|(column, _)| places.get(&*column.name).copied());
    columns
}

fn names(table: &TableReport, is: impl Fn(&ColumnReport) -> bool) -> BTreeSet<&str> {
    table.columns.iter().filter(|column| is(column)).map(|column| &*column.name).collect()
}

/// The keys, constraints and indexes of a table at a step, those too that the step dropped.
pub(super) fn others(table: &TableReport, step: usize) -> Vec<(&str, Touch)> {
    let is_old = table.from != step;
    let others = table.others.iter().filter_map(|other| {
        if other.until == Some(step) {
            return (table.until != Some(step)).then_some((&*other.what, Touch::Dropped));
        }
        let touch = if other.from == step && is_old { Touch::New } else { Touch::Untouched };
        other.is_at(step).then_some((&*other.what, touch))
    });
    others.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLAY: &str = r#"{"dialect": "sqlite", "ok": true, "failures": [], "understood": {"operations": 4, "unknown": 0},
        "steps": [
            {"revision": "a", "path": "a.py", "understood": {"operations": 2, "unknown": 0}, "unknown": [], "changes": [], "downgrade": "undoes"},
            {"revision": "b", "path": "b.py", "understood": {"operations": 2, "unknown": 0}, "unknown": [], "changes": [], "downgrade": "undoes"}
        ],
        "tables": [
            {"name": "gone", "certain": true, "from": 0, "until": 1, "columns": [], "others": [], "events": []},
            {"name": "other", "certain": true, "from": 0, "until": null, "columns": [], "others": [], "events": []},
            {"name": "user", "certain": true, "from": 0, "until": null,
             "columns": [
                {"name": "id", "type": "Integer", "nullable": false, "default": null, "certain": true, "from": 0, "until": 1},
                {"name": "old", "type": "Text", "nullable": true, "default": null, "certain": true, "from": 0, "until": 1},
                {"name": "late", "type": "Text", "nullable": true, "default": null, "certain": true, "from": 1, "until": null},
                {"name": "id", "type": "BigInteger", "nullable": false, "default": null, "certain": true, "from": 1, "until": null}
             ],
             "others": [{"what": "primary key (id)", "from": 0, "until": null}, {"what": "index i (late)", "from": 1, "until": null}],
             "events": [{"step": 0, "line": 3, "what": "creates table user"}, {"step": 1, "line": 4, "what": "adds column user.late"}]}
        ]}"#;

    fn replay() -> ReplayReport {
        serde_json::from_str(REPLAY).expect("a replay")
    }

    #[test]
    fn the_tables_that_a_step_touched_come_first() {
        let told = |step, query: &str| {
            let listed = listed(&replay(), step, query).into_iter();
            listed.map(|table| (table.name, table.touch)).collect::<Vec<_>>()
        };
        let table = |name: &str, touch| (Shown::line(name), touch);
        assert_eq!(
            told(1, ""),
            [table("gone", Touch::Dropped), table("user", Touch::Changed), table("other", Touch::Untouched)]
        );
        assert_eq!(told(0, "US"), [table("user", Touch::New)]);
    }

    #[test]
    fn a_column_stays_in_its_place_when_it_changes() {
        let replay = replay();
        let told = |step| {
            let columns = columns(&replay.tables[2], step).into_iter();
            columns
                .map(|(column, touch)| (column.name.clone(), column.kind.clone(), touch))
                .collect::<Vec<_>>()
        };
        let column = |name: &str, kind: &str, touch| (Shown::line(name), Shown::line(kind), touch);
        assert_eq!(
            told(0),
            [column("id", "Integer", Touch::Untouched), column("old", "Text", Touch::Untouched)]
        );
        assert_eq!(
            told(1),
            [
                column("id", "BigInteger", Touch::Changed),
                column("old", "Text", Touch::Dropped),
                column("late", "Text", Touch::New)
            ]
        );
        assert_eq!(
            others(&replay.tables[2], 1),
            [("primary key (id)", Touch::Untouched), ("index i (late)", Touch::New)]
        );
    }

    #[test]
    fn without_a_revision_it_is_the_end() {
        let at = |selection| moment(&replay(), &selection).map(|moment| (moment.step, moment.is_picked));
        assert_eq!(at(Selection::Nothing), Some((1, false)));
        assert_eq!(at(Selection::Revision("a".into())), Some((0, true)));
        assert_eq!(at(Selection::Revision("x".into())), Some((1, false)));
    }
}
