//! What the statements are about: the objects that a case has made so far, by its own account, and names for new ones.

use rechain::schema::Dialect;

use super::text::{python, sql};
use crate::judge::Random;

/// A kind of type that columns have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    BigInteger,
    String(usize),
    Text,
    Boolean,
    Numeric,
    DateTime,
    /// An enum type of its own, with its values `a` and `b`.
    Enum(String),
    /// A domain over integers, or a composite type.
    Named(String),
}

impl Kind {
    /// As SQLAlchemy has it.
    pub(super) fn python(&self) -> String {
        match self {
            // Of a domain and its like there is no name in SQLAlchemy that is worth the trouble.
            Self::Integer | Self::Named(_) => "sa.Integer()".to_owned(),
            Self::BigInteger => "sa.BigInteger()".to_owned(),
            Self::String(length) => format!("sa.String({length})"),
            Self::Text => "sa.Text()".to_owned(),
            Self::Boolean => "sa.Boolean()".to_owned(),
            Self::Numeric => "sa.Numeric(10, 2)".to_owned(),
            Self::DateTime => "sa.DateTime()".to_owned(),
            Self::Enum(name) => {
                format!("postgresql.ENUM('a', 'b', name={}, create_type=False)", python(name))
            }
        }
    }

    /// As SQL has it.
    pub(super) fn sql(&self) -> String {
        match self {
            Self::Integer => "INTEGER".to_owned(),
            Self::BigInteger => "BIGINT".to_owned(),
            Self::String(length) => format!("VARCHAR({length})"),
            Self::Text => "TEXT".to_owned(),
            Self::Boolean => "BOOLEAN".to_owned(),
            Self::Numeric => "NUMERIC(10, 2)".to_owned(),
            Self::DateTime => "TIMESTAMP".to_owned(),
            Self::Enum(name) | Self::Named(name) => sql(name),
        }
    }

    /// A value that fits, as SQL.
    pub(super) fn value(&self) -> &'static str {
        match self {
            Self::Integer | Self::BigInteger | Self::Numeric | Self::Named(_) => "1",
            Self::String(_) | Self::Text | Self::Enum(_) => "'a'",
            Self::Boolean => "true",
            Self::DateTime => "CURRENT_TIMESTAMP",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A table or a view.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of its key.
    pub(super) key: Vec<String>,
}

impl Relation {
    /// As SQL has it.
    pub(super) fn sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", sql(schema), sql(&self.name)),
            None => sql(&self.name),
        }
    }

    /// The keyword of a directive that names its schema.
    pub(super) fn keyword(&self) -> String {
        self.schema.as_ref().map_or_else(String::new, |schema| format!(", schema={}", python(schema)))
    }

    pub(super) fn python(&self) -> String {
        python(&self.name)
    }

    /// One of its columns, as the target of a foreign key.
    pub(super) fn target(&self, column: &str) -> String {
        let place = self.schema.as_ref().map_or_else(String::new, |schema| format!("{schema}."));
        python(&format!("{place}{}.{column}", self.name))
    }

    /// `sa.table` with one of its columns.
    pub(super) fn light(&self, column: &Column) -> String {
        format!("sa.table({}, sa.column({}){})", self.python(), python(&column.name), self.keyword())
    }

    /// Whether it has the column `id`.
    pub(super) fn has_id(&self) -> bool {
        self.columns.iter().any(|own| own.name == "id")
    }
}

/// A constraint or an index, of a table by its place.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) table: usize,
    pub(super) columns: Vec<String>,
    /// `primary`, `unique`, `foreignkey`, `check`; `index` and `unique index`.
    pub(super) word: &'static str,
}

/// What there is.
pub(super) struct World {
    pub(super) random: Random,
    pub(super) dialect: Dialect,
    pub(super) tables: Vec<Relation>,
    pub(super) views: Vec<Relation>,
    pub(super) materialized: Vec<Relation>,
    pub(super) enums: Vec<String>,
    pub(super) domains: Vec<String>,
    pub(super) composites: Vec<String>,
    pub(super) sequences: Vec<String>,
    pub(super) schemas: Vec<String>,
    pub(super) constraints: Vec<Part>,
    pub(super) indexes: Vec<Part>,
    /// How many names were made.
    n: usize,
}

impl World {
    pub(super) fn new(random: Random, dialect: Dialect) -> Self {
        Self {
            random,
            dialect,
            tables: Vec::new(),
            views: Vec::new(),
            materialized: Vec::new(),
            enums: Vec::new(),
            domains: Vec::new(),
            composites: Vec::new(),
            sequences: Vec::new(),
            schemas: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            n: 0,
        }
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.random.chance(percent)
    }

