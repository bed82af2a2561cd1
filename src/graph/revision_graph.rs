//! The graph's queries.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef as _;

use super::cycles::parts_in_order;

/// A revision of the graph; ghosts have one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionIx(pub(super) u32);

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// The script that declares it, by index into the scripts given; `None` for a ghost.
    pub script: Option<usize>,
    /// Whether `down_revision` is unknown, so that parents may be missing here.
    pub parents_unknown: bool,
    /// Whether it names itself as parent.
    pub self_parent: bool,
    /// Whether it names itself as dependency.
    pub self_dependency: bool,
    /// Its parents as written, repeated ones too.
    pub declared_parents: Vec<String>,
    /// Its dependencies as written: ids or branch labels.
    pub declared_dependencies: Vec<String>,
}

/// A file whose id another file uses too, and which Alembic therefore loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// The script that is lost, by index.
    pub script: usize,
    /// The revision as Alembic keeps it.
    pub kept: RevisionIx,
    /// Whether the lost file says that it is a base.
    pub is_base: bool,
}

/// What lies at or below a set of revisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Below {
    /// How many revisions.
    pub n: usize,
    /// Whether the one in question is below the others.
    pub comes_back: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Parent,
    Dependency,
}

/// All revisions of one environment.
#[derive(Debug, Clone)]
pub struct RevisionGraph {
    pub(super) graph: DiGraph<Node, Edge>,
    pub(super) by_id: BTreeMap<String, NodeIndex>,
    pub(super) shadowed: Vec<Shadowed>,
    pub(super) missing_dependencies: Vec<(RevisionIx, String)>,
    pub(super) anonymous: usize,
}

impl RevisionIx {
    fn node(self) -> NodeIndex {
        NodeIndex::new(self.0 as usize)
    }

    /// A number that tells revisions of one graph apart, from 0 upwards without gaps.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl RevisionGraph {
    /// Every revision that a file declares, in load order; no ghosts.
    pub fn revisions(&self) -> impl Iterator<Item = RevisionIx> {
        self.all().filter(|&ix| self.node(ix).script.is_some())
    }

    /// Every revision that is named but not declared.
    pub fn ghosts(&self) -> impl Iterator<Item = RevisionIx> {
        self.all().filter(|&ix| self.node(ix).script.is_none())
    }

    fn all(&self) -> impl Iterator<Item = RevisionIx> {
        (0..self.graph.node_count() as u32).map(RevisionIx)
    }

    /// How many revisions and ghosts there are.
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there is no revision.
    pub fn is_empty(&self) -> bool {
        self.graph.node_count() == 0
    }

    /// One revision.
    pub fn node(&self, ix: RevisionIx) -> &Node {
        &self.graph[ix.node()]
    }

    /// The revision of a number from [`RevisionIx::index`].
    pub fn by_index(&self, index: usize) -> Option<RevisionIx> {
        (index < self.graph.node_count()).then_some(RevisionIx(index as u32))
    }

    /// The id of a revision.
    pub fn id(&self, ix: RevisionIx) -> &str {
        &self.node(ix).id
    }

    /// The revision of an id.
    pub fn find(&self, id: &str) -> Option<RevisionIx> {
        self.by_id.get(id).map(|node| RevisionIx(node.index() as u32))
    }

    /// Whether no file declares it.
    pub fn is_ghost(&self, ix: RevisionIx) -> bool {
        self.node(ix).script.is_none()
    }

    /// The parents, each once, in written order; ghosts too, itself never.
    pub fn parents(&self, ix: RevisionIx) -> Vec<RevisionIx> {
        self.near(ix, Direction::Incoming, Edge::Parent)
    }

    /// The revisions that name it as parent, in load order.
    pub fn children(&self, ix: RevisionIx) -> Vec<RevisionIx> {
        self.near(ix, Direction::Outgoing, Edge::Parent)
    }

    /// The revisions it depends on.
    pub fn dependencies(&self, ix: RevisionIx) -> Vec<RevisionIx> {
        self.near(ix, Direction::Incoming, Edge::Dependency)
    }

    /// The revisions that depend on it.
    pub fn dependents(&self, ix: RevisionIx) -> Vec<RevisionIx> {
        self.near(ix, Direction::Outgoing, Edge::Dependency)
    }

