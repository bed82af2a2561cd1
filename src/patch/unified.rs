//! The unified diff, as bytes that `git apply` takes, and as text for people.
//!
//! A diff is exact: it must give the patched bytes whatever their encoding and line ends, so a line of it cannot be
//! redacted. Instead, lines that hold a secret are kept out of the context. Git takes a hunk without leading context
//! anywhere, but one without trailing context at the end of a file only; where a secret stands right after a change, or
//! in it, there is no way around it, and [`exposes_secret`] says so.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::{FileChange, FilePatch, PatchSet};
use crate::text::{Encoding, Secrets, ShownLines, visible_lines};

/// The lines shown before and after a change.
const CONTEXT: usize = 3;
/// The mark of a last line without a line feed.
const NO_NEWLINE: &[u8] = b"\\ No newline at end of file\n";

/// Writes the diff of every file; `git apply` gives exactly the patched bytes.
pub fn unified(patch: &PatchSet) -> Vec<u8> {
    patch.files.iter().flat_map(unified_file).collect()
}

/// Writes the diff of one file; empty when nothing changes.
pub fn unified_file(file: &FilePatch) -> Vec<u8> {
    let diff = FileDiff::new(file);
    let mut out = diff.header();
    for hunk in &diff.hunks {
        out.extend_from_slice(hunk.header().as_bytes());
        diff.write_lines(hunk, |sign, line, _| {
            out.push(sign);
            out.extend_from_slice(line);
            if !line.ends_with(b"\n") {
                out.push(b'\n');
                out.extend_from_slice(NO_NEWLINE);
            }
        });
    }
    out
}

/// Writes the diff of every file for people: what is secret in the whole of a file replaced, unseen characters as escapes,
/// line ends as line feeds; it is not to be applied. A line that is not UTF-8 is read as latin-1.
pub fn shown(patch: &PatchSet) -> ShownLines {
    ShownLines::lines(&patch.files.iter().map(text_of).collect::<String>())
}

/// The same of one file.
pub fn shown_file(file: &FilePatch) -> ShownLines {
    ShownLines::lines(&text_of(file))
}

fn text_of(file: &FilePatch) -> String {
    let diff = FileDiff::new(file);
    let mut out = read(&diff.header());
    for hunk in &diff.hunks {
        out.push_str(&hunk.header());
        diff.write_lines(hunk, |sign, line, side| {
            out.push(char::from(sign));
            let bare = trim_line_end(line);
            let start = side.start_of(line);
            let part = start..start + bare.len();
            // An end of line that is not a line feed is written out.
            out.push_str(&visible_lines(&side.secrets.hidden_bytes(side.text, part, read)));
            out.push('\n');
            if !line.ends_with(b"\n") {
                out.push_str(&read(NO_NEWLINE));
            }
        });
    }
    out
}

fn read(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| Encoding::Latin1.decode(bytes), str::to_owned)
}

/// Whether the diff of a file has to show a secret to be exact.
pub fn exposes_secret(file: &FilePatch) -> bool {
    let diff = FileDiff::new(file);
    let mut exposes = is_named_by_one(file);
    for hunk in &diff.hunks {
        diff.write_lines(hunk, |_, line, side| exposes |= side.holds_secret(line));
    }
    exposes
}

/// Whether a file as the repair leaves it holds a secret.
pub fn holds_secret(file: &FilePatch) -> bool {
    is_named_by_one(file) || file.after.as_deref().is_some_and(|after| !Secrets::of(after).is_empty())
}

/// Whether a secret stands in the name of a file: a new one is called as the project's template says.
fn is_named_by_one(file: &FilePatch) -> bool {
    !Secrets::of(file.path.as_str().as_bytes()).is_empty()
}

/// A file as lines, and where they differ.
struct FileDiff<'a> {
    file: &'a FilePatch,
    old: OneSide<'a>,
    new: OneSide<'a>,
    hunks: Vec<Hunk>,
}

/// One side of a file, with what is secret in all of it: a line alone does not tell.
struct OneSide<'a> {
    text: &'a [u8],
    lines: Vec<&'a [u8]>,
    secrets: Secrets,
}

