//! Constraints without a name, which the database names itself and nobody can drop by name later.

use super::advice::key;
use super::{and_more, id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Note, Placed, Step};
use crate::rules::EnvironmentContext;
use crate::schema::{NamingConvention, SchemaChange, TableName};

pub(crate) static RULE: Rule = Rule {
    name: "unnamed-constraint",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration adds or drops a constraint without naming it.",
    severity: Severity::Info,
    explanation: include_str!("unnamed_constraint.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let Some(replay) = audited.account.best() else { return };
    // A naming convention gives the names.
    if replay.rules.convention != NamingConvention::default() {
        return;
    }
    for step in &replay.steps {
        for (run, function) in [(&step.upgrade, "upgrade()"), (&step.downgrade, "downgrade()")] {
            let own = id(audited, step.script);
            let dropped: Vec<_> =
                run.notes.iter().filter(|note| matches!(note.what, Note::DropsUnnamed(_))).collect();
            if let Some(Note::DropsUnnamed(table)) = dropped.first().map(|note| &note.what) {
                let mut finding = Finding::new(
                    &RULE,
                    format!("{function} of {own} drops a constraint of {table} without naming it"),
                );
                finding.severity = Severity::Warning;
                put(&mut finding, audited, step.script, dropped.iter().map(|note| note.range));
                finding.consequence =
                    "Alembic cannot write DROP CONSTRAINT without a name, and stops when it comes here."
                        .to_owned();
                finding.advice = match made_unnamed(step, table) {
                    Some(name) => {
                        format!(
                            "Name it where upgrade() makes it, such as `{name}`, and write that name here."
                        )
                    }
                    None => {
                        "Give the name that the database has, such as the one PostgreSQL gives by itself: \
                             table_column_fkey."
                            .to_owned()
                    }
                };
                findings.push(finding);
            }
            let added: Vec<_> =
                run.notes.iter().filter(|note| matches!(note.what, Note::Unnamed(..))).collect();
            if let Some(Note::Unnamed(kind, table)) = added.first().map(|note| &note.what)
                && function == "upgrade()"
            {
                let more = and_more(added.len());
                let mut finding =
                    Finding::new(&RULE, format!("{own} adds a {kind} to {table} without a name{more}"));
                put(&mut finding, audited, step.script, added.iter().map(|note| note.range));
                finding.consequence =
                    "Each database names it in its own way, and SQLite not at all, so no later migration can drop it \
                     everywhere."
                        .to_owned();
                finding.advice =
                    "Name it, or give `MetaData` a `naming_convention`, which names all of them.".to_owned();
                findings.push(finding);
            }
        }
    }
}

/// A name for the constraint of a table that an upgrade makes without one: `fk_user_role_id`.
fn made_unnamed(step: &Step, table: &TableName) -> Option<String> {
    let is_it = |note: &&Placed<Note>| matches!(&note.what, Note::Unnamed(_, own) if own == table);
    let note = step.upgrade.notes.iter().find(is_it)?;
    let changes = step.upgrade.changes.iter().filter(|change| change.range == note.range);
    changes.into_iter().find_map(|change| match &change.what {
        SchemaChange::ConstraintAdded { table: own, kind, .. } if own == table => {
            let columns = kind.columns()?.join("_");
            Some(format!("{}_{}_{columns}", key(kind.word()?), table.name))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::ingest::{SourceTree, TreePath};
    use crate::rules::fixture::{bodies, found};

    fn with_models(models: &str, upgrade: &str, downgrade: &str) -> SourceTree {
        let table = "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('x', sa.Integer()))";
        let mut tree =
            bodies(&[("a", "None", table, "op.drop_table('t')"), ("b", "'a'", upgrade, downgrade)]);
        tree.insert(TreePath::parse("app.py").expect("relative"), models.as_bytes().to_vec());
        tree
    }

    const MODELS: &str = "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\nclass T(Base):\n    __tablename__ = 't'\n";

    #[test]
    fn reports_what_is_added_and_dropped_without_a_name() {
        let tree = with_models(
            MODELS,
            "op.create_foreign_key(None, 't', 't', ['x'], ['id'])",
            "op.drop_constraint(None, 't', type_='foreignkey')",
        );
        assert_eq!(
            found("unnamed-constraint", &tree),
            [
                "warning migrations/versions/b.py: downgrade() of b drops a constraint of t without naming it",
                "info migrations/versions/b.py: b adds a foreign key to t without a name",
            ]
        );
    }

    #[test]
    fn stays_silent_where_names_are_given_or_may_be() {
        let unnamed = "op.create_foreign_key(None, 't', 't', ['x'], ['id'])";
        let convention = "from sqlalchemy import MetaData\nmetadata = MetaData(naming_convention={'fk': 'fk_%(table_name)s'})\n";
        for (models, upgrade) in [
            (MODELS, "op.create_foreign_key('fk', 't', 't', ['x'], ['id'])"),
            (convention, unnamed),
            ("", unnamed),
        ] {
            assert!(
                found("unnamed-constraint", &with_models(models, upgrade, "pass")).is_empty(),
                "{upgrade}"
            );
        }
    }
}
