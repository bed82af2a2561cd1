//! How lists of paths are split in an ini.

/// A separator that an ini names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// `os`: `;` on Windows and `:` elsewhere.
    Os,
    /// One character.
    Is(char),
}

impl Separator {
    /// The separator of a name that Alembic knows.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "newline" => Some(Self::Is('\n')),
            "space" => Some(Self::Is(' ')),
            "os" => Some(Self::Os),
            ":" => Some(Self::Is(':')),
            ";" => Some(Self::Is(';')),
            _ => None,
        }
    }

    /// Whether the value means other paths on Windows than elsewhere.
    pub(super) fn depends_on_the_system(self, value: &str) -> bool {
        self == Self::Os && value.contains(';')
    }

    fn split(self, value: &str) -> Vec<String> {
        let separator = match self {
            Self::Is(separator) => separator,
            // A `;` tells which.
            Self::Os if value.contains(';') => ';',
            Self::Os => ':',
        };
        value
            .split(separator)
            .filter(|piece| !piece.is_empty())
            .map(|piece| piece.trim().to_owned())
            .collect()
    }
}

/// Splits `version_locations`, by the older rule where no separator is named.
pub(super) fn split(value: &str, separator: Option<Separator>) -> Vec<String> {
    separator.map_or_else(|| legacy(value), |separator| separator.split(value))
}

/// The older rule: commas with blanks after them, or blanks; empty pieces stay, and lines do not count.
fn legacy(value: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        if c != ',' && c != ' ' {
            piece.push(c);
            continue;
        }
        while rest.next_if_eq(&' ').is_some() {}
        pieces.push(std::mem::take(&mut piece));
    }
    pieces.push(piece);
    pieces
}

/// Splits `prepend_sys_path`; the older rule takes colons for separators here.
pub(super) fn split_sys_path(value: &str, separator: Option<Separator>) -> Vec<String> {
    match separator {
        None => value.split([',', ' ', ':']).filter(|piece| !piece.is_empty()).map(str::to_owned).collect(),
        Some(separator) => separator.split(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_locations_are_split_as_alembic_does() {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        for (value, separator, expected) in [
            ("a:b", Some("os"), list(&["a", "b"])),
            ("a;b", Some("os"), list(&["a", "b"])),
            ("a ; b;", Some(";"), list(&["a", "b"])),
            ("a:  :b", Some(":"), list(&["a", "", "b"])),
            ("\na\nb b\n", Some("newline"), list(&["a", "b b"])),
            ("a  b", Some("space"), list(&["a", "b"])),
            ("a, b c,,d", None, list(&["a", "b", "c", "", "d"])),
            ("v1, v2,", None, list(&["v1", "v2", ""])),
            ("a\nb", None, list(&["a\nb"])),
        ] {
            let named = separator.and_then(Separator::named);
            assert_eq!(named.is_some(), separator.is_some());
            assert_eq!(split(value, named), expected, "{value:?} by {separator:?}");
        }
        assert_eq!(Separator::named("comma"), None);
    }
}
