//! Statements, and what belongs to them: blocks, clauses, definitions, imports.

use std::sync::Arc;

use super::grammar::Kind;
use super::lowering::{Children, Lowering, Shape, parts};
use super::made::{Made, Marks, What};
use crate::source::program::{
    Class, Expression, ExpressionKind, For, Function, Handler, Name, Operator, Parameter, ParameterKind,
    Statement, StatementKind, Try, While,
};

impl Lowering<'_> {
    /// A statement of one word.
    pub(super) fn word(node: super::grammar::Node) -> What {
        let kind = match node.kind {
            Kind::BreakStatement => StatementKind::Break,
            Kind::ContinueStatement => StatementKind::Continue,
            _ => StatementKind::Pass,
        };
        What::Statement(Statement { range: node.range, kind })
    }

    /// What a statement, or something that belongs to one, says.
    pub(super) fn statement(&mut self, node: &Shape, children: &mut Children<'_>) -> What {
        let kind = match node.kind {
            Kind::Module | Kind::Block => return What::Block(children.map(Made::into_statement).collect()),
            Kind::ElseClause | Kind::FinallyClause => return What::Block(block(children)),
            Kind::ElifClause => {
                let Some(condition) = children.next() else { return What::Nothing };
                return What::Arm(Box::new((condition.into_expression(), block(children))));
            }
            Kind::ExceptClause => return What::Handler(Box::new(handler(node, children))),
            Kind::Decorator => return children.next().map_or(What::Nothing, |made| made.what),
            Kind::WithItem => return with_item(children),
            Kind::WithClause => {
                let items = children.filter_map(|made| match made.what {
                    What::Items(items) => Some(items),
                    _ => None,
                });
                return What::Items(items.flatten().collect());
            }
            Kind::AliasedImport => {
                return match (children.next().map(|made| made.what), children.next()) {
                    (Some(What::Dotted(name)), Some(alias)) => {
                        let alias = alias.into_expression();
                        alias.as_name().map_or(What::Nothing, |alias| What::Alias(name, Arc::clone(alias)))
                    }
                    _ => What::Nothing,
                };
            }
            Kind::DecoratedDefinition => return decorated(node, children),
            Kind::ExpressionStatement => match expression_statement(node, children) {
                Ok(kind) => kind,
                Err(what) => return what,
            },
            Kind::Assignment => return assignment(node, children),
            Kind::AugmentedAssignment => match (children.next(), children.next_back()) {
                (Some(target), Some(value)) => StatementKind::Augment {
                    target: Box::new(target.into_expression()),
                    operator: operator(self.bytes(node.token)),
                    value: Box::new(value.into_expression()),
                },
                _ => return What::Nothing,
            },
            Kind::IfStatement => condition(children),
            Kind::ForStatement => {
                let (Some(target), Some(over)) = (children.next(), children.next()) else {
                    return What::Nothing;
                };
                let (target, over) = (target.into_expression(), over.into_expression());
                let body = block(children);
                StatementKind::For(Box::new(For { target, over, body, otherwise: block(children) }))
            }
            Kind::WhileStatement => {
                let Some(condition) = children.next().map(Made::into_expression) else {
                    return What::Nothing;
                };
                let body = block(children);
                StatementKind::While(Box::new(While { condition, body, otherwise: block(children) }))
            }
            Kind::TryStatement => attempt(children),
            Kind::WithStatement => {
                let items = match children.next().map(|made| made.what) {
                    Some(What::Items(items)) => items,
                    _ => Vec::new(),
                };
                StatementKind::With { items, body: block(children) }
            }
            Kind::FunctionDefinition => StatementKind::Function(Arc::new(self.function(node, children))),
            Kind::ClassDefinition => StatementKind::Class(Box::new(self.class(children))),
            Kind::ReturnStatement => StatementKind::Return(boxed(children)),
            Kind::RaiseStatement => StatementKind::Raise(boxed(children)),
            Kind::AssertStatement => match boxed(children) {
                Some(condition) => StatementKind::Assert(condition),
                None => return What::Nothing,
            },
            Kind::DeleteStatement => {
                let targets = children.map(|made| (made.kind, made.into_expression()));
                StatementKind::Delete(
                    targets
                        .flat_map(|(kind, target)| match target.kind {
                            ExpressionKind::Tuple(targets) if kind == Kind::ExpressionList => targets,
                            _ => vec![target],
                        })
                        .collect(),
                )
            }
            Kind::GlobalStatement => StatementKind::Global(names(children)),
            Kind::NonlocalStatement => StatementKind::Nonlocal(names(children)),
            Kind::ImportStatement => {
                let imported = imported(children);
                StatementKind::Import(
                    imported
                        .into_iter()
                        .map(|(module, alias)| {
                            let bound = alias.unwrap_or_else(|| match module.split_once('.') {
                                Some((first, _)) => self.named(first),
                                None => Arc::clone(&module),
                            });
                            (module, bound)
                        })
                        .collect(),
                )
            }
            Kind::ImportFromStatement | Kind::FutureImportStatement => {
                let module = if node.kind == Kind::FutureImportStatement {
                    self.named("__future__")
                } else {
                    match children.next().map(|made| made.what) {
                        Some(What::Dotted(module)) => module,
                        _ => return What::Nothing,
                    }
                };
                let names = imported(children).into_iter().map(|(name, alias)| {
                    let bound = alias.unwrap_or_else(|| Arc::clone(&name));
                    (name, bound)
                });
                StatementKind::From { module, names: names.collect() }
            }
            Kind::PrintStatement => {
                let kind = ExpressionKind::Other(children.map(Made::into_expression).collect());
                StatementKind::Expression(Expression { range: node.range, kind })
            }
            Kind::TypeAliasStatement => {
                let mut all = crate::source::program::Parts::default();
                all.targets.extend(children.next().map(Made::into_expression));
                all.expressions.extend(children.map(Made::into_expression));
                StatementKind::Other(Box::new(all))
            }
            _ => {
                let What::Parts(parts) = parts(children) else { return What::Nothing };
                StatementKind::Other(parts)
            }
        };
        What::Statement(Statement { range: node.range, kind })
    }

    fn function(&mut self, node: &Shape, children: &mut Children<'_>) -> Function {
        let mut function = Function {
            name: self.named(""),
            parameters: Vec::new(),
            body: Vec::new(),
            decorators: Vec::new(),
            is_generator: node.marks.has(Marks::YIELD),
            range: node.range,
        };
        for child in children {
            match child.what {
                What::Parameters(parameters) => function.parameters = parameters,
                What::Block(body) => function.body = body,
                What::Expression(ExpressionKind::Name(name)) if child.kind == Kind::Identifier => {
                    function.name = name;
                }
                _ => {}
            }
        }
        function
    }

    fn class(&mut self, children: &mut Children<'_>) -> Class {
        let mut class =
            Class { name: self.named(""), arguments: Vec::new(), body: Vec::new(), decorators: Vec::new() };
        for child in children {
            match child.what {
                What::Arguments(arguments) => class.arguments = arguments,
                What::Block(body) => class.body = body,
                What::Expression(ExpressionKind::Name(name)) if child.kind == Kind::Identifier => {
                    class.name = name;
                }
                _ => {}
            }
        }
        class
    }

    /// The parameters of a function or a lambda.
    pub(super) fn parameters(children: &mut Children<'_>) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        let mut by_name = false;
        for child in children {
            let mut parameter = match (child.kind, child.what) {
                (Kind::KeywordSeparator, _) => {
                    by_name = true;
                    continue;
                }
                (_, What::Parameter(parameter)) => parameter,
                (kind, what) => match plain_parameter(kind, what) {
                    Some(parameter) => parameter,
                    None => continue,
                },
            };
            match parameter.kind {
                ParameterKind::Rest => by_name = true,
                ParameterKind::Plain if by_name => parameter.kind = ParameterKind::Named,
                _ => {}
            }
            parameters.push(parameter);
        }
        parameters
    }

    /// A parameter with a default, a type or both.
    pub(super) fn parameter(node: &Shape, children: &mut Children<'_>) -> What {
        let Some(first) = children.next() else { return What::Nothing };
        let Some(mut parameter) = plain_parameter(first.kind, first.what) else { return What::Nothing };
        if node.kind != Kind::TypedParameter {
            parameter.default = children.next_back().map(Made::into_expression);
        }
        What::Parameter(parameter)
    }
}

