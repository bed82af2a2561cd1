//! What the page knows: one phase, a few signals, and values derived from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leptos::prelude::*;

use crate::download::DownloadInfo;
use crate::drawing::Drawing;
use crate::report::{EnvironmentReport, FindingReport, Grade, PlanReport, Report, Severity};
use crate::text::Shown;
use crate::worker::{Answer, Choices, Job, Progress};

/// Where the page stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phase {
    /// Nothing was dropped yet.
    Empty,
    /// The engine is at work on what has this name, or still being loaded for it.
    Reading(String),
    /// Nothing could be audited, or the engine broke.
    Failed(Failure),
    /// It was audited, whatever was found.
    Ready(Loaded),
}

/// Why something could not be audited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The name of what was dropped; empty where the engine broke before anything was.
    pub(super) name: String,
    /// Why, without a capital or a full stop.
    pub(super) message: String,
}

/// A result. It is shared, since a report may be large; two are equal when they are the same one.
#[derive(Debug, Clone)]
pub(super) struct Loaded(Arc<Outcome>);

/// What the engine sent.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The name of what was dropped.
    pub(super) name: String,
    /// The number of its opening, which it keeps when something is asked of it.
    pub(super) opened: Job,
    /// Everything that was found, on all environments.
    pub(super) report: Report,
    /// What can be taken away; the engine makes each when it is asked for.
    pub(super) downloads: Vec<DownloadInfo>,
}

impl Loaded {
    /// Shares a result.
    pub(super) fn new(outcome: Outcome) -> Self {
        Self(Arc::new(outcome))
    }
}

impl std::ops::Deref for Loaded {
    type Target = Outcome;

    fn deref(&self) -> &Outcome {
        &self.0
    }
}

impl PartialEq for Loaded {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The part of a result that is on screen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct View {
    /// The result that it is part of.
    pub(super) loaded: Loaded,
    /// The environment, by its index in the report, which may have none.
    pub(super) environment: usize,
    /// The plan, by its index in the environment, which may have none.
    pub(super) plan: usize,
}

impl View {
    /// The environment on screen; none where none was found.
    pub(super) fn environment(&self) -> Option<&EnvironmentReport> {
        self.loaded.report.environments.get(self.environment)
    }

    /// The plan on screen; none where nothing is to be repaired, or nothing can be.
    pub(super) fn plan(&self) -> Option<&PlanReport> {
        self.environment()?.plans.get(self.plan)
    }

    /// The verdict on the environment on screen; on everything where there is none.
    pub(super) fn grade(&self) -> Grade {
        self.environment().map_or(self.loaded.report.grade, |environment| environment.grade)
    }

    /// The same as a sentence, without a full stop.
    pub(super) fn headline(&self) -> &str {
        self.environment().map_or(&self.loaded.report.headline, |environment| &environment.headline)
    }

    /// What that means for a deployment; may be empty.
    pub(super) fn summary(&self) -> &str {
        self.environment().map_or(&self.loaded.report.summary, |environment| &environment.summary)
    }

    /// Whether a finding is about the environment on screen, or about no environment.
    pub(super) fn owns(&self, finding: &FindingReport) -> bool {
        finding.environment.is_none_or(|environment| environment == self.environment)
    }

    /// The findings about the environment on screen, each with its index in the report.
    pub(super) fn findings(&self) -> impl Iterator<Item = (usize, &FindingReport)> {
        let findings = self.loaded.report.findings.iter().enumerate();
        findings.filter(|(_, finding)| self.owns(finding))
    }

    /// The drawing on screen: the plan's, or the chain alone.
    pub(super) fn drawing(&self) -> Option<&Drawing> {
        self.plan()
            .map(|plan| &plan.drawing)
            .or_else(|| self.environment().map(|environment| &environment.drawing))
    }

    /// Whether the drawing on screen has a proposed side.
    pub(super) fn proposes(&self) -> bool {
        self.drawing().is_some_and(|drawing| drawing.proposed.is_some())
    }

    /// A finding of the result, by index.
    pub(super) fn finding(&self, index: usize) -> Option<&FindingReport> {
        self.loaded.report.findings.get(index)
    }

    /// The rows of the drawing that show one of these ids, newest first.
    pub(super) fn rows_of<'a>(&self, ids: impl IntoIterator<Item = &'a Shown>) -> Vec<usize> {
        let Some(drawing) = self.drawing() else { return Vec::new() };
        let ids: BTreeSet<_> = ids.into_iter().collect();
        let rows = drawing.rows.iter().enumerate();
        rows.filter(|(_, row)| ids.contains(&row.revision)).map(|(index, _)| index).collect()
    }

    /// The rows of what is picked out: of a revision, or of every revision that a finding names.
    pub(super) fn picked_rows(&self, selection: &Selection) -> Vec<usize> {
        match selection {
            Selection::Nothing => Vec::new(),
            Selection::Revision(id) => self.rows_of([id]),
            Selection::Finding(index) => {
                self.rows_of(self.finding(*index).map_or(&[][..], |finding| &finding.revisions))
            }
        }
    }

