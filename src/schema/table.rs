//! A table of the virtual schema, and what belongs to it.

use std::sync::Arc;

use super::conditions::{mentions, replaced};
use super::names::{fold, same};
use super::{ConstraintKind, ConstraintType, Dialect, EnumDef, Name, TableName, Truth, TypeDef};

/// A table. What it says of itself holds if the table is there at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says of another thing whether it is known")]
pub struct Table {
    /// Its name, as it was written.
    pub name: TableName,
    /// Whether it is there for certain.
    pub certain: bool,
    /// Its columns, in order.
    pub columns: Vec<Arc<Column>>,
    /// Whether no other column may be there.
    pub columns_known: bool,
    /// Whether the columns that are certain stand in this order.
    pub order_known: bool,
    /// Its constraints, the primary key too, in the order in which they came.
    pub constraints: Vec<Arc<Constraint>>,
    /// Whether no other constraint may be there.
    pub constraints_known: bool,
    /// Its indexes; those that belong to a constraint are not among them.
    pub indexes: Vec<Arc<Index>>,
    /// Whether no other index may be there.
    pub indexes_known: bool,
    /// Whether it has, or may have, triggers or rules.
    pub(super) is_guarded: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub kind: TypeDef,
    /// Whether NULL is allowed; `None` when that is not known.
    pub nullable: Option<bool>,
    /// The server's default as written.
    pub default: Option<Box<str>>,
    /// The type that the default has by itself, where it is not the column's own; empty where it is not known.
    pub(super) default_kind: Option<Arc<TypeDef>>,
    /// Whether it is generated.
    pub generated: bool,
    /// The expression of which its values are made, if they are; empty when that is not known.
    pub(super) computed: Option<Box<str>>,
    /// Whether it is there for certain, with all of the above.
    pub certain: bool,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// Its name in the database.
    pub name: Name,
    /// What it demands.
    pub kind: ConstraintKind,
    /// The column in whose declaration it stands, and with which it goes.
    pub inside: Option<Box<str>>,
    /// Whether it is there for certain.
    pub certain: bool,
}

impl Column {
    /// A column that may be there, and of which nothing is known.
    pub(super) fn assumed(name: &str) -> Self {
        let kind = TypeDef::default();
        Self {
            name: name.into(),
            kind,
            nullable: None,
            default: None,
            default_kind: None,
            generated: false,
            computed: None,
            certain: false,
        }
    }

    /// Whether its values are made of those of another column.
    pub(super) fn is_made_of(&self, column: &str, dialect: Dialect) -> bool {
        self.computed.as_ref().is_some_and(|computed| mentions(computed, column, dialect))
    }

    /// Gives it another default, or none.
    pub(super) fn set_default(&mut self, default: Option<Box<str>>) {
        self.default_kind = default.as_deref().and_then(super::sql::type_of_default).map(Arc::new);
        self.default = default;
    }

    /// The types by name that it cannot be without: its own, and its default's.
    pub(super) fn types(&self) -> impl Iterator<Item = (&EnumDef, bool)> {
        let of_default = self.default_kind.as_deref().filter(|_| self.default.is_some());
        let kinds = [(Some(&self.kind), false), (of_default, true)];
        kinds.into_iter().filter_map(|(kind, is_default)| Some((kind?.named.as_ref()?, is_default)))
    }
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
pub struct Index {
    /// Its name in the database.
    pub name: Name,
    /// The plain columns that it covers; `None` when they are not all known.
    pub columns: Option<Vec<Box<str>>>,
    /// Whether it covers expressions too.
    pub has_expressions: bool,
    /// Whether it covers a part of the rows only, so that it is no key.
    pub is_partial: bool,
    /// Columns that its expressions and its condition certainly use.
    pub used: Vec<Box<str>>,
    /// Whether it is unique.
    pub unique: bool,
    /// Whether it is there for certain.
    pub certain: bool,
}

/// What others look up a table by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LinkKind {
    /// A foreign key or a view reads this table.
    Table,
    /// A column has this enum type.
    Enum,
    /// An index has this name.
    Index,
    /// A constraint has this name.
    Constraint,
    /// A table that goes with this one.
    Parent,
    /// There may be indexes that are not known.
    OpenIndexes,
}

/// One such thing, and its name.
pub(super) type Link = (LinkKind, TableName);

impl Table {
    /// A table that has nothing yet.
    pub(super) fn new(name: TableName) -> Self {
        Self {
            name,
            certain: true,
            columns: Vec::new(),
            columns_known: true,
            order_known: true,
            constraints: Vec::new(),
            constraints_known: true,
            indexes: Vec::new(),
            indexes_known: true,
            is_guarded: false,
        }
    }

    /// A table that may be there, with anything in it.
    pub(super) fn assumed(name: TableName) -> Self {
        let mut table = Self::new(name);
        table.make_uncertain();
        table
    }

    /// The column of that name.
    pub(super) fn column(&self, name: &str, dialect: Dialect) -> Option<&Arc<Column>> {
        self.columns.iter().find(|column| same(dialect, &column.name, name))
    }

