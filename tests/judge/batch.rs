//! A location of a batch as the product reads it, and what it is not certain of, and why.

use std::collections::{BTreeMap, BTreeSet};

use rechain::audit::audit;
use rechain::audited::{AuditOptions, Audited};
use rechain::ingest::SourceTree;
use rechain::replay::{Direction, Failing};
use rechain::schema::{Dialect, TableName};
use rechain::text::{LineIndex, TextRange};

use super::databases::{Agreement, Answer, Back, Comparison, Followed, Location, Named, State, Stop};
use super::read;

/// A history as an audit of its whole project follows it.
pub(crate) struct Product {
    tree: SourceTree,
    pub(crate) followed: Followed,
}

/// What a run of a history says of the audit.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Tables and columns that the database has and the audit names, over all states, certain or not.
    pub(crate) named: usize,
    /// What is certain, and not so.
    pub(crate) wrong: Vec<String>,
    /// Certain failures of upgrades that ran.
    pub(crate) false_up: Vec<String>,
    /// Certain failures of downgrades that ran.
    pub(crate) false_down: Vec<String>,
    /// What took certainty away.
    pub(crate) losses: Vec<Loss>,
}

/// Something that took certainty away, for the first time.
#[derive(Debug)]
pub(crate) struct Loss {
    /// The file and the line.
    pub(crate) place: String,
    pub(crate) words: String,
    /// Tables and columns, over all states.
    pub(crate) items: usize,
    /// Whether the database ran stand-ins there.
    pub(crate) stubbed: bool,
}

impl Loss {
    /// The words without what is only of this place.
    pub(crate) fn kind(&self) -> String {
        let mut kind = String::new();
        for (at, part) in self.words.split(['`', '"']).enumerate() {
            kind.push_str(if at % 2 == 0 { part } else { "…" });
        }
        kind
    }
}

impl Product {
    /// That of a location; nothing where an audit finds no environment with its migrations.
    pub(crate) fn of(location: &Location, dialect: Dialect) -> Option<Self> {
        let tree = read(&location.folder).tree;
        let audit =
            audit(&tree, AuditOptions { dialect: Some(dialect), ..Default::default() }, &mut |_, _| {});
        let own = |audited: &Audited| {
            let is_own = |folder: &str| location.version_locations.iter().any(|at| at == folder);
            audited.scripts.iter().filter(|script| is_own(script.path.folder())).count()
        };
        let audited =
            audit.environments.into_iter().filter(|audited| own(audited) > 0).max_by_key(|audited| {
                (audited.environment.script_location == location.script_location, own(audited))
            })?;
        let followed = Followed { scripts: audited.loaded.scripts, account: audited.account, dialect };
        Some(Self { tree, followed })
    }

    /// Compares with what became of it.
    pub(crate) fn compare(&self, answer: &Answer) -> Comparison {
        // Where there is no order to follow, Alembic comes to run nothing.
        match self.followed.account.best() {
            Some(_) => self.followed.compare(answer),
            None => Comparison::of_nothing(answer),
        }
    }

    /// Measures it by what the database did.
    pub(crate) fn measure(&self, answer: &Answer) -> Measured {
        let mut found = Measured::default();
        let mut search = Search { product: self, causes: BTreeMap::new(), open: None, latest: None };
        let (mut before, mut told) = (BTreeSet::new(), BTreeSet::new());
        self.followed.each_state(answer, |state| {
            let revision = self.followed.id(state.own.script);
            found.named += state.theirs.keys().filter(|named| state.ours.contains(named)).count();
            for named in state.certain.iter().filter(|named| !state.theirs.contains_key(named)) {
                if told.insert(named.clone()) {
                    found.wrong.push(format!("{revision}: {} is not there", words(named)));
                }
            }
            for (named, is_view) in &state.theirs {
                if !is_view && denies(state, named) && told.insert(named.clone()) {
                    found.wrong.push(format!("{revision}: {} is there", words(named)));
                }
            }
            let stubbed = !answer.steps[state.at].stubbed.is_empty();
            search.state(state, &before, stubbed, &mut found.losses);
            before = state.theirs.keys().cloned().collect();
        });
        for failing in self.certain(Direction::Upgrade) {
            let id = self.followed.id(failing.script);
            if answer.order.iter().any(|revision| revision == id) && !answer.stood_in_for(id, failing) {
                found.false_up.push(self.failing(failing));
            }
        }
        let gone = answer.down.iter().flat_map(|down| &down.back).filter(|back| back.failure.is_none());
        for back in gone {
            found.false_down.extend(self.goes_back(&back.revision).map(|(_, words)| words));
        }
        found
    }

    /// The first failure of the way back on both sides, from the heads; nothing where the upgrade came to no end.
    pub(crate) fn way_down(&self, answer: &Answer) -> Option<Agreement> {
        let both = answer.down.as_ref()?.back.iter().rev().map(|Back { revision, failure }| {
            let own = self.goes_back(revision);
            let stop = own.map(|(kind, message)| Stop { revision: revision.clone(), kind, message });
            (failure.as_ref(), stop)
        });
        let first = both.into_iter().find_map(|both| match both {
            (None, None) => None,
            (None, Some(own)) => Some(Agreement::FalseAlarm(own)),
            (Some(real), Some(own)) if real.kind == own.kind => Some(Agreement::Same),
            (Some(_), Some(own)) => Some(Agreement::OtherKind(own)),
            (Some(_), None) => Some(Agreement::Missed),
        });
        Some(first.unwrap_or(Agreement::NoFailure))
    }

