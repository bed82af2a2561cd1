//! What each of Alembic's commands would do with the files, as far as they decide it.
//!
//! Two databases are asked about: an empty one, and one that stands at the heads.

use serde::{Deserialize, Serialize};

use super::Reading;
use super::load::{Cause, Raised, module_name};
use super::map::RevisionMap;
use super::order::Stopped;
use super::text::{Printed, Printer};
use crate::ingest::TreePath;
use crate::source::{Flavour, Script};
use crate::text::{plural, python_repr};

/// Alembic's commands, in the order in which people need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// `heads`.
    Heads,
    /// `branches`.
    Branches,
    /// `history`.
    History,
    /// `show head`.
    ShowHead,
    /// `current`.
    Current,
    /// `upgrade head`.
    UpgradeHead,
    /// `upgrade heads`.
    UpgradeHeads,
    /// `downgrade -1`.
    Downgrade,
    /// `check`.
    Check,
    /// `revision`, with an empty body.
    Revision,
    /// `revision --autogenerate`.
    Autogenerate,
    /// `merge heads`.
    MergeHeads,
    /// `stamp head`.
    StampHead,
}

impl Command {
    /// Every one of them.
    pub const ALL: [Self; 13] = [
        Self::Heads,
        Self::Branches,
        Self::History,
        Self::ShowHead,
        Self::Current,
        Self::UpgradeHead,
        Self::UpgradeHeads,
        Self::Downgrade,
        Self::Check,
        Self::Revision,
        Self::Autogenerate,
        Self::MergeHeads,
        Self::StampHead,
    ];

    /// As it is typed after `alembic` or `flask db`.
    pub fn typed(self, flavour: Flavour) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Branches => "branches",
            Self::History => "history",
            Self::ShowHead => "show head",
            Self::Current => "current",
            Self::UpgradeHead => "upgrade head",
            Self::UpgradeHeads => "upgrade heads",
            Self::Downgrade => "downgrade -1",
            Self::Check => "check",
            Self::Revision => "revision",
            Self::Autogenerate if flavour == Flavour::FlaskMigrate => "migrate",
            Self::Autogenerate => "revision --autogenerate",
            Self::MergeHeads => "merge heads",
            Self::StampHead => "stamp head",
        }
    }

    /// Whether what it does hangs on where the database stands.
    pub fn looks_at_the_database(self) -> bool {
        match self {
            Self::Current
            | Self::UpgradeHead
            | Self::UpgradeHeads
            | Self::Downgrade
            | Self::Check
            | Self::Autogenerate => true,
            Self::Heads
            | Self::Branches
            | Self::History
            | Self::ShowHead
            | Self::Revision
            | Self::MergeHeads
            | Self::StampHead => false,
        }
    }

    /// Whether it runs `env.py` whatever the configuration says; nothing where `revision_environment` decides.
    fn runs_env(self) -> Option<bool> {
        match self {
            Self::Heads | Self::Branches | Self::ShowHead => Some(false),
            Self::History | Self::Revision | Self::MergeHeads => None,
            Self::Current
            | Self::UpgradeHead
            | Self::UpgradeHeads
            | Self::Downgrade
            | Self::Check
            | Self::Autogenerate
            | Self::StampHead => Some(true),
        }
    }
}

/// The database that a command meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Database {
    /// It has run nothing.
    Empty,
    /// It stands at the heads.
    AtHead,
}

/// What one command would do with one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// Its exit status; nothing where it never ends, or where only running tells.
    pub status: Option<u8>,
    /// What it does or says.
    pub says: String,
}

impl Foreseen {
    fn of(status: u8, says: impl Into<String>) -> Self {
        Self { status: Some(status), says: says.into() }
    }

    /// Only running would tell.
    pub fn open(says: impl Into<String>) -> Self {
        Self { status: None, says: says.into() }
    }

    /// It stops with an error: Alembic's own are a line of it, Python's are named by their class.
    pub fn stops(command: Command, raised: &Raised) -> Self {
        let status = raised.exit_status(command);
        let says = if status == 255 {
            format!("FAILED: {}", raised.message)
        } else {
            let parts = [raised.class.as_str(), &raised.message];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
        };
        Self { status: Some(status), says }
    }
}

