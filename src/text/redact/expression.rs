//! Expressions of code that give a value: the literals that they are made of, and where they end.

use super::literal::is_constant;
use super::{Scan, is_word, names};

/// As many bytes of code are passed over for a value that follows.
const LONGEST_CODE: usize = 400;

impl Scan<'_> {
    /// Goes through the terms of an expression, and hides the literals that it is itself: `'x'`, `'a' + 'b'`,
    /// `f(…) or 'x'`, `['x']`. Gives where it ends, and whether it is one: else it is a bare value.
    pub(super) fn expression(&mut self, start: usize, depth: usize) -> (usize, bool) {
        let mut at = start;
        let mut is_code = false;
        loop {
            let Some(end) = self.term(at, depth) else { return (at, is_code) };
            is_code = true;
            let next = if depth > 0 { self.past_space(end) } else { self.past_blanks(end) };
            let joined = self.past_space(end);
            let is_joined = |at: usize| {
                at > end && !self.is_triple(at) && self.joined(last_quote(self.text, end)).is_some()
            };
            let (here, below) = (is_joined(next), is_joined(joined));
            at = match self.get(next) {
                Some(b'+' | b'%' | b'|') => {
                    self.past_space(next + self.count(next, |byte| b"+%|".contains(&byte)))
                }
                Some(b',' | b':') if depth > 0 => self.past_space(next + 1),
                Some(b'\\') if below => joined,
                Some(b'i') if self.starts(next, b"if ") => match self.past_else(next) {
                    Some(value) => value,
                    None => return (end, true),
                },
                Some(b'.') => match self.call_of(next) {
                    Some(end) => end,
                    None => return (end, true),
                },
                Some(b'o' | b'a') if let Some(n) = self.joins(next) => self.past_space(next + n),
                // A literal on the next line is joined, but not one of several lines, which tells about the name.
                Some(b'f' | b'r' | b'b') => next,
                Some(_) if here => next,
                _ if below => joined,
                _ => return (end, true),
            };
        }
    }

    pub(super) fn is_triple(&self, at: usize) -> bool {
        self.starts(at, b"\"\"\"") || self.starts(at, b"'''")
    }

    /// The length of a word that joins two values.
    fn joins(&self, at: usize) -> Option<usize> {
        let length = self.count(at, is_word);
        [&b"or"[..], b"and"].contains(&&self.text[at..at + length]).then_some(length)
    }

    /// A method's call.
    fn call_of(&mut self, at: usize) -> Option<usize> {
        let name = at + 1 + self.count(at + 1, is_word);
        // What is put into a text is of it.
        if [&b"join"[..], b"format"].contains(&&self.text[at + 1..name]) {
            self.expression(name, 1);
        }
        (self.get(name) == Some(b'(')).then(|| self.past_brackets(name)).flatten()
    }

    /// Where the other value of a condition stands: `'x' if y else 'z'`.
    fn past_else(&self, at: usize) -> Option<usize> {
        let length = self.count_up_to(200, at, |byte| !matches!(byte, b'\n' | b'\r'));
        let word = b" else ";
        let found = self.text[at..at + length].windows(word.len()).position(|window| window == word)?;
        Some(at + found + word.len())
    }

    /// One term of an expression, and where it ends; nothing where a bare value stands.
    fn term(&mut self, at: usize, depth: usize) -> Option<usize> {
        if let Some(literal) = self.literal(at) {
            let is_key = depth > 0 && self.get(self.past_space(literal.end)) == Some(b':');
            if !is_key {
                self.hide(literal.content);
            }
            return Some(literal.end);
        }
        match self.get(at)? {
            byte @ (b'(' | b'[' | b'{') => {
                let close = match byte {
                    b'(' => b')',
                    b'[' => b']',
                    _ => b'}',
                };
                if depth > 3 {
                    return None;
                }
                let first = self.past_space(at + 1);
                let (end, _) = self.expression(first, depth + 1);
                let end = self.past_space(end);
                (self.get(end) == Some(close) && end > first).then_some(end + 1)
            }
            _ => self.is_code(at).or_else(|| {
                // Among several values a name is one of them.
                let end =
                    at + self.count(at, |byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'));
                (depth > 0 && end > at && matches!(self.get(end), Some(b',' | b')' | b']'))).then_some(end)
            }),
        }
    }

    /// Where code ends that begins here and is no value by itself: a call, a subscript, a constant, another secret's name.
    pub(super) fn is_code(&mut self, at: usize) -> Option<usize> {
        if self.get(at).is_none_or(|byte| !byte.is_ascii_alphabetic() && byte != b'_') {
            return None;
        }
        let mut end = at;
        let mut last;
        let mut is_more = false;
        loop {
            last = end..end + self.count(end, is_word);
            end = last.end;
            while let Some(next) = matches!(self.get(end), Some(b'(' | b'[')).then(|| self.past_brackets(end))
            {
                if self.get(end) == Some(b'(') {
                    self.call_in_value(last.clone());
                }
                end = next?;
                is_more = true;
            }
            if self.get(end) != Some(b'.')
                || !self.get(end + 1).is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            {
                break;
            }
            end += 1;
        }
        self.spend(end - at);
        let name = &self.text[last.clone()];
        let is_one = is_more
            || names::is_one(name)
            || names::is_of_several(name)
            || last.start == at && is_constant(name);
        let ends = self
            .get(end)
            .is_none_or(|byte| byte.is_ascii_whitespace() || b",;:)]}'\"`+|\\<&#%".contains(&byte));
        (is_one && ends).then_some(end)
    }

    /// Past brackets and what stands between them; nothing where they do not close soon.
    pub(super) fn past_brackets(&mut self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let mut at = open;
        while at < open + LONGEST_CODE {
            match self.get(at)? {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        self.spend(at - open);
                        return Some(at + 1);
                    }
                }
                b'\'' | b'"' | b'\\' => {
                    if let Some(literal) = self.literal(at) {
                        at = literal.end;
                        continue;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.spend(at - open);
        None
    }
}

/// Where the quote begins that ends a literal at `end`, with its backslashes.
fn last_quote(text: &[u8], end: usize) -> usize {
    end - 1 - text[..end - 1].iter().rev().take_while(|byte| **byte == b'\\').count()
}