    /// The certain failure of a revision's downgrade: its kind, and in words.
    fn goes_back(&self, revision: &str) -> Option<(&'static str, String)> {
        let followed = &self.followed;
        let steps = &followed.account.best()?.steps;
        let step = steps.iter().find(|step| followed.id(step.script) == revision)?;
        let mut own = followed.account.failures_of(step.script, Direction::Downgrade);
        if let Some(failing) = own.find(|failing| failing.is_certain_on(followed.dialect)) {
            return Some((failing.kind.word(), self.failing(failing)));
        }
        if !step.downgrade.is_there {
            let path = &followed.scripts[step.script].path;
            return Some(("undefined-name", format!("{path}: there is no downgrade()")));
        }
        let raises = step.downgrade.raises.as_ref()?;
        let kind = if raises.what == "NotImplementedError" { "not-supported" } else { "other" };
        Some((kind, format!("{}: raises {}", self.place(step.script, raises.range), raises.what)))
    }

    fn certain(&self, direction: Direction) -> impl Iterator<Item = &Failing> {
        let followed = &self.followed;
        let failures = followed.account.failures(direction);
        failures.filter(|failing| failing.is_certain_on(followed.dialect))
    }

    fn failing(&self, failing: &Failing) -> String {
        let message = failing.message_on(self.followed.dialect);
        format!("{}: {message}", self.place(failing.script, failing.range))
    }

    fn place(&self, script: usize, range: TextRange) -> String {
        let path = &self.followed.scripts[script].path;
        let source = self.tree.get(path).unwrap_or_default();
        format!("{path}:{}", LineIndex::new(source).line_column(range.start()).line)
    }
}

/// Whether the replay is certain that it is not there.
fn denies(state: &State<'_>, (table, column): &Named) -> bool {
    let after = &state.own.after;
    let (schema, name) = match table.split_once('.') {
        Some((schema, name)) => (Some(schema), name),
        None => (None, table.as_str()),
    };
    let table = TableName::new(schema, name);
    match column {
        Some(column) => after.has_table(&table).is_yes() && after.has_column(&table, column).is_no(),
        None => after.has_table(&table).is_no() && after.has_view(&table).is_no(),
    }
}

fn words((table, column): &Named) -> String {
    column.as_ref().map_or_else(|| table.clone(), |column| format!("{table}.{column}"))
}

/// Looks for what took certainty away, state by state.
struct Search<'a> {
    product: &'a Product,
    /// What is not certain, by the place of what took it.
    causes: BTreeMap<Named, usize>,
    /// What made it so that any table may be there.
    open: Option<usize>,
    /// What took anything away last.
    latest: Option<usize>,
}

impl Search<'_> {
    fn state(&mut self, state: &State<'_>, before: &BTreeSet<Named>, stubbed: bool, losses: &mut Vec<Loss>) {
        let was_open = self.open.filter(|_| !state.own.after.tables_are_known());
        let first = losses.len();
        let here = self.here(state);
        let note = |losses: &mut Vec<Loss>, (place, words): (String, String)| {
            let known = losses[first..].iter().position(|loss| loss.words == words && loss.place == place);
            known.map_or_else(
                || {
                    losses.push(Loss { place, words, items: 0, stubbed });
                    losses.len() - 1
                },
                |at| first + at,
            )
        };
        let is_lost = |named: &Named| !state.certain.contains(named);
        self.causes.retain(|named, _| state.theirs.contains_key(named) && is_lost(named));
        if was_open.is_none() {
            let opens = !state.own.after.tables_are_known();
            let cause = here.clone().unwrap_or_else(|| self.silent(state, "any table may be there"));
            self.open = opens.then(|| note(losses, cause));
        }
        for (named, is_view) in state.theirs.iter().filter(|(named, _)| is_lost(named)) {
            let is_new = !before.contains(named);
            let of_table = self.causes.get(&(named.0.clone(), None)).copied();
            let cause = match self.causes.get(named) {
                Some(&known) => known,
                None if *is_view => note(losses, self.silent(state, "a view, which is not compared")),
                None => match (is_new, was_open, of_table, &here) {
                    (true, Some(open), _, _) => open,
                    (_, _, Some(table), _) if named.1.is_some() => table,
                    (_, _, _, Some(here)) => note(losses, here.clone()),
                    _ => match was_open.or(self.latest) {
                        Some(earlier) => earlier,
                        None => note(losses, self.silent(state, "nothing that was not understood")),
                    },
                },
            };
            losses[cause].items += 1;
            self.causes.insert(named.clone(), cause);
            self.latest = Some(cause);
        }
    }

    /// What was first not understood, or in doubt, in a step: the place, and in words.
    fn here(&self, state: &State<'_>) -> Option<(String, String)> {
        let (product, step) = (self.product, state.own);
        if let Some(unknown) = step.upgrade.unknown.first() {
            return Some((product.place(step.script, unknown.range), unknown.what.to_string()));
        }
        let followed = &product.followed;
        let mut failures = followed.account.failures_of(step.script, Direction::Upgrade);
        if let Some(failing) = failures.find(|failing| failing.on(followed.dialect).is_some()) {
            let how = if failing.is_certain_on(followed.dialect) { "fails" } else { "may fail" };
            let words = format!("{how}: {}", failing.message_on(followed.dialect));
            return Some((product.place(step.script, failing.range), words));
        }
        (step.upgrade.in_doubt > 0).then(|| self.silent(state, "under a condition that is not known"))
    }

    /// A step of which no statement is to blame.
    fn silent(&self, state: &State<'_>, words: &str) -> (String, String) {
        (self.product.followed.scripts[state.own.script].path.to_string(), words.to_owned())
    }
}
