//! The subcommands, over the library.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;

use super::args::{
    CheckArgs, Cli, Command, Dialect, Format, GraphArgs, GraphFormat, Repair, ReplayArgs, ReplayFormat,
    ReportArgs,
};
use super::load::{Loaded, load};
use super::output::{CliError, emit, emit_diff, emit_to, tell, write_output};
use super::print::{Print, print};
use super::recover::recover;
use super::undo::{mend_interrupted, undo, warn_of_interrupted, warn_of_repair};
use super::write::write_patch;
use crate::alembic::{databases_of, why_unread};
use crate::audit::{Outcome, examine, examine_with};
use crate::audited::{AuditOptions, Audited};
use crate::drawing::{Side, write_plain, write_svg};
use crate::finding::{Applicability, Severity};
use crate::patch::{FilePatch, PatchSet, exposes_secret, unified};
use crate::plan::{self, Beside, BesideKind, Plan, PlanKind};
use crate::report::present::{applicability, applicability_tag, consent, environment_name};
use crate::report::{
    CommandOutcome, CommandReport, EnvironmentReport, Given, Style, write_html, write_json, write_markdown,
    write_replay, write_replay_json, write_text,
};
use crate::rules::{RULES, all_were_read, find_rule};
use crate::text::listed;

/// Runs the command line and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a closed pipe is nobody's fault.
            error.print().ok();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let result = match cli.command {
        Command::Check(arguments) => check(&arguments),
        Command::Recover(arguments) => recover(&arguments),
        Command::Undo { path } => undo(&path),
        Command::Graph(arguments) => graph(&arguments),
        Command::Report(arguments) => report(&arguments),
        Command::Replay(arguments) => replay(&arguments),
        Command::Heads { print: arguments, resolve_dependencies } => {
            print(&Print::Heads { real: resolve_dependencies }, &arguments)
        }
        Command::Bases { print: arguments } => print(&Print::Bases, &arguments),
        Command::Branches { print: arguments } => print(&Print::Branches, &arguments),
        Command::History { print: arguments } => print(&Print::History, &arguments),
        Command::Show { revision, print: arguments } => {
            print(&Print::Show { revision: &revision }, &arguments)
        }
        Command::ExplainFolder { path } => explain_folder(&path),
        Command::Explain { rule } => explain(&rule),
        Command::Rules => rules(),
    };
    match result {
        Ok(code) => code,
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("rechain: {error}"));
            ExitCode::from(2)
        }
    }
}

fn check(arguments: &CheckArgs) -> Result<ExitCode, CliError> {
    let (plan, beside) = chosen_kind(arguments);
    let options = AuditOptions {
        dialect: arguments.dialect.map(Dialect::dialect),
        stamped: databases(&arguments.stamped)?,
        pinned: arguments.parent.clone(),
        ..AuditOptions::default()
    };
    if arguments.fix {
        mend_interrupted(&arguments.path)?;
    } else {
        warn_of_interrupted(&arguments.path);
    }
    let loaded = load(&arguments.path)?;
    let folder = loaded.folder;
    let mut outcome = examine_with(loaded.ingested, options.clone(), &mut |_| {});
    if let Some(why) = refused(&outcome) {
        return Err(CliError::Refused(why));
    }
    if arguments.diff {
        let patch = match beside {
            Some(kind) => patch_of(of_kind(&outcome, kind).iter().map(|repair| &repair.patch)),
            None => patch_of(chosen(&outcome, plan).iter().map(|plan| &plan.patch)),
        };
        if patch.is_empty() {
            tell(&beside.map_or_else(|| nothing_on_offer(&outcome, plan), not_on_offer));
        }
        warn_of_secrets(&patch.files);
        if let Some(below) = folder.as_deref().and_then(below_repository).filter(|_| !patch.is_empty()) {
            tell(&format!(
                "rechain: the paths start at what was checked: git apply --directory={}",
                quoted(&below)
            ));
        }
        emit_diff(&arguments.to, &arguments.path, &unified(&patch))?;
        return Ok(exit_code(&outcome, arguments));
    }
    if arguments.fix {
        let Some(folder) = &folder else {
            return Err(CliError::Refused(
                "a zip is not changed in place; use --diff, or unpack it".to_owned(),
            ));
        };
        if fix(&outcome, arguments, folder)? {
            let Loaded { ingested, .. } = load(&arguments.path)?;
            // What was chosen stands in the files now.
            outcome = examine_with(ingested, AuditOptions { pinned: Vec::new(), ..options }, &mut |_| {});
        }
    }
    if !arguments.stamped.is_empty() {
        warn_of_repair(&arguments.path);
    }
    let text = match arguments.output_format {
        Format::Json => write_json(&outcome.report),
        Format::Markdown => write_markdown(&outcome.report, &today()),
        Format::Html => write_html(&outcome.report, &today()),
        Format::Text => {
            let colour = arguments.to.output.is_none()
                && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
            let style = if colour { Style::Colour } else { Style::Plain };
            let path = quoted(&arguments.path);
            let given = match &folder {
                _ if arguments.path == Path::new(".") => Given::Here,
                Some(_) => Given::Folder(&path),
                None => Given::Zip(&path),
            };
            write_text(&outcome.report, given, style)
        }
    };
    emit_to(&arguments.to, &arguments.path, text.as_bytes())?;
    let code = exit_code(&outcome, arguments);
    // The process ends, and its memory with it: nothing is given back piece by piece.
    std::mem::forget(outcome);
    Ok(code)
}

