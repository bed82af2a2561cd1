//! Ways that a module may take: what each changes is kept, and not what it leaves as it was.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Bound, DEPENDS, Variables};
use crate::source::program::Name;
use crate::text::TextRange;

/// Where a way began.
pub(super) struct Mark {
    n_changes: usize,
    open: Option<TextRange>,
}

/// What a way changes.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The names that it binds or deletes, and what they are at its end.
    names: BTreeMap<Name, Option<Bound>>,
    open: Option<TextRange>,
}

/// What names were before they were changed, while there is a way that may be taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    before: Vec<(Name, Option<Bound>)>,
    n_ways: usize,
}

impl Variables {
    /// Binds a name, or deletes it.
    pub(super) fn set(&mut self, name: &Name, bound: Option<Bound>) {
        let before = match bound {
            Some(bound) => self.names.insert(Name::clone(name), bound),
            None => self.names.remove(name),
        };
        if self.changes.n_ways > 0 {
            self.changes.before.push((Name::clone(name), before));
        }
    }

    /// A way begins here.
    pub(super) fn begin(&mut self) -> Mark {
        self.changes.n_ways += 1;
        Mark { n_changes: self.changes.before.len(), open: self.open }
    }

    /// Takes a way back, to where it began.
    pub(super) fn take_back(&mut self, mark: &Mark) -> Way {
        let mut names = BTreeMap::new();
        for (name, before) in self.changes.before.drain(mark.n_changes..).rev() {
            let after = match before {
                Some(before) => self.names.insert(Name::clone(&name), before),
                None => self.names.remove(&name),
            };
            names.entry(name).or_insert(after);
        }
        self.changes.n_ways -= 1;
        let open = std::mem::replace(&mut self.open, mark.open);
        self.raises = None;
        Way { names, open }
    }

    /// Goes a way that was taken back to this place.
    pub(super) fn take(&mut self, way: Way) {
        for (name, bound) in way.names {
            self.set(&name, bound);
        }
        self.open = way.open;
    }

    /// What holds whichever of several ways was taken from here; that nothing is done is a way of its own.
    pub(super) fn join(&mut self, ways: Vec<Way>, range: TextRange) {
        self.open = ways.iter().find_map(|way| way.open);
        let n_ways = ways.len();
        let mut changed: BTreeMap<Name, (usize, Option<Bound>)> = BTreeMap::new();
        for (name, bound) in ways.into_iter().flat_map(|way| way.names) {
            match changed.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert((1, bound));
                }
                Entry::Occupied(mut entry) => {
                    let (n, known) = entry.get_mut();
                    *n += 1;
                    *known = either(known.take(), bound, range);
                }
            }
        }
        for (name, (n, bound)) in changed {
            let bound = if n < n_ways { either(self.names.get(&name).cloned(), bound, range) } else { bound };
            self.set(&name, bound);
        }
    }

    /// That nothing more is done, as a way.
    pub(super) fn nothing(&self) -> Way {
        Way { names: BTreeMap::new(), open: self.open }
    }
}

/// What a name is, where it is one or the other.
fn either(one: Option<Bound>, other: Option<Bound>, range: TextRange) -> Option<Bound> {
    match (one, other) {
        (None, None) => None,
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(Bound::Known { value: one, range, .. }), Some(Bound::Known { value: two, .. }))
            if one == two =>
        {
            Some(Bound::Known { value: one, range, literal: None })
        }
        _ => Some(Bound::Unknown { range, why: DEPENDS }),
    }
}
