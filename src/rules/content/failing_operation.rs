//! Operations that every database in question refuses for another reason than a name.

use super::{id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Failing};
use crate::rules::EnvironmentContext;
use crate::schema::FailureKind;

pub(crate) static RULE: Rule = Rule {
    name: "failing-operation",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration asks for something that the database refuses.",
    severity: Severity::Error,
    explanation: include_str!("failing_operation.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    for failing in audited.account.failures(Direction::Upgrade).filter(|failing| is_refused(failing)) {
        let message = format!("{}: {}", id(audited, failing.script), failing.message());
        let mut finding = Finding::new(&RULE, message);
        put(&mut finding, audited, failing.script, [failing.range]);
        upgrade_stops(&mut finding);
        findings.push(finding);
    }
    for script in audited.account.failing_everywhere(Direction::Upgrade) {
        let mut own = audited.account.failures_of(script, Direction::Upgrade);
        if !own.any(Failing::is_everywhere) {
            findings.push(for_several_reasons(context, script));
        }
    }
    for script in audited.account.failing_downgrades() {
        let own = audited.account.failures_of(script, Direction::Downgrade);
        let own: Vec<_> = own.filter(|failing| failing.is_everywhere()).collect();
        // A name that is not defined has a rule of its own.
        if own.iter().any(|failing| failing.kind == FailureKind::UndefinedName) {
            continue;
        }
        let said = match own.first() {
            Some(first) => first.message().to_owned(),
            None => reasons(context, script, Direction::Downgrade),
        };
        let message = format!("The downgrade of {} fails: {said}", id(audited, script));
        let mut finding = Finding::new(&RULE, message);
        finding.severity = Severity::Warning;
        put(&mut finding, audited, script, own.iter().map(|failing| failing.range));
        finding.consequence = format!(
            "`{}` stops there, on a database that has just run the upgrade.",
            context.command("downgrade")
        );
        finding.advice = "Let the downgrade undo what the upgrade did, in reverse.".to_owned();
        findings.push(finding);
    }
}

/// Whether an upgrade is refused on every dialect, for none of the reasons that have a rule of their own.
fn is_refused(failing: &Failing) -> bool {
    let is_own_kind =
        matches!(failing.kind, FailureKind::StillReferenced | FailureKind::NotSupported | FailureKind::Other);
    is_own_kind && failing.is_everywhere() && !failing.is_of_the_version()
}

fn upgrade_stops(finding: &mut Finding) {
    finding.consequence = "On an empty database the upgrade stops there.".to_owned();
    finding.advice = "Correct the operation; `rechain replay --at` shows the schema before it.".to_owned();
}

/// A migration that every database refuses, each for a reason of its own.
fn for_several_reasons(context: &EnvironmentContext<'_>, script: usize) -> Finding {
    let audited = context.audited;
    let reasons = reasons(context, script, Direction::Upgrade);
    let message =
        format!("{} fails on every database, on each in its own way: {reasons}", id(audited, script));
    let mut finding = Finding::new(&RULE, message);
    let account = &audited.account;
    let ranges = account.dialects().iter().filter_map(|&dialect| {
        let mut own = account.failures_of(script, Direction::Upgrade);
        own.find(|failing| failing.stops_on(dialect)).map(|failing| failing.range)
    });
    let mut ranges: Vec<_> = ranges.collect();
    ranges.sort_unstable();
    ranges.dedup();
    put(&mut finding, audited, script, ranges);
    upgrade_stops(&mut finding);
    finding
}

/// The first failure of a script on each dialect: `SQLite: no such table: t; PostgreSQL: …`.
fn reasons(context: &EnvironmentContext<'_>, script: usize, direction: Direction) -> String {
    let account = &context.audited.account;
    let first = account.dialects().iter().filter_map(|&dialect| {
        let failing = account.failures_of(script, direction).find(|failing| failing.stops_on(dialect))?;
        Some(format!("{}: {}", dialect.title(), failing.message_on(dialect)))
    });
    first.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{bodies, found};

    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";

    #[test]
    fn reports_what_the_database_refuses_and_downgrades_that_fail() {
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_column('t', 's')"),
            ("b", "'a'", "raise RuntimeError('run the script first')", "pass"),
        ]);
        assert_eq!(
            found("failing-operation", &tree),
            [
                "error migrations/versions/b.py: b: raises RuntimeError",
                "warning migrations/versions/a.py: The downgrade of a fails: no such column: t.s",
            ]
        );
    }

    #[test]
    fn stays_silent_where_only_one_dialect_refuses_or_it_is_caught() {
        for body in [
            "op.create_unique_constraint('uq', 't', ['id'])",
            "try:\n        op.drop_table('nope')\n    except Exception:\n        pass",
            "import contextlib\n    with contextlib.suppress(Exception):\n        op.drop_index('ix_nope', 't')",
            "op.create_index('ix', 't', ['id'])\n    op.drop_index('ix', table_name='t')\n    op.add_column('t', sa.Column('x', sa.Text()))",
        ] {
            let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", body, "pass")]);
            assert!(found("failing-operation", &tree).is_empty(), "{body}");
        }
    }
}
