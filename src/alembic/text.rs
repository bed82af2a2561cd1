//! What Alembic prints, byte for byte; where it prints a set in any order, ours is sorted.
//!
//! Source: `Script.cmd_format`, `Script.log_entry` and `Script.__str__` of Alembic's `script/base.py`.

use super::load::Raised;
use super::map::{Revision, RevisionMap};
use super::order::Stopped;
use crate::source::Script;

/// What `heads`, `history` and the others print of a revision map.
#[derive(Debug, Clone, Copy)]
pub struct Printer<'a> {
    /// The map.
    pub map: &'a RevisionMap,
    /// The scripts that it was made of.
    pub scripts: &'a [Script],
    /// What stands before each path of the tree: the absolute folder with its `/`, or nothing.
    pub folder: &'a str,
    /// Whether it is `-v`.
    pub verbose: bool,
}

/// What a line tells beside the id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Head,
    Branch,
    Child { doc: bool },
    History,
}

impl Printer<'_> {
    /// `alembic heads`, or with `real` `alembic heads --resolve-dependencies`.
    pub fn heads(self, real: bool) -> String {
        let heads = if real { self.map.real_head_positions() } else { self.map.head_positions() };
        heads.into_iter().map(|at| self.item(at, Line::Head)).collect()
    }

    /// The bases, as `alembic heads` prints the heads; Alembic itself has no such command.
    pub fn bases(self) -> String {
        let bases = self.map.bases();
        let kept = bases.into_iter().filter_map(|id| self.map.named(id));
        kept.map(|at| self.item(at, Line::Head)).collect()
    }

    /// `alembic history`.
    pub fn history(self) -> Result<String, Stopped> {
        Ok(self.map.newest_first()?.iter().map(|&at| self.item(at, Line::History)).collect())
    }

    /// `alembic branches`.
    pub fn branches(self) -> Result<String, Stopped> {
        let mut text = String::new();
        for &at in self.map.newest_first()? {
            let revision = self.map.at(at);
            if !revision.is_branch_point() {
                continue;
            }
            text.push_str(&self.item(at, Line::Branch));
            let indent = " ".repeat(revision.id.chars().count());
            let mut children: Vec<usize> = revision.next.iter().copied().collect();
            children.sort_by_key(|&child| &self.map.at(child).id);
            for child in children {
                let line = Line::Child { doc: self.verbose };
                text.push_str(&format!("{indent} -> {}\n", self.line(child, line)));
            }
            text.push('\n');
        }
        Ok(text)
    }

    /// `alembic show NAME`.
    pub fn show(self, name: &str) -> Result<String, Raised> {
        Ok(self.map.resolve(name)?.into_iter().map(|at| self.block(at) + "\n").collect())
    }

    fn item(self, at: usize, line: Line) -> String {
        if self.verbose { self.block(at) + "\n" } else { self.line(at, line) + "\n" }
    }

    fn line(self, at: usize, line: Line) -> String {
        let revision = self.map.at(at);
        let mut text = String::new();
        if line == Line::History {
            text.push_str(&parents(revision));
            if has_dependencies(revision) {
                text.push_str(&format!(" ({})", revision.depends_on.join(", ")));
            }
            text.push_str(" -> ");
        }
        text.push_str(&revision.id);
        if !revision.labels.is_empty() {
            let labels: Vec<&str> = revision.labels.iter().map(String::as_str).collect();
            text.push_str(&format!(" ({})", labels.join(", ")));
        }
        if revision.is_real_head() {
            text.push_str(" (head)");
        } else if revision.is_head() {
            text.push_str(" (effective head)");
        }
        if line != Line::Head {
            text.push_str(points(revision));
        }
        if matches!(line, Line::History | Line::Child { doc: true }) {
            text.push_str(&format!(", {}", doc(&self.scripts[revision.script])));
        }
        text
    }

    fn block(self, at: usize) -> String {
        let revision = self.map.at(at);
        let head = if revision.is_head() { " (head)" } else { "" };
        let mut text = format!("Rev: {}{head}{}\n", revision.id, points(revision));
        let word = if revision.is_merge_point() { "Merges" } else { "Parent" };
        text.push_str(&format!("{word}: {}\n", parents(revision)));
        if has_dependencies(revision) {
            text.push_str(&format!("Also depends on: {}\n", revision.depends_on.join(", ")));
        }
        if revision.is_branch_point() {
            let mut into: Vec<&str> =
                revision.next.iter().map(|&child| self.map.at(child).id.as_str()).collect();
            into.sort_unstable();
            text.push_str(&format!("Branches into: {}\n", into.join(", ")));
        }
        if !revision.labels.is_empty() {
            let labels: Vec<&str> = revision.labels.iter().map(String::as_str).collect();
            text.push_str(&format!("Branch names: {}\n", labels.join(", ")));
        }
        let script = &self.scripts[revision.script];
        text.push_str(&format!("Path: {}{}\n", self.folder, script.path));
        let doc = script.docstring.as_ref().map_or("", |docstring| python_strip(&docstring.text));
        let lines: Vec<String> = split_lines(doc).into_iter().map(|line| format!("    {line}")).collect();
        text.push_str(&format!("\n{}\n", lines.join("\n")));
        text
    }
}

impl RevisionMap {
    /// `str()` of a script, as Alembic's warnings show it, while the map is being built.
    pub(super) fn one_line(&self, at: usize, scripts: &[Script]) -> String {
        let revision = self.at(at);
        let head = if revision.is_head() { " (head)" } else { "" };
        let doc = doc(&scripts[revision.script]);
        format!("{} -> {}{head}{}, {doc}", parents(revision), revision.id, points(revision))
    }
}

fn parents(revision: &Revision) -> String {
    // An empty text is no base, but counts as false.
    if revision.down.iter().all(String::is_empty) && revision.down.len() < 2 {
        return "<base>".to_owned();
    }
    revision.down.join(", ")
}

/// Whether `depends_on` counts as true.
fn has_dependencies(revision: &Revision) -> bool {
    !(revision.depends_on.len() < 2 && revision.depends_on.iter().all(String::is_empty))
}

fn points(revision: &Revision) -> &'static str {
    match (revision.is_branch_point(), revision.is_merge_point()) {
        (true, true) => " (branchpoint) (mergepoint)",
        (true, false) => " (branchpoint)",
        (false, true) => " (mergepoint)",
        (false, false) => "",
    }
}

/// The docstring's first part.
fn doc(script: &Script) -> &str {
    script.docstring.as_ref().map_or("", |docstring| docstring.message.as_str())
}

/// Python's `str.strip()`: white space is what Unicode calls so, and the four separators of ASCII.
fn python_strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\x1c'..='\x1f'))
}

/// Python's `str.splitlines()`.
fn split_lines(text: &str) -> Vec<&str> {
    let ends = |c: char| {
        matches!(c, '\n' | '\x0b' | '\x0c' | '\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(ends) {
        lines.push(&rest[..at]);
        let end = if rest[at..].starts_with("\r\n") {
            2
        } else {
            rest[at..].chars().next().map_or(1, char::len_utf8)
        };
        rest = &rest[at + end..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}
