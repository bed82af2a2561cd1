//! Values that statements write out, as PostgreSQL reads them.

use super::{certain, on};
use crate::schema::Dialect;

const T: &str = "op.execute(\"CREATE TYPE m AS ENUM ('a', 'b')\")
op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('s', sa.Enum('a', 'b', name='m', create_type=False)), sa.Column('v', sa.String(30)), sa.Column('bo', sa.Boolean()), sa.Column('i', sa.BigInteger()), sa.Column('f', sa.Float()), sa.Column('u', sa.Uuid()), sa.Column('j', sa.JSON()), sa.Column('at', sa.DateTime()), sa.Column('d', sa.Date()))
op.execute('CREATE TABLE w (s m, ms m[], n integer[])')
";

/// What certainly fails of statements on that table.
fn said(body: &str) -> Vec<String> {
    certain(&on(Dialect::Postgresql, &format!("{T}{body}")))
}

fn told_of_sql(sql: &str) -> Vec<String> {
    said(&format!("op.execute(\"{sql}\")"))
}

#[test]
fn what_is_no_label_of_an_enum_type_is_told_wherever_it_stands() {
    let label = "invalid input value for enum m: \"c\"";
    for sql in [
        "INSERT INTO t (id, s) VALUES (1, 'c')",
        "INSERT INTO t (id, s) VALUES (1, 'a'), (2, 'c')",
        "INSERT INTO t (s) SELECT 'c' FROM t",
        "UPDATE t SET s = 'c'",
        "UPDATE t AS x SET v = 'x' WHERE x.s = 'c'",
        "DELETE FROM t WHERE s IN ('a', 'c')",
        "SELECT * FROM t WHERE 'c' <> s",
        "SELECT 1 FROM t a JOIN t b ON a.s = 'c'",
        "SELECT * FROM t WHERE v = 'x' AND (s BETWEEN 'a' AND 'c')",
        "SELECT CAST('c' AS m)",
        "UPDATE t SET s = (CASE WHEN v = 'x' THEN 'c'::m ELSE 'a'::m END)",
        "ALTER TABLE t ALTER s SET DEFAULT 'c'",
        "ALTER TABLE t ADD COLUMN z m DEFAULT 'c'",
        "ALTER TABLE t ADD CHECK (s IN ('a', 'c'))",
        "CREATE INDEX i ON t (id) WHERE s = 'c'",
        "CREATE TABLE z (s m DEFAULT 'c')",
        "CREATE TABLE z (s m, CHECK (s <> 'c'))",
        "DO $$ BEGIN UPDATE t SET s = 'c'; END $$",
    ] {
        assert_eq!(told_of_sql(sql), [label], "{sql}");
    }
    for call in [
        "op.alter_column('t', 's', server_default='c')",
        "op.add_column('t', sa.Column('z', sa.Enum('a', 'b', name='m', create_type=False), server_default='c'))",
        "op.create_check_constraint('ck', 't', \"s IN ('a', 'c')\")",
        "op.create_index('i', 't', ['id'], postgresql_where=sa.text(\"s = 'c'\"))",
        "op.create_table('z', sa.Column('k', sa.Enum('a', name='m', create_type=False), server_default='c'))",
    ] {
        assert_eq!(said(call), [label], "{call}");
    }
    for sql in [
        "INSERT INTO t (id, s) VALUES (1, 'a')",
        "INSERT INTO t (id, s) VALUES (1, NULL)",
        "INSERT INTO t (id, v) VALUES (1, 'c')",
        "INSERT INTO t (id, s) VALUES (1, :label)",
        "INSERT INTO t (id, s) VALUES (1, %s)",
        "INSERT INTO t (s) SELECT x.k FROM (SELECT 'c' AS k) x",
        "UPDATE t SET v = 'c'",
        "SELECT * FROM t WHERE s::text = 'c'",
        "SELECT * FROM t WHERE s::text IN ('a', 'c')",
        "SELECT * FROM t, w WHERE s = 'c'",
        "WITH t AS (SELECT 'x' AS s) SELECT * FROM t WHERE s = 'c'",
        "SELECT * FROM other WHERE s = 'c'",
        "INSERT INTO w (ms) VALUES ('{a}')",
        "ALTER TABLE w ALTER ms SET DEFAULT '{a,b}'",
        "ALTER TABLE t ADD CHECK (s::text <> 'c')",
    ] {
        let told = told_of_sql(sql);
        assert!(!told.iter().any(|message| message.contains("enum")), "{sql}: {told:?}");
    }
}

