//! What is there already.

use super::asked::Asked;
use crate::replay::Origin;
use crate::schema::{Dialect, FailureKind, ObjectName, Schema};

pub(super) fn advice(asked: &Asked<'_>) -> Option<String> {
    let object = asked.failing.object.as_ref()?;
    if let ObjectName::Wanted { table: Some(table), name } = object
        && let Some(taken) = taken(asked, &table.to_string(), name)
    {
        return Some(taken);
    }
    // In a downgrade nothing else makes it.
    let which = if asked.is_downgrade() { "it" } else { "the later one" };
    let guard = match &*asked.directive() {
        "create_table" | "create_index" | "add_column" => &format!(
            ", or guard {which} with `if_not_exists=True` where your Alembic and your database have that"
        ),
        _ if asked.call().to_ascii_uppercase().contains("CREATE ") => ", or write `IF NOT EXISTS`",
        _ => "",
    };
    if asked.is_downgrade() {
        return Some(match asked.made_before_in_the_downgrade(object) {
            Some(line) => format!(
                "{line} of this downgrade makes it already: take one of the two out, or correct a name."
            ),
            None if asked.was_left_by_the_upgrade() => {
                format!("The upgrade leaves it there: take this line out{guard}.")
            }
            None => format!("Take this line out{guard}."),
        });
    }
    Some(match asked.failing.origin {
        Origin::Earlier(moment) => {
            format!("Take one of the two out: this line, or {}{guard}.", asked.place(moment))
        }
        _ if asked.failing.kind == FailureKind::ColumnExists && asked.directive() == "create_table" => {
            "Take one of the two columns of that name out.".to_owned()
        }
        _ => format!("Take this line out{guard}."),
    })
}

/// A name that another table's constraint or index has.
fn taken(asked: &Asked<'_>, table: &str, name: &str) -> Option<String> {
    if asked.dialect != Dialect::Postgresql {
        return None;
    }
    let is_it = |own: Option<&str>| own.is_some_and(|own| own.eq_ignore_ascii_case(name));
    let owner = asked.schemas().flat_map(Schema::tables).map(|(_, table)| table).find(|own| {
        own.name.to_string() != table
            && (own.constraints.iter().any(|own| is_it(own.name.written()))
                || own.indexes.iter().any(|own| is_it(own.name.written())))
    })?;
    let first = if let Origin::Earlier(moment) = asked.failing.origin {
        format!(" ({})", asked.place(moment))
    } else {
        String::new()
    };
    Some(format!(
        "{} has a constraint or index of that name{first}, and on PostgreSQL all tables of a schema share them: give this one a name \
         with its table in it.",
        owner.name
    ))
}
