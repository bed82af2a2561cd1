//! Operations that every database in question refuses for another reason than a name.

use super::{Comings, failures, id, put};
use crate::finding::{Finding, Group, Rule, Severity};
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
    for (step, failures) in failures(audited, |step| &step.upgrade) {
        for failure in failures {
            let is_own = matches!(
                failure.what.kind,
                FailureKind::StillReferenced | FailureKind::NotSupported | FailureKind::Other
            );
            if !is_own {
                continue;
            }
            let mut finding = Finding::new(&RULE, format!("{}: {}", id(audited, step), failure.what.message));
            put(&mut finding, audited, step, &[failure.range]);
            finding.consequence = "On an empty database the upgrade stops there.".to_owned();
            finding.advice =
                "Correct the operation; `rechain replay --at` shows the schema before it.".to_owned();
            findings.push(finding);
        }
    }
    let comings = audited.best_replay().map(Comings::of);
    for (step, failures) in failures(audited, |step| &step.downgrade) {
        let own: Vec<_> = failures
            .into_iter()
            .filter(|failure| match failure.what.kind {
                FailureKind::UndefinedName => false,
                // A table that no migration creates may be made outside of them.
                FailureKind::NoSuchTable => comings
                    .as_ref()
                    .is_some_and(|comings| comings.brings.get(failure.what.object.as_ref()).next().is_some()),
                _ => true,
            })
            .collect();
        let Some(first) = own.first() else { continue };
        // What the upgrade could not do, the downgrade cannot undo.
        if step.upgrade.failures.iter().any(|failure| failure.what.certain) {
            continue;
        }
        let mut finding = Finding::new(
            &RULE,
            format!("The downgrade of {} fails: {}", id(audited, step), first.what.message),
        );
        finding.severity = Severity::Warning;
        put(&mut finding, audited, step, &own.iter().map(|failure| failure.range).collect::<Vec<_>>());
        finding.consequence = format!(
            "`{}` stops there, on a database that has just run the upgrade.",
            context.command("downgrade")
        );
        finding.advice = "Let the downgrade undo what the upgrade did, in reverse.".to_owned();
        findings.push(finding);
    }
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
