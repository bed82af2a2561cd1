//! Alembic's directives with their rarer arguments, and SQLAlchemy's with theirs. Sources: `operations/ops.py` of Alembic,
//! `sql/schema.py` of SQLAlchemy.

use rechain::schema::Dialect;

use super::text::{list, python};
use super::world::{Column, Kind, Relation, World};
use super::{Form, form};

pub(super) const BOTH: &[Form] = &[
    form("op.create_table, rarer arguments", |world| Some(create(world))),
    form("op.add_column, rarer arguments", |world| {
        let (table, other) = (world.table_with_id()?, world.table());
        let place = other.schema.as_ref().map_or_else(String::new, |schema| format!("{schema}."));
        let target = python(&format!("{place}{}.id", other.name));
        let what = match world.random.below(12) {
            0 => "sa.Integer(), sa.Identity()".to_owned(),
            1 => "sa.Integer(), sa.Computed('id + 1', persisted=True)".to_owned(),
            2 => "sa.DateTime(), server_default=sa.func.now()".to_owned(),
            3 => "sa.DateTime(), server_default=sa.func.now(), nullable=False".to_owned(),
            4 => "sa.Integer(), sa.FetchedValue()".to_owned(),
            5 => "sa.Text(), comment='a comment'".to_owned(),
            6 => "sa.Boolean(), server_default=sa.true(), nullable=False".to_owned(),
            7 => "sa.Integer(), server_default=sa.literal_column('1')".to_owned(),
            8 => "sa.JSON(), nullable=True".to_owned(),
            9 => "sa.Uuid()".to_owned(),
            10 => format!("sa.Integer(), sa.ForeignKey({target}, ondelete='CASCADE'), nullable=True"),
            _ => "sa.Enum('x', 'y', name='colours', native_enum=False, create_constraint=True)".to_owned(),
        };
        Some(format!(
            "op.add_column({}, sa.Column({}, {what}){})",
            table.python(),
            python(&world.fresh("n")),
            table.keyword()
        ))
    }),
    form("op.alter_column, rarer arguments", |world| {
        let table = world.table();
        let column = world.column(&table);
        let words = world.one(&[
            "existing_nullable=True, existing_server_default=None, nullable=True",
            "server_default=sa.func.now(), existing_type=sa.DateTime()",
            "server_default=sa.false(), existing_type=sa.Boolean()",
            "comment=None, existing_comment='a comment'",
            "nullable=False, existing_type=sa.Text(), comment='x'",
            "type_=sa.Text(), existing_type=sa.String(20), nullable=True, postgresql_using='NULL'",
            "existing_type=sa.Integer()",
            "autoincrement=True, existing_type=sa.Integer()",
        ]);
        Some(format!(
            "op.alter_column({}, {}, {words}{})",
            table.python(),
            python(&column.name),
            table.keyword()
        ))
    }),
    form("op.create_index of expressions", |world| {
        let (table, column) = (python(&world.fresh("t")), python(&world.fresh("c")));
        let more = match world.random.below(3) {
            0 => format!("[sa.column({column}).desc()]"),
            1 => format!("[sa.func.coalesce(sa.column({column}), 'x')]"),
            _ => format!(
                "['id'], postgresql_where=sa.column({column}).is_(None), sqlite_where=sa.column({column}).is_(None)"
            ),
        };
        Some(format!(
            "op.create_table({table}, sa.Column('id', sa.Integer()), sa.Column({column}, sa.Text()))\n\
             op.create_index({}, {table}, {more})",
            python(&world.fresh("ix"))
        ))
    }),
    form("op.create_index, rarer arguments", |world| {
        let table = world.table();
        let (one, two) = (world.column(&table).name, world.column(&table).name);
        let (one, two) = (python(&one), python(&two));
        let more = match world.random.below(6) {
            0 => format!("[{one}], postgresql_with={{'fillfactor': 50}}"),
            1 => format!("[{one}], postgresql_nulls_not_distinct=True, unique=True"),
            2 => format!("[{one}], mysql_length=10"),
            3 => format!("[{one}], postgresql_include=[{two}]"),
            4 => "[sa.text('id')]".to_owned(),
            _ => format!("[{one}], postgresql_using='hash'"),
        };
        Some(format!(
            "op.create_index({}, {}, {more}{})",
            python(&world.fresh("ix")),
            table.python(),
            table.keyword()
        ))
    }),
    form("op.create_foreign_key of two columns", |world| {
        let (table, other) = (world.table(), world.table());
        let columns = |world: &mut World, of: &Relation| {
            let (one, two) = (world.column(of), world.column(of));
            let fits = [&one, &two].iter().all(|own| !matches!(own.kind, Kind::Named(_)));
            (fits && one.name != two.name).then(|| list(&[one.name, two.name]))
        };
        let (own, theirs) = (columns(world, &table)?, columns(world, &other)?);
        let more = world.one(&[
            "",
            ", onupdate='CASCADE'",
            ", initially='DEFERRED'",
            ", match='FULL'",
            ", use_alter=True",
        ]);
        let schema = |of: &Relation, word: &str| {
            of.schema.as_ref().map_or_else(String::new, |schema| format!(", {word}={}", python(schema)))
        };
        Some(format!(
            "op.create_foreign_key({}, {}, {}, {own}, {theirs}{more}{}{})",
            python(&world.fresh("fk")),
            table.python(),
            other.python(),
            schema(&table, "source_schema"),
            schema(&other, "referent_schema")
        ))
    }),
    form("op.create_check_constraint of an expression", |world| {
        // Which columns an expression names is not followed, so that they are there.
        let (table, column) = (python(&world.fresh("t")), python(&world.fresh("c")));
        let condition = match world.random.below(4) {
            0 => format!("sa.column({column}).isnot(None)"),
            1 => format!("sa.func.length(sa.column({column})) > 1"),
            2 => "sa.text('id > 0')".to_owned(),
            _ => format!("sa.or_(sa.column({column}).is_(None), sa.column('id') > 3)"),
        };
        Some(format!(
            "op.create_table({table}, sa.Column('id', sa.Integer()), sa.Column({column}, sa.Text()))\n\
             op.create_check_constraint({}, {table}, {condition})",
            python(&world.fresh("ck")),
        ))
    }),
    form("op.bulk_insert of rows", |world| {
        let (name, column) = (world.fresh("t"), world.fresh("c"));
        let (table, own) = (python(&name), python(&column));
        let kind = world.one(&["", ", sa.Integer", ", sa.Integer()"]);
        Some(format!(
            "t = op.create_table({table}, sa.Column('id', sa.Integer(), primary_key=True), sa.Column({own}, sa.Integer()))\n\
             op.bulk_insert({}, [{{'id': 1, {own}: 2}}, {{'id': 2, {own}: op.inline_literal(3)}}], multiinsert=False)\n{}",
            world.one(&[
                "t".to_owned(),
                format!("sa.table({table}, sa.column('id'{kind}), sa.column({own}{kind}))")
            ]),
            world.one(&[
                format!("op.add_column({table}, sa.Column('more', sa.Text(), nullable=False))"),
                format!("op.alter_column({table}, {own}, nullable=False)"),
                format!("op.drop_table({table})"),
            ])
        ))
    }),
    form("op.execute with parameters", |world| {
        let table = world.table();
        let (one, two) = (world.column(&table), world.column(&table));
        let text = format!(
            "UPDATE {} SET {} = :value WHERE {} IS NULL",
            table.sql(),
            super::text::sql(&one.name),
            super::text::sql(&two.name)
        );
        Some(if world.chance(50) {
            format!("op.execute(sa.text({}).bindparams(value=None))", python(&text))
        } else {
            format!("op.get_bind().execute(sa.text({}), {{'value': None}})", python(&text))
        })
    }),
    form("op.drop_table_comment", |world| {
        let table = world.table();
        Some(format!("op.drop_table_comment({}, existing_comment='x'{})", table.python(), table.keyword()))
    }),
    form("batch_alter_table, rarer arguments", |world| Some(batch(world))),
];

