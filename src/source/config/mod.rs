//! Configuration: `alembic.ini` and `pyproject.toml`.
//!
//! Per option the ini wins over the `pyproject.toml`, as in Alembic. Which folder Alembic is started in is not known
//! here, so paths stay as they are written; `locations` finds what they mean.

use super::ini::Ini;
use super::locations::HERE;
use super::pyproject::{self, ToolAlembic, VersionLocations};
use crate::ingest::{SourceTree, TreePath};
use crate::text::contains;

/// How what is unknown about a configuration begins when Alembic cannot read the file at all.
pub const REFUSED: &str = "Python refuses this file";

/// The configuration that names an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSource {
    /// The file.
    pub path: TreePath,
    /// The section, such as `alembic`; `tool.alembic` in `pyproject.toml`.
    pub section: String,
    /// The line of `script_location`, from 1, if it has one.
    pub line: Option<u32>,
    /// The settings read from it.
    pub settings: Settings,
}

/// The settings that decide which files are migrations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `script_location`, as written.
    pub script_location: Option<String>,
    /// `version_locations`, as written, split; empty when not set.
    pub version_locations: Vec<String>,
    /// `recursive_version_locations`.
    pub recursive: bool,
    /// `prepend_sys_path`, as written, split: folders that Python looks for modules in.
    pub prepend_sys_path: Vec<String>,
}

/// A configuration with its paths interpolated, [`HERE`] standing for the file's own folder.
#[derive(Debug, Clone)]
pub(super) struct Configuration {
    pub(super) source: ConfigSource,
    /// Nothing when the file does not set it, as Flask-Migrate's does not.
    pub(super) script_location: Option<String>,
    /// Nothing when Alembic's default counts.
    pub(super) version_locations: Option<Vec<String>>,
    pub(super) unknown: Vec<(TreePath, u32, String)>,
    /// Whether compiled files count too.
    pub(super) sourceless: bool,
}

/// Every configuration in the tree: `alembic.ini` files before others, those near the top first.
pub(super) fn find_configurations(tree: &SourceTree) -> Vec<Configuration> {
    let mut files: Vec<&TreePath> =
        tree.iter().map(|(path, _)| path).filter(|path| is_config(path)).collect();
    files.sort_by_key(|path| (path.as_str().matches('/').count(), order(path.file_name()), *path));
    let mut found = Vec::new();
    for path in files {
        let source = tree.get(path).unwrap_or_default();
        if path.file_name() == "pyproject.toml" {
            found.extend(from_toml(tree, path, source));
        } else {
            found.extend(from_ini(tree, path, source));
        }
    }
    found
}

fn is_config(path: &TreePath) -> bool {
    let name = path.file_name();
    name == "pyproject.toml" || matches!(name.rsplit_once('.'), Some((_, "ini" | "cfg")))
}

fn order(name: &str) -> u8 {
    match name {
        "alembic.ini" => 0,
        "pyproject.toml" => 1,
        _ => 2,
    }
}

fn beside(tree: &SourceTree, folder: &str, name: &str) -> Option<(TreePath, Vec<u8>)> {
    let text = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let path = TreePath::parse(&text).ok()?;
    let bytes = tree.get(&path)?.to_vec();
    Some((path, bytes))
}

fn from_ini(tree: &SourceTree, path: &TreePath, source: &[u8]) -> Vec<Configuration> {
    let is_alembic_s = path.file_name() == "alembic.ini";
    if !is_alembic_s && !contains(source, "script_location") && !contains(source, "[alembic]") {
        return Vec::new();
    }
    let ini = Ini::parse(source);
    let mut names: Vec<&str> = ini
        .sections
        .iter()
        .filter(|section| section.name != "DEFAULT" && section.get("script_location").is_some())
        .map(|section| section.name.as_str())
        .collect();
    if !names.contains(&"alembic") && (is_alembic_s || ini.section("alembic").is_some()) {
        names.push("alembic");
    }
    names.sort_by_key(|name| *name != "alembic");
    let toml = beside(tree, path.folder(), "pyproject.toml")
        .and_then(|(path, bytes)| Some((path, pyproject::read(&bytes)?)));
    names.into_iter().map(|name| ini_section(&ini, path, name, toml.as_ref())).collect()
}