/// Applies the chosen plan; says whether anything was written.
fn fix(outcome: &Outcome, arguments: &CheckArgs, folder: &Path) -> Result<bool, CliError> {
    let (kind, beside) = chosen_kind(arguments);
    if let Some(kind) = beside {
        return fix_beside(outcome, kind, arguments, folder);
    }
    let plans = chosen(outcome, kind);
    if plans.is_empty() {
        let broken = outcome.audit.findings.iter().any(|finding| finding.severity == Severity::Error);
        let why = nothing_on_offer(outcome, kind);
        return if broken { Err(CliError::Refused(why)) } else { Ok(false) };
    }
    if let Some(plan) = plans.iter().find(|plan| plan.applicability != Applicability::Safe)
        && !arguments.unsafe_fixes
    {
        let all = outcome.plans.iter().flatten();
        let safe =
            all.map(|other| (other.kind, other.applicability)).find(|(_, of)| *of == Applicability::Safe);
        return Err(CliError::Refused(format!(
            "the plan {} is {}: {} {}Give{} to apply it all the same",
            plan.kind,
            applicability(plan.applicability),
            plan.cautions.first().map_or("", String::as_str),
            safe.map_or_else(String::new, |(kind, of)| {
                format!("The plan {kind} is {}: --fix --plan {kind}. ", applicability_tag(of))
            }),
            consent(plan.applicability)
        )));
    }
    write(folder, &patch_of(plans.iter().map(|plan| &plan.patch)))?;
    Ok(true)
}

/// The same of what leaves the chain alone.
fn fix_beside(
    outcome: &Outcome,
    kind: BesideKind,
    arguments: &CheckArgs,
    folder: &Path,
) -> Result<bool, CliError> {
    let repairs = of_kind(outcome, kind);
    if repairs.is_empty() {
        return Err(CliError::Refused(not_on_offer(kind)));
    }
    let is_unsafe = |repair: &&Beside| repair.applicability != Applicability::Safe;
    if let Some(repair) = repairs.iter().find(is_unsafe).filter(|_| !arguments.unsafe_fixes) {
        return Err(CliError::Refused(format!(
            "{} is unsafe: {} Give{} to apply it all the same",
            kind.name(),
            repair.cautions.join(" "),
            consent(repair.applicability)
        )));
    }
    write(folder, &patch_of(repairs.iter().map(|repair| &repair.patch)))?;
    for caution in repairs.iter().flat_map(|repair| &repair.cautions) {
        tell(&format!("rechain: {caution}"));
    }
    Ok(true)
}

