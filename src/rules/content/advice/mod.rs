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
use crate::schema::{ConstraintType, Dialect, FailureKind};

/// What to do about a failure on a dialect, in one or two sentences.
pub(super) fn advice(context: &EnvironmentContext<'_>, failing: &Failing, dialect: Dialect) -> String {
    let asked = Asked { context, failing, dialect };
    if asked.was_left_by_the_upgrade() && asked.failing.kind.is_missing() {
        return "An earlier line of this downgrade has taken it along: drop it before that line, or take this one out.".to_owned();
    }
    let found = match failing.kind {
        FailureKind::NoSuchTable => missing::table(&asked),
        FailureKind::NoSuchColumn => missing::column(&asked),
        FailureKind::NoSuchIndex => missing::index(&asked),
        FailureKind::NoSuchConstraint => missing::constraint(&asked),
        FailureKind::UndefinedName => missing::name(&asked),
        FailureKind::TableExists
        | FailureKind::ColumnExists
        | FailureKind::IndexExists
        | FailureKind::ConstraintExists => there::advice(&asked),
        FailureKind::StillReferenced => refused::still_referenced(&asked),
        FailureKind::NotSupported | FailureKind::Other => refused::advice(&asked),
    };
    found.unwrap_or_else(|| asked.look())
}

/// The same on the first dialect on which it is certain.
pub(super) fn first_advice(context: &EnvironmentContext<'_>, failing: &Failing) -> String {
    let on = failing.on.iter().find(|on| on.certain).or(failing.on.first());
    on.map(|on| advice(context, failing, on.dialect)).unwrap_or_default()
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
