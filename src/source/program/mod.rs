//! A Python file's statements as a tree of its own: what everybody reads once the parser is done.
//!
//! Only the forms that migrations use have a shape here; everything else is [`ExpressionKind::Other`] or
//! [`StatementKind::Other`], which whoever follows the program must take for anything, and which hold what is in them.
//! Every node carries its bytes. Nothing is deeper than [`DEEPEST`]: who goes through it may do so by recursion.

mod walk;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::walk::Node;
use crate::text::TextRange;

/// Deeper expressions than this, which nobody writes, are [`ExpressionKind::Other`] with what is in them side by side;
/// blocks are no deeper than Python allows.
pub const DEEPEST: usize = 60;

/// A name as it is written: the same for all places of a file that have it, and for all files read together.
pub type Name = Arc<str>;

/// A module: its statements in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Program {
    /// The statements at the top level.
    pub body: Vec<Statement>,
    /// Whether there is a `global` statement.
    pub has_global: bool,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its bytes.
    pub range: TextRange,
    /// What it does.
    pub kind: StatementKind,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatementKind {
    /// An expression on its own.
    Expression(Expression),
    /// `a = b = value`; `a: T = value` too.
    Assign {
        /// What is bound, each to the same value.
        targets: Vec<Expression>,
        /// The value.
        value: Box<Expression>,
    },
    /// `a: T`, which binds nothing.
    Declare(Box<Expression>),
    /// `a += value`.
    Augment {
        /// What is changed.
        target: Box<Expression>,
        /// The operator without `=`.
        operator: Operator,
        /// The value.
        value: Box<Expression>,
    },
    /// `if … elif … else …`.
    If {
        /// Conditions, each with its block.
        arms: Vec<(Expression, Vec<Statement>)>,
        /// The block of `else`.
        otherwise: Vec<Statement>,
    },
    /// `for … in …`.
    For(Box<For>),
    /// `while …`.
    While(Box<While>),
    /// `try …`.
    Try(Box<Try>),
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
    Class(Box<Class>),
    /// `return …`.
    Return(Option<Box<Expression>>),
    /// `raise …`.
    Raise(Option<Box<Expression>>),
    /// `import a.b as c`: the module, and the name that is bound.
    Import(Vec<(Name, Name)>),
    /// `from a import b as c`.
    From {
        /// The module, with the dots of a relative import.
        module: Name,
        /// Each name there, and the name that is bound; `*` for all of them.
        names: Vec<(Name, Name)>,
    },
    /// `del …`.
    Delete(Vec<Expression>),
    /// `global …`.
    Global(Vec<Name>),
    /// `nonlocal …`.
    Nonlocal(Vec<Name>),
    /// `assert …`.
    Assert(Box<Expression>),
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// Anything else, such as `match` and what does not parse.
    Other(Box<Parts>),
}

/// What is in a statement that has no shape of its own here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parts {
    /// What it binds itself, as targets.
    pub targets: Vec<Expression>,
    /// The expressions in it.
    pub expressions: Vec<Expression>,
    /// The statements in it.
    pub body: Vec<Statement>,
}

/// `for target in over: body`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct For {
    /// What is bound.
    pub target: Expression,
    /// What is gone through.
    pub over: Expression,
    /// The block.
    pub body: Vec<Statement>,
    /// The block of `else`.
    pub otherwise: Vec<Statement>,
}

/// `while condition: body`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct While {
    /// The condition.
    pub condition: Expression,
    /// The block.
    pub body: Vec<Statement>,
    /// The block of `else`.
    pub otherwise: Vec<Statement>,
}

/// `try: body`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Try {
    /// The block.
    pub body: Vec<Statement>,
    /// Each `except`.
    pub handlers: Vec<Handler>,
    /// The block of `else`.
    pub otherwise: Vec<Statement>,
    /// The block of `finally`.
    pub finally: Vec<Statement>,
}

/// `except classes as name: body`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// What is caught; everything, where nothing is named.
    pub classes: Option<Expression>,
    /// The name that is bound.
    pub name: Option<Name>,
    /// The block.
    pub body: Vec<Statement>,
}

/// `class name(arguments): body`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// Its bases, and what its metaclass is told.
    pub arguments: Vec<Argument>,
    /// Its statements.
    pub body: Vec<Statement>,
    /// The decorators.
    pub decorators: Vec<Expression>,
}

impl Class {
    /// Its bases.
    pub fn bases(&self) -> impl Iterator<Item = &Expression> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Positional(base) => Some(base),
            Argument::Named(..) | Argument::Rest(_) | Argument::Keywords(_) => None,
        })
    }
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name; empty for a lambda.
    pub name: Name,
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

