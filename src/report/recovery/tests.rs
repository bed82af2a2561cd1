//! What is written into a script, and what is left to the person who runs it.

use super::*;
use crate::audit::{audit, audit_again};
use crate::audited::AuditOptions;
use crate::ingest::{SourceTree, TreePath};
use crate::plan::{PlanKind, plans};

/// A fork of which a database has run one side, with this call in its `env.py`.
fn tree(configure: &str) -> SourceTree {
    let mut tree = SourceTree::default();
    let env_py = format!("from alembic import context\n{configure}\ncontext.run_migrations()\n");
    let mut add = |path: &str, text: &str| {
        tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
    };
    add("alembic.ini", "[alembic]\nscript_location = m\n");
    add("m/env.py", &env_py);
    for (id, parent) in [("a", "None"), ("b", "'a'"), ("c", "'a'")] {
        let text = format!("revision = '{id}'\ndown_revision = {parent}\n\n\ndef upgrade():\n    pass\n");
        add(&format!("m/versions/{id}.py"), &text);
    }
    tree
}

/// The script for a database at both sides with the chain.
fn written(configure: &str, dialect: Option<Dialect>, form: Option<Form>) -> Result<Script, String> {
    let tree = tree(configure);
    let stamped = vec![vec!["b".to_owned(), "c".to_owned()]];
    let audit = audit(&tree, AuditOptions { dialect, stamped, ..AuditOptions::default() }, &mut |_, _| {});
    let again = |patched: &_, changed: &[_]| audit_again(patched, &audit, changed);
    let plans = plans(&tree, &audit, &again).swap_remove(0);
    let chain = plans.iter().find(|plan| plan.kind == PlanKind::Chain).expect("it is on offer");
    script(&audit, 0, Some(chain), &chain.stamped[0], form)
}

const PLAIN: &str = "context.configure(connection=c)";

#[test]
fn sql_names_the_table_of_env_py_and_nothing_else() {
    let own = "context.configure(connection=c, version_table='Own', version_table_schema='app')";
    for (configure, dialect, expected) in [
        (PLAIN, Dialect::Postgresql, "FROM \"alembic_version\""),
        (own, Dialect::Postgresql, "LOCK TABLE \"app\".\"Own\" IN"),
        (own, Dialect::Sqlite, "DELETE FROM \"app\".\"Own\" WHERE"),
        (own, Dialect::Mysql, "DELETE FROM `app`.`Own` WHERE"),
    ] {
        let script = written(configure, Some(dialect), None).expect("it is known");
        assert!(script.form == Form::Sql && script.why_no_sql.is_none());
        assert!(script.text.contains(expected), "{}", script.text);
        assert!(configure == PLAIN || !script.text.contains("alembic_version"), "{}", script.text);
        assert!(!script.text.contains("VERSION_TABLE"), "{}", script.text);
    }
}

#[test]
fn a_table_that_only_running_tells_is_asked_for() {
    let hostile = "context.configure(connection=c, version_table='a\\nSQL\\nrm -rf ~')";
    for (configure, dialect) in [
        ("context.configure(connection=c, version_table_schema=settings.schema)", Dialect::Mysql),
        ("c.execute('SET search_path TO app')\ncontext.configure(connection=c)", Dialect::Postgresql),
        (hostile, Dialect::Sqlite),
    ] {
        let text = written(configure, Some(dialect), None).expect("it is known").text;
        assert!(text.contains(": \"${VERSION_TABLE:?") && text.contains("FROM @VERSION_TABLE@"), "{text}");
        assert!(!text.contains("rm -rf") && !text.contains("FROM \"alembic_version\""), "{text}");
    }
    // Where a search path is nothing, none decides.
    let sets = "c.execute('SET search_path TO app')\ncontext.configure(connection=c)";
    assert!(!written(sets, Some(Dialect::Sqlite), None).expect("it is known").text.contains("VERSION_TABLE"));
}

#[test]
fn a_database_of_which_nothing_is_known_is_stamped_only_where_somebody_looked() {
    let script = written(PLAIN, None, None).expect("it is known");
    assert_eq!(script.form, Form::Stamp);
    assert!(script.why_no_sql.is_some_and(|why| why.contains("--dialect")));
    let guard = script.text.find("[ \"${ROWS-not looked at}\" != \"b,c\" ]").expect("it asks");
    assert!(script.text.find("\nalembic stamp").expect("it stamps") > guard, "{}", script.text);
    let asked = written(PLAIN, Some(Dialect::Sqlite), Some(Form::Stamp)).expect("it is known");
    assert!(asked.form == Form::Stamp && asked.why_no_sql.is_none());
}

#[test]
fn commands_that_go_to_several_databases_come_with_no_sql_for_one() {
    let each = "for name in ['one', 'two']:\n    context.configure(connection=c)\n    \
                context.run_migrations(engine_name=name)";
    let script = written(each, Some(Dialect::Postgresql), None).expect("it is known");
    assert_eq!(script.form, Form::Stamp);
    assert!(script.text.contains("all must stand there"), "{}", script.text);
}

#[test]
fn every_script_says_the_backup_first_and_ends_at_the_heads() {
    for dialect in Dialect::ALL.map(Some).into_iter().chain([None]) {
        let text = written(PLAIN, dialect, None).expect("it is known").text;
        let backup = text.find("# 1. Back up the database").expect("it is said");
        assert!(backup < text.find("set -eu").expect("it stops at an error"), "{text}");
        assert!(text.starts_with("#!/bin/sh\n") && text.ends_with("\nalembic current\n"), "{text}");
    }
}

#[test]
fn a_script_keeps_a_record_before_it_runs_anything() {
    for (dialect, form) in
        [(Some(Dialect::Sqlite), None), (Some(Dialect::Postgresql), None), (None, Some(Form::Stamp))]
    {
        let text = written(PLAIN, dialect, form).expect("it is known").text;
        let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
        assert!(place("Nothing was done: this has run already") < place("printf '%s\\n'"), "{text}");
        // What only refuses leaves no record, and nothing runs without.
        assert!(dialect.is_none() || place("sql <<'SQL'") < place("printf '%s\\n'"), "{text}");
        assert!(place("printf '%s\\n'") < place("\nalembic "), "{text}");
        // An address has a password.
        assert!(!text.contains("\"$DATABASE\" >>"), "{text}");
    }
}
