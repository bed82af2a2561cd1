//! What a downgrade leaves over, or takes too much of.

use std::fmt;
use std::sync::Arc;

use super::ConstraintKind as K;
use super::list::{Key, List};
use super::names::fold;
use super::state::{Detail, ObjectKind, Schema};
use super::types::same_type;
use super::{Constraint, Dialect, Index, Name, ObjectName, Table, TableName, Truth};

/// One difference between what was there before and what is there after, which is certain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What it is about; a constraint or an index without a name goes by its columns.
    pub object: ObjectName,
    /// What sort of thing that is: `table`, `column`, `index`, `unique constraint`, `enum type`.
    pub sort: &'static str,
    /// How it differs.
    pub how: How,
}

/// How something differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It was not there before.
    LeftOver,
    /// It was there before.
    Missing,
    /// It was another way before, and is this way after.
    Changed {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
}

impl Difference {
    /// Whether the thing is there on both sides, and only another one.
    pub fn is_change(&self) -> bool {
        matches!(self.how, How::Changed { .. })
    }

    /// Whether two of them are about one thing, which is left over and missing: it comes back as another one.
    pub fn is_another(&self, other: &Self) -> bool {
        (&self.object, self.sort) == (&other.object, other.sort) && self.how != other.how
    }

    /// Whether it is about this object, as a database compares names.
    pub fn is_of(&self, object: &ObjectName, dialect: Dialect) -> bool {
        let is_elsewhere = match (self.object.table(), object.table()) {
            (Some(own), Some(other)) => fold(dialect, own) != fold(dialect, other),
            _ => false,
        };
        self.object.is(object, dialect) && !is_elsewhere
    }

    /// Whether it is about something in the table that another one is about.
    pub fn is_within(&self, other: &Self) -> bool {
        let is_table = matches!(other.object, ObjectName::Table(_));
        is_table && self.object != other.object && self.object.table() == other.object.table()
    }

    /// Names what it is about with the database that it is in.
    pub fn put_within(&mut self, database: &str) {
        if let ObjectName::Schema(name) = &mut self.object
            && !database.is_empty()
        {
            *name = format!("{database}.{name}").into();
        }
        self.object.names_mut().into_iter().for_each(|name| name.put_within(database));
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, sort, how } = self;
        match how {
            How::LeftOver => write!(f, "{sort} {object} is left over"),
            How::Missing => write!(f, "{sort} {object} is missing"),
            How::Changed { from, to } => write!(f, "{sort} {object} was {from} and is {to}"),
        }
    }
}

