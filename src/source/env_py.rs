//! What an `env.py` says, without running it.

use super::imports::{imports, imports_of};
use super::program::{Argument, Expression, ExpressionKind, Name, Node, Program, Statement, StatementKind};
use super::python::{Parsed, Parser, SyntaxFault};
use crate::ingest::TreePath;
use crate::text::{TextRange, contains, written};

/// One `env.py`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own about the file")]
pub struct EnvPy {
    /// Where it stands.
    pub path: TreePath,
    /// What autogenerate would compare with.
    pub target_metadata: TargetMetadata,
    /// Whether it follows Flask-Migrate's template.
    pub flask_migrate: bool,
    /// Whether it reads the ini file itself, for logging, and so fails where there is none.
    pub reads_ini: bool,
    /// Whether it calls `context.configure` itself.
    pub configures: bool,
    /// Whether a program hands it something through its configuration, and so may have imported anything before.
    pub is_driven: bool,
    /// Whether it says what autogenerate is to leave out.
    pub leaves_out: bool,
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
        Self::of(path, source, &Parser::new().read(source))
    }

    /// What an `env.py` says that is parsed already.
    pub fn of(path: &TreePath, source: &[u8], parsed: &Parsed) -> Self {
        let program = &parsed.program;
        Self {
            path: path.clone(),
            target_metadata: target_metadata(program, source),
            flask_migrate: any_expression(program, asks_flask_migrate),
            reads_ini: any_expression(program, calls_file_config),
            configures: any_expression(program, configures),
            is_driven: any_expression(program, asks_a_program),
            leaves_out: any_expression(program, leaves_out),
            syntax_faults: parsed.faults.clone(),
        }
    }
}

fn any_expression(program: &Program, is: impl Fn(&Expression) -> bool) -> bool {
    let mut found = false;
    program.walk(|node| {
        found |= matches!(node, Node::Expression(expression) if is(expression));
        !found
    });
    found
}

/// Whether `fileConfig` is called.
fn calls_file_config(expression: &Expression) -> bool {
    matches!(&expression.kind, ExpressionKind::Call { function, .. } if function.last_name() == Some("fileConfig"))
}

/// Whether `context.configure` is called.
fn configures(expression: &Expression) -> bool {
    matches!(&expression.kind, ExpressionKind::Call { function, .. }
        if function.is_dotted("context.configure") || function.is_dotted("alembic.context.configure"))
}

/// Whether something is taken from the configuration that no file puts there: `config.attributes["connection"]`, or an
/// attribute that Alembic's own `Config` does not have.
fn asks_a_program(expression: &Expression) -> bool {
    const OWN: [&str; 17] = [
        "cmd_opts",
        "config_args",
        "config_file_name",
        "config_ini_section",
        "file_config",
        "get_main_option",
        "get_section",
        "get_section_option",
        "get_template_directory",
        "messaging_opts",
        "print_stdout",
        "set_main_option",
        "set_section_option",
        "stdout",
        "toml_alembic_config",
        "toml_file_name",
        "get_alembic_option",
    ];
    matches!(&expression.kind, ExpressionKind::Attribute(object, name)
        if (object.is_dotted("config") || object.is_dotted("context.config"))
            && !OWN.contains(&&**name))
}

/// Whether `include_object` and its like are handed over.
fn leaves_out(expression: &Expression) -> bool {
    const NAMES: [&str; 3] = ["include_object", "include_name", "process_revision_directives"];
    matches!(&expression.kind, ExpressionKind::Call { arguments, .. } if arguments.iter().any(|argument| {
        matches!(argument, Argument::Named(name, _) if NAMES.contains(&&**name))
            || matches!(argument, Argument::Keywords(_))
    }))
}

/// Flask-Migrate's templates reach the database through `current_app.extensions['migrate']`.
fn asks_flask_migrate(expression: &Expression) -> bool {
    matches!(&expression.kind, ExpressionKind::Item(item)
        if item.0.is_dotted("current_app.extensions") && item.1.as_text() == Some("migrate"))
}

/// Whether a look at the bytes leaves it open that a module uses `alembic.context`.
pub(super) fn may_use_alembic_context(source: &[u8]) -> bool {
    contains(source, "alembic") && contains(source, "context")
}

/// Whether the module imports `alembic.context`, as every `env.py` does.
pub(super) fn uses_alembic_context(program: &Program) -> bool {
    let mut found = false;
    program.walk(|node| {
        found |= match node {
            Node::Statement(statement) => imports_of(statement).any(|import| {
                import.module == "alembic.context"
                    || (import.module == "alembic" && matches!(import.name, Some("context" | "*")))
            }),
            Node::Expression(expression) => expression.is_dotted("alembic.context"),
        };
        !found
    });
    found
}

/// How a module binds the name.
enum Binding<'p> {
    Value { value: &'p Expression, statement: TextRange },
    Import(TextRange),
    Unclear(TextRange),
}

