//! What Python's own grammar refuses and the more lenient one here takes: targets, arguments, parameters, clauses.

use std::collections::BTreeSet;

use super::Closed;
use crate::source::program::{Argument, Expression, ExpressionKind};
use crate::source::python::grammar::Kind;
use crate::source::python::made::{Made, Marks, What};

const LONE_STAR: &str = "a star cannot stand here alone";

/// Why Python's parser refuses a node, as a phrase.
pub(super) fn refused(node: &Closed<'_>, source: &[u8]) -> Option<String> {
    let fault = |is_fault: bool, what: &str| is_fault.then(|| what.to_owned());
    let kinds = || node.inner.iter().map(|made| made.kind);
    if needs_parentheses(node.kind) && kinds().any(|kind| kind == Kind::NamedExpression) {
        return Some("`:=` needs parentheses here".to_owned());
    }
    match node.kind {
        // `print (x), y` and `print >> f` are expressions of Python 3.
        Kind::PrintStatement | Kind::ExecStatement => {
            let rest = node.range.slice(source).iter().skip_while(|byte| byte.is_ascii_alphabetic());
            let next = rest.copied().find(|byte| !matches!(byte, b' ' | b'\t'));
            fault(next.is_some_and(|byte| !matches!(byte, b'(' | b'>')), "this is Python 2")
        }
        Kind::RaiseStatement => {
            let is_old = kinds().next() == Some(Kind::ExpressionList);
            let is_empty = node.marks.has(Marks::FROM) && node.inner.len() == 1;
            fault(is_old, "this is Python 2").or_else(|| fault(is_empty, "`raise from` names no error"))
        }
        Kind::Assignment => assignment(node),
        Kind::AugmentedAssignment => {
            let is_fault = node.inner.first().is_some_and(is_several);
            fault(is_fault, "`+=` and the like change one thing, not several")
        }
        Kind::DeleteStatement => fault(node.inner.iter().any(is_undeletable), "this cannot be deleted"),
        // `(*a)` is no tuple, whatever the grammar says.
        Kind::Tuple if !is_lone(node) => None,
        Kind::Tuple | Kind::ReturnStatement | Kind::Yield | Kind::ParenthesizedExpression => {
            let is_starred = node.inner.len() == 1 && kinds().all(|kind| kind == Kind::ListSplat);
            fault(is_starred, LONE_STAR)
        }
        Kind::AsPattern if node.around == Some(Kind::WithItem) => {
            let target = node.inner.last().filter(|made| made.kind == Kind::AsPatternTarget);
            fault(target.and_then(|target| target.inner).is_some_and(is_value), "this cannot be assigned to")
        }
        Kind::ParenthesizedListSplat => fault(true, LONE_STAR),
        Kind::ForStatement => starred(node.inner.get(1)),
        Kind::Pair => starred(node.inner.last()),
        Kind::ForInClause => {
            fault(node.inner.len() > 2, "what a comprehension goes through needs parentheses")
        }
        Kind::ArgumentList => arguments(node),
        Kind::Parameters | Kind::LambdaParameters => parameters(node),
        Kind::TypedParameter => {
            let is_splat =
                node.inner.get(1).is_some_and(|annotation| annotation.inner == Some(Kind::SplatType));
            fault(is_splat && kinds().next() == Some(Kind::Identifier), "this is no type")
        }
        Kind::TryStatement => clauses(node),
        Kind::ImportFromStatement => {
            let is_open = node.range.slice(source).trim_ascii_end().ends_with(b",");
            let is_dotted = |made: &Made| matches!(&made.what, What::Dotted(name) if name.contains('.'));
            fault(is_open, "an import ends in a comma").or_else(|| {
                let is_fault = node.inner.iter().skip(1).any(is_dotted);
                fault(is_fault, "a name with a dot cannot be imported")
            })
        }
        Kind::ConcatenatedString => {
            let is_bytes = |made: &Made| matches!(made.what, What::Expression(ExpressionKind::Bytes(_)));
            let n_bytes = node.inner.iter().filter(|made| is_bytes(made)).count();
            let is_mixed = n_bytes > 0 && n_bytes < node.inner.len();
            fault(is_mixed, "bytes and text cannot be written side by side")
        }
        _ => None,
    }
}

fn starred(made: Option<&Made>) -> Option<String> {
    made.is_some_and(|made| made.kind == Kind::ListSplat).then(|| LONE_STAR.to_owned())
}

/// What is never a target.
fn is_value(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Integer
            | Kind::Float
            | Kind::String
            | Kind::ConcatenatedString
            | Kind::None
            | Kind::True
            | Kind::False
            | Kind::Ellipsis
            | Kind::Call
            | Kind::BinaryOperator
            | Kind::UnaryOperator
            | Kind::NotOperator
            | Kind::BooleanOperator
            | Kind::ComparisonOperator
            | Kind::ConditionalExpression
            | Kind::Lambda
            | Kind::Dictionary
            | Kind::Set
            | Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression
            | Kind::Await
            | Kind::Yield
            | Kind::NamedExpression
    )
}

/// The nodes right in which `:=` must stand in parentheses.
fn needs_parentheses(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ExpressionStatement
            | Kind::Assignment
            | Kind::AugmentedAssignment
            | Kind::ReturnStatement
            | Kind::AssertStatement
            | Kind::DeleteStatement
            | Kind::RaiseStatement
            | Kind::Lambda
            | Kind::NotOperator
            | Kind::NamedExpression
            | Kind::DefaultParameter
            | Kind::TypedDefaultParameter
            | Kind::KeywordArgument
            | Kind::Pair
            | Kind::WithItem
    )
}

