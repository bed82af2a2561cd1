//! Statements of the syntax tree become statements of the program.

use std::sync::Arc;

use super::expressions::{expression, operator, several};
use super::{
    DEEPEST, Expression, ExpressionKind, Function, Handler, Parameter, ParameterKind, Statement,
    StatementKind,
};
use crate::source::imports::imports_of;
use crate::source::python::Syntax;

/// The statements of a block, or of a module.
pub(super) fn block(node: Syntax<'_>, depth: usize) -> Vec<Statement> {
    let mut statements = Vec::new();
    for child in node.children() {
        statements.push(Statement { range: child.range(), kind: statement(child, depth + 1) });
    }
    statements
}

fn block_of(node: Syntax<'_>, field: &str, depth: usize) -> Vec<Statement> {
    node.field(field).map(|body| block(body, depth)).unwrap_or_default()
}

fn statement(node: Syntax<'_>, depth: usize) -> StatementKind {
    if depth > DEEPEST || node.kind() == "ERROR" || node.is_missing() {
        return StatementKind::Other;
    }
    let own = |field: &str| node.field(field).map(|child| expression(child, depth));
    match node.kind() {
        "expression_statement" => match node.children().as_slice() {
            [only] => simple(*only, depth),
            several => StatementKind::Expression(Expression {
                range: node.range(),
                kind: ExpressionKind::Tuple(several.iter().map(|child| expression(*child, depth)).collect()),
            }),
        },
        "if_statement" => {
            let mut arms = Vec::new();
            let mut otherwise = Vec::new();
            let Some(condition) = own("condition") else { return StatementKind::Other };
            arms.push((condition, block_of(node, "consequence", depth)));
            for child in node.children() {
                match child.kind() {
                    "elif_clause" => {
                        let Some(condition) = child.field("condition") else { return StatementKind::Other };
                        arms.push((expression(condition, depth), block_of(child, "consequence", depth)));
                    }
                    "else_clause" => otherwise = block_of(child, "body", depth),
                    _ => {}
                }
            }
            StatementKind::If { arms, otherwise }
        }
        "for_statement" => {
            let (Some(target), Some(over)) = (own("left"), own("right")) else {
                return StatementKind::Other;
            };
            let otherwise = node.field("alternative").map(|other| block_of(other, "body", depth));
            StatementKind::For {
                target,
                over,
                body: block_of(node, "body", depth),
                otherwise: otherwise.unwrap_or_default(),
            }
        }
        "while_statement" => match own("condition") {
            Some(condition) => StatementKind::While { condition, body: block_of(node, "body", depth) },
            None => StatementKind::Other,
        },
        "try_statement" => attempt(node, depth),
        "with_statement" => with(node, depth),
        "function_definition" => StatementKind::Function(Arc::new(function(node, Vec::new(), depth))),
        "decorated_definition" => {
            let decorators: Vec<_> = node
                .children()
                .into_iter()
                .filter(|child| child.kind() == "decorator")
                .flat_map(Syntax::children)
                .map(|child| expression(child, depth))
                .collect();
            match node.field("definition") {
                Some(inner) if inner.kind() == "function_definition" => {
                    StatementKind::Function(Arc::new(function(inner, decorators, depth)))
                }
                Some(inner) => statement(inner, depth),
                None => StatementKind::Other,
            }
        }
        "class_definition" => StatementKind::Class {
            name: node.field("name").map(Syntax::text).unwrap_or_default().into(),
            bases: node
                .field("superclasses")
                .map(|bases| several(&bases.children(), depth))
                .unwrap_or_default(),
            body: block_of(node, "body", depth),
        },
        "return_statement" => {
            StatementKind::Return(node.children().first().map(|value| expression(*value, depth)))
        }
        "raise_statement" => {
            StatementKind::Raise(node.children().first().map(|value| expression(*value, depth)))
        }
        "import_statement" => StatementKind::Import(
            imports_of(node).into_iter().map(|import| (import.module.into(), import.bound.into())).collect(),
        ),
        "import_from_statement" | "future_import_statement" => {
            let module = node.field("module_name").map_or_else(|| "__future__".to_owned(), Syntax::text);
            StatementKind::From {
                module: module.split_whitespace().collect::<String>().into(),
                names: imports_of(node)
                    .into_iter()
                    .filter_map(|import| Some((import.name?.into(), import.bound.into())))
                    .collect(),
            }
        }
        "delete_statement" => StatementKind::Delete(several(&node.children(), depth)),
        "global_statement" => StatementKind::Global(names(node)),
        "nonlocal_statement" => StatementKind::Nonlocal(names(node)),
        "assert_statement" => match node.children().first() {
            Some(condition) => StatementKind::Assert(expression(*condition, depth)),
            None => StatementKind::Other,
        },
        "pass_statement" => StatementKind::Pass,
        "break_statement" => StatementKind::Break,
        "continue_statement" => StatementKind::Continue,
        _ => StatementKind::Other,
    }
}

