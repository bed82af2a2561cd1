//! Alembic's directives, with their arguments. Source: `operations/ops.py` of Alembic.

use rechain::schema::Dialect;

use super::text::{list, python, sql};
use super::world::{Column, Kind, Part, Relation, World};
use super::{Form, form, setup};

pub(super) const DIRECTIVES: &[Form] = &[
    form("op.create_table", |world| Some(setup::table(world))),
    form("op.create_table if_not_exists", |world| {
        let table = world.table();
        Some(format!(
            "op.create_table({}, sa.Column('id', sa.Integer(), primary_key=True), if_not_exists=True{})",
            table.python(),
            table.keyword()
        ))
    }),
    form("op.create_table with its own enum", |world| {
        let (name, kind) = (world.fresh("t"), world.fresh("kind"));
        let named = if world.chance(90) { format!(", name={}", python(&kind)) } else { String::new() };
        let more = world.one(&["", ", native_enum=False", ", create_constraint=True"]);
        Some(format!(
            "op.create_table({}, sa.Column('id', sa.Integer(), index=True), sa.Column('k', sa.Enum('x', 'y'{named}{more})))",
            python(&name)
        ))
    }),
    form("op.create_table index and unique", |world| {
        let name = world.fresh("t");
        let column = world.fresh("c");
        let words = world.one(&["index=True", "unique=True", "index=True, unique=True"]);
        world.tables.push(Relation {
            schema: None,
            name: name.clone(),
            columns: vec![Column { name: column.clone(), kind: Kind::Integer }],
            key: Vec::new(),
        });
        Some(format!(
            "op.create_table({}, sa.Column({}, sa.Integer(), {words}))",
            python(&name),
            python(&column)
        ))
    }),
    form("op.drop_table", |world| {
        let table = world.table();
        let more = world.maybe(35, ", if_exists=True");
        Some(format!("op.drop_table({}{more}{})", table.python(), table.keyword()))
    }),
    form("op.rename_table", |world| {
        let (at, table) = world.own();
        let to = if world.chance(85) { world.fresh("t") } else { world.table().name };
        world.tables[at].name = to.clone();
        Some(format!("op.rename_table({}, {}{})", table.python(), python(&to), table.keyword()))
    }),
    form("op.add_column", |world| Some(add_column(world))),
    form("op.add_column if_not_exists", |world| {
        let table = world.table();
        let column = if world.chance(50) {
            world.column(&table)
        } else {
            Column { name: world.fresh("n"), kind: Kind::Text }
        };
        Some(format!(
            "op.add_column({}, sa.Column({}, {}), if_not_exists=True{})",
            table.python(),
            python(&column.name),
            column.kind.python(),
            table.keyword()
        ))
    }),
    form("op.add_column with a foreign key", |world| {
        let (table, other) = (world.table(), world.table());
        let name = world.fresh("r");
        let target = other.target("id");
        let named =
            if world.chance(40) { format!(", name={}", python(&world.fresh("fk"))) } else { String::new() };
        let more = world.maybe(25, ", inline_references=True");
        Some(format!(
            "op.add_column({}, sa.Column({}, sa.Integer(), sa.ForeignKey({target}{named})){more}{})",
            table.python(),
            python(&name),
            table.keyword()
        ))
    }),
    form("op.drop_column", |world| {
        let table = world.table();
        let column = world.column(&table);
        let more = world.maybe(25, ", if_exists=True");
        Some(format!("op.drop_column({}, {}{more}{})", table.python(), python(&column.name), table.keyword()))
    }),
    form("op.alter_column rename", |world| {
        let (at, table) = world.own();
        let column = world.column(&table);
        let to = if world.chance(85) { world.fresh("c") } else { world.column(&table).name };
        world.rename_column(at, &column.name, &to);
        Some(format!(
            "op.alter_column({}, {}, new_column_name={}{})",
            table.python(),
            python(&column.name),
            python(&to),
            table.keyword()
        ))
    }),
    form("op.alter_column", |world| {
        let table = world.table();
        let column = world.column(&table);
        let mut words = Vec::new();
        match world.random.below(7) {
            0 => words.push("nullable=True".to_owned()),
            1 => words.push("nullable=False".to_owned()),
            2 => words.push(format!("server_default=sa.text({})", python(column.kind.value()))),
            3 => words.push("server_default=None".to_owned()),
            4 => words.push("comment='a comment'".to_owned()),
            5 => {
                let kind = world.one(&[Kind::Text, Kind::String(80), Kind::BigInteger]);
                let using = format!("NULL::{}", kind.sql());
                words.push(format!("type_={}, postgresql_using={}", kind.python(), python(&using)));
            }
            _ => {
                words.push("nullable=False".to_owned());
                words.push(format!("new_column_name={}", python(&world.fresh("c"))));
            }
        }
        if world.chance(50) {
            words.push(format!("existing_type={}", column.kind.python()));
        }
        Some(format!(
            "op.alter_column({}, {}, {}{})",
            table.python(),
            python(&column.name),
            words.join(", "),
            table.keyword()
        ))
    }),
    form("op.create_index", |world| {
        let (at, table) = world.own();
        let columns = world.columns(&table);
        let name = if world.chance(90) { world.fresh("ix") } else { world.index().name };
        let unique = world.maybe(40, ", unique=True");
        let more = match world.random.below(8) {
            0 => ", if_not_exists=True",
            1 => ", postgresql_where=sa.text('id > 0')",
            2 => ", postgresql_using='btree'",
            3 if table.has_id() => ", postgresql_include=['id']",
            4 if table.has_id() => ", sqlite_where=sa.text('id > 0')",
            _ => "",
        };
        let named = world.marked(15, &name);
        let word = if unique.is_empty() { "index" } else { "unique index" };
        world.indexes.push(Part { name, table: at, columns: columns.clone(), word });
        Some(format!(
            "op.create_index({named}, {}, {}{unique}{more}{})",
            table.python(),
            list(&columns),
            table.keyword()
        ))
    }),
    form("op.create_index on an expression", |world| {
        let table = world.table_with_id()?;
        let name = world.fresh("ix");
        Some(format!(
            "op.create_index({}, {}, [sa.text('(id + 1)')]{})",
            python(&name),
            table.python(),
            table.keyword()
        ))
    }),
    form("op.create_index concurrently", |world| {
        if world.dialect != Dialect::Postgresql || !world.chance(30) {
            return None;
        }
        let table = world.table();
        let (name, columns) = (world.fresh("ix"), world.columns(&table));
        Some(format!(
            "op.create_index({}, {}, {}, postgresql_concurrently=True{})",
            python(&name),
            table.python(),
            list(&columns),
            table.keyword()
        ))
    }),
    form("op.drop_index", |world| {
        let index = world.index();
        let table = world.tables[index.table].clone();
        let named = world.marked(20, &index.name);
        let of = match world.random.below(3) {
            0 => String::new(),
            1 => format!(", {}", table.python()),
            _ => format!(", table_name={}", table.python()),
        };
        let more = world.maybe(30, ", if_exists=True");
        Some(format!("op.drop_index({named}{of}{more}{})", table.keyword()))
    }),
    form("op.create_primary_key", |world| {
        let (at, table) = world.own();
        let columns = world.columns(&table);
        let name = world.random.chance(75).then(|| world.fresh("pk"));
        let named = name.as_ref().map_or_else(|| "None".to_owned(), |name| python(name));
        world.keep(name, at, columns.clone(), "primary");
        Some(format!(
            "op.create_primary_key({named}, {}, {}{})",
            table.python(),
            list(&columns),
            table.keyword()
        ))
    }),
    form("op.create_unique_constraint", |world| {
        let (at, table) = world.own();
        let columns = world.columns(&table);
        let name = if world.chance(80) { Some(world.fresh("uq")) } else { None };
        let named = name.as_ref().map_or_else(|| "None".to_owned(), |name| python(name));
        let more = world.maybe(20, ", deferrable=True, initially='DEFERRED'");
        world.keep(name, at, columns.clone(), "unique");
        Some(format!(
            "op.create_unique_constraint({named}, {}, {}{more}{})",
            table.python(),
            list(&columns),
            table.keyword()
        ))
    }),
    form("op.create_check_constraint", |world| {
        let (at, table) = world.own();
        let name = if world.chance(85) { world.fresh("ck") } else { world.constraint().name };
        let condition = world.one(&["id > 0", "id IS NOT NULL", "nothing > 0", "1 = 1"]);
        world.keep(Some(name.clone()), at, Vec::new(), "check");
        Some(format!(
            "op.create_check_constraint({}, {}, {}{})",
            python(&name),
            table.python(),
            python(condition),
            table.keyword()
        ))
    }),
    form("op.create_foreign_key", |world| {
        let (at, table) = world.own();
        let other = world.table();
        // Whether a domain or a composite type fits is not followed.
        let column = Some(world.column(&table)).filter(|column| !matches!(column.kind, Kind::Named(_)))?.name;
        let target = if world.chance(80) { "id".to_owned() } else { world.column(&other).name };
        let name = if world.chance(75) { Some(world.fresh("fk")) } else { None };
        let named = name.as_ref().map_or_else(|| "None".to_owned(), |name| python(name));
        let more =
            world.one(&["", ", ondelete='CASCADE'", ", deferrable=True", ", postgresql_not_valid=True"]);
        let place = |of: &Relation, word: &str| {
            of.schema.as_ref().map_or_else(String::new, |schema| format!(", {word}={}", python(schema)))
        };
        world.keep(name, at, vec![column.clone()], "foreignkey");
        Some(format!(
            "op.create_foreign_key({named}, {}, {}, [{}], [{}]{more}{}{})",
            table.python(),
            other.python(),
            python(&column),
            python(&target),
            place(&table, "source_schema"),
            place(&other, "referent_schema")
        ))
    }),
    form("op.create_exclude_constraint", |world| {
        if world.dialect != Dialect::Postgresql {
            return None;
        }
        let table = world.table_with_id()?;
        let name = world.fresh("ex");
        Some(format!(
            "op.create_exclude_constraint({}, {}, ('id', '='), using='btree'{})",
            python(&name),
            table.python(),
            table.keyword()
        ))
    }),
    form("op.drop_constraint", |world| {
        let part = world.constraint();
        let table = world.tables[part.table].clone();
        let named = world.marked(20, &part.name);
        let word = match world.random.below(10) {
            0..5 => format!(", type_='{}'", part.word),
            5..9 => String::new(),
            _ => ", type_='check'".to_owned(),
        };
        let more = world.maybe(20, ", if_exists=True");
        Some(format!("op.drop_constraint({named}, {}{word}{more}{})", table.python(), table.keyword()))
    }),
    form("op.create_table_comment", |world| {
        let table = world.table();
        Some(if world.chance(60) {
            format!("op.create_table_comment({}, 'a comment'{})", table.python(), table.keyword())
        } else {
            format!("op.drop_table_comment({}{})", table.python(), table.keyword())
        })
    }),
    form("op.bulk_insert", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(format!("op.bulk_insert({}, [])", table.light(&column)))
    }),
    form("op.execute of a construct", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(format!("t = {}\nop.execute(t.delete())", table.light(&column)))
    }),
    form("Enum.create and drop", |world| {
        if world.dialect != Dialect::Postgresql {
            return None;
        }
        let name = if world.chance(50) { world.named_of(|own| &own.enums, "e") } else { world.fresh("e") };
        let class = world.one(&["sa.Enum", "postgresql.ENUM"]);
        let first = world.one(&["", ", checkfirst=True", ", checkfirst=False"]);
        let verb = world.one(&["create", "drop"]);
        Some(format!("{class}('a', 'b', name={}).{verb}(op.get_bind(){first})", python(&name)))
    }),
    form("sa.schema constructs", |world| {
        if world.dialect != Dialect::Postgresql {
            return None;
        }
        Some(match world.random.below(4) {
            0 => {
                let name = world.fresh("seq");
                world.sequences.push(name.clone());
                format!("op.execute(sa.schema.CreateSequence(sa.Sequence({})))", python(&name))
            }
            1 => {
                let name = world.named_of(|own| &own.sequences, "seq");
                format!("op.execute(sa.schema.DropSequence(sa.Sequence({})))", python(&name))
            }
            2 => {
                let name = world.fresh("s");
                world.schemas.push(name.clone());
                format!("op.execute(sa.schema.CreateSchema({}))", python(&name))
            }
            _ => {
                let name = world.any_of(|own| &own.schemas)?;
                let more = world.maybe(60, ", cascade=True");
                format!("op.execute(sa.schema.DropSchema({}{more}))", python(&name))
            }
        })
    }),
    form("batch_alter_table", |world| Some(batch(world))),
    form("batch_alter_table again", |world| Some(batch(world))),
    form("op.get_bind().execute(text)", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(format!(
            "op.get_bind().execute(sa.text({}))",
            python(&format!("SELECT {} FROM {}", sql(&column.name), table.sql()))
        ))
    }),
];

