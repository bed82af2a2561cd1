//! The report for a terminal: each finding with its lines, as compilers show them, then what can be done.

use std::iter;

use super::present::{
    AS_A_SCRIPT, BY_HAND, CHECKLIST, FIX, NEAREST, NO_REPAIR, NOT_KNOWN, ON_DATABASES, ONE_BY_SCRIPT, Open,
    RecoveryTold, StampedFares, Tone, WHAT_IT_BREAKS, WHAT_TO_DO, arguments_of, cost, cost_of, counts,
    diff_command_of, doubt, environment_name, fix_applicability, fix_command_of, left_out, open, parts,
    place, recover_command, status, without_plan,
};
use super::terminal::{Ink, Style, Terminal};
use super::{Applicability, ChecklistItem, EnvironmentReport, FindingReport, Grade, PlanReport, Report};
use crate::patch::FileChange;
use crate::text::{Shown, capital, plural, shorten, stopped, visible};

/// As many lines of evidence and as many skipped paths are shown.
const LISTED: usize = 12;
/// Longer lines of a file are shortened.
const LONGEST_LINE: usize = 160;

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
    let mut out = Writer { out: Terminal::new(style), given };
    for finding in &report.findings {
        out.finding(finding);
    }
    out.undecided(report);
    out.summary(report);
    out.plans(report);
    out.other_repairs(report);
    out.stamped(report);
    out.checklists(report);
    out.out.text
}

struct Writer<'a> {
    out: Terminal,
    given: Given<'a>,
}

impl<'a> Writer<'a> {
    fn finding(&mut self, finding: &FindingReport) {
        let ink = Ink::Of(finding.severity.into());
        let head = self.out.paint(ink, &format!("{}[{}]", finding.severity.word(), finding.rule));
        let sure = doubt(finding.confidence).map_or(String::new(), |doubt| format!(" ({doubt})"));
        let message = self.out.paint(Ink::Bold, &format!(": {}{sure}", finding.message));
        self.out.line(&format!("{head}{message}"));
        let last = finding.evidence.iter().map(|line| line.line).max().unwrap_or(0);
        let gutter = last.to_string().len().max(1);
        if let Some(path) = &finding.path {
            let arrow = self.out.paint(Ink::Frame, &format!("{:gutter$}-->", ""));
            self.out.line(&format!("{arrow} {}", place(path, finding.line, finding.column)));
        }
        self.evidence(finding, gutter);
        let sentence = |text: &Shown| Some(self.out.sentence(text)).filter(|text| !text.is_empty());
        let fix = finding
            .fix
            .as_ref()
            .map(|fix| format!("{} ({})", self.out.sentence(&fix.title), fix_applicability(fix)));
        let nearest = finding.candidates.join(", ");
        let parts = [
            (WHAT_IT_BREAKS, sentence(&finding.consequence)),
            (WHAT_TO_DO, sentence(&finding.advice)),
            (FIX, fix),
            (NEAREST, Some(nearest).filter(|names| !names.is_empty())),
        ];
        let sign = self.out.paint(Ink::Frame, &format!("{:gutter$} =", ""));
        for (title, part) in parts {
            let Some(part) = part else { continue };
            let title = self.out.paint(Ink::Accent, &title.to_lowercase());
            self.out.line(&format!("{sign} {title}: {part}"));
        }
        self.out.line("");
    }

    fn evidence(&mut self, finding: &FindingReport, gutter: usize) {
        if finding.evidence.is_empty() {
            return;
        }
        let bar = self.out.paint(Ink::Frame, &format!("{:gutter$} |", ""));
        self.out.line(&bar);
        let mut path = finding.path.as_deref();
        for line in finding.evidence.iter().take(LISTED) {
            if path != Some(&line.path) {
                let colons = self.out.paint(Ink::Frame, &format!("{:gutter$}:::", ""));
                self.out.line(&format!("{colons} {}", place(&line.path, Some(line.line), None)));
                path = Some(&line.path);
            }
            let number = self.out.paint(Ink::Frame, &format!("{:>gutter$} |", line.line));
            self.out.line(&format!("{number} {}", shorten(&line.text, LONGEST_LINE)));
            let mark = line.mark.map(|mark| (mark.before as usize, mark.length as usize));
            if let Some((before, length)) = mark.filter(|(before, length)| before + length <= LONGEST_LINE) {
                let carets = self.out.paint(Ink::Of(finding.severity.into()), &"^".repeat(length));
                self.out.line(&format!("{bar} {:before$}{carets}", ""));
            }
        }
        if let Some(rest) = left_out(finding.evidence.len().saturating_sub(LISTED), "line") {
            self.out.line(&format!("{bar} {rest}"));
        }
        self.out.line(&bar);
    }

