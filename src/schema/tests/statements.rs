//! What each database says to statements of SQL, one after the other on one schema. SQLite 3.40 and PostgreSQL 15 were
//! asked; MySQL's are from its manual.

use super::fixture::{
    add, after, batch, check, column, drop_column, empty, first, first_failure, nullable, rename_table, sql,
    table, table_with,
};
use crate::schema::{
    ColumnChange, ColumnDef, Dialect, FailureKind, Operation, Schema, TableName, Touches, TypeDef,
};
use Dialect::{Mysql, Postgresql, Sqlite};
use FailureKind as F;

#[test]
fn a_virtual_table_goes_with_those_that_it_is_kept_in() {
    let sql = |text: &str| sql(Sqlite, text);
    let name = TableName::plain;
    let mut schema = empty(Sqlite);
    let made = sql("CREATE VIRTUAL TABLE docs USING fts5(title, body UNINDEXED, content='')");
    assert_eq!(first_failure(&mut schema, &made), None);
    let kept = |schema: &Schema, stem: &str| {
        ["data", "idx", "docsize", "config", "content"]
            .map(|end| schema.has_table(&name(&format!("{stem}_{end}"))).is_yes())
    };
    assert_eq!(kept(&schema, "docs"), [true, true, true, true, false]);
    let columns = schema.table(&name("docs_config")).map(|table| table.columns.len());
    assert_eq!(columns, Some(2), "it has columns of its own");
    let fine =
        "SELECT rank FROM docs WHERE docs MATCH 'x'; INSERT INTO docs (docs, rank) VALUES ('rank', 'x')";
    assert_eq!(first_failure(&mut schema, &sql(fine)), None);
    for text in [
        "ALTER TABLE docs ADD COLUMN a TEXT",
        "ALTER TABLE docs DROP COLUMN title",
        "ALTER TABLE docs RENAME COLUMN title TO a",
        "CREATE INDEX i ON docs (title)",
        "SELECT a FROM docs",
    ] {
        assert!(first_failure(&mut schema.clone(), &sql(text)).is_some(), "{text}");
    }
    assert!(
        first_failure(&mut schema.clone(), &[batch("docs", vec![nullable("docs", "title", false)])])
            .is_some()
    );
    assert_eq!(first_failure(&mut schema, &[rename_table("docs", "texts")]), None);
    assert_eq!(
        (kept(&schema, "docs"), kept(&schema, "texts")),
        ([false; 5], [true, true, true, true, false])
    );
    let again = sql("CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts4(a); DROP TABLE texts");
    assert_eq!(first_failure(&mut schema, &again), None);
    assert_eq!(schema.tables().count(), 0);
    // Another module may make anything.
    assert_eq!(first_failure(&mut schema, &sql("CREATE VIRTUAL TABLE r USING rtree(id, a, b)")), None);
    assert!(schema.has_table(&name("r_node")).is_maybe());
}

#[test]
fn each_database_has_tables_of_its_own() {
    let reads = |dialect, table: &str| {
        let text = format!("SELECT 1 FROM {table}");
        first_failure(&mut empty(dialect), &sql(dialect, &text)).is_none()
    };
    for (table, has) in [
        ("information_schema.tables", [false, true, true]),
        ("pg_class", [false, true, false]),
        ("sqlite_master", [true, false, false]),
        ("mysql.user", [false, false, true]),
        ("alembic_version", [true, true, true]),
        ("json_each", [true, false, false]),
        ("json_values", [false, false, false]),
        ("dual", [false, false, true]),
        ("dual_use", [false, false, false]),
    ] {
        assert_eq!([Sqlite, Postgresql, Mysql].map(|dialect| reads(dialect, table)), has, "{table}");
    }
    // Another file's tables are not known.
    let text = "ATTACH 'x.db' AS x; SELECT a FROM x.t";
    assert_eq!(first_failure(&mut empty(Sqlite), &sql(Sqlite, text)), None);
}

