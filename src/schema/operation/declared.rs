//! What is declared: names, columns, types, constraints, indexes, views.

use crate::schema::Dialect;

/// A table's name, with the schema that it is written with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema, if one is named.
    pub schema: Option<Box<str>>,
    /// The table.
    pub name: Box<str>,
}

impl TableName {
    /// A table of the default schema.
    pub fn plain(name: &str) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A table of a schema, or of the default one.
    pub fn new(schema: Option<&str>, name: &str) -> Self {
        Self { schema: schema.map(Into::into), name: name.into() }
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// A column as a migration declares it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent word of the declaration")]
pub struct ColumnDef {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub kind: TypeDef,
    /// Whether NULL is allowed; `None` when that is not known.
    pub nullable: Option<bool>,
    /// The server's default as written; `Some("?")`-like texts are shown as they are.
    pub default: Option<Box<str>>,
    /// Whether it has a default of Python's own, which SQLAlchemy puts into the rows that it adds.
    pub fills: bool,
    /// Whether it is generated: `Computed` or `Identity`.
    pub generated: bool,
    /// The expression of which its values are made, if they are; empty when that is not known.
    pub computed: Option<Box<str>>,
    /// Whether it is declared part of the primary key.
    pub primary_key: bool,
    /// `unique=True`: an unnamed unique constraint of its own.
    pub unique: bool,
    /// Whether `autoincrement=True` is written.
    pub autoincrement: bool,
    /// `index=True`: an index of its own, named by the naming convention.
    pub index: bool,
    /// Whether it may be a key, or bring a unique constraint or an index, without that being known.
    pub may_bring_more: bool,
    /// Foreign keys declared inline, and other constraints of its own.
    pub constraints: Vec<ConstraintDef>,
    /// Whether it is declared in text of SQL: no naming convention is asked, and a column that is added brings its
    /// constraints in its own clause. Alembic adds the column first, and its constraints after it.
    pub in_sql: bool,
    /// `add_column(inline_references=True)`: its foreign keys stand in its own clause.
    pub inline_references: bool,
    /// `insert_after` or `insert_before`: only a batch that copies the table knows them.
    pub is_placed: bool,
    /// `add_column(inline_primary_key=True)`: without it, Alembic leaves the key as it is.
    pub inline_primary_key: bool,
}

/// A column's type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TypeDef {
    /// As written, without the module: `String(length=50)`; empty when not known.
    pub written: Box<str>,
    /// The enum type that a database with such types makes or needs.
    pub named: Option<EnumDef>,
    /// A check constraint that the type brings, as `Boolean(create_constraint=True, name='ck')` does: its name.
    pub check: Option<Name>,
    /// Whether it is a type of the project or of a library, of which the name tells nothing.
    pub is_custom: bool,
    /// The dialects whose compiler cannot write it, each with what it lacks.
    pub refused_by: &'static [(Dialect, Lack)],
    /// What PostgreSQL itself minds of it, as it is written there.
    pub unsuited: Option<Unsuited>,
    /// Whether a column certainly has none, and none comes from the column that it refers to.
    pub is_missing: bool,
}

/// What a dialect's compiler lacks that cannot write a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Any such type.
    Type,
    /// Its length.
    Length,
    /// Its name.
    Name,
}

/// Why PostgreSQL may not take a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsuited {
    /// It has none of that name by itself.
    NoType(&'static str),
    /// It takes no length there.
    Modified(&'static str),
    /// A library writes it by this name, which an extension brings.
    OfExtension(&'static str),
}

/// An enum type of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnumDef {
    /// Its name; `None` when not known.
    pub name: Option<Box<str>>,
    /// Its schema.
    pub schema: Option<Box<str>>,
    /// Its values, as far as they are known.
    pub values: Option<Vec<Box<str>>>,
    /// Whether the type is made together with the table: false for `create_type=False`.
    pub with_table: bool,
    /// Whether it may be one that the database or an extension brings, as a name in SQL may.
    pub is_any: bool,
    /// Whether its values are rows, as `CREATE TYPE … AS (…)` makes it.
    pub is_composite: bool,
}

/// A constraint's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Name {
    /// It has none: the naming convention or the database gives one.
    #[default]
    Unnamed,
    /// It has none, and no naming convention is asked, as in text of SQL: the database gives one.
    Default,
    /// As written. `op.f()` makes it final, so that no naming convention is applied.
    Given {
        /// The name.
        name: Box<str>,
        /// Whether no convention applies.
        is_final: bool,
    },
    /// Not known.
    Unknown,
}

