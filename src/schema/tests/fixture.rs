//! Operations for tests, written shortly.

use crate::schema::{
    Access, ColumnChange, ColumnDef, Completeness, ConstraintDef, ConstraintKind, ConstraintType, Dialect,
    DialectRules, Edit, EnumDef, Failure, FailureKind, IndexDef, Name, Operation, Recreate, Relation, Schema,
    TableName, Together, TypeDef, ViewQuery,
};

/// A column: `id!` is the primary key, `name?` may be NULL.
pub(super) fn column(spec: &str) -> ColumnDef {
    let name = spec.trim_end_matches(['!', '?']);
    let kind = TypeDef { written: "Integer()".into(), ..TypeDef::default() };
    let (primary_key, nullable) = (spec.ends_with('!'), Some(spec.ends_with('?')));
    ColumnDef { name: name.into(), kind, nullable, primary_key, ..ColumnDef::default() }
}

/// A column with an enum type that `create_table` makes.
pub(super) fn enum_column(name: &str, kind: &str) -> ColumnDef {
    let named = EnumDef { name: Some(kind.into()), with_table: true, ..EnumDef::default() };
    let kind = TypeDef { written: "Enum()".into(), named: Some(named), ..TypeDef::default() };
    ColumnDef { kind, ..column(name) }
}

/// `create_table` of these columns.
pub(super) fn table(name: &str, columns: &[&str]) -> Operation {
    table_with(name, columns.iter().map(|spec| column(spec)).collect(), Vec::new())
}

pub(super) fn table_with(name: &str, columns: Vec<ColumnDef>, constraints: Vec<ConstraintDef>) -> Operation {
    Operation::CreateTable {
        table: TableName::plain(name),
        columns,
        complete: Completeness::Whole,
        constraints,
        indexes: Vec::new(),
        if_not_exists: false,
    }
}

pub(super) fn drop_table(name: &str) -> Operation {
    Operation::DropTable {
        table: TableName::plain(name),
        if_exists: false,
        cascade: false,
        together: Together::default(),
    }
}

pub(super) fn rename_table(name: &str, to: &str) -> Operation {
    Operation::RenameTable { table: TableName::plain(name), to: TableName::plain(to) }
}

pub(super) fn add(table: &str, column: ColumnDef) -> Operation {
    Operation::AddColumn { table: TableName::plain(table), column, if_not_exists: false }
}

pub(super) fn drop_column(table: &str, column: &str) -> Operation {
    let column = Some(column.into());
    Operation::DropColumn { table: TableName::plain(table), column, if_exists: false, cascade: false }
}

pub(super) fn nullable(table: &str, column: &str, nullable: bool) -> Operation {
    let change = ColumnChange { nullable: Edit::Set(nullable), ..ColumnChange::default() };
    Operation::AlterColumn { table: TableName::plain(table), column: Some(column.into()), change }
}

pub(super) fn rename(table: &str, column: &str, to: &str) -> Operation {
    let change = ColumnChange { name: Edit::Set(to.into()), ..ColumnChange::default() };
    Operation::AlterColumn { table: TableName::plain(table), column: Some(column.into()), change }
}

pub(super) fn index(name: &str, table: &str, columns: &[&str]) -> Operation {
    let columns = Some(columns.iter().map(|&column| column.into()).collect());
    let index = IndexDef {
        name: Name::exact(name),
        columns,
        has_expressions: false,
        is_partial: false,
        condition: None,
        quoted: None,
        used: Vec::new(),
        unique: false,
        access: Access::default(),
    };
    Operation::CreateIndex { table: TableName::plain(table), index, if_not_exists: false }
}

pub(super) fn drop_index(name: &str, table: &str) -> Operation {
    let table = Some(TableName::plain(table));
    Operation::DropIndex { name: Name::exact(name), schema: None, table, if_exists: false, cascade: false }
}

/// A name as a migration writes it, without `op.f`.
pub(super) fn written(name: &str) -> Name {
    if name.is_empty() { Name::Unnamed } else { Name::given(name) }
}

pub(super) fn unique(name: &str, columns: &[&str]) -> ConstraintDef {
    let columns = Some(columns.iter().map(|&column| column.into()).collect());
    ConstraintDef { name: written(name), kind: ConstraintKind::Unique { columns } }
}

