//! What is drawn: one environment, now and as a plan leaves it, in shared rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::audited::{Audited, Shape};
use crate::drawing::{Drawing, DrawingInput, InputEdge, InputRow, LinkKind, Mark, Row, lay_out};
use crate::graph::{RevisionGraph, RevisionIx};
use crate::ingest::TreePath;
use crate::plan::{Plan, PlanKind, RevisionChange, row_order};
use crate::replay::Direction;
use crate::source::Script;
use crate::text::Shown;

/// Draws an environment, its rows in this order, oldest first, and beside it what the plan makes of it.
pub(super) fn sketch(audited: &Audited, plan: Option<&Plan>, order: &[RevisionIx]) -> Drawing {
    let graph = &audited.graph;
    let mut rows = Vec::new();
    let mut row_of = BTreeMap::new();
    // The rows of files, of which several may have one id, and a plan may give one another.
    let mut row_of_file: BTreeMap<&TreePath, usize> = BTreeMap::new();
    let changes = plan.map_or(&[][..], |plan| &plan.changes);
    let change_of: BTreeMap<_, _> = changes.iter().map(|change| (&change.path, change)).collect();
    let note = |path: &TreePath| change_of.get(path).map(|change| said(change).into());
    for change in changes.iter().filter(|change| change.added) {
        row_of.insert(change.revision.clone(), rows.len());
        rows.push(InputRow {
            row: Row {
                revision: change.revision.as_str().into(),
                path: Some(change.path.as_str().into()),
                message: "merge heads".into(),
                note: Some(change.reason.as_str().into()),
                ..Row::default()
            },
            now: None,
            proposed: None,
        });
    }
    let mut ghosts = ghosts_below(graph);
    let mut lost: BTreeMap<RevisionIx, Vec<usize>> = BTreeMap::new();
    for shadowed in graph.shadowed() {
        lost.entry(shadowed.kept).or_default().push(shadowed.script);
    }
    let (shape, after_shape) = (audited.shape(), plan.map(|plan| plan.after.shape()));
    let mut cyclic = graph.on_cycles();
    cyclic.extend(graph.dependency_cycles().into_iter().flatten());
    let order = match plan {
        // Who chose the parents by hand sees the line that comes of it; what turned round is seen on the side as it is.
        Some(plan) if plan.kind == PlanKind::ByHand => {
            let after = &plan.after.graph;
            row_order(&plan.after).into_iter().filter_map(|ix| graph.find(after.id(ix))).collect()
        }
        _ => order.to_vec(),
    };
    for ix in order.into_iter().rev() {
        for &at in lost.get(&ix).into_iter().flatten() {
            let script = &audited.scripts[at];
            let mut row = row(graph.id(ix), Some(script));
            row.fault = Some("Alembic loses this file: it reads another one of the same id later".into());
            row.note = note(&script.path);
            let remains = plan.is_some_and(|plan| is_lost(&plan.after, &script.path));
            row.remains = row.fault.clone().filter(|_| remains);
            let mut marks = ends(&shape, at, ix);
            marks.push(Mark::Duplicate);
            row_of_file.insert(&script.path, rows.len());
            rows.push(InputRow { row, now: Some(marks.clone()), proposed: remains.then_some(marks) });
        }
        let mut marks = marks(graph, &shape, ix, &cyclic);
        if lost.contains_key(&ix) {
            marks.push(Mark::Duplicate);
        }
        row_of.insert(graph.id(ix).to_owned(), rows.len());
        let script = graph.node(ix).script.map(|at| &audited.scripts[at]);
        let mut row = row(graph.id(ix), script);
        row.fault = fault(audited, ix).map(Shown::from);
        row.note = script.and_then(|script| note(&script.path));
        row_of_file.extend(script.map(|script| (&script.path, rows.len())));
        rows.push(InputRow { row, now: Some(marks), proposed: None });
        for ghost in ghosts.remove(&ix).unwrap_or_default() {
            row_of.insert(graph.id(ghost).to_owned(), rows.len());
            let row = Row { ghost: true, ..self::row(graph.id(ghost), None) };
            rows.push(InputRow { row, now: Some(vec![Mark::Missing]), proposed: None });
        }
    }
    for script in
        audited.scripts.iter().filter(|script| script.id().is_none() && script.revision.is_unknown())
    {
        let marks = vec![Mark::Unknown];
        rows.push(InputRow {
            row: row("(not known)", Some(script)),
            now: Some(marks.clone()),
            proposed: plan.map(|_| marks),
        });
    }
    let now = edges(graph, &row_of, &cyclic, &BTreeMap::new());
    let proposed = plan.map(|plan| {
        let new: BTreeMap<_, BTreeSet<_>> = plan
            .changes
            .iter()
            .filter(|change| change.before != change.after)
            .map(|change| {
                let new =
                    change.after.iter().filter(|parent| !change.before.contains(parent)).map(String::as_str);
                (change.revision.as_str(), new.collect())
            })
            .collect();
        let after = &plan.after.graph;
        let cyclic = after.on_cycles();
        let files: BTreeMap<&str, usize> = plan
            .after
            .scripts
            .iter()
            .filter_map(|script| Some((script.id()?, *row_of_file.get(&script.path)?)))
            .collect();
        let row_of: BTreeMap<String, usize> = after
            .revisions()
            .chain(after.ghosts())
            .map(|ix| after.id(ix))
            .filter_map(|id| Some((id.to_owned(), *files.get(id).or_else(|| row_of.get(id))?)))
            .collect();
        let renewed: BTreeSet<&str> = plan
            .changes
            .iter()
            .filter(|change| change.old_revision.is_some())
            .map(|change| change.revision.as_str())
            .collect();
        for ix in after.revisions().chain(after.ghosts()) {
            let Some(&at) = row_of.get(after.id(ix)) else { continue };
            rows[at].row.remains = fault(&plan.after, ix).map(Shown::from);
            let mut marks = match &after_shape {
                Some(shape) if !after.is_ghost(ix) => self::marks(after, shape, ix, &cyclic),
                _ => vec![Mark::Missing],
            };
            if after.shadowed().iter().any(|lost| lost.kept == ix) {
                marks.push(Mark::Duplicate);
            }
            if renewed.contains(after.id(ix)) {
                marks.push(Mark::NewId);
            }
            if rows[at].now.is_none() {
                marks.push(Mark::Added);
            } else if new
                .get(after.id(ix))
                .is_some_and(|new| !new.is_empty() || !renewed.contains(after.id(ix)))
            {
                marks.push(Mark::NewParent);
            }
            rows[at].proposed = Some(marks);
        }
        edges(after, &row_of, &cyclic, &new)
    });
    lay_out(DrawingInput { rows, now, proposed })
}

