//! What is asked of a database, and what it says.

use super::{follow, met_in_project, told, upgrade};
use crate::ingest::{SourceTree, TreePath};
use crate::schema::{Dialect, DialectRules, Schema, SearchPath, Truth};
use crate::source::{ProjectModules, PythonFiles};

#[test]
fn conditions_on_the_dialect_and_the_inspector_are_decided() {
    assert_eq!(
        upgrade(
            "bind = op.get_bind()\nif bind.dialect.name == 'sqlite':\n    op.drop_table('no')\nelif op.get_context().dialect.name in ('postgresql',):\n    op.drop_table('yes')"
        ),
        ["drop yes"]
    );
    assert_eq!(
        upgrade(
            "op.create_table('w')\ninsp = sa.inspect(op.get_bind())\nif 't' in insp.get_table_names():\n    op.drop_table('t')\nif not insp.has_table('u'):\n    op.drop_table('u')\nif 'c' not in [c['name'] for c in insp.get_columns('w')]:\n    op.drop_table('v')"
        ),
        ["create w()", "drop u", "drop v"]
    );
}

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
fn types_of_their_own_are_created_and_dropped() {
    assert_eq!(
        upgrade(
            "from sqlalchemy.dialects import postgresql\ne = postgresql.ENUM('a', 'b', name='kind')\ne.create(op.get_bind(), checkfirst=True)\nsa.Enum(name='old').drop(op.get_bind())"
        ),
        ["enum kind", "drop enum old"]
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
fn the_columns_of_a_clause_are_used() {
    let body = "t = sa.table('t', sa.column('key'), sa.column('a'))
op.execute(t.delete().where((t.c.key == None) & (t.c.a > 1)))
if t.c.key == 1:
    op.execute(sa.select(t.c.a).order_by(t.c.key))";
    assert_eq!(upgrade(body), ["DELETE t() t(key) t(a)", "?SELECT t(a) t(key)"]);
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
fn what_sqlalchemy_2_does_not_take_is_told() {
    let text = "!SQLAlchemy 2 executes no plain text: write sa.text(…) around it";
    assert_eq!(upgrade("op.get_bind().execute('ANALYZE')"), ["noted ANALYZE", text]);
    assert_eq!(upgrade("op.get_bind().exec_driver_sql('ANALYZE')"), ["noted ANALYZE"]);
    assert_eq!(upgrade("op.execute('ANALYZE')"), ["noted ANALYZE"]);
    assert_eq!(
        upgrade("sa.select([sa.column('a')])"),
        ["!SQLAlchemy 2 selects no list: write select(…) of what is in it"]
    );
    assert_eq!(upgrade("try:\n    op.get_bind().execute('ANALYZE')\nexcept Exception:\n    pass"), [""; 0]);
    let source = "def upgrade():\n    op.get_bind().execute('ANALYZE')";
    for (list, is_told) in [
        ("SQLAlchemy==1.4.46", false),
        ("sqlalchemy[asyncio] >= 1.3, < 2.0", false),
        ("SQLAlchemy >= 0.8", false),
        ("sqlalchemy-utils==1.0", true),
        ("Flask-SQLAlchemy==2.5", true),
        ("# sqlalchemy==1.4", true),
        ("SQLAlchemy>=2", true),
    ] {
        let told = met_in_project(source, &[("requirements.txt", list)]).contains(&text.to_owned());
        assert_eq!(told, is_told, "{list}");
    }
}

#[test]
fn types_that_cannot_be_written_are_refused() {
    let enums = "op.add_column('t', sa.Column('k', sa.Enum('a', 'b')))";
    let failures = |body: &str| {
        let source = format!("from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    {body}\n");
        let schema = Schema::unknown(DialectRules::new(Dialect::Postgresql));
        let followed = follow(&source, schema, None, &ProjectModules::none());
        let failures = followed.log.into_iter().flat_map(|entry| entry.outcome.failures);
        failures.filter(|failure| failure.certain).map(|failure| failure.message).collect::<Vec<_>>()
    };
    assert_eq!(failures(enums), ["an Enum needs a name on PostgreSQL (column k): Enum(…, name='…')"]);
    for fine in [
        "op.add_column('t', sa.Column('k', sa.Enum('a', 'b', native_enum=False)))",
        "op.add_column('t', sa.Column('k', sa.Enum('a', 'b', name=NAME)))",
        "op.add_column('t', sa.Column('k', sa.Enum(*VALUES)))",
        "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('up', sa.ForeignKey('t.id')))",
        "sa.Table('t', sa.MetaData(), sa.Column('o', sa.ForeignKey('o.id'))).create(op.get_bind())",
        "op.execute(sa.select(sa.column('x')))",
        "op.add_column('t', sa.Column('k', sa.Float(precision='24')))",
    ] {
        let fine = format!("NAME = VALUES = op.get_bind().x\n    {fine}");
        assert_eq!(failures(&fine), [""; 0], "{fine}");
    }
    let float = "op.add_column('t', sa.Column('k', sa.Float(precision='24,8')))";
    assert_eq!(failures(float), ["PostgreSQL has no type Float(precision='24,8') (column k)"]);
    let array = "op.add_column('t', sa.Column('k', sa.ARRAY(sa.Enum('a'))))";
    assert_eq!(failures(array), ["an Enum needs a name on PostgreSQL (column k): Enum(…, name='…')"]);
    for missing in [
        "op.add_column('t', sa.Column('o_id', sa.ForeignKey('o.id')))",
        "op.create_table('t', sa.Column('o_id', sa.ForeignKey('o.id'), nullable=False))",
        "op.create_table('t', sa.Column('o_id'))",
    ] {
        let told = ["column o_id has no type, and SQLAlchemy can write none for it"];
        assert_eq!(failures(missing), told, "{missing}");
    }
}

#[test]
fn several_statements_in_one_text_are_refused_by_sqlite() {
    let of = |text: &str| {
        let source = format!(
            "from alembic import op\nTEXT = op.get_bind().x\ndef upgrade():\n    op.execute({text})\n"
        );
        let schema = Schema::empty(DialectRules::new(Dialect::Sqlite));
        let followed = follow(&source, schema, Some(Dialect::Sqlite), &ProjectModules::none());
        followed
            .log
            .iter()
            .flat_map(|entry| &entry.outcome.failures)
            .filter(|failure| failure.certain)
            .count()
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
fn a_type_that_an_inspector_tells_of_is_of_the_classes_that_it_stands_on() {
    let of = |kind: &str, class: &str, dialect: Dialect| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\ndef upgrade():\n    op.create_table('t', sa.Column('x', {kind}))\n    rows = sa.inspect(op.get_bind()).get_columns('t')\n    row = next((row for row in rows if row['name'] == 'x'), None)\n    if isinstance(row['type'], {class}):\n        op.drop_table('yes')\n    else:\n        op.drop_table('no')\n"
        );
        let schema = Schema::empty(DialectRules::new(dialect));
        told(follow(&source, schema, Some(dialect), &ProjectModules::none()))[1..].join(" ")
    };
    let (lite, post) = (Dialect::Sqlite, Dialect::Postgresql);
    for (kind, class, dialect, expected) in [
        ("sa.String(5)", "sa.VARCHAR", post, "drop yes"),
        ("sa.String(5)", "sa.Text", post, "drop no"),
        ("sa.Text()", "sa.String", post, "drop yes"),
        ("sa.DateTime()", "postgresql.TIMESTAMP", post, "drop yes"),
        ("sa.DateTime()", "postgresql.TIMESTAMP", lite, "drop no"),
        ("sa.TIMESTAMP()", "postgresql.TIMESTAMP", lite, "drop no"),
        ("sa.DateTime()", "sa.DateTime", lite, "drop yes"),
        ("sa.Enum('a', name='e')", "sa.Enum", post, "drop yes"),
        ("sa.Enum('a', name='e')", "sa.Enum", lite, "drop no"),
        ("sa.BigInteger()", "(sa.Text, sa.Integer)", lite, "drop yes"),
        ("postgresql.JSONB()", "sa.JSON", post, "drop yes"),
        ("other.Kind()", "sa.String", post, "?drop yes ?drop no"),
    ] {
        assert_eq!(
            of(kind, class, dialect).replace("!name 'other' is not defined", "").trim(),
            expected,
            "{kind} {class} {dialect:?}"
        );
    }
}

#[test]
fn a_migration_goes_on_without_what_was_refused() {
    let body = "try:\n    op.create_table('t', sa.Column('g', sa.Integer, sa.ForeignKey('gone.id')))\nexcept Exception:\n    pass\nif sa.inspect(op.get_bind()).has_table('t'):\n    op.drop_table('t')";
    assert_eq!(upgrade(body)[1..], [""; 0], "{body}");
}

#[test]
fn sqlite_counts_up_no_column_of_a_composite_key() {
    let of = |columns: &str| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('t', {columns})\n"
        );
        let schema = Schema::empty(DialectRules::new(Dialect::Sqlite));
        let followed = follow(&source, schema, Some(Dialect::Sqlite), &ProjectModules::none());
        followed
            .log
            .iter()
            .flat_map(|entry| &entry.outcome.failures)
            .filter(|failure| failure.certain)
            .count()
    };
    let counted = "sa.Column('a', sa.Integer, autoincrement=True)";
    assert_eq!(of(&format!("{counted}, sa.Column('b', sa.Text), sa.PrimaryKeyConstraint('a', 'b')")), 1);
    assert_eq!(of(&format!("{counted}, sa.Column('b', sa.Text), sa.PrimaryKeyConstraint('a')")), 0);
    assert_eq!(
        of("sa.Column('a', sa.Integer, primary_key=True), sa.Column('b', sa.Integer, primary_key=True)"),
        0
    );
    assert_eq!(
        of(
            "sa.Column('a', sa.Integer, primary_key=True, autoincrement=True), sa.Column('b', sa.Integer, primary_key=True)"
        ),
        1
    );
}

#[test]
fn what_the_catalogue_is_asked_is_known() {
    let of = |dialect: Dialect, asked: &str, params: &str, how: &str| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text))\n    op.create_index('ix', 't', ['a'])\n    r = op.get_bind().execute(sa.text({asked:?}){params})\n    if {how}:\n        op.drop_table('yes')\n    else:\n        op.drop_table('no')\n"
        );
        let schema = Schema::empty(DialectRules::new(dialect));
        let met = told(follow(&source, schema, Some(dialect), &ProjectModules::none()));
        met.into_iter()
            .filter(|told| told.ends_with("drop yes") || told.ends_with("drop no"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (lite, post) = (Dialect::Sqlite, Dialect::Postgresql);
    let columns = "SELECT 1 FROM information_schema.columns WHERE table_name = :t AND column_name = :c";
    for (dialect, asked, params, how, expected) in [
        (post, columns, ", {'t': 't', 'c': 'a'}", "r.fetchone() is not None", "drop yes"),
        (post, columns, ", {'t': 't', 'c': 'x'}", "r.fetchone() is not None", "drop no"),
        (post, columns, ", {'t': 't', 'c': UNKNOWN}", "r.fetchone() is not None", "?drop yes ?drop no"),
        (
            post,
            "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 't')",
            "",
            "r.scalar()",
            "drop yes",
        ),
        (post, "SELECT EXISTS (SELECT FROM pg_tables WHERE tablename = 'gone')", "", "r.scalar()", "drop no"),
        (
            post,
            "SELECT column_name FROM information_schema.columns WHERE table_name='t'",
            "",
            "'b' in [row[0] for row in r.fetchall()]",
            "drop yes",
        ),
        (post, "SELECT 1 FROM pg_indexes WHERE indexname = 'ix' LIMIT 1", "", "r.first()", "drop yes"),
        (post, "SELECT count(*) FROM pg_type WHERE typname = 'kind'", "", "r.scalar() > 0", "drop no"),
        (post, "SELECT 1 FROM t", "", "r.first()", "?drop yes ?drop no"),
        (lite, "PRAGMA table_info(t)", "", "'a' in [row[1] for row in r]", "drop yes"),
        (lite, "PRAGMA table_info(t)", "", "'x' in {row[1] for row in r.fetchall()}", "drop no"),
        (
            lite,
            "SELECT name FROM sqlite_master WHERE type='index' AND name='ix'",
            "",
            "r.fetchone()",
            "drop yes",
        ),
        (
            lite,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'gone'",
            "",
            "r.fetchone()",
            "drop no",
        ),
    ] {
        let met = of(dialect, asked, params, how);
        assert_eq!(met.replace("!name 'UNKNOWN' is not defined", "").trim(), expected, "{asked} {params}");
    }
    assert_eq!(
        upgrade(
            "if not op.get_bind().scalar(sa.text(\"SELECT 1 FROM pg_tables WHERE tablename = :n\").bindparams(n='t')):\n    op.create_table('t')"
        ),
        ["SELECT ", "create t()"]
    );
}

#[test]
fn postgresql_lists_the_indexes_of_unique_constraints_too() {
    let of = |dialect: Dialect| {
        let source = "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text), sa.UniqueConstraint('b', name='uq'))\n    op.create_index('ix', 't', ['a'])\n    for index in sa.inspect(op.get_bind()).get_indexes('t'):\n        if not index.get('duplicates_constraint'):\n            op.drop_index(index['name'])\n        op.drop_column('t', '_'.join(index['column_names']))\n";
        let schema = Schema::empty(DialectRules::new(dialect));
        told(follow(source, schema, Some(dialect), &ProjectModules::none()))[2..].join(" ")
    };
    assert_eq!(of(Dialect::Postgresql), "drop index ix drop t.a drop t.b");
    assert_eq!(of(Dialect::Sqlite), "drop index ix drop t.a");
}

#[test]
fn a_type_that_an_inspector_tells_of_is_shown_as_it_is_written() {
    let of = |kind: &str, dialect: Dialect| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('t', sa.Column('x', {kind}))\n    for row in sa.inspect(op.get_bind()).get_columns('t'):\n        op.drop_table(str(row['type']))\n"
        );
        let schema = Schema::empty(DialectRules::new(dialect));
        told(follow(&source, schema, Some(dialect), &ProjectModules::none()))[1].clone()
    };
    let (lite, post) = (Dialect::Sqlite, Dialect::Postgresql);
    let unknown = "unknown: drops a table whose name is computed / Everything";
    for (kind, dialect, expected) in [
        ("sa.Integer()", lite, "drop INTEGER"),
        ("sa.String(36)", lite, "drop VARCHAR(36)"),
        ("sa.String(length=36)", post, "drop VARCHAR(36)"),
        ("sa.String", post, "drop VARCHAR"),
        ("sa.Unicode(7)", lite, "drop VARCHAR(7)"),
        ("sa.String(36, collation='C')", post, unknown),
        ("sa.Numeric(10, 2)", post, "drop NUMERIC(10, 2)"),
        ("sa.Numeric(precision=10)", post, "drop NUMERIC(10, 0)"),
        ("sa.Numeric(10)", lite, "drop NUMERIC(10)"),
        ("sa.DateTime(timezone=True)", post, "drop TIMESTAMP"),
        ("sa.Float(5)", post, "drop DOUBLE PRECISION"),
        ("sa.Text(5)", post, "drop TEXT"),
        ("sa.JSON()", lite, "drop JSON"),
        ("sa.Uuid()", lite, unknown),
    ] {
        assert_eq!(of(kind, dialect), expected, "{kind} {dialect:?}");
    }
}

