//! Expressions, and what belongs to them: arguments, parameters, clauses, patterns.

use super::grammar::Kind;
use super::literals;
use super::lowering::{Children, Lowering, Shape, parts};
use super::made::{Made, Marks, What};
use super::statements::{boxed, operator};
use crate::source::program::{
    Argument, Choice, Clause, Comparison, Comprehension, ComprehensionKind, Expression, ExpressionKind,
    Function, Parts, Piece, Statement, StatementKind, Text, Unary,
};

impl Lowering<'_> {
    /// What an expression, or something that belongs to one, says.
    pub(super) fn expression(&mut self, node: &Shape, children: &mut Children<'_>) -> What {
        let kind = match node.kind {
            Kind::ParenthesizedExpression
            | Kind::ParenthesizedListSplat
            | Kind::Await
            | Kind::AsPatternTarget => {
                return children.next().map_or(What::Nothing, |made| match made.what {
                    What::Dotted(_) => What::Expression(made.into_expression().kind),
                    what => what,
                });
            }
            Kind::Type => return children.next().map_or(What::Nothing, |made| made.what),
            Kind::CasePattern
            | Kind::ClassPattern
            | Kind::DictPattern
            | Kind::KeywordPattern
            | Kind::SplatPattern
            | Kind::UnionPattern => return pattern(children),
            Kind::Attribute => match (children.next(), children.next()) {
                (Some(object), Some(name)) => {
                    let name = self.name(name.range);
                    Some(ExpressionKind::Attribute(Box::new(object.into_expression()), name))
                }
                _ => None,
            },
            Kind::Subscript => subscript(node, children),
            Kind::Slice => Some(slice(node, children)),
            Kind::Call => match (children.next(), children.next()) {
                (Some(function), Some(arguments)) => Some(ExpressionKind::Call {
                    function: Box::new(function.into_expression()),
                    arguments: match arguments.what {
                        What::Arguments(arguments) => arguments,
                        // A generator without parentheses of its own.
                        _ => vec![Argument::Positional(arguments.into_expression())],
                    },
                }),
                _ => None,
            },
            Kind::ArgumentList => return What::Arguments(children.map(argument).collect()),
            Kind::KeywordArgument => {
                return match (children.next(), children.next()) {
                    (Some(name), Some(value)) => {
                        let name = self.name(name.range);
                        What::Argument(Argument::Named(name, value.into_expression()))
                    }
                    _ => What::Nothing,
                };
            }
            Kind::DictionarySplat | Kind::DictionarySplatPattern => {
                return children.next().map_or(What::Nothing, |made| What::Keywords(made.into_expression()));
            }
            Kind::ListSplat | Kind::ListSplatPattern => boxed(children).map(ExpressionKind::Star),
            Kind::List | Kind::ListPattern => match displayed(children) {
                Ok(items) => Some(ExpressionKind::List(items)),
                Err(what) => return what,
            },
            Kind::Tuple | Kind::TuplePattern | Kind::ExpressionList | Kind::PatternList => {
                match displayed(children) {
                    Ok(items) => Some(ExpressionKind::Tuple(items)),
                    Err(what) => return what,
                }
            }
            Kind::Set => Some(ExpressionKind::Set(several(children))),
            Kind::Dictionary => Some(ExpressionKind::Dict(
                children
                    .map(|made| match made.what {
                        What::Pair(pair) => (Some(pair.0), pair.1),
                        What::Keywords(value) => (None, value),
                        _ => (None, made.into_expression()),
                    })
                    .collect(),
            )),
            Kind::Pair => {
                return match (children.next(), children.next_back()) {
                    (Some(key), Some(value)) => {
                        What::Pair(Box::new((key.into_expression(), value.into_expression())))
                    }
                    _ => What::Nothing,
                };
            }
            Kind::BinaryOperator | Kind::BooleanOperator => match (children.next(), children.next_back()) {
                (Some(left), Some(right)) => {
                    Some(self.operation(node, left.into_expression(), right.into_expression()))
                }
                _ => None,
            },
            Kind::NotOperator => boxed(children).map(|value| ExpressionKind::Unary(Unary::Not, value)),
            Kind::UnaryOperator => {
                let operator = match self.bytes(node.token) {
                    b"-" => Unary::Minus,
                    b"+" => Unary::Plus,
                    _ => Unary::Invert,
                };
                boxed(children).map(|value| ExpressionKind::Unary(operator, value))
            }
            Kind::ComparisonOperator => self.comparison(children),
            Kind::ConditionalExpression => match (children.next(), children.next(), children.next()) {
                (Some(then), Some(condition), Some(otherwise)) => {
                    Some(ExpressionKind::Choice(Box::new(Choice {
                        then: then.into_expression(),
                        condition: condition.into_expression(),
                        otherwise: otherwise.into_expression(),
                    })))
                }
                _ => None,
            },
            Kind::ListComprehension => comprehension(ComprehensionKind::List, children),
            Kind::SetComprehension => comprehension(ComprehensionKind::Set, children),
            Kind::DictionaryComprehension => comprehension(ComprehensionKind::Dict, children),
            Kind::GeneratorExpression => comprehension(ComprehensionKind::Generator, children),
            Kind::ForInClause => return for_clause(node, children),
            Kind::IfClause => {
                return children.next().map_or(What::Nothing, |made| {
                    What::Clause(Box::new(Clause::If(made.into_expression())))
                });
            }
            Kind::Lambda => self.lambda(node, children),
            Kind::Parameters | Kind::LambdaParameters => return What::Parameters(Self::parameters(children)),
            Kind::DefaultParameter | Kind::TypedDefaultParameter | Kind::TypedParameter => {
                return Self::parameter(node, children);
            }
            Kind::Yield => Some(match boxed(children) {
                Some(value) if node.marks.has(Marks::FROM) => ExpressionKind::YieldFrom(value),
                value => ExpressionKind::Yield(value),
            }),
            Kind::NamedExpression => match (children.next(), children.next_back()) {
                (Some(name), Some(value)) => {
                    let name = self.name(name.range);
                    Some(ExpressionKind::Walrus(name, Box::new(value.into_expression())))
                }
                _ => None,
            },
            Kind::AsPattern => {
                let value = children.next().map(Made::into_expression);
                let target = children.next().map(Made::into_expression);
                return value.map_or(What::Nothing, |value| What::Items(vec![(value, target)]));
            }
            Kind::String => Some(formatted(self.bytes(node.range), children)),
            Kind::ConcatenatedString => joined(node, children),
            Kind::Interpolation => {
                let value = children.next().map(Made::into_expression);
                let is_plain = !node.marks.has(Marks::EQUALS)
                    && children
                        .all(|made| made.kind == Kind::TypeConversion && self.bytes(made.range) == b"!s");
                return value.map_or(What::Nothing, |value| {
                    What::Piece(if is_plain { Piece::Value(value) } else { Piece::Formatted(value) })
                });
            }
            _ => return parts(children),
        };
        kind.map_or(What::Nothing, What::Expression)
    }

    /// `a + b`, `a and b`: one more operand where the left side is such an operation already.
    fn operation(&self, node: &Shape, left: Expression, right: Expression) -> ExpressionKind {
        let written = self.bytes(node.token);
        let Expression { range, kind } = left;
        match kind {
            ExpressionKind::Binary(first, mut rest) if node.is_chain => {
                rest.push((operator(written), right));
                ExpressionKind::Binary(first, rest)
            }
            ExpressionKind::And(mut values) if node.is_chain => {
                values.push(right);
                ExpressionKind::And(values)
            }
            ExpressionKind::Or(mut values) if node.is_chain => {
                values.push(right);
                ExpressionKind::Or(values)
            }
            kind => {
                let left = Expression { range, kind };
                match (node.kind, written) {
                    (Kind::BinaryOperator, _) => {
                        ExpressionKind::Binary(Box::new(left), vec![(operator(written), right)])
                    }
                    (_, b"and") => ExpressionKind::And(vec![left, right]),
                    _ => ExpressionKind::Or(vec![left, right]),
                }
            }
        }
    }

    /// Operands, each but the first behind its operator.
    fn comparison(&self, children: &mut Children<'_>) -> Option<ExpressionKind> {
        let first = boxed(children)?;
        let mut compared = Vec::new();
        while let (Some(operator), Some(operand)) = (children.next(), children.next()) {
            let words = self.text(operator.range);
            let comparison = match &*words {
                "==" => Comparison::Equal,
                "!=" | "<>" => Comparison::Unequal,
                "in" => Comparison::In,
                "is" => Comparison::Is,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterOrEqual,
                // Any blanks may stand between two words.
                words if words.starts_with("not") => Comparison::NotIn,
                words if words.starts_with("is") => Comparison::IsNot,
                _ => return None,
            };
            compared.push((comparison, operand.into_expression()));
        }
        Some(ExpressionKind::Compare(first, compared))
    }

    fn lambda(&mut self, node: &Shape, children: &mut Children<'_>) -> Option<ExpressionKind> {
        let value = children.next_back()?.into_expression();
        let parameters = match children.next().map(|made| made.what) {
            Some(What::Parameters(parameters)) => parameters,
            _ => Vec::new(),
        };
        let (name, range) = (self.named(""), node.range);
        let returned = Statement { range: value.range, kind: StatementKind::Return(Some(Box::new(value))) };
        let function = Function {
            name,
            parameters,
            body: vec![returned],
            decorators: Vec::new(),
            is_generator: node.marks.has(Marks::YIELD),
            range,
        };
        Some(ExpressionKind::Lambda(function.into()))
    }
}

