//! Lines for a terminal, with colours or without.
//!
//! Everything that came from a file is shown with its control characters as escapes, so that no name can command the
//! terminal.

use super::present::{IN_DOUBT, Span, Tone, left_out, place, spans};
use super::{ReplayReport, words};
use crate::text::{number, shorten};

/// As many calls that took the certainty are told.
const CALLS: usize = 5;
/// The longest line of code beside one.
const LONGEST_CALL: usize = 72;

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No colours.
    Plain,
    /// ANSI colours.
    Colour,
}

/// What sets a text off beside its tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Headings and names.
    Bold,
    /// What frames the text: arrows, bars, numbers of lines.
    Frame,
    /// What can be typed, and the names of parts.
    Accent,
    /// What it means.
    Of(Tone),
}

/// What was written so far.
pub(super) struct Terminal {
    pub(super) text: String,
    style: Style,
}

impl Terminal {
    pub(super) fn new(style: Style) -> Self {
        Self { text: String::new(), style }
    }

    /// Ends a line, without blanks at its end.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// How much of the schema is certain, and the calls that took the rest, each with its line and what is not known of it.
    pub(super) fn certainty(&mut self, replay: &ReplayReport) {
        let certainty = &replay.certainty;
        let because = if certainty.taken.is_empty() { String::new() } else { format!("{IN_DOUBT}:") };
        self.line(&format!("{} {because}", words::certainty(replay)));
        for call in certainty.taken.iter().take(CALLS) {
            let arrow = self.paint(Ink::Frame, "-->");
            let place = place(&call.path, Some(call.line), None);
            self.line(&format!("  {arrow} {place}: {} ({})", call.what, number(call.count as u64)));
            let bar = self.paint(Ink::Frame, "|");
            self.line(&format!("      {bar} {}", shorten(&call.text, LONGEST_CALL)));
        }
        if let Some(rest) = left_out(certainty.taken.len().saturating_sub(CALLS), "line") {
            self.line(&format!("  {rest}"));
        }
    }

    /// A text in colour, where there are colours.
    pub(super) fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Frame => "1;34",
            Ink::Accent => "1;36",
            Ink::Of(tone) => tone.ansi(),
        };
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    /// Code in sentences keeps its backticks without colours, and is bold instead with them.
    pub(super) fn sentence(&self, text: &str) -> String {
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Colour => spans(text)
                .into_iter()
                .map(|span| match span {
                    Span::Text(text) => text.to_owned(),
                    Span::Code(code) => self.paint(Ink::Bold, code),
                })
                .collect(),
        }
    }
}
