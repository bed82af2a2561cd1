//! Constraints without a name, which the database names itself and nobody can drop by name later.

use super::advice::key;
use super::{and_more, id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Note, Placed, Step};
use crate::rules::EnvironmentContext;
use crate::schema::{Dialect, NamingConvention, SchemaChange, TableName};

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
                finding.advice = match (made_unnamed(step, table), made_named(step, table)) {
                    (Some(name), _) => {
                        format!(
                            "Name it where upgrade() makes it, such as `{name}`, and write that name here."
                        )
                    }
                    (None, Some(name)) => format!("upgrade() names it `{name}`: write that name here."),
                    (None, None) => {
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
                finding.consequence = consequence(audited.account.dialects());
                finding.advice =
                    "Name it, or give `MetaData` a `naming_convention`, which names all of them.".to_owned();
                findings.push(finding);
            }
        }
    }
}

/// What comes of a constraint without a name, on the dialects in question.
fn consequence(dialects: &[Dialect]) -> String {
    match dialects {
        [Dialect::Sqlite] => "SQLite keeps no name for it, so no later migration can drop it by name.".to_owned(),
        [one] => format!(
            "{} names it by a rule of its own: whoever drops it later has to know which name that is.",
            one.title()
        ),
        _ => "Each database names it in its own way, and SQLite not at all, so no later migration can drop it everywhere."
            .to_owned(),
    }
}

/// The name of the one constraint that an upgrade adds to a table.
fn made_named<'s>(step: &'s Step, table: &TableName) -> Option<&'s str> {
    let mut names = step.upgrade.changes.iter().filter_map(|change| match &change.what {
        SchemaChange::ConstraintAdded { table: own, name: Some(name), .. } if own == table => Some(&**name),
        _ => None,
    });
    let only = names.next()?;
    names.next().is_none().then_some(only)
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
    use crate::rules::fixture::{advised, audited, bodies, found};

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
    fn what_the_upgrade_names_is_dropped_by_that_name() {
        let drop = "op.drop_constraint(None, 't', type_='foreignkey')";
        let one = "op.create_foreign_key('fk_x', 't', 't', ['x'], ['id'])";
        let two = format!("{one}\n    op.create_unique_constraint('uq_x', 't', ['x'])");
        for (upgrade, expected) in [
            (one, "upgrade() names it `fk_x`: write that name here."),
            (&*two, "Give the name that the database has"),
        ] {
            let advice = advised("unnamed-constraint", &with_models(MODELS, upgrade, drop));
            let [advice] = &advice[..] else { panic!("{upgrade}: {advice:?}") };
            assert!(advice.starts_with(expected), "{advice}");
        }
    }

    #[test]
    fn tells_of_the_project_s_own_database() {
        for (url, expected) in [
            ("", "Each database names it in its own way"),
            ("sqlalchemy.url = postgresql://u@h/d\n", "PostgreSQL names it by a rule of its own"),
            ("sqlalchemy.url = sqlite:///a.db\n", "SQLite keeps no name for it"),
        ] {
            let mut tree = with_models(
                MODELS,
                "with op.batch_alter_table('t') as b:\n        b.create_unique_constraint(None, ['x'])",
                "pass",
            );
            let ini = format!("[alembic]\nscript_location = migrations\n{url}");
            tree.insert(TreePath::parse("alembic.ini").expect("relative"), ini.into_bytes());
            let findings = audited(&tree).findings;
            let mut own = findings.iter().filter(|found| found.rule.name == "unnamed-constraint");
            let found = own.next().map(|found| &*found.consequence).unwrap_or_default();
            assert!(found.starts_with(expected), "{url}: {found}");
        }
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
