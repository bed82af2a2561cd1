//! Upgrades that one kind of database takes and another refuses, where it is not known which the project uses.

use super::advice::advice;
use super::{id, place};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Ending, Failing, Upgrade};
use crate::rules::EnvironmentContext;
use crate::schema::Dialect;
use crate::text::listed;

pub(crate) static RULE: Rule = Rule {
    name: "dialect-dependent",
    group: Group::Content,
    is_repairable: false,
    summary: "The upgrade stops on one kind of database and not on another.",
    severity: Severity::Warning,
    explanation: include_str!("dialect_dependent.md"),
};

/// Said once for an environment. What fails on every dialect has rules of its own.
pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let account = &context.audited.account;
    let stops: Vec<(Dialect, &Failing)> = account
        .dialects()
        .iter()
        .filter_map(|&dialect| Some((dialect, account.stop_on(dialect)?)))
        .filter(|(_, stop)| !account.fails_everywhere(stop.script, Direction::Upgrade))
        .collect();
    if stops.is_empty() || account.upgrade() == Upgrade::NotFollowed {
        return;
    }
    let mut finding = Finding::new(&RULE, message(context, &stops));
    for (_, stop) in &stops {
        let at = place(context.audited, stop.script, stop.range);
        if !finding.evidence.contains(&at) {
            finding.evidence.push(at);
        }
        let id = id(context.audited, stop.script);
        if !finding.revisions.contains(&id) {
            finding.revisions.push(id);
        }
    }
    finding.place = finding.evidence.first().cloned();
    finding.consequence =
        "Which database the project uses is not said by what was given, so which of this happens is not known."
            .to_owned();
    let runs = account.endings().any(|(_, ending)| ending == Ending::Runs);
    let rest = if runs { " If it is one on which the upgrade runs, nothing is to be done." } else { "" };
    let mut steps: Vec<String> = Vec::new();
    for (dialect, stop) in stops {
        let step = advice(context, stop, dialect);
        if !steps.iter().any(|known| known.ends_with(&step)) {
            steps.push(format!("For {}: {step}", dialect.title()));
        }
    }
    finding.advice = format!(
        "Name the database: `sqlalchemy.url` in the configuration, or `--dialect`.{rest} {}",
        steps.join(" ")
    );
    findings.push(finding);
}

