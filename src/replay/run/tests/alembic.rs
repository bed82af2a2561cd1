//! Alembic's directives, batches and context.

use super::{BESIDE, T, certain, failing, met, met_in_project, on, upgrade};
use crate::schema::{Dialect, DialectRules, NamingConvention};

#[test]
fn directives_become_operations_under_any_name() {
    assert_eq!(
        met(
            "from alembic import op as o\nimport sqlalchemy as s\nfrom sqlalchemy import Column\ndef upgrade():\n    \
             o.create_table('t', Column('id', s.Integer), *[s.Column(n, s.Text()) for n in ('a', 'b')])"
        ),
        ["create t(id,a,b)"]
    );
    assert_eq!(
        met(
            "from alembic.op import add_column\ndef upgrade():\n    add_column('t', sa.Column('a', sa.String(length=50)))"
        ),
        ["add t.a String(length=50)"]
    );
    assert_eq!(
        upgrade(
            "with op.batch_alter_table('t', schema='s') as anything:\n    anything.add_column(sa.Column('a', sa.Text()))\n    anything.create_index(anything.f('ix'), ['a'], unique=True)"
        ),
        ["add s.t.a Text", "index ix s.t(a)"]
    );
    assert_eq!(
        upgrade(
            "op.create_index(op.f('ix'), 't', ['a', sa.text('lower(b)')])\nop.create_foreign_key(None, 'x', 'y', ['y_id'], ['id'])\nop.drop_constraint('fk', 'x', type_='foreignkey')\nop.drop_index('ix')\nop.rename_table('a', 'b')\nop.alter_column('t', 'a', new_column_name='b')"
        ),
        [
            "index ix t(a)",
            "constraint ? x foreign key",
            "drop constraint x fk",
            "drop index ix",
            "rename a b",
            "alter t.a"
        ]
    );
}

#[test]
fn directives_miss_what_they_need() {
    let of = |call: &str| upgrade(call).into_iter().filter(|told| told.starts_with('!')).collect::<Vec<_>>();
    let lacks = |name: &str, what: &str| vec![format!("!{name}() misses its argument {what}")];
    assert_eq!(of("op.create_unique_constraint('uq', 't')"), lacks("create_unique_constraint", "columns"));
    assert_eq!(
        of("with op.batch_alter_table('t') as batch:\n    batch.create_unique_constraint(columns=['a'])"),
        lacks("create_unique_constraint", "constraint_name")
    );
    assert_eq!(of("op.add_column(column=sa.Column('a', sa.Text))"), lacks("add_column", "table_name"));
    for fine in [
        "op.drop_constraint('uq', 't')",
        "op.drop_index('ix')",
        "with op.batch_alter_table('t') as batch:\n    batch.drop_constraint('uq')",
        "op.create_unique_constraint(constraint_name='uq', table_name='t', columns=['a'])",
        "op.create_unique_constraint(*args)\nargs = 1",
        "op.f('x')",
        "op.get_bind()",
    ] {
        assert!(of(fine).iter().all(|told| !told.contains("misses")), "{fine}");
    }
}

#[test]
fn an_option_that_nothing_sets_is_none() {
    let source = "def upgrade():\n    if op.get_context().config.get_main_option('already_at'):\n        return\n    op.drop_table('t')";
    assert_eq!(met_in_project(source, &BESIDE), ["drop t"]);
    assert_eq!(met_in_project(source, &[("shop/run.py", "set('already_at', 1)")]), ["?drop t"]);
    let other = "def upgrade():\n    if op.get_context().config.get_main_option('x', 'yes') == 'yes':\n        op.drop_table('t')";
    assert_eq!(met_in_project(other, &[("shop/run.py", "")]), ["drop t"]);
    let table = "def upgrade():\n    if op.get_context().version_table_schema:\n        op.drop_table('t')";
    assert_eq!(met(table), ["?drop t"]);
}

#[test]
fn what_is_done_to_some_table_touches_no_more_than_it_could() {
    let of = |body: &str| upgrade(&format!("n = op.get_bind().x\n{body}"));
    assert_eq!(
        of("op.drop_constraint('uq', n)"),
        ["unknown: op.drop_constraint on a table whose name is computed / Constraints"]
    );
    assert_eq!(of("op.drop_index('ix', 't', schema=n)"), ["drop index ix"]);
    assert_eq!(
        of("op.add_column(n, sa.Column('a', sa.Text))"),
        ["unknown: op.add_column on a table whose name is computed / Column(\"a\")"]
    );
    assert_eq!(
        of("op.drop_column(n, n)"),
        ["unknown: op.drop_column on a table whose name is computed / Everything"]
    );
    assert_eq!(
        of("op.create_table(n, sa.Column('a', sa.Text))"),
        ["unknown: creates a table whose name is computed / NewTables"]
    );
    let schema = "op.drop_column('t', 'a', schema=sa.inspect(op.get_bind()).default_schema_name)";
    assert_eq!(upgrade(schema), ["drop public.t.a"]);
    let query = "q = sa.select(sa.column('a')).where(sa.column('b') == 1)\nif op.get_bind().x:\n    q = q.where(sa.column('c') == 2)\nop.get_bind().execute(q.limit(3))";
    assert_eq!(upgrade(query), ["SELECT "]);
}

