//! Tables, columns, indexes and constraints that are created although they are there.

use super::{Comings, failures, id, place, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::rules::EnvironmentContext;
use crate::schema::FailureKind;

pub(crate) static RULE: Rule = Rule {
    name: "object-added-twice",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration creates what an earlier one has created already.",
    severity: Severity::Error,
    explanation: include_str!("object_added_twice.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let Some(replay) = audited.best_replay() else { return };
    let comings = Comings::of(replay);
    for (step, failures) in failures(audited, |step| &step.upgrade) {
        for failure in failures {
            let what = match failure.what.kind {
                FailureKind::TableExists => "table",
                FailureKind::ColumnExists => "column",
                FailureKind::IndexExists => "index",
                FailureKind::ConstraintExists => "constraint",
                _ => continue,
            };
            let object = &failure.what.object_words();
            let own = replay.steps.iter().position(|other| other.script == step.script).unwrap_or_default();
            let bringing = comings.brings.get(failure.what.object.as_ref());
            let first = bringing.rev().find(|moment| *moment < (own, failure.range));
            let by = first.map(|(at, _)| id(audited, &replay.steps[at]));
            let own_id = id(audited, step);
            let message = match &by {
                Some(by) if *by == own_id => format!("{own_id} adds {what} {object} twice"),
                Some(by) => format!("{own_id} adds {what} {object}, which {by} has added already"),
                None => format!("{own_id} adds {what} {object}, which is there already"),
            };
            let mut finding = Finding::new(&RULE, message);
            put(&mut finding, audited, step, &[failure.range]);
            if let Some((at, range)) = first {
                finding.evidence.push(place(audited, &replay.steps[at], range));
                finding.revisions.extend(by.filter(|by| *by != own_id));
            }
            finding.consequence =
                format!("On an empty database the upgrade stops there: {}.", failure.what.message);
            finding.advice =
                "Remove one of the two, or guard the later one with `if_not_exists=True` where your \
                              version of Alembic has it."
                    .to_owned();
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{bodies, found};

    #[test]
    fn reports_both_places() {
        let tree = bodies(&[
            ("a", "None", "op.create_table('t', sa.Column('id', sa.Integer()))", "op.drop_table('t')"),
            ("b", "'a'", "op.add_column('t', sa.Column('x', sa.Text()))", "op.drop_column('t', 'x')"),
            ("c", "'b'", "op.add_column('t', sa.Column('x', sa.Text()))", "pass"),
        ]);
        assert_eq!(
            found("object-added-twice", &tree),
            ["error migrations/versions/c.py: c adds column t.x, which b has added already"]
        );
    }

    #[test]
    fn stays_silent_where_it_may_be_gone_or_is_guarded() {
        for body in [
            "op.drop_column('t', 'x')\n    op.add_column('t', sa.Column('x', sa.Text()))",
            "op.add_column('t', sa.Column('x', sa.Text()), if_not_exists=True)",
            "helper(op)\n    op.add_column('t', sa.Column('x', sa.Text()))",
            "if 'x' not in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')]:\n        op.add_column('t', sa.Column('x', sa.Text()))",
        ] {
            let body = format!("from app import helper\n    {body}");
            let tree = bodies(&[
                (
                    "a",
                    "None",
                    "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('x', sa.Text()))",
                    "op.drop_table('t')",
                ),
                ("b", "'a'", &body, "pass"),
            ]);
            assert!(found("object-added-twice", &tree).is_empty(), "{body}");
        }
    }
}
