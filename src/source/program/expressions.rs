//! Expressions of the syntax tree become expressions of the program.

use std::sync::Arc;

use super::statements::parameters;
use super::{
    Argument, Clause, Comparison, ComprehensionKind, DEEPEST, Expression, ExpressionKind, Function, Operator,
    Piece, Statement, StatementKind,
};
use crate::source::python::Syntax;

/// One expression.
pub(super) fn expression(node: Syntax<'_>, depth: usize) -> Expression {
    let kind = if depth > DEEPEST { None } else { kind(node, depth + 1) };
    Expression { range: node.range(), kind: kind.unwrap_or(ExpressionKind::Other) }
}

/// Several expressions.
pub(super) fn several(nodes: &[Syntax<'_>], depth: usize) -> Vec<Expression> {
    nodes.iter().map(|&node| expression(node, depth)).collect()
}

fn boxed(node: Syntax<'_>, depth: usize) -> Box<Expression> {
    Box::new(expression(node, depth))
}

fn kind(node: Syntax<'_>, depth: usize) -> Option<ExpressionKind> {
    let field = |name: &str| node.field(name).map(|child| boxed(child, depth));
    Some(match node.kind() {
        "none" => ExpressionKind::None,
        "true" => ExpressionKind::Bool(true),
        "false" => ExpressionKind::Bool(false),
        "integer" => ExpressionKind::Int(node.text().replace('_', "").parse().ok()?),
        "float" => ExpressionKind::Float(node.text().into()),
        "string" | "concatenated_string" => string(node, depth)?,
        "identifier" => ExpressionKind::Name(node.text().into()),
        "parenthesized_expression" => match node.children().as_slice() {
            [inner] => return Some(expression(*inner, depth).kind),
            _ => return None,
        },
        "attribute" => ExpressionKind::Attribute(field("object")?, node.field("attribute")?.text().into()),
        "subscript" => {
            let children = node.children();
            let index = match children.as_slice() {
                [_, index] if index.kind() != "slice" => Some(boxed(*index, depth)),
                _ => None,
            };
            ExpressionKind::Item(field("value")?, index)
        }
        "call" => ExpressionKind::Call {
            function: field("function")?,
            arguments: arguments(node.field("arguments")?, depth),
        },
        "list" | "list_pattern" => ExpressionKind::List(several(&node.children(), depth)),
        "tuple" | "expression_list" | "pattern_list" | "tuple_pattern" => {
            ExpressionKind::Tuple(several(&node.children(), depth))
        }
        "set" => ExpressionKind::Set(several(&node.children(), depth)),
        "dictionary" => {
            let mut pairs = Vec::new();
            for child in node.children() {
                match child.kind() {
                    "pair" => pairs.push((
                        Some(expression(child.field("key")?, depth)),
                        expression(child.field("value")?, depth),
                    )),
                    _ => pairs.push((None, expression(child.children().first().copied()?, depth))),
                }
            }
            ExpressionKind::Dict(pairs)
        }
        "list_splat" | "list_splat_pattern" => {
            ExpressionKind::Star(boxed(node.children().first().copied()?, depth))
        }
        "binary_operator" => {
            ExpressionKind::Binary(field("left")?, operator(node.field("operator")?), field("right")?)
        }
        "boolean_operator" if node.field("operator")?.is("and") => {
            ExpressionKind::And(field("left")?, field("right")?)
        }
        "boolean_operator" => ExpressionKind::Or(field("left")?, field("right")?),
        "not_operator" => ExpressionKind::Not(field("argument")?),
        "unary_operator" if node.field("operator")?.is("-") => ExpressionKind::Minus(field("argument")?),
        "comparison_operator" => comparison(node, depth)?,
        "conditional_expression" => match node.children().as_slice() {
            [then, condition, otherwise] => ExpressionKind::Choice {
                condition: boxed(*condition, depth),
                then: boxed(*then, depth),
                otherwise: boxed(*otherwise, depth),
            },
            _ => return None,
        },
        "list_comprehension" => comprehension(node, ComprehensionKind::List, depth)?,
        "set_comprehension" => comprehension(node, ComprehensionKind::Set, depth)?,
        "dictionary_comprehension" => comprehension(node, ComprehensionKind::Dict, depth)?,
        "generator_expression" => comprehension(node, ComprehensionKind::Generator, depth)?,
        "lambda" => {
            let value = expression(node.field("body")?, depth);
            ExpressionKind::Lambda(Arc::new(Function {
                name: "".into(),
                parameters: node.field("parameters").map(|list| parameters(list, depth)).unwrap_or_default(),
                body: vec![Statement { range: value.range, kind: StatementKind::Return(Some(value)) }],
                decorators: Vec::new(),
                is_generator: false,
                range: node.range(),
            }))
        }
        "await" => return Some(expression(node.children().first().copied()?, depth).kind),
        "yield" => ExpressionKind::Yield(node.children().first().map(|value| boxed(*value, depth))),
        "named_expression" => ExpressionKind::Walrus(node.field("name")?.text().into(), field("value")?),
        _ => return None,
    })
}

/// The arguments of a call.
fn arguments(list: Syntax<'_>, depth: usize) -> Vec<Argument> {
    if list.kind() == "generator_expression" {
        return vec![Argument::Positional(expression(list, depth))];
    }
    let mut arguments = Vec::new();
    for child in list.children() {
        let inner = || {
            let first = child.children().first().copied();
            expression(first.unwrap_or(child), depth)
        };
        arguments.push(match child.kind() {
            "keyword_argument" => match (child.field("name"), child.field("value")) {
                (Some(name), Some(value)) => Argument::Named(name.text().into(), expression(value, depth)),
                _ => continue,
            },
            "list_splat" => Argument::Rest(inner()),
            "dictionary_splat" => Argument::Keywords(inner()),
            _ => Argument::Positional(expression(child, depth)),
        });
    }
    arguments
}

/// The operator of a binary operation, or of an augmented assignment.
pub(super) fn operator(node: Syntax<'_>) -> Operator {
    match node.bytes() {
        b"+" | b"+=" => Operator::Add,
        b"-" | b"-=" => Operator::Subtract,
        b"*" | b"*=" => Operator::Multiply,
        b"%" | b"%=" => Operator::Modulo,
        b"/" | b"/=" => Operator::Divide,
        b"|" | b"|=" => Operator::Or,
        b"&" | b"&=" => Operator::And,
        _ => Operator::Other,
    }
}

fn comparison(node: Syntax<'_>, depth: usize) -> Option<ExpressionKind> {
    let operands = node.children();
    let (first, rest) = operands.split_first()?;
    let operators = node.tokens();
    if operators.len() != rest.len() {
        return None;
    }
    let mut compared = Vec::new();
    for (operator, operand) in operators.into_iter().zip(rest) {
        let words = operator.text();
        let comparison = match words.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["=="] => Comparison::Equal,
            ["!=" | "<>"] => Comparison::Unequal,
            ["in"] => Comparison::In,
            ["not", "in"] => Comparison::NotIn,
            ["is"] => Comparison::Is,
            ["is", "not"] => Comparison::IsNot,
            ["<"] => Comparison::Less,
            ["<="] => Comparison::LessOrEqual,
            [">"] => Comparison::Greater,
            [">="] => Comparison::GreaterOrEqual,
            _ => return None,
        };
        compared.push((comparison, expression(*operand, depth)));
    }
    Some(ExpressionKind::Compare(boxed(*first, depth), compared))
}