fn target_metadata(program: &Program, source: &[u8]) -> TargetMetadata {
    let text = |range: TextRange| written(source, range);
    // What a value is; `None` or an expression.
    let said = |value: &Expression, statement: TextRange| match value.kind {
        ExpressionKind::None => TargetMetadata::None { value: value.range, statement },
        _ => TargetMetadata::Expression {
            text: text(value.range),
            value: value.range,
            imports: imports_for(program, &root_names(value)).into_iter().map(text).collect(),
        },
    };
    let bound = last_binding(program);
    let handed = handed_in(program);
    // A binding that no call uses is a left-over of the template.
    let handed_only =
        handed.iter().all(|handed| matches!(handed, Handed::Inline { value, .. } if !value.is_dotted(NAME)));
    match (bound, handed.last()) {
        (_, Some(Handed::Inline { value, statement })) if handed_only => match value.kind {
            ExpressionKind::Call { .. } => TargetMetadata::Unknown { range: Some(value.range) },
            _ => said(value, *statement),
        },
        (Some(Binding::Value { value, statement }), _) => said(value, statement),
        (Some(Binding::Import(statement)), _) => TargetMetadata::Expression {
            text: NAME.to_owned(),
            value: statement,
            imports: vec![text(statement)],
        },
        (Some(Binding::Unclear(range)), _) => TargetMetadata::Unknown { range: Some(range) },
        (None, Some(Handed::Inline { value, .. })) => TargetMetadata::Unknown { range: Some(value.range) },
        (None, Some(Handed::Splat(range))) => TargetMetadata::Unknown { range: Some(*range) },
        (None, None) => TargetMetadata::Absent,
    }
}

/// The last statement at module level that binds the name.
fn last_binding(program: &Program) -> Option<Binding<'_>> {
    let mut last = None;
    for statement in &program.body {
        let range = statement.range;
        let binding = match &statement.kind {
            StatementKind::Assign { targets, value } => assigned(targets, value, range),
            StatementKind::Augment { target, .. } => {
                target.is_dotted(NAME).then_some(Binding::Unclear(range))
            }
            StatementKind::Import(_) | StatementKind::From { .. } => {
                imports_of(statement).any(|import| import.bound == NAME).then_some(Binding::Import(range))
            }
            StatementKind::Function(_) | StatementKind::Class(_) => {
                declares_global(statement).then_some(Binding::Unclear(range))
            }
            _ => binds_inside(statement).then_some(Binding::Unclear(range)),
        };
        last = binding.or(last);
    }
    last
}

/// The binding that one assignment makes, chained ones included.
fn assigned<'p>(targets: &[Expression], value: &'p Expression, statement: TextRange) -> Option<Binding<'p>> {
    let mentions = |target: &Expression| {
        target.as_name().is_none() && target.bound_names().iter().any(|name| &***name == NAME)
    };
    if targets.iter().any(mentions) {
        return Some(Binding::Unclear(statement));
    }
    let is_plain = targets.iter().any(|target| target.is_dotted(NAME));
    is_plain.then_some(Binding::Value { value, statement })
}

/// Whether a compound statement may bind the name when it runs.
fn binds_inside(statement: &Statement) -> bool {
    let mut found = false;
    Node::Statement(statement).walk(|node| {
        if node.function().is_some()
            || matches!(node, Node::Statement(Statement { kind: StatementKind::Class(_), .. }))
        {
            return false;
        }
        let is_delete = matches!(node, Node::Statement(Statement { kind: StatementKind::Delete(_), .. }));
        found |= !is_delete && node.bound().iter().any(|name| &***name == NAME);
        !found
    });
    found
}

fn declares_global(definition: &Statement) -> bool {
    let mut found = false;
    Node::Statement(definition).walk(|node| {
        found |= matches!(node, Node::Statement(Statement { kind: StatementKind::Global(names), .. })
            if names.iter().any(|name| &**name == NAME));
        !found
    });
    found
}

/// What a call of `context.configure` is handed.
enum Handed<'p> {
    Inline { value: &'p Expression, statement: TextRange },
    Splat(TextRange),
}

fn handed_in(program: &Program) -> Vec<Handed<'_>> {
    let mut handed = Vec::new();
    program.walk(|node| {
        let Node::Expression(expression) = node else { return true };
        let Expression { range, kind: ExpressionKind::Call { arguments, .. } } = expression else {
            return true;
        };
        if configures(expression) {
            let value = Argument::named(arguments, NAME);
            let splat = arguments.iter().find(|argument| matches!(argument, Argument::Keywords(_)));
            match (value, splat) {
                (Some(value), _) => handed.push(Handed::Inline { value, statement: *range }),
                // The stars are said too.
                (None, Some(splat)) => {
                    let value = splat.value().range;
                    handed.push(Handed::Splat(TextRange::new(value.start().saturating_sub(2), value.end())));
                }
                (None, None) => {}
            }
        }
        true
    });
    handed
}

/// Every `None` that is handed to `context.configure` as metadata; nothing where a call is handed something else than these
/// and `target_metadata`.
pub(crate) fn nones_handed_in(program: &Program) -> Option<Vec<TextRange>> {
    let mut nones = Vec::new();
    for handed in handed_in(program) {
        match handed {
            Handed::Inline { value, .. } if value.kind == ExpressionKind::None => nones.push(value.range),
            Handed::Inline { value, .. } if value.is_dotted(NAME) => {}
            Handed::Inline { .. } | Handed::Splat(_) => return None,
        }
    }
    Some(nones)
}

/// The names that an expression reads: `db` for `db.metadata`.
pub(crate) fn root_names(expression: &Expression) -> Vec<Name> {
    let mut names: Vec<Name> = expression.names().into_iter().cloned().collect();
    names.sort();
    names.dedup();
    names
}

/// The import statements that bind the names, in order, each once.
fn imports_for(program: &Program, names: &[Name]) -> Vec<TextRange> {
    let mut statements: Vec<TextRange> = imports(program)
        .filter(|import| names.iter().any(|name| **name == *import.bound))
        .map(|import| import.statement)
        .collect();
    statements.dedup();
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

    fn uses_context(source: &str) -> bool {
        may_use_alembic_context(source.as_bytes())
            && uses_alembic_context(&Parser::new().read(source.as_bytes()).program)
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
            assert!(uses_context(source), "{source}");
        }
        for source in
            ["# from alembic import context\n", "from alembic import op\ncontext = 1", "import context"]
        {
            assert!(!uses_context(source), "{source}");
        }
    }
}
