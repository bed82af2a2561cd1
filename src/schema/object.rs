//! What failures and changes are about: objects by their names.

use std::fmt;

use super::names::{fold, key, same};
use super::{Dialect, TableName};

/// An object by its name, with the table that it belongs to where that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the fields are the parts of the name")]
pub enum ObjectName {
    /// A table.
    Table(TableName),
    /// A view.
    View(TableName),
    /// A sequence.
    Sequence(TableName),
    /// An enum type.
    Type(TableName),
    /// A value of an enum type.
    Value { of: TableName, value: Box<str> },
    /// A schema of the database.
    Schema(Box<str>),
    /// A column.
    Column { table: TableName, column: Box<str> },
    /// An index.
    Index { table: Option<TableName>, name: Box<str> },
    /// A constraint.
    Constraint { table: Option<TableName>, name: Box<str> },
    /// A name that an index or a constraint of a table asks for and cannot have: it is taken, or too long.
    Wanted { table: Option<TableName>, name: Box<str> },
    /// An extension of the database.
    Extension(Box<str>),
    /// A name of Python's.
    Python(Box<str>),
}

impl ObjectName {
    /// A column of a table.
    pub fn column(table: &TableName, column: &str) -> Self {
        Self::Column { table: table.clone(), column: column.into() }
    }

    /// An index, of a table where that is known.
    pub fn index(table: Option<&TableName>, name: &str) -> Self {
        Self::Index { table: table.cloned(), name: name.into() }
    }

    /// A constraint of a table.
    pub fn constraint(table: &TableName, name: &str) -> Self {
        Self::Constraint { table: Some(table.clone()), name: name.into() }
    }

    /// A name that an index or a constraint of a table cannot have.
    pub fn wanted(table: &TableName, name: &str) -> Self {
        Self::Wanted { table: Some(table.clone()), name: name.into() }
    }

    /// The table that it is or belongs to; nothing where there is none or where it is not known.
    pub fn table(&self) -> Option<&TableName> {
        match self {
            Self::Table(table) | Self::Column { table, .. } => Some(table),
            Self::Index { table, .. } | Self::Constraint { table, .. } | Self::Wanted { table, .. } => {
                table.as_ref()
            }
            Self::View(_)
            | Self::Sequence(_)
            | Self::Type(_)
            | Self::Value { .. }
            | Self::Schema(_)
            | Self::Extension(_)
            | Self::Python(_) => None,
        }
    }

    /// Whether two names may stand for one object, as a database compares names.
    ///
    /// Tables, views, sequences and indexes share their names, so that what is called a table here may be a view there.
    /// A name that is only wanted may be that of anything, whatever table has it.
    pub fn is(&self, other: &Self, dialect: Dialect) -> bool {
        match (self, other) {
            (Self::Column { table, column }, Self::Column { table: theirs, column: other }) => {
                fold(dialect, table) == fold(dialect, theirs) && same(dialect, column, other)
            }
            (
                Self::Constraint { table: Some(table), name },
                Self::Constraint { table: Some(theirs), name: other },
            ) => fold(dialect, table) == fold(dialect, theirs) && same(dialect, name, other),
            (Self::Type(one), Self::Type(two)) => fold(dialect, one) == fold(dialect, two),
            (Self::Value { of, value }, Self::Value { of: theirs, value: other }) => {
                fold(dialect, of) == fold(dialect, theirs) && value == other
            }
            (Self::Schema(one), Self::Schema(two)) => same(dialect, one, two),
            (Self::Extension(one), Self::Extension(two)) | (Self::Python(one), Self::Python(two)) => {
                one == two
            }
            _ => match (self.relation(), other.relation()) {
                (Some(Relation::Whole(one)), Some(Relation::Whole(two))) => {
                    fold(dialect, one) == fold(dialect, two)
                }
                (Some(one), Some(two)) => same(dialect, one.name(), two.name()),
                _ => false,
            },
        }
    }

    /// A word under which whatever [`is`](Self::is) the same is found too, and little else.
    pub fn key(&self) -> Box<str> {
        let name = match self {
            Self::Column { table: of, column: name } | Self::Value { of, value: name } => {
                return format!("{}.{}", key(&of.name), key(name)).into();
            }
            Self::Table(name) | Self::View(name) | Self::Sequence(name) | Self::Type(name) => &name.name,
            Self::Index { name, .. }
            | Self::Constraint { name, .. }
            | Self::Wanted { name, .. }
            | Self::Schema(name)
            | Self::Extension(name)
            | Self::Python(name) => name,
        };
        key(name)
    }

