//! Names that Python does not find when a migration reaches them.

use super::advice::first_advice;
use super::{and_more, by_script, id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Failing};
use crate::rules::EnvironmentContext;
use crate::schema::FailureKind;

pub(crate) static RULE: Rule = Rule {
    name: "undefined-name",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration uses a name that is not defined.",
    severity: Severity::Error,
    explanation: include_str!("undefined_name.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let undefined =
        |failing: &&Failing| failing.kind == FailureKind::UndefinedName && failing.is_everywhere();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        for (script, own) in by_script(audited.account.failures(direction).filter(undefined)) {
            let (function, own_id) = (direction.function(), id(audited, script));
            let more = and_more(own.len());
            let mut finding =
                Finding::new(&RULE, format!("{function} of {own_id}: {}{more}", own[0].message()));
            put(&mut finding, audited, script, own.iter().map(|failing| failing.range));
            let command = match direction {
                Direction::Upgrade => "upgrade",
                // The way up is not touched by it.
                Direction::Downgrade => {
                    finding.severity = Severity::Warning;
                    "downgrade"
                }
            };
            finding.consequence = format!("`{}` stops when it comes to this line.", context.command(command));
            finding.advice = first_advice(context, own[0]);
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{bodies, found};

    #[test]
    fn reports_what_nothing_binds() {
        let tree = bodies(&[(
            "a",
            "None",
            "op.add_column('t', sa.Column('x', sqlmodel.sql.sqltypes.AutoString()))",
            "with sa.op.batch_alter_table('t') as batch:\n        batch.drop_column('x')",
        )]);
        assert_eq!(
            found("undefined-name", &tree),
            [
                "error migrations/versions/a.py: upgrade() of a: name 'sqlmodel' is not defined",
                "warning migrations/versions/a.py: downgrade() of a: module 'sqlalchemy' has no attribute 'op'",
            ]
        );
    }

    #[test]
    fn stays_silent_where_it_may_be_bound() {
        for body in [
            "from app.types import *\n    thing()",
            "if op.get_bind().execute('x'):\n        y = 1\n    print(y)",
            "try:\n        unicode\n    except NameError:\n        unicode = str",
            "match 1:\n        case n:\n            pass\n    print(n)",
            "print(__name__, __file__, len([i for i in range(3)]))",
            "x = lambda y: y + 1\n    print(x(1))",
        ] {
            let tree = bodies(&[("a", "None", body, "pass")]);
            assert!(
                found("undefined-name", &tree).is_empty(),
                "{body}: {:?}",
                found("undefined-name", &tree)
            );
        }
    }
}
