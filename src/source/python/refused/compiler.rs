//! What Python's compiler refuses after parsing: statements outside of what they belong to, names declared too late.

use std::collections::BTreeSet;

use super::{Closed, First, SyntaxFault};
use crate::source::program::{Expression, ExpressionKind, Function, Name, Node, Statement, StatementKind};
use crate::source::python::grammar::Kind;
use crate::source::python::literals::has_prefix;
use crate::source::python::made::{Made, Marks, What};

/// What a statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::python) enum Frame {
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

/// The frames around the place where the walk is, and what was refused so far.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    /// Each with whether something in it yields.
    frames: Vec<(Frame, bool)>,
    first: First,
    /// How many statements of the module are behind.
    n_statements: usize,
    /// Whether something stands behind that no import from `__future__` may follow.
    is_past_futures: bool,
    /// Whether there is a `global` statement.
    pub(super) has_global: bool,
}

impl Scopes {
    pub(super) fn open(&mut self, frame: Frame) {
        self.frames.push((frame, false));
    }

    pub(super) fn close(&mut self) -> bool {
        self.frames.pop().is_some_and(|(_, yields)| yields)
    }

    fn nearest(&self, wanted: impl Fn(Frame) -> bool) -> Option<Frame> {
        self.frames.iter().rev().map(|&(frame, _)| frame).find(|&frame| wanted(frame))
    }

    /// Judges where a node stands, in the frames around it.
    pub(super) fn misplaced(&mut self, node: &Closed<'_>) {
        let what = self.why_misplaced(node);
        self.first.add(node.range, what);
    }

    fn why_misplaced(&mut self, node: &Closed<'_>) -> Option<String> {
        match node.kind {
            Kind::ReturnStatement => match self.nearest(|frame| frame.is_scope() || frame == Frame::Group) {
                Some(Frame::Function { .. }) => None,
                Some(Frame::Group) => Some("`return` cannot stand in an `except*` block".to_owned()),
                _ => Some("`return` outside of a function".to_owned()),
            },
            Kind::BreakStatement | Kind::ContinueStatement => {
                let word = if node.kind == Kind::BreakStatement { "break" } else { "continue" };
                match self.nearest(|frame| frame.is_scope() || matches!(frame, Frame::Loop | Frame::Group)) {
                    Some(Frame::Loop) => None,
                    Some(Frame::Group) => Some(format!("`{word}` cannot stand in an `except*` block")),
                    _ => Some(format!("`{word}` outside of a loop")),
                }
            }
            Kind::Yield => {
                if let Some((_, yields)) = self.frames.iter_mut().rfind(|(frame, _)| frame.is_scope()) {
                    *yields = true;
                }
                match self.nearest(|frame| frame.is_scope() || frame == Frame::Element) {
                    Some(Frame::Function { is_async: true }) if node.marks.has(Marks::FROM) => {
                        Some("`yield from` in an async function".to_owned())
                    }
                    Some(Frame::Function { .. } | Frame::Lambda) => None,
                    Some(Frame::Element) => Some("`yield` in a comprehension".to_owned()),
                    _ => Some("`yield` outside of a function".to_owned()),
                }
            }
            Kind::Await | Kind::WithStatement | Kind::ForStatement | Kind::ForInClause => {
                if node.kind != Kind::Await && !node.marks.has(Marks::ASYNC) {
                    return None;
                }
                match self.nearest(|frame| frame.is_scope() || frame == Frame::Generator) {
                    Some(Frame::Function { is_async: true } | Frame::Generator) => None,
                    _ => Some("`await` and `async` belong into an async function".to_owned()),
                }
            }
            Kind::WildcardImport => {
                self.nearest(Frame::is_scope).map(|_| "`import *` is for the top of a module only".to_owned())
            }
            Kind::NonlocalStatement => {
                let n_functions = self.frames.iter().filter(|(frame, _)| frame.is_function()).count();
                let own = self.nearest(Frame::is_scope).is_some_and(Frame::is_function);
                let is_cell = |made: &Made| matches!(&made.what, What::Expression(ExpressionKind::Name(name)) if &**name == "__class__");
                let is_class_cell = self.frames.iter().any(|&(frame, _)| frame == Frame::Class)
                    && node.inner.iter().any(is_cell);
                (n_functions <= usize::from(own) && !is_class_cell).then(|| {
                    "there is no function around this one, of which a name could be `nonlocal`".to_owned()
                })
            }
            Kind::GlobalStatement => {
                self.has_global = true;
                None
            }
            Kind::FutureImportStatement => self.future(node),
            Kind::Parameters | Kind::LambdaParameters => named_twice(node),
            _ => None,
        }
    }

