//! Parents that somebody chose.

use std::collections::BTreeSet;

use crate::audit::{Outcome, examine, examine_with};
use crate::audited::{AuditOptions, Pinned};
use crate::graph::fixture::Draw;
use crate::ingest::{Ingested, SourceTree};
use crate::plan::{ChoiceKind, PlanKind, in_line, parents_of};
use crate::report::write_json;
use crate::rules::fixture::{bodies, project};

/// Choices as they are typed: `c=a d=none`.
fn pins(text: &str) -> Vec<Pinned> {
    let one = |text: &str| {
        let (revision, parents) = text.split_once('=').expect("REV=REV");
        let parents = parents.split(',').filter(|id| !["none", ""].contains(id)).map(str::to_owned).collect();
        Pinned { revision: revision.to_owned(), parents }
    };
    text.split_whitespace().map(one).collect()
}

fn given(tree: SourceTree) -> Ingested {
    Ingested { tree, ..Ingested::default() }
}

fn chosen(tree: SourceTree, choices: &str) -> Outcome {
    let options = AuditOptions { pinned: pins(choices), ..AuditOptions::default() };
    examine_with(given(tree), options, &mut |_| {})
}

/// What comes of choices: what is written, the order, and whether it is safe; or why not.
fn told(tree: SourceTree, choices: &str) -> String {
    let outcome = chosen(tree, choices);
    let plan = outcome.plans[0].iter().find(|plan| plan.kind == PlanKind::ByHand);
    match (plan, &outcome.by_hand[0].refused) {
        (Some(plan), None) => {
            let changes = plan.changes.iter();
            let changes: Vec<_> =
                changes.map(|change| format!("{} <- {}", change.revision, change.after.join(" "))).collect();
            format!("{}: {} ({})", changes.join(", "), plan.order.join(" "), plan.applicability.word())
        }
        (None, Some(why)) => why.clone(),
        other => panic!("{other:?}"),
    }
}

const ROOTS: &str = "a: a <- None\nb: b <- 'a'\nc: c <- None\nd: d <- 'c'";
const LINE: &str = "a: a <- None\nb: b <- 'a'\nc: c <- 'b'\nd: d <- 'c'";

#[test]
fn a_choice_is_written_and_ordered_as_alembic_runs_it() {
    assert_eq!(told(project(ROOTS), "c=b"), "c <- b: a b c d (unsafe)");
    assert_eq!(told(project("a: a <- None\nb: b <- 'gone'\nc: c <- 'b'"), "b=a"), "b <- a: a b c (unsafe)");
    // The line as it stands, in another order: three files, and databases that have run it are told of.
    assert_eq!(told(project(LINE), "c=a b=c d=b"), "b <- c, c <- a, d <- b: a c b d (unsafe)");
    // It is nobody else's choice, in a folder that Alembic never loads neither.
    let mut tree = project(LINE);
    for (path, text) in project("z: z <- None\nc: c <- 'z'").iter() {
        let path = path.as_str().strip_prefix("migrations/").map(|rest| format!("old/{rest}"));
        let path = path.and_then(|path| crate::ingest::TreePath::parse(&path).ok());
        path.into_iter().for_each(|path| tree.insert(path, text.to_vec()));
    }
    let outcome = chosen(tree, "c=a");
    let of: Vec<_> = outcome.audit.environments.iter().zip(&outcome.by_hand).collect();
    assert_eq!(of.len(), 2);
    assert!(
        of.iter().all(|(audited, by_hand)| by_hand.pinned.is_empty() != audited.environment.live),
        "{of:?}"
    );
    // A merge that loses a parent which another one stands on harms nobody.
    let merge = "a: a <- None\nb: b <- 'a'\nc: c <- 'b'\nm: m <- ('a', 'c')";
    assert_eq!(told(project(merge), "m=c"), "m <- c: a b c m (safe)");
}

#[test]
fn the_faults_that_are_left_stay_and_are_said() {
    let holes = "a: a <- None\nb: b <- 'gone'\nc: c <- 'lost'";
    let outcome = chosen(project(holes), "b=a");
    let plan = outcome.plans[0].iter().find(|plan| plan.kind == PlanKind::ByHand).expect("one is left");
    let leaves: Vec<_> = plan.leaves.iter().map(|rule| rule.name).collect();
    assert!(leaves.contains(&"missing-parent"), "{leaves:?}");
    assert!(plan.order.is_empty() && plan.after.load_error().is_some());
}

