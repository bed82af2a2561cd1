//! What an `env.py` says, without running it.

use super::faults::{SyntaxFault, syntax_faults};
use super::imports::{Import, imports, imports_of};
use super::python::{Module, Syntax};
use crate::ingest::TreePath;
use crate::text::TextRange;

/// One `env.py`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvPy {
    /// Where it stands.
    pub path: TreePath,
    /// What autogenerate would compare with.
    pub target_metadata: TargetMetadata,
    /// Whether it follows Flask-Migrate's template.
    pub flask_migrate: bool,
    /// Whether it reads the ini file itself, for logging, and so fails where there is none.
    pub reads_ini: bool,
    /// What Python refuses in it.
    pub syntax_faults: Vec<SyntaxFault>,
}

/// What `target_metadata` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetMetadata {
    /// The name is never bound, and none is handed to `context.configure`.
    Absent,
    /// The last binding at module level is `None`.
    None {
        /// The bytes of the value.
        value: TextRange,
        /// The bytes of the statement.
        statement: TextRange,
    },
    /// It is bound to an expression.
    Expression {
        /// The expression's text, such as `db.metadata`.
        text: String,
        /// The bytes of the expression.
        value: TextRange,
        /// The import statements that bind the names it uses, as text, in order.
        imports: Vec<String>,
    },
    /// It comes from a function, such as Flask-Migrate's `get_metadata()`, or is bound under a condition.
    Unknown {
        /// Where, if anywhere.
        range: Option<TextRange>,
    },
}

const NAME: &str = "target_metadata";

impl EnvPy {
    /// Reads an `env.py`. Never fails.
    pub fn read(path: &TreePath, source: &[u8]) -> Self {
        let module = Module::parse(source);
        Self {
            path: path.clone(),
            target_metadata: target_metadata(module.root()),
            flask_migrate: asks_flask_migrate(module.root()),
            reads_ini: calls_file_config(module.root()),
            syntax_faults: syntax_faults(&module),
        }
    }
}

/// Whether `fileConfig` is called anywhere.
fn calls_file_config(root: Syntax<'_>) -> bool {
    let mut found = false;
    root.walk(|node| {
        let function =
            Some(node).filter(|node| node.kind() == "call").and_then(|call| call.field("function"));
        found |= function.is_some_and(|function| function.bytes().ends_with(b"fileConfig"));
        !found
    });
    found
}

/// Whether the module imports `alembic.context`, as every `env.py` does.
pub(super) fn uses_alembic_context(source: &[u8]) -> bool {
    let text = String::from_utf8_lossy(source);
    if !text.contains("alembic") || !text.contains("context") {
        return false;
    }
    let module = Module::parse(source);
    let mut found = false;
    module.root().walk(|node| {
        found |= match node.kind() {
            "import_statement" | "import_from_statement" => imports_of(node).iter().any(|import| {
                import.module == "alembic.context"
                    || (import.module == "alembic" && matches!(import.name.as_deref(), Some("context" | "*")))
            }),
            "attribute" => node.is("alembic.context"),
            _ => false,
        };
        !found
    });
    found
}

/// Flask-Migrate's templates reach the database through `current_app.extensions['migrate']`.
fn asks_flask_migrate(root: Syntax<'_>) -> bool {
    let mut found = false;
    root.walk(|node| {
        if node.kind() == "subscript" {
            let extensions = node.field("value").is_some_and(|value| value.is("current_app.extensions"));
            let key = node.field("subscript").and_then(Syntax::string_value);
            found |= extensions && key.as_deref() == Some("migrate");
        }
        !found
    });
    found
}

