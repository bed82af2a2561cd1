//! What is there and cannot be done: what others need, what a database does not have, what is written for another one.

use super::asked::{Asked, between, few};
use super::{quoted, word};
use crate::replay::Origin;
use crate::schema::{Constraint, Dialect, NO_LABEL, ObjectName, missing_function, own_type_for};

pub(super) fn still_referenced(asked: &Asked<'_>) -> Option<String> {
    let message = asked.message();
    if let Some(index) = between(message, "error in index ", " after drop column") {
        return Some(format!(
            "Drop the index first: `op.drop_index('{index}', table_name={})`.",
            quoted(&asked.written_table()?)
        ));
    }
    if let Some(view) = between(message, "error in view ", ":") {
        return Some(drop_view(view));
    }
    if let Some(constraint) = between(message, "because constraint ", " requires it") {
        let table = asked.written_table().map_or_else(|| "'…'".to_owned(), |table| quoted(&table));
        return Some(format!(
            "The index belongs to the constraint: drop that, with `op.drop_constraint('{constraint}', {table})`."
        ));
    }
    if message.starts_with("cannot truncate ") {
        return by_message(asked);
    }
    if message.starts_with("cannot drop type ") && message.ends_with(" requires it") {
        return Some(
            "The type is the row of a table of that name, and goes with it: take the line out.".to_owned(),
        );
    }
    if let Some(column) = between(message, "because default of column ", " depends on it") {
        let (table, column) = column.rsplit_once('.').unwrap_or(("…", column));
        return Some(format!(
            "The default of `{column}` has the type still: give it anew before the type goes, or take it away: \
             `op.alter_column('{table}', '{column}', server_default=None)`."
        ));
    }
    if let (Some(column), Some(ObjectName::Extension(_))) =
        (between(message, "because column ", " depends on it"), &asked.failing.object)
    {
        return Some(format!(
            "Drop `{column}` before it, or leave the extension where it is: it is in nobody's way."
        ));
    }
    if let Some(column) = between(message, "because column ", " depends on it") {
        return Some(format!("Drop `{column}`, or give it another type, before the type goes."));
    }
    if message.contains("needed in a foreign key constraint") || message.contains("after drop column") {
        return Some(
            "Drop the constraint that uses the column first, with `op.drop_constraint`; in a batch, on SQLite.".to_owned(),
        );
    }
    let user = between(message, "because ", " depends on it")?;
    if let Some(view) = user.strip_prefix("view ") {
        return Some(drop_view(view));
    }
    Some(match &asked.failing.object {
        Some(ObjectName::Table(table)) => format!(
            "`{user}` refers to it: drop that first, or its foreign key, with `op.drop_constraint(…, '{user}', \
             type_='foreignkey')`, and then {table}."
        ),
        _ => format!(
            "`{user}` refers to it: drop its foreign key first, with `op.drop_constraint(…, '{user}', type_='foreignkey')`."
        ),
    })
}

fn drop_view(view: &str) -> String {
    format!("The view `{view}` reads it: drop the view before this line, and create it anew after it.")
}

pub(super) fn advice(asked: &Asked<'_>) -> Option<String> {
    by_object(asked).or_else(|| by_message(asked))
}

fn by_object(asked: &Asked<'_>) -> Option<String> {
    let message = asked.message();
    match asked.failing.object.as_ref()? {
        ObjectName::Type(name) if message.ends_with("already exists") => {
            Some(type_exists(asked, &name.to_string()))
        }
        ObjectName::Type(name) if message.ends_with("does not exist") => {
            Some(type_is_missing(asked, &name.to_string()))
        }
        ObjectName::Value { of, value } if message.starts_with(NO_LABEL) => {
            Some(label_is_missing(asked, &of.to_string(), value))
        }
        ObjectName::Value { .. } if message.starts_with("unsafe use of new value") => Some(
            "PostgreSQL takes a label only when it is committed: add it in a migration before, with \
             `transaction_per_migration=True` in env.py, or add it in `with op.get_context().autocommit_block():`."
                .to_owned(),
        ),
        ObjectName::Value { value, .. } if message.ends_with("is not an existing enum label") => {
            Some(format!("The type has no label `{value}` here: correct it, or take the line out."))
        }
        ObjectName::Value { value, .. } => {
            Some(format!("The type has `{value}` already: take the line out, or write `IF NOT EXISTS`."))
        }
        ObjectName::Extension(name) => Some(extension(asked, name)),
        ObjectName::Schema(name) if message.ends_with("does not exist") => {
            Some(format!("Create the schema first: `op.execute('CREATE SCHEMA IF NOT EXISTS {name}')`."))
        }
        ObjectName::Schema(name) if message.starts_with("unknown database") => Some(format!(
            "SQLite has no schemas: leave `{name}` out there, attach a database of that name in env.py, or hand it \
             `execution_options(schema_translate_map={{'{name}': None}})`."
        )),
        ObjectName::Schema(_) if message.ends_with("already exists") => {
            Some("Take the line out, or write `CREATE SCHEMA IF NOT EXISTS`.".to_owned())
        }
        _ => None,
    }
}