#[test]
fn rows_that_are_certainly_there_need_a_value_for_a_column_that_is_not_null() {
    let missing = [add("t", column("n"))];
    let fails = |dialect, before: &str| {
        let mut schema = after(dialect, &[table("t", &["id!", "a?"]), table("u", &["id!"])]);
        assert_eq!(first_failure(&mut schema, &sql(dialect, before)), None, "{before}");
        first_failure(&mut schema, &missing).is_some()
    };
    for dialect in [Sqlite, Postgresql] {
        assert!(fails(dialect, "INSERT INTO t (id) VALUES (1)"));
        assert!(fails(
            dialect,
            "INSERT INTO t (id) VALUES (1); UPDATE t SET a = 2; INSERT INTO u VALUES (1)"
        ));
        assert!(fails(
            dialect,
            "INSERT INTO main.t (id) VALUES (coalesce(1, 2)), (length(lower('a'))); SELECT count(*) FROM u WHERE id IN (1)"
                .replace("main.", if dialect == Sqlite { "main." } else { "public." })
                .as_str()
        ));
        for before in [
            "SELECT 1",
            "INSERT INTO u (id) VALUES (1)",
            "INSERT INTO t (id) SELECT id FROM u",
            "INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING",
            "INSERT INTO t (id) VALUES (1); DELETE FROM u",
            "INSERT INTO t (id) VALUES (1); REPLACE INTO u (id) VALUES (1)",
            "INSERT INTO t (id) VALUES (1); WITH d AS (DELETE FROM t RETURNING id) INSERT INTO u (id) SELECT id FROM d",
            "INSERT INTO t (id) VALUES (1); SELECT prune(id) FROM u",
            "INSERT INTO t (id) VALUES (1); UPDATE u SET id = app.lower(id)",
            "INSERT INTO t (id) VALUES (prune(1))",
            "INSERT INTO t (id) VALUES (1); COPY (DELETE FROM t RETURNING id) TO STDOUT",
            "INSERT INTO t (id) VALUES (1); ROLLBACK",
            "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f(); INSERT INTO t (id) VALUES (1)",
        ] {
            // SQLite's triggers have a body of their own, and nothing that is called there deletes.
            let is_postgresql =
                ["TRIGGER", "prune", "app.", "WITH", "COPY"].iter().any(|own| before.contains(own));
            let is_refused = before.contains("REPLACE INTO") && dialect == Postgresql;
            if (dialect == Postgresql || !is_postgresql) && !is_refused {
                assert!(!fails(dialect, before), "{before}");
            }
        }
    }
    assert!(!fails(Mysql, "INSERT INTO t (id) VALUES (1)"));
    let filled = after(Postgresql, &[table("t", &["id!"])]);
    let mut filled = filled;
    assert_eq!(first_failure(&mut filled, &sql(Postgresql, "INSERT INTO t VALUES (1)")), None);
    let mut either = filled.join(&after(Postgresql, &[table("t", &["id!"])]));
    assert_eq!(first_failure(&mut either, &missing), None);
    let with_default = ColumnDef { default: Some("1".into()), ..column("n") };
    for fine in [add("t", with_default), add("t", column("m?"))] {
        assert_eq!(first_failure(&mut filled, &[fine]), None);
    }
    let copied = [batch("t", vec![add("t", column("n")), nullable("t", "a", true)])];
    let mut schema = after(Sqlite, &[table("t", &["id!", "a?"])]);
    assert_eq!(first_failure(&mut schema, &sql(Sqlite, "INSERT INTO t (id) VALUES (1)")), None);
    assert!(first_failure(&mut schema, &copied).is_some());
}

#[test]
fn what_one_statement_drops_stands_in_nobody_s_way() {
    let sql = |text: &str| sql(Postgresql, text);
    let made = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (p_id int REFERENCES p); CREATE VIEW v AS SELECT id FROM p; \
                CREATE VIEW w AS SELECT id FROM v; CREATE TABLE r (id int) PARTITION BY RANGE (id); \
                CREATE TABLE s PARTITION OF r DEFAULT";
    let mut schema = empty(Postgresql);
    assert_eq!(first_failure(&mut schema, &sql(made)), None);
    for refused in ["DROP TABLE p", "DROP TABLE p, r", "DROP VIEW v"] {
        assert!(first_failure(&mut schema.clone(), &sql(refused)).is_some(), "{refused}");
    }
    for text in ["DROP VIEW v, w", "DROP TABLE p, q", "DROP TABLE r, s"] {
        assert_eq!(first_failure(&mut schema, &sql(text)), None, "{text}");
    }
    assert_eq!((schema.tables().count(), schema.views().count()), (0, 0));
    // However many they are, and however they are written.
    let (first, last) = (0, 2000);
    let made = |at: usize| {
        let references = if at == first { String::new() } else { format!(" REFERENCES t{}", at - 1) };
        format!("CREATE TABLE T{at} (id int PRIMARY KEY{references});")
    };
    let names = |from| (from..last).map(|at| format!("public.t{at}")).collect::<Vec<_>>().join(", ");
    let mut schema = empty(Postgresql);
    assert_eq!(first_failure(&mut schema, &sql(&(first..last).map(made).collect::<String>())), None);
    let others = format!("DROP TABLE t0, {}", names(2));
    assert!(first_failure(&mut schema.clone(), &sql(&others)).is_some());
    assert_eq!(first_failure(&mut schema, &sql(&format!("DROP TABLE {}", names(first)))), None);
}

