//! What databases have run where Alembic does not load the files: the history as it was before they broke.
//!
//! A database that stands above a hole was upgraded when there was none, so it has run what lay below. The history is known
//! where the files tell what stood there, or where closing the holes leaves one base and one head, as they must have been
//! once: then each hole has one place. What it rests on is told with it.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Scope, decide};
use super::order::{date, id_of, number};
use super::repair::Broken;
use crate::alembic::{Known, Reading, RevisionMap};
use crate::audited::Audited;
use crate::graph::RevisionIx;
use crate::text::listed;

/// A history that was.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its revisions, those too whose files are gone.
    pub map: RevisionMap,
    /// What is taken for so and stands in no file for certain, as clauses: `0027, whose file is gone, stood on 0026`.
    pub takes: Vec<String>,
}

/// What databases have run: the files as they are where Alembic loads them, else what they are taken to have been.
pub fn history<'a>(before: &'a Audited, past: Option<&'a Past>) -> Option<&'a RevisionMap> {
    before.reading.map().or_else(|| past.map(|past| &past.map))
}

impl Past {
    /// Whether a row is one of its ids; the beginning of one is none.
    pub(super) fn has(&self, row: &str) -> bool {
        self.map.revisions().any(|revision| revision.id == row)
    }

    /// What a database with these rows has run; nothing where one of them was none of its ids.
    pub(super) fn ran(&self, rows: &[&str]) -> Option<BTreeSet<String>> {
        let is_known = rows.iter().all(|row| self.has(row));
        let ran = self.map.at_or_below(rows).filter(|_| is_known)?;
        Some(ran.into_iter().map(str::to_owned).collect())
    }
}

/// The history of an environment that Alembic does not load; nothing where it does, or nobody can tell.
pub(super) fn past(broken: &Broken<'_>) -> Option<Past> {
    let (audited, sound) = (broken.audited(), broken.sound());
    let graph = &audited.graph;
    let is_told = matches!(audited.reading, Reading::Raises { .. })
        && broken.is_certain()
        && !broken.is_ambiguous()
        && graph.missing_dependencies().is_empty();
    if !is_told {
        return None;
    }
    let closed = decide(audited, sound, broken.order(), Scope::FaultyOnly);
    let closed: BTreeMap<usize, Vec<usize>> =
        closed.into_iter().map(|decision| (decision.ix, decision.parents)).collect();
    let (mut known, mut takes, mut n_by_place) = (Vec::new(), Vec::new(), 0);
    let mut gone: BTreeMap<&str, (Vec<String>, String)> = BTreeMap::new();
    for ix in graph.revisions() {
        let (at, id) = (ix.index(), graph.id(ix).to_owned());
        let on = closed.get(&at).unwrap_or(&sound.parents[at]);
        let on: Vec<String> = on.iter().map(|&on| id_of(audited, on).to_owned()).collect();
        let (missing, there): (Vec<RevisionIx>, Vec<RevisionIx>) =
            graph.parents(ix).into_iter().partition(|&parent| graph.is_ghost(parent));
        let why = sound.found[at].as_ref().map_or(String::new(), |found| format!(" ({found})"));
        let parents = match missing.as_slice() {
            _ if !sound.lost[at] => on,
            // What a revision was made of beside others has no place of its own.
            [lost] => {
                let lost = graph.id(*lost);
                if !there.is_empty() || gone.get(lost).is_some_and(|(other, _)| *other != on) {
                    return None;
                }
                n_by_place += usize::from(why.is_empty() && !gone.contains_key(lost));
                gone.insert(lost, (on, why));
                vec![lost.to_owned()]
            }
            [] => {
                n_by_place += usize::from(why.is_empty());
                takes.push(format!("{id} {}{why}", stood(&on)));
                on
            }
            _ => return None,
        };
        let stays = |on: &RevisionIx| sound.before[at].contains(&on.index());
        let depends_on = graph.dependencies(ix).into_iter().filter(stays);
        let depends_on = depends_on.map(|on| graph.id(on).to_owned()).collect();
        known.push(Known { id, parents, depends_on });
    }
    // The parts between several holes follow one another by age.
    let is_ordered = || {
        audited.scripts.iter().all(|own| date(own).is_some())
            || audited.scripts.iter().all(|own| number(own).is_some())
    };
    if n_by_place > 1 && !is_ordered() {
        return None;
    }
    for (id, (parents, why)) in gone {
        takes.push(format!("{id}, whose file is gone, {}{why}", stood(&parents)));
        known.push(Known { id: id.to_owned(), parents, depends_on: Vec::new() });
    }
    let map = RevisionMap::of(known)?;
    let is_one = map.real_heads().len() == 1 && map.bases().len() == 1;
    (n_by_place == 0 || is_one).then_some(Past { map, takes })
}

