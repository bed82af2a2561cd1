//! What of the schema is in doubt, and which call took the certainty.
//!
//! Goes through a history step by step, and looks only at the tables that a step touched: what is in doubt after it and
//! was not before was taken by one of its calls.

use std::collections::BTreeMap;

use super::run::Entry;
use crate::schema::{Dialect, Extent, ObjectName, Operation, Schema, SchemaChange, TableName, Touches};
use crate::text::TextRange;

/// How much of the schema is certain at the head, and what took the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Tables and columns.
    pub extent: Extent,
    /// Whether there may be tables that no migration names.
    pub may_have_more: bool,
    /// The calls that took the certainty of some: those that took the most first, then in the order of the history.
    pub taken: Vec<Taken>,
}

impl Known {
    /// The same of two databases together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.extent.certain += other.extent.certain;
        self.extent.all += other.extent.all;
        self.may_have_more |= other.may_have_more;
        for call in other.taken {
            match self.taken.iter_mut().find(|own| (own.script, own.range) == (call.script, call.range)) {
                Some(own) => own.count += call.count,
                None => self.taken.push(call),
            }
        }
        self.taken.sort_by_key(|call| std::cmp::Reverse(call.count));
        self
    }
}

/// A call that took the certainty of tables and columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The migration, by its place among the scripts.
    pub script: usize,
    /// The call.
    pub range: TextRange,
    /// What is not known of it: `a DO block`.
    pub what: Box<str>,
    /// How many tables and columns at the head are in doubt because of it.
    pub count: usize,
}

/// What is in doubt so far, each with the place in `calls` of what took it.
#[derive(Debug, Clone, Default)]
pub(super) struct Doubts {
    calls: Vec<Taken>,
    /// Tables that may not be there, or may have other columns.
    tables: BTreeMap<TableName, usize>,
    /// Columns that may not be there, of whatever table.
    columns: BTreeMap<TableName, BTreeMap<Box<str>, usize>>,
}

impl Doubts {
    /// Takes in one revision.
    pub(super) fn step(&mut self, script: usize, log: &[Entry], before: &Schema, after: &Schema) {
        for (from, to) in log.iter().flat_map(|entry| &entry.outcome.changes).filter_map(renamed) {
            // What is in doubt goes on to be so under another name.
            let (from, to) = (after.fold(from), after.fold(to));
            self.tables.remove(&from).map(|call| self.tables.insert(to.clone(), call));
            self.columns.remove(&from).map(|columns| self.columns.insert(to, columns));
        }
        let dialect = after.rules().dialect;
        for name in after.tables_apart(before) {
            let table = after.table(&name);
            match table {
                Some(table) if !table.is_closed() => {
                    if !self.tables.contains_key(&name) {
                        let call = self.call(script, log, &name, None, dialect);
                        self.tables.insert(name.clone(), call);
                    }
                }
                _ => {
                    self.tables.remove(&name);
                }
            }
            let known = self.columns.remove(&name).unwrap_or_default();
            let mut columns = BTreeMap::new();
            for column in table.iter().flat_map(|table| &table.columns).filter(|column| !column.certain) {
                let call = known.get(&column.name).copied();
                let call = call.unwrap_or_else(|| self.call(script, log, &name, Some(&column.name), dialect));
                columns.insert(column.name.clone(), call);
            }
            if !columns.is_empty() {
                self.columns.insert(name, columns);
            }
        }
    }

    /// The call of a step that took the certainty of a table, or of a column of it.
    fn call(
        &mut self,
        script: usize,
        log: &[Entry],
        table: &TableName,
        column: Option<&str>,
        dialect: Dialect,
    ) -> usize {
        let own = ObjectName::Table(table.clone());
        let is_it = |name: &TableName| ObjectName::Table(name.clone()).is(&own, dialect);
        let wanted = column.map_or(own.clone(), |column| ObjectName::column(table, column));
        let changes = |entry: &Entry| entry.outcome.changes.iter().any(|change| change.tables().any(is_it));
        let misses = |entry: &Entry| {
            let objects = entry.outcome.failures.iter().filter_map(|failure| failure.object.as_ref());
            objects.into_iter().any(|object| object.is(&wanted, dialect))
        };
        // What came before the table was made has not touched it.
        let made = log.iter().rposition(|entry| {
            let made = |change: &SchemaChange| change.brings().iter().any(|object| object.is(&own, dialect));
            entry.outcome.changes.iter().any(made)
        });
        let since = &log[made.unwrap_or(0)..];
        let touches = |entry: &&Entry| match &entry.operation {
            Operation::Unknown { touches: Touches::Everything, .. } => true,
            Operation::Unknown { touches: Touches::Table(name) | Touches::TableItself(name), .. } => {
                is_it(name)
            }
            _ => misses(entry) || !entry.is_certain && changes(entry),
        };
        let found = since.iter().find(touches).or_else(|| log.iter().rfind(|entry| changes(entry)));
        let found = found.or_else(|| log.iter().find(|entry| is_unknown(entry))).or(log.last());
        let (range, what) = found.map_or_else(
            || (TextRange::empty(0), Box::from("what it does is not known")),
            |entry| (entry.range, words(entry)),
        );
        let known = self.calls.iter().position(|call| call.script == script && call.range == range);
        known.unwrap_or_else(|| {
            self.calls.push(Taken { script, range, what, count: 0 });
            self.calls.len() - 1
        })
    }

