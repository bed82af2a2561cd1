//! What a database refuses before it looks at its schema: text that is written for another one.

use super::super::{Dialect, Operation, TableName};
use super::head::name_at;
use super::names::Names;
use super::reserved;
use super::split::{Kind, Statement, after_name, one_of, outside};

/// What the dialect says to a statement that it certainly cannot parse.
pub(super) fn read(statement: &Statement, names: Names<'_>) -> Option<Operation> {
    let dialect = names.dialect;
    let word = match dialect {
        // A cast is no word of SQLite, wherever it stands.
        Dialect::Sqlite => sqlite(statement).or_else(|| cast(statement).map(|_| ":")),
        // A backtick quotes nothing in PostgreSQL, wherever it stands.
        Dialect::Postgresql => postgresql(statement)
            .or_else(|| (0..statement.tokens.len()).find(|at| statement.is(*at, "`")).map(|_| "`")),
        Dialect::Mysql => mysql(statement),
    }?;
    let message = match dialect {
        Dialect::Sqlite if word == ":" => "unrecognized token: \":\"".to_owned(),
        Dialect::Sqlite => format!("near \"{word}\": syntax error"),
        Dialect::Postgresql => format!("syntax error at or near \"{word}\""),
        Dialect::Mysql => format!("You have an error in your SQL syntax near '{word}'"),
    };
    Some(Operation::Refused { message: message.into(), by: vec![dialect], table: added_to(statement, names) })
}

/// The table of an `ALTER TABLE … ADD`, which SQLite looks for while it reads on.
fn added_to(statement: &Statement, names: Names<'_>) -> Option<TableName> {
    if names.dialect != Dialect::Sqlite || !statement.are(0, &["alter", "table"]) {
        return None;
    }
    let (table, end) = name_at(statement, 2, names)?;
    table.filter(|_| statement.is(end, "add"))
}

/// Types of which PostgreSQL's grammar has the names, and no length behind them.
const OF_THE_GRAMMAR: [&str; 6] = ["int", "integer", "bigint", "smallint", "boolean", "real"];

/// Whether such a type has a length: `INT(11)`.
fn is_modified(statement: &Statement, at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| statement.is_name(before))
        && one_of(statement, at, &OF_THE_GRAMMAR)
        && statement.is(at + 1, "(")
}

/// Where MySQL says behind which column a new one stands: `ADD COLUMN a INT AFTER b`.
fn after_column(statement: &Statement, from: usize) -> Option<usize> {
    let names_it = [
        ".",
        "add",
        "alter",
        "column",
        "constraint",
        "drop",
        "exists",
        "index",
        "references",
        "rename",
        "to",
        "type",
    ];
    let mut depth = 0_i32;
    (from..statement.tokens.len()).find(|&at| {
        depth += i32::from(statement.is(at, "(")) - i32::from(statement.is(at, ")"));
        depth == 0
            && statement.is(at, "after")
            && !one_of(statement, at - 1, &names_it)
            && statement.is_name(at + 1)
            && (statement.is(at + 2, ",") || at + 2 == statement.tokens.len())
    })
}

/// Words that MySQL or SQLite compare texts with.
const COMPARING: [&str; 3] = ["regexp", "rlike", "glob"];

/// What PostgreSQL says to a condition that compares with a word of another database.
pub(super) fn condition(statement: &Statement) -> Option<String> {
    let compares = |at: &usize| {
        let before = at - 1;
        let is_value = statement.is_name(before)
            && !one_of(statement, before, &["and", "or", "not", "when", "then", "else"])
            || statement.is(before, ")");
        one_of(statement, *at, &COMPARING) && is_value && statement.kind(at + 1) == Some(Kind::String)
    };
    let at = (1..statement.tokens.len()).find(compares)?;
    Some(format!("syntax error at or near \"{}\"", statement.at(at)))
}

/// The words that a statement of SQLite starts with.
const FIRST: [&str; 23] = [
    "alter",
    "analyze",
    "attach",
    "begin",
    "commit",
    "create",
    "delete",
    "detach",
    "drop",
    "end",
    "explain",
    "insert",
    "pragma",
    "reindex",
    "release",
    "replace",
    "rollback",
    "savepoint",
    "select",
    "update",
    "vacuum",
    "values",
    "with",
];

