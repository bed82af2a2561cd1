//! What a missing parent may have meant: a file name, a prefix, an id that other files tell of, a slip of one or two
//! letters.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::missing_parent_index::{Index, words};
use crate::source::Script;

/// How far a candidate is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Others are as near.
    Possible,
    /// It is the only one of its kind.
    Likely,
    /// Nothing else can have been meant.
    Certain,
}

/// A revision that a missing id may have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The revision.
    pub revision: String,
    /// Why, as a clause: `it is the only revision that begins so`.
    pub why: String,
    /// How far it is to be trusted.
    pub trust: Trust,
}

/// Revisions of one kind of evidence, each with why.
type Kind<'s> = Vec<(&'s str, Cow<'static, str>)>;

/// The fewest letters by which an id is known, or in which a slip is seen.
pub(super) const FEWEST: usize = 4;

/// The ids of an environment's scripts, among which those that are missing may have meant one. What is found is kept: many
/// may name the same one.
#[derive(Debug)]
pub struct Ids<'s> {
    scripts: &'s [Script],
    index: OnceCell<Index<'s>>,
    found: RefCell<BTreeMap<String, Rc<Kinds<'s>>>>,
}

/// All kinds of evidence for one id, the strongest first.
#[derive(Debug)]
struct Kinds<'s> {
    /// What is stronger than a docstring that names a parent.
    before: Vec<(Trust, Kind<'s>)>,
    after: Vec<(Trust, Kind<'s>)>,
}

impl<'s> Ids<'s> {
    /// Those of all scripts of an environment.
    pub fn of(scripts: &'s [Script]) -> Self {
        Self { scripts, index: OnceCell::new(), found: RefCell::default() }
    }

    fn index(&self) -> &Index<'s> {
        self.index.get_or_init(|| Index::of(self.scripts))
    }

    /// Whether slips of letters were looked for; where too many ids are missing, they are not.
    pub fn knows_slips(&self) -> bool {
        self.index().compares_letters
    }

    /// Candidates for `missing`, nearest first.
    pub fn candidates(&self, missing: &str) -> Vec<Candidate> {
        self.ranked(missing, Vec::new())
    }

    /// Candidates for `missing`, a parent of `child`, nearest first; its docstring may name one: `Revises: b5ac48000002`.
    pub fn parent_candidates(&self, child: &Script, missing: &str) -> Vec<Candidate> {
        let mut near = self.ranked(missing, self.said_parents(child));
        near.retain(|candidate| Some(&*candidate.revision) != child.id());
        near
    }

    /// The parents that a docstring names and a file declares, although the code does not name them.
    pub fn said_parents(&self, child: &Script) -> Kind<'s> {
        let said = child.revises().unwrap_or_default();
        if said.is_empty() {
            return Vec::new();
        }
        let written: BTreeSet<&str> = child.down_revision.values().into_iter().collect();
        let meant = said.into_iter().filter(|id| !written.contains(id) && Some(*id) != child.id());
        let meant = self.index().declared(meant).into_iter();
        meant.map(|id| (id, format!("the docstring says `Revises: {id}`").into())).collect()
    }

    /// Each kind of evidence, the strongest first; of a kind of which there are several, none is more than possible.
    fn ranked(&self, missing: &str, said: Kind<'s>) -> Vec<Candidate> {
        let missing = missing.trim();
        if missing.strip_suffix(".py").unwrap_or(missing).is_empty() && said.is_empty() {
            return Vec::new();
        }
        let known = self.found.borrow().get(missing).cloned();
        let kinds = known.unwrap_or_else(|| {
            let kinds = Rc::new(Kinds::of(self.index(), missing));
            self.found.borrow_mut().insert(missing.to_owned(), Rc::clone(&kinds));
            kinds
        });
        let said = (Trust::Likely, said);
        let mut found: Vec<Candidate> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (trust, kind) in kinds.before.iter().chain([&said]).chain(&kinds.after) {
            let is_sole = kind.iter().all(|(id, _)| *id == kind[0].0);
            let trust = if is_sole { *trust } else { Trust::Possible };
            for (id, why) in kind {
                match places.get(id).map(|&at| &mut found[at]) {
                    Some(own) if own.trust >= trust => {}
                    Some(own) => (own.why, own.trust) = (why.to_string(), trust),
                    None => {
                        places.insert(id, found.len());
                        found.push(Candidate { revision: (*id).to_owned(), why: why.to_string(), trust });
                    }
                }
            }
        }
        found.sort_by_key(|candidate| std::cmp::Reverse(candidate.trust));
        found
    }
}

impl<'s> Kinds<'s> {
    fn of(index: &Index<'s>, missing: &str) -> Self {
        let stem = missing.strip_suffix(".py").unwrap_or(missing);
        let is_long = stem.len() >= FEWEST;
        let by = |found: Vec<&'s str>, why: &'static str| -> Kind<'s> {
            found.into_iter().map(|id| (id, why.into())).collect()
        };
        let begun = if stem.is_empty() { Vec::new() } else { index.that_begin(missing) };
        let begun_file = if is_long { index.with_stem_that_begins(stem) } else { Vec::new() };
        let [one, two] = index.letters_apart(missing);
        let [slip, slips] = [(&one, 1), (&two, 2)].map(|(near, n)| slip(index, near, n));
        let before = vec![
            (Trust::Certain, by(index.with_stem(stem), "it is declared in the file of that name")),
            (Trust::Certain, by(index.in_any_case(missing), "it differs in spaces or in case only")),
            (
                if is_long { Trust::Certain } else { Trust::Possible },
                by(begun, "it is the only revision that begins so"),
            ),
            (Trust::Likely, by(begun_file, "it is declared in the only file whose name begins so")),
            (Trust::Likely, by(index.that_are_begun(stem), "the missing id begins with it")),
            (
                Trust::Likely,
                by(
                    index.said_to_be(missing),
                    "its own docstring says `Revision ID:` with the id that is missing",
                ),
            ),
        ];
        let after = vec![
            (Trust::Likely, words_apart(index, missing)),
            (slip, by(one, "one letter differs")),
            (slips, by(two, "two letters differ")),
            (
                Trust::Possible,
                by(index.number_before(missing).into_iter().collect(), "it is the number before"),
            ),
        ];
        Self { before, after }
    }
}