fn create(world: &mut World) -> String {
    let (name, column) = (world.fresh("t"), world.fresh("c"));
    let (table, own) = (python(&name), python(&column));
    let other = world.table();
    let place = other.schema.as_ref().map_or_else(String::new, |schema| format!("{schema}."));
    let target = python(&format!("{place}{}.id", other.name));
    let more = match world.random.below(14) {
        0 => format!("sa.Column({own}, sa.Text()), prefixes=['TEMPORARY']"),
        1 => format!("sa.Column({own}, sa.Integer(), sa.Identity(always=True))"),
        2 => format!("sa.Column({own}, sa.Integer(), sa.Computed('id * 2', persisted=True))"),
        3 => format!("sa.Column({own}, sa.Text()), sqlite_autoincrement=True"),
        4 => format!("sa.Column({own}, sa.Text()), postgresql_partition_by='RANGE (id)'"),
        5 => format!(
            "sa.Column({own}, sa.JSON()), sa.Column('u', sa.Uuid()), sa.Column('b', sa.LargeBinary())"
        ),
        6 => format!(
            "sa.Column({own}, sa.Integer()), sa.CheckConstraint(sa.column({own}) > 0, name={})",
            python(&world.fresh("ck"))
        ),
        7 => format!(
            "sa.Column({own}, sa.Integer()), sa.ForeignKeyConstraint([{own}], [{target}], ondelete='SET NULL', deferrable=True)"
        ),
        8 => format!("sa.Column({own}, sa.Integer(), sa.ForeignKey({}))", python(&format!("{name}.id"))),
        9 => format!(
            "sa.Column({own}, sa.Integer(), nullable=False, server_default=sa.text('1')), sa.Index(None, {own})"
        ),
        10 => format!(
            "sa.Column({own}, sa.Interval()), sa.Column('d', sa.Date()), sa.Column('t', sa.Time()), sa.Column('f', sa.Float())"
        ),
        11 => format!("sa.Column({own}, sa.Integer(), info={{'a': 1}}, key='k'), info={{'b': 2}}"),
        12 => format!("sa.Column({own}, sa.Integer(), primary_key=True, autoincrement=False)"),
        _ => format!("*[sa.Column(n, sa.Integer()) for n in ({own}, 'x', 'y')]"),
    };
    let takes_no_value = more.contains("sa.Computed") || more.contains("always=True");
    let known = if takes_no_value || more.contains("sa.JSON") {
        vec!["id".to_owned()]
    } else {
        vec!["id".to_owned(), column]
    };
    world.tables.push(Relation {
        schema: None,
        name,
        columns: known.into_iter().map(|name| Column { name, kind: Kind::Integer }).collect(),
        key: vec!["id".to_owned()],
    });
    format!("op.create_table({table}, sa.Column('id', sa.Integer(), primary_key=True), {more})")
}

