//! What each database says to what is made of something else: partitions and heirs, tables of a query, views and generated
//! columns.

use super::fixture::{after, batch, drop_column, first, first_failure, sql};
use crate::schema::{Dialect, FailureKind, Operation, TableName};
use Dialect::{Postgresql, Sqlite};
use FailureKind as F;

#[test]
fn partitions_and_heirs_have_the_keys_and_checks_of_their_parents() {
    let partition = "CREATE TABLE p (id INT, z TEXT) PARTITION BY RANGE (id); \
                     CREATE TABLE q PARTITION OF p FOR VALUES FROM (0) TO (9)";
    let heir = "CREATE TABLE p (id INT, z TEXT); CREATE TABLE q (b TEXT) INHERITS (p)";
    let is_known = |text: &str| {
        let schema = after(Postgresql, &sql(Postgresql, text));
        let q = schema.table(&TableName::plain("q")).expect("it is made");
        (q.columns_known, q.constraints_known, q.indexes_known)
    };
    for (made, more, known) in [
        (partition, "", (true, true, true)),
        (heir, "", (true, true, true)),
        (partition, "; CREATE INDEX ix ON p (id)", (true, false, false)),
        (partition, "; ALTER TABLE p ADD CHECK (id > 0)", (true, false, false)),
        (heir, "; ALTER TABLE p ADD CHECK (id > 0)", (true, false, false)),
        (heir, "; ALTER TABLE p ADD COLUMN k INT UNIQUE", (true, false, false)),
    ] {
        assert_eq!(is_known(&format!("{made}{more}")), known, "{made}{more}");
    }
    let keyed = "CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY RANGE (id); \
                 CREATE TABLE q PARTITION OF p FOR VALUES FROM (0) TO (9)";
    assert_eq!(is_known(keyed), (true, false, false));
    let keyed = "CREATE TABLE p (id INT PRIMARY KEY, CHECK (id > 0)); CREATE TABLE q (b TEXT) INHERITS (p)";
    assert_eq!(is_known(keyed), (true, false, true));
    assert_eq!(first(Postgresql, &format!("{partition}; DROP INDEX gone")), Some(F::NoSuchIndex));
    assert_eq!(
        first(Postgresql, &format!("{partition}; CREATE INDEX ix ON p (id); DROP INDEX q_id_idx")),
        None
    );
    // A key of the parent's makes the column NOT NULL here too, in some releases.
    let schema = after(Postgresql, &sql(Postgresql, &format!("{heir}; ALTER TABLE p ADD PRIMARY KEY (id)")));
    let id = schema.table(&TableName::plain("q")).and_then(|q| q.column("id", Postgresql).cloned());
    assert_eq!(id.map(|id| (id.certain, id.nullable)), Some((true, None)));
}

#[test]
fn a_table_made_of_a_query_has_no_keys() {
    let made = "CREATE TABLE t (id INT PRIMARY KEY)";
    for text in [
        "CREATE TABLE u AS SELECT id + 1, now() FROM t; DROP INDEX gone",
        "SELECT id INTO u FROM t; DROP INDEX gone",
    ] {
        assert_eq!(first(Postgresql, &format!("{made}; {text}")), Some(F::NoSuchIndex), "{text}");
    }
}

#[test]
fn a_star_is_written_out_where_the_view_is_made_and_on_sqlite_where_it_is_read() {
    let made = "CREATE TABLE t (id INT, n TEXT); CREATE VIEW v AS SELECT * FROM t";
    let cases: [(&str, Option<F>, Option<F>); 6] = [
        ("SELECT gone FROM v", Some(F::NoSuchColumn), Some(F::NoSuchColumn)),
        ("SELECT n FROM v", None, None),
        // cannot drop column n of table t because other objects depend on it
        ("ALTER TABLE t DROP COLUMN n", Some(F::StillReferenced), None),
        ("ALTER TABLE t ADD COLUMN z INT; SELECT z FROM v", Some(F::NoSuchColumn), None),
        ("ALTER TABLE t RENAME COLUMN n TO m; SELECT n FROM v", None, Some(F::NoSuchColumn)),
        ("CREATE VIEW w AS SELECT * FROM v; SELECT gone FROM w", Some(F::NoSuchColumn), None),
    ];
    for (text, on_postgresql, on_sqlite) in cases {
        assert_eq!(first(Postgresql, &format!("{made}; {text}")), on_postgresql, "{text}");
        assert_eq!(first(Sqlite, &format!("{made}; {text}")), on_sqlite, "{text}");
    }
    // cannot drop columns from view
    let replaced = format!("{made}; CREATE OR REPLACE VIEW v AS SELECT 1 AS x");
    assert_eq!(first(Postgresql, &replaced), Some(F::Other));
    let listed = "CREATE TABLE t (id INT, n TEXT); CREATE VIEW v (a) AS SELECT * FROM t; SELECT a, n FROM v";
    assert_eq!(first(Postgresql, listed), None);
    assert_eq!(first(Postgresql, &format!("{listed}; SELECT id FROM v")), Some(F::NoSuchColumn));
    // Its columns have other names here.
    let renamed =
        "CREATE TABLE t (id INT, n TEXT); CREATE VIEW v AS SELECT * FROM t AS x (p); SELECT p FROM v";
    assert_eq!(first(Postgresql, renamed), None);
}

