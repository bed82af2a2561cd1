//! Exceptions: what Python does not find, and what the database and Alembic refuse.

use std::fmt;
use std::sync::Arc;

use super::value::{HOLE, Value};
use super::{Evaluated, Machine};
use crate::schema::{Dialect, Exception, Failure, FailureKind, ObjectName, TableName, Touches};
use crate::text::TextRange;

/// What stands before the statement in the words of a database's refusal.
pub(super) const STATEMENT: &str = "\n[SQL: ";

/// An exception on its way.
#[derive(Debug, Clone)]
pub(in crate::replay) struct Raised {
    pub(in crate::replay) class: ErrorClass,
    /// Whether it is certain that it is raised.
    pub(in crate::replay) is_certain: bool,
    /// The operation or the call.
    pub(in crate::replay) range: TextRange,
    /// What it says.
    pub(in crate::replay) message: String,
    /// For a refusal of the database itself, what `str()` gives of it: its words, and the statement, which is a hole.
    pub(in crate::replay) words: Option<Arc<str>>,
}

/// The class of an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::replay) enum ErrorClass {
    /// Its name, without its module.
    Named(Arc<str>),
    /// Not known.
    Unknown,
    /// That of the exception which is handled: a bare `raise`.
    Handled,
}

/// What Python does not find.
#[derive(Debug, Clone, Copy)]
pub(super) enum Undefined<'a> {
    Name(&'a str),
    /// An attribute of a module.
    Attribute {
        module: &'a str,
        name: &'a str,
    },
}

impl Machine<'_> {
    /// Python finds no such name or attribute: told once, and followed as if it had been there.
    pub(super) fn undefined(&mut self, what: Undefined<'_>, range: TextRange) -> Evaluated {
        // Code of the project outside of the migration is not judged.
        if self.site.is_some() {
            self.may_have_raised = true;
            return Ok(Value::Data);
        }
        let is_certain = self.doubt == 0;
        if self.tries > 0 {
            self.may_have_raised = true;
            let (class, message) = (what.class(), what.to_string());
            return Err(Raised { class, is_certain, range, message, words: None });
        }
        if !self.is_loading {
            let object = Some(ObjectName::Python(what.object().into()));
            let failure = Failure::new(FailureKind::UndefinedName, object, what.to_string(), is_certain);
            self.errors.push((range, failure));
        }
        Ok(Value::Data)
    }
}

impl Machine<'_> {
    /// SQLAlchemy does not take what it is given: told once, and followed as if it had taken it.
    pub(super) fn not_taken(&mut self, class: &str, message: String, range: TextRange) -> Result<(), Raised> {
        if !self.project.has_sqlalchemy_2() {
            self.may_have_raised = true;
            return Ok(());
        }
        self.refuses(class, message, range)
    }

    /// A library raises an error of a class: told once, and followed as if it had not.
    pub(super) fn refuses(&mut self, class: &str, message: String, range: TextRange) -> Result<(), Raised> {
        self.fails(class, Failure::new(FailureKind::Other, None, message, true), range)
    }

    pub(super) fn fails(&mut self, class: &str, failure: Failure, range: TextRange) -> Result<(), Raised> {
        if self.site.is_some() || self.is_loading || self.doubt > 0 {
            self.may_have_raised = true;
            return Ok(());
        }
        if self.tries > 0 {
            let (class, message) = (ErrorClass::named(class), failure.message);
            return Err(Raised { class, is_certain: true, range, message, words: None });
        }
        let is_told = |(told, known): &(_, Failure)| *told == range && known.message == failure.message;
        if !self.errors.iter().any(is_told) {
            self.errors.push((range, failure));
        }
        Ok(())
    }

    /// SQLAlchemy reads a table from the database: where it is not there, that is told once.
    pub(super) fn need_to_read(&mut self, table: &TableName, range: TextRange) -> Result<(), Raised> {
        // Other schemas are other files, and a path would have to be looked through.
        let is_plain = self.lists_what_is_looked_up();
        let is_sqlite = self.rules().dialect == Dialect::Sqlite;
        if !is_plain || is_sqlite && table.schema.is_some() || !self.schema().lacks_relation(table) {
            return Ok(());
        }
        // Before SQLAlchemy 2, SQLite's tells of no columns.
        if is_sqlite && !self.project.has_sqlalchemy_2() {
            self.may_have_raised = true;
            return Ok(());
        }
        let object = Some(ObjectName::Table(table.clone()));
        let message = format!("no such table: {table}");
        self.fails("NoSuchTableError", Failure::new(FailureKind::NoSuchTable, object, message, true), range)?;
        if !self.is_loading {
            self.state.schema.taint(&Touches::TableItself(table.clone()));
        }
        Ok(())
    }
}

