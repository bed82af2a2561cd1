//! What operations take besides what they declare.

use super::{ColumnDef, TableName, TypeDef};
use crate::schema::{Edit, Values};

/// What `alter_column` changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnChange {
    /// The new name.
    pub name: Edit<Box<str>>,
    /// The new type, if that changes.
    pub kind: Option<TypeDef>,
    /// Whether NULL is allowed.
    pub nullable: Edit<bool>,
    /// The server's default; `Set(None)` takes it away.
    pub default: Edit<Option<Box<str>>>,
    /// Whether it is said how values of the new type are made: `USING`, `postgresql_using`.
    pub using: bool,
    /// Whether something changes that is not kept: its comment, its statistics.
    pub other: bool,
}

/// What `ALTER … RENAME` says that something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
}

/// What a condition asks of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A table, a view, a sequence or an index is there.
    Relation(TableName),
    /// The same, in whatever schema.
    RelationAnywhere(Box<str>),
    /// A table is there.
    Table(TableName),
    /// An index is there.
    Index(Box<str>),
    /// A column is there.
    Column(TableName, Box<str>),
    /// A constraint is there: of that table, or of any.
    Constraint(Option<TableName>, Box<str>),
    /// A type is there.
    Type(TableName),
    /// The opposite.
    Not(Box<Self>),
    /// Both are so.
    And(Box<Self>, Box<Self>),
    /// One of the two is so.
    Or(Box<Self>, Box<Self>),
    /// It is so, or not, for certain.
    Known(bool),
    /// It cannot be known.
    Unknown,
}

/// What is known of a table that a batch goes by instead of reading it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenTable {
    /// Its columns.
    pub columns: Vec<ColumnDef>,
    /// The names of its constraints.
    pub constraints: Vec<Box<str>>,
    /// Whether it has no other columns.
    pub complete: bool,
}

/// How much of a table is declared where it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All of its columns, constraints and indexes.
    Whole,
    /// It may have other columns: those of a query, or of tables that it inherits from.
    OpenColumns,
    /// It may have anything else.
    Open,
}

impl Completeness {
    /// Of a table of which all is declared, or of which that is not known.
    pub fn of(is_whole: bool) -> Self {
        if is_whole { Self::Whole } else { Self::Open }
    }

    /// Whether those are all of its columns, too.
    pub fn is_whole(self) -> bool {
        self == Self::Whole
    }
}

/// What becomes of the rows of tables, as far as it matters whether a table certainly has some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRows {
    /// Every row that is there stays.
    #[default]
    Keeps,
    /// The first of the tables gets one, and every other stays.
    Adds,
    /// Rows may go, of any table.
    MayTake,
    /// From now on, a trigger or a rule decides what becomes of a row.
    Guards,
}

/// A value of which a statement says what sort it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it stands for.
    pub stands: Stands,
    /// The value.
    pub constant: Constant,
}

/// What a value stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// It is set in a column.
    Assigned(TableName, Box<str>),
    /// It is compared with a column.
    Compared(TableName, Box<str>),
    /// It is cast to a type of this name.
    Cast(TableName),
}

impl Written {
    /// The tables whose columns it is or stands for.
    pub fn tables(&self) -> impl Iterator<Item = &TableName> {
        let of = match &self.stands {
            Stands::Assigned(table, _) | Stands::Compared(table, _) => Some(table),
            Stands::Cast(_) => None,
        };
        let own = match &self.constant {
            Constant::OfColumn(table, _) => Some(table),
            Constant::Text(_) | Constant::Of(_) => None,
        };
        of.into_iter().chain(own)
    }

    /// The same, to be changed.
    pub fn tables_mut(&mut self) -> impl Iterator<Item = &mut TableName> {
        let of = match &mut self.stands {
            Stands::Assigned(table, _) | Stands::Compared(table, _) => Some(table),
            Stands::Cast(_) => None,
        };
        let own = match &mut self.constant {
            Constant::OfColumn(table, _) => Some(table),
            Constant::Text(_) | Constant::Of(_) => None,
        };
        of.into_iter().chain(own)
    }
}

/// A value, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// A text of no type yet: it is read as a value of what it stands for.
    Text(Box<str>),
    /// One of a type of its own.
    Of(Values),
    /// That of a column.
    OfColumn(TableName, Box<str>),
}

/// Whether a batch copies the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recreate {
    /// As the dialect needs it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What an operation that is not understood could touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touches {
    /// Anything.
    Everything,
    /// One table, which stays: its columns, constraints and indexes.
    Table(TableName),
    /// One table, which may go or come.
    TableItself(TableName),
    /// Constraints and indexes of one table.
    ConstraintsOf(TableName),
    /// Constraints and indexes of any table.
    Constraints,
    /// A column of that name, in any table: it may go or come.
    Column(Box<str>),
    /// Tables that may come, with their types and sequences.
    NewTables,
    /// Enum types.
    Enums,
    /// What becomes of values of one type where another is wanted, and how they are compared.
    Casts,
    /// Nothing that is kept here.
    Nothing,
}
