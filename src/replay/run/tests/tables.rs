//! Tables, models and what a `MetaData` knows of them.

use super::{by, certain, follow, met, met_in_project, on, told, tree_of, upgrade};
use crate::replay::run::Module;
use crate::schema::{Convention, Dialect, DialectRules, Operation, Schema};
use crate::source::{Parser, ProjectModules, PythonFiles, Running};

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
fn a_foreign_key_knows_its_columns_and_they_their_tables() {
    let made = "op.create_table('o', sa.Column('id', sa.Integer, primary_key=True), sa.Column('no', sa.Integer), sa.UniqueConstraint('id', 'no'))\nop.create_table('t', sa.Column('o', sa.Integer), sa.Column('n', sa.Integer), sa.ForeignKeyConstraint(['o', 'n'], ['o.id', 'o.no'], name='both'))\nm = sa.MetaData()\nt = sa.Table('t', m, autoload_with=op.get_bind())";
    let of = |body: &str| upgrade(&format!("{made}\n{body}"))[2..].to_vec();
    let pairs = "for key in t.foreign_keys.copy():\n    op.drop_table(f'{key.parent.table.name}.{key.parent.name} {key.column.table.name}.{key.column.name}')";
    assert_eq!(of(pairs), ["drop t.o o.id", "drop t.n o.no"]);
    let column =
        "for key in t.c.n.foreign_keys:\n    op.drop_constraint(key.constraint.name, t.c.n.table.name)";
    assert_eq!(of(column), ["drop constraint t both"]);
    // The table that is referred to is read as well.
    assert_eq!(
        of("if 'o' in m.tables and 'no' in m.tables['o'].c and 'x' not in t.c:\n    op.drop_table('t')"),
        ["drop t"]
    );
    let declared = "t = sa.Table('a', sa.MetaData(), sa.Column('b', sa.ForeignKey('c.d')))\nfor key in t.foreign_keys:\n    op.drop_table(key.target_fullname)";
    assert_eq!(upgrade(declared), ["drop c.d"]);
}

#[test]
fn a_column_is_the_same_in_one_metadata() {
    let of = |condition: &str| {
        let tables = "m, n = sa.MetaData(), sa.MetaData()\nt = sa.Table('t', m, sa.Column('a', sa.Text), sa.Column('b', sa.Text))\nu = sa.Table('u', m, sa.Column('a', sa.Text))\nother = sa.Table('t', n, sa.Column('a', sa.Text))\nlight = sa.table('t', sa.column('a'))";
        upgrade(&format!(
            "{tables}\nif {condition}:\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"
        ))
        .join(" ")
    };
    let (yes, no, unknown) = ("drop yes", "drop no", "?drop yes ?drop no");
    for (condition, expected) in [
        ("t.c.a == t.c.a", yes),
        ("t.c.a == sa.Table('t', m).c.a", yes),
        ("t.c.a is m.tables['t'].c.a and t.c.b is not t.c.a", yes),
        ("t.c.a == t.c.b", no),
        ("t.c.a == u.c.a or t.c.b == u.c.a", no),
        ("t.c.a != u.c.a", yes),
        ("t.c.a == other.c.a", unknown),
        ("t.c.a == light.c.a", unknown),
        ("t.c.a is not None", yes),
        ("t.c.a in [u.c.a, t.c.a]", yes),
    ] {
        assert_eq!(of(condition), expected, "{condition}");
    }
    let clause = "t = sa.Table('t', sa.MetaData(), sa.Column('a', sa.Text), sa.Column('b', sa.Text))\nop.execute(t.delete().where(t.c.a == t.c.b))";
    assert_eq!(upgrade(clause), ["DELETE t() t(a) t(b)"]);
}

#[test]
fn a_metadata_names_what_it_reads_by_its_own_convention() {
    let of = |metadata: &str| {
        let body = format!(
            "op.create_table('o', sa.Column('id', sa.Integer, primary_key=True))\n    op.create_table('t', sa.Column('o', sa.Integer, sa.ForeignKey('o.id')))\n    {metadata}\n    t = sa.Table('t', m, autoload_with=op.get_bind())\n    for key in t.foreign_keys:\n        op.drop_table(str(key.constraint.name))"
        );
        met_in_project(&format!("def upgrade():\n    {body}"), &[]).remove(2)
    };
    let named = "naming_convention={'fk': 'fk_%(table_name)s_%(referred_table_name)s'}";
    assert_eq!(of(&format!("m = sa.MetaData({named})")), "drop fk_t_o");
    assert_eq!(of(&format!("m = sa.MetaData()\n    m.{named}")), "drop fk_t_o");
    assert_eq!(of("m = sa.MetaData()"), "drop None");
    let computed = "unknown: drops a table whose name is computed / Everything";
    assert_eq!(of("m = sa.MetaData(naming_convention=op.get_bind().x)"), computed);
}