impl Raised {
    /// The exception with which a failure of an operation reaches the migration.
    pub(super) fn by(failure: Failure, refusal: Option<Refusal>, range: TextRange) -> Self {
        let (class, words) = match refusal {
            Some(refusal) => (ErrorClass::named(refusal.class), Some(refusal.words.into())),
            None => (ErrorClass::of(failure.exception), None),
        };
        Self { class, is_certain: true, range, message: failure.message, words }
    }
}

impl ErrorClass {
    pub(super) fn named(name: &str) -> Self {
        Self::Named(name.into())
    }

    fn of(exception: Exception) -> Self {
        match exception {
            Exception::Database => Self::named("DBAPIError"),
            Exception::NotImplemented => Self::named("NotImplementedError"),
            Exception::Name => Self::named("NameError"),
            Exception::Value => Self::named("ValueError"),
            Exception::Unknown => Self::Unknown,
        }
    }

    /// Whether it says that Python does not find something.
    pub(super) fn is_undefined(&self) -> bool {
        matches!(self, Self::Named(name) if matches!(&**name, "NameError" | "AttributeError"))
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Unknown => f.write_str("?"),
            Self::Handled => Ok(()),
        }
    }
}

impl Undefined<'_> {
    fn class(self) -> ErrorClass {
        ErrorClass::named(match self {
            Self::Name(_) => "NameError",
            Self::Attribute { .. } => "AttributeError",
        })
    }
}

impl<'a> Undefined<'a> {
    /// What a failure says that it is about: the name, or the module that lacks it.
    fn object(self) -> &'a str {
        match self {
            Self::Name(name) | Self::Attribute { module: name, .. } => name,
        }
    }
}

impl fmt::Display for Undefined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "name '{name}' is not defined"),
            Self::Attribute { module, name } => write!(f, "module '{module}' has no attribute '{name}'"),
        }
    }
}

/// How SQLAlchemy hands on a refusal of the database.
pub(super) struct Refusal {
    class: &'static str,
    words: String,
}

impl Refusal {
    /// The refusal, where its class and its words are known.
    /// Source: psycopg2's `errorcodes` (class 42 is `ProgrammingError`), Python's `sqlite3` (`SQLITE_ERROR` is
    /// `OperationalError`).
    pub(super) fn of(failure: &Failure, dialect: Dialect) -> Option<Self> {
        let (class, said) = match (dialect, failure.kind) {
            (Dialect::Postgresql, kind) if kind.is_missing() => {
                ("ProgrammingError", format!("\"{}\" does not exist", failure.object_words()))
            }
            (Dialect::Postgresql, kind) if kind.is_there_already() => {
                ("ProgrammingError", format!("\"{}\" already exists", failure.object_words()))
            }
            // SQLite has no words for a constraint that it cannot alter.
            (Dialect::Sqlite, FailureKind::NoSuchConstraint | FailureKind::ConstraintExists) => return None,
            (Dialect::Sqlite, kind) if kind.is_missing() || kind.is_there_already() => {
                ("OperationalError", failure.message.clone())
            }
            _ => return None,
        };
        Some(Self { class, words: format!("({class}) {said}{STATEMENT}{HOLE}") })
    }
}
