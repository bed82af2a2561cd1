//! What following a migration meets, form by form.

use super::{Followed, Module};
use crate::ingest::{SourceTree, TreePath};
use crate::schema::{Dialect, DialectRules, Operation, Schema, SearchPath, Truth};
use crate::source::{Parser, ProjectModules, PythonFiles, Running};

/// Follows `upgrade()`.
fn follow(source: &str, schema: Schema, dialect: Option<Dialect>, project: &ProjectModules<'_>) -> Followed {
    let program = Parser::new().read(source.as_bytes()).program;
    Module::of(&program, project, &Running::default()).follow("upgrade", None, schema, dialect)
}

/// What `upgrade()` meets.
fn met(source: &str) -> Vec<String> {
    let source = format!("from alembic import op\nimport sqlalchemy as sa\n{source}\n");
    let schema = Schema::empty(DialectRules::new(Dialect::Postgresql));
    let dialect = Some(Dialect::Postgresql);
    told(follow(&source, schema, dialect, &ProjectModules::none()))
}

/// What was met, in short; what is in doubt with a question mark.
fn told(followed: Followed) -> Vec<String> {
    let mut met: Vec<String> = followed
        .log
        .iter()
        .map(|entry| format!("{}{}", if entry.is_certain { "" } else { "?" }, short(&entry.operation)))
        .collect();
    met.extend(followed.errors.iter().map(|(_, failure)| format!("!{}", failure.message)));
    met.extend(followed.raised.map(|raised| format!("raises {}", raised.class)));
    met
}

fn upgrade(body: &str) -> Vec<String> {
    met(&format!("def upgrade():\n    {}", body.replace('\n', "\n    ")))
}

fn list(names: Option<&[Box<str>]>) -> String {
    names.map_or_else(|| "…".to_owned(), |names| names.join(","))
}

fn short(operation: &Operation) -> String {
    match operation {
        Operation::CreateTable { table, columns, complete, .. } => {
            let names: Vec<_> = columns.iter().map(|column| &*column.name).collect();
            format!("create {table}({}{})", names.join(","), if *complete { "" } else { ",…" })
        }
        Operation::DropTable { table, .. } => format!("drop {table}"),
        Operation::RenameTable { table, to } => format!("rename {table} {to}"),
        Operation::AddColumn { table, column, .. } => {
            format!("add {table}.{} {}", column.name, column.kind.written)
        }
        Operation::DropColumn { table, column, .. } => {
            format!("drop {table}.{}", column.as_deref().unwrap_or("?"))
        }
        Operation::AlterColumn { table, column, .. } => {
            format!("alter {table}.{}", column.as_deref().unwrap_or("?"))
        }
        Operation::CreateIndex { table, index, .. } => {
            format!(
                "index {} {table}({})",
                index.name.written().unwrap_or("?"),
                list(index.columns.as_deref())
            )
        }
        Operation::DropIndex { name, .. } => format!("drop index {}", name.written().unwrap_or("?")),
        Operation::AddConstraint { table, constraint } => {
            format!(
                "constraint {} {table} {}",
                constraint.name.written().unwrap_or("?"),
                constraint.kind.title()
            )
        }
        Operation::DropConstraint { table, name, .. } => {
            format!("drop constraint {table} {}", name.written().unwrap_or("?"))
        }
        Operation::Batch { table, changes, .. } => {
            format!("batch {table} [{}]", changes.iter().map(short).collect::<Vec<_>>().join("; "))
        }
        Operation::CreateEnum { kind, .. } => format!("enum {}", kind.name.as_deref().unwrap_or("?")),
        Operation::DropEnum { name, .. } => format!("drop enum {}", name.as_deref().unwrap_or("?")),
        Operation::Data { verb, uses } => {
            let uses: Vec<_> =
                uses.iter().map(|(table, columns)| format!("{table}({})", columns.join(","))).collect();
            format!("{verb} {}", uses.join(" "))
        }
        Operation::Noted { what, .. } => format!("noted {what}"),
        Operation::Unknown { what, touches } => format!("unknown: {what} / {touches:?}"),
        other => format!("{other:?}"),
    }
}

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
fn constants_loops_and_helpers_are_followed() {
    assert_eq!(
        met(
            "TABLES = {'a': ['x', 'y'], 'b': []}\nPREFIX = 'ix'\ndef add(table, columns, suffix='_on'):\n    for c in columns:\n        op.add_column(table, sa.Column(c + suffix, sa.Text))\n    return len(columns)\ndef upgrade():\n    for table, columns in TABLES.items():\n        n = add(table, columns=columns)\n        if n > 1:\n            op.create_index(f'{PREFIX}_{table}', table, columns)"
        ),
        ["add a.x_on Text", "add a.y_on Text", "index ix_a a(x,y)"]
    );
    assert_eq!(
        upgrade(
            "for i in range(2):\n    if i == 1:\n        continue\n    op.drop_table('t%d' % i)\nelse:\n    op.drop_table('{}_{x}'.format('e', x=1))"
        ),
        ["drop t0", "drop e_1"]
    );
    assert_eq!(
        upgrade("n = 0\nwhile n < 2:\n    op.drop_table('t' + str(n))\n    n += 1"),
        ["drop t0", "drop t1"]
    );
}

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
            "insp = sa.inspect(op.get_bind())\nif 't' in insp.get_table_names():\n    op.drop_table('t')\nif not insp.has_table('u'):\n    op.drop_table('u')\nif 'c' not in [c['name'] for c in insp.get_columns('t')]:\n    op.drop_table('v')"
        ),
        ["drop u", "drop v"]
    );
}