#[test]
fn the_metadata_of_what_is_not_here_may_hold_any_table() {
    let files = [("shop/__init__.py", ""), ("shop/db.py", "from lib import Base, db")];
    for (import, metadata) in [
        ("from sqlmodel import SQLModel", "SQLModel.metadata"),
        ("import lib", "lib.models.Base.metadata"),
        ("from shop.db import Base", "Base.metadata"),
        ("from shop import db", "db.db.metadata"),
    ] {
        let of = |body: &str| {
            let body = body.replace("M.", &format!("{metadata}.")).replace('\n', "\n    ");
            met_in_project(&format!("{import}\ndef upgrade():\n    {body}"), &files)
        };
        assert_eq!(of("M.create_all(op.get_bind())"), ["unknown: tables of what is not known / NewTables"]);
        assert_eq!(of("M.drop_all(op.get_bind())"), ["unknown: tables of what is not known / Everything"]);
        let read = "op.create_table('t', sa.Column('a', sa.Text))\nM.reflect(bind=op.get_bind())\nM.tables['t'].drop(op.get_bind())\nif 'u' in M.tables:\n    op.drop_table('u')";
        assert_eq!(of(read), ["create t(a)", "drop t", "?drop u"]);
        let own =
            "sa.Table('t', M.metadata if False else M.x, sa.Column('a', sa.Text)).create(op.get_bind())";
        assert_eq!(of(own)[..1], ["create t(a,…)"]);
        assert!(of("M.work(op)")[0].ends_with(".metadata.work, which is not followed / Everything"));
    }
    let declared = "from lib import Base\ndef upgrade():\n    sa.Table('t', Base.metadata, sa.Column('a', sa.Text))\n    Base.metadata.tables['t'].create(op.get_bind())";
    assert_eq!(met_in_project(declared, &files), ["create t(a)"]);
}

#[test]
fn what_all_tables_of_a_metadata_bring_is_in_doubt_and_nothing_else() {
    let before = "op.create_table('t', sa.Column('a', sa.Text))\nif op.get_bind().scalar(sa.text('SELECT 1')):\n    op.create_table('u', sa.Column('a', sa.Text))\nfrom lib import Base\nBase.metadata.create_all(op.get_bind())\n";
    let of = |body: &str| {
        let body = format!("{before}{body}").replace('\n', "\n    ");
        met_in_project(&format!("def upgrade():\n    {body}"), &[])[4..].to_vec()
    };
    let has = |table: &str| {
        format!("i = sa.inspect(op.get_bind())\nif i.has_table('{table}'):\n    op.drop_table('{table}')")
    };
    assert_eq!(of(&has("t")), ["drop t"]);
    assert_eq!(of(&has("v")), ["?drop v"]);
    let columns = |table: &str| {
        format!(
            "op.create_index('ix', '{table}', ['a'])\ni = sa.inspect(op.get_bind())\nif 'b' in [c['name'] for c in i.get_columns('{table}')]:\n    op.drop_table('{table}')"
        )
    };
    assert_eq!(of(&columns("t")), ["index ix t(a)"]);
    assert_eq!(of(&columns("u")), ["index ix u(a)", "?drop u"]);
}

#[test]
fn reflecting_adds_the_tables_that_are_asked_for() {
    let made = "op.create_table('a', sa.Column('id', sa.Integer, primary_key=True))\nop.create_table('b', sa.Column('a', sa.Integer, sa.ForeignKey('a.id')))\nop.create_table('c', sa.Column('x', sa.Text))\nop.create_table('d', sa.Column('x', sa.Text), schema='far')\nm = sa.MetaData()\nsa.Table('own', m, sa.Column('x', sa.Text))\n";
    let of = |reflect: &str| {
        let body = format!("{made}{reflect}\nfor name in m.tables:\n    op.drop_table(name)");
        upgrade(&body)[4..].join(" ")
    };
    assert_eq!(of("m.reflect(bind=op.get_bind())"), "drop own drop a drop b drop c");
    assert_eq!(of("m.reflect(op.get_bind(), only=['b'])"), "drop own drop b drop a");
    assert_eq!(of("m.reflect(op.get_bind(), schema='far')"), "drop own drop far.d");
    let other = upgrade(&format!(
        "{made}m.reflect(op.get_bind(), only=op.get_bind().scalar(sa.text('SELECT 1')))\nm.drop_all(op.get_bind())"
    ));
    assert_eq!(other.last().map(String::as_str), Some("unknown: tables of what is not known / Everything"));
}

