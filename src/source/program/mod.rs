//! A migration's statements as a tree of its own, so that later rooms can follow them without the parser.
//!
//! Only the forms that migrations use have a shape here; everything else is [`ExpressionKind::Other`] or
//! [`StatementKind::Other`], which whoever follows the program must take for anything. Every node carries its bytes.

mod expressions;
mod statements;

use std::sync::Arc;

use super::python::Module;
use crate::text::TextRange;

/// Deeper nesting than this, which nobody writes, is not followed.
const DEEPEST: usize = 60;

/// A module: its statements in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// The statements at the top level.
    pub body: Vec<Statement>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes.
    pub range: TextRange,
    /// What it does.
    pub kind: StatementKind,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// An expression on its own.
    Expression(Expression),
    /// `a = b = value`; `a: T = value` too.
    Assign {
        /// What is bound, each to the same value.
        targets: Vec<Expression>,
        /// The value.
        value: Expression,
    },
    /// `a += value`.
    Augment {
        /// What is changed.
        target: Expression,
        /// The operator without `=`.
        operator: Operator,
        /// The value.
        value: Expression,
    },
    /// `if … elif … else …`.
    If {
        /// Conditions, each with its block.
        arms: Vec<(Expression, Vec<Statement>)>,
        /// The block of `else`.
        otherwise: Vec<Statement>,
    },
    /// `for … in …`.
    For {
        /// What is bound.
        target: Expression,
        /// What is gone through.
        over: Expression,
        /// The block.
        body: Vec<Statement>,
        /// The block of `else`.
        otherwise: Vec<Statement>,
    },
    /// `while …`.
    While {
        /// The condition.
        condition: Expression,
        /// The block.
        body: Vec<Statement>,
    },
    /// `try …`.
    Try {
        /// The block.
        body: Vec<Statement>,
        /// Each `except`: the classes, the name that is bound, the block.
        handlers: Vec<Handler>,
        /// The block of `else`.
        otherwise: Vec<Statement>,
        /// The block of `finally`.
        finally: Vec<Statement>,
    },
    /// `with …`.
    With {
        /// Each value, and what it is bound to.
        items: Vec<(Expression, Option<Expression>)>,
        /// The block.
        body: Vec<Statement>,
    },
    /// `def …`.
    Function(Arc<Function>),
    /// `class …`.
    Class {
        /// Its name.
        name: Box<str>,
        /// Its bases.
        bases: Vec<Expression>,
        /// Its statements.
        body: Vec<Statement>,
    },
    /// `return …`.
    Return(Option<Expression>),
    /// `raise …`.
    Raise(Option<Expression>),
    /// `import a.b as c`: the module, and the name that is bound.
    Import(Vec<(Box<str>, Box<str>)>),
    /// `from a import b as c`.
    From {
        /// The module, with the dots of a relative import.
        module: Box<str>,
        /// Each name there, and the name that is bound; `*` for all of them.
        names: Vec<(Box<str>, Box<str>)>,
    },
    /// `del …`.
    Delete(Vec<Expression>),
    /// `global …`.
    Global(Vec<Box<str>>),
    /// `nonlocal …`.
    Nonlocal(Vec<Box<str>>),
    /// `assert …`.
    Assert(Expression),
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// Anything else.
    Other,
}

