//! What the first words of a statement tell.

use sqlparser::ast::Statement as Tree;

use super::super::{Dialect, Name, OnRows, Operation, TableName, Touches};
use super::alter::{noted, unknown};
use super::data::Uses;
use super::names::Names;
use super::split::{Kind, Statement};

/// Objects that the virtual schema does not keep.
const OTHERS: [&str; 30] = [
    "FUNCTION",
    "PROCEDURE",
    "TRIGGER",
    "AGGREGATE",
    "OPERATOR",
    "CAST",
    "ROLE",
    "USER",
    "POLICY",
    "RULE",
    "EXTENSION",
    "COLLATION",
    "PUBLICATION",
    "SUBSCRIPTION",
    "SERVER",
    "LANGUAGE",
    "CONVERSION",
    "TEXT",
    "STATISTICS",
    "EVENT",
    "TRANSFORM",
    "ACCESS",
    "TABLESPACE",
    "GROUP",
    "DATABASE",
    "ROUTINE",
    "LARGE",
    "SYSTEM",
    "DEFAULT",
    "PROFILE",
];

/// Statements that change neither rows nor anything that is kept.
const QUIET: [&str; 41] = [
    "BEGIN",
    "COMMIT",
    "END",
    "SAVEPOINT",
    "RELEASE",
    "START",
    "GRANT",
    "REVOKE",
    "ANALYZE",
    "ANALYSE",
    "VACUUM",
    "REINDEX",
    "CLUSTER",
    "SHOW",
    "PRAGMA",
    "SET",
    "RESET",
    "NOTIFY",
    "LISTEN",
    "UNLISTEN",
    "DISCARD",
    "CHECKPOINT",
    "SECURITY",
    "OPTIMIZE",
    "FLUSH",
    "UNLOCK",
    "DESCRIBE",
    "DESC",
    "DECLARE",
    "FETCH",
    "CLOSE",
    "MOVE",
    "DEALLOCATE",
    "REFRESH",
    "ATTACH",
    "DETACH",
    "KILL",
    "REASSIGN",
    "CHECK",
    "REPAIR",
    "LOAD",
];

