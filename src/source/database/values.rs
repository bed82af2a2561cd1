//! How a value in `env.py` begins, where it is the address of a database: followed through names, functions, classes of
//! settings and modules of the project, to all that it may be.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::calls::{default_of_field, is_record, place_of_field};
use super::{SQLITE, named, names_asyncpg};
use crate::ingest::TreePath;
use crate::source::imports::imports_of;
use crate::source::models::is_project_code;
use crate::source::modules::Meant;
use crate::source::program::{
    Argument, Class, Expression, ExpressionKind, Function, Node, Operator, Piece, Program, Statement,
    StatementKind,
};
use crate::source::reach::{imported, inner};
use crate::source::{PythonFiles, top};
use crate::text::TextRange;

/// A database that a value may name, and where that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: &'static str,
    pub(super) path: TreePath,
    pub(super) range: TextRange,
    /// Whether something that is set elsewhere takes its place.
    pub(super) is_default: bool,
    /// Whether it is for SQL that is only written out, or for tests, and counts where there is no other.
    pub(super) is_aside: bool,
    /// Whether it names the driver asyncpg; nothing where something may have put another in its place.
    pub(super) by_asyncpg: Option<bool>,
}

/// How a text may begin.
#[derive(Debug, Clone)]
pub(super) struct Beginning {
    begins: String,
    /// Whether that is all of it.
    is_whole: bool,
    path: TreePath,
    range: TextRange,
    pub(super) is_default: bool,
    /// Whether its driver may have been replaced by another.
    may_have_other_driver: bool,
}

impl Beginning {
    /// The same, where something may have put another driver into it.
    fn with_other_driver(self, may_have: bool) -> Self {
        Self { may_have_other_driver: self.may_have_other_driver || may_have, ..self }
    }
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Here<'p> {
    pub(super) path: &'p TreePath,
    pub(super) program: &'p Program,
    /// The function around it.
    pub(super) function: Option<&'p Function>,
}

/// Follows values of the project's files.
pub(super) struct Values<'t> {
    pub(super) files: &'t PythonFiles<'t>,
    pub(super) first: &'t [String],
    /// How many more expressions are looked at.
    budget: Cell<u32>,
    /// What names of modules stand for, as far as somebody has asked; nothing while it is looked for.
    known: RefCell<HashMap<(String, TreePath), Vec<Beginning>>>,
}

/// The setting that Flask-SQLAlchemy reads the address from.
pub(super) const FLASK: &str = "SQLALCHEMY_DATABASE_URI";

/// Names that stand for one another further than this are not followed.
const DEEPEST: u8 = 16;
/// What is looked at of one project; what needs more was written to hurt.
const EXPRESSIONS: u32 = 20_000;

impl<'t> Values<'t> {
    pub(super) fn of(files: &'t PythonFiles<'t>, first: &'t [String]) -> Self {
        Self { files, first, budget: Cell::new(EXPRESSIONS), known: RefCell::default() }
    }

    /// The databases that the address may name.
    pub(super) fn databases(&self, value: &Expression, here: Here<'_>) -> Vec<Found> {
        self.begins(value, here, DEEPEST).into_iter().filter_map(found).collect()
    }

    /// The databases that something of this name in a module may name.
    pub(super) fn databases_of(&self, name: &str, path: &TreePath) -> Vec<Found> {
        self.defined(name, path, DEEPEST).into_iter().filter_map(found).collect()
    }

    /// Takes so much of what may be looked at; says whether it was there.
    pub(super) fn spend(&self, expressions: u32) -> bool {
        let left = self.budget.get().checked_sub(expressions);
        self.budget.set(left.unwrap_or_default());
        left.is_some()
    }

