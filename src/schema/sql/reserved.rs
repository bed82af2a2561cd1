//! Reserved words of PostgreSQL where names stand. Source: `SQL Key Words` of its documentation.

use super::split::{Statement, after_name, one_of, outside};

/// Words that PostgreSQL takes for no name of a table or a column unless they are quoted.
const RESERVED: [&str; 23] = [
    "user",
    "order",
    "group",
    "table",
    "column",
    "check",
    "default",
    "end",
    "limit",
    "offset",
    "references",
    "select",
    "union",
    "when",
    "where",
    "primary",
    "foreign",
    "constraint",
    "grant",
    "desc",
    "asc",
    "case",
    "any",
];

/// Where such a word stands for a table's name.
pub(super) fn table(statement: &Statement) -> Option<usize> {
    table_at(statement).filter(|at| one_of(statement, *at, &RESERVED))
}

/// Where such a word stands for a column's name. Those that begin a constraint or a query are none.
pub(super) fn column(statement: &Statement) -> Option<usize> {
    let begins: &[&str] = if statement.is(0, "insert") {
        &["select", "table"]
    } else {
        &["check", "primary", "foreign", "constraint"]
    };
    let is_reserved = |at: &usize| one_of(statement, *at, &RESERVED) && !one_of(statement, *at, begins);
    let at = table_at(statement)?;
    if statement.is(0, "update") {
        let set = outside(statement, at + 1, "set")? + 1;
        return Some(set).filter(is_reserved).filter(|at| statement.is(at + 1, "="));
    }
    let end = after_name(statement, at)?;
    if statement.are(0, &["alter", "table"]) {
        let column = if statement.is(end + 1, "column") { end + 2 } else { end + 1 };
        let column = if statement.are(column, &["if", "not", "exists"]) { column + 3 } else { column };
        return Some(column).filter(is_reserved).filter(|_| statement.is(end, "add"));
    }
    let has_columns = statement.is(0, "create") || statement.is(0, "insert");
    if !has_columns || !statement.is(end, "(") {
        return None;
    }
    let mut depth = 0_usize;
    for at in end..statement.tokens.len() {
        if depth == 1 && one_of(statement, at - 1, &["(", ","]) && is_reserved(&at) {
            return Some(at);
        }
        if statement.is(at, "(") {
            depth += 1;
        } else if statement.is(at, ")") {
            depth -= 1;
            if depth == 0 {
                break;
            }
        }
    }
    None
}

/// Where the table's name stands in a statement that starts with these words.
fn table_at(statement: &Statement) -> Option<usize> {
    let exists = |at: usize| if statement.are(at, &["if", "exists"]) { at + 2 } else { at };
    if statement.is(0, "update") {
        Some(1)
    } else if statement.are(0, &["insert", "into"]) || statement.are(0, &["delete", "from"]) {
        Some(2)
    } else if statement.are(0, &["alter", "table"]) || statement.are(0, &["drop", "table"]) {
        Some(exists(2))
    } else if statement.are(0, &["create", "table"]) {
        Some(if statement.are(2, &["if", "not", "exists"]) { 5 } else { 2 })
    } else {
        None
    }
}
