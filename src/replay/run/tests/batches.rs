//! Batches: what they hold, and what is done of it.

use super::{PERHAPS, T, failing, follow, upgrade};
use crate::schema::{Dialect, DialectRules, Operation, Schema};
use crate::source::ProjectModules;

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
    assert_eq!(given.columns.iter().map(|own| &*own.name).collect::<Vec<_>>(), ["id", "b"]);
    assert_eq!(given.constraints, ["uq".into()]);
}

#[test]
fn what_a_batch_may_be_asked_for_is_doubted_and_nothing_else() {
    let body = "op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text))\nwith op.batch_alter_table('t') as batch:\n    batch.drop_column('a')\n    if op.get_bind().scalar(sa.text('SELECT 1')):\n        batch.drop_column('b')";
    assert_eq!(upgrade(body), ["create t(a,b)", "SELECT ", "drop t.a", "?drop t.b"]);
}

#[test]
fn what_a_batch_is_asked_for_after_its_block_is_never_made() {
    let late = "with op.batch_alter_table('t') as batch:\n    batch.drop_column('a')\nbatch.drop_column('b')\nbatch.create_index('ix', ['c'])\n";
    for body in [late.to_owned(), format!("{late}batch.drop_constraint(batch.f('ck'))")] {
        assert_eq!(upgrade(&body), ["drop t.a"], "{body}");
    }
    // What is no change of the table is done at once.
    assert_eq!(upgrade(&format!("{late}batch.execute('SELECT 1')")), ["drop t.a", "SELECT "]);
}

#[test]
fn a_constraint_is_dropped_once_in_a_batch() {
    let of = |changes: &str| {
        let body = format!(
            "op.create_table('t', sa.Column('a', sa.Integer), sa.UniqueConstraint('a', name='uq'), sa.CheckConstraint('a > 1', name='ck'))\nwith op.batch_alter_table('t') as batch:\n    {}",
            changes.replace("; ", "\n    ")
        );
        failing(&body, DialectRules::new(Dialect::Sqlite))
    };
    let (uq, ck) = ("batch.drop_constraint('uq')", "batch.drop_constraint('ck')");
    assert_eq!(of(&format!("{uq}; {ck}")), [""; 0]);
    assert_eq!(of(&format!("{uq}; {ck}; {uq}")).len(), 1);
    let again = "batch.create_unique_constraint('uq', ['a'])";
    assert_eq!(of(&format!("{uq}; {again}; {uq}")), [""; 0]);
}

#[test]
fn what_a_batch_may_be_asked_for_keeps_its_place() {
    let of = |changes: &str, recreate: &str, dialect: Dialect| {
        let body =
            format!("{T}with op.batch_alter_table('t', recreate='{recreate}') as batch:\n    {changes}");
        failing(&body, DialectRules::new(dialect))
    };
    let column = "batch.add_column(sa.Column('NAME', sa.Integer))";
    let added = |name: &str| column.replace("NAME", name);
    for (first, then) in [
        ("batch.drop_column('a')".to_owned(), added("a")),
        (added("x"), "batch.alter_column('x', new_column_name='y')".to_owned()),
        (added("x"), "batch.create_unique_constraint('uq', ['x'])".to_owned()),
        ("batch.alter_column('a', new_column_name='x')".to_owned(), "batch.drop_column('x')".to_owned()),
    ] {
        for dialect in Dialect::ALL {
            let of = |changes: &str| (of(changes, "auto", dialect), of(changes, "always", dialect));
            let doubted = of(&format!("{PERHAPS}{first}\n    {then}"));
            assert_eq!(doubted, (Vec::new(), Vec::new()), "{dialect:?}: {first}, {then}");
        }
    }
    // Where each is a statement of its own, what comes afterwards changes nothing.
    let taken = format!("{}\n    {PERHAPS}batch.drop_column('b')", added("a"));
    assert_eq!(of(&taken, "auto", Dialect::Postgresql), ["3: duplicate column name: t.a"]);
    let gone = format!("{PERHAPS}batch.drop_column('b')\n    batch.drop_column('x')");
    assert_eq!(of(&gone, "never", Dialect::Postgresql), ["5: no such column: t.x"]);
}

