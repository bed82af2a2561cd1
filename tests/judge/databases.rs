//! Real Alembic on real databases, and the replay of the same folders beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use rechain::alembic::Reading;
use rechain::ingest::{SourceTree, TreePath};
use rechain::replay::{Account, Direction, Failing, History, Width};
use rechain::schema::{Convention, Dialect, DialectRules, NamingConvention, ObjectName};
use rechain::source::{ProjectModules, PythonFiles, Running, Script, read_script};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Talk;
use super::projects::{Project, fetched, projects, unpacked};

/// The databases that are started.
pub(crate) const DIALECTS: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgresql];

/// How long one history may take, in seconds.
const LIMIT: u64 = 120;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locations {
    location: Vec<Location>,
}

/// A script location of `tests/databases.toml`, or of a batch.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "these are Alembic's own words")]
pub(crate) struct Location {
    pub(crate) project: String,
    #[serde(default)]
    version: String,
    /// Where the project is, in a batch.
    #[serde(default)]
    pub(crate) folder: PathBuf,
    pub(crate) script_location: String,
    pub(crate) version_locations: Vec<String>,
    #[serde(default)]
    naming_convention: BTreeMap<String, String>,
    #[serde(default)]
    setup: String,
    #[serde(default)]
    passed_over: Vec<String>,
    /// Keywords that its env.py hands to the migrations.
    #[serde(default)]
    arguments: BTreeMap<String, Value>,
    /// Whether its env.py has each statement be a transaction of its own.
    #[serde(default)]
    autocommit: bool,
    /// Folders of the project to import from, besides the project's own.
    #[serde(default)]
    sys_path: Vec<String>,
    /// What is worth knowing of it.
    #[serde(default)]
    pub(crate) note: String,
    /// What of its schema only running tells, where that is more than a tenth.
    #[serde(default)]
    pub(crate) unknown: String,
}

/// Those of a list.
pub(crate) fn locations(list: &Path) -> Vec<Location> {
    let text = std::fs::read_to_string(list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
    toml::from_str::<Locations>(&text).expect("the list is right").location
}

impl Location {
    /// What tells it from the others.
    pub(crate) fn place(&self) -> &str {
        match self.version_locations.as_slice() {
            [only] => only,
            _ => &self.script_location,
        }
    }

    /// The question about migrations in `dir`, which imports from `wheel`.
    fn question(&self, dir: &Path, wheel: &Path, dialect: Dialect) -> Value {
        let mut question = json!({
            "dir": dir,
            "dialect": dialect.name(),
            "stubs": true,
            "sys_path": [wheel],
            "setup": self.setup,
            "passed_over": self.passed_over,
            "arguments": self.arguments,
            "autocommit": self.autocommit,
            "limit": LIMIT,
        });
        if !self.naming_convention.is_empty() {
            question["naming_convention"] = json!(self.naming_convention);
        }
        question
    }

    fn rules(&self, dialect: Dialect) -> DialectRules {
        let mut rules = DialectRules::new(dialect);
        if !self.naming_convention.is_empty() {
            rules.convention = NamingConvention::empty();
        }
        for (kind, template) in &self.naming_convention {
            *rules.convention.get_mut(kind).expect("it is a kind of constraint") =
                Convention::Template(template.as_str().into());
        }
        rules
    }
}

/// What became of a history.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(crate) order: Vec<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) failure: Option<Failure>,
    /// The way back, where it was asked for and the upgrade came to its end.
    pub(crate) down: Option<WayDown>,
}

/// What became of the downgrades, each on what its own upgrade left.
#[derive(Debug, Deserialize)]
pub(crate) struct WayDown {
    pub(crate) back: Vec<Back>,
    /// Why the rest of them were not come to.
    pub(crate) failure: Option<Failure>,
}

/// What became of one of them.
#[derive(Debug, Deserialize)]
pub(crate) struct Back {
    pub(crate) revision: String,
    pub(crate) failure: Option<Failure>,
}

impl WayDown {
    /// The first failure, from the heads back.
    pub(crate) fn first_failure(&self) -> Option<&Failure> {
        self.back.iter().rev().find_map(|back| back.failure.as_ref())
    }
}