#[test]
fn tables_are_looked_for_as_the_database_does() {
    let first = |dialect, text: &str| {
        let mut schema = after(dialect, &[table("t", &["id!"])]);
        let operations = sql(dialect, text);
        first_failure(&mut schema, &operations).map(|(_, failure)| failure.kind)
    };
    let made = "CREATE TABLE IF NOT EXISTS t AS SELECT a FROM gone";
    assert_eq!([Sqlite, Postgresql].map(|own| first(own, made)), [None, Some(FailureKind::NoSuchTable)]);
    let made = "CREATE TABLE T AS SELECT a FROM gone";
    assert_eq!(
        [Sqlite, Postgresql].map(|own| first(own, made)),
        [FailureKind::TableExists, FailureKind::NoSuchTable].map(Some)
    );
    let made = "CREATE TABLE IF NOT EXISTS u AS SELECT a FROM gone";
    assert_eq!(first(Sqlite, made), Some(FailureKind::NoSuchTable));
    let read = "SELECT lost FROM t WHERE id IN (SELECT a FROM gone)";
    let kinds = [FailureKind::NoSuchTable, FailureKind::NoSuchColumn];
    assert_eq!([Sqlite, Postgresql].map(|own| first(own, read)), kinds.map(Some));
    let written = "INSERT INTO t (lost) SELECT a FROM gone";
    assert_eq!(first(Sqlite, written), Some(FailureKind::NoSuchColumn));
}

#[test]
fn a_trigger_takes_the_rows_of_its_own_statements_alone() {
    let fails = |dialect, before: &str| {
        let mut schema = after(dialect, &[table("t", &["id!", "a?"]), table("u", &["id!"])]);
        assert_eq!(first_failure(&mut schema, &sql(dialect, before)), None, "{before}");
        first_failure(&mut schema, &[add("t", column("n"))]).is_some()
    };
    let row = "INSERT INTO t (id) VALUES (1);";
    for (dialect, trigger) in [
        (Sqlite, "CREATE TRIGGER x AFTER INSERT ON u BEGIN SELECT 1; END;"),
        (Postgresql, "CREATE TRIGGER x BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION f();"),
        (Postgresql, "CREATE RULE x AS ON INSERT TO u DO ALSO DELETE FROM t;"),
    ] {
        assert!(fails(dialect, &format!("{trigger} {row}")), "{trigger}");
        assert!(fails(dialect, &format!("{trigger} {row} UPDATE t SET a = 1")), "{trigger}");
        for after in
            ["INSERT INTO u VALUES (1)", "UPDATE t SET a = (SELECT max(id) FROM u)", "UPDATE u SET id = 2"]
        {
            assert!(!fails(dialect, &format!("{trigger} {row} {after}")), "{trigger} {after}");
        }
        let renamed = "ALTER TABLE u RENAME TO w; INSERT INTO w VALUES (1)";
        assert!(!fails(dialect, &format!("{trigger} {row} {renamed}")), "{trigger}");
        let own = trigger.replace(" u ", " t ");
        assert!(!fails(dialect, &format!("{own} {row}")), "{own}");
    }
    let of_view = "CREATE VIEW v AS SELECT id FROM t; CREATE TRIGGER x INSTEAD OF INSERT ON v BEGIN DELETE FROM t; END;";
    assert!(!fails(Sqlite, &format!("{of_view} {row} INSERT INTO v (id) VALUES (2)")));
}

