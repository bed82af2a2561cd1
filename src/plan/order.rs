//! The order of a single chain.
//!
//! It keeps what is sound (parents and dependencies), runs each migration after what it needs and before what takes that
//! away, rewrites as few files as that allows, and moves the smaller side ([`super::cheapest`]). What is still free then goes
//! by create date, by the numbers that ids and file names begin with, and by file name.

use std::collections::BTreeSet;

use super::cheapest::{Loose, cheapest};
use super::cut::{Loops, peel};
use crate::audited::Audited;
use crate::graph::RevisionIx;
use crate::source::Script;

/// The graph that is put in order; revisions are numbered as in the environment's graph.
pub(super) struct Sound {
    /// The parents that stay, of each revision; empty for ghosts.
    pub(super) parents: Vec<Vec<usize>>,
    /// What must come before, of each revision: the parents, and what it depends on.
    pub(super) before: Vec<Vec<usize>>,
    /// Whether a parent that the file names is not among `parents`, or one that it does not name is.
    pub(super) faulty: Vec<bool>,
    /// Whether a parent that the file names is gone from `parents`, and not only written in full there.
    pub(super) lost: Vec<bool>,
    /// What a parent that was found again goes by: `the docstring says ...`.
    pub(super) found: Vec<Option<String>>,
    /// Which numbers are revisions and no ghosts.
    pub(super) declared: Vec<bool>,
}

/// The order: every declared revision once, everything after what must come before it.
pub(super) fn order(audited: &Audited, sound: &Sound) -> Vec<usize> {
    cheapest_order(audited, sound, &bound(audited, sound), &[])
}

/// The same, by what is [`bound`]; some are left as they are, if any order does that.
pub(super) fn cheapest_order(
    audited: &Audited,
    sound: &Sound,
    before: &[Vec<usize>],
    kept: &[usize],
) -> Vec<usize> {
    let liked = by_age(audited, sound);
    cheapest(&Loose { parents: &sound.parents, before, faulty: &sound.faulty, kept, liked: &liked })
}

/// What must come before, of each revision: what is sound, and what goes before by what the migrations do, where the files
/// do not say otherwise.
pub(super) fn bound(audited: &Audited, sound: &Sound) -> Vec<Vec<usize>> {
    let ix_of = revision_of(audited);
    let mut bound = sound.before.clone();
    let places = places(&sound.before);
    for prerequisite in audited.account.prerequisites() {
        let index = |script: usize| ix_of[script].map(RevisionIx::index);
        if let (Some(ix), Some(on)) = (index(prerequisite.script), index(prerequisite.on))
            && !bound[ix].contains(&on)
            && !comes_before(&sound.before, &places, ix, on)
        {
            bound[ix].push(on);
        }
    }
    // Those that go round in a loop bind nobody.
    let mut loops = Loops::of(&bound);
    while let Some(found) = loops.next(&bound) {
        for (&ix, &earlier) in found.iter().zip(found.iter().cycle().skip(1)) {
            loops.remove(&mut bound, ix, |on| on == earlier && !sound.before[ix].contains(&on));
        }
    }
    bound
}

/// The place of each revision where all are in order.
pub(super) fn places(before: &[Vec<usize>]) -> Vec<usize> {
    let mut places = vec![usize::MAX; before.len()];
    peel(before).0.into_iter().enumerate().for_each(|(place, ix)| places[ix] = place);
    places
}

/// Whether one revision must come before another. What comes before it by its place leads nowhere.
pub(super) fn comes_before(before: &[Vec<usize>], places: &[usize], earlier: usize, later: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![later];
    while let Some(ix) = open.pop() {
        if ix == earlier {
            return true;
        }
        let may_lead = |below: &usize| places[*below] >= places[earlier];
        open.extend(before[ix].iter().copied().filter(may_lead).filter(|&below| seen.insert(below)));
    }
    false
}

/// Every declared revision, oldest first as far as the files tell. One without a date is as old as what follows it.
fn by_age(audited: &Audited, sound: &Sound) -> Vec<usize> {
    let script = |ix: usize| script_of(audited, ix).map(|at| &audited.scripts[at]);
    let own: Vec<Option<&str>> = (0..sound.before.len()).map(|ix| script(ix).and_then(date)).collect();
    let mut dates = own.clone();
    for &ix in peel(&sound.before).0.iter().rev() {
        for &earlier in sound.before[ix].iter().filter(|&&earlier| own[earlier].is_none()) {
            dates[earlier] = dates[earlier].into_iter().chain(dates[ix]).min();
        }
    }
    let mut all: Vec<usize> = (0..own.len()).filter(|&ix| sound.declared[ix]).collect();
    let age = |&ix: &usize| {
        let number = script(ix).and_then(number);
        let path = script(ix).map(|script| &script.path);
        (dates[ix].is_none(), dates[ix], number.is_none(), number, path, ix)
    };
    all.sort_by_key(age);
    all
}

/// The create date, if it is written so that dates can be compared.
pub(super) fn date(script: &Script) -> Option<&str> {
    script.create_date().filter(|date| date.bytes().take_while(u8::is_ascii_digit).count() == 4)
}

/// The number that an id or else a file name begins with: `0027`, `0027_add_users`.
pub(super) fn number(script: &Script) -> Option<u64> {
    let begins = |text: &str| text.split(|c: char| !c.is_alphanumeric()).next()?.parse().ok();
    script.id().and_then(begins).or_else(|| begins(script.path.stem()))
}

/// The revision that each script is, in the order of scripts; none where Alembic loses it to another one.
pub(super) fn revision_of(audited: &Audited) -> Vec<Option<RevisionIx>> {
    let mut revisions = vec![None; audited.scripts.len()];
    for ix in audited.graph.revisions() {
        if let Some(script) = audited.graph.node(ix).script {
            revisions[script] = Some(ix);
        }
    }
    revisions
}

/// The id of a revision.
pub(super) fn id_of(audited: &Audited, ix: usize) -> &str {
    audited.graph.by_index(ix).map_or("", |ix| audited.graph.id(ix))
}

/// The script of a revision.
pub(super) fn script_of(audited: &Audited, ix: usize) -> Option<usize> {
    audited.graph.by_index(ix).and_then(|ix| audited.graph.node(ix).script)
}
