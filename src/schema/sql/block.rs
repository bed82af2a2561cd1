//! `DO` blocks of PostgreSQL, which may do what they say or not.

use super::super::{Operation, Touches};
use super::alter::{noted, unknown};
use super::names::Names;
use super::split::{Kind, Statement, statements};

/// What a `DO` block could touch.
pub(super) fn read(statement: &Statement, names: Names<'_>) -> Vec<Operation> {
    let what = "a DO block";
    let everything = || vec![unknown(what, Touches::Everything)];
    let body = (1..statement.tokens.len())
        .find(|at| matches!(statement.kind(*at), Some(Kind::Dollar | Kind::String)));
    let Some(body) = body.map(|at| statement.at(at)).filter(|_| !statement.open) else { return everything() };
    let inner = if let Some(rest) = body.strip_prefix('$') {
        let tag = rest.find('$').map_or(0, |end| end + 2);
        body.get(tag..body.len().saturating_sub(tag)).unwrap_or_default().to_owned()
    } else {
        body.trim_matches('\'').replace("''", "'")
    };
    let mut touched: Vec<Touches> = Vec::new();
    for inner in statements(&inner, names.dialect) {
        match touches(&inner, names) {
            Some(found) => {
                for touches in found {
                    if !touched.contains(&touches) {
                        touched.push(touches);
                    }
                }
            }
            None => return everything(),
        }
        // Many tables are as good as all, and each costs a comparison with the others.
        if touched.len() > 64 {
            return everything();
        }
    }
    if touched.is_empty() {
        return vec![noted("DO", None)];
    }
    touched.into_iter().map(|touches| unknown(what, touches)).collect()
}

/// What a statement within a block touches; nothing if that cannot be told.
fn touches(inner: &Statement, names: Names<'_>) -> Option<Vec<Touches>> {
    if inner.open || inner.has(&["execute", "call", "import", "do", "search_path", "set_config"]) {
        return None;
    }
    let computed = |at: &usize| names.hole.is_in(inner.at(*at)) && inner.kind(*at) != Some(Kind::String);
    if (0..inner.tokens.len()).any(|at| computed(&at)) {
        return None;
    }
    let performs = (0..inner.tokens.len()).find(|at| inner.is(*at, "perform"));
    if performs.is_some_and(|at| !super::functions::are_harmless(inner, at + 1)) {
        return None;
    }
    let starts = |at: &usize| ["create", "alter", "drop"].iter().any(|word| inner.is(*at, word));
    let Some(start) = (0..inner.tokens.len()).find(starts) else { return Some(Vec::new()) };
    let from = inner.tokens.get(start)?.start;
    let mut touched = Vec::new();
    // One statement, without its block: this goes no deeper.
    for statement in statements(inner.text.get(from..)?, names.dialect) {
        if statement.is(0, "do") {
            return None;
        }
        for operation in super::statement(&statement, names) {
            touched.extend(of(operation)?);
        }
    }
    Some(touched)
}

/// What an operation touches; nothing if that is not one of the words.
fn of(operation: Operation) -> Option<Vec<Touches>> {
    use Operation as Op;
    let one = |touches| Some(vec![touches]);
    match operation {
        Op::CreateTable { table, .. } | Op::DropTable { table, cascade: false, .. } => {
            one(Touches::TableItself(table))
        }
        Op::CreateView { view, .. } | Op::DropView { view, .. } => one(Touches::TableItself(view)),
        Op::RenameTable { table, to } => Some([table, to].map(Touches::TableItself).into()),
        Op::AddColumn { table, .. }
        | Op::DropColumn { table, cascade: false, .. }
        | Op::AlterColumn { table, .. } => one(Touches::Table(table)),
        Op::AddConstraint { table, .. }
        | Op::DropConstraint { table, cascade: false, .. }
        | Op::RenameConstraint { table, .. }
        | Op::CreateIndex { table, .. }
        | Op::DropIndex { table: Some(table), .. } => one(Touches::ConstraintsOf(table)),
        Op::CreateEnum { .. }
        | Op::RenameEnum { .. }
        | Op::AddEnumValue { .. }
        | Op::DropEnum { cascade: false, .. } => one(Touches::Enums),
        Op::Data { .. } | Op::Noted { .. } => Some(Vec::new()),
        Op::Unknown { touches, .. } if touches != Touches::Everything => one(touches),
        Op::Unknown { .. }
        | Op::DropTable { cascade: true, .. }
        | Op::DropColumn { cascade: true, .. }
        | Op::DropConstraint { cascade: true, .. }
        | Op::DropIndex { table: None, .. }
        | Op::DropEnum { cascade: true, .. }
        | Op::RenameIndex { .. }
        | Op::Batch { .. }
        | Op::CreateSequence { .. }
        | Op::DropSequence { .. }
        | Op::CreateSchema { .. }
        | Op::DropSchema { .. }
        | Op::SearchPath { .. }
        | Op::Refused { .. } => None,
    }
}
