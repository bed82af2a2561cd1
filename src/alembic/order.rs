//! The order in which Alembic runs `upgrade heads` on an empty database, and `history` lists, newest first.
//!
//! Source: `_topological_sort` of Alembic's `script/revision.py`: depth first along the first parent, a branch being
//! continued until a revision that another one still needs.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use fixedbitset::FixedBitSet;

use super::load::Raised;
use super::map::RevisionMap;

/// Why there is no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// Alembic raises it.
    Raises(Raised),
    /// Alembic never comes to an end.
    NeverEnds,
}

/// What an order has before what it needs, each with that, in its order; `needs` has which must come after which, and `id`
/// what each is called. What the order has not got is not asked about.
pub fn too_early<'o, T: Copy>(
    order: &[&'o str],
    needs: impl IntoIterator<Item = (T, T)>,
    id: impl Fn(T) -> &'o str,
) -> Vec<(T, T)> {
    let places: BTreeMap<&str, usize> = order.iter().enumerate().map(|(at, &id)| (id, at)).collect();
    let place = |one: T| places.get(id(one));
    let mut early: Vec<_> = needs
        .into_iter()
        .filter_map(|(one, on)| {
            let (own, needed) = (place(one)?, place(on)?);
            (own < needed).then_some((own, (one, on)))
        })
        .collect();
    early.sort_by_key(|(own, _)| *own);
    early.into_iter().map(|(_, pair)| pair).collect()
}

impl RevisionMap {
    /// Whether the first of each pair of ids is the second, or lies below it; an id that is none of these does not.
    pub fn are_below(&self, pairs: &[(&str, &str)]) -> Vec<bool> {
        let mut known = BTreeMap::new();
        let mut is_below = |&(lower, upper): &(&str, &str)| {
            let (lower, upper) = (self.named(lower)?, self.named(upper)?);
            Some(known.entry(upper).or_insert_with(|| self.ancestors_of(upper)).contains(lower))
        };
        pairs.iter().map(|pair| is_below(pair) == Some(true)).collect()
    }

