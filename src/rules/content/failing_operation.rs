//! Operations that every database in question refuses for another reason than a name.

use super::advice::{advice, first_advice};
use super::{and_more, by_script, id, place, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Failing, Origin};
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

const UPGRADE_STOPS: &str = "On an empty database the upgrade stops there.";

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let refused = audited.account.failures(Direction::Upgrade).filter(|failing| is_refused(failing));
    for (script, own) in by_script(refused) {
        // What is said of several lines of a migration is said once.
        let mut told: Vec<Vec<&Failing>> = Vec::new();
        for failing in own {
            match told.iter_mut().find(|alike| alike[0].message() == failing.message()) {
                Some(alike) => alike.push(failing),
                None => told.push(vec![failing]),
            }
        }
        for alike in told {
            let first = alike[0];
            let more = and_more(alike.len());
            let mut finding =
                Finding::new(&RULE, format!("{}: {}{more}", id(audited, script), first.message()));
            put(&mut finding, audited, script, alike.iter().map(|failing| failing.range));
            if let Origin::Earlier(moment) = first.origin {
                finding.evidence.push(place(audited, moment.script, moment.range));
            }
            finding.consequence = if first.message().contains("SQLAlchemy 2") {
                "With SQLAlchemy 2 the upgrade of an empty database stops there; SQLAlchemy 1 takes it."
            } else {
                UPGRADE_STOPS
            }
            .to_owned();
            finding.advice = first_advice(context, first);
            findings.push(finding);
        }
    }
    for script in audited.account.failing_everywhere(Direction::Upgrade) {
        let reasons = audited.account.reasons(script, Direction::Upgrade);
        // What fails on all of them in the same way is told by its kind.
        if reasons.iter().any(|failing| failing.is_everywhere()) {
            continue;
        }
        let why = audited.account.why(script, Direction::Upgrade).unwrap_or_default();
        let mut finding =
            Finding::new(&RULE, format!("{} is refused by every database: {why}", id(audited, script)));
        put(&mut finding, audited, script, reasons.iter().map(|failing| failing.range));
        finding.consequence = UPGRADE_STOPS.to_owned();
        finding.advice = on_each(context, &reasons);
        findings.push(finding);
    }
    for script in audited.account.failing_downgrades() {
        let own = audited.account.failures_of(script, Direction::Downgrade);
        let own: Vec<_> = own.filter(|failing| failing.is_everywhere()).collect();
        // A name that is not defined has a rule of its own.
        if own.iter().any(|failing| failing.kind == FailureKind::UndefinedName) {
            continue;
        }
        let Some(first) = own.first() else { continue };
        let message = format!("The downgrade of {} fails: {}", id(audited, script), first.message());
        let mut finding = Finding::new(&RULE, message);
        finding.severity = Severity::Warning;
        put(&mut finding, audited, script, own.iter().map(|failing| failing.range));
        finding.consequence = format!(
            "`{}` stops there, on a database that has just run the upgrade.",
            context.command("downgrade")
        );
        finding.advice = first_advice(context, first);
        findings.push(finding);
    }
}

/// Whether an upgrade is refused on every dialect, for none of the reasons that have a rule of their own.
fn is_refused(failing: &Failing) -> bool {
    let is_own_kind =
        matches!(failing.kind, FailureKind::StillReferenced | FailureKind::NotSupported | FailureKind::Other);
    is_own_kind && failing.is_everywhere() && !failing.is_of_the_version()
}

