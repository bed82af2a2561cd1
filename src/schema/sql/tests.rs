//! What SQL is read as.

use proptest::prelude::*;

use super::*;
use Dialect::{Mysql, Postgresql, Sqlite};
use brief::read;

mod brief;

fn all_read(examples: &[(Dialect, &str, &[&str])]) {
    for (dialect, text, expected) in examples {
        assert_eq!(read(*dialect, text), *expected, "{}: {text}", dialect.name());
    }
}

#[test]
fn tables_are_created_with_their_columns() {
    all_read(&[
        (
            Postgresql,
            "CREATE TABLE public.T (id serial PRIMARY KEY, \"A\" varchar(10) NOT NULL UNIQUE, b int DEFAULT 3 \
             REFERENCES o (id), CONSTRAINT ck CHECK (b > 3), FOREIGN KEY (b) REFERENCES p)",
            &["create public.t (id serial not null generated primary key, A VARCHAR(10) not null unique, \
               b INT default 3 - foreign key (b) to o (id), ck check b > 3, - foreign key (b) to p (?))"],
        ),
        (
            Sqlite,
            "CREATE TABLE IF NOT EXISTS Tt (id INTEGER PRIMARY KEY AUTOINCREMENT, [a b] TEXT, UNIQUE (id))",
            &["create Tt if not exists (id INTEGER generated primary key, a b TEXT, - unique (id))"],
        ),
        (
            Mysql,
            "CREATE TABLE `t` (`id` int NOT NULL AUTO_INCREMENT, `a` text, PRIMARY KEY (`id`), KEY `ix` (`a`(5)), \
             UNIQUE KEY uk (a)) ENGINE=InnoDB DEFAULT CHARSET=utf8",
            &["create t (id INT not null generated, a TEXT, - primary key (id), uk unique (a), index ix)"],
        ),
        (Postgresql, "CREATE TABLE a AS SELECT x FROM b", &["SELECT b(x)", "create a (x )"]),
        (Postgresql, "CREATE TABLE a AS SELECT * FROM b", &["SELECT b()", "create a () …"]),
        (
            Postgresql,
            "CREATE TABLE a PARTITION OF b FOR VALUES IN (1)",
            &["SELECT b()", "create a () …", "a goes with b as a partition"],
        ),
        (Postgresql, "CREATE TABLE a (LIKE b INCLUDING ALL)", &["unknown a itself"]),
        (Postgresql, "CREATE TEMP TABLE a (b int)", &["temporary a"]),
        (Postgresql, "SELECT * INTO a FROM b", &["SELECT b()", "create a () …"]),
        (Postgresql, "CREATE TABLE a ({} int, b {})", &["create a (b ) …"]),
        (Postgresql, "CREATE TABLE t (a int) WITH (fillfactor=70) TABLESPACE x", &["create t (a INT)"]),
        (
            Sqlite,
            "CREATE VIRTUAL TABLE a USING fts5(b, \"c d\" UNINDEXED, content='t', columnsize=0, prefix='2 3')",
            &[
                "create a (b , c d )",
                "create a_data (id INTEGER primary key, block BLOB)",
                "a_data goes with a as a partition",
                "create a_idx (segid  not null, term  not null, pgno , - primary key (segid term))",
                "a_idx goes with a as a partition",
                "create a_config (k  not null primary key, v )",
                "a_config goes with a as a partition",
            ],
        ),
        (
            Sqlite,
            "CREATE VIRTUAL TABLE a USING FTS3(tokenize=porter)",
            &[
                "create a (content )",
                "create a_content (docid INTEGER primary key, c0content )",
                "a_content goes with a as a partition",
                "create a_segments (blockid INTEGER primary key, block BLOB)",
                "a_segments goes with a as a partition",
                "create a_segdir (level INTEGER, idx INTEGER, start_block INTEGER, leaves_end_block INTEGER, end_block INTEGER, root BLOB, - primary key (level idx))",
                "a_segdir goes with a as a partition",
            ],
        ),
        (Sqlite, "CREATE VIRTUAL TABLE a USING fts5({}, b)", &["create a (b ) …", "unknown tables"]),
        (Sqlite, "CREATE VIRTUAL TABLE a USING rtree(id, x, y)", &["create a () …", "unknown tables"]),
        (
            Sqlite,
            "CREATE VIRTUAL TABLE a USING vec0(id integer primary key, v float[4] distance_metric=cosine)",
            &["create a () …", "unknown tables"],
        ),
        (Sqlite, "CREATE VIRTUAL TABLE a USING spellfix1", &["create a () …", "unknown tables"]),
        (
            Sqlite,
            "CREATE VIRTUAL TABLE a USING fts4(b, languageid=\"c\")",
            &["create a (b ) …", "unknown tables"],
        ),
        (Postgresql, "CREATE TABLE {} (a int)", &["unknown"]),
    ]);
}

