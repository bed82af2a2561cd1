//! A small schema: a few tables with keys, constraints and indexes, views, types, a sequence, a schema.

use rechain::schema::Dialect;

use super::Piece;
use super::text::{execute, list, names, python, sql};
use super::world::{Column, Kind, Part, Relation, World};

/// Makes it, and says how.
pub(super) fn make(world: &mut World) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |form, text| pieces.push(Piece { form, text });
    let postgresql = world.dialect == Dialect::Postgresql;
    if postgresql {
        if world.chance(30) {
            let name = world.fresh("s");
            add("schema", execute(&format!("CREATE SCHEMA {}", sql(&name))));
            world.schemas.push(name);
        }
        if world.chance(50) {
            let name = world.fresh("mood");
            add("enum", execute(&format!("CREATE TYPE {} AS ENUM ('a', 'b')", sql(&name))));
            world.enums.push(name);
        }
        if world.chance(25) {
            let name = world.fresh("dom");
            add("domain", execute(&format!("CREATE DOMAIN {} AS INTEGER", sql(&name))));
            world.domains.push(name);
        }
        if world.chance(12) {
            let name = world.plain("pair");
            add("composite", execute(&format!("CREATE TYPE {} AS (x INTEGER, y INTEGER)", sql(&name))));
            world.composites.push(name);
        }
        if world.chance(25) {
            let name = world.fresh("seq");
            add("sequence", execute(&format!("CREATE SEQUENCE {}", sql(&name))));
            world.sequences.push(name);
        }
    }
    for _ in 0..=world.random.below(3) {
        add("table", table(world));
    }
    for at in 0..world.tables.len() {
        if world.chance(35) {
            add("index", index(world, at));
        }
    }
    if world.chance(45) {
        let (view, text) = view(world, "VIEW");
        add("view", text);
        if world.chance(35) {
            // Another one upon it.
            let name = world.fresh("w");
            let columns = vec![view.columns[0].clone()];
            let query = format!("SELECT {} FROM {}", sql(&columns[0].name), view.sql());
            add("view", execute(&format!("CREATE VIEW {} AS {query}", sql(&name))));
            world.views.push(Relation { schema: None, name, columns, key: Vec::new() });
        }
        world.views.push(view);
    }
    if postgresql && world.chance(20) {
        let (view, text) = view(world, "MATERIALIZED VIEW");
        add("materialized view", text);
        world.materialized.push(view);
    }
    pieces
}

