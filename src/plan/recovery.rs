//! What brings a database to the heads that an upgrade does not bring there: each revision that it lacks runs once, and
//! its version table then holds the heads.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::stamped::Fails;
use crate::alembic::{RevisionMap, too_early};

/// How one database comes to the heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The rows that its version table must hold before the first step, and no others; sorted.
    pub rows: Vec<String>,
    /// What it lacks, in the order in which the steps run it.
    pub lacks: Vec<String>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What it takes for so and no file says for certain, as clauses; see [`super::Past::takes`].
    pub takes: Vec<String>,
    /// The first of what it lacks that fails by itself, on an empty database or on this one too.
    pub fails: Option<Fails>,
}

/// One step of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The version table is given other rows; nothing runs.
    Move {
        /// What it holds before, sorted.
        from: Vec<String>,
        /// What it holds after, sorted.
        to: Vec<String>,
    },
    /// An upgrade to one revision, which runs it alone.
    Run(String),
    /// An upgrade to one revision, which runs what lies below it too.
    RunTo(String),
    /// An upgrade to the heads, which runs all that is left.
    RunRest(Vec<String>),
}

/// Why nobody can tell how a database comes to the heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRecovery {
    /// No file declares these rows, so what has run is not known.
    Undeclared(Vec<String>),
    /// Files share these ids, and the rows do not tell which of the files has run.
    Shared(Vec<String>),
    /// What lies below the rows is broken, so what has run is not known.
    BelowIsBroken,
    /// By the files it has run what an upgrade would run again: it was not always where they have it.
    NotWhereItWas,
    /// Alembic does not come to the heads with these files, whatever a database holds.
    Stops,
    /// A revision that it lacks counts as run as soon as what lies below it has: it depends on what comes after it.
    Tangled(String),
}

/// Whether the rest can run at once is asked before each of so many steps, and after so many of what others need; beyond
/// that, and once [`MOST_TRIED`] is used up, after none, one, two, four, eight ... steps.
const TRIED: usize = 64;

/// How much is tried for all databases with one repair, counted once for each revision.
const MOST_TRIED: usize = 500_000;

/// What may be tried yet.
#[derive(Debug)]
pub(super) struct Tries(Cell<usize>);

impl Default for Tries {
    fn default() -> Self {
        Self(Cell::new(MOST_TRIED))
    }
}

impl Tries {
    /// Whether one more may be tried that goes through so many revisions.
    fn take(&self, n: usize) -> bool {
        let left = self.0.get().checked_sub(n);
        left.inspect(|left| self.0.set(*left)).is_some()
    }
}

/// The steps for a database with these rows that has run `ran`, by the ids that the files have; `needs` has which cannot run
/// but after which, where the second does not lie below the first.
pub(super) fn recovery(
    ran: &BTreeSet<String>,
    rows: &[&str],
    map: &RevisionMap,
    needs: &[(&str, &str)],
    tries: &Tries,
) -> Result<Recovery, NoRecovery> {
    let order = map.upgrade_order().map_err(|_| NoRecovery::Stops)?;
    let n = order.len();
    // What has run and is no file any more leaves nothing to do.
    let mut done: BTreeSet<&str> = order.iter().copied().filter(|id| ran.contains(*id)).collect();
    let lacks: Vec<&str> = order.into_iter().filter(|id| !done.contains(id)).collect();
    let lacks = if keeps(&lacks, needs) { lacks } else { map.put_in_order(&lacks, needs) };
    let rows = owned(rows.iter().copied());
    let found = |lacks: &[&str], steps: Vec<Step>| Recovery {
        rows: rows.clone(),
        lacks: owned_in_order(lacks),
        steps,
        takes: Vec::new(),
        fails: None,
    };
    if let Some((runs, steps)) = in_two(map, &rows, &done, &lacks, needs, tries) {
        return Ok(found(&runs, steps));
    }
    let mut steps = Steps { at: rows.clone(), steps: Vec::new() };
    for (at, &id) in lacks.iter().enumerate() {
        let is_tried = at == 0 || at.is_power_of_two() || at < TRIED && tries.take(n);
        if is_tried && steps.run_rest(map, &done, &lacks[at..], needs) {
            return Ok(found(&lacks, steps.steps));
        }
        let above = map.rows_right_below(id).ok_or(NoRecovery::Stops)?;
        let above_it: Vec<_> = above.iter().map(|&row| (id, row)).collect();
        if map.are_below(&above_it).contains(&true) {
            return Err(NoRecovery::Tangled(id.to_owned()));
        }
        steps.move_to(&above);
        steps.run(id);
        done.insert(id);
    }
    let is_whole = steps.run_rest(map, &done, &[], needs);
    if is_whole { Ok(found(&lacks, steps.steps)) } else { Err(NoRecovery::Stops) }
}

