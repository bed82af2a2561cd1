//! A file whose own `revision` is what is wrong: its name, its docstring and the files that come after it agree on another id.

use super::{FileEdit, Kind};
use crate::plan::repair::Broken;
use crate::plan::rewrite::Rewrite;
use crate::rules::MISSING_PARENT;
use crate::source::Script;

pub(super) static KIND: Kind = Kind { mends: &MISSING_PARENT, find };

fn find(broken: &Broken<'_>) -> Vec<FileEdit> {
    let graph = &broken.audited().graph;
    let ghosts = graph.ghosts().map(|ghost| graph.id(ghost).to_owned());
    ghosts.filter_map(|id| written_back(broken, &id)).collect()
}

/// The edit that gives one file the missing id.
fn written_back(broken: &Broken<'_>, missing: &str) -> Option<FileEdit> {
    let scripts = &broken.audited().scripts;
    let mut agree =
        scripts.iter().enumerate().filter(|(_, script)| says(script, missing) && is_in_name(script, missing));
    let (at, script) = agree.next().filter(|_| agree.next().is_none())?;
    let own = script.id()?;
    // Who names the id that it has now is a witness for that one.
    let names = |other: &Script, id: &str| {
        other.down_revision.values().contains(&id) || other.depends_on.values().contains(&id)
    };
    let children: Vec<_> = scripts
        .iter()
        .enumerate()
        .filter(|(other, script)| *other != at && names(script, missing))
        .map(|(_, script)| script.path.file_name())
        .collect();
    if children.is_empty() || scripts.iter().any(|other| names(other, own)) || names(script, missing) {
        return None;
    }
    let source = broken.tree.get(&script.path)?;
    let edits = Rewrite { id: Some(missing), ..Rewrite::default() }.of(script, source)?.edits().to_vec();
    let named_by = children[0];
    let reason = format!("its name, its docstring and {named_by} say {missing}");
    Some(FileEdit { id: Some(missing.to_owned()), ..FileEdit::new(at, edits, reason) })
}

fn says(script: &Script, id: &str) -> bool {
    let said = script.docstring.as_ref().and_then(|docstring| docstring.revision_id.as_ref());
    !id.is_empty()
        && said.is_some_and(|(said, _)| said.trim_matches(['\'', '"']) == id)
        && script.id().is_some_and(|own| own != id)
}

/// Whether the file's name is the id, or begins or ends with it as a word of its own.
fn is_in_name(script: &Script, id: &str) -> bool {
    let stem = script.path.stem();
    let is_apart = |rest: &str, at_end: bool| {
        let next = if at_end { rest.chars().next() } else { rest.chars().next_back() };
        next.is_none_or(|c| matches!(c, '_' | '-' | '.'))
    };
    stem.strip_prefix(id).is_some_and(|rest| is_apart(rest, true))
        || stem.strip_suffix(id).is_some_and(|rest| is_apart(rest, false))
}
