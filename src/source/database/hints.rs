//! What stands beside the code and points to a database: containers, CI, examples of settings, requirements, and what
//! the modules that `env.py` imports say in passing.

use super::{Evidence, Rank, dialect, driver, named};
use crate::ingest::{SourceTree, TreePath, is_settings_example};
use crate::source::models::is_project_code;
use crate::source::program::{Expression, ExpressionKind, Node, Piece};
use crate::source::{PythonFiles, Reach};

/// Addresses that are written out in the modules that `env.py` imports.
pub(super) fn addresses(files: &PythonFiles<'_>, reach: Option<&Reach>) -> Vec<Evidence> {
    let mut found = Vec::new();
    for path in reach.into_iter().flat_map(Reach::modules).filter(|path| is_project_code(path)) {
        let Some(parsed) = files.parsed(path) else { continue };
        parsed.program.walk(|node| {
            let Node::Expression(expression) = node else { return true };
            let name = match &expression.kind {
                ExpressionKind::Format(pieces) => match pieces.first() {
                    Some(Piece::Text(text)) => named(text),
                    _ => None,
                },
                _ => Expression::as_text(expression).and_then(named),
            };
            found.extend(name.map(|name| Evidence {
                rank: Rank::Hint,
                path: path.clone(),
                line: files.line(path, expression.range),
                name,
                what: "an address".to_owned(),
            }));
            true
        });
    }
    found
}

/// The files that stand beside the code and may point to a database.
#[derive(Debug)]
pub struct Hints<'t>(Vec<(&'t TreePath, &'t [u8], Kind)>);

impl<'t> Hints<'t> {
    /// Those of everything that was dropped.
    pub fn of(tree: &'t SourceTree) -> Self {
        let kind = |(path, bytes)| Some((path, bytes, Kind::of(path)?));
        Self(tree.iter().filter_map(kind).collect())
    }

    /// What those around a project's folder tell, up to the top, and those right below it.
    pub(super) fn beside(&self, project: &str) -> Vec<Evidence> {
        let mut found = Vec::new();
        for (path, bytes, kind) in self.0.iter().filter(|(path, ..)| is_near(path, project)) {
            for (at, line) in said(&String::from_utf8_lossy(bytes)) {
                found.extend(kind.told_by(line).map(|(name, what)| Evidence {
                    rank: Rank::Hint,
                    path: (*path).clone(),
                    line: at as u32 + 1,
                    name,
                    what,
                }));
            }
        }
        found
    }

    /// Whether a list of packages asks for one.
    pub(super) fn require(&self, package: &str) -> bool {
        let asks = |line: &str| Kind::required(line).is_some_and(|own| own.eq_ignore_ascii_case(package));
        let mut lists = self.0.iter().filter(|(.., kind)| *kind == Kind::Requirements);
        lists.any(|(_, text, _)| said(&String::from_utf8_lossy(text)).any(|(_, line)| asks(line)))
    }
}

fn is_near(path: &TreePath, project: &str) -> bool {
    let folder = path.folder();
    let folder = folder.strip_suffix(".github/workflows").unwrap_or(folder).trim_end_matches('/');
    let below = if project.is_empty() { Some(folder) } else { folder.strip_prefix(project) };
    folder.is_empty()
        || project == folder
        || project.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        || below.is_some_and(|below| below.matches('/').count() < 2)
}

/// The lines of such a file that are no comments, each with its place.
fn said(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.starts_with('#'))
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `docker-compose.yml`, `.github/workflows/test.yml`.
    Containers,
    /// `.env.example`.
    Settings,
    /// `requirements.txt`, `pyproject.toml`.
    Requirements,
}

impl Kind {
    fn of(path: &TreePath) -> Option<Self> {
        let name = path.file_name();
        match name.rsplit_once('.') {
            _ if is_settings_example(name) => Some(Self::Settings),
            Some((_, "yml" | "yaml")) => Some(Self::Containers),
            Some((_, "txt" | "in")) => Some(Self::Requirements),
            _ => matches!(name, "pyproject.toml" | "Pipfile" | "setup.cfg" | "setup.py")
                .then_some(Self::Requirements),
        }
    }

    /// The package that a line asks for.
    fn required(line: &str) -> Option<&str> {
        let name = line.trim_start_matches(|c: char| !c.is_alphanumeric());
        name.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')).next()
    }

    /// The database that a line tells of, and how.
    fn told_by(self, line: &str) -> Option<(&'static str, String)> {
        if self == Self::Requirements {
            let package = Self::required(line)?;
            return Some((driver(package)?, format!("it requires {package}")));
        }
        if let Some(name) = address_in(line) {
            return Some((name, "an address".to_owned()));
        }
        let (key, image) = line.trim_start_matches("- ").split_once(':')?;
        if self != Self::Containers || key.trim() != "image" {
            return None;
        }
        let image = image.trim().trim_matches(['"', '\'']).split([':', '@']).next()?;
        let name = match image.rsplit('/').next()? {
            "timescaledb" | "timescaledb-ha" | "pgvector" => "postgresql",
            "mysql-server" => "mysql",
            name => dialect(name)?,
        };
        Some((name, format!("the image {image}")))
    }
}

/// The database of the first address in a line.
fn address_in(line: &str) -> Option<&'static str> {
    line.match_indices("://").find_map(|(at, _)| {
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '_');
        let scheme = line[..at].rsplit(|c| !is_scheme(c)).next()?;
        named(&format!("{scheme}://"))
    })
}
