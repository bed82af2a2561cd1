//! What happens when the migrations run: the one account, of every revision, in both directions, on every dialect that
//! comes into question.
//!
//! It is made of the history followed in Alembic's order on each dialect, and of each migration followed by itself. What
//! these say fails, and what they need, nobody outside of this room can see: it is judged once, here, and findings,
//! verdict, checklist, commands, drawings and reports are views of it.

mod failing;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Replay;
use super::needs::{Followed, Needs, Prerequisite};
use super::run::{Module, Pool};
use super::version::Width;
use crate::schema::sql::{self, SqlText};
use crate::schema::{Dialect, DialectRules, NamingConvention, Operation, SearchPath, Touches, Truth};
use crate::source::{self, Asyncpg, ProjectModules, Running, Script};
pub use failing::{Certainty, Direction, Failing, Moment, On, Origin};

/// What the account is asked about.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// The migrations, in load order.
    pub scripts: &'a [Script],
    /// The order in which Alembic runs them on an empty database, as places among the scripts; nothing where it comes to
    /// none, or where it is not known.
    pub order: Option<&'a [usize]>,
    /// The project's own dialect; nothing where it is not known, and each comes into question.
    pub dialect: Option<Dialect>,
    /// The naming convention of its metadata.
    pub convention: &'a NamingConvention,
    /// What migrations may import.
    pub project: &'a ProjectModules<'a>,
    /// How wide the column is that holds the revision, before the first migration.
    pub width: Width,
    /// What `env.py` says of how they run.
    pub running: &'a Running,
}

/// The account of one environment.
#[derive(Debug, Clone)]
pub struct Account {
    dialects: Vec<Dialect>,
    /// One for each dialect in question; none where there is no order to follow.
    replays: Vec<Replay>,
    /// The one on which the fewest revisions fail.
    best: usize,
    needs: Needs,
    /// Upgrades in Alembic's order, downgrades from the heads back, then what is wrong whatever the order.
    failures: Vec<Failing>,
    /// The places in `failures` of each script's.
    of_script: BTreeMap<(usize, Direction), Vec<usize>>,
    /// Those that certainly fail on every dialect in question, whatever made the database.
    everywhere: BTreeSet<(usize, Direction)>,
    endings: Vec<Ending>,
}

/// How an upgrade of an empty database ends on one dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It is known to come to the heads.
    Runs,
    /// Nothing is known to stop it, and not everything was understood.
    Undecided,
    /// It stops for want of tables that no migration creates: an existing database may have them.
    NeedsElsewhere,
    /// It stops, whatever made the database.
    Stops,
}

/// How an upgrade of an empty database ends, over all dialects in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Upgrade {
    /// It runs on every one of them.
    Runs,
    /// Nothing is known to stop it; whether it runs on all of them is not known.
    Undecided,
    /// There is no order to follow, or it is not known.
    NotFollowed,
    /// It stops on some of them and not on others, or on each at another revision. Somebody runs these migrations
    /// somewhere, so what is known of one of the databases may then be wrong.
    Depends,
    /// It stops on every one of them, and on some only for want of tables that no migration creates.
    NeedsElsewhere,
    /// Something fails on every one of them.
    Stops,
}

/// What becomes of one revision's `upgrade()` on an empty database, over all dialects in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It runs.
    Runs,
    /// Something in it is not understood.
    NotUnderstood,
    /// It may fail.
    MayFail,
    /// It fails on some dialects for certain, and not on others.
    FailsOnSome,
    /// It needs tables that no migration creates.
    NeedsElsewhere,
    /// It fails on every one for certain.
    Fails,
}

/// The first upgrade that fails when a database runs what it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The script.
    pub script: usize,
    /// What is said, on the first dialect on which it fails.
    pub message: String,
    /// The dialects on which it fails; never empty.
    pub on: Vec<Dialect>,
    /// Whether those are all in question.
    pub is_everywhere: bool,
    /// What that says of this database.
    pub outlook: Outlook,
}

/// What a failure in an empty database says of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It fails there too: its way is a part of the one that was followed.
    Certain,
    /// Another script makes the same, has run, and is the one that fails in an empty database.
    Same(usize),
    /// What it lacks in an empty database is there by then; nobody has followed what it does then.
    Met,
    /// Nobody has followed it.
    Open,
}