/// An extension that is missing, or there already.
fn extension(asked: &Asked<'_>, name: &str) -> String {
    let message = asked.message();
    if message.ends_with("already exists") {
        return "Write `CREATE EXTENSION IF NOT EXISTS`.".to_owned();
    }
    if message.starts_with("extension ") {
        return "Take the line out, or write `DROP EXTENSION IF EXISTS`.".to_owned();
    }
    let quoted = if name.contains('-') { format!("\"{name}\"") } else { name.to_owned() };
    let create = format!("`op.execute('CREATE EXTENSION IF NOT EXISTS {quoted}')`");
    let named = if message.contains("no default operator class") && message.ends_with("\"gin\"") {
        "; or name an operator class for texts, `gin_trgm_ops` of the extension `pg_trgm`"
    } else {
        ""
    };
    match asked.failing.origin {
        Origin::Later(moment) => format!(
            "{} creates the extension `{name}`, too late for this line: create it before, with {create}{named}.",
            asked.place(moment)
        ),
        Origin::Gone(moment) => format!(
            "{} has dropped the extension `{name}`: create it anew before this line, with {create}{named}.",
            asked.place(moment)
        ),
        _ => format!(
            "It comes with the extension `{name}`: create that on a line before this one, with {create}{named}."
        ),
    }
}

/// A type that is created twice: by hand and with a table, or by two tables.
fn type_exists(asked: &Asked<'_>, name: &str) -> String {
    let not_here = format!("`postgresql.ENUM(…, name='{name}', create_type=False)`");
    match asked.failing.origin {
        Origin::Earlier(moment) => {
            let place = asked.place(moment);
            if asked.directive() == "create_table" {
                format!(
                    "{place} has created the type, and `create_table` creates it again: take that line out, or give the column \
                     {not_here}, which leaves it alone."
                )
            } else if asked.directive() == "create" {
                format!("{place} has created it: take one of the two out, or write `checkfirst=True` here.")
            } else {
                format!("{place} has created it: take one of the two out.")
            }
        }
        _ => format!(
            "Something has created it before: give the column {not_here}, or write `checkfirst=True`."
        ),
    }
}

/// A text that is no label of an enum type.
fn label_is_missing(asked: &Asked<'_>, name: &str, label: &str) -> String {
    match asked.failing.origin {
        Origin::Later(moment) => format!(
            "{} adds the label, too late for this line: add it in a migration before this one.",
            asked.place(moment)
        ),
        _ => format!(
            "Write one of the type's labels, letter by letter, or add it in a migration before, in `with \
             op.get_context().autocommit_block(): op.execute(\"ALTER TYPE {name} ADD VALUE '{label}'\")`."
        ),
    }
}

/// A type of PostgreSQL as SQLAlchemy writes it.
fn in_sqlalchemy(sql: &str) -> &str {
    match sql {
        "BYTEA" => "sa.LargeBinary()",
        "DOUBLE PRECISION" => "sa.Double()",
        "INTEGER" => "sa.Integer()",
        "SMALLINT" => "sa.SmallInteger()",
        "TEXT" => "sa.Text()",
        "TIMESTAMP" => "sa.DateTime()",
        "VARCHAR" => "sa.Unicode()",
        other => other,
    }
}

