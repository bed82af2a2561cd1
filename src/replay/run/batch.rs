//! `batch_alter_table`: changes that are made together when its block ends.

use super::arguments::Arguments;
use super::{Evaluated, Machine, Raised};
use crate::replay::value::{BatchValue, Object, Place, TableValue, Value};
use crate::schema::{ConstraintKind, Dialect, GivenTable, Operation, Recreate, TableName, Touches};
use crate::text::TextRange;

impl Machine<'_> {
    /// `op.batch_alter_table(…)`.
    pub(super) fn batch(&mut self, arguments: &Arguments) -> Value {
        let table = self.table_name(arguments.get(0, "table_name"), arguments.get(1, "schema"));
        let recreate = match arguments.get(2, "recreate").and_then(Value::known_text) {
            Some("always") => Recreate::Always,
            Some("never") => Recreate::Never,
            _ => Recreate::Auto,
        };
        let given = arguments.keyword("copy_from").filter(|value| **value != Value::None);
        let given = given.map(|value| match value {
            Value::Table(given) if given.name == table => given_table(given),
            _ => GivenTable::default(),
        });
        let names_unnamed = given.is_some() || arguments.keyword("naming_convention").is_some();
        Value::Batch(self.allocate(Object::Batch(BatchValue {
            table,
            changes: Vec::new(),
            recreate,
            names_unnamed,
            given,
            is_open: true,
        })))
    }

    /// `batch_op.name(…)`.
    pub(super) fn batch_directive(
        &mut self,
        place: Place,
        name: &str,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        if matches!(name, "f" | "execute" | "get_bind" | "get_context" | "inline_literal" | "bulk_insert") {
            return self.directive(name, arguments, range);
        }
        let Object::Batch(batch) = self.state.object(place) else {
            self.unknown("a batch that is not known", Touches::Everything, range)?;
            return Ok(Value::Data);
        };
        let Some(table) = batch.table.clone() else {
            self.unknown("a batch of a table whose name is computed", Touches::Everything, range)?;
            return Ok(Value::Data);
        };
        let mut with_table = arguments.clone();
        with_table.named.retain(|(name, _)| &**name != "schema");
        let Some(operation) = self.operation_of(name, &mut with_table, Some(&table)) else {
            self.unknown(format!("batch_op.{name}"), Touches::Table(table), range)?;
            return Ok(Value::Data);
        };
        match self.state.object_mut(place) {
            Object::Batch(batch) if batch.is_open => batch.changes.push((operation, range)),
            _ => self.perform(operation, range)?,
        }
        Ok(Value::Data)
    }

    /// The end of the block: the changes are made.
    pub(super) fn flush(&mut self, place: Place, range: TextRange) -> Result<(), Raised> {
        let Object::Batch(batch) = self.state.object_mut(place) else {
            return self.unknown("a batch that is not known", Touches::Everything, range);
        };
        batch.is_open = false;
        let batch = batch.clone();
        let Some(table) = batch.table else { return Ok(()) };
        let simple = batch.changes.iter().all(|(operation, _)| {
            matches!(operation, Operation::CreateIndex { .. } | Operation::DropIndex { .. })
        });
        let copies = match batch.recreate {
            Recreate::Always => true,
            Recreate::Never => false,
            Recreate::Auto => self.rules.dialect == Dialect::Sqlite && !simple,
        };
        if !copies {
            for (operation, range) in batch.changes {
                self.perform(operation, range)?;
            }
            return Ok(());
        }
        // An empty batch reads the table only where it must copy it.
        if batch.changes.is_empty() && batch.recreate != Recreate::Always {
            return Ok(());
        }
        let place = batch.changes.first().map_or(range, |(_, first)| *first);
        let changes = batch.changes.into_iter().map(|(operation, _)| operation).collect();
        let (recreate, names_unnamed, given) = (batch.recreate, batch.names_unnamed, batch.given);
        self.perform(Operation::Batch { table, changes, recreate, names_unnamed, given }, place)
    }

    /// A table's name and schema, if both are known.
    pub(super) fn table_name(&self, name: Option<&Value>, schema: Option<&Value>) -> Option<TableName> {
        let name = match name? {
            Value::Table(table) => return table.name.clone(),
            name => name.known_text()?,
        };
        match schema {
            None | Some(Value::None) => Some(TableName::plain(name)),
            Some(schema) => Some(TableName::new(Some(schema.known_text()?), name)),
        }
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
