//! Columns that refuse NULL, added to tables that may have rows, with nothing to put into them.

use super::{id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Account, Note, Replay};
use crate::rules::EnvironmentContext;
use crate::schema::{Dialect, ObjectName};
use crate::text::{listed, written};

pub(crate) static RULE: Rule = Rule {
    name: "not-null-without-default",
    group: Group::Content,
    is_repairable: false,
    summary: "A column that refuses NULL is added to an existing table without a default.",
    severity: Severity::Warning,
    explanation: include_str!("not_null_without_default.md"),
};

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let Some(replay) = audited.account.best() else { return };
    let stops = stops(&audited.account, replay);
    for (at, step) in replay.steps.iter().enumerate() {
        let own: Vec<_> = step
            .upgrade
            .notes
            .iter()
            .filter_map(|note| match &note.what {
                Note::NotNull(table, column) => Some((table, column, note.range)),
                Note::Unnamed(..) | Note::DropsUnnamed(_) | Note::TooLong => None,
            })
            // A table that the same migration creates or empties has no rows.
            .filter(|(table, ..)| {
                let own = ObjectName::Table((*table).clone());
                !step.upgrade.changes.iter().any(|change| change.what.brings().contains(&own))
            })
            .filter(|(table, ..)| !step.upgrade.empties.contains(table))
            .collect();
        if own.is_empty() {
            continue;
        }
        let names: Vec<String> = own.iter().map(|(table, column, _)| format!("{table}.{column}")).collect();
        let which = if names.len() == 1 { "column" } else { "columns" };
        let mut finding = Finding::new(
            &RULE,
            format!(
                "{} adds {which} {}: NOT NULL, without a default",
                id(audited, step.script),
                listed(&names)
            ),
        );
        put(&mut finding, audited, step.script, own.iter().map(|(.., range)| *range));
        let dialects = reached(&audited.account, &stops, step.script, (at, own[0].2.start()));
        finding.consequence = consequence(&dialects);
        if dialects == [Dialect::Mysql] {
            finding.severity = Severity::Info;
        }
        let source = context.all.tree.get(&audited.scripts[step.script].path).unwrap_or_default();
        let has_default = own.iter().any(|(.., range)| {
            let call = written(source, *range);
            call.contains("default=") && !call.contains("server_default=")
        });
        let why = if has_default { "`default=` is Python's, and fills no row that is there. " } else { "" };
        finding.advice = format!(
            "{why}Give a `server_default`, or add the column with NULL allowed, fill it, and then forbid NULL."
        );
        findings.push(finding);
    }
}

/// Where the upgrade stops on each dialect in question: the place of the step, and of the line in its file.
type Stops = Vec<(Dialect, Option<(usize, u32)>)>;

fn stops(account: &Account, best: &Replay) -> Stops {
    let of = |&dialect: &Dialect| {
        let stop = account.stop_on(dialect).and_then(|stop| {
            let at = best.steps.iter().position(|step| step.script == stop.script)?;
            Some((at, stop.range.start()))
        });
        (dialect, stop)
    };
    account.dialects().iter().map(of).collect()
}

/// The dialects in question on which the upgrade comes to a line that adds such a column: nothing stops it before, and the
/// line is not written for another one. All of them, where none is left.
fn reached(account: &Account, stops: &Stops, script: usize, place: (usize, u32)) -> Vec<Dialect> {
    let is_written = |dialect: Dialect| {
        let replay = account.replays().iter().find(|replay| replay.rules.dialect == dialect);
        let step = replay.and_then(|replay| replay.step_of(script));
        step.is_some_and(|step| step.upgrade.notes.iter().any(|note| matches!(note.what, Note::NotNull(..))))
    };
    let is_reached = |(dialect, stop): &(Dialect, Option<(usize, u32)>)| {
        stop.is_none_or(|stop| place < stop) && is_written(*dialect)
    };
    let reached: Vec<_> = stops.iter().filter(|own| is_reached(own)).map(|(dialect, _)| *dialect).collect();
    if reached.is_empty() { account.dialects().to_vec() } else { reached }
}

