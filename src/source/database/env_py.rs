//! What an `env.py` connects to, and whether it takes `sqlalchemy.url` of the configuration for it.

use super::SQLITE;
use super::values::{FLASK, Found, Here, Values};
use crate::ingest::TreePath;
use crate::source::models::is_project_code;
use crate::source::program::{
    Argument, Expression, ExpressionKind, Function, Node, Program, Statement, StatementKind,
};
use crate::source::{Environment, Flavour, Reach};
use crate::text::{TextRange, contains};

/// Whether an `env.py` puts another address in the place of the configuration's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Override {
    Never,
    /// Under a condition.
    Perhaps,
    Always,
}

/// What an `env.py` says of the address.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) overrides: Override,
    pub(super) found: Vec<Found>,
}

/// The option that holds the address.
const OPTION: &str = "sqlalchemy.url";

pub(super) fn read(values: &Values<'_>, environment: &Environment, reach: Option<&Reach>) -> Said {
    let mut said = Said { overrides: Override::Never, found: Vec::new() };
    let Some(env_py) = &environment.env_py else { return said };
    let Some(parsed) = values.files.parsed(&env_py.path) else { return said };
    let program = &parsed.program;
    let mut look =
        Look { values, path: &env_py.path, program, said: &mut said, connects: false, is_program: false };
    look.block(&program.body, None, false);
    let connects = look.connects;
    let mentions =
        |word: &str| values.files.tree().get(&env_py.path).is_some_and(|source| contains(source, word));
    let takes_option =
        mentions("engine_from_config") || mentions("get_main_option") || mentions("get_section");
    if environment.flavour == Flavour::FlaskMigrate && !mentions("engine_from_config") {
        said.overrides = Override::Always;
    } else if connects && !takes_option {
        said.overrides = said.overrides.max(Override::Always);
    } else if env_py.is_driven {
        said.overrides = said.overrides.max(Override::Perhaps);
    }
    // A program that runs Alembic sets the address before env.py asks for it; somebody may run Alembic without it.
    let programs = values.files.tree().under(environment.project()).filter(|(path, source)| {
        is_project_code(path) && contains(source, OPTION) && contains(source, "set_main_option")
    });
    let is_open = said.overrides != Override::Always;
    for (path, _) in programs.filter(|_| is_open) {
        let Some(parsed) = values.files.parsed(path) else { continue };
        let program = &parsed.program;
        Look { values, path, program, said: &mut said, connects: false, is_program: true }.block(
            &program.body,
            None,
            true,
        );
    }
    // Where one of several is a default, so are the others: something chooses.
    let is_default = said.found.iter().any(|found| found.is_default);
    said.found.iter_mut().for_each(|found| found.is_default = is_default);
    if environment.flavour == Flavour::FlaskMigrate && said.found.is_empty() {
        said.found = application_s(values, environment, reach);
    }
    for found in &mut said.found {
        let source = values.files.tree().get(&found.path).unwrap_or_default();
        found.is_aside |= found.name == SQLITE && is_for_tests(source, found.range);
    }
    // With one that is connected to, those of the offline mode and of tests do not count.
    if said.found.iter().all(|found| found.is_aside) {
        said.found.iter_mut().for_each(|found| found.is_aside = false);
    }
    said
}

/// Whether the line of an address says that it is for tests.
fn is_for_tests(source: &[u8], address: TextRange) -> bool {
    let (before, rest) = source.split_at(source.len().min(address.bounds().start));
    let begins = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let ends = rest.iter().position(|byte| *byte == b'\n').map_or(source.len(), |at| before.len() + at);
    let line = String::from_utf8_lossy(&source[begins..ends]).to_ascii_lowercase();
    let mut words = line.split(|c: char| !c.is_alphanumeric());
    words.any(|word| word.starts_with("test") || word.ends_with("pytest"))
}

/// The address that the application of a Flask project is given.
fn application_s(values: &Values<'_>, environment: &Environment, reach: Option<&Reach>) -> Vec<Found> {
    let names_it = |path: &&TreePath| {
        let source = values.files.tree().get(path);
        is_project_code(path) && source.is_some_and(|source| contains(source, FLASK))
    };
    let reached = reach.filter(|reach| reach.open.is_none());
    let paths: Vec<&TreePath> = match reached {
        Some(reach) => reach.modules().filter(names_it).collect(),
        None => {
            values.files.tree().under(environment.project()).map(|(path, _)| path).filter(names_it).collect()
        }
    };
    paths.into_iter().flat_map(|path| values.databases_of(FLASK, path)).collect()
}

struct Look<'a, 't> {
    values: &'a Values<'t>,
    path: &'a TreePath,
    program: &'a Program,
    said: &'a mut Said,
    /// Whether it makes or takes an engine of its own.
    connects: bool,
    /// Whether it is a program of the project, which may make engines for other ends.
    is_program: bool,
}