#[test]
fn every_clause_of_alter_table_is_an_operation() {
    all_read(&[
        (
            Postgresql,
            "ALTER TABLE s.t ADD a int NOT NULL, DROP COLUMN IF EXISTS b CASCADE, ALTER c TYPE text USING c::text, \
             ALTER d SET NOT NULL, ALTER d SET DEFAULT 'x', ALTER d DROP DEFAULT",
            &[
                "s.t: drop b if exists cascade",
                "s.t: alter d default none",
                "s.t: alter c type TEXT",
                "s.t: add a INT not null",
                "s.t: alter d not null",
                "s.t: alter d default 'x'",
            ],
        ),
        (
            Mysql,
            "ALTER TABLE t MODIFY a int NOT NULL, CHANGE b c text, DROP FOREIGN KEY f, DROP PRIMARY KEY, \
             DROP INDEX i, ADD INDEX j (a), ADD UNIQUE KEY k (a)",
            &[
                "t: alter a type INT not null default none",
                "t: alter b to c type TEXT null default none",
                "t: drop constraint ForeignKey f",
                "t: drop constraint Primary -",
                "drop index i on t",
                "t: index j (a)",
                "t: add k unique (a)",
            ],
        ),
        (
            Postgresql,
            "ALTER TABLE t DROP CONSTRAINT IF EXISTS c CASCADE",
            &["t: drop constraint c if exists cascade"],
        ),
        (Sqlite, "ALTER TABLE t RENAME COLUMN a TO b", &["t: alter a to b"]),
        (Sqlite, "ALTER TABLE t RENAME TO u", &["rename t to u"]),
        (Mysql, "RENAME TABLE a TO b, c TO d", &["rename a to b", "rename c to d"]),
        (Mysql, "ALTER TABLE t RENAME u", &["rename t to u"]),
        (Mysql, "ALTER TABLE t DROP a, DROP CHECK c, DROP b", &["t: drop a", "unknown of t", "t: drop b"]),
        (Mysql, "ALTER TABLE t RENAME INDEX a TO b", &["unknown constraints of t"]),
        (Mysql, "UPDATE IGNORE t SET a = 1", &["UPDATE t()"]),
        (Postgresql, "ALTER TABLE s.t RENAME TO u", &["rename s.t to s.u"]),
        (Postgresql, "ALTER TABLE t SET SCHEMA s", &["rename t to s.t"]),
        (Postgresql, "ALTER TABLE IF EXISTS t ADD a int", &["if relation t [t: add a INT] else []"]),
        (Postgresql, "ALTER TABLE t ENABLE ROW LEVEL SECURITY", &["ALTER TABLE on t"]),
        (Postgresql, "ALTER TABLE t ALTER a SET STATISTICS 9", &["t: alter a"]),
        (
            Postgresql,
            "ALTER TABLE t ATTACH PARTITION u DEFAULT",
            &["unknown nothing", "u goes with t as a partition"],
        ),
        (Mysql, "ALTER TABLE t CONVERT TO CHARACTER SET utf8", &["ALTER TABLE on t"]),
        (Postgresql, "ALTER TABLE t {}", &["unknown of t"]),
        (Postgresql, "ALTER TABLE {} ADD a int", &["unknown"]),
        (Postgresql, "ALTER TABLE t DROP COLUMN \"{}_x\"", &["t: drop ?"]),
        (Postgresql, "ALTER TABLE t ADD {} int", &["unknown of t"]),
        (Postgresql, "ALTER TABLE t DROP CONSTRAINT {}", &["t: drop constraint ?"]),
    ]);
}

