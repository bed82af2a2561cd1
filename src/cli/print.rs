//! `heads`, `bases`, `branches`, `history` and `show`: what Alembic prints, with its exit status.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::ExitCode;

use super::args::PrintArgs;
use super::load::load;
use super::output::{CliError, emit, tell};
use crate::alembic::{Cause, Command, Printer, Raised, Reading, Stopped};
use crate::audit;
use crate::audited::Loaded;
use crate::ingest::TreePath;
use crate::source::{Flavour, Origin};
use crate::text::{ShownLines, listed};

/// The section that Alembic reads unless it is told of another.
const DEFAULT_SECTION: &str = "alembic";

/// Which of them.
pub(super) enum Print<'a> {
    Heads { real: bool },
    Bases,
    Branches,
    History,
    Show { revision: &'a str },
}

impl Print<'_> {
    /// Alembic's command, as far as it decides the exit status. `heads` forgets to translate some errors, with
    /// `--resolve-dependencies` it does not.
    fn command(&self) -> Command {
        match self {
            Self::Heads { real: false } | Self::Bases => Command::Heads,
            Self::Heads { real: true } | Self::Branches => Command::Branches,
            Self::History => Command::History,
            Self::Show { .. } => Command::ShowHead,
        }
    }
}

/// Prints what Alembic prints of the live environment.
pub(super) fn print(what: &Print<'_>, arguments: &PrintArgs) -> Result<ExitCode, CliError> {
    let loaded = load(&arguments.path)?;
    // The process ends soon, and its memory with it: nothing is given back piece by piece.
    let environments = ManuallyDrop::new(audit::load(&loaded.ingested.tree));
    let folder = loaded.folder.as_deref().map(absolute).unwrap_or_default();
    let by_section = || (arguments.name != DEFAULT_SECTION).then(|| "alembic.ini".to_owned());
    let config = arguments.config.clone().or_else(by_section);
    let audited = match &config {
        Some(file) => match environments.iter().find(|audited| is_of(audited, file, &arguments.name)) {
            Some(audited) => audited,
            None => return failed("No 'script_location' key found in configuration."),
        },
        None => {
            let live = || environments.iter().filter(|audited| audited.environment.live);
            // What Alembic reads by itself comes first.
            let Some(first) =
                live().find(|audited| is_of(audited, "alembic.ini", "alembic")).or_else(|| live().next())
            else {
                return Err(CliError::Refused("there is no live environment".to_owned()));
            };
            let is_other = |audited: &&Loaded| !std::ptr::eq(*audited, first);
            let others: Vec<String> = live().filter(is_other).filter_map(chosen_by).collect();
            if !others.is_empty() {
                let folder = &first.environment.script_location;
                tell(&format!("rechain: this is {folder}; for the others there is {}", listed(&others)));
            }
            first
        }
    };
    if config.is_some()
        && let Some(path) = audited.environment.missing_from_the_top(&loaded.ingested.tree)
    {
        return failed(&format!(
            "Path doesn't exist: {path}.  Please use the 'init' command to create a new scripts folder."
        ));
    }
    if let Some(refusal) = audited.environment.refusals.first() {
        let raised = Raised {
            class: refusal.class.to_owned(),
            message: refusal.message_in(&folder),
            path: Some(refusal.path.clone()),
            cause: Cause::Configuration,
        };
        return stop(what, &raised);
    }
    if matches!(what, Print::Show { revision: "current" }) {
        return Err(CliError::OnlyRunning("`current` is where the database stands".to_owned()));
    }
    match audited.surroundings().runs_env(what.command()) {
        Err(raised) => return stop(what, &raised),
        Ok(true) if matches!(what, Print::History) => {
            let what = "revision_environment is set, so `history` runs env.py";
            return Err(CliError::OnlyRunning(what.to_owned()));
        }
        Ok(_) => {}
    }
    let map = match &audited.reading {
        Reading::Unknown => return Err(CliError::OnlyRunning(why(audited))),
        Reading::Raises { raised, warnings } => {
            warn(warnings);
            return stop(what, raised);
        }
        Reading::Loads(map) => map,
    };
    warn(audited.reading.warnings());
    let printer = Printer {
        map,
        scripts: &audited.scripts,
        folder: &folder,
        verbose: arguments.verbose,
        is_silent: false,
    };
    let printed = match what {
        Print::Heads { real } => printer.heads(*real),
        Print::Bases => printer.bases(),
        Print::Branches => printer.branches(),
        Print::History => printer.history(),
        Print::Show { revision } => printer.show(revision),
    };
    // What may be shown wins over Alembic's own bytes.
    emit(ShownLines::lines(&printed.text).as_bytes())?;
    match printed.stopped {
        None => Ok(ExitCode::SUCCESS),
        Some(Stopped::Raises(raised)) => stop(what, &raised),
        Some(Stopped::NeverEnds) => Err(CliError::NeverEnds(what.command().typed(Flavour::Alembic))),
    }
}

/// Whether a configuration names the environment. Beside an ini Alembic reads the `pyproject.toml` of the folder where it
/// is started: the top, or the ini's own.
fn is_of(audited: &Loaded, file: &str, section: &str) -> bool {
    let environment = &audited.environment;
    let Some(config) = environment.config.as_ref().filter(|_| environment.origin != Origin::FlaskMigrate)
    else {
        return false;
    };
    let Ok(file) = TreePath::parse(file) else { return false };
    if config.path.file_name() != "pyproject.toml" {
        return config.path == file && config.section == section;
    }
    config.path == file
        || file.file_name() != "pyproject.toml" && ["", file.folder()].contains(&config.path.folder())
}

/// The options that choose an environment.
fn chosen_by(audited: &Loaded) -> Option<String> {
    let config = audited.environment.config.as_ref()?;
    let file = shlex::try_quote(config.path.as_str()).ok()?.into_owned();
    Some(match config.section.as_str() {
        "alembic" | "tool.alembic" => format!("-c {file}"),
        section => format!("-c {file} -n {}", shlex::try_quote(section).ok()?),
    })
}

/// Says that a command failed, as Alembic does.
fn failed(message: &str) -> Result<ExitCode, CliError> {
    emit(ShownLines::lines(&format!("FAILED: {message}\n")).as_bytes())?;
    Ok(ExitCode::from(255))
}

/// Says what Alembic says: its own errors on standard output, Python's on standard error.
fn stop(what: &Print<'_>, raised: &Raised) -> Result<ExitCode, CliError> {
    let status = raised.exit_status(what.command());
    if status == 255 {
        return failed(&raised.message);
    }
    let at = raised.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
    let message = if raised.message.is_empty() { String::new() } else { format!(": {}", raised.message) };
    tell(&format!("{at}{}{message}", raised.class));
    Ok(ExitCode::from(status))
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        tell(&format!("UserWarning: {warning}"));
    }
}

fn why(audited: &Loaded) -> String {
    match audited.unknown.first() {
        Some((path, line, what)) => format!("{path}:{line}: {what}"),
        None => "part of the project is not here".to_owned(),
    }
}

/// The folder with links resolved, as Alembic prints it, with a `/` at its end.
fn absolute(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let folder = folder.to_string_lossy();
    if folder.ends_with('/') { folder.into_owned() } else { format!("{folder}/") }
}
