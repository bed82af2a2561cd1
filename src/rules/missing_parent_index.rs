//! The ids and file names of an environment, laid out so that what is like a missing id is found without a look at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::missing_parent_candidates::FEWEST;
use crate::source::Script;

/// Of what is equally like a missing id, as many are told.
pub(super) const MOST: usize = 50;

/// The bytes of the longest id in which words and letters are compared.
const LONGEST: usize = 256;

/// How many letters of ids are compared with those of missing ones in one environment. Where there are more of both, none
/// is compared, so that it does not matter which comes first.
const MOST_LETTERS: usize = 8_000_000;

/// Every id once, in the order of the files, and where to find it.
#[derive(Debug)]
pub(super) struct Index<'s> {
    scripts: &'s [Script],
    ids: Vec<&'s str>,
    /// The place of an id in `ids`.
    by_id: BTreeMap<&'s str, usize>,
    by_lower_id: BTreeMap<String, Vec<usize>>,
    /// Stems of files, with the index of the script.
    by_stem: BTreeSet<(&'s str, usize)>,
    /// Scripts by the id that their docstring gives them.
    by_said_id: BTreeMap<&'s str, Vec<usize>>,
    /// Ids that are numbers, the least first.
    numbers: Vec<(u64, &'s str)>,
    by_words: HashMap<u64, Vec<usize>>,
    by_words_but_one: HashMap<u64, Vec<usize>>,
    letters: Vec<Letters>,
    /// Ids by how many letters they have.
    by_length: BTreeMap<usize, Vec<usize>>,
    /// How many bytes ids have.
    sizes: BTreeSet<usize>,
    /// Whether so few are missing that their letters are compared.
    pub(super) compares_letters: bool,
}

impl<'s> Index<'s> {
    pub(super) fn of(scripts: &'s [Script]) -> Self {
        let mut index = Self {
            scripts,
            ids: Vec::new(),
            by_id: BTreeMap::new(),
            by_lower_id: BTreeMap::new(),
            by_stem: BTreeSet::new(),
            by_said_id: BTreeMap::new(),
            numbers: Vec::new(),
            by_words: HashMap::new(),
            by_words_but_one: HashMap::new(),
            letters: Vec::new(),
            by_length: BTreeMap::new(),
            sizes: BTreeSet::new(),
            compares_letters: true,
        };
        for (at, script) in scripts.iter().enumerate() {
            let Some(id) = script.id() else { continue };
            index.by_stem.insert((script.path.stem(), at));
            let said = script.docstring.as_ref().and_then(|docstring| docstring.revision_id.as_ref());
            if let Some((said, _)) = said
                && !said.is_empty()
                && said != id
            {
                index.by_said_id.entry(said).or_default().push(at);
            }
            if !index.by_id.contains_key(id) {
                index.add(id);
            }
        }
        index.numbers.sort_unstable();
        index.compares_letters = index.n_letters() <= MOST_LETTERS;
        index
    }

    fn add(&mut self, id: &'s str) {
        let at = self.ids.len();
        self.ids.push(id);
        self.sizes.insert(id.len());
        self.by_id.insert(id, at);
        self.by_lower_id.entry(id.to_ascii_lowercase()).or_default().push(at);
        self.numbers.extend(number(id).map(|number| (number, id)));
        let letters = if id.len() <= LONGEST { Letters::of(id) } else { Letters::default() };
        if id.len() <= LONGEST {
            self.by_length.entry(letters.chars.len()).or_default().push(at);
            let words = Words::of(id);
            self.by_words.entry(words.all()).or_default().push(at);
            for hash in words.all_but_one() {
                let same = self.by_words_but_one.entry(hash).or_default();
                if same.last() != Some(&at) {
                    same.push(at);
                }
            }
        }
        self.letters.push(letters);
    }

    /// How many letters are looked at where each missing id is compared with each that is about as long.
    fn n_letters(&self) -> usize {
        let scripts = self.scripts.iter();
        let labels: BTreeSet<&str> =
            scripts.clone().flat_map(|script| script.branch_labels.values()).collect();
        let named = scripts.flat_map(|script| [&script.down_revision, &script.depends_on]);
        let named: BTreeSet<&str> = named.flat_map(|named| named.values()).map(str::trim).collect();
        let is_missing = |id: &&str| !self.by_id.contains_key(id) && !labels.contains(id) && is_compared(id);
        let about_as_long = |id: &str| {
            let n = id.chars().count();
            self.by_length.range(n.saturating_sub(2)..=n + 2).map(|(_, ids)| ids.len() * n).sum::<usize>()
        };
        named.into_iter().filter(is_missing).map(about_as_long).sum()
    }

    /// The ids of such scripts, each once, in the order of the files.
    fn ids_of(&self, mut scripts: Vec<usize>) -> Vec<&'s str> {
        scripts.sort_unstable();
        let mut seen = BTreeSet::new();
        let ids = scripts.into_iter().filter_map(|at| self.scripts[at].id());
        ids.filter(|id| seen.insert(*id)).take(MOST).collect()
    }

    fn in_order(&self, mut found: Vec<usize>) -> Vec<&'s str> {
        found.sort_unstable();
        found.dedup();
        found.into_iter().take(MOST).map(|at| self.ids[at]).collect()
    }

    /// Those of `ids` that a file declares, in the order of the files.
    pub(super) fn declared<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Vec<&'s str> {
        self.in_order(ids.filter_map(|id| self.by_id.get(id).copied()).collect())
    }

    pub(super) fn with_stem(&self, stem: &str) -> Vec<&'s str> {
        let found = self.by_stem.range((stem, 0)..=(stem, usize::MAX));
        self.ids_of(found.map(|(_, at)| *at).collect())
    }

    pub(super) fn with_stem_that_begins(&self, stem: &str) -> Vec<&'s str> {
        let found = self.by_stem.range((stem, 0)..).take_while(|(own, _)| own.starts_with(stem));
        self.ids_of(found.map(|(_, at)| *at).collect())
    }

    /// Ids that differ in case only, if at all.
    pub(super) fn in_any_case(&self, id: &str) -> Vec<&'s str> {
        self.in_order(self.by_lower_id.get(&id.to_ascii_lowercase()).cloned().unwrap_or_default())
    }

    pub(super) fn that_begin(&self, start: &str) -> Vec<&'s str> {
        let range = (std::ops::Bound::Included(start), std::ops::Bound::Unbounded);
        let found = self.by_id.range::<str, _>(range).take_while(|(own, _)| own.starts_with(start));
        self.in_order(found.map(|(_, at)| *at).collect())
    }

    /// Ids with which a text begins, before a `_` or `-`.
    pub(super) fn that_are_begun(&self, text: &str) -> Vec<&'s str> {
        let ends = self.sizes.range(FEWEST..).copied();
        let is_end = |end: &usize| matches!(text.as_bytes().get(*end), Some(b'_' | b'-'));
        self.declared(ends.take_while(|end| *end < text.len()).filter(is_end).map(|end| &text[..end]))
    }

    /// Ids of files whose own docstring gives this one.
    pub(super) fn said_to_be(&self, id: &str) -> Vec<&'s str> {
        self.ids_of(self.by_said_id.get(id).cloned().unwrap_or_default())
    }

    /// Ids with one word more or less.
    pub(super) fn one_word_apart(&self, missing: &str) -> Vec<&'s str> {
        if missing.len() > LONGEST {
            return Vec::new();
        }
        let words = Words::of(missing);
        let longer = self.by_words_but_one.get(&words.all()).into_iter();
        let shorter = words.all_but_one().filter_map(|hash| self.by_words.get(&hash));
        self.in_order(longer.chain(shorter).flat_map(|found| found.iter().take(MOST)).copied().collect())
    }

    /// Ids of which one letter differs, and of which two do.
    pub(super) fn letters_apart(&self, missing: &str) -> [Vec<&'s str>; 2] {
        if !self.compares_letters || !is_compared(missing) {
            return Default::default();
        }
        let missing = Letters::of(missing);
        let mut found = [Vec::new(), Vec::new()];
        for at in self.about_as_long(&missing) {
            match missing.apart(&self.letters[at]) {
                Some(1) => found[0].push(at),
                Some(2) => found[1].push(at),
                _ => {}
            }
        }
        found.map(|found| self.in_order(found))
    }

    /// Whether no other id is so near to one.
    pub(super) fn is_alone(&self, id: &str, n: usize) -> bool {
        let letters = Letters::of(id);
        let mut others = self.about_as_long(&letters).filter(|&other| self.ids[other] != id);
        others.all(|other| letters.apart(&self.letters[other]).is_none_or(|apart| apart > n))
    }

    fn about_as_long(&self, letters: &Letters) -> impl Iterator<Item = usize> {
        let n = letters.chars.len();
        self.by_length.range(n.saturating_sub(2)..=n + 2).flat_map(|(_, ids)| ids).copied()
    }

    /// Of ids that are numbers, the greatest that is less than a number that is missing.
    pub(super) fn number_before(&self, missing: &str) -> Option<&'s str> {
        let wanted = number(missing)?;
        let at = self.numbers.partition_point(|(own, _)| *own < wanted);
        self.numbers[..at].last().map(|(_, id)| *id)
    }
}