#[test]
fn what_is_not_known_is_followed_both_ways_in_doubt() {
    assert_eq!(
        upgrade("if something():\n    op.drop_table('a')\nelse:\n    op.drop_table('b')"),
        ["?drop a", "?drop b", "!name 'something' is not defined"]
    );
    assert_eq!(
        upgrade(
            "rows = op.get_bind().execute(sa.text('SELECT 1')).fetchall()\nif rows:\n    return\nop.drop_table('a')"
        ),
        ["SELECT ", "?drop a"]
    );
    assert_eq!(
        upgrade(
            "rows = op.get_bind().execute(sa.text('SELECT 1')).fetchall()\nfor row in rows:\n    op.drop_constraint(row.name, 't')\nop.drop_table('a')"
        ),
        ["SELECT ", "?drop constraint t ?", "drop a"]
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
fn what_other_modules_do_is_unknown_and_their_classes_are_harmless() {
    assert_eq!(
        met(
            "from app.helpers import fix, Kind\nimport uuid\ndef upgrade():\n    op.add_column('t', sa.Column('a', Kind(), default=uuid.uuid4()))\n    fix(op)"
        ),
        ["add t.a Kind", "unknown: calls app.helpers.fix, which is not followed / Everything"]
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
fn python_s_own_errors_are_told() {
    assert_eq!(
        upgrade("with sa.op.batch_alter_table('t') as b:\n    b.drop_column('x')"),
        ["!module 'sqlalchemy' has no attribute 'op'"]
    );
    assert_eq!(upgrade("raise NotImplementedError('no way back')"), ["raises NotImplementedError"]);
    assert_eq!(upgrade("try:\n    missing\nexcept NameError:\n    op.drop_table('a')"), ["drop a"]);
}

#[test]
fn models_and_metadata_of_the_file_are_followed() {
    assert_eq!(
        met(
            "from sqlalchemy.orm import declarative_base, Session\nBase = declarative_base()\nclass User(Base):\n    __tablename__ = 'user'\n    id = sa.Column(sa.Integer, primary_key=True)\n    mail = sa.Column('email', sa.Text)\ndef upgrade():\n    bind = op.get_bind()\n    Base.metadata.create_all(bind)\n    session = Session(bind=bind)\n    for user in session.query(User):\n        user.mail = None\n    session.commit()\n    User.__table__.drop(bind)"
        ),
        ["create user(id,email)", "SELECT user(id,email)", "drop user"]
    );
}

#[test]
fn a_column_named_by_its_attribute_has_constraints_of_that_name() {
    let source = "from alembic import op
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class Owner(Base):
    __tablename__ = 'owner'
    id = sa.Column(sa.Integer, primary_key=True)
class Pet(Base):
    __tablename__ = 'pet'
    id = sa.Column(sa.Integer, primary_key=True)
    owner_id = sa.Column(sa.ForeignKey('owner.id'))
def upgrade():
    Owner.__table__.create(op.get_bind())
    Pet.__table__.create(op.get_bind())
";
    for dialect in Dialect::ALL {
        let empty = Schema::empty(DialectRules::new(dialect));
        let followed = follow(source, empty, Some(dialect), &ProjectModules::none());
        let [_, pet] = followed.log.as_slice() else { panic!("{:?}", followed.log) };
        assert!(pet.outcome.failures.is_empty(), "{pet:?}");
        let Operation::CreateTable { columns, .. } = &pet.operation else { panic!("{pet:?}") };
        let [_, owner] = columns.as_slice() else { panic!("{columns:?}") };
        let [key] = owner.constraints.as_slice() else { panic!("{owner:?}") };
        assert_eq!(key.kind.columns(), Some(&["owner_id".into()][..]));
    }
}

#[test]
fn endless_work_ends() {
    assert!(upgrade("while True:\n    op.drop_table('a')").len() < 2000);
    assert!(met("def f(n):\n    return f(n + 1)\ndef upgrade():\n    f(0)").is_empty());
    assert!(
        met("def f(n):\n    op.drop_table('t%d' % n)\n    return f(n + 1)\ndef upgrade():\n    f(0)")
            .iter()
            .any(|met| met.starts_with("unknown"))
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

/// The operations of `upgrade()` of a migration that imports from other files of its project.
fn met_in_project(body: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut tree = SourceTree::default();
    for (path, source) in files {
        tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
    }
    let source = format!("from alembic import op\nimport sqlalchemy as sa\n{body}\n");
    let (rules, dialect) = (DialectRules::new(Dialect::Sqlite), Some(Dialect::Sqlite));
    let files = PythonFiles::of(&tree);
    let project = ProjectModules::of(&files);
    told(follow(&source, Schema::empty(rules), dialect, &project))
}

#[test]
fn metadata_that_is_imported_may_hold_tables_of_modules_that_are_not() {
    let files = [
        (
            "shop/db.py",
            "import sqlalchemy as sa\nfrom sqlalchemy.orm import DeclarativeBase, declarative_base\nmeta = sa.MetaData()\nlog = sa.Table('log', meta, sa.Column('at', sa.DateTime))\nOld = declarative_base(metadata=meta)\nclass Base(DeclarativeBase):\n    pass",
        ),
        (
            "shop/orders.py",
            "import sqlalchemy as sa\nfrom shop.db import Base\nclass Order(Base):\n    __tablename__ = 'order'\n    id = sa.Column(sa.Integer)",
        ),
    ];
    let frozen =
        "import sqlalchemy as sa\nmeta = sa.MetaData()\nsa.Table('old', meta, sa.Column('a', sa.Text))";
    let files = [files[0], files[1], ("shop/frozen.py", frozen)];
    let unknown = "unknown: tables of what is not known";
    let met = |body: &str| {
        met_in_project(&format!("from shop import db, orders\ndef upgrade():\n    {body}"), &files)
    };
    for (metadata, known) in [
        ("db.meta", &["create log(at)"][..]),
        ("db.Base.metadata", &[]),
        ("db.Old.metadata", &["create log(at)"]),
        ("orders.Order.metadata", &["create order(id)"]),
    ] {
        let created = met(&format!("{metadata}.create_all(op.get_bind())"));
        assert_eq!(created[0], format!("{unknown} / NewTables"), "{metadata}");
        assert_eq!(created[1..], *known, "{metadata}");
        let dropped = met(&format!("{metadata}.drop_all(bind=op.get_bind(), checkfirst=True)"));
        assert_eq!(dropped, [format!("{unknown} / Everything")], "{metadata}");
    }
    // What is named is known all the same.
    let create = ["create order(id)"];
    assert_eq!(met("orders.Order.__table__.create(op.get_bind())"), create);
    assert_eq!(met("db.meta.create_all(op.get_bind(), tables=[orders.Order.__table__])"), create);
    assert_eq!(met("db.meta.tables['log'].drop(op.get_bind())"), ["drop log"]);
    assert!(met("db.meta.tables['other'].drop(op.get_bind())").iter().all(|met| met.ends_with("Everything")));
    let every = "for table in db.meta.tables.values():\n        table.drop(op.get_bind())";
    assert!(met(every).iter().all(|met| met.ends_with("Everything")) && !met(every).is_empty());
    assert_eq!(met("sa.Table('other', db.meta).create(op.get_bind())"), ["create other(,…)"]);
    // So is all of a module that no other names,
    let body = "from shop import frozen\ndef upgrade():\n    frozen.meta.create_all(op.get_bind())";
    assert_eq!(met_in_project(body, &files), ["create old(a)"]);
    // and the metadata that the migration makes.
    let own = "class Base(sa.orm.DeclarativeBase):\n    metadata = sa.MetaData()\nclass Cart(Base):\n    __tablename__ = 'cart'\n    id = sa.Column(sa.Integer)\ndef upgrade():\n    Base.metadata.create_all(op.get_bind())\n    m = sa.MetaData()\n    sa.Table('a', m, sa.Column('x', sa.Text))\n    m.drop_all(op.get_bind())";
    assert_eq!(met_in_project(own, &files), ["create cart(id)", "drop a"]);
    let given = "from shop.db import meta\nBase = sa.orm.declarative_base(metadata=meta)\ndef upgrade():\n    Base.metadata.create_all(op.get_bind())";
    assert_eq!(
        met_in_project(given, &files),
        [format!("{unknown} / NewTables"), "create log(at)".to_owned()]
    );
}

#[test]
fn a_comprehension_follows_each_of_its_parts_as_often_as_python_does() {
    let helper = "def names():\n    op.create_table('t', sa.Column('id', sa.Integer))\n    return sa.inspect(op.get_bind()).get_table_names()\n";
    let of = |body: &str| met(&format!("{helper}def upgrade():\n    {body}"));
    for body in [
        "[name for name in names()]",
        "{name for name in names() if name}",
        "[name['name'] for name in names()]",
    ] {
        assert_eq!(of(body), ["create t(id)"], "{body}");
    }
    // What depends on something that is not known may have happened or not.
    assert_eq!(
        upgrade(
            "[op.drop_table(t) for t in ('a', 'b') if op.get_bind().execute(sa.text('SELECT 1')).scalar()]"
        ),
        ["SELECT ", "?drop a", "SELECT ", "?drop b"]
    );
}

#[test]
fn a_comprehension_has_names_of_its_own() {
    assert_eq!(upgrade("t = 'a'\nmade = [t for t in ('b', 'c')]\nop.drop_table(t)"), ["drop a"]);
    assert_eq!(
        upgrade("n = ['x']\n[op.drop_table(n) for n in n for n in (n, 'y')]\nop.drop_table(n[0])"),
        ["drop x", "drop y", "drop x"]
    );
    assert_eq!(upgrade("[(last := t) for t in ('b', 'c')]\nop.drop_table(last)"), ["drop c"]);
    assert_eq!(
        upgrade("[t for t in ('b', 'c')]\nop.drop_table(t)"),
        ["unknown: drops a table whose name is computed / Everything", "!name 't' is not defined"]
    );
}

#[test]
fn what_runs_later_may_have_happened() {
    let table = "def T(n):\n    op.create_table(n, sa.Column('id', sa.Integer))\n";
    let of = |body: &str| met(&format!("{table}def upgrade():\n    {}", body.replace('\n', "\n    ")));
    for body in [
        "g = (T(n) for n in ('a', 'b'))",
        "next(T(n) for n in ('a', 'b'))",
        "any(T(n) for n in ('a', 'b'))",
        "map(lambda n: T(n), ('a', 'b'))",
    ] {
        assert_eq!(of(body), ["?create a(id)", "?create b(id)"], "{body}");
    }
    // What does nothing to the database is as good as done.
    assert_eq!(upgrade("op.drop_table('_'.join(part for part in ('a', 'b')))"), ["drop a_b"]);
}

#[test]
fn sets_have_each_once_and_numbers_begin_where_they_are_told() {
    assert_eq!(upgrade("for n in {'a', 'a'}:\n    op.drop_table(n)"), ["drop a"]);
    assert_eq!(upgrade("for n in {n.lower() for n in ('a', 'A')}:\n    op.drop_table(n)"), ["drop a"]);
    assert_eq!(
        upgrade("for i, n in enumerate('ab', 1):\n    op.drop_table(f'{n}{i}')"),
        ["drop a1", "drop b2"]
    );
    assert_eq!(upgrade("for i, n in enumerate('a', start=5):\n    op.drop_table(f'{n}{i}')"), ["drop a5"]);
}

#[test]
fn nonlocal_is_a_name_of_the_function_around() {
    let body = "i = 0\ndef next_one():\n    nonlocal i\n    i += 1\n    op.drop_table(f't{i}')\nnext_one()\nnext_one()\nop.drop_table(f'u{i}')";
    assert_eq!(upgrade(body), ["drop t1", "drop t2", "drop u2"]);
}

#[test]
fn defaults_are_made_once() {
    let computed = "unknown: drops a table whose name is computed / Everything";
    assert_eq!(upgrade("x = 'a'\ndef f(n=x):\n    op.drop_table(n)\nx = 'b'\nf()"), [computed]);
    assert_eq!(
        upgrade(
            "def f(n, seen=[]):\n    seen.append(n)\n    return seen\nf('a')\nfor n in f('b'):\n    op.drop_table(n)"
        )[..1],
        [format!("?{computed}")]
    );
    assert_eq!(
        met("N = 'a'\ndef f(n=N, k='x'):\n    op.drop_table(n + k)\ndef upgrade():\n    f()"),
        ["drop ax"]
    );
}

#[test]
fn a_loop_over_what_it_changes_is_not_known() {
    let met = upgrade("xs = ['a']\nfor n in xs:\n    op.drop_table(n)\n    xs.append(n + 'a')");
    assert_eq!(met[..1], ["drop a"]);
    let met = upgrade("xs = ['a', 'b']\nfor n in xs:\n    op.drop_table(n)\n    xs.append(n + 'a')");
    assert_eq!(met, ["drop a", "unknown: a loop over what it changes / Everything"]);
}

#[test]
fn assertions_and_suppressed_classes_count() {
    assert_eq!(
        upgrade("assert 'a' == 'a'\nassert op.get_bind().dialect.name == 'postgresql'\nop.drop_table('a')"),
        ["drop a"]
    );
    assert_eq!(
        upgrade("assert op.get_bind().dialect.name == 'sqlite'\nop.drop_table('a')"),
        ["raises AssertionError"]
    );
    let of = |class: &str| {
        met(&format!(
            "import contextlib\ndef upgrade():\n    with contextlib.suppress({class}):\n        raise ValueError('x')\n    op.drop_table('a')"
        ))
    };
    assert_eq!(of("ValueError"), ["drop a"]);
    assert_eq!(of("KeyError"), ["raises ValueError"]);
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

/// The project's own files beside a migration, in which a library that is not here is certainly none of its own.
const BESIDE: [(&str, &str); 2] = [("shop/__init__.py", ""), ("shop/tools.py", "LIMIT = 1")];

#[test]
fn a_call_that_is_not_followed_reaches_what_is_handed_to_it_and_nothing_else() {
    let unknown = "unknown: calls what is not known / Everything";
    for (body, expected) in [
        ("import lib\nlog = lib.a.debug if lib.DEBUG else lib.a.warning\nlog('x')", vec![]),
        ("import lib\nlib.work(1, [2], {'a': 3}, key=lambda row: row[0])", vec![]),
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
    ] {
        let fine = format!("NAME = VALUES = op.get_bind().x\n    {fine}");
        assert_eq!(failures(&fine), [""; 0], "{fine}");
    }
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
fn the_foreign_keys_of_a_reflected_table_are_those_of_the_database() {
    let made = "op.create_table('o', sa.Column('id', sa.Integer, primary_key=True))\nop.create_table('t', sa.Column('o', sa.Integer, sa.ForeignKey('o.id')), sa.UniqueConstraint('o', name='uq'))\nt = sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())";
    let of = |body: &str| upgrade(&format!("{made}\n{body}"))[2..].to_vec();
    assert_eq!(
        of("for key in t.foreign_keys:\n    op.drop_constraint(key.constraint.name, 't')"),
        ["drop constraint t t_o_fkey"]
    );
    assert_eq!(
        of(
            "for own in t.constraints:\n    if isinstance(own, sa.UniqueConstraint):\n        op.drop_constraint(own.name, 't')"
        ),
        ["drop constraint t uq"]
    );
    assert_eq!(
        of(
            "for key in t.foreign_key_constraints:\n    if key.referred_table.name == 'o':\n        op.drop_constraint(key.name, 't')"
        ),
        ["drop constraint t t_o_fkey"]
    );
}

#[test]
fn a_query_of_a_model_reads_every_column_that_the_model_has() {
    let files = [
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base, relationship\nBase = declarative_base()\nclass Stamped:\n    at = sa.Column(sa.DateTime)\nclass Order(Stamped, Base):\n    __tablename__ = 'orders'\n    id = sa.Column('order_id', sa.Integer, primary_key=True)\n    slug = sa.Column(sa.Text)\n    lines = relationship('Line')",
        ),
    ];
    let of = |body: &str| {
        let source = format!(
            "from shop.models import Order\nfrom sqlalchemy.orm import Session\ndef upgrade():\n    s = Session(bind=op.get_bind())\n    {}",
            body.replace('\n', "\n    ")
        );
        met_in_project(&source, &files)
    };
    let all = "SELECT orders(order_id,slug,at)";
    assert_eq!(of("s.query(Order).all()"), [all]);
    assert_eq!(of("for order in s.query(Order).filter_by(slug='x'):\n    order.slug = 'y'"), [all]);
    assert_eq!(of("[order.id for order in s.query(Order)]"), [all]);
    assert_eq!(of("s.query(Order.slug).first()"), ["SELECT orders(slug)"]);
    assert_eq!(
        of("s.execute(sa.select(Order).where(Order.id > 1))"),
        ["SELECT orders(order_id,slug,at) orders(order_id)"]
    );
    assert_eq!(of("s.execute(sa.select(Order).options(sa.orm.load_only('x')))"), ["SELECT orders()"]);
    assert_eq!(of("s.query(Order).with_entities(Order.id).all()"), ["SELECT orders() orders(order_id)"]);
    assert_eq!(of("s.query(Order).filter(Order.id == 1).delete()"), ["DELETE orders() orders(order_id)"]);
    assert_eq!(of("s.query(Order)"), [""; 0]);
}

#[test]
fn what_env_py_has_imported_tells_the_metadata_of_all_its_tables() {
    let base = "import sqlalchemy as sa\nfrom sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    pass";
    let model = |base: &str, class: &str, more: &str| {
        format!(
            "import sqlalchemy as sa\nfrom shop.base import Base\n{base}\nclass {class}:\n    {more}\n    id = sa.Column(sa.Integer, primary_key=True)\n"
        )
    };
    let order =
        model("", "Order(Base)", "__tablename__ = 'orders'\n    user = sa.Column(sa.ForeignKey('users.id'))");
    let user =
        model("", "User(Base)", "__tablename__ = 'users'\n    kind = sa.Column(sa.Enum('a', name='kind'))");
    let of = |call: &str, more: &str| {
        let imported =
            ["shop.base", "shop.orders", "shop.more", "shop.users"].map(ToOwned::to_owned).to_vec();
        let running = Running { imported: Some(imported), ..Running::default() };
        let mut tree = SourceTree::default();
        for (path, text) in [
            ("shop/base.py", base),
            ("shop/orders.py", &*order),
            ("shop/users.py", &*user),
            ("shop/more.py", more),
        ] {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let files = PythonFiles::of(&tree);
        let project = ProjectModules::of(&files);
        let source = format!(
            "from alembic import op\nfrom shop.base import Base\ndef upgrade():\n    Base.metadata.{call}\n"
        );
        let program = Parser::new().read(source.as_bytes()).program;
        let schema = Schema::empty(DialectRules::new(Dialect::Postgresql));
        let mut module = Module::of(&program, &project, &running);
        told(module.follow("upgrade", None, schema, Some(Dialect::Postgresql)))
    };
    let plain = "from lib import Settings\nclass Own(Settings):\n    url: str = ''\n";
    let created = ["create users(kind,id)", "create orders(user,id)"];
    assert_eq!(of("create_all(op.get_bind())", plain), created, "what is referred to comes first");
    assert_eq!(of("drop_all(op.get_bind())", plain), ["drop orders", "drop users", "drop enum kind"]);
    // Of some classes nobody knows whether, or by which name, they have a table.
    for more in [
        model("from lib import Mixin", "Log(Mixin, Base)", "pass"),
        model("from lib import Model", "Log(Model)", "__tablename__ = 'logs'"),
        model("", "Log(Base)", "__tablename__ = make()"),
        "from lib import find\nfrom shop.base import Base\nif find():\n    class Log(Base):\n        __tablename__ = 'logs'\n".to_owned(),
    ] {
        assert!(of("create_all(op.get_bind())", &more)[0].starts_with("unknown: "), "{more}");
    }
    for more in [
        model("from lib import Mixin", "Log(Mixin, Base)", "__abstract__ = True"),
        model("from lib import Mixin", "Log(Mixin)", "pass")
            .replace("id = sa.Column(sa.Integer, primary_key=True)", "n = 1"),
        "from shop.users import User\nclass Admin(User):\n    pass\n".to_owned(),
    ] {
        assert_eq!(of("create_all(op.get_bind())", &more), created, "{more}");
    }
    let round = "import sqlalchemy as sa\nfrom shop.base import Base\nfor one, two in [('x', 'y'), ('y', 'x')]:\n    sa.Table(one, Base.metadata, sa.Column('id', sa.Integer), sa.Column('o', sa.ForeignKey(two + '.id')))\n";
    let met = of("create_all(op.get_bind())", round);
    assert_eq!(met[0], "unknown: tables that refer to one another / NewTables");
    assert_eq!(met[1..], created);
}

#[test]
fn the_object_of_flask_sqlalchemy_is_followed() {
    let files = [
        ("shop/__init__.py", "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()"),
        (
            "shop/models.py",
            "from shop import db\nclass UserRole(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\nclass Sub(UserRole):\n    n = db.Column(db.Integer)\nclass Own(UserRole):\n    pk = db.Column(db.Integer, primary_key=True)\nclass Other(db.Model):\n    __tablename__ = 'others'\n    n = db.Column(db.Integer, primary_key=True)\n    __table_args__ = (db.UniqueConstraint('n', name='uq'), {'schema': 'far'})",
        ),
    ];
    let of =
        |body: &str| met_in_project(&format!("def upgrade():\n    {}", body.replace('\n', "\n    ")), &files);
    assert_eq!(of("from shop.models import UserRole\nUserRole.query.all()"), ["SELECT user_role(id)"]);
    assert_eq!(
        of("from shop.models import Other\nOther.__table__.create(op.get_bind())"),
        ["create far.others(n)"]
    );
    assert_eq!(of("from shop.models import Own\nOwn.__table__.create(op.get_bind())"), ["create own(pk)"]);
    let shares = of("from shop.models import Sub\nSub.__table__.create(op.get_bind())");
    assert!(!shares.iter().any(|met| met.starts_with("create sub")), "{shares:?}");
    let all = of("from shop import db\ndb.create_all()");
    assert_eq!(all, ["unknown: tables of what is not known / NewTables"]);
    assert_eq!(of("from shop import db\ndb.session.execute(db.text('DROP TABLE x'))"), ["drop x"]);
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
        "'CREATE RULE r AS ON INSERT TO v DO INSTEAD (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))'",
        "f'CREATE EXTENSION a; {NAME}'",
    ] {
        assert!(!of(Truth::No, one).contains(&true), "{one}");
    }
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
fn what_a_batch_may_be_asked_for_is_doubted_and_nothing_else() {
    let body = "op.create_table('t', sa.Column('a', sa.Text), sa.Column('b', sa.Text))\nwith op.batch_alter_table('t') as batch:\n    batch.drop_column('a')\n    if op.get_bind().scalar(sa.text('SELECT 1')):\n        batch.drop_column('b')";
    assert_eq!(upgrade(body), ["create t(a,b)", "SELECT ", "drop t.a", "?drop t.b"]);
}

#[test]
fn a_loop_that_does_not_come_to_the_database_ends_somehow() {
    let endless = "n = 1\nwhile True:\n    name = f'x{n}'\n    if name not in taken(n):\n        break\n    n += 1\nop.drop_table(name)";
    let source = format!(
        "def taken(n):\n    return {{n: n * 2}}\ndef upgrade():\n    {}",
        endless.replace('\n', "\n    ")
    );
    assert_eq!(met(&source), ["drop x1"]);
    let unknown = "n = 1\nwhile n > 0:\n    n += 1\nop.drop_table('t')";
    assert_eq!(upgrade(unknown), ["drop t"]);
    let acts = "n = 1\nwhile n > 0:\n    n += 1\n    if n < 0:\n        op.drop_table('t')";
    assert_eq!(upgrade(acts), ["unknown: a loop that only running ends / Everything"]);
    // What is left in doubt within a loop is followed twice, and what comes after it is followed.
    let left = "def pick(bind):\n    while True:\n        row = bind.execute(sa.text('SELECT 1')).first()\n        if row is None:\n            return 1\ndef upgrade():\n    for row in op.get_bind().execute(sa.text('SELECT 2')):\n        pick(op.get_bind())\n    op.drop_table('t')";
    assert_eq!(met(left).last().map(String::as_str), Some("drop t"));
}

#[test]
fn that_there_are_too_many_statements_is_told_once() {
    let many = "def upgrade():\n    for i in range(19000):\n        a = 1\n        b = 1\n        c = op.get_bind().x or 1\n        d = 1";
    let told = met(many);
    assert_eq!(told, ["unknown: too many statements / Everything"]);
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
fn a_target_with_a_star_takes_what_the_others_leave() {
    let body = "for name, kind, *default in [('a', sa.Text), ('b', sa.Integer, '1')]:\n    op.add_column('t', sa.Column(name, kind, server_default=default[0] if default else None))";
    assert_eq!(upgrade(body), ["add t.a Text", "add t.b Integer"]);
}

#[test]
fn a_table_that_is_added_to_is_another_one() {
    let body = "old = sa.Table('t', sa.MetaData(), sa.Column('a', sa.Text), sa.Column('b', sa.Text))\nnew = sa.Table('u', sa.MetaData())\nfor column in old.columns:\n    new.append_column(column.copy())\nnew.append_constraint(sa.UniqueConstraint('a'))\nnew.create(op.get_bind())";
    assert_eq!(upgrade(body), ["create u(a,b)"]);
    assert_eq!(
        upgrade(
            "m = sa.MetaData()\nt = sa.Table('t', m)\nt.append_column(sa.Column('a', sa.Text))\nm.create_all(op.get_bind())"
        ),
        ["create t(a)"]
    );
}

#[test]
fn a_table_that_may_be_added_to_is_still_that_table() {
    let body = "t = sa.Table('t', sa.MetaData(), sa.Column('a', sa.Text))\nfor row in op.get_bind().execute(sa.text('SELECT 1')):\n    t.append_column(row.column)\nop.get_bind().execute(t.insert())\nt.create(op.get_bind())";
    assert_eq!(upgrade(body), ["SELECT ", "INSERT t()", "create t(a,…)"]);
}

#[test]
fn sets_and_lists_are_compared() {
    let of = |condition: &str| {
        upgrade(&format!("if {condition}:\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"))
            .join(" ")
    };
    for (condition, expected) in [
        ("{'a', 'b'} == {'b', 'a'}", "?drop yes ?drop no"),
        ("{'a', 'b'} == {'a', 'b'}", "drop yes"),
        ("set(['a']) != {'b'}", "drop yes"),
        ("['a', 'b'] == ['a']", "drop no"),
        ("{'a'}.issubset({'b', 'a'})", "drop yes"),
        ("{'a', 'c'}.issubset(['b', 'a'])", "drop no"),
        ("{'a', 'c'}.intersection({'b'})", "drop no"),
    ] {
        assert_eq!(of(condition), expected, "{condition}");
    }
    let quoted =
        "q = op.get_bind().dialect.identifier_preparer.quote\nop.execute(f\"DROP TABLE {q('user')}\")";
    assert_eq!(upgrade(quoted), ["drop user"]);
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
    assert_eq!(of(&SearchPath::Translated, body).0, [("table-exists", false)]);
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
