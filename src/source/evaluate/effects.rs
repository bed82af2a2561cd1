//! What parts of a module do to its names, found without running through them.

use super::Raise;
use crate::source::python::{Module, Syntax};
use crate::text::TextRange;

/// A statement that neither calls nor looks anything up.
pub(super) fn cannot_fail(statement: Syntax<'_>) -> bool {
    let mut safe = true;
    statement.walk(|node| {
        safe &= !matches!(
            node.kind(),
            "call"
                | "attribute"
                | "subscript"
                | "identifier"
                | "import_statement"
                | "import_from_statement"
                | "raise_statement"
                | "assert_statement"
                | "binary_operator"
        ) || node.kind() == "identifier" && is_target(node);
        safe
    });
    safe
}

/// Whether an identifier is what an assignment binds.
fn is_target(node: Syntax<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        parent.kind() == "assignment" && parent.field("left").is_some_and(|left| left.range() == node.range())
    })
}

pub(super) fn identifiers(node: Syntax<'_>) -> Vec<String> {
    let mut names = Vec::new();
    node.walk(|node| match node.kind() {
        "identifier" => {
            names.push(node.text());
            false
        }
        // `a.b = …` and `a[b] = …` bind no name.
        "attribute" | "subscript" => false,
        _ => true,
    });
    names
}

/// What a function does to a name of the module when it is called.
pub(super) struct GlobalChange {
    pub(super) name: String,
    pub(super) range: TextRange,
    /// Whether it binds the name, and not only changes the list that the name holds.
    pub(super) rebinds: bool,
}

/// Every such change in every function.
pub(super) fn changes_by_functions(module: &Module<'_>) -> Vec<GlobalChange> {
    let mut changes = Vec::new();
    let mut ends = 0;
    module.root().walk(|node| {
        let range = node.range();
        if node.kind() == "function_definition" {
            ends = ends.max(range.end());
        }
        if range.start() >= ends {
            return true;
        }
        let object = match node.kind() {
            "global_statement" => {
                let names = node.children().into_iter();
                changes.extend(names.map(|name| GlobalChange { name: name.text(), range, rebinds: true }));
                None
            }
            "call" => node.field("function").and_then(|function| function.field("object")),
            "assignment" | "augmented_assignment" => node.field("left").and_then(|left| left.field("value")),
            _ => None,
        };
        if let Some(object) = object.filter(|object| object.kind() == "identifier") {
            changes.push(GlobalChange { name: object.text(), range, rebinds: false });
        }
        true
    });
    changes
}

/// `sys.exit(…)`, `exit(…)` and `quit(…)`.
pub(super) fn leaves(node: Syntax<'_>, range: TextRange) -> Option<Raise> {
    let function = (node.kind() == "call").then(|| node.field("function")).flatten()?;
    if !["sys.exit", "exit", "quit"].iter().any(|name| function.is(name)) {
        return None;
    }
    let arguments = node.field("arguments").map(Syntax::children).unwrap_or_default();
    let message = arguments.first().map(|argument| argument.text()).unwrap_or_default();
    Some(Raise { class: "SystemExit".to_owned(), message, range, needs_env: false })
}

/// The class and, where it is a literal, the message of `raise Class('message')`.
pub(super) fn raised(node: Syntax<'_>) -> Raise {
    let what = node.children().into_iter().next();
    let (class, arguments) = match what {
        Some(call) if call.kind() == "call" => (call.field("function"), call.field("arguments")),
        other => (other, None),
    };
    let first = arguments.and_then(|arguments| arguments.children().into_iter().next());
    Raise {
        class: class.map(Syntax::text).unwrap_or_default(),
        message: first.and_then(Syntax::string_value).unwrap_or_default(),
        range: node.range(),
        needs_env: false,
    }
}
