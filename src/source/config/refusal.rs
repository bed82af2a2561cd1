//! What Alembic cannot use in a configuration.

use super::HERE;
use crate::ingest::TreePath;

/// A fault of a configuration over which Alembic stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file.
    pub path: TreePath,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong, as a phrase.
    pub what: String,
    /// What to do.
    pub advice: &'static str,
    /// The class of what Alembic raises.
    pub class: &'static str,
    /// Whether it rests on Alembic being started in the configuration's own folder.
    pub rests_on_start: bool,
    /// Whether it is that the script location names no folder.
    pub is_of_script_location: bool,
    /// Its message, with [`HERE`] and a `/` before each path that it prints in full.
    template: String,
}

impl Refusal {
    /// A fault at a line, and the class and the message of what Alembic raises.
    pub(in crate::source) fn new(
        (path, line): (&TreePath, u32),
        what: String,
        advice: &'static str,
        (class, template): (&'static str, String),
    ) -> Self {
        Self {
            path: path.clone(),
            line,
            what,
            advice,
            class,
            rests_on_start: false,
            is_of_script_location: false,
            template,
        }
    }

    /// The message of what Alembic raises, its paths from the top of what was given.
    pub fn message(&self) -> String {
        self.message_in("")
    }

    /// The same with `folder`, which ends with `/`, before each path that Alembic prints in full.
    pub fn message_in(&self, folder: &str) -> String {
        self.template.replace(&format!("{HERE}/"), folder).replace(HERE, folder.trim_end_matches('/'))
    }
}
