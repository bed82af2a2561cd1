//! What to do about a failure: the next step in this very case, with the names that the schema has at that point.
//!
//! What a database says is told by the account; here it is looked at once more, with what is around it: what the table has,
//! who has created or dropped the thing, how other migrations bring a name in.

mod asked;
mod missing;
mod refused;
mod there;
mod undo;

use self::asked::Asked;
pub(super) use self::missing::renamed;
pub(super) use self::undo::{undo, undo_all};
use crate::replay::Failing;
use crate::rules::EnvironmentContext;
use crate::schema::{ConstraintType, Dialect, FailureKind, TableName};
use crate::text::capital;

/// As many steps are told.
const MOST: usize = 3;

/// What to do about a failure on a dialect, in one or two sentences.
pub(super) fn advice(context: &EnvironmentContext<'_>, failing: &Failing, dialect: Dialect) -> String {
    of(&Asked { context, failing, dialect, is_brief: false })
}

/// What to do about several failures of one migration: each different step once, and the names of what is there only where
/// there is one failure.
pub(super) fn advice_on_all(context: &EnvironmentContext<'_>, failures: &[&Failing]) -> String {
    let mut steps: Vec<String> = Vec::new();
    for failing in failures {
        let Some(dialect) = failing.first_dialect() else { continue };
        let step = of(&Asked { context, failing, dialect, is_brief: failures.len() > 1 });
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    match steps.len() {
        0..=MOST => steps.join(" "),
        all => format!("{} And {} more of the kind.", steps[..MOST].join(" "), all - MOST),
    }
}

fn of(asked: &Asked<'_>) -> String {
    if asked.was_left_by_the_upgrade() && asked.failing.kind.is_missing() {
        return "An earlier line of this downgrade has taken it along: drop it before that line, or take this one out.".to_owned();
    }
    let found = match asked.failing.kind {
        FailureKind::NoSuchTable => missing::table(asked),
        FailureKind::NoSuchColumn => missing::column(asked),
        FailureKind::NoSuchIndex => missing::index(asked),
        FailureKind::NoSuchConstraint => missing::constraint(asked),
        FailureKind::UndefinedName => missing::name(asked),
        FailureKind::TableExists
        | FailureKind::ColumnExists
        | FailureKind::IndexExists
        | FailureKind::ConstraintExists => there::advice(asked),
        FailureKind::StillReferenced => refused::still_referenced(asked),
        FailureKind::NotSupported | FailureKind::Other => refused::advice(asked),
    };
    match found {
        Some(step) if step.starts_with("line ") => capital(&step),
        Some(step) => step,
        None => asked.look(),
    }
}

/// The same on the first dialect on which it is certain.
pub(super) fn first_advice(context: &EnvironmentContext<'_>, failing: &Failing) -> String {
    failing.first_dialect().map(|dialect| advice(context, failing, dialect)).unwrap_or_default()
}

/// The schema of a table, as an argument behind its name: nothing where it has none.
fn in_schema(table: &TableName) -> String {
    table.schema.as_ref().map_or(String::new(), |own| format!(", schema='{own}'"))
}

/// A table as the arguments that name it: `'t'`, or `'t', schema='s'`.
fn quoted(table: &TableName) -> String {
    format!("'{}'{}", table.name, in_schema(table))
}

/// The word of `type_` for a kind of constraint.
fn word(kind: ConstraintType) -> &'static str {
    match kind {
        ConstraintType::Primary => "primary",
        ConstraintType::Unique => "unique",
        ConstraintType::ForeignKey => "foreignkey",
        ConstraintType::Check => "check",
    }
}

/// Its key in a naming convention.
pub(super) fn key(kind: ConstraintType) -> &'static str {
    match kind {
        ConstraintType::Primary => "pk",
        ConstraintType::Unique => "uq",
        ConstraintType::ForeignKey => "fk",
        ConstraintType::Check => "ck",
    }
}