    fn future(&self, node: &Closed<'_>) -> Option<String> {
        if self.is_past_futures || node.around != Some(Kind::Module) {
            return Some("imports from `__future__` must be the first".to_owned());
        }
        let unknown = node.inner.iter().find_map(|made| match &made.what {
            What::Dotted(name) | What::Alias(name, _) if !FUTURES.contains(&&**name) => Some(name),
            _ => None,
        });
        Some(format!("`{}` is no future of Python", unknown?))
    }

    /// A statement of the module is behind.
    pub(super) fn after_statement(&mut self, node: &Closed<'_>, source: &[u8]) {
        let is_docstring = self.n_statements == 0
            && node.kind == Kind::ExpressionStatement
            && matches!(node.inner, [only] if is_text(only, source));
        self.n_statements += 1;
        self.is_past_futures |= !is_docstring && node.kind != Kind::FutureImportStatement;
    }

    /// The first place that is refused.
    pub(super) fn first(&mut self, body: &[Statement]) -> Option<SyntaxFault> {
        if self.has_global {
            declared_late(body, &mut self.first);
        }
        self.first.0.take()
    }
}

/// Whether it is a text, of which a character's name may be not known here.
fn is_text(made: &Made, source: &[u8]) -> bool {
    let is_plain = !has_prefix(made.range.slice(source), b"fbt");
    matches!(&made.what, What::Expression(ExpressionKind::Text(_)))
        || matches!(made.kind, Kind::String | Kind::ConcatenatedString) && is_plain
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

/// Parameters of the same name.
fn named_twice(node: &Closed<'_>) -> Option<String> {
    let mut names = BTreeSet::new();
    let name = |made: &'_ Made| -> Option<Name> {
        match &made.what {
            What::Parameter(parameter) => Some(parameter.name.clone()),
            What::Expression(ExpressionKind::Name(name)) => Some(name.clone()),
            What::Expression(ExpressionKind::Star(value)) => value.as_name().cloned(),
            What::Keywords(value) => value.as_name().cloned(),
            _ => None,
        }
    };
    let twice = node.inner.iter().filter_map(name).find(|name| !names.insert(name.clone()))?;
    Some(format!("two parameters are called `{twice}`"))
}

/// `global x` below a use of `x`, or of a parameter, in the module's scope and in each of its own.
fn declared_late(body: &[Statement], first: &mut First) {
    let mut scopes: Vec<(&[Statement], Option<&Function>)> = vec![(body, None)];
    while let Some((body, function)) = scopes.pop() {
        let parameters = function.into_iter().flat_map(|function| &function.parameters);
        let mut used: BTreeSet<&Name> = parameters.map(|parameter| &parameter.name).collect();
        for statement in body {
            Node::Statement(statement).walk(|node| {
                match node {
                    Node::Expression(Expression { kind: ExpressionKind::Name(name), .. }) => {
                        used.insert(name);
                    }
                    Node::Statement(statement) => match &statement.kind {
                        StatementKind::Function(function) => {
                            used.insert(&function.name);
                            scopes.push((&function.body, Some(function)));
                            return false;
                        }
                        StatementKind::Class(class) => {
                            used.insert(&class.name);
                            scopes.push((&class.body, None));
                            return false;
                        }
                        StatementKind::Global(names) => {
                            let late = names.iter().find(|name| used.contains(name));
                            let what =
                                late.map(|name| format!("`{name}` is used before it is declared global"));
                            first.add(statement.range, what);
                        }
                        _ => {}
                    },
                    Node::Expression(Expression {
                        kind: ExpressionKind::Lambda(_) | ExpressionKind::Comprehension(_),
                        ..
                    }) => return false,
                    Node::Expression(_) => {}
                }
                true
            });
        }
    }
}