/// One section of an ini, with what it leaves open taken from the `pyproject.toml` beside it.
fn ini_section(
    ini: &Ini,
    path: &TreePath,
    section: &str,
    toml: Option<&(TreePath, ToolAlembic)>,
) -> Configuration {
    let mut unknown: Vec<(TreePath, u32, String)> = ini
        .faults
        .iter()
        .map(|fault| (path.clone(), fault.line, format!("{REFUSED}: {}", fault.what)))
        .collect();
    let mut expand = |key: &str| {
        let setting = ini.get(section, key)?;
        match ini.interpolate(section, &setting.value, HERE) {
            Ok(value) => Some(value),
            Err(error) => {
                unknown.push((path.clone(), setting.line, format!("`{key}` has {error}")));
                None
            }
        }
    };
    let script_location = expand("script_location");
    let locations = expand("version_locations").filter(|value| !value.is_empty());
    let separator = expand("path_separator").or_else(|| expand("version_path_separator"));
    let recursive = expand("recursive_version_locations");
    let sys_path =
        ini.get(section, "prepend_sys_path").map(|setting| setting.value.clone()).unwrap_or_default();
    let sourceless = expand("sourceless").as_deref() == Some("true");
    if sourceless {
        let line = ini.get(section, "sourceless").map_or(1, |setting| setting.line);
        unknown.push((
            path.clone(),
            line,
            "`sourceless` is set: compiled files count too, and are not read".to_owned(),
        ));
    }
    let setting = ini.get(section, "script_location");
    let locations_line = ini.get(section, "version_locations").map_or(1, |setting| setting.line);
    let mut version_locations = locations.map(|value| match split(&value, separator.as_deref()) {
        Ok(pieces) => pieces,
        Err(pieces) => {
            let what =
                format!("`{}` is no path separator that Alembic knows", separator.as_deref().unwrap_or(""));
            unknown.push((path.clone(), locations_line, what));
            pieces
        }
    });
    let raw = ini.get(section, "version_locations").map(|setting| setting.value.as_str()).unwrap_or_default();
    let mut settings = Settings {
        script_location: setting.map(|setting| setting.value.clone()),
        version_locations: if raw.is_empty() {
            Vec::new()
        } else {
            split(raw, separator.as_deref()).unwrap_or_else(|pieces| pieces)
        },
        recursive: recursive.as_deref() == Some("true"),
        prepend_sys_path: split_sys_path(&sys_path, separator.as_deref()),
    };
    let mut script_location = script_location;
    let mut named_by = (path.clone(), section, setting.map(|setting| setting.line));
    if let Some((toml_path, toml)) = toml {
        unknown.extend(toml.faults.iter().map(|(line, what)| (toml_path.clone(), *line, what.clone())));
        if version_locations.is_none() {
            version_locations = toml_locations(toml_path, toml, &mut unknown);
            settings.version_locations = as_written(toml);
        }
        if sys_path.is_empty() {
            settings.prepend_sys_path.clone_from(&toml.prepend_sys_path);
        }
        if recursive.is_none() {
            settings.recursive = toml.recursive.unwrap_or_default();
        }
        if setting.is_none()
            && let Some((location, line)) = &toml.script_location
        {
            script_location = pyproject::interpolate(location, HERE);
            settings.script_location = Some(location.clone());
            named_by = (toml_path.clone(), "tool.alembic", Some(*line));
        }
    }
    let (path, section, line) = named_by;
    let source = ConfigSource { path, section: section.to_owned(), line, settings };
    Configuration { source, script_location, version_locations, unknown, sourceless }
}