/// What the first words tell, if they tell enough.
pub(super) fn read(statement: &Statement, names: Names<'_>) -> Option<Vec<Operation>> {
    let everything = |what: &str| Some(vec![unknown(what, Touches::Everything)]);
    let first = statement.at(0).to_ascii_uppercase();
    match first.as_str() {
        "SET" if statement.are(0, &["set", "search_path"]) || statement.has(&["search_path"]) => {
            return match search_path(statement, names) {
                Some(schemas) => Some(vec![Operation::SearchPath { schemas }]),
                None => everything("SET search_path"),
            };
        }
        "PRAGMA" if statement.has(&["writable_schema"]) => return everything("PRAGMA writable_schema"),
        "EXPLAIN" if statement.has(&["analyze", "analyse"]) => {}
        // What is explained or prepared looks for its tables, and does nothing.
        "EXPLAIN" | "PREPARE" => {
            let inner = match super::parse::parse(statement, names.dialect) {
                Ok(Tree::Explain { statement, .. } | Tree::Prepare { statement, .. }) => {
                    Uses::of(names, &statement)
                }
                _ => None,
            };
            return Some(vec![match inner {
                Some((verb, uses, _)) => Operation::Data { verb, uses, rows: OnRows::Keeps },
                None => noted(first.as_str(), None),
            }]);
        }
        "REINDEX" | "CLUSTER" if names.dialect == Dialect::Postgresql => {
            return Some(vec![rebuilt(statement, &first, names)]);
        }
        "CALL" | "EXECUTE" | "EXEC" | "USE" | "IMPORT" => return everything(&first),
        "DO" if names.dialect != Dialect::Mysql => return Some(super::block::read(statement, names)),
        "DO" => return Some(vec![noted("DO", None)]),
        "SAVEPOINT" | "RELEASE" | "ROLLBACK" if names.dialect != Dialect::Mysql => {
            return Some(vec![savepoint(statement, &first, names)]);
        }
        "ANALYZE" | "ANALYSE" | "REFRESH" if names.dialect == Dialect::Postgresql => {
            let words = ["verbose", "materialized", "view", "concurrently"];
            let at = (1..5).find(|at| !words.iter().any(|word| statement.is(*at, word))).unwrap_or(1);
            let table = name_at(statement, at, names).and_then(|(table, _)| table);
            return Some(vec![noted(first.as_str(), table)]);
        }
        "GRANT" | "REVOKE" if names.dialect == Dialect::Postgresql => {
            return Some(vec![noted(first.as_str(), granted(statement, names))]);
        }
        // The tables of another file.
        "ATTACH" if names.dialect == Dialect::Sqlite => {
            return Some(vec![unknown("ATTACH", Touches::NewTables)]);
        }
        word @ ("ROLLBACK" | "ABORT") => {
            return Some(vec![Operation::Noted { what: word.into(), table: None, rows: OnRows::MayTake }]);
        }
        word if QUIET.contains(&word) => return Some(vec![noted(word, None)]),
        "COMMENT"
            if !statement.are(0, &["comment", "on", "table"])
                && !statement.are(0, &["comment", "on", "column"]) =>
        {
            return Some(vec![commented(statement, names)]);
        }
        "DROP" if statement.are(0, &["drop", "index", "concurrently"]) => {
            let if_exists = statement.are(3, &["if", "exists"]);
            let (name, _) = name_at(statement, if if_exists { 5 } else { 3 }, names)?;
            let schema = name.as_ref().and_then(|name| name.schema.clone());
            let name = name.map_or(Name::Unknown, |name| Name::exact(&name.name));
            // With several, or with CASCADE, PostgreSQL does not do it concurrently.
            return Some(vec![Operation::DropIndex { name, schema, table: None, if_exists, cascade: false }]);
        }
        // What a batch of SQLite has left behind.
        "DROP"
            if statement.is(1, "table")
                && statement.tokens.last().is_some_and(|token| {
                    statement.text[token.start..].trim_start_matches('"').starts_with("_alembic_tmp_")
                }) =>
        {
            return Some(vec![noted("DROP TABLE", None)]);
        }
        "DROP" if statement.is(1, "database") => return everything("DROP DATABASE"),
        "CREATE" | "ALTER" | "DROP" => {
            let other = || super::rename::read(statement, names);
            if names.dialect == Dialect::Sqlite
                && let Some(made) = super::virtual_table::read(statement, names)
            {
                return Some(made);
            }
            return object(statement, &first, names).or_else(other);
        }
        _ => {}
    }
    None
}

/// `REINDEX … INDEX name`, `REINDEX … TABLE name` or `CLUSTER name …`: what it names must be there.
fn rebuilt(statement: &Statement, first: &str, names: Names<'_>) -> Operation {
    let at = (1..statement.tokens.len()).find(|at| statement.is(*at, "index") || statement.is(*at, "table"));
    let (is_index, at) = match at {
        Some(at) if first == "REINDEX" => (statement.is(at, "index"), at + 1),
        _ => (false, 1),
    };
    let at = if statement.is(at, "concurrently") || statement.is(at, "verbose") { at + 1 } else { at };
    match name_at(statement, at, names) {
        Some((Some(name), _)) if is_index => Operation::NeedIndex { name },
        Some((name, _)) if first == "CLUSTER" || at > 1 => noted(first, name),
        _ => noted(first, None),
    }
}

/// `COMMENT ON` something: of what is kept, it must be there.
fn commented(statement: &Statement, names: Names<'_>) -> Operation {
    let at = if statement.is(2, "materialized") || statement.is(2, "foreign") { 4 } else { 3 };
    let Some((Some(name), end)) = name_at(statement, at, names) else { return noted("COMMENT", None) };
    match statement.at(2).to_ascii_lowercase().as_str() {
        "view" | "materialized" | "sequence" => noted("COMMENT", Some(name)),
        "index" => Operation::NeedIndex { name },
        "constraint" if statement.is(end, "on") && !statement.is(end + 1, "domain") => {
            noted("COMMENT", name_at(statement, end + 1, names).and_then(|(table, _)| table))
        }
        _ => noted("COMMENT", None),
    }
}

