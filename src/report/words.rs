//! The report's own sentences: verdict, summary, required actions.

use super::{ActionReport, Verdict};
use crate::audited::{Audit, Audited};
use crate::drawing::plural;
use crate::finding::{Applicability, Finding, Group, Severity};
use crate::patch::FilePatch;
use crate::plan::{Plan, PlanKind};
use crate::rules::{MISSING_PARENT, REVISION_TOO_LONG, several_roots_by_design};
use crate::source::Flavour;
use crate::text::listed;

/// The verdict on one environment: by its own findings, and by what is unknown about it.
pub(super) fn verdict_of(audit: &Audit, index: usize) -> Verdict {
    let audited = &audit.environments[index];
    let own = audit.findings.iter().filter(|finding| finding.environment == Some(index));
    verdict(own, !audited.unknown.is_empty() || audited.scripts.is_empty() && audited.environment.live)
}

/// The verdict on everything.
pub(super) fn verdict_of_all(audit: &Audit) -> Verdict {
    let unknown = audit.environments.iter().any(|audited| !audited.unknown.is_empty());
    let nothing = audit.environments.iter().all(|audited| audited.scripts.is_empty());
    verdict(audit.findings.iter(), unknown || nothing)
}

fn verdict<'a>(findings: impl Iterator<Item = &'a Finding>, unknown: bool) -> Verdict {
    match findings.map(|finding| finding.severity).max() {
        Some(Severity::Error) => Verdict::Broken,
        _ if unknown => Verdict::Unknown,
        Some(Severity::Warning) => Verdict::Warnings,
        Some(Severity::Info) | None => Verdict::Clean,
    }
}

/// The verdict on one environment as a sentence without a final dot.
pub(super) fn headline_of(audit: &Audit, index: usize) -> String {
    let own: Vec<_> = audit.findings.iter().filter(|finding| finding.environment == Some(index)).collect();
    let none = audit.environments[index].scripts.is_empty();
    headline(verdict_of(audit, index), &own, none, &failing(&audit.environments[index]))
}

/// The verdict on everything as a sentence without a final dot.
pub(super) fn headline_of_all(audit: &Audit) -> String {
    let live: Vec<_> =
        (0..audit.environments.len()).filter(|&index| audit.environments[index].environment.live).collect();
    let broken = live.iter().filter(|&&index| verdict_of(audit, index) == Verdict::Broken).count();
    if live.len() > 1 && broken > 0 {
        return format!("{broken} of {} environments cannot be deployed", live.len());
    }
    let all: Vec<_> = audit.findings.iter().collect();
    let none = audit.environments.iter().all(|audited| audited.scripts.is_empty());
    let failing: Vec<_> = live.iter().flat_map(|&index| failing(&audit.environments[index])).collect();
    headline(verdict_of_all(audit), &all, none, &failing)
}

/// The migrations of an environment that fail for certain on an empty database, whatever it is.
fn failing(audited: &Audited) -> Vec<&str> {
    let fails_everywhere = audited.failing_everywhere();
    let certain = |at: &usize| {
        let doomed = audited.needs.doomed.get(at);
        doomed.is_some_and(|doomed| doomed.certain && !doomed.only_references)
            || !audited.scripts[*at].has_upgrade
            || fails_everywhere.contains(at)
            || audited
                .needs
                .broken
                .get(at)
                .is_some_and(|broken| broken.iter().any(|broken| !broken.in_downgrade))
    };
    (0..audited.scripts.len()).filter(certain).filter_map(|at| audited.scripts[at].id()).collect()
}

