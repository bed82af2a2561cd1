//! Ids that do not fit into the version table.

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Rule, Severity};
use crate::text::contains;

pub(crate) static RULE: Rule = Rule {
    name: "revision-too-long",
    group: Group::Chain,
    is_repairable: false,
    summary: "A revision id is longer than the 32 characters of alembic_version.",
    severity: Severity::Error,
    explanation: include_str!("revision_too_long.md"),
};

/// The width of `alembic_version.version_num`, in characters. Source: Alembic's `ddl/impl.py`.
const WIDTH: usize = 32;

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.audited.graph;
    let long: Vec<_> = graph.revisions().filter(|&ix| graph.id(ix).chars().count() > WIDTH).collect();
    if long.is_empty() || widens(context) {
        return;
    }
    for ix in long {
        let id = context.id(ix);
        let n_characters = id.chars().count();
        let mut finding = Finding::new(&RULE, format!("the revision id {id} has {n_characters} characters"));
        finding.place = context.id_place(ix);
        finding.evidence = finding.place.iter().cloned().collect();
        finding.consequence = format!(
            "alembic_version holds {WIDTH}. PostgreSQL and MySQL refuse the upgrade when it writes this id; SQLite \
             does not, so tests on SQLite pass."
        );
        finding.advice =
            "Shorten the id here and wherever it is named, or widen version_num in env.py.".to_owned();
        finding.revisions = vec![id];
        findings.push(finding);
    }
}

/// Whether the project itself makes the column wider.
fn widens(context: &EnvironmentContext<'_>) -> bool {
    let audited = context.audited;
    let env_py = audited.environment.env_py.iter().map(|env_py| &env_py.path);
    env_py.chain(audited.scripts.iter().map(|script| &script.path)).any(|path| {
        let source = context.all.tree.get(path).unwrap_or_default();
        contains(source, "version_num") || contains(source, "version_table_impl")
    })
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    const LONG: &str = "a: add_a_very_long_description_as_the_id <- None";

    #[test]
    fn reports_ids_of_more_than_32_characters() {
        assert_eq!(
            found("revision-too-long", &project(LONG)),
            [
                "error migrations/versions/a.py: the revision id add_a_very_long_description_as_the_id has 37 characters"
            ]
        );
    }

    #[test]
    fn stays_silent_at_32_and_where_the_project_widens_the_column() {
        assert!(
            found("revision-too-long", &project("a: aaaaaaaabbbbbbbbccccccccdddddddd <- None")).is_empty()
        );
        let mut tree = project(LONG);
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        let source = "revision = 'b'\ndown_revision = 'add_a_very_long_description_as_the_id'\n\
                      def upgrade():\n    op.alter_column('alembic_version', 'version_num', type_=sa.String(64))\n";
        tree.insert(path, source.as_bytes().to_vec());
        assert!(found("revision-too-long", &tree).is_empty());
    }
}
