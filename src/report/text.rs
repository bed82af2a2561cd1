//! The report for a terminal: each finding with its lines, as compilers show them, then what can be done.
//!
//! Everything that came from a file is shown with its control characters as escapes, so that no name can command the
//! terminal.

use std::iter;

use super::phrases::{self, cost, counts, diff_command, fix_command, place, spans};
use super::{
    ChecklistItem, Confidence, EvidenceReport, FindingReport, PlanReport, Report, Severity, Verdict,
};
use crate::text::{plural, shorten, visible};

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No colours.
    Plain,
    /// ANSI colours.
    Colour,
}

/// As many lines of evidence and as many skipped paths are shown.
const LISTED: usize = 12;
/// Longer lines of a file are shortened.
const LONGEST_LINE: usize = 160;

const BOLD: &str = "1";
const RED: &str = "1;31";
const GREEN: &str = "1;32";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";
const CYAN: &str = "1;36";

/// What was audited, as the commands that are shown must name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// The folder where the commands are typed.
    Here,
    /// Another folder, quoted for the shell.
    Folder(&'a str),
    /// A zip, quoted for the shell; it is never changed in place.
    Zip(&'a str),
}

/// Writes the report for a terminal; the same report gives the same bytes.
pub fn write_text(report: &Report, given: Given<'_>, style: Style) -> String {
    let mut out = Writer { text: String::new(), given, style };
    for finding in &report.findings {
        out.finding(finding);
    }
    out.undecided(report);
    out.summary(report);
    out.plans(report);
    out.checklists(report);
    out.text
}

struct Writer<'a> {
    text: String,
    given: Given<'a>,
    style: Style,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
        }
    }

    /// Code in sentences keeps its backticks without colours, and is bold instead with them.
    fn sentence(&self, text: &str) -> String {
        let text = visible(text);
        match self.style {
            Style::Plain => text.into_owned(),
            Style::Colour => spans(&text)
                .into_iter()
                .map(|span| match span {
                    phrases::Span::Text(text) => text.to_owned(),
                    phrases::Span::Code(code) => self.paint(BOLD, code),
                })
                .collect(),
        }
    }

    fn finding(&mut self, finding: &FindingReport) {
        let colour = severity_colour(finding.severity);
        let head = self.paint(colour, &format!("{}[{}]", finding.severity.word(), visible(&finding.rule)));
        let sure = if finding.confidence == Confidence::Likely { " (likely)" } else { "" };
        let message = self.paint(BOLD, &format!(": {}{sure}", visible(&finding.message)));
        self.line(&format!("{head}{message}"));
        let last = finding.evidence.iter().map(|line| line.line).max().unwrap_or(0);
        let gutter = last.to_string().len().max(1);
        if let Some(place) = place(finding) {
            let arrow = self.paint(BLUE, &format!("{:gutter$}-->", ""));
            self.line(&format!("{arrow} {}", visible(&place)));
        }
        self.evidence(finding, gutter);
        let mut notes = Vec::new();
        if !finding.consequence.is_empty() {
            notes.push((None, self.sentence(&finding.consequence)));
        }
        if !finding.candidates.is_empty() {
            notes.push((Some("nearest"), visible(&finding.candidates.join(", ")).into_owned()));
        }
        if !finding.advice.is_empty() {
            notes.push((Some("help"), self.sentence(&finding.advice)));
        }
        if let Some(fix) = &finding.fix {
            let means = phrases::applicability(fix.applicability);
            notes.push((Some("fix"), format!("{} ({means})", self.sentence(&fix.title))));
        }
        let sign = self.paint(BLUE, &format!("{:gutter$} =", ""));
        for (word, note) in notes {
            let word = word.map(|word| format!("{}: ", self.paint(CYAN, word))).unwrap_or_default();
            self.line(&format!("{sign} {word}{note}"));
        }
        self.line("");
    }

    fn evidence(&mut self, finding: &FindingReport, gutter: usize) {
        if finding.evidence.is_empty() {
            return;
        }
        let bar = self.paint(BLUE, &format!("{:gutter$} |", ""));
        self.line(&bar);
        let mut path = finding.path.as_deref();
        for (at, line) in finding.evidence.iter().take(LISTED).enumerate() {
            if path != Some(&line.path) {
                let colons = self.paint(BLUE, &format!("{:gutter$}:::", ""));
                self.line(&format!("{colons} {}:{}", visible(&line.path), line.line));
                path = Some(&line.path);
            }
            let number = self.paint(BLUE, &format!("{:>gutter$} |", line.line));
            let shown = visible(&line.text);
            self.line(&format!("{number} {}", shorten(&shown, LONGEST_LINE)));
            if at == 0
                && let Some((before, marked)) = underline(finding, line)
            {
                let carets = self.paint(severity_colour(finding.severity), &"^".repeat(marked));
                self.line(&format!("{bar} {:before$}{carets}", ""));
            }
        }
        if finding.evidence.len() > LISTED {
            let more = finding.evidence.len() - LISTED;
            self.line(&format!("{bar} and {}", plural(more, "more line")));
        }
        self.line(&bar);
    }

    fn undecided(&mut self, report: &Report) {
        for unknown in report.environments.iter().flat_map(|environment| &environment.unknown) {
            let head = self.paint(YELLOW, "not decided");
            self.line(&format!(
                "{head}: {}:{}: {}",
                visible(&unknown.path),
                unknown.line,
                visible(&unknown.what)
            ));
        }
        if report.environments.iter().any(|environment| !environment.unknown.is_empty()) {
            self.line("");
        }
        if report.skipped.is_empty() {
            return;
        }
        self.line(&format!("{} not read:", plural(report.skipped.len(), "path")));
        for skipped in report.skipped.iter().take(LISTED) {
            self.line(&format!("  {}: {}", visible(&skipped.path), visible(&skipped.reason)));
        }
        if report.skipped.len() > LISTED {
            self.line(&format!("  and {} more; the JSON lists them all", report.skipped.len() - LISTED));
        }
        self.line("");
    }

    fn summary(&mut self, report: &Report) {
        let colour = match report.verdict {
            Verdict::Broken => RED,
            Verdict::Warnings | Verdict::Unknown => YELLOW,
            Verdict::Clean => GREEN,
        };
        let headline = self.paint(colour, &format!("{}.", visible(&report.headline)));
        self.line(&headline);
        if !report.summary.is_empty() {
            let summary = self.sentence(&report.summary);
            self.line(&summary);
        }
        self.line(&format!("Found: {}.", counts(report)));
    }

    fn plans(&mut self, report: &Report) {
        for (name, why) in phrases::without_plan(report) {
            self.line("");
            let why = self.sentence(why);
            self.line(&format!("No repair is on offer for {}: {why}", visible(name)));
        }
        let several =
            report.environments.iter().filter(|environment| !environment.plans.is_empty()).count() > 1;
        for environment in &report.environments {
            if environment.plans.is_empty() {
                continue;
            }
            let of = if several {
                format!(" for {}", phrases::environment_name(environment))
            } else {
                String::new()
            };
            self.line("");
            self.line(&format!("{} on offer{}:", plural(environment.plans.len(), "repair"), visible(&of)));
            for plan in &environment.plans {
                self.plan(plan);
            }
        }
    }

    fn plan(&mut self, plan: &PlanReport) {
        let title = self.paint(BOLD, &visible(&plan.title));
        let leaves = if plan.leaves.is_empty() {
            String::new()
        } else {
            format!("; leaves {}", plan.leaves.join(", "))
        };
        let what = format!("{}; resolves {}{leaves}", cost(plan), plan.resolves.join(", "));
        self.line("");
        self.line(&format!("  {title}: {}", visible(&what)));
        for caution in &plan.cautions {
            let caution = self.sentence(caution);
            let word = self.paint(YELLOW, "caution");
            self.line(&format!("    {word}: {caution}"));
        }
        let (path, is_zip) = match self.given {
            Given::Here => (None, false),
            Given::Folder(path) => (Some(path), false),
            Given::Zip(path) => (Some(path), true),
        };
        let apply = if is_zip { None } else { Some(("apply", fix_command(plan, path))) };
        for (what, command) in iter::once(("look", diff_command(plan, path))).chain(apply) {
            let command = self.paint(CYAN, &visible(&command));
            self.line(&format!("    {what:5}  {command}"));
        }
    }

    fn checklists(&mut self, report: &Report) {
        if report.environments.is_empty() {
            return;
        }
        for part in phrases::parts(report).iter().filter(|part| !part.checklist.is_empty()) {
            self.line("");
            match part.name {
                Some(name) => self.line(&format!("Checklist for {}:", visible(name))),
                None => self.line("Checklist:"),
            }
            self.checklist(part.checklist);
        }
    }

    fn checklist(&mut self, items: &[ChecklistItem]) {
        for item in items {
            let word = phrases::status(item.status);
            let colour = match word {
                "pass" => GREEN,
                "fail" => RED,
                _ => YELLOW,
            };
            let word = self.paint(colour, &format!("{word:7}"));
            let (title, detail) = (self.sentence(&item.title), self.sentence(&item.detail));
            let line = if detail.is_empty() {
                format!("  {word}  {title}")
            } else {
                format!("  {word}  {title}: {detail}")
            };
            self.line(&line);
        }
    }
}

/// Where the first line of evidence is underlined: columns before, columns marked. Only for a finding within one line.
fn underline(finding: &FindingReport, line: &EvidenceReport) -> Option<(usize, usize)> {
    let (column, end) = (finding.column? as usize, finding.end_column? as usize);
    let same = finding.path.as_deref() == Some(&line.path) && finding.line == Some(line.line);
    if !same || finding.end_line != finding.line || end <= column || end > LONGEST_LINE {
        return None;
    }
    // Escapes take more room than the characters they stand for.
    let width = |n_chars: usize| {
        let start: String = line.text.chars().take(n_chars).collect();
        visible(&start).chars().count()
    };
    let (before, to) = (width(column - 1), width(end - 1));
    (to > before).then_some((before, to - before))
}

fn severity_colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => CYAN,
    }
}
