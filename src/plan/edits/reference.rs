//! Another id for a file, and for all that names it.

use super::FileEdit;
use crate::finding::Applicability;
use crate::plan::mentions::mentions;
use crate::plan::repair::Broken;
use crate::plan::rewrite::Rewrite;
use crate::source::Script;
use crate::text::{Edit, Encoding, python_literal};

/// Gives files other ids, each with all that names it; nothing where one cannot be written everywhere.
pub(super) fn all_renamed(
    broken: &Broken<'_>,
    renames: &[(usize, String, String)],
    applicability: Applicability,
) -> Option<Vec<FileEdit>> {
    let scripts = &broken.audited().scripts;
    let mut found = Vec::new();
    for (at, script) in scripts.iter().enumerate() {
        let Some(old) = script.id() else { continue };
        let own = renames.iter().find(|(file, ..)| *file == at);
        let named = [script.down_revision.values(), script.depends_on.values()].concat();
        if own.is_none() && !renames.iter().any(|(file, ..)| named.contains(&id(scripts, *file))) {
            continue;
        }
        let source = broken.tree.get(&script.path)?;
        // All values of a file are written at once.
        let new = |id: &str| {
            let is_it = |(file, ..): &&(usize, String, String)| self::id(scripts, *file) == id;
            renames.iter().find(is_it).map_or_else(|| id.to_owned(), |(_, new, _)| new.clone())
        };
        let before = script.down_revision.values();
        let parents: Vec<String> = before.iter().map(|parent| new(parent)).collect();
        let follows = before.iter().zip(&parents).any(|(one, other)| one != other);
        let rewrite = Rewrite {
            id: own.map(|(_, new, _)| &**new),
            parents: follows.then_some(&parents[..]),
            ..Rewrite::default()
        };
        let mut edits = rewrite.of(script, source)?.edits().to_vec();
        let encoding = Encoding::of(source);
        for dependency in script.depends_on.values() {
            if new(dependency) == dependency {
                continue;
            }
            for item in script.depends_on.literal()?.items.iter().filter(|item| item.value == dependency) {
                let insert = encoding.encode(&python_literal(&new(dependency), item.quote))?;
                edits.push(Edit { delete: item.range, insert });
            }
        }
        let reason = match own {
            Some((_, _, why)) => why.clone(),
            None => "what it names has another id from now on".to_owned(),
        };
        found.push(FileEdit {
            id: own.map(|(_, new, _)| new.clone()),
            parents: follows.then_some(parents),
            applicability,
            cautions: own.and_then(|_| mentions(script, source, old)).into_iter().collect(),
            ..FileEdit::new(at, edits, reason)
        });
    }
    Some(found)
}

fn id(scripts: &[Script], at: usize) -> &str {
    scripts[at].id().unwrap_or_default()
}