fn of_kind(outcome: &Outcome, kind: BesideKind) -> Vec<Beside> {
    outcome.beside().into_iter().filter(|repair| repair.kind == kind).collect()
}

fn not_on_offer(kind: BesideKind) -> String {
    format!("the repair {} is not on offer here", kind.name())
}

fn patch_of<'p>(patches: impl Iterator<Item = &'p PatchSet>) -> PatchSet {
    PatchSet::new(patches.flat_map(|patch| patch.files.clone()).collect())
}

/// Writes a patch, and says what it did and how it is taken back.
fn write(folder: &Path, patch: &PatchSet) -> Result<(), CliError> {
    write_patch(folder, patch, &mut || {})?;
    for file in &patch.files {
        tell(&format!("{} {}", file.change().word(), file.path));
    }
    let at = if folder == Path::new(".") { String::new() } else { format!(" {}", quoted(folder)) };
    tell(&format!("rechain: `rechain undo{at}` takes it back, as long as these files stay as they are"));
    Ok(())
}

/// The plan that was named, or else the parents that were; or what leaves the chain alone.
fn chosen_kind(arguments: &CheckArgs) -> (Option<PlanKind>, Option<BesideKind>) {
    match arguments.plan {
        Some(Repair::Plan(kind)) => (Some(kind), None),
        Some(Repair::Beside(kind)) => (None, Some(kind)),
        None => ((!arguments.parent.is_empty()).then_some(PlanKind::ByHand), None),
    }
}

/// Why parents that were named cannot be: the files have no such revision, or the result does not hold.
fn refused(outcome: &Outcome) -> Option<String> {
    let is_known = |revision: &str| {
        let mut known = outcome.by_hand.iter().flat_map(|by_hand| &by_hand.pinned);
        known.any(|pinned| pinned.revision == revision)
    };
    let pinned = outcome.audit.options.pinned.iter();
    let unknown = pinned.map(|pinned| &pinned.revision).find(|revision| !is_known(revision));
    let unknown = unknown.map(|revision| format!("no migration in use has the revision {revision}"));
    unknown.or_else(|| outcome.by_hand.iter().find_map(|by_hand| by_hand.refused.clone()))
}

/// The plan of that kind of each environment; by default the one that is recommended there.
fn chosen(outcome: &Outcome, kind: Option<PlanKind>) -> Vec<&Plan> {
    let of = |plans| match kind {
        Some(kind) => <[Plan]>::iter(plans).find(|plan| plan.kind == kind),
        None => plan::recommended(plans),
    };
    outcome.plans.iter().filter_map(|plans| of(plans)).collect()
}

pub(super) fn nothing_on_offer(outcome: &Outcome, kind: Option<PlanKind>) -> String {
    let offered: BTreeSet<_> = outcome.plans.iter().flatten().map(|plan| plan.kind).collect();
    let names = listed(&offered.iter().map(|kind| kind.name()).collect::<Vec<_>>());
    let are = if offered.len() == 1 { "is" } else { "are" };
    match kind {
        _ if offered.is_empty() => match outcome.beside().as_slice() {
            [] => "there is no repair on offer".to_owned(),
            others => {
                let names: BTreeSet<_> = others.iter().map(|other| other.kind.name()).collect();
                let names: Vec<_> = names.into_iter().map(|name| format!("--plan {name}")).collect();
                format!(
                    "no repair of the chain is on offer; what else is has to be named: {}",
                    listed(&names)
                )
            }
        },
        Some(kind) => format!("the plan {kind} is not on offer here; {names} {are}"),
        None => {
            format!("no repair is right for each of the databases given; {names} {are} on offer with --plan")
        }
    }
}

/// The databases that were named, as ids or as what `alembic current` prints.
pub(super) fn databases(given: &[String]) -> Result<Vec<Vec<String>>, CliError> {
    let mut databases = Vec::new();
    for text in given {
        let printed = (text == "-").then(|| io::read_to_string(io::stdin())).transpose();
        let printed =
            printed.map_err(|error| CliError::Refused(format!("cannot read standard input: {error}")))?;
        let told = databases_of(printed.as_deref().unwrap_or(text))
            .map_err(|line| CliError::Refused(format!("--stamped: {}", why_unread(&line))))?;
        databases.extend(told);
    }
    Ok(databases)
}