impl Answer {
    /// Whether a type of an extension was a text where a migration ran, since the library that has it is not here.
    pub(super) fn stood_in_for(&self, revision: &str, failing: &Failing) -> bool {
        let mut ran = self.order.iter().zip(&self.steps).filter(|(own, _)| *own == revision);
        matches!(failing.object, Some(ObjectName::Extension(_)))
            && ran.any(|(_, step)| !step.stubbed.is_empty())
    }
}

/// A revision that was applied.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    /// Tables that are others than a step before; nothing for one that is gone.
    tables: BTreeMap<String, Option<Table>>,
    /// What its file takes from stand-ins.
    #[serde(default)]
    pub(super) stubbed: Vec<String>,
}

/// A table, or a view.
#[derive(Debug, Deserialize)]
struct Table {
    #[serde(default)]
    view: bool,
    #[serde(default)]
    columns: Vec<Column>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
}

/// How a history ended, and what was there then: tables with their columns, and views.
pub(crate) struct Ended {
    pub(crate) ends: String,
    pub(crate) tables: BTreeMap<String, Vec<String>>,
    pub(crate) views: BTreeSet<String>,
}

impl Answer {
    pub(crate) fn ended(self) -> Ended {
        let ends = self.failure.map_or_else(|| "heads".to_owned(), |failure| failure.to_string());
        let mut all: BTreeMap<String, Option<Table>> = BTreeMap::new();
        for step in self.steps {
            all.extend(step.tables);
        }
        let (mut tables, mut views) = (BTreeMap::new(), BTreeSet::new());
        for (name, table) in all {
            match table {
                None => {}
                Some(Table { view: true, .. }) => drop(views.insert(name)),
                Some(Table { columns, .. }) => {
                    tables.insert(name, columns.into_iter().map(|column| column.name).collect());
                }
            }
        }
        Ended { ends, tables, views }
    }
}

/// Why a history came to no end.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Failure {
    /// Nothing where Alembic did not come to run any.
    pub(crate) revision: Option<String>,
    class: String,
    message: String,
    pub(super) kind: String,
    origin: String,
}

impl Failure {
    /// Whether it is neither the database's nor that of Alembic, SQLAlchemy or the migration: see `faults.py`. A stand-in
    /// that is handed to the database, or to SQLAlchemy as a model, is none of theirs either.
    pub(crate) fn is_of_the_surroundings(&self) -> bool {
        let is_stand_in = self.message.contains("'Anything'") || self.message.contains("<stub ");
        self.origin == "surroundings" || self.kind == "time-limit" || is_stand_in
    }

    /// The exception, in one line.
    pub(crate) fn words(&self) -> String {
        format!("{}: {}", self.class, self.message.lines().next().unwrap_or_default())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.kind, self.revision.as_deref().unwrap_or("loading"))
    }
}

/// The process that starts databases and runs migrations on them.
pub(crate) struct Databases {
    python: OsString,
    talk: Talk,
}

impl Databases {
    pub(crate) fn start(python: &OsStr) -> Self {
        Self { python: python.to_owned(), talk: Talk::start(python, "databases.py", &[]) }
    }

    /// Runs the migrations of a location.
    pub(crate) fn location(&mut self, location: &Location, wheel: &Wheel, dialect: Dialect) -> Answer {
        let mut question = location.question(wheel.dir.path(), wheel.dir.path(), dialect);
        question["script_location"] = json!(location.script_location);
        question["version_locations"] = json!(location.version_locations);
        self.ask(&question)
    }

    /// Runs the migrations of a location of a batch, up and down.
    pub(crate) fn batch(&mut self, location: &Location, dialect: Dialect) -> Answer {
        let mut question = location.question(&location.folder, &location.folder, dialect);
        question["script_location"] = json!(location.script_location);
        question["version_locations"] = json!(location.version_locations);
        let own = location.sys_path.iter().map(|place| location.folder.join(place));
        question["sys_path"] = json!(own.collect::<Vec<_>>());
        question["downgrade"] = json!(true);
        self.ask(&question)
    }

