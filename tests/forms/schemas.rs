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
                3 => world.one(&["SET LOGGED", "SET UNLOGGED"]).to_owned(),
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
    form("CREATE TABLE of other kinds", |world| {
        let (table, name) = (world.table(), sql(&world.fresh("t")));
        let (column, composites) = (sql(&world.column(&table).name), world.composites.clone());
        let own = table.sql();
        Some(execute(&match world.random.below(11) {
            0 => {
                format!("CREATE TABLE {name} (id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x SERIAL)")
            }
            1 => format!("CREATE TABLE {name} OF {}", sql(&world.any(&composites)?)),
            2 => format!("CREATE TEMPORARY TABLE {name} (id INTEGER) ON COMMIT DROP"),
            3 => format!("CREATE TABLE {name} AS SELECT {column} FROM {own} WITH NO DATA"),
            4 => format!("CREATE TABLE {name} (a, b) AS VALUES (1, 'x'), (2, 'y')"),
            5 => format!("CREATE TABLE {name} (id INTEGER, EXCLUDE USING btree (id WITH =))"),
            6 => format!("CREATE UNLOGGED TABLE {name} (id INTEGER PRIMARY KEY)"),
            7 => format!("CREATE TABLE IF NOT EXISTS {own} AS SELECT {column} FROM {own}"),
            8 => format!("CREATE TABLE {name} (a) AS SELECT {column} FROM {own}"),
            9 => format!("CREATE TABLE {name} AS SELECT x.{column}, 1 AS one FROM {own} AS x"),
            _ => format!(
                "CREATE TABLE {name} (id INTEGER, n INTEGER CONSTRAINT {} REFERENCES {own} DEFERRABLE INITIALLY DEFERRED, UNIQUE (id) INCLUDE (n))",
                sql(&world.fresh("fk"))
            ),
        }))
    }),
    form("rarer clauses of ALTER TABLE", |world| {
        let (table, other) = (world.table(), world.table());
        let part = world.constraint();
        let (column, composites) = (sql(&world.column(&table).name), world.composites.clone());
        Some(execute(&format!(
            "ALTER TABLE {} {}",
            table.sql(),
            match 1 + world.random.below(11) {
                1 => format!("ALTER COLUMN {column} SET STORAGE PLAIN"),
                2 => format!("ALTER COLUMN {column} SET COMPRESSION default"),
                3 => format!("ALTER CONSTRAINT {} DEFERRABLE INITIALLY DEFERRED", sql(&part.name)),
                4 => "SET TABLESPACE pg_default".to_owned(),
                5 => format!("INHERIT {}", other.sql()),
                6 => format!("NO INHERIT {}", other.sql()),
                7 => format!("OF {}", sql(&world.any(&composites)?)),
                8 => "NOT OF".to_owned(),
                9 => "SET ACCESS METHOD heap".to_owned(),
                10 => "ENABLE TRIGGER ALL".to_owned(),
                _ => "SET WITHOUT OIDS".to_owned(),
            }
        )))
    }),
    form("COMMENT ON other objects", |world| {
        let index = world.index();
        let of = world.tables[index.table].clone();
        let place = of.schema.as_ref().map_or_else(String::new, |schema| format!("{}.", sql(schema)));
        let (views, materialized) = (world.views.clone(), world.materialized.clone());
        let sequences = world.sequences.clone();
        let what = match world.random.below(4) {
            0 => format!("INDEX {place}{}", sql(&index.name)),
            1 => format!("VIEW {}", world.any(&views)?.sql()),
            2 => format!("MATERIALIZED VIEW {}", world.any(&materialized)?.sql()),
            _ => format!("SEQUENCE {}", sql(&world.named(&sequences, "seq"))),
        };
        Some(execute(&format!("COMMENT ON {what} IS {}", world.one(&["'x'", "NULL"]))))
    }),
    form("what is prepared or kept for a session", |world| {
        let (table, index) = (world.table(), world.index());
        let (column, own, name) = (sql(&world.column(&table).name), table.sql(), world.plain("x"));
        let of = world.tables[index.table].clone();
        let place = of.schema.as_ref().map_or_else(String::new, |schema| format!("{}.", sql(schema)));
        // What is prepared stays when the rest is rolled back.
        let prepare = format!("DEALLOCATE ALL; PREPARE {name}");
        Some(execute(&match world.random.below(8) {
            0 => format!("{prepare} AS SELECT {column} FROM {own}"),
            1 => format!("{prepare} (integer) AS DELETE FROM {own} WHERE {column} IS NULL"),
            2 => "VALUES (1, 'x')".to_owned(),
            3 => "SET LOCAL statement_timeout = 0".to_owned(),
            4 => "SET CONSTRAINTS ALL DEFERRED".to_owned(),
            5 => format!("REINDEX INDEX {place}{}", sql(&index.name)),
            6 => format!("REINDEX TABLE {own}"),
            _ => format!("LOCK TABLE {own} IN ACCESS EXCLUSIVE MODE"),
        }))
    }),
    form("foreign tables", |world| {
        let (plain, name) = (world.plain("w"), sql(&world.fresh("t")));
        let mut lines = vec![
            execute(&format!("CREATE FOREIGN DATA WRAPPER {plain}")),
            execute(&format!("CREATE SERVER {plain} FOREIGN DATA WRAPPER {plain}")),
            execute(&format!("CREATE FOREIGN TABLE {name} (id INTEGER, n TEXT) SERVER {plain}")),
        ];
        lines.push(execute(&match world.random.below(6) {
            0 => format!("DROP FOREIGN TABLE {name}"),
            1 => format!("ALTER FOREIGN TABLE {name} ADD COLUMN x INTEGER"),
            2 => format!("ALTER TABLE {name} DROP COLUMN n"),
            3 => format!("DROP SERVER {plain} CASCADE"),
            _ => format!("CREATE VIEW {} AS SELECT n FROM {name}", sql(&world.fresh("v"))),
        }));
        Some(lines.join("\n"))
    }),
    form("views of other kinds", |world| {
        let (table, other, name) = (world.table(), world.table(), sql(&world.fresh("v")));
        let (one, two) = (sql(&world.column(&table).name), sql(&world.column(&other).name));
        let (own, other, views) = (table.sql(), other.sql(), world.views.clone());
        Some(execute(&match world.random.below(9) {
            0 => format!("CREATE VIEW {name} AS SELECT {one} FROM ONLY {own}"),
            1 => format!(
                "CREATE RECURSIVE VIEW {name} (x) AS SELECT 1 UNION SELECT x + 1 FROM {name} WHERE x < 3"
            ),
            2 => format!("CREATE VIEW {name} AS SELECT * FROM {own}"),
            3 => format!("CREATE VIEW {name} AS SELECT {one} FROM {own} WHERE {one} IS NULL"),
            4 => {
                let view = world.any(&views)?;
                let column = sql(&view.columns[0].name);
                format!("ALTER VIEW {} ALTER COLUMN {column} SET DEFAULT NULL", view.sql())
            }
            5 => format!(
                "CREATE OR REPLACE VIEW {name} AS SELECT x.{one} AS p, y.{two} AS q FROM {own} AS x JOIN {other} AS y ON true"
            ),
            6 => format!(
                "CREATE VIEW {name} WITH (security_barrier) AS SELECT count({one}) AS n FROM {own} GROUP BY {one}"
            ),
            7 => format!("CREATE MATERIALIZED VIEW {name} (p) AS SELECT {one} FROM {own}"),
            _ => format!(
                "CREATE VIEW {name} (p, q) AS SELECT x.{one}, 1 FROM {own} AS x WHERE EXISTS (SELECT 1 FROM {other} AS y WHERE y.{two} IS NULL)"
            ),
        }))
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
