//! `sa.op.…`, which SQLAlchemy does not have, for `op.…`.

use super::{FileEdit, Kind};
use crate::plan::repair::Broken;
use crate::rules::UNDEFINED_NAME;
use crate::source::program::{ExpressionKind, Node};
use crate::source::{Script, imports};
use crate::text::{Edit, TextRange};

pub(super) static KIND: Kind = Kind { mends: &UNDEFINED_NAME, find };

fn find(broken: &Broken<'_>) -> Vec<FileEdit> {
    let scripts = broken.audited().scripts.iter().enumerate();
    let found = scripts.filter_map(|(at, script)| {
        let edits = edits(script, broken.tree.get(&script.path)?);
        (!edits.is_empty())
            .then(|| FileEdit::new(at, edits, "`op` is Alembic's, and not SQLAlchemy's".to_owned()))
    });
    found.collect()
}

fn edits(script: &Script, source: &[u8]) -> Vec<Edit> {
    let brings_op = |import: &crate::source::Import<'_>| {
        import.module == "alembic" && import.name == Some("op") && import.bound == "op"
    };
    if !imports(&script.program).any(|import| brings_op(&import)) {
        return Vec::new();
    }
    let sqlalchemy: Vec<&str> = imports(&script.program)
        .filter(|import| import.module == "sqlalchemy" && import.name.is_none())
        .map(|import| import.bound)
        .collect();
    let mut edits = Vec::new();
    for statement in &script.program.body {
        Node::Statement(statement).walk(|node| {
            if let Node::Expression(expression) = node
                && let ExpressionKind::Attribute(object, name) = &expression.kind
                && &**name == "op"
                && object.as_name().is_some_and(|object| sqlalchemy.contains(&&**object))
                && expression.range.slice(source).ends_with(b".op")
            {
                let delete = TextRange::new(expression.range.start(), expression.range.end() - 2);
                edits.push(Edit { delete, insert: Vec::new() });
            }
            true
        });
    }
    edits
}
