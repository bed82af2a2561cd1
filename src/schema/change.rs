//! What one operation did to the virtual schema, for showing.

use std::fmt;
use std::ops::Range;

use super::{ConstraintKind, Dialect, Failure, NamingConvention, ObjectName, TableName, Truth};

/// Where names without a schema are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPath {
    /// In these schemas; none are the database's own default.
    Is(Vec<Box<str>>),
    /// That is not known: what has two names may be one table, and what has one may be two.
    NotKnown {
        /// Whether the database lists the tables of the schema that names without one are looked for in.
        is_listed: bool,
    },
    /// The same, and what SQLAlchemy makes is looked for elsewhere than what texts of SQL make.
    Translated,
}

impl Default for SearchPath {
    fn default() -> Self {
        Self::Is(Vec::new())
    }
}

/// The rules by which operations are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectRules {
    /// The database.
    pub dialect: Dialect,
    /// The naming convention of the project's `target_metadata`.
    pub convention: NamingConvention,
    /// Where names without a schema are looked for at the beginning.
    pub search_path: SearchPath,
    /// Whether the driver takes several statements in one text.
    pub takes_several: Truth,
}

impl DialectRules {
    /// The rules of a database for a project that names nothing by convention.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            convention: NamingConvention::default(),
            search_path: SearchPath::default(),
            // Python's `sqlite3` takes one.
            takes_several: (dialect != Dialect::Sqlite).into(),
        }
    }
}

/// What came of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Why it is refused, the first reason first. The database itself names the first only.
    pub failures: Vec<Failure>,
    /// What it changed.
    pub changes: Vec<SchemaChange>,
    /// Whether some of it is done under a condition that is not known.
    pub in_doubt: bool,
    /// Of a batch: whether the table is copied, so that Python's own defaults fill its rows.
    pub copies: bool,
    /// Of a batch: what came of each of its changes by itself.
    pub parts: Vec<Part>,
}

/// What came of one change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which of the failures.
    pub failures: Range<usize>,
    /// Which of the changes.
    pub changes: Range<usize>,
}

/// One change. A name that is not known, or that the database does not have, is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the words of the sentence")]
pub enum SchemaChange {
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
    /// An extension is there now.
    ExtensionCreated { name: Box<str> },
    /// An extension is gone.
    ExtensionDropped { name: Box<str> },
}

impl SchemaChange {
    /// What is there by it; what has no known name is left out.
    pub fn brings(&self) -> Vec<ObjectName> {
        self.comes_and_goes().0
    }

    /// What is gone by it; what has no known name is left out. What goes with a table is not named.
    pub fn takes(&self) -> Vec<ObjectName> {
        self.comes_and_goes().1
    }

    /// What comes and what goes. Every change is listed, so that a new one is thought of.
    fn comes_and_goes(&self) -> (Vec<ObjectName>, Vec<ObjectName>) {
        let comes = |object: ObjectName| (vec![object], Vec::new());
        let goes = |object: ObjectName| (Vec::new(), vec![object]);
        let neither = || (Vec::new(), Vec::new());
        match self {
            Self::TableCreated { table, columns } => {
                let mut all: Vec<_> =
                    columns.iter().map(|column| ObjectName::column(table, column)).collect();
                all.push(ObjectName::Table(table.clone()));
                (all, Vec::new())
            }
            Self::TableDropped { table } => goes(ObjectName::Table(table.clone())),
            Self::TableRenamed { table, to } => {
                (vec![ObjectName::Table(to.clone())], vec![ObjectName::Table(table.clone())])
            }
            Self::ColumnAdded { table, column } => comes(ObjectName::column(table, column)),
            Self::ColumnDropped { table, column } => {
                column.as_ref().map_or_else(neither, |column| goes(ObjectName::column(table, column)))
            }
            Self::ColumnRenamed { table, column, to } => {
                let to = to.iter().map(|to| ObjectName::column(table, to));
                (to.collect(), vec![ObjectName::column(table, column)])
            }
            Self::IndexCreated { table, name, .. } => {
                name.as_ref().map_or_else(neither, |name| comes(ObjectName::index(Some(table), name)))
            }
            Self::IndexDropped { table, name } => {
                name.as_ref().map_or_else(neither, |name| goes(ObjectName::index(table.as_ref(), name)))
            }
            Self::IndexRenamed { name, to } => {
                (vec![ObjectName::index(None, to)], vec![ObjectName::index(None, name)])
            }
            Self::ConstraintAdded { table, name, .. } => {
                name.as_ref().map_or_else(neither, |name| comes(ObjectName::constraint(table, name)))
            }
            Self::ConstraintDropped { table, name } => {
                name.as_ref().map_or_else(neither, |name| goes(ObjectName::constraint(table, name)))
            }
            Self::ConstraintRenamed { table, name, to } => {
                (vec![ObjectName::constraint(table, to)], vec![ObjectName::constraint(table, name)])
            }
            Self::EnumCreated { name } => comes(ObjectName::Type(name.clone())),
            Self::EnumDropped { name } => goes(ObjectName::Type(name.clone())),
            Self::EnumRenamed { name, to } => {
                (vec![ObjectName::Type(to.clone())], vec![ObjectName::Type(name.clone())])
            }
            Self::EnumValueAdded { name, value } => {
                comes(ObjectName::Value { of: name.clone(), value: value.clone() })
            }
            Self::ViewCreated { view } => comes(ObjectName::View(view.clone())),
            Self::ViewDropped { view } => goes(ObjectName::View(view.clone())),
            Self::SequenceCreated { name } => comes(ObjectName::Sequence(name.clone())),
            Self::SequenceDropped { name } => goes(ObjectName::Sequence(name.clone())),
            Self::SchemaCreated { name } => comes(ObjectName::Schema(name.clone())),
            Self::SchemaDropped { name } => goes(ObjectName::Schema(name.clone())),
            Self::ExtensionCreated { name } => comes(ObjectName::Extension(name.clone())),
            Self::ExtensionDropped { name } => goes(ObjectName::Extension(name.clone())),
            Self::ColumnAltered { .. } => neither(),
        }
    }

