//! The markers that git left around a file's ids: the side is kept that fits the other files, where both run the same.

use super::{FileEdit, Kind};
use crate::finding::Applicability;
use crate::plan::repair::Broken;
use crate::rules::{SYNTAX_ERROR, does_the_same, undoes_the_same};
use crate::source::{Fit, Script, conflict_left, read_script};
use crate::text::{Edit, TextEdit};

pub(super) static KIND: Kind = Kind { mends: &SYNTAX_ERROR, find };

fn find(broken: &Broken<'_>) -> Vec<FileEdit> {
    let scripts = broken.audited().scripts.iter().enumerate();
    scripts.filter_map(|(at, script)| resolved(broken, at, script)).collect()
}

fn resolved(broken: &Broken<'_>, at: usize, script: &Script) -> Option<FileEdit> {
    let conflict = script.conflict.as_ref()?;
    let (kept, fit) = conflict.kept.as_ref()?;
    let source = broken.tree.get(&script.path)?;
    let texts = [0, 1].map(|side| TextEdit::new(taken(source, side)?).ok()?.apply(source).ok());
    let [Some(ours), Some(theirs)] = texts else { return None };
    let [one, other] = [&ours, &theirs].map(|text| read_script(&script.path, text));
    let (one, other) = ((&one, &ours[..]), (&other, &theirs[..]));
    if !does_the_same(one, other) || !undoes_the_same(one, other) {
        return None;
    }
    let edits = taken(source, *kept)?;
    let side = &conflict.sides[*kept];
    let gone = &conflict.sides[1 - *kept];
    let why = match fit {
        Fit::NamedBy(path) => format!("{} names it as a parent", path.file_name()),
        Fit::ParentsAreThere => "its parents are there, and the other side's are not".to_owned(),
        Fit::Same => "both sides declare and run the same".to_owned(),
    };
    let mut edit = FileEdit::new(at, edits, format!("the side of {} stays: {why}", side.label));
    if *fit != Fit::Same {
        edit.applicability = Applicability::Unsafe;
        let (name, label) = (script.path.file_name(), &gone.label);
        let told = match (gone.id(), side.id()) {
            (Some(other), Some(id)) if other != id => format!(
                "{name} was {other} on the side of {label}: a database that ran it under that id cannot locate it. \
                 `alembic stamp --purge {id}` mends such a one."
            ),
            _ => format!(
                "{name} has another parent on the side of {label}: a database that ran it there may not have run what comes \
                 before it from now on."
            ),
        };
        edit.cautions.push(told);
    }
    Some(edit)
}

/// The edits that leave one side.
fn taken(source: &[u8], side: usize) -> Option<Vec<Edit>> {
    let gone = conflict_left(source, side)?.into_iter();
    Some(gone.map(|delete| Edit { delete, insert: Vec::new() }).collect())
}
