//! A table of the virtual schema, and what belongs to it.

use std::sync::Arc;

use super::conditions::{mentions, replaced};
use super::list::{Key, List, Listed};
use super::names::{fold, folded, same};
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
    pub columns: List<Column>,
    /// Whether no other column may be there.
    pub columns_known: bool,
    /// Whether the columns that are certain stand in this order.
    pub order_known: bool,
    /// Its constraints, the primary key too, in the order in which they came.
    pub constraints: List<Constraint>,
    /// Whether no other constraint may be there.
    pub constraints_known: bool,
    /// Its indexes; those that belong to a constraint are not among them.
    pub indexes: List<Index>,
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
    pub(super) fn new(name: TableName, dialect: Dialect) -> Self {
        Self {
            name,
            certain: true,
            columns: List::new(dialect),
            columns_known: true,
            order_known: true,
            constraints: List::new(dialect),
            constraints_known: true,
            indexes: List::new(dialect),
            indexes_known: true,
            is_guarded: false,
        }
    }

    /// A table that may be there, with anything in it.
    pub(super) fn assumed(name: TableName, dialect: Dialect) -> Self {
        let mut table = Self::new(name, dialect);
        table.make_uncertain();
        table
    }

    /// The column of that name.
    pub(super) fn column(&self, name: &str, dialect: Dialect) -> Option<&Arc<Column>> {
        self.columns.by(&Key::name(dialect, name)).next()
    }

    /// Whether there is a column of that name, if the table is there.
    pub(super) fn has_column(&self, name: &str, dialect: Dialect) -> Truth {
        let found = self.column(name, dialect).map(|column| column.certain);
        answer(found, self.columns_known)
    }

    /// The constraint of that name.
    pub(super) fn constraint(&self, name: &str, dialect: Dialect) -> Option<&Arc<Constraint>> {
        self.constraints.by(&Key::name(dialect, name)).next()
    }

    /// Whether there is a constraint of that name, if the table is there.
    pub(super) fn has_constraint(&self, name: &str, dialect: Dialect) -> Truth {
        let found = self.constraint(name, dialect).map(|constraint| constraint.certain);
        let all_named = self.constraints.by(&Key::Unknown).next().is_none();
        answer(found, self.constraints_known && all_named)
    }

    /// The index of that name.
    pub(super) fn index(&self, name: &str, dialect: Dialect) -> Option<&Arc<Index>> {
        self.indexes.by(&Key::name(dialect, name)).next()
    }

    /// Whether there is an index of that name, if the table is there.
    pub(super) fn has_index(&self, name: &str, dialect: Dialect) -> Truth {
        answer(self.index(name, dialect).map(|index| index.certain), !self.has_open_indexes(dialect))
    }

    /// Whether there may be indexes that are not known by name; those of SQLite's constraints have names of their own.
    pub(super) fn has_open_indexes(&self, dialect: Dialect) -> bool {
        !self.indexes_known
            || self.indexes.by(&Key::Unknown).next().is_some()
            || dialect != Dialect::Sqlite && self.constraints.by(&Key::OpenIndex).next().is_some()
    }

    /// Its primary key.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.by(&Key::Primary).next().map(AsRef::as_ref)
    }

    /// Whether there certainly is a primary key, and with this column if one is named.
    pub(super) fn has_key(&self, column: Option<&str>, dialect: Dialect) -> bool {
        let has = |own: &Constraint| column.is_none_or(|column| own.uses(column, dialect).is_yes());
        self.constraints.by(&Key::Primary).any(|own| own.certain && has(own))
    }

    /// Nothing about it is certain any longer.
    pub(super) fn make_uncertain(&mut self) {
        self.certain = false;
        self.make_contents_uncertain();
    }

    /// Nothing in it is certain any longer.
    pub(super) fn make_contents_uncertain(&mut self) {
        self.columns_known = false;
        self.columns.each(|column| {
            if column.certain {
                Arc::make_mut(column).certain = false;
            }
        });
        self.make_constraints_uncertain();
    }

    /// A column of that name may be there or not.
    pub(super) fn doubt_column(&mut self, name: &str, dialect: Dialect) {
        let mut is_found = false;
        self.columns.retain_by(&Key::name(dialect, name), |column| {
            if !std::mem::replace(&mut is_found, true) {
                Arc::make_mut(column).certain = false;
            }
            true
        });
        if !is_found {
            self.columns.push(Arc::new(Column::assumed(name)));
        }
    }

    /// None of its constraints and indexes is certain any longer.
    pub(super) fn make_constraints_uncertain(&mut self) {
        self.constraints_known = false;
        self.constraints.each(|constraint| {
            if constraint.certain {
                Arc::make_mut(constraint).certain = false;
            }
        });
        self.indexes_known = false;
        self.indexes.each(|index| {
            if index.certain {
                Arc::make_mut(index).certain = false;
            }
        });
    }

    /// One of the constraints whose name is not known may be gone or have another name.
    pub(super) fn make_unknown_names_uncertain(&mut self) {
        self.constraints.retain_by(&Key::Unknown, |constraint| {
            if constraint.certain {
                Arc::make_mut(constraint).certain = false;
            }
            true
        });
    }

    /// By what it was looked up and is not any more as often, and by what it is looked up now: each as often as it says so.
    /// Costs as much as has changed.
    pub(super) fn links_since(&self, before: Option<&Self>, dialect: Dialect) -> (Vec<Link>, Vec<Link>) {
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        // Some of them go by the schema that it is in.
        let before = match before.filter(|before| before.name.schema != self.name.schema) {
            Some(other) => {
                gone = other.links(dialect);
                None
            }
            None => before,
        };
        let Some(before) = before else {
            come = self.links(dialect);
            return (gone, come);
        };
        let schema = self.name.schema.as_deref();
        gone.extend(before.opens());
        come.extend(self.opens());
        let (old, new) = before.constraints.apart(&self.constraints);
        old.iter().for_each(|own| own.link(schema, dialect, &mut gone));
        new.iter().for_each(|own| own.link(schema, dialect, &mut come));
        let (old, new) = before.indexes.apart(&self.indexes);
        old.iter().for_each(|own| own.link(schema, dialect, &mut gone));
        new.iter().for_each(|own| own.link(schema, dialect, &mut come));
        let (old, new) = before.columns.apart(&self.columns);
        old.iter().for_each(|own| own.link(schema, dialect, &mut gone));
        new.iter().for_each(|own| own.link(schema, dialect, &mut come));
        (gone, come)
    }

    /// By what it is looked up, each as often as it says so.
    pub(super) fn links(&self, dialect: Dialect) -> Vec<Link> {
        let mut links: Vec<_> = self.opens().collect();
        let schema = self.name.schema.as_deref();
        self.constraints.iter().for_each(|own| own.link(schema, dialect, &mut links));
        self.indexes.iter().for_each(|own| own.link(schema, dialect, &mut links));
        self.columns.iter().for_each(|own| own.link(schema, dialect, &mut links));
        links
    }

    /// It may have other indexes.
    fn opens(&self) -> impl Iterator<Item = Link> + use<> {
        (!self.indexes_known).then(open_indexes).into_iter()
    }
}

