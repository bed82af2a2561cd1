//! Functions that a query calls: those of the database change nothing of the schema.

use super::super::{Dialect, Operation, extensions};
use super::split::{Kind, Statement, statements};

/// Beginnings of names of functions that are known.
const STEMS: [&str; 31] = [
    "pg_",
    "json",
    "array_",
    "string_",
    "regexp_",
    "to_",
    "has_",
    "uuid_",
    "st_",
    "postgis_",
    "date_",
    "quote_",
    "current",
    "row",
    "now",
    "clock_",
    "statement_",
    "transaction_",
    "lo_",
    "inet_",
    "host",
    "ts",
    "split_",
    "make_",
    "bit_",
    "bool_",
    "every",
    "txid_",
    "num",
    "gen_random_",
    "enum_",
];

/// Names of functions, types and keywords that may stand before a parenthesis.
const NAMES: [&str; 109] = [
    "setval",
    "nextval",
    "currval",
    "lastval",
    "set_config",
    "version",
    "coalesce",
    "concat",
    "concat_ws",
    "max",
    "min",
    "count",
    "sum",
    "avg",
    "greatest",
    "least",
    "exists",
    "md5",
    "lower",
    "upper",
    "initcap",
    "length",
    "char_length",
    "octet_length",
    "substring",
    "substr",
    "replace",
    "translate",
    "overlay",
    "position",
    "strpos",
    "trim",
    "ltrim",
    "rtrim",
    "btrim",
    "left",
    "right",
    "lpad",
    "rpad",
    "reverse",
    "repeat",
    "format",
    "encode",
    "decode",
    "sha256",
    "random",
    "floor",
    "ceil",
    "ceiling",
    "round",
    "trunc",
    "abs",
    "mod",
    "power",
    "sqrt",
    "nullif",
    "array",
    "any",
    "all",
    "some",
    "in",
    "values",
    "and",
    "or",
    "not",
    "where",
    "select",
    "as",
    "on",
    "when",
    "then",
    "else",
    "case",
    "cast",
    "over",
    "filter",
    "from",
    "union",
    "except",
    "extract",
    "age",
    "unnest",
    "generate_series",
    "cardinality",
    "varchar",
    "char",
    "decimal",
    "timestamp",
    "time",
    "interval",
    "with",
    "by",
    "sign",
    "database",
    "last_insert_id",
    "conflict",
    "set",
    "using",
    "returning",
    "having",
    "like",
    "ilike",
    "between",
    "limit",
    "offset",
    "lateral",
    "distinct",
    "character",
    "varying",
];

/// Functions that change the schema, whoever calls them.
const MAKERS: [&str; 12] = [
    "addgeometrycolumn",
    "dropgeometrycolumn",
    "dropgeometrytable",
    "recovergeometrycolumn",
    "discardgeometrycolumn",
    "createspatialindex",
    "disablespatialindex",
    "initspatialmetadata",
    "populate_geometry_columns",
    "dblink_exec",
    "dblink",
    "updategeometrysrid",
];

