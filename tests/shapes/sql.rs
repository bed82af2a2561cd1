//! What can stand in a text of SQL.

use super::{Shape, around, joined, many};

/// A migration that executes one text.
fn executed(name: &str, most: usize, text: impl Fn(usize) -> String + Send + Sync + 'static) -> Shape {
    Shape::body(format!("SQL: {name}"), most, move |n| format!("op.execute({:?})\n", text(n)))
}

pub(super) fn shapes() -> Vec<Shape> {
    let mut all = Vec::new();
    for (name, open, middle, close) in [
        ("parentheses", "(", "1", ")"),
        ("functions", "f(", "1", ")"),
        ("not", "NOT ", "a", ""),
        ("minus", "- ", "1", ""),
        ("casts", "", "a", "::int"),
        ("cast", "CAST(", "a", " AS int)"),
        ("case", "CASE WHEN a THEN ", "1", " END"),
        ("queries", "(SELECT ", "1", ")"),
        ("exists", "EXISTS (SELECT 1 WHERE ", "a", ")"),
        ("arrays", "ARRAY[", "1", "]"),
        ("subscripts", "", "a", "[1]"),
        ("rows", "ROW(", "1", ")"),
        ("collations", "", "a", " COLLATE \"C\""),
        ("at time zones", "", "a", " AT TIME ZONE 'UTC'"),
        ("between", "a BETWEEN 1 AND ", "1", ""),
    ] {
        all.push(executed(&format!("nested, {name}"), 100_000, move |n| {
            format!("SELECT {} FROM t", around(n, open, middle, close))
        }));
        all.push(executed(&format!("nested in a check, {name}"), 100_000, move |n| {
            format!("CREATE TABLE t (a int CHECK ({}))", around(n, open, middle, close))
        }));
    }
    for (name, first, more) in [
        ("and", "a", " AND a"),
        ("or", "a", " OR a"),
        ("sums", "1", " + 1"),
        ("texts", "'a'", " || 'a'"),
        ("arrows", "a", " -> 'b'"),
        ("in", "a", " IN (1)"),
        ("is", "a", " IS NULL"),
        ("less", "a", " < a"),
        ("like", "a", " LIKE 'b'"),
    ] {
        all.push(executed(&format!("in a row, {name}"), 100_000, move |n| {
            format!("UPDATE t SET b = 1 WHERE {first}{}", more.repeat(n))
        }));
    }
    all.extend([
        executed("in a row, names of an IN", 100_000, |n| {
            format!("DELETE FROM t WHERE a IN ({})", joined(n, ", ", |i| i.to_string()))
        }),
        executed("in a row, columns selected", 50_000, |n| format!("SELECT {} FROM t", joined(n, ", ", |i| format!("c{i}")))),
        executed("in a row, unions", 50_000, |n| format!("SELECT 1{}", " UNION SELECT 1".repeat(n))),
        executed("in a row, joins", 20_000, |n| format!("SELECT 1 FROM t{}", many(n, |i| format!(" JOIN t{i} ON true")))),
        executed("in a row, tables", 20_000, |n| format!("DROP TABLE {}", joined(n.max(1), ", ", |i| format!("t{i}")))),
        executed("in a row, names of a WITH", 10_000, |n| {
            format!("WITH {} SELECT 1", joined(n.max(1), ", ", |i| format!("a{i} AS (SELECT 1)")))
        }),
        executed("in a row, a WITH on the one before", 10_000, |n| {
            format!("WITH a0 AS (SELECT 1){} SELECT 1", many(n, |i| format!(", a{} AS (SELECT * FROM a{i})", i + 1)))
        }),
        executed("in a row, whens of a case", 50_000, |n| {
            format!("SELECT CASE{} END FROM t", " WHEN a THEN 1".repeat(n.max(1)))
        }),
        executed("in a row, columns of a table", 20_000, |n| {
            format!("CREATE TABLE t ({})", joined(n.max(1), ", ", |i| format!("c{i} int")))
        }),
        executed("in a row, constraints of a table", 10_000, |n| {
            format!("CREATE TABLE t (a int{})", many(n, |i| format!(", CONSTRAINT k{i} CHECK (a > {i})")))
        }),
        executed("in a row, changes of a table", 10_000, |n| {
            format!("CREATE TABLE t (a int); ALTER TABLE t {}", joined(n.max(1), ", ", |i| format!("ADD COLUMN c{i} int")))
        }),
        executed("in a row, rows inserted", 50_000, |n| {
            format!("CREATE TABLE t (a int); INSERT INTO t (a) VALUES {}", joined(n.max(1), ", ", |i| format!("({i})")))
        }),
        executed("in a row, columns inserted", 5_000, |n| {
            format!(
                "CREATE TABLE t ({}); INSERT INTO t ({}) VALUES ({})",
                joined(n.max(1), ", ", |i| format!("c{i} int")),
                joined(n.max(1), ", ", |i| format!("c{i}")),
                joined(n.max(1), ", ", |i| i.to_string())
            )
        }),
        executed("in a row, columns set", 5_000, |n| {
            format!(
                "CREATE TABLE t ({}); UPDATE t SET {}",
                joined(n.max(1), ", ", |i| format!("c{i} int")),
                joined(n.max(1), ", ", |i| format!("c{i} = {i}"))
            )
        }),
        executed("in a row, values of an enum", 20_000, |n| {
            format!("CREATE TYPE e AS ENUM ({})", joined(n, ", ", |i| format!("'v{i}'")))
        }),
        executed("in a row, statements", 20_000, |n| many(n, |i| format!("UPDATE t SET a = {i};"))),
        executed("in a row, tables made", 10_000, |n| many(n, |i| format!("CREATE TABLE t{i} (id int);"))),
        executed("in a row, views on views", 5_000, |n| {
            "CREATE VIEW v0 AS SELECT 1 AS a;".to_owned()
                + &many(n, |i| format!("CREATE VIEW v{} AS SELECT * FROM v{i};", i + 1))
        }),
        executed("in a row, schemas", 20_000, |n| many(n, |i| format!("CREATE SCHEMA s{i};"))),
        executed("in a row, semicolons", 200_000, |n| ";".repeat(n)),
        executed("in a row, words", 200_000, |n| "SELECT ".repeat(n)),
        executed("in a row, comments", 100_000, |n| "-- a\n".repeat(n) + "SELECT 1"),
        executed("nested comments", 100_000, |n| around(n, "/*", "a", "*/") + "SELECT 1"),
        executed("comments that nobody closes", 100_000, |n| "/*".repeat(n)),
        executed("quotes", 200_000, |n| format!("SELECT '{}'", "''".repeat(n))),
        executed("quotes that nobody closes", 100_001, |n| "SELECT '".repeat(n)),
        executed("quoted names", 100_000, |n| format!("SELECT {}", joined(n.max(1), ".", |_| "\"a\"".to_owned()))),
        executed("dollars", 50_000, |n| many(n, |i| format!("SELECT $a{i}$ x $a{i}$;"))),
        executed("dollars that nobody closes", 50_000, |n| many(n, |i| format!("$a{i}$ "))),
        executed("one long word", 2_000_000, |n| format!("SELECT {}", "a".repeat(n))),
        executed("dotted names", 100_000, |n| format!("SELECT a{}", ".a".repeat(n))),
        executed("blocks", 20_000, |n| format!("DO $$ BEGIN {} END $$", "BEGIN PERFORM 1; END;".repeat(n))),
        executed("nested blocks", 50_000, |n| format!("DO $$ {} $$", around(n.max(1), "BEGIN ", "PERFORM 1;", " END;"))),
        executed("nested ifs", 50_000, |n| {
            format!("DO $$ BEGIN {} END $$", around(n, "IF a THEN ", "PERFORM 1;", " END IF;"))
        }),
        executed("elsifs", 50_000, |n| {
            format!("DO $$ BEGIN IF a THEN PERFORM 1; {} END IF; END $$", "ELSIF a THEN PERFORM 1; ".repeat(n))
        }),
        executed("ifs in a row", 5_000, |n| {
            format!("DO $$ BEGIN {} END $$", many(n, |i| {
                format!("IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a{i}') THEN CREATE TYPE a{i} AS ENUM ('x'); END IF; ")
            }))
        }),
        executed("loops", 20_000, |n| {
            format!("DO $$ BEGIN {} END $$", around(n, "LOOP ", "PERFORM 1;", " END LOOP;"))
        }),
        executed("handlers", 10_000, |n| {
            format!("DO $$ BEGIN PERFORM 1; EXCEPTION {} END $$", "WHEN others THEN NULL; ".repeat(n.max(1)))
        }),
        executed("functions made", 5_000, |n| many(n, |i| {
            format!("CREATE FUNCTION f{i}() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql;")
        })),
        executed("triggers made", 3_000, |n| {
            "CREATE TABLE t (a int);".to_owned()
                + &many(n, |i| format!("CREATE TRIGGER g{i} BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"))
        }),
        executed("types of types", 50_000, |n| format!("CREATE TABLE t (a int{})", "[]".repeat(n))),
        executed("a type of many words", 50_000, |n| format!("CREATE TABLE t (a {})", "a ".repeat(n.max(1)))),
        executed("in a row, secrets that cannot be kept", 2_000, |n| {
            joined(n, " ", |i| format!("INSERT INTO gone{i} (password) VALUES ('Secret{i}x');"))
        }),
        Shape::body("SQL: by as many calls", 20_000, |n| many(n, |i| format!("op.execute('UPDATE t SET a = {i}')\n"))),
        Shape::body("SQL: long texts by as many calls", 1_500, |n| {
            format!("x = '{}'\n", "UPDATE t SET a = 1; ".repeat(n)) + &many(n, |i| format!("op.execute(x + '{i}')\n"))
        }),
    ]);
    all
}
