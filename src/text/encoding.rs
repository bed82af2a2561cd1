//! How a Python file's bytes become text: byte-order mark, PEP 263 coding line, else UTF-8.
//!
//! Source: `get_coding_spec`, `check_coding_spec` and `decode_str` of `CPython`'s `Parser/tokenizer.c`.

use super::TextRange;
use super::codecs::{ASCII, LATIN_1, NOT_TEXT, OTHERS, SUPERSETS, UTF_8};

const MARK: &[u8] = b"\xef\xbb\xbf";

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

/// What Python makes of the name in a coding line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Utf8,
    Latin1,
    Ascii,
    /// ASCII, and more that is not read here.
    Superset,
    /// It may be anything.
    Other,
    NotText,
    Unknown,
}

/// A coding line's name: where it stands, and as the tokenizer shortens it.
struct CodingLine {
    range: TextRange,
    name: String,
}

impl CodingLine {
    /// Looks for one as Python does: among the first two lines, the second only if the first is blank or a comment.
    fn find(source: &[u8]) -> Option<Self> {
        let mut at = if source.starts_with(MARK) { MARK.len() } else { 0 };
        for _ in 0..2 {
            let length = source[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let end = length.map_or(source.len(), |length| at + length);
            let line = &source[at..end];
            let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
            match line.get(blanks) {
                None => {}
                Some(b'#') => {
                    if let Some(found) = Self::in_comment(line, blanks, at) {
                        return Some(found);
                    }
                }
                Some(_) => return None,
            }
            at = end + if source[end..].starts_with(b"\r\n") { 2 } else { 1 };
            if at > source.len() {
                return None;
            }
        }
        None
    }

    /// `coding:` or `coding=` and a name, the first that has one; `line` stands `at` a place of the source.
    fn in_comment(line: &[u8], from: usize, at: usize) -> Option<Self> {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let starts = (from..line.len()).filter(|&start| line[start..].starts_with(b"coding"));
        starts.map(|start| start + b"coding".len()).find_map(|start| {
            line.get(start).filter(|byte| matches!(byte, b':' | b'='))?;
            let start = start + 1 + line[start + 1..].iter().take_while(blank).count();
            let written = &line[start..start + line[start..].iter().take_while(of_name).count()];
            let range = TextRange::new((at + start) as u32, (at + start + written.len()) as u32);
            let name = shortened(std::str::from_utf8(written).ok()?);
            (!written.is_empty()).then_some(Self { range, name })
        })
    }
}

/// `get_normal_name` of the tokenizer.
fn shortened(name: &str) -> String {
    let start: String =
        name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let is = |family: &&str| {
        start.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    if is(&"utf-8") {
        "utf-8".to_owned()
    } else if ["latin-1", "iso-8859-1", "iso-latin-1"].iter().any(is) {
        "iso-8859-1".to_owned()
    } else {
        name.to_owned()
    }
}

/// Finds a codec by its name. Source: `search_function` of Python's `encodings`.
fn codec(name: &str) -> Codec {
    let pieces =
        name.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').filter(|piece| !piece.is_empty());
    let name = pieces.collect::<Vec<_>>().join("_").to_ascii_lowercase();
    let known = |name: &str| {
        let lists = [
            (UTF_8, Codec::Utf8),
            (LATIN_1, Codec::Latin1),
            (ASCII, Codec::Ascii),
            (SUPERSETS, Codec::Superset),
            (OTHERS, Codec::Other),
            (NOT_TEXT, Codec::NotText),
        ];
        lists.into_iter().find(|(names, _)| names.split_whitespace().any(|known| known == name))
    };
    // Windows has a codec for each of its code pages; and a dot stands for an underscore in some names only.
    let may_be = name.strip_prefix("cp").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        || known(&name.replace('.', "_")).is_some();
    known(&name).map_or(if may_be { Codec::Other } else { Codec::Unknown }, |(_, codec)| codec)
}

/// Why Python refuses a file's encoding, where it does for certain: where, and what.
pub fn coding_fault(source: &[u8]) -> Option<(TextRange, String)> {
    let CodingLine { range, name } = CodingLine::find(source)?;
    if source.starts_with(MARK) {
        let what = format!("the coding line says `{name}`, and the byte-order mark says UTF-8");
        return (name != "utf-8").then_some((range, what));
    }
    // Under these names the whole file is decoded first; under the plain one comments may hold anything.
    let bad = match codec(&name) {
        Codec::Unknown => {
            return Some((range, format!("the coding line names `{name}`, which Python does not know")));
        }
        Codec::NotText => {
            return Some((range, format!("the coding line names `{name}`, which is no encoding of text")));
        }
        Codec::Ascii => source.iter().position(|byte| !byte.is_ascii()),
        Codec::Utf8 if name != "utf-8" => std::str::from_utf8(source).err().map(|error| error.valid_up_to()),
        _ => None,
    }?;
    let what = format!("byte 0x{:02x} is no `{name}`, which the coding line names", source[bad]);
    Some((TextRange::new(bad as u32, bad as u32 + 1), what))
}

/// Whether the coding line names an encoding that is not read here, and the text hangs on it.
pub fn is_undecided(source: &[u8]) -> bool {
    CodingLine::find(source).is_some_and(|line| match codec(&line.name) {
        Codec::Superset => !source.is_ascii(),
        Codec::Other => true,
        _ => false,
    }) && !source.starts_with(MARK)
}

impl Encoding {
    /// Finds the encoding as Python does: a byte-order mark, else a coding line among the first two lines, else UTF-8.
    pub fn of(source: &[u8]) -> Self {
        if source.starts_with(MARK) {
            return Self::Utf8;
        }
        match CodingLine::find(source).map(|line| codec(&line.name)) {
            None | Some(Codec::Utf8 | Codec::Ascii) => Self::Utf8,
            Some(Codec::Latin1) => Self::Latin1,
            Some(Codec::Superset | Codec::Other | Codec::NotText | Codec::Unknown) => Self::Other,
        }
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

/// What a file says in some of its bytes.
pub fn written(source: &[u8], range: TextRange) -> String {
    Encoding::of(source).decode(range.slice(source))
}

/// Turns a file's bytes into text for showing, by its own encoding.
pub fn decode_lossy(source: &[u8]) -> String {
    Encoding::of(source).decode(source.strip_prefix(MARK).unwrap_or(source))
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

    #[test]
    fn python_s_own_verdict_on_coding_lines() {
        // Asked of CPython 3.11 with `compile()`.
        let refused: [&[u8]; 31] = [
            b"# coding: nope\nx=1\n",
            b"\xef\xbb\xbf# coding: latin-1\n",
            b"\xef\xbb\xbf# coding: utf8\n",
            b"\xef\xbb\xbf# coding: utf8-sig\n",
            b"# coding: utf8-sig\n",
            b"# coding: utf-8x\n",
            b"# coding: UTF8\n# \xe9\n",
            b"# coding: ascii\n# \xe9\n",
            b"\n# coding: nope\n",
            b"   \n# coding: nope\n",
            b"\x0c\n# coding: nope\n",
            b"# a\n# coding: nope\n",
            b"# coding: nope",
            b"\n# coding: nope",
            b"# a\r# coding: nope\r",
            b"# a\r\n# coding: nope\r\n",
            b"#coding:nope\n",
            b"# coding nope coding: nope\n",
            b"# coding:\tnope\n",
            b"\xef\xbb\xbf\n# coding: nope\n",
            b"# coding: rot13\n",
            b"# coding: hex\n",
            b"# coding: aliases\n",
            b"# coding: .\n",
            b"# vim: set fileencoding=nope :\n",
            b"# coding: latin-11\n",
            b"# coding: us-ascii-x\n",
            b"# coding: -\n",
            b"#\x0c coding: nope\n",
            b"\x0c # coding: nope\n",
            b"# c\xe9ding: nope coding: nope\n",
        ];
        for source in refused {
            assert!(coding_fault(source).is_some(), "{}", source.escape_ascii());
        }
        let taken: [&[u8]; 46] = [
            b"\xef\xbb\xbf# coding: utf-8\n",
            b"\xef\xbb\xbf# coding: UTF-8\n",
            b"\xef\xbb\xbf# coding: utf-8-sig\n",
            b"\xef\xbb\xbf# coding: utf_8_sig\n",
            b"# coding: utf-8-sig\n",
            b"# coding: utf-8-whatever\n",
            b"# coding: utf-8\n# \xe9\n",
            b"# coding: ascii\nx=1\n",
            b"\\\n# coding: nope\n",
            b"x=1\n# coding: nope\n",
            b"# a\n\n# coding: nope\n",
            b"'''\n# coding: nope\n'''\n",
            b"# encoding = nope\n",
            b"# coding=:nope\n",
            b"# coding: \n",
            b"x=1 # coding: nope\n",
            b"# coding: utf-7\nx=1\n",
            b"# coding: idna\nx=1\n",
            b"# coding: cp1252\nx='\xe9'\n",
            b"# coding: latin_1\n#\x81\n",
            b"# coding: iso-latin-1-unix\n#\x81\n",
            b"# coding: latin-1-unix\n#\x81\n",
            b"# coding: Latin1\n",
            b"# coding: iso8859_15\n",
            b"# coding: iso.8859-15\n",
            b"# coding: unicode_escape\nx=1\n",
            b"# coding: raw_unicode_escape\nx=1\n",
            b"# coding: cp65001\n",
            b"# coding: utf-8-\n",
            b"# coding: utf_8-foo_bar_baz\n",
            b"# coding: uTf-8\n#\xe9\n",
            b"# coding: utf_8\n#\xe9\n",
            b"# -*- coding: utf-8; -*-\n",
            b"\n\n",
            b"# coding: gbk\nx='\xd6\xd0'\n",
            b"# coding: utf--8\n",
            b"# coding: utf 8\n",
            b"# coding: latin-1-\n",
            b"# coding: l1\n",
            b"# coding: idna\n",
            b"# -*- coding: iso-8859-1-unix-dos -*-\n",
            b"# coding: ISO_8859_1\n",
            b"# coding: euc_jis_2004\n",
            b"# coding: hz\n",
            b"# coding\xe9: nope\n",
            b"coding: int = 1\n",
        ];
        for source in taken {
            assert_eq!(coding_fault(source), None, "{}", source.escape_ascii());
        }
    }

    #[test]
    fn what_hangs_on_an_encoding_that_is_not_read_is_undecided() {
        for (source, expected) in [
            (b"# coding: koi8-r\nx = 1\n".as_slice(), false),
            (b"# coding: koi8-r\nx = '\xc1'\n", true),
            (b"# coding: cp1252\n# \x81\n", true),
            (b"# coding: utf-7\nx = 1\n", true),
            (b"# coding: nope\nx = 1\n", false),
            (b"# coding: latin-1\n# \xe9\n", false),
        ] {
            assert_eq!(is_undecided(source), expected, "{}", source.escape_ascii());
        }
    }
}