#[test]
fn constraints_that_are_not_known_leave_the_columns_known() {
    let row = "row = op.get_bind().execute(sa.text('SELECT 1')).first()";
    let made = format!(
        "{row}\nold = sa.Table('t', sa.MetaData(), sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text))\nnew = sa.Table('u', sa.MetaData())\nfor column in old.columns:\n    new.append_column(column.copy())\n"
    );
    let of = |body: &str| upgrade(&format!("{made}{body}\nnew.create(op.get_bind())"))[1..].join(" ");
    let unknown = "create u(id,a) unknown: a table with constraints that are not known / ConstraintsOf(TableName { schema: None, name: \"u\" })";
    assert_eq!(of("new.append_constraint(row.constraint)"), unknown);
    assert_eq!(of("for own in row:\n    new.append_constraint(own.constraint)"), unknown);
    assert_eq!(of("if row:\n    new.append_constraint(sa.UniqueConstraint('a'))"), unknown);
    assert_eq!(of("new.append_constraint(sa.UniqueConstraint('a'))"), "create u(id,a)");
    assert_eq!(of("new.append_column(row.column)"), "create u(id,a,…)");
    // A table that is read has its primary key, and so has what is made of its columns.
    let read = "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))\nold = sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())\nnew = sa.Table('u', sa.MetaData(), *[column.copy() for column in old.columns])\nnew.create(op.get_bind())\nop.create_table('v', sa.Column('u', sa.Integer, sa.ForeignKey('u.id')))\nfor own in sa.Table('u', sa.MetaData(), autoload_with=op.get_bind()).c:\n    if own.primary_key:\n        op.drop_table(own.name)";
    assert_eq!(upgrade(read)[3..], ["drop id"]);
}

#[test]
fn a_batch_of_a_table_that_is_not_known_touches_what_its_changes_touch() {
    let of = |change: &str| {
        upgrade(&format!(
            "n = op.get_bind().scalar(sa.text('SELECT 1'))\nwith op.batch_alter_table(n) as batch:\n    batch.{change}"
        ))[1..]
            .join(" ")
    };
    let unknown = |touches: &str| format!("unknown: a batch of a table whose name is computed / {touches}");
    assert_eq!(of("drop_constraint(n, type_='foreignkey')"), unknown("Constraints"));
    assert_eq!(of("create_index('ix', ['a'])"), unknown("Constraints"));
    assert_eq!(of("drop_column('a')"), unknown("Column(\"a\")"));
    assert_eq!(of("drop_column(n)"), unknown("Everything"));
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
        let tree = tree_of(&[
            ("shop/base.py", base),
            ("shop/orders.py", &order),
            ("shop/users.py", &user),
            ("shop/more.py", more),
        ]);
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
fn sorted_tables_stand_after_those_that_they_refer_to() {
    let of = |tables: &str| {
        let body = format!(
            "m = sa.MetaData()\n{tables}\nfor table in reversed(m.sorted_tables):\n    op.drop_table(table.name)"
        );
        upgrade(&body).join(" ")
    };
    let table = |name: &str, referred: &str| {
        let keys: Vec<_> = referred
            .split_whitespace()
            .map(|other| format!(", sa.Column('{other}_id', sa.ForeignKey('{other}.id'))"))
            .collect();
        format!("sa.Table('{name}', m, sa.Column('id', sa.Integer, primary_key=True){})\n", keys.concat())
    };
    let tables = [table("a", "c"), table("b", ""), table("c", "b c"), table("d", "gone")].concat();
    assert_eq!(of(&tables), "drop a drop c drop d drop b");
    let circle = [table("a", "b"), table("b", "a")].concat();
    assert_eq!(of(&circle), "?unknown: drops a table whose name is computed / Everything");
}

#[test]
fn a_long_chain_of_classes_is_gone_through_once() {
    let class =
        |at: usize| format!("class C{at}(C{}):\n    c{at} = sa.Column(sa.Text)\n", at.wrapping_sub(1));
    let chain: String = (1..60).map(class).collect();
    let met = met(&format!(
        "class C0:\n    __table_args__ = (sa.Index('ix', 'c1'), {{'schema': 'far'}})\n{chain}Base = sa.orm.declarative_base()\nclass Own(C59, C58, Base):\n    __tablename__ = 't'\n    id = sa.Column(sa.Integer, primary_key=True)\nclass Sub(Own):\n    d = sa.Column(sa.Text)\ndef upgrade():\n    Own.__table__.drop(op.get_bind())\n    for column in Own.__table__.c:\n        op.drop_table(column.name)\n    op.drop_table(Own.c7.name)"
    ));
    let columns: Vec<_> = (1..60).rev().map(|at| format!("drop c{at}")).collect();
    assert_eq!(met[..2], ["drop far.t", "drop id"]);
    assert_eq!(met[2..61], columns);
    assert_eq!(met[61..], ["drop c7"]);
}

#[test]
fn a_table_is_made_with_what_its_statement_makes() {
    let table = "from sqlalchemy.schema import CreateTable
m = sa.MetaData()
t = sa.Table('t', m, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer, index=True))
b = op.get_bind()
";
    let of = |body: &str| certain(&on(Dialect::Postgresql, &format!("{table}{body}")));
    // Indexes are statements of their own.
    assert_eq!(of("op.execute(CreateTable(t))\nop.create_index('ix_t_a', 't', ['a'])"), [""; 0]);
    assert_eq!(of("t.create(b)\nop.create_index('ix_t_a', 't', ['a'])"), ["index ix_t_a already exists"]);
    // What is there is left alone.
    for again in ["t.create(b, checkfirst=True)", "m.create_all(b)", "m.create_all(b, tables=[t])"] {
        assert_eq!(of(&format!("t.create(b)\n{again}")), [""; 0], "{again}");
        assert_eq!(of(&format!("{again}\nop.drop_index('ix_t_a', 't')\n{again}\n{again}")), [""; 0]);
    }
    let again = "op.create_table('t', sa.Column('a', sa.Integer, index=True), if_not_exists=True)";
    assert_eq!(of(&format!("t.create(b)\n{again}")), ["index ix_t_a already exists"]);
    // Other tables have columns for it.
    let child = "op.create_table('c', sa.Column('n', sa.Integer), postgresql_inherits='t')";
    assert_eq!(of(&format!("t.create(b)\n{child}\nop.create_index('ix', 'c', ['a'])")), [""; 0]);
    // It is gone with the session.
    for make in [
        "op.create_table('s', sa.Column('a', sa.Integer), prefixes=P)",
        "sa.Table('s', m, sa.Column('a', sa.Integer), prefixes=P).create(b)",
    ] {
        let made = upgrade(&format!("{table}{}", make.replace('P', "['TEMPORARY']")));
        assert!(made[0].starts_with("TemporaryTable"), "{made:?}");
        assert_eq!(upgrade(&format!("{table}{}", make.replace('P', "['UNLOGGED']"))), ["create s(a)"]);
    }
}

