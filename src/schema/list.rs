//! What belongs to a table, in order, and found by what it is looked up by. A clone is cheap, and changes by itself.

use std::fmt;
use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use super::Dialect;
use super::log::Log;

/// The columns, the constraints or the indexes of a table.
#[derive(Clone)]
pub struct List<T> {
    dialect: Dialect,
    /// By a number that grows with each one.
    all: RedBlackTreeMapSync<usize, Arc<T>>,
    /// Each thing that they are found by, with their numbers.
    found: RedBlackTreeSetSync<(Key, usize)>,
    next: usize,
    /// The numbers of those that came, went or were changed.
    log: Log<usize>,
}

/// What something of a table is found by. Names are folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Its name.
    Name(Box<str>),
    /// It has none that is written.
    Nameless,
    /// It has a name that is not known.
    Unknown,
    /// It is kept by an index whose name is not known.
    OpenIndex,
    /// It is a primary key.
    Primary,
    /// Its values are made of those of other columns.
    Computed,
    /// It certainly uses this column.
    Uses(Box<str>),
    /// It may use any column, or its text says which.
    MayUse,
    /// It is a key of these columns, in the order of their names, each once.
    Of(Vec<Box<str>>),
    /// It may be a key of any columns.
    OfAny,
}

/// What a list can hold.
pub(super) trait Listed: Clone {
    /// What it is found by.
    fn keys(&self, dialect: Dialect) -> Vec<Key>;
}

impl<T> List<T> {
    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> + ExactSizeIterator {
        self.all.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.size()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those that are found by this, in order.
    pub(super) fn by(&self, key: &Key) -> impl Iterator<Item = &Arc<T>> + use<'_, T> {
        self.numbers(key).filter_map(|number| self.all.get(&number))
    }

    fn numbers(&self, key: &Key) -> impl Iterator<Item = usize> + use<'_, T> {
        let all = (key.clone(), 0)..=(key.clone(), usize::MAX);
        self.found.range(all).map(|(_, number)| *number)
    }
}

impl<T> List<T> {
    /// What is here and not there, or another way there; and what is there and not here, or another way here. Costs as
    /// much as the two have changed since they parted.
    pub fn apart<'a>(&'a self, other: &'a Self) -> (Vec<&'a Arc<T>>, Vec<&'a Arc<T>>) {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for number in self.log.apart(&other.log) {
            let (one, two) = (self.all.get(&number), other.all.get(&number));
            if !one.zip(two).is_some_and(|(one, two)| Arc::ptr_eq(one, two)) {
                here.extend(one);
                there.extend(two);
            }
        }
        (here, there)
    }
}

#[expect(private_bounds, reason = "nobody else makes one")]
impl<T: Listed> List<T> {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            all: RedBlackTreeMapSync::new_sync(),
            found: RedBlackTreeSetSync::new_sync(),
            next: 0,
            log: Log::default(),
        }
    }

    pub(super) fn of(dialect: Dialect, all: impl IntoIterator<Item = Arc<T>>) -> Self {
        let mut list = Self::new(dialect);
        all.into_iter().for_each(|own| list.push(own));
        list
    }

    pub(super) fn push(&mut self, own: Arc<T>) {
        let number = self.next;
        self.next += 1;
        for key in own.keys(self.dialect) {
            self.found.insert_mut((key, number));
        }
        self.log.push(number);
        self.all.insert_mut(number, own);
    }

    /// Goes through all of them. Costs as much as there are.
    pub(super) fn each(&mut self, mut change: impl FnMut(&mut Arc<T>)) {
        self.retain(|own| {
            change(own);
            true
        });
    }

    /// Keeps some, as they may be changed. Costs as much as there are.
    pub(super) fn retain(&mut self, stays: impl FnMut(&mut Arc<T>) -> bool) {
        let numbers = self.all.keys().copied().collect();
        self.revise(numbers, stays);
    }

    /// The same with those only that are found by this.
    pub(super) fn retain_by(&mut self, key: &Key, stays: impl FnMut(&mut Arc<T>) -> bool) {
        self.retain_by_any(std::slice::from_ref(key), stays);
    }

    /// The same with those that are found by any of these.
    pub(super) fn retain_by_any(&mut self, keys: &[Key], stays: impl FnMut(&mut Arc<T>) -> bool) {
        let mut numbers: Vec<_> = keys.iter().flat_map(|key| self.numbers(key)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.revise(numbers, stays);
    }

    fn revise(&mut self, numbers: Vec<usize>, mut stays: impl FnMut(&mut Arc<T>) -> bool) {
        for number in numbers {
            let Some(own) = self.all.get(&number) else { continue };
            let mut now = Arc::clone(own);
            let stays = stays(&mut now);
            if !stays || !Arc::ptr_eq(own, &now) {
                self.replace(number, stays.then_some(now));
            }
        }
    }

    fn replace(&mut self, number: usize, now: Option<Arc<T>>) {
        let Some(own) = self.all.get(&number).cloned() else { return };
        let (before, after) = (own.keys(self.dialect), now.as_ref().map(|now| now.keys(self.dialect)));
        if after.as_ref() != Some(&before) {
            for key in before {
                self.found.remove_mut(&(key, number));
            }
            for key in after.into_iter().flatten() {
                self.found.insert_mut((key, number));
            }
        }
        self.log.push(number);
        match now {
            Some(now) => self.all.insert_mut(number, now),
            None => {
                self.all.remove_mut(&number);
            }
        }
    }
}