#[test]
fn sqlite_takes_a_name_in_double_quotes_for_a_text() {
    let first = |text: &str| {
        let mut schema = after(Sqlite, &[table("t", &["id!", "a?"])]);
        let operations = sql(Sqlite, text);
        first_failure(&mut schema, &operations).map(|(_, failure)| failure.kind)
    };
    for text in [
        "CREATE INDEX i ON t (\"gone\", a)",
        "CREATE INDEX i ON t (\"Gone one\")",
        "CREATE INDEX i ON t (a) WHERE \"gone\" > 0",
        "SELECT \"gone\" FROM t WHERE \"gone\" = a",
        "UPDATE t SET a = \"gone\"",
        "ALTER TABLE t ADD b INTEGER CHECK (\"gone\" > 0)",
    ] {
        assert_eq!(first(text), None, "{text}");
    }
    for text in [
        "CREATE INDEX i ON t (gone, a)",
        "CREATE INDEX i ON t (Gone)",
        "CREATE INDEX i ON t ([gone one])",
        "CREATE INDEX i ON t (`gone`)",
        "UPDATE t SET \"gone\" = 1",
        "INSERT INTO t (\"gone\") VALUES (1)",
        "SELECT t.\"gone\" FROM t",
    ] {
        assert_eq!(first(text), Some(F::NoSuchColumn), "{text}");
    }
    // A batch copies the text of a check as it stands.
    for (condition, kind) in
        [("\"a\" > 0", None), ("\"b c\" > 0 OR a > 0", Some(F::NoSuchColumn)), ("\"b c\" > 0", None)]
    {
        let made =
            table_with("w", vec![column("id!"), column("a?"), column("b c?")], vec![check("ck", condition)]);
        let copied = batch("w", vec![drop_column("w", "a"), drop_column("w", "b c")]);
        let failure = first_failure(&mut empty(Sqlite), &[made, copied]);
        assert_eq!(failure.map(|(_, failure)| failure.kind), kind, "{condition}");
    }
}

#[test]
fn postgresql_looks_for_all_that_a_statement_names() {
    let first = |text: &str| {
        let made = "CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, m int); CREATE VIEW v AS SELECT id FROM s.t; \
                    CREATE TYPE k AS ENUM ('a'); CREATE TABLE w (k k)";
        let mut schema = empty(Postgresql);
        let sql = |text: &str| sql(Postgresql, text);
        assert_eq!(first_failure(&mut schema, &sql(made)), None);
        first_failure(&mut schema, &sql(text)).map(|(_, failure)| failure.kind)
    };
    for (text, kind) in [
        ("DROP TABLE s.t, s.gone RESTRICT", Some(F::NoSuchTable)),
        ("DROP TABLE s.t, w RESTRICT", Some(F::StillReferenced)),
        ("DROP TABLE IF EXISTS s.t, s.gone", Some(F::StillReferenced)),
        ("DROP TYPE k, gone", Some(F::Other)),
        ("CREATE VIEW x AS SELECT id FROM v; DROP VIEW v, x CASCADE", None),
        ("CREATE VIEW x AS SELECT id FROM v; DROP VIEW v, gone CASCADE", Some(F::NoSuchTable)),
        ("CREATE TABLE r (n int REFERENCES s.t); TRUNCATE s.t, s.gone", Some(F::NoSuchTable)),
        ("CREATE TABLE r (n int REFERENCES s.t); TRUNCATE s.t, w", Some(F::NotSupported)),
        ("EXPLAIN SELECT m FROM s.t", None),
        ("EXPLAIN (COSTS off) SELECT gone FROM s.t", Some(F::NoSuchColumn)),
        ("EXPLAIN DELETE FROM gone", Some(F::NoSuchTable)),
        ("EXPLAIN CREATE TABLE x AS SELECT 1 AS y", None),
        ("DROP TYPE k", Some(F::StillReferenced)),
        ("CREATE INDEX i ON s.t (id) INCLUDE (m)", None),
        ("CREATE INDEX i ON s.t (id) INCLUDE (m, gone)", Some(F::NoSuchColumn)),
    ] {
        assert_eq!(first(text), kind, "{text}");
    }
}

#[test]
fn a_view_of_the_session_and_a_column_that_may_have_been_there() {
    // SQLite looks at what it shows when it is read.
    let view = "CREATE TEMPORARY VIEW v AS SELECT a FROM gone";
    let fails = |own| first_failure(&mut empty(own), &sql(own, view)).is_some();
    assert_eq!([Sqlite, Postgresql].map(fails), [false, true]);
    let mut schema = after(Postgresql, &[table("t", &["id!", "a?"])]);
    schema.taint(&Touches::Table(TableName::plain("t")));
    assert_eq!(
        first_failure(
            &mut schema,
            &sql(Postgresql, "ALTER TABLE t ADD COLUMN IF NOT EXISTS a TEXT NOT NULL")
        ),
        None
    );
    let added = schema.table(&TableName::plain("t")).and_then(|table| table.column("a", Postgresql).cloned());
    let added = added.expect("it is there");
    assert_eq!((added.certain, &*added.kind.written, added.nullable), (true, "", None));
}

