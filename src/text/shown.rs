//! Text as it may be shown: without secrets, and with nothing that hides.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

use super::redact::{HIDDEN, redact, without};
use super::{visible, visible_lines};

/// One line of text that may be shown: what looks like a secret is `***`, and unseen characters, ends of lines among
/// them, are written out.
///
/// There is no way to make one that has not gone through both, reading one from JSON included. Making one of another
/// one's text changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Shown(String);

/// The same of several lines: line feeds and tabs stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ShownLines(String);

impl Shown {
    /// The text as it may be shown.
    pub fn line(text: &str) -> Self {
        Self(visible(&redact(text)).into_owned())
    }

    /// The same of what is told of a text that holds secrets, which are known by these words; by all that may be one where
    /// there are none.
    pub fn line_without(text: &str, words: Option<&[&str]>) -> Self {
        Self::line(&without(text, words))
    }

    /// The value of a name as it may be shown.
    pub fn value_of(name: &str, value: &str) -> Self {
        let start = format!("{} = ", name.replace(['\n', '\r'], " "));
        let shown = redact(&format!("{start}{value}")).into_owned();
        Self::line(shown.strip_prefix(&start).unwrap_or(HIDDEN))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ShownLines {
    /// The text as it may be shown.
    pub fn lines(text: &str) -> Self {
        Self(visible_lines(&redact(text)).into_owned())
    }
}

/// Each text as it may be shown, on a line of its own.
pub fn shown<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Vec<Shown> {
    texts.into_iter().map(|text| Shown::line(text.as_ref())).collect()
}

impl Borrow<str> for Shown {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Shown {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// What both kinds have in common.
macro_rules! reads_as_text {
    ($shown:ty, $made:path) => {
        impl From<&str> for $shown {
            fn from(text: &str) -> Self {
                $made(text)
            }
        }

        impl From<String> for $shown {
            fn from(text: String) -> Self {
                $made(&text)
            }
        }

        impl Deref for $shown {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<$shown> for String {
            fn from(text: $shown) -> Self {
                text.0
            }
        }

        impl PartialEq<str> for $shown {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $shown {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<String> for $shown {
            fn eq(&self, other: &String) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<$shown> for str {
            fn eq(&self, other: &$shown) -> bool {
                self == other.0
            }
        }

        impl<'de> Deserialize<'de> for $shown {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

reads_as_text!(Shown, Shown::line);
reads_as_text!(ShownLines, ShownLines::lines);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_without_its_secret_and_with_what_hides() {
        let given = "pg://u:s3cret@h/d\u{202e}\nnext";
        assert_eq!(Shown::line(given), "pg://u:***@h/d\\u202e\\nnext");
        assert_eq!(ShownLines::lines(given), "pg://u:***@h/d\\u202e\nnext");
        assert_eq!(Shown::line(&Shown::line(given)), Shown::line(given));
        assert_eq!(ShownLines::lines(&ShownLines::lines(given)), ShownLines::lines(given));
    }

    #[test]
    fn what_is_a_secret_elsewhere_is_one_in_what_is_told_of_it() {
        let told = "found 'hunter2@h', and a of bé3C4d5e6";
        assert_eq!(Shown::line_without(told, Some(&["hunter2"])), "found '***@h', and a of bé3C4d5e6");
        // Where they are too many, whatever may be one is.
        assert_eq!(Shown::line_without(told, None), "found '***@h', and a of bé***");
        assert_eq!(Shown::value_of("password", "'x'"), "'***'");
        assert_eq!(Shown::value_of("name", "'x'"), "'x'");
    }

    #[test]
    fn what_is_read_is_shown_too() -> serde_json::Result<()> {
        let json = r#""pg://u:s3cret@h \u202e\n""#;
        assert_eq!(serde_json::from_str::<Shown>(json)?, "pg://u:***@h \\u202e\\n");
        let read: ShownLines = serde_json::from_str(json)?;
        assert_eq!(read, "pg://u:***@h \\u202e\n");
        assert_eq!(serde_json::to_string(&read)?, r#""pg://u:***@h \\u202e\n""#);
        Ok(())
    }
}