#[test]
fn what_sqlalchemy_2_takes_no_longer_is_told() {
    let told = |call: &str| {
        let body = format!(
            "conn = op.get_bind()\nm = sa.MetaData()\nt = sa.Table('t', m, sa.Column('a', sa.Text))\nlight = sa.table('t', sa.column('a'))\nrest = {{'x': 1}} if conn.scalar(sa.text('SELECT 1')) else {{}}\n{call}"
        );
        upgrade(&body).into_iter().filter(|told| told.starts_with('!')).collect::<Vec<_>>().join(" ")
    };
    for (call, expected) in [
        ("light.insert(values={'a': 1})", "!insert() takes no argument values in SQLAlchemy 2"),
        ("t.update(t.c.a == 1)", "!update() takes 0 arguments by place in SQLAlchemy 2"),
        ("sa.delete(t, t.c.a == 1)", "!delete() takes 1 arguments by place in SQLAlchemy 2"),
        (
            "conn.execute(t.select(whereclause=None))",
            "!select() takes no argument whereclause in SQLAlchemy 2",
        ),
        ("conn.execute(sa.text('SELECT :a'), a=1)", "!execute() takes no argument a in SQLAlchemy 2"),
        ("m.create_all()", "!create_all() misses its argument bind"),
        ("sa.MetaData(bind=conn)", "!MetaData() takes no argument bind in SQLAlchemy 2"),
        ("sa.MetaData(conn)", "!MetaData() takes no connection in SQLAlchemy 2"),
        (
            "sa.case([(t.c.a == 1, 2)])",
            "!SQLAlchemy 2 takes no list of cases: write case(…) of what is in it",
        ),
        (
            "sa.Table('x', m, autoload=True)",
            "!Table() takes no argument autoload in SQLAlchemy 2: write autoload_with",
        ),
    ] {
        assert_eq!(told(call), expected, "{call}");
    }
    for fine in [
        "light.insert().values({'a': 1})",
        "sa.insert(t).values(a=1)",
        "sa.func.insert('a', 1, 2, 'b')",
        "sa.func.pg_catalog.text('a', 1)",
        "conn.execute(sa.text('SELECT :a'), {'a': 1}, execution_options={})",
        "conn.execute(statement=sa.text('SELECT 1'))",
        "m.create_all(conn, checkfirst=False)",
        "light.insert(**rest)",
        "sa.case((t.c.a == 1, 2), else_=3)",
        "if conn.scalar(sa.text('SELECT 1')):\n    light.insert(values={})",
    ] {
        assert_eq!(told(fine), "", "{fine}");
    }
    let old = [("requirements.txt", "SQLAlchemy<2")];
    let source = "def upgrade():\n    op.execute(sa.table('t').insert(values={}))";
    assert_eq!(met_in_project(source, &old), ["INSERT t()"]);
}