/// The one table that privileges are granted on, if it is one.
fn granted(statement: &Statement, names: Names<'_>) -> Option<TableName> {
    let on = (1..statement.tokens.len()).find(|at| statement.is(*at, "on"))?;
    let at = if statement.is(on + 1, "table") { on + 2 } else { on + 1 };
    let (table, end) = name_at(statement, at, names)?;
    table.filter(|_| statement.is(end, "to") || statement.is(end, "from"))
}

/// `SAVEPOINT name`, `RELEASE [SAVEPOINT] name` or `ROLLBACK TO [SAVEPOINT] name`.
fn savepoint(statement: &Statement, first: &str, names: Names<'_>) -> Operation {
    let mut at = 1;
    while ["work", "transaction", "to", "savepoint"].iter().any(|word| statement.is(at, word)) {
        at += 1;
    }
    let name = name_at(statement, at, names).and_then(|(name, _)| name).map(|name| name.name);
    match (first, name) {
        (_, None) => {
            let rows = if first == "ROLLBACK" { OnRows::MayTake } else { OnRows::Keeps };
            Operation::Noted { what: first.into(), table: None, rows }
        }
        ("SAVEPOINT", Some(name)) => Operation::Savepoint { name },
        (_, Some(name)) => Operation::EndSavepoint { name, rolls_back: first == "ROLLBACK" },
    }
}

/// `CREATE`, `ALTER` or `DROP` of something that is not kept.
fn object(statement: &Statement, verb: &str, names: Names<'_>) -> Option<Vec<Operation>> {
    let filler = [
        "or",
        "replace",
        "temp",
        "temporary",
        "constraint",
        "trusted",
        "procedural",
        "foreign",
        "definer",
        "global",
        "local",
        "user",
    ];
    let mut at = 1;
    while filler.iter().any(|word| statement.is(at, word)) {
        // What follows is a table, or its definer's name, which may be quoted and have a host.
        if statement.is(at, "definer") {
            while at < statement.tokens.len().min(16)
                && !OTHERS.iter().chain(&["VIEW", "SQL"]).any(|word| statement.is(at, word) && at > 2)
            {
                at += 1;
            }
            break;
        }
        if statement.is(at, "user") && !statement.is(at + 1, "mapping") {
            break;
        }
        at += 1;
    }
    let word = statement.at(at).to_ascii_uppercase();
    let foreign_data = word == "DATA" || word == "MAPPING";
    if !foreign_data && (!OTHERS.contains(&word.as_str()) || statement.kind(at) != Some(Kind::Word)) {
        return None;
    }
    if statement.open {
        return Some(vec![unknown("a quote or a block is not closed", Touches::Everything)]);
    }
    if word == "EXTENSION" && verb != "ALTER" && names.dialect == Dialect::Postgresql {
        return Some(extension(statement, at + 1, verb, names));
    }
    if (word == "CAST" || word == "OPERATOR") && names.dialect == Dialect::Postgresql {
        return Some(vec![unknown(format!("{verb} {word}"), Touches::Casts)]);
    }
    // What depends on a type or a function goes with it.
    let brings = foreign_data || word == "EXTENSION" || word == "SERVER";
    if verb == "DROP" && brings && statement.has(&["cascade"]) {
        return Some(vec![unknown(format!("DROP {word} … CASCADE"), Touches::Everything)]);
    }
    let table = if verb == "DROP" && statement.has(&["if"]) {
        None
    } else {
        table_of(statement, at, verb, &word, names)
    };
    let guards = verb == "CREATE" && (word == "TRIGGER" || word == "RULE");
    let rows = if guards { OnRows::Guards } else { OnRows::Keeps };
    Some(vec![Operation::Noted { what: format!("{verb} {word}").into(), table, rows }])
}

