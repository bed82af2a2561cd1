//! Texts as Python writes them.

/// A Python string literal in these quotes; control characters are escaped.
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
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// What `repr()` gives of a text: single quotes, unless it holds some and no double ones.
pub fn python_repr(text: &str) -> String {
    python_literal(text, if text.contains('\'') && !text.contains('"') { '"' } else { '\'' })
}