#[test]
fn sqlalchemy_reads_no_table_that_is_not_there() {
    let of = |dialect: Dialect, body: &str| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('t', sa.Column('a', sa.Text))\n    i, m = sa.inspect(op.get_bind()), sa.MetaData()\n    {}\n",
            body.replace('\n', "\n    ")
        );
        let schema = Schema::empty(DialectRules::new(dialect));
        told(follow(&source, schema, Some(dialect), &ProjectModules::none()))[1..].join(" ")
    };
    let (lite, post) = (Dialect::Sqlite, Dialect::Postgresql);
    for (dialect, body, expected) in [
        (post, "i.get_columns('gone')", "!no such table: gone"),
        (lite, "i.get_indexes('gone')", "!no such table: gone"),
        (post, "i.get_foreign_keys('gone', schema='far')", "!no such table: far.gone"),
        (lite, "i.get_foreign_keys('gone', schema='far')", ""),
        (post, "sa.Table('gone', m, autoload_with=op.get_bind())", "!no such table: gone"),
        // It is told once, and gone on from as if it were there.
        (
            post,
            "i.get_columns('gone')\ni.get_indexes('gone')\nop.drop_table('gone')",
            "drop gone !no such table: gone",
        ),
        (
            post,
            "try:\n    i.get_columns('gone')\nexcept sa.exc.NoSuchTableError:\n    op.drop_table('t')",
            "drop t",
        ),
        (
            post,
            "try:\n    i.get_columns('gone')\nexcept sa.exc.DBAPIError:\n    op.drop_table('t')",
            "raises NoSuchTableError",
        ),
        (post, "sa.Table('gone', m, sa.Column('a', sa.Text))", ""),
        (
            post,
            "sa.Table('gone', m, sa.Column('a', sa.Text))\nsa.Table('gone', m, autoload_with=op.get_bind())",
            "",
        ),
        (post, "i.get_columns('t')", ""),
        (post, "i.get_columns('alembic_version')", ""),
        (post, "i.get_columns('tables', schema='information_schema')", ""),
        (
            post,
            "op.execute(open('x').read())\ni.get_columns('gone')",
            "unknown: SQL that is computed / Everything",
        ),
    ] {
        assert_eq!(of(dialect, body), expected, "{dialect:?} {body}");
    }
}

