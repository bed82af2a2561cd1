//! One fault at a time, put into the straight histories of real projects: does the order come back that stood before?
//!
//! The projects are those of `tests/projects.toml`. Each fault is put in four times: with the docstrings as they are and
//! without their `Revises:`, and with the bodies as they are and with all of them emptied. What is known of the bodies may
//! not make it worse.

mod judge;

use std::collections::BTreeMap;

use judge::projects::histories;
use judge::{Random, full, python, seed};
use rechain::audit::{Outcome, examine};
use rechain::ingest::{Ingested, SourceTree};
use rechain::report::PlanKind;
use rechain::source::Script;
use rechain::text::{Edit, TextEdit, TextRange};

/// What is done to a revision in the middle of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// Its file is deleted.
    Gone,
    /// It names itself as parent.
    Itself,
    /// It names one that comes after it.
    Loop,
    /// It says that it has no parent.
    NoParent,
}

const FAULTS: [Fault; 4] = [Fault::Gone, Fault::Itself, Fault::Loop, Fault::NoParent];

/// How much of the files is left to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Left {
    docstrings: bool,
    bodies: bool,
}

const LEFT: [Left; 4] = [
    Left { docstrings: true, bodies: true },
    Left { docstrings: true, bodies: false },
    Left { docstrings: false, bodies: true },
    Left { docstrings: false, bodies: false },
];

/// A history in which each revision but the first has the one before as its only parent.
struct Line {
    name: String,
    tree: SourceTree,
    /// Oldest first.
    scripts: Vec<Script>,
}

/// The fewest revisions that have a middle.
const FEWEST: usize = 6;

/// How many faults are put in where all are.
const MOST: usize = 240;

fn outcome(tree: SourceTree) -> Outcome {
    examine(Ingested { tree, ..Ingested::default() }, &mut |_| {})
}

impl Line {
    /// A history of a project as a folder of its own, if it is healthy and straight.
    fn of(name: String, tree: SourceTree) -> Option<Self> {
        let found = outcome(tree.clone());
        let audited = found.audit.environments.first()?;
        let map = audited.reading.map()?;
        let order: Vec<String> = map.upgrade_order().ok()?.into_iter().map(str::to_owned).collect();
        let by_id: BTreeMap<_, _> =
            audited.scripts.iter().filter_map(|script| Some((script.id()?, script))).collect();
        let scripts: Vec<Script> =
            order.iter().map(|id| by_id.get(&**id).map(|&script| script.clone())).collect::<Option<_>>()?;
        let before = std::iter::once(None).chain(order.iter().map(Some));
        let is_line = scripts.iter().zip(before).all(|(script, before)| {
            let is_written = script.down_revision.literal().is_some();
            let parents = script.down_revision.values();
            is_written && parents.iter().eq(before) && script.depends_on.values().is_empty()
        });
        let is_whole = order.len() == audited.scripts.len() && found.plans[0].is_empty();
        (is_line && is_whole && order.len() >= FEWEST).then_some(Self { name, tree, scripts })
    }

    /// The folder with a fault at a place, and as much of its files as is left.
    fn broken(&self, fault: Fault, at: usize, left: Left) -> SourceTree {
        let mut tree = self.tree.clone();
        for (own, script) in self.scripts.iter().enumerate() {
            let source = self.tree.get(&script.path).expect("it is there");
            let id = |at: usize| {
                format!("{:?}", self.scripts[at.min(self.scripts.len() - 1)].id().expect("it has one"))
            };
            let parent = match fault {
                _ if own != at => None,
                Fault::Gone => {
                    tree.remove(&script.path);
                    continue;
                }
                Fault::Itself => Some(id(at)),
                Fault::Loop => Some(id(at + 2)),
                Fault::NoParent => Some("None".to_owned()),
            };
            tree.insert(script.path.clone(), written(script, source, parent, left));
        }
        tree
    }

    /// The order that is to come back.
    fn order(&self, fault: Fault, at: usize) -> Vec<&str> {
        let stays = |&(own, _): &(usize, &Script)| fault != Fault::Gone || own != at;
        self.scripts.iter().enumerate().filter(stays).filter_map(|(_, script)| script.id()).collect()
    }
}

