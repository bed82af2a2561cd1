//! Values of names: assignments, keyword arguments, dictionaries, settings, connection strings, queries.

use std::ops::Range;

use super::literal::is_no_secret;
use super::{Scan, is_word, names};

/// How a name is told from its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `name = value`
    Equals,
    /// `name == value`
    Compares,
    /// `name: value`
    Colon,
}

/// What types are called, in small letters.
const TYPES: &[&[u8]] = &[
    b"str",
    b"bytes",
    b"int",
    b"bool",
    b"float",
    b"any",
    b"object",
    b"optional",
    b"union",
    b"list",
    b"dict",
    b"sa",
    b"string",
    b"text",
    b"char",
    b"varchar",
    b"column",
    b"mapped",
    b"uuid",
    b"secretstr",
];

impl Scan<'_> {
    /// Hides the value of a name, if it is that of a secret; gives where to go on where that is behind the value.
    pub(super) fn named(&mut self, name: &Range<usize>) -> Option<usize> {
        let text = &self.text[name.clone()];
        let in_query = matches!(name.start.checked_sub(1).map(|at| self.text[at]), Some(b'?' | b'&'));
        let is_one = names::is_one(text) || in_query && names::is_one_in_query(text);
        if !is_one {
            if names::is_pair(text) {
                self.pair(name.end);
            } else if names::is_of_several(text) {
                self.several(name.end);
            }
            return None;
        }
        let (closed, after) = self.past_close(name.end);
        let Some((sign, value)) = self.sign(after) else {
            self.aliased(name);
            if !closed {
                self.without_sign(name);
            }
            return None;
        };
        if names::plain(text).ends_with(b"authorization") {
            return self.header(value);
        }
        match sign {
            Sign::Equals => self.assigned(name, value, self.text[after - 1] == b']'),
            Sign::Compares => {
                let literal = self.literal_after(value)?;
                self.hide(literal.content);
                None
            }
            Sign::Colon => self.after_colon(name, value, closed),
        }
    }

    /// Past the quote and the bracket that end a name: `environ['NAME']`, `"name"`, `[name]`.
    fn past_close(&self, at: usize) -> (bool, usize) {
        let mut end = at;
        for _ in 0..2 {
            let n_backslashes = self.count(end, |byte| byte == b'\\');
            if matches!(self.get(end + n_backslashes), Some(b'\'' | b'"' | b'`' | b']')) {
                end += n_backslashes + 1;
            }
        }
        (end > at, end)
    }

    fn sign(&self, at: usize) -> Option<(Sign, usize)> {
        let at = self.past_blanks(at);
        if self.get(at) == Some(b')') {
            // `column('name') == 'x'`, `SET (a, name) = ('x', 'y')`.
            let (sign, value) = self.sign(at + 1).filter(|_| self.get(at + 1) != Some(b')'))?;
            let is_row = sign == Sign::Equals && self.get(self.past_space(value)) == Some(b'(');
            return (sign == Sign::Compares || is_row).then_some((sign, value));
        }
        match (self.get(at)?, self.get(at + 1)) {
            (b'=' | b'!', Some(b'=')) | (b'<', Some(b'>')) => Some((Sign::Compares, at + 2)),
            (b'=', Some(b'>')) | (b':', Some(b'=')) => Some((Sign::Equals, at + 2)),
            (b'=', Some(b'~')) | (b':', Some(b':')) => None,
            (b'=', _) => Some((Sign::Equals, at + 1)),
            (b':', _) if !self.starts(at, b"://") => Some((Sign::Colon, at + 1)),
            _ => None,
        }
    }

    /// The literal that begins here, after blanks and line ends.
    fn literal_after(&mut self, at: usize) -> Option<super::literal::Literal> {
        let at = self.past_space(at);
        self.literal(at)
    }

    /// A value after `=`. What is set in a subscript is Python, where a bare value is a name.
    fn assigned(&mut self, name: &Range<usize>, value: usize, in_subscript: bool) -> Option<usize> {
        let start = self.past_blanks(value);
        let start = if self.get(start) == Some(b'\\') { self.past_space(start) } else { start };
        if self.is_in_row(name.start) {
            self.expressions(start);
            return None;
        }
        let n_found = self.found.len();
        let (end, is_code) = self.expression(start, 0);
        if is_code {
            // The value itself is no secret, or what it is made of is hidden.
            return (self.found.len() == n_found + 1 && self.found[n_found].start <= start + 6)
                .then_some(end);
        }
        if in_subscript { None } else { self.raw(name, value, start) }
    }

    /// Whether only other names stand before a name on its line: `a, name = 'x', 'y'`.
    fn is_in_row(&self, at: usize) -> bool {
        let before = &self.text[at.saturating_sub(100)..at];
        let line = before.rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        line.trim_ascii().ends_with(b",") && line.iter().all(|byte| is_word(*byte) || b" \t,".contains(byte))
    }

    /// Hides the literals of several values with commas between them.
    fn expressions(&mut self, start: usize) {
        let mut at = start;
        loop {
            let end = self.expression(at, 0).0;
            if self.get(end) != Some(b',') {
                return;
            }
            at = self.past_space(end + 1);
        }
    }

    /// A value after `:`: a literal, or what an annotation stands before, or one word.
    fn after_colon(&mut self, name: &Range<usize>, value: usize, closed: bool) -> Option<usize> {
        let start = if closed { self.past_space(value) } else { self.past_blanks(value) };
        // A quote right after the sign of a sentence ends that; one of three begins what is told of a name.
        if !self.is_triple(start)
            && let Some(literal) = self.literal(start).filter(|literal| closed || literal.is_closed)
        {
            self.hide(literal.content);
            return Some(literal.end);
        }
        if closed {
            if matches!(self.get(start), Some(b'[' | b'{' | b'(')) {
                self.expression(start, 0);
            }
            return None;
        }
        if let Some(value) = self.past_annotation(start) {
            return self.assigned(name, value, false);
        }
        let length = self.count(start, |byte| !byte.is_ascii_whitespace());
        let mut end = start + length;
        while end > start && b",;)]}'\"`.:".contains(&self.text[end - 1]) {
            end -= 1;
        }
        let word = &self.text[start..end];
        let is_path =
            word.starts_with(b"/") || is_type(word) || is_no_secret(word) || self.is_code(start).is_some();
        // Alone on its line it is a setting; in a sentence it has to look like a secret.
        let rest = self.past_blanks(end);
        let is_alone = self.begins_line(name.start)
            && matches!(self.get(rest), None | Some(b'\n' | b'\r' | b'#' | b'\'' | b'"'));
        let by_chance = word.len() >= 6
            && word.iter().any(u8::is_ascii_digit)
            && word.iter().any(u8::is_ascii_alphabetic);
        if !is_path && (is_alone || by_chance) {
            self.found.push(start..end);
            return Some(end);
        }
        None
    }

    /// Where the value stands after an annotation, which has no quotes but those of its own names.
    fn past_annotation(&self, start: usize) -> Option<usize> {
        let n_type = self.count_up_to(80, start, |byte| is_word(byte) || b".[], |'\"".contains(&byte));
        let end = start + n_type;
        let is_one = n_type > 0 && (self.text[end - 1] == b' ' || is_type(&self.text[start..end]));
        let is_assigned = self.get(end) == Some(b'=') && self.get(end + 1) != Some(b'=');
        (is_one && is_assigned).then_some(end + 1)
    }

    /// Whether nothing but quotes, blanks and marks of a comment or a list stand before on the line.
    fn begins_line(&self, at: usize) -> bool {
        let before = self.text[..at].iter().rev().take(64);
        let mut before =
            before.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'#' | b'-' | b'\'' | b'"' | b'>' | b'<'));
        matches!(before.next(), None | Some(b'\n' | b'\r'))
    }

    /// SQL's `PASSWORD 'x'` and `password varchar DEFAULT 'x'`, and a program's `--password x`.
    fn without_sign(&mut self, name: &Range<usize>) {
        let start = self.past_space(name.end);
        match self.get(name.end) {
            Some(b',') => return self.first_of_row(name),
            // `<name>x</name>`
            Some(b'>') if self.before(name.start) == Some(b'<') => {
                let length = self.count(name.end + 1, |byte| byte != b'<' && byte != b'\n');
                self.hide(name.end + 1..name.end + 1 + length);
                return;
            }
            Some(b'.') if self.starts(name.end, b".in_(") => {
                self.expression(name.end + 4, 0);
                return;
            }
            _ if start == name.end => return,
            _ => {}
        }
        let word = self.text[start..start + self.count_up_to(3, start, is_word)].to_ascii_lowercase();
        if word == b"to" || word == b"in" {
            // `SET name TO 'x'`, `name IN ('x', 'y')`
            let value = self.past_space(start + 2);
            if self.get(value) == Some(b'(') || word == b"to" && self.literal(value).is_some() {
                self.expression(value, 0);
            }
            return;
        }
        if self.text[..name.start].ends_with(b"ENV ") {
            let end = self.line_end(start);
            self.hide(start..end);
            return;
        }
        let text = &self.text[name.clone()];
        let is_option = self.text[name.clone()].starts_with(b"--");
        let is_large = !text.iter().any(u8::is_ascii_lowercase);
        if (is_large || names::is_password(text)) && self.is_sql_literal(start, is_large) {
            if let Some(literal) = self.literal(start) {
                self.hide(literal.content);
            }
        } else if is_option {
            let length = self.count(start, |byte| !byte.is_ascii_whitespace() && !b"'\"`<[-".contains(&byte));
            if length > 0 && !is_no_secret(&self.text[start..start + length]) {
                self.found.push(start..start + length);
            }
        } else if let Some(default) = self.default_of_column(start) {
            let _end = self.expression(default, 0);
        }
    }

    /// `name, a = 'x', 'y'`
    fn first_of_row(&mut self, name: &Range<usize>) {
        let names =
            name.end + self.count_up_to(100, name.end, |byte| is_word(byte) || b" \t,".contains(&byte));
        let is_assigned = self.get(names) == Some(b'=') && self.get(names + 1) != Some(b'=');
        if is_assigned && (self.begins_line(name.start) || self.is_in_row(name.start)) {
            let value = self.past_blanks(names + 1);
            self.expressions(value);
        }
    }

    /// Whether SQL has a literal here: between single quotes, between double ones after a word in capitals.
    fn is_sql_literal(&self, at: usize, is_large: bool) -> bool {
        let at = at + usize::from(matches!(self.get(at), Some(b'N' | b'E')));
        let at = at + self.count(at, |byte| byte == b'\\');
        match self.get(at) {
            Some(b'\'') => true,
            Some(b'"') => is_large,
            Some(b'$') => self.get(at + 1 + self.count(at + 1, is_word)) == Some(b'$'),
            _ => false,
        }
    }

    /// Where the default of a column stands whose type begins here.
    fn default_of_column(&mut self, at: usize) -> Option<usize> {
        let length = self.count_up_to(120, at, |byte| is_word(byte) || b" (),\t".contains(&byte));
        let text = self.text[at..at + length].to_ascii_lowercase();
        let word = b"default ";
        let found = text.windows(word.len()).position(|window| window == word)?;
        // A comma outside of the type's brackets ends the column.
        let mut depth = 0_usize;
        for byte in &text[..found] {
            match byte {
                b'(' => depth += 1,
                b')' => depth = depth.checked_sub(1)?,
                b',' if depth == 0 => return None,
                _ => {}
            }
        }
        Some(self.past_space(at + found + word.len()))
    }

    /// `auth=('user', 'password')`.
    fn pair(&mut self, at: usize) {
        let (_, at) = self.past_close(at);
        let Some((_, value)) = self.sign(at) else { return };
        let open = self.past_space(value);
        if !matches!(self.get(open), Some(b'(' | b'[')) {
            return;
        }
        let Some(user) = self.literal_after(open + 1) else { return };
        let comma = self.past_space(user.end);
        if self.get(comma) == Some(b',')
            && let Some(password) = self.literal_after(comma + 1)
        {
            self.hide(password.content);
        }
    }

    /// `PASSWORDS = ['x', 'y']`.
    fn several(&mut self, at: usize) {
        let (_, at) = self.past_close(at);
        let Some((Sign::Equals | Sign::Colon, value)) = self.sign(at) else { return };
        let value = self.past_space(value);
        let open = self.past_annotation(value).map_or(value, |value| self.past_space(value));
        if matches!(self.get(open), Some(b'(' | b'[' | b'{')) {
            self.expression(open, 0);
        }
    }

    /// `Authorization: Basic …`.
    fn header(&mut self, value: usize) -> Option<usize> {
        let start = self.past_blanks(value);
        if let Some(literal) = self.literal(start) {
            self.hide(literal.content);
            return Some(literal.end);
        }
        let code = self.is_code(start).map(|end| self.past_blanks(end));
        if code.is_some_and(|end| !self.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric())) {
            return None;
        }
        let first = self.count(start, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
        let second = self.past_blanks(start + first);
        let length = self.count(second, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=:".contains(&byte));
        let found =
            if length > 0 && second > start + first { second..second + length } else { start..start + first };
        // A word alone is none.
        if found.len() < 8 {
            return None;
        }
        let end = found.end;
        self.found.push(found);
        Some(end)
    }

    /// Hides a value without quotes: after a blank all of its line, else one word, as in a connection string.
    fn raw(&mut self, name: &Range<usize>, value: usize, start: usize) -> Option<usize> {
        let first = self.get(start)?;
        if first.is_ascii_whitespace() {
            return self.continued(name, start);
        }
        let end = if first == b'{' && self.is_braced(name, start) {
            self.find(start, b"}")? + 1
        } else if start > value && !matches!(self.before(name.start), Some(b'?' | b'&')) {
            self.line_end(start)
        } else {
            self.word_end(name, start)
        };
        let mut end = end;
        while end > start && self.text[end - 1].is_ascii_whitespace() {
            end -= 1;
        }
        let text = &self.text[start..end];
        let n_word = self.count(start, |byte| !byte.is_ascii_whitespace() && !b",;)'\"".contains(&byte));
        let word = &self.text[start..start + n_word.max(1)];
        let is_bound = first == b':' && word[1..].iter().all(|byte| is_word(*byte)) && word.len() > 1;
        let is_number = word.len() < 4 && word.iter().all(u8::is_ascii_digit);
        if self.is_compared(start)
            || is_no_secret(text)
            || is_no_secret(word)
            || is_bound
            || is_number
            || b")]}".contains(&first)
        {
            return None;
        }
        self.found.push(start..end);
        Some(end)
    }

    /// Hides a value that begins on the line after its name, as a setting's may: that line is indented, and no setting.
    fn continued(&mut self, name: &Range<usize>, end: usize) -> Option<usize> {
        let is_end = |byte: u8| matches!(byte, b'\n' | b'\r');
        let line = end + self.count(end, is_end);
        let start = self.past_blanks(line);
        if self.before(name.start).is_some_and(|byte| !is_end(byte)) || start == line || line > end + 2 {
            return None;
        }
        let end = self.line_end(start);
        let text = self.text[start..end].trim_ascii_end();
        if text.contains(&b'=') || is_no_secret(text) {
            return None;
        }
        let end = start + text.len();
        self.found.push(start..end);
        Some(end)
    }

    /// Whether a name stands here, and a word of Python that joins it with others.
    fn is_compared(&self, at: usize) -> bool {
        let name = at + self.count(at, |byte| byte.is_ascii_alphabetic() || byte == b'_');
        let word = self.past_blanks(name);
        let text = &self.text[word..word + self.count(word, is_word)];
        name > at && word > name && [&b"is"[..], b"in", b"not", b"and", b"or", b"if", b"for"].contains(&text)
    }

    fn before(&self, at: usize) -> Option<u8> {
        at.checked_sub(1).map(|at| self.text[at])
    }

    /// Whether a brace begins a value of ODBC, and no name that is filled in.
    fn is_braced(&self, name: &Range<usize>, start: usize) -> bool {
        let length = self.count_up_to(200, start, |byte| byte != b'}' && byte != b'\n');
        matches!(self.before(name.start), None | Some(b';' | b'\'' | b'"'))
            && self.get(start + length) == Some(b'}')
            && !is_no_secret(&self.text[start..=start + length])
    }

    /// Where a word of a connection string or of a query ends.
    fn word_end(&mut self, name: &Range<usize>, start: usize) -> usize {
        let before = self.before(name.start);
        let mut at = start;
        while let Some(byte) = self.get(at) {
            let ends = match byte {
                b'&' | b';' => {
                    before == Some(byte)
                        || byte == b'&' && before == Some(b'?')
                        || self.is_next_key(at + 1, byte == b';')
                }
                b',' | b')' => {
                    matches!(before, Some(b'(' | b','))
                        || self.is_in_call(name.start)
                        || self.is_next_key(at + 1, false)
                }
                b'\'' | b'"' | b'`' => self.closes(at + 1),
                b'\\' => match self.get(at + 1) {
                    Some(b'\'' | b'"') => self.closes(at + 2),
                    Some(b'n' | b't' | b'r') => true,
                    _ => false,
                },
                b'<' | b'>' => at == start,
                _ => byte.is_ascii_whitespace(),
            };
            if ends {
                break;
            }
            at += 1;
        }
        self.spend(at - start);
        at
    }

    /// Whether a name is that of an argument: a comma and a blank, or a bracket, stand before it.
    fn is_in_call(&self, at: usize) -> bool {
        let mut before = self.text[..at].iter().rev().take(40).skip_while(|byte| byte.is_ascii_whitespace());
        matches!(before.next(), Some(b'(' | b','))
    }

    /// Whether a quote before this place ends a text.
    fn closes(&self, at: usize) -> bool {
        self.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte < 0x80 && byte != b'_')
    }

    /// Whether another key and its sign stand here; ODBC's are of several words.
    fn is_next_key(&self, at: usize, of_words: bool) -> bool {
        let at = self.past_blanks(at);
        let length = self.count_up_to(40, at, |byte| is_word(byte) || of_words && byte == b' ');
        length > 0 && self.get(at + length) == Some(b'=')
    }
}

/// Whether a word is what a type is called.
fn is_type(word: &[u8]) -> bool {
    let end = word.iter().position(|byte| !is_word(*byte)).unwrap_or(word.len());
    let small = word[..end].to_ascii_lowercase();
    TYPES.contains(&&*small)
}
