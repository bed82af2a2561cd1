//! What stays of an id that a file has no longer.

use crate::source::Script;
use crate::text::{LineIndex, listed};

/// Where else a file that gets another id has the old one.
pub(super) fn mentions(script: &Script, source: &[u8], old: &str) -> Option<String> {
    let docstring = script.docstring.as_ref();
    let revises = docstring.and_then(|docstring| Some(docstring.revises.as_ref()?.1));
    let own = docstring.and_then(|docstring| Some(docstring.revision_id.as_ref()?.1));
    let literals = [&script.revision, &script.down_revision, &script.depends_on];
    let literals = literals.into_iter().filter_map(|declared| Some(declared.literal()?.range));
    let known: Vec<_> = literals.chain(revises).chain(own).collect();
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let found = source.windows(old.len().max(1)).enumerate().filter(|(at, window)| {
        *window == old.as_bytes()
            && !is_word(at.checked_sub(1).and_then(|at| source.get(at)))
            && !is_word(source.get(at + old.len()))
            && !known.iter().any(|range| range.bounds().contains(at))
    });
    let lines = LineIndex::new(source);
    let mut found: Vec<_> = found.map(|(at, _)| lines.line_column(at as u32).line.to_string()).collect();
    found.dedup();
    let noun = if found.len() == 1 { "line" } else { "lines" };
    (!found.is_empty()).then(|| {
        format!(
            "{} names {old} in {noun} {} too, which stays as it is.",
            script.path.file_name(),
            listed(&found)
        )
    })
}
