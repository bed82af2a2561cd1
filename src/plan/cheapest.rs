//! Of the orders that are allowed, one that rewrites the fewest files.
//!
//! Going through an order, a revision gets another parent where the one before it ends a branch, where it would be a
//! second root, and where its own parent is faulty (see [`super::chain`]). All orders are begun at once, revision by
//! revision. Of beginnings that hold the same revisions and end with the same one only the cheapest goes on, so the result
//! is exact; where there are too many of them, the cheapest go on. Source: dynamic programming over down-sets (Held and
//! Karp), as a beam (Lowerre).

use std::collections::{BTreeMap, BTreeSet};

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
    /// Those that may come next.
    ready: Ready,
    cost: Cost,
    /// Its last step.
    step: Option<usize>,
    last: Option<usize>,
}

/// What may come next: by place, and by what each costs, which depends on what came last.
#[derive(Clone)]
struct Ready {
    n: usize,
    by_place: FixedBitSet,
    /// One for each [`After`].
    by_cost: [FixedBitSet; 3],
}

/// What came last, as far as it matters to what a revision costs that does not follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// A revision that others name as parent.
    Parent,
    /// One that nobody does.
    End,
}

impl After {
    const ALL: [Self; 3] = [Self::Nothing, Self::Parent, Self::End];
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
    /// The revisions with the cheapest first, where they do not follow the last one; and where each stands there.
    by_cost: [Vec<usize>; 3],
    cost_place: [Vec<usize>; 3],
    /// Who names each as parent.
    children: Vec<Vec<usize>>,
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
            by_cost: Default::default(),
            cost_place: Default::default(),
            children: vec![Vec::new(); n],
            width: MOST / n.max(1) + 1,
        };
        for ix in 0..n {
            loose.before[ix].iter().for_each(|&earlier| search.after[earlier].push(ix));
            for &parent in &loose.parents[ix] {
                search.ends[parent] = false;
                search.children[parent].push(ix);
            }
        }
        for &ix in peel(loose.parents).0.iter().rev() {
            for &parent in &loose.parents[ix] {
                search.above[parent] = search.above[parent].saturating_add(search.above[ix]);
            }
        }
        loose.kept.iter().for_each(|&ix| search.is_kept[ix] = true);
        loose.liked.iter().enumerate().for_each(|(place, &ix)| search.place[ix] = place);
        for after in After::ALL {
            let mut by_cost = loose.liked.to_vec();
            by_cost.sort_by_cached_key(|&ix| search.more(after, false, ix));
            let mut places = vec![n; n];
            by_cost.iter().enumerate().for_each(|(place, &ix)| places[ix] = place);
            search.by_cost[after as usize] = by_cost;
            search.cost_place[after as usize] = places;
        }
        search
    }

    fn nothing(&self) -> Beginning {
        let n = self.loose.before.len();
        let none = || FixedBitSet::with_capacity(n);
        let mut ready = Ready { n: 0, by_place: none(), by_cost: std::array::from_fn(|_| none()) };
        let is_free = |ix: &&usize| self.loose.before[**ix].is_empty();
        self.loose.liked.iter().filter(is_free).for_each(|&ix| self.set(&mut ready, ix, true));
        Beginning { held: none(), ready, cost: Cost::default(), step: None, last: None }
    }

    fn set(&self, ready: &mut Ready, ix: usize, is_ready: bool) {
        ready.n = if is_ready { ready.n + 1 } else { ready.n - 1 };
        ready.by_place.set(self.place[ix], is_ready);
        for (of, places) in ready.by_cost.iter_mut().zip(&self.cost_place) {
            of.set(places[ix], is_ready);
        }
    }

    fn after(&self, last: Option<usize>) -> After {
        match last {
            None => After::Nothing,
            Some(last) if self.ends[last] => After::End,
            Some(_) => After::Parent,
        }
    }

    /// What a beginning may go on with, by place; where there is too much of it, the cheapest.
    fn choices(&self, beginning: &Beginning) -> Vec<usize> {
        let ready = &beginning.ready;
        if ready.n <= self.width {
            return ready.by_place.ones().map(|place| self.loose.liked[place]).collect();
        }
        // What follows the last one costs less than it does elsewhere: it is looked at by itself.
        let following = beginning.last.map(|last| &*self.children[last]).unwrap_or_default();
        let is_ready = |ix: &usize| ready.by_place.contains(self.place[*ix]);
        let mut choices: Vec<usize> = following.iter().copied().filter(is_ready).collect();
        let follows: BTreeSet<usize> = choices.iter().copied().collect();
        let after = self.after(beginning.last) as usize;
        let others = ready.by_cost[after].ones().map(|place| self.by_cost[after][place]);
        choices.extend(others.filter(|ix| !follows.contains(ix)).take(self.width));
        choices.sort_by_cached_key(|&ix| (self.cost(beginning, ix), self.place[ix]));
        choices.truncate(self.width);
        choices.sort_by_key(|&ix| self.place[ix]);
        choices
    }

    /// What a beginning costs with one revision more.
    fn cost(&self, beginning: &Beginning, ix: usize) -> Cost {
        let follows = beginning.last.is_some_and(|last| self.loose.parents[ix].contains(&last));
        let (own, more) = (beginning.cost, self.more(self.after(beginning.last), follows, ix));
        Cost {
            kept: own.kept + more.kept,
            files: own.files + more.files,
            moved: own.moved.saturating_add(more.moved),
            left: own.left + more.left,
        }
    }

    /// What one revision costs after another, which may be its parent.
    fn more(&self, after: After, follows: bool, ix: usize) -> Cost {
        let is_root = self.loose.parents[ix].is_empty();
        let is_faulty = self.loose.faulty[ix];
        let is_rewritten = is_faulty || after == After::End || after == After::Parent && is_root;
        let moves = is_rewritten && !is_faulty && !is_root;
        Cost {
            kept: usize::from(is_rewritten && self.is_kept[ix]),
            files: usize::from(is_rewritten),
            moved: if moves { self.above[ix] } else { 0 },
            left: usize::from(after == After::Parent && !follows),
        }
    }

    fn longer(&self, from: &Beginning, ix: usize, cost: Cost, step: usize) -> Beginning {
        let held = with(&from.held, ix);
        let mut ready = from.ready.clone();
        self.set(&mut ready, ix, false);
        for &later in &self.after[ix] {
            if self.loose.before[later].iter().all(|&earlier| held.contains(earlier)) {
                self.set(&mut ready, later, true);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_cheapest_choices_are_those_of_all_that_are_sorted(
            parents in proptest::collection::vec(proptest::collection::btree_set(0_usize..12, 0..3), 12),
            faulty in proptest::collection::vec(any::<bool>(), 12),
            kept in proptest::collection::vec(0_usize..12, 0..4),
            steps in proptest::collection::vec(0_usize..12, 12),
        ) {
            let parents: Vec<Vec<usize>> = (0..12)
                .map(|ix| parents[ix].iter().copied().filter(|&parent| parent < ix).collect())
                .collect();
            let liked: Vec<usize> = (0..12).rev().collect();
            let loose =
                Loose { parents: &parents, before: &parents, faulty: &faulty, kept: &kept, liked: &liked };
            let mut search = Search::new(&loose);
            search.width = 2;
            let mut beginning = search.nothing();
            for step in steps {
                let mut all: Vec<usize> = (0..12)
                    .rev()
                    .filter(|&ix| !beginning.held.contains(ix))
                    .filter(|&ix| parents[ix].iter().all(|&parent| beginning.held.contains(parent)))
                    .collect();
                prop_assert_eq!(all.len(), beginning.ready.n);
                let next = all[step % all.len()];
                all.sort_by_key(|&ix| search.cost(&beginning, ix));
                all.truncate(2);
                all.sort_by_key(|&ix| search.place[ix]);
                prop_assert_eq!(search.choices(&beginning), all);
                let cost = search.cost(&beginning, next);
                beginning = search.longer(&beginning, next, cost, 0);
            }
        }
    }
}