/// Two upgrades, where the rows tell what has run and only the order of Alembic's own one is wrong: first to a revision that
/// others need, then to the heads; with all that they run, in order.
fn in_two<'m>(
    map: &'m RevisionMap,
    rows: &[String],
    done: &BTreeSet<&'m str>,
    lacks: &[&'m str],
    needs: &[(&str, &str)],
    tries: &Tries,
) -> Option<(Vec<&'m str>, Vec<Step>)> {
    if map.rows_of(done)? != rows {
        return None;
    }
    let needed: BTreeSet<&str> = needs.iter().map(|(_, on)| *on).collect();
    let needed: Vec<&str> = lacks.iter().copied().filter(|id| needed.contains(id)).collect();
    some(&needed).take_while(|_| tries.take(lacks.len() + done.len())).find_map(|to| {
        let below: BTreeSet<&str> = map.at_or_below(&[to])?.difference(done).copied().collect();
        // All of them wait for nothing but what lies below them, whatever order Alembic takes.
        let waits = |&(id, on): &(&str, &str)| below.contains(id) && !done.contains(on);
        let (first, rest): (Vec<&str>, Vec<&str>) = lacks.iter().partition(|id| below.contains(*id));
        if rest.is_empty() || needs.iter().any(waits) {
            return None;
        }
        let then: BTreeSet<&str> = done.union(&below).copied().collect();
        let mut steps = Steps { at: owned(map.rows_of(&then)?), steps: vec![Step::RunTo(to.to_owned())] };
        steps.run_rest(map, &then, &rest, needs).then(|| ([first, rest].concat(), steps.steps))
    })
}

/// Of many the first and the last ones.
fn some<'a, 'i>(ids: &'a [&'i str]) -> impl Iterator<Item = &'i str> + use<'a, 'i> {
    let end = ids.len().min(TRIED / 2);
    let rest = &ids[end..];
    ids[..end].iter().chain(&rest[rest.len().saturating_sub(TRIED / 2)..]).copied()
}

/// Whether nothing in an order comes before what it needs.
fn keeps(order: &[&str], needs: &[(&str, &str)]) -> bool {
    too_early(order, needs.iter().copied(), |id| id).is_empty()
}

/// Steps, and the rows that they leave.
struct Steps {
    at: Vec<String>,
    steps: Vec<Step>,
}

impl Steps {
    fn move_to(&mut self, rows: &[&str]) {
        let to = owned(rows.iter().copied());
        if to != self.at {
            self.steps.push(Step::Move { from: std::mem::replace(&mut self.at, to.clone()), to });
        }
    }

    fn run(&mut self, id: &str) {
        self.at = vec![id.to_owned()];
        self.steps.push(Step::Run(id.to_owned()));
    }

    /// Where all lies below some rows that has run, and nothing else does, an upgrade from these rows runs the rest as it is.
    fn run_rest(
        &mut self,
        map: &RevisionMap,
        done: &BTreeSet<&str>,
        rest: &[&str],
        needs: &[(&str, &str)],
    ) -> bool {
        let Some(rows) = map.rows_of(done) else { return false };
        let Ok(upgraded) = map.upgrade_from(&rows) else { return false };
        let runs: BTreeSet<&str> = upgraded.runs.iter().copied().collect();
        if runs != rest.iter().copied().collect() || !keeps(&upgraded.runs, needs) {
            return false;
        }
        self.move_to(&rows);
        if !rest.is_empty() {
            self.at = owned(upgraded.rows);
            self.steps.push(Step::RunRest(upgraded.runs.iter().map(|&id| id.to_owned()).collect()));
        }
        true
    }
}

fn owned<'i>(ids: impl IntoIterator<Item = &'i str>) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    ids.sort_unstable();
    ids
}

