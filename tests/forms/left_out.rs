//! What no form writes, and why: each hides what is not followed, or what nobody could compare.

/// What is left out, with the reason.
pub(crate) const LEFT_OUT: [(&str, &str); 8] = [
    ("values for generated columns", "which columns a statement writes is not told from those that it reads"),
    (
        "checks as SQLAlchemy's expressions over columns that are not there",
        "the columns of such an expression are not followed",
    ),
    (
        "foreign keys and unique constraints of domains and composite types",
        "whether they fit is not followed",
    ),
    ("rows that break a constraint", "which rows there are is not followed, only whether there are any"),
    ("names with double quotes on SQLite", "SQLAlchemy does not read them from the text"),
    ("foreign keys without columns on SQLite", "SQLAlchemy does not read their names"),
    (
        "names that need quotes for foreign keys in SQLite's text",
        "SQLAlchemy reads them from the first quote of the line on",
    ),
    ("CONCURRENTLY within a savepoint", "whether there is a transaction is for env.py to say"),
];
