//! What an `env.py` connects to, and whether it takes `sqlalchemy.url` of the configuration for it.

use super::values::{FLASK, Found, Here, Values};
use crate::ingest::TreePath;
use crate::source::models::is_project_code;
use crate::source::program::{
    Argument, Expression, ExpressionKind, Function, Node, Program, Statement, StatementKind,
};
use crate::source::{Environment, Flavour, Reach};
use crate::text::contains;

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
    let mut look = Look { values, path: &env_py.path, program, said: &mut said, connects: false };
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
    // Where one of several is a default, so are the others: something chooses.
    let is_default = said.found.iter().any(|found| found.is_default);
    said.found.iter_mut().for_each(|found| found.is_default = is_default);
    if environment.flavour == Flavour::FlaskMigrate && said.found.is_empty() {
        said.found = application_s(values, environment, reach);
    }
    said
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
        let named = |wanted: &str| {
            arguments.iter().find_map(|argument| match argument {
                Argument::Named(name, value) if &**name == wanted => Some(value),
                _ => None,
            })
        };
        match called.last_name() {
            Some("set_main_option" | "set_section_option") => {
                if values().any(|value| value.as_text() == Some(OPTION))
                    && let Some(value) = values().next_back()
                {
                    self.overridden(value, function, in_doubt);
                }
            }
            Some("create_engine" | "create_async_engine") => {
                self.connects = true;
                if let Some(value) = values().next() {
                    self.take(value, function);
                }
            }
            Some("configure") => {
                if let Some(value) = named("url") {
                    self.take(value, function);
                }
            }
            // An engine that comes from elsewhere.
            Some("connect" | "begin") => {
                if let ExpressionKind::Attribute(engine, _) = &called.kind {
                    let n_before = self.said.found.len();
                    self.take(engine, function);
                    self.connects |= self.said.found.len() > n_before;
                }
            }
            _ => {}
        }
    }

    fn overridden(&mut self, value: &Expression, function: Option<&Function>, in_doubt: bool) {
        let how = if in_doubt { Override::Perhaps } else { Override::Always };
        self.said.overrides = self.said.overrides.max(how);
        self.take(value, function);
    }

    fn take(&mut self, value: &Expression, function: Option<&Function>) {
        let here = Here { path: self.path, program: self.program, function };
        for found in self.values.databases(value, here) {
            if !self.said.found.contains(&found) {
                self.said.found.push(found);
            }
        }
    }
}
