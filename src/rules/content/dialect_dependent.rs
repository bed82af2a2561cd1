//! Upgrades that one kind of database takes and another refuses, where it is not known which the project uses.

use super::{id, place};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Ending, Failing, Upgrade};
use crate::rules::EnvironmentContext;
use crate::text::listed;

pub(crate) static RULE: Rule = Rule {
    name: "dialect-dependent",
    group: Group::Content,
    is_repairable: false,
    summary: "The upgrade runs on one kind of database and stops on another.",
    severity: Severity::Warning,
    explanation: include_str!("dialect_dependent.md"),
};

/// Said once for an environment. What fails on every dialect has rules of its own.
pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let account = &context.audited.account;
    let stops: Vec<&Failing> = account
        .dialects()
        .iter()
        .filter_map(|&dialect| account.stop_on(dialect))
        .filter(|stop| !account.fails_everywhere(stop.script, Direction::Upgrade))
        .collect();
    if stops.is_empty() || account.upgrade() == Upgrade::NotFollowed {
        return;
    }
    let mut finding = Finding::new(&RULE, message(context));
    for stop in stops {
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
    finding.advice =
        "Name the database: `sqlalchemy.url` in the configuration, or `--dialect`. If it is one on which \
                      the upgrade runs, nothing is to be done."
            .to_owned();
    findings.push(finding);
}

/// `the upgrade runs on PostgreSQL and MySQL; on SQLite it stops at x: no such table: t`.
fn message(context: &EnvironmentContext<'_>) -> String {
    let account = &context.audited.account;
    let runs: Vec<_> = account
        .endings()
        .filter(|(_, ending)| *ending == Ending::Runs)
        .map(|(dialect, _)| dialect.title())
        .collect();
    // Those that say the same of one call are told together.
    let mut stops: Vec<(&Failing, &str, Vec<&str>)> = Vec::new();
    for &dialect in account.dialects() {
        let Some(stop) = account.stop_on(dialect) else { continue };
        let said = stop.message_on(dialect);
        match stops
            .iter_mut()
            .find(|(known, known_said, _)| std::ptr::eq(*known, stop) && *known_said == said)
        {
            Some((_, _, on)) => on.push(dialect.title()),
            None => stops.push((stop, said, vec![dialect.title()])),
        }
    }
    let stops = stops.into_iter().map(|(stop, said, on)| {
        format!("on {} it stops at {}: {said}", listed(&on), id(context.audited, stop.script))
    });
    let stops = stops.collect::<Vec<_>>().join("; ");
    if !runs.is_empty() {
        format!("the upgrade runs on {}; {stops}", listed(&runs))
    } else if account.endings().all(|(_, ending)| ending == Ending::Stops) {
        format!("the upgrade stops on each database for a reason of its own: {stops}")
    } else {
        format!("the upgrade is known to stop on some databases only: {stops}")
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{bodies, found};

    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";

    #[test]
    fn names_both_kinds_of_database() {
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            ("b", "'a'", "op.create_unique_constraint('uq', 't', ['id'])", "pass"),
        ]);
        let found = found("dialect-dependent", &tree);
        assert_eq!(found.len(), 1);
        let start = "warning migrations/versions/b.py: the upgrade runs on PostgreSQL and MySQL; on SQLite it stops at b: ";
        assert!(found[0].starts_with(start), "{found:?}");
    }

    #[test]
    fn says_of_each_database_what_it_says_itself() {
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            ("b", "'a'", "op.execute('ALTER TABLE t DROP CONSTRAINT t_pkey')", "pass"),
        ]);
        let [found] = &found("dialect-dependent", &tree)[..] else { panic!("one") };
        let (sqlite, mysql) = found.split_once("MySQL").expect("both stop");
        assert!(sqlite.contains("SQLite") && !mysql.contains("SQLite"), "{found}");
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
    fn a_type_may_be_made_where_the_tables_are() {
        let alter = "op.execute('ALTER TYPE kind RENAME TO kind_old')\n    op.execute(\"CREATE TYPE kind AS ENUM ('a')\")";
        for (elsewhere, is_told) in [("gone", false), ("t", true)] {
            let first = format!("{TABLE}\n    op.add_column('{elsewhere}', sa.Column('x', sa.Integer()))");
            let tree = bodies(&[("a", "None", &first, "op.drop_table('t')"), ("b", "'a'", alter, "pass")]);
            let found = found("dialect-dependent", &tree);
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
