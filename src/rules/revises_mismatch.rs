//! Docstrings that name other parents than the code.

use std::collections::BTreeSet;

use super::EnvironmentContext;
use super::context::{listed, value_place};
use crate::finding::{Finding, Group, Place, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "revises-mismatch",
    group: Group::Chain,
    is_repairable: false,
    summary: "The docstring says another parent than down_revision.",
    severity: Severity::Warning,
    explanation: include_str!("revises_mismatch.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        let Some(said) = script.revises() else { continue };
        if script.down_revision.literal().is_none() {
            continue;
        }
        let parents = script.down_revision.values();
        if agrees(&said, &parents) {
            continue;
        }
        let graph = &context.audited.graph;
        let named = |ids: &[&str]| ids.iter().all(|id| graph.find(id).is_some_and(|ix| !graph.is_ghost(ix)));
        let exist = named(&parents);
        let name = |ids: &[&str]| if ids.is_empty() { "no parent".to_owned() } else { listed(ids) };
        let mut finding = Finding::new(
            &RULE,
            format!("the docstring says Revises: {}, the code says {}", name(&said), name(&parents)),
        );
        let range = script
            .docstring
            .as_ref()
            .and_then(|docstring| docstring.revises.as_ref())
            .map(|(_, range)| *range);
        let place = range.map(|range| Place { path: script.path.clone(), range });
        finding.evidence =
            place.iter().cloned().chain([value_place(script, &script.down_revision)]).collect();
        finding.place = place;
        finding.consequence = if exist {
            "Alembic reads the code only, so nothing fails. Whoever reads the docstring is misled, and the docstring \
             may hold the parent that was meant."
                .to_owned()
        } else {
            "Alembic reads the code only, and stops at the parent that no file declares.".to_owned()
        };
        finding.advice = if !exist && !said.is_empty() && named(&said) {
            format!(
                "The docstring names what exists: if that is meant, write {} into down_revision.",
                listed(&said)
            )
        } else {
            "If the code is right, change the docstring; if the docstring is right, the chain is wrong."
                .to_owned()
        };
        finding.by_hand = exist.then(|| "Write the code's parents into the docstring".to_owned());
        finding.revisions = script.id().map(ToOwned::to_owned).into_iter().collect();
        findings.push(finding);
    }
}

/// Whether a docstring's parents are the code's, in any order.
pub(super) fn agrees(said: &[&str], parents: &[&str]) -> bool {
    said.iter().collect::<BTreeSet<_>>() == parents.iter().collect::<BTreeSet<_>>()
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(revises: &str, down_revision: &str) -> Vec<String> {
        let mut tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'b'");
        let source = format!(
            "\"\"\"d\n\nRevision ID: d\nRevises:{revises}\n\n\"\"\"\nrevision = 'd'\ndown_revision = {down_revision}\n"
        );
        tree.insert(TreePath::parse("migrations/versions/d.py").expect("relative"), source.into_bytes());
        found("revises-mismatch", &tree)
    }

    #[test]
    fn reports_where_docstring_and_code_differ() {
        assert_eq!(
            with(" b", "'c'"),
            ["warning migrations/versions/d.py: the docstring says Revises: b, the code says c"]
        );
        assert_eq!(
            with(" c", "('c', 'a')"),
            ["warning migrations/versions/d.py: the docstring says Revises: c, the code says c and a"]
        );
        assert_eq!(
            with("", "'c'"),
            ["warning migrations/versions/d.py: the docstring says Revises: no parent, the code says c"]
        );
    }

    #[test]
    fn stays_silent_where_they_agree_or_the_code_is_unknown() {
        for (revises, down_revision) in [
            (" c", "'c'"),
            (" c, a", "('a', 'c')"),
            (" ('c', 'a')", "('a', 'c')"),
            (" 'c'", "'c'"),
            (" ('c',)", "'c'"),
            ("", "None"),
            (" None", "None"),
            (" ", "()"),
            (" b", "find()"),
        ] {
            assert!(with(revises, down_revision).is_empty(), "{revises} {down_revision}");
        }
    }
}