/// Where `::` stands.
fn cast(statement: &Statement) -> Option<usize> {
    (1..statement.tokens.len()).find(|at| {
        statement.is(*at, ":")
            && statement.is(at - 1, ":")
            && statement.tokens[at - 1].end == statement.tokens[*at].start
    })
}

/// Words with which MySQL joins tables in what it changes.
const JOINS: [&str; 9] = ["join", "inner", "left", "right", "full", "cross", "natural", "straight_join", ","];

/// What only MySQL takes where rows are written: several tables in an `UPDATE` or a `DELETE`, `SET` in an `INSERT`.
fn of_mysql(statement: &Statement, may_be_renamed: bool) -> Option<&str> {
    let near = |at: usize| Some(statement.at(at)).filter(|text| !text.is_empty());
    if statement.is(0, "delete") && !statement.is(1, "from") && statement.is_name(1) {
        return near(1);
    }
    if statement.are(0, &["insert", "into"]) {
        if let Some(on) =
            (3..statement.tokens.len()).find(|at| statement.are(*at, &["on", "duplicate", "key"]))
        {
            return near(on + 1);
        }
        let end = after_name(statement, 2)?;
        return if one_of(statement, end, &["set", "value"]) { near(end) } else { None };
    }
    let is_update = statement.is(0, "update");
    if !is_update && !statement.are(0, &["delete", "from"]) {
        return None;
    }
    let mut at = if is_update { 1 } else { 2 };
    at += match () {
        () if statement.is(at, "only") && statement.is_name(at + 1) && !statement.is(at + 1, "set") => 1,
        () if statement.is(at, "or") => 2,
        () => 0,
    };
    let end = after_name(statement, at)?;
    if one_of(statement, end, &JOINS) {
        return near(end);
    }
    let next: &[&str] = if is_update { &["set"] } else { &["where", "using", "returning", "order", "limit"] };
    let after = if statement.is(end, "as") {
        end + 2
    } else if statement.is_name(end)
        && !one_of(statement, end, next)
        && !one_of(statement, end, &["not", "indexed"])
    {
        if !may_be_renamed {
            return near(end);
        }
        end + 1
    } else {
        end
    };
    if one_of(statement, after, &JOINS) { near(after) } else { None }
}

fn sqlite(statement: &Statement) -> Option<&str> {
    let near = |at: usize| Some(statement.at(at)).filter(|text| !text.is_empty());
    let word = |at: usize| statement.kind(at) == Some(Kind::Word);
    if let Some(foreign) = of_mysql(statement, false) {
        return Some(foreign);
    }
    if word(0) && !one_of(statement, 0, &FIRST) {
        return near(0);
    }
    if statement.is(0, "create") {
        let kept = ["table", "temp", "temporary", "unique", "index", "view", "trigger", "virtual"];
        if word(1) && !one_of(statement, 1, &kept) {
            return near(1);
        }
        let calls = |at: &usize| {
            statement.is(*at, "execute") && one_of(statement, at + 1, &["procedure", "function"])
        };
        if statement.is(1, "trigger")
            && let Some(end) = (2..statement.tokens.len()).find(calls)
        {
            return near((2..end).find(|at| statement.is(*at, "or")).unwrap_or(end));
        }
        let index = if statement.is(1, "unique") { 2 } else { 1 };
        if statement.is(index, "index") {
            if statement.is(index + 1, "concurrently") && word(index + 2) && !statement.is(index + 2, "on") {
                return near(index + 2);
            }
            let on = outside(statement, index, "on")?;
            let end = after_name(statement, on + 1)?;
            return if statement.is(end, "using") { near(end) } else { None };
        }
    }
    if statement.is(0, "drop") {
        if word(1) && !one_of(statement, 1, &["table", "view", "index", "trigger"]) {
            return near(1);
        }
        let named = if statement.are(2, &["if", "exists"]) { 4 } else { 2 };
        let end = after_name(statement, named)?;
        return near(end)
            .filter(|_| matches!(statement.kind(end), Some(Kind::Word | Kind::Quoted | Kind::Symbol)));
    }
    if statement.is(0, "alter") {
        return sqlite_alter(statement);
    }
    None
}

