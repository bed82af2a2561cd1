//! What PostgreSQL says of types, of defaults that have one, and of what depends on them. PostgreSQL 18 was asked.

use super::fixture::{empty, first_failure, sql};
use crate::schema::Dialect::Postgresql;

/// What is said to statements, or nothing where all are done.
fn said(text: &str) -> Option<String> {
    first_failure(&mut empty(Postgresql), &sql(Postgresql, text)).map(|(_, failure)| failure.message)
}

const ENUMS: &str = "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TYPE f AS ENUM ('a', 'b');";

#[test]
fn a_default_is_cast_from_the_type_that_it_has_by_itself() {
    for (declared, altered, to) in [
        ("varchar DEFAULT 'a'", "TYPE e USING s::e", Some("e")),
        ("varchar DEFAULT 'a'", "TYPE e USING s::e, ALTER s DROP DEFAULT", None),
        ("varchar DEFAULT 'a'", "DROP DEFAULT; ALTER TABLE t ALTER s TYPE e USING s::e", None),
        ("varchar DEFAULT 'a'", "SET DEFAULT 'b', ALTER s TYPE e USING s::e", Some("e")),
        ("varchar DEFAULT 'a'", "SET DEFAULT NULL; ALTER TABLE t ALTER s TYPE e USING s::e", None),
        ("varchar DEFAULT NULL", "TYPE e USING s::e", None),
        ("varchar DEFAULT 'a'::e", "TYPE e USING s::e", None),
        ("varchar DEFAULT 'a'::f", "TYPE e USING s::e", Some("e")),
        ("varchar DEFAULT lower('A')", "TYPE e USING s::e", None),
        ("e DEFAULT 'a'", "TYPE varchar", None),
        ("e DEFAULT 'a'", "TYPE f USING s::text::f", Some("f")),
        ("e DEFAULT 'a'", "TYPE text; ALTER TABLE t ALTER s TYPE e USING s::e", None),
        ("e DEFAULT 'a'", "TYPE text; ALTER TABLE t ALTER s TYPE f USING s::f", Some("f")),
        ("boolean DEFAULT false", "TYPE integer USING s::int", Some("integer")),
        ("boolean DEFAULT 'f'", "TYPE smallint USING s::int", Some("smallint")),
        ("integer DEFAULT 0", "TYPE boolean USING s::boolean", Some("boolean")),
        ("integer DEFAULT ('0')", "TYPE boolean USING s::boolean", Some("boolean")),
        ("numeric DEFAULT -0.5", "TYPE integer USING s::int", None),
        ("integer DEFAULT 0", "TYPE varchar; ALTER TABLE t ALTER s TYPE integer USING s::int", None),
        ("varchar DEFAULT '0'", "TYPE integer USING s::int", Some("integer")),
        ("text DEFAULT '{}'", "TYPE jsonb USING s::jsonb", Some("jsonb")),
        ("json DEFAULT '{}'", "TYPE jsonb USING s::jsonb", None),
        ("text DEFAULT '{}'::json", "TYPE jsonb USING s::jsonb", None),
        ("varchar DEFAULT now()", "TYPE date USING s::date", None),
        ("timestamp DEFAULT now()", "TYPE integer USING 1", Some("integer")),
        ("varchar(36) DEFAULT gen_random_uuid()", "TYPE uuid USING s::uuid", None),
        ("varchar DEFAULT 'x'", "TYPE date USING s::date", Some("date")),
    ] {
        let text = format!("{ENUMS} CREATE TABLE t (s {declared}); ALTER TABLE t ALTER s {altered}");
        let expected =
            to.map(|to| format!("default for column \"s\" cannot be cast automatically to type {to}"));
        assert_eq!(said(&text), expected, "{declared}: {altered}");
    }
    // What is not known of the column says nothing.
    let text = "CREATE TABLE t (s varchar DEFAULT 'a'); DO $$ BEGIN PERFORM f(); END $$; \
                ALTER TABLE t ALTER s TYPE integer USING s::int";
    assert_eq!(said(text), None);
}

