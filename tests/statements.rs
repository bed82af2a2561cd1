//! One statement at a time: small schemas and a few statements on them, on real databases and in the virtual schema.
//!
//! `RECHAIN_SEED` begins elsewhere, `RECHAIN_FULL` goes on for an hour, and `RECHAIN_MINUTES` says how long instead. Each
//! difference is printed with its seed, the fewest pieces that show it, and both sides, and before them what no form writes
//! and how many failures are not compared, each with the reason.

mod forms;
mod judge;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use forms::{Case, LEFT_OUT, case};
use judge::statements::{Apart, Asked, BEYOND, Followed, Found, Statements};
use judge::{full, python_with_databases, repository};
use rechain::schema::Dialect;
use serde::Deserialize;

/// So many cases are asked about, on each database, where nothing else is said.
const CASES: u64 = 400;

/// So many differences of a kind are shown.
const SHOWN: usize = 3;

/// Where the cases begin, and when they end.
struct Budget {
    seed: u64,
    until: Option<Instant>,
}

impl Budget {
    fn of_this_run() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse().ok());
        let minutes = number("RECHAIN_MINUTES").or(full().then_some(60));
        let until = minutes.map(|minutes| Instant::now() + Duration::from_secs(minutes * 60));
        Self { seed: number("RECHAIN_SEED").unwrap_or(1) << 32, until }
    }

    fn seeds(&self) -> impl Iterator<Item = u64> + '_ {
        (self.seed..).take_while(|seed| match self.until {
            Some(until) => Instant::now() < until,
            None => seed - self.seed < CASES,
        })
    }
}

/// What came of the cases of one form.
#[derive(Default)]
struct Tally {
    asked: usize,
    failed: usize,
    uncertain: usize,
    apart: usize,
}

fn pieces(case: &Case) -> Vec<&str> {
    case.pieces.iter().map(|piece| piece.text.as_str()).collect()
}

fn run(statements: &mut Statements, case: &Case, look: usize) -> (Found, Option<(usize, String)>) {
    let pieces = pieces(case);
    let asked = Asked { dialect: case.dialect, convention: case.convention, pieces: &pieces, look };
    let answer = statements.ask(asked);
    let found = Followed::of(asked).compare(&answer, look);
    let failure =
        answer.failure.map(|real| (real.at, format!("{}: {}: {}", real.kind, real.class, real.message)));
    (found, failure)
}

/// The fewest pieces that show the same kind of difference.
fn shrunk(statements: &mut Statements, mut case: Case, kind: &str) -> (Case, Found, Option<(usize, String)>) {
    let shows = |found: &Found| found.apart.first().is_some_and(|apart| apart.kind == kind);
    let mut last = run(statements, &case, 0);
    let mut at = case.pieces.len();
    while at > 0 {
        at -= 1;
        let mut fewer = case.clone();
        fewer.pieces.remove(at);
        if fewer.pieces.is_empty() {
            continue;
        }
        let found = run(statements, &fewer, 0);
        if shows(&found.0) {
            (case, last) = (fewer, found);
            at = at.min(case.pieces.len());
        }
    }
    (case, last.0, last.1)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    case: Vec<FixedCase>,
}

/// A case of `tests/statements.toml`, which says what its fields are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FixedCase {
    kind: String,
    #[serde(default)]
    convention: BTreeMap<String, String>,
    pieces: Vec<String>,
    ends: String,
}

