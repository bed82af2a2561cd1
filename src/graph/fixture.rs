//! Graphs for tests in one line: `a:; b:a; m:a,b` declares three revisions.

use std::collections::BTreeSet;

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

/// Numbers that look random, the same each time.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// One of `0..n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// So many revisions `r0`, `r1`, ..., each with as many parents before it as are drawn, as [`scripts`] takes them.
pub(crate) fn drawn(draw: &mut Draw, n: usize) -> String {
    let one = |at: usize| {
        let n_parents = if at == 0 { 0 } else { [0, 1, 1, 1, 2][draw.below(5)] };
        let parents: BTreeSet<usize> = (0..n_parents).map(|_| draw.below(at)).collect();
        let parents: Vec<String> = parents.into_iter().map(|parent| format!("r{parent}")).collect();
        format!("r{at}:{}", parents.join(","))
    };
    (0..n).map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Draw, drawn, scripts};
    use crate::graph::{RevisionGraph, RevisionIx};

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

    /// What lies below a revision, itself too, where some get further parents.
    fn below(
        graph: &RevisionGraph,
        further: &[(RevisionIx, RevisionIx)],
        from: RevisionIx,
    ) -> BTreeSet<RevisionIx> {
        let (mut found, mut open) = (BTreeSet::from([from]), vec![from]);
        while let Some(at) = open.pop() {
            let more = further.iter().filter(|(_, ix)| *ix == at).map(|(parent, _)| *parent);
            open.extend(graph.parents(at).into_iter().chain(more).filter(|parent| found.insert(*parent)));
        }
        found
    }

    #[test]
    fn a_further_parent_is_implied_where_another_way_leads_to_it() {
        let mut draw = Draw(64);
        let mut seen = [0; 3];
        for _ in 0..500 {
            // More than are looked at at a time, now and then.
            let most = [8, 8, 8, 80][draw.below(4)];
            let n = 2 + draw.below(most);
            let graph = RevisionGraph::build(&scripts(&drawn(&mut draw, n)));
            let all: Vec<RevisionIx> = graph.revisions().collect();
            let further: BTreeSet<_> = (0..draw.below(6))
                .map(|_| (all[draw.below(n)], all[draw.below(n)]))
                .filter(|(on, ix)| on != ix)
                .collect();
            let further: Vec<_> = further.into_iter().collect();
            let goes_round = all.iter().any(|&ix| {
                let back = |&other: &RevisionIx| other != ix && below(&graph, &further, other).contains(&ix);
                below(&graph, &further, ix).iter().any(back)
            });
            let is_implied = |&(on, ix): &(RevisionIx, RevisionIx)| {
                let others = further.iter().copied().filter(|other| *other != (on, ix)).collect::<Vec<_>>();
                // Where the file names it already, there is no other way but through another parent.
                let mut starts = graph.parents(ix);
                starts.extend(others.iter().filter(|(_, own)| *own == ix).map(|(on, _)| *on));
                starts.into_iter().any(|start| start != on && below(&graph, &others, start).contains(&on))
            };
            let expected: Option<Vec<bool>> = (!goes_round).then(|| further.iter().map(is_implied).collect());
            assert_eq!(graph.are_implied(&further), expected);
            match expected {
                None => seen[0] += 1,
                Some(found) => found.iter().for_each(|&is_implied| seen[1 + usize::from(is_implied)] += 1),
            }
        }
        assert!(seen.iter().all(|&n| n > 30), "{seen:?}");
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
