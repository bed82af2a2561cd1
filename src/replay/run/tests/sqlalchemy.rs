//! What SQLAlchemy makes of a construct, and what it does not take.

use super::{T, by, certain, failing, follow, met_in_project, on, told, upgrade};
use crate::schema::{Dialect, DialectRules, NamingConvention, Schema, TableName};
use crate::source::ProjectModules;

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
fn the_columns_of_a_clause_are_used() {
    let body = "t = sa.table('t', sa.column('key'), sa.column('a'))
op.execute(t.delete().where((t.c.key == None) & (t.c.a > 1)))
if t.c.key == 1:
    op.execute(sa.select(t.c.a).order_by(t.c.key))";
    assert_eq!(upgrade(body), ["DELETE t() t(key) t(a)", "?SELECT t(a) t(key)"]);
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
        certain(&follow(&source, schema, None, &ProjectModules::none()))
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
fn sqlite_counts_up_no_column_of_a_composite_key() {
    let of = |columns: &str| {
        let body = format!("op.create_table('t', {columns})");
        certain(&on(Dialect::Sqlite, &body)).len()
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
fn constructs_that_change_a_schema_are_told_from_those_of_rows() {
    let of = |construct: &str| {
        let body = format!(
            "from sqlalchemy.dialects import postgresql\nfrom sqlalchemy.sql import expression\nkind = postgresql.ENUM('a', name='k')\nt = sa.table('t', sa.column('a'))\nop.execute({construct})"
        );
        told(on(Dialect::Postgresql, &body)).join(" ")
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

#[test]
fn a_flag_that_is_not_known_is_not_taken_for_false() {
    let make = "import os
kw = {name: FLAG for name in os.environ}
op.create_table('t', sa.Column('id', sa.Integer, primary_key=FLAG), sa.Column('k', sa.Integer, unique=FLAG), sa.Column('i', sa.Integer, index=FLAG), sa.Column('o', sa.Integer, **MORE))
op.add_column('t', sa.Column('u', sa.Integer, unique=FLAG))
op.create_index('ix', 't', ['i'], unique=FLAG)
op.create_table('c', sa.Column('t_i', sa.Integer, sa.ForeignKey('t.i', name='fk', use_alter=FLAG)))";
    let refers = |to: &str| {
        format!("op.create_table('r', sa.Column('x', sa.Integer, sa.ForeignKey('{to}', name='fk_r')))")
    };
    for body in [
        "op.drop_constraint('t_k_key', 't')".to_owned(),
        "op.drop_constraint('t_o_key', 't')".to_owned(),
        "op.drop_constraint('t_u_key', 't')".to_owned(),
        "op.drop_constraint('t_pkey', 't')".to_owned(),
        "op.drop_index('ix_t_i', 't')".to_owned(),
        refers("t.id"),
        refers("t.k"),
        refers("t.u"),
        refers("t.i"),
    ] {
        let of = |flag: &str, more: &str| {
            let make = make.replace("FLAG", flag).replace("MORE", more);
            certain(&on(Dialect::Postgresql, &format!("{make}\n{body}")))
        };
        assert_eq!(of("os.environ.get('F')", "kw"), [""; 0], "{body}");
        // The key of the other table is one of them.
        assert_eq!(of("False", "{}").len(), 2, "{body}");
    }
    let drops = "\nop.drop_constraint('fk', 'c')";
    let of = |flag: &str| {
        let make = make.replace("FLAG", flag).replace("MORE", "{}").replace("index=True", "index=False");
        certain(&on(Dialect::Postgresql, &format!("{make}{drops}")))
    };
    assert_eq!(of("os.environ.get('F')"), [""; 0]);
    assert_eq!(of("True").len(), 1);
}

#[test]
fn a_flag_that_is_not_known_is_not_taken_for_false_in_a_batch() {
    let body = "import os
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
with op.batch_alter_table('t', recreate='always') as b:
    b.add_column(sa.Column('i', sa.Integer, index=FLAG))
op.drop_index('ix_t_i', 't')";
    let of = |flag: &str| certain(&on(Dialect::Sqlite, &body.replace("FLAG", flag)));
    assert_eq!(of("os.environ.get('F')"), [""; 0]);
    assert_eq!(of("True"), [""; 0]);
    assert_eq!(of("None"), ["no such index: ix_t_i"]);
}

#[test]
fn a_function_that_a_statement_calls_does_what_it_does_in_sql() {
    let of = |statement: &str| {
        let body = format!(
            "t = sa.table('t', sa.column('a'))\nfrom sqlalchemy.orm import Session\ns = Session(op.get_bind())\n{statement}"
        );
        certain(&on(
            Dialect::Postgresql,
            &format!(
                "op.create_table('t', sa.Column('a', sa.Integer))\nop.execute('INSERT INTO t VALUES (1)')\n{body}\nop.add_column('t', sa.Column('b', sa.Integer, nullable=False))"
            ),
        ))
        .is_empty()
    };
    for may_do_anything in [
        "op.execute(sa.select(sa.func.prune()))",
        "op.execute(sa.select(sa.func.prune(1).label('n')))",
        "op.get_bind().scalar(sa.select(sa.func.coalesce(sa.func.prune(), 1)))",
        "op.get_bind().execute(sa.func.app.prune())",
        "op.execute(sa.select(t.c.a).where(sa.func.prune(t.c.a) > 1))",
        "op.execute(t.update().values({'a': sa.func.prune()}))",
        "op.execute(sa.update(t).values(a=1 + sa.func.prune()))",
        "op.execute(sa.insert(t).from_select(['a'], sa.select(sa.func.prune())))",
        "s.query(sa.func.prune()).all()",
        "s.query(t.c.a).filter(sa.func.prune() == 1).first()",
        "op.execute(sa.select(sa.func.AddGeometryColumn('t', 'g')))",
    ] {
        assert!(of(may_do_anything), "{may_do_anything}");
    }
    for gives_a_value in [
        "op.execute(sa.select(sa.func.now()))",
        "op.execute(sa.select(sa.func.count(t.c.a)).where(sa.func.lower(t.c.a) == 'x'))",
        "op.execute(t.update().values(a=sa.func.greatest(t.c.a, sa.func.max(1))))",
        "s.query(sa.func.max(t.c.a)).scalar()",
    ] {
        assert!(!of(gives_a_value), "{gives_a_value}");
    }
}

#[test]
fn a_table_s_own_metadata_names_its_constraints() {
    let of = |metadata: &str| {
        let mut rules = DialectRules::new(Dialect::Postgresql);
        let (pk, ck) = ("pk_%(table_name)s", "ck_%(table_name)s_%(constraint_name)s");
        rules.convention = NamingConvention::written([("pk", Some(pk)), ("ck", Some(ck))]);
        let table =
            "sa.Table('t', m, sa.Column('a', sa.Integer, primary_key=True), sa.CheckConstraint('a > 0'))";
        let body = format!(
            "m = sa.MetaData({metadata})\n{table}.create(op.get_bind())\nop.drop_constraint('t_pkey', 't')"
        );
        failing(&body, rules)
    };
    // The project's convention asks for a name of the check, and makes one of the key. SQLAlchemy's own does neither.
    assert_eq!(of(""), [""; 0]);
    assert_eq!(of("naming_convention={'uq': 'uq_%(table_name)s'}"), [""; 0]);
    let same =
        of("naming_convention={'pk': 'pk_%(table_name)s', 'ck': 'ck_%(table_name)s_%(constraint_name)s'}");
    assert!(same.iter().any(|told| told.contains("explicitly named")), "{same:?}");
}

#[test]
fn sqlalchemy_measures_the_names_of_its_own_tables() {
    let name = "t".repeat(64);
    let of = |dialect, body: &str| failing(&body.replace("NAME", &name), DialectRules::new(dialect)).len();
    for (body, n) in [
        ("sa.Table('NAME', sa.MetaData(), sa.Column('a', sa.Text)).create(op.get_bind())", 1),
        (
            "sa.Table('t', sa.MetaData(), sa.Column('a', sa.Text), schema='NAME').drop(op.get_bind(), checkfirst=True)",
            1,
        ),
        ("m = sa.MetaData()\nsa.Table('NAME', m, sa.Column('a', sa.Text))\nm.drop_all(op.get_bind())", 1),
        ("op.create_table('NAME', sa.Column('a', sa.Text))", 0),
        ("op.execute(sa.schema.CreateTable(sa.Table('NAME', sa.MetaData(), sa.Column('a', sa.Text))))", 0),
    ] {
        assert_eq!([Dialect::Postgresql, Dialect::Sqlite].map(|own| of(own, body)), [n, 0], "{body}");
    }
}

#[test]
fn what_sqlalchemy_inserts_is_there() {
    let of = |insert: &str| {
        let body = format!(
            "op.create_table('r', sa.Column('id', sa.Integer, primary_key=True))\nt = sa.table('r', sa.column('id'))\nop.execute({insert})\nop.add_column('r', sa.Column('n', sa.Integer, nullable=False))"
        );
        failing(&body, DialectRules::new(Dialect::Postgresql)).len()
    };
    for insert in [
        "t.insert().values(id=1)",
        "sa.insert(t).values({'id': 1})",
        "t.insert().values([{'id': 1}, {'id': 2}]).returning(t.c.id)",
    ] {
        assert_eq!(of(insert), 1, "{insert}");
    }
    for insert in [
        "t.insert().values([])",
        "t.insert().from_select(['id'], sa.select(t.c.id))",
        "sa.insert(t).values(id=1).on_conflict_do_nothing()",
        "sa.insert(t).values(id=1).prefix_with('OR IGNORE')",
        "t.update().values(id=1)",
    ] {
        assert_eq!(of(insert), 0, "{insert}");
    }
}

#[test]
fn clauses_and_tables_of_a_query_are_looked_for() {
    let of = |statement: &str| {
        let body = format!(
            "{T}t = sa.table('t', sa.column('gone'))\ng = sa.table('gone', sa.column('a'))\nop.get_bind().execute({statement})"
        );
        failing(&body, DialectRules::new(Dialect::Postgresql)).len()
    };
    for statement in [
        "t.select().where(t.c.gone.is_(None))",
        "sa.delete(t).where(t.c.gone.in_([1, 2]))",
        "sa.select(sa.func.count()).select_from(g)",
        "sa.select(sa.literal(1)).select_from(t).where(g.c.a.like('x'))",
    ] {
        assert_eq!(of(statement), 1, "{statement}");
    }
    assert_eq!(of("sa.select(sa.func.count()).select_from(t)"), 0);
}

#[test]
fn a_column_s_value_is_made_as_the_database_at_hand_makes_it() {
    let of = |dialect, column: &str| {
        let body = format!(
            "op.create_table('t', sa.Column('id', sa.Integer), sa.Column('a', sa.Integer, {column}))"
        );
        let followed = by(DialectRules::new(dialect), &body);
        let table = followed.schema.table(&TableName::plain("t"));
        table.and_then(|table| table.columns.iter().nth(1)).map(|column| (column.nullable, column.generated))
    };
    for (column, postgresql, sqlite) in [
        ("sa.Identity()", (Some(false), true), (Some(false), false)),
        ("sa.Identity(always=True), nullable=True", (Some(true), true), (Some(true), false)),
        ("sa.Computed('id + 1')", (Some(true), true), (Some(true), true)),
        ("server_default=sa.FetchedValue()", (Some(true), false), (Some(true), false)),
    ] {
        assert_eq!(of(Dialect::Postgresql, column), Some(postgresql), "{column}");
        assert_eq!(of(Dialect::Sqlite, column), Some(sqlite), "{column}");
    }
}

#[test]
fn a_table_with_a_prefix_may_be_one_of_the_session() {
    let of = |prefixes: &str| {
        let body = format!(
            "op.create_table('x', sa.Column('id', sa.Integer), prefixes={prefixes})\nop.create_table('x', sa.Column('id', sa.Integer))"
        );
        failing(&body, DialectRules::new(Dialect::Postgresql)).len()
    };
    assert_eq!(["['TEMPORARY']", "['temp']", "['UNLOGGED']", "[]"].map(of), [0, 0, 1, 1]);
}
