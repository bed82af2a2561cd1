//! Small looks at bytes, and small words, that several rooms need.

/// Whether bytes hold a text; fast where they are UTF-8.
pub fn contains(bytes: &[u8], text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    match std::str::from_utf8(bytes) {
        Ok(valid) => valid.contains(text),
        Err(_) => bytes.windows(text.len()).any(|window| window == text.as_bytes()),
    }
}
