//! What is read from its bytes alone: names, numbers, texts, words, and the most common forms of several nodes.

use super::grammar::{Kind, Node};
use super::literals;
use super::lowering::Lowering;
use super::made::What;
use super::refused::Closed;
use crate::source::program::{Argument, Expression, ExpressionKind, Piece, Text};
use crate::text::TextRange;

/// Longer dotted names than this are left to the walk, which knows what to do with what is deep.
const MOST_DOTS: usize = 8;
/// And longer forms, in bytes: what stands in one another would be looked at again and again.
const LONGEST_FORM: usize = 512;

impl Lowering<'_> {
    /// A string literal that holds no values.
    pub(super) fn plain_string(&mut self, node: Node) -> What {
        let text = self.text(node.range);
        let quote = text.chars().find(|c| matches!(c, '"' | '\'')).unwrap_or('"');
        let kind = if literals::has_prefix(text.as_bytes(), b"b") {
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
    pub(super) fn plain(&mut self, node: Node) -> Option<What> {
        let (start, end) = (node.range.start(), node.range.end());
        if node.range.len() as usize > LONGEST_FORM {
            return None;
        }
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
                let range = TextRange::new(start, end.saturating_sub(2));
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
                let sign = start + at as u32;
                let ExpressionKind::Name(name) = self.plain_attribute(TextRange::new(start, sign))? else {
                    return None;
                };
                let value = Expression { range: TextRange::new(sign + 1, end), kind };
                Some(What::Argument(Argument::Named(name, value)))
            }
            _ => None,
        }
    }

    /// `a.b.c` that is names and dots only.
    fn plain_attribute(&mut self, range: TextRange) -> Option<ExpressionKind> {
        let bytes = range.slice(self.source);
        let is_plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        let n_dots = bytes.split(|&byte| byte == b'.').count() - 1;
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
    pub(super) fn leaf(&mut self, node: Node) {
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
        let is_raw = literals::has_prefix(literal, b"r");
        let piece = match literals::format_text(&self.text(node.range), is_raw) {
            Some(text) => What::Piece(Piece::Text(text.into())),
            None => What::Nothing,
        };
        self.push(node.kind, node.range, piece);
    }
}