    /// Runs the migrations of a folder that was made from a location.
    pub(crate) fn folder(
        &mut self,
        folder: &Path,
        location: &Location,
        wheel: &Wheel,
        dialect: Dialect,
    ) -> Answer {
        self.ask(&location.question(folder, wheel.dir.path(), dialect))
    }

    /// Asks about one history: the fields are those of `databases.py`.
    pub(crate) fn ask(&mut self, question: &Value) -> Answer {
        // It ends by itself before that, after the way up and the way back.
        let patience = Duration::from_secs(2 * LIMIT + 60);
        self.talk.ask(question, patience).unwrap_or_else(|| panic!("no answer to {question}"))
    }
}

/// The projects that were looked at, unpacked.
pub(crate) struct Wheels {
    python: OsString,
    projects: Vec<Project>,
    unpacked: BTreeMap<String, Option<Rc<Wheel>>>,
}

/// An unpacked project.
pub(crate) struct Wheel {
    pub(crate) dir: tempfile::TempDir,
    tree: SourceTree,
}

impl Wheels {
    pub(crate) fn new(python: &OsStr) -> Self {
        Self { python: python.to_owned(), projects: projects(), unpacked: BTreeMap::new() }
    }

    /// The one of a location; nothing when the package index cannot be reached.
    pub(crate) fn of(&mut self, location: &Location) -> Option<Rc<Wheel>> {
        let Location { project: name, version, .. } = location;
        let known = |project: &&Project| project.name == *name && project.version == *version;
        let project = self.projects.iter().find(known).expect("tests/projects.toml has its project");
        let unpack = || {
            let dir = unpacked(&fetched(&self.python, project)?);
            let mut tree = SourceTree::default();
            add(&mut tree, dir.path());
            Some(Rc::new(Wheel { dir, tree }))
        };
        self.unpacked.entry(name.clone()).or_insert_with(unpack).clone()
    }

    /// Forgets what was unpacked.
    pub(crate) fn clear(&mut self) {
        self.unpacked.clear();
    }
}

/// Adds what a migration may come to read.
fn add(tree: &mut SourceTree, dir: &Path) {
    let mut open: Vec<PathBuf> = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("it was unpacked") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "py" || ending == "sql") {
                let below = path.strip_prefix(dir).expect("below").to_string_lossy().replace('\\', "/");
                let below = TreePath::parse(&below).expect("a wheel has relative paths");
                tree.insert(below, std::fs::read(&path).expect("readable"));
            }
        }
    }
}

/// A history as it was followed.
pub(crate) struct Followed {
    pub(super) scripts: Vec<Script>,
    pub(super) account: Account,
    pub(super) dialect: Dialect,
}

/// The schema after a revision, on both sides.
pub(super) struct State<'a> {
    /// Its place in the order.
    pub(super) at: usize,
    pub(super) own: &'a rechain::replay::Step,
    /// What the database has, and whether it is of a view.
    pub(super) theirs: BTreeMap<Named, bool>,
    /// What the replay has for certain.
    pub(super) certain: BTreeSet<Named>,
    /// What it has or may have.
    pub(super) ours: BTreeSet<Named>,
}

impl Followed {
    /// That of a location; nothing where its graph has no order.
    pub(crate) fn location(location: &Location, wheel: &Wheel, dialect: Dialect) -> Option<Self> {
        Self::of(&wheel.tree, &location.version_locations, &location.rules(dialect))
    }

    /// That of a folder that was made from a location.
    pub(crate) fn folder(
        folder: &Path,
        location: &Location,
        wheel: &Wheel,
        dialect: Dialect,
    ) -> Option<Self> {
        let mut tree = wheel.tree.clone();
        add(&mut tree, folder);
        Self::of(&tree, &["migrations/versions".to_owned()], &location.rules(dialect))
    }

