//! What is wrong: every finding with its place, its lines, and what to do.

use maud::{Markup, html};

use super::{code, prose};
use crate::report::phrases::{self, counts, place};
use crate::report::{Confidence, EvidenceReport, FindingReport, Report, Severity};
use crate::text::visible;

pub(super) fn section(report: &Report) -> Markup {
    html! {
        @if !report.findings.is_empty() {
            section #findings {
                h2 { "What is wrong " span .count { (counts(report)) } }
                @for (at, finding) in report.findings.iter().enumerate() { (article(at, finding)) }
            }
        }
    }
}

fn article(at: usize, finding: &FindingReport) -> Markup {
    let class = match finding.severity {
        Severity::Error => "breaks",
        Severity::Warning => "may",
        Severity::Info => "quiet",
    };
    let facts: [(&str, Option<Markup>); 5] = [
        ("Where", place(finding).map(|place| code(&place))),
        ("Consequence", Some(&finding.consequence).filter(|text| !text.is_empty()).map(|text| prose(text))),
        (
            "Nearest",
            Some(&finding.candidates).filter(|names| !names.is_empty()).map(|names| names_in_code(names)),
        ),
        ("What to do", Some(&finding.advice).filter(|text| !text.is_empty()).map(|text| prose(text))),
        (
            "Fix",
            finding.fix.as_ref().map(|fix| {
                html! {
                    (prose(&fix.title)) span .aside { " (" (phrases::applicability(fix.applicability)) ")" }
                }
            }),
        ),
    ];
    html! {
        article class={ "finding " (class) } id={ "finding-" (at + 1) } {
            p .kind {
                strong class=(class) { (finding.severity.word()) } " " code { (visible(&finding.rule)) }
                @if finding.confidence == Confidence::Likely { span .aside { " likely" } }
            }
            h3 { (prose(&finding.message)) }
            @if !finding.evidence.is_empty() { (evidence(&finding.evidence)) }
            dl {
                @for (name, value) in facts {
                    @if let Some(value) = value { dt { (name) } dd { (value) } }
                }
            }
        }
    }
}

/// The lines that prove it, each file's path once.
fn evidence(lines: &[EvidenceReport]) -> Markup {
    let width = lines.iter().map(|line| line.line.to_string().len()).max().unwrap_or(1);
    html! {
        pre .evidence tabindex="0" {
            @for (at, line) in lines.iter().enumerate() {
                @if at == 0 || lines[at - 1].path != line.path { span .path { (visible(&line.path)) } "\n" }
                span .number { (format!("{:>width$}", line.line)) } "  " (visible(&line.text)) "\n"
            }
        }
    }
}

fn names_in_code(names: &[String]) -> Markup {
    html! { @for (at, name) in names.iter().enumerate() { @if at > 0 { ", " } (code(name)) } }
}