#[test]
fn directives_of_libraries_do_what_alembics_own_do_or_touch_little() {
    assert_eq!(
        upgrade(
            "op.create_geospatial_table('t', sa.Column('a', sa.Text))\nop.add_geospatial_column('t', sa.Column('g', sa.Text))\nop.create_geospatial_index('ix', 't', ['g'], postgresql_using='gist')\nwith op.batch_alter_table('t') as batch:\n    batch.drop_geospatial_column('g')"
        ),
        ["create t(a)", "add t.g Text", "index ix t(g)", "drop t.g"]
    );
    // Each takes what its library says, and not what Alembic's own takes.
    assert_eq!(
        upgrade(
            "op.add_geospatial_column('t', sa.Column('g', sa.Text), 'far')\nop.create_geospatial_index('ix', 't', ['g'], 'far', True)\nop.drop_geospatial_index('ix', 't', 'g', 'far')\nop.drop_geospatial_column('t', 'g', 'far')\nop.drop_geospatial_table('t', 'far')\nwith op.batch_alter_table('t') as batch:\n    batch.add_geospatial_column(sa.Column('h', sa.Text), None, 'a')"
        ),
        [
            "add far.t.g Text",
            "index ix far.t(g)",
            "drop index ix",
            "drop far.t.g",
            "drop far.t",
            "add t.h Text"
        ]
    );
    let lite = DialectRules::new(Dialect::Sqlite);
    let spatial = "op.create_table('t', sa.Column('a', sa.Text))\nop.add_geospatial_column('t', sa.Column('g', sa.Text))\nop.create_geospatial_index('ix', 't', ['g'])\nop.drop_geospatial_index('ix', 't', 'g')\nop.drop_geospatial_index('ix', 't', 'g')\nop.drop_column('t', 'g')";
    assert_eq!(failing(spatial, lite), [""; 0]);
    let of = |class: &str, call: &str| {
        met_in_project(
            &format!("from alembic_utils import {class}\ndef upgrade():\n    op.{call}({class}(schema='public', signature='x', definition='y'))"),
            &BESIDE,
        )
        .join(" ")
    };
    assert_eq!(of("PGFunction", "create_entity"), "noted op.create_entity");
    assert_eq!(of("PGTrigger", "drop_entity"), "noted op.drop_entity");
    assert_eq!(of("PGMaterializedView", "replace_entity"), "unknown: op.replace_entity / NewTables");
    assert_eq!(of("Other", "create_entity"), "unknown: op.create_entity / Everything");
    assert_eq!(
        upgrade("op.sync_enum_values('public', 'k', ['a'], [])"),
        ["unknown: op.sync_enum_values / Enums"]
    );
    let spread = |call: &str| upgrade(&format!("op.execute(\"SELECT {call}\")")).join(" ");
    assert_eq!(spread("create_hypertable('t', 'at')"), "unknown: a function may make indexes / Constraints");
    assert_eq!(
        spread("create_hypertable('t', work())"),
        "unknown: a function may change the schema / Everything"
    );
}

