//! What undoes a change, as Alembic's directives have it.

use super::{in_schema, word};
use crate::schema::{SchemaChange, TableName};

/// As many lines of a downgrade are written out.
const MOST: usize = 3;

/// The line that undoes a change; nothing where that takes more than its names.
pub(in crate::rules::content) fn undo(change: &SchemaChange) -> Option<String> {
    Some(match change {
        SchemaChange::TableCreated { table, .. } => {
            format!("op.drop_table('{}'{})", table.name, in_schema(table))
        }
        SchemaChange::TableRenamed { table, to } => {
            format!("op.rename_table('{}', '{}'{})", to.name, table.name, in_schema(table))
        }
        SchemaChange::ColumnAdded { table, column } => {
            format!("op.drop_column('{}', '{column}'{})", table.name, in_schema(table))
        }
        SchemaChange::ColumnRenamed { table, column, to: Some(to) } => {
            format!(
                "op.alter_column('{}', '{to}', new_column_name='{column}'{})",
                table.name,
                in_schema(table)
            )
        }
        SchemaChange::IndexCreated { table, name: Some(name), .. } => {
            format!("op.drop_index('{name}', table_name='{}'{})", table.name, in_schema(table))
        }
        SchemaChange::ConstraintAdded { table, name: Some(name), kind } => {
            let kind = kind.word().map_or(String::new(), |kind| format!(", type_='{}'", word(kind)));
            format!("op.drop_constraint('{name}', '{}'{kind}{})", table.name, in_schema(table))
        }
        SchemaChange::EnumCreated { name } => format!("op.execute('DROP TYPE {name}')"),
        SchemaChange::EnumRenamed { name, to } => {
            format!("op.execute('ALTER TYPE {to} RENAME TO {}')", name.name)
        }
        SchemaChange::ViewCreated { view } => format!("op.execute('DROP VIEW {view}')"),
        SchemaChange::SequenceCreated { name } => format!("op.execute('DROP SEQUENCE {name}')"),
        SchemaChange::SchemaCreated { name } => format!("op.execute('DROP SCHEMA {name}')"),
        _ => return None,
    })
}

/// The lines that undo some changes, in reverse, as code; nothing where one of them takes more than its names, or where
/// they are many.
pub(in crate::rules::content) fn undo_all<'a>(
    changes: impl Iterator<Item = &'a SchemaChange>,
) -> Option<String> {
    let changes: Vec<_> = changes.collect();
    let creates = |table: &TableName| {
        changes
            .iter()
            .any(|change| matches!(change, SchemaChange::TableCreated { table: own, .. } if own == table))
    };
    // What is in a table goes with it.
    let goes_along = |change: &SchemaChange| {
        !matches!(change, SchemaChange::TableCreated { .. }) && change.table().is_some_and(creates)
    };
    let lines: Option<Vec<_>> =
        changes.iter().rev().filter(|change| !goes_along(change)).map(|change| undo(change)).collect();
    let lines = lines.filter(|lines| lines.len() <= MOST)?;
    Some(lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_with_its_table_is_not_dropped_by_itself() {
        let (t, u) = (TableName::plain("t"), TableName::new(Some("s"), "u"));
        let created = SchemaChange::TableCreated { table: t.clone(), columns: vec!["id".into()] };
        let index = |table: &TableName| SchemaChange::IndexCreated {
            table: table.clone(),
            name: Some("ix".into()),
            columns: None,
        };
        let changes = [created, index(&t), index(&u)];
        let lines = undo_all(changes.iter()).expect("all have a way back");
        assert_eq!(lines, "`op.drop_index('ix', table_name='u', schema='s')`, `op.drop_table('t')`");
        assert_eq!(undo_all([SchemaChange::TableDropped { table: t }].iter()), None);
    }
}