    fn of(tree: &SourceTree, version_locations: &[String], rules: &DialectRules) -> Option<Self> {
        let is_migration = |path: &TreePath| {
            let name = path.file_name();
            name.rsplit('.').next() == Some("py")
                && name != "__init__.py"
                && version_locations.iter().any(|at| at == path.folder())
        };
        let files: Vec<_> = tree.iter().filter(|(path, _)| is_migration(path)).collect();
        let scripts: Vec<Script> = files.iter().map(|(path, source)| read_script(path, source)).collect();
        let reading = Reading::of(&scripts, &[]);
        let order = reading.upgrade_order(&scripts, &[])?;
        let account = Account::of(&History {
            scripts: &scripts,
            order: Some(&order),
            dialect: Some(rules.dialect),
            convention: &rules.convention,
            project: &ProjectModules::of(&PythonFiles::of(tree)),
            width: Width::default(),
            running: &Running::default(),
        });
        Some(Self { scripts, account, dialect: rules.dialect })
    }

    pub(super) fn id(&self, script: usize) -> &str {
        self.scripts[script].id().unwrap_or_default()
    }

    /// How many revisions there are.
    pub(crate) fn n_revisions(&self) -> usize {
        self.account.best().map_or(0, |replay| replay.steps.len())
    }

    /// Where it stops for certain, and the kind.
    /// The first certain failure, but for those of which a stand-in took the cause away.
    fn stops_at(&self, answer: &Answer) -> Option<Stop> {
        let own = self.account.failures(Direction::Upgrade);
        let mut certain = own.filter(|failing| failing.is_certain_on(self.dialect));
        let failing = certain.find(|failing| !answer.stood_in_for(self.id(failing.script), failing))?;
        Some(Stop {
            revision: self.id(failing.script).to_owned(),
            kind: failing.kind.word(),
            message: failing.message().to_owned(),
        })
    }

    /// Compares with what became of it.
    pub(crate) fn compare(&self, answer: &Answer) -> Comparison {
        let mut found = Comparison {
            states: 0,
            right: 0,
            all: 0,
            agreement: self.agreement(answer),
            problems: Vec::new(),
        };
        let problem = self.each_state(answer, |State { theirs, certain, .. }| {
            // What is not certain counts as missing.
            let right = certain.iter().filter(|named| theirs.contains_key(named)).count();
            found.states += 1;
            found.right += right;
            found.all += theirs.len() + certain.len() - right;
        });
        found.problems.extend(problem);
        found
    }

    /// Looks at the schema after each revision that was applied; says where the orders part.
    pub(super) fn each_state(&self, answer: &Answer, mut look: impl FnMut(&State<'_>)) -> Option<String> {
        let mut real: BTreeMap<&str, &Table> = BTreeMap::new();
        for (at, (revision, step)) in answer.order.iter().zip(&answer.steps).enumerate() {
            let own = self.account.best().and_then(|replay| replay.steps.get(at));
            let Some(own) = own.filter(|own| self.id(own.script) == revision) else {
                return Some(format!("the order differs at {revision}"));
            };
            for (name, table) in &step.tables {
                match table {
                    Some(table) => real.insert(name, table),
                    None => real.remove(name.as_str()),
                };
            }
            let mut state =
                State { at, own, theirs: BTreeMap::new(), certain: BTreeSet::new(), ours: BTreeSet::new() };
            for (table, content) in &real {
                let columns = content.columns.iter().map(|column| column.name.as_str());
                state.theirs.extend(self.named(table, columns).map(|named| (named, content.view)));
            }
            for (name, table) in own.after.tables() {
                let name = name.to_string();
                state.ours.extend(self.named(&name, table.columns.iter().map(|column| &*column.name)));
                if table.certain {
                    let columns = table.columns.iter().filter(|column| column.certain && table.columns_known);
                    state.certain.extend(self.named(&name, columns.map(|column| &*column.name)));
                }
            }
            look(&state);
        }
        None
    }

    /// A table and its columns, as the database compares names.
    fn named<'a>(
        &self,
        table: &'a str,
        columns: impl Iterator<Item = &'a str>,
    ) -> impl Iterator<Item = Named> {
        let dialect = self.dialect;
        let compared = move |name: &str| match dialect {
            Dialect::Sqlite => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        };
        let table = compared(table);
        let own = (table.clone(), None);
        std::iter::once(own).chain(columns.map(move |column| (table.clone(), Some(compared(column)))))
    }

