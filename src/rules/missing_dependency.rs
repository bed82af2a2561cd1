//! A dependency that no file declares.

use super::EnvironmentContext;
use super::context::{of_a_family, value_place};
use crate::finding::Place;
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
    let kept = graph
        .missing_dependencies()
        .iter()
        .filter_map(|(ix, missing)| Some((context.script(*ix)?, missing.clone())));
    let lost = context.lost_scripts().flat_map(|script| {
        let missing = script.depends_on.values().into_iter().filter(|dependency| {
            let is_there = graph.find(dependency).is_some_and(|ix| !graph.is_ghost(ix));
            let is_label = scripts.iter().any(|script| script.branch_labels.values().contains(dependency));
            !dependency.is_empty() && !is_there && !is_label
        });
        missing.map(move |missing| (script, missing.to_owned()))
    });
    for (script, missing) in kept.chain(lost) {
        let Some(id) = script.id().map(ToOwned::to_owned) else { continue };
        let mut finding = Finding::new(
            &RULE,
            format!("{id} depends on {missing}, which is neither a revision nor a branch label"),
        );
        let item = script
            .depends_on
            .literal()
            .and_then(|literal| literal.items.iter().find(|item| item.value == missing));
        finding.place = Some(item.map_or_else(
            || value_place(script, &script.depends_on),
            |item| Place { path: script.path.clone(), range: item.range },
        ));
        finding.evidence = finding.place.iter().cloned().collect();
        finding.consequence = format!("Every command stops with a bare `KeyError: '{missing}'`.");
        let near = super::candidates(scripts, &missing);
        finding.advice = match near.first() {
            Some(candidate) => format!("Perhaps {} is meant: {}.", candidate.revision, candidate.why),
            None => "Bring the file back, list its folder in version_locations, or take the dependency out."
                .to_owned(),
        };
        if let Some((consequence, advice)) = of_a_family(context, &missing) {
            (finding.consequence, finding.advice) = (consequence, advice);
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
