//! What can be told of a statement that cannot be parsed.

use sqlparser::ast::Statement as Tree;

use super::super::{
    Access, ColumnChange, Dialect, IndexDef, Name, Operation, TableName, Together, Touches, ViewQuery,
};
use super::alter::{noted, unknown};
use super::head::name_at;
use super::names::Names;
use super::parse::parse;
use super::split::{Statement, statements};

/// How many clauses of an `ALTER TABLE` are read one by one, and how long it may be for that.
const CLAUSES: usize = 64;
const CLAUSES_LENGTH: usize = 1 << 16;

/// A table or an index read without what follows its columns: the parser knows few options of storage.
pub(super) fn without_options(statement: &Statement, names: Names<'_>) -> Option<Vec<Operation>> {
    let table = statement.are(0, &["create", "table"]);
    let index = statement.are(0, &["create", "index"]) || statement.are(0, &["create", "unique", "index"]);
    if (!table && !index) || statement.open {
        return None;
    }
    let mut depth = 0_usize;
    let mut end = None;
    for at in 0..statement.tokens.len() {
        if statement.is(at, "(") {
            depth += 1;
        } else if statement.is(at, ")") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                end = Some(at);
                break;
            }
        }
    }
    let end = end?;
    let more = ["as", "select", "inherits", "like", "of", "clone"];
    let tail = (end + 1..statement.tokens.len()).any(|at| more.iter().any(|word| statement.is(at, word)));
    if table && (tail || end + 1 == statement.tokens.len()) {
        return None;
    }
    let mut text = statement.text[..statement.tokens[end].end].to_owned();
    if let Some(only) = (2..end).find(|at| statement.are(*at, &["on", "only"])) {
        let token = statement.tokens[only + 1];
        text.replace_range(token.start..token.end, "");
    }
    let tree = read_text(&text, names)?;
    names.definition(&tree)
}

/// The tree of a text that is one statement.
fn read_text(text: &str, names: Names<'_>) -> Option<Tree> {
    let found = statements(text, names.dialect);
    let [one] = found.as_slice() else { return None };
    parse(one, names.dialect).ok()
}

/// Each clause of an `ALTER TABLE` by itself, if there are several: one that cannot be parsed hides no other.
fn clauses(statement: &Statement, at: usize, names: Names<'_>) -> Option<Vec<Operation>> {
    if statement.open || statement.text.len() > CLAUSES_LENGTH || statement.has(&["if"]) {
        return None;
    }
    let before = &statement.text[..statement.tokens.get(at)?.start];
    let mut starts = vec![at];
    let mut depth = 0_i32;
    for at in at..statement.tokens.len() {
        if statement.is(at, "(") {
            depth += 1;
        } else if statement.is(at, ")") {
            depth -= 1;
        } else if depth == 0 && statement.is(at, ",") {
            starts.push(at + 1);
        }
    }
    if depth != 0 || starts.len() < 2 || starts.len() > CLAUSES {
        return None;
    }
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([statement.tokens.len()]);
    let mut operations = Vec::new();
    for (start, end) in starts.iter().zip(ends) {
        let (first, last) = (statement.tokens.get(*start)?, statement.tokens.get(end.checked_sub(1)?)?);
        let text = format!("{before}{}", statement.text.get(first.start..last.end)?);
        for clause in statements(&text, names.dialect) {
            operations.extend(super::statement(&clause, names));
        }
    }
    Some(operations)
}

/// Where the words that may stand there end.
fn skip(statement: &Statement, mut at: usize, words: &[&str]) -> usize {
    while words.iter().any(|word| statement.is(at, word)) {
        at += 1;
    }
    at
}

