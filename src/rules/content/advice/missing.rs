//! What is not there: tables, columns, indexes, constraints, names.

use super::asked::{Asked, between, few, nearest};
use super::{key, quoted, word};
use crate::replay::{Moment, Origin};
use crate::rules::EnvironmentContext;
use crate::schema::{Constraint, ConstraintKind, Dialect, Name, ObjectName, Schema, SchemaChange, Table};
use crate::source::{Import, imports};

pub(super) fn table(asked: &Asked<'_>) -> Option<String> {
    let table = asked.table_name()?;
    let name = table.to_string();
    if let Some(moved) = moved(asked, &name) {
        return Some(moved);
    }
    let tables: Vec<String> = asked
        .schemas()
        .take(1)
        .flat_map(|schema| schema.tables().filter(|(_, table)| table.certain))
        .map(|(_, table)| table.name.to_string())
        .collect();
    if let Some(near) = nearest(&name, tables.iter().map(String::as_str)) {
        return Some(format!("There is a table `{near}`: if that is meant, write its name."));
    }
    if let Some(brought) = brought_by_the_upgrade(asked) {
        return Some(brought);
    }
    Some(match &*asked.directive() {
        _ if asked.is_downgrade() => {
            format!("The upgrade leaves no `{name}`: take the line out, or correct the name.")
        }
        "drop_table" => format!(
            "Take the line out, or drop it only if it is there: `op.drop_table({}, if_exists=True)`, where your Alembic has that.",
            quoted(&asked.written(table))
        ),
        _ => format!("Create `{name}` in an earlier migration, or correct the name."),
    })
}

pub(super) fn column(asked: &Asked<'_>) -> Option<String> {
    let ObjectName::Column { table, column } = asked.failing.object.as_ref()? else { return None };
    let whole = format!("{table}.{column}");
    if let Some(moved) = moved(asked, &whole) {
        return Some(moved);
    }
    if let Some(brought) = brought_by_the_upgrade(asked) {
        return Some(brought);
    }
    let own = asked.table()?;
    let columns: Vec<&str> =
        own.columns.iter().filter(|own| own.certain && own.name != *column).map(|own| &*own.name).collect();
    if let Some(near) = nearest(column, columns.iter().copied()) {
        return Some(format!("{table} has a column `{near}`: if that is meant, write its name."));
    }
    let has = asked.has(table, &columns);
    Some(match &*asked.directive() {
        "drop_column" if asked.is_downgrade() => {
            format!("The upgrade does not add it, so take the line out, or correct the name{has}.")
        }
        "drop_column" => format!("Take the line out, or correct the name{has}."),
        _ => format!("Add the column before this line, or correct the name{has}."),
    })
}

pub(super) fn index(asked: &Asked<'_>) -> Option<String> {
    let ObjectName::Index { name, .. } = asked.failing.object.as_ref()? else { return None };
    if let Some(moved) = moved(asked, name) {
        return Some(moved);
    }
    let is_it = |own: &&Constraint| own.name.written().is_some_and(|own| own.eq_ignore_ascii_case(name));
    let mut tables = asked.schemas().flat_map(Schema::tables).map(|(_, table)| table);
    let constraint = tables.find_map(|table| {
        let constraint = table.constraints.iter().map(AsRef::as_ref).find(is_it)?;
        Some((&table.name, constraint))
    });
    if let Some((table, constraint)) = constraint {
        let kind = constraint.kind.title();
        let word = constraint.word().map_or(String::new(), |kind| format!(", type_='{}'", word(kind)));
        return Some(format!(
            "`{name}` is a {kind} of {table}, and no index: drop it with `op.drop_constraint('{name}', {}{word})`.",
            quoted(&asked.written(table))
        ));
    }
    let guarded = "drop it only if it is there, with `if_exists=True`";
    let Some(own) = asked.table() else {
        return Some(format!("Take the line out, or {guarded}."));
    };
    let names: Vec<&str> = own.indexes.iter().filter_map(|own| own.name.written()).collect();
    Some(match (nearest(name, names.iter().copied()), names.as_slice()) {
        (Some(near), _) => format!("{} has `{near}`: if that is meant, write its name.", own.name),
        (None, []) => format!("{} has no index at this point: take the line out, or {guarded}.", own.name),
        (None, names) => {
            format!(
                "{} has {} at this point: correct the name, take the line out, or {guarded}.",
                own.name,
                few(names)
            )
        }
    })
}

