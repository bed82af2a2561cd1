//! Tables, columns, indexes and constraints that are created although they are there.

use super::advice::first_advice;
use super::{id, place, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Failing, Origin};
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
    let failures = context.audited.account.failures(Direction::Upgrade);
    findings
        .extend(failures.filter(|failing| failing.is_everywhere()).filter_map(|own| finding(context, own)));
}

fn finding(context: &EnvironmentContext<'_>, failing: &Failing) -> Option<Finding> {
    let audited = context.audited;
    let what = match failing.kind {
        FailureKind::TableExists => "table",
        FailureKind::ColumnExists => "column",
        FailureKind::IndexExists => "index",
        FailureKind::ConstraintExists => "constraint",
        _ => return None,
    };
    let object = failing.object_words();
    let first = if let Origin::Earlier(moment) = failing.origin { Some(moment) } else { None };
    let own_id = id(audited, failing.script);
    let message = match first {
        Some(first) if first.script == failing.script => format!("{own_id} adds {what} {object} twice"),
        Some(first) => {
            format!("{own_id} adds {what} {object}, which {} has added already", id(audited, first.script))
        }
        None => format!("{own_id} adds {what} {object}, which is there already"),
    };
    let mut finding = Finding::new(&RULE, message);
    put(&mut finding, audited, failing.script, [failing.range]);
    if let Some(first) = first {
        finding.evidence.push(place(audited, first.script, first.range));
        if first.script != failing.script {
            finding.revisions.push(id(audited, first.script));
        }
    }
    finding.consequence = format!("On an empty database the upgrade stops there: {}.", failing.message());
    finding.advice = first_advice(context, failing);
    Some(finding)
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