#[test]
fn what_may_raise_in_a_try_leaves_the_rest_of_it_in_doubt() {
    let of = |first: &str, rules: &DialectRules| {
        let body = format!(
            "import json\nimport tools\n{T}try:\n    {first}\n    op.drop_column('t', 'c')\nexcept Exception:\n    pass\nop.create_index('ix', 't', ['c'])"
        );
        failing(&body, rules.clone()).into_iter().map(|told| told[3..].to_owned()).collect::<Vec<_>>()
    };
    let open = |dialect| {
        let rules = DialectRules::new(dialect);
        DialectRules { convention: NamingConvention::unknown(), ..rules }
    };
    let postgresql = DialectRules::new(Dialect::Postgresql);
    for first in
        ["op.drop_constraint(None, 't', type_='foreignkey')", "op.drop_constraint(None, 't', type_='unique')"]
    {
        for rules in [open(Dialect::Postgresql), open(Dialect::Mysql)] {
            assert_eq!(of(first, &rules), [""; 0], "{first}");
        }
    }
    for first in [
        "with op.batch_alter_table('t') as batch:\n        batch.create_foreign_key(None, 't', ['a'], ['b'])",
        "with op.batch_alter_table('t') as batch:\n        batch.drop_constraint(None, type_='foreignkey')",
    ] {
        assert_eq!(of(first, &open(Dialect::Sqlite)), [""; 0], "{first}");
    }
    for first in [
        "tools.prepare()",
        "json.loads('')",
        "op.execute(tools.STATEMENT)",
        "op.execute('INSERT INTO t (a) VALUES (1)')",
        "op.execute('CREATE EXTENSION citext')",
        "op.create_index('ix_a', 't', [sa.text('lower(a)')])",
        "tools.prepare(op)\n    op.drop_table('u')",
    ] {
        assert_eq!(of(first, &postgresql), [""; 0], "{first}");
    }
    // What is known to succeed leaves nothing in doubt, and what is known to fail neither.
    for first in [
        "op.drop_column('t', 'a')",
        "op.add_column('t', sa.Column('x', sa.Text))",
        "op.create_index('ix_a', 't', ['a'])",
        "op.create_table('u', sa.Column('x', sa.Text, primary_key=True))",
        "op.execute('SELECT a FROM t')",
        "op.create_unique_constraint('uq', 't', ['a'])",
    ] {
        assert_eq!(of(first, &postgresql), ["no such column: t.c"], "{first}");
    }
    assert_eq!(of("op.drop_column('t', 'x')", &postgresql), [""; 0]);
    // What is certainly raised afterwards does not make sure of what stands before.
    let raised = format!(
        "import tools\n{T}try:\n    tools.prepare()\n    op.drop_column('t', 'c')\n    raise ValueError\nexcept ValueError:\n    pass\nop.create_index('ix', 't', ['c'])"
    );
    assert_eq!(failing(&raised, postgresql), [""; 0]);
}

#[test]
fn directives_take_no_more_than_they_have() {
    let of = |body: &str| upgrade(body).into_iter().filter(|told| told.starts_with('!')).collect::<Vec<_>>();
    for (call, says) in [
        ("op.drop_table('t', 's')", "drop_table() takes 1 argument by place, and is given 2"),
        (
            "op.add_column('t', sa.Column('a', sa.Text), 's')",
            "add_column() takes 2 arguments by place, and is given 3",
        ),
        ("op.f('a', 'b')", "f() takes 1 argument by place, and is given 2"),
        (
            "op.drop_index('ix', 't', table_name='t')",
            "drop_index() is given its argument table_name by place and by name",
        ),
    ] {
        assert_eq!(of(call), [format!("!{says}")], "{call}");
    }
    let of_batch =
        |call: &str| upgrade(&format!("with op.batch_alter_table('t') as batch:\n    batch.{call}"));
    assert_eq!(
        of_batch("alter_column('t', 'a', nullable=True)"),
        [
            "unknown: batch_op.alter_column / Table(TableName { schema: None, name: \"t\" })",
            "!alter_column() takes 1 argument by place, and is given 2"
        ]
    );
    assert_eq!(
        of_batch("drop_index('ix', 't')")[1],
        "!drop_index() takes 1 argument by place, and is given 2"
    );
    // A batch knows its table, so that the second one is something else.
    assert_eq!(
        of_batch("drop_constraint('uq', 't', type_='unique')")[1],
        "!drop_constraint() is given its argument type_ by place and by name"
    );
    for fine in [
        "op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text), sa.Column('c', sa.Text))",
        "op.create_exclude_constraint('ex', 't', ('a', '='), ('b', '&&'), using='gist')",
        "op.drop_constraint('uq', 't', 'unique')",
        "with op.batch_alter_table('t', None, 'always', ()) as batch:\n    batch.drop_constraint('uq', 'unique')",
        "op.inline_literal('a', sa.Text)",
        "args = sa.inspect(op.get_bind()).x\nop.drop_table('t', *args)",
        "args = sa.inspect(op.get_bind()).x\nop.drop_index(*args, table_name='t')",
    ] {
        assert_eq!(of(fine), [""; 0], "{fine}");
    }
}