/// `except classes as name: body`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// What is caught; everything, where nothing is named.
    pub classes: Option<Expression>,
    /// The name that is bound.
    pub name: Option<Box<str>>,
    /// The block.
    pub body: Vec<Statement>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name; empty for a lambda.
    pub name: Box<str>,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
    /// Its statements; a lambda returns its expression.
    pub body: Vec<Statement>,
    /// The decorators.
    pub decorators: Vec<Expression>,
    /// Whether it yields.
    pub is_generator: bool,
    /// Its bytes.
    pub range: TextRange,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// What it takes.
    pub kind: ParameterKind,
    /// Its default.
    pub default: Option<Expression>,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A value, by place or name.
    Plain,
    /// A value, by name only.
    Named,
    /// `*args`.
    Rest,
    /// `**kw`.
    Keywords,
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// Its bytes.
    pub range: TextRange,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpressionKind {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point, as written.
    Float(Box<str>),
    /// A text.
    Text(Arc<str>),
    /// `b'…'`, whatever it holds.
    Bytes,
    /// A name.
    Name(Box<str>),
    /// `object.name`.
    Attribute(Box<Expression>, Box<str>),
    /// `value[index]`; nothing for a slice or several indexes.
    Item(Box<Expression>, Option<Box<Expression>>),
    /// A call.
    Call {
        /// What is called.
        function: Box<Expression>,
        /// Its arguments in order.
        arguments: Vec<Argument>,
    },
    /// `[…]`.
    List(Vec<Expression>),
    /// `(…)`.
    Tuple(Vec<Expression>),
    /// `{…}`.
    Set(Vec<Expression>),
    /// `{…: …}`; a value without a key is unpacked.
    Dict(Vec<(Option<Expression>, Expression)>),
    /// `*value`, in a list or among targets.
    Star(Box<Expression>),
    /// An f-string, or several strings of which one is one.
    Format(Vec<Piece>),
    /// `a + b` and the like.
    Binary(Box<Expression>, Operator, Box<Expression>),
    /// `a and b`.
    And(Box<Expression>, Box<Expression>),
    /// `a or b`.
    Or(Box<Expression>, Box<Expression>),
    /// `not a`.
    Not(Box<Expression>),
    /// `-a`.
    Minus(Box<Expression>),
    /// `a < b <= c`.
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    /// `a if condition else b`.
    Choice {
        /// The condition.
        condition: Box<Expression>,
        /// The value where it holds.
        then: Box<Expression>,
        /// The value where it does not.
        otherwise: Box<Expression>,
    },
    /// `[a for b in c if d]`, and the same for sets, dicts and generators.
    Comprehension {
        /// What it makes.
        kind: ComprehensionKind,
        /// The element, or the key.
        element: Box<Expression>,
        /// The value of a key.
        value: Option<Box<Expression>>,
        /// The clauses in order.
        clauses: Vec<Clause>,
    },
    /// `lambda …: …`.
    Lambda(Arc<Function>),
    /// `yield value`.
    Yield(Option<Box<Expression>>),
    /// `name := value`.
    Walrus(Box<str>, Box<Expression>),
    /// Anything else.
    Other,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// By place.
    Positional(Expression),
    /// By name.
    Named(Box<str>, Expression),
    /// `*values`.
    Rest(Expression),
    /// `**values`.
    Keywords(Expression),
}

/// A piece of an f-string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Text(Box<str>),
    /// `{value}`.
    Value(Expression),
    /// `{value!r}` or `{value:format}`.
    Formatted(Expression),
}

/// A clause of a comprehension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    /// `for target in over`.
    For(Expression, Expression),
    /// `if condition`.
    If(Expression),
}

/// What a comprehension makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComprehensionKind {
    /// A list.
    List,
    /// A set.
    Set,
    /// A dict.
    Dict,
    /// A generator.
    Generator,
}

/// An operator of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `%`.
    Modulo,
    /// `/`.
    Divide,
    /// `|`.
    Or,
    /// `&`.
    And,
    /// Another.
    Other,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `is`.
    Is,
    /// `is not`.
    IsNot,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

impl Program {
    /// The program of a module.
    pub(super) fn of(module: &Module<'_>) -> Self {
        Self { body: statements::block(module.root(), 0) }
    }

    /// Reads a file of its own, such as `env.py`.
    pub fn read(source: &[u8]) -> Self {
        Self::of(&Module::parse(source))
    }

    /// The functions at the top level.
    pub fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.body.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Function(function) => Some(function),
            _ => None,
        })
    }

    /// The function of that name at the top level; the last, where there are several.
    pub fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.body.iter().rev().find_map(|statement| match &statement.kind {
            StatementKind::Function(function) if &*function.name == name => Some(function),
            _ => None,
        })
    }
}
