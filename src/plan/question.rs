//! The one question that decides between repairs: what the databases have run.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::alembic::databases_of;
use crate::audited::Audited;
use crate::finding::Applicability;

/// What somebody answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is not known: repairs are judged by every state that a database can be in.
    #[default]
    Unknown,
    /// No database has run any of them.
    Nothing,
    /// One has run everything up to this head, and nothing of the other sides.
    Side(String),
    /// One has run all of them, or several different sides.
    All,
    /// What `alembic current` prints, or ids.
    Printed(String),
}

/// The question, where the answer matters: a repair is right for some databases only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The heads that a database may stand at.
    pub sides: Vec<String>,
}

/// The question about an environment; nothing where each of its plans is safe.
pub fn question(audited: &Audited, plans: &[Plan]) -> Option<Question> {
    let matters = plans.iter().any(|plan| plan.applicability == Applicability::Unsafe);
    matters.then(|| Question { sides: sides(audited) })
}

fn sides(audited: &Audited) -> Vec<String> {
    audited.shape().heads()
}

/// The databases that an answer tells of, each by its rows.
pub type Databases = Vec<Vec<String>>;

impl Answer {
    /// The databases to try repairs on.
    ///
    /// # Errors
    ///
    /// The first line that tells of no row, or nothing where nothing was given.
    pub fn databases(&self, audited: &Audited) -> Result<Databases, String> {
        Ok(match self {
            Self::Unknown => Vec::new(),
            Self::Nothing => vec![Vec::new()],
            Self::Side(head) => vec![vec![head.clone()]],
            Self::All => {
                let sides = sides(audited);
                let each = sides.iter().map(|side| vec![side.clone()]);
                let together = (sides.len() > 1).then(|| sides.clone());
                together.into_iter().chain(each).collect()
            }
            Self::Printed(text) => databases_of(text)?,
        })
    }
}