#[test]
fn several_statements_in_one_text_are_refused_by_asyncpg() {
    let of = |takes_several: Truth, text: &str| {
        let source = format!("from alembic import op\nNAME = op.x\ndef upgrade():\n    op.execute({text})\n");
        let rules = DialectRules { takes_several, ..DialectRules::new(Dialect::Postgresql) };
        let schema = Schema::empty(rules);
        let followed = follow(&source, schema, Some(Dialect::Postgresql), &ProjectModules::none());
        let failures = followed.log.iter().flat_map(|entry| &entry.outcome.failures);
        failures.map(|failure| failure.certain).collect::<Vec<_>>()
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

#[test]
fn a_search_path_that_is_not_known_makes_nothing_certain_of_names_that_may_be_one_table() {
    let of = |search_path: &SearchPath, body: &str| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef make(name, **kw):\n    op.create_table(name, sa.Column('id', sa.Integer()), **kw)\n\
             def upgrade():\n    op.execute('CREATE SCHEMA s; CREATE SCHEMA app')\n    insp = sa.inspect(op.get_bind())\n    {}\n",
            body.replace('\n', "\n    ")
        );
        let rules =
            DialectRules { search_path: search_path.clone(), ..DialectRules::new(Dialect::Postgresql) };
        let followed =
            follow(&source, Schema::empty(rules), Some(Dialect::Postgresql), &ProjectModules::none());
        let failures = followed.log.iter().flat_map(|entry| &entry.outcome.failures);
        let failures: Vec<_> = failures.map(|failure| (failure.kind.word(), failure.certain)).collect();
        let tables = followed
            .schema
            .tables()
            .map(|(name, table)| format!("{name}{}", if table.certain { "" } else { "?" }));
        (failures, tables.collect::<Vec<_>>().join(" "))
    };
    let app = SearchPath::Is(vec!["app".into()]);
    let (default, unknown) = (SearchPath::default(), SearchPath::NotKnown { is_listed: true });
    // One name is one table, wherever it is.
    for path in [&default, &unknown] {
        assert_eq!(of(path, "make('t')\nmake('u')"), (vec![], "t u".to_owned()));
        assert_eq!(of(path, "make('t')\nmake('t')").0, [("table-exists", true)]);
        assert_eq!(of(path, "op.drop_table('t')").0, [("no-such-table", true)]);
        assert_eq!(of(path, "make('t')\nif not insp.has_table('t'):\n    make('t')").0, []);
        assert_eq!(of(path, "make('t', schema='s')\nmake('u')"), (vec![], "u s.t".to_owned()));
    }
    // What is listed is in the schema that the connection began with.
    let lists = "make('t')\nif 't' in insp.get_table_names():\n    op.drop_table('gone')";
    assert_eq!(of(&unknown, lists).0, [("no-such-table", true)]);
    assert_eq!(of(&SearchPath::NotKnown { is_listed: false }, lists).0, [("no-such-table", false)]);
    assert!(!of(&unknown, &format!("make('x', schema='s')\n{lists}")).0.contains(&("no-such-table", true)));
    // Two names may be one table.
    for (body, certain) in [
        ("make('t')\nop.execute('DROP TABLE s.t')", ("no-such-table", true)),
        ("make('t', schema='s')\nop.drop_table('t')", ("no-such-table", true)),
        ("make('t')\nmake('t', schema='public')", ("table-exists", true)),
        (
            "make('t')\nif insp.has_table('t', schema='s'):\n    pass\nelse:\n    op.drop_table('gone')",
            ("no-such-table", true),
        ),
    ] {
        assert_eq!(of(&default, body).0, [certain], "{body}");
        assert!(!of(&unknown, body).0.contains(&certain), "{body}");
    }
    let (failures, tables) = of(
        &unknown,
        "make('t', schema='s')\nmake('t')\nop.drop_table('t', schema='s')\nop.add_column('t', sa.Column('n', sa.Integer()))",
    );
    assert!(failures.iter().all(|(_, certain)| !certain), "{failures:?}");
    assert_eq!(tables, "t?");
    let body = "make('t')\nop.execute('CREATE TABLE t (id int)')";
    assert_eq!(of(&unknown, body).0, [("table-exists", true)]);
    let translated = SearchPath::Translated;
    assert_eq!(of(&translated, body).0, [("table-exists", false)]);
    // What is in no schema is not found, wherever it is looked for.
    assert_eq!(of(&translated, "op.drop_table('t')").0, [("no-such-table", true)]);
    assert_eq!(of(&translated, "make('t', schema='s')\nop.drop_table('t')").0, [("no-such-table", false)]);
    // What is asked for is looked up where it is made.
    assert_eq!(
        of(&app, "make('t')\nif not insp.has_table('t'):\n    make('t')"),
        (vec![], "app.t".to_owned())
    );
    assert_eq!(
        of(&app, "make('t')\nif 'id' not in [c['name'] for c in insp.get_columns('t')]:\n    make('t')").0,
        []
    );
    assert!(
        of(&app, "make('t')\nif 't' not in insp.get_table_names():\n    make('t')")
            .0
            .iter()
            .all(|(_, certain)| !certain)
    );
    let asks = "make('t')\nif not op.get_bind().execute(sa.text(\"SELECT to_regclass('t') IS NOT NULL\")).scalar():\n    make('t')";
    assert!(of(&app, asks).0.iter().all(|(_, certain)| !certain));
    let guard = "make('t')\nop.execute('SET search_path TO app')\nmake('t')";
    assert_eq!(of(&default, guard), (vec![], "t app.t".to_owned()));
}

