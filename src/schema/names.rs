//! Which names are the same to a database, and the names that SQLAlchemy and the databases give by themselves.

use std::fmt::Write as _;

use super::{ConstraintDef, ConstraintKind, ConstraintType, Dialect, Name, TableName};

/// The longest name that PostgreSQL keeps, in bytes. Source: `NAMEDATALEN`.
pub(super) const POSTGRESQL_LENGTH: usize = 63;

/// `MetaData(naming_convention=…)` of the project's `target_metadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingConvention {
    /// For indexes.
    pub ix: Convention,
    /// For unique constraints.
    pub uq: Convention,
    /// For check constraints.
    pub ck: Convention,
    /// For foreign keys.
    pub fk: Convention,
    /// For primary keys.
    pub pk: Convention,
}

/// What a convention says about one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Convention {
    /// Nothing.
    #[default]
    None,
    /// A template with SQLAlchemy's tokens: `fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s`.
    Template(Box<str>),
    /// It cannot be known, but names that are given stay as they are: only those that are missing may be made.
    OfUnnamed,
    /// It cannot be known.
    Unknown,
}

impl Default for NamingConvention {
    /// What SQLAlchemy does where nothing is said: only indexes are named.
    fn default() -> Self {
        Self { ix: Convention::Template("ix_%(column_0_label)s".into()), ..Self::empty() }
    }
}

impl NamingConvention {
    /// A convention that names nothing. One that is written replaces the default, so this is where it starts.
    pub fn empty() -> Self {
        Self {
            ix: Convention::None,
            uq: Convention::None,
            ck: Convention::None,
            fk: Convention::None,
            pk: Convention::None,
        }
    }

    /// A convention that cannot be known.
    pub fn unknown() -> Self {
        Self {
            ix: Convention::OfUnnamed,
            uq: Convention::OfUnnamed,
            // A check's own name is part of what a convention makes of it.
            ck: Convention::Unknown,
            fk: Convention::OfUnnamed,
            pk: Convention::OfUnnamed,
        }
    }

    /// One that is written: its templates by their keys, as far as they are known.
    pub fn written<'t>(templates: impl IntoIterator<Item = (&'t str, Option<&'t str>)>) -> Self {
        let mut convention = Self::empty();
        for (key, template) in templates {
            if let Some(own) = convention.get_mut(key) {
                *own = template.map_or(Convention::Unknown, |template| Convention::Template(template.into()));
            }
        }
        convention
    }

    /// The convention for `key`: `ix`, `uq`, `ck`, `fk` or `pk`.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Convention> {
        Some(match key {
            "ix" => &mut self.ix,
            "uq" => &mut self.uq,
            "ck" => &mut self.ck,
            "fk" => &mut self.fk,
            "pk" => &mut self.pk,
            _ => return None,
        })
    }

    /// The name that it makes of a constraint's.
    #[must_use]
    pub fn name(&self, table: &TableName, constraint: &ConstraintDef) -> Name {
        let name = match &constraint.name {
            Name::Default => Name::Unnamed,
            name => name.clone(),
        };
        let Some(word) = constraint.kind.word() else { return name };
        let named = Named::of(table, &constraint.kind);
        conventional(self.of(word), &name, &named).unwrap_or(Name::Unknown)
    }

    /// The convention for a kind of constraint.
    pub(super) fn of(&self, word: ConstraintType) -> &Convention {
        match word {
            ConstraintType::Primary => &self.pk,
            ConstraintType::Unique => &self.uq,
            ConstraintType::ForeignKey => &self.fk,
            ConstraintType::Check => &self.ck,
        }
    }
}

/// What a name is made from.
pub(super) struct Named<'a> {
    pub(super) table: &'a TableName,
    pub(super) columns: Option<&'a [Box<str>]>,
    pub(super) referred: Option<(&'a TableName, Option<&'a [Box<str>]>)>,
}

impl<'a> Named<'a> {
    /// What a constraint's name is made from.
    pub(super) fn of(table: &'a TableName, kind: &'a ConstraintKind) -> Self {
        let referred = match kind {
            ConstraintKind::ForeignKey { table: Some(table), referred, .. } => {
                Some((table, referred.as_deref()))
            }
            ConstraintKind::ForeignKey { table: None, .. }
            | ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclude { .. }
            | ConstraintKind::Unknown => None,
        };
        let columns =
            if matches!(kind, ConstraintKind::Check { .. }) { Some(&[][..]) } else { kind.columns() };
        Self { table, columns, referred }
    }
}

