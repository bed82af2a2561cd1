//! What is asked of a database, and what it says.

use super::{by, certain, failures, follow, met_in_project, on, tree_of, upgrade, upgrade_of};
use crate::schema::{Dialect, DialectRules, Schema, Truth};
use crate::source::{ProjectModules, PythonFiles};

#[test]
fn sql_is_read_where_it_is_executed() {
    assert_eq!(
        upgrade(
            "op.execute('ALTER TABLE t ADD COLUMN a int')\nop.get_bind().execute(sa.text('DROP TABLE u'))\nop.execute(f'UPDATE t SET a = {len(x)}')"
        ),
        ["add t.a INT", "drop u", "UPDATE t(a)", "!name 'x' is not defined"]
    );
}

#[test]
fn a_handler_reads_the_words_of_a_refusal() {
    let body = "op.create_table('a', sa.Column('x', sa.Integer()))
try:
    op.add_column('NAME', sa.Column('x', sa.Integer()))
except sa.exc.OperationalError:
    op.drop_table('b')
except sa.exc.ProgrammingError as e:
    if 'already exists' in str(e).lower():
        pass
    else:
        raise
op.drop_table('a')";
    assert_eq!(upgrade(&body.replace("NAME", "a")), ["create a(x)", "add a.x Integer", "drop a"]);
    assert_eq!(
        upgrade(&body.replace("NAME", "b")),
        ["create a(x)", "add b.x Integer", "raises ProgrammingError"]
    );
    // Only the database tells whether these are its words; it may go on.
    let other = body.replace("NAME", "b").replace("already exists", "42P07");
    assert_eq!(upgrade(&other), ["create a(x)", "add b.x Integer", "drop a"]);
}

#[test]
fn a_savepoint_that_is_rolled_back_leaves_nothing_behind() {
    for body in [
        "try:\n    with op.get_bind().begin_nested():\n        op.create_table('t', sa.Column('x', sa.Text))\n        raise ValueError\nexcept ValueError:\n    pass",
        "nested = op.get_bind().begin_nested()\nop.create_table('t', sa.Column('x', sa.Text))\nnested.rollback()",
    ] {
        let body = format!("{body}\nif sa.inspect(op.get_bind()).has_table('t'):\n    op.drop_table('t')");
        assert_eq!(upgrade(&body), ["noted ROLLBACK"], "{body}");
    }
    let kept = "with op.get_bind().begin_nested():\n    op.create_table('t', sa.Column('x', sa.Text))\nif sa.inspect(op.get_bind()).has_table('t'):\n    op.drop_table('t')";
    assert_eq!(upgrade(kept), ["create t(x)", "drop t"]);
}

#[test]
fn several_statements_in_one_text_are_refused_by_sqlite() {
    let of = |text: &str| {
        let body = format!("TEXT = op.get_bind().x\nop.execute({text})");
        certain(&on(Dialect::Sqlite, &body)).len()
    };
    assert_eq!(of("'PRAGMA a; PRAGMA b'"), 1);
    for one in [
        "'PRAGMA a;'",
        "'PRAGMA a; -- that is all'",
        "'; PRAGMA a;;'",
        "f'PRAGMA a; {TEXT}'",
        "\"SELECT ';' ; \"",
    ] {
        assert_eq!(of(one), 0, "{one}");
    }
    let trigger = "'CREATE TRIGGER r AFTER INSERT ON sqlite_master BEGIN SELECT 1; SELECT 2; END;'";
    assert_eq!(of(trigger), 0);
}

#[test]
fn the_drivers_own_connection_executes_what_it_is_given() {
    for body in [
        "cur = op.get_bind().connection.cursor()\ncur.execute('DROP TABLE x')",
        "with op.get_bind().connection.cursor() as cur:\n    cur.execute('DROP TABLE x')",
        "op.get_bind().connection.driver_connection.executescript('DROP TABLE x; DROP TABLE y')",
        "op.get_bind().engine.raw_connection().execute('DROP TABLE x')",
    ] {
        let met = upgrade(body);
        assert_eq!(met[0], "drop x", "{body}");
        assert!(!met.iter().any(|told| told.starts_with('!')), "{body}");
    }
    assert_eq!(upgrade("op.get_context().connection.execute(sa.text('DROP TABLE x'))"), ["drop x"]);
}

#[test]
fn a_migration_goes_on_without_what_was_refused() {
    let body = "try:\n    op.create_table('t', sa.Column('g', sa.Integer, sa.ForeignKey('gone.id')))\nexcept Exception:\n    pass\nif sa.inspect(op.get_bind()).has_table('t'):\n    op.drop_table('t')";
    assert_eq!(upgrade(body)[1..], [""; 0], "{body}");
}

