//! `DO` blocks of PL/pgSQL. Source: the manual of PostgreSQL, `PL/pgSQL`.

use super::text::{execute, sql};
use super::{Form, form};

pub(super) const BLOCKS: &[Form] = &[
    form("DO with a guard", |world| {
        let table = world.table();
        let name = world.fresh("n");
        let body = format!(
            "IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = '{}' AND column_name = '{}') THEN \
             ALTER TABLE {} ADD COLUMN {} INTEGER; END IF;",
            quoted(&table.name),
            quoted(&name),
            table.sql(),
            sql(&name)
        );
        Some(block(&body))
    }),
    form("DO that creates a type unless it is there", |world| {
        let name = if world.chance(60) { world.fresh("e") } else { world.any_of(|own| &own.enums)? };
        world.enums.push(name.clone());
        let create = format!("CREATE TYPE {} AS ENUM ('a', 'b');", sql(&name));
        Some(block(&if world.chance(50) {
            format!("{create} EXCEPTION WHEN duplicate_object THEN NULL;")
        } else {
            format!(
                "IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = '{}') THEN {create} END IF;",
                quoted(&name)
            )
        }))
    }),
    form("DO that catches", |world| {
        let part = world.constraint();
        let table = world.tables[part.table].clone();
        let column = world.column(&table);
        let statement = match world.random.below(4) {
            0 => format!("ALTER TABLE {} DROP CONSTRAINT {};", table.sql(), sql(&part.name)),
            1 => format!(
                "ALTER TABLE {} ADD CONSTRAINT {} UNIQUE ({});",
                table.sql(),
                sql(&part.name),
                sql(&column.name)
            ),
            2 => format!("DROP TABLE {};", table.sql()),
            _ => format!(
                "CREATE INDEX {} ON {} ({});",
                sql(&world.fresh("ix")),
                table.sql(),
                sql(&column.name)
            ),
        };
        let what = world.one(&["duplicate_object", "undefined_object", "OTHERS", "undefined_table"]);
        Some(block(&format!("{statement} EXCEPTION WHEN {what} THEN NULL;")))
    }),
    form("DO of grants", |world| {
        let table = world.table();
        Some(block(&format!(
            "IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'app') THEN GRANT SELECT ON {} TO app; \
             EXECUTE 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO app'; END IF; RAISE NOTICE 'done';",
            table.sql()
        )))
    }),
    form("DO EXECUTE of a text", |world| {
        let table = world.table();
        let name = world.fresh("n");
        let statement = format!("ALTER TABLE {} ADD COLUMN {} INTEGER", table.sql(), sql(&name));
        Some(block(&match world.random.below(3) {
            0 => format!("EXECUTE '{}';", quoted(&statement)),
            1 => format!(
                "EXECUTE format('ALTER TABLE %I ADD COLUMN %I INTEGER', '{}', '{}');",
                quoted(&table.name),
                quoted(&name)
            ),
            _ => format!("EXECUTE format('COMMENT ON TABLE {} IS %L', current_user);", quoted(&table.sql())),
        }))
    }),
    form("DO with a loop", |world| {
        let table = world.table();
        Some(block(&match world.random.below(3) {
            0 => format!("FOR i IN 1..2 LOOP PERFORM count(*) FROM {}; END LOOP;", table.sql()),
            1 => format!("FOR r IN SELECT 1 AS x LOOP UPDATE {} SET id = id; END LOOP;", table.sql()),
            _ => format!(
                "FOR r IN SELECT 'n_' || i AS name FROM generate_series(1, 2) AS i LOOP \
                 EXECUTE format('ALTER TABLE {} ADD COLUMN %I INTEGER', r.name); END LOOP;",
                quoted(&table.sql()).replace('%', "%%")
            ),
        }))
    }),
    form("DO in plain steps", |world| {
        let table = world.table();
        let (column, name) = (world.column(&table), world.fresh("n"));
        Some(block(&format!(
            "ALTER TABLE {} ADD COLUMN {} TEXT; PERFORM 1; ALTER TABLE {} DROP COLUMN IF EXISTS {};",
            table.sql(),
            sql(&name),
            table.sql(),
            sql(&column.name)
        )))
    }),
];

/// What stands within a text of SQL.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

/// A block; what it declares is what its loops use.
fn block(body: &str) -> String {
    let declares = if body.contains("FOR r IN") { "DECLARE r record; " } else { "" };
    execute(&format!("DO $$ {declares}BEGIN {body} END $$"))
}
