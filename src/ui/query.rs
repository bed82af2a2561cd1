//! Search and walking through lists: plain functions over the report.

use std::collections::BTreeSet;

use super::state::View;
use crate::report::{EnvironmentReport, FindingReport, PlanKind, PlanReport, Report, RevisionReport};
use crate::text::Shown;

/// Whether a finding is found by a search; an empty search finds everything.
pub(super) fn finds(finding: &FindingReport, query: &str) -> bool {
    let mut texts = vec![finding.rule.as_str(), &finding.message, finding.severity.word()];
    texts.extend(finding.path.as_deref());
    texts.extend(finding.revisions.iter().map(Shown::as_str));
    matches(query, &texts)
}

/// Whether a revision is found by a search.
pub(super) fn finds_revision(revision: &RevisionReport, query: &str) -> bool {
    let mut texts = vec![revision.revision.as_str(), &revision.path, &revision.message];
    texts.extend(revision.create_date.as_deref());
    matches(query, &texts)
}

/// Every word of the search stands in one of the texts, whatever the case.
pub(super) fn matches(query: &str, texts: &[&str]) -> bool {
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    query.split_whitespace().map(str::to_lowercase).all(|word| texts.iter().any(|text| text.contains(&word)))
}

/// The index after or before the current one among those shown, going round.
pub(super) fn step(shown: &[usize], current: Option<usize>, forward: bool) -> Option<usize> {
    let (first, last) = (*shown.first()?, *shown.last()?);
    let Some(current) = current else { return Some(if forward { first } else { last }) };
    if let Some(at) = shown.iter().position(|&index| index == current) {
        let to = if forward { at + 1 } else { at + shown.len() - 1 };
        return Some(shown[to % shown.len()]);
    }
    // It is hidden by a search: the nearest that is not.
    let found = if forward {
        shown.iter().copied().find(|&index| index > current).unwrap_or(first)
    } else {
        shown.iter().rev().copied().find(|&index| index < current).unwrap_or(last)
    };
    Some(found)
}

/// The downloads that stand beside the verdict, by id; none where it is not on offer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct QuickDownloads {
    /// The zip of the plan's changed files.
    pub(super) files: Option<String>,
    /// The plan's diff, for `git apply`.
    pub(super) patch: Option<String>,
    /// The report as one HTML file.
    pub(super) report: Option<String>,
    /// The workflow that keeps the chain whole.
    pub(super) workflow: Option<String>,
}

/// Which downloads fit what is on screen.
pub(super) fn quick_downloads(view: &View) -> QuickDownloads {
    let offered = |id: String| view.loaded.downloads.iter().any(|offer| offer.id == id).then_some(id);
    let plan = view.plan().map(|plan| plan.name.name());
    QuickDownloads {
        files: plan.and_then(|plan| offered(format!("files-{plan}"))),
        patch: plan.and_then(|plan| offered(format!("diff-{plan}"))),
        report: offered("report-html".to_owned()),
        workflow: offered("workflow".to_owned()),
    }
}

/// The changed files of every plan of this kind, and the environments they are of: what the zip holds.
pub(super) fn files_of_plan(environments: &[EnvironmentReport], kind: PlanKind) -> (usize, usize) {
    let plans: Vec<&PlanReport> = environments
        .iter()
        .filter_map(|environment| environment.plans.iter().find(|plan| plan.name == kind))
        .collect();
    let files: BTreeSet<&Shown> =
        plans.iter().flat_map(|plan| plan.files_rewritten.iter().chain(&plan.files_added)).collect();
    (files.len(), plans.len())
}

/// The environment that is shown first: the first live one that the grade of everything is of.
pub(super) fn first_shown(report: &Report) -> usize {
    let decides = |environment: &EnvironmentReport| environment.live && environment.grade == report.grade;
    report.environments.iter().position(decides).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found_somewhere() {
        assert!(matches("", &["a"]));
        assert!(matches("ROOT oauth", &["multiple-roots", "oauth_fields"]));
        assert!(!matches("root nothing", &["multiple-roots", "oauth_fields"]));
    }

    #[test]
    fn walking_goes_round_and_leaves_out_what_is_hidden() {
        let shown = [1, 4, 5];
        assert_eq!(step(&shown, None, true), Some(1));
        assert_eq!(step(&shown, Some(1), true), Some(4));
        assert_eq!(step(&shown, Some(5), true), Some(1));
        assert_eq!(step(&shown, Some(3), false), Some(1));
        assert_eq!(step(&shown, None, false), Some(5));
        assert_eq!(step(&[], Some(1), true), None);
    }
}
