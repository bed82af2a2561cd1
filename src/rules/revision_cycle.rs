//! Revisions that come after themselves.

use super::EnvironmentContext;
use super::context::MOST_ALIKE;
use crate::finding::{Finding, Group, Rule, Severity};
use crate::graph::RevisionIx;

pub(crate) static RULE: Rule = Rule {
    name: "revision-cycle",
    group: Group::Chain,
    is_repairable: true,
    summary: "Revisions form a loop: each comes after the other.",
    severity: Severity::Error,
    explanation: include_str!("revision_cycle.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for (n_before, found) in context.audited.graph.cycles().into_iter().enumerate() {
        let ids: Vec<_> = found.iter().map(|&ix| context.id(ix)).collect();
        let mut shown = ids.clone();
        shown.extend(ids.first().cloned());
        let mut finding =
            Finding::new(&RULE, format!("{} revisions form a loop: {}", ids.len(), shown.join(" -> ")));
        finding.evidence = found.iter().filter_map(|&ix| context.parents_place(ix)).collect();
        let blamed = blame(context, &found);
        finding.place =
            blamed.and_then(|ix| context.parents_place(ix)).or_else(|| finding.evidence.first().cloned());
        what_alembic_does(context, &mut finding, n_before);
        if let Some((ix, kept, other)) = closed_by_a_copy(context, &found) {
            let id = context.id(ix);
            finding.place = context.parents_place(ix);
            finding.advice = format!(
                "Two files declare {id}, and {kept} closes the loop: give that one a new id, and with {other} as {id} the loop \
                 is gone."
            );
            finding.by_hand = Some(format!("Give {kept} a new id"));
            finding.revisions = ids;
            findings.push(finding);
            continue;
        }
        finding.advice = match blamed {
            Some(ix) => {
                format!("Look at {} first: its docstring names another parent than its code.", context.id(ix))
            }
            None => {
                "One of these revisions names the wrong parent. Version control shows which one changed last."
                    .to_owned()
            }
        };
        finding.by_hand = Some("Cut the loop at one revision".to_owned());
        finding.revisions = ids;
        findings.push(finding);
    }
}

/// A revision of a loop whose id two files have, where the other file's parents lie outside of the loop: the file that
/// closes it, and the other.
fn closed_by_a_copy<'a>(
    context: &EnvironmentContext<'a>,
    found: &[RevisionIx],
) -> Option<(RevisionIx, &'a str, &'a str)> {
    let audited = context.audited;
    audited.graph.shadowed().iter().find_map(|lost| {
        let ix = found.iter().copied().find(|&ix| ix == lost.kept)?;
        let other = &audited.scripts[lost.script];
        let parents = other.down_revision.values();
        let leads_back =
            parents.iter().any(|id| audited.graph.find(id).is_some_and(|ix| found.contains(&ix)));
        (!leads_back).then_some((ix, context.script(ix)?.path.file_name(), other.path.file_name()))
    })
}

/// What comes of a loop: Alembic names it, walks round it for ever, or overlooks it and runs everything all the same. Its
/// error names all revisions of all loops, and so stands in full beside the first ones alone.
pub(super) fn what_alembic_does(context: &EnvironmentContext<'_>, finding: &mut Finding, n_before: usize) {
    let audited = context.audited;
    finding.consequence = match (audited.reading.raised(), audited.upgrade_error()) {
        (Some(raised), _) if raised.class.ends_with("CycleDetected") && n_before >= MOST_ALIKE => {
            format!("Every command stops with {}, which stands with the first of these loops.", raised.class)
        }
        (Some(raised), _) if raised.class.ends_with("CycleDetected") => {
            format!("Every command stops with {}: {}.", raised.class, raised.message)
        }
        (None, Some(error)) => {
            format!("Alembic does not notice this loop, and `{}` {error}.", context.upgrade_command())
        }
        (None, None) if audited.reading.map().is_some() => {
            finding.severity = Severity::Warning;
            "Alembic does not notice this loop: an upgrade runs each revision once, in an order that the files do not \
             state."
                .to_owned()
        }
        _ => {
            "Alembic stops at most loops with \"Cycle is detected\"; round some it walks for ever.".to_owned()
        }
    };
}

/// The one revision of the loop whose docstring disagrees with its code, if there is just one.
pub(super) fn blame(context: &EnvironmentContext<'_>, found: &[RevisionIx]) -> Option<RevisionIx> {
    let mut disagree = found.iter().copied().filter(|&ix| {
        context.script(ix).is_some_and(|script| {
            script
                .revises()
                .is_some_and(|said| !super::revises_mismatch::agrees(&said, &script.down_revision.values()))
        })
    });
    let first = disagree.next()?;
    disagree.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{audited, found, project};

    #[test]
    fn reports_the_loop_in_order_and_nothing_behind_it() {
        assert_eq!(
            found(
                "revision-cycle",
                &project("a: a <- None\nb: b <- 'd'\nc: c <- 'b'\nd: d <- 'c'\ne: e <- 'd'")
            ),
            ["error migrations/versions/b.py: 3 revisions form a loop: b -> c -> d -> b"]
        );
    }

    #[test]
    fn a_copied_id_that_closes_a_loop_is_blamed_and_not_a_parent() {
        let tree = project("a: a <- None\nb_first: b <- 'a'\nc: c <- 'b'\nb_then: b <- 'c'");
        let audit = audited(&tree);
        let advice = |rule: &str| {
            audit.findings.iter().find(|finding| finding.rule.name == rule).map(|finding| &*finding.advice)
        };
        let told = advice("revision-cycle").expect("found");
        let said = "Two files declare b, and b_then.py closes the loop: give that one a new id";
        assert!(told.starts_with(said), "{told}");
        // Without the copy the loop stays.
        let tree = project("a: a <- None\nb_first: b <- 'c'\nc: c <- 'b'\nb_then: b <- 'c'");
        let audit = audited(&tree);
        let finding = audit.findings.iter().find(|finding| finding.rule.name == "revision-cycle");
        assert!(!finding.expect("found").advice.starts_with("Two files"));
    }

    #[test]
    fn stays_silent_on_diamonds() {
        assert!(
            found("revision-cycle", &project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- ('b', 'c')"))
                .is_empty()
        );
    }
}
