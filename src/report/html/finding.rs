//! What is wrong: every finding with its place, its lines, and what to do.

use maud::{Markup, html};

use super::{code, prose};
use crate::report::present::{
    FIX, NEAREST, Tone, WHAT_IS_WRONG, WHAT_IT_BREAKS, WHAT_TO_DO, counts, doubt, fix_applicability, place,
};
use crate::report::{EvidenceReport, FindingReport, Report};
use crate::text::Shown;

pub(super) fn section(report: &Report) -> Markup {
    html! {
        @if !report.findings.is_empty() {
            section #findings {
                h2 { (WHAT_IS_WRONG) " " span .count { (counts(&report.findings)) } }
                @for (at, finding) in report.findings.iter().enumerate() { (article(at, finding)) }
            }
        }
    }
}

fn article(at: usize, finding: &FindingReport) -> Markup {
    let class = Tone::from(finding.severity).class();
    let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(prose);
    let stands = finding.path.as_deref().map(|path| code(&place(path, finding.line, finding.column)));
    let fix = finding.fix.as_ref().map(|fix| {
        html! { (prose(&fix.title)) span .aside { " (" (fix_applicability(fix)) ")" } }
    });
    let nearest = Some(&finding.candidates).filter(|names| !names.is_empty());
    let facts = [
        ("Where", stands),
        (WHAT_IT_BREAKS, text(&finding.consequence)),
        (WHAT_TO_DO, text(&finding.advice)),
        (FIX, fix),
        (NEAREST, nearest.map(|names| names_in_code(names))),
    ];
    html! {
        article class={ "finding " (class) } id={ "finding-" (at + 1) } {
            p .kind {
                strong class=(class) { (finding.severity.word()) } " " code { (finding.rule) }
                @if let Some(doubt) = doubt(finding.confidence) { span .aside { " " (doubt) } }
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
                @if at == 0 || lines[at - 1].path != line.path { span .path { (line.path) } "\n" }
                span .number { (format!("{:>width$}", line.line)) } "  " (line.text) "\n"
            }
        }
    }
}

fn names_in_code(names: &[Shown]) -> Markup {
    html! { @for (at, name) in names.iter().enumerate() { @if at > 0 { ", " } (code(name)) } }
}