#[test]
fn what_cannot_be_says_why() {
    for (choices, why) in [
        ("b=d", "b would come before itself: it would stand on d, which stands on c, which stands on b."),
        ("b=b", "b cannot be its own parent."),
        ("b=x", "No migration here has the revision x."),
        ("b=a", "The files give b these parents already; nothing changes."),
    ] {
        assert_eq!(told(project(LINE), choices), why);
    }
    let why = told(project(LINE), "c=a");
    assert!(why.starts_with("It would add a fault (multiple-heads): "), "{why}");
    let why = told(project(LINE), "c=none");
    assert!(why.starts_with("It would add a fault (multiple-"), "{why}");
    let twice = "a: a <- None\nb: b <- 'a'\nc: b <- 'a'\nd: d <- 'b'";
    assert!(told(project(twice), "d=a").starts_with("Files share the id b."));
    let computed = "a: a <- None\nb: b <- 'a'\nc: c <- f()";
    assert!(
        told(project(computed), "b=a").starts_with("Something about the chain is only known when it runs")
    );
}

#[test]
fn what_the_migrations_need_is_named() {
    let tree = || {
        bodies(&[
            ("a", "None", "pass", "pass"),
            ("b", "'a'", "op.create_table('user', sa.Column('id', sa.Integer()))", "op.drop_table('user')"),
            (
                "c",
                "'b'",
                "op.add_column('user', sa.Column('age', sa.Integer()))",
                "op.drop_column('user', 'age')",
            ),
        ])
    };
    assert_eq!(told(tree(), "c=a b=c"), "c alters table user, which b creates, and c would run before b.");
    // In the list it is told before it is chosen.
    let outcome = examine(given(tree()), &mut |_| {});
    let choices = parents_of(&outcome.audit.environments[0], &[], "c", "").expect("it is declared").choices;
    let of = |id: Option<&str>| {
        let found = choices.iter().find(|choice| choice.revision.as_deref() == id).expect("it is told");
        (found.kind, found.effect.as_str())
    };
    assert_eq!(of(Some("b")), (ChoiceKind::Current, "its parent as it is"));
    assert_eq!(
        of(Some("a")),
        (ChoiceKind::Lacks, "c alters table user, which b creates, and b is not below a")
    );
    let choices = parents_of(&outcome.audit.environments[0], &[], "b", "").expect("it is declared").choices;
    let c = choices.iter().find(|choice| choice.revision.as_deref() == Some("c")).expect("it is told");
    assert_eq!(
        (c.kind, c.effect.as_str()),
        (ChoiceKind::Refused, "stands on b itself, so this would be a loop")
    );
    assert!(parents_of(&outcome.audit.environments[0], &[], "x", "").is_none());
    let found = parents_of(&outcome.audit.environments[0], &[], "c", "A").expect("it is declared").choices;
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn what_a_missing_parent_may_have_meant_stands_first() {
    let tree = project("a: 2ca607eff9c8 <- None\nb: 1975ea83b712 <- '2ca607eff9c8'\nc: c <- '1975ea83b713'");
    let outcome = examine(given(tree), &mut |_| {});
    let parents = parents_of(&outcome.audit.environments[0], &[], "c", "").expect("it is declared");
    let first = &parents.choices[0];
    assert_eq!(
        (first.revision.as_deref(), first.kind, first.effect.as_str()),
        (Some("1975ea83b712"), ChoiceKind::Meant, "may be meant: one letter differs")
    );
}

/// The parents after a move, as `b=a c=b`.
fn moved(migrations: &str, revision: &str, after: Option<&str>) -> String {
    let outcome = examine(given(project(migrations)), &mut |_| {});
    let chosen = in_line(&outcome.audit.environments[0], &[], revision, after).expect("it can be moved");
    let mut told: Vec<_> =
        chosen.iter().map(|pinned| format!("{}={}", pinned.revision, pinned.parents.join(","))).collect();
    told.sort_unstable();
    told.join(" ")
}

#[test]
fn a_move_in_line_keeps_one_line() {
    assert_eq!(moved(LINE, "b", Some("c")), "b=c c=a d=b");
    assert_eq!(moved(LINE, "b", Some("d")), "b=d c=a");
    assert_eq!(moved(LINE, "d", Some("a")), "b=d d=a");
    assert_eq!(moved(LINE, "d", None), "a=d d=");
    assert_eq!(moved(LINE, "a", Some("b")), "a=b b= c=a");
    // Two roots become one line.
    assert_eq!(moved(ROOTS, "c", Some("b")), "c=b");
    assert_eq!(moved(ROOTS, "c", Some("a")), "b=d c=a");
    // Every move of every revision of a line leaves a line.
    let ids = ["a", "b", "c", "d"];
    for own in ids {
        for after in ids.into_iter().filter(|after| *after != own) {
            let choices = moved(LINE, own, Some(after));
            let plan = told(project(LINE), &choices);
            let is_whole = plan.contains(": ") || plan.ends_with("nothing changes.");
            assert!(is_whole, "{own} after {after}: {choices}: {plan}");
        }
    }
}

#[test]
fn what_is_asked_later_is_as_if_it_had_been_asked_at_first() {
    let mut draw = Draw(41);
    let (mut n_plans, mut n_refused) = (0, 0);
    for _ in 0..60 {
        let n = 3 + draw.below(4);
        let line = |at: usize, draw: &mut Draw| {
            let parent = match draw.below(6) {
                0 => "'gone'".to_owned(),
                1 => "None".to_owned(),
                _ if at == 0 => "None".to_owned(),
                _ => format!("'r{}'", draw.below(at)),
            };
            format!("r{at}: r{at} <- {parent}")
        };
        let spec = (0..n).map(|at| line(at, &mut draw)).collect::<Vec<_>>().join("\n");
        let choices = format!("r{}=r{}", draw.below(n), draw.below(n));
        let stamped = vec![vec![format!("r{}", draw.below(n))], Vec::new()];
        let options =
            AuditOptions { stamped: stamped.clone(), pinned: pins(&choices), ..AuditOptions::default() };
        let at_once = examine_with(given(project(&spec)), options, &mut |_| {});
        let mut later = examine(given(project(&spec)), &mut |_| {});
        if draw.below(2) == 0 {
            later.answer([(0, stamped)].into());
            later.pin(pins(&choices));
        } else {
            later.pin(pins("r0=r1"));
            later.pin(pins(&choices));
            later.answer([(0, vec![Vec::new()])].into());
            later.answer([(0, stamped)].into());
        }
        assert_eq!(write_json(&later.report), write_json(&at_once.report), "{spec}: {choices}");
        n_plans += at_once.plans[0].iter().filter(|plan| plan.kind == PlanKind::ByHand).count();
        n_refused += usize::from(at_once.by_hand[0].refused.is_some());
        later.pin(Vec::new());
        later.answer([].into());
        let never = examine(given(project(&spec)), &mut |_| {});
        assert_eq!(write_json(&later.report), write_json(&never.report), "{spec}");
    }
    assert!(n_plans > 10 && n_refused > 10, "{n_plans} plans, {n_refused} refused");
}

#[test]
fn what_is_chosen_is_no_advice() {
    let outcome = chosen(project(ROOTS), "c=b");
    let environment = &outcome.report.environments[0];
    let names: BTreeSet<_> = environment.plans.iter().map(|plan| plan.name.name()).collect();
    assert_eq!(names, BTreeSet::from(["by-hand", "chain", "chain-other-way", "merge"]));
    assert_ne!(environment.recommended, Some(PlanKind::ByHand));
    assert!(!environment.equals.contains(&PlanKind::ByHand));
    assert_eq!(environment.plans.last().map(|plan| plan.name), Some(PlanKind::ByHand));
}

#[test]
fn what_a_database_would_run_a_second_time_is_told() {
    let options = AuditOptions {
        pinned: pins("c=a b=c d=b"),
        stamped: vec![vec!["c".to_owned()], vec!["b".to_owned()]],
        ..AuditOptions::default()
    };
    let outcome = examine_with(given(project(LINE)), options, &mut |_| {});
    let plan = outcome.plans[0].iter().find(|plan| plan.kind == PlanKind::ByHand).expect("it holds");
    let told: Vec<_> =
        plan.stamped.iter().map(|one| one.upgrade.clone().expect("it comes to its end")).collect();
    assert_eq!((told[0].runs.join(" "), told[0].again.join(" ")), ("b d".to_owned(), "b".to_owned()));
    assert_eq!((told[1].runs.join(" "), told[1].skips.clone()), ("d".to_owned(), Some(vec!["c".to_owned()])));
}

#[test]
fn a_long_loop_is_told_in_part() {
    let line = |n: usize| {
        let step = |at: usize| match at {
            0 => "r0: r0 <- None".to_owned(),
            at => format!("r{at}: r{at} <- 'r{}'", at - 1),
        };
        project(&(0..n).map(step).collect::<Vec<_>>().join("\n"))
    };
    let told = |n: usize| told(line(n), &format!("r0=r{}", n - 1));
    assert_eq!(
        told(6),
        "r0 would come before itself: it would stand on r5, which stands on r4, which stands on r3, which stands on r2, which \
         stands on r1, which stands on r0."
    );
    assert_eq!(
        told(7),
        "r0 would come before itself: it would stand on r6, which stands on r5, which stands on r4, which stands on r3, and \
         so on, on r0."
    );
}
