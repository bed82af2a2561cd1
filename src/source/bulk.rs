//! Several values in one, and how much they come to: a value may hold another twice, and that one another twice.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A value that holds more than this is not followed; counted as in [`Bulk::size`].
pub const LARGEST: usize = 1 << 18;
/// A value that holds others deeper than this is not followed: whoever goes through it may recurse.
pub(super) const DEEPEST_VALUE: usize = 50;
/// How many bytes of text count for one value.
const BYTES: usize = 16;

/// How much a value is, with all that it holds, each as often as it holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bulk {
    /// How many values, and one more for every 16 bytes of text.
    pub size: usize,
    /// How many values stand around the innermost.
    pub depth: usize,
}

impl Bulk {
    /// One value that holds no other.
    pub const ONE: Self = Self { size: 1, depth: 0 };

    /// A text of so many bytes.
    pub fn of_text(bytes: usize) -> Self {
        Self { size: 1 + bytes / BYTES, depth: 0 }
    }

    /// Whether it is followed.
    pub fn is_followed(self) -> bool {
        self.size <= LARGEST && self.depth <= DEEPEST_VALUE
    }
}

/// What has a bulk.
pub trait Bulky {
    /// How much it is. Takes no time: what holds many knows how much they are.
    fn bulk(&self) -> Bulk;
}

/// Several values in order. A copy of it is the same.
#[derive(Clone)]
pub struct Items<T> {
    items: Arc<[T]>,
    bulk: Bulk,
}

impl<T: Bulky> Items<T> {
    /// Nothing where they are more than is followed.
    pub fn new(items: impl Into<Arc<[T]>>) -> Option<Self> {
        let items = items.into();
        let around = |all: Bulk, one: Bulk| Bulk {
            size: all.size.saturating_add(one.size),
            depth: all.depth.max(one.depth + 1),
        };
        let bulk = items.iter().map(T::bulk).fold(Bulk::ONE, around);
        bulk.is_followed().then_some(Self { items, bulk })
    }
}

impl<T> Items<T> {
    /// None.
    pub fn none() -> Self {
        Self { items: Arc::new([]), bulk: Bulk::ONE }
    }

    /// How much they are, with what holds them.
    pub fn bulk(&self) -> Bulk {
        self.bulk
    }
}

impl<T> Deref for Items<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T: fmt::Debug> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Items<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.items, &other.items) || (self.bulk == other.bulk && self.items == other.items)
    }
}

impl<T: Eq> Eq for Items<T> {}

impl<T: Hash> Hash for Items<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.items.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    enum Own {
        One,
        Many(Items<Self>),
    }

    impl Bulky for Own {
        fn bulk(&self) -> Bulk {
            match self {
                Self::One => Bulk::ONE,
                Self::Many(items) => items.bulk(),
            }
        }
    }

    fn grown(mut own: Own, by: impl Fn(Own) -> Vec<Own>) -> (usize, Own) {
        for n in 0.. {
            match Items::new(by(own.clone())) {
                Some(items) => own = Own::Many(items),
                None => return (n, own),
            }
        }
        unreachable!("nothing grows for ever")
    }

    #[test]
    fn what_is_held_twice_counts_twice() {
        let (n, largest) = grown(Own::One, |own| vec![own.clone(), own]);
        assert_eq!(n, 17);
        assert_eq!(largest.bulk(), Bulk { size: LARGEST - 1, depth: n });
    }

    #[test]
    fn nothing_is_deeper_than_it_may_be() {
        let (n, deepest) = grown(Own::One, |own| vec![own]);
        assert_eq!((n, deepest.bulk().depth), (DEEPEST_VALUE, DEEPEST_VALUE));
    }

    #[test]
    fn equal_is_what_holds_the_same() {
        let of = |items: Vec<Own>| Own::Many(Items::new(items).expect("small"));
        assert_eq!(of(vec![Own::One]), of(vec![Own::One]));
        assert_ne!(of(vec![Own::One]), of(vec![Own::One, Own::One]));
        assert_ne!(of(vec![of(vec![]), Own::One]), of(vec![Own::One, of(vec![])]));
    }
}