fn several(children: &mut Children<'_>) -> Vec<Expression> {
    children.map(Made::into_expression).collect()
}

/// The elements of a list or a tuple; those of `with (a as b, c):`, which reads like one, as what they are.
fn displayed(children: &mut Children<'_>) -> Result<Vec<Expression>, What> {
    if !children.as_slice().iter().any(|made| matches!(made.what, What::Items(_))) {
        return Ok(several(children));
    }
    let items = children.flat_map(|made| match made.what {
        What::Items(items) => items,
        _ => vec![(made.into_expression(), None)],
    });
    Err(What::Items(items.collect()))
}

/// Whatever is in a pattern of `match` may be bound.
fn pattern(children: &mut Children<'_>) -> What {
    let mut all = Parts::default();
    for child in children {
        match child.what {
            What::Dotted(_) => all.targets.push(child.into_expression()),
            _ => child.add_to(&mut all),
        }
    }
    all.targets.append(&mut all.expressions);
    What::Parts(Box::new(all))
}

fn subscript(node: &Shape, children: &mut Children<'_>) -> Option<ExpressionKind> {
    let object = children.next()?.into_expression();
    let first = children.next()?;
    let index = if node.marks.has(Marks::COMMA) {
        let range = first.range;
        let items = [first].into_iter().chain(children).map(Made::into_expression).collect();
        Expression { range, kind: ExpressionKind::Tuple(items) }
    } else {
        first.into_expression()
    };
    Some(ExpressionKind::Item(Box::new((object, index))))
}