    /// Its name among those that tables share with others.
    fn relation(&self) -> Option<Relation<'_>> {
        match self {
            Self::Table(name) | Self::View(name) | Self::Sequence(name) => Some(Relation::Whole(name)),
            Self::Index { name, .. } | Self::Constraint { name, .. } | Self::Wanted { name, .. } => {
                Some(Relation::OfTable(name))
            }
            Self::Type(_)
            | Self::Value { .. }
            | Self::Schema(_)
            | Self::Extension(_)
            | Self::Column { .. }
            | Self::Python(_) => None,
        }
    }
}

/// A name that tables share with others.
#[derive(Debug, Clone, Copy)]
enum Relation<'a> {
    /// Written with its schema, if it has one.
    Whole(&'a TableName),
    /// In the schema of its table.
    OfTable(&'a str),
}

impl<'a> Relation<'a> {
    fn name(self) -> &'a str {
        match self {
            Self::Whole(name) => &name.name,
            Self::OfTable(name) => name,
        }
    }
}

impl fmt::Display for ObjectName {
    /// As messages have it: `user`, `user.email`, `ix_user_email`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) | Self::View(name) | Self::Sequence(name) | Self::Type(name) => {
                write!(f, "{name}")
            }
            Self::Value { of: table, value: name }
            | Self::Column { table, column: name }
            | Self::Constraint { table: Some(table), name } => write!(f, "{table}.{name}"),
            Self::Constraint { table: None, name }
            | Self::Index { name, .. }
            | Self::Wanted { name, .. }
            | Self::Schema(name)
            | Self::Extension(name)
            | Self::Python(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> TableName {
        match name.split_once('.') {
            Some((schema, name)) => TableName::new(Some(schema), name),
            None => TableName::plain(name),
        }
    }

    #[test]
    fn objects_are_written_as_messages_have_them() {
        let user = table("s.user");
        for (object, words) in [
            (ObjectName::Table(user.clone()), "s.user"),
            (ObjectName::column(&user, "email"), "s.user.email"),
            (ObjectName::index(Some(&user), "ix"), "ix"),
            (ObjectName::constraint(&user, "uq"), "s.user.uq"),
            (ObjectName::Constraint { table: None, name: "uq".into() }, "uq"),
            (ObjectName::wanted(&user, "uq"), "uq"),
            (ObjectName::Value { of: table("mood"), value: "sad".into() }, "mood.sad"),
            (ObjectName::Python("sa.op".into()), "sa.op"),
        ] {
            assert_eq!(object.to_string(), words);
        }
    }

    #[test]
    fn names_are_compared_as_the_database_compares_them() {
        let (user, other) = (table("user"), table("other"));
        let same = |one: &ObjectName, two: &ObjectName, dialect| one.is(two, dialect) && two.is(one, dialect);
        let column = ObjectName::column(&user, "email");
        assert!(same(&column, &ObjectName::column(&table("User"), "EMAIL"), Dialect::Sqlite));
        assert!(!same(&column, &ObjectName::column(&user, "EMAIL"), Dialect::Postgresql));
        assert!(!same(&column, &ObjectName::column(&other, "email"), Dialect::Sqlite));
        assert!(!same(&column, &ObjectName::constraint(&user, "email"), Dialect::Mysql));
        let public = ObjectName::Table(table("public.user"));
        assert!(same(&public, &ObjectName::View(user.clone()), Dialect::Postgresql));
        assert!(!same(&public, &ObjectName::Table(user.clone()), Dialect::Mysql));
        let uq = ObjectName::constraint(&user, "uq");
        assert!(!same(&uq, &ObjectName::constraint(&other, "uq"), Dialect::Mysql));
        assert!(same(&uq, &ObjectName::wanted(&other, "uq"), Dialect::Mysql));
        assert!(same(&ObjectName::index(None, "user"), &ObjectName::Table(user), Dialect::Mysql));
        let (long, longer) = ("X".repeat(63), "x".repeat(64));
        assert_eq!(ObjectName::index(None, &long).key(), ObjectName::Python(longer.into()).key());
    }
}