#[test]
fn what_may_set_the_search_path_puts_it_in_doubt() {
    let of = |body: &str| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef make(name, **kw):\n    op.create_table(name, sa.Column('id', sa.Integer()), **kw)\n\
             def upgrade():\n    x = op.get_bind().x\n    {}\n",
            body.replace('\n', "\n    ")
        );
        let schema = Schema::empty(DialectRules::new(Dialect::Postgresql));
        let followed = follow(&source, schema, Some(Dialect::Postgresql), &ProjectModules::none());
        let failures = followed.log.iter().flat_map(|entry| &entry.outcome.failures);
        failures.filter(|failure| failure.certain).count()
    };
    for unknown in [
        "op.execute(f'SET search_path TO {x}')",
        "op.execute(f'SET LOCAL search_path = {x}, public')",
        "op.execute(x)",
        "op.execute(f\"SELECT set_config('search_path', '{x}', false)\")",
        "op.execute(f'SET search_path TO {x}') if x else op.execute('SET search_path TO a')",
    ] {
        let of = |body: &str| of(&format!("{unknown}\n{body}"));
        // One name is one table for as long as nothing changes the path.
        assert_eq!(of("make('t')\nmake('t')"), 1, "{unknown}");
        assert_eq!(of("make('t')\nmake('t', schema='public')"), 0, "{unknown}");
        assert_eq!(of("make('t')\nop.execute('SET search_path TO public')\nmake('t')"), 0, "{unknown}");
        assert_eq!(of("make('t')\nop.execute('SET search_path TO a')\nop.drop_table('t')"), 0, "{unknown}");
    }
}

