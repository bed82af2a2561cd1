//! What PostgreSQL does not do inside a transaction.

use super::database::failures_in;
use crate::schema::Dialect;

/// What is said of a transaction, with whether it is certain.
fn said(body: &str, beside: &[(&str, &str)]) -> Vec<bool> {
    let all = failures_in(body, beside, Dialect::Postgresql);
    let said = all.into_iter().filter(|(message, _)| message.contains("inside a transaction block"));
    said.map(|(_, certain)| certain).collect()
}

const HERE: [(&str, &str); 1] = [("shop/db.py", "")];
const INDEX: &str = "op.create_index('i', 't', ['a'], postgresql_concurrently=True)";
const BATCH: &str =
    "with op.batch_alter_table('t') as b:\n    b.drop_index('j', postgresql_concurrently=True)";

#[test]
fn what_needs_no_transaction_is_refused_inside_one() {
    for call in [
        INDEX,
        "op.drop_index('i', 't', postgresql_concurrently=True, if_exists=True)",
        BATCH,
        "op.execute('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)')",
        "op.execute(sa.text('REINDEX (VERBOSE, CONCURRENTLY) TABLE t'))",
        "op.get_bind().exec_driver_sql('VACUUM ANALYZE t')",
        "op.get_bind().connection.cursor().execute('ALTER SYSTEM SET work_mem = 1')",
        "op.execute('ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY')",
    ] {
        assert_eq!(said(call, &HERE), [true], "{call}");
        let block =
            format!("with op.get_context().autocommit_block():\n    {}", call.replace('\n', "\n    "));
        assert_eq!(said(&block, &HERE), [false; 0], "{block}");
        assert_eq!(said(&format!("{block}\n{call}"), &HERE), [true], "after a block: {call}");
    }
    for call in [
        "op.create_index('i', 't', ['a'], postgresql_concurrently=False)",
        "op.create_index('i', 't', ['a'])",
        "op.execute('REINDEX INDEX i')",
        "op.execute('ANALYZE t')",
        "op.execute('REFRESH MATERIALIZED VIEW CONCURRENTLY v')",
        "op.execute('ALTER TABLE p DETACH PARTITION p1')",
        "op.execute('CLUSTER t USING i')",
    ] {
        assert_eq!(said(call, &HERE), [false; 0], "{call}");
    }
}

#[test]
fn whether_there_is_a_transaction_is_for_the_project_to_say() {
    for (before, says, certain) in [
        ("", "sessionmaker(autocommit=False)", true),
        ("", "create_engine(u, isolation_level='REPEATABLE READ')", true),
        ("", "create_engine(u, isolation_level='AUTOCOMMIT')", false),
        ("", "create_engine(u, isolation_level=level)", false),
        ("", "connection.connection.set_isolation_level(0)", false),
        ("op.execute('SELECT 1')", "", true),
        ("op.execute('COMMIT')", "", false),
        ("op.get_bind().commit()", "", false),
        ("c = op.get_bind().execution_options(isolation_level='AUTOCOMMIT')", "", false),
        ("op.get_bind().connection.set_isolation_level(0)", "", false),
        ("raw = op.get_bind().connection\nraw.autocommit = True", "", false),
        (
            "import contextlib\ns = contextlib.ExitStack()\ns.enter_context(op.get_context().autocommit_block())",
            "",
            false,
        ),
        ("if op.get_bind().scalar(sa.text('SELECT 1')):\n    op.execute('COMMIT')", "", false),
    ] {
        assert_eq!(
            said(&format!("{before}\n{INDEX}"), &[("shop/db.py", says)]),
            [certain],
            "{before} {says}"
        );
    }
    assert_eq!(failures_in(INDEX, &HERE, Dialect::Sqlite).len(), 1, "of the table alone");
}

#[test]
fn who_catches_the_refusal_has_an_aborted_transaction() {
    let body = format!("try:\n    {INDEX}\nexcept Exception:\n    pass\nop.execute('SELECT 1')");
    let all = failures_in(&body, &HERE, Dialect::Postgresql);
    let last = all.last().map(|(message, certain)| (message.contains("aborted"), *certain));
    assert_eq!(last, Some((true, true)), "{all:?}");
}
