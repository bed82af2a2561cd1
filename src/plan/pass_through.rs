//! A revision that does nothing, in the place of one whose file is gone: it carries the id that databases hold and files name.
//!
//! It stands where the history is cut: on the only revision that ends what lies below, under those that name it. Nothing
//! else changes, so every database goes on, and none runs anything twice; what the lost file did is lost with it.

use std::collections::BTreeSet;

use super::chain::{Scope, draft};
use super::draft::{Draft, Drafting};
use super::merge::revision_file;
use super::repair::{Broken, Repair};
use super::{Plan, PlanKind, RevisionChange};
use crate::audited::Audited;
use crate::finding::Applicability;
use crate::rules::{candidates, likely_candidate};

/// A stand-in for each revision whose file is gone.
pub(super) static REPAIR: Repair =
    Repair { kind: PlanKind::PassThrough, sets_order: true, is_whole: true, must_mend: true, plan };

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    if broken.is_ambiguous() {
        return None;
    }
    broken.prove(&REPAIR, passed_through(broken)?).ok()
}

fn passed_through(broken: &Broken<'_>) -> Option<Draft> {
    let graph = &broken.audited().graph;
    let parents = graph.revisions().flat_map(|ix| graph.parents(ix));
    let gone: BTreeSet<&str> =
        parents.filter(|&ix| graph.is_ghost(ix)).map(|ghost| graph.id(ghost)).collect();
    // It has one place where the history is cut in two, and each half has one end.
    let id = *gone.first().filter(|_| gone.len() == 1)?;
    let is_id = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_id || graph.bases().len() != 1 || graph.tips().len() != 2 {
        return None;
    }
    let closed = draft(broken, Scope::FaultyOnly, &[])?.draft;
    let on = &closed.changes.first()?.after;
    if is_misspelt(broken.audited(), id, on) {
        return None;
    }
    let cuts_here = |change: &RevisionChange| change.before == [id] && change.after == *on;
    if on.len() != 1 || !closed.changes.iter().all(cuts_here) {
        return None;
    }
    let below = graph.find(&on[0])?;
    if !graph.tips().contains(&below) {
        return None;
    }
    let (file, written_by) =
        revision_file(broken.tree, broken.audited(), id, on, "stand-in for a lost file")?;
    let children: Vec<&str> = closed.changes.iter().map(|change| &*change.revision).collect();
    let reason = format!("{} names it, and no file declares it; it runs nothing itself", children.join(", "));
    let mut drafting = Drafting::default();
    drafting.add(file, id.to_owned(), on.clone(), reason);
    let lost = format!(
        "What {id} did is not in these files, and a database that has not run it misses that. If the file exists in version \
         control, bring it back instead."
    );
    Some(Draft { cautions: vec![lost, written_by], ..drafting.done(Applicability::Unsafe)? })
}

/// Whether an id that no file declares is only another spelling of the one that comes in its place.
fn is_misspelt(audited: &Audited, id: &str, on: &[String]) -> bool {
    likely_candidate(&candidates(&audited.scripts, id)).is_some_and(|likely| on.contains(&likely.revision))
}

#[cfg(test)]
mod tests {
    use crate::audit::audit_again;
    use crate::plan::{Plan, PlanKind, plans};
    use crate::rules::fixture::{audited, project};

    fn passed(migrations: &str) -> Option<Plan> {
        let tree = project(migrations);
        let audit = audited(&tree);
        let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
        let plans = plans(&tree, &audit, &again).swap_remove(0);
        plans.into_iter().find(|plan| plan.kind == PlanKind::PassThrough)
    }

    #[test]
    fn the_id_that_is_gone_stands_between_what_was_cut_apart() {
        let plan =
            passed("a: a <- None\nb: b <- 'a'\nd: d <- 'lost'\ne: e <- 'd'").expect("it has one place");
        assert_eq!(plan.order, ["a", "b", "lost", "d", "e"]);
        assert!(plan.patch.files.iter().all(|file| file.before.is_none()));
        assert_eq!(plan.cautions.len(), 3, "{:?}", plan.cautions);
        // Whatever a database has run, the one that is gone too, it finds itself again.
        let groups = plan.states.expect("they are known");
        assert_eq!(groups.len(), 1, "{groups:?}");
        assert_eq!((&groups[0].fares, groups[0].count), (&crate::alembic::Fares::Runs, 6));
    }

    #[test]
    fn there_is_none_where_the_place_is_not_certain_or_the_id_is_only_misspelt() {
        for migrations in [
            // It may have stood on either end.
            "a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- 'lost'",
            "a: a <- None\nb: b <- 'a'\nc: c <- 'lost'\nd: d <- 'lost2'",
            "a: 2ca607eff9c8 <- None\nb: b <- '2ca607'",
            "a: a <- None\nb: b <- ('a', 'lost')",
        ] {
            assert!(passed(migrations).is_none(), "{migrations}");
        }
    }
}
