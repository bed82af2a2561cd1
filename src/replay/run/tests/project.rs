//! What comes from other modules.

use super::{BESIDE, met, met_in_project, short};
use crate::replay::run::{Module, Pool};
use crate::schema::{Dialect, DialectRules, Schema};
use crate::source::{Parser, Program, ProjectModules, Running};

#[test]
fn what_other_modules_do_is_unknown_and_their_classes_are_harmless() {
    assert_eq!(
        met(
            "from app.helpers import fix, Kind\nimport uuid\ndef upgrade():\n    op.add_column('t', sa.Column('a', Kind(), default=uuid.uuid4()))\n    fix(op)"
        ),
        ["add t.a Kind", "unknown: calls app.helpers.fix, which is not followed / Everything"]
    );
}

#[test]
fn a_module_that_is_loaded_once_is_followed_as_one_that_is_loaded_each_time() {
    let source = "from alembic import op\nimport sqlalchemy as sa\nbind = op.get_bind()\n\
                  has = sa.inspect(bind).has_table('t')\nlite = bind.dialect.name == 'sqlite'\n\
                  def upgrade():\n    if not has:\n        op.create_table('t', sa.Column('id', sa.Integer()))\n    \
                  if lite:\n        op.create_table('s')\n";
    let program = Parser::new().read(source.as_bytes()).program;
    let project = ProjectModules::none();
    let running = Running::default();
    let mut shared = Module::of(&program, &project, &running);
    for dialect in Dialect::ALL {
        let empty = Schema::empty(DialectRules::new(dialect));
        let full = Module::of(&program, &project, &running)
            .follow("upgrade", None, empty.clone(), Some(dialect))
            .schema;
        assert_ne!(empty, full);
        let mut follow = |schema: &Schema| {
            let logged = |module: &mut Module<'_>| -> Vec<String> {
                let followed = module.follow("upgrade", None, schema.clone(), Some(dialect));
                followed.log.iter().map(|entry| short(&entry.operation)).collect()
            };
            let anew = logged(&mut Module::of(&program, &project, &running));
            assert_eq!(logged(&mut shared), anew, "{dialect:?}");
            anew
        };
        // What the module asked when it was loaded decides.
        assert_ne!(follow(&empty), follow(&full), "{dialect:?}");
    }
}

#[test]
fn a_call_that_is_not_followed_reaches_what_is_handed_to_it_and_nothing_else() {
    let unknown = "unknown: calls what is not known / Everything";
    for (body, expected) in [
        ("import lib\nlog = lib.a.debug if lib.DEBUG else lib.a.warning\nlog('x')", vec![]),
        ("import lib\nlib.work(1, [2], {'a': 3}, key=lambda row: row[0])", vec![]),
        // A dialect writes statements, and has nothing to send them with.
        ("import lib\nlib.Kind().bind(1, op.get_bind().dialect)", vec![]),
        ("import lib\nlib.work(op)", vec!["unknown: calls lib.work, which is not followed / Everything"]),
        (
            "import lib\nlib.work([1, op.get_bind()])",
            vec!["unknown: calls lib.work, which is not followed / Everything"],
        ),
        (
            "import lib\nlib.work(on=op.get_bind())",
            vec!["unknown: calls lib.work, which is not followed / Everything"],
        ),
        (
            "import lib\nlib.work(lambda: op.drop_table('t'))",
            vec!["unknown: calls lib.work, which is not followed / Everything"],
        ),
        ("import lib\nlib.Mover(op.get_bind()).move()", vec![unknown]),
        ("import lib\nlib.Mover('t').move()", vec![]),
        // What stands in the project may have a connection of its own.
        ("import shop\nshop.work()", vec!["unknown: calls shop.work, which is not followed / Everything"]),
        (
            "from shop.tools import *\nwork()",
            vec!["unknown: calls ?.work, which is not followed / Everything"],
        ),
        (
            "import flask_alembic\nflask_alembic.work()",
            vec!["unknown: calls flask_alembic.work, which is not followed / Everything"],
        ),
    ] {
        let source = format!("def upgrade():\n    {}", body.replace('\n', "\n    "));
        assert_eq!(met_in_project(&source, &BESIDE), expected, "{body}");
    }
}

#[test]
fn a_decorator_of_the_project_is_applied_and_one_of_a_library_may_call_the_function_or_not() {
    let of = |decorator: &str| {
        let source = format!(
            "import lib\nfrom contextlib import contextmanager\ndef twice(f):\n    def inner(t):\n        f(t)\n        f(t + '2')\n    return inner\n{decorator}\ndef work(t):\n    op.drop_table(t)\ndef upgrade():\n    work('a')"
        );
        met_in_project(&source, &BESIDE)
    };
    assert_eq!(of("@twice"), ["drop a", "drop a2"]);
    assert_eq!(of("@lib.retry(times=3)"), ["?drop a"]);
    assert_eq!(of("@contextmanager"), ["drop a"]);
    assert_eq!(of("@lib.with_connection(op)"), ["unknown: calls ?.work, which is not followed / Everything"]);
}

