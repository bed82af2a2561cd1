//! `batch_alter_table`: changes that are made together when its block ends.

use super::directives::{self, Given};
use crate::replay::run::raised::Raised;
use crate::replay::run::sqlalchemy::table::table_name;
use crate::replay::run::value::{BatchChange, BatchValue, Object, Place, TableValue, Value};
use crate::replay::run::{Call, Evaluated, Machine};
use crate::schema::{ConstraintKind, Dialect, GivenTable, Operation, Recreate, TableName, Touches};
use crate::text::TextRange;

/// `op.batch_alter_table(…)`.
pub(super) fn begin(machine: &mut Machine<'_>, given: &Given<'_>) -> Value {
    let table = table_name(given.get("table_name"), given.get("schema"));
    let recreate = match given.get("recreate").and_then(Value::known_text) {
        Some("always") => Recreate::Always,
        Some("never") => Recreate::Never,
        _ => Recreate::Auto,
    };
    let names_unnamed = given.get("naming_convention").is_some();
    let given = given.some("copy_from").map(|value| match value {
        Value::Table(given) if given.name == table => given_table(given),
        _ => GivenTable::default(),
    });
    Value::Batch(machine.allocate(Object::Batch(BatchValue {
        table,
        changes: Vec::new(),
        recreate,
        names_unnamed: names_unnamed || given.is_some(),
        given,
        is_open: true,
    })))
}

/// `batch_op.name(…)`.
pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Evaluated {
    let Call { name, arguments, range } = call;
    if let Some(done) = directives::beside_batch(machine, name, arguments, range) {
        return done;
    }
    let Object::Batch(batch) = machine.state.object(place) else {
        machine.unknown("a batch that is not known", Touches::Everything, range)?;
        return Ok(Value::Data);
    };
    let Some(table) = batch.table.clone() else {
        // What it would do to a table, it does to some table.
        let made = directives::of_batch(machine, &TableName::plain(""), call)?;
        let touches = made.map_or(Touches::Everything, directives::of_some_table);
        machine.unknown("a batch of a table whose name is computed", touches, range)?;
        return Ok(Value::Data);
    };
    let Some(operation) = directives::of_batch(machine, &table, call)? else {
        machine.unknown(format!("batch_op.{name}"), Touches::Table(table), range)?;
        return Ok(Value::Data);
    };
    // What a helper of another file changes stands where the migration calls it.
    let range = machine.site.unwrap_or(range);
    match machine.state.object_mut(place) {
        Object::Batch(batch) if batch.is_open => {
            batch.changes.push(BatchChange { operation, range, in_doubt: false });
        }
        _ => machine.perform(operation, range)?,
    }
    Ok(Value::Data)
}

impl Machine<'_> {
    /// The end of the block: the changes are made.
    pub(in crate::replay::run) fn flush(&mut self, place: Place, range: TextRange) -> Result<(), Raised> {
        let Object::Batch(batch) = self.state.object_mut(place) else {
            return self.unknown("a batch that is not known", Touches::Everything, range);
        };
        batch.is_open = false;
        let (doubted, certain) = std::mem::take(&mut batch.changes).into_iter().partition(|own| own.in_doubt);
        let batch = batch.clone();
        self.change(BatchValue { changes: certain, ..batch.clone() }, range)?;
        // Each of the others may be among them or not.
        let doubted: Vec<BatchChange> = doubted;
        for change in doubted {
            let batch = BatchValue { changes: vec![change], ..batch.clone() };
            self.maybe(|machine| machine.change(batch.clone(), range).map(|()| false))?;
        }
        Ok(())
    }

    /// The changes of a batch are made.
    fn change(&mut self, batch: BatchValue, range: TextRange) -> Result<(), Raised> {
        let Some(table) = batch.table else { return Ok(()) };
        let simple = batch
            .changes
            .iter()
            .all(|own| matches!(own.operation, Operation::CreateIndex { .. } | Operation::DropIndex { .. }));
        let copies = match batch.recreate {
            Recreate::Always => true,
            Recreate::Never => false,
            Recreate::Auto => self.rules().dialect == Dialect::Sqlite && !simple,
        };
        if !copies {
            for own in batch.changes {
                self.perform(own.operation, own.range)?;
            }
            return Ok(());
        }
        // An empty batch reads the table only where it must copy it.
        if batch.changes.is_empty() && batch.recreate != Recreate::Always {
            return Ok(());
        }
        let place = batch.changes.first().map_or(range, |first| first.range);
        let changes = batch.changes.into_iter().map(|own| own.operation).collect();
        let (recreate, names_unnamed, given) = (batch.recreate, batch.names_unnamed, batch.given);
        self.perform(Operation::Batch { table, changes, recreate, names_unnamed, given }, place)
    }
}

/// The table of `copy_from`, as far as it is known.
fn given_table(table: &TableValue) -> GivenTable {
    GivenTable {
        columns: table.columns.iter().filter_map(|column| column.name.clone()).collect(),
        constraints: table
            .constraints
            .iter()
            // A convention may still change the name of a check.
            .filter(|constraint| !matches!(constraint.kind, ConstraintKind::Check { .. }))
            .filter_map(|constraint| constraint.name.written().map(Into::into))
            .collect(),
        complete: table.is_complete && table.columns.iter().all(|column| column.name.is_some()),
    }
}
