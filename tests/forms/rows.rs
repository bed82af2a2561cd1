//! Statements that read and change rows, in the forms of both databases and of each. Sources: their manuals, `INSERT`,
//! `UPDATE`, `DELETE`, `SELECT`, `WITH`, `MERGE`, `TRUNCATE`.

use super::text::{execute, python, sql};
use super::world::World;
use super::{Form, form};

/// What both databases know.
pub(super) const BOTH: &[Form] = &[
    form("INSERT of a row", |world| {
        let table = world.table();
        let column = world.column(&table);
        let value = column.kind.value();
        Some(execute(&match world.random.below(5) {
            0 => format!("INSERT INTO {} ({}) SELECT NULL LIMIT 0", table.sql(), sql(&column.name)),
            1 => format!("INSERT INTO {} ({}) SELECT {value} WHERE 1 = 0", table.sql(), sql(&column.name)),
            2 => format!(
                "INSERT INTO {} ({}) SELECT {value} WHERE 1 = 0 ON CONFLICT DO NOTHING",
                table.sql(),
                sql(&column.name)
            ),
            3 => format!(
                "WITH x AS (SELECT {value} AS y) INSERT INTO {} ({}) SELECT y FROM x WHERE 1 = 0",
                table.sql(),
                sql(&column.name)
            ),
            _ => format!(
                "INSERT INTO {} ({}) SELECT {value} WHERE 1 = 0 RETURNING {}",
                table.sql(),
                sql(&column.name),
                sql(&column.name)
            ),
        }))
    }),
    form("UPDATE from another table", |world| {
        let (table, other) = (world.table(), world.table());
        let (one, two) = (world.column(&table), world.column(&other));
        Some(execute(&match world.random.below(3) {
            0 => format!(
                "UPDATE {} SET {} = NULL FROM {} AS y WHERE y.{} IS NULL",
                table.sql(),
                sql(&one.name),
                other.sql(),
                sql(&two.name)
            ),
            1 => format!(
                "UPDATE {} SET {} = NULL WHERE EXISTS (SELECT 1 FROM {} AS y WHERE y.{} IS NULL)",
                table.sql(),
                sql(&one.name),
                other.sql(),
                sql(&two.name)
            ),
            _ => format!(
                "UPDATE {} AS x SET {} = NULL WHERE x.{} IS NULL",
                table.sql(),
                sql(&one.name),
                sql(&one.name)
            ),
        }))
    }),
    form("a column's value for another column", |world| {
        let (table, other) = (world.table(), world.table());
        let (one, two) = (world.column(&table), world.column(&other));
        let beside = world.column(&table);
        let (one, two, beside) = (sql(&one.name), sql(&two.name), sql(&beside.name));
        let (table, other) = (table.sql(), other.sql());
        Some(execute(&match world.random.below(8) {
            0 => format!("UPDATE {table} SET {one} = {beside} WHERE 1 = 0"),
            1 => format!("UPDATE {table} SET {one} = y.{two} FROM {other} AS y WHERE 1 = 0"),
            2 => format!("INSERT INTO {table} ({one}) SELECT {two} FROM {other} WHERE 1 = 0"),
            3 => format!("INSERT INTO {table} ({one}) SELECT DISTINCT y.{two} FROM {other} AS y WHERE 1 = 0"),
            4 => format!("DELETE FROM {table} WHERE {one} = {beside} AND 1 = 0"),
            5 => format!("SELECT 1 FROM {table} AS x JOIN {other} AS y ON x.{one} = y.{two}"),
            6 => format!(
                "SELECT 1 FROM {table} AS x WHERE EXISTS (SELECT 1 FROM {other} AS y WHERE y.{two} <> x.{one})"
            ),
            _ => format!(
                "INSERT INTO {table} ({one}) SELECT x.{beside} FROM {table} AS x JOIN {other} AS y ON y.{two} = x.{one}"
            ),
        }))
    }),
    form("SELECT of several tables", |world| {
        let (table, other) = (world.table(), world.table());
        let (one, two) = (world.column(&table), world.column(&other));
        let (one, two) = (sql(&one.name), sql(&two.name));
        Some(execute(&match world.random.below(5) {
            0 => format!(
                "SELECT x.{one}, y.{two} FROM {} AS x LEFT JOIN {} AS y ON 1 = 1",
                table.sql(),
                other.sql()
            ),
            1 => format!("SELECT count(*) FROM {} GROUP BY {one} HAVING count(*) > 1", table.sql()),
            2 => format!(
                "SELECT x.{one} FROM {} AS x UNION ALL SELECT y.{one} FROM {} AS y",
                table.sql(),
                table.sql()
            ),
            3 => format!("WITH q AS (SELECT {one} FROM {}) SELECT * FROM q", table.sql()),
            _ => format!("SELECT {one} FROM {} ORDER BY {one} LIMIT 1", table.sql()),
        }))
    }),
    form("op.execute of an update", |world| {
        let table = world.table_with_id()?;
        let column = world.column(&table);
        Some(format!(
            "t = {}\nop.execute(t.update().where(t.c[{}] == None).values({{{}: None}}))",
            table.light(&column),
            python(&column.name),
            python(&column.name)
        ))
    }),
    form("op.execute of an insert", |world| {
        // One that is made for it, so that the row fits.
        let (name, column) = (world.fresh("t"), world.fresh("c"));
        let (table, own) = (python(&name), python(&column));
        let declared = format!("t = sa.table({table}, sa.column('id'), sa.column({own}))");
        let statement = match world.random.below(6) {
            0 => format!("t.insert().values({{{own}: 'x'}})"),
            1 => format!("t.insert().values([{{'id': 1, {own}: 'x'}}])"),
            2 => format!("sa.insert(t).values(**{{{own}: 'x'}})"),
            3 => format!(
                "sa.insert(t).from_select(['id'], sa.select(sa.literal(1)).select_from(t).where(t.c[{own}].is_(None)))"
            ),
            4 => "t.insert().values(id=1)".to_owned(),
            _ => format!("sa.insert(t).values({{t.c[{own}]: 'x'}})"),
        };
        let run = world.one(&["op.execute", "op.get_bind().execute"]);
        Some(format!(
            "op.create_table({table}, sa.Column('id', sa.Integer(), primary_key=True), sa.Column({own}, sa.Text()))\n{declared}\n{run}({statement})\n\
             op.add_column({table}, sa.Column('added', sa.Integer(), nullable=False))"
        ))
    }),
    form("rows, and a column after them", |world| {
        let name = world.plain("filled");
        let filled = world.one(&[
            "op.execute('INSERT INTO NAME (id, a) VALUES (1, 2)')",
            "op.bulk_insert(sa.table('NAME', sa.column('id'), sa.column('a')), [{'id': 1, 'a': 2}])",
            "op.execute('INSERT INTO NAME (id) SELECT 1 WHERE 1 = 0')",
            "op.get_bind().execute(sa.text('INSERT INTO NAME (id) VALUES (1), (2)'))",
        ]);
        let between = world.one(&[
            "",
            "",
            "\nop.execute('DELETE FROM NAME')",
            "\nop.execute('UPDATE NAME SET a = 3')",
            "\nop.create_index('ix_NAME', 'NAME', ['a'])",
            "\nop.rename_table('NAME', 'NAME_x')\nop.rename_table('NAME_x', 'NAME')",
        ]);
        let added = world.one(&[
            "op.add_column('NAME', sa.Column('b', sa.Integer(), nullable=False))",
            "op.add_column('NAME', sa.Column('b', sa.Integer(), nullable=False, server_default='1'))",
            "op.add_column('NAME', sa.Column('b', sa.Integer()))",
            "op.execute('ALTER TABLE NAME ADD COLUMN b INTEGER NOT NULL')",
            "with op.batch_alter_table('NAME') as batch_op:\n    batch_op.add_column(sa.Column('b', sa.Integer(), nullable=False))\n    batch_op.alter_column('a', nullable=True)",
        ]);
        Some(
            format!("op.create_table('NAME', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', sa.Integer()))\n{filled}{between}\n{added}")
                .replace("NAME", &name),
        )
    }),
    form("sa.select and its like", |world| Some(select(world))),
];

