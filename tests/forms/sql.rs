//! Statements of SQL. Sources: the manuals of PostgreSQL (`SQL Commands`) and SQLite (`SQL As Understood By SQLite`).

use rechain::schema::Dialect;

use super::text::{execute, names, sql};
use super::world::{Column, Kind, Part, Relation, World};
use super::{Form, form, setup};

/// What both databases know.
pub(super) const BOTH: &[Form] = &[
    form("CREATE TABLE", |world| {
        let table = world.table();
        let more = world.maybe(50, "IF NOT EXISTS ");
        Some(execute(&format!(
            "CREATE TABLE {more}{} (id INTEGER PRIMARY KEY, b TEXT DEFAULT 'x')",
            table.sql()
        )))
    }),
    form("CREATE TABLE AS", |world| {
        let table = world.table();
        let column = world.column(&table);
        let name = if world.chance(85) { world.plain("t") } else { world.table().name };
        let temporary = world.maybe(15, "TEMPORARY ");
        Some(execute(&format!(
            "CREATE {temporary}TABLE {} AS SELECT {} FROM {}",
            sql(&name),
            sql(&column.name),
            table.sql()
        )))
    }),
    form("DROP TABLE", |world| {
        let table = world.table();
        let more = world.maybe(35, "IF EXISTS ");
        Some(execute(&format!("DROP TABLE {more}{}", table.sql())))
    }),
    form("ALTER TABLE RENAME TO", |world| {
        let (at, table) = world.own();
        let to = if world.chance(85) { world.fresh("t") } else { world.table().name };
        world.tables[at].name = to.clone();
        Some(execute(&format!("ALTER TABLE {} RENAME TO {}", table.sql(), sql(&to))))
    }),
    form("ALTER TABLE RENAME COLUMN", |world| {
        let (at, table) = world.own();
        let column = world.column(&table);
        let to = if world.chance(85) { world.fresh("c") } else { world.column(&table).name };
        world.rename_column(at, &column.name, &to);
        let word = world.maybe(75, "COLUMN ");
        Some(execute(&format!(
            "ALTER TABLE {} RENAME {word}{} TO {}",
            table.sql(),
            sql(&column.name),
            sql(&to)
        )))
    }),
    form("ALTER TABLE ADD COLUMN", |world| {
        let table = world.table();
        let name = if world.chance(88) { world.fresh("n") } else { world.column(&table).name };
        let (kind, other) = (world.kind(), world.table());
        let more = match world.random.below(10) {
            0 => " NOT NULL".to_owned(),
            1 => format!(" NOT NULL DEFAULT {}", kind.value()),
            2 => format!(" DEFAULT {}", kind.value()),
            3 => " UNIQUE".to_owned(),
            4 => " PRIMARY KEY".to_owned(),
            5 => format!(" CHECK ({} IS NOT NULL)", sql(&name)),
            6 => format!(" CONSTRAINT {} CHECK (id > 0)", sql(&world.fresh("ck"))),
            7 if kind == Kind::Integer => format!(" REFERENCES {} (id)", other.sql()),
            8 if kind == Kind::Integer => format!(" REFERENCES {}", other.sql()),
            9 if kind == Kind::Integer && table.has_id() => {
                let how = if world.dialect == Dialect::Postgresql { "STORED" } else { "VIRTUAL" };
                format!(" GENERATED ALWAYS AS (id + 1) {how}")
            }
            _ => String::new(),
        };
        let word = world.maybe(70, "COLUMN ");
        Some(execute(&format!("ALTER TABLE {} ADD {word}{} {}{more}", table.sql(), sql(&name), kind.sql())))
    }),
    form("ALTER TABLE DROP COLUMN", |world| {
        let table = world.table();
        let column = world.column(&table);
        let word = world.maybe(75, "COLUMN ");
        Some(execute(&format!("ALTER TABLE {} DROP {word}{}", table.sql(), sql(&column.name))))
    }),
    form("CREATE INDEX", |world| {
        let (at, table) = world.own();
        let columns = world.columns(&table);
        let name = if world.chance(90) { world.fresh("ix") } else { world.index().name };
        let (unique, more) = (world.maybe(40, "UNIQUE "), world.maybe(20, "IF NOT EXISTS "));
        let filter = world.maybe(15, " WHERE id > 0");
        let word = if unique.is_empty() { "index" } else { "unique index" };
        world.indexes.push(Part { name: name.clone(), table: at, columns: columns.clone(), word });
        Some(execute(&format!(
            "CREATE {unique}INDEX {more}{} ON {} ({}){filter}",
            sql(&name),
            table.sql(),
            names(&columns)
        )))
    }),
    form("CREATE INDEX on an expression", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(execute(&format!(
            "CREATE INDEX {} ON {} (({} IS NULL))",
            sql(&world.fresh("ix")),
            table.sql(),
            sql(&column.name)
        )))
    }),
    form("DROP INDEX", |world| {
        let index = world.index();
        let more = world.maybe(30, "IF EXISTS ");
        Some(execute(&format!("DROP INDEX {more}{}", index_sql(world, &index))))
    }),
    form("CREATE VIEW", |world| {
        if world.chance(15) {
            let view = world.any_of(|own| &own.views)?;
            return Some(execute(&format!("CREATE VIEW {} AS SELECT 1 AS id", view.sql())));
        }
        let (view, text) = setup::view(world, "VIEW");
        world.views.push(view);
        Some(text)
    }),
    form("DROP VIEW", |world| {
        let view = view(world)?;
        let more = world.maybe(30, "IF EXISTS ");
        Some(execute(&format!("DROP VIEW {more}{}", view.sql())))
    }),
    form("INSERT", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(execute(&format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} WHERE 1 = 0",
            table.sql(),
            sql(&column.name),
            sql(&column.name),
            table.sql()
        )))
    }),
    form("UPDATE", |world| {
        let table = world.table();
        let (one, two) = (world.column(&table), world.column(&table));
        Some(execute(&format!(
            "UPDATE {} SET {} = NULL WHERE {} IS NOT NULL",
            table.sql(),
            sql(&one.name),
            sql(&two.name)
        )))
    }),
    form("DELETE", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(execute(&format!("DELETE FROM {} WHERE {} IS NULL", table.sql(), sql(&column.name))))
    }),
    form("SELECT", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(execute(&format!("SELECT x.{} FROM {} AS x", sql(&column.name), table.sql())))
    }),
    form("EXPLAIN", |world| {
        let (table, other) = (world.table(), world.table());
        let (one, two) = (sql(&world.column(&table).name), sql(&world.column(&other).name));
        let plan = if world.dialect == Dialect::Sqlite { world.maybe(60, " QUERY PLAN") } else { "" };
        let words = match world.random.below(4) {
            0 => format!("SELECT {one} FROM {}", table.sql()),
            1 => format!("DELETE FROM {} WHERE {one} IS NULL", table.sql()),
            2 => format!("UPDATE {} SET {one} = NULL", table.sql()),
            _ => format!(
                "SELECT x.{one}, y.{two} FROM {} AS x JOIN {} AS y ON 1 = 1",
                table.sql(),
                other.sql()
            ),
        };
        Some(execute(&format!("EXPLAIN{plan} {words}")))
    }),
    form("what only MySQL has", |world| {
        let (table, other) = (world.table(), world.table());
        let column = sql(&world.column(&table).name);
        let (one, two) = (table.sql(), other.sql());
        Some(execute(&match world.random.below(9) {
            0 => format!("UPDATE {one} JOIN {two} ON 1 = 1 SET {column} = NULL"),
            1 => format!("UPDATE {one} AS x LEFT JOIN {two} AS y ON 1 = 1 SET {column} = NULL"),
            2 => format!("UPDATE {one}, {two} SET {column} = NULL"),
            3 => format!("DELETE x FROM {one} AS x JOIN {two} AS y ON 1 = 1"),
            4 => format!("INSERT INTO {one} SET {column} = 1"),
            5 => "SELECT DATABASE()".to_owned(),
            6 => format!("SELECT last_insert_id() FROM {one}"),
            7 => format!("INSERT INTO {one} ({column}) VALUES (NULL) ON DUPLICATE KEY UPDATE {column} = 1"),
            _ => format!("SELECT 1 FROM {one} WHERE database() = 'x'"),
        }))
    }),
    form("the database's own tables", |world| {
        let table = world.one(&[
            "information_schema.tables",
            "information_schema.columns",
            "pg_catalog.pg_class",
            "pg_class",
            "sqlite_master",
            "sqlite_schema",
            "performance_schema.threads",
            "mysql.user",
            "dual",
        ]);
        Some(execute(&format!("SELECT count(*) FROM {table}")))
    }),
];

