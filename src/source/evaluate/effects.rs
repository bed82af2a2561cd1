//! What parts of a module do to its names, found without running through them.

use super::Raise;
use crate::source::program::{Expression, ExpressionKind, Name, Node, Program, Statement, StatementKind};
use crate::text::{TextRange, written};

/// A statement that neither calls nor looks anything up.
pub(super) fn cannot_fail(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Pass => true,
        StatementKind::Expression(value) => is_written_out(value),
        StatementKind::Assign { targets, value } => {
            targets.iter().all(|target| target.as_name().is_some()) && is_written_out(value)
        }
        StatementKind::If { arms, otherwise } => {
            arms.iter().all(|(condition, block)| is_written_out(condition) && block.iter().all(cannot_fail))
                && otherwise.iter().all(cannot_fail)
        }
        _ => false,
    }
}

/// Whether a value is of literals only, with nothing to work out that may fail.
fn is_written_out(value: &Expression) -> bool {
    let mut is_plain = true;
    Node::Expression(value).walk(|node| {
        let Node::Expression(inner) = node else { return false };
        is_plain &= matches!(
            inner.kind,
            ExpressionKind::None
                | ExpressionKind::Bool(_)
                | ExpressionKind::Int(_)
                | ExpressionKind::Float(_)
                | ExpressionKind::Ellipsis
                | ExpressionKind::Text(_)
                | ExpressionKind::Bytes(_)
                | ExpressionKind::List(_)
                | ExpressionKind::Tuple(_)
                | ExpressionKind::And(_)
                | ExpressionKind::Or(_)
                | ExpressionKind::Choice(_)
        );
        is_plain
    });
    is_plain
}

/// What a function does to a name of the module when it is called.
pub(super) struct GlobalChange<'p> {
    pub(super) name: &'p Name,
    pub(super) range: TextRange,
    /// Whether it binds the name, and not only changes the list that the name holds.
    pub(super) rebinds: bool,
}

/// Every such change in every function.
pub(super) fn changes_by_functions(program: &Program) -> Vec<GlobalChange<'_>> {
    let mut changes = Vec::new();
    program.walk(|node| {
        if node.function().is_none() {
            return true;
        }
        node.walk(|inner| {
            let range = inner.range();
            let object = match inner {
                Node::Statement(Statement { kind: StatementKind::Global(names), .. }) => {
                    changes.extend(names.iter().map(|name| GlobalChange { name, range, rebinds: true }));
                    None
                }
                Node::Expression(Expression { kind: ExpressionKind::Call { function, .. }, .. }) => {
                    match &function.kind {
                        ExpressionKind::Attribute(object, _) => Some(&**object),
                        _ => None,
                    }
                }
                _ => None,
            };
            let items = inner.targets().filter_map(|target| match &target.kind {
                ExpressionKind::Item(item) => Some(&item.0),
                _ => None,
            });
            let names = items.chain(object).filter_map(Expression::as_name);
            changes.extend(names.map(|name| GlobalChange { name, range, rebinds: false }));
            true
        });
        false
    });
    changes
}

/// `sys.exit(…)`, `exit(…)` and `quit(…)`.
pub(super) fn leaves(value: &Expression, range: TextRange, source: &[u8]) -> Option<Raise> {
    let ExpressionKind::Call { function, arguments } = &value.kind else { return None };
    if !["sys.exit", "exit", "quit"].iter().any(|name| function.is_dotted(name)) {
        return None;
    }
    let message =
        arguments.first().map(|argument| written(source, argument.value().range)).unwrap_or_default();
    Some(Raise { class: "SystemExit".to_owned(), message, range, needs_env: false })
}

/// The class and, where it is a literal, the message of `raise Class('message')`.
pub(super) fn raised(value: Option<&Expression>, range: TextRange, source: &[u8]) -> Raise {
    let (class, first) = match value.map(|value| (&value.kind, value)) {
        Some((ExpressionKind::Call { function, arguments }, _)) => (Some(&**function), arguments.first()),
        other => (other.map(|(_, value)| value), None),
    };
    Raise {
        class: class.map(|class| written(source, class.range)).unwrap_or_default(),
        message: first.and_then(|first| first.value().as_text()).unwrap_or_default().to_owned(),
        range,
        needs_env: false,
    }
}