/// `start:end`, each as far as it is given; with a step, whatever is in it.
fn slice(node: &Shape, children: &mut Children<'_>) -> ExpressionKind {
    if node.marks.has(Marks::COLONS) {
        return ExpressionKind::Other(several(children));
    }
    let starts = !node.marks.has(Marks::COLON_FIRST);
    let start = if starts { children.next() } else { None };
    let end = children.next();
    ExpressionKind::Slice(Box::new((start.map(Made::into_expression), end.map(Made::into_expression))))
}

fn argument(made: Made) -> Argument {
    match made.what {
        What::Argument(argument) => argument,
        What::Keywords(value) => Argument::Keywords(value),
        What::Expression(ExpressionKind::Star(value)) if made.kind == Kind::ListSplat => {
            Argument::Rest(*value)
        }
        _ => Argument::Positional(made.into_expression()),
    }
}

fn comprehension(kind: ComprehensionKind, children: &mut Children<'_>) -> Option<ExpressionKind> {
    let (element, value) = match children.next()? {
        Made { what: What::Pair(pair), .. } => (pair.0, Some(pair.1)),
        made => (made.into_expression(), None),
    };
    let mut clauses = Vec::new();
    let mut others = Parts::default();
    let mut is_known = true;
    for child in children {
        match child.what {
            What::Clause(clause) => clauses.push(*clause),
            _ => {
                is_known = false;
                child.add_to(&mut others);
            }
        }
    }
    if is_known {
        return Some(ExpressionKind::Comprehension(Box::new(Comprehension {
            kind,
            element,
            value,
            clauses,
        })));
    }
    clauses.into_iter().for_each(|clause| What::Clause(Box::new(clause)).add_to(&mut others, element.range));
    let parts = [element].into_iter().chain(value).chain(others.targets).chain(others.expressions);
    Some(ExpressionKind::Other(parts.collect()))
}

