//! Passwords in addresses: `scheme://user:password@host`.
//!
//! A password has every character but those of SQLAlchemy's pattern, so it goes on to the last `@`, over quotes and
//! blanks. An address may be written as several literals. Source: `_parse_url` of SQLAlchemy's `engine/url.py`.

use std::ops::Range;

use super::Scan;
use super::literal::is_no_secret;

/// What ends an address in a sentence.
fn ends(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'`<>".contains(&byte)
}

/// A user of an address without a password is hidden from this length on, if it looks like a token.
const TOKEN: usize = 16;

impl Scan<'_> {
    /// Looks at the address whose `://` stands here, and gives where to go on.
    pub(super) fn address(&mut self, at: usize) -> usize {
        let start = at + 3;
        let n_scheme = self.text[..at].iter().rev().take(32);
        let n_scheme =
            n_scheme.take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte)).count();
        let scheme = at - n_scheme;
        let mut user = start;
        // The user may stand in a literal of its own.
        loop {
            user += self.count(user, |byte| !ends(byte) && !b":/@?#,;()[\\".contains(&byte));
            match self.joined(user) {
                Some(next) => user = next,
                None => break,
            }
        }
        match self.get(user) {
            Some(b':') => self.password(scheme, user + 1).unwrap_or(start),
            Some(b'@') => {
                let token = &self.text[start..user];
                let is_one = token.len() >= TOKEN && token.iter().any(u8::is_ascii_digit);
                if is_one && self.text[..at].ends_with(b"http") | self.text[..at].ends_with(b"https") {
                    self.found.push(start..user);
                }
                start
            }
            _ => start,
        }
    }

    /// Hides the password that stands here, if one does, and gives where it ends.
    fn password(&mut self, scheme: usize, given: usize) -> Option<usize> {
        let close = scheme.checked_sub(1).map(|at| self.text[at]).filter(|byte| b"\"'`".contains(byte));
        let token = given..given + self.count(given, |byte| !ends(byte));
        let is_web = self.text[..given].get(scheme..).is_some_and(|text| text.starts_with(b"http"));
        let n_digits = self.count(given, |byte| byte.is_ascii_digit());
        let after = (n_digits < token.len()).then(|| self.text[given + n_digits]);
        // What goes on with a letter, or with a character of several bytes, is no port.
        let is_port = n_digits > 0
            && after.is_none_or(|byte| byte.is_ascii() && byte != b'@' && !byte.is_ascii_alphanumeric())
            && (!self.text[token.clone()].contains(&b'@') || after == Some(b'/') && is_web);
        if is_port {
            return None;
        }
        let parts = self.parts(given, close);
        let last = parts.last()?.clone();
        let at = |part: &Range<usize>| {
            self.text[part.clone()].iter().rposition(|byte| *byte == b'@').map(|at| part.start + at)
        };
        let end = parts.iter().enumerate().rev().find_map(|(n, part)| Some((n, at(part)?)));
        let Some((n, end)) = end else {
            return self.cut_password(token, close, &last);
        };
        self.found.extend(parts[..n].iter().filter(|part| !part.is_empty()).cloned());
        let last = parts[n].start..end;
        // A name that is filled in later is none, but what fills it may stand right after.
        if n > 0 || !is_no_secret(&self.text[last.clone()]) {
            self.found.push(last);
        } else if let Some(close) = parts.last().map(|part| part.end) {
            self.filled(close);
        }
        Some(end)
    }

    /// Hides what a literal that ends here is filled with: `'…' % ('a', 'x')`, `'…'.format('a', 'x')`.
    fn filled(&mut self, close: usize) {
        let sign = self.past_blanks(close + 1);
        if self.get(sign) == Some(b'%') {
            let value = self.past_space(sign + 1);
            self.expression(value, 0);
        } else if self.starts(sign, b".format(") {
            self.expression(sign + ".format".len(), 1);
        }
    }

    /// An address without an end: what may be the beginning of a password goes too.
    fn cut_password(&mut self, token: Range<usize>, close: Option<u8>, last: &Range<usize>) -> Option<usize> {
        let text = &self.text[token.clone()];
        // A name that is filled in later, such as `{port}` or `%(port)s`, is none; nor is a path.
        if text.first().is_none_or(|first| b"{%$/?#<*".contains(first)) || text.contains(&b'/') {
            return None;
        }
        let after = self.get(token.end);
        let is_literal = close.is_some() && after == close && token.end == last.end;
        let is_line = self.count(token.end, |byte| matches!(byte, b' ' | b'\t')) + token.end == last.end
            && matches!(self.get(last.end), None | Some(b'\n' | b'\r'));
        if !is_literal && !is_line {
            return None;
        }
        let end = token.end;
        self.found.push(token);
        Some(end)
    }

    /// What may be a password and what follows it: up to the end of the literal, where the address begins with one, else to
    /// that of the line, and never into another address. More than one part where it is joined of several literals.
    fn parts(&mut self, given: usize, close: Option<u8>) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let (mut start, mut at, mut has_at) = (given, given, false);
        while let Some(byte) = self.get(at) {
            match byte {
                b'\n' | b'\r' => break,
                b'\'' | b'"' | b'\\' | b'`'
                    if let Some(next) = self.joined(at).filter(|_| close.is_some()) =>
                {
                    parts.push(start..at);
                    (start, at) = (next, next);
                    continue;
                }
                _ if Some(byte) == close && !self.goes_on(at + 1) && self.text[at - 1] != b'\\' => break,
                b':' if has_at && self.starts(at, b"://") => break,
                b'@' => has_at = true,
                _ => {}
            }
            at += 1;
        }
        self.spend(at - given);
        parts.push(start..at);
        parts
    }

    /// Whether a quote before this place is one of a text that goes on.
    fn goes_on(&self, at: usize) -> bool {
        self.get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80 || b"\"'`<@".contains(&byte))
    }
}