/// What SQLite has besides.
pub(super) const SQLITE: &[Form] = &[
    form("CREATE TABLE of SQLite", |world| {
        let name = world.fresh("t");
        let more = world.one(&["", " WITHOUT ROWID", " STRICT"]);
        Some(execute(&format!(
            "CREATE TABLE {} (id INTEGER NOT NULL PRIMARY KEY, a TEXT COLLATE NOCASE, b INT CHECK (b > 0), UNIQUE (a, b)){more}",
            sql(&name)
        )))
    }),
    form("CREATE TRIGGER of SQLite", |world| {
        let table = world.table();
        Some(execute(&format!(
            "CREATE TRIGGER {} AFTER INSERT ON {} BEGIN SELECT 1; END",
            sql(&world.fresh("tr")),
            table.sql()
        )))
    }),
    form("CREATE VIRTUAL TABLE", |world| {
        let name = world.plain("fts");
        let more = world.maybe(30, "IF NOT EXISTS ");
        let (a, b) = (world.fresh("c"), world.fresh("c"));
        let columns = format!("{}, {}", sql(&a), sql(&b));
        let arguments = match world.random.below(8) {
            0 => format!("fts5({columns} UNINDEXED)"),
            1 => format!("fts5({columns}, content='')"),
            2 => format!("fts5({columns}, columnsize=0, tokenize='porter ascii')"),
            3 => format!("fts5({columns}, prefix='2 3', detail=none)"),
            4 => format!("fts4({columns}, tokenize=porter)"),
            5 => format!("fts4({columns}, matchinfo=fts3)"),
            6 => format!("fts3({columns})"),
            _ => format!("rtree(id, {columns})"),
        };
        let column = |name: String| Column { name, kind: Kind::Text };
        let columns = vec![column(a), column(b)];
        world.tables.push(Relation { schema: None, name: name.clone(), columns, key: Vec::new() });
        Some(execute(&format!("CREATE VIRTUAL TABLE {more}{} USING {arguments}", sql(&name))))
    }),
    form("a full-text table's own", |world| {
        let known: Vec<_> =
            world.tables.iter().filter(|table| table.name.starts_with("fts")).cloned().collect();
        let table = world.any(&known)?;
        let name = sql(&table.name);
        Some(execute(&match world.random.below(5) {
            0 => format!("SELECT rank FROM {name} WHERE {name} MATCH 'x'"),
            1 => format!("INSERT INTO {name} ({name}) VALUES ('rebuild')"),
            2 => format!("SELECT count(*) FROM {}", sql(&format!("{}_data", table.name))),
            3 => format!(
                "CREATE TRIGGER {} AFTER INSERT ON {name} BEGIN SELECT 1; END",
                sql(&world.fresh("tr"))
            ),
            _ => format!("DROP TABLE {name}"),
        }))
    }),
    form("triggers of other kinds", |world| {
        let (table, name, views) = (world.table(), sql(&world.fresh("tr")), world.views.clone());
        Some(execute(&match world.random.below(5) {
            0 => format!(
                "CREATE TRIGGER IF NOT EXISTS {name} AFTER DELETE ON {} BEGIN SELECT 1; END",
                table.sql()
            ),
            1 => format!("CREATE TEMP TRIGGER {name} BEFORE UPDATE ON {} BEGIN SELECT 1; END", table.sql()),
            2 => format!(
                "CREATE TRIGGER {name} INSTEAD OF INSERT ON {} BEGIN SELECT 1; END",
                world.any(&views)?.sql()
            ),
            3 => format!(
                "CREATE TRIGGER {name} BEFORE INSERT ON {} FOR EACH ROW WHEN 1 = 0 BEGIN SELECT RAISE(ABORT, 'no'); END",
                table.sql()
            ),
            _ => format!("DROP TRIGGER IF EXISTS {name}"),
        }))
    }),
    form("CREATE TABLE of SQLite, rarer", |world| {
        let (table, name) = (world.table(), sql(&world.fresh("t")));
        let column = sql(&world.column(&table).name);
        let own = table.sql();
        Some(execute(&match world.random.below(8) {
            0 => format!(
                "CREATE TABLE {name} (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT DEFAULT (lower('X')))"
            ),
            1 => format!(
                "CREATE TABLE {name} (id INTEGER, a INT GENERATED ALWAYS AS (id * 2) STORED, b AS (id + a))"
            ),
            2 => format!("CREATE TEMP TABLE {name} (id INTEGER)"),
            3 => format!("CREATE TABLE {name} (a, b, c DEFAULT NULL)"),
            4 => format!("CREATE TABLE {name} AS SELECT *, 1 AS one FROM {own}"),
            5 => format!(
                "CREATE TABLE {name} (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a TEXT UNIQUE ON CONFLICT IGNORE)"
            ),
            6 => format!("CREATE TABLE IF NOT EXISTS main.{own} AS SELECT {column} FROM {own}"),
            _ => format!(
                "CREATE TABLE {name} (id INTEGER PRIMARY KEY, r INTEGER REFERENCES {own} ON DELETE CASCADE DEFERRABLE)"
            ),
        }))
    }),
    form("other statements of SQLite", |world| {
        let (table, views) = (world.table(), world.views.clone());
        let (column, own) = (sql(&world.column(&table).name), table.sql());
        Some(execute(&match world.random.below(11) {
            0 => "ANALYZE".to_owned(),
            1 => "REINDEX".to_owned(),
            2 => format!(
                "CREATE INDEX main.{} ON {own} ({column} COLLATE NOCASE DESC)",
                sql(&world.fresh("ix"))
            ),
            3 => format!(
                "INSERT INTO {own} ({column}) SELECT NULL WHERE 1 = 0 ON CONFLICT DO UPDATE SET {column} = excluded.{column}"
            ),
            4 => format!("SELECT row_number() OVER (ORDER BY {column}) FROM {own}"),
            5 => format!(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT x FROM n, {own}"
            ),
            6 => format!("CREATE VIEW {} AS SELECT {column} AS p FROM {own}", sql(&world.fresh("v"))),
            7 => format!("CREATE TEMP VIEW {} AS SELECT {column} AS p FROM {own}", sql(&world.fresh("v"))),
            8 => format!("SELECT * FROM {}", world.any(&views)?.sql()),
            9 => format!("ALTER TABLE {own} ADD COLUMN {} TEXT COLLATE NOCASE", sql(&world.fresh("n"))),
            _ => format!("VALUES (1), ((SELECT count(*) FROM {own}))"),
        }))
    }),
    form("PRAGMA", |world| {
        let words =
            world.one(&["PRAGMA foreign_keys = ON", "PRAGMA foreign_keys = OFF", "PRAGMA table_info('t')"]);
        Some(execute(words))
    }),
    form("what SQLite has not", |world| {
        let (_, table) = world.own();
        let column = sql(&world.column(&table).name);
        let words = match world.one(&[0, 1, 3, 4, 5, 6, 7]) {
            0 => format!("ALTER TABLE {} ALTER COLUMN {column} SET NOT NULL", table.sql()),
            1 => format!("ALTER TABLE {} ALTER COLUMN {column} TYPE TEXT", table.sql()),
            3 => format!("ALTER TABLE {} DROP CONSTRAINT uq", table.sql()),
            4 => format!("DROP TABLE {} CASCADE", table.sql()),
            5 => format!("ALTER TABLE IF EXISTS {} ADD COLUMN z INTEGER", table.sql()),
            6 => "CREATE TYPE mood AS ENUM ('a')".to_owned(),
            _ => format!("TRUNCATE TABLE {}", table.sql()),
        };
        Some(execute(&words))
    }),
];