impl Name {
    /// A name that is final.
    pub fn exact(name: &str) -> Self {
        Self::Given { name: name.into(), is_final: true }
    }

    /// A name that a naming convention may make another of.
    pub fn given(name: &str) -> Self {
        Self::Given { name: name.into(), is_final: false }
    }

    /// The name as written.
    pub fn written(&self) -> Option<&str> {
        match self {
            Self::Given { name, .. } => Some(name),
            Self::Unnamed | Self::Default | Self::Unknown => None,
        }
    }
}

/// A constraint as a migration declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintDef {
    /// Its name.
    pub name: Name,
    /// What it demands.
    pub kind: ConstraintKind,
}

/// What a constraint demands. Columns are `None` when they are not all known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey {
        /// Its columns.
        columns: Option<Vec<Box<str>>>,
    },
    /// `UNIQUE`.
    Unique {
        /// Its columns.
        columns: Option<Vec<Box<str>>>,
    },
    /// `FOREIGN KEY`.
    ForeignKey {
        /// Its columns.
        columns: Option<Vec<Box<str>>>,
        /// The table that it references; `None` when not known.
        table: Option<TableName>,
        /// The columns there.
        referred: Option<Vec<Box<str>>>,
    },
    /// `CHECK`.
    Check {
        /// The condition as written; empty when not known.
        condition: Box<str>,
    },
    /// `EXCLUDE`, of PostgreSQL.
    Exclude {
        /// Its columns, where it has no expressions and no condition.
        columns: Option<Vec<Box<str>>>,
        /// How its index finds rows.
        access: Access,
    },
    /// Not known which.
    Unknown,
}

/// The kind of constraint that `drop_constraint(type_=…)` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstraintType {
    /// `primary`.
    Primary,
    /// `unique`.
    Unique,
    /// `foreignkey`.
    ForeignKey,
    /// `check`.
    Check,
}

/// An index as a migration declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexDef {
    /// Its name.
    pub name: Name,
    /// Plain columns that it covers; what is an expression is left out. `None` when they are not all known.
    pub columns: Option<Vec<Box<str>>>,
    /// Whether it covers expressions too.
    pub has_expressions: bool,
    /// Whether it covers a part of the rows only, so that it is no key.
    pub is_partial: bool,
    /// The condition on those rows as written, where it is known.
    pub condition: Option<Box<str>>,
    /// Columns that stand in double quotes; nothing where SQLAlchemy puts them.
    pub quoted: Option<Vec<Box<str>>>,
    /// Columns that its expressions and its condition certainly use.
    pub used: Vec<Box<str>>,
    /// Whether it is unique.
    pub unique: bool,
    /// How it finds rows.
    pub access: Access,
}

/// How an index of PostgreSQL finds rows: its access method, and what its columns are compared by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Access {
    /// Its access method, in small letters; empty where it is not known.
    pub method: Box<str>,
    /// Columns that are given no operator class.
    pub bare: Vec<Box<str>>,
    /// The operator classes that are given.
    pub classes: Vec<Box<str>>,
}

impl Access {
    /// That of an index without more words on these columns.
    pub fn plain(columns: &[Box<str>]) -> Self {
        Self { method: "btree".into(), bare: columns.to_vec(), classes: Vec::new() }
    }
}

/// What a view shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact of the query")]
pub struct ViewQuery {
    /// Its own columns, where all of them have a plain name.
    pub columns: Option<Vec<Box<str>>>,
    /// The tables and views that it reads, as far as they are known, each with the columns that it certainly uses.
    pub reads: Vec<(TableName, Vec<Box<str>>)>,
    /// Whether it uses nothing else.
    pub is_whole: bool,
    /// Whether it shows all columns of the one table or view that it reads: `SELECT *`.
    pub shows_all: bool,
    /// Whether it is materialized.
    pub materialized: bool,
    /// Whether it is in a schema of its session, where it stands in nobody's way.
    pub temporary: bool,
}