fn owned_in_order(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alembic::Reading;
    use crate::graph::fixture::scripts;

    /// The steps: `b>a` moves the row from `b` to `a`, `+c` runs `c`, `*d` runs the rest.
    fn told(files: &str, ran: &str, rows: &str) -> String {
        told_with(files, ran, rows, &[])
    }

    fn told_with(files: &str, ran: &str, rows: &str, needs: &[(&str, &str)]) -> String {
        let Reading::Loads(map) = Reading::of(&scripts(files), &[]) else { panic!("{files} loads") };
        let ran = ran.split_whitespace().map(str::to_owned).collect();
        let rows: Vec<&str> = rows.split_whitespace().collect();
        match recovery(&ran, &rows, &map, needs, &Tries::default()) {
            Err(why) => format!("{why:?}"),
            Ok(recovery) => {
                let told = recovery.steps.iter().map(|step| match step {
                    Step::Move { from, to } => format!("{}>{}", from.join(","), to.join(",")),
                    Step::Run(id) => format!("+{id}"),
                    Step::RunTo(id) => format!("++{id}"),
                    Step::RunRest(ids) => format!("*{}", ids.join(",")),
                });
                told.collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn what_was_skipped_runs_alone_and_the_rest_as_it_is() {
        // `b` was put below `c`, which has run.
        assert_eq!(told("a:; b:a; c:b; d:c", "a c", "c"), "c>a +b b>c *d");
        assert_eq!(told("a:; b:a; c:b", "a c", "c"), "c>a +b b>c");
        // Two of them in one go have no row to move between.
        assert_eq!(told("a:; b:a; x:b; c:x", "a c", "c"), "c>a +b +x x>c");
    }

    #[test]
    fn where_all_below_has_run_only_the_rows_are_mended() {
        assert_eq!(told("a:; b:a; c:b; d:c", "a b c", "b c"), "b,c>c *d");
        assert_eq!(told("a:; b:a; c:b", "a b c", "b c"), "b,c>c");
        assert_eq!(told("a:; b:a; c:a; m:b,c", "a b c", "gone"), "gone>b,c *m");
    }

    #[test]
    fn what_is_needed_runs_first() {
        // From b, Alembic runs z before c; where z needs c, c runs alone.
        let files = "z:; b:; c:b; m:c,z";
        assert_eq!(told(files, "b", "b"), "*z,c,m");
        assert_eq!(told_with(files, "b", "b", &[("z", "c")]), "++c *z,m");
        // Together with what lies below it.
        let files = "z:; b:; x:b; c:x; m:c,z";
        assert_eq!(told_with(files, "", "", &[("z", "c")]), "++c *z,m");
        assert_eq!(told_with(files, "b", "b", &[("z", "x"), ("z", "c")]), "++c *z,m");
        // What lies below it may itself wait for another.
        assert_eq!(told_with(files, "b", "b", &[("x", "z"), ("m", "c")]), "++z *x,c,m");
        let files = "z:; b:; c:b; m:c,z";
        // Where each needs the other no order helps, and it is as it was.
        assert_eq!(told_with(files, "b", "b", &[("z", "c"), ("c", "z")]), "b> +z z>b,z *c,m");
    }

    #[test]
    fn a_base_that_was_skipped_runs_on_no_row() {
        assert_eq!(told("x:; a:x; b:a", "a b", "b"), "b> +x x>b");
    }

    /// What runs, in order, where the steps are gone through as Alembic would, and the rows then.
    fn gone_through(map: &RevisionMap, recovery: &Recovery) -> (Vec<String>, Vec<String>) {
        let (mut at, mut ran) = (recovery.rows.clone(), Vec::new());
        for step in &recovery.steps {
            let to = match step {
                Step::Move { from, to } => {
                    assert_eq!(from, &at);
                    at.clone_from(to);
                    continue;
                }
                Step::Run(id) => {
                    assert_eq!(at, owned(map.rows_right_below(id).expect("it is there")));
                    ran.push(id.clone());
                    at = vec![id.clone()];
                    continue;
                }
                Step::RunTo(id) => panic!("{id}: no two upgrades do"),
                Step::RunRest(ids) => ids,
            };
            let rows: Vec<&str> = at.iter().map(String::as_str).collect();
            let upgraded = map.upgrade_from(&rows).expect("it runs");
            assert_eq!(&upgraded.runs, to);
            ran.extend(to.iter().cloned());
            at = owned(upgraded.rows);
        }
        (ran, at)
    }

    #[test]
    fn long_histories_that_need_one_another_run_one_by_one_whatever_is_tried() {
        let n = 70;
        let side = |name: &str| {
            (0..n)
                .map(|at| if at == 0 { format!("{name}0:") } else { format!("{name}{at}:{name}{}", at - 1) })
                .collect::<Vec<_>>()
                .join("; ")
        };
        let files = format!("{}; {}; m:a{last},b{last}", side("a"), side("b"), last = n - 1);
        let Reading::Loads(map) = Reading::of(&scripts(&files), &[]) else { panic!("it loads") };
        let id = |name: &str, at: usize| format!("{name}{at}");
        let needs: Vec<(String, String)> =
            (0..n).flat_map(|at| [(id("b", at), id("a", at)), (id("a", at + 1), id("b", at))]).collect();
        let needs: Vec<(&str, &str)> = needs.iter().map(|(id, on)| (id.as_str(), on.as_str())).collect();
        for tries in [Tries::default(), Tries(Cell::new(0))] {
            let told = recovery(&BTreeSet::new(), &[], &map, &needs, &tries).expect("there is a way");
            let (ran, rows) = gone_through(&map, &told);
            assert_eq!(ran, told.lacks);
            assert_eq!(
                owned(ran.iter().map(String::as_str)),
                owned(map.revisions().map(|one| one.id.as_str()))
            );
            assert_eq!(rows, ["m"]);
            let ran: Vec<&str> = ran.iter().map(String::as_str).collect();
            assert!(keeps(&ran, &needs), "{ran:?}");
        }
        // Where only the first of them needs something, no try is missed.
        let told = recovery(&BTreeSet::new(), &[], &map, &[("b0", "a0"), ("a1", "b0")], &Tries(Cell::new(0)));
        let told = told.expect("there is a way");
        let (ran, rows) = gone_through(&map, &told);
        assert_eq!((ran.len(), rows), (2 * n + 1, vec!["m".to_owned()]));
        assert!(told.steps.len() < 8, "{:?}", told.steps);
    }
}