#[test]
fn indexes_views_types_and_the_rest_are_read() {
    all_read(&[
        (
            Postgresql,
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t USING gin (a gin_trgm_ops, lower(b)) WHERE c",
            &["outside: CREATE INDEX CONCURRENTLY", "t: index i (a) unique expressions if not exists"],
        ),
        (
            Postgresql,
            "CREATE INDEX i ON ONLY t (a COLLATE \"C\" DESC) INCLUDE (b) TABLESPACE x",
            &["t: index i (a)"],
        ),
        (Postgresql, "CREATE INDEX {} ON t (a)", &["t: index ? (a)"]),
        (Postgresql, "CREATE INDEX i ON t (a STRANGE LY)", &["t: index i (?) expressions"]),
        (
            Postgresql,
            "DROP INDEX CONCURRENTLY IF EXISTS s.i",
            &["outside: DROP INDEX CONCURRENTLY", "drop index i if exists"],
        ),
        (Postgresql, "DROP INDEX i, j", &["drop index i", "drop index j"]),
        (Mysql, "DROP INDEX i ON t", &["drop index i on t"]),
        (
            Postgresql,
            "CREATE OR REPLACE VIEW v AS SELECT a.x, b.y AS z FROM a JOIN b ON a.i = b.i",
            &["view v (x, z) reads a, b replace"],
        ),
        (Postgresql, "DROP MATERIALIZED VIEW IF EXISTS v", &["drop view v if exists"]),
        (Postgresql, "ALTER VIEW v RENAME TO w", &["rename View v to w"]),
        (Postgresql, "CREATE TYPE x AS ENUM ('a', 'B')", &["enum x (a, B)"]),
        (Postgresql, "CREATE TYPE x AS (a int)", &["enum x (?)"]),
        (Postgresql, "CREATE TYPE x AS ENUM ('a', '{}')", &["enum x (?)"]),
        (Postgresql, "ALTER TYPE x ADD VALUE IF NOT EXISTS 'b' AFTER 'a'", &["enum x add b if not exists"]),
        (Postgresql, "ALTER TYPE x RENAME VALUE 'a' TO 'b'", &["enum x: a is b"]),
        (
            Postgresql,
            "DROP TYPE IF EXISTS x, y CASCADE",
            &["drop enum x if exists cascade", "drop enum y if exists cascade"],
        ),
        (Postgresql, "COMMENT ON TABLE t IS 'x'", &["COMMENT on t"]),
        (Postgresql, "CREATE EXTENSION IF NOT EXISTS citext", &["create extension citext if not exists"]),
        (
            Postgresql,
            "CREATE EXTENSION \"uuid-ossp\" SCHEMA x CASCADE",
            &["create extension uuid-ossp cascade"],
        ),
        (
            Postgresql,
            "DROP EXTENSION IF EXISTS a, b",
            &["drop extension a if exists", "drop extension b if exists"],
        ),
        (Postgresql, "ALTER EXTENSION a UPDATE", &["ALTER EXTENSION"]),
        (Postgresql, "GRANT ALL ON t TO u", &["GRANT on t"]),
        (Postgresql, "SET search_path TO s, \"B\", pg_catalog", &["SearchPath { schemas: [\"s\", \"B\"] }"]),
        (Postgresql, "SET search_path TO DEFAULT", &["unknown"]),
        (Postgresql, "SET lock_timeout = 3", &["SET"]),
        (Sqlite, "PRAGMA foreign_keys=OFF", &["PRAGMA"]),
        (
            Postgresql,
            "DROP TABLE IF EXISTS a, b CASCADE",
            &["drop a if exists cascade", "drop b if exists cascade"],
        ),
    ]);
}

