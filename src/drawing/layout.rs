//! Rows and lanes: where each dot stands and where each line runs.
//!
//! One pass from the newest row down. The longest line of parents keeps lane 0; every other line takes the first lane
//! that is free and gives it back where it ends. Lines that come back up (cycles) get lanes of their own, right of all
//! others. Two laws hold for any input: no line runs through the dot of a revision that it does not join, and where two
//! lines share a lane at the same height, they are of one kind and lead to one parent.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::{Dot, Drawing, Lines, Link, LinkKind, Mark, Row};

/// From this lane on, a line joins one that already runs to the same parent instead of opening a new lane.
const JOIN_FROM: u32 = 12;

/// What is to be drawn: rows in the order wanted (newest first), and each side's marks and edges.
#[derive(Debug, Clone, Default)]
pub struct DrawingInput {
    /// The rows, newest first; the caller's order is kept.
    pub rows: Vec<InputRow>,
    /// Edges of the chain as it is.
    pub now: Vec<InputEdge>,
    /// Edges of the proposed chain.
    pub proposed: Option<Vec<InputEdge>>,
}

/// A row and what it is on each side; `None` where it is not on that side.
#[derive(Debug, Clone)]
pub struct InputRow {
    /// What is written in the row.
    pub row: Row,
    /// Its marks now.
    pub now: Option<Vec<Mark>>,
    /// Its marks as proposed.
    pub proposed: Option<Vec<Mark>>,
}

/// An edge between two rows, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputEdge {
    /// The child's row.
    pub child: usize,
    /// The parent's row.
    pub parent: usize,
    /// What it is.
    pub kind: LinkKind,
}

/// Gives every dot a lane and every line a lane to run in; links keep the order of their edges.
///
/// An edge whose ends are not both on its side is left out. Takes time linear in rows and edges, but for the look-up of
/// the first free lane.
pub fn lay_out(input: DrawingInput) -> Drawing {
    let n_rows = input.rows.len();
    let mut rows = Vec::with_capacity(n_rows);
    let mut now = Vec::with_capacity(n_rows);
    let mut proposed = Vec::with_capacity(n_rows);
    for row in input.rows {
        rows.push(row.row);
        now.push(row.now);
        proposed.push(row.proposed);
    }
    Drawing {
        rows,
        now: lines(now, &input.now),
        proposed: input.proposed.map(|edges| lines(proposed, &edges)),
    }
}

fn lines(marks: Vec<Option<Vec<Mark>>>, edges: &[InputEdge]) -> Lines {
    let present = |row: usize| marks.get(row).is_some_and(Option::is_some);
    let edges: Vec<InputEdge> =
        edges.iter().filter(|edge| present(edge.child) && present(edge.parent)).copied().collect();
    let here: Vec<bool> = marks.iter().map(Option::is_some).collect();
    let down = Outgoing::new(here.len(), &edges);
    let main = main_line(&here, &edges, &down);
    let mut sweep = Sweep::new(&edges, &here);
    for row in (0..here.len()).filter(|&row| here[row]) {
        sweep.place(row, &down, &main);
    }
    let Sweep { dot_lanes, mut link_lanes, free, .. } = sweep;
    let n_lanes = free.opened;
    let arc_lanes = run_arcs(&edges, &dot_lanes, &mut link_lanes, n_lanes);
    let dots = marks.into_iter().zip(&dot_lanes);
    let dots = dots.map(|(marks, &lane)| marks.map(|marks| Dot { lane, marks })).collect();
    let links = edges.iter().zip(link_lanes);
    let links =
        links.map(|(edge, lane)| Link { child: edge.child, parent: edge.parent, lane, kind: edge.kind });
    Lines { dots, links: links.collect(), lanes: n_lanes.max(arc_lanes) }
}

fn leads_down(edge: &InputEdge) -> bool {
    edge.child < edge.parent
}

/// The edges that lead down from each row, by index, in their given order.
struct Outgoing {
    starts: Vec<usize>,
    edges: Vec<usize>,
}

impl Outgoing {
    fn new(n_rows: usize, edges: &[InputEdge]) -> Self {
        let mut starts = vec![0; n_rows + 1];
        for edge in edges.iter().filter(|edge| leads_down(edge)) {
            starts[edge.child + 1] += 1;
        }
        for row in 0..n_rows {
            starts[row + 1] += starts[row];
        }
        let mut at = starts.clone();
        let mut sorted = vec![0; starts[n_rows]];
        for (idx, edge) in edges.iter().enumerate().filter(|(_, edge)| leads_down(edge)) {
            sorted[at[edge.child]] = idx;
            at[edge.child] += 1;
        }
        Self { starts, edges: sorted }
    }

    fn of(&self, row: usize) -> &[usize] {
        &self.edges[self.starts[row]..self.starts[row + 1]]
    }
}

/// The longest line of parents: which rows are on it, and by which edge each goes on.
struct MainLine {
    on: Vec<bool>,
    next: Vec<Option<usize>>,
}

