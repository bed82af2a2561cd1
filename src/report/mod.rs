//! One model of the whole result, and a writer for each format.

mod build;
mod checklist;
mod html;
mod json;
mod markdown;
mod model;
mod phrases;
mod replay;
mod sketch;
mod text;
mod words;

pub use crate::audited::{Grade, Verdict};
pub use crate::finding::{Applicability, Confidence, Severity};
pub use crate::plan::PlanKind;
pub use crate::source::Flavour;
pub use build::build;
pub use html::write_html;
pub use json::write_json;
pub(crate) use markdown::code as markdown_code;
pub use markdown::write_markdown;
pub use model::*;
pub use replay::{
    ColumnReport, DialectRow, Direction, Ending, EventReport, FailureReport, Fate, FateReport, NoteReport,
    OtherReport, ReplayReport, RevisionFailures, SharedFailure, StepReport, TableReport, Understood, WayBack,
    write_replay, write_replay_json,
};
pub use text::{Given, Style, write_text};
