//! The values of literals, and those that Python's tokenizer refuses.

use std::borrow::Cow;

/// The value of one piece of a string literal, its prefix and quotes included; nothing for f-strings, bytes and what
/// has an escape that is not known here.
pub(super) fn text(literal: &str) -> Option<Cow<'_, str>> {
    let (prefix, content) = split(literal)?;
    if prefix.bytes().any(|byte| b"fFbBtT".contains(&byte)) {
        return None;
    }
    content_value(content, prefix.contains(['r', 'R']))
}

/// The value of what stands between quotes.
fn content_value(content: &str, is_raw: bool) -> Option<Cow<'_, str>> {
    if !content.contains(['\\', '\r']) {
        return Some(Cow::Borrowed(content));
    }
    let content = content.replace("\r\n", "\n").replace('\r', "\n");
    if is_raw { Some(content.into()) } else { unescape(&content).map(Cow::Owned) }
}

/// The text of a part of an f-string between its values.
pub(super) fn format_text(content: &str, is_raw: bool) -> Option<String> {
    content_value(&content.replace("{{", "{").replace("}}", "}"), is_raw).map(Cow::into_owned)
}

/// The bytes of `b'…'` without escapes; nothing for everything else.
pub(super) fn bytes(literal: &str) -> Option<&[u8]> {
    let rest = literal.strip_prefix(['b', 'B'])?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let content = rest.strip_prefix(quote)?.strip_suffix(quote)?;
    (!content.contains(['\\', quote]) && content.is_ascii()).then_some(content.as_bytes())
}

/// The prefix, and what stands between the quotes.
fn split(literal: &str) -> Option<(&str, &str)> {
    let (prefix, quoted) = literal.split_at(literal.find(['"', '\''])?);
    let is_triple = quoted.len() >= 6 && (quoted.starts_with("\"\"\"") || quoted.starts_with("'''"));
    let width = if is_triple { 3 } else { 1 };
    Some((prefix, quoted.get(width..quoted.len().checked_sub(width)?)?))
}

/// Whether one of these letters, which are small, stands before the quotes, in either case.
pub(super) fn has_prefix(literal: &[u8], letters: &[u8]) -> bool {
    prefix(literal).iter().any(|byte| letters.contains(&byte.to_ascii_lowercase()))
}

/// What stands before the quotes.
fn prefix(literal: &[u8]) -> &[u8] {
    let length = literal.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    &literal[..length]
}

/// Python's escapes in a string literal. `\N{…}` gives nothing: its table is not here.
fn unescape(content: &str) -> Option<String> {
    if !content.contains('\\') {
        return Some(content.to_owned());
    }
    let mut out = String::with_capacity(content.len());
    let mut chars = content.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let simple = match chars.next()? {
            '\n' => None,
            c @ ('\\' | '\'' | '"') => Some(c),
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            'N' => return None,
            c @ ('x' | 'u' | 'U') => {
                let n_digits = match c {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits: String = chars.by_ref().take(n_digits).collect();
                Some(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?)
            }
            c @ '0'..='7' => {
                let mut value = c.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                    value = value * 8 + digit;
                    chars.next();
                }
                Some(char::from_u32(value)?)
            }
            other => {
                out.push('\\');
                Some(other)
            }
        };
        out.extend(simple);
    }
    Some(out)
}

