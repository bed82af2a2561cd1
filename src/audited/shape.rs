//! The ends of a history, and where it forks and joins: as Alembic counts them where it loads the files, and as the graph
//! has them where it does not.

use std::collections::{BTreeMap, BTreeSet};

use super::Loaded;
use crate::alembic::{Revision, RevisionMap};
use crate::graph::RevisionIx;

/// The shape of one environment's history.
///
/// Alembic strikes lost copies off in its own way, so its own map is asked wherever there is one; the graph goes on where
/// Alembic stops. Nobody else chooses between the two.
#[derive(Debug)]
pub struct Shape<'a> {
    loaded: &'a Loaded,
    map: Option<&'a RevisionMap>,
    /// The revisions that Alembic keeps, by script.
    kept: BTreeMap<usize, &'a Revision>,
    /// The scripts whose id another one takes, and whether each has no parent.
    lost: BTreeMap<usize, bool>,
    several_bases: bool,
}

impl Loaded {
    /// The shape of the history.
    pub fn shape(&self) -> Shape<'_> {
        let map = self.reading.map();
        let lost = self.graph.shadowed().iter().map(|lost| (lost.script, lost.is_base)).collect();
        let kept = map.map(RevisionMap::by_script).unwrap_or_default();
        let mut shape = Shape { loaded: self, map, kept, lost, several_bases: false };
        shape.several_bases = shape.bases().len() > 1;
        shape
    }
}

impl Shape<'_> {
    /// Ids without a parent: sorted, each once.
    pub fn bases(&self) -> Vec<String> {
        self.map.map_or_else(|| self.loaded.graph.base_ids(), |map| sorted(map.bases())).into_iter().collect()
    }

    /// Ids that nobody names as parent, as `alembic heads` names them: sorted, each once.
    pub fn heads(&self) -> Vec<String> {
        self.map.map_or_else(|| self.loaded.graph.head_ids(), |map| sorted(map.heads())).into_iter().collect()
    }

    /// Ids with two or more children: sorted, each once.
    pub fn branch_points(&self) -> Vec<String> {
        let own = || self.ids(self.loaded.graph.branch_points());
        self.map.map_or_else(own, |map| sorted(map.branch_points())).into_iter().collect()
    }

    /// Ids with two or more parents: sorted, each once.
    pub fn merge_points(&self) -> Vec<String> {
        self.ids(self.loaded.graph.merge_points()).into_iter().collect()
    }

    /// Whether more than one id has no parent.
    pub fn has_several_bases(&self) -> bool {
        self.several_bases
    }

    /// The scripts that Alembic loses and counts among the heads all the same, so that `upgrade head` finds several.
    pub fn lost_heads(&self) -> impl Iterator<Item = usize> {
        let counts = |script: &usize| self.kept.get(script).is_none_or(|revision| revision.is_head());
        self.lost.keys().copied().filter(counts)
    }

    /// Whether a script's revision has no parent.
    pub fn is_base(&self, script: usize, ix: RevisionIx) -> bool {
        self.lost.get(&script).copied().unwrap_or_else(|| self.loaded.graph.is_base(ix))
    }

    /// Whether nobody names a script's revision as parent. A lost copy is a head, unless a label still names it.
    pub fn is_head(&self, script: usize, ix: RevisionIx) -> bool {
        let own = || self.lost.contains_key(&script) || self.loaded.graph.is_tip(ix);
        self.kept.get(&script).map_or_else(own, |revision| revision.is_head())
    }

    /// Whether two or more name a script's revision as parent.
    pub fn is_branch_point(&self, script: usize, ix: RevisionIx) -> bool {
        let own = || !self.lost.contains_key(&script) && self.loaded.graph.children(ix).len() > 1;
        self.kept.get(&script).map_or_else(own, |revision| revision.is_branch_point())
    }

    /// Whether a script's revision names two or more parents, repeated ones counted. A lost copy joins nothing.
    pub fn is_merge_point(&self, script: usize, ix: RevisionIx) -> bool {
        !self.lost.contains_key(&script) && self.loaded.graph.node(ix).declared_parents.len() > 1
    }

    fn ids(&self, ixs: Vec<RevisionIx>) -> BTreeSet<String> {
        ixs.into_iter().map(|ix| self.loaded.graph.id(ix).to_owned()).collect()
    }
}

fn sorted(ids: Vec<&str>) -> BTreeSet<String> {
    ids.into_iter().map(ToOwned::to_owned).collect()
}