/// An assignment or an expression.
fn simple(node: Syntax<'_>, depth: usize) -> StatementKind {
    match node.kind() {
        "assignment" => {
            let mut targets = Vec::new();
            let mut at = node;
            loop {
                targets.extend(at.field("left").map(|left| expression(left, depth)));
                match at.field("right") {
                    Some(right) if right.kind() == "assignment" => at = right,
                    Some(right) => {
                        return StatementKind::Assign { targets, value: expression(right, depth) };
                    }
                    // `a: int` binds nothing.
                    None => return StatementKind::Pass,
                }
            }
        }
        "augmented_assignment" => match (node.field("left"), node.field("right")) {
            (Some(target), Some(value)) => StatementKind::Augment {
                target: expression(target, depth),
                operator: node.field("operator").map_or(super::Operator::Other, operator),
                value: expression(value, depth),
            },
            _ => StatementKind::Other,
        },
        _ => StatementKind::Expression(expression(node, depth)),
    }
}

fn attempt(node: Syntax<'_>, depth: usize) -> StatementKind {
    let (mut handlers, mut otherwise, mut finally) = (Vec::new(), Vec::new(), Vec::new());
    for child in node.children() {
        match child.kind() {
            "except_clause" => {
                let children = child.children();
                let body = children.iter().rev().find(|inner| inner.kind() == "block");
                let (mut classes, mut name) = (child.field("value"), child.field("alias"));
                if let Some(pattern) = classes.filter(|classes| classes.kind() == "as_pattern") {
                    classes = pattern.children().first().copied();
                    name = pattern.field("alias");
                }
                handlers.push(Handler {
                    classes: classes.map(|classes| expression(classes, depth)),
                    name: name.map(|name| name.text().into()),
                    body: body.map(|body| block(*body, depth)).unwrap_or_default(),
                });
            }
            "else_clause" => otherwise = block_of(child, "body", depth),
            "finally_clause" => {
                let body = child.children().into_iter().find(|inner| inner.kind() == "block");
                finally = body.map(|body| block(body, depth)).unwrap_or_default();
            }
            _ => {}
        }
    }
    StatementKind::Try { body: block_of(node, "body", depth), handlers, otherwise, finally }
}

fn with(node: Syntax<'_>, depth: usize) -> StatementKind {
    let mut items = Vec::new();
    for clause in node.children().into_iter().filter(|child| child.kind() == "with_clause") {
        // `with (a as b, c as d):` is read as one item that holds a tuple.
        for item in clause.children() {
            let Some(value) = item.field("value") else { continue };
            let inner = value.without_parentheses();
            let parts = if inner.kind() == "tuple" { inner.children() } else { vec![inner] };
            for part in parts {
                if part.kind() == "as_pattern" {
                    let Some(value) = part.children().first().copied() else { continue };
                    let alias = part.field("alias").and_then(|alias| alias.children().first().copied());
                    items.push((expression(value, depth), alias.map(|alias| expression(alias, depth))));
                } else {
                    items.push((expression(part, depth), None));
                }
            }
        }
    }
    StatementKind::With { items, body: block_of(node, "body", depth) }
}

fn function(node: Syntax<'_>, decorators: Vec<Expression>, depth: usize) -> Function {
    let mut is_generator = false;
    if let Some(body) = node.field("body") {
        body.walk(|inner| {
            is_generator |= inner.kind() == "yield";
            !matches!(inner.kind(), "function_definition" | "lambda" | "class_definition")
        });
    }
    Function {
        name: node.field("name").map(Syntax::text).unwrap_or_default().into(),
        parameters: node.field("parameters").map(|list| parameters(list, depth)).unwrap_or_default(),
        body: block_of(node, "body", depth),
        decorators,
        is_generator,
        range: node.range(),
    }
}

/// The parameters of a function or a lambda.
pub(super) fn parameters(list: Syntax<'_>, depth: usize) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    let mut by_name = false;
    for child in list.children() {
        let mut default = None;
        let mut pattern = child;
        match child.kind() {
            "default_parameter" | "typed_default_parameter" => {
                default = child.field("value").map(|value| expression(value, depth));
                let Some(name) = child.field("name") else { continue };
                pattern = name;
            }
            "typed_parameter" => {
                let Some(first) = child.children().first().copied() else { continue };
                pattern = first;
            }
            "keyword_separator" => {
                by_name = true;
                continue;
            }
            "positional_separator" => continue,
            _ => {}
        }
        let kind = match pattern.kind() {
            "list_splat_pattern" => {
                by_name = true;
                ParameterKind::Rest
            }
            "dictionary_splat_pattern" => ParameterKind::Keywords,
            _ if by_name => ParameterKind::Named,
            _ => ParameterKind::Plain,
        };
        let name = pattern.text().trim_start_matches('*').trim().into();
        parameters.push(Parameter { name, kind, default });
    }
    parameters
}

/// The names of `global` or `nonlocal`.
fn names(node: Syntax<'_>) -> Vec<Box<str>> {
    node.children().into_iter().map(|name| name.text().into()).collect()
}
