//! The doors that take bytes as they come: a zip, a configuration, a Python file, a text of SQL.

use std::collections::BTreeMap;

use rechain::ingest::{Ingested, Limits, SourceTree, TreePath, read_carried, read_zip};
use rechain::patch::bundle;
use rechain::schema::sql::{self, SqlText};
use rechain::schema::{Dialect, DialectRules, Schema, TableName};
use rechain::source::{Parsed, Parser};

use super::folder::{examined, is_promised};

/// A zip of anything. What is read of it is within the limits, and is the same when it is packed and read again.
pub(crate) fn zip(bytes: &[u8]) {
    let limits = Limits { total_bytes: 4 << 20, zip_bytes: 8 << 20, files: 500, ..Limits::default() };
    let Ok(read) = read_zip(bytes, &limits) else { return };
    assert_eq!(read_zip(bytes, &limits).as_ref(), Ok(&read), "twice the same");
    let mut total = 0;
    for (path, content) in read.tree.iter() {
        assert_eq!(TreePath::parse(path.as_str()).as_ref(), Ok(path), "a path is one when it is read again");
        assert!(content.len() as u64 <= limits.of(path.file_name()), "{path} is larger than it may be");
        total += content.len() as u64;
    }
    assert!(total <= limits.total_bytes && read.tree.len() <= limits.files, "more than may be is read");
    read.skipped.iter().for_each(|skipped| assert!(!skipped.reason.to_string().is_empty()));
    let carried = read_carried(bytes, &read.carried, read.wrapper.as_deref(), &limits).unwrap_or_default();
    assert!(carried.iter().all(|(path, _)| read.carried.contains(path)), "nothing else is carried");
    is_the_same_packed_again(&read);
}

fn is_the_same_packed_again(read: &Ingested) {
    let packed = bundle(read.tree.iter().map(|(path, content)| (path.as_str(), content)));
    let again = read_zip(&packed, &Limits::default()).expect("it was packed by ourselves");
    let inside = |path: &TreePath| match &again.wrapper {
        Some(folder) => format!("{folder}/{path}"),
        None => path.to_string(),
    };
    let files: BTreeMap<String, &[u8]> =
        again.tree.iter().map(|(path, content)| (inside(path), content)).collect();
    let before: BTreeMap<String, &[u8]> =
        read.tree.iter().map(|(path, content)| (path.to_string(), content)).collect();
    assert_eq!(files, before, "packed and read again");
}

/// An `alembic.ini` of anything, beside a sound folder.
pub(crate) fn ini(bytes: &[u8]) {
    is_promised(&examined(project("alembic.ini", bytes)));
}

/// A `pyproject.toml` of anything, beside a sound folder.
pub(crate) fn toml(bytes: &[u8]) {
    is_promised(&examined(project("pyproject.toml", bytes)));
}

/// A sound folder in each of the places where a configuration may find it, and one file more.
fn project(path: &str, bytes: &[u8]) -> SourceTree {
    let mut files = vec![(path, bytes)];
    for (env_py, migration) in [
        ("migrations/env.py", "migrations/versions/a.py"),
        ("a/migrations/env.py", "a/migrations/versions/a.py"),
    ] {
        files.push((env_py, b"from alembic import context\ncontext.configure(target_metadata=None)\n"));
        files.push((migration, MIGRATION));
    }
    tree(&files)
}

const MIGRATION: &[u8] =
    b"revision = 'a'\ndown_revision = None\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n";

fn tree(files: &[(&str, &[u8])]) -> SourceTree {
    let mut tree = SourceTree::default();
    for (path, content) in files {
        tree.insert(TreePath::parse(path).expect("relative"), content.to_vec());
    }
    tree
}

/// A Python file of anything: by itself, as a migration, as `env.py`, and as a module that both import.
pub(crate) fn python(bytes: &[u8]) {
    let parsed = Parser::new().read(bytes);
    let packed = parsed.to_bytes();
    assert_eq!(Parsed::from_bytes(&packed).as_ref(), Some(&parsed), "the same from its bytes");
    is_promised(&examined(tree(&[
        ("alembic.ini", b"[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"),
        ("migrations/env.py", bytes),
        ("migrations/versions/a.py", MIGRATION),
        ("migrations/versions/b.py", bytes),
        ("migrations/versions/c.py", b"from app import *\nrevision = 'c'\ndown_revision = 'a'\n"),
        ("app.py", bytes),
    ])));
}

/// What stands in a text for something that is computed.
const HOLE: &str = "{}";

/// A text of SQL of anything, on every database; what it asks for is done on an empty schema, twice.
pub(crate) fn sql(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parts = SqlText::with_placeholder(&text, HOLE);
    for dialect in Dialect::ALL {
        let operations = sql::operations(&parts, dialect);
        assert_eq!(sql::operations(&parts, dialect), operations, "twice the same");
        let mut schema = Schema::empty(DialectRules::new(dialect));
        for operation in operations.iter().chain(&operations) {
            let applied = schema.apply(operation);
            applied.failures.iter().for_each(|failure| assert!(!failure.message.is_empty()));
        }
        let mut unknown = Schema::unknown(DialectRules::new(dialect));
        for operation in &operations {
            unknown.apply(operation);
        }
        sql::rows(&parts, dialect);
        sql::are_several(&parts, dialect);
        sql::constant_of_default(&text, dialect);
        sql::refusal_of_condition(&text, dialect);
        sql::constants_of_condition(&TableName::plain("t"), &text, dialect);
        sql::used_by_index(&text, None, dialect);
        sql::index_on("a", Some(&text), dialect);
    }
}
