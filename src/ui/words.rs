//! Sizes and file-derived text as people read them; what a report says is worded in [`crate::report::present`].
//!
//! The report's texts may be shown as they are; what was dropped has a name that goes through [`visible`] first, so that
//! no control or bidirectional character can hide or reorder what stands on the page.

use crate::text::{self, number};
use crate::worker::{Phase, Progress};

/// `812 bytes`, `17.1 MB`.
pub(super) fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}

/// What the engine is doing, for the person who waits.
pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Listing => "Going through the folders",
        Phase::Reading => "Reading",
        Phase::Parsing => "Parsing migrations and checking them",
        Phase::Planning => "Working out repairs, and proving them",
    }
}

/// How an engine ended that died of `problem`, in the middle of what it did.
pub(super) fn died(progress: &Progress, problem: &str) -> String {
    let doing = phase(progress.phase).to_lowercase();
    let at = match progress.files_total {
        0 => String::new(),
        all => format!(", at file {} of {}", number(progress.files_done.into()), number(all.into())),
    };
    // Whoever gets no more memory ends at an instruction that cannot be reached, and says nothing.
    let why = if problem.contains("unreachable") || problem.contains("memory") {
        "this tab has no more memory for it".to_owned()
    } else {
        format!("a fault of its own, please report it: {problem}")
    };
    format!(
        "the audit stopped while it was {doing}{at}: {why}. Drop less at once, for one the folder of the migrations alone, or \
         use the command line"
    )
}

/// Text from a file with every control and bidirectional character written out.
pub(super) fn visible(text: &str) -> String {
    text::visible(text).into_owned()
}

/// As much of a text as fits in so many narrow characters, with an ellipsis for the rest.
pub(super) fn shorten(text: &str, room: usize) -> String {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += width(c);
        if used > room {
            let cut = text[..at].char_indices().last().map_or(0, |(last, _)| last);
            return format!("{}\u{2026}", text[..cut].trim_end());
        }
    }
    text.to_owned()
}

/// How many narrow characters wide a character is, roughly.
fn width(c: char) -> usize {
    if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}')
    {
        2
    } else {
        1
    }
}

/// A path whose folders are left out when it is long.
pub(super) fn near(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((_, name)) if path.len() > 44 => format!("\u{2026}/{name}"),
        _ => path.to_owned(),
    }
}

/// A sentence with a full stop, for showing as it is.
pub(super) fn sentence(text: &str) -> String {
    visible(&text::stopped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_written_out() {
        assert_eq!(visible("a\u{202e}b\0"), "a\\u202eb\\x00");
        assert_eq!(visible("<b> é"), "<b> é");
    }

    #[test]
    fn long_text_is_cut_with_a_sign() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abcde\u{2026}");
        assert_eq!(shorten("\u{4e2d}\u{6587}\u{4e2d}", 4), "\u{4e2d}\u{2026}");
    }

    #[test]
    fn an_engine_that_died_says_where_it_was_and_what_to_do() {
        let progress =
            Progress { phase: Phase::Parsing, files_done: 1_203, files_total: 5_000, bytes_done: 0 };
        assert_eq!(
            died(&progress, "Uncaught RuntimeError: unreachable"),
            "the audit stopped while it was parsing migrations and checking them, at file 1,203 of 5,000: this tab has no \
             more memory for it. Drop less at once, for one the folder of the migrations alone, or use the command line"
        );
        let other = died(&Progress::default(), "x is undefined");
        assert!(
            other
                .contains("going through the folders: a fault of its own, please report it: x is undefined.")
        );
    }

    #[test]
    fn sizes_and_sentences_are_for_people() {
        assert_eq!([bytes(12), bytes(1_500), bytes(17_100_000)], ["12 bytes", "1.5 kB", "17.1 MB"]);
        assert_eq!([near("a/b.py"), near(&format!("{}/b.py", "a".repeat(50)))], ["a/b.py", "\u{2026}/b.py"]);
        assert_eq!([sentence("no dot"), sentence("a dot.")], ["no dot.", "a dot."]);
    }
}