#[test]
fn data_names_the_tables_and_the_columns_that_are_certain() {
    all_read(&[
        (
            Postgresql,
            "UPDATE T SET a = lower(b), \"C\" = 'x' WHERE d IN (SELECT e FROM u) AND ctid = '1' AND now() > f",
            &["UPDATE t(a C b d f) u()"],
        ),
        (
            Postgresql,
            "INSERT INTO t (a, b) SELECT x, y FROM u WHERE z ON CONFLICT (a) DO UPDATE SET b = excluded.b",
            &["INSERT t(a b) u(x y z)"],
        ),
        (
            Postgresql,
            "WITH c AS (SELECT i FROM t) DELETE FROM s USING c WHERE c.i = s.j",
            &["DELETE t(i) s(j)"],
        ),
        (Postgresql, "SELECT x.a, b FROM s.x AS x LEFT JOIN y ON y.i = x.j", &["SELECT s.x(a j) y(i)"]),
        (Sqlite, "SELECT a, \"b\", rowid, c AS d FROM t WHERE d = 1 ORDER BY e", &["SELECT t(a c)"]),
        (
            Mysql,
            "UPDATE a JOIN b ON a.i = b.j SET a.x = b.y, z = 1 WHERE @v = \"q\"",
            &["UPDATE a(i) b(y j)"],
        ),
        (Mysql, "SELECT TIMESTAMPDIFF(MINUTE, a, b) FROM t", &["SELECT t()"]),
        (Mysql, "DELETE FROM x USING t AS x JOIN u AS y", &["DELETE t() u()"]),
        (Postgresql, "SELECT t, current_date FROM t", &["SELECT t()"]),
        (Postgresql, "SELECT 1 FROM pg_class, information_schema.tables, alembic_version", &["SELECT"]),
        (Postgresql, "SELECT * FROM unnest(ARRAY[1]) AS a (b), generate_series(1, 2)", &["SELECT"]),
        (Postgresql, "SELECT last_value FROM t_id_seq", &["SELECT"]),
        (Postgresql, "SELECT openid FROM user", &["SELECT"]),
        (Postgresql, "SELECT setval('s', (SELECT max(id) FROM t))", &["SELECT t()"]),
        (Postgresql, "SELECT my_upgrade()", &["unknown"]),
        (Sqlite, "SELECT AddGeometryColumn('t', 'c', 4326, 'POINT', 'XY')", &["unknown"]),
        (Postgresql, "TRUNCATE TABLE a, b", &["TRUNCATE a() b()"]),
        (Postgresql, "COPY t (a, b) FROM STDIN", &["COPY t(a b)"]),
        (Postgresql, "INSERT INTO t (a) VALUES {}", &["INSERT t(a)"]),
        (Postgresql, "INSERT INTO t (a, {}) VALUES (1, 2) WEIRDLY", &["INSERT t(a)"]),
        (Postgresql, "UPDATE {} SET a = 1", &["UPDATE"]),
        (Postgresql, "UPDATE t SET a = {} WHERE b = '{}'", &["UPDATE t(a b)"]),
        (
            Postgresql,
            "UPDATE t SET a = :a WHERE b = %(b)s AND c IN :c AND d::text = 'x'",
            &["UPDATE t(a b c d)"],
        ),
    ]);
}

#[test]
fn statements_end_where_the_database_ends_them() {
    all_read(&[
        (
            Postgresql,
            "DROP TABLE a; DROP TABLE b FOO; -- ; x\n /* ; /* ; */ */ DROP TABLE c;;",
            &["drop a", "unknown", "drop c"],
        ),
        (Postgresql, "UPDATE t SET a = ';'; DROP TABLE \";\"", &["UPDATE t(a)", "drop ;"]),
        (
            Postgresql,
            "CREATE FUNCTION f() RETURNS int AS $x$ DROP TABLE a; $x$ LANGUAGE sql; DROP TABLE b",
            &["CREATE FUNCTION", "drop b"],
        ),
        (
            Sqlite,
            "CREATE TRIGGER x AFTER UPDATE ON t BEGIN UPDATE u SET a = CASE WHEN 1 THEN 2 END; DELETE FROM v; END; \
             DROP TABLE z",
            &["CREATE TRIGGER on t", "drop z"],
        ),
        (
            Postgresql,
            "CREATE OR REPLACE RULE x AS ON INSERT TO s.t DO INSTEAD NOTHING; DROP RULE x ON s.t",
            &["CREATE RULE on s.t", "DROP RULE on s.t"],
        ),
        (
            Postgresql,
            "CREATE OR REPLACE TRIGGER x BEFORE UPDATE OF a ON t EXECUTE FUNCTION f(); DROP TRIGGER x ON t; \
             DROP TRIGGER IF EXISTS x ON t; DROP POLICY x ON t",
            &["CREATE TRIGGER on t", "DROP TRIGGER on t", "DROP TRIGGER", "DROP POLICY on t"],
        ),
        (
            Sqlite,
            "CREATE TABLE IF NOT EXISTS a AS SELECT x FROM b",
            &["if relation a [create a if not exists (x )] else [SELECT b(x); create a if not exists (x )]"],
        ),
        (
            Mysql,
            "CREATE PROCEDURE p() BEGIN IF 1 THEN DROP TABLE a; END IF; CASE 1 WHEN 1 THEN SELECT 1; END CASE; END; \
             DROP TABLE z",
            &["CREATE PROCEDURE", "drop z"],
        ),
        (
            Mysql,
            "UPDATE t SET a = 'x\\'; DROP TABLE y; '; DROP TABLE z # ; DROP TABLE y",
            &["UPDATE t(a)", "drop z"],
        ),
        (Postgresql, "UPDATE t SET a = E'\\'; DROP TABLE y; '; DROP TABLE z", &["UPDATE t(a)", "drop z"]),
        (
            Mysql,
            "/*!40101 SET NAMES utf8 */; /*!50001 CREATE VIEW v AS SELECT 1 */",
            &["a comment that MySQL runs", "unknown"],
        ),
        (Postgresql, "DROP TABLE a; UPDATE t SET a = 'x; DROP TABLE b", &["drop a", "UPDATE t()"]),
        (Postgresql, "{} DROP TABLE a; DROP TABLE b", &["unknown"]),
        (Postgresql, "DROP TABLE a; {}; DROP TABLE b", &["drop a", "unknown", "drop b"]),
    ]);
}

