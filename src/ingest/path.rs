//! Relative paths inside what was dropped.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A relative path with `/` between names; no empty name, no `.`, no `..`, never absolute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Arc<str>);

/// Why a path cannot stand in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum PathError {
    /// It climbs out of what was dropped.
    #[error("the path leaves the folder (`..`)")]
    Climbs,
    /// It is absolute, or has a drive letter.
    #[error("the path is absolute")]
    Absolute,
    /// It has no name in it.
    #[error("the path is empty")]
    Empty,
    /// It holds a NUL character.
    #[error("the path holds a NUL character")]
    Nul,
    /// It is longer than a disk takes, or than a zip would that is made of it.
    #[error("the path is longer than {LONGEST} bytes")]
    TooLong,
}

/// What Linux allows a path, in bytes.
pub(super) const LONGEST: usize = 4096;

impl TreePath {
    /// Reads a path, taking `\` for `/` and dropping `.` and empty names.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.contains('\0') {
            return Err(PathError::Nul);
        }
        if text.len() > LONGEST {
            return Err(PathError::TooLong);
        }
        let text = text.replace('\\', "/");
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        let mut names = Vec::new();
        for name in text.split('/') {
            match name {
                "" | "." => {}
                ".." => return Err(PathError::Climbs),
                _ => names.push(name),
            }
        }
        let joined = names.join("/");
        match joined.as_bytes() {
            [] => Err(PathError::Empty),
            [letter, b':'] | [letter, b':', b'/', ..] if letter.is_ascii_alphabetic() => {
                Err(PathError::Absolute)
            }
            _ => Ok(Self(joined.into())),
        }
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last name.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder it stands in; empty at the top.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The file name without its last ending.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Whether it stands in `folder`, at any depth; everything stands in the empty folder.
    pub fn is_under(&self, folder: &str) -> bool {
        folder.is_empty() || self.0.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl Borrow<str> for TreePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of a path in a folder: `folder/name`, or the name alone at the top, whose folder is empty.
pub fn in_folder(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_or_refused() {
        assert_eq!(TreePath::parse("./a//b\\c.py").map(|p| p.to_string()), Ok("a/b/c.py".to_owned()));
        assert_eq!(TreePath::parse("a/../b"), Err(PathError::Climbs));
        assert_eq!(TreePath::parse("/etc/passwd"), Err(PathError::Absolute));
        assert_eq!(TreePath::parse("C:\\x"), Err(PathError::Absolute));
        assert_eq!(TreePath::parse("./C:/x"), Err(PathError::Absolute));
        assert_eq!(TreePath::parse("c:"), Err(PathError::Absolute));
        assert_eq!(TreePath::parse("a:b/x").map(|path| path.to_string()), Ok("a:b/x".to_owned()));
        assert_eq!(TreePath::parse("./"), Err(PathError::Empty));
        assert_eq!(TreePath::parse("a\0b"), Err(PathError::Nul));
        assert!(TreePath::parse(&"a".repeat(LONGEST)).is_ok());
        assert_eq!(TreePath::parse(&"a/".repeat(LONGEST)), Err(PathError::TooLong));
    }

    #[test]
    fn a_path_knows_its_parts() {
        let path = TreePath::parse("migrations/versions/a.b.py").expect("relative");
        assert_eq!([path.file_name(), path.folder(), path.stem()], ["a.b.py", "migrations/versions", "a.b"]);
        assert!(path.is_under("migrations") && path.is_under("") && !path.is_under("migra"));
    }

    #[test]
    fn the_top_folder_has_no_name() {
        assert_eq!([in_folder("", "a"), in_folder("a", "b")], ["a", "a/b"]);
    }
}
