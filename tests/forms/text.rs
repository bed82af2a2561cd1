//! Names and values as Python and SQL write them.

/// Words that SQL takes for no name.
const RESERVED: [&str; 6] = ["order", "user", "group", "select", "table", "check"];

/// A text of Python.
pub(super) fn python(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

/// A list of texts of Python.
pub(super) fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| python(text)).collect::<Vec<_>>().join(", "))
}

/// A name of SQL, in quotes where it needs them.
pub(super) fn sql(name: &str) -> String {
    let is_plain =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && !RESERVED.contains(&name);
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Names of SQL, separated by commas.
pub(super) fn names(names: &[String]) -> String {
    names.iter().map(|name| sql(name)).collect::<Vec<_>>().join(", ")
}

/// A statement of SQL that a migration executes.
pub(super) fn execute(statement: &str) -> String {
    format!("op.execute({})", python(statement))
}
