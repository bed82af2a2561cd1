//! The doors that take a whole folder: what is said of it, and what its repairs come to.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use rechain::audit::{Outcome, examine as examine_plainly, examine_with};
use rechain::audited::{Audit, AuditOptions};
use rechain::download;
use rechain::drawing::{Side, write_plain};
use rechain::finding::{Finding, Group, Severity};
use rechain::ingest::{Ingested, SourceTree};
use rechain::patch::PatchSet;
use rechain::plan::{Plan, PlanKind};
use rechain::report::{
    Given, Report, Style, write_html, write_json, write_markdown, write_replay, write_replay_json, write_text,
};
use rechain::source::Environment;

use super::project::{self, Asked, PASSWORD};

/// A small folder of migrations, made of the bytes: what is said of it holds what a report promises.
pub(crate) fn examine(bytes: &[u8]) {
    let Ok(Asked { tree, options }) = project::asked(&mut Unstructured::new(bytes)) else { return };
    is_promised_in_every_format(&examined_with(tree, options));
}

/// The same, of which every repair that is called proved does what it says once it is made.
pub(crate) fn repair(bytes: &[u8]) {
    let Ok(Asked { tree, options }) = project::asked(&mut Unstructured::new(bytes)) else { return };
    let before = examined_with(tree, options);
    for (index, plans) in before.plans.iter().enumerate() {
        for plan in plans {
            is_proved(&before, index, plan);
        }
    }
    for beside in before.beside() {
        let after = examined(patched(&before, &beside.patch));
        let (was, is) = (counts(&before.audit, is_error), counts(&after.audit, is_error));
        assert_eq!(more(&is, &was), None, "{}", beside.kind.name());
    }
}

pub(super) fn examined(tree: SourceTree) -> Outcome {
    examine_plainly(Ingested { tree, ..Ingested::default() }, &mut |_| {})
}

fn examined_with(tree: SourceTree, options: AuditOptions) -> Outcome {
    examine_with(Ingested { tree, ..Ingested::default() }, options, &mut |_| {})
}

/// What every result promises: it is the same from its JSON, and shows nothing that hides.
pub(super) fn is_promised(outcome: &Outcome) {
    let report = &outcome.report;
    let json = write_json(report);
    let again: Report = serde_json::from_str(&json).expect("it is JSON of a report");
    // A drawing is made of the rest, and no part of it.
    assert_eq!(write_json(&again), json, "the same from its JSON");
    let mut texts = vec![json, write_text(report, Given::Here, Style::Plain)];
    for environment in &report.environments {
        texts.push(write_plain(&environment.drawing, Side::Now));
        texts.extend(write_replay(environment, None, Style::Plain));
    }
    texts.iter().for_each(|text| shows_nothing_that_hides(text));
}

/// The same of each format and of all that can be taken away, which takes ten times as long.
fn is_promised_in_every_format(outcome: &Outcome) {
    is_promised(outcome);
    let report = &outcome.report;
    let html = write_html(report, TODAY);
    assert!(!html.to_ascii_lowercase().contains("<script"), "the report has no scripts");
    shows_nothing_that_hides(&html);
    shows_nothing_that_hides(&write_markdown(report, TODAY));
    for environment in &report.environments {
        write_replay(environment, Some(&[]), Style::Plain)
            .iter()
            .for_each(|text| shows_nothing_that_hides(text));
        shows_nothing_that_hides(&write_replay_json(&[(environment, None)]));
    }
    for offer in download::list(outcome) {
        let made = download::make(outcome, &offer.id, TODAY).expect("it is on offer");
        assert!(!made.bytes.is_empty(), "{}", offer.id);
    }
}

/// Neither a password nor a character that a terminal obeys; a diff has a tab after a name with a space.
fn shows_nothing_that_hides(text: &str) {
    let hidden = text.find(|c: char| !matches!(c, '\n' | '\t') && c.is_control());
    let around = hidden.map(|at| text[..at].lines().next_back().unwrap_or_default());
    assert_eq!(around, None, "nothing that hides is shown");
    assert!(!text.contains(PASSWORD), "no password is shown");
}

