//! Indexes.

use super::constraint::{column_name, name_of};
use crate::replay::run::python::pairs::Pairs;
use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::{Access, Dialect, IndexDef, Name, Touches, sql};

/// `Index(name, …)`.
pub(super) fn made(machine: &Machine<'_>, arguments: &Arguments) -> IndexDef {
    let elements = arguments.by_place().map(|all| all.get(1..).unwrap_or_default());
    IndexDef { name: name_of(arguments.get(0, "name")), ..of(machine, elements, arguments) }
}

/// An index on elements, where these are known, with what is given by name.
pub(in crate::replay::run) fn of(
    machine: &Machine<'_>,
    elements: Option<&[Value]>,
    arguments: &Arguments,
) -> IndexDef {
    let (columns, has_expressions) =
        elements.map_or((None, true), |elements| columns(elements, machine.rules().dialect));
    let mut used = Vec::new();
    for element in elements.unwrap_or_default() {
        if let (Value::Sql(_), Some(text)) = (element, element.known_text()) {
            used.extend(sql::used_by_index(text, None, machine.rules().dialect));
        }
    }
    if machine.rules().dialect == Dialect::Postgresql
        && let Some(included) = arguments.keyword("postgresql_include")
    {
        used.extend(machine.column_names(Some(included)).into_iter().flatten());
    }
    let unique = arguments.flag("unique");
    let mut index = IndexDef {
        name: Name::Unnamed,
        // What may be a key or not is one of columns that are not known.
        columns: columns.filter(|_| unique.is_some()),
        has_expressions,
        is_partial: false,
        condition: None,
        quoted: None,
        used,
        unique: unique != Some(false),
        access: access(machine, elements.unwrap_or_default(), arguments),
    };
    if let Some((condition, dialect)) = condition(machine, arguments) {
        // Any number stands for the elements.
        let by_condition = condition.known_text().map(|text| sql::used_by_index("(1)", Some(text), dialect));
        let by_condition = by_condition.unwrap_or_default();
        // What it uses without being known, it may use as an expression does.
        index.has_expressions |= by_condition.is_empty();
        index.used.extend(by_condition);
        index.is_partial = true;
        index.condition = condition.known_text().map(Into::into);
    }
    index
}

/// How an index on elements finds rows, with what is given by name.
fn access(machine: &Machine<'_>, elements: &[Value], arguments: &Arguments) -> Access {
    let method = match arguments.by_name("postgresql_using") {
        None | Some(Value::None) => "btree",
        Some(method) => method.known_text().unwrap_or_default(),
    };
    accessed(machine, method, elements, arguments.by_name("postgresql_ops"))
}

/// How the index of an exclusion constraint finds rows, whose elements are pairs.
pub(in crate::replay::run) fn excluding(
    machine: &Machine<'_>,
    elements: &[Value],
    arguments: &Arguments,
) -> Access {
    let method = match arguments.by_name("using") {
        None => "gist",
        Some(method) => method.known_text().unwrap_or_default(),
    };
    let first = |pair: &Value| machine.items(pair)?.into_iter().next();
    let elements: Vec<_> = elements.iter().filter_map(first).collect();
    accessed(machine, method, &elements, arguments.by_name("ops"))
}

fn accessed(machine: &Machine<'_>, method: &str, elements: &[Value], classes: Option<&Value>) -> Access {
    let mut access = Access { method: method.to_ascii_lowercase().into(), ..Access::default() };
    let given = match classes {
        None | Some(Value::None) => &Pairs::default(),
        Some(classes) => match machine.pairs(classes) {
            Some(given) => given,
            None => return access,
        },
    };
    access.classes.extend(given.iter().filter_map(|(_, class)| Some(class.known_text()?.into())));
    for element in elements {
        match element {
            Value::Sql(text) => {
                let index = sql::index_on(&text.text, None, machine.rules().dialect);
                let own = index.map(|index| index.access).unwrap_or_default();
                access.bare.extend(own.bare);
                access.classes.extend(own.classes);
            }
            other => {
                let is_given =
                    |name: &str| given.iter().any(|(own, _)| own.known_text().is_none_or(|own| own == name));
                access.bare.extend(column_name(other).filter(|name| !is_given(name)));
            }
        }
    }
    access
}

/// The condition on the rows that an index covers, where the database at hand has such.
fn condition<'a>(machine: &Machine<'_>, arguments: &'a Arguments) -> Option<(&'a Value, Dialect)> {
    let mut given = [("postgresql_where", Dialect::Postgresql), ("sqlite_where", Dialect::Sqlite)]
        .into_iter()
        .filter_map(|(name, dialect)| Some((arguments.keyword(name)?, dialect)));
    given.find(|(value, dialect)| **value != Value::None && machine.rules().dialect == *dialect)
}

/// The column that a text is, if it is no more than the name of one without quotes.
fn plain(text: &str, dialect: Dialect) -> Option<Box<str>> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_name = text.bytes().all(is_word) && text.starts_with(|first: char| first.is_ascii_alphabetic());
    match sql::used_by_index(text, None, dialect).as_slice() {
        [only] if is_name => Some(only.clone()),
        _ => None,
    }
}

/// The plain columns among an index's elements, and whether there are expressions.
fn columns(elements: &[Value], dialect: Dialect) -> (Option<Vec<Box<str>>>, bool) {
    let mut names = Some(Vec::new());
    let mut has_expressions = false;
    for element in elements {
        match element {
            Value::Sql(text) if let Some(name) = plain(&text.text, dialect) => {
                names.iter_mut().for_each(|names| names.push(name.clone()));
            }
            Value::Sql(_) | Value::Statement(_) | Value::Data => has_expressions = true,
            other => match column_name(other) {
                Some(name) => names.iter_mut().for_each(|names| names.push(name.clone())),
                None => names = None,
            },
        }
    }
    (names, has_expressions)
}

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, call: Call<'_>) -> Evaluated {
    if matches!(call.name, "create" | "drop") {
        machine.unknown("an index of a table that is not known", Touches::Everything, call.range)?;
    }
    Ok(Value::Data)
}