#[test]
fn several_statements_in_one_text_are_refused_by_asyncpg() {
    let of = |takes_several: Truth, text: &str| {
        let body = format!("NAME = op.x\nop.execute({text})");
        let rules = DialectRules { takes_several, ..DialectRules::new(Dialect::Postgresql) };
        failures(&by(rules, &body)).map(|failure| failure.certain).collect::<Vec<_>>()
    };
    let several = "'CREATE EXTENSION a; CREATE EXTENSION b'";
    assert_eq!(of(Truth::No, several), [true]);
    assert_eq!(of(Truth::Maybe, several), [false]);
    assert!(of(Truth::Yes, several).is_empty());
    // PostgreSQL counts them before it looks at any.
    assert!(of(Truth::No, "'DROP TABLE gone; DROP TABLE gone'")[0]);
    for one in [
        "'CREATE EXTENSION a;;'",
        "'CREATE EXTENSION a; -- that is all;\\n/* a; b */'",
        "\"COMMENT ON DATABASE d IS ';'; \"",
        "'DO $$ BEGIN PERFORM 1; PERFORM 2; END $$;'",
        "'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1; SELECT 2 $body$'",
        "'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END'",
        "'CREATE RULE r AS ON INSERT TO pg_class DO INSTEAD (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))'",
        "f'CREATE EXTENSION a; {NAME}'",
    ] {
        assert!(!of(Truth::No, one).contains(&true), "{one}");
    }
}

/// What fails in `upgrade()` of a project on a database, and whether it is certain.
pub(super) fn failures_in(body: &str, files: &[(&str, &str)], dialect: Dialect) -> Vec<(String, bool)> {
    let tree = tree_of(files);
    let files = PythonFiles::of(&tree);
    let schema = Schema::empty(DialectRules::new(dialect));
    let followed = follow(&upgrade_of(body), schema, Some(dialect), &ProjectModules::of(&files));
    failures(&followed).map(|failure| (failure.message.clone(), failure.certain)).collect()
}

#[test]
fn a_function_of_another_database_is_missing_unless_the_project_makes_it() {
    for (dialect, call, files, certain) in [
        (Dialect::Sqlite, "pg_sleep", ("shop/db.py", "pg_sleep = 1"), true),
        (Dialect::Sqlite, "pg_sleep", ("shop/db.py", "c.create_function('pg_sleep', 1, time.sleep)"), false),
        (Dialect::Postgresql, "last_insert_id", ("shop/db.py", "SQL = 'CREATE FUNCTION other()'"), true),
        (Dialect::Postgresql, "last_insert_id", ("db/init.sql", "CREATE FUNCTION s.last_insert_id()"), false),
        (Dialect::Mysql, "to_regclass", ("db/init.sql", "create function to_regclass(a text)"), false),
    ] {
        for body in
            [format!("op.execute('SELECT {call}()')"), format!("op.execute('UPDATE t SET a = {call}()')")]
        {
            let body = format!("op.create_table('t', sa.Column('a', sa.Integer()))\n{body}");
            let found = failures_in(&body, &[files], dialect);
            assert!(
                matches!(&found[..], [(message, own)] if message.contains(call) && *own == certain),
                "{found:?}"
            );
        }
    }
}

#[test]
fn a_column_may_be_a_function_of_the_row() {
    for (files, certain) in [
        (("db/init.sql", "CREATE FUNCTION other(t) RETURNS text"), true),
        (("shop/db.py", "# this function has no full_name"), true),
        (("db/init.sql", "CREATE OR REPLACE FUNCTION public.full_name(t) RETURNS text"), false),
        (("db/init.sql", "create function \"full_name\" (t) returns text"), false),
        (("shop/db.py", "PGFunction(schema='public', signature='full_name(t)')"), false),
    ] {
        let body =
            "op.create_table('t', sa.Column('a', sa.Integer()))\nop.execute('SELECT t.full_name FROM t')";
        let found = failures_in(body, &[files], Dialect::Postgresql);
        assert!(matches!(&found[..], [(_, own)] if *own == certain), "{files:?}: {found:?}");
        let found = failures_in(body, &[files], Dialect::Sqlite);
        assert!(matches!(&found[..], [(_, true)]), "{files:?}: {found:?}");
    }
}