#[test]
fn clauses_are_done_in_postgresql_s_own_order() {
    let first = |text: &str| {
        let mut schema = after(Postgresql, &[table("t", &["id!", "a?"])]);
        let operations = sql(Postgresql, text);
        first_failure(&mut schema, &operations).map(|(_, failure)| failure.kind)
    };
    for (clauses, kind) in [
        ("ALTER a DROP NOT NULL, DROP COLUMN a", None),
        ("ALTER a DROP DEFAULT, DROP a", None),
        ("DROP a, ALTER a DROP NOT NULL", Some(F::NoSuchColumn)),
        ("ALTER a SET NOT NULL, DROP a", Some(F::NoSuchColumn)),
        ("ALTER a SET DEFAULT 1, DROP a", Some(F::NoSuchColumn)),
        ("ALTER b SET DEFAULT 1, ADD b INTEGER", None),
        ("ALTER b DROP DEFAULT, ADD b INTEGER", Some(F::NoSuchColumn)),
    ] {
        assert_eq!(first(&format!("ALTER TABLE t {clauses}")), kind, "{clauses}");
    }
}

#[test]
fn what_reads_something_of_the_session_is_of_it_on_postgresql() {
    let fails = |dialect, text: &str| first_failure(&mut empty(dialect), &sql(dialect, text));
    let is_certain =
        |dialect, text: &str| after(dialect, &sql(dialect, text)).has_view(&TableName::plain("v")).is_yes();
    for text in [
        "CREATE TEMPORARY TABLE s (a INT); CREATE VIEW v AS SELECT a FROM s",
        "CREATE TEMPORARY TABLE s (a INT); CREATE VIEW x AS SELECT a FROM s; CREATE VIEW v AS SELECT a FROM x",
        "CREATE TEMPORARY TABLE t (a INT); ALTER TABLE t RENAME TO s; CREATE VIEW v AS SELECT a FROM s",
        "SELECT 1 AS a INTO TEMPORARY s; CREATE TABLE u (b INT); CREATE VIEW v AS SELECT u.b FROM s JOIN u ON true",
    ] {
        assert!(!is_certain(Postgresql, text), "{text}");
        assert_eq!(fails(Postgresql, &format!("{text}; DROP VIEW v")), None, "{text}");
    }
    // What is made of it is not, and neither is what has its name later on.
    for text in [
        "CREATE TEMPORARY TABLE s (a INT); CREATE TABLE u AS SELECT a FROM s; CREATE VIEW v AS SELECT a FROM u",
        "CREATE TEMPORARY TABLE s (a INT); DROP TABLE s; CREATE TABLE s (a INT); CREATE VIEW v AS SELECT a FROM s",
    ] {
        assert!(is_certain(Postgresql, text), "{text}");
    }
    // materialized views must not use temporary tables or views
    let text = "CREATE TEMPORARY TABLE s (a INT); CREATE MATERIALIZED VIEW v AS SELECT a FROM s";
    let mut schema = empty(Postgresql);
    let told: Vec<_> =
        sql(Postgresql, text).iter().flat_map(|operation| schema.apply(operation).failures).collect();
    assert_eq!(told.iter().map(|told| told.certain).collect::<Vec<_>>(), [false]);
    // Of two of one name, nobody knows which is altered.
    let hidden = "CREATE VIEW v AS SELECT 1 AS a; CREATE TEMPORARY VIEW v AS SELECT 1 AS a";
    assert_eq!(fails(Postgresql, &format!("{hidden}; ALTER TABLE v RENAME COLUMN a TO b")), None);
}