fn main_line(here: &[bool], edges: &[InputEdge], down: &Outgoing) -> MainLine {
    let n_rows = here.len();
    // A missing parent ends a line well, but is worth less than a revision; a dependency is no parent.
    let mut lengths = vec![0_u32; n_rows];
    let mut next = vec![None; n_rows];
    for row in (0..n_rows).rev().filter(|&row| here[row]) {
        for &idx in down.of(row) {
            let worth = match edges[idx].kind {
                LinkKind::Dependency => continue,
                LinkKind::Missing => 1,
                LinkKind::Parent | LinkKind::NewParent | LinkKind::Cycle => 2,
            };
            let length = lengths[edges[idx].parent] + worth;
            if length > lengths[row] {
                lengths[row] = length;
                next[row] = Some(idx);
            }
        }
    }
    let mut on = vec![false; n_rows];
    let first = (0..n_rows).filter(|&row| here[row]).max_by_key(|&row| (lengths[row], Reverse(row)));
    let mut at = first;
    while let Some(row) = at {
        on[row] = true;
        at = next[row].map(|idx| edges[idx].parent);
    }
    for row in 0..n_rows {
        if !on[row] {
            next[row] = None;
        }
    }
    MainLine { on, next }
}

/// Lanes that nothing runs in, lowest first.
#[derive(Default)]
struct FreeLanes {
    given_back: BTreeSet<u32>,
    opened: u32,
}

impl FreeLanes {
    fn peek(&self) -> u32 {
        self.given_back.first().copied().unwrap_or(self.opened)
    }

    fn take(&mut self) -> u32 {
        self.given_back.pop_first().unwrap_or_else(|| {
            self.opened += 1;
            self.opened - 1
        })
    }
}

/// The pass from the newest row down.
struct Sweep<'a> {
    edges: &'a [InputEdge],
    free: FreeLanes,
    /// For each row still to come, the lanes that run to it and of which kind.
    arrivals: Vec<Vec<(u32, LinkKind)>>,
    dot_lanes: Vec<u32>,
    link_lanes: Vec<u32>,
}

impl<'a> Sweep<'a> {
    fn new(edges: &'a [InputEdge], here: &[bool]) -> Self {
        let n_rows = here.len();
        // Lane 0 is the main line's, from the top until that line ends.
        let free = FreeLanes { given_back: BTreeSet::new(), opened: here.iter().any(|&here| here).into() };
        let arrivals = vec![Vec::new(); n_rows];
        Self { edges, free, arrivals, dot_lanes: vec![0; n_rows], link_lanes: vec![0; edges.len()] }
    }

    fn place(&mut self, row: usize, down: &Outgoing, main: &MainLine) {
        let mut arrived: Vec<u32> =
            std::mem::take(&mut self.arrivals[row]).iter().map(|&(lane, _)| lane).collect();
        arrived.sort_unstable();
        let own = match arrived.first() {
            _ if main.on[row] => 0,
            Some(&lane) => lane,
            None => self.free.take(),
        };
        self.dot_lanes[row] = own;
        self.free.given_back.extend(arrived.into_iter().filter(|&lane| lane != own));
        let mut kept = false;
        for &idx in down.of(row) {
            let InputEdge { parent, kind, .. } = self.edges[idx];
            let lane = if main.next[row] == Some(idx) {
                kept = true;
                0
            } else if let Some(lane) = self.joined(parent, kind) {
                self.link_lanes[idx] = lane;
                continue;
            } else if !kept && !main.on[row] && kind != LinkKind::Dependency {
                kept = true;
                own
            } else {
                self.free.take()
            };
            self.link_lanes[idx] = lane;
            self.arrivals[parent].push((lane, kind));
        }
        if !kept {
            self.free.given_back.insert(own);
        }
    }

    /// A lane that runs to `parent` already, when lanes have become many.
    fn joined(&self, parent: usize, kind: LinkKind) -> Option<u32> {
        if self.free.peek() < JOIN_FROM {
            return None;
        }
        self.arrivals[parent].iter().find(|(_, other)| *other == kind).map(|&(lane, _)| lane)
    }
}

/// Gives the edges that do not lead down a lane right of all others, and tells how many lanes there are then.
fn run_arcs(edges: &[InputEdge], dot_lanes: &[u32], link_lanes: &mut [u32], first_lane: u32) -> u32 {
    let mut arcs: Vec<usize> = (0..edges.len()).filter(|&idx| !leads_down(&edges[idx])).collect();
    arcs.sort_by_key(|&idx| (edges[idx].parent, edges[idx].child));
    let mut free = FreeLanes { given_back: BTreeSet::new(), opened: first_lane };
    let mut running = BinaryHeap::new();
    for idx in arcs {
        let InputEdge { child, parent, .. } = edges[idx];
        if child == parent {
            link_lanes[idx] = dot_lanes[child];
            continue;
        }
        while let Some(&Reverse((end, lane))) = running.peek() {
            if end >= parent {
                break;
            }
            running.pop();
            free.given_back.insert(lane);
        }
        let lane = free.take();
        link_lanes[idx] = lane;
        running.push(Reverse((child, lane)));
    }
    free.opened
}
