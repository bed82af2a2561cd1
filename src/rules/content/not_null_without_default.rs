//! Columns that refuse NULL, added to tables that may have rows, with nothing to put into them.

use super::{id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::Note;
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
    for step in &replay.steps {
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
        finding.consequence = consequence(audited.account.dialects());
        if audited.account.dialects() == [Dialect::Mysql] {
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