fn sqlite_alter(statement: &Statement) -> Option<&str> {
    let near = |at: usize| Some(statement.at(at)).filter(|text| !text.is_empty());
    let word = |at: usize| statement.kind(at) == Some(Kind::Word);
    if !statement.is(1, "table") {
        return if word(1) { near(1) } else { None };
    }
    if statement.are(2, &["if", "exists"]) {
        return near(3);
    }
    if statement.is(2, "only") && word(3) && word(4) {
        return near(3);
    }
    let verb = after_name(statement, 2)?;
    if word(verb) && !one_of(statement, verb, &["rename", "add", "drop", "alter"]) {
        return near(verb);
    }
    let is_of_key = one_of(statement, verb + 1, &["primary", "foreign"]) && statement.is(verb + 2, "key");
    if statement.are(verb, &["rename", "constraint"]) || statement.is(verb, "drop") && is_of_key {
        return near(verb + 1);
    }
    let at = if statement.is(verb + 1, "column") { verb + 2 } else { verb + 1 };
    if statement.are(at, &["if", "not", "exists"]) && statement.is(verb, "add") {
        return near(at + 2);
    }
    if statement.are(at, &["if", "exists"]) && statement.is(verb, "drop") {
        return near(at + 1);
    }
    if statement.is(verb, "add") && at == verb + 1 {
        // A check can be added since 3.53.
        let kind = if statement.is(at, "constraint") { after_name(statement, at + 1)? } else { at };
        let key = one_of(statement, kind, &["primary", "foreign"]) && statement.is(kind + 1, "key");
        if key || (statement.is(kind, "unique") && statement.is(kind + 1, "(")) {
            return near(at);
        }
        if statement.is(at, "constraint") && statement.is(kind, "exclude") {
            return near(at);
        }
    }
    if statement.is(verb, "alter") {
        let change = after_name(statement, at)?;
        let default = one_of(statement, change, &["set", "drop"]) && statement.is(change + 1, "default");
        let kind = statement.is(change, "type") || statement.are(change, &["set", "data"]);
        if default || kind {
            return near(verb);
        }
    }
    if let Some(comma) = outside(statement, verb, ",") {
        return near(comma);
    }
    let last = statement.tokens.len().checked_sub(1)?;
    if statement.is(verb, "drop") && last > at && one_of(statement, last, &["cascade", "restrict"]) {
        return near(last);
    }
    None
}