#[test]
fn an_inspector_tells_names_as_the_database_keeps_them() {
    let (long, kept) = ("x".repeat(70), "x".repeat(63));
    let of = |dialect: Dialect, condition: &str| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('t', sa.Column('{long}', sa.Text))\n    op.create_table('{long}', sa.Column('a', sa.Text))\n    insp = sa.inspect(op.get_bind())\n    if {condition}:\n        op.drop_table('yes')\n    else:\n        op.drop_table('no')\n"
        );
        let schema = Schema::empty(DialectRules::new(dialect));
        told(follow(&source, schema, Some(dialect), &ProjectModules::none()))[2..].join(" ")
    };
    for told in [
        "[c['name'] for c in insp.get_columns('t')]",
        "insp.get_table_names()",
        "sa.Table('t', sa.MetaData(), autoload_with=op.get_bind()).c",
    ] {
        let of = |dialect: Dialect, name: &str| of(dialect, &format!("'{name}' in {told}"));
        assert_eq!(of(Dialect::Postgresql, &long), "drop no", "{told}");
        assert_eq!(of(Dialect::Postgresql, &kept), "drop yes", "{told}");
        assert_eq!(of(Dialect::Sqlite, &long), "drop yes", "{told}");
    }
    // What a name stands for that is longer, the driver decides.
    let asked = format!("insp.has_table('{long}')");
    assert_eq!(of(Dialect::Postgresql, &asked), "?drop yes ?drop no");
    assert_eq!(of(Dialect::Sqlite, &asked), "drop yes");
}