impl Function {
    /// The bytes of `def name`.
    pub fn head(&self) -> TextRange {
        let start = self.range.start();
        let length = "def ".len() + self.name.len();
        TextRange::new(start, self.range.end().min(start + length as u32))
    }
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// What it takes.
    pub kind: ParameterKind,
    /// Its default.
    pub default: Option<Expression>,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// Its bytes, parentheses included.
    pub range: TextRange,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpressionKind {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point, as written.
    Float(Name),
    /// `...`.
    Ellipsis,
    /// A text.
    Text(Box<Text>),
    /// `b'…'`; nothing where it has escapes.
    Bytes(Option<Box<[u8]>>),
    /// A name.
    Name(Name),
    /// `object.name`.
    Attribute(Box<Expression>, Name),
    /// `value[index]`; several indexes are a tuple.
    Item(Box<(Expression, Expression)>),
    /// `start:end`, as an index; one with a step is [`ExpressionKind::Other`].
    Slice(Box<(Option<Expression>, Option<Expression>)>),
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
    /// `a + b - c` and the like: what is worked out from left to right.
    Binary(Box<Expression>, Vec<(Operator, Expression)>),
    /// `a and b and c`.
    And(Vec<Expression>),
    /// `a or b or c`.
    Or(Vec<Expression>),
    /// `not a`, `-a` and the like.
    Unary(Unary, Box<Expression>),
    /// `a < b <= c`.
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    /// `a if condition else b`.
    Choice(Box<Choice>),
    /// `[a for b in c if d]`, and the same for sets, dicts and generators.
    Comprehension(Box<Comprehension>),
    /// `lambda …: …`.
    Lambda(Arc<Function>),
    /// `yield value`.
    Yield(Option<Box<Expression>>),
    /// `yield from value`.
    YieldFrom(Box<Expression>),
    /// `name := value`.
    Walrus(Name, Box<Expression>),
    /// Anything else, and what is in it.
    Other(Vec<Expression>),
}

/// A string literal of one piece or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Its value.
    pub value: Name,
    /// Its bytes, quotes included and parentheses not; from the first piece to the last.
    pub range: TextRange,
    /// Its first quote character, `'` or `"`.
    pub quote: char,
    /// Whether it is of several pieces.
    pub is_joined: bool,
}

/// `then if condition else otherwise`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The value where the condition holds.
    pub then: Expression,
    /// The condition.
    pub condition: Expression,
    /// The value where it does not.
    pub otherwise: Expression,
}

/// A comprehension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comprehension {
    /// What it makes.
    pub kind: ComprehensionKind,
    /// The element, or the key.
    pub element: Expression,
    /// The value of a key.
    pub value: Option<Expression>,
    /// The clauses in order.
    pub clauses: Vec<Clause>,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Argument {
    /// By place.
    Positional(Expression),
    /// By name.
    Named(Name, Expression),
    /// `*values`.
    Rest(Expression),
    /// `**values`.
    Keywords(Expression),
}

impl Argument {
    /// The value that arguments give a keyword.
    pub fn named<'a>(arguments: &'a [Self], keyword: &str) -> Option<&'a Expression> {
        arguments.iter().find_map(|argument| match argument {
            Self::Named(name, value) if &**name == keyword => Some(value),
            _ => None,
        })
    }

    /// Its value.
    pub fn value(&self) -> &Expression {
        match self {
            Self::Positional(value) | Self::Named(_, value) | Self::Rest(value) | Self::Keywords(value) => {
                value
            }
        }
    }

    /// The same, for its own sake.
    pub fn into_value(self) -> Expression {
        match self {
            Self::Positional(value) | Self::Named(_, value) | Self::Rest(value) | Self::Keywords(value) => {
                value
            }
        }
    }
}

/// A piece of an f-string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// Text.
    Text(Name),
    /// `{value}`.
    Value(Expression),
    /// `{value!r}` or `{value:format}`.
    Formatted(Expression),
}

/// A clause of a comprehension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clause {
    /// `for target in over`.
    For(Expression, Expression),
    /// `if condition`.
    If(Expression),
}

/// What a comprehension makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// An operator of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unary {
    /// `not`.
    Not,
    /// `-`.
    Minus,
    /// `+`.
    Plus,
    /// `~`.
    Invert,
}

/// An operator of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

impl Expression {
    /// `a.b.c` as text; nothing for what is more than names and dots.
    pub fn dotted(&self) -> Option<String> {
        let mut names = Vec::new();
        let mut at = self;
        loop {
            match &at.kind {
                ExpressionKind::Attribute(object, name) => {
                    names.push(&**name);
                    at = object;
                }
                ExpressionKind::Name(name) => {
                    names.push(name);
                    names.reverse();
                    return Some(names.join("."));
                }
                _ => return None,
            }
        }
    }

    /// Whether it is `a.b.c`, given as text.
    pub fn is_dotted(&self, text: &str) -> bool {
        let (mut at, mut rest) = (self, text);
        loop {
            match &at.kind {
                ExpressionKind::Attribute(object, name) => {
                    let Some(head) = rest.strip_suffix(&**name).and_then(|head| head.strip_suffix('.'))
                    else {
                        return false;
                    };
                    (at, rest) = (object, head);
                }
                ExpressionKind::Name(name) => return **name == *rest,
                _ => return false,
            }
        }
    }

    /// The last name of `a.b.c`, whatever `a` is.
    pub fn last_name(&self) -> Option<&str> {
        match &self.kind {
            ExpressionKind::Name(name) | ExpressionKind::Attribute(_, name) => Some(name),
            _ => None,
        }
    }

    /// The name, if it is one.
    pub fn as_name(&self) -> Option<&Name> {
        match &self.kind {
            ExpressionKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The text, if it is one that is written out.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExpressionKind::Text(text) => Some(&text.value),
            _ => None,
        }
    }
}

impl Program {
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
