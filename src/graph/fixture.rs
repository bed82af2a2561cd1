//! Graphs for tests in one line: `a:; b:a; m:a,b` declares three revisions.

use crate::ingest::TreePath;
use crate::source::{Script, read_script};

/// Makes scripts from `id:parent,parent; …`; the files are named by number, so that load order is the given order.
pub(crate) fn scripts(spec: &str) -> Vec<Script> {
    spec.split(';')
        .enumerate()
        .map(|(at, item)| {
            let (id, parents) = item.trim().split_once(':').expect("`id:parents`");
            let parents: Vec<_> =
                parents.split(',').map(str::trim).filter(|parent| !parent.is_empty()).collect();
            let value = match parents.as_slice() {
                [] => "None".to_owned(),
                [one] => format!("'{one}'"),
                many => {
                    format!("({})", many.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", "))
                }
            };
            let path = TreePath::parse(&format!("versions/{at:05}.py")).expect("relative");
            read_script(&path, format!("revision = '{id}'\ndown_revision = {value}\n").as_bytes())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::scripts;
    use crate::graph::RevisionGraph;

    fn ids(graph: &RevisionGraph, ixs: Vec<crate::graph::RevisionIx>) -> Vec<String> {
        ixs.into_iter().map(|ix| graph.id(ix).to_owned()).collect()
    }

    #[test]
    fn heads_bases_branch_and_merge_points_are_alembic_s() {
        let graph = RevisionGraph::build(&scripts("a:; b:a; c:a; m:b,c; r:; x:r; d:m,m"));
        assert_eq!(ids(&graph, graph.bases()), ["a", "r"]);
        assert_eq!(ids(&graph, graph.tips()), ["x", "d"]);
        assert_eq!(ids(&graph, graph.branch_points()), ["a"]);
        assert_eq!(ids(&graph, graph.merge_points()), ["m", "d"]);
    }

    #[test]
    fn a_missing_parent_is_a_ghost_and_its_child_is_no_base() {
        let graph = RevisionGraph::build(&scripts("a:zz; b:a"));
        assert_eq!(ids(&graph, graph.bases()), Vec::<String>::new());
        assert_eq!(ids(&graph, graph.ghosts().collect()), ["zz"]);
        assert_eq!(ids(&graph, graph.tips()), ["b"]);
    }

    #[test]
    fn the_last_file_of_an_id_wins_and_the_lost_one_stays_a_head() {
        let graph = RevisionGraph::build(&scripts("a:; b:a; b:; c:b"));
        assert_eq!(graph.shadowed().len(), 1);
        assert_eq!(graph.shadowed()[0].script, 1);
        assert_eq!(graph.head_ids().into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(graph.base_ids().into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
