//! Ids that do not fit into the version table.

use super::{id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Note, Placed, VERSION_WIDTH, is_too_long};
use crate::rules::EnvironmentContext;
use crate::rules::context::value_place;
use crate::schema::{Dialect, SchemaChange};
use crate::text::listed;

pub(crate) static RULE: Rule = Rule {
    name: "revision-too-long",
    group: Group::Content,
    is_repairable: false,
    summary: "A revision id is longer than the 32 characters of alembic_version.",
    severity: Severity::Error,
    explanation: include_str!("revision_too_long.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let account = &audited.account;
    for failing in account.failures(Direction::Upgrade).filter(|failing| failing.is_of_the_version()) {
        let mut finding = finding(context, failing.script);
        put(&mut finding, audited, failing.script, [failing.range]);
        let on: Vec<_> = failing.on.iter().map(|on| on.dialect.title()).collect();
        let except = if account.dialects().contains(&Dialect::Sqlite) {
            "; SQLite does not, so tests on SQLite pass"
        } else {
            ""
        };
        finding.consequence = format!(
            "alembic_version holds {VERSION_WIDTH}. {} refuses the upgrade when it writes this id{except}.",
            listed(&on).replace(" and ", " or ")
        );
        if !failing.is_everywhere() {
            finding.severity = Severity::Warning;
        }
        if failing.on.iter().all(|on| !on.certain) {
            finding.because_unknown();
        }
        findings.push(finding);
    }
    if account.dialects() != [Dialect::Sqlite] {
        return;
    }
    for (at, script) in audited.scripts.iter().enumerate() {
        let is_told = match account.best().and_then(|best| best.step_of(at)) {
            Some(step) => step.upgrade.notes.iter().any(|note| note.what == Note::TooLong),
            None => is_too_long(script),
        };
        if !is_told {
            continue;
        }
        let mut finding = finding(context, at);
        put(&mut finding, audited, at, [value_place(script, &script.revision).range]);
        finding.severity = Severity::Warning;
        finding.consequence = format!(
            "alembic_version holds {VERSION_WIDTH}. SQLite does not mind; PostgreSQL and MySQL refuse the upgrade when \
             it writes this id."
        );
        findings.push(finding);
    }
}

fn finding(context: &EnvironmentContext<'_>, script: usize) -> Finding {
    let id = id(context.audited, script);
    let n_characters = id.chars().count();
    let mut finding = Finding::new(&RULE, format!("the revision id {id} has {n_characters} characters"));
    finding.advice = match widened_later(context, script) {
        Some(later) => format!(
            "{later} makes version_num wider, too late for this one: let it come before, or shorten the id here and wherever \
             it is named."
        ),
        None => "Shorten the id here and wherever it is named, or make version_num wider before this migration runs."
            .to_owned(),
    };
    finding
}

/// The migration after this one that makes the column wider.
fn widened_later(context: &EnvironmentContext<'_>, script: usize) -> Option<String> {
    let steps = &context.audited.account.best()?.steps;
    let at = steps.iter().position(|step| step.script == script)?;
    let widens = |change: &Placed<SchemaChange>| {
        matches!(&change.what, SchemaChange::ColumnAltered { table, column: Some(column), .. }
            if &*table.name == "alembic_version" && &**column == "version_num")
    };
    let later = steps[at + 1..].iter().find(|step| step.upgrade.changes.iter().any(widens))?;
    Some(id(context.audited, later.script))
}

#[cfg(test)]
mod tests {
    use crate::ingest::{SourceTree, TreePath};
    use crate::rules::fixture::{audited, found, project};

    const LONG: &str = "a: add_a_very_long_description_as_the_id <- None";

    #[test]
    fn reports_ids_of_more_than_32_characters() {
        assert_eq!(
            found("revision-too-long", &project(LONG)),
            [
                "warning migrations/versions/a.py: the revision id add_a_very_long_description_as_the_id has 37 characters"
            ]
        );
    }

    /// The same id before or after a migration that makes the column wider.
    fn widened(long: &str, widening: &str) -> SourceTree {
        let mut tree = project(long);
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\nrevision = 'b'\ndown_revision = {widening}\n\
             def upgrade():\n    op.alter_column('alembic_version', 'version_num', type_=sa.String(64))\n"
        );
        tree.insert(path, source.into_bytes());
        tree
    }

    #[test]
    fn stays_silent_at_32_and_where_the_project_widens_the_column_before() {
        assert!(
            found("revision-too-long", &project("a: aaaaaaaabbbbbbbbccccccccdddddddd <- None")).is_empty()
        );
        let tree = widened("a: add_a_very_long_description_as_the_id <- 'b'", "None");
        assert!(found("revision-too-long", &tree).is_empty());
    }

    #[test]
    fn widening_the_column_afterwards_comes_too_late() {
        let tree = widened(LONG, "'add_a_very_long_description_as_the_id'");
        assert_eq!(found("revision-too-long", &tree).len(), 1);
        let advice = audited(&tree).findings.remove(0).advice;
        assert!(advice.starts_with("b makes version_num wider, too late for this one"), "{advice}");
    }

    #[test]
    fn the_project_s_own_database_decides() {
        for (url, expected) in [("postgresql://x/y", "error"), ("sqlite:///y.db", "warning")] {
            let mut tree = project(LONG);
            let ini = format!("[alembic]\nscript_location = migrations\nsqlalchemy.url = {url}\n");
            tree.insert(TreePath::parse("alembic.ini").expect("relative"), ini.into_bytes());
            let found = found("revision-too-long", &tree);
            assert!(found.len() == 1 && found[0].starts_with(expected), "{url}: {found:?}");
        }
    }
}
