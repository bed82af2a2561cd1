//! The table in which Alembic keeps where a database stands, and ids that do not fit into it.

use super::chain::Placed;
use crate::schema::{Exception, Failure, FailureKind, ObjectName, TableName};
use crate::source::{Declared, Script};
use crate::text::TextRange;

/// The width of `alembic_version.version_num`, in characters. Source: Alembic's `ddl/impl.py`.
pub const VERSION_WIDTH: usize = 32;

/// The column.
pub(super) fn object() -> ObjectName {
    ObjectName::column(&TableName::plain("alembic_version"), "version_num")
}

/// Whether the id of a script does not fit into it.
pub fn is_too_long(script: &Script) -> bool {
    script.id().is_some_and(|id| id.chars().count() > VERSION_WIDTH)
}

/// What PostgreSQL and MySQL say when Alembic writes the id of a script; nothing where it fits, or is not known.
pub(super) fn refusal(script: &Script) -> Option<Placed<Failure>> {
    let n_characters = script.id().filter(|_| is_too_long(script))?.chars().count();
    let range = match &script.revision {
        Declared::Literal(literal) => literal.range,
        Declared::Known { range, .. } | Declared::Unknown { range, .. } => *range,
        Declared::Absent => TextRange::empty(0),
    };
    let message = format!(
        "alembic_version holds {VERSION_WIDTH} characters, and the id of this revision has {n_characters}"
    );
    let refused = Failure::new(FailureKind::Other, Some(object()), message, true);
    let what = Failure { exception: Exception::Database, ..refused };
    Some(Placed { range, what })
}