#[test]
fn sqlite_looks_for_what_a_view_reads_when_it_is_read() {
    let made = "CREATE TABLE t (id INT); CREATE VIEW v AS SELECT id FROM t; CREATE VIEW w AS SELECT id FROM v; \
                DROP TABLE t";
    for (text, kind) in [
        ("SELECT * FROM v", Some(F::NoSuchTable)),
        ("SELECT * FROM w", Some(F::NoSuchTable)),
        ("CREATE TABLE u AS SELECT id FROM w", Some(F::NoSuchTable)),
        ("CREATE VIEW x AS SELECT id FROM w", None),
        ("CREATE TABLE t (id INT); SELECT * FROM w", None),
        ("CREATE VIEW x AS SELECT name FROM sqlite_master; SELECT name FROM x", None),
        // error in view s: no such table: main.gone
        (
            "CREATE TEMP VIEW s AS SELECT a FROM gone; CREATE TABLE u (b INT); DROP VIEW v; DROP VIEW w; \
          ALTER TABLE u RENAME TO x",
            Some(F::StillReferenced),
        ),
    ] {
        assert_eq!(first(Sqlite, &format!("{made}; {text}")), kind, "{text}");
    }
}

#[test]
fn what_a_column_is_made_of_stays_as_it_is() {
    let made = "CREATE TABLE t (id INT, n INT, g INT GENERATED ALWAYS AS (id + 1) STORED)";
    let cases: [(&str, Option<F>, Option<F>); 8] = [
        ("ALTER TABLE t DROP COLUMN id", Some(F::StillReferenced), Some(F::StillReferenced)),
        ("ALTER TABLE t DROP COLUMN n", None, None),
        ("ALTER TABLE t DROP COLUMN g; ALTER TABLE t DROP COLUMN id", None, None),
        (
            "ALTER TABLE t RENAME COLUMN id TO k; ALTER TABLE t DROP COLUMN k",
            Some(F::StillReferenced),
            Some(F::StillReferenced),
        ),
        (
            "CREATE TABLE u (a INT, b INT GENERATED ALWAYS AS (gone + 1) STORED)",
            Some(F::NoSuchColumn),
            Some(F::NoSuchColumn),
        ),
        ("ALTER TABLE t ADD COLUMN h INT GENERATED ALWAYS AS (n * 2) VIRTUAL", None, None),
        (
            "ALTER TABLE t ADD COLUMN h INT GENERATED ALWAYS AS (gone + 1) VIRTUAL",
            Some(F::NoSuchColumn),
            Some(F::NoSuchColumn),
        ),
        // A generated column cannot reference another generated column.
        ("ALTER TABLE t ADD COLUMN h INT GENERATED ALWAYS AS (g + 1) VIRTUAL", Some(F::Other), None),
    ];
    for (text, on_postgresql, on_sqlite) in cases {
        // SQLite adds no others, and PostgreSQL has these since its release 18.
        let stored = text.replace("VIRTUAL", "STORED");
        assert_eq!(first(Postgresql, &format!("{made}; {stored}")), on_postgresql, "{text}");
        assert_eq!(first(Sqlite, &format!("{made}; {text}")), on_sqlite, "{text}");
    }
    for (text, kind) in [
        ("ALTER TABLE t DROP COLUMN id CASCADE; SELECT g FROM t", Some(F::NoSuchColumn)),
        // cannot alter type of a column used by a generated column
        ("ALTER TABLE t ALTER COLUMN id TYPE BIGINT", Some(F::NotSupported)),
        ("ALTER TABLE t ALTER COLUMN n TYPE BIGINT", None),
        // column "g" of relation "t" is a generated column
        ("ALTER TABLE t ALTER COLUMN g SET DEFAULT 4", Some(F::NotSupported)),
    ] {
        assert_eq!(first(Postgresql, &format!("{made}; {text}")), kind, "{text}");
    }
    // cannot INSERT into generated column "g"
    let copied = |changes: Vec<Operation>| {
        let mut schema = after(Sqlite, &sql(Sqlite, made));
        first_failure(&mut schema, &[batch("t", changes)]).map(|(_, failure)| failure.kind)
    };
    assert_eq!(copied(vec![drop_column("t", "n")]), Some(F::Other));
    assert_eq!(copied(vec![drop_column("t", "n"), drop_column("t", "g")]), None);
    assert_eq!(copied(vec![drop_column("t", "id")]), Some(F::NoSuchColumn));
}

#[test]
fn a_column_made_of_one_that_goes_with_its_type_is_not_sure_to_stay() {
    let made = "CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (id INT, s m); CREATE TABLE u AS SELECT s FROM t";
    let columns = |text: &str| {
        let schema = after(Postgresql, &sql(Postgresql, &format!("{made}; {text}")));
        let of = |name: &str| {
            let table = schema.table(&TableName::plain(name)).expect("it is there");
            table
                .columns
                .iter()
                .map(|own| format!("{}{}", own.name, if own.certain { "" } else { "?" }))
                .collect()
        };
        let [t, u]: [Vec<String>; 2] = ["t", "u"].map(of);
        [t.join(" "), u.join(" ")]
    };
    assert_eq!(columns("SELECT 1"), ["id s", "s"]);
    assert_eq!(columns("DROP TYPE m CASCADE"), ["id", "s?"]);
}
