//! A dependency that names nothing, where it can only have meant one revision.

use super::{FileEdit, Kind};
use crate::plan::repair::Broken;
use crate::rules::{Ids, MISSING_DEPENDENCY, certain_candidate};
use crate::text::{Edit, Encoding, python_literal};

pub(super) static KIND: Kind = Kind { mends: &MISSING_DEPENDENCY, find };

fn find(broken: &Broken<'_>) -> Vec<FileEdit> {
    let audited = broken.audited();
    let ids = Ids::of(&audited.scripts);
    let mut found = Vec::new();
    for (ix, missing) in audited.graph.missing_dependencies() {
        let Some(at) = audited.graph.node(*ix).script else { continue };
        let script = &audited.scripts[at];
        let Some(literal) = script.depends_on.literal() else { continue };
        let near = ids.candidates(missing);
        let Some(meant) = certain_candidate(&near).filter(|meant| Some(&*meant.revision) != script.id())
        else {
            continue;
        };
        let Some(source) = broken.tree.get(&script.path) else { continue };
        let items = literal.items.iter().filter(|item| item.value == *missing);
        let encoding = Encoding::of(source);
        let edits: Option<Vec<Edit>> = items
            .map(|item| {
                let insert = encoding.encode(&python_literal(&meant.revision, item.quote))?;
                Some(Edit { delete: item.range, insert })
            })
            .collect();
        let Some(edits) = edits.filter(|edits| !edits.is_empty()) else { continue };
        let reason = format!("its dependency {missing} can only mean {}: {}", meant.revision, meant.why);
        found.push(FileEdit::new(at, edits, reason));
    }
    found
}
