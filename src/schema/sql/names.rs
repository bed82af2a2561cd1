//! Names as a dialect reads them.

use sqlparser::ast::{Ident, ObjectName};

use super::super::names::{POSTGRESQL_LENGTH, cut, is_built_in};
use super::super::{Dialect, Name, TableName};
use super::text::Hole;

/// How names are read: the dialect, and what stands for a hole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    /// The dialect.
    pub(super) dialect: Dialect,
    /// The word for a hole.
    pub(super) hole: &'a Hole,
}

impl Names<'_> {
    /// A name; nothing if a hole is in it.
    pub(super) fn ident(&self, ident: &Ident) -> Option<Box<str>> {
        self.name(&ident.value, ident.quote_style.is_some())
    }

    /// A name from its text without quotes.
    pub(super) fn name(&self, value: &str, quoted: bool) -> Option<Box<str>> {
        if value.is_empty() || self.hole.is_in(&value.to_ascii_lowercase()) {
            return None;
        }
        // PostgreSQL folds ASCII only, in databases of UTF-8, and keeps so much of a name.
        let value = if self.dialect == Dialect::Postgresql { cut(value, POSTGRESQL_LENGTH) } else { value };
        Some(if self.dialect == Dialect::Postgresql && !quoted {
            value.to_ascii_lowercase().into()
        } else {
            value.into()
        })
    }

    /// Several names; nothing if one is not known.
    pub(super) fn idents<'i>(&self, idents: impl IntoIterator<Item = &'i Ident>) -> Option<Vec<Box<str>>> {
        idents.into_iter().map(|ident| self.ident(ident)).collect()
    }

    /// The name of a table, a view, a sequence or a type.
    pub(super) fn table(&self, name: &ObjectName) -> Option<TableName> {
        let parts = name.0.iter().map(|part| part.as_ident());
        let parts: Vec<_> = parts.map(|part| part.and_then(|ident| self.ident(ident))).collect();
        self.qualified(&parts)
    }

    /// A name from its parts, of which the last two count.
    pub(super) fn qualified(&self, parts: &[Option<Box<str>>]) -> Option<TableName> {
        let (name, before) = parts.split_last()?;
        let name = name.clone()?;
        let schema = match before.last() {
            None => None,
            Some(schema) => Some(schema.clone()?),
        };
        // `public` stays: where names are looked up elsewhere, a name without it is another one.
        let is_main = |schema: &str| self.dialect == Dialect::Sqlite && schema.eq_ignore_ascii_case("main");
        Some(TableName { schema: schema.filter(|schema| !is_main(schema)), name })
    }

    /// The last part of a name.
    pub(super) fn last(&self, name: &ObjectName) -> Option<Box<str>> {
        self.ident(name.0.last()?.as_ident()?)
    }

    /// The name of a constraint or an index.
    pub(super) fn given(&self, name: Option<&Ident>) -> Name {
        match name {
            None => Name::Default,
            Some(name) => self.ident(name).map_or(Name::Unknown, |name| Name::exact(&name)),
        }
    }

    /// What was written, with `?` for every hole.
    pub(super) fn shown(&self, written: &impl std::fmt::Display) -> Box<str> {
        self.hole.shown(&written.to_string()).into()
    }

    /// Whether two names are the same to the dialect.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        match self.dialect {
            Dialect::Postgresql => one == other,
            Dialect::Sqlite | Dialect::Mysql => one.eq_ignore_ascii_case(other),
        }
    }

    /// Whether it is a table that the database or Alembic keeps for itself.
    pub(super) fn is_system(&self, table: &TableName) -> bool {
        // What stands for the row that an insert would have made is none.
        table.name.eq_ignore_ascii_case("excluded") || is_built_in(self.dialect, table)
    }
}