    /// The ids of an order anew: each after what lies below it, by way of others too, and after those of the order that it
    /// needs; of what can go, that goes first which was first. As they are where they go round.
    pub fn put_in_order<'o>(&self, order: &[&'o str], needs: &[(&str, &str)]) -> Vec<&'o str> {
        let mut turns = vec![None; self.len()];
        for (turn, place) in order.iter().map(|id| self.named(id)).enumerate() {
            let Some(place) = place else { return order.to_vec() };
            turns[place] = Some(turn);
        }
        let mut next = vec![Vec::new(); self.len()];
        let mut waits = vec![0_usize; self.len()];
        let below = (0..self.len()).flat_map(|at| self.below(at).iter().map(move |&below| (at, below)));
        let turn = |id: &str| self.named(id).filter(|&at| turns[at].is_some());
        for (at, on) in below.chain(needs.iter().filter_map(|(id, on)| turn(id).zip(turn(on)))) {
            next[on].push(at);
            waits[at] += 1;
        }
        // What is not of the order goes as soon as it can.
        let mut open: BinaryHeap<_> =
            (0..self.len()).filter(|&at| waits[at] == 0).map(|at| Reverse((turns[at], at))).collect();
        let mut found = Vec::with_capacity(order.len());
        while let Some(Reverse((turn, at))) = open.pop() {
            found.extend(turn.map(|turn| order[turn]));
            for &next in &next[at] {
                waits[next] -= 1;
                if waits[next] == 0 {
                    open.push(Reverse((turns[next], next)));
                }
            }
        }
        if found.len() == order.len() { found } else { order.to_vec() }
    }

    /// The ids in the order in which `upgrade heads` runs them on an empty database.
    pub fn upgrade_order(&self) -> Result<Vec<&str>, Stopped> {
        let order = self.newest_first()?;
        self.hands_out(order)?;
        Ok(order.iter().rev().map(|&at| self.at(at).id.as_str()).collect())
    }

    /// Whether Alembic runs what an order names: a revision that is handed out for another one runs twice, and Alembic finds
    /// its row there already.
    pub(super) fn hands_out(&self, order: &[usize]) -> Result<(), Stopped> {
        for &at in order {
            if self.handed_out(at).map_err(Stopped::Raises)? != at {
                return Err(Stopped::Raises(Raised::new("AssertionError", String::new())));
            }
        }
        Ok(())
    }

    /// The same order, as the scripts that declare them.
    pub fn upgrade_scripts(&self) -> Result<Vec<usize>, Stopped> {
        self.upgrade_order()?;
        Ok(self.newest_first()?.iter().rev().map(|&at| self.at(at).script).collect())
    }

    /// The positions, newest first.
    pub(super) fn newest_first(&self) -> Result<&[usize], Stopped> {
        let order = self.order.or_find(|| self.newest_first_above(|_| Ok(Vec::new())));
        order.as_deref().map_err(Clone::clone)
    }

    /// The same of a database that stands at some positions: what is not below them, nor one of them. Alembic looks for
    /// them once its targets are sound.
    pub(super) fn newest_first_above(
        &self,
        current: impl FnOnce(&Self) -> Result<Vec<usize>, Raised>,
    ) -> Result<Vec<usize>, Stopped> {
        self.newest_first_to(&self.real_head_positions(), current)
    }

    /// The order in which the files run that Alembic keeps, newest first. Alembic counts a file that it loses among the heads,
    /// so that a head may lie below another; who names the others comes to them all the same.
    pub(super) fn newest_first_kept(&self) -> Result<Vec<usize>, Stopped> {
        let mut heads: Vec<usize> = Vec::new();
        for at in self.real_head_positions() {
            if self.at(at).is_real_head() && !heads.contains(&at) {
                heads.push(at);
            }
        }
        self.newest_first_to(&heads, |_| Ok(Vec::new()))
    }

    fn newest_first_to(
        &self,
        targets: &[usize],
        current: impl FnOnce(&Self) -> Result<Vec<usize>, Raised>,
    ) -> Result<Vec<usize>, Stopped> {
        self.check_overlap(targets).map_err(Stopped::Raises)?;
        let current = current(self).map_err(Stopped::Raises)?;
        self.check_overlap(&current).map_err(Stopped::Raises)?;
        let mut left = self.ancestors(targets.iter().copied());
        left.difference_with(&self.ancestors(current.iter().copied()));
        let is_target = self.set(targets);
        let is_front = |&at: &usize| is_target.contains(at) && left.contains(at);
        let mut fronts: Vec<usize> = self.kept_in_order().iter().copied().filter(is_front).collect();
        let mut reach: Vec<FixedBitSet> =
            fronts.iter().map(|&front| self.ancestors_of(front).into_owned()).collect();
        let mut is_front = self.set(&fronts);
        let mut order = Vec::new();
        let (mut current, mut jumps) = (0, 0);
        while !fronts.is_empty() {
            let candidate = fronts[current];
            let reaches = |&at: &usize| at != current && reach[at].contains(candidate);
            // Nothing reaches what nothing stands on.
            if !self.at(candidate).is_real_head()
                && let Some(other) = (0..fronts.len()).find(reaches)
            {
                // Nothing changes while it goes from one to the next: coming round again means for ever.
                jumps += 1;
                if jumps > fronts.len() {
                    return Err(Stopped::NeverEnds);
                }
                current = other;
                continue;
            }
            jumps = 0;
            if left.contains(candidate) {
                order.push(candidate);
                left.set(candidate, false);
            }
            let revision = self.at(candidate);
            let next: Vec<usize> = self
                .below(candidate)
                .iter()
                .copied()
                .filter(|&at| left.contains(at) && !is_front.contains(at))
                .collect();
            is_front.set(candidate, false);
            is_front.extend(next.iter().copied());
            let Some((&first, rest)) = next.split_first() else {
                fronts.remove(current);
                reach.remove(current);
                current = current.saturating_sub(1);
                continue;
            };
            fronts[current] = first;
            if revision.normalized.is_empty() && revision.down.len() == 1 {
                reach[current].set(candidate, false);
            } else {
                reach[current] = self.ancestors_of(first).into_owned();
                fronts.extend(rest);
                reach.extend(rest.iter().map(|&at| self.ancestors_of(at).into_owned()));
            }
        }
        if left.is_clear() {
            Ok(order)
        } else {
            Err(Stopped::Raises(Raised::new("AssertionError", String::new())))
        }
    }

    /// Alembic refuses targets of which one lies below another.
    fn check_overlap(&self, targets: &[usize]) -> Result<(), Raised> {
        let mut seen = FixedBitSet::with_capacity(self.len());
        let is_target = self.set(targets);
        for &target in targets {
            // Of what it reaches, what is asked for.
            let mut reached = BTreeSet::new();
            let mut open = vec![target];
            while let Some(at) = open.pop() {
                if is_target.contains(at) {
                    reached.insert(at);
                }
                if !seen.contains(at) {
                    seen.insert(at);
                    open.extend_from_slice(self.below(at));
                }
            }
            if reached.iter().all(|&at| at == target) {
                continue;
            }
            let mut over: Vec<&str> = Vec::new();
            for &other in targets {
                let id = self.at(other).id.as_str();
                if other != target && reached.contains(&other) && !over.contains(&id) {
                    over.push(id);
                }
            }
            if !over.is_empty() {
                let message = format!(
                    "Requested revision {} overlaps with other requested revisions {}",
                    self.at(target).id,
                    over.join(", ")
                );
                return Err(Raised::new("RevisionError", message));
            }
        }
        Ok(())
    }

    fn set(&self, positions: &[usize]) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(self.len());
        set.extend(positions.iter().copied());
        set
    }

    /// The positions of everything below some, and of those themselves.
    pub(super) fn ancestors(&self, starts: impl IntoIterator<Item = usize>) -> FixedBitSet {
        let mut found = FixedBitSet::with_capacity(self.len());
        let mut open: Vec<usize> = starts.into_iter().collect();
        while let Some(at) = open.pop() {
            if !found.contains(at) {
                found.insert(at);
                open.extend_from_slice(self.below(at));
            }
        }
        found
    }

    /// The same of one position, which is kept for the next time where there are not too many.
    pub(super) fn ancestors_of(&self, at: usize) -> Cow<'_, FixedBitSet> {
        match self.ancestors_of_each() {
            Some(known) => Cow::Borrowed(&known[at]),
            None => Cow::Owned(self.ancestors([at])),
        }
    }

    /// The same of each position by itself; nothing where they go round, or where there are so many that the sets would not
    /// fit.
    fn ancestors_of_each(&self) -> Option<&[FixedBitSet]> {
        self.ancestors.or_find(|| self.find_ancestors_of_each()).as_deref()
    }

    fn find_ancestors_of_each(&self) -> Option<Vec<FixedBitSet>> {
        const MOST: usize = 8192;
        if self.len() > MOST {
            return None;
        }
        let mut above = vec![Vec::new(); self.len()];
        let mut waiting = vec![0_usize; self.len()];
        for (at, waiting) in waiting.iter_mut().enumerate() {
            *waiting = self.below(at).len();
            self.below(at).iter().for_each(|&below| above[below].push(at));
        }
        let mut known = vec![FixedBitSet::new(); self.len()];
        let mut open: Vec<usize> = (0..self.len()).filter(|&at| waiting[at] == 0).collect();
        let mut n_known = 0;
        while let Some(at) = open.pop() {
            let mut found = FixedBitSet::with_capacity(self.len());
            self.below(at).iter().for_each(|&below| found.union_with(&known[below]));
            found.insert(at);
            known[at] = found;
            n_known += 1;
            for &next in &above[at] {
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    open.push(next);
                }
            }
        }
        (n_known == self.len()).then_some(known)
    }
}