    fn near(&self, ix: RevisionIx, direction: Direction, kind: Edge) -> Vec<RevisionIx> {
        // petgraph gives the newest edge first.
        let mut near: Vec<_> = self
            .graph
            .edges_directed(ix.node(), direction)
            .filter(|edge| *edge.weight() == kind)
            .map(|edge| if direction == Direction::Incoming { edge.source() } else { edge.target() })
            .map(|node| RevisionIx(node.index() as u32))
            .collect();
        near.reverse();
        near
    }

    /// Whether it has no parent at all: `down_revision` is `None` or empty.
    pub fn is_base(&self, ix: RevisionIx) -> bool {
        let node = self.node(ix);
        node.script.is_some() && !node.parents_unknown && node.declared_parents.is_empty()
    }

    /// Whether nobody names it as parent.
    pub fn is_tip(&self, ix: RevisionIx) -> bool {
        !self.is_ghost(ix) && self.children(ix).is_empty()
    }

    /// The revisions without a parent, in load order; files that Alembic loses are left out.
    pub fn bases(&self) -> Vec<RevisionIx> {
        self.revisions().filter(|&ix| self.is_base(ix)).collect()
    }

    /// The revisions that nobody names as parent, in load order; files that Alembic loses are left out.
    pub fn tips(&self) -> Vec<RevisionIx> {
        self.revisions().filter(|&ix| self.is_tip(ix)).collect()
    }

    /// The tips that nobody depends on either: what `alembic merge heads` merges.
    pub fn real_heads(&self) -> Vec<RevisionIx> {
        self.tips().into_iter().filter(|&ix| self.dependents(ix).is_empty()).collect()
    }

    /// What `alembic heads` names, sorted, each once. A file that Alembic loses stays a head, since only the copy it
    /// keeps is struck off.
    pub fn head_ids(&self) -> BTreeSet<String> {
        let lost = self.shadowed.iter().map(|shadowed| shadowed.kept);
        self.tips().into_iter().chain(lost).map(|ix| self.id(ix).to_owned()).collect()
    }

    /// What Alembic takes for bases, sorted, each once; lost copies that say so count too.
    pub fn base_ids(&self) -> BTreeSet<String> {
        let lost = self.shadowed.iter().filter(|shadowed| shadowed.is_base).map(|shadowed| shadowed.kept);
        self.bases().into_iter().chain(lost).map(|ix| self.id(ix).to_owned()).collect()
    }

    /// The revisions with two or more children, in load order.
    pub fn branch_points(&self) -> Vec<RevisionIx> {
        self.revisions().filter(|&ix| self.children(ix).len() > 1).collect()
    }

    /// The revisions that name two or more parents, repeated ones counted, as Alembic does.
    pub fn merge_points(&self) -> Vec<RevisionIx> {
        self.revisions().filter(|&ix| self.node(ix).declared_parents.len() > 1).collect()
    }

    /// Files whose id another file uses too.
    pub fn shadowed(&self) -> &[Shadowed] {
        &self.shadowed
    }

    /// Dependencies that name neither a revision nor a branch label.
    pub fn missing_dependencies(&self) -> &[(RevisionIx, String)] {
        &self.missing_dependencies
    }

    /// How many migrations have an id that is not known, and so stand nowhere in the graph.
    pub fn n_anonymous(&self) -> usize {
        self.anonymous
    }

    /// How many migrations may continue a revision without it being known which: their parents are not known, or their
    /// id is not, and with it their place.
    pub fn n_open(&self) -> usize {
        self.anonymous + self.revisions().filter(|&ix| self.node(ix).parents_unknown).count()
    }

    /// Whether something is unknown that could add an edge or a revision.
    pub fn is_partly_unknown(&self) -> bool {
        self.n_open() > 0
    }

    /// How many revisions are connected with each, itself included, by [`RevisionIx::index`].
    pub fn component_sizes(&self) -> Vec<usize> {
        let mut sets = UnionFind::new(self.graph.node_count());
        for edge in self.graph.edge_references() {
            sets.union(edge.source().index(), edge.target().index());
        }
        let labels = sets.into_labeling();
        let mut counts = vec![0; labels.len()];
        for &label in &labels {
            counts[label] += 1;
        }
        labels.into_iter().map(|label| counts[label]).collect()
    }

