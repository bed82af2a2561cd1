//! One model of the whole result, and a writer for each format.

mod build;
mod checklist;
mod html;
mod json;
mod markdown;
mod model;
pub mod present;
mod recovery;
mod replay;
mod sketch;
mod states;
mod steps;
mod terminal;
mod text;
mod words;

pub use crate::audited::{Grade, Verdict};
pub use crate::finding::{Applicability, Confidence, Severity};
pub use crate::plan::{BesideKind, PlanKind};
pub use crate::source::Flavour;
pub use build::build;
pub use html::write_html;
pub use json::write_json;
pub(crate) use markdown::code as markdown_code;
pub use markdown::write_markdown;
pub use model::*;
pub use recovery::{Form as RecoveryForm, Script as RecoveryScript, script as recovery_script};
pub use replay::{
    CertaintyReport, ColumnReport, Direction, EventReport, FailureReport, Fate, FateReport, NoteReport,
    OtherReport, ReplayReport, StepReport, TableReport, TakenReport, Understood, WayBack, write_replay,
    write_replay_json,
};
pub use terminal::Style;
pub use text::{Given, write_text};