/// What stands beside the migrations and matters to some commands.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// `revision_environment` as it is written: whether `history` and `merge` run `env.py`.
    pub revision_environment: Option<&'a str>,
    /// The `env.py`.
    pub env_py: EnvFile<'a>,
}

/// What is known of an `env.py`.
#[derive(Debug, Clone, Copy)]
pub enum EnvFile<'a> {
    /// It is there.
    Is {
        /// Its path.
        path: &'a TreePath,
        /// Whether it hands metadata over; nothing where only running tells.
        metadata: Option<bool>,
    },
    /// It is there, and does not parse: what Python says, in our words.
    Broken(&'a str),
    /// It is not where Alembic looks for it.
    Missing(&'a str),
    /// It may be elsewhere.
    Unknown,
}

impl Surroundings<'_> {
    /// Nothing beside the migrations is known.
    pub const UNKNOWN: Self = Self { revision_environment: None, env_py: EnvFile::Unknown };

    /// Whether a command runs `env.py`; an error where the configuration's word is none that Alembic knows.
    pub fn runs_env(&self, command: Command) -> Result<bool, Raised> {
        if let Some(runs) = command.runs_env() {
            return Ok(runs);
        }
        let Some(word) = self.revision_environment else { return Ok(false) };
        match word.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "t" | "1" => Ok(true),
            "false" | "no" | "off" | "n" | "f" | "0" => Ok(false),
            other => {
                let message = format!("String is not true/false: {}", python_repr(other));
                Err(Raised::new("ValueError", message))
            }
        }
    }
}

impl Reading {
    /// What a command would do with a database as far as the files decide it: what the migrations do when they run is
    /// another matter.
    pub fn foresee(
        &self,
        command: Command,
        database: Database,
        scripts: &[Script],
        around: &Surroundings<'_>,
    ) -> Foreseen {
        if let Some(said) = without_the_map(command, database, self, around) {
            return said;
        }
        match self {
            Self::Unknown => Foreseen::open("Only running would tell."),
            Self::Raises { raised, .. } => Foreseen::stops(command, raised),
            Self::Loads(map) => {
                let asked = Asked { map, scripts, around, database };
                match asked.foresee(command) {
                    Ok(said) => said,
                    Err(Stopped::NeverEnds) => Foreseen::open("Never comes to an end."),
                    Err(Stopped::Raises(raised)) => Foreseen::stops(command, &raised),
                }
            }
        }
    }
}

/// What a command does before it looks at the revisions, if that decides it.
fn without_the_map(
    command: Command,
    database: Database,
    reading: &Reading,
    around: &Surroundings<'_>,
) -> Option<Foreseen> {
    // A configuration that cannot be used comes before everything.
    if matches!(reading, Reading::Raises { raised, .. } if raised.cause == Cause::Configuration) {
        return None;
    }
    let said = match around.runs_env(command) {
        Err(raised) => Some(Foreseen::stops(command, &raised)),
        Ok(true) => match around.env_py {
            EnvFile::Missing(path) => {
                let raised = Raised::new("ImportError", format!("Can't find Python file {path}"));
                Some(Foreseen::stops(command, &raised))
            }
            EnvFile::Broken(what) => {
                Some(Foreseen::stops(command, &Raised::new("SyntaxError", format!("env.py: {what}"))))
            }
            EnvFile::Is { .. } if command.runs_env().is_none() => {
                Some(Foreseen::open("Runs env.py first, since revision_environment is set."))
            }
            EnvFile::Is { .. } | EnvFile::Unknown => None,
        },
        Ok(false) => None,
    };
    // Where a database has run nothing, nothing is below; Alembic asks that before it loads a file.
    let is_nowhere = command == Command::Downgrade && database == Database::Empty;
    said.or_else(|| is_nowhere.then(|| Foreseen::stops(command, &no_way_down())))
}

/// A command that has loaded the files, and what it meets.
struct Asked<'a> {
    map: &'a RevisionMap,
    scripts: &'a [Script],
    around: &'a Surroundings<'a>,
    database: Database,
}

