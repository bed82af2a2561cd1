//! Secrets become `***` before anything is shown.
//!
//! One pass goes over the words of a text. What a secret is, is known by the name of a variable, a key or a column
//! (`names`), by the shape of the value (`tokens`, `address`), by the function that takes it (`calls`) and by SQL's own
//! forms (`sql`). The text may be anything and may begin anywhere: Python, SQL within it, an ini file, a sentence. So
//! nothing is parsed, and what is in doubt is hidden.

mod address;
mod calls;
mod expression;
mod keyed;
mod literal;
mod names;
mod sql;
mod tokens;

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

/// What stands for a secret.
pub(super) const HIDDEN: &str = "***";

/// Replaces everything in `text` that looks like a secret by `***`. Line ends stay, so lines still fit, and what holds no
/// secret is the same text. Redacting once is enough.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    // Without what was hidden something else may look like a secret. Each round hides more, so it comes to an end.
    for _ in 0..ROUNDS {
        let secrets = Secrets::of(shown.as_bytes());
        if secrets.is_empty() {
            break;
        }
        let hidden = secrets.hidden(&shown, 0..shown.len());
        if hidden == shown {
            break;
        }
        shown = Cow::Owned(hidden);
    }
    shown
}

/// What is told of a text that holds secrets, without the words by which these are known; without all that may be one where
/// they are too many to look for each.
pub(super) fn without<'t>(told: &'t str, words: Option<&[&str]>) -> Cow<'t, str> {
    let Some(words) = words else {
        let runs = told.as_bytes().chunk_by(|a, b| a.is_ascii_alphanumeric() == b.is_ascii_alphanumeric());
        let shown = |run| if is_telling(run) { HIDDEN.as_bytes() } else { run };
        return Cow::Owned(
            String::from_utf8_lossy(&runs.flat_map(shown).copied().collect::<Vec<_>>()).into_owned(),
        );
    };
    let mut told = Cow::Borrowed(told);
    for word in words {
        if told.contains(word) {
            told = Cow::Owned(told.replace(word, HIDDEN));
        }
    }
    told
}

/// Whether nobody would write a word by chance, as letters and digits together are.
fn is_telling(word: &[u8]) -> bool {
    let has = |of: fn(&u8) -> bool| word.iter().any(of);
    word.len() >= SHORTEST
        && (has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
            || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// A secret is known by words of so many characters.
const SHORTEST: usize = 6;

/// Of as many bytes of secrets the words are looked for.
const MOST_TOLD: usize = 4096;

/// How often a text is looked at.
const ROUNDS: usize = 4;

/// Where the secrets of a text stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Bytes, in order, each apart from the next.
    ranges: Vec<Range<usize>>,
}

impl Secrets {
    /// Finds them. Every encoding that keeps ASCII will do.
    pub fn of(text: &[u8]) -> Self {
        let mut found = Scan::of(text);
        if let Some(view) = View::of(text) {
            found.extend(Scan::of(&view.text).into_iter().map(|range| view.back(&range)));
        }
        found.retain(|range| !text[range.clone()].is_empty() && &text[range.clone()] != HIDDEN.as_bytes());
        found.sort_by_key(|range| range.start);
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => ranges.push(range),
            }
        }
        Self { ranges }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether some of these bytes are of one.
    pub fn are_in(&self, part: Range<usize>) -> bool {
        !self.within(&part).is_empty()
    }

    /// A part of the text they were found in, without them. Line ends stay.
    pub fn hidden(&self, text: &str, part: Range<usize>) -> String {
        self.hidden_bytes(text.as_bytes(), part, |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The same of bytes, read as `decode` does.
    pub fn hidden_bytes(&self, text: &[u8], part: Range<usize>, decode: impl Fn(&[u8]) -> String) -> String {
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let mut out = String::with_capacity(part.len());
        let mut done = part.start;
        for range in self.within(&part) {
            let (start, end) = (range.start.max(done), range.end.min(part.end));
            out.push_str(&decode(&text[done..start]));
            for line in text[start..end].chunk_by(|a, b| is_end(a) == is_end(b)) {
                if is_end(&line[0]) {
                    out.push_str(&decode(line));
                } else {
                    out.push_str(HIDDEN);
                }
            }
            done = end;
        }
        out.push_str(&decode(&text[done..part.end]));
        out
    }

    /// Words of those that reach into a part by which each is known wherever else it is told of; nothing where they are
    /// too long for that.
    pub fn words<'t>(&self, text: &'t [u8], part: Range<usize>) -> Option<Vec<&'t str>> {
        let mut left = MOST_TOLD;
        let mut found = Vec::new();
        for range in self.within(&part) {
            left = left.checked_sub(range.len())?;
            let words = text[range.clone()].split(|byte| !byte.is_ascii_alphanumeric());
            found.extend(
                words.filter(|word| is_telling(word)).filter_map(|word| std::str::from_utf8(word).ok()),
            );
        }
        Some(found)
    }

    /// Each of those that reach into a part.
    fn within(&self, part: &Range<usize>) -> &[Range<usize>] {
        let from = self.ranges.partition_point(|range| range.end <= part.start);
        let to = self.ranges.partition_point(|range| range.start < part.end);
        &self.ranges[from..to.max(from)]
    }
}

