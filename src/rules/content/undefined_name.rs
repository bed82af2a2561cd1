//! Names that Python does not find when a migration reaches them.

use crate::finding::{Finding, Group, Place, Rule, Severity};
use crate::rules::EnvironmentContext;

pub(crate) static RULE: Rule = Rule {
    name: "undefined-name",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration uses a name that is not defined.",
    severity: Severity::Error,
    explanation: include_str!("undefined_name.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for (&at, broken) in &context.audited.needs.broken {
        let script = &context.audited.scripts[at];
        let id = script.id().unwrap_or_default();
        for in_downgrade in [false, true] {
            let own: Vec<_> = broken.iter().filter(|broken| broken.in_downgrade == in_downgrade).collect();
            let Some(first) = own.first() else { continue };
            let function = if in_downgrade { "downgrade()" } else { "upgrade()" };
            let more = match own.len() {
                1 => String::new(),
                n => format!(", and {} more", n - 1),
            };
            let mut finding = Finding::new(&RULE, format!("{function} of {id}: {}{more}", first.error));
            finding.evidence =
                own.iter().map(|broken| Place { path: script.path.clone(), range: broken.range }).collect();
            finding.place = finding.evidence.first().cloned();
            finding.revisions.push(id.to_owned());
            let command = context.command(if in_downgrade { "downgrade" } else { "upgrade" });
            finding.consequence = format!("`{command}` stops when it comes to this line.");
            finding.advice = "Import the name, or correct it.".to_owned();
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
                "error migrations/versions/a.py: downgrade() of a: module 'sqlalchemy' has no attribute 'op'",
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
