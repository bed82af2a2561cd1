//! What a missing parent may have meant: a file name, a prefix, an id that other files tell of, a slip of one or two
//! letters.

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
type Kind<'s> = Vec<(&'s str, String)>;

/// The fewest letters by which an id is known, or in which a slip is seen.
const FEWEST: usize = 4;

/// Candidates for `missing`, nearest first.
pub fn candidates(scripts: &[Script], missing: &str) -> Vec<Candidate> {
    ranked(scripts, missing, Vec::new())
}

/// Candidates for `missing`, a parent of `child`, nearest first; its docstring may name one: `Revises: b5ac48000002`.
pub fn parent_candidates(scripts: &[Script], child: &Script, missing: &str) -> Vec<Candidate> {
    let mut near = ranked(scripts, missing, said_parents(scripts, child));
    near.retain(|candidate| Some(&*candidate.revision) != child.id());
    near
}

/// The parents that a docstring names and a file declares, although the code does not name them.
pub fn said_parents<'s>(scripts: &'s [Script], child: &Script) -> Kind<'s> {
    let (said, written) = (child.revises().unwrap_or_default(), child.down_revision.values());
    let is_meant = |id: &&str| said.contains(id) && !written.contains(id) && Some(*id) != child.id();
    let meant = scripts.iter().filter_map(Script::id).filter(is_meant);
    meant.map(|id| (id, format!("the docstring says `Revises: {id}`"))).collect()
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

/// Each kind of evidence, the strongest first; of a kind of which there are several, none is more than possible.
fn ranked<'s>(scripts: &'s [Script], missing: &str, said: Kind<'s>) -> Vec<Candidate> {
    let missing = missing.trim();
    let stem = missing.strip_suffix(".py").unwrap_or(missing);
    if stem.is_empty() && said.is_empty() {
        return Vec::new();
    }
    let by = |is: &dyn Fn(&Script, &str) -> bool, why: &str| -> Kind<'s> {
        let found = scripts.iter().filter_map(|script| Some((script, script.id()?)));
        found.filter(|(script, id)| is(script, id)).map(|(_, id)| (id, why.to_owned())).collect()
    };
    let is_long = stem.len() >= FEWEST;
    let is_begun =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(['_', '-']));
    let [one, two] = [1, 2].map(|n| letters_apart(scripts, missing, n));
    let kinds = [
        (
            Trust::Certain,
            by(&|script, _| script.path.stem() == stem, "it is declared in the file of that name"),
        ),
        (
            Trust::Certain,
            by(&|_, id| id.eq_ignore_ascii_case(missing), "it differs in spaces or in case only"),
        ),
        (
            if is_long { Trust::Certain } else { Trust::Possible },
            by(
                &|_, id| !stem.is_empty() && id.starts_with(missing),
                "it is the only revision that begins so",
            ),
        ),
        (
            Trust::Likely,
            by(
                &|script, _| is_long && script.path.stem().starts_with(stem),
                "it is declared in the only file whose name begins so",
            ),
        ),
        (
            Trust::Likely,
            by(&|_, id| id.len() >= FEWEST && is_begun(stem, id), "the missing id begins with it"),
        ),
        (
            Trust::Likely,
            by(
                &|script, _| says_its_id_is(script, missing),
                "its own docstring says `Revision ID:` with the id that is missing",
            ),
        ),
        (Trust::Likely, said),
        (Trust::Likely, words_apart(scripts, missing)),
        (slip(scripts, &one, 1), one),
        (slip(scripts, &two, 2), two),
        (Trust::Possible, number_before(scripts, missing).into_iter().collect()),
    ];
    let mut found: Vec<Candidate> = Vec::new();
    for (trust, kind) in kinds {
        let is_sole = kind.iter().all(|(id, _)| *id == kind[0].0);
        let trust = if is_sole { trust } else { Trust::Possible };
        for (id, why) in kind {
            match found.iter_mut().find(|own| own.revision == id) {
                Some(own) if own.trust >= trust => {}
                Some(own) => (own.why, own.trust) = (why, trust),
                None => found.push(Candidate { revision: id.to_owned(), why, trust }),
            }
        }
    }
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.trust));
    found
}

/// Whether a docstring gives its file another id than the code does, and it is this one.
fn says_its_id_is(script: &Script, id: &str) -> bool {
    let said = script.docstring.as_ref().and_then(|docstring| docstring.revision_id.as_ref());
    said.is_some_and(|(said, _)| !id.is_empty() && said == id) && script.id() != Some(id)
}

fn words_apart<'s>(scripts: &'s [Script], missing: &str) -> Kind<'s> {
    let ids = scripts.iter().filter_map(Script::id);
    ids.filter_map(|id| Some((id, one_word_apart(id, missing)?))).collect()
}

/// Whether one of two ids has one word more than the other, and which: `20251104_source_configs` and
/// `20251104_add_source_configs`.
fn one_word_apart(id: &str, missing: &str) -> Option<String> {
    let words = |id: &str| id.split(['_', '-']).map(ToOwned::to_owned).collect::<Vec<String>>();
    let (own, theirs) = (words(id), words(missing));
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

/// The ids that are so many letters from the missing one.
fn letters_apart<'s>(scripts: &'s [Script], missing: &str, n: usize) -> Kind<'s> {
    let letters = if n == 1 { "one letter differs" } else { "two letters differ" };
    let is_near = |id: &&str| missing.len() > FEWEST && strsim::osa_distance(id, missing) == n;
    scripts.iter().filter_map(Script::id).filter(is_near).map(|id| (id, letters.to_owned())).collect()
}

/// So many letters are a slip only where all other ids are further away: 0026 is no slip for 0027 where there is a 0028.
fn slip(scripts: &[Script], near: &Kind<'_>, n: usize) -> Trust {
    let mut others = near.iter().flat_map(|(id, _)| {
        scripts.iter().filter_map(Script::id).filter(move |other| other != id).map(move |other| (other, id))
    });
    let is_alone = others.all(|(other, id)| strsim::osa_distance(other, id) > n);
    if is_alone { Trust::Likely } else { Trust::Possible }
}

/// Of ids that are numbers, the greatest that is less than a number that is missing.
fn number_before<'s>(scripts: &'s [Script], missing: &str) -> Option<(&'s str, String)> {
    let number = |id: &str| id.bytes().all(|byte| byte.is_ascii_digit()).then(|| id.parse::<u64>().ok())?;
    let wanted = number(missing)?;
    let ids = scripts.iter().filter_map(|script| Some((number(script.id()?)?, script.id()?)));
    let before = ids.filter(|(own, _)| *own < wanted).max();
    before.map(|(_, id)| (id, "it is the number before".to_owned()))
}
