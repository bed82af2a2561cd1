//! What the migrations tell: a type of one database that they use without a condition, and the drivers that they import.

use std::collections::BTreeMap;

use super::{Evidence, Rank, dialect, driver};
use crate::ingest::TreePath;
use crate::source::imports::{Import, imports};
use crate::source::program::{Argument, Expression, ExpressionKind, Node, Program, Statement, StatementKind};
use crate::source::{Environment, PythonFiles, Script, top};
use crate::text::TextRange;

/// For each database the first place that tells of it; the drivers that `env.py` imports too.
pub(super) fn evidence(
    files: &PythonFiles<'_>,
    environment: &Environment,
    scripts: &[Script],
) -> Vec<Evidence> {
    let mut first: BTreeMap<&str, Evidence> = BTreeMap::new();
    let mut tell = |name: &'static str, path: &TreePath, range: TextRange, what: String| {
        first.entry(name).or_insert_with(|| Evidence {
            rank: Rank::Likely,
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
                tell(name, path, import.statement, format!("it imports {}", top(import.module)));
            }
        }
        let types = types(&program);
        let Some(upgrade) = program.function("upgrade").filter(|_| !types.is_empty()) else { continue };
        if let Some((name, range, what)) = used(&upgrade.body, &types) {
            tell(name, path, range, format!("a migration uses {what}"));
        }
    }
    first.into_values().collect()
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

/// The first type that a block uses whatever happens.
fn used(block: &[Statement], types: &[Types<'_>]) -> Option<(&'static str, TextRange, String)> {
    for statement in block {
        match &statement.kind {
            // What follows `if dialect != "postgresql": return` hangs on it too.
            StatementKind::If { arms, .. } => {
                let leaves = |block: &Vec<Statement>| {
                    block
                        .iter()
                        .any(|inner| matches!(inner.kind, StatementKind::Return(_) | StatementKind::Raise(_)))
                };
                if arms.iter().any(|(_, block)| leaves(block)) {
                    return None;
                }
            }
            StatementKind::Try(_) | StatementKind::Function(_) | StatementKind::Class(_) => {}
            StatementKind::With { items, body } => {
                let first = items.iter().find_map(|(value, _)| used_in(value, types));
                if let Some(found) = first.or_else(|| used(body, types)) {
                    return Some(found);
                }
            }
            _ => {
                for node in Node::Statement(statement).inner() {
                    if let Node::Expression(value) = node
                        && let Some(found) = used_in(value, types)
                    {
                        return Some(found);
                    }
                }
            }
        }
    }
    None
}

fn used_in(value: &Expression, types: &[Types<'_>]) -> Option<(&'static str, TextRange, String)> {
    let mut found = None;
    Node::Expression(value).walk(|node| {
        let Node::Expression(inner) = node else { return false };
        if found.is_some() || matches!(inner.kind, ExpressionKind::Lambda(_) | ExpressionKind::Choice(_)) {
            return false;
        }
        if let ExpressionKind::Call { function, arguments } = &inner.kind {
            // A variant is a condition, and what was there before need not be what is there on another database.
            let is_other = |argument: &Argument| {
                matches!(argument, Argument::Named(name, _) if name.starts_with("existing_"))
            };
            if function.last_name() == Some("with_variant") {
                return false;
            }
            if arguments.iter().any(is_other) {
                let mut rest = arguments.iter().filter(|argument| !is_other(argument));
                found = rest.find_map(|argument| used_in(argument.value(), types));
                return false;
            }
        }
        let (module, name) = match &inner.kind {
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
            found = Some((of.name, inner.range, format!("{}.{name}", of.name)));
        }
        found.is_none()
    });
    found
}