#[cfg(test)]
mod tests {
    use crate::alembic::Reading;
    use crate::graph::fixture::{Draw, drawn, scripts};

    #[test]
    fn an_order_anew_is_the_first_of_those_that_wait_for_nothing() {
        let mut draw = Draw(2);
        let mut seen = [0; 3];
        for _ in 0..500 {
            let n = 2 + draw.below(9);
            let Reading::Loads(map) = Reading::of(&scripts(&drawn(&mut draw, n)), &[]) else { continue };
            let Ok(order) = map.upgrade_order() else { continue };
            let n_lacking = 1 + draw.below(n);
            let order: Vec<&str> = order.into_iter().filter(|_| draw.below(n) < n_lacking).collect();
            if order.is_empty() {
                continue;
            }
            let ids: Vec<(String, String)> = (0..draw.below(4))
                .map(|_| (format!("r{}", draw.below(n)), format!("r{}", draw.below(n))))
                .collect();
            let needs: Vec<(&str, &str)> = ids.iter().map(|(id, on)| (id.as_str(), on.as_str())).collect();
            let below = |id: &str| map.at_or_below(&[id]).unwrap_or_default();
            let back: Vec<(&str, &str)> = needs.iter().map(|&(id, on)| (on, id)).collect();
            let are_below: Vec<bool> = back.iter().map(|(on, id)| below(id).contains(on)).collect();
            assert_eq!(map.are_below(&back), are_below);
            let (mut open, mut expected) = (order.clone(), Vec::new());
            while let Some(next) = open.iter().position(|id| {
                let waits = |on: &&str| on != id && below(id).contains(on) || needs.contains(&(id, on));
                !open.iter().any(waits)
            }) {
                expected.push(open.remove(next));
            }
            let found = map.put_in_order(&order, &needs);
            seen[match (open.is_empty(), expected == order) {
                (false, _) => 0,
                (true, false) => 1,
                (true, true) => 2,
            }] += 1;
            assert_eq!(found, if open.is_empty() { expected } else { order });
        }
        assert!(seen.iter().all(|&n| n > 30), "{seen:?}");
    }
}
