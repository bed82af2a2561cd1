//! A dependency that no file declares.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::context::{Items, of_a_family};
use super::missing_parent::SLIPS_UNKNOWN;
use super::{EnvironmentContext, Ids};
use crate::finding::{Finding, Group, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "missing-dependency",
    group: Group::Chain,
    is_repairable: false,
    summary: "A dependency is named that is neither a revision nor a branch label.",
    severity: Severity::Error,
    explanation: include_str!("missing_dependency.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let scripts = &context.audited.scripts;
    let unknown_label = scripts.iter().any(|script| script.branch_labels.is_unknown());
    let graph = &context.audited.graph;
    let ids = Ids::of(scripts);
    let mut items = Items::of(|script| &script.depends_on);
    let labels: LazyCell<BTreeSet<&str>, _> =
        LazyCell::new(|| scripts.iter().flat_map(|script| script.branch_labels.values()).collect());
    let kept = graph
        .missing_dependencies()
        .iter()
        .filter_map(|(ix, missing)| Some((context.script(*ix)?, missing.clone())));
    let lost = context.lost_scripts().flat_map(|script| {
        let missing = script.depends_on.values().into_iter().filter(|dependency| {
            let is_there = graph.find(dependency).is_some_and(|ix| !graph.is_ghost(ix));
            !dependency.is_empty() && !is_there && !labels.contains(dependency)
        });
        missing.map(move |missing| (script, missing.to_owned()))
    });
    for (script, missing) in kept.chain(lost) {
        let Some(id) = script.id().map(ToOwned::to_owned) else { continue };
        let mut finding = Finding::new(
            &RULE,
            format!("{id} depends on {missing}, which is neither a revision nor a branch label"),
        );
        finding.place = Some(items.place(script, &missing));
        finding.evidence = finding.place.iter().cloned().collect();
        finding.consequence = format!("Every command stops with a bare `KeyError: '{missing}'`.");
        let near = ids.candidates(&missing);
        finding.advice = match near.first() {
            Some(candidate) => format!("Perhaps {} is meant: {}.", candidate.revision, candidate.why),
            None => {
                let advice =
                    "Bring the file back, list its folder in version_locations, or take the dependency out.";
                if ids.knows_slips() { advice.to_owned() } else { format!("{advice} {SLIPS_UNKNOWN}") }
            }
        };
        if context.audited.is_of_a_family {
            (finding.consequence, finding.advice) = of_a_family(context, &missing);
        }
        if let Some(by) = &context.audited.folders_by_code {
            finding.advice = format!(
                "{by} gives Alembic version_locations when it runs: the revision may stand in another package."
            );
            finding.because_unknown();
        }
        finding.candidates = near.into_iter().take(3).map(|candidate| candidate.revision).collect();
        finding.revisions = vec![id, missing.clone()];
        if unknown_label || context.audited.graph.n_anonymous() > 0 || !context.audited.environment.complete {
            finding.because_unknown();
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(depends_on: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        let source = format!(
            "revision = 'b'\ndown_revision = 'a'\nbranch_labels = ('side',)\ndepends_on = {depends_on}\n"
        );
        tree.insert(path, source.into_bytes());
        found("missing-dependency", &tree)
    }

    #[test]
    fn reports_what_is_neither_a_revision_nor_a_label() {
        assert_eq!(
            with("['a', 'gone']"),
            [
                "error migrations/versions/b.py: b depends on gone, which is neither a revision nor a branch label"
            ]
        );
    }

    #[test]
    fn a_file_that_alembic_loses_counts_too() {
        let mut tree = project("a: a <- None\nc: b <- 'a'");
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        tree.insert(path, b"revision = 'b'\ndown_revision = 'a'\ndepends_on = 'gone'\n".to_vec());
        assert_eq!(
            found("missing-dependency", &tree),
            [
                "error migrations/versions/b.py: b depends on gone, which is neither a revision nor a branch label"
            ]
        );
    }

    #[test]
    fn only_warns_where_code_gives_alembic_more_folders() {
        let mut tree = project("a: a <- None");
        for (path, source) in [
            ("migrations/versions/b.py", "revision = 'b'\ndown_revision = 'a'\ndepends_on = 'gone'\n"),
            (
                "app.py",
                "def configure(config):\n    config.set_main_option('version_locations', 'x:versions')\n",
            ),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        assert!(found("missing-dependency", &tree)[0].starts_with("warning"));
    }

    #[test]
    fn stays_silent_on_revisions_labels_and_nothing() {
        for depends_on in ["'a'", "('side',)", "None", "''"] {
            assert!(with(depends_on).is_empty(), "{depends_on}");
        }
    }
}