#[test]
fn a_block_touches_what_it_could() {
    let block = |body: &str| read(Postgresql, &format!("DO $$ BEGIN {body} END $$"));
    for (body, operations) in [
        ("UPDATE a SET b = 1;", &["UPDATE a(b)"][..]),
        ("UPDATE a SET b = '{}';", &["UPDATE a(b)"]),
        ("NULL;", &["DO"]),
        (
            "CREATE TYPE x AS ENUM ('a'); EXCEPTION WHEN duplicate_object OR unique_violation THEN null;",
            &["try [enum x (a)] but duplicate_object unique_violation []"],
        ),
        (
            "IF NOT EXISTS (SELECT 1 FROM a) THEN ALTER TABLE t ADD x int; END IF;",
            &["if !? [t: add x INT] else []"],
        ),
        ("DROP TABLE t; CREATE INDEX i ON u (a);", &["drop t", "u: index i (a)"]),
        ("EXECUTE 'DROP TABLE t';", &["drop t"]),
        ("EXECUTE 'DROP TABLE ' || quote_ident('T');", &["drop T"]),
        ("EXECUTE 'ALTER TABLE t DROP COLUMN ' || x || ' CASCADE';", &["t: drop ? cascade"]),
        (
            "EXECUTE format('ALTER TABLE %I ADD x int DEFAULT %L, ADD %2$s int', 'T', 'y');",
            &["T: add x INT default 'y'", "T: add y INT"],
        ),
        ("EXECUTE x;", &["unknown"]),
        ("EXECUTE 'GRANT EXECUTE ON FUNCTION f() TO ' || x;", &["GRANT"]),
        ("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO x; ANALYZE t;", &["GRANT", "ANALYZE on t"]),
        ("PERFORM f();", &["unknown"]),
        ("PERFORM pg_advisory_lock(1); RAISE NOTICE 'x %', 1;", &["DO"]),
        ("RAISE EXCEPTION 'no';", &["Raise { message: \"no\" }"]),
        ("{}", &["unknown"]),
        ("IF x THEN RETURN; END IF; DROP TABLE t;", &["if ? [] else [drop t]"]),
        (
            "IF x THEN DROP TABLE a; ELSIF y THEN DROP TABLE b; ELSE DROP TABLE c; END IF;",
            &["if ? [drop a] else [if ? [drop b] else [drop c]]"],
        ),
        ("FOR r IN SELECT 1 LOOP UPDATE t SET a = r.x; END LOOP;", &["if ? [UPDATE t()] else []"]),
        (
            "FOR i IN 1..2 LOOP EXECUTE format('DROP TABLE %I', 'p_' || i); END LOOP;",
            &["if ? [unknown] else []", "if ? [unknown] else []"],
        ),
        ("CASE x WHEN 1 THEN DROP TABLE a; ELSE DROP TABLE b; END CASE;", &["if ? [drop a] else [drop b]"]),
        (
            "BEGIN DROP TABLE a; EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'x'; END; DROP TABLE b;",
            &["try [drop a] but OTHERS []", "drop b"],
        ),
    ] {
        assert_eq!(block(body), operations, "{body}");
    }
    let declared =
        "DO $$ DECLARE n int := 1; t text; BEGIN t := 'x'; SELECT 1 INTO n; UPDATE a SET b = n; END $$";
    assert_eq!(read(Postgresql, declared), ["UPDATE a()"]);
}