/// What a downgrade gives back, after its own upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayBack {
    /// The schema as it was before.
    Undoes,
    /// Another schema.
    Differs,
    /// It fails for certain.
    Fails,
    /// It raises by itself, which says that there is no way back.
    Raises,
    /// It does nothing, and the upgrade does something.
    Empty,
    /// There is no `downgrade()`.
    Missing,
    /// That is not known.
    Unknown,
}

/// The search path as PostgreSQL takes it.
fn search_path(of: &source::SearchPath) -> SearchPath {
    match of {
        source::SearchPath::Default => SearchPath::default(),
        source::SearchPath::Translated => SearchPath::Translated,
        source::SearchPath::NotKnown { is_listed } => SearchPath::NotKnown { is_listed: *is_listed },
        source::SearchPath::Set(text) => {
            let operations = sql::operations(&SqlText::from(&**text), Dialect::Postgresql);
            let set = operations.into_iter().find_map(|operation| match operation {
                Operation::SearchPath { schemas } => Some(schemas),
                _ => None,
            });
            set.map_or(SearchPath::NotKnown { is_listed: false }, SearchPath::Is)
        }
    }
}

impl Account {
    /// Follows a history, and judges what becomes of it.
    pub fn of(history: &History<'_>) -> Self {
        let History { scripts, order, dialect, convention, project, width, running } = *history;
        let dialects = dialect.map_or_else(|| Dialect::ALL.to_vec(), |dialect| vec![dialect]);
        let begin = |&dialect: &Dialect| {
            let mut rules = DialectRules { convention: convention.clone(), ..DialectRules::new(dialect) };
            if dialect == Dialect::Postgresql {
                rules.search_path = search_path(&running.search_path);
                rules.takes_several = match running.asyncpg {
                    Asyncpg::Never => Truth::Yes,
                    Asyncpg::Perhaps => Truth::Maybe,
                    Asyncpg::Surely => Truth::No,
                };
            }
            Replay::begin(rules, width, running)
        };
        let mut replays: Vec<_> = dialects.iter().filter(|_| order.is_some()).map(begin).collect();
        let pool = Pool::default();
        let module = |at: usize| Module::of(&scripts[at].program, project, running).sharing(&pool);
        for replay in &mut replays {
            if project.makes_casts() {
                replay.taint(&Touches::Casts);
            }
            (0..scripts.len()).for_each(|at| replay.load(&mut module(at)));
        }
        // Each is loaded once, followed on every dialect and by itself, and let go.
        let mut alone: Vec<Option<Followed>> = scripts.iter().map(|_| None).collect();
        for &at in order.into_iter().flatten() {
            let mut module = module(at);
            for replay in &mut replays {
                replay.step(at, &scripts[at], &mut module, running);
            }
            alone[at] = Some(Followed::of(&mut module, dialect, true));
        }
        let apart = |(at, followed): (usize, Option<Followed>)| {
            followed.unwrap_or_else(|| Followed::of(&mut module(at), dialect, false))
        };
        let migrations: Vec<Followed> = alone.into_iter().enumerate().map(apart).collect();
        let needs = Needs::of(scripts, &migrations);
        // Without an order nobody knows what comes before.
        let width = migrations.iter().fold(width, |width, own| width.or(own.width));
        let mut failures = failing::together(&replays);
        failures.extend(failing::apart(scripts, order, &needs, &dialects, width));
        let mut of_script: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, failing) in failures.iter().enumerate() {
            of_script.entry((failing.script, failing.direction)).or_default().push(at);
        }
        let mut account = Self { dialects, replays, needs, failures, of_script, ..Self::nothing() };
        let all = account.of_script.keys().copied();
        account.everywhere =
            all.filter(|&(script, direction)| account.is_refused(script, direction)).collect();
        account.endings = account.replays.iter().map(|replay| account.ending_of(replay)).collect();
        account.best = account.find_best();
        account
    }

    /// An account of nothing.
    pub fn nothing() -> Self {
        Self {
            dialects: Vec::new(),
            replays: Vec::new(),
            best: 0,
            needs: Needs::default(),
            failures: Vec::new(),
            of_script: BTreeMap::new(),
            everywhere: BTreeSet::new(),
            endings: Vec::new(),
        }
    }

    /// The dialects in question.
    pub fn dialects(&self) -> &[Dialect] {
        &self.dialects
    }

    /// The history on each dialect in question; empty where there was no order to follow.
    pub fn replays(&self) -> &[Replay] {
        &self.replays
    }

    /// The history on the dialect that fits best: the one on which the fewest revisions fail.
    pub fn best(&self) -> Option<&Replay> {
        self.replays.get(self.best)
    }

    /// Everything that fails or may, in a direction: upgrades in Alembic's order, downgrades from the heads back.
    pub fn failures(&self, direction: Direction) -> impl Iterator<Item = &Failing> {
        self.failures.iter().filter(move |failing| failing.direction == direction)
    }

    /// What fails or may in one script.
    pub fn failures_of(&self, script: usize, direction: Direction) -> impl Iterator<Item = &Failing> {
        let own = self.of_script.get(&(script, direction)).into_iter().flatten();
        own.map(|&at| &self.failures[at])
    }

    /// The scripts that certainly fail on every dialect in question, whatever made the database, in Alembic's order.
    pub fn failing_everywhere(&self, direction: Direction) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for failing in self.failures(direction) {
            // What fails in one script stands together.
            if found.last() != Some(&failing.script) && self.fails_everywhere(failing.script, direction) {
                found.push(failing.script);
            }
        }
        found
    }

    /// Whether a script certainly fails on every dialect in question, whatever made the database: each may refuse it for a
    /// reason of its own.
    pub fn fails_everywhere(&self, script: usize, direction: Direction) -> bool {
        self.everywhere.contains(&(script, direction))
    }

    fn is_refused(&self, script: usize, direction: Direction) -> bool {
        let stops = |dialect: &Dialect| self.failures_of(script, direction).any(|own| own.stops_on(*dialect));
        !self.dialects.is_empty() && self.dialects.iter().all(stops)
    }

    /// Why a script that fails everywhere does, in order: what fails on every dialect, else what each refuses first.
    pub fn reasons(&self, script: usize, direction: Direction) -> Vec<&Failing> {
        let shared: Vec<_> = self.failures_of(script, direction).filter(|own| own.is_everywhere()).collect();
        if !shared.is_empty() || !self.fails_everywhere(script, direction) {
            return shared;
        }
        let first =
            |dialect: &Dialect| self.failures_of(script, direction).position(|own| own.stops_on(*dialect));
        let first: BTreeSet<_> = self.dialects.iter().filter_map(first).collect();
        let own = self.failures_of(script, direction).enumerate();
        own.filter(|(at, _)| first.contains(at)).map(|(_, own)| own).collect()
    }

    /// The same in words: `no such table: t, and 2 more`; `on SQLite …; on PostgreSQL and MySQL …` where each refuses
    /// something else. Nothing where the script does not fail everywhere.
    pub fn why(&self, script: usize, direction: Direction) -> Option<String> {
        let reasons = self.reasons(script, direction);
        let first = reasons.first()?;
        if !first.is_everywhere() {
            return Some(reasons.iter().map(|own| own.on_its_own()).collect::<Vec<_>>().join("; "));
        }
        let more =
            if reasons.len() > 1 { format!(", and {} more", reasons.len() - 1) } else { String::new() };
        Some(format!("{}{more}", first.message()))
    }

    /// The scripts whose downgrade certainly fails on every dialect in question although the upgrade runs: what an upgrade
    /// could not do, nothing can undo.
    pub fn failing_downgrades(&self) -> Vec<usize> {
        let mut scripts = self.failing_everywhere(Direction::Downgrade);
        scripts.retain(|&script| self.fails_on_the_way_back(script));
        scripts
    }

    /// Whether a script's downgrade certainly fails on every dialect in question although its upgrade runs.
    pub fn fails_on_the_way_back(&self, script: usize) -> bool {
        let mut up = self.failures_of(script, Direction::Upgrade);
        up.all(|own| own.certainty() == Certainty::InDoubt)
            && self.fails_everywhere(script, Direction::Downgrade)
    }

    /// The upgrades that certainly fail on some dialect for want of tables that no migration creates.
    pub fn needing_elsewhere(&self) -> impl Iterator<Item = &Failing> {
        self.failures(Direction::Upgrade).filter(|failing| failing.needs_elsewhere())
    }

    /// What those want, in a word or two.
    pub fn wanted_elsewhere(&self) -> &'static str {
        let wants = |extension: bool| self.needing_elsewhere().any(|own| own.wants_extension() == extension);
        match (wants(false), wants(true)) {
            (true, true) => "tables and extensions",
            (false, true) => "extensions",
            (_, false) => "tables",
        }
    }

    /// The same in one script.
    pub fn needing_elsewhere_in(&self, script: usize) -> impl Iterator<Item = &Failing> {
        self.failures_of(script, Direction::Upgrade).filter(|failing| failing.needs_elsewhere())
    }

    /// Where an upgrade stops on a dialect whatever made the database: the first failure of that kind.
    pub fn stop_on(&self, dialect: Dialect) -> Option<&Failing> {
        self.failures(Direction::Upgrade).find(|failing| failing.stops_on(dialect))
    }

    /// The first certain failure of the upgrade of an empty database on a dialect.
    pub fn first_failure_on(&self, dialect: Dialect) -> Option<&Failing> {
        self.failures(Direction::Upgrade).find(|failing| failing.is_certain_on(dialect))
    }

    /// Where a database stops that has run some scripts, nothing where that is not known, and now runs others: both in
    /// order. What was followed is the upgrade of an empty database, so only what is a part of that way is certain.
    pub fn stop(&self, ran: Option<&[usize]>, runs: &[usize]) -> Option<Stop> {
        let fails = |script: usize| -> Vec<(Dialect, &Failing)> {
            let own: Vec<_> = self.failures_of(script, Direction::Upgrade).collect();
            let first = |on: &Dialect| own.iter().find(|own| own.is_certain_on(*on)).map(|own| (*on, *own));
            self.dialects.iter().filter_map(first).collect()
        };
        // Of two that make the same the later one fails; that is the other one where the later one has run.
        let failing = ran.into_iter().flatten().flat_map(|&script| fails(script));
        let made: BTreeMap<usize, (Dialect, &Failing)> = failing
            .filter_map(|(on, failing)| match failing.origin {
                Origin::Earlier(moment) => Some((moment.script, (on, failing))),
                _ => None,
            })
            .collect();
        let (script, (first, failing)) = runs.iter().find_map(|&script| {
            let found = fails(script).first().copied().or_else(|| made.get(&script).copied());
            Some((script, found?))
        })?;
        let message = failing.message_on(first);
        let is_it = |(on, own): &(Dialect, &Failing)| own.message_on(*on) == message;
        let on: Vec<Dialect> = fails(failing.script).into_iter().filter(is_it).map(|(on, _)| on).collect();
        // What could not run and has run all the same was mended by hand, and who knows how.
        let is_as_followed = |ran: &[usize]| {
            let way = ran.iter().chain(runs.iter().take_while(|at| **at != script)).chain([&script]);
            let mut followed = self.replays.first().into_iter().flat_map(|replay| &replay.steps);
            ran.iter().all(|at| fails(*at).is_empty())
                && way.copied().all(|at| followed.next().is_some_and(|step| step.script == at))
                && (ran.is_empty() || failing.origin != Origin::Elsewhere)
        };
        // What comes later in an empty database may come earlier here; nobody has followed what it does then.
        let has_come = |maker: usize| {
            let mut way = ran.into_iter().flatten().chain(runs).take_while(|at| **at != script);
            way.any(|at| *at == maker)
        };
        let outlook = match failing.origin {
            _ if failing.script != script => Outlook::Same(failing.script),
            _ if ran.is_some_and(is_as_followed) => Outlook::Certain,
            Origin::Later(moment) if has_come(moment.script) => Outlook::Met,
            _ => Outlook::Open,
        };
        let is_everywhere = on.len() == self.dialects.len();
        Some(Stop { script, message: message.to_owned(), on, is_everywhere, outlook })
    }

    /// How the upgrade of an empty database ends on each dialect in question; empty where it was not followed.
    pub fn endings(&self) -> impl Iterator<Item = (Dialect, Ending)> {
        self.replays.iter().map(|replay| replay.rules.dialect).zip(self.endings.iter().copied())
    }

    /// How the upgrade of an empty database ends.
    pub fn upgrade(&self) -> Upgrade {
        let all = |wanted: &[Ending]| self.endings.iter().all(|ending| wanted.contains(ending));
        let any = |wanted: &[Ending]| self.endings.iter().any(|ending| wanted.contains(ending));
        // What certainly fails when it runs needs no order to be known.
        if !self.failing_everywhere(Direction::Upgrade).is_empty() {
            Upgrade::Stops
        } else if self.endings.is_empty() {
            Upgrade::NotFollowed
        } else if all(&[Ending::Stops, Ending::NeedsElsewhere]) && any(&[Ending::NeedsElsewhere]) {
            Upgrade::NeedsElsewhere
        } else if any(&[Ending::Stops, Ending::NeedsElsewhere]) {
            Upgrade::Depends
        } else if all(&[Ending::Runs]) {
            Upgrade::Runs
        } else {
            Upgrade::Undecided
        }
    }

    /// What becomes of one script's upgrade.
    pub fn fate(&self, script: usize) -> Fate {
        let own = || self.failures_of(script, Direction::Upgrade);
        if self.fails_everywhere(script, Direction::Upgrade) {
            return Fate::Fails;
        }
        let certain = |failing: &Failing| failing.certainty() != Certainty::InDoubt;
        if own().any(Failing::needs_elsewhere) {
            return Fate::NeedsElsewhere;
        }
        if own().any(certain) {
            return Fate::FailsOnSome;
        }
        if own().next().is_some() {
            return Fate::MayFail;
        }
        let is_clear = |replay: &Replay| replay.step_of(script).is_none_or(|step| step.upgrade.is_clear());
        if self.replays.iter().all(is_clear) { Fate::Runs } else { Fate::NotUnderstood }
    }

    /// What one script's downgrade gives back, on the dialect that fits best.
    pub fn way_back(&self, script: usize) -> WayBack {
        let Some((best, step)) = self.best().and_then(|best| Some((best, best.step_of(script)?))) else {
            return WayBack::Unknown;
        };
        let (upgrade, downgrade) = (&step.upgrade, &step.downgrade);
        let fails = |certain: bool| {
            let mut own = self.failures_of(script, Direction::Downgrade);
            own.any(|failing| failing.on(best.rules.dialect).is_some_and(|on| on.certain || !certain))
        };
        if !downgrade.is_there {
            WayBack::Missing
        } else if downgrade.raises.is_some() {
            WayBack::Raises
        } else if fails(true) {
            WayBack::Fails
        } else if downgrade.operations == 0 && upgrade.operations > 0 && !fails(false) {
            WayBack::Empty
        } else if !step.differences.is_empty() {
            WayBack::Differs
        } else if upgrade.is_clear() && downgrade.is_clear() {
            WayBack::Undoes
        } else {
            WayBack::Unknown
        }
    }

    /// For each pair of migrations of which one must come before the other: sorted, each pair once.
    pub fn prerequisites(&self) -> &[Prerequisite] {
        &self.needs.prerequisites
    }

    /// What a script must come after, and why.
    pub fn prerequisites_of(&self, script: usize) -> &[Prerequisite] {
        self.needs.prerequisites_of(script)
    }

    fn ending_of(&self, replay: &Replay) -> Ending {
        let dialect = replay.rules.dialect;
        if self.stop_on(dialect).is_some() {
            Ending::Stops
        } else if self.first_failure_on(dialect).is_some() {
            Ending::NeedsElsewhere
        } else if replay.steps.iter().all(|step| step.upgrade.is_clear()) {
            Ending::Runs
        } else {
            Ending::Undecided
        }
    }

    fn find_best(&self) -> usize {
        let failing_on = |at: &usize| {
            let dialect = self.replays[*at].rules.dialect;
            let mut scripts: Vec<_> = self
                .failures(Direction::Upgrade)
                .filter(|failing| failing.is_certain_on(dialect))
                .map(|failing| failing.script)
                .collect();
            scripts.dedup();
            scripts.len()
        };
        (0..self.replays.len()).min_by_key(failing_on).unwrap_or(0)
    }
}

impl Fate {
    /// What marks a revision.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::NotUnderstood => "not understood",
            Self::MayFail => "may fail",
            Self::FailsOnSome => "fails on some",
            Self::NeedsElsewhere => "needs tables",
            Self::Fails => "fails",
        }
    }
}
