//! What Python's own grammar refuses and the more lenient one here takes: targets, arguments, parameters, clauses.

use super::literals::bad_literal;
use crate::source::python::Syntax;

/// Why Python's parser refuses a node, as a phrase.
pub(super) fn refused_by_parser(node: Syntax<'_>) -> Option<String> {
    let fault = |is_fault: bool, what: &str| is_fault.then(|| what.to_owned());
    if needs_parentheses(node.kind())
        && node.children().iter().any(|child| child.kind() == "named_expression")
    {
        return Some("`:=` needs parentheses here".to_owned());
    }
    match node.kind() {
        // `print (x), y` and `print >> f` are expressions of Python 3.
        "print_statement" | "exec_statement" => {
            let rest = node.bytes().iter().skip_while(|byte| byte.is_ascii_alphabetic());
            let next = rest.copied().find(|byte| !matches!(byte, b' ' | b'\t'));
            fault(next.is_some_and(|byte| !matches!(byte, b'(' | b'>')), "this is Python 2")
        }
        "<>" => fault(true, "this is Python 2"),
        "raise_statement" => {
            let first = node.children().into_iter().next();
            let is_old = first.is_some_and(|child| child.kind() == "expression_list");
            let is_empty =
                node.field("cause").zip(first).is_some_and(|(cause, first)| cause.range() == first.range());
            fault(is_old, "this is Python 2").or_else(|| fault(is_empty, "`raise from` names no error"))
        }
        "identifier" => fault(node.is("async") || node.is("await"), "this name is a keyword"),
        "assignment" => assignment(node),
        "augmented_assignment" => {
            let left = node.field("left")?;
            fault(is_several(left), "`+=` and the like change one thing, not several")
        }
        "delete_statement" => undeletable(node),
        // `(*a)` is no tuple, whatever the grammar says.
        "tuple" if !is_lone(node) => None,
        "tuple" | "return_statement" | "yield" | "parenthesized_expression" => {
            let is_starred = matches!(node.children().as_slice(), [only] if only.kind() == "list_splat");
            fault(is_starred, "a star cannot stand here alone")
        }
        "with_item" => {
            let target = node.field("value").filter(|value| value.kind() == "as_pattern")?.field("alias")?;
            fault(target.children().iter().any(|child| is_value(child.kind())), "this cannot be assigned to")
        }
        "parenthesized_list_splat" => fault(true, "a star cannot stand here alone"),
        "for_statement" => starred(node.field("right")),
        "pair" => starred(node.field("value")),
        "for_in_clause" => {
            fault(node.children().len() > 2, "what a comprehension goes through needs parentheses")
        }
        "argument_list" => arguments(node),
        "parameters" | "lambda_parameters" => parameters(node),
        "try_statement" => clauses(node),
        "import_from_statement" => {
            let is_dotted = |child: &Syntax<'_>| child.kind() == "dotted_name" && child.children().len() > 1;
            let names = node.children().into_iter().skip(1);
            fault(node.bytes().trim_ascii_end().ends_with(b","), "an import ends in a comma").or_else(|| {
                fault(names.into_iter().any(|name| is_dotted(&name)), "a name with a dot cannot be imported")
            })
        }
        _ => bad_literal(node),
    }
}

fn starred(node: Option<Syntax<'_>>) -> Option<String> {
    node.is_some_and(|node| node.kind() == "list_splat").then(|| "a star cannot stand here alone".to_owned())
}

/// What is never a target.
fn is_value(kind: &str) -> bool {
    matches!(
        kind,
        "integer"
            | "float"
            | "string"
            | "concatenated_string"
            | "none"
            | "true"
            | "false"
            | "ellipsis"
            | "call"
            | "binary_operator"
            | "unary_operator"
            | "not_operator"
            | "boolean_operator"
            | "comparison_operator"
            | "conditional_expression"
            | "lambda"
            | "dictionary"
            | "set"
            | "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression"
            | "await"
            | "yield"
            | "named_expression"
    )
}

/// The nodes right in which `:=` must stand in parentheses.
fn needs_parentheses(kind: &str) -> bool {
    matches!(
        kind,
        "expression_statement"
            | "assignment"
            | "augmented_assignment"
            | "return_statement"
            | "assert_statement"
            | "delete_statement"
            | "raise_statement"
            | "lambda"
            | "not_operator"
            | "named_expression"
            | "default_parameter"
            | "typed_default_parameter"
            | "keyword_argument"
            | "pair"
            | "with_item"
    )
}

/// A tuple or a list of targets; one in parentheses is none.
fn is_several(target: Syntax<'_>) -> bool {
    match target.kind() {
        "pattern_list" | "expression_list" | "list_pattern" | "list" => true,
        "tuple_pattern" | "tuple" => !is_lone(target),
        _ => false,
    }
}

/// Whether parentheses hold one thing and no comma.
fn is_lone(node: Syntax<'_>) -> bool {
    match node.children().as_slice() {
        [only] => {
            let inner = (only.range().end() - node.range().start()) as usize;
            !node.bytes()[inner..].contains(&b',')
        }
        _ => false,
    }
}

