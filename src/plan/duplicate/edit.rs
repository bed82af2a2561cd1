//! The edits that give each file the id and the parents that were decided.

use super::decide::Decisions;
use super::files::Files;
use super::place::Moved;
use crate::finding::Applicability;
use crate::plan::draft::{Draft, Drafting, RevisionChange};
use crate::plan::mentions::mentions;
use crate::plan::rewrite::Rewrite;
use crate::source::Declared;
use crate::text::listed;

/// Drafts the whole; nothing where a file cannot be written.
pub(super) fn draft(files: &Files<'_>, decisions: &Decisions<'_>, moved: &Moved) -> Option<Draft> {
    let mut drafting = Drafting::default();
    let mut cautions = ran(files, decisions);
    for (at, script) in files.audited.scripts.iter().enumerate() {
        let Some(source) = files.tree.get(&script.path) else { continue };
        let change = RevisionChange::of(script, decisions.id(files, at), String::new());
        if let Some(&stays) = decisions.gone.get(&at) {
            let reason = format!("its upgrade() is that of {}, which stays", files.name(stays));
            if !files.are_undone_alike(at, stays) {
                cautions.push(format!(
                    "downgrade() of {} is another than that of {}, and goes with the file. Bring it over if it is the right one.",
                    files.name(at),
                    files.name(stays)
                ));
            }
            let change = RevisionChange { removed: true, after: Vec::new(), reason, ..change };
            drafting.rewrite(source, None, change);
            continue;
        }
        let renewed = decisions.renewed.iter().find(|renewed| renewed.file == at);
        let parents = parents(files, decisions, moved, at);
        let follows =
            !moved.contains_key(&at) && parents.as_ref().is_some_and(|parents| *parents != change.before);
        let reasons = [
            renewed.map(|renewed| renewed.why.clone()),
            moved.get(&at).map(|(_, why)| why.clone()),
            follows.then(|| "a parent of it has another id from now on".to_owned()),
        ];
        let reason = reasons.into_iter().flatten().collect::<Vec<_>>().join("; ");
        if reason.is_empty() {
            continue;
        }
        let keeper = decisions.keepers.get(files.id(at));
        let rewrite = Rewrite {
            id: renewed.map(|renewed| &*renewed.id),
            parents: parents.as_deref(),
            // Alembic stops at a label that two revisions have; what comes after one has its labels too.
            no_labels: renewed.is_some()
                && keeper.is_some_and(|&keeper| {
                    let labels = |at: usize| files.script(at).branch_labels.labels();
                    labels(at).iter().any(|label| labels(keeper).contains(label))
                }),
        };
        let after = rewrite.of(script, source)?.apply(source).ok()?;
        if let Some(renewed) = renewed {
            cautions.extend(mentions(script, source, files.id(renewed.file)));
        }
        let old_revision = renewed.map(|_| files.id(at).to_owned());
        let parents = parents.unwrap_or_else(|| change.after.clone());
        let change = RevisionChange { old_revision, after: parents, reason, ..change };
        drafting.rewrite(source, Some(after), change);
    }
    // Where only files go that Alembic never runs, up or down, it makes of the rest what it made before.
    let runs = |at: &usize| files.of[files.id(*at)].last() == Some(at);
    let loses = |(&gone, &stays): (&usize, &usize)| runs(&gone) || !files.are_undone_alike(gone, stays);
    let is_safe = decisions.renewed.is_empty() && !decisions.gone.iter().any(loses);
    let copies = decisions
        .gone
        .iter()
        .map(|(&gone, &stays)| (files.script(gone).path.clone(), files.script(stays).path.clone()));
    let applicability = if is_safe { Applicability::Safe } else { Applicability::Unsafe };
    Some(Draft { cautions, copies: copies.collect(), ..drafting.done(applicability)? })
}

/// The parents of a file from now on, by their ids; nothing where they are not known.
fn parents(files: &Files<'_>, decisions: &Decisions<'_>, moved: &Moved, at: usize) -> Option<Vec<String>> {
    if let Some((parents, _)) = moved.get(&at) {
        return Some(parents.iter().map(|&parent| decisions.id(files, parent).to_owned()).collect());
    }
    let script = files.script(at);
    let declared = match &script.down_revision {
        Declared::Literal(_) | Declared::Known { .. } => script.down_revision.values(),
        Declared::Absent | Declared::Unknown { .. } => return None,
    };
    let new = |name| match decisions.meant.get(&(at, name)) {
        Some(&meant) => decisions.id(files, meant).to_owned(),
        None => name.to_owned(),
    };
    Some(declared.into_iter().map(new).collect())
}

/// Which file the databases have run, for each id of which one gets another, or the file that Alembic runs goes.
fn ran(files: &Files<'_>, decisions: &Decisions<'_>) -> Vec<String> {
    let told = files.shared().filter_map(|(id, own)| {
        let &runs = own.last()?;
        let keeper = files.name(decisions.keepers[id]);
        let others: Vec<_> = decisions.renewed.iter().filter(|renewed| own.contains(&renewed.file)).collect();
        if others.is_empty() {
            return None;
        }
        let others: Vec<_> = others.iter().map(|renewed| files.name(renewed.file)).collect();
        let runs = files.name(runs);
        let others = listed(&others);
        Some(if runs == keeper {
            format!(
                "Alembic runs {runs} as {id}: a database that ran {id} with the files as they are has run that file, and not \
                 {others}. One that ran {id} before {runs} was there has run another, and this plan does not fit it."
            )
        } else {
            format!(
                "Alembic runs {runs} as {id}: a database that ran {id} with the files as they are has run that file, and not \
                 {keeper}. This plan fits only one that ran {id} before {runs} was there."
            )
        })
    });
    told.collect()
}