impl Asked<'_> {
    fn foresee(&self, command: Command) -> Result<Foreseen, Stopped> {
        let says = match command {
            Command::Heads => {
                printed(self.printer().heads(false))?;
                match self.map.heads().as_slice() {
                    [] => "Prints nothing: there is no revision.".to_owned(),
                    heads => format!("Names {}.", listed(heads)),
                }
            }
            Command::Branches => {
                printed(self.printer().branches())?;
                match self.map.branch_points().as_slice() {
                    [] => "Prints nothing: no revision has two children.".to_owned(),
                    points => format!("Shows where the history forks: {}.", listed(points)),
                }
            }
            Command::History => {
                printed(self.printer().history())?;
                format!("Lists {}.", counted(self.map.newest_first()?.len()))
            }
            Command::ShowHead => {
                printed(self.printer().show("head"))?;
                format!("Shows {}.", listed(&self.map.heads()))
            }
            Command::Current => match self.database {
                Database::Empty => "Prints nothing: the database has run nothing.".to_owned(),
                Database::AtHead => format!("Prints {}.", listed(&self.map.real_heads())),
            },
            Command::UpgradeHead if self.map.heads().len() > 1 => {
                return Err(Stopped::Raises(several_heads("head")));
            }
            Command::StampHead if self.map.heads().len() > 1 => {
                let message = "Multiple heads are present; please specify a single target revision";
                return Err(raises("CommandError", message.to_owned()));
            }
            Command::UpgradeHead | Command::UpgradeHeads => self.upgrade()?,
            Command::Downgrade => return self.downgrade(),
            Command::Check | Command::Autogenerate => return self.compare(),
            Command::Revision => self.revision()?,
            Command::MergeHeads => return self.merge(),
            Command::StampHead => match self.map.heads().as_slice() {
                [] => "Has nothing to write.".to_owned(),
                heads => format!("Writes {} into the database, and runs nothing.", listed(heads)),
            },
        };
        Ok(Foreseen::of(0, says))
    }

    fn printer(&self) -> Printer<'_> {
        Printer { map: self.map, scripts: self.scripts, folder: "", verbose: false, is_silent: true }
    }

    fn upgrade(&self) -> Result<String, Stopped> {
        let order = self.map.upgrade_order()?;
        if self.database == Database::AtHead {
            return Ok("Has nothing to run.".to_owned());
        }
        // Alembic looks for each function while it makes its plan, before anything runs.
        for &at in self.map.newest_first()?.iter().rev() {
            self.needs(at, "upgrade")?;
        }
        self.map.upgrades()?;
        Ok(match order.as_slice() {
            [] => "Has nothing to run.".to_owned(),
            order => format!("Runs {}: {}.", counted(order.len()), listed(order)),
        })
    }

    /// One step down.
    fn downgrade(&self) -> Result<Foreseen, Stopped> {
        if self.map.has_symbol() {
            return Ok(Foreseen::open("Only running would tell: an id is a word of Alembic's own."));
        }
        let heads = self.map.real_head_positions();
        match heads.as_slice() {
            [] => Err(Stopped::Raises(no_way_down())),
            // Dependencies are no way down.
            [head] => {
                let below = self.map.at(*head).down.len();
                if below < 2 {
                    self.needs(*head, "downgrade")?;
                }
                let head = self.map.at(*head);
                match head.down.as_slice() {
                    [] => Ok(Foreseen::of(0, format!("Undoes {}, the first.", head.id))),
                    [parent] => Ok(Foreseen::of(0, format!("Undoes {}, down to {parent}.", head.id))),
                    _ => Err(raises("CommandError", "Ambiguous walk".to_owned())),
                }
            }
            _ => Ok(Foreseen::open(
                "Warns that it is ambiguous; which head it leaves depends on the database.",
            )),
        }
    }

    /// `check` and `revision --autogenerate`, which compare the models with the database.
    /// Source: `RevisionContext._run_environment` of Alembic's `autogenerate/api.py`.
    fn compare(&self) -> Result<Foreseen, Stopped> {
        if self.database == Database::Empty && !self.map.heads().is_empty() {
            return Err(raises("CommandError", "Target database is not up to date.".to_owned()));
        }
        match self.around.env_py {
            EnvFile::Is { path, metadata: Some(false) } => Err(raises(
                "CommandError",
                format!(
                    "Can't proceed with --autogenerate option; environment script {path} does not provide a MetaData \
                     object or sequence of objects to the context."
                ),
            )),
            _ => Ok(Foreseen::open("Compares the models with the database.")),
        }
    }

    fn revision(&self) -> Result<String, Stopped> {
        match self.map.heads().as_slice() {
            [] => Ok("Writes the first revision.".to_owned()),
            [head] => Ok(format!("Writes a revision on top of {head}.")),
            _ => Err(raises(
                "CommandError",
                "Multiple heads are present; please specify the head revision on which the new revision should be \
                 based, or perform a merge."
                    .to_owned(),
            )),
        }
    }

    fn merge(&self) -> Result<Foreseen, Stopped> {
        if self.map.has_symbol() {
            return Ok(Foreseen::open("Only running would tell: an id is a word of Alembic's own."));
        }
        let heads = self.map.real_heads();
        let twice = heads.iter().enumerate().any(|(at, head)| heads[..at].contains(head));
        if twice {
            return Err(raises("CommandError", "Duplicate head revisions specified".to_owned()));
        }
        // A head that is lost has the id of one that goes on.
        let is_no_head = |head: &&&str| self.map.named(head).is_some_and(|at| !self.map.at(at).is_head());
        if let Some(head) = heads.iter().find(is_no_head) {
            let message = format!(
                "Revision {head} is not a head revision; please specify --splice to create a new branch from this \
                 revision"
            );
            return Err(raises("CommandError", message));
        }
        let says = match heads.as_slice() {
            [] => "Writes a revision without a parent.".to_owned(),
            [one] => format!("Writes a revision on top of {one}; there is nothing to join."),
            heads => format!("Writes a revision that joins {}.", listed(heads)),
        };
        Ok(Foreseen::of(0, says))
    }

    /// The error of a migration without one of its two functions.
    fn needs(&self, at: usize, function: &str) -> Result<(), Stopped> {
        let script = &self.scripts[self.map.at(at).script];
        let has = if function == "upgrade" { script.has_upgrade } else { script.has_downgrade };
        if has {
            return Ok(());
        }
        let message = format!("module '{}' has no attribute '{function}'", module_name(&script.path));
        Err(raises("AttributeError", message))
    }
}