fn stood(on: &[String]) -> String {
    if on.is_empty() { "was the first".to_owned() } else { format!("stood on {}", listed(on)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::audit_again;
    use crate::rules::fixture::{audited, project};

    /// What is taken for so, and what a database at `d` has run; nothing where nobody can tell.
    fn told(migrations: &str) -> Option<String> {
        let tree = project(migrations);
        let audit = audited(&tree);
        let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
        let past = past(&Broken::new(&tree, &audit, &again, 0))?;
        let ran: Vec<_> = past.map.at_or_below(&["d"])?.into_iter().collect();
        Some(format!("{}: {}", past.takes.join("; "), ran.join(" ")))
    }

    #[test]
    fn above_a_hole_all_has_run_that_lies_below_its_place() {
        let told = |migrations| told(migrations).expect("there is one");
        assert_eq!(
            told("a: a <- None\nb: b <- 'a'\nd: d <- 'gone'\ne: e <- 'd'"),
            "gone, whose file is gone, stood on b: a b d gone"
        );
        assert_eq!(told("b: b <- 'gone'\nd: d <- 'b'"), "gone, whose file is gone, was the first: b d gone");
        assert_eq!(told("a: a <- None\nb: b <- 'a'\nd: d <- 'd'"), "d stood on b: a b d");
        assert_eq!(
            told("1_a: a <- None\n3_b: b <- '2'\n5_d: d <- '4'"),
            "2, whose file is gone, stood on a; 4, whose file is gone, stood on b: 2 4 a b d"
        );
        // What begins as one that came later, or is one letter away, was itself there.
        assert_eq!(
            told("a: zzz0 <- None\nb: items <- 'ddd1'\nd: d <- 'items'\ne: ddd1_more <- 'd'"),
            "ddd1, whose file is gone, stood on zzz0: d ddd1 items zzz0"
        );
        let near = told("a: add_user <- None\nd: d <- 'add_users'");
        assert!(near.starts_with("add_users, whose file is gone, stood on add_user ("), "{near}");
        assert!(near.ends_with(": add_user add_users d"), "{near}");
        // What can only have meant another one never was.
        assert_eq!(
            told("a: 2ca607eff9c8 <- None\nd: d <- '2ca607'\ne: e <- 'e'"),
            "e stood on d: 2ca607eff9c8 d"
        );
    }

    #[test]
    fn the_beginning_of_an_id_is_no_row() {
        let tree = project("a: a <- None\nd: d <- 'gone'");
        let audit = audited(&tree);
        let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
        let past = past(&Broken::new(&tree, &audit, &again, 0)).expect("there is one");
        assert!(past.has("gone") && !past.has("gon"));
        assert_eq!((past.ran(&["d"]).map(|ran| ran.len()), past.ran(&["gon"])), (Some(3), None));
    }

    #[test]
    fn there_is_none_where_a_hole_has_several_places() {
        for migrations in [
            // They load: what lies below has run.
            "a: a <- None\nd: d <- 'a'",
            "a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- 'gone'",
            "a: a <- None\nb: b <- None\nd: d <- 'gone'",
            "a: a <- None\nd: d <- ('a', 'gone')",
            // Nothing says which part comes first.
            "a: a <- None\nb: b <- 'gone'\nd: d <- 'lost'",
            "a: a <- None\nb: a <- None\nd: d <- 'gone'",
            "a: a <- None\nb: b <- make()\nd: d <- 'gone'",
        ] {
            assert_eq!(told(migrations), None, "{migrations}");
        }
    }
}
