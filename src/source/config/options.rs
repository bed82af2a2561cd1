//! The options that Alembic reads before it looks for a migration, in its order.
//!
//! Every command reads all of them, so a fault in one that has nothing to do with the migrations stops it too. The first
//! fault is the one that Alembic raises; reading goes on after it. Source: `ScriptDirectory.from_config` of Alembic's
//! `script/base.py`, `get_alembic_option` and its siblings in `config.py`, 1.20.1.

use std::collections::BTreeSet;

use toml::Value;

use super::ini::{Ini, Setting};
use super::pyproject::{Pyproject, interpolate, type_name};
use super::split::{Separator, split, split_sys_path};
use super::{HERE, Refusal};
use crate::ingest::TreePath;
use crate::text::{python_literal, python_repr};

/// The section of an ini that is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct IniPart<'a> {
    pub(super) path: &'a TreePath,
    pub(super) ini: &'a Ini,
    pub(super) section: &'a str,
}

/// The `pyproject.toml` that answers for what the ini leaves open.
#[derive(Debug, Clone, Copy)]
pub(super) struct TomlPart<'a> {
    pub(super) path: &'a TreePath,
    pub(super) file: &'a Pyproject,
}

/// A value, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set<T> {
    pub(super) value: T,
    pub(super) path: TreePath,
    /// From 1.
    pub(super) line: u32,
    /// Whether it is the ini that says it.
    pub(super) by_ini: bool,
}

/// What the options say, `%(here)s` replaced by [`HERE`].
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    pub(super) script_location: Option<Set<String>>,
    /// Nothing when Alembic's default counts.
    pub(super) version_locations: Option<Set<Vec<String>>>,
    /// `prepend_sys_path`, split.
    pub(super) sys_path: Vec<String>,
    pub(super) recursive: bool,
    pub(super) sourceless: Option<Set<()>>,
    /// `revision_environment` as written; only some commands read it.
    pub(super) revision_environment: Option<String>,
    /// `file_template`, where it is a text.
    pub(super) file_template: Option<String>,
    /// `truncate_slug_length`, as written.
    pub(super) slug_length: Option<String>,
    /// Whether a value of `script_location` is there that cannot be used.
    pub(super) location_is_faulty: bool,
    /// Whether `version_locations` may mean other folders than those.
    pub(super) hides_folders: bool,
    /// `version_locations` where it is a text instead of a list, of which Alembic takes each character for a path.
    pub(super) characters: Option<String>,
    /// Faults in the order in which Alembic meets them.
    pub(super) refusals: Vec<Refusal>,
    /// How many of them come before Alembic looks for the folder of `script_location`.
    pub(super) n_before_location: usize,
    /// What only running tells: path, line from 1, what.
    pub(super) unknown: Vec<(TreePath, u32, String)>,
}

/// Reads every option.
pub(super) fn read(ini: Option<IniPart<'_>>, toml: Option<TomlPart<'_>>) -> Options {
    let mut reader =
        Reader { ini, toml, toml_is_open: false, told: BTreeSet::new(), options: Options::default() };
    reader.faults_of_the_ini();
    reader.script_location();
    reader.slug_length();
    reader.sys_path();
    reader.options.recursive = reader.flag("recursive_version_locations").is_some();
    reader.options.n_before_location = reader.options.refusals.len();
    reader.file_template();
    reader.options.sourceless = reader.flag("sourceless");
    reader.option("output_encoding");
    reader.version_locations();
    reader.option("timezone");
    reader.hooks();
    reader.locations_that_are_no_text();
    reader.revision_environment();
    reader.options
}

struct Reader<'a> {
    ini: Option<IniPart<'a>>,
    toml: Option<TomlPart<'a>>,
    /// Whether something was looked up in the `pyproject.toml`.
    toml_is_open: bool,
    /// What was refused, and where.
    told: BTreeSet<(TreePath, u32, String)>,
    options: Options,
}

const PERCENT: &str = "Write `%%` for each `%`; only `%(here)s` and the names of other options are replaced.";

