//! Statements that PostgreSQL runs outside of a transaction only.
//!
//! Source: the callers of `PreventInTransactionBlock` in PostgreSQL; each was asked of PostgreSQL 15 and 18.

use super::split::Statement;

/// What PostgreSQL calls a statement that it refuses inside a transaction, before it looks for anything.
pub(super) fn read(statement: &Statement) -> Option<&'static str> {
    let is = |at: usize, word: &str| statement.is(at, word);
    let ends = |at: usize| at >= statement.tokens.len() || is(at, ";");
    match statement.at(0).to_ascii_uppercase().as_str() {
        "CREATE" | "DROP" if is(1, "database") || is(1, "tablespace") => {
            Some(match (is(0, "create"), is(1, "database")) {
                (true, true) => "CREATE DATABASE",
                (true, false) => "CREATE TABLESPACE",
                (false, true) => "DROP DATABASE",
                (false, false) => "DROP TABLESPACE",
            })
        }
        "CREATE" => {
            let at = if is(1, "unique") { 2 } else { 1 };
            statement.are(at, &["index", "concurrently"]).then_some("CREATE INDEX CONCURRENTLY")
        }
        "DROP" => statement.are(1, &["index", "concurrently"]).then_some("DROP INDEX CONCURRENTLY"),
        "REINDEX" => rebuilt(statement),
        "VACUUM" => Some("VACUUM"),
        "CLUSTER" => {
            let is_of_all = ends(1) || is(1, "verbose") && ends(2);
            is_of_all.then_some("CLUSTER")
        }
        "DISCARD" => is(1, "all").then_some("DISCARD ALL"),
        "ALTER" if is(1, "system") => Some("ALTER SYSTEM"),
        "ALTER" if is(1, "database") => {
            statement.are(3, &["set", "tablespace"]).then_some("ALTER DATABASE SET TABLESPACE")
        }
        "ALTER" if is(1, "table") => {
            let mut all = 2..statement.tokens.len();
            let at = all.find(|at| statement.are(*at, &["detach", "partition"]))?;
            let is_last = |at: usize| is(at, "concurrently") && ends(at + 1);
            (at + 3..at + 6).any(is_last).then_some("ALTER TABLE ... DETACH CONCURRENTLY")
        }
        _ => None,
    }
}

/// `REINDEX [(options)] INDEX | TABLE | SCHEMA | DATABASE | SYSTEM [CONCURRENTLY] name`.
fn rebuilt(statement: &Statement) -> Option<&'static str> {
    let kinds = ["index", "table", "schema", "database", "system"];
    let at = (1..statement.tokens.len()).find(|at| kinds.iter().any(|kind| statement.is(*at, kind)))?;
    let is_option = (1..at).any(|at| {
        let is_alone = statement.is(at + 1, ",") || statement.is(at + 1, ")");
        statement.is(at, "concurrently") && is_alone
    });
    match statement.at(at).to_ascii_lowercase().as_str() {
        _ if is_option || statement.is(at + 1, "concurrently") => Some("REINDEX CONCURRENTLY"),
        "schema" => Some("REINDEX SCHEMA"),
        "database" => Some("REINDEX DATABASE"),
        "system" => Some("REINDEX SYSTEM"),
        _ => None,
    }
}