    /// The rows that an error or a warning names.
    pub(super) fn troubled_rows(&self) -> Vec<usize> {
        let troubles = self.findings().filter(|(_, finding)| finding.severity > Severity::Info);
        self.rows_of(troubles.flat_map(|(_, finding)| &finding.revisions))
    }
}

/// The one thing that is picked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Selection {
    /// Everything is as it was at first.
    #[default]
    Nothing,
    /// A finding, by its index in the report.
    Finding(usize),
    /// A revision; an id that several files declare picks all of their rows.
    Revision(Shown),
}

/// The side that a page shows which has no room for both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum OneSide {
    /// The chain as it is.
    #[default]
    Now,
    /// The chain as proposed.
    Proposed,
}

/// The list of what a revision could stand on, while it is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chooser {
    /// The revision.
    pub(super) revision: Shown,
    /// What is looked for.
    pub(super) text: String,
    /// Whether it moves in line, and not its parent alone.
    pub(super) line: bool,
    /// What was found; nothing until it is.
    pub(super) choices: Option<Choices>,
    /// The choice that the keyboard is on.
    pub(super) active: usize,
}

/// A row that is carried by its handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried {
    /// Its row.
    pub(super) row: usize,
    /// Its revision.
    pub(super) revision: Shown,
    /// The row that it is held over, and its revision.
    pub(super) over: Option<(usize, Shown)>,
}

/// Whether the engine can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Readiness {
    /// It is being fetched and compiled.
    Starting,
    /// It is here, and the network is locked.
    Ready,
    /// It could not be started.
    Broken(String),
}

/// Which of the two colour schemes is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the system has them.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Every signal of the page. Copied freely; only [`super::actions`] writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct AppState {
    /// Where the page stands; a new phase mounts a new page.
    pub(super) phase: RwSignal<Phase>,
    /// How far the engine is; means something while the phase is `Reading`.
    pub(super) progress: RwSignal<Progress>,
    /// Whether the engine can be used; things can be dropped before it can.
    pub(super) engine: RwSignal<Readiness>,
    /// The environment on screen, by index.
    pub(super) environment: RwSignal<usize>,
    /// The plan on screen, by index; set to the first with every other environment.
    pub(super) plan: RwSignal<usize>,
    /// What is picked out, in every part of the page at once.
    pub(super) selection: RwSignal<Selection>,
    /// What is searched for, among findings and files; empty finds everything.
    pub(super) query: RwSignal<String>,
    /// The side that is drawn where there is no room for both.
    pub(super) side: RwSignal<OneSide>,
    /// The colour scheme; the browser remembers it.
    pub(super) theme: RwSignal<Theme>,
    /// Whether something is being dragged over the page.
    pub(super) dragging: RwSignal<bool>,
    /// Whether the list of keys is open.
    pub(super) keys_open: RwSignal<bool>,
    /// What was answered about the databases of each environment, by its index.
    pub(super) answers: RwSignal<BTreeMap<usize, Answer>>,
    /// The answer before the one that the engine is asked about, and its environment.
    pub(super) answered_before: RwSignal<Option<(usize, Answer)>>,
    /// The list of what a revision could stand on.
    pub(super) chooser: RwSignal<Option<Chooser>>,
    /// The row that is carried.
    pub(super) carried: RwSignal<Option<Carried>>,
    /// Whether the engine makes or judges plans anew.
    pub(super) asking: RwSignal<bool>,
    /// The download that is being made, by id; no other is begun meanwhile.
    pub(super) making: RwSignal<Option<String>>,
    /// What a screen reader is told.
    pub(super) said: RwSignal<String>,
    /// What did not work last, until it is closed or something else is begun.
    pub(super) notice: RwSignal<Option<String>>,
    /// The part of the result on screen; none before there is a result.
    pub(super) view: Memo<Option<View>>,
}

impl AppState {
    /// The state of an empty page.
    pub(super) fn new(theme: Theme) -> Self {
        let phase = RwSignal::new(Phase::Empty);
        let environment = RwSignal::new(0);
        let plan = RwSignal::new(0);
        let view = Memo::new(move |_| {
            let Phase::Ready(loaded) = phase.get() else { return None };
            Some(View { loaded, environment: environment.get(), plan: plan.get() })
        });
        Self {
            phase,
            progress: RwSignal::default(),
            engine: RwSignal::new(Readiness::Starting),
            environment,
            plan,
            selection: RwSignal::default(),
            query: RwSignal::default(),
            side: RwSignal::default(),
            theme: RwSignal::new(theme),
            dragging: RwSignal::new(false),
            keys_open: RwSignal::new(false),
            answers: RwSignal::default(),
            answered_before: RwSignal::default(),
            chooser: RwSignal::default(),
            carried: RwSignal::default(),
            asking: RwSignal::new(false),
            making: RwSignal::new(None),
            said: RwSignal::default(),
            notice: RwSignal::new(None),
            view,
        }
    }
}

impl Theme {
    /// The word that the browser remembers it by.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a remembered word; the system's for any other.
    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The theme that the button goes to from this one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}
