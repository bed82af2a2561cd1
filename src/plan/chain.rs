//! The single chain: one base, one head, and as few rewritten files as that takes.
//!
//! Going through the order, a revision gets another parent only where a finished branch would otherwise stay a head,
//! where it would be a second root, or where its own parent is faulty. Everything that was below a revision stays
//! below it, so branches that already join again are left alone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::draft::{Draft, Drafting};
use super::order::{Sound, cheapest_order, id_of, script_of};
use super::prove::Unproved;
use super::repair::{Broken, Repair};
use super::{Plan, PlanKind};
use crate::audited::Audited;
use crate::finding::Applicability;
use crate::rules::MULTIPLE_HEADS;

/// The single chain.
pub(super) static REPAIR: Repair =
    Repair { kind: PlanKind::Chain, sets_order: true, is_whole: true, must_mend: true, plan };

/// How much of the chain is put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything: roots and heads are joined.
    Whole,
    /// The same, and branches that join again are put one behind the other, where Alembic's own order of them would run a
    /// migration before what it needs.
    Line,
    /// Only revisions whose parents are faulty; several roots and heads stay as they are.
    FaultyOnly,
}

/// What a revision's parents become.
pub(super) struct Decision {
    pub(super) ix: usize,
    pub(super) parents: Vec<usize>,
    reason: String,
    /// Whether only the way the same parents are written changes.
    same_order: bool,
}

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    if broken.is_ambiguous() || !joins(broken) {
        return None;
    }
    let in_scope = |scope| draft(broken, scope, &[]).map(|drafted| broken.prove(&REPAIR, drafted.draft));
    match in_scope(Scope::Whole)? {
        Ok(plan) => Some(plan),
        Err(Unproved::RunsTooEarly(_)) => in_scope(Scope::Line)?.ok(),
        Err(Unproved::Other(_)) => None,
    }
}

/// Whether heads and bases are joined: branches kept apart on purpose stay apart, whatever else is mended.
pub(super) fn joins(broken: &Broken<'_>) -> bool {
    let audited = broken.audited();
    if audited.graph.tips().len() > 1 {
        broken.errors.contains(&&MULTIPLE_HEADS)
    } else {
        !audited.has_bases_by_design()
    }
}

/// A chain, and the revisions that it moves and that have no fault of their own, by index.
pub(super) struct Drafted {
    pub(super) draft: Draft,
    pub(super) moved: Vec<usize>,
}

/// Drafts the chain, in which some are left where they are if that can be; nothing when no file would change, or one cannot
/// be rewritten.
pub(super) fn draft(broken: &Broken<'_>, scope: Scope, kept: &[usize]) -> Option<Drafted> {
    let (tree, audited) = (broken.tree, broken.audited());
    let sound = broken.sound();
    let order: Cow<'_, [usize]> = if kept.is_empty() {
        broken.order().into()
    } else {
        cheapest_order(audited, sound, broken.bound(), kept).into()
    };
    let decisions = decide(audited, sound, &order, scope);
    let mut drafting = Drafting::default();
    for decision in &decisions {
        let script = &audited.scripts[script_of(audited, decision.ix)?];
        let parents = decision.parents.iter().map(|&ix| id_of(audited, ix).to_owned()).collect();
        drafting.reparent(tree, script, id_of(audited, decision.ix), parents, decision.reason.clone())?;
    }
    let is_safe = decisions.iter().all(|decision| decision.same_order);
    let draft = Draft {
        cautions: if is_safe { Vec::new() } else { cautions(audited, sound) },
        ..drafting.done(if is_safe { Applicability::Safe } else { Applicability::Unsafe })?
    };
    let moved = decisions.iter().filter(|decision| !decision.same_order && !sound.faulty[decision.ix]);
    Some(Drafted { draft, moved: moved.map(|decision| decision.ix).collect() })
}

fn cautions(audited: &Audited, sound: &Sound) -> Vec<String> {
    let lost: Vec<_> = audited
        .graph
        .revisions()
        .filter(|&ix| {
            sound.lost[ix.index()]
                && sound.found[ix.index()].is_none()
                && audited.graph.parents(ix).iter().any(|&parent| audited.graph.is_ghost(parent))
        })
        .map(|ix| audited.graph.id(ix).to_owned())
        .collect();
    if lost.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "The real parent of {} is not in these files. If it exists in version control, bring it back instead: what it did \
         is missing from this chain.",
        lost.join(", ")
    )]
}