fn postgresql(statement: &Statement) -> Option<&str> {
    let near = |at: usize| Some(statement.at(at)).filter(|text| !text.is_empty());
    let foreign = [
        "pragma",
        "attach",
        "detach",
        "replace",
        "rename",
        "use",
        "describe",
        "desc",
        "optimize",
        "flush",
        "unlock",
        "handler",
        "kill",
        "delimiter",
        "if",
    ];
    if one_of(statement, 0, &foreign) {
        return near(0);
    }
    if statement.is(0, "begin") && one_of(statement, 1, &["immediate", "deferred", "exclusive"]) {
        return near(1);
    }
    if let Some(at) = reserved::table(statement) {
        return near(at);
    }
    if let Some(foreign) = of_mysql(statement, true) {
        return Some(foreign);
    }
    if let Some(at) = reserved::column(statement) {
        return near(at);
    }
    if one_of(statement, 0, &["update", "delete"]) {
        let order = outside(statement, 1, "order").filter(|at| statement.is(at + 1, "by"));
        if let Some(at) = order.or_else(|| outside(statement, 1, "limit")) {
            return near(at);
        }
    }
    if statement.is(0, "insert") && one_of(statement, 1, &["or", "ignore"]) {
        return near(1);
    }
    if statement.is(0, "create") && one_of(statement, 1, &["virtual", "fulltext", "spatial"]) {
        return near(1);
    }
    if statement.are(0, &["create", "trigger"]) {
        return outside(statement, 3, "begin").and_then(near);
    }
    if statement.are(0, &["create", "table"]) {
        let foreign = ["auto_increment", "autoincrement", "unsigned"];
        // After a type, and not a column or a type of that name.
        let starts = |at: usize| one_of(statement, at, &["(", ","]);
        let columns = |at: &usize| {
            let after = statement.kind(at - 1) == Some(Kind::Word) || statement.is(at - 1, ")");
            one_of(statement, *at, &foreign) && after && !starts(at - 2)
        };
        if let Some(at) = (3..statement.tokens.len()).find(columns) {
            return near(at);
        }
        // A column's name before it.
        let modified =
            (5..statement.tokens.len()).find(|at| starts(at - 3) && is_modified(statement, at - 1));
        if let Some(at) = modified {
            return near(at);
        }
        let engine = outside(statement, 2, "engine")?;
        return if statement.is(engine + 1, "=") { near(engine) } else { None };
    }
    if statement.are(0, &["drop", "index"]) {
        let on = outside(statement, 2, "on")?;
        return if on > 2 && on + 2 == statement.tokens.len() { near(on) } else { None };
    }
    if statement.are(0, &["alter", "table"]) {
        let named = if statement.are(2, &["if", "exists"]) { 4 } else { 2 };
        let verb = after_name(statement, named)?;
        if one_of(statement, verb, &["modify", "change", "convert", "engine", "auto_increment"]) {
            return near(verb);
        }
        if statement.is(verb, "drop") && one_of(statement, verb + 1, &["foreign", "primary"]) {
            return near(verb + 1);
        }
        if statement.are(verb, &["add", "unique"]) && one_of(statement, verb + 2, &["index", "key"]) {
            return near(verb + 2);
        }
        let is_type = |at: &usize| {
            one_of(statement, at - 2, &["add", "column", "exists"]) || statement.is(at - 1, "type")
        };
        let modified =
            (verb + 2..statement.tokens.len()).find(|at| is_type(at) && is_modified(statement, *at));
        if let Some(at) = modified {
            return near(at + 1);
        }
        return after_column(statement, verb).and_then(near);
    }
    None
}

fn mysql(statement: &Statement) -> Option<&str> {
    let near = |at: usize| Some(statement.at(at)).filter(|text| !text.is_empty());
    if statement.is(0, "update")
        && let Some(from) = outside(statement, 1, "from")
    {
        return near(from);
    }
    if statement.is(0, "insert")
        // A table may have that name: `JOIN conflict ON conflict.id = …`.
        && let Some(on) = (0..statement.tokens.len()).find(|at| {
            statement.are(*at, &["on", "conflict"]) && one_of(statement, at + 2, &["(", "do", "on"])
        })
    {
        return near(on + 1);
    }
    if statement.are(0, &["create", "virtual"]) {
        return near(1);
    }
    if one_of(statement, 0, &["pragma", "comment", "copy", "vacuum", "reindex", "attach", "detach", "if"]) {
        return near(0);
    }
    if one_of(statement, 0, &["create", "alter", "drop"])
        && one_of(statement, 1, &["type", "domain", "extension", "materialized", "policy", "rule"])
    {
        return near(1);
    }
    if statement.are(0, &["insert", "or"]) || statement.are(0, &["alter", "index"]) {
        return near(1);
    }
    // An index is one of a table there.
    if statement.are(0, &["drop", "index"]) && !statement.has(&["on"]) {
        return Some("");
    }
    if let Some(at) = (0..statement.tokens.len()).find(|at| statement.kind(*at) == Some(Kind::Dollar)) {
        let text = statement.at(at);
        let tag = text[1..].find('$').map_or(text.len(), |end| end + 2);
        return Some(&text[..tag]);
    }
    if one_of(statement, 0, &["create", "drop"]) {
        let index = if statement.is(1, "unique") { 2 } else { 1 };
        if statement.are(index, &["index", "concurrently"]) && !statement.is(index + 2, "on") {
            return near(index + 2);
        }
    }
    if let Some(at) = cast(statement) {
        return near(at);
    }
    if statement.are(0, &["alter", "table"]) {
        let verb = after_name(statement, 2)?;
        if statement.are(verb, &["rename", "constraint"]) {
            return near(verb + 2);
        }
        let column = if statement.is(verb + 1, "column") { verb + 2 } else { verb + 1 };
        let change = after_name(statement, column)?;
        if statement.is(verb, "alter") && statement.is(change, "type") {
            return near(change);
        }
    }
    None
}