/// `for target in over`; that of `async for` has no shape.
fn for_clause(node: &Shape, children: &mut Children<'_>) -> What {
    if node.marks.has(Marks::ASYNC) {
        return parts(children);
    }
    match (children.next(), children.next()) {
        (Some(target), Some(over)) => {
            What::Clause(Box::new(Clause::For(target.into_expression(), over.into_expression())))
        }
        _ => What::Nothing,
    }
}

/// A string literal with values in it.
fn formatted(literal: &[u8], children: &mut Children<'_>) -> ExpressionKind {
    let is_template = literals::has_prefix(literal, b"t");
    let mut pieces = Vec::new();
    let mut is_known = !is_template;
    for child in children {
        match child.what {
            What::Piece(piece) => pieces.push(piece),
            _ => is_known = false,
        }
    }
    if is_known { ExpressionKind::Format(pieces) } else { ExpressionKind::Other(values(pieces)) }
}

/// The values between the texts.
fn values(pieces: Vec<Piece>) -> Vec<Expression> {
    let values = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Value(value) | Piece::Formatted(value) => Some(value),
        Piece::Text(_) => None,
    });
    values.collect()
}

/// Several string literals side by side.
fn joined(node: &Shape, children: &mut Children<'_>) -> Option<ExpressionKind> {
    let mut text = String::new();
    let mut pieces = Vec::new();
    let mut quote = None;
    let mut is_known = true;
    let mut is_bytes = false;
    for child in children {
        match child.what {
            What::Expression(ExpressionKind::Text(piece)) => {
                quote = quote.or(Some(piece.quote));
                text.push_str(&piece.value);
            }
            What::Expression(ExpressionKind::Format(more)) => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text).into()));
                }
                pieces.extend(more);
                quote = quote.or(Some('"'));
            }
            What::Expression(ExpressionKind::Bytes(_)) => is_bytes = true,
            What::Expression(ExpressionKind::Other(more)) => {
                is_known = false;
                pieces.extend(more.into_iter().map(Piece::Value));
            }
            _ => is_known = false,
        }
    }
    Some(match pieces.is_empty() {
        _ if is_bytes => ExpressionKind::Bytes(None),
        _ if !is_known => ExpressionKind::Other(values(pieces)),
        true => ExpressionKind::Text(Box::new(Text {
            value: text.into(),
            range: node.range,
            quote: quote?,
            is_joined: true,
        })),
        false => {
            if !text.is_empty() {
                pieces.push(Piece::Text(text.into()));
            }
            ExpressionKind::Format(pieces)
        }
    })
}
