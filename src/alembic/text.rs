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
    /// Whether it is only asked what stops it, so that labels are left out.
    pub is_silent: bool,
}

/// What a command prints, and what stops it then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// All of it, or what comes before it stops.
    pub text: String,
    /// What stops it.
    pub stopped: Option<Stopped>,
}

impl Printed {
    /// The pieces as far as they come.
    fn of(pieces: impl IntoIterator<Item = Result<String, Raised>>) -> Self {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Ok(piece) => text.push_str(&piece),
                Err(raised) => return Self { text, stopped: Some(Stopped::Raises(raised)) },
            }
        }
        Self { text, stopped: None }
    }

    fn nothing(stopped: Stopped) -> Self {
        Self { text: String::new(), stopped: Some(stopped) }
    }
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
    pub fn heads(self, real: bool) -> Printed {
        if real {
            return self.items(self.map.real_head_positions(), Line::Head);
        }
        // Each is looked up by its id, which may be a symbol.
        let found: Result<Vec<_>, _> = self.map.heads().into_iter().map(|id| self.map.resolve(id)).collect();
        match found {
            Ok(found) => self.items(found.concat(), Line::Head),
            Err(raised) => Printed::nothing(Stopped::Raises(raised)),
        }
    }

    /// The bases, as `alembic heads` prints the heads; Alembic itself has no such command.
    pub fn bases(self) -> Printed {
        self.items(self.map.bases().into_iter().filter_map(|id| self.map.named(id)), Line::Head)
    }

    /// `alembic history`.
    pub fn history(self) -> Printed {
        match self.map.newest_first() {
            Ok(order) => Printed::of(
                order.iter().map(|&at| self.map.handed_out(at).and_then(|at| self.item(at, Line::History))),
            ),
            Err(stopped) => Printed::nothing(stopped),
        }
    }

    /// `alembic branches`.
    pub fn branches(self) -> Printed {
        match self.map.newest_first() {
            Ok(order) => {
                Printed::of(order.iter().map(|&at| self.map.handed_out(at).and_then(|at| self.branch(at))))
            }
            Err(stopped) => Printed::nothing(stopped),
        }
    }

    /// `alembic show NAME`.
    pub fn show(self, name: &str) -> Printed {
        match self.map.resolve(name) {
            Ok(found) => Printed::of(found.into_iter().map(|at| Ok(self.block(at)? + "\n"))),
            Err(raised) => Printed::nothing(Stopped::Raises(raised)),
        }
    }

    /// The labels, if there are some. Where one is no text, they cannot be joined; which of several is met first is chance.
    fn labels(self, at: usize) -> Result<Option<String>, Raised> {
        if self.is_silent && !self.map.has_odd_labels {
            return Ok(None);
        }
        let labels = self.map.labels(at);
        if let Some(odd) = labels.odd {
            let at = if labels.all.is_empty() { "sequence item 0: " } else { "" };
            return Err(Raised::new("TypeError", format!("{at}expected str instance, {odd} found")));
        }
        let labels: Vec<&str> = labels.all.iter().map(String::as_str).collect();
        Ok((!labels.is_empty()).then(|| labels.join(", ")))
    }

    /// A branch point with its children; nothing of other revisions.
    fn branch(self, at: usize) -> Result<String, Raised> {
        let revision = self.map.at(at);
        if !revision.is_branch_point() {
            return Ok(String::new());
        }
        let mut text = self.item(at, Line::Branch)?;
        let indent = " ".repeat(revision.id.chars().count());
        let mut children: Vec<usize> = revision.next.iter().copied().collect();
        children.sort_by_key(|&child| &self.map.at(child).id);
        for child in children {
            let line = Line::Child { doc: self.verbose };
            text.push_str(&format!("{indent} -> {}\n", self.line(self.map.handed_out(child)?, line)?));
        }
        text.push('\n');
        Ok(text)
    }

    fn items(self, ats: impl IntoIterator<Item = usize>, line: Line) -> Printed {
        Printed::of(ats.into_iter().map(|at| self.item(at, line)))
    }

    fn item(self, at: usize, line: Line) -> Result<String, Raised> {
        Ok(if self.verbose { self.block(at)? } else { self.line(at, line)? } + "\n")
    }

    fn line(self, at: usize, line: Line) -> Result<String, Raised> {
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
        if let Some(labels) = self.labels(at)? {
            text.push_str(&format!(" ({labels})"));
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
        Ok(text)
    }

    fn block(self, at: usize) -> Result<String, Raised> {
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
        if let Some(labels) = self.labels(at)? {
            text.push_str(&format!("Branch names: {labels}\n"));
        }
        let script = &self.scripts[revision.script];
        text.push_str(&format!("Path: {}{}\n", self.folder, script.path));
        let doc = script.docstring.as_ref().map_or("", |docstring| python_strip(&docstring.text));
        let lines: Vec<String> = split_lines(doc).into_iter().map(|line| format!("    {line}")).collect();
        text.push_str(&format!("\n{}\n", lines.join("\n")));
        Ok(text)
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
