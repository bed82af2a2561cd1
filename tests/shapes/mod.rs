//! Projects that grow by one number: what a file can make long, deep or many, each as a shape.
//!
//! `tests/hostile.rs` makes each as large as it is meant to hurt, `benches/growth.rs` at four sizes, to see how it grows.

mod bodies;
mod configurations;
mod graphs;
mod modules;
mod nesting;
mod sql;

use std::fmt::Display;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Files: their paths and what is in them.
type Files = Vec<(String, Vec<u8>)>;

/// One way to grow.
pub(crate) struct Shape {
    /// What it is called in tables and messages.
    pub(crate) name: String,
    /// How large it is made to be hostile.
    pub(crate) most: usize,
    make: Box<dyn Fn(usize) -> Files + Send + Sync>,
}

impl Shape {
    /// A shape of whole projects.
    fn new(name: impl Display, most: usize, make: impl Fn(usize) -> Files + Send + Sync + 'static) -> Self {
        Self { name: name.to_string(), most, make: Box::new(make) }
    }

    /// One migration, of which the text of the whole file is given.
    fn module(
        name: impl Display,
        most: usize,
        text: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, most, move |n| project([("a.py".to_owned(), text(n))]))
    }

    /// One migration, of which the statements at module level beside its ids are given.
    fn statements(
        name: impl Display,
        most: usize,
        text: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::module(name, most, move |n| format!("{}{}\n{}", head("a", "None"), text(n), upgrade("pass")))
    }

    /// One migration, of which the body of `upgrade` is given; each of its lines is indented by what this needs.
    fn body(name: impl Display, most: usize, text: impl Fn(usize) -> String + Send + Sync + 'static) -> Self {
        Self::module(name, most, move |n| head("a", "None") + &upgrade(&text(n)))
    }

    /// The files at a size, as a zip that is not compressed: what is told of it is not how well it packs.
    pub(crate) fn zip(&self, n: usize) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (path, content) in (self.make)(n) {
            writer.start_file(path, options).expect("a new name");
            writer.write_all(&content).expect("memory takes it");
        }
        writer.finish().expect("memory takes it").into_inner()
    }
}

/// Every shape.
pub(crate) fn shapes() -> Vec<Shape> {
    let mut all = Vec::new();
    all.extend(modules::shapes());
    all.extend(bodies::shapes());
    all.extend(nesting::shapes());
    all.extend(sql::shapes());
    all.extend(graphs::shapes());
    all.extend(configurations::shapes());
    all
}

/// The first lines of a migration.
fn head(id: &str, parent: &str) -> String {
    format!(
        "from alembic import op\nimport sqlalchemy as sa\n\nrevision = {id:?}\ndown_revision = {parent}\n"
    )
}

/// `upgrade` with that body.
fn upgrade(body: &str) -> String {
    let mut text = "\ndef upgrade():\n".to_owned();
    for line in body.lines() {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text + "\ndef downgrade():\n    pass\n"
}

/// A migration with that body.
fn migration(id: &str, parent: &str, body: &str) -> String {
    head(id, parent) + &upgrade(body)
}

const INI: &str = "[alembic]\nscript_location = m\nsqlalchemy.url = postgresql://localhost/x\n";
const ENV: &str = "from alembic import context\nfrom sqlalchemy import MetaData\n\ncontext.configure(target_metadata=MetaData())\n";

/// A project of those migrations, each by its name.
fn project(migrations: impl IntoIterator<Item = (String, String)>) -> Files {
    let mut files = vec![
        ("alembic.ini".to_owned(), INI.as_bytes().to_vec()),
        ("m/env.py".to_owned(), ENV.as_bytes().to_vec()),
    ];
    files
        .extend(migrations.into_iter().map(|(name, text)| (format!("m/versions/{name}"), text.into_bytes())));
    files
}

/// So many pieces, one after the other.
fn many(n: usize, piece: impl FnMut(usize) -> String) -> String {
    (0..n).map(piece).collect()
}

/// So many pieces, with something between.
fn joined(n: usize, between: &str, piece: impl FnMut(usize) -> String) -> String {
    (0..n).map(piece).collect::<Vec<_>>().join(between)
}

/// Something in so many brackets.
fn around(n: usize, open: &str, middle: &str, close: &str) -> String {
    open.repeat(n) + middle + &close.repeat(n)
}