fn type_is_missing(asked: &Asked<'_>, name: &str) -> String {
    let call = asked.call();
    if asked.directive() == "drop" || call.to_ascii_uppercase().contains("DROP TYPE") {
        return match asked.failing.origin {
            Origin::Gone(moment) => {
                format!("{} has dropped it already: take one of the two out.", asked.place(moment))
            }
            _ => {
                "Take the line out, or drop it only if it is there: `checkfirst=True`, `DROP TYPE IF EXISTS`."
                    .to_owned()
            }
        };
    }
    let is_in_sql = matches!(&*asked.directive(), "execute" | "");
    if let Some(sql) = own_type_for(name)
        && !matches!(asked.failing.origin, Origin::Later(_) | Origin::Gone(_))
    {
        let own = if is_in_sql { sql } else { in_sqlalchemy(sql) };
        return format!("PostgreSQL has no such type: write `{own}`, or what else is meant.");
    }
    let create = format!("`sa.Enum(…, name='{name}').create(op.get_bind(), checkfirst=True)`");
    match asked.failing.origin {
        Origin::Later(moment) => {
            let not_again = if asked.makes_a_table(moment) {
                "; the column there then needs `postgresql.ENUM(…, create_type=False)`"
            } else {
                ""
            };
            format!(
                "{} creates the type, too late for this line: create it before, with {create}{not_again}.",
                asked.place(moment)
            )
        }
        Origin::Gone(moment) => {
            format!(
                "{} has dropped the type: create it anew before this line, with {create}.",
                asked.place(moment)
            )
        }
        _ => {
            let why = match &*asked.directive() {
                "add_column" | "alter_column" => format!(
                    "Only `create_table` creates a type along the way, `{}` does not. ",
                    asked.directive()
                ),
                _ => String::new(),
            };
            format!("{why}Create the type on a line before this one: {create}.")
        }
    }
}

/// What a migration raises by itself: on some databases only, it says that it is not made for them.
fn raises(asked: &Asked<'_>) -> String {
    let dialects = asked.context.audited.account.dialects();
    let is_of_some = dialects.iter().any(|dialect| !asked.failing.is_certain_on(*dialect));
    if is_of_some {
        format!(
            "The migration refuses {} by itself: where that is meant, nothing is to be done; else write what it is to do there.",
            asked.dialect.title()
        )
    } else {
        "The migration raises this by itself: write what it is to do, or take the `raise` out.".to_owned()
    }
}

