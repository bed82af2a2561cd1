//! Search and walking through lists: plain functions over the report.

use std::collections::BTreeSet;

use super::state::View;
use super::words;
use crate::report::{
    EnvironmentReport, FindingReport, PlanKind, PlanReport, Report, RevisionReport, Severity, Verdict,
};

/// Whether a finding is found by a search; an empty search finds everything.
pub(super) fn finds(finding: &FindingReport, query: &str) -> bool {
    let mut texts = vec![finding.rule.as_str(), &finding.message, finding.severity.word()];
    texts.extend(finding.path.as_deref());
    texts.extend(finding.revisions.iter().map(String::as_str));
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
    let files: BTreeSet<&String> =
        plans.iter().flat_map(|plan| plan.files_rewritten.iter().chain(&plan.files_added)).collect();
    (files.len(), plans.len())
}

/// The environment that is shown first: the first live one that the verdict on everything rests on.
pub(super) fn first_shown(report: &Report) -> usize {
    let decides = |environment: &EnvironmentReport| environment.live && environment.verdict == report.verdict;
    report.environments.iter().position(decides).unwrap_or(0)
}

/// What was found in an environment, in two or three words: `sound`, `2 errors`.
pub(super) fn verdict_words(report: &Report, index: usize) -> String {
    let counted = |severity: Severity| {
        let of_it =
            |finding: &&FindingReport| finding.environment == Some(index) && finding.severity == severity;
        report.findings.iter().filter(of_it).count()
    };
    let verdict = report.environments.get(index).map_or(report.verdict, |environment| environment.verdict);
    match (verdict, counted(Severity::Error), counted(Severity::Warning)) {
        (Verdict::Clean, ..) => "sound".to_owned(),
        (Verdict::Broken, n, _) if n > 0 => words::count(n, "error", "errors"),
        (Verdict::Broken, ..) => "broken".to_owned(),
        (Verdict::Warnings, _, n) if n > 0 => words::count(n, "warning", "warnings"),
        (Verdict::Warnings, ..) => "warnings".to_owned(),
        (Verdict::Unknown, ..) => "not decided".to_owned(),
    }
}

/// The environments' names, as short as tells them apart.
pub(super) fn short_names(environments: &[EnvironmentReport]) -> Vec<String> {
    let named = environments.iter().map(|environment| match &environment.section {
        Some(section)
            if environments
                .iter()
                .filter(|other| other.script_location == environment.script_location)
                .count()
                > 1 =>
        {
            format!("{} [{section}]", environment.script_location)
        }
        _ => environment.script_location.clone(),
    });
    shortened(named.collect())
}

/// The names without the folders that all of them begin with, and that all of them end in.
fn shortened(names: Vec<String>) -> Vec<String> {
    if names.len() < 2 {
        return names;
    }
    let mut left: Vec<&str> = names.iter().map(String::as_str).collect();
    let first: fn(&str) -> Option<(&str, &str)> = |name| name.split_once('/');
    let last: fn(&str) -> Option<(&str, &str)> =
        |name| name.rsplit_once('/').map(|(rest, last)| (last, rest));
    for cut in [first, last] {
        loop {
            let parts: Option<Vec<(&str, &str)>> = left.iter().map(|name| cut(name)).collect();
            match parts {
                Some(parts) if parts.iter().all(|(shared, _)| *shared == parts[0].0) => {
                    left = parts.into_iter().map(|(_, rest)| rest).collect();
                }
                _ => break,
            }
        }
    }
    left.into_iter().map(ToOwned::to_owned).collect()
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
    fn names_lose_the_folders_that_all_of_them_share() {
        let short = |names: &[&str]| shortened(names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(short(&["a/migrations", "b/c/migrations"]), ["a", "b/c"]);
        assert_eq!(short(&["a/migrations", "migrations"]), ["a/migrations", "migrations"]);
        assert_eq!(short(&["a/one", "a/two"]), ["one", "two"]);
        assert_eq!(short(&["s/a/migrations", "s/b/migrations"]), ["a", "b"]);
        assert_eq!(short(&["a/one"]), ["a/one"]);
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