/// Whether a missing id is neither so short that all are near to it, nor so long that nobody slipped over it.
fn is_compared(id: &str) -> bool {
    id.len() > FEWEST && id.len() <= LONGEST
}

fn number(id: &str) -> Option<u64> {
    id.bytes().all(|byte| byte.is_ascii_digit()).then(|| id.parse().ok())?
}

/// The words of an id as numbers, and what comes of its first and of its last ones.
struct Words {
    first: Vec<u64>,
    last: Vec<u64>,
    /// What each word in front counts for, by how many words follow.
    powers: Vec<u64>,
}

impl Words {
    fn of(id: &str) -> Self {
        /// Any large odd number.
        const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
        let words: Vec<u64> = words(id).map(hash).collect();
        let mut powers = vec![1_u64];
        let mut first = vec![0_u64];
        for (at, word) in words.iter().enumerate() {
            powers.push(powers[at].wrapping_mul(BASE));
            first.push(first[at].wrapping_mul(BASE).wrapping_add(*word));
        }
        let mut last = vec![0_u64; words.len() + 1];
        for at in (0..words.len()).rev() {
            last[at] = words[at].wrapping_mul(powers[words.len() - 1 - at]).wrapping_add(last[at + 1]);
        }
        Self { first, last, powers }
    }

