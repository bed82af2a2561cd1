//! How many there are.

use super::grade_words;
use crate::audited::Grade;
use crate::finding::Severity;
use crate::patch::FileChange;
use crate::report::{FindingReport, PlanReport, Report};
use crate::text::{number, plural};

/// How many findings are of a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The severity.
    pub severity: Severity,
    /// How many.
    pub number: usize,
}

/// How many findings are of each severity, the worst first; severities without any are left out.
pub fn counted<'r>(findings: impl IntoIterator<Item = &'r FindingReport>) -> Vec<Counted> {
    let mut counted: Vec<Counted> = [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .map(|severity| Counted { severity, number: 0 })
        .collect();
    for finding in findings {
        if let Some(of) = counted.iter_mut().find(|of| of.severity == finding.severity) {
            of.number += 1;
        }
    }
    counted.retain(|of| of.number > 0);
    counted
}

/// `3 errors, 2 warnings, 1 info`, or that nothing was found.
pub fn counts<'r>(findings: impl IntoIterator<Item = &'r FindingReport>) -> String {
    let counts: Vec<_> = counted(findings).into_iter().map(Counted::words).collect();
    if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") }
}

impl Counted {
    /// `3 errors`, `2 info`.
    pub fn words(self) -> String {
        format!("{} {}", number(self.number as u64), self.noun())
    }

    /// `errors`, `info`: what so many of it are called.
    pub fn noun(self) -> String {
        match self.severity {
            Severity::Info => Severity::Info.word().to_owned(),
            severity => count_noun(self.number, severity.word()),
        }
    }
}

/// What so many are called: `base`, `bases`.
pub fn count_noun(number: usize, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// How a chain begins and ends: `3 bases, 5 heads`.
pub fn ends(bases: usize, heads: usize) -> String {
    format!("{}, {}", plural(bases, "base"), plural(heads, "head"))
}

/// What a plan costs in files: `rewrites 4 files`, `adds 1 file`.
pub fn cost(plan: &PlanReport) -> String {
    cost_of(&|change| match change {
        FileChange::Rewritten => plan.files_rewritten.len(),
        FileChange::Added => plan.files_added.len(),
        FileChange::Removed => plan.files_removed.len(),
    })
}

/// The same of so many files that are changed in each way.
pub fn cost_of(count: &dyn Fn(FileChange) -> usize) -> String {
    let verbs =
        [(FileChange::Rewritten, "rewrites"), (FileChange::Added, "adds"), (FileChange::Removed, "removes")];
    let parts: Vec<_> = verbs
        .into_iter()
        .map(|(change, verb)| (verb, count(change)))
        .filter(|&(_, number)| number > 0)
        .map(|(verb, number)| format!("{verb} {}", plural(number, "file")))
        .collect();
    if parts.is_empty() { "changes nothing".to_owned() } else { parts.join(", ") }
}

/// What was left out of a list: `3 more lines; the JSON has them.` Nothing where nothing was.
pub fn left_out(number: usize, noun: &str) -> Option<String> {
    left_out_of(number, noun, "the JSON")
}

/// As [`left_out`], where something else than the JSON has it.
pub fn left_out_of(number: usize, noun: &str, has: &str) -> Option<String> {
    let it = if number == 1 { "it" } else { "them" };
    (number > 0).then(|| format!("{}; {has} has {it}.", plural(number, &format!("more {noun}"))))
}

/// What was found in an environment, in two or three words: `2 errors`, `sound`.
pub fn found_in(report: &Report, index: usize) -> String {
    let grade = report.environments.get(index).map_or(report.grade, |environment| environment.grade);
    let wanted = match grade {
        Grade::CannotDeploy | Grade::Stops => Severity::Error,
        Grade::Warnings => Severity::Warning,
        _ => return grade_words(grade).to_owned(),
    };
    let own = report.findings.iter().filter(|finding| finding.environment == Some(index));
    let of_it = counted(own).into_iter().find(|of| of.severity == wanted);
    of_it.map_or_else(|| grade_words(grade).to_owned(), Counted::words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_said_in_one_way() {
        let of = |severity, number| Counted { severity, number }.words();
        assert_eq!(
            [of(Severity::Error, 1), of(Severity::Warning, 2), of(Severity::Info, 2)],
            ["1 error", "2 warnings", "2 info"]
        );
        assert_eq!([ends(3, 5), ends(1, 1)], ["3 bases, 5 heads", "1 base, 1 head"]);
        assert_eq!(counts([]), "nothing found");
    }

    #[test]
    fn what_is_left_out_is_said_where_something_is() {
        assert_eq!(left_out(3, "line").as_deref(), Some("3 more lines; the JSON has them."));
        assert_eq!(left_out_of(1, "line", "the patch").as_deref(), Some("1 more line; the patch has it."));
        assert_eq!(left_out(0, "line"), None);
    }
}
