//! Alembic's directives, batches and context.

use super::{BESIDE, follow, met, met_in_project, upgrade};
use crate::schema::{Dialect, DialectRules, Operation, Schema};
use crate::source::ProjectModules;

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
fn a_batch_goes_by_the_table_that_it_is_given() {
    let source = "from alembic import op
import sqlalchemy as sa
from sqlalchemy import orm
Base = orm.declarative_base()
class Model(Base):
    __tablename__ = 't'
    id = sa.Column(sa.Integer, primary_key=True)
    a = sa.Column('b', sa.Integer)
    @orm.declared_attr
    def __table_args__(cls):
        return (sa.UniqueConstraint('b', name='uq'), sa.CheckConstraint('b > 1', name='ck'))
def upgrade():
    for name, table in Base.metadata.tables.items():
        with op.batch_alter_table(name, copy_from=table, recreate='always') as batch:
            batch.alter_column('b', nullable=False)
";
    let (rules, dialect) = (DialectRules::new(Dialect::Postgresql), Some(Dialect::Postgresql));
    let followed = follow(source, Schema::empty(rules), dialect, &ProjectModules::none());
    let [entry] = followed.log.as_slice() else { panic!("{:?}", followed.log) };
    let Operation::Batch { given: Some(given), .. } = &entry.operation else { panic!("{entry:?}") };
    assert_eq!(given.columns, ["id".into(), "b".into()]);
    assert_eq!(given.constraints, ["uq".into()]);
}

#[test]
fn what_a_batch_may_be_asked_for_is_doubted_and_nothing_else() {
    let body = "op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text))\nwith op.batch_alter_table('t') as batch:\n    batch.drop_column('a')\n    if op.get_bind().scalar(sa.text('SELECT 1')):\n        batch.drop_column('b')";
    assert_eq!(upgrade(body), ["create t(a,b)", "SELECT ", "drop t.a", "?drop t.b"]);
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
