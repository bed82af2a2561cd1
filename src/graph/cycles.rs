//! Cycles: strongly connected parts, each shown as one short loop in order.
//!
//! Alembic calls "cycle" whatever it cannot reach from a head and a base, innocent descendants included, and overlooks
//! some real ones. Here a cycle is what the word says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeFiltered;

use super::revision_graph::{Edge, RevisionGraph, RevisionIx};

/// The strongly connected parts of the graph of so many nodes that has these edges, single nodes too: first those to which no
/// other one leads.
pub fn parts_in_order(n: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<(), (), usize>::from_edges(edges);
    for _ in graph.node_count()..n {
        graph.add_node(());
    }
    // kosaraju_scc keeps its own stack: a chain may be longer than the machine's.
    let mut parts = kosaraju_scc(&graph);
    parts.reverse();
    parts.into_iter().map(|part| part.into_iter().map(NodeIndex::index).collect()).collect()
}

impl RevisionGraph {
    /// One loop for each strongly connected part through parents: each revision is a parent of the next, and the last
    /// one of the first. It starts at the one loaded first. Self-parents are not among them.
    pub fn cycles(&self) -> Vec<Vec<RevisionIx>> {
        self.loops(|edge| edge == Edge::Parent)
    }

    /// The same through parents and dependencies, without those that need parents alone.
    pub fn dependency_cycles(&self) -> Vec<Vec<RevisionIx>> {
        let of_parents = self.on_cycles();
        self.loops(|_| true)
            .into_iter()
            .filter(|found| !found.iter().any(|ix| of_parents.contains(ix)))
            .collect()
    }

    /// Every revision that lies on some loop of parents.
    pub fn on_cycles(&self) -> BTreeSet<RevisionIx> {
        self.parts(|edge| edge == Edge::Parent).into_iter().flatten().collect()
    }

    fn loops(&self, follows: impl Fn(Edge) -> bool) -> Vec<Vec<RevisionIx>> {
        let mut loops: Vec<_> =
            self.parts(&follows).into_iter().map(|part| self.shortest_loop(&part, &follows)).collect();
        loops.sort();
        loops
    }

    /// The strongly connected parts of two revisions and more.
    fn parts(&self, follows: impl Fn(Edge) -> bool) -> Vec<BTreeSet<RevisionIx>> {
        let filtered = EdgeFiltered::from_fn(&self.graph, |edge| follows(*edge.weight()));
        // kosaraju_scc keeps its own stack: a chain may be longer than the machine's.
        kosaraju_scc(&filtered)
            .into_iter()
            .filter(|part| part.len() > 1)
            .map(|part| part.into_iter().map(|node| RevisionIx(node.index() as u32)).collect())
            .collect()
    }

    /// The shortest loop through the first member that leads back to it, found breadth first inside the part.
    fn shortest_loop(
        &self,
        members: &BTreeSet<RevisionIx>,
        follows: &impl Fn(Edge) -> bool,
    ) -> Vec<RevisionIx> {
        let Some(&start) = members.first() else { return Vec::new() };
        let mut came_from = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(ix) = open.pop_front() {
            let mut next = if follows(Edge::Parent) { self.children(ix) } else { Vec::new() };
            if follows(Edge::Dependency) {
                next.extend(self.dependents(ix));
            }
            for to in next {
                if to == start {
                    let mut path = vec![ix];
                    let mut at = ix;
                    while at != start {
                        at = came_from[&at];
                        path.push(at);
                    }
                    path.reverse();
                    return path;
                }
                if members.contains(&to) && !came_from.contains_key(&to) {
                    came_from.insert(to, ix);
                    open.push_back(to);
                }
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::fixture::scripts;

    fn cycles(spec: &str) -> Vec<Vec<String>> {
        let graph = RevisionGraph::build(&scripts(spec));
        graph.cycles().iter().map(|part| part.iter().map(|&ix| graph.id(ix).to_owned()).collect()).collect()
    }

    #[test]
    fn a_loop_is_given_in_order_without_what_hangs_on_it() {
        assert_eq!(cycles("a:; b:a; c:b"), Vec::<Vec<String>>::new());
        assert_eq!(cycles("a:; b:d; c:b; d:c; e:d"), [["b", "c", "d"]]);
        assert_eq!(cycles("b1:a1,c1; a1:; c1:b1; d1:c1"), [["b1", "c1"]]);
        assert_eq!(cycles("a:b; b:a; c:d; d:c"), [["a", "b"], ["c", "d"]]);
    }

    #[test]
    fn a_chain_of_many_thousand_revisions_needs_no_stack() {
        let spec: String = (0..20_000)
            .map(|n| if n == 0 { "r0:".to_owned() } else { format!("; r{n}:r{}", n - 1) })
            .collect();
        let graph = RevisionGraph::build(&scripts(&spec));
        assert!(graph.cycles().is_empty());
        assert_eq!(graph.tips().len(), 1);
    }
}