/// What PostgreSQL has besides.
pub(super) const POSTGRESQL: &[Form] = &[
    form("CREATE TABLE LIKE and INHERITS", |world| {
        let ((_, table), name) = (world.own(), world.fresh("t"));
        Some(execute(&match world.random.below(4) {
            0 => format!("CREATE TABLE {} (LIKE {})", sql(&name), table.sql()),
            1 => format!("CREATE TABLE {} (LIKE {} INCLUDING ALL)", sql(&name), table.sql()),
            2 => format!("CREATE TABLE {} (z INTEGER) INHERITS ({})", sql(&name), table.sql()),
            _ => format!("CREATE TABLE {} (id INTEGER, z TEXT) PARTITION BY RANGE (id)", sql(&name)),
        }))
    }),
    form("DROP TABLE CASCADE", |world| {
        let table = world.table();
        let more = world.maybe(30, "IF EXISTS ");
        let second = if world.chance(20) { format!(", {}", world.table().sql()) } else { String::new() };
        let behaviour = world.one(&[" CASCADE", " CASCADE", " RESTRICT"]);
        Some(execute(&format!("DROP TABLE {more}{}{second}{behaviour}", table.sql())))
    }),
    form("ALTER TABLE IF EXISTS and ONLY", |world| {
        let table = world.table();
        let words = world.one(&["IF EXISTS ", "ONLY ", "IF EXISTS ONLY "]);
        let action = action(world, &table);
        Some(execute(&format!("ALTER TABLE {words}{} {action}", table.sql())))
    }),
    form("ALTER TABLE", |world| {
        let table = world.table();
        let action = action(world, &table);
        Some(execute(&format!("ALTER TABLE {} {action}", table.sql())))
    }),
    form("ALTER TABLE of two clauses", |world| {
        let table = world.table();
        let (one, two) = (action(world, &table), action(world, &table));
        Some(execute(&format!("ALTER TABLE {} {one}, {two}", table.sql())))
    }),
    form("ALTER TABLE ADD CONSTRAINT", |world| {
        let (at, table) = world.own();
        let (columns, other) = (world.columns(&table), world.table());
        let name = if world.chance(90) { world.fresh("con") } else { world.constraint().name };
        let named = if world.chance(80) { format!("CONSTRAINT {} ", sql(&name)) } else { String::new() };
        let (what, word) = match world.random.below(6) {
            0 => (format!("PRIMARY KEY ({})", names(&columns)), "primary"),
            1 => (format!("UNIQUE ({})", names(&columns)), "unique"),
            2 => ("CHECK (id IS NOT NULL)".to_owned(), "check"),
            3 => ("CHECK (id IS NOT NULL) NOT VALID".to_owned(), "check"),
            // Whether a domain or a composite type fits is not followed.
            4 | 5
                if !table
                    .columns
                    .iter()
                    .all(|own| own.name != columns[0] || !matches!(own.kind, Kind::Named(_))) =>
            {
                return None;
            }
            4 => (format!("FOREIGN KEY ({}) REFERENCES {}", sql(&columns[0]), other.sql()), "foreignkey"),
            _ => (
                format!(
                    "FOREIGN KEY ({}) REFERENCES {} (id) ON DELETE CASCADE NOT VALID",
                    sql(&columns[0]),
                    other.sql()
                ),
                "foreignkey",
            ),
        };
        if !named.is_empty() {
            world.constraints.push(Part { name, table: at, columns, word });
        }
        Some(execute(&format!("ALTER TABLE {} ADD {named}{what}", table.sql())))
    }),
    form("ALTER TABLE ADD … USING INDEX", |world| {
        let index = world.index();
        let table = world.tables[index.table].clone();
        let word = world.one(&["UNIQUE", "PRIMARY KEY"]);
        let named = if world.chance(60) {
            format!("CONSTRAINT {} ", sql(&world.fresh("con")))
        } else {
            String::new()
        };
        Some(execute(&format!(
            "ALTER TABLE {} ADD {named}{word} USING INDEX {}",
            table.sql(),
            sql(&index.name)
        )))
    }),
    form("ALTER TABLE DROP CONSTRAINT", |world| {
        let part = world.constraint();
        let table = world.tables[part.table].clone();
        let more = world.maybe(25, "IF EXISTS ");
        let behaviour = world.behaviour();
        Some(execute(&format!(
            "ALTER TABLE {} DROP CONSTRAINT {more}{}{behaviour}",
            table.sql(),
            sql(&part.name)
        )))
    }),
    form("DROP CONSTRAINT CASCADE, then again", |world| {
        let part = world.constraint();
        let table = world.tables[part.table].clone();
        let drop =
            execute(&format!("ALTER TABLE {} DROP CONSTRAINT {} CASCADE", table.sql(), sql(&part.name)));
        if part.columns.is_empty() || part.word != "primary" && part.word != "unique" {
            return Some(drop);
        }
        let kind = if part.word == "primary" { "PRIMARY KEY" } else { "UNIQUE" };
        let add = execute(&format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {kind} ({})",
            table.sql(),
            sql(&part.name),
            names(&part.columns)
        ));
        Some(format!("{drop}\n{add}"))
    }),
    form("ALTER TABLE RENAME CONSTRAINT", |world| {
        let part = world.constraint();
        let table = world.tables[part.table].clone();
        let to = if world.chance(85) { world.fresh("con") } else { world.constraint().name };
        for own in world.constraints.iter_mut().filter(|own| own.name == part.name) {
            own.name = to.clone();
        }
        Some(execute(&format!(
            "ALTER TABLE {} RENAME CONSTRAINT {} TO {}",
            table.sql(),
            sql(&part.name),
            sql(&to)
        )))
    }),
    form("ALTER TABLE SET SCHEMA", |world| {
        let table = world.table();
        let schema = world.named_of(|own| &own.schemas, "s");
        Some(execute(&format!("ALTER TABLE {} SET SCHEMA {}", table.sql(), sql(&schema))))
    }),
    form("ALTER TABLE of what is no table", |world| {
        let column = |of: &Relation| sql(&of.columns[0].name);
        let to = world.fresh("r");
        Some(execute(&match world.random.below(9) {
            0 => format!("ALTER TABLE {} RENAME TO {}", world.any_of(|own| &own.views)?.sql(), sql(&to)),
            1 => {
                let view = world.any_of(|own| &own.views)?;
                format!("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT 3", view.sql(), column(&view))
            }
            2 => {
                let view = world.any_of(|own| &own.views)?;
                format!("ALTER TABLE {} RENAME COLUMN {} TO {}", view.sql(), column(&view), sql(&to))
            }
            3 => {
                format!("ALTER TABLE {} RENAME TO {}", world.any_of(|own| &own.materialized)?.sql(), sql(&to))
            }
            4 => format!("ALTER TABLE {} RENAME TO {}", sql(&world.any_of(|own| &own.sequences)?), sql(&to)),
            5 => {
                let index = world.any_of(|own| &own.indexes)?;
                format!("ALTER TABLE {} RENAME TO {}", index_sql(world, &index), sql(&to))
            }
            6 => format!(
                "ALTER TABLE {} ADD COLUMN {} INTEGER",
                world.any_of(|own| &own.views)?.sql(),
                sql(&to)
            ),
            7 => format!("ALTER TABLE {} OWNER TO postgres", world.any_of(|own| &own.views)?.sql()),
            _ => {
                let view = world.any_of(|own| &own.views)?;
                format!("ALTER TABLE {} DROP COLUMN {}", view.sql(), column(&view))
            }
        }))
    }),
    form("CREATE INDEX of PostgreSQL", |world| {
        let table = world.table();
        let column = sql(&world.column(&table).name);
        let name = world.fresh("ix");
        Some(execute(&match world.random.below(7) {
            0 => format!("CREATE INDEX ON {} ({column})", table.sql()),
            1 => format!("CREATE INDEX {} ON ONLY {} ({column})", sql(&name), table.sql()),
            2 => format!(
                "CREATE INDEX {} ON {} USING btree ({column} DESC NULLS LAST)",
                sql(&name),
                table.sql()
            ),
            3 => format!("CREATE UNIQUE INDEX {} ON {} ({column}) INCLUDE (id)", sql(&name), table.sql()),
            4 => format!("CREATE INDEX {} ON {} ({column}) WITH (fillfactor = 70)", sql(&name), table.sql()),
            5 => format!("CREATE INDEX IF NOT EXISTS {} ON {} ({column})", sql(&name), table.sql()),
            _ => format!("CREATE INDEX CONCURRENTLY {} ON {} ({column})", sql(&name), table.sql()),
        }))
    }),
    form("CREATE INDEX on a view", |world| {
        let view = if world.chance(75) {
            world.any_of(|own| &own.materialized)?
        } else {
            world.any_of(|own| &own.views)?
        };
        let unique = world.maybe(40, "UNIQUE ");
        Some(execute(&format!(
            "CREATE {unique}INDEX {} ON {} ({})",
            sql(&world.fresh("ix")),
            view.sql(),
            sql(&view.columns[0].name)
        )))
    }),
    form("DROP INDEX of PostgreSQL", |world| {
        let index = world.index();
        let more = world.maybe(30, "IF EXISTS ");
        let behaviour = world.one(&[" CASCADE", " CASCADE", " RESTRICT"]);
        let concurrently = world.maybe(8, "CONCURRENTLY ");
        Some(execute(&format!("DROP INDEX {concurrently}{more}{}{behaviour}", index_sql(world, &index))))
    }),
    form("ALTER INDEX", |world| {
        let index = world.index();
        let more = world.maybe(25, "IF EXISTS ");
        let to = world.fresh("ix");
        let own = index_sql(world, &index);
        Some(execute(&if world.chance(75) {
            format!("ALTER INDEX {more}{own} RENAME TO {}", sql(&to))
        } else {
            format!("ALTER INDEX {more}{own} SET (fillfactor = 80)")
        }))
    }),
    form("CREATE VIEW of PostgreSQL", |world| {
        let words = world.one(&["OR REPLACE ", "TEMPORARY ", ""]);
        if world.chance(40) {
            let view = world.any_of(|own| &own.views)?;
            let columns: Vec<_> =
                view.columns.iter().map(|column| format!("1 AS {}", sql(&column.name))).collect();
            return Some(execute(&format!(
                "CREATE {words}VIEW {} AS SELECT {}",
                view.sql(),
                columns.join(", ")
            )));
        }
        let (table, name) = (world.table(), world.fresh("v"));
        world.views.push(Relation {
            schema: None,
            name: name.clone(),
            columns: vec![Column { name: "x".to_owned(), kind: Kind::Integer }],
            key: Vec::new(),
        });
        let list = world.one(&["(x) ", ""]);
        let shown = if list.is_empty() { "id AS x" } else { "id" };
        Some(execute(&format!(
            "CREATE {words}VIEW {} {list}AS SELECT {shown} FROM {}",
            sql(&name),
            table.sql()
        )))
    }),
    form("CREATE MATERIALIZED VIEW", |world| {
        let (view, text) = setup::view(world, "MATERIALIZED VIEW");
        let more = world.maybe(25, "IF NOT EXISTS ");
        world.materialized.push(view);
        Some(text.replace("MATERIALIZED VIEW ", &format!("MATERIALIZED VIEW {more}")))
    }),
    form("DROP VIEW of PostgreSQL", |world| {
        let view = view(world)?;
        let more = world.maybe(25, "IF EXISTS ");
        let behaviour = world.behaviour();
        Some(execute(&format!("DROP VIEW {more}{}{behaviour}", view.sql())))
    }),
    form("DROP MATERIALIZED VIEW", |world| {
        let view = world.any_of(|own| &own.materialized)?;
        let more = world.maybe(25, "IF EXISTS ");
        let behaviour = world.behaviour();
        Some(execute(&format!("DROP MATERIALIZED VIEW {more}{}{behaviour}", view.sql())))
    }),
    form("ALTER VIEW", |world| {
        let is_plain = world.chance(65);
        let view =
            if is_plain { world.any_of(|own| &own.views)? } else { world.any_of(|own| &own.materialized)? };
        let word = if is_plain { "VIEW" } else { "MATERIALIZED VIEW" };
        let more = world.maybe(20, "IF EXISTS ");
        let column = sql(&view.columns[0].name);
        let action = match world.random.below(5) {
            0 | 1 => format!("RENAME TO {}", sql(&world.fresh("v"))),
            2 => format!("RENAME COLUMN {column} TO {}", sql(&world.fresh("c"))),
            3 => format!("SET SCHEMA {}", sql(&world.any_of(|own| &own.schemas)?)),
            _ => "OWNER TO postgres".to_owned(),
        };
        Some(execute(&format!("ALTER {word} {more}{} {action}", view.sql())))
    }),
    form("REFRESH MATERIALIZED VIEW", |world| {
        let view = world.any_of(|own| &own.materialized)?;
        Some(execute(&format!("REFRESH MATERIALIZED VIEW {}", view.sql())))
    }),
    form("CREATE TYPE", |world| {
        let name = if world.chance(85) { world.fresh("e") } else { world.any_of(|own| &own.enums)? };
        if world.chance(70) {
            world.enums.push(name.clone());
            return Some(execute(&format!("CREATE TYPE {} AS ENUM ('a', 'b')", sql(&name))));
        }
        // Its name is that of a relation too, which an enum type's is not.
        let name = world.plain("pair");
        world.composites.push(name.clone());
        Some(execute(&format!("CREATE TYPE {} AS (x INTEGER, y TEXT)", sql(&name))))
    }),
    form("DROP TYPE", |world| {
        let known = [world.enums.clone(), world.composites.clone()].concat();
        let name = world.named(&known, "e");
        let more = world.maybe(30, "IF EXISTS ");
        let behaviour = world.behaviour();
        Some(execute(&format!("DROP TYPE {more}{}{behaviour}", sql(&name))))
    }),
    form("ALTER TYPE", |world| {
        let name = world.named_of(|own| &own.enums, "e");
        let action = match world.random.below(8) {
            0 => "ADD VALUE 'c'".to_owned(),
            1 => "ADD VALUE 'a'".to_owned(),
            2 => "ADD VALUE IF NOT EXISTS 'a'".to_owned(),
            3 => "ADD VALUE 'c' BEFORE 'b'".to_owned(),
            4 => "RENAME VALUE 'a' TO 'z'".to_owned(),
            5 => format!("SET SCHEMA {}", sql(&world.any_of(|own| &own.schemas)?)),
            6 => "OWNER TO postgres".to_owned(),
            _ => {
                let to = world.fresh("e");
                world.enums.push(to.clone());
                format!("RENAME TO {}", sql(&to))
            }
        };
        Some(execute(&format!("ALTER TYPE {} {action}", sql(&name))))
    }),
    form("CREATE DOMAIN", |world| {
        let name = world.fresh("dom");
        world.domains.push(name.clone());
        let more = world.one(&["", " NOT NULL", " DEFAULT 3", " CHECK (VALUE > 0)"]);
        Some(execute(&format!("CREATE DOMAIN {} AS INTEGER{more}", sql(&name))))
    }),
    form("DROP DOMAIN", |world| {
        let name = world.named_of(|own| &own.domains, "dom");
        let more = world.maybe(30, "IF EXISTS ");
        let behaviour = world.behaviour();
        Some(execute(&format!("DROP DOMAIN {more}{}{behaviour}", sql(&name))))
    }),
    form("ALTER DOMAIN", |world| {
        let name = world.named_of(|own| &own.domains, "dom");
        let action = match world.random.below(4) {
            0 => "SET NOT NULL".to_owned(),
            1 => "SET DEFAULT 1".to_owned(),
            2 => format!("ADD CONSTRAINT {} CHECK (VALUE < 9)", sql(&world.fresh("ck"))),
            _ => format!("RENAME TO {}", sql(&world.fresh("dom"))),
        };
        Some(execute(&format!("ALTER DOMAIN {} {action}", sql(&name))))
    }),
    form("CREATE SEQUENCE", |world| {
        let name =
            if world.chance(80) { world.fresh("seq") } else { world.named_of(|own| &own.sequences, "seq") };
        let more = world.maybe(25, "IF NOT EXISTS ");
        let (table, tail) = (world.table_with_id()?, world.random.below(4));
        let tail = match tail {
            0 => " START WITH 5 INCREMENT BY 2".to_owned(),
            1 => format!(" OWNED BY {}.id", table.sql()),
            _ => String::new(),
        };
        world.sequences.push(name.clone());
        Some(execute(&format!("CREATE SEQUENCE {more}{}{tail}", sql(&name))))
    }),
    form("DROP SEQUENCE", |world| {
        let name = world.named_of(|own| &own.sequences, "seq");
        let more = world.maybe(30, "IF EXISTS ");
        let behaviour = world.behaviour();
        Some(execute(&format!("DROP SEQUENCE {more}{}{behaviour}", sql(&name))))
    }),
    form("ALTER SEQUENCE", |world| {
        let name = world.named_of(|own| &own.sequences, "seq");
        let more = world.maybe(20, "IF EXISTS ");
        let action = match world.random.below(3) {
            0 => "RESTART WITH 7".to_owned(),
            1 => format!("OWNED BY {}.id", world.table_with_id()?.sql()),
            _ => format!("RENAME TO {}", sql(&world.fresh("seq"))),
        };
        Some(execute(&format!("ALTER SEQUENCE {more}{} {action}", sql(&name))))
    }),
    form("DEFAULT nextval", |world| {
        let (name, table) = (world.any_of(|own| &own.sequences)?, world.table());
        Some(execute(&format!(
            "ALTER TABLE {} ALTER COLUMN id SET DEFAULT nextval('{}')",
            table.sql(),
            sql(&name).replace('\'', "''")
        )))
    }),
    form("CREATE SCHEMA", |world| {
        let name = if world.chance(80) { world.fresh("s") } else { world.named_of(|own| &own.schemas, "s") };
        let more = world.maybe(35, "IF NOT EXISTS ");
        world.schemas.push(name.clone());
        Some(execute(&format!("CREATE SCHEMA {more}{}", sql(&name))))
    }),
    form("DROP SCHEMA", |world| {
        let name = world.named_of(|own| &own.schemas, "s");
        let more = world.maybe(30, "IF EXISTS ");
        let behaviour = world.behaviour();
        Some(execute(&format!("DROP SCHEMA {more}{}{behaviour}", sql(&name))))
    }),
    form("ALTER SCHEMA", |world| {
        let name = world.any_of(|own| &own.schemas)?;
        Some(execute(&format!("ALTER SCHEMA {} RENAME TO {}", sql(&name), sql(&world.fresh("s")))))
    }),
    form("COMMENT ON", |world| {
        let table = world.table();
        let column = world.column(&table);
        Some(execute(&if world.chance(50) {
            format!("COMMENT ON TABLE {} IS 'x'", table.sql())
        } else {
            format!("COMMENT ON COLUMN {}.{} IS 'x'", table.sql(), sql(&column.name))
        }))
    }),
    form("GRANT and the like", |world| {
        let table = world.table();
        Some(execute(&match world.random.below(6) {
            0 => format!("GRANT SELECT ON {} TO postgres", table.sql()),
            1 => format!("REVOKE ALL ON {} FROM postgres", table.sql()),
            2 => "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO postgres".to_owned(),
            3 => format!("ANALYZE {}", table.sql()),
            4 => format!("LOCK TABLE {}", table.sql()),
            _ => format!("TRUNCATE {}", table.sql()),
        }))
    }),
    form("CREATE FUNCTION and TRIGGER", |world| {
        let (name, table) = (world.fresh("f"), world.table());
        let body = "BEGIN RETURN NEW; END";
        let function =
            format!("CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$", sql(&name));
        let trigger = format!(
            "CREATE TRIGGER {} BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION {}()",
            sql(&world.fresh("tr")),
            table.sql(),
            sql(&name)
        );
        Some(format!("{}\n{}", execute(&function), execute(&trigger)))
    }),
    form("SAVEPOINT", |world| {
        let table = world.table();
        let name = world.fresh("n");
        Some(format!(
            "op.execute('SAVEPOINT here')\n{}\n{}",
            execute(&format!("ALTER TABLE {} ADD COLUMN {} INTEGER", table.sql(), sql(&name))),
            world.one(&["op.execute('ROLLBACK TO SAVEPOINT here')", "op.execute('RELEASE SAVEPOINT here')"])
        ))
    }),
];

