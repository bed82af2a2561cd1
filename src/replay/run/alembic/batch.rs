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
    let adds_arguments = given.some("table_args").is_some();
    let given = given.some("copy_from").map(|value| match value {
        Value::Table(given) if given.name == table => given_table(given),
        _ => GivenTable::default(),
    });
    Value::Batch(machine.allocate(Object::Batch(BatchValue {
        table,
        changes: Vec::new(),
        recreate,
        names_unnamed,
        given,
        adds_arguments,
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
    let outside = directives::outside_transaction(machine, name, arguments);
    for operation in outside.into_iter().chain([operation]) {
        match machine.state.object_mut(place) {
            // After its block, Alembic still notes what is asked of it, and never makes it.
            Object::Batch(batch) if !batch.is_open => {}
            Object::Batch(batch) => batch.changes.push(BatchChange { operation, range, in_doubt: false }),
            _ => machine.perform(operation, range)?,
        }
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
        let changes = std::mem::take(&mut batch.changes);
        let batch = batch.clone();
        let operations: Vec<_> = changes.iter().map(|own| own.operation.clone()).collect();
        if !self.schema().copies(&operations, batch.recreate) {
            // Each is a statement by itself.
            for BatchChange { operation, range, in_doubt } in changes {
                if in_doubt {
                    self.maybe(|machine| machine.perform(operation.clone(), range).map(|()| false))?;
                } else {
                    self.perform(operation, range)?;
                }
            }
            return Ok(());
        }
        let (doubted, certain): (Vec<_>, Vec<_>) = changes.into_iter().partition(|own| own.in_doubt);
        self.change(&batch, certain, range, !doubted.is_empty())?;
        // Each of the others may be among them or not.
        for change in doubted {
            self.maybe(|machine| machine.change(&batch, vec![change.clone()], range, false).map(|()| false))?;
        }
        Ok(())
    }

    /// The table is copied with these changes. Where there may be others among them, none of its failures is certain.
    fn change(
        &mut self,
        batch: &BatchValue,
        changes: Vec<BatchChange>,
        range: TextRange,
        are_perhaps_more: bool,
    ) -> Result<(), Raised> {
        let BatchValue { recreate, names_unnamed, given, adds_arguments, .. } = batch.clone();
        let Some(table) = batch.table.clone() else { return Ok(()) };
        // An empty batch reads the table only where it must copy it.
        if changes.is_empty() && recreate != Recreate::Always {
            return Ok(());
        }
        let parts: Vec<_> = changes.iter().map(|own| own.range).collect();
        let mut changes: Vec<_> = changes.into_iter().map(|own| own.operation).collect();
        if recreate == Recreate::Always && self.rules().dialect != Dialect::Sqlite {
            changes.iter_mut().for_each(forget_condition);
        }
        let touches = Touches::ConstraintsOf(table.clone());
        let operation = Operation::Batch { table, changes, recreate, names_unnamed, given };
        self.perform_at(operation, parts.first().copied().unwrap_or(range), &parts, are_perhaps_more)?;
        if adds_arguments {
            self.unknown("constraints of table_args", touches, range)?;
        }
        Ok(())
    }
}

/// A copy has no check of whose columns one is not found, if it is an expression of SQLAlchemy's, as a plain one may be.
fn forget_condition(change: &mut Operation) {
    if let Operation::AddConstraint { constraint, .. } = change
        && let ConstraintKind::Check { condition } = &mut constraint.kind
        && !condition.contains('(')
    {
        *condition = Box::default();
    }
}

/// The table of `copy_from`, as far as it is known.
fn given_table(table: &TableValue) -> GivenTable {
    GivenTable {
        columns: table.columns.iter().filter(|own| own.name.is_some()).map(|own| own.def.clone()).collect(),
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
