//! Counts, lists and sentences in words.

/// A number with its digits in groups: `12,034`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and its noun: `1 head`, `5 heads`, `12,034 files`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", number(count as u64)) }
}

/// Joins names as people do: `a`, `a and b`, `a, b and c`.
pub fn listed<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// A sentence with a full stop, unless it ends in a sign of its own.
pub fn stopped(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', ':', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// The text with a capital at its start.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([number(7), number(1_234), number(1_234_567)], ["7", "1,234", "1,234,567"]);
        assert_eq!(
            [plural(1, "file"), plural(2, "file"), plural(12_034, "file")],
            ["1 file", "2 files", "12,034 files"]
        );
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!([stopped("no dot"), stopped("a dot. "), stopped("")], ["no dot.", "a dot.", ""]);
        assert_eq!([capital("écrit"), capital("")], ["Écrit", ""]);
        assert_eq!([listed(&["a", "b", "c"]), listed(&["a"])], ["a, b and c", "a"]);
    }
}