/// An expression on its own, or the assignment that stands for it.
fn expression_statement(node: &Shape, children: &mut Children<'_>) -> Result<StatementKind, What> {
    let Some(first) = children.next() else { return Err(What::Nothing) };
    let mut rest = children.map(Made::into_expression).peekable();
    if rest.peek().is_some() {
        let items = [first.into_expression()].into_iter().chain(rest).collect();
        let kind = ExpressionKind::Tuple(items);
        return Ok(StatementKind::Expression(Expression { range: node.range, kind }));
    }
    match first.what {
        What::Statement(mut statement) => {
            statement.range = node.range;
            if let StatementKind::Assign { targets, .. } = &mut statement.kind {
                // They were met from the last to the first.
                targets.reverse();
            }
            Err(What::Statement(statement))
        }
        What::Parts(parts) if first.kind == Kind::Error => Err(What::Parts(parts)),
        _ => Ok(StatementKind::Expression(first.into_expression())),
    }
}

fn assignment(node: &Shape, children: &mut Children<'_>) -> What {
    let Some(target) = children.next().map(Made::into_expression) else { return What::Nothing };
    let value = if node.marks.has(Marks::EQUALS) { children.next_back() } else { None };
    let kind = match value {
        None => StatementKind::Declare(Box::new(target)),
        Some(Made { what: What::Statement(inner), range, .. }) => match inner.kind {
            StatementKind::Assign { mut targets, value } => {
                targets.push(target);
                StatementKind::Assign { targets, value }
            }
            _ => {
                let kind = ExpressionKind::Other(Vec::new());
                StatementKind::Assign { targets: vec![target], value: Box::new(Expression { range, kind }) }
            }
        },
        Some(value) => {
            StatementKind::Assign { targets: vec![target], value: Box::new(value.into_expression()) }
        }
    };
    What::Statement(Statement { range: node.range, kind })
}

