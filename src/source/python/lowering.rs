//! The walk: nodes are made from what was made of the nodes in them, as they are left.

use std::borrow::Cow;
use std::sync::Arc;

use super::grammar::{Grammar, Kind, Node, Visit};
use super::made::{Made, Marks, What};
use super::refused::{self, Closed, Frame, Opaque, Refusals, SyntaxFault};
use super::{Names, Parsed, literals};
use crate::source::program::{DEEPEST, Expression, ExpressionKind, Name, Parts, Program};
use crate::text::{Encoding, TextRange};

/// As many literals with values in one another. Source: `MAXFSTRINGLEVEL` of `CPython`'s tokenizer.
const MOST_STRINGS: usize = 150;

/// Reads a file.
pub(super) fn lower(grammar: &mut Grammar, names: &mut Names, room: &mut Room, source: &[u8]) -> Parsed {
    let encoding = Encoding::of(source);
    if let Some((range, what)) = refused::beyond_the_scanner(source) {
        let faults = vec![SyntaxFault::new(range, what)];
        return Parsed { program: Arc::default(), faults, has_error: true };
    }
    let Room { open, made, opaque } = std::mem::take(room);
    let refusals = Refusals::new(source, encoding, opaque);
    let mut lowering = Lowering { source, encoding, names, open, made, refusals, n_strings: 0 };
    grammar.parse(source, encoding, &mut lowering);
    let body = match lowering.made.pop() {
        Some(Made { what: What::Block(body), .. }) => body,
        // A file that is one error has no statements of its own.
        Some(made) => vec![made.into_statement()],
        None => Vec::new(),
    };
    let has_error = lowering.refusals.has_error();
    let has_global = lowering.refusals.has_global();
    let faults = lowering.refusals.faults(&body);
    let Lowering { mut open, mut made, refusals, .. } = lowering;
    open.clear();
    made.clear();
    *room = Room { open, made, opaque: refusals.into_opaque() };
    Parsed { program: Arc::new(Program { body, has_global }), faults, has_error }
}

/// What a walk needs room for, kept for the next one.
#[derive(Default)]
pub(super) struct Room {
    open: Vec<Open>,
    made: Vec<Made>,
    opaque: Vec<Opaque>,
}

/// The walk at one moment.
pub(super) struct Lowering<'a> {
    pub(super) source: &'a [u8],
    encoding: Encoding,
    pub(super) names: &'a mut Names,
    /// The nodes that are entered and not left, the outermost first.
    pub(super) open: Vec<Open>,
    /// What was made of the nodes in them that are left, those of the outermost first.
    pub(super) made: Vec<Made>,
    pub(super) refusals: Refusals<'a>,
    /// How many literals with values stand around.
    n_strings: usize,
}

/// A node that is entered and not left.
pub(super) struct Open {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    has_error: bool,
    /// Where what was made of the nodes in it begins.
    first: usize,
    marks: Marks,
    /// The last word or mark in it: its operator, where it has one.
    token: TextRange,
    /// Whether it opened a frame.
    is_frame: bool,
}