/// What a plan does to a revision, and why.
fn said(change: &RevisionChange) -> String {
    let what = match (&change.old_revision, change.after.as_slice()) {
        _ if change.removed => "removed".to_owned(),
        (Some(_), []) => format!("called {}, first", change.revision),
        (Some(_), after) => format!("called {}, after {}", change.revision, after.join(", ")),
        (None, after) if after == change.before => return change.reason.clone(),
        (None, []) => "first".to_owned(),
        (None, after) => format!("after {}", after.join(", ")),
    };
    format!("{what}: {}", change.reason)
}

/// Whether a file is there and lost.
fn is_lost(audited: &Audited, path: &TreePath) -> bool {
    audited.graph.shadowed().iter().any(|lost| audited.scripts[lost.script].path == *path)
}

fn row(id: &str, script: Option<&Script>) -> Row {
    let date = script.and_then(Script::create_date).map(|date| date.chars().take(10).collect::<String>());
    Row {
        revision: id.into(),
        path: script.map(|script| script.path.as_str().into()),
        message: script.map(|script| script.message().into()).unwrap_or_default(),
        date: date
            .filter(|date| date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
            .map(Shown::from),
        ..Row::default()
    }
}

fn marks(
    graph: &RevisionGraph,
    shape: &Shape<'_>,
    ix: RevisionIx,
    cyclic: &BTreeSet<RevisionIx>,
) -> Vec<Mark> {
    let node = graph.node(ix);
    let mut marks = node.script.map(|at| ends(shape, at, ix)).unwrap_or_default();
    let all = [
        (node.script.is_some_and(|at| shape.is_branch_point(at, ix)), Mark::BranchPoint),
        (node.script.is_some_and(|at| shape.is_merge_point(at, ix)), Mark::MergePoint),
        (cyclic.contains(&ix) || node.self_parent, Mark::Cycle),
        (node.parents_unknown, Mark::Unknown),
    ];
    marks.extend(all.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| mark));
    marks
}

