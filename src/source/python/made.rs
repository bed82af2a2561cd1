//! What was made of a node, before the node around it is made of it.

use super::grammar::Kind;
use crate::source::program::{
    Argument, Clause, Expression, ExpressionKind, Handler, Name, Parameter, Parts, Piece, Statement,
    StatementKind,
};
use crate::text::TextRange;

/// The marks and words that were met right in a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks(u16);

impl Marks {
    pub(super) const AS: u16 = 1;
    pub(super) const ASYNC: u16 = 2;
    pub(super) const COLON: u16 = 4;
    /// A colon before anything else.
    pub(super) const COLON_FIRST: u16 = 512;
    /// More than one.
    pub(super) const COLONS: u16 = 1024;
    pub(super) const COMMA: u16 = 8;
    /// A comma before anything else.
    pub(super) const COMMA_FIRST: u16 = 16;
    pub(super) const EQUALS: u16 = 32;
    pub(super) const FROM: u16 = 64;
    pub(super) const STAR: u16 = 128;
    /// A `yield` of the function that it is.
    pub(super) const YIELD: u16 = 256;

    pub(super) fn has(self, mark: u16) -> bool {
        self.0 & mark != 0
    }

    pub(super) fn add(&mut self, mark: u16) {
        self.0 |= mark;
    }
}

/// What was made of a node.
pub(super) struct Made {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    /// How many expressions stand in one another.
    pub(super) height: usize,
    /// What the node in it was, the first of several.
    pub(super) inner: Option<Kind>,
    /// Whether it is several things, or one with a comma.
    pub(super) is_several: bool,
    /// How many targets with a star stand right in it.
    pub(super) n_stars: usize,
    pub(super) marks: Marks,
    pub(super) what: What,
}

/// What a node says.
pub(super) enum What {
    Nothing,
    Expression(ExpressionKind),
    Statement(Statement),
    Block(Vec<Statement>),
    /// `elif condition: block`.
    Arm(Box<(Expression, Vec<Statement>)>),
    Handler(Box<Handler>),
    /// `value as target`, or several such.
    Items(Vec<(Expression, Option<Expression>)>),
    Arguments(Vec<Argument>),
    Argument(Argument),
    /// `**value`.
    Keywords(Expression),
    Parameters(Vec<Parameter>),
    Parameter(Parameter),
    Clause(Box<Clause>),
    Pair(Box<(Expression, Expression)>),
    Piece(Piece),
    /// A dotted name.
    Dotted(Name),
    /// `name as alias`.
    Alias(Name, Name),
    /// What stands in something that did not parse, or has no shape.
    Parts(Box<Parts>),
}

impl Made {
    /// As an expression, whatever it is.
    pub(super) fn into_expression(self) -> Expression {
        let range = self.range;
        let kind = match self.what {
            What::Expression(kind) => kind,
            What::Dotted(name) if !name.contains('.') => ExpressionKind::Name(name),
            what => {
                let mut parts = Parts::default();
                what.add_to(&mut parts, range);
                parts.targets.append(&mut parts.expressions);
                ExpressionKind::Other(parts.targets)
            }
        };
        Expression { range, kind }
    }

    /// As a statement, whatever it is.
    pub(super) fn into_statement(self) -> Statement {
        let range = self.range;
        match self.what {
            What::Statement(statement) => statement,
            what => {
                let mut parts = Parts::default();
                what.add_to(&mut parts, range);
                Statement { range, kind: StatementKind::Other(Box::new(parts)) }
            }
        }
    }

    /// Adds it to the parts of something.
    pub(super) fn add_to(self, parts: &mut Parts) {
        self.what.add_to(parts, self.range);
    }
}

impl What {
    pub(super) fn add_to(self, parts: &mut Parts, range: TextRange) {
        match self {
            Self::Nothing | Self::Dotted(_) | Self::Piece(Piece::Text(_)) => {}
            Self::Expression(kind) => parts.expressions.push(Expression { range, kind }),
            Self::Statement(statement) => parts.body.push(statement),
            Self::Block(block) => parts.body.extend(block),
            Self::Arm(arm) => {
                let (condition, block) = *arm;
                parts.expressions.push(condition);
                parts.body.extend(block);
            }
            Self::Handler(handler) => {
                parts.expressions.extend(handler.classes);
                parts
                    .targets
                    .extend(handler.name.map(|name| Expression { range, kind: ExpressionKind::Name(name) }));
                parts.body.extend(handler.body);
            }
            Self::Items(items) => {
                for (value, target) in items {
                    parts.expressions.push(value);
                    parts.targets.extend(target);
                }
            }
            Self::Arguments(arguments) => {
                parts.expressions.extend(arguments.into_iter().map(Argument::into_value));
            }
            Self::Argument(argument) => parts.expressions.push(argument.into_value()),
            Self::Keywords(value) | Self::Piece(Piece::Value(value) | Piece::Formatted(value)) => {
                parts.expressions.push(value);
            }
            Self::Parameters(parameters) => {
                parts.expressions.extend(parameters.into_iter().filter_map(|parameter| parameter.default));
            }
            Self::Parameter(parameter) => parts.expressions.extend(parameter.default),
            Self::Clause(clause) => match *clause {
                Clause::For(target, over) => {
                    parts.targets.push(target);
                    parts.expressions.push(over);
                }
                Clause::If(condition) => parts.expressions.push(condition),
            },
            Self::Pair(pair) => parts.expressions.extend([pair.0, pair.1]),
            Self::Alias(_, alias) => {
                parts.targets.push(Expression { range, kind: ExpressionKind::Name(alias) });
            }
            Self::Parts(more) => {
                let Parts { targets, expressions, body } = *more;
                parts.targets.extend(targets);
                parts.expressions.extend(expressions);
                parts.body.extend(body);
            }
        }
    }
}