/// Candidates for `missing`, nearest first.
pub fn candidates(scripts: &[Script], missing: &str) -> Vec<Candidate> {
    Ids::of(scripts).candidates(missing)
}

/// Candidates for `missing`, a parent of `child`, nearest first.
pub fn parent_candidates(scripts: &[Script], child: &Script, missing: &str) -> Vec<Candidate> {
    Ids::of(scripts).parent_candidates(child, missing)
}

/// The one candidate that must have been meant, if there is one.
pub fn certain_candidate(candidates: &[Candidate]) -> Option<&Candidate> {
    let mut certain = candidates.iter().filter(|candidate| candidate.trust == Trust::Certain);
    let first = certain.next()?;
    certain.next().is_none().then_some(first)
}

/// The one that was meant as far as the files tell, if they do.
pub fn likely_candidate(candidates: &[Candidate]) -> Option<&Candidate> {
    match candidates.first()?.trust {
        Trust::Certain => certain_candidate(candidates),
        Trust::Likely => candidates.first(),
        Trust::Possible => None,
    }
}

fn words_apart<'s>(index: &Index<'s>, missing: &str) -> Kind<'s> {
    let ids = index.one_word_apart(missing).into_iter();
    ids.filter_map(|id| Some((id, one_word_apart(id, missing)?.into()))).collect()
}

/// Whether one of two ids has one word more than the other, and which: `20251104_source_configs` and
/// `20251104_add_source_configs`.
fn one_word_apart(id: &str, missing: &str) -> Option<String> {
    let (own, theirs): (Vec<&str>, Vec<&str>) = (words(id).collect(), words(missing).collect());
    let (longer, shorter) = if own.len() > theirs.len() { (&own, &theirs) } else { (&theirs, &own) };
    if shorter.len() < 2 || longer.len() != shorter.len() + 1 {
        return None;
    }
    let at = longer.iter().zip(shorter).take_while(|(one, other)| one == other).count();
    if longer[at + 1..] != shorter[at..] {
        return None;
    }
    let which = if own.len() > theirs.len() { "more" } else { "less" };
    Some(format!("it has one word {which}, `{}`", longer[at]))
}

/// So many letters are a slip only where all other ids are further away: 0026 is no slip for 0027 where there is a 0028.
fn slip(index: &Index<'_>, near: &[&str], n: usize) -> Trust {
    match near {
        [id] if index.is_alone(id, n) => Trust::Likely,
        _ => Trust::Possible,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::fixture::scripts;

    /// Whether each is found that a look at every id finds.
    fn is_as_by_a_look_at_each(ids: &[String], missing: &str) -> bool {
        let files: Vec<String> = ids.iter().map(|id| format!("{id}:")).collect();
        let scripts = scripts(&files.join("; "));
        let near = candidates(&scripts, missing);
        ids.iter().all(|id| {
            let apart = strsim::osa_distance(id, missing);
            let is_near = id.starts_with(missing)
                || id.eq_ignore_ascii_case(missing)
                || id.len() >= FEWEST
                    && missing.strip_prefix(&**id).is_some_and(|rest| rest.starts_with(['_', '-']))
                || one_word_apart(id, missing).is_some()
                || missing.len() > FEWEST && (1..3).contains(&apart);
            is_near == near.iter().any(|candidate| candidate.revision == *id)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_are_found_that_a_look_at_each_finds(
            ids in proptest::collection::btree_set("[ab]{1,3}(_[ab]{1,2}){0,3}", 2..12),
            missing in "[abB]{1,3}(_[ab]{1,2}){0,3}",
        ) {
            let ids: Vec<String> = ids.into_iter().filter(|id| *id != missing).collect();
            prop_assert!(is_as_by_a_look_at_each(&ids, &missing), "{:?} {}", ids, missing);
        }
    }

    #[test]
    fn no_letters_are_compared_where_too_many_ids_are_missing() {
        let line = |n: usize, parent: &str| {
            let files: Vec<String> = (0..n).map(|at| format!("revision{at:04}:{parent}{at:04}")).collect();
            scripts(&files.join("; "))
        };
        let told = |scripts: &[Script]| {
            let ids = Ids::of(scripts);
            (ids.knows_slips(), ids.candidates("revisian0007").len())
        };
        assert_eq!(told(&line(40, "revisian")), (true, 13));
        assert_eq!(told(&line(1000, "revisian")), (false, 0));
        // One that is missing may be named by many.
        let many: Vec<String> = (0..1000).map(|at| format!("revision{at:04}:revisian0007")).collect();
        assert_eq!(told(&scripts(&many.join("; "))), (true, 29));
    }
}
