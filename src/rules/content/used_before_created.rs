//! Objects that are used before they are created, after they are gone, or that nothing creates.

use super::{Comings, failures, id, place, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::Placed;
use crate::rules::EnvironmentContext;
use crate::schema::{Failure, FailureKind};
use crate::text::{TextRange, listed};

pub(crate) static RULE: Rule = Rule {
    name: "used-before-created",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration uses a table or column that is not there when it runs.",
    severity: Severity::Error,
    explanation: include_str!("used_before_created.md"),
};

/// Where an object comes from.
enum Source {
    Later(usize),
    Gone(usize),
    Nowhere,
}

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let Some(replay) = audited.best_replay() else { return };
    let comings = Comings::of(replay);
    for (step, failures) in failures(audited, |step| &step.upgrade) {
        let own = replay.steps.iter().position(|other| other.script == step.script).unwrap_or_default();
        let missing: Vec<_> = failures
            .into_iter()
            .filter(|failure| {
                matches!(
                    failure.what.kind,
                    FailureKind::NoSuchTable
                        | FailureKind::NoSuchColumn
                        | FailureKind::NoSuchIndex
                        | FailureKind::NoSuchConstraint
                )
            })
            .collect();
        if missing.is_empty() {
            continue;
        }
        let source = |failure: &Placed<Failure>| {
            let object = failure.what.object.as_ref();
            let later = comings.brings.get(object).find(|(at, _)| *at > own);
            // What a batch fails to drop it takes all the same; that is no other call's doing.
            let is_itself = |moment: &(usize, TextRange)| *moment == (own, failure.range);
            let gone = comings.takes.get(object).rev().find(|moment| moment.0 <= own && !is_itself(moment));
            match (gone, later) {
                (Some((at, _)), _) => Source::Gone(at),
                (None, Some((at, _))) => Source::Later(at),
                (None, None) => Source::Nowhere,
            }
        };
        let id_of = |at: usize| id(audited, &replay.steps[at]);
        let own_id = id(audited, step);
        let mut evidence = Vec::new();
        let mut others = Vec::new();
        let mut phrases = Vec::new();
        let mut nowhere = Vec::new();
        // A table that no migration creates may be made by `create_all`, or by hand, before the first of them.
        let mut only_tables = true;
        for failure in &missing {
            let object = failure.what.object_words();
            match source(failure) {
                Source::Later(at) => {
                    phrases.push(format!("{object}, which {} creates later", id_of(at)));
                    others.push(at);
                    only_tables = false;
                }
                Source::Gone(at) if at == own => {
                    phrases.push(format!("{object}, which it has dropped itself"));
                    only_tables = false;
                }
                Source::Gone(at) => {
                    phrases.push(format!("{object}, which {} has dropped", id_of(at)));
                    others.push(at);
                    only_tables = false;
                }
                Source::Nowhere => {
                    nowhere.push(object);
                    only_tables &= failure.what.kind == FailureKind::NoSuchTable;
                }
            }
            evidence.push(failure.range);
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
        let mut finding = Finding::new(&RULE, format!("{own_id} uses {}", phrases.join("; ")));
        put(&mut finding, audited, step, &evidence);
        for at in others {
            let range = replay.steps[at].upgrade.changes.first().map(|change| change.range);
            finding.evidence.extend(range.map(|range| place(audited, &replay.steps[at], range)));
            let other = id_of(at);
            if !finding.revisions.contains(&other) {
                finding.revisions.push(other);
            }
        }
        let first = missing.first().map_or("", |failure| failure.what.message.as_str());
        finding.consequence = format!("On an empty database the upgrade stops there: {first}.");
        if only_tables {
            finding.severity = Severity::Info;
            finding.advice =
                "If the tables are created outside the migrations, as by `create_all`, say so in the first \
                              migration; else create them in one."
                    .to_owned();
        } else {
            finding.advice =
                "Create it in an earlier migration, put this one later, or correct the name.".to_owned();
        }
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
            (
                TABLE,
                "op.create_index('ix', 'gone', ['a'])",
                "info migrations/versions/b.py: b uses gone, which no migration creates",
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
