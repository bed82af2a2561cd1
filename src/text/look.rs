//! Small looks at bytes, and small words, that several rooms need.

/// Whether bytes hold a text; fast where they are UTF-8.
pub fn contains(bytes: &[u8], text: &str) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(valid) => valid.contains(text),
        Err(_) => bytes.windows(text.len()).any(|window| window == text.as_bytes()),
    }
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
