//! Functions that take a secret.

use std::ops::Range;

use super::{Scan, names};

/// Which argument of a function is a secret, by the end of its name, in small letters and without `_`.
const PLACES: &[(&[u8], usize)] = &[
    (b"url.create", 2),
    (b"httpbasicauth", 1),
    (b"basicauth", 1),
    (b"setpassword", 0),
    (b"passwordhash", 0),
    (b"makepassword", 0),
    (b"hashpassword", 0),
    (b"hashpw", 0),
    (b"secretstr", 0),
    (b"fernet", 0),
    (b"crypt", 0),
    (b"pgpsymencrypt", 1),
    (b"pgpsymdecrypt", 1),
];

/// Which functions hide nothing by what they do to a secret: its own words still stand in the call.
const MADE_OF: &[&[u8]] = &[
    b"md5",
    b"sha",
    b"sha1",
    b"sha224",
    b"sha256",
    b"sha384",
    b"sha512",
    b"encrypt",
    b"encode",
    b"b64encode",
    b"b64decode",
    b"quote",
    b"quoteplus",
    b"hash",
    b"password",
    b"str",
    b"bytes",
    b"text",
    b"literal",
];

/// Functions that take a name and then its value.
const SETTERS: &[&[u8]] = &[
    b"setmainoption",
    b"setsectionoption",
    b"setdefault",
    b"getenv",
    b"get",
    b"set",
    b"setenv",
    b"putenv",
    b"setattr",
    b"setconfig",
    b"config",
];

/// Functions that take a column's name, and its default by name.
const COLUMNS: &[&[u8]] = &[b"column", b"altercolumn", b"mappedcolumn", b"addcolumn"];

/// As many arguments are looked at.
const MOST: usize = 12;

impl Scan<'_> {
    /// Hides what a function takes that is known to take a secret; its bracket stands after its name.
    pub(super) fn call(&mut self, name: Range<usize>) {
        let from = self.text[..name.start].strip_suffix(b"URL.").map_or(name.start, <[u8]>::len);
        let small = names::plain(&self.text[from..name.end]);
        let is = |of: &[&[u8]]| of.iter().any(|known| small == *known);
        if let Some((_, place)) = PLACES.iter().find(|(known, _)| small.ends_with(known)) {
            self.argument(name.end, *place);
        } else if is(SETTERS) {
            self.setting(name.end);
        } else if is(COLUMNS) {
            self.default(name.end);
        } else if &self.text[name.clone()] == b"PASSWORD" {
            self.argument(name.end, 0);
        }
    }

    /// The same where it gives a value that has the name of a secret.
    pub(super) fn call_in_value(&mut self, name: Range<usize>) {
        let small = names::plain(&self.text[name.clone()]);
        if MADE_OF.iter().any(|known| small == *known) || names::is_one(&small) {
            self.argument(name.end, 0);
        } else {
            self.call(name);
        }
    }

    /// Hides an argument that is a literal, by its place.
    fn argument(&mut self, open: usize, place: usize) {
        let mut at = open + 1;
        for n in 0..=place {
            at = self.past_space(at);
            if n == place {
                if self.literal(at).is_some() {
                    self.expression(at, 1);
                }
                return;
            }
            let Some(next) = self.next_argument(at) else { return };
            at = next;
        }
    }

    /// Hides the literal after one that names a secret.
    fn setting(&mut self, open: usize) {
        let mut at = open + 1;
        let mut is_named = false;
        for _ in 0..3 {
            at = self.past_space(at);
            let literal = self.literal(at).filter(|literal| literal.is_closed);
            if is_named {
                if literal.is_some() {
                    self.expression(at, 1);
                }
                return;
            }
            is_named = literal.is_some_and(|literal| self.names_secret(&literal.content));
            let Some(next) = self.next_argument(at) else { return };
            at = next;
        }
    }

    /// Hides the default of a column that is named as a secret is.
    fn default(&mut self, open: usize) {
        let mut at = open + 1;
        let mut is_named = false;
        for n in 0..MOST {
            at = self.past_space(at);
            if n < 2
                && let Some(literal) = self.literal(at)
            {
                is_named |= self.names_secret(&literal.content);
            }
            if n > 0 && !is_named && n > 1 {
                return;
            }
            let name = at..at + self.count(at, super::is_word);
            if is_named && self.text[name.clone()].ends_with(b"default") {
                let equals = self.past_space(name.end);
                let value = self.past_space(equals + 1);
                if self.get(equals) == Some(b'=') {
                    self.default_value(value);
                }
            }
            let Some(next) = self.next_argument(at) else { return };
            at = next;
        }
    }

    /// A default: a literal, or SQL in a call of `text` that has one.
    fn default_value(&mut self, at: usize) {
        if self.literal(at).is_some() {
            self.expression(at, 1);
            return;
        }
        let open = at + self.count(at, |byte| super::is_word(byte) || byte == b'.');
        if self.get(open) != Some(b'(') {
            return;
        }
        let inner = self.past_space(open + 1);
        if let Some(literal) = self.literal(inner)
            && self.text[literal.content.clone()].iter().any(|byte| matches!(byte, b'\'' | b'"'))
        {
            self.hide(literal.content);
        }
    }

    fn names_secret(&self, content: &Range<usize>) -> bool {
        let start = content.start.max(content.end.saturating_sub(names::LONGEST));
        names::is_one(&self.text[start..content.end])
    }

    /// Where the next argument begins.
    fn next_argument(&mut self, at: usize) -> Option<usize> {
        let mut end = at;
        loop {
            match self.get(end)? {
                b',' => break,
                b')' | b']' | b'}' => return None,
                b'(' | b'[' | b'{' => end = self.past_brackets(end)?,
                b'\'' | b'"' => end = self.literal(end)?.end,
                b'\\' => end = self.literal(end).map_or(end + 1, |literal| literal.end),
                _ => end += 1,
            }
            if end > at + 2000 {
                return None;
            }
        }
        self.spend(end - at);
        Some(end + 1)
    }
}
