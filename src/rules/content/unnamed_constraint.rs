//! Constraints without a name, which the database names itself and nobody can drop by name later.

use super::advice::key;
use super::{and_more, id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Note, Step};
use crate::rules::EnvironmentContext;
use crate::schema::{ConstraintKind, ConstraintType, Dialect, NamingConvention, SchemaChange, TableName};
use crate::text::TextRange;

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
                run.notes.iter().filter(|note| matches!(note.what, Note::DropsUnnamed(..))).collect();
            if let Some(Note::DropsUnnamed(word, table)) = dropped.first().map(|note| &note.what) {
                let mut finding = Finding::new(
                    &RULE,
                    format!("{function} of {own} drops a constraint of {table} without naming it"),
                );
                finding.severity = Severity::Warning;
                put(&mut finding, audited, step.script, dropped.iter().map(|note| note.range));
                finding.consequence =
                    "Alembic cannot write DROP CONSTRAINT without a name, and stops when it comes here."
                        .to_owned();
                finding.advice = match (made_unnamed(step, table, *word), made_named(step, table, *word)) {
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

/// The constraints that an upgrade adds to a table, of one kind where that is known: what each is, and its name.
fn added<'s>(
    step: &'s Step,
    table: &TableName,
    word: Option<ConstraintType>,
) -> impl Iterator<Item = (TextRange, &'s ConstraintKind, Option<&'s str>)> {
    step.upgrade.changes.iter().filter_map(move |change| match &change.what {
        SchemaChange::ConstraintAdded { table: own, kind, name }
            if own == table && (word.is_none() || kind.word() == word) =>
        {
            Some((change.range, kind, name.as_deref()))
        }
        _ => None,
    })
}

/// The name of the one constraint that an upgrade adds to a table.
fn made_named<'s>(step: &'s Step, table: &TableName, word: Option<ConstraintType>) -> Option<&'s str> {
    let mut names = added(step, table, word).filter_map(|(.., name)| name);
    let only = names.next()?;
    names.next().is_none().then_some(only)
}

/// A name for the constraint of a table that an upgrade makes without one: `fk_user_role_id`.
fn made_unnamed(step: &Step, table: &TableName, word: Option<ConstraintType>) -> Option<String> {
    let is_unnamed = |range: TextRange| {
        let mut notes = step.upgrade.notes.iter().filter(|note| note.range == range);
        notes.any(|note| matches!(&note.what, Note::Unnamed(_, own) if own == table))
    };
    added(step, table, word).filter(|(range, ..)| is_unnamed(*range)).find_map(|(_, kind, _)| {
        let columns = kind.columns()?.join("_");
        Some(format!("{}_{}_{columns}", key(kind.word()?), table.name))
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
        let other = "op.create_unique_constraint('uq_x', 't', ['x'])";
        let both = format!("{one}\n    {other}");
        let two = format!("{one}\n    {}", one.replace("fk_x", "fk_y"));
        let unnamed = format!("{}\n    {one}", other.replace("'uq_x'", "None"));
        for (upgrade, expected) in [
            (one, "upgrade() names it `fk_x`: write that name here."),
            (&*both, "upgrade() names it `fk_x`: write that name here."),
            (&*unnamed, "upgrade() names it `fk_x`: write that name here."),
            (&*two, "Give the name that the database has"),
            (other, "Give the name that the database has"),
        ] {
            let advice = advised("unnamed-constraint", &with_models(MODELS, upgrade, drop));
            let Some(advice) = advice.first() else { panic!("{upgrade}") };
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