#[test]
fn labels_are_those_that_the_type_has_by_then() {
    let tail = "\nop.execute(\"UPDATE t SET s = 'c'\")";
    let label = "invalid input value for enum m: \"c\"".to_owned();
    for (before, expected) in [
        ("op.execute(\"ALTER TYPE m ADD VALUE 'c'\")", vec![]),
        ("op.execute(\"ALTER TYPE m RENAME VALUE 'b' TO 'c'\")", vec![]),
        ("op.execute(\"ALTER TYPE m ADD VALUE 'd'\")", vec![label]),
        (
            "if op.get_bind().scalar(sa.text('SELECT 1')):\n    op.execute(\"ALTER TYPE m ADD VALUE 'c'\")",
            vec![],
        ),
        ("from nobody import run\nrun(op.get_bind())", vec![]),
    ] {
        assert_eq!(said(&format!("{before}{tail}")), expected, "{before}");
    }
    let on_sqlite = certain(&on(Dialect::Sqlite, &format!("{T}op.execute(\"UPDATE t SET s = 'c'\")")));
    assert!(!on_sqlite.iter().any(|message| message.contains("enum")), "{on_sqlite:?}");
}

#[test]
fn a_default_is_a_value_of_its_column() {
    for (column, default, expected) in [
        (
            "sa.Boolean()",
            "sa.text('0')",
            "column \"z\" is of type boolean but default expression is of type integer",
        ),
        ("sa.Boolean()", "sa.text('false')", ""),
        ("sa.Boolean()", "'0'", ""),
        ("sa.Boolean()", "sa.true()", ""),
        (
            "sa.Integer()",
            "sa.false()",
            "column \"z\" is of type integer but default expression is of type boolean",
        ),
        ("sa.Integer()", "sa.null()", ""),
        ("sa.Boolean()", "'disabled'", "invalid input syntax for type boolean: \"disabled\""),
        (
            "sa.Integer()",
            "sa.text('true')",
            "column \"z\" is of type integer but default expression is of type boolean",
        ),
        ("sa.Integer()", "''", "invalid input syntax for type integer: \"\""),
        ("sa.Integer()", "'-5'", ""),
        ("sa.Integer()", "sa.text('-5')", ""),
        ("sa.Integer()", "'1.5'", "invalid input syntax for type integer: \"1.5\""),
        ("sa.Numeric(5, 2)", "'1.5'", ""),
        ("sa.Float()", "'NaN'", ""),
        ("sa.String(5)", "sa.text('0')", ""),
        ("sa.String(5)", "sa.text('now()')", ""),
        (
            "sa.DateTime()",
            "'CURRENT_TIMESTAMP'",
            "invalid input syntax for type timestamp: \"CURRENT_TIMESTAMP\"",
        ),
        ("sa.DateTime()", "'now()'", ""),
        ("sa.DateTime()", "sa.text('CURRENT_TIMESTAMP')", ""),
        (
            "sa.DateTime()",
            "sa.text('0')",
            "column \"z\" is of type timestamp but default expression is of type integer",
        ),
        ("sa.Date()", "sa.text('now()')", ""),
        (
            "sa.Integer()",
            "sa.text('now()')",
            "column \"z\" is of type integer but default expression is of type timestamp",
        ),
        ("sa.Uuid()", "sa.text('gen_random_uuid()')", ""),
        ("sa.Uuid()", "'gen_random_uuid()'", "invalid input syntax for type uuid: \"gen_random_uuid()\""),
        ("sa.JSON()", "''", "invalid input syntax for type json"),
        ("sa.JSON()", "'{}'", ""),
        ("sa.JSON()", "sa.text(\"'[]'::jsonb\")", ""),
        ("sa.ARRAY(sa.Integer())", "'{}'", ""),
        ("sa.ARRAY(sa.Enum('a', name='m', create_type=False))", "'{}'", ""),
        ("sa.Integer()", "sa.text(\"nextval('q_seq')\")", ""),
        ("sa.Integer()", "sa.text('(1 + 1)')", ""),
        ("Own()", "'x'", ""),
        ("sa.Boolean().with_variant(sa.Integer(), 'postgresql')", "sa.text('0')", ""),
        ("sa.Enum('a', 'b', name='k')", "'A'", "invalid input value for enum k: \"A\""),
        ("sa.Enum('a', 'b', name='k')", "'b'", ""),
        ("sa.Enum('a', 'b', name='k', native_enum=False)", "'A'", ""),
    ] {
        let expected: Vec<_> = Some(expected).into_iter().filter(|own| !own.is_empty()).collect();
        let create = format!("op.create_table('z', sa.Column('z', {column}, server_default={default}))");
        assert_eq!(said(&create), expected, "{create}");
        let make = if column.contains("name='k'") {
            "sa.Enum('a', 'b', name='k').create(op.get_bind())\n"
        } else {
            ""
        };
        let add = format!("{make}op.add_column('t', sa.Column('z', {column}, server_default={default}))");
        assert_eq!(said(&add), expected, "{add}");
    }
}