#[test]
fn what_holds_for_each_release_of_postgresql_in_question_is_decided() {
    let of = |condition: &str| {
        upgrade(&format!(
            "conn = op.get_bind()\nif {condition}:\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"
        ))
        .into_iter()
        .filter(|met| met.contains("drop"))
        .collect::<Vec<_>>()
        .join(" ")
    };
    let (yes, no, unknown) = ("drop yes", "drop no", "?drop yes ?drop no");
    let shown = "int(conn.execute(sa.text('show server_version')).scalar_one().split('.')[0])";
    let whole = "int(conn.scalar(sa.text('SHOW server_version_num;')))";
    for (condition, expected) in [
        (format!("{shown} >= 11"), yes),
        (format!("{shown} < 10"), no),
        (format!("{shown} >= 99"), unknown),
        (format!("{shown} == 9"), no),
        (format!("{whole} > 90600"), yes),
        (format!("120000 <= {whole}"), yes),
        (format!("{whole} > 130000"), unknown),
        ("conn.dialect.server_version_info >= (9, 5)".to_owned(), yes),
        ("conn.dialect.server_version_info < (13,)".to_owned(), no),
        ("conn.dialect.server_version_info >= (13, 1)".to_owned(), unknown),
        ("conn.dialect.server_version_info[0] >= 12".to_owned(), yes),
        ("conn.dialect.server_version_info[1] >= 0".to_owned(), unknown),
        ("conn.connection.server_version < 90500".to_owned(), no),
    ] {
        assert_eq!(of(&condition), expected, "{condition}");
    }
    let source = "from alembic import op\ndef upgrade():\n    if op.get_bind().dialect.server_version_info >= (3, 8):\n        op.drop_table('t')";
    let (rules, lite) = (DialectRules::new(Dialect::Sqlite), Some(Dialect::Sqlite));
    let met = told(follow(source, Schema::empty(rules), lite, &ProjectModules::none()));
    assert_eq!(met, ["?drop t"]);
}

