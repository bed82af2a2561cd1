//! The lines of a unified diff, and what each is.

/// What a line of a unified diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffLine {
    /// The line that begins a file's part.
    Head,
    /// A name of the file, or what else is said of it.
    Name,
    /// Where a part of the file begins.
    Hunk,
    /// It is added.
    Added,
    /// It is removed.
    Removed,
    /// It stays.
    Same,
}

impl DiffLine {
    /// The class that colours it; none for a line that stays.
    pub fn class(self) -> Option<&'static str> {
        match self {
            Self::Head => Some("head"),
            Self::Name | Self::Hunk => Some("hunk"),
            Self::Added => Some("added"),
            Self::Removed => Some("removed"),
            Self::Same => None,
        }
    }
}

/// The lines of a diff, each with what it is; the names of a file are told from what is in it by where they stand.
pub fn diff_lines(diff: &str) -> impl Iterator<Item = (DiffLine, &str)> {
    let mut is_inside = false;
    diff.lines().map(move |line| {
        let kind = match line.as_bytes().first() {
            Some(b'd') => {
                is_inside = false;
                DiffLine::Head
            }
            Some(b'@') => {
                is_inside = true;
                DiffLine::Hunk
            }
            _ if !is_inside => DiffLine::Name,
            Some(b'+') => DiffLine::Added,
            Some(b'-') => DiffLine::Removed,
            _ => DiffLine::Same,
        };
        (kind, line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_comment_is_no_name_of_a_file() {
        use DiffLine::{Added, Head, Hunk, Name, Removed, Same};
        let diff = "diff --git a/m b/m\n--- a/m\n+++ b/m\n@@ -1,2 +1,2 @@\n same\n--- comment\n+x\n";
        let kinds: Vec<_> = diff_lines(diff).map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [Head, Name, Name, Hunk, Same, Removed, Added]);
    }
}
