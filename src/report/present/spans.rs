//! Sentences with names of commands and files between backticks.

/// A piece of a sentence: plain, or between backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span<'a> {
    /// Plain text.
    Text(&'a str),
    /// A command, an id, a name.
    Code(&'a str),
}

/// Splits a sentence at its pairs of backticks; a lone backtick stays text.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        spans.extend([Span::Text(before), Span::Code(code)]);
        rest = after;
    }
    spans.push(Span::Text(rest));
    spans.retain(|span| !matches!(span, Span::Text("") | Span::Code("")));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_in_pairs_are_code() {
        use Span::{Code, Text};
        assert_eq!(
            spans("so `flask db upgrade` stops"),
            [Text("so "), Code("flask db upgrade"), Text(" stops")]
        );
        assert_eq!(spans("a ` alone"), [Text("a ` alone")]);
        assert_eq!(spans("``"), []);
    }
}