pub(super) fn decide(audited: &Audited, sound: &Sound, order: &[usize], scope: Scope) -> Vec<Decision> {
    let n = sound.parents.len();
    let mut parents = sound.parents.clone();
    let mut n_children = vec![0_usize; n];
    for parents in &sound.parents {
        for &parent in parents {
            n_children[parent] += 1;
        }
    }
    let join = scope != Scope::FaultyOnly;
    let mut decisions = Vec::new();
    // The revisions so far that nothing so far continues.
    let mut open: BTreeSet<usize> = BTreeSet::new();
    // The one among them that nothing in the rest will continue either.
    let mut finished: Option<usize> = None;
    let mut previous: Option<usize> = None;
    for &ix in order {
        let own = &sound.parents[ix];
        let new = match (finished.take(), previous) {
            (_, Some(previous)) if scope == Scope::Line => {
                (*own != [previous] || sound.faulty[ix]).then(|| on_top_of(previous, own, &open, &parents))
            }
            (Some(end), _) if join => Some(on_top_of(end, own, &open, &parents)),
            (_, Some(previous)) if own.is_empty() && (join || sound.faulty[ix]) => Some(vec![previous]),
            _ if sound.faulty[ix] => Some(own.clone()),
            _ => None,
        };
        let wanted = new.as_ref().unwrap_or(own);
        // Alembic's bookkeeping fails over a merge of three and more of which one lies below another.
        let fewer = (wanted.len() > 2).then(|| without_ancestors(wanted, &parents));
        let (new, only_covers) = match fewer.filter(|fewer| fewer.len() != wanted.len()) {
            Some(fewer) => (Some(fewer), new.is_none()),
            None => (new, false),
        };
        if let Some(new) = new {
            let same_order = new == *own && !sound.lost[ix];
            let reason = if only_covers {
                "one of its parents comes before another one, which stops Alembic where there are three"
                    .to_owned()
            } else if same_order {
                let written = if new.is_empty() {
                    "no parent, written as None"
                } else {
                    "the parent's id written in full"
                };
                written.to_owned()
            } else {
                reason(audited, sound, ix, &new)
            };
            parents[ix].clone_from(&new);
            decisions.push(Decision { ix, parents: new, reason, same_order });
        }
        for parent in &parents[ix] {
            open.remove(parent);
        }
        open.insert(ix);
        if n_children[ix] == 0 {
            finished = Some(ix);
        }
        previous = Some(ix);
    }
    decisions
}

/// Parents without those that lie below another of them.
fn without_ancestors(own: &[usize], parents: &[Vec<usize>]) -> Vec<usize> {
    let mut below = BTreeSet::new();
    let mut todo: Vec<usize> = own.iter().flat_map(|&parent| parents[parent].iter().copied()).collect();
    while let Some(ix) = todo.pop() {
        if below.insert(ix) {
            todo.extend(parents[ix].iter().copied());
        }
    }
    own.iter().copied().filter(|parent| !below.contains(parent)).collect()
}

/// The parents of a revision that goes on top of `end`: its own ones that `end` does not already stand on stay.
fn on_top_of(end: usize, own: &[usize], open: &BTreeSet<usize>, parents: &[Vec<usize>]) -> Vec<usize> {
    let mut new = vec![end];
    if open.len() > 1 && !own.is_empty() {
        let mut below = BTreeSet::from([end]);
        let mut todo = vec![end];
        while let Some(ix) = todo.pop() {
            todo.extend(parents[ix].iter().copied().filter(|&parent| below.insert(parent)));
        }
        new.extend(own.iter().copied().filter(|parent| !below.contains(parent)));
    }
    new
}

/// Why a revision lost its parent.
fn lost_why(audited: &Audited, ix: usize) -> &'static str {
    let graph = &audited.graph;
    let Some(ix) = graph.by_index(ix) else { return "" };
    if graph.is_base(ix) {
        "it was a base of its own"
    } else if graph.parents(ix).into_iter().any(|parent| graph.is_ghost(parent)) {
        "its own parent is missing"
    } else if graph.node(ix).self_parent {
        "it named itself as parent"
    } else {
        "its own parent came after it, in a loop"
    }
}

