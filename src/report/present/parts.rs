//! What stands once for each environment.

use super::environment_name;
use crate::report::{ActionReport, ChecklistItem, EnvironmentReport, Report};

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
        let environment = report.environments.iter().find(|environment| environment.live);
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

/// Where nothing is offered: the environment's name, and why.
pub fn without_plan(report: &Report) -> impl Iterator<Item = (&str, &str)> {
    report
        .environments
        .iter()
        .filter_map(|environment| Some((environment_name(environment), environment.no_plan.as_deref()?)))
}
