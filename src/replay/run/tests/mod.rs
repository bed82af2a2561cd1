//! What following a migration meets, form by form.

mod alembic;
mod batches;
mod classes;
mod constants;
mod database;
mod inspector;
mod project;
mod python;
mod search_path;
mod sqlalchemy;
mod tables;
mod transaction;

use super::{Followed, Module};
use crate::ingest::{SourceTree, TreePath};
use crate::schema::{Dialect, DialectRules, Failure, Operation, Schema};
use crate::source::{Parser, ProjectModules, PythonFiles, Running};

/// Follows `upgrade()`.
fn follow(source: &str, schema: Schema, dialect: Option<Dialect>, project: &ProjectModules<'_>) -> Followed {
    let program = Parser::new().read(source.as_bytes()).program;
    Module::of(&program, project, &Running::default()).follow("upgrade", None, schema, dialect)
}

/// What `upgrade()` meets.
fn met(source: &str) -> Vec<String> {
    let source = format!("from alembic import op\nimport sqlalchemy as sa\n{source}\n");
    let schema = Schema::empty(DialectRules::new(Dialect::Postgresql));
    let dialect = Some(Dialect::Postgresql);
    told(follow(&source, schema, dialect, &ProjectModules::none()))
}

/// What was met, in short; what is in doubt with a question mark.
fn told(followed: Followed) -> Vec<String> {
    let mut met: Vec<String> = followed
        .log
        .iter()
        .map(|entry| format!("{}{}", if entry.is_certain { "" } else { "?" }, short(&entry.operation)))
        .collect();
    met.extend(followed.errors.iter().map(|(_, failure)| format!("!{}", failure.message)));
    met.extend(followed.raised.map(|raised| format!("raises {}", raised.class)));
    met
}

/// A migration with these statements as the body of `upgrade()`.
fn upgrade_of(body: &str) -> String {
    let body = body.replace('\n', "\n    ");
    format!("from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    {body}\n")
}

/// Follows such statements on an empty database by its rules.
fn by(rules: DialectRules, body: &str) -> Followed {
    let dialect = Some(rules.dialect);
    follow(&upgrade_of(body), Schema::empty(rules), dialect, &ProjectModules::none())
}

/// The same on a database of a kind.
fn on(dialect: Dialect, body: &str) -> Followed {
    by(DialectRules::new(dialect), body)
}

/// Everything that fails.
fn failures(followed: &Followed) -> impl Iterator<Item = &Failure> {
    followed.log.iter().flat_map(|entry| &entry.outcome.failures)
}

/// What fails for certain.
fn certain(followed: &Followed) -> Vec<String> {
    failures(followed).filter(|failure| failure.certain).map(|failure| failure.message.clone()).collect()
}

fn upgrade(body: &str) -> Vec<String> {
    met(&format!("def upgrade():\n    {}", body.replace('\n', "\n    ")))
}

/// The files of a project.
fn tree_of(files: &[(&str, &str)]) -> SourceTree {
    let mut tree = SourceTree::default();
    for (path, source) in files {
        tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
    }
    tree
}

/// The operations of `upgrade()` of a migration that imports from other files of its project.
fn met_in_project(body: &str, files: &[(&str, &str)]) -> Vec<String> {
    let tree = tree_of(files);
    let source = format!("from alembic import op\nimport sqlalchemy as sa\n{body}\n");
    let (rules, dialect) = (DialectRules::new(Dialect::Sqlite), Some(Dialect::Sqlite));
    let files = PythonFiles::of(&tree);
    let project = ProjectModules::of(&files);
    told(follow(&source, Schema::empty(rules), dialect, &project))
}

fn list(names: Option<&[Box<str>]>) -> String {
    names.map_or_else(|| "…".to_owned(), |names| names.join(","))
}

fn short(operation: &Operation) -> String {
    match operation {
        Operation::CreateTable { table, columns, complete, .. } => {
            let names: Vec<_> = columns.iter().map(|column| &*column.name).collect();
            format!("create {table}({}{})", names.join(","), if complete.is_whole() { "" } else { ",…" })
        }
        Operation::DropTable { table, .. } => format!("drop {table}"),
        Operation::RenameTable { table, to } => format!("rename {table} {to}"),
        Operation::AddColumn { table, column, .. } => {
            format!("add {table}.{} {}", column.name, column.kind.written)
        }
        Operation::DropColumn { table, column, .. } => {
            format!("drop {table}.{}", column.as_deref().unwrap_or("?"))
        }
        Operation::AlterColumn { table, column, .. } => {
            format!("alter {table}.{}", column.as_deref().unwrap_or("?"))
        }
        Operation::CreateIndex { table, index, .. } => {
            format!(
                "index {} {table}({})",
                index.name.written().unwrap_or("?"),
                list(index.columns.as_deref())
            )
        }
        Operation::DropIndex { name, .. } => format!("drop index {}", name.written().unwrap_or("?")),
        Operation::AddConstraint { table, constraint } => {
            format!(
                "constraint {} {table} {}",
                constraint.name.written().unwrap_or("?"),
                constraint.kind.title()
            )
        }
        Operation::DropConstraint { table, name, .. } => {
            format!("drop constraint {table} {}", name.written().unwrap_or("?"))
        }
        Operation::Batch { table, changes, .. } => {
            format!("batch {table} [{}]", changes.iter().map(short).collect::<Vec<_>>().join("; "))
        }
        Operation::CreateEnum { kind, .. } => format!("enum {}", kind.name.as_deref().unwrap_or("?")),
        Operation::DropEnum { name, .. } => format!("drop enum {}", name.as_deref().unwrap_or("?")),
        Operation::Data { verb, uses, .. } => {
            let uses: Vec<_> =
                uses.iter().map(|(table, columns)| format!("{table}({})", columns.join(","))).collect();
            format!("{verb} {}", uses.join(" "))
        }
        Operation::Noted { what, .. } => format!("noted {what}"),
        Operation::Unknown { what, touches } => format!("unknown: {what} / {touches:?}"),
        other => format!("{other:?}"),
    }
}

/// The project's own files beside a migration, in which a library that is not here is certainly none of its own.
const BESIDE: [(&str, &str); 2] = [("shop/__init__.py", ""), ("shop/tools.py", "LIMIT = 1")];

/// What certainly fails, each with the line of `upgrade()` at which it is told.
fn failing(body: &str, rules: DialectRules) -> Vec<String> {
    let (source, followed) = (upgrade_of(body), by(rules, body));
    let mut failing = Vec::new();
    for entry in followed.log.iter().filter(|entry| !entry.is_caught) {
        for (at, failure) in entry.outcome.failures.iter().enumerate().filter(|(_, own)| own.certain) {
            let place = entry.place_of_failure(at).start() as usize;
            failing.push(format!("{}: {}", source[..place].lines().count() - 3, failure.message));
        }
    }
    failing
}

/// A table of three columns.
const T: &str = "op.create_table('t', sa.Column('a', sa.Integer), sa.Column('b', sa.Integer), sa.Column('c', sa.Integer))\n";

/// A condition that only running tells.
const PERHAPS: &str = "if op.get_bind().scalar(sa.text('SELECT 1')):\n        ";