/// A text as it is meant: without the percent codes of an address, and without the zeros of two bytes a character.
struct View {
    text: Vec<u8>,
    /// Where each byte stands in the text, and where that ends.
    places: Vec<usize>,
}

impl View {
    /// Nothing where it is the text itself.
    fn of(text: &[u8]) -> Option<Self> {
        let is_code = |at: usize| text[at] == b'%' && code(&text[at..]).is_some();
        let has_code = || text.contains(&b'%') && (0..text.len()).any(is_code);
        if !text.contains(&0) && !has_code() {
            return None;
        }
        let mut view = Self { text: Vec::with_capacity(text.len()), places: Vec::new() };
        let mut at = 0;
        while at < text.len() {
            let code = (text[at] == b'%').then(|| code(&text[at..])).flatten();
            if text[at] != 0 {
                view.text.push(code.unwrap_or(text[at]));
                view.places.push(at);
            }
            at += if code.is_some() { 3 } else { 1 };
        }
        view.places.push(text.len());
        Some(view)
    }

    fn back(&self, range: &Range<usize>) -> Range<usize> {
        self.places[range.start]..self.places[range.end]
    }
}

/// The character that a percent code at the beginning stands for.
fn code(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    Some((digit(1)? * 16 + digit(2)?) as u8)
}

/// One pass over a text.
struct Scan<'a> {
    text: &'a [u8],
    found: Vec<Range<usize>>,
    /// How many bytes may still be looked at ahead of the pass.
    left: Cell<usize>,
}

/// For each byte of a text, so many may be looked at ahead.
const AHEAD: usize = 40;

impl<'a> Scan<'a> {
    /// Where secrets stand, in any order.
    fn of(text: &'a [u8]) -> Vec<Range<usize>> {
        let mut scan = Self { text, found: Vec::new(), left: Cell::new(text.len().saturating_mul(AHEAD)) };
        let mut at = 0;
        while at < text.len() {
            // What would take too long is hidden: only what is made to be so gets there.
            if scan.left.get() == 0 {
                scan.found.push(at..text.len());
                break;
            }
            at = scan.step(at);
        }
        scan.found
    }

    /// Looks at what begins here, and gives where to go on.
    fn step(&mut self, at: usize) -> usize {
        match self.text[at] {
            b':' if self.starts(at, b"://") => self.address(at),
            b'-' if self.starts(at, b"-----BEGIN ") => self.private_key(at),
            byte if is_word(byte) => self.word(at),
            _ => at + 1,
        }
    }

