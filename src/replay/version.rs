//! The table in which Alembic keeps where a database stands, and ids that do not fit into it.

use super::chain::Placed;
use super::run::Entry;
use crate::schema::{
    ColumnDef, Exception, Failure, FailureKind, ObjectName, Operation, TableName, Touches, TypeDef,
};
use crate::source::{Declared, Script};
use crate::text::TextRange;

/// The width of `alembic_version.version_num`, in characters. Source: Alembic's `ddl/impl.py`.
pub const VERSION_WIDTH: usize = 32;
const TABLE: &str = "alembic_version";
const COLUMN: &str = "version_num";

/// How many characters of an id `alembic_version.version_num` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// So many.
    Is(usize),
    /// Something that is not understood may have made it wider.
    Unknown,
}

impl Default for Width {
    /// As Alembic makes it.
    fn default() -> Self {
        Self::Is(VERSION_WIDTH)
    }
}

impl Width {
    /// What it is after the operations of one migration.
    pub(super) fn after(self, log: &[Entry]) -> Self {
        log.iter().fold(self, |before, entry| {
            let after = before.by(&entry.operation);
            if entry.is_certain { after } else { before.or(after) }
        })
    }

    /// What holds whichever of two it is.
    pub(super) fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    fn by(self, operation: &Operation) -> Self {
        let is_it = |table: &TableName| table.name.eq_ignore_ascii_case(TABLE);
        match operation {
            Operation::AlterColumn { table, column, change } if is_it(table) => {
                match (column, &change.kind) {
                    (Some(column), _) if !column.eq_ignore_ascii_case(COLUMN) => self,
                    (Some(_), Some(kind)) => Self::of(kind),
                    (Some(_), None) => self,
                    (None, _) => Self::Unknown,
                }
            }
            Operation::CreateTable { table, columns, .. } if is_it(table) => {
                let is_column = |column: &&ColumnDef| column.name.eq_ignore_ascii_case(COLUMN);
                columns.iter().find(is_column).map_or(Self::Unknown, |column| Self::of(&column.kind))
            }
            Operation::Batch { table, changes, .. } if is_it(table) => changes.iter().fold(self, Self::by),
            Operation::DropTable { table, .. } | Operation::RenameTable { table, .. } if is_it(table) => {
                Self::Unknown
            }
            Operation::RenameTable { to, .. } if is_it(to) => Self::Unknown,
            Operation::Unknown { touches: Touches::Everything, .. } => Self::Unknown,
            Operation::Unknown { touches: Touches::Table(table) | Touches::TableItself(table), .. }
                if is_it(table) =>
            {
                Self::Unknown
            }
            _ => self,
        }
    }

    /// What a type holds.
    fn of(kind: &TypeDef) -> Self {
        let written = kind.written.to_ascii_uppercase();
        let length: String =
            written.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        match length.parse() {
            Ok(length) => Self::Is(length),
            // Without a length it is as long as one likes.
            Err(_) if ["TEXT", "STRING", "VARCHAR", "UNICODE"].iter().any(|name| written.contains(name)) => {
                Self::Is(usize::MAX)
            }
            Err(_) => Self::Unknown,
        }
    }
}

/// The column.
pub(super) fn object() -> ObjectName {
    ObjectName::column(&TableName::plain(TABLE), COLUMN)
}

/// Whether the id of a script does not fit into the column as Alembic makes it.
pub fn is_too_long(script: &Script) -> bool {
    script.id().is_some_and(|id| id.chars().count() > VERSION_WIDTH)
}

/// What PostgreSQL and MySQL say when Alembic writes the id of a script into a column of that width; nothing where it
/// fits, or is not known.
pub(super) fn refusal(script: &Script, width: Width) -> Option<Placed<Failure>> {
    let n_characters = script.id()?.chars().count();
    let (holds, certain) = match width {
        Width::Is(width) => (width, true),
        Width::Unknown => (VERSION_WIDTH, false),
    };
    if n_characters <= holds {
        return None;
    }
    let range = match &script.revision {
        Declared::Literal(literal) => literal.range,
        Declared::Known { range, .. } | Declared::Unknown { range, .. } => *range,
        Declared::Absent => TextRange::empty(0),
    };
    let message =
        format!("alembic_version holds {holds} characters, and the id of this revision has {n_characters}");
    let refused = Failure::new(FailureKind::Other, Some(object()), message, certain);
    let what = Failure { exception: Exception::Database, ..refused };
    Some(Placed { range, what })
}