pub(super) fn constraint(asked: &Asked<'_>) -> Option<String> {
    let ObjectName::Constraint { table: Some(table), name } = asked.failing.object.as_ref()? else {
        return None;
    };
    if let Some(moved) = moved(asked, name) {
        return Some(moved);
    }
    let own = asked.table()?;
    let call = asked.call();
    let is_of_kind = |own: &&Constraint| {
        own.word().is_none_or(|kind| !call.contains("type_=") || call.contains(word(kind)))
    };
    let alike: Vec<&Constraint> = own.constraints.iter().map(AsRef::as_ref).filter(is_of_kind).collect();
    if asked.dialect == Dialect::Sqlite {
        let is_key = |own: &Constraint| matches!(own.kind, ConstraintKind::PrimaryKey { .. });
        if let Some(first) = alike.iter().find(|own| own.name == Name::Unnamed && !is_key(own)) {
            let template = template(name, own, first);
            let key = first.word().map_or("uq", key);
            return Some(format!(
                "The {} of {table} was made without a name, and SQLite keeps none. Tell the batch how such names are made: \
                 `op.batch_alter_table({}, naming_convention={{'{key}': '{template}'}})`.",
                first.kind.title(),
                quoted(&asked.written(table))
            ));
        }
    }
    let names: Vec<&str> = alike.iter().filter_map(|own| own.name.written()).collect();
    if let Some(near) = nearest(name, names.iter().copied()) {
        return Some(format!("{table} has `{near}`: if that is meant, write its name."));
    }
    let index = own.indexes.iter().find(|own| own.name.written() == Some(name));
    if index.is_some() {
        return Some(format!(
            "`{name}` is an index, and no constraint: `op.drop_index('{name}', table_name={})`.",
            quoted(&asked.written(table))
        ));
    }
    Some(match (names.as_slice(), asked.dialect) {
        ([], _) => {
            format!("{table} has no such constraint at this point: take the line out, or create it before.")
        }
        ([only], Dialect::Postgresql) => {
            format!("The one that {table} has at this point is called `{only}`: write that, if it is meant.")
        }
        (names, _) => {
            format!("{table} has {} at this point: write the name of the one that is meant.", few(names))
        }
    })
}

/// How a batch makes the name that is asked for: `uq_%(table_name)s_%(column_0_name)s`.
fn template(name: &str, table: &Table, constraint: &Constraint) -> String {
    let mut template = name.replacen(&*table.name.name, "%(table_name)s", 1);
    let first = constraint.columns().and_then(<[_]>::first);
    // The column stands behind the table.
    if let Some((before, after)) = template.clone().rsplit_once("%(table_name)s")
        && let Some(column) = first
    {
        template = format!("{before}%(table_name)s{}", after.replacen(&**column, "%(column_0_name)s", 1));
    }
    if let ConstraintKind::ForeignKey { table: Some(referred), .. } = &constraint.kind
        && let Some((before, after)) = template.clone().rsplit_once("%(column_0_name)s")
    {
        template = format!(
            "{before}%(column_0_name)s{}",
            after.replacen(&*referred.name, "%(referred_table_name)s", 1)
        );
    }
    template
}

/// What a name of Python's is imported by elsewhere in the project, or usually.
pub(super) fn name(asked: &Asked<'_>) -> Option<String> {
    let message = asked.message();
    if let Some(rest) = message.strip_prefix("module 'sqlalchemy' has no attribute 'op'") {
        return Some(format!(
            "`op` is Alembic's: write `op.…`, with `from alembic import op` at the top.{rest}"
        ));
    }
    let Some(name) = between(message, "name '", "' is not defined") else {
        let (module, name) = (between(message, "module '", "' has")?, message.rsplit('\'').nth(1)?);
        return Some(format!(
            "`{name}` is none of `{module}`'s: import it from where it stands, or correct the name."
        ));
    };
    let scripts = &asked.context.audited.scripts;
    let brings = |import: &Import<'_>| import.bound == name;
    let by_others = scripts.iter().find_map(|script| {
        let import = imports(&script.program).find(brings)?;
        Some((as_written(&import), script.path.file_name()))
    });
    if let Some((import, file)) = by_others {
        return Some(format!("Add `{import}` at the top, as `{file}` has it."));
    }
    let usual = match name {
        "op" | "context" => format!("from alembic import {name}"),
        "sa" => "import sqlalchemy as sa".to_owned(),
        "postgresql" | "mysql" | "sqlite" | "mssql" | "oracle" => {
            format!("from sqlalchemy.dialects import {name}")
        }
        "text" | "func" | "inspect" => format!("from sqlalchemy import {name}"),
        "sqlmodel"
        | "sqlalchemy"
        | "sqlalchemy_utils"
        | "geoalchemy2"
        | "pgvector"
        | "datetime"
        | "uuid"
        | "json"
        | "os"
        | "logging"
        | "fastapi_users_db_sqlalchemy" => format!("import {name}"),
        _ => {
            return Some(format!(
                "Import `{name}` at the top, define it before this line, or correct the name."
            ));
        }
    };
    Some(format!("Add `{usual}` at the top."))
}

