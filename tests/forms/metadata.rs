//! What migrations do with SQLAlchemy's own objects: tables that create themselves, guards that ask an inspector, constructs
//! of DDL, and the rarer arguments of Alembic's directives.

use rechain::schema::Dialect;

use super::text::{python, sql};
use super::world::{Column, Kind, Relation, World};
use super::{Form, form};

pub(super) const BOTH: &[Form] = &[
    form("Table.create and drop", |world| {
        let table = world.table();
        let first = world.one(&["", ", checkfirst=True", ", checkfirst=False"]);
        let verb = world.one(&["create", "drop"]);
        Some(format!(
            "sa.Table({}, sa.MetaData(), sa.Column('id', sa.Integer(), primary_key=True){}).{verb}(op.get_bind(){first})",
            table.python(),
            table.keyword()
        ))
    }),
    form("MetaData.create_all", |world| {
        let (table, other) = (world.table(), world.plain("t"));
        let verb = world.one(&["create_all", "drop_all"]);
        Some(format!(
            "m = sa.MetaData()\nsa.Table({}, m, sa.Column('id', sa.Integer(), primary_key=True){})\n\
             sa.Table({}, m, sa.Column('id', sa.Integer(), primary_key=True), sa.Column('x', sa.Text(), index=True))\n\
             m.{verb}(op.get_bind())",
            table.python(),
            table.keyword(),
            python(&other)
        ))
    }),
    form("an inspector's guard", |world| Some(guard(world))),
    form("constructs of DDL", |world| {
        let table = world.table();
        let name = world.plain("t");
        let own = format!(
            "sa.Table({}, sa.MetaData(), sa.Column('id', sa.Integer()){})",
            table.python(),
            table.keyword()
        );
        Some(match world.random.below(3) {
            0 => format!("op.execute(sa.schema.DropTable({own}))"),
            1 => format!(
                "op.execute(sa.schema.CreateTable(sa.Table({}, sa.MetaData(), sa.Column('id', sa.Integer()))))",
                python(&name)
            ),
            _ => format!(
                "t = {own}\nop.execute(sa.schema.CreateIndex(sa.Index({}, t.c.id)))",
                python(&world.fresh("ix"))
            ),
        })
    }),
    form("exec_driver_sql", |world| {
        let table = world.table();
        let name = world.fresh("n");
        Some(format!(
            "op.get_bind().exec_driver_sql({})",
            python(&format!("ALTER TABLE {} ADD COLUMN {} INTEGER", table.sql(), sql(&name)))
        ))
    }),
    form("op.create_table with more", |world| Some(create(world))),
    form("batch_alter_table with more", batch),
];

/// The table, or one that is not there where PostgreSQL would cut the name: it finds the table by it, and an inspector reads
/// none of it.
fn uncut(world: &World, table: Relation) -> Relation {
    if world.dialect == Dialect::Postgresql && table.name.len() > 63 {
        Relation { schema: None, name: "gone".to_owned(), ..table }
    } else {
        table
    }
}

fn guard(world: &mut World) -> String {
    let table = world.table();
    let table = uncut(world, table);
    let name = table.python();
    let schema = table.keyword();
    let inspector = "sa.inspect(op.get_bind())";
    match world.random.below(5) {
        0 => format!(
            "if not {inspector}.has_table({name}{schema}):\n    op.create_table({name}, sa.Column('id', sa.Integer()){schema})"
        ),
        1 => format!(
            "if {name} in {inspector}.get_table_names({}):\n    op.drop_column({name}, 'missing'{schema})",
            schema.trim_start_matches(", ")
        ),
        2 => {
            let column = python(&world.column(&table).name);
            format!(
                "i = {inspector}\nif i.has_table({name}{schema}) and {column} not in [c['name'] for c in i.get_columns({name}{schema})]:\n    \
                 op.add_column({name}, sa.Column({column}, sa.Integer()){schema})"
            )
        }
        3 => {
            let index = world.index();
            let table = uncut(world, world.tables[index.table].clone());
            let (name, schema) = (table.python(), table.keyword());
            format!(
                "i = {inspector}\nif i.has_table({name}{schema}) and {} in [x['name'] for x in i.get_indexes({name}{schema})]:\n    \
                 op.drop_index({}, {name}{schema})",
                python(&index.name),
                python(&index.name)
            )
        }
        _ => {
            let column = python(&world.column(&table).name);
            format!(
                "if {inspector}.has_table({name}{schema}) and any(c['name'] == {column} for c in {inspector}.get_columns({name}{schema})):\n    \
                 op.drop_column({name}, {column}{schema})"
            )
        }
    }
}

