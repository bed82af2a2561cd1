//! What a finding is: a rule, a place, evidence, and what to do. No rule stands here.

use serde::{Deserialize, Serialize};

use crate::ingest::TreePath;
use crate::text::TextRange;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// May break, or hides something.
    Warning,
    /// Alembic fails, skips migrations, or runs the wrong ones.
    Error,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Something unknown is involved.
    Likely,
    /// Everything it rests on was read from literals.
    Certain,
}

/// Whether a fix may be applied without a person's decision; ordered, as in Ruff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Shown only.
    DisplayOnly,
    /// Its effect depends on what the databases have already run.
    Unsafe,
    /// It changes nothing that a database could notice.
    Safe,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Whether Alembic can load the configuration and the files.
    Loading,
    /// Whether the revisions make one chain.
    Chain,
    /// What stands around the chain: folders, configurations, `env.py`.
    Environment,
    /// What the migrations do to a database. It hangs on their order, so a plan may change it.
    Content,
}

/// A rule: one kind of fault. It is a static, and equal to itself only.
#[derive(Debug)]
pub struct Rule {
    /// Its name in kebab-case, which names the fault.
    pub name: &'static str,
    /// What it looks at.
    pub group: Group,
    /// Whether a repair of the chain can resolve what it finds.
    pub is_repairable: bool,
    /// One sentence: what it finds.
    pub summary: &'static str,
    /// Its severity, unless a finding says otherwise.
    pub severity: Severity,
    /// The whole explanation in Markdown, from the file beside the rule.
    pub explanation: &'static str,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Rule {}

/// One fault, at its place.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The index of the environment it concerns, if one.
    pub environment: Option<usize>,
    /// What is wrong, in one plain sentence without a final dot.
    pub message: String,
    /// What it breaks in practice: what Alembic will do.
    pub consequence: String,
    /// What to do about it.
    pub advice: String,
    /// Where it is; a finding about a folder has none.
    pub place: Option<Place>,
    /// The path when there is a file or folder but no bytes to point at.
    pub path: Option<String>,
    /// Lines that prove it, the first being its own place.
    pub evidence: Vec<Place>,
    /// The revision ids concerned.
    pub revisions: Vec<String>,
    /// Candidates, nearest first, where something is missing.
    pub candidates: Vec<String>,
    /// How many faults it tells of: one, or all of one line where those are many.
    pub count: usize,
    /// What a person does where no repair resolves it, in the imperative. What a repair does is told of the repair.
    pub by_hand: Option<String>,
}

/// Bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub path: TreePath,
    /// The bytes.
    pub range: TextRange,
}

impl Finding {
    /// Makes a certain finding of the rule's own severity; the rest is filled in by the rule.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            confidence: Confidence::Certain,
            environment: None,
            message: message.into(),
            consequence: String::new(),
            advice: String::new(),
            place: None,
            path: None,
            evidence: Vec::new(),
            revisions: Vec::new(),
            candidates: Vec::new(),
            count: 1,
            by_hand: None,
        }
    }

    /// Lowers it to a likely warning: something unknown could explain it away.
    pub fn because_unknown(&mut self) {
        self.confidence = Confidence::Likely;
        self.severity = self.severity.min(Severity::Warning);
    }

    /// The path it is shown at.
    pub fn path_text(&self) -> Option<String> {
        self.place.as_ref().map(|place| place.path.to_string()).or_else(|| self.path.clone())
    }
}

impl Severity {
    /// The word used everywhere: `error`, `warning`, `info`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Confidence {
    /// The word used everywhere: `certain`, `likely`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

impl Applicability {
    /// The word used everywhere: `safe`, `unsafe`, `display-only`.
    pub fn word(self) -> &'static str {
        match self {
            Self::DisplayOnly => "display-only",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}
