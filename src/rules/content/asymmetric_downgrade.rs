//! Downgrades that do not give back the schema before.

use std::sync::Arc;

use super::advice::undo;
use super::{and_more, id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Placed, Replay, Run, Step};
use crate::rules::EnvironmentContext;
use crate::schema::{Difference, How, Schema, SchemaChange};
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
    for (at, step) in replay.steps.iter().enumerate() {
        if step.downgrade.operations == 0 {
            continue;
        }
        // What stays another one, such as a column's type, is often meant so.
        let source = context.all.tree.get(&audited.scripts[step.script].path).unwrap_or_default();
        let is_partition = |difference: &&Difference| {
            let mut made = brought(replay, &step.upgrade, difference)
                .filter(|change| matches!(change.what, SchemaChange::TableCreated { .. }));
            made.any(|made| written(source, made.range).to_ascii_uppercase().contains("PARTITION OF"))
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
        // They are sorted: what is both left over and missing stands side by side, and is told once.
        let is_one = |pair: &[&Difference]| pair[0].is_another(pair[1]);
        let twice = own.windows(2).filter(|pair| is_one(pair)).count();
        let is_another = own.windows(2).next().is_some_and(is_one);
        let what = if is_another {
            format!("{} {} is not as it was", first.sort, first.object)
        } else {
            first.to_string()
        };
        let more = and_more(own.len() - twice);
        let mut finding =
            Finding::new(&RULE, format!("After the downgrade of {}, {what}{more}", id(audited, step.script)));
        let takes = |change: &&Placed<SchemaChange>| {
            change.what.takes().iter().any(|object| first.is_of(object, replay.rules.dialect))
        };
        let change = brought(replay, &step.upgrade, first).next();
        let change = change.or_else(|| step.upgrade.changes.iter().find(takes));
        let range = change.or(step.upgrade.changes.first()).map(|change| change.range);
        put(&mut finding, audited, step.script, range);
        finding.consequence =
            "Going down and up again meets another schema than the one the migrations were written for: \
                               the upgrade may stop at what is still there."
                .to_owned();
        finding.advice = if is_another {
            format!("Let the downgrade make {} as it was before the upgrade.", first.object)
        } else {
            let before = match at.checked_sub(1) {
                Some(before) => &replay.steps[before].after,
                None => &Schema::empty(Arc::clone(&replay.rules)),
            };
            advice(replay, before, step, first)
        };
        findings.push(finding);
    }
}

/// What to do, by which of the two functions it comes from.
fn advice(replay: &Replay, before: &Schema, step: &Step, first: &Difference) -> String {
    let object = &first.object;
    let by_the_upgrade = before.differences(&step.after);
    let does = |how: How| by_the_upgrade.contains(&Difference { how, ..first.clone() });
    // What is in a table goes with it.
    let goes_along = || by_the_upgrade.iter().any(|own| own.how == How::Missing && first.is_within(own));
    let is_made_anew = || brought(replay, &step.downgrade, first).next().is_some();
    match first.how {
        How::LeftOver if does(How::LeftOver) && !is_made_anew() => {
            let mut changes = brought(replay, &step.upgrade, first);
            match changes.find_map(|change| undo(replay, &change.what)) {
                Some(line) => format!("Add `{line}` to the downgrade."),
                None => format!("The upgrade brings {object}: let the downgrade take it away."),
            }
        }
        How::LeftOver => format!(
            "The downgrade makes {object}, which was not there before the upgrade: take that out, or let an earlier migration \
             make it."
        ),
        How::Missing if does(How::Missing) || goes_along() => format!(
            "The upgrade takes {object} away, by itself or with what it belongs to: let the downgrade make it anew."
        ),
        How::Missing => format!(
            "The downgrade takes {object} away, which the upgrade did not bring: take that line out, or correct its name."
        ),
        How::Changed { .. } => "Let the downgrade undo each operation of the upgrade, in reverse.".to_owned(),
    }
}

