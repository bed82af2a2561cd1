//! Going through a program: everything in it, in order, without recursion.

use super::{
    Argument, Clause, Expression, ExpressionKind, Function, Name, Piece, Program, Statement, StatementKind,
    Unary,
};
use crate::text::TextRange;

/// A statement or an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node<'p> {
    /// A statement.
    Statement(&'p Statement),
    /// An expression.
    Expression(&'p Expression),
}

impl<'p> Node<'p> {
    /// Its bytes.
    pub fn range(self) -> TextRange {
        match self {
            Self::Statement(statement) => statement.range,
            Self::Expression(expression) => expression.range,
        }
    }

    /// Visits it and everything in it, parents first, in order; `enter` says whether to go inside.
    pub fn walk(self, mut enter: impl FnMut(Self) -> bool) {
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            if enter(node) {
                let first = open.len();
                node.push_inner(&mut open);
                open[first..].reverse();
            }
        }
    }

    /// The function that it is, by `def` or by `lambda`.
    pub fn function(self) -> Option<&'p Function> {
        match self {
            Self::Statement(Statement { kind: StatementKind::Function(function), .. })
            | Self::Expression(Expression { kind: ExpressionKind::Lambda(function), .. }) => Some(function),
            _ => None,
        }
    }

    /// The name, if it is one.
    pub fn name(self) -> Option<&'p Name> {
        match self {
            Self::Expression(expression) => expression.as_name(),
            Self::Statement(_) => None,
        }
    }

    /// What it binds or unbinds itself, as targets; not what the nodes in it do.
    pub fn targets(self) -> impl Iterator<Item = &'p Expression> {
        let (many, one): (&[Expression], Option<&Expression>) = match self {
            Self::Expression(_) => (&[], None),
            Self::Statement(statement) => match &statement.kind {
                StatementKind::Assign { targets, .. } | StatementKind::Delete(targets) => (targets, None),
                StatementKind::Augment { target, .. } => (&[], Some(target)),
                StatementKind::For(inner) => (&[], Some(&inner.target)),
                StatementKind::Other(parts) => (&parts.targets, None),
                _ => (&[], None),
            },
        };
        let with = match self {
            Self::Statement(Statement { kind: StatementKind::With { items, .. }, .. }) => items.as_slice(),
            _ => &[],
        };
        many.iter().chain(one).chain(with.iter().filter_map(|(_, target)| target.as_ref()))
    }

    /// The names that it binds or unbinds itself; `*` for all that a module has.
    pub fn bound(self) -> Vec<&'p Name> {
        let mut names: Vec<_> = self.targets().flat_map(Expression::bound_names).collect();
        match self {
            Self::Expression(Expression { kind: ExpressionKind::Walrus(name, _), .. }) => names.push(name),
            Self::Expression(_) => {}
            Self::Statement(statement) => match &statement.kind {
                StatementKind::Import(imports) | StatementKind::From { names: imports, .. } => {
                    names.extend(imports.iter().map(|(_, bound)| bound));
                }
                StatementKind::Function(function) => names.push(&function.name),
                StatementKind::Class(class) => names.push(&class.name),
                StatementKind::Try(attempt) => {
                    names.extend(attempt.handlers.iter().filter_map(|handler| handler.name.as_ref()));
                }
                _ => {}
            },
        }
        names
    }

    /// The nodes right in it, in order.
    pub fn inner(self) -> Vec<Self> {
        let mut inner = Vec::new();
        self.push_inner(&mut inner);
        inner
    }

    fn push_inner(self, open: &mut Vec<Self>) {
        match self {
            Self::Statement(statement) => in_statement(&statement.kind, open),
            Self::Expression(expression) => in_expression(&expression.kind, open),
        }
    }
}

impl Expression {
    /// The names that it binds as a target; `a.b = …` and `a[b] = …` bind none.
    pub fn bound_names(&self) -> Vec<&Name> {
        let mut names = Vec::new();
        Node::Expression(self).walk(|node| {
            names.extend(node.name());
            !matches!(
                node,
                Node::Expression(Self { kind: ExpressionKind::Attribute(..) | ExpressionKind::Item(_), .. })
            )
        });
        names
    }

    /// Every name in it, in order.
    pub fn names(&self) -> Vec<&Name> {
        let mut names = Vec::new();
        Node::Expression(self).walk(|node| {
            names.extend(node.name());
            true
        });
        names
    }
}

impl Program {
    /// Visits everything in it, parents first, in order; `enter` says whether to go inside.
    pub fn walk<'p>(&'p self, mut enter: impl FnMut(Node<'p>) -> bool) {
        for statement in &self.body {
            Node::Statement(statement).walk(&mut enter);
        }
    }

    /// The statements that run when the module is imported, whatever else is so; `if TYPE_CHECKING:` never does, and its
    /// `else:` always.
    pub fn outright(&self) -> Vec<&Statement> {
        let mut found = Vec::with_capacity(self.body.len());
        let mut open: Vec<&Statement> = self.body.iter().rev().collect();
        while let Some(statement) = open.pop() {
            match &statement.kind {
                StatementKind::If { arms, otherwise } => {
                    open.extend(arm_that_runs(arms, otherwise).iter().rev());
                }
                _ => found.push(statement),
            }
        }
        found
    }
}

/// The block that is taken where only type checkers take another one; nothing where a condition decides.
fn arm_that_runs<'p>(
    arms: &'p [(Expression, Vec<Statement>)],
    otherwise: &'p [Statement],
) -> &'p [Statement] {
    let is_false = |condition: &Expression| condition.last_name() == Some("TYPE_CHECKING");
    match arms {
        [(condition, _)] if is_false(condition) => otherwise,
        [(Expression { kind: ExpressionKind::Unary(Unary::Not, inner), .. }, then)] if is_false(inner) => {
            then
        }
        _ => &[],
    }
}

