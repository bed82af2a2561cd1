//! What real Alembic makes of an environment: its revision map, the error that it raises, the order in which it runs
//! upgrades, and the words that it prints.
//!
//! [`crate::graph`] survives every fault and says what is true; this room says what Alembic would say of the same files,
//! its oversights included. Source: Alembic 1.20.1, `script/base.py` and `script/revision.py`, read and compared with
//! recorded runs by `tests/agreement.rs`. It uses scripts only, and never guesses: what hangs on a value that only
//! running tells is [`Reading::Unknown`].

mod commands;
mod current;
mod load;
mod map;
mod order;
mod relative;
mod resolve;
mod stamped;
mod states;
mod text;

pub use commands::{Command, Database, EnvFile, Foreseen, Surroundings};
pub use current::{databases_of, why_unread};
pub use load::{Cause, Raised};
pub use map::{Known, Revision, RevisionMap};
pub use order::{Stopped, too_early};
pub use stamped::Upgraded;
pub use states::{Column, Fares, MatrixRow, StateGroup, matrix, states};
pub use text::{Printed, Printer};

use std::collections::BTreeSet;

use load::Labels;

use crate::source::{Interruption, Refusal, Script};

/// What comes of Alembic's reading the files.
#[derive(Debug, Clone)]
pub enum Reading {
    /// They load.
    Loads(RevisionMap),
    /// Every command that needs the revisions stops.
    Raises {
        /// The error.
        raised: Raised,
        /// What is warned of before it.
        warnings: Vec<String>,
    },
    /// Only running would tell.
    Unknown,
}

impl Reading {
    /// Reads the scripts of one environment, in load order, and what comes between them.
    pub fn of(scripts: &[Script], interruptions: &[Interruption]) -> Self {
        let mut warnings = Vec::new();
        match load::load(scripts, interruptions, Labels::Count, &mut warnings) {
            Ok(Some(loaded)) => match RevisionMap::build(loaded, scripts, &mut warnings) {
                Ok(mut map) => {
                    map.warnings = warnings;
                    Self::Loads(map)
                }
                Err(raised) => Self::Raises { raised, warnings },
            },
            Ok(None) => Self::Unknown,
            Err(raised) => Self::Raises { raised, warnings },
        }
    }

    /// The order in which `alembic upgrade heads` runs the scripts on an empty database, if nothing stops it. It hangs on
    /// less than the rest: labels that only running tells change nothing of it where all that is named is an id.
    pub fn upgrade_order(&self, scripts: &[Script], interruptions: &[Interruption]) -> Option<Vec<usize>> {
        match self {
            Self::Loads(map) => map.upgrade_scripts().ok(),
            Self::Raises { .. } => None,
            Self::Unknown => {
                let loaded = load::load(scripts, interruptions, Labels::Pass, &mut Vec::new()).ok()??;
                let ids: BTreeSet<&str> = loaded.iter().map(|one| one.id.as_str()).collect();
                let mut named = loaded.iter().flat_map(|one| one.down.iter().chain(&one.deps));
                if !named.all(|name| ids.contains(name.as_str())) {
                    return None;
                }
                RevisionMap::build(loaded, scripts, &mut Vec::new()).ok()?.upgrade_scripts().ok()
            }
        }
    }

    /// What comes of a configuration that Alembic cannot use.
    pub fn refused(refusal: &Refusal) -> Self {
        let raised = Raised {
            class: refusal.class.to_owned(),
            message: refusal.message(),
            path: None,
            cause: Cause::Configuration,
        };
        Self::Raises { raised, warnings: Vec::new() }
    }

    /// The map, where the files load.
    pub fn map(&self) -> Option<&RevisionMap> {
        match self {
            Self::Loads(map) => Some(map),
            Self::Raises { .. } | Self::Unknown => None,
        }
    }

    /// The error, where they do not.
    pub fn raised(&self) -> Option<&Raised> {
        match self {
            Self::Raises { raised, .. } => Some(raised),
            Self::Loads(_) | Self::Unknown => None,
        }
    }

    /// The error with which Alembic stops, where that is certain: what it raises, or a fault that stops it whatever it
    /// makes of files that only running tells.
    pub fn certain_error(&self, scripts: &[Script]) -> Option<Raised> {
        match self {
            Self::Loads(_) => None,
            Self::Raises { raised, .. } => Some(raised.clone()),
            Self::Unknown => load::certain_fault(scripts),
        }
    }

    /// Alembic's own warnings.
    pub fn warnings(&self) -> &[String] {
        match self {
            Self::Loads(map) => &map.warnings,
            Self::Raises { warnings, .. } => warnings,
            Self::Unknown => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::TreePath;
    use crate::source::read_script;

    fn order(texts: [&str; 2]) -> (Reading, Option<Vec<usize>>) {
        let path = |at: usize| TreePath::parse(&format!("versions/{at}.py")).expect("relative");
        let scripts: Vec<Script> =
            texts.iter().enumerate().map(|(at, text)| read_script(&path(at), text.as_bytes())).collect();
        let reading = Reading::of(&scripts, &[]);
        let order = reading.upgrade_order(&scripts, &[]);
        (reading, order)
    }

    #[test]
    fn labels_that_only_running_tells_leave_the_order_of_ids() {
        let root = "from x import cli\nrevision = 'a'\ndown_revision = None\nbranch_labels = (cli.EXPAND,)\n";
        let (reading, of_ids) = order(["revision = 'b'\ndown_revision = 'a'\n", root]);
        assert!(matches!(reading, Reading::Unknown));
        assert_eq!(of_ids, Some(vec![1, 0]));
        let by_label = "revision = 'b'\ndown_revision = 'a'\ndepends_on = 'expand'\n";
        assert_eq!(order([by_label, root]).1, None);
        let computed = "from x import cli\nrevision = 'b'\ndown_revision = cli.HEAD\n";
        assert_eq!(order([computed, root]).1, None);
    }
}