    /// Whether there is a column of that name, if the table is there.
    pub(super) fn has_column(&self, name: &str, dialect: Dialect) -> Truth {
        let found = self.column(name, dialect).map(|column| column.certain);
        answer(found, self.columns_known)
    }

    /// The constraint of that name.
    pub(super) fn constraint(&self, name: &str, dialect: Dialect) -> Option<&Arc<Constraint>> {
        let named = |constraint: &&Arc<Constraint>| {
            constraint.name.written().is_some_and(|own| same(dialect, own, name))
        };
        self.constraints.iter().find(named)
    }

    /// Whether there is a constraint of that name, if the table is there.
    pub(super) fn has_constraint(&self, name: &str, dialect: Dialect) -> Truth {
        let found = self.constraint(name, dialect).map(|constraint| constraint.certain);
        let all_named = self.constraints.iter().all(|constraint| constraint.name != Name::Unknown);
        answer(found, self.constraints_known && all_named)
    }

    /// The index of that name.
    pub(super) fn index(&self, name: &str, dialect: Dialect) -> Option<&Arc<Index>> {
        self.indexes.iter().find(|index| index.name.written().is_some_and(|own| same(dialect, own, name)))
    }

    /// Whether there is an index of that name, if the table is there.
    pub(super) fn has_index(&self, name: &str, dialect: Dialect) -> Truth {
        answer(self.index(name, dialect).map(|index| index.certain), !self.has_open_indexes(dialect))
    }

    /// Whether there may be indexes that are not known by name; those of SQLite's constraints have names of their own.
    pub(super) fn has_open_indexes(&self, dialect: Dialect) -> bool {
        let mut keys = self.constraints.iter().filter(|own| own.is_index() && dialect != Dialect::Sqlite);
        !self.indexes_known
            || self.indexes.iter().any(|index| index.name == Name::Unknown)
            || keys.any(|own| own.name == Name::Unknown)
    }

    /// Its primary key.
    pub fn primary_key(&self) -> Option<&Constraint> {
        let is_key = |c: &&Arc<Constraint>| matches!(c.kind, ConstraintKind::PrimaryKey { .. });
        self.constraints.iter().find(is_key).map(AsRef::as_ref)
    }

    /// Whether there certainly is a primary key, and with this column if one is named.
    pub(super) fn has_key(&self, column: Option<&str>, dialect: Dialect) -> bool {
        let is_key = |own: &Constraint| matches!(own.kind, ConstraintKind::PrimaryKey { .. }) && own.certain;
        let has = |own: &Constraint| column.is_none_or(|column| own.uses(column, dialect).is_yes());
        self.constraints.iter().any(|own| is_key(own) && has(own))
    }

    /// Nothing about it is certain any longer.
    pub(super) fn make_uncertain(&mut self) {
        self.certain = false;
        self.make_contents_uncertain();
    }

    /// Nothing in it is certain any longer.
    pub(super) fn make_contents_uncertain(&mut self) {
        self.columns_known = false;
        for column in self.columns.iter_mut().filter(|column| column.certain) {
            Arc::make_mut(column).certain = false;
        }
        self.make_constraints_uncertain();
    }

    /// A column of that name may be there or not.
    pub(super) fn doubt_column(&mut self, name: &str, dialect: Dialect) {
        match self.columns.iter_mut().find(|column| same(dialect, &column.name, name)) {
            Some(column) => Arc::make_mut(column).certain = false,
            None => self.columns.push(Arc::new(Column::assumed(name))),
        }
    }

    /// None of its constraints and indexes is certain any longer.
    pub(super) fn make_constraints_uncertain(&mut self) {
        self.constraints_known = false;
        for constraint in self.constraints.iter_mut().filter(|constraint| constraint.certain) {
            Arc::make_mut(constraint).certain = false;
        }
        self.indexes_known = false;
        for index in self.indexes.iter_mut().filter(|index| index.certain) {
            Arc::make_mut(index).certain = false;
        }
    }

    /// One of the constraints whose name is not known may be gone or have another name.
    pub(super) fn make_unknown_names_uncertain(&mut self) {
        let unknown = |own: &&mut Arc<Constraint>| own.name == Name::Unknown && own.certain;
        for constraint in self.constraints.iter_mut().filter(unknown) {
            Arc::make_mut(constraint).certain = false;
        }
    }