fn expressions<'p>(expressions: impl IntoIterator<Item = &'p Expression>, open: &mut Vec<Node<'p>>) {
    open.extend(expressions.into_iter().map(Node::Expression));
}

fn statements<'p>(statements: &'p [Statement], open: &mut Vec<Node<'p>>) {
    open.extend(statements.iter().map(Node::Statement));
}

fn in_function<'p>(function: &'p Function, open: &mut Vec<Node<'p>>) {
    expressions(&function.decorators, open);
    expressions(function.parameters.iter().filter_map(|parameter| parameter.default.as_ref()), open);
    statements(&function.body, open);
}

fn in_statement<'p>(kind: &'p StatementKind, open: &mut Vec<Node<'p>>) {
    match kind {
        StatementKind::Expression(value) => expressions([value], open),
        StatementKind::Declare(value) | StatementKind::Assert(value) => expressions([&**value], open),
        StatementKind::Assign { targets, value } => expressions(targets.iter().chain([&**value]), open),
        StatementKind::Augment { target, value, .. } => expressions([&**target, value], open),
        StatementKind::If { arms, otherwise } => {
            for (condition, block) in arms {
                expressions([condition], open);
                statements(block, open);
            }
            statements(otherwise, open);
        }
        StatementKind::For(inner) => {
            expressions([&inner.target, &inner.over], open);
            statements(&inner.body, open);
            statements(&inner.otherwise, open);
        }
        StatementKind::While(inner) => {
            expressions([&inner.condition], open);
            statements(&inner.body, open);
            statements(&inner.otherwise, open);
        }
        StatementKind::Try(inner) => {
            statements(&inner.body, open);
            for handler in &inner.handlers {
                expressions(&handler.classes, open);
                statements(&handler.body, open);
            }
            statements(&inner.otherwise, open);
            statements(&inner.finally, open);
        }
        StatementKind::With { items, body } => {
            for (value, target) in items {
                expressions([value].into_iter().chain(target), open);
            }
            statements(body, open);
        }
        StatementKind::Function(function) => in_function(function, open),
        StatementKind::Class(class) => {
            expressions(&class.decorators, open);
            expressions(class.arguments.iter().map(Argument::value), open);
            statements(&class.body, open);
        }
        StatementKind::Return(value) | StatementKind::Raise(value) => expressions(value.as_deref(), open),
        StatementKind::Delete(targets) => expressions(targets, open),
        StatementKind::Other(parts) => {
            expressions(&parts.targets, open);
            expressions(&parts.expressions, open);
            statements(&parts.body, open);
        }
        StatementKind::Import(_)
        | StatementKind::From { .. }
        | StatementKind::Global(_)
        | StatementKind::Nonlocal(_)
        | StatementKind::Pass
        | StatementKind::Break
        | StatementKind::Continue => {}
    }
}

fn in_expression<'p>(kind: &'p ExpressionKind, open: &mut Vec<Node<'p>>) {
    match kind {
        ExpressionKind::Attribute(inner, _)
        | ExpressionKind::Star(inner)
        | ExpressionKind::YieldFrom(inner)
        | ExpressionKind::Unary(_, inner)
        | ExpressionKind::Walrus(_, inner) => expressions([&**inner], open),
        ExpressionKind::Item(inner) => expressions([&inner.0, &inner.1], open),
        ExpressionKind::Call { function, arguments } => {
            expressions([&**function], open);
            expressions(arguments.iter().map(Argument::value), open);
        }
        ExpressionKind::Slice(bounds) => expressions(bounds.0.iter().chain(&bounds.1), open),
        ExpressionKind::List(items)
        | ExpressionKind::Tuple(items)
        | ExpressionKind::Set(items)
        | ExpressionKind::And(items)
        | ExpressionKind::Or(items)
        | ExpressionKind::Other(items) => expressions(items, open),
        ExpressionKind::Dict(pairs) => {
            for (key, value) in pairs {
                expressions(key.iter().chain([value]), open);
            }
        }
        ExpressionKind::Format(pieces) => expressions(
            pieces.iter().filter_map(|piece| match piece {
                Piece::Value(value) | Piece::Formatted(value) => Some(value),
                Piece::Text(_) => None,
            }),
            open,
        ),
        ExpressionKind::Binary(first, rest) => {
            expressions([&**first].into_iter().chain(rest.iter().map(|(_, value)| value)), open);
        }
        ExpressionKind::Compare(first, rest) => {
            expressions([&**first].into_iter().chain(rest.iter().map(|(_, value)| value)), open);
        }
        ExpressionKind::Choice(choice) => {
            expressions([&choice.then, &choice.condition, &choice.otherwise], open);
        }
        ExpressionKind::Comprehension(inner) => {
            expressions([&inner.element].into_iter().chain(&inner.value), open);
            for clause in &inner.clauses {
                match clause {
                    Clause::For(target, over) => expressions([target, over], open),
                    Clause::If(condition) => expressions([condition], open),
                }
            }
        }
        ExpressionKind::Lambda(function) => in_function(function, open),
        ExpressionKind::Yield(value) => expressions(value.as_deref(), open),
        ExpressionKind::None
        | ExpressionKind::Bool(_)
        | ExpressionKind::Int(_)
        | ExpressionKind::Float(_)
        | ExpressionKind::Ellipsis
        | ExpressionKind::Text(_)
        | ExpressionKind::Bytes(_)
        | ExpressionKind::Name(_) => {}
    }
}
