//! Laws of the single chain, over made folders small enough to try out every order.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use crate::audited::Audited;
use crate::plan::chain::{Scope, decide};
use crate::plan::cut;
use crate::plan::order::{Sound, bound, order};
use crate::rules::fixture::{audited, bodies};

/// One revision: its parents among the earlier ones, what is wrong with it, and of which others it uses the table.
type Revision = (Vec<usize>, Fault, Vec<usize>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Missing,
    Itself,
    /// It names a later one too.
    Later(usize),
}

fn revision() -> impl Strategy<Value = Revision> {
    let fault = prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::Missing),
        1 => Just(Fault::Itself),
        1 => (0_usize..9).prop_map(Fault::Later),
    ];
    let parents = proptest::collection::vec(0_usize..9, 0..3);
    // Merges of three and more lose parents, whatever the order.
    let parents = parents.prop_map(|parents| parents.into_iter().take(2).collect());
    (parents, fault, proptest::collection::vec(0_usize..9, 0..2))
}

fn folder(revisions: &[Revision]) -> crate::ingest::SourceTree {
    let n = revisions.len();
    let written: Vec<_> = revisions
        .iter()
        .enumerate()
        .map(|(at, (parents, fault, uses))| {
            let mut names: BTreeSet<String> = parents
                .iter()
                .filter(|_| at > 0)
                .map(|parent| format!("'r{}'", parent % at.max(1)))
                .collect();
            let more = match fault {
                Fault::None => None,
                Fault::Missing => Some("'lost_without_a_trace'".to_owned()),
                Fault::Itself => Some(format!("'r{at}'")),
                Fault::Later(later) => {
                    (at + 1 < n).then(|| format!("'r{}'", at + 1 + later % (n - at - 1).max(1)))
                }
            };
            if names.len() == 2 && more.is_some() {
                names.pop_last();
            }
            names.extend(more);
            let parents = if names.is_empty() {
                "None".to_owned()
            } else {
                format!("({},)", names.into_iter().collect::<Vec<_>>().join(", "))
            };
            let mut body = format!("op.create_table('t{at}', sa.Column('id', sa.Integer()))");
            for table in uses.iter().map(|other| other % n).filter(|&other| other != at) {
                write!(body, "; op.add_column('t{table}', sa.Column('c{at}', sa.Integer()))")
                    .expect("it is text");
            }
            (format!("r{at}"), parents, body)
        })
        .collect();
    let written: Vec<_> =
        written.iter().map(|(id, parents, body)| (&**id, &**parents, &**body, "pass")).collect();
    bodies(&written)
}

/// How many files an order rewrites.
fn n_files(audited: &Audited, sound: &Sound, order: &[usize]) -> usize {
    decide(audited, sound, order, Scope::Whole).len()
}

/// The fewest files over every order that keeps what must come before.
fn fewest(audited: &Audited, sound: &Sound, before: &[Vec<usize>], begun: &mut Vec<usize>) -> usize {
    let is_next = |ix: &usize| {
        sound.declared[*ix]
            && !begun.contains(ix)
            && before[*ix].iter().all(|earlier| begun.contains(earlier))
    };
    let next: Vec<usize> = (0..before.len()).filter(is_next).collect();
    if next.is_empty() {
        return n_files(audited, sound, begun);
    }
    let mut best = usize::MAX;
    for ix in next {
        begun.push(ix);
        best = best.min(fewest(audited, sound, before, begun));
        begun.pop();
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_allowed_order_rewrites_fewer_files(revisions in proptest::collection::vec(revision(), 1..10)) {
        let audit = audited(&folder(&revisions));
        let audited = &audit.environments[0];
        let sound = cut::sound(audited);
        let before = bound(audited, &sound);
        let found = order(audited, &sound);
        for (at, ix) in found.iter().enumerate() {
            prop_assert!(before[*ix].iter().all(|earlier| found[..at].contains(earlier)), "{:?}", found);
        }
        let n = n_files(audited, &sound, &found);
        prop_assert_eq!(n, fewest(audited, &sound, &before, &mut Vec::new()), "{:?}", found);
    }
}
