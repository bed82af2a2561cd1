//! What changes the schema.

use std::sync::Arc;

use sqlparser::ast::{
    AlterIndexOperation, AlterViewOperation, CommentObject, CreateIndex, CreateTable, CreateTableLikeKind,
    CreateView, Expr, Ident, ObjectName, ObjectType, Query, SchemaName, SelectInto, SequenceOptions,
    Statement as Tree, UserDefinedTypeRepresentation,
};

use super::super::names::fold;
use super::super::{
    ColumnChange, ColumnDef, Completeness, Condition, Dialect, EnumDef, Name, Operation, TableName, Together,
    Touches, TypeDef, ViewQuery,
};
use super::alter::{noted, unknown};
use super::data::Uses;
use super::names::Names;
use super::table::{Part, is_plain};

/// Tables or views that one statement drops know of each other.
fn drop_together(dropped: &mut [Operation], dialect: Dialect) {
    let name = |operation: &Operation| match operation {
        Operation::DropTable { table: name, .. } | Operation::DropView { view: name, .. } => {
            Some(fold(dialect, name))
        }
        _ => None,
    };
    if dropped.len() < 2 {
        return;
    }
    let all: Together = Arc::new(dropped.iter().filter_map(name).collect());
    for operation in dropped {
        if let Operation::DropTable { together, .. } | Operation::DropView { together, .. } = operation {
            *together = Arc::clone(&all);
        }
    }
}

/// PostgreSQL looks for all that a statement drops before it looks at what depends on the first.
fn needed(drop: &Operation) -> Option<Operation> {
    match drop {
        Operation::DropTable { table: name, .. }
        | Operation::DropView { view: name, .. }
        | Operation::DropSequence { name, .. } => {
            Some(Operation::data("SELECT", vec![(name.clone(), Vec::new())]))
        }
        Operation::DropEnum { name: Some(name), schema, .. } => {
            Some(Operation::NeedType { name: TableName::new(schema.as_deref(), name) })
        }
        _ => None,
    }
}

/// The table that another is made like.
fn copied(create: &CreateTable) -> Option<&ObjectName> {
    match create.like.as_ref()? {
        CreateTableLikeKind::Parenthesized(like) | CreateTableLikeKind::Plain(like) => Some(&like.name),
    }
}