fn comprehension(node: Syntax<'_>, made: ComprehensionKind, depth: usize) -> Option<ExpressionKind> {
    let body = node.field("body")?;
    let (element, value) = if body.kind() == "pair" {
        (boxed(body.field("key")?, depth), Some(boxed(body.field("value")?, depth)))
    } else {
        (boxed(body, depth), None)
    };
    let mut clauses = Vec::new();
    for child in node.children() {
        match child.kind() {
            "for_in_clause" if !child.bytes().starts_with(b"async") => clauses.push(Clause::For(
                expression(child.field("left")?, depth),
                expression(child.field("right")?, depth),
            )),
            "if_clause" => {
                clauses.push(Clause::If(expression(child.children().first().copied()?, depth)));
            }
            "for_in_clause" => return None,
            _ => {}
        }
    }
    Some(ExpressionKind::Comprehension { kind: made, element, value, clauses })
}

/// A string literal, of one piece or several, formatted or not.
fn string(node: Syntax<'_>, depth: usize) -> Option<ExpressionKind> {
    if let Some(text) = node.string_value() {
        return Some(ExpressionKind::Text(text.into()));
    }
    let pieces = if node.kind() == "concatenated_string" { node.children() } else { vec![node] };
    let mut made = Vec::new();
    for piece in pieces {
        if let Some(text) = piece.string_value() {
            made.push(Piece::Text(text.into()));
            continue;
        }
        let text = piece.text();
        let prefix = text.split(['"', '\'']).next().unwrap_or_default().to_ascii_lowercase();
        if prefix.contains('b') {
            return Some(ExpressionKind::Bytes);
        }
        if !prefix.contains('f') || piece.has_error() {
            return None;
        }
        for child in piece.children() {
            match child.kind() {
                "string_content" => made.push(Piece::Text(child.format_text(prefix.contains('r'))?.into())),
                "interpolation" => {
                    let value = expression(child.field("expression")?, depth);
                    let is_plain = child.field("type_conversion").is_none_or(|kind| kind.is("!s"))
                        && child.field("format_specifier").is_none()
                        && !child.bytes().ends_with(b"=}");
                    made.push(if is_plain { Piece::Value(value) } else { Piece::Formatted(value) });
                }
                _ => {}
            }
        }
    }
    Some(ExpressionKind::Format(made))
}
