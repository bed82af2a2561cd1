//! Downgrades that do not give back the schema before.

use super::advice::undo;
use super::{and_more, id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::rules::EnvironmentContext;
use crate::schema::{Difference, How, SchemaChange};
use crate::text::written;

pub(crate) static RULE: Rule = Rule {
    name: "asymmetric-downgrade",
    group: Group::Content,
    is_repairable: false,
    summary: "A downgrade does not give back the schema that was there before the upgrade.",
    severity: Severity::Warning,
    explanation: include_str!("asymmetric_downgrade.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let Some(replay) = audited.account.best() else { return };
    for step in &replay.steps {
        if step.downgrade.operations == 0 {
            continue;
        }
        // What stays another one, such as a column's type, is often meant so.
        let source = context.all.tree.get(&audited.scripts[step.script].path).unwrap_or_default();
        let is_partition = |difference: &&Difference| {
            let made = step.upgrade.changes.iter().filter(|change| {
                matches!(&change.what, SchemaChange::TableCreated { table, .. } if table.to_string() == difference.object)
            });
            made.into_iter()
                .any(|made| written(source, made.range).to_ascii_uppercase().contains("PARTITION OF"))
        };
        // A partition goes with its table.
        let own: Vec<_> = step
            .differences
            .iter()
            .filter(|difference| !difference.is_change() && !is_partition(difference))
            .collect();
        let everywhere = own.iter().all(|difference| {
            audited.account.replays().iter().all(|replay| {
                replay.step_of(step.script).is_some_and(|other| other.differences.contains(difference))
            })
        });
        let (Some(first), true) = (own.first(), everywhere) else { continue };
        let more = and_more(own.len());
        let mut finding = Finding::new(
            &RULE,
            format!("After the downgrade of {}, {first}{more}", id(audited, step.script)),
        );
        let change =
            step.upgrade.changes.iter().find(|change| change.what.to_string().contains(&first.object));
        let range = change.or(step.upgrade.changes.first()).map(|change| change.range);
        put(&mut finding, audited, step.script, range);
        finding.consequence =
            "Going down and up again meets another schema than the one the migrations were written for: \
                               the upgrade may stop at what is still there."
                .to_owned();
        finding.advice = match (&first.how, change.and_then(|change| undo(&change.what))) {
            (How::LeftOver, Some(line)) => format!("Add `{line}` to the downgrade."),
            (How::LeftOver, None) => format!(
                "The downgrade makes {}, which was not there before the upgrade: take that out, or let an earlier migration \
                 make it.",
                first.object
            ),
            (How::Missing, _) => format!(
                "The downgrade takes {} away, which the upgrade did not bring: take that line out, or correct its name.",
                first.object
            ),
            _ => "Let the downgrade undo each operation of the upgrade, in reverse.".to_owned(),
        };
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{bodies, found};

    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('x', sa.Text()))";

    #[test]
    fn reports_what_is_left_over_and_what_is_missing() {
        for (upgrade, downgrade, expected) in [
            (
                "op.add_column('t', sa.Column('y', sa.Text()))\n    op.add_column('t', sa.Column('z', sa.Text()))",
                "op.drop_column('t', 'y')",
                "warning migrations/versions/b.py: After the downgrade of b, column t.z is left over",
            ),
            (
                "op.add_column('t', sa.Column('y', sa.Text()))",
                "op.drop_table('t')",
                "warning migrations/versions/b.py: After the downgrade of b, table t is missing",
            ),
        ] {
            let tree =
                bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", upgrade, downgrade)]);
            assert_eq!(found("asymmetric-downgrade", &tree), [expected]);
        }
    }

    #[test]
    fn a_partition_goes_with_its_table() {
        let upgrade = "op.execute('CREATE TABLE p (id int) PARTITION BY LIST (id)')\n    \
                       op.execute('CREATE TABLE p_one PARTITION OF p FOR VALUES IN (1)')";
        let ini = "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://u@h/d\n";
        let mut tree = bodies(&[("a", "None", upgrade, "op.drop_table('p')")]);
        tree.insert(TreePath::parse("alembic.ini").expect("relative"), ini.as_bytes().to_vec());
        assert!(found("asymmetric-downgrade", &tree).is_empty());
    }

    #[test]
    fn stays_silent_where_it_is_undone_or_not_understood() {
        for downgrade in [
            "op.drop_column('t', 'y')",
            "op.execute('ALTER TABLE t DROP COLUMN y')",
            "op.execute(open('x').read())",
        ] {
            let upgrade = "op.add_column('t', sa.Column('y', sa.Text()))";
            let tree =
                bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", upgrade, downgrade)]);
            assert!(found("asymmetric-downgrade", &tree).is_empty(), "{downgrade}");
        }
    }
}
