//! How a database, or Alembic before it, refuses an operation.

use serde::{Deserialize, Serialize};

use super::{Dialect, ObjectName};

/// What kind of refusal it is; the words are those of the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A table that is not there.
    NoSuchTable,
    /// A column that is not there.
    NoSuchColumn,
    /// A table that is there already.
    TableExists,
    /// A column that is there already.
    ColumnExists,
    /// A constraint that is not there.
    NoSuchConstraint,
    /// A constraint that is there already.
    ConstraintExists,
    /// An index that is not there.
    NoSuchIndex,
    /// An index that is there already.
    IndexExists,
    /// Something that others still reference.
    StillReferenced,
    /// Something that the dialect, or Alembic for it, does not support.
    NotSupported,
    /// A name that Python does not find.
    UndefinedName,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NoSuchTable,
        Self::NoSuchColumn,
        Self::TableExists,
        Self::ColumnExists,
        Self::NoSuchConstraint,
        Self::ConstraintExists,
        Self::NoSuchIndex,
        Self::IndexExists,
        Self::StillReferenced,
        Self::NotSupported,
        Self::UndefinedName,
        Self::Other,
    ];

    /// Its word in the JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoSuchTable => "no-such-table",
            Self::NoSuchColumn => "no-such-column",
            Self::TableExists => "table-exists",
            Self::ColumnExists => "column-exists",
            Self::NoSuchConstraint => "no-such-constraint",
            Self::ConstraintExists => "constraint-exists",
            Self::NoSuchIndex => "no-such-index",
            Self::IndexExists => "index-exists",
            Self::StillReferenced => "still-referenced",
            Self::NotSupported => "not-supported",
            Self::UndefinedName => "undefined-name",
            Self::Other => "other",
        }
    }

    /// Whether it is a want of something.
    pub fn is_missing(self) -> bool {
        matches!(self, Self::NoSuchTable | Self::NoSuchColumn | Self::NoSuchIndex | Self::NoSuchConstraint)
    }

    /// Whether something is there already.
    pub fn is_there_already(self) -> bool {
        matches!(self, Self::TableExists | Self::ColumnExists | Self::IndexExists | Self::ConstraintExists)
    }

    /// The exception that it reaches Python as, where nothing else is known of it.
    fn exception(self) -> Exception {
        match self {
            Self::NotSupported => Exception::NotImplemented,
            Self::UndefinedName => Exception::Name,
            Self::Other => Exception::Unknown,
            Self::NoSuchTable
            | Self::NoSuchColumn
            | Self::TableExists
            | Self::ColumnExists
            | Self::NoSuchConstraint
            | Self::ConstraintExists
            | Self::NoSuchIndex
            | Self::IndexExists
            | Self::StillReferenced => Exception::Database,
        }
    }
}

/// The exception as which a refusal reaches Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exception {
    /// One of the database's driver, which SQLAlchemy hands on.
    Database,
    /// `NotImplementedError`.
    NotImplemented,
    /// `NameError`.
    Name,
    /// `ValueError`, of Alembic's batch mode. Source: `ApplyBatchImpl` of `operations/batch.py`.
    Value,
    /// Not known which.
    Unknown,
}

/// What a database says of a function that it does not have.
pub(super) fn no_function(dialect: Dialect, name: &str) -> String {
    let (before, after) = around_function(dialect);
    format!("{before}{name}{after}")
}

/// The function of which a database says that it does not have it, of the words of a failure.
pub fn missing_function(message: &str) -> Option<&str> {
    Dialect::ALL.into_iter().find_map(|dialect| {
        let (before, after) = around_function(dialect);
        message.strip_prefix(before)?.strip_suffix(after)
    })
}

fn around_function(dialect: Dialect) -> (&'static str, &'static str) {
    match dialect {
        Dialect::Sqlite => ("no such function: ", ""),
        Dialect::Postgresql => ("function ", "() does not exist"),
        Dialect::Mysql => ("FUNCTION ", " does not exist"),
    }
}

/// How that begins which PostgreSQL says of a text that is no label of an enum type.
pub const NO_LABEL: &str = "invalid input value for enum";

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// What is said, in words near the database's own: `no such column: user.is_system_admin`.
    pub message: String,
    /// The object that it is about, if there is one.
    pub object: Option<ObjectName>,
    /// Whether it happens for certain: everything that it rests on is known.
    pub certain: bool,
    /// The exception as which it reaches Python.
    pub exception: Exception,
}

impl Failure {
    /// A refusal that raises what its kind does.
    pub fn new(kind: FailureKind, object: Option<ObjectName>, message: String, certain: bool) -> Self {
        Self { kind, message, object, certain, exception: kind.exception() }
    }

    /// The object in words, as the JSON has it; empty where there is none.
    pub fn object_words(&self) -> String {
        self.object.as_ref().map_or_else(String::new, ToString::to_string)
    }

    /// Whether it is another one's kind of refusal, of the same object as a database compares names.
    pub fn is_same(&self, other: &Self, dialect: Dialect) -> bool {
        self.says((other.kind, other.object.as_ref()), dialect)
    }

    /// Whether it is this kind of refusal, of this object as a database compares names.
    pub fn says(&self, (kind, object): (FailureKind, Option<&ObjectName>), dialect: Dialect) -> bool {
        self.kind == kind
            && match (&self.object, object) {
                (Some(one), Some(two)) => one.is(two, dialect),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_written_by_their_words() -> serde_json::Result<()> {
        for kind in FailureKind::ALL {
            assert_eq!(serde_json::to_value(kind)?, kind.word());
            assert_eq!(serde_json::from_value::<FailureKind>(kind.word().into())?, kind);
        }
        Ok(())
    }
}