fn warn_of_secrets(files: &[FilePatch]) {
    for file in files.iter().filter(|file| exposes_secret(file)) {
        tell(&format!(
            "rechain: the diff of {} shows what looks like a secret, since it would not apply without",
            file.path
        ));
    }
}

fn exit_code(outcome: &Outcome, arguments: &CheckArgs) -> ExitCode {
    let threshold = arguments.severity.severity();
    if outcome.audit.findings.iter().any(|finding| finding.severity >= threshold) {
        return ExitCode::from(1);
    }
    // Nor must one that could not read what it was to check.
    if !all_were_read(&outcome.audit.findings) {
        tell("rechain: not every migration could be read, see unread-migration");
        return ExitCode::from(2);
    }
    // A check that found nothing to check must not pass: the path may be wrong.
    let is_there = |audited: &Audited| audited.environment.env_py.is_some() || !audited.scripts.is_empty();
    if !outcome.audit.environments.iter().any(is_there) {
        tell(&format!("rechain: no Alembic environment was found in {}", arguments.path.display()));
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

fn graph(arguments: &GraphArgs) -> Result<ExitCode, CliError> {
    let outcome = examine(load(&arguments.path)?.ingested, &mut |_| {});
    let live = outcome.report.environments.iter().find(|environment| environment.live);
    let Some(environment) = live else {
        return Err(CliError::Refused("there is no environment to draw".to_owned()));
    };
    let title = environment.version_locations.join(", ");
    let (drawing, side) = match arguments.plan {
        None => (&environment.drawing, Side::Now),
        Some(kind) => {
            let plan = environment.plans.iter().find(|plan| plan.name == kind);
            let plan = plan.ok_or_else(|| CliError::Refused(nothing_on_offer(&outcome, Some(kind))))?;
            (&plan.drawing, Side::Both)
        }
    };
    let text = match arguments.output_format {
        GraphFormat::Text => write_plain(drawing, side),
        GraphFormat::Svg => write_svg(drawing, side, &title),
    };
    emit_to(&arguments.to, &arguments.path, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// What becomes of the migrations of every live environment on an empty database. Exits with 1 where one certainly stops on
/// every database in question.
fn replay(arguments: &ReplayArgs) -> Result<ExitCode, CliError> {
    let options = AuditOptions { dialect: arguments.dialect.map(Dialect::dialect), ..Default::default() };
    let outcome = examine_with(load(&arguments.path)?.ingested, options, &mut |_| {});
    let both = outcome.audit.environments.iter().zip(&outcome.report.environments);
    let mut live: Vec<(&EnvironmentReport, Option<Vec<String>>)> = Vec::new();
    let mut unknown: Option<String> = None;
    for (audited, environment) in both {
        if !environment.live || environment.revisions.is_empty() {
            continue;
        }
        // Where nothing was followed, why not is told whatever was asked for.
        let at = arguments.at.as_deref().filter(|_| environment.replay.is_some());
        let at = at.map(|at| place(audited, at)).transpose();
        match at {
            Ok(at) => live.push((environment, at)),
            Err(message) => {
                let heads = listed(&environment.heads);
                let ends = if heads.is_empty() { String::new() } else { format!(" (heads: {heads})") };
                unknown.get_or_insert(format!("{}{ends}: {message}", environment_name(environment)));
            }
        }
    }
    if let Some(message) = unknown.filter(|_| live.is_empty()) {
        return Err(CliError::Refused(format!(
            "{message}; --at takes an id or its start, head, heads, base, LABEL@head, and steps as in head-1 or +2"
        )));
    }
    if live.is_empty() {
        return Err(CliError::Refused("there is no live environment with migrations".to_owned()));
    }
    let mut code = ExitCode::SUCCESS;
    let mut text = String::new();
    if arguments.output_format == ReplayFormat::Json {
        text = write_replay_json(&live);
    }
    for (environment, at) in &live {
        if environment.replay.is_none() {
            let why = environment.why_not_followed().unwrap_or_default();
            tell(&format!("rechain: {}: {why}", environment_name(environment)));
            code = ExitCode::from(1);
            continue;
        }
        // One database that refuses what another takes is no reason to stop, unless it is the project's own.
        if environment.replays.iter().all(|replay| !replay.ok) {
            code = ExitCode::from(1);
        }
        let colour = arguments.to.output.is_none()
            && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
        let style = if colour { Style::Colour } else { Style::Plain };
        if let Some(part) = write_replay(environment, at.as_deref(), style)
            && arguments.output_format == ReplayFormat::Text
        {
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(&part);
        }
    }
    emit_to(&arguments.to, &arguments.path, text.as_bytes())?;
    Ok(code)
}

/// The revisions that a name on the command line means, as Alembic takes it; none at the base.
fn place(audited: &Audited, name: &str) -> Result<Vec<String>, String> {
    let Some(map) = audited.reading.map() else {
        // Where Alembic's own map is not known, an id still is one.
        let is_there = audited.graph.find(name).is_some_and(|ix| !audited.graph.is_ghost(ix));
        let no = || format!("no migration has the revision {name}");
        return is_there.then(|| vec![name.to_owned()]).ok_or_else(no);
    };
    let found = map.place(name).map_err(|raised| raised.message)?;
    Ok(found.into_iter().map(ToOwned::to_owned).collect())
}

fn report(arguments: &ReportArgs) -> Result<ExitCode, CliError> {
    let outcome = examine(load(&arguments.path)?.ingested, &mut |_| {});
    let html = write_html(&outcome.report, &today());
    write_output(&arguments.output, arguments.force, &arguments.path, html.as_bytes())?;
    tell(&format!("wrote {}", arguments.output.display()));
    Ok(ExitCode::SUCCESS)
}

/// What each command would do, one a line, for every live environment.
fn explain_folder(path: &Path) -> Result<ExitCode, CliError> {
    let report = examine(load(path)?.ingested, &mut |_| {}).report;
    let mut text = String::new();
    for environment in report.environments.iter().filter(|environment| environment.live) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", environment_name(environment)));
        let commands = environment.commands_in_short();
        let width = commands.iter().map(|command| command.command.len()).max().unwrap_or_default();
        let status = |status: Option<u8>| status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        text.push_str(&format!("  {:width$}  exit  what it does on an empty database\n", "command"));
        for CommandReport { command, status: own, says, at_head } in &commands {
            text.push_str(&format!("  {command:width$}  {:>4}  {says}\n", status(*own)));
            if let Some(CommandOutcome { status: own, says }) = at_head {
                text.push_str(&format!("  {:width$}  {:>4}  at the head: {says}\n", "", status(*own)));
            }
        }
    }
    if text.is_empty() {
        return Err(CliError::Refused("there is no live environment".to_owned()));
    }
    emit(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn explain(name: &str) -> Result<ExitCode, CliError> {
    let rule = find_rule(name).ok_or_else(|| CliError::NoRule(name.to_owned()))?;
    emit(rule.explanation.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn rules() -> Result<ExitCode, CliError> {
    let width = RULES.iter().map(|(rule, _)| rule.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (rule, _) in RULES {
        text.push_str(&format!("{:width$}  {:7}  {}\n", rule.name, rule.severity.word(), rule.summary));
    }
    emit(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The path from the git repository around a folder to it; nothing where the folder is its top, or there is none.
fn below_repository(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
    let below = folder.strip_prefix(top).ok()?;
    (!below.as_os_str().is_empty()).then(|| below.to_owned())
}

/// A path as it is typed in a shell.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    // A path with a NUL byte would not have been opened.
    shlex::try_quote(&path).map(Into::into).unwrap_or_default()
}

/// Today's date, `2026-01-31`.
fn today() -> String {
    jiff::Zoned::now().date().to_string()
}
