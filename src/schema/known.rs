//! What is known, and what is not: truth with three values, and changes that may be unknown.

use std::ops::Not;

/// Whether something is so: certainly, certainly not, or perhaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Truth {
    /// Certainly.
    Yes,
    /// Certainly not.
    No,
    /// It cannot be known.
    #[default]
    Maybe,
}

impl Truth {
    /// Whether it is certainly so.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    /// Whether it is certainly not so.
    pub fn is_no(self) -> bool {
        self == Self::No
    }

    /// Whether it cannot be known.
    pub fn is_maybe(self) -> bool {
        self == Self::Maybe
    }

    /// Whether both are so.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
        }
    }

    /// Whether one of the two is so.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// As a value that is there where it is known.
    pub fn known(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Maybe => None,
        }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
        }
    }
}

impl From<bool> for Truth {
    fn from(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }
}

/// What becomes of something that a change may leave alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is this from now on.
    Set(T),
    /// It is another, and which one is not known.
    Unknown,
}

impl<T> Edit<T> {
    /// It becomes this, or something that is not known.
    pub fn to(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Self::Set)
    }

    /// Whether it stays as it is.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, Maybe, No, Yes};

    const ALL: [Truth; 3] = [Yes, No, Maybe];

    /// What it may turn out to be.
    fn outcomes(truth: Truth) -> Vec<bool> {
        truth.known().map_or_else(|| vec![false, true], |known| vec![known])
    }

    #[test]
    fn an_answer_is_known_where_whatever_turns_out_gives_it() {
        let of = |all: Vec<bool>| match (all.contains(&true), all.contains(&false)) {
            (true, false) => Yes,
            (false, true) => No,
            _ => Maybe,
        };
        for one in ALL {
            assert_eq!(!one, of(outcomes(one).into_iter().map(|is| !is).collect()));
            for two in ALL {
                let pairs =
                    || outcomes(one).into_iter().flat_map(|a| outcomes(two).into_iter().map(move |b| (a, b)));
                assert_eq!(one.and(two), of(pairs().map(|(a, b)| a && b).collect()));
                assert_eq!(one.or(two), of(pairs().map(|(a, b)| a || b).collect()));
            }
        }
    }

    #[test]
    fn the_laws_of_logic_hold() {
        for a in ALL {
            assert_eq!((!!a, a.and(a), a.or(a)), (a, a, a));
            assert_eq!((a.and(Yes), a.or(No), a.and(No), a.or(Yes)), (a, a, No, Yes));
            for b in ALL {
                assert_eq!((a.and(b), a.or(b)), (b.and(a), b.or(a)));
                assert_eq!(!a.and(b), (!a).or(!b));
                for c in ALL {
                    assert_eq!(a.and(b).and(c), a.and(b.and(c)));
                    assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
                }
            }
        }
    }
}
