//! What real Alembic makes of an environment: its revision map, the error that it raises, the order in which it runs
//! upgrades, and the words that it prints.
//!
//! [`crate::graph`] survives every fault and says what is true; this room says what Alembic would say of the same files,
//! its oversights included. Source: Alembic 1.20.1, `script/base.py` and `script/revision.py`, read and compared with
//! recorded runs by `tests/agreement.rs`. It uses scripts only, and never guesses: what hangs on a value that only
//! running tells is [`Reading::Unknown`].

mod commands;
mod load;
mod map;
mod order;
mod resolve;
mod text;

pub use commands::{EnvFile, Foreseen, Surroundings};
pub use load::Raised;
pub use map::{Revision, RevisionMap};
pub use order::Stopped;
pub use text::{Printed, Printer};

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
        match load::load(scripts, interruptions, &mut warnings) {
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

    /// What comes of a configuration that Alembic cannot use.
    pub fn refused(refusal: &Refusal) -> Self {
        let raised = Raised {
            class: refusal.class.to_owned(),
            message: refusal.message(),
            path: None,
            is_of_the_configuration: true,
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

    /// Alembic's own warnings.
    pub fn warnings(&self) -> &[String] {
        match self {
            Self::Loads(map) => &map.warnings,
            Self::Raises { warnings, .. } => warnings,
            Self::Unknown => &[],
        }
    }
}
