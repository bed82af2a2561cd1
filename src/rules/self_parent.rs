//! A revision that names itself as parent.

use super::EnvironmentContext;
use super::Ids;
use super::context::value_place;
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "self-parent",
    group: Group::Chain,
    is_repairable: true,
    summary: "A revision names itself as parent.",
    severity: Severity::Error,
    explanation: include_str!("self_parent.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let (graph, ids) = (&context.audited.graph, Ids::of(&context.audited.scripts));
    let kept = graph.revisions().filter_map(|ix| context.script(ix));
    for script in kept.chain(context.lost_scripts()) {
        let Some(id) = script.id().filter(|id| script.down_revision.values().contains(id)) else { continue };
        let id = id.to_owned();
        let mut finding = Finding::new(&RULE, format!("{id} names itself as parent"));
        finding.place = Some(value_place(script, &script.down_revision));
        finding.evidence =
            [value_place(script, &script.revision)].into_iter().chain(finding.place.clone()).collect();
        finding.consequence =
            format!("Every command stops with \"Self-loop is detected in revisions ({id})\".");
        let said = ids.said_parents(script);
        finding.advice = match said.first() {
            Some((parent, why)) => format!("Write {parent}: {why}."),
            None => "Name the revision that this one really follows, or give this file an id of its own."
                .to_owned(),
        };
        finding.candidates = said.iter().map(|(parent, _)| (*parent).to_owned()).collect();
        finding.by_hand = Some("Name another parent".to_owned());
        finding.revisions = vec![id];
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{found, project};

    #[test]
    fn reports_a_revision_that_follows_itself() {
        assert_eq!(
            found("self-parent", &project("a: a <- None\nb: b <- ('a', 'b')")),
            ["error migrations/versions/b.py: b names itself as parent"]
        );
    }

    #[test]
    fn the_parent_that_the_docstring_names_is_proposed() {
        let mut tree = project("a: a <- None");
        let source = b"\"\"\"b\n\nRevises: a\n\"\"\"\nrevision = 'b'\ndown_revision = 'b'\n".to_vec();
        tree.insert(crate::ingest::TreePath::parse("migrations/versions/b.py").expect("relative"), source);
        let advice = crate::rules::fixture::advised("self-parent", &tree);
        assert_eq!(advice, ["Write a: the docstring says `Revises: a`."]);
    }

    #[test]
    fn a_file_that_alembic_loses_counts_too() {
        let found = found("self-parent", &project("a: a <- None\nb: b <- 'b'\nc: b <- 'a'"));
        assert_eq!(found, ["error migrations/versions/b.py: b names itself as parent"]);
    }

    #[test]
    fn stays_silent_on_others() {
        assert!(found("self-parent", &project("a: a <- None\nb: b <- 'a'")).is_empty());
    }
}
