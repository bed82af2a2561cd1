//! Secrets in SQL that no name stands right before: rows that are inserted, `IDENTIFIED BY`, and an address of JDBC.

use std::ops::Range;

use super::literal::{Literal, is_no_secret};
use super::{Scan, is_word, names};

/// As many words may stand between the columns and the rows.
const BETWEEN: usize = 200;

impl Scan<'_> {
    /// `IDENTIFIED BY 'x'`, `IDENTIFIED WITH plugin BY 'x'`, `IDENTIFIED BY x`.
    pub(super) fn identified(&mut self, word: Range<usize>) {
        // Revisions are identified by an id, in a sentence.
        let before = self.text[word.start.saturating_sub(100)..word.start].to_ascii_lowercase();
        let is_sql =
            &self.text[word.clone()] == b"IDENTIFIED" || before.windows(5).any(|text| text == b"user ");
        if !is_sql {
            return;
        }
        let mut at = self.past_space(word.end);
        for _ in 0..5 {
            if let Some(literal) = self.literal(at) {
                let next = self.past_space(literal.end);
                // A plugin may be a literal too.
                if !self.is_word_at(next, b"by") && !self.is_word_at(next, b"as") {
                    self.hide(literal.content);
                    return;
                }
                at = next;
                continue;
            }
            let length = self.count(at, is_word);
            if length == 0 {
                return;
            }
            let next = self.past_space(at + length);
            // Without quotes it is SQL only where it is written as such: things are identified by others in a sentence.
            if &self.text[at..at + length] == b"BY"
                && self.literal(next).is_none()
                && !self.is_word_at(next, b"password")
            {
                let length =
                    self.count(next, |byte| !byte.is_ascii_whitespace() && !b";'\"`,)".contains(&byte));
                if !is_no_secret(&self.text[next..next + length]) && self.get(next) != Some(b':') {
                    self.found.push(next..next + length);
                }
                return;
            }
            at = next;
        }
    }

    /// `'x' AS password`
    pub(super) fn aliased(&mut self, name: &Range<usize>) {
        let before = &self.text[name.start.saturating_sub(200)..name.start];
        let Some(value) =
            before.len().checked_sub(4).filter(|at| before[*at..].eq_ignore_ascii_case(b" as "))
        else {
            return;
        };
        let Some((b'\'', value)) = before[..value].split_last() else { return };
        let end =
            name.start - before.len() + value.iter().rposition(|byte| *byte != b'\\').map_or(0, |at| at + 1);
        if let Some(open) = value.iter().rposition(|byte| *byte == b'\'') {
            let start = name.start - before.len() + open + 1;
            self.hide(start..end.max(start));
        }
    }

    fn is_word_at(&self, at: usize, word: &[u8]) -> bool {
        let length = self.count(at, is_word);
        self.text[at.min(self.text.len())..(at + length).min(self.text.len())].eq_ignore_ascii_case(word)
    }

    /// `jdbc:oracle:thin:user/password@host`.
    pub(super) fn oracle(&mut self, at: usize) {
        let user = at + 1;
        let slash = user + self.count(user, is_word);
        if self.get(at) != Some(b':') || self.get(slash) != Some(b'/') {
            return;
        }
        let token = slash + 1..slash + 1 + self.count(slash + 1, |byte| !byte.is_ascii_whitespace());
        if let Some(end) = self.text[token.clone()].iter().rposition(|byte| *byte == b'@') {
            self.found.push(token.start..token.start + end);
        }
    }

    /// Hides the values of the rows of `INSERT INTO table (columns) VALUES (…), (…)` whose columns are named as secrets
    /// are, and those of `INSERT INTO table (columns) SELECT …`.
    pub(super) fn insert(&mut self, at: usize) {
        let into = self.past_noise(at);
        if !self.is_word_at(into, b"into") {
            return;
        }
        let mut at = into + 4;
        // The table's name: words, dots, and quotes of every kind.
        let start = at;
        while at < start + BETWEEN && self.get(at).is_some_and(|byte| byte != b'(' && byte != b';') {
            at += 1;
        }
        if self.get(at) != Some(b'(') {
            return;
        }
        let Some((columns, end)) = self.columns(at + 1) else { return };
        if columns.is_empty() {
            return;
        }
        self.spend(end - start);
        at = end;
        let start = at;
        while at < start + BETWEEN {
            at = self.past_noise(at);
            if self.is_word_at(at, b"select") {
                self.row(at + 6, &columns);
                return;
            }
            if self.is_word_at(at, b"values") {
                self.rows(at + 6, &columns);
                return;
            }
            at += self.count(at, is_word).max(1);
        }
    }

    /// The places of columns that are named as secrets are, and where their list ends.
    fn columns(&mut self, from: usize) -> Option<(Vec<usize>, usize)> {
        let mut found = Vec::new();
        let (mut at, mut n) = (from, 0);
        loop {
            match self.get(at)? {
                b')' => return Some((found, at + 1)),
                b',' => n += 1,
                byte if is_word(byte) => {
                    let end = at + self.count(at, is_word);
                    if names::is_one(&self.text[at..end]) {
                        found.push(n);
                    }
                    at = end;
                    continue;
                }
                b'(' | b';' | b'=' => return None,
                _ => {}
            }
            at += 1;
        }
    }

    /// Past space, and past what ends one literal and begins the next, within which the statement stands.
    fn past_noise(&self, mut at: usize) -> usize {
        loop {
            at = self.past_space(at);
            match self.joined(at) {
                Some(next) => at = next,
                None => return at,
            }
        }
    }

    fn rows(&mut self, mut at: usize, columns: &[usize]) {
        loop {
            at = self.past_noise(at);
            if self.get(at) != Some(b'(') {
                return;
            }
            at = self.row(at + 1, columns);
            if self.get(at) != Some(b')') {
                return;
            }
            at = self.past_noise(at + 1);
            if self.get(at) != Some(b',') {
                return;
            }
            at += 1;
        }
    }

    /// Hides the literals of a row in some places, and gives where the row ends: at its bracket, or at a word that ends a
    /// list of what is selected.
    fn row(&mut self, from: usize, columns: &[usize]) -> usize {
        let (mut at, mut n, mut depth) = (from, 0, 0_usize);
        loop {
            at = self.past_noise(at);
            let Some(byte) = self.get(at) else { break };
            let is_one = columns.contains(&n);
            match byte {
                b'(' => depth += 1,
                b')' if depth == 0 => break,
                b')' => depth -= 1,
                b',' if depth == 0 => n += 1,
                b';' => break,
                b'\'' | b'"' | b'\\' | b'$' => {
                    if let Some(Literal { content, end, .. }) = self.literal(at) {
                        if is_one {
                            self.hide(content);
                        }
                        at = end;
                        continue;
                    }
                }
                byte if is_word(byte) => {
                    let end = at + self.count(at, is_word);
                    if let Some(Literal { content, end, .. }) = self.prefixed(at..end) {
                        if is_one {
                            self.hide(content);
                        }
                        at = end;
                        continue;
                    }
                    if [&b"from"[..], b"where", b"union", b"insert"]
                        .iter()
                        .any(|word| self.is_word_at(at, word))
                    {
                        break;
                    }
                    // A number, but not a short one.
                    if is_one && end - at >= 4 && self.text[at..end].iter().all(u8::is_ascii_digit) {
                        self.found.push(at..end);
                    }
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        self.spend(at - from);
        at
    }

    /// A literal with a letter before it.
    fn prefixed(&mut self, word: Range<usize>) -> Option<Literal> {
        let is_prefix = word.len() == 1 && b"NEnexXbB".contains(&self.text[word.start]);
        let is_quote = matches!(self.get(word.end), Some(b'\'' | b'\\'));
        (is_prefix && is_quote).then(|| self.literal(word.end)).flatten()
    }
}