    /// What is known at the head, where the schema is this.
    pub(super) fn known(&self, head: &Schema) -> Known {
        let mut taken = self.calls.clone();
        for (name, table) in head.tables() {
            let Extent { certain, all } = table.extent();
            if let Some(&call) = self.tables.get(name) {
                taken[call].count += all - certain;
                continue;
            }
            for &call in self.columns.get(name).into_iter().flat_map(BTreeMap::values) {
                taken[call].count += 1;
            }
        }
        taken.retain(|call| call.count > 0);
        // Those of one count stay in the order of the history.
        taken.sort_by_key(|call| std::cmp::Reverse(call.count));
        Known { extent: head.extent(), may_have_more: !head.tables_are_known(), taken }
    }
}

fn is_unknown(entry: &Entry) -> bool {
    matches!(entry.operation, Operation::Unknown { .. })
}

fn renamed(change: &SchemaChange) -> Option<(&TableName, &TableName)> {
    match change {
        SchemaChange::TableRenamed { table, to } => Some((table, to)),
        _ => None,
    }
}

/// What is not known of a call.
fn words(entry: &Entry) -> Box<str> {
    if let Operation::Unknown { what, .. } = &entry.operation {
        return what.clone();
    }
    // What was refused is gone on from as if it had been there.
    let refused = entry.outcome.failures.first().map(|failure| failure.message.clone());
    let does = refused.or_else(|| entry.outcome.changes.first().map(ToString::to_string));
    let does = does.unwrap_or_else(|| "what it does is not known in full".to_owned());
    if entry.is_certain { does.into() } else { format!("{does}, perhaps: only running tells").into() }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::replay::{Account, History, Known, Width};
    use crate::schema::{Dialect, NamingConvention};
    use crate::source::{ProjectModules, Running, read_script};

    /// What is known at the head of a history of upgrades, each written as its statements.
    fn known(upgrades: &[&str]) -> Known {
        let script = |(at, body): (usize, &&str)| {
            let source = format!(
                "from alembic import op\nimport sqlalchemy as sa\nrevision = '{at}'\ndown_revision = None\n\
                 def upgrade():\n    {body}\n"
            );
            read_script(&TreePath::parse(&format!("{at}.py")).expect("relative"), source.as_bytes())
        };
        let scripts: Vec<_> = upgrades.iter().enumerate().map(script).collect();
        let order: Vec<_> = (0..scripts.len()).collect();
        let account = Account::of(&History {
            scripts: &scripts,
            order: Some(&order),
            dialect: Some(Dialect::Postgresql),
            convention: &NamingConvention::default(),
            project: &ProjectModules::none(),
            width: Width::default(),
            running: &Running::default(),
        });
        account.best().expect("it was followed").known()
    }

    /// How much is certain of how much, and the calls that took the rest: script, what, how many.
    fn told(upgrades: &[&str]) -> (usize, usize, Vec<(usize, String, usize)>) {
        let known = known(upgrades);
        let taken = known.taken.into_iter().map(|call| (call.script, call.what.to_string(), call.count));
        (known.extent.certain, known.extent.all, taken.collect())
    }

    const T: &str = "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('x', sa.Text()))";
    const ANYTHING: &str = "op.execute(open('x').read())";

    #[test]
    fn what_is_understood_is_certain() {
        assert_eq!(told(&[T, "op.drop_column('t', 'x')"]), (2, 2, vec![]));
        assert!(!known(&[T]).may_have_more && known(&[T, ANYTHING]).may_have_more);
    }

    #[test]
    fn the_first_call_that_may_have_touched_it_took_the_certainty() {
        let u = "op.create_table('u', sa.Column('id', sa.Integer()))";
        let computed = |script, count| vec![(script, "SQL that is computed".to_owned(), count)];
        assert_eq!(told(&[T, ANYTHING, ANYTHING, u]), (2, 5, computed(1, 3)));
        // What is made after it in the same migration is certain.
        assert_eq!(told(&[T, &format!("{ANYTHING}\n    {u}")]), (2, 5, computed(1, 3)));
        // What is in doubt goes on to be so under another name.
        let perhaps =
            "if op.get_bind().scalar('SELECT 1'):\n        op.add_column('t', sa.Column('y', sa.Text()))";
        let what = "adds column t.y, perhaps: only running tells".to_owned();
        assert_eq!(told(&[T, perhaps, "op.rename_table('t', 'v')"]), (3, 4, vec![(1, what, 1)]));
    }

    #[test]
    fn what_is_made_anew_is_certain_again() {
        let anew = format!("op.execute('DROP TABLE IF EXISTS t')\n    {T}");
        assert_eq!(told(&[T, ANYTHING, &anew]), (3, 3, vec![]));
    }

    #[test]
    fn a_condition_and_a_failure_take_what_they_are_about() {
        let perhaps =
            "if op.get_bind().scalar('SELECT 1'):\n        op.add_column('t', sa.Column('y', sa.Text()))";
        let what = "adds column t.y, perhaps: only running tells".to_owned();
        assert_eq!(told(&[T, perhaps]), (3, 4, vec![(1, what, 1)]));
        let missing = "op.create_index('i', 't', ['x', 'gone'])";
        assert_eq!(told(&[T, missing]), (3, 4, vec![(1, "no such column: t.gone".to_owned(), 1)]));
    }
}
