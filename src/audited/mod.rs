//! What an audit looks at and what it finds: each environment with everything that was read of it, and the findings.
//!
//! Rules, plans and reports all look at these values and at the grades, the foreseen commands and the shape that follow
//! from them; [`crate::audit`] makes them.

mod branches;
mod commands;
mod environment;
mod grade;
mod shape;

pub use branches::is_of_a_family;
pub use environment::{Audited, Loaded};
pub use grade::{Grade, Verdict};
pub use shape::Shape;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Severity};
use crate::schema::Dialect;
use crate::source::ModelBase;

/// The result of an audit.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Every environment, live ones first.
    pub environments: Vec<Audited>,
    /// What carries metadata, best first.
    pub models: Vec<ModelBase>,
    /// What is wrong: worst first, then by environment, in the order of the rules, of paths and of places.
    pub findings: Vec<Finding>,
    /// What was asked.
    pub options: AuditOptions,
}

/// What an audit is asked.
#[derive(Debug, Clone, Default)]
pub struct AuditOptions {
    /// The dialect to replay on; by default the configuration's, or all where it names none.
    pub dialect: Option<Dialect>,
    /// The databases to try repairs on, each by the rows of its version table; none for an empty one.
    pub stamped: Vec<Vec<String>>,
    /// The same of one environment, by its index, where it was asked of that one alone.
    pub stamped_of: BTreeMap<usize, Vec<Vec<String>>>,
    /// The parents that somebody chose.
    pub pinned: Vec<Pinned>,
}

/// A revision and the parents that somebody chose for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// The revision.
    pub revision: String,
    /// Its parents; none for a base.
    pub parents: Vec<String>,
}

impl Audit {
    /// The findings about one environment.
    pub fn findings_of(&self, index: usize) -> impl Iterator<Item = &Finding> {
        // They stand by severity, and then by environment.
        [Severity::Error, Severity::Warning, Severity::Info].into_iter().flat_map(move |severity| {
            let key = |finding: &Finding| (Reverse(finding.severity), finding.environment);
            let own = (Reverse(severity), Some(index));
            let start = self.findings.partition_point(|finding| key(finding) < own);
            let end = self.findings.partition_point(|finding| key(finding) <= own);
            &self.findings[start..end]
        })
    }
}
