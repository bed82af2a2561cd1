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

/// The most names that a sentence holds.
const MOST: usize = 4;

/// Names with `and` or `or` before the last: `a, b or c`; of many the first, and how many more.
pub fn named<S: AsRef<str>>(names: &[S], last: &str) -> String {
    let (shown, more) = names.split_at(if names.len() > MOST { MOST - 1 } else { names.len() });
    let shown: Vec<_> = shown.iter().map(AsRef::as_ref).collect();
    match (shown.as_slice(), more.len()) {
        ([first @ .., end], 0) if !first.is_empty() => format!("{} {last} {end}", first.join(", ")),
        (shown, 0) => shown.concat(),
        (shown, n_more) => format!("{} {last} {n_more} more", shown.join(", ")),
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

    #[test]
    fn many_names_are_counted() {
        let names = |n: usize| (1..=n).map(|at| format!("r{at}")).collect::<Vec<_>>();
        let told: Vec<String> = (0..6).map(|n| named(&names(n), "or")).collect();
        assert_eq!(told, ["", "r1", "r1 or r2", "r1, r2 or r3", "r1, r2, r3 or r4", "r1, r2, r3 or 2 more"]);
    }
}