/// A `pyproject.toml` with no `alembic.ini` beside it; with one, that file's configuration holds its settings.
fn from_toml(tree: &SourceTree, path: &TreePath, source: &[u8]) -> Option<Configuration> {
    let toml = pyproject::read(source)?;
    let (location, line) = toml.script_location.clone()?;
    if beside(tree, path.folder(), "alembic.ini").is_some() {
        return None;
    }
    let mut unknown: Vec<_> =
        toml.faults.iter().map(|(line, what)| (path.clone(), *line, what.clone())).collect();
    let script_location = pyproject::interpolate(&location, HERE);
    if script_location.is_none() {
        unknown.push((path.clone(), line, "`script_location` has a `%` that begins nothing".to_owned()));
    }
    let version_locations = toml_locations(path, &toml, &mut unknown);
    Some(Configuration {
        source: ConfigSource {
            path: path.clone(),
            section: "tool.alembic".to_owned(),
            line: Some(line),
            settings: Settings {
                script_location: Some(location),
                version_locations: as_written(&toml),
                recursive: toml.recursive.unwrap_or_default(),
                prepend_sys_path: toml.prepend_sys_path.clone(),
            },
        },
        script_location: Some(script_location?),
        version_locations,
        unknown,
        sourceless: false,
    })
}

fn as_written(toml: &ToolAlembic) -> Vec<String> {
    match &toml.version_locations {
        Some(VersionLocations::List(items)) => items.clone(),
        Some(VersionLocations::Characters) | None => Vec::new(),
    }
}

fn toml_locations(
    path: &TreePath,
    toml: &ToolAlembic,
    unknown: &mut Vec<(TreePath, u32, String)>,
) -> Option<Vec<String>> {
    let items = match toml.version_locations.as_ref()? {
        VersionLocations::List(items) => items,
        VersionLocations::Characters => return Some(Vec::new()),
    };
    let mut expanded = Vec::new();
    for item in items {
        match pyproject::interpolate(item, HERE) {
            Some(item) => expanded.push(item),
            None => unknown.push((path.clone(), 1, format!("`{item}` has a `%` that begins nothing"))),
        }
    }
    Some(expanded)
}

/// Splits a value as Alembic does; the pieces of its older rule come as an error when it knows no such separator.
fn split(value: &str, separator: Option<&str>) -> Result<Vec<String>, Vec<String>> {
    let by = |separator: char| {
        value
            .split(separator)
            .filter(|piece| !piece.is_empty())
            .map(|piece| piece.trim().to_owned())
            .collect()
    };
    match separator {
        Some("newline") => Ok(by('\n')),
        Some("space") => Ok(by(' ')),
        // `os` is `;` on Windows and `:` elsewhere; a `;` tells which.
        Some("os") => Ok(by(if value.contains(';') { ';' } else { ':' })),
        Some(":") => Ok(by(':')),
        Some(";") => Ok(by(';')),
        Some(_) => Err(legacy(value)),
        None => Ok(legacy(value)),
    }
}

/// The older rule: commas with blanks after them, or blanks; empty pieces stay, and lines do not count.
fn legacy(value: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        if c != ',' && c != ' ' {
            piece.push(c);
            continue;
        }
        while rest.next_if_eq(&' ').is_some() {}
        pieces.push(std::mem::take(&mut piece));
    }
    pieces.push(piece);
    pieces
}

/// Splits `prepend_sys_path`; the older rule takes colons for separators here.
fn split_sys_path(value: &str, separator: Option<&str>) -> Vec<String> {
    if value.is_empty() {
        return Vec::new();
    }
    match separator {
        None => value.split([',', ' ', ':']).filter(|piece| !piece.is_empty()).map(str::to_owned).collect(),
        separator => split(value, separator).unwrap_or_else(|pieces| pieces),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_locations_are_split_as_alembic_does() {
        let pieces = |value: &str, separator| split(value, separator);
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        for (value, separator, expected) in [
            ("a:b", Some("os"), list(&["a", "b"])),
            ("a;b", Some("os"), list(&["a", "b"])),
            ("a ; b;", Some(";"), list(&["a", "b"])),
            ("a:  :b", Some(":"), list(&["a", "", "b"])),
            ("\na\nb b\n", Some("newline"), list(&["a", "b b"])),
            ("a  b", Some("space"), list(&["a", "b"])),
            ("a, b c,,d", None, list(&["a", "b", "c", "", "d"])),
            ("v1, v2,", None, list(&["v1", "v2", ""])),
            ("a\nb", None, list(&["a\nb"])),
        ] {
            assert_eq!(pieces(value, separator), Ok(expected), "{value:?} by {separator:?}");
        }
        assert_eq!(pieces("a,b", Some("comma")), Err(list(&["a", "b"])));
    }
}
