//! A replay in words: where it ends, which lines fail, what a downgrade does.

use std::collections::BTreeMap;

use super::NOT_CERTAIN;
use crate::report::{
    Direction, EnvironmentReport, FailureReport, PlanReport, ReplayReport, StepReport, WayBack,
};
use crate::schema::Dialect;
use crate::text::{listed, plural};

/// One dialect: how it ends now, and after each of some plans; nothing where that was not followed.
#[derive(Debug, Clone)]
pub struct DialectRow<'r> {
    /// The name people write for it.
    pub title: &'static str,
    /// Now.
    pub now: Option<&'r ReplayReport>,
    /// After each plan.
    pub after: Vec<Option<&'r ReplayReport>>,
}

/// How an upgrade of an empty database ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending<'r> {
    /// Where it stops; nowhere when it runs to the end.
    pub stop: Option<&'r FailureReport>,
    /// The other lines that fail for certain.
    pub more: usize,
    /// The lines that may fail.
    pub doubtful: usize,
    /// The operations that were not understood.
    pub unknown: usize,
}

impl Ending<'_> {
    /// What stands before the place: `stops at`, or the whole.
    pub fn word(&self) -> &'static str {
        match (self.stop, self.unknown + self.doubtful) {
            (Some(_), _) => "stops at",
            (None, 0) => "no failure found",
            (None, _) => "nothing is known to stop it",
        }
    }

    /// What else fails, if anything: `9 more lines fail after it`.
    pub fn rest(&self) -> Option<String> {
        let verb = |n: usize, one: &'static str, many: &'static str| if n == 1 { one } else { many };
        let more = (self.more > 0)
            .then(|| format!("{} more {} after it", self.more, verb(self.more, "line fails", "lines fail")));
        let doubtful = (self.doubtful > 0).then(|| format!("{} may fail", plural(self.doubtful, "line")));
        match (more, doubtful) {
            (Some(more), Some(doubtful)) => Some(format!("{more}, and {doubtful}")),
            (more, doubtful) => more.or(doubtful),
        }
    }
}

/// What is told of one dialect in a table that compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'r> {
    /// A word or two: it was not followed, or nothing changes.
    Words(&'static str),
    /// How it ends.
    Ending(Ending<'r>),
}

/// What is told of a dialect; with `now`, what it comes to after a plan.
pub fn told<'r>(replay: Option<&'r ReplayReport>, now: Option<&'r ReplayReport>) -> Told<'r> {
    match replay.map(ReplayReport::ending) {
        None => Told::Words("not followed"),
        Some(ending) if now.is_some_and(|now| now.ending() == ending) => Told::Words("the same"),
        Some(ending) => Told::Ending(ending),
    }
}

/// The failures of one revision, those of several dialects together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionFailures<'r> {
    /// The revision.
    pub revision: &'r str,
    /// Its file.
    pub path: &'r str,
    /// What fails, in order of lines, the upgrade first.
    pub failures: Vec<SharedFailure<'r>>,
}

/// A failure that one or several dialects have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFailure<'r> {
    /// What fails.
    pub failure: &'r FailureReport,
    /// On which dialects, where not on all: `SQLite`, `PostgreSQL and MySQL`.
    pub only_on: Option<String>,
}

/// As many lines as there is room for, by revision, and how many are left out.
pub fn first_lines<'f, 'r>(
    failures: &'f [RevisionFailures<'r>],
    mut room: usize,
) -> (Vec<(&'f RevisionFailures<'r>, &'f [SharedFailure<'r>])>, usize) {
    let all: usize = failures.iter().map(|of| of.failures.len()).sum();
    let left_out = all.saturating_sub(room);
    let shown = failures.iter().map_while(|of| {
        let lines = &of.failures[..of.failures.len().min(room)];
        room -= lines.len();
        (!lines.is_empty()).then_some((of, lines))
    });
    (shown.collect(), left_out)
}