impl<T: PartialEq> List<T> {
    /// Whether one like this is among them.
    pub fn contains(&self, own: &Arc<T>) -> bool {
        self.iter().any(|other| Arc::ptr_eq(own, other) || own == other)
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    /// Whether the same are in it, in the same order.
    fn eq(&self, other: &Self) -> bool {
        self.all.ptr_eq(&other.all)
            || self.len() == other.len()
                && self.iter().zip(other.iter()).all(|(one, two)| Arc::ptr_eq(one, two) || one == two)
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a Arc<T>;
    type IntoIter = Box<dyn Iterator<Item = &'a Arc<T>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.all.values())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    fn list(names: &[&str], dialect: Dialect) -> List<Column> {
        List::of(dialect, names.iter().map(|name| Arc::new(Column::assumed(name))))
    }

    fn names<'a>(all: impl IntoIterator<Item = &'a Arc<Column>>) -> Vec<&'a str> {
        all.into_iter().map(|own| &*own.name).collect()
    }

    /// Numbers that look as if they were made by chance, and are the same each time.
    fn chance(seed: &mut u32) -> usize {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*seed >> 16) as usize
    }

    #[test]
    fn it_is_found_as_going_through_all_finds_it() {
        const NAMES: [&str; 6] = ["a", "A", "b", "c", "C", "d"];
        for dialect in Dialect::ALL {
            let mut seed = 7;
            let mut list = list(&[], dialect);
            let mut plain: Vec<&str> = Vec::new();
            for _ in 0..300 {
                let name = NAMES[chance(&mut seed) % NAMES.len()];
                let is_it = |own: &str| crate::schema::names::same(dialect, own, name);
                let key = Key::name(dialect, name);
                match chance(&mut seed) % 4 {
                    0 => {
                        list.retain_by(&key, |_| false);
                        plain.retain(|own| !is_it(own));
                    }
                    1 => {
                        list.retain_by(&key, |own| {
                            Arc::make_mut(own).name = "d".into();
                            true
                        });
                        plain.iter_mut().filter(|own| is_it(own)).for_each(|own| *own = "d");
                    }
                    _ => {
                        list.push(Arc::new(Column::assumed(name)));
                        plain.push(name);
                    }
                }
                assert_eq!(names(&list), plain);
                for name in NAMES {
                    let found =
                        plain.iter().copied().filter(|own| crate::schema::names::same(dialect, own, name));
                    assert_eq!(names(list.by(&Key::name(dialect, name))), found.collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn two_differ_in_what_was_changed_since_they_parted() {
        let mut one = list(&["a", "b", "c"], Dialect::Sqlite);
        let mut two = one.clone();
        one.push(Arc::new(Column::assumed("d")));
        two.retain_by(&Key::name(Dialect::Sqlite, "B"), |_| false);
        let (here, there) = one.apart(&two);
        assert_eq!((names(here), names(there)), (vec!["b", "d"], vec![]));
        let (here, there) = one.apart(&one);
        assert!(here.is_empty() && there.is_empty());
        // What never was one differs in all.
        let other = list(&["a"], Dialect::Sqlite);
        let (here, there) = one.apart(&other);
        assert_eq!((names(here), names(there)), (vec!["a", "b", "c", "d"], vec!["a"]));
    }
}