fn imported(children: &mut Children<'_>) -> Vec<(Name, Option<Name>)> {
    children
        .filter_map(|made| match made.what {
            What::Dotted(name) => Some((name, None)),
            What::Alias(name, alias) => Some((name, Some(alias))),
            _ => None,
        })
        .collect()
}

/// A parameter without a default: `a`, `*a` or `**a`.
fn plain_parameter(kind: Kind, what: What) -> Option<Parameter> {
    let (value, kind) = match (kind, what) {
        (_, What::Keywords(value)) => (value.kind, ParameterKind::Keywords),
        (_, What::Expression(ExpressionKind::Star(value))) => (value.kind, ParameterKind::Rest),
        (Kind::Identifier, What::Expression(kind)) => (kind, ParameterKind::Plain),
        _ => return None,
    };
    let ExpressionKind::Name(name) = value else { return None };
    Some(Parameter { name, kind, default: None })
}

/// The next block.
fn block(children: &mut Children<'_>) -> Vec<Statement> {
    let block = children.find_map(|made| match made.what {
        What::Block(block) => Some(block),
        _ => None,
    });
    block.unwrap_or_default()
}

/// The next expression.
pub(super) fn boxed(children: &mut Children<'_>) -> Option<Box<Expression>> {
    children.next().map(|made| Box::new(made.into_expression()))
}

fn names(children: &mut Children<'_>) -> Vec<Name> {
    children
        .filter_map(|made| match made.what {
            What::Expression(ExpressionKind::Name(name)) => Some(name),
            _ => None,
        })
        .collect()
}

fn condition(children: &mut Children<'_>) -> StatementKind {
    let (mut arms, mut otherwise) = (Vec::new(), Vec::new());
    let mut condition = None;
    for child in children {
        match (child.kind, child.what) {
            (Kind::ElseClause, What::Block(body)) => otherwise = body,
            (_, What::Arm(arm)) => arms.push(*arm),
            (Kind::Block, What::Block(body)) => {
                arms.extend(condition.take().map(|condition| (condition, body)));
            }
            (_, what) => {
                let made = Made { what, ..child };
                condition.get_or_insert_with(|| made.into_expression());
            }
        }
    }
    StatementKind::If { arms, otherwise }
}

fn attempt(children: &mut Children<'_>) -> StatementKind {
    let mut attempt = Try::default();
    for child in children {
        match (child.kind, child.what) {
            (Kind::ElseClause, What::Block(body)) => attempt.otherwise = body,
            (Kind::FinallyClause, What::Block(body)) => attempt.finally = body,
            (_, What::Block(body)) => attempt.body = body,
            (_, What::Handler(handler)) => attempt.handlers.push(*handler),
            _ => {}
        }
    }
    StatementKind::Try(Box::new(attempt))
}

/// `except classes as name: block`.
fn handler(node: &Shape, children: &mut Children<'_>) -> Handler {
    let mut handler = Handler { classes: None, name: None, body: Vec::new() };
    let mut values = Vec::new();
    for child in children {
        match child.what {
            What::Block(body) => handler.body = body,
            What::Items(items) => {
                for (value, target) in items {
                    values.push(value);
                    handler.name = target.as_ref().and_then(Expression::as_name).cloned();
                }
            }
            _ => values.push(child.into_expression()),
        }
    }
    if node.marks.has(Marks::AS) {
        handler.name = values.pop().as_ref().and_then(Expression::as_name).cloned();
    }
    handler.classes = if values.len() > 1 {
        Some(Expression { range: node.range, kind: ExpressionKind::Tuple(values) })
    } else {
        values.pop()
    };
    handler
}

fn with_item(children: &mut Children<'_>) -> What {
    let items = children.next().map(|made| match made.what {
        What::Items(items) => items,
        // `with (a, b):` has two values.
        What::Expression(ExpressionKind::Tuple(values)) => {
            values.into_iter().map(|value| (value, None)).collect()
        }
        _ => vec![(made.into_expression(), None)],
    });
    What::Items(items.unwrap_or_default())
}

fn decorated(node: &Shape, children: &mut Children<'_>) -> What {
    let mut decorators = Vec::new();
    let mut definition = None;
    for child in children {
        match child.what {
            What::Statement(statement) => definition = Some(statement),
            _ => decorators.push(child.into_expression()),
        }
    }
    let Some(mut definition) = definition else { return What::Nothing };
    definition.range = node.range;
    match &mut definition.kind {
        // It was made a moment ago, and nobody else has it.
        StatementKind::Function(function) => {
            if let Some(function) = Arc::get_mut(function) {
                function.decorators = decorators;
            }
        }
        StatementKind::Class(class) => class.decorators = decorators,
        _ => {}
    }
    What::Statement(definition)
}

/// The operator of a binary operation, or of an augmented assignment.
pub(super) fn operator(written: &[u8]) -> Operator {
    match written {
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