const TODAY: &str = "2026-01-31";

/// What is promised of a plan: made and audited anew, it resolves what it says, adds nothing, and is what was foretold.
fn is_proved(before: &Outcome, index: usize, plan: &Plan) {
    let kind = plan.kind;
    for file in &plan.patch.files {
        assert_eq!(
            before.tree.get(&file.path),
            file.before.as_deref(),
            "{kind}: {} is another file",
            file.path
        );
        assert_ne!(file.before, file.after, "{kind}: {} does not change", file.path);
    }
    let options = AuditOptions { dialect: before.audit.options.dialect, ..AuditOptions::default() };
    let after = examined_with(patched(before, &plan.patch), options);
    let own = &before.audit.environments[index].environment;
    let position = place(&after.audit, own).unwrap_or_else(|| panic!("{kind}: the environment is gone"));
    let left: Vec<_> = of(&after.audit, position).map(|finding| finding.rule.name).collect();
    for rule in &plan.resolves {
        assert!(!left.contains(&rule.name), "{kind}: {} is left", rule.name);
    }
    for rule in &left {
        assert!(plan.leaves.iter().any(|told| told.name == *rule), "{kind}: {rule} is left, and not told");
    }
    for wanted in [is_of_chain, is_error] {
        let (was, is) = (counts(&before.audit, wanted), counts(&after.audit, wanted));
        assert_eq!(more(&is, &was), None, "{kind} adds a fault");
    }
    let (foretold, now) = (&plan.after, &after.audit.environments[position]);
    assert_eq!(format!("{:?}", foretold.graph), format!("{:?}", now.graph), "{kind}: another graph");
    assert_eq!(format!("{:?}", foretold.reading), format!("{:?}", now.reading), "{kind}: another reading");
    assert_eq!(format!("{:?}", foretold.account), format!("{:?}", now.account), "{kind}: another account");
    let order = now.reading.map().and_then(|map| map.upgrade_order().ok()).unwrap_or_default();
    assert_eq!(plan.order, order, "{kind}: another order");
    let told = before.report.environments[index].plans.iter().find(|told| told.name == kind);
    let (told, now) = (told.expect("it is in the report"), &after.report.environments[position]);
    assert!(told.proved, "{kind} is offered");
    assert_eq!((&told.bases, &told.heads), (&now.bases, &now.heads), "{kind}: other ends");
    if kind == PlanKind::Chain {
        let again = after.plans[position].iter().any(|again| again.kind == kind);
        assert!(!again, "a second chain");
    }
}

fn patched(before: &Outcome, patch: &PatchSet) -> SourceTree {
    patch.apply(&before.tree)
}

fn place(audit: &Audit, own: &Environment) -> Option<usize> {
    audit.environments.iter().position(|other| {
        other.environment.script_location == own.script_location
            && other.environment.version_locations == own.version_locations
    })
}

fn of(audit: &Audit, environment: usize) -> impl Iterator<Item = &Finding> {
    audit.findings.iter().filter(move |finding| finding.environment == Some(environment))
}

/// What migrations do to the schema depends on the order, and shows only once there is one.
fn is_of_chain(finding: &Finding) -> bool {
    finding.rule.group != Group::Content
}

fn is_error(finding: &Finding) -> bool {
    is_of_chain(finding) && finding.severity == Severity::Error
}

/// How many findings of each rule there are.
type Counts = BTreeMap<&'static str, usize>;

fn counts(audit: &Audit, wanted: fn(&Finding) -> bool) -> Counts {
    let mut counts = Counts::new();
    for finding in audit.findings.iter().filter(|finding| wanted(finding)) {
        *counts.entry(finding.rule.name).or_default() += 1;
    }
    counts
}

/// A rule of which there are more findings than before.
fn more(is: &Counts, was: &Counts) -> Option<&'static str> {
    is.iter().find(|(rule, n)| was.get(**rule).is_none_or(|was| *n > was)).map(|(rule, _)| *rule)
}