fn open_indexes() -> Link {
    (LinkKind::OpenIndexes, TableName::plain(""))
}

impl Constraint {
    fn link(&self, schema: Option<&str>, dialect: Dialect, links: &mut Vec<Link>) {
        if let Some(name) = self.name.written() {
            let here = fold(dialect, &TableName::new(schema, name));
            if dialect == Dialect::Postgresql && self.is_index() {
                links.push((LinkKind::Index, here.clone()));
            }
            links.push((LinkKind::Constraint, here));
        }
        if dialect != Dialect::Sqlite && self.is_index() && self.name == Name::Unknown {
            links.push(open_indexes());
        }
        if let ConstraintKind::ForeignKey { table: Some(table), .. } = &self.kind {
            links.push((LinkKind::Table, fold(dialect, table)));
        }
    }
}

impl Index {
    fn link(&self, schema: Option<&str>, dialect: Dialect, links: &mut Vec<Link>) {
        let here = |name: &str| fold(dialect, &TableName::new(schema, name));
        links.extend(self.name.written().map(|name| (LinkKind::Index, here(name))));
        links.extend((self.name == Name::Unknown).then(open_indexes));
    }
}

impl Column {
    fn link(&self, schema: Option<&str>, dialect: Dialect, links: &mut Vec<Link>) {
        for (kind, _) in self.types() {
            let Some(name) = &kind.name else { continue };
            // Without one it is that of the path, or the table's.
            let schemas = [kind.schema.as_deref(), kind.schema.as_deref().or(schema)];
            let names = schemas.map(|schema| fold(dialect, &TableName::new(schema, name)));
            links.extend(names.map(|name| (LinkKind::Enum, name)));
        }
    }
}