fn by_message(asked: &Asked<'_>) -> Option<String> {
    let message = asked.message();
    let table = asked.written_table().map_or_else(|| "…".to_owned(), |table| table.to_string());
    let named = asked.written_table().map_or_else(|| "'…'".to_owned(), |table| quoted(&table));
    let directive = asked.directive();
    let says = |part: &str| message.contains(part);
    Some(
        if says("ALTER of constraints in SQLite")
            || asked.dialect == Dialect::Sqlite && says("near \"ALTER\"")
        {
            if directive == "execute" || directive.is_empty() {
                format!(
                    "SQLite has no such statement: use a batch, which copies the table, `with op.batch_alter_table({named}) as \
                 batch_op:`, or leave it out on SQLite."
                )
            } else {
                format!(
                    "Write it in a batch, which copies the table: `with op.batch_alter_table({named}) as batch_op: \
                 batch_op.{directive}(…)`, without the table's name in the call."
                )
            }
        } else if says("No generic 'DROP CONSTRAINT' in MySQL") {
            format!("Say what kind it is: `type_='{}'`.", kind_of(asked))
        } else if let Some(keyword) = between(message, "unexpected keyword argument '", "'") {
            format!("env.py hands it over: write `def upgrade({keyword}):`, and `def downgrade({keyword}):`.")
        } else if let Some(keyword) = between(message, " argument '", "'").filter(|_| says("() is missing")) {
            format!(
                "env.py does not hand it over: take `{keyword}` away, or give it in `context.run_migrations({keyword}=…)`."
            )
        } else if says("one statement at a time") || says("multiple commands") {
            "Split it at the semicolons: one `op.execute` for each statement.".to_owned()
        } else if says("syntax error") || says("unrecognized token") || says("error in your SQL syntax") {
            format!(
                "{} does not know this: write it with Alembic's own operations, or run it only where it is known, under `if \
             op.get_bind().dialect.name == …`.",
                asked.dialect.title()
            )
        } else if let Some(name) = between(message, "required for bind parameter '", "'") {
            format!(
                "SQLAlchemy takes `:{name}` for a parameter, between quotes too: write `\\\\:{name}`, or give it a value by \
                 `sa.text(…).bindparams(…)`."
            )
        } else if let Some(name) = missing_function(message) {
            format!(
                "{} has no function `{name}`: write it with one that it has, or run the line only where it is known, under \
                 `if op.get_bind().dialect.name == …`.",
                asked.dialect.title()
            )
        } else if says("has no default operator class") {
            if message.starts_with("data type json ") {
                "PostgreSQL compares no `JSON`: make the column `JSONB`, or leave this out.".to_owned()
            } else {
                "Leave the index out, or take an access method that knows the type, as `postgresql_using='gist'`."
                    .to_owned()
            }
        } else if let Some(kind) = between(message, "type modifier is not allowed for type \"", "\"") {
            format!(
                "PostgreSQL takes no length for `{kind}`: leave it out, or take `VARCHAR` where it is meant."
            )
        } else if let Some(column) =
            between(message, "default for column \"", "\" cannot be cast automatically")
        {
            if directive == "alter_column" {
                format!(
                    "Take the default away in a call of its own before this one, which changes the type first: \
                     `op.alter_column({named}, '{column}', server_default=None)`; give the new one after it."
                )
            } else {
                format!(
                    "Take the default away first, and give the new one after it: `ALTER {column} DROP DEFAULT`."
                )
            }
        } else if let Some((column, kind)) = message.split_once("\" cannot be cast automatically to type ") {
            let cast = format!("{}::{kind}", column.trim_start_matches("column \""));
            if directive == "alter_column" {
                format!("Say how the values are made: `postgresql_using='{cast}'`.")
            } else {
                format!("Say how the values are made: `USING {cast}`.")
            }
        } else if says("requires a length on dialect mysql") {
            "Give it a length, `sa.String(255)`, or take `sa.Text()`.".to_owned()
        } else if says(" by place, and is given ") || says(" by place and by name") {
            "Leave out what it does not take; a batch knows its table, so that no call in it names it."
                .to_owned()
        } else if says(" has no type ") {
            let kind = message.split(" has no type ").nth(1).unwrap_or_default();
            let kind = kind.split(" (column").next().unwrap_or(kind);
            format!(
                "Take a type that {} has, and give it `{kind}` for the others by `.with_variant(…)`.",
                asked.dialect.title()
            )
        } else if says("multiple primary keys") {
            format!(
                "Drop the old key first: `op.drop_constraint('{}', {named}, type_='primary')`.",
                key_of(asked).unwrap_or_else(|| format!("{table}_pkey"))
            )
        } else if says("there is no primary key for referenced table") {
            format!("Give {table} a primary key before this line, or name the columns that are referred to.")
        } else if says("no unique constraint matching given keys") {
            format!(
                "Give {table} a primary key or a unique constraint of exactly the columns that are referred to, before this line."
            )
        } else if says("of incompatible types") {
            "Give both columns the same type.".to_owned()
        } else if says("exceeds maximum length") {
            "Give it a shorter name, or write it in `op.f(…)`, which lets SQLAlchemy shorten it.".to_owned()
        } else if says("must have a name")
            || says("that has no name")
            || says("have a name")
            || says("requires a name")
        {
            match &*directive {
                "drop_constraint" => format!(
                    "Write the name that it has in the database: name it where it is created, and drop it by that name.{}",
                    names(asked)
                ),
                "create_index" => "Give it a name, or let a `naming_convention` make one.".to_owned(),
                "create_table" | "add_column" if says("Enum") || says("ENUM") => {
                    "Give the type a name: `sa.Enum(…, name='…')`.".to_owned()
                }
                _ => "Give it a name, in the call or by the `naming_convention` of the metadata.".to_owned(),
            }
        } else if says("x not in list") {
            "The same batch adds the column: take both lines out, or drop it in a batch of its own."
                .to_owned()
        } else if says("is a view, not a table") {
            let name = message.split(' ').next().unwrap_or_default();
            format!("It is a view: `op.execute('DROP VIEW {name}')`.")
        } else if says("is a table, not a view") {
            let name = message.split(' ').next().unwrap_or_default();
            format!("It is a table: `op.drop_table('{name}')`.")
        } else if says("NullType()") {
            "A foreign key names a column of the same table that the table does not have: add the column, or correct the name.".to_owned()
        } else if says("is in a primary key") {
            "Leave NULL forbidden there, or drop the primary key first.".to_owned()
        } else if says("used by a view or rule") {
            "Drop the view before this line, and create it anew after it.".to_owned()
        } else if says("Cannot add a ") {
            format!(
                "Add the column without that, and the rest in a batch: `with op.batch_alter_table({named}) as batch_op:`."
            )
        } else if says("cannot drop or rename columns of view") {
            "Drop the view and create it anew: `CREATE OR REPLACE` only adds columns at the end.".to_owned()
        } else if says("cannot truncate ") {
            "Truncate both tables in one statement, or write `TRUNCATE … CASCADE`.".to_owned()
        } else if says("cannot drop PRIMARY KEY column") || says("no other columns exist") {
            format!("Make the table anew with what stays, or drop it whole: `op.drop_table({named})`.")
        } else if says("sequence ") && says("does not exist") {
            "Create the sequence before, take the line out, or write `IF EXISTS`.".to_owned()
        } else if message.starts_with("raises ") {
            raises(asked)
        } else if says("cannot run inside a transaction block") {
            "Write it in `with op.get_context().autocommit_block():`, which commits what is before it and runs it outside \
             of a transaction."
                .to_owned()
        } else if let Some((column, kind)) =
            message.split_once(" is of type ").filter(|(_, rest)| rest.contains("expression is of type"))
        {
            let kind = kind.split(' ').next().unwrap_or_default();
            let column = column.trim_start_matches("column ").trim_matches('"');
            if kind == "boolean" && says("of type integer") {
                let where_it_stands = if says("default expression") {
                    "`sa.text('true')`, `sa.text('false')` or `'0'`"
                } else {
                    "`true` or `false`"
                };
                format!("Write {where_it_stands}: PostgreSQL makes no boolean of a number.")
            } else {
                format!("Write a value of the type that `{column}` has, or cast it: `…::{kind}`.")
            }
        } else if says("invalid input syntax for type") {
            "Write a value of that type; a function stands in `sa.text(…)`, or without quotes in SQL."
                .to_owned()
        } else if says("operator does not exist") {
            "Compare with a value of the type that the column has: a text in quotes, `true` or `false`."
                .to_owned()
        } else if says("current transaction is aborted") {
            "Let what may fail run in a savepoint, `with op.get_bind().begin_nested():`, inside the `try`."
                .to_owned()
        } else if says("SQLAlchemy 2 executes no plain text") {
            "Write `sa.text(…)` around the text; or keep `sqlalchemy<2` in the requirements, which takes it as it is.".to_owned()
        } else if says("SQLAlchemy 2 selects no list") {
            "Write `select(a, b)` for `select([a, b])`; or keep `sqlalchemy<2` in the requirements, which takes both."
            .to_owned()
        } else if says("SQLAlchemy 2 takes no list of cases") {
            "Write `case((a, b), …)` for `case([(a, b), …])`; or keep `sqlalchemy<2` in the requirements, which takes both."
                .to_owned()
        } else if message.ends_with(" in SQLAlchemy 2") {
            "Write it as SQLAlchemy 2 takes it; or keep `sqlalchemy<2` in the requirements, which takes it as it is."
                .to_owned()
        } else if says("needs a name on PostgreSQL") {
            "Give the type a name: `sa.Enum(…, name='…')`.".to_owned()
        } else if says("Not an executable object") {
            "Wrap the text: `connection.execute(sa.text(…))`.".to_owned()
        } else {
            return None;
        },
    )
}

