//! From scripts to the graph. Source: Alembic's revision map; the last file of an id wins, at the first one's place.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};

use super::revision_graph::{Edge, Node, RevisionGraph, RevisionIx, Shadowed};
use crate::source::{Declared, Script, ScriptKind};

impl RevisionGraph {
    /// Builds the graph of one environment from its scripts, in load order.
    pub fn build(scripts: &[Script]) -> Self {
        let mut graph = DiGraph::new();
        let mut by_id: BTreeMap<String, NodeIndex> = BTreeMap::new();
        let mut lost = Vec::new();
        let mut anonymous = 0;
        for (at, script) in scripts.iter().enumerate() {
            let Some(id) = script.id() else {
                anonymous +=
                    usize::from(script.revision.is_unknown() && script.kind != ScriptKind::NoRevision);
                continue;
            };
            let node = read_node(at, id, script);
            match by_id.get(id) {
                Some(&first) => {
                    let before = std::mem::replace(&mut graph[first], node);
                    lost.push((before, first));
                }
                None => {
                    let ix = graph.add_node(node);
                    by_id.insert(id.to_owned(), ix);
                }
            }
        }
        let shadowed = lost
            .into_iter()
            .filter_map(|(node, kept)| {
                let is_base = !node.parents_unknown && node.declared_parents.is_empty();
                Some(Shadowed { script: node.script?, kept: RevisionIx(kept.index() as u32), is_base })
            })
            .collect();
        let mut built = Self { graph, by_id, shadowed, missing_dependencies: Vec::new(), anonymous };
        built.add_parents();
        built.add_dependencies(scripts);
        built
    }

    fn add_parents(&mut self) {
        for child in self.graph.node_indices() {
            let parents = self.graph[child].declared_parents.clone();
            let mut seen = BTreeSet::new();
            for parent in &parents {
                if !seen.insert(parent) || *parent == self.graph[child].id {
                    continue;
                }
                let parent = match self.by_id.get(parent) {
                    Some(&parent) => parent,
                    None => {
                        let ghost = self.graph.add_node(Node {
                            id: parent.clone(),
                            script: None,
                            parents_unknown: false,
                            self_parent: false,
                            self_dependency: false,
                            declared_parents: Vec::new(),
                            declared_dependencies: Vec::new(),
                        });
                        self.by_id.insert(parent.clone(), ghost);
                        ghost
                    }
                };
                self.graph.add_edge(parent, child, Edge::Parent);
            }
        }
    }

    fn add_dependencies(&mut self, scripts: &[Script]) {
        let mut labels = BTreeMap::new();
        for node in self.graph.node_indices() {
            for label in
                self.graph[node].script.map(|at| scripts[at].branch_labels.values()).unwrap_or_default()
            {
                labels.entry(label).or_insert(node);
            }
        }
        for node in self.graph.node_indices() {
            for dependency in self.graph[node].declared_dependencies.clone() {
                let found = self.by_id.get(&dependency).filter(|&&ix| self.graph[ix].script.is_some());
                match found.or_else(|| labels.get(dependency.as_str())) {
                    Some(&target) if target == node => {}
                    Some(&target) => {
                        self.graph.add_edge(target, node, Edge::Dependency);
                    }
                    // Alembic takes an empty string for no dependency here.
                    None if dependency.is_empty() => {}
                    None => self.missing_dependencies.push((RevisionIx(node.index() as u32), dependency)),
                }
            }
        }
    }
}

fn read_node(at: usize, id: &str, script: &Script) -> Node {
    let owned =
        |declared: &Declared| declared.values().into_iter().map(ToOwned::to_owned).collect::<Vec<_>>();
    let declared_parents = owned(&script.down_revision);
    let declared_dependencies = owned(&script.depends_on);
    Node {
        id: id.to_owned(),
        script: Some(at),
        parents_unknown: !script.down_revision.is_text(),
        self_parent: declared_parents.iter().any(|parent| parent == id),
        self_dependency: declared_dependencies.iter().any(|dependency| dependency == id),
        declared_parents,
        declared_dependencies,
    }
}
