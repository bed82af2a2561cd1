//! The walk: nodes are made from what was made of the nodes in them, as they are left.

use std::borrow::Cow;
use std::sync::Arc;

use super::grammar::{Grammar, Kind, Node, Visit};
use super::refused::{Closed, Frame, Refusals};
use super::{Names, Parsed, literals};
use crate::source::program::{
    Argument, Clause, DEEPEST, Expression, ExpressionKind, Handler, Name, Parameter, Parts, Piece, Program,
    Statement, Text,
};
use crate::text::{Encoding, TextRange};

/// Reads a file.
pub(super) fn lower(grammar: &mut Grammar, names: &mut Names, room: &mut Room, source: &[u8]) -> Parsed {
    let encoding = Encoding::of(source);
    let Room { open, made, opaque } = std::mem::take(room);
    let refusals = Refusals::new(source, encoding, opaque);
    let mut lowering = Lowering { source, encoding, names, open, made, refusals };
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
    let Lowering { open, made, refusals, .. } = lowering;
    *room = Room { open, made, opaque: refusals.into_opaque() };
    Parsed { program: Arc::new(Program { body, has_global }), faults, has_error }
}

/// Longer dotted names than this are left to the walk, which knows what to do with what is deep.
const MOST_DOTS: usize = 8;

/// What a walk needs room for, kept for the next one.
#[derive(Default)]
pub(super) struct Room {
    open: Vec<Open>,
    made: Vec<Made>,
    opaque: Vec<(TextRange, bool)>,
}

/// The walk at one moment.
pub(super) struct Lowering<'a> {
    source: &'a [u8],
    encoding: Encoding,
    names: &'a mut Names,
    /// The nodes that are entered and not left, the outermost first.
    open: Vec<Open>,
    /// What was made of the nodes in them that are left, those of the outermost first.
    made: Vec<Made>,
    refusals: Refusals<'a>,
}

/// A node that is entered and not left.
struct Open {
    kind: Kind,
    range: TextRange,
    has_error: bool,
    /// Where what was made of the nodes in it begins.
    first: usize,
    marks: Marks,
    /// The last word or mark in it: its operator, where it has one.
    token: TextRange,
    /// Whether it opened a frame.
    is_frame: bool,
}

/// The marks and words that were met right in a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks(u16);

impl Marks {
    pub(super) const AS: u16 = 1;
    pub(super) const ASYNC: u16 = 2;
    pub(super) const COLON: u16 = 4;
    pub(super) const COMMA: u16 = 8;
    /// A comma before anything else.
    pub(super) const COMMA_FIRST: u16 = 16;
    pub(super) const EQUALS: u16 = 32;
    pub(super) const FROM: u16 = 64;
    pub(super) const STAR: u16 = 128;
    /// A `yield` of the function that it is.
    pub(super) const YIELD: u16 = 256;

    pub(super) fn has(self, mark: u16) -> bool {
        self.0 & mark != 0
    }

    fn add(&mut self, mark: u16) {
        self.0 |= mark;
    }
}

/// What was made of a node.
pub(super) struct Made {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    /// How many expressions stand in one another.
    pub(super) height: usize,
    /// What the node in it was, the first of several.
    pub(super) inner: Option<Kind>,
    /// Whether it is several things, or one with a comma.
    pub(super) is_several: bool,
    /// How many targets with a star stand right in it.
    pub(super) n_stars: usize,
    pub(super) marks: Marks,
    pub(super) what: What,
}

/// What a node says.
pub(super) enum What {
    Nothing,
    Expression(ExpressionKind),
    Statement(Statement),
    Block(Vec<Statement>),
    /// `elif condition: block`.
    Arm(Box<(Expression, Vec<Statement>)>),
    Handler(Box<Handler>),
    /// `value as target`, or several such.
    Items(Vec<(Expression, Option<Expression>)>),
    Arguments(Vec<Argument>),
    Argument(Argument),
    /// `**value`.
    Keywords(Expression),
    Parameters(Vec<Parameter>),
    Parameter(Parameter),
    Clause(Box<Clause>),
    Pair(Box<(Expression, Expression)>),
    Piece(Piece),
    /// A dotted name.
    Dotted(Name),
    /// `name as alias`.
    Alias(Name, Name),
    /// What stands in something that did not parse, or has no shape.
    Parts(Box<Parts>),
}