/// A new table with what belongs to it, as a directive or in SQL.
pub(super) fn table(world: &mut World) -> String {
    let in_sql = world.chance(40);
    let schema = if world.chance(40) { world.any_of(|own| &own.schemas) } else { None };
    let name = world.fresh("t");
    let mut columns = vec![Column { name: "id".to_owned(), kind: Kind::Integer }];
    for _ in 0..=world.random.below(4) {
        let (name, kind) = (world.fresh("c"), world.kind());
        if columns.iter().all(|column| !column.name.eq_ignore_ascii_case(&name)) {
            columns.push(Column { name, kind });
        }
    }
    if in_sql {
        for named in [world.domains.clone(), world.composites.clone()] {
            if let Some(kind) = world.any(&named) {
                let name = world.fresh("d");
                columns.push(Column { name, kind: Kind::Named(kind) });
            }
        }
    }
    let mut declared: Vec<String> = Vec::new();
    let at = world.tables.len();
    // The key.
    let composite = columns.len() > 2 && world.chance(15);
    let key = if composite { vec!["id".to_owned(), columns[1].name.clone()] } else { vec!["id".to_owned()] };
    let keyed = world.chance(85);
    let apart = keyed && (composite || world.chance(40));
    let key_name = (apart && world.chance(60)).then(|| world.fresh("pk"));
    let named = |name: &Option<String>| {
        if in_sql {
            name.as_ref().map_or_else(String::new, |name| format!("CONSTRAINT {} ", sql(name)))
        } else {
            name.as_ref().map_or_else(String::new, |name| format!(", name={}", python(name)))
        }
    };
    for (place, column) in columns.iter().enumerate() {
        let mut words = Vec::new();
        let is_key = keyed && !apart && place == 0;
        let not_null = !is_key && world.chance(25);
        let default = place > 0 && !matches!(column.kind, Kind::Named(_)) && world.chance(20);
        let unique = place > 0 && !matches!(column.kind, Kind::Named(_)) && world.chance(15);
        if in_sql {
            words.extend(is_key.then_some("PRIMARY KEY"));
            words.extend(not_null.then_some("NOT NULL"));
            words.extend(unique.then_some("UNIQUE"));
            let default = if default { format!(" DEFAULT {}", column.kind.value()) } else { String::new() };
            declared.push(format!(
                "{} {}{default} {}",
                sql(&column.name),
                column.kind.sql(),
                words.join(" ")
            ));
        } else {
            words.extend(is_key.then_some(", primary_key=True"));
            words.extend(not_null.then_some(", nullable=False"));
            words.extend(unique.then_some(", unique=True"));
            let default = if default {
                format!(", server_default=sa.text({})", python(column.kind.value()))
            } else {
                String::new()
            };
            declared.push(format!(
                "sa.Column({}, {}{}{default})",
                python(&column.name),
                column.kind.python(),
                words.join("")
            ));
        }
    }
    if apart {
        declared.push(if in_sql {
            format!("{}PRIMARY KEY ({})", named(&key_name), names(&key))
        } else {
            let columns: Vec<_> = key.iter().map(|column| python(column)).collect();
            format!("sa.PrimaryKeyConstraint({}{})", columns.join(", "), named(&key_name))
        });
        world.keep(key_name, at, key.clone(), "primary");
    }
    let plain: Vec<String> = columns[1..]
        .iter()
        .filter(|column| !matches!(column.kind, Kind::Named(_)))
        .map(|column| column.name.clone())
        .collect();
    if let Some(column) = world.any(&plain).filter(|_| world.random.chance(30)) {
        let name = world.random.chance(75).then(|| world.fresh("uq"));
        declared.push(if in_sql {
            format!("{}UNIQUE ({})", named(&name), sql(&column))
        } else {
            format!("sa.UniqueConstraint({}{})", python(&column), named(&name))
        });
        world.keep(name, at, vec![column], "unique");
    }
    if world.chance(25) {
        let name = world.random.chance(75).then(|| world.fresh("ck"));
        declared.push(if in_sql {
            format!("{}CHECK (id > 0)", named(&name))
        } else {
            format!("sa.CheckConstraint('id > 0'{})", named(&name))
        });
        world.keep(name, at, vec!["id".to_owned()], "check");
    }
    let keyed_ones: Vec<Relation> =
        world.tables.iter().filter(|table| table.key.len() == 1).cloned().collect();
    if let Some(other) = world.any(&keyed_ones).filter(|_| world.random.chance(55)) {
        let column = Column { name: "ref".to_owned(), kind: Kind::Integer };
        // In a line of SQLite's text, SQLAlchemy reads a name in quotes from the first quote of the line on.
        let is_plain = in_sql && world.dialect == Dialect::Sqlite;
        let name =
            world.random.chance(60).then(|| if is_plain { world.plain("fk") } else { world.fresh("fk") });
        if in_sql {
            declared.insert(1, "ref INTEGER".to_owned());
            // SQLAlchemy reads no name of those that SQLite's text does not spell out.
            let is_spelt = world.dialect == Dialect::Sqlite || world.chance(70);
            let target = if is_spelt { format!("({})", names(&other.key)) } else { String::new() };
            declared.push(format!("{}FOREIGN KEY (ref) REFERENCES {} {target}", named(&name), other.sql()));
        } else {
            declared.insert(1, "sa.Column('ref', sa.Integer())".to_owned());
            let target = other.target(&other.key[0]);
            let key = format!("sa.ForeignKeyConstraint(['ref'], [{target}]{})", named(&name));
            // A name with a full stop or in other letters is read by SQLAlchemy as several.
            declared.push(key);
        }
        columns.insert(1, column);
        world.keep(name, at, vec!["ref".to_owned()], "foreignkey");
    }
    let key = if keyed { key } else { Vec::new() };
    let table = Relation { schema, name, columns, key };
    let text = if in_sql {
        execute(&format!("CREATE TABLE {} ({})", table.sql(), declared.join(", ")))
    } else {
        format!("op.create_table({}, {}{})", table.python(), declared.join(", "), table.keyword())
    };
    world.tables.push(table);
    text
}

fn index(world: &mut World, at: usize) -> String {
    let table = world.tables[at].clone();
    let plain: Vec<_> =
        table.columns.iter().filter(|column| !matches!(column.kind, Kind::Named(_))).cloned().collect();
    let column = world.one(&plain).name;
    let name = world.fresh("ix");
    let unique = world.chance(40);
    let columns = vec![column];
    let text = format!(
        "op.create_index({}, {}, {}{}{})",
        python(&name),
        table.python(),
        list(&columns),
        if unique { ", unique=True" } else { "" },
        table.keyword()
    );
    let word = if unique { "unique index" } else { "index" };
    world.indexes.push(Part { name, table: at, columns, word });
    text
}

/// A view of a table, or a materialized one.
pub(super) fn view(world: &mut World, word: &str) -> (Relation, String) {
    let (_, table) = world.own();
    let mut columns = vec![table.columns[0].clone()];
    if table.columns.len() > 1 && world.chance(60) {
        columns.push(table.columns[1].clone());
    }
    let name = world.fresh("v");
    let shown: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let query = format!("SELECT {} FROM {}", names(&shown), table.sql());
    let text = execute(&format!("CREATE {word} {} AS {query}", sql(&name)));
    (Relation { schema: None, name, columns, key: Vec::new() }, text)
}
