//! Reads text of SQL as operations.
//!
//! Each statement is read on its own, so that one that cannot be parsed hides no other. Names are used only where they
//! certainly are tables and columns: what is in doubt is left out, and what is not understood is unknown.

mod alter;
mod block;
mod catalogue;
mod columns;
mod constants;
mod data;
mod ddl;
mod functions;
mod guess;
mod head;
mod names;
mod outside;
mod parse;
mod refused;
mod rename;
mod reserved;
mod split;
mod table;
mod text;
mod value;
mod view;
mod virtual_table;

use sqlparser::ast::{SelectItem, SetExpr, Statement as Tree};

use super::{Condition, Constant, Dialect, IndexDef, Operation, TableName, Touches, Written};
use alter::unknown;
use data::Uses;
pub(super) use functions::{called, lacks};
use names::Names;
use split::{Statement, statements};
use text::Hole;
pub use text::{Piece, SqlText};
pub(super) use value::type_of_default;

/// How long a text may be of which more than the first words are read.
const LENGTH: usize = 1 << 20;
/// How long a statement may be that writes rows and is still parsed: of longer ones the first words tell enough.
const ROWS: usize = 1 << 15;

/// How long a default may be whose value matters.
const LONGEST_DEFAULT: usize = 256;

/// The operations that a text of SQL asks for, statement by statement, in order.
///
/// A statement that changes several things of a table gives several operations.
pub fn operations(sql: &SqlText, dialect: Dialect) -> Vec<Operation> {
    if sql.starts_with_hole() {
        return vec![unknown("SQL text is computed", Touches::Everything)];
    }
    let hole = Hole::of(sql);
    let names = Names { dialect, hole: &hole };
    let text = sql.filled(&hole);
    let statements = statements(&text, dialect);
    if text.len() > LENGTH && !statements.iter().all(|statement| statement.is(0, "insert")) {
        return vec![unknown("the SQL text is too long", Touches::Everything)];
    }
    statements.iter().flat_map(|found| statement(found, names)).collect()
}

/// The rows that a question to the catalogue gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// One if something is so, and none if it is not.
    If(Condition),
    /// One, with the number of those.
    Count(Condition),
    /// One, with whether it is so.
    Truth(Condition),
    /// One, with a name if it is so, and with NULL if it is not.
    Name(Condition),
    /// One for each column of a table, whose name stands at a place in it.
    Columns {
        /// The table.
        table: TableName,
        /// The place, from 0.
        place: usize,
    },
}

/// What rows a text of SQL gives that asks the catalogue; nothing where it does something else.
pub fn rows(sql: &SqlText, dialect: Dialect) -> Option<Rows> {
    let hole = Hole::of(sql);
    let names = Names { dialect, hole: &hole };
    let found = statements(&sql.filled(&hole), dialect);
    let [only] = found.as_slice() else { return None };
    if only.are(0, &["pragma", "table_info"]) && dialect == Dialect::Sqlite {
        let place = if only.is(2, "(") { 3 } else { return None };
        let name = head::name_at(only, place, names)?.0?;
        return Some(Rows::Columns { table: name, place: 1 });
    }
    if !only.is(0, "select") || only.open {
        return None;
    }
    match parse::parse(only, dialect).ok()? {
        Tree::Query(query) => catalogue::rows(&query, names),
        _ => None,
    }
}

/// Whether a text certainly holds several statements.
pub fn are_several(sql: &SqlText, dialect: Dialect) -> bool {
    let hole = Hole::of(sql);
    let is_known = |found: &&Statement| !found.open && !found.tokens.is_empty() && !hole.is_in(found.at(0));
    statements(&sql.filled(&hole), dialect).iter().filter(is_known).count() > 1
}

/// What one statement asks for.
fn statement(statement: &Statement, names: Names<'_>) -> Vec<Operation> {
    let mut asked = read(statement, names);
    if names.dialect == Dialect::Postgresql
        && !statement.open
        && !matches!(asked.as_slice(), [Operation::Refused { .. }])
        && let Some(what) = outside::read(statement)
    {
        asked.insert(0, Operation::OutsideTransaction { what });
    }
    asked
}

