//! What each of Alembic's commands would do with the files, as far as they decide it.
//!
//! What a command finds in a database is not known: `upgrade` is that of an empty one, `downgrade` that of one which has
//! run everything.

use super::Reading;
use super::load::{Raised, module_name};
use super::map::RevisionMap;
use super::order::Stopped;
use super::text::{Printed, Printer};
use crate::ingest::TreePath;
use crate::source::Script;
use crate::text::python_repr;

/// What one command would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The command without the program's name: `upgrade head`.
    pub command: &'static str,
    /// Its exit status; nothing where it never ends, or where only running tells.
    pub status: Option<u8>,
    /// What it does or says.
    pub says: String,
}

/// The commands that people use, in the order in which they need them.
const COMMANDS: [&str; 8] =
    ["heads", "history", "current", "upgrade head", "upgrade heads", "downgrade -1", "check", "merge heads"];

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

    /// Whether a command runs `env.py`; an error where the configuration's word is none that Alembic knows. Only
    /// `history` and `merge` ask.
    pub fn runs_env(&self, command: &str) -> Result<bool, Raised> {
        if !command.starts_with("history") && !command.starts_with("merge") {
            return Ok(!matches!(command, "heads" | "branches" | "show"));
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
    /// What each command would do.
    pub fn commands(&self, scripts: &[Script], around: &Surroundings<'_>) -> Vec<Foreseen> {
        COMMANDS
            .into_iter()
            .map(|command| {
                let (status, says) = match self {
                    _ if let Some(said) = without_the_map(command, self, around) => said,
                    Self::Unknown => (None, "Only running would tell.".to_owned()),
                    Self::Raises { raised, .. } => stops(command, raised),
                    Self::Loads(map) if command == "downgrade -1" && map.real_heads().len() > 1 => (
                        None,
                        "Warns that it is ambiguous; which head it leaves depends on the database."
                            .to_owned(),
                    ),
                    Self::Loads(map)
                        if matches!(command, "downgrade -1" | "merge heads") && map.has_symbol() =>
                    {
                        (None, "Only running would tell: an id is a word of Alembic's own.".to_owned())
                    }
                    Self::Loads(_) if command == "check" => match check(around) {
                        Ok(said) => said,
                        Err(raised) => stops(command, &raised),
                    },
                    Self::Loads(map) => match foresee(map, scripts, command) {
                        Ok(says) => (Some(0), says),
                        Err(Stopped::NeverEnds) => (None, "Never comes to an end.".to_owned()),
                        Err(Stopped::Raises(raised)) => stops(command, &raised),
                    },
                };
                Foreseen { command, status, says }
            })
            .collect()
    }
}

/// What a command does before it looks at the revisions, if that decides it.
fn without_the_map(
    command: &str,
    reading: &Reading,
    around: &Surroundings<'_>,
) -> Option<(Option<u8>, String)> {
    // A configuration that cannot be used comes before everything.
    if matches!(reading, Reading::Raises { raised, .. } if raised.is_of_the_configuration) {
        return None;
    }
    match around.runs_env(command) {
        Err(raised) => Some(stops(command, &raised)),
        Ok(true) => match around.env_py {
            EnvFile::Missing(path) => {
                Some(stops(command, &Raised::new("ImportError", format!("Can't find Python file {path}"))))
            }
            EnvFile::Broken(what) => {
                Some(stops(command, &Raised::new("SyntaxError", format!("env.py: {what}"))))
            }
            EnvFile::Is { .. } if command.starts_with("history") || command.starts_with("merge") => {
                Some((None, "Runs env.py first, since revision_environment is set.".to_owned()))
            }
            EnvFile::Is { .. } | EnvFile::Unknown => None,
        },
        Ok(false) => None,
    }
}

/// `check`, on a database that has run everything.
fn check(around: &Surroundings<'_>) -> Result<(Option<u8>, String), Raised> {
    match around.env_py {
        EnvFile::Is { path, metadata: Some(false) } => Err(Raised::new(
            "CommandError",
            format!(
                "Can't proceed with --autogenerate option; environment script {path} does not provide a MetaData object \
                 or sequence of objects to the context."
            ),
        )),
        _ => Ok((None, "Compares the models with a database that has run everything.".to_owned())),
    }
}

/// Alembic's own errors are a line of it; Python's are named by their class.
fn stops(command: &str, raised: &Raised) -> (Option<u8>, String) {
    let status = raised.exit_status(command);
    let says = if status == 255 {
        format!("FAILED: {}", raised.message)
    } else {
        [raised.class.as_str(), &raised.message]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": ")
    };
    (Some(status), says)
}