/// A file with another parent, without what is not left of it.
fn written(script: &Script, source: &[u8], parent: Option<String>, left: Left) -> Vec<u8> {
    let declared = script.down_revision.literal().expect("it is written out");
    let mut edits = Vec::new();
    if let Some(parent) = parent {
        edits.push(Edit { delete: declared.range, insert: parent.into_bytes() });
    }
    let docstring = script.docstring.as_ref();
    if let Some((_, range)) = docstring.and_then(|docstring| docstring.revises.as_ref())
        && !left.docstrings
    {
        let before = &source[..range.start() as usize];
        let name = before.windows(8).rposition(|bytes| bytes == b"Revises:").expect("it stands before");
        edits.push(Edit { delete: TextRange::new(name as u32, range.end()), insert: Vec::new() });
    }
    if !left.bodies {
        // All but the docstring and what declares the revision goes.
        let mut kept: Vec<TextRange> = docstring.map(|docstring| docstring.range).into_iter().collect();
        let variables = [&script.revision, &script.down_revision, &script.branch_labels, &script.depends_on];
        kept.extend(variables.into_iter().filter_map(|variable| Some(variable.literal()?.statement)));
        kept.sort_by_key(|range| range.start());
        let mut from = 0;
        for range in kept {
            edits.push(Edit { delete: TextRange::new(from, range.start()), insert: b"\n".to_vec() });
            from = range.end();
        }
        let empty = "\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n";
        edits.push(Edit { delete: TextRange::new(from, source.len() as u32), insert: empty.into() });
    }
    TextEdit::new(edits).expect("they do not overlap").apply(source).expect("they are inside")
}

/// Every straight history of the projects that can be had.
fn lines(test: &str) -> Vec<Line> {
    let Some(python) = python(test) else { return Vec::new() };
    histories(&python).into_iter().filter_map(|(name, tree)| Line::of(name, tree)).collect()
}

/// What came of the faults of one kind: how many were put in, and how often the order came back.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    n: usize,
    same: usize,
}

#[test]
fn the_order_that_stood_comes_back() {
    let lines = lines("the_order_that_stood_comes_back");
    if lines.is_empty() {
        return;
    }
    let mut random = Random::new(seed());
    let mut faults = Vec::new();
    // As many of each kind, and in each history.
    let times = MOST.div_ceil(lines.len() * FAULTS.len());
    for (line, fault) in lines.iter().flat_map(|line| FAULTS.map(|fault| (line, fault))) {
        for _ in 0..times {
            faults.push((line, fault, 2 + random.below(line.scripts.len() - 4)));
        }
    }
    let faults = random.sample(&faults, if full() { MOST } else { 40 });
    let mut counts: BTreeMap<(Fault, Left), Count> = BTreeMap::new();
    let mut missed = Vec::new();
    for &(line, fault, at) in &faults {
        for left in LEFT {
            let found = outcome(line.broken(fault, at, left));
            let chain = found.plans[0].iter().find(|plan| plan.kind == PlanKind::Chain);
            let same = chain.is_some_and(|plan| plan.order == line.order(fault, at));
            let count = counts.entry((fault, left)).or_default();
            count.n += 1;
            count.same += usize::from(same);
            if !same {
                let id = line.scripts[at].id().unwrap_or_default();
                let what =
                    chain.map_or("no chain".to_owned(), |plan| format!("{} files", plan.patch.files.len()));
                missed.push(format!("{}: {fault:?} at {id}, {left:?}: {what}", line.name));
            }
        }
    }
    println!("{} histories, {} faults\n{}", lines.len(), faults.len(), missed.join("\n"));
    for fault in FAULTS {
        let shown = LEFT.map(|left| {
            let count = counts.get(&(fault, left)).copied().unwrap_or_default();
            format!("{}/{}", count.same, count.n)
        });
        println!(
            "{fault:?}: {} with docstrings ({} emptied), {} without ({} emptied)",
            shown[0], shown[1], shown[2], shown[3]
        );
    }
    let all = |left: Left| {
        let own = counts.iter().filter(|((_, own), _)| *own == left);
        own.fold(Count::default(), |sum, (_, count)| Count {
            n: sum.n + count.n,
            same: sum.same + count.same,
        })
    };
    let [told, told_emptied, untold, untold_emptied] = LEFT.map(all);
    println!("all: {told:?}, {told_emptied:?} emptied; without: {untold:?}, {untold_emptied:?} emptied");
    assert!(told.same * 100 >= told.n * 95, "with docstrings: {told:?}");
    let is_as_good = |own: Count, emptied: Count| own.same >= emptied.same;
    assert!(is_as_good(told, told_emptied), "with docstrings: {told:?}, emptied {told_emptied:?}");
    assert!(is_as_good(untold, untold_emptied), "without: {untold:?}, emptied {untold_emptied:?}");
}