fn headline(verdict: Verdict, findings: &[&Finding], none: bool, failing: &[&str]) -> String {
    let n_warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
    match verdict {
        Verdict::Broken if none => "Alembic stops before it finds a migration".to_owned(),
        Verdict::Broken => {
            let errors = || findings.iter().filter(|finding| finding.severity == Severity::Error);
            if errors().all(|finding| finding.rule.group == Group::Content) {
                return in_order_but(failing).unwrap_or_else(|| {
                    "This chain is in order, but there is no way back through all of it".to_owned()
                });
            }
            if errors().all(|finding| finding.rule == &REVISION_TOO_LONG) {
                "This chain cannot be deployed on PostgreSQL or MySQL".to_owned()
            } else {
                "This chain cannot be deployed".to_owned()
            }
        }
        Verdict::Unknown if none => "No migrations were found".to_owned(),
        Verdict::Warnings if none => format!("No migrations here, and {}", plural(n_warnings, "warning")),
        Verdict::Clean if none => "No migrations here".to_owned(),
        Verdict::Warnings | Verdict::Clean if !failing.is_empty() => {
            in_order_but(failing).unwrap_or_default()
        }
        Verdict::Warnings => format!("This chain is in order, with {}", plural(n_warnings, "warning")),
        Verdict::Clean => "This chain is sound".to_owned(),
        Verdict::Unknown => "Part of this chain is not known".to_owned(),
    }
}

/// That some migrations fail, where some do.
fn in_order_but(failing: &[&str]) -> Option<String> {
    let which = match failing {
        [] => return None,
        [one] => format!("{one} fails when it runs"),
        [one, two] => format!("{one} and {two} fail when they run"),
        [one, rest @ ..] => format!("{one} and {} others fail when they run", rest.len()),
    };
    Some(format!("This chain is in order, but {which}"))
}

/// What the verdict means, for every environment in use: revisions, roots, heads, what a deployment would do.
pub(super) fn summary_of_all(audit: &Audit) -> String {
    if audit.environments.is_empty() {
        return "Nothing here looks like an Alembic environment: no alembic.ini with a script_location, no env.py that \
                uses alembic.context, no migration files. Give the folder that holds them, or the whole project."
            .to_owned();
    }
    let live: Vec<_> = audit.environments.iter().filter(|audited| audited.environment.live).collect();
    let mut sentences: Vec<_> = live.iter().map(|audited| summary_of(audited)).collect();
    let n_dead = audit.environments.len() - live.len();
    if n_dead > 0 {
        sentences.push(format!("{} that nothing points at.", plural(n_dead, "further environment")));
    }
    sentences.join(" ")
}

