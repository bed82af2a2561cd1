//! Operations in few words, for tables of examples.

use crate::schema::sql::{SqlText, operations};
use crate::schema::{
    ColumnDef, Condition, ConstraintDef, ConstraintKind, Dialect, Edit, Name, Operation, Touches,
};

/// The operations of a text in few words, but for the values that it writes out; `{}` is a hole.
pub(super) fn read(dialect: Dialect, text: &str) -> Vec<String> {
    briefly(&operations(&SqlText::with_placeholder(text, "{}"), dialect))
}

fn brief(operation: &Operation) -> String {
    use Operation as Op;
    let flag = |set: &bool, word: &str| if *set { format!(" {word}") } else { String::new() };
    let known = |name: &Option<Box<str>>| name.as_deref().unwrap_or("?").to_owned();
    match operation {
        Op::CreateTable { table, columns, complete, constraints, indexes, if_not_exists } => {
            let parts = columns.iter().map(column).chain(constraints.iter().map(constraint));
            let parts = parts.chain(indexes.iter().map(|index| format!("index {}", given(&index.name))));
            let rest = if complete.is_whole() { "" } else { " …" };
            let parts: Vec<_> = parts.collect();
            format!("create {table}{} ({}){rest}", flag(if_not_exists, "if not exists"), parts.join(", "))
        }
        Op::DropTable { table, if_exists, cascade, .. } => {
            format!("drop {table}{}{}", flag(if_exists, "if exists"), flag(cascade, "cascade"))
        }
        Op::RenameTable { table, to } => format!("rename {table} to {to}"),
        Op::AddColumn { table, column: added, if_not_exists } => {
            format!("{table}: add {}{}", column(added), flag(if_not_exists, "if not exists"))
        }
        Op::DropColumn { table, column, if_exists, cascade } => {
            let flags = flag(if_exists, "if exists") + &flag(cascade, "cascade");
            format!("{table}: drop {}{flags}", known(column))
        }
        Op::AlterColumn { table, column, change } => {
            let mut text = format!("{table}: alter {}", known(column));
            match &change.name {
                Edit::Keep => {}
                Edit::Set(name) => text += &format!(" to {name}"),
                Edit::Unknown => text += " to ?",
            }
            if let Some(kind) = &change.kind {
                text += &format!(" type {}", kind.written);
            }
            if !change.nullable.is_keep() {
                text += if change.nullable == Edit::Set(true) { " null" } else { " not null" };
            }
            if let Edit::Set(default) = &change.default {
                text += &format!(" default {}", default.as_deref().unwrap_or("none"));
            }
            text
        }
        Op::CreateIndex { table, index, if_not_exists } => {
            let columns = index.columns.as_ref().map_or("?".to_owned(), |columns| columns.join(", "));
            let unique = flag(&index.unique, "unique") + &flag(&index.has_expressions, "expressions");
            format!(
                "{table}: index {} ({columns}){unique}{}",
                given(&index.name),
                flag(if_not_exists, "if not exists")
            )
        }
        Op::DropIndex { name, table, if_exists, .. } => {
            let table = table.as_ref().map_or(String::new(), |table| format!(" on {table}"));
            format!("drop index {}{table}{}", given(name), flag(if_exists, "if exists"))
        }
        Op::AddConstraint { table, constraint: added } => format!("{table}: add {}", constraint(added)),
        Op::DropConstraint { table, name, word, if_exists, cascade, .. } => {
            let word = word.map_or(String::new(), |word| format!(" {word:?}"));
            let flags = flag(if_exists, "if exists") + &flag(cascade, "cascade");
            format!("{table}: drop constraint{word} {}{flags}", given(name))
        }
        Op::CreateView { view, query, replace, .. } => {
            let columns = query.columns.as_ref().map_or("?".to_owned(), |columns| columns.join(", "));
            let reads: Vec<_> = query.reads.iter().map(|(table, _)| table.to_string()).collect();
            format!("view {view} ({columns}) reads {}{}", reads.join(", "), flag(replace, "replace"))
        }
        Op::DropView { view, if_exists, cascade, .. } => {
            format!("drop view {view}{}{}", flag(if_exists, "if exists"), flag(cascade, "cascade"))
        }
        Op::CreateEnum { kind, .. } => {
            let values = kind.values.as_ref().map_or("?".to_owned(), |values| values.join(", "));
            format!("enum {} ({values})", known(&kind.name))
        }
        Op::DropEnum { name, if_exists, cascade, .. } => {
            format!("drop enum {}{}{}", known(name), flag(if_exists, "if exists"), flag(cascade, "cascade"))
        }
        Op::AddEnumValue { name, value, if_not_exists } => {
            format!("enum {name} add {value}{}", flag(if_not_exists, "if not exists"))
        }
        Op::Data { verb, uses, .. } => {
            let uses: Vec<_> =
                uses.iter().map(|(table, columns)| format!("{table}({})", columns.join(" "))).collect();
            format!("{verb} {}", uses.join(" ")).trim_end().to_owned()
        }
        Op::OutsideTransaction { what } => format!("outside: {what}"),
        Op::Noted { what, table, .. } => {
            table.as_ref().map_or(what.to_string(), |table| format!("{what} on {table}"))
        }
        Op::Unknown { touches, .. } => match touches {
            Touches::Everything => "unknown".to_owned(),
            Touches::Table(table) => format!("unknown of {table}"),
            Touches::TableItself(table) => format!("unknown {table} itself"),
            Touches::ConstraintsOf(table) => format!("unknown constraints of {table}"),
            Touches::Constraints => "unknown constraints".to_owned(),
            Touches::Column(column) => format!("unknown column {column}"),
            Touches::NewTables => "unknown tables".to_owned(),
            Touches::Enums => "unknown enums".to_owned(),
            Touches::Casts => "unknown casts".to_owned(),
            Touches::Nothing => "unknown nothing".to_owned(),
        },
        Op::Rename { kind, name, to, if_exists } => {
            format!("rename {kind:?} {name} to {to}{}", flag(if_exists, "if exists"))
        }
        Op::Inherits { table, parents, is_partition } => {
            let parents: Vec<_> = parents.iter().map(ToString::to_string).collect();
            format!("{table} goes with {}{}", parents.join(", "), flag(is_partition, "as a partition"))
        }
        Op::TemporaryTable { table } => format!("temporary {table}"),
        Op::RenameEnumValue { name, value, to } => format!("enum {name}: {value} is {to}"),
        Op::If { condition, then, otherwise } => {
            format!("if {} [{}] else [{}]", asked(condition), briefs(then), briefs(otherwise))
        }
        Op::Try { body, handlers } => {
            handlers.iter().fold(format!("try [{}]", briefs(body)), |text, (words, handled)| {
                format!("{text} but {} [{}]", words.join(" "), briefs(handled))
            })
        }
        Op::Refused { message, .. } => message.to_string(),
        Op::NeedFunction { name } => format!("needs {name}()"),
        Op::CreateExtension { name, if_not_exists, cascade } => format!(
            "create extension {}{}{}",
            name.as_deref().unwrap_or("?"),
            flag(if_not_exists, "if not exists"),
            flag(cascade, "cascade")
        ),
        Op::DropExtension { name, if_exists, cascade } => {
            format!("drop extension {name}{}{}", flag(if_exists, "if exists"), flag(cascade, "cascade"))
        }
        other => format!("{other:?}"),
    }
}

