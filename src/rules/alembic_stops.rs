//! What stops Alembic and no other rule names.

use std::collections::BTreeSet;

use super::EnvironmentContext;
use super::context::value_place;
use crate::alembic::{Cause, Raised, Reading, Stopped};
use crate::finding::{Finding, Group, Place, Rule, Severity};
use crate::graph::{RevisionGraph, RevisionIx};
use crate::text::TextRange;

/// Proofs leave it aside: it repeats what another finding should say.
pub(crate) static RULE: Rule = Rule {
    name: "alembic-stops",
    group: Group::Chain,
    is_repairable: true,
    summary: "Alembic stops, for a reason that has no rule of its own.",
    severity: Severity::Error,
    explanation: include_str!("alembic_stops.md"),
};

/// Runs after all others: where one of them says why Alembic cannot load the files, that is what to mend first.
pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let is_named = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error && finding.rule.group != Group::Content);
    // What is wrong with a configuration has been told, as sure as it is.
    let is_named = is_named || !audited.environment.refusals.is_empty();
    if !audited.environment.live {
        return;
    }
    if audited.reading.map().is_none() || !audited.graph.shadowed().is_empty() {
        findings.extend(merges_that_stop(context));
    }
    let (message, path) = if let Some(raised) = audited.reading.raised() {
        // A call that works while env.py runs keeps only some commands from working, and has its warning.
        if is_named
            || audited
                .scripts
                .iter()
                .any(|script| script.raises.as_ref().is_some_and(|raise| raise.needs_env))
        {
            return;
        }
        (format!("Alembic stops with {}: {}", raised.class, raised.message), raised.path.clone())
    } else if let Some(stopped) = audited.upgrade_error().filter(|_| audited.graph.shadowed().is_empty()) {
        (format!("`{}` {stopped}", context.upgrade_command()), None)
    } else {
        return;
    };
    let mut finding = Finding::new(&RULE, message);
    finding.place = path.map(|path| Place { path, range: TextRange::empty(0) });
    finding.consequence =
        "It is what Alembic itself does with these files, computed without running them.".to_owned();
    finding.advice = "Look at the revision or the file that the message names; `rechain history` shows what stands around \
                      it."
        .to_owned();
    if let Some(Stopped::Raises(Raised { cause: Cause::Merge(at), .. })) = audited.upgrade_stop() {
        at_a_merge(context, at, &mut finding);
    }
    findings.push(finding);
}

/// Merges at which an upgrade will stop once that is mended which stops Alembic before: each is looked at with what lies
/// below it alone.
fn merges_that_stop(context: &EnvironmentContext<'_>) -> Vec<Finding> {
    let audited = context.audited;
    let graph = &audited.graph;
    let stops = |ix: RevisionIx| {
        let at = graph.node(ix).script?;
        below_another(graph, &graph.parents(ix))?;
        let below = graph.ancestors(ix);
        let scripts = below.into_iter().chain([ix]).map(|ix| graph.node(ix).script);
        // What no file declares is not followed.
        let scripts = scripts.collect::<Option<BTreeSet<usize>>>()?;
        let scripts: Vec<_> = scripts.into_iter().map(|at| audited.scripts[at].clone()).collect();
        let Stopped::Raises(raised) = Reading::of(&scripts, &[]).map()?.upgrades().err()? else {
            return None;
        };
        let message = format!(
            "once the files load, `{}` stops at {} with {}: {}",
            context.upgrade_command(),
            context.id(ix),
            raised.class,
            raised.message
        );
        let mut finding = Finding::new(&RULE, message);
        at_a_merge(context, at, &mut finding);
        finding.environment = Some(context.index);
        Some(finding)
    };
    graph.merge_points().into_iter().filter_map(stops).collect()
}

/// A merge names a parent that lies below another of its parents: when Alembic comes to it, the row of that one is gone.
fn at_a_merge(context: &EnvironmentContext<'_>, at: usize, finding: &mut Finding) {
    let graph = &context.audited.graph;
    let script = &context.audited.scripts[at];
    let place = value_place(script, &script.down_revision);
    finding.evidence = vec![place.clone()];
    finding.place = Some(place);
    let Some((id, ix)) = script.id().and_then(|id| Some((id, graph.find(id)?))) else { return };
    finding.revisions.push(id.to_owned());
    let parents = graph.parents(ix);
    let Some((below, above)) = below_another(graph, &parents) else { return };
    let (below, above) = (graph.id(below), graph.id(above));
    finding.consequence = format!(
        "{id} names {below} and {above} as parents, and {below} lies below {above}. When Alembic has run {above} it \
         forgets that the database stands at {below}, and finds nothing there."
    );
    finding.advice = format!("Take {below} out of the down_revision of {id}: {above} brings it along.");
}

/// The first of some revisions that lies below another of them through parents, and the first such other one.
fn below_another(graph: &RevisionGraph, revisions: &[RevisionIx]) -> Option<(RevisionIx, RevisionIx)> {
    let mut reached = BTreeSet::new();
    let mut open = revisions.to_vec();
    while let Some(ix) = open.pop() {
        open.extend(graph.parents(ix).into_iter().filter(|&parent| reached.insert(parent)));
    }
    // Where they go round, one may have come back to itself alone.
    revisions.iter().filter(|below| reached.contains(below)).find_map(|&below| {
        let is_above = |&&above: &&RevisionIx| above != below && graph.ancestors(above).contains(&below);
        Some((below, *revisions.iter().find(is_above)?))
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_a_merge_whose_parents_lie_below_each_other() {
        let tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- 'b'\nm: m <- ('b', 'c', 'd')");
        let found = found("alembic-stops", &tree);
        assert_eq!(
            found,
            ["error migrations/versions/m.py: `alembic upgrade head` stops at m with KeyError: 'b'"]
        );
    }

    #[test]
    fn such_a_merge_is_told_whatever_else_is_wrong() {
        const MERGE: &str = "a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- 'b'\nm: m <- ('b', 'c', 'd')\n";
        for other in
            ["x: x <- 'gone'", "x: x <- 'y'\ny: y <- 'x'", "x: a <- None", "x: m2 <- 'm'\ny: m2 <- 'm'"]
        {
            let found = found("alembic-stops", &project(&format!("{MERGE}{other}")));
            let [found] = &found[..] else { panic!("{other}: {found:?}") };
            let said = "error migrations/versions/m.py: once the files load, `alembic upgrade head` stops at m with KeyError: 'b'";
            assert_eq!(found, said, "{other}");
        }
        let two_heads = found("alembic-stops", &project(&format!("{MERGE}x: x <- 'a'")));
        assert_eq!(two_heads.len(), 1);
        // What lies below is not all there.
        let gone = MERGE.replace("'a'", "'gone'");
        assert!(found("alembic-stops", &project(&gone)).is_empty());
    }

    #[test]
    fn stays_silent_where_another_rule_says_it_and_where_nothing_stops() {
        assert!(found("alembic-stops", &project("a: a <- None\nb: b <- 'gone'")).is_empty());
        assert!(
            found("alembic-stops", &project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nm: m <- ('b', 'c')"))
                .is_empty()
        );
    }
}