impl Lowering<'_> {
    /// The text of some bytes.
    pub(super) fn text(&self, range: TextRange) -> Cow<'_, str> {
        let bytes = range.slice(self.source);
        match std::str::from_utf8(bytes) {
            Ok(text) if self.encoding == Encoding::Utf8 => Cow::Borrowed(text),
            _ => Cow::Owned(self.encoding.decode(bytes)),
        }
    }

    pub(super) fn bytes(&self, range: TextRange) -> &[u8] {
        range.slice(self.source)
    }

    /// The name that some bytes write.
    pub(super) fn name(&mut self, range: TextRange) -> Name {
        match std::str::from_utf8(range.slice(self.source)) {
            Ok(text) if self.encoding == Encoding::Utf8 => self.names.name(text),
            _ => self.names.name(&self.encoding.decode(range.slice(self.source))),
        }
    }

    pub(super) fn named(&mut self, text: &str) -> Name {
        self.names.name(text)
    }

    /// A dotted name, without the blanks that Python allows in it.
    pub(super) fn dotted(&mut self, range: TextRange) -> Name {
        let bytes = range.slice(self.source);
        if bytes.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b'\\') {
            let plain: String =
                self.text(range).chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
            return self.names.name(&plain);
        }
        self.name(range)
    }

    pub(super) fn push(&mut self, kind: Kind, range: TextRange, what: What) {
        let marks = Marks::default();
        self.made.push(Made {
            kind,
            range,
            height: 1,
            inner: None,
            is_several: false,
            n_stars: 0,
            marks,
            what,
        });
    }

    /// A word or a mark: noted for the node around it.
    pub(super) fn token(&mut self, node: Node) {
        let n_made = self.made.len();
        let Some(around) = self.open.last_mut() else { return };
        around.token = node.range;
        match node.kind {
            Kind::As => around.marks.add(Marks::AS),
            Kind::Async => around.marks.add(Marks::ASYNC),
            Kind::Colon if around.marks.has(Marks::COLON) => around.marks.add(Marks::COLONS),
            Kind::Colon if n_made == around.first => around.marks.add(Marks::COLON | Marks::COLON_FIRST),
            Kind::Colon => around.marks.add(Marks::COLON),
            Kind::Comma if n_made == around.first => around.marks.add(Marks::COMMA | Marks::COMMA_FIRST),
            Kind::Comma => around.marks.add(Marks::COMMA),
            Kind::Equals => around.marks.add(Marks::EQUALS),
            Kind::From => around.marks.add(Marks::FROM),
            Kind::Star => around.marks.add(Marks::STAR),
            _ => {}
        }
        if around.kind == Kind::ComparisonOperator {
            self.push(node.kind, node.range, What::Nothing);
        }
    }

    /// The frame that a node opens for the compiler, by what is around it.
    fn frame(&self, node: Node) -> Option<Frame> {
        let around = self.open.last()?;
        let is_first = self.made.len() == around.first;
        match (around.kind, node.kind) {
            (Kind::FunctionDefinition, Kind::Block) => {
                Some(Frame::Function { is_async: around.marks.has(Marks::ASYNC) })
            }
            (Kind::ClassDefinition, Kind::Block) => Some(Frame::Class),
            (Kind::ForStatement | Kind::WhileStatement, Kind::Block) => Some(Frame::Loop),
            (Kind::ExceptClause, Kind::Block) if around.marks.has(Marks::STAR) => Some(Frame::Group),
            (Kind::Lambda, _) if around.marks.has(Marks::COLON) => Some(Frame::Lambda),
            (
                Kind::GeneratorExpression
                | Kind::ListComprehension
                | Kind::SetComprehension
                | Kind::DictionaryComprehension,
                _,
            ) if is_first => Some(Frame::Element),
            (_, Kind::GeneratorExpression) => Some(Frame::Generator),
            _ => None,
        }
    }
}

impl Visit for Lowering<'_> {
    fn enter(&mut self, node: Node) -> bool {
        self.refusals.unparsed(node);
        if node.kind == Kind::String {
            if self.n_strings >= MOST_STRINGS {
                let what = "f-string: expressions nested too deeply".to_owned();
                self.refusals.by_parser(node.range, Some(what));
                self.push(node.kind, node.range, What::Nothing);
                return false;
            }
            let literal = node.range.slice(self.source);
            self.refusals.string(node.range);
            self.refusals.by_parser(node.range, literals::bad_string(literal, node.has_error));
            if !literals::has_prefix(literal, b"ft") && !node.has_error {
                let what = self.plain_string(node);
                self.push(node.kind, node.range, what);
                return false;
            }
        }
        if !node.has_error
            && let Some(what) = self.plain(node)
        {
            self.push(node.kind, node.range, what);
            // As deep as it has dots.
            let n_dots = node.range.slice(self.source).split(|&byte| byte == b'.').count() - 1;
            self.made.last_mut().into_iter().for_each(|made| made.height += n_dots);
            return false;
        }
        if node.kind.is_leaf() && !node.has_error {
            self.leaf(node);
            return false;
        }
        let frame = self.frame(node);
        let is_frame = frame.is_some();
        if let Some(frame) = frame {
            self.refusals.open(frame);
        }
        self.n_strings += usize::from(node.kind == Kind::String);
        self.open.push(Open {
            kind: node.kind,
            range: node.range,
            has_error: node.has_error,
            first: self.made.len(),
            marks: Marks::default(),
            token: TextRange::empty(node.range.start()),
            is_frame,
        });
        true
    }

    fn leave(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.n_strings -= usize::from(open.kind == Kind::String);
        if open.is_frame
            && self.refusals.close()
            && let Some(around) = self.open.last_mut()
        {
            around.marks.add(Marks::YIELD);
        }
        // Taken out for the time, so that names can be made meanwhile.
        let mut all = std::mem::take(&mut self.made);
        let inner = &all[open.first..];
        let closed = Closed {
            kind: open.kind,
            range: open.range,
            marks: open.marks,
            inner,
            around: self.open.last().map(|around| around.kind),
        };
        self.refusals.leave(&closed);
        let mut height = inner.iter().map(|made| made.height).max().unwrap_or_default();
        let is_chain = self.is_chain(&open, inner);
        let is_several = inner.len() != 1 || open.marks.has(Marks::COMMA);
        let n_stars = inner.iter().filter(|made| made.kind == Kind::ListSplatPattern).count();
        let first = inner.first().map(|made| made.kind);
        let node =
            Shape { kind: open.kind, range: open.range, marks: open.marks, token: open.token, is_chain };
        let mut children = all.drain(open.first..);
        let is_statement = open.kind.is_statement();
        let what = if open.kind == Kind::Error || open.has_error && !is_statement {
            parts(children)
        } else if height >= DEEPEST && !is_statement {
            height = DEEPEST;
            flattened(open.kind, children)
        } else {
            let what = self.make(&node, &mut children);
            drop(children);
            let is_deeper = matches!(what, What::Expression(_))
                && !is_chain
                && open.kind != Kind::ParenthesizedExpression;
            height += usize::from(is_deeper);
            what
        };
        self.made = all;
        self.made.push(Made {
            kind: open.kind,
            range: open.range,
            height,
            inner: first,
            is_several,
            n_stars,
            marks: open.marks,
            what,
        });
    }
}