/// The same for one environment.
pub(super) fn summary_of(audited: &Audited) -> String {
    let environment = &audited.environment;
    let graph = &audited.graph;
    let folder = match environment.version_locations.as_slice() {
        [] => environment.script_location.clone(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {}", plural(rest.len(), "more folder")),
    };
    let folder = if folder.is_empty() { "the top folder".to_owned() } else { folder };
    let n = graph.revisions().count();
    if n == 0 && audited.scripts.is_empty() {
        return format!("{folder} holds no migration.");
    }
    if n == 0 {
        return format!("{folder} holds no migration that could be read.");
    }
    let start = format!("{} in {folder}", plural(n, "revision"));
    if audited.scripts.iter().any(|script| !script.syntax_faults.is_empty()) && audited.is_partly_unknown() {
        return format!("{start}; a file does not parse, so roots and heads are not certain.");
    }
    if audited.is_partly_unknown() {
        return format!(
            "{start}; not everything about them could be read, so roots and heads are not certain."
        );
    }
    let (roots, heads) = (graph.bases().len(), graph.tips().len());
    let apart = several_roots_by_design(audited) && roots > 1;
    let counts = match (roots, heads) {
        (_, 2..) if apart => {
            format!("{} and {}, kept apart on purpose", plural(roots, "base"), plural(heads, "head"))
        }
        (1, 1) => "one base, one head".to_owned(),
        (_, 1) if several_roots_by_design(audited) => format!("{}, and one head", plural(roots, "base")),
        (_, 1) => format!("{} where 1 belongs, and one head", plural(roots, "root")),
        (1, _) => format!("one base, but {} where 1 belongs", plural(heads, "head")),
        _ => format!("{} and {} where 1 of each belongs", plural(roots, "root"), plural(heads, "head")),
    };
    let upgrade = environment.flavour.upgrade_command();
    match (audited.load_error(), graph.shadowed().len()) {
        (Some(_), _) => match environment.refusals.first() {
            Some(refusal) => {
                format!(
                    "{start}: {counts}. Every command stops at {}, before it looks at them.",
                    refusal.path
                )
            }
            None => format!("{start}: {counts}. Alembic cannot load them, so every command stops."),
        },
        (None, 1..) => format!(
            "{start}: {counts}, and {} that Alembic loses, so `{upgrade}` stops.",
            plural(graph.shadowed().len(), "file")
        ),
        (None, _) if apart && heads > 1 => {
            format!("{start}: {counts}. `{}` runs them all.", environment.flavour.command("upgrade heads"))
        }
        (None, _) if heads > 1 => format!("{start}: {counts}, so `{upgrade}` stops."),
        (None, _) => match audited.upgrade_error() {
            Some(error) => format!("{start}: {counts}. `{upgrade}` {error}."),
            None => format!("{start}: {counts}."),
        },
    }
}

/// What is to be done about an environment, in order: what must be before the next deployment, then what should be.
/// With a plan, its own steps; without, those for either.
pub(super) fn actions(
    audit: &Audit,
    index: usize,
    offered: &[Plan],
    chosen: Option<&Plan>,
    env_repairs: &[FilePatch],
) -> Vec<ActionReport> {
    let audited = &audit.environments[index];
    let flavour = audited.environment.flavour;
    let own = || audit.findings.iter().filter(|finding| finding.environment == Some(index));
    let mut actions = Vec::new();
    let of_chain =
        |finding: &&Finding| finding.severity == Severity::Error && finding.rule.group != Group::Content;
    if own().any(|finding| of_chain(&finding)) {
        actions.push(required(
            "Back up every database",
            "Before anything that changes the chain or runs a migration.",
        ));
        actions.push(ask_databases(audited, offered));
        if own().any(|finding| finding.rule == &MISSING_PARENT) {
            actions.push(bring_back(audited));
        }
        actions.push(repair(offered, chosen));
        actions.push(with(
            required("Look at the result", "One head, and a history that reads as it should."),
            &[flavour.command("heads"), flavour.command("history")],
        ));
        actions.extend(mend(audited));
        actions.push(try_out(flavour, offered, chosen));
    } else {
        actions.extend(mend(audited));
    }
    if audit.environments.iter().any(|audited| !audited.environment.live) {
        actions.push(recommended(
            "Keep one environment",
            "Delete the folders that nothing points at, or say in them why they stay.",
        ));
    }
    for repair in env_repairs {
        let title = format!("Give {} its models", repair.path);
        let action = recommended(&title, "The repaired file is among the downloads.");
        // A command would load the live environment, and say nothing about one that nothing points at.
        let of_this = audited.environment.env_py.as_ref().is_some_and(|env| env.path == repair.path);
        let commands = if of_this { vec![flavour.command("check")] } else { Vec::new() };
        actions.push(with(action, &commands));
    }
    let check = "A pre-commit hook and a workflow that run this check are among the downloads.";
    actions.push(with(recommended("Check every change", check), &["rechain check".to_owned()]));
    actions
}

fn required(title: &str, detail: &str) -> ActionReport {
    ActionReport { title: title.to_owned(), detail: detail.to_owned(), commands: Vec::new(), required: true }
}

fn recommended(title: &str, detail: &str) -> ActionReport {
    ActionReport { required: false, ..required(title, detail) }
}

fn with(action: ActionReport, commands: &[String]) -> ActionReport {
    ActionReport { commands: commands.to_vec(), ..action }
}

fn ask_databases(audited: &Audited, offered: &[Plan]) -> ActionReport {
    let title = "Ask every database where it stands";
    if audited.load_error().is_some() {
        let detail = "Alembic cannot load the files yet, so ask the table. A database without it, or with no row in it, has run \
                      nothing; one with a row has run that revision and all before it.";
        return with(required(title, detail), &["SELECT version_num FROM alembic_version;".to_owned()]);
    }
    let detail = "A database that prints nothing has run nothing. If every one prints nothing, either repair is safe; if one \
                  prints a revision, only the merge is.";
    let detail = if offered.iter().any(|plan| plan.kind == PlanKind::Merge) {
        detail
    } else {
        "A database that prints nothing has run nothing. One that prints a revision has run it and all before it: what a \
         repair puts there afterwards, it never runs."
    };
    with(required(title, detail), &[audited.environment.flavour.command("current")])
}

fn bring_back(audited: &Audited) -> ActionReport {
    let folder = audited.environment.version_locations.first().map_or("", String::as_str);
    with(
        required(
            "Look for the missing file in version control",
            "If it was deleted, bring it back and check again: nothing else then needs repair. These are the deleted ones.",
        ),
        &[format!("git log --all --diff-filter=D --name-only --format= -- {folder}")],
    )
}

fn repair(offered: &[Plan], chosen: Option<&Plan>) -> ActionReport {
    let command = |plan: &Plan| {
        let consent = if plan.applicability == Applicability::Safe { "" } else { " --unsafe-fixes" };
        format!("rechain check --plan {} --fix{consent}", plan.kind.name())
    };
    match (chosen, offered) {
        (Some(plan), _) if plan.applicability == Applicability::Safe => {
            with(required("Repair the chain", "Safe, whatever the databases have run."), &[command(plan)])
        }
        (Some(plan), _) | (None, [plan]) => {
            let detail = "Only where no database has run these revisions yet.";
            let detail = if plan.applicability == Applicability::Safe {
                "Safe, whatever the databases have run."
            } else {
                detail
            };
            with(required("Repair the chain", detail), &[command(plan)])
        }
        (None, [first, second, ..]) => with(
            required(
                "Repair the chain, one way or the other",
                "Which one depends on what the databases have run.",
            ),
            &[
                "# where no database has run these revisions".to_owned(),
                command(first),
                "# where one has".to_owned(),
                command(second),
            ],
        ),
        (None, []) => required("Mend the errors by hand", "What to do stands with each finding."),
    }
}

/// Migrations that fail wherever they stand.
fn mend(audited: &Audited) -> Vec<ActionReport> {
    let id = |at: usize| audited.scripts[at].id().unwrap_or_default();
    let mut actions = Vec::new();
    for (&at, doomed) in audited.needs.doomed.iter().filter(|(_, doomed)| doomed.certain) {
        let names: Vec<_> = doomed.missing.iter().map(|missing| missing.name.as_str()).collect();
        let except = if doomed.only_references { " SQLite does not mind." } else { "" };
        let detail = format!("It needs what no migration creates: {}.{except}", listed(&names));
        actions.push(required(&format!("Mend {}", id(at)), &detail));
    }
    for at in audited.failing_everywhere() {
        let failure = audited.best_replay().and_then(|replay| {
            let step = replay.steps.iter().find(|step| step.script == at)?;
            step.upgrade.failures.iter().find(|failure| failure.what.certain)
        });
        let told = audited.needs.doomed.get(&at).is_some_and(|doomed| doomed.certain)
            || audited.needs.broken.contains_key(&at);
        if let Some(failure) = failure.filter(|_| !told) {
            let detail = format!("On an empty database it fails: {}.", failure.what.message);
            actions.push(required(&format!("Mend {}", id(at)), &detail));
        }
    }
    for (&at, broken) in &audited.needs.broken {
        if let Some(broken) = broken.first() {
            let function = if broken.in_downgrade { "downgrade()" } else { "upgrade()" };
            actions
                .push(required(&format!("Mend {} of {}", function, id(at)), &format!("{}.", broken.error)));
        }
    }
    actions
}

fn try_out(flavour: Flavour, offered: &[Plan], chosen: Option<&Plan>) -> ActionReport {
    let title = "Try it on an empty database and on a copy of a real one";
    let merges = |plan: &Plan| plan.kind == PlanKind::Merge;
    if chosen.map_or_else(|| offered.iter().any(merges), merges) {
        let detail = "One step down from a merge has to name the revision it goes to.";
        return with(required(title, detail), &[flavour.upgrade_command()]);
    }
    with(
        required(title, "Up, one step down, and up again."),
        &[flavour.upgrade_command(), flavour.command("downgrade -1"), flavour.upgrade_command()],
    )
}