#[test]
fn an_extension_is_missing_unless_the_project_creates_it() {
    for (column, files, certain) in [
        ("sa.dialects.postgresql.CITEXT()", ("shop/db.py", "text = 'citext'"), true),
        ("pgvector.sqlalchemy.Vector(3)", ("shop/db.py", ""), true),
        ("geoalchemy2.types.Geometry(geometry_type='POINT', srid=4326)", ("shop/db.py", ""), true),
        ("sa.dialects.postgresql.CITEXT()", ("shop/db.py", "'CREATE EXTENSION hstore'"), true),
        ("sa.dialects.postgresql.CITEXT()", ("shop/db.py", "'create extension IF NOT EXISTS citext'"), false),
        ("sa.dialects.postgresql.CITEXT()", ("shop/db.py", "f'CREATE EXTENSION {name}'"), false),
        (
            "sa.UUID(), server_default=sa.text('uuid_generate_v4()')",
            ("db/init.sql", "CREATE FUNCTION uuid_generate_v4()"),
            false,
        ),
    ] {
        let body = format!(
            "import geoalchemy2, pgvector.sqlalchemy\nop.create_table('t', sa.Column('a', {column}))"
        );
        let found = failures_in(&body, &[files], Dialect::Postgresql);
        assert!(matches!(&found[..], [(_, own)] if *own == certain), "{files:?}: {found:?}");
    }
}

#[test]
fn sqlite_has_no_schema_that_nobody_attaches() {
    let table = "op.create_table('t', sa.Column('id', sa.Integer()), schema='app')";
    let unknown = |certain| vec![("unknown database app".to_owned(), certain)];
    for (files, certain) in [
        ([("shop/db.py", "e = create_engine(u)")], true),
        ([("shop/db.py", "c.execute(\"ATTACH 'a.db' AS app\")")], false),
        ([("shop/db.py", "c.execute(\"attach database 'a.db' AS app\")")], false),
        ([("shop/db.py", "e = e.execution_options(schema_translate_map={'app': None})")], false),
    ] {
        assert_eq!(failures_in(table, &files, Dialect::Sqlite), unknown(certain), "{files:?}");
    }
    let files = [("shop/db.py", "")];
    let of = |body: &str, dialect| failures_in(body, &files, dialect);
    assert_eq!(of("op.create_index('ix', 't', ['a'], schema='app')", Dialect::Sqlite)[0], unknown(true)[0]);
    assert_eq!(of("op.execute('CREATE VIEW app.v AS SELECT 1 AS a')", Dialect::Sqlite), unknown(true));
    let attached = "op.execute(\"ATTACH 'a.db' AS app\")\nop.create_table('t', sa.Column('id', sa.Integer()), schema='app')";
    for own in [attached, &table.replace("'app'", "'main'"), &table.replace("'app'", "'temp'")] {
        assert_eq!(of(own, Dialect::Sqlite), [], "{own}");
    }
    let asks = |rest: &str| {
        let source = format!("def upgrade():\n    insp = sa.inspect(op.get_bind())\n    {rest}");
        met_in_project(&source, &files)
    };
    assert_eq!(asks("insp.get_columns('t', schema='app')"), ["!unknown database app"]);
    assert_eq!(asks("insp.has_table('t', schema='app')"), [""; 0]);
    assert_eq!(
        asks("op.execute(\"ATTACH 'a.db' AS app\")\n    insp.get_columns('t', schema='app')").len(),
        1
    );
    // A schema of PostgreSQL may be there by itself.
    let missing = "schema \"app\" does not exist".to_owned();
    assert_eq!(of(table, Dialect::Postgresql), [(missing, false)]);
}

#[test]
fn a_session_that_says_it_does_not_commit_by_itself_commits_nothing() {
    let body = "try:\n    op.drop_table('gone')\nexcept Exception:\n    pass\nop.execute('SELECT 1')";
    for (says, certain) in [
        ("sessionmaker(autocommit=False, bind=e)", true),
        ("sessionmaker(**{'autocommit': False})", true),
        ("", true),
        ("connection.autocommit = True", false),
        ("sessionmaker(autocommit=False)\nconnection.autocommit = flag", false),
        ("create_engine(u, isolation_level='AUTOCOMMIT')", false),
    ] {
        let all = failures_in(body, &[("shop/db.py", says)], Dialect::Postgresql);
        let is_told = all.iter().any(|(message, certain)| *certain && message.contains("aborted"));
        assert_eq!(is_told, certain, "{says}");
    }
}

#[test]
fn a_caught_error_aborts_the_transaction_where_nothing_before_it_may_raise() {
    let drops = "op.drop_table('gone')";
    for (block, certain) in [
        (drops, true),
        ("print('x')\n    bind = op.get_bind()\n    op.drop_table('gone')", true),
        ("for name in ['gone', 'lost']:\n        op.drop_table(name)", true),
        ("with op.batch_alter_table('gone') as batch:\n        batch.drop_column('a')", true),
        ("if op.get_bind().dialect.name == 'postgresql':\n        op.drop_table('gone')", true),
        ("for row in rows:\n        take(row)\n    op.drop_table('gone')", false),
        ("take(op.f('x'))\n    op.drop_table('gone')", false),
        ("for name in ['gone', 'lost']:\n        op.drop_table(name)\n        take(name)", false),
        ("one = rows[0]\n    op.drop_table('gone')", false),
    ] {
        let body = format!(
            "rows = (1, 2)\ndef take(row):\n    return row\ntry:\n    {block}\nexcept Exception:\n    pass\nop.execute('SELECT 1')"
        );
        let all = failures_in(&body, &[("shop/db.py", "")], Dialect::Postgresql);
        let is_told = all.iter().any(|(message, certain)| *certain && message.contains("aborted"));
        assert_eq!(is_told, certain, "{block}: {all:?}");
    }
}