/// A node that is left, without what was in it.
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    pub(super) marks: Marks,
    /// Its operator, where it has one.
    pub(super) token: TextRange,
    /// Whether it continues the operation to its left.
    pub(super) is_chain: bool,
}

impl Lowering<'_> {
    /// Whether `a + b` is the left side of the same kind of operation, and not in parentheses.
    fn is_chain(&self, open: &Open, inner: &[Made]) -> bool {
        let Some(left) = inner.first().filter(|left| left.kind == open.kind) else { return false };
        match (&left.what, open.kind) {
            (What::Expression(ExpressionKind::Binary(..)), Kind::BinaryOperator) => true,
            (What::Expression(ExpressionKind::And(_)), Kind::BooleanOperator) => {
                self.bytes(open.token) == b"and"
            }
            (What::Expression(ExpressionKind::Or(_)), Kind::BooleanOperator) => {
                self.bytes(open.token) == b"or"
            }
            _ => false,
        }
    }

    /// What a node says by what is in it.
    fn make(&mut self, node: &Shape, children: &mut Children<'_>) -> What {
        if node.kind.is_statement() {
            self.statement(node, children)
        } else {
            self.expression(node, children)
        }
    }
}

/// What was made of the nodes in a node, in order.
pub(super) type Children<'m> = std::vec::Drain<'m, Made>;

/// What is in something that has no shape.
pub(super) fn parts(children: impl Iterator<Item = Made>) -> What {
    let mut parts = Parts::default();
    children.for_each(|child| child.add_to(&mut parts));
    What::Parts(Box::new(parts))
}

/// What is in an expression that is too deep, side by side: what is flat already gets no deeper.
fn flattened(kind: Kind, children: Children<'_>) -> What {
    let mut flat: Vec<Expression> = Vec::new();
    for child in children {
        let is_flat = child.height >= DEEPEST;
        let mut parts = Parts::default();
        child.add_to(&mut parts);
        for part in parts.targets.into_iter().chain(parts.expressions) {
            match part.kind {
                ExpressionKind::Other(mut more) if is_flat => {
                    if more.len() > flat.len() {
                        std::mem::swap(&mut more, &mut flat);
                    }
                    flat.append(&mut more);
                }
                ExpressionKind::Name(name) if kind == Kind::NamedExpression => {
                    // It is bound all the same.
                    let nothing = Expression { range: part.range, kind: ExpressionKind::Other(Vec::new()) };
                    let kind = ExpressionKind::Walrus(name, Box::new(nothing));
                    flat.push(Expression { range: part.range, kind });
                }
                kind => flat.push(Expression { range: part.range, kind }),
            }
        }
    }
    What::Expression(ExpressionKind::Other(flat))
}
