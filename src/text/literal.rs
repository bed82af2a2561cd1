//! Texts as Python writes them.

/// A Python string literal in these quotes; what Python calls not printable is escaped.
pub fn python_literal(value: &str, quote: char) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push(quote);
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
        }
    }
    out.push(quote);
    out
}

/// Whether Python prints a character as it is: Rust and Python make the same of Unicode's categories. What only joins the
/// character before it is printed too, so it is asked about behind one.
fn is_printable(c: char) -> bool {
    let behind = ['a', c].iter().collect::<String>();
    c == '\'' || c == '"' || behind.escape_debug().count() == 2
}

/// What `repr()` gives of a text: single quotes, unless it holds some and no double ones.
pub fn python_repr(text: &str) -> String {
    python_literal(text, if text.contains('\'') && !text.contains('"') { '"' } else { '\'' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_as_python_shows_them() {
        for (text, expected) in [
            ("it's", r#""it's""#),
            ("both ' and \"", r#"'both \' and "'"#),
            ("\u{feff}\u{1}\u{e9}e\u{301}", "'\\ufeff\\x01\u{e9}e\u{301}'"),
            ("\u{a0}\u{ad}\u{2028}", r"'\xa0\xad\u2028'"),
            ("\u{1f600}\u{e0001}", "'\u{1f600}\\U000e0001'"),
            ("a\\b\n\t", r"'a\\b\n\t'"),
        ] {
            assert_eq!(python_repr(text), expected);
        }
    }
}