fn create(world: &mut World) -> String {
    let name = world.fresh("t");
    let other = world.table();
    let target = other.target("id");
    let column = world.fresh("c");
    let own = python(&column);
    let more = match world.random.below(8) {
        0 => format!("sa.Column({own}, sa.Integer(), sa.ForeignKey({target}))"),
        1 => format!(
            "sa.Column({own}, sa.Integer(), sa.ForeignKey({target}, name={}))",
            python(&world.fresh("fk"))
        ),
        2 => format!("sa.Column({own}, sa.Integer()), sa.Index({}, {own})", python(&world.fresh("ix"))),
        3 => format!("sa.Column({own}, sa.Integer()), sa.UniqueConstraint({own}, 'id')"),
        4 => format!("sa.Column({own}, sa.Integer(), sa.CheckConstraint('id > 0'))"),
        5 => format!("sa.Column({own}, sa.Integer(), comment='a comment'), comment='another'"),
        6 => format!("sa.Column({own}, sa.Integer(), unique=True, index=True)"),
        _ => format!(
            "sa.Column({own}, sa.Boolean(create_constraint=True, name={}))",
            python(&world.fresh("ck"))
        ),
    };
    world.tables.push(Relation {
        schema: None,
        name: name.clone(),
        columns: ["id".to_owned(), column].map(|name| Column { name, kind: Kind::Integer }).into(),
        key: vec!["id".to_owned()],
    });
    format!("op.create_table({}, sa.Column('id', sa.Integer(), primary_key=True), {more})", python(&name))
}

fn batch(world: &mut World) -> Option<String> {
    let (_, table) = world.own();
    let (new, column) = (python(&world.fresh("n")), python(&world.column(&table).name));
    let other = world.table_with_id()?;
    let target = other.target("id");
    let line = match world.random.below(9) {
        0 => format!(
            "b.add_column(sa.Column({new}, sa.Integer()), insert_after={})",
            python(&table.columns[0].name)
        ),
        1 => format!(
            "b.add_column(sa.Column({new}, sa.Integer(), sa.ForeignKey({target}, name={})))",
            python(&world.fresh("fk"))
        ),
        2 => format!("b.add_column(sa.Column({new}, sa.Integer(), index=True))"),
        3 => format!(
            "b.add_column(sa.Column({new}, sa.Boolean(create_constraint=True, name={})))",
            python(&world.fresh("ck"))
        ),
        4 => format!("b.add_column(sa.Column({new}, sa.Integer(), unique=True))"),
        5 => format!(
            "b.alter_column({column}, existing_type=sa.Text(), type_=sa.String(80), nullable=True, postgresql_using='NULL::varchar(80)')"
        ),
        6 => format!("b.drop_column({column})\n    b.add_column(sa.Column({column}, sa.Integer()))"),
        7 => format!(
            "b.add_column(sa.Column({new}, sa.Integer()))\n    b.create_index({}, [{new}])",
            python(&world.fresh("ix"))
        ),
        _ => "pass".to_owned(),
    };
    let more = match world.random.below(5) {
        0 if world.dialect == Dialect::Sqlite => ", recreate='always'",
        1 => {
            ", naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s', 'fk': 'fk_%(table_name)s_%(column_0_name)s'}"
        }
        2 if world.dialect == Dialect::Sqlite => ", table_kwargs={'sqlite_autoincrement': False}",
        3 => ", reflect_kwargs={}",
        _ => "",
    };
    Some(format!("with op.batch_alter_table({}{more}{}) as b:\n    {line}", table.python(), table.keyword()))
}
