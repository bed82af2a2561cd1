//! What one operation did to the virtual schema, for showing.

use std::fmt;

use super::{ConstraintKind, Dialect, Failure, NamingConvention, TableName};

/// The rules by which operations are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The database.
    pub dialect: Dialect,
    /// The naming convention of the project's `target_metadata`.
    pub convention: NamingConvention,
}

impl Rules {
    /// The rules of a database for a project that names nothing by convention.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, convention: NamingConvention::default() }
    }
}

/// What came of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Why it is refused, the first reason first. The database itself names the first only.
    pub failures: Vec<Failure>,
    /// What it changed.
    pub changes: Vec<Change>,
    /// Whether all that it does is known.
    pub understood: bool,
}

/// One change. A name that is not known, or that the database does not have, is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the words of the sentence")]
pub enum Change {
    /// A table is there now.
    TableCreated { table: TableName, columns: Vec<Box<str>> },
    /// A table is gone.
    TableDropped { table: TableName },
    /// A table has another name.
    TableRenamed { table: TableName, to: TableName },
    /// A column is there now.
    ColumnAdded { table: TableName, column: Box<str> },
    /// A column is gone.
    ColumnDropped { table: TableName, column: Option<Box<str>> },
    /// A column has another name.
    ColumnRenamed { table: TableName, column: Box<str>, to: Option<Box<str>> },
    /// A column is another one: `what` says how, as in `to NOT NULL`.
    ColumnAltered { table: TableName, column: Option<Box<str>>, what: String },
    /// An index is there now.
    IndexCreated { table: TableName, name: Option<Box<str>>, columns: Option<Vec<Box<str>>> },
    /// An index is gone.
    IndexDropped { table: Option<TableName>, name: Option<Box<str>> },
    /// An index has another name.
    IndexRenamed { name: Box<str>, to: Box<str> },
    /// A constraint is there now.
    ConstraintAdded { table: TableName, name: Option<Box<str>>, kind: ConstraintKind },
    /// A constraint is gone.
    ConstraintDropped { table: TableName, name: Option<Box<str>> },
    /// A constraint has another name.
    ConstraintRenamed { table: TableName, name: Box<str>, to: Box<str> },
    /// An enum type is there now.
    EnumCreated { name: TableName },
    /// An enum type is gone.
    EnumDropped { name: TableName },
    /// An enum type has another name.
    EnumRenamed { name: TableName, to: TableName },
    /// An enum type has one more value.
    EnumValueAdded { name: TableName, value: Box<str> },
    /// A view is there now.
    ViewCreated { view: TableName },
    /// A view is gone.
    ViewDropped { view: TableName },
    /// A sequence is there now.
    SequenceCreated { name: TableName },
    /// A sequence is gone.
    SequenceDropped { name: TableName },
    /// A database schema is there now.
    SchemaCreated { name: Box<str> },
    /// A database schema is gone.
    SchemaDropped { name: Box<str> },
}

impl ConstraintKind {
    /// What it is called.
    pub fn title(&self) -> &'static str {
        match self {
            Self::PrimaryKey { .. } => "primary key",
            Self::Unique { .. } => "unique constraint",
            Self::ForeignKey { .. } => "foreign key",
            Self::Check { .. } => "check constraint",
            Self::Exclude => "exclude constraint",
            Self::Unknown => "constraint",
        }
    }
}

impl fmt::Display for Change {
    /// As the end of a sentence that begins with the migration: `adds column user.oauth_id`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |name: &Option<Box<str>>| name.as_ref().map_or(String::new(), |name| format!(" {name}"));
        match self {
            Self::TableCreated { table, .. } => write!(f, "creates table {table}"),
            Self::TableDropped { table } => write!(f, "drops table {table}"),
            Self::TableRenamed { table, to } => write!(f, "renames table {table} to {to}"),
            Self::ColumnAdded { table, column } => write!(f, "adds column {table}.{column}"),
            Self::ColumnDropped { table, column: Some(column) } => write!(f, "drops column {table}.{column}"),
            Self::ColumnDropped { table, column: None } => write!(f, "drops a column of {table}"),
            Self::ColumnRenamed { table, column, to: Some(to) } => {
                write!(f, "renames column {table}.{column} to {to}")
            }
            Self::ColumnRenamed { table, column, to: None } => write!(f, "renames column {table}.{column}"),
            Self::ColumnAltered { table, column: Some(column), what } => {
                write!(f, "alters column {table}.{column} {what}")
            }
            Self::ColumnAltered { table, column: None, .. } => write!(f, "alters a column of {table}"),
            Self::IndexCreated { table, name: own, .. } => write!(f, "creates index{} on {table}", name(own)),
            Self::IndexDropped { table: Some(table), name: own } => {
                write!(f, "drops index{} of {table}", name(own))
            }
            Self::IndexDropped { table: None, name: own } => write!(f, "drops index{}", name(own)),
            Self::IndexRenamed { name, to } => write!(f, "renames index {name} to {to}"),
            Self::ConstraintAdded { table, name: own, kind } => {
                write!(f, "adds {}{} to {table}", kind.title(), name(own))
            }
            Self::ConstraintDropped { table, name: own } => {
                write!(f, "drops constraint{} of {table}", name(own))
            }
            Self::ConstraintRenamed { table, name, to } => {
                write!(f, "renames constraint {name} of {table} to {to}")
            }
            Self::EnumCreated { name } => write!(f, "creates enum type {name}"),
            Self::EnumDropped { name } => write!(f, "drops enum type {name}"),
            Self::EnumRenamed { name, to } => write!(f, "renames enum type {name} to {to}"),
            Self::EnumValueAdded { name, value } => write!(f, "adds value {value} to enum type {name}"),
            Self::ViewCreated { view } => write!(f, "creates view {view}"),
            Self::ViewDropped { view } => write!(f, "drops view {view}"),
            Self::SequenceCreated { name } => write!(f, "creates sequence {name}"),
            Self::SequenceDropped { name } => write!(f, "drops sequence {name}"),
            Self::SchemaCreated { name } => write!(f, "creates schema {name}"),
            Self::SchemaDropped { name } => write!(f, "drops schema {name}"),
        }
    }
}
