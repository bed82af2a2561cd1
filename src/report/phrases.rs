//! What the writers for people share: places, counts, costs, and the few sentences that stand in every format.

use super::{
    ActionReport, Applicability, ChecklistItem, EnvironmentReport, FindingReport, PlanReport, Report,
    RevisionReport, Severity, Status, Verdict,
};
use crate::drawing::{Drawing, Lines, LinkKind};
use crate::text::plural;

/// Longer drawings are condensed in reports.
pub(super) const LONGEST_DRAWING: usize = 150;

/// A piece of a sentence: plain, or between backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span<'a> {
    /// Plain text.
    Text(&'a str),
    /// A command, an id, a name.
    Code(&'a str),
}

/// Splits a sentence at its pairs of backticks; a lone backtick stays text.
pub(super) fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        spans.extend([Span::Text(before), Span::Code(code)]);
        rest = after;
    }
    spans.push(Span::Text(rest));
    spans.retain(|span| !matches!(span, Span::Text("") | Span::Code("")));
    spans
}

/// Where a finding is: `path`, `path:line` or `path:line:column`.
pub(super) fn place(finding: &FindingReport) -> Option<String> {
    let mut place = finding.path.clone()?;
    for number in [finding.line, finding.column].into_iter().flatten() {
        place.push(':');
        place.push_str(&number.to_string());
    }
    Some(place)
}

/// How many findings are of a severity.
pub(super) fn n_of(report: &Report, severity: Severity) -> usize {
    report.findings.iter().filter(|finding| finding.severity == severity).count()
}

/// `3 errors, 2 warnings`, or that nothing was found.
pub(super) fn counts(report: &Report) -> String {
    let counts: Vec<_> =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")]
            .into_iter()
            .map(|(severity, noun)| (n_of(report, severity), noun))
            .filter(|&(number, _)| number > 0)
            .map(|(number, noun)| plural(number, noun))
            .collect();
    if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") }
}

/// The verdict in the words of an incident report.
pub(super) fn severity(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Broken => "Critical",
        Verdict::Warnings => "Moderate",
        Verdict::Clean => "None",
        Verdict::Unknown => "Not decided",
    }
}

/// The answer to a checklist item as a word.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Unknown => "unknown",
    }
}

/// What the applicability of a fix means.
pub(super) fn applicability(of: Applicability) -> &'static str {
    match of {
        Applicability::Safe => "safe, whatever the databases have run",
        Applicability::Unsafe => "unsafe: what it does depends on what the databases have run",
        Applicability::DisplayOnly => "shown only: nothing is edited",
    }
}

/// What a plan costs in files: `rewrites 4 files`, `adds 1 file`.
pub(super) fn cost(plan: &PlanReport) -> String {
    let parts: Vec<_> = [("rewrites", plan.files_rewritten.len()), ("adds", plan.files_added.len())]
        .into_iter()
        .filter(|&(_, number)| number > 0)
        .map(|(verb, number)| format!("{verb} {}", plural(number, "file")))
        .collect();
    if parts.is_empty() { "changes nothing".to_owned() } else { parts.join(", ") }
}

/// The command that carries a plan out, on the folder where it is typed or on `path`.
pub(super) fn fix_command(plan: &PlanReport, path: Option<&str>) -> String {
    let consent = if plan.applicability == Applicability::Safe { "" } else { " --unsafe-fixes" };
    format!("{} --plan {} --fix{consent}", check_command(path), plan.name)
}

/// The command that shows a plan's diff and writes nothing.
pub(super) fn diff_command(plan: &PlanReport, path: Option<&str>) -> String {
    format!("{} --plan {} --diff", check_command(path), plan.name)
}

fn check_command(path: Option<&str>) -> String {
    path.map_or_else(|| "rechain check".to_owned(), |path| format!("rechain check {path}"))
}