#[test]
fn mysql_writes_no_text_of_any_length() {
    let of = |kind: &str, dialect: Dialect| {
        let added = format!(
            "op.create_table('t', sa.Column('a', sa.Integer))\nop.add_column('t', sa.Column('x', {kind}))"
        );
        failing(&added, DialectRules::new(dialect))
    };
    for kind in [
        "sa.String",
        "sa.String()",
        "sa.Unicode(collation='x')",
        "sa.VARCHAR(None)",
        "sa.String(length=None)",
    ] {
        let told = of(kind, Dialect::Mysql);
        assert!(
            told.len() == 1 && told[0].contains(" requires a length on dialect mysql (column x)"),
            "{told:?}"
        );
        assert_eq!(of(kind, Dialect::Postgresql), [""; 0], "{kind}");
    }
    for kind in [
        "sa.String(10)",
        "sa.Text",
        "sa.String(length=op.get_bind().x)",
        "sa.String().with_variant(sa.String(9), 'mysql')",
        "sa.String().with_variant(sa.String(9), op.get_bind().x)",
        "sa.CHAR()",
        "sa.Enum('a')",
    ] {
        assert_eq!(of(kind, Dialect::Mysql), [""; 0], "{kind}");
    }
    let altered =
        "op.create_table('t', sa.Column('a', sa.Integer))\nop.alter_column('t', 'a', type_=sa.String())";
    assert_eq!(failing(altered, DialectRules::new(Dialect::Mysql)).len(), 1);
}

#[test]
fn postgresql_makes_few_values_of_others_by_itself() {
    let of = |from: &str, call: &str| {
        let body = format!(
            "from sqlalchemy.dialects import postgresql\nE = sa.Enum('a', name='e')\nF = sa.Enum('a', name='f')\nF.create(op.get_bind())\nop.create_table('t', sa.Column('a', {from}))\n{call}"
        );
        failing(&body, DialectRules::new(Dialect::Postgresql))
            .iter()
            .map(|told| told[3..].to_owned())
            .collect::<Vec<_>>()
    };
    let altered = |to: &str| format!("op.alter_column('t', 'a', type_={to})");
    let refused = |to: &str| vec![format!("column \"a\" cannot be cast automatically to type {to}")];
    for (from, to, name) in [
        ("sa.String(5)", "sa.BigInteger()", "bigint"),
        ("sa.Text()", "postgresql.JSONB()", "jsonb"),
        ("sa.Integer()", "sa.Boolean()", "boolean"),
        ("E", "F", "f"),
        ("E", "sa.Date()", "date"),
        ("sa.Float()", "sa.DateTime()", "timestamp"),
        ("sa.JSON()", "sa.Integer()", "integer"),
        ("sa.Text()", "sa.LargeBinary()", "bytea"),
    ] {
        assert_eq!(of(from, &altered(to)), refused(name), "{from}, {to}");
        assert_eq!(of(from, &altered(&format!("{to}, postgresql_using='NULL'"))), [""; 0], "{from}, {to}");
        let sql = format!("op.execute('ALTER TABLE t ALTER COLUMN a TYPE {name}')");
        assert_eq!(of(from, &sql).len(), 1, "{sql}");
        let sql = format!("op.execute('ALTER TABLE t ALTER COLUMN a TYPE {name} USING NULL')");
        assert_eq!(of(from, &sql), [""; 0], "{sql}");
        // A copy is cast.
        let copied = format!(
            "with op.batch_alter_table('t', recreate='always') as batch:\n    batch.alter_column('a', type_={to})"
        );
        assert_eq!(of(from, &copied), [""; 0], "{copied}");
    }
    for (from, to) in [
        ("E", "sa.Text()"),
        ("postgresql.JSONB()", "sa.String()"),
        ("sa.Integer()", "sa.Numeric(10, 2)"),
        ("sa.DateTime()", "sa.Time()"),
        ("sa.JSON()", "postgresql.JSONB()"),
        ("sa.String()", "sa.Enum('a', name='g', native_enum=False)"),
        ("sa.CHAR(32)", "sa.Uuid(native_uuid=False)"),
        ("postgresql.BIT()", "sa.Integer()"),
        ("sa.Text()", "postgresql.ARRAY(sa.Text)"),
        ("sa.Text()", "op.get_bind().x"),
        ("sa.Text().with_variant(sa.Integer(), op.get_bind().x)", "sa.Integer()"),
    ] {
        assert_eq!(of(from, &altered(to)), [""; 0], "{from}, {to}");
    }
}

#[test]
fn a_dialect_is_of_its_class() {
    let of = |class: &str| {
        let body = format!(
            "{class}\nif isinstance(op.get_bind().dialect, C):\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"
        );
        upgrade(&body)
    };
    assert_eq!(of("from sqlalchemy.dialects.postgresql.base import PGDialect as C"), ["drop yes"]);
    assert_eq!(of("from sqlalchemy.dialects.mysql.base import MySQLDialect as C"), ["drop no"]);
    assert_eq!(
        of("from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite as C"),
        ["drop no"]
    );
    let driver = "from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2 as C";
    assert_eq!(of(driver), ["?drop yes", "?drop no"]);
}