impl Look<'_, '_> {
    fn block(&mut self, block: &[Statement], function: Option<&Function>, in_doubt: bool) {
        for statement in block {
            match &statement.kind {
                StatementKind::If { arms, otherwise } => {
                    // Online or offline is no doubt about the address.
                    let is_mode = |condition: &Expression| {
                        matches!(&condition.kind, ExpressionKind::Call { function, .. }
                            if function.last_name() == Some("is_offline_mode"))
                    };
                    let in_doubt = in_doubt || !arms.iter().all(|(condition, _)| is_mode(condition));
                    arms.iter().for_each(|(_, block)| self.block(block, function, in_doubt));
                    self.block(otherwise, function, in_doubt);
                }
                StatementKind::Try(attempt) => {
                    self.block(&attempt.body, function, in_doubt);
                    attempt.handlers.iter().for_each(|handler| self.block(&handler.body, function, true));
                    self.block(&attempt.otherwise, function, in_doubt);
                    self.block(&attempt.finally, function, in_doubt);
                }
                StatementKind::With { items, body } => {
                    items.iter().for_each(|(value, _)| self.expression(value, function, in_doubt));
                    self.block(body, function, in_doubt);
                }
                StatementKind::Function(inner) => self.block(&inner.body, Some(inner), in_doubt),
                _ => {
                    if let StatementKind::Assign { targets, value } = &statement.kind
                        && targets.iter().any(|target| {
                            matches!(&target.kind, ExpressionKind::Item(item) if item.1.as_text() == Some(OPTION))
                        })
                    {
                        self.overridden(value, function, in_doubt);
                    }
                    for node in Node::Statement(statement).inner() {
                        match node {
                            Node::Expression(value) => self.expression(value, function, in_doubt),
                            Node::Statement(inner) => {
                                self.block(std::slice::from_ref(inner), function, in_doubt);
                            }
                        }
                    }
                }
            }
        }
    }

    fn expression(&mut self, expression: &Expression, function: Option<&Function>, in_doubt: bool) {
        let mut found: Vec<&Expression> = Vec::new();
        Node::Expression(expression).walk(|node| {
            if let Node::Expression(inner) = node {
                found.push(inner);
            }
            true
        });
        for inner in found {
            match &inner.kind {
                ExpressionKind::Dict(pairs) => {
                    let is_option =
                        |key: &Option<Expression>| key.as_ref().and_then(Expression::as_text) == Some(OPTION);
                    for (_, value) in pairs.iter().filter(|(key, _)| is_option(key)) {
                        self.overridden(value, function, in_doubt);
                    }
                }
                ExpressionKind::Call { function: called, arguments } => {
                    self.call(called, arguments, function, in_doubt);
                }
                _ => {}
            }
        }
    }

    fn call(
        &mut self,
        called: &Expression,
        arguments: &[Argument],
        function: Option<&Function>,
        in_doubt: bool,
    ) {
        let values = || arguments.iter().map(Argument::value);
        let named = |wanted: &str| Argument::named(arguments, wanted);
        match called.last_name() {
            Some("set_main_option" | "set_section_option") => {
                if values().any(|value| value.as_text() == Some(OPTION))
                    && let Some(value) = values().next_back()
                {
                    self.overridden(value, function, in_doubt);
                }
            }
            _ if self.is_program => {}
            Some("create_engine" | "create_async_engine") => {
                self.connects = true;
                if let Some(value) = values().next() {
                    self.take(value, function, false);
                }
            }
            Some("configure") => {
                // Without a connection: the SQL is only written out.
                if let Some(value) = named("url") {
                    self.take(value, function, true);
                }
            }
            // An engine that comes from elsewhere.
            Some("connect" | "begin") => {
                if let ExpressionKind::Attribute(engine, _) = &called.kind {
                    let n_before = self.said.found.len();
                    self.take(engine, function, false);
                    self.connects |= self.said.found.len() > n_before;
                }
            }
            _ => {}
        }
    }

    fn overridden(&mut self, value: &Expression, function: Option<&Function>, in_doubt: bool) {
        let in_doubt = in_doubt || self.falls_back(value);
        let how = if in_doubt { Override::Perhaps } else { Override::Always };
        self.said.overrides = self.said.overrides.max(how);
        self.take(value, function, false);
    }

    /// Whether a value may be the configuration's own address again, as far as the file itself tells.
    fn falls_back(&self, value: &Expression) -> bool {
        let mut open = vec![Node::Expression(value)];
        let mut seen: Vec<&str> = Vec::new();
        while let Some(node) = open.pop() {
            let mut names: Vec<&str> = Vec::new();
            let mut found = false;
            node.walk(|inner| {
                if let Node::Expression(Expression {
                    kind: ExpressionKind::Call { function, arguments },
                    ..
                }) = inner
                {
                    let is_option = |argument: &Argument| argument.value().as_text() == Some(OPTION);
                    found |=
                        function.last_name() == Some("get_main_option") && arguments.iter().any(is_option);
                }
                names.extend(inner.name().map(|name| &**name));
                !found
            });
            if found {
                return true;
            }
            names.retain(|name| !seen.contains(name));
            for name in names {
                seen.push(name);
                self.program.walk(|inner| {
                    if let Node::Statement(Statement {
                        kind: StatementKind::Assign { targets, value }, ..
                    }) = inner
                        && targets.iter().any(|target| target.is_dotted(name))
                    {
                        open.push(Node::Expression(value));
                    }
                    true
                });
                let function = self.program.function(name).into_iter();
                open.extend(function.flat_map(|function| &function.body).map(Node::Statement));
            }
        }
        false
    }

    fn take(&mut self, value: &Expression, function: Option<&Function>, is_aside: bool) {
        let here = Here { path: self.path, program: self.program, function };
        for mut found in self.values.databases(value, here) {
            found.is_default |= self.is_program;
            found.is_aside |= is_aside;
            let is_it = |own: &&mut Found| Found { is_aside: found.is_aside, ..(**own).clone() } == found;
            match self.said.found.iter_mut().find(is_it) {
                Some(own) => own.is_aside &= found.is_aside,
                None => self.said.found.push(found),
            }
        }
    }
}