/// The changes of a function that bring what differs.
fn brought<'a>(
    replay: &'a Replay,
    run: &'a Run,
    difference: &'a Difference,
) -> impl Iterator<Item = &'a Placed<SchemaChange>> {
    let dialect = replay.rules.dialect;
    let is_it = move |change: &&Placed<SchemaChange>| {
        change.what.brings().iter().any(|object| difference.is_of(object, dialect))
    };
    run.changes.iter().filter(is_it)
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{advised, bodies, bodies_on_two, found};

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
    fn says_which_of_the_two_functions_it_comes_from() {
        let index = "op.create_index('ix_t_x', 't', ['x'])";
        let key = "op.create_table('k', sa.Column('id', sa.Integer()), sa.Column('n', sa.Text()), \
                   sa.UniqueConstraint('n', name='uq_n'))";
        let bare = "op.create_table('k', sa.Column('id', sa.Integer()), sa.Column('n', sa.Text()))";
        for (first, upgrade, downgrade, what, expected) in [
            // The upgrade brings it.
            (
                "",
                "op.add_column('t', sa.Column('y', sa.Text()))",
                "op.execute('UPDATE t SET x = 1')",
                "column t.y is left over",
                "Add `op.drop_column('t', 'y')` to the downgrade.",
            ),
            // The downgrade brings it.
            (
                key,
                "op.drop_table('k')",
                "op.create_table('k', sa.Column('id', sa.Integer()), sa.Column('n', sa.Text()), sa.Column('z', sa.Text()), \
                 sa.UniqueConstraint('n', name='uq_n'))",
                "column k.z is left over",
                "The downgrade makes k.z, which was not there before the upgrade",
            ),
            // The upgrade takes it, with its table or with its column.
            (
                key,
                "op.drop_table('k')",
                bare,
                "unique constraint k.uq_n is missing",
                "The upgrade takes k.uq_n away",
            ),
            (
                index,
                "op.drop_index('ix_t_x', table_name='t')\n    op.drop_column('t', 'x')",
                "op.add_column('t', sa.Column('x', sa.Text()))",
                "index ix_t_x is missing",
                "The upgrade takes ix_t_x away",
            ),
            // The downgrade takes it.
            (
                index,
                "op.add_column('t', sa.Column('y', sa.Text()))",
                "op.drop_index('ix_t_x', table_name='t')\n    op.drop_column('t', 'y')",
                "index ix_t_x is missing",
                "The downgrade takes ix_t_x away, which the upgrade did not bring",
            ),
            // It comes back as another one.
            (
                index,
                "op.drop_index('ix_t_x', table_name='t')",
                "op.create_index('ix_t_x', 't', ['x', 'id'])",
                "index ix_t_x is not as it was",
                "Let the downgrade make ix_t_x as it was",
            ),
        ] {
            let base = format!("{TABLE}\n    {first}");
            let tree = bodies(&[("a", "None", &base, "pass"), ("b", "'a'", upgrade, downgrade)]);
            let found = found("asymmetric-downgrade", &tree);
            let [found] = &found[..] else { panic!("{upgrade}: {found:?}") };
            assert!(found.ends_with(what), "{found}");
            let advice = advised("asymmetric-downgrade", &tree);
            assert!(advice[0].starts_with(expected), "{upgrade}: {advice:?}");
        }
    }

    #[test]
    fn each_of_several_databases_has_its_own() {
        let both = format!("{TABLE}\n    op.execute('CREATE SCHEMA s')");
        let table = [("upgrade_first", &*both), ("upgrade_second", TABLE)];
        let column = "op.add_column('t', sa.Column('y', sa.Text()))";
        let index = "op.create_index('ix', 't', ['x'])";
        let rows = "op.execute('UPDATE t SET x = 1')";
        let schema = "op.execute('DROP SCHEMA s')";
        for (up, down, what, expected) in [
            ([column, "pass"], rows, "column first.t.y is left over", "Add `op.drop_column('t', 'y')` to"),
            (["pass", column], rows, "column second.t.y is left over", "Add `op.drop_column('t', 'y')` to"),
            // In both of them, which is no other one.
            ([column, column], rows, "column first.t.y is left over, and 1 more", "Add `op.drop_column("),
            (
                [index, index],
                rows,
                "index ix is left over, and 1 more",
                "Add `op.drop_index('ix', table_name='t')`",
            ),
            (
                [rows, column],
                "op.drop_column('t', 'x')",
                "column second.t.x is missing",
                "The downgrade takes second.t.x away",
            ),
            ([schema, "pass"], rows, "schema first.s is missing", "The upgrade takes first.s away"),
            (
                ["op.drop_column('t', 'x')", "pass"],
                "op.execute('DELETE FROM t')",
                "column first.t.x is missing",
                "The upgrade takes first.t.x away",
            ),
        ] {
            let own = [
                ("upgrade_first", up[0]),
                ("upgrade_second", up[1]),
                ("downgrade_first", down),
                ("downgrade_second", down),
            ];
            let tree = bodies_on_two(&[("a", "None", &table), ("b", "'a'", &own)]);
            let found = found("asymmetric-downgrade", &tree);
            let advice = advised("asymmetric-downgrade", &tree);
            let ([found], [advice]) = (&found[..], &advice[..]) else { panic!("{up:?}: {found:?}") };
            assert!(found.contains(what), "{found}");
            assert!(advice.starts_with(expected), "{advice}");
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
