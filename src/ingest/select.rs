//! Which paths are worth reading, decided by name before any byte is read.

use super::{SkipReason, TreePath};

/// What to do with a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Read it.
    Read,
    /// It cannot matter to an audit; it is kept as it is when the whole tree is downloaded.
    Carry,
    /// Leave it out, and say so; for a folder, everything in it.
    Skip(SkipReason),
}

/// Decides by the path alone.
pub fn choose(path: &TreePath) -> Choice {
    if let Some((_, why)) = ignored_folder(path) {
        return Choice::Skip(SkipReason::IgnoredFolder(why));
    }
    let name = path.file_name();
    let lower = name.to_ascii_lowercase();
    if ARCHIVES.iter().any(|ending| lower.ends_with(ending)) {
        return Choice::Skip(SkipReason::NestedArchive);
    }
    if is_source(path, name, &lower) { Choice::Read } else { Choice::Carry }
}

/// The outermost folder of `path` that is never read, and why; callers report that folder once, not its files.
pub fn ignored_folder(path: &TreePath) -> Option<(&str, &'static str)> {
    let text = path.as_str();
    let mut start = 0;
    for (at, _) in text.match_indices('/') {
        if let Some(why) = ignored_name(&text[start..at]) {
            return Some((&text[..at], why));
        }
        start = at + 1;
    }
    None
}

/// Why a folder of this name is never read, if it is not; for those who walk a disk and need not enter it.
///
/// A virtual environment of another name is known by the `pyvenv.cfg` in it: [`super::Intake`] leaves it out as well.
pub fn ignored_name(name: &str) -> Option<&'static str> {
    Some(match name {
        ".git" | ".hg" | ".svn" | ".bzr" | ".jj" => "it holds version control's own files",
        "node_modules" | "bower_components" => "it holds installed JavaScript packages",
        "venv" | ".venv" | "virtualenv" | ".virtualenv" | ".tox" | ".nox" => VIRTUAL_ENVIRONMENT,
        "site-packages" | "dist-packages" | ".eggs" | "__pypackages__" => {
            "it holds installed Python packages"
        }
        "__pycache__" | ".mypy_cache" | ".pytest_cache" | ".ruff_cache" => "it is a cache",
        KEPT_FOR_UNDO => "it holds what `rechain undo` needs",
        "__MACOSX" => "it holds what macOS adds to zips",
        _ => return None,
    })
}

/// The folder in which `--fix` keeps what files were, so that it can be undone.
pub const KEPT_FOR_UNDO: &str = ".rechain";

pub(super) const VIRTUAL_ENVIRONMENT: &str = "it is a virtual environment";

/// Endings of archives, which may hold migrations that are not seen.
const ARCHIVES: [&str; 11] =
    [".zip", ".whl", ".egg", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".7z", ".rar"];

/// Whether the audit reads such a file. Endings are compared as Alembic does, upper case apart from lower.
fn is_source(path: &TreePath, name: &str, lower: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        // Alembic's pattern lets a line break pass, and Alembic fails then.
        // Migrations read SQL from files beside them.
        // Scripts may name a folder of migrations.
        "py\n" | "py" | "ini" | "cfg" | "mako" | "sql" | "sh" => true,
        "toml" => name == "pyproject.toml",
        // Which database is used is read there, and nothing else.
        "yml" | "yaml" => is_of_containers(path, lower),
        "example" | "sample" | "template" | "dist" | "env" => is_settings_example(name),
        "txt" | "in" => lower.starts_with("requirements") || folder_name(path) == "requirements",
        // The second is what a wheel says of itself.
        _ => {
            names_commands(name)
                || name == "Pipfile"
                || name == "METADATA" && path.folder().ends_with(".dist-info")
                || is_settings_example(name)
        }
    }
}