/// An index with the schema of its table.
fn index_sql(world: &World, index: &Part) -> String {
    match &world.tables[index.table].schema {
        Some(schema) => format!("{}.{}", sql(schema), sql(&index.name)),
        None => sql(&index.name),
    }
}

/// A view, and now and then a table.
fn view(world: &mut World) -> Option<Relation> {
    if world.chance(6) { Some(world.table()) } else { world.any_of(|own| &own.views) }
}

/// A clause of `ALTER TABLE`.
fn action(world: &mut World, table: &Relation) -> String {
    let column = world.column(table);
    let own = sql(&column.name);
    match world.random.below(22) {
        0 => format!("ADD COLUMN {} INTEGER", sql(&world.fresh("n"))),
        1 => format!("ADD COLUMN IF NOT EXISTS {own} TEXT"),
        2 => format!("DROP COLUMN {own}{}", world.behaviour()),
        3 => format!("DROP COLUMN IF EXISTS {own}{}", world.behaviour()),
        4 => format!("ALTER COLUMN {own} SET NOT NULL"),
        5 => format!("ALTER COLUMN {own} DROP NOT NULL"),
        6 => format!("ALTER {own} SET DEFAULT {}", column.kind.value()),
        7 => format!("ALTER COLUMN {own} DROP DEFAULT"),
        8 => format!("ALTER COLUMN {own} TYPE TEXT USING NULL"),
        9 => format!("ALTER COLUMN {own} SET DATA TYPE VARCHAR(90) USING NULL"),
        10 => format!("ALTER COLUMN {own} SET STATISTICS 100"),
        11 => format!("ADD UNIQUE ({own})"),
        12 => format!("ADD CONSTRAINT {} CHECK (id IS NOT NULL)", sql(&world.fresh("ck"))),
        13 => format!("DROP CONSTRAINT IF EXISTS {}{}", sql(&world.constraint().name), world.behaviour()),
        14 => format!("VALIDATE CONSTRAINT {}", sql(&world.constraint().name)),
        15 => "OWNER TO postgres".to_owned(),
        16 => "SET (fillfactor = 70)".to_owned(),
        17 => "ENABLE ROW LEVEL SECURITY".to_owned(),
        18 => "REPLICA IDENTITY FULL".to_owned(),
        19 => "DISABLE TRIGGER ALL".to_owned(),
        20 => format!("ADD COLUMN {} INTEGER GENERATED BY DEFAULT AS IDENTITY", sql(&world.fresh("n"))),
        _ => format!("ADD COLUMN {} SERIAL", sql(&world.fresh("n"))),
    }
}