#[test]
fn the_kinds_that_were_wrong_are_right() {
    let text = std::fs::read_to_string(repository("tests/statements.toml")).expect("the list is there");
    let cases = toml::from_str::<Fixed>(&text).expect("the list is right").case;
    let test = "the_kinds_that_were_wrong_are_right";
    let mut statements = python_with_databases(test).map(|python| Statements::start(&python));
    let mut problems = Vec::new();
    for FixedCase { kind, convention, pieces, ends } in &cases {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let convention: Vec<_> = convention.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        let asked = Asked { dialect: Dialect::Postgresql, convention: &convention, pieces: &pieces, look: 0 };
        let followed = Followed::of(asked);
        if followed.ends() != *ends {
            problems.push(format!(
                "{kind}: {}, and really {ends}\n  {}",
                followed.ends(),
                pieces.join("\n  ")
            ));
        }
        let Some(statements) = &mut statements else { continue };
        let answer = statements.ask(asked);
        let found = followed.compare(&answer, 0);
        if answer.ends() != *ends || !found.apart.is_empty() || found.uncertain > 0 {
            problems.push(format!("{kind}: really {}, listed {ends}: {found:?}", answer.ends()));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_statement_does_what_it_does_on_a_real_database() {
    let Some(python) = python_with_databases("every_statement_does_what_it_does_on_a_real_database") else {
        return;
    };
    let mut statements = Statements::start(&python);
    let budget = Budget::of_this_run();
    let mut kinds: BTreeMap<(Dialect, String), usize> = BTreeMap::new();
    let mut forms: BTreeMap<(Dialect, &str), Tally> = BTreeMap::new();
    let mut shown = String::new();
    let (mut n, mut n_pieces, mut in_doubt, mut things, mut uncertain) = (0, 0, 0, 0, 0);
    let mut beyond = [0; BEYOND.len()];
    for seed in budget.seeds() {
        for dialect in [Dialect::Sqlite, Dialect::Postgresql] {
            let case = case(seed, dialect);
            let (found, failure) = run(&mut statements, &case, case.n_setup.saturating_sub(1));
            n += 1;
            let ended = failure.as_ref().map_or(case.pieces.len(), |(at, _)| at + 1);
            in_doubt += usize::from(found.in_doubt);
            found.beyond.iter().for_each(|at| beyond[*at] += 1);
            things += found.things;
            uncertain += found.uncertain;
            let mut was_certain = found.certain_after.first().copied().unwrap_or(true);
            for (at, piece) in case.pieces.iter().enumerate().take(ended).skip(case.n_setup) {
                n_pieces += 1;
                let tally = forms.entry((dialect, piece.form)).or_default();
                tally.asked += 1;
                tally.failed += usize::from(failure.as_ref().is_some_and(|(failed, _)| *failed == at));
                tally.apart += usize::from(found.at == Some(at));
                let is_certain =
                    found.certain_after.get(at + 1 - case.n_setup.max(1)).copied().unwrap_or(true);
                tally.uncertain += usize::from(was_certain && !is_certain);
                was_certain &= is_certain;
            }
            let Some(Apart { kind, .. }) = found.apart.first() else { continue };
            let of_kind = kinds.entry((dialect, kind.clone())).or_default();
            *of_kind += 1;
            if *of_kind > SHOWN {
                continue;
            }
            let (case, found, failure) = shrunk(&mut statements, case, kind);
            let _ = writeln!(shown, "\n{seed} {}: {kind}", dialect.title());
            for apart in &found.apart {
                let _ = writeln!(shown, "  {}: {}", apart.kind, apart.words);
            }
            if !case.convention.is_empty() {
                let _ = writeln!(shown, "  with the convention");
            }
            for (at, piece) in case.pieces.iter().enumerate() {
                let mark = if found.at == Some(at) { '>' } else { ' ' };
                let _ = writeln!(shown, "  {mark} {}", piece.text.replace('\n', "\n    "));
            }
            let _ = writeln!(
                shown,
                "  really: {}",
                failure.map_or("it runs".to_owned(), |(at, words)| format!("{at}: {words}"))
            );
        }
    }
    println!("form | asked | failed | made uncertain | apart");
    for ((dialect, form), tally) in &forms {
        let Tally { asked, failed, uncertain, apart } = tally;
        println!("{} {form} | {asked} | {failed} | {uncertain} | {apart}", dialect.title());
    }
    println!("left out:");
    for (what, why) in LEFT_OUT {
        println!("{what}: {why}");
    }
    println!("failures that are not compared:");
    for ((class, words, why), n) in BEYOND.iter().zip(beyond) {
        println!("{n} {class} {words:?}: {why}");
    }
    println!("{shown}");
    for ((dialect, kind), n) in &kinds {
        println!("{} {kind}: {n}", dialect.title());
    }
    println!(
        "{n} cases, {n_pieces} statements; {uncertain} of {things} things are not certain; {in_doubt} failures are in doubt"
    );
    assert!(kinds.is_empty(), "{} differences", kinds.values().sum::<usize>());
}