/// Whether a file of this name says how a project is built and run.
fn names_commands(name: &str) -> bool {
    const NAMES: [&str; 5] = ["Dockerfile", "Containerfile", "Makefile", "Procfile", "justfile"];
    NAMES
        .iter()
        .any(|known| name == *known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether a file says which containers run: those of `docker compose`, and those of CI.
fn is_of_containers(path: &TreePath, lower: &str) -> bool {
    lower.starts_with("docker-compose")
        || lower.starts_with("compose.")
        || lower.starts_with("compose-")
        || lower == ".gitlab-ci.yml"
        || path.folder().ends_with(".github/workflows")
}

/// Whether a file shows how settings are written, as `.env.example` does. `.env` itself is no such file: it holds
/// passwords, and is never read.
pub fn is_settings_example(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut parts = lower.split('.');
    let is_of_env = parts.any(|part| part == "env");
    is_of_env && ["example", "sample", "template", "dist"].iter().any(|word| lower.contains(word))
}

fn folder_name(path: &TreePath) -> &str {
    path.folder().rsplit('/').next().unwrap_or_default()
}

/// How soon a file is wanted when not all can be read: 0 for what an audit is about, 1 for what it looks at besides.
pub(super) fn rank(path: &TreePath) -> u8 {
    let name = path.file_name();
    let near = path.folder().split('/').any(|folder| {
        let folder = folder.to_ascii_lowercase();
        ["version", "migration", "alembic"].iter().any(|word| folder.contains(word))
    });
    let is_besides = matches!(name.rsplit_once('.'), Some((_, "py" | "sql" | "yml" | "yaml" | "sh")))
        || names_commands(name);
    u8::from(is_besides && !near && name != "env.py")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> TreePath {
        TreePath::parse(path).expect("relative")
    }

    #[test]
    fn sources_are_read_and_the_rest_is_carried() {
        for path in [
            "a.py",
            "migrations/versions/.hidden.py",
            "alembic.ini",
            "conf/x.ini",
            "setup.cfg",
            "pyproject.toml",
            "migrations/script.py.mako",
            "requirements.txt",
            "requirements-dev.txt",
            "requirements/base.txt",
            "Pipfile",
            "app-1.0.dist-info/METADATA",
            "env/alembic/env.py",
            "venv.py",
            ".env.example",
            "example.env",
            "docker-compose.prod.yml",
            "compose.yaml",
            ".github/workflows/test.yml",
            ".gitlab-ci.yml",
            "Dockerfile",
            "docker/Dockerfile.prod",
            "Makefile",
            "bin/start.sh",
        ] {
            assert_eq!(choose(&at(path)), Choice::Read, "{path}");
        }
        for path in [
            "README.md",
            "poetry.toml",
            "a.PY",
            "versions/x.py.bak",
            "notes.txt",
            "venv",
            ".env",
            ".env.local",
            "a.env",
            "mkdocs.yml",
        ] {
            assert_eq!(choose(&at(path)), Choice::Carry, "{path}");
        }
    }

    #[test]
    fn ignored_folders_are_skipped_at_any_depth_with_the_outermost_named() {
        for (path, folder) in [
            (".git/hooks/x.py", ".git"),
            ("web/node_modules/a/node_modules/b.py", "web/node_modules"),
            ("api/.venv/lib/python3.12/site-packages/alembic/env.py", "api/.venv"),
            ("lib/site-packages/alembic/templates/generic/env.py", "lib/site-packages"),
            ("__MACOSX/panel/._alembic.ini", "__MACOSX"),
            ("versions/__pycache__/a.cpython-312.pyc", "versions/__pycache__"),
        ] {
            let path = at(path);
            assert_eq!(ignored_folder(&path).map(|(folder, _)| folder), Some(folder), "{path}");
            assert!(matches!(choose(&path), Choice::Skip(SkipReason::IgnoredFolder(_))), "{path}");
        }
        assert_eq!(ignored_folder(&at("a/venv")), None);
    }

    #[test]
    fn archives_are_named_as_not_opened() {
        for path in ["old.zip", "dist/panel.whl", "backup.tar.gz", "X.ZIP"] {
            assert_eq!(choose(&at(path)), Choice::Skip(SkipReason::NestedArchive), "{path}");
        }
        assert_eq!(choose(&at("data.csv.gz")), Choice::Carry);
    }
}