#[test]
fn a_failure_of_a_batch_stands_at_its_own_change() {
    let body = format!(
        "{T}with op.batch_alter_table('t') as batch:\n    batch.drop_column('a')\n    batch.alter_column('b', nullable=False)\n    batch.drop_column('x')"
    );
    assert_eq!(failing(&body, DialectRules::new(Dialect::Sqlite)), ["5: no such column: t.x"]);
    let body = format!(
        "{T}with op.batch_alter_table('t') as batch:\n    batch.drop_column('a')\n    batch.add_column(sa.Column('x', sa.ARRAY(sa.Integer)))"
    );
    assert_eq!(
        failing(&body, DialectRules::new(Dialect::Sqlite)),
        ["4: SQLite has no type ARRAY(Integer) (column x)"]
    );
    // The view stands in the way of the copy, which is made after all has been gathered.
    let body = format!(
        "{T}op.execute('CREATE VIEW v AS SELECT a FROM t')\nwith op.batch_alter_table('t') as batch:\n    batch.drop_column('b')\n    batch.drop_column('x')\n    batch.drop_column('c')"
    );
    assert_eq!(
        failing(&body, DialectRules::new(Dialect::Sqlite)),
        ["5: no such column: t.x", "6: error in view v: no such table: main.t"]
    );
}

#[test]
fn python_s_own_default_fills_the_rows_that_a_batch_copies() {
    let of = |recreate: &str, more: &str, dialect: Dialect| {
        let body = format!(
            "{T}op.execute('INSERT INTO t (a) VALUES (1)')\nwith op.batch_alter_table('t', recreate='{recreate}') as batch:\n    batch.add_column(sa.Column('x', sa.Integer, nullable=False{more}))"
        );
        failing(&body, DialectRules::new(dialect))
    };
    for dialect in [Dialect::Sqlite, Dialect::Postgresql] {
        assert_eq!(of("always", ", default=len", dialect), [""; 0]);
        for (recreate, more) in [("always", ""), ("auto", ", default=1"), ("never", ", default=1")] {
            assert_eq!(
                of(recreate, more, dialect),
                ["4: column x contains null values: t has rows"],
                "{dialect:?}: {recreate}{more}"
            );
        }
    }
}

#[test]
fn a_condition_is_refused_in_a_batch_as_outside() {
    let of = |change: &str| {
        let body = format!("op.create_table('t', sa.Column('a', sa.Integer))\n{change}");
        failing(&body, DialectRules::new(Dialect::Postgresql))
    };
    let check = "create_check_constraint('ck', 'a IN (SELECT 1)')";
    let batch = |more: &str, first: &str| {
        format!("with op.batch_alter_table('t'{more}) as batch:\n    {first}\n    batch.{check}")
    };
    let outside = of(&format!("op.{}", check.replace("'ck'", "'ck', 't'")));
    assert_eq!(outside.len(), 1);
    for more in ["", ", recreate='always'"] {
        let told = of(&batch(more, "batch.add_column(sa.Column('b', sa.Text))"));
        assert_eq!(told.len(), 1, "{more}");
        assert_ne!(told, outside, "it stands at its own line");
    }
}

#[test]
fn an_expression_of_sqlalchemy_names_its_column() {
    let fails = |dialect, change: &str| {
        let body = format!("op.create_table('t', sa.Column('a', sa.Integer))\n{change}");
        !failing(&body, DialectRules::new(dialect)).is_empty()
    };
    let batch = |more: &str, condition: &str| {
        format!(
            "with op.batch_alter_table('t'{more}) as batch:\n    batch.create_check_constraint('ck', {condition})"
        )
    };
    for (condition, is_there) in [
        ("sa.column('a').isnot(None)", true),
        ("sa.column('b').isnot(None)", false),
        ("sa.column('a') > 3", true),
        ("sa.column('b') != 'x'", false),
    ] {
        let plain = format!("op.create_check_constraint('ck', 't', {condition})");
        assert_eq!(fails(Dialect::Postgresql, &plain), !is_there, "{condition}");
        assert_eq!(fails(Dialect::Postgresql, &batch("", condition)), !is_there, "{condition}");
        // A copy leaves it out.
        assert!(!fails(Dialect::Sqlite, &batch("", condition)), "{condition}");
        assert!(!fails(Dialect::Postgresql, &batch(", recreate='always'", condition)), "{condition}");
    }
}