/// What can be told of a statement that cannot be parsed, for `reason`.
pub(super) fn guess(statement: &Statement, names: Names<'_>, reason: &str) -> Vec<Operation> {
    let reason = format!("SQL that is not understood: {}", names.hole.shown(reason));
    let everything = || vec![unknown(reason.as_str(), Touches::Everything)];
    let one = |at: usize| name_at(statement, at, names).and_then(|(name, end)| Some((name?, end)));
    let first = statement.at(0).to_ascii_uppercase();
    match first.as_str() {
        "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "SELECT" | "WITH" | "VALUES" | "TABLE" | "MERGE"
        | "TRUNCATE" | "COPY" | "LOCK" | "HANDLER" => {
            // `SELECT … INTO` makes a table.
            if matches!(first.as_str(), "SELECT" | "WITH")
                && statement.has(&["into"])
                && !statement.has(&["insert"])
            {
                return everything();
            }
            vec![written(statement, &first, names)]
        }
        "ALTER" if statement.is(1, "table") => {
            let at = skip(statement, 2, &["if", "exists", "only"]);
            let Some((table, end)) = one(at) else { return everything() };
            if let Some(operations) = clauses(statement, end, names) {
                return operations;
            }
            if let (true, Some((to, last))) = (statement.is(end, "rename"), one(end + 1))
                && last == statement.tokens.len()
                && names.dialect == Dialect::Mysql
            {
                return vec![Names::rename_table(&table, Some(to))];
            }
            if statement.is(end, "rename") && (statement.is(end + 1, "index") || statement.is(end + 1, "key"))
            {
                return vec![unknown(reason, Touches::ConstraintsOf(table))];
            }
            if statement.are(end, &["set", "schema"]) {
                let moved = one(end + 2).map(|(schema, _)| TableName::new(Some(&schema.name), &table.name));
                let mut operations = vec![unknown(reason.as_str(), Touches::TableItself(table))];
                operations.extend(moved.map(|table| unknown(reason.as_str(), Touches::TableItself(table))));
                return operations;
            }
            let renames = (end..statement.tokens.len()).any(|at| {
                statement.is(at, "rename")
                    && !["column", "constraint", "index", "key"].iter().any(|word| statement.is(at + 1, word))
            });
            if renames {
                return everything();
            }
            vec![
                clause(statement, end, table, names)
                    .unwrap_or_else(|table| unknown(reason, Touches::Table(table))),
            ]
        }
        "ALTER" if statement.is(1, "index") && !statement.has(&["rename"]) => {
            vec![noted("ALTER INDEX", None)]
        }
        "ALTER" if statement.is(1, "sequence") => renamed(statement, 2, names, |from, to| {
            [
                Operation::DropSequence { name: from, if_exists: true, cascade: false },
                Operation::CreateSequence { name: to, owner: None, if_not_exists: true },
            ]
        })
        .unwrap_or_else(|| vec![noted("ALTER SEQUENCE", None)]),
        "ALTER" if statement.is(1, "view") || statement.are(1, &["materialized", "view"]) => {
            let at = skip(statement, 1, &["materialized", "view"]);
            let view = |view| Operation::CreateView {
                view,
                query: ViewQuery::default(),
                replace: true,
                if_not_exists: false,
            };
            let made = |from, to| {
                let materialized = statement.is(1, "materialized");
                [
                    Operation::DropView {
                        view: from,
                        materialized,
                        if_exists: true,
                        cascade: false,
                        together: Together::default(),
                    },
                    view(to),
                ]
            };
            let made = renamed(statement, at, names, made);
            made.unwrap_or_else(|| vec![unknown(reason, Touches::Everything)])
        }
        "ALTER" | "CREATE" | "DROP" if statement.is(1, "type") || statement.is(1, "domain") => {
            vec![unknown(reason, Touches::Enums)]
        }
        "CREATE" => {
            let at = skip(
                statement,
                1,
                &[
                    "or",
                    "replace",
                    "temp",
                    "temporary",
                    "unlogged",
                    "global",
                    "local",
                    "unique",
                    "recursive",
                    "materialized",
                ],
            );
            let named = skip(statement, at + 1, &["concurrently", "if", "not", "exists"]);
            let object = statement.at(at).to_ascii_lowercase();
            match (object.as_str(), one(named)) {
                ("table", Some((table, _))) => vec![unknown(reason, Touches::TableItself(table))],
                ("view", Some((view, _))) => vec![Operation::CreateView {
                    view,
                    query: ViewQuery {
                        materialized: statement.is(1, "materialized"),
                        temporary: statement.is(1, "temp") || statement.is(1, "temporary"),
                        ..ViewQuery::default()
                    },
                    replace: statement.is(1, "or"),
                    if_not_exists: named > at + 1,
                }],
                ("index", _) => {
                    let Some(on) = (named..statement.tokens.len()).find(|at| statement.is(*at, "on")) else {
                        return everything();
                    };
                    // With a schema or what is computed before it, only its last word is certain.
                    let last = on.saturating_sub(1).max(named);
                    let name = name_at(statement, last, names).filter(|_| last < on);
                    let Some((table, _)) = one(skip(statement, on + 1, &["only"])) else {
                        return everything();
                    };
                    vec![Operation::CreateIndex {
                        table,
                        index: IndexDef {
                            name: match name {
                                None => Name::Default,
                                Some((None, _)) => Name::Unknown,
                                Some((Some(name), _)) => Name::exact(&name.name),
                            },
                            columns: None,
                            has_expressions: true,
                            is_partial: statement.has(&["where"]),
                            condition: None,
                            quoted: None,
                            used: Vec::new(),
                            unique: statement.is(1, "unique"),
                            access: Access::default(),
                        },
                        if_not_exists: statement.has(&["if"]),
                    }]
                }
                _ => everything(),
            }
        }
        _ => everything(),
    }
}

