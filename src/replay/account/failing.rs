//! What fails: one failure over all dialects on which it does, with where the object that it is about comes from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::timeline::Timeline;
use crate::replay::chain::{Placed, Replay, Run, Step};
use crate::replay::needs::Needs;
use crate::replay::version::{self, Width};
use crate::schema::{Dialect, Failure, FailureKind, ObjectName};
use crate::source::Script;
use crate::text::{TextRange, listed};

/// Which of a migration's two functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// `upgrade()`.
    Upgrade,
    /// `downgrade()`.
    Downgrade,
}

impl Direction {
    /// The function, as people write it.
    pub fn function(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade()",
            Self::Downgrade => "downgrade()",
        }
    }
}

/// One thing that fails, on every dialect on which it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// The migration, by its place among the scripts.
    pub script: usize,
    /// In which of its functions.
    pub direction: Direction,
    /// The call.
    pub range: TextRange,
    /// What kind of refusal it is.
    pub kind: FailureKind,
    /// What it is about, if anything.
    pub object: Option<ObjectName>,
    /// Where that comes from.
    pub origin: Origin,
    /// The dialects on which it fails or may, in their order; never empty.
    pub on: Vec<On>,
    n_dialects: usize,
}

/// A failure on one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct On {
    /// The dialect.
    pub dialect: Dialect,
    /// Whether it happens for certain.
    pub certain: bool,
    /// What is said there.
    pub message: String,
}

/// How certain a failure is, over all dialects in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It may happen.
    InDoubt,
    /// It happens on some of them, and not, or perhaps, on others.
    OnSome,
    /// It happens on every one.
    Everywhere,
}

/// A call in a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The migration, by its place among the scripts.
    pub script: usize,
    /// The call.
    pub range: TextRange,
}

/// Where the object of a failure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The failure is not about something that is missing, or there too early.
    Beside,
    /// It is there already, since this created it.
    Earlier(Moment),
    /// It is created only there.
    Later(Moment),
    /// It is gone, since this dropped or renamed it.
    Gone(Moment),
    /// No migration creates it, although they create what it would belong to.
    Nowhere,
    /// No migration creates it, nor anything that it would belong to: an existing database may have it from elsewhere.
    Elsewhere,
}

impl Failing {
    /// What is said, on the first dialect on which it is certain, else on the first.
    pub fn message(&self) -> &str {
        self.first().map_or("", |on| on.message.as_str())
    }

    /// The first dialect on which it is certain, else the first.
    pub fn first_dialect(&self) -> Option<Dialect> {
        self.first().map(|on| on.dialect)
    }

    fn first(&self) -> Option<&On> {
        self.on.iter().find(|on| on.certain).or(self.on.first())
    }

    /// What is said, with the dialects on which it is certain: `on SQLite no such table: t`.
    pub fn on_its_own(&self) -> String {
        let on: Vec<_> = self.on.iter().filter(|on| on.certain).map(|on| on.dialect.title()).collect();
        format!("on {} {}", listed(&on), self.message())
    }

    /// How certain it is over all dialects in question.
    pub fn certainty(&self) -> Certainty {
        match self.on.iter().filter(|on| on.certain).count() {
            0 => Certainty::InDoubt,
            n if n == self.n_dialects => Certainty::Everywhere,
            _ => Certainty::OnSome,
        }
    }

    /// What it is on a dialect; nothing where it does not happen there.
    pub fn on(&self, dialect: Dialect) -> Option<&On> {
        self.on.iter().find(|on| on.dialect == dialect)
    }

    /// Whether it happens on a dialect for certain.
    pub fn is_certain_on(&self, dialect: Dialect) -> bool {
        self.on(dialect).is_some_and(|on| on.certain)
    }

    /// Whether it certainly happens on every dialect in question, whatever made the database.
    pub fn is_everywhere(&self) -> bool {
        self.certainty() == Certainty::Everywhere && self.origin != Origin::Elsewhere
    }

    /// Whether it certainly fails somewhere for want of what no migration creates.
    pub fn needs_elsewhere(&self) -> bool {
        self.origin == Origin::Elsewhere && self.certainty() != Certainty::InDoubt
    }

    /// Whether it wants an extension of the database.
    pub fn wants_extension(&self) -> bool {
        matches!(self.object, Some(ObjectName::Extension(_)))
    }

    /// Whether it stops every database of a dialect, whatever made it.
    pub fn stops_on(&self, dialect: Dialect) -> bool {
        self.is_certain_on(dialect) && self.origin != Origin::Elsewhere
    }

    /// What is said on a dialect; empty where it does not happen there.
    pub fn message_on(&self, dialect: Dialect) -> &str {
        self.on(dialect).map_or("", |on| on.message.as_str())
    }

    /// The object in words; empty where there is none.
    pub fn object_words(&self) -> String {
        self.object.as_ref().map_or_else(String::new, ToString::to_string)
    }

    /// Whether the database refuses to write the revision's id into its own table, since it is too long.
    pub fn is_of_the_version(&self) -> bool {
        self.object.as_ref() == Some(&version::object())
    }

