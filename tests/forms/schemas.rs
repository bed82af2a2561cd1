//! What else PostgreSQL's `CREATE`, `ALTER` and `DROP` allow: partitions, several objects at once, attributes, identities,
//! rules and policies, the search path, savepoints within savepoints.

use super::text::{execute, sql};
use super::world::{Kind, World};
use super::{Form, form};

pub(super) const POSTGRESQL: &[Form] = &[
    form("partitions", |world| {
        let (whole, part) = (world.fresh("p"), world.fresh("q"));
        let (whole, part) = (sql(&whole), sql(&part));
        let mut lines = vec![
            execute(&format!("CREATE TABLE {whole} (id INTEGER, z TEXT) PARTITION BY RANGE (id)")),
            execute(&format!("CREATE TABLE {part} PARTITION OF {whole} FOR VALUES FROM (0) TO (9)")),
        ];
        lines.push(execute(&match world.random.below(8) {
            0 => format!("ALTER TABLE {whole} DETACH PARTITION {part}"),
            1 => format!("DROP TABLE {whole}"),
            2 => format!("DROP TABLE {part}"),
            3 => format!("ALTER TABLE {whole} RENAME TO {}", sql(&world.fresh("p"))),
            4 => format!("CREATE TABLE {} PARTITION OF {whole} DEFAULT", sql(&world.fresh("q"))),
            5 => format!("TRUNCATE {whole}"),
            6 => format!("DROP TABLE {whole}, {part}"),
            _ => format!("INSERT INTO {part} (z) SELECT 'x' WHERE false"),
        }));
        Some(lines.join("\n"))
    }),
    form("DROP of several", |world| {
        let behaviour = world.behaviour();
        let more = world.maybe(40, "IF EXISTS ");
        let (word, first, second) = match world.random.below(5) {
            0 => ("TABLE", world.table().sql(), world.table().sql()),
            1 => ("VIEW", world.any_of(|own| &own.views)?.sql(), world.any_of(|own| &own.views)?.sql()),
            2 => (
                "TYPE",
                sql(&world.named_of(|own| &own.enums, "e")),
                sql(&world.named_of(|own| &own.enums, "e")),
            ),
            3 => (
                "SEQUENCE",
                sql(&world.named_of(|own| &own.sequences, "seq")),
                sql(&world.named_of(|own| &own.sequences, "seq")),
            ),
            _ => (
                "SCHEMA",
                sql(&world.named_of(|own| &own.schemas, "s")),
                sql(&world.named_of(|own| &own.schemas, "s")),
            ),
        };
        Some(execute(&format!("DROP {word} {more}{first}, {second}{behaviour}")))
    }),
    form("ALTER TYPE of attributes", |world| {
        let name = sql(&world.any_of(|own| &own.composites)?);
        Some(execute(&format!(
            "ALTER TYPE {name} {}",
            world.one(&[
                "ADD ATTRIBUTE n INTEGER",
                "DROP ATTRIBUTE IF EXISTS nothing",
                "RENAME ATTRIBUTE x TO n"
            ])
        )))
    }),
    form("identities and the like", |world| {
        let table = world.table();
        let plain: Vec<_> = table
            .columns
            .iter()
            .filter(|own| !matches!(own.kind, Kind::Named(_) | Kind::Enum(_)))
            .cloned()
            .collect();
        let column = sql(&world.any(&plain)?.name);
        Some(execute(&format!(
            "ALTER TABLE {} {}",
            table.sql(),
            match world.random.below(8) {
                0 => format!("ALTER COLUMN {column} DROP IDENTITY IF EXISTS"),
                1 => format!("ALTER COLUMN {column} DROP EXPRESSION IF EXISTS"),
                2 => format!("ALTER COLUMN {column} RESET (n_distinct)"),
                3 => "SET LOGGED".to_owned(),
                4 => "SET WITHOUT CLUSTER".to_owned(),
                5 => "NO FORCE ROW LEVEL SECURITY".to_owned(),
                6 => "RESET (fillfactor)".to_owned(),
                _ => format!("ALTER COLUMN {column} SET (n_distinct = 5)"),
            }
        )))
    }),
    form("CREATE INDEX of other kinds", |world| {
        let table = world.table();
        let column = sql(&world.column(&table).name);
        let name = sql(&world.fresh("ix"));
        Some(execute(&match world.random.below(4) {
            0 => format!("CREATE UNIQUE INDEX {name} ON {} ({column}) NULLS NOT DISTINCT", table.sql()),
            1 => format!("CREATE INDEX {name} ON {} (coalesce({column}, {column}))", table.sql()),
            2 => format!("CREATE INDEX {name} ON {} ({column}) WHERE {column} IS NOT NULL", table.sql()),
            _ => format!(
                "CREATE INDEX IF NOT EXISTS {name} ON {} USING btree ({column}) WITH (deduplicate_items = off)",
                table.sql()
            ),
        }))
    }),
    form("what is not kept", |world| {
        let table = world.table();
        let (name, own) = (sql(&world.fresh("n")), table.sql());
        Some(execute(&match world.random.below(9) {
            0 => format!("CREATE RULE {name} AS ON DELETE TO {own} DO INSTEAD NOTHING"),
            1 => format!("CREATE POLICY {name} ON {own} USING (true)"),
            2 => "CREATE EXTENSION IF NOT EXISTS plpgsql".to_owned(),
            3 => format!("DROP FUNCTION IF EXISTS {name}()"),
            4 => format!("REINDEX TABLE {own}"),
            5 => format!("DROP TRIGGER IF EXISTS {name} ON {own}"),
            6 => format!("DROP POLICY IF EXISTS {name} ON {own}"),
            7 => format!("CREATE FUNCTION {name}() RETURNS integer LANGUAGE sql AS 'SELECT 1'"),
            _ => format!("CREATE AGGREGATE {name} (integer) (sfunc = int4pl, stype = integer)"),
        }))
    }),
    form("SET search_path", |world| {
        let schema = world.any_of(|own| &own.schemas)?;
        let (one, two) = (sql(&world.fresh("t")), sql(&world.fresh("t")));
        let set = |to: &str| execute(&format!("SET search_path TO {to}"));
        Some(format!(
            "{}\n{}\n{}\n{}",
            set(&format!("{}, public", sql(&schema))),
            execute(&format!("CREATE TABLE {one} (id INTEGER PRIMARY KEY)")),
            set("public"),
            execute(&format!("CREATE TABLE {two} (r INTEGER REFERENCES {}.{one} (id))", sql(&schema)))
        ))
    }),
    form("savepoints within savepoints", |world| Some(savepoints(world))),
];

fn savepoints(world: &mut World) -> String {
    let mut lines = vec!["op.execute('SAVEPOINT a')".to_owned()];
    let mut add = |world: &mut World| {
        let name = sql(&world.fresh("t"));
        lines.push(execute(&format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY)")));
    };
    add(world);
    lines.push("op.execute('SAVEPOINT b')".to_owned());
    let name = sql(&world.fresh("t"));
    lines.push(execute(&format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY)")));
    let ends = ["ROLLBACK TO b", "RELEASE b", "ROLLBACK TO SAVEPOINT a", "RELEASE SAVEPOINT a"];
    let first = world.one(&ends);
    lines.push(execute(first));
    if world.chance(60) {
        let second = world.one(&ends);
        lines.push(execute(second));
    }
    lines.join("\n")
}