/// The only clause of an `ALTER TABLE`, if it is one that changes nothing that is kept; else the table again.
fn clause(
    statement: &Statement,
    at: usize,
    table: TableName,
    names: Names<'_>,
) -> Result<Operation, TableName> {
    let count = statement.tokens.len();
    if statement.has(&["if"])
        || (at..count).any(|at| statement.is(at, ",") || names.hole.is_in(statement.at(at)))
    {
        return Err(table);
    }
    let options = [
        "convert",
        "character",
        "charset",
        "collate",
        "engine",
        "comment",
        "row_format",
        "cluster",
        "set",
        "reset",
    ];
    let quiet = match names.dialect {
        Dialect::Mysql => &options[..8],
        Dialect::Postgresql => &options[7..],
        Dialect::Sqlite => &[],
    };
    if quiet.iter().any(|word| statement.is(at, word)) || statement.are(at, &["default", "character"]) {
        return Ok(noted("ALTER TABLE", Some(table)));
    }
    if !statement.is(at, "alter") || names.dialect != Dialect::Postgresql {
        return Err(table);
    }
    let column = if statement.is(at + 1, "column") { at + 2 } else { at + 1 };
    let Some((Some(name), end)) = name_at(statement, column, names) else { return Err(table) };
    let settings = ["statistics", "storage", "compression", "generated", "identity", "("];
    let set = statement.is(end, "set") || statement.is(end, "reset") || statement.is(end, "drop");
    if statement.is(end, "restart") || (set && settings.iter().any(|word| statement.is(end + 1, word))) {
        return Ok(Operation::AlterColumn {
            table,
            column: Some(name.name),
            change: ColumnChange { other: true, ..ColumnChange::default() },
        });
    }
    Err(table)
}

/// `[IF EXISTS] name RENAME TO other`.
fn renamed(
    statement: &Statement,
    at: usize,
    names: Names<'_>,
    made: impl Fn(TableName, TableName) -> [Operation; 2],
) -> Option<Vec<Operation>> {
    let (from, end) = name_at(statement, skip(statement, at, &["if", "exists"]), names)?;
    if !statement.are(end, &["rename", "to"]) {
        return None;
    }
    let (to, _) = name_at(statement, end + 2, names)?;
    let (from, mut to) = (from?, to?);
    to.schema = from.schema.clone();
    Some(made(from, to).into())
}

/// What the first words of a statement that writes rows name.
pub(super) fn written(statement: &Statement, first: &str, names: Names<'_>) -> Operation {
    let (verb, at): (&'static str, usize) = match first {
        "INSERT" | "REPLACE" => {
            let fillers = [
                "or",
                "replace",
                "ignore",
                "abort",
                "fail",
                "rollback",
                "low_priority",
                "delayed",
                "high_priority",
            ];
            ("INSERT", skip(statement, 1, &fillers))
        }
        "UPDATE" if names.dialect == Dialect::Mysql => {
            ("UPDATE", skip(statement, 1, &["low_priority", "ignore"]))
        }
        "UPDATE" => ("UPDATE", 1),
        "DELETE" => ("DELETE", 1),
        "TRUNCATE" => ("TRUNCATE", 1),
        "COPY" => ("COPY", 1),
        "LOCK" => ("LOCK", 1),
        "MERGE" => ("MERGE", 1),
        _ => ("SELECT", 1),
    };
    let name = match verb {
        "INSERT" if statement.is(at, "into") => name_at(statement, at + 1, names),
        "DELETE" if statement.is(at, "from") && statement.is(at + 2, "where") => {
            name_at(statement, at + 1, names)
        }
        "UPDATE" if statement.is(at + 1, "set") => name_at(statement, at, names),
        _ => None,
    };
    let mut uses = Vec::new();
    if let Some((Some(table), end)) = name
        && !names.is_system(&table)
    {
        let columns = if verb == "INSERT" { listed(statement, end, names) } else { Vec::new() };
        uses.push((table, columns));
    }
    let rows = super::data::on_rows(statement, None, names);
    Operation::Data { verb, uses, rows }
}

/// The columns between parentheses; none if it is no plain list.
fn listed(statement: &Statement, at: usize, names: Names<'_>) -> Vec<Box<str>> {
    let mut columns = Vec::new();
    let mut at = at;
    if !statement.is(at, "(") {
        return columns;
    }
    loop {
        if ["select", "with", "values"].iter().any(|word| statement.is(at + 1, word)) {
            return Vec::new();
        }
        let Some((name, end)) = name_at(statement, at + 1, names) else { return Vec::new() };
        columns.extend(name.filter(|name| name.schema.is_none()).map(|name| name.name));
        at = end;
        if !statement.is(at, ",") {
            return if statement.is(at, ")") { columns } else { Vec::new() };
        }
    }
}
