//! Classes and objects of the project's own, as contexts too.

use super::{BESIDE, met, met_in_project, on};
use crate::schema::Dialect;

#[test]
fn objects_of_dataclasses_and_named_tuples_have_their_fields() {
    let of = |classes: &str, made: &str| {
        met(&format!(
            "from dataclasses import dataclass, field\nfrom typing import NamedTuple\nfrom collections import namedtuple\n{classes}\ndef upgrade():\n    for own in [{made}]:\n        op.drop_column(own.table, own.column)"
        ))
        .join(" ")
    };
    let body = "class Own:\n    table: str\n    column: str = 'c'";
    for decorator in ["@dataclass", "@dataclass(frozen=True)"] {
        let class = format!("{decorator}\n{body}");
        assert_eq!(
            of(&class, "Own('t', 'a'), Own(column='b', table='u'), Own('v')"),
            "drop t.a drop u.b drop v.c"
        );
    }
    let tuple = "class Own(NamedTuple):\n    table: str\n    column: str";
    assert_eq!(of(tuple, "Own('t', 'a')"), "drop t.a");
    for fields in ["'table column'", "'table, column'", "['table', 'column']"] {
        assert_eq!(of(&format!("Own = namedtuple('Own', {fields})"), "Own('t', column='a')"), "drop t.a");
    }
    let inherited = "@dataclass\nclass Base:\n    table: str\n@dataclass\nclass Own(Base):\n    column: str = field(default='c')";
    assert_eq!(of(inherited, "Own('t', 'a')"), "drop t.a");
    let unpacked = "from collections import namedtuple\nOwn = namedtuple('Own', 'table column')\ndef upgrade():\n    for table, column in [Own('t', 'a')]:\n        op.drop_column(table, column)";
    assert_eq!(met(unpacked), ["drop t.a"]);
}

#[test]
fn methods_are_called_for_their_object_their_class_or_what_it_stands_on() {
    let classes = "
class Base:
    def __init__(self, table):
        self.table = table
    def run(self):
        self.drop('base')
    def drop(self, column):
        op.drop_column(self.table, column)
    @classmethod
    def of(cls, table):
        return cls(table)
    @property
    def name(self):
        return self.table + '_x'
class Own(Base):
    def __init__(self, table):
        super().__init__(table + '2')
    def run(self):
        super().run()
        self.drop('own')
    @staticmethod
    def plain(table):
        op.drop_table(table)";
    let of = |body: &str| met(&format!("{classes}\ndef upgrade():\n    {body}")).join(" ");
    assert_eq!(of("Base('t').run()"), "drop t.base");
    assert_eq!(of("Own('t').run()"), "drop t2.base drop t2.own");
    assert_eq!(of("Own.of('t').run()"), "drop t2.base drop t2.own");
    assert_eq!(of("Own('t').of('u').run()"), "drop u2.base drop u2.own");
    assert_eq!(of("Own.plain('t')\n    Own('u').plain('v')"), "drop t drop v");
    assert_eq!(of("op.drop_table(Own('t').name)"), "drop t2_x");
}

#[test]
fn what_a_method_is_called_for_is_its_first_argument_whatever_its_name() {
    let classes = "
import abc, functools
class Top:
    def drop(this, name):
        op.drop_table(this.prefix + name)
    def __hidden(this):
        op.drop_table('hidden')
    def hide(this):
        this.__hidden()
    def __call__(this, name):
        this.drop(name)
class Base(Top):
    prefix = 'b_'
    @functools.cached_property
    def names(me):
        return ['x', 'y']
    @property
    def first(me):
        return me.own
    @first.setter
    def first(me, name):
        me.own = name + '_'
class Own(Base):
    prefix = 'o_'
    def drop(me, name):
        super(Own, me).drop(name)
        [super(Own, me).drop(n) for n in super().names]
        def inner(me):
            super().drop('inner')
        inner(me)
class Given:
    def __init__(me, function):
        me.function = function
    def __call__(me, name):
        me.function(name + '_given')
@Given
def take(name):
    op.drop_table(name)
class Lost(lib.Base):
    def drop(me):
        super().drop(op)
    @lib.often
    def take(me, name='x'):
        op.drop_table(name)
";
    let of = |body: &str| {
        met_in_project(&format!("import lib{classes}\ndef upgrade():\n    {body}"), &BESIDE).join(" ")
    };
    assert_eq!(of("Base().drop('a')"), "drop b_a");
    assert_eq!(of("Own().drop('a')"), "drop o_a drop o_x drop o_y drop o_inner");
    assert_eq!(of("for n in Base().names:\n        op.drop_table(n)"), "drop x drop y");
    assert_eq!(of("b = Base()\n    b.first = 'a'\n    op.drop_table(b.first)"), "drop a_");
    assert_eq!(of("Own().hide()"), "drop hidden");
    assert_eq!(of("Base()('a')"), "drop b_a");
    assert_eq!(of("take('a')"), "drop a_given");
    assert_eq!(of("Lost().drop()"), "unknown: calls Lost.drop, which is not followed / Everything");
    assert_eq!(of("Lost().take('a')"), "?drop a");
    let unknown = "unknown: calls what is not known / Everything";
    assert_eq!(of("super(*op.get_bind().x).drop('a')"), unknown);
    assert_eq!(of("super().drop('a')"), unknown);
}