    fn word(&mut self, start: usize) -> usize {
        let end = start + self.count(start, is_word);
        // The letter after a backslash is none of the word.
        let start =
            if start > 0 && self.text[start - 1] == b'\\' && end > start + 1 { start + 1 } else { start };
        if let Some(token) = self.shaped(start).or_else(|| self.shaped_part(start + 1..end)) {
            let end = token.end;
            self.found.push(token);
            return end;
        }
        if names::may_be_one(&self.text[start..end]) {
            let name = self.name_before(end);
            if let Some(end) = self.named(&name) {
                return end;
            }
        }
        self.of_language(start..end);
        end
    }

    /// A token that is the last part of a name.
    fn shaped_part(&self, word: Range<usize>) -> Option<Range<usize>> {
        let text = &self.text[word.start.min(word.end)..word.end];
        if !text.contains(&b'_') {
            return None;
        }
        word.filter(|at| self.text[at - 1] == b'_').find_map(|at| self.shaped(at))
    }

    /// What a word means by itself: a function that takes a secret, or a word of SQL or of a header.
    fn of_language(&mut self, word: Range<usize>) {
        if self.get(word.end) == Some(b'(') {
            self.call(word);
            return;
        }
        let text = &self.text[word.clone()];
        let is = |other: &[u8]| text.eq_ignore_ascii_case(other);
        match text.len() {
            4 if text == b"thin" => self.oracle(word.end),
            6 if is(b"insert") => self.insert(word.end),
            6 if is(b"bearer") => self.bearer(word.end),
            7 if is(b"replace") => self.insert(word.end),
            10 if is(b"identified") => self.identified(word),
            _ => {}
        }
    }

    /// The name that ends here, with its hyphens.
    fn name_before(&self, end: usize) -> Range<usize> {
        let from = end.saturating_sub(names::LONGEST);
        let is_of_name = |byte: &&u8| is_word(**byte) || **byte == b'-';
        end - self.text[from..end].iter().rev().take_while(is_of_name).count()..end
    }

    fn get(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    fn starts(&self, at: usize, with: &[u8]) -> bool {
        self.text.get(at..).is_some_and(|text| text.starts_with(with))
    }

    /// How many bytes from here are of a kind.
    fn count(&self, from: usize, of: impl Fn(u8) -> bool) -> usize {
        let mut at = from;
        while at < self.text.len() && of(self.text[at]) {
            at += 1;
        }
        self.spend(at - from);
        at - from
    }

    /// The same of so many at most.
    fn count_up_to(&self, most: usize, from: usize, of: impl Fn(u8) -> bool) -> usize {
        let text = self.text.get(from..).unwrap_or_default();
        text[..most.min(text.len())].iter().take_while(|byte| of(**byte)).count()
    }

    /// Past blanks.
    fn past_blanks(&self, at: usize) -> usize {
        at + self.count(at, |byte| matches!(byte, b' ' | b'\t'))
    }

    /// Past blanks and line ends, those that are written out or taken back by a backslash too.
    fn past_space(&self, mut at: usize) -> usize {
        loop {
            at += self.count(at, |byte| byte.is_ascii_whitespace());
            let next = self.get(at + 1);
            match self.get(at) {
                Some(b'\\') if matches!(next, Some(b'n' | b't' | b'r' | b'\n' | b'\r')) => at += 2,
                _ => return at,
            }
        }
    }

    /// Where the line ends.
    fn line_end(&self, at: usize) -> usize {
        at + self.count(at, |byte| byte != b'\n' && byte != b'\r')
    }

    /// Notes that so many bytes were looked at ahead.
    fn spend(&self, n: usize) {
        self.left.set(self.left.get().saturating_sub(n + 1));
    }
}

/// Whether a byte is of a word: letters of every alphabet are.
fn is_word(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80..)
}

#[cfg(test)]
mod tests;
