//! `CREATE VIRTUAL TABLE` of SQLite: the columns of a full-text table, and the tables that it keeps its own in.
//!
//! Sources: SQLite's `fts5.html` and `fts3.html`, and the tables that they make: `fts5_storage.c`, `fts3.c`.

use super::super::{ColumnDef, Completeness, Condition, Operation, TableName, Touches, TypeDef};
use super::alter::unknown;
use super::head::name_at;
use super::names::Names;
use super::split::{Statement, statements};

/// What the module is told.
#[derive(Default)]
struct Told {
    columns: Vec<Box<str>>,
    /// Each option by its name, in small letters, with its value as written.
    options: Vec<(String, String)>,
    /// Whether all of it is known.
    is_whole: bool,
}

impl Told {
    fn option(&self, name: &str) -> Option<&str> {
        self.options
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.trim_matches(['\'', '"', ' ']))
    }
}

/// What the statement asks for; nothing if it is another one.
pub(super) fn read(statement: &Statement, names: Names<'_>) -> Option<Vec<Operation>> {
    if !statement.are(0, &["create", "virtual", "table"]) || statement.open {
        return None;
    }
    let if_not_exists = statement.are(3, &["if", "not", "exists"]);
    let (table, end) = name_at(statement, if if_not_exists { 6 } else { 3 }, names)?;
    let Some(table) = table.filter(|_| statement.is(end, "using")) else {
        return Some(vec![unknown("CREATE TABLE with a name that is computed", Touches::Everything)]);
    };
    let module = statement.at(end + 1).to_ascii_lowercase();
    // What another module makes of what it is told is its own affair.
    let is_full_text = ["fts3", "fts4", "fts5"].contains(&module.as_str());
    let told = if is_full_text { told(statement, end + 2, names, &module) } else { Told::default() };
    let Some(shadows) = shadows(&module, &told) else {
        let made = create(table, &told.columns, false, if_not_exists);
        return Some(vec![made, unknown("a virtual table of another module", Touches::NewTables)]);
    };
    let mut all = vec![create(table.clone(), &told.columns, true, if_not_exists)];
    for (ending, columns) in shadows {
        let name = format!("{}_{ending}", table.name);
        let place = table.schema.as_ref().map_or_else(String::new, |schema| format!("{}.", quoted(schema)));
        let text = format!("CREATE TABLE {place}{} ({columns})", quoted(&name));
        all.extend(statements(&text, names.dialect).iter().flat_map(|one| super::statement(one, names)));
        let shadow = TableName { schema: table.schema.clone(), name: name.into() };
        all.push(Operation::Inherits { table: shadow, parents: vec![table.clone()], is_partition: true });
    }
    if !if_not_exists {
        return Some(all);
    }
    let condition = Condition::Relation(table);
    Some(vec![Operation::If { condition, then: Vec::new(), otherwise: all }])
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn create(table: TableName, columns: &[Box<str>], complete: bool, if_not_exists: bool) -> Operation {
    let column = |name: &str| ColumnDef {
        name: name.into(),
        kind: TypeDef { is_missing: true, ..TypeDef::default() },
        nullable: Some(true),
        in_sql: true,
        ..ColumnDef::default()
    };
    Operation::CreateTable {
        table,
        columns: columns.iter().map(|name| column(name)).collect(),
        complete: Completeness::of(complete && !columns.is_empty()),
        constraints: Vec::new(),
        indexes: Vec::new(),
        if_not_exists,
    }
}

/// What stands between the parentheses.
fn told(statement: &Statement, at: usize, names: Names<'_>, module: &str) -> Told {
    let mut told = Told { is_whole: true, ..Told::default() };
    let mut start = at + 1;
    let mut depth = 0_usize;
    for at in at..statement.tokens.len() {
        if statement.is(at, "(") {
            depth += 1;
        } else if statement.is(at, ")") {
            depth = depth.saturating_sub(1);
        }
        let ends = depth == 0 || depth == 1 && statement.is(at, ",");
        if !ends {
            continue;
        }
        if at > start {
            argument(statement, start, at, names, module, &mut told);
        }
        start = at + 1;
    }
    if told.columns.is_empty() && module != "fts5" {
        told.columns.push("content".into());
    }
    told
}

fn argument(
    statement: &Statement,
    start: usize,
    end: usize,
    names: Names<'_>,
    module: &str,
    told: &mut Told,
) {
    let is_option = statement.is(start + 1, "=") || module != "fts5" && statement.is(start, "tokenize");
    if is_option {
        let value = (start + 2..end).map(|at| statement.at(at)).collect::<String>();
        told.options.push((statement.at(start).to_ascii_lowercase(), value));
        return;
    }
    match name_at(statement, start, names) {
        Some((Some(name), _)) => told.columns.push(name.name),
        _ => told.is_whole = false,
    }
}

/// The tables that a full-text table is kept in, by their endings, with their columns; nothing for another module, or where
/// it cannot be told: then it may have other columns, too.
fn shadows(module: &str, told: &Told) -> Option<Vec<(&'static str, String)>> {
    let own = |key: &str, name: &dyn Fn(usize, &str) -> String| {
        let columns = told.columns.iter().enumerate().map(|(at, column)| quoted(&name(at, column)));
        std::iter::once(format!("{key} INTEGER PRIMARY KEY")).chain(columns).collect::<Vec<_>>().join(", ")
    };
    if !told.is_whole {
        return None;
    }
    let mut all = Vec::new();
    let mut add = |ending, columns: &str| all.push((ending, columns.to_owned()));
    match module {
        "fts5" => {
            if told.option("contentless_unindexed").is_some() {
                return None;
            }
            add("data", "id INTEGER PRIMARY KEY, block BLOB");
            add("idx", "segid NOT NULL, term NOT NULL, pgno, PRIMARY KEY (segid, term)");
            if told.option("content").is_none() {
                add("content", &own("id", &|at, _| format!("c{at}")));
            }
            if told.option("columnsize") != Some("0") {
                let origin = told.option("contentless_delete").is_some_and(|value| value != "0");
                let more = if origin { ", origin INTEGER" } else { "" };
                add("docsize", &format!("id INTEGER PRIMARY KEY, sz BLOB{more}"));
            }
            add("config", "k NOT NULL PRIMARY KEY, v");
        }
        "fts3" | "fts4" => {
            if told.option("languageid").is_some() {
                return None;
            }
            if told.option("content").is_none() {
                add("content", &own("docid", &|at, column| format!("c{at}{column}")));
            }
            add("segments", "blockid INTEGER PRIMARY KEY, block BLOB");
            let pointers = "start_block INTEGER, leaves_end_block INTEGER, end_block INTEGER, root BLOB";
            add("segdir", &format!("level INTEGER, idx INTEGER, {pointers}, PRIMARY KEY (level, idx)"));
            if module == "fts4" {
                if told.option("matchinfo").is_none_or(|value| !value.eq_ignore_ascii_case("fts3")) {
                    add("docsize", "docid INTEGER PRIMARY KEY, size BLOB");
                }
                add("stat", "id INTEGER PRIMARY KEY, value BLOB");
            }
        }
        _ => return None,
    }
    Some(all)
}
