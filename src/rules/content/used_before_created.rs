//! Objects that are used before they are created, after they are gone, or that nothing creates.

use super::advice::{advice_on_all, renamed};
use super::{by_script, id, place, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Direction, Failing, Origin};
use crate::rules::EnvironmentContext;
use crate::text::listed;

pub(crate) static RULE: Rule = Rule {
    name: "used-before-created",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration uses a table or column that is not there when it runs.",
    severity: Severity::Error,
    explanation: include_str!("used_before_created.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    // Tables that no migration creates have a rule of their own.
    let is_own = |failing: &&Failing| failing.is_everywhere() && failing.kind.is_missing();
    for (script, missing) in by_script(audited.account.failures(Direction::Upgrade).filter(is_own)) {
        let mut evidence = Vec::new();
        let mut phrases = Vec::new();
        let mut nowhere = Vec::new();
        for failing in &missing {
            let object = failing.object_words();
            match failing.origin {
                Origin::Later(moment) => {
                    phrases.push(format!("{object}, which {} creates later", id(audited, moment.script)));
                    evidence.push(moment);
                }
                Origin::Gone(moment) => {
                    let dialect = failing.on.first().map(|on| on.dialect);
                    let renamed = dialect.and_then(|dialect| renamed(context, dialect, moment));
                    let what = if renamed.is_some() { "renamed" } else { "dropped" };
                    if moment.script == script {
                        phrases.push(format!("{object}, which it has {what} itself"));
                    } else {
                        phrases.push(format!("{object}, which {} has {what}", id(audited, moment.script)));
                    }
                    evidence.push(moment);
                }
                Origin::Beside | Origin::Earlier(_) | Origin::Nowhere | Origin::Elsewhere => {
                    nowhere.push(object);
                }
            }
        }
        nowhere.dedup();
        if !nowhere.is_empty() {
            let which = if nowhere.len() > 4 {
                format!("{} objects ({}, …)", nowhere.len(), nowhere[..3].join(", "))
            } else {
                listed(&nowhere)
            };
            phrases.push(format!("{which}, which no migration creates"));
        }
        let own_id = id(audited, script);
        let mut finding = Finding::new(&RULE, format!("{own_id} uses {}", phrases.join("; ")));
        put(&mut finding, audited, script, missing.iter().map(|failing| failing.range));
        for moment in evidence {
            finding.evidence.push(place(audited, moment.script, moment.range));
            let other = id(audited, moment.script);
            if !finding.revisions.contains(&other) {
                finding.revisions.push(other);
            }
        }
        finding.consequence =
            format!("On an empty database the upgrade stops there: {}.", missing[0].message());
        finding.advice = advice_on_all(context, &missing);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{bodies, found};

    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";

    #[test]
    fn reports_where_it_comes_from() {
        for (first, second, expected) in [
            (
                "op.add_column('t', sa.Column('x', sa.Text()))",
                TABLE,
                "error migrations/versions/a.py: a uses t, which b creates later",
            ),
            (
                TABLE,
                "op.create_index('ix', 't', ['nope'])",
                "error migrations/versions/b.py: b uses t.nope, which no migration creates",
            ),
            // It has another name, so that dropping it fails.
            (
                "op.create_table('t', sa.Column('id', sa.Integer()), sa.UniqueConstraint('id', name='k'))",
                "with op.batch_alter_table('t') as b:\n        b.drop_constraint('uq_id', type_='unique')",
                "error migrations/versions/b.py: b uses t.uq_id, which no migration creates",
            ),
            (
                "op.execute('CREATE VIEW v AS SELECT 1')\n    op.execute('DROP VIEW v')",
                "op.execute('DROP VIEW v')",
                "error migrations/versions/b.py: b uses v, which a has dropped",
            ),
            (
                "op.create_table('t', sa.Column('id', sa.Integer()))\n    op.drop_table('t')",
                "op.drop_table('t')",
                "error migrations/versions/b.py: b uses t, which a has dropped",
            ),
        ] {
            let tree = bodies(&[("a", "None", first, "pass"), ("b", "'a'", second, "pass")]);
            assert_eq!(found("used-before-created", &tree), [expected]);
        }
    }

    #[test]
    fn stays_silent_where_it_may_be_there() {
        for first in [
            "op.execute(open('x').read())",
            "from app import f\n    f(op)",
            "op.execute('CREATE TABLE t (id int)')",
        ] {
            let tree = bodies(&[("a", "None", first, "pass"), ("b", "'a'", "op.drop_table('t')", "pass")]);
            assert!(found("used-before-created", &tree).is_empty(), "{first}");
        }
    }
}