    pub(super) fn begins(&self, value: &Expression, here: Here<'_>, depth: u8) -> Vec<Beginning> {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(1)) else { return Vec::new() };
        let each = |values: &[&Expression], is_default: bool| -> Vec<Beginning> {
            let all = values.iter().flat_map(|value| self.begins(value, here, depth));
            all.map(|text| Beginning { is_default: text.is_default || is_default, ..text }).collect()
        };
        let written = |text: &str, is_whole: bool| Beginning {
            begins: text.to_owned(),
            is_whole,
            path: here.path.clone(),
            range: value.range,
            is_default: false,
            may_have_other_driver: false,
        };
        match &value.kind {
            ExpressionKind::Text(text) => vec![written(&text.value, true)],
            ExpressionKind::Format(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => vec![written(text, true)],
                    Piece::Value(value) => self.begins(value, here, depth),
                    Piece::Formatted(_) => Vec::new(),
                });
                joined(pieces)
            }
            ExpressionKind::Binary(first, rest) => {
                let added = rest.iter().take_while(|(operator, _)| *operator == Operator::Add);
                let operands = [&**first].into_iter().chain(added.map(|(_, operand)| operand));
                joined(operands.map(|operand| self.begins(operand, here, depth)))
            }
            ExpressionKind::Name(name) => self.name(name, here, depth),
            ExpressionKind::Attribute(object, name) => self.attribute(object, name, here, depth),
            ExpressionKind::Item(item) => match item.1.as_text() {
                Some(key) if item.0.last_name() != Some("environ") => {
                    self.attribute(&item.0, key, here, depth)
                }
                _ => Vec::new(),
            },
            ExpressionKind::Or(operands) => {
                let mut all = Vec::new();
                for (at, operand) in operands.iter().enumerate() {
                    all.extend(each(&[operand], at > 0));
                }
                all
            }
            ExpressionKind::And(operands) => each(&operands.iter().collect::<Vec<_>>(), false),
            ExpressionKind::Choice(choice) => each(&[&choice.then, &choice.otherwise], false),
            ExpressionKind::Walrus(_, value) => each(&[value], false),
            ExpressionKind::Lambda(function) => self.returned(function, here, depth),
            // `await f()`.
            ExpressionKind::Other(parts) if parts.len() == 1 => each(&[&parts[0]], false),
            ExpressionKind::Call { function, arguments } => self.call(function, arguments, here, depth),
            _ => Vec::new(),
        }
    }

    fn call(
        &self,
        function: &Expression,
        arguments: &[Argument],
        here: Here<'_>,
        depth: u8,
    ) -> Vec<Beginning> {
        let begins = |value: &Expression| self.begins(value, here, depth);
        let positional = |at: usize| match arguments.get(at) {
            Some(Argument::Positional(value)) => Some(value),
            _ => None,
        };
        let by_name = |wanted: &[&str]| {
            arguments.iter().find_map(|argument| match argument {
                Argument::Named(name, value) if wanted.contains(&&**name) => Some(value),
                _ => None,
            })
        };
        let name = function.last_name().unwrap_or_default();
        // `URL.create("postgresql", …)`, `PostgresDsn.build(scheme="postgresql", …)`.
        let scheme = by_name(&["drivername", "scheme"]).or_else(|| {
            positional(0)
                .filter(|_| name == "create" && function.dotted().is_some_and(|of| of.contains("URL")))
        });
        if let Some(scheme) = scheme {
            let whole = begins(scheme).into_iter().filter(|text| text.is_whole);
            // What follows it is not known: a file's name, or a server's.
            let begun = |text: Beginning| Beginning { begins: text.begins + "://", is_whole: false, ..text };
            return whole.map(begun).collect();
        }
        let default = by_name(&["default", "default_factory", "fallback", "cast_default"]);
        let as_default = |value: &Expression| -> Vec<Beginning> {
            begins(value).into_iter().map(|text| Beginning { is_default: true, ..text }).collect()
        };
        match &function.kind {
            // What a text or an address is made of keeps its beginning.
            ExpressionKind::Attribute(object, _) if KEEPS.contains(&name) => {
                let replaced = positional(0).zip(positional(1)).filter(|_| name == "replace");
                let replaced = replaced.and_then(|(old, new)| Some((old.as_text()?, new.as_text()?)));
                let texts = begins(object).into_iter();
                match replaced {
                    Some((old, new)) => texts
                        .map(|text| Beginning { begins: text.begins.replace(old, new), ..text })
                        .collect(),
                    None => {
                        // `url.set(drivername=name)`, `url.replace(old, new)`.
                        let other = matches!(name, "replace" | "set");
                        texts.map(|text| text.with_other_driver(other)).collect()
                    }
                }
            }
            // `environ.get(key, default)`, `config.get(key)`, `env("KEY", default=…)`.
            _ if default.is_some() => default.map(as_default).unwrap_or_default(),
            _ if READS.contains(&name) && positional(0).is_some_and(|key| named_key(key).is_some()) => {
                match (positional(1), &function.kind) {
                    (Some(value), _) => as_default(value),
                    (None, ExpressionKind::Attribute(object, _)) if object.last_name() != Some("environ") => {
                        let key = positional(0).and_then(named_key).unwrap_or_default();
                        self.attribute(object, key, here, depth)
                    }
                    _ => Vec::new(),
                }
            }
            _ if name == "Field" => positional(0).map(as_default).unwrap_or_default(),
            _ if TAKES.contains(&name) => {
                positional(0).or_else(|| by_name(&["url", "name_or_url"])).map(begins).unwrap_or_default()
            }
            _ => {
                let made = match &function.kind {
                    ExpressionKind::Name(name) => self.name(name, here, depth),
                    ExpressionKind::Attribute(object, name) => self.attribute(object, name, here, depth),
                    _ => Vec::new(),
                };
                // What is not here may give back what it was given.
                if made.is_empty() {
                    let given = positional(0).map(begins).unwrap_or_default().into_iter();
                    given.map(|text| text.with_other_driver(true)).collect()
                } else {
                    made
                }
            }
        }
    }

    /// What a name stands for: in the function around it, in its module, or where it is imported from.
    fn name(&self, name: &str, here: Here<'_>, depth: u8) -> Vec<Beginning> {
        if let Some(function) = here.function {
            let mut values: Vec<&Expression> = Vec::new();
            let mut imports = Vec::new();
            for statement in &function.body {
                Node::Statement(statement).walk(|node| {
                    values.extend(bound_to(node, name));
                    if let Node::Statement(statement) = node {
                        imports.extend(imports_of(statement).filter(|import| import.bound == name));
                    }
                    true
                });
            }
            let begun = |values: Vec<&Expression>| -> Vec<Beginning> {
                values.into_iter().flat_map(|value| self.begins(value, here, depth)).collect()
            };
            let mut found = begun(values);
            let own = function.parameters.iter().filter(|parameter| &*parameter.name == name);
            let default = begun(own.filter_map(|parameter| parameter.default.as_ref()).collect());
            match self.given_to_parameter(function, name, here, depth) {
                Some(given) if !given.is_never_called() => {
                    found.extend(given.or(default));
                    return found;
                }
                _ => found.extend(default),
            }
            for import in imports {
                if let Some(own) = import.name {
                    found.extend(self.in_module(import.module, own, here.path, depth));
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        self.defined_in(name, here.path, here.program, depth)
    }

    /// What `object.name` stands for: that name in the module where the object comes from, or in what that imports.
    fn attribute(&self, object: &Expression, name: &str, here: Here<'_>, depth: u8) -> Vec<Beginning> {
        if name == "environ" {
            return Vec::new();
        }
        let names = object.names();
        let Some(root) = names.first() else { return Vec::new() };
        let mut modules = Vec::new();
        here.program.walk(|node| {
            if let Node::Statement(statement) = node {
                for import in imports_of(statement).filter(|import| *import.bound == ***root) {
                    modules.extend(import.name.map(|own| inner(import.module, own)));
                    modules.push(import.module.to_owned());
                    // `import a.b` is used as `a.b.name`.
                    modules.extend(import.name.is_none().then(|| object.dotted()).flatten());
                }
            }
            true
        });
        if modules.is_empty() {
            return self.defined(name, here.path, depth);
        }
        let mut found = Vec::new();
        for module in modules {
            found.extend(self.in_module(&module, name, here.path, depth));
            if !found.is_empty() {
                break;
            }
        }
        found
    }

    fn in_module(&self, module: &str, name: &str, user: &TreePath, depth: u8) -> Vec<Beginning> {
        match imported(self.files, module, user, self.first) {
            Meant::File(path) => self.defined(name, path, depth),
            Meant::Elsewhere | Meant::NotKnown => Vec::new(),
        }
    }

    fn defined(&self, name: &str, path: &TreePath, depth: u8) -> Vec<Beginning> {
        let key = (name.to_owned(), path.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let Some(parsed) = self.files.parsed(path) else { return Vec::new() };
        self.known.borrow_mut().insert(key.clone(), Vec::new());
        let found = self.defined_in(name, path, &parsed.program, depth);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    /// What a module gives a name, at its top or in a class: assigned, handed over by that name, returned by a function or
    /// a validator of it; else what the modules give it that this one imports.
    fn defined_in(&self, name: &str, path: &TreePath, program: &Program, depth: u8) -> Vec<Beginning> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        let here = Here { path, program, function: None };
        let mut found = self.in_block(name, &program.body, here, None, depth);
        if !found.is_empty() {
            return found;
        }
        let mut handed_on = Vec::new();
        program.walk(|node| {
            if let Node::Statement(statement) = node {
                handed_on.extend(imports_of(statement));
            }
            true
        });
        if let Some(import) = handed_on.iter().find(|import| import.bound == name) {
            return import.name.map_or_else(Vec::new, |own| self.in_module(import.module, own, path, depth));
        }
        let mut seen = Vec::new();
        for import in handed_on {
            // A settings object comes from a module beside, whatever it is called.
            for module in [Some(import.module.to_owned()), import.name.map(|own| inner(import.module, own))] {
                let Some(module) = module.filter(|module| !seen.contains(module)) else { continue };
                if top(&module) != "typing" {
                    found.extend(self.in_module(&module, name, path, depth.saturating_sub(4)));
                }
                seen.push(module);
            }
            if !found.is_empty() {
                break;
            }
        }
        found
    }

    fn in_block(
        &self,
        name: &str,
        block: &[Statement],
        here: Here<'_>,
        class: Option<&Class>,
        depth: u8,
    ) -> Vec<Beginning> {
        let mut found = Vec::new();
        for statement in block {
            match &statement.kind {
                StatementKind::Class(inner) if inner.name.contains("Test") => {}
                StatementKind::Class(inner) => {
                    let own = self.in_block(name, &inner.body, here, Some(inner), depth);
                    // The constructor of a record takes its fields.
                    match place_of_field(inner, name).filter(|_| is_record(inner)) {
                        Some(place) => {
                            let given = self.given(&inner.name, name, Some(place), here.path, depth);
                            let is_made_elsewhere = given.is_never_called();
                            let as_made = |text: Beginning| Beginning {
                                is_default: text.is_default || is_made_elsewhere,
                                ..text
                            };
                            found.extend(given.or(own).into_iter().map(as_made));
                        }
                        None => found.extend(own),
                    }
                }
                StatementKind::Function(function) => {
                    let is_validator = |decorator: &Expression| {
                        matches!(&decorator.kind, ExpressionKind::Call { arguments, .. }
                            if arguments.iter().any(|argument| argument.value().as_text() == Some(name)))
                    };
                    if &*function.name == name || function.decorators.iter().any(is_validator) {
                        found.extend(self.returned(function, here, depth));
                    }
                    let inside = Here { function: Some(function), ..here };
                    for value in function.body.iter().flat_map(|inner| given_to(inner, name)) {
                        found.extend(self.begins(value, inside, depth));
                    }
                }
                _ => {
                    // Flask takes settings from modules and classes of them, and others after those.
                    let is_named = matches!(&statement.kind, StatementKind::Assign { targets, .. }
                        if targets.iter().any(|target| target.is_dotted(FLASK)));
                    let mut values = given_to(statement, name);
                    if class.is_some_and(is_record) {
                        values.iter_mut().for_each(|value| *value = default_of_field(value).unwrap_or(value));
                    }
                    let begun = values.into_iter().flat_map(|value| self.begins(value, here, depth));
                    let as_set =
                        |text: Beginning| Beginning { is_default: text.is_default || is_named, ..text };
                    found.extend(begun.map(as_set));
                    found.extend(self.annotated(statement, name, here.path));
                }
            }
        }
        // What a class of settings says is read from the environment first.
        let is_setting = class.is_some_and(|class| class.bases().any(is_settings));
        found.iter_mut().for_each(|text| text.is_default |= is_setting);
        found
    }

    /// What the type of a setting tells: `url: PostgresDsn`.
    fn annotated(&self, statement: &Statement, name: &str, path: &TreePath) -> Option<Beginning> {
        let target = match &statement.kind {
            StatementKind::Declare(target) => target,
            StatementKind::Assign { targets, .. } => targets.first()?,
            _ => return None,
        };
        let source = self.files.tree().get(path).filter(|_| target.is_dotted(name))?;
        let written = String::from_utf8_lossy(statement.range.slice(source)).into_owned();
        let (_, kind) = written.split_once(':')?;
        let kind = kind.split('=').next().unwrap_or_default();
        let scheme = [("PostgresDsn", "postgresql://"), ("MySQLDsn", "mysql://"), ("MariaDBDsn", "mysql://")];
        let (_, scheme) = scheme.into_iter().find(|(dsn, _)| kind.contains(dsn))?;
        Some(Beginning {
            begins: scheme.to_owned(),
            is_whole: false,
            path: path.clone(),
            range: statement.range,
            is_default: true,
            may_have_other_driver: true,
        })
    }

    /// What a function returns.
    fn returned(&self, function: &Function, here: Here<'_>, depth: u8) -> Vec<Beginning> {
        let here = Here { function: Some(function), ..here };
        let mut values = Vec::new();
        for statement in &function.body {
            Node::Statement(statement).walk(|node| {
                if let Node::Statement(Statement { kind: StatementKind::Return(Some(value)), .. }) = node {
                    values.push(&**value);
                }
                node.function().is_none()
            });
        }
        values.into_iter().flat_map(|value| self.begins(value, here, depth)).collect()
    }
}

/// Methods whose result begins as their object does.
const KEEPS: [&str; 13] = [
    "replace",
    "format",
    "strip",
    "rstrip",
    "lstrip",
    "render_as_string",
    "unicode_string",
    "get_secret_value",
    "set",
    "encode",
    "decode",
    "lower",
    "connect",
];

/// Functions that look a setting up by its name.
const READS: [&str; 8] = ["get", "getenv", "config", "env", "url", "str", "pop", "setdefault"];

/// Functions that are given the address first.
const TAKES: [&str; 9] = [
    "create_engine",
    "create_async_engine",
    "make_url",
    "URL",
    "str",
    "PostgresDsn",
    "MySQLDsn",
    "SecretStr",
    "Secret",
];

/// The name of a setting, where an expression is one.
fn named_key(expression: &Expression) -> Option<&str> {
    expression.as_text().filter(|text| !text.is_empty() && !text.contains([':', '/', ' ']))
}

fn is_settings(base: &Expression) -> bool {
    base.last_name().is_some_and(|name| name.ends_with("Settings"))
}

/// The values that a statement binds to a name.
fn bound_to<'p>(node: Node<'p>, name: &str) -> Option<&'p Expression> {
    match node {
        Node::Statement(Statement { kind: StatementKind::Assign { targets, value }, .. })
            if targets.iter().any(|target| target.is_dotted(name)) =>
        {
            Some(value)
        }
        Node::Expression(Expression { kind: ExpressionKind::Walrus(bound, value), .. })
            if **bound == *name =>
        {
            Some(value)
        }
        _ => None,
    }
}

/// The values that a statement gives a name: `name = …`, `object.name = …`, `object["name"] = …`, `f(name=…)` and
/// `{"name": …}`; not those in functions and classes in it.
pub(in crate::source) fn given_to<'p>(statement: &'p Statement, name: &str) -> Vec<&'p Expression> {
    let mut values = Vec::new();
    let is_meant = |target: &Expression| match &target.kind {
        ExpressionKind::Name(own) | ExpressionKind::Attribute(_, own) => **own == *name,
        ExpressionKind::Item(item) => item.1.as_text() == Some(name),
        _ => false,
    };
    Node::Statement(statement).walk(|node| {
        match node {
            Node::Statement(Statement { kind: StatementKind::Assign { targets, value }, .. })
                if targets.iter().any(is_meant) =>
            {
                values.push(&**value);
            }
            Node::Expression(Expression { kind: ExpressionKind::Call { arguments, .. }, .. }) => {
                values.extend(arguments.iter().filter_map(|argument| match argument {
                    Argument::Named(own, value) if **own == *name => Some(value),
                    _ => None,
                }));
            }
            Node::Expression(Expression { kind: ExpressionKind::Dict(pairs), .. }) => {
                let is_key =
                    |key: &Option<Expression>| key.as_ref().and_then(Expression::as_text) == Some(name);
                values.extend(pairs.iter().filter(|(key, _)| is_key(key)).map(|(_, value)| value));
            }
            _ => {}
        }
        let is_class = matches!(node, Node::Statement(Statement { kind: StatementKind::Class(_), .. }));
        !is_class && node.function().is_none()
    });
    values
}