/// Which ends of the history a file is.
fn ends(shape: &Shape<'_>, script: usize, ix: RevisionIx) -> Vec<Mark> {
    let base = if shape.has_several_bases() { Mark::Root } else { Mark::Base };
    let all = [(shape.is_base(script, ix), base), (shape.is_head(script, ix), Mark::Head)];
    all.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| mark).collect()
}

/// The ghosts to be drawn below each revision: below the child that stands lowest.
fn ghosts_below(graph: &RevisionGraph) -> BTreeMap<RevisionIx, Vec<RevisionIx>> {
    let mut below: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for ghost in graph.ghosts() {
        if let Some(&child) = graph.children(ghost).first() {
            below.entry(child).or_default().push(ghost);
        }
    }
    below
}

fn edges(
    graph: &RevisionGraph,
    row_of: &BTreeMap<String, usize>,
    cyclic: &BTreeSet<RevisionIx>,
    new: &BTreeMap<&str, BTreeSet<&str>>,
) -> Vec<InputEdge> {
    let mut edges = Vec::new();
    for ix in graph.revisions() {
        let Some(&child) = row_of.get(graph.id(ix)) else { continue };
        let mut add = |to: RevisionIx, kind| {
            if let Some(&parent) = row_of.get(graph.id(to)).filter(|&&parent| parent != child) {
                edges.push(InputEdge { child, parent, kind });
            }
        };
        for parent in graph.parents(ix) {
            let is_new = new.get(graph.id(ix)).is_some_and(|new| new.contains(graph.id(parent)));
            let kind = if graph.is_ghost(parent) {
                LinkKind::Missing
            } else if cyclic.contains(&ix) && cyclic.contains(&parent) {
                LinkKind::Cycle
            } else if is_new {
                LinkKind::NewParent
            } else {
                LinkKind::Parent
            };
            add(parent, kind);
        }
        for dependency in graph.dependencies(ix) {
            add(dependency, LinkKind::Dependency);
        }
    }
    edges
}

/// What is wrong with a migration itself, whatever its place.
fn fault(audited: &Audited, ix: RevisionIx) -> Option<String> {
    let at = audited.graph.node(ix).script?;
    let account = &audited.account;
    if let Some(why) = account.why(at, Direction::Upgrade) {
        return Some(format!("fails: {why}"));
    }
    let needed: Vec<_> = account.needing_elsewhere_in(at).collect();
    let objects: BTreeSet<_> = needed.iter().map(|failing| failing.object_words()).collect();
    match objects.iter().collect::<Vec<_>>().as_slice() {
        [] => {}
        [one] => return Some(format!("needs {one}, which no migration creates")),
        many => return Some(format!("needs {} objects that no migration creates", many.len())),
    }
    if account.fails_on_the_way_back(at) {
        return account.why(at, Direction::Downgrade).map(|why| format!("downgrade fails: {why}"));
    }
    None
}