impl Key {
    /// By its name.
    pub(super) fn name(dialect: Dialect, name: &str) -> Self {
        Self::Name(folded(dialect, name))
    }

    /// As a key of these columns.
    pub(super) fn of(dialect: Dialect, columns: &[Box<str>]) -> Self {
        let mut columns: Vec<_> = columns.iter().map(|column| folded(dialect, column)).collect();
        columns.sort();
        columns.dedup();
        Self::Of(columns)
    }

    /// By a column that it uses.
    pub(super) fn uses(dialect: Dialect, column: &str) -> Self {
        Self::Uses(folded(dialect, column))
    }
}

impl Listed for Column {
    fn keys(&self, dialect: Dialect) -> Vec<Key> {
        let computed = self.computed.is_some().then_some(Key::Computed);
        std::iter::once(Key::name(dialect, &self.name)).chain(computed).collect()
    }
}

impl Listed for Constraint {
    fn keys(&self, dialect: Dialect) -> Vec<Key> {
        let mut keys = name_keys(&self.name, dialect);
        if self.name == Name::Unknown && self.is_index() {
            keys.push(Key::OpenIndex);
        }
        if matches!(self.kind, ConstraintKind::PrimaryKey { .. }) {
            keys.push(Key::Primary);
        }
        match &self.kind {
            ConstraintKind::PrimaryKey { columns: Some(columns) }
            | ConstraintKind::Unique { columns: Some(columns) }
            | ConstraintKind::Exclude { columns: Some(columns), .. }
            | ConstraintKind::ForeignKey { columns: Some(columns), .. } => {
                keys.extend(columns.iter().map(|column| Key::uses(dialect, column)));
            }
            _ => keys.push(Key::MayUse),
        }
        match (&self.kind, self.columns()) {
            (ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }, Some(columns)) => {
                keys.push(Key::of(dialect, columns));
            }
            (ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }, None)
            | (ConstraintKind::Unknown, _) => keys.push(Key::OfAny),
            (
                ConstraintKind::ForeignKey { .. }
                | ConstraintKind::Check { .. }
                | ConstraintKind::Exclude { .. },
                _,
            ) => {}
        }
        keys
    }
}

impl Listed for Index {
    fn keys(&self, dialect: Dialect) -> Vec<Key> {
        let mut keys = name_keys(&self.name, dialect);
        let columns = self.columns.iter().flatten().chain(&self.used);
        keys.extend(columns.map(|column| Key::uses(dialect, column)));
        if self.columns.is_none() || self.has_expressions {
            keys.push(Key::MayUse);
        }
        if self.unique && !self.is_partial {
            match &self.columns {
                Some(columns) if !self.has_expressions => keys.push(Key::of(dialect, columns)),
                Some(_) => {}
                None => keys.push(Key::OfAny),
            }
        }
        keys
    }
}

fn name_keys(name: &Name, dialect: Dialect) -> Vec<Key> {
    match name {
        Name::Given { name, .. } => vec![Key::name(dialect, name)],
        Name::Unnamed | Name::Default => vec![Key::Nameless],
        Name::Unknown => vec![Key::Nameless, Key::Unknown],
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
