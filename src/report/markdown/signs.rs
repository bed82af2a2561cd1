//! Text, names and tables as Markdown: whatever a sign would mean there, it stands for itself.

use crate::report::present::{Span, spans};

pub(super) fn bullets(lines: impl Iterator<Item = String>) -> String {
    lines.flat_map(|line| ["- ".to_owned(), line, "\n".to_owned()]).collect()
}

/// A row of a table; a bar inside a cell is escaped unless it is already.
pub(super) fn row(cells: &[String]) -> String {
    let mut out = String::from("|");
    for cell in cells {
        out.push(' ');
        let mut last = ' ';
        for c in cell.chars() {
            if c == '|' && last != '\\' {
                out.push('\\');
            }
            out.push(c);
            last = c;
        }
        out.push_str(" |");
    }
    out.push('\n');
    out
}

pub(super) fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["   ", line, "\n"]).collect()
}

/// A sentence: what stands between backticks as code, everything else as text.
pub(super) fn prose(text: &str) -> String {
    spans(text)
        .into_iter()
        .enumerate()
        .map(|(at, span)| match span {
            Span::Text(text) => escaped(text, at == 0),
            Span::Code(text) => code(text),
        })
        .collect()
}

/// Text without any sign that Markdown, HTML or GitHub would read; `begins` when it may stand at the start of a line.
pub(super) fn escaped(text: &str, begins: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        match c {
            // Inside a word it means nothing.
            '_' if last.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric()) => {
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => out.extend(['\\', c]),
            // Lists, headings and rules begin a line only; a number becomes a list by the dot after it.
            '-' | '+' | '=' if begins && out.is_empty() => out.extend(['\\', c]),
            '.' | ')' if begins && out.chars().all(|c| c.is_ascii_digit()) => out.extend(['\\', c]),
            // An address is a link by its colon, or by the dot after `www`.
            ':' if chars.peek() == Some(&'/') => out.push_str("\\:"),
            '.' if out
                .as_bytes()
                .last_chunk()
                .is_some_and(|last: &[u8; 3]| last.eq_ignore_ascii_case(b"www")) =>
            {
                out.push_str("\\.");
            }
            // A character of no width keeps mentions and issue numbers from becoming links.
            '@' | '#' => {
                out.extend(['\\', c]);
                if chars.peek().is_some_and(|next| next.is_alphanumeric()) {
                    out.push_str("&#8203;");
                }
            }
            _ => out.push(c),
        }
        last = c;
    }
    out
}

/// A code span; its fence is longer than any inside.
pub(crate) fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let pad =
        if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A block of code whose fence is longer than any inside.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

fn longest_run(text: &str, sign: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == sign { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