    /// By what it is looked up, sorted, each once.
    pub(super) fn links(&self, dialect: Dialect) -> Vec<Link> {
        let schema = self.name.schema.as_deref();
        let here = |name: &str| fold(dialect, &TableName::new(schema, name));
        let mut links = Vec::new();
        for constraint in &self.constraints {
            if let Some(name) = constraint.name.written() {
                links.push((LinkKind::Constraint, here(name)));
                if dialect == Dialect::Postgresql && constraint.is_index() {
                    links.push((LinkKind::Index, here(name)));
                }
            }
            if let ConstraintKind::ForeignKey { table: Some(table), .. } = &constraint.kind {
                links.push((LinkKind::Table, fold(dialect, table)));
            }
        }
        for index in &self.indexes {
            links.extend(index.name.written().map(|name| (LinkKind::Index, here(name))));
        }
        for column in &self.columns {
            for (kind, _) in column.types() {
                let Some(name) = &kind.name else { continue };
                // Without one it is that of the path, or the table's.
                let schemas = [kind.schema.as_deref(), kind.schema.as_deref().or(schema)];
                let names = schemas.map(|schema| fold(dialect, &TableName::new(schema, name)));
                links.extend(names.map(|name| (LinkKind::Enum, name)));
            }
        }
        if self.has_open_indexes(dialect) {
            links.push((LinkKind::OpenIndexes, TableName::plain("")));
        }
        links.sort();
        links.dedup();
        links
    }
}

/// Whether something is there that was found for certain or perhaps, or that was not found.
pub(super) fn answer(found: Option<bool>, nothing_else: bool) -> Truth {
    match found {
        Some(true) => Truth::Yes,
        Some(false) => Truth::Maybe,
        None => absent(nothing_else),
    }
}

/// Whether something is there that was not found, where all is known or may not be.
pub(super) fn absent(nothing_else: bool) -> Truth {
    if nothing_else { Truth::No } else { Truth::Maybe }
}

impl Constraint {
    /// Its own columns, where they are known.
    pub fn columns(&self) -> Option<&[Box<str>]> {
        self.kind.columns()
    }

    /// The kind that Alembic's `type_` names, if it has one.
    pub fn word(&self) -> Option<ConstraintType> {
        self.kind.word()
    }

    /// Whether it is kept by an index of its own.
    pub(super) fn is_index(&self) -> bool {
        use ConstraintKind::{Exclude, PrimaryKey, Unique};
        matches!(self.kind, PrimaryKey { .. } | Unique { .. } | Exclude { .. })
    }

    /// Whether it uses a column of its table.
    pub(super) fn uses(&self, column: &str, dialect: Dialect) -> Truth {
        match &self.kind {
            ConstraintKind::Check { condition } if condition.is_empty() => Truth::Maybe,
            ConstraintKind::Check { condition } => mentions(condition, column, dialect).into(),
            ConstraintKind::Unknown => Truth::Maybe,
            ConstraintKind::PrimaryKey { columns }
            | ConstraintKind::Unique { columns }
            | ConstraintKind::Exclude { columns, .. }
            | ConstraintKind::ForeignKey { columns, .. } => {
                let uses = |columns: &Vec<Box<str>>| columns.iter().any(|own| same(dialect, own, column));
                columns.as_ref().map_or(Truth::Maybe, |columns| uses(columns).into())
            }
        }
    }
}

impl ConstraintKind {
    /// The columns of the table itself, where they are known.
    pub fn columns(&self) -> Option<&[Box<str>]> {
        match self {
            Self::PrimaryKey { columns } | Self::Unique { columns } | Self::ForeignKey { columns, .. } => {
                columns.as_deref()
            }
            Self::Check { .. } | Self::Exclude { .. } | Self::Unknown => None,
        }
    }

    /// The kind that Alembic's `type_` names, if it has one.
    pub fn word(&self) -> Option<ConstraintType> {
        match self {
            Self::PrimaryKey { .. } => Some(ConstraintType::Primary),
            Self::Unique { .. } => Some(ConstraintType::Unique),
            Self::ForeignKey { .. } => Some(ConstraintType::ForeignKey),
            Self::Check { .. } => Some(ConstraintType::Check),
            Self::Exclude { .. } | Self::Unknown => None,
        }
    }

    /// Another name for a column of the table itself.
    pub(super) fn rename_column(&mut self, from: &str, to: &str, dialect: Dialect) {
        match self {
            Self::PrimaryKey { columns }
            | Self::Unique { columns }
            | Self::Exclude { columns, .. }
            | Self::ForeignKey { columns, .. } => {
                rename_in(columns.as_mut(), from, to, dialect);
            }
            Self::Check { condition } => *condition = replaced(condition, from, to, dialect),
            Self::Unknown => {}
        }
    }
}

impl Index {
    /// Whether it uses a column.
    pub(super) fn uses(&self, column: &str, dialect: Dialect) -> Truth {
        if self.used.iter().any(|own| same(dialect, own, column)) {
            return Truth::Yes;
        }
        let Some(columns) = &self.columns else { return Truth::Maybe };
        let in_expressions = if self.has_expressions { Truth::Maybe } else { Truth::No };
        Truth::from(columns.iter().any(|own| same(dialect, own, column))).or(in_expressions)
    }
}

/// Another name for one of these columns.
pub(super) fn rename_in(columns: Option<&mut Vec<Box<str>>>, from: &str, to: &str, dialect: Dialect) {
    for column in columns.into_iter().flatten().filter(|column| same(dialect, column, from)) {
        *column = to.into();
    }
}