fn foresee(map: &RevisionMap, scripts: &[Script], command: &str) -> Result<String, Stopped> {
    let heads = map.heads();
    let printer = Printer { map, scripts, folder: "", verbose: false };
    let printed = match command {
        "heads" => printer.heads(false),
        "history" => printer.history(),
        _ => Printed::default(),
    };
    if let Some(stopped) = printed.stopped {
        return Err(stopped);
    }
    match command {
        "heads" => Ok(match heads.as_slice() {
            [] => "Prints nothing: there is no revision.".to_owned(),
            heads => format!("Names {}.", listed(heads)),
        }),
        "history" => Ok(format!("Lists {}.", counted(map.newest_first()?.len()))),
        "current" => Ok("Prints where the database stands.".to_owned()),
        "upgrade head" if heads.len() > 1 => Err(Stopped::Raises(several_heads("head"))),
        "upgrade head" | "upgrade heads" => {
            let order = map.upgrade_order()?;
            // Alembic looks for each function while it makes its plan, before anything runs.
            for &at in map.newest_first()?.iter().rev() {
                needs(&scripts[map.at(at).script], "upgrade")?;
            }
            map.upgrades()?;
            Ok(match order.as_slice() {
                [] => "Has nothing to run.".to_owned(),
                order => format!("Runs {}: {}.", counted(order.len()), listed(order)),
            })
        }
        "downgrade -1" => downgrade(map, scripts),
        "merge heads" => merge(map),
        _ => Ok(String::new()),
    }
}

/// One step down from a single head.
fn downgrade(map: &RevisionMap, scripts: &[Script]) -> Result<String, Stopped> {
    let heads = map.real_head_positions();
    match heads.as_slice() {
        [] => Err(Stopped::Raises(Raised::new(
            "CommandError",
            "Relative revision -1 didn't produce 1 migrations".to_owned(),
        ))),
        // Dependencies are no way down.
        [head] => {
            let head = map.at(*head);
            if head.down.len() < 2 {
                needs(&scripts[head.script], "downgrade")?;
            }
            match head.down.as_slice() {
                [] => Ok(format!("Undoes {}, the first.", head.id)),
                [parent] => Ok(format!("Undoes {}, down to {parent}.", head.id)),
                _ => Err(Stopped::Raises(Raised::new("CommandError", "Ambiguous walk".to_owned()))),
            }
        }
        _ => Ok(String::new()),
    }
}

/// The error of a migration without one of its two functions.
fn needs(script: &Script, function: &str) -> Result<(), Stopped> {
    let has = if function == "upgrade" { script.has_upgrade } else { script.has_downgrade };
    if has {
        return Ok(());
    }
    let message = format!("module '{}' has no attribute '{function}'", module_name(&script.path));
    Err(Stopped::Raises(Raised::new("AttributeError", message)))
}

