//! What a fact means for who reads it, from which every colour follows.

use super::Ending;
use crate::audited::Grade;
use crate::drawing::Mark;
use crate::finding::Severity;
use crate::replay::{Fate, WayBack};
use crate::report::Status;

/// The tones, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// It breaks something.
    Breaks,
    /// It may break something.
    May,
    /// Whether it does is not known.
    Unsure,
    /// It is merely so.
    Quiet,
    /// It was found to be right.
    Proved,
}

impl Tone {
    /// The class that colours it, on the page and in the HTML report.
    pub fn class(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::May => "may",
            Self::Unsure => "unsure",
            Self::Quiet => "quiet",
            Self::Proved => "proved",
        }
    }

    /// Its colour in a terminal.
    pub(in crate::report) fn ansi(self) -> &'static str {
        match self {
            Self::Breaks => "1;31",
            Self::May | Self::Unsure => "1;33",
            Self::Quiet => "1;36",
            Self::Proved => "1;32",
        }
    }

    /// Of what fails for certain, or may fail.
    pub fn of_failure(certain: bool) -> Self {
        if certain { Self::Breaks } else { Self::May }
    }

    /// Of the exit status of a command; none where only running tells.
    pub fn of_exit(status: Option<u8>) -> Self {
        match status {
            Some(0) => Self::Proved,
            Some(_) => Self::Breaks,
            None => Self::Unsure,
        }
    }
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Breaks,
            Severity::Warning => Self::May,
            Severity::Info => Self::Quiet,
        }
    }
}

impl From<Grade> for Tone {
    fn from(grade: Grade) -> Self {
        match grade {
            Grade::CannotDeploy | Grade::Stops => Self::Breaks,
            Grade::NoEmptyDatabase | Grade::StopsOnSome | Grade::Warnings => Self::May,
            Grade::Undecided => Self::Unsure,
            Grade::Sound => Self::Proved,
        }
    }
}

impl From<Status> for Tone {
    fn from(status: Status) -> Self {
        match status {
            Status::Pass => Self::Proved,
            Status::Fail => Self::Breaks,
            Status::Unknown => Self::Unsure,
        }
    }
}

impl From<Fate> for Tone {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Runs => Self::Proved,
            Fate::NotUnderstood => Self::Unsure,
            Fate::MayFail | Fate::FailsOnSome | Fate::NeedsElsewhere => Self::May,
            Fate::Fails => Self::Breaks,
        }
    }
}

impl From<WayBack> for Tone {
    fn from(way_back: WayBack) -> Self {
        match way_back {
            WayBack::Undoes => Self::Quiet,
            WayBack::Fails => Self::Breaks,
            WayBack::Differs | WayBack::Raises | WayBack::Empty | WayBack::Missing => Self::May,
            WayBack::Unknown => Self::Unsure,
        }
    }
}

impl From<Ending<'_>> for Tone {
    fn from(ending: Ending<'_>) -> Self {
        match (ending.stop, ending.doubtful, ending.unknown) {
            (Some(_), ..) => Self::Breaks,
            (None, 0, 0) => Self::Proved,
            (None, 0, _) => Self::Unsure,
            (None, ..) => Self::May,
        }
    }
}

impl From<Mark> for Tone {
    fn from(mark: Mark) -> Self {
        match mark {
            mark if mark.is_fault() => Self::Breaks,
            Mark::Unknown => Self::Unsure,
            Mark::Base => Self::Proved,
            _ => Self::Quiet,
        }
    }
}
