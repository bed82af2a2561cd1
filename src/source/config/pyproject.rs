//! `pyproject.toml`'s table `tool.alembic`.

use super::config::REFUSED;
use toml::Value;

use super::ini::reference;

/// What the table says about where migrations are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ToolAlembic {
    /// `script_location` and its line.
    pub(super) script_location: Option<(String, u32)>,
    /// `version_locations`; nothing when it is not set or empty.
    pub(super) version_locations: Option<VersionLocations>,
    /// `recursive_version_locations`.
    pub(super) recursive: Option<bool>,
    /// `prepend_sys_path`.
    pub(super) prepend_sys_path: Vec<String>,
    /// What Alembic would refuse: line and phrase.
    pub(super) faults: Vec<(u32, String)>,
}

/// `version_locations`, which must be a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum VersionLocations {
    /// A list of paths.
    List(Vec<String>),
    /// One string, of which Alembic takes every character for a path.
    Characters,
}

/// Reads the table, if the file has one.
pub(super) fn read(source: &[u8]) -> Option<ToolAlembic> {
    let text = std::str::from_utf8(source).ok().filter(|text| text.contains("alembic"))?;
    let document: toml::Table = match text.parse() {
        Ok(document) => document,
        Err(error) => return broken(text, &error),
    };
    let table = document.get("tool")?.as_table()?.get("alembic")?;
    let mut read = ToolAlembic::default();
    let Some(table) = table.as_table() else {
        read.faults.push((line_of(text, "alembic"), "`tool.alembic` is no table".to_owned()));
        return Some(read);
    };
    if let Some(location) = table.get("script_location") {
        let line = line_of(text, "script_location");
        match location.as_str() {
            Some(location) => read.script_location = Some((location.to_owned(), line)),
            None => read.faults.push((line, "`script_location` is no string".to_owned())),
        }
    }
    match table.get("version_locations") {
        Some(Value::Array(items)) if !items.is_empty() => {
            let items: Option<Vec<String>> =
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            match items {
                Some(items) => read.version_locations = Some(VersionLocations::List(items)),
                None => read.faults.push((
                    line_of(text, "version_locations"),
                    "`version_locations` holds something that is no string".to_owned(),
                )),
            }
        }
        Some(Value::String(one)) if !one.is_empty() => {
            read.version_locations = Some(VersionLocations::Characters);
            read.faults.push((
                line_of(text, "version_locations"),
                "`version_locations` is a string, of which Alembic takes every character for a path: write a list"
                    .to_owned(),
            ));
        }
        _ => {}
    }
    if let Some(recursive) = table.get("recursive_version_locations") {
        match recursive.as_bool() {
            Some(recursive) => read.recursive = Some(recursive),
            None => read.faults.push((
                line_of(text, "recursive_version_locations"),
                "`recursive_version_locations` must be true or false without quotes".to_owned(),
            )),
        }
    }
    if let Some(paths) = table.get("prepend_sys_path").and_then(Value::as_array) {
        read.prepend_sys_path = paths.iter().filter_map(|path| path.as_str().map(str::to_owned)).collect();
    }
    Some(read)
}

/// Replaces `%(here)s` and `%%`, as Alembic does in every string of the table.
pub(super) fn interpolate(value: &str, here: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
        } else {
            let (name, after) = reference(after)?;
            if name != "here" {
                return None;
            }
            out.push_str(here);
            rest = after;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// A file that does not parse stops Alembic only where it would look into it, so only a table of its own is told.
fn broken(text: &str, error: &toml::de::Error) -> Option<ToolAlembic> {
    text.lines().any(|line| line.trim().starts_with("[tool.alembic")).then(|| {
        let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
        let line = before.matches('\n').count() as u32 + 1;
        ToolAlembic {
            faults: vec![(line, format!("{REFUSED}: {}", error.message()))],
            ..ToolAlembic::default()
        }
    })
}

/// The line on which a key of the table is set; the table's own line when the key is written otherwise.
fn line_of(text: &str, key: &str) -> u32 {
    let mut table = 1;
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') && !inside {
            inside = line.replace([' ', '"'], "").starts_with("[tool.alembic]");
            if inside {
                table = at as u32 + 1;
            }
        } else if inside && line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            return at as u32 + 1;
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_with_lines() {
        let read = read(
            b"[project]\nname = 'x'\n\n[tool.alembic]\nscript_location = \"%(here)s/alembic\"\n\
              version_locations = [\"a\", \"b\"]\nrecursive_version_locations = true\n\
              prepend_sys_path = ['.']\n",
        );
        assert_eq!(
            read,
            Some(ToolAlembic {
                script_location: Some(("%(here)s/alembic".to_owned(), 5)),
                version_locations: Some(VersionLocations::List(vec!["a".to_owned(), "b".to_owned()])),
                recursive: Some(true),
                prepend_sys_path: vec![".".to_owned()],
                faults: Vec::new(),
            })
        );
    }

    #[test]
    fn what_alembic_refuses_is_named() {
        for (toml, line, what) in [
            ("[tool.alembic]\nscript_location = 3\n", 2, "`script_location` is no string"),
            ("[tool]\nalembic = 3\n", 1, "`tool.alembic` is no table"),
            (
                "[tool.alembic]\nrecursive_version_locations = 'true'",
                2,
                "`recursive_version_locations` must be true or false without quotes",
            ),
        ] {
            let faults = read(toml.as_bytes()).map(|read| read.faults);
            assert_eq!(faults, Some(vec![(line, what.to_owned())]), "{toml}");
        }
        assert!(read(b"[tool.alembic]\nscript_location = \n").is_some_and(|read| read.faults.len() == 1));
        assert_eq!(read(b"[tool.black]\n"), None);
        assert_eq!(read(b"dependencies = ['alembic']"), None);
    }

    #[test]
    fn percent_signs_are_formatted() {
        assert_eq!(interpolate("%(here)s/a%%b", "/x").as_deref(), Some("/x/a%b"));
        assert_eq!(interpolate("%(rev)s", "/x"), None);
        assert_eq!(interpolate("5%", "/x"), None);
    }
}