fn reason(audited: &Audited, sound: &Sound, ix: usize, new: &[usize]) -> String {
    let own = &sound.parents[ix];
    if let Some(found) = &sound.found[ix] {
        let forks = if new == own.as_slice() { "" } else { ", and there it would fork" };
        return format!("{}; {found}{forks}", lost_why(audited, ix));
    }
    let why = match own.as_slice() {
        [] => lost_why(audited, ix).to_owned(),
        _ if sound.lost[ix] => "one of its parents could not stand".to_owned(),
        [parent, ..] => format!("it forked off at {}", id_of(audited, *parent)),
    };
    let script = script_of(audited, ix);
    let needed = script.and_then(|script| audited.account.prerequisites_of(script).first());
    match needed {
        // What a branch needs stands below it already; only for a root is it the reason.
        Some(needed) if own.is_empty() => {
            format!(
                "{}, which {} {}; {why}",
                needed.why,
                audited.scripts[needed.on].id().unwrap_or_default(),
                needed.does
            )
        }
        _ => why,
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{Plan, PlanKind, plans};
    use crate::rules::fixture::{audited, project};

    fn chain(migrations: &str) -> Plan {
        let tree = project(migrations);
        let audit = audited(&tree);
        let mut plans =
            plans(&tree, &audit, &|patched, changed| crate::audit::audit_again(patched, &audit, changed));
        plans
            .swap_remove(0)
            .into_iter()
            .find(|plan| plan.kind == PlanKind::Chain)
            .expect("a chain is on offer")
    }

    #[test]
    fn a_parent_that_was_found_again_and_is_not_taken_says_why() {
        let found = |migrations: &str| {
            let mut tree = project(migrations);
            let path = crate::ingest::TreePath::parse("migrations/versions/c.py").expect("relative");
            let text = String::from_utf8_lossy(tree.get(&path).expect("it is there")).into_owned();
            tree.insert(path, format!("\"\"\"c\n\nRevises: b\n\"\"\"\n{text}").into_bytes());
            let audit = audited(&tree);
            let again = |patched: &_, changed: &[_]| crate::audit::audit_again(patched, &audit, changed);
            let plans = plans(&tree, &audit, &again).swap_remove(0);
            let chain = plans.into_iter().find(|plan| plan.kind == PlanKind::Chain).expect("it is on offer");
            chain
                .changes
                .into_iter()
                .find(|change| change.revision == "c")
                .map(|change| (change.after, change.reason))
        };
        let (after, reason) = found("a: a <- None\nb: b <- 'a'\nc: c <- 'gone'").expect("it is moved");
        assert_eq!(
            (after, &*reason),
            (vec!["b".to_owned()], "its own parent is missing; the docstring says `Revises: b`")
        );
        let (after, reason) =
            found("a: a <- None\nb: b <- 'a'\nd: d <- 'b'\nc: c <- 'gone'").expect("it is moved");
        assert_eq!(after, ["d"]);
        assert!(reason.ends_with("the docstring says `Revises: b`, and there it would fork"), "{reason}");
    }

    #[test]
    fn bases_that_labels_keep_apart_are_not_put_into_one_line() {
        let label = |tree: &mut crate::ingest::SourceTree, id: &str| {
            let path =
                crate::ingest::TreePath::parse(&format!("migrations/versions/{id}.py")).expect("relative");
            let text = String::from_utf8_lossy(tree.get(&path).expect("it is there")).into_owned();
            tree.insert(path, format!("{text}\nbranch_labels = 'of_{id}'\n").into_bytes());
        };
        let kinds = |tree: &crate::ingest::SourceTree| {
            let audit = audited(tree);
            let again = |patched: &_, changed: &[_]| crate::audit::audit_again(patched, &audit, changed);
            plans(tree, &audit, &again).swap_remove(0).iter().map(|plan| plan.kind).collect::<Vec<_>>()
        };
        let mut tree = project("a: a <- None\nx: x <- None\nm: m <- ('a', 'x')\nn: n <- ('m', 'gone')");
        assert!(kinds(&tree).contains(&PlanKind::Chain));
        label(&mut tree, "a");
        label(&mut tree, "x");
        assert_eq!(kinds(&tree), [PlanKind::Reparent]);
    }

    #[test]
    fn only_a_parent_written_in_full_is_safe() {
        let plan = chain("a: 2ca607eff9c8 <- None\nb: b <- '2ca607'");
        assert_eq!(
            (plan.applicability.word(), plan.changes[0].reason.as_str()),
            ("safe", "the parent's id written in full")
        );
        assert!(plan.cautions.is_empty());
    }

    #[test]
    fn a_merge_of_three_loses_the_parent_that_comes_to_lie_below_another() {
        let plan = chain(
            "r: r <- None\np1: p1 <- 'r'\np2: p2 <- 'r'\np3: p3 <- 'r'\nm: m <- ('p1', 'p2', 'p3')\nq: q <- 'p1'\ns: s <- ('p1', 'p2')",
        );
        assert!(plan.after.upgrade_error().is_none());
        assert_eq!(plan.after.graph.tips().len(), 1);
    }

    #[test]
    fn a_parent_that_goes_makes_it_unsafe_and_is_told() {
        for (migrations, reason, is_missing) in [
            ("a: a <- None\nb: b <- ('a', 'gone')", "one of its parents could not stand", true),
            ("a: a <- None\nb: b <- 'gone'", "its own parent is missing", true),
            ("a: a <- None\nb: b <- ('a', 'b')", "one of its parents could not stand", false),
            ("a: a <- None\nb: b <- 'b'", "it named itself as parent", false),
            ("a: a <- None\nb: b <- ('a', 'c')\nc: c <- 'b'", "one of its parents could not stand", false),
            ("a: a <- None\nb: b <- 'c'\nc: c <- 'b'", "its own parent came after it, in a loop", false),
        ] {
            let plan = chain(migrations);
            assert_eq!(
                (plan.applicability.word(), plan.changes[0].reason.as_str()),
                ("unsafe", reason),
                "{migrations}"
            );
            let told = plan.cautions.iter().any(|caution| caution.contains("is not in these files"));
            assert_eq!(told, is_missing, "{migrations}: {:?}", plan.cautions);
        }
    }
}
