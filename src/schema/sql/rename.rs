//! `ALTER` of what is no table, and `ALTER TABLE … SET SCHEMA`, of PostgreSQL: read word by word, as the parser knows few
//! of their forms.

use super::super::{Dialect, Edit, Operation, Relation, TableName};
use super::alter::noted;
use super::head::name_at;
use super::names::Names;
use super::split::{Kind, Statement};

/// What is altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Altered {
    Table,
    Relation(Relation),
    Type,
    Schema,
}

/// What the statement asks for, if it is one of these forms and all its names are known.
pub(super) fn read(statement: &Statement, names: Names<'_>) -> Option<Vec<Operation>> {
    if names.dialect != Dialect::Postgresql || !statement.is(0, "alter") || statement.open {
        return None;
    }
    let (altered, mut at) = if statement.are(1, &["materialized", "view"]) {
        (Altered::Relation(Relation::MaterializedView), 3)
    } else {
        let altered = match statement.at(1).to_ascii_lowercase().as_str() {
            "table" => Altered::Table,
            "view" => Altered::Relation(Relation::View),
            "index" => Altered::Relation(Relation::Index),
            "sequence" => Altered::Relation(Relation::Sequence),
            "type" | "domain" => Altered::Type,
            "schema" => Altered::Schema,
            _ => return None,
        };
        (altered, 2)
    };
    let if_exists = statement.are(at, &["if", "exists"]);
    at += if if_exists { 2 } else { 0 };
    at += usize::from(statement.is(at, "only"));
    let (name, end) = name_at(statement, at, names)?;
    let name = name?;
    let to = if statement.are(end, &["rename", "to"]) {
        Some(TableName { schema: name.schema.clone(), name: last(statement, end + 2, names)?.name })
    } else if statement.are(end, &["set", "schema"]) {
        let schema = last(statement, end + 2, names)?.name;
        if name.schema.as_deref() == Some(&*schema) {
            // It is there already.
            let table = Some(name).filter(|_| altered != Altered::Type && !if_exists);
            return Some(vec![noted("SET SCHEMA", table)]);
        }
        Some(TableName::new(Some(&schema), &name.name))
    } else {
        None
    };
    let operation = match (altered, to) {
        (Altered::Table, Some(to)) if statement.is(end, "set") => Operation::RenameTable { table: name, to },
        (Altered::Table, _) => return None,
        (Altered::Relation(kind), Some(to)) => Operation::Rename { kind, name, to, if_exists },
        (Altered::Relation(kind), None) => return other(statement, kind, name, if_exists, end, names),
        (Altered::Type, Some(to)) => Operation::RenameEnum { name, to },
        (Altered::Type, None) => return of_type(statement, name, end, names),
        (Altered::Schema, Some(to)) => Operation::RenameSchema { name: name.name, to: to.name },
        (Altered::Schema, None) => noted("ALTER SCHEMA", None),
    };
    // A table that may be missing is asked for as others are.
    if altered == Altered::Table && if_exists {
        let Operation::RenameTable { table, .. } = &operation else { return None };
        let condition = super::super::Condition::Relation(table.clone());
        return Some(vec![Operation::If { condition, then: vec![operation], otherwise: Vec::new() }]);
    }
    Some(vec![operation])
}

/// A name with which the statement ends.
fn last(statement: &Statement, at: usize, names: Names<'_>) -> Option<TableName> {
    let (name, end) = name_at(statement, at, names)?;
    name.filter(|_| end == statement.tokens.len())
}

/// Another form for a view, an index or a sequence.
fn other(
    statement: &Statement,
    kind: Relation,
    name: TableName,
    if_exists: bool,
    at: usize,
    names: Names<'_>,
) -> Option<Vec<Operation>> {
    match kind {
        Relation::Sequence => {
            let owned = (at..statement.tokens.len()).find(|at| statement.are(*at, &["owned", "by"]));
            let owner = match owned {
                None => Edit::Keep,
                Some(owned) if statement.is(owned + 2, "none") => Edit::Set(None),
                Some(owned) => owner_at(statement, owned + 2, names)
                    .map_or(Edit::Unknown, |owner| Edit::Set(Some(owner))),
            };
            Some(vec![Operation::AlterSequence { name, owner, if_exists }])
        }
        Relation::Index => {
            Some(vec![if if_exists { noted("ALTER INDEX", None) } else { Operation::NeedIndex { name } }])
        }
        Relation::View | Relation::MaterializedView => {
            let word = if kind == Relation::View { "ALTER VIEW" } else { "ALTER MATERIALIZED VIEW" };
            let table = Some(name).filter(|_| !if_exists);
            let is_quiet = statement.are(at, &["owner", "to"])
                || ["set", "reset", "cluster", "depends", "no"].iter().any(|word| statement.is(at, word))
                || statement.is(at, "alter");
            if is_quiet {
                return Some(vec![noted(word, table)]);
            }
            let column = if statement.is(at + 1, "column") { at + 2 } else { at + 1 };
            if !statement.is(at, "rename") {
                return None;
            }
            let (from, end) = name_at(statement, column, names)?;
            let to = Some(end)
                .filter(|end| statement.is(*end, "to"))
                .and_then(|end| last(statement, end + 1, names))?;
            let change = super::super::ColumnChange {
                name: Edit::Set(to.name),
                ..super::super::ColumnChange::default()
            };
            let table = table?;
            Some(vec![Operation::AlterColumn { table, column: Some(from?.name), change }])
        }
    }
}

/// The table of the column that a sequence is owned by.
fn owner_at(statement: &Statement, at: usize, names: Names<'_>) -> Option<TableName> {
    let end = (at..statement.tokens.len()).take_while(|at| statement.is(*at, ".") || statement.is_name(*at));
    let last = end.last()?;
    // What stands before the last full stop.
    if last < at + 2 || !statement.is(last - 1, ".") {
        return None;
    }
    let mut shorter = statement.clone();
    shorter.tokens.truncate(last - 1);
    name_at(&shorter, at, names)?.0
}

/// What else is altered of a type: a value of an enum type, or what is not kept.
fn of_type(statement: &Statement, name: TableName, at: usize, names: Names<'_>) -> Option<Vec<Operation>> {
    let text = |at: usize| {
        let text = statement.at(at);
        let is_text = statement.kind(at) == Some(Kind::String) && text.starts_with('\'');
        let inner = text.get(1..text.len().checked_sub(1)?)?.replace("''", "'");
        is_text.then(|| names.name(&inner, true)).flatten()
    };
    if statement.are(at, &["add", "value"]) {
        let if_not_exists = statement.are(at + 2, &["if", "not", "exists"]);
        let value = text(if if_not_exists { at + 5 } else { at + 2 })?;
        return Some(vec![Operation::AddEnumValue { name, value, if_not_exists }]);
    }
    if statement.are(at, &["rename", "value"]) && statement.is(at + 3, "to") {
        return Some(vec![Operation::RenameEnumValue { name, value: text(at + 2)?, to: text(at + 4)? }]);
    }
    Some(vec![Operation::NeedType { name }])
}