impl<'a> OneSide<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, lines: lines(text), secrets: Secrets::of(text) }
    }

    /// Where a line of it begins.
    fn start_of(&self, line: &[u8]) -> usize {
        line.as_ptr() as usize - self.text.as_ptr() as usize
    }

    fn holds_secret(&self, line: &[u8]) -> bool {
        let start = self.start_of(line);
        self.secrets.are_in(start..start + line.len())
    }
}

/// Changes that stand close together, with their context.
struct Hunk {
    old: Range<usize>,
    new: Range<usize>,
    changes: Vec<LineChange>,
}

/// Lines taken away, and lines put there.
#[derive(Clone)]
struct LineChange {
    old: Range<usize>,
    new: Range<usize>,
}

impl<'a> FileDiff<'a> {
    fn new(file: &'a FilePatch) -> Self {
        let old = OneSide::new(file.before.as_deref().unwrap_or_default());
        let new = OneSide::new(file.after.as_deref().unwrap_or_default());
        let hunks = hunks(&old, &changes(&old.lines, &new.lines));
        Self { file, old, new, hunks }
    }

    fn header(&self) -> Vec<u8> {
        let change = self.file.change();
        if self.hunks.is_empty() && change == FileChange::Rewritten {
            return Vec::new();
        }
        let (a, b) = (quoted("a/", self.file.path.as_str()), quoted("b/", self.file.path.as_str()));
        let mut text = format!("diff --git {a} {b}\n");
        match change {
            FileChange::Rewritten => {}
            FileChange::Added => text.push_str("new file mode 100644\n"),
            FileChange::Removed => text.push_str("deleted file mode 100644\n"),
        }
        if !self.hunks.is_empty() {
            // As git does: a tab ends a name that holds a space.
            let end = if a.contains(' ') && !a.starts_with('"') { "\t" } else { "" };
            let nothing = || "/dev/null".to_owned();
            let from = if change == FileChange::Added { nothing() } else { format!("{a}{end}") };
            let to = if change == FileChange::Removed { nothing() } else { format!("{b}{end}") };
            text.push_str(&format!("--- {from}\n+++ {to}\n"));
        }
        text.into_bytes()
    }