    /// Everything below `from` through parents, itself included.
    pub fn ancestors(&self, from: RevisionIx) -> BTreeSet<RevisionIx> {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(ix) = open.pop() {
            open.extend(self.parents(ix).into_iter().filter(|&parent| seen.insert(parent)));
        }
        seen
    }

    /// What lies at or below each set of revisions through parents: how much, and whether a revision is below the others of
    /// the set.
    pub fn below(&self, sets: &[(Vec<RevisionIx>, RevisionIx)]) -> Vec<Below> {
        let mut found = vec![Below::default(); sets.len()];
        self.look_below(&[], |below| {
            for ((set, back), found) in sets.iter().zip(&mut found) {
                let of = |all: u64, &ix: &RevisionIx| all | below.of(ix);
                found.n += set.iter().fold(0, of).count_ones() as usize;
                let others = set.iter().filter(|ix| *ix != back).fold(0, of);
                found.comes_back |= others & below.bit(*back) != 0;
            }
        });
        found
    }

    /// Whether the first of each pair is the second, or lies below it through parents.
    pub fn are_below(&self, pairs: &[(RevisionIx, RevisionIx)]) -> Vec<bool> {
        let mut found = vec![false; pairs.len()];
        self.look_below(&[], |below| {
            for ((lower, upper), found) in pairs.iter().zip(&mut found) {
                *found |= below.of(*upper) & below.bit(*lower) != 0;
            }
        });
        found
    }

    /// Which of further parents, each with the revision that is to get it, are parents already by way of the others; nothing
    /// where revisions would go round with all of them.
    pub fn are_implied(&self, further: &[(RevisionIx, RevisionIx)]) -> Option<Vec<bool>> {
        let mut own: BTreeMap<RevisionIx, BTreeSet<RevisionIx>> = BTreeMap::new();
        for &(parent, ix) in further {
            own.entry(ix).or_insert_with(|| self.parents(ix).into_iter().collect()).insert(parent);
        }
        let mut found = vec![false; further.len()];
        let goes_round = self.look_below(further, |below| {
            for ((parent, ix), found) in further.iter().zip(&mut found) {
                let others = own[ix].iter().filter(|other| *other != parent);
                *found |= others.fold(0, |all, &other| all | below.of(other)) & below.bit(*parent) != 0;
            }
        });
        (!goes_round).then_some(found)
    }

    /// Tells what lies below all revisions, 64 of those that may lie there at a time, where some get further parents; gives
    /// whether revisions go round.
    fn look_below(&self, further: &[(RevisionIx, RevisionIx)], mut tell: impl FnMut(&SomeBelow<'_>)) -> bool {
        let edges: Vec<(usize, usize)> = self
            .all()
            .flat_map(|ix| self.parents(ix).into_iter().map(move |parent| (parent, ix)))
            .chain(further.iter().copied())
            .map(|(parent, ix)| (parent.index(), ix.index()))
            .collect();
        let parts = parts_in_order(self.len(), edges.iter().copied());
        let mut part_of = vec![0; self.len()];
        for (at, part) in parts.iter().enumerate() {
            part.iter().for_each(|&ix| part_of[ix] = at);
        }
        let mut parents = vec![BTreeSet::new(); parts.len()];
        for (parent, ix) in edges {
            parents[part_of[ix]].insert(part_of[parent]);
        }
        let mut seen = vec![0_u64; parts.len()];
        for from in (0..self.len()).step_by(64) {
            seen.fill(0);
            (from..self.len().min(from + 64)).for_each(|at| seen[part_of[at]] |= 1 << (at - from));
            for (at, parents) in parents.iter().enumerate() {
                seen[at] = parents.iter().fold(seen[at], |all, &parent| all | seen[parent]);
            }
            tell(&SomeBelow { from, part_of: &part_of, seen: &seen });
        }
        parts.len() < self.len()
    }
}

/// Which of 64 revisions lie below each, itself too.
struct SomeBelow<'a> {
    /// The number of the first of them.
    from: usize,
    part_of: &'a [usize],
    seen: &'a [u64],
}

impl SomeBelow<'_> {
    fn of(&self, ix: RevisionIx) -> u64 {
        self.seen[self.part_of[ix.index()]]
    }

    /// What stands for a revision, if it is one of them.
    fn bit(&self, ix: RevisionIx) -> u64 {
        match ix.index().checked_sub(self.from) {
            Some(at @ ..64) => 1 << at,
            _ => 0,
        }
    }
}