#[test]
fn conditions_ask_the_catalogue() {
    for (condition, asked) in [
        ("EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 't')", "table t"),
        (
            "NOT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 's' AND table_name = 't' \
             AND column_name = 'c')",
            "!column s.t.c",
        ),
        (
            "EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'k' AND conrelid = 't'::regclass)",
            "constraint public.t.k",
        ),
        ("NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'e' AND typtype = 'e')", "!(type e and ?)"),
        ("(SELECT count(*) FROM pg_indexes WHERE indexname = 'i') = 0", "!relation public.i"),
        ("to_regclass('s.\"T\"') IS NOT NULL", "relation s.T"),
        ("NOT FOUND", "!?"),
        ("EXISTS (SELECT 1 FROM pg_class WHERE relname = 't') OR true", "(any relation t or true)"),
        ("EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'r')", "?"),
        ("EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = '{}')", "(? and ?)"),
    ] {
        let block = format!("DO $$ BEGIN IF {condition} THEN DROP TABLE t; END IF; END $$");
        assert_eq!(read(Postgresql, &block), [format!("if {asked} [drop t] else []")], "{condition}");
    }
}

#[test]
fn what_is_written_for_another_database_is_refused() {
    let sqlite = [
        ("CREATE TYPE x AS ENUM ('a')", "TYPE"),
        ("DO $$ BEGIN END $$", "DO"),
        ("TRUNCATE t", "TRUNCATE"),
        ("ALTER TABLE t ALTER COLUMN a TYPE text", "ALTER"),
        ("ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)", "CONSTRAINT"),
        ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a)", "FOREIGN"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int", "EXISTS"),
        ("ALTER TABLE t DROP COLUMN a CASCADE", "CASCADE"),
        ("ALTER TABLE t ADD a int, ADD b int", ","),
        ("ALTER TABLE t RENAME CONSTRAINT a TO b", "CONSTRAINT"),
        ("ALTER TABLE t DROP PRIMARY KEY", "PRIMARY"),
        ("ALTER TABLE t DROP FOREIGN KEY f", "FOREIGN"),
        ("DROP TABLE t CASCADE", "CASCADE"),
        ("DROP INDEX i ON t", "ON"),
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "i"),
        ("CREATE INDEX i ON t USING gin (a)", "USING"),
        ("UPDATE t INNER JOIN u ON t.a = u.a SET t.b = 1", "INNER"),
        ("UPDATE t AS x, u SET x.b = 1", ","),
        ("UPDATE t x SET b = 1", "x"),
        ("DELETE x FROM t AS x JOIN u ON x.a = u.a", "x"),
        ("INSERT INTO t SET a = 1", "SET"),
    ];
    for (text, near) in sqlite {
        assert_eq!(read(Sqlite, text), [format!("near \"{near}\": syntax error")], "{text}");
    }
    assert_eq!(read(Sqlite, "UPDATE t SET a = b::text"), ["unrecognized token: \":\""]);
    let postgresql = [
        ("ALTER TABLE t MODIFY a int", "MODIFY"),
        ("PRAGMA foreign_keys=OFF", "PRAGMA"),
        ("CREATE TABLE t (a int AUTO_INCREMENT)", "AUTO_INCREMENT"),
        ("CREATE TABLE t (a int) ENGINE=InnoDB", "ENGINE"),
        ("INSERT OR IGNORE INTO t VALUES (1)", "OR"),
        ("UPDATE `t` SET a = 1", "`"),
        ("UPDATE user SET a = 1", "user"),
        ("UPDATE t SET user = 1", "user"),
        ("CREATE TABLE t (id int, user text)", "user"),
        ("CREATE TABLE t (desc text)", "desc"),
        ("ALTER TABLE t ADD user text", "user"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS limit int", "limit"),
        ("INSERT INTO t (id, user) VALUES (1, 'a')", "user"),
        ("DROP INDEX i ON t", "ON"),
        ("ALTER TABLE t DROP FOREIGN KEY f", "FOREIGN"),
        ("UPDATE s.t x LEFT JOIN u ON x.a = u.a SET b = 1", "LEFT"),
        ("UPDATE t, u SET t.b = 1", ","),
        ("DELETE t FROM t JOIN u ON t.a = u.a", "t"),
        ("UPDATE t SET a = (SELECT b FROM u LIMIT 1) LIMIT 2", "LIMIT"),
        ("DELETE FROM t ORDER BY a", "ORDER"),
        ("INSERT INTO s.t VALUE (1)", "VALUE"),
    ];
    for (text, near) in postgresql {
        assert_eq!(read(Postgresql, text), [format!("syntax error at or near \"{near}\"")], "{text}");
    }
    for text in [
        "CREATE TYPE x AS ENUM ('a')",
        "CREATE EXTENSION x",
        "UPDATE t SET a = b::text",
        "PRAGMA x",
        "DROP INDEX i",
        "UPDATE t SET a = u.a FROM u",
        "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
    ] {
        assert!(read(Mysql, text)[0].starts_with("You have an error"), "{text}");
    }
    for (dialect, text, said) in [
        (Sqlite, "SELECT DATABASE()", "needs database()"),
        (Sqlite, "SELECT pg_get_serial_sequence('t', 'a') FROM t", "needs pg_get_serial_sequence()"),
        (Postgresql, "UPDATE t SET a = last_insert_id()", "needs last_insert_id()"),
        (Postgresql, "SELECT last_insert_rowid()", "needs last_insert_rowid()"),
        (Postgresql, "INSERT INTO t (a) VALUES (strftime('a', 'b'))", "needs strftime()"),
        (Postgresql, "UPDATE t SET a = crypt(a, gen_salt('bf'))", "needs crypt()"),
        (Mysql, "UPDATE t SET a = ifnull(a, date_trunc('day', b))", "needs date_trunc()"),
        (Sqlite, "UPDATE t SET a = now()", "needs now()"),
        (Mysql, "SELECT current_setting('x')", "needs current_setting()"),
    ] {
        assert_eq!(read(dialect, text).last().map(String::as_str), Some(said), "{text}");
    }
    let text = "INSERT INTO t (a) SELECT u.a FROM u JOIN conflict ON conflict.a = u.a";
    assert_eq!(read(Mysql, text), ["INSERT t(a) u(a) conflict(a)"]);
    // Names that only look like such words.
    for text in [
        "INSERT INTO database (a) VALUES (1)",
        "WITH database (a) AS (SELECT 1) SELECT a FROM database",
        "SELECT 'database()' FROM t",
        "UPDATE t SET a = 1 FROM u INNER JOIN v ON u.a = v.a",
        "DELETE FROM t AS x WHERE x.a IN (SELECT a FROM u ORDER BY a LIMIT 1)",
        "UPDATE \"left\" SET a = 1",
    ] {
        for dialect in [Sqlite, Postgresql] {
            let read = read(dialect, text);
            assert!(
                matches!(&read[..], [one] if !one.contains("syntax") && !one.contains("needs")),
                "{read:?}"
            );
        }
    }
    assert_eq!(read(Postgresql, "CREATE TABLE t (unsigned int)"), ["create t (unsigned INT)"]);
    assert_eq!(read(Postgresql, "UPDATE \"user\" SET a = 1"), ["UPDATE user(a)"]);
}