#[test]
fn a_metadata_names_what_it_makes_by_its_own_convention() {
    let make = |convention: &str| {
        format!(
            "b = op.get_bind()\nm = sa.MetaData({convention})\nt = sa.Table('t', m, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer, index=True), sa.UniqueConstraint('a'))\nMAKE\nop.drop_index('INDEX', 't')\nop.drop_constraint('UNIQUE', 't')"
        )
    };
    let own = "naming_convention={'ix': 'i_%(table_name)s', 'uq': 'u_%(table_name)s'}";
    for make_it in [
        "t.create(b)",
        "m.create_all(b)",
        "op.execute(sa.schema.CreateTable(t))\nop.create_index('INDEX', 't', ['a'])",
    ] {
        for (convention, index, unique) in [(own, "i_t", "u_t"), ("", "ix_t_a", "t_a_key")] {
            let body =
                make(convention).replace("MAKE", make_it).replace("INDEX", index).replace("UNIQUE", unique);
            let mut rules = DialectRules::new(Dialect::Postgresql);
            rules.convention.uq = Convention::Template("project_%(table_name)s".into());
            assert_eq!(certain(&by(rules, &body)), [""; 0], "{convention} {make_it}");
        }
    }
    let unknown = make("naming_convention=names()").replace("MAKE", "t.create(b)");
    assert_eq!(certain(&on(Dialect::Postgresql, &format!("from shop import names\n{unknown}"))), [""; 0]);
}

#[test]
fn a_table_is_copied_into_another_metadata() {
    let of = |copy: &str| {
        upgrade(&format!(
            "t = sa.Table('t', sa.MetaData(), sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer))\nm = sa.MetaData()\nt.{copy}.create(op.get_bind())\nm.create_all(op.get_bind())"
        ))
    };
    assert_eq!(of("to_metadata(m, name='u')"), ["create u(id,a)", "create u(id,a)"]);
    assert_eq!(of("tometadata(m)"), ["create t(id,a)", "create t(id,a)"]);
    assert!(of("to_metadata(m, schema='s')")[0].starts_with("unknown: creates a table"));
}