/// A tuple or a list of targets; one in parentheses is none.
fn is_several(target: &Made) -> bool {
    match target.kind {
        Kind::PatternList | Kind::ExpressionList | Kind::ListPattern | Kind::List => true,
        Kind::TuplePattern | Kind::Tuple => target.is_several,
        _ => false,
    }
}

/// Whether brackets hold one thing and no comma.
fn is_lone(node: &Closed<'_>) -> bool {
    node.inner.len() == 1 && !node.marks.has(Marks::COMMA)
}

fn assignment(node: &Closed<'_>) -> Option<String> {
    let fault = |is_fault: bool, what: &str| is_fault.then(|| what.to_owned());
    let left = node.inner.first()?;
    let right = || if node.marks.has(Marks::EQUALS) { node.inner.last() } else { None };
    if let Some(annotation) = node.inner.get(1).filter(|made| made.kind == Kind::Type) {
        return fault(is_several(left), "only one name can have a type")
            .or_else(|| fault(is_no_type(annotation), "this is no type"))
            .or_else(|| starred(right()));
    }
    let is_lone_star = left.kind == Kind::ListSplatPattern
        || left.kind == Kind::TuplePattern && left.n_stars == 1 && !left.is_several;
    let has_stars =
        matches!(left.kind, Kind::TuplePattern | Kind::ListPattern | Kind::PatternList) && left.n_stars > 1;
    fault(is_lone_star, "a target with a star must stand in a list or tuple")
        .or_else(|| fault(has_stars, "only one target can have a star"))
        .or_else(|| starred(right()))
}

fn is_no_type(annotation: &Made) -> bool {
    matches!(annotation.inner, Some(Kind::ConstrainedType | Kind::SplatType))
}

/// Whether something of what `del` is given is no place.
fn is_undeletable(target: &Made) -> bool {
    let What::Expression(kind) = &target.what else { return false };
    let mut open = vec![kind];
    while let Some(kind) = open.pop() {
        match kind {
            ExpressionKind::Tuple(targets) | ExpressionKind::List(targets) => {
                open.extend(targets.iter().map(|target: &Expression| &target.kind));
            }
            ExpressionKind::Name(_)
            | ExpressionKind::Attribute(..)
            | ExpressionKind::Item(_)
            | ExpressionKind::Other(_) => {}
            _ => return true,
        }
    }
    is_value(target.kind)
}

fn arguments(node: &Closed<'_>) -> Option<String> {
    let mut names = BTreeSet::new();
    let mut is_unpacked = false;
    if node.marks.has(Marks::COMMA_FIRST) {
        return Some("a comma stands before the first argument".to_owned());
    }
    for made in node.inner {
        match (made.kind, &made.what) {
            (Kind::KeywordArgument, What::Argument(Argument::Named(name, _))) if !names.insert(name) => {
                return Some(format!("the argument `{name}` is given twice"));
            }
            (Kind::DictionarySplat, _) => is_unpacked = true,
            (Kind::ListSplat, _) if is_unpacked => return Some("`*` stands after `**`".to_owned()),
            (Kind::ListSplat, _) | (Kind::KeywordArgument, What::Argument(Argument::Named(..))) => {}
            _ if is_unpacked => return Some("an argument without a name stands after `**`".to_owned()),
            _ if !names.is_empty() => {
                return Some("an argument without a name stands after one with a name".to_owned());
            }
            _ => {}
        }
    }
    None
}

fn parameters(node: &Closed<'_>) -> Option<String> {
    let fault = |what: &str| Some(what.to_owned());
    let (mut has_default, mut has_star, mut has_slash, mut has_all) = (false, false, false, false);
    for (at, made) in node.inner.iter().enumerate() {
        if has_all {
            return fault("a parameter stands after `**`");
        }
        let kind = if made.kind == Kind::TypedParameter { made.inner? } else { made.kind };
        match kind {
            Kind::TuplePattern => return fault("this is Python 2"),
            Kind::Identifier if has_default && !has_star => {
                return fault("a parameter without a default stands after one with a default");
            }
            Kind::DefaultParameter | Kind::TypedDefaultParameter => has_default = true,
            Kind::PositionalSeparator if at == 0 || has_slash || has_star => {
                return fault("`/` cannot stand here");
            }
            Kind::PositionalSeparator => has_slash = true,
            Kind::KeywordSeparator | Kind::ListSplatPattern if has_star => return fault("`*` stands twice"),
            Kind::KeywordSeparator => {
                has_star = true;
                let next = node.inner.get(at + 1).map(|next| next.kind);
                if next.is_none_or(|next| next == Kind::DictionarySplatPattern) {
                    return fault("no parameter stands after `*`");
                }
            }
            Kind::ListSplatPattern => has_star = true,
            Kind::DictionarySplatPattern => has_all = true,
            _ => {}
        }
    }
    None
}

/// The `except` and `finally` clauses of a `try`.
fn clauses(node: &Closed<'_>) -> Option<String> {
    let fault = |what: &str| Some(what.to_owned());
    let handlers: Vec<&Made> = node.inner.iter().filter(|made| made.kind == Kind::ExceptClause).collect();
    if handlers.is_empty() && !node.inner.iter().any(|made| made.kind == Kind::FinallyClause) {
        return fault("`try` has neither `except` nor `finally`");
    }
    let n_groups = handlers.iter().filter(|handler| handler.marks.has(Marks::STAR)).count();
    if n_groups > 0 && n_groups < handlers.len() {
        return fault("`except` and `except*` stand side by side");
    }
    let is_bare = |handler: &&Made| handler.inner == Some(Kind::Block);
    match handlers.iter().position(is_bare) {
        Some(_) if n_groups > 0 => fault("`except*` names no error"),
        Some(at) if at + 1 < handlers.len() => fault("an `except` that catches everything must be the last"),
        _ => None,
    }
}