/// A class whose objects are contexts, and a generator that is one.
const CONTEXTS: &str = "
from contextlib import contextmanager
class Around:
    def __init__(self, n, takes=False):
        self.n, self.takes = n, takes
    def __enter__(self):
        op.create_table(self.n + '_in')
        return self.n
    def __exit__(self, kind, error, trace):
        op.create_table(self.n + ('_out' if kind is None else '_raised'))
        return self.takes
    @contextmanager
    def both(self):
        with self as n, around('y') as m:
            yield n + m
@contextmanager
def around(n):
    op.create_table(n + '_in')
    try:
        yield n
    except KeyError:
        op.create_table(n + '_raised')
    else:
        op.create_table(n + '_else')
    finally:
        op.create_table(n + '_out')
";

#[test]
fn a_context_does_something_before_its_block_and_after_it() {
    let of = |body: &str| {
        let body = body.replace('\n', "\n    ");
        met(&format!("{CONTEXTS}def upgrade():\n    {body}"))
            .join(" ")
            .replace("create ", "")
            .replace("()", "")
    };
    assert_eq!(of("with Around('x') as n:\n    op.create_table(n)"), "x_in x x_out");
    assert_eq!(of("with around('x') as n:\n    op.create_table(n)"), "x_in x x_else x_out");
    assert_eq!(
        of("with Around('x').both() as n:\n    op.create_table(n)\nop.create_table('z')"),
        "x_in y_in xy y_else y_out x_out z"
    );
    // Whatever ends the block.
    assert_eq!(of("with around('x') as n:\n    return\nop.create_table(n)"), "x_in x_else x_out");
    assert_eq!(of("for n in 'ab':\n    with Around(n):\n        break"), "a_in a_out");
    assert_eq!(
        of("def f():\n    with around('x') as n:\n        return n\nop.create_table(f())"),
        "x_in x_else x_out x"
    );
    // Some way the block is left, and what comes after it is in doubt.
    let unknown = "if op.get_bind().scalar(sa.text('SELECT 1')):\n        return";
    assert_eq!(
        of(&format!("with around('x') as n:\n    {unknown}\nop.create_table(n)")),
        "x_in SELECT  ?x_else ?x_out ?x"
    );
    // What is raised comes to the context, which may take it.
    assert_eq!(of("with around('x'):\n    raise KeyError\nop.create_table('z')"), "x_in x_raised x_out z");
    assert_eq!(of("with around('x'):\n    raise ValueError"), "x_in x_out raises ValueError");
    assert_eq!(of("with Around('x', True):\n    raise KeyError\nop.create_table('z')"), "x_in x_raised z");
    assert_eq!(of("with Around('x'):\n    raise KeyError"), "x_in x_raised raises KeyError");
}

#[test]
fn what_a_context_takes_does_not_fail() {
    let body = "class Quiet:
    def __enter__(self):
        self.savepoint = op.get_bind().begin_nested()
    def __exit__(self, kind, error, trace):
        if kind is None:
            self.savepoint.commit()
        else:
            self.savepoint.rollback()
        return TAKES
with Quiet():
    op.create_table('t', sa.Column('id', sa.Integer))
    op.drop_table('gone')
op.create_table('t', sa.Column('id', sa.Integer))";
    for (takes, fails) in [
        ("True", false),
        ("False", true),
        // Whether it does may depend on what is not known.
        ("op.get_bind().scalar(sa.text('SELECT 1'))", false),
    ] {
        let followed = on(Dialect::Postgresql, &body.replace("TAKES", takes));
        let uncaught = followed.log.iter().filter(|entry| !entry.is_caught);
        assert_eq!(uncaught.flat_map(|entry| &entry.outcome.failures).next().is_some(), fails, "{takes}");
    }
}
