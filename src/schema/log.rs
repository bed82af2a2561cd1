//! What was changed since when, as a list that all who went on from the same place share.

use std::sync::Arc;

/// The changes up to now. A clone goes on from here by itself.
#[derive(Debug)]
pub(super) struct Log<T>(Option<Arc<Entry<T>>>);

#[derive(Debug)]
struct Entry<T> {
    thing: T,
    before: Log<T>,
    length: usize,
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Drop for Log<T> {
    /// Entry by entry: a long list would overflow the stack.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut entry) = next.and_then(|entry| Arc::try_unwrap(entry).ok()) {
            next = entry.before.0.take();
        }
    }
}

impl<T: Clone + Ord> Log<T> {
    /// Notes that something has changed.
    pub(super) fn push(&mut self, thing: T) {
        let before = std::mem::take(self);
        let length = before.length() + 1;
        *self = Self(Some(Arc::new(Entry { thing, before, length })));
    }

    fn length(&self) -> usize {
        self.0.as_ref().map_or(0, |entry| entry.length)
    }

    fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (None, None) => true,
            _ => false,
        }
    }

    /// How often something has changed on either way since both went on from the same place.
    pub(super) fn n_apart(&self, other: &Self) -> usize {
        let (mut one, mut two, mut n) = (self, other, 0);
        while !one.is(two) {
            let longer = if one.length() >= two.length() { &mut one } else { &mut two };
            let Some(entry) = &longer.0 else { break };
            n += 1;
            *longer = &entry.before;
        }
        n
    }

    /// What has changed on either way since both went on from the same place, sorted, each once.
    pub(super) fn apart(&self, other: &Self) -> Vec<T> {
        let (mut one, mut two) = (self, other);
        let mut things = Vec::new();
        while !one.is(two) {
            let longer = if one.length() >= two.length() { &mut one } else { &mut two };
            let Some(entry) = &longer.0 else { break };
            things.push(entry.thing.clone());
            *longer = &entry.before;
        }
        things.sort();
        things.dedup();
        things
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_differ_in_what_was_changed_since_they_parted() {
        let mut one = Log::default();
        one.push(1);
        let mut two = one.clone();
        one.push(5);
        two.push(3);
        two.push(3);
        assert_eq!(one.apart(&two), [3, 5]);
        assert_eq!((one.n_apart(&two), one.n_apart(&one.clone())), (3, 0));
        assert_eq!(one.apart(&one.clone()), [0; 0]);
        assert_eq!(one.apart(&Log::default()), [1, 5]);
    }

    #[test]
    fn a_long_list_is_dropped_without_recursion() {
        let mut log = Log::default();
        for at in 0..1_000_000 {
            log.push(at);
        }
        drop(log);
    }
}
