//! The verdict, in the grades that people understand.

use serde::{Deserialize, Serialize};

use super::Audit;
use crate::finding::{Group, Severity};
use crate::replay::Upgrade;

/// The verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// An error was found.
    Broken,
    /// Warnings only.
    Warnings,
    /// Nothing was found.
    Clean,
    /// No error, but something could not be decided, or there is nothing to audit.
    Unknown,
}

/// The verdict as people read it, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Alembic stops before it runs anything.
    CannotDeploy,
    /// The upgrade stops on the project's own database, or on every one.
    Stops,
    /// An empty database cannot be built, since the first tables come from elsewhere; an existing one can be upgraded.
    NoEmptyDatabase,
    /// It runs on one kind of database and stops on another, and which it is, is not known.
    StopsOnSome,
    /// Something that is missing, or not understood, would decide it.
    Undecided,
    /// The chain is in order, with warnings.
    Warnings,
    /// Nothing is wrong.
    Sound,
}

impl Grade {
    /// The grade in one of four words.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::CannotDeploy | Self::Stops => Verdict::Broken,
            Self::NoEmptyDatabase | Self::StopsOnSome | Self::Warnings => Verdict::Warnings,
            Self::Undecided => Verdict::Unknown,
            Self::Sound => Verdict::Clean,
        }
    }
}

impl Audit {
    /// The grade of one environment.
    pub fn grade_of(&self, index: usize) -> Grade {
        let audited = &self.environments[index];
        let has = |severity: Severity| self.findings_of(index).any(|finding| finding.severity == severity);
        let is_of_chain = self
            .findings_of(index)
            .any(|finding| finding.severity == Severity::Error && finding.rule.group != Group::Content);
        if is_of_chain {
            return Grade::CannotDeploy;
        }
        let in_order = if has(Severity::Warning) { Grade::Warnings } else { Grade::Sound };
        // No command loads what nothing points at.
        if !audited.environment.live {
            return if has(Severity::Error) { Grade::CannotDeploy } else { in_order };
        }
        if audited.scripts.is_empty() {
            return Grade::Undecided;
        }
        match audited.account.upgrade() {
            Upgrade::Stops => Grade::Stops,
            Upgrade::NeedsElsewhere => Grade::NoEmptyDatabase,
            Upgrade::Depends => Grade::StopsOnSome,
            Upgrade::Undecided | Upgrade::NotFollowed => Grade::Undecided,
            Upgrade::Runs if !audited.unknown.is_empty() => Grade::Undecided,
            Upgrade::Runs => in_order,
        }
    }

    /// The environment that the grade of everything is of: the first in use, else the first of that grade; else the first
    /// in use. Where everything is in order it is one in use, whatever is said of another.
    pub fn deciding(&self) -> Option<usize> {
        let grade = self.grade();
        let is_live = |index: usize| self.environments[index].environment.live;
        let all = || 0..self.environments.len();
        let in_order = matches!(grade, Grade::Warnings | Grade::Sound);
        let counts = |index: &usize| self.grade_of(*index) == grade || in_order && is_live(*index);
        let mut alike = all().filter(counts);
        alike.clone().find(|index| is_live(*index)).or(alike.next()).or(all().find(|index| is_live(*index)))
    }

    /// The grade of everything: that of the worst environment that is in use or has errors. One without migrations
    /// counts only where none has any.
    pub fn grade(&self) -> Grade {
        let is_empty = |index: &usize| self.environments[*index].scripts.is_empty();
        let all_empty = (0..self.environments.len()).all(|index| is_empty(&index));
        let counts = |index: &usize| {
            let has_errors = self.findings_of(*index).any(|finding| finding.severity == Severity::Error);
            let is_live = self.environments[*index].environment.live;
            has_errors || is_live && (all_empty || !is_empty(index))
        };
        let worst = (0..self.environments.len()).filter(counts).map(|index| self.grade_of(index)).min();
        let has_warnings = self.findings.iter().any(|finding| finding.severity == Severity::Warning);
        let rest = if has_warnings { Grade::Warnings } else { Grade::Sound };
        worst.unwrap_or(Grade::Undecided).min(rest)
    }
}