/// How a module binds the name.
enum Binding<'m> {
    Value { value: Syntax<'m>, statement: Syntax<'m> },
    Import(Syntax<'m>),
    Unclear(Syntax<'m>),
}

fn target_metadata(root: Syntax<'_>) -> TargetMetadata {
    let bound = last_binding(root);
    let handed = handed_in(root);
    // A binding that no call uses is a left-over of the template.
    let handed_only =
        handed.iter().all(|handed| matches!(handed, Handed::Inline { value, .. } if !value.is(NAME)));
    match (bound, handed.last()) {
        (Some(_) | None, Some(Handed::Inline { value, statement })) if handed_only => {
            if value.kind() == "call" {
                return TargetMetadata::Unknown { range: Some(value.range()) };
            }
            said(root, *value, *statement)
        }
        (Some(Binding::Value { value, statement }), _) => said(root, value, statement),
        (Some(Binding::Import(statement)), _) => TargetMetadata::Expression {
            text: NAME.to_owned(),
            value: statement.range(),
            imports: vec![statement.text()],
        },
        (Some(Binding::Unclear(node)), _) => TargetMetadata::Unknown { range: Some(node.range()) },
        (None, Some(Handed::Inline { value, .. })) => TargetMetadata::Unknown { range: Some(value.range()) },
        (None, Some(Handed::Splat(node))) => TargetMetadata::Unknown { range: Some(node.range()) },
        (None, None) => TargetMetadata::Absent,
    }
}

/// What a value is; `None` or an expression.
fn said(root: Syntax<'_>, value: Syntax<'_>, statement: Syntax<'_>) -> TargetMetadata {
    if value.kind() == "none" {
        return TargetMetadata::None { value: value.range(), statement: statement.range() };
    }
    TargetMetadata::Expression {
        text: value.text(),
        value: value.range(),
        imports: imports_for(&imports(root), &root_names(value)).into_iter().map(Syntax::text).collect(),
    }
}

/// The last statement at module level that binds the name.
fn last_binding(root: Syntax<'_>) -> Option<Binding<'_>> {
    let mut last = None;
    for statement in root.children() {
        match statement.kind() {
            "expression_statement" => {
                for assignment in statement.children() {
                    last = assigned(assignment, statement).or(last);
                }
            }
            "import_statement" | "import_from_statement" => {
                if imports_of(statement).iter().any(|import| import.bound == NAME) {
                    last = Some(Binding::Import(statement));
                }
            }
            "function_definition" | "decorated_definition" | "class_definition" => {
                if declares_global(statement) {
                    last = Some(Binding::Unclear(statement));
                }
            }
            _ => {
                if binds_inside(statement) {
                    last = Some(Binding::Unclear(statement));
                }
            }
        }
    }
    last
}

/// The binding that one assignment makes, chained ones included.
fn assigned<'m>(assignment: Syntax<'m>, statement: Syntax<'m>) -> Option<Binding<'m>> {
    match assignment.kind() {
        "assignment" => {}
        "augmented_assignment" => {
            return assignment.field("left")?.is(NAME).then_some(Binding::Unclear(statement));
        }
        _ => return None,
    }
    let (mut value, mut plain, mut unpacked) = (assignment, false, false);
    while value.kind() == "assignment" {
        let left = value.field("left")?;
        if left.is(NAME) {
            plain = true;
        } else if left.kind() != "identifier" {
            unpacked |= mentions(left);
        }
        // An annotation alone binds nothing.
        value = value.field("right")?;
    }
    if unpacked {
        Some(Binding::Unclear(statement))
    } else {
        plain.then_some(Binding::Value { value, statement })
    }
}

/// Whether a pattern holds the name itself, not as a part of `a.target_metadata`.
fn mentions(node: Syntax<'_>) -> bool {
    let mut found = false;
    node.walk(|node| {
        found |= node.kind() == "identifier" && node.is(NAME);
        !found && !matches!(node.kind(), "attribute" | "subscript")
    });
    found
}

/// Whether a compound statement may bind the name when it runs.
fn binds_inside(statement: Syntax<'_>) -> bool {
    let mut found = false;
    statement.walk(|node| {
        match node.kind() {
            "assignment" | "augmented_assignment" | "for_statement" => {
                found |= node.field("left").is_some_and(mentions);
            }
            "named_expression" => found |= node.field("name").is_some_and(|name| name.is(NAME)),
            "as_pattern_target" => found |= mentions(node),
            "import_statement" | "import_from_statement" => {
                found |= imports_of(node).iter().any(|import| import.bound == NAME);
            }
            "function_definition" | "class_definition" | "lambda" => return false,
            _ => {}
        }
        !found
    });
    found
}

fn declares_global(definition: Syntax<'_>) -> bool {
    let mut found = false;
    definition.walk(|node| {
        found |= node.kind() == "global_statement" && mentions(node);
        !found
    });
    found
}

/// What a call of `context.configure` is handed.
enum Handed<'m> {
    Inline { value: Syntax<'m>, statement: Syntax<'m> },
    Splat(Syntax<'m>),
}

fn handed_in(root: Syntax<'_>) -> Vec<Handed<'_>> {
    let mut handed = Vec::new();
    root.walk(|node| {
        let configures = node.kind() == "call"
            && node.field("function").is_some_and(|function| {
                function.is("context.configure") || function.is("alembic.context.configure")
            });
        if configures && let Some(arguments) = node.field("arguments") {
            let arguments = arguments.children();
            let value = arguments.iter().find_map(|argument| {
                let named = argument.kind() == "keyword_argument" && argument.field("name")?.is(NAME);
                named.then(|| argument.field("value")).flatten()
            });
            let splat = arguments.iter().find(|argument| argument.kind() == "dictionary_splat");
            match (value, splat) {
                (Some(value), _) => handed.push(Handed::Inline { value, statement: node }),
                (None, Some(splat)) => handed.push(Handed::Splat(*splat)),
                (None, None) => {}
            }
        }
        true
    });
    handed
}

/// The names that an expression reads: `db` for `db.metadata`.
pub(crate) fn root_names(expression: Syntax<'_>) -> Vec<String> {
    let mut names = Vec::new();
    expression.walk(|node| {
        let is_part = node.parent().is_some_and(|parent| match parent.kind() {
            "attribute" => parent.field("attribute").is_some_and(|part| part.range() == node.range()),
            "keyword_argument" => parent.field("name").is_some_and(|name| name.range() == node.range()),
            _ => false,
        });
        if node.kind() == "identifier" && !is_part {
            names.push(node.text());
        }
        true
    });
    names.sort();
    names.dedup();
    names
}

/// The import statements that bind the names, in order, each once.
pub(crate) fn imports_for<'m>(imports: &[Import<'m>], names: &[String]) -> Vec<Syntax<'m>> {
    let mut statements: Vec<Syntax<'m>> = imports
        .iter()
        .filter(|import| names.contains(&import.bound))
        .map(|import| import.statement)
        .collect();
    statements.dedup_by_key(|statement| statement.range());
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> EnvPy {
        EnvPy::read(&TreePath::parse("migrations/env.py").expect("relative"), source.as_bytes())
    }

    /// The kind and the text it rests on.
    fn shown(source: &str) -> String {
        let slice = |range: TextRange| String::from_utf8_lossy(range.slice(source.as_bytes())).into_owned();
        match read(source).target_metadata {
            TargetMetadata::Absent => "absent".to_owned(),
            TargetMetadata::None { statement, .. } => format!("none: {}", slice(statement)),
            TargetMetadata::Expression { text, imports, .. } => format!("{text} [{}]", imports.join("; ")),
            TargetMetadata::Unknown { range } => format!("unknown: {}", range.map(slice).unwrap_or_default()),
        }
    }

    #[test]
    fn target_metadata_is_what_the_last_binding_says() {
        for (source, expected) in [
            ("", "absent"),
            ("target_metadata = None\n", "none: target_metadata = None"),
            ("target_metadata: object = None  # models?\n", "none: target_metadata: object = None"),
            ("a = target_metadata = None\n", "none: a = target_metadata = None"),
            ("target_metadata: object\n", "absent"),
            (
                "from app import app, db\ntarget_metadata = db.metadata\n",
                "db.metadata [from app import app, db]",
            ),
            (
                "import os\nimport app.models as m\ntarget_metadata = m.Base.metadata\n",
                "m.Base.metadata [import app.models as m]",
            ),
            (
                "target_metadata = None\nfrom a import B\ntarget_metadata = B.metadata",
                "B.metadata [from a import B]",
            ),
            (
                "from a import B\nfrom c import D\ntarget_metadata = [B.metadata, D.metadata]",
                "[B.metadata, D.metadata] [from a import B; from c import D]",
            ),
            (
                "from a import metadata as target_metadata\n",
                "target_metadata [from a import metadata as target_metadata]",
            ),
            ("target_metadata = {}\n", "{} []"),
            (
                "try:\n    from a import B\n    target_metadata = B.metadata\nexcept ImportError:\n    target_metadata = None",
                "unknown: try:\n    from a import B\n    target_metadata = B.metadata\nexcept ImportError:\n    target_metadata = None",
            ),
            ("if x:\n    target_metadata = None\n", "unknown: if x:\n    target_metadata = None"),
            ("a, target_metadata = f()\n", "unknown: a, target_metadata = f()"),
            ("target_metadata += [x]\n", "unknown: target_metadata += [x]"),
            ("config.target_metadata = None\n", "absent"),
            ("def f():\n    target_metadata = None\n", "absent"),
            ("def f():\n    global target_metadata\n", "unknown: def f():\n    global target_metadata"),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn what_is_handed_to_configure_counts() {
        for (source, expected) in [
            (
                "def f():\n    context.configure(url=u, target_metadata=None)\n",
                "none: context.configure(url=u, target_metadata=None)",
            ),
            (
                "from m import B\ndef f():\n    context.configure(target_metadata=B.metadata)\n",
                "B.metadata [from m import B]",
            ),
            (
                "from m import B\ntarget_metadata = None\ndef f():\n    context.configure(target_metadata=B.metadata)\n",
                "B.metadata [from m import B]",
            ),
            (
                "target_metadata = None\ndef f():\n    context.configure(target_metadata=target_metadata)\n",
                "none: target_metadata = None",
            ),
            (
                "def f():\n    context.configure(target_metadata=get_metadata(), **a)\n",
                "unknown: get_metadata()",
            ),
            ("def f():\n    context.configure(**options)\n", "unknown: **options"),
            (
                "def f(target_metadata):\n    context.configure(target_metadata=target_metadata)\n",
                "unknown: target_metadata",
            ),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn flask_migrate_is_known_by_its_extension() {
        assert!(read("target_db = current_app.extensions['migrate'].db\n").flask_migrate);
        assert!(read("x = current_app.extensions[\"migrate\"].db.metadata\n").flask_migrate);
        assert!(!read("# current_app.extensions['migrate']\n").flask_migrate);
    }

    #[test]
    fn alembic_s_context_is_found_however_it_is_imported() {
        for source in [
            "from alembic import context\n",
            "from alembic import op, context as c\n",
            "import alembic.context\n",
            "import alembic\nx = alembic.context.config\n",
            "try:\n    from alembic import context\nexcept ImportError: pass\n",
        ] {
            assert!(uses_alembic_context(source.as_bytes()), "{source}");
        }
        for source in
            ["# from alembic import context\n", "from alembic import op\ncontext = 1", "import context"]
        {
            assert!(!uses_alembic_context(source.as_bytes()), "{source}");
        }
    }
}
