//! Numbers and strings that Python's tokenizer refuses.

use crate::source::python::Syntax;

/// Why a literal is none, as a phrase; nothing for other nodes.
pub(super) fn bad_literal(node: Syntax<'_>) -> Option<String> {
    match node.kind() {
        "integer" | "float" => bad_number(&node.text().to_ascii_lowercase()),
        "string" => bad_string(node),
        "concatenated_string" => {
            let is_bytes: Vec<bool> =
                node.children().into_iter().map(|piece| prefix(piece.bytes()).contains(&b'b')).collect();
            let mixed = is_bytes.contains(&true) && is_bytes.contains(&false);
            mixed.then(|| "bytes and text cannot be written side by side".to_owned())
        }
        _ => None,
    }
}

fn bad_number(text: &str) -> Option<String> {
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

/// What stands before the quotes, in small letters.
fn prefix(literal: &[u8]) -> Vec<u8> {
    literal.iter().take_while(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
}

const PREFIXES: [&str; 12] = ["", "r", "u", "b", "br", "rb", "f", "fr", "rf", "t", "tr", "rt"];

fn bad_string(node: Syntax<'_>) -> Option<String> {
    let literal = node.bytes();
    let prefix = String::from_utf8(prefix(literal)).unwrap_or_default();
    if literal.starts_with(b"`") || prefix == "ur" {
        return Some("this is Python 2".to_owned());
    }
    if !PREFIXES.contains(&prefix.as_str()) {
        return Some(format!("`{prefix}` is no prefix of a string"));
    }
    let is_bytes = prefix.contains('b');
    if is_bytes && !literal.is_ascii() {
        return Some("bytes can only hold ASCII characters".to_owned());
    }
    if prefix.contains('r') || node.has_error() {
        return None;
    }
    if prefix.contains(['f', 't']) {
        // What is in braces is no text.
        let pieces = node.children().into_iter().filter(|child| child.kind() == "string_content");
        return pieces.into_iter().find_map(|piece| bad_escape(piece.bytes(), b"xuU"));
    }
    bad_escape(literal, if is_bytes { b"x" } else { b"xuUN" })
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