#[test]
fn what_postgresql_does_not_take_of_a_type_is_told_as_sqlalchemy_writes_it() {
    for (kind, expected) in [
        ("sa.DATETIME()", "type \"datetime\" does not exist"),
        ("sa.DateTime()", ""),
        ("sqlite.DATETIME()", ""),
        ("mysql.DATETIME(fsp=6)", "type \"datetime\" does not exist"),
        ("sa.BLOB", "type \"blob\" does not exist"),
        ("sa.LargeBinary(5)", ""),
        ("sa.Text(500)", "type modifier is not allowed for type \"text\""),
        ("sa.UnicodeText(length=5)", "type modifier is not allowed for type \"text\""),
        ("sa.Text(length=None)", ""),
        ("sa.Text(5).with_variant(sa.String(5), 'postgresql')", ""),
    ] {
        let body = format!(
            "from sqlalchemy.dialects import mysql, sqlite\nop.create_table('t', sa.Column('a', {kind}))"
        );
        let expected: Vec<_> =
            Some((expected.to_owned(), true)).into_iter().filter(|(told, _)| !told.is_empty()).collect();
        assert_eq!(failures_in(&body, &[], Dialect::Postgresql), expected, "{kind}");
        assert_eq!(failures_in(&body, &[], Dialect::Sqlite), [], "{kind}");
    }
}

#[test]
fn rows_may_go_with_what_a_session_deletes() {
    let of = |cascade: &str, body: &str| {
        let body = format!(
            "from sqlalchemy.orm import Session, declarative_base, relationship
class T(declarative_base()):
    __tablename__ = 't'
    a = sa.Column(sa.Integer, primary_key=True)
    own = relationship('U'{cascade})
s = Session(op.get_bind())
op.create_table('t', sa.Column('a', sa.Integer))
op.execute('INSERT INTO t VALUES (1)')
{body}
op.add_column('t', sa.Column('b', sa.Integer, nullable=False))"
        );
        let source = upgrade_of(&body);
        let tree = tree_of(&super::BESIDE);
        let files = PythonFiles::of(&tree);
        let rules = DialectRules::new(Dialect::Postgresql);
        let schema = Schema::empty(rules);
        certain(&follow(&source, schema, Some(Dialect::Postgresql), &ProjectModules::of(&files))).is_empty()
    };
    assert!(of("", "for row in s.query(T):\n    s.delete(row)"));
    assert!(of(", cascade='all, delete-orphan'", "s.get(T, 1).own = []\ns.commit()"));
    assert!(!of("", "s.get(T, 1).own = []\ns.commit()"));
    assert!(!of("", "s.add(T(a=1))\ns.flush()"));
}

#[test]
fn the_address_of_the_database_begins_with_its_name() {
    let asked = |dialect, condition: &str| {
        let body = format!("url = op.get_bind().engine.url\nif {condition}:\n    op.drop_table('gone')");
        let followed = on(dialect, &body);
        match (failures(&followed).count(), certain(&followed).len()) {
            (0, _) => Some(false),
            (_, 0) => None,
            _ => Some(true),
        }
    };
    for (condition, on_postgresql, on_sqlite) in [
        ("str(url).startswith('mysql')", Some(false), Some(false)),
        ("str(url).startswith('postgres')", Some(true), Some(false)),
        ("f'{url}'.startswith(('mysql', 'mariadb'))", None, None),
        // A driver may stand between.
        ("str(url).startswith('postgresql://')", None, Some(false)),
        ("str(url) == 'mysql://host/name'", Some(false), Some(false)),
        ("str(url) == 'sqlite:///x.db'", Some(false), None),
        ("'sqlite' in str(url)", None, Some(true)),
        ("url.get_backend_name() == 'sqlite'", Some(false), Some(true)),
        ("url.drivername.startswith('sqlite')", Some(false), Some(true)),
        ("url.get_dialect().name == 'postgresql'", Some(true), Some(false)),
        ("url.render_as_string(hide_password=False).startswith('sqlite')", Some(false), Some(true)),
        ("url.database == 'prod'", None, None),
    ] {
        assert_eq!(asked(Dialect::Postgresql, condition), on_postgresql, "{condition}");
        assert_eq!(asked(Dialect::Sqlite, condition), on_sqlite, "{condition}");
    }
    assert_eq!(asked(Dialect::Mysql, "str(url).startswith('mysql')"), None);
}