#[test]
fn a_default_keeps_the_type_that_it_has() {
    for (statements, keeps) in [
        ("CREATE TABLE t (s e DEFAULT 'a'); ALTER TABLE t ALTER s TYPE varchar; DROP TYPE e", true),
        ("CREATE TABLE t (s e DEFAULT 'a'); ALTER TABLE t ALTER s TYPE varchar; DROP TYPE IF EXISTS e", true),
        ("CREATE TABLE t (s varchar DEFAULT 'a'::e); DROP TYPE e", true),
        (
            "CREATE TABLE t (s e DEFAULT 'a'); ALTER TABLE t ALTER s TYPE varchar; ALTER TYPE e RENAME TO g; DROP TYPE g",
            true,
        ),
        (
            "CREATE TABLE t (s e DEFAULT 'a'); ALTER TABLE t ALTER s TYPE varchar, ALTER s SET DEFAULT 'a'; DROP TYPE e",
            false,
        ),
        (
            "CREATE TABLE t (s e DEFAULT 'a'); ALTER TABLE t ALTER s DROP DEFAULT; ALTER TABLE t ALTER s TYPE varchar; DROP TYPE e",
            false,
        ),
        (
            "CREATE TABLE t (s e DEFAULT 'a'); ALTER TABLE t ALTER s TYPE varchar; DROP TYPE e CASCADE; DROP TYPE f",
            false,
        ),
        ("CREATE TABLE t (s varchar DEFAULT 'a'); DROP TYPE e", false),
        ("CREATE TABLE t (s e DEFAULT 'a'::e); DROP TYPE e CASCADE; ALTER TABLE t ADD s e", false),
    ] {
        let found = said(&format!("{ENUMS} {statements}"));
        let of_default = found.as_deref().is_some_and(|said| said.contains("because default of column t.s"));
        assert_eq!(of_default, keeps, "{statements}: {found:?}");
    }
    // With the cascade the default goes, and not the column.
    let text = "CREATE TABLE t (s e DEFAULT 'a'); ALTER TABLE t ALTER s TYPE varchar; DROP TYPE e CASCADE; \
                ALTER TABLE t ALTER s TYPE integer USING 1; ALTER TABLE t DROP COLUMN s";
    assert_eq!(said(&format!("{ENUMS} {text}")), None);
}