fn merge(map: &RevisionMap) -> Result<String, Stopped> {
    let heads = map.real_heads();
    let twice = heads.iter().enumerate().any(|(at, head)| heads[..at].contains(head));
    if twice {
        let message = "Duplicate head revisions specified".to_owned();
        return Err(Stopped::Raises(Raised::new("CommandError", message)));
    }
    // A head that is lost has the id of one that goes on.
    let is_no_head = |head: &&&str| map.named(head).is_some_and(|at| !map.at(at).is_head());
    if let Some(head) = heads.iter().find(is_no_head) {
        let message = format!(
            "Revision {head} is not a head revision; please specify --splice to create a new branch from this revision"
        );
        return Err(Stopped::Raises(Raised::new("CommandError", message)));
    }
    Ok(match heads.as_slice() {
        [] => "Writes a revision without a parent.".to_owned(),
        [one] => format!("Writes a revision on top of {one}; there is nothing to join."),
        heads => format!("Writes a revision that joins {}.", listed(heads)),
    })
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
    if n == 1 { "1 revision".to_owned() } else { format!("{n} revisions") }
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

    fn said(spec: &str, command: &str) -> (Option<u8>, String) {
        let mut scripts = scripts(spec);
        for script in &mut scripts {
            (script.has_upgrade, script.has_downgrade) = (true, true);
        }
        let foreseen = Reading::of(&scripts, &[]).commands(&scripts, &Surroundings::UNKNOWN);
        let one = foreseen.into_iter().find(|foreseen| foreseen.command == command).expect("it is known");
        (one.status, one.says)
    }

    #[test]
    fn each_command_is_foreseen() {
        let line = "a:; b:a; c:b";
        assert_eq!(said(line, "upgrade head"), (Some(0), "Runs 3 revisions: a, b, c.".to_owned()));
        assert_eq!(said(line, "downgrade -1"), (Some(0), "Undoes c, down to b.".to_owned()));
        let fork = "a:; b:a; c:a";
        assert_eq!(said(fork, "heads"), (Some(0), "Names b, c.".to_owned()));
        assert_eq!(said(fork, "upgrade head").0, Some(255));
        assert_eq!(said(fork, "upgrade heads"), (Some(0), "Runs 3 revisions: a, c, b.".to_owned()));
        assert_eq!(said(fork, "merge heads").1, "Writes a revision that joins b, c.");
        assert_eq!(
            said("a:; b:a; c:a; m:b,c", "downgrade -1"),
            (Some(255), "FAILED: Ambiguous walk".to_owned())
        );
        assert_eq!(said("a:; b:gone", "heads"), (Some(1), "KeyError: 'gone'".to_owned()));
        // Alembic looks each revision up by its id, and takes some ids for something else.
        assert_eq!(said("a:; base:a", "heads").0, Some(0));
        assert_eq!(said("a:; base:a", "history"), (Some(1), "AssertionError".to_owned()));
        assert_eq!(said("a:; base:a", "upgrade heads").0, Some(1));
        assert_eq!(said("head:; b:", "heads").0, Some(255));
        assert_eq!(said("head:; b:head", "upgrade heads").0, Some(1));
        // The loop lies between a base and a head, so Alembic overlooks it and walks for ever.
        let endless = "a1:; m1:a1,y1; x1:m1; y1:m1; h1:x1,y1";
        assert_eq!(said(endless, "heads").0, Some(0));
        assert_eq!(said(endless, "history"), (None, "Never comes to an end.".to_owned()));
    }

    #[test]
    fn what_stands_beside_the_migrations_decides_some_commands() {
        let mut scripts = scripts("a:; b:a");
        for script in &mut scripts {
            (script.has_upgrade, script.has_downgrade) = (true, true);
        }
        let path = TreePath::parse("m/env.py").expect("relative");
        let said = |command: &str, revision_environment, env_py| {
            let around = Surroundings { revision_environment, env_py };
            let foreseen = Reading::of(&scripts, &[]).commands(&scripts, &around);
            foreseen.into_iter().find(|foreseen| foreseen.command == command).expect("it is known")
        };
        let env = |metadata| EnvFile::Is { path: &path, metadata };
        assert_eq!(said("history", Some("No "), env(None)).status, Some(0));
        assert_eq!(said("history", Some("yes"), env(None)).status, None);
        assert_eq!(
            said("history", Some("Maybe"), env(None)).says,
            "ValueError: String is not true/false: 'maybe'"
        );
        assert_eq!(said("heads", Some("Maybe"), env(None)).status, Some(0));
        assert_eq!(said("check", None, env(Some(true))).status, None);
        assert_eq!(said("check", None, env(Some(false))).status, Some(255));
        let missing = said("current", None, EnvFile::Missing("m/env.py"));
        assert_eq!(
            (missing.status, missing.says.as_str()),
            (Some(1), "ImportError: Can't find Python file m/env.py")
        );
        assert_eq!(said("heads", None, EnvFile::Missing("m/env.py")).status, Some(0));
    }
}
