//! What a missing parent may have meant: a file name, a prefix, a slip of one or two letters.

use crate::source::Script;

/// A revision that a missing id may have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The revision.
    pub revision: String,
    /// Why, as a clause: `it is the only revision that begins so`.
    pub why: String,
    /// Whether nothing else can have been meant.
    pub certain: bool,
}

/// Candidates for `missing`, nearest first.
pub fn candidates(scripts: &[Script], missing: &str) -> Vec<Candidate> {
    let missing = missing.trim();
    if missing.is_empty() {
        return Vec::new();
    }
    let stem = missing.strip_suffix(".py").unwrap_or(missing);
    let mut found = Vec::new();
    for script in scripts {
        let Some(id) = script.id() else { continue };
        if script.path.stem() == stem {
            found.push((0, candidate(id, "it is declared in the file of that name", true)));
        } else if id == missing || id.eq_ignore_ascii_case(missing) {
            found.push((1, candidate(id, "it differs in spaces or in case only", true)));
        }
    }
    let begins: Vec<_> = scripts.iter().filter_map(Script::id).filter(|id| id.starts_with(missing)).collect();
    match begins.as_slice() {
        [only] if missing.len() >= 4 => {
            found.push((2, candidate(only, "it is the only revision that begins so", true)));
        }
        many => found.extend(many.iter().map(|id| (3, candidate(id, "it begins so", false)))),
    }
    for id in scripts.iter().filter_map(Script::id) {
        if let Some(why) = one_word_apart(id, missing) {
            found.push((3, candidate(id, &why, false)));
        }
        let distance = strsim::osa_distance(id, missing);
        if distance <= 2 && missing.len() > 4 {
            let letters = if distance == 1 { "one letter differs" } else { "two letters differ" };
            found.push((3 + distance, candidate(id, letters, false)));
        }
    }
    found.extend(
        number_before(scripts, missing).map(|id| (6, candidate(id, "it is the number before", false))),
    );
    found.sort_by(|a, b| (a.0, &a.1.revision).cmp(&(b.0, &b.1.revision)));
    let mut seen = std::collections::BTreeSet::new();
    found.into_iter().map(|(_, candidate)| candidate).filter(|c| seen.insert(c.revision.clone())).collect()
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

/// Of ids that are numbers, the greatest that is less than a number that is missing.
fn number_before<'s>(scripts: &'s [Script], missing: &str) -> Option<&'s str> {
    let number = |id: &str| id.bytes().all(|byte| byte.is_ascii_digit()).then(|| id.parse::<u64>().ok())?;
    let wanted = number(missing)?;
    let ids = scripts.iter().filter_map(|script| Some((number(script.id()?)?, script.id()?)));
    ids.filter(|(own, _)| *own < wanted).max().map(|(_, id)| id)
}

/// The one candidate that must have been meant, if there is one.
pub fn certain_candidate(candidates: &[Candidate]) -> Option<&Candidate> {
    let mut certain = candidates.iter().filter(|candidate| candidate.certain);
    let first = certain.next()?;
    certain.next().is_none().then_some(first)
}

fn candidate(revision: &str, why: &str, certain: bool) -> Candidate {
    Candidate { revision: revision.to_owned(), why: why.to_owned(), certain }
}