/// Functions by the databases that have them, of which the others have none of that name. Names that a later release of
/// one of them brings, that are types as well, or that stand before a parenthesis for something else are left out.
/// Source: `pg_proc` of PostgreSQL 15 and 18, `pragma_function_list` of SQLite 3.40 and the list of built-in functions of
/// 3.50, and MySQL's manual (8.4) with MariaDB's.
const OF_SOME: [(&[Dialect], &str); 6] = [
    (
        &[Dialect::Sqlite],
        "datetime iif json_group_array json_group_object julianday last_insert_rowid printf randomblob sqlite_version \
         strftime total_changes typeof unixepoch zeroblob",
    ),
    (
        &[Dialect::Mysql],
        "adddate bin_to_uuid connection_id convert_tz curdate curtime database date_format date_sub dayname dayofmonth \
         dayofweek dayofyear elt export_set find_in_set found_rows from_base64 from_unixtime inet_aton inet_ntoa \
         json_contains json_search json_unquote last_day last_insert_id lcase makedate monthname rand row_count \
         str_to_date strcmp subdate substring_index time_to_sec timestampdiff to_base64 ucase unix_timestamp \
         utc_timestamp uuid_to_bin weekday weekofyear yearweek",
    ),
    (
        &[Dialect::Sqlite, Dialect::Mysql],
        "group_concat hex ifnull instr json_extract json_insert json_quote json_remove json_replace json_set json_type \
         json_valid",
    ),
    (
        &[Dialect::Postgresql],
        "array_agg array_length array_to_string bool_and bool_or clock_timestamp current_setting date_trunc \
         gen_random_uuid initcap json_agg json_array_elements json_build_object jsonb_agg jsonb_array_elements \
         jsonb_array_elements_text jsonb_build_object jsonb_object_agg plainto_tsquery quote_ident quote_literal \
         regexp_matches regexp_split_to_array regexp_split_to_table row_to_json set_config split_part statement_timestamp \
         string_to_array strpos to_json to_jsonb to_regclass to_tsquery to_tsvector transaction_timestamp width_bucket",
    ),
    (
        &[Dialect::Postgresql, Dialect::Mysql],
        "greatest least lpad md5 now regexp_replace repeat reverse rpad to_char to_date to_number to_timestamp",
    ),
    (&[], "charindex dateadd datepart getdate getutcdate newid sysdatetime"),
];

/// The databases that have a function, where it is one that others certainly do not have and that nobody makes there.
fn databases_with(name: &str) -> Option<&'static [Dialect]> {
    if extensions::with_function(name).is_some() || name.starts_with("pg_") {
        return Some(&[Dialect::Postgresql]);
    }
    let has = |(_, names): &&(_, &str)| names.split_ascii_whitespace().any(|own| own == name);
    OF_SOME.iter().find(has).map(|(databases, _)| *databases)
}

/// Whether a database certainly does not have a function by itself.
pub(in crate::schema) fn lacks(dialect: Dialect, name: &str) -> bool {
    let is_of_extension = dialect == Dialect::Postgresql && extensions::with_function(name).is_some();
    is_of_extension || databases_with(name).is_some_and(|with| !with.contains(&dialect))
}

/// The function that a statement about rows calls and the dialect certainly does not have, unless somebody has made it.
pub(super) fn missing(statement: &Statement, dialect: Dialect) -> Option<Operation> {
    // A table's name may stand before a list of its columns, and so may the name that a query gives one.
    let names_table = ["into", "table", "with", "join", "from", "references", "as", "recursive", "."];
    let is_table = |before: usize| names_table.iter().any(|word| statement.is(before, word));
    let is_renamed = |before: usize| statement.is(before, ")") || is_table_of(statement, before);
    let is_called = |at: &usize| {
        statement.kind(*at) == Some(Kind::Word)
            && statement.is(at + 1, "(")
            && at.checked_sub(1).is_some_and(|before| !is_table(before) && !is_renamed(before))
    };
    let is_missing = |(_, name): &(usize, String)| lacks(dialect, name);
    let called = (0..statement.tokens.len()).filter(is_called);
    let mut missing =
        called.map(|at| (at, statement.at(at).to_ascii_lowercase())).filter(is_missing).peekable();
    missing.peek()?;
    // Of those without arguments, what has none is no list of columns either.
    let may_be_list = statement.has(&["with"]);
    let (_, name) = missing.find(|(at, _)| !may_be_list || statement.is(at + 2, ")"))?;
    Some(Operation::NeedFunction { name: name.into() })
}

/// Whether a name stands where a query names a table: after `FROM`, `JOIN` or another one and a comma.
fn is_table_of(statement: &Statement, mut at: usize) -> bool {
    while at >= 2 && statement.is_name(at) && statement.is(at - 1, ".") {
        at -= 2;
    }
    let begins = ["from", "join", "only", "lateral", ","];
    statement.is_name(at)
        && at.checked_sub(1).is_some_and(|before| begins.iter().any(|word| statement.is(before, word)))
}