#[test]
fn what_only_an_extension_brings_needs_it() {
    let lacks_type = |name: &str| Some(format!("type \"{name}\" does not exist"));
    let lacks_function = |name: &str| Some(format!("function {name}() does not exist"));
    let lacks_class =
        |class: &str| Some(format!("operator class \"{class}\" does not exist for access method \"gin\""));
    for (text, expected) in [
        ("CREATE TABLE t (a citext)", lacks_type("citext")),
        ("CREATE EXTENSION citext; CREATE TABLE t (a citext)", None),
        ("CREATE TABLE t (a citext[])", lacks_type("citext")),
        ("CREATE DOMAIN citext AS text; CREATE TABLE t (a citext)", None),
        ("CREATE EXTENSION hstore; CREATE TABLE t (a citext)", lacks_type("citext")),
        // It may bring others along, or be one that does.
        ("CREATE EXTENSION earthdistance CASCADE; CREATE TABLE t (a cube)", None),
        ("CREATE EXTENSION mine; CREATE TABLE t (a citext)", None),
        ("CREATE TABLE t (id int); ALTER TABLE t ADD a vector(3)", lacks_type("vector")),
        ("CREATE TABLE t (a text); ALTER TABLE t ALTER a TYPE hstore USING a::hstore", lacks_type("hstore")),
        ("CREATE TABLE t (a uuid DEFAULT uuid_generate_v4())", lacks_function("uuid_generate_v4")),
        ("CREATE EXTENSION \"uuid-ossp\"; CREATE TABLE t (a uuid DEFAULT uuid_generate_v4())", None),
        ("CREATE TABLE t (a uuid DEFAULT gen_random_uuid())", None),
        ("CREATE TABLE t (a text DEFAULT 'crypt(1)')", None),
        ("CREATE TABLE t (a text); UPDATE t SET a = crypt(a, gen_salt('bf'))", lacks_function("crypt")),
        (
            "CREATE EXTENSION pgcrypto; CREATE TABLE t (a text); UPDATE t SET a = crypt(a, gen_salt('bf'))",
            None,
        ),
        (
            "CREATE TABLE t (a text); ALTER TABLE t ALTER a SET DEFAULT gen_random_bytes(8)",
            lacks_function("gen_random_bytes"),
        ),
        (
            "CREATE TABLE t (a text); CREATE INDEX i ON t USING gin (a gin_trgm_ops)",
            lacks_class("gin_trgm_ops"),
        ),
        (
            "CREATE EXTENSION pg_trgm; CREATE TABLE t (a text); CREATE INDEX i ON t USING gin (a gin_trgm_ops)",
            None,
        ),
        (
            "CREATE EXTENSION citext; CREATE EXTENSION citext",
            Some("extension \"citext\" already exists".to_owned()),
        ),
        ("CREATE EXTENSION citext; CREATE EXTENSION IF NOT EXISTS citext", None),
        ("DROP EXTENSION citext", Some("extension \"citext\" does not exist".to_owned())),
        ("DROP EXTENSION IF EXISTS citext", None),
        ("CREATE EXTENSION citext; DROP EXTENSION citext; CREATE TABLE t (a citext)", lacks_type("citext")),
        (
            "CREATE EXTENSION citext; CREATE TABLE t (a citext); DROP EXTENSION citext",
            Some("cannot drop extension citext because column t.a depends on it".to_owned()),
        ),
        ("CREATE EXTENSION citext; CREATE TABLE t (a citext); DROP EXTENSION citext CASCADE", None),
        ("CREATE EXTENSION citext; CREATE TABLE t (a citext); DROP TABLE t; DROP EXTENSION citext", None),
        ("CREATE EXTENSION plpgsql", Some("extension \"plpgsql\" already exists".to_owned())),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn an_index_compares_by_an_operator_class() {
    for (column, index, lacks) in [
        ("a varchar", "USING gin (a)", Some(("varchar", "gin"))),
        ("a integer", "USING gist (a)", Some(("integer", "gist"))),
        ("a uuid", "USING gist (a)", Some(("uuid", "gist"))),
        ("a e", "USING gin (a)", Some(("e", "gin"))),
        ("a json", "(a)", Some(("json", "btree"))),
        ("a json", "(id, a DESC)", Some(("json", "btree"))),
        ("a json", "USING gin (a)", Some(("json", "gin"))),
        ("a json", "USING hash (a)", Some(("json", "hash"))),
        ("a json", "USING brin (a)", Some(("json", "brin"))),
        ("a json", "((a->>'b'))", None),
        ("a json", "(id) INCLUDE (a)", None),
        ("a jsonb", "(a)", None),
        ("a jsonb", "USING gin (a)", None),
        ("a jsonb", "USING gin (a jsonb_path_ops)", None),
        ("a jsonb", "USING gist (a)", Some(("jsonb", "gist"))),
        ("a text[]", "USING gin (a)", None),
        ("a tsvector", "USING gin (a)", None),
        ("a int4range", "USING gist (a)", None),
        ("a text", "(a text_pattern_ops)", None),
        ("a text", "USING gin (to_tsvector('english', a))", None),
        ("a integer", "USING hash (a)", None),
    ] {
        let text = format!("{ENUMS} CREATE TABLE t (id int, {column}); CREATE INDEX i ON t {index}");
        let lack = |(kind, method): (&str, &str)| {
            format!("data type {kind} has no default operator class for access method \"{method}\"")
        };
        assert_eq!(said(&text), lacks.map(lack), "{column}: {index}");
        let text = format!("CREATE EXTENSION btree_gin; CREATE EXTENSION btree_gist; {text}");
        let is_brought = lacks.is_some_and(|(kind, method)| !kind.starts_with("json") && method != "btree");
        assert_eq!(said(&text).is_none(), is_brought || lacks.is_none(), "{column}: {index}");
    }
    for (table, is_refused) in [
        ("a json UNIQUE", true),
        ("a json PRIMARY KEY", true),
        ("a json, UNIQUE (a)", true),
        ("a jsonb UNIQUE", false),
        ("a int, r int4range, EXCLUDE USING gist (a WITH =, r WITH &&)", true),
        ("a int, r int4range, EXCLUDE USING gist (r WITH &&)", false),
        ("a int, EXCLUDE (a WITH =)", false),
    ] {
        let found = said(&format!("CREATE TABLE t ({table})"));
        let lacks = found.as_deref().is_some_and(|said| said.contains("no default operator class"));
        assert_eq!(lacks, is_refused, "{table}: {found:?}");
    }
}

#[test]
fn names_stand_where_postgresql_takes_them() {
    let table = "CREATE TABLE t (id int, CHECK (user = 'a'), PRIMARY KEY (id));";
    for (statement, expected) in [
        ("SELECT user FROM t", None),
        ("INSERT INTO t (SELECT 1)", None),
        ("INSERT INTO t (TABLE t)", None),
        ("CREATE TABLE u (\"user\" text)", None),
        ("UPDATE t AS a SET a.id = 1", Some("no such column: t.a")),
        ("UPDATE t SET t.id = 1", Some("no such column: t.t")),
        ("UPDATE t AS a SET id = a.id", None),
        ("CREATE TABLE u (a text DEFAULT strftime('%s', 'now'))", Some("function strftime() does not exist")),
        ("ALTER TABLE t ADD a text DEFAULT (datetime('now'))", Some("function datetime() does not exist")),
        ("ALTER TABLE t ADD a text DEFAULT 'datetime(1)'", None),
        ("UPDATE t SET id = greatest(id, 1)", None),
    ] {
        assert_eq!(said(&format!("{table} {statement}")).as_deref(), expected, "{statement}");
    }
}