/// `no failure of the upgrade was found on PostgreSQL and MySQL; on SQLite it stops at x: no such table: t`.
fn message(context: &EnvironmentContext<'_>, stops: &[(Dialect, &Failing)]) -> String {
    let account = &context.audited.account;
    // Those that say the same of one call are told together.
    let mut told: Vec<(&Failing, &str, Vec<&str>)> = Vec::new();
    for &(dialect, stop) in stops {
        let said = stop.message_on(dialect);
        let is_it = |(known, known_said, _): &&mut (&Failing, &str, Vec<&str>)| {
            std::ptr::eq(*known, stop) && *known_said == said
        };
        match told.iter_mut().find(is_it) {
            Some((_, _, on)) => on.push(dialect.title()),
            None => told.push((stop, said, vec![dialect.title()])),
        }
    }
    let told: Vec<_> = told
        .into_iter()
        .map(|(stop, said, on)| {
            format!("on {} it stops at {}: {said}", listed(&on), id(context.audited, stop.script))
        })
        .collect();
    let of = |wanted: Ending| account.endings().filter(move |(_, ending)| *ending == wanted);
    let runs: Vec<_> = of(Ending::Runs).map(|(dialect, _)| dialect.title()).collect();
    let n_stopping = of(Ending::Stops).count();
    let begins = if !runs.is_empty() {
        format!("no failure of the upgrade was found on {}; ", listed(&runs))
    } else if n_stopping > stops.len() {
        "beside what stops the upgrade everywhere, ".to_owned()
    } else if n_stopping == account.dialects().len() {
        "the upgrade stops on each database for a reason of its own: ".to_owned()
    } else {
        "the upgrade is known to stop on some databases only: ".to_owned()
    };
    format!("{begins}{}", told.join("; "))
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{advised, bodies, found};

    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";

    #[test]
    fn names_both_kinds_of_database() {
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            ("b", "'a'", "op.create_unique_constraint('uq', 't', ['id'])", "pass"),
        ]);
        let found = found("dialect-dependent", &tree);
        assert_eq!(found.len(), 1);
        let start = "warning migrations/versions/b.py: no failure of the upgrade was found on PostgreSQL and MySQL; on SQLite it stops at b: ";
        assert!(found[0].starts_with(start), "{found:?}");
    }

    #[test]
    fn what_a_migration_refuses_by_itself_may_be_meant() {
        let refuses = "if op.get_bind().dialect.name != 'mysql':\n        op.drop_column('t', 'id')\n    \
                       else:\n        raise RuntimeError(op.get_bind().dialect.name)";
        let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", refuses, "pass")]);
        let advice = advised("dialect-dependent", &tree);
        let [advice] = &advice[..] else { panic!("{advice:?}") };
        assert!(advice.contains("The migration refuses MySQL by itself: where that is meant"), "{advice}");
    }

    #[test]
    fn says_of_each_database_what_it_says_itself() {
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            ("b", "'a'", "op.execute('ALTER TABLE t DROP CONSTRAINT t_pkey')", "pass"),
        ]);
        // One revision that each refuses is an error, and no matter of the database.
        assert!(found("dialect-dependent", &tree).is_empty());
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            (
                "b",
                "'a'",
                "if op.get_bind().dialect.name != 'mysql':\n        op.create_unique_constraint('uq', 't', ['x'])",
                "pass",
            ),
        ]);
        let [found] = &found("dialect-dependent", &tree)[..] else { panic!("one") };
        let (sqlite, postgresql) = found.split_once("; on PostgreSQL").expect("both stop");
        assert!(sqlite.contains("on SQLite") && !postgresql.contains("SQLite"), "{found}");
    }

    #[test]
    fn does_not_say_stops_of_a_database_that_is_not_understood() {
        let second = "if op.get_bind().dialect.name == 'postgresql':\n        \
                      op.add_column('t', sa.Column('id', sa.Integer()))\n    else:\n        op.execute(open('a.sql').read())";
        let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", second, "pass")]);
        let [found] = &found("dialect-dependent", &tree)[..] else { panic!("one") };
        let said = "the upgrade is known to stop on some databases only: on PostgreSQL it stops at b";
        assert!(found.contains(said), "{found}");
    }

    #[test]
    fn tells_what_stops_everywhere_from_what_stops_on_some() {
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            ("b", "'a'", "op.create_unique_constraint('uq', 't', ['id'])", "pass"),
            ("c", "'b'", "op.add_column('t', sa.Column('id', sa.Integer()))", "pass"),
        ]);
        let [found] = &found("dialect-dependent", &tree)[..] else { panic!("one") };
        let said = "beside what stops the upgrade everywhere, on SQLite it stops at b: ";
        assert!(found.contains(said) && !found.contains(" at c"), "{found}");
    }

    #[test]
    fn a_type_may_be_made_where_the_tables_are() {
        let alter = "op.execute('ALTER TYPE kind RENAME TO kind_old')\n    op.execute(\"CREATE TYPE kind AS ENUM ('a')\")";
        for (elsewhere, is_told) in [("gone", false), ("t", true)] {
            let first = format!("{TABLE}\n    op.add_column('{elsewhere}', sa.Column('x', sa.Integer()))");
            let tree = bodies(&[("a", "None", &first, "op.drop_table('t')"), ("b", "'a'", alter, "pass")]);
            let found = found("failing-operation", &tree);
            let told = found.iter().any(|found| found.contains("type \"kind\" does not exist"));
            assert_eq!(told, is_told, "{found:?}");
        }
    }

    #[test]
    fn stays_silent_where_all_run_or_all_stop_at_one() {
        for second in ["pass", "op.drop_table('gone')", "op.add_column('t', sa.Column('id', sa.Integer()))"] {
            let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", second, "pass")]);
            assert!(found("dialect-dependent", &tree).is_empty(), "{second}");
        }
    }
}