/// Failures by direction, line, message and doubt, each with the dialects that have it.
type Alike<'r> = BTreeMap<(Direction, u32, &'r str, bool), (&'r FailureReport, Vec<usize>)>;

impl SharedFailure<'_> {
    /// Whether it is the downgrade that fails.
    pub fn is_downgrade(&self) -> bool {
        self.failure.direction == Direction::Downgrade
    }

    /// What limits it: `downgrade, on SQLite, not certain`; empty where nothing does.
    pub fn limits(&self) -> String {
        let mut limits = Vec::new();
        if self.is_downgrade() {
            limits.push("downgrade".to_owned());
        }
        limits.extend(self.only_on.iter().map(|dialects| format!("on {dialects}")));
        if !self.failure.certain {
            limits.push(NOT_CERTAIN.to_owned());
        }
        limits.join(", ")
    }
}

impl EnvironmentReport {
    /// The replays in short, one a dialect.
    pub fn dialects(&self) -> &[ReplayReport] {
        if self.replays.is_empty() { self.replay.as_slice() } else { &self.replays }
    }

    /// Why nothing was followed, as sentences; `None` where something was.
    pub fn why_not_followed(&self) -> Option<&'static str> {
        if !self.dialects().is_empty() {
            None
        } else if self.alembic_error.is_some() {
            Some("Alembic cannot load these files, so there is no order to follow. Repair the chain first.")
        } else if !self.unknown.is_empty() {
            Some("The order depends on what is computed when the files are loaded, so nothing was followed.")
        } else {
            Some("Alembic comes to no order, so nothing was followed. Repair the chain first.")
        }
    }

    /// How each dialect ends, now and after each of `plans`.
    pub fn dialect_rows<'r>(&'r self, plans: &[&'r PlanReport]) -> Vec<DialectRow<'r>> {
        let now = self.dialects();
        let named = if now.is_empty() { plans.first().map_or(&[][..], |plan| &plan.replays) } else { now };
        let of = |replays: &'r [ReplayReport], dialect: Dialect| {
            replays.iter().find(|replay| replay.dialect == dialect)
        };
        let row = |replay: &'r ReplayReport| DialectRow {
            title: replay.title(),
            now: of(now, replay.dialect),
            after: plans.iter().map(|plan| of(&plan.replays, replay.dialect)).collect(),
        };
        named.iter().map(row).collect()
    }

    /// Everything that fails on some dialect, by revision, in the order in which revisions run.
    pub fn failures(&self) -> Vec<RevisionFailures<'_>> {
        let replays = self.dialects();
        // Alike are what stands on one line and says the same, whatever the dialect.
        let mut by_revision: BTreeMap<(&str, &str), Alike<'_>> = BTreeMap::new();
        for (at, replay) in replays.iter().enumerate() {
            for failure in &replay.failures {
                let FailureReport { revision, path, line, direction, message, certain, .. } = failure;
                let key = (*direction, *line, &**message, !certain);
                let of_revision = by_revision.entry((path, revision)).or_default();
                let (_, dialects) = of_revision.entry(key).or_insert_with(|| (failure, Vec::new()));
                if dialects.last() != Some(&at) {
                    dialects.push(at);
                }
            }
        }
        let steps = self.replay.iter().flat_map(|replay| &replay.steps).enumerate();
        let order: BTreeMap<(&str, &str), usize> =
            steps.map(|(at, step)| ((&*step.path, &*step.revision), at)).collect();
        let mut found: Vec<_> = by_revision.into_iter().collect();
        found.sort_by_key(|(key, _)| order.get(key).copied().unwrap_or(usize::MAX));
        let told = found.into_iter().map(|((path, revision), failures)| {
            let failures = failures.into_values().map(|(failure, on)| {
                let names: Vec<&str> = on.iter().map(|&at| replays[at].title()).collect();
                SharedFailure { failure, only_on: (on.len() < replays.len()).then(|| listed(&names)) }
            });
            RevisionFailures { revision, path, failures: failures.collect() }
        });
        told.collect()
    }
}

impl ReplayReport {
    /// The name people write for the dialect.
    pub fn title(&self) -> &'static str {
        self.dialect.title()
    }

    /// How the upgrade ends.
    pub fn ending(&self) -> Ending<'_> {
        let upgrade = || self.failures.iter().filter(|failure| failure.direction == Direction::Upgrade);
        let certain = upgrade().filter(|failure| failure.certain).count();
        Ending {
            stop: self.stops_at(),
            more: certain.saturating_sub(1),
            doubtful: upgrade().count() - certain,
            unknown: self.understood.unknown,
        }
    }
}

