//! The messages between the page and the engine.
//!
//! The page never audits and the engine never draws: they meet here, in plain values sent as JSON text. File handles
//! and byte buffers ride beside the text as JavaScript values, because they cannot be written down.
//!
//! Every message carries the number of its job. A second drop ends the engine of the first and starts a fresh one, so
//! there is no message that cancels; what an ended engine still had under way arrives with an old number and is
//! ignored.

mod asked;
#[cfg(feature = "engine")]
pub mod engine;

use serde::{Deserialize, Serialize};

pub use crate::plan::{Answer, ChoiceKind};
pub use asked::{answer, parents, pin, unpin};

use crate::download::DownloadInfo;
use crate::report::Report;
use crate::text::Shown;

/// The number of a job: one drop, one number.
pub type Job = u32;

/// What the page asks of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Request {
    /// A folder or several files follow, under this name.
    Open {
        /// The job.
        job: Job,
        /// What was dropped, as people call it; no part of any path.
        name: String,
    },
    /// Some files; their handles ride beside, in the same order.
    Files {
        /// The job.
        job: Job,
        /// Their paths, relative to what was dropped.
        paths: Vec<String>,
    },
    /// Every file has been named; the audit may begin.
    Finish {
        /// The job.
        job: Job,
        /// What was left out while going through folders.
        left_out: Vec<LeftOut>,
        /// The folders that hold nothing.
        empty_folders: Vec<String>,
        /// Whether everything that was dropped is whole folders, so that what was not named is not there.
        is_whole: bool,
    },
    /// A zip; its handle rides beside.
    Zip {
        /// The job.
        job: Job,
        /// Its file name.
        name: String,
    },
    /// The built-in sample.
    Sample {
        /// The job.
        job: Job,
    },
    /// The plans are to be tried on these databases; a report comes back.
    Answer {
        /// The job.
        job: Job,
        /// Of which environment, by its index.
        environment: usize,
        /// What its databases have run.
        answer: Answer,
    },
    /// A revision gets other parents by hand; a report comes back.
    Pin {
        /// The job.
        job: Job,
        /// Of which environment, by its index.
        environment: usize,
        /// The revision.
        revision: String,
        /// Its parents; none for a base.
        parents: Vec<String>,
        /// Whether it goes right after its parent, and what stood there stands on it.
        line: bool,
    },
    /// What was chosen of a revision is undone, or all of it; a report comes back.
    Unpin {
        /// The job.
        job: Job,
        /// The revision.
        revision: Option<String>,
    },
    /// What a revision could stand on.
    Parents {
        /// The job.
        job: Job,
        /// Of which environment, by its index.
        environment: usize,
        /// The revision.
        revision: String,
        /// What their ids, messages or files hold.
        text: String,
    },
    /// One of the downloads that the report offered.
    Download {
        /// The job.
        job: Job,
        /// Which.
        id: String,
        /// Today, as `2026-11-23`: the engine has no clock of its own.
        today: String,
    },
}

/// A revision that another could stand on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The revision; nothing for none, which makes a base.
    pub revision: Option<Shown>,
    /// What its migration says it does.
    pub message: Shown,
    /// What it would do.
    pub effect: Shown,
    /// How far it is to be liked.
    pub kind: ChoiceKind,
}

/// Some of the revisions that one could stand on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The best first.
    pub choices: Vec<Choice>,
    /// How many more there are.
    pub n_more: usize,
}

/// Something that the page left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its path, relative to what was dropped.
    pub path: String,
    /// Why.
    pub why: Why,
}

/// Why the page left something out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A folder whose name says that nothing in it is the project's own.
    Ignored,
    /// The browser could not read it.
    Unreadable(String),
}

/// What the engine tells the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reply {
    /// How far it is.
    Progress {
        /// The job.
        job: Job,
        /// How far.
        progress: Progress,
    },
    /// The result, and again after each answer and each choice.
    Report {
        /// The job.
        job: Job,
        /// The report.
        report: Box<Report>,
        /// What can be downloaded.
        downloads: Vec<DownloadInfo>,
    },
    /// What a revision could stand on.
    Parents {
        /// The job.
        job: Job,
        /// The revision.
        revision: String,
        /// What was looked for.
        text: String,
        /// The choices.
        choices: Choices,
    },
    /// What was asked or chosen cannot be; the report stands.
    Refused {
        /// The job.
        job: Job,
        /// Why, in words for people.
        message: String,
    },
    /// A download; its bytes ride beside.
    Download {
        /// The job.
        job: Job,
        /// Which.
        id: String,
        /// What the file is called.
        file_name: String,
        /// Its media type.
        mime: String,
    },
    /// A download that could not be made; the report stands.
    DownloadFailed {
        /// The job.
        job: Job,
        /// Which.
        id: String,
        /// Why, in words for people.
        message: String,
    },
    /// The job could not be done.
    Failed {
        /// The job.
        job: Job,
        /// Why, in words for people.
        message: String,
    },
}

impl Reply {
    /// The job it belongs to.
    pub fn job(&self) -> Job {
        match self {
            Self::Progress { job, .. }
            | Self::Report { job, .. }
            | Self::Parents { job, .. }
            | Self::Refused { job, .. }
            | Self::Download { job, .. }
            | Self::DownloadFailed { job, .. }
            | Self::Failed { job, .. } => *job,
        }
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Files dealt with in this phase.
    pub files_done: u32,
    /// Files known of; 0 while that is not known.
    pub files_total: u32,
    /// Bytes read so far.
    pub bytes_done: u64,
}

/// What a job is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Going through folders.
    #[default]
    Listing,
    /// Reading bytes.
    Reading,
    /// Parsing migrations and checking the rules.
    Parsing,
    /// Making and proving repairs.
    Planning,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_the_way() {
        let request = Request::Files { job: 3, paths: vec!["a/<b>\u{2028}.py".to_owned()] };
        let text = serde_json::to_string(&request).expect("it is plain data");
        assert_eq!(serde_json::from_str::<Request>(&text).expect("its own words"), request);
    }

    #[test]
    fn a_reply_knows_its_job() {
        let reply = Reply::Failed { job: 7, message: "no".to_owned() };
        assert_eq!(reply.job(), 7);
        let text = serde_json::to_string(&reply).expect("it is plain data");
        assert_eq!(text, r#"{"kind":"failed","job":7,"message":"no"}"#);
    }
}
