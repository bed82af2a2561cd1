//! Columns that refuse NULL, added to tables that may have rows, with nothing to put into them.

use super::{id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Account, Note, Placed, Replay, Step};
use crate::rules::EnvironmentContext;
use crate::schema::{Dialect, ObjectName, TableName};
use crate::text::{TextRange, listed, written};

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
    let Some(best) = audited.account.best() else { return };
    let stops = stops(&audited.account, best);
    for (at, script) in best.steps.iter().map(|step| step.script).enumerate() {
        let own = added(&audited.account, script);
        let Some(first) = own.first() else { continue };
        let names: Vec<String> = own.iter().map(|own| format!("{}.{}", own.table, own.column)).collect();
        let which = if names.len() == 1 { "column" } else { "columns" };
        let mut finding = Finding::new(
            &RULE,
            format!("{} adds {which} {}: NOT NULL, without a default", id(audited, script), listed(&names)),
        );
        put(&mut finding, audited, script, own.iter().map(|own| own.range));
        let dialects = reached(&own, &stops, (at, first.range.start()));
        finding.consequence = consequence(&dialects);
        if dialects == [Dialect::Mysql] {
            finding.severity = Severity::Info;
        }
        let source = context.all.tree.get(&audited.scripts[script].path).unwrap_or_default();
        let has_default = own.iter().any(|own| {
            let call = written(source, own.range);
            call.contains("default=") && !call.contains("server_default=")
        });
        let why = if has_default { "`default=` is Python's, and fills no row that is there. " } else { "" };
        finding.advice = format!(
            "{why}Give a `server_default`, or add the column with NULL allowed, fill it, and then forbid NULL."
        );
        findings.push(finding);
    }
}

/// A column that refuses NULL and has nothing to put into rows.
struct Added {
    range: TextRange,
    table: TableName,
    column: Box<str>,
    /// The dialects in question on which it is added so.
    on: Vec<Dialect>,
}

/// Those that a migration adds, in order.
fn added(account: &Account, script: usize) -> Vec<Added> {
    let mut all: Vec<Added> = Vec::new();
    for replay in account.replays() {
        let Some(Step { upgrade, .. }) = replay.step_of(script) else { continue };
        for Placed { range, what } in &upgrade.notes {
            let Note::NotNull(table, column) = what else { continue };
            // A table that the same migration creates or empties has no rows.
            let own = ObjectName::Table(table.clone());
            if upgrade.changes.iter().any(|change| change.what.brings().contains(&own))
                || upgrade.empties.contains(table)
            {
                continue;
            }
            let is_it = |own: &&mut Added| (own.range, &own.table, &own.column) == (*range, table, column);
            match all.iter_mut().find(is_it) {
                Some(own) => own.on.push(replay.rules.dialect),
                None => all.push(Added {
                    range: *range,
                    table: table.clone(),
                    column: column.clone(),
                    on: vec![replay.rules.dialect],
                }),
            }
        }
    }
    all.sort_by_key(|own| own.range);
    all
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
/// line is not written for another one. All that it is written for, where none is left.
fn reached(own: &[Added], stops: &Stops, place: (usize, u32)) -> Vec<Dialect> {
    let is_written = |dialect: &Dialect| own.iter().any(|own| own.on.contains(dialect));
    let written: Vec<_> = stops.iter().filter(|(dialect, _)| is_written(dialect)).collect();
    let is_reached = |(_, stop): &&&(Dialect, Option<(usize, u32)>)| stop.is_none_or(|stop| place < stop);
    let reached: Vec<_> = written.iter().filter(is_reached).map(|(dialect, _)| *dialect).collect();
    if reached.is_empty() { written.iter().map(|(dialect, _)| *dialect).collect() } else { reached }
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
    fn python_s_own_default_fills_rows_that_are_copied_and_no_others() {
        let column = |more: &str| format!("batch.add_column(sa.Column('x', sa.Text, nullable=False{more}))");
        let batch = |recreate: &str, changes: &str| {
            format!("with op.batch_alter_table('t', recreate='{recreate}') as batch:\n        {changes}")
        };
        let on = |body: &str| {
            let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", body, "pass")]);
            let findings = audited(&tree).findings;
            let found = findings.into_iter().find(|found| found.rule.name == "not-null-without-default");
            let rows = found.map(|found| found.consequence).unwrap_or_default();
            rows.split("rows, ").nth(1).and_then(|rows| Some(rows.split_once(" ha")?.0.to_owned()))
        };
        let fills = column(", default=sa.func.now()");
        assert_eq!(on(&batch("always", &fills)), None);
        let all = Some("SQLite and PostgreSQL".to_owned());
        assert_eq!(on(&batch("always", &column(""))), all);
        assert_eq!(on(&batch("always", &column(", default=None"))), all);
        // A new column alone is not worth a copy.
        assert_eq!(on(&batch("auto", &fills)), all);
        assert_eq!(on("op.add_column('t', sa.Column('x', sa.Text, nullable=False, default=''))"), all);
        let copied = format!("batch.create_unique_constraint('uq', ['id'])\n        {fills}");
        assert_eq!(on(&batch("auto", &copied)), Some("PostgreSQL".to_owned()));
        assert_eq!(on(&batch("never", &fills)), all);
    }

    #[test]
    fn tells_of_what_is_written_for_one_database_alone() {
        let body = "if op.get_bind().dialect.name == 'postgresql':\n        \
                    op.add_column('t', sa.Column('x', sa.Text, nullable=False))\n    \
                    op.create_index('ix', 't', ['id'])";
        let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", body, "pass")]);
        let findings = audited(&tree).findings;
        let found = findings.iter().find(|found| found.rule.name == "not-null-without-default");
        let consequence = &found.expect("found").consequence;
        assert!(
            consequence.ends_with("PostgreSQL has nothing to put into them and refuses."),
            "{consequence}"
        );
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