impl<'a> Reader<'a> {
    fn refuse(
        &mut self,
        place: (&TreePath, u32),
        what: String,
        advice: &'static str,
        raises: (&'static str, String),
    ) {
        let (path, line) = place;
        // A separator is read twice.
        if self.told.insert((path.clone(), line, what.clone())) {
            self.options.refusals.push(Refusal::new(place, what, advice, raises));
        }
    }

    fn refuse_or_tell(
        &mut self,
        place: (&TreePath, u32),
        what: String,
        advice: &'static str,
        raises: Option<(&'static str, String)>,
    ) {
        match raises {
            Some(raises) => self.refuse(place, what, advice, raises),
            None => self.options.unknown.push((place.0.clone(), place.1, what)),
        }
    }

    /// What Python's reader refuses: what it raises first, then the rest.
    fn faults_of_the_ini(&mut self) {
        let Some(IniPart { path, ini, .. }) = self.ini else { return };
        let advice = "Mend the line. What else the file says was read as far as possible.";
        let Some((first, class, message)) = ini.raised(&super::shown(path)) else { return };
        let what = |what: &str| format!("it cannot be read: {what}");
        self.refuse((path, first.line), what(&first.what), advice, (class, message));
        for fault in ini.faults.iter().filter(|fault| *fault != first) {
            self.refuse((path, fault.line), what(&fault.what), advice, (class, String::new()));
        }
    }

    /// An option of the ini, interpolated; an error where it cannot be.
    fn ini_text(&mut self, key: &str) -> Option<Result<Set<String>, ()>> {
        let part = self.ini?;
        let setting = part.ini.get(part.section, key)?;
        Some(self.interpolated(part, setting))
    }

    fn interpolated(&mut self, part: IniPart<'a>, setting: &Setting) -> Result<Set<String>, ()> {
        match part.ini.interpolate(part.section, setting, HERE) {
            Ok(value) => Ok(Set { value, path: part.path.clone(), line: setting.line, by_ini: true }),
            Err(fault) => {
                let what = format!("`{}` has {}", setting.key, fault.what);
                self.refuse_or_tell((part.path, setting.line), what, PERCENT, fault.raises);
                Err(())
            }
        }
    }

    /// The `pyproject.toml`; what is wrong with the whole file is told when it is first looked into.
    fn opened(&mut self) -> Option<TomlPart<'a>> {
        let part = self.toml?;
        if !std::mem::replace(&mut self.toml_is_open, true)
            && let Some(problem) = part.file.problem()
        {
            let advice =
                "Mend the line: Alembic looks into this file for every option that alembic.ini leaves open.";
            let what = format!("it cannot be read: {}", problem.what);
            self.refuse_or_tell((part.path, problem.line), what, advice, problem.raises.clone());
        }
        Some(part)
    }

    /// An option of the `pyproject.toml`, its texts interpolated; an error where it cannot be used.
    fn toml_value(&mut self, key: &str) -> Option<Result<Set<Value>, ()>> {
        let part = self.opened()?;
        let (value, line) = part.file.get(key)?;
        let set = |value| Set { value, path: part.path.clone(), line, by_ini: false };
        let result = match value {
            Value::String(_) => self.formatted(part, key, line, value),
            Value::Integer(_) | Value::Boolean(_) => Ok(value.clone()),
            Value::Array(items) => {
                let tables = matches!(items.first(), Some(Value::Table(_)));
                let items: Result<Vec<Value>, ()> = items
                    .iter()
                    .map(|item| match item {
                        Value::Table(table) if tables => self.formatted_table(part, key, line, table),
                        item => self.formatted(part, key, line, item),
                    })
                    .collect();
                items.map(Value::Array)
            }
            Value::Table(table) => self.formatted_table(part, key, line, table),
            Value::Float(_) | Value::Datetime(_) => {
                let what = format!("`{key}` is neither text, number, list nor table");
                let message = format!("unsupported TOML value type for key: {}", python_repr(key));
                let advice = "Write a value of the type that Alembic's documentation gives for it.";
                self.refuse((part.path, line), what, advice, ("CommandError", message));
                Err(())
            }
        };
        Some(result.map(set))
    }

    fn formatted(&mut self, part: TomlPart<'_>, key: &str, line: u32, value: &Value) -> Result<Value, ()> {
        let Value::String(text) = value else {
            let class = match value {
                Value::Datetime(_) => format!("datetime.{}", type_name(value)),
                _ => type_name(value).to_owned(),
            };
            let message = format!("unsupported operand type(s) for %: '{class}' and 'dict'");
            let what = format!("`{key}` holds something that is no text");
            self.refuse((part.path, line), what, "Write texts only, in quotes.", ("TypeError", message));
            return Err(());
        };
        interpolate(text, HERE).map(Value::String).map_err(|fault| {
            let what = format!("`{key}` has {}", fault.what);
            self.refuse_or_tell((part.path, line), what, PERCENT, fault.raises);
        })
    }

    fn formatted_table(
        &mut self,
        part: TomlPart<'_>,
        key: &str,
        line: u32,
        table: &toml::Table,
    ) -> Result<Value, ()> {
        let entries: Result<toml::Table, ()> = table
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.formatted(part, key, line, value)?)))
            .collect();
        entries.map(Value::Table)
    }

    /// An option as `get_alembic_option` gives it: the ini's, else the `pyproject.toml`'s.
    fn option(&mut self, key: &str) -> Option<Result<Set<Value>, ()>> {
        match self.ini_text(key) {
            Some(set) => Some(set.map(|Set { value, path, line, by_ini }| Set {
                value: Value::String(value),
                path,
                line,
                by_ini,
            })),
            None => self.toml_value(key),
        }
    }

    /// An option that is on or off; in an ini only the text `true` is on.
    fn flag(&mut self, key: &str) -> Option<Set<()>> {
        let set = match self.ini_text(key) {
            Some(set) => {
                let set = set.ok()?;
                (set.value == "true").then_some(set)?
            }
            None => {
                let part = self.opened()?;
                let (value, line) = part.file.get(key)?;
                let Value::Boolean(on) = value else {
                    let what = format!("`{key}` must be true or false without quotes");
                    let message = format!("boolean value expected for TOML parameter {}", python_repr(key));
                    let advice = "Write true or false, without quotes.";
                    self.refuse((part.path, line), what, advice, ("CommandError", message));
                    return None;
                };
                on.then(|| Set { value: String::new(), path: part.path.clone(), line, by_ini: false })?
            }
        };
        Some(Set { value: (), path: set.path, line: set.line, by_ini: set.by_ini })
    }

    fn script_location(&mut self) {
        match self.option("script_location") {
            None => {}
            Some(Err(())) => self.options.location_is_faulty = true,
            Some(Ok(Set { value: Value::String(value), path, line, by_ini })) => {
                self.options.script_location = Some(Set { value, path, line, by_ini });
            }
            Some(Ok(set)) => {
                self.options.location_is_faulty = true;
                let message =
                    format!("expected str, bytes or os.PathLike object, not {}", type_name(&set.value));
                let what = "`script_location` is no text".to_owned();
                let advice = "Write one path, in quotes.";
                self.refuse((&set.path, set.line), what, advice, ("TypeError", message));
            }
        }
    }

    fn file_template(&mut self) {
        if let Some(Ok(Set { value: Value::String(text), .. })) = self.option("file_template") {
            self.options.file_template = Some(text);
        }
    }

    fn slug_length(&mut self) {
        let Some(Ok(set)) = self.option("truncate_slug_length") else { return };
        self.options.slug_length = match &set.value {
            Value::String(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            _ => None,
        };
        let (class, message) = match &set.value {
            Value::String(text) if is_python_int(text) => return,
            Value::String(text) => {
                ("ValueError", format!("invalid literal for int() with base 10: {}", shown(text)))
            }
            Value::Array(_) | Value::Table(_) => {
                let is = type_name(&set.value);
                let message = format!(
                    "int() argument must be a string, a bytes-like object or a real number, not '{is}'"
                );
                ("TypeError", message)
            }
            _ => return,
        };
        let what = "`truncate_slug_length` is no number".to_owned();
        self.refuse((&set.path, set.line), what, "Write a number, or take the line away.", (class, message));
    }

    fn sys_path(&mut self) {
        let ini = self.ini_text("prepend_sys_path");
        if let Some(Err(())) = ini {
            return;
        }
        if let Some(Ok(set)) = ini
            && !set.value.is_empty()
        {
            if let Ok(separator) = self.separator(&["path_separator"]) {
                self.options.sys_path = split_sys_path(&set.value, separator);
            }
            return;
        }
        let Some(Ok(set)) = self.toml_value("prepend_sys_path") else { return };
        match &set.value {
            Value::Array(items) => {
                self.options.sys_path =
                    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
            }
            Value::Integer(0) | Value::Boolean(false) => {}
            Value::Integer(_) | Value::Boolean(_) => {
                let what = "`prepend_sys_path` is no list".to_owned();
                let message = "can only assign an iterable".to_owned();
                let advice = "Write a list of paths.";
                self.refuse((&set.path, set.line), what, advice, ("TypeError", message));
            }
            // Each character of a text counts as a path, which finds nothing.
            _ => {}
        }
    }

    /// The separator that the first of `keys` to be set names; an error where Alembic knows no such one.
    fn separator(&mut self, keys: &[&str]) -> Result<Option<Separator>, ()> {
        for key in keys {
            let Some(set) = self.ini_text(key) else { continue };
            let set = set?;
            if let Some(separator) = Separator::named(&set.value) {
                return Ok(Some(separator));
            }
            let what = format!("`{key}` is `{}`, which Alembic does not know", set.value);
            let message = format!(
                "'{}' is not a valid value for {key}; expected 'space', 'newline', 'os', ':', ';'",
                set.value
            );
            let starts_with_one =
                set.value.split([' ', '#', ';']).next().is_some_and(|word| Separator::named(word).is_some());
            let advice = if starts_with_one && set.value.contains(['#', ';']) && set.value.len() > 1 {
                "The comment behind the value belongs to it: put it on a line of its own."
            } else {
                "Write `path_separator = os`, `space`, `newline`, `:` or `;`."
            };
            self.refuse((&set.path, set.line), what, advice, ("ValueError", message));
            return Err(());
        }
        Ok(None)
    }

    fn version_locations(&mut self) {
        let ini = self.ini_text("version_locations");
        if let Some(Err(())) = ini {
            return;
        }
        if let Some(Ok(set)) = ini
            && !set.value.is_empty()
        {
            let separator = self.separator(&["path_separator", "version_path_separator"]);
            if let Ok(Some(separator)) = separator
                && separator.depends_on_the_system(&set.value)
            {
                let what = "`path_separator = os` means `;` on Windows only; elsewhere `version_locations` is one path";
                self.options.unknown.push((set.path.clone(), set.line, what.to_owned()));
                self.options.hides_folders = true;
            }
            let value = split(&set.value, separator.unwrap_or_default());
            self.options.version_locations =
                Some(Set { value, path: set.path, line: set.line, by_ini: true });
            return;
        }
        let Some(Ok(set)) = self.toml_value("version_locations") else { return };
        let items: Vec<String> = match &set.value {
            Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
            Value::Table(table) => table.keys().cloned().collect(),
            // Alembic takes each character for a path.
            Value::String(text) => {
                self.options.characters = (!text.is_empty()).then(|| text.replace(HERE, "%(here)s"));
                text.chars().map(String::from).collect()
            }
            _ => Vec::new(),
        };
        if !items.is_empty() {
            self.options.version_locations =
                Some(Set { value: items, path: set.path, line: set.line, by_ini: false });
        }
    }

    fn hooks(&mut self) {
        const HOOKS: &str = "post_write_hooks";
        if let Some(part) = self.ini
            && part.ini.section(HOOKS).is_some()
        {
            let part = IniPart { section: HOOKS, ..part };
            for setting in part.ini.all(HOOKS) {
                if self.interpolated(part, setting).is_err() {
                    return;
                }
            }
            return;
        }
        let Some(Ok(set)) = self.toml_value(HOOKS) else { return };
        let nameless = |what: &str| (what.to_owned(), ("KeyError", "'name'".to_owned()));
        let of_text = |text: &str| {
            let what = "`post_write_hooks` holds a text instead of tables";
            if text.is_empty() {
                return nameless(what);
            }
            let message = "dictionary update sequence element #0 has length 1; 2 is required";
            (what.to_owned(), ("ValueError", message.to_owned()))
        };
        let fault = match &set.value {
            Value::Array(hooks) => hooks.iter().find_map(|hook| match hook {
                Value::Table(hook) if hook.contains_key("name") => None,
                Value::String(text) => Some(of_text(text)),
                _ => Some(nameless("an entry of `post_write_hooks` has no name")),
            }),
            Value::String(text) => text.chars().next().map(|c| of_text(&c.to_string())),
            Value::Table(table) => table.keys().next().map(|key| of_text(key)),
            other => {
                let message = format!("'{}' object is not iterable", type_name(other));
                Some(("`post_write_hooks` is no list of tables".to_owned(), ("TypeError", message)))
            }
        };
        if let Some((what, raises)) = fault {
            self.refuse((&set.path, set.line), what, "Write a list of tables, each with a `name`.", raises);
        }
    }

    /// Entries of `version_locations` are looked at when everything is read.
    fn locations_that_are_no_text(&mut self) {
        let Some(part) = self.toml.filter(|_| self.toml_is_open) else { return };
        if self.options.version_locations.as_ref().is_some_and(|set| set.by_ini) {
            return;
        }
        let Some((value, line)) = part.file.get("version_locations") else { return };
        let (what, message) = match value {
            Value::Array(items) if matches!(items.first(), Some(Value::Table(_))) => (
                "`version_locations` holds something that is no text",
                "expected str, bytes or os.PathLike object, not dict".to_owned(),
            ),
            Value::Integer(0) | Value::Boolean(false) => return,
            Value::Integer(_) | Value::Boolean(_) => {
                ("`version_locations` is no list", format!("'{}' object is not iterable", type_name(value)))
            }
            _ => return,
        };
        self.refuse((part.path, line), what.to_owned(), "Write a list of paths.", ("TypeError", message));
    }

    /// Not read by every command, so what is wrong with it stops none here.
    fn revision_environment(&mut self) {
        let n = (self.options.refusals.len(), self.options.unknown.len());
        if let Some(Ok(set)) = self.option("revision_environment") {
            self.options.revision_environment = match set.value {
                Value::String(text) => Some(text),
                Value::Boolean(on) => Some(on.to_string()),
                Value::Integer(number) => Some(u8::from(number != 0).to_string()),
                _ => None,
            };
        }
        self.options.refusals.truncate(n.0);
        self.options.unknown.truncate(n.1);
    }
}

/// `repr()` of a text that may hold [`HERE`].
fn shown(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let pieces: Vec<String> = text
        .split(HERE)
        .map(|piece| {
            let literal = python_literal(piece, quote);
            literal[1..literal.len() - 1].to_owned()
        })
        .collect();
    format!("{quote}{}{quote}", pieces.join(HERE))
}

/// Whether Python's `int()` takes a text; digits beyond ASCII are given the benefit of the doubt.
fn is_python_int(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_digit = |c: char| c.is_ascii_digit() || !c.is_ascii() && c.is_numeric();
    !digits.is_empty() && digits.split('_').all(|part| !part.is_empty() && part.chars().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_python() {
        for (text, is) in [
            ("40", true),
            (" +4_0 ", true),
            ("-0", true),
            ("", false),
            ("abc", false),
            ("4.5", false),
            ("4__0", false),
            ("_4", false),
            ("\u{e9}", false),
            ("\u{664}\u{660}", true),
        ] {
            assert_eq!(is_python_int(text), is, "{text:?}");
        }
    }
}