fn batch(world: &mut World) -> String {
    let at = world.at();
    let table = world.tables[at].clone();
    let (column, new) = (python(&world.column(&table).name), python(&world.fresh("n")));
    let (ck, uq) = (python(&world.fresh("ck")), python(&world.fresh("uq")));
    let line = match world.random.below(11) {
        0 => format!("b.create_check_constraint({ck}, sa.column({column}).isnot(None))"),
        1 => format!(
            "b.alter_column({column}, new_column_name={new}, nullable=True, existing_type=sa.Integer())"
        ),
        2 => format!(
            "b.create_unique_constraint({uq}, [{column}])\n    b.drop_constraint({uq}, type_='unique')"
        ),
        3 => format!("b.create_unique_constraint(b.f({uq}), [{column}])"),
        4 => format!("b.add_column(sa.Column({new}, sa.Integer(), sa.Computed('id + 1')))"),
        5 => format!(
            "b.add_column(sa.Column({new}, sa.Integer()), insert_before={})",
            python(&table.columns[0].name)
        ),
        6 => format!(
            "b.add_column(sa.Column({new}, sa.Integer()))\n    b.alter_column({new}, nullable=False, server_default='1')"
        ),
        7 => format!("b.add_column(sa.Column({new}, sa.Integer()))\n    b.drop_column({new})"),
        8 => format!(
            "b.alter_column({column}, type_=sa.Text(), postgresql_using='NULL')\n    b.alter_column({column}, nullable=True)"
        ),
        9 => format!("b.execute('SELECT 1')\n    b.drop_column({column})"),
        _ => "b.create_table_comment('x')".to_owned(),
    };
    let columns: Vec<_> = table.columns.iter().map(|own| python(&own.name)).collect();
    let more = match world.random.below(6) {
        0 if world.dialect == Dialect::Sqlite => ", recreate='always'".to_owned(),
        1 if world.dialect == Dialect::Sqlite => {
            format!(", partial_reordering=[({},)]", columns.join(", "))
        }
        2 if world.dialect == Dialect::Sqlite => {
            ", table_args=(sa.CheckConstraint('1 = 1', name='given'),)".to_owned()
        }
        3 => {
            let declared: Vec<_> = table
                .columns
                .iter()
                .map(|own| format!("sa.Column({}, {})", python(&own.name), own.kind.python()))
                .collect();
            format!(
                ", copy_from=sa.Table({}, sa.MetaData(), {}{})",
                table.python(),
                declared.join(", "),
                table.keyword()
            )
        }
        _ => String::new(),
    };
    format!("with op.batch_alter_table({}{more}{}) as b:\n    {line}", table.python(), table.keyword())
}