fn briefs(operations: &[Operation]) -> String {
    briefly(operations).join("; ")
}

fn briefly(operations: &[Operation]) -> Vec<String> {
    let all = operations.iter().filter(|own| !matches!(own, Operation::Constants { .. }));
    all.map(brief).collect()
}

fn asked(condition: &Condition) -> String {
    match condition {
        Condition::Relation(name) => format!("relation {name}"),
        Condition::RelationAnywhere(name) => format!("any relation {name}"),
        Condition::Index(name) => format!("index {name}"),
        Condition::Table(name) => format!("table {name}"),
        Condition::Column(table, column) => format!("column {table}.{column}"),
        Condition::Constraint(Some(table), name) => format!("constraint {table}.{name}"),
        Condition::Constraint(None, name) => format!("constraint {name}"),
        Condition::Type(name) => format!("type {name}"),
        Condition::Not(inner) => format!("!{}", asked(inner)),
        Condition::And(one, two) => format!("({} and {})", asked(one), asked(two)),
        Condition::Or(one, two) => format!("({} or {})", asked(one), asked(two)),
        Condition::Known(known) => known.to_string(),
        Condition::Unknown => "?".to_owned(),
    }
}

fn given(name: &Name) -> String {
    match name {
        Name::Unknown => "?".to_owned(),
        name => name.written().unwrap_or("-").to_owned(),
    }
}

fn column(column: &ColumnDef) -> String {
    let mut text = format!("{} {}", column.name, column.kind.written);
    let default = column.default.as_ref().map(|default| format!("default {default}"));
    let flags = [
        (column.nullable == Some(false), "not null"),
        (column.generated, "generated"),
        (column.primary_key, "primary key"),
        (column.unique, "unique"),
    ];
    for flag in flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).chain(default.as_deref()) {
        text = format!("{text} {flag}");
    }
    column.constraints.iter().fold(text, |text, own| format!("{text} {}", constraint(own)))
}

fn constraint(constraint: &ConstraintDef) -> String {
    let list =
        |columns: &Option<Vec<Box<str>>>| columns.as_ref().map_or("?".to_owned(), |list| list.join(" "));
    let name = given(&constraint.name);
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => format!("{name} primary key ({})", list(columns)),
        ConstraintKind::Unique { columns } => format!("{name} unique ({})", list(columns)),
        ConstraintKind::ForeignKey { columns, table, referred } => {
            let table = table.as_ref().map_or("?".to_owned(), ToString::to_string);
            format!("{name} foreign key ({}) to {table} ({})", list(columns), list(referred))
        }
        ConstraintKind::Check { condition } => format!("{name} check {condition}"),
        kind => format!("{name} {kind:?}"),
    }
}