fn add_column(world: &mut World) -> String {
    let at = world.at();
    let table = world.table();
    let name = if world.chance(88) { world.fresh("n") } else { world.column(&table).name };
    let kind = world.kind();
    let more = match world.random.below(9) {
        0 => ", nullable=False".to_owned(),
        1 => format!(", nullable=False, server_default=sa.text({})", python(kind.value())),
        2 => format!(", server_default=sa.text({})", python(kind.value())),
        3 => ", unique=True".to_owned(),
        4 => ", index=True".to_owned(),
        5 => ", primary_key=True".to_owned(),
        6 if kind == Kind::Integer && table.has_id() => ", sa.Computed('id + 1')".to_owned(),
        _ => String::new(),
    };
    if table.name == world.tables[at].name {
        world.tables[at].columns.push(Column { name: name.clone(), kind: kind.clone() });
    }
    format!(
        "op.add_column({}, sa.Column({}, {}{more}){})",
        table.python(),
        python(&name),
        kind.python(),
        table.keyword()
    )
}

/// Several changes of one table.
fn batch(world: &mut World) -> String {
    let at = world.at();
    let table = if world.chance(94) { world.tables[at].clone() } else { world.table() };
    let mut lines = Vec::new();
    for _ in 0..=world.random.below(3) {
        let column = world.column(&table);
        let columns = world.columns(&table);
        lines.push(match world.random.below(14) {
            0 => format!("batch_op.add_column(sa.Column({}, sa.Integer()))", python(&world.fresh("n"))),
            1 => format!(
                "batch_op.add_column(sa.Column({}, sa.Integer(), nullable=False, server_default='1'))",
                python(&world.fresh("n"))
            ),
            2 => format!("batch_op.drop_column({})", python(&column.name)),
            3 => {
                let to = world.fresh("c");
                world.rename_column(at, &column.name, &to);
                format!("batch_op.alter_column({}, new_column_name={})", python(&column.name), python(&to))
            }
            4 => {
                let nullable = world.one(&["True", "False"]);
                format!("batch_op.alter_column({}, nullable={nullable})", python(&column.name))
            }
            5 => format!(
                "batch_op.alter_column({}, type_=sa.String(99), postgresql_using={})",
                python(&column.name),
                python("NULL::varchar(99)")
            ),
            6 => format!(
                "batch_op.alter_column({}, server_default={})",
                python(&column.name),
                world.one(&["None", "'1'"])
            ),
            7 => format!(
                "batch_op.create_index({}, {}{})",
                python(&world.fresh("ix")),
                list(&columns),
                world.maybe(40, ", unique=True")
            ),
            8 => {
                let index = world.index();
                format!("batch_op.drop_index({})", python(&index.name))
            }
            9 => format!(
                "batch_op.create_unique_constraint({}, {})",
                python(&world.fresh("uq")),
                list(&columns)
            ),
            10 if !matches!(column.kind, Kind::Named(_)) => {
                let other = world.table();
                let place = other
                    .schema
                    .as_ref()
                    .map_or_else(String::new, |schema| format!(", referent_schema={}", python(schema)));
                format!(
                    "batch_op.create_foreign_key({}, {}, [{}], ['id']{place})",
                    python(&world.fresh("fk")),
                    other.python(),
                    python(&column.name)
                )
            }
            11 => format!("batch_op.create_check_constraint({}, 'id > 0')", python(&world.fresh("ck"))),
            12 => format!("batch_op.create_primary_key({}, {})", python(&world.fresh("pk")), list(&columns)),
            _ => {
                let part = world.constraint();
                let word = if world.chance(60) { format!(", type_='{}'", part.word) } else { String::new() };
                format!("batch_op.drop_constraint({}{word})", python(&part.name))
            }
        });
    }
    let more = match world.random.below(10) {
        0 if world.dialect == Dialect::Sqlite => ", recreate='always'",
        1 => ", recreate='never'",
        _ => "",
    };

    format!(
        "with op.batch_alter_table({}{more}{}) as batch_op:\n    {}",
        table.python(),
        table.keyword(),
        lines.join("\n    ")
    )
}