/// The import as people write it.
fn as_written(import: &Import<'_>) -> String {
    let Import { module, name, bound, .. } = *import;
    match name {
        None if module == bound || module.split('.').next() == Some(bound) => format!("import {module}"),
        None => format!("import {module} as {bound}"),
        Some(name) if name == bound => format!("from {module} import {name}"),
        Some(name) => format!("from {module} import {name} as {bound}"),
    }
}

/// What a downgrade most likely means, where the upgrade brings one table, or one column of the table or of the name.
fn brought_by_the_upgrade(asked: &Asked<'_>) -> Option<String> {
    if !asked.is_downgrade() {
        return None;
    }
    let replay = asked.context.audited.account.best()?;
    let changes = || replay.step_of(asked.failing.script).into_iter().flat_map(|step| &step.upgrade.changes);
    let one = |mut found: Vec<String>| {
        found.dedup();
        <[String; 1]>::try_from(found).ok().map(|[one]| one)
    };
    match asked.failing.object.as_ref()? {
        ObjectName::Table(_) => {
            let tables = changes().filter_map(|change| match &change.what {
                SchemaChange::TableCreated { table, .. } => Some(table.to_string()),
                _ => None,
            });
            one(tables.collect()).map(|table| format!("The upgrade creates `{table}`: write that name."))
        }
        ObjectName::Column { table, column } => {
            let added = || {
                changes().filter_map(|change| match &change.what {
                    SchemaChange::ColumnAdded { table, column } => Some((table, column)),
                    _ => None,
                })
            };
            let elsewhere = added().filter(|(_, own)| *own == column).map(|(own, _)| own.to_string());
            if let Some(other) = one(elsewhere.collect()) {
                return Some(format!("The upgrade adds `{column}` to {other}: write that table."));
            }
            let own = added().filter(|(own, _)| *own == table).map(|(_, own)| own.to_string());
            one(own.collect()).map(|own| format!("The upgrade adds `{own}` to {table}: write that name."))
        }
        _ => None,
    }
}

/// What is created later, or was dropped or renamed before: where, and what follows.
fn moved(asked: &Asked<'_>, name: &str) -> Option<String> {
    let own = asked.failing.script;
    match asked.failing.origin {
        Origin::Later(moment) if moment.script == own => {
            Some(format!("Move this line below {}, which creates `{name}`.", asked.place(moment)))
        }
        Origin::Later(moment) => Some(format!(
            "{} creates `{name}` ({}): let this revision come after it, by `down_revision` or `depends_on`, or create it \
             earlier.",
            asked.id(moment.script),
            asked.place(moment)
        )),
        Origin::Gone(moment) => Some(gone(asked, moment, name)),
        Origin::Beside | Origin::Earlier(_) | Origin::Nowhere | Origin::Elsewhere => None,
    }
}

/// What was dropped or renamed.
fn gone(asked: &Asked<'_>, moment: Moment, name: &str) -> String {
    let place = asked.place(moment);
    let is_drop =
        asked.directive().starts_with("drop_") || asked.call().to_ascii_uppercase().contains("DROP ");
    match renamed(asked.context, asked.dialect, moment) {
        Some(to) => format!("It is called `{to}` since {place}: write that name."),
        None if is_drop => format!("{place} has dropped `{name}` already: take one of the two lines out."),
        None => format!("{place} has dropped `{name}`: put this before it, or take one of the two out."),
    }
}

/// The name that a call of a migration gave to something on a dialect.
pub(in crate::rules::content) fn renamed(
    context: &EnvironmentContext<'_>,
    dialect: Dialect,
    moment: Moment,
) -> Option<String> {
    let mut replays = context.audited.account.replays().iter();
    let step = replays.find(|replay| replay.rules.dialect == dialect)?.step_of(moment.script)?;
    let mut changes = step.upgrade.changes.iter().filter(|change| change.range == moment.range);
    changes.find_map(|change| match &change.what {
        SchemaChange::TableRenamed { to, .. } => Some(to.to_string()),
        SchemaChange::ColumnRenamed { to: Some(to), .. }
        | SchemaChange::IndexRenamed { to, .. }
        | SchemaChange::ConstraintRenamed { to, .. } => Some(to.to_string()),
        _ => None,
    })
}