/// What comes of it where there are rows, on the dialects in question.
fn consequence(dialects: &[Dialect]) -> String {
    let refusing: Vec<_> =
        dialects.iter().filter(|own| **own != Dialect::Mysql).map(|own| own.title()).collect();
    let fills = "puts an empty text or 0 into them";
    let rows = match (refusing.as_slice(), dialects.contains(&Dialect::Mysql)) {
        ([], _) => format!("MySQL {fills}, which nobody has chosen"),
        ([one], false) => format!("{one} has nothing to put into them and refuses"),
        (some, false) => format!("{} have nothing to put into them and refuse", listed(some)),
        ([one], true) => format!("{one} has nothing to put into them and refuses, and MySQL {fills}"),
        (some, true) => {
            format!("{} have nothing to put into them and refuse, and MySQL {fills}", listed(some))
        }
    };
    format!("It works on an empty table. Where there are rows, {rows}.")
}

#[cfg(test)]
mod tests {
    use crate::ingest::{SourceTree, TreePath};
    use crate::rules::fixture::{audited, bodies, found};

    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";

    #[test]
    fn reports_a_column_of_an_older_table() {
        let body = "op.add_column('t', sa.Column('x', sa.Text(), nullable=False))";
        let tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            ("b", "'a'", body, "op.drop_column('t', 'x')"),
        ]);
        assert_eq!(
            found("not-null-without-default", &tree),
            ["warning migrations/versions/b.py: b adds column t.x: NOT NULL, without a default"]
        );
    }

    #[test]
    fn mysql_puts_something_into_the_rows() {
        let body = "op.add_column('t', sa.Column('x', sa.Text(), nullable=False))";
        let mut tree = bodies(&[
            ("a", "None", TABLE, "op.drop_table('t')"),
            ("b", "'a'", body, "op.drop_column('t', 'x')"),
        ]);
        let consequence = |tree: &SourceTree| {
            let findings = audited(tree).findings;
            let found = findings.into_iter().find(|found| found.rule.name == "not-null-without-default");
            found.map(|found| (found.severity.word(), found.consequence)).expect("found")
        };
        let (severity, all) = consequence(&tree);
        assert_eq!(severity, "warning");
        assert!(
            all.contains("SQLite and PostgreSQL have nothing to put into them and refuse, and MySQL puts"),
            "{all}"
        );
        let ini = "[alembic]\nscript_location = migrations\nsqlalchemy.url = mysql://u@h/d\n";
        tree.insert(TreePath::parse("alembic.ini").expect("relative"), ini.as_bytes().to_vec());
        let (severity, own) = consequence(&tree);
        assert_eq!(severity, "info");
        assert!(own.ends_with("MySQL puts an empty text or 0 into them, which nobody has chosen."), "{own}");
    }

    #[test]
    fn tells_of_the_databases_that_come_to_the_line() {
        let column = "op.add_column('t', sa.Column('x', sa.Text(), nullable=False))";
        for (body, expected, severity) in [
            // SQLite alters no constraint, and stops before.
            (
                format!("op.create_unique_constraint('uq', 't', ['id'])\n    {column}"),
                "PostgreSQL has nothing to put into them and refuses, and MySQL puts",
                "warning",
            ),
            (
                format!(
                    "if op.get_bind().dialect.name != 'mysql':\n        raise RuntimeError()\n    {column}"
                ),
                "MySQL puts an empty text or 0 into them, which nobody has chosen",
                "info",
            ),
            // What stops afterwards does not matter.
            (
                format!("{column}\n    op.create_unique_constraint('uq', 't', ['id'])"),
                "SQLite and PostgreSQL have nothing to put into them and refuse",
                "warning",
            ),
        ] {
            let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", &body, "pass")]);
            let findings = audited(&tree).findings;
            let own: Vec<_> =
                findings.iter().filter(|found| found.rule.name == "not-null-without-default").collect();
            let [found] = &own[..] else { panic!("{body}") };
            assert!(found.consequence.contains(expected), "{body}: {}", found.consequence);
            assert_eq!(found.severity.word(), severity, "{body}");
        }
    }

    #[test]
    fn stays_silent_where_there_is_something_to_put_in_or_no_row() {
        for body in [
            "op.add_column('t', sa.Column('x', sa.Text(), nullable=False, server_default=''))",
            "op.add_column('t', sa.Column('x', sa.Text()))",
            "op.add_column('t', sa.Column('x', sa.Text(), nullable=FLAG))",
            "op.execute('DELETE FROM t')\n    op.add_column('t', sa.Column('x', sa.Text(), nullable=False))",
            "op.create_table('u', sa.Column('id', sa.Integer()))\n    op.add_column('u', sa.Column('x', sa.Text(), nullable=False))",
        ] {
            let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", body, "pass")]);
            assert!(found("not-null-without-default", &tree).is_empty(), "{body}");
        }
    }
}