    /// Whether both are about one object, as the first database on which it fails compares names.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        match (&self.object, &other.object, self.on.first()) {
            (Some(one), Some(two), Some(on)) => one.is(two, on.dialect),
            _ => false,
        }
    }
}

/// The failures of one history on several dialects, those that are the same together: upgrades in order, then downgrades
/// from the heads back.
pub(super) fn together(replays: &[Replay]) -> Vec<Failing> {
    let Some(first) = replays.first() else { return Vec::new() };
    let mut ways: Vec<Way> = replays.iter().map(|_| Way::default()).collect();
    let mut all = Vec::new();
    for at in 0..first.steps.len() {
        of_step(replays, at, Direction::Upgrade, &mut ways, &mut all);
        for (way, replay) in ways.iter_mut().zip(replays) {
            way.is_cut |= replay.steps[at].upgrade.failures.iter().any(|placed| cuts(&placed.what));
        }
    }
    for at in (0..first.steps.len()).rev() {
        of_step(replays, at, Direction::Downgrade, &mut ways, &mut all);
    }
    all
}

/// What is known of a history on one dialect.
#[derive(Debug, Default)]
struct Way {
    /// When each object comes and goes; nothing until somebody asks.
    timeline: Option<Timeline>,
    /// Whether an upgrade before was cut short, so that what it would have made is not known.
    is_cut: bool,
}

/// Whether a failure is about no object, so that what stands after it is not followed: SQL that is written for another
/// database, or an exception that the migration raises itself.
fn cuts(failure: &Failure) -> bool {
    failure.certain
        && failure.object.is_none()
        && matches!(failure.kind, FailureKind::NotSupported | FailureKind::Other)
}

fn run(step: &Step, direction: Direction) -> &Run {
    match direction {
        Direction::Upgrade => &step.upgrade,
        Direction::Downgrade => &step.downgrade,
    }
}

/// What failures that are alike share: the call, the kind, and a word for what they are about.
type Alike = (TextRange, FailureKind, Option<Box<str>>);

/// What fails at one step, in the order of its lines.
fn of_step(replays: &[Replay], at: usize, direction: Direction, ways: &mut [Way], all: &mut Vec<Failing>) {
    let from = all.len();
    // Alike are what fails at one call in the same way.
    let mut by_call: BTreeMap<Alike, Vec<usize>> = BTreeMap::new();
    for (number, replay) in replays.iter().enumerate() {
        let step = &replay.steps[at];
        for Placed { range, what } in &run(step, direction).failures {
            let Way { timeline, is_cut } = &mut ways[number];
            let timeline = timeline.get_or_insert_with(|| Timeline::of(replay));
            let origin = timeline.origin(at, direction, *range, what);
            let may_be_there = *is_cut && origin == Origin::Elsewhere;
            let on = On {
                dialect: replay.rules.dialect,
                certain: what.certain && !may_be_there,
                message: what.message.clone(),
            };
            let alike =
                by_call.entry((*range, what.kind, what.object.as_ref().map(ObjectName::key))).or_default();
            let is_it = |&&known: &&usize| {
                let known: &Failing = &all[known];
                known.on.last().is_some_and(|last| last.dialect != on.dialect)
                    && what.says((known.kind, known.object.as_ref()), on.dialect)
            };
            if let Some(&known) = alike.iter().find(is_it) {
                all[known].on.push(on);
                continue;
            }
            alike.push(all.len());
            all.push(Failing {
                script: step.script,
                direction,
                range: *range,
                kind: what.kind,
                object: what.object.clone(),
                origin,
                on: vec![on],
                n_dialects: replays.len(),
            });
        }
    }
    all[from..].sort_by_key(|failing| failing.range);
}

/// What is wrong with migrations that are in no order, by themselves: names that Python does not find, and ids that the
/// database cannot write.
pub(super) fn apart(
    scripts: &[Script],
    order: Option<&[usize]>,
    needs: &Needs,
    dialects: &[Dialect],
    width: Width,
) -> Vec<Failing> {
    let mut followed = vec![false; scripts.len()];
    order.into_iter().flatten().for_each(|&script| followed[script] = true);
    let failing = |script: usize, direction, range, what: &Failure, on: Vec<On>| Failing {
        script,
        direction,
        range,
        kind: what.kind,
        object: what.object.clone(),
        origin: Origin::Beside,
        on,
        n_dialects: dialects.len(),
    };
    let mut all = Vec::new();
    for (&script, undefined) in &needs.undefined {
        for (direction, placed) in undefined {
            let Placed { range, what } = placed;
            let on = |&dialect: &Dialect| On { dialect, certain: true, message: what.message.clone() };
            all.push(failing(script, *direction, *range, what, dialects.iter().map(on).collect()));
        }
    }
    for (at, script) in scripts.iter().enumerate().filter(|(at, _)| !followed[*at]) {
        let Some(Placed { range, what }) = version::refusal(script, width) else { continue };
        let on: Vec<_> = dialects
            .iter()
            .filter(|dialect| **dialect != Dialect::Sqlite)
            .map(|&dialect| On { dialect, certain: what.certain, message: what.message.clone() })
            .collect();
        if !on.is_empty() {
            all.push(failing(at, Direction::Upgrade, range, &what, on));
        }
    }
    all
}