    fn all(&self) -> u64 {
        self.last[0]
    }

    fn all_but_one(&self) -> impl Iterator<Item = u64> {
        let n = self.last.len() - 1;
        (0..n).map(move |at| {
            self.first[at].wrapping_mul(self.powers[n - 1 - at]).wrapping_add(self.last[at + 1])
        })
    }
}

fn hash(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// The words of an id.
pub(super) fn words(id: &str) -> impl Iterator<Item = &str> {
    id.split(['_', '-'])
}

/// An id, letter by letter.
#[derive(Debug, Default)]
struct Letters {
    chars: Vec<char>,
    /// A bit for each letter that is in it; some letters share one.
    kinds: u64,
}

impl Letters {
    fn of(id: &str) -> Self {
        let chars: Vec<char> = id.chars().collect();
        let kinds = chars.iter().fold(0, |kinds, &letter| kinds | 1 << (u32::from(letter) % 64));
        Self { chars, kinds }
    }

    /// How many letters are to be changed, added, left out or swapped with the next, if it is two at most.
    fn apart(&self, other: &Self) -> Option<usize> {
        const MOST: usize = 2;
        let (one, other_one) = (&self.chars, &other.chars);
        // A letter that is changed takes one kind away and brings another.
        if one.len().abs_diff(other_one.len()) > MOST
            || (self.kinds ^ other.kinds).count_ones() as usize > 2 * MOST
        {
            return None;
        }
        let begun = one.iter().zip(other_one).take_while(|(one, other)| one == other).count();
        let (one, other_one) = (&one[begun..], &other_one[begun..]);
        let ended =
            one.iter().rev().zip(other_one.iter().rev()).take_while(|(one, other)| one == other).count();
        within(&one[..one.len() - ended], &other_one[..other_one.len() - ended], MOST)
    }
}

/// The optimal string alignment distance, if it is `most` at most: only what lies so near to the diagonal is computed.
fn within(one: &[char], other: &[char], most: usize) -> Option<usize> {
    let far = most + 1;
    // The rows before the last one, the last one, and the next.
    let mut rows = [vec![far; other.len() + 1], vec![far; other.len() + 1], vec![far; other.len() + 1]];
    for (at, cell) in rows[1].iter_mut().enumerate().take(far) {
        *cell = at;
    }
    for (row, letter) in one.iter().enumerate() {
        let [before, last, next] = &mut rows;
        let from = (row + 1).saturating_sub(most);
        let to = (row + 1 + most).min(other.len());
        if let Some(left) = from.checked_sub(1) {
            next[left] = far;
        }
        let mut least = far;
        for at in from..=to {
            let mut cell = if at == 0 {
                row + 1
            } else {
                let replaced = last[at - 1] + usize::from(other[at - 1] != *letter);
                replaced.min(next[at - 1] + 1).min(last[at] + 1)
            };
            if row > 0 && at > 1 && one[row - 1] == other[at - 1] && other[at - 2] == *letter {
                cell = cell.min(before[at - 2] + 1);
            }
            next[at] = cell.min(far);
            least = least.min(cell);
        }
        if let Some(right) = next.get_mut(to + 1) {
            *right = far;
        }
        if least > most {
            return None;
        }
        rows.rotate_left(1);
    }
    let apart = rows[1][other.len()];
    (apart <= most).then_some(apart)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn letters_are_as_far_apart_as_by_the_whole_table(one in "[ab\u{e9}]{0,9}", other in "[ab\u{e9}]{0,9}") {
            let apart = Some(strsim::osa_distance(&one, &other)).filter(|&apart| apart <= 2);
            prop_assert_eq!(Letters::of(&one).apart(&Letters::of(&other)), apart, "{} {}", one, other);
        }

        #[test]
        fn a_slip_is_as_far_as_by_the_whole_table(id in "[0-9a-f]{6,12}", at in 0_usize..6, other in 0_usize..6) {
            let mut letters: Vec<char> = id.chars().collect();
            letters.swap(at, at + 1 - at / 5);
            letters.remove(other);
            let slipped: String = letters.into_iter().collect();
            let apart = Some(strsim::osa_distance(&id, &slipped)).filter(|&apart| apart <= 2);
            prop_assert_eq!(Letters::of(&id).apart(&Letters::of(&slipped)), apart, "{} {}", id, slipped);
        }
    }

    #[test]
    fn words_without_one_are_those_of_who_has_one_less() {
        let words = Words::of("a_b-c");
        let without: Vec<u64> = words.all_but_one().collect();
        assert_eq!(without, ["b_c", "a-c", "a_b"].map(|id| Words::of(id).all()));
    }
}
