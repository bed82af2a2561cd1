//! Literals, as far as they can be told in any text: Python's, SQL's, JSON's, and those within another one.

use std::ops::Range;

use super::{Scan, is_word, names};

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// What stands between its quotes.
    pub(super) content: Range<usize>,
    /// Where it ends.
    pub(super) end: usize,
    /// Whether its end is there; else it is that of the line.
    pub(super) is_closed: bool,
}

/// A quote with the backslashes before it: within a literal of another one it has some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quote {
    n_backslashes: usize,
    byte: u8,
    is_triple: bool,
}

impl Quote {
    fn len(self) -> usize {
        (self.n_backslashes + 1) * if self.is_triple { 3 } else { 1 }
    }
}

impl Scan<'_> {
    /// The quote that stands here.
    fn quote(&self, at: usize) -> Option<Quote> {
        let n_backslashes = self.count(at, |byte| byte == b'\\');
        let byte = self.get(at + n_backslashes).filter(|byte| matches!(byte, b'\'' | b'"'))?;
        let one = Quote { n_backslashes, byte, is_triple: false };
        let again = |n: usize| {
            let at = at + n * one.len();
            self.count(at, |byte| byte == b'\\') == n_backslashes
                && self.get(at + n_backslashes) == Some(byte)
        };
        Some(Quote { is_triple: again(1) && again(2), ..one })
    }

    /// The literal that begins here, with what may stand before its quote: `rb'…'`, `N'…'`, `$$…$$`.
    pub(super) fn literal(&mut self, at: usize) -> Option<Literal> {
        if self.get(at) == Some(b'$') {
            let start = at + 1 + self.count(at + 1, is_word) + 1;
            let close = self.text.get(at..start).filter(|close| close.ends_with(b"$"))?.to_vec();
            let end = self.find(start, &close)?;
            return Some(Literal { content: start..end, end: end + close.len(), is_closed: true });
        }
        let n = self.count(at, |byte| b"rRbBuUfFtTnNeE&".contains(&byte));
        if n > 2 {
            return None;
        }
        let quote = self.quote(at + n)?;
        let start = at + n + quote.len();
        if quote.is_triple {
            let close = self.text[at + n..start].to_vec();
            let found = self.find(start, &close);
            let (content, end) = match found {
                Some(end) => (start..end, end + close.len()),
                None => (start..self.text.len(), self.text.len()),
            };
            return Some(Literal { content, end, is_closed: found.is_some() });
        }
        let mut next = start;
        loop {
            match self.next_quote(next) {
                // Without its end it goes on to that of the line.
                None => {
                    let end = self.line_end(start);
                    return Some(Literal { content: start..end, end, is_closed: false });
                }
                Some((place, found)) => {
                    let end = place + quote.len();
                    if (found.n_backslashes, found.byte) != (quote.n_backslashes, quote.byte) {
                        next = place + found.n_backslashes + 1;
                    } else if place > start && self.is_doubled(end, quote) {
                        next = end + quote.len();
                    } else {
                        self.spend(place - start);
                        return Some(Literal { content: start..place, end, is_closed: true });
                    }
                }
            }
        }
    }

    /// Whether the quote that ended is there again: SQL's way to write one.
    fn is_doubled(&self, at: usize, quote: Quote) -> bool {
        self.quote(at).is_some_and(|again| {
            (again.n_backslashes, again.byte) == (quote.n_backslashes, quote.byte)
                && self.get(at + quote.len()).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
        })
    }

    /// The next quote on the line, with its backslashes.
    fn next_quote(&mut self, from: usize) -> Option<(usize, Quote)> {
        let mut at = from;
        loop {
            at += self.count(at, |byte| !matches!(byte, b'\'' | b'"' | b'\\' | b'\n' | b'\r'));
            match self.get(at)? {
                b'\n' | b'\r' => return None,
                b'\\' => {
                    let n_backslashes = self.count(at, |byte| byte == b'\\');
                    match self.get(at + n_backslashes) {
                        Some(byte @ (b'\'' | b'"')) => {
                            return Some((at, Quote { n_backslashes, byte, is_triple: false }));
                        }
                        // A line that goes on.
                        Some(b'\n') => at += n_backslashes + 1,
                        _ => at += n_backslashes,
                    }
                }
                byte => return Some((at, Quote { n_backslashes: 0, byte, is_triple: false })),
            }
        }
    }

    /// Where a text stands next.
    pub(super) fn find(&mut self, from: usize, what: &[u8]) -> Option<usize> {
        let rest = self.text.get(from..)?;
        let at = rest.windows(what.len()).position(|window| window == what);
        self.spend(at.unwrap_or(rest.len()));
        Some(from + at?)
    }

    /// Where the next literal's content begins, if one that ends here is joined with it: by a plus or by nothing.
    pub(super) fn joined(&self, at: usize) -> Option<usize> {
        let close = self.quote(at)?;
        let start = at + close.n_backslashes + 1;
        let mut next = self.past_space(start);
        if self.get(next) == Some(b'+') {
            next = self.past_space(next + 1);
        }
        next += self.count_up_to(2, next, |byte| b"rRbBuUfF".contains(&byte));
        let open = self
            .quote(next)
            .filter(|open| open.n_backslashes == close.n_backslashes || open.byte != close.byte)?;
        (next > start).then_some(next + open.len())
    }

    /// Hides what stands between the quotes of a literal, unless it is no secret. Says whether it is hidden now, or was.
    pub(super) fn hide(&mut self, content: Range<usize>) -> bool {
        let text = &self.text[content.clone()];
        if is_no_secret(text) {
            return false;
        }
        self.found.push(content);
        true
    }
}

