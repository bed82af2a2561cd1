//! What each of Alembic's commands would do with the files, as far as they decide it.
//!
//! What a command finds in a database is not known: `upgrade` is that of an empty one, `downgrade` that of one which has
//! run everything.

use super::Reading;
use super::load::{Raised, module_name};
use super::map::RevisionMap;
use super::order::Stopped;
use super::text::{Printed, Printer};
use crate::source::Script;

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
const COMMANDS: [&str; 7] =
    ["heads", "history", "current", "upgrade head", "upgrade heads", "downgrade -1", "merge heads"];

impl Reading {
    /// What each command would do.
    pub fn commands(&self, scripts: &[Script]) -> Vec<Foreseen> {
        COMMANDS
            .into_iter()
            .map(|command| {
                let (status, says) = match self {
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
        let foreseen = Reading::of(&scripts, &[]).commands(&scripts);
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
}