fn read(statement: &Statement, names: Names<'_>) -> Vec<Operation> {
    let hints = statement.hints.to_ascii_lowercase();
    if ["create", "drop", "rename", "alter", &names.hole.word().to_ascii_lowercase()]
        .iter()
        .any(|word| hints.contains(word))
    {
        return vec![unknown("a comment that MySQL runs", Touches::Everything)];
    }
    if statement.tokens.is_empty() {
        return vec![alter::noted("a comment that MySQL runs", None)];
    }
    if names.hole.is_in(statement.at(0)) {
        return vec![unknown("a statement is computed", Touches::Everything)];
    }
    if let Some(refused) = refused::read(statement, names)
        && !statement.open
    {
        return match refused {
            Operation::Refused { message, .. } if names.hole.is_in(&message) => {
                guess::guess(statement, names, &message)
            }
            refused => vec![refused],
        };
    }
    if let Some(read) = head::read(statement, names) {
        return read;
    }
    if functions::spreads_table(statement) {
        return vec![unknown("a function may make indexes", Touches::Constraints)];
    }
    let missing = functions::missing(statement, names.dialect);
    if missing.is_none() && functions::may_change(statement, names.dialect) {
        return vec![unknown("a function may change the schema", Touches::Everything)];
    }
    let first = statement.at(0).to_ascii_uppercase();
    let many = statement.text.len() > ROWS && matches!(first.as_str(), "INSERT" | "REPLACE");
    // The parser takes these words for the table's name.
    let modified = names.dialect == Dialect::Mysql
        && first == "UPDATE"
        && (statement.is(1, "low_priority") || statement.is(1, "ignore"));
    if many || modified {
        return vec![guess::written(statement, &first, names)];
    }
    match parse::parse(statement, names.dialect) {
        Err(reason) => match guess::without_options(statement, names) {
            Some(read) => read,
            None => guess::guess(statement, names, &reason),
        },
        Ok(tree) => tree_operations(statement, &tree, missing, names)
            .unwrap_or_else(|| guess::guess(statement, names, "a statement of another kind")),
    }
}

/// What a database says to the condition of a check that is written for another one.
pub fn refusal_of_condition(condition: &str, dialect: Dialect) -> Option<String> {
    match dialect {
        Dialect::Postgresql => statements(condition, dialect).first().and_then(refused::condition),
        Dialect::Sqlite | Dialect::Mysql => None,
    }
}

/// What a condition on the rows of a table compares with values that it writes out.
pub fn constants_of_condition(table: &TableName, condition: &str, dialect: Dialect) -> Vec<Written> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let schema = table.schema.as_deref().map_or_else(String::new, |schema| quoted(schema) + ".");
    let text = format!("SELECT 1 FROM {schema}{} WHERE {condition}", quoted(&table.name));
    match operations(&SqlText::from(text.as_str()), dialect).into_iter().next() {
        Some(Operation::Constants { all }) => all,
        _ => Vec::new(),
    }
}

/// The value that a default writes out; nothing where it is another expression, or NULL.
pub fn constant_of_default(default: &str, dialect: Dialect) -> Option<Constant> {
    if default.len() > LONGEST_DEFAULT || default.contains(['?', '…']) {
        return None;
    }
    let text = SqlText::from(["SELECT ", default].concat().as_str());
    let hole = Hole::of(&text);
    let names = Names { dialect, hole: &hole };
    let found = statements(&text.filled(&hole), dialect);
    let [only] = found.as_slice() else { return None };
    let Tree::Query(query) = parse::parse(only, dialect).ok()? else { return None };
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(value)] if select.from.is_empty() => names.constant(value),
        _ => None,
    }
}

/// Columns that an element of an index, and its condition, certainly use.
pub fn used_by_index(element: &str, condition: Option<&str>, dialect: Dialect) -> Vec<Box<str>> {
    let index = index_on(element, condition, dialect);
    index.map_or_else(Vec::new, |index| index.columns.into_iter().flatten().chain(index.used).collect())
}

/// The index on one element with a condition, if that is understood.
pub fn index_on(element: &str, condition: Option<&str>, dialect: Dialect) -> Option<IndexDef> {
    let condition = condition.map_or_else(String::new, |condition| format!(" WHERE {condition}"));
    let text = format!("CREATE INDEX i ON t ({element}){condition}");
    let mut read = operations(&SqlText::from(text.as_str()), dialect).into_iter();
    match (read.next(), read.next()) {
        (Some(Operation::CreateIndex { index, .. }), None) => Some(index),
        _ => None,
    }
}

fn tree_operations(
    statement: &Statement,
    tree: &Tree,
    missing: Option<Operation>,
    names: Names<'_>,
) -> Option<Vec<Operation>> {
    if let Tree::Query(query) = tree
        && let SetExpr::Select(select) = query.body.as_ref()
        && let Some(into) = &select.into
    {
        return Some(names.select_into(into, query));
    }
    if let Some((verb, uses, all)) = Uses::of(names, tree) {
        if verb != "SELECT" && names.dialect == Dialect::Postgresql {
            // Who writes to the catalogue makes types and casts without their statements.
            for (catalogue, touches) in CATALOGUES {
                if statement.has(catalogue) {
                    return Some(vec![unknown(format!("{verb} in the catalogue"), touches)]);
                }
            }
        }
        let rows = data::on_rows(statement, Some(tree), names);
        let constants = (!all.is_empty()).then_some(Operation::Constants { all });
        let own = Operation::Data { verb, uses, rows };
        // Tables are looked for first, and what rows get is done last.
        return Some(constants.into_iter().chain([own]).chain(missing).collect());
    }
    names.definition(tree)
}

/// Tables of PostgreSQL's catalogue, and what is made by writing to them.
const CATALOGUES: [(&[&str], Touches); 2] = [
    (&["pg_enum", "pg_type"], Touches::Enums),
    (&["pg_cast", "pg_operator", "pg_opclass", "pg_amop", "pg_amproc"], Touches::Casts),
];

#[cfg(test)]
mod tests;
