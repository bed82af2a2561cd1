//! What a migration asks of a database, whether it says so through Alembic, through SQLAlchemy or in SQL.
//!
//! A name that is not known is `None`: the operation then touches something of that kind, and nobody can say which.

mod arguments;
mod declared;
mod tables;

pub use arguments::{
    ColumnChange, Completeness, Condition, Constant, GivenTable, OnRows, Recreate, Relation, Stands, Touches,
    Written,
};
pub use declared::{
    Access, ColumnDef, ConstraintDef, ConstraintKind, ConstraintType, EnumDef, IndexDef, Lack, Name,
    TableName, TypeDef, Unsuited, ViewQuery,
};

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Dialect, Edit};

/// What one statement drops, each by the name under which it is kept; all operations of the statement share it.
pub type Together = Arc<BTreeSet<TableName>>;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// `create_table`.
    CreateTable {
        /// The table.
        table: TableName,
        /// Its columns.
        columns: Vec<ColumnDef>,
        /// How much of the table that is, with its constraints and indexes.
        complete: Completeness,
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
        /// What the same statement drops, which stands in nobody's way.
        together: Together,
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
        /// Whether `naming_convention` gives the names of constraints that have none.
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
        /// What the same statement drops.
        together: Together,
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
        /// What becomes of the rows.
        rows: OnRows,
    },
    /// Values that a statement writes out: each must be one of what it stands for.
    Constants {
        /// All of them.
        all: Vec<Written>,
    },
    /// Nothing that is kept in the virtual schema: comments, grants, functions, settings.
    Noted {
        /// What, in a word or two: `COMMENT`, `CREATE FUNCTION`.
        what: Box<str>,
        /// A table that must be there.
        table: Option<TableName>,
        /// What becomes of rows.
        rows: OnRows,
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
    /// `INHERITS`, `PARTITION OF`, `ATTACH` and `DETACH PARTITION`: a table that goes with others from now on, and has their
    /// columns; with none, it is of its own.
    Inherits {
        /// The table.
        table: TableName,
        /// Those that it goes with.
        parents: Vec<TableName>,
        /// Whether it is a partition, which goes without `CASCADE` too.
        is_partition: bool,
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
    /// `CREATE EXTENSION`.
    CreateExtension {
        /// Its name; nothing where it is not known.
        name: Option<Box<str>>,
        /// Whether it may be there already.
        if_not_exists: bool,
        /// Whether it brings along those that it needs.
        cascade: bool,
    },
    /// `DROP EXTENSION`.
    DropExtension {
        /// Its name.
        name: Box<str>,
        /// Whether it may be missing.
        if_exists: bool,
        /// Whether what depends on it goes with it.
        cascade: bool,
    },
    /// A function that this dialect does not have by itself, and other ones do.
    NeedFunction {
        /// Its name, in small letters.
        name: Box<str>,
    },
    /// What PostgreSQL does outside of a transaction only; what it does then follows it.
    OutsideTransaction {
        /// What PostgreSQL calls it: `VACUUM`.
        what: &'static str,
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
        /// A table that is looked for before that.
        table: Option<TableName>,
    },
}

impl Operation {
    /// Rows are read or changed by a plain statement with this verb.
    pub fn data(verb: &'static str, uses: Vec<(TableName, Vec<Box<str>>)>) -> Self {
        let keeps = matches!(verb, "SELECT" | "INSERT" | "UPDATE" | "LOCK" | "COPY");
        Self::Data { verb, uses, rows: if keeps { OnRows::Keeps } else { OnRows::MayTake } }
    }

    /// Something that is not kept, and takes no rows.
    pub fn noted(what: impl Into<Box<str>>, table: Option<TableName>) -> Self {
        Self::Noted { what: what.into(), table, rows: OnRows::Keeps }
    }
}