    fn undecided(&mut self, report: &Report) {
        let open = open(report);
        for Open { word, path, line, what } in open.iter().take(LISTED) {
            let head = self.out.paint(Ink::Of(Tone::Unsure), &word.to_lowercase());
            self.out.line(&format!("{head}: {}: {what}", place(path, Some(*line), None)));
        }
        if let Some(rest) = left_out(open.len().saturating_sub(LISTED), "line") {
            self.out.line(&rest);
        }
        if !open.is_empty() {
            self.out.line("");
        }
        if report.skipped.is_empty() {
            return;
        }
        self.out.line(&format!("{} not read:", plural(report.skipped.len(), "path")));
        for skipped in report.skipped.iter().take(LISTED) {
            self.out.line(&format!("  {}: {}", skipped.path, skipped.reason));
        }
        if let Some(rest) = left_out(report.skipped.len().saturating_sub(LISTED), "path") {
            self.out.line(&format!("  {rest}"));
        }
        self.out.line("");
    }

    fn summary(&mut self, report: &Report) {
        let headline = stopped(&report.headline);
        let headline = self.out.paint(Ink::Of(report.grade.into()), &headline);
        self.out.line(&headline);
        if !report.summary.is_empty() {
            let summary = self.out.sentence(&report.summary);
            self.out.line(&summary);
        }
        let found = counts(&report.findings);
        let found =
            if report.findings.is_empty() { stopped(&capital(&found)) } else { format!("Found: {found}.") };
        self.out.line(&found);
        for environment in report.environments.iter().filter(|own| own.grade != Grade::CannotDeploy) {
            let taken = environment.replay.as_ref().filter(|replay| !replay.certainty.taken.is_empty());
            if let Some(replay) = taken {
                self.out.line("");
                self.out.certainty(replay);
            }
        }
    }

    fn plans(&mut self, report: &Report) {
        for (name, why) in without_plan(report) {
            self.out.line("");
            let why = self.out.sentence(why);
            self.out.line(&format!("{NO_REPAIR} for {name}: {why}"));
        }
        let several =
            report.environments.iter().filter(|environment| !environment.plans.is_empty()).count() > 1;
        for environment in &report.environments {
            if environment.plans.is_empty() {
                continue;
            }
            let of = if several { format!(" for {}", environment_name(environment)) } else { String::new() };
            self.out.line("");
            self.out.line(&format!("{} on offer{}:", plural(environment.plans.len(), "repair"), of));
            for plan in &environment.plans {
                self.plan(environment, plan);
            }
            self.out.line("");
            self.out.line(&format!("{ON_DATABASES}, worst first:"));
            if !environment.takes.is_empty() {
                let how = self.out.sentence(&environment.how_states());
                self.out.line(&format!("  {how}"));
            }
            for row in environment.state_rows() {
                let fares = self.out.paint(Ink::Of(row.fares.tone), &row.fares.words);
                let count = Some(row.count_words()).filter(|count| !count.is_empty());
                let count = count.map_or(String::new(), |count| format!(" ({count})"));
                self.out.line(&format!("  {}, {}: {fares}{count}", row.plan, row.whom));
                if let Some(RecoveryTold::By(given)) = &row.recovery {
                    let command = recover_command(given, self.path());
                    let command = self.out.paint(Ink::Accent, &visible(&command));
                    self.out.line(&format!("    {ONE_BY_SCRIPT} {command}"));
                }
            }
        }
    }

    /// The repairs that leave the chain alone.
    fn other_repairs(&mut self, report: &Report) {
        for repair in &report.other_repairs {
            let title = self.out.paint(Ink::Bold, &self.out.sentence(&repair.title));
            let n_files = |change| match change {
                FileChange::Rewritten => repair.files_rewritten.len(),
                FileChange::Removed => repair.files_removed.len(),
                FileChange::Added => 0,
            };
            self.out.line("");
            self.out.line(&format!(
                "{title}: {}; resolves {}",
                cost_of(&n_files),
                repair.resolves.join(", ")
            ));
            let plan = format!("--plan {}", repair.name.name());
            self.offered(&repair.cautions, &plan, repair.applicability);
        }
    }

