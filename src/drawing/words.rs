//! The drawing in words: for those who cannot see it, and for the headings of those who can.

use super::{Drawing, Lines, LinkKind, Mark, Row, Side};
use crate::text::{plural, shorten};

/// Of a revision that is only named.
pub const NO_FILE: &str = "no file declares this revision";

/// As many names are listed before the rest are counted.
const LISTED: usize = 24;

/// Counts what matters on one side: `3 bases, 5 heads`, and what a plan changes.
pub(super) fn count_words(rows: &[Row], lines: &Lines) -> String {
    let count = |mark: Mark| marked(rows, lines, &[mark]).len();
    let bases = marked(rows, lines, &[Mark::Root, Mark::Base]).len();
    let mut words = vec![plural(bases, "base"), plural(count(Mark::Head), "head")];
    for (number, noun) in [(count(Mark::Missing), "missing parent"), (count(Mark::Duplicate), "duplicate id")]
    {
        if number > 0 {
            words.push(plural(number, noun));
        }
    }
    if count(Mark::Cycle) > 0 {
        words.push("a cycle".to_owned());
    }
    let changed = hidden_by_label(lines).iter().filter(|&&changed| changed).count();
    if changed > 0 {
        words.push(plural(changed, "new parent"));
    }
    if count(Mark::NewId) > 0 {
        words.push(plural(count(Mark::NewId), "new id"));
    }
    if count(Mark::Added) > 0 {
        words.push(plural(count(Mark::Added), "new file"));
    }
    words.join(", ")
}

/// The rows that have one of the marks on one side. An id counts once, however many files declare it: a file that is lost
/// stands above the one that is kept.
pub(super) fn marked<'r>(rows: &'r [Row], lines: &Lines, marks: &[Mark]) -> Vec<&'r Row> {
    let mut found: Vec<&Row> = Vec::new();
    for (row, dot) in rows.iter().zip(&lines.dots) {
        let Some(dot) = dot.as_ref().filter(|dot| marks.iter().any(|mark| dot.marks.contains(mark))) else {
            continue;
        };
        let is_told = dot.marks.contains(&Mark::Duplicate)
            && found.last().is_some_and(|last| last.revision == row.revision);
        if !is_told {
            found.push(row);
        }
    }
    found
}

/// Tells a drawing as sentences: how many revisions, which are bases, heads and so on, and which parents change.
pub fn describe(drawing: &Drawing, side: Side) -> String {
    let mut text = format!("{}, newest first.", plural(drawing.rows.len(), "row"));
    if side != Side::Proposed || drawing.proposed.is_none() {
        text.push_str(" Now: ");
        text.push_str(&describe_lines(&drawing.rows, &drawing.now));
    }
    if let Some(proposed) = drawing.proposed.as_ref().filter(|_| side != Side::Now) {
        text.push_str(" Proposed: ");
        text.push_str(&describe_lines(&drawing.rows, proposed));
        let moved = proposed.links.iter().filter(|link| link.kind == LinkKind::NewParent);
        let moved = moved.map(|link| {
            format!("{} now follows {}", name(&drawing.rows[link.child]), name(&drawing.rows[link.parent]))
        });
        if let Some(moved) = listed(moved) {
            text.push_str(" New parents: ");
            text.push_str(&moved);
            text.push('.');
        }
    }
    text
}

/// For each row, whether a line's label says `new parent` already, so that the row need not.
pub(super) fn hidden_by_label(lines: &Lines) -> Vec<bool> {
    let mut hidden = vec![false; lines.dots.len()];
    for link in lines.links.iter().filter(|link| link.kind == LinkKind::NewParent) {
        if let Some(hidden) = hidden.get_mut(link.child) {
            *hidden = true;
        }
    }
    hidden
}

fn describe_lines(rows: &[Row], lines: &Lines) -> String {
    let mut parts = Vec::new();
    for (marks, noun) in [
        (&[Mark::Root, Mark::Base][..], "base"),
        (&[Mark::Head], "head"),
        (&[Mark::BranchPoint], "branch point"),
        (&[Mark::MergePoint], "merge point"),
        (&[Mark::Missing], "missing parent"),
        (&[Mark::Cycle], "revision on a cycle"),
        (&[Mark::Duplicate], "duplicate id"),
        (&[Mark::Unknown], "revision whose parents are not known"),
        (&[Mark::NewId], "new id"),
        (&[Mark::Added], "new file"),
    ] {
        let named = marked(rows, lines, marks);
        if let Some(names) = listed(named.iter().map(|row| name(row))) {
            // The noun is the first word that counts: `revision on a cycle`, `revisions on a cycle`.
            let noun = match noun.split_once(' ') {
                Some((first @ "revision", rest)) => format!("{} {rest}", plural(named.len(), first)),
                _ => plural(named.len(), noun),
            };
            parts.push(format!("{noun} ({names})"));
        }
    }
    if parts.is_empty() { "no revision.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

fn name(row: &Row) -> String {
    shorten(&row.revision, 60).into_owned()
}

fn listed(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(LISTED);
    let mut text = names[..names.len() - more].join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    (!text.is_empty()).then_some(text)
}
