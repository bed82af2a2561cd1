//! What a migration asks of a database, whether it says so through Alembic, through SQLAlchemy or in SQL.
//!
//! A name that is not known is `None`: the operation then touches something of that kind, and nobody can say which.

use super::{Dialect, Edit};

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
    /// Whether it is generated: `Computed` or `Identity`.
    pub generated: bool,
    /// Whether it is declared part of the primary key.
    pub primary_key: bool,
    /// `unique=True`: an unnamed unique constraint of its own.
    pub unique: bool,
    /// Whether `autoincrement=True` is written.
    pub autoincrement: bool,
    /// `index=True`: an index of its own, named by the naming convention.
    pub index: bool,
    /// Foreign keys declared inline, and other constraints of its own.
    pub constraints: Vec<ConstraintDef>,
    /// Whether it is declared in text of SQL: no naming convention is asked, and a column that is added brings its
    /// constraints in its own clause. Alembic adds the column first, and its constraints after it.
    pub in_sql: bool,
    /// `add_column(inline_references=True)`: its foreign keys stand in its own clause.
    pub inline_references: bool,
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
    /// The dialects whose compiler cannot write it.
    pub refused_by: &'static [Dialect],
    /// Whether a column certainly has none, and none comes from the column that it refers to.
    pub is_missing: bool,
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
    Exclude,
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
    /// Columns that its expressions and its condition certainly use.
    pub used: Vec<Box<str>>,
    /// Whether it is unique.
    pub unique: bool,
}

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
    /// Whether something changes that is not kept: its comment, its statistics.
    pub other: bool,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// `create_table`.
    CreateTable {
        /// The table.
        table: TableName,
        /// Its columns.
        columns: Vec<ColumnDef>,
        /// Whether those are all columns, constraints and indexes.
        complete: bool,
        /// Constraints of the table.
        constraints: Vec<ConstraintDef>,
        /// Indexes declared with it.
        indexes: Vec<IndexDef>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `drop_table`.
    DropTable {
        /// The table.
        table: TableName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`: what depends on it goes too.
        cascade: bool,
    },
    /// `rename_table`, or `ALTER TABLE … RENAME TO …` and `… SET SCHEMA …`.
    RenameTable {
        /// The table.
        table: TableName,
        /// Its new name.
        to: TableName,
    },
    /// `add_column`.
    AddColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: ColumnDef,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `drop_column`.
    DropColumn {
        /// The table.
        table: TableName,
        /// The column; `None` when not known.
        column: Option<Box<str>>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `alter_column`.
    AlterColumn {
        /// The table.
        table: TableName,
        /// The column; `None` when not known.
        column: Option<Box<str>>,
        /// What changes.
        change: ColumnChange,
    },
    /// `create_index`.
    CreateIndex {
        /// The table.
        table: TableName,
        /// The index.
        index: IndexDef,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `drop_index`.
    DropIndex {
        /// The index.
        name: Name,
        /// The schema that the index is named with.
        schema: Option<Box<str>>,
        /// The table, if it is named.
        table: Option<TableName>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER VIEW … RENAME TO …` and `… SET SCHEMA …`, and the like of an index or a sequence.
    Rename {
        /// What it is said to be.
        kind: Relation,
        /// Its name.
        name: TableName,
        /// Its new name.
        to: TableName,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ADD CONSTRAINT … USING INDEX …`: an index becomes a constraint.
    PromoteIndex {
        /// The table.
        table: TableName,
        /// The index.
        index: Box<str>,
        /// The constraint's name, where it is not the index's.
        name: Option<Box<str>>,
        /// Whether it becomes the primary key.
        primary: bool,
    },
    /// `create_*_constraint`, `create_foreign_key`, `create_primary_key`.
    AddConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        constraint: ConstraintDef,
    },
    /// `drop_constraint`.
    DropConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
        /// Its kind, if it is named.
        word: Option<ConstraintType>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
        /// Whether it is SQL of its own, in which the database and not Alembic has the word.
        in_sql: bool,
    },
    /// `ALTER TABLE … RENAME CONSTRAINT … TO …`.
    RenameConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Box<str>,
        /// Its new name.
        to: Box<str>,
    },
    /// `ALTER TABLE … VALIDATE CONSTRAINT …` and `… ALTER CONSTRAINT …`: it must be there.
    NeedConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Box<str>,
    },
    /// Several changes of one table that are made together, as `batch_alter_table` does.
    Batch {
        /// The table.
        table: TableName,
        /// The changes, each of this table.
        changes: Vec<Self>,
        /// Whether the table is copied: `recreate`.
        recreate: Recreate,
        /// Whether `copy_from` or `naming_convention` gives the names of constraints that have none.
        names_unnamed: bool,
        /// The table that `copy_from` gives, so that nothing is read from the database.
        given: Option<GivenTable>,
    },
    /// `CREATE TYPE … AS ENUM`.
    CreateEnum {
        /// The type.
        kind: EnumDef,
        /// `checkfirst`.
        if_not_exists: bool,
    },
    /// `DROP TYPE`.
    DropEnum {
        /// Its name; `None` when not known.
        name: Option<Box<str>>,
        /// Its schema.
        schema: Option<Box<str>>,
        /// `checkfirst` or `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER TYPE … RENAME TO …` and `… SET SCHEMA …`.
    RenameEnum {
        /// The type.
        name: TableName,
        /// Its new name.
        to: TableName,
    },
    /// `ALTER TYPE … RENAME VALUE …`.
    RenameEnumValue {
        /// The type.
        name: TableName,
        /// The value.
        value: Box<str>,
        /// What it is from now on.
        to: Box<str>,
    },
    /// Another `ALTER TYPE` or `ALTER DOMAIN`: the type must be there.
    NeedType {
        /// The type.
        name: TableName,
    },
    /// `ALTER TYPE … ADD VALUE`.
    AddEnumValue {
        /// The type.
        name: TableName,
        /// The value.
        value: Box<str>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `CREATE VIEW`, materialized or not.
    CreateView {
        /// The view.
        view: TableName,
        /// What it shows.
        query: ViewQuery,
        /// `OR REPLACE`.
        replace: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP VIEW` and `DROP MATERIALIZED VIEW`.
    DropView {
        /// The view.
        view: TableName,
        /// Which of the two.
        materialized: bool,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `CREATE SEQUENCE`.
    CreateSequence {
        /// The sequence.
        name: TableName,
        /// The table with which it goes: `OWNED BY`.
        owner: Option<TableName>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP SEQUENCE`.
    DropSequence {
        /// The sequence.
        name: TableName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER SEQUENCE`.
    AlterSequence {
        /// The sequence.
        name: TableName,
        /// The table with which it goes from now on, if that changes: `OWNED BY`.
        owner: Edit<Option<TableName>>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `CREATE SCHEMA`.
    CreateSchema {
        /// Its name.
        name: Box<str>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `ALTER SCHEMA … RENAME TO …`.
    RenameSchema {
        /// Its name.
        name: Box<str>,
        /// Its new name.
        to: Box<str>,
    },
    /// `DROP SCHEMA`.
    DropSchema {
        /// Its name.
        name: Box<str>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// What is done if something is so, and what if not: `ALTER TABLE IF EXISTS`, and `IF` in a block of PL/pgSQL.
    If {
        /// What is asked.
        condition: Condition,
        /// If it is so.
        then: Vec<Self>,
        /// If it is not.
        otherwise: Vec<Self>,
    },
    /// A block of PL/pgSQL with handlers: what fails in it has not happened.
    Try {
        /// What is tried.
        body: Vec<Self>,
        /// The failures that are caught, each by its conditions, with what is done then.
        handlers: Vec<(Vec<Box<str>>, Vec<Self>)>,
    },
    /// Rows are read or changed: these tables and columns must be there, and nothing of the schema changes.
    Data {
        /// `INSERT`, `UPDATE`, `DELETE`, `SELECT` and the like.
        verb: &'static str,
        /// Tables, each with the columns that are certainly looked for there.
        uses: Vec<(TableName, Vec<Box<str>>)>,
    },
    /// Nothing that is kept in the virtual schema: comments, grants, functions, settings.
    Noted {
        /// What, in a word or two: `COMMENT`, `CREATE FUNCTION`.
        what: Box<str>,
        /// A table that must be there.
        table: Option<TableName>,
    },
    /// `SET search_path`, of PostgreSQL: where names without a schema are looked for from now on. `public` is the default.
    SearchPath {
        /// The schemas, in order.
        schemas: Vec<Box<str>>,
    },
    /// Something that is not understood.
    Unknown {
        /// Why, as a phrase: `SQL text is computed`.
        what: Box<str>,
        /// What it could touch.
        touches: Touches,
    },
    /// `SAVEPOINT`.
    Savepoint {
        /// Its name.
        name: Box<str>,
    },
    /// `RELEASE SAVEPOINT`, and `ROLLBACK TO SAVEPOINT`: what was done since has not happened.
    EndSavepoint {
        /// Its name.
        name: Box<str>,
        /// Whether it is rolled back to.
        rolls_back: bool,
    },
    /// `INHERITS` and `PARTITION OF`: a table that goes with others.
    Inherits {
        /// The table.
        table: TableName,
        /// Those that it goes with.
        parents: Vec<TableName>,
        /// Whether it is a partition, which goes without `CASCADE` too.
        is_partition: bool,
        /// Whether the table may have been there before.
        if_not_exists: bool,
    },
    /// A table of the session's own, which stands in nobody's way.
    TemporaryTable {
        /// The table.
        table: TableName,
    },
    /// An `ALTER INDEX` that changes nothing that is kept: it must be there.
    NeedIndex {
        /// The index.
        name: TableName,
    },
    /// `RAISE EXCEPTION` of PL/pgSQL.
    Raise {
        /// What it says.
        message: Box<str>,
    },
    /// Something that this dialect refuses whatever the schema holds.
    Refused {
        /// What it says.
        message: Box<str>,
        /// The dialects that refuse it; the others are taken not to mind.
        by: Vec<Dialect>,
    },
}

impl Operation {
    /// Hands each operation that may be done by this one, and this one itself, to `each`.
    pub fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a Self)) {
        each(self);
        match self {
            Self::Batch { changes, .. } => changes.iter().for_each(|change| change.visit(each)),
            Self::If { then, otherwise, .. } => {
                then.iter().chain(otherwise).for_each(|change| change.visit(each));
            }
            Self::Try { body, handlers } => {
                let handled = handlers.iter().flat_map(|(_, handled)| handled);
                body.iter().chain(handled).for_each(|change| change.visit(each));
            }
            _ => {}
        }
    }

    /// Hands each table's name to `resolve`, and whether it is one that comes into being.
    pub fn resolve_tables(&mut self, resolve: &mut dyn FnMut(&mut TableName, bool)) {
        let constraint = |constraint: &mut ConstraintDef, resolve: &mut dyn FnMut(&mut TableName, bool)| {
            if let ConstraintKind::ForeignKey { table: Some(table), .. } = &mut constraint.kind {
                resolve(table, false);
            }
        };
        match self {
            Self::CreateTable { table, columns, constraints, .. } => {
                resolve(table, true);
                let own = columns.iter_mut().flat_map(|column| &mut column.constraints);
                constraints.iter_mut().chain(own).for_each(|own| constraint(own, resolve));
            }
            Self::AddColumn { table, column, .. } => {
                resolve(table, false);
                column.constraints.iter_mut().for_each(|own| constraint(own, resolve));
            }
            Self::AddConstraint { table, constraint: own } => {
                resolve(table, false);
                constraint(own, resolve);
            }
            Self::RenameTable { table, to } => {
                resolve(table, false);
                if to.schema.is_none() {
                    to.schema.clone_from(&table.schema);
                }
            }
            Self::CreateView { view, query, .. } => {
                resolve(view, true);
                query.reads.iter_mut().for_each(|(table, _)| resolve(table, false));
            }
            Self::Rename { name, to, .. } => {
                resolve(name, false);
                if to.schema.is_none() {
                    to.schema.clone_from(&name.schema);
                }
            }
            Self::CreateSequence { name, owner, .. } => {
                resolve(name, true);
                owner.iter_mut().for_each(|owner| resolve(owner, false));
            }
            Self::Inherits { table, parents, .. } => {
                resolve(table, false);
                parents.iter_mut().for_each(|parent| resolve(parent, false));
            }
            Self::AlterSequence { name, owner, .. } => {
                resolve(name, false);
                if let Edit::Set(Some(owner)) = owner {
                    resolve(owner, false);
                }
            }
            Self::If { condition, then, otherwise } => {
                condition.resolve_tables(resolve);
                then.iter_mut().chain(otherwise).for_each(|change| change.resolve_tables(resolve));
            }
            Self::Try { body, handlers } => {
                let handled = handlers.iter_mut().flat_map(|(_, handled)| handled);
                body.iter_mut().chain(handled).for_each(|change| change.resolve_tables(resolve));
            }
            Self::Data { uses, .. } => uses.iter_mut().for_each(|(table, _)| resolve(table, false)),
            Self::Batch { table, changes, .. } => {
                resolve(table, false);
                changes.iter_mut().for_each(|change| change.resolve_tables(resolve));
            }
            Self::DropTable { table, .. }
            | Self::DropColumn { table, .. }
            | Self::AlterColumn { table, .. }
            | Self::CreateIndex { table, .. }
            | Self::DropConstraint { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::NeedConstraint { table, .. }
            | Self::PromoteIndex { table, .. }
            | Self::DropView { view: table, .. }
            | Self::DropSequence { name: table, .. } => resolve(table, false),
            Self::DropIndex { table, .. } | Self::Noted { table, .. } => {
                table.iter_mut().for_each(|table| resolve(table, false));
            }
            Self::Unknown { touches, .. } => match touches {
                Touches::Table(table) | Touches::TableItself(table) | Touches::ConstraintsOf(table) => {
                    resolve(table, false);
                }
                Touches::Everything
                | Touches::Constraints
                | Touches::Column(_)
                | Touches::NewTables
                | Touches::Enums
                | Touches::Nothing => {}
            },
            // Names of types and of indexes are not looked up here; the others have none.
            Self::CreateEnum { .. }
            | Self::DropEnum { .. }
            | Self::RenameEnum { .. }
            | Self::RenameEnumValue { .. }
            | Self::NeedType { .. }
            | Self::AddEnumValue { .. }
            | Self::CreateSchema { .. }
            | Self::RenameSchema { .. }
            | Self::Raise { .. }
            | Self::Savepoint { .. }
            | Self::EndSavepoint { .. }
            | Self::TemporaryTable { .. }
            | Self::NeedIndex { .. }
            | Self::DropSchema { .. }
            | Self::SearchPath { .. }
            | Self::Refused { .. } => {}
        }
    }
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

/// What a view shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewQuery {
    /// Its own columns, where all of them have a plain name.
    pub columns: Option<Vec<Box<str>>>,
    /// The tables and views that it reads, as far as they are known, each with the columns that it certainly uses.
    pub reads: Vec<(TableName, Vec<Box<str>>)>,
    /// Whether it uses nothing else.
    pub is_whole: bool,
    /// Whether it is materialized.
    pub materialized: bool,
    /// Whether it is in a schema of its session, where it stands in nobody's way.
    pub temporary: bool,
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

impl Condition {
    fn resolve_tables(&mut self, resolve: &mut dyn FnMut(&mut TableName, bool)) {
        match self {
            // The others are names in a catalogue, which knows no search path.
            Self::Relation(table) => resolve(table, false),
            Self::Not(inner) => inner.resolve_tables(resolve),
            Self::And(one, two) | Self::Or(one, two) => {
                one.resolve_tables(resolve);
                two.resolve_tables(resolve);
            }
            Self::Constraint(..)
            | Self::Table(_)
            | Self::Index(_)
            | Self::Column(..)
            | Self::RelationAnywhere(_)
            | Self::Type(_)
            | Self::Known(_)
            | Self::Unknown => {}
        }
    }
}

/// What is known of a table that a batch goes by instead of reading it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenTable {
    /// Its columns.
    pub columns: Vec<Box<str>>,
    /// The names of its constraints.
    pub constraints: Vec<Box<str>>,
    /// Whether it has no other columns.
    pub complete: bool,
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
    /// Nothing that is kept here.
    Nothing,
}
