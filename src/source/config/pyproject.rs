//! `pyproject.toml`'s table `tool.alembic`.

use toml::{Table, Value};

use super::ini::{Unusable, decode_error, reference};
use crate::text::python_repr;

/// The file, as far as Alembic reads it.
#[derive(Debug, Clone)]
pub(super) struct Pyproject {
    text: String,
    table: Result<Table, Problem>,
}

/// Something that Alembic cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The line, from 1.
    pub(super) line: u32,
    /// What, as a phrase.
    pub(super) what: String,
    /// The class and the message of what Alembic raises; nothing where only running tells.
    pub(super) raises: Option<(&'static str, String)>,
}

impl Pyproject {
    /// Reads the file.
    pub(super) fn read(source: &[u8]) -> Self {
        let text = String::from_utf8_lossy(source).into_owned();
        let table = match std::str::from_utf8(source) {
            Err(error) => Err(Problem {
                line: line_at(source, error.valid_up_to()),
                what: "bytes that are no UTF-8".to_owned(),
                // The whole file is decoded at once.
                raises: Some(("UnicodeDecodeError", decode_error(source, &error, 0))),
            }),
            Ok(text) if text.starts_with('\u{feff}') => Err(Problem {
                line: 1,
                what: "a byte-order mark".to_owned(),
                raises: Some(("TOMLDecodeError", "Invalid statement (at line 1, column 1)".to_owned())),
            }),
            Ok(text) => table_of(text),
        };
        Self { text, table }
    }

    /// Whether there is a table for Alembic, or was meant to be.
    pub(super) fn is_alembic_s(&self) -> bool {
        match &self.table {
            Ok(table) => !table.is_empty(),
            Err(problem) => {
                self.text.contains("tool.alembic")
                    || self.text.contains("[tool]")
                    || problem.raises.as_ref().is_some_and(|(class, _)| *class == "AttributeError")
            }
        }
    }

    /// What stops Alembic as soon as it looks up anything in the file.
    pub(super) fn problem(&self) -> Option<&Problem> {
        self.table.as_ref().err()
    }

    /// The value of a key, and the line it is set on.
    pub(super) fn get(&self, key: &str) -> Option<(&Value, u32)> {
        let value = self.table.as_ref().ok()?.get(key)?;
        Some((value, line_of(&self.text, key)))
    }
}

fn table_of(text: &str) -> Result<Table, Problem> {
    let mut document: Table = text.parse().map_err(|error: toml::de::Error| Problem {
        line: line_at(text.as_bytes(), error.span().map_or(0, |span| span.start)),
        what: error.message().to_owned(),
        raises: Some(("TOMLDecodeError", error.message().to_owned())),
    })?;
    let tool = match document.remove("tool") {
        None => return Ok(Table::new()),
        Some(Value::Table(tool)) => tool,
        Some(other) => {
            let message = format!("'{}' object has no attribute 'get'", type_name(&other));
            return Err(Problem {
                line: line_of(text, "tool"),
                what: "`tool` is no table".to_owned(),
                raises: Some(("AttributeError", message)),
            });
        }
    };
    match tool.get("alembic") {
        None => Ok(Table::new()),
        Some(Value::Table(table)) => Ok(table.clone()),
        Some(_) => Err(Problem {
            line: line_of(text, "alembic"),
            what: "`tool.alembic` is no table".to_owned(),
            raises: Some(("CommandError", "Incorrect TOML format".to_owned())),
        }),
    }
}

/// What Python calls the type of a value.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "str",
        Value::Integer(_) => "int",
        Value::Float(_) => "float",
        Value::Boolean(_) => "bool",
        Value::Array(_) => "list",
        Value::Table(_) => "dict",
        Value::Datetime(time) => match (time.date, time.time) {
            (Some(_), Some(_)) => "datetime",
            (Some(_), None) => "date",
            (None, _) => "time",
        },
    }
}