impl Schema {
    /// What is certainly another way in `after` than it is here, sorted: what is left over, what is missing, what has
    /// changed. Costs as much as the two have changed since they parted.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        for (sort, name) in self.apart(after) {
            let (what, object) = match sort {
                ObjectKind::Table => ("table", ObjectName::Table(name.clone())),
                ObjectKind::View => ("view", ObjectName::View(name.clone())),
                ObjectKind::Enum => ("enum type", ObjectName::Type(name.clone())),
                ObjectKind::Sequence => ("sequence", ObjectName::Sequence(name.clone())),
                ObjectKind::Namespace => ("schema", ObjectName::Schema(name.to_string().into())),
                ObjectKind::Index => ("index", self.index_of_view(&name, after)),
                // Where an extension stays, nobody is in the way of another upgrade that takes it for possible.
                ObjectKind::Made
                | ObjectKind::Child
                | ObjectKind::OfSession
                | ObjectKind::Dropped
                | ObjectKind::Extension => {
                    continue;
                }
            };
            let has = |schema: &Self| match sort {
                ObjectKind::Table => schema.has_table(&name),
                _ => schema.has(sort, &name),
            };
            let how = match (has(self), has(after)) {
                (Truth::No, Truth::Yes) => How::LeftOver,
                (Truth::Yes, Truth::No) => How::Missing,
                (Truth::Yes, Truth::Yes) => {
                    if let (Some(one), Some(two)) = (self.table(&name), after.table(&name))
                        && sort == ObjectKind::Table
                    {
                        self.table_differences(one, two, &mut found);
                    }
                    continue;
                }
                (Truth::Maybe, _) | (_, Truth::Maybe) | (Truth::No, Truth::No) => continue,
            };
            found.push(Difference { object, sort: what, how });
        }
        found.sort();
        found
    }

    /// An index that stands by itself, with the view that it belongs to here or there.
    fn index_of_view(&self, name: &TableName, after: &Self) -> ObjectName {
        let view = [self, after].into_iter().find_map(|schema| {
            match &schema.object(ObjectKind::Index, name)?.detail {
                Detail::Index { view } => Some(view),
                _ => None,
            }
        });
        ObjectName::index(view, &name.name)
    }

    fn table_differences(&self, before: &Table, after: &Table, found: &mut Vec<Difference>) {
        let dialect = self.dialect();
        let table = &before.name;
        // What both share is the same.
        let (columns, new_columns) = before.columns.apart(&after.columns);
        let (constraints, new_constraints) = before.constraints.apart(&after.constraints);
        let (indexes, new_indexes) = before.indexes.apart(&after.indexes);
        let missing = (after, &columns, constraints, indexes, How::Missing);
        let left_over = (before, &new_columns, new_constraints, new_indexes, How::LeftOver);
        for (other, columns, constraints, indexes, how) in [missing, left_over] {
            for column in columns.iter().filter(|column| column.certain) {
                if other.has_column(&column.name, dialect).is_no() {
                    let object = ObjectName::column(table, &column.name);
                    found.push(Difference { object, sort: "column", how: how.clone() });
                }
            }
            for own in constraints.into_iter().filter(|own| own.certain && other.constraints_known) {
                let mut alike = alike(&other.constraints, &own.name, own.columns(), dialect);
                if !alike.any(|theirs| self.is_same_constraint(own, theirs)) {
                    let object = ObjectName::constraint(table, &named(&own.name, own.columns()));
                    found.push(Difference { object, sort: own.kind.title(), how: how.clone() });
                }
            }
            for own in indexes.into_iter().filter(|own| own.certain && other.indexes_known) {
                let mut alike = alike(&other.indexes, &own.name, own.columns.as_deref(), dialect);
                if !alike.any(|theirs| is_same_index(own, theirs)) {
                    let object = ObjectName::index(Some(table), &named(&own.name, own.columns.as_deref()));
                    found.push(Difference { object, sort: "index", how: how.clone() });
                }
            }
        }
        for column in columns.into_iter().filter(|column| column.certain) {
            let Some(other) = after.column(&column.name, dialect).filter(|other| other.certain) else {
                continue;
            };
            let object = || ObjectName::column(table, &column.name);
            if let (Some(one), Some(two)) = (column.nullable, other.nullable)
                && one != two
            {
                let word = |nullable| if nullable { "NULL" } else { "NOT NULL" }.to_owned();
                let how = How::Changed { from: word(one), to: word(two) };
                found.push(Difference { object: object(), sort: "column", how });
            }
            let is_custom = column.kind.is_custom || other.kind.is_custom;
            if !is_custom && same_type(&column.kind.written, &other.kind.written).is_no() {
                let (from, to) = (column.kind.written.to_string(), other.kind.written.to_string());
                found.push(Difference { object: object(), sort: "column", how: How::Changed { from, to } });
            }
        }
    }

    /// Whether two constraints are one as far as anyone can tell.
    fn is_same_constraint(&self, one: &Constraint, two: &Constraint) -> bool {
        let may_be = |one: &Option<Vec<Box<str>>>, two: &Option<Vec<Box<str>>>| {
            one.is_none() || two.is_none() || one == two
        };
        let names = match (&one.name, &two.name) {
            (Name::Given { name: one, .. }, Name::Given { name: two, .. }) => one == two,
            // One without a name is told by what it demands.
            _ => true,
        };
        let tables = |one: &Option<TableName>, two: &Option<TableName>| match (one, two) {
            (Some(one), Some(two)) => fold(self.dialect(), one) == fold(self.dialect(), two),
            _ => true,
        };
        names
            && match (&one.kind, &two.kind) {
                (K::PrimaryKey { columns: one }, K::PrimaryKey { columns: two })
                | (K::Unique { columns: one }, K::Unique { columns: two }) => may_be(one, two),
                (
                    K::ForeignKey { columns: one, table: to, .. },
                    K::ForeignKey { columns: two, table: too, .. },
                ) => may_be(one, two) && tables(to, too),
                (K::Check { .. }, K::Check { .. })
                | (K::Exclude { .. }, K::Exclude { .. })
                | (K::Unknown, _)
                | (_, K::Unknown) => true,
                (
                    K::PrimaryKey { .. }
                    | K::Unique { .. }
                    | K::ForeignKey { .. }
                    | K::Check { .. }
                    | K::Exclude { .. },
                    _,
                ) => false,
            }
    }
}

/// Those among which one of that name and with these columns is, if it is there.
fn alike<'a, T>(
    all: &'a List<T>,
    name: &Name,
    columns: Option<&[Box<str>]>,
    dialect: Dialect,
) -> Box<dyn Iterator<Item = &'a Arc<T>> + 'a> {
    match (name.written(), columns.and_then(<[_]>::first)) {
        (Some(name), _) => Box::new(all.by(&Key::name(dialect, name)).chain(all.by(&Key::Nameless))),
        (None, Some(column)) => Box::new(all.by(&Key::uses(dialect, column)).chain(all.by(&Key::MayUse))),
        (None, None) => Box::new(all.iter()),
    }
}

fn is_same_index(one: &Index, two: &Index) -> bool {
    let names = match (one.name.written(), two.name.written()) {
        (Some(one), Some(two)) => one == two,
        _ => true,
    };
    names && (one.columns.is_none() || two.columns.is_none() || one.columns == two.columns)
}

/// A name, or the columns in its place.
fn named(name: &Name, columns: Option<&[Box<str>]>) -> String {
    match (name.written(), columns) {
        (Some(name), _) => name.to_owned(),
        (None, Some(columns)) => format!("({})", columns.join(", ")),
        (None, None) => "?".to_owned(),
    }
}