    /// The table that it is about, if it is about one that is known.
    pub fn table(&self) -> Option<&TableName> {
        match self {
            Self::TableCreated { table, .. }
            | Self::TableDropped { table }
            | Self::TableRenamed { table, .. }
            | Self::ColumnAdded { table, .. }
            | Self::ColumnDropped { table, .. }
            | Self::ColumnRenamed { table, .. }
            | Self::ColumnAltered { table, .. }
            | Self::IndexCreated { table, .. }
            | Self::ConstraintAdded { table, .. }
            | Self::ConstraintDropped { table, .. }
            | Self::ConstraintRenamed { table, .. } => Some(table),
            Self::IndexDropped { table, .. } => table.as_ref(),
            Self::IndexRenamed { .. }
            | Self::EnumCreated { .. }
            | Self::EnumDropped { .. }
            | Self::EnumRenamed { .. }
            | Self::EnumValueAdded { .. }
            | Self::ViewCreated { .. }
            | Self::ViewDropped { .. }
            | Self::SequenceCreated { .. }
            | Self::SequenceDropped { .. }
            | Self::SchemaCreated { .. }
            | Self::SchemaDropped { .. }
            | Self::ExtensionCreated { .. }
            | Self::ExtensionDropped { .. } => None,
        }
    }

    /// The tables that it is about: a table that is renamed by both of its names.
    pub fn tables(&self) -> impl Iterator<Item = &TableName> {
        let to = if let Self::TableRenamed { to, .. } = self { Some(to) } else { None };
        self.table().into_iter().chain(to)
    }
}

impl ConstraintKind {
    /// What it is called.
    pub fn title(&self) -> &'static str {
        match self {
            Self::PrimaryKey { .. } => "primary key",
            Self::Unique { .. } => "unique constraint",
            Self::ForeignKey { .. } => "foreign key",
            Self::Check { .. } => "check constraint",
            Self::Exclude { .. } => "exclude constraint",
            Self::Unknown => "constraint",
        }
    }
}

impl fmt::Display for SchemaChange {
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
            Self::ExtensionCreated { name } => write!(f, "creates extension {name}"),
            Self::ExtensionDropped { name } => write!(f, "drops extension {name}"),
            Self::SequenceCreated { name } => write!(f, "creates sequence {name}"),
            Self::SequenceDropped { name } => write!(f, "drops sequence {name}"),
            Self::SchemaCreated { name } => write!(f, "creates schema {name}"),
            Self::SchemaDropped { name } => write!(f, "drops schema {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_is_told_by_name() {
        let table = TableName::plain("t");
        for (change, brings, takes) in [
            (
                SchemaChange::TableCreated { table: table.clone(), columns: vec!["a".into(), "b".into()] },
                "t.a t.b t",
                "",
            ),
            (SchemaChange::TableRenamed { table: table.clone(), to: TableName::plain("u") }, "u", "t"),
            (
                SchemaChange::ColumnRenamed {
                    table: table.clone(),
                    column: "a".into(),
                    to: Some("c".into()),
                },
                "t.c",
                "t.a",
            ),
            (SchemaChange::ColumnRenamed { table: table.clone(), column: "a".into(), to: None }, "", "t.a"),
            (SchemaChange::ColumnDropped { table: table.clone(), column: None }, "", ""),
            (SchemaChange::IndexDropped { table: None, name: Some("ix".into()) }, "", "ix"),
            (
                SchemaChange::ConstraintRenamed { table: table.clone(), name: "k".into(), to: "l".into() },
                "t.l",
                "t.k",
            ),
            (SchemaChange::ColumnAltered { table, column: Some("a".into()), what: String::new() }, "", ""),
        ] {
            let words = |objects: Vec<ObjectName>| {
                objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            };
            assert_eq!((&*words(change.brings()), &*words(change.takes())), (brings, takes), "{change}");
        }
    }
}