/// Names as one text, or that there is none.
pub(super) fn names(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Parents as Alembic's own files write their absence: `None`.
pub(super) fn parents(parents: &[String]) -> String {
    if parents.is_empty() { "None".to_owned() } else { parents.join(", ") }
}

/// What a revision is, in words: `root, head`.
pub(super) fn roles(environment: &EnvironmentReport, revision: &RevisionReport) -> String {
    let base = if environment.bases.len() > 1 { "root" } else { "base" };
    let roles = [
        (revision.is_base, base),
        (revision.is_head, "head"),
        (revision.is_branch_point, "branch point"),
        (revision.is_merge_point, "merge point"),
    ];
    roles.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

/// What an environment is called: its folder of migrations, or of `env.py`.
pub(super) fn environment_name(environment: &EnvironmentReport) -> &str {
    let name = environment.version_locations.first().unwrap_or(&environment.script_location);
    if name.is_empty() { "the top folder" } else { name }
}

/// For each row of one side, its parents with what kind of line leads there, as a table tells them.
pub(super) fn row_parents(drawing: &Drawing, lines: &Lines) -> Vec<String> {
    let mut parents = vec![Vec::new(); drawing.rows.len()];
    for link in &lines.links {
        let word = match link.kind {
            LinkKind::Parent | LinkKind::Cycle => "",
            LinkKind::NewParent => " (new)",
            LinkKind::Dependency => " (depends on)",
            LinkKind::Missing => " (missing)",
        };
        parents[link.child].push(format!("{}{word}", drawing.rows[link.parent].revision));
    }
    parents.into_iter().map(|parents| parents.join(", ")).collect()
}

/// For each row of one side, what it is there, in words; nothing where it is not on that side.
pub(super) fn row_marks(lines: &Lines) -> Vec<Option<String>> {
    let words =
        |dot: &crate::drawing::Dot| dot.marks.iter().map(|mark| mark.word()).collect::<Vec<_>>().join(", ");
    lines.dots.iter().map(|dot| dot.as_ref().map(words)).collect()
}

/// How a report was made: what was and was not done.
pub(super) fn how_made(report: &Report) -> [String; 3] {
    [
        format!(
            "Written by {} {} from the files alone. No Python was run, no database was opened, and nothing was sent \
             anywhere.",
            report.tool.name, report.tool.version
        ),
        "Every repair on offer was applied to a copy in memory and audited again before it was offered; what it leaves \
         is listed with it."
            .to_owned(),
        "Passwords and tokens in connection strings are replaced by ***.".to_owned(),
    ]
}

/// What keeps a chain in order from now on.
pub(super) const PREVENTION: [&str; 4] = [
    "Run `rechain check` before every commit: the hook among the downloads stops a second head or root, in \
     a merge too.",
    "Run it for every pull request: the workflow among the downloads does. Two branches that are each in order can \
     still make two heads together.",
    "Review a migration's `down_revision` as code: it must name the head that was there before, and only one file may \
     say `None`.",
    "Keep the guide among the downloads, `MIGRATIONS.md`, beside the migrations.",
];

/// A part of the report that exists once for each environment with migrations: its name where there are several, what
/// is to be done, and the checklist with its environment.
pub(super) struct Part<'r> {
    pub(super) name: Option<&'r str>,
    pub(super) actions: &'r [ActionReport],
    pub(super) checklist: &'r [ChecklistItem],
    pub(super) environment: Option<&'r EnvironmentReport>,
}

/// The parts of a report: one for the whole where one environment has migrations, else one for each.
pub(super) fn parts(report: &Report) -> Vec<Part<'_>> {
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
pub(super) fn without_plan(report: &Report) -> impl Iterator<Item = (&str, &str)> {
    report
        .environments
        .iter()
        .filter_map(|environment| Some((environment_name(environment), environment.no_plan.as_deref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_in_pairs_are_code() {
        use Span::{Code, Text};
        assert_eq!(
            spans("so `flask db upgrade` stops"),
            [Text("so "), Code("flask db upgrade"), Text(" stops")]
        );
        assert_eq!(spans("a ` alone"), [Text("a ` alone")]);
        assert_eq!(spans("``"), []);
    }
}