    fn write_lines(&self, hunk: &Hunk, mut write: impl FnMut(u8, &[u8], &OneSide<'a>)) {
        let (old, new) = (&self.old, &self.new);
        let mut at = hunk.old.start;
        for change in &hunk.changes {
            old.lines[at..change.old.start].iter().for_each(|line| write(b' ', line, old));
            old.lines[change.old.clone()].iter().for_each(|line| write(b'-', line, old));
            new.lines[change.new.clone()].iter().for_each(|line| write(b'+', line, new));
            at = change.old.end;
        }
        old.lines[at..hunk.old.end].iter().for_each(|line| write(b' ', line, old));
    }
}

impl Hunk {
    fn header(&self) -> String {
        format!("@@ -{} +{} @@\n", position(&self.old), position(&self.new))
    }
}

/// A range of lines as a hunk names it: an empty one by the line before it.
fn position(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        n_lines => format!("{},{n_lines}", range.start + 1),
    }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn changes(old: &[&[u8]], new: &[&[u8]]) -> Vec<LineChange> {
    let ops = capture_diff_slices(Algorithm::Myers, old, new).into_iter().map(|op| op.as_tag_tuple());
    ops.filter(|(tag, ..)| *tag != DiffTag::Equal).map(|(_, old, new)| LineChange { old, new }).collect()
}

/// Joins changes whose contexts meet, and chooses contexts without secrets.
fn hunks(side: &OneSide<'_>, changes: &[LineChange]) -> Vec<Hunk> {
    let old = &side.lines;
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut gap_start = 0;
    for (idx, change) in changes.iter().enumerate() {
        let gap = gap_start..change.old.start;
        let n_before =
            old[gap.clone()].iter().rev().take(CONTEXT).take_while(|line| !side.holds_secret(line)).count();
        let joins = hunks.last().is_some_and(|last| last.old.end + n_before >= change.old.start);
        if !joins {
            let start = change.old.start - n_before;
            hunks.push(Hunk { old: start..start, new: change.new.start - n_before..0, changes: Vec::new() });
        }
        let last_gap_end = changes.get(idx + 1).map_or(old.len(), |next| next.old.start);
        let after = &old[change.old.end..last_gap_end];
        let n_after = after.iter().take(CONTEXT).take_while(|line| !side.holds_secret(line)).count();
        // A hunk that ends with a change must stand at the end of the file.
        let n_after = if n_after == 0 { after.len().min(1) } else { n_after };
        let hunk = hunks.last_mut().expect("one was just pushed, or joined");
        hunk.changes.push(change.clone());
        hunk.old.end = change.old.end + n_after;
        hunk.new.end = change.new.end + n_after;
        gap_start = change.old.end;
        // A hunk that names no line of the old file cannot be told from one at its beginning.
        if hunk.old.is_empty() && hunk.old.start > 0 {
            hunk.old.start -= 1;
            hunk.new.start -= 1;
        }
    }
    hunks
}

/// A path as git writes it: in C-style quotes when it holds a quote, a backslash or a control character.
fn quoted(prefix: &str, path: &str) -> String {
    if !path.chars().any(|c| c == '"' || c == '\\' || c.is_control()) {
        return format!("{prefix}{path}");
    }
    let mut out = format!("\"{prefix}");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::TreePath;

    fn patch(before: &str, after: &str) -> FilePatch {
        let path = TreePath::parse("migrations/a b.py").expect("relative");
        FilePatch { path, before: Some(before.as_bytes().into()), after: Some(after.as_bytes().into()) }
    }

    #[test]
    fn a_diff_is_as_git_writes_it() {
        let file = patch("1\n2\n3\n4\nold\n6\n7\n8\n9", "1\n2\n3\n4\nnew\n6\n7\n8\n9");
        insta::assert_snapshot!(shown_file(&file), @"
        diff --git a/migrations/a b.py b/migrations/a b.py
        --- a/migrations/a b.py	
        +++ b/migrations/a b.py	
        @@ -2,7 +2,7 @@
         2
         3
         4
        -old
        +new
         6
         7
         8
        ");
    }

    #[test]
    fn a_secret_stays_out_of_the_context() {
        let url = "url = 'pg://app:hunter2@db/x'\n";
        let file = patch(&format!("{url}1\nold\n3\n{url}5\n"), &format!("{url}1\nnew\n3\n{url}5\n"));
        assert!(unified_file(&file).ends_with(b"@@ -2,3 +2,3 @@\n 1\n-old\n+new\n 3\n"));
        assert!(!exposes_secret(&file));
    }

    #[test]
    fn a_secret_that_cannot_be_avoided_is_told_and_not_shown() {
        let file =
            patch("old\nurl = 'pg://app:hunter2@db/x'\n5\n", "new\nurl = 'pg://app:hunter2@db/x'\n5\n");
        assert!(exposes_secret(&file));
        assert!(shown_file(&file).ends_with("-old\n+new\n url = 'pg://app:***@db/x'\n"));
    }

    #[test]
    fn a_name_is_quoted_as_git_quotes_it() {
        for (path, expected) in [
            ("a b.py", "a/a b.py"),
            ("a\"b.py", "\"a/a\\\"b.py\""),
            ("a\\b.py", "\"a/a\\\\b.py\""),
            ("a\tb\nc d.py", "\"a/a\\tb\\nc d.py\""),
            ("\u{1}\u{e9}.py", "\"a/\\001\\303\\251.py\""),
        ] {
            assert_eq!(quoted("a/", path), expected);
        }
    }

    #[test]
    fn a_removed_file_leads_to_nothing() {
        let removed = FilePatch { after: None, ..patch("1\n2\n", "") };
        insta::assert_snapshot!(shown_file(&removed), @"
        diff --git a/migrations/a b.py b/migrations/a b.py
        deleted file mode 100644
        --- a/migrations/a b.py	
        +++ /dev/null
        @@ -1,2 +0,0 @@
        -1
        -2
        ");
    }

    #[test]
    fn text_for_people_hides_nothing() {
        let file = patch("a\u{202e}b\r\n", "a\u{202e}c\r\n");
        assert!(shown_file(&file).ends_with("-a\\u202eb\n+a\\u202ec\n"));
        assert_eq!(unified_file(&patch("same", "same")), b"");
    }
}
