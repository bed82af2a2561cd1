//! What of the schema is in doubt, and which call took the certainty.
//!
//! Goes through a history step by step, and looks only at the tables that a step touched: what is in doubt after it and
//! was not before was taken by one of its calls.

use std::cell::LazyCell;
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
        let mut places: BTreeMap<_, usize> =
            self.taken.iter().enumerate().map(|(at, own)| ((own.script, own.range), at)).collect();
        for call in other.taken {
            let at = *places.entry((call.script, call.range)).or_insert(self.taken.len());
            match self.taken.get_mut(at) {
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
    /// The places in `calls`.
    places: BTreeMap<(usize, TextRange), usize>,
}

/// What the calls of a step touch, to be found by name: each with its place in the log, in order.
struct Touched<'a> {
    log: &'a [Entry],
    dialect: Dialect,
    /// Calls that may touch everything.
    all: Vec<usize>,
    /// What they bring.
    brought: Names,
    /// Tables that they may do something to.
    tables: Names,
    /// What they fail for.
    missed: Names,
    /// Tables that they change for certain or not.
    changed: Names,
}

/// Objects by the words that each is found by.
type Names = BTreeMap<Box<str>, Vec<(ObjectName, usize)>>;

impl Doubts {
    /// Takes in one revision.
    pub(super) fn step(&mut self, script: usize, log: &[Entry], before: &Schema, after: &Schema) {
        for (from, to) in log.iter().flat_map(|entry| &entry.outcome.changes).filter_map(renamed) {
            // What is in doubt goes on to be so under another name.
            let (from, to) = (after.fold(from), after.fold(to));
            self.tables.remove(&from).map(|call| self.tables.insert(to.clone(), call));
            self.columns.remove(&from).map(|columns| self.columns.insert(to, columns));
        }
        // Most steps leave nothing in doubt.
        let touched = LazyCell::new(|| Touched::of(log, after.rules().dialect));
        for name in after.tables_apart(before) {
            let table = after.table(&name);
            match table {
                Some(table) if !table.is_closed() => {
                    if !self.tables.contains_key(&name) {
                        let call = self.call(script, &touched, &name, None);
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
                let call = call.unwrap_or_else(|| self.call(script, &touched, &name, Some(&column.name)));
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
        touched: &Touched<'_>,
        table: &TableName,
        column: Option<&str>,
    ) -> usize {
        let (range, what) = touched.by(table, column).map_or_else(
            || (TextRange::empty(0), Box::from("what it does is not known")),
            |entry| (entry.range, words(entry)),
        );
        *self.places.entry((script, range)).or_insert_with(|| {
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

impl<'a> Touched<'a> {
    fn of(log: &'a [Entry], dialect: Dialect) -> Self {
        let mut own = Self {
            log,
            dialect,
            all: Vec::new(),
            brought: Names::new(),
            tables: Names::new(),
            missed: Names::new(),
            changed: Names::new(),
        };
        let put = |names: &mut Names, object: ObjectName, at| {
            names.entry(object.key()).or_default().push((object, at));
        };
        for (at, entry) in log.iter().enumerate() {
            let is_told = match &entry.operation {
                Operation::Unknown { touches: Touches::Everything, .. } => {
                    own.all.push(at);
                    true
                }
                Operation::Unknown { touches: Touches::Table(name) | Touches::TableItself(name), .. } => {
                    put(&mut own.tables, ObjectName::Table(name.clone()), at);
                    true
                }
                _ => false,
            };
            for change in &entry.outcome.changes {
                change.brings().into_iter().for_each(|object| put(&mut own.brought, object, at));
                for table in change.tables() {
                    let table = ObjectName::Table(table.clone());
                    if !is_told && !entry.is_certain {
                        put(&mut own.tables, table.clone(), at);
                    }
                    put(&mut own.changed, table, at);
                }
            }
            let objects = entry.outcome.failures.iter().filter_map(|failure| failure.object.as_ref());
            objects.filter(|_| !is_told).for_each(|object| put(&mut own.missed, object.clone(), at));
        }
        own
    }

    /// The call that took the certainty of a table, or of a column of it.
    fn by(&self, table: &TableName, column: Option<&str>) -> Option<&'a Entry> {
        let own = ObjectName::Table(table.clone());
        let wanted = column.map_or_else(|| own.clone(), |column| ObjectName::column(table, column));
        // What came before the table was made has not touched it.
        let since = self.last(&self.brought, &own).unwrap_or(0);
        let everything = self.all[self.all.partition_point(|at| *at < since)..].first().copied();
        let touched = self.first(&self.tables, &own, since);
        let missed = self.first(&self.missed, &wanted, since);
        let found = [everything, touched, missed].into_iter().flatten().min();
        let found = found.or_else(|| self.last(&self.changed, &own)).map(|at| &self.log[at]);
        found.or_else(|| self.log.iter().find(|entry| is_unknown(entry))).or(self.log.last())
    }

    fn first(&self, names: &Names, object: &ObjectName, since: usize) -> Option<usize> {
        let all = names.get(&object.key())?;
        let mut later = all[all.partition_point(|(_, at)| *at < since)..].iter();
        later.find(|(own, _)| own.is(object, self.dialect)).map(|(_, at)| *at)
    }

    fn last(&self, names: &Names, object: &ObjectName) -> Option<usize> {
        let mut all = names.get(&object.key())?.iter();
        all.rfind(|(own, _)| own.is(object, self.dialect)).map(|(_, at)| *at)
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