fn raises(class: &str, message: String) -> Stopped {
    Stopped::Raises(Raised::new(class, message))
}

fn no_way_down() -> Raised {
    Raised::new("CommandError", "Relative revision -1 didn't produce 1 migrations".to_owned())
}

fn printed(printed: Printed) -> Result<(), Stopped> {
    printed.stopped.map_or(Ok(()), Err)
}

/// What `head` and the like say where there are several.
pub(super) fn several_heads(name: &str) -> Raised {
    Raised::new(
        "CommandError",
        format!(
            "Multiple head revisions are present for given argument '{name}'; please specify a specific target \
             revision, '<branchname>@{name}' to narrow to a specific head, or 'heads' for all heads"
        ),
    )
}

fn counted(n: usize) -> String {
    plural(n, "revision")
}

/// As many ids are named.
const NAMED: usize = 8;

fn listed(ids: &[&str]) -> String {
    let named = ids.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if ids.len() > NAMED { format!("{named} and {} more", ids.len() - NAMED) } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::fixture::scripts;

    use Command::{
        Branches, Check, Current, Downgrade, Heads, History, MergeHeads, Revision, StampHead, UpgradeHead,
        UpgradeHeads,
    };

    fn said(spec: &str, command: Command) -> (Option<u8>, String) {
        // What goes down is one that has run everything.
        let database = if command == Downgrade { Database::AtHead } else { Database::Empty };
        said_on(spec, command, database)
    }

    fn said_on(spec: &str, command: Command, database: Database) -> (Option<u8>, String) {
        let mut scripts = scripts(spec);
        for script in &mut scripts {
            (script.has_upgrade, script.has_downgrade) = (true, true);
        }
        let one = Reading::of(&scripts, &[]).foresee(command, database, &scripts, &Surroundings::UNKNOWN);
        (one.status, one.says)
    }

    #[test]
    fn each_command_is_foreseen() {
        let line = "a:; b:a; c:b";
        assert_eq!(said(line, UpgradeHead), (Some(0), "Runs 3 revisions: a, b, c.".to_owned()));
        assert_eq!(said(line, Downgrade), (Some(0), "Undoes c, down to b.".to_owned()));
        let fork = "a:; b:a; c:a";
        assert_eq!(said(fork, Heads), (Some(0), "Names b, c.".to_owned()));
        assert_eq!(said(fork, UpgradeHead).0, Some(255));
        assert_eq!(said(fork, UpgradeHeads), (Some(0), "Runs 3 revisions: a, c, b.".to_owned()));
        assert_eq!(said(fork, MergeHeads).1, "Writes a revision that joins b, c.");
        assert_eq!(said("a:; b:a; c:a; m:b,c", Downgrade), (Some(255), "FAILED: Ambiguous walk".to_owned()));
        assert_eq!(said("a:; b:gone", Heads), (Some(1), "KeyError: 'gone'".to_owned()));
        // Alembic looks each revision up by its id, and takes some ids for something else.
        assert_eq!(said("a:; base:a", Heads).0, Some(0));
        assert_eq!(said("a:; base:a", History), (Some(1), "AssertionError".to_owned()));
        assert_eq!(said("a:; base:a", UpgradeHeads).0, Some(1));
        assert_eq!(said("head:; b:", Heads).0, Some(255));
        assert_eq!(said("head:; b:head", UpgradeHeads).0, Some(1));
        // The loop lies between a base and a head, so Alembic overlooks it and walks for ever.
        let endless = "a1:; m1:a1,y1; x1:m1; y1:m1; h1:x1,y1";
        assert_eq!(said(endless, Heads).0, Some(0));
        assert_eq!(said(endless, History), (None, "Never comes to an end.".to_owned()));
    }

    #[test]
    fn a_database_that_stands_at_the_head_is_another_matter() {
        let line = "a:; b:a";
        for (command, empty, at_head) in [
            (UpgradeHead, Some(0), Some(0)),
            (Downgrade, Some(255), Some(0)),
            (Check, Some(255), None),
            (Current, Some(0), Some(0)),
            (Revision, Some(0), Some(0)),
            (StampHead, Some(0), Some(0)),
        ] {
            assert_eq!(said_on(line, command, Database::Empty).0, empty, "{command:?}");
            assert_eq!(said_on(line, command, Database::AtHead).0, at_head, "{command:?}");
        }
        assert_eq!(said_on(line, UpgradeHead, Database::AtHead).1, "Has nothing to run.");
        let fork = "a:; b:a; c:a";
        for command in [UpgradeHead, Revision, StampHead] {
            assert_eq!(said(fork, command).0, Some(255), "{command:?}");
        }
        assert_eq!(said(fork, Branches).1, "Shows where the history forks: a.");
    }

    #[test]
    fn what_stands_beside_the_migrations_decides_some_commands() {
        let mut scripts = scripts("a:; b:a");
        for script in &mut scripts {
            (script.has_upgrade, script.has_downgrade) = (true, true);
        }
        let path = TreePath::parse("m/env.py").expect("relative");
        let said = |command: Command, revision_environment, env_py| {
            let around = Surroundings { revision_environment, env_py };
            Reading::of(&scripts, &[]).foresee(command, Database::AtHead, &scripts, &around)
        };
        let env = |metadata| EnvFile::Is { path: &path, metadata };
        assert_eq!(said(History, Some("No "), env(None)).status, Some(0));
        assert_eq!(said(History, Some("yes"), env(None)).status, None);
        assert_eq!(
            said(History, Some("Maybe"), env(None)).says,
            "ValueError: String is not true/false: 'maybe'"
        );
        assert_eq!(said(Heads, Some("Maybe"), env(None)).status, Some(0));
        assert_eq!(said(Check, None, env(Some(true))).status, None);
        assert_eq!(said(Check, None, env(Some(false))).status, Some(255));
        let missing = said(Current, None, EnvFile::Missing("m/env.py"));
        assert_eq!(
            (missing.status, missing.says.as_str()),
            (Some(1), "ImportError: Can't find Python file m/env.py")
        );
        assert_eq!(said(Heads, None, EnvFile::Missing("m/env.py")).status, Some(0));
    }
}