#[test]
fn sqlalchemy_writes_no_column_that_it_has_read_without_a_type() {
    let copied = |text: &str, changes: Vec<Operation>| {
        let mut schema = after(Sqlite, &sql(Sqlite, text));
        first_failure(&mut schema, &[batch("t", changes)]).map(|(_, failure)| failure.kind)
    };
    let kind = |name: &str| {
        let kind = Some(TypeDef { written: "Text()".into(), ..TypeDef::default() });
        let change = ColumnChange { kind, ..ColumnChange::default() };
        Operation::AlterColumn { table: TableName::plain("t"), column: Some(name.into()), change }
    };
    let untyped = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b DEFAULT 1)";
    let full_text = "CREATE VIRTUAL TABLE t USING fts5(a, b)";
    let of_query = "CREATE TABLE s (c TEXT); CREATE TABLE t AS SELECT c AS d, 1 AS a, c || 'x' AS b FROM s";
    for text in [untyped, full_text, of_query] {
        // (in table '_alembic_tmp_t', column 'b'): Can't generate DDL for NullType()
        assert_eq!(copied(text, vec![kind("a")]), Some(F::NotSupported), "{text}");
        assert_eq!(copied(text, vec![kind("a"), kind("b")]), None, "{text}");
        assert_eq!(copied(text, vec![kind("a"), drop_column("t", "b")]), None, "{text}");
    }
    let typed = "CREATE TABLE s (c TEXT); CREATE TABLE t AS SELECT c, cast(c AS INT) AS a FROM s";
    assert_eq!(copied(typed, vec![kind("a")]), None);
    // The copy is a plain table, and what the other was kept in is gone.
    let mut schema = after(Sqlite, &sql(Sqlite, full_text));
    schema.apply(&batch("t", vec![kind("a"), kind("b")]));
    assert!(schema.has_table(&TableName::plain("t_data")).is_no());
    let more = "ALTER TABLE t ADD COLUMN c TEXT; CREATE INDEX i ON t (a); DROP TABLE t";
    assert_eq!(first_failure(&mut schema, &sql(Sqlite, more)), None);
}

#[test]
fn triggers_of_a_view_see_only_what_is_done_to_it() {
    let first = |dialect, text: &str| {
        first_failure(&mut empty(dialect), &sql(dialect, text)).map(|(_, failure)| failure.kind)
    };
    let of_view = "CREATE TRIGGER tr INSTEAD OF INSERT ON v BEGIN SELECT 1; END";
    let rule = "CREATE RULE r AS ON INSERT TO v DO INSTEAD DELETE FROM t";
    let made = "CREATE TABLE t (id INT); CREATE VIEW v AS SELECT id FROM t";
    let added = "ALTER TABLE t ADD COLUMN n INT NOT NULL";
    for (dialect, guard) in [(Sqlite, of_view), (Postgresql, rule)] {
        let filled = format!("{made}; {guard}; INSERT INTO t (id) VALUES (1)");
        assert_eq!(first(dialect, &format!("{filled}; {added}")), Some(F::Other), "{guard}");
        assert_eq!(
            first(dialect, &format!("{filled}; INSERT INTO v (id) VALUES (1); {added}")),
            None,
            "{guard}"
        );
    }
}

#[test]
fn what_is_of_the_session_stays_in_it() {
    for made in [
        "CREATE TEMPORARY TABLE s (a INT); ALTER TABLE s SET SCHEMA x",
        "CREATE TABLE t (a INT); CREATE TEMPORARY VIEW s AS SELECT a FROM t; ALTER VIEW s SET SCHEMA x",
        "CREATE VIEW s AS SELECT 1 AS a; CREATE TEMPORARY VIEW s AS SELECT 1 AS a; ALTER TABLE s SET SCHEMA x",
    ] {
        let operations = sql(Postgresql, &format!("CREATE SCHEMA x; {made}"));
        let failure = first_failure(&mut empty(Postgresql), &operations).map(|(_, failure)| failure.kind);
        // cannot move objects into or out of temporary schemas
        assert_eq!(failure, Some(F::NotSupported), "{made}");
    }
}

