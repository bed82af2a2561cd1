//! The revision drawing: rows and lanes as numbers, then SVG.
//!
//! Now and proposed share their rows: a revision stands in the same row of both, so what a plan changes is seen as a
//! line that moved, never as a row that moved. Newest on top. Layout knows no colour and no pixel; `svg` does.

mod condense;
pub mod geometry;
mod layout;
mod plain;
mod style;
mod svg;
mod words;

pub use condense::condense;
pub use layout::{DrawingInput, InputEdge, InputRow, lay_out};
pub use plain::write_plain;
pub(crate) use style::{DRAWING_CSS, TOKENS_CSS, without_comments};
pub(crate) use svg::{Setting, picture};
pub use svg::{Side, write_svg};
pub use words::{NO_FILE, describe};

use serde::{Deserialize, Serialize};

use crate::text::Shown;

/// A drawing of one environment: shared rows, and the lines of each side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawing {
    /// The rows, newest first.
    pub rows: Vec<Row>,
    /// The chain as it is.
    pub now: Lines,
    /// The chain as a plan leaves it; absent when there is nothing to propose.
    pub proposed: Option<Lines>,
}

/// One revision, merge or ghost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The revision id, or the id that is missing.
    pub revision: Shown,
    /// The file, if there is one.
    pub path: Option<Shown>,
    /// The message of its docstring.
    pub message: Shown,
    /// The day it was made, `2025-11-18`, if known.
    pub date: Option<Shown>,
    /// Whether no file declares it: a missing parent.
    pub ghost: bool,
    /// Why it stands here in the proposal, such as `after 2ca607eff9c8: alters table user`.
    pub note: Option<Shown>,
    /// What is wrong with it now, such as `fails: no such table: user, and 8 more`.
    pub fault: Option<Shown>,
    /// What is wrong with it in the proposal.
    pub remains: Option<Shown>,
}

impl Row {
    /// What is wrong with it on one side.
    pub fn fault_on(&self, proposed: bool) -> Option<&Shown> {
        if proposed { self.remains.as_ref() } else { self.fault.as_ref() }
    }
}

/// One side's dots and lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The dot of each row, by index; absent where the row is not on this side.
    pub dots: Vec<Option<Dot>>,
    /// The lines between dots.
    pub links: Vec<Link>,
    /// How many lanes are used.
    pub lanes: u32,
}

impl Lines {
    /// By row, whether a line leaves its dot downwards.
    pub fn going_down(&self) -> Vec<bool> {
        let mut going = vec![false; self.dots.len()];
        for link in self.links.iter().filter(|link| link.child < link.parent) {
            going[link.child] = true;
        }
        going
    }
}

/// A revision's dot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dot {
    /// The lane, from 0.
    pub lane: u32,
    /// What it is.
    pub marks: Vec<Mark>,
}

/// What a revision is on one side. Shown as a word, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The one base, as it should be.
    Base,
    /// One of several bases, where one belongs.
    Root,
    /// A head.
    Head,
    /// A branch point.
    BranchPoint,
    /// A merge point.
    MergePoint,
    /// On a cycle.
    Cycle,
    /// Its id is used by another file too.
    Duplicate,
    /// No file declares it.
    Missing,
    /// A plan gives it another parent.
    NewParent,
    /// A plan gives it another id.
    NewId,
    /// A plan adds it.
    Added,
    /// Its parents are not known.
    Unknown,
}

/// A line from a child down to a parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The row of the child.
    pub child: usize,
    /// The row of the parent.
    pub parent: usize,
    /// The lane the line runs in between the two dots.
    pub lane: u32,
    /// What it is.
    pub kind: LinkKind,
}

/// The kinds of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// `down_revision`, unchanged.
    Parent,
    /// `down_revision`, written by the plan.
    NewParent,
    /// `depends_on`.
    Dependency,
    /// To a parent that no file declares.
    Missing,
    /// Part of a cycle; `child` may stand below `parent`.
    Cycle,
}

impl Drawing {
    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl LinkKind {
    /// The class that draws it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::NewParent => "new-parent",
            Self::Dependency => "dependency",
            Self::Missing => "missing",
            Self::Cycle => "cycle",
        }
    }
}

impl Mark {
    /// The word shown: `head`, `branch point`, `new parent`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Base | Self::Root => "base",
            Self::Head => "head",
            Self::BranchPoint => "branch point",
            Self::MergePoint => "merge point",
            Self::Cycle => "cycle",
            Self::Duplicate => "duplicate id",
            Self::Missing => "missing",
            Self::NewParent => "new parent",
            Self::NewId => "new id",
            Self::Added => "new file",
            Self::Unknown => "parents not known",
        }
    }
    /// Whether the chain cannot stay so.
    pub fn is_fault(self) -> bool {
        matches!(self, Self::Root | Self::Cycle | Self::Duplicate | Self::Missing)
    }

    /// Whether a plan does it.
    pub fn is_change(self) -> bool {
        matches!(self, Self::NewParent | Self::Added)
    }
}
