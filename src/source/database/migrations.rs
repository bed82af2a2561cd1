//! What the migrations tell: the types of one database that they use without a condition, and the drivers that they
//! import. A type that other databases have under the same name is only a hint.

use std::collections::BTreeMap;

use super::{Evidence, Rank, dialect, driver};
use crate::ingest::TreePath;
use crate::source::imports::{Import, imports};
use crate::source::program::{
    Argument, Comparison, Expression, ExpressionKind, Name, Node, Program, Statement, StatementKind,
};
use crate::source::{Environment, PythonFiles, Script, top};
use crate::text::TextRange;

/// For each database the first place that tells of it; the drivers that `env.py` imports too.
pub(super) fn evidence(
    files: &PythonFiles<'_>,
    environment: &Environment,
    scripts: &[Script],
) -> Vec<Evidence> {
    let mut first: BTreeMap<(Rank, &str), Evidence> = BTreeMap::new();
    let mut tell = |rank, name: &'static str, path: &TreePath, range: TextRange, what: String| {
        first.entry((rank, name)).or_insert_with(|| Evidence {
            rank,
            path: path.clone(),
            line: files.line(path, range),
            name,
            what,
        });
    };
    let env_py = environment.env_py.as_ref().and_then(|env_py| {
        let parsed = files.parsed(&env_py.path)?;
        Some((&env_py.path, std::sync::Arc::clone(&parsed.program)))
    });
    let own = scripts.iter().map(|script| (&script.path, std::sync::Arc::clone(&script.program)));
    for (path, program) in env_py.into_iter().chain(own) {
        for import in imports(&program) {
            if let Some(name) = driver(top(import.module)) {
                tell(
                    Rank::Likely,
                    name,
                    path,
                    import.statement,
                    format!("it imports {}", top(import.module)),
                );
            }
        }
        if let Some((name, range)) = program.function("upgrade").and_then(|own| only_on(&own.body)) {
            tell(Rank::Likely, name, path, range, "a migration refuses every other database".to_owned());
        }
        let types = types(&program);
        let Some(upgrade) = program.function("upgrade").filter(|_| !types.is_empty()) else { continue };
        let mut found = Vec::new();
        used(&upgrade.body, &types, &mut found);
        for Used { name, kind, range } in found {
            let rank = if COMMON.contains(&&*kind) { Rank::Hint } else { Rank::Likely };
            tell(rank, name, path, range, format!("a migration uses {name}.{kind}"));
        }
    }
    first.into_values().collect()
}

/// The one database on which a block does not raise, as it says itself: `if dialect != "postgresql": raise …`, or the same
/// the other way round.
fn only_on(block: &[Statement]) -> Option<(&'static str, TextRange)> {
    block.iter().find_map(|statement| {
        let StatementKind::If { arms, otherwise } = &statement.kind else { return None };
        let [(condition, body)] = &arms[..] else { return None };
        let ExpressionKind::Compare(asked, with) = &condition.kind else { return None };
        let [(comparison, named)] = &with[..] else { return None };
        let raises =
            |block: &[Statement]| block.iter().any(|inner| matches!(inner.kind, StatementKind::Raise(_)));
        let refuses = match comparison {
            Comparison::Unequal | Comparison::NotIn => raises(body),
            Comparison::Equal | Comparison::In => raises(otherwise),
            _ => false,
        };
        let is_dialect = match &asked.kind {
            ExpressionKind::Attribute(of, name) if &**name == "name" => {
                matches!(of.last_name(), Some("dialect" | "engine"))
            }
            _ => asked.last_name().is_some_and(|name| name.contains("dialect")),
        };
        let names = match &named.kind {
            ExpressionKind::Tuple(items) | ExpressionKind::List(items) | ExpressionKind::Set(items) => {
                &items[..]
            }
            _ => std::slice::from_ref(named),
        };
        let mut names = names.iter().map(|name| name.as_text().and_then(dialect));
        let only = names.next()??;
        (refuses && is_dialect && names.all(|name| name == Some(only))).then_some((only, condition.range))
    })
}