/// Why a number is none, as a phrase.
pub(super) fn bad_number(text: &str) -> Option<String> {
    let fault = |what: &str| Some(what.to_owned());
    for (start, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = text.strip_prefix(start) {
            let rest = rest.strip_prefix('_').unwrap_or(rest);
            return if is_grouped(rest, radix) { None } else { fault("this is no number") };
        }
    }
    let (number, is_imaginary) = text.strip_suffix('j').map_or((text, false), |number| (number, true));
    if text.ends_with('l') {
        return fault("this is Python 2");
    }
    let (mantissa, exponent) =
        number.split_once('e').map_or((number, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let exponent_is_right =
        exponent.is_none_or(|exponent| is_grouped(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), 10));
    let parts: Vec<&str> = mantissa.split('.').collect();
    let is_right = exponent_is_right
        && parts.len() < 3
        && parts.iter().any(|part| !part.is_empty())
        && parts.iter().all(|part| part.is_empty() || is_grouped(part, 10));
    if !is_right {
        return fault("this is no number");
    }
    let is_whole = parts.len() == 1 && exponent.is_none() && !is_imaginary;
    let is_octal =
        is_whole && number.starts_with('0') && number.bytes().any(|byte| !matches!(byte, b'0' | b'_'));
    if is_octal { fault("this is Python 2") } else { None }
}

/// Digits, with single underscores between them.
fn is_grouped(digits: &str, radix: u32) -> bool {
    digits.split('_').all(|group| !group.is_empty() && group.chars().all(|c| c.is_digit(radix)))
}

const PREFIXES: [&str; 12] = ["", "r", "u", "b", "br", "rb", "f", "fr", "rf", "t", "tr", "rt"];

/// Why a string literal is none, as a phrase; what is in the braces of a formatted one is others' to judge.
pub(super) fn bad_string(literal: &[u8], has_error: bool) -> Option<String> {
    let written = prefix(literal).to_ascii_lowercase();
    let prefix = std::str::from_utf8(&written).unwrap_or_default();
    if literal.starts_with(b"`") || prefix == "ur" {
        return Some("this is Python 2".to_owned());
    }
    if !PREFIXES.contains(&prefix) {
        return Some(format!("`{prefix}` is no prefix of a string"));
    }
    let is_bytes = prefix.contains('b');
    if is_bytes && !literal.is_ascii() {
        return Some("bytes can only hold ASCII characters".to_owned());
    }
    if has_error || prefix.contains(['r', 'f', 't']) {
        return None;
    }
    bad_escape(literal, if is_bytes { b"x" } else { b"xuUN" })
}

/// The same of a part of a formatted string between its values; `literal` is the whole of it.
pub(super) fn bad_part(part: &[u8], literal: &[u8]) -> Option<String> {
    if has_prefix(literal, b"r") { None } else { bad_escape(part, b"xuU") }
}

/// The first escape that is cut short; only those after which digits or a name must stand, and of these the given.
fn bad_escape(content: &[u8], kinds: &[u8]) -> Option<String> {
    let mut at = 0;
    while at + 1 < content.len() {
        if content[at] != b'\\' {
            at += 1;
            continue;
        }
        let kind = content[at + 1];
        let rest = &content[at + 2..];
        at += 2;
        if !kinds.contains(&kind) {
            continue;
        }
        let n_digits = match kind {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => {
                let is_named = rest.starts_with(b"{")
                    && rest.iter().position(|&byte| byte == b'}').is_some_and(|at| at > 1);
                if is_named {
                    continue;
                }
                return Some("the escape `\\N` needs the name of a character in braces".to_owned());
            }
        };
        let digits = rest.get(..n_digits).and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if value.is_none_or(|value| value > 0x10_ffff) {
            return Some(format!(
                "the escape `\\{}` needs {n_digits} digits of a character",
                char::from(kind)
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::source::program::{ExpressionKind, StatementKind};
    use crate::source::python::Parser;

    fn value(expression: &str) -> Option<String> {
        let program = Parser::new().read(expression.as_bytes()).program;
        match &program.body.first()?.kind {
            StatementKind::Expression(value) => value.as_text().map(str::to_owned),
            _ => None,
        }
    }

    #[test]
    fn string_literals_have_python_s_values() {
        for (literal, expected) in [
            ("'a'", Some("a")),
            (r#""a" 'b'"#, Some("ab")),
            ("('a')", Some("a")),
            ("('a'\n 'b')", Some("ab")),
            (r"'a\x41\n\101'", Some("aA\nA")),
            (r"r'a\n'", Some("a\\n")),
            ("u'x'", Some("x")),
            ("'''a\r\nb'''", Some("a\nb")),
            ("''", Some("")),
            ("f'a'", None),
            ("b'a'", None),
            ("'a' + 'b'", None),
            (r"'\N{BULLET}'", None),
        ] {
            assert_eq!(value(literal).as_deref(), expected, "{literal}");
        }
    }

    #[test]
    fn offsets_hold_in_latin_1() {
        let source = b"# coding: latin-1\nx = '\xe9t\xe9'\n";
        let program = Parser::new().read(source).program;
        let StatementKind::Assign { value, .. } = &program.body[0].kind else { panic!("{program:?}") };
        let ExpressionKind::Text(text) = &value.kind else { panic!("{program:?}") };
        assert_eq!((&*text.value, text.range.slice(source)), ("été", b"'\xe9t\xe9'".as_slice()));
    }
}
