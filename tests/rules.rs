//! Each rule's own example: it has the fault, its repair has none, and what is said of it is kept whole.

mod judge;

use std::collections::BTreeSet;

use judge::repository;
use rechain::audit::examine;
use rechain::ingest::{Ingested, SourceTree, TreePath};
use rechain::report::{Given, Report, Style, write_text};
use rechain::rules::RULES;

/// The files of a section's code blocks: the first line of each is a comment with its path. Of one that is `unread`, the
/// rest says why it was not read.
fn files(explanation: &str, section: &str) -> Vec<(String, String, bool)> {
    let after = explanation.split(&format!("## {section}\n")).nth(1).expect("the section is there");
    let section = after.split("\n## ").next().unwrap_or_default();
    section
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| {
            let is_unread = block.lines().next() == Some("unread");
            let mut lines = block.lines().skip(1);
            let path = lines.next().and_then(|line| line.strip_prefix("# ")).expect("the path comes first");
            (path.to_owned(), lines.collect::<Vec<_>>().join("\n") + "\n", is_unread)
        })
        .collect()
}

/// A section's files in a small project; each may take the place of one that is there.
fn report(explanation: &str, section: &str) -> Report {
    let mut tree = SourceTree::default();
    let project = [
        ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
        (
            "migrations/env.py",
            "from alembic import context\nfrom app import Base\ntarget_metadata = Base.metadata\n",
        ),
    ]
    .map(|(path, content)| (path.to_owned(), content.to_owned(), false));
    for (path, content, is_unread) in project.into_iter().chain(files(explanation, section)) {
        let path = TreePath::parse(&path).expect("relative");
        if is_unread {
            tree.insert_unread(path, content.trim());
        } else {
            tree.insert(path, content.into_bytes());
        }
    }
    examine(Ingested { tree, ..Ingested::default() }, &mut |_| {}).report
}

fn rules_found(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

/// The findings of one rule as the terminal shows them, and nothing of what comes after the findings.
fn shown(mut report: Report, rule: &str) -> String {
    report.findings.retain(|finding| finding.rule == rule);
    report.environments.clear();
    report.skipped.clear();
    let text = write_text(&report, Given::Here, Style::Plain);
    let end = text.find(&format!("\n{}.\n", report.headline)).expect("the headline follows");
    text[..end].to_owned()
}

#[test]
fn every_explanation_s_example_has_the_fault_and_its_repair_has_none() {
    for (rule, _) in RULES {
        assert!(rule.explanation.starts_with(&format!("# {}\n", rule.name)), "{}", rule.name);
        for section in ["What it finds", "Why it matters", "What Alembic does"] {
            assert!(rule.explanation.contains(&format!("\n## {section}\n\n")), "{}: {section}", rule.name);
        }
        let example = report(rule.explanation, "Example");
        assert!(rules_found(&example).contains(&rule.name), "{}: {:?}", rule.name, rules_found(&example));
        let repaired = report(rule.explanation, "Repaired");
        assert!(repaired.findings.is_empty(), "{}: {:?}", rule.name, rules_found(&repaired));
    }
}

#[test]
fn what_is_said_of_every_example_is_the_snapshot_beside_the_rules() {
    insta::with_settings!({
        snapshot_path => repository("tests/snapshots/rules"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for (rule, _) in RULES {
            insta::assert_snapshot!(rule.name, shown(report(rule.explanation, "Example"), rule.name));
        }
    });
    let snapshots = judge::files(&repository("tests/snapshots/rules"));
    let kept: BTreeSet<_> = snapshots.keys().filter_map(|name| name.strip_suffix(".snap")).collect();
    let rules: BTreeSet<_> = RULES.iter().map(|(rule, _)| rule.name).collect();
    assert_eq!(kept, rules, "there is one snapshot for each rule");
}
