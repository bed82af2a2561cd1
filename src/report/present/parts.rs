//! What stands once for each environment.

use super::{MAY_FAIL, NOT_UNDERSTOOD, UNDECIDED, environment_name};
use crate::report::{
    ActionReport, ChecklistItem, Direction, EnvironmentReport, Grade, NoteReport, Report, UnknownReport,
};

/// A part of the report that exists once for each environment with migrations.
#[derive(Debug, Clone, Copy)]
pub struct Part<'r> {
    /// Its environment's name, where there are several.
    pub name: Option<&'r str>,
    /// What is to be done.
    pub actions: &'r [ActionReport],
    /// The checklist.
    pub checklist: &'r [ChecklistItem],
    /// The environment that the checklist is of.
    pub environment: Option<&'r EnvironmentReport>,
}

/// The parts of a report: one for the whole where one environment has migrations, else one for each.
pub fn parts(report: &Report) -> Vec<Part<'_>> {
    let with: Vec<_> =
        report.environments.iter().filter(|environment| !environment.revisions.is_empty()).collect();
    if with.len() < 2 {
        let environment =
            with.first().copied().or(report.environments.iter().find(|environment| environment.live));
        return vec![Part {
            name: None,
            actions: &report.actions,
            checklist: &report.checklist,
            environment,
        }];
    }
    with.into_iter()
        .map(|environment| Part {
            name: Some(environment_name(environment)),
            actions: &environment.actions,
            checklist: &environment.checklist,
            environment: Some(environment),
        })
        .collect()
}

/// What would have to be known, at a line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open<'r> {
    /// [`UNDECIDED`], [`NOT_UNDERSTOOD`] or [`MAY_FAIL`].
    pub word: &'static str,
    /// The file.
    pub path: &'r str,
    /// The line, from 1.
    pub line: u32,
    /// What.
    pub what: &'r str,
}

impl EnvironmentReport {
    /// What is computed when the files are loaded and, where the verdict hangs on it, what the replay did not understand
    /// and what may fail.
    pub fn open(&self) -> Vec<Open<'_>> {
        let mut all = Vec::new();
        for UnknownReport { path, line, what } in &self.unknown {
            all.push(Open { word: UNDECIDED, path, line: *line, what });
        }
        let Some(replay) = self.replay.as_ref().filter(|_| self.grade == Grade::Undecided) else {
            return all;
        };
        for step in &replay.steps {
            for NoteReport { line, what } in &step.unknown {
                all.push(Open { word: NOT_UNDERSTOOD, path: &step.path, line: *line, what });
            }
        }
        for failure in replay.failures.iter().filter(|failure| failure.direction == Direction::Upgrade) {
            all.push(Open {
                word: MAY_FAIL,
                path: &failure.path,
                line: failure.line,
                what: &failure.message,
            });
        }
        all.dedup();
        all
    }
}

/// The same of every environment.
pub fn open(report: &Report) -> Vec<Open<'_>> {
    report.environments.iter().flat_map(EnvironmentReport::open).collect()
}

/// Where nothing is offered: the environment's name, and why.
pub fn without_plan(report: &Report) -> impl Iterator<Item = (&str, &str)> {
    report
        .environments
        .iter()
        .filter_map(|environment| Some((environment_name(environment), environment.no_plan.as_deref()?)))
}