#[test]
fn an_index_of_a_part_of_the_rows_is_no_key_however_it_is_made() {
    let of = |made: &str, referred: &str| {
        let body = format!(
            "{made}\nop.create_table('u', sa.Column('a', sa.Integer, sa.ForeignKey('t.{referred}')))"
        );
        failing(&body, DialectRules::new(Dialect::Postgresql)).len()
    };
    let made = "op.create_table('t', sa.Column('a', sa.Integer), sa.Column('b', sa.Integer)";
    for index in [
        &format!("{made})\nop.create_index('ix', 't', ['a'], unique=True WHERE)"),
        &format!("{made}, sa.Index('ix', 'a', unique=True WHERE))"),
        &format!("{made})\nop.execute('CREATE UNIQUE INDEX ix ON t (a) SQL')"),
    ] {
        let whole = index.replace(" WHERE", "").replace(" SQL", "");
        assert_eq!(of(&whole, "a"), 0, "{whole}");
        assert_eq!(of(&whole, "b"), 1, "{whole}");
        let other = index.replace(" WHERE", ", sqlite_where=sa.text('b > 1')").replace(" SQL", "");
        assert_eq!(of(&other, "a"), 0, "{other}");
        let part =
            index.replace(" WHERE", ", postgresql_where=sa.text('b > 1')").replace("SQL", "WHERE b > 1");
        assert_eq!(of(&part, "a"), 1, "{part}");
        // A column that its condition uses takes it along, and another one does not.
        let dropped = |column: &str| {
            let body = format!("{part}\nop.drop_column('t', '{column}')\nop.drop_index('ix', 't')");
            failing(&body, DialectRules::new(Dialect::Postgresql)).len()
        };
        assert_eq!(dropped("b"), 1, "{part}");
        let free = part.replace("('b', sa.Integer)", "('b', sa.Integer), sa.Column('c', sa.Text)");
        let body = format!("{free}\nop.drop_column('t', 'c')\nop.create_index('ix', 't', ['a'])");
        assert_eq!(failing(&body, DialectRules::new(Dialect::Postgresql)).len(), 1, "{free}");
    }
}

#[test]
fn what_may_look_first_does_not_fail_for_certain() {
    let of = |body: &str, flag: &str| {
        let before = "from sqlalchemy.schema import CreateTable\nx = op.get_bind().x\nk = {**x}\nt = sa.Table('t', sa.MetaData(), sa.Column('a', sa.Text))\nop.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text))\n";
        failing(&format!("{before}{}", body.replace(", F", flag)), DialectRules::new(Dialect::Postgresql))
            .len()
    };
    let calls = [
        ("op.drop_table('u', F)", "if_exists"),
        ("op.create_table('t', sa.Column('a', sa.Text), F)", "if_not_exists"),
        ("op.drop_column('t', 'c', F)", "if_exists"),
        ("op.drop_index('ix', 't', F)", "if_exists"),
        ("op.execute(CreateTable(t, F))", "if_not_exists"),
        ("t.create(op.get_bind(), F)", "checkfirst"),
    ];
    for (call, flag) in calls {
        assert_eq!(of(call, ""), 1, "{call}");
        assert_eq!(of(call, &format!(", {flag}=False")), 1, "{call}");
        for lenient in ["True", "x"] {
            assert_eq!(of(call, &format!(", {flag}={lenient}")), 0, "{call}");
        }
        assert_eq!(of(call, ", **k"), 0, "{call}");
    }
    // Whether it looks or not, what comes after it finds nothing.
    assert_eq!(of("op.drop_table('t', if_exists=x)\nop.drop_table('t')", ""), 1);
}

#[test]
fn keywords_that_are_not_known_are_none_that_sqlite_refuses() {
    for directive in
        ["op.add_column('t', sa.Column('a', sa.Integer), **kw)", "op.drop_column('t', 'b', **kw)"]
    {
        let body = format!(
            "import os\nkw = dict(os.environ)\nop.create_table('t', sa.Column('id', sa.Integer), sa.Column('b', sa.Integer))\n{directive}"
        );
        assert_eq!(certain(&on(Dialect::Sqlite, &body)), [""; 0], "{directive}");
        let given = body.replace("dict(os.environ)", "{'if_exists': True, 'if_not_exists': True}");
        assert_eq!(certain(&on(Dialect::Sqlite, &given)), ["near \"EXISTS\": syntax error"], "{directive}");
    }
}