/// Pieces of a text one after the other, as far as they tell how it begins.
fn joined(pieces: impl Iterator<Item = Vec<Beginning>>) -> Vec<Beginning> {
    let mut texts: Option<Vec<Beginning>> = None;
    for piece in pieces {
        let Some(begun) = &mut texts else {
            texts = Some(piece);
            continue;
        };
        let is_enough = begun.iter().all(|text| !text.is_whole || text.begins.contains("://"));
        if is_enough {
            begun.iter_mut().for_each(|text| text.is_whole = false);
            break;
        }
        match piece.as_slice() {
            [more] => {
                for text in begun.iter_mut().filter(|text| text.is_whole) {
                    text.begins.push_str(&more.begins);
                    text.is_whole = more.is_whole;
                }
            }
            _ => begun.iter_mut().for_each(|text| text.is_whole = false),
        }
    }
    texts.unwrap_or_default()
}

fn found(text: Beginning) -> Option<Found> {
    // An address in tests is no address of the project.
    let by_asyncpg = (!text.may_have_other_driver).then(|| names_asyncpg(&text.begins));
    let Beginning { begins, is_whole, path, range, is_default, .. } = text;
    let name = named(&begins).filter(|_| path.file_name() == "env.py" || is_project_code(&path))?;
    // What is in memory alone is there for tests.
    let is_bare = is_whole && begins.trim_end().trim_end_matches('/').ends_with(':');
    let is_aside = name == SQLITE && (is_bare || begins.contains(":memory:"));
    Some(Found { name, path, range, is_default, is_aside, by_asyncpg })
}
