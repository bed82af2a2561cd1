//! Of the orders that are allowed, one that rewrites the fewest files.
//!
//! Going through an order, a revision gets another parent where the one before it ends a branch, where it would be a
//! second root, and where its own parent is faulty (see [`super::chain`]). All orders are begun at once, revision by
//! revision. Of beginnings that hold the same revisions and end with the same one only the cheapest goes on, so the result
//! is exact; where there are too many of them, the cheapest go on. Source: dynamic programming over down-sets (Held and
//! Karp), as a beam (Lowerre).

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use super::cut::peel;

/// How many beginnings go on, all in all.
const MOST: usize = 10_000;

/// What is to be put in order; revisions are numbered as in the environment's graph.
pub(super) struct Loose<'a> {
    /// The parents that stay, of each revision.
    pub(super) parents: &'a [Vec<usize>],
    /// What must come before, of each revision; without loops.
    pub(super) before: &'a [Vec<usize>],
    /// Whether it is rewritten wherever it stands.
    pub(super) faulty: &'a [bool],
    /// Those that are left as they are, if any order does that.
    pub(super) kept: &'a [usize],
    /// Every revision once, in the order that is taken where it costs nothing.
    pub(super) liked: &'a [usize],
}

/// What an order costs, the first before the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    /// Files that are rewritten and were to be left as they are.
    kept: usize,
    /// Files that are rewritten.
    files: usize,
    /// Branches that are left before their end.
    left: usize,
    /// Revisions of branches that are put on top of others: of two sides the smaller one moves.
    moved: usize,
}

/// The first revisions of some order.
struct Beginning {
    /// Those that it holds.
    held: FixedBitSet,
    /// Those that may come next, by `place`.
    ready: Vec<usize>,
    cost: Cost,
    /// Its last step.
    step: Option<usize>,
    last: Option<usize>,
}

/// One revision more.
struct Step {
    ix: usize,
    before: Option<usize>,
}

/// The order that costs least; among those, the one that comes first by what is liked.
pub(super) fn cheapest(loose: &Loose<'_>) -> Vec<usize> {
    let search = Search::new(loose);
    let mut steps: Vec<Step> = Vec::new();
    let mut beginnings = vec![search.nothing()];
    for _ in loose.liked {
        let mut longer: Vec<(usize, usize, Cost)> = Vec::new();
        let mut best: BTreeMap<(FixedBitSet, usize), usize> = BTreeMap::new();
        for (at, beginning) in beginnings.iter().enumerate() {
            for ix in search.choices(beginning) {
                let cost = search.cost(beginning, ix);
                let alike = best.entry((with(&beginning.held, ix), ix)).or_insert(longer.len());
                if *alike == longer.len() || cost < longer[*alike].2 {
                    *alike = longer.len();
                    longer.push((at, ix, cost));
                }
            }
        }
        let mut kept: Vec<usize> = best.into_values().collect();
        if kept.len() > search.width {
            kept.sort_by_key(|&at| (longer[at].2, at));
            kept.truncate(search.width);
        }
        // What is liked comes first again.
        kept.sort_unstable();
        let go_on = kept.into_iter().map(|at| {
            let (from, ix, cost) = longer[at];
            steps.push(Step { ix, before: beginnings[from].step });
            search.longer(&beginnings[from], ix, cost, steps.len() - 1)
        });
        beginnings = go_on.collect();
    }
    let cheapest = beginnings.iter().min_by_key(|beginning| beginning.cost);
    let mut order = Vec::with_capacity(loose.liked.len());
    let mut step = cheapest.and_then(|beginning| beginning.step);
    while let Some(at) = step {
        order.push(steps[at].ix);
        step = steps[at].before;
    }
    order.reverse();
    order
}

struct Search<'a> {
    loose: &'a Loose<'a>,
    /// What waits for each revision.
    after: Vec<Vec<usize>>,
    /// Whether nobody names it as parent.
    ends: Vec<bool>,
    /// How many move where each does: itself, and what comes after it, by each way that leads there.
    above: Vec<usize>,
    /// Whether each is to be left as it is.
    is_kept: Vec<bool>,
    /// Where each stands in what is liked.
    place: Vec<usize>,
    /// How many beginnings of one length go on.
    width: usize,
}

impl<'a> Search<'a> {
    fn new(loose: &'a Loose<'a>) -> Self {
        let n = loose.before.len();
        let mut search = Self {
            loose,
            after: vec![Vec::new(); n],
            ends: vec![true; n],
            above: vec![1; n],
            is_kept: vec![false; n],
            place: vec![n; n],
            width: MOST / n.max(1) + 1,
        };
        for ix in 0..n {
            loose.before[ix].iter().for_each(|&earlier| search.after[earlier].push(ix));
            loose.parents[ix].iter().for_each(|&parent| search.ends[parent] = false);
        }
        for &ix in peel(loose.parents).0.iter().rev() {
            for &parent in &loose.parents[ix] {
                search.above[parent] = search.above[parent].saturating_add(search.above[ix]);
            }
        }
        loose.kept.iter().for_each(|&ix| search.is_kept[ix] = true);
        loose.liked.iter().enumerate().for_each(|(place, &ix)| search.place[ix] = place);
        search
    }

    fn nothing(&self) -> Beginning {
        let is_free = |ix: &usize| self.loose.before[*ix].is_empty();
        Beginning {
            held: FixedBitSet::with_capacity(self.loose.before.len()),
            ready: self.loose.liked.iter().copied().filter(is_free).collect(),
            cost: Cost::default(),
            step: None,
            last: None,
        }
    }

    /// What a beginning may go on with, by place; where there is too much of it, the cheapest.
    fn choices(&self, beginning: &Beginning) -> Vec<usize> {
        let mut choices = beginning.ready.clone();
        if choices.len() > self.width {
            choices.sort_by_cached_key(|&ix| self.cost(beginning, ix));
            choices.truncate(self.width);
            choices.sort_by_key(|&ix| self.place[ix]);
        }
        choices
    }

    /// What a beginning costs with one revision more.
    fn cost(&self, beginning: &Beginning, ix: usize) -> Cost {
        let parents = &self.loose.parents[ix];
        let is_rewritten =
            self.loose.faulty[ix] || beginning.last.is_some_and(|last| self.ends[last] || parents.is_empty());
        let is_left = beginning.last.is_some_and(|last| !self.ends[last] && !parents.contains(&last));
        let moves = is_rewritten && !self.loose.faulty[ix] && !parents.is_empty();
        let own = beginning.cost;
        Cost {
            kept: own.kept + usize::from(is_rewritten && self.is_kept[ix]),
            files: own.files + usize::from(is_rewritten),
            moved: own.moved.saturating_add(if moves { self.above[ix] } else { 0 }),
            left: own.left + usize::from(is_left),
        }
    }

    fn longer(&self, from: &Beginning, ix: usize, cost: Cost, step: usize) -> Beginning {
        let held = with(&from.held, ix);
        let mut ready: Vec<usize> = from.ready.iter().copied().filter(|&own| own != ix).collect();
        for &later in &self.after[ix] {
            if self.loose.before[later].iter().all(|&earlier| held.contains(earlier)) {
                let at = ready.partition_point(|&own| self.place[own] < self.place[later]);
                ready.insert(at, later);
            }
        }
        Beginning { held, ready, cost, step: Some(step), last: Some(ix) }
    }
}

fn with(held: &FixedBitSet, ix: usize) -> FixedBitSet {
    let mut held = held.clone();
    held.insert(ix);
    held
}
