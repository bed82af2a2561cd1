//! What Python's compiler refuses after parsing: statements outside of what they belong to, names declared too late.

use std::collections::BTreeMap;

use super::grammar::is_group;
use crate::source::python::{Module, Syntax};
use crate::text::TextRange;

/// What a statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Function {
        is_async: bool,
    },
    Lambda,
    Class,
    Loop,
    /// `except*`.
    Group,
    Generator,
    /// What a comprehension makes of each item.
    Element,
}

impl Frame {
    fn is_scope(self) -> bool {
        matches!(self, Self::Function { .. } | Self::Lambda | Self::Class)
    }

    fn is_function(self) -> bool {
        matches!(self, Self::Function { .. } | Self::Lambda)
    }
}

/// The first place that the compiler refuses: where, and what.
pub(super) fn refused_by_compiler(module: &Module<'_>) -> Option<(TextRange, String)> {
    let futures_end = end_of_futures(module);
    let root = module.root();
    let mut frames: Vec<(TextRange, Frame)> = Vec::new();
    let mut scopes = vec![root];
    // What each scope with a `global` uses, and where first.
    let mut used: BTreeMap<u32, BTreeMap<String, u32>> = BTreeMap::new();
    let mut found = None;
    root.walk(|node| {
        if found.is_some() {
            return false;
        }
        let start = node.range().start();
        while frames.last().is_some_and(|(range, _)| range.end() <= start) {
            frames.pop();
        }
        while scopes.len() > 1 && scopes.last().is_some_and(|scope| scope.range().end() <= start) {
            scopes.pop();
        }
        let mut what =
            misplaced(node, &frames).or_else(|| future(node, futures_end)).or_else(|| named_twice(node));
        if let ("global_statement", Some(&scope)) = (node.kind(), scopes.last()) {
            let used = used.entry(scope.range().start()).or_insert_with(|| first_uses(scope));
            what = what.or_else(|| declared_late(node, used));
        }
        found = what.map(|what| (node.range(), what));
        open(node, &mut frames);
        if matches!(node.kind(), "function_definition" | "class_definition") {
            scopes.push(node);
        }
        found.is_none()
    });
    found
}

fn open(node: Syntax<'_>, frames: &mut Vec<(TextRange, Frame)>) {
    let mut push =
        |inner: Option<Syntax<'_>>, frame| frames.extend(inner.map(|inner| (inner.range(), frame)));
    match node.kind() {
        "function_definition" => {
            push(node.field("body"), Frame::Function { is_async: is_async(node) });
        }
        "lambda" => push(node.field("body"), Frame::Lambda),
        "class_definition" => push(node.field("body"), Frame::Class),
        "for_statement" | "while_statement" => push(node.field("body"), Frame::Loop),
        "except_clause" | "except_group_clause" if is_group(node) => push(Some(node), Frame::Group),
        "generator_expression" => {
            push(Some(node), Frame::Generator);
            push(node.field("body"), Frame::Element);
        }
        "list_comprehension" | "set_comprehension" | "dictionary_comprehension" => {
            push(node.field("body"), Frame::Element);
        }
        _ => {}
    }
}

fn is_async(node: Syntax<'_>) -> bool {
    node.bytes().strip_prefix(b"async").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))
}

/// Why a node cannot stand where it does.
fn misplaced(node: Syntax<'_>, frames: &[(TextRange, Frame)]) -> Option<String> {
    let start = node.range().start();
    // A frame is opened where its statement begins; what stands before its body is not in it.
    let around = || frames.iter().rev().filter(|(range, _)| range.start() <= start).map(|&(_, frame)| frame);
    let nearest = |wanted: fn(Frame) -> bool| around().find(|&frame| wanted(frame));
    match node.kind() {
        "return_statement" => match nearest(|frame| frame.is_scope() || frame == Frame::Group) {
            Some(Frame::Function { .. }) => None,
            Some(Frame::Group) => Some("`return` cannot stand in an `except*` block".to_owned()),
            _ => Some("`return` outside of a function".to_owned()),
        },
        word @ ("break_statement" | "continue_statement") => {
            let word = word.trim_end_matches("_statement");
            match nearest(|frame| frame.is_scope() || matches!(frame, Frame::Loop | Frame::Group)) {
                Some(Frame::Loop) => None,
                Some(Frame::Group) => Some(format!("`{word}` cannot stand in an `except*` block")),
                _ => Some(format!("`{word}` outside of a loop")),
            }
        }
        "yield" => match nearest(|frame| frame.is_scope() || frame == Frame::Element) {
            Some(Frame::Function { is_async: true }) if is_from(node) => {
                Some("`yield from` in an async function".to_owned())
            }
            Some(Frame::Function { .. } | Frame::Lambda) => None,
            Some(Frame::Element) => Some("`yield` in a comprehension".to_owned()),
            _ => Some("`yield` outside of a function".to_owned()),
        },
        kind @ ("await" | "with_statement" | "for_statement" | "for_in_clause") => {
            if kind != "await" && !is_async(node) {
                return None;
            }
            match nearest(|frame| frame.is_scope() || frame == Frame::Generator) {
                Some(Frame::Function { is_async: true } | Frame::Generator) => None,
                _ => Some("`await` and `async` belong into an async function".to_owned()),
            }
        }
        "wildcard_import" => {
            nearest(Frame::is_scope).map(|_| "`import *` is for the top of a module only".to_owned())
        }
        "nonlocal_statement" => {
            let n_functions = around().filter(|frame| frame.is_function()).count();
            let own = nearest(Frame::is_scope).is_some_and(Frame::is_function);
            let is_class_cell = around().any(|frame| frame == Frame::Class)
                && node.children().iter().any(|name| name.is("__class__"));
            (n_functions <= usize::from(own) && !is_class_cell).then(|| {
                "there is no function around this one, of which a name could be `nonlocal`".to_owned()
            })
        }
        _ => None,
    }
}