fn select(world: &mut World) -> String {
    let table = world.table();
    let column = world.column(&table);
    let declared = format!("t = {}", table.light(&column));
    let name = python(&column.name);
    let statement = world.one(&[
        "sa.select(t.c[NAME])",
        "sa.delete(t).where(t.c[NAME] == None)",
        "sa.delete(t).where(t.c[NAME].is_(None))",
        "sa.select(sa.func.count()).select_from(t)",
        "sa.select(sa.literal(1)).select_from(t).where(t.c[NAME].isnot(None))",
        "t.select().where(t.c[NAME].is_(None))",
        "sa.update(t).where(t.c[NAME].is_(None)).values({t.c[NAME]: None})",
        "sa.select(t.c[NAME]).where(t.c[NAME] == None).order_by(t.c[NAME])",
    ]);
    format!("{declared}\nop.get_bind().execute({})", statement.replace("NAME", &name))
}

/// What PostgreSQL has besides.
pub(super) const POSTGRESQL: &[Form] = &[form("rows of PostgreSQL", |world| {
    let (table, other) = (world.table(), world.table());
    let (one, two) = (world.column(&table), world.column(&other));
    let (one, two) = (sql(&one.name), sql(&two.name));
    Some(execute(&match world.random.below(9) {
        0 => format!(
            "DELETE FROM {} AS x USING {} AS y WHERE y.{two} IS NULL AND x.{one} IS NULL",
            table.sql(),
            other.sql()
        ),
        1 => format!("TRUNCATE {} CASCADE", table.sql()),
        2 => format!("TRUNCATE TABLE ONLY {}, {} RESTART IDENTITY", table.sql(), other.sql()),
        3 => format!("SELECT {one} INTO {} FROM {}", sql(&world.fresh("t")), table.sql()),
        4 => format!("UPDATE ONLY {} SET ({one}) = ROW (NULL)", table.sql()),
        5 => format!("WITH gone AS (DELETE FROM {} RETURNING {one}) SELECT {one} FROM gone", table.sql()),
        6 => format!("SELECT {one} FROM {} TABLESAMPLE SYSTEM (1)", table.sql()),
        7 => format!(
            "MERGE INTO {} AS x USING {} AS y ON x.{one} IS NULL AND y.{two} IS NULL WHEN MATCHED THEN DELETE",
            table.sql(),
            other.sql()
        ),
        _ => format!("SELECT DISTINCT ON ({one}) {one} FROM ONLY {}", table.sql()),
    }))
})];

/// What SQLite has besides.
pub(super) const SQLITE: &[Form] = &[form("rows of SQLite", |world| {
    let table = world.table();
    let column = sql(&world.column(&table).name);
    let own = table.sql();
    Some(execute(&match world.random.below(5) {
        0 => format!("INSERT OR IGNORE INTO {own} ({column}) SELECT 1 WHERE 0"),
        1 => format!("REPLACE INTO {own} ({column}) SELECT 1 WHERE 0"),
        2 => format!("UPDATE OR REPLACE {own} SET {column} = NULL WHERE rowid < 0"),
        3 => format!("DELETE FROM {own} WHERE {column} IS NULL AND rowid IN (SELECT rowid FROM {own})"),
        _ => format!("SELECT rowid, {column} FROM {own} NOT INDEXED"),
    }))
})];