    /// What has to be known of a repair, and the commands that show and apply it.
    fn offered(&mut self, cautions: &[Shown], plan: &str, applicability: Applicability) {
        for caution in cautions {
            let caution = self.out.sentence(caution);
            let word = self.out.paint(Ink::Of(Tone::May), "caution");
            self.out.line(&format!("    {word}: {caution}"));
        }
        let (path, is_zip) = (self.path(), matches!(self.given, Given::Zip(_)));
        let apply = if is_zip { None } else { Some(("apply", fix_command_of(plan, applicability, path))) };
        for (what, command) in iter::once(("look", diff_command_of(plan, path))).chain(apply) {
            let command = self.out.paint(Ink::Accent, &visible(&command));
            self.out.line(&format!("    {what:5}  {command}"));
        }
    }

    fn stamped(&mut self, report: &Report) {
        for row in report.environments.iter().flat_map(EnvironmentReport::stamped_rows) {
            self.out.line("");
            self.out.line(&format!("{}:", row.title()));
            for StampedFares { title, fares, by_hand, recovery } in &row.fares {
                let fares = self.out.paint(Ink::Of(fares.tone), &fares.words);
                self.out.line(&format!("  {title}: {fares}"));
                if !by_hand.is_empty() {
                    self.out.line(&format!("    {BY_HAND}:"));
                }
                for command in *by_hand {
                    let command = self.out.paint(Ink::Accent, command);
                    self.out.line(&format!("      {command}"));
                }
                match recovery {
                    Some(RecoveryTold::By(given)) => {
                        let command = recover_command(given, self.path());
                        let command = self.out.paint(Ink::Accent, &visible(&command));
                        self.out.line(&format!("    {AS_A_SCRIPT}: {command}"));
                    }
                    Some(RecoveryTold::NotKnown(why)) => {
                        let why = self.out.sentence(why);
                        self.out.line(&format!("    {BY_HAND}: {NOT_KNOWN}. {why}"));
                    }
                    None => {}
                }
            }
        }
    }

    /// What was audited, as a command names it; nothing where it is the folder in which one stands.
    fn path(&self) -> Option<&'a str> {
        match self.given {
            Given::Here => None,
            Given::Folder(path) | Given::Zip(path) => Some(path),
        }
    }

    fn plan(&mut self, environment: &EnvironmentReport, plan: &PlanReport) {
        let title = self.out.paint(Ink::Bold, &environment.plan_title(plan));
        let leaves = if plan.leaves.is_empty() {
            String::new()
        } else {
            format!("; leaves {}", plan.leaves.join(", "))
        };
        let what = format!("{}; resolves {}{leaves}", cost(plan), plan.resolves.join(", "));
        self.out.line("");
        self.out.line(&format!("  {title}: {what}"));
        let outcome = environment.plan_outcome(plan);
        if !outcome.is_empty() {
            let outcome = self.out.sentence(&outcome);
            self.out.line(&format!("    {outcome}"));
        }
        self.offered(&plan.cautions, &arguments_of(plan), plan.applicability);
    }

    fn checklists(&mut self, report: &Report) {
        if report.environments.is_empty() {
            return;
        }
        for part in parts(report).iter().filter(|part| !part.checklist.is_empty()) {
            self.out.line("");
            match part.name {
                Some(name) => self.out.line(&format!("{CHECKLIST} for {name}:")),
                None => self.out.line(&format!("{CHECKLIST}:")),
            }
            self.checklist(part.checklist);
        }
    }

    fn checklist(&mut self, items: &[ChecklistItem]) {
        for item in items {
            let word = format!("{:7}", status(item.status));
            let word = self.out.paint(Ink::Of(item.status.into()), &word);
            let (title, detail) = (self.out.sentence(&item.title), self.out.sentence(&item.detail));
            let line = if detail.is_empty() {
                format!("  {word}  {title}")
            } else {
                format!("  {word}  {title}: {detail}")
            };
            self.out.line(&line);
        }
    }
}