/// What to do about what each database refuses for a reason of its own.
fn on_each(context: &EnvironmentContext<'_>, reasons: &[&Failing]) -> String {
    let on = |failing: &Failing| {
        let dialect = failing.on.iter().find(|on| on.certain)?.dialect;
        Some(format!("{}: {}", dialect.title(), advice(context, failing, dialect)))
    };
    reasons.iter().filter_map(|failing| on(failing)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{advised, bodies, found};

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
    fn what_a_downgrade_makes_again_is_its_own_line_and_none_of_an_earlier_migration() {
        let two = "op.create_table('u', sa.Column('id', sa.Integer()))\n    op.create_table('v', sa.Column('id', sa.Integer()))";
        for (upgrade, downgrade, expected) in [
            // The upgrade leaves it there.
            (
                "op.drop_table('u')",
                "op.create_table('u', sa.Column('id', sa.Integer()))\n    op.create_table('v', sa.Column('id', sa.Integer()))",
                "The upgrade leaves it there: take this line out, or guard it with `if_not_exists=True`",
            ),
            (
                "op.drop_table('u')",
                "op.create_table('u', sa.Column('id', sa.Integer()))\n    op.add_column('v', sa.Column('id', sa.Integer()))",
                "The upgrade leaves it there: take this line out",
            ),
            // An earlier line of the downgrade makes it.
            (
                "op.rename_table('u', 'x')\n    op.rename_table('v', 'y')",
                "op.rename_table('x', 'v')\n    op.rename_table('y', 'v')",
                "Line 14 of this downgrade makes it already: take one of the two out, or correct a name.",
            ),
        ] {
            let tree = bodies(&[("a", "None", two, "pass"), ("b", "'a'", upgrade, downgrade)]);
            let advice = advised("failing-operation", &tree);
            let [advice] = &advice[..] else { panic!("{downgrade}: {advice:?}") };
            assert!(advice.starts_with(expected), "{advice}");
        }
    }

    #[test]
    fn a_table_of_another_schema_is_named_as_the_directives_take_it() {
        let table =
            "op.execute('CREATE SCHEMA s')\n    op.create_table('t', sa.Column('x', sa.Text()), schema='s')";
        let upgrade = "op.create_index('ix', 't', ['x'], schema='s')";
        let downgrade = "op.drop_constraint('ix', 't', type_='unique', schema='s')";
        let mut tree = bodies(&[("a", "None", table, "pass"), ("b", "'a'", upgrade, downgrade)]);
        let ini = "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://u@h/d\n";
        tree.insert(
            crate::ingest::TreePath::parse("alembic.ini").expect("relative"),
            ini.as_bytes().to_vec(),
        );
        let advice = advised("failing-operation", &tree);
        let [advice] = &advice[..] else { panic!("{advice:?}") };
        assert!(advice.contains("`op.drop_index('ix', table_name='t', schema='s')`"), "{advice}");
    }

    #[test]
    fn what_each_database_refuses_for_a_reason_of_its_own_is_one_error() {
        let body = "op.execute('ALTER TABLE t DROP CONSTRAINT t_pkey')";
        let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", body, "pass")]);
        let [found] = &found("failing-operation", &tree)[..] else { panic!("one") };
        assert!(
            found.starts_with("error migrations/versions/b.py: b is refused by every database: on SQLite "),
            "{found}"
        );
        assert!(
            found
                .contains("; on PostgreSQL and MySQL constraint \"t_pkey\" of relation \"t\" does not exist"),
            "{found}"
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

    #[test]
    fn a_cast_that_the_project_makes_may_do_what_postgresql_does_not() {
        let made = "op.create_table('t', sa.Column('a', sa.Text()))";
        let altered = "op.alter_column('t', 'a', type_=sa.Integer())";
        let mut tree = bodies(&[("a", "None", made, "pass"), ("b", "'a'", altered, "pass")]);
        let mut insert = |path: &str, text: &str| {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
            found("failing-operation", &tree).len() + found("dialect-dependent", &tree).len()
        };
        let ini = "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://h/d\n";
        assert_eq!(insert("alembic.ini", ini), 1);
        assert_eq!(insert("shop/db.py", "SQL = 'create a cast'\n"), 1);
        assert_eq!(insert("shop/db.py", "SQL = 'Create Cast (text AS int) WITH INOUT AS ASSIGNMENT'\n"), 0);
    }
}