impl Made {
    /// As an expression, whatever it is.
    pub(super) fn into_expression(self) -> Expression {
        let range = self.range;
        let kind = match self.what {
            What::Expression(kind) => kind,
            What::Dotted(name) if !name.contains('.') => ExpressionKind::Name(name),
            what => {
                let mut parts = Parts::default();
                what.add_to(&mut parts, range);
                parts.targets.append(&mut parts.expressions);
                ExpressionKind::Other(parts.targets)
            }
        };
        Expression { range, kind }
    }

    /// As a statement, whatever it is.
    pub(super) fn into_statement(self) -> Statement {
        let range = self.range;
        match self.what {
            What::Statement(statement) => statement,
            what => {
                let mut parts = Parts::default();
                what.add_to(&mut parts, range);
                Statement { range, kind: crate::source::program::StatementKind::Other(Box::new(parts)) }
            }
        }
    }

    /// Adds it to the parts of something.
    pub(super) fn add_to(self, parts: &mut Parts) {
        self.what.add_to(parts, self.range);
    }
}

impl What {
    pub(super) fn add_to(self, parts: &mut Parts, range: TextRange) {
        match self {
            Self::Nothing | Self::Dotted(_) => {}
            Self::Expression(kind) => parts.expressions.push(Expression { range, kind }),
            Self::Statement(statement) => parts.body.push(statement),
            Self::Block(block) => parts.body.extend(block),
            Self::Arm(arm) => {
                let (condition, block) = *arm;
                parts.expressions.push(condition);
                parts.body.extend(block);
            }
            Self::Handler(handler) => {
                parts.expressions.extend(handler.classes);
                parts
                    .targets
                    .extend(handler.name.map(|name| Expression { range, kind: ExpressionKind::Name(name) }));
                parts.body.extend(handler.body);
            }
            Self::Items(items) => {
                for (value, target) in items {
                    parts.expressions.push(value);
                    parts.targets.extend(target);
                }
            }
            Self::Arguments(arguments) => {
                parts.expressions.extend(arguments.into_iter().map(Argument::into_value))
            }
            Self::Argument(argument) => parts.expressions.push(argument.into_value()),
            Self::Keywords(value) => parts.expressions.push(value),
            Self::Parameters(parameters) => {
                parts.expressions.extend(parameters.into_iter().filter_map(|parameter| parameter.default));
            }
            Self::Parameter(parameter) => parts.expressions.extend(parameter.default),
            Self::Clause(clause) => match *clause {
                Clause::For(target, over) => {
                    parts.targets.push(target);
                    parts.expressions.push(over);
                }
                Clause::If(condition) => parts.expressions.push(condition),
            },
            Self::Pair(pair) => parts.expressions.extend([pair.0, pair.1]),
            Self::Piece(Piece::Value(value) | Piece::Formatted(value)) => parts.expressions.push(value),
            Self::Piece(Piece::Text(_)) => {}
            Self::Alias(_, alias) => {
                parts.targets.push(Expression { range, kind: ExpressionKind::Name(alias) });
            }
            Self::Parts(more) => {
                let Parts { targets, expressions, body } = *more;
                parts.targets.extend(targets);
                parts.expressions.extend(expressions);
                parts.body.extend(body);
            }
        }
    }
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
    fn dotted(&mut self, range: TextRange) -> Name {
        let bytes = range.slice(self.source);
        if bytes.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b'\\') {
            let plain: String =
                self.text(range).chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
            return self.names.name(&plain);
        }
        self.name(range)
    }

    fn push(&mut self, kind: Kind, range: TextRange, what: What) {
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
    fn token(&mut self, node: Node) {
        let n_made = self.made.len();
        let Some(around) = self.open.last_mut() else { return };
        around.token = node.range;
        match node.kind {
            Kind::As => around.marks.add(Marks::AS),
            Kind::Async => around.marks.add(Marks::ASYNC),
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

    /// A string literal that holds no values.
    fn plain_string(&mut self, node: Node) -> What {
        let text = self.text(node.range);
        if node.has_error {
            return What::Expression(ExpressionKind::Other(Vec::new()));
        }
        let quote = if text.find('"') < text.find('\'') && text.contains('"') || !text.contains('\'') {
            '"'
        } else {
            '\''
        };
        let kind = if literals::prefix(text.as_bytes()).iter().any(|byte| matches!(byte, b'b' | b'B')) {
            ExpressionKind::Bytes(literals::bytes(&text).map(Into::into))
        } else {
            match literals::text(&text) {
                Some(value) => {
                    let value = value.into();
                    ExpressionKind::Text(Box::new(Text { value, range: node.range, quote, is_joined: false }))
                }
                None => ExpressionKind::Other(Vec::new()),
            }
        };
        What::Expression(kind)
    }

    /// The most common forms by their bytes alone, without a look at the nodes in them: `a.b.c`, `a.b()`, `name=True`, and
    /// a type such as `Union[str, None]`, which says nothing here.
    fn plain(&mut self, node: Node) -> Option<What> {
        let (start, end) = (node.range.start(), node.range.end());
        match node.kind {
            Kind::Attribute => self.plain_attribute(node.range).map(What::Expression),
            Kind::Type => {
                let bytes = node.range.slice(self.source);
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
                let is_mark = |byte: &u8| matches!(byte, b'[' | b']' | b',' | b' ');
                let is_name = |word: &[u8]| !matches!(word, b"async" | b"await" | [b'0'..=b'9' | b'.', ..]);
                let is_plain = bytes.iter().all(|byte| is_part(byte) || is_mark(byte))
                    && bytes.split(|byte| !is_part(byte)).all(is_name);
                is_plain.then_some(What::Nothing)
            }
            Kind::Call => {
                let bytes = node.range.slice(self.source);
                let range = TextRange::new(start, end - 2);
                let kind = bytes.ends_with(b"()").then(|| self.plain_attribute(range)).flatten()?;
                let function = Box::new(Expression { range, kind });
                Some(What::Expression(ExpressionKind::Call { function, arguments: Vec::new() }))
            }
            Kind::KeywordArgument => {
                let bytes = node.range.slice(self.source);
                let at = bytes.iter().position(|&byte| byte == b'=')?;
                let kind = match &bytes[at + 1..] {
                    b"True" => ExpressionKind::Bool(true),
                    b"False" => ExpressionKind::Bool(false),
                    b"None" => ExpressionKind::None,
                    _ => return None,
                };
                let (name, value) = (TextRange::new(start, start + at as u32), start + at as u32 + 1);
                if !self.is_plain_name(name) {
                    return None;
                }
                let value = Expression { range: TextRange::new(value, end), kind };
                Some(What::Argument(Argument::Named(self.name(name), value)))
            }
            _ => None,
        }
    }

    /// Whether some bytes are one name and no keyword of the grammar's own.
    fn is_plain_name(&self, range: TextRange) -> bool {
        let bytes = range.slice(self.source);
        let is_word = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        is_word && !bytes.is_empty() && !matches!(bytes, b"async" | b"await")
    }

    /// `a.b.c` that is names and dots only.
    fn plain_attribute(&mut self, range: TextRange) -> Option<ExpressionKind> {
        let bytes = range.slice(self.source);
        let is_plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        let n_dots = bytes.iter().filter(|&&byte| byte == b'.').count();
        if !is_plain || n_dots > MOST_DOTS || bytes.first().is_none_or(u8::is_ascii_digit) {
            return None;
        }
        let mut at = range.start();
        let mut made: Option<ExpressionKind> = None;
        for part in bytes.split(|&byte| byte == b'.') {
            if matches!(part, b"async" | b"await") || part.is_empty() {
                return None;
            }
            let end = at + part.len() as u32;
            let name = self.name(TextRange::new(at, end));
            made = Some(match made {
                None => ExpressionKind::Name(name),
                Some(kind) => {
                    let object = Expression { range: TextRange::new(range.start(), at - 1), kind };
                    ExpressionKind::Attribute(Box::new(object), name)
                }
            });
            at = end + 1;
        }
        made
    }

    /// What a node without others in it says.
    fn leaf(&mut self, node: Node) {
        let range = node.range;
        let around = self.open.last().map(|around| around.kind);
        let kind = match node.kind {
            Kind::Identifier => {
                let is_keyword = matches!(range.slice(self.source), b"async" | b"await");
                self.refusals.by_parser(range, is_keyword.then(|| "this name is a keyword".to_owned()));
                ExpressionKind::Name(self.name(range))
            }
            Kind::DottedName | Kind::RelativeImport => {
                let name = self.dotted(range);
                return self.push(node.kind, range, What::Dotted(name));
            }
            Kind::Integer | Kind::Float => {
                let text = self.text(range);
                let fault = literals::bad_number(&text.to_ascii_lowercase());
                let number = text.replace('_', "");
                self.refusals.by_parser(range, fault);
                match (node.kind, number.parse()) {
                    (Kind::Float, _) => ExpressionKind::Float(self.name(range)),
                    (_, Ok(number)) => ExpressionKind::Int(number),
                    (_, Err(_)) => ExpressionKind::Other(Vec::new()),
                }
            }
            Kind::None => ExpressionKind::None,
            Kind::True => ExpressionKind::Bool(true),
            Kind::False => ExpressionKind::Bool(false),
            Kind::Ellipsis => ExpressionKind::Ellipsis,
            Kind::PassStatement | Kind::BreakStatement | Kind::ContinueStatement => {
                self.refusals.place(&Closed::leaf(node, around));
                let what = Self::word(node);
                return self.push(node.kind, range, what);
            }
            Kind::WildcardImport => {
                self.refusals.place(&Closed::leaf(node, around));
                let name = self.named("*");
                return self.push(node.kind, range, What::Dotted(name));
            }
            Kind::StringContent => return self.string_content(node),
            Kind::TypeConversion | Kind::PositionalSeparator | Kind::KeywordSeparator => {
                return self.push(node.kind, range, What::Nothing);
            }
            Kind::LessGreater => {
                self.refusals.by_parser(range, Some("this is Python 2".to_owned()));
                return self.token(node);
            }
            Kind::Comment => return self.refusals.comment(range),
            Kind::StringStart | Kind::StringEnd | Kind::LineContinuation | Kind::ImportPrefix => return,
            _ => return self.token(node),
        };
        self.push(node.kind, range, What::Expression(kind));
    }

    /// A part of a formatted string.
    fn string_content(&mut self, node: Node) {
        let Some(string) = self.open.last().map(|open| open.range) else { return };
        let literal = string.slice(self.source);
        self.refusals.by_parser(string, literals::bad_part(node.range.slice(self.source), literal));
        let is_raw = literals::prefix(literal).iter().any(|byte| matches!(byte, b'r' | b'R'));
        let piece = match literals::format_text(&self.text(node.range), is_raw) {
            Some(text) => What::Piece(Piece::Text(text.into())),
            None => What::Nothing,
        };
        self.push(node.kind, node.range, piece);
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
            let literal = node.range.slice(self.source);
            self.refusals.string(node.range);
            self.refusals.by_parser(node.range, literals::bad_string(literal, node.has_error));
            let is_formatted = literals::prefix(literal).iter().any(|byte| b"fFtT".contains(byte));
            if !is_formatted {
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
            let n_dots = node.range.slice(self.source).iter().filter(|&&byte| byte == b'.').count();
            self.made.last_mut().into_iter().for_each(|made| made.height += n_dots);
            return false;
        }
        if node.kind.is_leaf() {
            self.leaf(node);
            return false;
        }
        let frame = self.frame(node);
        let is_frame = frame.is_some();
        if let Some(frame) = frame {
            self.refusals.open(frame);
        }
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