/// `CREATE EXTENSION name` or `DROP EXTENSION name, …`, from what stands behind these words.
fn extension(statement: &Statement, from: usize, verb: &str, names: Names<'_>) -> Vec<Operation> {
    let is_made = verb == "CREATE";
    let words: &[&str] = if is_made { &["if", "not", "exists"] } else { &["if", "exists"] };
    let is_lenient = statement.are(from, words);
    let mut at = if is_lenient { from + words.len() } else { from };
    let cascade = statement.has(&["cascade"]);
    let mut operations = Vec::new();
    loop {
        let found = name_at(statement, at, names);
        let name = found.as_ref().and_then(|(name, _)| Some(name.as_ref()?.name.clone()));
        operations.push(match name {
            name if is_made => Operation::CreateExtension { name, if_not_exists: is_lenient, cascade },
            Some(name) => Operation::DropExtension { name, if_exists: is_lenient, cascade },
            None => unknown("DROP EXTENSION of a name that is computed", Touches::Everything),
        });
        match found {
            Some((_, end)) if !is_made && statement.is(end, ",") => at = end + 1,
            _ => return operations,
        }
    }
}

/// The table that a trigger, a policy or a rule is of.
fn table_of(statement: &Statement, at: usize, verb: &str, word: &str, names: Names<'_>) -> Option<TableName> {
    // `CREATE RULE name AS ON event TO table`.
    let before = match (verb, word) {
        ("CREATE", "RULE") => "to",
        ("CREATE" | "DROP", "TRIGGER" | "POLICY") | ("DROP", "RULE") => "on",
        _ => return None,
    };
    let found = (at..statement.tokens.len().min(at + 64)).find(|at| statement.is(*at, before))?;
    name_at(statement, found + 1, names)?.0
}

/// A name with its schema at a token, and where it ends; the name is missing if a hole is in it.
pub(super) fn name_at(
    statement: &Statement,
    at: usize,
    names: Names<'_>,
) -> Option<(Option<TableName>, usize)> {
    let mut parts = Vec::new();
    let mut at = at;
    loop {
        let text = statement.at(at);
        parts.push(match statement.kind(at)? {
            Kind::Word => names.name(text, false),
            Kind::Quoted => {
                let quote = text.chars().last()?;
                let inner = text.get(1..text.len().checked_sub(1)?)?;
                names.name(&inner.replace(&format!("{quote}{quote}"), &quote.to_string()), true)
            }
            _ => return None,
        });
        at += 1;
        if !statement.is(at, ".") {
            break;
        }
        at += 1;
    }
    Some((names.qualified(&parts), at))
}

/// The schemas of `SET search_path = a, b` for the rest of the session, if they are all named.
fn search_path(statement: &Statement, names: Names<'_>) -> Option<Vec<Box<str>>> {
    let start = if statement.is(1, "session") || statement.is(1, "local") { 2 } else { 1 };
    if !statement.is(start, "search_path") || !(statement.is(start + 1, "=") || statement.is(start + 1, "to"))
    {
        return None;
    }
    let mut schemas = Vec::new();
    for at in (start + 2)..statement.tokens.len() {
        let word = statement.at(at);
        if word == "," || word == ";" {
            continue;
        }
        let inner = word.get(1..word.len().saturating_sub(1)).unwrap_or_default();
        let name = match statement.kind(at)? {
            Kind::Word => word.to_ascii_lowercase(),
            Kind::Quoted => inner.replace("\"\"", "\""),
            Kind::String => inner.trim_matches('"').to_owned(),
            Kind::Dollar | Kind::Number | Kind::Symbol => return None,
        };
        let is_name = statement.kind(at) == Some(Kind::Quoted)
            || name.chars().all(|character| character.is_alphanumeric() || character == '_');
        if !is_name || name.is_empty() || names.hole.is_in(&name) || name.eq_ignore_ascii_case("default") {
            return None;
        }
        if !name.starts_with("pg_") {
            schemas.push(name.into());
        }
    }
    (!schemas.is_empty()).then_some(schemas)
}