#[test]
fn a_default_must_become_what_its_column_becomes() {
    let default = |column: &str, to: &str| {
        format!("default for column \"{column}\" cannot be cast automatically to type {to}")
    };
    for (sql, expected) in [
        ("ALTER TABLE t ALTER v SET DEFAULT 'a'; ALTER TABLE t ALTER v TYPE m USING v::m", default("v", "m")),
        ("ALTER TABLE t ALTER v SET DEFAULT 'a', ALTER v TYPE m USING v::m", String::new()),
        (
            "ALTER TABLE t ALTER v SET DEFAULT 'a', ALTER v DROP DEFAULT, ALTER v TYPE m USING v::m",
            String::new(),
        ),
        (
            "ALTER TABLE t ALTER i SET DEFAULT 0; ALTER TABLE t ALTER i TYPE boolean USING i::int::boolean",
            default("i", "boolean"),
        ),
        ("ALTER TABLE t ALTER i SET DEFAULT 0; ALTER TABLE t ALTER i TYPE text USING i::text", String::new()),
        ("ALTER TABLE t ALTER i TYPE boolean USING i::int::boolean", String::new()),
        ("ALTER TABLE t ALTER s SET DEFAULT NULL; ALTER TABLE t ALTER s TYPE integer USING 1", String::new()),
    ] {
        let calls: Vec<_> = sql.split("; ").map(|own| format!("op.execute(\"{own}\")")).collect();
        let expected: Vec<_> = Some(expected).into_iter().filter(|own| !own.is_empty()).collect();
        assert_eq!(said(&calls.join("\n")), expected, "{sql}");
    }
    let alter = "op.alter_column('t', 'v', type_=sa.Enum('a', 'b', name='m', create_type=False), postgresql_using='v::m'";
    let kept = "op.alter_column('t', 'v', server_default='a')\n";
    assert_eq!(said(&format!("{kept}{alter})")), [default("v", "m")]);
    assert_eq!(said(&format!("{kept}{alter}, server_default='b')")), [default("v", "m")]);
    // The type is changed first.
    assert_eq!(said(&format!("{kept}{alter}, server_default=None)")), [default("v", "m")]);
    assert_eq!(said(&format!("{alter}, server_default='b')")), [""; 0]);
    assert_eq!(said(&format!("{alter})")), [""; 0]);
}

#[test]
fn what_is_compared_or_set_has_a_fitting_type() {
    for (sql, expected) in [
        ("UPDATE t SET bo = 1", "column \"bo\" is of type boolean but expression is of type integer"),
        (
            "INSERT INTO t (id, bo) VALUES (1, 0)",
            "column \"bo\" is of type boolean but expression is of type integer",
        ),
        ("UPDATE t SET i = 'x'", "invalid input syntax for type bigint: \"x\""),
        ("DELETE FROM t WHERE bo = 0", "operator does not exist: boolean = integer"),
        ("DELETE FROM t WHERE v IN (1, 2)", "operator does not exist: varchar = integer"),
        ("ALTER TABLE t ADD CHECK (bo IN (0, 1))", "operator does not exist: boolean = integer"),
        ("UPDATE t SET s = 'a'::text", "column \"s\" is of type m but expression is of type text"),
        ("UPDATE t SET bo = i", "column \"bo\" is of type boolean but expression is of type integer"),
        ("UPDATE t SET i = x.v FROM t AS x", "column \"i\" is of type bigint but expression is of type text"),
        (
            "INSERT INTO t (i) SELECT DISTINCT x.at FROM t x JOIN t y ON x.id = y.id",
            "column \"i\" is of type bigint but expression is of type timestamp",
        ),
        ("SELECT 1 FROM t x JOIN t y ON x.v = y.i", "operator does not exist: varchar = integer"),
        ("UPDATE t SET v = i", ""),
        (
            "CREATE TYPE two AS (x INT, y INT); CREATE TABLE p (a two, b two[]); UPDATE p SET a = 1",
            "column \"a\" is of type two but expression is of type integer",
        ),
        (
            "CREATE TYPE two AS (x INT, y INT); CREATE TABLE p (a two); INSERT INTO t (i) SELECT a FROM p",
            "column \"i\" is of type bigint but expression is of type record",
        ),
        ("CREATE TYPE two AS (x INT, y INT); CREATE TABLE p (a two, b TEXT); UPDATE p SET b = a", ""),
        (
            "CREATE DOMAIN two AS INT; CREATE TABLE p (a two); UPDATE p SET a = 1; UPDATE t SET i = a FROM p",
            "",
        ),
        ("UPDATE t SET d = at WHERE at > d", ""),
        ("INSERT INTO t (v, d) SELECT bo, at FROM t", ""),
        ("WITH t AS (SELECT 1 AS v) INSERT INTO t (i) SELECT v FROM t", ""),
        ("WITH q AS (SELECT 1 AS v) UPDATE t SET i = q.v FROM q", ""),
        ("UPDATE t SET i = q.v FROM (SELECT 1 AS v) q", ""),
        ("INSERT INTO t (i) SELECT v.v FROM (VALUES (1)) AS v (v)", ""),
        ("UPDATE t SET bo = '1'", ""),
        ("UPDATE t SET v = 1", ""),
        ("DELETE FROM t WHERE i = 1.5", ""),
        ("DELETE FROM t WHERE at > now()", ""),
        ("DELETE FROM t WHERE d = CURRENT_TIMESTAMP", ""),
        ("DELETE FROM t WHERE v LIKE '1'", ""),
    ] {
        let expected: Vec<_> = Some(expected).into_iter().filter(|own| !own.is_empty()).collect();
        assert_eq!(told_of_sql(sql), expected, "{sql}");
    }
}

