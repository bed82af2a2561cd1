//! Parses one statement, if that is safe.

use sqlparser::ast::Statement as Tree;
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::super::Dialect;
use super::split::{Kind, Statement};

/// How deep the parser goes; each level costs the stack kilobytes.
const DEPTH: usize = 24;
/// How many operators may stand in one expression: the tree leans to the left, one level for each.
const CHAIN: usize = 400;
/// How many words that open an expression may follow each other without a comma.
const OPENERS: usize = 12;
/// How long a statement may be.
const LENGTH: usize = 1 << 20;

/// The tree of a statement, or why there is none.
pub(super) fn parse(statement: &Statement, dialect: Dialect) -> Result<Tree, String> {
    if statement.open {
        return Err("a quote or a block is not closed".to_owned());
    }
    if statement.text.len() > LENGTH {
        return Err("the text is too long".to_owned());
    }
    if !is_shallow(statement) {
        return Err("the text is nested too deeply".to_owned());
    }
    let dialect: &dyn sqlparser::dialect::Dialect = match dialect {
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::Postgresql => &PostgreSqlDialect {},
        Dialect::Mysql => &MySqlDialect {},
    };
    let read = |text: &str| {
        let mut parser = Parser::new(dialect).with_recursion_limit(DEPTH).try_with_sql(text)?;
        let mut trees = parser.parse_statements()?;
        Ok::<_, sqlparser::parser::ParserError>((trees.pop(), trees.is_empty()))
    };
    match read(&statement.text) {
        Ok((Some(tree), true)) => Ok(tree),
        Ok(_) => Err("several statements in one".to_owned()),
        Err(error) => {
            let message = error.to_string();
            Err(message.trim_start_matches("sql parser error: ").chars().take(200).collect())
        }
    }
}

/// Whether no expression is so long or so deep that its tree would be.
fn is_shallow(statement: &Statement) -> bool {
    // One count for each open parenthesis, and their sums.
    let mut counts = vec![(0_usize, 0_usize)];
    let (mut chain, mut openers) = (0_usize, 0_usize);
    for (at, token) in statement.tokens.iter().enumerate() {
        let Some(last) = counts.last_mut() else { return false };
        match (token.kind, statement.at(at)) {
            (Kind::Symbol, ",") => {
                chain -= last.0;
                openers -= last.1;
                *last = (0, 0);
            }
            (Kind::Symbol, "(" | "[" | "{") => {
                last.0 += 1;
                chain += 1;
                counts.push((0, 0));
            }
            (Kind::Symbol, ")" | "]" | "}") => {
                chain -= last.0;
                openers -= last.1;
                counts.pop();
                if counts.is_empty() {
                    return false;
                }
            }
            (Kind::Symbol, ".") => {}
            (Kind::Symbol, _) => {
                last.0 += 1;
                chain += 1;
            }
            (Kind::Word, word) if is_one_of(word, &INFIX) => {
                last.0 += 1;
                chain += 1;
            }
            (Kind::Word, word) if is_one_of(word, &PREFIX) => {
                last.1 += 1;
                openers += 1;
            }
            _ => {}
        }
        if chain > CHAIN || openers > OPENERS || counts.len() > DEPTH {
            return false;
        }
    }
    true
}

const INFIX: [&str; 22] = [
    "and",
    "or",
    "xor",
    "not",
    "is",
    "in",
    "like",
    "ilike",
    "similar",
    "between",
    "div",
    "mod",
    "union",
    "except",
    "intersect",
    "minus",
    "collate",
    "regexp",
    "rlike",
    "glob",
    "match",
    "at",
];
const PREFIX: [&str; 6] = ["interval", "prior", "connect_by_root", "explain", "prepare", "array"];

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|other| word.eq_ignore_ascii_case(other))
}