impl Names<'_> {
    /// What a statement that changes the schema asks for; nothing if it is none of those.
    pub(super) fn definition(&self, tree: &Tree) -> Option<Vec<Operation>> {
        let operation = match tree {
            Tree::AlterTable(alter) => return Some(self.alter_table(alter)),
            Tree::CreateTable(create) => return Some(self.create_table(create)),
            Tree::CreateIndex(create) => self.create_index(create),
            Tree::CreateView(create) => self.create_view(create),
            Tree::CreateForeignTable(create) => {
                Self::bare_table(self.table(&create.name), create.if_not_exists, Completeness::Open)
            }
            Tree::RenameTable(renames) => {
                let one = |old, new| match self.table(old) {
                    Some(table) => Self::rename_table(&table, self.table(new)),
                    None => unknown("a table's name is computed", Touches::Everything),
                };
                return Some(renames.iter().map(|rename| one(&rename.old_name, &rename.new_name)).collect());
            }
            Tree::Drop { object_type, if_exists, names, cascade, table, .. } => {
                let drop = |name| self.drop(*object_type, name, *if_exists, *cascade, table.as_ref());
                let mut dropped: Vec<_> = names.iter().map(drop).collect();
                dropped.dedup();
                drop_together(&mut dropped, self.dialect);
                let mut operations = Vec::new();
                if self.dialect == Dialect::Postgresql && !if_exists {
                    operations.extend(dropped.iter().skip(1).filter_map(needed));
                }
                operations.extend(dropped);
                return Some(operations);
            }
            Tree::DropDomain(drop) => {
                let cascade = drop.drop_behavior == Some(sqlparser::ast::DropBehavior::Cascade);
                self.drop(ObjectType::Type, &drop.name, drop.if_exists, cascade, None)
            }
            Tree::AlterIndex { operation: AlterIndexOperation::RenameIndex { .. }, .. } => {
                unknown("an index's name is computed", Touches::Constraints)
            }
            Tree::CreateType { name, representation } => {
                let kind = match representation {
                    Some(UserDefinedTypeRepresentation::Enum { labels }) => {
                        EnumDef { values: self.labels(labels), ..EnumDef::default() }
                    }
                    Some(UserDefinedTypeRepresentation::Composite { .. }) => {
                        EnumDef { is_composite: true, ..EnumDef::default() }
                    }
                    _ => EnumDef::default(),
                };
                self.create_type(name, kind)
            }
            Tree::CreateDomain(create) => self.create_type(&create.name, EnumDef::default()),
            Tree::AlterType(_) => unknown("ALTER TYPE", Touches::Enums),
            Tree::AlterView(alter) => match (&alter.operation, self.table(&alter.name)) {
                (AlterViewOperation::As { query, columns, .. }, Some(view)) => Operation::CreateView {
                    view,
                    query: self.view_query(query, self.listed(columns), false),
                    replace: true,
                    if_not_exists: false,
                },
                _ => return None,
            },
            Tree::CreateSequence { name, if_not_exists, temporary, sequence_options } => {
                match self.table(name) {
                    Some(name) => Operation::CreateSequence {
                        name,
                        owner: self.owner(sequence_options),
                        if_not_exists: *if_not_exists || *temporary,
                    },
                    None => unknown("a sequence's name is computed", Touches::Nothing),
                }
            }
            Tree::CreateSchema { schema_name, if_not_exists, .. } => {
                let name = match schema_name {
                    SchemaName::Simple(name) | SchemaName::NamedAuthorization(name, _) => self.last(name),
                    SchemaName::UnnamedAuthorization(name) => self.ident(name),
                };
                match name {
                    Some(name) => Operation::CreateSchema { name, if_not_exists: *if_not_exists },
                    None => unknown("a schema's name is computed", Touches::Nothing),
                }
            }
            Tree::Comment { object_type: CommentObject::Column, object_name, .. } => {
                let parts: Vec<_> = object_name
                    .0
                    .iter()
                    .map(|part| part.as_ident().and_then(|ident| self.ident(ident)))
                    .collect();
                let (column, table) = parts.split_last()?;
                match self.qualified(table) {
                    Some(table) => Operation::AlterColumn {
                        table,
                        column: column.clone(),
                        change: ColumnChange { other: true, ..ColumnChange::default() },
                    },
                    None => noted("COMMENT", None),
                }
            }
            Tree::Comment { object_type, object_name, .. } => {
                let is_table = *object_type == CommentObject::Table;
                noted("COMMENT", if is_table { self.table(object_name) } else { None })
            }
            _ => return None,
        };
        Some(vec![operation])
    }

    fn create_table(&self, create: &CreateTable) -> Vec<Operation> {
        let Some(table) = self.table(&create.name) else {
            return vec![unknown("CREATE TABLE with a name that is computed", Touches::Everything)];
        };
        let mut operations = Vec::new();
        if let Some(query) = &create.query {
            let uses = Uses::of_query(*self, query);
            if !uses.is_empty() {
                operations.push(Operation::data("SELECT", uses));
            }
        }
        let others = create.inherits.iter().flatten().chain(&create.partition_of);
        let uses: Vec<_> =
            others.chain(copied(create)).filter_map(|name| Some((self.table(name)?, Vec::new()))).collect();
        if !uses.is_empty() {
            operations.push(Operation::data("SELECT", uses));
        }
        if create.temporary {
            operations.push(Operation::TemporaryTable { table });
            return operations;
        }
        if create.or_replace {
            operations.push(Operation::DropTable {
                table: table.clone(),
                if_exists: true,
                cascade: false,
                together: Together::default(),
            });
        }
        let has_others = create.query.is_some() || create.inherits.is_some() || create.partition_of.is_some();
        let mut complete = if create.like.is_some() || create.clone.is_some() {
            Completeness::Open
        } else if has_others {
            Completeness::OpenColumns
        } else {
            Completeness::Whole
        };
        let mut columns = Vec::new();
        for column in &create.columns {
            match self.column(column) {
                Some(column) => columns.push(column),
                None => complete = Completeness::Open,
            }
        }
        // The columns are those of the query, where all of them have a name there.
        if let (Some(query), true) = (&create.query, create.columns.is_empty())
            && let Some(names) = self.selected(query)
            && !(self.dialect == Dialect::Sqlite && query.to_string().contains('"'))
        {
            // What SQLite takes for a text has another name.
            complete = Completeness::Whole;
            let lack = self.untyped(query);
            let column = |(at, name)| {
                let is_missing = lack.contains(&at);
                let kind = TypeDef { is_missing, ..TypeDef::default() };
                ColumnDef { name, kind, in_sql: true, ..ColumnDef::default() }
            };
            columns = names.into_iter().enumerate().map(column).collect();
        }
        let (mut constraints, mut indexes) = (Vec::new(), Vec::new());
        for part in &create.constraints {
            match self.part(part) {
                Part::Constraint(constraint) => constraints.push(constraint),
                Part::Index(index) => indexes.push(index),
            }
        }
        let others = create.inherits.iter().flatten().chain(&create.partition_of);
        let parents: Vec<_> = others.filter_map(|name| self.table(name)).collect();
        let child = (!parents.is_empty()).then(|| Operation::Inherits {
            table: table.clone(),
            parents,
            is_partition: create.partition_of.is_some(),
        });
        let made = Operation::CreateTable {
            table: table.clone(),
            columns,
            complete,
            constraints,
            indexes,
            if_not_exists: create.if_not_exists,
        };
        // SQLite looks for nothing before it has looked for one of that name.
        let is_late = self.dialect == Dialect::Sqlite && !operations.is_empty();
        if !is_late && (!create.if_not_exists || child.is_none()) {
            operations.push(made);
            operations.extend(child);
            return operations;
        }
        let before = if is_late { std::mem::take(&mut operations) } else { Vec::new() };
        // One that is there already goes with nothing new.
        operations.push(Operation::If {
            condition: Condition::Relation(table),
            then: vec![made.clone()],
            otherwise: before.into_iter().chain([made]).chain(child).collect(),
        });
        operations
    }

    /// `SELECT … INTO`: a table, or a variable in MySQL.
    pub(super) fn select_into(&self, into: &SelectInto, query: &Query) -> Vec<Operation> {
        let uses = Uses::of_query(*self, query);
        let mut operations = vec![Operation::data("SELECT", uses)];
        if self.dialect != Dialect::Mysql {
            let target = match into.targets.as_slice() {
                [Expr::Identifier(name)] => self.qualified(&[self.ident(name)]),
                [Expr::CompoundIdentifier(parts)] => {
                    let parts: Vec<_> = parts.iter().map(|part| self.ident(part)).collect();
                    self.qualified(&parts)
                }
                _ => None,
            };
            operations.push(match target {
                Some(table) if into.temporary => Operation::TemporaryTable { table },
                target => Self::bare_table(target, false, Completeness::OpenColumns),
            });
        }
        operations
    }

    /// A table of which only the name is known.
    fn bare_table(table: Option<TableName>, if_not_exists: bool, complete: Completeness) -> Operation {
        match table {
            None => unknown("CREATE TABLE with a name that is computed", Touches::Everything),
            Some(table) => Operation::CreateTable {
                table,
                columns: Vec::new(),
                complete,
                constraints: Vec::new(),
                indexes: Vec::new(),
                if_not_exists,
            },
        }
    }

    fn create_index(&self, create: &CreateIndex) -> Operation {
        let Some(mut table) = self.table(&create.table_name) else {
            return unknown("CREATE INDEX on a table whose name is computed", Touches::Constraints);
        };
        let name = create.name.as_ref();
        let ident = name.and_then(|name| name.0.last()?.as_ident());
        // SQLite names the schema with the index.
        if let (Dialect::Sqlite, None, Some(name)) = (self.dialect, &table.schema, name) {
            table.schema = self.table(name).and_then(|name| name.schema);
        }
        let mut index = self.index(ident, &create.columns, create.unique);
        index.is_partial = create.predicate.is_some();
        index.condition = create.predicate.as_ref().map(|own| own.to_string().into());
        let method = create.using.as_ref().map(ToString::to_string);
        index.access = self.access(method.as_deref(), &create.columns);
        let columns = create.columns.iter().map(|column| &column.column.expr);
        let expressions: Vec<_> = columns.filter(|expr| !is_plain(expr)).chain(&create.predicate).collect();
        let uses = Uses::of_expressions(*self, &table, &expressions);
        let included = create.include.iter().filter_map(|column| self.ident(column));
        index.used = uses.into_iter().flat_map(|(_, columns)| columns).chain(included).collect();
        Operation::CreateIndex { table, index, if_not_exists: create.if_not_exists }
    }

    fn create_view(&self, create: &CreateView) -> Operation {
        let Some(view) = self.table(&create.name) else {
            return unknown("CREATE VIEW with a name that is computed", Touches::Everything);
        };
        let listed = self.listed(create.columns.iter().map(|column| &column.name));
        let query = self.view_query(&create.query, listed, create.materialized);
        Operation::CreateView {
            view,
            query: ViewQuery { temporary: create.temporary, ..query },
            replace: create.or_replace,
            if_not_exists: create.if_not_exists,
        }
    }

    /// The columns of a view that are listed; nothing if none are.
    fn listed<'i>(&self, columns: impl IntoIterator<Item = &'i Ident>) -> Option<Vec<Box<str>>> {
        self.idents(columns).filter(|columns| !columns.is_empty())
    }

    /// The table with which a sequence goes.
    fn owner(&self, options: &[SequenceOptions]) -> Option<TableName> {
        options.iter().find_map(|option| match option {
            SequenceOptions::OwnedBy(Some(column)) => {
                let parts: Vec<_> =
                    column.0.iter().map(|part| part.as_ident().and_then(|ident| self.ident(ident))).collect();
                let (_, table) = parts.split_last()?;
                self.qualified(table)
            }
            _ => None,
        })
    }

    fn drop(
        &self,
        kind: ObjectType,
        name: &ObjectName,
        if_exists: bool,
        cascade: bool,
        on: Option<&ObjectName>,
    ) -> Operation {
        let found = self.table(name);
        match (kind, found) {
            (ObjectType::Table | ObjectType::ForeignTable, Some(table)) => {
                Operation::DropTable { table, if_exists, cascade, together: Together::default() }
            }
            (ObjectType::View | ObjectType::MaterializedView, Some(view)) => {
                let materialized = kind == ObjectType::MaterializedView;
                Operation::DropView { view, materialized, if_exists, cascade, together: Together::default() }
            }
            (ObjectType::Sequence, Some(name)) => Operation::DropSequence { name, if_exists, cascade },
            (ObjectType::Index, found) => Operation::DropIndex {
                name: found.as_ref().map_or(Name::Unknown, |found| Name::exact(&found.name)),
                schema: found.and_then(|found| found.schema),
                table: on.and_then(|table| self.table(table)),
                if_exists,
                cascade,
            },
            (ObjectType::Type, found) => {
                let (name, schema) = found.map_or((None, None), |found| (Some(found.name), found.schema));
                Operation::DropEnum { name, schema, if_exists, cascade }
            }
            (ObjectType::Schema, Some(_)) => match self.last(name) {
                Some(name) => Operation::DropSchema { name, if_exists, cascade },
                None => unknown("a schema's name is computed", Touches::Everything),
            },
            (ObjectType::Table | ObjectType::ForeignTable | ObjectType::Schema | ObjectType::Database, _) => {
                unknown(format!("DROP {kind}"), Touches::Everything)
            }
            (ObjectType::View | ObjectType::MaterializedView, None) => {
                unknown("a view's name is computed", Touches::Everything)
            }
            (ObjectType::Sequence, None) => unknown("a sequence's name is computed", Touches::Nothing),
            _ => noted(format!("DROP {kind}"), None),
        }
    }

    fn create_type(&self, name: &ObjectName, kind: EnumDef) -> Operation {
        match self.table(name) {
            Some(found) => Operation::CreateEnum {
                kind: EnumDef { name: Some(found.name), schema: found.schema, ..kind },
                if_not_exists: false,
            },
            None => unknown("a type's name is computed", Touches::Enums),
        }
    }

    /// The values of an enum type, which are written as strings.
    fn labels(&self, labels: &[Ident]) -> Option<Vec<Box<str>>> {
        labels.iter().map(|label| self.name(&label.value, true)).collect()
    }
}