/// The kind of the constraint that is dropped: as the table has it on any database, else by how its name begins.
fn kind_of(asked: &Asked<'_>) -> &'static str {
    let call = asked.call();
    let name = call.split(['\'', '"']).nth(1).unwrap_or_default();
    let replays = asked.context.audited.account.replays();
    let own = replays.iter().flat_map(|replay| &replay.steps).find_map(|step| {
        let table = step.after.table(asked.table_name()?)?;
        table.constraints.iter().find(|own| own.name.written() == Some(name))?.word()
    });
    match own {
        Some(kind) => word(kind),
        None if name.starts_with("uq") || name.ends_with("_key") => "unique",
        None if name.starts_with("ck") || name.ends_with("_check") => "check",
        None if name.starts_with("pk") || name.ends_with("_pkey") => "primary",
        None => "foreignkey",
    }
}

/// The name of the primary key that the table has.
fn key_of(asked: &Asked<'_>) -> Option<String> {
    asked.table()?.primary_key()?.name.written().map(ToOwned::to_owned)
}

/// The constraints that the table has, as a sentence.
fn names(asked: &Asked<'_>) -> String {
    let call = asked.call();
    let is_of_kind = |own: &&Constraint| {
        own.word().is_none_or(|kind| !call.contains("type_=") || call.contains(word(kind)))
    };
    let own = asked.table().into_iter().flat_map(|table| &table.constraints).map(AsRef::as_ref);
    let names: Vec<&str> = own.filter(is_of_kind).filter_map(|own| own.name.written()).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" On {} the table has {}.", asked.dialect.title(), few(&names))
    }
}
