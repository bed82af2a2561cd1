//! Tables that the migrations use and that none of them creates.

use std::collections::BTreeSet;

use super::advice::first_advice;
use super::{by_script, id, place};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Certainty, Upgrade};
use crate::rules::EnvironmentContext;
use crate::rules::context::listed;
use crate::text::listed as all_of;

pub(crate) static RULE: Rule = Rule {
    name: "tables-made-elsewhere",
    group: Group::Content,
    is_repairable: false,
    summary: "Migrations rely on tables that no migration creates.",
    severity: Severity::Warning,
    explanation: include_str!("tables_made_elsewhere.md"),
};

/// Said once for an environment, however many migrations rely on such tables.
pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let by_script = by_script(audited.account.needing_elsewhere());
    let Some((first, failures)) = by_script.first() else { return };
    let mut seen = BTreeSet::new();
    let words = by_script.iter().flat_map(|(_, failures)| failures).map(|own| own.object_words());
    let objects: Vec<String> = words.filter(|object| seen.insert(object.clone())).collect();
    // On SQLite a foreign key may refer to a table that is not there.
    let dialects: Vec<_> = audited
        .account
        .dialects()
        .iter()
        .filter(|dialect| {
            by_script
                .iter()
                .flat_map(|(_, failures)| failures)
                .any(|failing| failing.is_certain_on(**dialect))
        })
        .map(|dialect| dialect.title())
        .collect();
    let is_everywhere = dialects.len() == audited.account.dialects().len();
    let on = if is_everywhere { String::new() } else { format!(" on {}", all_of(&dialects)) };
    let message = format!("the migrations use what none of them creates{on}: {}", listed(&objects));
    let mut finding = Finding::new(&RULE, message);
    finding.evidence = failures.iter().map(|failing| place(audited, *first, failing.range)).collect();
    finding.place = finding.evidence.first().cloned();
    finding.revisions = by_script.iter().map(|(script, _)| id(audited, *script)).collect();
    if failures.iter().all(|failing| failing.certainty() == Certainty::InDoubt) {
        finding.because_unknown();
    }
    // What stops every other database stands in a finding of its own.
    let stops = audited.account.upgrade() == Upgrade::Stops;
    let (already, then) = if stops { ("already ", "gets further") } else { ("", "can be upgraded") };
    let only_extensions =
        by_script.iter().flat_map(|(_, failures)| failures).all(|own| own.wants_extension());
    let rest = if only_extensions {
        format!("One in which somebody else has created the extensions {then}.")
    } else if stops {
        format!("One that has the tables from elsewhere, as from `create_all`, {then}.")
    } else {
        format!("A database that has the tables from elsewhere, as from `create_all`, {then}.")
    };
    finding.consequence = format!(
        "An empty database cannot be built{on} with these migrations: there the upgrade stops {already}at {}, {}. {rest}",
        id(audited, *first),
        failures[0].message()
    );
    finding.advice = if only_extensions {
        first_advice(context, failures[0])
    } else {
        "If the tables are made elsewhere, say in the first migration by what; else create them in a \
                      migration of their own, before all others."
            .to_owned()
    };
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{bodies, found};

    #[test]
    fn says_it_once_however_many_rely_on_them() {
        let tree = bodies(&[
            ("a", "None", "op.add_column('t', sa.Column('x', sa.Text()))", "pass"),
            ("b", "'a'", "op.create_index('ix', 'gone', ['a'])", "pass"),
            ("c", "'b'", "op.drop_index('ix_gone_b', table_name='gone')\n    op.drop_table('other')", "pass"),
        ]);
        assert_eq!(
            found("tables-made-elsewhere", &tree),
            [
                "warning migrations/versions/a.py: the migrations use what none of them creates: t, gone and other"
            ]
        );
        assert!(found("used-before-created", &tree).is_empty());
    }

    #[test]
    fn a_foreign_key_is_refused_by_those_that_look() {
        let key = "op.create_table('t', sa.Column('u', sa.Integer(), sa.ForeignKey('gone.id')))";
        let tree = bodies(&[("a", "None", key, "pass")]);
        assert_eq!(
            found("tables-made-elsewhere", &tree),
            [
                "warning migrations/versions/a.py: the migrations use what none of them creates on PostgreSQL and MySQL: \
                 gone"
            ]
        );
    }

    #[test]
    fn an_extension_that_nobody_creates_may_be_there() {
        let table = "op.create_table('t', sa.Column('a', sa.dialects.postgresql.CITEXT()))";
        let create = "op.execute('CREATE EXTENSION IF NOT EXISTS citext')";
        let on_postgresql = |body: &str| {
            format!(
                "if op.get_bind().dialect.name == 'postgresql':\n        {}",
                body.replace('\n', "\n    ")
            )
        };
        let (table, create) = (on_postgresql(table), on_postgresql(create));
        let tree = bodies(&[("a", "None", &table, "pass")]);
        assert_eq!(
            found("tables-made-elsewhere", &tree),
            [
                "warning migrations/versions/a.py: the migrations use what none of them creates on PostgreSQL: citext"
            ]
        );
        for (first, second) in [(&create, &table), (&table, &create)] {
            let tree = bodies(&[("a", "None", first, "pass"), ("b", "'a'", second, "pass")]);
            assert!(found("tables-made-elsewhere", &tree).is_empty(), "{first}");
        }
    }

    #[test]
    fn what_a_refused_migration_would_have_made_is_not_made_elsewhere() {
        for first in [
            "op.execute('SET search_path = public; CREATE TABLE t (id int)')",
            "if op.get_bind().dialect.name == 'sqlite':\n        raise NotImplementedError()\n    \
             op.create_table('t', sa.Column('id', sa.Integer()))",
        ] {
            let second = "op.add_column('t', sa.Column('x', sa.Text()))";
            let tree = bodies(&[("a", "None", first, "pass"), ("b", "'a'", second, "pass")]);
            let found = found("tables-made-elsewhere", &tree);
            assert!(found.is_empty(), "{first}: {found:?}");
        }
    }

    #[test]
    fn what_is_made_later_whether_it_is_there_or_not_may_be_made_elsewhere() {
        let first = "op.add_column('t', sa.Column('x', sa.Text()))";
        let table = "op.create_table('t', sa.Column('id', sa.Integer()))";
        for second in [
            format!("op.execute('DROP TABLE IF EXISTS t')\n    {table}"),
            format!("op.drop_table('t')\n    {table}"),
            "op.execute('CREATE TABLE IF NOT EXISTS t (id int)')".to_owned(),
        ] {
            let tree = bodies(&[("a", "None", first, "pass"), ("b", "'a'", &second, "pass")]);
            assert_eq!(found("tables-made-elsewhere", &tree).len(), 1, "{second}");
            assert!(found("used-before-created", &tree).is_empty(), "{second}");
        }
    }

    #[test]
    fn what_a_migration_drops_before_it_creates_it_is_made_elsewhere() {
        let table = "op.create_table('t', sa.Column('id', sa.Integer()))";
        for drop in ["op.drop_table('t')", "op.execute('DROP TABLE t')"] {
            let anew = format!("{drop}\n    {table}");
            let tree = bodies(&[("a", "None", &anew, "pass")]);
            assert_eq!(found("tables-made-elsewhere", &tree).len(), 1, "{drop}");
            assert!(found("used-before-created", &tree).is_empty(), "{drop}");
            // Another migration that comes too late is not in the wrong place on purpose.
            let tree = bodies(&[("a", "None", drop, "pass"), ("b", "'a'", table, "pass")]);
            assert!(found("tables-made-elsewhere", &tree).is_empty(), "{drop}");
            assert_eq!(found("used-before-created", &tree).len(), 1, "{drop}");
        }
    }

    #[test]
    fn stays_silent_where_a_migration_creates_or_drops_them() {
        let table = "op.create_table('t', sa.Column('id', sa.Integer()))";
        for (first, second) in [
            (table, "op.create_index('ix', 't', ['nope'])"),
            ("op.add_column('t', sa.Column('x', sa.Text()))", table),
            (
                "op.create_table('t', sa.Column('id', sa.Integer()))\n    op.drop_table('t')",
                "op.drop_table('t')",
            ),
            ("op.execute(open('x').read())", "op.drop_table('t')"),
        ] {
            let tree = bodies(&[("a", "None", first, "pass"), ("b", "'a'", second, "pass")]);
            assert!(found("tables-made-elsewhere", &tree).is_empty(), "{first}");
        }
    }
}