/// The names of a module that stand for types of one database, or for all of them.
struct Types<'p> {
    name: &'static str,
    import: Import<'p>,
    is_module: bool,
}

fn types(program: &Program) -> Vec<Types<'_>> {
    const DIALECTS: &str = "sqlalchemy.dialects";
    let found = imports(program).filter_map(|import| match (import.module, import.name) {
        (DIALECTS, Some(name)) => Some(Types { name: dialect(name)?, import, is_module: true }),
        (module, name) => {
            let (of, name_of) = module.strip_prefix(DIALECTS)?.strip_prefix('.').map(|of| (of, name))?;
            Some(Types { name: dialect(top(of))?, import, is_module: name_of.is_none() })
        }
    });
    found.collect()
}

/// A type that is used.
struct Used {
    name: &'static str,
    kind: Name,
    range: TextRange,
}

/// Types of one dialect that others write alike, as SQLAlchemy 2.1 does.
const COMMON: [&str; 23] = [
    "BIGINT",
    "BINARY",
    "BIT",
    "BLOB",
    "BOOLEAN",
    "CHAR",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "DOUBLE",
    "DOUBLE_PRECISION",
    "ENUM",
    "FLOAT",
    "INTEGER",
    "JSON",
    "NUMERIC",
    "REAL",
    "SMALLINT",
    "TEXT",
    "TIME",
    "TIMESTAMP",
    "UUID",
    "VARCHAR",
];

/// The types that a block uses whatever happens.
fn used(block: &[Statement], types: &[Types<'_>], found: &mut Vec<Used>) {
    for statement in block {
        match &statement.kind {
            // What follows `if dialect != "postgresql": return` hangs on it too.
            StatementKind::If { arms, .. } => {
                let leaves = |block: &Vec<Statement>| {
                    let is_end = |inner: &Statement| {
                        matches!(inner.kind, StatementKind::Return(_) | StatementKind::Raise(_))
                    };
                    block.iter().any(is_end)
                };
                if arms.iter().any(|(_, block)| leaves(block)) {
                    return;
                }
            }
            StatementKind::Try(_) | StatementKind::Function(_) | StatementKind::Class(_) => {}
            StatementKind::With { items, body } => {
                items.iter().for_each(|(value, _)| used_in(value, types, found));
                used(body, types, found);
            }
            _ => {
                for node in Node::Statement(statement).inner() {
                    if let Node::Expression(value) = node {
                        used_in(value, types, found);
                    }
                }
            }
        }
    }
}

fn used_in(value: &Expression, types: &[Types<'_>], found: &mut Vec<Used>) {
    Node::Expression(value).walk(|node| {
        let Node::Expression(inner) = node else { return false };
        let (module, name) = match &inner.kind {
            ExpressionKind::Lambda(_) | ExpressionKind::Choice(_) => return false,
            ExpressionKind::Call { function, arguments } => {
                // A variant is a condition, and what was there before need not be there on another database.
                let is_other = |argument: &Argument| {
                    matches!(argument, Argument::Named(name, _) if name.starts_with("existing_"))
                };
                if function.last_name() == Some("with_variant") {
                    return false;
                }
                if arguments.iter().any(is_other) {
                    let rest = arguments.iter().filter(|argument| !is_other(argument));
                    rest.for_each(|argument| used_in(argument.value(), types, found));
                    return false;
                }
                return true;
            }
            ExpressionKind::Attribute(module, name) => (module.as_name(), name),
            ExpressionKind::Name(name) => (None, name),
            _ => return true,
        };
        let is_it = |of: &&Types<'_>| match module {
            Some(module) => of.is_module && *of.import.bound == **module,
            None => !of.is_module && *of.import.bound == **name,
        };
        if name.starts_with(char::is_uppercase)
            && let Some(of) = types.iter().find(is_it)
        {
            found.push(Used { name: of.name, kind: Name::clone(name), range: inner.range });
        }
        true
    });
}