/// Replaces `%(here)s` and `%%`, as Python's `%` does with a mapping; else what is wrong, and what is raised.
pub(super) fn interpolate(value: &str, here: &str) -> Result<String, Unusable> {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let lone = "a lone `%`, which must be written `%%`".to_owned();
        if after.is_empty() {
            let raises = Some(("ValueError", "incomplete format".to_owned()));
            return Err(Unusable { what: lone, raises });
        }
        match reference(after) {
            Some(("here", after)) => {
                out.push_str(here);
                rest = after;
            }
            Some((name, _)) => {
                let what = format!("`%({name})s`, which is not set");
                return Err(Unusable { what, raises: Some(("KeyError", python_repr(name))) });
            }
            None => {
                let index = value[..value.len() - after.len()].chars().count();
                return Err(Unusable { what: lone, raises: format_error(after, index) });
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What Python raises of a `%` with what follows it, for a mapping; nothing where it takes it, whatever comes of that.
/// `index` counts the characters before it.
fn format_error(after: &str, index: usize) -> Option<(&'static str, String)> {
    let flags = after
        .trim_start_matches(|c: char| matches!(c, '#' | '0'..='9' | '-' | ' ' | '+' | '.' | 'h' | 'l' | 'L'));
    let Some(kind) = flags.chars().next() else {
        return Some(("ValueError", "incomplete format".to_owned()));
    };
    let at = index + after.chars().count() - flags.chars().count();
    match kind {
        's' | 'r' | 'a' | '(' | '*' | '%' => None,
        'd' | 'i' | 'u' => {
            Some(("TypeError", format!("%{kind} format: a real number is required, not dict")))
        }
        'x' | 'X' | 'o' => Some(("TypeError", format!("%{kind} format: an integer is required, not dict"))),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => Some(("TypeError", "must be real number, not dict".to_owned())),
        'c' => Some(("TypeError", "%c requires int or char".to_owned())),
        other => {
            let message =
                format!("unsupported format character '{other}' (0x{:x}) at index {at}", u32::from(other));
            Some(("ValueError", message))
        }
    }
}

fn line_at(source: &[u8], at: usize) -> u32 {
    let before = String::from_utf8_lossy(&source[..at.min(source.len())]);
    before.matches('\n').count() as u32 + 1
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
        let read = Pyproject::read(
            b"[project]\nname = 'x'\n\n[tool.alembic]\nscript_location = \"%(here)s/alembic\"\n\
              version_locations = [\"a\", \"b\"]\nrecursive_version_locations = true\n",
        );
        assert_eq!(read.problem(), None);
        assert!(read.is_alembic_s());
        let location = Value::String("%(here)s/alembic".to_owned());
        assert_eq!(read.get("script_location"), Some((&location, 5)));
        assert_eq!(read.get("recursive_version_locations"), Some((&Value::Boolean(true), 7)));
        assert_eq!(read.get("sourceless"), None);
        assert!(!Pyproject::read(b"[tool.black]\n").is_alembic_s());
        assert!(!Pyproject::read(b"dependencies = ['alembic']").is_alembic_s());
    }

    #[test]
    fn what_alembic_refuses_is_named() {
        for (toml, line, what, class, message) in [
            (
                "[tool]\nalembic = 3\n",
                1,
                "`tool.alembic` is no table",
                "CommandError",
                "Incorrect TOML format",
            ),
            ("tool = 3\n", 1, "`tool` is no table", "AttributeError", "'int' object has no attribute 'get'"),
        ] {
            let read = Pyproject::read(toml.as_bytes());
            let raises = Some((class, message.to_owned()));
            assert_eq!(read.problem(), Some(&Problem { line, what: what.to_owned(), raises }), "{toml}");
        }
        let broken = Pyproject::read(b"[tool.alembic]\nscript_location = \n");
        assert_eq!(broken.problem().map(|problem| problem.line), Some(2));
        let bytes = Pyproject::read(b"# \xff\n");
        let raises = bytes.problem().and_then(|problem| problem.raises.clone());
        assert_eq!(raises.map(|(class, _)| class), Some("UnicodeDecodeError"));
    }

    #[test]
    fn percent_signs_are_formatted() {
        let raised = |value: &str| interpolate(value, "/x").map_err(|error| error.raises);
        assert_eq!(raised("%(here)s/a%%b"), Ok("/x/a%b".to_owned()));
        assert_eq!(raised("%(rev)s"), Err(Some(("KeyError", "'rev'".to_owned()))));
        assert_eq!(raised("5%"), Err(Some(("ValueError", "incomplete format".to_owned()))));
        for (value, class, message) in [
            ("5% x", "TypeError", "%x format: an integer is required, not dict"),
            ("%d_x", "TypeError", "%d format: a real number is required, not dict"),
            ("a%q", "ValueError", "unsupported format character 'q' (0x71) at index 2"),
            ("%5.2f", "TypeError", "must be real number, not dict"),
        ] {
            assert_eq!(raised(value), Err(Some((class, message.to_owned()))), "{value}");
        }
        assert_eq!(raised("%s"), Err(None), "the whole mapping is shown");
    }
}
