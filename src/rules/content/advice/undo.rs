//! What undoes a change, as Alembic's directives have it.

use std::collections::BTreeSet;

use super::{in_schema, word};
use crate::replay::Replay;
use crate::schema::{SchemaChange, TableName};

/// As many lines of a downgrade are written out.
const MOST: usize = 3;

/// The line that undoes a change, on the database that it is made on; nothing where that takes more than its names.
pub(in crate::rules::content) fn undo(replay: &Replay, change: &SchemaChange) -> Option<String> {
    Some(match &replay.as_written(change) {
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
    replay: &Replay,
    changes: impl Iterator<Item = &'a SchemaChange>,
) -> Option<String> {
    // An extension stays: others may need it, and it is taken for possible that it is there.
    let is_extension = |change: &&SchemaChange| matches!(change, SchemaChange::ExtensionCreated { .. });
    let changes: Vec<_> = changes.filter(|change| !is_extension(change)).collect();
    let creates = |table: &TableName| {
        changes
            .iter()
            .any(|change| matches!(change, SchemaChange::TableCreated { table: own, .. } if own == table))
    };
    // What is in a table goes with it.
    let goes_along = |change: &SchemaChange| {
        !matches!(change, SchemaChange::TableCreated { .. }) && change.table().is_some_and(creates)
    };
    let own = changes.iter().rev().filter(|change| !goes_along(change));
    let mut lines = own.map(|change| undo(replay, change)).collect::<Option<Vec<_>>>()?;
    // What is done on each of several databases is undone in the same words.
    let mut seen = BTreeSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    if lines.len() > MOST {
        return None;
    }
    Some(lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{advised, bodies, bodies_on_two};

    const BASE: &str = "op.create_table('u', sa.Column('id', sa.Integer()))";
    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";

    #[test]
    fn what_goes_with_its_table_is_not_dropped_by_itself() {
        let indexes = "op.create_index('ix', 't', ['id'])\n    op.create_index('iy', 'u', ['id'])";
        for (upgrade, expected) in [
            (
                format!("{TABLE}\n    {indexes}"),
                "Let the downgrade undo it: `op.drop_index('iy', table_name='u')`, `op.drop_table('t')`;",
            ),
            ("op.drop_table('u')".to_owned(), "Write the inverse operations in reverse order"),
        ] {
            let tree = bodies(&[("a", "None", BASE, "op.drop_table('u')"), ("b", "'a'", &upgrade, "pass")]);
            let advice = advised("irreversible-downgrade", &tree);
            assert!(advice.len() == 1 && advice[0].starts_with(expected), "{advice:?}");
        }
    }

    #[test]
    fn the_name_of_a_database_is_no_schema() {
        let column = "op.add_column('u', sa.Column('x', sa.Text()), schema='s')";
        let base = "op.execute('CREATE SCHEMA s')\n    \
                    op.create_table('u', sa.Column('id', sa.Integer()), schema='s')";
        for (own, expected) in [
            (&[("upgrade_first", TABLE)][..], "`op.drop_table('t')`"),
            (&[("upgrade_first", TABLE), ("upgrade_second", TABLE)], "`op.drop_table('t')`"),
            (&[("upgrade_second", column)], "`op.drop_column('u', 'x', schema='s')`"),
        ] {
            let down =
                ("downgrade_second", "op.drop_table('u', schema='s')\n    op.execute('DROP SCHEMA s')");
            let tree = bodies_on_two(&[("a", "None", &[("upgrade_second", base), down]), ("b", "'a'", own)]);
            let advice = advised("irreversible-downgrade", &tree);
            let expected = format!("Let the downgrade undo it: {expected}; or say");
            assert!(advice.len() == 1 && advice[0].starts_with(&expected), "{advice:?}");
        }
    }
}