    fn agreement(&self, answer: &Answer) -> Agreement {
        match (&answer.failure, self.stops_at(answer)) {
            (None, None) => Agreement::NoFailure,
            (None, Some(own)) => Agreement::FalseAlarm(own),
            (Some(_), None) => Agreement::Missed,
            (Some(real), Some(own)) if real.revision.as_ref() == Some(&own.revision) => {
                if real.kind == own.kind { Agreement::Same } else { Agreement::OtherKind(own) }
            }
            (Some(_), Some(own)) if answer.order.contains(&own.revision) => Agreement::FalseAlarm(own),
            (Some(_), Some(own)) => Agreement::Later(own),
        }
    }
}

/// A table, or with a name in it a column.
pub(super) type Named = (String, Option<String>);

/// The first certain failure of the replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(super) revision: String,
    pub(super) kind: &'static str,
    pub(super) message: String,
}

/// The first failure of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Neither has one.
    NoFailure,
    /// Both come to run no revision.
    NotRun,
    /// The same revision and the same kind.
    Same,
    /// The same revision, and another kind.
    OtherKind(Stop),
    /// The replay has none that is certain.
    Missed,
    /// The replay has one further on.
    Later(Stop),
    /// The replay is certain of one that the database does not have.
    FalseAlarm(Stop),
}

impl Agreement {
    /// Whether the two say the same.
    pub(crate) fn is_the_same(&self) -> bool {
        matches!(self, Self::NoFailure | Self::NotRun | Self::Same)
    }

    /// The whole difference, for whoever looks into it.
    pub(crate) fn difference(&self, real: Option<&Failure>) -> String {
        let real = real
            .map_or_else(|| "it comes to its heads".to_owned(), |real| format!("{real}: {}", real.words()));
        let own = match self {
            Self::NoFailure | Self::NotRun | Self::Same | Self::Missed => String::new(),
            Self::OtherKind(own) | Self::Later(own) | Self::FalseAlarm(own) => format!(": {}", own.message),
        };
        format!("{real}; the replay: {self}{own}")
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFailure => f.write_str("none"),
            Self::NotRun => f.write_str("not run"),
            Self::Same => f.write_str("the same"),
            Self::OtherKind(own) => write!(f, "another kind: {}", own.kind),
            Self::Missed => f.write_str("missed"),
            Self::Later(own) => write!(f, "missed, {} at {}", own.kind, own.revision),
            Self::FalseAlarm(own) => write!(f, "false alarm: {} at {}", own.kind, own.revision),
        }
    }
}

/// A history on a real database beside its replay.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// After so many revisions they were compared.
    pub(crate) states: usize,
    /// Tables and columns that are the same, over all states.
    pub(crate) right: usize,
    /// Tables and columns that either has, over all states.
    pub(crate) all: usize,
    pub(crate) agreement: Agreement,
    pub(crate) problems: Vec<String>,
}

impl Comparison {
    /// What there is to compare where the graph has no order: that the other does not come to run anything either.
    pub(crate) fn of_nothing(answer: &Answer) -> Self {
        let agreement = match &answer.failure {
            Some(failure) if failure.revision.is_none() => Agreement::NotRun,
            _ => Agreement::Missed,
        };
        Self { states: 0, right: 0, all: 0, agreement, problems: Vec::new() }
    }
}

/// What was done to a history.
#[derive(Debug, Deserialize)]
pub(crate) struct Mutation {
    mutation: String,
    revision: String,
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mutation, self.revision)
    }
}

/// The process that makes histories which went wrong.
pub(crate) struct Mutations(Talk);

impl Mutations {
    pub(crate) fn start(python: &OsStr) -> Self {
        Self(Talk::start(python, "mutations.py", &[]))
    }

    /// Makes one into a folder that is not there yet; nothing where the history has nothing to choose from.
    pub(crate) fn make(
        &mut self,
        location: &Location,
        wheel: &Wheel,
        seed: u64,
        into: &Path,
    ) -> Option<Mutation> {
        let question = json!({
            "dir": wheel.dir.path(),
            "version_locations": location.version_locations,
            "seed": seed,
            "into": into,
        });
        self.0.ask(&question, Duration::from_mins(1)).expect("it answers")
    }
}