/// SQLAlchemy cannot make the name: what it says.
pub(super) struct NoName(pub(super) &'static str);

const NEEDS_NAME: &str =
    "Naming convention including %(constraint_name)s token requires that constraint is explicitly named.";

/// The name that SQLAlchemy hands over, the convention applied. What is unnamed stays so where it says nothing.
pub(super) fn conventional(convention: &Convention, name: &Name, named: &Named<'_>) -> Result<Name, NoName> {
    let template = match (convention, name) {
        (_, Name::Default) => return Ok(Name::Unnamed),
        (_, Name::Unknown | Name::Given { is_final: true, .. })
        | (Convention::None, _)
        | (Convention::OfUnnamed, Name::Given { .. }) => {
            return Ok(name.clone());
        }
        (Convention::Unknown | Convention::OfUnnamed, _) => return Ok(Name::Unknown),
        (Convention::Template(template), _) => template,
    };
    let uses_name = template.contains("%(constraint_name)s");
    match name {
        Name::Given { .. } if !uses_name => return Ok(name.clone()),
        Name::Unnamed if uses_name => return Err(NoName(NEEDS_NAME)),
        _ => {}
    }
    Ok(filled(template, name, named).map_or(Name::Unknown, |name| Name::exact(&name)))
}

/// The template with its tokens replaced; nothing where one of them is not known.
fn filled(template: &str, name: &Name, named: &Named<'_>) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (token, after) = after.strip_prefix('(')?.split_once(")s")?;
        text.push_str(&token_value(token, name, named)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn token_value(token: &str, name: &Name, named: &Named<'_>) -> Option<String> {
    match token {
        "table_name" => return Some(named.table.name.to_string()),
        "constraint_name" => return name.written().map(str::to_owned),
        "referred_table_name" => return named.referred.map(|(table, _)| table.name.to_string()),
        _ => {}
    }
    let (columns, token) = match token.strip_prefix("referred_") {
        Some(token) => (named.referred?.1?, token),
        None => (named.columns?, token),
    };
    let token = token.strip_prefix("column_")?;
    let (number, attribute) = token.split_once('_')?;
    let value = |column: &str| match attribute {
        "label" => {
            let schema = named.table.schema.as_ref().map(|schema| schema.replace('.', "_") + "_");
            Some(format!("{}{}_{column}", schema.unwrap_or_default(), named.table.name))
        }
        "name" | "key" => Some(column.to_owned()),
        _ => None,
    };
    if number == "0N" {
        return columns.iter().map(|column| value(column)).collect();
    }
    if let Some(attribute) = attribute.strip_prefix("N_") {
        let all = columns.iter().map(|column| match attribute {
            "label" => Some(format!("{}_{column}", named.table.name)),
            "name" | "key" => Some(column.to_string()),
            _ => None,
        });
        return Some(all.collect::<Option<Vec<_>>>()?.join("_"));
    }
    // A constraint with fewer columns has nothing there.
    columns.get(number.parse::<usize>().ok()?).map_or(Some(String::new()), |column| value(column))
}

/// The name that PostgreSQL gives: `table_columns_label`, shortened to fit, and numbered while it is taken.
pub(super) fn postgresql_default(
    table: &str,
    middle: Option<&str>,
    label: &str,
    taken: impl Fn(&str) -> bool,
) -> String {
    let mut label = label.to_owned();
    let mut number = 0_u32;
    loop {
        let name = fitted(table, middle, &label);
        if !taken(&name) {
            return name;
        }
        let end = label.len() - if number == 0 { 0 } else { number.to_string().len() };
        number += 1;
        label.truncate(end);
        // Writing into a string does not fail.
        if write!(label, "{number}").is_err() {
            return name;
        }
    }
}

/// The two names are made shorter in turns, the longer one first. Source: PostgreSQL's `makeObjectName`.
fn fitted(one: &str, two: Option<&str>, label: &str) -> String {
    let overhead = 1 + label.len() + usize::from(two.is_some());
    let room = POSTGRESQL_LENGTH.saturating_sub(overhead);
    let (mut first, mut second) = (one.len(), two.map_or(0, str::len));
    while first + second > room {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let middle = two.map(|two| format!("_{}", cut(two, second))).unwrap_or_default();
    format!("{}{middle}_{label}", cut(one, first))
}

/// At most that many bytes.
pub(super) fn cut(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

/// Whether two names are one to a database.
pub(super) fn same(dialect: Dialect, one: &str, two: &str) -> bool {
    match dialect {
        Dialect::Sqlite | Dialect::Mysql => one.eq_ignore_ascii_case(two),
        Dialect::Postgresql => cut(one, POSTGRESQL_LENGTH) == cut(two, POSTGRESQL_LENGTH),
    }
}

/// What is one for all names that are the [`same`], and for no others.
pub(super) fn folded(dialect: Dialect, name: &str) -> Box<str> {
    match dialect {
        Dialect::Sqlite | Dialect::Mysql => name.to_ascii_lowercase().into(),
        Dialect::Postgresql => cut(name, POSTGRESQL_LENGTH).into(),
    }
}

/// What is one for all names that are one to any database.
pub(super) fn key(name: &str) -> Box<str> {
    cut(&name.to_ascii_lowercase(), POSTGRESQL_LENGTH).into()
}

/// SQLite's words that SQLAlchemy puts in quotes. Source: SQLAlchemy's `dialects/sqlite/base.py`.
const RESERVED: &str = " add after all alter analyze and as asc attach autoincrement before begin between by cascade case \
    cast check collate column commit conflict constraint create cross current_date current_time current_timestamp \
    database default deferrable deferred delete desc detach distinct drop each else end escape except exclusive exists \
    explain false fail for foreign from full glob group if ignore immediate in index indexed initially inner insert \
    instead intersect into is isnull join key left like limit match natural not notnull null of offset on or order outer \
    plan pragma primary query raise references reindex rename replace restrict right rollback row select set table temp \
    temporary then to transaction trigger true union unique update using vacuum values view virtual when where ";

/// Whether SQLAlchemy puts a name in quotes for SQLite.
pub(super) fn is_quoted(name: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'$';
    !name.bytes().all(is_plain)
        || !name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        || RESERVED.contains(&format!(" {name} "))
}

/// The name under which a table, an index or a type is kept.
pub(super) fn fold(dialect: Dialect, name: &TableName) -> TableName {
    let schema = name.schema.as_deref();
    match dialect {
        Dialect::Sqlite => {
            let schema = schema.map(str::to_ascii_lowercase).filter(|schema| schema != "main");
            TableName::new(schema.as_deref(), &name.name.to_ascii_lowercase())
        }
        Dialect::Postgresql => {
            let schema = schema.map(|schema| cut(schema, POSTGRESQL_LENGTH));
            TableName::new(schema.filter(|schema| *schema != "public"), cut(&name.name, POSTGRESQL_LENGTH))
        }
        Dialect::Mysql => name.clone(),
    }
}

/// Whether it is a table that may be there without any migration: the database's own, Alembic's, an extension's.
pub(super) fn is_built_in(dialect: Dialect, table: &TableName) -> bool {
    let name = table.name.to_ascii_lowercase();
    let schema = table.schema.as_deref().unwrap_or_default().to_ascii_lowercase();
    let schemas: &[&str] = match dialect {
        Dialect::Postgresql => &["information_schema", "pg_catalog", "pg_toast", "pg_temp"],
        Dialect::Sqlite => &["temp"],
        Dialect::Mysql => &["information_schema", "mysql", "performance_schema", "sys"],
    };
    let stems: &[&str] = match dialect {
        Dialect::Postgresql => &["pg_"],
        Dialect::Sqlite => &["sqlite_", "pragma_"],
        Dialect::Mysql => &[],
    };
    let names: &[&str] = match dialect {
        Dialect::Postgresql => &[],
        Dialect::Sqlite => &["json_each", "json_tree", "jsonb_each", "jsonb_tree", "dbstat"],
        Dialect::Mysql => &["dual"],
    };
    let spatial = ["spatial_ref_sys", "geometry_columns", "geography_columns"];
    schemas.contains(&schema.as_str())
        || name.starts_with("alembic_version")
        || stems.iter().any(|stem| name.starts_with(stem))
        || names.contains(&name.as_str())
        || schema.is_empty() && spatial.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str) -> Option<String> {
        let table = TableName::plain("child");
        let columns = ["a".into(), "b".into()];
        let parent = TableName::plain("parent");
        let referred = ["id".into(), "no".into()];
        let named =
            Named { table: &table, columns: Some(&columns), referred: Some((&parent, Some(&referred))) };
        filled(template, &Name::exact("given"), &named)
    }

    #[test]
    fn tokens_are_filled_as_sqlalchemy_fills_them() {
        for (template, name) in [
            ("ix_%(column_0_label)s", "ix_child_a"),
            ("fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s", "fk_child_a_parent"),
            ("fk_%(column_1_key)s_%(referred_column_0_name)s", "fk_b_id"),
            ("uq_%(column_0_N_name)s", "uq_a_b"),
            ("uq_%(column_0N_name)s", "uq_ab"),
            ("ix_%(column_0_N_label)s", "ix_child_a_child_b"),
            ("ck_%(constraint_name)s_100%%", "ck_given_100%"),
            ("uq_%(column_7_name)s_", "uq__"),
        ] {
            assert_eq!(fill(template).as_deref(), Some(name), "{template}");
        }
        assert_eq!(fill("ix_%(made_by_a_function)s"), None);
    }

    #[test]
    fn postgresql_shortens_and_numbers_its_own_names() {
        assert_eq!(postgresql_default("t", Some("b_c"), "key", |_| false), "t_b_c_key");
        assert_eq!(postgresql_default("t", None, "pkey", |name| name == "t_pkey"), "t_pkey1");
        let taken = |name: &str| {
            name == "t_key" || name.trim_end_matches(char::is_numeric) == "t_key" && name < "t_key2"
        };
        assert_eq!(postgresql_default("t", None, "key", taken), "t_key2");
        let long = "x".repeat(60);
        let name = postgresql_default(&long, Some(&long), "fkey", |_| false);
        assert_eq!(
            (name.len(), name.as_str()),
            (63, &*format!("{}_{}_fkey", "x".repeat(29), "x".repeat(28)))
        );
    }
}
