//! The guide for people, `MIGRATIONS.md`, with the project's own folders, heads and commands.

use super::filled;
use crate::audit::Outcome;
use crate::report::present::{NOTHING_POINTS, environment_name};
use crate::report::{EnvironmentReport, markdown_code as code};
use crate::source::Flavour;
use crate::text::Shown;
use crate::text::{plural, visible};

/// Writes the guide; `today` is the date it bears.
pub(super) fn guide(outcome: &Outcome, today: &str) -> String {
    let report = &outcome.report;
    let environment = report.environments.iter().find(|environment| environment.live);
    let flavour = environment.map_or(Flavour::Alembic, |environment| environment.flavour);
    let (autogenerate, merge) = match flavour {
        Flavour::Alembic => {
            ("alembic revision --autogenerate -m \"what it does\"", "alembic merge heads -m \"join\"")
        }
        Flavour::FlaskMigrate => ("flask db migrate -m \"what it does\"", "flask db merge heads -m \"join\""),
    };
    let versions = environment.map_or("migrations/versions", versions);
    filled(
        include_str!("templates/guide.md"),
        &[
            ("version", env!("CARGO_PKG_VERSION")),
            ("today", &visible(today)),
            ("location", &code(versions)),
            ("tree", &environment.map_or_else(|| "migrations/versions/".to_owned(), tree)),
            ("other_environments", &others(&report.environments)),
            ("current", &flavour.command("current")),
            ("upgrade", &flavour.upgrade_command()),
            ("downgrade", &flavour.command("downgrade -1")),
            ("history", &flavour.command("history")),
            ("heads", &flavour.command("heads")),
            ("autogenerate", autogenerate),
            ("merge", merge),
            ("versions_glob", if is_plain(versions) { versions } else { "*/versions/*" }),
            ("state", &state(environment)),
        ],
    )
}

/// Whether a folder's name can stand anywhere in a document or a pattern as it is.
fn is_plain(folder: &str) -> bool {
    !folder.is_empty() && folder.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
}

fn versions(environment: &EnvironmentReport) -> &str {
    environment.version_locations.first().map_or("migrations/versions", Shown::as_str)
}

/// The folders and files that matter, one a line; a backtick could close the block, so it is replaced.
fn tree(environment: &EnvironmentReport) -> String {
    let mut lines: Vec<(&str, &str)> = Vec::new();
    lines.extend(environment.config.as_deref().map(|path| (path, "names the folder of migrations")));
    lines.extend(environment.env_py.as_deref().map(|path| (path, "connects Alembic with the models")));
    lines.extend(
        environment.version_locations.iter().map(|folder| (folder.as_str(), "the migrations, one file each")),
    );
    let width = lines.iter().map(|(path, _)| path.chars().count()).max().unwrap_or(0);
    let lines: Vec<_> =
        lines.into_iter().map(|(path, what)| format!("{:width$}   {what}", path.replace('`', "'"))).collect();
    lines.join("\n")
}

fn others(environments: &[EnvironmentReport]) -> String {
    let unused = environments.iter().filter(|environment| !environment.live);
    let unused: Vec<_> = unused.map(|environment| code(environment_name(environment))).collect();
    match unused.as_slice() {
        [] => String::new(),
        names => format!("Not in use, {NOTHING_POINTS}: {}.\n\n", names.join(", ")),
    }
}

fn state(environment: Option<&EnvironmentReport>) -> String {
    let Some(environment) = environment else { return "No migrations were found.".to_owned() };
    let ids = |ids: &[Shown]| ids.iter().map(|id| code(id)).collect::<Vec<_>>().join(", ");
    let line = |name: &str, ids_of: &[Shown]| match ids_of {
        [] => format!("- {name}: none\n"),
        several => format!("- {}: {}\n", plural(several.len(), name), ids(several)),
    };
    let mut text = format!("- {}\n", plural(environment.revisions.len(), "migration"));
    text.push_str(&line("base", &environment.bases));
    text.push_str(&line("head", &environment.heads));
    if environment.bases.len() > 1 || environment.heads.len() > 1 {
        text.push_str("\nOne base and one head is how it should be; `rechain check` says what to do.\n");
    }
    text.trim_end().to_owned()
}
