//! The columns that the text of a condition names.

use super::Dialect;
use super::names::same;

/// The words of SQL that could be names of columns: where each begins and ends, quotes left out.
fn words(sql: &str) -> impl Iterator<Item = (usize, usize)> {
    let bytes = sql.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(&byte) = bytes.get(at) {
            let start = at;
            if byte == b'\'' {
                at = bytes[at + 1..].iter().position(|&b| b == b'\'').map_or(bytes.len(), |end| at + end + 2);
            } else if byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii() {
                let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || !b.is_ascii();
                at += bytes[at..].iter().take_while(|b| is_word(b)).count();
                let word = &sql[start..at];
                let is_function = sql[at..].trim_start().starts_with('(') && !is_operator(word);
                let is_table = sql[at..].starts_with('.');
                let is_type = sql[..start].ends_with("::");
                if !is_function && !is_table && !is_type {
                    return Some((start, at));
                }
            } else {
                at += 1;
                // A number with letters in it, as 1e3, is no name.
                if byte.is_ascii_digit() {
                    at += bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
                }
            }
        }
        None
    })
}

/// Operators that are words, and before which or after which a bracket may stand.
fn is_operator(word: &str) -> bool {
    ["AND", "OR", "NOT", "IN"].iter().any(|own| own.eq_ignore_ascii_case(word))
}

/// Whether SQL names a column.
pub(super) fn mentions(sql: &str, column: &str, dialect: Dialect) -> bool {
    words(sql).any(|(start, end)| names(&sql[start..end], column, dialect)) || quotes(sql, column)
}

/// Whether SQL names a column without double quotes, in which SQLite takes what is no column for a text.
pub(super) fn mentions_bare(sql: &str, column: &str, dialect: Dialect) -> bool {
    words(sql).any(|(start, end)| {
        let is_bare = !sql[..start].ends_with('"') || !sql[end..].starts_with('"');
        is_bare && names(&sql[start..end], column, dialect)
    })
}

/// Whether SQL has a name in quotes that is more than a word.
fn quotes(sql: &str, column: &str) -> bool {
    let is_word = column.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii());
    !is_word && sql.contains(&format!("\"{}\"", column.replace('"', "\"\"")))
}

/// Whether a word without quotes stands for a value that is no column's: the time, or who is connected.
pub(super) fn is_value(word: &str) -> bool {
    const VALUES: [&str; 11] = [
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "current_user",
        "session_user",
        "current_role",
        "current_catalog",
        "current_schema",
        "user",
    ];
    VALUES.iter().any(|own| own.eq_ignore_ascii_case(word))
}

/// Whether every table has a column of that name by itself.
pub(super) fn is_of_every_row(dialect: Dialect, column: &str) -> bool {
    let names: &[&str] = match dialect {
        Dialect::Postgresql => &["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"],
        Dialect::Sqlite => &["rowid", "oid", "_rowid_"],
        Dialect::Mysql => &[],
    };
    names.iter().any(|name| column.eq_ignore_ascii_case(name))
}

/// The columns of a condition that is made of nothing but columns, literals, comparisons and arithmetic.
pub(super) fn plain_columns(sql: &str) -> Option<Vec<&str>> {
    const WORDS: [&str; 11] =
        ["AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "LIKE", "TRUE", "FALSE", "UNKNOWN"];
    // Words after which not everything is a column, or which a column may be called in one database and not in another.
    const MORE: [&str; 31] = [
        "GLOB",
        "REGEXP",
        "RLIKE",
        "MATCH",
        "ESCAPE",
        "ISNULL",
        "NOTNULL",
        "SIMILAR",
        "TO",
        "ILIKE",
        "COLLATE",
        "DISTINCT",
        "FROM",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "INTERVAL",
        "ANY",
        "ALL",
        "SOME",
        "ARRAY",
        "CAST",
        "AS",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "BINARY",
        "DIV",
        "MOD",
    ];
    let mut columns = Vec::new();
    let mut done = 0;
    let is_plain = |between: &str| {
        let mut literal = false;
        between.chars().all(|character| {
            literal ^= character == '\'';
            literal || "' \t\n<>=!+-*/(),0123456789".contains(character)
        }) && !literal
    };
    for (start, end) in words(sql) {
        let word = &sql[start..end];
        if !is_plain(&sql[done..start]) {
            return None;
        }
        done = end;
        let is_of_rows = Dialect::ALL.iter().any(|dialect| is_of_every_row(*dialect, word));
        if MORE.iter().any(|other| other.eq_ignore_ascii_case(word)) || is_value(word) || is_of_rows {
            return None;
        }
        if !WORDS.iter().any(|own| own.eq_ignore_ascii_case(word)) {
            columns.push(word);
        }
    }
    is_plain(&sql[done..]).then_some(columns)
}

/// Whether a word of SQL is that column: PostgreSQL reads a word without quotes in small letters.
fn names(word: &str, column: &str, dialect: Dialect) -> bool {
    same(dialect, word, column) || dialect == Dialect::Postgresql && word.to_ascii_lowercase() == *column
}

/// SQL with another name for a column.
pub(super) fn replaced(sql: &str, from: &str, to: &str, dialect: Dialect) -> Box<str> {
    let mut text = String::new();
    let mut done = 0;
    for (start, end) in words(sql).filter(|&(start, end)| names(&sql[start..end], from, dialect)) {
        text.push_str(&sql[done..start]);
        text.push_str(to);
        done = end;
    }
    text.push_str(&sql[done..]);
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_names_its_columns_and_no_others() {
        let sql = "price >= 0 AND kind IN ('price_b', 'x''y') AND \"Big\" < 1e3";
        assert!(
            mentions(sql, "price", Dialect::Postgresql)
                && mentions(sql, "Big", Dialect::Postgresql)
                && mentions(sql, "kind", Dialect::Postgresql)
        );
        assert!(
            !mentions("length(a)::text > t.b", "length", Dialect::Postgresql)
                && mentions("length(a)", "a", Dialect::Postgresql)
        );
        assert!(
            !mentions("length(a)::text > t.b", "text", Dialect::Postgresql)
                && mentions("a::text > t.b", "b", Dialect::Postgresql)
        );
        assert!(
            !mentions(sql, "price_b", Dialect::Postgresql)
                && !mentions(sql, "e3", Dialect::Postgresql)
                && !mentions(sql, "x", Dialect::Postgresql)
        );
        assert_eq!(plain_columns("a > 0 AND b IN ('x', 'y z')"), Some(vec!["a", "b"]));
        for sql in ["lower(a) = a", "a::text = b", "a COLLATE \"C\"", "t.a > 0", "a = 1.5", "b = 'x"] {
            assert_eq!(plain_columns(sql), None, "{sql}");
        }
        assert_eq!(
            &*replaced(sql, "price", "cost", Dialect::Postgresql),
            "cost >= 0 AND kind IN ('price_b', 'x''y') AND \"Big\" < 1e3"
        );
    }
}