impl StepReport {
    /// What its downgrade does, as a sentence; the differences follow it where there are any.
    pub fn downgrade_words(&self) -> &'static str {
        match self.downgrade {
            WayBack::Undoes if self.changes.is_empty() => "There is nothing to undo.",
            WayBack::Undoes => "The downgrade undoes it.",
            WayBack::Differs => "The downgrade does not give back what was there before:",
            WayBack::Fails => "The downgrade fails.",
            WayBack::Raises => "The downgrade says there is no way back: it raises an error.",
            WayBack::Empty => "The downgrade is empty, so what the upgrade did stays.",
            WayBack::Missing => "There is no downgrade.",
            WayBack::Unknown => "Whether the downgrade undoes it is not known.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CertaintyReport, Understood};
    use crate::schema::FailureKind;

    fn failure(revision: &str, line: u32, message: &str, certain: bool) -> FailureReport {
        FailureReport {
            revision: revision.into(),
            path: format!("{revision}.py").into(),
            line,
            direction: Direction::Upgrade,
            certain,
            message: message.into(),
            kind: FailureKind::Other,
            object: "".into(),
        }
    }

    fn replay(dialect: Dialect, failures: Vec<FailureReport>) -> ReplayReport {
        ReplayReport {
            dialect,
            ok: failures.is_empty(),
            failures,
            understood: Understood { operations: 3, unknown: 0 },
            known: "".into(),
            certainty: CertaintyReport::default(),
            steps: Vec::new(),
            tables: Vec::new(),
        }
    }

    #[test]
    fn how_it_ends_is_said_in_few_words() {
        assert_eq!(replay(Dialect::Sqlite, Vec::new()).ending().word(), "no failure found");
        let failures =
            vec![failure("a", 1, "m", false), failure("b", 2, "m", true), failure("b", 3, "m", true)];
        let replay = replay(Dialect::Sqlite, failures);
        let ending = replay.ending();
        assert_eq!((ending.word(), ending.stop.map(|stop| stop.line)), ("stops at", Some(2)));
        assert_eq!(ending.rest().as_deref(), Some("1 more line fails after it, and 1 line may fail"));
    }

    #[test]
    fn alike_failures_of_several_dialects_are_one() {
        let report = r#"{"script_location": "m", "version_locations": [], "live": true, "flavour": "alembic",
            "revisions": [], "bases": [], "heads": [], "branch_points": [], "merge_points": [], "alembic_warnings": [],
            "unknown": [], "plans": [], "verdict": "clean", "grade": "sound", "headline": "", "summary": "", "checklist": [], "actions": []}"#;
        let mut environment: EnvironmentReport =
            serde_json::from_str(report).expect("an older report is read");
        assert!(environment.failures().is_empty() && environment.dialects().is_empty());
        environment.replays = vec![
            replay(
                Dialect::Sqlite,
                vec![failure("a", 4, "no such table: t", true), failure("b", 5, "no ALTER", true)],
            ),
            replay(Dialect::Mysql, vec![failure("a", 4, "no such table: t", true)]),
        ];
        let failures = environment.failures();
        let told: Vec<_> = failures
            .iter()
            .map(|of| {
                (of.revision, of.failures.iter().map(SharedFailure::limits).collect::<Vec<_>>().concat())
            })
            .collect();
        assert_eq!(told, [("a", String::new()), ("b", "on SQLite".to_owned())]);
        let (shown, left_out) = first_lines(&failures, 1);
        assert_eq!((shown.len(), shown[0].1.len(), left_out), (1, 1, 1));
    }

    #[test]
    fn what_a_plan_does_not_change_is_the_same() {
        let (now, then) =
            (replay(Dialect::Sqlite, Vec::new()), replay(Dialect::Sqlite, vec![failure("a", 1, "m", true)]));
        assert_eq!(told(None, Some(&now)), Told::Words("not followed"));
        assert_eq!(told(Some(&now), Some(&now)), Told::Words("the same"));
        assert_eq!(told(Some(&then), Some(&now)), Told::Ending(then.ending()));
    }
}