#[test]
fn a_primary_key_has_a_name_where_the_database_tells_of_one() {
    let of = |key: &str, dialect: Dialect| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('t', sa.Column('a', sa.Integer, nullable=False){key})\n    pk = sa.inspect(op.get_bind()).get_pk_constraint('t')\n    if 'a' in pk['constrained_columns']:\n        op.execute('SELECT 1 FROM t')\n    if pk['name']:\n        op.drop_table(pk['name'])\n    elif pk.get('name') is None:\n        op.drop_table('none')\n"
        );
        let schema = Schema::empty(DialectRules::new(dialect));
        let mut met = told(follow(&source, schema, Some(dialect), &ProjectModules::none()));
        met.remove(0);
        met
    };
    let named = ", sa.PrimaryKeyConstraint('a', name='pk')";
    let unnamed = ", sa.PrimaryKeyConstraint('a')";
    assert_eq!(of(named, Dialect::Sqlite), ["SELECT t()", "drop pk"]);
    assert_eq!(of(unnamed, Dialect::Sqlite), ["SELECT t()", "drop none"]);
    assert_eq!(of(named, Dialect::Postgresql), ["SELECT t()", "drop pk"]);
    assert_eq!(of(unnamed, Dialect::Postgresql), ["SELECT t()", "drop t_pkey"]);
    assert_eq!(of(named, Dialect::Mysql), ["SELECT t()", "drop none"]);
    for dialect in Dialect::ALL {
        assert_eq!(of("", dialect), ["drop none"]);
    }
}

/// What fails in `upgrade()` of a project on a database, and whether it is certain.
fn failures(body: &str, files: &[(&str, &str)], dialect: Dialect) -> Vec<(String, bool)> {
    let mut tree = SourceTree::default();
    for (path, source) in files {
        tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
    }
    let body = body.replace('\n', "\n    ");
    let source = format!("from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    {body}\n");
    let files = PythonFiles::of(&tree);
    let schema = Schema::empty(DialectRules::new(dialect));
    let followed = follow(&source, schema, Some(dialect), &ProjectModules::of(&files));
    let all = followed.log.iter().flat_map(|entry| &entry.outcome.failures);
    all.map(|failure| (failure.message.clone(), failure.certain)).collect()
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
            let found = failures(&body, &[files], dialect);
            assert!(
                matches!(&found[..], [(message, own)] if message.contains(call) && *own == certain),
                "{found:?}"
            );
        }
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
        assert_eq!(failures(table, &files, Dialect::Sqlite), unknown(certain), "{files:?}");
    }
    let files = [("shop/db.py", "")];
    let of = |body: &str, dialect| failures(body, &files, dialect);
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
        let all = failures(body, &[("shop/db.py", says)], Dialect::Postgresql);
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
        let all = failures(&body, &[("shop/db.py", "")], Dialect::Postgresql);
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
        assert_eq!(failures(&body, &[], Dialect::Postgresql), expected, "{kind}");
        assert_eq!(failures(&body, &[], Dialect::Sqlite), [], "{kind}");
    }
}

#[test]
fn constructs_that_change_a_schema_are_told_from_those_of_rows() {
    let of = |construct: &str| {
        let source = format!(
            "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\nfrom sqlalchemy.sql import expression\n\
             kind = postgresql.ENUM('a', name='k')\nt = sa.table('t', sa.column('a'))\ndef upgrade():\n    op.execute({construct})\n"
        );
        let schema = Schema::empty(DialectRules::new(Dialect::Postgresql));
        told(follow(&source, schema, Some(Dialect::Postgresql), &ProjectModules::none())).join(" ")
    };
    assert_eq!(of("postgresql.base.CreateEnumType(kind)"), "enum k");
    assert_eq!(of("postgresql.DropEnumType(kind)"), "drop enum k");
    assert_eq!(of("expression.Delete(t)"), "DELETE t()");
    for unknown in ["postgresql.CreateDomainType(kind)", "sa.schema.CreateView(t, 'v')", "sa.types.Thing(1)"]
    {
        assert!(
            of(unknown).starts_with("unknown: ") && of(unknown).ends_with("Everything"),
            "{}",
            of(unknown)
        );
    }
    assert_eq!(of("sa.schema.SetTableComment(t)"), "noted SetTableComment");
}
