//! Splits a text into statements, and each statement into tokens.
//!
//! Linear in the text's length. Comments become spaces, and parameters become a literal.

use super::super::Dialect;

/// What kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A quoted name.
    Quoted,
    /// A string.
    String,
    /// A string between dollars.
    Dollar,
    /// A number.
    Number,
    /// Any other character.
    Symbol,
}

/// A token of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// Its kind.
    pub(super) kind: Kind,
    /// Where it starts in the statement's text.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// One statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    /// Its text, without comments.
    pub(super) text: String,
    /// Its tokens.
    pub(super) tokens: Vec<Token>,
    /// Whether a quote or a block in it never ends.
    pub(super) open: bool,
    /// The text of its comments that MySQL runs.
    pub(super) hints: String,
}

impl Statement {
    /// The text of a token; empty beyond the last.
    pub(super) fn at(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.text[token.start..token.end])
    }

    /// The kind of a token.
    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Whether the token is a name or a keyword.
    pub(super) fn is_name(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Word | Kind::Quoted))
    }

    /// Whether the token is that keyword or symbol.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        matches!(self.kind(at), Some(Kind::Word | Kind::Symbol)) && self.at(at).eq_ignore_ascii_case(word)
    }

    /// Whether the tokens from `at` on are those keywords.
    pub(super) fn are(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(offset, word)| self.is(at + offset, word))
    }

    /// Whether one of the keywords stands anywhere outside of quotes.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        (0..self.tokens.len()).any(|at| words.iter().any(|word| self.is(at, word)))
    }
}

/// Whether a token is one of some words.
pub(super) fn one_of(statement: &Statement, at: usize, words: &[&str]) -> bool {
    words.iter().any(|word| statement.is(at, word))
}