    pub(super) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        self.random.pick(of).clone()
    }

    /// One of several, if there are any.
    pub(super) fn any<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| self.random.pick(of).clone())
    }

    /// The same of what the world has.
    pub(super) fn any_of<T: Clone>(&mut self, of: fn(&Self) -> &Vec<T>) -> Option<T> {
        let all = of(self).clone();
        self.any(&all)
    }

    /// The words, in so many of a hundred cases.
    pub(super) fn maybe(&mut self, percent: usize, words: &'static str) -> &'static str {
        if self.chance(percent) { words } else { "" }
    }

    /// A name that nothing has yet: short, long, in other letters, with what must be quoted.
    pub(super) fn fresh(&mut self, stem: &str) -> String {
        self.n += 1;
        let n = self.n;
        match self.random.below(100) {
            0..66 => format!("{stem}{n}"),
            66..72 => format!("{}{n}", stem.to_uppercase()),
            72..76 => format!("{stem} {n}"),
            76..80 => format!("größe_{stem}_{n}"),
            80..82 => format!("表{n}"),
            82..86 => self.one(&["order", "user", "group", "select", "Table"]).to_owned(),
            86..88 => self.one(&["a", "z", "Q", "é"]).to_owned(),
            // SQLAlchemy reads no more of SQLite's texts where a name has a quote.
            88..90 if self.dialect == Dialect::Sqlite => format!("{stem}-{n}"),
            88..90 => format!("{stem}-{n}\"x"),
            _ => {
                let length = 55 + self.random.below(16);
                let mut name = format!("{stem}{n}_");
                while name.len() < length {
                    name.push(char::from(b'a' + (name.len() % 26) as u8));
                }
                name
            }
        }
    }

    /// A short name that needs no quotes and that nothing has yet.
    pub(super) fn plain(&mut self, stem: &str) -> String {
        self.n += 1;
        format!("{stem}{}", self.n)
    }

    /// A name that is there, and now and then one that is not.
    pub(super) fn named(&mut self, of: &[String], stem: &str) -> String {
        match self.any(of).filter(|_| self.random.below(100) >= ODD) {
            Some(name) => name,
            None => self.fresh(stem),
        }
    }

    /// The same of what the world has.
    pub(super) fn named_of(&mut self, of: fn(&Self) -> &Vec<String>, stem: &str) -> String {
        let all = of(self).clone();
        self.named(&all, stem)
    }

    /// A name as Python writes it, in so many of a hundred cases marked as one that no convention changes.
    pub(super) fn marked(&mut self, percent: usize, name: &str) -> String {
        if self.chance(percent) { format!("op.f({})", python(name)) } else { python(name) }
    }

    /// The place of a table.
    pub(super) fn at(&mut self) -> usize {
        self.random.below(self.tables.len())
    }

    /// A table, and its place.
    pub(super) fn own(&mut self) -> (usize, Relation) {
        let at = self.at();
        (at, self.tables[at].clone())
    }

    /// A column of a table has another name from now on.
    pub(super) fn rename_column(&mut self, at: usize, from: &str, to: &str) {
        for own in self.tables[at].columns.iter_mut().filter(|own| own.name == from) {
            to.clone_into(&mut own.name);
        }
    }

    /// A table has a constraint from now on, if that has a name.
    pub(super) fn keep(&mut self, name: Option<String>, at: usize, columns: Vec<String>, word: &'static str) {
        self.constraints.extend(name.map(|name| Part { name, table: at, columns, word }));
    }

    /// A table, and now and then one that is not there.
    pub(super) fn table(&mut self) -> Relation {
        let (_, mut table) = self.own();
        if self.chance(ODD) {
            table.name = self.fresh("gone");
        }
        table
    }

    /// One that has the column `id` by the world's own account.
    pub(super) fn table_with_id(&mut self) -> Option<Relation> {
        let tables: Vec<_> = self.tables.iter().filter(|table| table.has_id()).cloned().collect();
        self.any(&tables)
    }

    /// One of its columns, and now and then one that is not there.
    pub(super) fn column(&mut self, table: &Relation) -> Column {
        match self.any(&table.columns).filter(|_| self.random.below(100) >= ODD) {
            Some(column) => column,
            None => Column { name: self.fresh("no"), kind: Kind::Integer },
        }
    }

    /// One or two columns of a table.
    pub(super) fn columns(&mut self, table: &Relation) -> Vec<String> {
        let first = self.column(table).name;
        let second = self.column(table).name;
        if self.chance(75) || first == second { vec![first] } else { vec![first, second] }
    }

    /// A type for a new column.
    pub(super) fn kind(&mut self) -> Kind {
        let mut kinds = vec![
            Kind::Integer,
            Kind::BigInteger,
            Kind::String(20),
            Kind::String(50),
            Kind::Text,
            Kind::Boolean,
            Kind::Numeric,
            Kind::DateTime,
        ];
        kinds.extend(self.enums.iter().cloned().map(Kind::Enum));
        self.one(&kinds)
    }

    /// A constraint, and now and then one that is not there.
    pub(super) fn constraint(&mut self) -> Part {
        if let Some(part) = self.any_of(|own| &own.constraints).filter(|_| self.random.below(100) >= ODD) {
            return part;
        }
        // As PostgreSQL names those that have no name.
        let (table, relation) = self.own();
        let column = self.column(&relation).name;
        let (name, word) = match self.random.below(5) {
            0 => (format!("{}_pkey", relation.name), "primary"),
            1 => (format!("{}_{column}_key", relation.name), "unique"),
            2 => (format!("{}_{column}_fkey", relation.name), "foreignkey"),
            3 => (format!("{}_{column}_check", relation.name), "check"),
            _ => (self.fresh("ck"), "check"),
        };
        Part { name, table, columns: vec![column], word }
    }

    /// An index, and now and then one that is not there.
    pub(super) fn index(&mut self) -> Part {
        match self.any_of(|own| &own.indexes).filter(|_| self.random.below(100) >= ODD) {
            Some(part) => part,
            None => {
                let table = self.at();
                let name = if self.chance(50) {
                    format!("{}_pkey", self.tables[table].name)
                } else {
                    self.fresh("ix")
                };
                Part { name, table, columns: Vec::new(), word: "index" }
            }
        }
    }

    /// `CASCADE`, `RESTRICT` or nothing.
    pub(super) fn behaviour(&mut self) -> &'static str {
        match self.random.below(10) {
            0..4 => " CASCADE",
            4 => " RESTRICT",
            _ => "",
        }
    }
}

/// So many of a hundred names are those of nothing.
const ODD: usize = 6;