fn assignment(node: Syntax<'_>) -> Option<String> {
    let fault = |is_fault: bool, what: &str| is_fault.then(|| what.to_owned());
    let left = node.field("left")?;
    if let Some(kind) = node.field("type") {
        let inner = kind.children().first().map(|inner| inner.kind());
        return fault(is_several(left), "only one name can have a type")
            .or_else(|| fault(matches!(inner, Some("constrained_type" | "splat_type")), "this is no type"))
            .or_else(|| starred(node.field("right")));
    }
    let stars = |target: Syntax<'_>| {
        target.children().iter().filter(|child| child.kind() == "list_splat_pattern").count()
    };
    fault(left.kind() == "list_splat_pattern", "a target with a star must stand in a list or tuple")
        .or_else(|| {
            let alone = left.kind() == "tuple_pattern" && stars(left) == 1 && is_lone(left);
            fault(alone, "a target with a star must stand in a list or tuple")
        })
        .or_else(|| fault(stars(left) > 1, "only one target can have a star"))
        .or_else(|| starred(node.field("right")))
}

fn undeletable(node: Syntax<'_>) -> Option<String> {
    let mut open = node.children();
    while let Some(target) = open.pop() {
        match target.kind() {
            "tuple" | "list" | "expression_list" | "parenthesized_expression" => {
                open.extend(target.children());
            }
            kind if is_value(kind) || kind == "list_splat" => {
                return Some("this cannot be deleted".to_owned());
            }
            _ => {}
        }
    }
    None
}

fn arguments(node: Syntax<'_>) -> Option<String> {
    let mut names = Vec::new();
    let mut unpacked = false;
    let written = node.bytes();
    if written.get(1..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b",")) {
        return Some("a comma stands before the first argument".to_owned());
    }
    for child in node.children() {
        match child.kind() {
            "keyword_argument" => {
                let name = child.field("name")?.text();
                if names.contains(&name) {
                    return Some(format!("the argument `{name}` is given twice"));
                }
                names.push(name);
            }
            "dictionary_splat" => unpacked = true,
            "list_splat" if unpacked => return Some("`*` stands after `**`".to_owned()),
            "list_splat" => {}
            _ if unpacked => return Some("an argument without a name stands after `**`".to_owned()),
            _ if !names.is_empty() => {
                return Some("an argument without a name stands after one with a name".to_owned());
            }
            _ => {}
        }
    }
    None
}

fn parameters(node: Syntax<'_>) -> Option<String> {
    let fault = |what: &str| Some(what.to_owned());
    let children = node.children();
    let (mut has_default, mut has_star, mut has_slash, mut has_all) = (false, false, false, false);
    for (at, child) in children.iter().enumerate() {
        if has_all {
            return fault("a parameter stands after `**`");
        }
        let kind = match child.kind() {
            "typed_parameter" => child.children().first()?.kind(),
            kind => kind,
        };
        if child.kind() == "typed_parameter" && kind == "identifier" {
            let annotation = child.field("type").and_then(|kind| kind.children().into_iter().next());
            if annotation.is_some_and(|annotation| annotation.kind() == "splat_type") {
                return fault("this is no type");
            }
        }
        match kind {
            "tuple_pattern" => return fault("this is Python 2"),
            "identifier" if has_default && !has_star => {
                return fault("a parameter without a default stands after one with a default");
            }
            "default_parameter" | "typed_default_parameter" => has_default = true,
            "positional_separator" if at == 0 || has_slash || has_star => {
                return fault("`/` cannot stand here");
            }
            "positional_separator" => has_slash = true,
            "keyword_separator" | "list_splat_pattern" if has_star => return fault("`*` stands twice"),
            "keyword_separator" => {
                has_star = true;
                if children.get(at + 1).is_none_or(|next| next.kind() == "dictionary_splat_pattern") {
                    return fault("no parameter stands after `*`");
                }
            }
            "list_splat_pattern" => has_star = true,
            "dictionary_splat_pattern" => has_all = true,
            _ => {}
        }
    }
    None
}

/// The `except` and `finally` clauses of a `try`.
fn clauses(node: Syntax<'_>) -> Option<String> {
    let fault = |what: &str| Some(what.to_owned());
    let children = node.children();
    let handlers: Vec<_> = children
        .iter()
        .filter(|child| matches!(child.kind(), "except_clause" | "except_group_clause"))
        .collect();
    if handlers.is_empty() && !children.iter().any(|child| child.kind() == "finally_clause") {
        return fault("`try` has neither `except` nor `finally`");
    }
    let n_groups = handlers.iter().filter(|handler| is_group(***handler)).count();
    if n_groups > 0 && n_groups < handlers.len() {
        return fault("`except` and `except*` stand side by side");
    }
    let is_bare =
        |handler: &&Syntax<'_>| handler.children().first().is_some_and(|child| child.kind() == "block");
    match handlers.iter().position(is_bare) {
        Some(_) if n_groups > 0 => fault("`except*` names no error"),
        Some(at) if at + 1 < handlers.len() => fault("an `except` that catches everything must be the last"),
        _ => None,
    }
}

/// Whether a clause is `except*`.
pub(super) fn is_group(clause: Syntax<'_>) -> bool {
    clause.bytes().strip_prefix(b"except").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"*"))
}