#[test]
fn a_key_beside_another_of_its_columns_may_be_the_one_that_is_needed() {
    let made = "CREATE TABLE t (id INT CONSTRAINT pk PRIMARY KEY); CREATE TABLE u (n INT REFERENCES t (id))";
    let told = |text: &str| -> Vec<bool> {
        let mut schema = after(Postgresql, &sql(Postgresql, made));
        let told = sql(Postgresql, text);
        told.iter().flat_map(|operation| schema.apply(operation).failures).map(|own| own.certain).collect()
    };
    let certain: [(&str, &[bool]); 4] = [
        ("ALTER TABLE t DROP CONSTRAINT pk", &[true]),
        ("CREATE UNIQUE INDEX ix ON t (id); ALTER TABLE t DROP CONSTRAINT pk", &[false]),
        ("CREATE UNIQUE INDEX ix ON t (id); DROP INDEX ix", &[false]),
        ("CREATE INDEX ix ON t (id); DROP INDEX ix", &[]),
    ];
    for (text, expected) in certain {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn an_exclusion_has_a_name_and_columns() {
    for (text, kind) in [
        (
            "CREATE TABLE t (a INT, b INT, EXCLUDE USING gist (a WITH =, b WITH &&)); \
          ALTER TABLE t RENAME COLUMN a TO c; ALTER TABLE t DROP CONSTRAINT t_a_b_excl; DROP INDEX t_a_b_excl",
            Some(F::NoSuchIndex),
        ),
        (
            "CREATE TABLE t (a INT, CONSTRAINT e EXCLUDE USING gist (a WITH =)); ALTER TABLE t DROP COLUMN a; \
          ALTER TABLE t DROP CONSTRAINT e",
            Some(F::NoSuchConstraint),
        ),
        ("CREATE TABLE t (a INT, CONSTRAINT e EXCLUDE USING gist (gone WITH =))", Some(F::NoSuchColumn)),
        (
            "CREATE TABLE t (a INT, b INT, EXCLUDE USING gist (a WITH =) WHERE (b > 0)); \
          ALTER TABLE t DROP CONSTRAINT t_a_excl",
            None,
        ),
    ] {
        let text = format!("CREATE EXTENSION btree_gist; {text}");
        assert_eq!(first(Postgresql, &text), kind, "{text}");
    }
}

#[test]
fn postgresql_reads_no_rows_of_an_index() {
    let made = "CREATE TABLE t (id INT CONSTRAINT pk PRIMARY KEY); CREATE INDEX ix ON t (id)";
    for (text, kind) in [
        // cannot open relation "ix"
        ("UPDATE ix SET a = NULL", Some(F::Other)),
        ("SELECT 1 FROM pk", Some(F::Other)),
        ("CREATE TEMPORARY VIEW ix AS SELECT 1 AS a; SELECT a FROM ix", None),
        ("DROP INDEX ix; SELECT a FROM ix", Some(F::NoSuchTable)),
    ] {
        assert_eq!(first(Postgresql, &format!("{made}; {text}")), kind, "{text}");
    }
}

#[test]
fn a_table_of_the_session_may_stand_before_one_that_others_use() {
    let is_certain = |text: &str| {
        let mut schema = empty(Postgresql);
        let told =
            sql(Postgresql, text).iter().flat_map(|own| schema.apply(own).failures).collect::<Vec<_>>();
        told.iter().any(|failure| failure.certain)
    };
    let made = "CREATE TABLE t (id INT PRIMARY KEY, a INT); CREATE TABLE u (t INT REFERENCES t (id)); \
                CREATE VIEW v AS SELECT a FROM t";
    for text in
        ["DROP TABLE t", "TRUNCATE t", "ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ALTER a TYPE TEXT"]
    {
        assert!(is_certain(&format!("{made}; {text}")), "{text}");
        for hides in
            ["CREATE TEMP TABLE t (id INT, a INT)", "CREATE TEMPORARY TABLE t AS SELECT 1 AS id, 2 AS a"]
        {
            assert!(!is_certain(&format!("{made}; {hides}; {text}")), "{hides}; {text}");
        }
    }
}

#[test]
fn names_that_a_query_gives_are_no_functions() {
    let made = "CREATE TABLE t (a TEXT, b TEXT)";
    for (text, calls) in [
        ("SELECT hstore(a, b) FROM t", true),
        ("UPDATE t SET a = hstore(a, b)::text", true),
        ("SELECT 1 FROM t x WHERE NOT hstore(a, b) IS NULL", true),
        ("SELECT hstore.a FROM (SELECT a, b FROM t) hstore(a, b)", false),
        ("SELECT hstore.a FROM t hstore(a, b)", false),
        ("SELECT hstore.a FROM public.t hstore(a, b) JOIN t citext(c, d) ON true", false),
        ("SELECT hstore.c FROM t AS x, t hstore(c, d)", false),
    ] {
        let found = first(Postgresql, &format!("{made}; {text}"));
        assert_eq!(found.is_some(), calls, "{text}: {found:?}");
    }
}