#[test]
fn texts_of_rows_are_read_as_what_their_columns_take() {
    for (column, value, is_refused) in [
        // No type looks like one that is not known.
        ("sa.column('s')", "'c'", false),
        ("sa.column('s', sa.String)", "'c'", true),
        ("sa.column('s', sa.String())", "'a'", false),
        ("sa.column('s', sa.Enum('a', 'c', name='m'))", "'c'", true),
        ("sa.column('s', Own())", "'c'", false),
        ("sa.column('s', sa.JSON)", "'c'", false),
        ("sa.column('s')", "None", false),
        ("sa.column('s')", "label()", false),
    ] {
        let body = format!(
            "label = input\nrows = sa.table('t', sa.column('id'), {column})\nop.bulk_insert(rows, [{{'id': 1, 's': 'b'}}, {{'id': 2, 's': {value}}}])"
        );
        let told = said(&body);
        assert_eq!(
            told.iter().any(|message| message.contains("enum m: \"c\"")),
            is_refused,
            "{column}: {told:?}"
        );
    }
}

#[test]
fn what_may_be_taken_in_another_way_is_not_refused() {
    let class = "class Color(enum.Enum):\n    red = 'R'\n    blue = 'B'\n";
    for body in [
        // Alembic changes the type first.
        "op.alter_column('t', 'i', type_=sa.String(9), server_default='draft', postgresql_using='i::text')",
        "op.alter_column('t', 'i', type_=sa.Boolean(), server_default=sa.true(), postgresql_using='i > 0')",
        "op.alter_column('t', 's', type_=sa.Text(), server_default='other', postgresql_using='s::text')",
        // An array of them is none of them.
        "op.execute(\"CREATE TABLE z (n numeric(10, 2)[] DEFAULT '{}', v varchar(20)[])\")\nop.execute(\"UPDATE z SET n = '{}' WHERE v = '{}'\")",
        "op.execute('CREATE TABLE z (v varchar(20)[], at timestamp(3)[])')\nop.execute('CREATE INDEX i ON z USING gin (v, at)')",
        "op.execute('CREATE CAST (integer AS boolean) WITH INOUT AS ASSIGNMENT')\nop.execute('UPDATE t SET bo = 0')",
        "op.execute('CREATE OPERATOR = (leftarg = boolean, rightarg = integer, function = f)')\nop.execute('DELETE FROM t WHERE bo = 0')",
        "op.execute('CREATE OPERATOR CLASS c DEFAULT FOR TYPE json USING btree AS FUNCTION 1 f(json, json)')\nop.create_index('i', 't', ['j'])",
        "op.execute(\"UPDATE pg_cast SET castcontext = 'a' WHERE castsource = 23\")\nop.execute('UPDATE t SET bo = 0')",
        "op.execute(\"INSERT INTO pg_enum (enumtypid, enumlabel) SELECT 1, 'c'\")\nop.execute(\"UPDATE t SET s = 'c'\")",
        // Which of two types is meant is for the search path to say.
        "op.execute('CREATE SCHEMA o')\nop.execute(\"CREATE TYPE o.m AS ENUM ('c')\")\nop.execute(\"SELECT 'c'::m\")",
        "op.execute(sa.text('UPDATE t SET v = :v').params(v='x'))",
    ] {
        assert_eq!(said(body), [""; 0], "{body}");
    }
    let bulk = "op.create_table('z', sa.Column('c', sa.Enum(Color)))\nop.bulk_insert(sa.table('z', sa.column('c', sa.Enum(Color))), [{'c': Color.red}])";
    assert_eq!(said(&format!("import enum\n{class}{bulk}")), [""; 0]);
}