/// Where the name at `at` ends.
pub(super) fn after_name(statement: &Statement, at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        if !statement.is_name(at) {
            return None;
        }
        if !statement.is(at + 1, ".") {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Where a symbol stands outside of parentheses.
pub(super) fn outside(statement: &Statement, from: usize, word: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for at in from..statement.tokens.len() {
        if statement.is(at, "(") {
            depth += 1;
        } else if statement.is(at, ")") {
            depth -= 1;
        } else if depth == 0 && statement.is(at, word) {
            return Some(at);
        }
    }
    None
}

/// The statements of a text, in order; empty ones are left out.
pub(super) fn statements(text: &str, dialect: Dialect) -> Vec<Statement> {
    let mut splitter = Splitter {
        text,
        dialect,
        at: 0,
        done: Vec::new(),
        now: Statement::default(),
        block: Block::default(),
    };
    while splitter.at < text.len() {
        splitter.step();
    }
    splitter.now.open |= splitter.block.depth > 0;
    splitter.finish();
    splitter.done
}

/// How far a statement is within blocks of `BEGIN … END`, or within the parentheses of a rule.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word that was seen or not")]
struct Block {
    /// Whether the statement may hold others.
    compound: bool,
    /// Whether it makes a trigger.
    trigger: bool,
    /// Whether it is a rule, which holds others between parentheses.
    rule: bool,
    /// How many blocks are open.
    depth: usize,
    /// The last word was `END`.
    ended: bool,
    /// The last word was `BEGIN`.
    began: bool,
}

struct Splitter<'a> {
    text: &'a str,
    dialect: Dialect,
    at: usize,
    done: Vec<Statement>,
    now: Statement,
    block: Block,
}

impl<'a> Splitter<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        let mysql = self.dialect == Dialect::Mysql;
        let length = first.len_utf8();
        if first.is_whitespace() || first == '\u{feff}' {
            self.at += length;
            self.space();
        } else if rest.starts_with("--")
            && (!mysql
                || rest[2..].chars().next().is_none_or(|next| next.is_whitespace() || next.is_control()))
            || mysql && first == '#'
        {
            self.at += rest.find('\n').unwrap_or(rest.len());
            self.space();
        } else if rest.starts_with("/*") {
            self.comment();
        } else if first == '\'' {
            let escapes = mysql
                || (self.dialect == Dialect::Postgresql
                    && self.now.tokens.last().is_some_and(|token| {
                        token.end == self.now.text.len()
                            && self.now.text[token.start..token.end].eq_ignore_ascii_case("e")
                    }));
            self.quoted('\'', Kind::String, escapes);
        } else if first == '"' {
            let kind = if mysql { Kind::String } else { Kind::Quoted };
            self.quoted('"', kind, mysql);
        } else if first == '`' && self.dialect != Dialect::Postgresql {
            self.quoted('`', Kind::Quoted, false);
        } else if first == '[' && self.dialect == Dialect::Sqlite {
            let end = rest.find(']').map(|end| end + 1);
            self.now.open |= end.is_none();
            self.push(Kind::Quoted, end.unwrap_or(rest.len()));
        } else if let Some(length) = self.dollar() {
            self.push(Kind::Dollar, length);
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !is_word(c) && c != '.').unwrap_or(rest.len());
            self.push(Kind::Number, end);
        } else if is_word(first) {
            self.word();
        } else if rest.starts_with("\\:") || rest.starts_with("%%") {
            // What escapes the second.
            self.at += 1;
            self.push(Kind::Symbol, 1);
        } else if let Some(length) = self.parameter() {
            self.at += length;
            let list = self.now.tokens.len().checked_sub(1).is_some_and(|last| self.now.is(last, "in"));
            self.insert(Kind::String, if list { "('?')" } else { "'?'" });
        } else if first == ';' && self.block.depth == 0 {
            self.at += 1;
            self.finish();
        } else {
            match first {
                '(' if self.block.rule => self.block.depth += 1,
                ')' if self.block.rule => self.block.depth = self.block.depth.saturating_sub(1),
                _ => {}
            }
            self.push(Kind::Symbol, length);
        }
    }

    fn comment(&mut self) {
        let bytes = self.rest().as_bytes();
        let nested = self.dialect == Dialect::Postgresql;
        let mut depth = 1_usize;
        let mut end = 2;
        while depth > 0 && end < bytes.len() {
            match bytes.get(end..end + 2) {
                Some(b"*/") => {
                    depth -= 1;
                    end += 2;
                }
                Some(b"/*") if nested => {
                    depth += 1;
                    end += 2;
                }
                _ => end += 1,
            }
        }
        // Between bytes that are ASCII, or at the end.
        let inside = self.rest().get(..end).unwrap_or_default().to_owned();
        if self.dialect == Dialect::Mysql && (inside.starts_with("/*!") || inside.starts_with("/*M!")) {
            self.now.hints.push_str(&inside);
        }
        self.now.open |= depth > 0;
        self.at += end;
        self.space();
    }

    /// A quoted run; the quote doubled is the quote itself.
    fn quoted(&mut self, quote: char, kind: Kind, escapes: bool) {
        let bytes = self.rest().as_bytes();
        let quote = quote as u8;
        let mut end = 1;
        let mut closed = false;
        while end < bytes.len() {
            if escapes && bytes[end] == b'\\' {
                end += 2;
            } else if bytes[end] == quote {
                end += 1;
                if bytes.get(end) != Some(&quote) {
                    closed = true;
                    break;
                }
                end += 1;
            } else {
                end += 1;
            }
        }
        let mut end = end.min(bytes.len());
        while !self.rest().is_char_boundary(end) {
            end += 1;
        }
        self.now.open |= !closed;
        self.push(kind, end);
    }

    /// The length of a string between dollars that starts here.
    ///
    /// Only PostgreSQL has them; elsewhere they tell that a text is PostgreSQL's, if they end.
    fn dollar(&mut self) -> Option<usize> {
        let rest = self.rest();
        if !rest.starts_with('$') || self.before().is_some_and(is_word) {
            return None;
        }
        let inner = &rest[1..];
        let tag = inner.find(|c: char| !is_word(c) || c == '$').unwrap_or(inner.len());
        if !inner[tag..].starts_with('$') || inner.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let open = &rest[..tag + 2];
        if let Some(end) = rest[open.len()..].find(open) {
            return Some(open.len() + end + open.len());
        }
        // Looked for once only, so that many of them cost no more than one.
        self.now.open = true;
        Some(rest.len())
    }

    /// The length of a parameter that starts here: `:name`, `%(name)s` or `%s`.
    fn parameter(&self) -> Option<usize> {
        let rest = self.rest();
        if let Some(name) = rest.strip_prefix(':') {
            let length = name.find(|c: char| !is_word(c) || c == '$').unwrap_or(name.len());
            let own = self.before().is_none_or(|before| before != ':' && before != '\\' && !is_word(before));
            return (own && length > 0 && !name[length..].starts_with(':')).then_some(length + 1);
        }
        if let Some(name) = rest.strip_prefix("%(") {
            let length = name.find(|c: char| !is_word(c)).unwrap_or(name.len());
            return (length > 0 && name[length..].starts_with(")s")).then_some(length + 4);
        }
        let after = rest.strip_prefix("%s")?;
        (!after.starts_with(is_word)).then_some(2)
    }

    fn word(&mut self) {
        let rest = self.rest();
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let word = rest[..end].to_owned();
        self.push(Kind::Word, end);
        self.follow(&word);
    }

    /// Keeps count of blocks.
    fn follow(&mut self, word: &str) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        let first = self.now.at(0).eq_ignore_ascii_case("create");
        if first && self.now.tokens.len() <= 16 && self.block.depth == 0 {
            self.block.rule |=
                is("rule") && self.dialect == Dialect::Postgresql && self.now.tokens.len() <= 4;
            self.block.trigger |= is("trigger");
            self.block.compound |= is("trigger") || is("procedure") || is("function") || is("event");
        }
        if !self.block.compound {
            return;
        }
        let (began, ended) = (self.block.began, self.block.ended);
        self.block.began = is("begin");
        self.block.ended = false;
        // PostgreSQL has no blocks in triggers; what has some is not for it, and must not fall apart.
        let atomic = self.dialect == Dialect::Postgresql && !self.block.trigger;
        let begins = if atomic { began && is("atomic") } else { is("begin") };
        let case = is("case") && !ended && (!atomic || self.block.depth > 0);
        // `END IF` ends what was not counted.
        let other = ended && ["if", "loop", "while", "repeat", "for"].iter().any(|word| is(word));
        if begins || case || other {
            self.block.depth += 1;
        } else if is("end") && self.block.depth > 0 {
            self.block.depth -= 1;
            self.block.ended = true;
        }
    }

    fn space(&mut self) {
        if !self.now.text.is_empty() && !self.now.text.ends_with(' ') {
            self.now.text.push(' ');
        }
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let from = self.at;
        self.at += length;
        let text = &self.text[from..self.at];
        let start = self.now.text.len();
        self.now.text.push_str(text);
        self.now.tokens.push(Token { kind, start, end: self.now.text.len() });
    }

    fn insert(&mut self, kind: Kind, text: &str) {
        let start = self.now.text.len();
        self.now.text.push_str(text);
        self.now.tokens.push(Token { kind, start, end: self.now.text.len() });
    }

    fn finish(&mut self) {
        let statement = std::mem::take(&mut self.now);
        self.block = Block::default();
        if !statement.tokens.is_empty() || !statement.hints.is_empty() {
            self.done.push(statement);
        }
    }
}

/// Whether the character is part of a name.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || (!c.is_ascii() && !c.is_whitespace())
}