pub(super) fn primary(name: &str, columns: &[&str]) -> ConstraintDef {
    let columns = Some(columns.iter().map(|&column| column.into()).collect());
    ConstraintDef { name: written(name), kind: ConstraintKind::PrimaryKey { columns } }
}

pub(super) fn check(name: &str, condition: &str) -> ConstraintDef {
    ConstraintDef { name: written(name), kind: ConstraintKind::Check { condition: condition.into() } }
}

/// A foreign key from a column to `table.column`.
pub(super) fn foreign(name: &str, column: &str, to: &str) -> ConstraintDef {
    let (table, referred) = to.split_once('.').unwrap_or((to, "id"));
    let kind = ConstraintKind::ForeignKey {
        columns: Some(vec![column.into()]),
        table: Some(TableName::plain(table)),
        referred: Some(vec![referred.into()]),
    };
    ConstraintDef { name: written(name), kind }
}

pub(super) fn constrain(table: &str, constraint: ConstraintDef) -> Operation {
    Operation::AddConstraint { table: TableName::plain(table), constraint }
}

pub(super) fn drop_constraint(table: &str, name: &str, word: Option<ConstraintType>) -> Operation {
    let name = written(name);
    Operation::DropConstraint {
        table: TableName::plain(table),
        name,
        word,
        if_exists: false,
        cascade: false,
        in_sql: false,
    }
}

pub(super) fn batch(table: &str, changes: Vec<Operation>) -> Operation {
    let recreate = Recreate::Auto;
    Operation::Batch { table: TableName::plain(table), changes, recreate, names_unnamed: false, given: None }
}

pub(super) fn create_enum(name: &str) -> Operation {
    let kind = EnumDef { name: Some(name.into()), ..EnumDef::default() };
    Operation::CreateEnum { kind, if_not_exists: false }
}

pub(super) fn drop_enum(name: &str) -> Operation {
    Operation::DropEnum { name: Some(name.into()), schema: None, if_exists: false, cascade: false }
}

/// A view that shows columns of one table.
pub(super) fn view(name: &str, table: &str, columns: &[&str]) -> Operation {
    let columns: Option<Vec<Box<str>>> = Some(columns.iter().map(|&column| column.into()).collect());
    let used = columns.iter().flatten().cloned().collect();
    let reads = vec![(TableName::plain(table), used)];
    Operation::CreateView {
        view: TableName::plain(name),
        query: ViewQuery { columns, reads, is_whole: true, ..ViewQuery::default() },
        replace: false,
        if_not_exists: false,
    }
}

pub(super) fn rename_index(name: &str, to: &str) -> Operation {
    let (name, to) = (TableName::plain(name), TableName::plain(to));
    Operation::Rename { kind: Relation::Index, name, to, if_exists: false }
}

pub(super) fn data(table: &str, columns: &[&str]) -> Operation {
    let columns = columns.iter().map(|&column| column.into()).collect();
    Operation::data("SELECT", vec![(TableName::plain(table), columns)])
}

/// An empty database of a project that names nothing by convention.
pub(super) fn empty(dialect: Dialect) -> Schema {
    Schema::empty(DialectRules::new(dialect))
}

/// The schema after all of them.
pub(super) fn after(dialect: Dialect, operations: &[Operation]) -> Schema {
    let mut schema = empty(dialect);
    for operation in operations {
        schema.apply(operation);
    }
    schema
}

/// What a text of SQL asks for.
pub(super) fn sql(dialect: Dialect, text: &str) -> Vec<Operation> {
    crate::schema::sql::operations(&text.into(), dialect)
}

/// The first certain failure, and at which operation.
pub(super) fn first_failure(schema: &mut Schema, operations: &[Operation]) -> Option<(usize, Failure)> {
    operations.iter().enumerate().find_map(|(at, operation)| {
        let applied = schema.apply(operation);
        applied.failures.into_iter().find(|failure| failure.certain).map(|failure| (at, failure))
    })
}

/// The kind of the first certain failure of statements on an empty database.
pub(super) fn first(dialect: Dialect, text: &str) -> Option<FailureKind> {
    first_failure(&mut empty(dialect), &sql(dialect, text)).map(|(_, failure)| failure.kind)
}