#[test]
fn what_is_deep_or_long_is_unknown_and_harms_nothing() {
    let deep = [
        format!("SELECT {}1{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("SELECT 1{}", " + 1".repeat(100_000)),
        format!("SELECT {}1", "- ".repeat(100_000)),
        format!("SELECT {}1", "NOT ".repeat(100_000)),
        format!("SELECT {}1", "INTERVAL ".repeat(100_000)),
        format!("SELECT {}", "CASE WHEN ".repeat(100_000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(50_000)),
        format!("SELECT * FROM {}", "(".repeat(100_000)),
        format!("SELECT a{}", "::int".repeat(50_000)),
        format!("SELECT a{}", "[1]".repeat(50_000)),
        format!("SELECT {}1{}", "f(".repeat(30), ")".repeat(30)),
        format!("SELECT {}", "a.".repeat(100_000)),
        "EXPLAIN ".repeat(50_000),
        "WITH a AS (".repeat(50_000),
        "CREATE TABLE t (a int[][][]".to_owned() + &"[]".repeat(50_000) + ")",
        format!("CREATE TABLE t (a {}int{})", "ARRAY<".repeat(1_000), ">".repeat(1_000)),
        "$a$ ".repeat(100_000),
        "/*".repeat(200_000),
        "DO $$ BEGIN PERFORM ".to_owned() + &"PERFORM now() ".repeat(30_000) + "END $$",
    ];
    for text in &deep {
        for dialect in Dialect::ALL {
            let found = operations(&SqlText::from(text.as_str()), dialect);
            assert!(found.len() <= 1, "{}", &text[..40]);
        }
    }
    let rows = format!("INSERT INTO t (a) VALUES {}", vec!["(1)"; 400_000].join(","));
    assert_eq!(read(Postgresql, &rows), ["INSERT t(a)"]);
    let called = format!("INSERT INTO t (a) VALUES {}", vec!["(now(), pg_sleep(1))"; 40_000].join(","));
    assert_eq!(read(Postgresql, &called), ["INSERT t(a)"]);
    assert_eq!(read(Sqlite, &called), ["INSERT t(a)"]);
    let long = "DROP TABLE t;".repeat(100_000);
    assert_eq!(read(Postgresql, &long), ["unknown"]);
}

#[test]
fn a_text_that_holds_the_word_for_a_hole_is_told_apart() {
    assert_eq!(read(Postgresql, "DROP TABLE rechain_hole0_"), ["drop rechain_hole0_"]);
    assert_eq!(
        read(Postgresql, "DROP TABLE Rechain_Hole0_; DROP INDEX {}"),
        ["drop rechain_hole0_", "drop index ?"]
    );
}

const STATEMENTS: [&str; 12] = [
    "CREATE TABLE a (b int, c text DEFAULT 'x;')",
    "ALTER TABLE a ADD COLUMN b int",
    "ALTER TABLE a FROBNICATE",
    "DROP TABLE \"a;b\"",
    "UPDATE a SET b = ';' WHERE c = 1 /* ; */",
    "INSERT INTO a (b) VALUES (1), (2)",
    "CREATE INDEX i ON a (b)",
    "DO $$ BEGIN ALTER TABLE a ADD b int; END $$",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END",
    "SELECT b FROM a",
    "CREATE TYPE x AS ENUM ('a')",
    "what is this",
];

fn dialects() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>(), dialect in dialects()) {
        let _found = operations(&SqlText::from(text.as_str()), dialect);
    }

    #[test]
    fn any_words_are_read(
        words in prop::collection::vec(prop::sample::select(
            "CREATE ALTER DROP TABLE INDEX VIEW TYPE ON a b \"a\" 'a' ( ) , ; . :: :a $$ $x$ ADD COLUMN CONSTRAINT \
             SELECT FROM WHERE UPDATE SET INSERT INTO VALUES DO BEGIN END CASE -- /* */ ' \" ` [ ] { } é \u{0} IF EXISTS \
             RENAME TO TRIGGER WITH AS = \\ % %s ENUM DELETE JOIN UNIQUE KEY".split(' ').collect::<Vec<_>>()), 0..24),
        dialect in dialects(),
    ) {
        let _found = operations(&SqlText::from(words.join(" ").as_str()), dialect);
        let _found = operations(&SqlText::from(words.concat().as_str()), dialect);
    }

    #[test]
    fn two_statements_are_read_as_one_and_the_other(
        one in prop::sample::select(STATEMENTS.to_vec()),
        other in prop::sample::select(STATEMENTS.to_vec()),
        dialect in dialects(),
    ) {
        let mut apart = read(dialect, one);
        apart.extend(read(dialect, other));
        prop_assert_eq!(read(dialect, &format!("{one};{other}")), apart);
    }

    #[test]
    fn no_operation_names_a_hole(
        text in prop::sample::select(STATEMENTS.to_vec()),
        at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        dialect in dialects(),
    ) {
        let (from, to) = (at.index(text.len()), to.index(text.len()));
        let (from, to) = (from.min(to), from.max(to));
        let pieces = vec![
            Piece::Text(text[..from].to_owned()),
            Piece::Hole,
            Piece::Text(text[to..].to_owned()),
        ];
        let sql = SqlText { pieces };
        let word = Hole::of(&sql).word().to_owned();
        let found = format!("{:?}", operations(&sql, dialect)).to_ascii_lowercase();
        prop_assert!(!found.contains(&word), "{}", found);
    }
}