/// Whether a value cannot be a secret: nothing, a constant, or what is filled in later.
pub(super) fn is_no_secret(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"Bearer ").or_else(|| text.strip_prefix(b"Basic ")).unwrap_or(text);
    text.is_empty() || is_constant(text) || is_placeholder(text) || is_path_of_one(text)
}

/// Whether a value is a path of names, the last of which is that of a secret: `user.password`.
fn is_path_of_one(text: &[u8]) -> bool {
    let is_of_path = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.');
    let last = text.iter().rposition(|byte| *byte == b'.').map(|dot| &text[dot + 1..]);
    text.iter().all(is_of_path) && last.is_some_and(names::is_one)
}

/// Whether a word is a constant of some language.
pub(super) fn is_constant(text: &[u8]) -> bool {
    [&b"none"[..], b"null", b"nil", b"true", b"false", b"default", b"yes", b"no", b"on", b"off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether all of it is filled in later: `{name}`, `{{ name }}`, `%(name)s`, `${NAME}`, `$NAME`, `:name`, `%s`, `?`, `<name>`.
fn is_placeholder(text: &[u8]) -> bool {
    let between = |start: &[u8], end: &[u8]| {
        text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some_and(is_expression)
    };
    let is_large = |name: &[u8]| {
        !name.is_empty()
            && name.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
    };
    text == b"{}"
        || between(b"{", b"}")
        || between(b"{{", b"}}")
        || between(b"${", b"}")
        || between(b"$(", b")")
        || between(b"%(", b")s")
        || between(b"%%(", b")s")
        || between(b"<", b">")
        || text.strip_prefix(b"$").is_some_and(is_large)
        || matches!(text, b"%s" | b"?" | b"%" | b"***")
}

/// Whether a text is a name, or what is computed of names, and no word of letters and digits by chance.
fn is_expression(text: &[u8]) -> bool {
    let is_of_one = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-.()[]'\"!:,".contains(byte);
    let has = |of: fn(&u8) -> bool| text.iter().any(of);
    let by_chance = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    !text.is_empty() && text.iter().all(is_of_one) && !by_chance
}
