//! What the database is asked of itself, and what it tells.

use super::{on, told, upgrade};
use crate::schema::Dialect;

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
fn a_type_that_an_inspector_tells_of_is_of_the_classes_that_it_stands_on() {
    let of = |kind: &str, class: &str, dialect: Dialect| {
        let body = format!(
            "from sqlalchemy.dialects import postgresql\nop.create_table('t', sa.Column('x', {kind}))\nrows = sa.inspect(op.get_bind()).get_columns('t')\nrow = next((row for row in rows if row['name'] == 'x'), None)\nif isinstance(row['type'], {class}):\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"
        );
        told(on(dialect, &body))[1..].join(" ")
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
fn what_the_catalogue_is_asked_is_known() {
    let of = |dialect: Dialect, asked: &str, params: &str, how: &str| {
        let body = format!(
            "op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text))\nop.create_index('ix', 't', ['a'])\nr = op.get_bind().execute(sa.text({asked:?}){params})\nif {how}:\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"
        );
        let met = told(on(dialect, &body));
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
        let body = "op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text), sa.UniqueConstraint('b', name='uq'))\nop.create_index('ix', 't', ['a'])\nfor index in sa.inspect(op.get_bind()).get_indexes('t'):\n    if not index.get('duplicates_constraint'):\n        op.drop_index(index['name'])\n    op.drop_column('t', '_'.join(index['column_names']))";
        told(on(dialect, body))[2..].join(" ")
    };
    assert_eq!(of(Dialect::Postgresql), "drop index ix drop t.a drop t.b");
    assert_eq!(of(Dialect::Sqlite), "drop index ix drop t.a");
}

#[test]
fn a_type_that_an_inspector_tells_of_is_shown_as_it_is_written() {
    let of = |kind: &str, dialect: Dialect| {
        let body = format!(
            "op.create_table('t', sa.Column('x', {kind}))\nfor row in sa.inspect(op.get_bind()).get_columns('t'):\n    op.drop_table(str(row['type']))"
        );
        told(on(dialect, &body))[1].clone()
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
fn sqlalchemy_reads_no_table_that_is_not_there() {
    let of = |dialect: Dialect, body: &str| {
        let body = format!(
            "op.create_table('t', sa.Column('a', sa.Text))\ni, m = sa.inspect(op.get_bind()), sa.MetaData()\n{body}"
        );
        told(on(dialect, &body))[1..].join(" ")
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
fn an_inspector_tells_names_as_the_database_keeps_them() {
    let (long, kept) = ("x".repeat(70), "x".repeat(63));
    let of = |dialect: Dialect, condition: &str| {
        let body = format!(
            "op.create_table('t', sa.Column('{long}', sa.Text))\nop.create_table('{long}', sa.Column('a', sa.Text))\ninsp = sa.inspect(op.get_bind())\nif {condition}:\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"
        );
        told(on(dialect, &body))[2..].join(" ")
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
    let body = "if op.get_bind().dialect.server_version_info >= (3, 8):\n    op.drop_table('t')";
    assert_eq!(told(on(Dialect::Sqlite, body)), ["?drop t"]);
}

#[test]
fn a_primary_key_has_a_name_where_the_database_tells_of_one() {
    let of = |key: &str, dialect: Dialect| {
        let body = format!(
            "op.create_table('t', sa.Column('a', sa.Integer, nullable=False){key})\npk = sa.inspect(op.get_bind()).get_pk_constraint('t')\nif 'a' in pk['constrained_columns']:\n    op.execute('SELECT 1 FROM t')\nif pk['name']:\n    op.drop_table(pk['name'])\nelif pk.get('name') is None:\n    op.drop_table('none')"
        );
        let mut met = told(on(dialect, &body));
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

#[test]
fn the_name_of_a_relation_is_null_where_there_is_none() {
    let of = |question: &str| {
        let body = format!(
            "op.create_table('t', sa.Column('id', sa.Integer))\nb = op.get_bind()\nif {question}:\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"
        );
        upgrade(&body).pop().unwrap_or_default()
    };
    for (question, answer) in [
        ("b.scalar(sa.text(\"SELECT to_regclass('t')\"))", "drop yes"),
        ("b.execute(sa.text(\"SELECT to_regclass('public.t') AS name\")).scalar() is not None", "drop yes"),
        ("b.execute(sa.text('SELECT to_regclass(:n)'), {'n': 't'}).fetchone()[0] is None", "drop no"),
        ("b.scalar(sa.text(\"SELECT to_regclass('gone')::text\"))", "drop no"),
        ("b.scalar(sa.text(\"SELECT to_regclass('gone') IS NULL\"))", "drop yes"),
        ("b.scalar(sa.text(\"SELECT to_regtype('mood')\"))", "drop no"),
        // What it is called depends on the path.
        ("b.scalar(sa.text(\"SELECT to_regclass('t')\")) == 't'", "?drop no"),
    ] {
        assert_eq!(of(question), answer, "{question}");
    }
}