#[test]
fn a_name_of_a_star_import_is_that_of_the_module() {
    let files = [
        ("shop/__init__.py", ""),
        ("shop/tools.py", "def work():\n    from alembic import op\n    op.drop_table('t')"),
    ];
    assert_eq!(met_in_project("from shop.tools import *\ndef upgrade():\n    work()", &files), ["drop t"]);
    let columns = "from sqlalchemy import *\ndef upgrade():\n    op.add_column('t', Column('n', Integer))";
    assert_eq!(met(columns), ["add t.n Integer"]);
}

#[test]
fn that_a_migration_takes_too_many_steps_is_told_after_a_module_took_too_many() {
    let grow = "x = list(range(1000))\ny = [(a, b, c) for a in x for b in x for c in x]\n";
    let files = [("shop/__init__.py", ""), ("shop/big.py", grow)];
    let source = |body: &str| format!("from shop.big import T\ndef upgrade():\n    op.drop_table(T)\n{body}");
    let told = met_in_project(&source(""), &files);
    assert!(told.iter().all(|told| !told.contains("steps")), "{told:?}");
    let told = met_in_project(&source(&grow.replace("x =", "    x =").replace("y =", "    y =")), &files);
    let last = "unknown: more than the 1000000 steps that are followed of one migration / Everything";
    assert_eq!(told.last().map(String::as_str), Some(last), "{told:?}");
}

#[test]
fn what_one_migration_may_take_beside_its_own_is_left_by_others_of_its_history() {
    let loops = "    for a in range(900):\n        for b in range(900):\n            x = [a, b]\n";
    let source =
        |body: &str| format!("from alembic import op\ndef upgrade():\n{body}    op.drop_table('t')\n");
    let read = |body: &str| Parser::new().read(source(body).as_bytes()).program;
    let (long, brief) = (read(loops), read("    op.execute('SELECT 1')\n"));
    let (project, running, pool) = (ProjectModules::none(), Running::default(), Pool::default());
    let schema = || Schema::empty(DialectRules::new(Dialect::Postgresql));
    let follow = |program: &Program| -> Vec<String> {
        let mut module = Module::of(program, &project, &running).sharing(&pool);
        let told = |module: &mut Module<'_>| -> Vec<String> {
            let followed = module.follow("upgrade", None, schema(), Some(Dialect::Postgresql));
            followed.log.iter().map(|entry| short(&entry.operation)).collect()
        };
        let first = told(&mut module);
        assert_eq!(told(&mut module), first, "and once more it is as it was");
        first
    };
    let alone = "unknown: more than the 1000000 steps that are followed of one migration / Everything";
    for _ in 0..5 {
        assert_eq!(follow(&long), [alone]);
    }
    let left = follow(&long).concat();
    assert!(
        left.ends_with("steps, and what is followed of a whole history is used up / Everything"),
        "{left}"
    );
    let left = follow(&long).concat();
    let own: usize = left.split(' ').find_map(|word| word.parse().ok()).expect("a number of steps");
    assert!((1_000..5_000).contains(&own), "{left}");
    // What others take is followed all the same.
    assert_eq!(follow(&brief).last().map(String::as_str), Some("drop t"));
}

#[test]
fn what_is_for_type_checkers_alone_does_not_run() {
    let files = [(
        "shop/db.py",
        "import sqlalchemy as sa\nfrom typing import TYPE_CHECKING\nfrom sqlalchemy.orm import declarative_base\nif TYPE_CHECKING:\n    Base = object\nelse:\n    Base = declarative_base()\nclass Order(Base):\n    __tablename__ = 'orders'\n    id = sa.Column(sa.Integer)",
    )];
    let source = "from shop.db import Order\ndef upgrade():\n    Order.__table__.create(op.get_bind())";
    assert_eq!(met_in_project(source, &files), ["create orders(id)"]);
    let own = "import typing\ndef upgrade():\n    if typing.TYPE_CHECKING:\n        op.drop_table('a')";
    assert_eq!(met_in_project(own, &files), [""; 0]);
}

#[test]
fn names_that_modules_take_from_one_another_come_to_an_end() {
    for files in [
        &[("shop/a.py", "from shop.b import x"), ("shop/b.py", "from shop.a import x")][..],
        &[("shop/a.py", "from shop.a.x import x")],
        &[
            ("shop/a.py", "import shop.b as x"),
            ("shop/b.py", "import shop.a.x as y"),
            ("shop/__init__.py", "from shop.a import x as b"),
        ],
        &[("shop/a.py", "from shop.b import y as x"), ("shop/b.py", "from shop.a.x.z import y")],
    ] {
        let source = "from shop import a\nfrom shop.a import x\ndef upgrade():\n    a.x.y.z.run()\n    x.y.run()\n    op.drop_table('t')";
        let met = met_in_project(source, files);
        assert!(met.iter().any(|met| met.ends_with("drop t")), "{met:?}");
    }
}