/// The functions that a text calls by plain names, in small letters.
pub(in crate::schema) fn called(text: &str) -> Vec<String> {
    let found = statements(text, Dialect::Postgresql);
    let [only] = found.as_slice() else { return Vec::new() };
    let is_called = |at: &usize| {
        let is_whole = at.checked_sub(1).is_none_or(|before| !only.is(before, "."));
        only.kind(*at) == Some(Kind::Word) && only.is(at + 1, "(") && is_whole
    };
    (0..only.tokens.len()).filter(is_called).map(|at| only.at(at).to_ascii_lowercase()).collect()
}

/// Whether a query calls a function that could change the schema.
pub(super) fn may_change(statement: &Statement, dialect: Dialect) -> bool {
    let calls = |at: &usize| statement.kind(*at) == Some(Kind::Word) && statement.is(at + 1, "(");
    let mut called =
        (0..statement.tokens.len()).filter(calls).map(|at| statement.at(at).to_ascii_lowercase());
    if called.any(|name| MAKERS.contains(&name.as_str())) {
        return true;
    }
    // Without a table, a function is called for what it does.
    dialect == Dialect::Postgresql
        && statement.is(0, "select")
        && !reads_table(statement)
        && !are_harmless(statement, 1)
}

/// Functions of `TimescaleDB` and Citus that spread a table over others of their own: it may get indexes, and its columns
/// stay.
const SPREADERS: [&str; 4] =
    ["create_hypertable", "add_dimension", "create_distributed_table", "create_reference_table"];

/// Whether a query calls nothing else that could change the schema than functions that spread a table.
pub(super) fn spreads_table(statement: &Statement) -> bool {
    statement.is(0, "select")
        && (0..statement.tokens.len()).any(|at| is_among(&SPREADERS, statement, at))
        && are_known(statement, 1, &SPREADERS)
}

fn is_among(names: &[&str], statement: &Statement, at: usize) -> bool {
    names.contains(&statement.at(at).to_ascii_lowercase().as_str()) && statement.is(at + 1, "(")
}

/// Whether all functions from a token on are known to change nothing.
pub(super) fn are_harmless(statement: &Statement, from: usize) -> bool {
    are_known(statement, from, &[])
}

/// The same, where others may be called too.
fn are_known(statement: &Statement, from: usize, others: &[&str]) -> bool {
    (from..statement.tokens.len()).all(|at| {
        if !statement.is(at + 1, "(") || is_named(statement, at) || is_among(others, statement, at) {
            return true;
        }
        match statement.kind(at) {
            Some(Kind::Quoted) => false,
            Some(Kind::Word) => {
                let name = statement.at(at).to_ascii_lowercase();
                // The path decides what every later name means.
                let path = name == "set_config" && statement.at(at + 2).contains("search_path");
                let known = STEMS.iter().any(|stem| name.starts_with(stem)) || NAMES.contains(&name.as_str());
                let qualified = at > 0 && statement.is(at - 1, ".");
                let own = qualified && !at.checked_sub(2).is_some_and(|at| statement.is(at, "pg_catalog"));
                known && !own && !path
            }
            _ => true,
        }
    })
}

/// Whether a name stands where a list of columns follows it: after `INTO` a table's, after the others one that the query
/// gives.
fn is_named(statement: &Statement, at: usize) -> bool {
    let mut first = at;
    while first >= 2 && statement.is(first - 1, ".") {
        first -= 2;
    }
    let before = |words: &[&str]| {
        first.checked_sub(1).is_some_and(|before| words.iter().any(|word| statement.is(before, word)))
    };
    before(&["as", "into", "with", "recursive"])
}

/// Whether the statement reads a table by name.
fn reads_table(statement: &Statement) -> bool {
    let mut depth = 0_usize;
    for at in 0..statement.tokens.len() {
        if statement.is(at, "(") {
            depth += 1;
        } else if statement.is(at, ")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && statement.is(at, "from") {
            let named = (at + 1..at + 5).find(|at| !statement.is_name(*at) && !statement.is(*at, "."));
            return named.is_none_or(|end| !statement.is(end, "("));
        }
    }
    false
}
