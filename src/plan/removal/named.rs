//! Whether a file names a folder: as a path, as a value that a configuration takes, or as a package.

use crate::source::dotted;

/// Whether a text names the folder. Comments name nothing.
pub(super) fn names(text: &str, folder: &str) -> bool {
    let dotted = dotted(folder);
    let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with(['#', ';']));
    lines.into_iter().any(|line| names_path(line, folder) || imports(line, &dotted) || is_value(line, folder))
}

/// As a path: `alembic/env.py`, `./alembic`, `/srv/alembic`.
fn names_path(line: &str, folder: &str) -> bool {
    words(line, folder).any(|(before, after)| {
        let is_begun = before.ends_with('/') && !before.ends_with("//");
        let goes_on = after.starts_with('/') || after.starts_with('\\');
        goes_on || is_begun && !after.starts_with('.')
    })
}

/// As a package: `from app.alembic import env`, `import app.alembic.env`.
fn imports(line: &str, dotted: &str) -> bool {
    words(line, dotted).any(|(before, after)| {
        let inner = after.strip_prefix('.').unwrap_or_default();
        let is_ours = |rest: &str| rest.starts_with("env") || rest.starts_with("versions");
        // Alembic itself has neither.
        is_ours(inner)
            || after.trim_start().strip_prefix("import").is_some_and(|rest| is_ours(rest.trim_start()))
            || dotted.contains('.')
                && (before.trim_end().ends_with("import") || before.trim_end().ends_with("from"))
    })
}

/// As what is copied, or given to a setting of a place.
fn is_value(line: &str, folder: &str) -> bool {
    const SETTINGS: [&str; 5] = ["location", "directory", "folder", "path", "migrations_dir"];
    const COPIES: [&str; 8] = ["COPY ", "ADD ", "cp ", "rsync ", "mv ", "cd ", "-d ", "--directory"];
    let lower = line.to_ascii_lowercase();
    let is_setting = SETTINGS.iter().any(|word| lower.contains(word));
    let is_copied = COPIES.iter().any(|word| line.contains(word));
    // A folder that is called like Alembic is no package's name where it stands in quotes alone.
    let is_quoted = |before: &str, after: &str| {
        folder != "alembic" && before.ends_with(['"', '\'']) && after.starts_with(['"', '\''])
    };
    words(line, folder).any(|(before, after)| is_setting || is_copied || is_quoted(before, after))
}

/// Where a name stands in a line by itself: what comes before it, and what after.
fn words<'l>(line: &'l str, name: &'l str) -> impl Iterator<Item = (&'l str, &'l str)> {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(name).filter_map(move |(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        (!before.ends_with(is_of_name) && !after.starts_with(is_of_name)).then_some((before, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_by_its_path_by_a_setting_and_by_an_import() {
        for (line, folder, expected) in [
            ("script_location = alembic", "alembic", true),
            ("script_location = %(here)s/alembic", "alembic", true),
            ("# script_location = alembic", "alembic", false),
            ("; see alembic/versions", "alembic", false),
            ("COPY alembic ./alembic", "alembic", true),
            ("RUN alembic upgrade head", "alembic", false),
            ("alembic -c conf.ini upgrade head", "alembic", false),
            ("alembic==1.20.1", "alembic", false),
            ("dependencies = [\"alembic\"]", "alembic", false),
            ("see https://alembic.sqlalchemy.org", "alembic", false),
            ("exclude = ['alembic/versions']", "alembic", true),
            ("from alembic import context", "alembic", false),
            ("from alembic.env import run", "alembic", true),
            ("cfg.set_main_option(\"script_location\", \"alembic\")", "alembic", true),
            ("logging.getLogger('alembic')", "alembic", false),
            ("Migrate(app, db, directory='old')", "old", true),
            ("folders = ['old', 'new']", "old", true),
            ("x = old + 1", "old", false),
            ("my_old/env.py", "old", false),
            ("run ./old/run.sh", "old", true),
            ("from app.old import env", "app/old", true),
            ("import app.old", "app/old", true),
            ("import app.older", "app/old", false),
            ("app/old/env.py", "app/old", true),
        ] {
            assert_eq!(names(line, folder), expected, "{line}");
        }
    }
}