fn is_from(node: Syntax<'_>) -> bool {
    node.bytes().strip_prefix(b"yield").is_some_and(|rest| {
        rest.trim_ascii_start()
            .strip_prefix(b"from")
            .is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
    })
}

const FUTURES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

/// Where the part of a module ends that may import from `__future__`: after its docstring and such imports.
fn end_of_futures(module: &Module<'_>) -> u32 {
    let mut end = 0;
    for (at, statement) in module.root().children().into_iter().enumerate() {
        let is_docstring = at == 0
            && statement.kind() == "expression_statement"
            && matches!(statement.children().as_slice(), [only] if only.string_value().is_some() || may_be_docstring(*only));
        if !is_docstring && statement.kind() != "future_import_statement" {
            break;
        }
        end = statement.range().end();
    }
    end
}

/// A text whose value is not known here, such as one with a character's name in it.
fn may_be_docstring(node: Syntax<'_>) -> bool {
    let prefix = node.bytes().split(|byte| matches!(byte, b'\'' | b'"')).next().unwrap_or_default();
    matches!(node.kind(), "string" | "concatenated_string")
        && !prefix.iter().any(|byte| b"fFbB".contains(byte))
}

fn future(node: Syntax<'_>, futures_end: u32) -> Option<String> {
    if node.kind() != "future_import_statement" {
        return None;
    }
    if node.range().start() >= futures_end {
        return Some("imports from `__future__` must be the first".to_owned());
    }
    let names = node.children().into_iter().map(|name| name.field("name").unwrap_or(name));
    let unknown = names.into_iter().find(|name| !FUTURES.iter().any(|known| name.is(known)))?;
    Some(format!("`{}` is no future of Python", unknown.text()))
}

/// `global x` below a use of `x`, or of a parameter.
fn declared_late(node: Syntax<'_>, used: &BTreeMap<String, u32>) -> Option<String> {
    let is_late = |name: &String| used.get(name).is_some_and(|&first| first < node.range().start());
    let name = node.children().into_iter().map(Syntax::text).find(is_late)?;
    Some(format!("`{name}` is used before it is declared global"))
}

fn parameter_names(parameters: Syntax<'_>) -> Vec<String> {
    parameters.children().into_iter().filter_map(parameter_name).map(Syntax::text).collect()
}

fn parameter_name(parameter: Syntax<'_>) -> Option<Syntax<'_>> {
    match parameter.kind() {
        "identifier" => Some(parameter),
        "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => {
            let first = parameter.children().into_iter().next()?;
            if first.kind() == "identifier" { Some(first) } else { first.children().into_iter().next() }
        }
        _ => parameter.field("name"),
    }
}

/// Parameters of the same name.
fn named_twice(node: Syntax<'_>) -> Option<String> {
    if !matches!(node.kind(), "parameters" | "lambda_parameters") {
        return None;
    }
    let names = parameter_names(node);
    let twice = (1..names.len()).find(|&at| names[..at].contains(&names[at]))?;
    Some(format!("two parameters are called `{}`", names[twice]))
}

/// The names that a scope's parameters and own statements use, as far as they certainly do, each with the first place.
fn first_uses(scope: Syntax<'_>) -> BTreeMap<String, u32> {
    let mut uses = BTreeMap::new();
    if let Some(parameters) = scope.field("parameters") {
        uses.extend(parameter_names(parameters).into_iter().map(|name| (name, parameters.range().start())));
    }
    let mut add = |name: Option<Syntax<'_>>| {
        if let Some(name) = name.filter(|name| name.kind() == "identifier") {
            uses.entry(name.text()).or_insert(name.range().start());
        }
    };
    scope.field("body").unwrap_or(scope).walk(|node| match node.kind() {
        "identifier" => {
            add(Some(node));
            false
        }
        "function_definition" | "class_definition" => {
            add(node.field("name"));
            false
        }
        "attribute" => {
            // What stands after the dot is no name.
            let mut object = Some(node);
            while let Some(inner) = object.filter(|object| object.kind() == "attribute") {
                object = inner.field("object");
            }
            add(object);
            false
        }
        "lambda"
        | "list_comprehension"
        | "set_comprehension"
        | "dictionary_comprehension"
        | "generator_expression"
        | "import_statement"
        | "import_from_statement"
        | "future_import_statement"
        | "global_statement"
        | "nonlocal_statement"
        | "keyword_argument"
        | "type"
        | "type_alias_statement"
        | "case_pattern" => false,
        _ => true,
    });
    uses
}
