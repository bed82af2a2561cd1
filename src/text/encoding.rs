//! How a Python file's bytes become text: byte-order mark, PEP 263 coding line, else UTF-8.

/// The encodings that are read; anything else a coding line names is [`Encoding::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// ISO 8859-1: every byte is the character of the same number.
    Latin1,
    /// A coding line names an encoding that is not read here; its ASCII part still is.
    Other,
}

impl Encoding {
    /// Finds the encoding as Python does: a byte-order mark, else a coding line among the first two lines, else UTF-8.
    /// Source: PEP 263.
    pub fn of(source: &[u8]) -> Self {
        if source.starts_with(b"\xef\xbb\xbf") {
            return Self::Utf8;
        }
        for line in
            source.split(|&byte| byte == b'\n' || byte == b'\r').filter(|line| !line.is_empty()).take(2)
        {
            let trimmed = line.trim_ascii_start();
            if !trimmed.starts_with(b"#") {
                return Self::Utf8;
            }
            if let Some(name) = coding_name(trimmed) {
                return match name.as_str() {
                    "utf-8" | "utf8" | "u8" | "utf-8-sig" | "ascii" | "us-ascii" => Self::Utf8,
                    "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => Self::Latin1,
                    _ => Self::Other,
                };
            }
        }
        Self::Utf8
    }

    /// Turns bytes into text for showing; what the encoding cannot say becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
            Self::Other => bytes
                .iter()
                .map(|&byte| if byte.is_ascii() { char::from(byte) } else { '\u{fffd}' })
                .collect(),
        }
    }

    /// Turns text into bytes, or nothing when the encoding lacks a character of it.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            Self::Other => text.is_ascii().then(|| text.as_bytes().to_vec()),
        }
    }
}

/// Turns a file's bytes into text for showing, by its own encoding.
pub fn decode_lossy(source: &[u8]) -> String {
    Encoding::of(source).decode(source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source))
}

/// The name after `coding:` or `coding=`, lower-cased, underscores as hyphens.
fn coding_name(comment: &[u8]) -> Option<String> {
    let at = comment.windows(6).position(|window| window == b"coding")? + 6;
    let rest = comment.get(at..)?;
    let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?.trim_ascii_start();
    let name: String = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        .map(|&byte| if byte == b'_' { '-' } else { char::from(byte.to_ascii_lowercase()) })
        .collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_line_counts_in_the_first_two_lines_only() {
        assert_eq!(Encoding::of(b"# -*- coding: latin-1 -*-\n"), Encoding::Latin1);
        assert_eq!(
            Encoding::of(b"#!/usr/bin/python\n# vim: set fileencoding=iso_8859_1 :\n"),
            Encoding::Latin1
        );
        assert_eq!(Encoding::of(b"import x\n# coding: latin-1\n"), Encoding::Utf8);
        assert_eq!(Encoding::of(b"# coding: koi8-r\n"), Encoding::Other);
        assert_eq!(Encoding::of(b"\xef\xbb\xbf# coding: latin-1\n"), Encoding::Utf8);
    }

    #[test]
    fn text_goes_back_to_the_same_bytes() {
        assert_eq!(Encoding::Latin1.decode(b"\xe9"), "é");
        assert_eq!(Encoding::Latin1.encode("é"), Some(vec![0xe9]));
        assert_eq!(Encoding::Latin1.encode("€"), None);
        assert_eq!(Encoding::Utf8.encode("€"), Some("€".as_bytes().to_vec()));
    }
}
